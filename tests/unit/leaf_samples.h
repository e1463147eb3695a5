/*
 * Leaves for the tests of what reads and writes them.
 */
#ifndef CR_TEST_LEAF_SAMPLES_H
#define CR_TEST_LEAF_SAMPLES_H

#include "log/leaf.h"

struct bytes {
	unsigned char *ptr;	/* the caller frees it */
	size_t len;
};

/* Leaves and what they look like in format 1, for good. */
extern const struct leaf_sample {
	const struct cr_leaf *leaf;
	const char *hex;
} leaf_samples[];

#define LEAF_SAMPLES 4

/* A point read as the overlay logs them: 40 bytes of reader. */
extern const struct cr_leaf leaf_point;
/* Everything there is. */
extern const struct cr_leaf leaf_whole;

/* Asserts that it can be done. */
struct bytes leaf_bytes(const struct cr_leaf *leaf);

struct cr_slice leaf_slice(struct bytes bytes);

/* The caller frees it. */
char *leaf_hex(struct bytes bytes);

void leaf_assert_same(const struct cr_leaf *a, const struct cr_leaf *b);

void leaf_assert_same_slice(struct cr_slice a, struct cr_slice b);

/* From a copy of exactly that length: a sanitizer sees a read past it. */
int leaf_decode_copy(struct bytes bytes, size_t len);

#endif
