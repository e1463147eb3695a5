/*
 * The leaves that are not integrated yet: a ring of bytes, each leaf with two
 * bytes of length before it, big endian, as in the WAL and in entry bundles.
 * Places count up for ever; a leaf may go over the end of the memory.
 *
 * No lock: the caller keeps apart who writes and who reads which places.
 */
#ifndef CR_LOG_RING_H
#define CR_LOG_RING_H

#include <stdint.h>
#include <sys/uio.h>

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_RING_FRAME 2u		/* bytes before a leaf */

struct cr_ring {
	unsigned char *bytes;
	uint64_t capacity;		/* a power of two */
};

/* Memory is used as it fills, and given back by cr_ring_release(). */
int cr_ring_init(struct cr_ring *ring, uint64_t capacity) CR_WARN_UNUSED;
void cr_ring_clear(struct cr_ring *ring);

/* The caller knows that there is room: CR_RING_FRAME + leaf.len from place. */
void cr_ring_put(struct cr_ring *ring, uint64_t place, struct cr_slice leaf);

/*
 * The leaf at a place; borrows from the ring or, when it goes over the end,
 * from scratch (65,535 bytes).
 */
struct cr_slice cr_ring_get(const struct cr_ring *ring, uint64_t place,
	unsigned char *scratch);

/* The bytes of the leaf at a place. */
size_t cr_ring_length(const struct cr_ring *ring, uint64_t place);

/* [from, to) as one or two pieces; how many. */
int cr_ring_pieces(const struct cr_ring *ring, uint64_t from, uint64_t to,
	struct iovec ret_pieces[2]);

/* The memory of [from, to) is not needed any more. */
void cr_ring_release(struct cr_ring *ring, uint64_t from, uint64_t to);

#endif
