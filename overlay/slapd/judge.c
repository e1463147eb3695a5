/*
 * From an entry as slapd holds it to the facts the core decides on.
 * Called only with entries as they stand in the database.
 */
#include "guard.h"

enum { BAN_VALUES_MAX = 64 };

int
cr_raw_get(struct cr_db *db, Operation *op, struct berval *ndn,
	Entry **ret_entry)
{
	BackendDB raw = *db->be;
	BackendDB *saved = op->o_bd;
	int rc;

	*ret_entry = NULL;
	raw.bd_info = db->raw_info;
	op->o_bd = &raw;
	rc = raw.bd_info->bi_entry_get_rw(op, ndn, NULL, NULL, 0, ret_entry);
	op->o_bd = saved;
	if (rc != LDAP_SUCCESS)
		*ret_entry = NULL;
	return rc;
}

void
cr_raw_release(struct cr_db *db, Operation *op, Entry *e)
{
	BackendDB raw = *db->be;
	BackendDB *saved = op->o_bd;

	raw.bd_info = db->raw_info;
	op->o_bd = &raw;
	raw.bd_info->bi_entry_release_rw(op, e, 0);
	op->o_bd = saved;
}

Entry *
cr_raw_copy(struct cr_db *db, Operation *op, const struct berval *ndn)
{
	struct berval name = *ndn;
	Entry *e = NULL, *copy = NULL;

	if (cr_raw_get(db, op, &name, &e) == LDAP_SUCCESS && e != NULL) {
		copy = entry_dup(e);
		cr_raw_release(db, op, e);
	}
	return copy;
}

/* More values than fit are bans nobody knows: they hide. */
static size_t
borrow_values(const Attribute *a, BerVarray from,
	struct cr_slice values[BAN_VALUES_MAX])
{
	size_t count = 0;

	for (unsigned i = 0; i < a->a_numvals && count < BAN_VALUES_MAX; i++)
		values[count++] = cr_slice_bv(&from[i]);
	if (a->a_numvals > BAN_VALUES_MAX)
		values[0] = CR_SLICE_LITERAL("");
	return count;
}

static bool
is_true(const Attribute *a)
{
	/* unreadable is as good as set */
	return a->a_numvals != 1 || !bvmatch(&a->a_nvals[0], &slap_false_bv);
}

struct raw_facts {
	const Attribute *classes;
	const Attribute *structural;
	const Attribute *uuid;
	const Attribute *marketing;
	const Attribute *listing;
	const Attribute *until;
	bool odd;			/* a ban with an attribute option */
	struct cr_customer_facts customer;
};

static void
gather(const Entry *e, struct raw_facts *raw)
{
	memset(raw, 0, sizeof(*raw));
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		switch (cr_meaning_of(a->a_desc)) {
		case CR_MEANS_UNKNOWN:
		case CR_MEANS_NOTHING:
		case CR_MEANS_DNS:
			break;
		case CR_MEANS_CLASSES:
			raw->classes = a;
			break;
		case CR_MEANS_STRUCTURAL:
			raw->structural = a;
			break;
		case CR_MEANS_UUID:
			raw->uuid = a;
			break;
		case CR_MEANS_MARKETING:
			raw->marketing = a;
			break;
		case CR_MEANS_LISTING:
			raw->listing = a;
			break;
		case CR_MEANS_UNTIL:
			raw->until = a;
			break;
		case CR_MEANS_DISCLOSURE:
			raw->customer.disclosure_ban = is_true(a);
			break;
		case CR_MEANS_RESTRICTED:
			raw->customer.restricted = is_true(a);
			break;
		case CR_MEANS_ERASING:
			cr_erasure_pending(cr_slice_bv(&a->a_vals[0]),
				&raw->customer);
			break;
		case CR_MEANS_ODD_BAN:
			raw->odd = true;
			break;
		}
	}
}

static void
read_bans(const struct cr_view *view, struct raw_facts *raw)
{
	struct cr_slice marketing[BAN_VALUES_MAX];
	struct cr_slice listing[BAN_VALUES_MAX];
	struct cr_slice until[BAN_VALUES_MAX];
	struct cr_ban_values values = { marketing, 0, listing, 0, until, 0 };

	if (raw->odd) {
		raw->customer.marketing = CR_BAN_UNKNOWN;
		raw->customer.listing = CR_BAN_UNKNOWN;
		raw->customer.disclosure_ban = true;
		raw->customer.restricted = true;
		return;
	}
	if (raw->marketing == NULL && raw->listing == NULL)
		return;
	if (raw->marketing != NULL)
		values.marketing_count =
		    borrow_values(raw->marketing, raw->marketing->a_nvals,
			marketing);
	if (raw->listing != NULL)
		values.listing_count = borrow_values(raw->listing,
			raw->listing->a_nvals, listing);
	if (raw->until != NULL)
		values.until_count = borrow_values(raw->until,
			raw->until->a_vals, until);
	if (view->snapshot != NULL)
		cr_bans_in_force(view->snapshot->policy, &values, view->now,
			&raw->customer);
}

static bool
has_class(const Attribute *classes, const ObjectClass *wanted)
{
	if (classes == NULL)
		return false;
	for (unsigned i = 0; i < classes->a_numvals; i++) {
		const struct berval *v = &classes->a_nvals[i];

		if (v->bv_len == wanted->soc_cname.bv_len &&
		    (v->bv_val[0] | 0x20) ==
			(wanted->soc_cname.bv_val[0] | 0x20) &&
		    strncasecmp(v->bv_val, wanted->soc_cname.bv_val,
			v->bv_len) == 0)
			return true;
	}
	return false;
}

static void
copy_uuid(const struct raw_facts *raw, struct cr_judged *judged)
{
	const struct berval *v;

	if (raw->uuid == NULL || raw->uuid->a_numvals != 1)
		return;
	v = &raw->uuid->a_vals[0];
	if (v->bv_len != CR_UUID_TEXT)
		return;
	memcpy(judged->uuid, v->bv_val, CR_UUID_TEXT);
	judged->uuid[CR_UUID_TEXT] = '\0';
}

static void
judge_customer(struct cr_view *view, const Entry *e, struct raw_facts *raw,
	struct cr_judged *judged)
{
	judged->kind = CR_ENTRY_CUSTOMER;
	judged->class_name = "crCustomer";
	copy_uuid(raw, judged);
	judged->own = !BER_BVISEMPTY(&view->subject) &&
	    dn_match(&view->subject, &e->e_nname);
	read_bans(view, raw);
	switch (cr_recent_look(view, judged->uuid, &raw->customer)) {
	case CR_RECENT_NONE:
	case CR_RECENT_FACTS:
		break;
	case CR_RECENT_GONE:
		judged->visible = false;
		return;
	case CR_RECENT_LOST:
		view->failed = CR_ECHANGED;
		judged->visible = false;
		return;
	}
	raw->customer.own = judged->own;
	judged->visible = cr_decide_customer(view->grant.purpose,
		&raw->customer);
}

static void
judge_child(struct cr_view *view, const struct raw_facts *raw,
	const struct cr_judged *parent, struct cr_judged *judged)
{
	const struct cr_purpose *purpose = view->grant.purpose;
	const struct cr_class_slot *slot = NULL;

	judged->kind = CR_ENTRY_CHILD;
	judged->own = parent->own;
	memcpy(judged->uuid, parent->uuid, sizeof(judged->uuid));
	judged->class_name = "other";
	if (purpose == NULL)
		return;
	if (view->snapshot != NULL && raw->structural != NULL &&
	    raw->structural->a_numvals == 1)
		slot = cr_snapshot_class(view->snapshot,
			&raw->structural->a_nvals[0]);
	if (slot != NULL) {
		judged->class_name = slot->name.bv_val;
		judged->class_released = slot->released_by;
		judged->class_written = slot->written_by;
	}
	judged->visible = parent->visible && (purpose->children_all ||
		view->sees_all || (judged->class_released & view->bit) != 0);
}

static void judge_inside(struct cr_view *view, Operation *op, Entry *e,
	struct cr_judged *judged);

/* The parent's judgement; siblings mostly come together, so one is kept. */
static const struct cr_judged *
judge_parent(struct cr_view *view, Operation *op, const struct berval *pndn)
{
	struct cr_judged judged;
	struct berval ndn = *pndn;
	Entry *e = NULL;

	uint64_t seq = cr_recent_now(view->db);

	if (!BER_BVISNULL(&view->parent) && view->parent_judged.seq == seq &&
	    dn_match(&view->parent, pndn))
		return &view->parent_judged;
	memset(&judged, 0, sizeof(judged));
	judged.inside = true;
	judged.seq = seq;
	if (cr_raw_get(view->db, op, &ndn, &e) == LDAP_SUCCESS && e != NULL) {
		judge_inside(view, op, e, &judged);
		cr_raw_release(view->db, op, e);
	}
	ber_bvreplace(&view->parent, pndn);
	view->parent_judged = judged;
	return &view->parent_judged;
}

static void
judge_inside(struct cr_view *view, Operation *op, Entry *e,
	struct cr_judged *judged)
{
	struct raw_facts raw;
	const struct cr_judged *parent = NULL;
	bool base = cr_db_is_base(view->db, &e->e_nname);
	struct berval pndn;

	gather(e, &raw);
	judged->inside = true;
	if (!base) {
		dnParent(&e->e_nname, &pndn);
		if (!cr_db_is_base(view->db, &pndn))
			parent = judge_parent(view, op, &pndn);
	}
	if (has_class(raw.classes, cr_schema.customer)) {
		judge_customer(view, e, &raw, judged);
		if (parent != NULL && !parent->visible)
			judged->visible = false;
	} else if (parent != NULL && parent->kind != CR_ENTRY_STRUCTURE &&
	    parent->kind != CR_ENTRY_OTHER) {
		judge_child(view, &raw, parent, judged);
	} else if (base ||
	    has_class(raw.classes, cr_schema.organizational_unit)) {
		judged->kind = CR_ENTRY_STRUCTURE;
		judged->visible = parent == NULL || parent->visible;
	} else {
		judged->kind = CR_ENTRY_OTHER;
		judged->class_name = "other";
		judged->visible = view->sees_all;
		copy_uuid(&raw, judged);
	}
	/* what slapd would follow is never structure */
	if (judged->kind == CR_ENTRY_STRUCTURE && !base && !view->sees_all &&
	    (is_entry_alias(e) || is_entry_referral(e)))
		judged->visible = false;
}

struct cr_judged *
cr_view_judge(struct cr_view *view, Operation *op, Entry *e)
{
	struct cr_judged *judged = &view->last;
	uint64_t seq = cr_recent_now(view->db);

	if (judged->entry == e && judged->attrs == e->e_attrs &&
	    judged->id == e->e_id) {
		if (judged->seq == seq)
			return judged;
		judged->visible = false;
		judged->plain = false;
		judged->leaving = false;
	} else {
		memset(judged, 0, sizeof(*judged));
		judged->entry = e;
		judged->attrs = e->e_attrs;
		judged->id = e->e_id;
	}
	judged->seq = seq;
	if (cr_db_contains(view->db, &e->e_nname))
		judge_inside(view, op, e, judged);
	else
		judged->visible = true;
	return judged;
}

/* For which purposes this customer is visible; see seen.c. */
static uint64_t
visible_purposes(const struct cr_view *view, const Entry *e)
{
	struct cr_customer_facts facts;
	const struct cr_purpose *purpose;
	struct raw_facts raw;
	uint64_t purposes = 0;

	gather(e, &raw);
	read_bans(view, &raw);
	facts = raw.customer;
	facts.own = false;
	for (unsigned i = 0; (purpose = cr_policy_purpose_at(
	    view->snapshot->policy, i)) != NULL; i++) {
		if (cr_decide_customer(purpose, &facts))
			purposes |= UINT64_C(1) << i;
	}
	return purposes;
}

/* Only what holds for every reader of a purpose, at any time, is kept. */
static bool
is_keepable(const struct cr_view *view, const struct berval *ndn,
	const Entry *e)
{
	struct berval parent;

	if (view->snapshot == NULL || view->grant.purpose == NULL ||
	    view->grant.purpose->is_subject_access ||
	    cr_seen_epoch(view->db->seen) != view->epoch)
		return false;
	dnParent((struct berval *)ndn, &parent);
	return cr_db_is_base(view->db, &parent) &&
	    (e == NULL || attr_find(e->e_attrs, cr_schema.ban_until) == NULL);
}

static bool
fetch_visible(struct cr_view *view, Operation *op, const struct berval *ndn)
{
	struct cr_judged judged;
	struct berval name = *ndn;
	Entry *e = NULL;
	int rc = cr_raw_get(view->db, op, &name, &e);

	if (rc != LDAP_SUCCESS || e == NULL) {
		if (rc == LDAP_NO_SUCH_OBJECT && is_keepable(view, ndn, NULL))
			cr_seen_store(view, ndn, 0);
		return false;
	}
	memset(&judged, 0, sizeof(judged));
	judge_inside(view, op, e, &judged);
	if (judged.kind == CR_ENTRY_CUSTOMER && is_keepable(view, ndn, e))
		cr_seen_store(view, ndn, visible_purposes(view, e));
	cr_raw_release(view->db, op, e);
	return judged.visible;
}

bool
cr_view_dn_visible(struct cr_view *view, Operation *op,
	const struct berval *ndn)
{
	uint64_t purposes = 0;
	bool visible;
	struct berval copy;

	if (view->sees_all || cr_db_is_base(view->db, ndn))
		return true;
	if (view->grant.purpose == NULL)
		return false;
	if (!view->grant.purpose->is_subject_access &&
	    cr_recent_now(view->db) == view->recent_seq &&
	    cr_seen_find(view, ndn, &purposes))
		return (purposes & view->bit) != 0;
	/* back-mdb wants the DN terminated */
	ber_dupbv_x(&copy, (struct berval *)ndn, op->o_tmpmemctx);
	visible = fetch_visible(view, op, &copy);
	op->o_tmpfree(copy.bv_val, op->o_tmpmemctx);
	return visible;
}

/* Operational attributes that leave with "*". */
static bool
is_common_operational(const AttributeDescription *desc)
{
	return desc == slap_schema.si_ad_entryUUID ||
	    desc == slap_schema.si_ad_entryDN ||
	    desc == slap_schema.si_ad_hasSubordinates ||
	    desc == slap_schema.si_ad_createTimestamp ||
	    desc == slap_schema.si_ad_modifyTimestamp;
}

/*
 * A filter on hasSubordinates is answered by back-mdb alone, which counts
 * everything (facts 2): only a reader nobody is hidden from may ask.
 */
static bool
may_search_children(const struct cr_view *view)
{
	return view->sees_all || (view->grant.purpose != NULL &&
		!view->grant.purpose->is_subject_access &&
		view->grant.purpose->children_all &&
		cr_purpose_hides_nobody(view->grant.purpose));
}

static bool
releases(const struct cr_view *view, const struct cr_judged *judged,
	const AttributeDescription *desc, slap_access_t level)
{
	const struct cr_purpose *purpose = view->grant.purpose;
	const struct cr_attr_slot *slot;

	if (desc == slap_schema.si_ad_objectClass ||
	    desc == slap_schema.si_ad_entry ||
	    desc == slap_schema.si_ad_children)
		return true;
	if (desc == slap_schema.si_ad_hasSubordinates && level == ACL_SEARCH &&
	    !may_search_children(view))
		return false;
	if (judged->kind == CR_ENTRY_STRUCTURE)
		return true;
	if (purpose == NULL)
		return false;
	if (purpose->is_replication)
		return true;
	if (desc->ad_type == cr_schema.user_password->ad_type)
		return false;
	if (purpose->release == CR_RELEASE_OPERATIONAL)
		return true;
	if (is_at_operational(desc->ad_type)) {
		if (is_common_operational(desc))
			return purpose->release == CR_RELEASE_USER;
	} else if (judged->kind == CR_ENTRY_CHILD ||
	    purpose->release == CR_RELEASE_USER) {
		return true;
	}
	slot = cr_snapshot_slot(view->snapshot, desc->ad_type);
	if (slot == NULL)
		return false;
	return ((level == ACL_READ ? slot->released_by : slot->searched_by) &
		view->bit) != 0;
}

bool
cr_view_releases(const struct cr_view *view, const struct cr_judged *judged,
	const AttributeDescription *desc, slap_access_t level)
{
	_Atomic unsigned char *memo;
	unsigned char known;

	if (judged->kind != CR_ENTRY_CUSTOMER || view->grant.purpose == NULL ||
	    desc->ad_index == 0 || desc->ad_index >= CR_MEANINGS ||
	    desc == slap_schema.si_ad_hasSubordinates)
		return releases(view, judged, desc, level);
	memo = view->memo + desc->ad_index;
	known = atomic_load_explicit(memo, memory_order_relaxed);
	if (known == 0) {
		known = CR_MEMO_KNOWN;
		if (releases(view, judged, desc, ACL_READ))
			known |= CR_MEMO_READ;
		if (releases(view, judged, desc, ACL_SEARCH))
			known |= CR_MEMO_SEARCH;
		atomic_store_explicit(memo, known, memory_order_relaxed);
	}
	return (known & (level == ACL_READ ?
		CR_MEMO_READ : CR_MEMO_SEARCH)) != 0;
}
