#include "index_format.h"

#include <endian.h>

#include "log/tile.h"

#define MASK48 UINT64_C(0xffffffffffff)

static void
put_number(unsigned char *out, unsigned size, uint64_t number)
{
	while (size > 0) {
		out[--size] = (unsigned char)number;
		number >>= 8;
	}
}

static uint64_t
get_number(const unsigned char *in, unsigned size)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < size; i++)
		number = number << 8 | in[i];
	return number;
}

/* A bijection of each word: no change of one word alone is missed. */
static uint64_t
mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return state ^ state >> 32;
}

static uint64_t
mix_bytes(uint64_t state, const unsigned char *bytes, size_t len)
{
	uint64_t word;

	state = mix(state, len);
	for (; len >= 8; bytes += 8, len -= 8) {
		memcpy(&word, bytes, 8);
		state = mix(state, be64toh(word));
	}
	word = get_number(bytes, (unsigned)len);
	return mix(mix(state, word), 1);
}

static uint32_t
checksum(const void *key, size_t key_len, const void *value, size_t len)
{
	return (uint32_t)mix_bytes(mix_bytes(CR_INDEX_FORMAT, key, key_len),
	    value, len);
}

uint64_t
cr_index_subject_hash(const unsigned char uuid[16])
{
	return mix_bytes(0, uuid, 16) & MASK48;
}

uint64_t
cr_index_party_hash(enum cr_index_party kind, struct cr_slice name)
{
	uint64_t state = kind + 1;

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];

		state = mix(state, c >= 'A' && c <= 'Z' ? c + 32U : c);
	}
	return mix(state, name.len) & MASK48;
}

bool
cr_index_says_same(enum cr_index_table table, uint64_t base,
    const struct cr_index_record *earlier, const struct cr_index_record *later)
{
	if (earlier->hash != later->hash)
		return false;
	if (table == CR_INDEX_LEAVES)
		return earlier->leaf == later->leaf;
	return (base + earlier->leaf) / CR_TILE_WIDTH ==
	    (base + later->leaf) / CR_TILE_WIDTH;
}

/* By one byte of the hash after the other, the lowest first. */
void
cr_index_sort(struct cr_index_record *records, struct cr_index_record *spare,
    size_t count)
{
	struct cr_index_record *from = records;
	struct cr_index_record *to = spare;

	for (unsigned shift = 0; shift < 48; shift += 8) {
		struct cr_index_record *swap = from;
		size_t starts[257] = { 0 };

		for (size_t i = 0; i < count; i++)
			starts[(from[i].hash >> shift & 255) + 1]++;
		for (unsigned i = 0; i < 256; i++)
			starts[i + 1] += starts[i];
		for (size_t i = 0; i < count; i++)
			to[starts[from[i].hash >> shift & 255]++] = from[i];
		from = to;
		to = swap;
	}
}

void
cr_block_key(uint32_t run, enum cr_index_table table, uint64_t hash,
    uint32_t leaf, unsigned char ret_key[CR_BLOCK_KEY_SIZE])
{
	put_number(ret_key, 4, run);
	ret_key[4] = (unsigned char)table;
	put_number(ret_key + 5, 6, hash);
	put_number(ret_key + 11, 4, leaf);
}

/* It stands between the number and the records. */
static uint32_t
block_checksum(const unsigned char key[CR_BLOCK_KEY_SIZE],
    const unsigned char *value, size_t len)
{
	uint64_t state = mix_bytes(CR_INDEX_FORMAT, key, CR_BLOCK_KEY_SIZE);

	state = mix_bytes(state, value, 4);
	return (uint32_t)mix_bytes(state, value + 8, len - 8);
}

size_t
cr_block_pack(const struct cr_block *block,
    unsigned char ret_key[CR_BLOCK_KEY_SIZE],
    unsigned char ret_value[CR_BLOCK_SIZE])
{
	unsigned char *at = ret_value + 8;
	size_t len;

	cr_block_key(block->run, block->table, block->records[0].hash,
	    block->records[0].leaf, ret_key);
	for (unsigned i = 0; i < block->count; i++) {
		put_number(at, 6, block->records[i].hash);
		put_number(at + 6, 4, block->records[i].leaf);
		put_number(at + 10, 3, block->records[i].offset);
		at += CR_BLOCK_RECORD_SIZE;
	}
	len = (size_t)(at - ret_value);
	put_number(ret_value, 4, block->number);
	put_number(ret_value + 4, 4, block_checksum(ret_key, ret_value, len));
	return len;
}

static bool
parse_records(const unsigned char *at, struct cr_block *block)
{
	for (unsigned i = 0; i < block->count; i++) {
		struct cr_index_record *record = &block->records[i];

		record->hash = get_number(at, 6);
		record->leaf = (uint32_t)get_number(at + 6, 4);
		record->offset = (uint32_t)get_number(at + 10, 3);
		at += CR_BLOCK_RECORD_SIZE;
		if (i > 0 && cr_index_record_compare(record - 1, record) >= 0)
			return false;
	}
	return true;
}

int
cr_block_parse(struct cr_slice key, struct cr_slice value,
    struct cr_block *ret_block)
{
	const unsigned char *in = (const unsigned char *)value.ptr;
	const unsigned char *name = (const unsigned char *)key.ptr;

	if (key.len != CR_BLOCK_KEY_SIZE || value.len > CR_BLOCK_SIZE ||
	    value.len < 8 + CR_BLOCK_RECORD_SIZE ||
	    (value.len - 8) % CR_BLOCK_RECORD_SIZE != 0 ||
	    name[4] >= CR_INDEX_TABLES ||
	    block_checksum(name, in, value.len) != get_number(in + 4, 4))
		return CR_EVERIFY;
	ret_block->run = (uint32_t)get_number(name, 4);
	ret_block->table = name[4];
	ret_block->number = (uint32_t)get_number(in, 4);
	ret_block->count = (unsigned)((value.len - 8) / CR_BLOCK_RECORD_SIZE);
	if (!parse_records(in + 8, ret_block) ||
	    ret_block->records[0].hash != get_number(name + 5, 6) ||
	    ret_block->records[0].leaf != get_number(name + 11, 4))
		return CR_EVERIFY;
	return CR_OK;
}

void
cr_run_key(uint32_t id, unsigned char ret_key[CR_RUN_KEY_SIZE])
{
	put_number(ret_key, 4, id);
}

void
cr_run_pack(const struct cr_run *run, unsigned char ret_key[CR_RUN_KEY_SIZE],
    unsigned char ret_value[CR_RUN_SIZE])
{
	unsigned char *at = ret_value;

	cr_run_key(run->id, ret_key);
	put_number(at, 8, run->base);
	put_number(at + 8, 8, run->end);
	put_number(at + 16, 8, (uint64_t)run->earliest_ms);
	put_number(at + 24, 8, (uint64_t)run->latest_ms);
	at += 32;
	for (unsigned i = 0; i < CR_INDEX_TABLES; i++) {
		put_number(at, 4, run->records[i]);
		put_number(at + 4, 4, run->blocks[i]);
		at += 8;
	}
	put_number(at, 4, checksum(ret_key, CR_RUN_KEY_SIZE, ret_value,
	    CR_RUN_SIZE - 4));
}

/* Is the checksum at the end of the value right? */
static bool
is_sealed(struct cr_slice key, struct cr_slice value)
{
	const unsigned char *end =
	    (const unsigned char *)value.ptr + value.len - 4;

	return checksum(key.ptr, key.len, value.ptr, value.len - 4) ==
	    get_number(end, 4);
}

int
cr_run_parse(struct cr_slice key, struct cr_slice value,
    struct cr_run *ret_run)
{
	const unsigned char *at = (const unsigned char *)value.ptr;

	if (key.len != CR_RUN_KEY_SIZE || value.len != CR_RUN_SIZE ||
	    !is_sealed(key, value))
		return CR_EVERIFY;
	ret_run->id = (uint32_t)get_number((const unsigned char *)key.ptr, 4);
	ret_run->base = get_number(at, 8);
	ret_run->end = get_number(at + 8, 8);
	ret_run->earliest_ms = (int64_t)get_number(at + 16, 8);
	ret_run->latest_ms = (int64_t)get_number(at + 24, 8);
	at += 32;
	for (unsigned i = 0; i < CR_INDEX_TABLES; i++) {
		ret_run->records[i] = (uint32_t)get_number(at, 4);
		ret_run->blocks[i] = (uint32_t)get_number(at + 4, 4);
		at += 8;
	}
	return ret_run->base < ret_run->end ? CR_OK : CR_EVERIFY;
}

void
cr_meta_pack(const struct cr_index_meta *meta,
    unsigned char ret_value[CR_META_SIZE])
{
	put_number(ret_value, 4, CR_INDEX_FORMAT);
	put_number(ret_value + 4, 8, meta->indexed);
	put_number(ret_value + 12, 8, meta->bound_size);
	memcpy(ret_value + 20, meta->bound_root.bytes, CR_HASH_SIZE);
	put_number(ret_value + 20 + CR_HASH_SIZE, 4, checksum(CR_META_KEY.ptr,
	    CR_META_KEY.len, ret_value, CR_META_SIZE - 4));
}

int
cr_meta_parse(struct cr_slice value, struct cr_index_meta *ret_meta)
{
	const unsigned char *at = (const unsigned char *)value.ptr;

	if (value.len != CR_META_SIZE || !is_sealed(CR_META_KEY, value) ||
	    get_number(at, 4) != CR_INDEX_FORMAT)
		return CR_EVERIFY;
	ret_meta->indexed = get_number(at + 4, 8);
	ret_meta->bound_size = get_number(at + 12, 8);
	memcpy(ret_meta->bound_root.bytes, at + 20, CR_HASH_SIZE);
	return ret_meta->indexed <= ret_meta->bound_size ? CR_OK : CR_EVERIFY;
}

void
cr_span_key(uint64_t bundle, unsigned char ret_key[CR_SPAN_KEY_SIZE])
{
	put_number(ret_key, 8, bundle);
}

void
cr_span_pack(const struct cr_span *span,
    unsigned char ret_key[CR_SPAN_KEY_SIZE],
    unsigned char ret_value[CR_SPAN_SIZE])
{
	cr_span_key(span->bundle, ret_key);
	put_number(ret_value, 8, (uint64_t)span->earliest_ms);
	put_number(ret_value + 8, 8, (uint64_t)span->latest_ms);
	put_number(ret_value + 16, 4, checksum(ret_key, CR_SPAN_KEY_SIZE,
	    ret_value, CR_SPAN_SIZE - 4));
}

int
cr_span_parse(struct cr_slice key, struct cr_slice value,
    struct cr_span *ret_span)
{
	const unsigned char *at = (const unsigned char *)value.ptr;

	if (key.len != CR_SPAN_KEY_SIZE || value.len != CR_SPAN_SIZE ||
	    !is_sealed(key, value))
		return CR_EVERIFY;
	ret_span->bundle = get_number((const unsigned char *)key.ptr, 8);
	ret_span->earliest_ms = (int64_t)get_number(at, 8);
	ret_span->latest_ms = (int64_t)get_number(at + 8, 8);
	return CR_OK;
}
