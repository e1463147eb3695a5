#include "log/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/tile_hash.h"

static const char header[] = "c2sp.org/tlog-proof@v1\n";

enum { LINE_SIZE = CR_BASE64_SIZE(CR_HASH_SIZE) + 1 };

static int
reader_fault(struct cr_tile_hash *reader, struct cr_log_fault *ret_fault)
{
	const struct cr_log_fault *fault = cr_tile_hash_fault(reader);

	return cr_fault_set(ret_fault, fault->kind, fault->error,
	    fault->index, fault->path);
}

static int
format(const char *start, const struct cr_proof *proof, struct cr_slice note,
    char **ret_text, struct cr_log_fault *ret_fault)
{
	const size_t start_len = strlen(start);
	char *text = malloc(start_len + (size_t)proof->count * LINE_SIZE + 1 +
	    note.len + 1);
	char *at = text;

	if (text == NULL)
		return cr_fault_set(ret_fault, CR_FAULT_MEMORY, 0,
		    CR_FAULT_NO_INDEX, NULL);
	memcpy(at, start, start_len);
	at += start_len;
	for (unsigned i = 0; i < proof->count; i++) {
		cr_base64_encode(proof->hashes[i].bytes, CR_HASH_SIZE, at);
		at += LINE_SIZE;
		at[-1] = '\n';
	}
	*at++ = '\n';
	memcpy(at, note.ptr, note.len);
	at[note.len] = '\0';
	*ret_text = text;
	return CR_OK;
}

int
cr_proof_inclusion(int dirfd, struct cr_slice note,
    const struct cr_checkpoint *checkpoint, uint64_t index, char **ret_text,
    struct cr_log_fault *ret_fault)
{
	struct cr_tile_hash *reader = NULL;
	struct cr_proof proof;
	struct cr_hash leaf_hash;
	char start[sizeof(header) + 32];
	int rc;

	if (index >= checkpoint->size)
		return cr_fault_set(ret_fault, CR_FAULT_MISSING, 0, index,
		    NULL);
	if (cr_tile_hash_new(dirfd, checkpoint->size, &reader) != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_MEMORY, 0,
		    CR_FAULT_NO_INDEX, NULL);
	rc = cr_tile_hash_subtree(reader, 0, index, &leaf_hash);
	if (rc == CR_OK)
		rc = cr_merkle_inclusion(cr_tile_hash_subtree, reader, index,
		    checkpoint->size, &proof);
	if (rc != CR_OK)
		rc = reader_fault(reader, ret_fault);
	cr_tile_hash_free(&reader);
	if (rc != CR_OK)
		return rc;
	if (cr_merkle_check_inclusion(&proof, index, checkpoint->size,
	    &leaf_hash, &checkpoint->root) != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_ROOT, 0, index,
		    NULL);
	snprintf(start, sizeof(start), "%sindex %" PRIu64 "\n", header,
	    index);
	return format(start, &proof, note, ret_text, ret_fault);
}

int
cr_proof_extends(int dirfd, const struct cr_checkpoint *checkpoint,
    const struct cr_checkpoint *since, struct cr_proof *ret_proof,
    struct cr_log_fault *ret_fault)
{
	struct cr_tile_hash *reader = NULL;
	struct cr_hash empty;
	int rc;

	ret_proof->count = 0;
	if (since->size > checkpoint->size)
		return cr_fault_set(ret_fault, CR_FAULT_ROLLBACK, 0,
		    checkpoint->size, NULL);
	if (since->size == 0) {
		cr_empty_hash(&empty);
		return cr_hash_equal(&empty, &since->root) ? CR_OK :
		    cr_fault_set(ret_fault, CR_FAULT_FORK, 0,
		    CR_FAULT_NO_INDEX, NULL);
	}
	if (cr_tile_hash_new(dirfd, checkpoint->size, &reader) != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_MEMORY, 0,
		    CR_FAULT_NO_INDEX, NULL);
	rc = cr_merkle_consistency(cr_tile_hash_subtree, reader, since->size,
	    checkpoint->size, ret_proof);
	if (rc != CR_OK)
		rc = reader_fault(reader, ret_fault);
	cr_tile_hash_free(&reader);
	if (rc != CR_OK)
		return rc;
	return cr_merkle_check_consistency(ret_proof, since->size,
	    checkpoint->size, &since->root, &checkpoint->root) == CR_OK ?
	    CR_OK : cr_fault_set(ret_fault, CR_FAULT_FORK, 0,
	    CR_FAULT_NO_INDEX, NULL);
}

int
cr_proof_consistency(int dirfd, struct cr_slice note,
    const struct cr_checkpoint *checkpoint, const struct cr_checkpoint *since,
    char **ret_text, struct cr_log_fault *ret_fault)
{
	struct cr_proof proof;
	char start[32];
	int rc = cr_proof_extends(dirfd, checkpoint, since, &proof,
	    ret_fault);

	if (rc != CR_OK)
		return rc;
	snprintf(start, sizeof(start), "old %" PRIu64 "\n", since->size);
	return format(start, &proof, note, ret_text, ret_fault);
}

/* "<word> <decimal>\n" off the front */
static bool
take_number(struct cr_slice *text, const char *word, uint64_t *ret_number)
{
	const size_t word_len = strlen(word);
	uint64_t number = 0;
	size_t at = word_len;

	if (text->len < word_len + 2 ||
	    memcmp(text->ptr, word, word_len) != 0)
		return false;
	for (; at < text->len && text->ptr[at] != '\n'; at++) {
		const unsigned digit = (unsigned char)text->ptr[at] - '0';

		if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (at == word_len || at == text->len ||
	    (at > word_len + 1 && text->ptr[word_len] == '0'))
		return false;
	*ret_number = number;
	text->ptr += at + 1;
	text->len -= at + 1;
	return true;
}

static bool
take_extra(struct cr_slice *text, struct cr_slice *ret_extra)
{
	static const char word[] = "extra ";
	const size_t word_len = sizeof(word) - 1;
	const char *end;

	if (text->len < word_len || memcmp(text->ptr, word, word_len) != 0)
		return true;
	end = memchr(text->ptr, '\n', text->len);
	if (end == NULL)
		return false;
	*ret_extra = (struct cr_slice){ text->ptr + word_len,
		(size_t)(end - text->ptr) - word_len };
	text->len -= (size_t)(end - text->ptr) + 1;
	text->ptr = end + 1;
	return true;
}

int
cr_proof_parse(struct cr_slice text, struct cr_proof_text *ret)
{
	const size_t header_len = sizeof(header) - 1;
	struct cr_proof_text found = { .index = 0 };

	if (text.len > header_len &&
	    memcmp(text.ptr, header, header_len) == 0) {
		found.is_inclusion = true;
		text.ptr += header_len;
		text.len -= header_len;
		if (!take_extra(&text, &found.extra))
			return CR_ESYNTAX;
	}
	if (!take_number(&text, found.is_inclusion ? "index " : "old ",
	    &found.index))
		return CR_ESYNTAX;
	while (text.len > 0 && text.ptr[0] != '\n') {
		struct cr_hash *hash = &found.proof.hashes[found.proof.count];
		size_t len;

		if (found.proof.count == CR_PROOF_MAX ||
		    text.len < LINE_SIZE || text.ptr[LINE_SIZE - 1] != '\n' ||
		    cr_base64_decode((struct cr_slice){ text.ptr,
		    LINE_SIZE - 1 }, hash->bytes, CR_HASH_SIZE, &len) !=
		    CR_OK || len != CR_HASH_SIZE)
			return CR_ESYNTAX;
		found.proof.count++;
		text.ptr += LINE_SIZE;
		text.len -= LINE_SIZE;
	}
	if (text.len < 2)
		return CR_ESYNTAX;
	found.note = (struct cr_slice){ text.ptr + 1, text.len - 1 };
	*ret = found;
	return CR_OK;
}
