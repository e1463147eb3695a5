/*
 * Writes: the order of the questions.  Is the target there for this reader
 * (target.c), may they write it (writerule.c), are the values what they
 * should be, what happens to the bans (ban.c); then slapd writes, and before
 * it answers the policy is marked stale and running searches are told.
 *
 * Operations that are no client's (syncrepl, slapd's own) are not judged, but
 * what they change is watched all the same.
 */
#include "suppression.h"

/* Watches one write until it has been committed. */
struct watch {
	slap_callback cb;
	struct cr_db *db;
	struct cr_view *view;		/* NULL: no client's */
	struct cr_op *cop;
	bool policy;
	bool inside;			/* at or below a customers base */
	bool bans;			/* visibility may change */
	bool gone;
	bool told;
	bool answered;			/* what came of it is known */
	bool recorded;			/* as a change of bans */
	bool locked;			/* holds ban_mutex */
	bool absent;			/* the target is not there */
	Entry *before;			/* deleted customer: uuid only */
	struct berval ndn;
	struct berval renamed;		/* the new name, if there is one */
	struct cr_welcome welcome;	/* of one who may have been erased */
};

static void
tell(struct watch *watch, Operation *op)
{
	Entry *e = NULL;

	watch->told = true;
	cr_referrers_note(watch->db, op);
	if (watch->policy)
		cr_snapshot_spoil(watch->db);
	if (watch->inside) {
		cr_seen_spoil(watch->db->seen, &watch->ndn);
		/* many writes are looked at together */
		if (atomic_load(&watch->db->erase_waits))
			cr_erase_wake(watch->db, 1);
	}
	if (watch->view == NULL && SLAPD_SYNC_IS_SYNCCONN(op->o_connid))
		cr_erase_notice(watch->db, op, &watch->ndn);
	if (!BER_BVISNULL(&watch->renamed))
		cr_seen_spoil(watch->db->seen, &watch->renamed);
	if (watch->gone && watch->before != NULL) {
		(void)cr_recent_note(watch->db, watch->before, true);
	} else if (watch->bans) {
		if (cr_raw_get(watch->db, op, &watch->ndn, &e) ==
		    LDAP_SUCCESS && e != NULL) {
			(void)cr_recent_note(watch->db, e, false);
			cr_raw_release(watch->db, op, e);
		}
	}
}

/* Never over a send: a client that does not read would stop all others. */
static void
unlock(struct watch *watch)
{
	if (watch->locked)
		ldap_pvt_thread_mutex_unlock(&watch->db->ban_mutex);
	watch->locked = false;
	if (watch->view != NULL)
		cr_gate_leave(watch->cop);
}

/* After the commit, before the answer. */
static int
committed(Operation *op, SlapReply *rs)
{
	struct watch *watch = op->o_callback->sc_private;

	if (rs->sr_type != REP_RESULT)
		return SLAP_CB_CONTINUE;
	watch->answered = true;
	if (rs->sr_err == LDAP_SUCCESS)
		tell(watch, op);
	unlock(watch);
	return SLAP_CB_CONTINUE;
}

static bool
is_visibility(const AttributeDescription *desc)
{
	return desc == cr_schema.marketing_ban ||
	    desc == cr_schema.listing_ban || desc == cr_schema.ban_until ||
	    desc == cr_schema.disclosure_ban ||
	    desc == cr_schema.restricted || desc == cr_schema.erasing ||
	    desc == slap_schema.si_ad_objectClass;
}

static void
watch_init(struct watch *watch, struct cr_db *db, struct cr_view *view,
	Operation *op)
{
	memset(watch, 0, sizeof(*watch));
	watch->db = db;
	watch->view = view;
	watch->cop = cr_op_find(op);
	watch->ndn = op->o_req_ndn;
	watch->policy = cr_db_is_policy(db, &op->o_req_ndn);
	watch->cb.sc_response = committed;
	watch->cb.sc_private = watch;
	watch->inside = cr_db_contains(db, &op->o_req_ndn);
	if (op->o_tag == LDAP_REQ_MODRDN) {
		struct berval superior;

		if (op->orr_nnewSup != NULL)
			superior = *op->orr_nnewSup;
		else
			dnParent(&op->o_req_ndn, &superior);
		if (cr_db_contains(db, &superior))
			build_new_dn(&watch->renamed, &superior,
				&op->orr_nnewrdn, op->o_tmpmemctx);
	}
	if (!watch->inside)
		return;
	if (op->o_tag == LDAP_REQ_MODIFY || op->o_tag == LDAP_REQ_EXTENDED) {
		for (Modifications *m = op->orm_modlist; m; m = m->sml_next)
			watch->bans = watch->bans || is_visibility(m->sml_desc);
	} else if (op->o_tag == LDAP_REQ_DELETE) {
		struct berval ndn = op->o_req_ndn;
		Entry *e = NULL;

		watch->gone = true;
		if (cr_raw_get(db, op, &ndn, &e) == LDAP_SUCCESS && e) {
			if (is_entry_objectclass(e, cr_schema.customer, 0))
				watch->before = entry_dup(e);
			cr_raw_release(db, op, e);
		}
	}
}

/* A customer who is gone leaves no case behind. */
static void
forget(struct watch *watch, Operation *op)
{
	unsigned char uuid[CR_UUID_BYTES];

	if (watch->told && cr_entry_uuid(watch->before, uuid))
		cr_cases_forget(watch->db, op, uuid);
}

static int
run(struct watch *watch, Operation *op, SlapReply *rs,
	slap_operation_t which, slap_overinst *on)
{
	int rc;

	if (!watch->absent && (op->o_tag == LDAP_REQ_DELETE ||
	    op->o_tag == LDAP_REQ_MODRDN))
		cr_subject_departs(watch->db, op);
	rc = watch->absent ?
	    cr_walk_absent(op, rs, which, on, &watch->cb) :
	    cr_walk(op, rs, which, on, &watch->cb);

	unlock(watch);
	/*
	 * A client that abandons or hangs up gets no answer, and slapd plays
	 * no response, but what was written is written.  One that hangs up
	 * after the answer is abandoned, too.
	 */
	if (!watch->answered && (op->o_abandon || rs->sr_err == LDAP_SUCCESS ||
	    rs->sr_err == SLAPD_ABANDON))
		tell(watch, op);
	if (watch->recorded && !watch->told)
		(void)cr_record_event(watch->view, op, "refused",
			"ban-change-not-done", NULL);
	cr_welcome_settle(watch->db, op, &watch->welcome, watch->told);
	if (watch->before != NULL) {
		forget(watch, op);
		entry_free(watch->before);
	}
	op->o_tmpfree(watch->renamed.bv_val, op->o_tmpmemctx);
	return rc;
}

/* Nobody is hidden from those who see all: slapd's ways stay as they are. */
static bool
is_absent(const struct cr_view *view, const struct cr_target *target)
{
	return view != NULL && !view->sees_all &&
	    !BER_BVISNULL(&target->absent);
}

static int
refuse_write(struct cr_view *view, Operation *op, SlapReply *rs, int error,
	const char *text)
{
	if (error == CR_EACCESS || error == CR_EHELD)
		(void)cr_record_event(view, op, "refused",
			cr_db_is_policy(view->db, &op->o_req_ndn) ?
			"policy" : "write", NULL);
	return text != NULL ? cr_answer_text(op, rs, error, text) :
	    cr_answer(op, rs, error);
}

/* Whether a rename gives a name at, below or above one of the policy. */
static bool
becomes_policy(const struct cr_db *db, Operation *op, bool *ret_own)
{
	struct berval superior, ndn;
	bool policy;

	if (op->orr_nnewSup != NULL)
		superior = *op->orr_nnewSup;
	else
		dnParent(&op->o_req_ndn, &superior);
	build_new_dn(&ndn, &superior, &op->orr_nnewrdn, op->o_tmpmemctx);
	policy = cr_db_is_policy(db, &ndn) || cr_db_is_above_policy(db, &ndn);
	*ret_own = cr_db_is_own(db, &ndn);
	op->o_tmpfree(ndn.bv_val, op->o_tmpmemctx);
	return policy;
}

static int
record_policy(struct cr_view *view, Operation *op, const char *event)
{
	size_t len = strlen(event) + 1 + op->o_req_ndn.bv_len + 1;
	char *text = op->o_tmpalloc(len, op->o_tmpmemctx);
	int rc;

	snprintf(text, len, "%s:%s", event, op->o_req_ndn.bv_val);
	rc = cr_record_event(view, op, cr_op_find(op)->type, text, NULL);
	op->o_tmpfree(text, op->o_tmpmemctx);
	return rc;
}

/* What becomes of an agreement is an event of its own. */
static const struct {
	const char *attribute;
	const char *event;
} agreements[] = {
	{ "crAgreementSigned", "agreement-signed" },
	{ "crAgreementUntil", "agreement-until" },
	{ "crAgreementVersion", "agreement-version" },
	{ "crSuspended", "suspended" }
};

static int
record_agreement(struct cr_view *view, Operation *op,
	const AttributeDescription *desc)
{
	for (size_t i = 0; i < sizeof(agreements) / sizeof(agreements[0]);
	    i++) {
		if (strcasecmp(desc->ad_type->sat_cname.bv_val,
		    agreements[i].attribute) == 0)
			return record_policy(view, op, agreements[i].event);
	}
	return CR_OK;
}

static int
record_agreements(struct cr_view *view, Operation *op)
{
	int rc = CR_OK;

	if (op->o_tag == LDAP_REQ_ADD) {
		for (const Attribute *a = op->ora_e->e_attrs;
		    a != NULL && rc == CR_OK; a = a->a_next)
			rc = record_agreement(view, op, a->a_desc);
	} else if (op->o_tag == LDAP_REQ_MODIFY) {
		for (const Modifications *m = op->orm_modlist;
		    m != NULL && rc == CR_OK; m = m->sml_next)
			rc = record_agreement(view, op, m->sml_desc);
	}
	return rc;
}

/* A policy write is on record before it happens. */
static int
policy_gate(struct cr_view *view, Operation *op, const char **text)
{
	bool own = false, becomes = false;
	int rc;

	if (cr_op_is_disguised(op, view))
		return CR_ECONTROL;
	if (op->o_tag == LDAP_REQ_MODRDN)
		becomes = becomes_policy(view->db, op, &own);
	if ((own || cr_db_is_own(view->db, &op->o_req_ndn)) &&
	    view->grant.kind != CR_READER_ROOT)
		return cr_decision_check(view, op, text);
	if (!cr_db_is_policy(view->db, &op->o_req_ndn) && !becomes)
		return CR_OK;
	rc = cr_rule_policy(view, op);
	if (rc != CR_OK)
		return rc;
	rc = record_policy(view, op, cr_db_is_party(view->db,
		&op->o_req_ndn) ? "handler" : "policy");
	return rc == CR_OK ? record_agreements(view, op) : rc;
}

int
cr_db_modify(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_target target = { .absent = BER_BVNULL };
	const char *text = NULL;
	struct cr_view *view;
	struct watch watch;
	struct berval ndn;
	Entry *copy;
	int rc = CR_OK, answer = LDAP_SUCCESS;

	if (!db->open)
		return SLAP_CB_CONTINUE;
	view = cr_op_governs(op, db);
	if (view != NULL) {
		cr_gate_pass(cr_op_find(op), db);
		rc = policy_gate(view, op, &text);
		if (rc == CR_OK)
			rc = cr_names_check(view, op);
		if (rc == CR_OK)
			rc = cr_target_settle(view, op, &target);
		if (rc != CR_OK)
			return refuse_write(view, op, rs, rc, text);
	}
	watch_init(&watch, db, view, op);
	watch.absent = is_absent(view, &target);
	ndn = op->o_req_ndn;
	if (view != NULL && BER_BVISNULL(&target.absent) &&
	    (cr_db_contains(db, &ndn) || watch.policy)) {
		/* who comes back brings bans along */
		watch.bans = watch.bans || (watch.inside &&
			cr_coming_brings(view, op));
		if (watch.bans) {
			ldap_pvt_thread_mutex_lock(&db->ban_mutex);
			watch.locked = true;
		}
		if ((copy = cr_raw_copy(db, op, &ndn)) != NULL) {
			rc = cr_rule_modify(view, op, copy, &text);
			if (rc == CR_OK)
				rc = cr_values_check(db, op, copy, &text);
			if (rc == CR_OK && watch.inside)
				rc = cr_held_modify(view, op, copy, &text);
			if (rc == CR_OK && watch.inside)
				rc = cr_coming_modify(view, op, copy,
					&watch.welcome, &text);
			if (rc == CR_OK && watch.bans)
				rc = cr_bans_write(view, op, copy,
					&watch.recorded);
			entry_free(copy);
		}
	}
	if (rc == CR_OK && view != NULL && BER_BVISNULL(&target.absent))
		answer = cr_names_rewrite(view, op, &text);
	if (rc == CR_OK && answer == LDAP_SUCCESS)
		rc = cr_welcome_prepare(db, op, &watch.welcome);
	if (rc != CR_OK || answer != LDAP_SUCCESS) {
		unlock(&watch);
		cr_welcome_settle(db, op, &watch.welcome, false);
	}
	if (rc != CR_OK) {
		rc = refuse_write(view, op, rs, rc, text);
	} else if (answer != LDAP_SUCCESS) {
		send_ldap_error(op, rs, answer, text);
		rc = rs->sr_err;
	} else {
		rc = run(&watch, op, rs, op_modify, on);
	}
	cr_target_restore(op, &target);
	return rc;
}

int
cr_db_delete(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_target target = { .absent = BER_BVNULL };
	const char *text = NULL;
	struct cr_view *view;
	struct watch watch;
	int rc = CR_OK;

	if (!db->open)
		return SLAP_CB_CONTINUE;
	view = cr_op_governs(op, db);
	if (view != NULL) {
		cr_gate_pass(cr_op_find(op), db);
		rc = policy_gate(view, op, &text);
		if (rc == CR_OK)
			rc = cr_target_settle(view, op, &target);
		if (rc != CR_OK)
			return refuse_write(view, op, rs, rc, text);
	}
	if (view != NULL && BER_BVISNULL(&target.absent) &&
	    cr_db_contains(db, &op->o_req_ndn)) {
		struct berval ndn = op->o_req_ndn;
		Entry *e = NULL;

		if ((e = cr_raw_copy(db, op, &ndn)) != NULL) {
			rc = cr_rule_delete(view, op, e);
			view->last.entry = NULL;
			if (rc == CR_OK)
				rc = cr_held_delete(view, op, e, &text);
			entry_free(e);
		}
		if (rc != CR_OK)
			return refuse_write(view, op, rs, rc, text);
	}
	watch_init(&watch, db, view, op);
	watch.absent = is_absent(view, &target);
	rc = run(&watch, op, rs, op_delete, on);
	cr_target_restore(op, &target);
	return rc;
}

int
cr_db_modrdn(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct cr_target target = { .absent = BER_BVNULL };
	struct berval *superior = op->orr_nnewSup;
	const char *text = NULL;
	struct cr_welcome welcome = { NULL };
	struct cr_view *view;
	struct watch watch;
	Entry *e = NULL;
	int rc = CR_OK;

	if (!db->open)
		return SLAP_CB_CONTINUE;
	view = cr_op_governs(op, db);
	if (view != NULL) {
		bool from = cr_db_contains(db, &op->o_req_ndn);
		bool to = superior != NULL ?
		    cr_db_contains(db, superior) : from;

		if (cr_db_is_above_base(db, &op->o_req_ndn))
			return refuse_write(view, op, rs, CR_EHELD, NULL);
		cr_gate_pass(cr_op_find(op), db);
		rc = policy_gate(view, op, &text);
		if (rc == CR_OK)
			rc = cr_names_check(view, op);
		if (rc == CR_OK)
			rc = cr_target_settle(view, op, &target);
		/* authorise first, then what can be looked up */
		if (rc == CR_OK && BER_BVISNULL(&target.absent) &&
		    (from || to))
			rc = cr_rule_modrdn(view, op);
		if (rc == CR_OK && BER_BVISNULL(&target.absent) &&
		    from != to)
			rc = CR_EHELD;
		if (rc == CR_OK && BER_BVISNULL(&target.absent) &&
		    (from || cr_db_is_policy(db, &op->o_req_ndn) ||
		    (superior != NULL && cr_db_is_policy(db, superior))))
			rc = cr_rdn_check(&op->orr_nnewrdn, &text);
		if (rc == CR_OK && BER_BVISNULL(&target.absent) && from &&
		    (e = cr_raw_copy(db, op, &op->o_req_ndn)) != NULL) {
			rc = cr_nests_move(view, op, e, &text);
			if (rc == CR_OK)
				rc = cr_held_rename(view, op, e, &text);
			if (rc == CR_OK)
				rc = cr_coming_rename(view, op, e, &welcome,
					&text);
			entry_free(e);
		}
		if (rc == CR_OK)
			rc = cr_welcome_prepare(db, op, &welcome);
		if (rc != CR_OK) {
			cr_welcome_settle(db, op, &welcome, false);
			rc = refuse_write(view, op, rs, rc, text);
			cr_target_restore(op, &target);
			return rc;
		}
	}
	watch_init(&watch, db, view, op);
	watch.welcome = welcome;
	watch.absent = is_absent(view, &target);
	if (superior != NULL && cr_db_is_policy(db, superior))
		watch.policy = true;
	rc = run(&watch, op, rs, op_modrdn, on);
	cr_target_restore(op, &target);
	return rc;
}

/*
 * An add below what the reader cannot see: the entry gets a parent that
 * cannot exist, so that back-mdb answers as for any missing parent.
 */
static int
add_below_absent(Operation *op, SlapReply *rs, slap_overinst *on,
	const struct berval *nearest)
{
	static const struct berval absent = BER_BVC("crGuard=absent,");
	struct berval dn = op->o_req_dn, ndn = op->o_req_ndn;
	struct berval e_name = op->ora_e->e_name;
	struct berval e_nname = op->ora_e->e_nname;
	struct berval parent, rdn, nrdn, made, nmade;
	int rc;

	parent.bv_len = absent.bv_len + nearest->bv_len;
	parent.bv_val = op->o_tmpalloc(parent.bv_len + 1, op->o_tmpmemctx);
	memcpy(parent.bv_val, absent.bv_val, absent.bv_len);
	memcpy(parent.bv_val + absent.bv_len, nearest->bv_val,
		nearest->bv_len);
	parent.bv_val[parent.bv_len] = '\0';
	dnRdn(&dn, &rdn);
	dnRdn(&ndn, &nrdn);
	build_new_dn(&made, &parent, &rdn, op->o_tmpmemctx);
	build_new_dn(&nmade, &parent, &nrdn, op->o_tmpmemctx);
	op->o_req_dn = op->ora_e->e_name = made;
	op->o_req_ndn = op->ora_e->e_nname = nmade;
	rc = cr_walk_absent(op, rs, op_add, on, NULL);
	op->o_req_dn = dn;
	op->o_req_ndn = ndn;
	if (op->ora_e != NULL) {
		op->ora_e->e_name = e_name;
		op->ora_e->e_nname = e_nname;
	}
	op->o_tmpfree(made.bv_val, op->o_tmpmemctx);
	op->o_tmpfree(nmade.bv_val, op->o_tmpmemctx);
	op->o_tmpfree(parent.bv_val, op->o_tmpmemctx);
	return rc;
}

int
cr_db_add(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	struct berval parent = BER_BVNULL, nearest;
	const char *text = NULL;
	struct cr_view *view;
	struct watch watch;
	int rc = CR_OK;

	if (!db->open)
		return SLAP_CB_CONTINUE;
	view = cr_op_governs(op, db);
	watch_init(&watch, db, view, op);
	if (view == NULL)
		return run(&watch, op, rs, op_add, on);
	cr_gate_pass(watch.cop, db);
	dnParent(&op->o_req_ndn, &parent);
	rc = policy_gate(view, op, &text);
	if (rc == CR_OK)
		rc = cr_names_check(view, op);
	if (rc == CR_OK && cr_db_contains(db, &op->o_req_ndn) &&
	    !cr_db_is_base(db, &op->o_req_ndn)) {
		dnParent(&op->o_req_ndn, &parent);
		rc = cr_nearest_visible(view, op, &parent, &nearest);
		if (rc == CR_OK && nearest.bv_len != parent.bv_len)
			return add_below_absent(op, rs, on, &nearest);
		if (rc == CR_OK)
			rc = cr_rule_add(view, op, &text);
	}
	if (rc == CR_OK && (watch.policy ||
	    cr_db_contains(db, &op->o_req_ndn)))
		rc = cr_rdn_check(&op->o_req_ndn, &text);
	if (rc == CR_OK && (watch.policy ||
	    cr_db_contains(db, &op->o_req_ndn)))
		rc = cr_values_check(db, op, op->ora_e, &text);
	if (rc == CR_OK && cr_db_contains(db, &op->o_req_ndn) &&
	    is_entry_objectclass(op->ora_e, cr_schema.customer, 0))
		rc = cr_held_nests(view, op, &parent, &text);
	if (rc == CR_OK && cr_db_contains(db, &op->o_req_ndn))
		rc = cr_coming_add(view, op, &watch.welcome, &text);
	if (rc == CR_OK && cr_db_contains(db, &op->o_req_ndn))
		rc = cr_bans_write(view, op, NULL, &watch.recorded);
	if (rc == CR_OK)
		rc = cr_welcome_prepare(db, op, &watch.welcome);
	if (rc != CR_OK) {
		cr_welcome_settle(db, op, &watch.welcome, false);
		return refuse_write(view, op, rs, rc, text);
	}
	return run(&watch, op, rs, op_add, on);
}
