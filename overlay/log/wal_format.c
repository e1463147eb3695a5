#include "wal_format.h"

#include <pthread.h>
#include <stdio.h>

static const char header_magic[8] = { 'C', 'R', 'W', 'A', 'L', 'S', 'G', '1' };
static const char batch_magic[4] = { 'C', 'R', 'W', 'B' };

/* Where the parts stand. */
enum {
	HEADER_FLAGS = 8,
	HEADER_SEQUENCE = 16,
	HEADER_FIRST = 24,
	HEADER_GENERATION = 32,
	HEADER_SIZE = 48,
	HEADER_CRC = 508,
	BATCH_CRC = 4,
	BATCH_GENERATION = 8,
	BATCH_FIRST = 24,
	BATCH_COUNT = 32,
	BATCH_LENGTH = 36
};

/* Castagnoli's polynomial, bits reversed. */
#define POLYNOMIAL 0x82f63b78u

static uint32_t tables[8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
		tables[0][i] = crc;
	}
	for (uint32_t i = 0; i < 256; i++) {
		for (int t = 1; t < 8; t++)
			tables[t][i] = tables[t - 1][i] >> 8 ^
			    tables[0][tables[t - 1][i] & 255];
	}
}

uint32_t
cr_crc32c(uint32_t crc, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	(void)pthread_once(&tables_once, make_tables);
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);

		crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^
		    tables[5][low >> 16 & 255] ^ tables[4][low >> 24] ^
		    tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^
		    tables[0][p[7]];
	}
	for (; len > 0; len--, p++)
		crc = crc >> 8 ^ tables[0][(crc ^ *p) & 255];
	return ~crc;
}

static void
put(unsigned char *to, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (unsigned char)(number >> 8 * (bytes - 1 - i));
}

static uint64_t
get(const unsigned char *from, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | from[i];
	return number;
}

void
cr_wal_header_encode(const struct cr_wal_header *header,
    unsigned char ret_bytes[CR_WAL_SECTOR])
{
	memset(ret_bytes, 0, CR_WAL_SECTOR);
	memcpy(ret_bytes, header_magic, sizeof(header_magic));
	put(ret_bytes + HEADER_FLAGS, header->flags, 4);
	put(ret_bytes + HEADER_SEQUENCE, header->sequence, 8);
	put(ret_bytes + HEADER_FIRST, header->first, 8);
	memcpy(ret_bytes + HEADER_GENERATION, header->generation,
	    CR_WAL_GENERATION);
	put(ret_bytes + HEADER_SIZE, header->size, 8);
	put(ret_bytes + HEADER_CRC, cr_crc32c(0, ret_bytes, HEADER_CRC), 4);
}

int
cr_wal_header_decode(const unsigned char *bytes, size_t size,
    struct cr_wal_header *ret_header)
{
	struct cr_wal_header header;

	if (size < CR_WAL_SECTOR ||
	    memcmp(bytes, header_magic, sizeof(header_magic)) != 0 ||
	    get(bytes + HEADER_CRC, 4) != cr_crc32c(0, bytes, HEADER_CRC))
		return CR_ESYNTAX;
	header.flags = (uint32_t)get(bytes + HEADER_FLAGS, 4);
	header.sequence = get(bytes + HEADER_SEQUENCE, 8);
	header.first = get(bytes + HEADER_FIRST, 8);
	header.size = get(bytes + HEADER_SIZE, 8);
	memcpy(header.generation, bytes + HEADER_GENERATION,
	    CR_WAL_GENERATION);
	if ((header.flags & ~(uint32_t)CR_WAL_FLUSH) != 0 ||
	    header.sequence > UINT32_MAX)
		return CR_ESYNTAX;
	*ret_header = header;
	return CR_OK;
}

void
cr_wal_batch_encode(const unsigned char *generation, uint64_t first,
    uint32_t count, const struct iovec *pieces, int piece_count,
    unsigned char ret_head[CR_WAL_BATCH_HEAD])
{
	uint64_t length = 0;
	uint32_t crc;

	for (int i = 0; i < piece_count; i++)
		length += pieces[i].iov_len;
	memcpy(ret_head, batch_magic, sizeof(batch_magic));
	memcpy(ret_head + BATCH_GENERATION, generation, CR_WAL_GENERATION);
	put(ret_head + BATCH_FIRST, first, 8);
	put(ret_head + BATCH_COUNT, count, 4);
	put(ret_head + BATCH_LENGTH, length, 4);
	crc = cr_crc32c(0, ret_head + BATCH_GENERATION,
	    CR_WAL_BATCH_HEAD - BATCH_GENERATION);
	for (int i = 0; i < piece_count; i++)
		crc = cr_crc32c(crc, pieces[i].iov_base, pieces[i].iov_len);
	put(ret_head + BATCH_CRC, crc, 4);
}

bool
cr_wal_leaf_next(struct cr_slice *frames, struct cr_slice *ret_leaf)
{
	size_t len;

	if (frames->len < 2)
		return false;
	len = (size_t)get((const unsigned char *)frames->ptr, 2);
	if (len == 0 || len > frames->len - 2)
		return false;
	*ret_leaf = (struct cr_slice){ frames->ptr + 2, len };
	frames->ptr += 2 + len;
	frames->len -= 2 + len;
	return true;
}

/* The frames are as many as the head says and fill it to the last byte. */
static bool
frames_are_whole(struct cr_slice frames, uint32_t count)
{
	struct cr_slice leaf;
	uint32_t found = 0;

	while (found < count && cr_wal_leaf_next(&frames, &leaf))
		found++;
	return found == count && frames.len == 0;
}

int
cr_wal_batch_decode(const unsigned char *bytes, size_t size, size_t offset,
    const unsigned char *generation, struct cr_wal_batch *ret_batch)
{
	const unsigned char *head = bytes + offset;
	struct cr_wal_batch batch;
	uint64_t length;

	if (offset > size || size - offset < CR_WAL_BATCH_HEAD ||
	    memcmp(head, batch_magic, sizeof(batch_magic)) != 0 ||
	    memcmp(head + BATCH_GENERATION, generation,
	    CR_WAL_GENERATION) != 0)
		return CR_ESYNTAX;
	length = get(head + BATCH_LENGTH, 4);
	if (length > size - offset - CR_WAL_BATCH_HEAD ||
	    get(head + BATCH_CRC, 4) != cr_crc32c(0, head + BATCH_GENERATION,
	    CR_WAL_BATCH_HEAD - BATCH_GENERATION + (size_t)length))
		return CR_ESYNTAX;
	batch.first = get(head + BATCH_FIRST, 8);
	batch.count = (uint32_t)get(head + BATCH_COUNT, 4);
	batch.leaves = (struct cr_slice){
		(const char *)head + CR_WAL_BATCH_HEAD, (size_t)length
	};
	batch.end = offset + CR_WAL_BATCH_HEAD + (size_t)length;
	batch.end += (CR_WAL_SECTOR - batch.end % CR_WAL_SECTOR) %
	    CR_WAL_SECTOR;
	if (batch.count == 0 || batch.first > UINT64_MAX - batch.count ||
	    !frames_are_whole(batch.leaves, batch.count))
		return CR_ESYNTAX;
	*ret_batch = batch;
	return CR_OK;
}

enum cr_wal_end
cr_wal_end_of(const unsigned char *bytes, size_t size, size_t offset,
    const struct cr_wal_header *header)
{
	struct cr_wal_batch batch;
	bool begun = offset < size && size - offset >= CR_WAL_BATCH_HEAD &&
	    memcmp(bytes + offset + BATCH_GENERATION, header->generation,
	    CR_WAL_GENERATION) == 0;

	if ((header->flags & CR_WAL_FLUSH) == 0) {
		for (size_t at = offset; at < size; at += CR_WAL_SECTOR) {
			if (cr_wal_batch_decode(bytes, size, at,
			    header->generation, &batch) == CR_OK)
				return CR_WAL_DAMAGED;
		}
	}
	return begun ? CR_WAL_TORN : CR_WAL_CLEAN;
}

void
cr_wal_name(uint64_t first, uint64_t sequence, char ret_name[CR_WAL_NAME_SIZE])
{
	(void)snprintf(ret_name, CR_WAL_NAME_SIZE, "%016llx-%08llx.wal",
	    (unsigned long long)first,
	    (unsigned long long)(sequence & UINT32_MAX));
}

static bool
parse_hex(const char *text, unsigned digits, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < digits; i++) {
		const char c = text[i];

		if (c >= '0' && c <= '9')
			number = number << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			number = number << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_number = number;
	return true;
}

bool
cr_wal_name_parse(const char *name, uint64_t *ret_first,
    uint64_t *ret_sequence)
{
	return strlen(name) == CR_WAL_NAME_SIZE - 1 && name[16] == '-' &&
	    strcmp(name + 25, ".wal") == 0 &&
	    parse_hex(name, 16, ret_first) &&
	    parse_hex(name + 17, 8, ret_sequence);
}
