#include "decide.h"

#include "values.h"

/*
 * A ban is over when every end given for it has passed; the last second
 * still counts.  An end that does not parse is no end.
 */
static bool
is_over(const struct cr_ban_values *values, struct cr_slice attribute,
    struct cr_slice keyword, int64_t now)
{
	bool over = false;

	for (size_t i = 0; i < values->until_count; i++) {
		struct cr_ban_until until;

		if (cr_ban_until_parse(values->until[i], &until) != CR_OK ||
		    !cr_slice_same_name(until.attribute, attribute) ||
		    !cr_slice_same_name(until.keyword, keyword))
			continue;
		if (now <= until.until)
			return false;
		over = true;
	}
	return over;
}

void
cr_bans_in_force(const struct cr_policy *policy,
    const struct cr_ban_values *values, int64_t now,
    struct cr_customer_facts *facts)
{
	facts->marketing = 0;
	facts->listing = 0;
	for (size_t i = 0; i < values->marketing_count; i++) {
		if (!is_over(values, CR_SLICE_LITERAL("crMarketingBan"),
		    values->marketing[i], now))
			facts->marketing |= cr_policy_marketing_bit(policy,
			    values->marketing[i]);
	}
	for (size_t i = 0; i < values->listing_count; i++) {
		if (!is_over(values, CR_SLICE_LITERAL("crListingBan"),
		    values->listing[i], now))
			facts->listing |= cr_policy_listing_bit(policy,
			    values->listing[i]);
	}
}

void
cr_erasure_pending(struct cr_slice value, struct cr_customer_facts *facts)
{
	const struct cr_slice partly = CR_SLICE_LITERAL(CR_ERASURE_PARTLY " ");

	if (value.len > partly.len &&
	    memcmp(value.ptr, partly.ptr, partly.len) == 0)
		facts->partly_erased = true;
	else
		facts->erasing = true;
}

bool
cr_decide_customer(const struct cr_purpose *purpose,
    const struct cr_customer_facts *facts)
{
	if (purpose == NULL)
		return false;
	if (purpose->is_replication)
		return true;
	if (facts->erasing ||
	    (facts->partly_erased && !purpose->is_for_holds))
		return false;
	if (purpose->is_subject_access && !facts->own)
		return false;
	return (purpose->hidden_by_marketing & facts->marketing) == 0 &&
	    (purpose->hidden_by_listing & facts->listing) == 0 &&
	    !(purpose->hidden_by_disclosure_ban && facts->disclosure_ban) &&
	    !(purpose->hidden_by_restriction && facts->restricted);
}

bool
cr_purpose_hides_nobody(const struct cr_purpose *purpose)
{
	/* who is being erased is hidden from all but a replica */
	return purpose != NULL && purpose->is_replication;
}
