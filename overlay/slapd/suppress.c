/*
 * Erased stays erased: of who is gone keyed hashes stay below ou=suppressed,
 * and an add or a modification that brings the person back is refused, unless
 * it is a new registration: by the registrar, with a reference.  Whoever said
 * no to marketing before starts with that no.
 *
 * The key stays in force until the database goes, so that readers need no lock;
 * when a setting brings another, the old one is kept beside it, unused.
 */
#include "barrier.h"
#include "erase.h"
#include "suppression.h"

#include "core/keyfile.h"
#include "core/limit.h"

static const struct cr_own suppressed = { .unit = "suppressed",
	.id = "crSuppressionId", .class = "crSuppressed" };

struct cr_suppression {
	struct cr_suppression *older;
	char *path;
	struct cr_suppress_key *key;
	ldap_pvt_thread_mutex_t mutex;
	struct cr_limit *limit;		/* under mutex */
};

/* ---- the key ------------------------------------------------------------- */

static void
free_one(struct cr_suppression *s)
{
	ch_free(s->path);
	cr_suppress_key_free(&s->key);
	cr_limit_free(&s->limit);
	ldap_pvt_thread_mutex_destroy(&s->mutex);
	ch_free(s);
}

static int
say_there_is(Operation *op, SlapReply *rs)
{
	if (rs->sr_type == REP_SEARCH)
		*(bool *)op->o_callback->sc_private = true;
	return 0;
}

/* A new secret would forget all who were erased under the one before. */
static bool
is_fresh(struct cr_db *db)
{
	struct cr_inner *inner = ch_calloc(1, sizeof(*inner));
	struct berval suffix = db->be->be_suffix[0];
	bool there = false;
	int code;

	cr_inner_begin(inner, db, ldap_pvt_thread_pool_context(),
		CR_INNER_RAW);
	code = cr_inner_search(inner, &(struct cr_inner_search){
		.base = suffix, .nbase = db->be->be_nsuffix[0],
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = "(|(objectClass=crErasureOrder)"
		    "(objectClass=crSuppressed))",
		.found = say_there_is, .arg = &there });
	ch_free(inner);
	return !there && (code == LDAP_SUCCESS || code ==
		LDAP_NO_SUCH_OBJECT);
}

int
cr_suppress_activate(struct cr_db *db, char *msg, size_t size)
{
	struct cr_suppression *old = atomic_load(&db->suppression), *s;
	struct cr_keyfile_fault fault = { CR_KEYFILE_UNKNOWN };
	bool made = false;

	if (db->suppression_text == NULL) {
		Debug(LDAP_DEBUG_ANY, "custreg: warning: no "
			"custreg-suppressionkey on \"%s\": who is erased can "
			"be added again\n", db->be->be_suffix[0].bv_val);
		atomic_store(&db->suppressing, false);
		return 0;
	}
	atomic_store(&db->suppressing, true);
	if (old != NULL && strcmp(old->path, db->suppression_text) == 0)
		return 0;
	s = ch_calloc(1, sizeof(*s));
	ldap_pvt_thread_mutex_init(&s->mutex);
	s->path = ch_strdup(db->suppression_text);
	if (cr_keyfile_open(s->path, cr_slice_bv(&db->be->be_nsuffix[0]),
		is_fresh(db), &s->key, &made, &fault) != CR_OK ||
	    cr_limit_new(CR_LIMIT_TRIES, CR_LIMIT_INTERVAL, CR_LIMIT_READERS,
		&s->limit) != CR_OK) {
		snprintf(msg, size, "custreg: the suppression key in "
			"\"%.100s\" cannot be used: %s%s%s", s->path,
			cr_keyfile_fault_text(fault.kind),
			fault.error != 0 ? ": " : "",
			fault.error != 0 ? strerror(fault.error) : "");
		free_one(s);
		atomic_store(&db->suppressing, old != NULL);
		return -1;
	}
	if (made)
		Debug(LDAP_DEBUG_ANY, "custreg: a suppression key was made in "
			"\"%s\": all servers of this register need the same\n",
			s->path);
	s->older = old;
	atomic_store_explicit(&db->suppression, s, memory_order_release);
	return 0;
}

void
cr_suppress_free(struct cr_db *db)
{
	struct cr_suppression *s = atomic_exchange(&db->suppression, NULL);
	struct cr_suppression *older;

	for (; s != NULL; s = older) {
		older = s->older;
		free_one(s);
	}
	ch_free(db->suppression_text);
}

static struct cr_suppression *
in_force(const struct cr_db *db)
{
	return atomic_load(&db->suppressing) ? atomic_load_explicit(
		&db->suppression, memory_order_acquire) : NULL;
}

/* ---- of who goes --------------------------------------------------------- */

int
cr_suppress_note(struct cr_erasing *erasing)
{
	const struct cr_suppression *s = in_force(erasing->db);
	struct berval ndn = erasing->ndn;
	Entry *e = NULL;
	int rc = CR_OK;

	if (s == NULL)
		return CR_OK;
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	if (cr_raw_get(erasing->db, erasing->inner->op, &ndn, &e) !=
	    LDAP_SUCCESS || e == NULL)
		return CR_EHIDDEN;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		enum cr_factor_kind kind = cr_factor_of_attribute(
			cr_slice_bv(&a->a_desc->ad_type->sat_cname));
		struct cr_keyed_hash hash;

		for (unsigned i = 0; kind != CR_FACTOR_NONE &&
		    i < a->a_numvals; i++) {
			if (cr_suppress_hash(s->key, kind,
			    cr_slice_bv(&a->a_vals[i]), &hash) == CR_OK)
				(void)cr_erasure_add_hash(&erasing->order,
					&hash);
		}
	}
	rc = cr_bans_lasting(e, erasing->now, &erasing->order.bans);
	cr_raw_release(erasing->db, erasing->inner->op, e);
	return rc;
}

int
cr_suppress_write(struct cr_erasing *erasing)
{
	char id[CR_UUID_TEXT_SIZE];
	Entry *e;
	int code = LDAP_OTHER;

	cr_uuid_format(erasing->order.subject, id);
	e = cr_own_new(erasing->db, &suppressed, id);
	if (e == NULL)
		return CR_EINTERNAL;
	if (cr_erasure_each_suppressed(&erasing->order, erasing->now,
	    cr_own_set, e) == CR_OK)
		code = cr_own_add(erasing, &suppressed, e);
	if (code == LDAP_ALREADY_EXISTS)
		code = cr_own_replace(erasing, e, NULL);
	entry_free(e);
	return code == LDAP_SUCCESS ? CR_OK : CR_EINTERNAL;
}

/* ---- of who comes -------------------------------------------------------- */

struct coming {
	struct cr_factors factors;
	enum cr_match match;
	Entry *suppression;		/* that matches; a copy */
};

static bool
had(const Entry *old, const Attribute *a, unsigned i)
{
	const Attribute *before = old == NULL ? NULL :
	    attr_find(old->e_attrs, a->a_desc);

	return before != NULL && attr_valfind((Attribute *)(uintptr_t)before,
		SLAP_MR_ATTRIBUTE_VALUE_NORMALIZED_MATCH |
		SLAP_MR_ASSERTED_VALUE_NORMALIZED_MATCH, &a->a_nvals[i],
		NULL, NULL) == LDAP_SUCCESS;
}

/* *ret_brought: the write brings one. */
static int
collect(const struct cr_suppression *s, const Entry *e, const Entry *old,
	struct cr_factors *factors, bool *ret_brought)
{
	int rc = CR_OK;

	*ret_brought = false;
	for (const Attribute *a = e->e_attrs; a && rc == CR_OK;
	    a = a->a_next) {
		enum cr_factor_kind kind = cr_factor_of_attribute(
			cr_slice_bv(&a->a_desc->ad_type->sat_cname));

		for (unsigned i = 0; kind != CR_FACTOR_NONE &&
		    i < a->a_numvals && rc == CR_OK; i++) {
			bool brought = !had(old, a, i);

			rc = cr_factors_add(factors, s->key, kind,
				cr_slice_bv(&a->a_vals[i]), brought);
			*ret_brought = *ret_brought || brought;
		}
	}
	return rc;
}

bool
cr_suppress_factors(const struct cr_db *db, const Entry *e,
	struct cr_factors *ret_factors)
{
	const struct cr_suppression *s = in_force(db);
	bool brought;

	memset(ret_factors, 0, sizeof(*ret_factors));
	/* with more than there is room for, those there is room for */
	if (s != NULL)
		(void)!collect(s, e, NULL, ret_factors, &brought);
	return s != NULL;
}

static const Attribute *
attr_named(const Entry *e, const char *name)
{
	AttributeDescription *desc = NULL;
	const char *text;

	return slap_str2ad(name, &desc, &text) == LDAP_SUCCESS ?
	    attr_find(e->e_attrs, desc) : NULL;
}

static int
look(Operation *op, SlapReply *rs)
{
	struct coming *coming = op->o_callback->sc_private;
	struct cr_keyed_hash hashes[CR_FACTORS_MAX];
	const Attribute *a, *state;
	enum cr_match match;
	size_t count = 0;

	if (rs->sr_type != REP_SEARCH)
		return 0;
	state = attr_named(rs->sr_entry, "crState");
	a = attr_named(rs->sr_entry, "crKeyedHash");
	if (a == NULL || (state != NULL && strcasecmp(state->a_vals[0].bv_val,
	    CR_SUPPRESSED_LIFTED) == 0))
		return 0;
	for (unsigned i = 0; i < a->a_numvals && count < CR_FACTORS_MAX; i++) {
		if (cr_keyed_hash_parse(cr_slice_bv(&a->a_vals[i]),
		    &hashes[count]) == CR_OK)
			count++;
	}
	match = cr_suppress_match(&coming->factors, hashes, count, NULL);
	if (match >= coming->match)
		return 0;
	coming->match = match;
	if (coming->suppression != NULL)
		entry_free(coming->suppression);
	coming->suppression = entry_dup(rs->sr_entry);
	return 0;
}

static char *
filter_of(const struct cr_factors *factors)
{
	const size_t each = CR_KEYED_HASH_SIZE + sizeof("(crKeyedHash=)");
	char *filter = ch_malloc(8 + factors->count * each), *at = filter;

	at += sprintf(at, "(|");
	for (size_t i = 0; i < factors->count; i++) {
		char text[CR_KEYED_HASH_SIZE];

		cr_keyed_hash_format(&factors->items[i].hash, text);
		at += sprintf(at, "(crKeyedHash=%s)", text);
	}
	strcpy(at, ")");
	return filter;
}

static int
search(struct cr_db *db, Operation *op, struct coming *coming)
{
	Entry *unit = cr_own_unit(db, &suppressed);
	struct cr_inner *inner;
	char *filter;
	int code;

	if (unit == NULL)
		return CR_EINTERNAL;
	inner = ch_calloc(1, sizeof(*inner));
	filter = filter_of(&coming->factors);
	cr_inner_begin(inner, db, op->o_threadctx, CR_INNER_RAW);
	code = cr_inner_search(inner, &(struct cr_inner_search){
		.base = unit->e_name, .nbase = unit->e_nname,
		.scope = LDAP_SCOPE_ONELEVEL, .filter = filter,
		.with_attributes = true, .found = look, .arg = coming });
	ch_free(filter);
	ch_free(inner);
	entry_free(unit);
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}

static bool
may_ask(struct cr_suppression *s, const Operation *op, bool draws)
{
	struct cr_hash reader;
	int64_t now = cr_release_now();
	bool open;

	cr_sha256(cr_slice_bv(&op->o_ndn), &reader);
	ldap_pvt_thread_mutex_lock(&s->mutex);
	open = cr_limit_is_open(s->limit, &reader, now);
	if (open && draws)
		cr_limit_draw(s->limit, &reader, now);
	ldap_pvt_thread_mutex_unlock(&s->mutex);
	return open;
}

/* A new registration: by who runs the register, with a reference. */
static bool
registers_anew(const struct cr_view *view, Operation *op)
{
	struct berval reference = cr_control_value(op, cr_cid_reference);

	return !BER_BVISEMPTY(&reference) &&
	    (view->grant.kind == CR_READER_ROOT ||
	    (view->grant.roles & CR_ROLE_REGISTRAR) != 0);
}

static int
refuse_or_record(struct cr_view *view, Operation *op,
	struct cr_suppression *s, struct coming *coming, const char **text)
{
	int rc;

	if (!may_ask(s, op, false)) {
		*text = "custreg: too many tries, wait";
		return CR_EHELD;
	}
	rc = search(view->db, op, coming);
	if (rc != CR_OK || coming->match == CR_MATCH_NONE)
		return rc;
	if (coming->match == CR_MATCH_ONE)
		return cr_record_event(view, op, cr_op_find(op)->type,
			"suppression:one", NULL);
	rc = cr_record_event(view, op, "refused", "suppression:person", NULL);
	(void)may_ask(s, op, true);
	*text = "custreg: this person was erased; a new registration is the "
	    "registrar's, with a reference";
	return rc == CR_OK ? CR_EHELD : rc;
}

/* Who comes back lawfully starts with the bans they left with. */
static void
bring_bans(Entry *e, const Entry *suppression)
{
	AttributeDescription *const descs[] = { cr_schema.marketing_ban,
		cr_schema.listing_ban, cr_schema.disclosure_ban,
		cr_schema.ban_until };

	for (size_t i = 0; i < sizeof(descs) / sizeof(descs[0]); i++) {
		const Attribute *a = attr_find(suppression->e_attrs,
			descs[i]);
		const Attribute *own = attr_find(e->e_attrs, descs[i]);

		/* TRUE takes the place of FALSE */
		if (a != NULL && own != NULL &&
		    is_at_single_value(descs[i]->ad_type)) {
			(void)attr_delete(&e->e_attrs, descs[i]);
			own = NULL;
		}
		for (unsigned n = 0; a != NULL && n < a->a_numvals; n++) {
			if (own == NULL || attr_valfind(
			    (Attribute *)(uintptr_t)own,
			    SLAP_MR_ATTRIBUTE_VALUE_NORMALIZED_MATCH |
			    SLAP_MR_ASSERTED_VALUE_NORMALIZED_MATCH,
			    &a->a_nvals[n], NULL, NULL) != LDAP_SUCCESS)
				attr_merge_normalize_one(e, descs[i],
					&a->a_vals[n], NULL);
		}
	}
}

static int
let_in(struct cr_view *view, Operation *op, struct coming *coming,
	struct cr_welcome *welcome)
{
	int rc = search(view->db, op, coming);

	if (rc != CR_OK || coming->match != CR_MATCH_PERSON)
		return rc;
	if (op->o_tag == LDAP_REQ_ADD)
		bring_bans(op->ora_e, coming->suppression);
	ber_dupbv(&welcome->dn, &coming->suppression->e_name);
	ber_dupbv(&welcome->ndn, &coming->suppression->e_nname);
	return cr_record_event(view, op, cr_op_find(op)->type,
		"suppression:lifted", NULL);
}

/* `e` as it would be, `old` as it is; NULL for an add. */
int
cr_suppress_check(struct cr_view *view, Operation *op, const Entry *e,
	const Entry *old, struct cr_welcome *welcome, const char **text)
{
	struct cr_suppression *s = in_force(view->db);
	struct coming *coming;
	bool brought = false;
	int rc;

	if (s == NULL || !is_entry_objectclass((Entry *)(uintptr_t)e,
	    cr_schema.customer, 0))
		return CR_OK;
	/* who becomes a customer now was none before */
	if (old != NULL && !is_entry_objectclass((Entry *)(uintptr_t)old,
	    cr_schema.customer, 0))
		old = NULL;
	coming = ch_calloc(1, sizeof(*coming));
	coming->match = CR_MATCH_NONE;
	rc = collect(s, e, old, &coming->factors, &brought);
	if (rc == CR_OK && brought)
		rc = registers_anew(view, op) ?
		    let_in(view, op, coming, welcome) :
		    refuse_or_record(view, op, s, coming, text);
	if (coming->suppression != NULL)
		entry_free(coming->suppression);
	ch_free(coming);
	return rc;
}

/* After the write that brought them; frees the name. */
void
cr_suppress_lift(struct cr_db *db, Operation *op, struct cr_welcome *welcome,
	bool done)
{
	struct cr_erasing erasing = { .db = db, .ctx = op->o_threadctx };
	Entry *e;

	if (BER_BVISNULL(&welcome->dn))
		return;
	e = entry_alloc();
	e->e_name = welcome->dn;
	e->e_nname = welcome->ndn;
	BER_BVZERO(&welcome->dn);
	BER_BVZERO(&welcome->ndn);
	erasing.inner = ch_calloc(1, sizeof(*erasing.inner));
	if (done && (cr_own_set(e, CR_SLICE_LITERAL("crState"),
		cr_slice_of(CR_SUPPRESSED_LIFTED)) != CR_OK ||
	    cr_own_replace(&erasing, e, NULL) != LDAP_SUCCESS))
		Debug(LDAP_DEBUG_ANY, "custreg: a suppression could not be "
			"lifted: \"%s\"\n", e->e_name.bv_val);
	ch_free(erasing.inner);
	entry_free(e);
}
