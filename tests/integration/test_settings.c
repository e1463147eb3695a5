/*
 * The settings: changed live through cn=config, refused when they cannot be
 * taken into force, and then nothing has changed; and which overlays may
 * stand with the guard.
 */
#include "harness.h"

#include "log/fault.h"
#include "log/leaf.h"
#include "log/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUARD "olcOverlay={0}custreg,olcDatabase={1}mdb,cn=config"
#define DATABASE "olcDatabase={1}mdb,cn=config"
#define WIDE                                                       \
	"access to attrs=userPassword by anonymous auth by * =w\n" \
	"access to * by * write\n"

static const struct cr_setup tree = {
	.customers = 10, .config_tree = true, .acl = WIDE, .modules = "syncprov"
};
static struct cr_server *server;
static struct cr_conn *config;

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

static void
open_config(void)
{
	config = cr_conn_open(server, "config");
}

static void
close_config(void)
{
	cr_conn_close(config);
}

/* Whom this reader finds of the ten. */
static const char *
found_by(const char *who)
{
	struct cr_conn *conn = cr_conn_open(server, who);
	struct cr_answer *answer =
	    cr_look(conn, CUSTOMERS, ONE, "(uid=*)", "uid");

	cr_conn_close(conn);
	return cr_answer_uids(answer);
}

#define FOR_MIKKO "c10001 c10003 c10004 c10007 c10008 c10009 c10010"
#define ALL_TEN                                                    \
	"c10001 c10002 c10003 c10004 c10005 c10006 c10007 c10008 " \
	"c10009 c10010"

static const char *
guard_entry(void)
{
	return cr_look(config, GUARD, BASE, NULL, NULL)->all.bytes;
}

static struct cr_answer *
set(const char *dn, const char *line)
{
	struct cr_request request = { .kind = CR_MODIFY,
		.dn = dn,
		.lines = { line } };

	return cr_ask(config, &request);
}

/* What goes off does so right after the answer to the write. */
static void
comes_to_find(const char *who, const char *wanted)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (strcmp(found_by(who), wanted) != 0)
		ck_assert_msg(cr_suite_again(deadline), "%s finds \"%s\"", who,
		    found_by(who));
}

#define must_set(line) expect_code(set(GUARD, (line)), 0)
#define must_find(who, wanted) ck_assert_str_eq(found_by(who), (wanted))

START_TEST(anonymous_purpose)
{
	must_find(NULL, "");
	must_set("+olcCrAnonymousPurpose: listingElectronic");
	must_find(NULL,
	    "c10001 c10002 c10003 c10007 c10008 c10009 c10010");
	must_set("=olcCrAnonymousPurpose: listingElectronic");
	must_set("=olcCrAnonymousPurpose: directMarketing");
	must_find(NULL, "");
	must_set("-olcCrAnonymousPurpose");
	must_find(NULL, "");
	must_set("+olcCrAnonymousPurpose: listingElectronic");
	must_set("-olcCrAnonymousPurpose: listingElectronic");
	must_find(NULL, "");
}
END_TEST

START_TEST(customers)
{
	must_set("-olcCrCustomers: " CUSTOMERS);
	comes_to_find("mikko", ALL_TEN);
	must_set("+olcCrCustomers: " CUSTOMERS);
	must_find("mikko", FOR_MIKKO);
	must_set("+olcCrCustomers: ou=staff," SUFFIX);
	must_set("-olcCrCustomers: " CUSTOMERS);
	must_find("mikko", ALL_TEN);
	must_set("=olcCrCustomers: " CUSTOMERS);
	must_find("mikko", FOR_MIKKO);
}
END_TEST

START_TEST(handlers)
{
	must_set("=olcCrHandlers: ou=services," SUFFIX);
	must_find("mikko", "");
	must_find("mailer", FOR_MIKKO);
	must_set("+olcCrHandlers: ou=handlers," SUFFIX);
	must_find("mikko", FOR_MIKKO);
	must_set("-olcCrHandlers: ou=services," SUFFIX);
	must_find("mailer", "");
	must_set("-olcCrHandlers");
	must_find("mailer", FOR_MIKKO);
	must_find("mikko", FOR_MIKKO);
}
END_TEST

START_TEST(purposes_and_recipients)
{
	must_set("+olcCrPurposes: ou=nowhere," SUFFIX);
	must_find("mikko", "");
	must_set("=olcCrPurposes: ou=purposes," SUFFIX);
	must_find("mikko", FOR_MIKKO);
	must_set("-olcCrPurposes");
	must_find("mikko", FOR_MIKKO);
	must_set("=olcCrRecipients: ou=nowhere," SUFFIX);
	must_set("=olcCrRecipients: ou=recipients," SUFFIX);
	must_set("-olcCrRecipients: ou=recipients," SUFFIX);
	must_find("mikko", FOR_MIKKO);
}
END_TEST

START_TEST(replica)
{
	must_set("+olcCrReplica: uid=mikko,ou=handlers," SUFFIX);
	must_find("mikko", ALL_TEN);
	must_set("+olcCrReplica: uid=aino,ou=handlers," SUFFIX);
	must_set("-olcCrReplica: uid=mikko,ou=handlers," SUFFIX);
	must_find("mikko", FOR_MIKKO);
	must_set("-olcCrReplica");
	must_find("aino",
	    "c10001 c10002 c10003 c10004 c10005 c10007 c10008 "
	    "c10009 c10010");
}
END_TEST

static size_t
entries_in(const char *dir)
{
	const struct cr_text log = cr_readlog_of(dir);

	return cr_readlog_entries(&log);
}

static void
comes_to_log_nothing(const char *dir)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
	size_t before;

	do {
		ck_assert(cr_suite_again(deadline));
		before = entries_in(dir);
		must_find("mikko", FOR_MIKKO);
	} while (entries_in(dir) != before);
}

START_TEST(log_directory)
{
	char *other = cr_server_path(server, "other");
	size_t before = cr_server_readlog(server).len;

	ck_assert_int_eq(mkdir(other, 0700), 0);
	must_set(cr_keep_text("=olcCrLogDirectory: %s/other", server->dir));
	must_find("mikko", FOR_MIKKO);
	ck_assert_uint_eq(entries_in(other), 7);
	ck_assert_uint_eq(cr_server_readlog(server).len, before);
	must_set("-olcCrLogDirectory");
	comes_to_log_nothing(other);
	must_set(cr_keep_text("+olcCrLogDirectory: %s/log", server->dir));
	must_find("mikko", FOR_MIKKO);
	ck_assert_uint_gt(cr_server_readlog(server).len, before);
}
END_TEST

/* A log of another time: what slapd finds when retention is switched on. */
static void
write_old_log(const char *dir)
{
	const struct cr_log_settings settings = { .directory = dir,
		.origin = "old" };
	const struct cr_leaf leaf = { .flags = CR_LEAF_FIRST | CR_LEAF_LAST,
		.type = CR_LEAF_COMPARE,
		.time_ms = 1000 };
	struct cr_log_ticket ticket = { 0 };
	struct cr_log_fault fault;
	struct cr_log *log = NULL;
	unsigned char bytes[256];
	size_t len;

	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(cr_log_open(&settings, NULL, &log, &fault), CR_OK);
	ck_assert_int_eq(
	    cr_leaf_encode(&leaf, bytes, sizeof(bytes), &len), CR_OK);
	for (unsigned i = 0; i < 300; i++)
		ck_assert_int_eq(
		    cr_log_append(log, CR_LOG_ORDINARY,
			(struct cr_slice){ (const char *)bytes, len },
			&ticket),
		    CR_OK);
	ck_assert_int_eq(cr_log_wait(log, ticket), CR_OK);
	cr_log_close(&log);
}

START_TEST(log_retention)
{
	char *old = cr_server_path(server, "old");
	char *gone = cr_server_path(server, "old/tile/entries/000");
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	write_old_log(old);
	ck_assert_int_eq(access(gone, F_OK), 0);
	must_set(cr_keep_text("=olcCrLogDirectory: %s/old", server->dir));
	must_find("mikko", FOR_MIKKO);
	ck_assert_int_eq(access(gone, F_OK), 0);
	must_set("+olcCrLogRetention: 30");
	while (access(gone, F_OK) == 0)
		ck_assert_msg(cr_suite_again(deadline), "nothing is pruned");
	must_find("mikko", FOR_MIKKO);
	must_set("-olcCrLogRetention");
	must_set(cr_keep_text("=olcCrLogDirectory: %s/log", server->dir));
	must_find("mikko", FOR_MIKKO);
}
END_TEST

START_TEST(compaction_within_other_days)
{
	must_set("=olcCrCompactWithin: 7");
	ck_assert_ptr_nonnull(strstr(guard_entry(), "olcCrCompactWithin: 7"));
	must_set("=olcCrCompactWithin: 3650");
	must_set("-olcCrCompactWithin");
	ck_assert_ptr_null(strstr(guard_entry(), "olcCrCompactWithin"));
}
END_TEST

static const struct {
	const char *line;
	const char *text;
} bad[] = { { "=olcCrCustomers: ou=x,dc=elsewhere", "does not lie below" },
	{ "+olcCrCustomers: ou=x,dc=elsewhere", "does not lie below" },
	{ "+olcCrCustomers: ou=handlers," SUFFIX, "cannot lie below" },
	{ "=olcCrHandlers: ou=h,ou=x,dc=elsewhere", "does not lie below" },
	{ "=olcCrHandlers: ou=h," CUSTOMERS, "cannot lie below" },
	{ "+olcCrPurposes: ou=p," CUSTOMERS, "cannot lie below" },
	{ "=olcCrRecipients: ou=p," CUSTOMERS, "cannot lie below" },
	{ "=olcCrReplica: uid=c10001," CUSTOMERS, "cannot lie below" },
	{ "=olcCrCompactWithin: 0", "1 to 3650" },
	{ "=olcCrCompactWithin: 3651", "1 to 3650" },
	{ "=olcCrLogDirectory: relative", "absolute path" },
	{ "=olcCrLogDurability: soon", "fsync or flush" },
	{ "=olcCrLogBarrier: maybe", "on or off" },
	{ "=olcCrLogOrigin: a+b", "no spaces" },
	{ "=olcCrLogKey: key", "absolute path" },
	{ "=olcCrLogWait: 0", "1 to 600" },
	{ "=olcCrLogInterval: 9", "10 to 60000" },
	{ "=olcCrLogRetention: -1", "0 to 36500" },
	{ "=olcCrLogReserve: 1048577", "0 to 1048576" },
	{ "=olcCrLogDirectory: /nowhere/at/all", "no directory" },
	{ "=olcCrLogDirectory: /dev/null", "no directory" } };

START_TEST(bad_setting_changes_nothing)
{
	const char *before = guard_entry();
	struct cr_answer *answer = set(GUARD, bad[_i].line);
	size_t logged;

	ck_assert_int_eq(answer->code, 80);
	ck_assert_msg(strstr(answer->text, "custreg: ") != NULL &&
		strstr(answer->text, bad[_i].text) != NULL,
	    "%s: %s", bad[_i].line, answer->text);
	ck_assert_str_eq(guard_entry(), before);
	logged = cr_server_readlog(server).len;
	must_find("mikko", FOR_MIKKO);
	ck_assert_uint_gt(cr_server_readlog(server).len, logged);
}
END_TEST

/*
 * slapd deletes before it replaces, and puts back when that fails: which
 * fails too while the log directory is gone.
 */
START_TEST(failed_change_keeps_the_guard)
{
	char *log = cr_server_path(server, "log");
	char *away = cr_server_path(server, "away");
	const char *before = guard_entry();

	ck_assert_int_eq(rename(log, away), 0);
	ck_assert_int_eq(
	    set(GUARD, "=olcCrCustomers: ou=x,dc=else")->code, 80);
	ck_assert_str_eq(guard_entry(), before);
	ck_assert(strstr(found_by("mikko"), "c10002") == NULL);
	ck_assert_int_eq(rename(away, log), 0);
	comes_to_find("mikko", FOR_MIKKO);
}
END_TEST

/* No line, no entry: also when the log cannot be put back. */
START_TEST(failed_change_keeps_the_log)
{
	char *log = cr_server_path(server, "log");
	char *away = cr_server_path(server, "away");
	const char *before = guard_entry();
	size_t logged;

	ck_assert_int_eq(rename(log, away), 0);
	ck_assert_int_eq(
	    set(GUARD, "=olcCrLogDirectory: /nowhere")->code, 80);
	ck_assert_str_eq(guard_entry(), before);
	ck_assert_int_eq(rename(away, log), 0);
	logged = cr_server_readlog(server).len;
	comes_to_find("mikko", FOR_MIKKO);
	ck_assert_uint_gt(cr_server_readlog(server).len, logged);
}
END_TEST

START_TEST(lastmod_stays_on)
{
	ck_assert_int_eq(set(DATABASE, "=olcLastMod: FALSE")->code, 53);
	must_find("mikko", FOR_MIKKO);
	expect_code(set(DATABASE, "=olcLastMod: TRUE"), 0);
}
END_TEST

static struct cr_answer *
add_overlay(const char *name, const char *class)
{
	struct cr_request request = { .kind = CR_ADD,
		.dn = cr_keep_text("olcOverlay=%s," DATABASE, name),
		.lines = { "objectClass: olcOverlayConfig",
		    cr_keep_text("objectClass: %s", class),
		    cr_keep_text("olcOverlay: %s", name) } };

	return cr_ask(config, &request);
}

START_TEST(live_order_is_checked)
{
	struct cr_answer *answer =
	    add_overlay("syncprov", "olcSyncProvConfig");

	ck_assert_int_eq(answer->code, 53);
	ck_assert_msg(strstr(answer->text, "below custreg") != NULL,
	    "%s", answer->text);
	must_find("mikko", FOR_MIKKO);
	expect_code(add_overlay("{0}syncprov", "olcSyncProvConfig"), 0);
	must_find("mikko", FOR_MIKKO);
}
END_TEST

static const struct cr_setup refused[] = {
	{ .custreg = "custreg-customers ou=x,dc=elsewhere" },
	{ .custreg = "custreg-customers " CUSTOMERS
		     "\ncustreg-handlers ou=h," CUSTOMERS },
	{ .custreg = "custreg-customers " CUSTOMERS
		     "\ncustreg-logdirectory relative",
	    .no_log = true },
	{ .custreg = "custreg-customers " CUSTOMERS
		     "\ncustreg-logdirectory /nowhere/at/all",
	    .no_log = true },
	{ .custreg = "custreg-nosuch x" }, { .limits = "lastmod off" },
	{ .modules = "syncprov", .above = "overlay syncprov" },
	{ .modules = "accesslog unique", .above = "overlay unique" },
	{ .modules = "memberof", .above = "overlay memberof" },
	{ .modules = "refint", .above = "overlay refint" },
	{ .modules = "deref", .below = "overlay deref" },
	{ .modules = "dynlist", .below = "overlay dynlist" },
	{ .modules = "sssvlv", .below = "overlay sssvlv" },
	{ .modules = "valsort", .below = "overlay valsort" },
	{ .modules = "auditlog", .above = "overlay auditlog" },
	{ .modules = "auditlog", .below = "overlay auditlog" },
	{ .modules = "retcode", .above = "overlay retcode" },
	{ .modules = "rwm", .above = "overlay rwm" },
	{ .modules = "back_ldap translucent",
	    .above = "overlay translucent\nuri ldap://127.0.0.1:1/" }
};

START_TEST(slapd_refuses_to_start)
{
	char *log = NULL;

	ck_assert(cr_server_refuses(&refused[_i], &log));
	ck_assert_msg(strstr(log, "custreg") != NULL, "%s", log);
}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "live", start, stop);

	tcase_add_checked_fixture(tc, open_config, close_config);
	tcase_add_test(tc, anonymous_purpose);
	tcase_add_test(tc, customers);
	tcase_add_test(tc, handlers);
	tcase_add_test(tc, purposes_and_recipients);
	tcase_add_test(tc, replica);
	tcase_add_test(tc, log_directory);
	tcase_add_test(tc, log_retention);
	tcase_add_test(tc, compaction_within_other_days);
	tcase_add_loop_test(tc, bad_setting_changes_nothing, 0, COUNT(bad));
	tcase_add_test(tc, failed_change_keeps_the_guard);
	tcase_add_test(tc, lastmod_stays_on);
	tcase_add_test(tc, failed_change_keeps_the_log);
	tcase_add_test(tc, live_order_is_checked);

	tc = cr_suite_case(suite, "start", NULL, NULL);
	tcase_add_loop_test(tc, slapd_refuses_to_start, 0, COUNT(refused));
}

int
main(void)
{
	return cr_suite_run("settings", fill);
}
