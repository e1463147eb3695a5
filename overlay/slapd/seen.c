/*
 * Who is visible for which purposes, by DN: groups name customers by the
 * thousand, and fetching each to know whether its name may be shown costs
 * twenty times what sending the name does.
 *
 * One bit per purpose, for customers whose visibility does not depend on the
 * clock (no crBanUntil) or on the reader.  A slot is good for the policy it
 * was judged by.  Every write at or below a customers base raises the epoch
 * and empties the slot of its DN before the writer gets its answer; an
 * operation stores only what it judged while the epoch stayed as it was when
 * the operation began, so nothing read from an older snapshot gets in.
 */
#include "guard.h"

/*
 * A DN has the choice of WAYS slots: with one, a quarter of 10,000 members
 * share theirs with another, and take it from each other at each look.
 */
enum { SETS = 4096, WAYS = 8, STRIPES = 16 };

struct slot {
	struct berval ndn;		/* owned; null: the slot is free */
	uint64_t hash;			/* of ndn, to compare first */
	uint64_t purposes;
	unsigned policy;		/* db->policy_epoch */
};

struct cr_seen {
	_Atomic uint64_t epoch;
	ldap_pvt_thread_mutex_t stripes[STRIPES];
	struct slot slots[SETS][WAYS];
};

struct cr_seen *
cr_seen_new(void)
{
	struct cr_seen *seen = ch_calloc(1, sizeof(*seen));

	for (int i = 0; i < STRIPES; i++)
		ldap_pvt_thread_mutex_init(&seen->stripes[i]);
	return seen;
}

void
cr_seen_free(struct cr_seen **seen)
{
	if (*seen == NULL)
		return;
	for (int i = 0; i < SETS * WAYS; i++)
		ch_free((*seen)->slots[i / WAYS][i % WAYS].ndn.bv_val);
	for (int i = 0; i < STRIPES; i++)
		ldap_pvt_thread_mutex_destroy(&(*seen)->stripes[i]);
	ch_free(*seen);
	*seen = NULL;
}

uint64_t
cr_seen_epoch(struct cr_seen *seen)
{
	return atomic_load_explicit(&seen->epoch, memory_order_acquire);
}

static uint64_t
hash_of(const struct berval *ndn)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (ber_len_t i = 0; i < ndn->bv_len; i++)
		h = (h ^ (unsigned char)ndn->bv_val[i]) *
		    UINT64_C(1099511628211);
	return h ^ (h >> 32);
}

static struct slot *
find(struct slot *set, const struct berval *ndn, uint64_t hash)
{
	for (int i = 0; i < WAYS; i++) {
		struct slot *slot = &set[i];

		if (slot->hash == hash && !BER_BVISNULL(&slot->ndn) &&
		    slot->ndn.bv_len == ndn->bv_len &&
		    memcmp(slot->ndn.bv_val, ndn->bv_val, ndn->bv_len) == 0)
			return slot;
	}
	return NULL;
}

/* A slot to write to: a free one, one of an old policy, or any. */
static struct slot *
give_way(struct slot *set, unsigned policy, uint64_t hash)
{
	struct slot *old = NULL;

	for (int i = 0; i < WAYS; i++) {
		if (BER_BVISNULL(&set[i].ndn))
			return &set[i];
		if (set[i].policy != policy)
			old = &set[i];
	}
	return old != NULL ? old : &set[(hash / SETS) % WAYS];
}

void
cr_seen_spoil(struct cr_seen *seen, const struct berval *ndn)
{
	uint64_t hash = hash_of(ndn);
	unsigned i = hash % SETS;
	struct slot *slot;

	ldap_pvt_thread_mutex_lock(&seen->stripes[i % STRIPES]);
	atomic_fetch_add_explicit(&seen->epoch, 1, memory_order_acq_rel);
	slot = find(seen->slots[i], ndn, hash);
	if (slot != NULL) {
		ch_free(slot->ndn.bv_val);
		BER_BVZERO(&slot->ndn);
	}
	ldap_pvt_thread_mutex_unlock(&seen->stripes[i % STRIPES]);
}

bool
cr_seen_find(const struct cr_view *view, const struct berval *ndn,
	uint64_t *ret_purposes)
{
	struct cr_seen *seen = view->db->seen;
	uint64_t hash = hash_of(ndn);
	unsigned i = hash % SETS;
	const struct slot *slot;
	bool found;

	ldap_pvt_thread_mutex_lock(&seen->stripes[i % STRIPES]);
	slot = find(seen->slots[i], ndn, hash);
	found = slot != NULL && slot->policy == view->snapshot->epoch;
	if (found)
		*ret_purposes = slot->purposes;
	ldap_pvt_thread_mutex_unlock(&seen->stripes[i % STRIPES]);
	return found;
}

static void
fill(struct slot *slot, const struct berval *ndn, uint64_t hash)
{
	ch_free(slot->ndn.bv_val);
	slot->ndn.bv_len = ndn->bv_len;
	slot->ndn.bv_val = ch_malloc(ndn->bv_len + 1);
	memcpy(slot->ndn.bv_val, ndn->bv_val, ndn->bv_len);
	slot->ndn.bv_val[ndn->bv_len] = '\0';
	slot->hash = hash;
}

void
cr_seen_store(const struct cr_view *view, const struct berval *ndn,
	uint64_t purposes)
{
	struct cr_seen *seen = view->db->seen;
	uint64_t hash = hash_of(ndn);
	unsigned i = hash % SETS;

	ldap_pvt_thread_mutex_lock(&seen->stripes[i % STRIPES]);
	if (cr_seen_epoch(seen) == view->epoch) {
		struct slot *slot = find(seen->slots[i], ndn, hash);

		if (slot == NULL) {
			slot = give_way(seen->slots[i], view->snapshot->epoch,
			    hash);
			fill(slot, ndn, hash);
		}
		slot->purposes = purposes;
		slot->policy = view->snapshot->epoch;
	}
	ldap_pvt_thread_mutex_unlock(&seen->stripes[i % STRIPES]);
}
