#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "record_line.h"

/* How long a file that was replaced under its name may go unnoticed. */
#define CHECK_EVERY_MS 100
/* A record that fits here needs no heap. */
#define LINE_SIZE 2048

struct cr_floor {
	pthread_mutex_t lock;
	char *path;
	int fd;			/* -1: closed */
	dev_t device;
	ino_t inode;
	int64_t checked_ms;	/* when the path was last compared */
	bool torn;		/* the file does not end with a newline */
};

int
cr_floor_new(const char *directory, struct cr_floor **ret_log)
{
	static const char name[] = "/read.log";
	size_t len = strlen(directory);
	struct cr_floor *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return CR_ENOMEM;
	log->fd = -1;
	log->path = malloc(len + sizeof(name));
	if (log->path == NULL || pthread_mutex_init(&log->lock, NULL) != 0) {
		free(log->path);
		free(log);
		return CR_ENOMEM;
	}
	memcpy(log->path, directory, len);
	memcpy(log->path + len, name, sizeof(name));
	*ret_log = log;
	return CR_OK;
}

static void
close_keeping_errno(int fd)
{
	int kept = errno;

	(void)close(fd);
	errno = kept;
}

static void
close_log(struct cr_floor *log)
{
	if (log->fd >= 0)
		close_keeping_errno(log->fd);
	log->fd = -1;
}

void
cr_floor_free(struct cr_floor **log)
{
	if (log == NULL || *log == NULL)
		return;
	close_log(*log);
	(void)pthread_mutex_destroy(&(*log)->lock);
	free((*log)->path);
	free(*log);
	*log = NULL;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0)
		return INT64_MAX;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A plain file of ours, readable by nobody else; errno says why not. */
static int
check_file(int fd, struct stat *ret_stat)
{
	if (fstat(fd, ret_stat) != 0)
		return CR_ELOG;
	if (!S_ISREG(ret_stat->st_mode)) {
		errno = EINVAL;
		return CR_ELOG;
	}
	if ((ret_stat->st_mode & 07777) != 0600 && fchmod(fd, 0600) != 0)
		return CR_ELOG;
	return CR_OK;
}

/* What a crash left without its end must not swallow the next record. */
static int
find_torn(int fd, const struct stat *st, bool *ret_torn)
{
	char last = '\n';

	if (st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) != 1)
		return CR_ELOG;
	*ret_torn = last != '\n';
	return CR_OK;
}

static int
open_log(struct cr_floor *log)
{
	/* not blocking: a FIFO of this name is refused, not waited for */
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct stat st;
	bool torn;
	int fd;

	close_log(log);
	do
		fd = open(log->path, flags, 0600);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return CR_ELOG;
	if (check_file(fd, &st) != CR_OK ||
	    find_torn(fd, &st, &torn) != CR_OK) {
		close_keeping_errno(fd);
		return CR_ELOG;
	}
	log->fd = fd;
	log->device = st.st_dev;
	log->inode = st.st_ino;
	log->checked_ms = now_ms();
	log->torn = torn;
	return CR_OK;
}

int
cr_floor_open(struct cr_floor *log)
{
	int rc;

	(void)pthread_mutex_lock(&log->lock);
	rc = open_log(log);
	(void)pthread_mutex_unlock(&log->lock);
	return rc;
}

/*
 * Is the open file still the one of this name?  A deleted one is noticed at
 * once, a replaced one (its records are still there, elsewhere) soon.  The
 * size before the write is what a torn write is cut back to.
 */
static int
check_identity(struct cr_floor *log, off_t *ret_size)
{
	struct stat st;
	int64_t now = now_ms();

	if (fstat(log->fd, &st) != 0)
		return CR_ELOG;
	*ret_size = st.st_size;
	if (st.st_nlink > 0) {
		if (now - log->checked_ms < CHECK_EVERY_MS)
			return CR_OK;
		if (lstat(log->path, &st) == 0 &&
		    st.st_dev == log->device && st.st_ino == log->inode) {
			log->checked_ms = now;
			return CR_OK;
		}
	}
	errno = ESTALE;
	return CR_ELOG;
}

/*
 * Less than the whole record was written: cut it off again, unless another
 * process has appended since.  What stays is found by its missing newline
 * when the file is opened again.
 */
static void
cut_torn(int fd, off_t size, ssize_t written)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size == size + written)
		(void)!ftruncate(fd, size);
	errno = ENOSPC;
}

static int
append_open(struct cr_floor *log, const char *line, size_t len)
{
	off_t size;
	ssize_t written;

	if (check_identity(log, &size) != CR_OK)
		return CR_ELOG;
	/* the line begins with the newline that only a torn file needs */
	if (!log->torn) {
		line++;
		len--;
	}
	do
		written = write(log->fd, line, len);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)len) {
		log->torn = false;
		return CR_OK;
	}
	if (written >= 0)
		cut_torn(log->fd, size, written);
	return CR_ELOG;
}

static int
append(struct cr_floor *log, const char *line, size_t len)
{
	int rc;

	if (log->fd < 0 && open_log(log) != CR_OK)
		return CR_ELOG;
	rc = append_open(log, line, len);
	if (rc != CR_OK)
		close_log(log);
	return rc;
}

/* Outside the lock: only the write is done one at a time. */
static int
format_and_append(struct cr_floor *log, const struct cr_floor_record *record,
    char *line)
{
	size_t len;
	int rc;

	if (cr_floor_line_format(record, line, &len) != CR_OK) {
		errno = EINVAL;
		return CR_ELOG;
	}
	(void)pthread_mutex_lock(&log->lock);
	rc = append(log, line, len);
	(void)pthread_mutex_unlock(&log->lock);
	return rc;
}

int
cr_floor_record(struct cr_floor *log, const struct cr_floor_record *record)
{
	size_t size = cr_floor_line_size(record);
	char buffer[LINE_SIZE];
	char *line;
	int kept;
	int rc;

	if (size <= sizeof(buffer))
		return format_and_append(log, record, buffer);
	line = malloc(size);
	if (line == NULL)
		return CR_ELOG;
	rc = format_and_append(log, record, line);
	kept = errno;
	free(line);
	errno = kept;
	return rc;
}
