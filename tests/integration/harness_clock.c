/* A wall clock for slapd that the test moves: tests/crash/clock.c. */
#include "harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int64_t *
cr_clock_make(void)
{
	char *path = cr_keep_text("%s/offset", cr_suite_dir("clock"));
	const char *other = getenv("CR_SAN_PRELOAD");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int64_t *offset;

	ck_assert(fd >= 0 && ftruncate(fd, sizeof(*offset)) == 0);
	offset = mmap(NULL, sizeof(*offset), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	ck_assert(offset != MAP_FAILED);
	(void)close(fd);
	setenv("CR_CLOCK", path, 1);
	setenv("CR_SAN_PRELOAD",
	    cr_keep_text("%s %s/tests/crash/clock.so",
		other != NULL ? other : "", cr_conf_env("CR_BUILD", "/build")),
	    1);
	return offset;
}
