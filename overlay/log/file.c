#include "log/file.h"

#include <errno.h>

int
cr_file_fault(struct cr_log_fault *ret_fault, int error, const char *path)
{
	return cr_fault_set(ret_fault,
	    error == ENOENT ? CR_FAULT_MISSING :
	    error == ENOMEM ? CR_FAULT_MEMORY :
	    error == ELOOP || error == EISDIR ? CR_FAULT_SHAPE : CR_FAULT_IO,
	    error, CR_FAULT_NO_INDEX, path);
}

int
cr_file_read(int dirfd, const char *path, size_t max,
    struct cr_file *ret_file, struct cr_log_fault *ret_fault)
{
	int error = cr_disk_read(dirfd, path, max, ret_file);

	return error == 0 ? CR_OK : cr_file_fault(ret_fault, error, path);
}

/* What cannot be written is a matter of the disk, whatever the errno says. */
static int
written(int error, const char *path, struct cr_log_fault *ret_fault)
{
	return error == 0 ? CR_OK : cr_fault_set(ret_fault,
	    error == ENOMEM ? CR_FAULT_MEMORY : CR_FAULT_IO, error,
	    CR_FAULT_NO_INDEX, path);
}

int
cr_file_make(const char *path, struct cr_slice bytes,
    struct cr_log_fault *ret_fault)
{
	return written(cr_disk_make(path, bytes), path, ret_fault);
}

int
cr_file_replace(int dirfd, const char *path, struct cr_slice bytes,
    struct cr_log_fault *ret_fault)
{
	return written(cr_disk_replace(dirfd, path, bytes), path, ret_fault);
}
