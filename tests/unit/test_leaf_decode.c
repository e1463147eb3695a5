#include "unit/suite.h"

#include "unit/leaf_samples.h"

START_TEST(a_cut_leaf_is_refused)
{
	struct bytes bytes = leaf_bytes(leaf_samples[_i].leaf);

	for (size_t len = 0; len < bytes.len; len++)
		ck_assert_int_eq(leaf_decode_copy(bytes, len), CR_ESYNTAX);
	free(bytes.ptr);
}
END_TEST

START_TEST(bytes_left_over_are_refused)
{
	struct bytes bytes = leaf_bytes(leaf_samples[_i].leaf);

	bytes.ptr = realloc(bytes.ptr, bytes.len + 1);
	ck_assert_ptr_nonnull(bytes.ptr);
	for (unsigned byte = 0; byte < 256; byte++) {
		bytes.ptr[bytes.len] = (unsigned char)byte;
		ck_assert_int_eq(leaf_decode_copy(bytes, bytes.len + 1),
		    CR_ESYNTAX);
	}
	free(bytes.ptr);
}
END_TEST

/* Refused, or read as exactly what it then is: one leaf has one form. */
START_TEST(a_flipped_bit_is_refused_or_is_another_leaf)
{
	struct bytes bytes = leaf_bytes(leaf_samples[_i].leaf);

	for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
		struct cr_leaf_space space = { 0 };
		struct cr_leaf leaf;

		bytes.ptr[bit / 8] ^= (unsigned char)(1U << bit % 8);
		if (cr_leaf_decode(leaf_slice(bytes), &space, &leaf) == CR_OK) {
			struct bytes again = leaf_bytes(&leaf);

			ck_assert_uint_eq(again.len, bytes.len);
			ck_assert_mem_eq(again.ptr, bytes.ptr, bytes.len);
			free(again.ptr);
		}
		cr_leaf_space_clear(&space);
		bytes.ptr[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
	free(bytes.ptr);
}
END_TEST

static unsigned char
nibble(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* version flags kind present time connection operation ssf ... */
static const struct {
	const char *why;
	const char *hex;
} refused[] = {
	{ "nothing at all", "" },
	{ "version 0", "0000080000" "00000000" },
	{ "version 2", "0200080000" "00000000" },
	{ "an unknown flag", "0108080000" "00000000" },
	{ "no type", "0100000000" "00000000" },
	{ "an unknown type", "0100600000" "00000000" },
	{ "an unknown scope", "01000d0000" "00000000" },
	{ "an unknown field", "0100080020" "00000000" },
	{ "a number longer than it needs", "0100080000" "8000000000" },
	{ "a number of 65 bits", "0100080000"
	    "00" "ffffffffffffffffff02" "0000" },
	{ "a number without an end", "0100080000"
	    "00" "ffffffffffffffffffff01" "0000" },
	{ "an SSF of 33 bits", "0100080000" "000000" "8080808010" },
	{ "a party of an unknown form", "0100080100" "00000000" "020161" },
	{ "an empty party", "0100080100" "00000000" "0000" },
	{ "a UUID as text", "0100080100" "00000000" "0029757569643a"
	    "32633163366132652d316231632d346433652d396135622d"
	    "306131623263336434653566" },
	{ "an unknown keyword", "0100080400" "00000000" "fe" },
	{ "a NUL in a text", "0100080800" "00000000" "0100" },
	{ "no UTF-8", "0100080800" "00000000" "01ff" },
	{ "a peer of an unknown form", "0100084000" "00000000" "05" },
	{ "a list of no attributes", "0100080002" "00000000" "00" },
	{ "more attributes than bytes", "0100080002" "00000000" "0201" },
	{ "a list of no entries", "0100080004" "00000000" "00" },
	{ "an entry that is as the one before the first", "0100080004"
	    "00000000" "0181" },
	{ "a UUID written out twice", "0100080004" "00000000" "02"
	    "0100000000000000000000000000000000"
	    "0200000000000000000000000000000000" },
	{ "a subject without an event", "0100080008" "00000000"
	    "00000000000000000000000000000000" },
	{ "a detail without an event", "0100080010" "00000000" "01" },
	{ "a result of 32 bits", "0102080000" "00000000" "8080808008" "00" },
	{ "an event without a name", "0104080000" "00000000" "0000" }
};

START_TEST(what_the_grammar_does_not_allow_is_refused)
{
	unsigned char bytes[128];
	const char *hex = refused[_i].hex;
	size_t len = strlen(hex) / 2;

	ck_assert_uint_le(len, sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(nibble(hex[2 * i]) << 4 |
		    nibble(hex[2 * i + 1]));
	ck_assert_msg(leaf_decode_copy((struct bytes){ bytes, len }, len) ==
	    CR_ESYNTAX, "%s", refused[_i].why);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("leaf_decode");
	TCase *tcase = tcase_create("leaf_decode");

	tcase_add_loop_test(tcase, a_cut_leaf_is_refused, 0, LEAF_SAMPLES);
	tcase_add_loop_test(tcase, bytes_left_over_are_refused, 0,
	    LEAF_SAMPLES);
	tcase_add_loop_test(tcase, a_flipped_bit_is_refused_or_is_another_leaf,
	    0, LEAF_SAMPLES);
	tcase_add_loop_test(tcase, what_the_grammar_does_not_allow_is_refused,
	    0, (int)(sizeof(refused) / sizeof(refused[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
