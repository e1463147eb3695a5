/* A leaf of the read log as LDAP entries of class crRead. */
#include "readlog.h"

#include <inttypes.h>

#include "log/leaf_text.h"

/* In the order in which leaf_text.h tells them. */
static struct {
	const char *name;
	AttributeDescription *desc;
} descs[] = {
	{ "crReadTime", NULL },
	{ "crReadReader", NULL },
	{ "crReadOnBehalfOf", NULL },
	{ "crReadSubject", NULL },
	{ "crReadClass", NULL },
	{ "crReadPurpose", NULL },
	{ "crReadRecipient", NULL },
	{ "crReadReference", NULL },
	{ "crReadType", NULL },
	{ "crReadEvent", NULL },
	{ "crReadDetail", NULL },
	{ "crReadScope", NULL },
	{ "crReadFilter", NULL },
	{ "crReadAttribute", NULL },
	{ "crReadPeer", NULL },
	{ "crReadListener", NULL },
	{ "crReadMechanism", NULL },
	{ "crReadSSF", NULL },
	{ "crReadConnection", NULL },
	{ "crReadOperation", NULL },
	{ "crReadCount", NULL },
	{ "crReadResult", NULL },
	{ "crReadSubjectDN", NULL },
	{ "crReadId", NULL }
};
#define DESCS (sizeof(descs) / sizeof(descs[0]))

static ObjectClass *read_class, *log_class;
static const struct berval id_rdn = BER_BVC("crReadId=");

int
cr_readlog_schema_resolve(void)
{
	for (unsigned i = 0; i < DESCS; i++) {
		const char *text = NULL;

		if (slap_str2ad(descs[i].name, &descs[i].desc, &text) !=
		    LDAP_SUCCESS)
			return -1;
	}
	read_class = oc_find("crRead");
	log_class = oc_find("crReadLog");
	return read_class != NULL && log_class != NULL ? 0 : -1;
}

AttributeDescription *
cr_readlog_desc(const char *name)
{
	for (unsigned i = 0; i < DESCS; i++) {
		if (strcmp(descs[i].name, name) == 0)
			return descs[i].desc;
	}
	return NULL;
}

/* ---- places -------------------------------------------------------------- */

bool
cr_readlog_next_place(const struct cr_leaf *leaf, uint32_t after,
	const unsigned char *subject, uint32_t *ret_entry)
{
	for (size_t i = after; i < leaf->entry_count; i++) {
		const unsigned char *uuid = leaf->entries[i].uuid;

		/* goes on with the run before it */
		if (i > 0 && memcmp(uuid, leaf->entries[i - 1].uuid,
		    CR_LEAF_UUID) == 0)
			continue;
		if (subject != NULL &&
		    memcmp(uuid, subject, CR_LEAF_UUID) != 0)
			continue;
		*ret_entry = (uint32_t)i + 1;
		return true;
	}
	return false;
}

static bool
parse_number(const char **text, const char *end, char stop, uint64_t max,
	uint64_t *ret_number)
{
	const char *p = *text;
	uint64_t number = 0;

	if (p == end || (*p == '0' && p + 1 != end && p[1] != stop))
		return false;
	for (; p != end && *p != stop; p++) {
		if (*p < '0' || *p > '9' || number > (max - 9) / 10)
			return false;
		number = number * 10 + (uint64_t)(*p - '0');
	}
	*text = p;
	*ret_number = number;
	return true;
}

bool
cr_readlog_place_of(const BackendDB *be, const struct berval *ndn,
	struct cr_readlog_place *ret_place)
{
	const struct berval *suffix = &be->be_nsuffix[0];
	const char *p = ndn->bv_val + id_rdn.bv_len;
	const char *end;
	uint64_t leaf, entry;

	if (ndn->bv_len <= id_rdn.bv_len + 1 + suffix->bv_len ||
	    strncasecmp(ndn->bv_val, id_rdn.bv_val, id_rdn.bv_len) != 0)
		return false;
	end = ndn->bv_val + ndn->bv_len - suffix->bv_len - 1;
	if (p >= end || *end != ',' ||
	    !parse_number(&p, end, '.', INT64_MAX, &leaf) || p == end)
		return false;
	p++;
	if (!parse_number(&p, end, ',', CR_LEAF_MAX, &entry) || p != end)
		return false;
	ret_place->leaf = leaf;
	ret_place->entry = (uint32_t)entry;
	return true;
}

/* ---- entries ------------------------------------------------------------- */

struct building {
	const struct cr_readlog_asker *asker;
	const struct cr_leaf *leaf;
	Entry *e;
	unsigned next;			/* of descs[]: told in that order */
	size_t first, end;		/* the run */
};

static AttributeDescription *
desc_after(struct building *b, const char *name)
{
	for (unsigned n = 0; n < DESCS; n++) {
		unsigned i = (b->next + n) % DESCS;

		if (strcmp(descs[i].name, name) == 0) {
			b->next = i;
			return descs[i].desc;
		}
	}
	return NULL;
}

static void
put(Entry *e, AttributeDescription *desc, struct cr_slice value)
{
	struct berval bv = { value.len, (char *)(uintptr_t)value.ptr };
	struct berval copy;

	/* slapd's normalisers want it terminated */
	ber_dupbv(&copy, &bv);
	(void)attr_merge_normalize_one(e, desc, &copy, NULL);
	ch_free(copy.bv_val);
}

/* "uuid:..." is no DN. */
static void
put_reader(Entry *e, AttributeDescription *desc, struct cr_slice who)
{
	char text[CR_UUID_TEXT_SIZE + 16];

	if (who.len != CR_UUID_TEXT + 5 || memcmp(who.ptr, "uuid:", 5) != 0) {
		put(e, desc, who);
		return;
	}
	snprintf(text, sizeof(text), "entryUUID=%.*s", CR_UUID_TEXT,
		who.ptr + 5);
	put(e, desc, cr_slice_of(text));
}

static void
put_classes(struct building *b, AttributeDescription *desc)
{
	for (size_t i = b->first; i < b->end; i++) {
		unsigned char code = b->leaf->entries[i].class_code;
		size_t before = b->first;

		while (before < i &&
		    b->leaf->entries[before].class_code != code)
			before++;
		if (before == i)
			put(b->e, desc, cr_slice_of(cr_name_class(code)));
	}
}

static int
tell(void *arg, const char *name, struct cr_slice value)
{
	struct building *b = arg;
	AttributeDescription *desc;

	if (!cr_readlog_shows(b->asker, b->leaf, name) ||
	    (desc = desc_after(b, name)) == NULL)
		return 0;
	if (strcmp(name, "crReadClass") == 0)
		put_classes(b, desc);
	else if (strcmp(name, "crReadReader") == 0 ||
	    strcmp(name, "crReadOnBehalfOf") == 0)
		put_reader(b->e, desc, value);
	else
		put(b->e, desc, value);
	return 0;
}

static void
set_name(Entry *e, const BackendDB *be, const char *rdn)
{
	struct berval text;

	ber_str2bv(rdn, 0, 0, &text);
	build_new_dn(&e->e_name, &be->be_suffix[0], &text, NULL);
	build_new_dn(&e->e_nname, &be->be_nsuffix[0], &text, NULL);
}

static void
set_class(Entry *e, const ObjectClass *class)
{
	put(e, slap_schema.si_ad_objectClass, cr_slice_bv(&class->soc_cname));
	put(e, slap_schema.si_ad_structuralObjectClass,
		cr_slice_bv(&class->soc_cname));
}

static size_t
run_end(const struct cr_leaf *leaf, size_t first)
{
	size_t end = first;

	while (end < leaf->entry_count && memcmp(leaf->entries[end].uuid,
	    leaf->entries[first].uuid, CR_LEAF_UUID) == 0)
		end++;
	return end;
}

static void
put_name(struct building *b, Operation *op, struct cr_readlog_names *names)
{
	const unsigned char *uuid = NULL;
	const struct berval *dn;

	if (b->first < b->end)
		uuid = b->leaf->entries[b->first].uuid;
	else if (b->leaf->has_subject)
		uuid = b->leaf->subject;
	if (uuid == NULL ||
	    (dn = cr_readlog_name_of(names, b->asker, op, uuid)) == NULL)
		return;
	put(b->e, cr_readlog_desc("crReadSubjectDN"), cr_slice_bv(dn));
}

Entry *
cr_readlog_entry(const struct cr_readlog_asker *asker, Operation *op,
	const struct cr_leaf *leaf, struct cr_readlog_place place,
	struct cr_readlog_names *names)
{
	struct building b = { .asker = asker, .leaf = leaf };
	size_t entry = SIZE_MAX;
	char rdn[64];

	if (place.entry > 0) {
		entry = b.first = place.entry - 1;
		b.end = run_end(leaf, entry);
	}
	snprintf(rdn, sizeof(rdn), "crReadId=%" PRIu64 ".%" PRIu32,
		place.leaf, place.entry);
	b.e = entry_alloc();
	b.e->e_id = (ID)place.leaf + 1;
	set_name(b.e, op->o_bd, rdn);
	set_class(b.e, read_class);
	put(b.e, cr_readlog_desc("crReadId"),
		cr_slice_of(rdn + id_rdn.bv_len));
	(void)!cr_leaf_tell(leaf, entry, tell, &b);
	if (names != NULL)
		put_name(&b, op, names);
	return b.e;
}

Entry *
cr_readlog_suffix_entry(const BackendDB *be)
{
	Entry *e = entry_alloc();
	LDAPRDN rdn = NULL;
	const char *rest;

	e->e_id = 0;
	ber_dupbv(&e->e_name, &be->be_suffix[0]);
	ber_dupbv(&e->e_nname, &be->be_nsuffix[0]);
	set_class(e, log_class);
	if (ldap_bv2rdn(&e->e_name, &rdn, (char **)(uintptr_t)&rest,
	    LDAP_DN_FORMAT_LDAP) == LDAP_SUCCESS) {
		for (int i = 0; rdn != NULL && rdn[i] != NULL; i++) {
			AttributeDescription *desc = NULL;
			const char *text = NULL;

			if (slap_bv2ad(&rdn[i]->la_attr, &desc, &text) ==
			    LDAP_SUCCESS)
				put(e, desc, cr_slice_bv(&rdn[i]->la_value));
		}
		ldap_rdnfree(rdn);
	}
	return e;
}
