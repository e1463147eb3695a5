#include "log_impl.h"

#include <time.h>

static const char *const event_texts[CR_LOG_EVENT_COUNT] = {
	[CR_LOG_EVENT_NONE] = "nothing",
	[CR_LOG_EVENT_FAILED] =
	    "the read log cannot be written, reads are refused",
	[CR_LOG_EVENT_STALLED] =
	    "the disk of the read log does not answer, reads are refused",
	[CR_LOG_EVENT_RECOVERED] = "the read log can be written again",
	[CR_LOG_EVENT_SPACE_LOW] = "little room for the read log, bytes free",
	[CR_LOG_EVENT_SPACE_ENOUGH] =
	    "enough room for the read log again, bytes free",
	[CR_LOG_EVENT_FULL] =
	    "no room for the read log, ordinary reads are refused",
	[CR_LOG_EVENT_NOT_FULL] = "room for the read log again",
	[CR_LOG_EVENT_RESERVE_USED] =
	    "the reserve of the read log is being used, bytes left",
	[CR_LOG_EVENT_RESERVE_REBUILT] =
	    "the reserve of the read log is whole, bytes",
	[CR_LOG_EVENT_RESERVE_FAILED] =
	    "the reserve of the read log cannot be made",
	[CR_LOG_EVENT_TORN] =
	    "the write-ahead file ended in a torn batch, dropped from record",
	[CR_LOG_EVENT_TREE_FAILED] =
	    "the tiles of the read log cannot be written, from record",
	[CR_LOG_EVENT_TREE_RECOVERED] =
	    "the tiles of the read log can be written again, to record",
	[CR_LOG_EVENT_INDEX_FAILED] =
	    "the index of the read log cannot be written",
	[CR_LOG_EVENT_INDEX_REBUILT] =
	    "the index of the read log was rebuilt, records"
};

const char *
cr_log_event_text(enum cr_log_event event)
{
	if ((unsigned)event >= CR_LOG_EVENT_COUNT)
		event = CR_LOG_EVENT_NONE;
	return event_texts[event];
}

int64_t
cr_log_now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return INT64_MAX;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
cr_log_sleep_until(struct cr_log *log, pthread_cond_t *cond, int64_t ms)
{
	const struct timespec until = {
		(time_t)(ms / 1000), (long)(ms % 1000) * 1000000
	};

	(void)pthread_cond_timedwait(cond, &log->lock, &until);
}

void
cr_log_tell(const struct cr_log *log, enum cr_log_event event, int error,
    uint64_t number)
{
	if (log->watch.event != NULL)
		log->watch.event(log->watch.arg, event, error, number);
}

/* Room for the largest leaf: it then has a place for sure. */
static bool
has_room(const struct cr_log *log)
{
	return log->ring.capacity - (log->head - log->tail) >=
	    CR_RING_FRAME + CR_LEAF_MAX;
}

static bool
is_open(const struct cr_log *log, enum cr_log_rank rank)
{
	if (log->closing || log->stalled || !has_room(log))
		return false;
	if (rank != CR_LOG_PRIVILEGED)
		return !log->broken && !log->full;
	return !log->broken || (cr_log_error_is_full(log->error) &&
	    !log->replaced && atomic_load(&log->space.reserve_seen) > 0);
}

void
cr_log_set_open(struct cr_log *log)
{
	unsigned ranks = 0;

	if (is_open(log, CR_LOG_ORDINARY))
		ranks |= 1u << CR_LOG_ORDINARY;
	if (is_open(log, CR_LOG_PRIVILEGED))
		ranks |= 1u << CR_LOG_PRIVILEGED;
	atomic_store_explicit(&log->open_ranks, ranks, memory_order_release);
	atomic_store_explicit(&log->memory_seen, log->head - log->tail,
	    memory_order_relaxed);
	atomic_store_explicit(&log->full_seen, log->full,
	    memory_order_release);
}

bool
cr_log_usable(const struct cr_log *log, enum cr_log_rank rank)
{
	return (atomic_load_explicit(&log->open_ranks, memory_order_acquire) &
	    1u << rank) != 0;
}

enum cr_log_state
cr_log_state(const struct cr_log *log, struct cr_log_ticket ticket)
{
	return cr_epochs_state(&log->epochs, ticket);
}

/* Lock held.  What is refused wakes those who may mend it. */
static int
refuse(struct cr_log *log)
{
	int64_t least = log->retry_ms > CR_LOG_RETRY_MS ? log->retry_ms :
	    CR_LOG_RETRY_MS / 10;

	if (log->broken && !log->busy && !log->retry_now &&
	    cr_log_now_ms() - log->retried_ms >= least) {
		log->retry_now = true;
		(void)pthread_cond_signal(&log->work);
	}
	if (log->closing)
		errno = ESHUTDOWN;
	else if (log->broken)
		errno = log->error;
	else if (log->full)
		errno = ENOSPC;
	else
		errno = ENOBUFS;
	if (!has_room(log) && !log->wanted &&
	    log->attempt != log->attempt_failed) {
		log->wanted = true;
		(void)pthread_cond_signal(&log->to_integrate);
	}
	atomic_fetch_add_explicit(&log->refused, 1, memory_order_relaxed);
	return CR_ELOG;
}

int
cr_log_append(struct cr_log *log, enum cr_log_rank rank, struct cr_slice leaf,
    struct cr_log_ticket *ret_ticket)
{
	struct cr_log_ticket ticket;
	bool wake = false;
	int rc = CR_OK;

	if (leaf.len == 0 || leaf.len > CR_LEAF_MAX) {
		errno = EMSGSIZE;
		return CR_ELOG;
	}
	cr_log_lock(log);
	if (!is_open(log, rank)) {
		rc = refuse(log);
		goto out;
	}
	cr_ring_put(&log->ring, log->head, leaf);
	log->head += CR_RING_FRAME + leaf.len;
	ticket = (struct cr_log_ticket){
		log->next++, cr_epochs_current(&log->epochs)
	};
	if (rank == CR_LOG_PRIVILEGED)
		log->privileged = true;
	atomic_fetch_add_explicit(&log->appended, 1, memory_order_relaxed);
	if (!has_room(log))
		cr_log_set_open(log);
	if (log->settings.durability == CR_LOG_FLUSH) {
		if (log->broken)
			(void)pthread_cond_signal(&log->work);
		cr_commit_self(log, ticket);
		if (cr_epochs_state(&log->epochs, ticket) != CR_LOG_DURABLE) {
			errno = log->error;
			rc = CR_ELOG;
		}
	} else {
		wake = !log->busy && (!log->gathering || log->next -
		    cr_epochs_durable(&log->epochs) >= log->expected);
	}
	if (rc == CR_OK)
		*ret_ticket = ticket;
out:
	cr_log_unlock(log);
	/* not before: the committer would only wait for the lock */
	if (wake)
		(void)pthread_cond_signal(&log->work);
	return rc;
}

int
cr_log_wait(struct cr_log *log, struct cr_log_ticket ticket)
{
	enum cr_log_state state = cr_epochs_state(&log->epochs, ticket);
	int64_t until;

	if (state != CR_LOG_PENDING)
		return state == CR_LOG_DURABLE ? CR_OK : CR_ELOG;
	until = cr_log_now_ms() + log->settings.wait_ms;
	cr_log_lock(log);
	for (;;) {
		state = cr_epochs_state(&log->epochs, ticket);
		if (state != CR_LOG_PENDING || cr_log_now_ms() >= until)
			break;
		cr_log_sleep_until(log, &log->done, until);
	}
	cr_log_unlock(log);
	return state == CR_LOG_DURABLE ? CR_OK : CR_ELOG;
}

int
cr_log_integrate(struct cr_log *log, unsigned wait_ms)
{
	int64_t until = cr_log_now_ms() +
	    (wait_ms != 0 ? wait_ms : log->settings.wait_ms);
	uint64_t target;
	uint64_t before;
	int rc;

	cr_log_lock(log);
	target = cr_epochs_durable(&log->epochs);
	before = log->attempt;
	if (log->integrated < target && !log->closing) {
		log->wanted = true;
		(void)pthread_cond_signal(&log->to_integrate);
	}
	while (log->integrated < target && !log->closing &&
	    log->attempt_failed <= before && cr_log_now_ms() < until)
		cr_log_sleep_until(log, &log->integrated_more, until);
	rc = log->integrated >= target ? CR_OK : CR_ELOG;
	cr_log_unlock(log);
	return rc;
}

void
cr_log_counters(const struct cr_log *log, struct cr_log_counters *ret_counters)
{
	*ret_counters = (struct cr_log_counters){
		.records = cr_epochs_durable(&log->epochs),
		.integrated = atomic_load(&log->integrated_seen),
		.checkpoint_ms = atomic_load(&log->checkpoint_ms),
		.appended = atomic_load(&log->appended),
		.refused = atomic_load(&log->refused),
		.failed = atomic_load(&log->failed),
		.batches = atomic_load(&log->batches),
		.free_bytes = atomic_load(&log->space.free_bytes),
		.reserve_bytes = atomic_load(&log->space.reserve_seen),
		.memory_bytes = atomic_load(&log->memory_seen),
		.usable = cr_log_usable(log, CR_LOG_ORDINARY),
		.full = atomic_load(&log->full_seen)
	};
}

/* It is open from the first time on until the log is closed. */
int
cr_log_query_begin(struct cr_log *log, const struct cr_index **ret_index)
{
	const struct cr_index *index = atomic_load(&log->index);

	if (index == NULL)
		return CR_ELOG;
	*ret_index = index;
	return CR_OK;
}

void
cr_log_query_end(struct cr_log *log)
{
	(void)log;
}
