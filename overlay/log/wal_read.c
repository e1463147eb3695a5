#include "wal_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* No segment of ours is larger. */
#define SIZE_MAX_READ (UINT64_C(1) << 30)

struct replay {
	int dir;
	uint64_t tree_size;
	cr_wal_leaf_fn *fn;
	void *arg;
	struct cr_wal_found *found;
	struct cr_log_fault *fault;
};

struct file {
	char path[CR_WAL_NAME_SIZE + sizeof(CR_WAL_DIR)];
	unsigned char *bytes;
	size_t size;
};

static int
compare_segments(const void *a, const void *b)
{
	const struct cr_wal_segment *x = a;
	const struct cr_wal_segment *y = b;

	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static int
add(struct cr_wal_found *found, uint64_t first, uint64_t sequence)
{
	void *more = realloc(found->segments,
	    (found->count + 1) * sizeof(*found->segments));

	if (more == NULL)
		return CR_ENOMEM;
	found->segments = more;
	found->segments[found->count++] =
	    (struct cr_wal_segment){ first, sequence };
	return CR_OK;
}

/* Takes over the descriptor. */
static int
list(int dir, struct cr_wal_found *found, struct cr_log_fault *fault)
{
	DIR *stream = fdopendir(dir);
	struct dirent *entry;
	int rc = CR_OK;

	if (stream == NULL) {
		rc = cr_fault_set(fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, CR_WAL_DIR);
		(void)close(dir);
		return rc;
	}
	errno = 0;
	while (rc == CR_OK && (entry = readdir(stream)) != NULL) {
		uint64_t first;
		uint64_t sequence;

		if (cr_wal_name_parse(entry->d_name, &first, &sequence) &&
		    add(found, first, sequence) != CR_OK)
			rc = cr_fault_set(fault, CR_FAULT_MEMORY, 0,
			    CR_FAULT_NO_INDEX, CR_WAL_DIR);
		errno = 0;
	}
	if (rc == CR_OK && errno != 0)
		rc = cr_fault_set(fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, CR_WAL_DIR);
	(void)closedir(stream);
	return rc;
}

/* Sorted by sequence; the indexes they start at never go down. */
static int
sort(struct cr_wal_found *found, struct cr_log_fault *fault)
{
	struct cr_wal_segment *s = found->segments;

	if (found->count == 0)
		return CR_OK;
	qsort(s, found->count, sizeof(*s), compare_segments);
	for (size_t i = 1; i < found->count; i++) {
		if (s[i].first < s[i - 1].first ||
		    s[i].sequence == s[i - 1].sequence)
			return cr_fault_set(fault, CR_FAULT_WAL, 0,
			    s[i].first, CR_WAL_DIR);
	}
	found->sequence = s[found->count - 1].sequence;
	return CR_OK;
}

static int
read_bytes(int fd, struct file *file)
{
	size_t at = 0;

	while (at < file->size) {
		ssize_t n = pread(fd, file->bytes + at, file->size - at,
		    (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return CR_ELOG;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	file->size = at;
	return CR_OK;
}

static int
read_file(const struct replay *replay, struct cr_wal_segment segment,
    struct file *file)
{
	char name[CR_WAL_NAME_SIZE];
	struct stat st;
	int rc = CR_OK;
	int fd;

	cr_wal_name(segment.first, segment.sequence, name);
	(void)snprintf(file->path, sizeof(file->path), "%s/%s", CR_WAL_DIR,
	    name);
	fd = openat(replay->dir, file->path, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		rc = cr_fault_set(replay->fault, CR_FAULT_IO, errno,
		    segment.first, file->path);
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > SIZE_MAX_READ) {
		rc = cr_fault_set(replay->fault, CR_FAULT_WAL, 0,
		    segment.first, file->path);
		goto out;
	}
	file->size = (size_t)st.st_size;
	file->bytes = malloc(file->size > 0 ? file->size : 1);
	if (file->bytes == NULL)
		rc = cr_fault_set(replay->fault, CR_FAULT_MEMORY, 0,
		    segment.first, file->path);
	else if (read_bytes(fd, file) != CR_OK)
		rc = cr_fault_set(replay->fault, CR_FAULT_IO, errno,
		    segment.first, file->path);
out:
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* Hands out the leaves of a batch that are below the end of the segment. */
static int
take_batch(const struct replay *replay, struct cr_wal_batch *batch,
    uint64_t end)
{
	struct cr_slice leaf;
	uint64_t index = batch->first;
	int rc = CR_OK;

	for (; rc == CR_OK && index < end; index++) {
		if (!cr_wal_leaf_next(&batch->leaves, &leaf))
			break;
		rc = replay->fn(replay->arg, index, leaf, replay->fault);
		if (rc == CR_OK && index >= replay->found->next)
			replay->found->next = index + 1;
	}
	return rc;
}

static int
bad(const struct replay *replay, const struct file *file,
    enum cr_fault_kind kind, uint64_t index)
{
	return cr_fault_set(replay->fault, kind, 0, index, file->path);
}

/*
 * end: where the next segment begins, UINT64_MAX for the last.  What stands at
 * `index` in this one is the first thing that is not a batch.
 */
static int
judge_end(const struct replay *replay, const struct file *file,
    const struct cr_wal_header *header, size_t offset, uint64_t index,
    uint64_t end)
{
	enum cr_wal_end how;

	if (index >= end)
		return CR_OK;
	how = cr_wal_end_of(file->bytes, file->size, offset, header);
	if (how == CR_WAL_DAMAGED)
		return bad(replay, file, CR_FAULT_WAL, index);
	if (end != UINT64_MAX && replay->found->next < end)
		return bad(replay, file, CR_FAULT_GAP, replay->found->next);
	if (end == UINT64_MAX && how == CR_WAL_TORN)
		replay->found->torn = true;
	return CR_OK;
}

static int
replay_file(const struct replay *replay, const struct file *file,
    struct cr_wal_segment segment, uint64_t end)
{
	struct cr_wal_header header;
	struct cr_wal_batch batch;
	size_t offset = CR_WAL_SECTOR;
	uint64_t index = segment.first;
	int rc = CR_OK;

	if (cr_wal_header_decode(file->bytes, file->size, &header) != CR_OK ||
	    header.first != segment.first ||
	    header.sequence != segment.sequence)
		return bad(replay, file, CR_FAULT_WAL, segment.first);
	if (segment.first > replay->found->next)
		return bad(replay, file, CR_FAULT_GAP, replay->found->next);
	while (rc == CR_OK && index < end &&
	    cr_wal_batch_decode(file->bytes, file->size, offset,
	    header.generation, &batch) == CR_OK && batch.first == index) {
		index += batch.count;
		offset = batch.end;
		rc = take_batch(replay, &batch, end);
	}
	if (rc == CR_OK)
		rc = judge_end(replay, file, &header, offset, index, end);
	return rc;
}

static int
replay_all(const struct replay *replay)
{
	const struct cr_wal_found *found = replay->found;
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && i < found->count; i++) {
		struct file file = { .bytes = NULL };
		uint64_t end = i + 1 < found->count ?
		    found->segments[i + 1].first : UINT64_MAX;

		/* what is wholly in the tree may be on its way to be reused */
		if (end <= replay->tree_size)
			continue;
		rc = read_file(replay, found->segments[i], &file);
		if (rc == CR_OK)
			rc = replay_file(replay, &file, found->segments[i],
			    end);
		free(file.bytes);
	}
	return rc;
}

int
cr_wal_replay(int dirfd, uint64_t tree_size, cr_wal_leaf_fn *fn, void *arg,
    struct cr_wal_found *ret_found, struct cr_log_fault *ret_fault)
{
	struct cr_wal_found found = { .next = tree_size };
	const struct replay replay = {
		dirfd, tree_size, fn, arg, &found, ret_fault
	};
	int dir = openat(dirfd, CR_WAL_DIR, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (dir < 0 && errno != ENOENT)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, CR_WAL_DIR);
	rc = dir < 0 ? CR_OK : list(dir, &found, ret_fault);
	if (rc == CR_OK)
		rc = sort(&found, ret_fault);
	if (rc == CR_OK)
		rc = replay_all(&replay);
	if (rc != CR_OK) {
		cr_wal_found_clear(&found);
		return rc;
	}
	*ret_found = found;
	return CR_OK;
}

void
cr_wal_found_clear(struct cr_wal_found *found)
{
	free(found->segments);
	found->segments = NULL;
	found->count = 0;
}
