#include "index_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A commit that has to catch up ends after this. */
#define STEP_MS 500

static struct cr_index_shared *
new_shared(void)
{
	struct cr_index_shared *shared = calloc(1, sizeof(*shared));
	pthread_rwlockattr_t attr;
	int rc;

	if (shared == NULL)
		return NULL;
	rc = pthread_rwlockattr_init(&attr);
	if (rc == 0) {
		/* readers that come one after the other let the writer in */
		(void)pthread_rwlockattr_setkind_np(&attr,
		    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
		rc = pthread_rwlock_init(&shared->lock, &attr);
		(void)pthread_rwlockattr_destroy(&attr);
	}
	if (rc != 0) {
		free(shared);
		return NULL;
	}
	return shared;
}

static void
free_index(struct cr_index *index)
{
	if (index->shared != NULL) {
		cr_index_env_close(index);
		(void)pthread_rwlock_destroy(&index->shared->lock);
		free(index->shared);
	}
	if (index->dirfd >= 0)
		(void)close(index->dirfd);
	cr_batch_clear(&index->batch);
	cr_bundle_clear(&index->bundle);
	free(index->path);
	free(index);
}

/* LMDB's code */
static int
new_index(const char *directory, bool writable, struct cr_index **ret_index)
{
	static const char name[] = "/index";
	size_t len = strlen(directory);
	struct cr_index *index = calloc(1, sizeof(*index));
	int rc = ENOMEM;

	if (index == NULL)
		return ENOMEM;
	index->writable = writable;
	index->dirfd = -1;
	index->shared = new_shared();
	index->path = malloc(len + sizeof(name));
	if (index->shared == NULL || index->path == NULL)
		goto out;
	memcpy(index->path, directory, len);
	memcpy(index->path + len, name, sizeof(name));
	index->dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = index->dirfd >= 0 ? 0 : errno;
out:
	if (rc != 0) {
		free_index(index);
		return rc;
	}
	*ret_index = index;
	return 0;
}

/* Opens what is there or, when that is of no use, begins anew. */
static int
open_or_reset(struct cr_index *index, const struct cr_index_log *log)
{
	int rc;

	cr_index_env_close(index);
	rc = cr_index_env_open(index, log);
	if (cr_index_is_damage(rc))
		rc = cr_index_env_reset(index, log);
	if (rc == 0)
		index->stale = false;
	cr_batch_restart(&index->batch, atomic_load(&index->indexed));
	return rc;
}

int
cr_index_open(const char *directory, const struct cr_index_log *log,
    struct cr_index **ret_index, struct cr_log_fault *ret_fault)
{
	struct cr_index *index;
	int rc = new_index(directory, true, &index);

	if (rc != 0)
		return cr_index_fail(rc, ret_fault);
	rc = open_or_reset(index, log);
	if (rc != 0) {
		free_index(index);
		return cr_index_fail(rc, ret_fault);
	}
	*ret_index = index;
	return CR_OK;
}

int
cr_index_open_reader(const char *directory, const struct cr_index_log *log,
    struct cr_index **ret_index, struct cr_log_fault *ret_fault)
{
	struct cr_index *index;
	int rc = new_index(directory, false, &index);

	if (rc != 0)
		return cr_index_fail(rc, ret_fault);
	rc = cr_index_env_open(index, log);
	if (rc != 0) {
		free_index(index);
		return cr_index_fail(rc, ret_fault);
	}
	*ret_index = index;
	return CR_OK;
}

void
cr_index_close(struct cr_index **index)
{
	if (index == NULL || *index == NULL)
		return;
	free_index(*index);
	*index = NULL;
}

void
cr_index_add(struct cr_index *index, uint64_t number, uint32_t offset,
    struct cr_slice leaf)
{
	struct cr_index_batch *batch = &index->batch;

	if (!index->stale && cr_batch_records(batch) < CR_BATCH_RECORDS)
		(void)cr_batch_add(batch, number, offset, leaf);
}

struct batch_write {
	struct cr_index_meta meta;
};

static int
write_batch(struct cr_index *index, MDB_txn *txn, void *arg)
{
	struct batch_write *write = arg;
	int rc = cr_index_put_batch(index, txn, &index->batch);

	return rc == 0 ? cr_index_put_meta(index, txn, &write->meta) : rc;
}

/* LMDB's code; the batch is empty after it. */
static int
commit_batch(struct cr_index *index, const struct cr_index_log *log)
{
	struct cr_index_batch *batch = &index->batch;
	struct batch_write write = {
		{ batch->end, log->size, log->root }
	};
	int rc = cr_batch_finish(batch);

	if (rc == CR_OK)
		rc = cr_index_write(index, write_batch, &write);
	if (rc == 0)
		atomic_store(&index->indexed, batch->end);
	cr_batch_restart(batch, atomic_load(&index->indexed));
	return rc;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return INT64_MAX;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* From the bundles into the batch, until that is large or `deadline`. */
static int
read_back(struct cr_index *index, const struct cr_index_log *log,
    int64_t deadline, struct cr_log_fault *ret_fault)
{
	struct cr_index_batch *batch = &index->batch;
	struct cr_bundle *bundle = &index->bundle;

	while (batch->end < log->size &&
	    cr_batch_records(batch) < CR_BATCH_RECORDS) {
		unsigned i = (unsigned)(batch->end % CR_TILE_WIDTH);
		int rc = cr_bundle_read(index->dirfd,
		    batch->end / CR_TILE_WIDTH, log->size, bundle, ret_fault);

		if (rc != CR_OK)
			return rc;
		for (; i < bundle->count; i++) {
			struct cr_slice leaf = cr_bundle_leaf(bundle, i);

			/* behind the two bytes of the length */
			if (!cr_batch_add(batch, batch->end,
			    bundle->offsets[i] + 2, leaf))
				return cr_index_fail(ENOMEM, ret_fault);
		}
		if (now_ms() > deadline)
			break;
	}
	return CR_OK;
}

static int
catch_up(struct cr_index *index, const struct cr_index_log *log,
    int64_t deadline, struct cr_log_fault *ret_fault)
{
	int rc = 0;

	/* what was pruned before it was indexed cannot be had any more */
	if (atomic_load(&index->indexed) < log->minimum) {
		atomic_store(&index->indexed, log->minimum);
		cr_batch_restart(&index->batch, log->minimum);
	}
	while (rc == 0 && atomic_load(&index->indexed) < log->size) {
		rc = read_back(index, log, deadline, ret_fault);
		if (rc != CR_OK) {
			cr_batch_restart(&index->batch,
			    atomic_load(&index->indexed));
			return rc;
		}
		rc = commit_batch(index, log);
		if (rc == 0)
			rc = cr_index_merge(index);
		if (now_ms() > deadline)
			break;
	}
	return rc == 0 ? CR_OK : cr_index_fail(rc, ret_fault);
}

static bool
is_ready(const struct cr_index *index, const struct cr_index_log *log)
{
	const struct cr_index_batch *batch = &index->batch;

	return !batch->broken && batch->base == atomic_load(&index->indexed) &&
	    batch->end > batch->base && batch->end <= log->size;
}

/* LMDB's code */
static int
take_in(struct cr_index *index, const struct cr_index_log *log,
    int64_t deadline, struct cr_log_fault *ret_fault, int *ret_rc)
{
	int rc = cr_index_drop(index, log->minimum);

	if (rc == 0 && is_ready(index, log)) {
		rc = commit_batch(index, log);
		if (rc == 0)
			rc = cr_index_merge(index);
	} else {
		cr_batch_restart(&index->batch, atomic_load(&index->indexed));
	}
	if (rc == 0)
		*ret_rc = catch_up(index, log, deadline, ret_fault);
	return rc;
}

static int
commit_until(struct cr_index *index, const struct cr_index_log *log,
    int64_t deadline, struct cr_log_fault *ret_fault)
{
	int result = CR_OK;
	int rc = 0;

	atomic_store(&index->log_size, log->size);
	atomic_store(&index->minimum, log->minimum);
	if (atomic_load(&index->shared->damaged)) {
		rc = cr_index_env_reset(index, log);
		cr_batch_restart(&index->batch, 0);
	} else if (index->stale || index->env == NULL) {
		rc = open_or_reset(index, log);
	}
	if (rc == 0)
		rc = take_in(index, log, deadline, ret_fault, &result);
	if (rc != 0) {
		index->stale = true;
		/* the next commit begins anew */
		if (cr_index_is_damage(rc))
			atomic_store(&index->shared->damaged, true);
		result = cr_index_fail(rc, ret_fault);
	}
	return result;
}

int
cr_index_commit(struct cr_index *index, const struct cr_index_log *log,
    struct cr_log_fault *ret_fault)
{
	return commit_until(index, log, now_ms() + STEP_MS, ret_fault);
}

int
cr_index_rebuild(struct cr_index *index, const struct cr_index_log *log,
    struct cr_log_fault *ret_fault)
{
	int rc = cr_index_env_reset(index, log);

	cr_batch_restart(&index->batch, 0);
	if (rc != 0)
		return cr_index_fail(rc, ret_fault);
	return commit_until(index, log, INT64_MAX, ret_fault);
}

uint64_t
cr_index_behind(const struct cr_index *index)
{
	uint64_t indexed = atomic_load(&index->indexed);
	uint64_t size = atomic_load(&index->log_size);

	return size > indexed ? size - indexed : 0;
}

unsigned
cr_index_resets(const struct cr_index *index)
{
	return atomic_load(&index->resets);
}
