/*
 * Files of a log directory (core/disk.h), with what is wrong as a fault.
 */
#ifndef CR_LOG_FILE_H
#define CR_LOG_FILE_H

#include "core/disk.h"
#include "log/fault.h"

/* A whole regular file of at most max bytes; a longer one is
   CR_FAULT_SHAPE, none CR_FAULT_MISSING. */
int cr_file_read(int dirfd, const char *path, size_t max,
	struct cr_file *ret_file, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

/* The fault of an errno: ENOENT is CR_FAULT_MISSING. */
int cr_file_fault(struct cr_log_fault *ret_fault, int error,
	const char *path);

/* cr_disk_make() */
int cr_file_make(const char *path, struct cr_slice bytes,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* cr_disk_replace() */
int cr_file_replace(int dirfd, const char *path, struct cr_slice bytes,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

#endif
