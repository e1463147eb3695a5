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

enum { SLOTS = 32768, STRIPES = 16 };

struct slot {
	struct berval ndn;		/* owned */
	uint64_t purposes;
	unsigned policy;		/* db->policy_epoch */
};

struct cr_seen {
	_Atomic uint64_t epoch;
	ldap_pvt_thread_mutex_t stripes[STRIPES];
	struct slot slots[SLOTS];
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
	for (int i = 0; i < SLOTS; i++)
		ch_free((*seen)->slots[i].ndn.bv_val);
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

static unsigned
slot_of(const struct berval *ndn)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (ber_len_t i = 0; i < ndn->bv_len; i++)
		h = (h ^ (unsigned char)ndn->bv_val[i]) *
		    UINT64_C(1099511628211);
	return (unsigned)((h ^ (h >> 32)) % SLOTS);
}

void
cr_seen_spoil(struct cr_seen *seen, const struct berval *ndn)
{
	unsigned i = slot_of(ndn);

	ldap_pvt_thread_mutex_lock(&seen->stripes[i % STRIPES]);
	atomic_fetch_add_explicit(&seen->epoch, 1, memory_order_acq_rel);
	ch_free(seen->slots[i].ndn.bv_val);
	BER_BVZERO(&seen->slots[i].ndn);
	ldap_pvt_thread_mutex_unlock(&seen->stripes[i % STRIPES]);
}

bool
cr_seen_find(const struct cr_view *view, const struct berval *ndn,
	uint64_t *ret_purposes)
{
	struct cr_seen *seen = view->db->seen;
	unsigned i = slot_of(ndn);
	const struct slot *slot = &seen->slots[i];
	bool found;

	ldap_pvt_thread_mutex_lock(&seen->stripes[i % STRIPES]);
	found = slot->policy == view->snapshot->epoch &&
	    slot->ndn.bv_len == ndn->bv_len && !BER_BVISNULL(&slot->ndn) &&
	    memcmp(slot->ndn.bv_val, ndn->bv_val, ndn->bv_len) == 0;
	if (found)
		*ret_purposes = slot->purposes;
	ldap_pvt_thread_mutex_unlock(&seen->stripes[i % STRIPES]);
	return found;
}

void
cr_seen_store(const struct cr_view *view, const struct berval *ndn,
	uint64_t purposes)
{
	struct cr_seen *seen = view->db->seen;
	unsigned i = slot_of(ndn);
	struct slot *slot = &seen->slots[i];

	ldap_pvt_thread_mutex_lock(&seen->stripes[i % STRIPES]);
	if (cr_seen_epoch(seen) == view->epoch) {
		ch_free(slot->ndn.bv_val);
		slot->ndn.bv_len = ndn->bv_len;
		slot->ndn.bv_val = ch_malloc(ndn->bv_len + 1);
		memcpy(slot->ndn.bv_val, ndn->bv_val, ndn->bv_len);
		slot->ndn.bv_val[ndn->bv_len] = '\0';
		slot->purposes = purposes;
		slot->policy = view->snapshot->epoch;
	}
	ldap_pvt_thread_mutex_unlock(&seen->stripes[i % STRIPES]);
}
