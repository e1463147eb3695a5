#include "unit/suite.h"

#include <stdio.h>

#include "proto/control.h"

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

typedef int check_fn(struct cr_slice value);

static const struct {
	check_fn *check;
	const char *value;
	bool good;
} values[] = {
	{ cr_control_check_purpose, "directMarketing", true },
	{ cr_control_check_purpose, "x", true },
	{ cr_control_check_purpose, "x-1", true },
	{ cr_control_check_purpose, X64, true },
	{ cr_control_check_purpose, X64 "x", false },
	{ cr_control_check_purpose, "", false },
	{ cr_control_check_purpose, "1x", false },
	{ cr_control_check_purpose, "-x", false },
	{ cr_control_check_purpose, "direct marketing", false },
	{ cr_control_check_purpose, "direct_marketing", false },
	{ cr_control_check_purpose, "suoramarkkinointi\xc3\xa4", false },
	{ cr_control_check_purpose, "x\n", false },

	{ cr_control_check_recipient, "cn=x,ou=recipients,dc=example,dc=fi",
	    true },
	{ cr_control_check_recipient, "CN=Perint\xc3\xa4 Oy,dc=fi", true },
	{ cr_control_check_recipient, "cn=a\\,b+o=c,dc=fi", true },
	{ cr_control_check_recipient, "2.5.4.3=x", true },
	{ cr_control_check_recipient, "", false },
	{ cr_control_check_recipient, " ", false },
	{ cr_control_check_recipient, "x", false },
	{ cr_control_check_recipient, "cn=x,", false },
	{ cr_control_check_recipient, ",cn=x", false },
	{ cr_control_check_recipient, "cn=x,,dc=fi", false },
	{ cr_control_check_recipient, "cn=\xe4", false },
	{ cr_control_check_recipient, "cn=\xc0\x80", false },
	{ cr_control_check_recipient, "cn=\xed\xa0\x80", false },
	{ cr_control_check_recipient, "cn=\xf4\x90\x80\x80", false },
	{ cr_control_check_recipient, "cn=\xc3", false },
	{ cr_control_check_recipient, "cn=x\\", false },

	{ cr_control_check_reference, "R-2025.17:a_b", true },
	{ cr_control_check_reference, "1", true },
	{ cr_control_check_reference, X64, true },
	{ cr_control_check_reference, X64 "x", false },
	{ cr_control_check_reference, "", false },
	{ cr_control_check_reference, "a b", false },
	{ cr_control_check_reference, "a/b", false },
	{ cr_control_check_reference, "\xc3\xa4", false },
	{ cr_control_check_reference, "a\n", false }
};

/* On the heap, so that a read past the end is seen. */
static int
check_copy(check_fn *check, const char *value, size_t len)
{
	char *copy = malloc(len + (len == 0));
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, value, len);
	rc = check((struct cr_slice){ copy, len });
	free(copy);
	return rc;
}

START_TEST(values_are_as_agreed)
{
	ck_assert_int_eq(check_copy(values[_i].check, values[_i].value,
	    strlen(values[_i].value)), values[_i].good ? CR_OK : CR_EPROTO);
}
END_TEST

START_TEST(a_nul_is_refused_anywhere)
{
	static const struct {
		check_fn *check;
		const char *value;
	} good[] = {
		{ cr_control_check_purpose, "directMarketing" },
		{ cr_control_check_recipient, "cn=x,ou=recipients,dc=fi" },
		{ cr_control_check_reference, "R-2025.17" }
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t len = strlen(good[i].value);

		for (size_t at = 0; at <= len; at++) {
			char value[64] = { 0 };

			memcpy(value, good[i].value, at);
			memcpy(value + at + 1, good[i].value + at, len - at);
			ck_assert_int_eq(check_copy(good[i].check, value,
			    len + 1), CR_EPROTO);
		}
	}
}
END_TEST

START_TEST(a_recipient_is_of_some_length)
{
	char value[CR_RECIPIENT_DN_MAX + 2];

	memset(value, 'x', sizeof(value));
	memcpy(value, "cn=", 3);
	ck_assert_int_eq(check_copy(cr_control_check_recipient, value,
	    CR_RECIPIENT_DN_MAX), CR_OK);
	ck_assert_int_eq(check_copy(cr_control_check_recipient, value,
	    CR_RECIPIENT_DN_MAX + 1), CR_EPROTO);
}
END_TEST

START_TEST(a_mebibyte_is_refused)
{
	const size_t len = 1 << 20;
	char *value = malloc(len);

	ck_assert_ptr_nonnull(value);
	memset(value, 'x', len);
	ck_assert_int_eq(cr_control_check_purpose((struct cr_slice){ value,
		len }), CR_EPROTO);
	ck_assert_int_eq(cr_control_check_recipient((struct cr_slice){ value,
		len }), CR_EPROTO);
	ck_assert_int_eq(cr_control_check_reference((struct cr_slice){ value,
		len }), CR_EPROTO);
	free(value);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control");
	TCase *tcase = tcase_create("control");

	tcase_add_loop_test(tcase, values_are_as_agreed, 0,
	    (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(tcase, a_nul_is_refused_anywhere);
	tcase_add_test(tcase, a_recipient_is_of_some_length);
	tcase_add_test(tcase, a_mebibyte_is_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
