/*
 * The integrator: durable leaves into the tree, at least once in integrate_ms
 * when there is something new, and sooner when asked or when memory fills.
 * What was committed to the tree is not needed in memory and in the WAL.
 */
#include "log_impl.h"

#include <time.h>

/* After an error nothing is made ready ahead for so long. */
#define PREPARE_AGAIN_MS 10000

static int64_t
wall_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The places [treed, to) into the memory of the tree, as far as that goes. */
static int
feed(struct cr_log *log, uint64_t to)
{
	int rc = CR_OK;

	while (log->treed < to && rc == CR_OK) {
		struct cr_slice leaf = cr_ring_get(&log->ring, log->treed,
		    log->scratch);

		rc = cr_tree_append(log->tree, leaf);
		if (rc == CR_OK)
			cr_log_index_note(log, leaf);
		if (rc == CR_OK)
			log->treed += CR_RING_FRAME + leaf.len;
	}
	return rc;
}

static void
tell_outcome(struct cr_log *log, int rc, const struct cr_log_fault *fault)
{
	uint64_t committed = cr_tree_committed(log->tree);

	if (rc != CR_OK && !log->tree_failed)
		cr_log_tell(log, CR_LOG_EVENT_TREE_FAILED, fault->error,
		    committed);
	else if (rc == CR_OK && log->tree_failed)
		cr_log_tell(log, CR_LOG_EVENT_TREE_RECOVERED, 0, committed);
	log->tree_failed = rc != CR_OK;
}

/* No lock held. */
static int
integrate_to(struct cr_log *log, uint64_t to, struct cr_log_fault *fault)
{
	int rc = feed(log, to);
	int commit_rc;

	if (rc != CR_OK)
		(void)cr_fault_set(fault, CR_FAULT_MEMORY, ENOMEM,
		    cr_tree_size(log->tree), "");
	commit_rc = cr_tree_commit(log->tree, fault);
	while (commit_rc != CR_OK && cr_log_error_is_full(fault->error) &&
	    atomic_load(&log->full_seen) && cr_space_give(log))
		commit_rc = cr_tree_commit(log->tree, fault);
	return commit_rc != CR_OK ? commit_rc : rc;
}

/* Also what the WAL had at start and could not be committed then. */
static bool
is_new(const struct cr_log *log)
{
	return log->integrated < cr_epochs_durable(&log->epochs);
}

/*
 * What is in the tree needs no memory and no WAL; then the index, and only
 * then is it said to be integrated: who waits for that has a question.
 */
static void
publish(struct cr_log *log, uint64_t from, uint64_t to)
{
	uint64_t size = cr_tree_committed(log->tree);

	/* before anybody may write there again */
	cr_ring_release(&log->ring, from, to);
	cr_log_lock(log);
	log->tail = to;
	cr_log_set_open(log);
	cr_log_unlock(log);
	cr_wal_forget(log->wal, size);
	atomic_store(&log->integrated_seen, size);
	atomic_store(&log->checkpoint_ms, wall_ms());
	cr_log_index_commit(log);
}

/* The lock is held on entry and return. */
static void
attempt(struct cr_log *log)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	uint64_t number = ++log->attempt;
	uint64_t to = log->committed;
	uint64_t from = log->tail;
	bool full = false;
	int rc;

	log->wanted = false;
	log->since_ms = cr_log_now_ms();
	if (!is_new(log))
		return;
	cr_log_unlock(log);
	rc = integrate_to(log, to, &fault);
	tell_outcome(log, rc, &fault);
	if (rc == CR_OK)
		publish(log, from, to);
	cr_log_lock(log);
	if (rc == CR_OK) {
		log->integrated = cr_tree_committed(log->tree);
	} else {
		log->attempt_failed = number;
		log->since_ms = cr_log_now_ms();
		if (cr_log_error_is_full(fault.error))
			full = cr_space_set_full(log);
	}
	cr_log_set_open(log);
	(void)pthread_cond_broadcast(&log->integrated_more);
	if (log->broken)
		(void)pthread_cond_signal(&log->work);
	if (!full)
		return;
	cr_log_unlock(log);
	cr_log_tell(log, CR_LOG_EVENT_FULL, fault.error, 0);
	cr_log_lock(log);
}

/* One segment is made ready for the next rotation.  No lock held. */
static void
prepare(struct cr_log *log)
{
	int64_t now = cr_log_now_ms();

	if (now < log->prepare_ms || atomic_load(&log->full_seen))
		return;
	if (cr_wal_prepare(log->wal) != CR_OK)
		log->prepare_ms = now + PREPARE_AGAIN_MS;
}

static bool
is_due(const struct cr_log *log, int64_t now)
{
	return log->wanted || (is_new(log) &&
	    (now - log->since_ms >= log->settings.integrate_ms ||
	    /* not again and again while the tree cannot be written */
	    (log->committed - log->tail > log->ring.capacity / 4 &&
	    (log->attempt != log->attempt_failed ||
	    now - log->since_ms >= CR_LOG_RETRY_MS))));
}

static int64_t
wake_at(const struct cr_log *log)
{
	int64_t at = cr_space_due(log);

	if (is_new(log) && log->since_ms + log->settings.integrate_ms < at)
		at = log->since_ms + log->settings.integrate_ms;
	if (log->index_behind && log->index_ms < at)
		at = log->index_ms;
	return at;
}

void *
cr_integrate_thread(void *arg)
{
	struct cr_log *log = arg;

	cr_log_lock(log);
	while (!log->finish) {
		int64_t now = cr_log_now_ms();

		if (is_due(log, now)) {
			attempt(log);
		} else if (log->index_behind && now >= log->index_ms) {
			cr_log_unlock(log);
			cr_log_index_commit(log);
			cr_log_lock(log);
		} else if (now >= cr_space_due(log)) {
			cr_log_unlock(log);
			cr_space_tick(log);
			prepare(log);
			cr_log_lock(log);
		} else {
			cr_log_sleep_until(log, &log->to_integrate,
			    wake_at(log));
		}
	}
	if (is_new(log))
		attempt(log);
	cr_log_end_thread(log, CR_THREAD_INTEGRATE);
	return NULL;
}
