/*
 * What the parts of the running log share.  Only for log.c, commit.c,
 * integrate.c and space.c.
 *
 * Threads: the committer (the only one that touches the WAL's open segment; in
 * flush mode whoever appends takes turns with it), the integrator (tree,
 * index, room on the disk), the guard (sees that the disk does not answer).
 *
 * One lock, never held over a system call on a file.
 */
#ifndef CR_LOG_IMPL_H
#define CR_LOG_IMPL_H

#include <errno.h>
#include <pthread.h>

#include "log/index.h"
#include "log/log.h"
#include "log/log_epoch.h"
#include "log/log_ring.h"
#include "log/tree.h"
#include "log/wal.h"

#define CR_LOG_RETRY_MS 100
#define CR_LOG_RETRY_MAX_MS 1000	/* when it fails again and again */
/* Flush mode: the committer syncs so often, or a rotation would wait long. */
#define CR_LOG_SYNC_BEHIND (UINT64_C(1) << 20)
/* The most that one commit takes: bounds how long the next one waits. */
#define CR_LOG_BATCH_MAX (UINT64_C(4) << 20)

enum cr_log_thread {
	CR_THREAD_COMMIT,
	CR_THREAD_INTEGRATE,
	CR_THREAD_GUARD,
	CR_THREADS
};

/* The ballast and what is free; space.c */
struct cr_space {
	pthread_mutex_t lock;		/* may be held over a system call */
	uint64_t reserve;		/* bytes that are there; under lock */
	_Atomic uint64_t reserve_seen;	/* the same without the lock */
	_Atomic uint64_t free_bytes;
	/* the integrator's alone */
	bool low;
	bool rebuild_failed;
	int64_t looked_ms;
	/* under the lock of the log */
	int64_t full_ms;		/* full since */
	int64_t emptied_ms;		/* not full since */
	int64_t hold_ms;		/* full for so long at least */
};

struct cr_log {
	struct cr_log_settings settings;	/* strings are owned */
	struct cr_log_watch watch;
	int dirfd;
	int lockfd;
	struct cr_key *key;
	struct cr_wal *wal;
	struct cr_ring ring;
	struct cr_epochs epochs;
	struct cr_space space;

	/* the integrator's alone */
	struct cr_tree *tree;
	uint64_t treed;			/* place: the tree has what is below */
	unsigned char *scratch;		/* 65,535 bytes */
	int64_t prepare_ms;		/* not before, after an error */
	bool tree_failed;
	int64_t index_ms;		/* ask it again then */
	bool index_behind;
	bool index_failed;
	unsigned index_resets;

	/* set once, by open or by the integrator */
	struct cr_index *_Atomic index;

	pthread_t threads[CR_THREADS];
	pthread_mutex_t lock;
	pthread_cond_t work;		/* the committer's */
	pthread_cond_t done;		/* states of tickets changed */
	pthread_cond_t to_integrate;	/* the integrator's */
	pthread_cond_t integrated_more;
	pthread_cond_t guard;

	/* under lock: places in the ring, tail <= committed <= head */
	uint64_t tail;			/* integrated below */
	uint64_t committed;		/* durable below */
	uint64_t head;
	uint64_t next;			/* index of the next leaf */
	bool privileged;		/* one of those pending is */

	/* a commit, or an attempt to begin anew, is under way */
	bool busy;
	uint64_t flight_end;		/* place */
	uint64_t flight_next;		/* index */
	int64_t flight_ms;		/* since when */

	bool broken;			/* appends are refused */
	bool stalled;			/* the guard gave up what is under way */
	bool replaced;			/* begin anew only when all is in the tree */
	bool full;
	int error;			/* errno of what broke it */
	uint64_t expected;	/* leaves that come in the time of a commit */
	bool gathering;		/* the committer waits for that many */
	bool retry_now;
	int64_t retried_ms;
	int64_t retry_ms;		/* how long after that again */
	int64_t recovered_ms;

	uint64_t unsynced;		/* flush mode: bytes since a sync */

	uint64_t integrated;		/* index */
	bool wanted;			/* integrate now */
	uint64_t attempt;		/* number of the last one begun */
	uint64_t attempt_failed;	/* number of the last one that failed */
	int64_t since_ms;		/* the oldest that is not integrated */

	bool closing;			/* no more appends */
	bool finish;			/* integrate once more and end */
	bool guard_ends;
	unsigned started;		/* bit of each thread */
	unsigned running;
	pthread_cond_t ended;

	_Atomic unsigned open_ranks;	/* bit of each rank that is taken */
	_Atomic uint64_t appended;
	_Atomic uint64_t refused;
	_Atomic uint64_t failed;
	_Atomic uint64_t batches;
	_Atomic uint64_t integrated_seen;
	_Atomic uint64_t memory_seen;
	_Atomic int64_t checkpoint_ms;
	_Atomic bool full_seen;
};

static inline void
cr_log_lock(struct cr_log *log)
{
	(void)pthread_mutex_lock(&log->lock);
}

static inline void
cr_log_unlock(struct cr_log *log)
{
	(void)pthread_mutex_unlock(&log->lock);
}

static inline bool
cr_log_error_is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

/* The thread is about to return; releases the lock. */
static inline void
cr_log_end_thread(struct cr_log *log, enum cr_log_thread which)
{
	log->running &= ~(1u << which);
	(void)pthread_cond_broadcast(&log->ended);
	cr_log_unlock(log);
}

/* log.c */
int64_t cr_log_now_ms(void);
/* Waits at most until a moment of cr_log_now_ms(), with the lock held. */
void cr_log_sleep_until(struct cr_log *log, pthread_cond_t *cond, int64_t ms);
void cr_log_tell(const struct cr_log *log, enum cr_log_event event, int error,
	uint64_t number);
/* With the lock held, after each change of what it depends on. */
void cr_log_set_open(struct cr_log *log);

/* commit.c */
void *cr_commit_thread(void *log);
void *cr_guard_thread(void *log);
/* Flush mode: commits until the ticket is not pending.  Lock held. */
void cr_commit_self(struct cr_log *log, struct cr_log_ticket ticket);

/* integrate.c */
void *cr_integrate_thread(void *log);

/* integrate_index.c: all by the integrator, or before it starts */
/* Notes a leaf that was just appended to the tree. */
void cr_log_index_note(struct cr_log *log, struct cr_slice leaf);
/* The index takes in what the tree has; opens it first when it must. */
void cr_log_index_commit(struct cr_log *log);

/* space.c */
int cr_space_open(struct cr_log *log) CR_WARN_UNUSED;
void cr_space_close(struct cr_log *log);
/* Gives up a part of the reserve; false when there is none.  No lock held. */
bool cr_space_give(struct cr_log *log);
/* By the integrator, when cr_space_due() has come.  No lock held. */
void cr_space_tick(struct cr_log *log);
/* The moment of the next tick.  Lock held. */
int64_t cr_space_due(const struct cr_log *log);
/* An error says that the disk is full.  True when it was not.  Lock held. */
bool cr_space_set_full(struct cr_log *log);

#endif
