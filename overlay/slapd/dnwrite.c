/*
 * Writing a DN-valued attribute that also names people the writer cannot
 * see.  A value that names someone invisible is refused.  Else the write is
 * tried on a copy of the entry without them: when slapd would refuse it there,
 * that is the answer; when not, the attributes are brought from what was
 * visible to what then is, and the values nobody saw stay.
 */
#include "guard.h"

static bool
names_hidden(struct cr_op *cop, Operation *op,
	const AttributeDescription *desc, BerVarray nvals, BerVarray vals)
{
	BerVarray v = nvals != NULL ? nvals : vals;

	if (!cr_desc_holds_dns(desc) || v == NULL)
		return false;
	for (; !BER_BVISNULL(v); v++) {
		if (cr_value_hidden(cop, op, desc, v))
			return true;
	}
	return false;
}

int
cr_names_check(const struct cr_view *view, Operation *op)
{
	struct cr_op *cop = cr_op_find(op);

	if (view->sees_all)
		return CR_OK;
	if ((op->o_tag == LDAP_REQ_ADD &&
	    cr_rdn_names_hidden(cop, op, &op->o_req_ndn)) ||
	    (op->o_tag == LDAP_REQ_MODRDN &&
	    cr_rdn_names_hidden(cop, op, &op->orr_nnewrdn)))
		return CR_EACCESS;
	if (op->o_tag == LDAP_REQ_ADD) {
		for (Attribute *a = op->ora_e->e_attrs; a; a = a->a_next) {
			if (names_hidden(cop, op, a->a_desc, a->a_nvals,
			    a->a_vals))
				return CR_EACCESS;
		}
		return CR_OK;
	}
	if (op->o_tag != LDAP_REQ_MODIFY)
		return CR_OK;
	for (Modifications *m = op->orm_modlist; m; m = m->sml_next) {
		if ((m->sml_flags & SLAP_MOD_INTERNAL) == 0 &&
		    names_hidden(cop, op, m->sml_desc, m->sml_nvalues,
		    m->sml_values))
			return CR_EACCESS;
	}
	return CR_OK;
}

/* Takes the hidden values out of a copy; true when there were any. */
static bool
without_hidden(struct cr_op *cop, Operation *op, Entry *copy)
{
	bool any = false;

	for (Attribute **ap = &copy->e_attrs; *ap != NULL;) {
		Attribute *a = *ap;
		Modification mod = { .sm_op = LDAP_MOD_DELETE };
		const char *ignored = NULL;
		char buffer[SLAP_TEXT_BUFLEN];

		if (cr_meaning_of(a->a_desc) == CR_MEANS_DNS) {
			for (unsigned i = 0; i < a->a_numvals; i++) {
				if (!cr_value_hidden(cop, op, a->a_desc,
				    &a->a_nvals[i]))
					continue;
				value_add_one(&mod.sm_values, &a->a_vals[i]);
				value_add_one(&mod.sm_nvalues, &a->a_nvals[i]);
				mod.sm_numvals++;
			}
		}
		if (mod.sm_numvals == 0) {
			ap = &a->a_next;
			continue;
		}
		any = true;
		mod.sm_desc = a->a_desc;
		mod.sm_type = a->a_desc->ad_cname;
		(void)modify_delete_values(copy, &mod, 1, &ignored, buffer,
			sizeof(buffer));
		ber_bvarray_free(mod.sm_values);
		ber_bvarray_free(mod.sm_nvalues);
		if (*ap == a)
			ap = &a->a_next;
	}
	return any;
}

/* One modification, as back-mdb would do it. */
static int
perform(Operation *op, Entry *e, Modifications *m, const char **text,
	char *buffer)
{
	int permissive = get_permissiveModify(op);

	switch (m->sml_op) {
	case LDAP_MOD_ADD:
		return modify_add_values(e, &m->sml_mod, permissive, text,
			buffer, SLAP_TEXT_BUFLEN);
	case LDAP_MOD_DELETE:
		return modify_delete_values(e, &m->sml_mod, permissive, text,
			buffer, SLAP_TEXT_BUFLEN);
	case LDAP_MOD_REPLACE:
		return modify_replace_values(e, &m->sml_mod, permissive, text,
			buffer, SLAP_TEXT_BUFLEN);
	case LDAP_MOD_INCREMENT:
		return modify_increment_values(e, &m->sml_mod, permissive,
			text, buffer, SLAP_TEXT_BUFLEN);
	case SLAP_MOD_SOFTADD:
		(void)modify_add_values(e, &m->sml_mod, 1, text, buffer,
			SLAP_TEXT_BUFLEN);
		return LDAP_SUCCESS;
	case SLAP_MOD_SOFTDEL:
		(void)modify_delete_values(e, &m->sml_mod, 1, text, buffer,
			SLAP_TEXT_BUFLEN);
		return LDAP_SUCCESS;
	default:
		return LDAP_SUCCESS;
	}
}

/* The whole list on the copy; an LDAP result, its text in *ret_text. */
static int
rehearse(Operation *op, Entry *real, Entry *copy, const char **ret_text)
{
	BackendInfo *saved = op->o_bd->bd_info;
	char buffer[SLAP_TEXT_BUFLEN];
	const char *text = NULL;
	int rc = LDAP_SUCCESS;

	/* past this hook, to slapd's own rules */
	op->o_bd->bd_info = ((slap_overinst *)saved)->on_info->oi_orig;
	if (!acl_check_modlist(op, real, op->orm_modlist))
		rc = LDAP_INSUFFICIENT_ACCESS;
	for (Modifications *m = op->orm_modlist; m && rc == LDAP_SUCCESS;
	    m = m->sml_next)
		rc = perform(op, copy, m, &text, buffer);
	if (rc == LDAP_SUCCESS) {
		text = NULL;
		rc = entry_schema_check(op, copy, NULL, get_relax(op), 0,
			NULL, &text, buffer, sizeof(buffer));
	}
	op->o_bd->bd_info = saved;
	*ret_text = NULL;
	if (rc != LDAP_SUCCESS && text != NULL) {
		struct berval bv;

		/* lives as long as the operation */
		ber_str2bv_x(text, 0, 1, &bv, op->o_tmpmemctx);
		*ret_text = bv.bv_val;
	}
	return rc;
}

/* back-mdb answers before it looks at what is to be modified. */
static bool
is_answered_before(Operation *op, Entry *real)
{
	BackendInfo *saved = op->o_bd->bd_info;
	bool fails;

	if (!get_manageDSAit(op) && is_entry_referral(real))
		return true;
	if (get_assert(op) == 0)
		return false;
	op->o_bd->bd_info = ((slap_overinst *)saved)->on_info->oi_orig;
	fails = test_filter(op, real, get_assertion(op)) != LDAP_COMPARE_TRUE;
	op->o_bd->bd_info = saved;
	return fails;
}

/* A modification with the values of `from` that `other` does not have. */
static void
append_difference(Modifications ***tail, AttributeDescription *desc, int how,
	const Attribute *from, const Attribute *other)
{
	Modifications *m = NULL;

	for (unsigned i = 0; from != NULL && i < from->a_numvals; i++) {
		bool there = false;

		for (unsigned j = 0; other != NULL && j < other->a_numvals &&
		    !there; j++)
			there = bvmatch(&from->a_nvals[i], &other->a_nvals[j]);
		if (there)
			continue;
		if (m == NULL) {
			m = ch_calloc(1, sizeof(*m));
			m->sml_op = (short)how;
			m->sml_desc = desc;
			m->sml_type = desc->ad_cname;
			**tail = m;
			*tail = &m->sml_next;
		}
		value_add_one(&m->sml_values, &from->a_vals[i]);
		value_add_one(&m->sml_nvalues, &from->a_nvals[i]);
		m->sml_numvals++;
	}
}

static bool
is_dn_change(const Modifications *m)
{
	return (m->sml_flags & SLAP_MOD_INTERNAL) == 0 &&
	    cr_meaning_of(m->sml_desc) == CR_MEANS_DNS;
}

/* Takes the first change of a DN attribute off the list; NULL: none left. */
static AttributeDescription *
take_change(Operation *op)
{
	for (Modifications **mp = &op->orm_modlist; *mp != NULL;
	    mp = &(*mp)->sml_next) {
		Modifications *m = *mp;
		AttributeDescription *desc = m->sml_desc;

		if (!is_dn_change(m))
			continue;
		*mp = m->sml_next;
		m->sml_next = NULL;
		slap_mods_free(m, 1);
		return desc;
	}
	return NULL;
}

/* The changes of DN attributes become differences of what is visible. */
static void
replace_changes(Operation *op, const Entry *before, const Entry *after)
{
	Modifications *made = NULL, **tail = &made, **end;
	AttributeDescription *desc;

	while ((desc = take_change(op)) != NULL) {
		const Attribute *old, *new;
		bool done = false;

		for (const Modifications *m = made; m; m = m->sml_next)
			done = done || m->sml_desc == desc;
		if (done)
			continue;
		old = attr_find(before->e_attrs, desc);
		new = attr_find(after->e_attrs, desc);
		append_difference(&tail, desc, LDAP_MOD_DELETE, old, new);
		append_difference(&tail, desc, LDAP_MOD_ADD, new, old);
	}
	for (end = &op->orm_modlist; *end != NULL; end = &(*end)->sml_next)
		;
	*end = made;
}

/*
 * An LDAP result: LDAP_SUCCESS when the modify, as rewritten, may go on; else
 * the answer, with its text.
 */
int
cr_names_rewrite(struct cr_view *view, Operation *op, const char **ret_text)
{
	struct cr_op *cop = cr_op_find(op);
	struct berval ndn = op->o_req_ndn;
	Entry *e = NULL, *real, *before, *after;
	bool any = false;
	int rc = LDAP_SUCCESS;

	for (Modifications *m = op->orm_modlist; m; m = m->sml_next)
		any = any || is_dn_change(m);
	if (view->sees_all || !any ||
	    cr_raw_get(view->db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return LDAP_SUCCESS;
	real = entry_dup(e);
	cr_raw_release(view->db, op, e);
	before = entry_dup(real);
	if (without_hidden(cop, op, before) &&
	    !is_answered_before(op, real)) {
		after = entry_dup(before);
		rc = rehearse(op, real, after, ret_text);
		if (rc == LDAP_SUCCESS)
			replace_changes(op, before, after);
		entry_free(after);
	}
	view->last.entry = NULL;	/* it may have been a copy */
	entry_free(before);
	entry_free(real);
	return rc;
}
