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
};

/* Made, with nothing known, when there is none; lives as `settled` does. */
struct cr_known *cr_known_of(struct cr_settled *settled,
	const unsigned char subject[CR_UUID_BYTES]);

#endif
