/* How large a database is, and its copy without freed pages. */
#include "store_impl.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { FREE_DBI = 0, METAS = 2, LOOK_MS = 200, SPARE = 1 << 20 };

/* Pages that were freed, and those that list them. */
static int
count_free(MDB_env *env, uint64_t *ret_pages)
{
	MDB_cursor *cursor = NULL;
	MDB_txn *txn = NULL;
	MDB_val key, data;
	MDB_stat stat;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = mdb_stat(txn, FREE_DBI, &stat);
	if (rc == 0)
		rc = mdb_cursor_open(txn, FREE_DBI, &cursor);
	*ret_pages = stat.ms_branch_pages + stat.ms_leaf_pages +
	    stat.ms_overflow_pages;
	while (rc == 0 && (rc = mdb_cursor_get(cursor, &key, &data,
	    MDB_NEXT)) == 0) {
		size_t count;

		memcpy(&count, data.mv_data, sizeof(count));
		*ret_pages += count;
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
measure(MDB_env *env, struct cr_store_size *ret_size)
{
	MDB_envinfo info;
	MDB_stat stat;
	uint64_t unused = 0, pages;
	int rc = mdb_env_info(env, &info);

	if (rc == 0)
		rc = mdb_env_stat(env, &stat);
	if (rc == 0)
		rc = count_free(env, &unused);
	if (rc != 0)
		return rc;
	pages = (uint64_t)info.me_last_pgno + 1;
	ret_size->after = (pages > unused + METAS ? pages - unused : METAS) *
	    stat.ms_psize;
	return 0;
}

int
cr_store_measure(struct cr_store *store, struct cr_store_size *ret_size,
    struct cr_store_fault *ret_fault)
{
	struct statvfs disk;
	MDB_env *env = NULL;
	int rc;

	*ret_size = (struct cr_store_size){ .before =
		(uint64_t)store->data.st_size };
	if (fstatvfs(store->dirfd, &disk) != 0)
		return cr_store_fail(ret_fault, CR_STORE_IO, errno);
	ret_size->room = (uint64_t)disk.f_frsize *
	    (geteuid() == 0 ? disk.f_bfree : disk.f_bavail);
	rc = cr_store_env(store->path, 0, &env, ret_fault);
	if (rc != CR_OK)
		return rc;
	rc = measure(env, ret_size);
	mdb_env_close(env);
	if (rc != 0)
		return cr_store_fail_lmdb(ret_fault, rc);
	return ret_size->room >= ret_size->after + SPARE ? CR_OK :
	    cr_store_fail(ret_fault, CR_STORE_ROOM, 0);
}

/* Says how long the file is while LMDB writes it. */
struct watch {
	const struct cr_store_progress *progress;
	uint64_t of;
	int fd;
	atomic_bool over;
};

static void *
watch(void *arg)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };
	struct watch *watch = arg;
	struct stat st;

	while (!atomic_load(&watch->over)) {
		if (fstat(watch->fd, &st) == 0)
			watch->progress->tell(watch->progress->arg, "copying",
			    (uint64_t)st.st_size, watch->of);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

int
cr_store_copy(struct cr_store *store, int fd,
    const struct cr_store_progress *progress, struct cr_store_fault *fault)
{
	struct watch of = { .progress = progress, .fd = fd };
	struct cr_store_size size = { 0 };
	MDB_env *env = NULL;
	pthread_t thread;
	bool watched = false;
	int rc = cr_store_env(store->path, 0, &env, fault);

	if (rc != CR_OK)
		return rc;
	rc = progress != NULL ? measure(env, &size) : 0;
	of.of = size.after;
	if (rc == 0 && progress != NULL)
		watched = pthread_create(&thread, NULL, watch, &of) == 0;
	if (rc == 0)
		rc = mdb_env_copyfd2(env, fd, MDB_CP_COMPACT);
	if (watched) {
		atomic_store(&of.over, true);
		pthread_join(thread, NULL);
	}
	mdb_env_close(env);
	/* pages that belong to nothing, which a copy would lose */
	if (rc == MDB_INCOMPATIBLE)
		return cr_store_fail(fault, CR_STORE_PAGES, rc);
	return rc == 0 ? CR_OK : cr_store_fail_lmdb(fault, rc);
}
