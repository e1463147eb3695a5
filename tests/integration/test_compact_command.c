/*
 * custreg compact around a slapd: while it runs, when it is due, killed, on a
 * full disk, and what slapd makes of it.
 */
#include "harness_compact.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

START_TEST(not_while_slapd_runs)
	{
		struct cr_said said;
		ino_t before;

		compact_server = cr_server_start(&compact_thirty);
		before = compact_inode("db/data.mdb");
		said = compact_run(NULL);
		expect_said(said, 3);
		ck_assert_ptr_nonnull(strstr(said.complaint, "stop it first"));
		ck_assert_ptr_nonnull(strstr(said.complaint,
		    cr_keep_text("(process %d)", (int)compact_server->pid)));
		expect_said(compact_run("--dry-run"), 3);
		expect_said(compact_run("--if-due"), 3);
		ck_assert(compact_inode("db/data.mdb") == before);
		cr_server_alive(compact_server);
		cr_server_stop(compact_server);
		/* one that cannot be had: the other is left alone */
		said = CR_COMMAND("compact", compact_db("db"), compact_db("nowhere"));
		expect_said(said, 1);
		ck_assert(compact_inode("db/data.mdb") == before);
		expect_said(CR_COMMAND("compact", compact_db("db"), compact_db("db/.")), 1);
		said = CR_COMMAND("compact", "--json", compact_db("db"));
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "\"compacted\""));
		ck_assert_ptr_nonnull(strstr(said.out, "\"overwritten\": true"));
		ck_assert(compact_inode("db/data.mdb") != before);
		compact_launch();
		ck_assert_uint_eq(cr_look(cr_conn_open(compact_server, "registrar"),
				      CUSTOMERS, ONE, NULL, "uid")
				      ->entry_count,
		    12);
		cr_server_stop(compact_server);
	}
END_TEST

START_TEST(only_when_it_is_due)
	{
		ino_t before;
		struct cr_said said;

		compact_server = cr_server_start(&compact_thirty);
		cr_server_stop(compact_server);
		before = compact_inode("db/data.mdb");
		said = compact_run("--if-due");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "nothing waits"), 2);
		ck_assert(compact_inode("db/data.mdb") == before);
		compact_launch();
		compact_plant();
		compact_erase();
		compact_until_state("compacting");
		cr_server_stop(compact_server);
		said = compact_run("--dry-run");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "would be compacted"), 2);
		ck_assert_uint_eq(cr_times(said.out, "due by 20"), 2);
		ck_assert(compact_inode("db/data.mdb") == before);
		expect_said(compact_run("--if-due"), 0);
		ck_assert(compact_inode("db/data.mdb") != before);
		before = compact_inode("db/data.mdb");
		expect_said(compact_run("--if-due"), 0);
		ck_assert(compact_inode("db/data.mdb") == before);
		compact_launch();
		compact_until_state("done");
		cr_server_stop(compact_server);
	}
END_TEST

/* Its slapd is stopped; killed after so long. */
static void
compact_killed(long us)
{
	const struct timespec moment = { 0, us * 1000 };
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl(cr_conf_env("CR_CLIENT", "/build/custreg"), "custreg",
		    "compact", compact_db("db"), compact_db("db2"), (char *)NULL);
		_exit(127);
	}
	nanosleep(&moment, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
expect_none(const char *name)
{
	struct cr_text file = cr_text_of_file(compact_db(name));

	ck_assert_uint_gt(file.len, 0);
	ck_assert(!cr_bytes_contain(file.bytes, file.len, "Quxzyrth", 8));
}

START_TEST(killed_at_any_moment)
	{
		const char *text = getenv("COMPACT_KILLS");
		int kills = text != NULL ? atoi(text) : 12;
		const char *before, *log_before;
		int64_t longest;

		compact_plant_and_erase(&compact_thirty);
		cr_server_stop(compact_server);
		before = compact_slapcat(SUFFIX);
		log_before = compact_slapcat("cn=log");
		longest = cr_suite_now();
		compact_killed(1);
		expect_said(compact_run(NULL), 0);
		longest = cr_suite_now() - longest;
		srandom(4);
		for (int i = 0; i < kills; i++) {
			compact_killed(1 + random() % (long)(longest * 1000));
			ck_assert_str_eq(compact_slapcat(SUFFIX), before);
			ck_assert_str_eq(compact_slapcat("cn=log"), log_before);
		}
		expect_said(compact_run(NULL), 0);
		expect_none("db/data.mdb");
		expect_none("db2/data.mdb");
		ck_assert_int_ne(access(compact_db("db/data.mdb.custreg-new"), F_OK),
		    0);
		ck_assert_int_ne(access(compact_db("db/data.mdb.custreg-old"), F_OK),
		    0);
		ck_assert_str_eq(compact_slapcat(SUFFIX), before);
		compact_launch();
		compact_until_state("done");
		cr_server_stop(compact_server);
	}
END_TEST

static void
fill_disk(const char *path)
{
	static char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	ck_assert(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}

START_TEST(full_disk_changes_nothing)
	{
		char *dir = cr_suite_dir("small");
		char *data = cr_keep_text("%s/data.mdb", dir);
		char *filler = cr_keep_text("%s/filler", dir);
		struct cr_text before, after;
		struct cr_said said;

		compact_server = cr_server_start(&compact_thirty);
		cr_server_stop(compact_server);
		/* slapadd leaves it as long as it may get */
		expect_said(compact_run(NULL), 0);
		/* this test is a process of its own */
		ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
		ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE,
				     NULL),
		    0);
		ck_assert_int_eq(mount("none", dir, "tmpfs", 0,
				     "size=32m,mode=700"),
		    0);
		before = cr_text_of_file(compact_db("db/data.mdb"));
		cr_text_to_file(data, before.bytes, before.len);
		fill_disk(filler);
		said = CR_COMMAND("compact", dir);
		expect_said(said, 7);
		ck_assert_ptr_nonnull(strstr(said.complaint,
		    "not enough room"));
		ck_assert_ptr_nonnull(strstr(said.complaint, "are free"));
		after = cr_text_of_file(data);
		ck_assert_uint_eq(after.len, before.len);
		ck_assert_mem_eq(after.bytes, before.bytes, before.len);
		ck_assert_int_ne(access(cr_keep_text("%s/data.mdb.custreg-new",
					    dir),
				     F_OK),
		    0);
		ck_assert_int_eq(unlink(filler), 0);
		expect_said(CR_COMMAND("compact", dir), 0);
		ck_assert_int_eq(umount(dir), 0);
	}
END_TEST

/* The disk says no in the midst of the copy. */
START_TEST(copy_that_breaks_off_changes_nothing)
	{
		struct rlimit limit = { 100000, 100000 };
		struct cr_said said;
		ino_t before;
		int code = -1;
		pid_t pid;

		compact_plant_and_erase(&compact_thirty);
		cr_server_stop(compact_server);
		before = compact_inode("db/data.mdb");
		pid = fork();
		if (pid == 0) {
			signal(SIGXFSZ, SIG_IGN);
			setrlimit(RLIMIT_FSIZE, &limit);
			execl(cr_conf_env("CR_CLIENT", "/build/custreg"),
			    "custreg", "compact", compact_db("db"),
			    compact_db("db2"), (char *)NULL);
			_exit(127);
		}
		ck_assert_int_eq(waitpid(pid, &code, 0), pid);
		/* the accesslog is small enough */
		ck_assert(WIFEXITED(code) && WEXITSTATUS(code) == 4);
		ck_assert(compact_inode("db/data.mdb") == before);
		ck_assert_int_ne(access(compact_db("db/data.mdb.custreg-new"),
				     F_OK),
		    0);
		/* what is not done is still due, and what is done is not */
		said = compact_run("--if-due");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, ": compacted"), 1);
		ck_assert_uint_eq(cr_times(said.out, "nothing waits"), 1);
		expect_none("db/data.mdb");
	}
END_TEST

static bool
is_needed(void)
{
	return strncmp(cr_text_of_file(compact_db("db/custreg-compaction")).bytes,
		   "custreg-compaction 1 needed ", 28) == 0;
}

static void
copy_over(const char *name)
{
	struct cr_text data = cr_text_of_file(compact_db(name));
	char *other = cr_keep_text("%s.copy", compact_db(name));

	cr_text_to_file(other, data.bytes, data.len);
	ck_assert_int_eq(rename(other, compact_db(name)), 0);
}

/* A note that is lost, damaged, or of another file: not compacted. */
START_TEST(no_note_is_no_compaction)
	{
		compact_plant_and_erase(&compact_thirty);
		cr_server_stop(compact_server);
		for (int i = 0; i < 3; i++) {
			expect_said(compact_run(NULL), 0);
			ck_assert(!is_needed());
			if (i == 0)
				ck_assert_int_eq(
				    unlink(compact_db("db/custreg-compaction")), 0);
			else if (i == 1)
				cr_text_to_file(compact_db("db/custreg-compaction"),
				    "custreg-compaction 1 done", 25);
			else
				copy_over("db/data.mdb");
			compact_launch();
			while (!is_needed())
				ck_assert(cr_suite_again(
				    cr_suite_now() + 10));
			compact_until_state("compacting");
			cr_server_stop(compact_server);
		}
		expect_said(compact_run("--if-due"), 0);
		compact_launch();
		compact_until_state("done");
		cr_server_stop(compact_server);
	}
END_TEST

/* By when, where it is said, and what is said when it is over. */
START_TEST(due_and_overdue)
	{
		int64_t *offset = cr_clock_make();
		int64_t deadline;
		const char *due;

		compact_plant_and_erase(&compact_seven);
		due = cr_entry_value(compact_order(), "crDue");
		ck_assert_ptr_nonnull(due);
		ck_assert_ptr_nonnull(strstr(
		    cr_text_of_file(compact_db("db/custreg-compaction")).bytes, due));
		ck_assert_ptr_null(
		    strstr(cr_text_of_file(compact_server->log).bytes, "was erased"));
		cr_server_stop(compact_server);
		*offset = 8 * 24 * 3600;
		compact_launch();
		deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
		while (cr_times(cr_text_of_file(compact_server->log).bytes,
			   "what was erased is still in freed pages") < 2)
			ck_assert(cr_suite_again(deadline));
		cr_server_stop(compact_server);
		ck_assert_uint_eq(
		    cr_times(cr_text_of_file(compact_server->log).bytes,
			"what was erased is still in freed pages"),
		    2);
		/* the clock is put right, and what is compacted is done */
		*offset = 0;
		expect_said(compact_run(NULL), 0);
		compact_launch();
		compact_until_state("done");
		cr_server_stop(compact_server);
	}
END_TEST

static struct cr_answer *
monitored(void)
{
	return cr_look(cr_conn_open(compact_server, "root"), "cn=Databases,cn=Monitor",
	    SUB, "(crCompactionDue=*)", "crCompactionDue crCompactionSince");
}

START_TEST(monitor_says_what_waits)
	{
		static const struct cr_setup setup = {
			.custreg = "custreg-customers " CUSTOMERS,
			.later = "database monitor\naccess to * by * read\n"
		};
		struct cr_answer *seen;

		compact_server = cr_server_start(&setup);
		ck_assert_uint_eq(monitored()->entry_count, 0);
		compact_plant();
		compact_erase();
		compact_until_state("compacting");
		seen = monitored();
		ck_assert_uint_eq(seen->entry_count, 1);
		ck_assert(cr_entry_has(seen->entries, "crCompactionDue",
		    cr_entry_value(compact_order(), "crDue")));
		cr_server_stop(compact_server);
		expect_said(CR_COMMAND("compact", compact_db("db")), 0);
		compact_launch();
		compact_until_state("done");
		ck_assert_uint_eq(monitored()->entry_count, 0);
		cr_server_stop(compact_server);
	}
END_TEST

START_TEST(no_such_number_of_days)
	{
		static const char *const bad[] = { "0", "3651", "-1", "x" };
		char *log;

		for (size_t i = 0; i < COUNT(bad); i++) {
			struct cr_setup setup = { .empty = true };

			setup.custreg = cr_keep_text(
			    "custreg-customers " CUSTOMERS
			    "\ncustreg-compactwithin %s",
			    bad[i]);
			ck_assert(cr_server_refuses(&setup, &log));
			ck_assert_ptr_nonnull(strstr(log,
			    "due within 1 to 3650 days"));
		}
	}
END_TEST

/* ---- the receipt ------------------------------------------------------------- */

START_TEST(the_receipt_says_by_when)
	{
		struct cr_said said;
		const char *due;

		compact_server = cr_server_start(&compact_seven);
		compact_plant();
		said = CR_COMMAND("erase", "-x", "-H", compact_server->uri, "-D",
		    cr_conn_dn("registrar"), "-w", "kokeilu", PERSON);
		expect_said(said, 0);
		due = cr_entry_value(compact_order(), "crDue");
		ck_assert_ptr_nonnull(strstr(said.out,
		    cr_keep_text("due by %.4s-%.2s-%.2s", due, due + 4,
			due + 6)));
		said = CR_COMMAND("erase", "-x", "-H", compact_server->uri, "-D",
		    cr_conn_dn("registrar"), "-w", "kokeilu", "--json",
		    "--partial", C(10008));
		expect_said(said, 4);
		ck_assert_ptr_nonnull(strstr(said.out,
		    cr_keep_text("\"compactionDue\": \"%.4s-%.2s-%.2sT", due,
			due + 4, due + 6)));
		/* who may not read the order is told in general */
		said = CR_COMMAND("erase", "-x", "-H", compact_server->uri, "-D",
		    C(10001), "-w", "kokeilu", C(10001));
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out,
		    "until the database is"));
		ck_assert_ptr_null(strstr(said.out, "due by"));
		cr_server_stop(compact_server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "compact", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(300));
	tcase_add_test(tc, not_while_slapd_runs);
	tcase_add_test(tc, only_when_it_is_due);
	tcase_add_test(tc, killed_at_any_moment);
	tcase_add_test(tc, copy_that_breaks_off_changes_nothing);
	tcase_add_test(tc, no_note_is_no_compaction);
	tcase_add_test(tc, due_and_overdue);
	tcase_add_test(tc, monitor_says_what_waits);
	tcase_add_test(tc, no_such_number_of_days);
	tcase_add_test(tc, the_receipt_says_by_when);
	if (geteuid() == 0)
		tcase_add_test(tc, full_disk_changes_nothing);
	else
		cr_suite_skip("a full disk: only root mounts a small one");
}

int
main(void)
{
	return cr_suite_run("compact_command", fill);
}
