/*
 * slapd's accesslog keeps the values that were written.  What it has of the
 * erased goes; what tells a consumer that they are gone stays: deletions, and
 * modifications that only take away.  Below all overlays: a consumer is not
 * told of it, and one that lags behind so far that it misses a record finds an
 * entry missing and refreshes.
 *
 * Of an entry that lives on (a group) no record goes, or a consumer would miss
 * what else it says: only the values that name the erased, where they were
 * added and in what the entry was before.  Where they are taken out they stay:
 * a consumer that has added them must be told, and one that has not finds an
 * attribute's value missing and refreshes, too.
 */
#include "accesslog_names.h"

/* By name alone: the values of all of them may be more than memory is. */
struct record {
	struct record *next;
	struct berval dn, ndn;
	bool last;			/* says what the others were called */
};

struct reading {
	struct record *records, **tail;	/* in the order of the log */
	struct cr_logged logged;
};

/* "mail:-", or one of ours: the value is a dash, or the server's own. */
static bool
says_nothing(const struct berval *mod)
{
	static const char *const own[] = { "entryCSN", "modifiersName",
		"modifyTimestamp", "crErasurePending" };
	const char *colon = memchr(mod->bv_val, ':', mod->bv_len);
	size_t name, rest;

	if (colon == NULL)
		return false;
	name = (size_t)(colon - mod->bv_val);
	rest = mod->bv_len - name;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strlen(own[i]) == name &&
		    strncasecmp(own[i], mod->bv_val, name) == 0)
			return true;
	}
	return (rest == 2 && memcmp(colon, ":-", 2) == 0) ||
	    (rest == 4 && memcmp(colon, ":= -", 4) == 0);
}

static bool
only_takes(const Entry *e, const struct cr_logged *logged)
{
	const Attribute *a = attr_find(e->e_attrs, logged->mod);

	if (cr_logged_is(e, logged->type, "delete"))
		return true;
	if (!cr_logged_is(e, logged->type, "modify"))
		return false;
	for (unsigned i = 0; a != NULL && i < a->a_numvals; i++) {
		if (!says_nothing(&a->a_vals[i]))
			return false;
	}
	return true;
}

/* ---- whose record it is --------------------------------------------------- */

enum { ATTRIBUTES_MAX = 32 };	/* of one entry that hold DNs */

enum whose { OTHERS = 0, OF_ERASED };

static enum whose
whose(const Entry *e, const struct cr_logged *logged)
{
	const struct berval *dn = cr_logged_value(e, logged->dn);
	const struct cr_logged_child *child;
	unsigned char uuid[CR_UUID_BYTES];

	/* what failed may have no number */
	if (!cr_logged_uuid(logged, e, uuid))
		return dn != NULL && cr_logged_names(logged, e, dn) ?
		    OF_ERASED : OTHERS;
	if (cr_logged_is_subject(logged, uuid))
		return OF_ERASED;
	child = cr_logged_child(logged, uuid);
	return child != NULL && !child->elsewhere ? OF_ERASED : OTHERS;
}

/* ---- who is named --------------------------------------------------------- */

/* The attribute of "member:+ uid=..." or "member: uid=...", and its value. */
static AttributeDescription *
split(const struct berval *text, char *ret_how, struct berval *ret_value)
{
	struct berval name = { 0, text->bv_val };
	AttributeDescription *desc = NULL;
	char *colon = memchr(text->bv_val, ':', text->bv_len);
	const char *ignored;
	size_t skip;

	if (colon == NULL)
		return NULL;
	name.bv_len = (ber_len_t)(colon - text->bv_val);
	*ret_how = colon[1];
	skip = name.bv_len + (colon[1] == ' ' ? 2 : 3);
	if (skip > text->bv_len || slap_bv2ad(&name, &desc, &ignored) !=
	    LDAP_SUCCESS || !cr_desc_holds_dns(desc))
		return NULL;
	*ret_value = (struct berval){ text->bv_len - skip,
		text->bv_val + skip };
	return desc;
}

/* As the database keeps it: cr_dn_value() takes the normal form. */
static bool
names_erased(const struct cr_logged *logged, const Entry *e,
	AttributeDescription *desc, struct berval *value)
{
	MatchingRule *rule = desc->ad_type->sat_equality;
	struct berval nval = BER_BVNULL, dn;
	bool found;

	if (rule == NULL || rule->smr_normalize == NULL ||
	    rule->smr_normalize(SLAP_MR_VALUE_OF_ATTRIBUTE_SYNTAX,
	    desc->ad_type->sat_syntax, rule, value, &nval, NULL) !=
	    LDAP_SUCCESS)
		return false;
	found = cr_dn_value(desc, &nval, &dn) &&
	    cr_logged_names(logged, e, &dn);
	ch_free(nval.bv_val);
	return found;
}

static void
look_for_names(const struct cr_logged *logged, const Entry *e,
	Modifications **mods)
{
	const Attribute *a = attr_find(e->e_attrs, logged->mod);

	for (unsigned i = 0; a != NULL && i < a->a_numvals; i++) {
		struct berval value;
		char how = '\0';
		AttributeDescription *named = split(&a->a_vals[i], &how,
			&value);

		if (named != NULL && how != '-' &&
		    names_erased(logged, e, named, &value))
			(void)cr_mods_add(mods, logged->mod, SLAP_MOD_SOFTDEL,
				&a->a_vals[i]);
	}
}

/*
 * Who else was in a group before goes with the erased: taking one out of a
 * group records all others, and each erasure would have to touch what every
 * one before it has left.
 */
static void
look_at_old(const struct cr_logged *logged, const Entry *e,
	Modifications **mods)
{
	const Attribute *a = attr_find(e->e_attrs, logged->old);
	const AttributeDescription *gone[ATTRIBUTES_MAX];
	size_t count = 0;
	struct berval value;
	char how;

	for (unsigned i = 0; a != NULL && i < a->a_numvals; i++) {
		AttributeDescription *named = split(&a->a_vals[i], &how,
			&value);

		if (named != NULL && count < ATTRIBUTES_MAX &&
		    (count == 0 || gone[count - 1] != named) &&
		    names_erased(logged, e, named, &value))
			gone[count++] = named;
	}
	for (unsigned i = 0; count > 0 && i < a->a_numvals; i++) {
		const AttributeDescription *named = split(&a->a_vals[i], &how,
			&value);

		for (size_t n = 0; named != NULL && n < count; n++) {
			if (gone[n] == named)
				(void)cr_mods_add(mods, logged->old,
					SLAP_MOD_SOFTDEL, &a->a_vals[i]);
		}
	}
}

/* ---- the records ---------------------------------------------------------- */

enum fate { STAYS = 0, CHANGES, GOES };

/* CHANGES: what is to be taken out, for slap_mods_free(mods, 1). */
static enum fate
fate_of(const Entry *e, const struct cr_logged *logged,
	Modifications **ret_mods)
{
	*ret_mods = NULL;
	if (whose(e, logged) == OTHERS) {
		look_for_names(logged, e, ret_mods);
		look_at_old(logged, e, ret_mods);
	} else if (!only_takes(e, logged)) {
		return GOES;
	} else if (attr_find(e->e_attrs, logged->old) != NULL) {
		(void)cr_mods_add(ret_mods, logged->old, SLAP_MOD_SOFTDEL,
			NULL);
	}
	return *ret_mods != NULL ? CHANGES : STAYS;
}

static int
read_record(Operation *op, SlapReply *rs)
{
	struct reading *reading = op->o_callback->sc_private;
	const struct cr_logged *logged = &reading->logged;
	const Entry *e = rs->sr_entry;
	struct record *record;
	Modifications *mods;
	enum fate fate;

	if (rs->sr_type != REP_SEARCH)
		return 0;
	fate = fate_of(e, logged, &mods);
	slap_mods_free(mods, 1);
	if (fate == STAYS)
		return 0;
	record = ch_calloc(1, sizeof(*record));
	ber_dupbv(&record->dn, (struct berval *)(uintptr_t)&e->e_name);
	ber_dupbv(&record->ndn, (struct berval *)(uintptr_t)&e->e_nname);
	record->last = fate == GOES && cr_logged_is(e, logged->type, "modrdn");
	*reading->tail = record;
	reading->tail = &record->next;
	return 0;
}

static Entry *
read_again(struct cr_inner *inner, struct berval *ndn)
{
	BackendDB *be = &inner->copy;
	Entry *e = NULL, *copy;

	inner->op->o_bd = be;
	if (be->bd_info->bi_entry_get_rw == NULL || be_entry_get_rw(
	    inner->op, ndn, NULL, NULL, 0, &e) != LDAP_SUCCESS || e == NULL)
		return NULL;
	copy = entry_dup(e);
	be_entry_release_r(inner->op, e);
	return copy;
}

static int
scrub(struct cr_erasing *erasing, BackendDB *be, struct record *record,
	const struct cr_logged *logged)
{
	Modifications *mods;
	int code = LDAP_SUCCESS;
	enum fate fate;
	Entry *e;

	cr_inner_begin_at(erasing->inner, be, erasing->ctx);
	e = read_again(erasing->inner, &record->ndn);
	if (e == NULL)
		return CR_OK;
	fate = fate_of(e, logged, &mods);
	entry_free(e);
	if (fate == CHANGES)
		code = cr_inner_modify(erasing->inner, &record->dn,
			&record->ndn, mods);
	else if (fate == GOES)
		code = cr_inner_delete(erasing->inner, &record->dn,
			&record->ndn);
	slap_mods_free(mods, 1);
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ||
	    code == LDAP_NO_SUCH_ATTRIBUTE ? CR_OK : CR_EINTERNAL;
}

/*
 * What the others were called is known by the records that go last.  Of these
 * the oldest goes first: a name is known by the record that ended it, and
 * what was done under that name is older.
 */
static int
scrub_all(struct cr_erasing *erasing, BackendDB *be,
	const struct reading *reading)
{
	int rc = CR_OK;

	for (int last = 0; last < 2; last++) {
		for (struct record *record = reading->records; record != NULL &&
		    rc == CR_OK; record = record->next) {
			if (record->last == (last == 1))
				rc = scrub(erasing, be, record,
					&reading->logged);
		}
	}
	return rc;
}

/* One more pass over the log: no index finds who is named in a value. */
static int
clean(struct cr_erasing *erasing, const struct cr_erased *those,
	struct reading *reading, const struct berval *suffix)
{
	struct berval nsuffix = *suffix;
	BackendDB *be = select_backend(&nsuffix, 1);
	int code, rc;

	if (be == NULL)
		return CR_OK;
	rc = cr_logged_read(&reading->logged, erasing, those, be, suffix);
	if (rc != CR_OK)
		return rc;
	cr_inner_begin_at(erasing->inner, be, erasing->ctx);
	code = cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = *suffix, .nbase = *suffix,
		.scope = LDAP_SCOPE_SUBTREE, .filter = "(reqDN=*)",
		.with_attributes = true, .found = read_record,
		.arg = reading });
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ?
	    scrub_all(erasing, be, reading) : CR_EINTERNAL;
}

static void
clear(struct reading *reading)
{
	while (reading->records != NULL) {
		struct record *record = reading->records;

		reading->records = record->next;
		ch_free(record->dn.bv_val);
		ch_free(record->ndn.bv_val);
		ch_free(record);
	}
	cr_logged_clear(&reading->logged);
}

int
cr_erase_accesslog(struct cr_erasing *erasing, const struct cr_erased *those)
{
	BerVarray suffix = cr_db_parts(erasing->db)->accesslogs;
	int rc = CR_OK;

	for (; those != NULL && suffix != NULL && !BER_BVISNULL(suffix) &&
	    rc == CR_OK; suffix++) {
		struct reading reading = { .records = NULL };

		reading.tail = &reading.records;
		rc = cr_logged_begin(&reading.logged);
		if (rc == CR_OK)
			rc = clean(erasing, those, &reading, suffix);
		clear(&reading);
	}
	return rc;
}
