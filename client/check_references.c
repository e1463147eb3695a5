/*
 * Values elsewhere that name customers: members of groups, managers and the
 * like, in every naming context of the server.
 */
#include "check.h"

#include <stdlib.h>

#include "dn.h"
#include "dn_types.h"

struct references {
	struct cr_check *check;
	struct cr_strings types;	/* attributes with DNs for values */
	struct cr_strings contexts;
	char *subschema;
};

static int
take_root(void *arg, const struct cr_entry *entry)
{
	struct references *references = arg;
	const struct cr_attr *contexts = cr_entry_attr(entry,
		"namingContexts");
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && contexts != NULL &&
	    i < contexts->count; i++)
		rc = cr_strings_add(&references->contexts,
			contexts->values[i]);
	references->subschema = cr_text_copy(cr_entry_value(entry,
		"subschemaSubentry"));
	if (references->subschema == NULL)
		rc = CR_ENOMEM;
	return cr_check_code(rc);
}

/* Name and optional UID (RFC 4517, 3.3.21): the name. */
static struct cr_slice
without_uid(struct cr_slice value)
{
	size_t len = value.len;

	if (len < 4 || value.ptr[len - 1] != 'B' || value.ptr[len - 2] != '\'')
		return value;
	for (len -= 2; len > 0 && (value.ptr[len - 1] == '0' ||
	    value.ptr[len - 1] == '1'); len--)
		;
	if (len < 2 || value.ptr[len - 1] != '\'' ||
	    value.ptr[len - 2] != '#')
		return value;
	return (struct cr_slice){ value.ptr, len - 2 };
}

static int
names_customer(const struct cr_check *check, struct cr_slice value,
	bool *ret_names)
{
	char *ndn = NULL;
	int rc = cr_dn_normalise(without_uid(value), &ndn);

	*ret_names = false;
	if (rc == CR_OK) {
		for (size_t i = 0; i < check->bases.count; i++) {
			if (cr_dn_is_below(cr_slice_of(ndn),
			    cr_slice_of(check->bases.items[i])))
				*ret_names = true;
		}
	}
	free(ndn);
	return rc == CR_ENOMEM ? rc : CR_OK;
}

/* One example for each entry, and a count of the values. */
static int
take_values(struct cr_check *check, const struct cr_entry *entry,
	const struct cr_attr *attr)
{
	struct cr_report *report = &check->report;
	uint64_t count = 0;
	char *detail;
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && i < attr->count; i++) {
		bool names;

		rc = names_customer(check, attr->values[i], &names);
		count += names ? 1 : 0;
	}
	if (rc != CR_OK || count == 0)
		return rc;
	detail = cr_text_format("in %.*s", (int)attr->name.len,
		attr->name.ptr);
	if (detail == NULL)
		return CR_ENOMEM;
	rc = cr_report_find(report, CR_FIND_REFERENCE, detail, entry->dn);
	for (size_t i = 0; rc == CR_OK && i < report->finding_count; i++) {
		if (report->findings[i].kind == CR_FIND_REFERENCE &&
		    strcmp(report->findings[i].detail, detail) == 0)
			report->findings[i].examples.total += count - 1;
	}
	free(detail);
	return rc;
}

static int
take_entry(void *arg, const struct cr_entry *entry)
{
	struct cr_check *check = arg;
	int rc = CR_OK;

	if (cr_check_is_inside(check, entry->view.ndn))
		return LDAP_SUCCESS;
	for (size_t i = 0; rc == CR_OK && i < entry->view.count; i++)
		rc = take_values(check, entry, &entry->view.attrs[i]);
	return cr_check_code(rc);
}

static char *
make_filter(const struct cr_strings *types)
{
	char *filter = cr_text_copy(CR_SLICE_LITERAL("(|"));

	for (size_t i = 0; filter != NULL && i < types->count; i++) {
		char *longer = cr_text_format("%s(%s=*)%s", filter,
			types->items[i], i + 1 == types->count ? ")" : "");

		free(filter);
		filter = longer;
	}
	return filter;
}

static int
search_contexts(struct references *references)
{
	struct cr_check *check = references->check;
	char *filter = make_filter(&references->types);
	char **attrs = calloc(references->types.count + 1, sizeof(*attrs));
	int rc = LDAP_NO_MEMORY;

	if (filter == NULL || attrs == NULL)
		goto out;
	memcpy(attrs, references->types.items,
		references->types.count * sizeof(*attrs));
	rc = LDAP_SUCCESS;
	for (size_t i = 0; rc == LDAP_SUCCESS &&
	    i < references->contexts.count; i++) {
		const char *context = references->contexts.items[i];

		rc = cr_check_search(check, context, LDAP_SCOPE_SUBTREE,
			filter, attrs, take_entry, check);
		if (rc != LDAP_SUCCESS && rc != LDAP_SERVER_DOWN &&
		    rc != LDAP_NO_MEMORY)
			rc = cr_check_omit(check, context, rc);
	}
out:
	free(filter);
	free(attrs);
	return rc;
}

int
cr_check_references(struct cr_check *check)
{
	char *root[] = { "namingContexts", "subschemaSubentry", NULL };
	char *schema[] = { "attributeTypes", NULL };
	struct references references = { .check = check };
	int rc;

	rc = cr_check_search(check, "", LDAP_SCOPE_BASE, "(objectClass=*)",
		root, take_root, &references);
	if (rc == LDAP_SUCCESS && references.subschema != NULL)
		rc = cr_check_search(check, references.subschema,
			LDAP_SCOPE_BASE, "(objectClass=subschema)", schema,
			cr_dn_types_take, &references.types);
	if (rc == LDAP_SUCCESS && references.types.count > 0)
		rc = search_contexts(&references);
	else if (rc != LDAP_SERVER_DOWN && rc != LDAP_NO_MEMORY)
		rc = cr_check_omit(check,
			"values elsewhere that name customers", rc);
	cr_strings_clear(&references.types);
	cr_strings_clear(&references.contexts);
	free(references.subschema);
	return rc;
}
