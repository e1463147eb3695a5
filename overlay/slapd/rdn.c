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
		"crSuppressionId", "crSuppressionCaseId" };

	if (strncmp(name->bv_val, "cr", 2) != 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name->bv_val) == 0)
			return true;
	}
	return false;
}

/* A DN in the RDN that names someone the writer cannot see. */
bool
cr_rdn_names_hidden(struct cr_op *cop, Operation *op,
	const struct berval *rdn)
{
	LDAPRDN parsed = NULL;
	char *end = NULL;
	bool hidden = false;

	if (ldap_bv2rdn((struct berval *)rdn, &parsed, &end,
	    LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS)
		return false;
	for (int i = 0; parsed != NULL && parsed[i] != NULL; i++) {
		AttributeDescription *desc = NULL;
		const char *ignored = NULL;
		struct berval ndn = BER_BVNULL;

		if (slap_bv2ad(&parsed[i]->la_attr, &desc, &ignored) !=
		    LDAP_SUCCESS || !cr_desc_holds_dns(desc) ||
		    memchr(parsed[i]->la_value.bv_val, '\0',
			parsed[i]->la_value.bv_len) != NULL ||
		    dnNormalize(0, NULL, NULL, &parsed[i]->la_value, &ndn,
			op->o_tmpmemctx) != LDAP_SUCCESS)
			continue;
		hidden = hidden || cr_value_hidden(cop, op, desc, &ndn);
		op->o_tmpfree(ndn.bv_val, op->o_tmpmemctx);
	}
	ldap_rdnfree(parsed);
	return hidden;
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
		    desc->ad_type == slap_schema.si_ad_objectClass->ad_type ||
		    desc->ad_type == cr_schema.user_password->ad_type) {
			*text = "custreg: this attribute cannot name an entry";
			rc = CR_EVALUE;
		}
	}
	ldap_rdnfree(parsed);
	return rc;
}
