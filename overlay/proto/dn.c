#include "dn.h"

#include <ldap.h>

#include "core/text.h"

int
cr_dn_check(struct cr_slice dn, size_t max)
{
	char text[CR_DN_MAX + 1];
	LDAPDN parsed = NULL;
	int rc;

	if (dn.len == 0 || dn.len > max || dn.len > CR_DN_MAX ||
	    !cr_text_is_utf8(dn))
		return CR_EPROTO;
	memcpy(text, dn.ptr, dn.len);
	text[dn.len] = '\0';
	rc = ldap_str2dn(text, &parsed, LDAP_DN_FORMAT_LDAPV3);
	if (rc == LDAP_NO_MEMORY)
		return CR_ENOMEM;
	if (rc != LDAP_SUCCESS)
		return CR_EPROTO;
	/* spaces alone are the empty DN, and nobody's name */
	rc = parsed == NULL ? CR_EPROTO : CR_OK;
	ldap_dnfree(parsed);
	return rc;
}
