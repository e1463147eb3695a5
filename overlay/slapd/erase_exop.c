/*
 * The extended operation erase (include/custreg/erase.h): who asks is judged
 * first, then the subject is looked for, so that who may not erase learns
 * nothing of anybody.
 */
#include "erase.h"

#include "core/uuid.h"

/* One request on its way. */
struct asked {
	Operation *op;
	SlapReply *rs;
	struct cr_op *cop;
	struct cr_view *view;		/* of the subject's database */
	struct cr_erase_request request;
	struct cr_erasing erasing;
	bool is_gone;			/* erased before: mends replicas */
	bool repeats;			/* an order stands already */
	const char *text;		/* of a refusal */
};

static bool
is_dry(const struct asked *asked)
{
	return (asked->request.flags & CR_ERASE_DRY_RUN) != 0;
}

/* Registrar, or officer for what changes nothing; of whomever. */
static bool
may_ask_of_all(const struct asked *asked, const struct cr_view *view)
{
	unsigned roles = view->grant.roles;

	return (roles & CR_ROLE_REGISTRAR) != 0 ||
	    ((roles & CR_ROLE_DPO) != 0 && is_dry(asked));
}

static bool
has_uuid(const Entry *e, const unsigned char uuid[CR_ERASE_UUID])
{
	unsigned char own[CR_UUID_BYTES];

	return cr_entry_uuid(e, own) && memcmp(own, uuid, sizeof(own)) == 0;
}

static void
take_subject(struct asked *asked, const Entry *e)
{
	struct cr_erasing *erasing = &asked->erasing;

	ber_dupbv(&erasing->dn, (struct berval *)(uintptr_t)&e->e_name);
	ber_dupbv(&erasing->ndn, (struct berval *)(uintptr_t)&e->e_nname);
	if (!cr_entry_uuid(e, erasing->order.subject))
		memset(erasing->order.subject, 0,
			sizeof(erasing->order.subject));
}

/* The customer themself, by the entry they are bound as. */
static bool
find_self(struct asked *asked, struct cr_view *view, const struct berval *ndn)
{
	struct berval own = view->subject;
	Entry *e = NULL;
	bool is_self;

	if (BER_BVISEMPTY(&own) || !cr_db_contains(view->db, &own) ||
	    (ndn != NULL && !dn_match(ndn, &own)) ||
	    cr_raw_get(view->db, asked->op, &own, &e) != LDAP_SUCCESS ||
	    e == NULL)
		return false;
	is_self = is_entry_objectclass(e, cr_schema.customer, 0) &&
	    (ndn != NULL || has_uuid(e, asked->request.uuid));
	if (is_self)
		take_subject(asked, e);
	cr_raw_release(view->db, asked->op, e);
	return is_self;
}

static int
check_subject(struct asked *asked, Entry *e)
{
	if (!is_entry_objectclass(e, cr_schema.customer, 0) ||
	    is_entry_alias(e) || is_entry_referral(e)) {
		asked->text = "custreg: the subject of an erasure is a "
		    "customer";
		return CR_EHELD;
	}
	take_subject(asked, e);
	return CR_OK;
}

static int
find_by_dn(struct asked *asked, const struct berval *ndn)
{
	struct berval name = *ndn;
	Entry *e = NULL;
	int rc;

	if (cr_raw_get(asked->view->db, asked->op, &name, &e) !=
	    LDAP_SUCCESS || e == NULL)
		return CR_EHIDDEN;
	rc = check_subject(asked, e);
	cr_raw_release(asked->view->db, asked->op, e);
	return rc;
}

static int
find_by_uuid(struct asked *asked)
{
	struct cr_erasing *erasing = &asked->erasing;
	struct berval ndn;
	int rc = CR_EHIDDEN;

	erasing->db = asked->view->db;
	erasing->ctx = asked->op->o_threadctx;
	memcpy(erasing->order.subject, asked->request.uuid, CR_ERASE_UUID);
	if (cr_erase_find(erasing)) {
		ber_dupbv(&ndn, &erasing->ndn);
		cr_erase_forget(erasing);
		rc = find_by_dn(asked, &ndn);
		ch_free(ndn.bv_val);
	} else if (!is_dry(asked) && cr_erase_order_stands(erasing)) {
		asked->is_gone = true;
		rc = CR_OK;
	}
	return rc;
}

/*
 * The register the subject is in, among those the asker may ask of.  A name
 * that lies in none is no customer; that much a registrar may be told.
 */
static int
choose_by_dn(struct asked *asked, const struct berval *ndn)
{
	bool asks_of_all = false;

	for (struct cr_view *view = asked->cop->views; view != NULL;
	    view = view->next) {
		bool inside = cr_db_contains(view->db, ndn);

		if (inside && find_self(asked, view, ndn)) {
			asked->view = view;
			return CR_OK;
		}
		if (!may_ask_of_all(asked, view))
			continue;
		asks_of_all = true;
		if (inside)
			asked->view = view;
	}
	if (!asks_of_all)
		return CR_EACCESS;
	if (asked->view != NULL)
		return find_by_dn(asked, ndn);
	if (cr_db_of(ndn) != NULL)
		return CR_EACCESS;	/* another's register */
	asked->text = "custreg: the subject of an erasure is a customer";
	return CR_EHELD;
}

static int
choose_by_uuid(struct asked *asked)
{
	int rc = CR_EACCESS;

	for (struct cr_view *view = asked->cop->views; view != NULL;
	    view = view->next) {
		asked->view = view;
		if (find_self(asked, view, NULL))
			return CR_OK;
		if (!may_ask_of_all(asked, view))
			continue;
		rc = find_by_uuid(asked);
		if (rc != CR_EHIDDEN)
			return rc;
	}
	return rc;
}

static int
find_subject(struct asked *asked)
{
	struct berval dn, ndn = BER_BVNULL;
	int rc;

	if (asked->request.by == CR_ERASE_BY_UUID)
		return choose_by_uuid(asked);
	/* dnNormalize() wants a string that ends */
	dn.bv_len = asked->request.dn.len;
	dn.bv_val = ch_malloc(dn.bv_len + 1);
	memcpy(dn.bv_val, asked->request.dn.ptr, dn.bv_len);
	dn.bv_val[dn.bv_len] = '\0';
	rc = dnNormalize(0, NULL, NULL, &dn, &ndn, NULL) == LDAP_SUCCESS ?
	    choose_by_dn(asked, &ndn) : CR_EPROTO;
	ch_free(dn.bv_val);
	ch_free(ndn.bv_val);
	return rc;
}

/* ---- the answer ---------------------------------------------------------- */

/* Before anything is done: what cannot be told is not done. */
static int
put_response(const struct asked *asked)
{
	const struct cr_erasing *erasing = &asked->erasing;
	struct cr_erase_response response;
	char id[CR_UUID_TEXT_SIZE];
	unsigned char *value = NULL;
	struct berval bv;
	size_t len = 0;
	int rc;

	if (asked->is_gone)
		response = (struct cr_erase_response){
			.state = CR_ERASE_ERASED };
	else
		cr_plan_answer(erasing->plan, is_dry(asked), &response);
	cr_uuid_format(erasing->order.subject, id);
	if (erasing->order.time != 0)
		response.receipt = (struct cr_erase_receipt){
			cr_slice_of(id), erasing->order.time,
			erasing->log_index };
	rc = cr_erase_response_encode(&response, &value, &len);
	if (rc == CR_OK) {
		bv = (struct berval){ len, (char *)value };
		asked->rs->sr_rspdata = ber_bvdup(&bv);
		free(value);
	}
	return rc;
}

/* ---- carrying it out ----------------------------------------------------- */

static int
record(const struct asked *asked, const char *what, uint64_t *ret_index)
{
	const struct cr_erasing *erasing = &asked->erasing;
	char event[64], uuid[CR_UUID_TEXT_SIZE];

	snprintf(event, sizeof(event), "erase:%s", what);
	cr_uuid_format(erasing->order.subject, uuid);
	return cr_record_event_at(asked->view, asked->op, "extended", event,
		uuid, ret_index);
}

static int
say_no(struct asked *asked)
{
	const struct cr_erasing *erasing = &asked->erasing;
	struct cr_held held;
	int rc = record(asked, "refused", NULL);

	if (rc == CR_OK)
		rc = put_response(asked);
	if (rc != CR_OK)
		return rc;
	asked->text = cr_plan_longest(erasing->plan, &held) ?
	    cr_hold_text(held.reason) : NULL;
	return CR_EHELD;
}

static bool
is_refused(const struct cr_plan *plan)
{
	struct cr_erase_response answer;

	cr_plan_answer(plan, false, &answer);
	return answer.state == CR_ERASE_REFUSED;
}

/*
 * No longer necessary, and nobody has asked: then the register has to agree,
 * and every period be over.  Here and not where somebody read it, for a
 * customer may have come back since.
 */
static enum cr_plan_basis
basis_of(const struct asked *asked)
{
	const struct cr_erase_request *request = &asked->request;
	const struct berval *self = &asked->view->subject;

	return request->ground == CR_ERASE_GROUND_A &&
	    request->reference.len == 0 &&
	    (request->flags & CR_ERASE_PARTIAL) == 0 &&
	    (BER_BVISEMPTY(self) || !dn_match(self, &asked->erasing.ndn)) ?
	    CR_PLAN_EXPIRED : CR_PLAN_REQUEST;
}

/* The subject by number: the name may be another's by now. */
static int
plan(struct asked *asked)
{
	return cr_erase_find(&asked->erasing) ? cr_erase_plan(&asked->erasing,
		basis_of(asked),
		(asked->request.flags & CR_ERASE_PARTIAL) != 0) : CR_EHIDDEN;
}

/* Recorded and durable: from now on it is carried out. */
static int
write_order(struct asked *asked)
{
	struct cr_erasing *erasing = &asked->erasing;
	int rc;

	asked->repeats = cr_erase_order_stands(erasing);
	erasing->order.time = erasing->now;
	(void)!cr_erasure_set_leader(&erasing->order,
		cr_slice_of(cr_erase_leader()));
	rc = record(asked, "ordered", &erasing->log_index);
	if (rc == CR_OK)
		rc = put_response(asked);
	if (rc == CR_OK)
		rc = cr_erase_order_write(erasing);
	if (rc != CR_OK && !asked->repeats)
		cr_erase_order_withdraw(erasing);
	return rc;
}

/* With the gate shut. */
static int
order(struct asked *asked)
{
	struct cr_erasing *erasing = &asked->erasing;
	int rc = plan(asked);

	if (rc != CR_OK)
		return rc;
	if (is_refused(erasing->plan))
		return say_no(asked);
	/* what cannot be noted now is when the data has gone, or never done */
	(void)!cr_compaction_note(erasing);
	rc = cr_suppress_note(erasing);
	if (rc == CR_OK)
		rc = write_order(asked);
	if (rc != CR_OK)
		return rc;
	rc = cr_erase_hide(erasing);
	if (rc != CR_OK) {
		if (!asked->repeats)
			cr_erase_order_withdraw(erasing);
		return rc;
	}
	/* from here on it cannot be withdrawn, so the copy holds */
	if (cr_erase_copy_write(erasing) != CR_OK)
		atomic_store(&erasing->db->erase_doubts, true);
	/* at once: who is erased must not come back while work goes on */
	if (erasing->order.hash_count > 0)
		(void)!cr_suppress_write(erasing);
	return CR_OK;
}

static int
try(struct asked *asked)
{
	int rc = plan(asked);

	if (rc == CR_OK)
		rc = record(asked, "tried", NULL);
	return rc == CR_OK ? put_response(asked) : rc;
}

static int
carry_out(struct asked *asked)
{
	struct cr_erasing *erasing = &asked->erasing;
	int rc;

	if (is_dry(asked))
		return try(asked);
	if (asked->is_gone) {
		rc = write_order(asked);
		cr_erase_wake(erasing->db, 0);
		return rc;
	}
	cr_gate_shut(erasing->db);
	rc = order(asked);
	cr_gate_open(erasing->db);
	/* what is not done now is done later, and the order says so */
	if (rc == CR_OK) {
		enum cr_erasure_step next;

		(void)!cr_erase_run(erasing, &next);
		cr_erase_wake(erasing->db, 0);
	}
	return rc;
}

/* A copy that follows another server sends the client there. */
static bool
is_elsewhere(struct asked *asked, SlapReply *rs)
{
	Operation *op = asked->op;
	BackendDB *be = asked->view->db->be;

	if (is_dry(asked) || !SLAP_SINGLE_SHADOW(be))
		return false;
	if (be->be_update_refs != NULL)
		rs->sr_ref = referral_rewrite(be->be_update_refs, NULL,
			&op->o_req_dn, LDAP_SCOPE_DEFAULT);
	rs->sr_err = rs->sr_ref != NULL || default_referral != NULL ?
	    LDAP_REFERRAL : LDAP_UNWILLING_TO_PERFORM;
	if (rs->sr_err != LDAP_REFERRAL)
		rs->sr_text = "shadow context; no update referral";
	return true;
}

static int
handle(struct asked *asked, SlapReply *rs)
{
	Operation *op = asked->op;
	BackendDB *be = op->o_bd;
	int rc = find_subject(asked);

	if (rc != CR_OK)
		return rc;
	if (is_elsewhere(asked, rs))
		return CR_OK;
	op->o_bd = asked->view->db->be;
	rs->sr_err = backend_check_restrictions(op, rs, &op->ore_reqoid);
	op->o_bd = be;
	if (rs->sr_err != LDAP_SUCCESS)
		return CR_OK;
	asked->erasing.db = asked->view->db;
	asked->erasing.ctx = op->o_threadctx;
	asked->erasing.now = asked->view->now;
	return carry_out(asked);
}

/* The reference of the request is recorded as that of the control would be. */
static void
note_reference(Operation *op, struct cr_slice reference)
{
	struct berval *kept;

	if (reference.len == 0 ||
	    op->o_ctrlflag[cr_cid_reference] != SLAP_CONTROL_NONE)
		return;
	/* lives as long as the operation, and so does the request */
	kept = op->o_tmpalloc(sizeof(*kept), op->o_tmpmemctx);
	*kept = (struct berval){ reference.len,
		(char *)(uintptr_t)reference.ptr };
	op->o_controls[cr_cid_reference] = kept;
	op->o_ctrlflag[cr_cid_reference] = SLAP_CONTROL_NONCRITICAL;
}

/* The frontend sends what this leaves in rs. */
static int
perform(Operation *op, SlapReply *rs)
{
	struct asked *asked = ch_calloc(1, sizeof(*asked));
	int rc = CR_EACCESS;

	asked->op = op;
	asked->rs = rs;
	asked->cop = cr_op_find(op);
	asked->erasing.inner = ch_calloc(1, sizeof(*asked->erasing.inner));
	rs->sr_err = LDAP_SUCCESS;
	if (op->ore_reqdata == NULL || cr_erase_request_decode(
	    cr_slice_bv(op->ore_reqdata), &asked->request) != CR_OK) {
		rc = CR_EPROTO;
	} else if (asked->cop != NULL && asked->cop->views != NULL) {
		note_reference(op, asked->request.reference);
		rc = handle(asked, rs);
	}
	/* a response stands beside an error only where it says why */
	if (rc != CR_OK && rc != CR_EHELD && rs->sr_rspdata != NULL) {
		ber_bvfree(rs->sr_rspdata);
		rs->sr_rspdata = NULL;
	}
	if (rc != CR_OK) {
		rs->sr_err = cr_error_ldap_code(rc);
		rs->sr_text = asked->text != NULL ? asked->text :
		    cr_error_text(rc);
	}
	cr_plan_free(&asked->erasing.plan);
	cr_erase_forget(&asked->erasing);
	ch_free(asked->erasing.inner);
	ch_free(asked);
	return rs->sr_err;
}

int
cr_erase_register(void)
{
	static const struct berval oid = BER_BVC(CR_OID_ERASE);

	return load_extop2(&oid, SLAP_EXOP_WRITES, perform, 0);
}
