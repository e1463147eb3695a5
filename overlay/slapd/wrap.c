/*
 * (&(subschemaSubentry=*)<the client's filter>(subschemaSubentry=*)), as
 * structs: see access.c.  Never by way of the string: slapd prints computed
 * terms in a form it does not read (facts 0.4).  ors_filterstr stays the
 * client's, for the logs.
 */
#include "guard.h"

void
cr_filter_wrap(struct cr_wrapped *w, Operation *op)
{
	memset(w, 0, sizeof(*w));
	w->original = op->ors_filter;
	w->original_next = op->ors_filter->f_next;
	w->first.f_choice = LDAP_FILTER_PRESENT;
	w->first.f_desc = cr_schema.carrier;
	w->first.f_next = op->ors_filter;
	w->second.f_choice = LDAP_FILTER_PRESENT;
	w->second.f_desc = cr_schema.carrier;
	op->ors_filter->f_next = &w->second;
	w->and.f_choice = LDAP_FILTER_AND;
	w->and.f_and = &w->first;
	op->ors_filter = &w->and;
}

void
cr_filter_unwrap(struct cr_wrapped *w, Operation *op)
{
	w->original->f_next = w->original_next;
	if (op->ors_filter == &w->and)
		op->ors_filter = w->original;
}
