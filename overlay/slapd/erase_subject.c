/* Who is to be erased, by entryUUID: the one name an order has for them. */
#include "erase.h"

/*
 * Syncrepl takes the class from an entry that it cannot delete, because of
 * entries below whose deletion was lost, and leaves the rest as it was.
 */
static bool
is_customer(const Entry *e)
{
	Entry *entry = (Entry *)(uintptr_t)e;

	return is_entry_objectclass(entry, cr_schema.customer, 0) ||
	    is_entry_glue(entry);
}

static int
take(Operation *op, SlapReply *rs)
{
	struct cr_erasing *erasing = op->o_callback->sc_private;
	const Entry *e = rs->sr_entry;
	const Attribute *pending;

	if (rs->sr_type != REP_SEARCH || !BER_BVISNULL(&erasing->ndn) ||
	    !cr_db_contains(erasing->db, &e->e_nname) ||
	    !is_customer(e))
		return 0;
	ber_dupbv(&erasing->dn, (struct berval *)(uintptr_t)&e->e_name);
	ber_dupbv(&erasing->ndn, (struct berval *)(uintptr_t)&e->e_nname);
	pending = attr_find(e->e_attrs, cr_schema.erasing);
	if (pending != NULL) {
		struct cr_customer_facts facts = { 0 };

		erasing->pending = true;
		cr_erasure_pending(cr_slice_bv(&pending->a_vals[0]), &facts);
		erasing->marked = facts.erasing;
	}
	return 0;
}

bool
cr_erase_find(struct cr_erasing *erasing)
{
	struct cr_db *db = erasing->db;
	char filter[CR_UUID_TEXT_SIZE + 16], text[CR_UUID_TEXT_SIZE];

	cr_erase_forget(erasing);
	cr_uuid_format(erasing->order.subject, text);
	snprintf(filter, sizeof(filter), "(entryUUID=%s)", text);
	cr_inner_begin(erasing->inner, db, erasing->ctx, CR_INNER_RAW);
	(void)cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = db->be->be_suffix[0], .nbase = db->be->be_nsuffix[0],
		.scope = LDAP_SCOPE_SUBTREE, .filter = filter,
		.with_attributes = true, .found = take, .arg = erasing });
	return !BER_BVISNULL(&erasing->ndn);
}

void
cr_erase_forget(struct cr_erasing *erasing)
{
	ch_free(erasing->dn.bv_val);
	ch_free(erasing->ndn.bv_val);
	BER_BVZERO(&erasing->dn);
	BER_BVZERO(&erasing->ndn);
	erasing->marked = erasing->pending = false;
}
