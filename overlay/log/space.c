/*
 * Room on the disk: what is free, the mark below which a person is told, and
 * the reserve: a file of zeros that is cut, a part at a time, when privileged
 * leaves need room on a full disk, and made whole when there is room again.
 */
#include "log_impl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define TICK_MS 1000
#define TICK_FULL_MS 100
/* Full again so soon after it was not: what is free does not tell (quotas). */
#define AGAIN_MS 10000
#define HOLD_MAX_MS 5000

static const char reserve_name[] = "reserve";

static int
open_reserve(const struct cr_log *log, struct stat *ret_stat)
{
	int fd = openat(log->dirfd, reserve_name, O_RDWR | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0)
		return -1;
	if (fstat(fd, ret_stat) == 0 && S_ISREG(ret_stat->st_mode))
		return fd;
	(void)close(fd);
	errno = EINVAL;
	return -1;
}

static void
set_reserve(struct cr_log *log, uint64_t bytes)
{
	log->space.reserve = bytes;
	atomic_store(&log->space.reserve_seen, bytes);
}

static bool
look_at_free(struct cr_log *log, uint64_t *ret_free)
{
	struct statvfs fs;

	if (fstatvfs(log->dirfd, &fs) != 0)
		return false;
	*ret_free = (uint64_t)fs.f_bavail * fs.f_frsize;
	atomic_store(&log->space.free_bytes, *ret_free);
	return true;
}

/* What is sparse in it holds no room. */
static uint64_t
bytes_held(const struct stat *st)
{
	uint64_t blocks = (uint64_t)st->st_blocks * 512;

	return blocks < (uint64_t)st->st_size ? blocks :
	    (uint64_t)st->st_size;
}

/* A reserve from before counts; what is missing is made by the first tick. */
int
cr_space_open(struct cr_log *log)
{
	struct stat st;

	if (pthread_mutex_init(&log->space.lock, NULL) != 0)
		return CR_ENOMEM;
	log->space.looked_ms = cr_log_now_ms() - TICK_MS;
	log->space.emptied_ms = cr_log_now_ms() - AGAIN_MS;
	set_reserve(log, 0);
	if (log->settings.reserve == 0) {
		(void)unlinkat(log->dirfd, reserve_name, 0);
	} else if (fstatat(log->dirfd, reserve_name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
		set_reserve(log, bytes_held(&st));
	}
	return CR_OK;
}

void
cr_space_close(struct cr_log *log)
{
	(void)pthread_mutex_destroy(&log->space.lock);
}

/*
 * Enough for a segment and the tiles that go with it; the rest is kept back
 * from whoever else writes to this disk.
 */
static uint64_t
step_of(const struct cr_log *log)
{
	return log->settings.segment_size * 2;
}

bool
cr_space_give(struct cr_log *log)
{
	uint64_t step = step_of(log);
	uint64_t left = 0;
	struct stat st;
	bool given = false;
	int fd = -1;

	(void)pthread_mutex_lock(&log->space.lock);
	if (log->space.reserve > 0)
		fd = open_reserve(log, &st);
	if (fd >= 0) {
		left = bytes_held(&st) > step ? bytes_held(&st) - step : 0;
		/* the blocks are free for others once that is on disk */
		given = bytes_held(&st) > 0 &&
		    ftruncate(fd, (off_t)left) == 0 && fsync(fd) == 0;
		(void)close(fd);
	}
	set_reserve(log, given ? left : 0);
	(void)pthread_mutex_unlock(&log->space.lock);
	if (given)
		cr_log_tell(log, CR_LOG_EVENT_RESERVE_USED, 0, left);
	return given;
}

static int
build(struct cr_log *log)
{
	off_t want = (off_t)log->settings.reserve;
	struct stat st;
	int fd = open_reserve(log, &st);
	int rc = CR_ELOG;

	if (fd < 0)
		return CR_ELOG;
	if (fallocate(fd, 0, 0, want) == 0 && ftruncate(fd, want) == 0 &&
	    fsync(fd) == 0)
		rc = CR_OK;
	if (rc != CR_OK) {
		int kept = errno;

		if (fstat(fd, &st) == 0)
			set_reserve(log, bytes_held(&st));
		errno = kept;
	}
	(void)close(fd);
	return rc;
}

/* Only with room for it and some more, which *ret_enough tells. */
static void
rebuild(struct cr_log *log, uint64_t available, bool *ret_enough)
{
	uint64_t want = log->settings.reserve;
	uint64_t there;
	bool built = false;
	int error = 0;

	(void)pthread_mutex_lock(&log->space.lock);
	there = log->space.reserve < want ? log->space.reserve : want;
	*ret_enough = available >= want - there + step_of(log);
	if (there < want && *ret_enough) {
		built = build(log) == CR_OK;
		error = built ? 0 : errno;
		if (built)
			set_reserve(log, want);
	}
	(void)pthread_mutex_unlock(&log->space.lock);
	if (built) {
		log->space.rebuild_failed = false;
		cr_log_tell(log, CR_LOG_EVENT_RESERVE_REBUILT, 0, want);
	} else if (error != 0 && !log->space.rebuild_failed) {
		log->space.rebuild_failed = true;
		cr_log_tell(log, CR_LOG_EVENT_RESERVE_FAILED, error, 0);
	}
}

static void
warn(struct cr_log *log, uint64_t available)
{
	uint64_t mark = log->settings.warn_free;

	if (!log->space.low && available < mark) {
		log->space.low = true;
		cr_log_tell(log, CR_LOG_EVENT_SPACE_LOW, 0, available);
	} else if (log->space.low && available >= mark + mark / 8) {
		log->space.low = false;
		cr_log_tell(log, CR_LOG_EVENT_SPACE_ENOUGH, 0, available);
	}
}

int64_t
cr_space_due(const struct cr_log *log)
{
	return log->space.looked_ms + (log->full ? TICK_FULL_MS : TICK_MS);
}

bool
cr_space_set_full(struct cr_log *log)
{
	struct cr_space *space = &log->space;
	int64_t now = cr_log_now_ms();

	if (log->full)
		return false;
	log->full = true;
	space->full_ms = now;
	if (now - space->emptied_ms >= AGAIN_MS)
		space->hold_ms = 0;
	else if (space->hold_ms < HOLD_MAX_MS)
		space->hold_ms = space->hold_ms * 2 + TICK_FULL_MS;
	return true;
}

/* There is room: ordinary leaves are taken again. */
static void
open_again(struct cr_log *log)
{
	bool opened;

	cr_log_lock(log);
	opened = log->full && cr_log_now_ms() - log->space.full_ms >=
	    log->space.hold_ms;
	if (opened) {
		log->full = false;
		log->space.emptied_ms = cr_log_now_ms();
	}
	if (opened && log->broken) {
		log->retry_now = true;
		(void)pthread_cond_signal(&log->work);
	}
	cr_log_set_open(log);
	cr_log_unlock(log);
	if (opened)
		cr_log_tell(log, CR_LOG_EVENT_NOT_FULL, 0, 0);
}

void
cr_space_tick(struct cr_log *log)
{
	uint64_t available;
	bool enough;

	log->space.looked_ms = cr_log_now_ms();
	if (!look_at_free(log, &available))
		return;
	warn(log, available);
	rebuild(log, available, &enough);
	if (enough)
		open_again(log);
}
