/*
 * Time limits of questions to the read log.  Those are slow that ask for very
 * many things of which no index knows; or the client is.
 */
#include "harness_readlog.h"

#include <string.h>

enum { CUSTOMER_COUNT = 100, LISTS = 150, TERMS = 6000 };
enum { TIME_LIMIT = 3 }; /* the result */

static struct cr_setup plain = { .customers = CUSTOMER_COUNT,
	.global = "tcp-buffer write=16384",
	.limits = "limits * size=unlimited time=unlimited",
	.ldif = readlog_auditor };
static struct cr_server *server;
static size_t many; /* entries with the mark: sent in more than one part */

/* What matches comes first, and then much that is only looked at. */
static void
start(void)
{
	const struct cr_request list = { .dn = CUSTOMERS, .scope = ONE };
	const struct cr_request marked = { .dn = CUSTOMERS, .scope = ONE,
		.controls = { { .kind = CTL_REFERENCE, .arg = "T-many" } } };
	struct cr_conn *conn;

	plain.later = cr_keep_text(
	    READLOG "limits dn.exact=\"uid=auditor," HANDLERS "\" "
		    "time=%d size=unlimited\n",
	    cr_suite_seconds(1));
	server = cr_server_start(&plain);
	ck_assert_uint_eq(readlog_read(server, "mikko", C(10001), BASE, "T-few",
			      NULL),
	    1);
	conn = cr_conn_open(server, "root");
	while (many < 300)
		many += cr_ask(conn, &marked)->entry_count;
	for (int i = 0; i < LISTS; i++)
		ck_assert_uint_ge(cr_ask(conn, &list)->entry_count,
		    CUSTOMER_COUNT);
	cr_conn_close(conn);
}

static void
stop(void)
{
	cr_server_stop(server);
}

/* Those with the mark, and what it takes long to say of all the others. */
static char *
slow_filter(const char *mark)
{
	struct cr_text filter = { 0 };

	cr_text_add(&filter, "(&(crReadSubject=*)(|(crReadReference=%s)", mark);
	for (int i = 0; i < TERMS; i++)
		cr_text_add(&filter, "(crReadAttribute=*no*such*%d*)", i);
	cr_text_add(&filter, "))");
	return filter.bytes;
}

/* What has been on record since, once it has the end. */
static struct cr_text
record_of(size_t from, size_t count)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
	char *end = cr_keep_text("result=%d count=%zu", TIME_LIMIT, count);
	struct cr_text log;

	do
		log = cr_server_readlog(server);
	while (readlog_lines(&log, from, "end ", end) == 0 &&
	    cr_suite_again(deadline));
	ck_assert_uint_eq(readlog_lines(&log, from, "end ", end), 1);
	ck_assert_uint_eq(readlog_lines(&log, from, "end ", "result="), 1);
	return log;
}

/* What was found before it is in the answer, and on record with the result. */
START_TEST(what_was_found_is_on_record)
	{
		const struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = slow_filter("T-few"),
			.seconds = cr_suite_seconds(1) };
		size_t from = cr_server_readlog(server).len;
		int64_t begun = cr_suite_now();
		struct cr_answer *answer = cr_ask_as(server, "dpo", &request);
		struct cr_text log;

		expect_code(answer, TIME_LIMIT);
		/* slapd counts whole seconds, by a clock that may be late */
		ck_assert_int_gt(cr_suite_now() - begun,
		    1000 * request.seconds - 50);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert(cr_entry_has(answer->entries, "crReadReference",
		    "T-few"));
		log = record_of(from, 1);
		ck_assert_uint_eq(readlog_lines(&log, from, "event=readlog",
				      "who=uid=dpo"),
		    1);
	}
END_TEST

/* Those sent while it went on had a record before them. */
START_TEST(what_was_sent_is_on_record)
	{
		const struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = slow_filter("T-many"),
			.attrs = "crReadReference",
			.seconds = cr_suite_seconds(1) };
		size_t from = cr_server_readlog(server).len;
		struct cr_answer *answer = cr_ask_as(server, "dpo", &request);
		struct cr_text log;

		expect_code(answer, TIME_LIMIT);
		ck_assert_uint_eq(answer->entry_count, many);
		log = record_of(from, many);
		ck_assert_uint_eq(readlog_lines(&log, from, "event=readlog",
				      "who=uid=dpo"),
		    2);
	}
END_TEST

START_TEST(nothing_found_is_no_record)
	{
		const struct cr_request request = { .dn = LOG, .scope = SUB,
			.filter = slow_filter("T-none"),
			.seconds = cr_suite_seconds(1) };
		size_t from = cr_server_readlog(server).len;
		struct cr_answer *answer = cr_ask_as(server, "dpo", &request);

		expect_code(answer, TIME_LIMIT);
		ck_assert_uint_eq(answer->entry_count, 0);
		ck_assert_uint_eq(cr_server_readlog(server).len, from);
	}
END_TEST

/* The database's, for who has set none. */
START_TEST(limit_of_the_server)
	{
		const struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = slow_filter("T-few"), .attrs = "1.1" };
		size_t from = cr_server_readlog(server).len;
		struct cr_answer *answer =
		    cr_ask_as(server, cr_conn_dn("auditor"), &request);

		expect_code(answer, TIME_LIMIT);
		ck_assert_uint_eq(answer->entry_count, 1);
		(void)record_of(from, 1);
	}
END_TEST

/* A client that does not read: slapd waits for it, and then says so. */
START_TEST(client_that_is_slow)
	{
		const struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = "(crReadSubject=*)", .seconds = 1 };
		struct cr_conn *conn =
		    cr_conn_open_narrow(server, "dpo", 16 << 10);
		size_t from = cr_server_readlog(server).len;
		int id = cr_conn_send(conn, &request);
		struct cr_answer *answer;
		int64_t over;

		ck_assert(cr_conn_ready(conn, cr_suite_seconds(30) * 1000));
		over = cr_suite_now() + 2100;
		while (cr_suite_again(over))
			;
		answer = cr_conn_wait(conn, id);
		expect_code(answer, TIME_LIMIT);
		ck_assert_uint_gt(answer->entry_count, 0);
		ck_assert_uint_lt(answer->entry_count, LISTS * CUSTOMER_COUNT);
		(void)record_of(from, answer->entry_count);
		cr_conn_close(conn);
	}
END_TEST

/* One that comes to its end in time is none the worse. */
START_TEST(in_time)
	{
		const struct cr_request request = { .dn = LOG, .scope = ONE,
			.filter = MARKED("T-few"),
			.seconds = cr_suite_seconds(30) };
		struct cr_answer *answer = cr_ask_as(server, "dpo", &request);

		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "time", start, stop);

	tcase_add_test(tc, what_was_found_is_on_record);
	tcase_add_test(tc, what_was_sent_is_on_record);
	tcase_add_test(tc, nothing_found_is_no_record);
	tcase_add_test(tc, limit_of_the_server);
	tcase_add_test(tc, client_that_is_slow);
	tcase_add_test(tc, in_time);
}

int
main(void)
{
	return cr_suite_run("readlog_time", fill);
}
