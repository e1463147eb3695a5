/*
 * The index when LMDB, memory or the disk fails at call k, for each k: an
 * error comes back, no answer is wrong, and the next one who opens it has a
 * whole index again.
 */
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <unistd.h>

#include "unit/index_dir.h"

/* Calls until the one that fails; 0: none does. */
static unsigned countdown;
static bool failed;

static bool
is_failing(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	failed = true;
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
WRAP(int, mdb_env_create, (MDB_env **env), (env), ENOMEM)
WRAP(int, mdb_env_open, (MDB_env *env, const char *path, unsigned flags,
    mdb_mode_t mode), (env, path, flags, mode), EACCES)
WRAP(int, mdb_env_info, (MDB_env *env, MDB_envinfo *info), (env, info), EINVAL)
WRAP(int, mdb_txn_begin, (MDB_env *env, MDB_txn *parent, unsigned flags,
    MDB_txn **txn), (env, parent, flags, txn), MDB_READERS_FULL)
WRAP(int, mdb_dbi_open, (MDB_txn *txn, const char *name, unsigned flags,
    MDB_dbi *dbi), (txn, name, flags, dbi), MDB_DBS_FULL)
WRAP(int, mdb_get, (MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v),
    (txn, dbi, k, v), MDB_CORRUPTED)
WRAP(int, mdb_put, (MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v,
    unsigned flags), (txn, dbi, k, v, flags), MDB_MAP_FULL)
WRAP(int, mdb_del, (MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v),
    (txn, dbi, k, v), MDB_PAGE_NOTFOUND)
WRAP(int, mdb_cursor_open, (MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor),
    (txn, dbi, cursor), ENOMEM)
WRAP(int, mdb_cursor_get, (MDB_cursor *cursor, MDB_val *k, MDB_val *v,
    MDB_cursor_op op), (cursor, k, v, op), MDB_PAGE_NOTFOUND)
WRAP(int, mdb_cursor_put, (MDB_cursor *cursor, MDB_val *k, MDB_val *v,
    unsigned flags), (cursor, k, v, flags), ENOSPC)
WRAP(int, mdb_cursor_del, (MDB_cursor *cursor, unsigned flags),
    (cursor, flags), EIO)
WRAP(int, mdb_env_set_mapsize, (MDB_env *env, size_t size), (env, size),
    ENOMEM)

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
	if (!is_failing())
		return __real_mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return EIO;
}

/* Of LMDB; quick, since no machine stops here. */
int __wrap_fdatasync(int fd);

int
__wrap_fdatasync(int fd)
{
	(void)fd;
	if (!is_failing())
		return 0;
	errno = EIO;
	return -1;
}

enum { LEAVES = 440, STEP = 40 };

static struct index_dir dir;
static struct cr_index_log whole_log;
static struct cr_query query;
static unsigned whole_hits;

static int
count(void *arg, const struct cr_hit *hit)
{
	(void)hit;
	++*(unsigned *)arg;
	return 0;
}

/* Check itself needs memory: what is wrong is told when nothing fails. */
static const char *wrong;

static int
ask(struct cr_index *index)
{
	struct cr_log_fault fault;
	unsigned hits = 0;
	uint64_t next;
	int rc = cr_query_run(index, &query, count, &hits, &next, &fault);

	if (rc == CR_OK && hits != whole_hits)
		wrong = "an answer that is not whole";
	return rc;
}

static int
take_step(struct cr_index *index, struct cr_bundle *bundle, uint64_t size)
{
	struct cr_log_fault fault;
	struct cr_index_log log = whole_log;

	log.size = size;
	for (uint64_t i = size - STEP; i < size; i++) {
		unsigned at = (unsigned)(i % CR_TILE_WIDTH);

		cr_index_add(index, i, bundle[i / CR_TILE_WIDTH].offsets[at] +
		    2, cr_bundle_leaf(&bundle[i / CR_TILE_WIDTH], at));
	}
	return cr_index_commit(index, &log, &fault);
}

/* Opens, adds, merges, asks. */
static int
work(struct cr_bundle *bundles)
{
	const struct cr_index_log empty = { .size = 0 };
	struct cr_log_fault fault;
	struct cr_index *index = NULL;
	int rc = cr_index_open(dir.path, &empty, &index, &fault);

	if (rc != CR_OK) {
		if (index != NULL)
			wrong = "an index and an error";
		return rc;
	}
	for (uint64_t size = STEP; size <= LEAVES; size += STEP) {
		int step = take_step(index, bundles, size);

		if (rc == CR_OK)
			rc = step;
	}
	/* what failed before has been made up for by the last step */
	if (failed && cr_index_behind(index) > 0 && rc == CR_OK)
		wrong = "behind without an error";
	if (ask(index) != CR_OK && rc == CR_OK)
		rc = CR_ELOG;
	cr_index_close(&index);
	return rc;
}

static void
remove_index(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/index/data.mdb", dir.path);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/index/lock.mdb", dir.path);
	(void)unlink(path);
}

START_TEST(no_failing_call_makes_an_answer_wrong)
{
	struct cr_bundle bundles[2] = { 0 };
	struct cr_log_fault fault;
	unsigned errors = 0;
	unsigned k = 0;
	uint64_t next;
	int fd;

	index_dir_make(&dir);
	index_dir_append(&dir, LEAVES);
	index_dir_commit(&dir);
	whole_log = dir.log;
	fd = open(dir.path, O_RDONLY);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(cr_bundle_read(fd, i, LEAVES, &bundles[i],
		    &fault), CR_OK);
	close(fd);
	cr_query_init(&query);
	query.reader = CR_SLICE_LITERAL("uid=aino,ou=handlers");
	index_dir_open(&dir);
	index_dir_catch_up(&dir);
	ck_assert_int_eq(cr_query_run(dir.index, &query, count, &whole_hits,
	    &next, &fault), CR_OK);
	cr_index_close(&dir.index);
	ck_assert_uint_gt(whole_hits, 50);
	do {
		remove_index();
		failed = false;
		k++;
		countdown = k;
		errors += work(bundles) != CR_OK;
		countdown = 0;
		ck_assert_msg(wrong == NULL, "call %u: %s", k, wrong);
		index_dir_open(&dir);
		index_dir_catch_up(&dir);
		ck_assert_int_eq(ask(dir.index), CR_OK);
		ck_assert_msg(wrong == NULL, "after call %u: %s", k, wrong);
		cr_index_close(&dir.index);
	} while (failed);
	/* some failures are made up for without an error */
	ck_assert_uint_gt(errors, 100);
	for (unsigned i = 0; i < 2; i++)
		cr_bundle_clear(&bundles[i]);
	index_dir_remove(&dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("index_faults");
	TCase *tcase = tcase_create("index_faults");

	tcase_set_timeout(tcase, 240);
	tcase_add_test(tcase, no_failing_call_makes_an_answer_wrong);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
