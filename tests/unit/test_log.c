/*
 * The read log against a real directory: append, wait, integrate, open again.
 * Files that go away are in test_log_away.c, failing calls in
 * test_log_faults.c, crashes in test_log_crash.c, threads in
 * test_log_threads.c.
 */
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/fault.h"
#include "log/index.h"
#include "log/wal.h"
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

static void
put_all(uint64_t from, uint64_t to)
{
	struct cr_log_ticket ticket = { 0, 0 };

	for (uint64_t i = from; i < to; i++) {
		while (append_sized(i, 16 + (size_t)(i * 37 % 3000),
		    &ticket) != CR_OK) {
			ck_assert_int_eq(errno, ENOBUFS);
			ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
		}
	}
	ck_assert_int_eq(cr_log_wait(logs, ticket), CR_OK);
}

/* The tree has the leaves 0 to count - 1. */
static void
check_leaves(size_t count)
{
	size_t found;
	uint64_t *numbers = log_place_leaves(&dir, &found);

	ck_assert_uint_eq(found, count);
	for (size_t i = 0; i < found; i++)
		ck_assert_uint_eq(numbers[i], i);
	free(numbers);
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

START_TEST(what_is_appended_is_durable_and_then_in_the_tree)
{
	struct cr_log_counters counters;
	struct cr_log_ticket ticket;

	open_log();
	ck_assert(cr_log_usable(logs, CR_LOG_ORDINARY));
	ck_assert_int_eq(append_sized(0, 100, &ticket), CR_OK);
	ck_assert_uint_eq(ticket.index, 0);
	ck_assert_int_ne(cr_log_state(logs, ticket), CR_LOG_FAILED);
	ck_assert_int_eq(cr_log_wait(logs, ticket), CR_OK);
	ck_assert_int_eq(cr_log_state(logs, ticket), CR_LOG_DURABLE);
	ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
	cr_log_counters(logs, &counters);
	ck_assert_uint_eq(counters.records, 1);
	ck_assert_uint_eq(counters.integrated, 1);
	ck_assert_uint_eq(counters.appended, 1);
	ck_assert_uint_eq(counters.refused, 0);
	ck_assert_int_gt(counters.checkpoint_ms, 0);
	ck_assert_uint_gt(counters.free_bytes, 0);
	ck_assert_uint_eq(counters.memory_bytes, 0);
	ck_assert(counters.usable);
	ck_assert_uint_ge(atomic_load(&wakes), 1);
	cr_log_close(&logs);
	check_leaves(1);
}
END_TEST

START_TEST(integration_comes_by_itself)
{
	struct cr_log_counters counters;
	double start = now();

	open_log();
	ck_assert_int_eq(put(0), CR_OK);
	do {
		moment();
		cr_log_counters(logs, &counters);
		ck_assert_msg(now() - start < 10, "not integrated");
	} while (counters.integrated == 0);
	/* the server is killed, in a way: no close */
	check_leaves(1);
}
END_TEST

START_TEST(a_log_is_gone_on_with)
{
	struct cr_log_ticket ticket;

	for (uint64_t i = 0; i < 6; i++) {
		open_log();
		put_all(i * 100, i * 100 + 99);
		ck_assert_int_eq(append_sized(i * 100 + 99, 65535, &ticket),
		    CR_OK);
		ck_assert_uint_eq(ticket.index, i * 100 + 99);
		cr_log_close(&logs);
		check_leaves((size_t)i * 100 + 100);
	}
	ck_assert_int_eq(access(log_place_path(&dir, "key"), R_OK), 0);
}
END_TEST

START_TEST(segments_are_used_again)
{
	glob_t found;

	settings.integrate_ms = 5;
	open_log();
	/* about 3 MB in segments of 256 KiB */
	for (uint64_t i = 0; i < 2000; i += 100) {
		put_all(i, i + 100);
		ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
	}
	ck_assert_int_eq(glob(log_place_path(&dir, "wal/*"), 0, NULL, &found),
	    0);
	ck_assert_uint_le(found.gl_pathc, 4);
	globfree(&found);
	cr_log_close(&logs);
	check_leaves(2000);
	ck_assert_int_eq(glob(log_place_path(&dir, "wal/*.wal"), 0, NULL,
	    &found), GLOB_NOMATCH);
}
END_TEST

START_TEST(files_are_for_nobody_else)
{
	static const char *const names[] = {
		"", "wal", "key", "lock", "checkpoint", "reserve"
	};
	mode_t mask = umask(0);

	settings.reserve = 4096;
	open_log();
	umask(mask);
	ck_assert_int_eq(put(0), CR_OK);
	while (atomic_load(&told[CR_LOG_EVENT_RESERVE_REBUILT]) == 0)
		moment();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat st;

		ck_assert_int_eq(stat(log_place_path(&dir, names[i]), &st), 0);
		ck_assert_msg((st.st_mode & 077) == 0, "%s", names[i]);
	}
}
END_TEST

START_TEST(sizes_of_leaves_are_bounded)
{
	struct cr_log_ticket ticket;

	open_log();
	ck_assert_int_eq(cr_log_append(logs, CR_LOG_ORDINARY,
	    (struct cr_slice){ "", 0 }, &ticket), CR_ELOG);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(cr_log_append(logs, CR_LOG_ORDINARY,
	    (struct cr_slice){ (char *)bytes, 65536 }, &ticket), CR_ELOG);
	ck_assert_int_eq(errno, EMSGSIZE);
}
END_TEST

START_TEST(a_log_is_open_once)
{
	struct cr_log *other = NULL;

	open_log();
	ck_assert_int_eq(cr_log_open(&settings, NULL, &other, &fault),
	    CR_ELOG);
	ck_assert_int_eq(fault.kind, CR_FAULT_BUSY);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(flush_is_written_at_return)
{
	struct cr_log_ticket ticket;

	settings.durability = CR_LOG_FLUSH;
	open_log();
	for (uint64_t i = 0; i < 3000; i++) {
		ck_assert_int_eq(append_sized(i, 500, &ticket), CR_OK);
		ck_assert_int_eq(cr_log_state(logs, ticket), CR_LOG_DURABLE);
	}
	cr_log_close(&logs);
	check_leaves(3000);
}
END_TEST

START_TEST(old_tickets_keep_their_state)
{
	struct cr_log_ticket ticket;
	struct cr_log_ticket none = { 0, 0 };
	struct cr_log_ticket future;

	open_log();
	ck_assert_int_eq(append_sized(0, 100, &ticket), CR_OK);
	ck_assert_int_eq(cr_log_wait(logs, ticket), CR_OK);
	future = (struct cr_log_ticket){ 0, ticket.epoch + 1 };
	ck_assert_int_eq(cr_log_state(logs, none), CR_LOG_FAILED);
	ck_assert_int_eq(cr_log_state(logs, future), CR_LOG_FAILED);
	ck_assert_int_eq(cr_log_wait(logs, none), CR_ELOG);
}
END_TEST

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

START_TEST(a_torn_tail_is_told_and_dropped)
{
	glob_t found;
	size_t len;
	unsigned char *file;

	settings.integrate_ms = 60000;
	open_log();
	put_all(0, 10);
	log_place_copy(dir.log, log_place_path(&dir, "../copy"));
	cr_log_close(&logs);
	shell("rm -rf %s; mv %s/../copy %s 2>/dev/null || "
	    "mv $(dirname %s)/copy %s");
	ck_assert_int_eq(glob(log_place_path(&dir, "wal/*.wal"), 0, NULL,
	    &found), 0);
	file = log_place_read(found.gl_pathv[0], &len);
	/* as batch 10 would begin, of the generation in the header */
	for (size_t at = 0; at + 512 <= len; at += 512) {
		if (memcmp(file + at, "\0\0\0\0", 4) == 0) {
			memcpy(file + at, "CRWB", 4);
			memcpy(file + at + 8, file + 32, 16);
			break;
		}
	}
	log_place_write(found.gl_pathv[0], file, len);
	free(file);
	globfree(&found);
	open_log();
	ck_assert_uint_eq(atomic_load(&told[CR_LOG_EVENT_TORN]), 1);
	put_all(10, 20);
	cr_log_close(&logs);
	check_leaves(20);
}
END_TEST

START_TEST(a_leaf_that_a_tool_left_comes_first)
{
	const char *path = log_place_path(&dir, "pending-event");

	open_log();
	put_all(0, 3);
	cr_log_close(&logs);
	(void)number_leaf(3, 50, bytes);
	log_place_write(path, bytes, 50);
	open_log();
	ck_assert_int_ne(access(path, F_OK), 0);
	/* as when it was killed before it took the file away */
	(void)number_leaf(3, 50, bytes);
	cr_log_close(&logs);
	log_place_write(path, bytes, 50);
	open_log();
	ck_assert_int_ne(access(path, F_OK), 0);
	put_all(4, 6);
	cr_log_close(&logs);
	check_leaves(6);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct cr_log_counters counters;
	struct cr_log_ticket ticket = { 0, 0 };
	struct cr_log_ticket last;
	uint64_t i = 0;

	settings.memory = 1 << 20;
	settings.integrate_ms = 60000;
	open_log();
	/* the tree cannot be written: everything stays in memory */
	shell("rm -rf %s/tile; touch %s/tile");
	while (append_sized(i, 60000, &ticket) == CR_OK) {
		last = ticket;
		ck_assert_uint_lt(++i, 100);
	}
	ck_assert_int_eq(errno, ENOBUFS);
	ck_assert(!cr_log_usable(logs, CR_LOG_ORDINARY));
	ck_assert_int_eq(cr_log_wait(logs, last), CR_OK);
	cr_log_counters(logs, &counters);
	ck_assert_uint_le(counters.memory_bytes, 1 << 20);
	shell("rm -f %s/tile; mkdir -m 700 %s/tile");
	ck_assert(put_when_possible(i) < 5);
}
END_TEST

START_TEST(queries_have_an_index)
{
	const struct cr_index *index = NULL;
	struct cr_index_counters counters;

	open_log();
	put_all(0, 300);
	ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
	ck_assert_int_eq(cr_log_query_begin(logs, &index), CR_OK);
	ck_assert_int_eq(cr_index_counters(index, &counters), CR_OK);
	ck_assert_uint_eq(counters.indexed, 300);
	cr_log_query_end(logs);
	/* lost: made again, with nobody waiting for it */
	cr_log_close(&logs);
	shell("rm -rf %s/index");
	open_log();
	put_all(300, 301);
	ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
	ck_assert_int_eq(cr_log_query_begin(logs, &index), CR_OK);
	ck_assert_int_eq(cr_index_counters(index, &counters), CR_OK);
	ck_assert_uint_eq(counters.indexed, 301);
	cr_log_query_end(logs);
}
END_TEST

START_TEST(without_an_index_the_log_goes_on)
{
	const struct cr_index *index = NULL;
	double start;

	open_log();
	cr_log_close(&logs);
	shell("rm -rf %s/index; touch %s/index");
	open_log();
	ck_assert_uint_eq(atomic_load(&told[CR_LOG_EVENT_INDEX_FAILED]), 1);
	ck_assert_int_eq(put(0), CR_OK);
	ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
	ck_assert_int_eq(cr_log_query_begin(logs, &index), CR_ELOG);
	shell("rm -f %s/index");
	start = now();
	while (cr_log_query_begin(logs, &index) != CR_OK) {
		ck_assert(now() - start < 10);
		moment();
	}
	cr_log_query_end(logs);
}
END_TEST

START_TEST(events_have_texts)
{
	for (unsigned i = 0; i <= CR_LOG_EVENT_COUNT; i++)
		ck_assert_uint_gt(strlen(cr_log_event_text(i)), 3);
}
END_TEST

START_TEST(a_key_is_not_made_anew)
{
	open_log();
	ck_assert_int_eq(put(0), CR_OK);
	cr_log_close(&logs);
	shell("mv %s/key %s/key.away");
	ck_assert_int_ne(try_open(), CR_OK);
	ck_assert_int_eq(fault.kind, CR_FAULT_MISSING);
	shell("mv %s/key.away %s/key");
	open_log();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase,
	    what_is_appended_is_durable_and_then_in_the_tree);
	tcase_add_test(tcase, integration_comes_by_itself);
	tcase_add_test(tcase, a_log_is_gone_on_with);
	tcase_add_test(tcase, segments_are_used_again);
	tcase_add_test(tcase, files_are_for_nobody_else);
	tcase_add_test(tcase, sizes_of_leaves_are_bounded);
	tcase_add_test(tcase, a_log_is_open_once);
	tcase_add_test(tcase, flush_is_written_at_return);
	tcase_add_test(tcase, old_tickets_keep_their_state);
	tcase_add_test(tcase, a_torn_tail_is_told_and_dropped);
	tcase_add_test(tcase, a_leaf_that_a_tool_left_comes_first);
	tcase_add_test(tcase, memory_is_bounded);
	tcase_add_test(tcase, queries_have_an_index);
	tcase_add_test(tcase, without_an_index_the_log_goes_on);
	tcase_add_test(tcase, events_have_texts);
	tcase_add_test(tcase, a_key_is_not_made_anew);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
