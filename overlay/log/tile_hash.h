/*
 * Hashes of a tree of one size, out of its tiles: for roots and proofs.
 */
#ifndef CR_LOG_TILE_HASH_H
#define CR_LOG_TILE_HASH_H

#include "log/tile.h"

struct cr_tile_hash;			/* keeps a tile of each level */

/* dirfd is borrowed. */
int cr_tile_hash_new(int dirfd, uint64_t tree_size,
	struct cr_tile_hash **ret_reader) CR_WARN_UNUSED;
void cr_tile_hash_free(struct cr_tile_hash **reader);

/* A cr_subtree_fn; arg is the reader. */
int cr_tile_hash_subtree(void *reader, unsigned level, uint64_t index,
	struct cr_hash *ret_hash) CR_WARN_UNUSED;

/* What went wrong in the last call that was not CR_OK. */
const struct cr_log_fault *cr_tile_hash_fault(
	const struct cr_tile_hash *reader);

#endif
