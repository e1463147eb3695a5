/* See accesslog_names.h. */
#include "accesslog_names.h"

/* ---- the names of the erased --------------------------------------------- */

const struct berval *
cr_logged_value(const Entry *record, AttributeDescription *desc)
{
	const Attribute *a = attr_find(record->e_attrs, desc);

	return a != NULL ? &a->a_nvals[0] : NULL;
}

bool
cr_logged_is(const Entry *record, AttributeDescription *desc,
	const char *value)
{
	const struct berval *bv = cr_logged_value(record, desc);

	return bv != NULL && bv->bv_len == strlen(value) &&
	    strncasecmp(bv->bv_val, value, bv->bv_len) == 0;
}

static void
put_name(struct cr_logged *logged, const struct berval *ndn,
	struct berval *from, const struct berval *to)
{
	struct cr_logged_name *name = ch_calloc(1, sizeof(*name));

	ber_dupbv(&name->ndn, (struct berval *)(uintptr_t)ndn);
	name->from = *from;
	BER_BVZERO(from);
	if (to != NULL)
		ber_dupbv(&name->to, (struct berval *)(uintptr_t)to);
	name->next = logged->names;
	logged->names = name;
}

struct reading {
	struct cr_logged *logged;
	struct cr_erasing *erasing;
	struct berval from;		/* since when they have the next name */
};

/* Of the erased themselves, in the order of the log. */
static int
read_own(Operation *op, SlapReply *rs)
{
	struct reading *reading = op->o_callback->sc_private;
	const struct cr_logged *logged = reading->logged;
	const Entry *e = rs->sr_entry;
	const struct berval *start, *dn;

	if (rs->sr_type != REP_SEARCH || !cr_logged_is(e, logged->result, "0"))
		return 0;
	start = cr_logged_value(e, logged->start);
	dn = cr_logged_value(e, logged->dn);
	if (start == NULL || dn == NULL)
		return 0;
	if (cr_logged_is(e, logged->type, "modrdn"))
		put_name(reading->logged, dn, &reading->from, start);
	else if (!cr_logged_is(e, logged->type, "add"))
		return 0;
	ch_free(reading->from.bv_val);
	ber_dupbv(&reading->from, (struct berval *)(uintptr_t)start);
	return 0;
}

bool
cr_logged_names(const struct cr_logged *logged, const Entry *record,
	const struct berval *ndn)
{
	const struct berval *start = cr_logged_value(record, logged->start);

	for (const struct cr_logged_name *name = logged->names; name != NULL;
	    name = name->next) {
		if (!dnIsSuffix(ndn, &name->ndn))
			continue;
		if (start == NULL)
			return true;
		/* reqStart sorts as text does */
		if ((BER_BVISNULL(&name->from) ||
		    strcmp(start->bv_val, name->from.bv_val) >= 0) &&
		    (BER_BVISNULL(&name->to) ||
		    strcmp(start->bv_val, name->to.bv_val) <= 0))
			return true;
	}
	return false;
}

/* ---- what stood below ---------------------------------------------------- */

static struct cr_logged_child *
child_of(struct cr_logged *logged, const char *uuid)
{
	struct cr_logged_child *child = logged->children;

	while (child != NULL && strcmp(child->uuid, uuid) != 0)
		child = child->next;
	if (child == NULL) {
		child = ch_calloc(1, sizeof(*child));
		strcpy(child->uuid, uuid);
		child->next = logged->children;
		logged->children = child;
	}
	return child;
}

/* It may have come from another customer, and gone to one. */
static int
read_below(Operation *op, SlapReply *rs)
{
	struct reading *reading = op->o_callback->sc_private;
	struct cr_logged *logged = reading->logged;
	unsigned char bytes[CR_UUID_BYTES];
	const Entry *e = rs->sr_entry;
	const struct berval *dn, *fresh;
	const Attribute *uuid;
	char text[CR_UUID_TEXT_SIZE];
	struct cr_logged_child *child;

	if (rs->sr_type != REP_SEARCH)
		return 0;
	dn = cr_logged_value(e, logged->dn);
	fresh = cr_logged_value(e, logged->fresh);
	uuid = attr_find(e->e_attrs, logged->uuid);
	if (dn == NULL || uuid == NULL || cr_uuid_parse(
	    cr_slice_bv(&uuid->a_vals[0]), bytes) != CR_OK ||
	    memcmp(bytes, reading->erasing->order.subject, sizeof(bytes)) == 0)
		return 0;
	if (!cr_logged_names(logged, e, dn) &&
	    (fresh == NULL || !cr_logged_names(logged, e, fresh)))
		return 0;
	cr_uuid_format(bytes, text);
	child = child_of(logged, text);
	if (fresh != NULL && cr_logged_is(e, logged->result, "0"))
		child->elsewhere = !cr_logged_names(logged, e, fresh);
	return 0;
}

static int
search(struct reading *reading, BackendDB *be, const struct berval *suffix,
	const char *filter, slap_response *found)
{
	int code;

	cr_inner_begin_at(reading->erasing->inner, be, reading->erasing->ctx);
	code = cr_inner_search(reading->erasing->inner,
		&(struct cr_inner_search){ .base = *suffix, .nbase = *suffix,
		.scope = LDAP_SCOPE_SUBTREE, .filter = filter,
		.with_attributes = true, .found = found, .arg = reading });
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}

static void
put_escaped(char **at, const char *before, const struct berval *value)
{
	struct berval escaped = BER_BVNULL;

	filter_escape_value((struct berval *)(uintptr_t)value, &escaped);
	*at += sprintf(*at, "%s%s)", before, escaped.bv_val);
	ch_free(escaped.bv_val);
}

/* Under any of the names, or moved to below one. */
static char *
filter_of(const struct cr_logged *logged)
{
	static const char below[] = "(reqDN:dnSubtreeMatch:=";
	static const char into[] = "(reqNewDN:dnSubtreeMatch:=";
	size_t size = 8;
	char *filter, *at;

	for (const struct cr_logged_name *n = logged->names; n; n = n->next)
		size += sizeof(below) + sizeof(into) + 6 * n->ndn.bv_len + 8;
	filter = at = ch_malloc(size);
	at += sprintf(at, "(|");
	for (const struct cr_logged_name *n = logged->names; n; n = n->next) {
		put_escaped(&at, below, &n->ndn);
		put_escaped(&at, into, &n->ndn);
	}
	strcpy(at, ")");
	return filter;
}

/*
 * The record of the add may have gone in an earlier pass.  Without its Z the
 * time stands before every reqStart of that second.
 */
static void
since_created(struct reading *reading)
{
	struct cr_erasing *erasing = reading->erasing;
	const Attribute *a;
	Entry *e;

	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	e = cr_raw_copy(erasing->db, erasing->inner->op, &erasing->ndn);
	if (e == NULL)
		return;
	a = attr_find(e->e_attrs, slap_schema.si_ad_createTimestamp);
	if (a != NULL && a->a_nvals[0].bv_len > 0) {
		ber_dupbv(&reading->from, &a->a_nvals[0]);
		reading->from.bv_val[--reading->from.bv_len] = '\0';
	}
	entry_free(e);
}

int
cr_logged_read(struct cr_logged *logged, struct cr_erasing *erasing,
	BackendDB *be, const struct berval *suffix)
{
	struct reading reading = { .logged = logged, .erasing = erasing };
	char uuid[CR_UUID_TEXT_SIZE], own[CR_UUID_TEXT_SIZE + 16];
	char *filter;
	int rc;

	cr_uuid_format(erasing->order.subject, uuid);
	snprintf(own, sizeof(own), "(reqEntryUUID=%s)", uuid);
	since_created(&reading);
	rc = search(&reading, be, suffix, own, read_own);
	put_name(logged, &erasing->ndn, &reading.from, NULL);
	if (rc != CR_OK)
		return rc;
	filter = filter_of(logged);
	rc = search(&reading, be, suffix, filter, read_below);
	ch_free(filter);
	return rc;
}

int
cr_logged_begin(struct cr_logged *logged)
{
	const struct {
		const char *name;
		AttributeDescription **desc;
	} wanted[] = {
		{ "reqStart", &logged->start }, { "reqDN", &logged->dn },
		{ "reqEntryUUID", &logged->uuid }, { "reqType", &logged->type },
		{ "reqResult", &logged->result },
		{ "reqNewDN", &logged->fresh }, { "reqMod", &logged->mod },
		{ "reqOld", &logged->old }
	};
	const char *text;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (slap_str2ad(wanted[i].name, wanted[i].desc, &text) !=
		    LDAP_SUCCESS)
			return CR_EINTERNAL;
	}
	return CR_OK;
}

void
cr_logged_clear(struct cr_logged *logged)
{
	struct cr_logged_name *name;
	struct cr_logged_child *child;

	while ((name = logged->names) != NULL) {
		logged->names = name->next;
		ch_free(name->ndn.bv_val);
		ch_free(name->from.bv_val);
		ch_free(name->to.bv_val);
		ch_free(name);
	}
	while ((child = logged->children) != NULL) {
		logged->children = child->next;
		ch_free(child);
	}
}
