/*
 * DNs that name people: because the naming attribute is one for names, or
 * because its value is what the entry says the person is called.
 */
#include "check.h"

#include <stdlib.h>

/* A shorter surname is found in any identifier. */
enum { SURNAME_MIN = 3 };

static const char *const name_attributes[] = {
	"cn", "commonName", "sn", "surname", "givenName", "gn",
	"displayName", "mail", "rfc822Mailbox", "name", "initials",
	"2.5.4.3", "2.5.4.4", "2.5.4.42"
};

static bool
is_name_attribute(struct cr_slice name)
{
	for (size_t i = 0; i < sizeof(name_attributes) /
	    sizeof(name_attributes[0]); i++) {
		if (cr_slice_same_name(name,
		    cr_slice_of(name_attributes[i])))
			return true;
	}
	return false;
}

static bool
contains(struct cr_slice text, struct cr_slice part)
{
	for (size_t at = 0; at + part.len <= text.len; at++) {
		if (strncasecmp(text.ptr + at, part.ptr, part.len) == 0)
			return true;
	}
	return false;
}

static bool
is_value_of(const struct cr_entry *entry, struct cr_slice value)
{
	static const char *const names[] = { "cn", "sn", "givenName",
		"displayName", "mail" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct cr_attr *attr = cr_entry_attr(entry, names[i]);

		for (size_t j = 0; attr != NULL && j < attr->count; j++) {
			if (cr_slice_same_name(attr->values[j], value))
				return true;
		}
	}
	return false;
}

static bool
contains_surname(const struct cr_entry *entry, struct cr_slice value)
{
	const struct cr_attr *attr = cr_entry_attr(entry, "sn");

	for (size_t i = 0; attr != NULL && i < attr->count; i++) {
		if (attr->values[i].len >= SURNAME_MIN &&
		    contains(value, attr->values[i]))
			return true;
	}
	return false;
}

bool
cr_entry_names_person(const struct cr_entry *entry)
{
	struct berval text = { entry->dn.len, (char *)entry->dn.ptr };
	LDAPDN dn = NULL;
	bool names = false;

	if (entry->dn.len == 0 ||
	    ldap_bv2dn(&text, &dn, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS)
		return false;
	for (size_t i = 0; dn != NULL && dn[0] != NULL && dn[0][i] != NULL;
	    i++) {
		const LDAPAVA *ava = dn[0][i];
		struct cr_slice name = { ava->la_attr.bv_val,
			ava->la_attr.bv_len };
		struct cr_slice value = { ava->la_value.bv_val,
			ava->la_value.bv_len };

		if (is_name_attribute(name) || is_value_of(entry, value) ||
		    contains_surname(entry, value) ||
		    (value.len > 0 &&
		    memchr(value.ptr, '@', value.len) != NULL))
			names = true;
	}
	ldap_dnfree(dn);
	return names;
}
