/*
 * The read log against a model, through crashes: a child appends, waits and
 * integrates at random, tells what was durable, and dies at a random call of
 * the disk, which then loses a random part of what was not synced.  What was
 * durable must be there, in its order, and the log goes on with it.
 *
 * CR_CRASH_ROUNDS and CR_CRASH_SEED make it longer, or repeat it.
 */
#include "unit/suite.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash/shadow.h"
#include "log/fault.h"
#include "unit/log_place.h"

#define CR_CRASH_WRAP
#include "crash/shim.c"
#include "crash/shadow.c"
#include "crash/shadow_names.c"

#define LEAVES_MAX 100000u

static struct log_place dir;
static struct cr_log_settings settings;
static uint64_t state;

/* The model: what was durable, in order. */
static uint64_t durable[LEAVES_MAX];
static size_t durable_count;
static uint64_t next_number;

static uint64_t
number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t
chance(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void
setup(void)
{
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	log_place_init(&dir);
	settings = log_place_settings(&dir);
	settings.reserve = 512 << 10;
	state = number_from("CR_CRASH_SEED", 1) * 2654435769u + 88172645u;
	durable_count = 0;
	next_number = 0;
}

static void
teardown(void)
{
	log_place_clear(&dir);
}

/* What a child tells: a leaf that was appended, or one that is durable. */
struct told {
	uint64_t number;
	bool durable;
};

static void
tell(int pipe_fd, uint64_t number, bool is_durable)
{
	struct told told;

	memset(&told, 0, sizeof(told));	/* its padding is written, too */
	told.number = number;
	told.durable = is_durable;
	if (write(pipe_fd, &told, sizeof(told)) != (ssize_t)sizeof(told))
		_exit(3);
}

/* A few leaves at once, then some of them are waited for. */
static void
append_some(struct cr_log *log, int pipe_fd, unsigned char *bytes)
{
	struct cr_log_ticket tickets[16];
	uint64_t count = 1 + chance(16);

	for (uint64_t i = 0; i < count; i++) {
		size_t len = 16 + chance(chance(4) == 0 ? 65520 : 600);

		tell(pipe_fd, next_number, false);
		if (cr_log_append(log, CR_LOG_ORDINARY,
		    number_leaf(next_number++, len, bytes), &tickets[i]) !=
		    CR_OK)
			tickets[i].epoch = 0;
	}
	for (uint64_t i = 0; i < count; i++) {
		if (cr_log_wait(log, tickets[i]) == CR_OK)
			tell(pipe_fd, next_number - count + i, true);
	}
}

_Noreturn static void
live(int pipe_fd, uint64_t at, uint64_t seed, bool lose_nothing)
{
	const struct shadow_plan to_die = {
		.directory = dir.log, .at = at, .seed = seed,
		.lose_nothing = lose_nothing
	};
	static unsigned char bytes[65535];
	struct cr_log_fault fault;
	struct cr_log *log;

	(void)alarm(60);
	shadow_set(&to_die);
	if (cr_log_open(&settings, NULL, &log, &fault) != CR_OK) {
		fprintf(stderr, "child: %s: %s, error %d, record %llu\n",
		    fault.path, cr_fault_text(fault.kind), fault.error,
		    (unsigned long long)fault.index);
		_exit(2);
	}
	for (int i = 0; i < 40; i++) {
		append_some(log, pipe_fd, bytes);
		if (chance(6) == 0)
			(void)!cr_log_integrate(log, 0);
	}
	cr_log_close(&log);
	_exit(0);
}

/* True when the child was killed by its disk, not at its own end. */
static bool
run_child(uint64_t at, bool lose_nothing)
{
	uint64_t seed = chance(UINT32_MAX);
	struct told told;
	int fds[2];
	int status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)close(fds[0]);
		live(fds[1], at, seed, lose_nothing);
	}
	(void)close(fds[1]);
	while (read(fds[0], &told, sizeof(told)) == (ssize_t)sizeof(told)) {
		if (told.number >= next_number)
			next_number = told.number + 1;
		ck_assert_uint_lt(durable_count, LEAVES_MAX);
		if (told.durable)
			durable[durable_count++] = told.number;
	}
	(void)close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL :
	    WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
	return WIFSIGNALED(status);
}

/* Opens and closes the log; then all of the model is in its tree. */
static void
check_model(uint64_t round, bool may_lose)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_log *log = NULL;
	uint64_t *found;
	size_t count;
	size_t at = 0;

	ck_assert_msg(cr_log_open(&settings, NULL, &log, &fault) == CR_OK,
	    "round %llu: %s: %s, error %d, record %llu",
	    (unsigned long long)round, fault.path, cr_fault_text(fault.kind),
	    fault.error, (unsigned long long)fault.index);
	cr_log_close(&log);
	found = log_place_leaves(&dir, &count);
	for (size_t i = 0; i < count; i++) {
		ck_assert(i == 0 || found[i] > found[i - 1]);
		ck_assert_uint_lt(found[i], next_number);
		if (at < durable_count && found[i] == durable[at])
			at++;
	}
	ck_assert_msg(may_lose || at == durable_count,
	    "round %llu: record %llu was durable and is not there",
	    (unsigned long long)round, (unsigned long long)durable[at]);
	/* without its promise, what is there now is what stays */
	if (may_lose) {
		ck_assert_uint_lt(count, LEAVES_MAX);
		memcpy(durable, found, count * sizeof(*found));
		durable_count = count;
	}
	free(found);
}

static void
run_rounds(bool lose_nothing, bool may_lose)
{
	uint64_t rounds = number_from("CR_CRASH_ROUNDS", 40);
	uint64_t most = 600;
	unsigned died = 0;

	for (uint64_t i = 0; i < rounds; i++) {
		if (run_child(1 + chance(most), lose_nothing))
			died++;
		check_model(i, may_lose);
	}
	ck_assert_uint_ge(died, rounds / 4);
	ck_assert_uint_gt(durable_count, rounds);
}

START_TEST(what_was_durable_survives_a_power_failure)
{
	run_rounds(false, false);
}
END_TEST

START_TEST(what_was_written_survives_a_killed_process)
{
	settings.durability = CR_LOG_FLUSH;
	run_rounds(true, false);
}
END_TEST

START_TEST(flushed_only_it_opens_after_a_power_failure)
{
	settings.durability = CR_LOG_FLUSH;
	run_rounds(false, true);
}
END_TEST

/* Each of the first calls: the log is only being made. */
START_TEST(a_log_that_dies_young)
{
	for (uint64_t at = 1; at < 60; at++) {
		teardown();
		setup();
		state += at;
		(void)run_child(at, false);
		check_model(at, false);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_crash");
	TCase *tcase = tcase_create("log_crash");

	tcase_set_timeout(tcase, 600);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_durable_survives_a_power_failure);
	tcase_add_test(tcase, what_was_written_survives_a_killed_process);
	tcase_add_test(tcase, flushed_only_it_opens_after_a_power_failure);
	tcase_add_test(tcase, a_log_that_dies_young);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
