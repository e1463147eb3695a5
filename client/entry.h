/*
 * One entry at a time, from a server or from a file, as the core takes it.
 */
#ifndef CR_CLIENT_ENTRY_H
#define CR_CLIENT_ENTRY_H

#include <stdbool.h>

#include <ldap.h>

#include "core/policy.h"

/*
 * Borrowed for the call.  The attributes have no options: values of
 * description;lang-fi are values of description.
 */
struct cr_entry {
	struct cr_slice dn;		/* as it was sent */
	struct cr_entry_view view;	/* with the DN in normal form */
};

/* Returns LDAP_SUCCESS, or an LDAP code that ends the reading. */
typedef int cr_entry_fn(void *arg, const struct cr_entry *entry);

struct cr_search {
	const char *base;
	int scope;
	const char *filter;
	char **attrs;			/* NULL: all user attributes */
	LDAPControl **controls;		/* may be NULL */
	unsigned page_size;		/* 0: no pages */
};

/*
 * Calls fn for each entry found; between two calls the connection can be
 * used for other searches.  An LDAP result code.  Aliases and referrals are
 * read as entries.  What comes is bounded by the page size.
 */
int cr_search_run(LDAP *ld, const struct cr_search *search, cr_entry_fn *fn,
	void *arg) CR_WARN_UNUSED;

/*
 * Calls fn for each entry of an LDIF file (RFC 2849).  LDAP_LOCAL_ERROR for a
 * file that cannot be read, LDAP_DECODING_ERROR for one that is no LDIF.
 */
int cr_ldif_read(const char *path, cr_entry_fn *fn, void *arg) CR_WARN_UNUSED;

/* The values of an attribute; NULL when there is none. */
const struct cr_attr *cr_entry_attr(const struct cr_entry *entry,
	const char *name);

/* The first value; len 0 when there is none. */
struct cr_slice cr_entry_value(const struct cr_entry *entry,
	const char *name);

/* Has the attribute this value, ASCII case ignored? */
bool cr_entry_has(const struct cr_entry *entry, const char *name,
	const char *value);

/* What a reader of entries fills; for search.c and ldif.c. */
struct cr_entry_buffer {	/* zeroed is empty */
	struct cr_attr *attrs;
	size_t attr_count;
	size_t attr_room;
	struct cr_slice *values;
	size_t value_count;
	size_t value_room;
	size_t *starts;			/* of each attribute in values */
	char *ndn;
};

void cr_entry_buffer_reset(struct cr_entry_buffer *buffer);
void cr_entry_buffer_clear(struct cr_entry_buffer *buffer);

/* Values of one attribute come together; name and values are borrowed. */
int cr_entry_buffer_attr(struct cr_entry_buffer *buffer,
	struct cr_slice name) CR_WARN_UNUSED;
int cr_entry_buffer_value(struct cr_entry_buffer *buffer,
	struct cr_slice value) CR_WARN_UNUSED;

/* One entry that a search found, for who waits for it themself.  An LDAP
   code; the message stays the caller's. */
int cr_search_give(LDAP *ld, LDAPMessage *message,
	struct cr_entry_buffer *buffer, cr_entry_fn *fn, void *arg)
	CR_WARN_UNUSED;

/* Hands the entry to fn.  An LDAP code. */
int cr_entry_buffer_give(struct cr_entry_buffer *buffer, struct cr_slice dn,
	cr_entry_fn *fn, void *arg) CR_WARN_UNUSED;

#endif
