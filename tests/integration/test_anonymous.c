/*
 * Readers who have not authenticated: nothing, unless the register is
 * published and slapd's own rules let them in.
 */
#include "harness_ldap.h"

#include <string.h>

#define PHONEBOOK10 "c10001 c10002 c10003 c10007 c10008 c10009 c10010"

/* As wide as slapd can be: what is kept back is kept back by the guard. */
#define WIDE                                                         \
	"access to attrs=userPassword by anonymous auth by * none\n" \
	"access to attrs=authzTo by * auth\n"                        \
	"access to * by users write by * read"

static const char service[] =
    "dn: uid=robot," SERVICES "\nobjectClass: account\n"
    "objectClass: simpleSecurityObject\nobjectClass: crService\n"
    "uid: robot\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n"
    "crDefaultPurpose: listingElectronic\ncrAutomated: listingElectronic\n";

static struct cr_server *server;

static void
start_with(const char *line)
{
	static struct cr_setup setup = { .acl = WIDE, .ldif = service };

	setup.custreg =
	    cr_keep_text("custreg-customers " CUSTOMERS "\n%s", line);
	/* a certificate of a customer is looked up among the customers */
	setup.global =
	    cr_keep_text("%s\nauthz-regexp \"^cn=(c[0-9]+),o=muu "
			 "oy$\" \"ldap:///" CUSTOMERS "??one?(uid=$1)\"",
		cr_tls_global());
	server = cr_server_start(&setup);
}

static void
start_without(void)
{
	start_with("");
}

static void
start_published(void)
{
	start_with("custreg-anonymousPurpose listingElectronic");
}

/* Not a publication: as good as none. */
static void
start_wrong(void)
{
	start_with("custreg-anonymousPurpose directMarketing");
}

static void
start_unknown(void)
{
	start_with("custreg-anonymousPurpose juoru");
}

static void
stop(void)
{
	cr_server_stop(server);
}

static const enum cr_way ways[] = { CR_PLAIN, CR_SOCKET, CR_STARTTLS };

/* Without a bind, with an anonymous one, with one that failed. */
static void
anonymous_sees(enum cr_way way, const char *wanted)
{
	struct cr_login nobody = { .way = way };
	struct cr_login wrong = { .way = way,
		.name = "aino",
		.password = "arvaus" };
	LDAP *ld = NULL;

	ck_assert_int_eq(cr_login_connect(server, &nobody, &ld), LDAP_SUCCESS);
	ck_assert_str_eq(cr_sees(ld, NULL), wanted);
	ck_assert_int_eq(cr_login_bind(ld, &nobody), LDAP_SUCCESS);
	ck_assert_str_eq(cr_sees(ld, NULL), wanted);
	ck_assert_int_eq(cr_login_bind(ld, &wrong), LDAP_INVALID_CREDENTIALS);
	ck_assert_str_eq(cr_sees(ld, NULL), wanted);
	cr_logout(ld);
}

START_TEST(nothing_without_the_setting)
	{
		struct cr_login nobody = { .way = CR_PLAIN };

		anonymous_sees(ways[_i], NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &nobody,
				     cr_purpose("listingElectronic")),
		    "result 50");
		ck_assert_str_eq(cr_login_sees(server, &nobody,
				     cr_purpose("juoru")),
		    "result 53");
	}
END_TEST

START_TEST(what_is_published)
	{
		struct cr_login nobody = { .way = ways[_i] };
		LDAP *ld = cr_login(server, &nobody);
		const char *names;

		anonymous_sees(ways[_i], PHONEBOOK10);
		ck_assert_str_eq(cr_sees(ld, cr_purpose("listingElectronic")),
		    PHONEBOOK10);
		ck_assert_str_eq(cr_sees(ld, cr_purpose("listingPrinted")),
		    "result 50");
		ck_assert_str_eq(cr_sees(ld, cr_purpose("directMarketing")),
		    "result 50");
		names = cr_releases(ld, NULL);
		ck_assert_ptr_nonnull(strstr(names, "mail"));
		ck_assert_ptr_null(strstr(names, "crSource"));
		ck_assert_ptr_null(strstr(names, "userPassword"));
		/* a publication has no recipient */
		ck_assert_str_eq(cr_sees(ld,
				     cr_controls(CR_OID_RECIPIENT_CONTROL,
					 "cn=luottotieto," RECIPIENTS, NULL)),
		    "result 53");
		/* and nobody to act for */
		ck_assert_str_eq(cr_sees(ld, cr_proxy("dn:uid=aino," HANDLERS)),
		    "result 123");
		cr_logout(ld);
	}
END_TEST

START_TEST(writes_are_for_those_who_may)
	{
		struct cr_login nobody = { .way = CR_PLAIN };
		LDAP *ld = cr_login(server, &nobody);
		int rc = cr_login_change(ld, C(10001), "=title: x", NULL);

		/* slapd wants a bind before a write */
		ck_assert_int_ne(rc, LDAP_SUCCESS);
		rc = cr_login_change(ld, C(10004), "=title: x", NULL);
		ck_assert_int_eq(rc,
		    cr_login_change(ld, C(99999), "=title: x", NULL));
		cr_logout(ld);
	}
END_TEST

/* Who authenticated does not become nobody to see what nobody sees. */
START_TEST(empty_authzid)
	{
		struct cr_login robot = cr_scram("robot", NULL);
		struct cr_login crm = cr_scram("crm", NULL);
		struct cr_login root = cr_simple("root");

		ck_assert_str_eq(cr_login_sees(server, &robot, NULL),
		    PHONEBOOK10);
		ck_assert_str_eq(cr_login_sees(server, &robot, cr_proxy("dn:")),
		    NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &robot, cr_proxy("")),
		    NOBODY10);
		ck_assert_str_eq(cr_login_sees(server, &root, cr_proxy("")),
		    NOBODY10);
		/* one without any purpose of its own does not fall back */
		ck_assert_str_eq(cr_login_sees(server, &crm, NULL), NOBODY10);
	}
END_TEST

START_TEST(the_log_says_anonymous)
	{
		struct cr_login nobody = { .way = CR_PLAIN };

		ck_assert_str_eq(cr_login_sees(server, &nobody, NULL),
		    PHONEBOOK10);
		ck_assert_ptr_nonnull(strstr(cr_server_readlog(server).bytes,
		    " purpose=listingElectronic mech=anonymous "));
	}
END_TEST

/* Hidden from everybody, and yet found by slapd when they log in. */
START_TEST(customer_by_certificate)
	{
		struct cr_login login = { .way = CR_STARTTLS,
			.mech = "EXTERNAL",
			.certificate = "customer" };

		ck_assert_str_eq(cr_login_sees(server, &login, NULL), "c10006");
	}
END_TEST

START_TEST(nothing_by_a_wrong_setting)
	{
		anonymous_sees(ways[_i], NOBODY10);
	}
END_TEST

/* The setting comes and goes while somebody is connected. */
START_TEST(setting_changes_live)
	{
		struct cr_login nobody = { .way = CR_PLAIN };
		struct cr_login config = { .way = CR_PLAIN, .name = "config" };
		LDAP *ld = cr_login(server, &nobody);
		LDAP *admin = cr_login(server, &config);
		const char *overlay =
		    "olcOverlay={0}custreg,olcDatabase={1}mdb,"
		    "cn=config";

		ck_assert_str_eq(cr_sees(ld, NULL), PHONEBOOK10);
		ck_assert_int_eq(cr_login_change(admin, overlay,
				     "-olcCrAnonymousPurpose", NULL),
		    LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), NOBODY10);
		ck_assert_int_eq(
		    cr_login_change(admin, overlay,
			"+olcCrAnonymousPurpose: listingElectronic", NULL),
		    LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), PHONEBOOK10);
		cr_logout(admin);
		cr_logout(ld);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tcase = cr_suite_case(suite, "without", start_without, stop);

	tcase_add_loop_test(tcase, nothing_without_the_setting, 0, 3);
	tcase_add_test(tcase, customer_by_certificate);

	tcase = cr_suite_case(suite, "published", start_published, stop);
	tcase_add_loop_test(tcase, what_is_published, 0, 3);
	tcase_add_test(tcase, writes_are_for_those_who_may);
	tcase_add_test(tcase, empty_authzid);
	tcase_add_test(tcase, the_log_says_anonymous);
	tcase_add_test(tcase, setting_changes_live);

	tcase = cr_suite_case(suite, "wrong", start_wrong, stop);
	tcase_add_loop_test(tcase, nothing_by_a_wrong_setting, 0, 3);

	tcase = cr_suite_case(suite, "unknown", start_unknown, stop);
	tcase_add_loop_test(tcase, nothing_by_a_wrong_setting, 0, 3);
}

int
main(void)
{
	return cr_suite_run("anonymous", fill);
}
