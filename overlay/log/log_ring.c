#include "log_ring.h"

#include <sys/mman.h>

/* Memory goes back in blocks of this size, a multiple of every page size. */
#define BLOCK (UINT64_C(64) * 1024)

int
cr_ring_init(struct cr_ring *ring, uint64_t capacity)
{
	uint64_t size = BLOCK;
	void *bytes;

	while (size < capacity)
		size *= 2;
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return CR_ENOMEM;
	ring->bytes = bytes;
	ring->capacity = size;
	return CR_OK;
}

void
cr_ring_clear(struct cr_ring *ring)
{
	if (ring->bytes != NULL)
		(void)munmap(ring->bytes, ring->capacity);
	ring->bytes = NULL;
	ring->capacity = 0;
}

static void
put_bytes(struct cr_ring *ring, uint64_t place, const void *from, size_t len)
{
	uint64_t offset = place & (ring->capacity - 1);
	size_t first = len;

	if (first > ring->capacity - offset)
		first = (size_t)(ring->capacity - offset);
	memcpy(ring->bytes + offset, from, first);
	memcpy(ring->bytes, (const unsigned char *)from + first, len - first);
}

void
cr_ring_put(struct cr_ring *ring, uint64_t place, struct cr_slice leaf)
{
	const unsigned char frame[CR_RING_FRAME] = {
		(unsigned char)(leaf.len >> 8), (unsigned char)leaf.len
	};

	put_bytes(ring, place, frame, sizeof(frame));
	put_bytes(ring, place + CR_RING_FRAME, leaf.ptr, leaf.len);
}

static unsigned
byte_at(const struct cr_ring *ring, uint64_t place)
{
	return ring->bytes[place & (ring->capacity - 1)];
}

size_t
cr_ring_length(const struct cr_ring *ring, uint64_t place)
{
	return (size_t)byte_at(ring, place) << 8 | byte_at(ring, place + 1);
}

struct cr_slice
cr_ring_get(const struct cr_ring *ring, uint64_t place, unsigned char *scratch)
{
	size_t len = cr_ring_length(ring, place);
	struct iovec pieces[2];
	int count = cr_ring_pieces(ring, place + CR_RING_FRAME,
	    place + CR_RING_FRAME + len, pieces);

	if (count < 2)
		return (struct cr_slice){ pieces[0].iov_base, len };
	memcpy(scratch, pieces[0].iov_base, pieces[0].iov_len);
	memcpy(scratch + pieces[0].iov_len, pieces[1].iov_base,
	    pieces[1].iov_len);
	return (struct cr_slice){ (const char *)scratch, len };
}

int
cr_ring_pieces(const struct cr_ring *ring, uint64_t from, uint64_t to,
    struct iovec ret_pieces[2])
{
	uint64_t offset = from & (ring->capacity - 1);
	uint64_t len = to - from;
	uint64_t first = len;

	if (first > ring->capacity - offset)
		first = ring->capacity - offset;
	ret_pieces[0] = (struct iovec){ ring->bytes + offset, (size_t)first };
	ret_pieces[1] = (struct iovec){ ring->bytes, (size_t)(len - first) };
	return len == first ? 1 : 2;
}

/* Only whole blocks: the rest goes with the next release. */
void
cr_ring_release(struct cr_ring *ring, uint64_t from, uint64_t to)
{
	struct iovec pieces[2];
	int count;

	from -= from % BLOCK;
	to -= to % BLOCK;
	if (from >= to)
		return;
	count = cr_ring_pieces(ring, from, to, pieces);
	for (int i = 0; i < count; i++)
		(void)madvise(pieces[i].iov_base, pieces[i].iov_len,
		    MADV_DONTNEED);
}
