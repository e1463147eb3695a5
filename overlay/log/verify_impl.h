/* What the files of the verification share. */
#ifndef CR_LOG_VERIFY_IMPL_H
#define CR_LOG_VERIFY_IMPL_H

#include <pthread.h>

#include "log/tile.h"
#include "log/verify.h"

struct cr_verify_state {
	int dirfd;
	const struct cr_verify_options *options;
	struct cr_verify_report *report;
	uint64_t size, minimum;
	bool edge_ok;			/* the edge gives the signed root */

	pthread_mutex_t mutex;		/* for all below */
	uint64_t next;			/* tile of level 0 nobody has */
	struct cr_log_fault fault;	/* the one of the first record */
	int rc;
};

/* Keeps the fault if it is before the one there is.  Thread safe. */
void cr_verify_blame(struct cr_verify_state *state, int rc,
	const struct cr_log_fault *fault);

/* By the pruning rule of tlog-tiles: may tile n be missing? */
bool cr_verify_may_be_pruned(const struct cr_verify_state *state,
	unsigned level, uint64_t n);

/* verify_records.c: level 0 and the bundles, by several threads */
int cr_verify_records(struct cr_verify_state *state) CR_WARN_UNUSED;

/* verify_files.c: no file but those of the log, and partial ones that fit */
int cr_verify_files(struct cr_verify_state *state) CR_WARN_UNUSED;

/* Hashes of the leaves that the write-ahead files have beyond the tree. */
struct cr_verify_wal {			/* zeroed: none */
	struct cr_hash *hashes;		/* owned */
	size_t count, capacity;
};

/*
 * verify_wal.c: those files are whole, agree with the tree and follow it
 * without a gap.  Not beside a running server, which changes them.
 */
int cr_verify_wal(struct cr_verify_state *state,
	struct cr_verify_wal *ret_wal) CR_WARN_UNUSED;

#endif
