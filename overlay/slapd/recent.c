/*
 * Visibility changes that a running search may not have seen: back-mdb reads
 * one snapshot for as long as a search lasts, and a ban set meanwhile must
 * hold for every entry not yet handed to the connection.
 *
 * A ring of the last changes, found by entryUUID.  An operation that began
 * before everything in the ring cannot know what it missed: it ends (51).
 * What is kept are the values, not their meaning, since each operation reads
 * them by its own policy and its own time.
 */
#include "inner.h"

enum { BUCKETS = 4096, VALUES_MAX = 64 };

struct change {
	uint64_t seq;			/* 0: never used */
	uint64_t before;		/* seq of the same bucket, 0: none */
	char uuid[CR_UUID_TEXT];
	bool gone;
	bool disclosure_ban;
	bool restricted;
	bool erasing, partly_erased;
	unsigned marketing, listing, until;	/* counts */
	struct cr_slice *values;	/* one block, texts behind it */
};

struct cr_recent {
	ldap_pvt_thread_mutex_t mutex;
	uint64_t buckets[BUCKETS];
	struct change ring[CR_RECENT_SLOTS];
};

struct cr_recent *
cr_recent_new(void)
{
	struct cr_recent *recent = ch_calloc(1, sizeof(*recent));

	ldap_pvt_thread_mutex_init(&recent->mutex);
	return recent;
}

void
cr_recent_free(struct cr_recent **recent)
{
	if (*recent == NULL)
		return;
	for (size_t i = 0; i < CR_RECENT_SLOTS; i++)
		ch_free((*recent)->ring[i].values);
	ldap_pvt_thread_mutex_destroy(&(*recent)->mutex);
	ch_free(*recent);
	*recent = NULL;
}

static unsigned
bucket_of(const char *uuid)
{
	unsigned h = 2166136261u;

	for (int i = 0; i < CR_UUID_TEXT; i++)
		h = (h ^ (unsigned char)uuid[i]) * 16777619u;
	return h % BUCKETS;
}

/* Keywords normalised, times as written (judge.c). */
static BerVarray
values_of(const Attribute *a)
{
	return a->a_desc == cr_schema.ban_until ? a->a_vals : a->a_nvals;
}

static size_t
values_size(const Attribute *a)
{
	size_t size = 0;

	if (a == NULL)
		return 0;
	for (unsigned i = 0; i < a->a_numvals; i++)
		size += sizeof(struct cr_slice) + values_of(a)[i].bv_len;
	return size;
}

static unsigned
copy_values(const Attribute *a, struct cr_slice **slice, char **text)
{
	if (a == NULL)
		return 0;
	for (unsigned i = 0; i < a->a_numvals; i++) {
		const struct berval *v = &values_of(a)[i];

		memcpy(*text, v->bv_val, v->bv_len);
		**slice = (struct cr_slice){ *text, v->bv_len };
		*text += v->bv_len;
		(*slice)++;
	}
	return a->a_numvals;
}

static bool
not_false(const Entry *e, AttributeDescription *desc)
{
	const Attribute *a = attr_find(e->e_attrs, desc);

	return a != NULL &&
	    !(a->a_numvals == 1 && bvmatch(&a->a_nvals[0], &slap_false_bv));
}

static void
fill(struct change *c, const Entry *e)
{
	const Attribute *m = attr_find(e->e_attrs, cr_schema.marketing_ban);
	const Attribute *l = attr_find(e->e_attrs, cr_schema.listing_ban);
	const Attribute *u = attr_find(e->e_attrs, cr_schema.ban_until);
	size_t count = (m ? m->a_numvals : 0) + (l ? l->a_numvals : 0) +
	    (u ? u->a_numvals : 0);
	const Attribute *erasing = attr_find(e->e_attrs, cr_schema.erasing);
	struct cr_customer_facts facts = { 0 };
	struct cr_slice *slice;
	char *text;

	c->values = ch_malloc(values_size(m) + values_size(l) +
		values_size(u) + 1);
	slice = c->values;
	text = (char *)(c->values + count);
	c->marketing = copy_values(m, &slice, &text);
	c->listing = copy_values(l, &slice, &text);
	c->until = copy_values(u, &slice, &text);
	c->disclosure_ban = not_false(e, cr_schema.disclosure_ban);
	c->restricted = not_false(e, cr_schema.restricted);
	if (erasing != NULL)
		cr_erasure_pending(cr_slice_bv(&erasing->a_vals[0]), &facts);
	c->erasing = facts.erasing;
	c->partly_erased = facts.partly_erased;
}

/* After the commit, before the answer: `e` is the customer as it now is. */
int
cr_recent_note(struct cr_db *db, const Entry *e, bool gone)
{
	struct cr_recent *recent = db->recent;
	const Attribute *uuid = attr_find(e->e_attrs,
		slap_schema.si_ad_entryUUID);
	struct change *c;
	uint64_t seq;
	unsigned bucket;

	if (uuid == NULL || uuid->a_numvals != 1 ||
	    uuid->a_vals[0].bv_len != CR_UUID_TEXT)
		return CR_OK;
	bucket = bucket_of(uuid->a_vals[0].bv_val);
	ldap_pvt_thread_mutex_lock(&recent->mutex);
	seq = atomic_load(&db->changes) + 1;
	c = &recent->ring[seq % CR_RECENT_SLOTS];
	ch_free(c->values);
	memset(c, 0, sizeof(*c));
	c->seq = seq;
	c->before = recent->buckets[bucket];
	c->gone = gone;
	memcpy(c->uuid, uuid->a_vals[0].bv_val, CR_UUID_TEXT);
	if (!gone)
		fill(c, e);
	recent->buckets[bucket] = seq;
	atomic_store_explicit(&db->changes, seq, memory_order_release);
	ldap_pvt_thread_mutex_unlock(&recent->mutex);
	return CR_OK;
}

static enum cr_recent_found
read_change(const struct cr_view *view, const struct change *c,
	struct cr_customer_facts *facts)
{
	struct cr_ban_values values;

	if (c->gone)
		return CR_RECENT_GONE;
	values.marketing = c->values;
	values.marketing_count = c->marketing;
	values.listing = c->values + c->marketing;
	values.listing_count = c->listing;
	values.until = c->values + c->marketing + c->listing;
	values.until_count = c->until;
	memset(facts, 0, sizeof(*facts));
	facts->disclosure_ban = c->disclosure_ban;
	facts->restricted = c->restricted;
	facts->erasing = c->erasing;
	facts->partly_erased = c->partly_erased;
	if (view->snapshot != NULL)
		cr_bans_in_force(view->snapshot->policy, &values, view->now,
			facts);
	return CR_RECENT_FACTS;
}

enum cr_recent_found
cr_recent_look(const struct cr_view *view, const char *uuid,
	struct cr_customer_facts *facts)
{
	struct cr_recent *recent = view->db->recent;
	enum cr_recent_found found = CR_RECENT_NONE;
	uint64_t newest = cr_recent_now(view->db);
	uint64_t seq;

	if (newest == view->recent_seq)
		return CR_RECENT_NONE;
	if (uuid[0] == '\0')
		return CR_RECENT_LOST;
	ldap_pvt_thread_mutex_lock(&recent->mutex);
	newest = atomic_load(&view->db->changes);
	if (newest - view->recent_seq >= CR_RECENT_SLOTS)
		found = CR_RECENT_LOST;
	else
		seq = recent->buckets[bucket_of(uuid)];
	while (found == CR_RECENT_NONE && seq > view->recent_seq) {
		const struct change *c = &recent->ring[seq % CR_RECENT_SLOTS];

		if (memcmp(c->uuid, uuid, CR_UUID_TEXT) == 0)
			found = read_change(view, c, facts);
		seq = c->before;
	}
	ldap_pvt_thread_mutex_unlock(&recent->mutex);
	return found;
}

/*
 * Of a write below all overlays, which passed none of the functions here;
 * `gone` is what was deleted.
 */
void
cr_write_noticed(struct cr_db *db, Operation *op, const struct berval *ndn,
	const Entry *gone)
{
	struct berval name = *ndn;
	Entry *e = NULL;

	if (cr_db_is_policy(db, ndn))
		cr_snapshot_spoil(db);
	cr_seen_spoil(db->seen, ndn);
	if (gone != NULL) {
		if (is_entry_objectclass((Entry *)(uintptr_t)gone,
		    cr_schema.customer, 0))
			(void)cr_recent_note(db, gone, true);
	} else if (cr_raw_get(db, op, &name, &e) == LDAP_SUCCESS &&
	    e != NULL) {
		(void)cr_recent_note(db, e, false);
		cr_raw_release(db, op, e);
	}
}
