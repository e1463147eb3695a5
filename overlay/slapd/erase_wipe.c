/*
 * One atomic modification that takes data out of an entry.  Of what schema or
 * RDN require the name stays, which is a number, and the rest gets a value
 * that says nothing.
 */
#include "erase_facts.h"

/* Directory String, and others that take any text. */
static struct berval blank = BER_BVC("-");

static bool
stays(const Entry *e, const Attribute *a, struct cr_slice class,
	enum cr_plan_action action)
{
	struct cr_fact fact = {
		.name = cr_slice_bv(&a->a_desc->ad_type->sat_cname),
		.required = cr_erase_is_required(e, a->a_desc)
	};

	return cr_plan_stays(action, class, &fact);
}

/* The schema wants something, and it need not be this. */
static bool
is_to_blank(const Entry *e, const Attribute *a, enum cr_plan_action action)
{
	Syntax *syntax = a->a_desc->ad_type->sat_syntax;

	return action == CR_PLAN_STRUCTURE &&
	    cr_erase_is_required(e, a->a_desc) &&
	    !cr_erase_names_entry(e, a->a_desc) &&
	    syntax->ssyn_validate != NULL &&
	    syntax->ssyn_validate(syntax, &blank) == LDAP_SUCCESS;
}

/* Done before: a step may be repeated, and what is there need not change. */
static bool
says_only(const Entry *e, AttributeDescription *desc,
	const struct berval *value)
{
	const Attribute *a = attr_find(e->e_attrs, desc);

	return a != NULL && a->a_numvals == 1 && bvmatch(&a->a_vals[0], value);
}

Modifications *
cr_erase_wiping(const Entry *e, enum cr_plan_action action, const char *mark)
{
	Modifications *mods = NULL;
	struct cr_erase_facts facts;
	struct berval pending;

	cr_erase_facts_of(e, &facts);
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		if (!cr_erase_is_fact(a->a_desc) ||
		    a->a_desc == cr_schema.erasing ||
		    a->a_desc == slap_schema.si_ad_objectClass)
			continue;
		if (is_to_blank(e, a, action)) {
			if (!says_only(e, a->a_desc, &blank))
				(void)cr_mods_add(&mods, a->a_desc,
					LDAP_MOD_REPLACE, &blank);
		} else if (!stays(e, a, facts.entry.class, action)) {
			(void)cr_mods_add(&mods, a->a_desc, LDAP_MOD_DELETE,
				NULL);
		}
	}
	cr_erase_facts_clear(&facts);
	if (mark != NULL) {
		ber_str2bv(mark, 0, 0, &pending);
		if (!says_only(e, cr_schema.erasing, &pending))
			(void)cr_mods_add(&mods, cr_schema.erasing,
				LDAP_MOD_REPLACE, &pending);
	}
	return mods;
}
