/* The note beside data.mdb (core/compaction.h). */
#include "store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/disk.h"

void
cr_store_state(const struct cr_store *store, struct cr_compaction *ret,
    bool *ret_damaged)
{
	struct cr_file file = { 0 };
	int error = cr_disk_read(store->dirfd, CR_COMPACTION_FILE,
	    CR_COMPACTION_TEXT_SIZE, &file);

	*ret = (struct cr_compaction){ .state = CR_COMPACTION_UNKNOWN };
	*ret_damaged = error != ENOENT && (error != 0 ||
	    cr_compaction_parse(cr_file_slice(&file), ret) != CR_OK);
	cr_file_clear(&file);
}

/* slapd is to read it, and to write over it: it is the owner's. */
static int
write_note(struct cr_store *store, const char *text)
{
	int error;
	int fd = openat(store->dirfd, CR_STORE_NOTE, O_WRONLY | O_CREAT |
	    O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return errno;
	error = cr_disk_write_all(fd, text, strlen(text));
	if (error == 0 && (fchown(fd, store->data.st_uid,
	    store->data.st_gid) != 0 || fsync(fd) != 0))
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && renameat(store->dirfd, CR_STORE_NOTE, store->dirfd,
	    CR_COMPACTION_FILE) != 0)
		error = errno;
	if (error != 0)
		(void)unlinkat(store->dirfd, CR_STORE_NOTE, 0);
	return error == 0 ? cr_disk_sync(store->dirfd, "") : error;
}

int
cr_store_note_done(struct cr_store *store, int64_t now,
    struct cr_store_fault *fault)
{
	char text[CR_COMPACTION_TEXT_SIZE];
	struct cr_compaction state;
	bool damaged;
	int error = ERANGE;

	cr_store_state(store, &state, &damaged);
	cr_compaction_finish(&state, now, store->data.st_ino);
	if (cr_compaction_format(&state, text) == CR_OK)
		error = write_note(store, text);
	return error == 0 ? CR_OK : cr_store_fail(fault, CR_STORE_IO, error);
}
