/*
 * The LMDB environment of the index: opened, checked, grown, thrown away.
 */
#include "index_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/tile_hash.h"

#define READERS 512
#define LEAST_MAP ((size_t)16 << 20)

bool
cr_index_is_damage(int code)
{
	switch (code) {
	case CR_EVERIFY:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_INCOMPATIBLE:
	case MDB_KEYEXIST:	/* each key is written once, in order */
	case MDB_NOTFOUND:
	case MDB_CURSOR_FULL:
	case MDB_BAD_VALSIZE:
		return true;
	default:
		return false;
	}
}

int
cr_index_fail(int code, struct cr_log_fault *fault)
{
	if (code == ENOMEM || code == CR_ENOMEM)
		return cr_fault_set(fault, CR_FAULT_MEMORY, ENOMEM,
		    CR_FAULT_NO_INDEX, "index");
	if (cr_index_is_damage(code)) {
		(void)cr_fault_set(fault, CR_FAULT_SHAPE, 0,
		    CR_FAULT_NO_INDEX, "index");
		return CR_ELOG;
	}
	/* other codes of LMDB are about limits: of readers, of the map */
	return cr_fault_set(fault, CR_FAULT_IO, code > 0 ? code : EAGAIN,
	    CR_FAULT_NO_INDEX, "index");
}

void
cr_index_env_close(struct cr_index *index)
{
	(void)pthread_rwlock_wrlock(&index->shared->lock);
	if (index->env != NULL)
		mdb_env_close(index->env);
	index->env = NULL;
	(void)pthread_rwlock_unlock(&index->shared->lock);
}

/* A cut file would be found out by SIGBUS. */
static int
check_size(MDB_env *env)
{
	struct stat st;
	MDB_envinfo info;
	MDB_stat stat;
	int fd;
	int rc = mdb_env_info(env, &info);

	if (rc == 0)
		rc = mdb_env_stat(env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(env, &fd);
	if (rc != 0)
		return rc;
	if (fstat(fd, &st) != 0)
		return errno;
	return (uint64_t)st.st_size / stat.ms_psize > info.me_last_pgno ?
	    0 : MDB_CORRUPTED;
}

static size_t
map_size(const struct cr_index *index)
{
	size_t size = LEAST_MAP;
	char path[4096];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/data.mdb", index->path) <
	    (int)sizeof(path) && stat(path, &st) == 0) {
		while (size < (size_t)st.st_size * 2 && size < SIZE_MAX / 4)
			size *= 2;
	}
	return size;
}

static int
open_env(struct cr_index *index, MDB_env **ret_env)
{
	/* a crash may lose the last commits, never make the file unsound */
	unsigned flags = MDB_NOTLS | MDB_NOMETASYNC |
	    (index->writable ? 0 : MDB_RDONLY);
	MDB_env *env;
	int dead;
	int rc;

	if (index->writable && mkdir(index->path, 0700) != 0 &&
	    errno != EEXIST)
		return errno;
	rc = mdb_env_create(&env);
	if (rc != 0)
		return rc;
	rc = mdb_env_set_maxdbs(env, 4);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env, READERS);
	if (rc == 0)
		rc = mdb_env_set_mapsize(env, map_size(index));
	if (rc == 0)
		rc = mdb_env_open(env, index->path, flags, 0600);
	if (rc == 0)
		rc = check_size(env);
	if (rc == 0)
		rc = mdb_reader_check(env, &dead);
	if (rc != 0) {
		mdb_env_close(env);
		return rc;
	}
	*ret_env = env;
	return 0;
}

static int
open_databases(struct cr_index *index, MDB_txn *txn)
{
	unsigned flags = index->writable ? MDB_CREATE : 0;
	int rc = mdb_dbi_open(txn, "meta", flags, &index->meta);

	if (rc == 0)
		rc = mdb_dbi_open(txn, "runs", flags, &index->runs);
	if (rc == 0)
		rc = mdb_dbi_open(txn, "blocks", flags, &index->blocks);
	if (rc == 0)
		rc = mdb_dbi_open(txn, "times", flags, &index->times);
	return rc;
}

int
cr_index_get_meta(const struct cr_index *index, MDB_txn *txn,
    struct cr_index_meta *ret_meta)
{
	MDB_val k = { CR_META_KEY.len, (void *)(uintptr_t)CR_META_KEY.ptr };
	MDB_val v;
	MDB_stat stat;
	int rc = mdb_get(txn, index->meta, &k, &v);

	if (rc == 0)
		return cr_meta_parse(cr_slice_of_val(&v), ret_meta);
	if (rc != MDB_NOTFOUND)
		return rc;
	rc = mdb_stat(txn, index->runs, &stat);
	if (rc != 0)
		return rc;
	/* new: nothing is indexed, and it belongs to any log */
	memset(ret_meta, 0, sizeof(*ret_meta));
	return stat.ms_entries == 0 ? 0 : CR_EVERIFY;
}

int
cr_index_put_meta(struct cr_index *index, MDB_txn *txn,
    const struct cr_index_meta *meta)
{
	unsigned char value[CR_META_SIZE];
	MDB_val k = { CR_META_KEY.len, (void *)(uintptr_t)CR_META_KEY.ptr };
	MDB_val v = { sizeof(value), value };

	cr_meta_pack(meta, value);
	return mdb_put(txn, index->meta, &k, &v, 0);
}

int
cr_index_get_run(MDB_cursor *cursor, MDB_cursor_op op, struct cr_run *ret_run)
{
	MDB_val k;
	MDB_val v;
	int rc = mdb_cursor_get(cursor, &k, &v, op);

	return rc != 0 ? rc : cr_run_parse(cr_slice_of_val(&k),
	    cr_slice_of_val(&v), ret_run);
}

/* The runs follow each other up to what is indexed. */
static int
check_runs(struct cr_index *index, MDB_txn *txn,
    const struct cr_index_meta *meta, uint64_t minimum)
{
	uint64_t end = 0;
	struct cr_run run;
	MDB_cursor *cursor;
	bool first = true;
	int rc = mdb_cursor_open(txn, index->runs, &cursor);

	if (rc != 0)
		return rc;
	while ((rc = cr_index_get_run(cursor, first ? MDB_FIRST : MDB_NEXT,
	    &run)) == 0) {
		if (first ? run.base > minimum : run.base != end)
			break;
		first = false;
		end = run.end;
	}
	mdb_cursor_close(cursor);
	if (rc == 0)
		return CR_EVERIFY;
	if (rc != MDB_NOTFOUND)
		return rc;
	/* all were dropped, or there never was one */
	if (first)
		return meta->indexed <= minimum ? 0 : CR_EVERIFY;
	return end == meta->indexed ? 0 : CR_EVERIFY;
}

/* What the tiles say the root was. */
static int
root_at(int dirfd, uint64_t log_size, uint64_t size, struct cr_hash *ret_root)
{
	struct cr_tile_hash *reader;
	int rc = cr_tile_hash_new(dirfd, log_size, &reader);

	if (rc != CR_OK)
		return rc;
	rc = cr_merkle_root(cr_tile_hash_subtree, reader, size, ret_root);
	cr_tile_hash_free(&reader);
	return rc;
}

static int
check_log(const struct cr_index *index, const struct cr_index_meta *meta,
    const struct cr_index_log *log)
{
	struct cr_hash root = log->root;

	if (meta->bound_size == 0)
		return meta->indexed == 0 ? 0 : CR_EVERIFY;
	if (meta->bound_size > log->size)
		return CR_EVERIFY;
	if (meta->bound_size < log->size && root_at(index->dirfd, log->size,
	    meta->bound_size, &root) != CR_OK)
		return CR_EVERIFY;
	return cr_hash_equal(&root, &meta->bound_root) ? 0 : CR_EVERIFY;
}

static int
check_env(struct cr_index *index, const struct cr_index_log *log)
{
	struct cr_index_meta meta;
	MDB_txn *txn;
	int rc = mdb_txn_begin(index->env, NULL,
	    index->writable ? 0 : MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = open_databases(index, txn);
	if (rc == 0)
		rc = cr_index_get_meta(index, txn, &meta);
	if (rc == 0)
		rc = check_runs(index, txn, &meta, log->minimum);
	if (rc == 0)
		rc = check_log(index, &meta, log);
	/* the handles of the databases stay after a commit */
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	if (rc == 0) {
		atomic_store(&index->indexed, meta.indexed);
		atomic_store(&index->log_size, log->size);
		atomic_store(&index->minimum, log->minimum);
	}
	return rc;
}

int
cr_index_env_open(struct cr_index *index, const struct cr_index_log *log)
{
	MDB_env *env = NULL;
	int rc = open_env(index, &env);

	if (rc != 0)
		return rc;
	/* no reader gets in before it is known to be whole */
	(void)pthread_rwlock_wrlock(&index->shared->lock);
	index->env = env;
	rc = check_env(index, log);
	if (rc != 0) {
		mdb_env_close(env);
		index->env = NULL;
	}
	(void)pthread_rwlock_unlock(&index->shared->lock);
	return rc;
}

static int
remove_file(const struct cr_index *index, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", index->path, name) >=
	    (int)sizeof(path))
		return ENAMETOOLONG;
	return unlink(path) == 0 || errno == ENOENT ? 0 : errno;
}

int
cr_index_env_reset(struct cr_index *index, const struct cr_index_log *log)
{
	int rc;

	cr_index_env_close(index);
	rc = remove_file(index, "data.mdb");
	if (rc == 0)
		rc = remove_file(index, "lock.mdb");
	if (rc == 0)
		rc = cr_index_env_open(index, log);
	if (rc == 0) {
		atomic_store(&index->shared->damaged, false);
		atomic_fetch_add(&index->resets, 1);
	}
	return rc;
}

static int
grow(struct cr_index *index, size_t size)
{
	int rc;

	(void)pthread_rwlock_wrlock(&index->shared->lock);
	rc = mdb_env_set_mapsize(index->env, size);
	(void)pthread_rwlock_unlock(&index->shared->lock);
	return rc;
}

static int
write_once(struct cr_index *index,
    int (*work)(struct cr_index *index, MDB_txn *txn, void *arg), void *arg)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(index->env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	rc = work(index, txn, arg);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

int
cr_index_write(struct cr_index *index,
    int (*work)(struct cr_index *index, MDB_txn *txn, void *arg), void *arg)
{
	int rc;

	while ((rc = write_once(index, work, arg)) == MDB_MAP_FULL) {
		MDB_envinfo info;

		rc = mdb_env_info(index->env, &info);
		if (rc == 0 && info.me_mapsize > SIZE_MAX / 4)
			rc = ENOMEM;
		if (rc == 0)
			rc = grow(index, info.me_mapsize * 2);
		if (rc != 0)
			break;
	}
	return rc;
}

int
cr_index_read_begin(const struct cr_index *index, MDB_txn **ret_txn)
{
	pthread_rwlock_t *lock = &index->shared->lock;
	int rc;

	for (;;) {
		(void)pthread_rwlock_rdlock(lock);
		rc = index->env == NULL ? EAGAIN :
		    mdb_txn_begin(index->env, NULL, MDB_RDONLY, ret_txn);
		if (rc == 0)
			return 0;
		(void)pthread_rwlock_unlock(lock);
		if (rc != MDB_MAP_RESIZED)
			return rc;
		/* by another process, which this one only reads along with */
		(void)pthread_rwlock_wrlock(lock);
		rc = mdb_env_set_mapsize(index->env, 0);
		(void)pthread_rwlock_unlock(lock);
		if (rc != 0)
			return rc;
	}
}

void
cr_index_read_end(const struct cr_index *index, MDB_txn *txn)
{
	mdb_txn_abort(txn);
	(void)pthread_rwlock_unlock(&index->shared->lock);
}
