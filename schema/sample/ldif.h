/*
 * LDIF (RFC 2849) to a file descriptor, in large writes.
 */
#ifndef CR_SAMPLE_LDIF_H
#define CR_SAMPLE_LDIF_H

#include <stdbool.h>
#include <stddef.h>

struct cr_ldif {
	int fd;
	bool failed; /* a write failed; errno is that of the first */
	int error;
	size_t len;
	char bytes[1 << 18];
};

void cr_ldif_init(struct cr_ldif *ldif, int fd);

/* Bytes as they are. */
void cr_ldif_text(struct cr_ldif *ldif, const char *text);

/* "attribute: value", in base64 where RFC 2849 wants it. */
void cr_ldif_value(struct cr_ldif *ldif, const char *attribute,
    const char *value);

/* Writes what is left; false when a write has failed, with errno set. */
bool cr_ldif_flush(struct cr_ldif *ldif);

/* *ret_text holds 4 * ((len + 2) / 3) + 1 characters. */
void cr_ldif_base64(const unsigned char *bytes, size_t len, char *ret_text);

#endif
