#include "crash/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/tile.h"
#include "log/wal_read.h"

#define TRIES 400

struct reading {
	uint64_t next;
	cr_record_fn *fn;
	void *arg;
	struct cr_leaf_space space;
};

static void
give(struct reading *reading, struct cr_slice bytes)
{
	struct cr_leaf leaf;

	cr_must(cr_leaf_decode(bytes, &reading->space, &leaf) == CR_OK);
	reading->fn(reading->arg, reading->next++, &leaf);
}

uint64_t
cr_records_signed(const char *dir)
{
	struct cr_text text =
	    cr_text_of_file(cr_keep_text("%s/checkpoint", dir));
	const char *line = strchr(text.bytes, '\n');

	return line == NULL ? 0 : strtoull(line + 1, NULL, 10);
}

static void
read_tree(struct reading *reading, int dirfd, uint64_t size)
{
	struct cr_bundle bundle = { 0 };

	while (reading->next < size) {
		struct cr_log_fault fault;
		unsigned i = (unsigned)(reading->next % CR_TILE_WIDTH);

		cr_must(cr_bundle_read(dirfd, reading->next / CR_TILE_WIDTH,
			    size, &bundle, &fault) == CR_OK);
		for (; i < bundle.count; i++)
			give(reading, cr_bundle_leaf(&bundle, i));
	}
	cr_bundle_clear(&bundle);
}

static int
waiting(void *arg, uint64_t index, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	struct reading *reading = arg;

	(void)ret_fault;
	if (index == reading->next)
		give(reading, leaf);
	return index < reading->next ? CR_OK : CR_ELOG;
}

/* While slapd integrates, what was in the one place moves to the other. */
uint64_t
cr_records_read(const char *dir, uint64_t from, cr_record_fn *fn, void *arg)
{
	struct reading reading = { .next = from, .fn = fn, .arg = arg };
	int rc = CR_ELOG;
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_msg(dirfd >= 0, "no read log in %s", dir);
	for (int i = 0; i < TRIES && rc != CR_OK; i++) {
		struct cr_wal_found found = { 0 };
		struct cr_log_fault fault = { 0 };
		uint64_t size = cr_records_signed(dir);

		read_tree(&reading, dirfd, size);
		rc = cr_wal_replay(dirfd, size, waiting, &reading, &found,
		    &fault);
		cr_wal_found_clear(&found);
		if (rc == CR_OK && cr_records_signed(dir) > reading.next)
			rc = CR_ELOG;
		if (rc != CR_OK)
			(void)usleep(1000);
	}
	(void)close(dirfd);
	cr_leaf_space_clear(&reading.space);
	ck_assert_msg(rc == CR_OK, "the read log does not read (%d)", rc);
	return reading.next;
}

bool
cr_records_reference(const struct cr_leaf *leaf, uint32_t *ret_number)
{
	uint32_t number = 0;

	if (leaf->reference.len != 8 || leaf->reference.ptr[0] != 'R')
		return false;
	for (size_t i = 1; i < 8; i++) {
		char c = leaf->reference.ptr[i];

		if (c >= '0' && c <= '9')
			number = number << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			number = number << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_number = number;
	return true;
}

char *
cr_records_edge(const char *dir, unsigned level)
{
	uint64_t size = cr_records_signed(dir);
	unsigned tree_level = level == CR_LEVEL_ENTRIES ? 0 : level;
	uint64_t n = cr_tile_count(tree_level, size) - 1;
	char path[CR_TILE_PATH_SIZE];

	cr_tile_path(level, n, cr_tile_width(tree_level, n, size), path);
	return cr_keep_text("%s", path);
}

void
cr_records_flip(const char *path, off_t at)
{
	unsigned char byte;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	if (at < 0)
		at += lseek(fd, 0, SEEK_END);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	(void)close(fd);
}
