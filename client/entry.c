#include "entry.h"

#include <stdlib.h>

#include "dn.h"

const struct cr_attr *
cr_entry_attr(const struct cr_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->view.count; i++) {
		if (cr_slice_same_name(entry->view.attrs[i].name,
		    cr_slice_of(name)))
			return &entry->view.attrs[i];
	}
	return NULL;
}

struct cr_slice
cr_entry_value(const struct cr_entry *entry, const char *name)
{
	const struct cr_attr *attr = cr_entry_attr(entry, name);

	if (attr == NULL || attr->count == 0)
		return (struct cr_slice){ "", 0 };
	return attr->values[0];
}

bool
cr_entry_has(const struct cr_entry *entry, const char *name,
	const char *value)
{
	const struct cr_attr *attr = cr_entry_attr(entry, name);

	for (size_t i = 0; attr != NULL && i < attr->count; i++) {
		if (cr_slice_same_name(attr->values[i], cr_slice_of(value)))
			return true;
	}
	return false;
}

void
cr_entry_buffer_reset(struct cr_entry_buffer *buffer)
{
	buffer->attr_count = 0;
	buffer->value_count = 0;
	free(buffer->ndn);
	buffer->ndn = NULL;
}

void
cr_entry_buffer_clear(struct cr_entry_buffer *buffer)
{
	cr_entry_buffer_reset(buffer);
	free(buffer->attrs);
	free(buffer->starts);
	free(buffer->values);
	*buffer = (struct cr_entry_buffer){ 0 };
}

static int
grow_attrs(struct cr_entry_buffer *buffer)
{
	size_t room = buffer->attr_room == 0 ? 16 : buffer->attr_room * 2;
	struct cr_attr *attrs;
	size_t *starts;

	attrs = realloc(buffer->attrs, room * sizeof(*attrs));
	if (attrs == NULL)
		return CR_ENOMEM;
	buffer->attrs = attrs;
	starts = realloc(buffer->starts, room * sizeof(*starts));
	if (starts == NULL)
		return CR_ENOMEM;
	buffer->starts = starts;
	buffer->attr_room = room;
	return CR_OK;
}

int
cr_entry_buffer_attr(struct cr_entry_buffer *buffer, struct cr_slice name)
{
	const char *option = name.len == 0 ? NULL :
	    memchr(name.ptr, ';', name.len);
	size_t at = buffer->attr_count;

	if (option != NULL)
		name.len = (size_t)(option - name.ptr);
	if (at > 0 && cr_slice_same_name(buffer->attrs[at - 1].name, name))
		return CR_OK;
	if (at == buffer->attr_room && grow_attrs(buffer) != CR_OK)
		return CR_ENOMEM;
	buffer->attrs[at] = (struct cr_attr){ .name = name };
	buffer->starts[at] = buffer->value_count;
	buffer->attr_count++;
	return CR_OK;
}

int
cr_entry_buffer_value(struct cr_entry_buffer *buffer, struct cr_slice value)
{
	if (buffer->value_count == buffer->value_room) {
		size_t room = buffer->value_room == 0 ? 64 :
		    buffer->value_room * 2;
		struct cr_slice *values = realloc(buffer->values,
			room * sizeof(*values));

		if (values == NULL)
			return CR_ENOMEM;
		buffer->values = values;
		buffer->value_room = room;
	}
	buffer->values[buffer->value_count++] = value;
	buffer->attrs[buffer->attr_count - 1].count++;
	return CR_OK;
}

int
cr_entry_buffer_give(struct cr_entry_buffer *buffer, struct cr_slice dn,
	cr_entry_fn *fn, void *arg)
{
	struct cr_entry entry = { .dn = dn };
	int rc = cr_dn_normalise(dn, &buffer->ndn);

	if (rc == CR_ENOMEM)
		return LDAP_NO_MEMORY;
	if (rc != CR_OK)
		return LDAP_DECODING_ERROR;
	for (size_t i = 0; i < buffer->attr_count; i++)
		buffer->attrs[i].values = buffer->values + buffer->starts[i];
	entry.view = (struct cr_entry_view){ cr_slice_of(buffer->ndn),
		buffer->attrs, buffer->attr_count };
	return fn(arg, &entry);
}
