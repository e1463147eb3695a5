#include "limit.h"

#include <stdlib.h>

/* A reader has a place among the WAYS of one set. */
enum { WAYS = 8 };

#define INTERVAL_MAX (INT64_C(24) * 3600 * 1000)
#define TRIES_MAX 1000000u
#define READERS_MAX 1000000u

/*
 * A reader's tries as the time when all of them are back: one draw moves it
 * by an interval.  When it has passed, the place is as good as empty.
 */
struct place {
	struct cr_hash reader;
	int64_t whole_at;
};

struct cr_limit {
	int64_t interval;
	int64_t whole;		/* from none to all */
	size_t sets;
	struct place places[];	/* of the sets, and the shared one */
};

int
cr_limit_new(unsigned tries, int64_t interval, unsigned readers,
    struct cr_limit **ret_limit)
{
	struct cr_limit *limit;
	size_t sets, count;

	if (tries < 1 || tries > TRIES_MAX || interval < 1 ||
	    interval > INTERVAL_MAX || readers < 1 || readers > READERS_MAX)
		return CR_ELIMIT;
	sets = (readers + WAYS - 1) / WAYS;
	count = sets * WAYS + 1;
	limit = calloc(1, sizeof(*limit) + count * sizeof(limit->places[0]));
	if (limit == NULL)
		return CR_ENOMEM;
	limit->interval = interval;
	limit->whole = interval * tries;
	limit->sets = sets;
	for (size_t i = 0; i < count; i++)
		limit->places[i].whole_at = INT64_MIN;
	*ret_limit = limit;
	return CR_OK;
}

void
cr_limit_free(struct cr_limit **limit)
{
	if (limit == NULL || *limit == NULL)
		return;
	free(*limit);
	*limit = NULL;
}

/* The reader's own place, else an empty one, else the shared one. */
static struct place *
find_place(struct cr_limit *limit, const struct cr_hash *reader, int64_t now)
{
	struct place *found = &limit->places[limit->sets * WAYS];
	struct place *set;
	uint64_t number;

	memcpy(&number, reader->bytes, sizeof(number));
	set = &limit->places[number % limit->sets * WAYS];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].whole_at <= now)
			found = &set[i];
		else if (cr_hash_equal(&set[i].reader, reader))
			return &set[i];
	}
	return found;
}

/* What is missing, in time.  After a clock went back it may be too much. */
static int64_t
debt_of(const struct cr_limit *limit, struct place *place, int64_t now)
{
	if (place->whole_at <= now)
		return 0;
	if (place->whole_at > now + 2 * limit->whole)
		place->whole_at = now + 2 * limit->whole;
	return place->whole_at - now;
}

bool
cr_limit_is_open(struct cr_limit *limit, const struct cr_hash *reader,
    int64_t now)
{
	return debt_of(limit, find_place(limit, reader, now), now) <=
	    limit->whole - limit->interval;
}

void
cr_limit_draw(struct cr_limit *limit, const struct cr_hash *reader,
    int64_t now)
{
	struct place *place = find_place(limit, reader, now);
	int64_t debt = debt_of(limit, place, now) + limit->interval;

	if (debt > 2 * limit->whole)
		debt = 2 * limit->whole;
	place->reader = *reader;
	place->whole_at = now + debt;
}
