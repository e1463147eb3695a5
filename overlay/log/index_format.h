/*
 * What the index stores, as bytes.  Pure.
 *
 * The index is made of runs.  A run stands for a range of leaves and holds,
 * for each table, records sorted by hash and leaf, packed into blocks.  A run
 * is never changed; small ones are merged into larger ones.  Four databases:
 *
 *	meta	"log" -> format, indexed, bound size, bound root, checksum
 *	runs	run -> base, end, earliest, latest, and per table how many
 *		records and blocks, level, checksum
 *	blocks	run, table, hash, leaf of the first record
 *		-> number in its table of its run, checksum, records
 *	times	bundle -> earliest, latest, checksum
 *
 * Numbers are big endian.  Checksums are over key and value and find accidents;
 * what is proved is proved by the log itself.  The numbers of blocks and the
 * ranges of runs leave no gap, so that what is not found is not there.
 */
#ifndef CR_INDEX_FORMAT_H
#define CR_INDEX_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"
#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_INDEX_FORMAT 1

enum cr_index_table {
	CR_INDEX_LEAVES = 0,	/* each leaf with the customer or recipient */
	CR_INDEX_BUNDLES,	/* the first leaf of a bundle with the reader */
	CR_INDEX_TABLES
};

enum cr_index_party {
	CR_INDEX_READER = 0,	/* also on whose behalf */
	CR_INDEX_RECIPIENT
};

/* 48 bits.  Names without ASCII case; DNs are normalised by who writes them. */
uint64_t cr_index_subject_hash(const unsigned char uuid[16]);
uint64_t cr_index_party_hash(enum cr_index_party kind, struct cr_slice name);

struct cr_index_record {
	uint64_t hash;
	uint32_t leaf;		/* from the base of the run */
	uint32_t offset;	/* in its bundle, 24 bits */
};

/* < 0, 0, > 0: by hash and leaf */
static inline int
cr_index_record_compare(const struct cr_index_record *a,
    const struct cr_index_record *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->leaf > b->leaf) - (a->leaf < b->leaf);
}

/* Of a run with this base; the earlier one is enough then. */
bool cr_index_says_same(enum cr_index_table table, uint64_t base,
	const struct cr_index_record *earlier,
	const struct cr_index_record *later);

/* Stable; `spare` has as much room. */
void cr_index_sort(struct cr_index_record *records,
	struct cr_index_record *spare, size_t count);

/* Two nodes of LMDB with such a block fill a page of 4,096 bytes. */
#define CR_BLOCK_RECORDS 154
#define CR_BLOCK_RECORD_SIZE 13
#define CR_BLOCK_SIZE (8 + CR_BLOCK_RECORDS * CR_BLOCK_RECORD_SIZE)
#define CR_BLOCK_KEY_SIZE 15

struct cr_block {
	uint32_t run;
	enum cr_index_table table;
	uint32_t number;
	unsigned count;		/* 1 to CR_BLOCK_RECORDS */
	struct cr_index_record records[CR_BLOCK_RECORDS];
};

void cr_block_key(uint32_t run, enum cr_index_table table, uint64_t hash,
	uint32_t leaf, unsigned char ret_key[CR_BLOCK_KEY_SIZE]);
/* Returns the bytes of the value. */
size_t cr_block_pack(const struct cr_block *block,
	unsigned char ret_key[CR_BLOCK_KEY_SIZE],
	unsigned char ret_value[CR_BLOCK_SIZE]);
/* CR_EVERIFY: not such a block, or not sorted */
int cr_block_parse(struct cr_slice key, struct cr_slice value,
	struct cr_block *ret_block) CR_WARN_UNUSED;

struct cr_run {
	uint32_t id;
	uint64_t base;			/* leaves [base, end) */
	uint64_t end;
	int64_t earliest_ms;		/* of all leaves of the range */
	int64_t latest_ms;
	uint32_t records[CR_INDEX_TABLES];
	uint32_t blocks[CR_INDEX_TABLES];
};

#define CR_RUN_KEY_SIZE 4
#define CR_RUN_SIZE (4 * 8 + CR_INDEX_TABLES * 8 + 4)

void cr_run_key(uint32_t id, unsigned char ret_key[CR_RUN_KEY_SIZE]);
void cr_run_pack(const struct cr_run *run,
	unsigned char ret_key[CR_RUN_KEY_SIZE],
	unsigned char ret_value[CR_RUN_SIZE]);
int cr_run_parse(struct cr_slice key, struct cr_slice value,
	struct cr_run *ret_run) CR_WARN_UNUSED;

struct cr_index_meta {
	uint64_t indexed;	/* leaves below are in the index */
	uint64_t bound_size;	/* of a log of this size */
	struct cr_hash bound_root;	/* and root */
};

#define CR_META_KEY CR_SLICE_LITERAL("log")
#define CR_META_SIZE (4 + 2 * 8 + CR_HASH_SIZE + 4)

void cr_meta_pack(const struct cr_index_meta *meta,
	unsigned char ret_value[CR_META_SIZE]);
int cr_meta_parse(struct cr_slice value, struct cr_index_meta *ret_meta)
	CR_WARN_UNUSED;

struct cr_span {
	uint64_t bundle;
	int64_t earliest_ms;
	int64_t latest_ms;
};

#define CR_SPAN_KEY_SIZE 8
#define CR_SPAN_SIZE 20

void cr_span_key(uint64_t bundle, unsigned char ret_key[CR_SPAN_KEY_SIZE]);
void cr_span_pack(const struct cr_span *span,
	unsigned char ret_key[CR_SPAN_KEY_SIZE],
	unsigned char ret_value[CR_SPAN_SIZE]);
int cr_span_parse(struct cr_slice key, struct cr_slice value,
	struct cr_span *ret_span) CR_WARN_UNUSED;

#endif
