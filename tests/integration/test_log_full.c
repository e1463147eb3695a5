/*
 * A disk that gets full: nothing is disclosed without its record, the officer
 * has what is kept for them, and it goes on by itself.
 */
#include "harness.h"
#include "harness_readlog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cr_setup small = { .customers = 10, .log_kb = 96 << 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logReserve 4\ncustreg-logWarning 16" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&small);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static void
until_answered(struct cr_conn *conn)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	while (cr_look(conn, C(10001), BASE, NULL, NULL)->code != 0)
		ck_assert_msg(cr_suite_again(deadline), "does not recover");
}

/* The file that takes all that is left; false when there is no such disk. */
static void
fill_disk(const char *path)
{
	char block[4096] = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	while (write(fd, block, sizeof(block)) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}

/* What the log had room for before goes on; then it notices. */
static struct cr_answer *
until_refused(struct cr_conn *conn)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct cr_answer *answer;

	do {
		answer = cr_look(conn, C(10001), BASE, NULL, NULL);
	} while (answer->code == 0 && cr_suite_again(deadline));
	return answer;
}

START_TEST(full_disk_discloses_nothing)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		char *filler = cr_server_path(server, "log/filler");
		struct cr_request compare = { .kind = CR_COMPARE,
			.dn = C(10001),
			.attr = "uid",
			.value = "c10001" };
		struct cr_request add = { .kind = CR_ADD,
			.dn = "crAssignmentNumber=F1," C(10001),
			.lines = { "objectClass: crAssignment" } };
		struct cr_answer *answer;
		struct cr_text log;

		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 0);
		fill_disk(filler);
		answer = until_refused(conn);
		expect_code(answer, 52);
		ck_assert_str_ne(answer->text, "");
		ck_assert_uint_eq(answer->entry_count, 0);
		answer = cr_look(conn, CUSTOMERS, SUB, "(&)", "1.1");
		expect_code(answer, 52);
		ck_assert_uint_le(answer->entry_count, 1);
		expect_code(cr_ask(conn, &compare), 52);
		/* a ban set is an event that must be on record */
		ck_assert_int_eq(cr_change(cr_conn_open(server, "c10001"),
				     C(10001), "+crMarketingBan: all", NULL),
		    52);
		add.controls[0] =
		    (struct cr_control){ CTL_POST_READ, .arg = "*" };
		answer = cr_ask_as(server, "aino", &add);
		ck_assert_ptr_null(
		    strstr(answer->all.bytes, "crAssignmentNumber:"));
		/* what is no customer goes on, and the administrator gets in */
		conn = cr_conn_open(server, "mikko");
		expect_code(cr_look(conn, STAFF, SUB, NULL, NULL), 0);
		expect_code(cr_look(conn, C(99999), BASE, NULL, NULL), 32);
		conn = cr_conn_open(server, "config");
		ck_assert_uint_gt(cr_look(conn, "cn=config", SUB, NULL, "cn")
				      ->entry_count,
		    3);
		/* room again: it goes on by itself */
		ck_assert_int_eq(unlink(filler), 0);
		conn = cr_conn_open(server, "mikko");
		until_answered(conn);
		answer = cr_look(conn, CUSTOMERS, ONE, "(&)", "uid");
		expect_code(answer, 0);
		log = cr_server_readlog(server);
		ck_assert_uint_ge(cr_readlog_entries(&log),
		    answer->entry_count);
	}
END_TEST

static void
until_said(const char *what)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	while (strstr(cr_text_of_file(server->log).bytes, what) == NULL)
		ck_assert_msg(cr_suite_again(deadline), "\"%s\" is not said",
		    what);
}

/* The reserve is made in the background. */
static void
until_reserved(void)
{
	char *path = cr_server_path(server, "log/reserve");
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct stat st;

	while (stat(path, &st) != 0 || st.st_size < 4 << 20)
		ck_assert_msg(cr_suite_again(deadline), "no reserve");
}

/* What is left is for the data protection officer, and it is on record. */
START_TEST(reserve_is_for_the_dpo)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_conn *dpo = cr_conn_open(server, "dpo");
		char *filler = cr_server_path(server, "log/filler3");
		struct cr_answer *answer;
		struct cr_text log;

		until_reserved();
		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 0);
		fill_disk(filler);
		until_said("little room for the read log, bytes free");
		expect_code(until_refused(conn), 52);
		answer = cr_look(dpo, CUSTOMERS, ONE, "(&)", "uid");
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 10);
		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 52);
		log = cr_server_readlog(server);
		ck_assert_uint_ge(readlog_lines(&log, 0, "who=uid=dpo",
				      "class=crCustomer"),
		    answer->entry_count);
		ck_assert_int_eq(unlink(filler), 0);
		until_said("enough room for the read log");
		until_answered(conn);
	}
END_TEST

/* Over and over: never an entry more than there are lines. */
START_TEST(never_more_entries_than_lines)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		char *filler = cr_server_path(server, "log/filler2");
		struct cr_text log = cr_server_readlog(server);
		size_t before = log.len, released = 0;

		for (int round = 0; round < 4; round++) {
			fill_disk(filler);
			for (int i = 0; i < 12; i++)
				released +=
				    cr_look(conn, CUSTOMERS, ONE, "(&)", "uid")
					->entry_count;
			ck_assert_int_eq(unlink(filler), 0);
			released += cr_look(conn, CUSTOMERS, ONE, "(&)", "uid")
					->entry_count;
		}
		log = cr_server_readlog(server);
		ck_assert_uint_gt(released, 0);
		ck_assert_uint_ge(readlog_lines(&log, before, "who=uid=mikko",
				      "class=crCustomer"),
		    released);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc;

	if (geteuid() != 0) {
		cr_suite_skip("a full disk: only root mounts a small one");
		return;
	}
	tc = cr_suite_case(suite, "small disk", start, stop);
	tcase_add_test(tc, full_disk_discloses_nothing);
	tcase_add_test(tc, reserve_is_for_the_dpo);
	tcase_add_test(tc, never_more_entries_than_lines);
}

int
main(void)
{
	return cr_suite_run("log_full", fill);
}
