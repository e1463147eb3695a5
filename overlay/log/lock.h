/*
 * DIR/lock: held (flock) by whoever may change a log directory, the running
 * server or a command.  The kernel lets it go with the process.
 */
#ifndef CR_LOG_LOCK_H
#define CR_LOG_LOCK_H

#include <stdbool.h>

#include "log/fault.h"

/*
 * Takes it, or CR_ELOG with CR_FAULT_BUSY when another has it (tried for a
 * tenth of a second: cr_lock_is_held() of others takes it for a moment).
 * *ret_fd: close it to let it go.
 */
int cr_lock_take(int dirfd, int *ret_fd, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

/* Does another process have it? */
bool cr_lock_is_held(int dirfd);

#endif
