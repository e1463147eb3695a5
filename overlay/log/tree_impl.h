/* What tree.c, tree_open.c and tree_write.c share. */
#ifndef CR_LOG_TREE_IMPL_H
#define CR_LOG_TREE_IMPL_H

#include "log/tree.h"

struct cr_tree_level {
	struct cr_hash hashes[CR_TILE_WIDTH];	/* of the partial tile */
	unsigned width;				/* 0 to 255 */
	unsigned written;			/* width of the file there is */
};

/* A full tile or bundle on its way to the disk. */
struct cr_tree_file {
	struct cr_tree_file *next;
	unsigned level;
	uint64_t n;
	size_t len;
	bool synced;
	unsigned char bytes[];
};

struct cr_tree_dirs {			/* to be synced */
	char (*paths)[CR_TILE_PATH_SIZE];
	size_t count, capacity;
};

struct cr_tree {
	int dirfd;
	const struct cr_key *key;	/* borrowed */
	char *origin;
	uint64_t size, committed;
	uint32_t last_offset;
	struct cr_tree_level levels[CR_TILE_LEVELS];
	unsigned char *bundle;		/* the partial one */
	size_t bundle_len, bundle_capacity;
	unsigned bundle_written;	/* leaves in the file there is */
	struct cr_tree_file *files;	/* oldest first */
	struct cr_tree_file **files_end;
	size_t pending;
	struct cr_tree_dirs dirs;
};

/* tree_write.c */
int cr_tree_write_checkpoint(struct cr_tree *tree,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;
/* Unlinks the partial files of tile n; it does not matter when it fails. */
void cr_tree_remove_partial(int dirfd, unsigned level, uint64_t n);

#endif
