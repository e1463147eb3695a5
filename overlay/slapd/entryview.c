/* An entry as the core reads it: attributes by name, without options. */
#include "guard.h"

void
cr_entry_view_of(const Entry *e, struct cr_entry_view *ret_view,
	struct cr_entry_copy *ret_copy)
{
	size_t attr_count = 0, value_count = 0;

	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		attr_count++;
		value_count += a->a_numvals;
	}
	ret_copy->attrs = ch_calloc(attr_count + 1, sizeof(*ret_copy->attrs));
	ret_copy->values = ch_calloc(value_count + 1,
		sizeof(*ret_copy->values));
	attr_count = value_count = 0;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		struct cr_attr *attr = &ret_copy->attrs[attr_count];

		if (!BER_BVISEMPTY(&a->a_desc->ad_tags))
			continue;
		attr_count++;
		attr->name = cr_slice_bv(&a->a_desc->ad_type->sat_cname);
		attr->values = &ret_copy->values[value_count];
		attr->count = a->a_numvals;
		for (unsigned i = 0; i < a->a_numvals; i++)
			ret_copy->values[value_count++] =
			    cr_slice_bv(&a->a_vals[i]);
	}
	*ret_view = (struct cr_entry_view){ .ndn = cr_slice_bv(&e->e_nname),
		.attrs = ret_copy->attrs, .count = attr_count };
}

void
cr_entry_view_free(struct cr_entry_copy *copy)
{
	ch_free(copy->attrs);
	ch_free(copy->values);
}

/* entryUUID; all zero, and false, when there is none. */
bool
cr_entry_uuid(const Entry *e, unsigned char ret_uuid[CR_UUID_BYTES])
{
	const Attribute *a = attr_find(e->e_attrs,
		slap_schema.si_ad_entryUUID);

	memset(ret_uuid, 0, CR_UUID_BYTES);
	return a != NULL && a->a_numvals == 1 &&
	    cr_uuid_parse(cr_slice_bv(&a->a_vals[0]), ret_uuid) == CR_OK;
}

/* "" when there is none. */
void
cr_entry_uuid_text(const Entry *e, char ret_text[CR_UUID_TEXT + 1])
{
	unsigned char uuid[CR_UUID_BYTES];

	ret_text[0] = '\0';
	if (cr_entry_uuid(e, uuid))
		cr_uuid_format(uuid, ret_text);
}
