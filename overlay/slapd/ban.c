/*
 * Bans set and lifted by a write: who may, and the record of it (operational
 * crBanRecord on the entry, an event in the read log).
 */
#include "guard.h"

enum { VALUES_MAX = 128 };

/*
 * The ban attributes of a customer while a list of changes is applied.
 * slapd compares normalised values, and so must this; what is kept and told
 * is what was written.
 */
struct value_list {
	struct cr_slice written[VALUES_MAX];
	struct cr_slice norms[VALUES_MAX];
	size_t count;
};

struct ban_values {
	struct value_list marketing;
	struct value_list listing;
	struct value_list until;
	bool disclosure_ban;
	bool restricted;
};

static struct value_list *
list_of(struct ban_values *values, const AttributeDescription *desc)
{
	if (desc == cr_schema.marketing_ban)
		return &values->marketing;
	if (desc == cr_schema.listing_ban)
		return &values->listing;
	if (desc == cr_schema.ban_until)
		return &values->until;
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
put(struct value_list *list, const struct berval *value,
	const struct berval *norm)
{
	struct cr_slice v = cr_slice_bv(norm);

	for (size_t i = 0; i < list->count; i++) {
		if (cr_slice_same_name(list->norms[i], v))
			return CR_OK;
	}
	if (list->count == VALUES_MAX)
		return CR_ELIMIT;
	list->written[list->count] = cr_slice_bv(value);
	list->norms[list->count++] = v;
	return CR_OK;
}

static void
take_at(struct value_list *list, size_t i)
{
	list->count--;
	list->written[i] = list->written[list->count];
	list->norms[i] = list->norms[list->count];
}

static void
take(struct value_list *list, struct cr_slice norm)
{
	for (size_t i = 0; i < list->count; i++) {
		if (cr_slice_same_name(list->norms[i], norm)) {
			take_at(list, i);
			return;
		}
	}
}

static int
apply(struct ban_values *values, const AttributeDescription *desc, int op,
	BerVarray vals, BerVarray norms)
{
	struct value_list *list = list_of(values, desc);
	bool *flag = flag_of(values, desc);
	int rc = CR_OK;

	if (norms == NULL)
		norms = vals;
	if (flag != NULL)
		*flag = op != LDAP_MOD_DELETE && vals != NULL &&
		    !bvmatch(&norms[0], &slap_false_bv);
	if (list == NULL)
		return CR_OK;
	if (op == LDAP_MOD_REPLACE || (op == LDAP_MOD_DELETE && vals == NULL))
		list->count = 0;
	for (size_t i = 0; vals != NULL && !BER_BVISNULL(&vals[i]) &&
	    rc == CR_OK; i++) {
		if (op == LDAP_MOD_DELETE)
			take(list, cr_slice_bv(&norms[i]));
		else
			rc = put(list, &vals[i], &norms[i]);
	}
	return rc;
}

static int
apply_entry(struct ban_values *values, const Entry *e)
{
	int rc = CR_OK;

	for (const Attribute *a = e->e_attrs; a && rc == CR_OK;
	    a = a->a_next)
		rc = apply(values, a->a_desc, LDAP_MOD_ADD, a->a_vals,
			a->a_nvals);
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
		rc = apply(values, m->sml_desc, op, m->sml_values,
			m->sml_nvalues);
	}
	return rc;
}

static struct cr_ban_state
state_of(const struct ban_values *values)
{
	return (struct cr_ban_state){
		.marketing = values->marketing.written,
		.marketing_count = values->marketing.count,
		.listing = values->listing.written,
		.listing_count = values->listing.count,
		.until = values->until.written,
		.until_count = values->until.count,
		.disclosure_ban = values->disclosure_ban,
		.restricted = values->restricted,
	};
}

/* Those in force that outlive the customer. */
int
cr_bans_lasting(const Entry *e, int64_t now, struct cr_lasting_bans *ret_bans)
{
	struct ban_values *values = ch_calloc(1, sizeof(*values));
	struct cr_ban_state state;
	int rc = apply_entry(values, e);

	state = state_of(values);
	if (rc == CR_OK)
		cr_lasting_bans_collect(&state, now, ret_bans);
	ch_free(values);
	return rc;
}

/* What the entry lacks of them, see core/lasting.h. */
int
cr_bans_bring(const Entry *e, const struct cr_lasting_bans *bans, int64_t now,
	cr_bring_fn *fn, void *arg)
{
	struct ban_values *values = ch_calloc(1, sizeof(*values));
	struct cr_ban_state state;
	int rc = apply_entry(values, e);

	state = state_of(values);
	if (rc == CR_OK)
		rc = cr_lasting_bans_bring(bans, &state, now, fn, arg);
	ch_free(values);
	return rc;
}

struct recorder {
	struct cr_view *view;
	Operation *op;
	const char *uuid;
	BerVarray records;
};

/* Who may set a ban may set it; only the customer or the registrar lifts. */
static int
check_change(void *arg, const struct cr_ban_change *change)
{
	const struct recorder *recorder = arg;

	return change->lifted && !recorder->view->lifts ? CR_EACCESS : CR_OK;
}

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
 * One each, and added softly: the same ban set and lifted and set again
 * within a second gives the same record twice.
 */
static void
append_records(Operation *op, BerVarray records)
{
	if (op->o_tag == LDAP_REQ_ADD) {
		attr_merge_normalize(op->ora_e, cr_schema.ban_record, records,
			NULL);
		return;
	}
	for (BerVarray r = records; !BER_BVISNULL(r); r++)
		(void)cr_mods_add(&op->orm_modlist, cr_schema.ban_record,
			SLAP_MOD_SOFTADD, r);
}

/*
 * An end whose ban is gone must not stay: it would end the ban when it is
 * next set.  Taken out of the entry and of both states.
 */
static void
drop_idle(struct ban_values *values, struct ban_values *other, Operation *op)
{
	struct cr_ban_state state = state_of(values);

	for (size_t i = values->until.count; i-- > 0;) {
		struct cr_slice until = values->until.written[i];
		struct cr_slice norm = values->until.norms[i];
		struct berval value = { until.len, (char *)until.ptr };

		if (!cr_ban_until_is_idle(&state, until))
			continue;
		(void)cr_mods_add(&op->orm_modlist, cr_schema.ban_until,
			SLAP_MOD_SOFTDEL, &value);
		take_at(&values->until, i);
		if (other != values)
			take(&other->until, norm);
	}
}

/* The states before and after the write; `old` is NULL for an add. */
static int
states(struct ban_values *before, struct ban_values *after, Operation *op,
	const Entry *old)
{
	int rc;

	if (old == NULL)
		return apply_entry(after, op->ora_e);
	rc = apply_entry(before, old);
	*after = *before;
	if (rc == CR_OK)
		rc = apply_changes(after, op->orm_modlist);
	if (rc != CR_OK)
		return rc;
	drop_idle(before, after, op);	/* left there by an import */
	drop_idle(after, after, op);	/* left by this write */
	return CR_OK;
}

/*
 * `old` is NULL for an add.  The read log has the event before the write is
 * done; when slapd then refuses it, write.c adds that.
 */
int
cr_bans_write(struct cr_view *view, Operation *op, Entry *old,
	bool *ret_recorded)
{
	struct ban_values *before = ch_calloc(2, sizeof(*before));
	struct ban_values *after = before + 1;
	struct recorder recorder = { .view = view, .op = op };
	struct cr_ban_state from, to;
	char uuid[CR_UUID_TEXT + 1] = "";
	int rc = states(before, after, op, old);

	if (old != NULL)
		cr_entry_uuid_text(old, uuid);
	recorder.uuid = uuid;
	from = state_of(before);
	to = state_of(after);
	if (rc == CR_OK)
		rc = cr_bans_compare(&from, &to, check_change, &recorder);
	if (rc == CR_OK)
		rc = cr_bans_compare(&from, &to, record_change, &recorder);
	if (recorder.records != NULL) {
		*ret_recorded = true;
		if (rc == CR_OK)
			append_records(op, recorder.records);
		ber_bvarray_free(recorder.records);
	}
	ch_free(before);
	return rc;
}
