/* The copy takes the place of data.mdb, and what that was is overwritten. */
#include "store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include "core/disk.h"

enum { ZEROS = 1 << 16, LOCK_HEAD = 64 };

/* Holes hold nothing, and filling them would take room. */
static int
overwrite(int fd)
{
	static const char zeros[ZEROS];
	off_t at = 0, end;

	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			return errno;
		while (at < end) {
			size_t len = end - at < ZEROS ? (size_t)(end - at) :
			    ZEROS;
			ssize_t n = pwrite(fd, zeros, len, at);

			if (n < 0 && errno != EINTR)
				return errno;
			if (n > 0)
				at += n;
		}
	}
	/* no more data behind here */
	if (errno != ENXIO)
		return errno;
	return fsync(fd) == 0 ? 0 : errno;
}

int
cr_store_wipe(struct cr_store *store, const char *name, bool *ret_overwritten,
    struct cr_store_fault *fault)
{
	struct stat st;
	int fd = openat(store->dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	*ret_overwritten = false;
	if (fd < 0)
		return errno == ENOENT ? CR_OK :
		    cr_store_fail(fault, CR_STORE_IO, errno);
	/* under another name it is somebody's yet */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1)
		*ret_overwritten = overwrite(fd) == 0;
	close(fd);
	if (unlinkat(store->dirfd, name, 0) != 0 ||
	    cr_disk_sync(store->dirfd, "") != 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	return CR_OK;
}

/*
 * Before the swap the old file gets a second name, which is data.mdb's too
 * until then: it has two names, so it is not overwritten.
 */
int
cr_store_tidy(struct cr_store *store, struct cr_store_fault *fault)
{
	bool overwritten;
	int rc = cr_store_wipe(store, CR_STORE_NEW, &overwritten, fault);

	if (rc == CR_OK)
		rc = cr_store_wipe(store, CR_STORE_OLD, &overwritten, fault);
	if (rc == CR_OK && unlinkat(store->dirfd, CR_STORE_NOTE, 0) != 0 &&
	    errno != ENOENT)
		rc = cr_store_fail(fault, CR_STORE_IO, errno);
	return rc;
}

/*
 * lock.mdb says which transaction was the last, and who waits for our lock
 * would believe it of the new file.  Without its head they are refused, until
 * begin_lock_anew() or whoever opens it first writes another.
 */
static int
spoil_lock(struct cr_store *store)
{
	static const char zeros[LOCK_HEAD];
	struct stat st;

	if (fstat(store->lock, &st) != 0)
		return errno;
	return st.st_size < LOCK_HEAD ? 0 :
	    cr_disk_write_all(store->lock, zeros, sizeof(zeros));
}

/*
 * liblmdb does, as the first to open it: the lock is this process's.  As the
 * last to close it, it would destroy the mutexes under somebody who has waited
 * and not got the lock yet; a lock of another kind keeps it from being the
 * last.
 */
static void
begin_lock_anew(struct cr_store *store)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET,
		.l_len = 1 };
	int fd = openat(store->dirfd, CR_STORE_LOCK, O_RDWR | O_CLOEXEC);
	MDB_env *env = NULL;

	if (fd >= 0 && mdb_env_create(&env) == 0) {
		if (mdb_env_open(env, store->path, 0, 0600) == 0)
			(void)fcntl(fd, F_OFD_SETLK, &lock);
		mdb_env_close(env);
	}
	if (fd >= 0)
		close(fd);
}

int
cr_store_swap(struct cr_store *store, struct cr_store_fault *fault)
{
	int dir = store->dirfd;
	int error = spoil_lock(store);

	if (error != 0)
		return cr_store_fail(fault, CR_STORE_IO, error);
	if (linkat(dir, CR_STORE_DATA, dir, CR_STORE_OLD, 0) != 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	error = cr_disk_sync(dir, "");
	if (error == 0 && renameat(dir, CR_STORE_NEW, dir, CR_STORE_DATA) != 0)
		error = errno;
	if (error == 0)
		error = cr_disk_sync(dir, "");
	return error == 0 ? CR_OK : cr_store_fail(fault, CR_STORE_IO, error);
}

static int
make_new(struct cr_store *store, int *ret_fd, struct cr_store_fault *fault)
{
	int fd = openat(store->dirfd, CR_STORE_NEW, O_RDWR | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	*ret_fd = fd;
	return fchown(fd, store->data.st_uid, store->data.st_gid) == 0 ?
	    CR_OK : cr_store_fail(fault, CR_STORE_OWNER, errno);
}

/* The copy, cleaned, compared, on the disk, and with the old one's mode. */
static int
prepare(struct cr_store *store, int fd,
    const struct cr_store_progress *progress, struct cr_store_result *result,
    struct cr_store_fault *fault)
{
	struct stat st;
	char *copy = NULL;
	int rc = cr_store_copy(store, fd, progress, fault);

	if (rc == CR_OK)
		rc = cr_store_clean(fd, fault);
	if (rc == CR_OK && (fsync(fd) != 0 || fstat(fd, &st) != 0 ||
	    asprintf(&copy, "%s/" CR_STORE_NEW, store->path) < 0))
		rc = cr_store_fail(fault, CR_STORE_IO, errno);
	if (rc != CR_OK)
		return rc;
	result->after = (uint64_t)st.st_size;
	rc = cr_store_compare(store, copy, progress, result, fault);
	result->after = 0;
	free(copy);
	if (rc == CR_OK && (fchmod(fd, store->data.st_mode & 07777) != 0 ||
	    fsync(fd) != 0))
		rc = cr_store_fail(fault, CR_STORE_IO, errno);
	return rc;
}

/* What follows a swap, each whatever became of the one before. */
static int
finish(struct cr_store *store, int64_t now, struct cr_store_result *result,
    struct cr_store_fault *fault)
{
	int rc;

	if (fstatat(store->dirfd, CR_STORE_DATA, &store->data,
	    AT_SYMLINK_NOFOLLOW) != 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	result->after = (uint64_t)store->data.st_size;
	rc = cr_store_wipe(store, CR_STORE_OLD, &result->overwritten, fault);
	/* last: until then a repeat has something to do */
	if (rc == CR_OK)
		rc = cr_store_note_done(store, now, fault);
	begin_lock_anew(store);
	return rc;
}

int
cr_store_compact(struct cr_store *store, int64_t now,
    const struct cr_store_progress *progress,
    struct cr_store_result *ret_result, struct cr_store_fault *ret_fault)
{
	struct cr_store_fault ignored;
	bool overwritten;
	int fd = -1;
	int rc;

	*ret_result = (struct cr_store_result){ .before =
		(uint64_t)store->data.st_size };
	rc = make_new(store, &fd, ret_fault);
	if (rc == CR_OK)
		rc = prepare(store, fd, progress, ret_result, ret_fault);
	if (fd >= 0)
		close(fd);
	if (rc == CR_OK)
		rc = cr_store_swap(store, ret_fault);
	if (rc == CR_OK)
		return finish(store, now, ret_result, ret_fault);
	if (fd >= 0)
		(void)!cr_store_wipe(store, CR_STORE_NEW, &overwritten,
		    &ignored);
	return rc;
}
