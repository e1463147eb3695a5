/*
 * Makes a log, or lets it grow, for the tests of the command:
 *
 *	test_log_sample DIR SIZE
 *
 * One event a second from 2023-11-14T22:13:20Z on.  Without arguments it is a
 * test of that.
 */
#include "unit/log_dir.h"
#include "unit/suite.h"

#include <stdio.h>
#include <sys/stat.h>

#include "log/leaf.h"

static const int64_t start_ms = 1700000000000;

static int
open_log(const char *path, struct log_dir *log)
{
	struct cr_log_fault fault;
	char key_path[256];

	snprintf(key_path, sizeof(key_path), "%s/key", path);
	if (mkdir(path, 0700) == 0 && (cr_key_make(
	    CR_SLICE_LITERAL(LOG_DIR_ORIGIN), &log->key) != CR_OK ||
	    cr_key_save(log->key, key_path, &fault) != CR_OK))
		return -1;
	if (log->key == NULL &&
	    cr_key_load(key_path, &log->key, &fault) != CR_OK)
		return -1;
	return cr_tree_open(path, log->key, "", &log->tree, &fault);
}

static int
grow(struct log_dir *log, uint64_t size)
{
	struct cr_log_fault fault;

	while (cr_tree_size(log->tree) < size) {
		unsigned char bytes[512];
		struct cr_leaf leaf = {
			.flags = CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT,
			.type = CR_LEAF_OCCURRENCE,
			.event = CR_SLICE_LITERAL("log-open")
		};
		size_t len;

		leaf.time_ms =
		    start_ms + 1000 * (int64_t)cr_tree_size(log->tree);
		if (cr_leaf_encode(&leaf, bytes, sizeof(bytes), &len) !=
		    CR_OK || cr_tree_append(log->tree, (struct cr_slice){
		    (const char *)bytes, len }) != CR_OK)
			return -1;
	}
	return cr_tree_commit(log->tree, &fault);
}

static int
make(const char *path, const char *size)
{
	struct log_dir log = { .key = NULL };
	int rc = open_log(path, &log);

	if (rc == CR_OK)
		rc = grow(&log, (uint64_t)atoll(size));
	cr_tree_close(&log.tree);
	cr_key_free(&log.key);
	return rc == CR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

START_TEST(a_log_is_made_and_grows)
{
	struct log_dir log;
	char path[128];

	log_dir_make(&log);
	snprintf(path, sizeof(path), "%s/log", log.path);
	ck_assert_int_eq(make(path, "10"), EXIT_SUCCESS);
	ck_assert_int_eq(make(path, "300"), EXIT_SUCCESS);
	ck_assert_int_eq(make("/nonexistent/log", "10"), EXIT_FAILURE);
	log_dir_remove(&log);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite;
	TCase *tcase;

	if (argc == 3)
		return make(argv[1], argv[2]);
	suite = suite_create("log_sample");
	tcase = tcase_create("sample");
	tcase_add_test(tcase, a_log_is_made_and_grows);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
