#include "entry.h"

#include <stdio.h>
#include <stdlib.h>

#include <ldif.h>

struct lines {
	struct berval *names;
	struct berval *values;
	int *owned;
	size_t count;
	size_t room;
};

static int
grow(struct lines *lines)
{
	size_t room = lines->room == 0 ? 64 : lines->room * 2;
	struct berval *names = realloc(lines->names, room * sizeof(*names));
	struct berval *values;
	int *owned;

	if (names == NULL)
		return LDAP_NO_MEMORY;
	lines->names = names;
	values = realloc(lines->values, room * sizeof(*values));
	if (values == NULL)
		return LDAP_NO_MEMORY;
	lines->values = values;
	owned = realloc(lines->owned, room * sizeof(*owned));
	if (owned == NULL)
		return LDAP_NO_MEMORY;
	lines->owned = owned;
	lines->room = room;
	return LDAP_SUCCESS;
}

static void
reset(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (lines->owned[i])
			ber_memfree(lines->values[i].bv_val);
	}
	lines->count = 0;
}

/* One record of the file, which libldap has joined and left in `text`. */
static int
split(struct lines *lines, char *text)
{
	char *line;

	while ((line = ldif_getline(&text)) != NULL) {
		size_t at = lines->count;

		if (*line == '\n' || *line == '\0')
			break;
		if (at == lines->room && grow(lines) != LDAP_SUCCESS)
			return LDAP_NO_MEMORY;
		lines->owned[at] = 0;
		if (ldif_parse_line2(line, &lines->names[at],
		    &lines->values[at], &lines->owned[at]) != 0)
			return LDAP_DECODING_ERROR;
		lines->count++;
	}
	return LDAP_SUCCESS;
}

static struct cr_slice
slice(const struct berval *text)
{
	return (struct cr_slice){ text->bv_val != NULL ? text->bv_val : "",
		text->bv_len };
}

/* LDIF may scatter the values of an attribute; an entry has them together. */
static int
give(const struct lines *lines, struct cr_entry_buffer *buffer,
	cr_entry_fn *fn, void *arg)
{
	size_t first = 0;
	int rc = CR_OK;

	if (lines->count > 0 && cr_slice_same_name(slice(&lines->names[0]),
	    CR_SLICE_LITERAL("version")))
		first++;
	if (lines->count == first)
		return LDAP_SUCCESS;
	if (!cr_slice_same_name(slice(&lines->names[first]),
	    CR_SLICE_LITERAL("dn")))
		return LDAP_DECODING_ERROR;
	cr_entry_buffer_reset(buffer);
	for (size_t i = first + 1; rc == CR_OK && i < lines->count; i++) {
		struct cr_slice name = slice(&lines->names[i]);
		size_t before = first + 1;

		while (before < i && !cr_slice_same_name(name,
		    slice(&lines->names[before])))
			before++;
		if (before < i)
			continue;
		rc = cr_entry_buffer_attr(buffer, name);
		for (size_t j = i; rc == CR_OK && j < lines->count; j++) {
			if (cr_slice_same_name(name, slice(&lines->names[j])))
				rc = cr_entry_buffer_value(buffer,
					slice(&lines->values[j]));
		}
	}
	if (rc != CR_OK)
		return LDAP_NO_MEMORY;
	return cr_entry_buffer_give(buffer, slice(&lines->values[first]), fn,
		arg);
}

int
cr_ldif_read(const char *path, cr_entry_fn *fn, void *arg)
{
	struct cr_entry_buffer buffer = { 0 };
	struct lines lines = { 0 };
	LDIFFP *file = ldif_open(path, "r");
	unsigned long line = 0;
	char *text = NULL;
	int size = 0;
	int rc = LDAP_SUCCESS;
	int more = 0;

	if (file == NULL)
		return LDAP_LOCAL_ERROR;
	while (rc == LDAP_SUCCESS &&
	    (more = ldif_read_record(file, &line, &text, &size)) > 0) {
		rc = split(&lines, text);
		if (rc == LDAP_SUCCESS)
			rc = give(&lines, &buffer, fn, arg);
		reset(&lines);
	}
	if (more < 0)
		rc = LDAP_DECODING_ERROR;
	ber_memfree(text);
	ldif_close(file);
	cr_entry_buffer_clear(&buffer);
	free(lines.names);
	free(lines.values);
	free(lines.owned);
	return rc;
}
