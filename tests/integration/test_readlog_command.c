/*
 * custreg log query against a server.
 */
#include "harness_command.h"
#include "harness_readlog.h"

#include <string.h>

static const struct cr_setup plain = { .customers = 10,
	.global = "loglevel none",
	.ldif = readlog_auditor,
	.later = READLOG };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
stop(void)
{
	cr_server_stop(server);
}

#define WORDS 12

/* What the command says to `who` when asked so. */
static struct cr_said
query(const char *who, const char *const words[])
{
	const char *all[WORDS + 16] = { "log", "query", "-x", "-H", server->uri,
		"-b", SUFFIX };
	size_t n = 7;

	if (who != NULL) {
		all[n++] = "-D";
		all[n++] = cr_conn_dn(who);
		all[n++] = "-w";
		all[n++] = "kokeilu";
	}
	for (size_t i = 0; words[i] != NULL; i++) {
		ck_assert_uint_lt(i, WORDS);
		all[n++] = words[i];
	}
	return cr_command(all);
}

#define QUERY(who, ...) \
	query((who), (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(table_with_names)
	{
		struct cr_said said;

		(void)readlog_read(server, "mikko", C(10001), BASE, "T-1",
		    NULL);
		said = QUERY("dpo", "--subject", C(10001), "--reader", "mikko",
		    "--limit", "1");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "\n"), 2);
		ck_assert_ptr_nonnull(strstr(said.out, "TIME (UTC)"));
		ck_assert_ptr_nonnull(strstr(said.out, "Mikko"));
		ck_assert_ptr_nonnull(strstr(said.out, "directMarketing"));
		ck_assert_ptr_nonnull(strstr(said.out, C(10001)));
		ck_assert_ptr_nonnull(strstr(said.out, "search"));
	}
END_TEST

START_TEST(names_are_not_for_all)
	{
		struct cr_said said;

		(void)readlog_read(server, "aino", C(10002), BASE, "T-2",
		    NULL);
		/* may not see c10002, nor the entries of handlers */
		said = QUERY("auditor", "--subject", UUID2);
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, UUID2));
		ck_assert_ptr_null(strstr(said.out, C(10002)));
		ck_assert_ptr_nonnull(strstr(said.out, "uid=aino," HANDLERS));
		said = QUERY("auditor", "--subject", C(10002));
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "\n"), 1);
		said = QUERY("auditor", "--subject", "c10002");
		expect_said(said, 1);
	}
END_TEST

START_TEST(uid_of_a_customer)
	{
		struct cr_said said;

		(void)readlog_read(server, "aino", C(10003), BASE, "T-3",
		    NULL);
		said = QUERY("dpo", "--subject", "c10003", "--purpose",
		    "customerCare", "--no-names");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, UUID3));
		ck_assert_ptr_nonnull(strstr(said.out, "uid=aino," HANDLERS));
		ck_assert_ptr_null(strstr(said.out, C(10003)));
		expect_said(QUERY("dpo", "--subject", "nobody"), 1);
	}
END_TEST

START_TEST(json)
	{
		struct cr_said said;

		(void)readlog_read(server, "mikko", CUSTOMERS, ONE, "T-json",
		    NULL);
		said = QUERY("registrar", "--reader", "mikko", "--from",
		    "2020-01-01", "--json");
		expect_said(said, 0);
		ck_assert_int_eq(said.out[0], '[');
		ck_assert_str_eq(said.out + strlen(said.out) - 3, "\n]\n");
		ck_assert_uint_ge(cr_times(said.out, "\"subject\":"), 7);
		ck_assert_uint_ge(cr_times(said.out,
				      "\"reference\":\"T-json\""),
		    7);
		ck_assert_ptr_nonnull(strstr(said.out, "\"readerName\":\"M"));
		ck_assert_ptr_nonnull(strstr(said.out,
		    "\"classes\":[\"crCustomer\"]"));
		ck_assert_ptr_nonnull(strstr(said.out,
		    "\"subjectDn\":\"" C(10001) "\""));
		said = QUERY("registrar", "--to", "2020-01-01", "--json");
		expect_said(said, 0);
		ck_assert_str_eq(said.out, "[]\n");
	}
END_TEST

START_TEST(csv)
	{
		struct cr_said said;

		(void)readlog_read(server, "mikko", C(10001), BASE, "T-csv",
		    NULL);
		said = QUERY("dpo", "--reader", "uid=mikko," HANDLERS, "--csv",
		    "--type", "search");
		expect_said(said, 0);
		ck_assert_int_eq(strncmp(said.out, "id,time,reader,", 15), 0);
		ck_assert_uint_eq(cr_times(said.out, "\r\n"),
		    cr_times(said.out, "\n"));
		ck_assert_ptr_nonnull(strstr(said.out,
		    "\"uid=mikko," HANDLERS "\""));
	}
END_TEST

START_TEST(disclosures_to_a_recipient)
	{
		const struct cr_request billed = { .dn = C(10001),
			.controls = { { .kind = CTL_PURPOSE,
					  .arg = "billing" },
			    { .kind = CTL_RECIPIENT,
				.arg = "cn=laskutus," RECIPIENTS } } };
		struct cr_said said;

		expect_code(cr_ask_as(server, "aino", &billed), 0);
		said = QUERY("dpo", "--recipient", "laskutus");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(
		    strstr(said.out, "to cn=laskutus," RECIPIENTS));
		ck_assert_uint_eq(cr_times(said.out, "\n"), 2);
	}
END_TEST

/* More than a page, and the limits. */
START_TEST(long_answers)
	{
		enum { LISTS = 70 };
		struct cr_conn *conn = cr_conn_open(server, "aino");
		const struct cr_request list = { .dn = CUSTOMERS, .scope = ONE,
			.controls = { { .kind = CTL_PURPOSE,
			    .arg = "assignment" } } };
		struct cr_said said;

		for (int i = 0; i < LISTS; i++)
			ck_assert_uint_eq(cr_ask(conn, &list)->entry_count, 9);
		said = QUERY("dpo", "--purpose", "assignment");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "\n"), LISTS * 9 + 1);
		said = QUERY("dpo", "--purpose", "assignment", "--limit", "4");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "\n"), 5);
	}
END_TEST

START_TEST(a_customer_asks)
	{
		struct cr_said said;

		(void)readlog_read(server, "mikko", C(10001), BASE, "T-me",
		    NULL);
		said = QUERY("c10001", "--purpose", "directMarketing");
		expect_said(said, 0);
		ck_assert_uint_ge(cr_times(said.out, C(10001)), 1);
		ck_assert_uint_eq(cr_times(said.out, "mikko"), 0);
		ck_assert_uint_eq(cr_times(said.out, "Mikko"), 0);
	}
END_TEST

START_TEST(those_who_may_not)
	{
		expect_said(QUERY("aino", "--type", "search"), 6);
		expect_said(QUERY(NULL, "--type", "search"), 6);
		expect_said(QUERY("dpo", "--log", "cn=nosuch"), 6);
	}
END_TEST

START_TEST(usage)
	{
		expect_said(QUERY("dpo", "--from", "yesterday"), 1);
		expect_said(QUERY("dpo", "--json", "--csv"), 1);
		expect_said(QUERY("dpo", "--limit", "many"), 1);
		expect_said(QUERY("dpo", "--nonsense"), 1);
		expect_said(QUERY("dpo", "word"), 1);
		expect_said(QUERY("dpo", "-w", "wrong"), 1);
		expect_said(QUERY("dpo", "--help"), 0);
		expect_said(QUERY(NULL, "-D", "uid=dpo," HANDLERS, "-w",
				"wrong"), 2);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "plain", start, stop);

	tcase_add_test(tc, table_with_names);
	tcase_add_test(tc, names_are_not_for_all);
	tcase_add_test(tc, uid_of_a_customer);
	tcase_add_test(tc, json);
	tcase_add_test(tc, csv);
	tcase_add_test(tc, disclosures_to_a_recipient);
	tcase_add_test(tc, long_answers);
	tcase_add_test(tc, a_customer_asks);
	tcase_add_test(tc, those_who_may_not);
	tcase_add_test(tc, usage);
}

int
main(void)
{
	return cr_suite_run("readlog_command", fill);
}
