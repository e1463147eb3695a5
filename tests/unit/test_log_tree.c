/*
 * The tree on disk: what is appended is there after it is opened again, with
 * the right root, at every size around the widths of tiles; what a crash
 * leaves behind goes away; a log that is not the signed one is not opened.
 */
#include "unit/log_dir.h"
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct log_dir dir;

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

static bool
exists(const char *path)
{
	char whole[256];
	struct stat st;

	snprintf(whole, sizeof(whole), "%s/%s", dir.path, path);
	return stat(whole, &st) == 0;
}

static void
expect_root(uint64_t size)
{
	struct cr_hash root, wanted;

	cr_tree_root(dir.tree, &root);
	log_dir_root(size, &wanted);
	ck_assert_uint_eq(cr_tree_size(dir.tree), size);
	ck_assert(cr_hash_equal(&root, &wanted));
}

/* Every leaf, found in its bundle and by its place. */
static void
expect_leaves(uint64_t size)
{
	struct cr_bundle bundle = { 0 };
	unsigned char *buffer = malloc(CR_LEAF_MAX + 2);
	int fd = open(dir.path, O_RDONLY | O_DIRECTORY);
	char text[64];

	ck_assert_int_ge(fd, 0);
	for (uint64_t i = 0; i < size; i++) {
		const struct cr_slice wanted = log_dir_leaf(i, text);
		struct cr_slice leaf;
		uint32_t offset;
		unsigned at;

		if (i % CR_TILE_WIDTH == 0)
			ck_assert_int_eq(cr_bundle_read(fd, i / CR_TILE_WIDTH,
			    size, &bundle, NULL), CR_OK);
		leaf = cr_bundle_leaf(&bundle, (unsigned)(i % CR_TILE_WIDTH));
		ck_assert(cr_slice_equal(leaf, wanted));
		offset = (uint32_t)((const unsigned char *)leaf.ptr -
		    bundle.bytes);
		ck_assert(cr_bundle_leaf_at(&bundle, offset, &leaf, &at));
		ck_assert_uint_eq(at, i % CR_TILE_WIDTH);
		ck_assert(!cr_bundle_leaf_at(&bundle, offset + 1, &leaf, &at));
		ck_assert_int_eq(cr_leaf_read(fd, i / CR_TILE_WIDTH, offset,
		    size, buffer, &leaf, NULL), CR_OK);
		ck_assert(cr_slice_equal(leaf, wanted));
	}
	cr_bundle_clear(&bundle);
	free(buffer);
	close(fd);
}

START_TEST(paths)
{
	static const struct {
		unsigned level;
		uint64_t n;
		unsigned width;
		const char *path;
	} cases[] = {
		{ 0, 0, 256, "tile/0/000" },
		{ 0, 0, 1, "tile/0/000.p/1" },
		{ 1, 999, 255, "tile/1/999.p/255" },
		{ 0, 1000, 256, "tile/0/x001/000" },
		{ CR_LEVEL_ENTRIES, 1234067, 256,
		    "tile/entries/x001/x234/067" },
		{ CR_LEVEL_ENTRIES, 1234067, 7,
		    "tile/entries/x001/x234/067.p/7" },
		{ 7, UINT64_MAX, 255, "tile/7/x018/x446/x744/x073/x709/x551/"
		    "615.p/255" }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[CR_TILE_PATH_SIZE];

		cr_tile_path(cases[i].level, cases[i].n, cases[i].width, path);
		ck_assert_str_eq(path, cases[i].path);
	}
}
END_TEST

/* The example of the standard */
START_TEST(widths)
{
	ck_assert_uint_eq(cr_tile_count(0, 70000), 274);
	ck_assert_uint_eq(cr_tile_width(0, 272, 70000), 256);
	ck_assert_uint_eq(cr_tile_width(0, 273, 70000), 112);
	ck_assert_uint_eq(cr_tile_width(0, 274, 70000), 0);
	ck_assert_uint_eq(cr_tile_width(1, 0, 70000), 256);
	ck_assert_uint_eq(cr_tile_width(1, 1, 70000), 17);
	ck_assert_uint_eq(cr_tile_width(2, 0, 70000), 1);
	ck_assert_uint_eq(cr_tile_width(3, 0, 70000), 0);
	ck_assert_uint_eq(cr_tile_width(0, 0, 256), 256);
	ck_assert_uint_eq(cr_tile_width(1, 0, 256), 1);
	ck_assert_uint_eq(cr_tile_width(CR_LEVEL_ENTRIES, 0, 255), 255);
	ck_assert_uint_eq(cr_tile_count(0, 0), 0);
}
END_TEST

START_TEST(an_empty_log)
{
	struct cr_tree *tree = NULL;
	struct cr_log_fault fault;

	ck_assert(exists("checkpoint"));
	expect_root(0);
	ck_assert_int_eq(cr_tree_commit(dir.tree, &fault), CR_OK);
	log_dir_reopen(&dir);
	expect_root(0);
	ck_assert_int_ne(cr_tree_append(dir.tree, CR_SLICE_LITERAL("")),
	    CR_OK);
	ck_assert_int_eq(cr_tree_open("/nonexistent", dir.key, "", &tree,
	    &fault), CR_ELOG);
	ck_assert_int_eq(fault.error, ENOENT);
}
END_TEST

static const uint64_t sizes[] = { 1, 2, 3, 255, 256, 257, 300, 511, 512, 513,
	1000, 5000, 65535, 65536, 65537, 65792, 66000 };

START_TEST(grown_and_opened_again)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		log_dir_grow(&dir, sizes[i]);
		expect_root(sizes[i]);
		log_dir_reopen(&dir);
		expect_root(sizes[i]);
	}
	expect_leaves(sizes[sizeof(sizes) / sizeof(sizes[0]) - 1]);
	/* what is full has no partial files beside it */
	ck_assert(!exists("tile/0/000.p"));
	ck_assert(!exists("tile/entries/255.p"));
	ck_assert(!exists("tile/1/000.p"));
	ck_assert(exists("tile/2/000.p/1"));
}
END_TEST

START_TEST(in_one_go)
{
	log_dir_grow(&dir, 70000);
	expect_root(70000);
	log_dir_reopen(&dir);
	expect_root(70000);
	ck_assert(exists("tile/0/272"));
	ck_assert(exists("tile/0/273.p/112"));
	ck_assert(exists("tile/1/000"));
	ck_assert(exists("tile/1/001.p/17"));
	ck_assert(exists("tile/2/000.p/1"));
	log_dir_grow(&dir, 70001);
	log_dir_reopen(&dir);
	expect_root(70001);
}
END_TEST

START_TEST(one_leaf_at_a_time)
{
	for (uint64_t size = 1; size <= 260; size++) {
		log_dir_grow(&dir, size);
		/* what was published stays until the full one is there */
		ck_assert(size >= 256 || exists("tile/0/000.p/1"));
	}
	ck_assert(!exists("tile/0/000.p"));
	log_dir_reopen(&dir);
	expect_root(260);
	expect_leaves(260);
}
END_TEST

START_TEST(large_leaves)
{
	char *bytes = malloc(CR_LEAF_MAX + 1);
	struct cr_bundle bundle = { 0 };
	struct cr_log_fault fault;
	unsigned char *buffer = malloc(CR_LEAF_MAX + 2);
	struct cr_slice leaf;
	uint32_t offset;
	int fd = open(dir.path, O_RDONLY | O_DIRECTORY);

	memset(bytes, 'x', CR_LEAF_MAX + 1);
	ck_assert_int_ne(cr_tree_append(dir.tree, (struct cr_slice){ bytes,
	    CR_LEAF_MAX + 1 }), CR_OK);
	for (int i = 0; i < 257; i++)
		ck_assert_int_eq(cr_tree_append(dir.tree, (struct cr_slice){
		    bytes, CR_LEAF_MAX }), CR_OK);
	ck_assert_int_eq(cr_tree_commit(dir.tree, &fault), CR_OK);
	log_dir_reopen(&dir);
	ck_assert_int_eq(cr_bundle_read(fd, 0, 257, &bundle, &fault), CR_OK);
	leaf = cr_bundle_leaf(&bundle, 255);
	ck_assert_uint_eq(leaf.len, CR_LEAF_MAX);
	offset = (uint32_t)((const unsigned char *)leaf.ptr - bundle.bytes);
	ck_assert_uint_lt(offset, 1u << 24);
	ck_assert_int_eq(cr_leaf_read(fd, 0, offset, 257, buffer, &leaf,
	    &fault), CR_OK);
	ck_assert_uint_eq(leaf.len, CR_LEAF_MAX);
	cr_bundle_clear(&bundle);
	free(buffer);
	free(bytes);
	close(fd);
}
END_TEST

START_TEST(places)
{
	int fd = open(dir.path, O_RDONLY | O_DIRECTORY);
	uint32_t offsets[300];
	unsigned char *buffer = malloc(CR_LEAF_MAX + 2);
	struct cr_log_fault fault;
	struct cr_slice leaf;
	char text[64];

	for (uint64_t i = 0; i < 300; i++) {
		ck_assert_int_eq(cr_tree_append(dir.tree,
		    log_dir_leaf(i, text)), CR_OK);
		offsets[i] = cr_tree_last_offset(dir.tree);
	}
	ck_assert_int_eq(cr_tree_commit(dir.tree, &fault), CR_OK);
	for (uint64_t i = 0; i < 300; i++) {
		ck_assert_int_eq(cr_leaf_read(fd, i / 256, offsets[i], 300,
		    buffer, &leaf, &fault), CR_OK);
		ck_assert(cr_slice_equal(leaf, log_dir_leaf(i, text)));
	}
	ck_assert_int_eq(cr_leaf_read(fd, 1, 1 << 20, 300, buffer, &leaf,
	    &fault), CR_EVERIFY);
	free(buffer);
	close(fd);
}
END_TEST

/* A reader that has an older size reads what is there by now. */
START_TEST(readers_of_an_older_size)
{
	int fd = open(dir.path, O_RDONLY | O_DIRECTORY);
	struct cr_bundle bundle = { 0 };
	struct cr_hash hashes[CR_TILE_WIDTH];
	struct cr_log_fault fault;
	unsigned width;

	log_dir_grow(&dir, 100);
	log_dir_grow(&dir, 300);
	ck_assert_int_eq(cr_bundle_read(fd, 0, 100, &bundle, &fault), CR_OK);
	ck_assert_uint_eq(bundle.count, 100);
	ck_assert_int_eq(cr_tile_read(fd, 0, 0, 100, hashes, &width, &fault),
	    CR_OK);
	ck_assert_uint_eq(width, 100);
	cr_bundle_clear(&bundle);
	close(fd);
}
END_TEST

START_TEST(what_a_crash_leaves)
{
	static const char *const beyond[] = { "tile/0/000.p/101",
		"tile/0/000", "tile/0/001.p/9", "tile/entries/000.p/200",
		"tile/entries/004", "tile/1/000.p/1", "tile/3/000.p/1" };
	char path[256];

	log_dir_grow(&dir, 50);
	log_dir_grow(&dir, 100);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir.path, beyond[i]);
		*strrchr(path, '/') = '\0';
		mkdir(path, 0700);
		snprintf(path, sizeof(path), "%s/%s", dir.path, beyond[i]);
		*strrchr(path, '/') = '\0';
		if (access(path, F_OK) != 0) {
			char up[256];

			snprintf(up, sizeof(up), "%s", path);
			*strrchr(up, '/') = '\0';
			mkdir(up, 0700);
			mkdir(path, 0700);
		}
		log_dir_write(dir.path, beyond[i], "torn", 4);
	}
	log_dir_reopen(&dir);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		ck_assert_msg(!exists(beyond[i]), "%s", beyond[i]);
	ck_assert(exists("tile/0/000.p/50"));
	ck_assert(exists("tile/entries/000.p/100"));
	log_dir_grow(&dir, 300);
	log_dir_reopen(&dir);
	expect_root(300);
}
END_TEST

static enum cr_fault_kind
open_fault(const struct cr_key *key)
{
	struct cr_log_fault fault = { 0 };
	struct cr_tree *tree = NULL;
	int rc;

	cr_tree_close(&dir.tree);
	rc = cr_tree_open(dir.path, key, "", &tree, &fault);
	cr_tree_close(&tree);
	ck_assert_int_ne(rc, CR_OK);
	return fault.kind;
}

START_TEST(other_keys_and_origins)
{
	struct cr_key *other = NULL;
	struct cr_tree *tree = NULL;
	struct cr_log_fault fault;

	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL(LOG_DIR_ORIGIN),
	    &other), CR_OK);
	ck_assert_int_eq(open_fault(other), CR_FAULT_UNSIGNED);
	cr_key_free(&other);
	ck_assert_int_eq(cr_tree_open(dir.path, dir.key, "else", &tree,
	    &fault), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_ORIGIN);
}
END_TEST

START_TEST(no_checkpoint)
{
	char path[256];

	log_dir_grow(&dir, 3);
	snprintf(path, sizeof(path), "%s/checkpoint", dir.path);
	unlink(path);
	ck_assert_int_eq(open_fault(dir.key), CR_FAULT_EMPTY);
}
END_TEST

/* The right edge: no bit of it can be another for a server that starts. */
START_TEST(a_damaged_edge)
{
	static const uint64_t at[] = { 5, 256, 300, 512 };
	char **files;
	size_t count;

	log_dir_grow(&dir, at[_i]);
	files = log_dir_files(dir.path, &count);
	for (size_t i = 0; i < count; i++) {
		size_t len;
		char *bytes = log_dir_read("", files[i], &len);

		if (strstr(files[i], at[_i] > 256 ? "/000" : "none") !=
		    NULL && strstr(files[i], "/1/000") == NULL) {
			free(bytes);
			continue;	/* not of the edge */
		}
		for (size_t bit = 0; bit < 8 * len;
		    bit += len > 1000 ? 997 : 13) {
			bytes[bit / 8] ^= (char)(1 << bit % 8);
			log_dir_write("", files[i], bytes, len);
			ck_assert_int_ne(open_fault(dir.key),
			    CR_FAULT_UNKNOWN);
			bytes[bit / 8] ^= (char)(1 << bit % 8);
		}
		for (size_t cut = 0; cut < len;
		    cut += len > 1000 ? 499 : 7) {
			log_dir_write("", files[i], bytes, cut);
			ck_assert_int_ne(open_fault(dir.key),
			    CR_FAULT_UNKNOWN);
		}
		unlink(files[i]);
		ck_assert_int_ne(open_fault(dir.key), CR_FAULT_UNKNOWN);
		log_dir_write("", files[i], bytes, len);
		free(bytes);
	}
	for (size_t i = 0; i < count; i++)
		free(files[i]);
	free(files);
	log_dir_reopen(&dir);
	expect_root(at[_i]);
}
END_TEST

START_TEST(read_only)
{
	struct cr_key *public = NULL;
	char vkey[CR_KEY_TEXT_SIZE];

	log_dir_grow(&dir, 10);
	log_dir_write(dir.path, "tile/0/000.p/11", "torn", 4);
	ck_assert_int_eq(cr_key_verifier(dir.key, vkey), CR_OK);
	ck_assert_int_eq(cr_key_parse(cr_slice_of(vkey), &public), CR_OK);
	cr_tree_close(&dir.tree);
	ck_assert_int_eq(cr_tree_open(dir.path, public, "", &dir.tree, NULL),
	    CR_OK);
	expect_root(10);
	ck_assert(exists("tile/0/000.p/11"));
	ck_assert_int_eq(cr_tree_append(dir.tree, CR_SLICE_LITERAL("x")),
	    CR_OK);
	ck_assert_int_eq(cr_tree_commit(dir.tree, NULL), CR_EVERIFY);
	cr_tree_close(&dir.tree);
	cr_key_free(&public);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_tree");
	TCase *tcase = tcase_create("tree");

	tcase_add_checked_fixture(tcase, make, clean);
	tcase_add_test(tcase, paths);
	tcase_add_test(tcase, widths);
	tcase_add_test(tcase, an_empty_log);
	tcase_add_test(tcase, grown_and_opened_again);
	tcase_add_test(tcase, in_one_go);
	tcase_add_test(tcase, one_leaf_at_a_time);
	tcase_add_test(tcase, large_leaves);
	tcase_add_test(tcase, places);
	tcase_add_test(tcase, readers_of_an_older_size);
	tcase_add_test(tcase, what_a_crash_leaves);
	tcase_add_test(tcase, other_keys_and_origins);
	tcase_add_test(tcase, no_checkpoint);
	tcase_add_loop_test(tcase, a_damaged_edge, 0, 4);
	tcase_add_test(tcase, read_only);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
