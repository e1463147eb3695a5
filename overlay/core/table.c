#include "table.h"

/* FNV-1a; the keys are policy, not a stranger's choice. */
static uint32_t
hash(const struct cr_table *table, struct cr_slice key)
{
	uint32_t sum = UINT32_C(2166136261);

	for (size_t i = 0; i < key.len; i++) {
		unsigned char c = (unsigned char)key.ptr[i];

		if (table->ignore_case && c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		sum = (sum ^ c) * UINT32_C(16777619);
	}
	return sum;
}

static const void *
item_at(const struct cr_table *table, size_t item)
{
	return (const char *)table->items + item * table->stride;
}

static struct cr_slice
key_of(const void *item)
{
	struct cr_slice key;

	memcpy(&key, item, sizeof(key));
	return key;
}

static bool
same_key(const struct cr_table *table, struct cr_slice a, struct cr_slice b)
{
	return table->ignore_case ? cr_slice_same_name(a, b) :
	    cr_slice_equal(a, b);
}

/* The slot that holds the key, or the free one where it would stand. */
static uint32_t *
find_slot(const struct cr_table *table, struct cr_slice key)
{
	uint32_t at = hash(table, key) & table->mask;

	while (table->slots[at] != 0 && !same_key(table, key,
	    key_of(item_at(table, table->slots[at] - 1))))
		at = (at + 1) & table->mask;
	return &table->slots[at];
}

int
cr_table_init(struct cr_table *table, struct cr_arena *arena,
    const void *items, size_t stride, size_t count, bool ignore_case)
{
	uint32_t slots = 4;

	if (count > UINT32_C(1) << 28)
		return CR_ELIMIT;
	while (slots < count * 2)
		slots *= 2;
	table->slots = cr_arena_alloc(arena, slots, sizeof(*table->slots));
	if (table->slots == NULL)
		return CR_ENOMEM;
	table->items = items;
	table->stride = stride;
	table->ignore_case = ignore_case;
	table->mask = slots - 1;
	return CR_OK;
}

bool
cr_table_add(struct cr_table *table, size_t item)
{
	uint32_t *slot = find_slot(table, key_of(item_at(table, item)));

	if (*slot != 0)
		return false;
	*slot = (uint32_t)item + 1;
	return true;
}

const void *
cr_table_find(const struct cr_table *table, struct cr_slice key)
{
	uint32_t slot;

	if (table->slots == NULL)
		return NULL;
	slot = *find_slot(table, key);
	return slot == 0 ? NULL : item_at(table, slot - 1);
}
