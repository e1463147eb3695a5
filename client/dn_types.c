#include "dn_types.h"

#include <stdlib.h>

#include <ldap_schema.h>

#define SYNTAX_DN "1.3.6.1.4.1.1466.115.121.1.12"
#define SYNTAX_NAME_UID "1.3.6.1.4.1.1466.115.121.1.34"

static bool
is_dn_syntax(const char *oid)
{
	return oid != NULL && (strcmp(oid, SYNTAX_DN) == 0 ||
	    strcmp(oid, SYNTAX_NAME_UID) == 0);
}

/* Users' attributes, and memberOf, which slapd keeps itself. */
static bool
is_wanted(const LDAPAttributeType *type)
{
	return type->at_names != NULL && type->at_names[0] != NULL &&
	    (type->at_usage == LDAP_SCHEMA_USER_APPLICATIONS ||
	    strcasecmp(type->at_names[0], "memberOf") == 0);
}

static bool
inherits(const struct cr_strings *names, const LDAPAttributeType *type)
{
	return type->at_syntax_oid == NULL && type->at_sup_oid != NULL &&
	    (strcasecmp(type->at_sup_oid, "distinguishedName") == 0 ||
	    cr_strings_has(names, cr_slice_of(type->at_sup_oid)));
}

/* A supertype comes before what is made from it. */
int
cr_dn_types_take(void *arg, const struct cr_entry *entry)
{
	struct cr_strings *names = arg;
	const struct cr_attr *types = cr_entry_attr(entry, "attributeTypes");
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && types != NULL && i < types->count;
	    i++) {
		char *text = cr_text_copy(types->values[i]);
		LDAPAttributeType *type = NULL;
		const char *where;
		int code;

		if (text == NULL)
			return LDAP_NO_MEMORY;
		type = ldap_str2attributetype(text, &code, &where,
			LDAP_SCHEMA_ALLOW_ALL);
		free(text);
		if (type == NULL)
			continue;
		if (is_wanted(type) && (is_dn_syntax(type->at_syntax_oid) ||
		    inherits(names, type)))
			rc = cr_strings_add(names,
				cr_slice_of(type->at_names[0]));
		ldap_attributetype_free(type);
	}
	return rc == CR_OK ? LDAP_SUCCESS : LDAP_NO_MEMORY;
}
