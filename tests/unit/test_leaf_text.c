#include "unit/suite.h"

#include <stdio.h>

#include "log/leaf_text.h"
#include "unit/leaf_samples.h"

START_TEST(a_type_is_found_by_its_name)
{
	for (unsigned i = 1; i < CR_LEAF_TYPES; i++) {
		const char *name = cr_leaf_type_name((enum cr_leaf_type)i);

		ck_assert_str_ne(name, "");
		ck_assert_uint_eq(cr_leaf_type_find(cr_slice_of(name)), i);
	}
	ck_assert_uint_eq(cr_leaf_type_find(CR_SLICE_LITERAL("SEARCH")),
	    CR_LEAF_SEARCH);
	ck_assert_uint_eq(cr_leaf_type_find(CR_SLICE_LITERAL("")),
	    CR_LEAF_NOTHING);
	ck_assert_str_eq(cr_leaf_type_name(CR_LEAF_NOTHING), "");
	ck_assert_str_eq(cr_leaf_type_name(CR_LEAF_TYPES), "");
}
END_TEST

START_TEST(a_scope_has_a_name)
{
	ck_assert_str_eq(cr_leaf_scope_name(CR_LEAF_BASE), "base");
	ck_assert_str_eq(cr_leaf_scope_name(CR_LEAF_CHILDREN), "children");
	ck_assert_str_eq(cr_leaf_scope_name(CR_LEAF_NO_SCOPE), "");
	ck_assert_str_eq(cr_leaf_scope_name(CR_LEAF_SCOPES), "");
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} times[] = {
	{ 0, "19700101000000.000Z" },
	{ INT64_C(1782907200123), "20260701120000.123Z" },
	{ -1, "19691231235959.999Z" },
	{ -1000, "19691231235959.000Z" }
};

START_TEST(a_time_keeps_its_milliseconds)
{
	char text[CR_LEAF_TIME_SIZE];
	int64_t ms;

	ck_assert_int_eq(cr_leaf_time_format(times[_i].ms, text), CR_OK);
	ck_assert_str_eq(text, times[_i].text);
	ck_assert_int_eq(cr_leaf_time_parse(cr_slice_of(text), &ms), CR_OK);
	ck_assert_int_eq(ms, times[_i].ms);
}
END_TEST

START_TEST(other_forms_of_a_time_are_read)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "20260701120000Z", INT64_C(1782907200000) },
		{ "20260701120000.1Z", INT64_C(1782907200100) },
		{ "20260701120000,1239Z", INT64_C(1782907200123) },
		{ "20260701150000.5+0300", INT64_C(1782907200500) },
		{ "2026070112.5Z", INT64_C(1782909000000) }
	};
	int64_t ms;

	ck_assert_int_eq(cr_leaf_time_parse(cr_slice_of(rows[_i].text), &ms),
	    CR_OK);
	ck_assert_int_eq(ms, rows[_i].ms);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	char text[CR_LEAF_TIME_SIZE];
	int64_t ms;

	ck_assert_int_eq(cr_leaf_time_parse(
	    CR_SLICE_LITERAL("20260701120000.Z"), &ms), CR_ESYNTAX);
	ck_assert_int_eq(cr_leaf_time_format(INT64_MAX, text), CR_ESYNTAX);
	ck_assert_int_eq(cr_leaf_time_format(INT64_MIN, text), CR_ESYNTAX);
}
END_TEST

static char told[4096];

static int
tell(void *arg, const char *name, struct cr_slice value)
{
	size_t len = strlen(told);

	snprintf(told + len, sizeof(told) - len, "%s=%.*s\n", name,
	    (int)value.len, value.ptr);
	return arg != NULL ? 7 : 0;
}

static const char whole_text[] =
	"crReadTime=19691231235959.999Z\n"
	"crReadReader=uid=crm\n"
	"crReadOnBehalfOf=uuid:2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f\n"
	"crReadSubject=2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f\n"
	"crReadClass=crInvoice\n"
	"crReadPurpose=own\n"
	"crReadRecipient=cn=r\n"
	"crReadReference=R-17\n"
	"crReadType=event\n"
	"crReadEvent=ban-set\n"
	"crReadDetail=directMarketing\n"
	"crReadScope=children\n"
	"crReadFilter=(\xc3\xa4=)\n"
	"crReadAttribute=cn;lang-fi\n"
	"crReadAttribute=cn\n"
	"crReadPeer=IP=[2001:db8::1]:65535\n"
	"crReadListener=ldapi:///\n"
	"crReadMechanism=X\n"
	"crReadSSF=0\n"
	"crReadConnection=18446744073709551615\n"
	"crReadOperation=128\n"
	"crReadCount=300\n"
	"crReadResult=4096\n";

START_TEST(a_leaf_is_told_by_its_ldap_names)
{
	told[0] = '\0';
	ck_assert_int_eq(cr_leaf_tell(&leaf_whole, 1, tell, NULL), 0);
	ck_assert_str_eq(told, whole_text);
}
END_TEST

START_TEST(an_event_has_a_subject_of_its_own)
{
	told[0] = '\0';
	ck_assert_int_eq(cr_leaf_tell(&leaf_whole, 3, tell, NULL), 0);
	ck_assert_ptr_nonnull(strstr(told,
	    "\ncrReadSubject=01020304-0506-0708-090a-0b0c0d0e0f10\n"));
	ck_assert_ptr_null(strstr(told, "crReadClass"));
}
END_TEST

START_TEST(an_operation_has_no_result_before_its_end)
{
	struct cr_leaf leaf = leaf_point;

	told[0] = '\0';
	leaf.flags = CR_LEAF_FIRST;
	ck_assert_int_eq(cr_leaf_tell(&leaf, 1, tell, NULL), 0);
	ck_assert_ptr_null(strstr(told, "crReadResult"));
	ck_assert_ptr_null(strstr(told, "crReadSubject"));
}
END_TEST

START_TEST(telling_ends_when_the_listener_says_so)
{
	told[0] = '\0';
	ck_assert_int_eq(cr_leaf_tell(&leaf_whole, 0, tell, told), 7);
	ck_assert_str_eq(told, "crReadTime=19691231235959.999Z\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("leaf_text");
	TCase *tcase = tcase_create("leaf_text");

	tcase_add_test(tcase, a_type_is_found_by_its_name);
	tcase_add_test(tcase, a_scope_has_a_name);
	tcase_add_loop_test(tcase, a_time_keeps_its_milliseconds, 0, 4);
	tcase_add_loop_test(tcase, other_forms_of_a_time_are_read, 0, 5);
	tcase_add_test(tcase, what_is_no_time_is_refused);
	tcase_add_test(tcase, a_leaf_is_told_by_its_ldap_names);
	tcase_add_test(tcase, an_event_has_a_subject_of_its_own);
	tcase_add_test(tcase, an_operation_has_no_result_before_its_end);
	tcase_add_test(tcase, telling_ends_when_the_listener_says_so);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
