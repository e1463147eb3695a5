/*
 * Base64 with padding (RFC 4648, 4): one text for one value, no other form
 * is taken.
 */
#ifndef CR_BASE64_H
#define CR_BASE64_H

#include "custreg/error.h"
#include "custreg/slice.h"

/* Characters for n bytes; the NUL is not counted. */
#define CR_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* ret_text has room for CR_BASE64_SIZE(len) and a NUL */
void cr_base64_encode(const void *bytes, size_t len, char *ret_text);

/* CR_ESYNTAX; *ret_len is at most size */
int cr_base64_decode(struct cr_slice text, void *ret_bytes, size_t size,
	size_t *ret_len) CR_WARN_UNUSED;

#endif
