/*
 * The values of the three request controls (contract section 5): plain
 * strings, as in RFC 4370.
 *
 *   .4.1 purpose    keyword    directMarketing     64 69 72 65 63 74 4d ...
 *   .4.2 recipient  LDAPDN     cn=x,ou=recipients,...
 *   .4.3 reference  [A-Za-z0-9._:-]{1,64}
 */
#ifndef CR_CONTROL_H
#define CR_CONTROL_H

#include <stdbool.h>

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_PURPOSE_NAME_MAX 64
#define CR_RECIPIENT_DN_MAX 1024

/* CR_EPROTO for anything else than what the comment above says. */
int cr_control_check_purpose(struct cr_slice value) CR_WARN_UNUSED;
/* Length, UTF-8, no NUL and a DN by RFC 4514 (ldap_str2dn). */
int cr_control_check_recipient(struct cr_slice value) CR_WARN_UNUSED;
int cr_control_check_reference(struct cr_slice value) CR_WARN_UNUSED;

/*
 * The server-side-sort control (RFC 2891): SortKeyList ::= SEQUENCE OF
 * SEQUENCE { attributeType, orderingRule [0] OPTIONAL, reverseOrder [1] }.
 * Calls fn with each attribute description, in order; stops at and returns
 * its first error.  CR_EPROTO for BER that does not parse.
 */
typedef int cr_sort_key_fn(void *arg, struct cr_slice attribute);
int cr_control_sort_keys(struct cr_slice value, cr_sort_key_fn *fn,
	void *arg) CR_WARN_UNUSED;

/* Does a VLV request (draft-ietf-ldapext-ldapv3-vlv) carry a contextID? */
int cr_control_vlv_has_context(struct cr_slice value, bool *ret_has)
	CR_WARN_UNUSED;

/*
 * The paged-results control (RFC 2696): SEQUENCE { INTEGER size, OCTET STRING
 * cookie }.  *ret_cookie borrows from value.
 */
int cr_control_paged_decode(struct cr_slice value, int *ret_size,
	struct cr_slice *ret_cookie) CR_WARN_UNUSED;
/* *ret_value is malloced. */
int cr_control_paged_encode(int size, struct cr_slice cookie,
	unsigned char **ret_value, size_t *ret_len) CR_WARN_UNUSED;

#endif
