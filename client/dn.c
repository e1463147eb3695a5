#include "dn.h"

#include <stdlib.h>

#include <ldap.h>

#include "strlist.h"

int
cr_dn_normalise(struct cr_slice dn, char **ret_ndn)
{
	struct berval text = { dn.len, (char *)dn.ptr };
	struct berval out = { 0, NULL };
	LDAPDN parsed = NULL;
	int rc = CR_ESYNTAX;

	if (dn.len == 0) {
		*ret_ndn = cr_text_copy(dn);
		return *ret_ndn == NULL ? CR_ENOMEM : CR_OK;
	}
	if (ldap_bv2dn(&text, &parsed, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS)
		return CR_ESYNTAX;
	if (ldap_dn2bv(parsed, &out, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
		goto out;
	for (size_t i = 0; i < out.bv_len; i++) {
		char c = out.bv_val[i];

		if (c >= 'A' && c <= 'Z')
			out.bv_val[i] = (char)(c - 'A' + 'a');
	}
	*ret_ndn = cr_text_copy((struct cr_slice){ out.bv_val, out.bv_len });
	rc = *ret_ndn == NULL ? CR_ENOMEM : CR_OK;
out:
	ldap_memfree(out.bv_val);
	ldap_dnfree(parsed);
	return rc;
}

struct cr_slice
cr_dn_parent(struct cr_slice ndn)
{
	const char *comma = ndn.len == 0 ? NULL :
	    memchr(ndn.ptr, ',', ndn.len);
	size_t rdn;

	if (comma == NULL)
		return (struct cr_slice){ "", 0 };
	rdn = (size_t)(comma - ndn.ptr) + 1;
	return (struct cr_slice){ ndn.ptr + rdn, ndn.len - rdn };
}

bool
cr_dn_is_below(struct cr_slice ndn, struct cr_slice base)
{
	if (base.len == 0)
		return ndn.len > 0;
	return ndn.len > base.len + 1 &&
	    ndn.ptr[ndn.len - base.len - 1] == ',' &&
	    memcmp(ndn.ptr + ndn.len - base.len, base.ptr, base.len) == 0;
}

bool
cr_dn_is_in(struct cr_slice ndn, struct cr_slice base)
{
	return cr_slice_equal(ndn, base) || cr_dn_is_below(ndn, base);
}
