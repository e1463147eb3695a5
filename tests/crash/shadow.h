/*
 * What a disk would have lost: which sectors, sizes and names below one
 * directory were changed and not synced, and what they were before.  At the
 * crash a random part of that is put back, and the process ends by SIGKILL.
 *
 * Data is safe once its file was synced (fsync, fdatasync), a name once its
 * directory was.  Of sectors (512 bytes) that are not safe each is kept or
 * lost by itself; of changes of names a first part is kept, in order.  A file
 * that grew and was not synced may have its old size again.
 *
 * Names come from a raw system call on both sides, so that this works under
 * LD_PRELOAD (shim.c) and in a program linked with --wrap.
 *
 * Environment, read at the first call:
 *	CR_CRASH_DIR	absolute; nothing outside is touched; unset: off
 *	CR_CRASH_AT	the number of the call (of those that change or sync
 *			something there) after which the process dies; 0: none
 *	CR_CRASH_WHEN	a file: dies at the next call once it is there, or at
 *			the so manieth when it has a number
 *	CR_CRASH_COMMITS	set: of the calls only those count that end a
 *			transaction of LMDB (data.mdb)
 *	CR_CRASH_SEED	what is lost
 *	CR_CRASH_KEEP	set: only the process dies, the disk loses nothing
 *	CR_CRASH_COUNT	a file that gets the number of calls at a normal end
 *	CR_CRASH_FAIL	a file: while it is there one write or sync in two fails
 *			with EIO, and what such a sync was to make safe never
 *			is, though later syncs say so
 *	CR_CRASH_SLOW	microseconds before each sync of something there
 * Not seen: writes through mmap (LMDB's lock file) and stdio.  What ftruncate cuts off by more
 * than a MiB counts as safe at once.
 */
#ifndef CR_CRASH_SHADOW_H
#define CR_CRASH_SHADOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct shadow_plan {
	const char *directory;
	const char *when;
	const char *count_file;
	const char *fail;
	uint64_t at;
	uint64_t seed;
	uint64_t slow;
	bool lose_nothing;
	bool commits;
};

/* In place of the environment; copies nothing. */
void shadow_set(const struct shadow_plan *plan);
uint64_t shadow_calls(void);

/* Around each call: no other thread changes anything meanwhile. */
void shadow_lock(void);
void shadow_unlock(void);

/* Files.  With the lock held; fds of other directories are passed over. */
void shadow_opened(int fd, int flags);
void shadow_closed(int fd);
/* Before the write, and after one that was successful. */
void shadow_will_write(int fd, off_t at, size_t len);
void shadow_written(int fd, off_t at, size_t len);
void shadow_will_truncate(int fd, off_t size);
void shadow_synced(int fd);
/* errno is EIO: the call is not to be made. */
bool shadow_fails(int fd, bool sync);
/* Without the lock. */
void shadow_wait(int fd);
/* Where write() will put its bytes. */
off_t shadow_offset(int fd);

/*
 * Names.  Before a change, `note`, which keeps what goes away; after it,
 * `keep`, with whether it was successful.
 */
enum shadow_change {
	SHADOW_NOTHING = 0, SHADOW_CREATE, SHADOW_RENAME, SHADOW_UNLINK,
	SHADOW_RMDIR, SHADOW_MKDIR
};

struct shadow_note {
	enum shadow_change change;
	int from_dir;			/* owned; -1: not ours */
	int to_dir;
	int backup;			/* number of the link to it; 0: none */
	char from[256];
	char to[256];
};

void shadow_note(struct shadow_note *note, enum shadow_change change,
	int from_dir, const char *from, int to_dir, const char *to);
void shadow_keep(struct shadow_note *note, bool done);

/*
 * Counts a call that changed or synced something (fd or note are below the
 * directory) and does not return when its time has come.
 */
void shadow_count_fd(int fd);
void shadow_count_write(int fd, off_t at, size_t len);
void shadow_count(bool ours);

/* Puts back what is lost, and ends the process. */
_Noreturn void shadow_crash(void);

#endif
