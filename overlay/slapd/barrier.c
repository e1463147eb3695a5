/*
 * The layer of the log barrier: takes in what slapd writes to a connection,
 * passes it on when no record waits, and holds it else.  A PDU is a whole
 * ber_flush2() of slapd's; the record of what is in it was gathered before,
 * by the same thread.
 *
 * The level keeps the layer above TLS and above a SASL security layer, also
 * ones that come later, so that it sees plain PDUs; only liblber's own debug
 * layer stands higher.
 */
#include "barrier.h"

#include <limits.h>

#include "proto/pdu.h"

#define LEVEL (INT_MAX - 1)
/* ours among LBER_SB_OPT_*: hands out the struct cr_barrier */
#define OPT_BARRIER 0x43520001

/* What is joined into one write, and what a connection may hold at most. */
#define JOIN_MAX (64u << 10)
#define HELD_MAX (1u << 20)
/* Over this in all connections, each may hold JOIN_MAX. */
#define TOTAL_MAX (128u << 20)
#define WAITING_MAX 2048
/* A log that gives no answer for longer would be a fault of ours. */
#define LOG_WAIT_MS 10000

static uint64_t
limit(void)
{
	return atomic_load_explicit(&cr_barrier_total, memory_order_relaxed) > TOTAL_MAX ?
	    JOIN_MAX : HELD_MAX;
}

/*
 * Waits for the log, not for the socket: that is slapd's to do, with its
 * write timeout, when this says no.
 */
static bool
make_room(struct cr_barrier *b)
{
	int64_t until = cr_release_now() + LOG_WAIT_MS;
	bool waits = true;

	cr_barrier_flush(b);
	cr_barrier_settle(b);
	cr_barrier_push_or_poll(b);
	while (waits && cr_barrier_held(b) >= limit() &&
	    b->begin == b->ready && b->mark_count > 0) {
		waits = cr_barrier_wait(b, until);
		cr_barrier_settle(b);
		cr_barrier_push_or_poll(b);
	}
	return cr_barrier_held(b) < limit();
}

static int
hold(struct cr_barrier *b, struct cr_slice bytes)
{
	struct cr_pdu pdu;
	int rc;

	if (cr_barrier_held(b) >= limit() && !make_room(b)) {
		b->writer_waits = true;
		return EAGAIN;
	}
	if (b->broken)
		return EPIPE;
	if (cr_pdu_peek(bytes, &pdu) != CR_OK || pdu.len != bytes.len)
		rc = CR_EINTERNAL;
	else
		rc = cr_barrier_hold(b, bytes);
	if (rc != CR_OK) {
		cr_barrier_break(b);
		return EPIPE;
	}
	if (!cr_pdu_goes_on(&pdu) || cr_barrier_held(b) >= JOIN_MAX)
		cr_barrier_flush(b);
	else
		cr_barrier_watch_open(b);
	cr_barrier_settle(b);
	cr_barrier_push_or_poll(b);
	return 0;
}

/* Nothing is held: as if the layer were not there. */
static ber_slen_t
pass(struct cr_barrier *b, void *bytes, ber_len_t len)
{
	ber_slen_t done = LBER_SBIOD_WRITE_NEXT(b->layer, bytes, len);

	b->midway = done < 0 || (ber_len_t)done < len;
	return done;
}

static ber_slen_t
layer_write(Sockbuf_IO_Desc *layer, void *bytes, ber_len_t len)
{
	struct cr_barrier *b = layer->sbiod_pvt;
	ber_slen_t done = -1;
	int error;

	if (b == NULL)
		return LBER_SBIOD_WRITE_NEXT(layer, bytes, len);
	pthread_mutex_lock(&b->mutex);
	b->writer_waits = false;
	if (b->broken || b->layer == NULL) {
		error = EPIPE;
	} else if (b->midway || (cr_barrier_is_empty(b) &&
	    b->lost_count == 0)) {
		done = pass(b, bytes, len);
		error = errno;
	} else {
		error = hold(b, (struct cr_slice){ bytes, len });
		if (error == 0)
			done = (ber_slen_t)len;
	}
	pthread_mutex_unlock(&b->mutex);
	errno = error;
	return done;
}

static ber_slen_t
layer_read(Sockbuf_IO_Desc *layer, void *bytes, ber_len_t len)
{
	return LBER_SBIOD_READ_NEXT(layer, bytes, len);
}

static int
layer_ctrl(Sockbuf_IO_Desc *layer, int opt, void *arg)
{
	if (opt != OPT_BARRIER)
		return LBER_SBIOD_CTRL_NEXT(layer, opt, arg);
	*(struct cr_barrier **)arg = layer->sbiod_pvt;
	return layer->sbiod_pvt != NULL;
}

static int
init_locks(struct cr_barrier *b)
{
	pthread_condattr_t attr;
	int rc;

	if (pthread_condattr_init(&attr) != 0)
		return -1;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (rc == 0)
		rc = pthread_cond_init(&b->settled, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (rc == 0 && (rc = pthread_mutex_init(&b->mutex, NULL)) != 0)
		(void)pthread_cond_destroy(&b->settled);
	return rc == 0 ? 0 : -1;
}

static int
layer_setup(Sockbuf_IO_Desc *layer, void *arg)
{
	struct cr_barrier *b = calloc(1, sizeof(*b));

	(void)arg;
	if (b == NULL || init_locks(b) != 0) {
		free(b);
		return -1;
	}
	atomic_init(&b->refs, 1);
	b->layer = layer;
	(void)ber_sockbuf_ctrl(layer->sbiod_sb, LBER_SB_OPT_GET_FD, &b->fd);
	cr_drain_enter(b);
	layer->sbiod_pvt = b;
	return 0;
}

static int
layer_close(Sockbuf_IO_Desc *layer)
{
	struct cr_barrier *b = layer->sbiod_pvt;

	if (b == NULL)
		return 0;
	pthread_mutex_lock(&b->mutex);
	cr_release_forget(b);
	b->layer = NULL;
	b->broken = true;
	cr_barrier_forget_waiting(b);
	cr_barrier_drop(b);
	pthread_mutex_unlock(&b->mutex);
	cr_drain_leave(b);
	return 0;
}

static int
layer_remove(Sockbuf_IO_Desc *layer)
{
	struct cr_barrier *b = layer->sbiod_pvt;

	(void)layer_close(layer);
	layer->sbiod_pvt = NULL;
	if (b != NULL)
		cr_barrier_release(b);
	return 0;
}

static Sockbuf_IO layer_io = {
	.sbi_setup = layer_setup,
	.sbi_remove = layer_remove,
	.sbi_ctrl = layer_ctrl,
	.sbi_read = layer_read,
	.sbi_write = layer_write,
	.sbi_close = layer_close
};

/* ---- for the rest of the glue -------------------------------------------- */

struct cr_barrier *
cr_barrier_of(Connection *conn)
{
	struct cr_barrier *b = NULL;

	if (conn->c_sb == NULL ||
	    ber_sockbuf_ctrl(conn->c_sb, OPT_BARRIER, &b) != 1)
		return NULL;
	return b;
}

/*
 * The connection's barrier, which it gets with its first record: who never
 * touches the register pays nothing.  slapd reads with c_mutex held and writes
 * with c_write1_mutex, but for a writer that waits for the socket, midway in a
 * PDU.  NULL: none can be had.
 */
struct cr_barrier *
cr_barrier_get(Operation *op)
{
	Connection *conn = op->o_conn;
	struct cr_barrier *b;

	if (conn->c_sb == NULL || cr_release_start() != 0)
		return NULL;
	ldap_pvt_thread_mutex_lock(&conn->c_mutex);
	b = cr_barrier_of(conn);
	if (b == NULL) {
		ldap_pvt_thread_mutex_lock(&conn->c_write1_mutex);
		if (ber_sockbuf_add_io(conn->c_sb, &layer_io, LEVEL, NULL) !=
		    0)
			(void)ber_sockbuf_remove_io(conn->c_sb, &layer_io,
				LEVEL);
		b = cr_barrier_of(conn);
		if (b != NULL)
			b->midway = conn->c_writing != 0;
		ldap_pvt_thread_mutex_unlock(&conn->c_write1_mutex);
	}
	if (b != NULL) {
		atomic_fetch_add(&b->refs, 1);
		pthread_mutex_lock(&b->mutex);
		b->live++;
		pthread_mutex_unlock(&b->mutex);
	}
	ldap_pvt_thread_mutex_unlock(&conn->c_mutex);
	return b;
}

/*
 * Of a connection that has one; borrowed.  For a replica's persist phase, whose
 * operation keeps the connection: a worker may add the layer meanwhile.
 */
struct cr_barrier *
cr_barrier_find(Operation *op)
{
	Connection *conn = op->o_conn;
	struct cr_barrier *b;

	if (conn->c_sb == NULL)
		return NULL;
	ldap_pvt_thread_mutex_lock(&conn->c_write1_mutex);
	b = cr_barrier_of(conn);
	ldap_pvt_thread_mutex_unlock(&conn->c_write1_mutex);
	return b;
}

static void
link_waiting(struct cr_barrier *b, struct cr_gathering *g)
{
	if (g->linked)
		return;
	g->next = b->waiting;
	b->waiting = g;
	g->linked = true;
}

int
cr_barrier_add(struct cr_gathering *g, const unsigned char uuid[16],
	unsigned char class_code)
{
	struct cr_barrier *b = g->barrier;
	int rc = CR_ELOG;

	pthread_mutex_lock(&b->mutex);
	/* once for each that is flushed: those that follow are lost with it */
	if (!b->broken && (g->linked || cr_log_takes(g->db, g->rank)))
		rc = cr_gather_add(g->gather, uuid, class_code);
	if (rc == CR_OK)
		link_waiting(b, g);
	if (rc == CR_OK && cr_gather_entries(g->gather) >= WAITING_MAX) {
		cr_barrier_flush(b);
		/* after that: the committer may have been there before */
		cr_barrier_settle(b);
		cr_barrier_push_or_poll(b);
	}
	pthread_mutex_unlock(&b->mutex);
	return rc;
}

/* One entry of a replica's persist phase; takes the gathering over. */
int
cr_barrier_add_alone(struct cr_barrier *b, struct cr_gathering *g,
	const unsigned char uuid[16], unsigned char class_code)
{
	int rc;

	pthread_mutex_lock(&b->mutex);
	rc = b->broken ? CR_ELOG :
	    cr_gather_add(g->gather, uuid, class_code);
	if (rc == CR_OK) {
		link_waiting(b, g);
	} else {
		cr_barrier_break(b);
	}
	pthread_mutex_unlock(&b->mutex);
	if (rc != CR_OK) {
		cr_gather_free(&g->gather);
		ch_free(g);
	}
	return rc;
}

/* The result goes into the last record, which the answer waits for too. */
void
cr_barrier_result(struct cr_gathering *g, int result)
{
	pthread_mutex_lock(&g->barrier->mutex);
	cr_gather_end(g->gather, result);
	if (cr_gather_waits(g->gather))
		link_waiting(g->barrier, g);
	pthread_mutex_unlock(&g->barrier->mutex);
}

void
cr_barrier_end(struct cr_gathering *g)
{
	struct cr_barrier *b = g->barrier;

	pthread_mutex_lock(&b->mutex);
	b->live--;
	if (cr_gather_waits(g->gather)) {
		link_waiting(b, g);
		cr_barrier_flush(b);
	} else if (g->linked) {
		cr_barrier_unlink(b, g);
	}
	cr_barrier_settle(b);
	cr_barrier_push_or_poll(b);
	pthread_mutex_unlock(&b->mutex);
	cr_barrier_release(b);
}
