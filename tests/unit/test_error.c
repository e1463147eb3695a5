#include "unit/suite.h"

#include "custreg/error.h"

static const struct {
	int error;
	int code;
} codes[] = {
	{ CR_OK, 0 }, { CR_EINTERNAL, 80 }, { CR_ENOMEM, 80 },
	{ CR_EPROTO, 2 }, { CR_EPURPOSE, 53 }, { CR_ERECIPIENT, 53 },
	{ CR_ECONTROL, 53 }, { CR_ESYNC, 53 }, { CR_ETXN, 53 },
	{ CR_EACCESS, 50 }, { CR_EHIDDEN, 32 }, { CR_ELOG, 52 },
	{ CR_EVALUE, 19 }, { CR_EHELD, 53 }, { CR_ESTALE, 53 },
	{ CR_ECHANGED, 51 }, { CR_ESYNTAX, 80 }, { CR_EUNIQUE, 19 },
	{ CR_ELIMIT, 80 }, { CR_EVERIFY, 52 }, { CR_EKEY, 52 },
	{ CR_ECLEANSING, 51 }
};

static const int code_count = sizeof(codes) / sizeof(codes[0]);

START_TEST(each_error_has_its_code)
{
	ck_assert_int_eq(cr_error_ldap_code(codes[_i].error), codes[_i].code);
	ck_assert_ptr_nonnull(cr_error_text(codes[_i].error));
}
END_TEST

START_TEST(the_table_has_every_error)
{
	ck_assert_int_eq(code_count, 1 - CR_ECLEANSING);
	for (int i = 0; i < code_count; i++)
		ck_assert_int_eq(codes[i].error, -i);
}
END_TEST

START_TEST(absent_has_no_text)
{
	ck_assert_str_eq(cr_error_text(CR_EHIDDEN), "");
	ck_assert_str_eq(cr_error_text(CR_OK), "");
}
END_TEST

START_TEST(an_unknown_error_is_internal)
{
	static const int unknown[] = { 1, 2, 1 << 30, CR_ECLEANSING - 1, -1000,
		-2147483647 - 1 };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		ck_assert_int_eq(cr_error_ldap_code(unknown[i]), 80);
		ck_assert_str_eq(cr_error_text(unknown[i]),
		    cr_error_text(CR_EINTERNAL));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = tcase_create("error");

	tcase_add_loop_test(tcase, each_error_has_its_code, 0, code_count);
	tcase_add_test(tcase, the_table_has_every_error);
	tcase_add_test(tcase, absent_has_no_text);
	tcase_add_test(tcase, an_unknown_error_is_internal);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
