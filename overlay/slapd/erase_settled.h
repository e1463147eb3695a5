/*
 * What is known of the orders from one run of the task to the next: which are
 * settled until their entry changes.  One thread at a time: the task's.
 */
#ifndef CR_ERASE_SETTLED_H
#define CR_ERASE_SETTLED_H

#include "erase.h"

enum { CR_ORDER_CSN_MAX = 80 };

struct cr_known {
	unsigned char subject[CR_UUID_BYTES];
	char csn[CR_ORDER_CSN_MAX];	/* of its entry, when it was settled */
	bool stored;			/* the database has it */
	bool copied;			/* the read log has it */
	int64_t tell_at;		/* the others; 0: not known yet */
};

/* Made, with nothing known, when there is none; lives as `settled` does. */
struct cr_known *cr_known_of(struct cr_settled *settled,
	const unsigned char subject[CR_UUID_BYTES]);

/* The first time that somebody is to be told, if that is before *next. */
void cr_known_look_ahead(struct cr_settled *settled, int64_t *next);

/*
 * erase_missing.c: calls fn with the order of each; `came_back`: of somebody
 * who has another number now.
 */
typedef int cr_lost_fn(void *arg, const struct cr_erasure *order,
	bool came_back);
int cr_missing_find(struct cr_erasing *erasing, struct cr_settled *settled,
	cr_lost_fn *fn, void *arg);

#endif
