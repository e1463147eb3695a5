/*
 * Controls as ldapsearch takes them with -e and -E:
 *
 *	[!]<oid>[=:<value>|=::<base64 value>]
 *	[!]authzid=<authzid>, [!]manageDSAit
 *	[!]purpose=<name>, [!]recipient=<DN>, [!]reference=<text>
 *
 * "!" makes a control critical.
 */
#ifndef CR_CLIENT_CONTROL_H
#define CR_CLIENT_CONTROL_H

#include <ldap.h>

#include "custreg/error.h"

#define CR_CONTROLS_MAX 16

struct cr_controls {		/* zeroed is empty */
	LDAPControl *list[CR_CONTROLS_MAX + 1];	/* owned; ends with NULL */
	size_t count;
};

/* CR_ESYNTAX for an unknown name or bad value, CR_ELIMIT for too many. */
int cr_controls_add(struct cr_controls *controls, const char *text)
	CR_WARN_UNUSED;
void cr_controls_clear(struct cr_controls *controls);

#endif
