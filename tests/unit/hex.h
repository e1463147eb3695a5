/*
 * Bytes written as hexadecimal digits.
 */
#ifndef CR_TEST_HEX_H
#define CR_TEST_HEX_H

#include "custreg/slice.h"

struct bytes {
	unsigned char *data;	/* for free(); exactly as long: a read past */
	size_t len;		/* its end is seen */
};

/* Spaces may part what belongs together.  Stops the test on error. */
struct bytes hex_bytes(const char *hex);

/*
 * The example that a header gives: the digits at the start of the lines that
 * begin with " *" and a tab, after the line in which `after` stands; up to the
 * first other line.
 */
struct bytes hex_example(const char *header, const char *after);

struct bytes hex_copy(struct cr_slice of);

static inline struct cr_slice
hex_slice(struct bytes bytes)
{
	return (struct cr_slice){ (const char *)bytes.data, bytes.len };
}

#endif
