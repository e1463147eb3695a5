/*
 * The read log while its files and directories are deleted, moved away and
 * replaced underneath.
 */
#include "unit/suite.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "log/fault.h"
#include "unit/log_place.h"

static struct log_place dir;
static struct cr_log *logs;
static struct cr_log_settings settings;
static struct cr_log_fault fault;
static atomic_uint told[CR_LOG_EVENT_COUNT];
static atomic_uint wakes;
static unsigned char bytes[65535];

static void
on_durable(void *arg)
{
	(void)arg;
	atomic_fetch_add(&wakes, 1);
}

static void
on_event(void *arg, enum cr_log_event event, int error, uint64_t number)
{
	(void)arg;
	(void)error;
	(void)number;
	atomic_fetch_add(&told[event], 1);
}

static const struct cr_log_watch watch = {
	.durable = on_durable, .event = on_event
};

static int
try_open(void)
{
	return cr_log_open(&settings, &watch, &logs, &fault);
}

static void
open_log(void)
{
	ck_assert_msg(try_open() == CR_OK, "%s: %s, error %d, record %llu",
	    fault.path, cr_fault_text(fault.kind), fault.error,
	    (unsigned long long)fault.index);
}

static void
setup(void)
{
	log_place_init(&dir);
	settings = log_place_settings(&dir);
	logs = NULL;
	for (unsigned i = 0; i < CR_LOG_EVENT_COUNT; i++)
		atomic_store(&told[i], 0);
}

static void
teardown(void)
{
	cr_log_close(&logs);
	ck_assert_ptr_null(logs);
	log_place_clear(&dir);
}

static int
append_sized(uint64_t number, size_t len, struct cr_log_ticket *ret)
{
	return cr_log_append(logs, CR_LOG_ORDINARY,
	    number_leaf(number, len, bytes), ret);
}

/* Appended and durable, or not. */
static int
put(uint64_t number)
{
	struct cr_log_ticket ticket;
	int rc = append_sized(number, 100, &ticket);

	return rc == CR_OK ? cr_log_wait(logs, ticket) : rc;
}

static double
now(void)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &time), 0);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
moment(void)
{
	const struct timespec time = { 0, 2000000 };

	(void)nanosleep(&time, NULL);
}

/* Until it is taken again; how long that took. */
static double
put_when_possible(uint64_t number)
{
	double start = now();

	while (put(number) != CR_OK) {
		ck_assert_msg(now() - start < 10, "does not recover: %d",
		    errno);
		moment();
	}
	return now() - start;
}

static void
shell(const char *text)
{
	char command[1024] = "";
	size_t len = 0;

	for (; *text != '\0'; text++) {
		if (text[0] == '%' && text[1] == 's') {
			len += (size_t)snprintf(command + len,
			    sizeof(command) - len, "%s", dir.log);
			text++;
		} else {
			command[len++] = *text;
		}
		ck_assert_uint_lt(len, sizeof(command) - 1);
	}
	command[len] = '\0';
	ck_assert_int_eq(system(command), 0);
}

/* Each in turn; nothing that was durable may be missing in the end. */
static const char *const removals[] = {
	"rm -f %s/wal/*.wal",
	"rm -rf %s/wal",
	"mv %s/wal %s/../away-$$",
	"f=$(ls %s/wal/*.wal | tail -n 1); cp $f $f.new; mv $f.new $f",
	"f=$(ls %s/wal/*.wal | tail -n 1); mv $f %s/../away-$$",
	"mv %s/wal %s/../away-$$; mkdir -m 700 %s/wal"
};

static void
check_removal(const char *what, bool flush)
{
	uint64_t next = 0;
	size_t count;
	uint64_t *numbers;

	settings.durability = flush ? CR_LOG_FLUSH : CR_LOG_FSYNC;
	settings.integrate_ms = 60000;
	open_log();
	for (int round = 0; round < 3; round++) {
		unsigned before = atomic_load(&told[CR_LOG_EVENT_RECOVERED]);
		double start = now();

		for (int i = 0; i < 50; i++)
			ck_assert_int_eq(put(next++), CR_OK);
		shell(what);
		/* what is away with its file is noticed within 100 ms */
		while (atomic_load(&told[CR_LOG_EVENT_RECOVERED]) == before) {
			ck_assert(put_when_possible(next++) < 5);
			ck_assert(now() - start < 10);
		}
	}
	cr_log_close(&logs);
	ck_assert_int_eq(try_open(), CR_OK);
	cr_log_close(&logs);
	numbers = log_place_leaves(&dir, &count);
	/* a leaf that was refused may be there before the one that was not */
	for (size_t i = 0, want = 0; want < next; i++) {
		ck_assert_uint_lt(i, count);
		if (numbers[i] == want)
			want++;
		else
			ck_assert_uint_eq(numbers[i], want - 1);
	}
	free(numbers);
}

START_TEST(what_goes_away_is_noticed_and_nothing_is_lost)
{
	check_removal(removals[_i / 2], _i % 2 == 1);
}
END_TEST

/* What a deleted file got is not durable: the very next leaf is refused. */
START_TEST(a_deleted_file_is_noticed_at_once)
{
	open_log();
	for (uint64_t i = 0; i < 8; i += 2) {
		unsigned before = atomic_load(&told[CR_LOG_EVENT_FAILED]);

		ck_assert_int_eq(put(i), CR_OK);
		shell("rm -f %s/wal/*.wal");
		ck_assert_int_eq(put(i), CR_ELOG);
		ck_assert(put_when_possible(i + 1) < 5);
		while (atomic_load(&told[CR_LOG_EVENT_FAILED]) == before)
			moment();
		ck_assert_uint_eq(atomic_load(&told[CR_LOG_EVENT_FAILED]),
		    before + 1);
	}
}
END_TEST

START_TEST(a_directory_that_is_away_is_waited_for)
{
	double start;

	open_log();
	ck_assert_int_eq(put(0), CR_OK);
	shell("mv %s %s-away");
	start = now();
	while (put(1) == CR_OK)
		ck_assert_msg(now() - start < 5, "not noticed");
	ck_assert(!cr_log_usable(logs, CR_LOG_ORDINARY));
	ck_assert_int_eq(put(1), CR_ELOG);
	/* another one in its place is not ours */
	shell("mkdir %s");
	start = now();
	while (now() - start < 0.3) {
		ck_assert_int_eq(put(1), CR_ELOG);
		moment();
	}
	shell("rmdir %s; mv %s-away %s");
	ck_assert(put_when_possible(2) < 5);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_away");
	TCase *tcase = tcase_create("log_away");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    what_goes_away_is_noticed_and_nothing_is_lost, 0,
	    2 * (int)(sizeof(removals) / sizeof(removals[0])));
	tcase_add_test(tcase, a_deleted_file_is_noticed_at_once);
	tcase_add_test(tcase, a_directory_that_is_away_is_waited_for);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
