#include "log/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"

#define DASH "\xe2\x80\x94 "		/* U+2014, space */

enum { DASH_LEN = sizeof(DASH) - 1, ID_LEN = 4 };

/* UTF-8, and of the control characters only newlines */
static bool
is_note_text(struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\n')
			return false;
	}
	return cr_text_is_utf8(text);
}

int
cr_note_sign(struct cr_slice text, const struct cr_key *key, char **ret_note,
    size_t *ret_len)
{
	unsigned char bytes[ID_LEN + CR_ED25519_SIGNATURE_SIZE];
	char encoded[CR_BASE64_SIZE(sizeof(bytes)) + 1];
	const uint32_t id = cr_key_id(key);
	char *note = NULL;
	int len, rc;

	if (text.len == 0 || text.len > CR_NOTE_MAX / 2 ||
	    text.ptr[text.len - 1] != '\n' || !is_note_text(text))
		return CR_ESYNTAX;
	for (int i = 0; i < ID_LEN; i++)
		bytes[i] = (unsigned char)(id >> (24 - 8 * i));
	rc = cr_key_sign(key, text, bytes + ID_LEN);
	if (rc != CR_OK)
		return rc;
	cr_base64_encode(bytes, sizeof(bytes), encoded);
	len = asprintf(&note, "%.*s\n" DASH "%s %s\n", (int)text.len, text.ptr,
	    cr_key_name(key), encoded);
	if (len < 0)
		return CR_ENOMEM;
	*ret_note = note;
	*ret_len = (size_t)len;
	return CR_OK;
}

/* The text before the last empty line, and the lines after it. */
static bool
split_note(struct cr_slice note, struct cr_slice *ret_text,
    struct cr_slice *ret_signatures)
{
	for (size_t i = note.len; i-- > 1;) {
		if (note.ptr[i] != '\n' || note.ptr[i - 1] != '\n')
			continue;
		*ret_text = (struct cr_slice){ note.ptr, i };
		*ret_signatures = (struct cr_slice){ note.ptr + i + 1,
			note.len - i - 1 };
		return ret_signatures->len > 0 &&
		    note.ptr[note.len - 1] == '\n';
	}
	return false;
}

static bool
take_line(struct cr_slice *lines, struct cr_slice *ret_line)
{
	const char *end = lines->len > 0 ?
	    memchr(lines->ptr, '\n', lines->len) : NULL;

	if (end == NULL)
		return false;
	*ret_line = (struct cr_slice){ lines->ptr, (size_t)(end - lines->ptr) };
	lines->len -= ret_line->len + 1;
	lines->ptr = end + 1;
	return true;
}

struct signature {
	struct cr_slice name;
	struct cr_slice encoded;	/* id and signature */
	uint32_t id;
};

static bool
is_base64(struct cr_slice text)
{
	size_t pads = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char c = text.ptr[i];

		if (c == '=')
			pads++;
		else if (pads > 0 || !((c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    c == '+' || c == '/'))
			return false;
	}
	return text.len % 4 == 0 && pads <= 2;
}

/* Those of other kinds of keys may be much longer than ours. */
static bool
parse_signature(struct cr_slice line, struct signature *ret)
{
	unsigned char start[6];
	size_t len;

	if (line.len < DASH_LEN || memcmp(line.ptr, DASH, DASH_LEN) != 0)
		return false;
	ret->encoded = (struct cr_slice){ line.ptr + DASH_LEN,
		line.len - DASH_LEN };
	if (!cr_text_take_word(&ret->encoded, &ret->name) ||
	    !cr_key_name_is_valid(ret->name) || ret->encoded.len < 8 ||
	    !is_base64(ret->encoded) ||
	    cr_base64_decode((struct cr_slice){ ret->encoded.ptr, 8 }, start,
	    sizeof(start), &len) != CR_OK || len <= ID_LEN)
		return false;
	ret->id = (uint32_t)start[0] << 24 | (uint32_t)start[1] << 16 |
	    (uint32_t)start[2] << 8 | start[3];
	return true;
}

static int
check_signature(const struct signature *signature, const struct cr_key *key,
    struct cr_slice text)
{
	unsigned char bytes[ID_LEN + CR_ED25519_SIGNATURE_SIZE];
	size_t len;

	if (cr_base64_decode(signature->encoded, bytes, sizeof(bytes),
	    &len) != CR_OK || len != sizeof(bytes))
		return CR_EVERIFY;
	return cr_key_check(key, text, bytes + ID_LEN);
}

int
cr_note_open(struct cr_slice note, const struct cr_key *key,
    struct cr_slice *ret_text, enum cr_fault_kind *ret_kind)
{
	const struct cr_slice name = cr_slice_of(cr_key_name(key));
	struct cr_slice text, lines, line;
	struct signature signature;
	unsigned count = 0;
	bool signed_by_key = false;

	*ret_kind = CR_FAULT_NOTE;
	if (note.len > CR_NOTE_MAX || !is_note_text(note) ||
	    !split_note(note, &text, &lines))
		return CR_EVERIFY;
	while (take_line(&lines, &line)) {
		int rc;

		if (++count > CR_NOTE_SIGNATURES_MAX ||
		    !parse_signature(line, &signature)) {
			*ret_kind = CR_FAULT_NOTE;
			return CR_EVERIFY;
		}
		if (signature.id != cr_key_id(key) ||
		    !cr_slice_equal(signature.name, name))
			continue;
		rc = check_signature(&signature, key, text);
		if (rc != CR_OK) {
			*ret_kind = rc == CR_EVERIFY ? CR_FAULT_SIGNATURE :
			    CR_FAULT_MEMORY;
			return rc;
		}
		signed_by_key = true;
	}
	if (!signed_by_key) {
		*ret_kind = CR_FAULT_UNSIGNED;
		return CR_EVERIFY;
	}
	*ret_text = text;
	return CR_OK;
}

int
cr_checkpoint_parse(struct cr_slice text, struct cr_checkpoint *ret)
{
	struct cr_checkpoint found = { .size = 0 };
	struct cr_slice lines = text, line, size, root;
	size_t len;

	if (!take_line(&lines, &found.origin) || found.origin.len == 0 ||
	    !take_line(&lines, &size) || !take_line(&lines, &root) ||
	    size.len == 0 || (size.len > 1 && size.ptr[0] == '0'))
		return CR_ESYNTAX;
	for (size_t i = 0; i < size.len; i++) {
		const unsigned digit = (unsigned char)size.ptr[i] - '0';

		if (digit > 9 || found.size > ((uint64_t)INT64_MAX - digit) / 10)
			return CR_ESYNTAX;
		found.size = found.size * 10 + digit;
	}
	if (root.len != CR_BASE64_SIZE(CR_HASH_SIZE) ||
	    cr_base64_decode(root, found.root.bytes, CR_HASH_SIZE, &len) !=
	    CR_OK || len != CR_HASH_SIZE)
		return CR_ESYNTAX;
	found.extensions = lines;
	while (lines.len > 0) {
		if (!take_line(&lines, &line) || line.len == 0)
			return CR_ESYNTAX;
	}
	*ret = found;
	return CR_OK;
}

int
cr_checkpoint_sign(const struct cr_checkpoint *checkpoint,
    const struct cr_key *key, char **ret_note, size_t *ret_len)
{
	char root[CR_BASE64_SIZE(CR_HASH_SIZE) + 1];
	char *text = NULL;
	int len, rc;

	cr_base64_encode(checkpoint->root.bytes, CR_HASH_SIZE, root);
	len = asprintf(&text, "%.*s\n%" PRIu64 "\n%s\n%.*s",
	    (int)checkpoint->origin.len, checkpoint->origin.ptr,
	    checkpoint->size, root, (int)checkpoint->extensions.len,
	    checkpoint->extensions.len > 0 ? checkpoint->extensions.ptr : "");
	if (len < 0)
		return CR_ENOMEM;
	rc = cr_note_sign((struct cr_slice){ text, (size_t)len }, key,
	    ret_note, ret_len);
	free(text);
	return rc;
}

int
cr_checkpoint_open(struct cr_slice note, const struct cr_key *key,
    struct cr_slice origin, struct cr_checkpoint *ret,
    enum cr_fault_kind *ret_kind)
{
	struct cr_checkpoint found;
	struct cr_slice text;
	int rc = cr_note_open(note, key, &text, ret_kind);

	if (rc != CR_OK)
		return rc;
	*ret_kind = CR_FAULT_NOTE;
	if (cr_checkpoint_parse(text, &found) != CR_OK)
		return CR_EVERIFY;
	if (origin.len == 0)
		origin = cr_slice_of(cr_key_name(key));
	*ret_kind = CR_FAULT_ORIGIN;
	if (!cr_slice_equal(found.origin, origin))
		return CR_EVERIFY;
	*ret = found;
	return CR_OK;
}
