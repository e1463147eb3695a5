/*
 * Pages of LMDB 0.9 (mdb.c, MDB_page and MDB_node), in the byte order of this
 * machine.  A page:
 *
 *	0  number, 8 bytes	8  key size of fixed ones	10  kind
 *	12 end of the list of offsets; overflow: how many pages, 4 bytes
 *	14 where the nodes begin		16  offsets, 2 bytes each
 *
 * A node: 2 + 2 bytes of length (of the data, low and high), 2 of flags, 2 of
 * the key's length, the key, the data.  The data of a node may be such a page
 * itself, with duplicates, or the number of an overflow page.
 */
#include "store_impl.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum {
	HEAD = 16, NODE = 8,
	BRANCH = 0x01, LEAF = 0x02, OVERFLOWS = 0x04, META = 0x08,
	FIXED = 0x20, KINDS = BRANCH | LEAF | OVERFLOWS | META,
	BIG = 0x01, SUBTREE = 0x02, DUPLICATES = 0x04
};

struct pages {
	unsigned char *map;
	size_t size;		/* of a page */
	size_t count;
};

static unsigned
two(const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t
four(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t
eight(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static size_t
data_len(const unsigned char *node)
{
#if __BYTE_ORDER == __LITTLE_ENDIAN
	return two(node) | (size_t)two(node + 2) << 16;
#else
	return two(node + 2) | (size_t)two(node) << 16;
#endif
}

/* Keys of one length, one after the other: all behind them is unused. */
static bool
clean_fixed(unsigned char *page, size_t size)
{
	size_t count = (two(page + 12) - HEAD) / 2;
	size_t used = HEAD + count * two(page + 8);

	if (used > size)
		return false;
	memset(page + used, 0, size - used);
	return true;
}

/* A value of its own pages: what is behind it on the last of them. */
static bool
clean_big(const struct pages *pages, uint64_t number, size_t len)
{
	unsigned char *page;
	size_t room;

	if (number >= pages->count)
		return false;
	page = pages->map + number * pages->size;
	if ((two(page + 10) & KINDS) != OVERFLOWS ||
	    four(page + 12) > pages->count - number)
		return false;
	room = four(page + 12) * pages->size;
	if (room < HEAD || len > room - HEAD)
		return false;
	memset(page + HEAD + len, 0, room - HEAD - len);
	return true;
}

static bool clean_nodes(const struct pages *pages, unsigned char *page,
    size_t size, bool nested);

static bool
clean_node(const struct pages *pages, unsigned char *node, size_t room,
    bool nested)
{
	size_t key = two(node + 6), len = data_len(node);
	unsigned flags = two(node + 4);
	unsigned char *data = node + NODE + key;

	if (key > room - NODE)
		return false;
	room -= NODE + key;
	if ((flags & BIG) != 0)
		return room >= 8 && clean_big(pages, eight(data), len);
	if (len > room)
		return false;
	if ((flags & (DUPLICATES | SUBTREE)) == DUPLICATES)
		return !nested && len >= HEAD &&
		    clean_nodes(pages, data, len, true);
	return true;
}

/* Between the offsets and the nodes, and in what the nodes hold. */
static bool
clean_nodes(const struct pages *pages, unsigned char *page, size_t size,
    bool nested)
{
	unsigned kind = two(page + 10);
	size_t lower = two(page + 12), upper = two(page + 14);

	if (lower < HEAD || lower % 2 != 0 || lower > size)
		return false;
	if ((kind & FIXED) != 0)
		return clean_fixed(page, size);
	if (upper < lower || upper > size)
		return false;
	memset(page + lower, 0, upper - lower);
	for (size_t at = HEAD; (kind & LEAF) != 0 && at < lower; at += 2) {
		size_t node = two(page + at);

		if (node < upper || node > size - NODE ||
		    !clean_node(pages, page + node, size - node, nested))
			return false;
	}
	return true;
}

static bool
clean_all(const struct pages *pages)
{
	size_t number = 0;

	while (number < pages->count) {
		unsigned char *page = pages->map + number * pages->size;
		uint32_t count = 1;

		if (eight(page) != number)
			return false;
		switch (two(page + 10) & KINDS) {
		case META:
			break;
		case BRANCH:
		case LEAF:
			if (!clean_nodes(pages, page, pages->size, false))
				return false;
			break;
		case OVERFLOWS:
			count = four(page + 12);
			if (count == 0 || count > pages->count - number)
				return false;
			break;
		default:
			return false;
		}
		number += count;
	}
	return true;
}

/* The size of a page is said in the first one, as LMDB writes it. */
int
cr_store_clean(int fd, struct cr_store_fault *fault)
{
	enum { AT_MAGIC = HEAD, AT_VERSION = HEAD + 4, AT_PAGE_SIZE = HEAD + 24,
		SMALLEST = 512, LARGEST = 65536 };
	const uint32_t magic = 0xBEEFC0DE, version = 1;
	struct pages pages = { 0 };
	struct stat st;
	void *map;
	bool done = false;
	int rc = CR_OK;

	if (fstat(fd, &st) != 0)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	if (st.st_size < SMALLEST)
		return cr_store_fail(fault, CR_STORE_PAGES, 0);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return cr_store_fail(fault, CR_STORE_IO, errno);
	pages.map = map;
	pages.size = four(pages.map + AT_PAGE_SIZE);
	if (four(pages.map + AT_MAGIC) == magic &&
	    four(pages.map + AT_VERSION) == version &&
	    pages.size >= SMALLEST && pages.size <= LARGEST &&
	    (size_t)st.st_size % pages.size == 0) {
		pages.count = (size_t)st.st_size / pages.size;
		done = clean_all(&pages);
	}
	if (!done)
		rc = cr_store_fail(fault, CR_STORE_PAGES, 0);
	else if (msync(map, (size_t)st.st_size, MS_SYNC) != 0)
		rc = cr_store_fail(fault, CR_STORE_IO, errno);
	munmap(map, (size_t)st.st_size);
	return rc;
}
