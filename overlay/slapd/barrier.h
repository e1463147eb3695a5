/*
 * The log barrier: a layer in a connection's Sockbuf that holds what slapd
 * writes until the records of it are durable (barrier.c), and the threads
 * that let it go then (release.c).  When a connection or a log ends, nothing
 * may wait any more: drain.c.
 *
 * The bytes of a connection, in the order slapd wrote them:
 *
 *	written | ready | segment | segment | open
 *	        ^begin  ^ready    (marks)   ^last mark's end         ^end
 *
 * "ready" may be written to the layers below as soon as the socket takes it; a
 * segment waits for the ticket of its mark; "open" waits for gathers that are
 * not appended yet.  Offsets count from the connection's first held byte.
 *
 * Lock order: slapd's c_mutex and c_write1_mutex, then cr_barrier.mutex, then
 * cr_db.log_lock and the lists of release.c.  Nobody waits for the log with
 * cr_barrier.mutex held: the log's committer takes it.
 *
 * Whoever uses a log has borrowed it, so it is not closed meanwhile.  A mark
 * names its log without that: the log that is to be closed is taken away first,
 * so no new marks name it, and then those that do are settled (drain.c).
 */
#ifndef CR_BARRIER_H
#define CR_BARRIER_H

#include "guard.h"

#include <ac/errno.h>

#include "log/gather.h"
#include "log/log.h"

#define CR_MARK_IDS 4

/* Who has records in a segment. */
struct cr_barrier_ids {
	int32_t id[CR_MARK_IDS];
	unsigned count;
	bool ends;	/* one of them could not be told: the connection ends */
};

struct cr_barrier_mark {
	uint64_t end;
	struct cr_log *log;		/* NULL: refused, nothing was taken */
	struct cr_log_ticket ticket;
	struct cr_barrier_ids ids;
};

/* An operation's records: one for each log, and one without an operation for
 * the persist phase of a replica. */
struct cr_gathering {
	struct cr_gathering *next;	/* of the connection's that wait */
	struct cr_barrier *barrier;	/* NULL: the worker waits */
	struct cr_gather *gather;
	struct cr_db *db;
	enum cr_log_rank rank;
	int32_t message_id;
	bool answered;			/* the result is known */
	bool persists;			/* has no operation that would end it */
	bool ends;			/* no answer would tell of a loss */
	bool linked;
};

struct cr_barrier {
	atomic_int refs;
	pthread_mutex_t mutex;
	pthread_cond_t settled;		/* marks have gone, or everything */
	Sockbuf_IO_Desc *layer;		/* NULL: the connection is closed */
	ber_socket_t fd;
	unsigned char *bytes;
	size_t size;
	uint64_t base;			/* offset of bytes[0] */
	uint64_t begin, ready, end;
	size_t again;			/* a write to be repeated, its length */
	struct cr_barrier_mark *marks;
	unsigned mark_first, mark_count, mark_size;
	struct cr_gathering *waiting;
	unsigned live;			/* operations that gather */
	int32_t *lost;			/* operations that lost a record */
	unsigned lost_count, lost_size;
	bool broken;			/* no more is written */
	bool midway;			/* the next write goes on with a PDU */
	bool writer_waits;		/* slapd waits for the socket */
	int64_t held_ms;		/* since when "open" has bytes */
	/* release.c */
	struct cr_barrier *queue_next, *holding_next, *polled_next;
	bool queued, holding, polled;
	int64_t stuck_ms;		/* since when the socket takes nothing */
	/* drain.c */
	struct cr_barrier *all_next, **all_link;
};

/* held.c; all with the mutex held */
extern _Atomic size_t cr_barrier_total;		/* bytes, of all */
static inline uint64_t
cr_barrier_held(const struct cr_barrier *b)
{
	return b->end - b->begin;
}
int cr_barrier_hold(struct cr_barrier *b, struct cr_slice pdu);
void cr_barrier_unlink(struct cr_barrier *b, struct cr_gathering *g);
void cr_barrier_forget_waiting(struct cr_barrier *b);	/* persist phase */
void cr_barrier_drop(struct cr_barrier *b);
void cr_barrier_flush(struct cr_barrier *b);	/* gathers become leaves */
void cr_barrier_settle(struct cr_barrier *b);	/* marks become ready */
bool cr_barrier_push(struct cr_barrier *b);	/* false: socket full */
/* Unless slapd's writer waits: two on one socket would starve it. */
void cr_barrier_push_or_poll(struct cr_barrier *b);
/* Sees to it that open bytes are flushed soon. */
void cr_barrier_watch_open(struct cr_barrier *b);
/* False: not before then (cr_release_now()). */
bool cr_barrier_wait(struct cr_barrier *b, int64_t until);
void cr_barrier_break(struct cr_barrier *b);	/* ends the connection */
static inline struct cr_barrier_mark *
cr_barrier_last(struct cr_barrier *b)
{
	return b->mark_count == 0 ? NULL :
	    &b->marks[b->mark_first + b->mark_count - 1];
}
bool cr_barrier_is_empty(const struct cr_barrier *b);
void cr_barrier_release(struct cr_barrier *b);	/* a reference; no mutex */

/* barrier.c */
struct cr_barrier *cr_barrier_of(Connection *conn);	/* borrowed, or NULL */
struct cr_barrier *cr_barrier_get(Operation *op);	/* a reference */
struct cr_barrier *cr_barrier_find(Operation *op);	/* borrowed */
int cr_barrier_add(struct cr_gathering *g, const unsigned char uuid[16],
	unsigned char class_code);
int cr_barrier_add_alone(struct cr_barrier *b, struct cr_gathering *g,
	const unsigned char uuid[16], unsigned char class_code);
void cr_barrier_result(struct cr_gathering *g, int result);
void cr_barrier_end(struct cr_gathering *g);

/* record.c: the time of a record; UTC, ms */
int64_t cr_record_now(void);
/* An event of the server's own; durable at return. */
int cr_record_leaf(struct cr_db *db, const struct cr_leaf *leaf);

/* release.c */
int cr_release_start(void);
void cr_release_stop(void);
void cr_release_queue(struct cr_barrier *b);	/* has marks */
void cr_release_hold(struct cr_barrier *b);	/* has open bytes */
void cr_release_poll(struct cr_barrier *b);	/* its socket is full */
void cr_release_forget(struct cr_barrier *b);	/* its socket closes */
void cr_release_durable(void *arg);		/* for cr_log_watch */
int64_t cr_release_now(void);			/* monotonic, ms */

/* drain.c */
void cr_drain_enter(struct cr_barrier *b);	/* a new barrier */
void cr_drain_leave(struct cr_barrier *b);	/* its layer goes */
/*
 * Takes the log away; what waits for it is let go, or lost.  Nobody uses it
 * any more then but the caller, who closes it.
 */
struct cr_log *cr_drain_log(struct cr_db *db);

#endif
