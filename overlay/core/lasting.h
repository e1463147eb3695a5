/*
 * Bans that outlive an erasure: who said no to marketing, was erased and
 * comes back lawfully starts with that no.  What is kept is keywords and ends
 * alone: the marketing and listing bans in force and the ban on disclosure.
 * (A restriction of processing ends with the data it was about.)
 *
 * In the directory they are crMarketingBan, crListingBan, crDisclosureBan and
 * crBanUntil, as on a customer.  In one word, for an order's line:
 *
 *	m=directMarketing@20311231215959Z,m=all,l=printed,d
 *
 * marketing, then listing, then disclosure; "-" when there is none.
 */
#ifndef CR_LASTING_H
#define CR_LASTING_H

#include "change.h"
#include "clock.h"
#include "text.h"

struct cr_lasting_ban {
	char keyword[CR_KEYWORD_MAX + 1];
	int64_t until;			/* last second; INT64_MAX: no end */
};

struct cr_lasting_list {
	struct cr_lasting_ban items[CR_BAN_KEYWORDS_MAX];
	size_t count;
};

struct cr_lasting_bans {			/* zeroed: none */
	struct cr_lasting_list marketing;
	struct cr_lasting_list listing;
	bool disclosure;
};

/* "m=" keyword "@" time ",", then "d,"; the last comma becomes the NUL */
#define CR_LASTING_TEXT_SIZE \
	(2 * CR_BAN_KEYWORDS_MAX * (2 + CR_KEYWORD_MAX + 1 + 15 + 1) + 3)
/* attribute SP keyword SP time, and a NUL */
#define CR_LASTING_UNTIL_SIZE (14 + 1 + CR_KEYWORD_MAX + 1 + 15 + 1)

bool cr_lasting_bans_are_none(const struct cr_lasting_bans *bans);

/*
 * The bans of a customer, or of a suppression, that are in force at `now`;
 * a crBanUntil that does not parse ends nothing.  Case of keywords aside, one
 * keyword is one ban, with the later end.  What is no keyword, and so might
 * be anything, is kept as "all" without end; more keywords than there is
 * room for are kept so, too.
 */
void cr_lasting_bans_collect(const struct cr_ban_state *state, int64_t now,
	struct cr_lasting_bans *ret_bans);

/* Adds the bans of another suppression, by the same rules. */
void cr_lasting_bans_merge(struct cr_lasting_bans *bans,
	const struct cr_lasting_bans *more);

/*
 * Calls fn for each value of the four attributes (those of crBanUntil come
 * between others); a value lives until fn returns.  Stops at and returns its
 * first error; CR_EVALUE for an end that none of the above made.
 */
typedef int cr_value_fn(void *arg, struct cr_slice attribute,
	struct cr_slice value);
int cr_lasting_bans_each(const struct cr_lasting_bans *bans, cr_value_fn *fn,
	void *arg) CR_WARN_UNUSED;

/*
 * What a customer in `state` lacks of these bans, of which those count that
 * are in force at `now`: calls fn for each value to be added and, before it,
 * for each end to be taken out because it comes too early or was left behind.
 * A ban that lasts as long already lacks nothing, and nothing ends sooner
 * than it did.  Errors as above.
 */
enum cr_bring { CR_BRING_ADD = 0, CR_BRING_TAKE };
typedef int cr_bring_fn(void *arg, enum cr_bring what,
	struct cr_slice attribute, struct cr_slice value);
int cr_lasting_bans_bring(const struct cr_lasting_bans *bans,
	const struct cr_ban_state *state, int64_t now, cr_bring_fn *fn,
	void *arg) CR_WARN_UNUSED;

/* In one word.  CR_EVALUE as above */
int cr_lasting_bans_format(const struct cr_lasting_bans *bans,
	char ret_text[CR_LASTING_TEXT_SIZE]) CR_WARN_UNUSED;
/* CR_ESYNTAX for what is no such word; *ret_bans is then undefined. */
int cr_lasting_bans_parse(struct cr_slice text,
	struct cr_lasting_bans *ret_bans) CR_WARN_UNUSED;

#endif
