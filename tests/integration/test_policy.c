/*
 * Who sees whom, who may write what, and who may change that (contract,
 * section 1).
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

/* What a reader without a right may try on policy, with slapd's leave. */
static const struct cr_request policy_writes[] = {
	{ .name = "own purpose",
	    .kind = CR_MODIFY,
	    .dn = "uid=aino," HANDLERS,
	    .lines = { "+crAllowedPurpose: maintenance" } },
	{ .name = "own role",
	    .kind = CR_MODIFY,
	    .dn = "uid=aino," HANDLERS,
	    .lines = { "+crRole: registrar" } },
	{ .name = "own default",
	    .kind = CR_MODIFY,
	    .dn = "uid=aino," HANDLERS,
	    .lines = { "=crDefaultPurpose: billing" } },
	{ .name = "own agreement",
	    .kind = CR_MODIFY,
	    .dn = "uid=aino," HANDLERS,
	    .lines = { "=crAgreementUntil: 20991231215959Z" } },
	{ .name = "own password and a purpose",
	    .kind = CR_MODIFY,
	    .dn = "uid=aino," HANDLERS,
	    .lines = { "=userPassword: x", "+crAllowedPurpose: billing" } },
	{ .name = "own name",
	    .kind = CR_MODIFY,
	    .dn = "uid=aino," HANDLERS,
	    .lines = { "=mail: a@b.example" } },
	{ .name = "someone else's purpose",
	    .kind = CR_MODIFY,
	    .dn = "uid=mikko," HANDLERS,
	    .lines = { "+crAllowedPurpose: customerCare" } },
	{ .name = "a new handler",
	    .kind = CR_ADD,
	    .dn = "uid=eve," HANDLERS,
	    .lines = { "objectClass: inetOrgPerson", "objectClass: crHandler",
		"cn: Eve", "sn: Eve", "crDefaultPurpose: maintenance" } },
	{ .name = "a handler below a handler",
	    .kind = CR_ADD,
	    .dn = "uid=eve,uid=aino," HANDLERS,
	    .lines = { "objectClass: inetOrgPerson", "objectClass: crHandler",
		"cn: Eve", "sn: Eve", "crDefaultPurpose: maintenance" } },
	{ .name = "delete a handler",
	    .kind = CR_DELETE,
	    .dn = "uid=leena," HANDLERS },
	{ .name = "rename a handler",
	    .kind = CR_MODRDN,
	    .dn = "uid=mikko," HANDLERS,
	    .rdn = "uid=mikael" },
	{ .name = "move somebody in",
	    .kind = CR_MODRDN,
	    .dn = "uid=ulla," STAFF,
	    .rdn = "uid=ulla",
	    .superior = HANDLERS },
	{ .name = "a service",
	    .kind = CR_MODIFY,
	    .dn = "uid=crm," SERVICES,
	    .lines = { "+crAutomated: customerCare" } },
	{ .name = "a purpose",
	    .kind = CR_MODIFY,
	    .dn = "cn=directMarketing," PURPOSES,
	    .lines = { "-crHiddenByMarketing" } },
	{ .name = "delete a purpose",
	    .kind = CR_DELETE,
	    .dn = "cn=statistics," PURPOSES },
	{ .name = "a recipient",
	    .kind = CR_MODIFY,
	    .dn = "cn=tulostus-in," RECIPIENTS,
	    .lines = { "=crCountry: FI" } },
	{ .name = "the register description",
	    .kind = CR_MODIFY,
	    .dn = REGISTER,
	    .lines = { "=crAgreementVersion: 1" } },
	{ .name = "rename the handlers' unit",
	    .kind = CR_MODRDN,
	    .dn = HANDLERS,
	    .rdn = "ou=old" },
};

START_TEST(policy_is_not_for_handlers)
	{
		const struct cr_request *request = &policy_writes[_i];
		struct cr_answer *answer = cr_ask_as(server, "aino", request);

		ck_assert_msg(answer->code == 50 || answer->code == 53,
		    "%s\n%s", request->name, answer->all.bytes);
	}
END_TEST

START_TEST(policy_is_not_for_the_dpo)
	{
		expect_code(cr_ask_as(server, "dpo", &policy_writes[_i]),
		    policy_writes[_i].dn ==
			    policy_writes[COUNT(policy_writes) - 1].dn
			? 53
			: 50);
	}
END_TEST

START_TEST(policy_is_not_for_strangers)
	{
		struct cr_answer *answer =
		    cr_ask_as(server, NULL, &policy_writes[_i]);

		/* 8: slapd wants to know who writes */
		ck_assert_msg(answer->code == 50 || answer->code == 53 ||
			answer->code == 8,
		    "%s\n%s", policy_writes[_i].name, answer->all.bytes);
	}
END_TEST

START_TEST(widening_own_rights_is_recorded)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_text log;

		ck_assert_int_eq(cr_change(conn, "uid=mikko," HANDLERS,
				     "+crAllowedPurpose: customerCare", NULL),
		    50);
		log = cr_server_readlog(server);
		ck_assert_msg(strstr(log.bytes, "uid=mikko,ou=handlers") !=
			    NULL &&
			strstr(log.bytes, "refused") != NULL,
		    "%s", log.bytes);
	}
END_TEST

static const struct {
	const char *name;
	const char *dn;
	const char *line;
	int code;
} registrars[] = {
	{ "own purpose", "uid=registrar," HANDLERS,
	    "+crAllowedPurpose: customerCare", 50 },
	{ "own role", "uid=registrar," HANDLERS, "+crRole: dpo", 50 },
	{ "a role for another", "uid=aino," HANDLERS, "+crRole: dpo", 50 },
	{ "a role taken", "uid=dpo," HANDLERS, "-crRole", 50 },
	{ "a purpose for another", "uid=olli," HANDLERS,
	    "+crAllowedPurpose: statistics", 0 },
	{ "an unknown purpose", "uid=olli," HANDLERS,
	    "+crAllowedPurpose: noSuchPurpose", 19 },
	{ "a recipient", "cn=tulostus-in," RECIPIENTS, "=description: Tulostus",
	    0 },
	{ "a country that is none", "cn=tulostus-in," RECIPIENTS,
	    "=crCountry: Finland", 19 },
	{ "the register", REGISTER, "=crRegisterName: Rekisteri", 0 },
	{ "a purpose", "cn=statistics," PURPOSES, "+crReleases: o", 0 },
	{ "a purpose that releases passwords", "cn=statistics," PURPOSES,
	    "+crReleases: userPassword", 19 },
	{ "a kind that is none", "cn=statistics," PURPOSES, "=crKind: whatever",
	    19 },
};

START_TEST(registrar_keeps_the_policy)
	{
		struct cr_conn *conn = cr_conn_open(server, "registrar");
		const struct cr_request request = { .kind = CR_MODIFY,
			.dn = registrars[_i].dn,
			.lines = { registrars[_i].line } };
		struct cr_answer *answer = cr_ask(conn, &request);

		ck_assert_msg(answer->code == registrars[_i].code,
		    "%s: wanted %d\n%s", registrars[_i].name,
		    registrars[_i].code, answer->all.bytes);
	}
END_TEST

START_TEST(rootdn_gives_and_takes_roles)
	{
		struct cr_conn *conn = cr_conn_open(server, "root");

		ck_assert_int_eq(cr_change(conn, "uid=olli," HANDLERS,
				     "+crRole: dpo", NULL),
		    0);
		ck_assert_int_eq(cr_change(conn, "uid=olli," HANDLERS,
				     "-crRole", NULL),
		    0);
	}
END_TEST

START_TEST(policy_writes_are_recorded)
	{
		struct cr_conn *conn = cr_conn_open(server, "registrar");
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		ck_assert_int_eq(cr_change(conn, "cn=archiving," PURPOSES,
				     "+crReleases: mail", NULL),
		    0);
		log = cr_server_readlog(server);
		ck_assert_msg(strstr(log.bytes + before, "event=policy") !=
			NULL,
		    "%s", log.bytes + before);
	}
END_TEST

START_TEST(own_password_may_be_changed)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");

		ck_assert_int_eq(cr_change(conn, "uid=aino," HANDLERS,
				     "=userPassword: toinen", NULL),
		    0);
		ck_assert_int_eq(cr_conn_bind(conn, "uid=aino," HANDLERS,
				     "toinen"),
		    0);
		ck_assert_int_eq(cr_change(conn, "uid=aino," HANDLERS,
				     "=userPassword: kokeilu", NULL),
		    0);
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

/* Contract section 1, last column of the purposes. */
static const struct write {
	const char *who;
	const char *purpose;
	struct cr_request request;
	int code;
} writes[] = {
	{ "aino", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    0 },
	{ "aino", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=street: A 1" } },
	    0 },
	{ "aino", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "+crHold: claim open x" } },
	    50 },
	{ "aino", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "=userPassword: x" } },
	    50 },
	{ "aino", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "=description: x" } },
	    50 },
	{ "aino", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "+objectClass: posixAccount" } },
	    50 },
	{ "aino", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "+crBanRecord: x" } },
	    19 },
	{ "aino", NULL,
	    { .kind = CR_ADD,
		.dn = "crAssignmentNumber=X1," C(10007),
		.lines = { "objectClass: crAssignment", "crState: open" } },
	    0 },
	{ "aino", NULL,
	    { .kind = CR_ADD,
		.dn = "crInvoiceNumber=X1," C(10007),
		.lines = { "objectClass: crInvoice", "crState: open" } },
	    50 },
	{ "aino", "billing",
	    { .kind = CR_ADD,
		.dn = "crInvoiceNumber=X1," C(10007),
		.lines = { "objectClass: crInvoice", "crState: open" } },
	    0 },
	{ "aino", "billing",
	    { .kind = CR_MODIFY,
		.dn = "crInvoiceNumber=X1," C(10007),
		.lines = { "=crState: paid" } },
	    0 },
	{ "aino", "billing",
	    { .kind = CR_MODIFY,
		.dn = "crInvoiceNumber=X1," C(10007),
		.lines = { "=crState: gone" } },
	    19 },
	{ "aino", "billing",
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    50 },
	{ "aino", NULL, { .kind = CR_DELETE, .dn = C(10007) }, 50 },
	{ "aino", NULL, { .kind = CR_MODRDN, .dn = C(10007), .rdn = "uid=x" },
	    50 },
	{ "aino", NULL,
	    { .kind = CR_ADD,
		.dn = "uid=c19999," CUSTOMERS,
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", "cn: A", "sn: A" } },
	    50 },
	{ "mikko", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    50 },
	{ "mikko", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "+crMarketingBan: all" } },
	    50 },
	{ "dpo", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    50 },
	{ "c10007", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    50 },
	{ "c10007", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "=userPassword: kokeilu" } },
	    0 },
	{ "c10007", NULL,
	    { .kind = CR_ADD,
		.dn = "crRequestId=R1," C(10007),
		.lines = { "objectClass: crRequest", "crRequestType: access",
		    "crText: haluan tiedot" } },
	    0 },
	{ "c10007", NULL,
	    { .kind = CR_ADD,
		.dn = "crRequestId=R2," C(10007),
		.lines = { "objectClass: crRequest", "crRequestType: access",
		    "crDecider: uid=dpo," HANDLERS } },
	    50 },
	{ "c10007", NULL,
	    { .kind = CR_MODIFY,
		.dn = C(10001),
		.lines = { "+crMarketingBan: all" } },
	    32 },
	{ "registrar", NULL,
	    { .kind = CR_ADD,
		.dn = "uid=c19998," CUSTOMERS,
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", "cn: A", "sn: A",
		    "crMarketingBan: all" } },
	    0 },
	{ "registrar", NULL,
	    { .kind = CR_MODIFY,
		.dn = "uid=c19998," CUSTOMERS,
		.lines = { "+crHold: statute 20300101000000Z x laki" } },
	    0 },
	{ "registrar", NULL,
	    { .kind = CR_MODIFY,
		.dn = "uid=c19998," CUSTOMERS,
		.lines = { "+crHold: forever open x" } },
	    19 },
	{ "registrar", NULL,
	    { .kind = CR_MODIFY,
		.dn = "uid=c19998," CUSTOMERS,
		.lines = { "+crSource: mail hearsay 20250101000000Z x" } },
	    19 },
	{ "registrar", NULL,
	    { .kind = CR_DELETE, .dn = "uid=c19998," CUSTOMERS }, 0 },
	{ "leena", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    32 },
	{ "crm", NULL,
	    { .kind = CR_MODIFY, .dn = C(10007), .lines = { "=mail: a@b.fi" } },
	    32 },
};

/* In order and in one test: some build on those before. */
START_TEST(writes_obey_the_purpose)
	{
		for (size_t i = 0; i < COUNT(writes); i++) {
			struct cr_request request = writes[i].request;
			struct cr_answer *answer;

			if (writes[i].purpose != NULL)
				request.controls[0] =
				    (struct cr_control){ CTL_PURPOSE,
					    writes[i].purpose, NULL, 0, NULL,
					    false };
			answer = cr_ask_as(server, writes[i].who, &request);
			ck_assert_msg(answer->code == writes[i].code,
			    "%s on %s (row %zu): wanted %d\n%s", writes[i].who,
			    request.dn, i, writes[i].code, answer->all.bytes);
		}
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
	tcase_add_test(tc, own_password_may_be_changed);
	tcase_add_test(tc, writes_obey_the_purpose);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop);
	tcase_add_loop_test(tc, table_by_list, 0, COUNT(rows));
	tcase_add_loop_test(tc, control_selects_among_the_allowed, 0,
	    COUNT(chosen));
	tcase_add_test(tc, purpose_holds_from_the_next_operation);

	tc = cr_suite_case(suite, "wide access rules", start_wide, stop);
	tcase_add_loop_test(tc, policy_is_not_for_handlers, 0,
	    COUNT(policy_writes));
	tcase_add_loop_test(tc, policy_is_not_for_the_dpo, 0,
	    COUNT(policy_writes));
	tcase_add_loop_test(tc, policy_is_not_for_strangers, 0,
	    COUNT(policy_writes));
	tcase_add_test(tc, widening_own_rights_is_recorded);
	tcase_add_loop_test(tc, registrar_keeps_the_policy, 0,
	    COUNT(registrars));
	tcase_add_test(tc, rootdn_gives_and_takes_roles);
	tcase_add_test(tc, policy_writes_are_recorded);
	tcase_add_loop_test(tc, table_by_list, 0, COUNT(rows) - 4);
}

int
main(void)
{
	return cr_suite_run("policy", fill);
}
