/*
 * What is remembered of entries while a tree of any size goes by: 16 bytes
 * for each, found again by a hash of the name.  Two names of one hash are
 * taken for one, which among a million happens once in millions of runs.
 */
#ifndef CR_CLIENT_SEEN_H
#define CR_CLIENT_SEEN_H

#include "core/decide.h"

struct cr_seen_entry {
	enum cr_entry_kind kind;
	uint64_t seen_by;		/* purposes, by cr_purpose.index */
};

struct cr_seen_slot;

struct cr_seen {		/* zeroed is empty */
	struct cr_seen_slot *slots;
	size_t count;
	size_t size;			/* a power of two */
};

/* False, and *ret unchanged, when the name is not there. */
bool cr_seen_find(const struct cr_seen *seen, struct cr_slice name,
	struct cr_seen_entry *ret);

/* *ret_new is false, and nothing changed, when the name was there. */
int cr_seen_add(struct cr_seen *seen, struct cr_slice name,
	struct cr_seen_entry entry, bool *ret_new) CR_WARN_UNUSED;

void cr_seen_clear(struct cr_seen *seen);

#endif
