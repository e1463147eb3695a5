/*
 * Who may write what (contract section 1): the writable set of the purpose
 * for customers and what is below them; registrar and rootdn for policy.
 */
#include "guard.h"

/* The registrar runs the register; the DPO changes nothing. */
static bool
may_write_at_all(const struct cr_view *view)
{
	const struct cr_grant *grant = &view->grant;

	if (grant->purpose == NULL)
		return false;
	if (grant->kind == CR_READER_ROOT)
		return true;
	return (grant->roles & CR_ROLE_DPO) == 0 ||
	    (grant->roles & CR_ROLE_REGISTRAR) != 0;
}

static bool
writes_attribute(const struct cr_view *view, const AttributeDescription *desc)
{
	const struct cr_attr_slot *slot;

	if (view->grant.purpose->writes_all)
		return true;
	slot = cr_snapshot_slot(view->snapshot, desc->ad_type);
	return slot != NULL && (slot->written_by & view->bit) != 0;
}

static bool
is_subject(const struct cr_view *view)
{
	return view->grant.purpose->is_subject_access;
}

/* What the register decides about a request is not the customer's. */
static bool
is_decision(const AttributeDescription *desc)
{
	static const char *const names[] = { "crDecider", "crReason",
		"crState", "crDue", "crReceived", "crReceivedBy" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(desc->ad_type->sat_cname.bv_val, names[i]) == 0)
			return true;
	}
	return false;
}

static int
modify_child(const struct cr_view *view, const struct cr_judged *judged,
	Operation *op, const Entry *e)
{
	const struct cr_purpose *purpose = view->grant.purpose;

	if (!purpose->writes_class_all &&
	    (judged->class_written & view->bit) == 0)
		return CR_EACCESS;
	if (is_subject(view) &&
	    attr_find(e->e_attrs, cr_schema.decider) != NULL)
		return CR_EACCESS;
	for (Modifications *m = op->orm_modlist; m; m = m->sml_next) {
		if ((m->sml_flags & SLAP_MOD_INTERNAL) != 0 ||
		    purpose->writes_all)
			continue;
		if (m->sml_desc == slap_schema.si_ad_objectClass ||
		    m->sml_desc == cr_schema.user_password)
			return CR_EACCESS;
		if (is_subject(view) && is_decision(m->sml_desc))
			return CR_EACCESS;
	}
	return CR_OK;
}

int
cr_rule_modify(struct cr_view *view, Operation *op, Entry *e,
	const char **text)
{
	const struct cr_judged *judged;

	(void)text;
	if (!cr_db_contains(view->db, &op->o_req_ndn))
		return CR_OK;		/* policy: settled */
	if (!may_write_at_all(view))
		return CR_EACCESS;
	judged = cr_view_judge(view, op, e);
	view->last.entry = NULL;	/* e is a copy about to go */
	if (judged->kind == CR_ENTRY_CHILD)
		return modify_child(view, judged, op, e);
	for (Modifications *m = op->orm_modlist; m; m = m->sml_next) {
		if ((m->sml_flags & SLAP_MOD_INTERNAL) != 0)
			continue;
		if (judged->kind != CR_ENTRY_CUSTOMER &&
		    !view->grant.purpose->writes_all)
			return CR_EACCESS;
		if (!writes_attribute(view, m->sml_desc))
			return CR_EACCESS;
	}
	return CR_OK;
}

/*
 * Every class of the entry is one the purpose writes: an auxiliary class
 * beside it could bring a password, or anything.
 */
static bool
writes_classes(const struct cr_view *view, const Entry *e)
{
	const Attribute *a = attr_find(e->e_attrs,
		slap_schema.si_ad_objectClass);

	if (a == NULL || attr_find(e->e_attrs, cr_schema.user_password) != NULL)
		return false;
	for (unsigned i = 0; i < a->a_numvals; i++) {
		const struct cr_class_slot *slot =
		    cr_snapshot_class(view->snapshot, &a->a_vals[i]);

		if (slot != NULL && (slot->written_by & view->bit) != 0)
			continue;
		if (oc_bvfind(&a->a_vals[i]) != slap_schema.si_oc_top)
			return false;
	}
	return true;
}

int
cr_rule_add(struct cr_view *view, Operation *op, const char **text)
{
	const struct cr_purpose *purpose = view->grant.purpose;
	Entry *e = op->ora_e;

	(void)text;
	if (!may_write_at_all(view))
		return CR_EACCESS;
	if (purpose->writes_all && purpose->writes_class_all)
		return CR_OK;
	if (is_entry_alias(e) || is_entry_referral(e))
		return CR_EACCESS;
	if (!purpose->writes_class_all && !writes_classes(view, e))
		return CR_EACCESS;
	if (!is_subject(view))
		return CR_OK;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		if (is_decision(a->a_desc))
			return CR_EACCESS;
	}
	return CR_OK;
}

int
cr_rule_delete(struct cr_view *view, Operation *op, Entry *e)
{
	const struct cr_judged *judged;

	if (!may_write_at_all(view))
		return CR_EACCESS;
	if (view->grant.purpose->writes_all)
		return CR_OK;
	judged = cr_view_judge(view, op, e);
	if (judged->kind != CR_ENTRY_CHILD || is_subject(view))
		return CR_EACCESS;
	if (view->grant.purpose->writes_class_all ||
	    (judged->class_written & view->bit) != 0)
		return CR_OK;
	return CR_EACCESS;
}

int
cr_rule_modrdn(struct cr_view *view, Operation *op)
{
	(void)op;
	if (!may_write_at_all(view) || !view->grant.purpose->writes_all)
		return CR_EACCESS;
	return CR_OK;
}

/*
 * Only the own password, and nothing beside it.  Of who authenticated: who
 * acts for somebody could log in as that one afterwards.
 */
static bool
is_own_password(const Operation *op)
{
	const struct cr_op *cop = cr_op_find(op);

	if (cop == NULL || !dn_match(&cop->authc, &op->o_ndn))
		return false;
	if (op->o_tag == LDAP_REQ_EXTENDED)
		return dn_match(&op->o_req_ndn, &op->o_ndn);
	if (op->o_tag != LDAP_REQ_MODIFY ||
	    !dn_match(&op->o_req_ndn, &op->o_ndn))
		return false;
	for (const Modifications *m = op->orm_modlist; m; m = m->sml_next) {
		if ((m->sml_flags & SLAP_MOD_INTERNAL) == 0 &&
		    m->sml_desc != cr_schema.user_password)
			return false;
	}
	return true;
}

/* Only rootdn gives roles, or takes them, or moves who has one. */
static bool
touches_role(struct cr_view *view, Operation *op)
{
	struct berval ndn = op->o_req_ndn;
	bool has = false;
	Entry *e = NULL;

	if (op->o_tag == LDAP_REQ_ADD) {
		for (const Attribute *a = op->ora_e->e_attrs; a;
		    a = a->a_next) {
			if (a->a_desc->ad_type == cr_schema.role->ad_type)
				return true;
		}
		return false;
	}
	if (op->o_tag == LDAP_REQ_MODIFY) {
		for (const Modifications *m = op->orm_modlist; m;
		    m = m->sml_next) {
			if (m->sml_desc->ad_type == cr_schema.role->ad_type)
				return true;
		}
		return false;
	}
	if (cr_raw_get(view->db, op, &ndn, &e) == LDAP_SUCCESS && e) {
		has = attr_find(e->e_attrs, cr_schema.role) != NULL;
		cr_raw_release(view->db, op, e);
	}
	return has;
}

/* The entry of that one, or one above it. */
static bool
is_of(const struct berval *who, const Operation *op)
{
	return dn_match(&op->o_req_ndn, who) ||
	    dnIsSuffix(who, &op->o_req_ndn);
}

/* Of the person, and of the service that acts for them. */
static bool
is_own_entry(const struct cr_view *view, const Operation *op)
{
	const struct cr_party *service = view->grant.service;
	struct berval ndn;

	if (is_of(&op->o_ndn, op))
		return true;
	if (service == NULL)
		return false;
	ndn.bv_val = (char *)service->ndn.ptr;
	ndn.bv_len = service->ndn.len;
	return is_of(&ndn, op);
}

int
cr_rule_policy(struct cr_view *view, Operation *op)
{
	if (view->grant.kind == CR_READER_ROOT ||
	    (view->grant.kind == CR_READER_REPLICA && be_isroot(op)))
		return CR_OK;
	/* who writes rootdn's entry can become rootdn */
	if (cr_db_is_root(view->db, &op->o_req_ndn))
		return CR_EACCESS;
	if (is_own_password(op))
		return CR_OK;
	/* what lies below comes along, roles and all */
	if (op->o_tag == LDAP_REQ_MODRDN && op->orr_nnewSup != NULL)
		return CR_EACCESS;
	if ((view->grant.roles & CR_ROLE_REGISTRAR) == 0 ||
	    is_own_entry(view, op) || touches_role(view, op))
		return CR_EACCESS;
	return CR_OK;
}

static struct cr_slice
class_of(const struct cr_snapshot *snapshot, const Entry *e)
{
	const Attribute *a = attr_find(e->e_attrs,
		slap_schema.si_ad_objectClass);
	const struct cr_class_slot *slot;

	for (unsigned i = 0; a != NULL && i < a->a_numvals; i++) {
		slot = cr_snapshot_class(snapshot, &a->a_vals[i]);
		if (slot != NULL)
			return cr_slice_bv(&slot->name);
	}
	return (struct cr_slice){ NULL, 0 };
}

/* Texts for people may be there in several languages; nothing else may. */
static bool
may_have_options(const struct berval *name)
{
	return strncmp(name->bv_val, "crRegister", 10) == 0 ||
	    strcmp(name->bv_val, "crText") == 0 ||
	    strcmp(name->bv_val, "crReason") == 0;
}

static int
check_values(const struct cr_policy *policy, const AttributeDescription *desc,
	struct cr_slice class, BerVarray vals, const char **text)
{
	const struct berval *name = &desc->ad_type->sat_cname;

	if (vals == NULL || name->bv_len < 3 || name->bv_val[0] != 'c' ||
	    name->bv_val[1] != 'r')
		return CR_OK;
	if (!BER_BVISEMPTY(&desc->ad_tags) && !may_have_options(name)) {
		*text = "custreg: this attribute takes no options";
		return CR_EVALUE;
	}
	for (; !BER_BVISNULL(vals); vals++) {
		int rc = cr_value_check(policy, cr_slice_bv(name), class,
			cr_slice_bv(vals), text);

		if (rc != CR_OK)
			return rc;
	}
	return CR_OK;
}

int
cr_values_check(struct cr_db *db, Operation *op, const Entry *e,
	const char **text)
{
	struct cr_view *view = cr_op_governs(op, db);
	struct cr_slice class;
	int rc = CR_OK;

	if (view == NULL || view->snapshot == NULL)
		return CR_EINTERNAL;
	class = class_of(view->snapshot, e);
	if (op->o_tag == LDAP_REQ_ADD) {
		for (Attribute *a = e->e_attrs; a && rc == CR_OK;
		    a = a->a_next)
			rc = check_values(view->snapshot->policy, a->a_desc,
				class, a->a_vals, text);
		return rc;
	}
	for (Modifications *m = op->orm_modlist; m && rc == CR_OK;
	    m = m->sml_next) {
		if ((m->sml_op & LDAP_MOD_OP) == LDAP_MOD_DELETE ||
		    (m->sml_flags & SLAP_MOD_INTERNAL) != 0)
			continue;
		rc = check_values(view->snapshot->policy, m->sml_desc, class,
			m->sml_values, text);
	}
	return rc;
}
