#include "unit/suite.h"

#include <limits.h>
#include <stdint.h>

#include "core/country.h"
#include "core/text.h"

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

static const struct {
	const char *text;
	bool keyword;
	bool oid;
	bool description;
} names[] = {
	{ "cn", true, true, true },
	{ "x-1", true, true, true },
	{ X64, true, true, true },
	{ X64 "x", false, false, false },
	{ "", false, false, false },
	{ "1", false, false, false },
	{ "2.5.4.3", false, true, true },
	{ "2.5.", false, false, false },
	{ "2..5", false, false, false },
	{ ".2", false, false, false },
	{ "2.5a", false, false, false },
	{ "cn;lang-fi", false, false, true },
	{ "cn;lang-fi;x-1", false, false, true },
	{ "2.5.4.3;binary", false, false, true },
	{ "cn;", false, false, false },
	{ "cn;;x", false, false, false },
	{ "cn;x;", false, false, false },
	{ ";x", false, false, false },
	{ "cn;x_1", false, false, false },
	{ "c n", false, false, false },
	{ "cn ", false, false, false },
	{ "c_n", false, false, false },
	{ "\xc3\xa4", false, false, false }
};

START_TEST(names_have_a_grammar)
{
	const struct cr_slice text = cr_slice_of(names[_i].text);

	ck_assert_int_eq(cr_text_is_keyword(text), names[_i].keyword);
	ck_assert_int_eq(cr_text_is_oid(text), names[_i].oid);
	ck_assert_int_eq(cr_text_is_description(text),
	    names[_i].description);
}
END_TEST

START_TEST(a_boolean_is_one_of_two_words)
{
	bool value = true;

	ck_assert_int_eq(cr_text_parse_boolean(CR_SLICE_LITERAL("False"),
	    &value), CR_OK);
	ck_assert(!value);
	ck_assert_int_eq(cr_text_parse_boolean(CR_SLICE_LITERAL("TRUE"),
	    &value), CR_OK);
	ck_assert(value);
	ck_assert_int_eq(cr_text_parse_boolean(CR_SLICE_LITERAL("1"),
	    &value), CR_ESYNTAX);
	ck_assert_int_eq(cr_text_parse_boolean(CR_SLICE_LITERAL(""),
	    &value), CR_ESYNTAX);
	ck_assert_int_eq(cr_text_parse_boolean(CR_SLICE_LITERAL("TRUE "),
	    &value), CR_ESYNTAX);
	ck_assert(value);
}
END_TEST

static const struct {
	const char *text;
	unsigned value;
	int error;
} numbers[] = {
	{ "0", 0, CR_OK }, { "128", 128, CR_OK }, { "007", 7, CR_OK },
	{ "2147483647", INT_MAX, CR_OK }, { "2147483648", 0, CR_ESYNTAX },
	{ "4294967296", 0, CR_ESYNTAX }, { "99999999999999999999", 0,
	    CR_ESYNTAX }, { "", 0, CR_ESYNTAX }, { "-1", 0, CR_ESYNTAX },
	{ "+1", 0, CR_ESYNTAX }, { "1 ", 0, CR_ESYNTAX },
	{ "1x", 0, CR_ESYNTAX }, { "x", 0, CR_ESYNTAX }
};

START_TEST(a_number_is_digits)
{
	unsigned value = 0;

	ck_assert_int_eq(cr_text_parse_unsigned(cr_slice_of(
	    numbers[_i].text), &value), numbers[_i].error);
	ck_assert_uint_eq(value, numbers[_i].value);
}
END_TEST

START_TEST(words_are_taken_one_by_one)
{
	struct cr_slice text = CR_SLICE_LITERAL("one two  three");
	struct cr_slice word;

	ck_assert(cr_text_take_word(&text, &word));
	ck_assert(cr_slice_equal(word, CR_SLICE_LITERAL("one")));
	ck_assert(cr_text_take_word(&text, &word));
	ck_assert(cr_slice_equal(word, CR_SLICE_LITERAL("two")));
	ck_assert(!cr_text_take_word(&text, &word));
	ck_assert(cr_slice_equal(text, CR_SLICE_LITERAL(" three")));
	text = (struct cr_slice){ NULL, 0 };
	ck_assert(!cr_text_take_word(&text, &word));
	text = CR_SLICE_LITERAL("last");
	ck_assert(!cr_text_take_word(&text, &word));
}
END_TEST

/* As many bytes as the decoder below says; 0 for a code point that is none. */
static size_t
encode(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

START_TEST(every_code_point_is_utf8_but_the_surrogates)
{
	for (uint32_t point = 1; point < 0x120000; point++) {
		char out[4];
		size_t len = encode(point, out);
		bool exists = point < 0x110000 &&
		    (point < 0xd800 || point > 0xdfff);

		/* Check is slow; there are a million of these */
		if (cr_text_is_utf8((struct cr_slice){ out, len }) != exists)
			ck_abort_msg("U+%X", point);
		if (len > 1 &&
		    cr_text_is_utf8((struct cr_slice){ out, len - 1 }))
			ck_abort_msg("U+%X, cut", point);
	}
}
END_TEST

static const char *const no_utf8[] = { "\x80", "\xbf", "\xc0\x80",
	"\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
	"\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xe2(\x82",
	"a\xc3" };

START_TEST(other_bytes_are_not)
{
	ck_assert(!cr_text_is_utf8(cr_slice_of(no_utf8[_i])));
}
END_TEST

START_TEST(a_nul_is_no_text)
{
	ck_assert(!cr_text_is_utf8((struct cr_slice){ "a\0b", 3 }));
	ck_assert(cr_text_is_utf8((struct cr_slice){ NULL, 0 }));
	ck_assert(cr_text_is_utf8(CR_SLICE_LITERAL("\xc3\xa4")));
}
END_TEST

START_TEST(thirty_countries_are_in_the_eea)
{
	int count = 0;
	char code[2];

	for (code[0] = 'A'; code[0] <= 'Z'; code[0]++) {
		for (code[1] = 'A'; code[1] <= 'Z'; code[1]++) {
			const struct cr_slice slice = { code, 2 };

			ck_assert(cr_country_is_code(slice));
			count += cr_country_in_eea(slice);
		}
	}
	ck_assert_int_eq(count, 30);
	ck_assert(cr_country_in_eea(CR_SLICE_LITERAL("fi")));
	ck_assert(cr_country_in_eea(CR_SLICE_LITERAL("LI")));
	ck_assert(!cr_country_in_eea(CR_SLICE_LITERAL("CH")));
	ck_assert(!cr_country_in_eea(CR_SLICE_LITERAL("GB")));
	ck_assert(!cr_country_in_eea(CR_SLICE_LITERAL("EU")));
	ck_assert(!cr_country_in_eea(CR_SLICE_LITERAL("F")));
	ck_assert(!cr_country_in_eea(CR_SLICE_LITERAL("")));
	ck_assert(!cr_country_is_code(CR_SLICE_LITERAL("F1")));
	ck_assert(!cr_country_is_code(CR_SLICE_LITERAL("FIN")));
	ck_assert(!cr_country_is_code(CR_SLICE_LITERAL("")));
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	LOOP(tcase, names_have_a_grammar, names);
	tcase_add_test(tcase, a_boolean_is_one_of_two_words);
	LOOP(tcase, a_number_is_digits, numbers);
	tcase_add_test(tcase, words_are_taken_one_by_one);
	tcase_add_test(tcase, every_code_point_is_utf8_but_the_surrogates);
	LOOP(tcase, other_bytes_are_not, no_utf8);
	tcase_add_test(tcase, a_nul_is_no_text);
	tcase_add_test(tcase, thirty_countries_are_in_the_eea);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
