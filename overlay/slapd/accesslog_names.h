/*
 * What slapd's accesslog knows of the erased: the names they had, each from
 * when until when, since a name may have been another's before and after; and
 * the numbers of what stood below them.
 */
#ifndef CR_ACCESSLOG_NAMES_H
#define CR_ACCESSLOG_NAMES_H

#include "erase.h"

#include <ldap_avl.h>

struct cr_logged_child {
	unsigned char uuid[CR_UUID_BYTES];
	bool elsewhere;			/* was moved to who is not erased */
};

struct cr_logged {			/* owns all it has; zeroed: nothing */
	Avlnode *subjects;		/* who is erased, by number */
	Avlnode *names;			/* each with the times it was theirs */
	Avlnode *children;		/* of struct cr_logged_child */
	size_t count;			/* of the subjects */
	AttributeDescription *start, *dn, *uuid, *type, *result, *fresh;
	AttributeDescription *mod, *old;
};

/* CR_EINTERNAL: there is no such schema, so no accesslog either. */
int cr_logged_begin(struct cr_logged *logged);
/*
 * Of all `those`, from the database `be`, below all overlays: it is read twice,
 * however many they are.
 */
int cr_logged_read(struct cr_logged *logged, struct cr_erasing *erasing,
	const struct cr_erased *those, BackendDB *be,
	const struct berval *suffix);
void cr_logged_clear(struct cr_logged *logged);

/* Is it a number of one of them, or of what stood below; NULL: no child. */
bool cr_logged_is_subject(const struct cr_logged *logged,
	const unsigned char uuid[CR_UUID_BYTES]);
const struct cr_logged_child *cr_logged_child(const struct cr_logged *logged,
	const unsigned char uuid[CR_UUID_BYTES]);
/* False: the record has none, as of what failed. */
bool cr_logged_uuid(const struct cr_logged *logged, const Entry *record,
	unsigned char ret_uuid[CR_UUID_BYTES]);

/* Was it a name at or below one of them when this record was made? */
bool cr_logged_names(const struct cr_logged *logged, const Entry *record,
	const struct berval *ndn);

/* The value; NULL: none. */
const struct berval *cr_logged_value(const Entry *record,
	AttributeDescription *desc);
bool cr_logged_is(const Entry *record, AttributeDescription *desc,
	const char *value);

#endif
