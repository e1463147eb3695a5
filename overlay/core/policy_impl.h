/*
 * What the files that make a policy share; for no one else.
 */
#ifndef CR_POLICY_IMPL_H
#define CR_POLICY_IMPL_H

#include "arena.h"
#include "policy.h"
#include "table.h"

/* Attribute or class names that purposes may list, over all purposes. */
#define CR_RULES_MAX 1024

/* The attributes a policy is made from; the builder keeps no others. */
enum cr_policy_attr {
	CR_ATTR_CN,
	CR_ATTR_KIND,
	CR_ATTR_HIDDEN_BY_MARKETING,
	CR_ATTR_HIDDEN_BY_LISTING,
	CR_ATTR_HIDDEN_BY_DISCLOSURE_BAN,
	CR_ATTR_HIDDEN_BY_RESTRICTION,
	CR_ATTR_RELEASES,
	CR_ATTR_RELEASES_CLASS,
	CR_ATTR_WRITES,
	CR_ATTR_WRITES_CLASS,
	CR_ATTR_ROLE,
	CR_ATTR_DEFAULT_PURPOSE,
	CR_ATTR_ALLOWED_PURPOSE,
	CR_ATTR_AUTOMATED,
	CR_ATTR_MIN_SSF,
	CR_ATTR_SUSPENDED,
	CR_ATTR_AGREEMENT_SIGNED,
	CR_ATTR_AGREEMENT_VERSION,
	CR_ATTR_AGREEMENT_UNTIL,
	CR_ATTR_COUNTRY,
	CR_ATTR_TRANSFER_DECISION,
	CR_POLICY_ATTRS
};

struct cr_values {
	const struct cr_slice *values;
	size_t count;
};

struct cr_source_entry {
	struct cr_source_entry *next;	/* in the order they were added */
	enum cr_policy_part part;
	struct cr_slice ndn;
	struct cr_values attrs[CR_POLICY_ATTRS];
};

struct cr_policy_builder {
	struct cr_arena arena;
	struct cr_source_entry *first;
	struct cr_source_entry **last;
	size_t counts[CR_PART_REGISTER + 1];
};

struct cr_keywords {
	struct cr_slice names[CR_BAN_KEYWORDS_MAX];
	unsigned count;
};

struct cr_rules {
	struct cr_rule *rules;
	size_t count;
};

struct cr_policy {
	struct cr_arena arena;
	struct cr_purpose *purposes;
	size_t purpose_count;
	struct cr_table purpose_table;
	struct cr_party *parties;
	size_t party_count;
	struct cr_table party_table;
	struct cr_recipient *recipients;
	size_t recipient_count;
	struct cr_table recipient_table;
	struct cr_rules attribute_rules;
	struct cr_rules class_rules;
	struct cr_keywords marketing;
	struct cr_keywords listing;
};

/* One compilation. */
struct cr_compile {
	const struct cr_policy_builder *builder;
	struct cr_policy *policy;
	cr_policy_problem *problem;	/* may be NULL */
	void *arg;
	bool version_required;		/* of the agreement */
	bool version_unclear;		/* no version is the right one */
	struct cr_slice version;
};

void cr_compile_report(const struct cr_compile *compile, struct cr_slice ndn,
	const char *what);

/* The next entry of a part, the first for a NULL `entry`. */
const struct cr_source_entry *cr_compile_next(
	const struct cr_compile *compile, enum cr_policy_part part,
	const struct cr_source_entry *entry);

/* The stages, in their order. */
void cr_compile_register(struct cr_compile *compile);
int cr_compile_purposes(struct cr_compile *compile) CR_WARN_UNUSED;
int cr_compile_rules(struct cr_compile *compile) CR_WARN_UNUSED;
int cr_compile_parties(struct cr_compile *compile) CR_WARN_UNUSED;
int cr_compile_recipients(struct cr_compile *compile) CR_WARN_UNUSED;

/*
 * The mask of the purposes named; unknown names are reported and left out.
 */
uint64_t cr_compile_purpose_set(const struct cr_compile *compile,
	const struct cr_source_entry *entry, enum cr_policy_attr attr);

/* The bit of a purpose with a built-in name; 0 when there is none. */
uint64_t cr_compile_purpose_bit(const struct cr_compile *compile,
	struct cr_slice name);

static inline uint64_t
cr_purpose_bit(const struct cr_purpose *purpose)
{
	return UINT64_C(1) << purpose->index;
}

#endif
