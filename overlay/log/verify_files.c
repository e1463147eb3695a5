/*
 * What lies in tile/ beside the files that the signed tree needs: partial ones
 * of earlier checkpoints, which are the start of what stands there now, and
 * what a commit that was cut off left beyond the tree.
 */
#include "log/verify_impl.h"

#include <stdlib.h>

#include "log/file.h"
#include "log/tile_walk.h"

struct files {
	struct cr_verify_state *state;
	struct cr_bundle bundle;
	struct cr_hash hashes[CR_TILE_WIDTH];
};

static int
blame(struct cr_verify_state *state, const struct cr_tile_found *found)
{
	struct cr_log_fault fault;
	const unsigned bits =
	    found->level == CR_LEVEL_ENTRIES ? 8 : 8 * found->level + 8;
	int rc = cr_fault_set(&fault, CR_FAULT_LEFTOVER, 0, !found->is_tile ||
	    bits >= 64 ? CR_FAULT_NO_INDEX : found->n << bits, found->path);

	cr_verify_blame(state, rc, &fault);
	return 0;
}

/* The bytes that a file of this tile and width has to have. */
static int
expected(struct files *files, const struct cr_tile_found *found,
    struct cr_slice *ret_bytes)
{
	struct cr_verify_state *state = files->state;
	unsigned width;
	int rc;

	if (found->level == CR_LEVEL_ENTRIES) {
		rc = cr_bundle_read(state->dirfd, found->n, state->size,
		    &files->bundle, NULL);
		if (rc == CR_OK)
			*ret_bytes = (struct cr_slice){
				(const char *)files->bundle.bytes,
				files->bundle.offsets[found->width] };
		return rc;
	}
	rc = cr_tile_read(state->dirfd, found->level, found->n, state->size,
	    files->hashes, &width, NULL);
	*ret_bytes = (struct cr_slice){ (const char *)files->hashes,
		found->width * sizeof(files->hashes[0]) };
	return rc;
}

/* Of an earlier checkpoint; a running server may take it away meanwhile. */
static int
check_start(struct files *files, const struct cr_tile_found *found)
{
	struct cr_verify_state *state = files->state;
	struct cr_log_fault fault;
	struct cr_file file = { 0 };
	struct cr_slice wanted;
	int rc = cr_file_read(state->dirfd, found->path, CR_BUNDLE_MAX, &file,
	    &fault);

	if (rc != CR_OK) {
		if (fault.kind == CR_FAULT_MISSING)
			return 0;
		cr_verify_blame(state, rc, &fault);
		return 0;
	}
	rc = expected(files, found, &wanted);
	if (rc == CR_OK && !cr_slice_equal(wanted, cr_file_slice(&file)))
		blame(state, found);
	cr_file_clear(&file);
	return rc == CR_ENOMEM ? rc : 0;
}

static int
look_at(void *arg, const struct cr_tile_found *found)
{
	struct files *files = arg;
	struct cr_verify_state *state = files->state;
	unsigned width;

	if (!found->is_tile)
		return blame(state, found);
	if (cr_verify_may_be_pruned(state, found->level, found->n))
		return 0;
	width = cr_tile_width(found->level, found->n, state->size);
	if (found->width > width)
		return state->report->live ? 0 : blame(state, found);
	return found->width == width ? 0 : check_start(files, found);
}

int
cr_verify_files(struct cr_verify_state *state)
{
	struct files *files = calloc(1, sizeof(*files));
	int rc;

	if (files == NULL)
		return CR_ENOMEM;
	files->state = state;
	rc = cr_tile_walk(state->dirfd, NULL, look_at, files);
	cr_bundle_clear(&files->bundle);
	free(files);
	return rc;
}
