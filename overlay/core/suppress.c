#include "suppress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base64.h"

struct cr_suppress_key {
	struct cr_hmac_key hmac;
	uint32_t id;
};

static const char *const kinds[CR_FACTOR_KINDS] = { "", "mail", "phone",
	"number" };

enum { LABEL_MAX = 32 };

/* HMAC(key, label NUL text), for a text that is not long */
static void
hash_labelled(const struct cr_hmac_key *key, const char *label,
    struct cr_slice text, struct cr_hash *ret_hash)
{
	char bytes[LABEL_MAX + CR_NORMAL_MAX];
	size_t len = strlen(label) + 1;

	memcpy(bytes, label, len);
	if (text.len > 0)
		memcpy(bytes + len, text.ptr, text.len);
	len += text.len;
	cr_hmac_sha256(key, (struct cr_slice){ bytes, len }, ret_hash);
	cr_cleanse(bytes, len);
}

/* A suffix can be of any length: its hash stands for it. */
static void
derive(const unsigned char secret[CR_SUPPRESS_SECRET_SIZE],
    struct cr_slice register_name, struct cr_hmac_key *ret_key)
{
	struct cr_hmac_key master;
	struct cr_hash name, bytes;

	cr_sha256(register_name, &name);
	cr_hmac_key_init((struct cr_slice){ (const char *)secret,
	    CR_SUPPRESS_SECRET_SIZE }, &master);
	hash_labelled(&master, "custreg suppression 1",
	    (struct cr_slice){ (const char *)name.bytes, CR_HASH_SIZE },
	    &bytes);
	cr_hmac_key_init((struct cr_slice){ (const char *)bytes.bytes,
	    CR_HASH_SIZE }, ret_key);
	cr_cleanse(&master, sizeof(master));
	cr_cleanse(&bytes, sizeof(bytes));
}

int
cr_suppress_key_new(const unsigned char secret[CR_SUPPRESS_SECRET_SIZE],
    struct cr_slice register_name, struct cr_suppress_key **ret_key)
{
	struct cr_suppress_key *key = calloc(1, sizeof(*key));
	struct cr_hash id;

	if (key == NULL)
		return CR_ENOMEM;
	derive(secret, register_name, &key->hmac);
	hash_labelled(&key->hmac, "id", (struct cr_slice){ NULL, 0 }, &id);
	for (size_t i = 0; i < sizeof(key->id); i++)
		key->id = key->id << 8 | id.bytes[i];
	*ret_key = key;
	return CR_OK;
}

void
cr_suppress_key_free(struct cr_suppress_key **key)
{
	if (key == NULL || *key == NULL)
		return;
	cr_cleanse(*key, sizeof(**key));
	free(*key);
	*key = NULL;
}

uint32_t
cr_suppress_key_id(const struct cr_suppress_key *key)
{
	return key->id;
}

int
cr_suppress_hash(const struct cr_suppress_key *key, enum cr_factor_kind kind,
    struct cr_slice value, struct cr_keyed_hash *ret_hash)
{
	struct cr_normal normal;
	int rc = cr_normalise(kind, value, &normal);

	if (rc != CR_OK)
		return rc;
	ret_hash->kind = kind;
	ret_hash->key_id = key->id;
	hash_labelled(&key->hmac, kinds[kind],
	    (struct cr_slice){ normal.text, normal.len }, &ret_hash->hash);
	cr_cleanse(&normal, sizeof(normal));
	return CR_OK;
}

const char *
cr_factor_text(enum cr_factor_kind kind)
{
	return kinds[kind];
}

void
cr_keyed_hash_format(const struct cr_keyed_hash *hash,
    char ret_text[CR_KEYED_HASH_SIZE])
{
	int len = snprintf(ret_text, CR_KEYED_HASH_SIZE, "%s:%08" PRIx32 ":",
	    kinds[hash->kind], hash->key_id);

	cr_base64_encode(hash->hash.bytes, CR_HASH_SIZE, ret_text + len);
}

static bool
parse_id(struct cr_slice text, uint32_t *ret_id)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t id = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *at = memchr(digits, text.ptr[i], 16);

		if (at == NULL)
			return false;
		id = id << 4 | (uint32_t)(at - digits);
	}
	*ret_id = id;
	return true;
}

int
cr_keyed_hash_parse(struct cr_slice text, struct cr_keyed_hash *ret_hash)
{
	struct cr_keyed_hash hash = { .kind = CR_FACTOR_NONE };
	struct cr_slice rest;
	size_t len;

	for (int i = CR_FACTOR_NONE + 1; i < CR_FACTOR_KINDS; i++) {
		len = strlen(kinds[i]);
		if (text.len > len && text.ptr[len] == ':' &&
		    memcmp(text.ptr, kinds[i], len) == 0)
			hash.kind = (enum cr_factor_kind)i;
	}
	if (hash.kind == CR_FACTOR_NONE)
		return CR_ESYNTAX;
	len = strlen(kinds[hash.kind]) + 1;
	rest = (struct cr_slice){ text.ptr + len, text.len - len };
	if (rest.len != 8 + 1 + CR_BASE64_SIZE(CR_HASH_SIZE) ||
	    rest.ptr[8] != ':' || !parse_id((struct cr_slice){ rest.ptr, 8 },
	    &hash.key_id) || cr_base64_decode((struct cr_slice){ rest.ptr + 9,
	    rest.len - 9 }, hash.hash.bytes, CR_HASH_SIZE, &len) != CR_OK ||
	    len != CR_HASH_SIZE)
		return CR_ESYNTAX;
	*ret_hash = hash;
	return CR_OK;
}

int
cr_factors_add(struct cr_factors *factors, const struct cr_suppress_key *key,
    enum cr_factor_kind kind, struct cr_slice value, bool brought)
{
	struct cr_factor factor = { .brought = brought };

	if (cr_suppress_hash(key, kind, value, &factor.hash) != CR_OK)
		return CR_OK;
	for (size_t i = 0; i < factors->count; i++) {
		struct cr_factor *other = &factors->items[i];

		if (cr_keyed_hash_equal(&other->hash, &factor.hash)) {
			other->brought = other->brought && brought;
			return CR_OK;
		}
	}
	if (factors->count == CR_FACTORS_MAX)
		return CR_ELIMIT;
	factors->items[factors->count++] = factor;
	return CR_OK;
}

static bool
has_hash(const struct cr_keyed_hash *hashes, size_t count,
    const struct cr_keyed_hash *hash)
{
	for (size_t i = 0; i < count; i++) {
		if (cr_keyed_hash_equal(&hashes[i], hash))
			return true;
	}
	return false;
}

enum cr_match
cr_suppress_match(const struct cr_factors *factors,
    const struct cr_keyed_hash *hashes, size_t count, unsigned *ret_kinds)
{
	unsigned found = 0;
	bool brought = false;

	for (size_t i = 0; i < factors->count; i++) {
		const struct cr_factor *factor = &factors->items[i];

		if (!has_hash(hashes, count, &factor->hash))
			continue;
		found |= 1u << factor->hash.kind;
		brought = brought || factor->brought;
	}
	if (ret_kinds != NULL)
		*ret_kinds = found;
	if (found == 0 || !brought)
		return CR_MATCH_NONE;
	return (found & (found - 1)) != 0 ? CR_MATCH_PERSON : CR_MATCH_ONE;
}
