#include "store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATABASES_MAX = 1024 };

static const char *const texts[] = {
	[CR_STORE_UNKNOWN] = "an error nobody thought of",
	[CR_STORE_MISSING] = "no database: there is no data.mdb",
	[CR_STORE_BUSY] = "slapd or another process has the database open; "
	    "stop it first: a database that is in use cannot be replaced",
	[CR_STORE_SHAPE] = "data.mdb is not a plain file",
	[CR_STORE_LINKED] = "data.mdb has another name (a hard link), under "
	    "which the old pages would stay; remove that first",
	[CR_STORE_OWNER] = "data.mdb belongs to somebody else: run this as its "
	    "owner or as root",
	[CR_STORE_ROOM] = "not enough room on this disk for a copy",
	[CR_STORE_IO] = "cannot be read or written",
	[CR_STORE_LMDB] = "LMDB cannot read or copy it",
	[CR_STORE_PAGES] = "pages that are not as LMDB 0.9 makes them; nothing "
	    "was changed: use slapcat and slapadd",
	[CR_STORE_DIFFERS] = "the copy is not the same as the original; "
	    "nothing was changed"
};

const char *
cr_store_fault_text(enum cr_store_fault_kind kind)
{
	const size_t count = sizeof(texts) / sizeof(texts[0]);

	return texts[(size_t)kind < count ? kind : CR_STORE_UNKNOWN];
}

const char *
cr_store_error_text(const struct cr_store_fault *fault)
{
	return fault->error == 0 ? "" : mdb_strerror(fault->error);
}

int
cr_store_fail(struct cr_store_fault *fault, enum cr_store_fault_kind kind,
    int error)
{
	*fault = (struct cr_store_fault){ .kind = kind, .error = error };
	return CR_EINTERNAL;
}

int
cr_store_fail_lmdb(struct cr_store_fault *fault, int error)
{
	return cr_store_fail(fault, error > 0 ? error == ENOSPC ?
	    CR_STORE_ROOM : CR_STORE_IO : CR_STORE_LMDB, error);
}

int
cr_store_env(const char *path, unsigned flags, MDB_env **ret_env,
    struct cr_store_fault *fault)
{
	MDB_env *env = NULL;
	int rc = mdb_env_create(&env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(env, DATABASES_MAX);
	if (rc == 0)
		rc = mdb_env_open(env, path,
		    flags | MDB_RDONLY | MDB_NOLOCK, 0600);
	if (rc == 0) {
		*ret_env = env;
		return CR_OK;
	}
	if (env != NULL)
		mdb_env_close(env);
	return cr_store_fail_lmdb(fault, rc);
}

/*
 * liblmdb keeps a shared lock on the first byte of lock.mdb for as long as a
 * process has the environment open, and the kernel ends it with the process.
 */
static int
take_lock(struct cr_store *store, struct cr_store_fault *fault)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
		.l_len = 1 };
	struct stat st;
	int fd = openat(store->dirfd, CR_STORE_LOCK,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	store->lock = fd;
	if (fd < 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	if (fstat(fd, &st) != 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	if (st.st_size == 0 && fchown(fd, store->data.st_uid,
	    store->data.st_gid) != 0)
		return cr_store_fail(fault, CR_STORE_OWNER, errno);
	if (fcntl(fd, F_SETLK, &lock) == 0)
		return CR_OK;
	if (errno != EACCES && errno != EAGAIN)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	(void)!cr_store_fail(fault, CR_STORE_BUSY, 0);
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		fault->pid = lock.l_pid;
	return CR_EINTERNAL;
}

static int
look_at_data(struct cr_store *store, struct cr_store_fault *fault)
{
	if (fstatat(store->dirfd, CR_STORE_DATA, &store->data,
	    AT_SYMLINK_NOFOLLOW) != 0)
		return cr_store_fail(fault, errno == ENOENT ?
		    CR_STORE_MISSING : CR_STORE_IO,
		    errno == ENOENT ? 0 : errno);
	if (!S_ISREG(store->data.st_mode))
		return cr_store_fail(fault, CR_STORE_SHAPE, 0);
	if (geteuid() != 0 && geteuid() != store->data.st_uid)
		return cr_store_fail(fault, CR_STORE_OWNER, 0);
	return CR_OK;
}

static int
open_all(struct cr_store *store, struct cr_store_fault *fault)
{
	int rc;

	store->dirfd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dirfd < 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	rc = look_at_data(store, fault);
	if (rc == CR_OK)
		rc = take_lock(store, fault);
	if (rc == CR_OK)
		rc = cr_store_tidy(store, fault);
	/* again, since tidying takes a name away */
	if (rc == CR_OK)
		rc = look_at_data(store, fault);
	if (rc == CR_OK && store->data.st_nlink != 1)
		rc = cr_store_fail(fault, CR_STORE_LINKED, 0);
	return rc;
}

int
cr_store_open(const char *path, struct cr_store **ret_store,
    struct cr_store_fault *ret_fault)
{
	struct cr_store *store = calloc(1, sizeof(*store));
	int rc;

	*ret_fault = (struct cr_store_fault){ .kind = CR_STORE_UNKNOWN };
	if (store == NULL)
		return cr_store_fail(ret_fault, CR_STORE_IO, ENOMEM);
	store->dirfd = store->lock = -1;
	store->path = strdup(path);
	rc = store->path != NULL ? open_all(store, ret_fault) :
	    cr_store_fail(ret_fault, CR_STORE_IO, ENOMEM);
	if (rc == CR_OK)
		*ret_store = store;
	else
		cr_store_close(&store);
	return rc;
}

void
cr_store_close(struct cr_store **store)
{
	if (*store == NULL)
		return;
	if ((*store)->lock >= 0)
		close((*store)->lock);
	if ((*store)->dirfd >= 0)
		close((*store)->dirfd);
	free((*store)->path);
	free(*store);
	*store = NULL;
}
