/*
 * The verification of a log whose server died: what waits in the write-ahead
 * files, and what a commit that was cut off left beyond the checkpoint.
 */
#include "unit/log_dir.h"
#include "unit/suite.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/log.h"
#include "log/verify.h"

static struct log_dir dir;
static struct cr_verify_report report;
static struct cr_log_fault fault;

static void
make(void)
{
	log_dir_make(&dir);
}

static void
clean(void)
{
	log_dir_remove(&dir);
}

static int
verify(void)
{
	const struct cr_verify_options options = { .key = dir.key,
		.threads = 2 };

	memset(&fault, 0, sizeof(fault));
	return cr_verify(dir.path, &options, &report, &fault);
}

static void
expect_ok(uint64_t size)
{
	int rc = verify();

	ck_assert_msg(rc == CR_OK, "%d %s: %s (record %llu)", rc, fault.path,
	    cr_fault_text(fault.kind), (unsigned long long)fault.index);
	ck_assert_uint_eq(report.size, size);
	ck_assert_uint_eq(report.records + report.minimum / 256 * 256, size);
}

static void
expect_fault(enum cr_fault_kind kind, uint64_t index)
{
	ck_assert_int_eq(verify(), CR_EVERIFY);
	ck_assert_msg(fault.kind == kind && fault.index == index,
	    "%s: %s (record %llu), not %s (record %llu)", fault.path,
	    cr_fault_text(fault.kind), (unsigned long long)fault.index,
	    cr_fault_text(kind), (unsigned long long)index);
}

/* Appends up to a size and dies: what is durable is in wal/ only. */
static void
append_and_die(uint64_t from, uint64_t size)
{
	pid_t child;
	int status;

	cr_tree_close(&dir.tree);
	child = fork();
	if (child == 0) {
		char key[128], buffer[64];
		struct cr_log_settings settings = { .directory = dir.path,
			.key_file = key, .origin = LOG_DIR_ORIGIN,
			.integrate_ms = 1000000, .segment_size = 1 << 20 };
		struct cr_log_watch watch = { 0 };
		struct cr_log_ticket ticket = { 0 };
		struct cr_log *opened = NULL;

		snprintf(key, sizeof(key), "%s/key", dir.path);
		if (cr_key_save(dir.key, key, NULL) != CR_OK ||
		    cr_log_open(&settings, &watch, &opened, NULL) != CR_OK)
			_exit(1);
		for (uint64_t i = from; i < size; i++) {
			if (cr_log_append(opened, CR_LOG_ORDINARY,
			    log_dir_leaf(i, buffer), &ticket) != CR_OK)
				_exit(2);
		}
		_exit(cr_log_wait(opened, ticket) == CR_OK ? 0 : 3);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* A bundle of the leaves from `first` on; the bytes it has. */
static size_t
make_bundle(uint64_t first, unsigned count, char *bytes)
{
	size_t at = 0;

	for (unsigned i = 0; i < count; i++) {
		char buffer[64];
		const struct cr_slice leaf = log_dir_leaf(first + i, buffer);

		bytes[at++] = 0;
		bytes[at++] = (char)leaf.len;
		memcpy(bytes + at, leaf.ptr, leaf.len);
		at += leaf.len;
	}
	return at;
}

/* What a commit that was cut off left follows from what waits. */
START_TEST(what_a_crash_left)
{
	static const char name[] = "tile/entries/000.p/200";
	static const char tile[] = "tile/0/000.p/200";
	char *bytes = calloc(1, 20000);
	struct cr_hash hashes[200];
	char buffer[64], path[256];
	size_t len;

	log_dir_grow(&dir, 100);
	append_and_die(100, 250);
	expect_ok(100);
	ck_assert_uint_eq(report.waiting, 150);
	len = make_bundle(0, 200, bytes);
	for (size_t cut = 0; cut <= len; cut += 61) {
		log_dir_write(dir.path, name, bytes, cut);
		expect_ok(100);
	}
	log_dir_write(dir.path, name, bytes, len);
	for (uint64_t i = 0; i < 200; i++)
		cr_leaf_hash(log_dir_leaf(i, buffer), &hashes[i]);
	log_dir_write(dir.path, tile, hashes, sizeof(hashes));
	expect_ok(100);
	/* pages that did not reach the disk */
	memset(&hashes[150], 0, 50 * sizeof(hashes[0]));
	log_dir_write(dir.path, tile, hashes, sizeof(hashes));
	expect_ok(100);
	hashes[120].bytes[0] ^= 1;
	log_dir_write(dir.path, tile, hashes, sizeof(hashes));
	expect_fault(CR_FAULT_LEFTOVER, 0);
	snprintf(path, sizeof(path), "%s/%s", dir.path, tile);
	unlink(path);
	bytes[len - 1] ^= 1;
	log_dir_write(dir.path, name, bytes, len);
	expect_fault(CR_FAULT_LEFTOVER, 0);
	ck_assert_str_eq(fault.path, name);
	/* more than what waits */
	len = make_bundle(0, 251, bytes);
	snprintf(path, sizeof(path), "%s/%s", dir.path, name);
	unlink(path);
	log_dir_write(dir.path, "tile/entries/000.p/251", bytes, len);
	expect_fault(CR_FAULT_LEFTOVER, 0);
	free(bytes);
}
END_TEST

/* The server took other records in than those that were signed. */
START_TEST(waiting_records_that_do_not_follow)
{
	char path[300];
	char **files;
	size_t count, len;

	log_dir_grow(&dir, 100);
	append_and_die(100, 250);
	expect_ok(100);
	snprintf(path, sizeof(path), "%s/wal", dir.path);
	files = log_dir_files(path, &count);
	for (size_t i = 0; i < count; i++) {
		char *bytes = log_dir_read("", files[i], &len);
		char *leaf = memmem(bytes, len, "leaf 177", 8);

		if (leaf != NULL) {
			leaf[7] ^= 1;
			log_dir_write("", files[i], bytes, len);
			/* a last batch that is not whole was not durable */
			if (verify() == CR_OK)
				ck_assert_uint_lt(report.waiting, 150);
			else
				ck_assert_int_eq(fault.kind, CR_FAULT_WAL);
			leaf[7] ^= 1;
			log_dir_write("", files[i], bytes, len);
		}
		free(bytes);
		free(files[i]);
	}
	free(files);
	expect_ok(100);
	ck_assert_uint_eq(report.waiting, 150);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_verify_crash");
	TCase *tcase = tcase_create("crash");

	tcase_add_checked_fixture(tcase, make, clean);
	tcase_add_test(tcase, what_a_crash_left);
	tcase_add_test(tcase, waiting_records_that_do_not_follow);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
