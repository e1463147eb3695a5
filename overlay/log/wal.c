#include "wal_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long a directory that was replaced may go unnoticed. */
#define CHECK_EVERY_MS 100

static int64_t
now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0)
		return INT64_MAX;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct cr_identity
identity_of(const struct stat *st)
{
	return (struct cr_identity){ st->st_dev, st->st_ino };
}

static bool
is_same(struct cr_identity a, const struct stat *st)
{
	return a.device == st->st_dev && a.inode == st->st_ino;
}

static int
stale(void)
{
	errno = ESTALE;
	return CR_ELOG;
}

static int
add_segment(struct cr_wal *wal, struct cr_wal_segment segment)
{
	if (wal->count == wal->capacity) {
		size_t capacity = wal->capacity * 2 + 16;
		void *more = realloc(wal->segments,
		    capacity * sizeof(*wal->segments));

		if (more == NULL)
			return CR_ENOMEM;
		wal->segments = more;
		wal->capacity = capacity;
	}
	wal->segments[wal->count++] = segment;
	return CR_OK;
}

static int
open_dir(struct cr_wal *wal)
{
	struct stat st;
	int fd;

	if (mkdirat(wal->top, CR_WAL_DIR, 0700) != 0 && errno != EEXIST)
		return CR_ELOG;
	fd = openat(wal->top, CR_WAL_DIR, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return CR_ELOG;
	if (fstat(fd, &st) != 0 || fsync(wal->top) != 0) {
		int kept = errno;

		(void)close(fd);
		errno = kept;
		return CR_ELOG;
	}
	if (wal->dir >= 0)
		(void)close(wal->dir);
	wal->dir = fd;
	wal->dir_is = identity_of(&st);
	wal->checked_ms = now_ms();
	return CR_OK;
}

int
cr_wal_open(const struct cr_wal_settings *settings, struct cr_wal **ret_wal)
{
	struct cr_wal *wal = calloc(1, sizeof(*wal));
	struct stat st;
	int rc = CR_ENOMEM;

	if (wal == NULL)
		return CR_ENOMEM;
	wal->fd = -1;
	wal->dir = -1;
	wal->top = settings->dirfd;
	wal->segment_size = settings->segment_size;
	wal->flush = settings->flush;
	wal->sequence = settings->sequence;
	if (pthread_mutex_init(&wal->lock, NULL) != 0) {
		free(wal);
		return CR_ENOMEM;
	}
	wal->directory = strdup(settings->directory);
	if (wal->directory == NULL)
		goto out;
	for (size_t i = 0; i < settings->old_count; i++) {
		if (add_segment(wal, settings->old[i]) != CR_OK)
			goto out;
	}
	rc = CR_ELOG;
	if (fstat(wal->top, &st) != 0)
		goto out;
	wal->top_is = identity_of(&st);
	if (open_dir(wal) != CR_OK)
		goto out;
	cr_wal_find_spares(wal);
	*ret_wal = wal;
	wal = NULL;
	rc = CR_OK;
out:
	cr_wal_close(&wal);
	return rc;
}

void
cr_wal_close(struct cr_wal **wal)
{
	int kept = errno;

	if (wal == NULL || *wal == NULL)
		return;
	if ((*wal)->fd >= 0)
		(void)close((*wal)->fd);
	if ((*wal)->dir >= 0)
		(void)close((*wal)->dir);
	(void)pthread_mutex_destroy(&(*wal)->lock);
	free((*wal)->segments);
	free((*wal)->directory);
	free(*wal);
	*wal = NULL;
	errno = kept;
}

/* The header is durable before the file has its name. */
static int
start(struct cr_wal *wal, int fd, const char *from)
{
	unsigned char bytes[CR_WAL_SECTOR];
	struct stat st;

	cr_wal_header_encode(&wal->header, bytes);
	if (fstat(fd, &st) != 0 ||
	    cr_wal_write_all(fd, bytes, sizeof(bytes), 0) != CR_OK ||
	    fdatasync(fd) != 0)
		return CR_ELOG;
	cr_wal_name(wal->header.first, wal->header.sequence, wal->name);
	if (renameat(wal->dir, from, wal->dir, wal->name) != 0)
		return CR_ELOG;
	if (fsync(wal->dir) != 0) {
		int kept = errno;

		(void)unlinkat(wal->dir, wal->name, 0);
		errno = kept;
		return CR_ELOG;
	}
	wal->is = identity_of(&st);
	wal->offset = CR_WAL_SECTOR;
	return CR_OK;
}

static int
start_from(struct cr_wal *wal, int fd, const char *from)
{
	int rc;
	int kept;

	if (fd < 0)
		return CR_ELOG;
	rc = start(wal, fd, from);
	if (rc == CR_OK) {
		wal->fd = fd;
		return CR_OK;
	}
	kept = errno;
	(void)close(fd);
	(void)unlinkat(wal->dir, from, 0);
	errno = kept;
	return rc;
}

int
cr_wal_begin(struct cr_wal *wal, uint64_t first)
{
	int spare;
	int rc = CR_ELOG;

	cr_wal_give_up(wal, first);
	wal->header = (struct cr_wal_header){
		.flags = wal->flush ? CR_WAL_FLUSH : 0,
		.sequence = ++wal->sequence,
		.first = first,
		.size = wal->segment_size
	};
	if (getrandom(wal->header.generation, CR_WAL_GENERATION, 0) !=
	    (ssize_t)CR_WAL_GENERATION)
		return CR_ELOG;
	spare = cr_wal_spare_take(wal, SPARE_READY, SPARE_BUSY);
	if (spare >= 0) {
		rc = start_from(wal, cr_wal_spare_open(wal, spare),
		    cr_wal_spare_name(spare));
		cr_wal_spare_set(wal, spare, SPARE_NONE);
	}
	if (rc != CR_OK)
		rc = start_from(wal, cr_wal_create(wal, CR_WAL_FRESH, false),
		    CR_WAL_FRESH);
	if (rc != CR_OK)
		return CR_ELOG;
	(void)pthread_mutex_lock(&wal->lock);
	rc = add_segment(wal, (struct cr_wal_segment){ first,
	    wal->header.sequence });
	(void)pthread_mutex_unlock(&wal->lock);
	if (rc != CR_OK) {
		errno = ENOMEM;
		cr_wal_give_up(wal, first);
		return CR_ELOG;
	}
	return CR_OK;
}

bool
cr_wal_is_open(const struct cr_wal *wal)
{
	return wal->fd >= 0;
}

static uint64_t
padded(uint64_t length)
{
	length += CR_WAL_BATCH_HEAD + CR_WAL_SECTOR - 1;
	return length - length % CR_WAL_SECTOR;
}

bool
cr_wal_fits(const struct cr_wal *wal, uint64_t length)
{
	return padded(length) <= wal->segment_size - wal->offset;
}

uint64_t
cr_wal_batch_max(const struct cr_wal *wal)
{
	return wal->segment_size - CR_WAL_SECTOR - CR_WAL_BATCH_HEAD;
}

int
cr_wal_write(struct cr_wal *wal, uint64_t first, uint32_t count,
    const struct iovec *pieces, int piece_count)
{
	static const unsigned char zeros[CR_WAL_SECTOR];
	unsigned char head[CR_WAL_BATCH_HEAD];
	struct iovec all[4];
	uint64_t length = 0;
	uint64_t total;
	ssize_t written;
	int n = 0;

	cr_wal_batch_encode(wal->header.generation, first, count, pieces,
	    piece_count, head);
	all[n++] = (struct iovec){ head, sizeof(head) };
	for (int i = 0; i < piece_count; i++) {
		all[n++] = pieces[i];
		length += pieces[i].iov_len;
	}
	total = padded(length);
	all[n++] = (struct iovec){ (void *)(uintptr_t)zeros,
	    (size_t)(total - length - sizeof(head)) };
	do
		written = pwritev(wal->fd, all, n, (off_t)wal->offset);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return CR_ELOG;
	if ((uint64_t)written != total) {
		errno = ENOSPC;
		return CR_ELOG;
	}
	wal->offset += total;
	return CR_OK;
}

int
cr_wal_sync(struct cr_wal *wal)
{
	return fdatasync(wal->fd) == 0 ? CR_OK : CR_ELOG;
}

int
cr_wal_share(const struct cr_wal *wal)
{
	return wal->fd < 0 ? -1 : fcntl(wal->fd, F_DUPFD_CLOEXEC, 0);
}

static int
check_directories(struct cr_wal *wal)
{
	struct stat st;

	if (stat(wal->directory, &st) != 0)
		return CR_ELOG;
	if (!is_same(wal->top_is, &st))
		return stale();
	if (fstatat(wal->top, CR_WAL_DIR, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return CR_ELOG;
	return is_same(wal->dir_is, &st) ? CR_OK : stale();
}

int
cr_wal_check(struct cr_wal *wal)
{
	struct stat st;
	int64_t now = now_ms();

	if (fstatat(wal->dir, wal->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? stale() : CR_ELOG;
	if (!is_same(wal->is, &st))
		return stale();
	if (now - wal->checked_ms < CHECK_EVERY_MS)
		return CR_OK;
	if (check_directories(wal) != CR_OK)
		return CR_ELOG;
	wal->checked_ms = now;
	return CR_OK;
}

void
cr_wal_give_up(struct cr_wal *wal, uint64_t durable)
{
	bool empty = wal->header.first == durable;
	int kept = errno;

	if (wal->fd >= 0)
		(void)close(wal->fd);
	if (wal->fd >= 0 && empty &&
	    unlinkat(wal->dir, wal->name, 0) == 0) {
		(void)pthread_mutex_lock(&wal->lock);
		if (wal->count > 0 && wal->segments[wal->count - 1].sequence ==
		    wal->header.sequence)
			wal->count--;
		(void)pthread_mutex_unlock(&wal->lock);
	}
	wal->fd = -1;
	errno = kept;
}

int
cr_wal_find(struct cr_wal *wal, bool *ret_changed)
{
	struct cr_identity before = wal->dir_is;
	struct stat st;

	if (stat(wal->directory, &st) != 0)
		return CR_ELOG;
	if (!is_same(wal->top_is, &st))
		return stale();
	if (fstatat(wal->top, CR_WAL_DIR, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			return CR_ELOG;
	} else if (is_same(before, &st)) {
		wal->checked_ms = now_ms();
		*ret_changed = false;
		return CR_OK;
	}
	if (open_dir(wal) != CR_OK)
		return CR_ELOG;
	(void)pthread_mutex_lock(&wal->lock);
	wal->count = 0;
	cr_wal_find_spares(wal);
	(void)pthread_mutex_unlock(&wal->lock);
	*ret_changed = true;
	return CR_OK;
}

/* The oldest segment, when the one after it starts at or below the index. */
static bool
find_oldest(struct cr_wal *wal, uint64_t below, struct cr_wal_segment *ret)
{
	bool found;

	(void)pthread_mutex_lock(&wal->lock);
	found = wal->count >= 2 && wal->segments[1].first <= below;
	if (found)
		*ret = wal->segments[0];
	(void)pthread_mutex_unlock(&wal->lock);
	return found;
}

static void
drop_oldest(struct cr_wal *wal, struct cr_wal_segment segment)
{
	(void)pthread_mutex_lock(&wal->lock);
	if (wal->count > 0 &&
	    wal->segments[0].sequence == segment.sequence) {
		wal->count--;
		memmove(wal->segments, wal->segments + 1,
		    wal->count * sizeof(*wal->segments));
	}
	(void)pthread_mutex_unlock(&wal->lock);
}

/*
 * The oldest first, and none while an older one is still there: an old segment
 * that nothing follows would seem to be the end of the log.
 */
void
cr_wal_forget(struct cr_wal *wal, uint64_t below)
{
	struct cr_wal_segment segment;

	while (find_oldest(wal, below, &segment)) {
		if (!cr_wal_retire(wal, segment))
			return;
		drop_oldest(wal, segment);
	}
}

void
cr_wal_forget_all(struct cr_wal *wal)
{
	if (wal->fd >= 0)
		(void)close(wal->fd);
	wal->fd = -1;
	cr_wal_forget(wal, UINT64_MAX);
	if (wal->count == 1 && fsync(wal->dir) == 0)
		(void)cr_wal_retire(wal, wal->segments[0]);
	wal->count = 0;
}
