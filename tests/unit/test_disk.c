#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/disk.h"

static char directory[64];
static char path[128];
static int dirfd;

static void
setup(void)
{
	snprintf(directory, sizeof(directory), "/tmp/custreg-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/file", directory);
	dirfd = open(directory, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dirfd, 0);
}

static void
teardown(void)
{
	static const char *const names[] = { "file", "file.new", "link" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlinkat(dirfd, names[i], 0);
	ck_assert_int_eq(unlinkat(dirfd, "sub", AT_REMOVEDIR) == 0 ||
	    errno == ENOENT, 1);
	ck_assert_int_eq(close(dirfd), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void
check_content(const char *name, const char *text)
{
	struct cr_file file = { 0 };

	ck_assert_int_eq(cr_disk_read(dirfd, name, 64, &file), 0);
	ck_assert_uint_eq(file.len, strlen(text));
	ck_assert_str_eq(file.bytes, text);
	ck_assert_uint_eq(file.mode & 07777, 0600);
	ck_assert_uint_eq(file.owner, geteuid());
	cr_file_clear(&file);
	ck_assert_ptr_null(file.bytes);
}

static void
check_unread(const char *name, size_t max, int error)
{
	struct cr_file file = { 0 };

	ck_assert_int_eq(cr_disk_read(dirfd, name, max, &file), error);
	ck_assert_ptr_null(file.bytes);
}

START_TEST(a_file_is_made_once)
{
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("one")), 0);
	check_content("file", "one");
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("two")), EEXIST);
	check_content("file", "one");
	ck_assert_int_ne(faccessat(dirfd, "file.new", F_OK, 0), 0);
}
END_TEST

/* What a crash left beside, with whatever mode, does not come into force. */
START_TEST(what_lies_beside_is_not_taken)
{
	int fd = openat(dirfd, "file.new", O_CREAT | O_WRONLY, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(cr_disk_write_all(fd, "left over", 9), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("new")), 0);
	check_content("file", "new");
}
END_TEST

START_TEST(no_directory_no_file)
{
	snprintf(path, sizeof(path), "%s/none/file", directory);
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("x")), ENOENT);
	check_unread("none", 64, ENOENT);
}
END_TEST

START_TEST(links_are_not_followed)
{
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("x")), 0);
	ck_assert_int_eq(symlinkat("file", dirfd, "link"), 0);
	check_unread("link", 64, ELOOP);
	snprintf(path, sizeof(path), "%s/link", directory);
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("y")), EEXIST);
	check_content("file", "x");
}
END_TEST

START_TEST(only_a_file_of_its_size)
{
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("12345678")), 0);
	check_unread("file", 7, EISDIR);
	check_content("file", "12345678");
	ck_assert_int_eq(mkdirat(dirfd, "sub", 0700), 0);
	check_unread("sub", 64, EISDIR);
}
END_TEST

START_TEST(a_file_is_replaced)
{
	char name[NAME_MAX + 1];

	ck_assert_int_eq(cr_disk_replace(dirfd, "file",
	    CR_SLICE_LITERAL("longer")), 0);
	check_content("file", "longer");
	ck_assert_int_eq(cr_disk_replace(dirfd, "file",
	    CR_SLICE_LITERAL("new")), 0);
	check_content("file", "new");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(cr_disk_replace(dirfd, name, CR_SLICE_LITERAL("x")),
	    ENAMETOOLONG);
}
END_TEST

START_TEST(a_directory_is_synced)
{
	ck_assert_int_eq(cr_disk_sync(dirfd, ""), 0);
	ck_assert_int_eq(cr_disk_sync(dirfd, "none"), ENOENT);
	ck_assert_int_eq(cr_disk_make(path, CR_SLICE_LITERAL("x")), 0);
	ck_assert_int_eq(cr_disk_sync(dirfd, "file"), ENOTDIR);
	ck_assert_int_eq(cr_disk_sync_parent(path), 0);
	ck_assert_int_eq(cr_disk_sync_parent("file"), 0);
	ck_assert_int_eq(cr_disk_sync_parent("/file"), 0);
	ck_assert_int_eq(cr_disk_sync_parent("/none/file"), ENOENT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("disk");
	TCase *tcase = tcase_create("disk");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_file_is_made_once);
	tcase_add_test(tcase, what_lies_beside_is_not_taken);
	tcase_add_test(tcase, no_directory_no_file);
	tcase_add_test(tcase, links_are_not_followed);
	tcase_add_test(tcase, only_a_file_of_its_size);
	tcase_add_test(tcase, a_file_is_replaced);
	tcase_add_test(tcase, a_directory_is_synced);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
