/*
 * How often a reader may meet the erased.  Refusing an add tells who was
 * erased, so each refusal for CR_MATCH_PERSON is drawn from the reader's
 * tries: some at once, then one for each interval.  When they are used up,
 * everything that brings a factor is refused with one answer, matching or
 * not, until the next try has come.
 *
 * What does not match draws nothing: an import of people who were never
 * erased is as fast as ever, and its entries are there for everyone to see.
 * One factor draws nothing either, since the reader is not told.  A write
 * with a reference, by someone who may register the erased anew, is done
 * either way and so neither asks nor draws.  Nobody else is exempt, not the
 * registrar and not rootdn: each of them is recorded, but a record is no
 * reason to answer thousands of questions.
 *
 * Times are milliseconds of a monotonic clock, given by the caller; one that
 * goes backwards lengthens no wait beyond twice the whole.  Readers are named
 * by the hash of their normalised DN.  The table is bounded: readers who have
 * all their tries need no place, and when those who have not fill it, the
 * rest share one place.  Not thread safe: the caller holds a lock.
 */
#ifndef CR_LIMIT_H
#define CR_LIMIT_H

#include <stdint.h>

#include "crypto.h"

/* What the module uses: 20 refusals at once, 10 an hour. */
#define CR_LIMIT_TRIES 20
#define CR_LIMIT_INTERVAL (INT64_C(6) * 60 * 1000)
#define CR_LIMIT_READERS 1024

struct cr_limit;

/*
 * tries and interval are at least 1, interval at most a day; readers is
 * rounded up.  CR_ELIMIT for other numbers, CR_ENOMEM
 */
int cr_limit_new(unsigned tries, int64_t interval, unsigned readers,
	struct cr_limit **ret_limit) CR_WARN_UNUSED;
void cr_limit_free(struct cr_limit **limit);

/* Has the reader a try left?  Draws nothing. */
bool cr_limit_is_open(struct cr_limit *limit, const struct cr_hash *reader,
	int64_t now);

/*
 * Draws one.  Writes that asked at the same time may draw more than there
 * are: that is paid back, up to as many again.
 */
void cr_limit_draw(struct cr_limit *limit, const struct cr_hash *reader,
	int64_t now);

#endif
