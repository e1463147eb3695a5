#include "log/tile_hash.h"

#include <stdlib.h>

struct cached {
	uint64_t n;
	unsigned width;			/* 0: none */
	struct cr_hash hashes[CR_TILE_WIDTH];
};

struct cr_tile_hash {
	int dirfd;
	uint64_t tree_size;
	struct cr_log_fault fault;
	struct cached levels[CR_TILE_LEVELS];
};

int
cr_tile_hash_new(int dirfd, uint64_t tree_size,
    struct cr_tile_hash **ret_reader)
{
	struct cr_tile_hash *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return CR_ENOMEM;
	reader->dirfd = dirfd;
	reader->tree_size = tree_size;
	*ret_reader = reader;
	return CR_OK;
}

void
cr_tile_hash_free(struct cr_tile_hash **reader)
{
	if (reader == NULL)
		return;
	free(*reader);
	*reader = NULL;
}

const struct cr_log_fault *
cr_tile_hash_fault(const struct cr_tile_hash *reader)
{
	return &reader->fault;
}

int
cr_tile_hash_subtree(void *arg, unsigned level, uint64_t index,
    struct cr_hash *ret_hash)
{
	struct cr_tile_hash *reader = arg;
	const unsigned tile_level = level / 8, height = level % 8;
	const uint64_t first = index << height;
	const uint64_t n = first / CR_TILE_WIDTH;
	const unsigned at = (unsigned)(first % CR_TILE_WIDTH);
	const unsigned count = 1u << height;
	struct cr_hash hashes[CR_TILE_WIDTH / 2];
	struct cached *cached;
	int rc;

	if (tile_level >= CR_TILE_LEVELS ||
	    at + count > cr_tile_width(tile_level, n, reader->tree_size))
		return cr_fault_set(&reader->fault, CR_FAULT_UNKNOWN, 0,
		    CR_FAULT_NO_INDEX, NULL);
	cached = &reader->levels[tile_level];
	if (cached->width == 0 || cached->n != n) {
		cached->width = 0;
		rc = cr_tile_read(reader->dirfd, tile_level, n,
		    reader->tree_size, cached->hashes, &cached->width,
		    &reader->fault);
		if (rc != CR_OK)
			return rc;
		cached->n = n;
	}
	memcpy(hashes, &cached->hashes[at], count * sizeof(hashes[0]));
	cr_merkle_fold(hashes, count, ret_hash);
	return CR_OK;
}
