/*
 * Who may write what, and who may change that (contract, section 1).
 */
#include "harness.h"

#include <string.h>

static struct cr_server *server;

static const struct cr_setup plain = { .customers = 10 };
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
start_wide(void)
{
	server = cr_server_start(&wide);
}

static void
stop(void)
{
	cr_server_stop(server);
}

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
	    { .kind = CR_DELETE, .dn = "uid=c19998," CUSTOMERS }, 53 },
	{ "registrar", NULL,
	    { .kind = CR_MODIFY,
		.dn = "uid=c19998," CUSTOMERS,
		.lines = { "-crHold" } },
	    0 },
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
	TCase *tc = cr_suite_case(suite, "sample rules", start_plain, stop);

	tcase_add_test(tc, own_password_may_be_changed);
	tcase_add_test(tc, writes_obey_the_purpose);

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
}

int
main(void)
{
	return cr_suite_run("policy_writes", fill);
}
