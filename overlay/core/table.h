/*
 * A hash table over an array whose items begin with a struct cr_slice, their
 * key.  The table holds item numbers; array and table live in one arena.
 */
#ifndef CR_TABLE_H
#define CR_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct cr_table {
	const void *items;
	size_t stride;
	bool ignore_case;	/* ASCII case of keys */
	uint32_t *slots;	/* item number + 1; 0: free */
	uint32_t mask;
};

/*
 * An empty table that has room for `count` items.  With `ignore_case` keys
 * that differ in ASCII case only are one.
 */
int cr_table_init(struct cr_table *table, struct cr_arena *arena,
	const void *items, size_t stride, size_t count, bool ignore_case)
	CR_WARN_UNUSED;

/* False when an item with this key is in already. */
bool cr_table_add(struct cr_table *table, size_t item);

/* The item with this key, or NULL; also in a zeroed table. */
const void *cr_table_find(const struct cr_table *table, struct cr_slice key);

#endif
