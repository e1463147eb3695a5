/*
 * A borrowed run of bytes: not NUL-terminated, never freed through this.
 * Whoever hands one out says how long it lives.
 */
#ifndef CUSTREG_SLICE_H
#define CUSTREG_SLICE_H

#include <stddef.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct cr_slice {
	const char *ptr;
	size_t len;
};

#define CR_SLICE_LITERAL(s) ((struct cr_slice){ (s), sizeof(s) - 1 })

static inline struct cr_slice
cr_slice_of(const char *text)
{
	return (struct cr_slice){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool
cr_slice_equal(struct cr_slice a, struct cr_slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case is ignored: LDAP descriptors and keywords (RFC 4512, 1.4). */
static inline bool
cr_slice_same_name(struct cr_slice a, struct cr_slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

#endif
