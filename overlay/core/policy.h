/*
 * The policy: purposes, handlers, services, recipients and the register's own
 * rules, compiled from directory entries into something a decision can be
 * made from without touching the directory again.
 *
 * A policy is immutable once compiled and may be read by any number of
 * threads; whoever holds it counts the references.  Everything it hands out
 * lives as long as the policy.  An entry that contradicts itself does not
 * fail the policy: it is left out, which denies, and is reported to the
 * problem function.
 */
#ifndef CR_POLICY_H
#define CR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/* One bit per purpose, so 64 is the most a policy can hold. */
#define CR_PURPOSES_MAX 64
/* One bit per ban keyword (of one kind). */
#define CR_BAN_KEYWORDS_MAX 31
/* The bit of a ban keyword the policy does not know: it hides everywhere. */
#define CR_BAN_UNKNOWN (UINT32_C(1) << 31)

/* An entry as the policy compiler sees it; borrowed for the call. */
struct cr_attr {
	struct cr_slice name;		/* base name, without options */
	const struct cr_slice *values;
	size_t count;
};

struct cr_entry_view {
	struct cr_slice ndn;		/* normalised DN */
	const struct cr_attr *attrs;
	size_t count;
};

enum cr_purpose_kind {			/* bits of cr_purpose.kinds */
	CR_KIND_INTERNAL = 1,
	CR_KIND_DISCLOSURE = 2,
	CR_KIND_PUBLICATION = 4,
	CR_KIND_SUBJECT = 8
};

enum cr_release {			/* how much of a customer leaves */
	CR_RELEASE_LISTED = 0,		/* the attributes listed */
	CR_RELEASE_USER = 1,		/* every user attribute ("*") */
	CR_RELEASE_OPERATIONAL = 2	/* and every operational one */
};

struct cr_purpose {
	struct cr_slice name;		/* as written in cn */
	unsigned index;			/* bit number in the masks */
	unsigned kinds;
	uint32_t hidden_by_marketing;	/* ban keyword bits; if any, */
	uint32_t hidden_by_listing;	/* then "all" and unknown too */
	bool hidden_by_disclosure_ban;	/* see cr_policy_compile() */
	bool hidden_by_restriction;
	enum cr_release release;
	bool children_all;		/* crReleasesClass: * */
	bool writes_all;		/* crWrites: * */
	bool writes_class_all;		/* crWritesClass: * */
	bool is_maintenance;		/* the built-in meanings, by name */
	bool is_subject_access;
	bool is_for_holds;	/* sees what a hold keeps of the erased */
	bool is_replication;
};

/* Which purposes release or write one attribute, or one class of children. */
struct cr_rule {
	struct cr_slice name;
	uint64_t released_by;		/* bit = cr_purpose.index */
	uint64_t written_by;
};

enum cr_role {				/* bits */
	CR_ROLE_REGISTRAR = 1,
	CR_ROLE_DPO = 2
};

/* A handler or a service. */
struct cr_party {
	struct cr_slice ndn;
	bool is_service;
	unsigned roles;			/* handlers only */
	uint64_t allowed;		/* purposes, default included */
	int default_purpose;		/* index, -1 none */
	uint64_t automated;		/* services only */
	unsigned min_ssf;		/* services only */
	bool suspended;
	bool agreement_ok;		/* version is the one required */
	int64_t agreement_signed;	/* INT64_MAX: never */
	int64_t agreement_until;	/* last valid second; INT64_MAX: open */
};

struct cr_recipient {
	struct cr_slice ndn;
	uint64_t allowed;
	bool in_eea;			/* by crCountry; none: false */
	bool transfer_decided;		/* a crTransferDecision that parses */
	int64_t transfer_from;		/* its time; not in force before */
};

enum cr_policy_part {
	CR_PART_PURPOSE,
	CR_PART_HANDLER,
	CR_PART_SERVICE,
	CR_PART_RECIPIENT,
	CR_PART_REGISTER
};

/*
 * Called for an entry, or a value of one, that cannot be used.  `what` is a
 * constant text; the DN is policy, never a customer's.
 */
typedef void cr_policy_problem(void *arg, struct cr_slice ndn,
	const char *what);

struct cr_policy;
struct cr_policy_builder;

/* The builder copies what it is given.  Purposes may come in any order. */
int cr_policy_builder_new(struct cr_policy_builder **ret_builder)
	CR_WARN_UNUSED;
void cr_policy_builder_free(struct cr_policy_builder **builder);
int cr_policy_builder_add(struct cr_policy_builder *builder,
	enum cr_policy_part part, const struct cr_entry_view *entry)
	CR_WARN_UNUSED;

/*
 * Adds the purposes maintenance and replication where no entry of that name
 * has been added; call it last.
 */
int cr_policy_builder_add_built_in(struct cr_policy_builder *builder)
	CR_WARN_UNUSED;

/*
 * Purposes over CR_PURPOSES_MAX and the like are problems, not errors.
 *
 * What a purpose leaves unsaid is read so that it hides: no
 * crHiddenByRestriction hides the restricted, and no crHiddenByDisclosureBan
 * hides who has that ban from purposes that disclose or publish; only
 * subjectAccess, maintenance and replication hide nobody by silence.
 * "all" is a keyword of either kind whether a purpose names it or not.
 */
int cr_policy_compile(const struct cr_policy_builder *builder,
	cr_policy_problem *problem, void *arg,
	struct cr_policy **ret_policy) CR_WARN_UNUSED;
void cr_policy_free(struct cr_policy **policy);

/* Heap bytes held by the policy. */
size_t cr_policy_size(const struct cr_policy *policy);

/* Look-ups; NULL when there is none.  Names ignore ASCII case. */
const struct cr_purpose *cr_policy_purpose(const struct cr_policy *policy,
	struct cr_slice name);
const struct cr_purpose *cr_policy_purpose_at(const struct cr_policy *policy,
	unsigned index);
const struct cr_party *cr_policy_party(const struct cr_policy *policy,
	struct cr_slice ndn);
const struct cr_recipient *cr_policy_recipient(const struct cr_policy *policy,
	struct cr_slice ndn);

/* All rules, for a caller that keys them by its own attribute handles. */
const struct cr_rule *cr_policy_attribute_rules(
	const struct cr_policy *policy, size_t *ret_count);
const struct cr_rule *cr_policy_class_rules(
	const struct cr_policy *policy, size_t *ret_count);

/* The bit of a ban keyword, or CR_BAN_UNKNOWN. */
uint32_t cr_policy_marketing_bit(const struct cr_policy *policy,
	struct cr_slice keyword);
uint32_t cr_policy_listing_bit(const struct cr_policy *policy,
	struct cr_slice keyword);

#endif
