/*
 * When the disk, memory or the key is not there: call k fails, for each k
 * until the work is done without a failure.  What was appended is not lost:
 * tried again it is written; and a log that is given up in the middle opens
 * again with the old checkpoint or the new one, never with anything else.
 */
#include "unit/log_dir.h"
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "log/file.h"
#include "log/lock.h"
#include "log/proof.h"
#include "log/prune.h"
#include "log/reopen.h"
#include "log/verify.h"

/* Calls until the one that fails; 0: none does. */
static unsigned countdown;
static bool has_failed;

static bool
is_failing(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	errno = ENOSPC;
	has_failed = true;
	return true;
}

#define WRAP(type, name, params, args, failure) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		return is_failing() ? (failure) : __real_##name args; \
	}

WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(void *, realloc, (void *old, size_t size), (old, size), NULL)
WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at),
    (fd, bytes, len, at), -1)
WRAP(ssize_t, pread, (int fd, void *bytes, size_t len, off_t at),
    (fd, bytes, len, at), -1)
WRAP(int, fdatasync, (int fd), (fd), -1)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, renameat, (int from_dir, const char *from, int to_dir,
    const char *to), (from_dir, from, to_dir, to), -1)
WRAP(int, mkdirat, (int dirfd, const char *path, mode_t mode),
    (dirfd, path, mode), -1)
WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, (void), (), NULL)
WRAP(int, EVP_DigestSignInit, (EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx,
    const EVP_MD *type, ENGINE *engine, EVP_PKEY *key),
    (ctx, pctx, type, engine, key), 0)
WRAP(int, EVP_DigestSign, (EVP_MD_CTX *ctx, unsigned char *out, size_t *len,
    const unsigned char *in, size_t in_len), (ctx, out, len, in, in_len), 0)
WRAP(int, EVP_DigestVerifyInit, (EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx,
    const EVP_MD *type, ENGINE *engine, EVP_PKEY *key),
    (ctx, pctx, type, engine, key), 0)
WRAP(int, EVP_DigestVerify, (EVP_MD_CTX *ctx, const unsigned char *sig,
    size_t len, const unsigned char *in, size_t in_len),
    (ctx, sig, len, in, in_len), 0)
WRAP(EVP_PKEY *, EVP_PKEY_new_raw_private_key, (int type, ENGINE *engine,
    const unsigned char *bytes, size_t len), (type, engine, bytes, len), NULL)
WRAP(EVP_PKEY *, EVP_PKEY_new_raw_public_key, (int type, ENGINE *engine,
    const unsigned char *bytes, size_t len), (type, engine, bytes, len), NULL)
WRAP(int, EVP_PKEY_get_raw_public_key, (const EVP_PKEY *key,
    unsigned char *bytes, size_t *len), (key, bytes, len), 0)
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

static struct log_dir dir;
static struct cr_log_fault fault;

enum { BEFORE = 255, AFTER = 258 };

static int
append_to(uint64_t size)
{
	char buffer[64];
	int rc = CR_OK;

	while (rc == CR_OK && cr_tree_size(dir.tree) < size)
		rc = cr_tree_append(dir.tree,
		    log_dir_leaf(cr_tree_size(dir.tree), buffer));
	return rc;
}

static int
append(void)
{
	return append_to(AFTER);
}

static void
expect_verified(uint64_t size)
{
	const struct cr_verify_options options = { .key = dir.key,
		.threads = 1 };
	struct cr_verify_report report;
	int rc = cr_verify(dir.path, &options, &report, &fault);

	ck_assert_msg(rc == CR_OK, "%s: %s (record %llu)", fault.path,
	    cr_fault_text(fault.kind), (unsigned long long)fault.index);
	ck_assert_uint_eq(report.size, size);
}

/* Until a run without a failure; Check has no memory of its own meanwhile. */
#define FOR_EACH_FAILURE(k) \
	for (unsigned k = 1; k == 1 || has_failed; k++)

static void
arm(unsigned k)
{
	has_failed = false;
	countdown = k;
}

static void
disarm(void)
{
	countdown = 0;
}

START_TEST(a_commit_is_tried_again)
{
	unsigned failures = 0;

	FOR_EACH_FAILURE(k) {
		int rc, commit_rc = CR_OK;

		log_dir_make(&dir);
		log_dir_grow(&dir, BEFORE);
		arm(k);
		rc = append();
		if (rc == CR_OK)
			commit_rc = cr_tree_commit(dir.tree, &fault);
		disarm();
		ck_assert(has_failed || (rc == CR_OK && commit_rc == CR_OK));
		ck_assert(rc == CR_OK || rc == CR_ENOMEM);
		ck_assert(commit_rc == CR_OK || commit_rc == CR_ELOG ||
		    commit_rc == CR_ENOMEM || fault.kind == CR_FAULT_KEY);
		failures += rc != CR_OK || commit_rc != CR_OK;
		ck_assert_int_eq(append(), CR_OK);
		ck_assert_int_eq(cr_tree_commit(dir.tree, &fault), CR_OK);
		expect_verified(AFTER);
		log_dir_reopen(&dir);
		ck_assert_uint_eq(cr_tree_size(dir.tree), AFTER);
		log_dir_remove(&dir);
	}
	ck_assert_uint_gt(failures, 20);
}
END_TEST

/* What was begun of a tile is not left behind when the next one is wider. */
START_TEST(a_wider_commit_follows)
{
	static const uint64_t sizes[] = { BEFORE, AFTER };

	for (size_t i = 0; i < 2; i++) {
		FOR_EACH_FAILURE(k) {
			log_dir_make(&dir);
			log_dir_grow(&dir, sizes[i] - 3);
			ck_assert_int_eq(append_to(sizes[i] - 1), CR_OK);
			arm(k);
			(void)!cr_tree_commit(dir.tree, &fault);
			disarm();
			ck_assert_int_eq(append_to(sizes[i]), CR_OK);
			ck_assert_int_eq(cr_tree_commit(dir.tree, &fault),
			    CR_OK);
			expect_verified(sizes[i]);
			log_dir_remove(&dir);
		}
	}
}
END_TEST

START_TEST(a_commit_is_given_up)
{
	FOR_EACH_FAILURE(k) {
		uint64_t size;

		log_dir_make(&dir);
		log_dir_grow(&dir, 100);
		log_dir_grow(&dir, BEFORE);
		arm(k);
		if (append() == CR_OK)
			(void)!cr_tree_commit(dir.tree, &fault);
		disarm();
		log_dir_reopen(&dir);
		size = cr_tree_size(dir.tree);
		ck_assert(size == BEFORE || size == AFTER);
		expect_verified(size);
		ck_assert_int_eq(append(), CR_OK);
		ck_assert_int_eq(cr_tree_commit(dir.tree, &fault), CR_OK);
		expect_verified(AFTER);
		log_dir_remove(&dir);
	}
}
END_TEST

START_TEST(opening)
{
	log_dir_make(&dir);
	log_dir_grow(&dir, AFTER);
	FOR_EACH_FAILURE(k) {
		int rc;

		cr_tree_close(&dir.tree);
		arm(k);
		rc = cr_tree_open(dir.path, dir.key, "", &dir.tree, &fault);
		disarm();
		ck_assert((rc == CR_OK) == (dir.tree != NULL));
		if (rc == CR_OK)
			ck_assert_uint_eq(cr_tree_size(dir.tree), AFTER);
	}
	log_dir_reopen(&dir);
	log_dir_remove(&dir);
}
END_TEST

/* Never "verified" when something could not be looked at. */
START_TEST(verifying)
{
	const struct cr_verify_options options = { .key = NULL,
		.threads = 1 };
	struct cr_verify_options used = options;
	struct cr_verify_report report;
	unsigned failures = 0;

	log_dir_make(&dir);
	log_dir_grow(&dir, BEFORE);
	used.since.ptr = log_dir_read(dir.path, "checkpoint",
	    &used.since.len);
	log_dir_grow(&dir, AFTER);
	used.key = dir.key;
	FOR_EACH_FAILURE(k) {
		int rc;

		arm(k);
		rc = cr_verify(dir.path, &used, &report, &fault);
		disarm();
		failures += rc != CR_OK;
		if (rc == CR_OK)
			ck_assert_uint_eq(report.records, AFTER);
	}
	ck_assert_uint_gt(failures, 20);
	free((char *)used.since.ptr);
	log_dir_remove(&dir);
}
END_TEST

START_TEST(keys_and_notes)
{
	struct cr_key *key = NULL;
	char text[CR_KEY_TEXT_SIZE], path[128];

	log_dir_make(&dir);
	ck_assert_int_eq(cr_key_signer(dir.key, text), CR_OK);
	snprintf(path, sizeof(path), "%s/key", dir.path);
	FOR_EACH_FAILURE(k) {
		int rc;

		unlink(path);
		arm(k);
		rc = cr_key_make(CR_SLICE_LITERAL("x"), &key);
		if (rc == CR_OK)
			rc = cr_key_save(key, path, &fault);
		cr_key_free(&key);
		if (rc == CR_OK)
			rc = cr_key_load(path, &key, &fault);
		disarm();
		ck_assert((rc == CR_OK) == (key != NULL));
		cr_key_free(&key);
	}
	FOR_EACH_FAILURE(k) {
		struct cr_slice opened, note = { NULL, 0 };
		enum cr_fault_kind kind;
		char *bytes = NULL;
		int rc;

		arm(k);
		rc = cr_note_sign(CR_SLICE_LITERAL("a\n"), dir.key, &bytes,
		    &note.len);
		note.ptr = bytes;
		if (rc == CR_OK)
			rc = cr_note_open(note, dir.key, &opened, &kind);
		disarm();
		ck_assert(has_failed || rc == CR_OK);
		free(bytes);
	}
	log_dir_remove(&dir);
}
END_TEST

START_TEST(pruning_and_proofs)
{
	struct cr_checkpoint checkpoint;
	enum cr_fault_kind kind;
	struct cr_slice note;
	uint64_t files;
	int fd;

	log_dir_make(&dir);
	log_dir_grow(&dir, 600);
	fd = open(dir.path, O_RDONLY | O_DIRECTORY);
	note.ptr = log_dir_read(dir.path, "checkpoint", &note.len);
	ck_assert_int_eq(cr_checkpoint_open(note, dir.key,
	    CR_SLICE_LITERAL(""), &checkpoint, &kind), CR_OK);
	FOR_EACH_FAILURE(k) {
		char *text = NULL;
		int rc;

		arm(k);
		rc = cr_proof_inclusion(fd, note, &checkpoint, 500, &text,
		    &fault);
		disarm();
		ck_assert((rc == CR_OK) == (text != NULL));
		free(text);
	}
	FOR_EACH_FAILURE(k) {
		arm(k);
		(void)!cr_prune_apply(fd, 600, 300, &files, &fault);
		disarm();
		ck_assert_int_eq(cr_prune_apply(fd, 600, 300, &files, &fault),
		    CR_OK);
		expect_verified(600);
	}
	close(fd);
	free((char *)note.ptr);
	log_dir_remove(&dir);
}
END_TEST

/* Cut off anywhere and done again, the old log is all there. */
START_TEST(setting_aside)
{
	FOR_EACH_FAILURE(k) {
		char name[CR_REOPEN_NAME_SIZE], path[256];
		struct cr_tree *tree = NULL;
		int rc;

		log_dir_make(&dir);
		log_dir_grow(&dir, 10);
		cr_tree_close(&dir.tree);
		arm(k);
		rc = cr_log_reopen(dir.path, 1700000000000, true, name,
		    &fault);
		disarm();
		snprintf(path, sizeof(path), "%s/pending-event", dir.path);
		if (cr_tree_open(dir.path, dir.key, "", &tree, &fault) ==
		    CR_OK && cr_tree_size(tree) == 0)
			ck_assert_int_eq(access(path, F_OK), 0);
		cr_tree_close(&tree);
		if (rc != CR_OK)
			ck_assert_int_eq(cr_log_reopen(dir.path,
			    1700000001000, true, name, &fault), CR_OK);
		ck_assert_int_eq(access(path, F_OK), 0);
		log_dir_remove(&dir);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tree_faults");
	TCase *tcase = tcase_create("faults");

	tcase_add_test(tcase, a_commit_is_tried_again);
	tcase_add_test(tcase, a_wider_commit_follows);
	tcase_add_test(tcase, a_commit_is_given_up);
	tcase_add_test(tcase, opening);
	tcase_add_test(tcase, verifying);
	tcase_add_test(tcase, keys_and_notes);
	tcase_add_test(tcase, pruning_and_proofs);
	tcase_add_test(tcase, setting_aside);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
