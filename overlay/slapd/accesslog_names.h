/*
 * What slapd's accesslog knows of the erased: the names they had, each from
 * when until when, since a name may have been another's before and after; and
 * the numbers of what stood below them.
 */
#ifndef CR_ACCESSLOG_NAMES_H
#define CR_ACCESSLOG_NAMES_H

#include "erase.h"

struct cr_logged_name {
	struct cr_logged_name *next;
	struct berval ndn;
	struct berval from, to;		/* reqStart; NULL: open */
};

struct cr_logged_child {
	struct cr_logged_child *next;
	char uuid[CR_UUID_TEXT_SIZE];
	bool elsewhere;			/* was moved to another customer */
};

struct cr_logged {			/* owns all it has; zeroed: nothing */
	struct cr_logged_name *names;
	struct cr_logged_child *children;
	AttributeDescription *start, *dn, *uuid, *type, *result, *fresh;
	AttributeDescription *mod, *old;
};

/* CR_EINTERNAL: there is no such schema, so no accesslog either. */
int cr_logged_begin(struct cr_logged *logged);
/* From the database `be`, below all overlays. */
int cr_logged_read(struct cr_logged *logged, struct cr_erasing *erasing,
	BackendDB *be, const struct berval *suffix);
void cr_logged_clear(struct cr_logged *logged);

/* Was it a name at or below the erased when this record was made? */
bool cr_logged_names(const struct cr_logged *logged, const Entry *record,
	const struct berval *ndn);

/* The value; NULL: none. */
const struct berval *cr_logged_value(const Entry *record,
	AttributeDescription *desc);
bool cr_logged_is(const Entry *record, AttributeDescription *desc,
	const char *value);

#endif
