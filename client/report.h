/*
 * What custreg check has to tell, apart from how it is written down.
 */
#ifndef CR_CLIENT_REPORT_H
#define CR_CLIENT_REPORT_H

#include "core/policy.h"
#include "sample.h"

/* In the order in which they are told. */
enum cr_finding_kind {
	CR_FIND_NO_BASE = 0,
	CR_FIND_NO_PURPOSES,
	CR_FIND_NOT_CUSTOMER,
	CR_FIND_BELOW_DENIED,
	CR_FIND_CHILD_CLASS,
	CR_FIND_POLICY_INSIDE,
	CR_FIND_NO_UUID,
	CR_FIND_SAME_UUID,
	CR_FIND_VALUE,
	CR_FIND_POLICY,
	CR_FIND_HANDLER,
	CR_FIND_SERVICE,
	CR_FIND_NO_RULES,
	CR_FIND_POLICY_WRITE,
	CR_FIND_PROXY_WRITE,
	CR_FIND_PASSWORD_READ,
	CR_FIND_UNCLEAR_RULE,
	CR_FIND_LASTMOD,
	CR_FIND_OVERLAY,
	/* from here on advice */
	CR_FIND_PERSONAL_DN,
	CR_FIND_IDLE_UNTIL,
	CR_FIND_REFERENCE,
	CR_FIND_NO_READ,
	CR_FIND_ANONYMOUS_READ,
	CR_FIND_MEMBER_WRITE,
	CR_FIND_UNCHECKED,
	CR_FIND_LOG,
	CR_FIND_READER,
	CR_FIND_KINDS
};

struct cr_finding_text {
	const char *id;		/* lowerCamelCase */
	const char *title;
	const char *advice;
};

extern const struct cr_finding_text cr_finding_texts[CR_FIND_KINDS];

/* Would it break or undo the guard?  Else it is advice. */
bool cr_finding_is_problem(enum cr_finding_kind kind);

struct cr_finding {
	enum cr_finding_kind kind;
	char *detail;		/* owned; "": none */
	struct cr_sample examples;
};

struct cr_reason {
	char *ban;		/* owned; "crMarketingBan directMarketing" */
	uint64_t count;
};

struct cr_purpose_report {
	struct cr_slice name;	/* of the policy */
	bool shown;
	bool own_only;		/* each customer sees only themself */
	uint64_t visible;
	uint64_t hidden;
	struct cr_reason *reasons;
	size_t reason_count;
	struct cr_sample hidden_dns;
};

struct cr_party_report {
	char *dn;		/* owned */
	bool is_service;
	const struct cr_purpose *purpose;	/* NULL: sees nothing */
	const char *why;	/* constant; why it sees nothing */
};

struct cr_class_report {
	char *name;		/* owned */
	uint64_t count;
	uint64_t released_by;	/* purposes */
};

struct cr_report {
	size_t limit;		/* of examples; 0: all */
	bool lists_hidden;	/* keep the DNs of who is hidden */
	uint64_t customers;
	uint64_t children;
	uint64_t structure;
	uint64_t denied;
	struct cr_purpose_report purposes[CR_PURPOSES_MAX];
	size_t purpose_count;
	struct cr_party_report *parties;
	size_t party_count;
	size_t party_room;
	struct cr_class_report *classes;
	size_t class_count;
	struct cr_finding *findings;
	size_t finding_count;
	struct cr_strings omitted;	/* sentences: not looked at */
};

/*
 * Counts one more of what the finding is about, with an example: a DN or the
 * text of a rule.  Findings of one kind and detail are one.
 */
int cr_report_find(struct cr_report *report, enum cr_finding_kind kind,
	const char *detail, struct cr_slice example) CR_WARN_UNUSED;

int cr_report_hidden(struct cr_report *report, unsigned purpose,
	const char *ban) CR_WARN_UNUSED;
int cr_report_class(struct cr_report *report, struct cr_slice name,
	uint64_t released_by) CR_WARN_UNUSED;

/* The place for one more; its dn is a copy.  NULL: no memory. */
struct cr_party_report *cr_report_party(struct cr_report *report,
	struct cr_slice dn);

/* Brings everything into its order. */
void cr_report_sort(struct cr_report *report);

/* Is there a finding that would break or undo the guard? */
bool cr_report_has_problem(const struct cr_report *report);

void cr_report_clear(struct cr_report *report);

#endif
