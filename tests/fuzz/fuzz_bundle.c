/*
 * Entry bundles and tiles as files (overlay/log/tile.h): the first byte says
 * how many leaves the tree has, the rest is the file.
 */
#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/tile.h"

static char path[] = "/tmp/custreg-fuzz-XXXXXX";
static int fd = -1;

static void
clean(void)
{
	(void)unlinkat(fd, "tile/entries/000", 0);
	(void)unlinkat(fd, "tile/0/000", 0);
	(void)unlinkat(fd, "tile/entries", AT_REMOVEDIR);
	(void)unlinkat(fd, "tile/0", AT_REMOVEDIR);
	(void)unlinkat(fd, "tile", AT_REMOVEDIR);
	close(fd);
	(void)rmdir(path);
}

static int
directory(void)
{
	if (fd >= 0)
		return fd;
	expect(mkdtemp(path) != NULL && atexit(clean) == 0);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	expect(fd >= 0 && mkdirat(fd, "tile", 0700) == 0 &&
	    mkdirat(fd, "tile/entries", 0700) == 0 &&
	    mkdirat(fd, "tile/0", 0700) == 0);
	return fd;
}

static void
put(const char *name, const uint8_t *data, size_t size)
{
	int file = openat(directory(), name, O_WRONLY | O_CREAT | O_TRUNC,
	    0600);

	expect(file >= 0 && write(file, data, size) == (ssize_t)size);
	close(file);
}

static void
look_at(const struct cr_bundle *bundle, size_t size)
{
	static unsigned char buffer[CR_LEAF_MAX + 2];
	size_t total = 0;

	for (unsigned i = 0; i < bundle->count; i++) {
		const struct cr_slice leaf = cr_bundle_leaf(bundle, i);
		const uint32_t offset = (uint32_t)
		    ((const unsigned char *)leaf.ptr - bundle->bytes);
		struct cr_slice alone;
		unsigned at;

		expect(leaf.len > 0 && offset + leaf.len <= size);
		expect(cr_bundle_leaf_at(bundle, offset, &alone, &at) &&
		    at == i);
		expect(cr_leaf_read(directory(), 0, offset, bundle->count,
		    buffer, &alone, NULL) == CR_OK);
		expect(cr_slice_equal(alone, leaf));
		total += 2 + leaf.len;
	}
	expect(total == bundle->size && total <= size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cr_bundle bundle;
	struct cr_hash hashes[CR_TILE_WIDTH];
	uint64_t tree_size;
	unsigned width;

	if (size == 0)
		return 0;
	tree_size = data[0] + UINT64_C(1);
	put("tile/entries/000", data + 1, size - 1);
	put("tile/0/000", data + 1, size - 1);
	if (cr_bundle_read(directory(), 0, tree_size, &bundle, NULL) == CR_OK)
		look_at(&bundle, size - 1);
	if (cr_tile_read(directory(), 0, 0, tree_size, hashes, &width,
	    NULL) == CR_OK)
		expect(width == tree_size && size - 1 >= width * 32u);
	if (cr_bundle_parse(fuzz_slice(data + 1, size - 1), &bundle,
	    &width) == CR_OK)
		expect(bundle.offsets[width] == size - 1);
	return 0;
}
