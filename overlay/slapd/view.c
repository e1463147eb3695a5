/*
 * The mark on a client's operation and the view it has on each guarded
 * database: who reads, for which purpose, from which policy.
 */
#include "guard.h"

_Atomic(struct cr_db *) cr_dbs;

const char cr_op_key;

bool
cr_conn_is_client(const Operation *op)
{
	return op->o_conn != NULL && op->o_conn->c_conn_idx >= 0;
}

static bool
in_subtrees(BerVarray subtrees, const struct berval *ndn)
{
	for (BerVarray b = subtrees; b != NULL && !BER_BVISNULL(b); b++) {
		if (dnIsSuffix(ndn, b))
			return true;
	}
	return false;
}

static bool
in_list(BerVarray list, const struct berval *ndn)
{
	for (BerVarray b = list; b != NULL && !BER_BVISNULL(b); b++) {
		if (dn_match(b, ndn))
			return true;
	}
	return false;
}

bool
cr_db_contains(const struct cr_db *db, const struct berval *ndn)
{
	return db->open && in_subtrees(cr_db_parts(db)->customers, ndn);
}

bool
cr_db_is_base(const struct cr_db *db, const struct berval *ndn)
{
	return in_list(cr_db_parts(db)->customers, ndn);
}

bool
cr_db_is_root(const struct cr_db *db, const struct berval *ndn)
{
	return !BER_BVISEMPTY(&db->be->be_rootndn) &&
	    dn_match(&db->be->be_rootndn, ndn);
}

bool
cr_db_is_policy(const struct cr_db *db, const struct berval *ndn)
{
	const struct cr_parts *parts = cr_db_parts(db);

	return db->open && (in_subtrees(parts->handlers, ndn) ||
	    dnIsSuffix(ndn, &parts->purposes) ||
	    dnIsSuffix(ndn, &parts->recipients) ||
	    dnIsSuffix(ndn, &parts->register_entry) ||
	    in_list(parts->replicas, ndn) || cr_db_is_root(db, ndn));
}

/*
 * Orders to erase and suppressions: whoever could write them could erase
 * anybody, or bring anybody back.
 */
bool
cr_db_is_own(const struct cr_db *db, const struct berval *ndn)
{
	const struct cr_parts *parts = cr_db_parts(db);

	return db->open && !BER_BVISNULL(&parts->erasures) &&
	    (dnIsSuffix(ndn, &parts->erasures) ||
	    dnIsSuffix(ndn, &parts->suppressed));
}

static bool
above(BerVarray subtrees, const struct berval *ndn)
{
	for (BerVarray b = subtrees; b != NULL && !BER_BVISNULL(b); b++) {
		if (dnIsSuffix(b, ndn))
			return true;
	}
	return false;
}

/* At or above a customers base or a part of the policy: these stay put. */
bool
cr_db_is_above_base(const struct cr_db *db, const struct berval *ndn)
{
	const struct cr_parts *parts = cr_db_parts(db);

	return above(parts->customers, ndn) || above(parts->handlers, ndn) ||
	    dnIsSuffix(&parts->purposes, ndn) ||
	    dnIsSuffix(&parts->recipients, ndn) ||
	    dnIsSuffix(&parts->register_entry, ndn);
}

/* Or above an identity of slapd's configuration: no name for others. */
bool
cr_db_is_above_policy(const struct cr_db *db, const struct berval *ndn)
{
	return cr_db_is_above_base(db, ndn) || above(cr_db_parts(db)->replicas, ndn) ||
	    (!BER_BVISEMPTY(&db->be->be_rootndn) &&
		dnIsSuffix(&db->be->be_rootndn, ndn));
}

struct cr_db *
cr_db_of(const struct berval *ndn)
{
	for (struct cr_db *db = cr_dbs; db != NULL; db = db->next) {
		if (cr_db_contains(db, ndn))
			return db;
	}
	return NULL;
}

bool
cr_db_is_replica(const struct cr_db *db, const struct berval *ndn)
{
	return in_list(cr_db_parts(db)->replicas, ndn);
}

/* Below the subtrees of handlers and services. */
bool
cr_db_is_party(const struct cr_db *db, const struct berval *ndn)
{
	return in_subtrees(cr_db_parts(db)->handlers, ndn);
}

/* Is a base at, below or above what the operation is aimed at, in scope? */
bool
cr_op_covers(const Operation *op, const struct berval *base)
{
	const struct berval *ndn = &op->o_req_ndn;
	struct berval parent;

	if (dnIsSuffix(ndn, base))
		return true;
	if (op->o_tag != LDAP_REQ_SEARCH || !dnIsSuffix(base, ndn))
		return false;
	if (op->ors_scope == LDAP_SCOPE_SUBTREE ||
	    op->ors_scope == LDAP_SCOPE_CHILDREN)
		return true;
	dnParent((struct berval *)base, &parent);
	return op->ors_scope == LDAP_SCOPE_ONELEVEL && dn_match(&parent, ndn);
}

bool
cr_op_reaches(const struct cr_db *db, const Operation *op)
{
	const struct berval *ndn = &op->o_req_ndn;

	if (op->o_tag == LDAP_REQ_EXTENDED || BER_BVISNULL(ndn))
		return false;
	/* an alias leads anywhere in the database */
	if (op->o_tag == LDAP_REQ_SEARCH &&
	    op->ors_deref != LDAP_DEREF_NEVER &&
	    be_issubordinate(db->be, (struct berval *)ndn))
		return true;
	for (BerVarray b = cr_db_parts(db)->customers; b && !BER_BVISNULL(b);
	    b++) {
		if (cr_op_covers(op, b))
			return true;
	}
	return false;
}

static int
judge_reader(struct cr_view *view, const Operation *op,
	const struct berval *authc)
{
	const struct cr_db *db = view->db;
	const struct berval *authz = &op->o_ndn;
	struct cr_reader_facts facts = {
		.authc = cr_slice_bv(authc),
		.authz = cr_slice_bv(authz),
		.authc_is_root = cr_db_is_root(db, authc),
		.authz_is_root = cr_db_is_root(db, authz),
		.authz_is_customer = cr_db_contains(db, authz),
		.authc_is_replica = cr_db_is_replica(db, authc),
		.authz_is_replica = cr_db_is_replica(db, authz),
		.ssf = op->o_ssf,
		.now = view->now,
		.anonymous_purpose = cr_slice_bv(
			&cr_db_parts(db)->anonymous_purpose),
	};
	struct berval value;

	if (view->touches) {
		value = cr_control_value(op, cr_cid_purpose);
		facts.purpose = cr_slice_bv(&value);
		value = cr_control_value(op, cr_cid_recipient);
		facts.recipient = cr_slice_bv(&value);
	}
	if (view->snapshot == NULL)
		return CR_EINTERNAL;
	return cr_reader_judge(view->snapshot->policy, &facts, &view->grant);
}

static int
view_init(struct cr_view *view, struct cr_db *db, Operation *op,
	const struct berval *authc)
{
	const struct cr_purpose *purpose;
	int rc;

	view->db = db;
	view->now = (int64_t)op->o_time;
	view->touches = cr_op_reaches(db, op);
	view->recent_seq = cr_recent_now(db);
	view->epoch = cr_seen_epoch(db->seen);
	view->snapshot = cr_snapshot_get(db, op);
	rc = judge_reader(view, op, authc);
	if (rc != CR_OK)
		memset(&view->grant, 0, sizeof(view->grant));
	purpose = view->grant.purpose;
	if (purpose == NULL)
		return rc;
	view->bit = UINT64_C(1) << purpose->index;
	view->memo = view->snapshot->memo +
	    (size_t)purpose->index * CR_MEANINGS;
	view->sees_all = purpose->is_maintenance || purpose->is_replication;
	if (view->grant.kind == CR_READER_CUSTOMER ||
	    purpose->is_subject_access)
		view->subject = op->o_ndn;
	view->lifts = purpose->is_subject_access ||
	    view->grant.kind == CR_READER_ROOT ||
	    (view->grant.roles & CR_ROLE_REGISTRAR) != 0;
	return rc;
}

/*
 * c_ndn is who authenticated; o_ndn for whom (SASL authzid, RFC 4370).
 * A bind abandons the operations that run, but does not wait for them: it
 * changes c_ndn under c_mutex, and the copy is what this one keeps.
 */
struct cr_op *
cr_op_begin(Operation *op, const char *type)
{
	struct cr_op *cop = op->o_tmpcalloc(1, sizeof(*cop), op->o_tmpmemctx);
	struct cr_view *view = &cop->first;
	struct cr_view **tail = &cop->views;
	bool is_read = op->o_tag == LDAP_REQ_SEARCH ||
	    op->o_tag == LDAP_REQ_COMPARE;

	cop->self = op;
	cop->type = type;
	cop->control_error = CR_OK;
	cop->extra.oe_key = (void *)&cr_op_key;
	cop->began_as = op->o_tag;
	cop->matches_extensibly = op->o_tag != LDAP_REQ_SEARCH ||
	    get_assert(op) != 0 || cr_filter_is_extensible(op->ors_filter);
	if (op->o_tag != LDAP_REQ_BIND && cr_conn_is_client(op)) {
		ldap_pvt_thread_mutex_lock(&op->o_conn->c_mutex);
		ber_dupbv_x(&cop->authc, &op->o_conn->c_ndn,
			op->o_tmpmemctx);
		ldap_pvt_thread_mutex_unlock(&op->o_conn->c_mutex);
		for (struct cr_db *db = cr_dbs; db != NULL; db = db->next) {
			int rc;

			if (!db->open)
				continue;
			if (cop->views != NULL)
				view = op->o_tmpcalloc(1, sizeof(*view),
					op->o_tmpmemctx);
			rc = view_init(view, db, op, &cop->authc);
			if (rc != CR_OK && view->touches)
				cop->control_error = rc;
			*tail = view;
			tail = &view->next;
		}
	} else {
		cop->exempt = true;
	}
	cop->acls_read = is_read && cr_acls_read_entries();
	LDAP_SLIST_INSERT_HEAD(&op->o_extra, &cop->extra, oe_next);
	return cop;
}

/*
 * An operation that another thread goes on with (back-asyncmeta) keeps its
 * mark; it lies in the operation's own memory.  Only the reference to the
 * policy is not given back then.
 */
void
cr_op_end(struct cr_op *cop, Operation *op, int rc)
{
	struct cr_view *next;

	if (rc == SLAPD_ASYNCOP)
		return;
	cr_gate_leave(cop);
	LDAP_SLIST_REMOVE(&op->o_extra, &cop->extra, OpExtra, oe_next);
	for (struct cr_view *view = cop->views; view != NULL; view = next) {
		next = view->next;
		cr_record_end(view);
		cr_snapshot_release(&view->snapshot);
		ch_free(view->parent.bv_val);
		if (view != &cop->first)
			op->o_tmpfree(view, op->o_tmpmemctx);
	}
	op->o_tmpfree(cop->authc.bv_val, op->o_tmpmemctx);
	op->o_tmpfree(cop, op->o_tmpmemctx);
}

struct cr_view *
cr_op_view(struct cr_op *cop, const struct cr_db *db)
{
	for (struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		if (view->db == db)
			return view;
	}
	return NULL;
}

/*
 * A copy of the operation carries the mark on (facts 1, OpExtra): what an
 * overlay asks on the client's behalf is judged as the client's.  When the
 * client reads, that holds whatever identity the copy took on (dynlist's
 * dgIdentity); when the client writes, an overlay's questions as rootdn
 * (unique, memberof, refint) are its own housekeeping.  What has a buffer of
 * its own is slapd's copy that makes the entry of a read-entry control, which
 * goes to the client, whoever that is.
 */
struct cr_view *
cr_op_governs(Operation *op, const struct cr_db *db)
{
	struct cr_op *cop = cr_op_find(op);

	if (cop == NULL || cop->exempt || op->o_is_auth_check)
		return NULL;
	if (cop->self != op && cop->self->o_tag != LDAP_REQ_SEARCH &&
	    cop->self->o_tag != LDAP_REQ_COMPARE && op->o_res_ber == NULL &&
	    be_isroot(op))
		return NULL;
	return cr_op_view(cop, db);
}

/*
 * An operation that came to the database under another name (a relay, a
 * rewriting overlay): names of entries would leave rewritten, and the hook
 * could not tell a customer by them.  It is refused.
 */
bool
cr_op_is_disguised(Operation *op, const struct cr_view *view)
{
	const struct cr_op *cop = cr_op_find(op);

	return cop->self == op && !view->touches &&
	    cop->began_as != LDAP_REQ_EXTENDED &&
	    cr_op_reaches(view->db, op);
}
