/*
 * The tree of a log directory: checkpoint, tiles and entry bundles.
 *
 * One writer.  Not thread safe; readers of other threads open the directory
 * by themselves (tile.h, reader.h) with a size that was committed.
 *
 * What is appended is in memory until cr_tree_commit(), and not visible
 * before that.  The order on disk: bundles and tiles, synced; their
 * directories, synced; then the checkpoint, written beside, synced, renamed,
 * its directory synced.  So a crash leaves either the old checkpoint, with
 * files beyond it that the next open removes, or the new one.
 *
 * Partial tiles and bundles stay until the full one is there.
 */
#ifndef CR_LOG_TREE_H
#define CR_LOG_TREE_H

#include "log/fault.h"
#include "log/merkle.h"
#include "log/note.h"
#include "log/tile.h"

struct cr_tree;

/*
 * key: signs, and is borrowed until close; one that cannot sign opens for
 * reading only.  origin "" is the name of the key.
 *
 * Checks the signature of the checkpoint, the tiles of the right edge up to
 * its root, and the last bundle against its tile.  Makes an empty log, with a
 * signed checkpoint of size 0, in a directory that has neither a checkpoint
 * nor tiles nor a wal/ (the directory itself must exist); without a
 * checkpoint but with those it is CR_FAULT_EMPTY.  Does not take DIR/lock.
 */
int cr_tree_open(const char *directory, const struct cr_key *key,
	const char *origin, struct cr_tree **ret_tree,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;
void cr_tree_close(struct cr_tree **tree);

uint64_t cr_tree_size(const struct cr_tree *tree);	/* with what is new */
uint64_t cr_tree_committed(const struct cr_tree *tree);	/* in the checkpoint */
void cr_tree_root(const struct cr_tree *tree, struct cr_hash *ret_root);
/* bytes that wait for the commit */
size_t cr_tree_pending(const struct cr_tree *tree);

/* 1 to CR_LEAF_MAX bytes.  CR_ENOMEM: nothing was appended. */
int cr_tree_append(struct cr_tree *tree, struct cr_slice leaf) CR_WARN_UNUSED;
/* Where in its bundle the bytes of the leaf appended last start; < 2^24 */
uint32_t cr_tree_last_offset(const struct cr_tree *tree);

/*
 * Writes, syncs, publishes.  After an error (fault: path and errno) nothing is
 * lost: call it again.  CR_OK at once when nothing is new.
 */
int cr_tree_commit(struct cr_tree *tree, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

/* Prune point of the directory (DIR/minimum); 0 when there is none. */
int cr_minimum_read(int dirfd, uint64_t *ret_minimum,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

#endif
