#include "unit/log_place.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/tree.h"

void
log_place_init(struct log_place *dir)
{
	const char *base = getenv("TMPDIR");
	int len = snprintf(dir->base, sizeof(dir->base),
	    "%s/custreg-log-", base != NULL ? base : "/tmp");

	ck_assert_int_lt(len + 6, (int)sizeof(dir->base));
	memset(dir->base + len, 'X', 6);
	dir->base[len + 6] = '\0';
	ck_assert_ptr_nonnull(mkdtemp(dir->base));
	(void)snprintf(dir->log, sizeof(dir->log), "%s/log", dir->base);
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

void
log_place_clear(struct log_place *dir)
{
	ck_assert_int_eq(nftw(dir->base, remove_one, 16, FTW_DEPTH |
	    FTW_PHYS), 0);
}

const char *
log_place_path(const struct log_place *dir, const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", dir->log, name);
	return path;
}

void
log_place_write(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

unsigned char *
log_place_read(const char *path, size_t *ret_len)
{
	struct stat st;
	unsigned char *bytes;
	FILE *file = fopen(path, "rb");

	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	bytes = malloc((size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)st.st_size, file),
	    (size_t)st.st_size);
	fclose(file);
	*ret_len = (size_t)st.st_size;
	return bytes;
}

void
log_place_copy(const char *from, const char *to)
{
	char command[1024];

	ck_assert_int_lt(snprintf(command, sizeof(command),
	    "cp -a '%s' '%s'", from, to), (int)sizeof(command));
	ck_assert_int_eq(system(command), 0);
}

struct cr_log_settings
log_place_settings(const struct log_place *dir)
{
	return (struct cr_log_settings){
		.directory = dir->log,
		.origin = "test.example/log",
		.wait_ms = 5000,
		.integrate_ms = 20,
		.segment_size = 256 << 10,
		.memory = 8 << 20
	};
}

static unsigned char
filling(uint64_t number, size_t i)
{
	return (unsigned char)((number * 131 + i * 7) >> (i % 3));
}

struct cr_slice
number_leaf(uint64_t number, size_t len, unsigned char bytes[65535])
{
	for (size_t i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(number >> 8 * i);
	for (size_t i = 8; i < len; i++)
		bytes[i] = filling(number, i);
	return (struct cr_slice){ (const char *)bytes, len };
}

bool
number_leaf_is(struct cr_slice leaf, uint64_t *ret_number)
{
	const unsigned char *bytes = (const unsigned char *)leaf.ptr;
	uint64_t number = 0;

	if (leaf.len < 16)
		return false;
	for (size_t i = 0; i < 8; i++)
		number |= (uint64_t)bytes[i] << 8 * i;
	for (size_t i = 8; i < leaf.len; i++) {
		if (bytes[i] != filling(number, i))
			return false;
	}
	*ret_number = number;
	return true;
}

uint64_t *
log_place_leaves(const struct log_place *dir, size_t *ret_count)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_bundle bundle = { .count = 0 };
	struct cr_tree *tree = NULL;
	struct cr_key *key = NULL;
	uint64_t size;
	uint64_t *numbers;
	int fd = open(dir->log, O_RDONLY | O_DIRECTORY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(cr_key_load(log_place_path(dir, "key"), &key, &fault),
	    CR_OK);
	ck_assert_msg(cr_tree_open(dir->log, key, "test.example/log", &tree,
	    &fault) == CR_OK, "%s: %s", fault.path, cr_fault_text(fault.kind));
	size = cr_tree_size(tree);
	numbers = calloc((size_t)size + 1, sizeof(*numbers));
	ck_assert_ptr_nonnull(numbers);
	for (uint64_t i = 0; i < size; i++) {
		if (i % CR_TILE_WIDTH == 0)
			ck_assert_int_eq(cr_bundle_read(fd,
			    i / CR_TILE_WIDTH, size, &bundle, &fault), CR_OK);
		ck_assert(number_leaf_is(cr_bundle_leaf(&bundle,
		    (unsigned)(i % CR_TILE_WIDTH)), &numbers[i]));
	}
	cr_bundle_clear(&bundle);
	cr_tree_close(&tree);
	cr_key_free(&key);
	close(fd);
	*ret_count = (size_t)size;
	return numbers;
}
