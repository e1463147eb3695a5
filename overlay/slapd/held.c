/*
 * What a connection holds behind the log barrier (barrier.h): bytes, the marks
 * that say which of them wait for which records, and the operations that have
 * lost a record.
 */
#include "barrier.h"

#include <sys/socket.h>

#include "proto/pdu.h"

/* What a connection keeps for the next time: idle, and while it is answered. */
#define KEPT_MAX (16u << 10)
#define KEPT_LIVE_MAX (256u << 10)

_Atomic size_t cr_barrier_total;

bool
cr_barrier_is_empty(const struct cr_barrier *b)
{
	return b->begin == b->end && b->mark_count == 0 && b->waiting == NULL;
}

void
cr_barrier_drop(struct cr_barrier *b)
{
	atomic_fetch_sub(&cr_barrier_total, b->size);
	free(b->bytes);
	b->bytes = NULL;
	b->size = 0;
	b->base = b->begin = b->ready = b->end;
	b->again = 0;
	b->mark_count = b->mark_first = 0;
	b->held_ms = b->stuck_ms = 0;
	(void)pthread_cond_broadcast(&b->settled);
}

bool
cr_barrier_wait(struct cr_barrier *b, int64_t until)
{
	const struct timespec at = {
		(time_t)(until / 1000), (long)(until % 1000) * 1000000
	};

	return pthread_cond_timedwait(&b->settled, &b->mutex, &at) !=
	    ETIMEDOUT;
}

void
cr_barrier_release(struct cr_barrier *b)
{
	if (atomic_fetch_sub(&b->refs, 1) > 1)
		return;
	cr_barrier_drop(b);
	free(b->marks);
	free(b->lost);
	pthread_cond_destroy(&b->settled);
	pthread_mutex_destroy(&b->mutex);
	free(b);
}

/* slapd finds the socket closed and ends the connection. */
void
cr_barrier_break(struct cr_barrier *b)
{
	if (b->broken)
		return;
	b->broken = true;
	cr_barrier_drop(b);
	if (b->layer != NULL)
		(void)shutdown(b->fd, SHUT_RDWR);
}

/* Room for `len` more bytes behind `end`. */
static int
make_space(struct cr_barrier *b, size_t len)
{
	size_t used = (size_t)(b->end - b->begin);
	size_t size = b->size < KEPT_MAX ? KEPT_MAX : b->size;
	unsigned char *fresh;

	if ((size_t)(b->end - b->base) + len <= b->size)
		return CR_OK;
	/* and some more, so that what is held is not moved for each PDU */
	while (size < used + len + used / 2)
		size *= 2;
	fresh = malloc(size);
	if (fresh == NULL)
		return CR_ENOMEM;
	if (used > 0)
		memcpy(fresh, b->bytes + (b->begin - b->base), used);
	free(b->bytes);
	atomic_fetch_add(&cr_barrier_total, size - b->size);
	b->bytes = fresh;
	b->size = size;
	b->base = b->begin;
	return CR_OK;
}

static int
append(struct cr_barrier *b, const void *bytes, size_t len)
{
	int rc = make_space(b, len);

	if (rc != CR_OK)
		return rc;
	memcpy(b->bytes + (b->end - b->base), bytes, len);
	b->end += len;
	return CR_OK;
}

/* ---- operations that lost a record --------------------------------------- */

static bool
is_lost(void *arg, int32_t message_id)
{
	const struct cr_barrier *b = arg;

	for (unsigned i = 0; i < b->lost_count; i++) {
		if (b->lost[i] == message_id)
			return true;
	}
	return false;
}

static int
add_lost(struct cr_barrier *b, int32_t message_id)
{
	if (is_lost(b, message_id))
		return CR_OK;
	if (b->lost_count == b->lost_size) {
		unsigned size = b->lost_size + 8;
		int32_t *grown = realloc(b->lost, size * sizeof(*grown));

		if (grown == NULL)
			return CR_ENOMEM;
		b->lost = grown;
		b->lost_size = size;
	}
	b->lost[b->lost_count++] = message_id;
	return CR_OK;
}

static void
remove_lost(struct cr_barrier *b, int32_t message_id)
{
	for (unsigned i = 0; i < b->lost_count; i++) {
		if (b->lost[i] == message_id) {
			b->lost[i] = b->lost[--b->lost_count];
			return;
		}
	}
}

/* Whose final response is in the run has been answered. */
static void
remove_answered(struct cr_barrier *b, struct cr_slice run)
{
	struct cr_pdu pdu;

	while (run.len > 0 && cr_pdu_peek(run, &pdu) == CR_OK) {
		if (!cr_pdu_goes_on(&pdu))
			remove_lost(b, pdu.message_id);
		run.ptr += pdu.len;
		run.len -= pdu.len;
	}
}

static int
withhold_run(struct cr_barrier *b, struct cr_slice run, unsigned char **ret_run,
	size_t *ret_len)
{
	int rc = cr_pdu_withhold(run, is_lost, b, cr_error_ldap_code(CR_ELOG),
		cr_error_text(CR_ELOG), ret_run, ret_len);

	if (rc == CR_OK)
		remove_answered(b, run);
	return rc;
}

/* Takes out of the segment that ends at `to` what must not leave. */
static int
withhold(struct cr_barrier *b, uint64_t to)
{
	struct cr_slice run = { (const char *)b->bytes + (b->ready - b->base),
		(size_t)(to - b->ready) };
	size_t behind = (size_t)(b->end - to);
	unsigned char *kept = NULL;
	size_t len;
	int rc;

	if (run.len == 0)
		return CR_OK;
	rc = withhold_run(b, run, &kept, &len);
	if (rc == CR_OK && len > run.len)
		rc = make_space(b, len - run.len);
	if (rc == CR_OK) {
		unsigned char *at = b->bytes + (b->ready - b->base);

		memmove(at + len, at + run.len, behind);
		if (len > 0)
			memcpy(at, kept, len);
		b->end = b->ready + len + behind;
		for (unsigned i = 0; i < b->mark_count; i++) {
			struct cr_barrier_mark *mark =
			    &b->marks[b->mark_first + i];

			if (mark->end >= to)
				mark->end = mark->end - run.len + len;
		}
	}
	free(kept);
	return rc;
}

/* Takes a whole PDU in, or what is left of it. */
int
cr_barrier_hold(struct cr_barrier *b, struct cr_slice pdu)
{
	unsigned char *kept = NULL;
	size_t len;
	int rc;

	if (b->lost_count == 0)
		return append(b, pdu.ptr, pdu.len);
	rc = withhold_run(b, pdu, &kept, &len);
	if (rc == CR_OK && len > 0)
		rc = append(b, kept, len);
	free(kept);
	return rc;
}

/* ---- marks --------------------------------------------------------------- */

static struct cr_barrier_mark *
add_mark(struct cr_barrier *b)
{
	if (b->mark_first > 0 && b->mark_first + b->mark_count ==
	    b->mark_size) {
		memmove(b->marks, b->marks + b->mark_first,
			b->mark_count * sizeof(*b->marks));
		b->mark_first = 0;
	}
	if (b->mark_count == b->mark_size) {
		unsigned size = b->mark_size == 0 ? 4 : 2 * b->mark_size;
		struct cr_barrier_mark *grown = realloc(b->marks,
			size * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		b->marks = grown;
		b->mark_size = size;
	}
	return &b->marks[b->mark_first + b->mark_count++];
}

/* False: no room. */
static bool
add_id(struct cr_barrier_ids *ids, const struct cr_gathering *g)
{
	bool there = false;

	for (unsigned i = 0; i < ids->count; i++) {
		if (ids->id[i] == g->message_id)
			there = true;
	}
	if (!there && ids->count == CR_MARK_IDS)
		return false;
	if (!there)
		ids->id[ids->count++] = g->message_id;
	ids->ends |= g->ends;
	return true;
}

/*
 * Tickets of one epoch of one log become durable in their order, so the last
 * stands for all.  After a failure of the log it does not: the next epoch
 * hands out the indexes of the records that were lost again.
 */
static bool
joins(struct cr_barrier_mark *m, const struct cr_log *log,
	struct cr_log_ticket ticket, const struct cr_gathering *g)
{
	return m->log == log &&
	    (log == NULL || m->ticket.epoch == ticket.epoch) &&
	    add_id(&m->ids, g);
}

/*
 * The open bytes wait for one more ticket.  Of several marks for the same
 * bytes, every one but the last is empty: none of the bytes go before all of
 * them are durable.
 */
static int
mark(struct cr_barrier *b, uint64_t start, struct cr_log *log,
	struct cr_log_ticket ticket, const struct cr_gathering *g, bool first)
{
	struct cr_barrier_mark *m = cr_barrier_last(b);

	if (first || m == NULL || !joins(m, log, ticket, g)) {
		if (!first && m != NULL)
			m->end = start;
		m = add_mark(b);
		if (m == NULL)
			return CR_ENOMEM;
		memset(m, 0, sizeof(*m));
		m->log = log;
		m->end = b->end;
		(void)add_id(&m->ids, g);
	}
	m->ticket = ticket;
	return CR_OK;
}

/* The connection ends; what operations gather they still end themselves. */
void
cr_barrier_forget_waiting(struct cr_barrier *b)
{
	struct cr_gathering *g, *next;

	for (g = b->waiting; g != NULL; g = next) {
		next = g->next;
		if (!g->persists)
			continue;
		cr_barrier_unlink(b, g);
		cr_gather_free(&g->gather);
		ch_free(g);
	}
}

void
cr_barrier_unlink(struct cr_barrier *b, struct cr_gathering *g)
{
	for (struct cr_gathering **p = &b->waiting; *p != NULL;
	    p = &(*p)->next) {
		if (*p == g) {
			*p = g->next;
			break;
		}
	}
	g->linked = false;
}

/* One gather's records are appended; CR_ENOMEM when that cannot be kept. */
static int
flush_one(struct cr_barrier *b, struct cr_gathering *g, uint64_t start,
	bool *first)
{
	struct cr_log_ticket ticket = { 0 };
	bool covers = cr_gather_entries(g->gather) > 0 && !b->broken;
	struct cr_log *log = cr_log_borrow(g->db);
	bool taken = log != NULL && cr_gather_append(g->gather, log, g->rank,
	    cr_record_now(), &ticket) == CR_OK;
	int rc = CR_OK;

	if (covers) {
		rc = mark(b, start, taken ? log : NULL, ticket, g, *first);
		*first = false;
	}
	if (log != NULL)
		cr_log_return(g->db);
	cr_barrier_unlink(b, g);
	if (g->persists) {
		cr_gather_free(&g->gather);
		ch_free(g);
	}
	return rc;
}

void
cr_barrier_flush(struct cr_barrier *b)
{
	struct cr_barrier_mark *m = cr_barrier_last(b);
	uint64_t start = m != NULL ? m->end : b->ready;
	bool first = true;

	b->held_ms = 0;
	/* bytes of a broken connection wait for nothing: they are gone */
	while (b->waiting != NULL) {
		if (flush_one(b, b->waiting, start, &first) != CR_OK)
			cr_barrier_break(b);
	}
	if (b->mark_count > 0)
		cr_release_queue(b);
}

static int
lose(struct cr_barrier *b, const struct cr_barrier_ids *ids)
{
	int rc = ids->ends ? CR_EINTERNAL : CR_OK;

	for (unsigned i = 0; i < ids->count && rc == CR_OK; i++)
		rc = add_lost(b, ids->id[i]);
	return rc;
}

void
cr_barrier_watch_open(struct cr_barrier *b)
{
	if (b->waiting == NULL || b->held_ms != 0)
		return;
	b->held_ms = cr_release_now();
	cr_release_hold(b);
}

/*
 * All marks have gone.  What came behind the last may be of an operation whose
 * record was in a mark before it.
 */
static void
settle_open(struct cr_barrier *b)
{
	if (b->waiting != NULL) {
		if (b->end > b->ready)
			cr_barrier_watch_open(b);
		return;
	}
	if (b->lost_count > 0 && withhold(b, b->end) != CR_OK) {
		cr_barrier_break(b);
		return;
	}
	b->ready = b->end;
	/* nothing comes any more of operations that were abandoned */
	if (b->live == 0)
		b->lost_count = 0;
}

void
cr_barrier_settle(struct cr_barrier *b)
{
	while (b->mark_count > 0) {
		struct cr_barrier_mark *m = &b->marks[b->mark_first];
		enum cr_log_state state = m->log == NULL ? CR_LOG_FAILED :
		    cr_log_state(m->log, m->ticket);
		int rc = CR_OK;

		if (state == CR_LOG_PENDING)
			return;
		if (state == CR_LOG_FAILED)
			rc = lose(b, &m->ids);
		if (rc == CR_OK && b->lost_count > 0)
			rc = withhold(b, m->end);
		if (rc != CR_OK) {
			cr_barrier_break(b);
			return;
		}
		b->ready = m->end;
		b->mark_first++;
		b->mark_count--;
		(void)pthread_cond_broadcast(&b->settled);
	}
	b->mark_first = 0;
	settle_open(b);
}

/* ---- writing ------------------------------------------------------------- */

/*
 * Hands on what is ready.  A layer below that could not take a write may have
 * taken it in part (SASL, TLS): it wants the very same again.  GnuTLS's says
 * so with 0, the others with -1.
 */
bool
cr_barrier_push(struct cr_barrier *b)
{
	while (b->begin < b->ready && b->layer != NULL) {
		ber_len_t len = b->again > 0 ? b->again :
		    (ber_len_t)(b->ready - b->begin);
		ber_slen_t done;

		errno = 0;
		done = LBER_SBIOD_WRITE_NEXT(b->layer,
			b->bytes + (b->begin - b->base), len);
		if (done > 0) {
			b->begin += (uint64_t)done;
			b->again = 0;
			b->stuck_ms = 0;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			b->again = len;
			if (b->stuck_ms == 0)
				b->stuck_ms = cr_release_now();
			return false;
		} else if (done == 0 || errno != EINTR) {
			cr_barrier_break(b);
			return true;
		}
	}
	if (b->begin == b->end) {
		b->base = b->begin;
		if (b->size > (b->live > 0 ? KEPT_LIVE_MAX : KEPT_MAX) &&
		    b->mark_count == 0)
			cr_barrier_drop(b);
	}
	return true;
}

void
cr_barrier_push_or_poll(struct cr_barrier *b)
{
	if (!b->writer_waits && !cr_barrier_push(b))
		cr_release_poll(b);
}
