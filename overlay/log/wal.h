/*
 * Writing the write-ahead files of a log directory.
 *
 * One segment is written at a time.  After any error it is given up for good
 * (what the kernel kept of it is not known) and the next cr_wal_begin() starts
 * another.  Segments have their whole size from the start, and those that are
 * not needed any more are taken again under a new name, since to overwrite
 * costs half of what it costs to grow a file.
 *
 * Thread rule: open, begin, write, sync, check, give_up and close by one
 * thread at a time; prepare and forget by one other.  Errors: CR_ELOG, errno.
 */
#ifndef CR_LOG_WAL_H
#define CR_LOG_WAL_H

#include "log/wal_format.h"

#define CR_WAL_DIR "wal"

struct cr_wal;

struct cr_wal_segment {
	uint64_t first;
	uint64_t sequence;
};

struct cr_wal_settings {
	const char *directory;		/* of the log; copied */
	int dirfd;			/* the same, open; borrowed */
	uint64_t segment_size;		/* a multiple of 4096 */
	bool flush;
	const struct cr_wal_segment *old;	/* what replay found; copied */
	size_t old_count;
	uint64_t sequence;		/* the last one in use */
};

/* Makes DIR/wal when it is missing.  No segment is begun yet. */
int cr_wal_open(const struct cr_wal_settings *settings,
	struct cr_wal **ret_wal) CR_WARN_UNUSED;
void cr_wal_close(struct cr_wal **wal);

/*
 * Starts a segment at leaf `first`: its name is durable at return.  The one
 * before it ends there.
 */
int cr_wal_begin(struct cr_wal *wal, uint64_t first) CR_WARN_UNUSED;
bool cr_wal_is_open(const struct cr_wal *wal);

/* Does a batch of so many bytes still go into the segment? */
bool cr_wal_fits(const struct cr_wal *wal, uint64_t length);
/* The most bytes of leaves that a batch may ever have. */
uint64_t cr_wal_batch_max(const struct cr_wal *wal);

/* One write.  At most two pieces. */
int cr_wal_write(struct cr_wal *wal, uint64_t first, uint32_t count,
	const struct iovec *pieces, int piece_count) CR_WARN_UNUSED;
int cr_wal_sync(struct cr_wal *wal) CR_WARN_UNUSED;
/* The open segment once more, for a sync beside the writer; -1: none. */
int cr_wal_share(const struct cr_wal *wal);

/*
 * Is the segment still what stands under its name?  The file each time, the
 * directories each 100 ms.  ESTALE: no.  Only after this, following the sync,
 * is a batch durable.
 */
int cr_wal_check(struct cr_wal *wal) CR_WARN_UNUSED;

/*
 * Closes the segment for good; it is taken away when nothing in it is durable
 * (it starts at index `durable`).  errno is kept.
 */
void cr_wal_give_up(struct cr_wal *wal, uint64_t durable);

/*
 * Looks at the directories anew: ESTALE when the log directory is not the one
 * that was opened; a wal directory that is missing or another is made or
 * taken (true in *ret_changed: what was in it is gone).
 */
int cr_wal_find(struct cr_wal *wal, bool *ret_changed) CR_WARN_UNUSED;

/*
 * Removes every segment there is in the directory, ours or not.  Only when the
 * tree has all that is durable.
 */
int cr_wal_purge(struct cr_wal *wal) CR_WARN_UNUSED;

/* Segments of which every leaf is below an index are free for use again. */
void cr_wal_forget(struct cr_wal *wal, uint64_t below);
/* All of them, also the open one: the log is closed and whole in the tree. */
void cr_wal_forget_all(struct cr_wal *wal);

/* Makes one segment ready for later when there is none. */
int cr_wal_prepare(struct cr_wal *wal) CR_WARN_UNUSED;

#endif
