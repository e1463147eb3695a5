#include "wal_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const spare_names[CR_WAL_SPARES] = {
	"spare-0", "spare-1"
};

const char *
cr_wal_spare_name(int i)
{
	return spare_names[i];
}

int
cr_wal_write_all(int fd, const void *bytes, size_t len, uint64_t offset)
{
	const char *from = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			return CR_ELOG;
		}
		from += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return CR_OK;
}

/* Blocks that were written once: to write them again changes no metadata. */
static int
fill(int fd, uint64_t size)
{
	static const unsigned char zeros[1 << 16];
	int rc = CR_OK;

	for (uint64_t at = 0; at < size && rc == CR_OK; at += sizeof(zeros))
		rc = cr_wal_write_all(fd, zeros, sizeof(zeros) < size - at ?
		    sizeof(zeros) : (size_t)(size - at), at);
	return rc;
}

int
cr_wal_create(struct cr_wal *wal, const char *name, bool filled)
{
	int fd;
	int kept;
	int rc = CR_OK;

	if (unlinkat(wal->dir, name, 0) != 0 && errno != ENOENT)
		return -1;
	fd = openat(wal->dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (fchmod(fd, 0600) != 0) {
		rc = CR_ELOG;
	} else if (fallocate(fd, 0, 0, (off_t)wal->segment_size) != 0) {
		if (errno == EOPNOTSUPP)
			filled = true;
		else
			rc = CR_ELOG;
	}
	if (rc == CR_OK && filled)
		rc = fill(fd, wal->segment_size);
	if (rc == CR_OK && fsync(fd) != 0)
		rc = CR_ELOG;
	if (rc == CR_OK)
		return fd;
	kept = errno;
	(void)close(fd);
	(void)unlinkat(wal->dir, name, 0);
	errno = kept;
	return -1;
}

int
cr_wal_spare_take(struct cr_wal *wal, enum cr_spare from, enum cr_spare to)
{
	int found = -1;

	(void)pthread_mutex_lock(&wal->lock);
	for (int i = 0; i < CR_WAL_SPARES && found < 0; i++) {
		if (wal->spares[i] == from) {
			wal->spares[i] = to;
			found = i;
		}
	}
	(void)pthread_mutex_unlock(&wal->lock);
	return found;
}

void
cr_wal_spare_set(struct cr_wal *wal, int i, enum cr_spare what)
{
	(void)pthread_mutex_lock(&wal->lock);
	wal->spares[i] = what;
	(void)pthread_mutex_unlock(&wal->lock);
}

/* Files that others hold or that are not ours are not written to. */
int
cr_wal_spare_open(struct cr_wal *wal, int i)
{
	struct stat st;
	int fd = openat(wal->dir, spare_names[i], O_RDWR | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    (uint64_t)st.st_size == wal->segment_size &&
	    (st.st_mode & 07777) == 0600)
		return fd;
	(void)close(fd);
	errno = ESTALE;
	return -1;
}

void
cr_wal_find_spares(struct cr_wal *wal)
{
	struct stat st;

	(void)unlinkat(wal->dir, CR_WAL_FRESH, 0);
	for (int i = 0; i < CR_WAL_SPARES; i++) {
		wal->spares[i] = SPARE_NONE;
		if (fstatat(wal->dir, spare_names[i], &st,
		    AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISREG(st.st_mode) &&
		    (uint64_t)st.st_size == wal->segment_size)
			wal->spares[i] = SPARE_READY;
		else
			(void)unlinkat(wal->dir, spare_names[i], 0);
	}
}

bool
cr_wal_retire(struct cr_wal *wal, struct cr_wal_segment segment)
{
	int spare = cr_wal_spare_take(wal, SPARE_NONE, SPARE_BUSY);
	char name[CR_WAL_NAME_SIZE];
	struct stat st;
	bool kept = false;

	cr_wal_name(segment.first, segment.sequence, name);
	if (spare >= 0) {
		kept = fstatat(wal->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    (uint64_t)st.st_size == wal->segment_size &&
		    renameat(wal->dir, name, wal->dir,
		    spare_names[spare]) == 0;
		cr_wal_spare_set(wal, spare, kept ? SPARE_READY : SPARE_NONE);
	}
	return kept || unlinkat(wal->dir, name, 0) == 0 || errno == ENOENT;
}

/*
 * Whatever stands there, each file is of no use: removed, not kept, since it
 * may be anything.  A later begin makes that durable.
 */
int
cr_wal_purge(struct cr_wal *wal)
{
	int fd = openat(wal->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int rc = CR_OK;

	if (stream == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return CR_ELOG;
	}
	while (rc == CR_OK && (entry = readdir(stream)) != NULL) {
		struct cr_wal_segment found;

		if (!cr_wal_name_parse(entry->d_name, &found.first,
		    &found.sequence))
			continue;
		if (found.sequence > wal->sequence)
			wal->sequence = found.sequence;
		if (unlinkat(wal->dir, entry->d_name, 0) != 0 &&
		    errno != ENOENT)
			rc = CR_ELOG;
	}
	(void)closedir(stream);
	return rc;
}

int
cr_wal_prepare(struct cr_wal *wal)
{
	int spare = cr_wal_spare_take(wal, SPARE_READY, SPARE_READY);
	int fd;

	if (spare >= 0)
		return CR_OK;
	spare = cr_wal_spare_take(wal, SPARE_NONE, SPARE_BUSY);
	if (spare < 0)
		return CR_OK;
	fd = cr_wal_create(wal, spare_names[spare], true);
	cr_wal_spare_set(wal, spare, fd >= 0 ? SPARE_READY : SPARE_NONE);
	if (fd < 0)
		return CR_ELOG;
	(void)close(fd);
	return CR_OK;
}
