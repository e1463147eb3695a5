/*
 * Nothing left: an erasure and a compaction take every planted byte out of
 * every file of the register, its accesslog and its read log.  And around it:
 * custreg compact while slapd runs, killed, on a full disk, and what slapd
 * makes of it.
 */
#include "harness_command.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "custreg/erase.h"

#define ERASURES "ou=erasures," SUFFIX
#define REPLICA "cn=replica," SUFFIX
#define PERSON "uid=c77001," CUSTOMERS

#define SETUP(more)                                                           \
	.modules = "syncprov accesslog", .customers = 12,                     \
	.databases = "database mdb\nsuffix cn=log\nrootdn cn=log\n"           \
		     "directory @DIR@/db2\nmaxsize 67108864\ndbnosync\n"      \
		     "index reqStart,entryCSN,objectClass,reqDN eq\n"         \
		     "access to * by * none\n"                                \
		     "overlay syncprov\nsyncprov-nopresent TRUE\n"            \
		     "syncprov-reloadhint TRUE",                              \
	.below = "overlay syncprov\nsyncprov-checkpoint 100 1\n"              \
		 "overlay accesslog\nlogdb cn=log\nlogops writes\n"           \
		 "logold (objectClass=crCustomer)\nlogsuccess TRUE",          \
	.custreg = "custreg-customers " CUSTOMERS                             \
		   "\ncustreg-replica " REPLICA                               \
		   "\ncustreg-suppressionkey @DIR@/suppression.key" more

static const struct cr_setup thirty = { SETUP("") };
static const struct cr_setup seven = { SETUP("\ncustreg-compactwithin 7") };
static struct cr_server *server;

/* ---- the person ------------------------------------------------------------ */

/*
 * Sought in the case given and in any other; the marks are nobody else's.  A
 * name of an entry stays in the accesslog, in the record that tells a consumer
 * to delete it.
 */
static const struct {
	const char *what;
	const char *bytes;
	bool is_name;
} planted[] = {
	{ "name", "Quxzyrth", false },
	{ "name, UTF-8", "W\xc3\xb6rtl\xc3\xb6\x63k", false },
	{ "name, capitals", "W\xc3\x96RTL\xc3\x96\x43K", false },
	{ "name, small", "w\xc3\xb6rtl\xc3\xb6\x63k", false },
	{ "mail", "quxzyrth.vanha@", false },
	{ "mail, later", "quxzyrth.uusi@", false },
	{ "phone", "+358 50 7719 4466", false },
	{ "phone, no spaces", "+358507719446", false },
	{ "address", "Zwibblerkatu 77", false },
	{ "postal address", "Zwibblerkatu 77 $ 99881", false },
	{ "source", "l\xc3\xa4hde-qpx9917", false },
	{ "paper file", "mappi-qpx5531", false },
	{ "number", "KN-QPX-8812", false },
	{ "long text", "pitk\xc3\xa4-qpx2204", false },
	{ "password", "salaisuus-qpx3310", false },
	{ "child: text", "tilaus-qpx6645", false },
	{ "child: number, its name", "A-QPX-4410", true },
	{ "customer: uid, its name", "c77001", true }
};

static char *
long_text(void)
{
	struct cr_text text = { 0 };

	for (int i = 0; i < 400; i++)
		cr_text_add(&text, "%d pitk\xc3\xa4-qpx2204 ", i);
	return text.bytes;
}

static void
plant(void)
{
	struct cr_conn *root = cr_conn_open(server, "root");
	const struct cr_request person = { .kind = CR_ADD,
		.dn = PERSON,
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", "uid: c77001",
		    "cn: Quxzyrth W\xc3\xb6rtl\xc3\xb6\x63k",
		    "o: W\xc3\x96RTL\xc3\x96\x43K OY",
		    "sn: W\xc3\xb6rtl\xc3\xb6\x63k", "givenName: Quxzyrth",
		    "mail: Quxzyrth.Vanha@example.fi",
		    "telephoneNumber: +358 50 7719 4466",
		    "street: Zwibblerkatu 77",
		    "postalAddress: Zwibblerkatu 77 $ 99881 Hukkila",
		    "crSource: mail partnerSite 20250301120000Z "
		    "l\xc3\xa4hde-qpx9917",
		    "crPaperFile: mappi-qpx5531",
		    "crCustomerNumber: KN-QPX-8812",
		    "userPassword: salaisuus-qpx3310" } };
	const struct cr_request child = { .kind = CR_ADD,
		.dn = "crAssignmentNumber=A-QPX-4410," PERSON,
		.lines = { "objectClass: crAssignment",
		    "crAssignmentNumber: A-QPX-4410",
		    "description: tilaus-qpx6645",
		    "crDate: 20100101000000Z" } };

	expect_code(cr_ask(root, &person), 0);
	expect_code(cr_ask(root, &child), 0);
	ck_assert_int_eq(cr_change(root, PERSON,
			     cr_keep_text("+description: %s", long_text()),
			     NULL),
	    0);
	ck_assert_int_eq(cr_change(root, PERSON,
			     "=mail: Quxzyrth.Uusi@example.fi",
			     "+crMarketingBan: directMarketing", NULL),
	    0);
	/* and somebody reads them */
	expect_code(cr_look(cr_conn_open(server, "registrar"), PERSON, SUB,
			NULL, NULL),
	    0);
}

static void
erase(void)
{
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { PERSON, strlen(PERSON) } };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	unsigned char *value;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
			     &request.len),
	    CR_OK);
	request.bytes = (const char *)value;
	expect_code(cr_ask_as(server, "registrar", &request), 0);
	free(value);
}

static const struct cr_entry *
order(void)
{
	struct cr_answer *orders = cr_look(cr_conn_open(server, "root"),
	    ERASURES, ONE, "(objectClass=crErasureOrder)", "*");

	return orders->code == 0 ? orders->entries : NULL;
}

static void
until_state(const char *wanted)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	const char *state;

	for (;;) {
		state = order() != NULL ? cr_entry_value(order(), "crState") :
		    "none";
		if (strcmp(state, wanted) == 0)
			return;
		ck_assert_msg(cr_suite_again(deadline), "%s, not %s", state,
		    wanted);
	}
}

static void
plant_and_erase(const struct cr_setup *setup)
{
	server = cr_server_start(setup);
	plant();
	erase();
	until_state("compacting");
}

/* ---- the files -------------------------------------------------------------- */

enum { FILES_MAX = 200 };
enum phase { PLANTED, ERASED, COMPACTED, PHASES };

static struct found {
	const char *path;
	size_t hits[PHASES][COUNT(planted)];
} found[FILES_MAX];
static size_t found_count;
static enum phase phase;

static void
lower(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)tolower((unsigned char)bytes[i]);
}

static struct found *
place_for(const char *path)
{
	for (size_t i = 0; i < found_count; i++) {
		if (strcmp(found[i].path, path) == 0)
			return &found[i];
	}
	ck_assert_uint_lt(found_count, FILES_MAX);
	found[found_count].path = cr_keep_text("%s", path);
	return &found[found_count++];
}

static int
search_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct found *file;
	char *bytes;
	size_t len;
	FILE *f;

	(void)ftw;
	/* what is no file holds nothing */
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	bytes = malloc((size_t)st->st_size + 1);
	len = fread(bytes, 1, (size_t)st->st_size, f);
	fclose(f);
	lower(bytes, len);
	file = place_for(path + strlen(server->dir) + 1);
	for (size_t i = 0; i < COUNT(planted); i++) {
		char *what = cr_keep_text("%s", planted[i].bytes);
		size_t size = strlen(what);
		const char *at = bytes;

		lower(what, size);
		file->hits[phase][i] = 0;
		while ((at = memmem(at, len - (size_t)(at - bytes), what,
			    size)) != NULL) {
			file->hits[phase][i]++;
			at++;
		}
	}
	free(bytes);
	return 0;
}

static size_t
hits(const struct found *file, enum phase when, bool is_name)
{
	size_t sum = 0;

	for (size_t i = 0; i < COUNT(planted); i++) {
		if (planted[i].is_name == is_name)
			sum += file->hits[when][i];
	}
	return sum;
}

/* All that the server has on the disk; how many hits of values. */
static size_t
search(enum phase when)
{
	size_t sum = 0;

	phase = when;
	ck_assert_int_eq(nftw(server->dir, search_file, 16, FTW_PHYS), 0);
	for (size_t i = 0; i < found_count; i++)
		sum += hits(&found[i], when, false);
	return sum;
}

static size_t
in_all_files(enum phase when, size_t which)
{
	size_t sum = 0;

	for (size_t i = 0; i < found_count; i++)
		sum += found[i].hits[when][which];
	return sum;
}

/* Values, and names of entries behind a plus. */
static void
print_table(void)
{
	printf("%-30s %14s %14s %14s\n", "", "planted", "erased",
	    "compacted");
	for (size_t i = 0; i < found_count; i++) {
		printf("%-30s", found[i].path);
		for (enum phase p = PLANTED; p < PHASES; p++)
			printf(" %8zu +%4zu", hits(&found[i], p, false),
			    hits(&found[i], p, true));
		printf("\n");
	}
	for (size_t i = 0; i < COUNT(planted); i++)
		printf("  %-28s %14zu %14zu %14zu\n", planted[i].what,
		    in_all_files(PLANTED, i), in_all_files(ERASED, i),
		    in_all_files(COMPACTED, i));
	fflush(stdout);
}

/* ---- the command ------------------------------------------------------------ */

static const char *
db(const char *name)
{
	return cr_keep_text("%s/%s", server->dir, name);
}

static struct cr_said
compact(const char *option)
{
	return option == NULL ? CR_COMMAND("compact", db("db"), db("db2")) :
				CR_COMMAND("compact", option, db("db"),
				    db("db2"));
}

static const char *
slapcat(const char *suffix)
{
	char *conf = cr_keep_text("%s/slapd.conf", server->dir);
	char *output = cr_keep_text("%s/out", cr_suite_dir("slapcat"));
	const char *const argv[] = { "/usr/sbin/slapcat", "-f", conf, "-b",
		suffix, NULL };

	ck_assert_int_eq(cr_load_run(server->log, argv, output), 0);
	return cr_text_of_file(output).bytes;
}

static ino_t
inode(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(db(name), &st), 0);
	return st.st_ino;
}

static void
launch(void)
{
	int status;

	ck_assert_msg(cr_server_launch(server, &status), "%s",
	    cr_text_of_file(server->log).bytes);
}

static bool
is_data(const struct found *file)
{
	return strcmp(file->path, "db/data.mdb") == 0 ||
	    strcmp(file->path, "db2/data.mdb") == 0;
}

/* ---- the tests --------------------------------------------------------------- */

START_TEST(nothing_is_left_in_any_file)
	{
		const char *before, *log_before;
		struct cr_said said;

		server = cr_server_start(&thirty);
		plant();
		cr_server_stop(server);
		/* each of them is there, as it is sought */
		search(PLANTED);
		for (size_t i = 0; i < COUNT(planted); i++)
			ck_assert_msg(in_all_files(PLANTED, i) > 0,
			    "not found: %s", planted[i].what);
		launch();
		erase();
		until_state("compacting");
		cr_server_stop(server);
		before = slapcat(SUFFIX);
		log_before = slapcat("cn=log");
		/* and until it is compacted, in both databases and nowhere else */
		search(ERASED);
		for (size_t i = 0; i < found_count; i++)
			ck_assert_msg(is_data(&found[i]) ==
				(hits(&found[i], ERASED, false) > 0),
			    "%s has %zu", found[i].path,
			    hits(&found[i], ERASED, false));
		said = compact(NULL);
		expect_said(said, 0);
		search(COMPACTED);
		print_table();
		for (size_t i = 0; i < found_count; i++)
			ck_assert_msg(hits(&found[i], COMPACTED, false) == 0 &&
				(hits(&found[i], COMPACTED, true) == 0 ||
				    strcmp(found[i].path, "db2/data.mdb") ==
					0),
			    "%s still has %zu and %zu", found[i].path,
			    hits(&found[i], COMPACTED, false),
			    hits(&found[i], COMPACTED, true));
		ck_assert_str_eq(slapcat(SUFFIX), before);
		ck_assert_str_eq(slapcat("cn=log"), log_before);
		launch();
		until_state("done");
		cr_server_alive(server);
		cr_server_stop(server);
	}
END_TEST

START_TEST(not_while_slapd_runs)
	{
		struct cr_said said;
		ino_t before;

		server = cr_server_start(&thirty);
		before = inode("db/data.mdb");
		said = compact(NULL);
		expect_said(said, 3);
		ck_assert_ptr_nonnull(strstr(said.complaint, "stop it first"));
		ck_assert_ptr_nonnull(strstr(said.complaint,
		    cr_keep_text("(process %d)", (int)server->pid)));
		expect_said(compact("--dry-run"), 3);
		expect_said(compact("--if-due"), 3);
		ck_assert(inode("db/data.mdb") == before);
		cr_server_alive(server);
		cr_server_stop(server);
		/* one that cannot be had: the other is left alone */
		said = CR_COMMAND("compact", db("db"), db("nowhere"));
		expect_said(said, 1);
		ck_assert(inode("db/data.mdb") == before);
		expect_said(CR_COMMAND("compact", db("db"), db("db/.")), 1);
		said = CR_COMMAND("compact", "--json", db("db"));
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "\"compacted\""));
		ck_assert_ptr_nonnull(strstr(said.out, "\"overwritten\": true"));
		ck_assert(inode("db/data.mdb") != before);
		launch();
		ck_assert_uint_eq(cr_look(cr_conn_open(server, "registrar"),
				      CUSTOMERS, ONE, NULL, "uid")
				      ->entry_count,
		    12);
		cr_server_stop(server);
	}
END_TEST

START_TEST(only_when_it_is_due)
	{
		ino_t before;
		struct cr_said said;

		server = cr_server_start(&thirty);
		cr_server_stop(server);
		before = inode("db/data.mdb");
		said = compact("--if-due");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "nothing waits"), 2);
		ck_assert(inode("db/data.mdb") == before);
		launch();
		plant();
		erase();
		until_state("compacting");
		cr_server_stop(server);
		said = compact("--dry-run");
		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "would be compacted"), 2);
		ck_assert_uint_eq(cr_times(said.out, "due by 20"), 2);
		ck_assert(inode("db/data.mdb") == before);
		expect_said(compact("--if-due"), 0);
		ck_assert(inode("db/data.mdb") != before);
		before = inode("db/data.mdb");
		expect_said(compact("--if-due"), 0);
		ck_assert(inode("db/data.mdb") == before);
		launch();
		until_state("done");
		cr_server_stop(server);
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
		    "compact", db("db"), db("db2"), (char *)NULL);
		_exit(127);
	}
	nanosleep(&moment, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(killed_at_any_moment)
	{
		const char *text = getenv("COMPACT_KILLS");
		int kills = text != NULL ? atoi(text) : 12;
		const char *before, *log_before;
		int64_t longest;

		plant_and_erase(&thirty);
		cr_server_stop(server);
		before = slapcat(SUFFIX);
		log_before = slapcat("cn=log");
		longest = cr_suite_now();
		compact_killed(1);
		expect_said(compact(NULL), 0);
		longest = cr_suite_now() - longest;
		srandom(4);
		for (int i = 0; i < kills; i++) {
			compact_killed(1 + random() % (long)(longest * 1000));
			ck_assert_str_eq(slapcat(SUFFIX), before);
			ck_assert_str_eq(slapcat("cn=log"), log_before);
		}
		expect_said(compact(NULL), 0);
		ck_assert_uint_eq(search(COMPACTED), 0);
		ck_assert_int_ne(access(db("db/data.mdb.custreg-new"), F_OK),
		    0);
		ck_assert_int_ne(access(db("db/data.mdb.custreg-old"), F_OK),
		    0);
		ck_assert_str_eq(slapcat(SUFFIX), before);
		launch();
		until_state("done");
		cr_server_stop(server);
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

		server = cr_server_start(&thirty);
		cr_server_stop(server);
		/* slapadd leaves it as long as it may get */
		expect_said(compact(NULL), 0);
		/* this test is a process of its own */
		ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
		ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE,
				     NULL),
		    0);
		ck_assert_int_eq(mount("none", dir, "tmpfs", 0,
				     "size=32m,mode=700"),
		    0);
		before = cr_text_of_file(db("db/data.mdb"));
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

static bool
is_needed(void)
{
	return strncmp(cr_text_of_file(db("db/custreg-compaction")).bytes,
		   "custreg-compaction 1 needed ", 28) == 0;
}

static void
copy_over(const char *name)
{
	struct cr_text data = cr_text_of_file(db(name));
	char *other = cr_keep_text("%s.copy", db(name));

	cr_text_to_file(other, data.bytes, data.len);
	ck_assert_int_eq(rename(other, db(name)), 0);
}

/* A note that is lost, damaged, or of another file: not compacted. */
START_TEST(no_note_is_no_compaction)
	{
		plant_and_erase(&thirty);
		cr_server_stop(server);
		for (int i = 0; i < 3; i++) {
			expect_said(compact(NULL), 0);
			ck_assert(!is_needed());
			if (i == 0)
				ck_assert_int_eq(
				    unlink(db("db/custreg-compaction")), 0);
			else if (i == 1)
				cr_text_to_file(db("db/custreg-compaction"),
				    "custreg-compaction 1 done", 25);
			else
				copy_over("db/data.mdb");
			launch();
			while (!is_needed())
				ck_assert(cr_suite_again(
				    cr_suite_now() + 10));
			until_state("compacting");
			cr_server_stop(server);
		}
		expect_said(compact("--if-due"), 0);
		launch();
		until_state("done");
		cr_server_stop(server);
	}
END_TEST

/* By when, where it is said, and what is said when it is over. */
START_TEST(due_and_overdue)
	{
		int64_t *offset = cr_clock_make();
		int64_t deadline;
		const char *due;

		plant_and_erase(&seven);
		due = cr_entry_value(order(), "crDue");
		ck_assert_ptr_nonnull(due);
		ck_assert_ptr_nonnull(strstr(
		    cr_text_of_file(db("db/custreg-compaction")).bytes, due));
		ck_assert_ptr_null(
		    strstr(cr_text_of_file(server->log).bytes, "was erased"));
		cr_server_stop(server);
		*offset = 8 * 24 * 3600;
		launch();
		deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
		while (cr_times(cr_text_of_file(server->log).bytes,
			   "what was erased is still in freed pages") < 2)
			ck_assert(cr_suite_again(deadline));
		cr_server_stop(server);
		ck_assert_uint_eq(
		    cr_times(cr_text_of_file(server->log).bytes,
			"what was erased is still in freed pages"),
		    2);
		/* the clock is put right, and what is compacted is done */
		*offset = 0;
		expect_said(compact(NULL), 0);
		launch();
		until_state("done");
		cr_server_stop(server);
	}
END_TEST

static struct cr_answer *
monitored(void)
{
	return cr_look(cr_conn_open(server, "root"), "cn=Databases,cn=Monitor",
	    SUB, "(crCompactionDue=*)", "crCompactionDue crCompactionSince");
}

START_TEST(monitor_says_what_waits)
	{
		static const struct cr_setup setup = {
			.custreg = "custreg-customers " CUSTOMERS,
			.later = "database monitor\naccess to * by * read\n"
		};
		struct cr_answer *seen;

		server = cr_server_start(&setup);
		ck_assert_uint_eq(monitored()->entry_count, 0);
		plant();
		erase();
		until_state("compacting");
		seen = monitored();
		ck_assert_uint_eq(seen->entry_count, 1);
		ck_assert(cr_entry_has(seen->entries, "crCompactionDue",
		    cr_entry_value(order(), "crDue")));
		cr_server_stop(server);
		expect_said(CR_COMMAND("compact", db("db")), 0);
		launch();
		until_state("done");
		ck_assert_uint_eq(monitored()->entry_count, 0);
		cr_server_stop(server);
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

		server = cr_server_start(&seven);
		plant();
		said = CR_COMMAND("erase", "-x", "-H", server->uri, "-D",
		    cr_conn_dn("registrar"), "-w", "kokeilu", PERSON);
		expect_said(said, 0);
		due = cr_entry_value(order(), "crDue");
		ck_assert_ptr_nonnull(strstr(said.out,
		    cr_keep_text("due by %.4s-%.2s-%.2s", due, due + 4,
			due + 6)));
		said = CR_COMMAND("erase", "-x", "-H", server->uri, "-D",
		    cr_conn_dn("registrar"), "-w", "kokeilu", "--json",
		    "--partial", C(10008));
		expect_said(said, 4);
		ck_assert_ptr_nonnull(strstr(said.out,
		    cr_keep_text("\"compactionDue\": \"%.4s-%.2s-%.2sT", due,
			due + 4, due + 6)));
		/* who may not read the order is told in general */
		said = CR_COMMAND("erase", "-x", "-H", server->uri, "-D",
		    C(10001), "-w", "kokeilu", C(10001));
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out,
		    "until the database is"));
		ck_assert_ptr_null(strstr(said.out, "due by"));
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "compact", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(300));
	tcase_add_test(tc, nothing_is_left_in_any_file);
	tcase_add_test(tc, not_while_slapd_runs);
	tcase_add_test(tc, only_when_it_is_due);
	tcase_add_test(tc, killed_at_any_moment);
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
	return cr_suite_run("compact", fill);
}
