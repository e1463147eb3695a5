/*
 * The read log against a real directory.  The errors of a full or failing
 * disk are made by replacing write() and others (wrap.mk).
 */
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/record.h"

/* What the next write() does: -1 as always, else so many bytes, then error. */
static ssize_t write_most = -1;
static int write_errno;
static bool truncate_fails;
static bool malloc_fails;

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);

ssize_t
__wrap_write(int fd, const void *data, size_t len)
{
	ssize_t most = write_most;

	if (most < 0 || (size_t)most >= len)
		return __real_write(fd, data, len);
	if (most == 0) {
		errno = write_errno;
		if (write_errno == EINTR)
			write_most = -1;
		return -1;
	}
	return __real_write(fd, data, (size_t)most);
}

int
__wrap_ftruncate(int fd, off_t size)
{
	if (truncate_fails) {
		errno = EIO;
		return -1;
	}
	return __real_ftruncate(fd, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *
__wrap_malloc(size_t size)
{
	if (malloc_fails) {
		errno = ENOMEM;
		return NULL;
	}
	return __real_malloc(size);
}

static char directory[64];
static char path[sizeof(directory) + 16];
static struct cr_floor *logs;

static void
setup(void)
{
	const char *base = getenv("TMPDIR");
	int len = snprintf(directory, sizeof(directory),
	    "%s/custreg-test-", base != NULL ? base : "/tmp");

	ck_assert_int_lt(len + 6, (int)sizeof(directory));
	memset(directory + len, 'X', 6);
	directory[len + 6] = '\0';
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/read.log", directory);
	ck_assert_int_eq(cr_floor_new(directory, &logs), CR_OK);
	write_most = -1;
	truncate_fails = false;
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static void
teardown(void)
{
	cr_floor_free(&logs);
	ck_assert_ptr_null(logs);
	ck_assert_int_eq(nftw(directory, remove_one, 8, FTW_DEPTH |
	    FTW_PHYS), 0);
}

static struct cr_floor_record
record_of(const char *reference)
{
	return (struct cr_floor_record){
		.who = CR_SLICE_LITERAL("uid=aino"),
		.reference = cr_slice_of(reference),
		.type = CR_SLICE_LITERAL("search")
	};
}

static int
append(const char *reference)
{
	const struct cr_floor_record record = record_of(reference);

	return cr_floor_record(logs, &record);
}

/* The references of all whole lines; other lines as "?". */
static void
check_file(const char *wanted)
{
	char found[256] = "";
	char line[512];
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		size_t len = strlen(found);
		char reference[32];

		if (sscanf(line, "t=19700101000000Z who=uid=aino "
		    "ref=%31s ssf=0 conn=0 op=0 type=search", reference) !=
		    1 || strstr(line, " type=search\n") == NULL)
			snprintf(reference, sizeof(reference), "?");
		snprintf(found + len, sizeof(found) - len, "%s ", reference);
	}
	fclose(file);
	ck_assert_str_eq(found, wanted);
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(__real_write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(records_are_appended)
{
	struct stat st;

	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(append("a"), CR_OK);
	ck_assert_int_eq(append("b"), CR_OK);
	check_file("a b ");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* another process goes on where this one ended */
	cr_floor_free(&logs);
	ck_assert_int_eq(cr_floor_new(directory, &logs), CR_OK);
	ck_assert_int_eq(append("c"), CR_OK);
	check_file("a b c ");
}
END_TEST

START_TEST(opening_makes_the_file_and_its_mode)
{
	struct stat st;
	mode_t mask = umask(0777);

	ck_assert_int_eq(cr_floor_open(logs), CR_OK);
	umask(mask);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(cr_floor_open(logs), CR_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_long_record_is_whole)
{
	static char peer[5000];
	struct cr_floor_record record = record_of("long");
	struct stat st;
	struct stat more;
	int rc;

	memset(peer, '%', sizeof(peer));
	record.peer = (struct cr_slice){ peer, sizeof(peer) };
	ck_assert_int_eq(cr_floor_record(logs, &record), CR_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_gt(st.st_size, 3 * (off_t)sizeof(peer));
	malloc_fails = true;
	rc = cr_floor_record(logs, &record);
	malloc_fails = false;
	ck_assert_int_eq(rc, CR_ELOG);
	ck_assert_int_eq(stat(path, &more), 0);
	ck_assert_int_eq(more.st_size, st.st_size);
	record.time = INT64_MIN;
	ck_assert_int_eq(cr_floor_record(logs, &record), CR_ELOG);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_missing_directory_is_an_error_until_it_is_there)
{
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_eq(cr_floor_open(logs), CR_ELOG);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(append("a"), CR_ELOG);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(mkdir(directory, 0700), 0);
	ck_assert_int_eq(append("b"), CR_OK);
	check_file("b ");
}
END_TEST

START_TEST(a_link_is_refused)
{
	char target[sizeof(path) + 8];

	snprintf(target, sizeof(target), "%s.else", path);
	write_file(target, "", 0600);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(append("a"), CR_ELOG);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(append("b"), CR_OK);
	check_file("b ");
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(append("a"), CR_ELOG);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(append("a"), CR_ELOG);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(append("b"), CR_OK);
}
END_TEST

START_TEST(a_full_disk_is_an_error_until_there_is_room)
{
	ck_assert_int_eq(append("a"), CR_OK);
	write_most = 0;
	write_errno = ENOSPC;
	ck_assert_int_eq(append("b"), CR_ELOG);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_int_eq(append("b"), CR_ELOG);
	check_file("a ");
	write_most = -1;
	ck_assert_int_eq(append("c"), CR_OK);
	check_file("a c ");
}
END_TEST

/* Cut at every length: the file has the record whole, or not at all. */
START_TEST(a_torn_record_is_cut_off)
{
	for (ssize_t most = 1; most < 66; most++) {
		ck_assert_int_eq(append("a"), CR_OK);
		write_most = most;
		ck_assert_int_eq(append("b"), CR_ELOG);
		ck_assert_int_eq(errno, ENOSPC);
		check_file("a ");
		write_most = -1;
		ck_assert_int_eq(append("c"), CR_OK);
		check_file("a c ");
		ck_assert_int_eq(truncate(path, 0), 0);
	}
}
END_TEST

START_TEST(what_cannot_be_cut_off_gets_its_own_line)
{
	truncate_fails = true;
	for (ssize_t most = 1; most < 60; most++) {
		ck_assert_int_eq(append("a"), CR_OK);
		write_most = most;
		ck_assert_int_eq(append("b"), CR_ELOG);
		write_most = -1;
		ck_assert_int_eq(append("c"), CR_OK);
		check_file("a ? c ");
		ck_assert_int_eq(truncate(path, 0), 0);
	}
}
END_TEST

START_TEST(a_file_torn_by_a_crash_is_gone_on_with)
{
	write_file(path, "t=19700101000000Z who=ui", 0600);
	ck_assert_int_eq(append("a"), CR_OK);
	ck_assert_int_eq(append("b"), CR_OK);
	check_file("? a b ");
}
END_TEST

START_TEST(an_interrupted_write_is_done_again)
{
	write_most = 0;
	write_errno = EINTR;
	ck_assert_int_eq(append("a"), CR_OK);
	check_file("a ");
}
END_TEST

/* The record that finds the file gone is not lost silently. */
START_TEST(a_deleted_file_is_noticed_at_once)
{
	ck_assert_int_eq(append("a"), CR_OK);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(append("b"), CR_ELOG);
	ck_assert_int_eq(errno, ESTALE);
	ck_assert_int_eq(append("c"), CR_OK);
	check_file("c ");
}
END_TEST

static double
now(void)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &time), 0);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

START_TEST(a_replaced_file_is_noticed_soon)
{
	char old[sizeof(path) + 8];
	double start;
	int rc = CR_OK;

	snprintf(old, sizeof(old), "%s.1", path);
	ck_assert_int_eq(append("a"), CR_OK);
	ck_assert_int_eq(rename(path, old), 0);
	write_file(path, "", 0600);
	start = now();
	while (rc == CR_OK && now() - start < 5)
		rc = append("b");
	ck_assert_int_eq(rc, CR_ELOG);
	ck_assert_int_eq(errno, ESTALE);
	ck_assert_int_eq(append("c"), CR_OK);
	check_file("c ");
}
END_TEST

START_TEST(a_failed_open_leaks_nothing)
{
	int before = dup(0);
	int after;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(append("a"), CR_ELOG);
	after = dup(0);
	ck_assert_int_eq(after, before + 1);
	close(after);
	close(before);
}
END_TEST

#define THREADS 4
#define EACH 500

static void *
append_many(void *arg)
{
	for (int i = 0; i < EACH; i++) {
		if (append(arg) != CR_OK)
			return arg;
	}
	return NULL;
}

START_TEST(threads_write_whole_lines)
{
	static char names[THREADS][2] = { "a", "b", "c", "d" };
	pthread_t threads[THREADS];
	unsigned counts[THREADS] = { 0 };
	char line[256];
	FILE *file;

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
		    append_many, names[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char name = '?';

		ck_assert_int_eq(sscanf(line, "t=19700101000000Z "
		    "who=uid=aino ref=%c ssf=0 conn=0 op=0 type=search",
		    &name), 1);
		counts[name - 'a']++;
	}
	fclose(file);
	for (int i = 0; i < THREADS; i++)
		ck_assert_uint_eq(counts[i], EACH);
}
END_TEST

/* The kernel's own limit, instead of ours: SIGXFSZ ignored, EFBIG. */
START_TEST(a_file_size_limit_tears_nothing)
{
	struct rlimit before;
	struct rlimit limit;
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(append("a"), CR_OK);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 100;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	rc = append("b");
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(rc, CR_ELOG);
	check_file("a ");
	ck_assert_int_eq(append("c"), CR_OK);
	check_file("a c ");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record");
	TCase *tcase = tcase_create("record");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, records_are_appended);
	tcase_add_test(tcase, opening_makes_the_file_and_its_mode);
	tcase_add_test(tcase, a_long_record_is_whole);
	tcase_add_test(tcase,
	    a_missing_directory_is_an_error_until_it_is_there);
	tcase_add_test(tcase, a_link_is_refused);
	tcase_add_test(tcase, what_is_no_file_is_refused);
	tcase_add_test(tcase, a_full_disk_is_an_error_until_there_is_room);
	tcase_add_test(tcase, a_torn_record_is_cut_off);
	tcase_add_test(tcase, what_cannot_be_cut_off_gets_its_own_line);
	tcase_add_test(tcase, a_file_torn_by_a_crash_is_gone_on_with);
	tcase_add_test(tcase, an_interrupted_write_is_done_again);
	tcase_add_test(tcase, a_deleted_file_is_noticed_at_once);
	tcase_add_test(tcase, a_replaced_file_is_noticed_soon);
	tcase_add_test(tcase, a_failed_open_leaks_nothing);
	tcase_add_test(tcase, threads_write_whole_lines);
	tcase_add_test(tcase, a_file_size_limit_tears_nothing);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
