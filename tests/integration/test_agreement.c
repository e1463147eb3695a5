/*
 * The confidentiality agreement: signed, its version, until when, suspended.
 * Judged at every operation, so on connections that were open before.
 */
#include "harness_ldap.h"

#include <string.h>
#include <time.h>

#define AINO "uid=aino," HANDLERS

static struct cr_server *server;

#define HANDLER(name, more)                                           \
	"dn: uid=" name "," HANDLERS "\nobjectClass: inetOrgPerson\n" \
	"objectClass: crHandler\nuid: " name "\ncn: " name "\n"       \
	"sn: " name "\nuserPassword: kokeilu\n"                       \
	"crDefaultPurpose: customerCare\n" more "\n"
#define SIGNED "crAgreementSigned: 20240201080000Z\n"
#define VERSION "crAgreementVersion: 2024-1\n"

/* What stands in the entry of a handler, and whether that lets them see. */
static const struct row {
	const char *name;
	const char *entry;
	bool sees;
} rows[] = {
	{ "signed", HANDLER("signed", SIGNED VERSION), true },
	{ "unsigned", HANDLER("unsigned", VERSION), false },
	{ "future",
	    HANDLER("future", "crAgreementSigned: 20990101000000Z\n" VERSION),
	    false },
	{ "open",
	    HANDLER("open",
		SIGNED VERSION "crAgreementUntil: 20991231215959Z\n"),
	    true },
	{ "passed",
	    HANDLER("passed",
		SIGNED VERSION "crAgreementUntil: 20240630205959Z\n"),
	    false },
	{ "backwards",
	    HANDLER("backwards",
		VERSION "crAgreementSigned: 20250101000000Z\n"
			"crAgreementUntil: 20240101000000Z\n"),
	    false },
	{ "versionless", HANDLER("versionless", SIGNED), false },
	{ "older", HANDLER("older", SIGNED "crAgreementVersion: 2023-1\n"),
	    false },
	{ "suspended",
	    HANDLER("suspended", SIGNED VERSION "crSuspended: TRUE\n"), false },
	{ "resumed", HANDLER("resumed", SIGNED VERSION "crSuspended: FALSE\n"),
	    true },
};

static void
start(void)
{
	static struct cr_setup setup;
	struct cr_text text = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_text_add(&text, "%s", rows[i].entry);
	setup.ldif = text.bytes;
	setup.global = cr_tls_global();
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	cr_server_stop(server);
}

START_TEST(as_the_entry_says)
	{
		struct cr_login login = cr_simple(rows[_i].name);
		struct cr_login crm = cr_scram("crm", NULL);
		const char *wanted = rows[_i].sees ? CARE10 : NOBODY10;

		ck_assert_str_eq(cr_login_sees(server, &login, NULL), wanted);
		/* a service cannot do for them what they cannot do */
		ck_assert_str_eq(cr_login_sees(server, &crm,
				     cr_proxy(
					 cr_keep_text("dn:uid=%s," HANDLERS,
					     rows[_i].name))),
		    wanted);
		/* and no purpose helps */
		ck_assert_str_eq(cr_login_sees(server, &login,
				     cr_purpose("customerCare")),
		    rows[_i].sees ? CARE10 : "result 50");
	}
END_TEST

/* aino, the crm for her and the mailer are connected all the time. */
static struct {
	LDAP *registrar;
	LDAP *aino;
	LDAP *crm;
	LDAP *mailer;
} open_before;

static void
connect_all(void)
{
	struct cr_login registrar = cr_simple("registrar");
	struct cr_login aino = cr_simple("aino");
	struct cr_login crm = cr_scram("crm", "dn:" AINO);
	struct cr_login mailer = cr_scram("mailer", NULL);

	open_before.registrar = cr_login(server, &registrar);
	open_before.aino = cr_login(server, &aino);
	open_before.crm = cr_login(server, &crm);
	open_before.mailer = cr_login(server, &mailer);
}

static void
disconnect_all(void)
{
	cr_logout(open_before.registrar);
	cr_logout(open_before.aino);
	cr_logout(open_before.crm);
	cr_logout(open_before.mailer);
}

static void
change(const char *dn, const char *line)
{
	ck_assert_int_eq(cr_login_change(open_before.registrar, dn, line, NULL),
	    LDAP_SUCCESS);
}

static void
aino_sees(const char *wanted)
{
	ck_assert_str_eq(cr_sees(open_before.aino, NULL), wanted);
	ck_assert_str_eq(cr_sees(open_before.crm, NULL), wanted);
	/* the agreement of a person is nothing to a service alone */
	ck_assert_str_eq(cr_sees(open_before.mailer, NULL), MARKETING10);
}

START_TEST(suspended_while_connected)
	{
		aino_sees(CARE10);
		change(AINO, "=crSuspended: TRUE");
		aino_sees(NOBODY10);
		change(AINO, "=crSuspended: FALSE");
		aino_sees(CARE10);
		change(AINO, "=crSuspended");
		aino_sees(CARE10);
	}
END_TEST

START_TEST(unsigned_while_connected)
	{
		change(AINO, "=crAgreementSigned");
		aino_sees(NOBODY10);
		change(AINO, "=crAgreementSigned: 20990101000000Z");
		aino_sees(NOBODY10);
		change(AINO, "=crAgreementSigned: 20240201080000Z");
		aino_sees(CARE10);
	}
END_TEST

START_TEST(new_version_while_connected)
	{
		struct cr_login root = cr_simple("root");
		LDAP *ld = cr_login(server, &root);

		ck_assert_int_eq(cr_login_change(ld, REGISTER,
				     "=crAgreementVersion: 2026-1", NULL),
		    LDAP_SUCCESS);
		aino_sees(NOBODY10);
		/* the registrar's own is the old one, too */
		ck_assert_str_eq(cr_sees(open_before.registrar, NULL),
		    NOBODY10);
		ck_assert_int_eq(cr_login_change(ld, AINO,
				     "=crAgreementVersion: 2026-1", NULL),
		    LDAP_SUCCESS);
		aino_sees(CARE10);
		/* none required: then any will do */
		ck_assert_int_eq(cr_login_change(ld, REGISTER,
				     "=crAgreementVersion", NULL),
		    LDAP_SUCCESS);
		aino_sees(CARE10);
		ck_assert_int_eq(cr_login_change(ld, REGISTER,
				     "=crAgreementVersion: 2024-1", NULL),
		    LDAP_SUCCESS);
		aino_sees(NOBODY10);
		ck_assert_int_eq(cr_login_change(ld, AINO,
				     "=crAgreementVersion: 2024-1", NULL),
		    LDAP_SUCCESS);
		aino_sees(CARE10);
		cr_logout(ld);
	}
END_TEST

/* time() may be some milliseconds behind what slapd looks at. */
static time_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

/* Nobody writes anything when the time comes. */
START_TEST(expires_while_connected)
	{
		int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
		time_t end = clock_now() + 2;
		struct tm tm;
		char line[64];

		ck_assert_ptr_nonnull(gmtime_r(&end, &tm));
		strftime(line, sizeof(line), "=crAgreementUntil: %Y%m%d%H%M%SZ",
		    &tm);
		change(AINO, line);
		for (;;) {
			time_t asked = clock_now();

			if (strcmp(cr_sees(open_before.aino, NULL), NOBODY10) ==
			    0)
				break;
			ck_assert(asked <= end);
			ck_assert_msg(cr_suite_again(deadline),
			    "it does not end");
		}
		/* the last second counts */
		ck_assert(clock_now() > end);
		aino_sees(NOBODY10);
		change(AINO, "=crAgreementUntil");
		aino_sees(CARE10);
	}
END_TEST

START_TEST(purposes_change_while_connected)
	{
		change(AINO, "=crDefaultPurpose: billing");
		ck_assert_ptr_null(
		    strstr(cr_releases(open_before.aino, NULL), "mobile"));
		change(AINO, "=crDefaultPurpose: customerCare");
		ck_assert_ptr_nonnull(
		    strstr(cr_releases(open_before.aino, NULL), "mobile"));
		ck_assert_str_eq(cr_sees(open_before.crm,
				     cr_purpose("billing")),
		    CARE10);
		change(AINO, "-crAllowedPurpose: billing");
		ck_assert_str_eq(cr_sees(open_before.crm,
				     cr_purpose("billing")),
		    "result 50");
		change(AINO, "+crAllowedPurpose: billing");
		change("uid=crm," SERVICES, "-crAllowedPurpose: customerCare");
		ck_assert_str_eq(cr_sees(open_before.crm, NULL), NOBODY10);
		ck_assert_str_eq(cr_sees(open_before.aino, NULL), CARE10);
		change("uid=crm," SERVICES, "+crAllowedPurpose: customerCare");
		aino_sees(CARE10);
	}
END_TEST

START_TEST(entry_deleted_while_connected)
	{
		struct cr_login login = cr_simple("resumed");
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, NULL), CARE10);
		ck_assert_int_eq(ldap_delete_ext_s(open_before.registrar,
				     "uid=resumed," HANDLERS, NULL, NULL),
		    LDAP_SUCCESS);
		ck_assert_str_eq(cr_sees(ld, NULL), NOBODY10);
		cr_logout(ld);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tcase = cr_suite_case(suite, "entry", start, stop);

	tcase_add_loop_test(tcase, as_the_entry_says, 0, (int)COUNT(rows));

	tcase = cr_suite_case(suite, "connected", start, stop);
	tcase_add_checked_fixture(tcase, connect_all, disconnect_all);
	tcase_add_test(tcase, suspended_while_connected);
	tcase_add_test(tcase, unsigned_while_connected);
	tcase_add_test(tcase, new_version_while_connected);
	tcase_add_test(tcase, expires_while_connected);
	tcase_add_test(tcase, purposes_change_while_connected);
	tcase_add_test(tcase, entry_deleted_while_connected);
}

int
main(void)
{
	return cr_suite_run("agreement", fill);
}
