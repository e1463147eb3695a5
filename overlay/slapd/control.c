/*
 * Request controls: ours (purpose, recipient, reference), and the gate for
 * those of others on operations that can reach customers.
 */
#include "guard.h"

#include "proto/control.h"

int cr_cid_purpose, cr_cid_recipient, cr_cid_reference;

/* What each operation keeps of one of our controls. */
static int
keep(Operation *op, SlapReply *rs, LDAPControl *ctrl, int cid,
	int (*check)(struct cr_slice))
{
	struct cr_slice value = cr_slice_bv(&ctrl->ldctl_value);

	if (op->o_ctrlflag[cid] != SLAP_CONTROL_NONE) {
		rs->sr_text = "custreg control given twice";
		return LDAP_PROTOCOL_ERROR;
	}
	if (BER_BVISNULL(&ctrl->ldctl_value) || check(value) != CR_OK) {
		rs->sr_text = "custreg control value malformed";
		return LDAP_PROTOCOL_ERROR;
	}
	op->o_ctrlflag[cid] = ctrl->ldctl_iscritical ?
	    SLAP_CONTROL_CRITICAL : SLAP_CONTROL_NONCRITICAL;
	return LDAP_SUCCESS;
}

static int
parse_purpose(Operation *op, SlapReply *rs, LDAPControl *ctrl)
{
	int rc = keep(op, rs, ctrl, cr_cid_purpose, cr_control_check_purpose);

	if (rc == LDAP_SUCCESS)
		op->o_controls[cr_cid_purpose] = &ctrl->ldctl_value;
	return rc;
}

static int
parse_reference(Operation *op, SlapReply *rs, LDAPControl *ctrl)
{
	int rc = keep(op, rs, ctrl, cr_cid_reference,
		cr_control_check_reference);

	if (rc == LDAP_SUCCESS)
		op->o_controls[cr_cid_reference] = &ctrl->ldctl_value;
	return rc;
}

static int
parse_recipient(Operation *op, SlapReply *rs, LDAPControl *ctrl)
{
	struct berval *ndn;
	int rc = keep(op, rs, ctrl, cr_cid_recipient,
		cr_control_check_recipient);

	if (rc != LDAP_SUCCESS)
		return rc;
	/* lives as long as the operation's memory context */
	ndn = op->o_tmpalloc(sizeof(*ndn), op->o_tmpmemctx);
	if (dnNormalize(0, NULL, NULL, &ctrl->ldctl_value, ndn,
	    op->o_tmpmemctx) != LDAP_SUCCESS) {
		op->o_tmpfree(ndn, op->o_tmpmemctx);
		op->o_ctrlflag[cr_cid_recipient] = SLAP_CONTROL_NONE;
		rs->sr_text = "custreg control value malformed";
		return LDAP_PROTOCOL_ERROR;
	}
	op->o_controls[cr_cid_recipient] = ndn;
	return LDAP_SUCCESS;
}

struct berval
cr_control_value(const Operation *op, int cid)
{
	struct berval none = BER_BVNULL;

	if (op->o_ctrlflag[cid] == SLAP_CONTROL_NONE ||
	    op->o_controls[cid] == NULL)
		return none;
	return *(struct berval *)op->o_controls[cid];
}

static const struct {
	const char *oid;
	int *cid;
	SLAP_CTRL_PARSE_FN *parse;
} ours[] = {
	{ CR_OID_PURPOSE_CONTROL, &cr_cid_purpose, parse_purpose },
	{ CR_OID_RECIPIENT_CONTROL, &cr_cid_recipient, parse_recipient },
	{ CR_OID_REFERENCE_CONTROL, &cr_cid_reference, parse_reference },
};

int
cr_controls_register(void)
{
	/* those of our own: of others nobody says that they heed a control */
	static char *exops[] = { (char *)(uintptr_t)CR_OID_ERASE, NULL };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (register_supported_control2(ours[i].oid,
		    SLAP_CTRL_ACCESS, exops, ours[i].parse, 0,
		    ours[i].cid) != LDAP_SUCCESS) {
			Debug(LDAP_DEBUG_ANY, "custreg: control %s cannot be "
				"registered\n", ours[i].oid);
			return -1;
		}
	}
	return 0;
}

int
cr_controls_enable(BackendDB *be)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (overlay_register_control(be, ours[i].oid) != 0)
			return -1;
	}
	return 0;
}

void
cr_controls_disable(BackendDB *be)
{
#ifdef SLAP_CONFIG_DELETE
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		overlay_unregister_control(be, ours[i].oid);
#else
	(void)be;
#endif
}

/* Known to reveal nothing about who is hidden, or made so by the guard. */
static const char *const harmless[] = {
	CR_OID_PURPOSE_CONTROL,
	CR_OID_RECIPIENT_CONTROL,
	CR_OID_REFERENCE_CONTROL,
	LDAP_CONTROL_ASSERT,
	LDAP_CONTROL_DONTUSECOPY,
	LDAP_CONTROL_MANAGEDSAIT,
	LDAP_CONTROL_VALSORT,
	LDAP_CONTROL_X_LAZY_COMMIT,
	LDAP_CONTROL_PAGEDRESULTS,
	LDAP_CONTROL_PASSWORDPOLICYREQUEST,
	LDAP_CONTROL_POST_READ,
	LDAP_CONTROL_PRE_READ,
	LDAP_CONTROL_PROXY_AUTHZ,
	LDAP_CONTROL_SORTREQUEST,
	LDAP_CONTROL_SUBENTRIES,
	LDAP_CONTROL_VALUESRETURNFILTER,
	LDAP_CONTROL_VLVREQUEST,
	LDAP_CONTROL_X_DEREF,
	LDAP_CONTROL_X_DOMAIN_SCOPE,
	LDAP_CONTROL_X_PERMISSIVE_MODIFY,
	LDAP_CONTROL_X_SESSION_TRACKING,
	LDAP_CONTROL_X_SEARCH_OPTIONS,
	LDAP_CONTROL_X_TREE_DELETE,	/* back-mdb has none: 12 */
	NULL
};

static bool
is_harmless(const char *oid)
{
	for (const char *const *h = harmless; *h != NULL; h++) {
		if (strcmp(*h, oid) == 0)
			return true;
	}
	return false;
}

struct sort_check {
	const struct cr_view *view;
};

/* The order of a list tells what it is sorted by. */
static int
check_sort_key(void *arg, struct cr_slice attribute)
{
	const struct sort_check *check = arg;
	AttributeDescription *desc = NULL;
	const char *text = NULL;
	struct berval name = { attribute.len, (char *)attribute.ptr };
	struct cr_judged customer = { .kind = CR_ENTRY_CUSTOMER };

	if (slap_bv2ad(&name, &desc, &text) != LDAP_SUCCESS)
		return CR_OK;	/* sssvlv has its own answer */
	if (!cr_view_releases(check->view, &customer, desc, ACL_READ))
		return CR_ECONTROL;
	return CR_OK;
}

static int
gate_one(struct cr_view *view, Operation *op, LDAPControl *ctrl)
{
	struct cr_slice value = cr_slice_bv(&ctrl->ldctl_value);
	struct sort_check check = { view };
	const struct cr_purpose *purpose = view->grant.purpose;

	if (purpose != NULL && purpose->is_replication)
		return CR_OK;
	if (strcmp(ctrl->ldctl_oid, LDAP_CONTROL_SYNC) == 0)
		return view->grant.kind == CR_READER_REPLICA ?
		    CR_OK : CR_ESYNC;
#ifdef LDAP_CONTROL_TXN_SPEC
	if (strcmp(ctrl->ldctl_oid, LDAP_CONTROL_TXN_SPEC) == 0)
		return CR_ETXN;
#endif
	if (strcmp(ctrl->ldctl_oid, LDAP_CONTROL_RELAX) == 0)
		return view->grant.kind == CR_READER_ROOT ?
		    CR_OK : CR_ECONTROL;
	if (strcmp(ctrl->ldctl_oid, LDAP_CONTROL_SORTREQUEST) == 0 &&
	    !view->sees_all && !BER_BVISNULL(&ctrl->ldctl_value))
		return cr_control_sort_keys(value, check_sort_key, &check);
	if (is_harmless(ctrl->ldctl_oid))
		return CR_OK;
	/* what slapd does not know it refuses itself, if critical */
	for (int i = 0; slap_known_controls[i] != NULL; i++) {
		if (strcmp(slap_known_controls[i], ctrl->ldctl_oid) == 0)
			return CR_ECONTROL;
	}
	(void)op;
	return CR_OK;
}

/* Does this assertion ask about DN values? */
static bool
asks_for_dns(const Filter *f)
{
	switch (f->f_choice & SLAPD_FILTER_MASK) {
	case LDAP_FILTER_AND:
	case LDAP_FILTER_OR:
	case LDAP_FILTER_NOT:
		for (const Filter *sub = f->f_list; sub; sub = sub->f_next) {
			if (asks_for_dns(sub))
				return true;
		}
		return false;
	case LDAP_FILTER_PRESENT:
		return f->f_desc != slap_schema.si_ad_entryDN &&
		    cr_desc_holds_dns(f->f_desc);
	case LDAP_FILTER_EXT:
		return f->f_mra->ma_desc == NULL ||
		    (f->f_mra->ma_desc != slap_schema.si_ad_entryDN &&
			cr_desc_holds_dns(f->f_mra->ma_desc));
	case LDAP_FILTER_EQUALITY:
	case LDAP_FILTER_APPROX:
	case LDAP_FILTER_GE:
	case LDAP_FILTER_LE:
		return f->f_av_desc != slap_schema.si_ad_entryDN &&
		    cr_desc_holds_dns(f->f_av_desc);
	default:
		return false;
	}
}

/*
 * On a write the entry is not stripped of DN values (strip.c), so an
 * assertion must not ask about them.
 */
static int
gate_assertion(const struct cr_view *view, Operation *op)
{
	if (view->sees_all || op->o_tag == LDAP_REQ_SEARCH ||
	    op->o_tag == LDAP_REQ_COMPARE || get_assert(op) == 0 ||
	    get_assertion(op) == NULL ||
	    !be_issubordinate(view->db->be, &op->o_req_ndn))
		return CR_OK;
	return asks_for_dns(get_assertion(op)) ? CR_ECONTROL : CR_OK;
}

/* Nobody but a replica synchronises any part of a guarded database. */
static int
gate_sync(const struct cr_view *view, Operation *op)
{
	if (op->o_tag != LDAP_REQ_SEARCH || op->o_sync == SLAP_CONTROL_NONE ||
	    view->grant.kind == CR_READER_REPLICA ||
	    !be_issubordinate(view->db->be, &op->o_req_ndn))
		return CR_OK;
	return CR_ESYNC;
}

int
cr_controls_gate(struct cr_op *cop, Operation *op)
{
	for (struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		int rc = gate_sync(view, op);

		if (rc == CR_OK)
			rc = gate_assertion(view, op);
		if (rc != CR_OK)
			return rc;
		if (!view->touches)
			continue;
		for (int i = 0; op->o_ctrls != NULL &&
		    op->o_ctrls[i] != NULL && rc == CR_OK; i++)
			rc = gate_one(view, op, op->o_ctrls[i]);
		if (rc != CR_OK)
			return rc;
	}
	return CR_OK;
}
