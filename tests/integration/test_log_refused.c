/*
 * A read log that does not verify from its last checkpoint on: slapd does not
 * start on it, says what and where, and what to do; reopen is the way on, and
 * the first record of the new log names the old one.  And what a server cannot
 * tell: an old copy of its log, which a kept checkpoint shows.
 */
#include "crash/records.h"
#include "crash/rounds.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/tile.h"

enum { FAILED = 5 }; /* of custreg log verify */

static const struct cr_setup plain = { .customers = 40,
	.limits = "limits * size=unlimited time=unlimited",
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logReserve 0\ncustreg-logBarrier off" };
static const struct cr_setup late = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logReserve 0\ncustreg-logInterval 60000" };

static void
read_much(const struct cr_server *server)
{
	struct cr_conn *conn = cr_conn_open(server, "root");

	for (int i = 0; i < 3; i++)
		ck_assert_uint_gt(cr_look(conn, CUSTOMERS, SUB, NULL, "1.1")
				      ->entry_count,
		    100);
	cr_conn_close(conn);
}

static void
kill_server(struct cr_server *server)
{
	int status;

	(void)kill(server->pid, SIGKILL);
	ck_assert(cr_server_ended(server, 10000, &status));
}

static char *
wal_file(const struct cr_server *server)
{
	char *wal = cr_keep_text("%s/log/wal", server->dir);
	DIR *dir = opendir(wal);
	const struct dirent *entry;
	char *found = NULL;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strstr(entry->d_name, ".wal") != NULL)
			found = cr_keep_text("wal/%s", entry->d_name);
	}
	(void)closedir(dir);
	ck_assert_ptr_nonnull(found);
	return found;
}

static int
custreg_log(const struct cr_server *server, const char *what)
{
	const char *const argv[] = { cr_conf_env("CR_CLIENT", "/build/custreg"),
		"log", what, cr_keep_text("%s/log", server->dir), NULL };

	return cr_load_run(server->log, argv, NULL);
}

/* What slapd said when it was started and did not go on. */
static char *
refusal(struct cr_server *server)
{
	size_t before = cr_text_of_file(server->log).len;
	int status = 0;

	ck_assert_msg(!cr_server_launch(server, &status), "slapd starts");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	return cr_text_of_file(server->log).bytes + before;
}

struct first {
	char detail[256];
	char event[64];
};

static void
take_first(void *arg, uint64_t index, const struct cr_leaf *leaf)
{
	struct first *first = arg;

	if (index != 0)
		return;
	(void)snprintf(first->detail, sizeof(first->detail), "%.*s",
	    (int)leaf->detail.len, leaf->detail.ptr);
	(void)snprintf(first->event, sizeof(first->event), "%.*s",
	    (int)leaf->event.len, leaf->event.ptr);
}

/* "size=<n> root=<base64>" of a checkpoint's text. */
static char *
name_of(const char *checkpoint)
{
	const char *size = strchr(checkpoint, '\n') + 1;
	const char *root = strchr(size, '\n') + 1;

	return cr_keep_text("size=%.*s root=%.*s", (int)(root - size - 1), size,
	    (int)strcspn(root, "\n"), root);
}

static void
goes_on_by_reopening(struct cr_server *server, const char *old)
{
	char *log = cr_keep_text("%s/log", server->dir);
	struct first first = { "", "" };
	int status;

	ck_assert_int_eq(custreg_log(server, "reopen"), 0);
	ck_assert(cr_server_launch(server, &status));
	expect_code(cr_look(cr_conn_open(server, "aino"), C(10001), BASE, NULL,
			"cn"),
	    0);
	cr_server_stop(server);
	ck_assert_uint_ge(cr_records_read(log, 0, take_first, &first), 2);
	ck_assert_str_eq(first.event, "log-reopened");
	ck_assert_str_eq(first.detail, old);
	/* it has a new key */
	ck_assert_int_eq(unlink(cr_keep_text("%s/vkey", server->dir)), 0);
	ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
}

enum damage { TILE = 0, TOP_TILE, BUNDLE, SIGNATURE, CUT, GONE, DAMAGES };

START_TEST(damage_is_refused)
	{
		struct cr_server *server = cr_server_start(&plain);
		const char *log = cr_keep_text("%s/log", server->dir);
		struct cr_text checkpoint;
		char *file, *path, *said;

		read_much(server);
		cr_server_stop(server);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
		checkpoint = cr_text_of_file(
		    cr_keep_text("%s/log/checkpoint", server->dir));
		file = _i == TILE     ? cr_records_edge(log, 0)
		    : _i == TOP_TILE  ? cr_records_edge(log, 1)
		    : _i == SIGNATURE ? cr_keep_text("checkpoint")
				      : cr_records_edge(log, CR_LEVEL_ENTRIES);
		path = cr_keep_text("%s/log/%s", server->dir, file);
		if (_i == CUT)
			ck_assert_int_eq(truncate(path, 40), 0);
		else if (_i == GONE)
			ck_assert_int_eq(unlink(path), 0);
		else
			cr_records_flip(path, _i == SIGNATURE ? -20 : -5);
		said = refusal(server);
		/* of tiles only the root can be checked at the start */
		ck_assert_msg(strstr(said,
				  _i == TILE || _i == TOP_TILE
				      ? "not those that were signed: checkpoint"
				      : file) != NULL,
		    "%s", said);
		ck_assert_msg(strstr(said, "custreg log reopen") != NULL, "%s",
		    said);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), FAILED);
		said = cr_text_of_file(server->log).bytes;
		ck_assert_msg(strstr(said, file) != NULL, "%s", said);
		goes_on_by_reopening(server, name_of(checkpoint.bytes));
	}
END_TEST

START_TEST(damaged_batch_is_refused)
	{
		struct cr_server *server = cr_server_start(&late);
		struct cr_conn *conn = cr_conn_open(server, "aino");
		struct cr_text checkpoint;
		char *file, *said;

		for (int i = 0; i < 12; i++)
			expect_code(cr_look(conn, C(10001), BASE, NULL, "cn"),
			    0);
		kill_server(server);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
		checkpoint = cr_text_of_file(
		    cr_keep_text("%s/log/checkpoint", server->dir));
		file = wal_file(server);
		/* header, a batch of a sector, and in the next one */
		cr_records_flip(cr_keep_text("%s/log/%s", server->dir, file),
		    512 + 3 * 512 + 70);
		said = refusal(server);
		ck_assert_msg(strstr(said, file) != NULL, "%s", said);
		ck_assert_msg(strstr(said, "custreg log reopen") != NULL, "%s",
		    said);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), FAILED);
		goes_on_by_reopening(server, name_of(checkpoint.bytes));
	}
END_TEST

/* ---- an old copy ----------------------------------------------------------- */

static void
shell(const char *format, const char *dir)
{
	const char *const argv[] = { "/bin/sh", "-c",
		cr_keep_text("cd '%s' && %s", dir, format), NULL };

	ck_assert_int_eq(cr_load_run("/dev/null", argv, NULL), 0);
}

START_TEST(older_checkpoint_is_told_by_a_kept_one)
	{
		struct cr_server *server = cr_server_start(&plain);
		char *since = cr_keep_text("%s/since", server->dir);
		int status;

		read_much(server);
		cr_server_stop(server);
		shell("cp log/checkpoint older", server->dir);
		ck_assert(cr_server_launch(server, &status));
		read_much(server);
		cr_server_stop(server);
		shell("cp log/checkpoint since", server->dir);
		ck_assert_int_eq(cr_rounds_verify(server, since), 0);
		shell("cp older log/checkpoint", server->dir);
		ck_assert_int_eq(cr_rounds_verify(server, since), FAILED);
		/* who was erased is not known: nobody is answered */
		if (!cr_server_launch(server, &status)) {
			ck_assert_ptr_nonnull(
			    strstr(cr_text_of_file(server->log).bytes,
				"custreg log reopen"));
			return;
		}
		expect_code(cr_look(cr_conn_open(server, NULL), SUFFIX, BASE,
		    NULL, "1.1"), 51);
		cr_server_stop(server);
		ck_assert_int_eq(cr_rounds_verify(server, since), FAILED);
	}
END_TEST

START_TEST(old_copy_is_told_by_a_kept_checkpoint)
	{
		struct cr_server *server = cr_server_start(&plain);
		char *since = cr_keep_text("%s/since", server->dir);
		int status;

		read_much(server);
		cr_server_stop(server);
		shell("cp -a log copy", server->dir);
		ck_assert(cr_server_launch(server, &status));
		read_much(server);
		cr_server_stop(server);
		shell("cp log/checkpoint since", server->dir);
		shell("rm -r log && mv copy log", server->dir);
		/* by itself it is whole */
		ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
		ck_assert_int_eq(cr_rounds_verify(server, since), FAILED);
		ck_assert(cr_server_launch(server, &status));
		read_much(server);
		read_much(server);
		cr_server_stop(server);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
		ck_assert_int_eq(cr_rounds_verify(server, since), FAILED);
	}
END_TEST

/* Files that do not follow from the log; slapd starts beside them. */
START_TEST(leftovers_are_told)
	{
		static const char *const left[] = { "tile/0/x009/001",
			"tile/entries/077", "tile/0/000.p/7", "tile/5/000" };
		struct cr_server *server = cr_server_start(&plain);
		int status;

		read_much(server);
		cr_server_stop(server);
		shell(cr_keep_text("mkdir -p $(dirname log/%s) && "
				   "echo nonsense >log/%s",
			  left[_i], left[_i]),
		    server->dir);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), FAILED);
		ck_assert_ptr_nonnull(
		    strstr(cr_text_of_file(server->log).bytes, left[_i]));
		ck_assert(cr_server_launch(server, &status));
		expect_code(cr_look(cr_conn_open(server, "aino"), C(10001),
				BASE, NULL, "cn"),
		    0);
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "refused", NULL, NULL);

	tcase_add_loop_test(tc, damage_is_refused, 0, DAMAGES);
	tcase_add_test(tc, damaged_batch_is_refused);
	tcase_add_test(tc, older_checkpoint_is_told_by_a_kept_one);
	tcase_add_test(tc, old_copy_is_told_by_a_kept_checkpoint);
	tcase_add_loop_test(tc, leftovers_are_told, 0, 4);
}

int
main(void)
{
	return cr_suite_run("log_refused", fill);
}
