/* Which attributes have DNs for their values, as a server's schema says. */
#ifndef CR_CLIENT_DN_TYPES_H
#define CR_CLIENT_DN_TYPES_H

#include "entry.h"
#include "strlist.h"

/*
 * From the attributeTypes of a subschema entry, the names of users' attributes
 * with DNs, or names with a UID, for values; and memberOf.  cr_entry_fn with
 * the struct cr_strings for its argument.
 */
int cr_dn_types_take(void *arg, const struct cr_entry *entry);

#endif
