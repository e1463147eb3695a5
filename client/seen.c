#include "seen.h"

#include <stdlib.h>

/* FNV-1a, and a finish so that the low bits are good. */
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
	return key == 0 ? 1 : key;
}

static struct cr_seen_entry *
place(struct cr_seen_entry *slots, size_t size, uint64_t key)
{
	size_t at = (size_t)key & (size - 1);

	while (slots[at].key != 0 && slots[at].key != key)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

const struct cr_seen_entry *
cr_seen_find(const struct cr_seen *seen, struct cr_slice name)
{
	const struct cr_seen_entry *entry;

	if (seen->size == 0)
		return NULL;
	entry = place(seen->slots, seen->size, hash(name));
	return entry->key == 0 ? NULL : entry;
}

static int
grow(struct cr_seen *seen)
{
	size_t size = seen->size == 0 ? 1024 : seen->size * 2;
	struct cr_seen_entry *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return CR_ENOMEM;
	for (size_t i = 0; i < seen->size; i++) {
		if (seen->slots[i].key != 0)
			*place(slots, size, seen->slots[i].key) =
			    seen->slots[i];
	}
	free(seen->slots);
	seen->slots = slots;
	seen->size = size;
	return CR_OK;
}

int
cr_seen_add(struct cr_seen *seen, struct cr_slice name,
	enum cr_entry_kind kind, uint64_t seen_by, bool *ret_new)
{
	uint64_t key = hash(name);
	struct cr_seen_entry *entry;

	if (seen->count * 4 >= seen->size * 3 && grow(seen) != CR_OK)
		return CR_ENOMEM;
	entry = place(seen->slots, seen->size, key);
	*ret_new = entry->key == 0;
	if (!*ret_new)
		return CR_OK;
	*entry = (struct cr_seen_entry){ key, seen_by, kind };
	seen->count++;
	return CR_OK;
}

void
cr_seen_clear(struct cr_seen *seen)
{
	free(seen->slots);
	*seen = (struct cr_seen){ 0 };
}
