#include "unit/suite.h"

#include <stdio.h>

#include "log/index_format.h"

static const struct cr_block block = {
	.run = 7,
	.table = CR_INDEX_BUNDLES,
	.number = 3,
	.count = 2,
	.records = {
		{ UINT64_C(0x010203040506), 0x0a0b0c0d, 0x112233 },
		{ UINT64_C(0xfffefdfcfbfa), 1, 2 }
	}
};

static const struct cr_run run = {
	.id = 9,
	.base = 256,
	.end = 1000,
	.earliest_ms = -1,
	.latest_ms = INT64_C(1782907200123),
	.records = { 5, 6 },
	.blocks = { 1, 2 }
};

static const struct cr_index_meta meta = {
	.indexed = 1000,
	.bound_size = 1001,
	.bound_root = { { 0xaa, 0xbb } }
};

static const struct cr_span span = { 3, -5, 77 };

struct stored {
	unsigned char key[16];
	size_t key_len;
	unsigned char value[CR_BLOCK_SIZE];
	size_t len;
};

static void
store_block(struct stored *to)
{
	to->key_len = CR_BLOCK_KEY_SIZE;
	to->len = cr_block_pack(&block, to->key, to->value);
}

static void
store_run(struct stored *to)
{
	to->key_len = CR_RUN_KEY_SIZE;
	to->len = CR_RUN_SIZE;
	cr_run_pack(&run, to->key, to->value);
}

static void
store_meta(struct stored *to)
{
	/* the key is always the same */
	to->key_len = 0;
	to->len = CR_META_SIZE;
	cr_meta_pack(&meta, to->value);
}

static void
store_span(struct stored *to)
{
	to->key_len = CR_SPAN_KEY_SIZE;
	to->len = CR_SPAN_SIZE;
	cr_span_pack(&span, to->key, to->value);
}

static int
parse(int kind, const struct stored *from, size_t len)
{
	struct cr_slice key = { (const char *)from->key, from->key_len };
	struct cr_slice value = { (const char *)from->value, len };
	struct cr_block some_block;
	struct cr_run some_run;
	struct cr_index_meta some_meta;
	struct cr_span some_span;

	switch (kind) {
	case 0:
		return cr_block_parse(key, value, &some_block);
	case 1:
		return cr_run_parse(key, value, &some_run);
	case 2:
		return cr_meta_parse(value, &some_meta);
	default:
		return cr_span_parse(key, value, &some_span);
	}
}

static const struct {
	void (*store)(struct stored *to);
	const char *key;
	const char *value;
} golden[] = {
	{ store_block, "00000007" "01" "010203040506" "0a0b0c0d",
	    "00000003" "--------" "010203040506" "0a0b0c0d" "112233"
	    "fffefdfcfbfa" "00000001" "000002" },
	{ store_run, "00000009", "0000000000000100" "00000000000003e8"
	    "ffffffffffffffff" "0000019f1d8ce27b"
	    "00000005" "00000001" "00000006" "00000002" "--------" },
	{ store_meta, "", "00000001" "00000000000003e8" "00000000000003e9"
	    "aabb000000000000000000000000000000000000000000000000000000000000"
	    "--------" },
	{ store_span, "0000000000000003", "fffffffffffffffb"
	    "000000000000004d" "--------" }
};

static void
assert_hex(const unsigned char *bytes, size_t len, const char *hex)
{
	ck_assert_uint_eq(2 * len, strlen(hex));
	for (size_t i = 0; i < len; i++) {
		char text[3];

		snprintf(text, sizeof(text), "%02x", bytes[i]);
		/* checksums are held by the flipped bits */
		if (hex[2 * i] != '-')
			ck_assert_msg(memcmp(text, hex + 2 * i, 2) == 0,
			    "byte %zu is %s", i, text);
	}
}

START_TEST(the_bytes_are_those_of_the_format)
{
	struct stored stored;

	golden[_i].store(&stored);
	assert_hex(stored.key, stored.key_len, golden[_i].key);
	assert_hex(stored.value, stored.len, golden[_i].value);
	ck_assert_int_eq(parse(_i, &stored, stored.len), CR_OK);
}
END_TEST

START_TEST(no_flipped_bit_is_taken)
{
	struct stored stored;

	golden[_i].store(&stored);
	for (size_t bit = 0; bit < 8 * stored.key_len; bit++) {
		stored.key[bit / 8] ^= (unsigned char)(1U << bit % 8);
		ck_assert_int_eq(parse(_i, &stored, stored.len), CR_EVERIFY);
		stored.key[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * stored.len; bit++) {
		stored.value[bit / 8] ^= (unsigned char)(1U << bit % 8);
		ck_assert_int_eq(parse(_i, &stored, stored.len), CR_EVERIFY);
		stored.value[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
}
END_TEST

START_TEST(nothing_cut_is_taken)
{
	struct stored stored;

	golden[_i].store(&stored);
	for (size_t len = 0; len < stored.len; len++)
		ck_assert_int_eq(parse(_i, &stored, len), CR_EVERIFY);
}
END_TEST

START_TEST(what_is_parsed_is_what_was_packed)
{
	struct stored stored;
	struct cr_block again;

	store_block(&stored);
	ck_assert_int_eq(cr_block_parse((struct cr_slice){
	    (const char *)stored.key, stored.key_len }, (struct cr_slice){
	    (const char *)stored.value, stored.len }, &again), CR_OK);
	ck_assert_uint_eq(again.run, block.run);
	ck_assert_uint_eq(again.table, block.table);
	ck_assert_uint_eq(again.number, block.number);
	ck_assert_uint_eq(again.count, block.count);
	for (unsigned i = 0; i < block.count; i++) {
		ck_assert_int_eq(cr_index_record_compare(&again.records[i],
		    &block.records[i]), 0);
		ck_assert_uint_eq(again.records[i].offset,
		    block.records[i].offset);
	}
}
END_TEST

/* Twice the same, and the larger before the smaller. */
START_TEST(records_out_of_order_are_refused)
{
	struct cr_block bad = block;
	struct stored stored = { .key_len = CR_BLOCK_KEY_SIZE };

	bad.records[1] = _i == 0 ? bad.records[0] : bad.records[1];
	if (_i == 1) {
		bad.records[0] = block.records[1];
		bad.records[1] = block.records[0];
	}
	stored.len = cr_block_pack(&bad, stored.key, stored.value);
	ck_assert_int_eq(parse(0, &stored, stored.len), CR_EVERIFY);
}
END_TEST

START_TEST(sorting_is_stable)
{
	enum { COUNT = 5000 };
	static struct cr_index_record records[COUNT];
	static struct cr_index_record spare[COUNT];
	uint64_t state = 1;

	for (uint32_t i = 0; i < COUNT; i++) {
		state = state * UINT64_C(6364136223846793005) + 99;
		records[i] = (struct cr_index_record){
			(state >> (_i == 0 ? 16 : 60)) &
			    UINT64_C(0xffffffffffff), i, 0 };
	}
	cr_index_sort(records, spare, COUNT);
	for (size_t i = 1; i < COUNT; i++)
		ck_assert_int_lt(cr_index_record_compare(&records[i - 1],
		    &records[i]), 0);
}
END_TEST

/* The index on disk goes by these. */
START_TEST(hashes_stay_as_they_are)
{
	static const unsigned char uuid[16] = { 1, 2, 3 };
	const struct cr_slice dn = CR_SLICE_LITERAL("uid=Mikko,dc=FI");

	ck_assert_uint_eq(cr_index_subject_hash(uuid),
	    UINT64_C(0xe39b0f2f850d));
	ck_assert_uint_eq(cr_index_party_hash(CR_INDEX_READER, dn),
	    UINT64_C(0xbcba2d5b1087));
	ck_assert_uint_eq(cr_index_party_hash(CR_INDEX_READER,
	    CR_SLICE_LITERAL("uid=mikko,dc=fi")), UINT64_C(0xbcba2d5b1087));
	ck_assert_uint_ne(cr_index_party_hash(CR_INDEX_RECIPIENT, dn),
	    UINT64_C(0xbcba2d5b1087));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("index_format");
	TCase *tcase = tcase_create("index_format");

	tcase_add_loop_test(tcase, the_bytes_are_those_of_the_format, 0, 4);
	tcase_add_loop_test(tcase, no_flipped_bit_is_taken, 0, 4);
	tcase_add_loop_test(tcase, nothing_cut_is_taken, 0, 4);
	tcase_add_test(tcase, what_is_parsed_is_what_was_packed);
	tcase_add_loop_test(tcase, records_out_of_order_are_refused, 0, 2);
	tcase_add_loop_test(tcase, sorting_is_stable, 0, 2);
	tcase_add_test(tcase, hashes_stay_as_they_are);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
