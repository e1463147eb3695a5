/*
 * Real TLS: people with hashed passwords, services by certificate, the least
 * strength a service asks for, and a replica.
 */
#include "harness_ldap.h"

#include <string.h>

#define AINO "dn:uid=aino," HANDLERS

/* asks for more than the socket (71) and less than TLS (256) is worth */
static const char strict[] =
    "dn: uid=strict," SERVICES "\nobjectClass: account\n"
    "objectClass: simpleSecurityObject\nobjectClass: crService\n"
    "uid: strict\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n"
    "crDefaultPurpose: customerCare\ncrAutomated: directMarketing\n"
    "crMinSSF: 128\n";

static struct cr_server *server;

static void
start_from(bool config_tree)
{
	static struct cr_setup setup = { .ldif = strict,
		.modules = "syncprov",
		.below = "overlay syncprov",
		.custreg = "custreg-customers " CUSTOMERS
			   "\ncustreg-replica " REPLICA };

	setup.config_tree = config_tree;
	setup.global = cr_tls_global();
	server = cr_server_start(&setup);
}

static void
start(void)
{
	start_from(false);
}

static void
start_tree(void)
{
	start_from(true);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static struct cr_login
certificate(const char *name, const char *authzid)
{
	return (struct cr_login){ .way = CR_STARTTLS,
		.mech = "EXTERNAL",
		.authzid = authzid,
		.certificate = name };
}

START_TEST(people_with_hashed_passwords)
	{
		static const struct {
			const char *who;
			const char *sees;
		} rows[] = { { "aino", CARE10 }, { "mikko", MARKETING10 },
			{ "registrar", ALL10 }, { "dpo", ALL10 },
			{ "leena", NOBODY10 }, { "olli", NOBODY10 },
			{ "c10006", "c10006" } };
		struct cr_login login = cr_simple(rows[_i].who);

		ck_assert_str_eq(cr_login_sees(server, &login, NULL),
		    rows[_i].sees);
	}
END_TEST

START_TEST(service_by_certificate)
	{
		struct cr_login mailer = certificate("mailer", NULL);
		struct cr_login alone = certificate("crm", NULL);
		struct cr_login crm = certificate("crm", AINO);

		ck_assert_str_eq(cr_login_sees(server, &mailer, NULL),
		    MARKETING10);
		ck_assert_str_eq(cr_login_sees(server, &alone, NULL), NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &crm, NULL), CARE10);
		ck_assert_str_eq(cr_login_sees(server, &alone, cr_proxy(AINO)),
		    CARE10);
	}
END_TEST

/* No rule needed: the subject is the DN of the entry. */
START_TEST(certificate_that_names_the_entry)
	{
		struct cr_login login = certificate("entry", NULL);

		ck_assert_str_eq(cr_login_sees(server, &login, NULL),
		    MARKETING10);
	}
END_TEST

/* A certificate is nothing until it is used to bind. */
START_TEST(certificate_that_is_only_shown)
	{
		struct cr_login login = { .way = CR_STARTTLS,
			.certificate = "mailer" };
		struct cr_login aino = login;
		struct cr_login leena = login;
		LDAP *ld = NULL;

		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), "result 32");
		aino.name = "aino";
		ck_assert_int_eq(cr_login_bind(ld, &aino), LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), CARE10);
		leena.name = "leena";
		ck_assert_int_eq(cr_login_bind(ld, &leena), LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), NOBODY10);
		login.mech = "EXTERNAL";
		ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), MARKETING10);
		cr_logout(ld);
	}
END_TEST

/* Of another organisation: slapd knows the name, the register does not. */
START_TEST(certificate_of_a_stranger)
	{
		struct cr_login login = certificate("stranger", NULL);

		ck_assert_str_eq(cr_login_sees(server, &login, NULL), NOBODY10);
	}
END_TEST

START_TEST(certificate_of_another_authority)
	{
		struct cr_login login = certificate("other", NULL);
		LDAP *ld = NULL;
		int rc = cr_login_connect(server, &login, &ld);

		if (rc == LDAP_SUCCESS)
			rc = cr_login_bind(ld, &login);
		ck_assert_int_ne(rc, LDAP_SUCCESS);
		ck_assert_ptr_null(strstr(cr_sees(ld, NULL), "c1"));
		cr_logout(ld);
	}
END_TEST

START_TEST(no_certificate)
	{
		struct cr_login login = certificate(NULL, NULL);
		LDAP *ld = NULL;

		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		ck_assert_int_ne(cr_login_bind(ld, &login), LDAP_SUCCESS);
		cr_logout(ld);
	}
END_TEST

/* Alone and for a person, by every way in. */
START_TEST(least_strength)
	{
		static const struct {
			enum cr_way way;
			bool enough;
		} ways[] = { { CR_PLAIN, false }, { CR_SOCKET, false },
			{ CR_STARTTLS, true } };
		const bool enough = ways[_i].enough;
		struct cr_login login = cr_scram("strict", NULL);

		login.way = ways[_i].way;
		ck_assert_str_eq(cr_login_sees(server, &login, NULL),
		    enough ? MARKETING10 : NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &login, cr_proxy(AINO)),
		    enough ? CARE10 : NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &login,
				     cr_purpose("directMarketing")),
		    enough ? MARKETING10 : "result 50");
		login.authzid = AINO;
		ck_assert_str_eq(cr_login_sees(server, &login, NULL),
		    enough ? CARE10 : NOBODY10);
	}
END_TEST

START_TEST(strength_by_certificate)
	{
		struct cr_login login = certificate("strict", NULL);

		ck_assert_str_eq(cr_login_sees(server, &login, NULL),
		    MARKETING10);
	}
END_TEST

/* What counts is the operation, not the bind. */
START_TEST(tls_after_the_bind)
	{
		struct cr_login plain = cr_scram("strict", NULL);
		struct cr_login later = { .way = CR_STARTTLS };
		LDAP *ld;

		plain.way = CR_PLAIN;
		ld = cr_login(server, &plain);
		ck_assert_str_eq(cr_sees(ld, NULL), NOBODY10);
		ck_assert_int_eq(cr_login_secure(ld, &later), LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_bind(ld, &plain), LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), MARKETING10);
		cr_logout(ld);
	}
END_TEST

/* The registrar asks for more, and for less, while the crm is connected. */
START_TEST(strength_changes_live)
	{
		struct cr_login socket = { .way = CR_SOCKET,
			.mech = "EXTERNAL",
			.authzid = AINO };
		struct cr_login registrar = cr_simple("registrar");
		LDAP *crm = cr_login(server, &socket);
		LDAP *ld = cr_login(server, &registrar);
		static const struct {
			const char *line;
			const char *sees;
		} steps[] = { { "=crMinSSF: 71", CARE10 },
			{ "=crMinSSF: 72", NOBODY10 },
			{ "=crMinSSF", CARE10 } };

		ck_assert_str_eq(cr_sees(crm, NULL), CARE10);
		for (size_t i = 0; i < COUNT(steps); i++) {
			ck_assert_int_eq(cr_login_change(ld,
					     "uid=crm," SERVICES, steps[i].line,
					     NULL),
			    LDAP_SUCCESS);
			ck_assert_str_eq(cr_sees(crm, NULL), steps[i].sees);
		}
		cr_logout(ld);
		cr_logout(crm);
	}
END_TEST

#define REFRESH_ONLY "\x30\x03\x0a\x01\x01"

static const char *
refreshes(const struct cr_login *login)
{
	LDAPControl **sync = cr_controls(LDAP_CONTROL_SYNC, REFRESH_ONLY, NULL);

	return cr_login_sees(server, login, sync);
}

START_TEST(replica_by_certificate)
	{
		struct cr_login login = certificate("replica", NULL);
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, NULL), ALL10);
		ck_assert_str_eq(refreshes(&login), ALL10);
		/* its one purpose cannot be exchanged */
		ck_assert_str_eq(cr_sees(ld, cr_purpose("replication")), ALL10);
		ck_assert_str_eq(cr_sees(ld, cr_purpose("maintenance")),
		    "result 50");
		cr_logout(ld);
	}
END_TEST

START_TEST(replication_is_for_replicas)
	{
		struct cr_login mailer = certificate("mailer", NULL);
		struct cr_login root = cr_simple("root");
		struct cr_login registrar = cr_simple("registrar");
		struct cr_login robot = cr_scram("strict", NULL);

		ck_assert_str_eq(refreshes(&mailer), "result 53");
		ck_assert_str_eq(refreshes(&registrar), "result 53");
		ck_assert_str_eq(refreshes(&root), "result 53");
		/* to act as a replica one has to be one */
		ck_assert_str_eq(cr_login_sees(server, &robot,
				     cr_proxy("dn:" REPLICA)),
		    NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &root,
				     cr_proxy("dn:" REPLICA)),
		    NOBODY10);
		robot.authzid = "dn:" REPLICA;
		ck_assert_str_eq(refreshes(&robot), "result 53");
	}
END_TEST

static void
fill_case(TCase *tcase)
{
	tcase_add_loop_test(tcase, people_with_hashed_passwords, 0, 7);
	tcase_add_test(tcase, service_by_certificate);
	tcase_add_test(tcase, certificate_that_names_the_entry);
	tcase_add_test(tcase, certificate_that_is_only_shown);
	tcase_add_test(tcase, certificate_of_a_stranger);
	tcase_add_test(tcase, certificate_of_another_authority);
	tcase_add_test(tcase, no_certificate);
	tcase_add_loop_test(tcase, least_strength, 0, 3);
	tcase_add_test(tcase, strength_by_certificate);
	tcase_add_test(tcase, tls_after_the_bind);
	tcase_add_test(tcase, strength_changes_live);
	tcase_add_test(tcase, replica_by_certificate);
	tcase_add_test(tcase, replication_is_for_replicas);
}

static void
fill(Suite *suite)
{
	fill_case(cr_suite_case(suite, "slapd.conf", start, stop));
	fill_case(cr_suite_case(suite, "cn=config", start_tree, stop));
}

int
main(void)
{
	return cr_suite_run("tls", fill);
}
