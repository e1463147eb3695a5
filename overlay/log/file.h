/*
 * Files of a log directory: 0600, directories 0700, no symbolic links in the
 * last place, written whole and synced.
 */
#ifndef CR_LOG_FILE_H
#define CR_LOG_FILE_H

#include <sys/types.h>

#include "custreg/slice.h"
#include "log/fault.h"

struct cr_file {			/* zeroed: none */
	char *bytes;			/* owned */
	size_t len;
	mode_t mode;
};

/* A whole regular file of at most max bytes; a longer one is
   CR_FAULT_SHAPE, none CR_FAULT_MISSING. */
int cr_file_read(int dirfd, const char *path, size_t max,
	struct cr_file *ret_file, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;
static inline struct cr_slice
cr_file_slice(const struct cr_file *file)
{
	return (struct cr_slice){ file->bytes, file->len };
}
void cr_file_clear(struct cr_file *file);

/* The fault of an errno: ENOENT is CR_FAULT_MISSING. */
int cr_file_fault(struct cr_log_fault *ret_fault, int error,
	const char *path);

/* All of it; 0 or an errno */
int cr_file_write_all(int fd, const void *bytes, size_t len);
/* Reads until len or the end; -1 with errno */
ssize_t cr_file_read_all(int fd, void *bytes, size_t len, off_t offset);

/* Makes a new file in a directory that is there, and syncs both. */
int cr_file_make(const char *path, struct cr_slice bytes,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/*
 * Puts the bytes in place of what is there: written beside, synced, renamed,
 * directory synced.  path has no directory part.
 */
int cr_file_replace(int dirfd, const char *path, struct cr_slice bytes,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* fsync of a directory below dirfd ("": itself); 0 or an errno */
int cr_file_sync_directory(int dirfd, const char *path);

#endif
