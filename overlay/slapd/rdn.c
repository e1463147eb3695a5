/*
 * What names an entry.  slapd adds the values of the RDN to an entry by
 * itself, past everything that looks at attributes: so of ours only those
 * that are numbers and identifiers may stand there.
 */
#include "guard.h"

static bool
may_name(const struct berval *name)
{
	static const char *const names[] = { "crCustomerNumber",
		"crAssignmentNumber", "crInvoiceNumber", "crCaseNumber",
		"crDisclosureId", "crRequestId", "crErasureId",
		"crSuppressionId" };

	if (strncmp(name->bv_val, "cr", 2) != 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name->bv_val) == 0)
			return true;
	}
	return false;
}

/* CR_EVALUE with a text when some attribute of the RDN may not be there. */
int
cr_rdn_check(const struct berval *rdn, const char **text)
{
	LDAPRDN parsed = NULL;
	char *end = NULL;
	int rc = CR_OK;

	if (ldap_bv2rdn((struct berval *)rdn, &parsed, &end,
	    LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS)
		return CR_OK;	/* slapd has its own answer */
	for (int i = 0; parsed != NULL && parsed[i] != NULL; i++) {
		AttributeDescription *desc = NULL;
		const char *ignored = NULL;

		if (slap_bv2ad(&parsed[i]->la_attr, &desc, &ignored) !=
		    LDAP_SUCCESS)
			continue;
		if (!may_name(&desc->ad_type->sat_cname) ||
		    desc->ad_type == cr_schema.user_password->ad_type) {
			*text = "custreg: this attribute cannot name an entry";
			rc = CR_EVALUE;
		}
	}
	ldap_rdnfree(parsed);
	return rc;
}
