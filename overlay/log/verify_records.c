/*
 * The bulk of the work: every record against its tile, every tile of level 0
 * against the hash of it one level up, which was looked at before.
 */
#include "log/verify_impl.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	JOB = 16,		/* tiles a thread takes at a time */
	THREADS_MAX = 64
};

struct worker {
	struct cr_verify_state *state;
	struct cr_bundle bundle;
	struct cr_hash found[CR_TILE_WIDTH];	/* by the records */
	struct cr_hash tile[CR_TILE_WIDTH];
	struct cr_hash above[CR_TILE_WIDTH];	/* tile of level 1 */
	uint64_t above_n;
	unsigned above_width;			/* 0: none read */
	uint64_t records, bytes;
};

/* What level 1 says of tile n; false when it cannot say anything. */
static bool
hash_above(struct worker *worker, uint64_t n, struct cr_hash *ret_hash)
{
	const struct cr_verify_state *state = worker->state;
	const uint64_t above_n = n / CR_TILE_WIDTH;

	if (worker->above_width == 0 || worker->above_n != above_n) {
		worker->above_width = 0;
		if (cr_tile_read(state->dirfd, 1, above_n, state->size,
		    worker->above, &worker->above_width, NULL) != CR_OK)
			return false;
		worker->above_n = above_n;
	}
	*ret_hash = worker->above[n % CR_TILE_WIDTH];
	return true;
}

static bool
folds_to(const struct cr_hash *hashes, const struct cr_hash *wanted)
{
	struct cr_hash copy[CR_TILE_WIDTH], hash;

	memcpy(copy, hashes, sizeof(copy));
	cr_merkle_fold(copy, CR_TILE_WIDTH, &hash);
	return cr_hash_equal(&hash, wanted);
}

/* The first record that is not that of its tile, or width. */
static unsigned
first_other(const struct worker *worker, unsigned width)
{
	unsigned i = 0;

	while (i < width && i < worker->bundle.count &&
	    cr_hash_equal(&worker->found[i], &worker->tile[i]))
		i++;
	return i;
}

static void
blame(struct worker *worker, enum cr_fault_kind kind, unsigned level,
    uint64_t n, unsigned width, uint64_t index)
{
	struct cr_log_fault fault;
	char path[CR_TILE_PATH_SIZE];
	int rc;

	cr_tile_path(level, n, width, path);
	rc = cr_fault_set(&fault, kind, 0, index, path);
	cr_verify_blame(worker->state, rc, &fault);
}

/*
 * Records and tile are there.  Of the two, who is right?  The one that gives
 * the hash above it; for the partial tile, the tile if it gives the root.
 */
static void
compare(struct worker *worker, uint64_t n, unsigned width)
{
	const struct cr_verify_state *state = worker->state;
	const unsigned i = first_other(worker, width);
	const uint64_t index = n * CR_TILE_WIDTH + (i < width ? i : 0);
	bool known = false, tile_is_right = state->edge_ok;
	struct cr_hash above;

	if (width == CR_TILE_WIDTH) {
		known = hash_above(worker, n, &above);
		if (known && folds_to(worker->found, &above)) {
			if (i == width)
				return;
			tile_is_right = false;
		} else if (known) {
			tile_is_right = true;
		}
	}
	if (i < width)
		blame(worker, tile_is_right ? CR_FAULT_RECORD :
		    CR_FAULT_TILE, tile_is_right ? CR_LEVEL_ENTRIES : 0, n,
		    width, index);
	else if (known && state->edge_ok)
		blame(worker, CR_FAULT_RECORD, CR_LEVEL_ENTRIES, n, width,
		    index);
	else if (known)
		blame(worker, CR_FAULT_TILE, 1, n / CR_TILE_WIDTH,
		    worker->above_width, index);
}

/* CR_OK also for a tile that was blamed: others may be worse. */
static int
check(struct worker *worker, uint64_t n)
{
	struct cr_verify_state *state = worker->state;
	struct cr_bundle *bundle = &worker->bundle;
	struct cr_log_fault fault, tile_fault;
	unsigned width = 0;
	int tile_rc, rc;

	tile_rc = cr_tile_read(state->dirfd, 0, n, state->size, worker->tile,
	    &width, &tile_fault);
	rc = cr_bundle_read(state->dirfd, n, state->size, bundle, &fault);
	for (unsigned i = 0; i < bundle->count; i++)
		cr_leaf_hash(cr_bundle_leaf(bundle, i), &worker->found[i]);
	if (tile_rc != CR_OK) {
		tile_fault.index = n * CR_TILE_WIDTH;
		cr_verify_blame(state, tile_rc, &tile_fault);
		return tile_rc == CR_EVERIFY ? CR_OK : tile_rc;
	}
	if (rc == CR_EVERIFY) {
		/* a length that is wrong shows behind the record it is of */
		const unsigned i = first_other(worker, width);

		if (n * CR_TILE_WIDTH + i < fault.index)
			fault.index = n * CR_TILE_WIDTH + i;
	}
	if (rc != CR_OK) {
		cr_verify_blame(state, rc, &fault);
		return rc == CR_EVERIFY ? CR_OK : rc;
	}
	compare(worker, n, width);
	worker->records += bundle->count;
	worker->bytes += bundle->size - 2 * (uint64_t)bundle->count;
	return CR_OK;
}

/* The next tiles to look at; false when there are none, or no need. */
static bool
take_job(struct worker *worker, uint64_t *ret_from, uint64_t *ret_to)
{
	struct cr_verify_state *state = worker->state;
	const uint64_t end = cr_tile_count(0, state->size);
	bool more;

	pthread_mutex_lock(&state->mutex);
	state->report->records += worker->records;
	state->report->bytes += worker->bytes;
	if (state->options->progress != NULL && worker->records > 0)
		state->options->progress(state->options->arg,
		    state->report->records, state->size - state->minimum);
	worker->records = worker->bytes = 0;
	*ret_from = state->next;
	*ret_to = end - *ret_from < JOB ? end : *ret_from + JOB;
	more = *ret_from < end && (state->rc == CR_OK ||
	    *ret_from * CR_TILE_WIDTH < state->fault.index);
	if (more)
		state->next = *ret_to;
	pthread_mutex_unlock(&state->mutex);
	return more;
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	uint64_t n, to;
	int rc = CR_OK;

	while (rc == CR_OK && take_job(worker, &n, &to)) {
		for (; rc == CR_OK && n < to; n++)
			rc = check(worker, n);
	}
	return NULL;
}

static unsigned
thread_count(const struct cr_verify_state *state)
{
	const uint64_t jobs = cr_tile_count(0, state->size) / JOB + 1;
	long cores = state->options->threads > 0 ?
	    (long)state->options->threads : sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		cores = 1;
	if (cores > THREADS_MAX)
		cores = THREADS_MAX;
	return (uint64_t)cores < jobs ? (unsigned)cores : (unsigned)jobs;
}

int
cr_verify_records(struct cr_verify_state *state)
{
	const unsigned count = thread_count(state);
	struct worker *workers = calloc(count, sizeof(*workers));
	pthread_t threads[THREADS_MAX];
	unsigned started = 0;

	if (workers == NULL)
		return CR_ENOMEM;
	state->next = state->minimum / CR_TILE_WIDTH;
	for (unsigned i = 0; i < count; i++)
		workers[i].state = state;
	/* one job is this thread's; fewer threads are only slower */
	for (; started + 1 < count; started++) {
		if (pthread_create(&threads[started], NULL, work,
		    &workers[started + 1]) != 0)
			break;
	}
	work(&workers[0]);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < count; i++)
		cr_bundle_clear(&workers[i].bundle);
	free(workers);
	return CR_OK;
}
