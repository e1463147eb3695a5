/*
 * What the verification finds: every bit that is another and every cut, in a
 * small log; and what somebody would do who wants to hide a record.
 */
#include "unit/log_dir.h"
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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
verify_since(struct cr_slice since)
{
	const struct cr_verify_options options = { .key = dir.key,
		.since = since, .threads = 2 };

	memset(&fault, 0, sizeof(fault));
	return cr_verify(dir.path, &options, &report, &fault);
}

static int
verify(void)
{
	return verify_since((struct cr_slice){ NULL, 0 });
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

static const char *
inside(const char *path)
{
	return path + strlen(dir.path) + 1;
}

/* The record that a byte of this bundle belongs to. */
static uint64_t
record_at(const char *bytes, size_t len, size_t offset, uint64_t first)
{
	size_t at = 0;

	while (at < len) {
		const size_t leaf = (size_t)(unsigned char)bytes[at] << 8 |
		    (unsigned char)bytes[at + 1];

		at += 2 + leaf;
		if (offset < at)
			return first;
		first++;
	}
	return first;
}

/* A full file, or the partial one of this size of the log? */
static bool
is_current(const char *path, uint64_t size)
{
	const char *partial = strstr(path, ".p/");
	const char *tile = strstr(path, "/tile/");

	if (partial == NULL)
		return true;
	if (tile[6] != 'e')
		size >>= 8 * (tile[6] - '0');
	return (uint64_t)atoi(partial + 3) == size % 256;
}

static uint64_t
first_of(const char *path)
{
	const char *number = strrchr(path, '/') + 1;
	const char *partial = strstr(path, ".p/");

	if (partial != NULL)
		number = partial - 3;
	return (uint64_t)atoi(number) * 256;
}

/* The place that is named is the one that was changed. */
static void
expect_named(const char *path, const char *bytes, size_t len, size_t offset,
    uint64_t size)
{
	const char *name = inside(path);

	ck_assert_int_eq(verify(), CR_EVERIFY);
	ck_assert_int_ne(fault.kind, CR_FAULT_UNKNOWN);
	if (strcmp(name, "checkpoint") == 0)
		return;		/* it may say it is of any size */
	if (!is_current(path, size)) {
		ck_assert_int_eq(fault.kind, CR_FAULT_LEFTOVER);
		ck_assert_str_eq(fault.path, name);
	} else if (strncmp(name, "tile/entries/", 13) == 0) {
		ck_assert_uint_eq(fault.index, record_at(bytes, len, offset,
		    first_of(path)));
		ck_assert_str_eq(fault.path, name);
	} else if (strncmp(name, "tile/0/", 7) == 0) {
		ck_assert_msg(fault.index == first_of(path) + offset / 32,
		    "%s: %s: %s (record %llu)", name, fault.path,
		    cr_fault_text(fault.kind),
		    (unsigned long long)fault.index);
		ck_assert_str_eq(fault.path, name);
	} else {
		ck_assert_str_eq(fault.path, name);
	}
}

static void
damage(const char *path, uint64_t size)
{
	size_t len;
	char *bytes = log_dir_read("", path, &len);
	const size_t step = len > 2000 ? 997 : len > 300 ? 61 : 1;

	for (size_t bit = 0; bit < 8 * len; bit += step) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		log_dir_write("", path, bytes, len);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		expect_named(path, bytes, len, bit / 8, size);
	}
	for (size_t cut = 0; cut < len; cut += step) {
		log_dir_write("", path, bytes, cut);
		ck_assert_int_eq(verify(), CR_EVERIFY);
		if (strstr(path, "/entries/") != NULL &&
		    is_current(path, size))
			ck_assert_uint_eq(fault.index, record_at(bytes, len,
			    cut, first_of(path)));
	}
	bytes[len] = 'x';
	log_dir_write("", path, bytes, len + 1);
	ck_assert_msg(verify() == CR_EVERIFY, "%s", path);
	if (is_current(path, size)) {
		unlink(path);
		ck_assert_int_eq(verify(), CR_EVERIFY);
		ck_assert_int_eq(fault.kind, strstr(path, "/tile/") != NULL ?
		    CR_FAULT_MISSING : CR_FAULT_EMPTY);
	}
	log_dir_write("", path, bytes, len);
	free(bytes);
}

static const uint64_t small[] = { 4, 258, 513 };

START_TEST(every_bit_and_every_cut)
{
	const uint64_t size = small[_i];
	char **files;
	size_t count;

	log_dir_grow(&dir, size - 2);	/* leaves partial files behind */
	log_dir_grow(&dir, size);
	expect_ok(size);
	files = log_dir_files(dir.path, &count);
	ck_assert_uint_ge(count, 5);
	for (size_t i = 0; i < count; i++) {
		damage(files[i], size);
		free(files[i]);
	}
	free(files);
	expect_ok(size);
}
END_TEST

START_TEST(whole_logs)
{
	static const uint64_t sizes[] = { 0, 1, 255, 256, 257, 512, 4096,
		10000, 65536, 65537, 70000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		log_dir_grow(&dir, sizes[i]);
		expect_ok(sizes[i]);
	}
}
END_TEST

/* Bytes of one bundle, taken apart into leaves. */
static void
change_bundle(const char *path, void (*change)(struct cr_slice *leaves,
    unsigned *count))
{
	size_t len, at = 0;
	char *bytes = log_dir_read(dir.path, path, &len);
	char *out = malloc(2 * len + 64);
	struct cr_slice leaves[258];
	unsigned count = 0;

	while (at < len) {
		const size_t leaf = (size_t)(unsigned char)bytes[at] << 8 |
		    (unsigned char)bytes[at + 1];

		leaves[count++] = (struct cr_slice){ bytes + at + 2, leaf };
		at += 2 + leaf;
	}
	change(leaves, &count);
	at = 0;
	for (unsigned i = 0; i < count; i++) {
		out[at++] = (char)(leaves[i].len >> 8);
		out[at++] = (char)leaves[i].len;
		memcpy(out + at, leaves[i].ptr, leaves[i].len);
		at += leaves[i].len;
	}
	log_dir_write(dir.path, path, out, at);
	free(out);
	free(bytes);
}

static void
swap(struct cr_slice *leaves, unsigned *count)
{
	struct cr_slice kept = leaves[7];

	(void)count;
	leaves[7] = leaves[9];
	leaves[9] = kept;
}

static void
duplicate(struct cr_slice *leaves, unsigned *count)
{
	(void)count;
	leaves[20] = leaves[19];
}

static void
delete(struct cr_slice *leaves, unsigned *count)
{
	for (unsigned i = 100; i + 1 < *count; i++)
		leaves[i] = leaves[i + 1];
	(*count)--;
}

static void
insert(struct cr_slice *leaves, unsigned *count)
{
	memmove(&leaves[31], &leaves[30], (*count - 30) * sizeof(*leaves));
	leaves[30] = CR_SLICE_LITERAL("never read");
	(*count)++;
}

static void
edit(struct cr_slice *leaves, unsigned *count)
{
	(void)count;
	leaves[255] = CR_SLICE_LITERAL("somebody else");
}

START_TEST(records_that_were_changed)
{
	static const struct {
		void (*change)(struct cr_slice *leaves, unsigned *count);
		uint64_t index;
	} cases[] = { { swap, 7 }, { duplicate, 20 }, { delete, 100 },
		{ insert, 30 }, { edit, 255 } };

	log_dir_grow(&dir, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len;
		char *kept = log_dir_read(dir.path, "tile/entries/001", &len);

		change_bundle("tile/entries/001", cases[i].change);
		ck_assert_int_eq(verify(), CR_EVERIFY);
		ck_assert_uint_eq(fault.index, 256 + cases[i].index);
		ck_assert_str_eq(fault.path, "tile/entries/001");
		log_dir_write(dir.path, "tile/entries/001", kept, len);
		free(kept);
	}
	expect_ok(1000);
}
END_TEST

/* Hashes the bundle anew, so that only what is above it tells. */
static void
hash_again(const char *bundle, const char *tile)
{
	size_t len, at = 0, count = 0;
	char *bytes = log_dir_read(dir.path, bundle, &len);
	struct cr_hash hashes[256];

	while (at < len) {
		const size_t leaf = (size_t)(unsigned char)bytes[at] << 8 |
		    (unsigned char)bytes[at + 1];

		cr_leaf_hash((struct cr_slice){ bytes + at + 2, leaf },
		    &hashes[count++]);
		at += 2 + leaf;
	}
	log_dir_write(dir.path, tile, hashes, count * sizeof(hashes[0]));
	free(bytes);
}

START_TEST(records_that_were_hashed_again)
{
	log_dir_grow(&dir, 1000);
	change_bundle("tile/entries/001", swap);
	hash_again("tile/entries/001", "tile/0/001");
	expect_fault(CR_FAULT_RECORD, 256);
}
END_TEST

/* All of it done again, but for the signature. */
START_TEST(a_log_that_was_made_again)
{
	size_t len;
	char *kept, *made;
	char path[256];

	log_dir_grow(&dir, 200);
	kept = log_dir_read(dir.path, "checkpoint", &len);
	change_bundle("tile/entries/000.p/200", swap);
	hash_again("tile/entries/000.p/200", "tile/0/000.p/200");
	expect_fault(CR_FAULT_ROOT, CR_FAULT_NO_INDEX);
	/* by whoever has the key: only the kept checkpoint tells */
	cr_tree_close(&dir.tree);
	snprintf(path, sizeof(path), "%s/checkpoint", dir.path);
	{
		struct cr_checkpoint again = {
			.origin = CR_SLICE_LITERAL(LOG_DIR_ORIGIN),
			.size = 200
		};
		struct cr_hash hashes[256];
		size_t note_len, tile_len;
		char *tile = log_dir_read(dir.path, "tile/0/000.p/200",
		    &tile_len);

		memcpy(hashes, tile, tile_len);
		cr_merkle_fold(hashes, 200, &again.root);
		ck_assert_int_eq(cr_checkpoint_sign(&again, dir.key, &made,
		    &note_len), CR_OK);
		log_dir_write(dir.path, "checkpoint", made, note_len);
		free(made);
		free(tile);
	}
	expect_ok(200);
	ck_assert_int_eq(verify_since((struct cr_slice){ kept, len }),
	    CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_FORK);
	log_dir_reopen(&dir);
	log_dir_grow(&dir, 500);
	ck_assert_int_eq(verify_since((struct cr_slice){ kept, len }),
	    CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_FORK);
	free(kept);
}
END_TEST

START_TEST(kept_checkpoints)
{
	static const uint64_t sizes[] = { 0, 1, 100, 256, 300, 1000, 5000 };
	enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
	struct cr_slice kept[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		log_dir_grow(&dir, sizes[i]);
		kept[i].ptr = log_dir_read(dir.path, "checkpoint",
		    &kept[i].len);
		for (size_t j = 0; j <= i; j++) {
			ck_assert_int_eq(verify_since(kept[j]), CR_OK);
			ck_assert_uint_eq(report.since_size, sizes[j]);
		}
	}
	/* back to an old copy: everything in it is right, but it is old */
	log_dir_write(dir.path, "checkpoint", kept[5].ptr, kept[5].len);
	ck_assert_int_eq(verify_since(kept[6]), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_ROLLBACK);
	ck_assert_uint_eq(fault.index, 1000);
	for (size_t i = 0; i < COUNT; i++)
		free((char *)kept[i].ptr);
}
END_TEST

START_TEST(a_kept_checkpoint_that_is_none)
{
	struct cr_key *other = NULL;
	struct cr_checkpoint checkpoint = {
		.origin = CR_SLICE_LITERAL(LOG_DIR_ORIGIN)
	};
	char *note = NULL;
	size_t len;

	ck_assert_int_eq(verify_since(CR_SLICE_LITERAL("x")), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_NOTE);
	ck_assert_str_eq(fault.path, "--since");
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL(LOG_DIR_ORIGIN),
	    &other), CR_OK);
	cr_empty_hash(&checkpoint.root);
	ck_assert_int_eq(cr_checkpoint_sign(&checkpoint, other, &note, &len),
	    CR_OK);
	ck_assert_int_eq(verify_since((struct cr_slice){ note, len }),
	    CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_UNSIGNED);
	free(note);
	cr_key_free(&other);
}
END_TEST

START_TEST(a_cut_tail)
{
	log_dir_grow(&dir, 1000);
	cr_tree_close(&dir.tree);
	{
		char path[256];

		snprintf(path, sizeof(path), "%s/tile/entries/003.p/232",
		    dir.path);
		ck_assert_int_eq(unlink(path), 0);
		expect_fault(CR_FAULT_MISSING, 768);
		snprintf(path, sizeof(path), "%s/tile/entries/002", dir.path);
		ck_assert_int_eq(unlink(path), 0);
		expect_fault(CR_FAULT_MISSING, 512);
	}
}
END_TEST

START_TEST(nothing_there)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/checkpoint", dir.path);
	unlink(path);
	expect_fault(CR_FAULT_EMPTY, CR_FAULT_NO_INDEX);
	clean();
	ck_assert_int_eq(mkdir(dir.path, 0700), 0);
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL(LOG_DIR_ORIGIN),
	    &dir.key), CR_OK);
	expect_fault(CR_FAULT_EMPTY, CR_FAULT_NO_INDEX);
	rmdir(dir.path);
	ck_assert_int_eq(verify(), CR_ELOG);
	ck_assert_int_eq(fault.error, ENOENT);
}
END_TEST

START_TEST(wrong_keys)
{
	struct cr_key *mine = dir.key, *other = NULL;

	log_dir_grow(&dir, 10);
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL(LOG_DIR_ORIGIN),
	    &other), CR_OK);
	dir.key = other;
	expect_fault(CR_FAULT_UNSIGNED, CR_FAULT_NO_INDEX);
	dir.key = mine;
	cr_key_free(&other);
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL("other"), &other),
	    CR_OK);
	dir.key = other;
	expect_fault(CR_FAULT_UNSIGNED, CR_FAULT_NO_INDEX);
	dir.key = mine;
	cr_key_free(&other);
}
END_TEST

START_TEST(files_that_do_not_belong)
{
	static const char *const names[] = { "tile/0/999", "tile/entries/001",
		"tile/entries/000.p/11", "tile/0/000~", "tile/x",
		"tile/0/000.p/0", "tile/0/000.p/07", "tile/1/000",
		"tile/entries/000" };
	int fd, lock;

	log_dir_grow(&dir, 10);
	expect_ok(10);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/tile/1", dir.path);
		mkdir(path, 0700);
		log_dir_write(dir.path, names[i], "x", 1);
		ck_assert_int_eq(verify(), CR_EVERIFY);
		ck_assert_int_eq(fault.kind, CR_FAULT_LEFTOVER);
		ck_assert_str_eq(fault.path, names[i]);
		snprintf(path, sizeof(path), "%s/%s", dir.path, names[i]);
		unlink(path);
	}
	/* a server at work is about to sign them */
	fd = open(dir.path, O_RDONLY | O_DIRECTORY);
	lock = openat(fd, "lock", O_RDWR | O_CREAT, 0600);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	log_dir_write(dir.path, "tile/0/001", "x", 1);
	expect_ok(10);
	ck_assert(report.live);
	close(lock);
	close(fd);
}
END_TEST

START_TEST(bad_prune_points)
{
	static const char *const texts[] = { "", "x\n", "1", "-1\n",
		"99999999999999999999999\n", "1001\n", "1\n2\n" };

	log_dir_grow(&dir, 1000);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		log_dir_write(dir.path, "minimum", texts[i],
		    strlen(texts[i]));
		expect_fault(CR_FAULT_MINIMUM, CR_FAULT_NO_INDEX);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_verify");
	TCase *tcase = tcase_create("verify");

	tcase_add_checked_fixture(tcase, make, clean);
	tcase_add_loop_test(tcase, every_bit_and_every_cut, 0, 3);
	tcase_add_test(tcase, whole_logs);
	tcase_add_test(tcase, records_that_were_changed);
	tcase_add_test(tcase, records_that_were_hashed_again);
	tcase_add_test(tcase, a_log_that_was_made_again);
	tcase_add_test(tcase, kept_checkpoints);
	tcase_add_test(tcase, a_kept_checkpoint_that_is_none);
	tcase_add_test(tcase, a_cut_tail);
	tcase_add_test(tcase, nothing_there);
	tcase_add_test(tcase, wrong_keys);
	tcase_add_test(tcase, files_that_do_not_belong);
	tcase_add_test(tcase, bad_prune_points);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
