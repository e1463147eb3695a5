/*
 * What the fuzz targets share.  A target ends the process when a promise of a
 * header does not hold.
 */
#ifndef CR_FUZZ_H
#define CR_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "custreg/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
expect(bool holds)
{
	if (!holds)
		abort();
}

static inline struct cr_slice
fuzz_slice(const uint8_t *data, size_t size)
{
	return (struct cr_slice){ (const char *)data, size };
}

/* A slice that was handed out lies in the one it was taken from. */
static inline bool
lies_in(struct cr_slice part, struct cr_slice whole)
{
	return part.ptr >= whole.ptr && part.len <= whole.len &&
	    part.ptr + part.len <= whole.ptr + whole.len;
}

#endif
