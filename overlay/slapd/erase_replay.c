/*
 * Who was loaded again from a backup need not have the entryUUID they had:
 * they are found by the keyed hashes of the order, in one pass over the
 * customers for all orders.  Two kinds must fit, and one of them is the
 * customer number: people of one household share mail and phone, and nobody
 * but the erased is to go.  An order without a number fits nobody.
 */
#include "erase.h"

#include <stdlib.h>

struct mark {
	struct cr_keyed_hash hash;
	size_t order;
};

struct cr_wanted {
	struct mark *marks;
	size_t count, room;
	bool sorted;
};

struct cr_wanted *
cr_wanted_new(void)
{
	return ch_calloc(1, sizeof(struct cr_wanted));
}

void
cr_wanted_free(struct cr_wanted **wanted)
{
	if (*wanted != NULL)
		ch_free((*wanted)->marks);
	ch_free(*wanted);
	*wanted = NULL;
}

void
cr_wanted_add(struct cr_wanted *wanted, const struct cr_erasure *order,
	size_t number)
{
	for (size_t i = 0; i < order->hash_count; i++) {
		if (wanted->count == wanted->room) {
			wanted->room = wanted->room == 0 ? 64 :
			    2 * wanted->room;
			wanted->marks = ch_realloc(wanted->marks,
				wanted->room * sizeof(*wanted->marks));
		}
		wanted->marks[wanted->count++] = (struct mark){
			order->hashes[i], number };
	}
	wanted->sorted = false;
}

/* Of the hash alone: kinds and keys have hashes of their own. */
static int
by_hash(const void *a, const void *b)
{
	const struct mark *left = a, *right = b;

	return memcmp(left->hash.hash.bytes, right->hash.hash.bytes,
		sizeof(left->hash.hash.bytes));
}

static void
sort(struct cr_wanted *wanted)
{
	if (!wanted->sorted && wanted->count > 0)
		qsort(wanted->marks, wanted->count, sizeof(*wanted->marks),
			by_hash);
	wanted->sorted = true;
}

/* The first mark that is not before the hash. */
static size_t
first_of(const struct cr_wanted *wanted, const struct mark *key)
{
	size_t low = 0, high = wanted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_hash(&wanted->marks[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Those of this order alone, for the rule that both sides of it share. */
static bool
fits(const struct cr_wanted *wanted, const struct cr_factors *factors,
	size_t order)
{
	struct cr_keyed_hash hashes[CR_FACTORS_MAX];
	unsigned kinds = 0;
	size_t count = 0;

	for (size_t i = 0; i < factors->count; i++) {
		const struct mark key = { .hash = factors->items[i].hash };

		for (size_t at = first_of(wanted, &key);
		    at < wanted->count && by_hash(&wanted->marks[at],
		    &key) == 0; at++) {
			if (wanted->marks[at].order != order ||
			    count == CR_FACTORS_MAX)
				continue;
			hashes[count++] = wanted->marks[at].hash;
		}
	}
	return cr_suppress_match(factors, hashes, count, &kinds) ==
	    CR_MATCH_PERSON && (kinds & 1u << CR_FACTOR_NUMBER) != 0;
}

struct pass {
	struct cr_erasing *erasing;
	const struct cr_wanted *wanted;
	cr_fitting_fn *fn;
	void *arg;
	int error;
};

/* The first order that fits is as good as any. */
static bool
find_order(const struct cr_wanted *wanted, const struct cr_factors *factors,
	size_t *ret_order)
{
	for (size_t i = 0; i < factors->count; i++) {
		const struct mark key = { .hash = factors->items[i].hash };

		for (size_t at = first_of(wanted, &key);
		    at < wanted->count && by_hash(&wanted->marks[at],
		    &key) == 0; at++) {
			*ret_order = wanted->marks[at].order;
			if (fits(wanted, factors, *ret_order))
				return true;
		}
	}
	return false;
}

static int
look(Operation *op, SlapReply *rs)
{
	struct pass *pass = op->o_callback->sc_private;
	unsigned char uuid[CR_UUID_BYTES];
	struct cr_factors factors;
	const Attribute *a;
	size_t order;

	if (rs->sr_type != REP_SEARCH || pass->error != CR_OK ||
	    !cr_db_contains(pass->erasing->db, &rs->sr_entry->e_nname))
		return 0;
	a = attr_find(rs->sr_entry->e_attrs, slap_schema.si_ad_entryUUID);
	if (a != NULL && cr_suppress_factors(pass->erasing->db, rs->sr_entry,
	    &factors) && find_order(pass->wanted, &factors, &order) &&
	    cr_uuid_parse(cr_slice_bv(&a->a_vals[0]), uuid) == CR_OK)
		pass->error = pass->fn(pass->arg, order, uuid);
	return 0;
}

int
cr_wanted_find(struct cr_erasing *erasing, struct cr_wanted *wanted,
	cr_fitting_fn *fn, void *arg)
{
	const BackendDB *be = erasing->db->be;
	struct pass pass = { erasing, wanted, fn, arg, CR_OK };
	int code;

	if (wanted->count == 0)
		return CR_OK;
	sort(wanted);
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	code = cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = be->be_suffix[0], .nbase = be->be_nsuffix[0],
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = "(objectClass=crCustomer)",
		.with_attributes = true, .found = look, .arg = &pass });
	if (pass.error != CR_OK)
		return pass.error;
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}
