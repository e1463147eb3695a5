/*
 * What is remembered of entries while a tree of any size goes by: 24 bytes
 * for each, found again by a hash of the name.  Two names of one hash are
 * taken for one, which among a million happens once in ten million runs.
 */
#ifndef CR_CLIENT_SEEN_H
#define CR_CLIENT_SEEN_H

#include "core/decide.h"

struct cr_seen_entry {
	uint64_t key;			/* 0: free */
	uint64_t seen_by;		/* purposes, by cr_purpose.index */
	enum cr_entry_kind kind;
};

struct cr_seen {		/* zeroed is empty */
	struct cr_seen_entry *slots;
	size_t count;
	size_t size;			/* a power of two */
};

/* NULL when the name is not there; until the next call of cr_seen_add(). */
const struct cr_seen_entry *cr_seen_find(const struct cr_seen *seen,
	struct cr_slice name);

/* *ret_new is false, and nothing changed, when the name was there. */
int cr_seen_add(struct cr_seen *seen, struct cr_slice name,
	enum cr_entry_kind kind, uint64_t seen_by, bool *ret_new)
	CR_WARN_UNUSED;

void cr_seen_clear(struct cr_seen *seen);

#endif
