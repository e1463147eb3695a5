#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define CHUNK_SIZE 4096
#define ALIGNMENT alignof(max_align_t)

struct cr_arena_chunk {
	struct cr_arena_chunk *next;
	size_t used;
	size_t room;
	alignas(max_align_t) char data[];
};

static void *
take(struct cr_arena_chunk *chunk, size_t size)
{
	void *piece = chunk->data + chunk->used;

	chunk->used += size;
	return piece;
}

void *
cr_arena_alloc(struct cr_arena *arena, size_t count, size_t size)
{
	struct cr_arena_chunk *chunk = arena->chunks;
	size_t room;
	size_t bytes;

	if (size != 0 && count > (SIZE_MAX / 2) / size)
		return NULL;
	bytes = count * size;
	bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (bytes == 0)
		bytes = ALIGNMENT;
	if (chunk != NULL && chunk->room - chunk->used >= bytes)
		return take(chunk, bytes);

	room = CHUNK_SIZE - sizeof(*chunk);
	if (room < bytes)
		room = bytes;
	chunk = calloc(1, sizeof(*chunk) + room);
	if (chunk == NULL)
		return NULL;
	chunk->room = room;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->size += sizeof(*chunk) + room;
	return take(chunk, bytes);
}

int
cr_arena_copy(struct cr_arena *arena, struct cr_slice text,
    struct cr_slice *ret_copy)
{
	char *copy = cr_arena_alloc(arena, text.len + 1, 1);

	if (copy == NULL)
		return CR_ENOMEM;
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	*ret_copy = (struct cr_slice){ copy, text.len };
	return CR_OK;
}

void
cr_arena_clear(struct cr_arena *arena)
{
	while (arena->chunks != NULL) {
		struct cr_arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
	arena->size = 0;
}
