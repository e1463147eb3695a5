/*
 * Write-ahead files: what is read of any bytes lies in them, follows without a
 * gap, and a file made of what was read is read the same.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "log/wal_format.h"

static void
check_batch(struct cr_slice file, const struct cr_wal_batch *batch,
    const struct cr_wal_header *header, size_t offset)
{
	unsigned char head[CR_WAL_BATCH_HEAD];
	struct cr_slice frames = batch->leaves;
	struct iovec piece = {
		(void *)(uintptr_t)batch->leaves.ptr, batch->leaves.len
	};
	struct cr_slice leaf;
	uint32_t count = 0;

	expect(lies_in(frames, file));
	expect(batch->end > offset && batch->end % CR_WAL_SECTOR == 0);
	while (cr_wal_leaf_next(&frames, &leaf)) {
		expect(lies_in(leaf, file));
		expect(leaf.len >= 1 && leaf.len <= 65535);
		count++;
	}
	expect(count == batch->count && frames.len == 0);
	cr_wal_batch_encode(header->generation, batch->first, batch->count,
	    &piece, 1, head);
	expect(memcmp(head, file.ptr + offset, sizeof(head)) == 0);
}

/* The fuzzer cannot guess a checksum: it is set right in a copy. */
static void
mend(uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at + CR_WAL_SECTOR <= size; at += CR_WAL_SECTOR) {
		uint32_t crc;
		uint32_t length;
		size_t where = at + 4;

		if (at == 0) {
			crc = cr_crc32c(0, bytes, 508);
			where = 508;
		} else if (memcmp(bytes + at, "CRWB", 4) == 0) {
			length = (uint32_t)bytes[at + 38] << 8 |
			    bytes[at + 39];
			if (length > size - at - CR_WAL_BATCH_HEAD)
				continue;
			crc = cr_crc32c(0, bytes + at + 8,
			    CR_WAL_BATCH_HEAD - 8 + length);
		} else {
			continue;
		}
		for (unsigned i = 0; i < 4; i++)
			bytes[where + i] = (uint8_t)(crc >> 8 * (3 - i));
	}
}

static void
read_all(const uint8_t *data, size_t size)
{
	struct cr_slice file = fuzz_slice(data, size);
	struct cr_wal_header header;
	struct cr_wal_batch batch;
	unsigned char again[CR_WAL_SECTOR];
	size_t offset = CR_WAL_SECTOR;
	enum cr_wal_end end;

	if (cr_wal_header_decode(data, size, &header) != CR_OK)
		return;
	cr_wal_header_encode(&header, again);
	expect(cr_wal_header_decode(again, sizeof(again), &header) == CR_OK);
	while (cr_wal_batch_decode(data, size, offset, header.generation,
	    &batch) == CR_OK) {
		check_batch(file, &batch, &header, offset);
		offset = batch.end;
	}
	end = cr_wal_end_of(data, size, offset, &header);
	expect(end != CR_WAL_DAMAGED || (header.flags & CR_WAL_FLUSH) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;
	char name[64];
	uint64_t first;
	uint64_t sequence;

	if (size < sizeof(name)) {
		memcpy(name, data, size);
		name[size] = '\0';
		if (cr_wal_name_parse(name, &first, &sequence)) {
			char again[CR_WAL_NAME_SIZE];

			cr_wal_name(first, sequence, again);
			expect(strcmp(name, again) == 0);
		}
	}
	read_all(data, size);
	copy = malloc(size + 1);
	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	mend(copy, size);
	read_all(copy, size);
	free(copy);
	return 0;
}
