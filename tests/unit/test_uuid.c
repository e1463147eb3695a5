#include "unit/suite.h"

#include "core/uuid.h"

static const unsigned char bytes[CR_UUID_BYTES] = {
	0x2c, 0x1c, 0x6a, 0x2e, 0x1b, 0x1c, 0x4d, 0x3e,
	0x9a, 0x5b, 0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0xff
};

START_TEST(a_uuid_is_written_in_small_letters)
{
	char text[CR_UUID_TEXT_SIZE];

	cr_uuid_format(bytes, text);
	ck_assert_str_eq(text, "2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4eff");
}
END_TEST

START_TEST(either_case_is_read)
{
	static const char *const texts[] = {
		"2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4eff",
		"2C1C6A2E-1B1C-4D3E-9A5B-0A1B2C3D4EFF"
	};
	unsigned char uuid[CR_UUID_BYTES] = { 0 };

	ck_assert_int_eq(cr_uuid_parse(cr_slice_of(texts[_i]), uuid), CR_OK);
	ck_assert_mem_eq(uuid, bytes, sizeof(uuid));
}
END_TEST

START_TEST(what_is_no_uuid_is_refused)
{
	static const char *const texts[] = {
		"", "2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4ef",
		"2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4eff0",
		"2c1c6a2e01b1c-4d3e-9a5b-0a1b2c3d4eff",
		"2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4efg",
		"2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e/f",
		"2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e f",
		"2c1c6a2e1-b1c-4d3e-9a5b-0a1b2c3d4eff",
		"{c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4ef}"
	};
	unsigned char uuid[CR_UUID_BYTES] = { 7 };

	ck_assert_int_eq(cr_uuid_parse(cr_slice_of(texts[_i]), uuid),
	    CR_ESYNTAX);
	ck_assert_uint_eq(uuid[0], 7);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("uuid");
	TCase *tcase = tcase_create("uuid");

	tcase_add_test(tcase, a_uuid_is_written_in_small_letters);
	tcase_add_loop_test(tcase, either_case_is_read, 0, 2);
	tcase_add_loop_test(tcase, what_is_no_uuid_is_refused, 0, 9);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
