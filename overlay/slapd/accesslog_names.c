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

bool
cr_logged_uuid(const struct cr_logged *logged, const Entry *record,
	unsigned char ret_uuid[CR_UUID_BYTES])
{
	const Attribute *a = attr_find(record->e_attrs, logged->uuid);

	return a != NULL && cr_uuid_parse(cr_slice_bv(&a->a_vals[0]),
		ret_uuid) == CR_OK;
}

/* One of the erased. */
struct subject {
	unsigned char uuid[CR_UUID_BYTES];
	struct berval ndn;		/* borrowed */
	struct berval from;		/* since when they have the next name */
};

/* From when until when it was the name of one of them. */
struct period {
	struct period *next;
	struct berval from, to;		/* reqStart; NULL: open */
};

struct name {
	struct berval ndn;
	struct period *periods;
};

/* The numbers of both stand first. */
static int
by_uuid(const void *a, const void *b)
{
	return memcmp(a, b, CR_UUID_BYTES);
}

static int
by_name(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return ber_bvcmp(&left->ndn, &right->ndn);
}

static struct subject *
subject_of(const struct cr_logged *logged, const unsigned char uuid[])
{
	return ldap_avl_find(logged->subjects, uuid, by_uuid);
}

bool
cr_logged_is_subject(const struct cr_logged *logged,
	const unsigned char uuid[CR_UUID_BYTES])
{
	return subject_of(logged, uuid) != NULL;
}

static struct name *
name_of(const struct cr_logged *logged, const struct berval *ndn)
{
	struct name key = { .ndn = *ndn };

	return ldap_avl_find(logged->names, &key, by_name);
}

/* Takes `from` over. */
static void
put_name(struct cr_logged *logged, const struct berval *ndn,
	struct berval *from, const struct berval *to)
{
	struct period *period = ch_calloc(1, sizeof(*period));
	struct name *name = name_of(logged, ndn);

	if (name == NULL) {
		name = ch_calloc(1, sizeof(*name));
		ber_dupbv(&name->ndn, (struct berval *)(uintptr_t)ndn);
		(void)ldap_avl_insert(&logged->names, name, by_name,
			ldap_avl_dup_error);
	}
	period->from = *from;
	BER_BVZERO(from);
	if (to != NULL)
		ber_dupbv(&period->to, (struct berval *)(uintptr_t)to);
	period->next = name->periods;
	name->periods = period;
}

/* Of the erased themselves, in the order of the log. */
static int
read_own(Operation *op, SlapReply *rs)
{
	struct cr_logged *logged = op->o_callback->sc_private;
	const Entry *e = rs->sr_entry;
	unsigned char uuid[CR_UUID_BYTES];
	const struct berval *start, *dn;
	struct subject *subject;

	if (rs->sr_type != REP_SEARCH ||
	    !cr_logged_uuid(logged, e, uuid) ||
	    (subject = subject_of(logged, uuid)) == NULL ||
	    !cr_logged_is(e, logged->result, "0"))
		return 0;
	start = cr_logged_value(e, logged->start);
	dn = cr_logged_value(e, logged->dn);
	if (start == NULL || dn == NULL)
		return 0;
	if (cr_logged_is(e, logged->type, "modrdn"))
		put_name(logged, dn, &subject->from, start);
	else if (!cr_logged_is(e, logged->type, "add"))
		return 0;
	ch_free(subject->from.bv_val);
	ber_dupbv(&subject->from, (struct berval *)(uintptr_t)start);
	return 0;
}

static bool
was_then(const struct name *name, const struct berval *start)
{
	const struct period *period = name->periods;

	/* reqStart sorts as text does */
	while (period != NULL && start != NULL &&
	    ((!BER_BVISNULL(&period->from) &&
	    strcmp(start->bv_val, period->from.bv_val) < 0) ||
	    (!BER_BVISNULL(&period->to) &&
	    strcmp(start->bv_val, period->to.bv_val) > 0)))
		period = period->next;
	return period != NULL;
}

bool
cr_logged_names(const struct cr_logged *logged, const Entry *record,
	const struct berval *ndn)
{
	const struct berval *start = cr_logged_value(record, logged->start);
	struct berval above = *ndn, parent;

	while (above.bv_len > 0) {
		const struct name *name = name_of(logged, &above);

		if (name != NULL && was_then(name, start))
			return true;
		dnParent(&above, &parent);
		above = parent;
	}
	return false;
}

/* ---- what stood below ---------------------------------------------------- */

const struct cr_logged_child *
cr_logged_child(const struct cr_logged *logged,
	const unsigned char uuid[CR_UUID_BYTES])
{
	return ldap_avl_find(logged->children, uuid, by_uuid);
}

static struct cr_logged_child *
child_of(struct cr_logged *logged, const unsigned char uuid[])
{
	struct cr_logged_child *child = ldap_avl_find(logged->children, uuid,
		by_uuid);

	if (child == NULL) {
		child = ch_calloc(1, sizeof(*child));
		memcpy(child->uuid, uuid, sizeof(child->uuid));
		(void)ldap_avl_insert(&logged->children, child, by_uuid,
			ldap_avl_dup_error);
	}
	return child;
}

/* It may have come from another customer, and gone to one. */
static int
read_below(Operation *op, SlapReply *rs)
{
	struct cr_logged *logged = op->o_callback->sc_private;
	unsigned char uuid[CR_UUID_BYTES];
	const Entry *e = rs->sr_entry;
	const struct berval *dn, *fresh;
	struct cr_logged_child *child;

	if (rs->sr_type != REP_SEARCH)
		return 0;
	dn = cr_logged_value(e, logged->dn);
	fresh = cr_logged_value(e, logged->fresh);
	if (dn == NULL || !cr_logged_uuid(logged, e, uuid) ||
	    subject_of(logged, uuid) != NULL)
		return 0;
	if (!cr_logged_names(logged, e, dn) &&
	    (fresh == NULL || !cr_logged_names(logged, e, fresh)))
		return 0;
	child = child_of(logged, uuid);
	if (fresh != NULL && cr_logged_is(e, logged->result, "0"))
		child->elsewhere = !cr_logged_names(logged, e, fresh);
	return 0;
}

/* ---- the log ------------------------------------------------------------- */

struct reading {
	struct cr_logged *logged;
	struct cr_erasing *erasing;
	BackendDB *be;
	const struct berval *suffix;
};

static int
search(const struct reading *reading, const char *filter, slap_response *found)
{
	int code;

	cr_inner_begin_at(reading->erasing->inner, reading->be,
		reading->erasing->ctx);
	code = cr_inner_search(reading->erasing->inner,
		&(struct cr_inner_search){ .base = *reading->suffix,
		.nbase = *reading->suffix, .scope = LDAP_SCOPE_SUBTREE,
		.filter = filter, .with_attributes = true, .found = found,
		.arg = reading->logged });
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}

/* A few are found by the index there may be; with many, each record is read. */
static int
read_names(const struct reading *reading, const struct cr_erased *those)
{
	static const char all[] = "(|(reqType=add)(reqType=modrdn))";
	enum { FEW = 16, EACH = CR_UUID_TEXT_SIZE + 16 };
	char filter[FEW * EACH + 4], *at = filter;

	if (reading->logged->count > FEW)
		return search(reading, all, read_own);
	at += sprintf(at, "(|");
	for (; those != NULL; those = those->next) {
		char uuid[CR_UUID_TEXT_SIZE];

		cr_uuid_format(those->subject, uuid);
		at += sprintf(at, "(reqEntryUUID=%s)", uuid);
	}
	strcpy(at, ")");
	return search(reading, filter, read_own);
}

/*
 * The record of the add may have gone in an earlier pass.  Without its Z the
 * time stands before every reqStart of that second.
 */
static void
since_created(struct cr_erasing *erasing, struct subject *subject)
{
	const Attribute *a;
	Entry *e;

	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	e = cr_raw_copy(erasing->db, erasing->inner->op, &subject->ndn);
	if (e == NULL)
		return;
	a = attr_find(e->e_attrs, slap_schema.si_ad_createTimestamp);
	if (a != NULL && a->a_nvals[0].bv_len > 0) {
		ber_dupbv(&subject->from, &a->a_nvals[0]);
		subject->from.bv_val[--subject->from.bv_len] = '\0';
	}
	entry_free(e);
}

static void
put_subject(struct cr_logged *logged, struct cr_erasing *erasing,
	const struct cr_erased *one)
{
	struct subject *subject = ch_calloc(1, sizeof(*subject));

	memcpy(subject->uuid, one->subject, sizeof(subject->uuid));
	subject->ndn = one->ndn;
	if (ldap_avl_insert(&logged->subjects, subject, by_uuid,
	    ldap_avl_dup_error) != 0) {
		ch_free(subject);
		return;
	}
	logged->count++;
	since_created(erasing, subject);
}

/* What they are called now. */
static int
put_last_name(void *of, void *arg)
{
	struct subject *subject = of;

	put_name(arg, &subject->ndn, &subject->from, NULL);
	return 0;
}

int
cr_logged_read(struct cr_logged *logged, struct cr_erasing *erasing,
	const struct cr_erased *those, BackendDB *be,
	const struct berval *suffix)
{
	const struct reading reading = { .logged = logged, .erasing = erasing,
		.be = be, .suffix = suffix };
	int rc;

	for (const struct cr_erased *one = those; one; one = one->next)
		put_subject(logged, erasing, one);
	rc = read_names(&reading, those);
	(void)ldap_avl_apply(logged->subjects, put_last_name, logged, -1,
		AVL_INORDER);
	return rc == CR_OK ? search(&reading, "(reqDN=*)", read_below) : rc;
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

static void
free_subject(void *of)
{
	struct subject *subject = of;

	ch_free(subject->from.bv_val);
	ch_free(subject);
}

static void
free_name(void *of)
{
	struct name *name = of;
	struct period *period;

	while ((period = name->periods) != NULL) {
		name->periods = period->next;
		ch_free(period->from.bv_val);
		ch_free(period->to.bv_val);
		ch_free(period);
	}
	ch_free(name->ndn.bv_val);
	ch_free(name);
}

void
cr_logged_clear(struct cr_logged *logged)
{
	(void)ldap_avl_free(logged->subjects, free_subject);
	(void)ldap_avl_free(logged->names, free_name);
	(void)ldap_avl_free(logged->children, ch_free);
	memset(logged, 0, sizeof(*logged));
}
