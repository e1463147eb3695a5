/*
 * Bans set and lifted by a write: who may, and the record of it (operational
 * crBanRecord on the entry, an event in the read log).
 */
#include "guard.h"

enum { VALUES_MAX = 128 };

/* The ban attributes of a customer while a list of changes is applied. */
struct ban_values {
	struct cr_slice marketing[VALUES_MAX];
	size_t marketing_count;
	struct cr_slice listing[VALUES_MAX];
	size_t listing_count;
	struct cr_slice until[VALUES_MAX];
	size_t until_count;
	bool disclosure_ban;
	bool restricted;
};

static struct cr_slice *
list_of(struct ban_values *values, const AttributeDescription *desc,
	size_t **ret_count)
{
	if (desc == cr_schema.marketing_ban) {
		*ret_count = &values->marketing_count;
		return values->marketing;
	}
	if (desc == cr_schema.listing_ban) {
		*ret_count = &values->listing_count;
		return values->listing;
	}
	if (desc == cr_schema.ban_until) {
		*ret_count = &values->until_count;
		return values->until;
	}
	return NULL;
}

static bool *
flag_of(struct ban_values *values, const AttributeDescription *desc)
{
	if (desc == cr_schema.disclosure_ban)
		return &values->disclosure_ban;
	if (desc == cr_schema.restricted)
		return &values->restricted;
	return NULL;
}

static int
put(struct cr_slice *list, size_t *count, const struct berval *value)
{
	struct cr_slice v = cr_slice_bv(value);

	for (size_t i = 0; i < *count; i++) {
		if (cr_slice_same_name(list[i], v))
			return CR_OK;
	}
	if (*count == VALUES_MAX)
		return CR_ELIMIT;
	list[(*count)++] = v;
	return CR_OK;
}

static void
take(struct cr_slice *list, size_t *count, const struct berval *value)
{
	struct cr_slice v = cr_slice_bv(value);

	for (size_t i = 0; i < *count; i++) {
		if (cr_slice_same_name(list[i], v)) {
			list[i] = list[--*count];
			return;
		}
	}
}

static int
apply(struct ban_values *values, const AttributeDescription *desc, int op,
	BerVarray vals)
{
	size_t *count = NULL;
	struct cr_slice *list = list_of(values, desc, &count);
	bool *flag = flag_of(values, desc);
	int rc = CR_OK;

	if (flag != NULL) {
		if (op == LDAP_MOD_DELETE || vals == NULL)
			*flag = false;
		else
			*flag = !bvmatch(&vals[0], &slap_false_bv);
		return CR_OK;
	}
	if (list == NULL)
		return CR_OK;
	if (op == LDAP_MOD_REPLACE || (op == LDAP_MOD_DELETE && vals == NULL))
		*count = 0;
	for (; vals != NULL && !BER_BVISNULL(vals) && rc == CR_OK; vals++) {
		if (op == LDAP_MOD_DELETE)
			take(list, count, vals);
		else
			rc = put(list, count, vals);
	}
	return rc;
}

static int
apply_entry(struct ban_values *values, const Entry *e)
{
	int rc = CR_OK;

	for (const Attribute *a = e->e_attrs; a && rc == CR_OK;
	    a = a->a_next)
		rc = apply(values, a->a_desc, LDAP_MOD_ADD, a->a_vals);
	return rc;
}

static int
apply_changes(struct ban_values *values, const Modifications *mods)
{
	int rc = CR_OK;

	for (const Modifications *m = mods; m && rc == CR_OK;
	    m = m->sml_next) {
		int op = m->sml_op & LDAP_MOD_OP;

		if (m->sml_op == SLAP_MOD_SOFTDEL)
			op = LDAP_MOD_DELETE;
		rc = apply(values, m->sml_desc, op, m->sml_values);
	}
	return rc;
}

static struct cr_ban_state
state_of(const struct ban_values *values)
{
	return (struct cr_ban_state){
		.marketing = values->marketing,
		.marketing_count = values->marketing_count,
		.listing = values->listing,
		.listing_count = values->listing_count,
		.until = values->until,
		.until_count = values->until_count,
		.disclosure_ban = values->disclosure_ban,
		.restricted = values->restricted,
	};
}

struct recorder {
	struct cr_view *view;
	Operation *op;
	const char *uuid;
	BerVarray records;
};

static int
record_change(void *arg, const struct cr_ban_change *change)
{
	struct recorder *recorder = arg;
	struct cr_view *view = recorder->view;
	Operation *op = recorder->op;
	struct cr_slice how = cr_slice_of(
		op->o_tag == LDAP_REQ_ADD ? "add" : "modify");
	struct cr_slice by = cr_slice_bv(&op->o_dn);
	struct berval value;
	char *text = NULL;
	char event[96];
	int rc;

	if (change->lifted && !view->lifts)
		return CR_EACCESS;
	if (cr_db_contains(view->db, &op->o_ndn))
		by = CR_SLICE_LITERAL("self");
	rc = cr_ban_record_format(view->now, change, by, how, &text);
	if (rc != CR_OK)
		return rc;
	ber_str2bv(text, 0, 1, &value);
	free(text);
	ber_bvarray_add(&recorder->records, &value);
	snprintf(event, sizeof(event), "ban-%s:%.*s:%.*s",
		change->lifted ? "lifted" : "set",
		(int)change->attribute.len, change->attribute.ptr,
		change->value.len > 32 ? 32 : (int)change->value.len,
		change->value.ptr);
	return cr_record_event(view, op, how.ptr, event, recorder->uuid);
}

/*
 * Internal modifications are slapd's to free, with the client's own.  One
 * each, and added softly: the same ban set and lifted and set again within a
 * second gives the same record twice.  With normalised values, as the records
 * that are there have them: attr_merge() aborts on a mixture.
 */
static void
append_records(Operation *op, BerVarray records)
{
	Modifications **tail;

	if (op->o_tag == LDAP_REQ_ADD) {
		attr_merge_normalize(op->ora_e, cr_schema.ban_record, records,
			NULL);
		ber_bvarray_free(records);
		return;
	}
	for (tail = &op->orm_modlist; *tail; tail = &(*tail)->sml_next)
		;
	for (BerVarray r = records; !BER_BVISNULL(r); r++) {
		Modifications *mod = ch_calloc(1, sizeof(*mod));

		mod->sml_op = SLAP_MOD_SOFTADD;
		mod->sml_flags = SLAP_MOD_INTERNAL;
		mod->sml_desc = cr_schema.ban_record;
		mod->sml_type = cr_schema.ban_record->ad_cname;
		mod->sml_values = ch_calloc(2, sizeof(*mod->sml_values));
		mod->sml_values[0] = *r;
		mod->sml_numvals = 1;
		attr_normalize(mod->sml_desc, mod->sml_values,
			&mod->sml_nvalues, NULL);
		*tail = mod;
		tail = &mod->sml_next;
	}
	ch_free(records);
}

/* `old` is NULL for an add. */
int
cr_bans_write(struct cr_view *view, Operation *op, Entry *old,
	const char **text)
{
	struct ban_values *before = ch_calloc(2, sizeof(*before));
	struct ban_values *after = before + 1;
	struct recorder recorder = { .view = view, .op = op, .uuid = "" };
	struct cr_ban_state from, to;
	char uuid[CR_UUID_TEXT + 1] = "";
	int rc = CR_OK;

	(void)text;
	if (old != NULL) {
		const Attribute *a = attr_find(old->e_attrs,
			slap_schema.si_ad_entryUUID);

		if (a != NULL && a->a_vals[0].bv_len == CR_UUID_TEXT)
			memcpy(uuid, a->a_vals[0].bv_val, CR_UUID_TEXT);
		recorder.uuid = uuid;
		rc = apply_entry(before, old);
		*after = *before;
		if (rc == CR_OK)
			rc = apply_changes(after, op->orm_modlist);
	} else {
		rc = apply_entry(after, op->ora_e);
	}
	from = state_of(before);
	to = state_of(after);
	if (rc == CR_OK)
		rc = cr_bans_compare(&from, &to, record_change, &recorder);
	if (recorder.records != NULL) {
		if (rc == CR_OK)
			append_records(op, recorder.records);
		else
			ber_bvarray_free(recorder.records);
	}
	ch_free(before);
	return rc;
}
