/*
 * DN values that name a customer the reader may not see.  A value below a
 * customers base is shown only when the entry it names is visible, so that a
 * hidden customer, an erased one and one that never was look the same.
 *
 * back-mdb decodes each entry into a block of its own (Entry, Attributes and
 * bervals; e_private points to the entry itself), so values can be taken out
 * of it before slapd evaluates the filter: then presence, negation, counts,
 * matched values and copies made by other overlays all follow.  Only reads
 * are treated so; a write must find the entry whole.  Where an entry is not
 * such a block, the access hook denies value by value.
 */
#include "guard.h"

bool
cr_desc_holds_dns(const AttributeDescription *desc)
{
	const Syntax *syntax = desc->ad_type->sat_syntax;

	return syntax == cr_schema.dn_syntax ||
	    syntax == cr_schema.name_uid_syntax;
}

/* Name-and-optional-UID (RFC 4517, 3.3.21): "dn#'0101'B" */
bool
cr_dn_value(const AttributeDescription *desc, const struct berval *nval,
	struct berval *ret_dn)
{
	*ret_dn = *nval;
	if (desc->ad_type->sat_syntax == cr_schema.name_uid_syntax &&
	    nval->bv_len > 2 && nval->bv_val[nval->bv_len - 1] == 'B' &&
	    nval->bv_val[nval->bv_len - 2] == '\'') {
		const char *hash = memrchr(nval->bv_val, '#', nval->bv_len);

		if (hash != NULL)
			ret_dn->bv_len = (ber_len_t)(hash - nval->bv_val);
	}
	return ret_dn->bv_len > 0;
}

static struct cr_view *
view_for(struct cr_op *cop, const struct berval *dn)
{
	for (struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		if (!view->sees_all && cr_db_contains(view->db, dn) &&
		    !cr_db_is_base(view->db, dn))
			return view;
	}
	return NULL;
}

bool
cr_value_hidden(struct cr_op *cop, Operation *op,
	const AttributeDescription *desc, const struct berval *nval)
{
	struct berval dn;
	struct cr_view *view;

	return cr_dn_value(desc, nval, &dn) &&
	    (view = view_for(cop, &dn)) != NULL &&
	    !cr_view_dn_visible(view, op, &dn);
}

/* Takes the hidden values out; true when nothing is left. */
static bool
strip_attribute(struct cr_op *cop, Operation *op, Attribute *a)
{
	unsigned kept = 0;
	bool two = a->a_nvals != a->a_vals;

	for (unsigned i = 0; i < a->a_numvals; i++) {
		if (cr_value_hidden(cop, op, a->a_desc, &a->a_nvals[i]))
			continue;
		if (kept != i) {
			a->a_vals[kept] = a->a_vals[i];
			if (two)
				a->a_nvals[kept] = a->a_nvals[i];
		}
		kept++;
	}
	if (kept == a->a_numvals)
		return false;
	BER_BVZERO(&a->a_vals[kept]);
	if (two)
		BER_BVZERO(&a->a_nvals[kept]);
	a->a_numvals = kept;
	return kept == 0;
}

void
cr_entry_strip(struct cr_op *cop, Operation *op, Entry *e)
{
	bool hides = false;

	for (const struct cr_view *view = cop->views; view; view = view->next)
		hides = hides || !view->sees_all;
	if (e->e_private != e || !hides)
		return;
	for (Attribute **ap = &e->e_attrs; *ap != NULL;) {
		Attribute *a = *ap;

		if (cr_meaning_of(a->a_desc) == CR_MEANS_DNS &&
		    (a->a_flags & SLAP_ATTR_DONT_FREE_VALS) != 0 &&
		    strip_attribute(cop, op, a))
			*ap = a->a_next;
		else
			ap = &a->a_next;
	}
}

/*
 * Who asks for a supertype ("name") asks slapd for each subtype an entry has,
 * and one that is denied makes the whole undefined: the answer would tell that
 * it is there.  What is not released is taken out of the entry instead.
 */
void
cr_entry_narrow(struct cr_view *view, Entry *e,
	const AttributeDescription *desc)
{
	for (Attribute **ap = &e->e_attrs; *ap != NULL;) {
		Attribute *a = *ap;

		if (is_ad_subtype(a->a_desc, (AttributeDescription *)desc) &&
		    !cr_view_releases(view, &view->last, a->a_desc, ACL_READ))
			*ap = a->a_next;
		else
			ap = &a->a_next;
	}
	view->last.attrs = e->e_attrs;
}

static bool
reads_entries(const AccessControl *acl)
{
	for (; acl != NULL; acl = acl->acl_next) {
		if (acl->acl_filter != NULL)
			return true;
		for (const Access *a = acl->acl_access; a; a = a->a_next) {
			if (!BER_BVISNULL(&a->a_set_pat))
				return true;
#ifdef SLAP_DYNACL
			if (a->a_dynacl != NULL)
				return true;
#endif
		}
	}
	return false;
}

/* Do slapd's access rules look at what an entry holds (filter, set)? */
bool
cr_acls_read_entries(void)
{
	const BackendDB *be;

	if (reads_entries(frontendDB->be_acl))
		return true;
	LDAP_STAILQ_FOREACH(be, &backendDB, be_next) {
		if (reads_entries(be->be_acl))
			return true;
	}
	return false;
}
