/*
 * What a crash, or an end without integration, left in the WAL of a log
 * directory.  The format, and what counts as damage, is in wal_format.h.
 */
#ifndef CR_LOG_WAL_READ_H
#define CR_LOG_WAL_READ_H

#include "log/fault.h"
#include "log/wal.h"

/*
 * Called in order for each leaf that the WAL has: those the tree has too
 * (index < tree_size; to be compared) and those that follow it.  An error
 * ends the replay and is returned.
 */
typedef int cr_wal_leaf_fn(void *arg, uint64_t index, struct cr_slice leaf,
	struct cr_log_fault *ret_fault);

struct cr_wal_found {
	struct cr_wal_segment *segments;	/* owned */
	size_t count;
	uint64_t sequence;		/* the highest */
	uint64_t next;			/* first index that is not there */
	bool torn;			/* a batch begun at `next` was dropped */
};

/*
 * Reads DIR/wal; that there is none is no error.  CR_EVERIFY with
 * CR_FAULT_WAL (damaged; index, path) or CR_FAULT_GAP; CR_ELOG; CR_ENOMEM.
 */
int cr_wal_replay(int dirfd, uint64_t tree_size, cr_wal_leaf_fn *fn, void *arg,
	struct cr_wal_found *ret_found, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;
void cr_wal_found_clear(struct cr_wal_found *found);

#endif
