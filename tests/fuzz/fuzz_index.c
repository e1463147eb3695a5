/*
 * What the index stores: a byte for the kind, a key of that kind, a value.
 * What is taken can be packed again to the same bytes.
 */
#include "fuzz/fuzz.h"

#include "log/index_format.h"

static void
try_block(struct cr_slice key, struct cr_slice value)
{
	unsigned char new_key[CR_BLOCK_KEY_SIZE];
	unsigned char new_value[CR_BLOCK_SIZE];
	struct cr_block block;

	if (cr_block_parse(key, value, &block) != CR_OK)
		return;
	expect(block.count > 0 && block.count <= CR_BLOCK_RECORDS);
	for (unsigned i = 1; i < block.count; i++)
		expect(cr_index_record_compare(&block.records[i - 1],
		    &block.records[i]) < 0);
	expect(cr_block_pack(&block, new_key, new_value) == value.len);
	expect(memcmp(new_key, key.ptr, key.len) == 0);
	expect(memcmp(new_value, value.ptr, value.len) == 0);
}

static void
try_run(struct cr_slice key, struct cr_slice value)
{
	unsigned char new_key[CR_RUN_KEY_SIZE];
	unsigned char new_value[CR_RUN_SIZE];
	struct cr_run run;

	if (cr_run_parse(key, value, &run) != CR_OK)
		return;
	expect(run.base < run.end);
	cr_run_pack(&run, new_key, new_value);
	expect(memcmp(new_key, key.ptr, key.len) == 0);
	expect(memcmp(new_value, value.ptr, value.len) == 0);
}

static void
try_meta(struct cr_slice value)
{
	unsigned char new_value[CR_META_SIZE];
	struct cr_index_meta meta;

	if (cr_meta_parse(value, &meta) != CR_OK)
		return;
	expect(meta.indexed <= meta.bound_size);
	cr_meta_pack(&meta, new_value);
	expect(memcmp(new_value, value.ptr, value.len) == 0);
}

static void
try_span(struct cr_slice key, struct cr_slice value)
{
	unsigned char new_key[CR_SPAN_KEY_SIZE];
	unsigned char new_value[CR_SPAN_SIZE];
	struct cr_span span;

	if (cr_span_parse(key, value, &span) != CR_OK)
		return;
	cr_span_pack(&span, new_key, new_value);
	expect(memcmp(new_key, key.ptr, key.len) == 0);
	expect(memcmp(new_value, value.ptr, value.len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t key_sizes[4] = { CR_BLOCK_KEY_SIZE,
		CR_RUN_KEY_SIZE, 0, CR_SPAN_KEY_SIZE };
	struct cr_slice key;
	struct cr_slice value;

	if (size == 0)
		return 0;
	key.ptr = (const char *)data + 1;
	key.len = key_sizes[data[0] % 4];
	if (key.len > size - 1)
		key.len = size - 1;
	value.ptr = key.ptr + key.len;
	value.len = size - 1 - key.len;
	switch (data[0] % 4) {
	case 0:
		try_block(key, value);
		break;
	case 1:
		try_run(key, value);
		break;
	case 2:
		try_meta(value);
		break;
	default:
		try_span(key, value);
		break;
	}
	return 0;
}
