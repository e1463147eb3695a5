/*
 * The cryptography of the read log and of suppressions, all of it: SHA-256,
 * HMAC (RFC 2104), Ed25519 (RFC 8032), random bytes.  The rest of the code
 * never meets libcrypto.
 */
#ifndef CR_CRYPTO_H
#define CR_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_HASH_SIZE 32
#define CR_ED25519_SEED_SIZE 32
#define CR_ED25519_PUBLIC_SIZE 32
#define CR_ED25519_SIGNATURE_SIZE 64

struct cr_hash {
	unsigned char bytes[CR_HASH_SIZE];
};

static inline bool
cr_hash_equal(const struct cr_hash *a, const struct cr_hash *b)
{
	return memcmp(a->bytes, b->bytes, CR_HASH_SIZE) == 0;
}

/* SHA-256 of data.  Cannot fail; thread safe. */
void cr_sha256(struct cr_slice data, struct cr_hash *ret_hash);

/* SHA-256 of one byte and the data: what the trees of RFC 6962 are made of. */
void cr_sha256_tagged(unsigned char tag, struct cr_slice data,
	struct cr_hash *ret_hash);

/*
 * A key of HMAC-SHA-256, ready for use: as secret as the key itself, so
 * cr_cleanse() it.  Neither function can fail; thread safe once made.
 */
struct cr_hmac_key {
	uint32_t inner[8];
	uint32_t outer[8];
};

void cr_hmac_key_init(struct cr_slice key, struct cr_hmac_key *ret_key);
void cr_hmac_sha256(const struct cr_hmac_key *key, struct cr_slice data,
	struct cr_hash *ret_hash);

/* A key pair, or a public key alone.  Thread safe once made. */
struct cr_ed25519;

int cr_ed25519_make(struct cr_ed25519 **ret_key) CR_WARN_UNUSED;
int cr_ed25519_from_seed(
	const unsigned char seed[CR_ED25519_SEED_SIZE],
	struct cr_ed25519 **ret_key) CR_WARN_UNUSED;
int cr_ed25519_from_public(
	const unsigned char public_key[CR_ED25519_PUBLIC_SIZE],
	struct cr_ed25519 **ret_key) CR_WARN_UNUSED;
void cr_ed25519_free(struct cr_ed25519 **key);

int cr_ed25519_public(const struct cr_ed25519 *key,
	unsigned char ret_public[CR_ED25519_PUBLIC_SIZE]) CR_WARN_UNUSED;
/* CR_EACCESS when only the public half is there */
int cr_ed25519_seed(const struct cr_ed25519 *key,
	unsigned char ret_seed[CR_ED25519_SEED_SIZE]) CR_WARN_UNUSED;
bool cr_ed25519_can_sign(const struct cr_ed25519 *key);
int cr_ed25519_sign(const struct cr_ed25519 *key, struct cr_slice text,
	unsigned char ret_signature[CR_ED25519_SIGNATURE_SIZE])
	CR_WARN_UNUSED;
/* CR_OK only for a valid signature, CR_EVERIFY for another. */
int cr_ed25519_verify(const struct cr_ed25519 *key, struct cr_slice text,
	const unsigned char signature[CR_ED25519_SIGNATURE_SIZE])
	CR_WARN_UNUSED;

/* For keys: private bytes */
int cr_random_key(void *bytes, size_t len) CR_WARN_UNUSED;
int cr_random(void *bytes, size_t len) CR_WARN_UNUSED;
void cr_cleanse(void *bytes, size_t len);

#endif
