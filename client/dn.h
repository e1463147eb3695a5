/*
 * Distinguished names as text.  The normal form is RFC 4514 as libldap
 * writes it, in ASCII lower case: in it a comma is always a separator.
 */
#ifndef CR_CLIENT_DN_H
#define CR_CLIENT_DN_H

#include "custreg/error.h"
#include "custreg/slice.h"

/* *ret_ndn is malloced.  CR_ESYNTAX for what is no DN. */
int cr_dn_normalise(struct cr_slice dn, char **ret_ndn) CR_WARN_UNUSED;

/* Below: of normal forms.  The parent of a name of one part is empty. */
struct cr_slice cr_dn_parent(struct cr_slice ndn);
bool cr_dn_is_below(struct cr_slice ndn, struct cr_slice base);
bool cr_dn_is_in(struct cr_slice ndn, struct cr_slice base);

#endif
