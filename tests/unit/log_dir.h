/*
 * Log directories for the tests: made, filled, looked at and removed.
 */
#ifndef CR_TEST_LOG_DIR_H
#define CR_TEST_LOG_DIR_H

#include "log/tree.h"

#define LOG_DIR_ORIGIN "log.example.fi/read"

struct log_dir {
	char path[64];
	struct cr_key *key;
	struct cr_tree *tree;
};

/* The leaf that stands at an index in each log made here. */
struct cr_slice log_dir_leaf(uint64_t index, char buffer[64]);

/* A temporary directory with a key and an open, empty tree. */
void log_dir_make(struct log_dir *log);
/* Appends up to a size, with a checkpoint at the end. */
void log_dir_grow(struct log_dir *log, uint64_t size);
/* Closes the tree and opens it again. */
void log_dir_reopen(struct log_dir *log);
/* The root of the first `size` leaves, hashed anew. */
void log_dir_root(uint64_t size, struct cr_hash *ret_root);
/* Closes and removes all of it. */
void log_dir_remove(struct log_dir *log);

/* Paths of plain files below a directory, sorted; free each and the list. */
char **log_dir_files(const char *path, size_t *ret_count);
/* A whole file; ends the test when it cannot be read or written. */
char *log_dir_read(const char *directory, const char *path, size_t *ret_len);
void log_dir_write(const char *directory, const char *path, const void *bytes,
	size_t len);

#endif
