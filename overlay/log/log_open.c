/*
 * Opening a log: lock, key, tree, what the WAL has beyond it, threads; and
 * closing it.
 */
#include "log_impl.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/lock.h"
#include "log/prune.h"
#include "log/wal_read.h"

enum {
	DEFAULT_WAIT_MS = 5000,
	DEFAULT_INTEGRATE_MS = 1000,
	DEFAULT_SEGMENT = 16 << 20,
	DEFAULT_MEMORY = 128 << 20,
	LEAST_SEGMENT = 256 << 10,
	LEAST_MEMORY = 1 << 20,
	PAGE = 4096
};

static uint64_t
or_default(uint64_t value, uint64_t otherwise, uint64_t least)
{
	if (value == 0)
		return otherwise;
	return value < least ? least : value;
}

static void
free_settings(struct cr_log_settings *settings)
{
	free((void *)(uintptr_t)settings->directory);
	free((void *)(uintptr_t)settings->key_file);
	free((void *)(uintptr_t)settings->origin);
}

static int
copy_settings(const struct cr_log_settings *from, struct cr_log_settings *to)
{
	char *key_file = NULL;

	*to = *from;
	to->directory = strdup(from->directory);
	to->origin = strdup(from->origin != NULL ? from->origin : "");
	if (from->key_file != NULL)
		key_file = strdup(from->key_file);
	else if (asprintf(&key_file, "%s/key", from->directory) < 0)
		key_file = NULL;
	to->key_file = key_file;
	to->wait_ms = (unsigned)or_default(from->wait_ms, DEFAULT_WAIT_MS, 1);
	to->integrate_ms = (unsigned)or_default(from->integrate_ms,
	    DEFAULT_INTEGRATE_MS, 1);
	to->memory = or_default(from->memory, DEFAULT_MEMORY, LEAST_MEMORY);
	to->segment_size = or_default(from->segment_size, DEFAULT_SEGMENT,
	    LEAST_SEGMENT);
	to->segment_size -= to->segment_size % PAGE;
	return to->directory != NULL && to->origin != NULL &&
	    key_file != NULL ? CR_OK : CR_ENOMEM;
}

static int
init_locks(struct cr_log *log)
{
	pthread_cond_t *const conds[] = {
		&log->work, &log->done, &log->to_integrate,
		&log->integrated_more, &log->guard, &log->ended
	};
	pthread_condattr_t attr;
	bool ok = pthread_mutex_init(&log->lock, NULL) == 0 &&
	    pthread_condattr_init(&attr) == 0;

	if (!ok)
		return CR_ENOMEM;
	ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0;
	for (size_t i = 0; i < sizeof(conds) / sizeof(conds[0]); i++)
		ok = ok && pthread_cond_init(conds[i], &attr) == 0;
	(void)pthread_condattr_destroy(&attr);
	return ok ? CR_OK : CR_ENOMEM;
}

/* Nothing of it is in use. */
static void
free_log(struct cr_log *log)
{
	struct cr_index *index = atomic_load(&log->index);

	cr_index_close(&index);
	cr_tree_close(&log->tree);
	cr_key_free(&log->key);
	cr_wal_close(&log->wal);
	cr_ring_clear(&log->ring);
	cr_space_close(log);
	if (log->lockfd >= 0)
		(void)close(log->lockfd);
	if (log->dirfd >= 0)
		(void)close(log->dirfd);
	free(log->scratch);
	free_settings(&log->settings);
	(void)pthread_cond_destroy(&log->work);
	(void)pthread_cond_destroy(&log->done);
	(void)pthread_cond_destroy(&log->to_integrate);
	(void)pthread_cond_destroy(&log->integrated_more);
	(void)pthread_cond_destroy(&log->guard);
	(void)pthread_cond_destroy(&log->ended);
	(void)pthread_mutex_destroy(&log->lock);
	free(log);
}

static int
system_fault(struct cr_log_fault *fault, const char *path)
{
	return cr_fault_set(fault, CR_FAULT_IO, errno, CR_FAULT_NO_INDEX, path);
}

/* A directory that was made now is there after a crash, too. */
static int
sync_parent(int dirfd)
{
	int fd = openat(dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return CR_ELOG;
	rc = fsync(fd) == 0 ? CR_OK : CR_ELOG;
	(void)close(fd);
	return rc;
}

static int
open_directory(struct cr_log *log, struct cr_log_fault *fault)
{
	bool made = mkdir(log->settings.directory, 0700) == 0;

	if (!made && errno != EEXIST)
		return system_fault(fault, "");
	log->dirfd = open(log->settings.directory, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (log->dirfd < 0 || (made && sync_parent(log->dirfd) != CR_OK))
		return system_fault(fault, "");
	return cr_lock_take(log->dirfd, &log->lockfd, fault);
}

/* A key is made only for a log that does not exist yet. */
static int
open_key(struct cr_log *log, struct cr_log_fault *fault)
{
	const char *path = log->settings.key_file;
	int rc = cr_key_load(path, &log->key, fault);

	if (rc == CR_OK || fault->kind != CR_FAULT_MISSING ||
	    faccessat(log->dirfd, "checkpoint", F_OK, 0) == 0)
		return rc;
	rc = cr_key_make(cr_slice_of(log->settings.origin), &log->key);
	if (rc != CR_OK)
		return cr_fault_set(fault, CR_FAULT_ORIGIN, 0,
		    CR_FAULT_NO_INDEX, "");
	return cr_key_save(log->key, path, fault);
}

struct taking {
	struct cr_log *log;
	uint64_t tree_size;		/* before the replay */
	uint64_t minimum;		/* pruned before */
	struct cr_bundle bundle;
	bool has_bundle;
};

static int
compare_leaf(struct taking *taking, uint64_t index, struct cr_slice leaf,
    struct cr_log_fault *fault)
{
	uint64_t number = index / CR_TILE_WIDTH;
	int rc;

	if (number < taking->minimum / CR_TILE_WIDTH)
		return CR_OK;
	if (!taking->has_bundle || taking->bundle.number != number) {
		rc = cr_bundle_read(taking->log->dirfd, number,
		    taking->tree_size, &taking->bundle, fault);
		if (rc != CR_OK)
			return rc;
		taking->has_bundle = true;
	}
	if (cr_slice_equal(leaf, cr_bundle_leaf(&taking->bundle,
	    (unsigned)(index % CR_TILE_WIDTH))))
		return CR_OK;
	return cr_fault_set(fault, CR_FAULT_WAL, 0, index, CR_WAL_DIR);
}

static int
take_leaf(void *arg, uint64_t index, struct cr_slice leaf,
    struct cr_log_fault *fault)
{
	struct taking *taking = arg;

	if (index < taking->minimum)
		return CR_OK;
	if (index < taking->tree_size)
		return compare_leaf(taking, index, leaf, fault);
	if (cr_tree_append(taking->log->tree, leaf) == CR_OK)
		return CR_OK;
	return cr_fault_set(fault, CR_FAULT_MEMORY, 0, index, "");
}

static int
open_tree(struct cr_log *log, struct cr_wal_found *ret_found,
    struct cr_log_fault *fault)
{
	struct taking taking = { .log = log };
	/* the name of the key, made with the origin of then, stays */
	int rc = cr_tree_open(log->settings.directory, log->key, "",
	    &log->tree, fault);

	if (rc != CR_OK)
		return rc;
	taking.tree_size = cr_tree_size(log->tree);
	rc = cr_minimum_read(log->dirfd, &taking.minimum, fault);
	if (rc != CR_OK)
		return rc;
	rc = cr_wal_replay(log->dirfd, taking.tree_size, take_leaf, &taking,
	    ret_found, fault);
	cr_bundle_clear(&taking.bundle);
	return rc;
}

/* What cannot be written now is tried again by the threads. */
static int
open_wal(struct cr_log *log, const struct cr_wal_found *found,
    struct cr_log_fault *fault)
{
	const struct cr_wal_settings settings = {
		.directory = log->settings.directory,
		.dirfd = log->dirfd,
		.segment_size = log->settings.segment_size,
		.flush = log->settings.durability == CR_LOG_FLUSH,
		.old = found->segments,
		.old_count = found->count,
		.sequence = found->sequence
	};
	struct cr_log_fault ignored;
	uint64_t next = cr_tree_size(log->tree);

	if (cr_wal_open(&settings, &log->wal) != CR_OK)
		return system_fault(fault, CR_WAL_DIR);
	(void)!cr_tree_commit(log->tree, &ignored);
	log->integrated = cr_tree_committed(log->tree);
	atomic_init(&log->integrated_seen, log->integrated);
	cr_epochs_init(&log->epochs, next);
	log->next = next;
	(void)!cr_wal_prepare(log->wal);
	if (cr_wal_begin(log->wal, next) != CR_OK) {
		log->broken = true;
		log->error = errno;
		if (cr_log_error_is_full(errno))
			(void)cr_space_set_full(log);
	}
	cr_wal_forget(log->wal, log->integrated);
	cr_log_index_commit(log);
	return CR_OK;
}

static int
start_threads(struct cr_log *log)
{
	static void *(*const mains[CR_THREADS])(void *) = {
		[CR_THREAD_COMMIT] = cr_commit_thread,
		[CR_THREAD_INTEGRATE] = cr_integrate_thread,
		[CR_THREAD_GUARD] = cr_guard_thread
	};
	sigset_t all;
	sigset_t before;
	int rc = CR_OK;

	/* signals are for the threads of the program */
	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return CR_ENOMEM;
	cr_log_lock(log);
	for (unsigned i = 0; i < CR_THREADS && rc == CR_OK; i++) {
		if (pthread_create(&log->threads[i], NULL, mains[i],
		    log) == 0)
			log->running |= 1u << i;
		else
			rc = CR_ENOMEM;
	}
	log->started = log->running;
	cr_log_unlock(log);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

/* Is it the last leaf of the tree already? */
static bool
is_last(const struct cr_log *log, struct cr_slice leaf)
{
	uint64_t size = log->integrated;
	struct cr_bundle bundle = { .count = 0 };
	struct cr_log_fault ignored;
	bool same;

	if (size == 0)
		return false;
	same = cr_bundle_read(log->dirfd, (size - 1) / CR_TILE_WIDTH, size,
	    &bundle, &ignored) == CR_OK &&
	    cr_slice_equal(leaf, cr_bundle_leaf(&bundle,
	    (unsigned)((size - 1) % CR_TILE_WIDTH)));
	cr_bundle_clear(&bundle);
	return same;
}

static int
append_event(struct cr_log *log, struct cr_slice leaf)
{
	struct cr_log_ticket ticket;
	int rc;

	if (leaf.len == 0 || is_last(log, leaf))
		return CR_OK;
	rc = cr_log_append(log, CR_LOG_PRIVILEGED, leaf, &ticket);
	if (rc == CR_OK)
		rc = cr_log_wait(log, ticket);
	return rc == CR_OK ? cr_log_integrate(log, 0) : rc;
}

/*
 * A leaf that a tool left while the log was closed (of a pruning, say) goes
 * in before all others.  It is taken away once the tree has it; after a crash
 * between the two it is the last leaf, and not taken twice.  What does not
 * succeed now is for the next start.
 */
static void
take_event(struct cr_log *log)
{
	char *bytes = malloc(CR_LEAF_MAX);
	ssize_t n = -1;
	int fd = openat(log->dirfd, CR_PENDING_EVENT, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && bytes != NULL)
		n = read(fd, bytes, CR_LEAF_MAX);
	if (fd >= 0)
		(void)close(fd);
	if (n >= 0 && append_event(log, (struct cr_slice){ bytes,
	    (size_t)n }) == CR_OK &&
	    unlinkat(log->dirfd, CR_PENDING_EVENT, 0) == 0)
		(void)fsync(log->dirfd);
	free(bytes);
}

static struct cr_log *
new_log(const struct cr_log_settings *settings,
    const struct cr_log_watch *watch)
{
	struct cr_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->dirfd = -1;
	log->lockfd = -1;
	log->retry_ms = CR_LOG_RETRY_MS;
	log->recovered_ms = cr_log_now_ms() - CR_LOG_RETRY_MAX_MS;
	log->since_ms = cr_log_now_ms();
	if (watch != NULL)
		log->watch = *watch;
	log->scratch = malloc(CR_LEAF_MAX);
	if (copy_settings(settings, &log->settings) == CR_OK &&
	    log->scratch != NULL && init_locks(log) == CR_OK)
		return log;
	free(log->scratch);
	free_settings(&log->settings);
	free(log);
	return NULL;
}

int
cr_log_open(const struct cr_log_settings *settings,
    const struct cr_log_watch *watch, struct cr_log **ret_log,
    struct cr_log_fault *ret_fault)
{
	struct cr_log_fault fault = { .index = CR_FAULT_NO_INDEX };
	struct cr_wal_found found = { .segments = NULL };
	struct cr_log *log = new_log(settings, watch);
	int rc;

	if (log == NULL)
		return cr_fault_set(ret_fault, CR_FAULT_MEMORY, 0,
		    CR_FAULT_NO_INDEX, "");
	rc = open_directory(log, &fault);
	if (rc == CR_OK)
		rc = open_key(log, &fault);
	if (rc == CR_OK)
		rc = open_tree(log, &found, &fault);
	if (rc == CR_OK && (cr_ring_init(&log->ring,
	    log->settings.memory) != CR_OK || cr_space_open(log) != CR_OK))
		rc = cr_fault_set(&fault, CR_FAULT_MEMORY, 0,
		    CR_FAULT_NO_INDEX, "");
	if (rc == CR_OK)
		rc = open_wal(log, &found, &fault);
	if (rc == CR_OK) {
		if (found.torn)
			cr_log_tell(log, CR_LOG_EVENT_TORN, 0, found.next);
		if (log->broken)
			cr_log_tell(log, CR_LOG_EVENT_FAILED, log->error, 0);
		cr_log_set_open(log);
		rc = start_threads(log);
	}
	if (rc == CR_OK) {
		take_event(log);
		*ret_log = log;
		log = NULL;
	}
	cr_wal_found_clear(&found);
	if (rc != CR_OK && ret_fault != NULL)
		*ret_fault = fault;
	cr_log_close(&log);
	return rc;
}

/* A thread that hangs in a system call is not waited for for ever. */
static bool
join(struct cr_log *log, enum cr_log_thread which)
{
	int64_t until = cr_log_now_ms() + log->settings.wait_ms;
	bool ended;

	cr_log_lock(log);
	while ((log->running & 1u << which) != 0 && cr_log_now_ms() < until)
		cr_log_sleep_until(log, &log->ended, until);
	ended = (log->running & 1u << which) == 0;
	cr_log_unlock(log);
	if (!ended)
		return false;
	if ((log->started & 1u << which) != 0)
		(void)pthread_join(log->threads[which], NULL);
	return true;
}

static bool
end_threads(struct cr_log *log)
{
	bool ended;

	cr_log_lock(log);
	log->closing = true;
	cr_log_set_open(log);
	(void)pthread_cond_broadcast(&log->work);
	(void)pthread_cond_broadcast(&log->done);
	(void)pthread_cond_broadcast(&log->integrated_more);
	cr_log_unlock(log);
	ended = join(log, CR_THREAD_COMMIT);
	cr_log_lock(log);
	log->finish = true;
	(void)pthread_cond_signal(&log->to_integrate);
	cr_log_unlock(log);
	ended = join(log, CR_THREAD_INTEGRATE) && ended;
	cr_log_lock(log);
	log->guard_ends = true;
	(void)pthread_cond_signal(&log->guard);
	cr_log_unlock(log);
	return join(log, CR_THREAD_GUARD) && ended;
}

void
cr_log_close(struct cr_log **ref)
{
	struct cr_log *log;

	if (ref == NULL || *ref == NULL)
		return;
	log = *ref;
	*ref = NULL;
	if (!end_threads(log))
		return;		/* they still use it: it stays in memory */
	if (log->wal != NULL && log->integrated ==
	    cr_epochs_durable(&log->epochs) && !log->broken)
		cr_wal_forget_all(log->wal);
	free_log(log);
}
