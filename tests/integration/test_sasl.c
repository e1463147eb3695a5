/*
 * Who may act for whom: SASL binds of services, SASL authorization identity,
 * proxied authorization (RFC 4370), and the purpose control with them.
 */
#include "harness_ldap.h"

#include <string.h>

#define AINO "dn:uid=aino," HANDLERS
#define MIKKO "dn:uid=mikko," HANDLERS

#define SERVICE(name, more)                                           \
	"dn: uid=" name "," SERVICES "\nobjectClass: account\n"       \
	"objectClass: simpleSecurityObject\nobjectClass: crService\n" \
	"uid: " name "\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n" more

/* has no default of any person, so its own counts */
static const char till_entry[] = SERVICE("till", "crDefaultPurpose: billing\n");
/* for customers as themselves */
static const char portal_entry[] =
    SERVICE("portal", "crAllowedPurpose: subjectAccess\n");
/* alone and for persons */
static const char robot_entry[] = SERVICE("robot",
    "crDefaultPurpose: customerCare\ncrAutomated: directMarketing\n");
/* what the registrar keeps the policy with */
static const char keeper_entry[] =
    SERVICE("keeper", "crAllowedPurpose: maintenance\n");
/* slapd lets her act for everybody */
static const char liisa_entry[] =
    "dn: uid=liisa," HANDLERS "\nobjectClass: inetOrgPerson\n"
    "objectClass: crHandler\nuid: liisa\ncn: Liisa Luotettu\n"
    "sn: Luotettu\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n"
    "crDefaultPurpose: customerCare\n"
    "crAgreementSigned: 20240201080000Z\ncrAgreementVersion: 2024-1\n";

static struct cr_server *server;

static void
start(void)
{
	static struct cr_setup setup;

	setup.ldif = cr_keep_text("%s\n%s\n%s\n%s\n%s", till_entry,
	    portal_entry, robot_entry, keeper_entry, liisa_entry);
	setup.global = cr_tls_global();
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static const struct row {
	const char *service;
	const char *person;
	const char *sees;
} rows[] = {
	{ "mailer", NULL, MARKETING10 },
	{ "labels", NULL, "c10001 c10002 c10004 c10007 c10008 c10009 c10010" },
	{ "phonebook", NULL,
	    "c10001 c10002 c10003 c10007 c10008 c10009 c10010" },
	{ "crm", NULL, NOBODY10 },
	{ "crm", AINO, CARE10 },
	{ "crm", MIKKO, NOBODY10 },
	{ "crm", "dn:uid=leena," HANDLERS, NOBODY10 },
	{ "crm", "dn:uid=olli," HANDLERS, NOBODY10 },
	/* no purpose of theirs is one of the crm's */
	{ "crm", "dn:uid=registrar," HANDLERS, NOBODY10 },
	{ "crm", "dn:uid=dpo," HANDLERS, NOBODY10 },
	/* the person has more than the service, and the other way round */
	{ "till", AINO, CARE10 },
	{ "till", MIKKO, NOBODY10 },
	{ "till", NULL, NOBODY10 },
	{ "robot", NULL, MARKETING10 },
	{ "robot", AINO, CARE10 },
	{ "robot", MIKKO, NOBODY10 },
	/* a customer, only when the service is for that */
	{ "portal", "dn:" C(10002), "c10002" },
	{ "portal", "dn:" C(10006), "c10006" },
	{ "portal", AINO, NOBODY10 },
	{ "portal", NULL, NOBODY10 },
	{ "till", "dn:" C(10001), NOBODY10 },
	{ "robot", "dn:" C(10001), NOBODY10 },
	/* a service for a service, for nobody, for rootdn, for no one known */
	{ "robot", "dn:uid=mailer," SERVICES, NOBODY10 },
	{ "robot", "dn:uid=robot," SERVICES, MARKETING10 },
	{ "robot", "dn:" ROOT, NOBODY10 },
	{ "robot", "dn:uid=nobody," HANDLERS, NOBODY10 },
	{ "robot", "dn:uid=pekka," STAFF, NOBODY10 },
};

START_TEST(service_with_sasl_authzid)
	{
		const struct row *row = &rows[_i];
		struct cr_login login = cr_scram(row->service, row->person);

		ck_assert_str_eq(cr_login_sees(server, &login, NULL),
		    row->sees);
	}
END_TEST

START_TEST(service_with_proxied_authorization)
	{
		const struct row *row = &rows[_i];
		struct cr_login login = cr_scram(row->service, NULL);
		LDAPControl **controls =
		    row->person != NULL ? cr_proxy(row->person) : NULL;

		ck_assert_str_eq(cr_login_sees(server, &login, controls),
		    row->sees);
	}
END_TEST

START_TEST(service_through_the_socket)
	{
		struct cr_login login = { .way = CR_SOCKET,
			.mech = "EXTERNAL" };

		ck_assert_str_eq(cr_login_sees(server, &login, NULL), NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &login, cr_proxy(AINO)),
		    CARE10);
		login.authzid = AINO;
		ck_assert_str_eq(cr_login_sees(server, &login, NULL), CARE10);
		login.authzid = MIKKO;
		ck_assert_str_eq(cr_login_sees(server, &login, NULL), NOBODY10);
	}
END_TEST

/* Proxied authorization on top of a SASL authorization identity. */
START_TEST(proxy_counts_from_who_authenticated)
	{
		struct cr_login login = cr_scram("robot", MIKKO);
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, NULL), NOBODY10);
		/* mikko may not act for anybody */
		ck_assert_str_eq(cr_sees(ld, cr_proxy(AINO)), "result 123");
		cr_logout(ld);
	}
END_TEST

START_TEST(empty_authzid_is_anonymous)
	{
		struct cr_login login = cr_scram("robot", NULL);
		LDAP *ld = cr_login(server, &login);

		/* slapd's own rules keep the base from anonymous readers */
		ck_assert_str_eq(cr_sees(ld, cr_proxy("dn:")), "result 32");
		ck_assert_str_eq(cr_sees(ld, NULL), MARKETING10);
		cr_logout(ld);
	}
END_TEST

START_TEST(not_without_authzto)
	{
		struct cr_login login = cr_scram("mailer", AINO);
		LDAP *ld = NULL;

		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_bind(ld, &login),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		login.authzid = NULL;
		ck_assert_str_eq(cr_login_sees(server, &login, cr_proxy(AINO)),
		    "result 123");
		/* the crm only for handlers */
		login.name = "crm";
		ck_assert_str_eq(cr_login_sees(server, &login,
				     cr_proxy("dn:" C(10001))),
		    "result 123");
	}
END_TEST

START_TEST(authzto_is_not_for_oneself_to_write)
	{
		struct cr_login crm = cr_scram("crm", NULL),
				aino = cr_simple("aino");
		LDAP *ld = cr_login(server, &crm);

		ck_assert_int_eq(cr_login_change(ld, "uid=crm," SERVICES,
				     "+authzTo: dn.regex:.*", NULL),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		ld = cr_login(server, &aino);
		ck_assert_int_eq(cr_login_change(ld, "uid=aino," HANDLERS,
				     "+authzTo: dn.regex:.*", NULL),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

START_TEST(wrong_password_of_a_service)
	{
		struct cr_login login = cr_scram("mailer", NULL);
		LDAP *ld = NULL;

		login.password = "arvaus";
		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_bind(ld, &login),
		    LDAP_INVALID_CREDENTIALS);
		/* a hash is no password that SCRAM could use */
		login.name = "aino";
		login.password = NULL;
		ck_assert_int_ne(cr_login_bind(ld, &login), LDAP_SUCCESS);
		cr_logout(ld);
	}
END_TEST

START_TEST(person_for_person)
	{
		struct cr_login login = cr_simple("liisa");
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, NULL), CARE10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy(AINO)), NOBODY10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy(MIKKO)), NOBODY10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy("dn:" C(10001))),
		    NOBODY10);
		ck_assert_str_eq(cr_sees(ld,
				     cr_proxy("dn:uid=mailer," SERVICES)),
		    NOBODY10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy("dn:" ROOT)), NOBODY10);
		/* as oneself is nothing else */
		ck_assert_str_eq(cr_sees(ld,
				     cr_proxy("dn:uid=liisa," HANDLERS)),
		    CARE10);
		cr_logout(ld);
	}
END_TEST

START_TEST(rootdn_for_others)
	{
		struct cr_login login = cr_simple("root");
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, NULL), ALL10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy(AINO)), CARE10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy(MIKKO)), MARKETING10);
		ck_assert_str_eq(cr_sees(ld,
				     cr_proxy("dn:uid=leena," HANDLERS)),
		    NOBODY10);
		ck_assert_str_eq(cr_sees(ld,
				     cr_proxy("dn:uid=mailer," SERVICES)),
		    MARKETING10);
		ck_assert_str_eq(cr_sees(ld, cr_proxy("dn:" C(10002))),
		    "c10002");
		ck_assert_str_eq(cr_sees(ld, cr_proxy("dn:" ROOT)), ALL10);
		cr_logout(ld);
	}
END_TEST

/* The two controls, in both orders. */
static void
sees_both_ways(LDAP *ld, const char *person, const char *name, const char *sees)
{
	ck_assert_str_eq(cr_sees(ld,
			     cr_controls(LDAP_CONTROL_PROXY_AUTHZ, person,
				 CR_OID_PURPOSE_CONTROL, name, NULL)),
	    sees);
	ck_assert_str_eq(cr_sees(ld,
			     cr_controls(CR_OID_PURPOSE_CONTROL, name,
				 LDAP_CONTROL_PROXY_AUTHZ, person, NULL)),
	    sees);
}

START_TEST(purpose_with_proxy)
	{
		struct cr_login login = cr_scram("crm", NULL);
		LDAP *ld = cr_login(server, &login);

		sees_both_ways(ld, AINO, "billing", CARE10);
		sees_both_ways(ld, AINO, "customerCare", CARE10);
		/* hers, but not the crm's; the crm's, but not his; nobody's */
		sees_both_ways(ld, AINO, "assignment", "result 50");
		sees_both_ways(ld, MIKKO, "customerCare", "result 50");
		sees_both_ways(ld, MIKKO, "directMarketing", "result 50");
		sees_both_ways(ld, AINO, "maintenance", "result 50");
		sees_both_ways(ld, AINO, "subjectAccess", "result 50");
		sees_both_ways(ld, AINO, "juoru", "result 53");
		sees_both_ways(ld, "dn:uid=leena," HANDLERS, "customerCare",
		    "result 50");
		/* alone: none of them is automated */
		ck_assert_str_eq(cr_sees(ld, cr_purpose("customerCare")),
		    "result 50");
		cr_logout(ld);
	}
END_TEST

START_TEST(purpose_with_authzid)
	{
		struct cr_login login = cr_scram("crm", AINO);
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, cr_purpose("billing")), CARE10);
		ck_assert_str_eq(cr_sees(ld, cr_purpose("assignment")),
		    "result 50");
		ck_assert_str_eq(cr_sees(ld, NULL), CARE10);
		cr_logout(ld);
	}
END_TEST

START_TEST(purpose_of_a_service_alone)
	{
		struct cr_login login = cr_scram("robot", NULL);
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, cr_purpose("directMarketing")),
		    MARKETING10);
		/* allowed for a person only */
		ck_assert_str_eq(cr_sees(ld, cr_purpose("customerCare")),
		    "result 50");
		cr_logout(ld);
	}
END_TEST

/* Which purpose it is shows in what is released. */
START_TEST(default_purpose_of_the_pair)
	{
		struct cr_login crm = cr_scram("crm", AINO),
				till = cr_scram("till", AINO);
		const char *care, *billing;
		LDAP *ld = cr_login(server, &crm);

		care = cr_releases(ld, NULL);
		ck_assert_ptr_nonnull(strstr(care, "mobile"));
		ck_assert_ptr_nonnull(strstr(care, "crSource"));
		billing = cr_releases(ld, cr_purpose("billing"));
		ck_assert_ptr_nonnull(strstr(billing, "postalCode"));
		ck_assert_ptr_null(strstr(billing, "mobile"));
		ck_assert_ptr_null(strstr(billing, "crSource"));
		cr_logout(ld);
		/* hers is not one of the till's: the till's own, as she has it too */
		ld = cr_login(server, &till);
		ck_assert_str_eq(cr_releases(ld, NULL), billing);
		cr_logout(ld);
	}
END_TEST

START_TEST(writes_through_a_service)
	{
		struct cr_login login = cr_scram("crm", NULL);
		LDAP *ld = cr_login(server, &login);
		const char *line = "=title: rouva";

		ck_assert_int_eq(cr_login_change(ld, C(10001), line,
				     cr_proxy(AINO)),
		    0);
		ck_assert_int_eq(cr_login_change(ld, C(10001), line, NULL),
		    LDAP_NO_SUCH_OBJECT);
		ck_assert_int_eq(cr_login_change(ld, C(10001), line,
				     cr_proxy(MIKKO)),
		    LDAP_NO_SUCH_OBJECT);
		ck_assert_int_eq(cr_login_change(ld, C(10006), line,
				     cr_proxy(AINO)),
		    LDAP_NO_SUCH_OBJECT);
		/* billing writes invoices, not names */
		ck_assert_int_eq(cr_login_change(ld, C(10001), line,
				     cr_controls(LDAP_CONTROL_PROXY_AUTHZ, AINO,
					 CR_OID_PURPOSE_CONTROL, "billing",
					 NULL)),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

START_TEST(customer_through_a_service)
	{
		struct cr_login login = cr_scram("portal", NULL);
		LDAP *ld = cr_login(server, &login);
		LDAPControl **own = cr_proxy("dn:" C(10003));

		ck_assert_int_eq(cr_login_change(ld, C(10003),
				     "+crMarketingBan: marketResearch", own),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10003),
				     "-crMarketingBan: marketResearch", own),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10003), "=title: herra",
				     own),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10001), "=title: herra",
				     own),
		    LDAP_NO_SUCH_OBJECT);
		cr_logout(ld);
	}
END_TEST

/* The role of the registrar goes with the purpose it is for. */
START_TEST(policy_through_a_service)
	{
		struct cr_login crm = cr_scram("crm", NULL);
		struct cr_login keeper = cr_scram("keeper", NULL);
		LDAPControl **registrar =
		    cr_proxy("dn:uid=registrar," HANDLERS);
		LDAPControl **aino = cr_proxy("dn:uid=aino," HANDLERS);
		static const char line[] = "+crAllowedPurpose: marketResearch";
		static const char undo[] = "-crAllowedPurpose: marketResearch";
		LDAP *ld = cr_login(server, &crm);

		ck_assert_int_eq(cr_login_change(ld, "uid=crm," SERVICES, line,
				     registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);

		ld = cr_login(server, &keeper);
		ck_assert_str_eq(cr_sees(ld, registrar), ALL10);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, registrar),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     undo, registrar),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, aino),
		    LDAP_INSUFFICIENT_ACCESS);
		/* neither on the entry of the person nor on that of the service */
		ck_assert_int_eq(cr_login_change(ld, "uid=registrar," HANDLERS,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=keeper," SERVICES,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

static int
change_password(LDAP *ld, const char *dn, LDAPControl **controls)
{
	struct berval identity = { strlen(dn), (char *)dn };
	struct berval fresh = { 8, (char *)"kokeilu2" };
	LDAPMessage *result = NULL;
	int id = 0, rc, code = LDAP_OTHER;

	rc = ldap_passwd(ld, &identity, NULL, &fresh, controls, NULL, &id);
	ck_assert_int_eq(rc, LDAP_SUCCESS);
	ck_assert_int_gt(ldap_result(ld, id, LDAP_MSG_ALL, NULL, &result), 0);
	ck_assert_int_eq(ldap_parse_result(ld, result, &code, NULL, NULL, NULL,
			     NULL, 1),
	    LDAP_SUCCESS);
	return code;
}

START_TEST(passwords_through_a_service)
	{
		struct cr_login portal = cr_scram("portal", NULL);
		struct cr_login robot = cr_scram("robot", NULL);
		struct cr_login person = cr_simple("liisa");
		LDAPControl **own = cr_proxy("dn:" C(10004));
		LDAP *ld = cr_login(server, &portal);

		ck_assert_int_eq(change_password(ld, C(10004), own),
		    LDAP_SUCCESS);
		ck_assert_int_eq(change_password(ld, C(10001), own),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(change_password(ld, C(10004), NULL),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		ld = cr_login(server, &robot);
		ck_assert_int_eq(change_password(ld, C(10004), own),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		ld = cr_login(server, &person);
		ck_assert_int_eq(change_password(ld, C(10004), own),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(change_password(ld, "uid=aino," HANDLERS,
				     cr_proxy(AINO)),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

/* What is seen changes with the bind, on one connection. */
START_TEST(bind_again)
	{
		const struct {
			struct cr_login login;
			const char *sees;
		} steps[] = {
			{ cr_simple("aino"), CARE10 },
			{ cr_simple("mikko"), MARKETING10 },
			{ cr_scram("mailer", NULL), MARKETING10 },
			{ cr_scram("crm", AINO), CARE10 },
			{ cr_scram("crm", NULL), NOBODY10 },
			{ cr_simple("c10002"), "c10002" },
			{ cr_simple("root"), ALL10 },
			{ cr_simple("leena"), NOBODY10 },
			{ cr_simple("registrar"), ALL10 },
			{ cr_simple(NULL), "result 32" },
			{ cr_scram("phonebook", NULL),
			    "c10001 c10002 c10003 c10007 c10008 c10009 c10010" },
		};
		LDAP *ld = cr_login(server, &steps[0].login);

		for (size_t i = 0; i < COUNT(steps); i++) {
			ck_assert_int_eq(cr_login_bind(ld, &steps[i].login),
			    LDAP_SUCCESS);
			ck_assert_str_eq(cr_sees(ld, NULL), steps[i].sees);
		}
		cr_logout(ld);
	}
END_TEST

START_TEST(failed_bind_leaves_nothing)
	{
		struct cr_login aino = cr_simple("aino"),
				wrong = cr_simple("registrar");
		LDAP *ld = cr_login(server, &aino);

		wrong.password = "arvaus";
		ck_assert_int_eq(cr_login_bind(ld, &wrong),
		    LDAP_INVALID_CREDENTIALS);
		ck_assert_str_eq(cr_sees(ld, NULL), "result 32");
		cr_logout(ld);
	}
END_TEST

/* The last line of the read log of this search. */
static const char *
last_read(LDAP *ld, LDAPControl **controls)
{
	const char *line, *next;

	ck_assert_ptr_nonnull(strstr(cr_sees(ld, controls), "c10001"));
	line = cr_server_readlog(server).bytes;
	while ((next = strchr(line, '\n')) != NULL && next[1] != '\0')
		line = next + 1;
	return line;
}

START_TEST(the_log_names_both)
	{
		struct cr_login login = cr_scram("crm", NULL);
		LDAP *ld = cr_login(server, &login);
		const char *line = last_read(ld, cr_proxy(AINO));

		ck_assert_ptr_nonnull(
		    strstr(line, "who=uid=crm," SERVICES " "));
		ck_assert_ptr_nonnull(
		    strstr(line, "for=uid=aino," HANDLERS " "));
		ck_assert_ptr_nonnull(strstr(line, "purpose=customerCare "));
		ck_assert_ptr_nonnull(strstr(line, "mech=SCRAM-SHA-256 "));
		cr_logout(ld);
		login = cr_simple("aino");
		ld = cr_login(server, &login);
		line = last_read(ld, NULL);
		ck_assert_ptr_nonnull(
		    strstr(line, "who=uid=aino," HANDLERS " "));
		ck_assert_ptr_null(strstr(line, "for="));
		ck_assert_ptr_nonnull(strstr(line, "mech=simple "));
		cr_logout(ld);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tcase = cr_suite_case(suite, "sasl", start, stop);

	tcase_add_loop_test(tcase, service_with_sasl_authzid, 0,
	    (int)COUNT(rows));
	tcase_add_loop_test(tcase, service_with_proxied_authorization, 0,
	    (int)COUNT(rows));
	tcase_add_test(tcase, service_through_the_socket);
	tcase_add_test(tcase, proxy_counts_from_who_authenticated);
	tcase_add_test(tcase, empty_authzid_is_anonymous);
	tcase_add_test(tcase, not_without_authzto);
	tcase_add_test(tcase, authzto_is_not_for_oneself_to_write);
	tcase_add_test(tcase, wrong_password_of_a_service);
	tcase_add_test(tcase, person_for_person);
	tcase_add_test(tcase, rootdn_for_others);
	tcase_add_test(tcase, purpose_with_proxy);
	tcase_add_test(tcase, purpose_with_authzid);
	tcase_add_test(tcase, purpose_of_a_service_alone);
	tcase_add_test(tcase, default_purpose_of_the_pair);
	tcase_add_test(tcase, writes_through_a_service);
	tcase_add_test(tcase, customer_through_a_service);
	tcase_add_test(tcase, policy_through_a_service);
	tcase_add_test(tcase, passwords_through_a_service);
	tcase_add_test(tcase, bind_again);
	tcase_add_test(tcase, failed_bind_leaves_nothing);
	tcase_add_test(tcase, the_log_names_both);
}

int
main(void)
{
	return cr_suite_run("sasl", fill);
}
