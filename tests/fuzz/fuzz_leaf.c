/* A leaf: what is read can be written, and is then read the same. */
#include "fuzz/fuzz.h"

#include "log/leaf.h"
#include "log/leaf_text.h"

static int
look_at(void *arg, const char *name, struct cr_slice value)
{
	size_t *told = arg;

	expect(name[0] != '\0' && value.len > 0);
	for (size_t i = 0; i < value.len; i++)
		expect(value.ptr[i] != '\0');
	(*told)++;
	return 0;
}

static void
expect_same(struct cr_slice a, struct cr_slice b)
{
	expect(cr_slice_equal(a, b));
}

static void
expect_same_leaf(const struct cr_leaf *a, const struct cr_leaf *b)
{
	expect(a->flags == b->flags && a->time_ms == b->time_ms &&
	    a->connection == b->connection && a->operation == b->operation &&
	    a->type == b->type && a->scope == b->scope && a->ssf == b->ssf &&
	    a->result == b->result && a->count == b->count &&
	    a->has_subject == b->has_subject &&
	    a->entry_count == b->entry_count &&
	    a->attribute_count == b->attribute_count);
	expect_same(a->reader, b->reader);
	expect_same(a->on_behalf_of, b->on_behalf_of);
	expect_same(a->purpose, b->purpose);
	expect_same(a->recipient, b->recipient);
	expect_same(a->reference, b->reference);
	expect_same(a->mechanism, b->mechanism);
	expect_same(a->peer, b->peer);
	expect_same(a->listener, b->listener);
	expect_same(a->shape, b->shape);
	expect_same(a->event, b->event);
	expect_same(a->detail, b->detail);
	for (size_t i = 0; i < a->attribute_count; i++)
		expect_same(a->attributes[i], b->attributes[i]);
	for (size_t i = 0; i < a->entry_count; i++)
		expect(memcmp(a->entries[i].uuid, b->entries[i].uuid,
		    CR_LEAF_UUID) == 0 &&
		    a->entries[i].class_code == b->entries[i].class_code);
	expect(memcmp(a->subject, b->subject, CR_LEAF_UUID) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cr_leaf_space space = { 0 };
	struct cr_leaf_space again_space = { 0 };
	unsigned char *bytes = NULL;
	struct cr_leaf leaf;
	struct cr_leaf again;
	size_t told = 0;
	size_t len = 0;

	if (cr_leaf_decode(fuzz_slice(data, size), &space, &leaf) != CR_OK)
		goto out;
	bytes = malloc(cr_leaf_size(&leaf));
	expect(bytes != NULL);
	expect(cr_leaf_encode(&leaf, bytes, cr_leaf_size(&leaf), &len) ==
	    CR_OK);
	/* shorter when a name was written out that has a code */
	expect(len <= size);
	expect(cr_leaf_decode(fuzz_slice(bytes, len), &again_space, &again) ==
	    CR_OK);
	expect_same_leaf(&leaf, &again);
	expect(cr_leaf_tell(&leaf, 0, look_at, &told) == 0 && told > 0);
out:
	free(bytes);
	cr_leaf_space_clear(&space);
	cr_leaf_space_clear(&again_space);
	return 0;
}
