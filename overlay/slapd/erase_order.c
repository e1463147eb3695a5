/*
 * The order of an erasure: an entry below ou=erasures that replicates, so that
 * every server can carry it out on its own copy, and that a server which was
 * killed finds again.  It has nothing of the person but the entryUUID.
 */
#include "erase.h"

static const struct cr_own orders = { .unit = "erasures",
	.id = "crErasureId", .class = "crErasureOrder" };

const char *
cr_erase_leader(void)
{
	static _Thread_local char text[sizeof("sid-000")];

	snprintf(text, sizeof(text), "sid-%03x", (unsigned)slap_serverID &
		0xfff);
	return text;
}

/* ---- writing ------------------------------------------------------------- */

static Entry *
entry_of(const struct cr_erasing *erasing)
{
	char id[CR_UUID_TEXT_SIZE];
	Entry *e;

	cr_uuid_format(erasing->order.subject, id);
	e = cr_own_new(erasing->db, &orders, id);
	if (e != NULL && cr_erasure_each_value(&erasing->order, cr_own_set,
	    e) != CR_OK) {
		entry_free(e);
		e = NULL;
	}
	return e;
}

static int
replace(struct cr_erasing *erasing, const char *const *only)
{
	Entry *e = entry_of(erasing);
	int code = cr_own_replace(erasing, e, only);

	if (e != NULL)
		entry_free(e);
	return code == LDAP_SUCCESS ? CR_OK : CR_EINTERNAL;
}

static int
merge(void *arg, const struct cr_erasure *order, struct cr_slice csn)
{
	struct cr_erasure *fresh = arg;
	struct cr_erasure both = *order;

	(void)csn;
	if (memcmp(order->subject, fresh->subject, sizeof(fresh->subject)) !=
	    0)
		return CR_OK;
	cr_erasure_repeat(&both, fresh);
	*fresh = both;
	return CR_OK;
}

static int
is_durable(struct cr_erasing *erasing, int rc)
{
	if (rc != CR_OK)
		return rc;
	erasing->durable = erasing->order.state;
	erasing->durable_until = erasing->order.until;
	return CR_OK;
}

int
cr_erase_order_write(struct cr_erasing *erasing)
{
	Entry *e = entry_of(erasing);
	int code = cr_own_add(erasing, &orders, e);

	if (e != NULL)
		entry_free(e);
	if (code == LDAP_SUCCESS)
		return is_durable(erasing, CR_OK);
	if (code != LDAP_ALREADY_EXISTS ||
	    cr_erase_orders(erasing, true, merge, &erasing->order) != CR_OK)
		return CR_EINTERNAL;
	return is_durable(erasing, replace(erasing, NULL));
}

int
cr_erase_order_state(struct cr_erasing *erasing)
{
	static const char *const what[] = { "crState", "crDue", NULL };

	return is_durable(erasing, replace(erasing, what));
}

void
cr_erase_order_withdraw(struct cr_erasing *erasing)
{
	Entry *e = entry_of(erasing);
	int code = LDAP_OTHER;

	if (e != NULL) {
		cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
			CR_INNER_STACK);
		code = cr_inner_delete(erasing->inner, &e->e_name,
			&e->e_nname);
		entry_free(e);
	}
	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT)
		Debug(LDAP_DEBUG_ANY, "custreg: an order to erase that was "
			"not begun could not be withdrawn\n");
}

/* ---- is there one -------------------------------------------------------- */

static bool
is_stored(struct cr_db *db, Operation *op, const char *id)
{
	Entry *order = cr_own_new(db, &orders, id), *e = NULL;
	bool there = order != NULL && cr_raw_get(db, op, &order->e_nname,
		&e) == LDAP_SUCCESS && e != NULL;

	if (there)
		cr_raw_release(db, op, e);
	if (order != NULL)
		entry_free(order);
	return there;
}

bool
cr_erase_order_stands(struct cr_erasing *erasing)
{
	char id[CR_UUID_TEXT_SIZE];

	cr_uuid_format(erasing->order.subject, id);
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	return is_stored(erasing->db, erasing->inner->op, id);
}

bool
cr_erase_has_order(struct cr_db *db, Operation *op, const struct berval *ndn)
{
	struct berval name = *ndn;
	const Attribute *a;
	char id[CR_UUID_TEXT_SIZE] = "";
	Entry *e = NULL;

	if (cr_raw_get(db, op, &name, &e) != LDAP_SUCCESS || e == NULL)
		return false;
	a = attr_find(e->e_attrs, slap_schema.si_ad_entryUUID);
	if (a != NULL && is_entry_objectclass(e, cr_schema.customer, 0))
		snprintf(id, sizeof(id), "%s", a->a_vals[0].bv_val);
	cr_raw_release(db, op, e);
	return id[0] != '\0' && is_stored(db, op, id);
}

/* ---- reading ------------------------------------------------------------- */

struct reading {
	cr_order_fn *fn;
	void *arg;
	int error;
};

static int
read_order(Operation *op, SlapReply *rs)
{
	struct reading *reading = op->o_callback->sc_private;
	struct cr_entry_view view;
	struct cr_entry_copy copy;
	struct cr_erasure *order;
	const Attribute *csn;
	bool damaged = false;

	if (rs->sr_type != REP_SEARCH || reading->error != CR_OK)
		return 0;
	csn = attr_find(rs->sr_entry->e_attrs, slap_schema.si_ad_entryCSN);
	order = ch_calloc(1, sizeof(*order));
	cr_entry_view_of(rs->sr_entry, &view, &copy);
	if (cr_erasure_from_entry(&view, order, &damaged) != CR_OK || damaged)
		Debug(LDAP_DEBUG_ANY, "custreg: the erasure order \"%s\" is "
			"damaged\n", rs->sr_entry->e_name.bv_val);
	if (order->time != 0)
		reading->error = reading->fn(reading->arg, order,
			csn != NULL ? cr_slice_bv(&csn->a_vals[0]) :
			CR_SLICE_LITERAL(""));
	cr_entry_view_free(&copy);
	ch_free(order);
	return 0;
}

int
cr_erase_orders(struct cr_erasing *erasing, bool settled, cr_order_fn *fn,
	void *arg)
{
	Entry *unit = cr_own_unit(erasing->db, &orders);
	struct reading reading = { .fn = fn, .arg = arg };
	int code;

	if (unit == NULL)
		return CR_EINTERNAL;
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	code = cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = unit->e_name, .nbase = unit->e_nname,
		.scope = LDAP_SCOPE_ONELEVEL,
		.filter = settled ? "(objectClass=crErasureOrder)" :
		    "(&(objectClass=crErasureOrder)(!(crState=compacting))"
		    "(!(crState=done)))",
		.with_attributes = true, .found = read_order,
		.arg = &reading });
	entry_free(unit);
	if (reading.error != CR_OK)
		return reading.error;
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}
