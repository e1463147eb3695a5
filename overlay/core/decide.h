/*
 * The one decision: may this reader see this entry at all?
 * Which attributes of it is in the rules of policy.h.
 */
#ifndef CR_DECIDE_H
#define CR_DECIDE_H

#include "policy.h"

enum cr_entry_kind {
	CR_ENTRY_OTHER = 0,	/* no customer, no structure: denied */
	CR_ENTRY_STRUCTURE,	/* the base itself, an organizationalUnit */
	CR_ENTRY_CUSTOMER,
	CR_ENTRY_CHILD		/* below a customer */
};

/* What the entry of a customer says about who may see it. */
struct cr_customer_facts {
	uint32_t marketing;	/* bits of the bans in force */
	uint32_t listing;
	bool disclosure_ban;
	bool restricted;
	bool erasing;		/* hidden from all but replicas */
	bool partly_erased;	/* for the purposes that holds need only */
	bool own;		/* the reader is this customer */
};

/*
 * The values of crMarketingBan, crListingBan and crBanUntil to ban bits.
 * A ban whose crBanUntil has passed is not in force; a crBanUntil that does
 * not parse lifts nothing; a keyword the policy does not know hides from
 * every purpose that any ban of its kind can hide from.
 */
struct cr_ban_values {
	const struct cr_slice *marketing;
	size_t marketing_count;
	const struct cr_slice *listing;
	size_t listing_count;
	const struct cr_slice *until;
	size_t until_count;
};

void cr_bans_in_force(const struct cr_policy *policy,
	const struct cr_ban_values *values, int64_t now,
	struct cr_customer_facts *facts);

/*
 * The value of crErasurePending: "partly" and the order's number when what is
 * left is waiting for holds to end; anything else is an erasure under way.
 */
#define CR_ERASURE_PARTLY "partly"
void cr_erasure_pending(struct cr_slice value,
	struct cr_customer_facts *facts);

/* False for a NULL purpose. */
bool cr_decide_customer(const struct cr_purpose *purpose,
	const struct cr_customer_facts *facts);

/* True when no fact about a customer can hide them from this purpose. */
bool cr_purpose_hides_nobody(const struct cr_purpose *purpose);

#endif
