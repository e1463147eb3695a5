#include "log/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "log/file.h"

enum { TRIES = 20, PAUSE_NS = 5000000 };

static const char name[] = "lock";

int
cr_lock_take(int dirfd, int *ret_fd, struct cr_log_fault *ret_fault)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	int fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error;

	if (fd < 0)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, name);
	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			*ret_fd = fd;
			return CR_OK;
		}
		error = errno;
		if (error != EWOULDBLOCK && error != EINTR)
			break;
		(void)nanosleep(&pause, NULL);
	}
	close(fd);
	return cr_fault_set(ret_fault, error == EWOULDBLOCK ? CR_FAULT_BUSY :
	    CR_FAULT_IO, error, CR_FAULT_NO_INDEX, name);
}

bool
cr_lock_is_held(int dirfd)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool held;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}
