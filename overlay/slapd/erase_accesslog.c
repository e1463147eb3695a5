/*
 * slapd's accesslog keeps the values that were written.  What it has of the
 * erased goes; what tells a consumer that they are gone stays: deletions, and
 * modifications that only take away.  Below all overlays: a consumer is not
 * told of it, and one that lags behind so far that it misses a record finds an
 * entry missing and refreshes.
 */
#include "erase.h"

struct record {
	struct record *next;
	struct berval dn, ndn;
	bool strip;			/* only what the entry was before */
};

struct reading {
	struct record *records;
	AttributeDescription *mod, *old, *type;
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
is_of(const Entry *e, AttributeDescription *type, const char *what)
{
	const Attribute *a = attr_find(e->e_attrs, type);

	return a != NULL && a->a_vals[0].bv_len == strlen(what) &&
	    strncasecmp(a->a_vals[0].bv_val, what, strlen(what)) == 0;
}

static bool
only_takes(const Entry *e, const struct reading *reading)
{
	const Attribute *a = attr_find(e->e_attrs, reading->mod);

	if (is_of(e, reading->type, "delete"))
		return true;
	if (!is_of(e, reading->type, "modify"))
		return false;
	for (unsigned i = 0; a != NULL && i < a->a_numvals; i++) {
		if (!says_nothing(&a->a_vals[i]))
			return false;
	}
	return true;
}

static int
read_record(Operation *op, SlapReply *rs)
{
	struct reading *reading = op->o_callback->sc_private;
	const Entry *e = rs->sr_entry;
	struct record *record;
	bool stays;

	if (rs->sr_type != REP_SEARCH)
		return 0;
	stays = only_takes(e, reading);
	if (stays && attr_find(e->e_attrs, reading->old) == NULL)
		return 0;
	record = ch_calloc(1, sizeof(*record));
	ber_dupbv(&record->dn, (struct berval *)(uintptr_t)&e->e_name);
	ber_dupbv(&record->ndn, (struct berval *)(uintptr_t)&e->e_nname);
	record->strip = stays;
	record->next = reading->records;
	reading->records = record;
	return 0;
}

static int
scrub(struct cr_erasing *erasing, BackendDB *be, struct record *record,
	AttributeDescription *old)
{
	Modifications mod = { .sml_op = SLAP_MOD_SOFTDEL,
		.sml_flags = SLAP_MOD_INTERNAL, .sml_desc = old,
		.sml_type = old->ad_cname };
	int code;

	cr_inner_begin_at(erasing->inner, be, erasing->ctx);
	code = record->strip ? cr_inner_modify(erasing->inner, &record->dn,
		&record->ndn, &mod) :
	    cr_inner_delete(erasing->inner, &record->dn, &record->ndn);
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ||
	    code == LDAP_NO_SUCH_ATTRIBUTE ? CR_OK : CR_EINTERNAL;
}

/* By its names, and by its number: it may have had another name. */
static char *
filter_of(const struct cr_erasing *erasing)
{
	struct berval name = erasing->ndn, escaped = BER_BVNULL;
	char uuid[CR_UUID_TEXT_SIZE];
	size_t size;
	char *filter;

	filter_escape_value(&name, &escaped);
	cr_uuid_format(erasing->order.subject, uuid);
	size = escaped.bv_len + sizeof(uuid) +
	    sizeof("(|(reqDN:dnSubtreeMatch:=)(reqEntryUUID=))");
	filter = ch_malloc(size);
	snprintf(filter, size, "(|(reqDN:dnSubtreeMatch:=%s)"
		"(reqEntryUUID=%s))", escaped.bv_val, uuid);
	ch_free(escaped.bv_val);
	return filter;
}

static int
clean(struct cr_erasing *erasing, struct reading *reading,
	const struct berval *suffix)
{
	struct berval nsuffix = *suffix;
	BackendDB *be = select_backend(&nsuffix, 1);
	char *filter;
	int code, rc = CR_OK;

	if (be == NULL)
		return CR_OK;
	filter = filter_of(erasing);
	cr_inner_begin_at(erasing->inner, be, erasing->ctx);
	code = cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = *suffix, .nbase = *suffix,
		.scope = LDAP_SCOPE_SUBTREE, .filter = filter,
		.with_attributes = true, .found = read_record,
		.arg = reading });
	ch_free(filter);
	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT)
		rc = CR_EINTERNAL;
	while (reading->records != NULL) {
		struct record *record = reading->records;

		reading->records = record->next;
		if (rc == CR_OK)
			rc = scrub(erasing, be, record, reading->old);
		ch_free(record->dn.bv_val);
		ch_free(record->ndn.bv_val);
		ch_free(record);
	}
	return rc;
}

int
cr_erase_accesslog(struct cr_erasing *erasing)
{
	BerVarray suffix = cr_db_parts(erasing->db)->accesslogs;
	struct reading reading = { NULL };
	const char *text;
	int rc = CR_OK;

	if (suffix == NULL)
		return CR_OK;
	if (slap_str2ad("reqMod", &reading.mod, &text) != LDAP_SUCCESS ||
	    slap_str2ad("reqOld", &reading.old, &text) != LDAP_SUCCESS ||
	    slap_str2ad("reqType", &reading.type, &text) != LDAP_SUCCESS)
		return CR_EINTERNAL;
	for (; !BER_BVISNULL(suffix) && rc == CR_OK; suffix++)
		rc = clean(erasing, &reading, suffix);
	return rc;
}
