#include "seen.h"

#include <stdlib.h>

enum { KIND_BITS = 2 };

_Static_assert(CR_ENTRY_CHILD < 1 << KIND_BITS, "a kind fits");

struct cr_seen_slot {
	uint64_t key;		/* the hash, and below it the kind; 0: free */
	uint64_t seen_by;
};

/* FNV-1a, and a finish so that all bits are good; never 0. */
static uint64_t
hash(struct cr_slice name)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.len; i++)
		key = (key ^ (unsigned char)name.ptr[i]) *
		    UINT64_C(0x100000001b3);
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key >>= KIND_BITS;
	return key == 0 ? 1 : key;
}

static struct cr_seen_slot *
place(struct cr_seen_slot *slots, size_t size, uint64_t key)
{
	size_t at = (size_t)key & (size - 1);

	while (slots[at].key != 0 && slots[at].key >> KIND_BITS != key)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

bool
cr_seen_find(const struct cr_seen *seen, struct cr_slice name,
	struct cr_seen_entry *ret)
{
	const struct cr_seen_slot *slot;

	if (seen->size == 0)
		return false;
	slot = place(seen->slots, seen->size, hash(name));
	if (slot->key == 0)
		return false;
	ret->kind = (enum cr_entry_kind)(slot->key & ((1 << KIND_BITS) - 1));
	ret->seen_by = slot->seen_by;
	return true;
}

static int
grow(struct cr_seen *seen)
{
	size_t size = seen->size == 0 ? 1024 : seen->size * 2;
	struct cr_seen_slot *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return CR_ENOMEM;
	for (size_t i = 0; i < seen->size; i++) {
		if (seen->slots[i].key != 0)
			*place(slots, size, seen->slots[i].key >> KIND_BITS) =
			    seen->slots[i];
	}
	free(seen->slots);
	seen->slots = slots;
	seen->size = size;
	return CR_OK;
}

int
cr_seen_add(struct cr_seen *seen, struct cr_slice name,
	struct cr_seen_entry entry, bool *ret_new)
{
	uint64_t key = hash(name);
	struct cr_seen_slot *slot;

	if (seen->count * 4 >= seen->size * 3 && grow(seen) != CR_OK)
		return CR_ENOMEM;
	slot = place(seen->slots, seen->size, key);
	*ret_new = slot->key == 0;
	if (!*ret_new)
		return CR_OK;
	slot->key = key << KIND_BITS | (uint64_t)entry.kind;
	slot->seen_by = entry.seen_by;
	seen->count++;
	return CR_OK;
}

void
cr_seen_clear(struct cr_seen *seen)
{
	free(seen->slots);
	*seen = (struct cr_seen){ 0 };
}
