/*
 * Writing a DN-valued attribute that also names people the writer cannot
 * see.  The write means what it would mean where they were never named: a
 * value that names someone invisible is refused, "delete all" and "replace"
 * go for the visible values and leave the others, and an attribute the entry
 * must have cannot lose its last visible value.
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

/* An attribute split by what the writer can see. */
struct split {
	BerVarray vals;			/* visible; owned */
	BerVarray nvals;
	unsigned visible;
	unsigned hidden;
};

static void
split_init(struct split *split, struct cr_op *cop, Operation *op,
	const Attribute *a)
{
	memset(split, 0, sizeof(*split));
	for (unsigned i = 0; i < a->a_numvals; i++) {
		struct berval bv;

		if (cr_value_hidden(cop, op, a->a_desc, &a->a_nvals[i])) {
			split->hidden++;
			continue;
		}
		split->visible++;
		ber_dupbv(&bv, &a->a_vals[i]);
		ber_bvarray_add(&split->vals, &bv);
		ber_dupbv(&bv, &a->a_nvals[i]);
		ber_bvarray_add(&split->nvals, &bv);
	}
}

static void
split_clear(struct split *split)
{
	ber_bvarray_free(split->vals);
	ber_bvarray_free(split->nvals);
}

static bool
is_required(const Entry *e, const AttributeDescription *desc)
{
	const Attribute *a = attr_find(e->e_attrs,
		slap_schema.si_ad_objectClass);

	for (unsigned i = 0; a != NULL && i < a->a_numvals; i++) {
		ObjectClass *oc = oc_bvfind(&a->a_vals[i]);

		for (AttributeType **at = oc ? oc->soc_required : NULL;
		    at != NULL && *at != NULL; at++) {
			if (*at == desc->ad_type)
				return true;
		}
	}
	return false;
}

/* How many of the visible values these would take. */
static unsigned
taken(const struct split *split, const Modifications *m)
{
	BerVarray v = m->sml_nvalues != NULL ? m->sml_nvalues : m->sml_values;
	unsigned count = 0;

	for (; v != NULL && !BER_BVISNULL(v); v++) {
		for (unsigned i = 0; i < split->visible; i++)
			count += bvmatch(v, &split->nvals[i]) ? 1 : 0;
	}
	return count;
}

static void
set_values(Modifications *m, int op, struct split *split)
{
	m->sml_op = (short)op;
	m->sml_values = split->vals;
	m->sml_nvalues = split->nvals;
	m->sml_numvals = split->visible;
	split->vals = split->nvals = NULL;
}

/* slapd answers for an attribute that is not there, or may not go. */
static void
delete_all(Modifications *m)
{
	ber_bvarray_free(m->sml_values);
	ber_bvarray_free(m->sml_nvalues);
	m->sml_op = LDAP_MOD_DELETE;
	m->sml_values = m->sml_nvalues = NULL;
	m->sml_numvals = 0;
}

/* Nothing to take, and no complaint about it. */
static void
take_nothing(Modifications *m)
{
	struct berval none = BER_BVC("");

	value_add_one(&m->sml_values, &none);
	value_add_one(&m->sml_nvalues, &none);
	m->sml_numvals = 1;
	m->sml_op = SLAP_MOD_SOFTDEL;
}

static void
rewrite_replace(Modifications *m, struct split *split)
{
	Modifications *add;

	if (m->sml_values != NULL && split->visible > 0) {
		add = ch_calloc(1, sizeof(*add));
		*add = *m;
		add->sml_op = LDAP_MOD_ADD;
		m->sml_next = add;
		set_values(m, LDAP_MOD_DELETE, split);
	} else if (m->sml_values != NULL) {
		m->sml_op = LDAP_MOD_ADD;
	} else if (split->visible > 0) {
		set_values(m, LDAP_MOD_DELETE, split);
	} else {
		take_nothing(m);
	}
}

/*
 * As slapd would have it: its ACLs come before what is there, and the text
 * names the attribute (it lives as long as the operation).
 */
static int
nothing_to_delete(Operation *op, Entry *e, const Modifications *m,
	const char **ret_text)
{
	const AttributeDescription *desc = m->sml_desc;
	size_t size = sizeof("modify/delete: : no such attribute") +
	    desc->ad_cname.bv_len;
	BackendInfo *saved = op->o_bd->bd_info;
	char *text;
	int allowed;

	/* past this hook, to slapd's own */
	op->o_bd->bd_info = ((slap_overinst *)saved)->on_info->oi_orig;
	allowed = acl_check_modlist(op, e, op->orm_modlist);
	op->o_bd->bd_info = saved;
	if (!allowed) {
		*ret_text = "";
		return CR_EACCESS;
	}
	text = op->o_tmpalloc(size, op->o_tmpmemctx);
	snprintf(text, size, "modify/delete: %s: no such attribute",
		desc->ad_cname.bv_val);
	*ret_text = text;
	return CR_ENOATTR;
}

static int
rewrite(struct cr_op *cop, Operation *op, Entry *e, Modifications *m,
	const char **text)
{
	const Attribute *a = attr_find(e->e_attrs, m->sml_desc);
	int kind = m->sml_op & LDAP_MOD_OP;
	struct split split;
	bool emptied;
	int rc = CR_OK;

	if (a == NULL || kind == LDAP_MOD_ADD || kind == LDAP_MOD_INCREMENT)
		return CR_OK;
	split_init(&split, cop, op, a);
	emptied = m->sml_values == NULL || (kind == LDAP_MOD_DELETE &&
		taken(&split, m) == split.visible);
	if (split.hidden == 0) {
		/* as it is */
	} else if (emptied && split.visible > 0 &&
	    is_required(e, m->sml_desc)) {
		delete_all(m);
	} else if (kind == LDAP_MOD_REPLACE) {
		rewrite_replace(m, &split);
	} else if (m->sml_values == NULL && split.visible > 0) {
		set_values(m, LDAP_MOD_DELETE, &split);
	} else if (m->sml_values == NULL && get_permissiveModify(op)) {
		take_nothing(m);
	} else if (m->sml_values == NULL) {
		rc = nothing_to_delete(op, e, m, text);
	}
	split_clear(&split);
	return rc;
}

/* On the copy; what fails there will fail in slapd, with its own answer. */
static void
perform(Operation *op, Entry *copy, Modifications *m)
{
	char buffer[SLAP_TEXT_BUFLEN];
	const char *ignored = NULL;
	int permissive = get_permissiveModify(op);

	switch (m->sml_op) {
	case LDAP_MOD_ADD:
		(void)modify_add_values(copy, &m->sml_mod, permissive,
			&ignored, buffer, sizeof(buffer));
		break;
	case LDAP_MOD_DELETE:
		(void)modify_delete_values(copy, &m->sml_mod, permissive,
			&ignored, buffer, sizeof(buffer));
		break;
	case LDAP_MOD_REPLACE:
		(void)modify_replace_values(copy, &m->sml_mod, permissive,
			&ignored, buffer, sizeof(buffer));
		break;
	default:
		break;
	}
}

/*
 * CR_ENOATTR with a text when there is
 * nothing the writer could see to delete.
 */
int
cr_names_rewrite(struct cr_view *view, Operation *op,
	const char **text)
{
	struct cr_op *cop = cr_op_find(op);
	struct berval ndn = op->o_req_ndn;
	Entry *e = NULL, *copy;
	bool any = false;
	int rc = CR_OK;

	for (Modifications *m = op->orm_modlist; m; m = m->sml_next)
		any = any || ((m->sml_flags & SLAP_MOD_INTERNAL) == 0 &&
			cr_meaning_of(m->sml_desc) == CR_MEANS_DNS);
	if (view->sees_all || !any ||
	    cr_raw_get(view->db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return CR_OK;
	copy = entry_dup(e);
	cr_raw_release(view->db, op, e);
	for (Modifications *m = op->orm_modlist, *next; m && rc == CR_OK;
	    m = next) {
		next = m->sml_next;
		if ((m->sml_flags & SLAP_MOD_INTERNAL) != 0 ||
		    cr_meaning_of(m->sml_desc) != CR_MEANS_DNS)
			continue;
		rc = rewrite(cop, op, copy, m, text);
		/* what comes after is judged by what this leaves */
		for (Modifications *done = m; rc == CR_OK && done != next;
		    done = done->sml_next)
			perform(op, copy, done);
	}
	view->last.entry = NULL;	/* it may have been the copy */
	entry_free(copy);
	return rc;
}
