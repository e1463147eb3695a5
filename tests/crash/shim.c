/*
 * Stands between a program and its disk: what was not synced is lost when the
 * program is killed at a chosen call.  What and how: shadow.h.
 *
 *	LD_PRELOAD=build/tests/crash/shim.so CR_CRASH_DIR=/tmp/x/log \
 *		CR_CRASH_AT=120 CR_CRASH_SEED=7 slapd ...
 *
 * Compiled with CR_CRASH_WRAP it makes the functions that ld's --wrap takes
 * instead, for a program that kills a child of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crash/shadow.h"

#ifdef CR_CRASH_WRAP
#define NAME(name) __wrap_##name
#else
#define NAME(name) name
#endif
#define EXPORT __attribute__((visibility("default")))

static int
open_at(int dir, const char *path, int flags, mode_t mode)
{
	struct shadow_note note = { .from_dir = -1, .to_dir = -1 };
	int fd;

	shadow_lock();
	if ((flags & O_CREAT) != 0)
		shadow_note(&note, SHADOW_CREATE, dir, path, -1, NULL);
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	shadow_opened(fd, flags);
	if ((flags & O_CREAT) != 0)
		shadow_keep(&note, fd >= 0);
	shadow_unlock();
	return fd;
}

#define MODE_OF(flags, mode) \
	do { \
		va_list args; \
		va_start(args, flags); \
		mode = ((flags) & (O_CREAT | O_TMPFILE)) != 0 ? \
		    va_arg(args, mode_t) : 0; \
		va_end(args); \
	} while (0)

#define OPEN(name) \
	EXPORT int NAME(name)(const char *path, int flags, ...); \
	int NAME(name)(const char *path, int flags, ...) \
	{ \
		mode_t mode; \
		MODE_OF(flags, mode); \
		return open_at(AT_FDCWD, path, flags, mode); \
	}

#define OPENAT(name) \
	EXPORT int NAME(name)(int dir, const char *path, int flags, ...); \
	int NAME(name)(int dir, const char *path, int flags, ...) \
	{ \
		mode_t mode; \
		MODE_OF(flags, mode); \
		return open_at(dir, path, flags, mode); \
	}

OPEN(open)
OPENAT(openat)

EXPORT int NAME(close)(int fd);
int
NAME(close)(int fd)
{
	int rc;

	shadow_lock();
	shadow_closed(fd);
	rc = (int)syscall(SYS_close, fd);
	shadow_unlock();
	return rc;
}

/* Reads and writes of sockets must not wait for a disk: no lock for those. */
static bool
is_regular(int fd)
{
	struct stat st;
	int kept = errno;
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	errno = kept;
	return regular;
}

EXPORT ssize_t NAME(write)(int fd, const void *data, size_t len);
ssize_t
NAME(write)(int fd, const void *data, size_t len)
{
	off_t at;
	ssize_t n;

	if (!is_regular(fd))
		return syscall(SYS_write, fd, data, len);
	shadow_lock();
	at = shadow_offset(fd);
	shadow_will_write(fd, at, len);
	n = shadow_fails(fd, false) ? -1 : syscall(SYS_write, fd, data, len);
	if (n > 0)
		shadow_written(fd, at, (size_t)n);
	shadow_count_write(fd, at, len);
	shadow_unlock();
	return n;
}

/* As LMDB writes pages that are beside each other. */
EXPORT ssize_t NAME(writev)(int fd, const struct iovec *iov, int count);
ssize_t
NAME(writev)(int fd, const struct iovec *iov, int count)
{
	size_t len = 0;
	off_t at;
	ssize_t n;

	if (!is_regular(fd))
		return syscall(SYS_writev, fd, iov, count);
	for (int i = 0; i < count; i++)
		len += iov[i].iov_len;
	shadow_lock();
	at = shadow_offset(fd);
	shadow_will_write(fd, at, len);
	n = shadow_fails(fd, false) ? -1 :
	    syscall(SYS_writev, fd, iov, count);
	if (n > 0)
		shadow_written(fd, at, (size_t)n);
	shadow_count_write(fd, at, len);
	shadow_unlock();
	return n;
}

static ssize_t
pwrite_at(int fd, const void *data, size_t len, off_t at)
{
	ssize_t n;

	shadow_lock();
	shadow_will_write(fd, at, len);
	n = shadow_fails(fd, false) ? -1 :
	    syscall(SYS_pwrite64, fd, data, len, at);
	if (n > 0)
		shadow_written(fd, at, (size_t)n);
	shadow_count_write(fd, at, len);
	shadow_unlock();
	return n;
}

static ssize_t
pwritev_at(int fd, const struct iovec *iov, int count, off_t at)
{
	size_t len = 0;
	ssize_t n;

	for (int i = 0; i < count; i++)
		len += iov[i].iov_len;
	shadow_lock();
	shadow_will_write(fd, at, len);
	n = shadow_fails(fd, false) ? -1 :
	    syscall(SYS_pwritev, fd, iov, count, at, (off_t)0);
	if (n > 0)
		shadow_written(fd, at, (size_t)n);
	shadow_count_write(fd, at, len);
	shadow_unlock();
	return n;
}

static int
sync_by(long number, int fd)
{
	int rc;

	shadow_wait(fd);
	shadow_lock();
	rc = shadow_fails(fd, true) ? -1 : (int)syscall(number, fd);
	if (rc == 0)
		shadow_synced(fd);
	shadow_count_fd(fd);
	shadow_unlock();
	return rc;
}

static int
truncate_to(int fd, off_t size)
{
	int rc;

	shadow_lock();
	shadow_will_truncate(fd, size);
	rc = (int)syscall(SYS_ftruncate, fd, size);
	shadow_count_fd(fd);
	shadow_unlock();
	return rc;
}

static int
rename_at(int from_dir, const char *from, int to_dir, const char *to)
{
	struct shadow_note note;
	bool ours;
	int rc;

	shadow_lock();
	shadow_note(&note, SHADOW_RENAME, from_dir, from, to_dir, to);
	ours = note.change != SHADOW_NOTHING;
	rc = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
	shadow_keep(&note, rc == 0);
	shadow_count(ours);
	shadow_unlock();
	return rc;
}

static int
unlink_at(int dir, const char *path, int flags)
{
	struct shadow_note note;
	bool ours;
	int rc;

	shadow_lock();
	shadow_note(&note, (flags & AT_REMOVEDIR) != 0 ? SHADOW_RMDIR :
	    SHADOW_UNLINK, dir, path, -1, NULL);
	ours = note.change != SHADOW_NOTHING;
	rc = (int)syscall(SYS_unlinkat, dir, path, flags);
	shadow_keep(&note, rc == 0);
	shadow_count(ours);
	shadow_unlock();
	return rc;
}

/*
 * A sanitizer makes the directory of its reports before the functions of the
 * C library that it stands for can be called.
 */
static bool begun;

__attribute__((constructor)) static void
begin(void)
{
	begun = true;
}

static int
mkdir_at(int dir, const char *path, mode_t mode)
{
	struct shadow_note note;
	bool ours;
	int rc;

	if (!begun)
		return (int)syscall(SYS_mkdirat, dir, path, mode);
	shadow_lock();
	shadow_note(&note, SHADOW_MKDIR, dir, path, -1, NULL);
	ours = note.change != SHADOW_NOTHING;
	rc = (int)syscall(SYS_mkdirat, dir, path, mode);
	shadow_keep(&note, rc == 0);
	shadow_count(ours);
	shadow_unlock();
	return rc;
}

#define FORWARD(type, name, parameters, call) \
	EXPORT type NAME(name) parameters; \
	type NAME(name) parameters { return call; }

FORWARD(ssize_t, pwrite, (int fd, const void *data, size_t len, off_t at),
    pwrite_at(fd, data, len, at))
FORWARD(ssize_t, pwritev, (int fd, const struct iovec *iov, int n, off_t at),
    pwritev_at(fd, iov, n, at))
FORWARD(int, fsync, (int fd), sync_by(SYS_fsync, fd))
FORWARD(int, fdatasync, (int fd), sync_by(SYS_fdatasync, fd))
FORWARD(int, ftruncate, (int fd, off_t size), truncate_to(fd, size))
FORWARD(int, rename, (const char *from, const char *to),
    rename_at(AT_FDCWD, from, AT_FDCWD, to))
FORWARD(int, renameat, (int from_dir, const char *from, int to_dir,
    const char *to), rename_at(from_dir, from, to_dir, to))
FORWARD(int, unlink, (const char *path), unlink_at(AT_FDCWD, path, 0))
FORWARD(int, unlinkat, (int dir, const char *path, int flags),
    unlink_at(dir, path, flags))
FORWARD(int, rmdir, (const char *path),
    unlink_at(AT_FDCWD, path, AT_REMOVEDIR))
FORWARD(int, mkdir, (const char *path, mode_t mode),
    mkdir_at(AT_FDCWD, path, mode))
FORWARD(int, mkdirat, (int dir, const char *path, mode_t mode),
    mkdir_at(dir, path, mode))

/* Other names of the same, as the C library's headers choose them. */
#ifndef CR_CRASH_WRAP
OPEN(open64)
OPENAT(openat64)
FORWARD(int, __open_2, (const char *path, int flags),
    open_at(AT_FDCWD, path, flags, 0))
FORWARD(int, __open64_2, (const char *path, int flags),
    open_at(AT_FDCWD, path, flags, 0))
FORWARD(int, __openat_2, (int dir, const char *path, int flags),
    open_at(dir, path, flags, 0))
FORWARD(int, __openat64_2, (int dir, const char *path, int flags),
    open_at(dir, path, flags, 0))
FORWARD(ssize_t, pwrite64, (int fd, const void *data, size_t len, off_t at),
    pwrite_at(fd, data, len, at))
FORWARD(ssize_t, pwritev64, (int fd, const struct iovec *iov, int n, off_t at),
    pwritev_at(fd, iov, n, at))
FORWARD(int, ftruncate64, (int fd, off_t size), truncate_to(fd, size))
#endif
