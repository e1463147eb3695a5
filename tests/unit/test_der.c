#include "unit/suite.h"

#include <stdint.h>
#include <stdio.h>

#include "proto/der.h"
#include "unit/hex.h"

#define NOTHING UINT64_MAX

static const struct {
	const char *hex;
	uint64_t number;	/* NOTHING: refused */
} numbers[] = {
	{ "0201 00", 0 },
	{ "0201 7f", 127 },
	{ "0202 0080", 128 },
	{ "0202 7fff", 32767 },
	{ "0203 008000", 32768 },
	{ "0204 7fffffff", 2147483647 },
	{ "0205 0100000000", UINT64_C(4294967296) },
	{ "0208 7fffffffffffffff", INT64_MAX },
	{ "0201 ff", NOTHING },
	{ "0201 80", NOTHING },
	{ "0200", NOTHING },
	{ "0202 0000", NOTHING },
	{ "0202 007f", NOTHING },
	{ "0203 000080", NOTHING },
	{ "0208 8000000000000000", NOTHING },
	{ "0209 008000000000000000", NOTHING },
	{ "0209 000000000000000001", NOTHING },
	{ "0a01 00", NOTHING },
	{ "2201 00", NOTHING },
	{ "", NOTHING }
};

START_TEST(a_number_is_taken)
{
	struct bytes bytes = hex_bytes(numbers[_i].hex);
	struct cr_slice rest = hex_slice(bytes);
	uint64_t number = NOTHING;
	int rc = cr_der_take_number(&rest, &number);

	ck_assert_int_eq(rc, numbers[_i].number == NOTHING ? CR_EPROTO :
	    CR_OK);
	ck_assert_uint_eq(number, numbers[_i].number);
	ck_assert(rc != CR_OK || rest.len == 0);
	free(bytes.data);
}
END_TEST

START_TEST(a_number_is_put)
{
	struct bytes wanted = hex_bytes(numbers[_i].hex);
	unsigned char *value = NULL;
	size_t len = 0;
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	if (numbers[_i].number == NOTHING) {
		ck_assert_int_eq(cr_der_put_number(ber, (uint64_t)INT64_MAX +
		    1 + (uint64_t)_i), CR_EINTERNAL);
	} else {
		ck_assert_int_eq(cr_der_put_number(ber, numbers[_i].number),
		    CR_OK);
		ck_assert_int_eq(cr_der_copy_out(ber, &value, &len), CR_OK);
		ck_assert_uint_eq(len, wanted.len);
		ck_assert_mem_eq(value, wanted.data, len);
	}
	ber_free(ber, 1);
	free(value);
	free(wanted.data);
}
END_TEST

static const struct {
	const char *hex;
	uint64_t bits;		/* NOTHING: refused */
} strings[] = {
	{ "0301 00", 0 },
	{ "0302 0780", 1 },
	{ "0302 0640", 2 },
	{ "0302 06c0", 3 },
	/* zeros that trail */
	{ "0302 0000", 0 },
	{ "0302 0700", 0 },
	{ "0302 0080", 1 },
	{ "0302 0580", 1 },
	{ "0305 0080000000", 1 },
	{ "0305 0780000000", 1 },
	{ "0302 0001", 0x80 },
	{ "0305 0000000001", UINT64_C(0x80000000) },
	{ "0305 00ffffffff", UINT64_C(0xffffffff) },
	/* padding that is set */
	{ "0302 07c0", NOTHING },
	{ "0302 0781", NOTHING },
	{ "0302 0101", NOTHING },
	/* padding of no octet, of a whole one, and no octet that tells it */
	{ "0301 01", NOTHING },
	{ "0301 07", NOTHING },
	{ "0302 0880", NOTHING },
	{ "0302 ff80", NOTHING },
	{ "0303 080000", NOTHING },
	{ "0300", NOTHING },
	{ "0306 000000000000", NOTHING },
	/* in pieces */
	{ "2304 03020780", NOTHING },
	{ "0402 0780", NOTHING },
	{ "0302 07", NOTHING }
};

START_TEST(bits_are_taken)
{
	struct bytes bytes = hex_bytes(strings[_i].hex);
	struct cr_slice rest = hex_slice(bytes);
	uint32_t bits = 0x5a5a5a5a;
	int rc = cr_der_take_bits(&rest, &bits);

	if (strings[_i].bits == NOTHING) {
		ck_assert_int_eq(rc, CR_EPROTO);
		ck_assert_uint_eq(bits, 0x5a5a5a5a);
	} else {
		ck_assert_int_eq(rc, CR_OK);
		ck_assert_uint_eq(bits, strings[_i].bits);
	}
	free(bytes.data);
}
END_TEST

static const struct {
	const char *text;
	int64_t time;		/* -1: refused */
} times[] = {
	{ "19700101000000Z", 0 },
	{ "20321231215959Z", 1988143199 },
	{ "99991231235959Z", INT64_C(253402300799) },
	{ "197001010000Z", -1 },
	{ "1970010100Z", -1 },
	{ "19700101000000.0Z", -1 },
	{ "1970010100.000Z", -1 },
	{ "19700101000000+00", -1 },
	{ "1970010100+0000", -1 },
	{ "19700101000000z", -1 },
	{ "19700101000000", -1 },
	{ "19700101000000Z ", -1 },
	{ "19691231235960Z", -1 },
	{ "20250229000000Z", -1 },
	{ "700101000000Z", -1 },
	{ "", -1 }
};

START_TEST(a_time_has_one_form)
{
	char hex[64] = "18";
	struct bytes bytes;
	struct cr_slice rest;
	int64_t time = -1;

	snprintf(hex + 2, 3, "%02x", (unsigned)strlen(times[_i].text));
	for (const char *at = times[_i].text; *at != '\0'; at++)
		snprintf(hex + strlen(hex), 3, "%02x", (unsigned char)*at);
	bytes = hex_bytes(hex);
	rest = hex_slice(bytes);
	ck_assert_int_eq(cr_der_take_time(&rest, &time), times[_i].time < 0 ?
	    CR_EPROTO : CR_OK);
	ck_assert_int_eq(time, times[_i].time);
	free(bytes.data);
}
END_TEST

START_TEST(a_time_is_of_four_digit_years)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ck_assert_int_eq(cr_der_put_time(ber, INT64_C(253402300800)),
	    CR_EINTERNAL);
	ck_assert_int_eq(cr_der_put_time(ber, INT64_MIN), CR_EINTERNAL);
	ck_assert_int_eq(cr_der_put_time(ber, 0), CR_OK);
	ber_free(ber, 1);
}
END_TEST

/* Every way to write the length of `len` zeros, shortest first. */
START_TEST(a_length_is_as_short_as_it_can_be)
{
	static const size_t lengths[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100,
		0xffff, 0x10000, 0xffffff, 0x1000000 };
	const size_t len = lengths[_i];
	bool taken = false;

	for (size_t octets = 0; octets <= 4; octets++) {
		size_t header = 2 + octets;
		unsigned char *value = calloc(header + len, 1);
		struct cr_slice rest = { (char *)value, header + len };
		struct cr_slice content;
		bool fits = octets == 0 ? len < 0x80 :
		    (uint64_t)len < UINT64_C(1) << 8 * octets;

		ck_assert_ptr_nonnull(value);
		value[0] = 0x04;
		value[1] = (unsigned char)(octets == 0 ? len & 0x7f :
		    0x80 | octets);
		for (size_t i = 0; i < octets; i++)
			value[2 + i] = (unsigned char)(len >> 8 *
			    (octets - 1 - i));
		if (fits) {
			ck_assert_int_eq(cr_der_take(&rest, LBER_OCTETSTRING,
			    &content), taken ? CR_EPROTO : CR_OK);
			ck_assert(taken || content.len == len);
			taken = true;
		}
		free(value);
	}
	ck_assert(taken);
}
END_TEST

START_TEST(a_whole_is_all_there_is)
{
	struct cr_slice content = { NULL, 0 };

	ck_assert_int_eq(cr_der_whole(CR_SLICE_LITERAL("\x30\x01x"),
	    LBER_SEQUENCE, &content), CR_OK);
	ck_assert(cr_slice_equal(content, CR_SLICE_LITERAL("x")));
	content.ptr = NULL;
	ck_assert_int_eq(cr_der_whole(CR_SLICE_LITERAL("\x30\x01xy"),
	    LBER_SEQUENCE, &content), CR_EPROTO);
	ck_assert_int_eq(cr_der_whole(CR_SLICE_LITERAL("\x31\x01x"),
	    LBER_SEQUENCE, &content), CR_EPROTO);
	ck_assert_int_eq(cr_der_whole((struct cr_slice){ NULL, 0 },
	    LBER_SEQUENCE, &content), CR_EPROTO);
	ck_assert_ptr_null(content.ptr);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("der");
	TCase *tcase = tcase_create("der");

	LOOP(tcase, a_number_is_taken, numbers);
	LOOP(tcase, a_number_is_put, numbers);
	LOOP(tcase, bits_are_taken, strings);
	LOOP(tcase, a_time_has_one_form, times);
	tcase_add_test(tcase, a_time_is_of_four_digit_years);
	tcase_add_loop_test(tcase, a_length_is_as_short_as_it_can_be, 0, 10);
	tcase_add_test(tcase, a_whole_is_all_there_is);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
