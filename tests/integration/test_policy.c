/*
 * Who sees whom (contract, section 1).
 */
#include "harness.h"

#include <string.h>

static struct cr_server *server;

static const struct cr_setup plain = { .customers = 10 };
static const struct cr_setup tree = { .customers = 10, .config_tree = true };
/* slapd's own rules let everybody write everything */
static const struct cr_setup wide = { .customers = 10,
	.acl = "access to attrs=userPassword by * auth\n"
	       "access to attrs=authzTo,authzFrom by * read\n"
	       "access to * by * write" };

static void
start_plain(void)
{
	server = cr_server_start(&plain);
}

static void
start_tree(void)
{
	server = cr_server_start(&tree);
}

static void
start_wide(void)
{
	server = cr_server_start(&wide);
}

static void
stop(void)
{
	cr_server_stop(server);
}

#define ALL10 \
	"c10001 c10002 c10003 c10004 c10005 c10006 c10007 c10008 c10009 c10010"

/* The table of contract section 1. */
static const struct row {
	const char *who;
	const char *proxy;
	const char *sees;
} rows[] = {
	{ "aino", NULL,
	    "c10001 c10002 c10003 c10004 c10005 c10007 c10008 c10009 c10010" },
	{ "mikko", NULL, "c10001 c10003 c10004 c10007 c10008 c10009 c10010" },
	{ "mailer", NULL, "c10001 c10003 c10004 c10007 c10008 c10009 c10010" },
	{ "labels", NULL, "c10001 c10002 c10004 c10007 c10008 c10009 c10010" },
	{ "phonebook", NULL,
	    "c10001 c10002 c10003 c10007 c10008 c10009 c10010" },
	{ "registrar", NULL, ALL10 },
	{ "dpo", NULL, ALL10 },
	{ "root", NULL, ALL10 },
	{ "c10001", NULL, "c10001" },
	{ "c10002", NULL, "c10002" },
	{ "c10003", NULL, "c10003" },
	{ "c10004", NULL, "c10004" },
	{ "c10005", NULL, "c10005" },
	{ "c10006", NULL, "c10006" },
	{ "c10007", NULL, "c10007" },
	{ "c10008", NULL, "c10008" },
	{ "c10009", NULL, "c10009" },
	{ "c10010", NULL, "c10010" },
	{ "leena", NULL, "" },
	{ "olli", NULL, "" },
	{ "crm", NULL, "" },
	{ NULL, NULL, "" },
	{ "crm", "dn:uid=aino," HANDLERS,
	    "c10001 c10002 c10003 c10004 c10005 c10007 c10008 c10009 c10010" },
	{ "crm", "dn:uid=mikko," HANDLERS, "" },
	{ "crm", "dn:uid=leena," HANDLERS, "" },
};

static struct cr_request
search(const char *dn, enum cr_scope scope, const char *proxy)
{
	struct cr_request request = { .dn = dn,
		.scope = scope,
		.filter = "(objectClass=crCustomer)",
		.attrs = "uid" };

	if (proxy != NULL)
		request.controls[0] = (struct cr_control){ CTL_PROXY, proxy,
			NULL, 0, NULL, false };
	return request;
}

START_TEST(table_by_list)
	{
		const struct row *row = &rows[_i];
		struct cr_request request = search(CUSTOMERS, ONE, row->proxy);
		struct cr_answer *answer =
		    cr_ask_as(server, row->who, &request);

		if (row->who != NULL)
			expect_code(answer, 0);
		expect_uids(answer, row->sees);
	}
END_TEST

START_TEST(table_by_name)
	{
		const struct row *row = &rows[_i];
		struct cr_conn *conn = cr_conn_open(server, row->who);

		for (int number = 10001; number <= 10010; number++) {
			char *uid = cr_keep_text("c%d", number);
			char *dn = cr_keep_text("uid=%s," CUSTOMERS, uid);
			struct cr_request request =
			    search(dn, BASE, row->proxy);
			struct cr_answer *answer = cr_ask(conn, &request);
			bool sees = strstr(row->sees, uid) != NULL;

			ck_assert_msg((answer->entry_count == 1) == sees,
			    "%s and %s\n%s",
			    row->who != NULL ? row->who : "anonymous", uid,
			    answer->all.bytes);
			ck_assert_msg(answer->code == (sees ? 0 : 32),
			    "%s and %s\n%s",
			    row->who != NULL ? row->who : "anonymous", uid,
			    answer->all.bytes);
		}
	}
END_TEST

/* What may be selected by the purpose control, and what it shows. */
static const struct chosen {
	const char *who;
	const char *purpose;
	int code;
	const char *sees;
} chosen[] = {
	{ "aino", "assignment", 0,
	    "c10001 c10002 c10003 c10004 c10005 c10007 c10008 c10009 c10010" },
	{ "aino", "billing", 0,
	    "c10001 c10002 c10003 c10004 c10005 c10007 c10008 c10009 c10010" },
	{ "aino", "directMarketing", 50, "" },
	{ "aino", "maintenance", 50, "" },
	{ "aino", "replication", 50, "" },
	{ "aino", "subjectAccess", 50, "" },
	{ "aino", "noSuchPurpose", 53, "" },
	{ "mikko", "marketResearch", 0,
	    "c10001 c10002 c10003 c10004 c10007 c10008 c10009 c10010" },
	{ "mikko", "customerCare", 50, "" },
	{ "registrar", "rightsFulfilment", 0, ALL10 },
	{ "registrar", "customerCare", 50, "" },
	{ "dpo", "maintenance", 50, "" },
	{ "crm", "customerCare", 50, "" },
	{ "mailer", "customerCare", 50, "" },
	{ "c10001", "customerCare", 50, "" },
	{ "c10001", "subjectAccess", 0, "c10001" },
	{ "leena", "customerCare", 50, "" },
	{ "olli", "customerCare", 50, "" },
	{ "root", "maintenance", 0, ALL10 },
	{ "root", "replication", 50, "" },
};

START_TEST(control_selects_among_the_allowed)
	{
		const struct chosen *c = &chosen[_i];
		struct cr_request request = search(CUSTOMERS, ONE, NULL);
		struct cr_answer *answer;

		request.controls[0] = (struct cr_control){ CTL_PURPOSE,
			c->purpose, NULL, 0, NULL, false };
		answer = cr_ask_as(server, c->who, &request);
		expect_code(answer, c->code);
		expect_uids(answer, c->sees);
	}
END_TEST

START_TEST(service_for_person_selects_within_both)
	{
		struct cr_request request =
		    search(CUSTOMERS, ONE, "dn:uid=aino," HANDLERS);
		struct cr_control purpose = { CTL_PURPOSE, "billing", NULL, 0,
			NULL, false };

		request.controls[1] = purpose;
		expect_code(cr_ask_as(server, "crm", &request), 0);
		/* aino may, crm may not */
		request.controls[1].arg = "assignment";
		expect_code(cr_ask_as(server, "crm", &request), 50);
	}
END_TEST

START_TEST(policy_holds_from_the_next_operation)
	{
		struct cr_conn *reader = cr_conn_open(server, "leena");
		struct cr_conn *conn = cr_conn_open(server, "registrar");
		struct cr_request request = search(CUSTOMERS, ONE, NULL);

		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 0);
		ck_assert_int_eq(cr_change(conn, "uid=leena," HANDLERS,
				     "=crAgreementUntil: 20991231215959Z",
				     NULL),
		    0);
		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 9);
		ck_assert_int_eq(cr_change(conn, "uid=leena," HANDLERS,
				     "=crSuspended: TRUE", NULL),
		    0);
		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 0);
		ck_assert_int_eq(cr_change(conn, "uid=leena," HANDLERS,
				     "-crSuspended",
				     "=crAgreementVersion: 2019-1", NULL),
		    0);
		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 0);
		ck_assert_int_eq(cr_change(conn, "uid=leena," HANDLERS,
				     "=crAgreementVersion: 2024-1",
				     "=crAgreementUntil: 20250630205959Z",
				     NULL),
		    0);
		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 0);
	}
END_TEST

START_TEST(purpose_holds_from_the_next_operation)
	{
		struct cr_conn *reader = cr_conn_open(server, "mikko");
		struct cr_conn *conn = cr_conn_open(server, "registrar");
		struct cr_request request = search(CUSTOMERS, ONE, NULL);

		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 7);
		ck_assert_int_eq(cr_change(conn, "cn=directMarketing," PURPOSES,
				     "=crHiddenByRestriction: FALSE", NULL),
		    0);
		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 8);
		ck_assert_int_eq(cr_change(conn, "cn=directMarketing," PURPOSES,
				     "=crHiddenByRestriction: TRUE", NULL),
		    0);
		ck_assert_uint_eq(cr_ask(reader, &request)->entry_count, 7);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "slapd.conf", start_plain, stop);

	tcase_add_loop_test(tc, table_by_list, 0, COUNT(rows));
	tcase_add_loop_test(tc, table_by_name, 0, COUNT(rows));
	tcase_add_loop_test(tc, control_selects_among_the_allowed, 0,
	    COUNT(chosen));
	tcase_add_test(tc, service_for_person_selects_within_both);
	tcase_add_test(tc, policy_holds_from_the_next_operation);
	tcase_add_test(tc, purpose_holds_from_the_next_operation);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop);
	tcase_add_loop_test(tc, table_by_list, 0, COUNT(rows));
	tcase_add_loop_test(tc, control_selects_among_the_allowed, 0,
	    COUNT(chosen));
	tcase_add_test(tc, purpose_holds_from_the_next_operation);

	tc = cr_suite_case(suite, "wide access rules", start_wide, stop);
	tcase_add_loop_test(tc, table_by_list, 0, COUNT(rows) - 4);
}

int
main(void)
{
	return cr_suite_run("policy", fill);
}
