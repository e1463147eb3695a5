/*
 * Who comes: an add, a modification or a rename that brings back a person who
 * was erased is refused, unless it is a new registration: by the registrar,
 * with a reference.  Whoever said no to marketing before then starts with that
 * no.  What has one factor in common may be somebody else's by now: it is let
 * in, the writer learns nothing, and the registrar gets a case (case.c).
 */
#include "barrier.h"
#include "suppression.h"

/* Of each kind; whoever matches more matches enough. */
enum { FOUND_MAX = 16 };

struct found {
	char id[CR_SUPPRESSION_ID_MAX + 1];
	struct berval ndn;
	unsigned kinds;
};

struct coming {
	struct cr_factors factors;
	int64_t now;
	struct found persons[FOUND_MAX], ones[FOUND_MAX];
	size_t person_count, one_count;
	struct cr_lasting_bans bans;	/* of the persons */
};

/* ---- what the write brings ----------------------------------------------- */

static bool
has_value(const Attribute *a, const struct berval *nval)
{
	return a != NULL && attr_valfind((Attribute *)(uintptr_t)a,
		SLAP_MR_ATTRIBUTE_VALUE_NORMALIZED_MATCH |
		SLAP_MR_ASSERTED_VALUE_NORMALIZED_MATCH,
		(struct berval *)(uintptr_t)nval, NULL, NULL) == LDAP_SUCCESS;
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
		const Attribute *before = old == NULL ? NULL :
		    attr_find(old->e_attrs, a->a_desc);

		for (unsigned i = 0; kind != CR_FACTOR_NONE &&
		    i < a->a_numvals && rc == CR_OK; i++) {
			bool brought = !has_value(before, &a->a_nvals[i]);

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
	const struct cr_suppression *s = cr_suppress_in_force(db);
	bool brought;

	memset(ret_factors, 0, sizeof(*ret_factors));
	/* with more than there is room for, those there is room for */
	if (s != NULL)
		(void)!collect(s, e, NULL, ret_factors, &brought);
	return s != NULL;
}

/* ---- whom it matches ----------------------------------------------------- */

static size_t
hashes_of(const Entry *e, struct cr_keyed_hash hashes[CR_FACTORS_MAX])
{
	AttributeDescription *desc = NULL;
	const Attribute *a = NULL;
	const char *text;
	size_t count = 0;

	if (slap_str2ad("crKeyedHash", &desc, &text) == LDAP_SUCCESS)
		a = attr_find(e->e_attrs, desc);
	for (unsigned i = 0; a != NULL && i < a->a_numvals &&
	    count < CR_FACTORS_MAX; i++) {
		if (cr_keyed_hash_parse(cr_slice_bv(&a->a_vals[i]),
		    &hashes[count]) == CR_OK)
			count++;
	}
	return count;
}

static void
keep(struct found list[FOUND_MAX], size_t *count, const Entry *e,
	unsigned kinds)
{
	struct found *found = &list[*count];
	struct berval rdn, value = BER_BVNULL;
	struct cr_case c;

	if (*count == FOUND_MAX)
		return;
	dnRdn((struct berval *)(uintptr_t)&e->e_nname, &rdn);
	value.bv_val = memchr(rdn.bv_val, '=', rdn.bv_len);
	if (value.bv_val == NULL)
		return;
	value.bv_val++;
	value.bv_len = rdn.bv_len - (ber_len_t)(value.bv_val - rdn.bv_val);
	if (cr_case_set_suppression(&c, cr_slice_bv(&value)) != CR_OK) {
		Debug(LDAP_DEBUG_ANY, "custreg: a suppression has no "
			"identifier that a case can name\n");
		return;
	}
	strcpy(found->id, c.suppression);
	ber_dupbv(&found->ndn, (struct berval *)(uintptr_t)&e->e_nname);
	found->kinds = kinds;
	(*count)++;
}

static int
look(Operation *op, SlapReply *rs)
{
	struct coming *coming = op->o_callback->sc_private;
	struct cr_keyed_hash hashes[CR_FACTORS_MAX];
	struct cr_lasting_bans bans;
	enum cr_match match;
	unsigned kinds;

	if (rs->sr_type != REP_SEARCH || cr_suppress_is_lifted(rs->sr_entry))
		return 0;
	match = cr_suppress_match(&coming->factors, hashes,
		hashes_of(rs->sr_entry, hashes), &kinds);
	if (match == CR_MATCH_ONE)
		keep(coming->ones, &coming->one_count, rs->sr_entry, kinds);
	if (match != CR_MATCH_PERSON)
		return 0;
	keep(coming->persons, &coming->person_count, rs->sr_entry, kinds);
	if (cr_bans_lasting(rs->sr_entry, coming->now, &bans) == CR_OK)
		cr_lasting_bans_merge(&coming->bans, &bans);
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
search(struct cr_view *view, Operation *op, struct coming *coming)
{
	char *filter = filter_of(&coming->factors);
	int rc;

	coming->now = view->now;
	rc = cr_own_search(view->db, op->o_threadctx, &cr_own_suppressed,
		filter, look, coming);
	ch_free(filter);
	return rc;
}

static void
clear(struct coming *coming)
{
	for (size_t i = 0; i < coming->person_count; i++)
		ch_free(coming->persons[i].ndn.bv_val);
	for (size_t i = 0; i < coming->one_count; i++)
		ch_free(coming->ones[i].ndn.bv_val);
	ch_free(coming);
}

/* ---- what becomes of it -------------------------------------------------- */

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

/*
 * A new registration: by who runs the register, with a reference.  A name
 * alone is none.
 */
static bool
registers_anew(const struct cr_view *view, Operation *op)
{
	struct berval reference = cr_control_value(op, cr_cid_reference);

	return op->o_tag != LDAP_REQ_MODRDN && !BER_BVISEMPTY(&reference) &&
	    (view->grant.kind == CR_READER_ROOT ||
	    (view->grant.roles & CR_ROLE_REGISTRAR) != 0);
}

bool
cr_coming_brings(const struct cr_view *view, Operation *op)
{
	return cr_suppress_in_force(view->db) != NULL &&
	    registers_anew(view, op);
}

static int
turn_away(struct cr_view *view, Operation *op, struct cr_suppression *s,
	const char **text)
{
	int rc = cr_record_event(view, op, "refused", "suppression:person",
		NULL);

	(void)may_ask(s, op, true);
	*text = op->o_tag == LDAP_REQ_MODRDN ?
	    "custreg: this person was erased; a name registers nobody anew" :
	    "custreg: this person was erased; a new registration is the "
	    "registrar's, with a reference";
	return rc == CR_OK ? CR_EHELD : rc;
}

struct bringing {
	Modifications *mods;
};

static int
bring(void *arg, enum cr_bring what, struct cr_slice attribute,
	struct cr_slice value)
{
	struct bringing *bringing = arg;
	AttributeDescription *desc = NULL;
	struct berval name = { attribute.len, (char *)(uintptr_t)attribute.ptr };
	struct berval bv = { value.len, (char *)(uintptr_t)value.ptr };
	const char *text;
	int how = what == CR_BRING_TAKE ? SLAP_MOD_SOFTDEL : SLAP_MOD_SOFTADD;

	if (slap_bv2ad(&name, &desc, &text) != LDAP_SUCCESS)
		return CR_EINTERNAL;
	/* TRUE takes the place of FALSE */
	if (is_at_single_value(desc->ad_type))
		how = LDAP_MOD_REPLACE;
	(void)cr_mods_add(&bringing->mods, desc, how, &bv);
	return CR_OK;
}

/* Who comes back lawfully starts with the bans they left with. */
static int
bring_bans(struct cr_view *view, Operation *op, const Entry *e,
	const struct cr_lasting_bans *bans)
{
	struct bringing bringing = { NULL };
	Modifications **tail = &op->orm_modlist;
	int rc = cr_bans_bring(e, bans, view->now, bring, &bringing);

	if (op->o_tag == LDAP_REQ_ADD) {
		if (rc == CR_OK)
			cr_modifications_apply(op->ora_e, bringing.mods);
		slap_mods_free(bringing.mods, 1);
		return rc;
	}
	/* slapd's to free now, with the client's own */
	while (*tail != NULL)
		tail = &(*tail)->sml_next;
	*tail = bringing.mods;
	return rc;
}

static int
let_in(struct cr_view *view, Operation *op, const Entry *e,
	const struct coming *coming, struct cr_welcome *welcome)
{
	int rc = bring_bans(view, op, e, &coming->bans);

	for (size_t i = 0; i < coming->person_count; i++) {
		struct berval ndn;

		ber_dupbv(&ndn, (struct berval *)(uintptr_t)
			&coming->persons[i].ndn);
		ber_bvarray_add(&welcome->lifted, &ndn);
	}
	return rc == CR_OK ? cr_record_event(view, op, cr_op_find(op)->type,
		"suppression:lifted", NULL) : rc;
}

/* To the registrar: is it the same person? */
static int
note_cases(struct cr_view *view, Operation *op, const Entry *e,
	const struct coming *coming, struct cr_welcome *welcome)
{
	for (size_t i = 0; i < coming->one_count; i++) {
		struct cr_case_list *item = ch_calloc(1, sizeof(*item));

		strcpy(item->c.suppression, coming->ones[i].id);
		item->c.kinds = coming->ones[i].kinds;
		item->c.time = view->now;
		(void)cr_entry_uuid(e, item->c.customer);
		item->next = welcome->cases;
		welcome->cases = item;
	}
	return coming->one_count == 0 ? CR_OK : cr_record_event(view, op,
		cr_op_find(op)->type, "suppression:one", NULL);
}

static int
judge(struct cr_view *view, Operation *op, struct cr_suppression *s,
	const Entry *e, struct coming *coming, struct cr_welcome *welcome,
	const char **text)
{
	bool anew = registers_anew(view, op);
	int rc;

	if (!anew && !may_ask(s, op, false)) {
		*text = "custreg: too many tries, wait";
		return CR_EHELD;
	}
	rc = search(view, op, coming);
	if (rc != CR_OK)
		return rc;
	if (coming->person_count > 0 && !anew)
		return turn_away(view, op, s, text);
	if (coming->person_count > 0)
		rc = let_in(view, op, e, coming, welcome);
	return rc == CR_OK ? note_cases(view, op, e, coming, welcome) : rc;
}

/* ---- the three ways in --------------------------------------------------- */

static bool
is_customer(const Entry *e)
{
	return is_entry_objectclass((Entry *)(uintptr_t)e, cr_schema.customer,
		0);
}

/* `e` as it would be, `old` as it is; NULL for an add. */
static int
check(struct cr_view *view, Operation *op, const Entry *e, const Entry *old,
	struct cr_welcome *welcome, const char **text)
{
	struct cr_suppression *s = cr_suppress_in_force(view->db);
	struct coming *coming;
	bool brought = false;
	int rc;

	if (s == NULL || !is_customer(e))
		return CR_OK;
	/* who becomes a customer now was none before */
	if (old != NULL && !is_customer(old))
		old = NULL;
	coming = ch_calloc(1, sizeof(*coming));
	rc = collect(s, e, old, &coming->factors, &brought);
	if (rc == CR_OK && brought)
		rc = judge(view, op, s, e, coming, welcome, text);
	clear(coming);
	return rc;
}

/*
 * The number by which a case names the customer, that slapd would give them
 * later.  Always, so that the order of attributes tells nobody of a case.
 */
static void
give_number(Entry *e)
{
	char buffer[LDAP_LUTIL_UUIDSTR_BUFSIZE];
	struct berval uuid = { 0, buffer };

	if (attr_find(e->e_attrs, slap_schema.si_ad_entryUUID) != NULL)
		return;
	uuid.bv_len = (ber_len_t)lutil_uuidstr(buffer, sizeof(buffer));
	attr_merge_normalize_one(e, slap_schema.si_ad_entryUUID, &uuid, NULL);
}

int
cr_coming_add(struct cr_view *view, Operation *op, struct cr_welcome *welcome,
	const char **text)
{
	if (cr_suppress_in_force(view->db) != NULL && is_customer(op->ora_e))
		give_number(op->ora_e);
	return check(view, op, op->ora_e, NULL, welcome, text);
}

int
cr_coming_modify(struct cr_view *view, Operation *op, const Entry *old,
	struct cr_welcome *welcome, const char **text)
{
	Entry *e = entry_dup((Entry *)(uintptr_t)old);
	int rc;

	cr_modifications_apply(e, op->orm_modlist);
	rc = cr_nests_modify(view, op, old, e, text);
	if (rc == CR_OK)
		rc = check(view, op, e, old, welcome, text);
	entry_free(e);
	return rc;
}

int
cr_coming_rename(struct cr_view *view, Operation *op, const Entry *old,
	struct cr_welcome *welcome, const char **text)
{
	Entry *e = entry_dup((Entry *)(uintptr_t)old);
	int rc;

	cr_modifications_apply(e, op->orr_modlist);
	rc = check(view, op, e, old, welcome, text);
	entry_free(e);
	return rc;
}

/* ---- besides ------------------------------------------------------------- */

int
cr_welcome_prepare(struct cr_db *db, Operation *op,
	struct cr_welcome *welcome)
{
	struct cr_erasing erasing = { .db = db, .ctx = op->o_threadctx };
	int rc;

	if (welcome->cases == NULL)
		return CR_OK;
	erasing.inner = ch_calloc(1, sizeof(*erasing.inner));
	rc = cr_cases_make(&erasing, welcome->cases);
	ch_free(erasing.inner);
	return rc;
}

/* The name has the number of who was erased. */
static bool
take_number(struct cr_erasing *erasing, const struct berval *ndn)
{
	const char *at = memchr(ndn->bv_val, '=', ndn->bv_len);

	return at != NULL && cr_uuid_parse((struct cr_slice){ at + 1,
	    strcspn(at + 1, ",") }, erasing->order.subject) == CR_OK;
}

static void
lift(struct cr_erasing *erasing, struct berval *ndn)
{
	Entry *e = entry_alloc();

	/* or a start on an older database would take them for who they were */
	if (!take_number(erasing, ndn) || cr_erase_copy_lift(erasing) != CR_OK)
		Debug(LDAP_DEBUG_ANY, "custreg: it could not be recorded that "
			"a suppression was lifted\n");

	ber_dupbv(&e->e_name, ndn);
	ber_dupbv(&e->e_nname, ndn);
	if (cr_own_set(e, CR_SLICE_LITERAL("crState"),
		cr_slice_of(CR_SUPPRESSED_LIFTED)) != CR_OK ||
	    cr_own_replace(erasing, e, NULL) != LDAP_SUCCESS)
		Debug(LDAP_DEBUG_ANY, "custreg: a suppression could not be "
			"lifted: \"%s\"\n", ndn->bv_val);
	entry_free(e);
}

void
cr_welcome_settle(struct cr_db *db, Operation *op, struct cr_welcome *welcome,
	bool done)
{
	struct cr_erasing erasing = { .db = db, .ctx = op->o_threadctx };
	struct cr_case_list *next;

	if (welcome->lifted == NULL && welcome->cases == NULL)
		return;
	erasing.inner = ch_calloc(1, sizeof(*erasing.inner));
	for (BerVarray b = welcome->lifted; done && b != NULL &&
	    !BER_BVISNULL(b); b++)
		lift(&erasing, b);
	if (!done)
		cr_cases_unmake(&erasing, welcome->cases);
	ch_free(erasing.inner);
	ber_bvarray_free(welcome->lifted);
	for (; welcome->cases != NULL; welcome->cases = next) {
		next = welcome->cases->next;
		ch_free(welcome->cases);
	}
	*welcome = (struct cr_welcome){ NULL };
}
