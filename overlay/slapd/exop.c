/*
 * Extended operations of others that could tell of a customer: the password
 * modify (RFC 3062), transactions (RFC 5805), the refresh of dynamic entries
 * (RFC 2589).  Who may not is refused before anything is looked up.
 */
#include "guard.h"

#include "proto/ber.h"

/*
 * The id lies unterminated in the request; dnNormalize() asserts that a DN is
 * as long as its string.
 */
static int
normalize_id(Operation *op, const struct berval *id, struct berval *ret_ndn)
{
	struct berval dn;
	int rc = CR_EPROTO;

	if (memchr(id->bv_val, '\0', id->bv_len) != NULL)
		return CR_EPROTO;
	dn.bv_len = id->bv_len;
	dn.bv_val = op->o_tmpalloc(id->bv_len + 1, op->o_tmpmemctx);
	memcpy(dn.bv_val, id->bv_val, id->bv_len);
	dn.bv_val[dn.bv_len] = '\0';
	if (dnNormalize(0, NULL, NULL, &dn, ret_ndn, op->o_tmpmemctx) ==
	    LDAP_SUCCESS)
		rc = CR_OK;
	op->o_tmpfree(dn.bv_val, op->o_tmpmemctx);
	return rc;
}

/* The target of a password modify; an empty one means the bound identity. */
static int
password_target(Operation *op, struct berval *ret_ndn)
{
	struct berval *copy;
	struct berval id = BER_BVNULL, old = BER_BVNULL, new = BER_BVNULL;
	const char *text = NULL;
	int rc = CR_OK;

	BER_BVZERO(ret_ndn);
	if (op->ore_reqdata == NULL) {
		ber_dupbv_x(ret_ndn, &op->o_ndn, op->o_tmpmemctx);
		return CR_OK;
	}
	/* parsing writes into the data: slapd parses it again */
	copy = ber_bvdup(op->ore_reqdata);
	if (slap_passwd_parse(copy, &id, &old, &new, &text) != LDAP_SUCCESS)
		rc = CR_EPROTO;
	else if (BER_BVISEMPTY(&id))
		ber_dupbv_x(ret_ndn, &op->o_ndn, op->o_tmpmemctx);
	else
		rc = normalize_id(op, &id, ret_ndn);
	ber_bvfree(copy);
	return rc;
}

static bool
may_set_password(const struct cr_view *view, const struct berval *ndn)
{
	const struct cr_purpose *purpose = view->grant.purpose;

	if (purpose == NULL)
		return false;
	if (cr_db_contains(view->db, ndn))
		return view->sees_all ? purpose->writes_all :
		    purpose->is_subject_access &&
		    dn_match(ndn, &view->subject);
	return true;		/* policy entries: the database half */
}

static int
gate_password(struct cr_op *cop, Operation *op)
{
	struct berval ndn;
	int rc = password_target(op, &ndn);

	if (rc != CR_OK)
		return rc;
	for (struct cr_view *view = cop->views; view; view = view->next) {
		if ((cr_db_contains(view->db, &ndn) &&
		    !may_set_password(view, &ndn)) ||
		    (cr_db_is_policy(view->db, &ndn) &&
		    !dn_match(&ndn, &op->o_ndn) &&
		    view->grant.kind != CR_READER_ROOT &&
		    (view->grant.roles & CR_ROLE_REGISTRAR) == 0))
			rc = CR_EACCESS;
	}
	op->o_tmpfree(ndn.bv_val, op->o_tmpmemctx);
	return rc;
}

/*
 * RefreshRequest ::= SEQUENCE { entryName [0] LDAPDN, requestTtl [1] INTEGER }
 * Below a customers base it would tell what is there.
 */
static int
gate_refresh(struct cr_op *cop, Operation *op)
{
	struct cr_slice data, content, name;
	struct berval id, ndn = BER_BVNULL;
	int rc = CR_OK;

	if (op->ore_reqdata == NULL)
		return CR_OK;
	data = cr_slice_bv(op->ore_reqdata);
	if (cr_ber_take(&data, LBER_SEQUENCE, &content) != CR_OK ||
	    cr_ber_take(&content, (ber_tag_t)0x80, &name) != CR_OK)
		return CR_OK;	/* slapd words its own refusal */
	id.bv_val = (char *)name.ptr;
	id.bv_len = name.len;
	if (normalize_id(op, &id, &ndn) != CR_OK)
		return CR_OK;
	for (struct cr_view *view = cop->views; view; view = view->next) {
		if (!view->sees_all && cr_db_contains(view->db, &ndn))
			rc = CR_ECONTROL;
	}
	op->o_tmpfree(ndn.bv_val, op->o_tmpmemctx);
	return rc;
}

static int
gate_extended(struct cr_op *cop, Operation *op)
{
	static const struct berval txn_start = BER_BVC(LDAP_EXOP_TXN_START);
	static const struct berval txn_end = BER_BVC(LDAP_EXOP_TXN_END);
	static const struct berval refresh = BER_BVC(LDAP_EXOP_REFRESH);

	if (cop->views == NULL)
		return CR_OK;
	if (bvmatch(&op->ore_reqoid, &txn_start) ||
	    bvmatch(&op->ore_reqoid, &txn_end))
		return CR_ETXN;
	if (bvmatch(&op->ore_reqoid, &slap_EXOP_MODIFY_PASSWD))
		return gate_password(cop, op);
	if (bvmatch(&op->ore_reqoid, &refresh))
		return gate_refresh(cop, op);
	return CR_OK;
}

int
cr_fe_extended(Operation *op, SlapReply *rs)
{
	slap_overinst *on = (slap_overinst *)op->o_bd->bd_info;
	struct cr_op *cop;
	int rc;

	if (cr_dbs == NULL)
		return SLAP_CB_CONTINUE;
	/* TLS comes under the barrier with the answer */
	if (cr_conn_is_client(op) &&
	    bvmatch(&op->ore_reqoid, &slap_EXOP_START_TLS))
		cr_barrier_drain(op->o_conn, CR_DRAIN_LAYER);
	cop = cr_op_begin(op, "extended");
	rc = cr_await_cleansed(op);
	if (rc == CR_OK)
		rc = gate_extended(cop, op);
	if (rc != CR_OK)
		rc = cr_answer(op, rs, rc);
	else
		rc = cr_walk(op, rs, op_extended, on, &cop->callback);
	cr_record_result(cop, rs->sr_err);
	cr_op_end(cop, op, rc);
	return rc;
}
