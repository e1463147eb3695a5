#include "unit/suite.h"

#include <unistd.h>

#include "../../client/command.h"
#include "../../client/options.h"
#include "../../client/secret.h"
#include "custreg/oids.h"

/* What a -e says; value NULL: the control has none. */
static const struct {
	const char *text;
	int rc;
	const char *oid;
	bool critical;
	const char *value;
} controls[] = {
	{ "!purpose=directMarketing", CR_OK, CR_OID_PURPOSE_CONTROL, true,
	    "directMarketing" },
	{ "Purpose=billing", CR_OK, CR_OID_PURPOSE_CONTROL, false,
	    "billing" },
	{ "recipient=cn=a,dc=fi", CR_OK, CR_OID_RECIPIENT_CONTROL, false,
	    "cn=a,dc=fi" },
	{ "reference=R-1", CR_OK, CR_OID_REFERENCE_CONTROL, false, "R-1" },
	{ "!authzid=u:aino", CR_OK, LDAP_CONTROL_PROXY_AUTHZ, true,
	    "u:aino" },
	{ "authzid=", CR_OK, LDAP_CONTROL_PROXY_AUTHZ, false, "" },
	{ "manageDSAit", CR_OK, LDAP_CONTROL_MANAGEDSAIT, false, NULL },
	{ "!" CR_OID_PURPOSE_CONTROL "=:directMarketing", CR_OK,
	    CR_OID_PURPOSE_CONTROL, true, "directMarketing" },
	{ "1.2.3", CR_OK, "1.2.3", false, NULL },
	{ "1.2.3=:", CR_OK, "1.2.3", false, "" },
	{ "1.2.3=::", CR_OK, "1.2.3", false, "" },
	{ "1.2.3=::YQ==", CR_OK, "1.2.3", false, "a" },
	{ "1.2.3=::YWI=", CR_OK, "1.2.3", false, "ab" },
	{ "1.2.3=::YWJj", CR_OK, "1.2.3", false, "abc" },
	{ "1.2.3=::YWJjZA==", CR_OK, "1.2.3", false, "abcd" },
	{ "1.2.3=::YWJ", CR_ESYNTAX, NULL, false, NULL },
	{ "1.2.3=::Y*J=", CR_ESYNTAX, NULL, false, NULL },
	{ "1.2.3=::=YWJ", CR_ESYNTAX, NULL, false, NULL },
	{ "1.2.3=value", CR_ESYNTAX, NULL, false, NULL },
	{ "purpose", CR_ESYNTAX, NULL, false, NULL },
	{ "manageDSAit=1", CR_ESYNTAX, NULL, false, NULL },
	{ "nothing=1", CR_ESYNTAX, NULL, false, NULL },
	{ "!", CR_ESYNTAX, NULL, false, NULL },
	{ "", CR_ESYNTAX, NULL, false, NULL }
};

START_TEST(a_control_is_read)
{
	struct cr_controls list = { 0 };
	const LDAPControl *control;

	ck_assert_int_eq(cr_controls_add(&list, controls[_i].text),
		controls[_i].rc);
	ck_assert_uint_eq(list.count, controls[_i].rc == CR_OK ? 1 : 0);
	if (controls[_i].rc == CR_OK) {
		control = list.list[0];
		ck_assert_str_eq(control->ldctl_oid, controls[_i].oid);
		ck_assert_int_eq(control->ldctl_iscritical != 0,
			controls[_i].critical);
		if (controls[_i].value == NULL)
			ck_assert_ptr_null(control->ldctl_value.bv_val);
		else
			ck_assert_str_eq(control->ldctl_value.bv_val,
				controls[_i].value);
		ck_assert_ptr_null(list.list[1]);
	}
	cr_controls_clear(&list);
}
END_TEST

START_TEST(there_is_a_most_of_controls)
{
	struct cr_controls list = { 0 };

	for (int i = 0; i < CR_CONTROLS_MAX; i++)
		ck_assert_int_eq(cr_controls_add(&list, "1.2.3"), CR_OK);
	ck_assert_int_eq(cr_controls_add(&list, "1.2.3"), CR_ELIMIT);
	cr_controls_clear(&list);
}
END_TEST

/* Letters and values, taken in order, then checked together. */
static const struct {
	const char *given[8];
	int rc;
} combinations[] = {
	{ { NULL }, CR_OK },
	{ { "x", "", "D", "cn=a", "w", "secret" }, CR_OK },
	{ { "Y", "EXTERNAL", "Q", "" }, CR_OK },
	{ { "x", "", "Y", "EXTERNAL" }, CR_ESYNTAX },
	{ { "x", "", "U", "aino" }, CR_ESYNTAX },
	{ { "w", "a", "W", "" }, CR_ESYNTAX },
	{ { "w", "a", "y", "file" }, CR_ESYNTAX },
	{ { "w", "a", "w", "b" }, CR_ESYNTAX },
	{ { "W", "", "y", "file" }, CR_ESYNTAX },
	{ { "Q", "", "I", "" }, CR_ESYNTAX },
	{ { "o", "nettimeout=5", "d", "-1" }, CR_OK },
	{ { "o", "nettimeout=soon" }, CR_ESYNTAX },
	{ { "o", "colour=red" }, CR_ESYNTAX },
	{ { "d", "loud" }, CR_ESYNTAX },
	{ { "e", "purpose" }, CR_ESYNTAX },
	{ { "E", "!purpose=billing", "N", "", "Z", "", "Z", "" }, CR_OK }
};

START_TEST(options_go_together)
{
	struct cr_connect_options options = { 0 };
	char values[4][32];
	int rc = CR_OK;

	for (int i = 0; rc == CR_OK && i < 4 &&
	    combinations[_i].given[2 * i] != NULL; i++) {
		strcpy(values[i], combinations[_i].given[2 * i + 1]);
		rc = cr_connect_option(&options,
			combinations[_i].given[2 * i][0], values[i]);
	}
	if (rc == CR_OK)
		rc = cr_connect_options_check(&options);
	ck_assert_int_eq(rc, combinations[_i].rc);
	cr_connect_options_clear(&options);
}
END_TEST

START_TEST(a_password_is_struck_out)
{
	struct cr_connect_options options = { 0 };
	char argument[] = "kokeilu";

	ck_assert_int_eq(cr_connect_option(&options, 'w', argument), CR_OK);
	ck_assert_str_eq(argument, "*******");
	ck_assert_str_eq(options.password, "kokeilu");
	ck_assert_uint_eq(options.password_len, 7);
	cr_connect_options_clear(&options);
	ck_assert_ptr_null(options.password);
}
END_TEST

START_TEST(start_tls_is_counted)
{
	struct cr_connect_options options = { 0 };
	char none[] = "";

	ck_assert_int_eq(cr_connect_option(&options, 'Z', none), CR_OK);
	ck_assert_uint_eq(options.start_tls, 1);
	ck_assert_int_eq(cr_connect_option(&options, 'Z', none), CR_OK);
	ck_assert_uint_eq(options.start_tls, 2);
	cr_connect_options_clear(&options);
}
END_TEST

START_TEST(a_password_file_is_taken_as_it_is)
{
	char path[] = "/tmp/custreg-test-XXXXXX";
	int fd = mkstemp(path);
	char *text = NULL;
	size_t len = 0;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "a\0b\n", 4), 4);
	close(fd);
	ck_assert_int_eq(cr_secret_read_file(path, &text, &len), CR_OK);
	ck_assert_uint_eq(len, 4);
	ck_assert_mem_eq(text, "a\0b\n", 5);
	free(text);
	unlink(path);
	ck_assert_int_eq(cr_secret_read_file(path, &text, &len), CR_ESYNTAX);
}
END_TEST

static const struct {
	int code;
	enum cr_exit exit;
} exits[] = {
	{ LDAP_SUCCESS, CR_EXIT_DONE },
	{ LDAP_NO_SUCH_OBJECT, CR_EXIT_USAGE },
	{ LDAP_INSUFFICIENT_ACCESS, CR_EXIT_NOT_ALLOWED },
	{ LDAP_SIZELIMIT_EXCEEDED, CR_EXIT_NOT_ALLOWED },
	{ LDAP_UNWILLING_TO_PERFORM, CR_EXIT_NOT_ALLOWED },
	{ LDAP_UNAVAILABLE, CR_EXIT_UNAVAILABLE },
	{ LDAP_BUSY, CR_EXIT_UNAVAILABLE },
	{ LDAP_SERVER_DOWN, CR_EXIT_UNAVAILABLE },
	{ LDAP_OTHER, CR_EXIT_UNAVAILABLE }
};

START_TEST(codes_become_exits)
{
	ck_assert_int_eq(cr_exit_of_ldap(exits[_i].code), exits[_i].exit);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client options");
	TCase *tcase = tcase_create("client options");

	tcase_add_loop_test(tcase, a_control_is_read, 0,
		sizeof(controls) / sizeof(controls[0]));
	tcase_add_test(tcase, there_is_a_most_of_controls);
	tcase_add_loop_test(tcase, options_go_together, 0,
		sizeof(combinations) / sizeof(combinations[0]));
	tcase_add_test(tcase, a_password_is_struck_out);
	tcase_add_test(tcase, start_tls_is_counted);
	tcase_add_test(tcase, a_password_file_is_taken_as_it_is);
	tcase_add_loop_test(tcase, codes_become_exits, 0,
		sizeof(exits) / sizeof(exits[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
