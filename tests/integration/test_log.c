/*
 * The floor of the read log: a line for each entry released, nothing personal
 * in it, and no entry without its line.
 */
#include "harness.h"
#include "harness_readlog.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cr_setup plain = { .customers = 10,
	.global = "loglevel none" };
static const struct cr_setup tree = { .customers = 10, .config_tree = true };
static const struct cr_setup waits = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logBarrier off" };
static const struct cr_setup flushes = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logDurability flush" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
start_waits(void)
{
	server = cr_server_start(&waits);
}

static void
start_flushes(void)
{
	server = cr_server_start(&flushes);
}

static void
start_tree(void)
{
	server = cr_server_start(&tree);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static const char *const uuids[] = {
	"760307aa-ec4d-4ff8-8ff2-7f7c2ebac844", /* c10001 */
	"264f025f-a560-4df4-9245-82cf39ed0aae", /* c10002 */
	"6a05b747-a46f-4ff8-b364-5f7cf7df49a2" /* c10003 */
};

START_TEST(line_for_each_entry)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		size_t before = cr_server_readlog(server).len;
		struct cr_answer *answer =
		    cr_look(conn, CUSTOMERS, ONE, "(&)", NULL);
		struct cr_text log = cr_server_readlog(server);

		ck_assert_uint_eq(answer->entry_count, 7);
		ck_assert_uint_eq(readlog_lines(&log, before, "who=uid=mikko",
				      "class=crCustomer"),
		    7);
		ck_assert_uint_eq(readlog_lines(&log, before, "uuid=", uuids[0]),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, before, "uuid=", uuids[2]),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, before, "uuid=", uuids[1]),
		    0);
		ck_assert_uint_eq(readlog_lines(&log, before, "type=search",
				      "purpose=directMarketing"),
		    7);
	}
END_TEST

START_TEST(line_whatever_is_asked_for)
	{
		static const char *const attrs[] = { "1.1", "mail", "+",
			"noSuch", "userPassword" };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		ck_assert_uint_eq(cr_look(conn, C(10001), BASE, NULL, attrs[_i])
				      ->entry_count,
		    1);
		log = cr_server_readlog(server);
		ck_assert_uint_ge(readlog_lines(&log, before, "uuid=", uuids[0]),
		    1);
	}
END_TEST

START_TEST(child_counts_for_its_customer)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		expect_code(cr_look(conn,
				"crAssignmentNumber=A10001-1," C(10001), BASE,
				NULL, NULL),
		    0);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before, uuids[0],
				      "class=crAssignment"),
		    1);
	}
END_TEST

START_TEST(compare_is_a_read)
	{
		struct cr_request request = { .kind = CR_COMPARE,
			.dn = C(10001),
			.attr = "uid",
			.value = _i ? "c10001" : "x" };
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		expect_code(cr_ask_as(server, "mikko", &request), _i ? 6 : 5);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before, uuids[0],
				      "type=compare"),
		    1);
	}
END_TEST

/* slapd itself puts the DN into its own log at each of these. */
START_TEST(read_entry_controls_are_reads)
	{
		static const struct {
			const char *who;
			enum cr_control_kind kind;
		} rows[] = { { "aino", CTL_PRE_READ },
			{ "aino", CTL_POST_READ }, { "root", CTL_PRE_READ },
			{ "registrar", CTL_POST_READ } };
		struct cr_request request = { .kind = CR_MODIFY,
			.dn = C(10001),
			.lines = { "=title: x" },
			.controls = { { rows[_i].kind, .arg = "*" } } };
		size_t before = cr_server_readlog(server).len;
		struct cr_answer *answer =
		    cr_ask_as(server, rows[_i].who, &request);
		struct cr_text log = cr_server_readlog(server);

		expect_code(answer, 0);
		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "crCustomerNumber"));
		ck_assert_uint_eq(readlog_lines(&log, before, uuids[0],
				      "type=modify"),
		    1);
	}
END_TEST

START_TEST(nothing_found_is_no_read)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		(void)cr_look(conn, C(10002), BASE, NULL, NULL);
		(void)cr_look(conn, CUSTOMERS, SUB, "(uid=c10002)", NULL);
		(void)cr_look(conn, CUSTOMERS, SUB, "(l=zzz)", NULL);
		(void)cr_look(conn, STAFF, SUB, NULL, NULL);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before, "class=", "uuid="),
		    0);
	}
END_TEST

START_TEST(says_who_for_whom_and_why)
	{
		struct cr_request request = { .dn = C(10001) };
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		request.controls[0] = (struct cr_control){ CTL_PROXY,
			.arg = "dn:uid=aino," HANDLERS };
		request.controls[1] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "billing" };
		request.controls[2] = (struct cr_control){ CTL_RECIPIENT,
			.arg = "cn=laskutus," RECIPIENTS };
		request.controls[3] =
		    (struct cr_control){ CTL_REFERENCE, .arg = "R-7" };
		expect_code(cr_ask_as(server, "crm", &request), 0);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before, "who=uid=crm",
				      "for=uid=aino"),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, before, "purpose=billing",
				      "recipient=cn=laskutus"),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, before, "ref=R-7", "peer="),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, before, "ssf=", "conn="), 1);
	}
END_TEST

/* A customer who reads as themself is named by number of the entry. */
START_TEST(customer_is_named_by_uuid)
	{
		struct cr_conn *conn = cr_conn_open(server, "c10001");
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 0);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before,
				      "who=uuid:", uuids[0]),
		    1);
		ck_assert_ptr_null(strstr(log.bytes, "c10001"));
	}
END_TEST

START_TEST(rootdn_and_registrar_are_on_record)
	{
		static const char *const who[] = { "root", "registrar", "dpo" };
		struct cr_conn *conn = cr_conn_open(server, who[_i]);
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 0);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before, uuids[0],
				      "class=crCustomer"),
		    1);
	}
END_TEST

/*
 * Everything that has been done so far, and more, left no value, no DN below
 * the base and no filter in the log, nor in what slapd says.
 */
START_TEST(nothing_personal_is_kept)
	{
		static const char *const personal[] = { "vaino.makinen",
			"asa.ohman", "kokeilu", "M\xc3\xa4kinen",
			"M%C3%A4kinen", "uid=c1000", "c10001", "c10002",
			"c10006", "+358", "Tampere", "posti.example",
			"A10001-1", "vihje" };
		struct cr_conn *conn = cr_conn_open(server, "aino");
		struct cr_text log, said;

		(void)cr_look(conn, CUSTOMERS, SUB,
		    "(|(mail=vaino.makinen@posti.example)(cn=*vihje*)"
		    "(mobile=+358 49 0010002))",
		    NULL);
		(void)cr_look(conn, C(10006), BASE, NULL, NULL);
		(void)cr_look(conn, "cn=asa.ohman," C(10001), BASE, NULL, NULL);
		ck_assert_int_eq(cr_change(conn, C(10001), "=title: vihje",
				     NULL),
		    0);
		ck_assert_int_eq(cr_change(conn, C(10001), "+crHold: vihje",
				     NULL),
		    50);
		ck_assert_int_eq(cr_change(conn, C(10001),
				     "+crMarketingBan: vihje", NULL),
		    19);
		ck_assert_int_eq(cr_change(cr_conn_open(server, "c10007"),
				     C(10007), "+crMarketingBan: all", NULL),
		    0);
		log = cr_server_readlog(server);
		said = cr_text_of_file(server->log);
		for (size_t i = 0; i < COUNT(personal); i++) {
			ck_assert_msg(strstr(log.bytes, personal[i]) == NULL,
			    "\"%s\" is in the read log", personal[i]);
			ck_assert_msg(strstr(said.bytes, personal[i]) == NULL,
			    "\"%s\" is in slapd's log", personal[i]);
		}
	}
END_TEST

START_TEST(bans_are_on_record)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		size_t before = cr_server_readlog(server).len;
		struct cr_text log;

		ck_assert_int_eq(cr_change(conn, C(10001),
				     "+crMarketingBan: opinionResearch", NULL),
		    0);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, before, "event=ban-set",
				      uuids[0]),
		    1);
	}
END_TEST

START_TEST(log_is_for_its_owner_alone)
	{
		static const struct {
			const char *name;
			mode_t mode;
		} files[] = { { "log", 0700 }, { "log/key", 0600 },
			{ "log/checkpoint", 0600 }, { "log/wal", 0700 } };

		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			struct stat st;

			ck_assert_msg(stat(cr_server_path(server,
			    files[i].name), &st) == 0, "%s", files[i].name);
			ck_assert_msg((st.st_mode & 0777) == files[i].mode,
			    "%s: %o", files[i].name, (unsigned)st.st_mode);
		}
	}
END_TEST

/* The write-ahead files; the directory stays. */
static void
remove_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	unsigned removed = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' &&
		    unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			removed++;
	}
	(void)closedir(dir);
	ck_assert_uint_gt(removed, 0);
}

static void
until_answered(struct cr_conn *conn)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	while (cr_look(conn, C(10001), BASE, NULL, NULL)->code != 0)
		ck_assert_msg(cr_suite_again(deadline), "does not recover");
}

/* Deleted underneath: noticed, nothing released, and then a new file. */
START_TEST(deleted_log_is_noticed)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		char *path = cr_server_path(server, "log/wal");
		struct cr_answer *answer;
		struct cr_text log;

		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 0);
		remove_files(path);
		answer = cr_look(conn, C(10001), BASE, NULL, NULL);
		expect_code(answer, 52);
		ck_assert_uint_eq(answer->entry_count, 0);
		until_answered(conn);
		log = cr_server_readlog(server);
		ck_assert_uint_ge(readlog_lines(&log, 0, uuids[0],
				      "who=uid=mikko"),
		    1);
	}
END_TEST

START_TEST(start_without_a_log_is_refused)
	{
		static const struct cr_setup setups[] = {
			{ .no_log = true,
			    .custreg = "custreg-customers " CUSTOMERS "\n"
				       "custreg-logDirectory @DIR@/nowhere" },
			{ .no_log = true,
			    .custreg = "custreg-customers " CUSTOMERS "\n"
				       "custreg-logDirectory relative" },
			{ .no_log = true,
			    .custreg = "custreg-customers " CUSTOMERS "\n"
				       "custreg-logDirectory /dev/null" },
		};
		char *said = NULL;

		ck_assert_msg(cr_server_refuses(&setups[_i], &said), "%s",
		    said);
		ck_assert_ptr_nonnull(strstr(said, "custreg: the"));
	}
END_TEST

/* What holds however records become durable. */
static void
add_reads(TCase *tc)
{
	tcase_add_test(tc, line_for_each_entry);
	tcase_add_loop_test(tc, line_whatever_is_asked_for, 0, 5);
	tcase_add_test(tc, child_counts_for_its_customer);
	tcase_add_loop_test(tc, compare_is_a_read, 0, 2);
	tcase_add_test(tc, nothing_found_is_no_read);
	tcase_add_test(tc, says_who_for_whom_and_why);
	tcase_add_test(tc, customer_is_named_by_uuid);
	tcase_add_loop_test(tc, rootdn_and_registrar_are_on_record, 0, 3);
	tcase_add_test(tc, bans_are_on_record);
	tcase_add_test(tc, deleted_log_is_noticed);
}

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "slapd.conf", start, stop);

	add_reads(tc);
	tcase_add_test(tc, nothing_personal_is_kept);
	tcase_add_test(tc, log_is_for_its_owner_alone);
	tcase_add_loop_test(tc, start_without_a_log_is_refused, 0, 3);

	tc = cr_suite_case(suite, "without the barrier", start_waits, stop);
	add_reads(tc);
	tc = cr_suite_case(suite, "handed to the kernel", start_flushes, stop);
	add_reads(tc);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop);
	tcase_add_loop_test(tc, read_entry_controls_are_reads, 0, 4);
	tcase_add_test(tc, line_for_each_entry);
	tcase_add_test(tc, deleted_log_is_noticed);
}

int
main(void)
{
	return cr_suite_run("log", fill);
}
