#include "crash/rounds.h"

#include <errno.h>
#include <fcntl.h>
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

#include "crash/records.h"

#define CALLS_MAX 900 /* of the disk, in a round */
#define LOAD_MS_MAX 250
#define CONNECTIONS 8
#define SMALL_KB (160u << 10)

struct got {
	uint32_t reference;
	unsigned customer;
	bool found;
};

struct round_state {
	const struct cr_rounds *rounds;
	struct cr_server *server;
	struct cr_mix_uuids uuids;
	struct cr_load_random random;
	struct cr_rounds_result result;
	char *log, *die, *fail, *since;
	uint32_t reference;
	uint64_t checked; /* records that were compared */
	struct got *got;
	size_t got_count, got_room;
	bool unsure; /* nothing was asked since the last crash */
	unsigned round;
};

static uint64_t
number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? strtoull(text, NULL, 10)
					     : otherwise;
}

uint64_t
cr_rounds_seed(void)
{
	static uint64_t seed;

	/* the shim is told its own by the same name */
	if (seed == 0)
		seed = number_from("CR_CRASH_SEED", 1);
	return seed;
}

unsigned
cr_rounds_count(unsigned percent, unsigned otherwise)
{
	uint64_t all = number_from("CR_CRASH_ROUNDS", 0);

	return all == 0 ? otherwise : (unsigned)((all * percent + 99) / 100);
}

static void
fail_round(const struct round_state *s, const char *what)
{
	struct cr_text said = cr_text_of_file(s->server->log);

	printf("%s: %s, round %u, CR_CRASH_SEED=%llu\n%s\n", s->rounds->name,
	    what, s->round, (unsigned long long)cr_rounds_seed(),
	    said.len > 3000 ? said.bytes + said.len - 3000 : said.bytes);
	fflush(stdout);
	if (getenv("CR_CRASH_SAVE") != NULL)
		(void)!system(cr_keep_text("cp -a %s %s", s->server->dir,
		    getenv("CR_CRASH_SAVE")));
	ck_abort_msg("%s: %s, round %u", s->rounds->name, what, s->round);
}

/* Whether the shim killed it; nothing else may end slapd. */
static void
was_killed(struct round_state *s, int status)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_round(s,
		    cr_keep_text("slapd ended by itself, status %x",
			(unsigned)status));
}

/* ---- what was received, and what is on record ----------------------------- */

static void
received(void *arg, uint32_t reference, unsigned customer)
{
	struct round_state *s = arg;

	if (s->got_count == s->got_room) {
		s->got_room = s->got_room * 2 + 1024;
		s->got = realloc(s->got, s->got_room * sizeof(*s->got));
		cr_must(s->got != NULL);
	}
	s->got[s->got_count++] =
	    (struct got){ .reference = reference, .customer = customer };
}

static int
by_reference(const void *a, const void *b)
{
	const struct got *x = a, *y = b;

	if (x->reference != y->reference)
		return x->reference < y->reference ? -1 : 1;
	return x->customer < y->customer ? -1 : x->customer > y->customer;
}

/* One entry received is covered by one entry of a record. */
static void
cover(struct round_state *s, const struct got *wanted)
{
	struct got *at = s->got_count == 0
	    ? NULL
	    : bsearch(wanted, s->got, s->got_count, sizeof(*at), by_reference);

	if (at == NULL)
		return;
	while (at > s->got && by_reference(at - 1, wanted) == 0)
		at--;
	while (at < s->got + s->got_count && by_reference(at, wanted) == 0) {
		if (!at->found) {
			at->found = true;
			return;
		}
		at++;
	}
}

static void
compare(void *arg, uint64_t index, const struct cr_leaf *leaf)
{
	struct round_state *s = arg;
	struct got wanted = { 0 };

	(void)index;
	if (!cr_records_reference(leaf, &wanted.reference))
		return;
	s->result.records += leaf->entry_count;
	for (size_t i = 0; i < leaf->entry_count; i++) {
		wanted.customer =
		    cr_mix_customer(&s->uuids, leaf->entries[i].uuid);
		if (wanted.customer != 0)
			cover(s, &wanted);
	}
}

static void
compare_all(struct round_state *s)
{
	uint64_t count;

	if (s->got_count > 0)
		qsort(s->got, s->got_count, sizeof(*s->got), by_reference);
	count = cr_records_read(s->log, s->checked, compare, s);
	if (count < s->checked && !s->rounds->may_lose)
		fail_round(s, "durable records are gone");
	s->checked = count;
	s->result.received += s->got_count;
	for (size_t i = 0; i < s->got_count; i++) {
		if (s->got[i].found)
			continue;
		s->result.lost++;
		if (s->rounds->may_lose)
			continue;
		printf("R%07x: c%u was received\n",
		    (unsigned)s->got[i].reference, s->got[i].customer);
		fail_round(s, "an entry received is not on record");
	}
	s->got_count = 0;
}

/* ---- verify --------------------------------------------------------------- */

int
cr_rounds_verify(const struct cr_server *server, const char *since)
{
	const char *command = cr_conf_env("CR_CLIENT", "/build/custreg");
	char *log = cr_keep_text("%s/log", server->dir);
	char *key = cr_keep_text("%s/vkey", server->dir);
	char *secret = cr_keep_text("%s/key", log);
	char *said = cr_keep_text("%s/verify", server->dir);
	const char *const show[] = { command, "log", "key", secret, NULL };
	const char *verify[] = { command, "log", "verify", log, "--key", key,
		since == NULL ? NULL : "--since", since, NULL };

	if (access(key, F_OK) != 0)
		ck_assert_int_eq(cr_load_run(server->log, show, key), 0);
	return cr_load_run(server->log, verify, said);
}

static bool
verifies(struct round_state *s)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
	char *checkpoint = cr_keep_text("%s/checkpoint", s->log);
	bool kept = access(s->since, F_OK) == 0;
	struct cr_text now;
	int status;

	/* what a witness has may be ahead of the tree until it has caught up */
	while (cr_records_signed(s->log) < s->checked) {
		if (cr_server_ended(s->server, 0, &status)) {
			was_killed(s, status);
			return false;
		}
		if (!cr_suite_again(deadline))
			fail_round(s, "is not integrated");
	}
	now = cr_text_of_file(checkpoint);
	if (cr_rounds_verify(s->server, kept ? s->since : NULL) != 0) {
		if (cr_server_ended(s->server, 100, &status)) {
			was_killed(s, status);
			return false;
		}
		fail_round(s,
		    cr_keep_text("does not verify: %s",
			cr_text_of_file(
			    cr_keep_text("%s/verify", s->server->dir))
			    .bytes));
	}
	if (!s->rounds->may_lose)
		cr_text_to_file(s->since, now.bytes, now.len);
	return true;
}

/* ---- one round ------------------------------------------------------------ */

static void
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_must(fd >= 0);
	(void)close(fd);
}

static void
set_number(const char *name, uint64_t number)
{
	(void)setenv(name, cr_keep_text("%llu", (unsigned long long)number), 1);
}

/* True when slapd is up; false when it was killed while it started. */
static bool
start(struct round_state *s, uint64_t at)
{
	int status = 0;

	(void)unlink(s->die);
	(void)unlink(s->fail);
	set_number("CR_CRASH_AT", at);
	set_number("CR_CRASH_SEED", 1 + cr_load_random(&s->random, UINT32_MAX));
	set_number("CR_CRASH_SLOW", cr_load_random(&s->random, 3) * 1500);
	if (s->rounds->keep)
		(void)setenv("CR_CRASH_KEEP", "1", 1);
	else
		(void)unsetenv("CR_CRASH_KEEP");
	if (cr_server_launch(s->server, &status))
		return true;
	if (at == 0)
		fail_round(s, "slapd does not start again");
	was_killed(s, status);
	s->result.young++;
	return false;
}

/* One read that is answered: the register is there, and all before is safe. */
static bool
answers(struct round_state *s)
{
	static const struct cr_load_kind one = { "aino",
		{ .dn = C(10001), .controls = { CR_LOAD_REFERENCE } }, 1 };
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
	int status;

	for (;;) {
		struct cr_load_settings settings = { .kinds = &one,
			.kind_count = 1,
			.connections = 1,
			.depth = 1,
			.each = 5,
			.seed = 1,
			.entry = received,
			.arg = s };
		struct cr_load *load =
		    cr_load_begin(s->server, &settings, s->reference);
		bool good;

		(void)cr_load_go(load, cr_suite_seconds(5) * 1000);
		good = cr_load_counts(load)->entries > 0;
		s->reference = cr_load_reference(load);
		cr_load_end(&load);
		if (good)
			return true;
		if (cr_server_ended(s->server, 0, &status)) {
			was_killed(s, status);
			return false;
		}
		if (!cr_suite_again(deadline))
			fail_round(s, "the register does not answer");
	}
}

/* False when slapd was killed meanwhile. */
static bool
check(struct round_state *s)
{
	if (!answers(s))
		return false;
	compare_all(s);
	return verifies(s);
}

static void
fill_disk(const char *path)
{
	static const char block[65536];
	size_t len = sizeof(block);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	cr_must(fd >= 0);
	while (len > 0) {
		if (write(fd, block, len) <= 0)
			len /= 2;
	}
	(void)close(fd);
}

static void
trouble(struct round_state *s, bool begins)
{
	char *away = cr_keep_text("%s/away", s->server->dir);
	char *filler = cr_keep_text("%s/disk/filler", s->server->dir);

	switch (s->rounds->trouble) {
	case CR_TROUBLE_EIO:
		if (begins)
			touch(s->fail);
		else
			(void)unlink(s->fail);
		break;
	case CR_TROUBLE_MOVED:
		ck_assert_int_eq(rename(begins ? s->log : away,
				     begins ? away : s->log),
		    0);
		break;
	case CR_TROUBLE_FULL:
		if (begins)
			fill_disk(filler);
		else
			(void)unlink(filler);
		break;
	default: break;
	}
}

/* The clients read on until slapd is dead, and what it had sent before. */
static void
load_until_dead(struct round_state *s, bool by_shim)
{
	const struct cr_load_settings settings = { .kinds = cr_mix,
		.kind_count = cr_mix_count,
		.connections = CONNECTIONS,
		.depth = 6,
		.each = 400,
		.again = false,
		.seed = 1 + cr_load_random(&s->random, UINT32_MAX),
		.entry = received,
		.arg = s };
	struct cr_load *load =
	    cr_load_begin(s->server, &settings, s->reference);
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
	uint64_t ms = cr_load_random(&s->random, LOAD_MS_MAX);
	bool troubled = s->rounds->trouble != CR_TROUBLE_NONE;
	bool back = cr_load_random(&s->random, 2) == 0;
	int status = 0;

	(void)cr_load_go(load, (int)ms);
	if (troubled) {
		trouble(s, true);
		(void)cr_load_go(load, (int)cr_load_random(&s->random, 300));
		if (back) {
			trouble(s, false);
			(void)cr_load_go(load,
			    (int)cr_load_random(&s->random, 300));
		}
	}
	if (by_shim)
		touch(s->die);
	else
		(void)kill(s->server->pid, SIGKILL);
	while (!cr_server_ended(s->server, 0, &status)) {
		(void)cr_load_go(load, 5);
		/* no clients are left and nothing is written: it may live on */
		if (cr_suite_now() > deadline - cr_suite_seconds(15) * 1000)
			(void)kill(s->server->pid, SIGKILL);
		ck_assert(cr_suite_again(deadline));
	}
	(void)cr_load_go(load, cr_suite_seconds(5) * 1000);
	if (troubled && !back)
		trouble(s, false);
	was_killed(s, status);
	s->reference = cr_load_reference(load);
	cr_load_end(&load);
}

/*
 * Starts on what the round before has left: that is what is checked; then
 * this one has its load and its end.  A third of them are given a number of
 * calls after which they die, which may be before they are up.
 */
static void
run_round(struct round_state *s)
{
	uint64_t how = cr_load_random(&s->random, 3);
	uint64_t at = how == 0 ? 1 + cr_load_random(&s->random, CALLS_MAX) : 0;

	s->result.rounds++;
	if (!start(s, at) || !check(s))
		return;
	load_until_dead(s,
	    how != 1 ||
		(!s->rounds->keep && at == 0 &&
		    cr_load_random(&s->random, 2) == 0));
}

static void
mount_disk(struct round_state *s)
{
	char *disk = cr_keep_text("%s/disk", s->server->dir);

	ck_assert_int_eq(mkdir(disk, 0700), 0);
	ck_assert(unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", disk, "tmpfs", 0,
		cr_keep_text("size=%uk,mode=700", SMALL_KB)) == 0);
	ck_assert_int_eq(rmdir(s->log), 0);
	ck_assert_int_eq(mkdir(cr_keep_text("%s/log", disk), 0700), 0);
	ck_assert_int_eq(mkdir(s->log, 0700), 0);
	ck_assert_int_eq(mount(cr_keep_text("%s/log", disk), s->log, NULL,
			     MS_BIND, NULL),
	    0);
}

struct cr_rounds_result
cr_rounds_run(const struct cr_rounds *rounds, unsigned count, uint64_t seed)
{
	struct round_state s = { .rounds = rounds,
		.random = cr_load_random_of(seed) };

	s.server = cr_server_make(rounds->setup);
	s.log = cr_keep_text("%s/log", s.server->dir);
	s.die = cr_keep_text("%s/die", s.server->dir);
	s.fail = cr_keep_text("%s/fail", s.server->dir);
	s.since = cr_keep_text("%s/since", s.server->dir);
	s.uuids = cr_mix_uuids_of(s.server);
	if (rounds->small)
		mount_disk(&s);
	for (s.round = 0; s.round < count && s.result.lost == 0; s.round++)
		run_round(&s);
	/* and all of it once more, from the first record on */
	ck_assert(start(&s, 0) && check(&s));
	cr_server_stop(s.server);
	if (cr_rounds_verify(s.server, rounds->may_lose ? NULL : s.since) != 0)
		fail_round(&s, "does not verify in the end");
	printf("%s: %u rounds (%u died before they were up), seed %llu: "
	       "%llu entries received, %llu on record, %llu missing\n",
	    rounds->name, s.result.rounds, s.result.young,
	    (unsigned long long)seed, (unsigned long long)s.result.received,
	    (unsigned long long)s.result.records,
	    (unsigned long long)s.result.lost);
	fflush(stdout);
	free(s.got);
	return s.result;
}
