/* The names below the directory: who was there, and who is not for sure. */
#include "crash/shadow_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct change {
	struct change *next;		/* older */
	struct shadow_note note;
};

static struct change *changes;
static unsigned change_count;
static int backups;
static char backup_dir[512];

static void
drop_note(struct shadow_note *note)
{
	if (note->from_dir >= 0)
		(void)syscall(SYS_close, note->from_dir);
	if (note->to_dir >= 0)
		(void)syscall(SYS_close, note->to_dir);
	if (note->backup != 0) {
		char path[600];

		(void)snprintf(path, sizeof(path), "%s/%d", backup_dir,
		    note->backup);
		(void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	}
	note->from_dir = -1;
	note->to_dir = -1;
	note->backup = 0;
}

static bool
same_dir(int a, int b)
{
	struct stat x;
	struct stat y;

	return a >= 0 && b >= 0 && fstat(a, &x) == 0 && fstat(b, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A directory was synced: the changes in it are there to stay. */
void
shadow_names_safe(int fd)
{
	struct change **c = &changes;

	while (*c != NULL) {
		struct change *change = *c;

		if (!same_dir(fd, change->note.to_dir >= 0 ?
		    change->note.to_dir : change->note.from_dir)) {
			c = &change->next;
			continue;
		}
		*c = change->next;
		drop_note(&change->note);
		free(change);
		change_count--;
	}
}

/* The directory of a path, open, and its last part; -1: not below ours. */
static int
parent_of(int dir, const char *path, char name[256])
{
	char parent[4096];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	int fd;

	if (len >= sizeof(parent) || shadow_directory() == NULL)
		return -1;
	memcpy(parent, path, len);
	parent[len] = '\0';
	if (slash == NULL)
		strcpy(parent, ".");
	else if (len == 0)
		strcpy(parent, "/");
	(void)snprintf(name, 256, "%s", slash == NULL ? path : slash + 1);
	fd = (int)syscall(SYS_openat, dir, parent, O_PATH | O_DIRECTORY |
	    O_CLOEXEC);
	if (fd >= 0 && !shadow_fd_is_below(fd)) {
		(void)syscall(SYS_close, fd);
		fd = -1;
	}
	return fd;
}

/* A second name beside the directory keeps what loses its only one. */
static int
back_up(int dir, const char *name)
{
	char path[600];

	if (backup_dir[0] == '\0') {
		(void)snprintf(backup_dir, sizeof(backup_dir),
		    "%.400s-lost-%d", shadow_directory(), (int)getpid());
		(void)syscall(SYS_mkdirat, AT_FDCWD, backup_dir, 0700);
	}
	(void)snprintf(path, sizeof(path), "%s/%d", backup_dir, backups + 1);
	if (syscall(SYS_linkat, dir, name, AT_FDCWD, path, 0) != 0)
		return 0;
	return ++backups;
}

void
shadow_note(struct shadow_note *note, enum shadow_change change, int from_dir,
    const char *from, int to_dir, const char *to)
{
	int kept = errno;
	struct stat st;

	*note = (struct shadow_note){
		.change = change, .from_dir = -1, .to_dir = -1
	};
	note->from_dir = parent_of(from_dir, from, note->from);
	if (to != NULL)
		note->to_dir = parent_of(to_dir, to, note->to);
	if (note->from_dir < 0 || (to != NULL && note->to_dir < 0)) {
		note->change = SHADOW_NOTHING;
	} else if (change == SHADOW_CREATE || change == SHADOW_MKDIR) {
		if (fstatat(note->from_dir, note->from, &st,
		    AT_SYMLINK_NOFOLLOW) == 0)
			note->change = SHADOW_NOTHING;
	} else if (change == SHADOW_UNLINK) {
		note->backup = back_up(note->from_dir, note->from);
	} else if (change == SHADOW_RENAME) {
		note->backup = back_up(note->to_dir, note->to);
	}
	errno = kept;
}

void
shadow_keep(struct shadow_note *note, bool done)
{
	int kept = errno;
	struct change *change;

	if (!done || note->change == SHADOW_NOTHING) {
		drop_note(note);
		errno = kept;
		return;
	}
	change = calloc(1, sizeof(*change));
	if (change == NULL)
		abort();
	change->note = *note;
	change->next = changes;
	changes = change;
	change_count++;
	errno = kept;
}

static void
put_back_name(struct shadow_note *note)
{
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/%d", backup_dir, note->backup);
	switch (note->change) {
	case SHADOW_CREATE:
		(void)syscall(SYS_unlinkat, note->from_dir, note->from, 0);
		break;
	case SHADOW_MKDIR:
		(void)syscall(SYS_unlinkat, note->from_dir, note->from,
		    AT_REMOVEDIR);
		break;
	case SHADOW_RMDIR:
		(void)syscall(SYS_mkdirat, note->from_dir, note->from, 0700);
		break;
	case SHADOW_UNLINK:
		if (note->backup != 0)
			(void)syscall(SYS_linkat, AT_FDCWD, path,
			    note->from_dir, note->from, 0);
		break;
	case SHADOW_RENAME:
		(void)syscall(SYS_renameat2, note->to_dir, note->to,
		    note->from_dir, note->from, 0);
		if (note->backup != 0)
			(void)syscall(SYS_linkat, AT_FDCWD, path,
			    note->to_dir, note->to, 0);
		break;
	default:
		break;
	}
}

void
shadow_put_back_names(bool lose_nothing)
{
	uint64_t lost = lose_nothing ? 0 :
	    shadow_random() % (change_count + 1);

	for (struct change *c = changes; c != NULL; c = c->next) {
		if (lost > 0) {
			put_back_name(&c->note);
			lost--;
		}
		drop_note(&c->note);
	}
	if (backup_dir[0] != '\0')
		(void)syscall(SYS_unlinkat, AT_FDCWD, backup_dir,
		    AT_REMOVEDIR);
}

void
shadow_forget_names(void)
{
	struct change *c;

	if (backup_dir[0] == '\0')
		return;
	while ((c = changes) != NULL) {
		changes = c->next;
		drop_note(&c->note);
		free(c);
	}
	(void)syscall(SYS_unlinkat, AT_FDCWD, backup_dir, AT_REMOVEDIR);
}
