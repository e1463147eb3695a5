/*
 * Customers by entryUUID: the log knows no names.  A name is looked up in the
 * register as it is now, and told to those who may see that customer.
 */
#include "inner.h"
#include "readlog.h"

#define SLOTS 128

struct slot {
	bool used;
	unsigned char uuid[CR_LEAF_UUID];
	struct berval dn;		/* empty: nobody */
};

/* Of one search: who reads the log of a customer meets that one often. */
struct cr_readlog_names {
	struct slot slots[SLOTS];
};

struct cr_readlog_names *
cr_readlog_names_new(Operation *op)
{
	(void)op;
	return ch_calloc(1, sizeof(struct cr_readlog_names));
}

void
cr_readlog_names_free(Operation *op, struct cr_readlog_names **names)
{
	(void)op;
	if (*names == NULL)
		return;
	for (unsigned i = 0; i < SLOTS; i++)
		ch_free((*names)->slots[i].dn.bv_val);
	ch_free(*names);
	*names = NULL;
}

struct found {
	struct berval dn, ndn;
};

static int
take_name(Operation *op, SlapReply *rs)
{
	struct found *found = op->o_callback->sc_private;

	if (rs->sr_type == REP_SEARCH && BER_BVISNULL(&found->dn)) {
		ber_dupbv(&found->dn, &rs->sr_entry->e_name);
		ber_dupbv(&found->ndn, &rs->sr_entry->e_nname);
	}
	return 0;
}

/* Below all overlays and as nobody: visibility is asked for afterwards. */
static void
look_up(struct cr_db *db, Operation *client, const unsigned char *uuid,
	struct found *ret_found)
{
	struct cr_inner *inner = ch_malloc(sizeof(*inner));
	char filter[CR_UUID_TEXT_SIZE + 16], text[CR_UUID_TEXT_SIZE];

	cr_uuid_format(uuid, text);
	snprintf(filter, sizeof(filter), "(entryUUID=%s)", text);
	cr_inner_begin(inner, db, client->o_threadctx, CR_INNER_RAW);
	(void)cr_inner_search(inner, &(struct cr_inner_search){
		.base = db->be->be_suffix[0], .nbase = db->be->be_nsuffix[0],
		.scope = LDAP_SCOPE_SUBTREE, .filter = filter,
		.found = take_name, .arg = ret_found });
	ch_free(inner);
}

static struct slot *
slot_of(struct cr_readlog_names *names, const unsigned char *uuid)
{
	unsigned hash = 0;

	for (unsigned i = 0; i < CR_LEAF_UUID; i++)
		hash = hash * 31 + uuid[i];
	return &names->slots[hash % SLOTS];
}

const struct berval *
cr_readlog_name_of(struct cr_readlog_names *names,
	const struct cr_readlog_asker *asker, Operation *op,
	const unsigned char uuid[CR_LEAF_UUID])
{
	struct slot *slot = slot_of(names, uuid);
	struct found found = { BER_BVNULL, BER_BVNULL };

	if (!slot->used || memcmp(slot->uuid, uuid, CR_LEAF_UUID) != 0) {
		look_up(asker->db, op, uuid, &found);
		ch_free(slot->dn.bv_val);
		slot->used = true;
		memcpy(slot->uuid, uuid, CR_LEAF_UUID);
		if (!BER_BVISNULL(&found.ndn) &&
		    cr_db_contains(asker->db, &found.ndn) &&
		    cr_view_dn_visible(asker->view, op, &found.ndn)) {
			slot->dn = found.dn;
		} else {
			BER_BVZERO(&slot->dn);
			ch_free(found.dn.bv_val);
		}
		ch_free(found.ndn.bv_val);
	}
	return BER_BVISEMPTY(&slot->dn) ? NULL : &slot->dn;
}

/* Of the entry with this name, if the reader may see it. */
bool
cr_readlog_uuid_of(const struct cr_readlog_asker *asker, Operation *op,
	const struct berval *ndn, unsigned char ret_uuid[CR_LEAF_UUID])
{
	struct berval name = *ndn;
	const Attribute *a;
	Entry *e = NULL;
	bool found = false;

	if (!cr_db_contains(asker->db, ndn) ||
	    !cr_view_dn_visible(asker->view, op, ndn) ||
	    cr_raw_get(asker->db, op, &name, &e) != LDAP_SUCCESS || e == NULL)
		return false;
	a = attr_find(e->e_attrs, slap_schema.si_ad_entryUUID);
	if (a != NULL && a->a_numvals == 1)
		found = cr_uuid_parse(cr_slice_bv(&a->a_vals[0]),
			ret_uuid) == CR_OK;
	cr_raw_release(asker->db, op, e);
	return found;
}
