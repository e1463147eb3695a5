/*
 * What an add, a modification or a rename of a customer is asked besides: does
 * it bring back somebody who was erased, would it stand below another.
 */
#ifndef CR_SUPPRESSION_H
#define CR_SUPPRESSION_H

#include "guard.h"

/* nest.c: would a customer stand below a customer? */
int cr_nests_modify(struct cr_view *view, Operation *op, const Entry *old,
	const Entry *e, const char **text);
int cr_nests_move(struct cr_view *view, Operation *op, const Entry *e,
	const char **text);

/* suppress.c */
struct cr_welcome {			/* of a suppression to be lifted */
	struct berval dn, ndn;		/* NULL: none */
};
int cr_suppress_activate(struct cr_db *db, char *msg, size_t size);
void cr_suppress_free(struct cr_db *db);
int cr_suppress_check(struct cr_view *view, Operation *op, const Entry *e,
	const Entry *old, struct cr_welcome *welcome, const char **text);
void cr_suppress_lift(struct cr_db *db, Operation *op,
	struct cr_welcome *welcome, bool done);

#endif
