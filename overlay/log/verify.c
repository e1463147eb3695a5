#include "log/verify_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "log/file.h"
#include "log/lock.h"
#include "log/tile_hash.h"
#include "log/tree.h"

int
cr_verify_checkpoint(int dirfd, const struct cr_key *key, const char *origin,
    struct cr_file *ret_file, struct cr_checkpoint *ret,
    struct cr_log_fault *ret_fault)
{
	static const char name[] = "checkpoint";
	enum cr_fault_kind kind;
	struct cr_log_fault fault;
	struct cr_file file = { 0 };
	int rc = cr_file_read(dirfd, name, CR_NOTE_MAX, &file, &fault);

	if (rc != CR_OK)
		return cr_fault_set(ret_fault,
		    fault.kind == CR_FAULT_MISSING ? CR_FAULT_EMPTY :
		    fault.kind == CR_FAULT_SHAPE ? CR_FAULT_NOTE : fault.kind,
		    fault.error, CR_FAULT_NO_INDEX, name);
	rc = cr_checkpoint_open(cr_file_slice(&file), key,
	    cr_slice_of(origin), ret, &kind);
	if (rc != CR_OK) {
		cr_file_clear(&file);
		return cr_fault_set(ret_fault, kind, 0, CR_FAULT_NO_INDEX,
		    name);
	}
	*ret_file = file;
	return CR_OK;
}

void
cr_verify_blame(struct cr_verify_state *state, int rc,
    const struct cr_log_fault *fault)
{
	pthread_mutex_lock(&state->mutex);
	if (state->rc == CR_OK || fault->index < state->fault.index) {
		state->rc = rc;
		state->fault = *fault;
	}
	pthread_mutex_unlock(&state->mutex);
}

static void
blame(struct cr_verify_state *state, enum cr_fault_kind kind, uint64_t index,
    const char *path)
{
	struct cr_log_fault fault;
	int rc = cr_fault_set(&fault, kind, 0, index, path);

	cr_verify_blame(state, rc, &fault);
}

bool
cr_verify_may_be_pruned(const struct cr_verify_state *state, unsigned level,
    uint64_t n)
{
	const unsigned bits = level == CR_LEVEL_ENTRIES ? 8 : 8 * level + 8;

	/* n + 1 times 256^(level + 1) is at most the minimum */
	return bits < 64 && n < state->minimum >> bits;
}

/* The root that the partial tiles of the right edge give. */
static int
check_edge(struct cr_verify_state *state, const struct cr_hash *signed_root)
{
	struct cr_tile_hash *reader = NULL;
	struct cr_hash root;
	int rc = cr_tile_hash_new(state->dirfd, state->size, &reader);

	if (rc != CR_OK)
		return rc;
	rc = cr_merkle_root(cr_tile_hash_subtree, reader, state->size, &root);
	if (rc == CR_OK)
		state->edge_ok = cr_hash_equal(&root, signed_root);
	else if (rc == CR_EVERIFY)
		rc = CR_OK;	/* the tile will be missed where it belongs */
	else
		cr_verify_blame(state, rc, cr_tile_hash_fault(reader));
	cr_tile_hash_free(&reader);
	return rc;
}

static uint64_t
first_record(unsigned level, uint64_t n)
{
	const unsigned bits = 8 * level + 8;

	return bits < 64 ? n << bits : 0;
}

/*
 * A tile of level 1 or above: it is there, and a full one hashes to what the
 * tile above says, which was looked at before.
 */
static int
check_tile(struct cr_verify_state *state, unsigned level, uint64_t n)
{
	struct cr_hash hashes[CR_TILE_WIDTH], above[CR_TILE_WIDTH], hash;
	struct cr_log_fault fault;
	char path[CR_TILE_PATH_SIZE];
	unsigned width, above_width;
	int rc = cr_tile_read(state->dirfd, level, n, state->size, hashes,
	    &width, &fault);

	if (rc == CR_OK && width == CR_TILE_WIDTH &&
	    level + 1 < CR_TILE_LEVELS) {
		rc = cr_tile_read(state->dirfd, level + 1, n / CR_TILE_WIDTH,
		    state->size, above, &above_width, &fault);
		if (rc == CR_EVERIFY)
			return CR_OK;	/* said there already */
		cr_merkle_fold(hashes, width, &hash);
		if (rc == CR_OK && !cr_hash_equal(&hash,
		    &above[n % CR_TILE_WIDTH])) {
			cr_tile_path(level, n, width, path);
			rc = cr_fault_set(&fault, CR_FAULT_TILE, 0,
			    first_record(level, n), path);
		}
	}
	if (rc == CR_EVERIFY) {
		fault.index = first_record(level, n);
		cr_verify_blame(state, rc, &fault);
		rc = CR_OK;
	} else if (rc != CR_OK) {
		cr_verify_blame(state, rc, &fault);
	}
	return rc;
}

static int
check_levels(struct cr_verify_state *state)
{
	for (unsigned level = CR_TILE_LEVELS - 1; level > 0; level--) {
		const unsigned bits = 8 * level + 8;
		uint64_t n = bits < 64 ? state->minimum >> bits : 0;

		for (; n < cr_tile_count(level, state->size); n++) {
			int rc = check_tile(state, level, n);

			if (rc != CR_OK)
				return rc;
		}
	}
	return CR_OK;
}

/* The first since->size records are those that were signed then. */
static void
check_since(struct cr_verify_state *state, const struct cr_checkpoint *since,
    const struct cr_hash *signed_root)
{
	struct cr_tile_hash *reader = NULL;
	struct cr_hash root;
	int rc;

	if (since->size > state->size) {
		blame(state, CR_FAULT_ROLLBACK, state->size, "checkpoint");
		return;
	}
	if (since->size == state->size) {
		root = *signed_root;
		rc = CR_OK;
	} else {
		rc = cr_tile_hash_new(state->dirfd, state->size, &reader);
		if (rc == CR_OK)
			rc = cr_merkle_root(cr_tile_hash_subtree, reader,
			    since->size, &root);
	}
	if (rc == CR_EVERIFY && since->size < state->minimum)
		blame(state, CR_FAULT_MINIMUM, CR_FAULT_NO_INDEX, "minimum");
	else if (rc == CR_ENOMEM)
		blame(state, CR_FAULT_MEMORY, CR_FAULT_NO_INDEX, NULL);
	else if (rc != CR_OK)
		cr_verify_blame(state, rc, cr_tile_hash_fault(reader));
	else if (!cr_hash_equal(&root, &since->root))
		blame(state, CR_FAULT_FORK, CR_FAULT_NO_INDEX, "checkpoint");
	cr_tile_hash_free(&reader);
}

static int
open_since(const struct cr_verify_options *options,
    struct cr_checkpoint *ret_since, struct cr_log_fault *ret_fault)
{
	enum cr_fault_kind kind;
	int rc = cr_checkpoint_open(options->since, options->key,
	    cr_slice_of(options->origin), ret_since, &kind);

	return rc == CR_OK ? CR_OK : cr_fault_set(ret_fault, kind, 0,
	    CR_FAULT_NO_INDEX, "--since");
}

static int
verify(struct cr_verify_state *state, const struct cr_checkpoint *checkpoint,
    const struct cr_checkpoint *since)
{
	int rc = cr_minimum_read(state->dirfd, &state->minimum,
	    &state->fault);

	if (rc != CR_OK) {
		state->rc = rc;
		return rc;
	}
	if (state->minimum > state->size) {
		blame(state, CR_FAULT_MINIMUM, CR_FAULT_NO_INDEX, "minimum");
		state->minimum = 0;
	}
	state->report->minimum = state->minimum;
	rc = check_edge(state, &checkpoint->root);
	if (rc == CR_OK)
		rc = check_levels(state);
	if (rc == CR_OK)
		rc = cr_verify_records(state);
	if (rc != CR_OK) {	/* blamed, if it is not memory */
		blame(state, CR_FAULT_MEMORY, CR_FAULT_NO_INDEX, NULL);
		return state->rc;
	}
	if (!state->edge_ok)	/* and no single record is to blame */
		blame(state, CR_FAULT_ROOT, CR_FAULT_NO_INDEX, "checkpoint");
	if (since->origin.len > 0 && (state->rc == CR_OK ||
	    since->size > state->size))
		check_since(state, since, &checkpoint->root);
	if (state->rc == CR_OK)
		rc = cr_verify_files(state);
	if (rc != CR_OK)
		blame(state, CR_FAULT_IO, CR_FAULT_NO_INDEX, "tile");
	return state->rc;
}

int
cr_verify(const char *directory, const struct cr_verify_options *options,
    struct cr_verify_report *ret_report, struct cr_log_fault *ret_fault)
{
	struct cr_verify_state state = { .options = options,
		.report = ret_report };
	struct cr_checkpoint checkpoint, since = { .size = 0 };
	struct cr_file file = { 0 };
	int rc;

	*ret_report = (struct cr_verify_report){ 0 };
	state.dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state.dirfd < 0)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, "");
	/* first, so that a server that starts meanwhile takes nothing away */
	ret_report->live = cr_lock_is_held(state.dirfd);
	rc = cr_verify_checkpoint(state.dirfd, options->key, options->origin,
	    &file, &checkpoint, ret_fault);
	if (rc == CR_OK && options->since.len > 0)
		rc = open_since(options, &since, ret_fault);
	if (rc != CR_OK)
		goto out;
	state.size = ret_report->size = checkpoint.size;
	ret_report->root = checkpoint.root;
	ret_report->since_size = since.size;
	pthread_mutex_init(&state.mutex, NULL);
	rc = verify(&state, &checkpoint, &since);
	pthread_mutex_destroy(&state.mutex);
	if (rc != CR_OK && ret_fault != NULL)
		*ret_fault = state.fault;
out:
	cr_file_clear(&file);
	close(state.dirfd);
	return rc;
}
