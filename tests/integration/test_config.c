/*
 * The settings: each one live by cn=config, bad ones refused with a text and
 * nothing changed, wrong stackings refused at start and live.
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DB "olcDatabase={1}mdb,cn=config"
#define GUARD "olcOverlay={1}custreg," DB

static const char second_base[] = "dn: ou=muut," SUFFIX "\n"
				  "objectClass: organizationalUnit\n"
				  "ou: muut\n"
				  "\n"
				  "dn: uid=m1,ou=muut," SUFFIX "\n"
				  "objectClass: inetOrgPerson\n"
				  "objectClass: crCustomer\n"
				  "uid: m1\n"
				  "cn: Muu\n"
				  "sn: Muu\n"
				  "crMarketingBan: all\n"
				  "\n"
				  "dn: uid=m2,ou=muut," SUFFIX "\n"
				  "objectClass: inetOrgPerson\n"
				  "objectClass: crCustomer\n"
				  "uid: m2\n"
				  "cn: Muu\n"
				  "sn: Muu\n"
				  "\n"
				  "dn: ou=kasittelijat," SUFFIX "\n"
				  "objectClass: organizationalUnit\n"
				  "ou: kasittelijat\n"
				  "\n"
				  "dn: uid=kaija,ou=kasittelijat," SUFFIX "\n"
				  "objectClass: inetOrgPerson\n"
				  "objectClass: crHandler\n"
				  "uid: kaija\n"
				  "cn: Kaija\n"
				  "sn: Kaija\n"
				  "userPassword: kokeilu\n"
				  "crDefaultPurpose: customerCare\n"
				  "crAllowedPurpose: customerCare\n"
				  "crAgreementSigned: 20240101000000Z\n"
				  "crAgreementVersion: 2024-1\n"
				  "\n";
#define KAIJA "uid=kaija,ou=kasittelijat," SUFFIX

static const struct cr_setup tree = { .customers = 10,
	.config_tree = true,
	.modules = "syncprov",
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * read",
	.below = "overlay syncprov",
	.ldif = second_base };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&tree);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static struct cr_answer *
configure(const char *line)
{
	struct cr_conn *conn = cr_conn_open(server, "config");
	const struct cr_request request = { .kind = CR_MODIFY,
		.dn = GUARD,
		.lines = { line } };
	struct cr_answer *answer = cr_ask(conn, &request);

	cr_conn_close(conn);
	return answer;
}

static const char *
settings(void)
{
	struct cr_conn *conn = cr_conn_open(server, "config");
	struct cr_answer *answer = cr_look(conn, GUARD, BASE, NULL, NULL);

	expect_code(answer, 0);
	cr_conn_close(conn);
	return answer->all.bytes;
}

static size_t
found(const char *who, const char *base)
{
	struct cr_conn *conn = cr_conn_open(server, who);
	struct cr_answer *answer =
	    cr_look(conn, base, ONE, "(objectClass=crCustomer)", "uid");

	cr_conn_close(conn);
	return answer->entry_count;
}

#define WORKS(line)                                             \
	do {                                                    \
		struct cr_answer *done_ = configure(line);      \
		ck_assert_msg(done_->code == 0, "%s\n%s", line, \
		    done_->all.bytes);                          \
	} while (0)

START_TEST(customers_live)
	{
		ck_assert_uint_eq(found("mikko", "ou=muut," SUFFIX), 2);
		WORKS("+olcCrCustomers: ou=muut," SUFFIX);
		ck_assert_uint_eq(found("mikko", "ou=muut," SUFFIX), 1);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		WORKS("-olcCrCustomers: ou=muut," SUFFIX);
		ck_assert_uint_eq(found("mikko", "ou=muut," SUFFIX), 2);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		WORKS("=olcCrCustomers: ou=muut," SUFFIX);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 10);
		WORKS("=olcCrCustomers: " CUSTOMERS);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
	}
END_TEST

/* Without a base the module does nothing, and with one it does again. */
START_TEST(no_customers_no_guard)
	{
		WORKS("-olcCrCustomers");
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 10);
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 10);
		WORKS("+olcCrCustomers: " CUSTOMERS);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 0);
	}
END_TEST

START_TEST(handlers_live)
	{
		ck_assert_uint_eq(found(KAIJA, CUSTOMERS), 0);
		WORKS("+olcCrHandlers: ou=kasittelijat," SUFFIX);
		ck_assert_uint_eq(found(KAIJA, CUSTOMERS), 9);
		/* the default is gone with the first of one's own */
		ck_assert_uint_eq(found("aino", CUSTOMERS), 0);
		WORKS("+olcCrHandlers: " HANDLERS);
		ck_assert_uint_eq(found("aino", CUSTOMERS), 9);
		WORKS("-olcCrHandlers");
		ck_assert_uint_eq(found(KAIJA, CUSTOMERS), 0);
		ck_assert_uint_eq(found("aino", CUSTOMERS), 9);
		ck_assert_uint_eq(found("mailer", CUSTOMERS), 7);
	}
END_TEST

START_TEST(purposes_live)
	{
		WORKS("+olcCrPurposes: ou=muut," SUFFIX);
		ck_assert_uint_eq(found("aino", CUSTOMERS), 0);
		WORKS("=olcCrPurposes: " PURPOSES);
		ck_assert_uint_eq(found("aino", CUSTOMERS), 9);
		WORKS("-olcCrPurposes");
		ck_assert_uint_eq(found("aino", CUSTOMERS), 9);
	}
END_TEST

START_TEST(recipients_live)
	{
		struct cr_request request = { .dn = C(10001) };

		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "billing" };
		request.controls[1] = (struct cr_control){ CTL_RECIPIENT,
			.arg = "cn=laskutus," RECIPIENTS };
		expect_code(cr_ask_as(server, "aino", &request), 0);
		WORKS("+olcCrRecipients: ou=muut," SUFFIX);
		expect_code(cr_ask_as(server, "aino", &request), 53);
		WORKS("-olcCrRecipients");
		expect_code(cr_ask_as(server, "aino", &request), 0);
	}
END_TEST

START_TEST(replica_live)
	{
		struct cr_request request = { .dn = CUSTOMERS, .scope = ONE };
		struct cr_answer *answer;

		request.controls[0] =
		    (struct cr_control){ CTL_SYNC, .arg = "1" };
		expect_code(cr_ask_as(server, KAIJA, &request), 53);
		WORKS("+olcCrReplica: " KAIJA);
		answer = cr_ask_as(server, KAIJA, &request);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 10);
		WORKS("-olcCrReplica: " KAIJA);
		expect_code(cr_ask_as(server, KAIJA, &request), 53);
	}
END_TEST

START_TEST(anonymous_purpose_live)
	{
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 0);
		WORKS("+olcCrAnonymousPurpose: listingElectronic");
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 7);
		/* only what is published is for everybody */
		(void)configure("=olcCrAnonymousPurpose: customerCare");
		ck_assert_uint_le(found(NULL, CUSTOMERS), 7);
		WORKS("=olcCrAnonymousPurpose: listingPrinted");
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 7);
		WORKS("-olcCrAnonymousPurpose");
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 0);
	}
END_TEST

START_TEST(log_directory_live)
	{
		char *second = cr_keep_text("%s/log2", server->dir);
		struct cr_text log;
		size_t before;

		ck_assert_int_eq(mkdir(second, 0700), 0);
		WORKS(cr_keep_text("=olcCrLogDirectory: %s", second));
		before = cr_server_readlog(server).len;
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		log = cr_readlog_of(second);
		ck_assert_uint_eq(cr_readlog_entries(&log), 7);
		ck_assert_uint_eq(cr_server_readlog(server).len, before);
		WORKS(cr_keep_text("=olcCrLogDirectory: %s/log", server->dir));
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		ck_assert_uint_gt(cr_server_readlog(server).len, before);
	}
END_TEST

static const char *const bad_lines[] = {
	"+olcCrCustomers: ou=customers,dc=elsewhere,dc=fi",
	"+olcCrCustomers: nonsense",
	"+olcCrCustomers: " HANDLERS,
	"+olcCrCustomers: " SUFFIX,
	"=olcCrCustomers: " PURPOSES,
	"+olcCrHandlers: ou=x,dc=elsewhere,dc=fi",
	"+olcCrHandlers: ou=x," CUSTOMERS,
	"+olcCrPurposes: ou=x,dc=elsewhere,dc=fi",
	"+olcCrPurposes: ou=x," CUSTOMERS,
	"+olcCrRecipients: ou=x,dc=elsewhere,dc=fi",
	"+olcCrRecipients: ou=x," CUSTOMERS,
	"+olcCrReplica: " C(10001),
	"+olcCrReplica: nonsense",
	"=olcCrLogDirectory: relative",
	"=olcCrLogDirectory: /no/such/directory",
	"=olcCrLogDirectory: /dev/null",
	"+olcCrNoSuchSetting: x",
	"-olcCrCustomers: ou=x," SUFFIX,
	"-olcCrReplica",
};

START_TEST(bad_settings_change_nothing)
	{
		const char *before = settings();
		struct cr_answer *answer = configure(bad_lines[_i]);
		const char *after;

		ck_assert_msg(answer->code != 0, "%s was taken", bad_lines[_i]);
		ck_assert_msg(answer->text[0] != '\0', "no text for %s\n%s",
		    bad_lines[_i], answer->all.bytes);
		after = settings();
		/* the modification itself changes the entry's times, if it is one */
		ck_assert_msg(strcmp(before, after) == 0, "%s\n%s\n%s",
		    bad_lines[_i], before, after);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 0);
	}
END_TEST

/* Two in one, of which the second is bad: neither. */
START_TEST(half_a_change_is_none)
	{
		struct cr_conn *conn = cr_conn_open(server, "config");
		const struct cr_request request = { .kind = CR_MODIFY,
			.dn = GUARD,
			.lines = { "-olcCrCustomers",
			    "+olcCrCustomers: ou=x,dc=elsewhere,dc=fi" } };

		ck_assert_int_ne(cr_ask(conn, &request)->code, 0);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		ck_assert_uint_eq(found(NULL, CUSTOMERS), 0);
	}
END_TEST

/* Live, what would show entries past the guard, or stand on the wrong side. */
static const struct {
	const char *name;
	const char *class;
	const char *more;
} live[] = {
	{ "pcache", "olcPcacheConfig", "olcPcache: mdb 1000 1 100 100" },
	{ "translucent", "olcTranslucentConfig", NULL },
	{ "auditlog", "olcAuditlogConfig", "olcAuditlogFile: /dev/null" },
	{ "retcode", "olcRetcodeConfig", NULL },
	{ "rwm", "olcRwmConfig", NULL },
	{ "unique", "olcUniqueConfig", "olcUniqueURI: ldap:///?uid?sub" },
	{ "memberof", "olcMemberOfConfig", NULL },
};

START_TEST(wrong_overlays_are_refused_live)
	{
		struct cr_conn *conn = cr_conn_open(server, "config");
		struct cr_request module = { .kind = CR_MODIFY,
			.dn = "cn=module{0},cn=config" };
		struct cr_request add = { .kind = CR_ADD };
		struct cr_answer *answer;

		module.lines[0] =
		    cr_keep_text("+olcModuleLoad: %s", live[_i].name);
		expect_code(cr_ask(conn, &module), 0);
		add.dn = cr_keep_text("olcOverlay=%s," DB, live[_i].name);
		add.lines[0] = "objectClass: olcOverlayConfig";
		add.lines[1] = cr_keep_text("objectClass: %s", live[_i].class);
		add.lines[2] = cr_keep_text("olcOverlay: %s", live[_i].name);
		add.lines[3] = live[_i].more;
		answer = cr_ask(conn, &add);
		expect_code(answer, 53);
		ck_assert_ptr_nonnull(strstr(answer->text, "custreg"));
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		cr_server_alive(server);
	}
END_TEST

/* Adding what belongs above, and taking it away again. */
START_TEST(right_overlays_are_taken_live)
	{
		struct cr_conn *conn = cr_conn_open(server, "config");
		const struct cr_request module = { .kind = CR_MODIFY,
			.dn = "cn=module{0},cn=config",
			.lines = { "+olcModuleLoad: sssvlv" } };
		const struct cr_request add = { .kind = CR_ADD,
			.dn = "olcOverlay=sssvlv," DB,
			.lines = { "objectClass: olcOverlayConfig",
			    "objectClass: olcSssVlvConfig",
			    "olcOverlay: sssvlv" } };
		const struct cr_request away = { .kind = CR_DELETE,
			.dn = "olcOverlay={2}sssvlv," DB };

		expect_code(cr_ask(conn, &module), 0);
		expect_code(cr_ask(conn, &add), 0);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
		expect_code(cr_ask(conn, &away), 0);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
	}
END_TEST

/* The database half cannot be there without the other. */
START_TEST(frontend_half_stays)
	{
		struct cr_conn *conn = cr_conn_open(server, "config");
		static const char *const names[] = {
			"olcOverlay={0}custreg-frontend,olcDatabase={-1}frontend,"
			"cn=config",
			"olcOverlay=custreg-frontend,olcDatabase={-1}frontend,"
			"cn=config"
		};

		for (size_t i = 0; i < COUNT(names); i++) {
			struct cr_request away = { .kind = CR_DELETE,
				.dn = names[i] };

			ck_assert_int_ne(cr_ask(conn, &away)->code, 0);
		}
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
	}
END_TEST

START_TEST(last_modification_cannot_be_turned_off)
	{
		struct cr_conn *conn = cr_conn_open(server, "config");

		ck_assert_int_ne(cr_change(conn, DB, "=olcLastMod: FALSE",
				     NULL),
		    0);
		ck_assert_uint_eq(found("mikko", CUSTOMERS), 7);
	}
END_TEST

START_TEST(settings_last_over_a_restart)
	{
		WORKS("+olcCrCustomers: ou=muut," SUFFIX);
		WORKS("+olcCrHandlers: " HANDLERS);
		WORKS("+olcCrReplica: " KAIJA);
		{
			const char *before = settings();

			ck_assert_ptr_nonnull(strstr(before, "olcCrReplica"));
		}
		WORKS("-olcCrHandlers");
		WORKS("-olcCrReplica");
		WORKS("-olcCrCustomers: ou=muut," SUFFIX);
		ck_assert_ptr_null(strstr(settings(), "olcCrReplica"));
	}
END_TEST

/* With a server of its own, since its parent has to start it again. */
START_TEST(restart_reads_the_settings)
	{
		struct cr_server *own = cr_server_start(&tree);
		struct cr_conn *conn = cr_conn_open(own, "config");

		ck_assert_int_eq(
		    cr_change(conn, GUARD, "+olcCrCustomers: ou=muut," SUFFIX,
			"+olcCrAnonymousPurpose: listingElectronic", NULL),
		    0);
		cr_server_restart(own);
		conn = cr_conn_open(own, NULL);
		ck_assert_uint_eq(
		    cr_look(conn, CUSTOMERS, ONE, NULL, "uid")->entry_count, 7);
		conn = cr_conn_open(own, "mikko");
		ck_assert_uint_eq(cr_look(conn, "ou=muut," SUFFIX, ONE, NULL,
				      "uid")
				      ->entry_count,
		    1);
		cr_server_stop(own);
	}
END_TEST

START_TEST(schema_is_shown)
	{
		struct cr_conn *conn = cr_conn_open(server, "config");
		struct cr_answer *answer = cr_look(conn, "cn=Subschema", BASE,
		    NULL, "attributeTypes objectClasses");

		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "'crMarketingBan'"));
		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "'crCustomer'"));
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "live", start, stop);

	tcase_add_test(tc, schema_is_shown);
	tcase_add_test(tc, customers_live);
	tcase_add_test(tc, no_customers_no_guard);
	tcase_add_test(tc, handlers_live);
	tcase_add_test(tc, purposes_live);
	tcase_add_test(tc, recipients_live);
	tcase_add_test(tc, replica_live);
	tcase_add_test(tc, anonymous_purpose_live);
	tcase_add_test(tc, log_directory_live);
	tcase_add_loop_test(tc, bad_settings_change_nothing, 0,
	    COUNT(bad_lines));
	tcase_add_test(tc, half_a_change_is_none);
	tcase_add_loop_test(tc, wrong_overlays_are_refused_live, 0,
	    COUNT(live));
	tcase_add_test(tc, right_overlays_are_taken_live);
	tcase_add_test(tc, frontend_half_stays);
	tcase_add_test(tc, last_modification_cannot_be_turned_off);
	tcase_add_test(tc, settings_last_over_a_restart);

	tcase_add_test(tc, restart_reads_the_settings);
}

int
main(void)
{
	return cr_suite_run("config", fill);
}
