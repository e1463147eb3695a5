/*
 * The seam to the read log: gathers who, for whom, what for and from where,
 * and calls cr_floor_record().  No record, no entry.
 */
#include "guard.h"

static void
describe(Operation *op, const struct cr_op *cop,
	struct cr_floor_record *record)
{
	const struct cr_slice authz = cr_slice_bv(&op->o_ndn);

	/* a replica may rebind while it persists: o_ndn is its own copy */
	record->who = cop != NULL ? cr_slice_bv(&cop->authc) : authz;
	if (!cr_slice_equal(record->who, authz))
		record->on_behalf_of = authz;
	record->time = (int64_t)op->o_time;
	record->ssf = op->o_ssf;
	record->connection = op->o_connid;
	record->operation = op->o_opid;
	record->type = cr_slice_of(cop != NULL ? cop->type : "persist");
	record->peer = cr_slice_bv(&op->o_conn->c_peer_name);
	if (op->o_conn->c_listener != NULL)
		record->listener = cr_slice_bv(&op->o_conn->c_listener->sl_url);
	/*
	 * Syncprov's copy of the operation has an o_authmech that is freed; the
	 * records of the refresh, with the same numbers, have the mechanism.
	 */
	if (cop == NULL)
		return;
	if (!BER_BVISNULL(&op->o_authmech))
		record->mechanism = cr_slice_bv(&op->o_authmech);
	else
		record->mechanism = BER_BVISEMPTY(&op->o_ndn) ?
		    CR_SLICE_LITERAL("anonymous") : CR_SLICE_LITERAL("simple");
}

/*
 * A customer stands in the log by entryUUID, never by DN: a reader inside
 * the base is the subject themself.
 */
static void
hide_names(const struct cr_db *db, Operation *op,
	struct cr_floor_record *record, const char *own_uuid, char *buffer,
	size_t size)
{
	struct berval who = { record->who.len, (char *)record->who.ptr };

	if (own_uuid != NULL && own_uuid[0] != '\0')
		snprintf(buffer, size, "uuid:%s", own_uuid);
	else
		snprintf(buffer, size, "uuid:unknown");
	if (cr_db_contains(db, &who))
		record->who = cr_slice_of(buffer);
	if (cr_db_contains(db, &op->o_ndn) && record->on_behalf_of.len > 0)
		record->on_behalf_of = cr_slice_of(buffer);
}

/* The customer who reads as themself, by their own entry. */
static void
reader_uuid(struct cr_db *db, Operation *op, char uuid[CR_UUID_TEXT + 1])
{
	struct berval ndn = op->o_ndn;
	Entry *e = NULL;
	const Attribute *a;

	uuid[0] = '\0';
	if (!cr_db_contains(db, &ndn) ||
	    cr_raw_get(db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return;
	a = attr_find(e->e_attrs, slap_schema.si_ad_entryUUID);
	if (a != NULL && a->a_numvals == 1 &&
	    a->a_vals[0].bv_len == CR_UUID_TEXT) {
		memcpy(uuid, a->a_vals[0].bv_val, CR_UUID_TEXT);
		uuid[CR_UUID_TEXT] = '\0';
	}
	cr_raw_release(db, op, e);
}

static int
append(struct cr_db *db, Operation *op, struct cr_floor_record *record)
{
	char own[CR_UUID_TEXT + 1], buffer[CR_UUID_TEXT + 8];
	int rc;

	reader_uuid(db, op, own);
	hide_names(db, op, record, own, buffer, sizeof(buffer));
	rc = cr_floor_record(db->log, record);
	if (rc != CR_OK)
		Debug(LDAP_DEBUG_ANY, "conn=%lu op=%lu custreg: read log not "
			"written, nothing released: %s\n", op->o_connid,
			(unsigned long)op->o_opid, cr_error_text(rc));
	return rc;
}

static void
fill_view(const struct cr_view *view, Operation *op,
	struct cr_floor_record *record)
{
	struct berval value;

	if (view->grant.purpose != NULL)
		record->purpose = view->grant.purpose->name;
	if (view->grant.recipient != NULL)
		record->recipient = view->grant.recipient->ndn;
	/* the client's own: a copy's control state need not be valid */
	value = cr_control_value(cr_op_find(op)->self, cr_cid_reference);
	record->reference = cr_slice_bv(&value);
}

int
cr_record_read(struct cr_view *view, Operation *op, struct cr_judged *judged)
{
	struct cr_floor_record record = { 0 };

	if (view->db->log == NULL)
		return CR_OK;
	describe(op, cr_op_find(op), &record);
	fill_view(view, op, &record);
	record.subject = cr_slice_of(judged->uuid);
	record.entry_class = cr_slice_of(judged->class_name);
	return append(view->db, op, &record);
}

int
cr_record_event(struct cr_view *view, Operation *op, const char *type,
	const char *event, const char *uuid)
{
	struct cr_floor_record record = { 0 };

	if (view->db->log == NULL)
		return CR_OK;
	describe(op, cr_op_find(op), &record);
	fill_view(view, op, &record);
	record.type = cr_slice_of(type);
	record.event = cr_slice_of(event);
	if (uuid != NULL)
		record.subject = cr_slice_of(uuid);
	return append(view->db, op, &record);
}

int
cr_record_replica(struct cr_db *db, Operation *op, const Entry *e)
{
	struct cr_floor_record record = { 0 };
	const Attribute *a;

	if (db->log == NULL)
		return CR_OK;
	describe(op, NULL, &record);
	record.purpose = CR_SLICE_LITERAL("replication");
	a = attr_find(e->e_attrs, slap_schema.si_ad_entryUUID);
	if (a != NULL && a->a_numvals == 1)
		record.subject = cr_slice_bv(&a->a_vals[0]);
	record.entry_class = CR_SLICE_LITERAL("entry");
	return append(db, op, &record);
}
