#include "log/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/file.h"

enum { LEVEL_BITS = 8, LENGTH_SIZE = 2 };

/* A bundle is as wide as the tile of level 0 of the same number. */
static unsigned
shift_of(unsigned level)
{
	return level == CR_LEVEL_ENTRIES ? 0 : level * LEVEL_BITS;
}

unsigned
cr_tile_width(unsigned level, uint64_t n, uint64_t tree_size)
{
	const uint64_t hashes = tree_size >> shift_of(level);

	if (n > hashes / CR_TILE_WIDTH)
		return 0;
	return n < hashes / CR_TILE_WIDTH ? CR_TILE_WIDTH :
	    (unsigned)(hashes % CR_TILE_WIDTH);
}

uint64_t
cr_tile_count(unsigned level, uint64_t tree_size)
{
	const uint64_t hashes = tree_size >> shift_of(level);

	return hashes / CR_TILE_WIDTH + (hashes % CR_TILE_WIDTH != 0);
}

static char *
put_text(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return out + len;
}

/* At most three digits, at least as many as wanted. */
static char *
put_digits(char *out, unsigned number, unsigned least)
{
	if (number >= 100 || least > 2)
		*out++ = (char)('0' + number / 100 % 10);
	if (number >= 10 || least > 1)
		*out++ = (char)('0' + number / 10 % 10);
	*out++ = (char)('0' + number % 10);
	return out;
}

/* By hand: a question to the index opens a thousand of them. */
void
cr_tile_path(unsigned level, uint64_t n, unsigned width,
    char ret_path[CR_TILE_PATH_SIZE])
{
	char *out = put_text(ret_path, "tile/");
	uint64_t unit = 1;

	if (level == CR_LEVEL_ENTRIES)
		out = put_text(out, "entries");
	else
		out = put_digits(out, level, 1);
	while (n / unit >= 1000)
		unit *= 1000;
	for (; unit > 0; unit /= 1000) {
		out = put_text(out, unit > 1 ? "/x" : "/");
		out = put_digits(out, (unsigned)(n / unit % 1000), 3);
	}
	if (width < CR_TILE_WIDTH) {
		out = put_text(out, ".p/");
		out = put_digits(out, width, 1);
	}
	*out = '\0';
}

/*
 * Opens the partial one or, when that has been replaced since, the full one.
 * The path is that of the file which was opened or looked for first.
 */
static int
open_tile(int dirfd, unsigned level, uint64_t n, unsigned width,
    char path[CR_TILE_PATH_SIZE], struct cr_log_fault *ret_fault)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd, error;

	cr_tile_path(level, n, width, path);
	fd = openat(dirfd, path, flags);
	if (fd >= 0)
		return fd;
	error = errno;
	if (error == ENOENT && width < CR_TILE_WIDTH) {
		char full[CR_TILE_PATH_SIZE];

		cr_tile_path(level, n, CR_TILE_WIDTH, full);
		fd = openat(dirfd, full, flags);
		if (fd >= 0) {
			memcpy(path, full, sizeof(full));
			return fd;
		}
	}
	return cr_file_fault(ret_fault, error, path);
}

/* A file that is longer than it may be is not of the log either. */
static int
check_length(int fd, uint64_t least, uint64_t most, const char *path,
    uint64_t *ret_len, struct cr_log_fault *ret_fault)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cr_file_fault(ret_fault, errno, path);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < least ||
	    (uint64_t)st.st_size > most)
		return cr_fault_set(ret_fault, CR_FAULT_SHAPE, 0,
		    CR_FAULT_NO_INDEX, path);
	*ret_len = (uint64_t)st.st_size;
	return CR_OK;
}

static bool
is_partial_path(const char *path)
{
	return strstr(path, ".p/") != NULL;
}

int
cr_tile_read(int dirfd, unsigned level, uint64_t n, uint64_t tree_size,
    struct cr_hash ret_hashes[CR_TILE_WIDTH], unsigned *ret_width,
    struct cr_log_fault *ret_fault)
{
	const unsigned width = cr_tile_width(level, n, tree_size);
	const size_t size = (size_t)width * CR_HASH_SIZE;
	char path[CR_TILE_PATH_SIZE];
	uint64_t len;
	ssize_t got;
	int fd, rc;

	if (width == 0 || level >= CR_TILE_LEVELS)
		return cr_fault_set(ret_fault, CR_FAULT_UNKNOWN, 0,
		    CR_FAULT_NO_INDEX, NULL);
	fd = open_tile(dirfd, level, n, width, path, ret_fault);
	if (fd < 0)
		return fd;
	len = is_partial_path(path) ? size :
	    (size_t)CR_TILE_WIDTH * CR_HASH_SIZE;
	rc = check_length(fd, len, len, path, &len, ret_fault);
	if (rc != CR_OK)
		goto out;
	got = cr_disk_read_all(fd, ret_hashes, size, 0);
	if (got < 0)
		rc = cr_file_fault(ret_fault, errno, path);
	else if ((size_t)got != size)
		rc = cr_fault_set(ret_fault, CR_FAULT_SHAPE, 0,
		    CR_FAULT_NO_INDEX, path);
	else
		*ret_width = width;
out:
	close(fd);
	return rc;
}

static size_t
leaf_length(const unsigned char *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* Finds `wanted` leaves; the rest of the bytes is looked at when exact. */
static int
find_leaves(struct cr_bundle *bundle, unsigned wanted, size_t len, bool exact,
    const char *path, struct cr_log_fault *ret_fault)
{
	size_t at = 0;
	unsigned i = 0;

	for (; i < wanted; i++) {
		size_t leaf;

		bundle->offsets[i] = (uint32_t)at;
		if (len - at < LENGTH_SIZE)
			goto bad;
		leaf = leaf_length(bundle->bytes + at);
		if (leaf == 0 || leaf > len - at - LENGTH_SIZE)
			goto bad;
		at += LENGTH_SIZE + leaf;
	}
	if (exact && at != len)
		goto bad;
	bundle->offsets[wanted] = (uint32_t)at;
	bundle->count = wanted;
	bundle->size = at;
	return CR_OK;
bad:
	bundle->offsets[i] = (uint32_t)at;
	bundle->count = i;
	bundle->size = at;
	return cr_fault_set(ret_fault, CR_FAULT_SHAPE, 0,
	    bundle->number * CR_TILE_WIDTH + i, path);
}

int
cr_bundle_read(int dirfd, uint64_t number, uint64_t tree_size,
    struct cr_bundle *bundle, struct cr_log_fault *ret_fault)
{
	const unsigned width =
	    cr_tile_width(CR_LEVEL_ENTRIES, number, tree_size);
	char path[CR_TILE_PATH_SIZE];
	uint64_t len;
	ssize_t got;
	int fd, rc;

	bundle->count = 0;
	bundle->number = number;
	if (width == 0)
		return cr_fault_set(ret_fault, CR_FAULT_UNKNOWN, 0,
		    CR_FAULT_NO_INDEX, NULL);
	fd = open_tile(dirfd, CR_LEVEL_ENTRIES, number, width, path,
	    ret_fault);
	if (fd < 0) {
		if (ret_fault != NULL && ret_fault->kind == CR_FAULT_MISSING)
			ret_fault->index = number * CR_TILE_WIDTH;
		return fd;
	}
	rc = check_length(fd, 0, CR_BUNDLE_MAX, path, &len, ret_fault);
	if (rc != CR_OK)
		goto out;
	if (len > bundle->capacity) {
		unsigned char *bytes = realloc(bundle->bytes, len);

		if (bytes == NULL) {
			rc = cr_file_fault(ret_fault, ENOMEM, path);
			goto out;
		}
		bundle->bytes = bytes;
		bundle->capacity = len;
	}
	got = cr_disk_read_all(fd, bundle->bytes, len, 0);
	if (got < 0) {
		rc = cr_file_fault(ret_fault, errno, path);
		goto out;
	}
	/* of a full one that came meanwhile only the start is asked for */
	rc = find_leaves(bundle, width, (size_t)got,
	    width == CR_TILE_WIDTH || is_partial_path(path), path, ret_fault);
out:
	close(fd);
	return rc;
}

int
cr_bundle_parse(struct cr_slice bytes, struct cr_bundle *bundle,
    unsigned *ret_count)
{
	size_t at = 0;
	unsigned i = 0;

	for (; i < CR_TILE_WIDTH && bytes.len - at >= LENGTH_SIZE; i++) {
		const size_t leaf =
		    leaf_length((const unsigned char *)bytes.ptr + at);

		if (leaf == 0 || leaf > bytes.len - at - LENGTH_SIZE)
			break;
		bundle->offsets[i] = (uint32_t)at;
		at += LENGTH_SIZE + leaf;
	}
	bundle->offsets[i] = (uint32_t)at;
	*ret_count = i;
	return at == bytes.len && i > 0 ? CR_OK : CR_ESYNTAX;
}

struct cr_slice
cr_bundle_leaf(const struct cr_bundle *bundle, unsigned i)
{
	const uint32_t at = bundle->offsets[i] + LENGTH_SIZE;

	return (struct cr_slice){ (const char *)bundle->bytes + at,
		bundle->offsets[i + 1] - at };
}

bool
cr_bundle_leaf_at(const struct cr_bundle *bundle, uint32_t offset,
    struct cr_slice *ret_leaf, unsigned *ret_i)
{
	unsigned low = 0, high = bundle->count;

	while (low < high) {
		const unsigned middle = (low + high) / 2;
		const uint32_t at = bundle->offsets[middle] + LENGTH_SIZE;

		if (at == offset) {
			*ret_leaf = cr_bundle_leaf(bundle, middle);
			*ret_i = middle;
			return true;
		}
		if (at < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

void
cr_bundle_clear(struct cr_bundle *bundle)
{
	free(bundle->bytes);
	*bundle = (struct cr_bundle){ 0 };
}

int
cr_leaf_read(int dirfd, uint64_t number, uint32_t offset, uint64_t tree_size,
    unsigned char *buffer, struct cr_slice *ret_leaf,
    struct cr_log_fault *ret_fault)
{
	enum { FIRST_READ = 1024 };	/* a point read is far shorter */
	const unsigned width =
	    cr_tile_width(CR_LEVEL_ENTRIES, number, tree_size);
	char path[CR_TILE_PATH_SIZE];
	size_t leaf, need;
	ssize_t got;
	int fd, rc;

	if (width == 0 || offset < LENGTH_SIZE)
		return cr_fault_set(ret_fault, CR_FAULT_UNKNOWN, 0,
		    CR_FAULT_NO_INDEX, NULL);
	fd = open_tile(dirfd, CR_LEVEL_ENTRIES, number, width, path,
	    ret_fault);
	if (fd < 0)
		return fd;
	rc = cr_fault_set(ret_fault, CR_FAULT_SHAPE, 0, CR_FAULT_NO_INDEX,
	    path);
	got = cr_disk_read_all(fd, buffer, FIRST_READ,
	    (off_t)offset - LENGTH_SIZE);
	if (got < LENGTH_SIZE)
		goto out;
	leaf = leaf_length(buffer);
	need = LENGTH_SIZE + leaf;
	if (need > (size_t)got && got == FIRST_READ)
		got = cr_disk_read_all(fd, buffer, need,
		    (off_t)offset - LENGTH_SIZE);
	if (got < 0) {
		rc = cr_file_fault(ret_fault, errno, path);
	} else if (leaf > 0 && (size_t)got >= need) {
		*ret_leaf = (struct cr_slice){
			(const char *)buffer + LENGTH_SIZE, leaf };
		rc = CR_OK;
	}
out:
	close(fd);
	return rc;
}
