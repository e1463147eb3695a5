/*
 * The read log as a whole: leaves are appended, become durable together (a
 * write-ahead log and group commit), and are integrated into the tree and the
 * index in the background.
 *
 *	append ---> memory ---> DIR/wal ---> durable ---> DIR/tile, checkpoint
 *	(caller)    committer thread           integrator thread
 *
 * The caller of an entry's record appends the leaf, and lets no byte of the
 * entry out before its ticket is CR_LOG_DURABLE.  A ticket that has failed
 * stays failed, one that is durable stays durable.
 *
 * When the disk fails (an error, no room, files gone or not ours any more)
 * every ticket that is pending then fails, appends are refused, and the log
 * tries by itself, each 100 ms, to begin anew.  A disk that does not answer is
 * taken as failed after wait_ms.
 *
 * Thread rule: every function may be called by any thread, except open and
 * close.  The library never prints; what a person should know comes through
 * the watch.
 */
#ifndef CR_LOG_H
#define CR_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

struct cr_log;
struct cr_log_fault;	/* log/fault.h */

enum cr_log_durability {
	CR_LOG_FSYNC = 0,	/* durable: fdatasync was successful */
	CR_LOG_FLUSH		/* durable: the kernel has it */
};

enum cr_log_rank {
	CR_LOG_ORDINARY = 0,
	CR_LOG_PRIVILEGED	/* DPO reads, erasures: may use the reserve */
};

enum cr_log_state {
	CR_LOG_FAILED = 0,
	CR_LOG_PENDING,
	CR_LOG_DURABLE
};

/* What a person should know; cr_log_event_text() has a text for each. */
enum cr_log_event {
	CR_LOG_EVENT_NONE = 0,
	CR_LOG_EVENT_FAILED,		/* refused from now on; error */
	CR_LOG_EVENT_STALLED,		/* the disk does not answer */
	CR_LOG_EVENT_RECOVERED,
	CR_LOG_EVENT_SPACE_LOW,		/* number: bytes free */
	CR_LOG_EVENT_SPACE_ENOUGH,	/* number: bytes free */
	CR_LOG_EVENT_FULL,		/* ordinary appends are refused */
	CR_LOG_EVENT_NOT_FULL,
	CR_LOG_EVENT_RESERVE_USED,	/* number: bytes of it left */
	CR_LOG_EVENT_RESERVE_REBUILT,	/* number: bytes */
	CR_LOG_EVENT_RESERVE_FAILED,	/* cannot be made; error */
	CR_LOG_EVENT_TORN,	/* at start; number: first index not kept */
	CR_LOG_EVENT_TREE_FAILED,	/* not integrated; error, number: index */
	CR_LOG_EVENT_TREE_RECOVERED,
	CR_LOG_EVENT_INDEX_FAILED,	/* queries are not complete; error */
	CR_LOG_EVENT_INDEX_REBUILT,	/* number: leaves */
	CR_LOG_EVENT_COUNT
};

struct cr_log_settings {
	const char *directory;		/* made, 0700, when it is missing */
	const char *key_file;		/* NULL: DIR/key */
	const char *origin;		/* names a new key, and so the log */
	enum cr_log_durability durability;
	unsigned wait_ms;		/* 0: 5000 */
	unsigned integrate_ms;		/* 0: 1000 */
	uint64_t reserve;		/* bytes; 0: none */
	uint64_t warn_free;		/* bytes; 0: no warning */
	uint64_t segment_size;		/* of the WAL; 0: 16 MiB */
	uint64_t memory;		/* not yet integrated; 0: 128 MiB */
};

struct cr_log_watch {
	void *arg;
	/*
	 * cr_log_state() of some tickets changed.  By the committer thread
	 * (flush mode: also by a thread in cr_log_append()), or by the thread
	 * that notices that the disk stalls; never with a lock held.
	 * May be NULL.
	 */
	void (*durable)(void *arg);
	/* For one line each; any thread of the log.  May be NULL. */
	void (*event)(void *arg, enum cr_log_event event, int error,
		uint64_t number);
};

/* All zero: a ticket that has failed. */
struct cr_log_ticket {
	uint64_t index;		/* of the leaf in the tree, when durable */
	uint32_t epoch;		/* failures so far */
};

struct cr_log_counters {
	uint64_t records;	/* durable: first index not in use */
	uint64_t integrated;	/* size of the last checkpoint */
	int64_t checkpoint_ms;	/* UTC; when that was made, 0: not yet */
	uint64_t appended;	/* since open */
	uint64_t refused;	/* appends refused, since open */
	uint64_t failed;	/* tickets that failed, since open */
	uint64_t batches;	/* synced, since open */
	uint64_t free_bytes;	/* of the file system, as of the last second */
	uint64_t reserve_bytes;	/* of the ballast that are there */
	uint64_t memory_bytes;	/* not yet integrated */
	bool usable;
	bool full;		/* ordinary appends are refused */
};

/* Constant; never NULL. */
const char *cr_log_event_text(enum cr_log_event event);

/*
 * Opens or makes the log: verifies the tree from its last checkpoint on and
 * the WAL, takes in what the WAL has beyond the tree, starts the threads.
 * Strings are copied.  With a disk that is full the log opens and is not
 * usable until there is room.  CR_ELOG with *ret_fault else: a fault of kind
 * "system" (its errno) may pass, so calling again later makes sense.
 */
int cr_log_open(const struct cr_log_settings *settings,
	const struct cr_log_watch *watch, struct cr_log **ret_log,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* Makes durable and integrates what can be (bounded by wait_ms each). */
void cr_log_close(struct cr_log **log);

/*
 * Takes a leaf of 1 to 65,535 bytes (copied) and hands out its ticket.  In
 * fsync mode never waits for the disk; in flush mode written to the kernel at
 * return.  CR_ELOG: refused, nothing was taken; errno says why (of the disk;
 * ENOBUFS: too much not yet integrated; EMSGSIZE).
 */
int cr_log_append(struct cr_log *log, enum cr_log_rank rank,
	struct cr_slice leaf, struct cr_log_ticket *ret_ticket) CR_WARN_UNUSED;

/* Lock-free, never waits. */
enum cr_log_state cr_log_state(const struct cr_log *log,
	struct cr_log_ticket ticket);

/* At most wait_ms; CR_ELOG when failed or not durable by then. */
int cr_log_wait(struct cr_log *log, struct cr_log_ticket ticket)
	CR_WARN_UNUSED;

/* Lock-free: would an append be taken now? */
bool cr_log_usable(const struct cr_log *log, enum cr_log_rank rank);

/*
 * Integrates what is durable now and waits until that is done; CR_ELOG when
 * it is not within wait_ms (0: as set).
 */
int cr_log_integrate(struct cr_log *log, unsigned wait_ms) CR_WARN_UNUSED;

/*
 * Removes records older than before_ms (UTC) by the pruning rule of
 * tlog-tiles, recorded first; *ret_files: how many files went.  Reads all it
 * removes: not for a thread that answers somebody.  One at a time.
 */
int cr_log_prune(struct cr_log *log, int64_t before_ms, uint64_t *ret_files,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

void cr_log_counters(const struct cr_log *log,
	struct cr_log_counters *ret_counters);

/*
 * The index for a query (query.h), which stays until the end; each begin that
 * returned CR_OK needs its end, before the log is closed.  What is durable and
 * not integrated yet is not found: cr_log_integrate() first.  CR_ELOG: there
 * is no index now.
 */
struct cr_index;
int cr_log_query_begin(struct cr_log *log, const struct cr_index **ret_index)
	CR_WARN_UNUSED;
void cr_log_query_end(struct cr_log *log);

#endif
