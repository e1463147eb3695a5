/*
 * Modifications of the module's own, as slapd wants them: with normalised
 * values, as those that are there have them, since attr_merge() aborts on a
 * mixture; and marked internal, so that nobody's rights are asked about them.
 * Whoever has the list frees it with slap_mods_free(mods, 1): in a client's
 * operation that is slapd.
 */
#include "guard.h"

Modifications *
cr_mods_add(Modifications **mods, AttributeDescription *desc, int how,
	const struct berval *value)
{
	Modifications *mod = ch_calloc(1, sizeof(*mod));

	mod->sml_op = (short)how;
	mod->sml_flags = SLAP_MOD_INTERNAL;
	mod->sml_desc = desc;
	mod->sml_type = desc->ad_cname;
	if (value != NULL) {
		mod->sml_numvals = 1;
		value_add_one(&mod->sml_values,
			(struct berval *)(uintptr_t)value);
		attr_normalize(desc, mod->sml_values, &mod->sml_nvalues,
			NULL);
	}
	while (*mods != NULL)
		mods = &(*mods)->sml_next;
	*mods = mod;
	return mod;
}

/* All values of the attribute take the place of those that are there. */
void
cr_mods_replace(Modifications **mods, const Attribute *a)
{
	Modifications *mod = cr_mods_add(mods, a->a_desc, LDAP_MOD_REPLACE,
		NULL);

	mod->sml_numvals = a->a_numvals;
	ber_bvarray_dup_x(&mod->sml_values, a->a_vals, NULL);
	if (a->a_nvals != a->a_vals)
		ber_bvarray_dup_x(&mod->sml_nvalues, a->a_nvals, NULL);
}
