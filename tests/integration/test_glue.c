/*
 * A subordinate database: customers in a database of their own below that of
 * the rest, and searched with it.
 */
#include "harness.h"

#include <string.h>

#define LOWER "ou=asiakkaat2," SUFFIX

static struct cr_server *server;

static const struct cr_setup glued = { .customers = 10,
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * read",
	.databases = "database mdb\nsuffix \"" LOWER "\"\nsubordinate\n"
		     "rootdn \"" ROOT "\"\n"
		     "directory @DIR@/db2\n"
		     "access to * by * write" };

static void
start(void)
{
	struct cr_conn *conn;
	static const struct cr_request unit = { .kind = CR_ADD,
		.dn = LOWER,
		.lines = { "objectClass: organizationalUnit",
		    "ou: asiakkaat2" } };
	static const struct cr_request entry = { .kind = CR_ADD,
		.dn = "cn=alla," LOWER,
		.lines = { "objectClass: groupOfNames", "cn: alla",
		    "member: " C(10001), "member: " C(10002),
		    "member: " C(10006) } };

	server = cr_server_start(&glued);
	conn = cr_conn_open(server, "root");
	expect_code(cr_ask(conn, &unit), 0);
	expect_code(cr_ask(conn, &entry), 0);
	cr_conn_close(conn);
}

static void
stop(void)
{
	cr_server_stop(server);
}

START_TEST(search_over_both_hides)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer =
		    cr_look(conn, SUFFIX, SUB, "(|(l=zzz)(&))", "cn member");

		expect_code(answer, 0);
		ck_assert_ptr_nonnull(
		    cr_answer_entry(answer, "cn=alla," LOWER));
		ck_assert_ptr_nonnull(cr_answer_entry(answer, C(10001)));
		ck_assert_ptr_null(cr_answer_entry(answer, C(10002)));
		ck_assert_ptr_null(cr_answer_entry(answer, C(10006)));
	}
END_TEST

/* Values in the other database that name customers of this one. */
START_TEST(names_below_are_hidden)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer =
		    cr_look(conn, "cn=alla," LOWER, BASE, NULL, NULL);

		ck_assert(cr_entry_has(answer->entries, "member", C(10001)));
		ck_assert(!cr_entry_has(answer->entries, "member", C(10002)));
		ck_assert(!cr_entry_has(answer->entries, "member", C(10006)));
		answer =
		    cr_look(conn, LOWER, SUB, "(member=" C(10006) ")", "cn");
		ck_assert_uint_eq(answer->entry_count, 0);
		answer =
		    cr_look(conn, LOWER, SUB, "(member=" C(10001) ")", "cn");
		ck_assert_uint_eq(answer->entry_count, 1);
	}
END_TEST

START_TEST(limits_count_the_visible)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request request = { .dn = CUSTOMERS,
			.scope = ONE,
			.filter = "(&)",
			.size = 7 };

		expect_code(cr_ask(conn, &request), 0);
		request.size = 6;
		expect_code(cr_ask(conn, &request), 4);
	}
END_TEST

START_TEST(names_of_the_base_are_absent)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *hidden =
		    cr_look(conn, C(10006), BASE, NULL, NULL);
		struct cr_answer *missing =
		    cr_look(conn, C(99999), BASE, NULL, NULL);

		ck_assert_str_eq(hidden->all.bytes, missing->all.bytes);
	}
END_TEST

START_TEST(pages_go_over_both)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_value cookie = { NULL, 0 };
		size_t found = 0;
		int pages = 0;

		do {
			struct cr_request request = { .dn = SUFFIX,
				.scope = SUB,
				.filter = "(objectClass=crCustomer)",
				.attrs = "uid" };
			struct cr_answer *answer;

			request.controls[0] =
			    (struct cr_control){ CTL_PAGED, .arg = "3",
				    .bytes = cookie.bytes, .len = cookie.len };
			answer = cr_ask(conn, &request);
			/* glue may not page over databases; then it says so */
			if (answer->code != 0)
				break;
			found += answer->entry_count;
			ck_assert_ptr_null(cr_answer_entry(answer, C(10006)));
			cookie = cr_answer_cookie(answer, NULL);
		} while (cookie.len > 0 && ++pages < 20);
		ck_assert_uint_le(found, 7);
		cr_server_alive(server);
	}
END_TEST

/* The lower one as the one that is guarded. */
static const struct cr_setup lower_guarded = { .customers = 10,
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * read",
	.databases = "database mdb\nsuffix \"" LOWER "\"\nsubordinate\n"
		     "rootdn \"" ROOT "\"\n"
		     "directory @DIR@/db2\n"
		     "access to * by * write\n"
		     "overlay custreg\n"
		     "custreg-customers \"ou=asiakkaat," LOWER "\"" };

START_TEST(lower_database_is_guarded_too)
	{
		struct cr_server *own = cr_server_start(&lower_guarded);
		struct cr_conn *conn = cr_conn_open(own, "root");
		static const struct cr_request adds[] = {
			{ .kind = CR_ADD,
			    .dn = LOWER,
			    .lines = { "objectClass: organizationalUnit",
				"ou: asiakkaat2" } },
			{ .kind = CR_ADD,
			    .dn = "ou=asiakkaat," LOWER,
			    .lines = { "objectClass: organizationalUnit",
				"ou: asiakkaat" } },
			{ .kind = CR_ADD,
			    .dn = "uid=a1,ou=asiakkaat," LOWER,
			    .lines = { "objectClass: inetOrgPerson",
				"objectClass: crCustomer", "cn: A", "sn: A" } },
		};
		struct cr_answer *answer;

		for (size_t i = 0; i < COUNT(adds); i++)
			expect_code(cr_ask(conn, &adds[i]), 0);
		/* no policy below it: nobody but rootdn sees anybody */
		conn = cr_conn_open(own, "aino");
		answer = cr_look(conn, SUFFIX, SUB, "(uid=a1)", "uid");
		ck_assert_uint_eq(answer->entry_count, 0);
		answer = cr_look(conn, "uid=a1,ou=asiakkaat," LOWER, BASE, NULL,
		    NULL);
		expect_code(answer, 32);
		ck_assert_uint_eq(
		    cr_look(conn, CUSTOMERS, ONE, NULL, "uid")->entry_count, 9);
		cr_server_stop(own);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "upper", start, stop);

	tcase_add_test(tc, search_over_both_hides);
	tcase_add_test(tc, names_below_are_hidden);
	tcase_add_test(tc, limits_count_the_visible);
	tcase_add_test(tc, names_of_the_base_are_absent);
	tcase_add_test(tc, pages_go_over_both);

	tc = tcase_create("lower");
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, lower_database_is_guarded_too);
}

int
main(void)
{
	return cr_suite_run("glue", fill);
}
