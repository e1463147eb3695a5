/*
 * Every system call of the log fails once, at its k-th time for every k, and
 * from the k-th time on until it is mended.  Whatever happens: nothing that
 * was said to be durable is missing, each refusal comes in time, and the log
 * works again by itself.
 */
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "log/fault.h"
#include "unit/log_place.h"

enum call {
	CALL_NONE = 0, CALL_OPENAT, CALL_WRITE, CALL_PWRITE, CALL_PWRITEV,
	CALL_FSYNC, CALL_FDATASYNC, CALL_FALLOCATE, CALL_FTRUNCATE,
	CALL_RENAMEAT, CALL_MKDIRAT, CALL_FSTATAT, CALL_FSTAT, CALL_STAT,
	CALL_UNLINKAT, CALL_GETRANDOM, CALLS
};

static atomic_int failing;		/* enum call */
static atomic_int failing_errno;
static atomic_int left;			/* calls until it fails */
static atomic_bool lasting;
static atomic_uint failures;

static void
moment(void)
{
	const struct timespec time = { 0, 2000000 };

	(void)nanosleep(&time, NULL);
}

/* Without an errno: a disk that does not answer until it is disarmed. */
static void
hang(enum call call)
{
	atomic_fetch_add(&failures, 1);
	while (atomic_load(&failing) == (int)call)
		moment();
}

static bool
fails(enum call call)
{
	if (atomic_load(&failing) != (int)call)
		return false;
	if (atomic_fetch_sub(&left, 1) > 1)
		return false;
	if (atomic_load(&failing_errno) == 0) {
		hang(call);
		return false;
	}
	if (!atomic_load(&lasting))
		atomic_store(&failing, CALL_NONE);
	atomic_fetch_add(&failures, 1);
	errno = atomic_load(&failing_errno);
	return true;
}

#define WRAP(type, call, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return fails(call) ? -1 : __real_##name arguments; \
	}

WRAP(ssize_t, CALL_WRITE, write, (int fd, const void *data, size_t len),
    (fd, data, len))
WRAP(ssize_t, CALL_PWRITE, pwrite,
    (int fd, const void *data, size_t len, off_t at), (fd, data, len, at))
WRAP(ssize_t, CALL_PWRITEV, pwritev,
    (int fd, const struct iovec *iov, int n, off_t at), (fd, iov, n, at))
WRAP(int, CALL_FSYNC, fsync, (int fd), (fd))
WRAP(int, CALL_FDATASYNC, fdatasync, (int fd), (fd))
WRAP(int, CALL_FALLOCATE, fallocate, (int fd, int mode, off_t from, off_t len),
    (fd, mode, from, len))
WRAP(int, CALL_FTRUNCATE, ftruncate, (int fd, off_t len), (fd, len))
WRAP(int, CALL_RENAMEAT, renameat,
    (int from_dir, const char *from, int to_dir, const char *to),
    (from_dir, from, to_dir, to))
WRAP(int, CALL_MKDIRAT, mkdirat, (int fd, const char *path, mode_t mode),
    (fd, path, mode))
WRAP(int, CALL_FSTATAT, fstatat,
    (int fd, const char *path, struct stat *st, int flags),
    (fd, path, st, flags))
WRAP(int, CALL_FSTAT, fstat, (int fd, struct stat *st), (fd, st))
WRAP(int, CALL_STAT, stat, (const char *path, struct stat *st), (path, st))
WRAP(int, CALL_UNLINKAT, unlinkat, (int fd, const char *path, int flags),
    (fd, path, flags))
WRAP(ssize_t, CALL_GETRANDOM, getrandom, (void *to, size_t len, unsigned flags),
    (to, len, flags))

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);

int
__wrap_openat(int fd, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return fails(CALL_OPENAT) ? -1 : __real_openat(fd, path, flags, mode);
}

int __real_fstatvfs(int fd, struct statvfs *fs);
int __wrap_fstatvfs(int fd, struct statvfs *fs);

static atomic_bool disk_is_full;

int
__wrap_fstatvfs(int fd, struct statvfs *fs)
{
	int rc = __real_fstatvfs(fd, fs);

	if (atomic_load(&disk_is_full))
		fs->f_bavail = 0;
	return rc;
}

static void
arm(enum call call, int k, int error, bool for_long)
{
	atomic_store(&left, k);
	atomic_store(&failing_errno, error);
	atomic_store(&lasting, for_long);
	atomic_store(&failures, 0);
	atomic_store(&failing, (int)call);
}

static void
disarm(void)
{
	atomic_store(&failing, CALL_NONE);
}

static struct log_place dir;
static struct cr_log *logs;
static struct cr_log_settings settings;
static atomic_uint told[CR_LOG_EVENT_COUNT];
static atomic_uint_least64_t told_number[CR_LOG_EVENT_COUNT];
static unsigned char bytes[65535];
static uint64_t durable[64];
static size_t durable_count;
static uint64_t next;

static void
on_event(void *arg, enum cr_log_event event, int error, uint64_t number)
{
	(void)arg;
	(void)error;
	atomic_store(&told_number[event], number);
	atomic_fetch_add(&told[event], 1);
}

static const struct cr_log_watch watch = { .event = on_event };

static double
now(void)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &time), 0);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* On a disk of memory when there is one: what is slow is the sync. */
static void
setup(void)
{
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	log_place_init(&dir);
	settings = log_place_settings(&dir);
	settings.wait_ms = 3000;
	settings.integrate_ms = 60000;
	for (unsigned i = 0; i < CR_LOG_EVENT_COUNT; i++)
		atomic_store(&told[i], 0);
	durable_count = 0;
	next = 0;
}

static void
teardown(void)
{
	disarm();
	cr_log_close(&logs);
	log_place_clear(&dir);
}

/* Events are told once the lock is free: a little later. */
static void
wait_told(enum cr_log_event event, unsigned count)
{
	double start = now();

	while (atomic_load(&told[event]) < count) {
		ck_assert_msg(now() - start < 10, "not told: %s",
		    cr_log_event_text(event));
		moment();
	}
	ck_assert_uint_eq(atomic_load(&told[event]), count);
}

/* Leaves of which four fill a segment.  Each has a number of its own. */
static int
put(enum cr_log_rank rank)
{
	struct cr_log_ticket ticket;
	double start = now();
	uint64_t number = next++;
	int rc = cr_log_append(logs, rank, number_leaf(number, 60000, bytes),
	    &ticket);

	if (rc == CR_OK)
		rc = cr_log_wait(logs, ticket);
	ck_assert_msg(now() - start < 4, "waited for %.1f s", now() - start);
	if (rc == CR_OK) {
		ck_assert_uint_lt(durable_count,
		    sizeof(durable) / sizeof(durable[0]));
		durable[durable_count++] = number;
	}
	return rc;
}

static void
put_when_possible(void)
{
	double start = now();

	while (put(CR_LOG_ORDINARY) != CR_OK) {
		ck_assert_msg(now() - start < 5, "does not recover: %s",
		    strerror(errno));
		moment();
	}
}

static int
open_log(void)
{
	struct cr_log_fault fault;

	return cr_log_open(&settings, &watch, &logs, &fault);
}

/* What was durable is there in its order, and nothing twice. */
static void
check_leaves(void)
{
	uint64_t *found;
	size_t count;
	size_t at = 0;

	ck_assert_int_eq(open_log(), CR_OK);
	cr_log_close(&logs);
	found = log_place_leaves(&dir, &count);
	for (size_t i = 0; i < count; i++) {
		ck_assert(i == 0 || found[i] > found[i - 1]);
		if (at < durable_count && found[i] == durable[at])
			at++;
	}
	ck_assert_uint_eq(at, durable_count);
	free(found);
}

/* False when the k-th call did not come. */
static bool
run(enum call call, int k, int error, bool for_long)
{
	double start = now();
	bool came;

	arm(call, k, error, for_long);
	if (open_log() == CR_OK) {
		for (int i = 0; i < 6; i++)
			(void)put(CR_LOG_ORDINARY);
		(void)!cr_log_integrate(logs, 200);
		for (int i = 0; i < 2; i++)
			(void)put(CR_LOG_ORDINARY);
		came = atomic_load(&failures) > 0;
		disarm();
	} else {
		came = true;
		disarm();
		ck_assert_int_eq(open_log(), CR_OK);
	}
	put_when_possible();
	while (cr_log_integrate(logs, 0) != CR_OK)
		ck_assert(now() - start < 20);
	cr_log_close(&logs);
	check_leaves();
	return came;
}

#define CALL_MAX 2000

START_TEST(each_call_fails_once)
{
	const bool flush = _i >= 2 * (CALLS - 1);
	const int error = _i % 2 == 0 ? EIO : ENOSPC;
	const enum call call = (enum call)(_i % (2 * (CALLS - 1)) / 2 + 1);
	/* those come with time, or not at all in this run */
	const bool rare = call == CALL_WRITE || call == CALL_FTRUNCATE ||
	    call == CALL_MKDIRAT || call == CALL_STAT;
	int k = 1;

	settings.durability = flush ? CR_LOG_FLUSH : CR_LOG_FSYNC;
	for (; run(call, k, error, false); k++) {
		ck_assert_int_lt(k, CALL_MAX);
		teardown();
		setup();
		settings.durability = flush ? CR_LOG_FLUSH : CR_LOG_FSYNC;
	}
	ck_assert_int_gt(k, rare ? 0 : 1);
}
END_TEST

START_TEST(each_call_fails_for_long)
{
	static const int errors[] = { EIO, ENOSPC, EROFS };
	const enum call call = (enum call)(_i + 1);

	for (int k = 1; run(call, k, errors[k % 3], true); k += 1 + k / 8) {
		ck_assert_int_lt(k, CALL_MAX);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(what_is_refused_is_seen_before_it_is_asked)
{
	ck_assert_int_eq(open_log(), CR_OK);
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_OK);
	arm(CALL_PWRITEV, 1, ENOSPC, true);
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_ELOG);
	ck_assert(!cr_log_usable(logs, CR_LOG_ORDINARY));
	disarm();
	put_when_possible();
	cr_log_close(&logs);
	check_leaves();
}
END_TEST

START_TEST(a_full_disk_leaves_room_for_the_privileged)
{
	const uint64_t reserve = 2 << 20;
	struct cr_log_counters counters;
	unsigned taken = 0;

	settings.reserve = reserve;
	ck_assert_int_eq(open_log(), CR_OK);
	wait_told(CR_LOG_EVENT_RESERVE_REBUILT, 1);
	/* until the segments that there are, are full */
	atomic_store(&disk_is_full, true);
	arm(CALL_FALLOCATE, 1, ENOSPC, true);
	while (put(CR_LOG_ORDINARY) == CR_OK)
		ck_assert_uint_lt(++taken, 32);
	ck_assert(!cr_log_usable(logs, CR_LOG_ORDINARY));
	ck_assert(cr_log_usable(logs, CR_LOG_PRIVILEGED));
	wait_told(CR_LOG_EVENT_FULL, 1);
	/* what was given up makes room, in this disk, for one segment */
	ck_assert_int_eq(atomic_load(&told[CR_LOG_EVENT_RESERVE_USED]), 0);
	arm(CALL_FALLOCATE, 1, ENOSPC, false);
	ck_assert_int_eq(put(CR_LOG_PRIVILEGED), CR_OK);
	wait_told(CR_LOG_EVENT_RESERVE_USED, 1);
	cr_log_counters(logs, &counters);
	ck_assert(counters.full);
	ck_assert_uint_lt(counters.reserve_bytes, reserve);
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_ELOG);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_int_eq(put(CR_LOG_PRIVILEGED), CR_OK);
	/* and when there is room again, all is as before */
	disarm();
	atomic_store(&disk_is_full, false);
	put_when_possible();
	wait_told(CR_LOG_EVENT_NOT_FULL, 1);
	wait_told(CR_LOG_EVENT_RESERVE_REBUILT, 2);
	cr_log_counters(logs, &counters);
	ck_assert(!counters.full);
	ck_assert_uint_eq(counters.reserve_bytes, reserve);
	cr_log_close(&logs);
	check_leaves();
}
END_TEST

START_TEST(without_a_reserve_all_are_refused)
{
	unsigned taken = 0;

	ck_assert_int_eq(open_log(), CR_OK);
	atomic_store(&disk_is_full, true);
	arm(CALL_FALLOCATE, 1, ENOSPC, true);
	while (put(CR_LOG_ORDINARY) == CR_OK)
		ck_assert_uint_lt(++taken, 32);
	ck_assert(!cr_log_usable(logs, CR_LOG_PRIVILEGED));
	ck_assert_int_eq(put(CR_LOG_PRIVILEGED), CR_ELOG);
	atomic_store(&disk_is_full, false);
	disarm();
	put_when_possible();
	cr_log_close(&logs);
	check_leaves();
}
END_TEST

START_TEST(little_room_is_told)
{
	settings.warn_free = 1;
	ck_assert_int_eq(open_log(), CR_OK);
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_OK);
	ck_assert_uint_eq(atomic_load(&told[CR_LOG_EVENT_SPACE_LOW]), 0);
	atomic_store(&disk_is_full, true);
	wait_told(CR_LOG_EVENT_SPACE_LOW, 1);
	ck_assert_uint_eq(atomic_load(&told_number[CR_LOG_EVENT_SPACE_LOW]),
	    0);
	atomic_store(&disk_is_full, false);
	wait_told(CR_LOG_EVENT_SPACE_ENOUGH, 1);
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_OK);
}
END_TEST

static enum cr_log_state
state_in_time(struct cr_log_ticket ticket, double seconds)
{
	double start = now();

	while (cr_log_state(logs, ticket) == CR_LOG_PENDING &&
	    now() - start < seconds)
		moment();
	return cr_log_state(logs, ticket);
}

/*
 * The disk does not answer: who waits is refused in time, who asks later at
 * once.  Then it answers: the leaf is there, its ticket has failed all the
 * same, and the log goes on.
 */
START_TEST(a_disk_that_does_not_answer)
{
	static const enum call calls[] = {
		CALL_FDATASYNC, CALL_PWRITEV, CALL_FSTATAT
	};
	struct cr_log_ticket first;
	struct cr_log_ticket second;
	struct cr_log_counters counters;
	double start;

	settings.wait_ms = 300;
	ck_assert_int_eq(open_log(), CR_OK);
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_OK);
	arm(calls[_i], 1, 0, true);
	ck_assert_int_eq(cr_log_append(logs, CR_LOG_ORDINARY,
	    number_leaf(next++, 100, bytes), &first), CR_OK);
	while (atomic_load(&failures) == 0)
		moment();
	ck_assert_int_eq(cr_log_append(logs, CR_LOG_ORDINARY,
	    number_leaf(next++, 100, bytes), &second), CR_OK);
	ck_assert_int_eq(state_in_time(first, 5), CR_LOG_FAILED);
	ck_assert_int_eq(state_in_time(second, 5), CR_LOG_FAILED);
	ck_assert_int_eq(cr_log_wait(logs, first), CR_ELOG);
	wait_told(CR_LOG_EVENT_STALLED, 1);
	ck_assert(!cr_log_usable(logs, CR_LOG_ORDINARY));
	ck_assert(!cr_log_usable(logs, CR_LOG_PRIVILEGED));
	start = now();
	ck_assert_int_eq(put(CR_LOG_ORDINARY), CR_ELOG);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(put(CR_LOG_PRIVILEGED), CR_ELOG);
	ck_assert(now() - start < 0.2);
	disarm();
	put_when_possible();
	wait_told(CR_LOG_EVENT_RECOVERED, 1);
	ck_assert_int_eq(cr_log_state(logs, first), CR_LOG_FAILED);
	ck_assert_int_eq(cr_log_state(logs, second), CR_LOG_FAILED);
	cr_log_counters(logs, &counters);
	ck_assert_uint_eq(counters.failed, 2);
	cr_log_close(&logs);
	check_leaves();
}
END_TEST

/* A disk that never answers does not keep the server from ending. */
START_TEST(closing_does_not_wait_for_ever)
{
	const char *fork_mode = getenv("CK_FORK");
	struct cr_log_ticket ticket;
	double start;

	settings.wait_ms = 200;
	ck_assert_int_eq(open_log(), CR_OK);
	/* its threads stay behind: only in a process of its own */
	if (fork_mode != NULL && strcmp(fork_mode, "no") == 0)
		return;
	arm(CALL_FDATASYNC, 1, 0, true);
	ck_assert_int_eq(cr_log_append(logs, CR_LOG_ORDINARY,
	    number_leaf(next++, 100, bytes), &ticket), CR_OK);
	start = now();
	cr_log_close(&logs);
	ck_assert(now() - start < 3);
	ck_assert_ptr_null(logs);
	log_place_clear(&dir);
	_exit(EXIT_SUCCESS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_faults");
	TCase *tcase = tcase_create("log_faults");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, each_call_fails_once, 0, 4 * (CALLS - 1));
	tcase_add_loop_test(tcase, each_call_fails_for_long, 0, CALLS - 1);
	tcase_add_test(tcase, what_is_refused_is_seen_before_it_is_asked);
	tcase_add_test(tcase, a_full_disk_leaves_room_for_the_privileged);
	tcase_add_test(tcase, without_a_reserve_all_are_refused);
	tcase_add_test(tcase, little_room_is_told);
	tcase_add_loop_test(tcase, a_disk_that_does_not_answer, 0, 3);
	tcase_add_test(tcase, closing_does_not_wait_for_ever);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
