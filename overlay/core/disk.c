#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t
cr_disk_read_all(int fd, void *bytes, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)bytes + done, len - done,
		    offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int
cr_disk_write_all(int fd, const void *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, (const char *)bytes + done, len - done,
		    (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		done += (size_t)n;
	}
	return 0;
}

int
cr_disk_read(int dirfd, const char *path, size_t max,
    struct cr_file *ret_file)
{
	struct stat st;
	char *bytes = NULL;
	ssize_t len;
	int fd, error = 0;

	fd = openat(dirfd, path,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0) {
		error = errno;
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
		error = EISDIR;
		goto out;
	}
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL) {
		error = ENOMEM;
		goto out;
	}
	len = cr_disk_read_all(fd, bytes, (size_t)st.st_size, 0);
	if (len < 0) {
		error = errno;
		goto out;
	}
	bytes[len] = '\0';
	ret_file->bytes = bytes;
	ret_file->len = (size_t)len;
	ret_file->mode = st.st_mode;
	ret_file->owner = st.st_uid;
	bytes = NULL;
out:
	free(bytes);
	close(fd);
	return error;
}

void
cr_file_clear(struct cr_file *file)
{
	free(file->bytes);
	*file = (struct cr_file){ 0 };
}

int
cr_disk_sync(int dirfd, const char *path)
{
	int error = 0;
	int fd = openat(dirfd, *path != '\0' ? path : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	if (fsync(fd) != 0)
		error = errno;
	close(fd);
	return error;
}

int
cr_disk_sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") :
	    strndup(path, slash > path ? (size_t)(slash - path) : 1);
	int error;

	if (directory == NULL)
		return ENOMEM;
	error = cr_disk_sync(AT_FDCWD, directory);
	free(directory);
	return error;
}

static int
write_synced(int dirfd, const char *path, int flags, struct cr_slice bytes)
{
	int error;
	int fd = openat(dirfd, path,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	if (fd < 0)
		return errno;
	error = cr_disk_write_all(fd, bytes.ptr, bytes.len);
	if (error == 0 && fdatasync(fd) != 0)
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	return error;
}

/* Whole or not at all, also after a crash: it gets its name when it is safe. */
static int
make_whole(const char *path, struct cr_slice bytes)
{
	char *beside = NULL;
	int error = 0;

	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return EEXIST;
	if (asprintf(&beside, "%s.new", path) < 0)
		return ENOMEM;
	if (unlink(beside) != 0 && errno != ENOENT)
		error = errno;
	if (error == 0)
		error = write_synced(AT_FDCWD, beside, O_EXCL, bytes);
	if (error == 0 && link(beside, path) != 0)
		error = errno;
	(void)unlink(beside);
	free(beside);
	return error;
}

int
cr_disk_make(const char *path, struct cr_slice bytes)
{
	int error = make_whole(path, bytes);

	return error == 0 ? cr_disk_sync_parent(path) : error;
}

int
cr_disk_replace(int dirfd, const char *path, struct cr_slice bytes)
{
	char beside[NAME_MAX + 1];
	int len = snprintf(beside, sizeof(beside), "%s.new", path);
	int error;

	if (len < 0 || (size_t)len >= sizeof(beside))
		return ENAMETOOLONG;
	error = write_synced(dirfd, beside, O_TRUNC, bytes);
	if (error == 0 && renameat(dirfd, beside, dirfd, path) != 0)
		error = errno;
	if (error == 0)
		error = cr_disk_sync(dirfd, "");
	return error;
}
