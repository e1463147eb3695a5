/*
 * The file of the suppression key: made once, taken only as it must be, and,
 * when the k-th call to the system fails for any k, whole or not there.
 */
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/disk.h"
#include "core/keyfile.h"

/* Calls until the one that fails; 0: none does. */
static unsigned countdown;
static uid_t other_user;

static bool
is_failing(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	errno = ENOSPC;
	return true;
}

#define WRAP(type, name, params, args, failure) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		return is_failing() ? (failure) : __real_##name args; \
	}

WRAP(void *, malloc, (size_t size), (size), (errno = ENOMEM, NULL))
WRAP(void *, calloc, (size_t count, size_t size), (count, size),
    (errno = ENOMEM, NULL))
WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at),
    (fd, bytes, len, at), -1)
WRAP(ssize_t, pread, (int fd, void *bytes, size_t len, off_t at),
    (fd, bytes, len, at), -1)
WRAP(int, fdatasync, (int fd), (fd), -1)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, link, (const char *from, const char *to), (from, to), -1)
WRAP(int, RAND_priv_bytes, (unsigned char *out, int len), (out, len), 0)

int __real_openat(int dirfd, const char *path, int flags, mode_t mode);
int __wrap_openat(int dirfd, const char *path, int flags, ...);

int
__wrap_openat(int dirfd, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode = 0;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return is_failing() ? -1 : __real_openat(dirfd, path, flags, mode);
}

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);

uid_t
__wrap_geteuid(void)
{
	return __real_geteuid() + other_user;
}

static const struct cr_slice register_name =
	CR_SLICE_LITERAL("dc=example,dc=fi");
static const char good[] = "custreg suppression key 1\n"
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

static char directory[64];
static char path[128];
static struct cr_suppress_key *key;
static struct cr_keyfile_fault fault;
static bool made;

static void
setup(void)
{
	snprintf(directory, sizeof(directory), "/tmp/custreg-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/key", directory);
	made = true;
}

static void
teardown(void)
{
	char beside[sizeof(path) + 4];

	cr_suppress_key_free(&key);
	(void)unlink(path);
	snprintf(beside, sizeof(beside), "%s.new", path);
	(void)unlink(beside);
	(void)rmdir(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

static int
open_key(bool make)
{
	cr_suppress_key_free(&key);
	fault = (struct cr_keyfile_fault){ 0 };
	return cr_keyfile_open(path, register_name, make, &key, &made, &fault);
}

static void
check_refused(enum cr_keyfile_fault_kind kind, int error)
{
	for (int make = 0; make <= 1; make++) {
		made = true;
		ck_assert_int_eq(open_key(make != 0), CR_EKEY);
		ck_assert_int_eq(fault.kind, kind);
		ck_assert_int_eq(fault.error, error);
		ck_assert_ptr_null(key);
		ck_assert(made);	/* as it was */
	}
}

static void
write_file(struct cr_slice text)
{
	(void)unlink(path);
	ck_assert_int_eq(cr_disk_make(path, text), 0);
}

START_TEST(a_key_is_made_once)
{
	struct cr_file file = { 0 };
	uint32_t id;

	ck_assert_int_eq(open_key(false), CR_EKEY);
	ck_assert_int_eq(fault.kind, CR_KEYFILE_MISSING);
	ck_assert_int_eq(open_key(true), CR_OK);
	ck_assert(made);
	id = cr_suppress_key_id(key);
	ck_assert_int_eq(open_key(true), CR_OK);
	ck_assert(!made);
	ck_assert_uint_eq(cr_suppress_key_id(key), id);
	ck_assert_int_eq(open_key(false), CR_OK);
	ck_assert(!made);
	ck_assert_uint_eq(cr_suppress_key_id(key), id);
	ck_assert_int_eq(cr_disk_read(AT_FDCWD, path, 1000, &file), 0);
	ck_assert_uint_eq(file.mode & 07777, 0600);
	ck_assert_uint_eq(file.len, sizeof(good) - 1);
	ck_assert_mem_eq(file.bytes, good, 26);
	cr_file_clear(&file);
	/* and another place gets another */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(open_key(true), CR_OK);
	ck_assert_uint_ne(cr_suppress_key_id(key), id);
}
END_TEST

START_TEST(the_secret_of_the_header)
{
	write_file(cr_slice_of(good));
	ck_assert_int_eq(open_key(false), CR_OK);
	ck_assert_uint_eq(cr_suppress_key_id(key), 0x2646c938);
}
END_TEST

START_TEST(no_cut_and_nothing_behind)
{
	char longer[sizeof(good) + 1];

	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		write_file((struct cr_slice){ good, len });
		check_refused(CR_KEYFILE_TEXT, 0);
	}
	snprintf(longer, sizeof(longer), "%s\n", good);
	write_file(cr_slice_of(longer));
	check_refused(CR_KEYFILE_SHAPE, EISDIR);
}
END_TEST

START_TEST(no_byte_can_be_another)
{
	char other[sizeof(good)];

	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		memcpy(other, good, sizeof(good));
		other[i] ^= 1;
		write_file(cr_slice_of(other));
		if (open_key(false) == CR_OK)
			ck_assert_uint_ne(cr_suppress_key_id(key),
			    0x2646c938);
		else
			ck_assert_int_eq(fault.kind, CR_KEYFILE_TEXT);
	}
}
END_TEST

START_TEST(nobody_else_may_read_or_write)
{
	write_file(cr_slice_of(good));
	for (int bit = 0; bit < 6; bit++) {
		ck_assert_int_eq(chmod(path, 0600 | (mode_t)(1 << bit)), 0);
		check_refused(CR_KEYFILE_MODE, 0);
	}
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(open_key(false), CR_OK);
}
END_TEST

START_TEST(it_is_slapds_own)
{
	write_file(cr_slice_of(good));
	other_user = 1;
	check_refused(CR_KEYFILE_OWNER, 0);
	other_user = 0;
	ck_assert_int_eq(open_key(false), CR_OK);
}
END_TEST

START_TEST(a_plain_file_alone)
{
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	check_refused(CR_KEYFILE_SHAPE, ELOOP);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	check_refused(CR_KEYFILE_SHAPE, EISDIR);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	check_refused(CR_KEYFILE_SHAPE, EISDIR);
}
END_TEST

START_TEST(a_directory_is_not_made)
{
	snprintf(path, sizeof(path), "%s/none/key", directory);
	ck_assert_int_eq(open_key(false), CR_EKEY);
	ck_assert_int_eq(fault.kind, CR_KEYFILE_MISSING);
	ck_assert_int_eq(open_key(true), CR_EKEY);
	ck_assert_int_eq(fault.kind, CR_KEYFILE_IO);
	ck_assert_int_eq(fault.error, ENOENT);
}
END_TEST

/* Whichever call fails: an error, and afterwards a whole file or none. */
START_TEST(each_failing_call_is_an_error)
{
	unsigned k = 0, failures = 0;
	bool used_up;

	do {
		int rc;

		(void)unlink(path);
		countdown = ++k;
		rc = open_key(true);
		used_up = countdown == 0;
		countdown = 0;
		ck_assert_msg(used_up == (rc != CR_OK), "call %u: %d", k, rc);
		ck_assert((key != NULL) == (rc == CR_OK));
		failures += rc != CR_OK;
		ck_assert_int_eq(open_key(true), CR_OK);
	} while (used_up && k < 1000);
	ck_assert(!used_up);
	ck_assert_uint_ge(failures, 10);
}
END_TEST

START_TEST(faults_have_texts)
{
	for (int kind = CR_KEYFILE_UNKNOWN; kind <= CR_KEYFILE_RANDOM; kind++)
		ck_assert_uint_gt(strlen(cr_keyfile_fault_text(
		    (enum cr_keyfile_fault_kind)kind)), 0);
	ck_assert_str_eq(cr_keyfile_fault_text(
	    (enum cr_keyfile_fault_kind)1000),
	    cr_keyfile_fault_text(CR_KEYFILE_UNKNOWN));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keyfile");
	TCase *tcase = tcase_create("keyfile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_key_is_made_once);
	tcase_add_test(tcase, the_secret_of_the_header);
	tcase_add_test(tcase, no_cut_and_nothing_behind);
	tcase_add_test(tcase, no_byte_can_be_another);
	tcase_add_test(tcase, nobody_else_may_read_or_write);
	tcase_add_test(tcase, it_is_slapds_own);
	tcase_add_test(tcase, a_plain_file_alone);
	tcase_add_test(tcase, a_directory_is_not_made);
	tcase_add_test(tcase, each_failing_call_is_an_error);
	tcase_add_test(tcase, faults_have_texts);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
