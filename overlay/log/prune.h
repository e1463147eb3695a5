/*
 * Retention, by the pruning rule of C2SP tlog-tiles: DIR/minimum is the first
 * index that is kept, and full tiles and bundles that end at or before it go.
 * What is left proves all from there on, and the tree stays what it was.
 *
 * The order: an event leaf (durable in the running log, or in
 * DIR/pending-event for the next start), the minimum, the files.  Each may be
 * done again after a crash.
 */
#ifndef CR_LOG_PRUNE_H
#define CR_LOG_PRUNE_H

#include "log/fault.h"
#include "log/leaf.h"

#define CR_PENDING_EVENT "pending-event"
#define CR_EVENT_LEAF_SIZE 1024

/*
 * The first index, from the minimum there is on, whose record is not older
 * than before_ms; the size when all are.  tree_size: of a checkpoint.
 */
int cr_prune_find(int dirfd, uint64_t tree_size, int64_t before_ms,
	uint64_t *ret_minimum, struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/*
 * Sets the minimum (never back; at most tree_size) and removes files.  May run
 * beside the writer.
 */
int cr_prune_apply(int dirfd, uint64_t tree_size, uint64_t minimum,
	uint64_t *ret_files, struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* The leaf that says so: event log-pruned, detail "before <minimum>". */
int cr_prune_leaf(uint64_t minimum, int64_t now_ms,
	unsigned char out[CR_EVENT_LEAF_SIZE], size_t *ret_len) CR_WARN_UNUSED;

/* Hands a leaf to the next start.  CR_FAULT_BUSY when one waits already. */
int cr_pending_event(int dirfd, struct cr_slice leaf,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

#endif
