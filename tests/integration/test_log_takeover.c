/*
 * What is done to a read log while slapd does not run, and how the next start
 * takes it over: old records pruned by hand, and a log that is refused put
 * aside.  Both are on record, what is left verifies, and is answered from.
 */
#include "crash/records.h"
#include "crash/rounds.h"
#include "harness_command.h"
#include "harness_readlog.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log/tile.h"

#define DAY 86400

enum { OLD = 600, NEW = 30 };
/* ends of the command */
enum { FAILED = 5, UNAVAILABLE = 7 };

static const struct cr_setup plain = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logReserve 0\ncustreg-logInterval 100",
	.later = READLOG };

/* ---- the command ----------------------------------------------------------- */

static char *
log_of(const struct cr_server *server)
{
	return cr_keep_text("%s/log", server->dir);
}

/* The public key, as somebody would keep it elsewhere. */
static char *
key_of(const struct cr_server *server)
{
	struct cr_said said = CR_COMMAND("log", "key", log_of(server));

	expect_said(said, 0);
	return cr_keep_text("%.*s", (int)strcspn(said.out, "\n"), said.out);
}

static char *
keep_checkpoint(const struct cr_server *server)
{
	char *kept = cr_keep_text("%s/kept", server->dir);
	struct cr_text text = cr_text_of_file(
	    cr_keep_text("%s/checkpoint", log_of(server)));

	cr_text_to_file(kept, text.bytes, text.len);
	return kept;
}

static int
verify(const char *log, const char *key, const char *since)
{
	return CR_COMMAND("log", "verify", log, "--key", key,
	    since != NULL ? "--since" : NULL, since)
	    .code;
}

/* While the index is made anew there is no answer. */
static struct cr_said
query(const struct cr_server *server, const char *word, const char *value)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct cr_said said;

	do
		said = CR_COMMAND("log", "query", "-x", "-H", server->uri, "-D",
		    cr_conn_dn("dpo"), "-w", "kokeilu", "-b", SUFFIX,
		    "--no-names", "--json", word, value);
	while (said.code == UNAVAILABLE && cr_suite_again(deadline));
	expect_said(said, 0);
	return said;
}

/* ---- the log --------------------------------------------------------------- */

static void
read_times(const struct cr_server *server, const char *mark, int count)
{
	const struct cr_request request = { .dn = C(10001),
		.attrs = "cn",
		.controls = { { .kind = CTL_REFERENCE, .arg = mark } } };
	struct cr_conn *conn = cr_conn_open(server, "aino");

	for (int i = 0; i < count; i++)
		expect_code(cr_ask(conn, &request), 0);
	cr_conn_close(conn);
}

static void
launch(struct cr_server *server)
{
	int status = 0;

	ck_assert_msg(cr_server_launch(server, &status),
	    "slapd does not start\n%s", cr_text_of_file(server->log).bytes);
}

/* How many events of a name there are, and what the last says. */
struct events {
	const char *name;
	size_t count;
	uint64_t index;
	char *detail;
};

static void
take_event(void *arg, uint64_t index, const struct cr_leaf *leaf)
{
	struct events *events = arg;

	if (leaf->event.len != strlen(events->name) ||
	    memcmp(leaf->event.ptr, events->name, leaf->event.len) != 0)
		return;
	events->count++;
	events->index = index;
	events->detail = cr_keep_text("%.*s", (int)leaf->detail.len,
	    leaf->detail.ptr);
}

static struct events
events_of(const struct cr_server *server, const char *name, uint64_t from)
{
	struct events events = { .name = name };

	(void)cr_records_read(log_of(server), from, take_event, &events);
	return events;
}

static bool
is_there(const struct cr_server *server, const char *name)
{
	return access(cr_keep_text("%s/log/%s", server->dir, name), F_OK) == 0;
}

/* ---- prune ----------------------------------------------------------------- */

/* A day's first instant, so many days ago. */
static char *
day(int ago)
{
	time_t then = time(NULL) - (time_t)ago * DAY;
	char text[16];
	struct tm tm;

	ck_assert_ptr_nonnull(gmtime_r(&then, &tm));
	ck_assert_uint_gt(strftime(text, sizeof(text), "%Y-%m-%d", &tm), 0);
	return cr_keep_text("%s", text);
}

static struct cr_said
prune(const struct cr_server *server, const char *key, int ago,
    const char *option)
{
	return CR_COMMAND("log", "prune", log_of(server), "--key", key,
	    "--before", day(ago), option);
}

/* A log with old records and, if wanted, some of today; slapd has ended. */
static struct cr_server *
make_old(int new_reads)
{
	int64_t *offset = cr_clock_make();
	struct cr_server *server;

	*offset = -400 * (int64_t)DAY;
	server = cr_server_start(&plain);
	read_times(server, "T-old", OLD);
	if (new_reads > 0) {
		*offset = 0;
		read_times(server, "T-new", new_reads);
	}
	cr_server_stop(server);
	*offset = 0;
	return server;
}

enum index { KEPT = 0, GONE, MADE_ANEW, INDEXES };

static void
treat_index(const struct cr_server *server, enum index index, const char *key)
{
	const char *const argv[] = { "/bin/rm", "-rf",
		cr_keep_text("%s/index", log_of(server)), NULL };

	if (index == GONE)
		ck_assert_int_eq(cr_load_run(server->log, argv, NULL), 0);
	else if (index == MADE_ANEW)
		expect_said(CR_COMMAND("log", "reindex", log_of(server), "--key",
				key),
		    0);
}

/* What is left, and that it was done, is found; what went is not. */
static void
check_answers(const struct cr_server *server, size_t new_reads,
    const char *pruned)
{
	struct cr_said said = query(server, "--reader", "aino");
	struct cr_answer *answer;

	ck_assert_uint_eq(cr_times(said.out, "T-old"), 0);
	ck_assert_uint_eq(cr_times(said.out, "T-new"), new_reads);
	said = query(server, "--to", day(100));
	ck_assert_str_eq(said.out, "[]\n");
	said = query(server, "--type", "event");
	ck_assert_uint_eq(cr_times(said.out, "log-pruned"), 1);
	answer = readlog_ask(server, "dpo", "(crReadEvent=log-pruned)", NULL);
	expect_code(answer, 0);
	ck_assert_uint_eq(answer->entry_count, 1);
	ck_assert(cr_entry_has(answer->entries, "crReadDetail", pruned));
	ck_assert(cr_entry_has(answer->entries, "crReadType", "event"));
	/* a customer's own too */
	answer = readlog_ask(server, "c10001", "(crReadType=search)", NULL);
	expect_code(answer, 0);
	ck_assert_uint_eq(answer->entry_count, new_reads);
}

/* Whole bundles of the first records. */
static void
check_files(const struct cr_server *server, unsigned long long minimum)
{
	char path[CR_TILE_PATH_SIZE];

	for (unsigned n = 0; n < 3; n++) {
		bool kept = n >= minimum / CR_TILE_WIDTH;
		uint64_t size = cr_records_signed(log_of(server));
		unsigned width = cr_tile_width(0, n, size);

		cr_tile_path(CR_LEVEL_ENTRIES, n, width, path);
		ck_assert_msg(is_there(server, path) == kept, "%s", path);
		cr_tile_path(0, n, width, path);
		ck_assert_msg(is_there(server, path) == kept, "%s", path);
	}
}

START_TEST(pruned_by_hand)
	{
		struct cr_server *server = make_old(NEW);
		char *key = key_of(server), *kept = keep_checkpoint(server);
		char *log = log_of(server), *pruned;
		unsigned long long minimum = 0, files = 0;
		struct events events;
		struct cr_said said;

		ck_assert_int_eq(verify(log, key, NULL), 0);
		said = prune(server, key, 200, "--dry-run");
		expect_said(said, 0);
		ck_assert_int_eq(sscanf(said.out,
				     "would prune records 0 to %llu",
				     &minimum),
		    1);
		ck_assert_uint_ge(minimum, OLD);
		ck_assert_int_eq(verify(log, key, kept), 0);
		said = prune(server, key, 200, NULL);
		expect_said(said, 0);
		pruned = cr_keep_text("pruned: records before %llu, ", minimum);
		ck_assert_msg(strncmp(said.out, pruned, strlen(pruned)) == 0,
		    "%s", said.out);
		ck_assert_int_eq(sscanf(said.out + strlen(pruned), "%llu files",
				     &files),
		    1);
		ck_assert_uint_ge(files, 2 * (OLD / CR_TILE_WIDTH));
		check_files(server, minimum);
		ck_assert_int_eq(verify(log, key, kept), 0);
		/* what was done need not be done again */
		said = prune(server, key, 200, NULL);
		expect_said(said, 0);
		ck_assert_str_eq(said.out,
		    cr_keep_text("%s0 files\n", pruned));

		treat_index(server, _i, key);
		pruned = cr_keep_text("before %llu", minimum);
		launch(server);
		check_answers(server, NEW, pruned);
		ck_assert(!is_there(server, "pending-event"));
		read_times(server, "T-new", 5);
		check_answers(server, NEW + 5, pruned);
		cr_server_stop(server);
		events = events_of(server, "log-pruned", minimum);
		ck_assert_uint_eq(events.count, 1);
		ck_assert_str_eq(events.detail, pruned);
		ck_assert_int_eq(verify(log, key, kept), 0);

		/* it is said once; and nothing is left to prune */
		launch(server);
		check_answers(server, NEW + 5, pruned);
		cr_server_stop(server);
		ck_assert_uint_eq(events_of(server, "log-pruned", minimum).count,
		    1);
		said = prune(server, key, 200, NULL);
		expect_said(said, 0);
		ck_assert(!is_there(server, "pending-event"));
		ck_assert_int_eq(verify(log, key, kept), 0);
	}
END_TEST

/* All that there is: the log goes on where it was. */
START_TEST(all_of_it_pruned)
	{
		struct cr_server *server = make_old(0);
		char *key = key_of(server), *kept = keep_checkpoint(server);
		char *log = log_of(server);
		uint64_t size = cr_records_signed(log);
		char *pruned = cr_keep_text("before %llu",
		    (unsigned long long)size);
		struct events events;

		expect_said(prune(server, key, 200, NULL), 0);
		check_files(server, size);
		ck_assert_int_eq(verify(log, key, kept), 0);
		treat_index(server, _i, key);
		launch(server);
		check_answers(server, 0, pruned);
		read_times(server, "T-new", NEW);
		check_answers(server, NEW, pruned);
		cr_server_stop(server);
		events = events_of(server, "log-pruned", size);
		ck_assert_uint_eq(events.count, 1);
		ck_assert_uint_eq(events.index, size);
		ck_assert_str_eq(events.detail, pruned);
		ck_assert_int_eq(verify(log, key, kept), 0);
	}
END_TEST

/* It has the lock. */
START_TEST(not_while_slapd_runs)
	{
		struct cr_server *server = cr_server_start(&plain);
		char *key = key_of(server);

		read_times(server, "T-new", 1);
		expect_said(prune(server, key, 200, NULL), UNAVAILABLE);
		expect_said(CR_COMMAND("log", "reopen", log_of(server)),
		    UNAVAILABLE);
		expect_said(CR_COMMAND("log", "reindex", log_of(server), "--key",
				key),
		    UNAVAILABLE);
		ck_assert(!is_there(server, "pending-event"));
		read_times(server, "T-new", 1);
		cr_server_stop(server);
		ck_assert_int_eq(verify(log_of(server), key, NULL), 0);
	}
END_TEST

/* ---- reopen ---------------------------------------------------------------- */

static void
is_refused(struct cr_server *server)
{
	int status = 0;

	ck_assert_msg(!cr_server_launch(server, &status), "slapd starts");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	ck_assert_ptr_nonnull(strstr(cr_text_of_file(server->log).bytes,
	    "custreg log reopen"));
}

enum damage { TILE = 0, BUNDLE, CHECKPOINT, DAMAGES };

static void
damage(const struct cr_server *server, enum damage what)
{
	const char *log = log_of(server);
	const char *file = what == TILE ? cr_records_edge(log, 0)
	    : what == BUNDLE		? cr_records_edge(log, CR_LEVEL_ENTRIES)
					: "checkpoint";

	cr_records_flip(cr_keep_text("%s/%s", log, file),
	    what == CHECKPOINT ? -20 : -5);
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

/* Where the command says that it moved the log. */
static char *
moved_to(const struct cr_server *server, const struct cr_said *said)
{
	const char *start = cr_keep_text("moved to %s/broken-",
	    log_of(server));

	expect_said(*said, 0);
	ck_assert_msg(strncmp(said->out, start, strlen(start)) == 0, "%s",
	    said->out);
	return cr_keep_text("%.*s", (int)strcspn(said->out + 9, ";"),
	    said->out + 9);
}

static bool
same_file(const char *a, const char *b)
{
	struct cr_text x = cr_text_of_file(a), y = cr_text_of_file(b);

	return x.len > 0 && x.len == y.len &&
	    memcmp(x.bytes, y.bytes, x.len) == 0;
}

static char *
in(const char *directory, const char *name)
{
	return cr_keep_text("%s/%s", directory, name);
}

static char *
copy_of(const struct cr_server *server)
{
	char *copy = cr_keep_text("%s/copy", server->dir);
	const char *const argv[] = { "/bin/cp", "-a", log_of(server), copy,
		NULL };

	ck_assert_int_eq(cr_load_run(server->log, argv, NULL), 0);
	return copy;
}

/* As it was, file by file, but for the lock. */
static void
check_evidence(const struct cr_server *server, const char *broken,
    const char *copy)
{
	const char *const argv[] = { "/usr/bin/diff", "-r", "--exclude=lock",
		"--exclude=reserve", broken, copy, NULL };

	ck_assert_int_eq(cr_load_run(server->log, argv, NULL), 0);
}

static void
check_new_log(const struct cr_server *server, const char *detail)
{
	struct cr_answer *answer;
	struct cr_said said;

	/* the first record */
	answer = readlog_ask(server, "dpo", "(crReadId=0.0)", NULL);
	expect_code(answer, 0);
	ck_assert_uint_eq(answer->entry_count, 1);
	ck_assert(cr_entry_has(answer->entries, "crReadEvent", "log-reopened"));
	ck_assert(cr_entry_has(answer->entries, "crReadDetail", detail));
	read_times(server, "T-new", NEW);
	said = query(server, "--reader", "aino");
	ck_assert_uint_eq(cr_times(said.out, "T-old"), 0);
	ck_assert_uint_eq(cr_times(said.out, "T-new"), NEW);
	said = query(server, "--type", "event");
	ck_assert_uint_eq(cr_times(said.out, "log-reopened"), 1);
}

static const struct {
	enum damage damage;
	bool keeps_key;
} reopened[] = { { TILE, false }, { BUNDLE, false }, { CHECKPOINT, false },
	{ TILE, true } };

START_TEST(put_aside)
	{
		struct cr_server *server = cr_server_start(&plain);
		bool keeps_key = reopened[_i].keeps_key;
		char *log = log_of(server), *copy, *broken, *detail;
		char *old_key, *new_key, *kept;
		struct events events;
		struct cr_said said;

		read_times(server, "T-old", NEW);
		cr_server_stop(server);
		old_key = key_of(server);
		kept = keep_checkpoint(server);
		damage(server, reopened[_i].damage);
		copy = copy_of(server);
		detail = name_of(cr_text_of_file(in(log, "checkpoint")).bytes);
		is_refused(server);
		ck_assert_int_eq(verify(log, old_key, NULL), FAILED);

		said = CR_COMMAND("log", "reopen", log,
		    keeps_key ? "--keep-key" : NULL);
		broken = moved_to(server, &said);
		if (keeps_key) {
			ck_assert(same_file(in(log, "key"), in(copy, "key")));
			ck_assert_int_eq(access(in(broken, "key"), F_OK), -1);
			ck_assert_int_eq(unlink(in(copy, "key")), 0);
		}
		check_evidence(server, broken, copy);

		launch(server);
		check_new_log(server, detail);
		cr_server_stop(server);
		events = events_of(server, "log-reopened", 0);
		ck_assert_uint_eq(events.count, 1);
		ck_assert_uint_eq(events.index, 0);
		ck_assert_str_eq(events.detail, detail);
		new_key = key_of(server);
		ck_assert((strcmp(new_key, old_key) == 0) == keeps_key);
		ck_assert_int_eq(verify(log, new_key, NULL), 0);
		/* what was kept of the old one tells that it is not this one */
		ck_assert_int_eq(verify(log, new_key, kept), FAILED);
		ck_assert_int_eq(verify(log, old_key, NULL),
		    keeps_key ? 0 : FAILED);
		check_evidence(server, broken, copy);
		/* the old one is no better by it */
		ck_assert_int_eq(verify(broken, old_key, NULL), FAILED);
	}
END_TEST

/* Names of what was put aside have a second in them. */
static unsigned
count_broken(const struct cr_server *server)
{
	DIR *dir = opendir(log_of(server));
	const struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		count += strncmp(entry->d_name, "broken-", 7) == 0;
	(void)closedir(dir);
	return count;
}

START_TEST(put_aside_again)
	{
		struct cr_server *server = cr_server_start(&plain);
		char *log = log_of(server), *detail = NULL;
		int64_t deadline =
		    cr_suite_now() + cr_suite_seconds(30) * 1000;
		struct cr_said said;

		read_times(server, "T-old", 5);
		for (unsigned i = 0; i < 2; i++) {
			cr_server_stop(server);
			damage(server, BUNDLE);
			is_refused(server);
			detail = name_of(
			    cr_text_of_file(in(log, "checkpoint")).bytes);
			do
				said = CR_COMMAND("log", "reopen", log);
			while (said.code != 0 && cr_suite_again(deadline));
			expect_said(said, 0);
			ck_assert_uint_eq(count_broken(server), i + 1);
			launch(server);
			read_times(server, "T-old", 5);
		}
		cr_server_stop(server);
		ck_assert_str_eq(events_of(server, "log-reopened", 0).detail,
		    detail);
		ck_assert_int_eq(verify(log, key_of(server), NULL), 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "takeover", NULL, NULL);

	tcase_add_loop_test(tc, pruned_by_hand, 0, INDEXES);
	tcase_add_loop_test(tc, all_of_it_pruned, 0, INDEXES);
	tcase_add_test(tc, not_while_slapd_runs);
	tcase_add_loop_test(tc, put_aside, 0, (int)COUNT(reopened));
	tcase_add_test(tc, put_aside_again);
}

int
main(void)
{
	return cr_suite_run("log_takeover", fill);
}
