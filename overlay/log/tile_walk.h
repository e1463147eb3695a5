/*
 * Goes through the files of a tile directory as they lie there, whatever a
 * tree says.
 */
#ifndef CR_LOG_TILE_WALK_H
#define CR_LOG_TILE_WALK_H

#include "log/tile.h"

struct cr_tile_found {
	bool is_tile;		/* false: no name that the standard has */
	unsigned level;		/* CR_LEVEL_ENTRIES: a bundle */
	uint64_t n;
	unsigned width;		/* 256: a full one */
	const char *path;	/* borrowed */
};

/* 0 goes on; anything else ends the walk and is its result. */
typedef int cr_tile_found_fn(void *arg, const struct cr_tile_found *found);

/*
 * Calls back for each file, in no order.  from, NULL or one number per level
 * and bundles, lets it skip directories that hold smaller numbers only; some
 * of them come nevertheless.  Errors of the directory are an errno.
 */
int cr_tile_walk(int dirfd, const uint64_t *from, cr_tile_found_fn *found,
	void *arg) CR_WARN_UNUSED;

#endif
