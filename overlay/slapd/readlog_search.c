/*
 * Search in the read log.
 *
 *	index --hits--> copies of leaves --tested--> entries --sent--> client
 *
 * a batch at a time; the log is held only while leaves are copied.  The first
 * matches are on record before they leave: in one leaf with the result when
 * they are all there is, else in a leaf before the first and one at the end.
 */
#include "readlog.h"

enum {
	BATCH_BYTES = 256 << 10,	/* of copied leaves */
	BATCH_LEAVES = 512,
	LOOK_LEAVES = 16384,		/* looked at with the log held */
	READY = 256			/* entries to be sent together */
};

struct ready {
	Entry *e;
	struct cr_readlog_place place;
};

struct scan {
	Operation *op;
	SlapReply *rs;
	struct cr_readlog_asker asker;
	struct cr_readlog_plan plan;
	struct cr_readlog_names *names;	/* NULL: not asked for */
	bool sends_names;		/* not in the filter only */
	time_t stop;			/* -1: no limit */
	uint64_t end;			/* leaves that count */
	struct cr_readlog_place after;	/* already sent, by an earlier page */
	bool goes_on;
	struct cr_readlog_copy copies[BATCH_LEAVES];
	size_t copy_count, copy_bytes;
	struct cr_leaf_space space;
	struct ready ready[READY];
	size_t ready_count;
	struct cr_readlog_cursor sent;	/* the last one */
	uint64_t released;
	bool recorded;
	bool page_full;			/* and there is more */
	bool suffix_sent;
};

/* ---- from the log -------------------------------------------------------- */

int
cr_readlog_take(struct cr_readlog_copy *copy, const struct cr_hit *hit)
{
	size_t size = cr_leaf_size(hit->leaf);
	int rc;

	copy->number = hit->number;
	copy->bytes = ch_malloc(size);
	rc = cr_leaf_encode(hit->leaf, copy->bytes, size, &copy->len);
	if (rc != CR_OK) {
		ch_free(copy->bytes);
		copy->bytes = NULL;
	}
	return rc;
}

#define ENOUGH 1	/* no error: the batch is full */

static int
take_hit(void *arg, const struct cr_hit *hit)
{
	struct scan *scan = arg;
	struct cr_readlog_copy *copy = &scan->copies[scan->copy_count];
	int rc;

	if (hit->number >= scan->end)
		return ENOUGH;
	rc = cr_readlog_take(copy, hit);
	if (rc != CR_OK)
		return rc;
	scan->copy_count++;
	scan->copy_bytes += copy->len;
	return scan->copy_count == BATCH_LEAVES ||
	    scan->copy_bytes >= BATCH_BYTES ? ENOUGH : CR_OK;
}

static int
run_query(struct cr_db *db, const struct cr_query *query,
	cr_query_fn *hit, void *arg, uint64_t *ret_next)
{
	struct cr_log *log = cr_log_borrow(db);
	const struct cr_index *index;
	struct cr_log_fault fault = { 0 };
	int rc;

	if (log == NULL)
		return CR_ELOG;
	rc = cr_log_query_begin(log, &index);
	if (rc == CR_OK) {
		rc = cr_query_run(index, query, hit, arg, ret_next, &fault);
		cr_log_query_end(log);
	}
	cr_log_return(db);
	return rc == ENOUGH ? CR_OK : rc;
}

/* What was read before the question is in the answer. */
int
cr_readlog_settle(struct cr_db *db, uint64_t *ret_end)
{
	struct cr_log *log = cr_log_borrow(db);
	struct cr_log_counters counters;
	int rc;

	if (log == NULL)
		return CR_ELOG;
	rc = cr_log_integrate(log, 0);
	cr_log_counters(log, &counters);
	cr_log_return(db);
	*ret_end = counters.integrated;
	return rc;
}

static int
fetch(struct scan *scan)
{
	uint64_t next = CR_QUERY_END;
	int rc;

	scan->plan.query.budget = LOOK_LEAVES;
	rc = run_query(scan->asker.db, &scan->plan.query, take_hit, scan,
		&next);
	if (rc == CR_OK)
		scan->plan.query.first = next;
	return rc;
}

static int
take_one(void *arg, const struct cr_hit *hit)
{
	struct cr_readlog_copy *copy = arg;

	if (hit->number != copy->number)
		return ENOUGH;
	return cr_readlog_take(copy, hit) == CR_OK ? ENOUGH : CR_EINTERNAL;
}

int
cr_readlog_fetch(const struct cr_readlog_asker *asker, uint64_t number,
	struct cr_readlog_copy *ret_copy)
{
	struct cr_query query;
	uint64_t next;
	int rc;

	cr_query_init(&query);
	if (asker->right == CR_READLOG_OWN) {
		query.has_subject = true;
		memcpy(query.subject, asker->own, CR_LEAF_UUID);
	}
	query.first = number;
	query.limit = 1;
	ret_copy->bytes = NULL;
	ret_copy->number = number;
	rc = run_query(asker->db, &query, take_one, ret_copy, &next);
	return rc == CR_OK && ret_copy->bytes == NULL ? CR_EHIDDEN : rc;
}

/* ---- to the client ------------------------------------------------------- */

static bool
is_over(const struct scan *scan)
{
	return scan->plan.query.first == CR_QUERY_END ||
	    scan->plan.query.first >= scan->end;
}

static int
record(struct scan *scan, bool is_last, int result)
{
	struct cr_readlog_read read = {
		.is_last = is_last,
		.count = scan->released + scan->ready_count,
		.result = result,
		.subject = scan->plan.query.has_subject ?
		    scan->plan.query.subject : NULL
	};
	bool is_first = !scan->recorded;

	scan->recorded = true;
	return cr_record_readlog(scan->asker.view, scan->op, &read, is_first);
}

static void
drop_ready(struct scan *scan)
{
	for (size_t i = 0; i < scan->ready_count; i++) {
		if (scan->ready[i].e != NULL)
			entry_free(scan->ready[i].e);
	}
	scan->ready_count = 0;
}

static int
send_one(struct scan *scan, Entry *e)
{
	SlapReply *rs = scan->rs;
	int rc;

	rs->sr_entry = e;
	rs->sr_attrs = scan->op->ors_attrs;
	rs->sr_operational_attrs = NULL;
	rs->sr_flags = 0;
	rs->sr_err = LDAP_SUCCESS;
	rc = send_search_entry(scan->op, rs);
	rs->sr_entry = NULL;
	rs->sr_attrs = NULL;
	/* what the ACLs hide is no end */
	return rc == LDAP_INSUFFICIENT_ACCESS ? LDAP_SUCCESS : rc;
}

/* LDAP_SUCCESS, or what ends the search. */
static int
send_ready(struct scan *scan, bool is_last, int result)
{
	int rc = LDAP_SUCCESS;

	if (scan->ready_count > 0 && !scan->recorded &&
	    record(scan, is_last, result) != CR_OK)
		rc = LDAP_UNAVAILABLE;
	for (size_t i = 0; rc == LDAP_SUCCESS && i < scan->ready_count; i++) {
		rc = send_one(scan, scan->ready[i].e);
		if (rc != LDAP_SUCCESS)
			break;
		scan->sent.place = scan->ready[i].place;
		scan->released++;
		entry_free(scan->ready[i].e);
		scan->ready[i].e = NULL;
	}
	drop_ready(scan);
	return rc;
}

/* Does it match, and may they know?  It is then as it is to be sent. */
static bool
matches(struct scan *scan, Entry *e)
{
	if (test_filter(scan->op, e, scan->op->ors_filter) !=
	    LDAP_COMPARE_TRUE ||
	    !access_allowed(scan->op, e, slap_schema.si_ad_entry, NULL,
		ACL_READ, NULL))
		return false;
	if (scan->names != NULL && !scan->sends_names)
		(void)attr_delete(&e->e_attrs,
			cr_readlog_desc("crReadSubjectDN"));
	return true;
}

static uint64_t
count_so_far(const struct scan *scan)
{
	return scan->released + scan->ready_count + scan->suffix_sent;
}

/* Room for one more?  LDAP_SUCCESS, or why not. */
static int
room(struct scan *scan)
{
	const Operation *op = scan->op;
	const PagedResultsState *ps = op->o_pagedresults_state;

	if (get_pagedresults(op) > SLAP_CONTROL_IGNORED &&
	    count_so_far(scan) >= (uint64_t)ps->ps_size)
		scan->page_full = true;
	else if (op->ors_slimit >= 0 &&
	    count_so_far(scan) >= (uint64_t)op->ors_slimit)
		return LDAP_SIZELIMIT_EXCEEDED;
	return LDAP_SUCCESS;
}

/* The entries of one leaf; *ret_end: the search is over, by `rc`. */
static int
test_leaf(struct scan *scan, const struct cr_readlog_copy *copy,
	bool *ret_end)
{
	const struct cr_query *query = &scan->plan.query;
	struct cr_readlog_place place = { copy->number, 0 };
	struct cr_leaf leaf;
	uint32_t after = 0;
	int rc = LDAP_SUCCESS;

	if (cr_leaf_decode((struct cr_slice){ (char *)copy->bytes, copy->len },
	    &scan->space, &leaf) != CR_OK)
		return LDAP_OTHER;
	if (scan->goes_on && place.leaf == scan->after.leaf) {
		if (leaf.entry_count == 0)
			return LDAP_SUCCESS;
		after = scan->after.entry;
	}
	for (;;) {
		Entry *e;

		if (leaf.entry_count == 0) {
			if (query->has_subject && (!leaf.has_subject ||
			    memcmp(leaf.subject, query->subject,
				CR_LEAF_UUID) != 0))
				break;
		} else if (!cr_readlog_next_place(&leaf, after,
		    query->has_subject ? query->subject : NULL,
		    &place.entry)) {
			break;
		}
		e = cr_readlog_entry(&scan->asker, scan->op, &leaf, place,
			scan->names);
		if (!matches(scan, e)) {
			entry_free(e);
		} else if ((rc = room(scan)) != LDAP_SUCCESS ||
		    scan->page_full) {
			entry_free(e);
			*ret_end = true;
			break;
		} else {
			scan->ready[scan->ready_count].e = e;
			scan->ready[scan->ready_count++].place = place;
			if (scan->ready_count == READY &&
			    (rc = send_ready(scan, false, 0)) !=
			    LDAP_SUCCESS)
				break;
		}
		if (leaf.entry_count == 0)
			break;
		after = place.entry;
	}
	return rc;
}

static void
drop_copies(struct scan *scan)
{
	for (size_t i = 0; i < scan->copy_count; i++)
		ch_free(scan->copies[i].bytes);
	scan->copy_count = scan->copy_bytes = 0;
}

static int
check_stop(const struct scan *scan)
{
	if (scan->op->o_abandon)
		return SLAPD_ABANDON;
	if (slapd_shutdown)
		return LDAP_UNAVAILABLE;
	if (scan->stop != (time_t)-1 && slap_get_time() > scan->stop)
		return LDAP_TIMELIMIT_EXCEEDED;
	return LDAP_SUCCESS;
}

/* All that is left of the log; the LDAP result. */
static int
scan_log(struct scan *scan)
{
	bool end = false;
	int rc = LDAP_SUCCESS;

	while (!end && rc == LDAP_SUCCESS && !is_over(scan)) {
		int error = fetch(scan);

		if (error != CR_OK)
			rc = error == CR_EINTERNAL ? LDAP_OTHER :
			    LDAP_UNAVAILABLE;
		else if (ldap_pvt_thread_pool_pausing(&connection_pool) > 0)
			rc = LDAP_BUSY;
		for (size_t i = 0; rc == LDAP_SUCCESS && !end &&
		    i < scan->copy_count; i++) {
			rc = check_stop(scan);
			if (rc == LDAP_SUCCESS)
				rc = test_leaf(scan, &scan->copies[i], &end);
		}
		drop_copies(scan);
		if (rc == LDAP_SUCCESS)
			rc = check_stop(scan);
	}
	/* a limit is reached with matches that have not been sent */
	if (rc == LDAP_SUCCESS || rc == LDAP_SIZELIMIT_EXCEEDED ||
	    rc == LDAP_TIMELIMIT_EXCEEDED) {
		bool whole = !scan->recorded;
		int sent = send_ready(scan, true, rc);

		if (sent != LDAP_SUCCESS)
			return sent;
		if (whole)
			return rc;
	}
	/* the end of what began in another leaf; nothing waits for it */
	if (scan->recorded)
		(void)!record(scan, true, rc < 0 ? LDAP_CANCELLED : rc);
	return rc;
}

bool
cr_readlog_mentions(const AttributeName *names,
	const AttributeDescription *desc)
{
	for (; names != NULL && !BER_BVISNULL(&names->an_name); names++) {
		if (names->an_desc == desc)
			return true;
	}
	return false;
}

/* One leaf, by its name. */
static int
search_one(struct scan *scan)
{
	Operation *op = scan->op;
	struct cr_readlog_copy copy = { 0 };
	struct cr_readlog_place place;
	struct cr_leaf leaf;
	uint32_t found = 0;
	int rc;

	if (!cr_readlog_place_of(op->o_bd, &op->o_req_ndn, &place) ||
	    cr_readlog_fetch(&scan->asker, place.leaf, &copy) != CR_OK)
		return LDAP_NO_SUCH_OBJECT;
	rc = LDAP_NO_SUCH_OBJECT;
	if (cr_leaf_decode((struct cr_slice){ (char *)copy.bytes, copy.len },
	    &scan->space, &leaf) == CR_OK) {
		if (leaf.entry_count == 0 && place.entry == 0)
			rc = LDAP_SUCCESS;
		else if (place.entry > 0 && cr_readlog_next_place(&leaf,
		    place.entry - 1, scan->asker.right == CR_READLOG_OWN ?
		    scan->asker.own : NULL, &found) && found == place.entry)
			rc = LDAP_SUCCESS;
	}
	if (rc == LDAP_SUCCESS && (op->ors_scope == LDAP_SCOPE_BASE ||
	    op->ors_scope == LDAP_SCOPE_SUBTREE)) {
		Entry *e = cr_readlog_entry(&scan->asker, op, &leaf, place,
			scan->names);

		if (!matches(scan, e)) {
			entry_free(e);
		} else if ((rc = room(scan)) == LDAP_SUCCESS) {
			scan->ready[0].e = e;
			scan->ready[0].place = place;
			scan->ready_count = 1;
			rc = send_ready(scan, true, LDAP_SUCCESS);
		} else {
			entry_free(e);
		}
	}
	ch_free(copy.bytes);
	return rc;
}

static int
send_suffix(struct scan *scan)
{
	Entry *e = cr_readlog_suffix_entry(scan->op->o_bd);
	int rc = LDAP_SUCCESS;

	if (matches(scan, e) && (rc = room(scan)) == LDAP_SUCCESS &&
	    (rc = send_one(scan, e)) == LDAP_SUCCESS)
		scan->suffix_sent = true;
	entry_free(e);
	return rc;
}

static int
search_suffix(struct scan *scan)
{
	Operation *op = scan->op;
	int scope = op->ors_scope;
	int rc = LDAP_SUCCESS;

	if (!scan->goes_on &&
	    (scope == LDAP_SCOPE_BASE || scope == LDAP_SCOPE_SUBTREE))
		rc = send_suffix(scan);
	if (rc == LDAP_SUCCESS && scope != LDAP_SCOPE_BASE)
		rc = scan_log(scan);
	return rc;
}

static int
prepare(struct scan *scan)
{
	Operation *op = scan->op;
	struct cr_readlog_cursor cursor = { .place = { 0, 0 } };
	int rc = cr_readlog_page_open(op, &scan->goes_on, &cursor);

	if (rc == CR_OK)
		rc = cr_readlog_settle(scan->asker.db, &scan->end);
	if (rc != CR_OK)
		return rc;
	cr_readlog_plan(&scan->asker, op, op->ors_filter, &scan->plan);
	if (scan->goes_on) {
		if (cursor.end < scan->end)
			scan->end = cursor.end;
		scan->after = cursor.place;
		scan->plan.query.first = cursor.place.leaf;
	}
	scan->sent.end = scan->end;
	scan->sends_names = cr_readlog_mentions(op->ors_attrs,
		cr_readlog_desc("crReadSubjectDN"));
	if (scan->plan.resolves || scan->sends_names)
		scan->names = cr_readlog_names_new(op);
	scan->stop = op->ors_tlimit == SLAP_NO_LIMIT ? (time_t)-1 :
	    op->o_time + op->ors_tlimit;
	return CR_OK;
}

static int
finish(struct scan *scan, int rc)
{
	SlapReply *rs = scan->rs;

	rs->sr_err = rc;
	rs->sr_text = NULL;
	if (rc == LDAP_NO_SUCH_OBJECT)
		rs->sr_matched = scan->op->o_bd->be_suffix[0].bv_val;
	else if (rc == LDAP_UNAVAILABLE)
		rs->sr_text = cr_error_text(CR_ELOG);
	if (rc == LDAP_SUCCESS &&
	    get_pagedresults(scan->op) > SLAP_CONTROL_IGNORED)
		cr_readlog_page_send(scan->op, rs,
			scan->page_full ? &scan->sent : NULL);
	else
		send_ldap_result(scan->op, rs);
	rs->sr_matched = NULL;
	return rs->sr_err;
}

static int
search(struct scan *scan)
{
	Operation *op = scan->op;
	const PagedResultsState *ps = op->o_pagedresults_state;

	if (get_pagedresults(op) > SLAP_CONTROL_IGNORED && ps->ps_size == 0)
		return LDAP_SUCCESS;
	if (dn_match(&op->o_req_ndn, &op->o_bd->be_nsuffix[0]))
		return search_suffix(scan);
	return search_one(scan);
}

int
cr_readlog_search(Operation *op, SlapReply *rs)
{
	struct cr_readlog_asker asker;
	struct scan *scan;
	int rc = cr_readlog_judge(op, &asker);

	if (rc == CR_OK && asker.right == CR_READLOG_NOTHING)
		rc = CR_EHIDDEN;
	if (rc != CR_OK)
		return cr_answer(op, rs, rc);
	if (limits_check(op, rs) != 0)
		return rs->sr_err;
	scan = ch_calloc(1, sizeof(*scan));
	scan->op = op;
	scan->rs = rs;
	scan->asker = asker;
	rc = prepare(scan);
	rc = rc == CR_OK ? finish(scan, search(scan)) :
	    cr_answer(op, rs, rc);
	drop_ready(scan);
	drop_copies(scan);
	cr_readlog_names_free(op, &scan->names);
	cr_leaf_space_clear(&scan->space);
	ch_free(scan);
	return rc;
}
