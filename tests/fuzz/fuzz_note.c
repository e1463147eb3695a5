/* Signed notes, checkpoints and keys (overlay/log/note.h) */
#include "fuzz/fuzz.h"

#include "log/note.h"

static struct cr_key *
key(void)
{
	static struct cr_key *made;

	if (made == NULL)
		expect(cr_key_parse(CR_SLICE_LITERAL("example.com/foo+530d903a"
		    "+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"), &made) ==
		    CR_OK);
	return made;
}

static void
try_checkpoint(struct cr_slice text)
{
	struct cr_checkpoint checkpoint;
	char root[CR_BASE64_SIZE(CR_HASH_SIZE) + 1];

	if (cr_checkpoint_parse(text, &checkpoint) != CR_OK)
		return;
	expect(lies_in(checkpoint.origin, text));
	expect(lies_in(checkpoint.extensions, text));
	expect(checkpoint.origin.len > 0 && checkpoint.size <= INT64_MAX);
	/* one text for one value */
	cr_base64_encode(checkpoint.root.bytes, CR_HASH_SIZE, root);
	expect(memmem(text.ptr, text.len, root, sizeof(root) - 1) != NULL);
}

static void
try_key(struct cr_slice text)
{
	struct cr_key *found = NULL;
	char again[CR_KEY_TEXT_SIZE];

	if (cr_key_parse(text, &found) != CR_OK)
		return;
	if (text.ptr[text.len - 1] == '\n')
		text.len--;
	expect((cr_key_can_sign(found) ? cr_key_signer(found, again) :
	    cr_key_verifier(found, again)) == CR_OK);
	expect(cr_slice_equal(cr_slice_of(again), text));
	cr_key_free(&found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice bytes = fuzz_slice(data, size);
	enum cr_fault_kind kind = CR_FAULT_UNKNOWN;
	struct cr_slice text;

	if (cr_note_open(bytes, key(), &text, &kind) == CR_OK)
		expect(lies_in(text, bytes) && text.len < bytes.len &&
		    text.ptr[text.len - 1] == '\n');
	else
		expect(kind != CR_FAULT_UNKNOWN);
	try_checkpoint(bytes);
	try_key(bytes);
	return 0;
}
