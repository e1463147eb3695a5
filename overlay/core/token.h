/*
 * Opaque tokens: what slapd would show a client (the paged-results cookie is
 * an entry ID) is sealed with AES-256-GCM under a key that lives as long as
 * the process, so that it says nothing and cannot be made up.
 */
#ifndef CR_TOKEN_H
#define CR_TOKEN_H

#include <stddef.h>

#include "custreg/error.h"

#define CR_TOKEN_PLAIN_MAX 64
#define CR_TOKEN_OVERHEAD (12 + 16)	/* nonce, tag */
#define CR_TOKEN_MAX (CR_TOKEN_PLAIN_MAX + CR_TOKEN_OVERHEAD)

struct cr_token_key;

int cr_token_key_new(struct cr_token_key **ret_key) CR_WARN_UNUSED;
void cr_token_key_free(struct cr_token_key **key);	/* cleanses */

/* *ret_len is plain_len + CR_TOKEN_OVERHEAD.  Thread safe. */
int cr_token_seal(const struct cr_token_key *key, const void *plain,
	size_t plain_len, unsigned char ret_token[CR_TOKEN_MAX],
	size_t *ret_len) CR_WARN_UNUSED;

/* CR_EPROTO for anything this key did not seal. */
int cr_token_open(const struct cr_token_key *key, const void *token,
	size_t token_len, unsigned char ret_plain[CR_TOKEN_PLAIN_MAX],
	size_t *ret_len) CR_WARN_UNUSED;

#endif
