/*
 * The policy in memory: read from the database by internal searches below
 * all overlays, compiled by the core, and read again after any write to a
 * policy entry.
 */
#include "inner.h"

struct cr_snapshot_load {
	struct cr_policy_builder *builder;
	enum cr_policy_part part;	/* REGISTER: by object class */
	int error;
};

static enum cr_policy_part
part_of(const Entry *e, enum cr_policy_part asked)
{
	if (asked != CR_PART_HANDLER)
		return asked;
	return is_entry_objectclass((Entry *)e, cr_schema.service, 0) ?
	    CR_PART_SERVICE : CR_PART_HANDLER;
}

static int
load_entry(Operation *op, SlapReply *rs)
{
	struct cr_snapshot_load *load = op->o_callback->sc_private;
	struct cr_entry_view view;
	struct cr_entry_copy copy;

	if (rs->sr_type != REP_SEARCH || load->error != CR_OK)
		return 0;
	/* policy is said without options */
	cr_entry_view_of(rs->sr_entry, &view, &copy);
	load->error = cr_policy_builder_add(load->builder,
		part_of(rs->sr_entry, load->part), &view);
	cr_entry_view_free(&copy);
	return 0;
}

static int
load_subtree(struct cr_db *db, Operation *client, struct cr_policy_builder *b,
	enum cr_policy_part part, const struct berval *base,
	const char *filter)
{
	struct cr_inner *inner = ch_malloc(sizeof(*inner));
	struct cr_snapshot_load load = { b, part, CR_OK };
	int code;

	if (!BER_BVISNULL(base)) {
		cr_inner_begin(inner, db, client->o_threadctx, CR_INNER_RAW);
		code = cr_inner_search(inner, &(struct cr_inner_search){
			.base = *base, .nbase = *base,
			.scope = part == CR_PART_REGISTER ? LDAP_SCOPE_BASE :
			    LDAP_SCOPE_SUBTREE,
			.filter = filter, .with_attributes = true,
			.found = load_entry, .arg = &load });
	} else {
		code = LDAP_NO_SUCH_OBJECT;
	}
	ch_free(inner);
	if (load.error != CR_OK)
		return load.error;
	/* A part that is not there is an empty part. */
	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT &&
	    code != LDAP_REFERRAL)
		return CR_EINTERNAL;
	return CR_OK;
}

static void
report_problem(void *arg, struct cr_slice ndn, const char *what)
{
	(void)arg;
	Debug(LDAP_DEBUG_ANY, "custreg: policy entry \"%.*s\" ignored in part "
		"or whole: %s\n", (int)ndn.len, ndn.ptr, what);
}

static unsigned
slot_hash(const AttributeType *type)
{
	uintptr_t p = (uintptr_t)type;

	return (unsigned)((p >> 4) ^ (p >> 12));
}

static struct cr_attr_slot *
slot_place(struct cr_snapshot *snapshot, AttributeType *type)
{
	unsigned i = slot_hash(type) & snapshot->slot_mask;

	while (snapshot->slots[i].type != NULL &&
	    snapshot->slots[i].type != type)
		i = (i + 1) & snapshot->slot_mask;
	snapshot->slots[i].type = type;
	return &snapshot->slots[i];
}

const struct cr_attr_slot *
cr_snapshot_slot(const struct cr_snapshot *snapshot, const AttributeType *type)
{
	unsigned i = slot_hash(type) & snapshot->slot_mask;

	while (snapshot->slots[i].type != NULL) {
		if (snapshot->slots[i].type == type)
			return &snapshot->slots[i];
		i = (i + 1) & snapshot->slot_mask;
	}
	return NULL;
}

const struct cr_class_slot *
cr_snapshot_class(const struct cr_snapshot *snapshot,
	const struct berval *name)
{
	for (unsigned i = 0; i < snapshot->class_count; i++) {
		const struct berval *c = &snapshot->classes[i].name;

		if (c->bv_len == name->bv_len &&
		    strncasecmp(c->bv_val, name->bv_val, c->bv_len) == 0)
			return &snapshot->classes[i];
	}
	return NULL;
}

/* A rule on a type lets its supertypes carry a search to it. */
static void
key_attribute(struct cr_snapshot *snapshot, const struct cr_rule *rule)
{
	struct berval name = { rule->name.len, (char *)rule->name.ptr };
	AttributeType *type = at_bvfind(&name);
	struct cr_attr_slot *slot;

	if (type == NULL) {
		if (!cr_slice_equal(rule->name, CR_SLICE_LITERAL("*")))
			report_problem(NULL, rule->name,
				"no such attribute type");
		return;
	}
	slot = slot_place(snapshot, type);
	slot->released_by |= rule->released_by;
	slot->written_by |= rule->written_by;
	for (AttributeType *t = type; t != NULL; t = t->sat_sup)
		slot_place(snapshot, t)->searched_by |= rule->released_by;
}

static void
key_rules(struct cr_snapshot *snapshot)
{
	size_t count = 0;
	const struct cr_rule *rules =
	    cr_policy_attribute_rules(snapshot->policy, &count);
	unsigned size = 64, purposes = 0;

	/* room for three supertypes each, half empty */
	while (size < count * 8)
		size *= 2;
	snapshot->slots = ch_calloc(size, sizeof(*snapshot->slots));
	snapshot->slot_mask = size - 1;
	for (size_t i = 0; i < count; i++)
		key_attribute(snapshot, &rules[i]);
	rules = cr_policy_class_rules(snapshot->policy, &count);
	snapshot->classes = ch_calloc(count + 1, sizeof(*snapshot->classes));
	for (size_t i = 0; i < count; i++) {
		struct cr_class_slot *c = &snapshot->classes[i];

		c->name.bv_val = (char *)rules[i].name.ptr;
		c->name.bv_len = rules[i].name.len;
		c->released_by = rules[i].released_by;
		c->written_by = rules[i].written_by;
	}
	snapshot->class_count = (unsigned)count;
	while (cr_policy_purpose_at(snapshot->policy, purposes) != NULL)
		purposes++;
	snapshot->purpose_count = purposes;
	snapshot->memo = ch_calloc(purposes + 1, 2 * CR_MEANINGS);
	snapshot->shapes = snapshot->memo + (purposes + 1) * CR_MEANINGS;
	snapshot->all_types = ch_calloc(purposes + 1,
		sizeof(*snapshot->all_types));
	snapshot->size = cr_policy_size(snapshot->policy) +
	    (purposes + 1) * (2 * CR_MEANINGS +
	    sizeof(*snapshot->all_types)) +
	    size * sizeof(*snapshot->slots) +
	    (count + 1) * sizeof(*snapshot->classes);
}

/* Not refused when set: the purpose may be loaded later. */
static void
check_anonymous(const struct cr_db *db, const struct cr_policy *policy)
{
	const struct berval *name = &cr_db_parts(db)->anonymous_purpose;
	const struct cr_purpose *purpose;

	if (BER_BVISEMPTY(name))
		return;
	purpose = cr_policy_purpose(policy, cr_slice_bv(name));
	if (purpose == NULL || (purpose->kinds & CR_KIND_PUBLICATION) == 0)
		Debug(LDAP_DEBUG_ANY, "custreg: warning: "
			"custreg-anonymouspurpose \"%s\" is no purpose of kind "
			"publication: anonymous readers see no customers\n",
			name->bv_val);
}

static int
load(struct cr_db *db, Operation *client, struct cr_snapshot **ret_snapshot)
{
	const struct cr_parts *parts = cr_db_parts(db);
	struct cr_policy_builder *b = NULL;
	struct cr_snapshot *snapshot;
	struct cr_policy *policy = NULL;
	int rc = cr_policy_builder_new(&b);

	if (rc != CR_OK)
		return rc;
	rc = load_subtree(db, client, b, CR_PART_PURPOSE, &parts->purposes,
		"(objectClass=crPurpose)");
	if (rc == CR_OK)
		rc = load_subtree(db, client, b, CR_PART_RECIPIENT,
			&parts->recipients, "(objectClass=crRecipient)");
	if (rc == CR_OK)
		rc = load_subtree(db, client, b, CR_PART_REGISTER,
			&parts->register_entry, "(objectClass=crRegister)");
	for (BerVarray h = parts->handlers;
	    rc == CR_OK && h != NULL && !BER_BVISNULL(h); h++)
		rc = load_subtree(db, client, b, CR_PART_HANDLER, h,
			"(|(objectClass=crHandler)(objectClass=crService))");
	if (rc == CR_OK)
		rc = cr_policy_builder_add_built_in(b);
	if (rc == CR_OK)
		rc = cr_policy_compile(b, report_problem, db, &policy);
	cr_policy_builder_free(&b);
	if (rc != CR_OK)
		return rc;
	check_anonymous(db, policy);
	snapshot = ch_calloc(1, sizeof(*snapshot));
	atomic_init(&snapshot->refs, 1);
	snapshot->policy = policy;
	key_rules(snapshot);
	*ret_snapshot = snapshot;
	return CR_OK;
}

/*
 * NULL when the policy cannot be read: then nobody sees anything.  The epoch
 * is read before the entries, so a write that comes while they are read makes
 * the result stale at once.
 */
struct cr_snapshot *
cr_snapshot_get(struct cr_db *db, Operation *op)
{
	struct cr_snapshot *snapshot;
	unsigned epoch;

	ldap_pvt_thread_mutex_lock(&db->policy_mutex);
	epoch = atomic_load(&db->policy_epoch);
	if (db->snapshot == NULL || db->snapshot_epoch != epoch) {
		struct cr_snapshot *fresh = NULL;
		int rc = load(db, op, &fresh);

		cr_snapshot_release(&db->snapshot);
		if (rc == CR_OK) {
			db->snapshot = fresh;
			db->snapshot_epoch = epoch;
			fresh->epoch = epoch;
			Debug(LDAP_DEBUG_CONFIG, "custreg: policy read, "
				"%zu bytes\n", fresh->size);
		} else {
			Debug(LDAP_DEBUG_ANY, "custreg: the policy cannot be "
				"read, nobody sees customers: %s\n",
				cr_error_text(rc));
		}
	}
	snapshot = db->snapshot;
	if (snapshot != NULL)
		atomic_fetch_add(&snapshot->refs, 1);
	ldap_pvt_thread_mutex_unlock(&db->policy_mutex);
	return snapshot;
}

void
cr_snapshot_release(struct cr_snapshot **snapshot)
{
	struct cr_snapshot *s = *snapshot;

	*snapshot = NULL;
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	cr_policy_free(&s->policy);
	ch_free(s->slots);
	ch_free(s->classes);
	cr_shape_forget(s);
	ch_free((void *)s->memo);
	ch_free(s);
}

void
cr_snapshot_drop(struct cr_db *db)
{
	ldap_pvt_thread_mutex_lock(&db->policy_mutex);
	cr_snapshot_release(&db->snapshot);
	ldap_pvt_thread_mutex_unlock(&db->policy_mutex);
}

void
cr_snapshot_spoil(struct cr_db *db)
{
	atomic_fetch_add(&db->policy_epoch, 1);
}
