/*
 * The seam to the read log: gathers who, for whom, what for and from where.
 * No record, no entry.
 *
 * An operation's records are gathered (log/gather.h) and, behind the log
 * barrier, become durable while the bytes of the entries are held (barrier.h).
 * Without one the worker waits for each record.
 */
#include "barrier.h"
#include "readlog.h"

#include <sys/socket.h>
#include <time.h>

#include "core/uuid.h"
#include "log/leaf_text.h"
#include "log/names.h"

/* RFC 3909: an operation that ended without an answer. */
#define RESULT_NONE LDAP_CANCELLED

int64_t
cr_record_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
failed(const Operation *op, int error)
{
	Debug(LDAP_DEBUG_ANY, "conn=%lu op=%lu custreg: read log not written, "
		"nothing released: %s\n", op->o_connid,
		(unsigned long)op->o_opid, cr_error_text(error));
	return CR_ELOG;
}

/* The customer who reads as themself, by their own entry. */
static void
reader_uuid(struct cr_db *db, Operation *op, char uuid[CR_UUID_TEXT + 1])
{
	struct berval ndn = op->o_ndn;
	Entry *e = NULL;

	uuid[0] = '\0';
	if (cr_raw_get(db, op, &ndn, &e) != LDAP_SUCCESS || e == NULL)
		return;
	cr_entry_uuid_text(e, uuid);
	cr_raw_release(db, op, e);
}

struct head {
	struct cr_leaf leaf;
	char own[CR_UUID_TEXT + 6];
};

/*
 * A customer stands in the log by entryUUID, never by DN: a reader inside
 * the base is the subject themself.
 */
static void
hide_names(struct cr_db *db, Operation *op, struct head *head)
{
	struct cr_leaf *leaf = &head->leaf;
	struct berval who = { leaf->reader.len, (char *)leaf->reader.ptr };
	bool reader = cr_db_contains(db, &who);
	bool other = leaf->on_behalf_of.len > 0 &&
	    cr_db_contains(db, &op->o_ndn);
	char uuid[CR_UUID_TEXT + 1];

	if (!reader && !other)
		return;
	reader_uuid(db, op, uuid);
	snprintf(head->own, sizeof(head->own), "uuid:%s",
		uuid[0] != '\0' ? uuid :
		"00000000-0000-0000-0000-000000000000");
	if (reader)
		leaf->reader = cr_slice_of(head->own);
	if (other)
		leaf->on_behalf_of = cr_slice_of(head->own);
}

static void
describe(struct cr_db *db, Operation *op, const struct cr_op *cop,
	struct head *head)
{
	const struct cr_slice authz = cr_slice_bv(&op->o_ndn);
	struct cr_leaf *leaf = &head->leaf;

	memset(head, 0, sizeof(*head));
	/* a replica may rebind while it persists: o_ndn is its own copy */
	leaf->reader = cop != NULL ? cr_slice_bv(&cop->authc) : authz;
	if (!cr_slice_equal(leaf->reader, authz))
		leaf->on_behalf_of = authz;
	leaf->ssf = op->o_ssf;
	leaf->connection = op->o_connid;
	leaf->operation = op->o_opid;
	leaf->peer = cr_slice_bv(&op->o_conn->c_peer_name);
	if (op->o_conn->c_listener != NULL)
		leaf->listener =
		    cr_slice_bv(&op->o_conn->c_listener->sl_url);
	leaf->type = cop == NULL ? CR_LEAF_PERSIST :
	    cr_leaf_type_find(cr_slice_of(cop->type));
	hide_names(db, op, head);
	/*
	 * Syncprov's copy of the operation has an o_authmech that is freed; the
	 * records of the refresh, with the same numbers, have the mechanism.
	 */
	if (cop == NULL)
		return;
	if (!BER_BVISNULL(&op->o_authmech))
		leaf->mechanism = cr_slice_bv(&op->o_authmech);
	else
		leaf->mechanism = BER_BVISEMPTY(&op->o_ndn) ?
		    CR_SLICE_LITERAL("anonymous") : CR_SLICE_LITERAL("simple");
}

static void
describe_view(const struct cr_view *view, Operation *op, struct head *head)
{
	struct cr_leaf *leaf = &head->leaf;
	struct berval value;

	if (view->grant.purpose != NULL)
		leaf->purpose = view->grant.purpose->name;
	if (view->grant.recipient != NULL)
		leaf->recipient = view->grant.recipient->ndn;
	value = cr_control_value(op, cr_cid_reference);
	leaf->reference = cr_slice_bv(&value);
}

static enum cr_log_rank
rank_of(const struct cr_view *view)
{
	return (view->grant.roles & CR_ROLE_DPO) != 0 ? CR_LOG_PRIVILEGED :
	    CR_LOG_ORDINARY;
}

static struct cr_gathering *
gathering_new(struct cr_db *db, const struct cr_leaf *head)
{
	struct cr_gathering *g = ch_calloc(1, sizeof(*g));

	g->db = db;
	if (cr_gather_new(head, &g->gather) == CR_OK)
		return g;
	ch_free(g);
	return NULL;
}

static void
gathering_free(struct cr_gathering *g)
{
	cr_gather_free(&g->gather);
	ch_free(g);
}

/* Of the client's own operation, whatever copy of it reads. */
static int
begin(struct cr_view *view, struct cr_op *cop)
{
	Operation *op = cop->self;
	struct head head;

	describe(view->db, op, cop, &head);
	describe_view(view, op, &head);
	if (op->o_tag == LDAP_REQ_SEARCH) {
		head.leaf.scope = CR_LEAF_BASE +
		    (enum cr_leaf_scope)op->ors_scope;
		cr_shape_filter(op, &head.leaf.shape);
	}
	cr_shape_attributes(view, op, &head.leaf.attributes,
		&head.leaf.attribute_count);
	view->gathering = gathering_new(view->db, &head.leaf);
	op->o_tmpfree((void *)(uintptr_t)head.leaf.attributes,
		op->o_tmpmemctx);
	op->o_tmpfree((void *)(uintptr_t)head.leaf.shape.ptr,
		op->o_tmpmemctx);
	if (view->gathering == NULL)
		return CR_ENOMEM;
	view->gathering->rank = rank_of(view);
	view->gathering->message_id = op->o_msgid;
	/* refreshAndPersist: no result that could say so ever comes */
	view->gathering->ends = (op->o_sync &
	    (LDAP_SYNC_RESERVED << SLAP_CONTROL_SHIFT)) != 0;
	if (view->db->log_barrier)
		view->gathering->barrier = cr_barrier_get(op);
	return CR_OK;
}

static int
append_gathered(struct cr_gathering *g, bool wait)
{
	struct cr_log *log = cr_log_borrow(g->db);
	struct cr_log_ticket ticket = { 0 };
	int rc;

	if (log == NULL)
		return CR_ELOG;
	rc = cr_gather_append(g->gather, log, g->rank, cr_record_now(),
		&ticket);
	if (rc == CR_OK && wait)
		rc = cr_log_wait(log, ticket);
	cr_log_return(g->db);
	return rc;
}

/* entryUUID as slapd writes it; anything else is all zero. */
static void
uuid_bytes(const char *text, size_t len, unsigned char ret_uuid[CR_LEAF_UUID])
{
	if (cr_uuid_parse((struct cr_slice){ text, len }, ret_uuid) != CR_OK)
		memset(ret_uuid, 0, CR_LEAF_UUID);
}

int
cr_record_read(struct cr_view *view, Operation *op, struct cr_judged *judged)
{
	unsigned char uuid[CR_LEAF_UUID];
	unsigned char class_code;
	struct cr_gathering *g;
	int rc;

	if (!cr_db_records(view->db))
		return CR_OK;
	if (view->db->log == NULL)
		return failed(op, CR_ELOG);
	if (view->gathering == NULL &&
	    (rc = begin(view, cr_op_find(op))) != CR_OK)
		return failed(op, rc);
	g = view->gathering;
	uuid_bytes(judged->uuid, strlen(judged->uuid), uuid);
	class_code = cr_name_class_code(cr_slice_of(judged->class_name));
	if (g->barrier != NULL)
		rc = cr_barrier_add(g, uuid, class_code);
	else if (!cr_log_takes(g->db, g->rank))
		rc = CR_ELOG;
	else if ((rc = cr_gather_add(g->gather, uuid, class_code)) == CR_OK)
		rc = append_gathered(g, true);
	return rc == CR_OK ? CR_OK : failed(op, rc);
}

void
cr_record_result(struct cr_op *cop, int result)
{
	for (struct cr_view *view = cop->views; view; view = view->next) {
		struct cr_gathering *g = view->gathering;

		if (g == NULL)
			continue;
		if (g->barrier != NULL)
			cr_barrier_result(g, result < 0 ? RESULT_NONE :
				result);
		else
			cr_gather_end(g->gather, result < 0 ? RESULT_NONE :
				result);
		g->answered = true;
	}
}

/* The end of an operation holds nothing up. */
void
cr_record_end(struct cr_view *view)
{
	struct cr_gathering *g = view->gathering;

	if (g == NULL)
		return;
	view->gathering = NULL;
	if (g->barrier != NULL) {
		if (!g->answered)
			cr_barrier_result(g, RESULT_NONE);
		cr_barrier_end(g);
	} else {
		if (!g->answered)
			cr_gather_end(g->gather, RESULT_NONE);
		if (cr_gather_waits(g->gather))
			(void)!append_gathered(g, false);
	}
	gathering_free(g);
}

/* "ban-set:crMarketingBan:all": an event and its detail. */
static void
split_event(struct cr_slice text, struct cr_leaf *leaf)
{
	const char *colon = memchr(text.ptr, ':', text.len);

	leaf->event = text;
	if (colon == NULL)
		return;
	leaf->event.len = (size_t)(colon - text.ptr);
	leaf->detail = (struct cr_slice){ colon + 1,
	    text.len - leaf->event.len - 1 };
}

/* What became of it when the log fails is not known. */
static int
append_leaf(struct cr_db *db, enum cr_log_rank rank, struct cr_slice bytes,
	bool wait, uint64_t *ret_index)
{
	struct cr_log *log = cr_log_borrow(db);
	struct cr_log_ticket ticket = { 0 };
	int rc;

	if (log == NULL)
		return CR_ELOG;
	rc = cr_log_append(log, rank, bytes, &ticket);
	if (rc == CR_OK && wait)
		rc = cr_log_wait(log, ticket);
	cr_log_return(db);
	if (ret_index != NULL)
		*ret_index = ticket.index;
	return rc;
}

int
cr_record_leaf(struct cr_db *db, const struct cr_leaf *leaf)
{
	size_t size = cr_leaf_size(leaf), len;
	unsigned char *bytes = ch_malloc(size);
	int rc = cr_leaf_encode(leaf, bytes, size, &len);

	if (rc == CR_OK)
		rc = append_leaf(db, CR_LOG_PRIVILEGED, (struct cr_slice){
		    (const char *)bytes, len }, true, NULL);
	ch_free(bytes);
	return rc;
}

static int
append_event(struct cr_db *db, Operation *op, const struct cr_leaf *leaf,
	enum cr_log_rank rank, bool wait, uint64_t *ret_index)
{
	size_t size = cr_leaf_size(leaf), len;
	unsigned char *bytes = op->o_tmpalloc(size, op->o_tmpmemctx);
	int rc = cr_leaf_encode(leaf, bytes, size, &len);

	if (rc == CR_OK)
		rc = append_leaf(db, rank, (struct cr_slice){
		    (const char *)bytes, len }, wait, ret_index);
	op->o_tmpfree(bytes, op->o_tmpmemctx);
	return rc;
}

int
cr_record_event(struct cr_view *view, Operation *op, const char *type,
	const char *event, const char *uuid)
{
	return cr_record_event_at(view, op, type, event, uuid, NULL);
}

/* *ret_index, which may be NULL, is the number of the record; 0: no log. */
int
cr_record_event_at(struct cr_view *view, Operation *op, const char *type,
	const char *event, const char *uuid, uint64_t *ret_index)
{
	struct head head;
	int rc;

	if (!cr_db_records(view->db))
		return CR_OK;
	if (view->db->log == NULL)
		return failed(op, CR_ELOG);
	describe(view->db, op, cr_op_find(op), &head);
	/* the client's own: a copy's control state need not be valid */
	describe_view(view, cr_op_find(op)->self, &head);
	head.leaf.type = cr_leaf_type_find(cr_slice_of(type));
	head.leaf.flags = CR_LEAF_EVENT;
	head.leaf.time_ms = cr_record_now();
	split_event(cr_slice_of(event), &head.leaf);
	if (uuid != NULL && uuid[0] != '\0') {
		uuid_bytes(uuid, strlen(uuid), head.leaf.subject);
		head.leaf.has_subject = true;
	}
	rc = append_event(view->db, op, &head.leaf, rank_of(view), true,
		ret_index);
	return rc == CR_OK ? CR_OK : failed(op, rc);
}

/*
 * A read of the log: what was asked, and the customer it was about.  Waits for
 * the disk unless it only tells how a search ended.
 */
int
cr_record_readlog(struct cr_view *view, Operation *op,
	const struct cr_readlog_read *read, bool is_first)
{
	struct cr_op *cop = cr_op_find(op);
	struct head head;
	int rc;

	if (view->db->log == NULL)
		return failed(op, CR_ELOG);
	describe(view->db, op, cop, &head);
	describe_view(view, cop->self, &head);
	head.leaf.type = CR_LEAF_READLOG;
	head.leaf.flags = CR_LEAF_EVENT | (is_first ? CR_LEAF_FIRST : 0) |
	    (read->is_last ? CR_LEAF_LAST : 0);
	head.leaf.time_ms = cr_record_now();
	head.leaf.event = CR_SLICE_LITERAL("readlog");
	head.leaf.count = read->count;
	head.leaf.result = read->result;
	if (read->subject != NULL) {
		memcpy(head.leaf.subject, read->subject, CR_LEAF_UUID);
		head.leaf.has_subject = true;
	}
	if (op->o_tag == LDAP_REQ_SEARCH) {
		head.leaf.scope = CR_LEAF_BASE +
		    (enum cr_leaf_scope)op->ors_scope;
		cr_shape_filter(op, &head.leaf.shape);
	}
	rc = append_event(view->db, op, &head.leaf, rank_of(view), is_first,
		NULL);
	op->o_tmpfree((void *)(uintptr_t)head.leaf.shape.ptr,
		op->o_tmpmemctx);
	return rc == CR_OK ? CR_OK : failed(op, rc);
}

/* A replica that misses an entry without knowing would stay wrong. */
static int
end_connection(Operation *op)
{
	(void)shutdown(op->o_conn->c_sd, SHUT_RDWR);
	return failed(op, CR_ELOG);
}

int
cr_record_replica(struct cr_db *db, Operation *op, Entry *e)
{
	struct cr_subject subject;
	struct cr_barrier *b = cr_barrier_find(op);
	struct cr_gathering *g;
	struct head head;
	int rc;

	if (!cr_db_records(db))
		return CR_OK;
	if (db->log == NULL)
		return end_connection(op);
	describe(db, op, NULL, &head);
	head.leaf.purpose = CR_SLICE_LITERAL("replication");
	cr_subject_of(db, op, e, &subject);
	g = gathering_new(db, &head.leaf);
	if (g == NULL || !cr_log_takes(db, CR_LOG_ORDINARY)) {
		if (g != NULL)
			gathering_free(g);
		return end_connection(op);
	}
	g->message_id = op->o_msgid;
	if (b != NULL && db->log_barrier) {
		g->persists = g->ends = true;
		rc = cr_barrier_add_alone(b, g, subject.uuid,
			subject.class_code);
	} else {
		rc = cr_gather_add(g->gather, subject.uuid,
			subject.class_code);
		if (rc == CR_OK)
			rc = append_gathered(g, true);
		gathering_free(g);
	}
	return rc == CR_OK ? CR_OK : end_connection(op);
}
