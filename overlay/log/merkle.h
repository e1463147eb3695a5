/*
 * The Merkle trees of RFC 6962, section 2.1, over SHA-256, and their proofs.
 * Nothing here reads a file: hashes come from the caller.
 */
#ifndef CR_LOG_MERKLE_H
#define CR_LOG_MERKLE_H

#include <stdint.h>

#include "core/crypto.h"

#define CR_PROOF_MAX 64			/* hashes in a proof */

void cr_leaf_hash(struct cr_slice leaf, struct cr_hash *ret_hash);
/* pair: left and right, side by side.  ret_hash may lie in it. */
void cr_node_hash(const struct cr_hash pair[2], struct cr_hash *ret_hash);
void cr_empty_hash(struct cr_hash *ret_hash);

/* The root of a tree of count (1 to 256) hashes; works in `hashes`. */
void cr_merkle_fold(struct cr_hash *hashes, unsigned count,
	struct cr_hash *ret_root);

/*
 * Where proofs take subtrees from: the hash of the 2^level leaves from
 * index * 2^level on, which is whole in the tree.
 */
typedef int cr_subtree_fn(void *arg, unsigned level, uint64_t index,
	struct cr_hash *ret_hash);

struct cr_proof {
	unsigned count;
	struct cr_hash hashes[CR_PROOF_MAX];
};

/* MTH(D[from:to]), a subtree of the tree: from is a multiple of what the
   split points of to - from make.  For whole trees from is 0. */
int cr_merkle_root(cr_subtree_fn *subtree, void *arg, uint64_t size,
	struct cr_hash *ret_root) CR_WARN_UNUSED;
/* From the leaf's sibling up.  index < size */
int cr_merkle_inclusion(cr_subtree_fn *subtree, void *arg, uint64_t index,
	uint64_t size, struct cr_proof *ret_proof) CR_WARN_UNUSED;
/* 0 < old_size <= size; empty when they are equal */
int cr_merkle_consistency(cr_subtree_fn *subtree, void *arg,
	uint64_t old_size, uint64_t size, struct cr_proof *ret_proof)
	CR_WARN_UNUSED;

/* CR_EVERIFY when the proof does not prove it */
int cr_merkle_check_inclusion(const struct cr_proof *proof, uint64_t index,
	uint64_t size, const struct cr_hash *leaf_hash,
	const struct cr_hash *root) CR_WARN_UNUSED;
int cr_merkle_check_consistency(const struct cr_proof *proof,
	uint64_t old_size, uint64_t size, const struct cr_hash *old_root,
	const struct cr_hash *root) CR_WARN_UNUSED;

#endif
