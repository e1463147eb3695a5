#include "log/note.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include "core/text.h"
#include "log/file.h"

enum { ALGORITHM_ED25519 = 1 };

static const char private_prefix[] = "PRIVATE+KEY+";

struct cr_key {
	char *name;
	uint32_t id;
	struct cr_ed25519 *pair;
};

/* White_Space of Unicode beyond ASCII, as UTF-8. */
static bool
has_wide_space(struct cr_slice name)
{
	static const char *const spaces[] = { "\xc2\x85", "\xc2\xa0",
		"\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80" };

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		if (memmem(name.ptr, name.len, spaces[i], strlen(spaces[i])))
			return true;
	}
	for (size_t i = 0; i + 2 < name.len; i++) {	/* U+2000 to U+200A */
		if (memcmp(name.ptr + i, "\xe2\x80", 2) == 0 &&
		    (unsigned char)name.ptr[i + 2] <= 0x8a)
			return true;
	}
	return false;
}

bool
cr_key_name_is_valid(struct cr_slice name)
{
	if (name.len == 0 || name.len > CR_KEY_NAME_MAX ||
	    !cr_text_is_utf8(name))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		const unsigned char c = (unsigned char)name.ptr[i];

		if (c <= ' ' || c == '+' || c == 0x7f)
			return false;
	}
	return !has_wide_space(name);
}

static int
set_id(struct cr_key *key)
{
	unsigned char bytes[CR_KEY_NAME_MAX + 2 + CR_ED25519_PUBLIC_SIZE];
	const size_t name_len = strlen(key->name);
	struct cr_hash hash;
	int rc;

	memcpy(bytes, key->name, name_len);
	bytes[name_len] = '\n';
	bytes[name_len + 1] = ALGORITHM_ED25519;
	rc = cr_ed25519_public(key->pair, bytes + name_len + 2);
	if (rc != CR_OK)
		return rc;
	cr_sha256((struct cr_slice){ (const char *)bytes,
	    name_len + 2 + CR_ED25519_PUBLIC_SIZE }, &hash);
	key->id = (uint32_t)hash.bytes[0] << 24 |
	    (uint32_t)hash.bytes[1] << 16 | (uint32_t)hash.bytes[2] << 8 |
	    hash.bytes[3];
	return CR_OK;
}

/* Takes the pair over, also when it fails. */
static int
key_new(struct cr_slice name, struct cr_ed25519 *pair,
    struct cr_key **ret_key)
{
	struct cr_key *key = calloc(1, sizeof(*key));
	int rc = CR_ENOMEM;

	if (key == NULL) {
		cr_ed25519_free(&pair);
		return CR_ENOMEM;
	}
	key->pair = pair;
	key->name = strndup(name.ptr, name.len);
	if (key->name != NULL)
		rc = set_id(key);
	if (rc != CR_OK) {
		cr_key_free(&key);
		return rc;
	}
	*ret_key = key;
	return CR_OK;
}

int
cr_key_make(struct cr_slice name, struct cr_key **ret_key)
{
	struct cr_ed25519 *pair = NULL;
	int rc;

	if (!cr_key_name_is_valid(name))
		return CR_ESYNTAX;
	rc = cr_ed25519_make(&pair);
	return rc == CR_OK ? key_new(name, pair, ret_key) : rc;
}

void
cr_key_free(struct cr_key **key)
{
	if (key == NULL || *key == NULL)
		return;
	cr_ed25519_free(&(*key)->pair);
	free((*key)->name);
	free(*key);
	*key = NULL;
}

static bool
parse_hex(struct cr_slice text, uint32_t *ret_id)
{
	uint32_t id = 0;

	if (text.len != 8)
		return false;
	for (size_t i = 0; i < 8; i++) {
		const char c = text.ptr[i];

		if (c >= '0' && c <= '9')
			id = id << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			id = id << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_id = id;
	return true;
}

/* <name>+<id>+<base64>: neither a name nor hex has a plus in it. */
static bool
split_key(struct cr_slice text, struct cr_slice part[3])
{
	for (int i = 0; i < 2; i++) {
		const char *plus = memchr(text.ptr, '+', text.len);

		if (plus == NULL)
			return false;
		part[i] = (struct cr_slice){ text.ptr,
			(size_t)(plus - text.ptr) };
		text.len -= part[i].len + 1;
		text.ptr = plus + 1;
	}
	part[2] = text;
	return true;
}

int
cr_key_parse(struct cr_slice text, struct cr_key **ret_key)
{
	unsigned char bytes[1 + CR_ED25519_SEED_SIZE];
	const size_t prefix_len = sizeof(private_prefix) - 1;
	struct cr_slice part[3];
	struct cr_ed25519 *pair = NULL;
	struct cr_key *key = NULL;
	bool private = false;
	uint32_t id;
	size_t len = 0;
	int rc = CR_ESYNTAX;

	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len >= prefix_len &&
	    memcmp(text.ptr, private_prefix, prefix_len) == 0) {
		private = true;
		text.ptr += prefix_len;
		text.len -= prefix_len;
	}
	if (text.len == 0 || !split_key(text, part) ||
	    !cr_key_name_is_valid(part[0]) || !parse_hex(part[1], &id) ||
	    cr_base64_decode(part[2], bytes, sizeof(bytes), &len) != CR_OK ||
	    len != sizeof(bytes) || bytes[0] != ALGORITHM_ED25519)
		goto out;
	rc = private ? cr_ed25519_from_seed(bytes + 1, &pair) :
	    cr_ed25519_from_public(bytes + 1, &pair);
	if (rc == CR_OK)
		rc = key_new(part[0], pair, &key);
	if (rc != CR_OK)
		goto out;
	if (key->id != id) {
		cr_key_free(&key);
		rc = CR_ESYNTAX;
		goto out;
	}
	*ret_key = key;
out:
	cr_cleanse(bytes, sizeof(bytes));
	return rc;
}

const char *
cr_key_name(const struct cr_key *key)
{
	return key->name;
}

uint32_t
cr_key_id(const struct cr_key *key)
{
	return key->id;
}

bool
cr_key_can_sign(const struct cr_key *key)
{
	return cr_ed25519_can_sign(key->pair);
}

int
cr_key_sign(const struct cr_key *key, struct cr_slice text,
    unsigned char ret_signature[CR_ED25519_SIGNATURE_SIZE])
{
	return cr_ed25519_sign(key->pair, text, ret_signature);
}

int
cr_key_check(const struct cr_key *key, struct cr_slice text,
    const unsigned char signature[CR_ED25519_SIGNATURE_SIZE])
{
	return cr_ed25519_verify(key->pair, text, signature);
}

static void
format_key(const struct cr_key *key, const char *prefix,
    unsigned char bytes[1 + CR_ED25519_SEED_SIZE], char *ret_text)
{
	int len = snprintf(ret_text, CR_KEY_TEXT_SIZE, "%s%s+%08x+", prefix,
	    key->name, key->id);

	bytes[0] = ALGORITHM_ED25519;
	cr_base64_encode(bytes, 1 + CR_ED25519_SEED_SIZE, ret_text + len);
	cr_cleanse(bytes, 1 + CR_ED25519_SEED_SIZE);
}

int
cr_key_verifier(const struct cr_key *key, char ret_text[CR_KEY_TEXT_SIZE])
{
	unsigned char bytes[1 + CR_ED25519_PUBLIC_SIZE];
	int rc = cr_ed25519_public(key->pair, bytes + 1);

	if (rc == CR_OK)
		format_key(key, "", bytes, ret_text);
	return rc;
}

int
cr_key_signer(const struct cr_key *key, char ret_text[CR_KEY_TEXT_SIZE])
{
	unsigned char bytes[1 + CR_ED25519_SEED_SIZE];
	int rc = cr_ed25519_seed(key->pair, bytes + 1);

	if (rc == CR_OK)
		format_key(key, private_prefix, bytes, ret_text);
	return rc;
}

int
cr_key_load(const char *path, struct cr_key **ret_key,
    struct cr_log_fault *ret_fault)
{
	struct cr_file file = { 0 };
	struct cr_key *key = NULL;
	int rc = cr_file_read(AT_FDCWD, path, CR_KEY_TEXT_SIZE + 1, &file,
	    ret_fault);

	if (rc != CR_OK)
		goto out;
	rc = cr_key_parse(cr_file_slice(&file), &key);
	if (rc == CR_OK && cr_key_can_sign(key) && (file.mode & 077) != 0)
		rc = CR_ESYNTAX;
	if (rc == CR_OK) {
		*ret_key = key;
		key = NULL;
	} else {
		rc = cr_fault_set(ret_fault, rc == CR_ENOMEM ?
		    CR_FAULT_MEMORY : CR_FAULT_KEY, 0, CR_FAULT_NO_INDEX,
		    path);
	}
out:
	if (file.bytes != NULL)
		cr_cleanse(file.bytes, file.len);
	cr_file_clear(&file);
	cr_key_free(&key);
	return rc;
}

int
cr_key_save(const struct cr_key *key, const char *path,
    struct cr_log_fault *ret_fault)
{
	char text[CR_KEY_TEXT_SIZE + 1];
	struct cr_slice bytes;
	int rc = cr_key_signer(key, text);

	if (rc != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_KEY, 0,
		    CR_FAULT_NO_INDEX, path);
	bytes = (struct cr_slice){ text, strlen(text) + 1 };
	text[bytes.len - 1] = '\n';
	rc = cr_file_make(path, bytes, ret_fault);
	cr_cleanse(text, sizeof(text));
	return rc;
}
