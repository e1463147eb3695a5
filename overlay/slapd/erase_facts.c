/*
 * The entries of a customer as facts for the plan.  Read below all overlays:
 * what a reader may see does not matter for what has to go.
 */
#include "erase_facts.h"

static bool
was_customer(const Entry *e)
{
	const Attribute *a = e->e_attrs;

	while (a != NULL && strcmp(a->a_desc->ad_cname.bv_val,
	    "crCustomerNumber") != 0)
		a = a->a_next;
	return a != NULL;
}

/* As the register names it: its own class, or the one it is derived from. */
static struct cr_slice
class_of(const Entry *e)
{
	const Attribute *a = attr_find(e->e_attrs,
		slap_schema.si_ad_structuralObjectClass);
	const ObjectClass *oc;

	if (is_entry_objectclass((Entry *)e, cr_schema.customer, 0) ||
	    (is_entry_glue((Entry *)e) && was_customer(e)))
		return CR_SLICE_LITERAL("crCustomer");
	oc = a != NULL ? oc_bvfind(&a->a_vals[0]) : NULL;
	for (const ObjectClass *c = oc; c != NULL;
	    c = c->soc_sups != NULL ? c->soc_sups[0] : NULL) {
		if (strncmp(c->soc_cname.bv_val, "cr", 2) == 0)
			return cr_slice_bv(&c->soc_cname);
	}
	return oc != NULL ? cr_slice_bv(&oc->soc_cname) :
	    (struct cr_slice){ NULL, 0 };
}

static bool
class_requires(const ObjectClass *oc, const AttributeType *type)
{
	for (AttributeType **t = oc->soc_required; t && *t != NULL; t++) {
		if (*t == type)
			return true;
	}
	for (ObjectClass **sup = oc->soc_sups; sup && *sup != NULL; sup++) {
		if (class_requires(*sup, type))
			return true;
	}
	return false;
}

bool
cr_erase_names_entry(const Entry *e, const AttributeDescription *desc)
{
	LDAPRDN rdn = NULL;
	const char *end;
	bool found = false;

	if (ldap_bv2rdn((struct berval *)(uintptr_t)&e->e_name, &rdn,
	    (char **)(uintptr_t)&end, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS)
		return true;
	for (int i = 0; rdn[i] != NULL && !found; i++) {
		AttributeDescription *named = NULL;
		const char *text;

		found = slap_bv2ad(&rdn[i]->la_attr, &named, &text) !=
		    LDAP_SUCCESS || named == desc;
	}
	ldap_rdnfree(rdn);
	return found;
}

bool
cr_erase_is_required(const Entry *e, const AttributeDescription *desc)
{
	const Attribute *classes = attr_find(e->e_attrs,
		slap_schema.si_ad_objectClass);

	if (!BER_BVISEMPTY(&desc->ad_tags))
		return false;
	for (unsigned i = 0; classes != NULL && i < classes->a_numvals; i++) {
		const ObjectClass *oc = oc_bvfind(&classes->a_vals[i]);

		if (oc == NULL || class_requires(oc, desc->ad_type))
			return true;
	}
	return cr_erase_names_entry(e, desc);
}

/* The server's own say nothing of the customer, but for two of ours. */
bool
cr_erase_is_fact(const AttributeDescription *desc)
{
	return !is_at_operational(desc->ad_type) ||
	    desc == cr_schema.ban_record || desc == cr_schema.erasing;
}

void
cr_erase_facts_of(const Entry *e, struct cr_erase_facts *ret_facts)
{
	size_t facts = 0, values = 0;

	memset(ret_facts, 0, sizeof(*ret_facts));
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		facts++;
		values += a->a_numvals;
	}
	ret_facts->facts = ch_calloc(facts + 1, sizeof(*ret_facts->facts));
	ret_facts->values = ch_calloc(values + 1, sizeof(*ret_facts->values));
	ret_facts->entry.class = class_of(e);
	ret_facts->entry.facts = ret_facts->facts;
	values = 0;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		struct cr_fact *fact = &ret_facts->facts[
			ret_facts->entry.count];

		if (!cr_erase_is_fact(a->a_desc))
			continue;
		ret_facts->entry.count++;
		fact->name = cr_slice_bv(&a->a_desc->ad_type->sat_cname);
		fact->values = &ret_facts->values[values];
		fact->count = a->a_numvals;
		fact->required = cr_erase_is_required(e, a->a_desc);
		for (unsigned i = 0; i < a->a_numvals; i++)
			ret_facts->values[values++] =
			    cr_slice_bv(&a->a_vals[i]);
	}
}

void
cr_erase_facts_clear(struct cr_erase_facts *facts)
{
	ch_free(facts->facts);
	ch_free(facts->values);
	memset(facts, 0, sizeof(*facts));
}

struct reading {
	struct cr_plan *plan;
	int error;
};

static int
read_entry(Operation *op, SlapReply *rs)
{
	struct reading *reading = op->o_callback->sc_private;
	unsigned char uuid[CR_UUID_BYTES];
	struct cr_erase_facts facts;
	const Attribute *a;

	if (rs->sr_type != REP_SEARCH || reading->error != CR_OK)
		return 0;
	a = attr_find(rs->sr_entry->e_attrs, slap_schema.si_ad_entryUUID);
	if (a == NULL || cr_uuid_parse(cr_slice_bv(&a->a_vals[0]), uuid) !=
	    CR_OK) {
		reading->error = CR_EINTERNAL;
		return 0;
	}
	cr_erase_facts_of(rs->sr_entry, &facts);
	reading->error = cr_plan_add(reading->plan,
		cr_slice_bv(&rs->sr_entry->e_nname), uuid, &facts.entry);
	cr_erase_facts_clear(&facts);
	return 0;
}

int
cr_erase_plan(struct cr_erasing *erasing, enum cr_plan_basis basis,
	bool partial)
{
	struct cr_retention retention =
	    cr_retention_shipped(cr_db_parts(erasing->db)->year_end);
	const struct berval *ndn = &erasing->ndn;
	struct reading reading = { .error = CR_OK };
	int code, rc;

	cr_plan_free(&erasing->plan);
	rc = cr_plan_new(&retention, cr_slice_bv(ndn), basis, erasing->now,
		&reading.plan);
	if (rc != CR_OK)
		return rc;
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	code = cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = erasing->dn, .nbase = *ndn,
		.scope = LDAP_SCOPE_SUBTREE, .filter = "(objectClass=*)",
		.with_attributes = true, .found = read_entry,
		.arg = &reading });
	rc = reading.error;
	if (rc == CR_OK && code != LDAP_SUCCESS)
		rc = code == LDAP_NO_SUCH_OBJECT ? CR_EHIDDEN : CR_EINTERNAL;
	if (rc == CR_OK)
		rc = cr_plan_finish(reading.plan, partial);
	if (rc != CR_OK)
		cr_plan_free(&reading.plan);
	erasing->plan = reading.plan;
	return rc;
}
