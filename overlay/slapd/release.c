/*
 * Letting go what the log barrier holds.  The log's committer does it itself
 * as soon as records are durable (cr_release_durable); a thread of our own
 * sees to the rest: bytes that nobody would flush (a slow search, a replica's
 * persist phase), sockets that were full, and clients that take nothing for
 * longer than slapd's write timeout.
 *
 * No slapd operation and no slapd lock in here: a pause of slapd does not hold
 * bytes up.
 */
#include "barrier.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

/* How long bytes may stay open, and how often that is looked at. */
#define HOLD_MS 4
#define TICK_MS 2
/* Ticks without anything open after which the thread sleeps. */
#define IDLE_TICKS 100
#define EVENTS 32
#define STUCK_CHECK_MS 500

/* First in, first out; each barrier in one holds a reference for it. */
struct list {
	struct cr_barrier *first, **last;
	unsigned count;
};

static pthread_mutex_t lists = PTHREAD_MUTEX_INITIALIZER;
static struct list queue = { NULL, &queue.first, 0 };	/* has marks */
static struct list holding = { NULL, &holding.first, 0 };	/* open bytes */
static struct cr_barrier *polled;	/* in the epoll set; a reference each */
static unsigned polled_count;
static bool ending, sleeping;
static atomic_bool running;
static int epoll_fd = -1, wake_fd = -1;
static pthread_t thread;

int64_t
cr_release_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
wake(void)
{
	uint64_t one = 1;

	(void)!write(wake_fd, &one, sizeof(one));
}

/* ---- who has marks ------------------------------------------------------- */

void
cr_release_queue(struct cr_barrier *b)
{
	pthread_mutex_lock(&lists);
	if (!b->queued) {
		b->queued = true;
		b->queue_next = NULL;
		*queue.last = b;
		queue.last = &b->queue_next;
		queue.count++;
		atomic_fetch_add(&b->refs, 1);
	}
	pthread_mutex_unlock(&lists);
}

static struct cr_barrier *
take_queued(void)
{
	struct cr_barrier *b;

	pthread_mutex_lock(&lists);
	b = queue.first;
	if (b != NULL) {
		queue.first = b->queue_next;
		if (queue.first == NULL)
			queue.last = &queue.first;
		queue.count--;
		b->queued = false;
	}
	pthread_mutex_unlock(&lists);
	return b;
}

static unsigned
count_of(const struct list *list)
{
	unsigned count;

	pthread_mutex_lock(&lists);
	count = list->count;
	pthread_mutex_unlock(&lists);
	return count;
}

/* What became durable goes, what failed is withheld, the rest waits on. */
void
cr_release_durable(void *arg)
{
	struct cr_barrier *b;

	(void)arg;
	for (unsigned n = count_of(&queue); n > 0 &&
	    (b = take_queued()) != NULL; n--) {
		pthread_mutex_lock(&b->mutex);
		cr_barrier_settle(b);
		if (b->mark_count > 0) {
			cr_release_queue(b);
			/*
			 * Another log's committer may have been here while
			 * this was in nobody's queue.
			 */
			cr_barrier_settle(b);
		}
		cr_barrier_push_or_poll(b);
		pthread_mutex_unlock(&b->mutex);
		cr_barrier_release(b);
	}
}

/* ---- who has open bytes -------------------------------------------------- */

void
cr_release_hold(struct cr_barrier *b)
{
	bool asleep;

	pthread_mutex_lock(&lists);
	if (!b->holding) {
		b->holding = true;
		b->holding_next = NULL;
		*holding.last = b;
		holding.last = &b->holding_next;
		holding.count++;
		atomic_fetch_add(&b->refs, 1);
	}
	asleep = sleeping;
	sleeping = false;
	pthread_mutex_unlock(&lists);
	if (asleep)
		wake();
}

static struct cr_barrier *
take_holding(void)
{
	struct cr_barrier *b;

	pthread_mutex_lock(&lists);
	b = holding.first;
	if (b != NULL) {
		holding.first = b->holding_next;
		if (holding.first == NULL)
			holding.last = &holding.first;
		holding.count--;
		b->holding = false;
	}
	pthread_mutex_unlock(&lists);
	return b;
}

static void
flush_older(int64_t than)
{
	struct cr_barrier *b;

	for (unsigned n = count_of(&holding); n > 0 &&
	    (b = take_holding()) != NULL; n--) {
		pthread_mutex_lock(&b->mutex);
		if (b->held_ms != 0 && b->held_ms <= than) {
			cr_barrier_flush(b);
			cr_barrier_settle(b);
			cr_barrier_push_or_poll(b);
		}
		if (b->held_ms != 0)
			cr_release_hold(b);
		pthread_mutex_unlock(&b->mutex);
		cr_barrier_release(b);
	}
}

/* ---- whose socket was full ----------------------------------------------- */

void
cr_release_poll(struct cr_barrier *b)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLONESHOT,
	    .data.ptr = b };
	bool first;

	pthread_mutex_lock(&lists);
	first = !b->polled;
	if (first) {
		b->polled = true;
		b->polled_next = polled;
		polled = b;
		polled_count++;
		atomic_fetch_add(&b->refs, 1);
	}
	(void)epoll_ctl(epoll_fd, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
		b->fd, &event);
	pthread_mutex_unlock(&lists);
	if (first)
		wake();
}

/* With the lists locked; true: a reference is the caller's. */
static bool
unlink_polled(struct cr_barrier *b)
{
	if (!b->polled)
		return false;
	for (struct cr_barrier **p = &polled; *p != NULL;
	    p = &(*p)->polled_next) {
		if (*p == b) {
			*p = b->polled_next;
			break;
		}
	}
	b->polled = false;
	polled_count--;
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, b->fd, NULL);
	return true;
}

/* The descriptor may be another connection's as soon as this returns. */
void
cr_release_forget(struct cr_barrier *b)
{
	bool had;

	pthread_mutex_lock(&lists);
	had = unlink_polled(b);
	pthread_mutex_unlock(&lists);
	/* never the last: the layer has one */
	if (had)
		atomic_fetch_sub(&b->refs, 1);
}

/* The event may be of one that was forgotten meanwhile. */
static bool
take_reference(const struct cr_barrier *wanted)
{
	struct cr_barrier *b;

	pthread_mutex_lock(&lists);
	for (b = polled; b != NULL && b != wanted; b = b->polled_next)
		;
	if (b != NULL)
		atomic_fetch_add(&b->refs, 1);
	pthread_mutex_unlock(&lists);
	return b != NULL;
}

static bool
is_stuck(const struct cr_barrier *b)
{
	return global_writetimeout > 0 && b->stuck_ms != 0 &&
	    cr_release_now() - b->stuck_ms > 1000 * global_writetimeout;
}

static void
push_polled(struct cr_barrier *b)
{
	bool done = false;

	pthread_mutex_lock(&b->mutex);
	/* slapd has a time limit of its own */
	if (b->writer_waits) {
		done = true;
	} else if (is_stuck(b)) {
		Debug(LDAP_DEBUG_STATS, "custreg: a client took nothing for "
			"the write timeout: fd=%ld is closed\n", (long)b->fd);
		cr_barrier_break(b);
	}
	if (done || b->broken || cr_barrier_push(b)) {
		pthread_mutex_lock(&lists);
		done = unlink_polled(b);
		pthread_mutex_unlock(&lists);
	} else {
		cr_release_poll(b);
	}
	pthread_mutex_unlock(&b->mutex);
	if (done)
		cr_barrier_release(b);
}

/* Also those whose event never comes, for the write timeout. */
static void
look_at_polled(void)
{
	struct cr_barrier **all;
	unsigned count = 0;

	pthread_mutex_lock(&lists);
	all = polled_count > 0 ? malloc(polled_count * sizeof(*all)) : NULL;
	for (struct cr_barrier *b = polled; all != NULL && b != NULL;
	    b = b->polled_next) {
		atomic_fetch_add(&b->refs, 1);
		all[count++] = b;
	}
	pthread_mutex_unlock(&lists);
	for (unsigned i = 0; i < count; i++) {
		push_polled(all[i]);
		cr_barrier_release(all[i]);
	}
	free(all);
}

/* ---- the thread ---------------------------------------------------------- */

static void
handle(const struct epoll_event *event)
{
	struct cr_barrier *b = event->data.ptr;
	uint64_t count;

	if (b == NULL) {
		(void)!read(wake_fd, &count, sizeof(count));
	} else if (take_reference(b)) {
		push_polled(b);
		cr_barrier_release(b);
	}
}

/* How long to sleep; false: the end. */
static bool
plan(unsigned *idle, int *ret_ms)
{
	bool ends;

	pthread_mutex_lock(&lists);
	*idle = holding.count > 0 ? 0 : *idle + 1;
	sleeping = *idle > IDLE_TICKS;
	if (!sleeping)
		*ret_ms = TICK_MS;
	else
		*ret_ms = polled_count > 0 ? STUCK_CHECK_MS : -1;
	ends = ending;
	pthread_mutex_unlock(&lists);
	return !ends;
}

static void *
release(void *arg)
{
	struct epoll_event events[EVENTS];
	int64_t looked = 0;
	unsigned idle = 0;
	int ms, n;

	(void)arg;
	while (plan(&idle, &ms)) {
		n = epoll_wait(epoll_fd, events, EVENTS, ms);
		for (int i = 0; i < n; i++)
			handle(&events[i]);
		if (n > 0 && ms < 0)
			idle = 0;
		flush_older(cr_release_now() - HOLD_MS);
		if (cr_release_now() - looked >= STUCK_CHECK_MS) {
			looked = cr_release_now();
			look_at_polled();
		}
	}
	return NULL;
}

static void
close_fds(void)
{
	if (epoll_fd >= 0)
		close(epoll_fd);
	if (wake_fd >= 0)
		close(wake_fd);
	epoll_fd = wake_fd = -1;
}

static int
start(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	sigset_t all, old;
	int rc;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (epoll_fd < 0 || wake_fd < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) {
		close_fds();
		return -1;
	}
	ending = sleeping = false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, NULL, release, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		close_fds();
		return -1;
	}
	return 0;
}

/* With the first connection that needs it: slapd forks before. */
int
cr_release_start(void)
{
	int rc = 0;

	if (atomic_load_explicit(&running, memory_order_acquire))
		return 0;
	pthread_mutex_lock(&lists);
	if (!atomic_load(&running)) {
		rc = start();
		atomic_store(&running, rc == 0);
	}
	pthread_mutex_unlock(&lists);
	return rc;
}

/* Who is still in the lists has a connection that slapd has given up. */
static void
clear_lists(void)
{
	struct cr_barrier *b;

	while ((b = take_queued()) != NULL || (b = take_holding()) != NULL)
		cr_barrier_release(b);
	while ((b = polled) != NULL) {
		(void)unlink_polled(b);
		cr_barrier_release(b);
	}
}

/* At slapd's end, which unloads the module. */
void
cr_release_stop(void)
{
	if (!atomic_load(&running))
		return;
	pthread_mutex_lock(&lists);
	ending = true;
	pthread_mutex_unlock(&lists);
	wake();
	(void)pthread_join(thread, NULL);
	clear_lists();
	close_fds();
	atomic_store(&running, false);
}
