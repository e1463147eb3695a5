/*
 * Proofs of a log on disk, in text and back; pruning by the standard's rule,
 * and that what is left still proves everything; a damaged log set aside.
 */
#include "unit/log_dir.h"
#include "unit/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/file.h"
#include "log/leaf.h"
#include "log/lock.h"
#include "log/proof.h"
#include "log/prune.h"
#include "log/reopen.h"
#include "log/verify.h"

static struct log_dir dir;
static int fd;
static struct cr_log_fault fault;

static void
make(void)
{
	log_dir_make(&dir);
	fd = open(dir.path, O_RDONLY | O_DIRECTORY);
}

static void
clean(void)
{
	close(fd);
	log_dir_remove(&dir);
}

static struct cr_slice
read_note(struct cr_checkpoint *ret)
{
	struct cr_slice note;
	enum cr_fault_kind kind;

	note.ptr = log_dir_read(dir.path, "checkpoint", &note.len);
	ck_assert_int_eq(cr_checkpoint_open(note, dir.key,
	    CR_SLICE_LITERAL(""), ret, &kind), CR_OK);
	return note;
}

START_TEST(inclusion)
{
	struct cr_checkpoint checkpoint;
	struct cr_slice note;

	log_dir_grow(&dir, 70000);
	note = read_note(&checkpoint);
	for (uint64_t index = 0; index < 70000; index += 997) {
		struct cr_proof_text proof;
		struct cr_hash leaf_hash;
		char buffer[64], *text = NULL;

		ck_assert_int_eq(cr_proof_inclusion(fd, note, &checkpoint,
		    index, &text, &fault), CR_OK);
		ck_assert_int_eq(cr_proof_parse(cr_slice_of(text), &proof),
		    CR_OK);
		ck_assert(proof.is_inclusion);
		ck_assert_uint_eq(proof.index, index);
		ck_assert(cr_slice_equal(proof.note, note));
		cr_leaf_hash(log_dir_leaf(index, buffer), &leaf_hash);
		ck_assert_int_eq(cr_merkle_check_inclusion(&proof.proof,
		    index, 70000, &leaf_hash, &checkpoint.root), CR_OK);
		free(text);
	}
	{
		char *text = NULL;

		ck_assert_int_ne(cr_proof_inclusion(fd, note, &checkpoint,
		    70000, &text, &fault), CR_OK);
	}
	free((char *)note.ptr);
}
END_TEST

START_TEST(consistency)
{
	static const uint64_t sizes[] = { 0, 1, 255, 256, 257, 1000, 65536,
		66000 };
	enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
	struct cr_checkpoint checkpoints[COUNT];
	struct cr_slice notes[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		log_dir_grow(&dir, sizes[i]);
		notes[i] = read_note(&checkpoints[i]);
		for (size_t j = 0; j <= i; j++) {
			struct cr_proof_text proof;
			char *text = NULL;

			ck_assert_int_eq(cr_proof_consistency(fd,
			    notes[i], &checkpoints[i], &checkpoints[j], &text,
			    &fault), CR_OK);
			ck_assert_int_eq(cr_proof_parse(cr_slice_of(text),
			    &proof), CR_OK);
			ck_assert(!proof.is_inclusion);
			ck_assert_uint_eq(proof.index, sizes[j]);
			free(text);
			checkpoints[j].root.bytes[7] ^= 1;
			ck_assert_int_eq(cr_proof_extends(fd,
			    &checkpoints[i], &checkpoints[j], &proof.proof,
			    &fault), i == j && sizes[i] > 0 ? CR_OK :
			    CR_EVERIFY);
			checkpoints[j].root.bytes[7] ^= 1;
		}
	}
	{
		struct cr_proof proof;

		ck_assert_int_eq(cr_proof_extends(fd, &checkpoints[3],
		    &checkpoints[5], &proof, &fault), CR_EVERIFY);
		ck_assert_int_eq(fault.kind, CR_FAULT_ROLLBACK);
	}
	for (size_t i = 0; i < COUNT; i++)
		free((char *)notes[i].ptr);
}
END_TEST

START_TEST(texts_that_are_no_proofs)
{
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "c2sp.org/tlog-proof@v1\nindex 0\n\nx\n", CR_OK },
		{ "c2sp.org/tlog-proof@v1\nindex 7\n" HASH HASH "\nx\n",
		    CR_OK },
		{ "c2sp.org/tlog-proof@v1\nextra QQ==\nindex 7\n\nx\n",
		    CR_OK },
		{ "old 7\n" HASH "\nx\n", CR_OK },
		{ "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex 00\n\nx\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex \n\nx\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nold 1\n\nx\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex 1\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex 1\n\n", CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex 1\n" HASH, CR_ESYNTAX },
		{ "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n",
		    CR_ESYNTAX },
		{ "old 99999999999999999999\n\nx\n", CR_ESYNTAX },
		{ "", CR_ESYNTAX }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cr_proof_text proof;

		ck_assert_int_eq(cr_proof_parse(cr_slice_of(cases[i].text),
		    &proof), cases[i].rc);
	}
}
END_TEST

/* Real leaves, one a second from this time on. */
enum { START_MS = 1700000000 };

static void
grow_in_time(uint64_t size)
{
	while (cr_tree_size(dir.tree) < size) {
		unsigned char bytes[256];
		struct cr_leaf leaf = {
			.flags = CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT,
			.type = CR_LEAF_OCCURRENCE,
			.event = CR_SLICE_LITERAL("log-open")
		};
		size_t len;

		leaf.time_ms = START_MS +
		    1000 * (int64_t)cr_tree_size(dir.tree);
		ck_assert_int_eq(cr_leaf_encode(&leaf, bytes, sizeof(bytes),
		    &len), CR_OK);
		ck_assert_int_eq(cr_tree_append(dir.tree, (struct cr_slice){
		    (const char *)bytes, len }), CR_OK);
	}
	ck_assert_int_eq(cr_tree_commit(dir.tree, &fault), CR_OK);
}

static bool
exists(const char *path)
{
	return faccessat(fd, path, F_OK, 0) == 0;
}

static void
expect_verified(struct cr_slice since, uint64_t minimum)
{
	const struct cr_verify_options options = { .key = dir.key,
		.since = since };
	struct cr_verify_report report;
	int rc = cr_verify(dir.path, &options, &report, &fault);

	ck_assert_msg(rc == CR_OK, "%s: %s (record %llu)", fault.path,
	    cr_fault_text(fault.kind), (unsigned long long)fault.index);
	ck_assert_uint_eq(report.minimum, minimum);
}

START_TEST(pruning)
{
	struct cr_checkpoint checkpoint, kept;
	struct cr_slice note, since;
	uint64_t minimum, files;
	char *text = NULL;

	grow_in_time(66000);
	since = read_note(&kept);
	grow_in_time(140000);
	note = read_note(&checkpoint);
	ck_assert_int_eq(cr_prune_find(fd, 140000, START_MS, &minimum,
	    &fault), CR_OK);
	ck_assert_uint_eq(minimum, 0);
	ck_assert_int_eq(cr_prune_find(fd, 140000,
	    START_MS + 1000 * 65999 + 1, &minimum, &fault), CR_OK);
	ck_assert_uint_eq(minimum, 66000);
	ck_assert_int_eq(cr_prune_apply(fd, 140000, minimum, &files,
	    &fault), CR_OK);
	/* 257 bundles and tiles, and one tile of level 1 */
	ck_assert_uint_eq(files, 257 + 257 + 1);
	ck_assert(!exists("tile/0/000") && !exists("tile/entries/256"));
	ck_assert(!exists("tile/1/000"));
	ck_assert(exists("tile/0/257") && exists("tile/entries/257"));
	ck_assert(exists("tile/1/001") && exists("tile/2/000.p/2"));
	expect_verified((struct cr_slice){ NULL, 0 }, 66000);
	expect_verified(since, 66000);
	ck_assert_int_eq(cr_proof_inclusion(fd, note, &checkpoint, 66000,
	    &text, &fault), CR_OK);
	free(text);
	text = NULL;
	ck_assert_int_eq(cr_proof_consistency(fd, note, &checkpoint,
	    &kept, &text, &fault), CR_OK);
	free(text);
	ck_assert_int_eq(cr_proof_inclusion(fd, note, &checkpoint, 1,
	    &text, &fault), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_MISSING);
	/* the tree goes on, and is pruned to its end */
	log_dir_reopen(&dir);
	grow_in_time(140032);
	ck_assert_int_eq(cr_prune_find(fd, 140032, INT64_MAX, &minimum,
	    &fault), CR_OK);
	ck_assert_uint_eq(minimum, 140032);
	ck_assert_int_eq(cr_prune_apply(fd, 140032, minimum, &files,
	    &fault), CR_OK);
	expect_verified((struct cr_slice){ NULL, 0 }, 140032);
	log_dir_reopen(&dir);
	grow_in_time(140033);
	expect_verified((struct cr_slice){ NULL, 0 }, 140032);
	/* never back, never beyond */
	ck_assert_int_eq(cr_prune_apply(fd, 140033, 5, &files, &fault),
	    CR_OK);
	expect_verified((struct cr_slice){ NULL, 0 }, 140032);
	ck_assert_int_eq(cr_prune_apply(fd, 140033, 140034, &files,
	    &fault), CR_EVERIFY);
	free((char *)note.ptr);
	free((char *)since.ptr);
}
END_TEST

/* What was kept before the prune point cannot be told any more. */
START_TEST(a_kept_checkpoint_before_the_prune_point)
{
	struct cr_checkpoint kept;
	struct cr_verify_report report;
	struct cr_verify_options options = { .key = dir.key };
	uint64_t files;

	grow_in_time(1000);
	options.since = read_note(&kept);
	grow_in_time(5000);
	ck_assert_int_eq(cr_prune_apply(fd, 5000, 4000, &files, &fault),
	    CR_OK);
	ck_assert_int_eq(cr_verify(dir.path, &options, &report, &fault),
	    CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_MINIMUM);
	free((char *)options.since.ptr);
}
END_TEST

START_TEST(the_event_of_a_pruning)
{
	struct cr_leaf_space space = { 0 };
	unsigned char bytes[CR_EVENT_LEAF_SIZE];
	struct cr_leaf leaf;
	size_t len;

	ck_assert_int_eq(cr_prune_leaf(UINT64_MAX, 1234, bytes, &len), CR_OK);
	ck_assert_int_eq(cr_leaf_decode((struct cr_slice){
	    (const char *)bytes, len }, &space, &leaf), CR_OK);
	ck_assert(cr_slice_equal(leaf.detail,
	    CR_SLICE_LITERAL("before 18446744073709551615")));
	ck_assert_int_eq(cr_pending_event(fd, (struct cr_slice){
	    (const char *)bytes, len }, &fault), CR_OK);
	ck_assert_int_eq(cr_pending_event(fd, (struct cr_slice){
	    (const char *)bytes, len }, &fault), CR_ELOG);
	ck_assert_int_eq(fault.kind, CR_FAULT_BUSY);
	cr_leaf_space_clear(&space);
}
END_TEST

START_TEST(set_aside)
{
	struct cr_leaf_space space = { 0 };
	struct cr_checkpoint old;
	struct cr_slice note;
	char name[CR_REOPEN_NAME_SIZE], root[64], path[128], detail[128];
	struct cr_leaf leaf;
	char *bytes;
	size_t len;
	int lock;

	log_dir_grow(&dir, 300);
	note = read_note(&old);
	log_dir_write(dir.path, "key", "k", 1);
	log_dir_write(dir.path, "tile/entries/000", "x", 1);
	cr_tree_close(&dir.tree);
	ck_assert_int_eq(cr_lock_take(fd, &lock, &fault), CR_OK);
	ck_assert_int_eq(cr_log_reopen(dir.path, 1700000000000, false, name,
	    &fault), CR_ELOG);
	ck_assert_int_eq(fault.kind, CR_FAULT_BUSY);
	close(lock);
	ck_assert_int_eq(cr_log_reopen(dir.path, 1700000000000, false, name,
	    &fault), CR_OK);
	ck_assert_str_eq(name, "broken-20231114T221320Z");
	snprintf(path, sizeof(path), "%s/tile/entries/001.p/44", name);
	ck_assert(exists(path));
	snprintf(path, sizeof(path), "%s/checkpoint", name);
	ck_assert(exists(path));
	snprintf(path, sizeof(path), "%s/key", name);
	ck_assert(exists(path));
	ck_assert(!exists("checkpoint") && !exists("tile") && !exists("key"));
	bytes = log_dir_read(dir.path, "pending-event", &len);
	ck_assert_int_eq(cr_leaf_decode((struct cr_slice){ bytes, len },
	    &space, &leaf), CR_OK);
	cr_base64_encode(old.root.bytes, CR_HASH_SIZE, root);
	snprintf(detail, sizeof(detail), "size=300 root=%s", root);
	ck_assert(cr_slice_equal(leaf.detail, cr_slice_of(detail)));
	/* the same moment again is refused; nothing is lost */
	ck_assert_int_eq(cr_log_reopen(dir.path, 1700000000000, true, name,
	    &fault), CR_ELOG);
	ck_assert(exists("pending-event"));
	log_dir_reopen(&dir);
	ck_assert_uint_eq(cr_tree_size(dir.tree), 0);
	free(bytes);
	free((char *)note.ptr);
	cr_leaf_space_clear(&space);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_proof");
	TCase *tcase = tcase_create("proof");

	tcase_add_checked_fixture(tcase, make, clean);
	tcase_add_test(tcase, inclusion);
	tcase_add_test(tcase, consistency);
	tcase_add_test(tcase, texts_that_are_no_proofs);
	tcase_add_test(tcase, pruning);
	tcase_add_test(tcase, a_kept_checkpoint_before_the_prune_point);
	tcase_add_test(tcase, the_event_of_a_pruning);
	tcase_add_test(tcase, set_aside);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
