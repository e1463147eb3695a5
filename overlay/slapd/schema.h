/*
 * The schema as the glue works with it: the descriptions it looks for, and
 * what each attribute means to the guard (schema.c, judge.c).
 */
#ifndef CR_SCHEMA_H
#define CR_SCHEMA_H

#include "portable.h"

#include <stdatomic.h>

#include "slap.h"

struct cr_schema {
	AttributeDescription *marketing_ban;
	AttributeDescription *listing_ban;
	AttributeDescription *disclosure_ban;
	AttributeDescription *restricted;
	AttributeDescription *ban_until;
	AttributeDescription *ban_record;
	AttributeDescription *erasing;
	AttributeDescription *role;
	AttributeDescription *decider;
	AttributeDescription *user_password;
	ObjectClass *customer;
	ObjectClass *organizational_unit;
	ObjectClass *service;
	Syntax *dn_syntax;
	Syntax *name_uid_syntax;
};
extern struct cr_schema cr_schema;

/*
 * What an attribute means to the guard, by ad_index: filled as attributes are
 * met, so that a pass over an entry costs one look-up each.
 */
enum cr_meaning {
	CR_MEANS_UNKNOWN = 0,
	CR_MEANS_NOTHING,
	CR_MEANS_CLASSES,
	CR_MEANS_STRUCTURAL,
	CR_MEANS_UUID,
	CR_MEANS_MARKETING,
	CR_MEANS_LISTING,
	CR_MEANS_UNTIL,
	CR_MEANS_DISCLOSURE,
	CR_MEANS_RESTRICTED,
	CR_MEANS_ERASING,
	CR_MEANS_ODD_BAN,		/* one with an attribute option */
	CR_MEANS_DNS
};
#define CR_MEANINGS 4096
extern _Atomic unsigned char cr_meanings[CR_MEANINGS];
enum cr_meaning cr_meaning_find(const AttributeDescription *desc);

static inline enum cr_meaning
cr_meaning_of(const AttributeDescription *desc)
{
	if (desc->ad_index < CR_MEANINGS) {
		unsigned char known = atomic_load_explicit(
			&cr_meanings[desc->ad_index], memory_order_relaxed);

		if (known != CR_MEANS_UNKNOWN)
			return (enum cr_meaning)known;
	}
	return cr_meaning_find(desc);
}
int cr_schema_register(void);
int cr_schema_resolve(void);
int cr_schema_resolve_others(void);

#endif
