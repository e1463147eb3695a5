/*
 * UUIDs (RFC 4122): 16 bytes, and the text that entryUUID has.
 */
#ifndef CR_UUID_H
#define CR_UUID_H

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_UUID_BYTES 16
/* 36 characters and a NUL */
#define CR_UUID_TEXT_SIZE 37

/* 8-4-4-4-12 hexadecimal digits of either case; CR_ESYNTAX otherwise. */
int cr_uuid_parse(struct cr_slice text, unsigned char ret_uuid[CR_UUID_BYTES])
	CR_WARN_UNUSED;

/* In small letters. */
void cr_uuid_format(const unsigned char uuid[CR_UUID_BYTES],
	char ret_text[CR_UUID_TEXT_SIZE]);

#endif
