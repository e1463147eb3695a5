/*
 * The format of a write-ahead file (segment), DIR/wal/<first>-<sequence>.wal,
 * both in hex, 16 and 8 digits.  Numbers are big endian, everything starts at
 * a multiple of 512 bytes.
 *
 *	segment	= header, *batch
 *	header	= "CRWALSG1", flags u32, 0 u32, sequence u64, first u64,
 *		  generation 16 bytes, size u64, zeros, crc u32 at 508
 *	batch	= "CRWB", crc u32, generation 16 bytes, first u64, count u32,
 *		  length u32, length bytes: count times (length u16, leaf)
 *
 * generation is random for each segment, so that what a file held before it
 * was taken again is told from what it holds.  crc is CRC-32C, of the header's
 * first 508 bytes, of a batch from the generation to the end.
 *
 * Batches follow without a gap, in the file and in the numbers of leaves.  Each
 * is synced before the next is written; so a batch that is not whole is the
 * torn end of the file when none of this generation follows, and damage when
 * one does.  With CR_WAL_FLUSH nothing is synced between: only torn.
 *
 * A segment ends where a later one (by sequence) begins: what follows in the
 * older was never durable.
 */
#ifndef CR_LOG_WAL_FORMAT_H
#define CR_LOG_WAL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_WAL_SECTOR 512u
#define CR_WAL_GENERATION 16u
#define CR_WAL_BATCH_HEAD 40u
#define CR_WAL_NAME_SIZE 30		/* <16>-<8>.wal and NUL */

enum cr_wal_flag { CR_WAL_FLUSH = 1 };

struct cr_wal_header {
	uint32_t flags;
	uint64_t sequence;		/* < 2^32 */
	uint64_t first;
	uint64_t size;
	unsigned char generation[CR_WAL_GENERATION];
};

struct cr_wal_batch {
	uint64_t first;
	uint32_t count;
	struct cr_slice leaves;		/* frames; borrowed */
	size_t end;			/* where the next one starts */
};

enum cr_wal_end {
	CR_WAL_DAMAGED = 0,
	CR_WAL_TORN,			/* a batch begun and not whole */
	CR_WAL_CLEAN
};

uint32_t cr_crc32c(uint32_t crc, const void *bytes, size_t len);

void cr_wal_header_encode(const struct cr_wal_header *header,
	unsigned char ret_bytes[CR_WAL_SECTOR]);
/* CR_ESYNTAX when it is no header */
int cr_wal_header_decode(const unsigned char *bytes, size_t size,
	struct cr_wal_header *ret_header) CR_WARN_UNUSED;

/* The head of a batch of these pieces. */
void cr_wal_batch_encode(const unsigned char *generation, uint64_t first,
	uint32_t count, const struct iovec *pieces, int piece_count,
	unsigned char ret_head[CR_WAL_BATCH_HEAD]);

/*
 * The batch at an offset, checked to the last leaf.  CR_ESYNTAX when there is
 * no whole one of this generation.
 */
int cr_wal_batch_decode(const unsigned char *bytes, size_t size,
	size_t offset, const unsigned char *generation,
	struct cr_wal_batch *ret_batch) CR_WARN_UNUSED;

/* Takes the next leaf off the frames; false at their end. */
bool cr_wal_leaf_next(struct cr_slice *frames, struct cr_slice *ret_leaf);

/* What ends the batches at an offset where none is. */
enum cr_wal_end cr_wal_end_of(const unsigned char *bytes, size_t size,
	size_t offset, const struct cr_wal_header *header);

void cr_wal_name(uint64_t first, uint64_t sequence,
	char ret_name[CR_WAL_NAME_SIZE]);
bool cr_wal_name_parse(const char *name, uint64_t *ret_first,
	uint64_t *ret_sequence);

#endif
