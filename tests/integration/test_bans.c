/*
 * Bans: who sets and who lifts them, the record of it, when they end, and that
 * they hold at once, also for a search that is under way.
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct cr_setup plain = { .customers = 10 };
static const struct cr_setup large = { .customers = 10000,
	.bare = true,
	.limits = "limits * size=unlimited time=unlimited" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
start_large(void)
{
	server = cr_server_start(&large);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static bool
sees(const char *who, const char *dn)
{
	struct cr_conn *conn = cr_conn_open(server, who);
	bool found = cr_look(conn, dn, BASE, NULL, "uid")->entry_count == 1;

	cr_conn_close(conn);
	return found;
}

static const struct cr_attr *
records_of(const char *dn)
{
	struct cr_conn *conn = cr_conn_open(server, "registrar");
	struct cr_answer *answer = cr_look(conn, dn, BASE, NULL, "crBanRecord");

	cr_conn_close(conn);
	return cr_entry_attr(answer->entries, "crBanRecord");
}

/* The last record with all the words in it, fails when there is none. */
static void
expect_record(const char *dn, const char *what)
{
	const struct cr_attr *records = records_of(dn);

	ck_assert_msg(records != NULL, "no record at all");
	for (size_t i = 0; i < records->count; i++) {
		if (strstr(records->values[i].bytes, what) != NULL)
			return;
	}
	ck_abort_msg("no record of \"%s\"", what);
}

static int
change(const char *who, const char *dn, const char *line)
{
	struct cr_conn *conn = cr_conn_open(server, who);
	int code = cr_change(conn, dn, line, NULL);

	cr_conn_close(conn);
	return code;
}

START_TEST(customer_sets_and_lifts_own)
	{
		ck_assert(sees("mikko", C(10001)));
		ck_assert_int_eq(change("c10001", C(10001),
				     "+crMarketingBan: directMarketing"),
		    0);
		ck_assert(!sees("mikko", C(10001)));
		expect_record(C(10001),
		    "set crMarketingBan directMarketing self");
		ck_assert_int_eq(change("c10001", C(10001),
				     "-crMarketingBan: directMarketing"),
		    0);
		ck_assert(sees("mikko", C(10001)));
		expect_record(C(10001),
		    "lifted crMarketingBan directMarketing self");
	}
END_TEST

START_TEST(handler_sets_and_does_not_lift)
	{
		ck_assert_int_eq(change("aino", C(10003),
				     "+crMarketingBan: all"),
		    0);
		ck_assert(!sees("mikko", C(10003)));
		expect_record(C(10003),
		    "set crMarketingBan all uid=aino,ou=handlers");
		ck_assert_int_eq(change("aino", C(10003),
				     "-crMarketingBan: all"),
		    50);
		ck_assert_int_eq(change("aino", C(10003), "-crMarketingBan"),
		    50);
		ck_assert_int_eq(change("aino", C(10003),
				     "=crMarketingBan: distanceSelling"),
		    50);
		ck_assert_int_eq(change("aino", C(10003), "=crMarketingBan"),
		    50);
		ck_assert(!sees("mikko", C(10003)));
		ck_assert_int_eq(change("registrar", C(10003),
				     "-crMarketingBan: all"),
		    0);
		ck_assert(sees("mikko", C(10003)));
		expect_record(C(10003),
		    "lifted crMarketingBan all uid=registrar,ou=handlers");
	}
END_TEST

/* An end in the past lifts, and so it is not for a handler. */
START_TEST(handler_does_not_lift_by_an_end)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");

		ck_assert_int_eq(
		    cr_change(conn, C(10002),
			"+crBanUntil: crMarketingBan directMarketing "
			"20200101000000Z",
			NULL),
		    50);
		ck_assert(!sees("mikko", C(10002)));
		ck_assert_int_ne(cr_change(conn, C(10004), "-crListingBan",
				     NULL),
		    0);
		ck_assert_int_ne(cr_change(conn, C(10005), "-crDisclosureBan",
				     NULL),
		    0);
		ck_assert_int_ne(cr_change(conn, C(10005),
				     "=crDisclosureBan: FALSE", NULL),
		    0);
	}
END_TEST

START_TEST(bans_are_set_with_the_customer)
	{
		static const struct cr_request add = { .kind = CR_ADD,
			.dn = "uid=c10800," CUSTOMERS,
			.lines = { "objectClass: inetOrgPerson",
			    "objectClass: crCustomer", "cn: Uusi", "sn: Uusi",
			    "crMarketingBan: directMarketing",
			    "crListingBan: printed" } };

		expect_code(cr_ask_as(server, "registrar", &add), 0);
		ck_assert(!sees("mikko", add.dn));
		ck_assert(!sees("labels", add.dn));
		ck_assert(sees("phonebook", add.dn));
		expect_record(add.dn, "set crMarketingBan directMarketing");
		expect_record(add.dn, "set crListingBan printed");
	}
END_TEST

/* The record is written by the overlay only. */
START_TEST(record_is_not_written_by_hand)
	{
		static const char *const who[] = { "aino", "c10001",
			"registrar", "root" };
		int code = change(who[_i], C(10007),
		    "+crBanRecord: 20200101000000Z lifted crMarketingBan all self x");

		ck_assert_int_ne(code, 0);
		code = change(who[_i], C(10002), "-crBanRecord");
		ck_assert_int_ne(code, 0);
		ck_assert_ptr_nonnull(records_of(C(10002)));
	}
END_TEST

static const struct {
	const char *line;
} bad[] = {
	{ "+crMarketingBan: noSuchBan" },
	{ "+crMarketingBan: directMarketing "
	  "x" },
	{ "+crMarketingBan: printed" },
	{ "+crListingBan: directMarketing" },
	{ "+crListingBan: everything" },
	{ "+crBanUntil: directMarketing 20300101000000Z" },
	{ "+crBanUntil: crMarketingBan noSuchBan 20300101000000Z" },
	{ "+crBanUntil: crMarketingBan directMarketing tomorrow" },
	{ "+crBanUntil: crMarketingBan directMarketing 20301301000000Z" },
	{ "+crBanUntil: mail directMarketing 20300101000000Z" },
	{ "+crBanUntil: crMarketingBan" },
};

START_TEST(bad_values_are_refused)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		const struct cr_request request = { .kind = CR_MODIFY,
			.dn = C(10007),
			.lines = { bad[_i].line } };
		struct cr_answer *answer = cr_ask(conn, &request);

		expect_code(answer, 19);
		ck_assert_str_ne(answer->text, "");
		/* the text is one of the table's, not the value */
		ck_assert_ptr_null(strstr(answer->text, "noSuchBan"));
	}
END_TEST

START_TEST(no_boolean_is_no_boolean)
	{
		ck_assert_int_eq(change("registrar", C(10007),
				     "+crDisclosureBan: maybe"),
		    21);
	}
END_TEST

START_TEST(ban_ends_by_itself)
	{
		time_t now = time(NULL);
		int64_t deadline;
		char end[32];
		struct tm tm;

		now += 2;
		gmtime_r(&now, &tm);
		strftime(end, sizeof(end), "%Y%m%d%H%M%SZ", &tm);
		{
			struct cr_conn *conn =
			    cr_conn_open(server, "registrar");

			ck_assert_int_eq(
			    cr_change(conn, C(10008),
				"+crMarketingBan: directMarketing",
				cr_keep_text("+crBanUntil: crMarketingBan "
					     "directMarketing %s",
				    end),
				NULL),
			    0);
		}
		ck_assert(!sees("mikko", C(10008)));
		deadline = cr_suite_now() + cr_suite_seconds(10) * 1000;
		while (!sees("mikko", C(10008)))
			ck_assert_msg(cr_suite_again(deadline),
			    "the ban goes on");
		ck_assert_int_ge(time(NULL), now);
		/* the value is still there, it has only ended */
		ck_assert_int_eq(change("registrar", C(10008),
				     "-crMarketingBan: directMarketing"),
		    0);
	}
END_TEST

START_TEST(expired_ban_does_not_hide)
	{
		ck_assert(sees("mikko", C(10010)));
	}
END_TEST

/* Two ends for one ban: the later one counts. */
START_TEST(later_end_counts)
	{
		struct cr_conn *conn = cr_conn_open(server, "registrar");

		ck_assert_int_eq(
		    cr_change(conn, C(10009),
			"+crMarketingBan: directMarketing",
			"+crBanUntil: crMarketingBan directMarketing "
			"20200101000000Z",
			"+crBanUntil: crMarketingBan directMarketing "
			"20990101000000Z",
			NULL),
		    0);
		ck_assert(!sees("mikko", C(10009)));
		ck_assert_int_eq(cr_change(conn, C(10009), "=crMarketingBan",
				     "=crBanUntil", NULL),
		    0);
		ck_assert(sees("mikko", C(10009)));
	}
END_TEST

/* domain.md: the newsletter stops, the invoices do not. */
START_TEST(ban_does_not_reach_billing)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		struct cr_request request = { .dn = C(10005) };

		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "billing" };
		ck_assert_uint_eq(cr_ask(conn, &request)->entry_count, 1);
		request.controls[1] = (struct cr_control){ CTL_RECIPIENT,
			.arg = "cn=laskutus," RECIPIENTS };
		ck_assert_uint_eq(cr_ask(conn, &request)->entry_count, 1);
	}
END_TEST

START_TEST(banned_can_bind_and_see_themselves)
	{
		struct cr_conn *conn = cr_conn_open(server, "c10005");

		expect_uids(cr_look(conn, C(10005), BASE, NULL, "uid"),
		    "c10005");
		conn = cr_conn_open(server, "c10006");
		expect_uids(cr_look(conn, CUSTOMERS, ONE, NULL, "uid"),
		    "c10006");
	}
END_TEST

/* A ban for each way of marketing hides from that way alone. */
START_TEST(each_ban_hides_from_its_purpose_alone)
	{
		static const char *const bans[] = { "directAdvertising",
			"distanceSelling", "directMarketing", "marketResearch",
			"opinionResearch", "personalisation" };
		struct cr_conn *keeper = cr_conn_open(server, "registrar");
		struct cr_conn *conn;
		size_t ban = (size_t)_i;

		ck_assert_int_eq(cr_change(keeper, "uid=olli," HANDLERS,
				     "=crAllowedPurpose: directAdvertising",
				     "=crAgreementSigned: 20240101000000Z",
				     "=crAgreementVersion: 2024-1", NULL),
		    0);
		for (size_t i = 1; i < COUNT(bans); i++) {
			int code = cr_change(keeper, "uid=olli," HANDLERS,
			    cr_keep_text("+crAllowedPurpose: %s", bans[i]),
			    NULL);

			ck_assert(code == 0 || code == 20);
		}
		ck_assert_int_eq(cr_change(keeper, C(10007),
				     cr_keep_text("=crMarketingBan: %s",
					 bans[ban]),
				     NULL),
		    0);
		conn = cr_conn_open(server, "olli");
		for (size_t i = 0; i < COUNT(bans); i++) {
			struct cr_request request = { .dn = C(10007) };

			request.controls[0] =
			    (struct cr_control){ CTL_PURPOSE, .arg = bans[i] };
			ck_assert_msg(cr_ask(conn, &request)->entry_count ==
				(i == ban ? 0U : 1U),
			    "ban %s, purpose %s", bans[ban], bans[i]);
		}
		ck_assert_int_eq(cr_change(keeper, C(10007), "=crMarketingBan",
				     NULL),
		    0);
	}
END_TEST

/* Set while the list of 10,000 is being read. */
START_TEST(ban_holds_during_a_search)
	{
		static const struct cr_request all = { .dn = CUSTOMERS,
			.scope = ONE,
			.filter = "(objectClass=crCustomer)" };
		const char *late = "uid=c19991," CUSTOMERS;
		struct cr_conn *keeper = cr_conn_open(server, "registrar");
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer;
		struct cr_pdu pdu;
		int id;

		ck_assert_int_eq(cr_change(keeper, late, "=crMarketingBan",
				     "=crProcessingRestricted", NULL),
		    0);
		answer = cr_ask(conn, &all);
		ck_assert_msg(cr_answer_entry(answer, late) != NULL,
		    "nothing to ban: %zu entries", answer->entry_count);
		/* what does not fit into the sockets waits inside slapd */
		id = cr_conn_send(conn, &all);
		ck_assert(cr_conn_read(conn, &pdu));
		ck_assert_int_eq(pdu.id, id);
		ck_assert_int_eq(_i == 0
			? cr_change(keeper, late, "+crMarketingBan: all", NULL)
			: _i == 1
			? cr_change(keeper, late,
			      "=crProcessingRestricted: TRUE", NULL)
			: cr_change(keeper, "cn=directMarketing," PURPOSES,
			      "=crHiddenByRestriction: TRUE", NULL),
		    0);
		answer = cr_conn_wait(conn, id);
		if (_i < 2)
			ck_assert_ptr_null(cr_answer_entry(answer, late));
		ck_assert_msg(answer->code == 0 || answer->code == 51, "%d",
		    answer->code);
		ck_assert_uint_gt(answer->entry_count, 0);
		cr_change(keeper, late, "=crMarketingBan",
		    "=crProcessingRestricted", NULL);
	}
END_TEST

/* And a customer deleted meanwhile is not handed out any more. */
START_TEST(delete_holds_during_a_search)
	{
		static const struct cr_request all = { .dn = CUSTOMERS,
			.scope = ONE,
			.filter = "(objectClass=crCustomer)" };
		static const struct cr_request gone = { .kind = CR_DELETE,
			.dn = "uid=c19999," CUSTOMERS };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer;
		struct cr_pdu pdu;
		int id = cr_conn_send(conn, &all);

		ck_assert(cr_conn_read(conn, &pdu));
		expect_code(cr_ask_as(server, "registrar", &gone), 0);
		answer = cr_conn_wait(conn, id);
		ck_assert_ptr_null(cr_answer_entry(answer, gone.dn));
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "bans", start, stop);

	tcase_add_test(tc, customer_sets_and_lifts_own);
	tcase_add_test(tc, handler_sets_and_does_not_lift);
	tcase_add_test(tc, handler_does_not_lift_by_an_end);
	tcase_add_test(tc, bans_are_set_with_the_customer);
	tcase_add_loop_test(tc, record_is_not_written_by_hand, 0, 4);
	tcase_add_loop_test(tc, bad_values_are_refused, 0, COUNT(bad));
	tcase_add_test(tc, no_boolean_is_no_boolean);
	tcase_add_test(tc, ban_ends_by_itself);
	tcase_add_test(tc, expired_ban_does_not_hide);
	tcase_add_test(tc, later_end_counts);
	tcase_add_test(tc, ban_does_not_reach_billing);
	tcase_add_test(tc, banned_can_bind_and_see_themselves);
	tcase_add_loop_test(tc, each_ban_hides_from_its_purpose_alone, 0, 6);

	tc = cr_suite_case(suite, "10,000 customers", start_large, stop);
	tcase_add_loop_test(tc, ban_holds_during_a_search, 0, 3);
	tcase_add_test(tc, delete_holds_during_a_search);
}

int
main(void)
{
	return cr_suite_run("bans", fill);
}
