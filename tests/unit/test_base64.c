#include "unit/suite.h"

#include <string.h>

#include "core/base64.h"

START_TEST(there_and_back)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	char out[16];
	size_t len;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_base64_encode(cases[i].bytes, strlen(cases[i].bytes), out);
		ck_assert_str_eq(out, cases[i].text);
		ck_assert_uint_eq(strlen(out),
		    CR_BASE64_SIZE(strlen(cases[i].bytes)));
		ck_assert_int_eq(cr_base64_decode(cr_slice_of(cases[i].text),
		    out, sizeof(out), &len), CR_OK);
		ck_assert_uint_eq(len, strlen(cases[i].bytes));
		ck_assert_mem_eq(out, cases[i].bytes, len);
		if (len > 0)
			ck_assert_int_eq(cr_base64_decode(
			    cr_slice_of(cases[i].text), out, len - 1, &len),
			    CR_ESYNTAX);
	}
}
END_TEST

START_TEST(one_text_for_one_value)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zh==", "Zm9=",
		"Zm9v=", "====", "Z===", "Zg==Zg==", "Zm9 ", "Zm-_", "Zg==\n" };
	char out[16];
	size_t len;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cr_base64_decode(cr_slice_of(bad[i]), out,
		    sizeof(out), &len), CR_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("base64");

	tcase_add_test(tcase, there_and_back);
	tcase_add_test(tcase, one_text_for_one_value);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
