/*
 * The read log as a database: filters, ranges, scopes, pages, limits.
 */
#include "harness_readlog.h"

#include <stdio.h>
#include <string.h>

static const struct cr_setup plain = { .customers = 10,
	.global = "loglevel none",
	.ldif = readlog_auditor,
	.later = READLOG };
static const struct cr_setup tree = { .customers = 10,
	.config_tree = true,
	.ldif = readlog_auditor,
	.later = READLOG "custreg-logregister " SUFFIX "\n" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
start_tree(void)
{
	server = cr_server_start(&tree);
}

static void
stop(void)
{
	cr_server_stop(server);
}

/* A read that the test finds again by its reference. */
static size_t
read_marked(const char *who, const char *dn, enum cr_scope scope,
    const char *mark, const char *purpose)
{
	return readlog_read(server, who, dn, scope, mark, purpose);
}

static struct cr_answer *
ask(const char *who, const char *filter, const char *attrs)
{
	return readlog_ask(server, who, filter, attrs);
}

/* Terms that the index knows, and others, find the same. */
START_TEST(filters)
	{
		static const struct {
			const char *filter;
			size_t found;
		} rows[] = {
			{ "(crReadReader=uid=aino," HANDLERS ")", 2 },
			{ "(crReadReader=UID=Aino, ou=handlers, dc=example, "
			  "dc=fi)", 2 },
			{ "(crReadReader=uid=leena," HANDLERS ")", 0 },
			{ "(crReadSubject=" UUID1 ")", 3 },
			{ "(crReadSubject=" UUID2 ")", 0 },
			{ "(crReadSubjectDN=" C(10001) ")", 3 },
			{ "(crReadSubjectDN=uid=nobody," CUSTOMERS ")", 0 },
			{ "(crReadPurpose=BILLING)", 1 },
			{ "(crReadType=search)", 3 },
			{ "(crReadType=compare)", 1 },
			{ "(crReadType=nonsense)", 0 },
			{ "(crReadRecipient=cn=laskutus," RECIPIENTS ")", 1 },
			{ "(crReadRecipient=*)", 1 },
			{ "(!(crReadRecipient=*))", 3 },
			{ "(|(crReadPurpose=billing)(crReadSubject=" UUID3 "))",
			    2 },
			{ "(crReadReader:dnSubtreeMatch:=" HANDLERS ")", 4 },
			{ "(crReadReader:dnSubtreeMatch:=" SERVICES ")", 0 },
			{ "(crReadAttribute=mail)", 4 },
			{ "(crReadFilter=*class*)", 3 },
			{ "(crReadTime>=20200101000000Z)", 4 },
			{ "(crReadTime<=20200101000000Z)", 0 },
			{ "(crReadTime>=99990101000000Z)", 0 },
			{ "(&(crReadType=search)(crReadSubject=" UUID1 ")"
			  "(crReadReader=uid=mikko," HANDLERS "))", 1 },
			{ "(entryDN=cn=nosuch)", 0 },
			{ "(objectClass=crRead)", 4 },
			{ "(noSuchAttribute=1)", 0 },
		};
		const struct cr_request billed = { .dn = C(10001),
			.controls = { { .kind = CTL_REFERENCE, .arg = "T-f" },
			    { .kind = CTL_PURPOSE, .arg = "billing" },
			    { .kind = CTL_RECIPIENT,
				.arg = "cn=laskutus," RECIPIENTS } } };
		const struct cr_request compared = { .kind = CR_COMPARE,
			.dn = C(10001),
			.attr = "mail",
			.value = "nobody@example.fi",
			.controls = { { .kind = CTL_REFERENCE,
			    .arg = "T-f" } } };

		ck_assert_uint_eq(cr_ask_as(server, "aino", &billed)
				      ->entry_count,
		    1);
		expect_code(cr_ask_as(server, "aino", &compared), 5);
		(void)read_marked("mikko", C(10001), BASE, "T-f", NULL);
		(void)read_marked("mikko", C(10003), BASE, "T-f", NULL);
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct cr_answer *answer = ask("dpo",
			    cr_keep_text("(&" MARKED("T-f") "%s)",
				rows[i].filter), "1.1");

			ck_assert_msg(answer->code == 0 &&
			    answer->entry_count == rows[i].found,
			    "%s: wanted %zu, got %zu, result %d",
			    rows[i].filter, rows[i].found,
			    answer->entry_count, answer->code);
		}
	}
END_TEST

/* Up to the millisecond, both ends included. */
START_TEST(ranges_of_time)
	{
		struct cr_answer *all;
		const struct cr_entry *e;
		const char *times[3];

		for (int i = 0; i < 3; i++) {
			int64_t until = cr_suite_now() + 5;

			(void)read_marked("mikko", C(10001), BASE, "T-time",
			    NULL);
			while (cr_suite_now() < until)
				(void)cr_suite_again(until + 1000);
		}
		all = ask("dpo", MARKED("T-time"), "crReadTime");
		ck_assert_uint_eq(all->entry_count, 3);
		e = all->entries;
		for (int i = 0; i < 3; i++, e = e->next)
			times[i] = cr_entry_value(e, "crReadTime");
		ck_assert_int_lt(strcmp(times[0], times[1]), 0);
		ck_assert_int_lt(strcmp(times[1], times[2]), 0);
#define FOUND(format, a, b)                                                 \
	ask("registrar",                                                    \
	    cr_keep_text("(&" MARKED("T-time") format ")", (a), (b)), \
	    NULL)->entry_count
		ck_assert_uint_eq(FOUND("(crReadTime>=%s)(crReadTime<=%s)",
				      times[0], times[2]),
		    3);
		ck_assert_uint_eq(FOUND("(crReadTime>=%s)(crReadTime<=%s)",
				      times[1], times[1]),
		    1);
		ck_assert_uint_eq(FOUND("(!(crReadTime<=%s))(crReadTime<=%s)",
				      times[0], times[2]),
		    2);
		ck_assert_uint_eq(FOUND("(|(crReadTime=%s)(crReadTime=%s))",
				      times[0], times[2]),
		    2);
	}
END_TEST

START_TEST(pages)
	{
		struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = MARKED("T-page"), .attrs = "crReadSubject" };
		struct cr_conn *conn = cr_conn_open(server, "dpo");
		struct cr_value cookie = { NULL, 0 };
		struct cr_text seen = { 0 };
		size_t sizes[3] = { 0 };
		unsigned count = 0;

		/* leaves of several customers and leaves of one */
		(void)read_marked("aino", CUSTOMERS, ONE, "T-page", NULL);
		for (int i = 0; i < 3; i++)
			(void)read_marked("mikko", C(10001), BASE, "T-page",
			    NULL);
		do {
			struct cr_answer *answer;

			request.controls[0] = (struct cr_control){ CTL_PAGED,
				"5", cookie.bytes, cookie.len, NULL, false };
			answer = cr_ask(conn, &request);
			expect_code(answer, 0);
			ck_assert_uint_lt(count, 3);
			sizes[count++] = answer->entry_count;
			for (const struct cr_entry *e = answer->entries;
			     e != NULL; e = e->next) {
				ck_assert_ptr_null(seen.bytes == NULL ? NULL :
				    strstr(seen.bytes, e->dn));
				cr_text_add(&seen, "%s\n", e->dn);
			}
			cookie = cr_answer_cookie(answer, NULL);
		} while (cookie.len > 0);
		ck_assert_uint_eq(count, 3);
		ck_assert_uint_eq(sizes[0], 5);
		ck_assert_uint_eq(sizes[1], 5);
		ck_assert_uint_eq(sizes[2], 2);
	}
END_TEST

/* The list would grow by its own pages. */
START_TEST(pages_of_everything_end)
	{
		struct cr_request request = { .dn = LOG, .scope = SUB,
			.filter = "(crReadTime>=20200101000000Z)" };
		struct cr_conn *conn = cr_conn_open(server, "dpo");
		struct cr_value cookie = { NULL, 0 };
		unsigned count = 0;

		do {
			struct cr_answer *answer;

			request.controls[0] = (struct cr_control){ CTL_PAGED,
				"20", cookie.bytes, cookie.len, NULL, false };
			answer = cr_ask(conn, &request);
			expect_code(answer, 0);
			ck_assert_uint_lt(count++, 5000);
			cookie = cr_answer_cookie(answer, NULL);
		} while (cookie.len > 0);
		ck_assert_uint_gt(count, 1);
	}
END_TEST

START_TEST(page_that_is_none)
	{
		struct cr_request request = { .dn = LOG, .scope = ONE };
		struct cr_answer *answer;

		request.controls[0] = (struct cr_control){ CTL_PAGED, "5",
			"nonsense", 8, NULL, false };
		expect_code(cr_ask_as(server, "dpo", &request), 2);
		request.controls[0] = (struct cr_control){ CTL_PAGED, "0",
			NULL, 0, NULL, false };
		answer = cr_ask_as(server, "dpo", &request);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 0);
		ck_assert_uint_eq(cr_answer_cookie(answer, NULL).len, 0);
	}
END_TEST

START_TEST(size_limit)
	{
		struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = MARKED("T-limit"), .size = 3 };
		struct cr_answer *answer;

		(void)read_marked("mikko", CUSTOMERS, ONE, "T-limit", NULL);
		answer = cr_ask_as(server, "dpo", &request);
		expect_code(answer, 4);
		ck_assert_uint_eq(answer->entry_count, 3);
		request.size = 7;
		answer = cr_ask_as(server, "dpo", &request);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 7);
	}
END_TEST

/* An abandoned question ends, and the server is none the worse. */
START_TEST(abandoned)
	{
		struct cr_conn *conn = cr_conn_open(server, "dpo");
		const struct cr_request request = { .dn = LOG, .scope = SUB };
		struct cr_request abandon = { .kind = CR_ABANDON };
		const struct cr_request base = { .dn = "", .scope = BASE };

		for (int i = 0; i < 20; i++) {
			abandon.message = cr_conn_send(conn, &request);
			(void)cr_conn_send(conn, &abandon);
		}
		expect_code(cr_ask(conn, &base), 0);
		cr_conn_close(conn);
		conn = cr_conn_open(server, "dpo");
		(void)cr_conn_send(conn, &request);
		cr_conn_close(conn);
		cr_server_alive(server);
	}
END_TEST

/* No record, no answer; and it goes on by itself. */
START_TEST(not_without_a_record)
	{
		char *log = cr_server_path(server, "log");
		char *away = cr_keep_text("%s.away", log);
		int64_t deadline = cr_suite_now() +
		    1000 * cr_suite_seconds(20);
		struct cr_answer *answer;

		(void)read_marked("mikko", C(10001), BASE, "T-away", NULL);
		ck_assert_int_eq(rename(log, away), 0);
		do
			answer = ask("dpo", MARKED("T-away"), NULL);
		while (answer->code == 0 && cr_suite_again(deadline));
		expect_code(answer, 52);
		ck_assert_uint_eq(answer->entry_count, 0);
		ck_assert_int_eq(rename(away, log), 0);
		do
			answer = ask("dpo", MARKED("T-away"), NULL);
		while (answer->code != 0 && cr_suite_again(deadline));
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
	}
END_TEST

START_TEST(scopes)
	{
		const struct cr_request base = { .dn = LOG, .scope = BASE };
		const struct cr_request sub = { .dn = LOG, .scope = SUB,
			.filter = "(|(objectClass=crReadLog)"
				  MARKED("T-scope") ")" };
		const struct cr_request below = { .dn = LOG,
			.scope = CHILDREN, .filter = MARKED("T-scope") };
		struct cr_answer *answer;
		struct cr_request one = { .filter = NULL };

		(void)read_marked("mikko", C(10001), BASE, "T-scope", NULL);
		answer = cr_ask_as(server, "dpo", &base);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert_str_eq(answer->entries->dn, LOG);
		ck_assert(cr_entry_has(answer->entries, "cn", "readlog"));
		ck_assert_uint_eq(cr_ask_as(server, "dpo", &sub)->entry_count,
		    2);
		answer = cr_ask_as(server, "dpo", &below);
		ck_assert_uint_eq(answer->entry_count, 1);

		one.dn = answer->entries->dn;
		ck_assert_uint_eq(cr_ask_as(server, "dpo", &one)->entry_count,
		    1);
		one.scope = SUB;
		ck_assert_uint_eq(cr_ask_as(server, "dpo", &one)->entry_count,
		    1);
		one.scope = ONE;
		answer = cr_ask_as(server, "dpo", &one);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 0);
		one.scope = BASE;
		one.filter = "(crReadType=compare)";
		answer = cr_ask_as(server, "dpo", &one);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 0);
	}
END_TEST

START_TEST(names_that_are_not_there)
	{
		static const char *const names[] = { "crReadId=999999999.1,"
			LOG, "crReadId=0.77," LOG, "crReadId=0," LOG,
			"crReadId=00.1," LOG, "crReadId=x," LOG, "cn=x," LOG,
			"cn=x,crReadId=0.1," LOG,
			"crReadId=99999999999999999999999.1," LOG };
		const struct cr_request request = { .dn = names[_i] };
		struct cr_answer *answer;

		(void)read_marked("mikko", C(10001), BASE, "T-none", NULL);
		answer = cr_ask_as(server, "dpo", &request);
		expect_code(answer, 32);
		ck_assert_str_eq(answer->matched, LOG);
	}
END_TEST

START_TEST(attributes_asked_for)
	{
		struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = MARKED("T-attr"), .attrs = "crReadType +" };
		const struct cr_entry *e;

		(void)read_marked("mikko", C(10001), BASE, "T-attr", NULL);
		e = cr_ask_as(server, "dpo", &request)->entries;
		ck_assert(cr_entry_has(e, "crReadType", "search"));
		ck_assert(cr_entry_has(e, "entryDN", e->dn));
		ck_assert(cr_entry_has(e, "hasSubordinates", "FALSE"));
		ck_assert(cr_entry_has(e, "structuralObjectClass", "crRead"));
		ck_assert_ptr_null(cr_entry_attr(e, "crReadReader"));
		ck_assert_ptr_null(cr_entry_attr(e, "crReadSubjectDN"));
		request.attrs = NULL;
		request.types_only = true;
		e = cr_ask_as(server, "dpo", &request)->entries;
		ck_assert_ptr_nonnull(cr_entry_attr(e, "crReadReader"));
		ck_assert_uint_eq(cr_entry_attr(e, "crReadReader")->count, 0);
		request.attrs = "1.1";
		e = cr_ask_as(server, "dpo", &request)->entries;
		ck_assert_ptr_null(e->attrs);
	}
END_TEST

START_TEST(compares)
	{
		struct cr_request request = { .kind = CR_COMPARE };
		struct cr_text log;
		size_t from;

		(void)read_marked("mikko", C(10001), BASE, "T-cmp", NULL);
		request.dn = ask("dpo", MARKED("T-cmp"), "1.1")->entries->dn;
		request.attr = "crReadReader";
		request.value = "uid=mikko," HANDLERS;
		from = cr_server_readlog(server).len;
		expect_code(cr_ask_as(server, "dpo", &request), 6);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, from, "type=readlog",
				      "event=readlog"),
		    1);
		request.value = "uid=aino," HANDLERS;
		expect_code(cr_ask_as(server, "dpo", &request), 5);
		/* the reader is not for the customer */
		expect_code(cr_ask_as(server, "c10001", &request), 16);
		expect_code(cr_ask_as(server, "c10003", &request), 32);
		request.attr = "crReadSubjectDN";
		request.value = C(10001);
		expect_code(cr_ask_as(server, "dpo", &request), 6);
		request.dn = "crReadId=99999.1," LOG;
		expect_code(cr_ask_as(server, "dpo", &request), 32);
	}
END_TEST

static void
add_all(TCase *tc)
{
	tcase_add_test(tc, filters);
	tcase_add_test(tc, ranges_of_time);
	tcase_add_test(tc, pages);
	tcase_add_test(tc, pages_of_everything_end);
	tcase_add_test(tc, page_that_is_none);
	tcase_add_test(tc, size_limit);
	tcase_add_test(tc, abandoned);
	tcase_add_test(tc, not_without_a_record);
	tcase_add_test(tc, scopes);
	tcase_add_loop_test(tc, names_that_are_not_there, 0, 8);
	tcase_add_test(tc, attributes_asked_for);
	tcase_add_test(tc, compares);
}

static void
fill(Suite *suite)
{
	add_all(cr_suite_case(suite, "plain", start, stop));
	add_all(cr_suite_case(suite, "config tree", start_tree, stop));
}

int
main(void)
{
	return cr_suite_run("readlog_search", fill);
}
