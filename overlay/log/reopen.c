#include "log/reopen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/file.h"
#include "log/leaf.h"
#include "log/lock.h"
#include "log/note.h"
#include "log/prune.h"

static const char prefix[] = "broken-";
static const char checkpoint_name[] = "checkpoint";

/*
 * The old checkpoint as it says itself: that it may not be true is why the
 * log is moved aside.
 */
static void
describe(int dirfd, char *detail, size_t size)
{
	struct cr_file file = { 0 };
	struct cr_checkpoint checkpoint;
	char root[CR_BASE64_SIZE(CR_HASH_SIZE) + 1];
	const char *end;

	snprintf(detail, size, "checkpoint=none");
	if (cr_file_read(dirfd, checkpoint_name, CR_NOTE_MAX, &file, NULL) !=
	    CR_OK)
		return;
	end = strstr(file.bytes, "\n\n");
	if (end != NULL && cr_checkpoint_parse((struct cr_slice){ file.bytes,
	    (size_t)(end - file.bytes) + 1 }, &checkpoint) == CR_OK) {
		cr_base64_encode(checkpoint.root.bytes, CR_HASH_SIZE, root);
		snprintf(detail, size, "size=%" PRIu64 " root=%s",
		    checkpoint.size, root);
	}
	cr_file_clear(&file);
}

static int
encode(const char *detail, int64_t now_ms, unsigned char out[CR_EVENT_LEAF_SIZE],
    size_t *ret_len)
{
	const struct cr_leaf leaf = {
		.flags = CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT,
		.time_ms = now_ms,
		.type = CR_LEAF_OCCURRENCE,
		.event = CR_SLICE_LITERAL("log-reopened"),
		.detail = cr_slice_of(detail)
	};

	return cr_leaf_encode(&leaf, out, CR_EVENT_LEAF_SIZE, ret_len);
}

static bool
stays(const char *name, bool keep_key)
{
	return name[0] == '.' || strcmp(name, "lock") == 0 ||
	    strcmp(name, "reserve") == 0 ||
	    strcmp(name, checkpoint_name) == 0 ||
	    strncmp(name, prefix, sizeof(prefix) - 1) == 0 ||
	    (keep_key && strcmp(name, "key") == 0);
}

static int
move_rest(int dirfd, const char *aside, bool keep_key)
{
	char path[CR_REOPEN_NAME_SIZE + NAME_MAX + 2];
	struct dirent **names = NULL;
	int error = 0;
	int count = scandirat(dirfd, ".", &names, NULL, alphasort);

	if (count < 0)
		return errno;
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;

		snprintf(path, sizeof(path), "%s/%s", aside, name);
		if (error == 0 && !stays(name, keep_key) &&
		    renameat(dirfd, name, dirfd, path) != 0)
			error = errno;
		free(names[i]);
	}
	free(names);
	return error;
}

static int
move_checkpoint(int dirfd, const char *aside)
{
	char path[CR_REOPEN_NAME_SIZE + sizeof(checkpoint_name) + 1];

	snprintf(path, sizeof(path), "%s/%s", aside, checkpoint_name);
	return renameat(dirfd, checkpoint_name, dirfd, path) != 0 &&
	    errno != ENOENT ? errno : 0;
}

/*
 * The checkpoint goes last, when the event waits: cut off before that it can
 * be done again, and no server starts a new log without the event.
 */
static int
move_all(int dirfd, const char *aside, bool keep_key, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	int error = move_rest(dirfd, aside, keep_key);
	int rc = CR_OK;

	if (error == 0)
		rc = cr_pending_event(dirfd, leaf, ret_fault);
	if (error == 0 && rc == CR_OK)
		error = move_checkpoint(dirfd, aside);
	if (error == 0 && rc == CR_OK)
		error = cr_disk_sync(dirfd, aside);
	if (error == 0 && rc == CR_OK)
		error = cr_disk_sync(dirfd, "");
	return error == 0 ? rc : cr_fault_set(ret_fault, CR_FAULT_IO, error,
	    CR_FAULT_NO_INDEX, aside);
}

static int
reopen(int dirfd, int64_t now_ms, bool keep_key,
    char ret_name[CR_REOPEN_NAME_SIZE], struct cr_log_fault *ret_fault)
{
	const time_t seconds = (time_t)(now_ms / 1000);
	char detail[128], name[CR_REOPEN_NAME_SIZE];
	unsigned char leaf[CR_EVENT_LEAF_SIZE];
	struct tm tm;
	size_t len;
	int rc;

	if (gmtime_r(&seconds, &tm) == NULL)
		return cr_fault_set(ret_fault, CR_FAULT_UNKNOWN, 0,
		    CR_FAULT_NO_INDEX, NULL);
	strftime(name, sizeof(name), "broken-%Y%m%dT%H%M%SZ", &tm);
	describe(dirfd, detail, sizeof(detail));
	if (encode(detail, now_ms, leaf, &len) != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_UNKNOWN, 0,
		    CR_FAULT_NO_INDEX, NULL);
	if (mkdirat(dirfd, name, 0700) != 0)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, name);
	rc = move_all(dirfd, name, keep_key, (struct cr_slice){
	    (const char *)leaf, len }, ret_fault);
	if (rc == CR_OK)
		memcpy(ret_name, name, sizeof(name));
	return rc;
}

int
cr_log_reopen(const char *directory, int64_t now_ms, bool keep_key,
    char ret_name[CR_REOPEN_NAME_SIZE], struct cr_log_fault *ret_fault)
{
	int dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int lock = -1, rc;

	if (dirfd < 0)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, "");
	rc = cr_lock_take(dirfd, &lock, ret_fault);
	if (rc == CR_OK) {
		rc = reopen(dirfd, now_ms, keep_key, ret_name, ret_fault);
		close(lock);
	}
	close(dirfd);
	return rc;
}
