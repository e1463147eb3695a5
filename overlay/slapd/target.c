/*
 * What an operation is aimed at.  A target that is hidden below a customers
 * base is replaced by a name that cannot exist, right below the
 * nearest ancestor the reader can see: then slapd itself gives the answer for
 * an absent entry (result code, matchedDN, text, the right to disclose,
 * overlays further down), and hidden equals absent by construction.
 */
#include "guard.h"

static const struct berval absent_rdn = BER_BVC("crGuard=absent,");

enum { ALIAS_DEPTH = 16 };

int
cr_nearest_visible(struct cr_view *view, Operation *op,
	const struct berval *ndn, struct berval *ret_ndn)
{
	struct berval cur = *ndn;

	for (;;) {
		if (cr_db_is_base(view->db, &cur) ||
		    !cr_db_contains(view->db, &cur))
			break;
		if (view->failed != CR_OK)
			return view->failed;
		struct cr_judged judged;
		Entry *e = NULL;
		int rc = cr_raw_get(view->db, op, &cur, &e);

		if (rc == LDAP_SUCCESS && e != NULL) {
			judged = *cr_view_judge(view, op, e);
			memset(&view->last, 0, sizeof(view->last));
			cr_raw_release(view->db, op, e);
			if (judged.visible)
				break;
		} else if (rc != LDAP_NO_SUCH_OBJECT) {
			return CR_EINTERNAL;
		}
		dnParent(&cur, &cur);
	}
	*ret_ndn = cur;
	return CR_OK;
}

static void
stand_in(Operation *op, struct cr_target *target, const struct berval *nearest)
{
	struct berval *dn = &target->absent;

	dn->bv_len = absent_rdn.bv_len + nearest->bv_len;
	dn->bv_val = op->o_tmpalloc(dn->bv_len + 1, op->o_tmpmemctx);
	memcpy(dn->bv_val, absent_rdn.bv_val, absent_rdn.bv_len);
	memcpy(dn->bv_val + absent_rdn.bv_len, nearest->bv_val,
		nearest->bv_len);
	dn->bv_val[dn->bv_len] = '\0';
	target->req_dn = op->o_req_dn;
	target->req_ndn = op->o_req_ndn;
	op->o_req_dn = *dn;
	op->o_req_ndn = *dn;
}

int
cr_target_settle(struct cr_view *view, Operation *op,
	struct cr_target *target)
{
	struct berval nearest;
	int rc;

	BER_BVZERO(&target->absent);
	if (!cr_db_contains(view->db, &op->o_req_ndn) ||
	    cr_db_is_base(view->db, &op->o_req_ndn))
		return CR_OK;
	rc = cr_nearest_visible(view, op, &op->o_req_ndn, &nearest);
	if (rc == CR_OK && nearest.bv_len != op->o_req_ndn.bv_len)
		stand_in(op, target, &nearest);
	return rc;
}

void
cr_target_restore(Operation *op, struct cr_target *target)
{
	if (BER_BVISNULL(&target->absent))
		return;
	/* back-mdb may have put a DN of its own there (alias) */
	op->o_req_dn = target->req_dn;
	op->o_req_ndn = target->req_ndn;
	op->o_tmpfree(target->absent.bv_val, op->o_tmpmemctx);
	BER_BVZERO(&target->absent);
}

/*
 * One step of finding aliases the way back-mdb does: the entry at *ndn, or
 * its nearest existing ancestor, is an alias: *ndn becomes what is meant.
 */
static bool
alias_step(struct cr_db *db, Operation *op, struct berval *ndn,
	struct berval *ret_alias, bool *ret_direct)
{
	struct berval cur = *ndn, target = BER_BVNULL, below, fresh;
	Entry *e = NULL;

	while (!BER_BVISEMPTY(&cur) && be_issubordinate(db->be, &cur)) {
		if (cr_raw_get(db, op, &cur, &e) == LDAP_SUCCESS && e != NULL)
			break;
		e = NULL;
		dnParent(&cur, &cur);
	}
	if (e == NULL)
		return false;
	if (is_entry_alias(e)) {
		const Attribute *a = attr_find(e->e_attrs,
			slap_schema.si_ad_aliasedObjectName);

		if (a != NULL && a->a_numvals == 1) {
			ber_dupbv_x(&target, &a->a_nvals[0], op->o_tmpmemctx);
			ber_bvreplace(ret_alias, &e->e_name);
		}
	}
	cr_raw_release(db, op, e);
	if (BER_BVISNULL(&target))
		return false;
	*ret_direct = cur.bv_len == ndn->bv_len;
	if (*ret_direct) {
		fresh = target;
	} else {
		below.bv_val = ndn->bv_val;
		below.bv_len = ndn->bv_len - cur.bv_len - 1;
		build_new_dn(&fresh, &target, &below, op->o_tmpmemctx);
		op->o_tmpfree(target.bv_val, op->o_tmpmemctx);
	}
	*ndn = fresh;
	return true;
}

/*
 * A search base that leads through an alias into a customers base.  Returns
 * true when the answer has been given: an alias straight to something the
 * reader cannot see is answered as back-mdb answers a dangling one.
 */
static bool
settle_alias(struct cr_view *view, Operation *op, SlapReply *rs,
	struct cr_target *target, bool *ret_inside)
{
	struct berval ndn, nearest, alias = BER_BVNULL;
	bool direct = false, answered = false;

	ber_dupbv_x(&ndn, &op->o_req_ndn, op->o_tmpmemctx);
	for (int depth = 0; depth < ALIAS_DEPTH; depth++) {
		struct berval old = ndn;

		if (cr_db_contains(view->db, &ndn) ||
		    !alias_step(view->db, op, &ndn, &alias, &direct))
			break;
		op->o_tmpfree(old.bv_val, op->o_tmpmemctx);
	}
	*ret_inside = cr_db_contains(view->db, &ndn);
	if (!BER_BVISNULL(&alias) && *ret_inside &&
	    !cr_db_is_base(view->db, &ndn)) {
		if (cr_nearest_visible(view, op, &ndn, &nearest) != CR_OK) {
			cr_answer(op, rs, CR_EINTERNAL);
			answered = true;
		} else if (nearest.bv_len != ndn.bv_len && direct) {
			rs->sr_matched = alias.bv_val;
			send_ldap_error(op, rs, LDAP_ALIAS_PROBLEM,
				"aliasedObject not found");
			rs->sr_matched = NULL;
			answered = true;
		} else if (nearest.bv_len != ndn.bv_len) {
			stand_in(op, target, &nearest);
		}
	}
	op->o_tmpfree(ndn.bv_val, op->o_tmpmemctx);
	ch_free(alias.bv_val);
	return answered;
}

static bool
is_replication(const struct cr_view *view)
{
	return view->grant.purpose != NULL &&
	    view->grant.purpose->is_replication;
}

/*
 * A search the frontend half did not wrap: an overlay's own on behalf of the
 * client (dynlist).
 */
static bool
comes_sideways(struct cr_view *view, Operation *op)
{
	return cr_op_find(op)->self != op && cr_op_reaches(view->db, op);
}

static int
search_aimed(Operation *op, SlapReply *rs, slap_overinst *on,
	bool sideways)
{
	struct cr_wrapped wrapped;
	int rc;

	if (!sideways)
		return cr_walk(op, rs, op_search, on, NULL);
	if (cr_filter_is_extensible(op->ors_filter))
		cr_op_find(op)->matches_extensibly = true;
	cr_filter_wrap(&wrapped, op);
	rc = cr_walk(op, rs, op_search, on, NULL);
	cr_filter_unwrap(&wrapped, op);
	return rc;
}

/* The answer about a hidden target stays here; see try_as_it_is(). */
static int
hold_back(Operation *op, SlapReply *rs)
{
	const struct cr_view *view = op->o_callback->sc_private;

	return rs->sr_type == REP_RESULT && view->missed ?
	    LDAP_SUCCESS : SLAP_CB_CONTINUE;
}

/*
 * Most targets are there and visible, so looking first would fetch the entry
 * twice.  The operation runs; slapd asks the access hook about the target, or
 * about the ancestor it would name as matched, before it sends anything.
 * When that one is hidden the answer is held back, and the operation runs
 * again at a name that cannot exist.
 */
static int
try_as_it_is(struct cr_view *view, Operation *op, SlapReply *rs,
	slap_operation_t which, slap_overinst *on, struct cr_target *target)
{
	slap_callback cb = { .sc_response = hold_back, .sc_private = view };
	struct berval missed, nearest;
	int rc;

	/* what parsing left there leaves with slapd's answer: not with ours */
	rs->sr_text = NULL;
	view->missed = false;
	view->aiming = op;
	rc = cr_walk(op, rs, which, on, &cb);
	view->aiming = NULL;
	/* one that was cancelled gets an answer, as at what is not there */
	if (!view->missed || (op->o_abandon && !op->o_cancel))
		return rc;
	rs_reinit(rs, REP_RESULT);
	missed.bv_len = view->missed_len;
	missed.bv_val = op->o_req_ndn.bv_val + op->o_req_ndn.bv_len -
	    view->missed_len;
	dnParent(&missed, &missed);
	rc = cr_nearest_visible(view, op, &missed, &nearest);
	if (rc != CR_OK)
		return cr_answer(op, rs, rc);
	stand_in(op, target, &nearest);
	return cr_walk(op, rs, which, on, NULL);
}

static bool
is_inside(const struct cr_db *db, const struct berval *ndn)
{
	return cr_db_contains(db, ndn) && !cr_db_is_base(db, ndn);
}

/*
 * back-mdb follows the aliases in scope without asking anybody, so an alias
 * below a hidden customer would widen a search.  Nothing is followed by a
 * search that covers customers: whether or not there is such an alias, since
 * a difference would tell.
 */
static bool
covers_customers(struct cr_view *view, Operation *op)
{
	BerVarray b = cr_db_parts(view->db)->customers;

	for (; b != NULL && !BER_BVISNULL(b); b++) {
		Entry *e = NULL;

		if (cr_op_covers(op, b) &&
		    cr_raw_get(view->db, op, b, &e) == LDAP_SUCCESS && e) {
			cr_raw_release(view->db, op, e);
			return true;
		}
	}
	return false;
}

/* By way of aliases: looks first, since back-mdb follows before it asks. */
static int
search_aliases(struct cr_view *view, Operation *op, SlapReply *rs,
	slap_overinst *on, bool sideways, struct cr_target *target)
{
	int deref = op->ors_deref;
	bool inside = false;
	int rc = cr_target_settle(view, op, target);

	if (rc != CR_OK)
		return cr_answer(op, rs, rc);
	if (BER_BVISNULL(&target->absent) &&
	    (op->ors_deref & LDAP_DEREF_FINDING) != 0 &&
	    !cr_db_contains(view->db, &op->o_req_ndn) &&
	    settle_alias(view, op, rs, target, &inside))
		return rs->sr_err;
	if (inside || covers_customers(view, op))
		op->ors_deref &= ~LDAP_DEREF_SEARCHING;
	rc = search_aimed(op, rs, on, sideways);
	op->ors_deref = deref;
	return rc;
}

int
cr_db_search(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_target target = { .absent = BER_BVNULL };
	struct cr_order order;
	struct cr_view *view;
	bool sideways, ordered;
	int rc;

	if (!db->open || (view = cr_op_governs(op, db)) == NULL ||
	    is_replication(view))
		return SLAP_CB_CONTINUE;
	if (cr_op_is_disguised(op, view))
		return cr_answer(op, rs, CR_ECONTROL);
	view->last.entry = NULL;	/* its key does not say which database */
	if (cr_page_gate(view, op, rs))
		return rs->sr_err;
	sideways = comes_sideways(view, op);
	ordered = cr_order_begin(&order, view, op);
	if (ordered && cr_op_find(op)->self == op)
		cr_op_find(op)->order = &order;
	if (op->ors_deref != LDAP_DEREF_NEVER ||
	    (sideways && is_inside(db, &op->o_req_ndn)))
		rc = search_aliases(view, op, rs, on, sideways, &target);
	else if (is_inside(db, &op->o_req_ndn))
		rc = try_as_it_is(view, op, rs, op_search, on, &target);
	else if (sideways || ordered ||
	    get_pagedresults(op) > SLAP_CONTROL_IGNORED)
		rc = search_aimed(op, rs, on, sideways);
	else
		return SLAP_CB_CONTINUE;
	cr_target_restore(op, &target);
	cr_page_forget(op);
	if (ordered) {
		cr_op_find(op)->order = NULL;
		cr_order_end(&order, op);
	}
	return rc;
}

int
cr_db_compare(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_target target = { .absent = BER_BVNULL };
	struct cr_view *view;
	int rc;

	if (!db->open || (view = cr_op_governs(op, db)) == NULL ||
	    is_replication(view))
		return SLAP_CB_CONTINUE;
	if (cr_op_is_disguised(op, view))
		return cr_answer(op, rs, CR_ECONTROL);
	if (!is_inside(db, &op->o_req_ndn))
		return SLAP_CB_CONTINUE;
	rc = try_as_it_is(view, op, rs, op_compare, on, &target);
	cr_target_restore(op, &target);
	return rc;
}

/*
 * Entries fetched by overlays above (deref, dynlist, sssvlv's resend) on
 * behalf of a client that reads.
 */
int
cr_db_entry_get(Operation *op, struct berval *ndn, ObjectClass *oc,
	AttributeDescription *at, int rw, Entry **ret_entry)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_op *cop = cr_op_find(op);
	struct cr_view *view;
	struct cr_judged saved;
	bool visible;
	int rc;

	if (!db->open || rw || cop == NULL ||
	    (cop->self->o_tag != LDAP_REQ_SEARCH &&
		cop->self->o_tag != LDAP_REQ_COMPARE) ||
	    (view = cr_op_governs(op, db)) == NULL)
		return SLAP_CB_CONTINUE;
	/* overlay_entry_get_ov() takes no end of the list: past all below */
	op->o_bd->bd_info = on->on_info->oi_orig;
	rc = op->o_bd->bd_info->bi_entry_get_rw(op, ndn, oc, at, rw,
		ret_entry);
	op->o_bd->bd_info = (BackendInfo *)on;
	if (rc != LDAP_SUCCESS || *ret_entry == NULL)
		return rc;
	cr_entry_strip(cop, op, *ret_entry);
	saved = view->last;
	visible = cr_view_judge(view, op, *ret_entry)->visible;
	view->last = saved;
	if (visible)
		return rc;
	op->o_bd->bd_info = on->on_info->oi_orig;
	op->o_bd->bd_info->bi_entry_release_rw(op, *ret_entry, rw);
	op->o_bd->bd_info = (BackendInfo *)on;
	*ret_entry = NULL;
	return LDAP_NO_SUCH_OBJECT;
}

static int
note_child(Operation *op, SlapReply *rs)
{
	if (rs->sr_type == REP_SEARCH)
		*(bool *)op->o_callback->sc_private = true;
	return 0;
}

bool
cr_has_visible_child(struct cr_db *db, Operation *client, Entry *e)
{
	Operation op = *client;
	SlapReply rs = { REP_RESULT };
	BackendDB raw = *db->be;
	bool found = false;
	slap_callback cb = {
		.sc_response = note_child,
		.sc_private = &found
	};
	struct cr_carrier carrier;
	char ctrlflag[SLAP_MAX_CIDS] = { 0 };

	cr_carrier_init(&carrier);
	raw.bd_info = db->raw_info;
	op.o_bd = &raw;
	op.o_tag = LDAP_REQ_SEARCH;
	op.o_callback = &cb;
	op.o_req_dn = e->e_name;
	op.o_req_ndn = e->e_nname;
	memcpy(op.o_ctrlflag, ctrlflag, sizeof(op.o_ctrlflag));
	op.o_ctrlflag[slap_cids.sc_manageDSAit] = SLAP_CONTROL_CRITICAL;
	memset(&op.o_request, 0, sizeof(op.o_request));
	op.ors_scope = LDAP_SCOPE_ONELEVEL;
	op.ors_deref = LDAP_DEREF_NEVER;
	op.ors_slimit = 1;
	op.ors_tlimit = SLAP_NO_LIMIT;
	op.ors_attrs = slap_anlist_no_attrs;
	op.ors_filter = &carrier.not;
	BER_BVSTR(&op.ors_filterstr, "(objectClass=*)");
	(void)raw.bd_info->bi_op_search(&op, &rs);
	return found;
}

/* hasSubordinates counts the children the reader can see. */
int
cr_db_operational(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_view *view;
	struct cr_judged saved;
	Attribute **ap;
	Entry *e = rs->sr_entry;
	bool found;

	/* once per entry sent: the cheapest question first */
	if (rs->sr_attrs == NULL || !db->open || e == NULL ||
	    !(SLAP_OPATTRS(rs->sr_attr_flags) ||
		ad_inlist(slap_schema.si_ad_hasSubordinates, rs->sr_attrs)) ||
	    !cr_db_contains(db, &e->e_nname) ||
	    (view = cr_op_governs(op, db)) == NULL || view->sees_all)
		return SLAP_CB_CONTINUE;
	for (ap = &rs->sr_operational_attrs; *ap != NULL;
	    ap = &(*ap)->a_next) {
		if ((*ap)->a_desc == slap_schema.si_ad_hasSubordinates)
			return SLAP_CB_CONTINUE;
	}
	saved = view->last;
	found = cr_has_visible_child(db, op, e);
	view->last = saved;
	*ap = slap_operational_hasSubordinate(found);
	return SLAP_CB_CONTINUE;
}
