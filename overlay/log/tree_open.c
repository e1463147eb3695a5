#include "log/tree_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/file.h"
#include "log/tile_walk.h"

int
cr_minimum_read(int dirfd, uint64_t *ret_minimum,
    struct cr_log_fault *ret_fault)
{
	static const char name[] = "minimum";
	struct cr_file file = { 0 };
	struct cr_log_fault fault;
	uint64_t minimum = 0;
	int rc = cr_file_read(dirfd, name, 32, &file, &fault);

	if (rc == CR_EVERIFY && fault.kind == CR_FAULT_MISSING) {
		*ret_minimum = 0;
		return CR_OK;
	}
	if (rc != CR_OK) {
		if (ret_fault != NULL)
			*ret_fault = fault;
		return rc;
	}
	rc = CR_EVERIFY;
	if (file.len < 2 || file.bytes[file.len - 1] != '\n')
		goto out;
	for (size_t i = 0; i < file.len - 1; i++) {
		const unsigned digit = (unsigned char)file.bytes[i] - '0';

		if (digit > 9 || minimum > ((uint64_t)INT64_MAX - digit) / 10)
			goto out;
		minimum = minimum * 10 + digit;
	}
	*ret_minimum = minimum;
	rc = CR_OK;
out:
	cr_file_clear(&file);
	return rc == CR_OK ? CR_OK : cr_fault_set(ret_fault, CR_FAULT_MINIMUM,
	    0, CR_FAULT_NO_INDEX, name);
}

struct beyond {
	int dirfd;
	uint64_t tree_size;
};

static int
remove_found(void *arg, const struct cr_tile_found *found)
{
	const struct beyond *beyond = arg;

	if (!found->is_tile || found->width <= cr_tile_width(found->level,
	    found->n, beyond->tree_size))
		return 0;
	return unlinkat(beyond->dirfd, found->path, 0) == 0 ||
	    errno == ENOENT ? 0 : errno;
}

/*
 * What a crash left behind was not signed and comes again from the
 * write-ahead file.
 */
static int
remove_beyond(int dirfd, uint64_t tree_size)
{
	struct beyond beyond = { dirfd, tree_size };
	uint64_t from[CR_TILE_LEVELS + 1];

	for (unsigned l = 0; l <= CR_TILE_LEVELS; l++) {
		from[l] = cr_tile_count(l, tree_size);
		from[l] -= from[l] > 0 ? 1 : 0;
	}
	return cr_tile_walk(dirfd, from, remove_found, &beyond);
}

/* Is there a directory of this name with something in it? */
static bool
is_filled(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	bool filled = false;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return fd >= 0 || errno != ENOENT;
	}
	while (!filled && (entry = readdir(dir)) != NULL)
		filled = entry->d_name[0] != '.';
	closedir(dir);
	return filled;
}

static int
make_empty(struct cr_tree *tree, struct cr_log_fault *ret_fault)
{
	if (!cr_key_can_sign(tree->key) || is_filled(tree->dirfd, "tile") ||
	    is_filled(tree->dirfd, "wal"))
		return cr_fault_set(ret_fault, CR_FAULT_EMPTY, 0,
		    CR_FAULT_NO_INDEX, "checkpoint");
	return cr_tree_write_checkpoint(tree, ret_fault);
}

/* The size and root that were signed. */
static int
read_checkpoint(struct cr_tree *tree, struct cr_hash *ret_root,
    bool *ret_found, struct cr_log_fault *ret_fault)
{
	struct cr_file file = { 0 };
	struct cr_checkpoint checkpoint;
	struct cr_log_fault fault;
	enum cr_fault_kind kind;
	int rc = cr_file_read(tree->dirfd, "checkpoint", CR_NOTE_MAX, &file,
	    &fault);

	*ret_found = rc == CR_OK;
	if (rc != CR_OK) {
		if (fault.kind == CR_FAULT_MISSING)
			return CR_OK;
		if (ret_fault != NULL)
			*ret_fault = fault;
		return rc;
	}
	rc = cr_checkpoint_open(cr_file_slice(&file), tree->key,
	    cr_slice_of(tree->origin), &checkpoint, &kind);
	if (rc == CR_OK) {
		tree->size = tree->committed = checkpoint.size;
		*ret_root = checkpoint.root;
	} else {
		rc = cr_fault_set(ret_fault, kind, 0, CR_FAULT_NO_INDEX,
		    "checkpoint");
	}
	cr_file_clear(&file);
	return rc;
}

/* The partial tiles: with them the root can be told, and the tree grow. */
static int
read_edge(struct cr_tree *tree, struct cr_log_fault *ret_fault)
{
	for (unsigned l = 0; l < CR_TILE_LEVELS; l++) {
		struct cr_tree_level *level = &tree->levels[l];
		const unsigned bits = 8 * l + 8;
		const uint64_t n = bits < 64 ? tree->size >> bits : 0;
		int rc;

		if (cr_tile_width(l, n, tree->size) == 0)
			continue;
		rc = cr_tile_read(tree->dirfd, l, n, tree->size,
		    level->hashes, &level->width, ret_fault);
		if (rc != CR_OK)
			return rc;
		level->written = level->width;
	}
	return CR_OK;
}

/*
 * Where the last tile of a level is full it is not part of the edge; its hash
 * in the level above is.
 */
static int
check_full(const struct cr_tree *tree, struct cr_hash *ret_last,
    struct cr_log_fault *ret_fault)
{
	struct cr_hash hashes[CR_TILE_WIDTH];
	struct cr_hash folded;
	unsigned width;
	int rc;

	for (unsigned l = 0; l + 1 < CR_TILE_LEVELS &&
	    tree->levels[l].width == 0; l++) {
		const uint64_t n = (tree->size >> (8 * l + 8)) - 1;
		const uint64_t above = n / CR_TILE_WIDTH;

		rc = cr_tile_read(tree->dirfd, l, n, tree->size, hashes,
		    &width, ret_fault);
		if (rc != CR_OK)
			return rc;
		if (l == 0)
			memcpy(ret_last, hashes, sizeof(hashes));
		cr_merkle_fold(hashes, width, &folded);
		rc = cr_tile_read(tree->dirfd, l + 1, above, tree->size,
		    hashes, &width, ret_fault);
		if (rc != CR_OK)
			return rc;
		if (!cr_hash_equal(&hashes[n % CR_TILE_WIDTH], &folded)) {
			char path[CR_TILE_PATH_SIZE];

			cr_tile_path(l, n, CR_TILE_WIDTH, path);
			return cr_fault_set(ret_fault, CR_FAULT_TILE, 0,
			    n << (8 * l + 8), path);
		}
	}
	return CR_OK;
}

/* The last bundle against its tile; the partial one is kept to grow. */
static int
read_last_bundle(struct cr_tree *tree, struct cr_log_fault *ret_fault)
{
	struct cr_hash full[CR_TILE_WIDTH];
	const struct cr_hash *hashes = tree->levels[0].hashes;
	struct cr_bundle bundle = { 0 };
	uint64_t number, minimum;
	int rc;

	if (tree->size == 0)
		return CR_OK;
	number = (tree->size - 1) / CR_TILE_WIDTH;
	rc = cr_minimum_read(tree->dirfd, &minimum, ret_fault);
	if (rc != CR_OK)
		return rc;
	if (tree->levels[0].width == 0) {
		if (minimum >= tree->size)
			return CR_OK;
		rc = check_full(tree, full, ret_fault);
		if (rc != CR_OK)
			return rc;
		hashes = full;
	}
	rc = cr_bundle_read(tree->dirfd, number, tree->size, &bundle,
	    ret_fault);
	for (unsigned i = 0; rc == CR_OK && i < bundle.count; i++) {
		struct cr_hash hash;
		char path[CR_TILE_PATH_SIZE];

		cr_leaf_hash(cr_bundle_leaf(&bundle, i), &hash);
		if (cr_hash_equal(&hash, &hashes[i]))
			continue;
		cr_tile_path(CR_LEVEL_ENTRIES, number, bundle.count, path);
		rc = cr_fault_set(ret_fault, CR_FAULT_RECORD, 0,
		    number * CR_TILE_WIDTH + i, path);
	}
	if (rc == CR_OK && tree->levels[0].width > 0) {
		tree->bundle = bundle.bytes;
		tree->bundle_len = bundle.size;
		tree->bundle_capacity = bundle.capacity;
		tree->bundle_written = bundle.count;
		bundle = (struct cr_bundle){ 0 };
	}
	cr_bundle_clear(&bundle);
	return rc;
}

static int
check_root(const struct cr_tree *tree, const struct cr_hash *signed_root,
    struct cr_log_fault *ret_fault)
{
	struct cr_hash root;

	cr_tree_root(tree, &root);
	return cr_hash_equal(&root, signed_root) ? CR_OK :
	    cr_fault_set(ret_fault, CR_FAULT_ROOT, 0, CR_FAULT_NO_INDEX,
	    "checkpoint");
}

static int
open_existing(struct cr_tree *tree, const struct cr_hash *signed_root,
    struct cr_log_fault *ret_fault)
{
	int rc = read_edge(tree, ret_fault);
	int error;

	if (rc == CR_OK)
		rc = check_root(tree, signed_root, ret_fault);
	if (rc == CR_OK)
		rc = read_last_bundle(tree, ret_fault);
	if (rc != CR_OK || !cr_key_can_sign(tree->key))
		return rc;
	error = remove_beyond(tree->dirfd, tree->size);
	return error == 0 ? CR_OK : cr_file_fault(ret_fault, error, "tile");
}

int
cr_tree_open(const char *directory, const struct cr_key *key,
    const char *origin, struct cr_tree **ret_tree,
    struct cr_log_fault *ret_fault)
{
	struct cr_tree *tree = calloc(1, sizeof(*tree));
	struct cr_hash root;
	bool found = false;
	int rc = CR_EINTERNAL;

	if (tree == NULL)
		return cr_file_fault(ret_fault, ENOMEM, NULL);
	tree->key = key;
	tree->files_end = &tree->files;
	tree->dirfd = -1;
	tree->origin = strdup(origin != NULL && *origin != '\0' ? origin :
	    cr_key_name(key));
	if (tree->origin == NULL) {
		rc = cr_file_fault(ret_fault, ENOMEM, NULL);
		goto out;
	}
	tree->dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->dirfd < 0) {
		rc = cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, "");
		goto out;
	}
	rc = read_checkpoint(tree, &root, &found, ret_fault);
	if (rc == CR_OK)
		rc = found ? open_existing(tree, &root, ret_fault) :
		    make_empty(tree, ret_fault);
	if (rc != CR_OK)
		goto out;
	*ret_tree = tree;
	tree = NULL;
out:
	cr_tree_close(&tree);
	return rc;
}
