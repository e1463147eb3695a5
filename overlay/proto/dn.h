/*
 * A DN that a client sent, before anything is made of it.
 */
#ifndef CR_DN_H
#define CR_DN_H

#include "custreg/error.h"
#include "custreg/slice.h"

/* As SLAP_LDAPDN_MAXLEN: what slapd itself takes. */
#define CR_DN_MAX 8192

/*
 * 1 to `max` bytes (at most CR_DN_MAX) of UTF-8 without NUL that name an
 * entry by RFC 4514 (ldap_str2dn).  CR_EPROTO for anything else, also for the
 * empty DN written with spaces; CR_ENOMEM.
 */
int cr_dn_check(struct cr_slice dn, size_t max) CR_WARN_UNUSED;

#endif
