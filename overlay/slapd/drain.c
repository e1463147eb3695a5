/*
 * When nothing may be held back any longer: before a layer comes under the
 * barrier, when the connection goes, and when a log goes.
 */
#include "barrier.h"

#include <poll.h>

#define POLL_MS 20
/* A client that takes nothing for so long is not waited for. */
#define FULL_MS 1000
#define FULL_CLOSING_MS 100
/* All connections together, when slapd ends. */
#define SHUTDOWN_MS 2000
/* Longer than a log takes to say that its disk does not answer. */
#define LOG_MS 10000

static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct cr_barrier *all;
static unsigned all_count;

void
cr_drain_enter(struct cr_barrier *b)
{
	pthread_mutex_lock(&all_mutex);
	b->all_next = all;
	b->all_link = &all;
	if (all != NULL)
		all->all_link = &b->all_next;
	all = b;
	all_count++;
	pthread_mutex_unlock(&all_mutex);
}

/* It has no marks any more, and gets none. */
void
cr_drain_leave(struct cr_barrier *b)
{
	pthread_mutex_lock(&all_mutex);
	if (b->all_link != NULL) {
		*b->all_link = b->all_next;
		if (b->all_next != NULL)
			b->all_next->all_link = b->all_link;
		b->all_link = NULL;
		all_count--;
	}
	pthread_mutex_unlock(&all_mutex);
}

/* ---- one connection ------------------------------------------------------ */

static int64_t
time_limit(int max_ms)
{
	static _Atomic int64_t last;
	int64_t until = cr_release_now() + max_ms, none = 0;

	if (!slapd_shutdown)
		return until;
	(void)atomic_compare_exchange_strong(&last, &none,
		cr_release_now() + SHUTDOWN_MS);
	return until < atomic_load(&last) ? until : atomic_load(&last);
}

/* With the mutex held; false: the client takes nothing. */
static bool
wait_for_socket(struct cr_barrier *b, int full_ms)
{
	struct pollfd pfd = { .fd = b->fd, .events = POLLOUT };

	if (cr_release_now() - b->stuck_ms >= full_ms)
		return false;
	pthread_mutex_unlock(&b->mutex);
	(void)poll(&pfd, 1, POLL_MS);
	pthread_mutex_lock(&b->mutex);
	return true;
}

static bool
let_go(struct cr_barrier *b, int64_t until, int full_ms)
{
	for (;;) {
		bool room = cr_barrier_push(b);

		if (b->broken || cr_barrier_held(b) == 0)
			return true;
		if (cr_release_now() >= until)
			return false;
		if (room)
			(void)cr_barrier_wait(b, until);
		else if (!wait_for_socket(b, full_ms))
			return false;
		cr_barrier_settle(b);
	}
}

/*
 * What is not away by then ends the connection, unless it ends in any case: it
 * would go through layers that the client does not expect yet.
 */
void
cr_barrier_drain(Connection *conn, enum cr_drain why)
{
	struct cr_barrier *b = conn->c_sb != NULL ? cr_barrier_of(conn) : NULL;
	bool closing = why == CR_DRAIN_CLOSING;

	if (b == NULL)
		return;
	pthread_mutex_lock(&b->mutex);
	cr_barrier_flush(b);
	cr_barrier_settle(b);
	if (!let_go(b, time_limit(closing ? CR_DRAIN_CLOSING_MS : CR_DRAIN_MS),
	    closing ? FULL_CLOSING_MS : FULL_MS) && !closing)
		cr_barrier_break(b);
	pthread_mutex_unlock(&b->mutex);
}

/* ---- one log ------------------------------------------------------------- */

/* With references; NULL: there are none. */
static struct cr_barrier **
take_all(unsigned *ret_count)
{
	struct cr_barrier **list;
	unsigned n = 0;

	pthread_mutex_lock(&all_mutex);
	list = all_count > 0 ? ch_malloc(all_count * sizeof(*list)) : NULL;
	for (struct cr_barrier *b = all; b != NULL; b = b->all_next) {
		atomic_fetch_add(&b->refs, 1);
		list[n++] = b;
	}
	pthread_mutex_unlock(&all_mutex);
	*ret_count = n;
	return list;
}

static bool
waits_for(struct cr_barrier *b, const struct cr_log *log)
{
	for (unsigned i = 0; i < b->mark_count; i++) {
		if (b->marks[b->mark_first + i].log == log)
			return true;
	}
	return false;
}

static void
give_up(struct cr_barrier *b, const struct cr_log *log)
{
	for (unsigned i = 0; i < b->mark_count; i++) {
		struct cr_barrier_mark *m = &b->marks[b->mark_first + i];

		if (m->log == log)
			m->log = NULL;
	}
}

static void
let_go_of(struct cr_barrier *b, const struct cr_log *log, int64_t until)
{
	pthread_mutex_lock(&b->mutex);
	cr_barrier_flush(b);
	cr_barrier_settle(b);
	while (waits_for(b, log)) {
		if (!cr_barrier_wait(b, until))
			give_up(b, log);
		cr_barrier_settle(b);
	}
	cr_barrier_push_or_poll(b);
	pthread_mutex_unlock(&b->mutex);
}

static void
let_all_go_of(const struct cr_log *log, int64_t until)
{
	unsigned count;
	struct cr_barrier **list = take_all(&count);

	for (unsigned i = 0; i < count; i++) {
		let_go_of(list[i], log, until);
		cr_barrier_release(list[i]);
	}
	ch_free(list);
}

/*
 * Twice: what comes after the first time, from workers that run on in slapd's
 * pause, is little, and what comes after the log is taken away is refused.
 */
struct cr_log *
cr_drain_log(struct cr_db *db)
{
	struct cr_log *log = db->log;

	let_all_go_of(log, cr_release_now() + LOG_MS);
	(void)pthread_rwlock_wrlock(&db->log_lock);
	db->log = NULL;
	(void)pthread_rwlock_unlock(&db->log_lock);
	let_all_go_of(log, cr_release_now() + LOG_MS);
	return log;
}
