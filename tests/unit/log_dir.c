#include "unit/log_dir.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

struct cr_slice
log_dir_leaf(uint64_t index, char buffer[64])
{
	int len = snprintf(buffer, 64, "leaf %llu %.*s",
	    (unsigned long long)index, (int)(index * 7 % 40),
	    "........................................");

	return (struct cr_slice){ buffer, (size_t)len };
}

void
log_dir_make(struct log_dir *log)
{
	struct cr_log_fault fault;

	snprintf(log->path, sizeof(log->path), "/tmp/custreg-tree-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(log->path));
	log->key = NULL;
	log->tree = NULL;
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL(LOG_DIR_ORIGIN),
	    &log->key), CR_OK);
	ck_assert_int_eq(cr_tree_open(log->path, log->key, "", &log->tree,
	    &fault), CR_OK);
}

void
log_dir_grow(struct log_dir *log, uint64_t size)
{
	struct cr_log_fault fault;
	char buffer[64];

	while (cr_tree_size(log->tree) < size)
		ck_assert_int_eq(cr_tree_append(log->tree, log_dir_leaf(
		    cr_tree_size(log->tree), buffer)), CR_OK);
	ck_assert_int_eq(cr_tree_commit(log->tree, &fault), CR_OK);
	ck_assert_uint_eq(cr_tree_committed(log->tree), size);
}

void
log_dir_reopen(struct log_dir *log)
{
	struct cr_log_fault fault = { 0 };
	int rc;

	cr_tree_close(&log->tree);
	rc = cr_tree_open(log->path, log->key, "", &log->tree, &fault);
	ck_assert_msg(rc == CR_OK, "%s: %s (record %llu)", fault.path,
	    cr_fault_text(fault.kind), (unsigned long long)fault.index);
}

void
log_dir_root(uint64_t size, struct cr_hash *ret_root)
{
	struct cr_hash *hashes = calloc(size + 1, sizeof(*hashes));
	char buffer[64];

	ck_assert_ptr_nonnull(hashes);
	for (uint64_t i = 0; i < size; i++)
		cr_leaf_hash(log_dir_leaf(i, buffer), &hashes[i]);
	if (size > 0)
		cr_merkle_fold(hashes, (unsigned)size, ret_root);
	else
		cr_empty_hash(ret_root);
	free(hashes);
}

void
log_dir_remove(struct log_dir *log)
{
	cr_tree_close(&log->tree);
	cr_key_free(&log->key);
	nftw(log->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char **found;
static size_t found_count;

static int
find_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (kind == FTW_F) {
		char **more = realloc(found,
		    (found_count + 1) * sizeof(*found));

		if (more == NULL)
			return -1;
		found = more;
		found[found_count++] = strdup(path);
	}
	return 0;
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
log_dir_files(const char *path, size_t *ret_count)
{
	found = NULL;
	found_count = 0;
	nftw(path, find_one, 16, FTW_PHYS);
	qsort(found, found_count, sizeof(*found), compare_paths);
	*ret_count = found_count;
	return found;
}

char *
log_dir_read(const char *directory, const char *path, size_t *ret_len)
{
	char whole[256], *bytes;
	struct stat st;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s%s", directory,
	    *directory != '\0' ? "/" : "", path);
	ck_assert_int_eq(stat(whole, &st), 0);
	bytes = malloc((size_t)st.st_size + 1);
	file = fopen(whole, "rb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)st.st_size, file),
	    (size_t)st.st_size);
	fclose(file);
	bytes[st.st_size] = '\0';
	*ret_len = (size_t)st.st_size;
	return bytes;
}

void
log_dir_write(const char *directory, const char *path, const void *bytes,
    size_t len)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s%s", directory,
	    *directory != '\0' ? "/" : "", path);
	file = fopen(whole, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
}
