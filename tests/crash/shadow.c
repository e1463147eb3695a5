#include "crash/shadow_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR 512u
#define FDS 4096
#define TRUNCATE_MOST (1 << 20)
#define LMDB_PAGE 4096

struct sector {
	uint64_t number;
	struct sector *next;
	bool stuck;			/* a sync of it has failed */
	unsigned char bytes[SECTOR];	/* as of the last sync */
};

#define BUCKETS 1024u

struct file {
	struct file *next;
	dev_t device;
	ino_t inode;
	int fd;				/* our own, for putting back */
	bool is_lmdb;
	off_t safe_size;
	struct sector *sectors[BUCKETS];
};

static struct shadow_plan plan;
static bool planned;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t calls;
static uint64_t last_call;		/* as the file said; 0: not there yet */
static uint64_t random_state;
static struct file *files;
static struct file *open_files[FDS];
static bool always_synced[FDS];

static void
read_environment(void)
{
	const char *at = getenv("CR_CRASH_AT");
	const char *seed = getenv("CR_CRASH_SEED");
	const char *slow = getenv("CR_CRASH_SLOW");

	planned = true;
	plan = (struct shadow_plan){
		.directory = getenv("CR_CRASH_DIR"),
		.when = getenv("CR_CRASH_WHEN"),
		.count_file = getenv("CR_CRASH_COUNT"),
		.fail = getenv("CR_CRASH_FAIL"),
		.slow = slow != NULL ? strtoull(slow, NULL, 10) : 0,
		.at = at != NULL ? strtoull(at, NULL, 10) : 0,
		.seed = seed != NULL ? strtoull(seed, NULL, 10) : 0,
		.lose_nothing = getenv("CR_CRASH_KEEP") != NULL,
		.commits = getenv("CR_CRASH_COMMITS") != NULL
	};
	random_state = plan.seed * 2654435769u + 88172645463325252u;
}

void
shadow_set(const struct shadow_plan *new_plan)
{
	planned = true;
	plan = *new_plan;
	random_state = plan.seed * 2654435769u + 88172645463325252u;
	calls = 0;
	last_call = 0;
}

uint64_t
shadow_calls(void)
{
	return calls;
}

void
shadow_lock(void)
{
	(void)pthread_mutex_lock(&lock);
	if (!planned)
		read_environment();
}

void
shadow_unlock(void)
{
	int kept = errno;

	(void)pthread_mutex_unlock(&lock);
	errno = kept;
}

uint64_t
shadow_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

const char *
shadow_directory(void)
{
	return plan.directory;
}

static bool
is_below(const char *path)
{
	size_t len;

	if (plan.directory == NULL)
		return false;
	len = strlen(plan.directory);
	return strncmp(path, plan.directory, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
}

/* Where a descriptor is, as the kernel says. */
static bool
path_of(int fd, char path[4096])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, 4095);
	if (n < 0)
		return false;
	path[n] = '\0';
	return true;
}

bool
shadow_fd_is_below(int fd)
{
	char path[4096];

	return path_of(fd, path) && is_below(path);
}

static bool
is_lmdb(int fd)
{
	static const char name[] = "/data.mdb";
	char path[4096];
	size_t len;

	if (!path_of(fd, path))
		return false;
	len = strlen(path);
	return len >= sizeof(name) - 1 &&
	    strcmp(path + len - (sizeof(name) - 1), name) == 0;
}

/* ---- files ---------------------------------------------------------------- */

static struct file *
file_of(int fd)
{
	return fd >= 0 && fd < FDS ? open_files[fd] : NULL;
}

static struct file *
find_file(const struct stat *st)
{
	for (struct file *f = files; f != NULL; f = f->next) {
		if (f->device == st->st_dev && f->inode == st->st_ino)
			return f;
	}
	return NULL;
}

void
shadow_opened(int fd, int flags)
{
	char link[64];
	struct stat st;
	struct file *file;
	int kept = errno;

	if (fd < 0 || fd >= FDS || plan.directory == NULL)
		return;
	open_files[fd] = NULL;
	if (!shadow_fd_is_below(fd) || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (flags & O_ACCMODE) == O_RDONLY)
		goto out;
	file = find_file(&st);
	if (file == NULL) {
		file = calloc(1, sizeof(*file));
		if (file == NULL)
			abort();
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		file->fd = (int)syscall(SYS_openat, AT_FDCWD, link,
		    O_RDWR | O_CLOEXEC);
		file->device = st.st_dev;
		file->inode = st.st_ino;
		file->safe_size = st.st_size;
		file->is_lmdb = is_lmdb(fd);
		file->next = files;
		files = file;
	}
	open_files[fd] = file;
	always_synced[fd] = (flags & O_DSYNC) != 0;
out:
	errno = kept;
}

void
shadow_closed(int fd)
{
	if (fd >= 0 && fd < FDS)
		open_files[fd] = NULL;
}

static struct sector **
find_sector(struct file *file, uint64_t number)
{
	struct sector **s = &file->sectors[number % BUCKETS];

	while (*s != NULL && (*s)->number != number)
		s = &(*s)->next;
	return s;
}

static void
save_sectors(struct file *file, uint64_t from, uint64_t to)
{
	for (uint64_t number = from / SECTOR; number * SECTOR < to; number++) {
		struct sector **s = find_sector(file, number);

		if (*s != NULL) {
			(*s)->stuck = false;
			continue;
		}
		*s = calloc(1, sizeof(**s));
		if (*s == NULL)
			abort();
		(*s)->number = number;
		(void)syscall(SYS_pread64, file->fd, (*s)->bytes,
		    (size_t)SECTOR, (off_t)(number * SECTOR));
	}
}

void
shadow_will_write(int fd, off_t at, size_t len)
{
	struct file *file = file_of(fd);
	int kept = errno;

	if (file != NULL)
		save_sectors(file, (uint64_t)at, (uint64_t)at + len);
	errno = kept;
}

void
shadow_will_truncate(int fd, off_t size)
{
	struct file *file = file_of(fd);
	struct stat st;
	int kept = errno;

	if (file != NULL && fstat(fd, &st) == 0 && st.st_size > size) {
		if (st.st_size - size <= TRUNCATE_MOST)
			save_sectors(file, (uint64_t)size,
			    (uint64_t)st.st_size);
		else if (file->safe_size > size)
			file->safe_size = size;
	}
	errno = kept;
}

static void
make_safe(struct file *file)
{
	struct stat st;

	for (unsigned i = 0; i < BUCKETS; i++) {
		struct sector **at = &file->sectors[i];

		while (*at != NULL) {
			struct sector *s = *at;

			if (s->stuck) {
				at = &s->next;
				continue;
			}
			*at = s->next;
			free(s);
		}
	}
	if (fstat(file->fd, &st) == 0)
		file->safe_size = st.st_size;
}

/* The kernel takes what it could not write as written. */
static void
make_stuck(struct file *file)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct sector *s = file->sectors[i]; s != NULL;
		    s = s->next)
			s->stuck = true;
	}
}

static bool
is_ours(int fd)
{
	return file_of(fd) != NULL ||
	    (plan.directory != NULL && shadow_fd_is_below(fd));
}

bool
shadow_fails(int fd, bool sync)
{
	int kept = errno;
	bool fails = plan.fail != NULL && is_ours(fd) &&
	    access(plan.fail, F_OK) == 0 && shadow_random() % 2 == 0;

	if (fails && sync && file_of(fd) != NULL)
		make_stuck(file_of(fd));
	errno = fails ? EIO : kept;
	return fails;
}

void
shadow_wait(int fd)
{
	int kept = errno;

	if (plan.slow != 0 && is_ours(fd))
		(void)usleep((useconds_t)plan.slow);
	errno = kept;
}

void
shadow_written(int fd, off_t at, size_t len)
{
	struct file *file = file_of(fd);
	struct stat st;
	int kept = errno;

	if (file == NULL || !always_synced[fd])
		return;
	for (uint64_t n = (uint64_t)at / SECTOR; n * SECTOR <
	    (uint64_t)at + len; n++) {
		struct sector **s = find_sector(file, n);
		struct sector *gone = *s;

		if (gone != NULL) {
			*s = gone->next;
			free(gone);
		}
	}
	if (fstat(file->fd, &st) == 0)
		file->safe_size = st.st_size;
	errno = kept;
}

off_t
shadow_offset(int fd)
{
	struct stat st;
	int kept = errno;
	off_t at = 0;

	if (file_of(fd) != NULL) {
		int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);

		if ((flags & O_APPEND) != 0 && fstat(fd, &st) == 0)
			at = st.st_size;
		else
			at = lseek(fd, 0, SEEK_CUR);
	}
	errno = kept;
	return at;
}

void
shadow_synced(int fd)
{
	int kept = errno;
	struct stat st;

	if (file_of(fd) != NULL)
		make_safe(file_of(fd));
	else if (plan.directory != NULL && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		shadow_names_safe(fd);
	errno = kept;
}

/* ---- the crash ------------------------------------------------------------ */

/* One time in four everything is lost, one time in four nothing. */
static void
put_back_file(struct file *file)
{
	uint64_t how = shadow_random() % 4;
	struct stat st;

	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct sector *s = file->sectors[i]; s != NULL;
		    s = s->next) {
			if (how == 1 || (how > 1 && shadow_random() % 2 == 0))
				continue;
			(void)syscall(SYS_pwrite64, file->fd, s->bytes,
			    (size_t)SECTOR, (off_t)(s->number * SECTOR));
		}
	}
	if (fstat(file->fd, &st) == 0 && st.st_size > file->safe_size &&
	    (how == 0 || (how > 1 && shadow_random() % 2 == 0)))
		(void)syscall(SYS_ftruncate, file->fd, file->safe_size);
}

_Noreturn void
shadow_crash(void)
{
	for (struct file *f = files; f != NULL && !plan.lose_nothing;
	    f = f->next)
		put_back_file(f);
	shadow_put_back_names(plan.lose_nothing);
	for (;;)
		(void)syscall(SYS_kill, getpid(), SIGKILL);
}

/* From the call on at which the file is seen; it is renamed into place. */
static bool
when_is_over(void)
{
	char text[24] = "";
	int fd;

	if (last_call == 0) {
		fd = (int)syscall(SYS_openat, AT_FDCWD, plan.when,
		    O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return false;
		(void)!syscall(SYS_read, fd, text, sizeof(text) - 1);
		(void)syscall(SYS_close, fd);
		last_call = strtoull(text, NULL, 10);
		last_call = calls + (last_call > 0 ? last_call - 1 : 0);
	}
	return calls >= last_call;
}

static void
count(void)
{
	int kept = errno;

	calls++;
	if ((plan.at != 0 && calls >= plan.at) ||
	    (plan.when != NULL && when_is_over()))
		shadow_crash();
	errno = kept;
}

void
shadow_count(bool ours)
{
	if (ours && !plan.commits)
		count();
}

void
shadow_count_fd(int fd)
{
	int kept = errno;

	if (!plan.commits && is_ours(fd))
		count();
	errno = kept;
}

/* The last write of a transaction is that of one of the two first pages. */
void
shadow_count_write(int fd, off_t at, size_t len)
{
	if (!plan.commits)
		shadow_count_fd(fd);
	else if (file_of(fd) != NULL && file_of(fd)->is_lmdb &&
	    at < 2 * LMDB_PAGE && len < LMDB_PAGE)
		count();
}

__attribute__((destructor)) static void
finish(void)
{
	FILE *file;

	shadow_forget_names();
	if (plan.count_file == NULL)
		return;
	file = fopen(plan.count_file, "w");
	if (file == NULL)
		return;
	(void)fprintf(file, "%llu\n", (unsigned long long)calls);
	(void)fclose(file);
}
