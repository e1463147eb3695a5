/*
 * The facts of an entry, for tests, from lines "attribute: value".  A star
 * before the attribute: the schema requires it.  An attribute that comes again
 * after others stands for one with options: it gets an item of its own.
 */
#ifndef CR_TEST_FACTS_H
#define CR_TEST_FACTS_H

#include "core/hold.h"

#define FACTS_MAX 48
#define FACTS_VALUES_MAX 16

struct facts {
	struct cr_entry_facts entry;
	struct cr_fact facts[FACTS_MAX];
	struct cr_slice values[FACTS_MAX][FACTS_VALUES_MAX];
};

/* Borrows both texts; the result must not be copied.  Stops on error. */
void facts_init(struct facts *facts, const char *class, const char *lines);

/* An instant from its text. */
int64_t facts_time(const char *text);

#endif
