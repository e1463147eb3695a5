/*
 * What a write does to the bans of a customer: which are set, which lifted.
 */
#ifndef CR_CHANGE_H
#define CR_CHANGE_H

#include "policy.h"

/* The ban attributes of one customer, before or after a write. */
struct cr_ban_state {
	const struct cr_slice *marketing;
	size_t marketing_count;
	const struct cr_slice *listing;
	size_t listing_count;
	const struct cr_slice *until;
	size_t until_count;
	bool disclosure_ban;
	bool restricted;
};

struct cr_ban_change {
	bool lifted;			/* else set */
	struct cr_slice attribute;	/* constant */
	struct cr_slice value;		/* borrowed from the state */
};

typedef int cr_ban_change_fn(void *arg, const struct cr_ban_change *change);

/*
 * Calls fn for each ban that the write sets or lifts; stops at and returns
 * its first error.  Giving an end to a ban that had none, or an earlier end,
 * lifts; a later end or none sets; a ban set in the same write may come with
 * an end.  Keywords are compared without ASCII case.
 *
 * CR_EVALUE when the write adds a crBanUntil without its ban, or a ban for
 * which an older crBanUntil stands already: the ban would end before it was
 * set.  See cr_ban_until_is_idle() for how not to get there.
 */
int cr_bans_compare(const struct cr_ban_state *before,
	const struct cr_ban_state *after, cr_ban_change_fn *fn, void *arg)
	CR_WARN_UNUSED;

/*
 * Is this crBanUntil value about a ban that the state does not have?  Such an
 * end must not stay behind: it would end the ban when it is next set.  Take it
 * out in the same write that lifts the ban.
 */
bool cr_ban_until_is_idle(const struct cr_ban_state *state,
	struct cr_slice until);

/*
 * The crBanRecord value for a change:
 * <time> set|lifted <attribute> <value> <by> <how>
 * `by` is "self" or a DN outside the customers bases (spaces in it are kept;
 * <how> is the last word: add, modify, proxied ...).  *ret_text is malloced.
 * CR_EVALUE when a part is empty or would break the record.
 */
int cr_ban_record_format(int64_t time, const struct cr_ban_change *change,
	struct cr_slice by, struct cr_slice how, char **ret_text)
	CR_WARN_UNUSED;

#endif
