#include "token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define KEY_SIZE 32
#define NONCE_SIZE 12
#define TAG_SIZE 16

struct cr_token_key {
	unsigned char bytes[KEY_SIZE];
};

int
cr_token_key_new(struct cr_token_key **ret_key)
{
	struct cr_token_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return CR_ENOMEM;
	if (RAND_bytes(key->bytes, sizeof(key->bytes)) != 1) {
		free(key);
		return CR_EINTERNAL;
	}
	*ret_key = key;
	return CR_OK;
}

void
cr_token_key_free(struct cr_token_key **key)
{
	if (key == NULL || *key == NULL)
		return;
	OPENSSL_cleanse(*key, sizeof(**key));
	free(*key);
	*key = NULL;
}

/*
 * The nonce is random: a process would have to seal 2^32 tokens under its key
 * before two were the same with a chance of 2^-32 (NIST SP 800-38D, 8.3).
 */
int
cr_token_seal(const struct cr_token_key *key, const void *plain,
    size_t plain_len, unsigned char ret_token[CR_TOKEN_MAX], size_t *ret_len)
{
	unsigned char *sealed = ret_token + NONCE_SIZE;
	EVP_CIPHER_CTX *ctx = NULL;
	int rc = CR_EINTERNAL;
	int len;

	if (plain_len > CR_TOKEN_PLAIN_MAX)
		return CR_EINTERNAL;
	if (RAND_bytes(ret_token, NONCE_SIZE) != 1)
		return CR_EINTERNAL;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return CR_ENOMEM;
	if (EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes,
	    ret_token) != 1)
		goto out;
	if (plain_len > 0 && EVP_EncryptUpdate(ctx, sealed, &len, plain,
	    (int)plain_len) != 1)
		goto out;
	if (EVP_EncryptFinal_ex(ctx, sealed + plain_len, &len) != 1)
		goto out;
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
	    sealed + plain_len) != 1)
		goto out;
	*ret_len = plain_len + CR_TOKEN_OVERHEAD;
	rc = CR_OK;
out:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int
cr_token_open(const struct cr_token_key *key, const void *token,
    size_t token_len, unsigned char ret_plain[CR_TOKEN_PLAIN_MAX],
    size_t *ret_len)
{
	const unsigned char *nonce = token;
	unsigned char plain[CR_TOKEN_PLAIN_MAX];
	unsigned char tag[TAG_SIZE];
	EVP_CIPHER_CTX *ctx = NULL;
	size_t plain_len;
	int rc = CR_EINTERNAL;
	int len;

	if (token_len < CR_TOKEN_OVERHEAD || token_len > CR_TOKEN_MAX)
		return CR_EPROTO;
	plain_len = token_len - CR_TOKEN_OVERHEAD;
	memcpy(tag, nonce + token_len - TAG_SIZE, TAG_SIZE);
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return CR_ENOMEM;
	if (EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes,
	    nonce) != 1)
		goto out;
	if (plain_len > 0 && EVP_DecryptUpdate(ctx, plain, &len,
	    nonce + NONCE_SIZE, (int)plain_len) != 1)
		goto out;
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) != 1)
		goto out;
	/* only here is it known that the bytes are what was sealed */
	if (EVP_DecryptFinal_ex(ctx, plain + plain_len, &len) != 1) {
		rc = CR_EPROTO;
		goto out;
	}
	memcpy(ret_plain, plain, plain_len);
	*ret_len = plain_len;
	rc = CR_OK;
out:
	OPENSSL_cleanse(plain, sizeof(plain));
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}
