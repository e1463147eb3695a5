/*
 * Files of a C2SP tlog-tiles directory: their names and how they are read.
 *
 *	tile/<L>/<N>[.p/<W>]		256 (W) hashes
 *	tile/entries/<N>[.p/<W>]	256 (W) times: 2 bytes of length, big
 *					endian, and the bytes of a leaf
 *
 * N in groups of three digits, all but the last after an x: x001/x234/067.
 * Files are read, never mapped: one that is cut meanwhile must not end slapd.
 */
#ifndef CR_LOG_TILE_H
#define CR_LOG_TILE_H

#include "log/fault.h"
#include "log/leaf.h"
#include "log/merkle.h"

#define CR_TILE_WIDTH 256u
#define CR_TILE_LEVELS 8u		/* 256^8 leaves */
#define CR_LEVEL_ENTRIES CR_TILE_LEVELS	/* in place of a level: bundles */
#define CR_BUNDLE_MAX (CR_TILE_WIDTH * (2u + CR_LEAF_MAX))
#define CR_TILE_PATH_SIZE 64

/* How wide tile n of a level is in a tree of this size: 0 to 256 */
unsigned cr_tile_width(unsigned level, uint64_t n, uint64_t tree_size);
/* How many tiles a level has, the partial one too */
uint64_t cr_tile_count(unsigned level, uint64_t tree_size);

/* width 1 to 256: below 256 the name of a partial one */
void cr_tile_path(unsigned level, uint64_t n, unsigned width,
	char ret_path[CR_TILE_PATH_SIZE]);

/*
 * Reads tile n as of a tree of this size: the partial one, or the start of the
 * full one when that is there by now.  level < CR_TILE_LEVELS.
 */
int cr_tile_read(int dirfd, unsigned level, uint64_t n, uint64_t tree_size,
	struct cr_hash ret_hashes[CR_TILE_WIDTH], unsigned *ret_width,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

struct cr_bundle {			/* zeroed: none; used again and again */
	uint64_t number;		/* first leaf is number * 256 */
	unsigned count;			/* leaves that the tree has */
	size_t size;			/* bytes of those leaves */
	unsigned char *bytes;		/* owned */
	size_t capacity;
	uint32_t offsets[CR_TILE_WIDTH + 1];	/* of the length of leaf i */
};

/*
 * Reads a whole bundle as of a tree of this size and finds its leaves (not
 * whether they are those of the tree).  CR_EVERIFY with CR_FAULT_SHAPE (index:
 * the first leaf that is not whole; those before it are in the bundle) or
 * CR_FAULT_MISSING; CR_ELOG
 */
int cr_bundle_read(int dirfd, uint64_t number, uint64_t tree_size,
	struct cr_bundle *bundle, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;
/* i < count.  Lives until the next read or clear. */
struct cr_slice cr_bundle_leaf(const struct cr_bundle *bundle, unsigned i);
/* The leaf whose bytes start at offset; false when none does. */
bool cr_bundle_leaf_at(const struct cr_bundle *bundle, uint32_t offset,
	struct cr_slice *ret_leaf, unsigned *ret_i);
void cr_bundle_clear(struct cr_bundle *bundle);

/*
 * Finds the leaves in bytes from anywhere, at most 256: offsets[0..*ret_count]
 * only.  CR_ESYNTAX when the bytes do not end with a leaf.
 */
int cr_bundle_parse(struct cr_slice bytes, struct cr_bundle *bundle,
	unsigned *ret_count) CR_WARN_UNUSED;

/*
 * One leaf alone, by its place (cr_tree_last_offset): one open and one or two
 * reads.  buffer has room for CR_LEAF_MAX + 2 bytes and is what *ret_leaf
 * borrows from.  Nothing says that a leaf starts there: the caller decodes
 * strictly and compares.
 */
int cr_leaf_read(int dirfd, uint64_t number, uint32_t offset,
	uint64_t tree_size, unsigned char *buffer, struct cr_slice *ret_leaf,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

#endif
