/*
 * Memory that is given out piece by piece and freed all at once, with its
 * size known: what a policy is made of.
 */
#ifndef CR_ARENA_H
#define CR_ARENA_H

#include <stddef.h>

#include "custreg/error.h"
#include "custreg/slice.h"

struct cr_arena_chunk;

struct cr_arena {			/* zeroed is empty */
	struct cr_arena_chunk *chunks;
	size_t size;			/* heap bytes held */
};

/* Zeroed, aligned for any type; NULL when there is no memory. */
void *cr_arena_alloc(struct cr_arena *arena, size_t count, size_t size)
	CR_WARN_UNUSED;

/* A copy with a NUL behind it that is not counted. */
int cr_arena_copy(struct cr_arena *arena, struct cr_slice text,
	struct cr_slice *ret_copy) CR_WARN_UNUSED;

void cr_arena_clear(struct cr_arena *arena);

#endif
