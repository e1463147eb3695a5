/*
 * The compaction of a database's files: what was deleted is in none of them,
 * whatever is left is the same, and it can be killed.  STORE_KILLS=30 for more.
 */
#include "unit/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/crypto.h"
#include "store/store_impl.h"

#define MARK "Xq7-poistettu-\xc3\xa4\xc3\xb6"

enum { RECORDS = 3000, NOW = 1767323045 };

static char dir[64];

static void
setup(void)
{
	strcpy(dir, "/tmp/cr-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
each_file(void (*fn)(const char *path, void *arg), void *arg)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			fn(path, arg);
	}
	closedir(d);
}

static void
remove_file(const char *path, void *arg)
{
	(void)arg;
	unlink(path);
}

static void
teardown(void)
{
	each_file(remove_file, NULL);
	rmdir(dir);
}

static const char *
in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
count_marks(const char *path, void *arg)
{
	size_t *count = arg;
	FILE *file = fopen(path, "r");
	char *bytes = malloc(1 << 26), *at;
	size_t len;

	ck_assert_ptr_nonnull(file);
	len = fread(bytes, 1, 1 << 26, file);
	fclose(file);
	for (at = bytes; (at = memmem(at, len - (size_t)(at - bytes), MARK,
	    strlen(MARK))) != NULL; at++)
		(*count)++;
	free(bytes);
}

static size_t
marks(void)
{
	size_t count = 0;

	each_file(count_marks, &count);
	return count;
}

/* ---- a database like back-mdb's ------------------------------------------- */

static MDB_env *
open_env(void)
{
	MDB_env *env;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_set_maxdbs(env, 8), 0);
	ck_assert_int_eq(mdb_env_set_mapsize(env, 64 << 20), 0);
	ck_assert_int_eq(mdb_env_open(env, dir, MDB_NOSYNC, 0600), 0);
	return env;
}

static MDB_dbi
dbi(MDB_txn *txn, const char *name, unsigned flags)
{
	MDB_dbi handle;

	ck_assert_int_eq(mdb_dbi_open(txn, name, MDB_CREATE | flags, &handle),
	    0);
	return handle;
}

static void
put(MDB_txn *txn, MDB_dbi handle, size_t key, const char *value, size_t len)
{
	MDB_val k = { sizeof(key), &key };
	MDB_val v = { len, (void *)(uintptr_t)value };

	ck_assert_int_eq(mdb_put(txn, handle, &k, &v, 0), 0);
}

static void
drop(MDB_txn *txn, MDB_dbi handle, size_t key, const char *value, size_t len)
{
	MDB_val k = { sizeof(key), &key };
	MDB_val v = { len, (void *)(uintptr_t)value };

	ck_assert_int_eq(mdb_del(txn, handle, &k, value != NULL ? &v : NULL),
	    0);
}

static void
begin(MDB_env *env, MDB_txn **txn, MDB_dbi handles[3])
{
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, txn), 0);
	handles[0] = dbi(*txn, "id2e", MDB_INTEGERKEY);
	handles[1] = dbi(*txn, "dn2i", MDB_INTEGERKEY | MDB_DUPSORT);
	handles[2] = dbi(*txn, "mail", MDB_INTEGERKEY | MDB_DUPSORT |
		MDB_DUPFIXED | MDB_INTEGERDUP);
}

static char *
marked(size_t len)
{
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = MARK[i % strlen(MARK)];
	return text;
}

static void
fill_database(void)
{
	MDB_env *env = open_env();
	char *big = marked(20000), plain[3000];
	MDB_txn *txn;
	MDB_dbi h[3];

	memset(plain, 'p', sizeof(plain));
	begin(env, &txn, h);
	for (size_t i = 1; i <= RECORDS; i++) {
		put(txn, h[0], i, big, i % 100 == 0 ? 3900 + i : 100);
		put(txn, h[1], i % 50, plain, 8 + i % 400);
		put(txn, h[1], i % 700, big, 40 + i % 8);
		put(txn, h[2], i % 20, (const char *)&i, sizeof(i));
	}
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	/* most go, some become shorter where they are */
	begin(env, &txn, h);
	for (size_t i = 1; i <= RECORDS; i++) {
		size_t len = i % 100 == 0 ? 2500 + i / 2 : 30;

		if (i % 3 == 0 && i % 100 != 0)
			drop(txn, h[0], i, NULL, 0);
		else
			put(txn, h[0], i, plain, len < 3000 ? len : 3000);
	}
	for (size_t i = 1; i <= RECORDS; i++) {
		MDB_val k = { sizeof(size_t), &(size_t){ i % 700 } };
		MDB_val v = { 40 + i % 8, big };

		(void)mdb_del(txn, h[1], &k, &v);
	}
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	free(big);
}

/* Every record of every database, as one hash. */
static struct cr_hash
sum(void)
{
	static const char *const names[] = { "id2e", "dn2i", "mail" };
	struct cr_hash hash = { { 0 } }, both[2];
	MDB_env *env = open_env();
	MDB_cursor *cursor;
	MDB_val k, v;
	MDB_txn *txn;

	ck_assert_int_eq(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	for (size_t i = 0; i < 3; i++) {
		MDB_dbi handle;

		ck_assert_int_eq(mdb_dbi_open(txn, names[i], 0, &handle), 0);
		ck_assert_int_eq(mdb_cursor_open(txn, handle, &cursor), 0);
		while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
			both[0] = hash;
			cr_sha256((struct cr_slice){ v.mv_data, v.mv_size },
			    &both[1]);
			both[1].bytes[0] ^= *(unsigned char *)k.mv_data;
			cr_sha256((struct cr_slice){ (const char *)both,
			    sizeof(both) }, &hash);
		}
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return hash;
}

static void
expect_same(const struct cr_hash *before)
{
	struct cr_hash now = sum();

	ck_assert(cr_hash_equal(before, &now));
}

/* ---- the tests ------------------------------------------------------------ */

static struct cr_store *
open_store(void)
{
	struct cr_store_fault fault;
	struct cr_store *store = NULL;

	ck_assert_msg(cr_store_open(dir, &store, &fault) == CR_OK, "%s",
	    cr_store_fault_text(fault.kind));
	return store;
}

static void
compact(struct cr_store_result *ret_result)
{
	struct cr_store_fault fault;
	struct cr_store *store = open_store();

	ck_assert_msg(cr_store_compact(store, NOW, NULL, ret_result,
			  &fault) == CR_OK,
	    "%s %s", cr_store_fault_text(fault.kind),
	    cr_store_error_text(&fault));
	cr_store_close(&store);
}

START_TEST(nothing_is_left_and_all_is_there)
	{
		struct cr_store_result result;
		struct cr_compaction state;
		struct cr_store *store;
		struct cr_hash before;
		struct stat st;
		bool damaged;

		fill_database();
		before = sum();
		ck_assert_uint_gt(marks(), 100);
		compact(&result);
		ck_assert_uint_eq(marks(), 0);
		ck_assert(result.overwritten);
		ck_assert_uint_eq(result.databases, 3);
		ck_assert_uint_gt(result.records, RECORDS);
		ck_assert_uint_lt(result.after, result.before);
		expect_same(&before);
		store = open_store();
		cr_store_state(store, &state, &damaged);
		ck_assert(!damaged);
		ck_assert_int_eq(stat(in_dir("data.mdb"), &st), 0);
		ck_assert(cr_compaction_covers(&state, st.st_ino, NOW));
		ck_assert_int_eq(st.st_mode & 07777, 0600);
		cr_store_close(&store);
	}
END_TEST

/* Why the pages are cleaned: LMDB's own compaction leaves some. */
START_TEST(copying_alone_leaves_some)
	{
		size_t count = 0;
		MDB_env *env;

		fill_database();
		env = open_env();
		ck_assert_int_eq(mdb_env_copy2(env, dir, MDB_CP_COMPACT),
		    EEXIST);
		ck_assert_int_eq(mkdir(in_dir("copy"), 0700), 0);
		ck_assert_int_eq(mdb_env_copy2(env, in_dir("copy"),
				     MDB_CP_COMPACT),
		    0);
		mdb_env_close(env);
		count_marks(in_dir("copy/data.mdb"), &count);
		ck_assert_uint_gt(count, 0);
		unlink(in_dir("copy/data.mdb"));
		rmdir(in_dir("copy"));
	}
END_TEST

static pid_t
in_child(int (*fn)(int ready), int *ret_ready)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(fn(ends[1]));
	}
	close(ends[1]);
	*ret_ready = ends[0];
	return pid;
}

static int
hold(int ready)
{
	(void)open_env();
	return write(ready, "", 1) == 1 ? pause() : 0;
}

START_TEST(not_while_it_is_open)
	{
		struct cr_store_fault fault;
		struct cr_store *store = NULL;
		char byte;
		int ready;
		pid_t pid;

		fill_database();
		pid = in_child(hold, &ready);
		ck_assert_int_eq(read(ready, &byte, 1), 1);
		ck_assert_int_ne(cr_store_open(dir, &store, &fault), CR_OK);
		ck_assert_ptr_null(store);
		ck_assert_int_eq(fault.kind, CR_STORE_BUSY);
		ck_assert_int_eq(fault.pid, pid);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		store = open_store();
		cr_store_close(&store);
	}
END_TEST

/* Opens as slapd does, and looks for what has always been there. */
static int
wait_and_look(int ready)
{
	size_t key = 1;
	MDB_val k = { sizeof(key), &key }, v;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi handle;
	int rc;

	if (write(ready, "", 1) != 1)
		return 1;
	env = open_env();
	rc = mdb_txn_begin(env, NULL, 0, &txn);
	if (rc == 0)
		rc = mdb_dbi_open(txn, "id2e", 0, &handle);
	if (rc == 0)
		rc = mdb_get(txn, handle, &k, &v);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	return rc == 0 ? 0 : 2;
}

/* slapd starts meanwhile: it waits, and then has the new file. */
START_TEST(who_opens_it_meanwhile_waits)
	{
		struct cr_store_result result;
		struct cr_store_fault fault;
		const struct timespec moment = { 0, 50 * 1000 * 1000 };
		struct cr_store *store;
		struct cr_hash before;
		int status = -1, ready;
		char byte;
		pid_t pid;

		fill_database();
		before = sum();
		store = open_store();
		pid = in_child(wait_and_look, &ready);
		ck_assert_int_eq(read(ready, &byte, 1), 1);
		nanosleep(&moment, NULL);
		ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
		ck_assert_int_eq(cr_store_compact(store, NOW, NULL, &result,
				     &fault),
		    CR_OK);
		cr_store_close(&store);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "status %x", (unsigned)status);
		expect_same(&before);
	}
END_TEST

static int
compact_in_child(int ready)
{
	struct cr_store_result result;
	struct cr_store_fault fault;
	struct cr_store *store = NULL;

	return write(ready, "", 1) == 1 &&
		cr_store_open(dir, &store, &fault) == CR_OK &&
		cr_store_compact(store, NOW, NULL, &result, &fault) == CR_OK
	    ? 0
	    : 1;
}

START_TEST(killed_at_any_moment)
	{
		const char *text = getenv("STORE_KILLS");
		int kills = text != NULL ? atoi(text) : 30;
		struct cr_store_result result;
		struct cr_hash before;
		struct timespec from, to;
		long longest;

		fill_database();
		before = sum();
		srandom(7);
		clock_gettime(CLOCK_MONOTONIC, &from);
		compact(&result);
		clock_gettime(CLOCK_MONOTONIC, &to);
		longest = (to.tv_sec - from.tv_sec) * 1000000 +
		    (to.tv_nsec - from.tv_nsec) / 1000 + 1000;
		for (int i = 0; i < kills; i++) {
			const struct timespec moment = { 0,
				1000 * (random() % longest) };
			char byte;
			int ready;
			pid_t pid = in_child(compact_in_child, &ready);

			ck_assert_int_eq(read(ready, &byte, 1), 1);
			nanosleep(&moment, NULL);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			close(ready);
			expect_same(&before);
			if (i % 5 == 4) {
				compact(&result);
				ck_assert_int_ne(access(in_dir(CR_STORE_NEW),
						     F_OK),
				    0);
				ck_assert_int_ne(access(in_dir(CR_STORE_OLD),
						     F_OK),
				    0);
				ck_assert_uint_eq(marks(), 0);
			}
		}
	}
END_TEST

/* Between the two names and the swap, and after it: what a kill leaves. */
START_TEST(leftovers_are_cleared)
	{
		struct cr_store *store;
		struct cr_hash before;
		char path[128];
		int fd;

		fill_database();
		before = sum();
		snprintf(path, sizeof(path), "%s/" CR_STORE_OLD, dir);
		/* the same file twice: it stays */
		ck_assert_int_eq(link(in_dir("data.mdb"), path), 0);
		store = open_store();
		cr_store_close(&store);
		expect_same(&before);
		/* half a copy, and the old file: they go */
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		ck_assert_int_eq(write(fd, MARK, strlen(MARK)),
		    (ssize_t)strlen(MARK));
		close(fd);
		fd = open(in_dir(CR_STORE_NEW), O_WRONLY | O_CREAT, 0600);
		close(fd);
		store = open_store();
		cr_store_close(&store);
		ck_assert(access(path, F_OK) != 0 &&
		    access(in_dir(CR_STORE_NEW), F_OK) != 0);
		expect_same(&before);
	}
END_TEST

static void
expect_fault(enum cr_store_fault_kind kind)
{
	struct cr_store_fault fault;
	struct cr_store *store = NULL;

	ck_assert_int_ne(cr_store_open(dir, &store, &fault), CR_OK);
	ck_assert_ptr_null(store);
	ck_assert_int_eq(fault.kind, kind);
}

START_TEST(what_is_no_database)
	{
		struct cr_store_result result;
		struct cr_store_fault fault;
		struct cr_store *store;
		char other[128];
		int fd;

		expect_fault(CR_STORE_MISSING);
		ck_assert_int_eq(symlink("/dev/null", in_dir("data.mdb")), 0);
		expect_fault(CR_STORE_SHAPE);
		unlink(in_dir("data.mdb"));
		fd = open(in_dir("data.mdb"), O_WRONLY | O_CREAT, 0600);
		ck_assert_int_eq(write(fd, MARK MARK MARK, 30), 30);
		close(fd);
		store = open_store();
		ck_assert_int_ne(cr_store_compact(store, NOW, NULL, &result,
				     &fault),
		    CR_OK);
		ck_assert_uint_eq(result.after, 0);
		cr_store_close(&store);
		ck_assert_int_ne(access(in_dir(CR_STORE_NEW), F_OK), 0);
		unlink(in_dir("data.mdb"));
		fill_database();
		snprintf(other, sizeof(other), "%s/backup", dir);
		ck_assert_int_eq(link(in_dir("data.mdb"), other), 0);
		expect_fault(CR_STORE_LINKED);
	}
END_TEST

/* Damage is found or does not matter; it never leads out of the file. */
START_TEST(damaged_pages)
	{
		struct cr_store_fault fault;
		struct cr_store *store;
		unsigned refused = 0;
		int fd;

		fill_database();
		store = open_store();
		srandom(11);
		for (int i = 0; i < 150; i++) {
			fd = open(in_dir(CR_STORE_NEW), O_RDWR | O_CREAT |
				O_TRUNC, 0600);
			ck_assert_int_eq(cr_store_copy(store, fd, NULL,
					     &fault),
			    CR_OK);
			for (int n = 0; n < 20; n++) {
				off_t end = lseek(fd, 0, SEEK_END);
				off_t at = random() % (end / 4096) * 4096 +
				    random() % 24;
				unsigned char byte = (unsigned char)random();

				ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
			}
			if (cr_store_clean(fd, &fault) != CR_OK) {
				ck_assert_int_eq(fault.kind, CR_STORE_PAGES);
				refused++;
			}
			close(fd);
		}
		cr_store_close(&store);
		ck_assert_uint_gt(refused, 100);
	}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, nothing_is_left_and_all_is_there);
	tcase_add_test(tc, copying_alone_leaves_some);
	tcase_add_test(tc, not_while_it_is_open);
	tcase_add_test(tc, who_opens_it_meanwhile_waits);
	tcase_add_test(tc, killed_at_any_moment);
	tcase_add_test(tc, leftovers_are_cleared);
	tcase_add_test(tc, what_is_no_database);
	tcase_add_test(tc, damaged_pages);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
