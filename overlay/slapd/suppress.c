/*
 * Erased stays erased: of who is gone keyed hashes stay below ou=suppressed,
 * with the bans that they had (coming.c says what these are for).
 *
 * The key stays in force until the database goes, so that readers need no lock;
 * when a setting brings another, the old one is kept beside it, unused.
 */
#include "suppression.h"

#include "core/keyfile.h"

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
	static const struct cr_own orders = { .unit = "erasures" };
	const struct cr_own *const owns[] = { &orders, &cr_own_suppressed };
	bool there = false;

	for (size_t i = 0; i < sizeof(owns) / sizeof(owns[0]); i++) {
		if (cr_own_search(db, ldap_pvt_thread_pool_context(), owns[i],
		    "(|(objectClass=crErasureOrder)"
		    "(objectClass=crSuppressed))", say_there_is, &there) !=
		    CR_OK)
			return false;
	}
	return !there;
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

struct cr_suppression *
cr_suppress_in_force(const struct cr_db *db)
{
	return atomic_load(&db->suppressing) ? atomic_load_explicit(
		&db->suppression, memory_order_acquire) : NULL;
}

/* ---- of who goes --------------------------------------------------------- */

int
cr_suppress_note(struct cr_erasing *erasing)
{
	const struct cr_suppression *s = cr_suppress_in_force(erasing->db);
	struct berval ndn = erasing->ndn;
	Entry *e = NULL;
	int rc = CR_OK;

	erasing->asked = erasing->now;
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

static const Attribute *
attr_named(const Entry *e, const char *name)
{
	AttributeDescription *desc = NULL;
	const char *text;

	return slap_str2ad(name, &desc, &text) == LDAP_SUCCESS ?
	    attr_find(e->e_attrs, desc) : NULL;
}

bool
cr_suppress_is_lifted(const Entry *suppression)
{
	const Attribute *state = attr_named(suppression, "crState");

	return state != NULL && strcasecmp(state->a_vals[0].bv_val,
	    CR_SUPPRESSED_LIFTED) == 0;
}

bool
cr_suppress_was_lifted(struct cr_erasing *erasing)
{
	char id[CR_UUID_TEXT_SIZE];
	Entry *name, *e = NULL;
	bool lifted;

	cr_uuid_format(erasing->order.subject, id);
	name = cr_own_new(erasing->db, &cr_own_suppressed, id);
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	if (name != NULL)
		e = cr_raw_copy(erasing->db, erasing->inner->op,
			&name->e_nname);
	lifted = e != NULL && cr_suppress_is_lifted(e);
	if (name != NULL)
		entry_free(name);
	if (e != NULL)
		entry_free(e);
	return lifted;
}

/* Of this order, and in force: the request has written it. */
static bool
has_all(const Entry *old, const Entry *e)
{
	static const char *const names[] = { "crKeyedHash", "crMarketingBan",
		"crListingBan", "crDisclosureBan", "crBanUntil", "crState" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const Attribute *a = attr_named(e, names[i]);
		const Attribute *b = attr_named(old, names[i]);

		if (a != NULL && (b == NULL || a->a_numvals != b->a_numvals))
			return false;
		for (unsigned n = 0; a != NULL && n < a->a_numvals; n++) {
			if (attr_valfind((Attribute *)(uintptr_t)b,
			    SLAP_MR_ATTRIBUTE_VALUE_NORMALIZED_MATCH |
			    SLAP_MR_ASSERTED_VALUE_NORMALIZED_MATCH,
			    &a->a_nvals[n], NULL, NULL) != LDAP_SUCCESS)
				return false;
		}
	}
	return true;
}

/*
 * The step is done again, years later when a hold ends: what was lifted since
 * the order stays lifted.  Lifting is the last that happens to such an entry.
 */
static bool
stays(struct cr_erasing *erasing, const Entry *e)
{
	int64_t ordered = erasing->order.time > erasing->asked ?
	    erasing->order.time : erasing->asked;
	int64_t lifted = INT64_MAX;
	const Attribute *time;
	Entry *old;
	bool is_right;

	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	old = cr_raw_copy(erasing->db, erasing->inner->op, &e->e_nname);
	if (old == NULL)
		return false;
	time = attr_find(old->e_attrs, slap_schema.si_ad_modifyTimestamp);
	if (time != NULL && cr_time_parse(cr_slice_bv(&time->a_vals[0]),
	    &lifted) != CR_OK)
		lifted = INT64_MAX;
	is_right = cr_suppress_is_lifted(old) ? ordered <= lifted :
	    has_all(old, e);
	entry_free(old);
	return is_right;
}

int
cr_suppress_write(struct cr_erasing *erasing)
{
	char id[CR_UUID_TEXT_SIZE];
	Entry *e;
	int code = LDAP_OTHER;

	cr_uuid_format(erasing->order.subject, id);
	e = cr_own_new(erasing->db, &cr_own_suppressed, id);
	if (e == NULL)
		return CR_EINTERNAL;
	if (cr_erasure_each_suppressed(&erasing->order, erasing->now,
	    cr_own_set, e) == CR_OK)
		code = cr_own_add(erasing, &cr_own_suppressed, e);
	if (code == LDAP_ALREADY_EXISTS)
		code = stays(erasing, e) ? LDAP_SUCCESS :
		    cr_own_replace(erasing, e, NULL);
	entry_free(e);
	return code == LDAP_SUCCESS ? CR_OK : CR_EINTERNAL;
}
