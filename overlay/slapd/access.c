/*
 * The access hook, the one place every attribute of every entry passes on
 * its way out: search filters, results, compares, read-entry controls, the
 * copies of other overlays and the persist phase of syncprov.
 *
 * It only takes away: it answers "no" or leaves the question to slapd's own
 * ACLs.  The one "yes" is for the carrier: a search filter is wrapped (wrap.c)
 * with a last term (!(entryDN=<a value that is no DN>)), so that slapd asks
 * about each candidate that is about to match, even when the client's filter
 * evaluates no attribute (facts 0.4).  The term is true of every entry; slapd
 * compares entryDN without a walk over the entry's attributes, which an
 * attribute of our own would cost.  The hook knows it by its value and answers
 * itself, so the client's rights do not matter; where it answers "no", the
 * term is undefined and the entry does not match.
 *
 * DN values are taken out of an entry (strip.c) before anyone looks at them:
 * when the filter asks for one, else when the entry has matched (the carrier:
 * before response callbacks of other overlays) or is about to be read.
 */
#include "guard.h"

/* In the persist phase a DN value naming any customer is for replicas. */
static bool
names_customer(const Operation *op, const Entry *e,
	AttributeDescription *desc)
{
	const Attribute *a;

	if (cr_meaning_of(desc) != CR_MEANS_DNS ||
	    (a = attr_find(e->e_attrs, desc)) == NULL)
		return false;
	for (unsigned i = 0; i < a->a_numvals; i++) {
		struct berval dn;
		struct cr_db *db;

		if (cr_dn_value(desc, &a->a_nvals[i], &dn) &&
		    (db = cr_db_of(&dn)) != NULL &&
		    !cr_db_is_replica(db, &op->o_ndn))
			return true;
	}
	return false;
}

/*
 * No client's mark: slapd's own work, or the persist phase of a replica
 * (syncprov sends from a copy of the operation whose o_extra it cleared).
 */
static int
unmarked(Operation *op, Entry *e, AttributeDescription *desc,
	slap_access_t level)
{
	struct cr_db *db;

	if (op->o_is_auth_check || !cr_conn_is_client(op) ||
	    (op->o_tag != LDAP_REQ_SEARCH && op->o_tag != LDAP_REQ_COMPARE))
		return SLAP_CB_CONTINUE;
	if ((db = cr_db_of(&e->e_nname)) == NULL)
		return names_customer(op, e, desc) ? 0 : SLAP_CB_CONTINUE;
	if (!cr_db_is_replica(db, &op->o_ndn))
		return 0;
	if (desc == slap_schema.si_ad_entry && level == ACL_READ &&
	    cr_record_replica(db, op, e) != CR_OK)
		return 0;
	return SLAP_CB_CONTINUE;
}

static struct cr_view *
view_of(struct cr_op *cop, const Entry *e)
{
	for (struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		if (cr_db_contains(view->db, &e->e_nname))
			return view;
	}
	return NULL;
}

/* The module's own entries: for those who run and oversee the register. */
static bool
own_denied(const struct cr_op *cop, const Entry *e)
{
	for (const struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		if (cr_db_is_own(view->db, &e->e_nname) &&
		    view->grant.kind != CR_READER_ROOT &&
		    view->grant.kind != CR_READER_REPLICA &&
		    (view->grant.roles &
		    (CR_ROLE_REGISTRAR | CR_ROLE_DPO)) == 0)
			return true;
	}
	return false;
}

/* replicas, registrar and rootdn only */
static bool
accesslog_denied(struct cr_op *cop, const Entry *e)
{
	for (struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		BerVarray b = cr_db_parts(view->db)->accesslogs;

		if (b == NULL || view->grant.kind == CR_READER_ROOT ||
		    view->grant.kind == CR_READER_REPLICA ||
		    (view->grant.roles & CR_ROLE_REGISTRAR) != 0)
			continue;
		for (; !BER_BVISNULL(b); b++) {
			if (dnIsSuffix(&e->e_nname, b))
				return true;
		}
	}
	return false;
}

/*
 * cn=monitor's counters of a database move with customers nobody may see:
 * olmMDBEntries and the page counts are for those nobody is hidden from.
 */
static bool
counter_denied(struct cr_op *cop, const AttributeDescription *desc)
{
	if (desc->ad_cname.bv_len < 6 ||
	    strncasecmp(desc->ad_cname.bv_val, "olmMDB", 6) != 0)
		return false;
	for (struct cr_view *view = cop->views; view != NULL;
	    view = view->next) {
		if (!view->sees_all)
			return true;
	}
	return false;
}

/*
 * Value by value, where the entry could not be stripped.  slapd keeps the
 * answer for one value and gives it to all others of the attribute unless an
 * ACL depended on the value (acl.c, access_allowed_mask): so the ACLs are
 * asked here and the state is marked as if one had.
 */
static int
by_value(struct cr_op *cop, Operation *op, Entry *e,
	AttributeDescription *desc, struct berval *val, slap_access_t access,
	AccessControlState *state, slap_mask_t *maskp)
{
	int ret = 0;

	if (!cr_value_hidden(cop, op, desc, val))
		ret = slap_access_allowed(op, e, desc, val, access, NULL,
			maskp);
	if (state != NULL) {
		memset(state, 0, sizeof(*state));
		state->as_vd_acl_present = 1;
	}
	return ret;
}

/* Its DN values are settled by stripping, not value by value. */
static bool
is_strippable(const struct cr_op *cop, const Entry *e)
{
	return e->e_private == e && (cop->self->o_tag == LDAP_REQ_SEARCH ||
		cop->self->o_tag == LDAP_REQ_COMPARE);
}

/* On record before the entry leaves, or its existence shows. */
static int
record(struct cr_view *view, Operation *op)
{
	struct cr_judged *judged = &view->last;

	if (judged->recorded || judged->kind == CR_ENTRY_STRUCTURE)
		return CR_OK;
	view->failed = cr_record_read(view, op, judged);
	judged->recorded = view->failed == CR_OK;
	return view->failed;
}

/*
 * Nothing will be sent, but the answer tells whether something matched.  Of
 * the client's own operation: a copy's control state need not be valid (acl.c,
 * sets).
 */
static bool
only_counts(const struct cr_op *cop, const Operation *op)
{
	return op == cop->self &&
	    get_pagedresults(op) > SLAP_CONTROL_IGNORED &&
	    ((PagedResultsState *)op->o_pagedresults_state)->ps_size == 0;
}

/*
 * The carrier's answer.  Not every entry it is asked about matches: one whose
 * filter came out undefined is not a read.
 */
static int
carry(struct cr_op *cop, struct cr_view *view, Operation *op, const Entry *e)
{
	if (!view->last.inside)
		return !accesslog_denied(cop, e) && !own_denied(cop, e);
	if (view->failed != CR_OK)
		return 0;
	return !only_counts(cop, op) || record(view, op) == CR_OK;
}

/*
 * A filter or a compare on a supertype: only when the entry can be narrowed to
 * what is released of it (strip.c), and no access rule would look at what is
 * then missing.
 */
static bool
narrow(const struct cr_op *cop, struct cr_view *view, Entry *e,
	const AttributeDescription *desc)
{
	if (desc->ad_type->sat_subtypes == NULL ||
	    view->last.kind != CR_ENTRY_CUSTOMER ||
	    view->grant.purpose->release != CR_RELEASE_LISTED)
		return true;
	if (!is_strippable(cop, e) || cop->acls_read)
		return false;
	cr_entry_narrow(view, e, desc);
	return true;
}

static int
inside(const struct cr_op *cop, struct cr_view *view, Operation *op, Entry *e,
	AttributeDescription *desc, slap_access_t level)
{
	struct cr_judged *judged = &view->last;

	if (view->failed != CR_OK)
		return 0;
	if (!cr_view_releases(view, judged, desc, level))
		return 0;
	/*
	 * slapd asks about the attribute an extensible match names, not about
	 * the subtypes it then looks at: only what is released itself.
	 */
	if (level == ACL_SEARCH && (cop->matches_extensibly ||
	    cop->self != op) &&
	    !cr_view_releases(view, judged, desc, ACL_READ))
		return 0;
	if (level != ACL_READ && !narrow(cop, view, e, desc))
		return 0;
	/* an assertion tells as a compare does */
	if ((level != ACL_SEARCH || get_assert(op) != 0) &&
	    record(view, op) != CR_OK)
		return 0;
	/* hasSubordinates is in no memo, so it does not pass this way */
	judged->plain = judged->recorded && judged->stripped &&
	    judged->kind == CR_ENTRY_CUSTOMER;
	if (level == ACL_READ && desc == slap_schema.si_ad_entry)
		judged->leaving = true;
	return SLAP_CB_CONTINUE;
}

/* The target of the operation, or the ancestor that would be matchedDN. */
static void
note_miss(struct cr_view *view, const Operation *op, const Entry *e)
{
	if (view->aiming != op || !dnIsSuffix(&op->o_req_ndn, &e->e_nname))
		return;
	view->missed = true;
	view->missed_len = e->e_nname.bv_len;
}

/*
 * Still true of the attribute that is asked for: slapd asks for the entry
 * first, and who is hidden after that leaves whole, for half of them would be
 * neither what was nor what is.
 */
static inline bool
holds_still(const struct cr_view *view, const AttributeDescription *desc,
	slap_access_t level)
{
	return view->last.seq == cr_recent_now(view->db) ||
	    (view->last.leaving && level == ACL_READ &&
		desc != slap_schema.si_ad_entry);
}

/* The entry at hand was judged already, for this operation, and still is. */
static inline bool
is_seen(const struct cr_op *cop, const Operation *op, const Entry *e,
	const AttributeDescription *desc, slap_access_t level)
{
	const struct cr_view *view = cop->seen_view;

	return view != NULL && cop->seen_op == op && view->last.entry == e &&
	    view->last.attrs == e->e_attrs && view->last.id == e->e_id &&
	    holds_still(view, desc, level);
}

/* False: the operation is slapd's own on the client's behalf, exempt. */
static bool
see(struct cr_op *cop, Operation *op, Entry *e)
{
	struct cr_view *view = view_of(cop, e);

	if (view == NULL)
		view = cop->views;
	cop->seen_view = NULL;
	if (cr_op_governs(op, view->db) == NULL)
		return false;
	(void)cr_view_judge(view, op, e);
	cop->seen_view = view;
	cop->seen_op = op;
	return true;
}

static inline bool
is_carrier(const AttributeDescription *desc, const struct berval *val,
	slap_access_t level)
{
	return desc == slap_schema.si_ad_entryDN && level == ACL_SEARCH &&
	    val != NULL && bvmatch(val, &cr_carrier_value);
}

/* Some value of the attribute names someone hidden. */
static bool
names_hidden(struct cr_op *cop, Operation *op, const Entry *e,
	AttributeDescription *desc)
{
	const Attribute *a;

	if (cr_meaning_of(desc) != CR_MEANS_DNS ||
	    (a = attr_find(e->e_attrs, desc)) == NULL)
		return false;
	for (unsigned i = 0; i < a->a_numvals; i++) {
		if (cr_value_hidden(cop, op, desc, &a->a_nvals[i]))
			return true;
	}
	return false;
}

/*
 * Is this the moment to take the DN values out?  See above.  Not yet when one
 * value is asserted that the reader may know: no other value can match it,
 * unless by an extensible match (subtree and the like).
 */
static void
strip_in_time(struct cr_op *cop, struct cr_view *view, Operation *op,
	Entry *e, const AttributeDescription *desc, const struct berval *val,
	slap_access_t level)
{
	struct cr_judged *judged = &view->last;
	bool carrier = is_carrier(desc, val, level);

	if (level != ACL_READ && !carrier && !cop->acls_read &&
	    cr_meaning_of(desc) != CR_MEANS_DNS)
		return;
	if (!is_strippable(cop, e))
		return;
	/* matches_extensibly is about the client's filter, not an overlay's */
	if (level == ACL_SEARCH && !carrier && val != NULL &&
	    op == cop->self && !cop->acls_read && !cop->matches_extensibly &&
	    !cr_value_hidden(cop, op, desc, val))
		return;
	cr_entry_strip(cop, op, e);
	judged->attrs = e->e_attrs;
	judged->stripped = true;
}

/*
 * A term of a wrapped filter on an attribute the purpose may search in any
 * entry: it need not be known yet whose entry this is.  The carrier decides,
 * and most candidates never get that far.
 */
static bool
is_open_to_all(const struct cr_op *cop, const AttributeDescription *desc)
{
	const struct cr_view *view = cop->views;

	if (cop->acls_read)
		return false;
	if (desc == slap_schema.si_ad_objectClass)
		return true;
	/* the right on the entry itself is how slapd asks about a base */
	if (desc == slap_schema.si_ad_entry ||
	    desc == slap_schema.si_ad_children)
		return false;
	if (view->next != NULL || !view->touches || view->memo == NULL ||
	    cop->matches_extensibly || desc->ad_index == 0 ||
	    desc->ad_index >= CR_MEANINGS ||
	    desc->ad_type->sat_subtypes != NULL ||
	    cr_meaning_of(desc) != CR_MEANS_NOTHING)
		return false;
	return (atomic_load_explicit(view->memo + desc->ad_index,
		memory_order_relaxed) & CR_MEMO_SEARCH) != 0;
}

/* back-mdb has chosen its way (order.c). */
static void
first_candidate(struct cr_op *cop, Operation *op)
{
	if (cop->order->way == CR_WAY_BY_ID)
		cr_order_settle(cop->order, op);
	cop->order = NULL;
}

/*
 * Whether an entry that was written is still what a replica has asked for:
 * syncprov tries the replica's filter with the mark of the writer, who may have
 * hidden the entry from themself.  The replica would be told to delete it.
 */
static bool
is_of_another(const struct cr_op *cop, Operation *op)
{
	return cop->self != op && cop->self->o_tag != LDAP_REQ_SEARCH &&
	    op->o_tag == LDAP_REQ_SEARCH &&
	    op->o_conn != cop->self->o_conn && cr_conn_is_client(op);
}

int
cr_access_allowed(Operation *op, Entry *e, AttributeDescription *desc,
	struct berval *val, slap_access_t access, AccessControlState *state,
	slap_mask_t *maskp)
{
	slap_access_t level = ACL_LEVEL(access);
	struct cr_op *cop;
	struct cr_view *view;

	if (cr_dbs == NULL)
		return SLAP_CB_CONTINUE;
	if ((cop = cr_op_find(op)) == NULL || is_of_another(cop, op))
		return unmarked(op, e, desc, level);
	if (cop->views == NULL || level == ACL_AUTH)
		return SLAP_CB_CONTINUE;
	if (cop->wrapped && level == ACL_SEARCH && op == cop->self) {
		if (cop->order != NULL && desc != slap_schema.si_ad_entry)
			first_candidate(cop, op);
		if (is_open_to_all(cop, desc))
			return SLAP_CB_CONTINUE;
	}
	if (!is_seen(cop, op, e, desc, level) && !see(cop, op, e))
		return SLAP_CB_CONTINUE;
	view = cop->seen_view;
	if (view->last.inside && !view->last.visible) {
		note_miss(view, op, e);
		return 0;
	}
	if (!view->last.stripped)
		strip_in_time(cop, view, op, e, desc, val, level);
	if (level < ACL_COMPARE || level > ACL_READ)
		return view->failed == CR_OK || !view->last.inside ?
		    SLAP_CB_CONTINUE : 0;
	if (is_carrier(desc, val, level))
		return carry(cop, view, op, e);
	if (view->last.inside) {
		int rc = inside(cop, view, op, e, desc, level);

		if (rc != SLAP_CB_CONTINUE)
			return rc;
	} else if (accesslog_denied(cop, e) || own_denied(cop, e) ||
	    counter_denied(cop, desc)) {
		return 0;
	}
	if (level == ACL_SEARCH && !view->last.stripped &&
	    !is_strippable(cop, e) && (val == NULL ||
	    cop->matches_extensibly) && names_hidden(cop, op, e, desc))
		return 0;
	if (val != NULL && !view->last.stripped &&
	    cr_meaning_of(desc) == CR_MEANS_DNS)
		return by_value(cop, op, e, desc, val, access, state, maskp);
	return SLAP_CB_CONTINUE;
}

/*
 * slapd's own dispatcher (over_access_allowed) copies a whole BackendDB at
 * each call, once per attribute value of every entry.  The frontend's
 * BackendInfo is a struct of its own once an overlay stands on it, so its
 * slot can hold this function; other overlays' hooks are still asked, through
 * the dispatcher.
 */
static BI_access_allowed *dispatcher;
static slap_overinst *frontend_half;

static bool
alone(void)
{
	const slap_overinst *on = frontend_half->on_info->oi_list;

	if (on == frontend_half && on->on_next == NULL)
		return true;
	for (; on != NULL; on = on->on_next) {
		if (on != frontend_half &&
		    on->on_bi.bi_access_allowed != NULL &&
		    (on->on_bi.bi_flags & SLAPO_BFLAG_DISABLED) == 0)
			return false;
	}
	return true;
}

/*
 * Most calls: one more attribute of a customer who is judged visible, on
 * record and stripped.  Then what is left is the purpose's memo.
 */
static inline unsigned
memo_of(const Operation *op, const Entry *e, const AttributeDescription *desc,
	slap_access_t access)
{
	const struct cr_op *cop;
	const struct cr_view *view;

	if (ACL_LEVEL(access) != ACL_READ || desc->ad_index == 0 ||
	    desc->ad_index >= CR_MEANINGS || (cop = cr_op_find(op)) == NULL ||
	    cop->seen_op != op || (view = cop->seen_view) == NULL ||
	    !view->last.plain || view->last.entry != e ||
	    view->last.id != e->e_id ||
	    !holds_still(view, desc, ACL_READ))
		return 0;
	return atomic_load_explicit(view->memo + desc->ad_index,
		memory_order_relaxed);
}

/* Kept out of access_direct(), which then needs no frame of its own. */
static __attribute__((noinline)) int
access_slow(Operation *op, Entry *e, AttributeDescription *desc,
	struct berval *val, slap_access_t access, AccessControlState *state,
	slap_mask_t *maskp)
{
	int rc = cr_access_allowed(op, e, desc, val, access, state, maskp);

	if (rc != SLAP_CB_CONTINUE)
		return rc;
	if (!alone())
		return dispatcher(op, e, desc, val, access, state, maskp);
	/* what the frontend's own hook comes to when o_bd is set, and it is */
	return slap_access_allowed(op, e, desc, val, access, state, maskp);
}

static int
access_direct(Operation *op, Entry *e, AttributeDescription *desc,
	struct berval *val, slap_access_t access, AccessControlState *state,
	slap_mask_t *maskp)
{
	unsigned known = memo_of(op, e, desc, access);

	if ((known & CR_MEMO_READ) != 0 && alone())
		return slap_access_allowed(op, e, desc, val, access, state,
			maskp);
	if (known == CR_MEMO_KNOWN || known == (CR_MEMO_KNOWN | CR_MEMO_SEARCH))
		return 0;
	return access_slow(op, e, desc, val, access, state, maskp);
}

/*
 * In the persist phase, and when a sorted list is sent again, slapd asks only
 * the overlays of the entry's own database (facts 0.1).  One that has none of
 * ours, but sends DN values, gets this in its slot.
 */
static int
access_elsewhere(Operation *op, Entry *e, AttributeDescription *desc,
	struct berval *val, slap_access_t access, AccessControlState *state,
	slap_mask_t *maskp)
{
	int rc = cr_access_allowed(op, e, desc, val, access, state, maskp);

	if (rc != SLAP_CB_CONTINUE)
		return rc;
	return dispatcher(op, e, desc, val, access, state, maskp);
}

void
cr_access_watch(BackendDB *be)
{
	BackendInfo *bi = be->bd_info;

	if (dispatcher != NULL && overlay_is_over(be) && be != frontendDB &&
	    bi->bi_access_allowed == dispatcher &&
	    !overlay_is_inst(be, cr_database_half.on_bi.bi_type))
		bi->bi_access_allowed = access_elsewhere;
}

void
cr_access_install(slap_overinst *on)
{
	BackendInfo *bi = frontendDB->bd_info;

	if (bi->bi_access_allowed == access_direct ||
	    on->on_info->oi_orig->bi_access_allowed == NULL)
		return;
	frontend_half = on;
	dispatcher = bi->bi_access_allowed;
	on->on_bi.bi_access_allowed = NULL;
	bi->bi_access_allowed = access_direct;
}
