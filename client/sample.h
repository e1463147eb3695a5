/*
 * A count and the first few of what was counted, in alphabetical order
 * whatever order they came in, so that a report of a million entries is
 * small and always the same.
 */
#ifndef CR_CLIENT_SAMPLE_H
#define CR_CLIENT_SAMPLE_H

#include <stdint.h>

#include "strlist.h"

struct cr_sample {		/* zeroed is empty and keeps everything */
	struct cr_strings kept;
	size_t limit;		/* 0: no limit */
	bool sorted;
	uint64_t total;		/* all that were added, */
	uint64_t distinct;	/* without those that came again and again */
	uint64_t last;		/* a hash of the one before */
};

/* The same text several times in a row is one example, counted each time. */
int cr_sample_add(struct cr_sample *sample, struct cr_slice text)
	CR_WARN_UNUSED;

/* The texts in order; borrowed until the next call. */
const struct cr_strings *cr_sample_list(struct cr_sample *sample);

void cr_sample_clear(struct cr_sample *sample);

#endif
