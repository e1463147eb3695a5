/*
 * Who may act for whom: SASL binds of services, SASL authorization identity,
 * proxied authorization (RFC 4370), and the purpose control with them.
 */
#include "harness_ldap.h"

#include <string.h>

#define AINO "dn:uid=aino," HANDLERS
#define MIKKO "dn:uid=mikko," HANDLERS

static struct cr_server *server;

static void
start(void)
{
	static struct cr_setup setup;

	setup.ldif = cr_acting_ldif();
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
	{ "portal", "dn:" C(99999), NOBODY10 },
	{ "portal", "dn:" CUSTOMERS, NOBODY10 },
	{ "portal", "dn:crInvoiceNumber=I10007-1," C(10007), NOBODY10 },
	{ "desk", "dn:" C(10002), "c10002" },
	{ "desk", "dn:" C(10006), "c10006" },
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

/* The same person, written in another way. */
START_TEST(names_are_compared_as_names)
	{
		static const char *const written[] = {
			"dn:UID=Aino,OU=Handlers,DC=Example,DC=FI",
			"dn:uid = aino , ou = handlers , dc = example , dc = fi",
			"dn:uid=\\61ino,ou=handlers,dc=example,dc=fi"
		};
		struct cr_login crm = cr_scram("crm", NULL);

		ck_assert_str_eq(cr_login_sees(server, &crm,
				     cr_proxy(written[_i])),
		    CARE10);
		crm.authzid = written[_i];
		ck_assert_str_eq(cr_login_sees(server, &crm, NULL), CARE10);
	}
END_TEST

/* Only the names of SCRAM are names of services. */
START_TEST(other_mechanisms)
	{
		static const char *const mechs[] = { "PLAIN", "DIGEST-MD5",
			"CRAM-MD5", "LOGIN" };
		struct cr_login login = cr_scram("mailer", NULL);
		LDAP *ld = NULL;

		login.mech = mechs[_i];
		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		if (cr_login_bind(ld, &login) == LDAP_SUCCESS)
			ck_assert_str_eq(cr_sees(ld, NULL), NOBODY10);
		else
			ck_assert_str_eq(cr_sees(ld, NULL), "result 32");
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
	tcase_add_loop_test(tcase, names_are_compared_as_names, 0, 3);
	tcase_add_loop_test(tcase, other_mechanisms, 0, 4);
	tcase_add_test(tcase, wrong_password_of_a_service);
	tcase_add_test(tcase, person_for_person);
	tcase_add_test(tcase, rootdn_for_others);
	tcase_add_test(tcase, purpose_with_proxy);
	tcase_add_test(tcase, purpose_with_authzid);
	tcase_add_test(tcase, purpose_of_a_service_alone);
	tcase_add_test(tcase, default_purpose_of_the_pair);
}

int
main(void)
{
	return cr_suite_run("sasl", fill);
}
