/*
 * A leaf in words, the same for LDAP (contract section 6) and for people.
 * Pure; everything handed out without a buffer is constant and never NULL.
 */
#ifndef CR_LEAF_TEXT_H
#define CR_LEAF_TEXT_H

#include "log/leaf.h"

/* "search", "compare" ...; "" for CR_LEAF_NOTHING and what is no type. */
const char *cr_leaf_type_name(enum cr_leaf_type type);
/* CR_LEAF_NOTHING for an unknown name; ASCII case is ignored. */
enum cr_leaf_type cr_leaf_type_find(struct cr_slice name);

/* "base", "one", "sub", "children", "" */
const char *cr_leaf_scope_name(enum cr_leaf_scope scope);

/* "YYYYmmddHHMMSS.mmmZ" and a NUL */
#define CR_LEAF_TIME_SIZE 20

/* GeneralizedTime with milliseconds; CR_ESYNTAX outside years 0000-9999. */
int cr_leaf_time_format(int64_t time_ms, char ret_text[CR_LEAF_TIME_SIZE])
	CR_WARN_UNUSED;

/* As cr_time_parse(), with the milliseconds kept. */
int cr_leaf_time_parse(struct cr_slice text, int64_t *ret_ms) CR_WARN_UNUSED;

/*
 * Tells the values of one leaf by their LDAP names, several of one name one
 * after the other, in this order: crReadTime Reader OnBehalfOf Subject Class
 * Purpose Recipient Reference Type Event Detail Scope Filter Attribute Peer
 * Listener Mechanism SSF Connection Operation Count Result.  What a leaf does
 * not have is not told; Count and Result stand in the last leaf of an
 * operation only.  `entry` is the entry that the line is about; at or past
 * entry_count: the operation, or the subject of an event, alone.
 * Values live until `tell` returns.  Ends early with what `tell` returns when
 * that is not 0.
 */
int cr_leaf_tell(const struct cr_leaf *leaf, size_t entry,
	int (*tell)(void *arg, const char *name, struct cr_slice value),
	void *arg) CR_WARN_UNUSED;

#endif
