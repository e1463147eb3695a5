#include "policy_impl.h"

#include <stdlib.h>

static const struct cr_slice attr_names[CR_POLICY_ATTRS] = {
	[CR_ATTR_CN] = CR_SLICE_LITERAL("cn"),
	[CR_ATTR_KIND] = CR_SLICE_LITERAL("crKind"),
	[CR_ATTR_HIDDEN_BY_MARKETING] =
	    CR_SLICE_LITERAL("crHiddenByMarketing"),
	[CR_ATTR_HIDDEN_BY_LISTING] = CR_SLICE_LITERAL("crHiddenByListing"),
	[CR_ATTR_HIDDEN_BY_DISCLOSURE_BAN] =
	    CR_SLICE_LITERAL("crHiddenByDisclosureBan"),
	[CR_ATTR_HIDDEN_BY_RESTRICTION] =
	    CR_SLICE_LITERAL("crHiddenByRestriction"),
	[CR_ATTR_RELEASES] = CR_SLICE_LITERAL("crReleases"),
	[CR_ATTR_RELEASES_CLASS] = CR_SLICE_LITERAL("crReleasesClass"),
	[CR_ATTR_WRITES] = CR_SLICE_LITERAL("crWrites"),
	[CR_ATTR_WRITES_CLASS] = CR_SLICE_LITERAL("crWritesClass"),
	[CR_ATTR_ROLE] = CR_SLICE_LITERAL("crRole"),
	[CR_ATTR_DEFAULT_PURPOSE] = CR_SLICE_LITERAL("crDefaultPurpose"),
	[CR_ATTR_ALLOWED_PURPOSE] = CR_SLICE_LITERAL("crAllowedPurpose"),
	[CR_ATTR_AUTOMATED] = CR_SLICE_LITERAL("crAutomated"),
	[CR_ATTR_MIN_SSF] = CR_SLICE_LITERAL("crMinSSF"),
	[CR_ATTR_SUSPENDED] = CR_SLICE_LITERAL("crSuspended"),
	[CR_ATTR_AGREEMENT_SIGNED] = CR_SLICE_LITERAL("crAgreementSigned"),
	[CR_ATTR_AGREEMENT_VERSION] = CR_SLICE_LITERAL("crAgreementVersion"),
	[CR_ATTR_AGREEMENT_UNTIL] = CR_SLICE_LITERAL("crAgreementUntil"),
	[CR_ATTR_COUNTRY] = CR_SLICE_LITERAL("crCountry"),
	[CR_ATTR_TRANSFER_DECISION] = CR_SLICE_LITERAL("crTransferDecision")
};

int
cr_policy_builder_new(struct cr_policy_builder **ret_builder)
{
	struct cr_policy_builder *builder = calloc(1, sizeof(*builder));

	if (builder == NULL)
		return CR_ENOMEM;
	builder->last = &builder->first;
	*ret_builder = builder;
	return CR_OK;
}

void
cr_policy_builder_free(struct cr_policy_builder **builder)
{
	if (builder == NULL || *builder == NULL)
		return;
	cr_arena_clear(&(*builder)->arena);
	free(*builder);
	*builder = NULL;
}

static size_t
count_values(const struct cr_entry_view *view, struct cr_slice name)
{
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++) {
		if (cr_slice_same_name(view->attrs[i].name, name))
			count += view->attrs[i].count;
	}
	return count;
}

/* A view may give an attribute in several pieces; an entry has it once. */
static int
copy_attr(struct cr_arena *arena, const struct cr_entry_view *view,
    struct cr_slice name, struct cr_values *ret_values)
{
	size_t count = count_values(view, name);
	struct cr_slice *copies;
	size_t at = 0;
	int rc;

	if (count == 0)
		return CR_OK;
	copies = cr_arena_alloc(arena, count, sizeof(*copies));
	if (copies == NULL)
		return CR_ENOMEM;
	for (size_t i = 0; i < view->count; i++) {
		const struct cr_attr *attr = &view->attrs[i];

		if (!cr_slice_same_name(attr->name, name))
			continue;
		for (size_t j = 0; j < attr->count; j++) {
			rc = cr_arena_copy(arena, attr->values[j],
			    &copies[at]);
			if (rc != CR_OK)
				return rc;
			at++;
		}
	}
	*ret_values = (struct cr_values){ copies, count };
	return CR_OK;
}

int
cr_policy_builder_add(struct cr_policy_builder *builder,
    enum cr_policy_part part, const struct cr_entry_view *view)
{
	struct cr_source_entry *entry;
	int rc;

	if ((unsigned)part > CR_PART_REGISTER)
		return CR_EINTERNAL;
	entry = cr_arena_alloc(&builder->arena, 1, sizeof(*entry));
	if (entry == NULL)
		return CR_ENOMEM;
	entry->part = part;
	rc = cr_arena_copy(&builder->arena, view->ndn, &entry->ndn);
	if (rc != CR_OK)
		return rc;
	for (unsigned i = 0; i < CR_POLICY_ATTRS; i++) {
		rc = copy_attr(&builder->arena, view, attr_names[i],
		    &entry->attrs[i]);
		if (rc != CR_OK)
			return rc;
	}
	*builder->last = entry;
	builder->last = &entry->next;
	builder->counts[part]++;
	return CR_OK;
}
