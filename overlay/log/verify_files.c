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
	struct cr_verify_wal wal;
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

/*
 * Cut off before its checkpoint: what is there of the file, but for a tail
 * that is not or is zero, is made of leaves that wait in the write-ahead file.
 */
static bool
is_rest(struct cr_slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] != '\0')
			return false;
	}
	return true;
}

static bool
is_waiting(const struct files *files, uint64_t index,
    const struct cr_hash *hash)
{
	const uint64_t size = files->state->size;

	/* below the size the full file repeats what was looked at */
	return index < size || (index - size < files->wal.count &&
	    cr_hash_equal(hash, &files->wal.hashes[index - size]));
}

static bool
bundle_follows(struct files *files, const struct cr_tile_found *found,
    struct cr_slice bytes)
{
	struct cr_bundle *bundle = &files->bundle;
	unsigned count;
	size_t end;
	bool whole = cr_bundle_parse(bytes, bundle, &count) == CR_OK;

	for (unsigned i = 0; i < count; i++) {
		const size_t at = bundle->offsets[i] + 2u;
		struct cr_hash hash;

		cr_leaf_hash((struct cr_slice){ bytes.ptr + at,
		    bundle->offsets[i + 1] - at }, &hash);
		if (!is_waiting(files, found->n * CR_TILE_WIDTH + i, &hash))
			return false;
	}
	end = bundle->offsets[count];
	return whole || count < found->width ||
	    is_rest((struct cr_slice){ bytes.ptr + end, bytes.len - end });
}

static bool
tile_follows(const struct files *files, const struct cr_tile_found *found,
    struct cr_slice bytes)
{
	const size_t count = bytes.len / CR_HASH_SIZE;

	for (size_t i = 0; i < count; i++) {
		const struct cr_slice rest = { bytes.ptr + i * CR_HASH_SIZE,
			bytes.len - i * CR_HASH_SIZE };
		struct cr_hash hash;

		memcpy(hash.bytes, rest.ptr, CR_HASH_SIZE);
		if (!is_waiting(files, found->n * CR_TILE_WIDTH + i, &hash))
			return is_rest(rest);
	}
	return true;
}

static int
check_beyond(struct files *files, const struct cr_tile_found *found)
{
	struct cr_verify_state *state = files->state;
	struct cr_file file = { 0 };
	bool follows;
	int rc = cr_file_read(state->dirfd, found->path, CR_BUNDLE_MAX, &file,
	    NULL);

	if (rc == CR_ENOMEM)
		return rc;
	follows = rc == CR_OK && files->wal.count > 0;
	if (follows && found->level == CR_LEVEL_ENTRIES)
		follows = bundle_follows(files, found, cr_file_slice(&file));
	else if (follows && found->level == 0)
		follows = tile_follows(files, found, cr_file_slice(&file));
	cr_file_clear(&file);
	return follows ? 0 : blame(state, found);
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
		return state->report->live ? 0 : check_beyond(files, found);
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
	rc = cr_verify_wal(state, &files->wal);
	if (rc == CR_OK && state->rc == CR_OK)
		rc = cr_tile_walk(state->dirfd, NULL, look_at, files);
	cr_bundle_clear(&files->bundle);
	free(files->wal.hashes);
	free(files);
	return rc;
}
