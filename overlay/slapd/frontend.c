/*
 * The frontend half: marks a client's operation, gates its controls, wraps
 * the filter, and has the last word on the result.  The rest of slapd's stack
 * runs inside these functions, so the mark and its views are gone when they
 * return.
 */
#include "guard.h"

static bool
restricted(const struct cr_op *cop)
{
	for (const struct cr_view *view = cop->views; view; view = view->next) {
		if (!view->sees_all)
			return true;
	}
	return false;
}

static bool
touches(const struct cr_op *cop)
{
	for (const struct cr_view *view = cop->views; view; view = view->next) {
		if (view->touches)
			return true;
	}
	return false;
}

/* IDs of entries beside the customers count those as well. */
static bool
seals(const struct cr_op *cop, const Operation *op)
{
	for (const struct cr_view *view = cop->views; view; view = view->next) {
		if (be_issubordinate(view->db->be,
		    (struct berval *)&op->o_req_ndn))
			return true;
	}
	return touches(cop);
}

static int
failure(const struct cr_op *cop)
{
	for (const struct cr_view *view = cop->views; view; view = view->next) {
		if (view->failed != CR_OK)
			return view->failed;
	}
	return CR_OK;
}

/*
 * Texts of slapd and its overlays may quote what they found: slapo-unique
 * the filter of its search, others a DN.
 */
static void
scrub(const struct cr_op *cop, const Operation *op, SlapReply *rs)
{
	if (!restricted(cop))
		return;
	if (rs->sr_err == LDAP_CONSTRAINT_VIOLATION && rs->sr_text != NULL &&
	    strstr(rs->sr_text, "unique") != NULL)
		rs->sr_text = cr_error_text(CR_EUNIQUE);
	else if (touches(cop) && rs->sr_text != NULL &&
	    op->o_tag != LDAP_REQ_EXTENDED && strchr(rs->sr_text, '=') != NULL)
		rs->sr_text = NULL;
	/* a parent whose only children are hidden: as without the right */
	if (op->o_tag == LDAP_REQ_DELETE && touches(cop) &&
	    rs->sr_err == LDAP_NOT_ALLOWED_ON_NONLEAF) {
		rs->sr_err = LDAP_INSUFFICIENT_ACCESS;
		rs->sr_text = cr_error_text(CR_EACCESS);
	}
}

/* What was written to cn=config holds when its answer arrives. */
static void
settle(struct cr_op *cop, const SlapReply *rs)
{
	if (cop->configures)
		cr_stack_settle(rs->sr_err == LDAP_SUCCESS);
	cop->configures = false;
}

/* Before each entry and each result of the operation itself. */
static int
respond(Operation *op, SlapReply *rs)
{
	struct cr_op *cop = op->o_callback->sc_private;
	int error = failure(cop);

	if (rs->sr_type == REP_SEARCH || rs->sr_type == REP_SEARCHREF)
		return error == CR_OK ? SLAP_CB_CONTINUE : LDAP_BUSY;
	if (rs->sr_type != REP_RESULT)
		return SLAP_CB_CONTINUE;
	if (error == CR_OK && op->o_tag == LDAP_REQ_SEARCH && touches(cop))
		cr_list_mark(cop, op, rs);
	if (error == CR_OK && cop->seals)
		error = cr_page_seal(op, rs);
	if (error != CR_OK && (op->o_tag == LDAP_REQ_SEARCH ||
	    op->o_tag == LDAP_REQ_COMPARE)) {
		rs->sr_err = cr_error_ldap_code(error);
		rs->sr_text = cr_error_text(error);
		rs->sr_matched = NULL;
	}
	/* slapd leaves this out when the operation was cancelled, and aborts */
	if (rs->sr_err == LDAP_REFERRAL && rs->sr_ref == NULL)
		rs->sr_err = LDAP_NO_SUCH_OBJECT;
	scrub(cop, op, rs);
	cr_record_result(cop, rs->sr_err);
	cr_gate_leave(cop);
	settle(cop, rs);
	return SLAP_CB_CONTINUE;
}

/* Runs the rest of the frontend's stack with the mark in place. */
static int
run(struct cr_op *cop, Operation *op, SlapReply *rs, slap_operation_t which,
	slap_overinst *on)
{
	cop->callback.sc_response = respond;
	cop->callback.sc_private = cop;
	return cr_walk(op, rs, which, on, &cop->callback);
}

/* A handler whose agreement has run out finds nothing, and leaves a trace. */
static void
record_lapsed(struct cr_op *cop, Operation *op)
{
	for (struct cr_view *view = cop->views; view; view = view->next) {
		const struct cr_party *party = view->grant.lapsed;
		const char *event = "agreement";

		if (party == NULL || !view->touches)
			continue;
		if (party->suspended)
			event = "suspended";
		else if (party->agreement_ok &&
		    party->agreement_until < view->now)
			event = "agreement-expired";
		(void)cr_record_event(view, op, "refused", event, NULL);
	}
}

static int
gate(struct cr_op *cop, Operation *op)
{
	int rc = cr_await_cleansed(op);

	if (rc == CR_OK)
		rc = cop->control_error;
	if (rc == CR_OK)
		rc = cr_controls_gate(cop, op);
	if (rc == CR_OK)
		record_lapsed(cop, op);
	return rc;
}

static void
record_refusal(struct cr_op *cop, Operation *op, int error)
{
	for (struct cr_view *view = cop->views; view; view = view->next) {
		if (view->touches && (error == CR_EPURPOSE ||
		    error == CR_EACCESS || error == CR_ERECIPIENT))
			(void)cr_record_event(view, op, "refused", "purpose",
				NULL);
	}
}

static int
plain(Operation *op, SlapReply *rs, slap_operation_t which, const char *type)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	const char *text = NULL;
	struct cr_op *cop;
	int rc;

	if (cr_dbs == NULL)
		return SLAP_CB_CONTINUE;
	/* a security layer may come under the barrier with the answer */
	if (which == op_bind && op->orb_method == LDAP_AUTH_SASL &&
	    cr_conn_is_client(op))
		cr_barrier_drain(op->o_conn, CR_DRAIN_LAYER);
	cop = cr_op_begin(op, type);
	rc = gate(cop, op);
	if (rc == CR_OK && (which == op_add || which == op_modify ||
	    which == op_modrdn))
		rc = cr_stack_gate(op, &text);
	if (rc != CR_OK) {
		record_refusal(cop, op, rc);
		rc = text != NULL ? cr_answer_text(op, rs, rc, text) :
		    cr_answer(op, rs, rc);
	} else {
		bool is_config = cr_stack_begin(op);

		cop->configures = is_config;
		rc = run(cop, op, rs, which, on);
		/* there may have been no answer */
		settle(cop, rs);
		if (is_config)
			cr_stack_end();
	}
	cr_op_end(cop, op, rc);
	return rc;
}

int
cr_fe_bind(Operation *op, SlapReply *rs)
{
	return plain(op, rs, op_bind, "bind");
}

int
cr_fe_add(Operation *op, SlapReply *rs)
{
	return plain(op, rs, op_add, "add");
}

int
cr_fe_modify(Operation *op, SlapReply *rs)
{
	return plain(op, rs, op_modify, "modify");
}

int
cr_fe_delete(Operation *op, SlapReply *rs)
{
	return plain(op, rs, op_delete, "delete");
}

int
cr_fe_modrdn(Operation *op, SlapReply *rs)
{
	return plain(op, rs, op_modrdn, "modrdn");
}

/*
 * A search that can reach customers, or that can meet DN values naming them:
 * in any database whose entries can be stripped.
 */
static bool
needs_wrap(const struct cr_op *cop, const Operation *op)
{
	BackendDB *be;

	for (const struct cr_view *view = cop->views; view; view = view->next) {
		if (view->touches && (view->grant.purpose == NULL ||
		    !view->grant.purpose->is_replication))
			return true;
	}
	if (!restricted(cop) || BER_BVISEMPTY(&op->o_req_ndn) ||
	    op->o_sync != SLAP_CONTROL_NONE ||
	    (be = select_backend((struct berval *)&op->o_req_ndn, 0)) == NULL)
		return false;
	return be->be_suffix != NULL && be->be_private != NULL &&
	    !bvmatch(&op->o_req_ndn, &frontendDB->be_schemandn) &&
	    cr_stack_is_mdb(be);
}

/* A search that slapd may answer past this hook: see access.c. */
static void
watch_elsewhere(const struct cr_op *cop, Operation *op)
{
	BackendDB *be;

	if (cop->views == NULL || op->o_ctrls == NULL ||
	    (be = select_backend(&op->o_req_ndn, 0)) == NULL)
		return;
	cr_access_watch(be);
}

int
cr_fe_search(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_wrapped wrapped;
	struct berval cookie;
	struct cr_op *cop;
	int rc;

	if (cr_dbs == NULL)
		return SLAP_CB_CONTINUE;
	cop = cr_op_begin(op, "search");
	rc = gate(cop, op);
	if (rc == CR_OK)
		watch_elsewhere(cop, op);
	cop->seals = seals(cop, op);
	if (rc == CR_OK && cop->seals)
		rc = cr_page_open(op, &cookie);
	if (rc == CR_OK)
		rc = cr_list_check(cop, op);
	if (rc != CR_OK) {
		record_refusal(cop, op, rc);
		rc = cr_answer(op, rs, rc);
	} else if (needs_wrap(cop, op)) {
		cr_filter_wrap(&wrapped, op);
		cop->wrapped = get_assert(op) == 0;
		rc = run(cop, op, rs, op_search, on);
		cr_filter_unwrap(&wrapped, op);
	} else {
		rc = run(cop, op, rs, op_search, on);
	}
	cr_op_end(cop, op, rc);
	return rc;
}

/*
 * Stock 2.5.13 dies when a compare of hasSubordinates is denied (facts 8b),
 * and counts every child when it is not: below a customers base it is
 * answered here.
 */
static int
compare_children(struct cr_view *view, Operation *op, SlapReply *rs)
{
	BackendDB raw = *view->db->be;
	BackendDB *saved = op->o_bd;
	struct berval ndn = op->o_req_ndn;
	Entry *e = NULL;
	bool has, allowed;

	if (cr_raw_get(view->db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return cr_answer(op, rs, CR_EACCESS);
	raw.bd_info = view->db->raw_info;
	op->o_bd = &raw;
	allowed = access_allowed(op, e, slap_schema.si_ad_hasSubordinates,
		&op->orc_ava->aa_value, ACL_COMPARE, NULL);
	has = allowed && cr_has_visible_child(view->db, op, e);
	op->o_bd = saved;
	cr_raw_release(view->db, op, e);
	if (view->failed != CR_OK)
		return cr_answer(op, rs, view->failed);
	if (!allowed)
		return cr_answer(op, rs, CR_EACCESS);
	rs->sr_err = bvmatch(&op->orc_ava->aa_value, &slap_true_bv) == has ?
	    LDAP_COMPARE_TRUE : LDAP_COMPARE_FALSE;
	cr_record_result(cr_op_find(op), rs->sr_err);
	send_ldap_result(op, rs);
	rs->sr_err = LDAP_SUCCESS;
	return LDAP_SUCCESS;
}

/* The same beside the customers, when slapd's own rules deny it. */
static bool
denies_children(struct cr_view *view, Operation *op, SlapReply *rs)
{
	BackendDB *saved = op->o_bd;
	struct berval ndn = op->o_req_ndn;
	bool denied, discloses;
	Entry *e = NULL;

	if (cr_raw_get(view->db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return false;
	op->o_bd = view->db->be;
	denied = !access_allowed(op, e, slap_schema.si_ad_hasSubordinates,
		&op->orc_ava->aa_value, ACL_COMPARE, NULL);
	discloses = access_allowed(op, e, slap_schema.si_ad_entry, NULL,
		ACL_DISCLOSE, NULL);
	op->o_bd = saved;
	cr_raw_release(view->db, op, e);
	if (denied)
		send_ldap_error(op, rs, discloses ? LDAP_INSUFFICIENT_ACCESS :
			LDAP_NO_SUCH_OBJECT, NULL);
	return denied;
}

static int
compare_here(struct cr_op *cop, Operation *op, SlapReply *rs,
	slap_overinst *on)
{
	struct cr_target target = { .absent = BER_BVNULL };
	struct cr_view *view;
	int rc;

	for (view = cop->views; view != NULL; view = view->next) {
		if (be_issubordinate(view->db->be, &op->o_req_ndn))
			break;
	}
	if (view == NULL ||
	    op->orc_ava->aa_desc != slap_schema.si_ad_hasSubordinates)
		return run(cop, op, rs, op_compare, on);
	if (!cr_db_contains(view->db, &op->o_req_ndn))
		return denies_children(view, op, rs) ? rs->sr_err :
		    run(cop, op, rs, op_compare, on);
	rc = cr_target_settle(view, op, &target);
	if (rc != CR_OK)
		return cr_answer(op, rs, rc);
	if (BER_BVISNULL(&target.absent))
		return compare_children(view, op, rs);
	rc = run(cop, op, rs, op_compare, on);
	cr_target_restore(op, &target);
	return rc;
}

int
cr_fe_compare(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_op *cop;
	int rc;

	if (cr_dbs == NULL)
		return SLAP_CB_CONTINUE;
	cop = cr_op_begin(op, "compare");
	rc = gate(cop, op);
	if (rc != CR_OK) {
		record_refusal(cop, op, rc);
		rc = cr_answer(op, rs, rc);
	} else {
		rc = compare_here(cop, op, rs, on);
	}
	cr_op_end(cop, op, rc);
	return rc;
}
