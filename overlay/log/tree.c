#include "log/tree_impl.h"

#include <stdlib.h>
#include <unistd.h>

uint64_t
cr_tree_size(const struct cr_tree *tree)
{
	return tree->size;
}

uint64_t
cr_tree_committed(const struct cr_tree *tree)
{
	return tree->committed;
}

uint32_t
cr_tree_last_offset(const struct cr_tree *tree)
{
	return tree->last_offset;
}

size_t
cr_tree_pending(const struct cr_tree *tree)
{
	return tree->pending + tree->bundle_len;
}

/*
 * The partial tiles from the lowest level up; what is below a level is one
 * more, unfinished, subtree at its right end.
 */
void
cr_tree_root(const struct cr_tree *tree, struct cr_hash *ret_root)
{
	struct cr_hash hashes[CR_TILE_WIDTH];
	struct cr_hash below;
	bool has_below = false;

	for (unsigned l = 0; l < CR_TILE_LEVELS; l++) {
		const struct cr_tree_level *level = &tree->levels[l];
		unsigned count = level->width;

		memcpy(hashes, level->hashes, count * sizeof(hashes[0]));
		if (has_below)
			hashes[count++] = below;
		if (count == 0)
			continue;
		cr_merkle_fold(hashes, count, &below);
		has_below = true;
	}
	if (has_below)
		*ret_root = below;
	else
		cr_empty_hash(ret_root);
}

static struct cr_tree_file *
file_new(unsigned level, uint64_t n, size_t len)
{
	struct cr_tree_file *file = malloc(sizeof(*file) + len);

	if (file != NULL)
		*file = (struct cr_tree_file){ .level = level, .n = n,
			.len = len };
	return file;
}

/* How many tiles one more leaf would fill, from level 0 up. */
static unsigned
count_filling(const struct cr_tree *tree)
{
	unsigned l = 0;

	while (l < CR_TILE_LEVELS &&
	    tree->levels[l].width == CR_TILE_WIDTH - 1)
		l++;
	return l;
}

static void
free_files(struct cr_tree_file *file)
{
	while (file != NULL) {
		struct cr_tree_file *next = file->next;

		free(file);
		file = next;
	}
}

/* Memory for all that one more leaf fills: bundle first, then the tiles. */
static int
alloc_filling(const struct cr_tree *tree, unsigned filling, size_t bundle_len,
    struct cr_tree_file **ret_files)
{
	struct cr_tree_file *files = NULL, **end = &files;

	for (unsigned i = 0; filling > 0 && i <= filling; i++) {
		const unsigned level = i == 0 ? CR_LEVEL_ENTRIES : i - 1;
		const unsigned bits = i == 0 ? 8 : 8 * i;

		*end = file_new(level,
		    bits < 64 ? tree->size >> bits : 0,
		    i == 0 ? bundle_len : sizeof(tree->levels[0].hashes));
		if (*end == NULL) {
			free_files(files);
			return CR_ENOMEM;
		}
		end = &(*end)->next;
	}
	*ret_files = files;
	return CR_OK;
}

static void
add_files(struct cr_tree *tree, struct cr_tree_file *files)
{
	*tree->files_end = files;
	for (; files != NULL; files = files->next) {
		tree->pending += files->len;
		tree->files_end = &files->next;
	}
}

/* Adds the hash to level 0; full tiles go to the files and one level up. */
static void
add_hash(struct cr_tree *tree, struct cr_hash hash,
    struct cr_tree_file *file)
{
	for (unsigned l = 0; l < CR_TILE_LEVELS; l++) {
		struct cr_tree_level *level = &tree->levels[l];

		level->hashes[level->width++] = hash;
		if (level->width < CR_TILE_WIDTH)
			break;
		memcpy(file->bytes, level->hashes, sizeof(level->hashes));
		cr_merkle_fold(level->hashes, CR_TILE_WIDTH, &hash);
		level->width = level->written = 0;
		file = file->next;
	}
}

static int
grow_bundle(struct cr_tree *tree, size_t need)
{
	size_t capacity = tree->bundle_capacity;
	unsigned char *bytes;

	if (need <= capacity)
		return CR_OK;
	capacity = capacity * 2 > need ? capacity * 2 : need;
	bytes = realloc(tree->bundle, capacity);
	if (bytes == NULL)
		return CR_ENOMEM;
	tree->bundle = bytes;
	tree->bundle_capacity = capacity;
	return CR_OK;
}

int
cr_tree_append(struct cr_tree *tree, struct cr_slice leaf)
{
	const unsigned filling = count_filling(tree);
	const size_t len = tree->bundle_len + 2 + leaf.len;
	struct cr_tree_file *files = NULL;
	struct cr_hash hash;
	unsigned char *at;
	int rc;

	if (leaf.len == 0 || leaf.len > CR_LEAF_MAX)
		return CR_EINTERNAL;
	rc = grow_bundle(tree, len);
	if (rc == CR_OK)
		rc = alloc_filling(tree, filling, len, &files);
	if (rc != CR_OK)
		return rc;
	at = tree->bundle + tree->bundle_len;
	at[0] = (unsigned char)(leaf.len >> 8);
	at[1] = (unsigned char)leaf.len;
	memcpy(at + 2, leaf.ptr, leaf.len);
	tree->last_offset = (uint32_t)tree->bundle_len + 2;
	tree->bundle_len = len;
	if (files != NULL) {
		memcpy(files->bytes, tree->bundle, len);
		tree->bundle_len = 0;
		tree->bundle_written = 0;
	}
	cr_leaf_hash(leaf, &hash);
	add_hash(tree, hash, files != NULL ? files->next : NULL);
	if (files != NULL)
		add_files(tree, files);
	tree->size++;
	return CR_OK;
}

void
cr_tree_close(struct cr_tree **tree)
{
	if (tree == NULL || *tree == NULL)
		return;
	free_files((*tree)->files);
	free((*tree)->dirs.paths);
	free((*tree)->bundle);
	free((*tree)->origin);
	if ((*tree)->dirfd >= 0)
		close((*tree)->dirfd);
	free(*tree);
	*tree = NULL;
}
