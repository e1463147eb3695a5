#include "unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/fault.h"
#include "log/leaf.h"
#include "log/log.h"
#include "log/tree.h"

enum { OLD = 600, YOUNG = 100, LATER_MS = 2000000000 };

static char directory[] = "/tmp/custreg-retain-XXXXXX";
static struct cr_log *written;
static int dirfd_of_log;

static void
append(unsigned count, int64_t time_ms)
{
	const struct cr_leaf_entry entry = { .class_code = 1 };
	const struct cr_leaf leaf = { .flags = CR_LEAF_FIRST | CR_LEAF_LAST,
	    .type = CR_LEAF_SEARCH, .scope = CR_LEAF_BASE,
	    .time_ms = time_ms, .entries = &entry, .entry_count = 1,
	    .count = 1 };
	unsigned char bytes[256];
	struct cr_log_ticket ticket;
	size_t len;

	ck_assert_int_eq(cr_leaf_encode(&leaf, bytes, sizeof(bytes), &len),
	    CR_OK);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(cr_log_append(written, CR_LOG_ORDINARY,
		    (struct cr_slice){ (const char *)bytes, len }, &ticket),
		    CR_OK);
	ck_assert_int_eq(cr_log_integrate(written, 0), CR_OK);
}

static void
start(void)
{
	const struct cr_log_settings settings = { .directory = directory,
	    .origin = "retain", .durability = CR_LOG_FLUSH };
	struct cr_log_fault fault;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(cr_log_open(&settings, NULL, &written, &fault),
	    CR_OK);
	dirfd_of_log = open(directory, O_RDONLY | O_DIRECTORY);
	append(OLD, 1000);
	append(YOUNG, LATER_MS);
}

static void
stop(void)
{
	char command[128];

	cr_log_close(&written);
	(void)close(dirfd_of_log);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
	memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
}

static bool
exists(const char *path)
{
	struct stat st;

	return fstatat(dirfd_of_log, path, &st, 0) == 0;
}

static uint64_t
minimum(void)
{
	struct cr_log_fault fault;
	uint64_t index;

	ck_assert_int_eq(cr_minimum_read(dirfd_of_log, &index, &fault), CR_OK);
	return index;
}

static uint64_t
prune(int64_t before_ms)
{
	struct cr_log_fault fault;
	uint64_t files;

	ck_assert_int_eq(cr_log_prune(written, before_ms, &files, &fault),
	    CR_OK);
	return files;
}

static uint64_t
size(void)
{
	struct cr_log_counters counters;

	ck_assert_int_eq(cr_log_integrate(written, 0), CR_OK);
	cr_log_counters(written, &counters);
	return counters.integrated;
}

START_TEST(old_records_go_and_that_is_on_record)
{
	ck_assert(exists("tile/entries/000"));
	ck_assert_uint_gt(prune(LATER_MS), 0);
	ck_assert_uint_eq(minimum(), OLD);
	ck_assert(!exists("tile/entries/000"));
	ck_assert(!exists("tile/entries/001"));
	/* 512 to 767 has some of both: whole bundles only */
	ck_assert(exists("tile/entries/002.p/188") ||
	    exists("tile/entries/002"));
	ck_assert_uint_eq(size(), OLD + YOUNG + 1);
}
END_TEST

START_TEST(nothing_old_is_nothing_to_do)
{
	ck_assert_uint_eq(prune(1000), 0);
	ck_assert_uint_eq(minimum(), 0);
	ck_assert_uint_eq(size(), OLD + YOUNG);
	ck_assert_uint_gt(prune(LATER_MS), 0);
	ck_assert_uint_eq(prune(LATER_MS), 0);
	ck_assert_uint_eq(size(), OLD + YOUNG + 1);
}
END_TEST

/* A pruned log goes on, and opens again. */
START_TEST(goes_on)
{
	const struct cr_log_settings settings = { .directory = directory,
	    .origin = "retain", .durability = CR_LOG_FLUSH };
	struct cr_log_fault fault;

	ck_assert_uint_gt(prune(LATER_MS), 0);
	append(1000, LATER_MS);
	cr_log_close(&written);
	ck_assert_int_eq(cr_log_open(&settings, NULL, &written, &fault),
	    CR_OK);
	ck_assert_uint_eq(size(), OLD + YOUNG + 1 + 1000);
	append(1, LATER_MS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("retain");
	TCase *tc = tcase_create("retain");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, old_records_go_and_that_is_on_record);
	tcase_add_test(tc, nothing_old_is_nothing_to_do);
	tcase_add_test(tc, goes_on);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
