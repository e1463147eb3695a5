#include "log/verify_impl.h"

#include <stdlib.h>

#include "log/wal_read.h"

struct replay {
	struct cr_verify_state *state;
	struct cr_verify_wal *wal;
	struct cr_bundle bundle;
	bool has_bundle;
};

static int
keep_hash(struct cr_verify_wal *wal, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	if (wal->count == wal->capacity) {
		const size_t capacity = wal->capacity * 2 + 1024;
		struct cr_hash *hashes = realloc(wal->hashes,
		    capacity * sizeof(*hashes));

		if (hashes == NULL)
			return cr_fault_set(ret_fault, CR_FAULT_MEMORY, 0,
			    CR_FAULT_NO_INDEX, NULL);
		wal->hashes = hashes;
		wal->capacity = capacity;
	}
	cr_leaf_hash(leaf, &wal->hashes[wal->count++]);
	return CR_OK;
}

static int
take_leaf(void *arg, uint64_t index, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	struct replay *replay = arg;
	const struct cr_verify_state *state = replay->state;
	const uint64_t number = index / CR_TILE_WIDTH;
	int rc;

	if (index >= state->size)
		return keep_hash(replay->wal, leaf, ret_fault);
	if (cr_verify_may_be_pruned(state, CR_LEVEL_ENTRIES, number))
		return CR_OK;
	if (!replay->has_bundle || replay->bundle.number != number) {
		rc = cr_bundle_read(state->dirfd, number, state->size,
		    &replay->bundle, ret_fault);
		replay->has_bundle = rc == CR_OK;
		if (rc != CR_OK)
			return rc;
	}
	return cr_slice_equal(leaf, cr_bundle_leaf(&replay->bundle,
	    (unsigned)(index % CR_TILE_WIDTH))) ? CR_OK :
	    cr_fault_set(ret_fault, CR_FAULT_WAL, 0, index, CR_WAL_DIR);
}

int
cr_verify_wal(struct cr_verify_state *state, struct cr_verify_wal *ret_wal)
{
	struct replay replay = { .state = state, .wal = ret_wal };
	struct cr_wal_found found = { .count = 0 };
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	int rc;

	if (state->report->live)
		return CR_OK;
	rc = cr_wal_replay(state->dirfd, state->size, take_leaf, &replay,
	    &found, &fault);
	cr_bundle_clear(&replay.bundle);
	cr_wal_found_clear(&found);
	state->report->waiting = ret_wal->count;
	if (rc == CR_OK || rc == CR_ENOMEM)
		return rc;
	cr_verify_blame(state, rc, &fault);
	return CR_OK;
}
