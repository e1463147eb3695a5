/*
 * Whole files: 0600, no symbolic link in the last place of a path, written
 * beside and synced before they get their name.  Functions that return int
 * return 0 or an errno.
 */
#ifndef CR_DISK_H
#define CR_DISK_H

#include <sys/types.h>

#include "custreg/error.h"
#include "custreg/slice.h"

struct cr_file {			/* zeroed: none */
	char *bytes;			/* owned; a NUL behind it */
	size_t len;
	mode_t mode;
	uid_t owner;
};

static inline struct cr_slice
cr_file_slice(const struct cr_file *file)
{
	return (struct cr_slice){ file->bytes, file->len };
}
void cr_file_clear(struct cr_file *file);

/*
 * A regular file of at most max bytes.  EISDIR for what is longer or no
 * regular file, ELOOP for a symbolic link.
 */
int cr_disk_read(int dirfd, const char *path, size_t max,
	struct cr_file *ret_file) CR_WARN_UNUSED;

/* All of it, from the start of the file */
int cr_disk_write_all(int fd, const void *bytes, size_t len);
/* Reads until len or the end; -1 with errno */
ssize_t cr_disk_read_all(int fd, void *bytes, size_t len, off_t offset);

/*
 * Makes a new file in a directory that is there, and syncs both.  EEXIST when
 * there is anything of that name.
 */
int cr_disk_make(const char *path, struct cr_slice bytes) CR_WARN_UNUSED;

/*
 * Puts the bytes in place of what is there: written beside, synced, renamed,
 * directory synced.  path has no directory part; ENAMETOOLONG.
 */
int cr_disk_replace(int dirfd, const char *path, struct cr_slice bytes)
	CR_WARN_UNUSED;

/* fsync of a directory below dirfd ("": itself) */
int cr_disk_sync(int dirfd, const char *path);
/* fsync of the directory that a path is in */
int cr_disk_sync_parent(const char *path) CR_WARN_UNUSED;

#endif
