/*
 * A directory for one test of the read log, and leaves that tell their number.
 */
#ifndef CR_TEST_LOG_PLACE_H
#define CR_TEST_LOG_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "custreg/slice.h"
#include "log/log.h"

#define LOG_PLACE_SIZE 64

/* Below TMPDIR; the log itself is <base>/log. */
struct log_place {
	char base[LOG_PLACE_SIZE];
	char log[LOG_PLACE_SIZE + 8];
};

void log_place_init(struct log_place *dir);
/* With everything in it. */
void log_place_clear(struct log_place *dir);

/* "<directory>/<name>", in a buffer of its own for each of four calls. */
const char *log_place_path(const struct log_place *dir, const char *name);

void log_place_write(const char *path, const void *bytes, size_t len);
/* The whole file, allocated; the test ends when there is none. */
unsigned char *log_place_read(const char *path, size_t *ret_len);
void log_place_copy(const char *from, const char *to);

/* Settings with small segments and short waits. */
struct cr_log_settings log_place_settings(const struct log_place *dir);

/*
 * A leaf of `len` bytes (at least 16) that begins with a number and is filled
 * from it; so any part of it that is not right is found.
 */
struct cr_slice number_leaf(uint64_t number, size_t len,
	unsigned char bytes[65535]);
bool number_leaf_is(struct cr_slice leaf, uint64_t *ret_number);

/*
 * All leaves of the tree of a log that is closed, or of its last checkpoint:
 * their numbers in order, allocated.  The test ends when the tree does not
 * verify or a leaf is none of number_leaf()'s.
 */
uint64_t *log_place_leaves(const struct log_place *dir, size_t *ret_count);

#endif
