/*
 * What slapd's configuration itself promises, whatever the directory holds:
 * rootdn maintains the register and a named replica gets all of it, also
 * while the database is still empty and no purpose has been loaded.
 */
#include "policy_impl.h"

static const struct cr_slice any = CR_SLICE_LITERAL("*");
static const struct cr_slice internal = CR_SLICE_LITERAL("internal");

static bool
has_purpose(const struct cr_policy_builder *builder, struct cr_slice name)
{
	const struct cr_source_entry *entry;

	for (entry = builder->first; entry != NULL; entry = entry->next) {
		const struct cr_values *names = &entry->attrs[CR_ATTR_CN];

		for (size_t i = 0; entry->part == CR_PART_PURPOSE &&
		    i < names->count; i++) {
			if (cr_slice_same_name(names->values[i], name))
				return true;
		}
	}
	return false;
}

static int
add_missing(struct cr_policy_builder *builder, struct cr_slice name,
    bool writes)
{
	const struct cr_attr attrs[] = {
		{ CR_SLICE_LITERAL("cn"), &name, 1 },
		{ CR_SLICE_LITERAL("crKind"), &internal, 1 },
		{ CR_SLICE_LITERAL("crReleases"), &any, 1 },
		{ CR_SLICE_LITERAL("crReleasesClass"), &any, 1 },
		{ CR_SLICE_LITERAL("crWrites"), &any, 1 },
		{ CR_SLICE_LITERAL("crWritesClass"), &any, 1 }
	};
	const struct cr_entry_view view = {
		.ndn = CR_SLICE_LITERAL("built in"),
		.attrs = attrs,
		.count = writes ? 6 : 4
	};

	if (has_purpose(builder, name))
		return CR_OK;
	return cr_policy_builder_add(builder, CR_PART_PURPOSE, &view);
}

int
cr_policy_builder_add_built_in(struct cr_policy_builder *builder)
{
	int rc = add_missing(builder, CR_SLICE_LITERAL("maintenance"), true);

	if (rc == CR_OK)
		rc = add_missing(builder, CR_SLICE_LITERAL("replication"),
		    false);
	return rc;
}
