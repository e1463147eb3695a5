/*
 * A test program: its directory, and what must be gone when it ends, however
 * it ends.  A janitor process waits for the end of all others and removes the
 * directory; slapd itself gets a signal when its parent dies.
 */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG_TAIL = 4000, PAUSE_NS = 5 * 1000 * 1000 };

static char top[256];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

/* Ends when the last process with the other end of the pipe has ended. */
static void
janitor(int fd)
{
	char byte;

	setsid();
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	_exit(0);
}

static void
make_top(const char *name)
{
	const char *tmp = getenv("TMPDIR");
	int ends[2];
	pid_t pid;

	snprintf(top, sizeof(top), "%s/custreg-%s-XXXXXX",
	    tmp != NULL && strlen(tmp) < 80 ? tmp : "/tmp", name);
	if (mkdtemp(top) == NULL || pipe(ends) != 0 || (pid = fork()) < 0) {
		perror(top);
		exit(EXIT_FAILURE);
	}
	if (pid == 0) {
		close(ends[1]);
		janitor(ends[0]);
	}
	close(ends[0]);
	/* programs run by us do not hold it open, forked tests do */
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

char *
cr_suite_dir(const char *name)
{
	char *dir = cr_keep_text("%s/%s-XXXXXX", top, name);

	ck_assert_msg(mkdtemp(dir) != NULL, "%s: %s", dir, strerror(errno));
	return dir;
}

static void
print_log(const char *path)
{
	struct cr_text log = cr_text_of_file(path);
	const char *tail = log.bytes;

	if (log.len == 0)
		return;
	if (log.len > LOG_TAIL)
		tail += log.len - LOG_TAIL;
	printf("---- %s\n%s\n", path, tail);
}

static void
print_logs(void)
{
	DIR *dir = opendir(top);
	struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		char path[1024];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/slapd.log", top, d->d_name);
		print_log(path);
	}
	if (dir != NULL)
		closedir(dir);
}

int
cr_suite_run(const char *name, void (*fill)(Suite *suite))
{
	Suite *suite;
	SRunner *runner;
	int failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	/* more than Check's 4 s, which is too little where a slapd starts */
	setenv("CK_DEFAULT_TIMEOUT", cr_keep_text("%d", cr_suite_seconds(60)),
	    0);
	make_top(name);
	suite = suite_create(name);
	fill(suite);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (failed > 0)
		print_logs();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

TCase *
cr_suite_case(Suite *suite, const char *name, void (*setup)(void),
    void (*teardown)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_unchecked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int
cr_suite_seconds(int seconds)
{
	const char *factor = getenv("CR_TIME_FACTOR");
	int times = factor != NULL ? atoi(factor) : 1;

	return seconds * (times > 0 ? times : 1);
}

int64_t
cr_suite_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
cr_suite_again(int64_t deadline)
{
	const struct timespec pause = { 0, PAUSE_NS };

	if (cr_suite_now() > deadline)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

void
cr_suite_skip(const char *what)
{
	printf("skip %s\n", what);
	fflush(stdout);
}
