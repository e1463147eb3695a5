/*
 * Many threads at the read log: appenders, waiters, askers and queries, while
 * files go away underneath and the log is closed with leaves pending.  The
 * build with TSan is what this is for; in any build it holds the promise to
 * each ticket.  Also the states of tickets by themselves.
 */
#include "unit/suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "log/fault.h"
#include "log/log_epoch.h"
#include "unit/log_place.h"

#define THREADS 6
#define EACH 400

static struct log_place dir;
static struct cr_log *logs;
static struct cr_log_settings settings;
static atomic_bool stop;
static atomic_uint wakes;

static void
on_durable(void *arg)
{
	(void)arg;
	atomic_fetch_add(&wakes, 1);
}

static const struct cr_log_watch watch = { .durable = on_durable };

static void
setup(void)
{
	log_place_init(&dir);
	settings = log_place_settings(&dir);
	settings.integrate_ms = 5;
	atomic_store(&stop, false);
}

static void
teardown(void)
{
	cr_log_close(&logs);
	log_place_clear(&dir);
}

static void
moment(long ns)
{
	const struct timespec time = { 0, ns };

	(void)nanosleep(&time, NULL);
}

static void
open_log(void)
{
	struct cr_log_fault fault;

	ck_assert_int_eq(cr_log_open(&settings, &watch, &logs, &fault),
	    CR_OK);
}

struct appender {
	pthread_t thread;
	unsigned number;
	bool durable[EACH];
	bool broken_promise;
	bool never_waits;
};

/* Waits, or asks again and again; then the state stays what it was. */
static enum cr_log_state
outcome(struct cr_log_ticket ticket, bool ask)
{
	enum cr_log_state state = CR_LOG_PENDING;

	if (!ask)
		return cr_log_wait(logs, ticket) == CR_OK ? CR_LOG_DURABLE :
		    CR_LOG_FAILED;
	while (state == CR_LOG_PENDING) {
		state = cr_log_state(logs, ticket);
		if (state == CR_LOG_PENDING)
			moment(20000);
	}
	return state;
}

static void *
append_many(void *arg)
{
	struct appender *a = arg;
	unsigned char *bytes = malloc(65535);
	struct cr_log_ticket ticket;

	for (unsigned i = 0; i < EACH && bytes != NULL; i++) {
		struct cr_slice leaf = number_leaf((uint64_t)a->number * EACH +
		    i, 16 + (i * 131 + a->number * 17) % 2000, bytes);
		enum cr_log_state state;

		if (cr_log_append(logs, i % 7 == 0 ? CR_LOG_PRIVILEGED :
		    CR_LOG_ORDINARY, leaf, &ticket) != CR_OK) {
			moment(1000000);
			continue;
		}
		if (a->never_waits)
			continue;
		state = outcome(ticket, i % 2 == 1);
		a->durable[i] = state == CR_LOG_DURABLE;
		if (cr_log_state(logs, ticket) != state)
			a->broken_promise = true;
	}
	free(bytes);
	return NULL;
}

static void *
ask_many(void *arg)
{
	struct cr_log_counters counters;

	(void)arg;
	while (!atomic_load(&stop)) {
		cr_log_counters(logs, &counters);
		(void)cr_log_usable(logs, CR_LOG_ORDINARY);
		(void)!cr_log_integrate(logs, 1000);
		moment(300000);
	}
	return NULL;
}

static void
run_threads(struct appender *appenders, void (*meanwhile)(void))
{
	pthread_t asker;

	for (unsigned i = 0; i < THREADS; i++) {
		appenders[i].number = i;
		/* under valgrind the one before was in this process, too */
		memset(appenders[i].durable, 0, sizeof(appenders[i].durable));
		ck_assert_int_eq(pthread_create(&appenders[i].thread, NULL,
		    append_many, &appenders[i]), 0);
	}
	ck_assert_int_eq(pthread_create(&asker, NULL, ask_many, NULL), 0);
	if (meanwhile != NULL)
		meanwhile();
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(appenders[i].thread, NULL), 0);
	atomic_store(&stop, true);
	ck_assert_int_eq(pthread_join(asker, NULL), 0);
}

/* Each durable leaf once, and those of a thread in its order. */
static void
check(const struct appender *appenders, bool all)
{
	uint64_t last[THREADS] = { 0 };
	bool *found = calloc(THREADS * EACH, sizeof(*found));
	uint64_t *numbers;
	size_t count;

	cr_log_close(&logs);
	open_log();
	cr_log_close(&logs);
	numbers = log_place_leaves(&dir, &count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_lt(numbers[i], THREADS * EACH);
		ck_assert(!found[numbers[i]]);
		found[numbers[i]] = true;
		ck_assert_uint_ge(numbers[i] + 1, last[numbers[i] / EACH]);
		last[numbers[i] / EACH] = numbers[i] + 1;
	}
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert(!appenders[i].broken_promise);
		for (unsigned j = 0; j < EACH; j++) {
			ck_assert(!appenders[i].durable[j] ||
			    found[i * EACH + j]);
			ck_assert(!all || appenders[i].durable[j]);
		}
	}
	free(numbers);
	free(found);
}

START_TEST(many_threads)
{
	static struct appender appenders[THREADS];

	settings.durability = _i == 1 ? CR_LOG_FLUSH : CR_LOG_FSYNC;
	open_log();
	run_threads(appenders, NULL);
	ck_assert_uint_gt(atomic_load(&wakes), 0);
	check(appenders, true);
}
END_TEST

static void
delete_files(void)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "rm -f '%s'/wal/*.wal",
	    dir.log);
	for (int i = 0; i < 15; i++) {
		ck_assert_int_eq(system(command), 0);
		moment(20000000);
	}
}

START_TEST(many_threads_while_files_go_away)
{
	static struct appender appenders[THREADS];

	settings.durability = _i == 1 ? CR_LOG_FLUSH : CR_LOG_FSYNC;
	open_log();
	run_threads(appenders, delete_files);
	check(appenders, false);
}
END_TEST

START_TEST(closed_with_leaves_pending)
{
	static struct appender appenders[THREADS];
	uint64_t *numbers;
	size_t count;

	settings.integrate_ms = 60000;
	open_log();
	for (unsigned i = 0; i < THREADS; i++)
		appenders[i].never_waits = true;
	run_threads(appenders, NULL);
	/* nobody has waited: the close makes all of it durable */
	cr_log_close(&logs);
	numbers = log_place_leaves(&dir, &count);
	ck_assert_uint_eq(count, THREADS * EACH);
	free(numbers);
}
END_TEST

START_TEST(open_and_close_leave_nothing_behind)
{
	for (int i = 0; i < 20; i++) {
		open_log();
		if (i % 3 == 0)
			ck_assert_int_eq(cr_log_integrate(logs, 0), CR_OK);
		cr_log_close(&logs);
	}
	cr_log_close(&logs);
	cr_log_close(NULL);
}
END_TEST

START_TEST(states_of_tickets)
{
	static struct cr_epochs epochs;
	struct cr_log_ticket ticket = { 5, 1 };

	cr_epochs_init(&epochs, 5);
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_PENDING);
	cr_epochs_advance(&epochs, 6);
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_DURABLE);
	ticket.index = 6;
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_PENDING);
	cr_epochs_fail(&epochs);
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_FAILED);
	/* the same index again, durable this time */
	cr_epochs_advance(&epochs, 7);
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_FAILED);
	ticket.epoch = 2;
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_DURABLE);
	ticket = (struct cr_log_ticket){ 5, 1 };
	for (unsigned i = 0; i < CR_EPOCHS_KEPT - 2; i++) {
		ck_assert_int_eq(cr_epochs_state(&epochs, ticket),
		    CR_LOG_DURABLE);
		cr_epochs_fail(&epochs);
	}
	/* too old to be known: failed, which is the safe answer */
	cr_epochs_fail(&epochs);
	ck_assert_int_eq(cr_epochs_state(&epochs, ticket), CR_LOG_FAILED);
}
END_TEST

static struct cr_epochs raced;
static _Atomic uint64_t promised;	/* epoch << 32 | index: durable */

/* One writer; what a reader is told must never be taken back. */
static void *
race(void *arg)
{
	uint64_t index = 0;

	(void)arg;
	for (unsigned i = 0; i < 20000; i++) {
		if (i % 3 == 0)
			cr_epochs_fail(&raced);
		index++;
		cr_epochs_advance(&raced, index);
		atomic_store(&promised,
		    (uint64_t)cr_epochs_current(&raced) << 32 | (index - 1));
	}
	atomic_store(&stop, true);
	return NULL;
}

START_TEST(states_under_a_race)
{
	pthread_t writer;

	cr_epochs_init(&raced, 0);
	atomic_store(&promised, 0);
	ck_assert_int_eq(pthread_create(&writer, NULL, race, NULL), 0);
	while (!atomic_load(&stop)) {
		uint64_t p = atomic_load(&promised);
		struct cr_log_ticket ticket = {
			p & UINT32_MAX, (uint32_t)(p >> 32)
		};
		uint32_t before = ticket.epoch;
		enum cr_log_state state;

		if (p == 0)
			continue;
		state = cr_epochs_state(&raced, ticket);
		ck_assert(state == CR_LOG_DURABLE ||
		    cr_epochs_current(&raced) - before >= CR_EPOCHS_KEPT);
		/* the next index is not durable in this epoch's past */
		ticket.epoch--;
		ticket.index++;
		ck_assert_int_ne(cr_epochs_state(&raced, ticket),
		    CR_LOG_DURABLE);
	}
	ck_assert_int_eq(pthread_join(writer, NULL), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_threads");
	TCase *tcase = tcase_create("log_threads");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, many_threads, 0, 2);
	tcase_add_loop_test(tcase, many_threads_while_files_go_away, 0, 2);
	tcase_add_test(tcase, closed_with_leaves_pending);
	tcase_add_test(tcase, open_and_close_leave_nothing_behind);
	tcase_add_test(tcase, states_of_tickets);
	tcase_add_test(tcase, states_under_a_race);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
