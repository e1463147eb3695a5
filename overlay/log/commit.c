/*
 * Group commit: whatever is pending is written and synced at once; what comes
 * meanwhile waits for the next.  One who waits alone waits for nobody.
 */
#include "log_impl.h"

#include <time.h>

enum { GATHER_LEAST = 4, GATHER_NS = 300000 };

#include <unistd.h>

/*
 * The places [from, *ret_to) of the next commit and how many leaves those are:
 * all that is pending, or the first so many bytes of it.  Lock held.
 */
static uint32_t
choose_batch(const struct cr_log *log, uint64_t *ret_to)
{
	uint64_t most = cr_wal_batch_max(log->wal);
	uint64_t place = log->committed;
	uint32_t count = 0;

	if (most > CR_LOG_BATCH_MAX)
		most = CR_LOG_BATCH_MAX;
	if (log->head - log->committed <= most) {
		*ret_to = log->head;
		return (uint32_t)(log->next -
		    cr_epochs_durable(&log->epochs));
	}
	for (;;) {
		uint64_t after = place + CR_RING_FRAME +
		    cr_ring_length(&log->ring, place);

		if (after - log->committed > most)
			break;
		place = after;
		count++;
	}
	*ret_to = place;
	return count;
}

/* The reserve is only for what is privileged. */
static int
begin(struct cr_log *log, uint64_t first, bool privileged)
{
	while (cr_wal_begin(log->wal, first) != CR_OK) {
		if (!privileged || !cr_log_error_is_full(errno) ||
		    !cr_space_give(log))
			return CR_ELOG;
	}
	return CR_OK;
}

/* No lock held; the pieces of the ring are nobody else's meanwhile. */
static int
write_batch(struct cr_log *log, uint64_t first, uint32_t count, uint64_t from,
    uint64_t to, bool privileged)
{
	bool flush = log->settings.durability == CR_LOG_FLUSH;
	struct iovec pieces[2];
	int rc = CR_OK;

	if (!cr_wal_is_open(log->wal)) {
		rc = begin(log, first, privileged);
	} else if (!cr_wal_fits(log->wal, to - from)) {
		/* a segment is whole on disk before another follows it */
		if (flush)
			rc = cr_wal_sync(log->wal);
		if (rc == CR_OK)
			rc = begin(log, first, privileged);
	}
	if (rc == CR_OK)
		rc = cr_wal_write(log->wal, first, count, pieces,
		    cr_ring_pieces(&log->ring, from, to, pieces));
	if (rc == CR_OK && !flush)
		rc = cr_wal_sync(log->wal);
	/* after the sync: what a deleted file got is not durable */
	if (rc == CR_OK)
		rc = cr_wal_check(log->wal);
	if (rc != CR_OK)
		cr_wal_give_up(log->wal, first);
	return rc;
}

/* Every pending ticket fails; their indexes are handed out again. */
static void
drop_pending(struct cr_log *log, uint64_t place, uint64_t index)
{
	uint64_t durable = cr_epochs_durable(&log->epochs);

	if (log->next > durable) {
		atomic_fetch_add_explicit(&log->failed, log->next - durable,
		    memory_order_relaxed);
		cr_epochs_fail(&log->epochs);
	}
	log->head = place;
	log->next = index;
	log->privileged = false;
}

/*
 * A privileged leaf has come meanwhile: it must not fail for want of room
 * without the reserve having been tried.  Lock held.
 */
static bool
try_with_reserve(const struct cr_log *log, int error, bool privileged)
{
	return !privileged && log->privileged && !log->stalled &&
	    cr_log_error_is_full(error) &&
	    atomic_load(&log->space.reserve_seen) > 0;
}

/* What is to be told once the lock is free. */
struct news {
	enum cr_log_event events[2];
	int error;
};

static void
add_news(struct news *news, enum cr_log_event event)
{
	news->events[news->events[0] != CR_LOG_EVENT_NONE] = event;
}

/*
 * Lock held; what was under way has ended with an error.  A disk that takes
 * the new segment and then fails again is asked less often.
 */
static void
break_down(struct cr_log *log, int error, struct news *news)
{
	int64_t now = cr_log_now_ms();

	if (!log->broken) {
		add_news(news, CR_LOG_EVENT_FAILED);
		log->retry_ms = now - log->recovered_ms >=
		    CR_LOG_RETRY_MAX_MS ? CR_LOG_RETRY_MS :
		    log->retry_ms * 2;
		if (log->retry_ms > CR_LOG_RETRY_MAX_MS)
			log->retry_ms = CR_LOG_RETRY_MAX_MS;
	}
	if (cr_log_error_is_full(error) && cr_space_set_full(log)) {
		add_news(news, CR_LOG_EVENT_FULL);
		(void)pthread_cond_signal(&log->to_integrate);
	}
	/*
	 * What was durable in a file that is gone, or was never synced in one
	 * that is not to be trusted now, is only in memory.
	 */
	if (error == ESTALE || (log->settings.durability == CR_LOG_FLUSH &&
	    !cr_log_error_is_full(error)))
		log->replaced = true;
	news->error = error;
	log->broken = true;
	log->stalled = false;
	log->error = error;
	log->retried_ms = now;
	drop_pending(log, log->committed,
	    cr_epochs_durable(&log->epochs));
}

static void
start_flight(struct cr_log *log, uint64_t end, uint64_t next)
{
	log->busy = true;
	log->flight_end = end;
	log->flight_next = next;
	log->flight_ms = cr_log_now_ms();
}

/* Lock held on entry and return, free meanwhile. */
static void
tell_and_lock(struct cr_log *log, const struct news *news, bool changed)
{
	cr_log_set_open(log);
	if (changed)
		(void)pthread_cond_broadcast(&log->done);
	cr_log_unlock(log);
	if (changed && log->watch.durable != NULL)
		log->watch.durable(log->watch.arg);
	for (unsigned i = 0; i < 2; i++) {
		if (news->events[i] != CR_LOG_EVENT_NONE)
			cr_log_tell(log, news->events[i], news->error, 0);
	}
	cr_log_lock(log);
}

/* Lock held; what was under way is durable. */
static void
advance(struct cr_log *log, struct news *news)
{
	if (log->tail == log->committed) {
		log->since_ms = cr_log_now_ms();
		(void)pthread_cond_signal(&log->to_integrate);
	}
	log->unsynced += log->flight_end - log->committed;
	if (log->settings.durability == CR_LOG_FLUSH &&
	    log->unsynced >= CR_LOG_SYNC_BEHIND)
		(void)pthread_cond_signal(&log->work);
	log->expected = log->next - cr_epochs_durable(&log->epochs);
	log->committed = log->flight_end;
	cr_epochs_advance(&log->epochs, log->flight_next);
	atomic_fetch_add_explicit(&log->batches, 1, memory_order_relaxed);
	/* late, but there: its tickets have failed, the leaves count */
	if (log->stalled) {
		log->stalled = false;
		log->broken = false;
		log->recovered_ms = cr_log_now_ms();
		add_news(news, CR_LOG_EVENT_RECOVERED);
	}
	if (log->head == log->committed)
		log->privileged = false;
}

/* Lock held on entry and return; something is pending, nothing under way. */
static void
commit(struct cr_log *log)
{
	struct news news = { .error = 0 };
	uint64_t first = cr_epochs_durable(&log->epochs);
	uint64_t from = log->committed;
	bool privileged = log->privileged;
	uint64_t to;
	uint32_t count = choose_batch(log, &to);
	int error;
	int rc;

	start_flight(log, to, first + count);
	cr_log_unlock(log);
	rc = write_batch(log, first, count, from, to, privileged);
	error = errno;
	cr_log_lock(log);
	log->busy = false;
	if (rc == CR_OK)
		advance(log, &news);
	else if (try_with_reserve(log, error, privileged))
		return;
	else
		break_down(log, error, &news);
	tell_and_lock(log, &news, true);
}

/*
 * Begins a new segment.  When what stood in the old ones may be gone, all of
 * it is in the tree first.  No lock held.
 */
static int
begin_anew(struct cr_log *log, uint64_t durable, bool whole_in_tree,
    bool *ret_replaced, bool privileged)
{
	bool changed = false;

	if (cr_wal_find(log->wal, &changed) != CR_OK)
		return CR_ELOG;
	if (changed)
		*ret_replaced = true;
	if (*ret_replaced && !whole_in_tree) {
		errno = ESTALE;
		return CR_ELOG;
	}
	if (*ret_replaced && cr_wal_purge(log->wal) != CR_OK)
		return CR_ELOG;
	return begin(log, durable, privileged);
}

/* Lock held on entry and return; broken, nothing under way. */
static void
recover(struct cr_log *log)
{
	struct news news = { .error = 0 };
	uint64_t durable = cr_epochs_durable(&log->epochs);
	bool whole = log->integrated == durable;
	bool replaced = log->replaced;
	bool privileged = log->privileged;
	int error;
	int rc;

	log->retry_now = false;
	start_flight(log, log->committed, durable);
	cr_log_unlock(log);
	rc = begin_anew(log, durable, whole, &replaced, privileged);
	error = errno;
	cr_log_lock(log);
	log->busy = false;
	log->replaced = replaced;
	log->retried_ms = cr_log_now_ms();
	if (rc == CR_OK) {
		log->broken = false;
		log->stalled = false;
		log->replaced = false;
		log->recovered_ms = log->retried_ms;
		add_news(&news, CR_LOG_EVENT_RECOVERED);
	} else if (try_with_reserve(log, error, privileged)) {
		return;
	} else {
		if (replaced && !whole) {
			log->wanted = true;
			(void)pthread_cond_signal(&log->to_integrate);
		}
		break_down(log, error, &news);
	}
	tell_and_lock(log, &news, true);
}

/*
 * Flush mode: what was written goes to the disk while others write on.  An
 * error is told to whoever syncs next, and only once: so it counts here.
 * Lock held on entry and return; nothing under way.
 */
static void
sync_behind(struct cr_log *log)
{
	struct news news = { .error = 0 };
	int fd = cr_wal_share(log->wal);
	int error;

	log->unsynced = 0;
	if (fd < 0)
		return;
	cr_log_unlock(log);
	error = fdatasync(fd) == 0 ? 0 : errno;
	(void)close(fd);
	cr_log_lock(log);
	while (error != 0 && log->busy)
		(void)pthread_cond_wait(&log->done, &log->lock);
	if (error == 0 || log->broken)
		return;
	cr_wal_give_up(log->wal, cr_epochs_durable(&log->epochs));
	break_down(log, error, &news);
	tell_and_lock(log, &news, true);
}

static bool
is_pending(const struct cr_log *log)
{
	return log->head != log->committed;
}

/*
 * When many wait, one commit for more of them is less work for all: a moment
 * later most of those are there who came in the time of the last one.  Who is
 * alone is not kept waiting.  Lock held.
 */
static void
gather(struct cr_log *log)
{
	struct timespec until;

	if (log->expected < GATHER_LEAST || log->closing ||
	    clock_gettime(CLOCK_MONOTONIC, &until) != 0)
		return;
	until.tv_nsec += GATHER_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	log->gathering = true;
	while (!log->closing && !log->broken && log->next -
	    cr_epochs_durable(&log->epochs) < log->expected &&
	    pthread_cond_timedwait(&log->work, &log->lock, &until) == 0)
		;
	log->gathering = false;
}

static bool
retry_is_due(const struct cr_log *log, int64_t now)
{
	return log->retry_now || is_pending(log) ||
	    now - log->retried_ms >= log->retry_ms;
}

void *
cr_commit_thread(void *arg)
{
	struct cr_log *log = arg;
	bool flush = log->settings.durability == CR_LOG_FLUSH;

	cr_log_lock(log);
	for (;;) {
		if (log->busy) {
			/* flush mode: the one that writes wakes us */
			(void)pthread_cond_wait(&log->done, &log->lock);
		} else if (log->broken) {
			if (log->closing)
				break;
			if (retry_is_due(log, cr_log_now_ms()))
				recover(log);
			else
				cr_log_sleep_until(log, &log->work,
				    log->retried_ms + log->retry_ms);
		} else if (is_pending(log) && (!flush || log->closing)) {
			gather(log);
			/* it may all have failed meanwhile */
			if (is_pending(log) && !log->broken && !log->busy)
				commit(log);
		} else if (flush && log->unsynced >= CR_LOG_SYNC_BEHIND &&
		    !log->closing) {
			sync_behind(log);
		} else if (log->closing) {
			break;
		} else {
			(void)pthread_cond_wait(&log->work, &log->lock);
		}
	}
	if (is_pending(log)) {
		const struct news none = { .error = 0 };

		drop_pending(log, log->committed,
		    cr_epochs_durable(&log->epochs));
		tell_and_lock(log, &none, true);
	}
	cr_log_end_thread(log, CR_THREAD_COMMIT);
	return NULL;
}

/*
 * One writes, the others wait for the outcome.  A log that is broken is the
 * committer's to mend.
 */
void
cr_commit_self(struct cr_log *log, struct cr_log_ticket ticket)
{
	while (cr_epochs_state(&log->epochs, ticket) == CR_LOG_PENDING) {
		if (log->busy || log->broken)
			(void)pthread_cond_wait(&log->done, &log->lock);
		else
			commit(log);
	}
	/* the committer may have waited for this */
	if (log->broken)
		(void)pthread_cond_signal(&log->work);
}

/*
 * The disk does not answer: what waits for it fails now.  The bytes under way
 * stay where they are until the system call returns.
 */
static void
give_up_waiting(struct cr_log *log)
{
	struct news news = { .error = ETIMEDOUT };

	if (!log->broken)
		add_news(&news, CR_LOG_EVENT_STALLED);
	log->broken = true;
	log->stalled = true;
	log->error = ETIMEDOUT;
	drop_pending(log, log->flight_end, log->flight_next);
	tell_and_lock(log, &news, true);
}

void *
cr_guard_thread(void *arg)
{
	struct cr_log *log = arg;
	int64_t wait_ms = log->settings.wait_ms;
	int64_t step = wait_ms / 4 < 250 ? wait_ms / 4 + 1 : 250;

	cr_log_lock(log);
	while (!log->guard_ends) {
		int64_t now = cr_log_now_ms();

		if (log->busy && now - log->flight_ms > wait_ms &&
		    (!log->stalled || log->head != log->flight_end))
			give_up_waiting(log);
		cr_log_sleep_until(log, &log->guard, now + step);
	}
	cr_log_end_thread(log, CR_THREAD_GUARD);
	return NULL;
}
