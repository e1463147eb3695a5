/*
 * Whom a record of a replica's persist phase is about.  Nothing was judged
 * there, and of an entry that was deleted syncprov has the name only: what
 * names stood for is therefore kept for a while when entries leave theirs.
 */
#include "guard.h"

#include "core/uuid.h"
#include "log/names.h"

/* Replicas that are further behind get a record without a number. */
enum { SLOTS = 4096 };

struct departure {
	struct berval ndn;
	struct cr_subject subject;
};

struct cr_departed {
	ldap_pvt_thread_mutex_t mutex;
	unsigned next;
	struct departure ring[SLOTS];
};

struct cr_departed *
cr_departed_new(void)
{
	struct cr_departed *departed = ch_calloc(1, sizeof(*departed));

	ldap_pvt_thread_mutex_init(&departed->mutex);
	return departed;
}

void
cr_departed_free(struct cr_departed **departed)
{
	if (*departed == NULL)
		return;
	for (unsigned i = 0; i < SLOTS; i++)
		ch_free((*departed)->ring[i].ndn.bv_val);
	ldap_pvt_thread_mutex_destroy(&(*departed)->mutex);
	ch_free(*departed);
	*departed = NULL;
}

static void
keep(struct cr_departed *departed, const struct berval *ndn,
	const struct cr_subject *subject)
{
	struct departure *d;

	ldap_pvt_thread_mutex_lock(&departed->mutex);
	d = &departed->ring[departed->next++ % SLOTS];
	ber_bvreplace(&d->ndn, ndn);
	d->subject = *subject;
	ldap_pvt_thread_mutex_unlock(&departed->mutex);
}

/* The newest: a name can have been given again. */
static bool
find_departed(struct cr_departed *departed, const struct berval *ndn,
	struct cr_subject *ret)
{
	bool found = false;

	ldap_pvt_thread_mutex_lock(&departed->mutex);
	for (unsigned i = 1; i <= SLOTS && !found; i++) {
		const struct departure *d =
		    &departed->ring[(departed->next - i) % SLOTS];

		if (d->ndn.bv_val == NULL)
			break;
		found = bvmatch(&d->ndn, ndn);
		if (found)
			*ret = d->subject;
	}
	ldap_pvt_thread_mutex_unlock(&departed->mutex);
	return found;
}

/* By what the entry itself says. */
static void
read_own(Entry *e, struct cr_subject *ret)
{
	const Attribute *uuid = attr_find(e->e_attrs,
		slap_schema.si_ad_entryUUID);
	const Attribute *class = attr_find(e->e_attrs,
		slap_schema.si_ad_structuralObjectClass);

	memset(ret, 0, sizeof(*ret));
	ret->is_customer = is_entry_objectclass(e, cr_schema.customer, 0) != 0;
	if (uuid != NULL && uuid->a_numvals == 1 &&
	    cr_uuid_parse(cr_slice_bv(&uuid->a_vals[0]), ret->uuid) != CR_OK)
		memset(ret->uuid, 0, sizeof(ret->uuid));
	if (ret->is_customer)
		ret->class_code =
		    cr_name_class_code(CR_SLICE_LITERAL("crCustomer"));
	else if (class != NULL && class->a_numvals == 1)
		ret->class_code =
		    cr_name_class_code(cr_slice_bv(&class->a_vals[0]));
}

/* The entry of that name is, or was, a customer or of one. */
static bool
names_customer(struct cr_db *db, Operation *op, const struct berval *ndn,
	struct cr_subject *ret)
{
	struct berval name = *ndn;
	Entry *e = NULL;

	if (cr_raw_get(db, op, &name, &e) != LDAP_SUCCESS || e == NULL)
		return find_departed(db->departed, ndn, ret) &&
		    ret->is_customer;
	read_own(e, ret);
	cr_raw_release(db, op, e);
	return ret->is_customer;
}

/* The entry is there; below a customer it counts as that one's. */
static void
read_entry(struct cr_db *db, Operation *op, Entry *e, struct cr_subject *ret)
{
	struct berval above = e->e_nname;
	struct cr_subject customer;

	read_own(e, ret);
	if (!cr_db_contains(db, &above))
		return;
	while (!ret->is_customer && !cr_db_is_base(db, &above)) {
		dnParent(&above, &above);
		if (names_customer(db, op, &above, &customer)) {
			memcpy(ret->uuid, customer.uuid, sizeof(ret->uuid));
			ret->is_customer = true;
		}
	}
}

void
cr_subject_of(struct cr_db *db, Operation *op, Entry *e,
	struct cr_subject *ret)
{
	Entry *there = NULL;
	struct berval ndn = e->e_nname;

	memset(ret, 0, sizeof(*ret));
	if (e->e_attrs != NULL) {
		read_entry(db, op, e, ret);
	} else if (!find_departed(db->departed, &ndn, ret) &&
	    cr_raw_get(db, op, &ndn, &there) == LDAP_SUCCESS &&
	    there != NULL) {
		read_entry(db, op, there, ret);
		cr_raw_release(db, op, there);
	}
}

void
cr_subject_departs(struct cr_db *db, Operation *op)
{
	struct berval ndn = op->o_req_ndn;
	struct cr_subject subject;
	Entry *e = NULL;

	if (!cr_db_records(db) || cr_db_parts(db)->replicas == NULL ||
	    cr_raw_get(db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return;
	read_entry(db, op, e, &subject);
	cr_raw_release(db, op, e);
	keep(db->departed, &ndn, &subject);
}
