/*
 * Lists that go over several operations.
 *
 * The cookie of paged results is back-mdb's last entry ID: its gaps tell of
 * hidden neighbours (facts 2).  The client gets it sealed (core/token.h).
 * A virtual list view keeps a finished list on the connection: it is good
 * only for the same reader, purpose and policy, and while nobody's
 * visibility has changed.
 */
#include "guard.h"

#include "proto/control.h"

/*
 * The page a connection was given last.  slapd's own note of it, which only
 * one operation at a time can use, is written also by searches that we have
 * go page by page (order.c), and these run beside the client's.
 */
enum { NOTES = 256 };

static pthread_mutex_t notes_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
	unsigned long connid;
	PagedResultsCookie cookie;
	bool there;
} notes[NOTES];

static void
note(const Operation *op, PagedResultsCookie cookie)
{
	size_t at = op->o_connid % NOTES;

	pthread_mutex_lock(&notes_mutex);
	notes[at].connid = op->o_connid;
	notes[at].cookie = cookie;
	notes[at].there = true;
	pthread_mutex_unlock(&notes_mutex);
}

static void
recall(const Operation *op, PagedResultsState *ps)
{
	size_t at = op->o_connid % NOTES;

	pthread_mutex_lock(&notes_mutex);
	if (notes[at].there && notes[at].connid == op->o_connid)
		ps->ps_cookie = notes[at].cookie;
	pthread_mutex_unlock(&notes_mutex);
}

int
cr_page_open(Operation *op, struct berval *ret_saved)
{
	PagedResultsState *ps;
	unsigned char plain[CR_TOKEN_PLAIN_MAX];
	size_t len = 0;
	struct berval fresh;

	BER_BVZERO(ret_saved);
	if (get_pagedresults(op) <= SLAP_CONTROL_IGNORED)
		return CR_OK;
	ps = op->o_pagedresults_state;
	if (ps->ps_cookieval.bv_len == 0) {
		note(op, 0);
		return CR_OK;
	}
	recall(op, ps);
	if (cr_token_open(cr_token_key, ps->ps_cookieval.bv_val,
	    ps->ps_cookieval.bv_len, plain, &len) != CR_OK)
		return CR_EPROTO;
	fresh.bv_len = len;
	fresh.bv_val = op->o_tmpalloc(len + 1, op->o_tmpmemctx);
	memcpy(fresh.bv_val, plain, len);
	fresh.bv_val[len] = '\0';
	ps->ps_cookieval = fresh;
	return CR_OK;
}

/*
 * back-mdb's ID of no entry, sent as a cookie when all candidates lie before
 * the page: with one hidden candidate behind it there would be no cookie.
 */
static bool
is_no_entry(struct cr_slice cookie)
{
	PagedResultsCookie id;

	if (cookie.len != sizeof(id))
		return false;
	memcpy(&id, cookie.ptr, sizeof(id));
	return id == (PagedResultsCookie)NOID;
}

static void
note_page(const Operation *op, struct cr_slice cookie)
{
	PagedResultsCookie id = 0;

	if (cookie.len == sizeof(id) && !is_no_entry(cookie))
		memcpy(&id, cookie.ptr, sizeof(id));
	note(op, id);
}

static int
seal_control(Operation *op, LDAPControl *ctrl)
{
	struct cr_slice cookie;
	unsigned char token[CR_TOKEN_MAX];
	unsigned char *value = NULL;
	size_t token_len = 0, value_len = 0;
	int size = 0;
	int rc = cr_control_paged_decode(cr_slice_bv(&ctrl->ldctl_value),
		&size, &cookie);

	if (rc != CR_OK)
		return rc;
	note_page(op, cookie);
	if (cookie.len == 0)
		return CR_OK;
	if (!is_no_entry(cookie))
		rc = cr_token_seal(cr_token_key, cookie.ptr, cookie.len,
			token, &token_len);
	if (rc == CR_OK)
		rc = cr_control_paged_encode(size,
			(struct cr_slice){ (char *)token, token_len },
			&value, &value_len);
	if (rc != CR_OK)
		return rc;
	/* slapd frees the old value with the operation's memory */
	ctrl->ldctl_value.bv_val = op->o_tmpalloc(value_len, op->o_tmpmemctx);
	memcpy(ctrl->ldctl_value.bv_val, value, value_len);
	ctrl->ldctl_value.bv_len = value_len;
	free(value);
	return CR_OK;
}

int
cr_page_seal(Operation *op, SlapReply *rs)
{
	for (int i = 0; rs->sr_ctrls != NULL && rs->sr_ctrls[i] != NULL; i++) {
		if (strcmp(rs->sr_ctrls[i]->ldctl_oid,
		    LDAP_CONTROL_PAGEDRESULTS) == 0)
			return seal_control(op, rs->sr_ctrls[i]);
	}
	return CR_OK;
}

/*
 * back-mdb looks at the cookie only when the indexes gave it candidates, so
 * what it says of one that is old, and of a page of no size, would tell that
 * they did: the answers are given here.  True: given.
 */
bool
cr_page_gate(const struct cr_view *view, Operation *op, SlapReply *rs)
{
	const PagedResultsState *ps;
	PagedResultsCookie id = 0;

	if (view->sees_all || op != cr_op_find(op)->self ||
	    get_pagedresults(op) <= SLAP_CONTROL_IGNORED)
		return false;
	ps = op->o_pagedresults_state;
	if (ps->ps_cookieval.bv_len == 0)
		return false;
	if (ps->ps_cookieval.bv_len == sizeof(id))
		memcpy(&id, ps->ps_cookieval.bv_val, sizeof(id));
	if (ps->ps_cookieval.bv_len != sizeof(id) || id > ps->ps_cookie) {
		send_ldap_error(op, rs, LDAP_PROTOCOL_ERROR,
			"paged results cookie is invalid");
		return true;
	}
	if (id < ps->ps_cookie) {
		send_ldap_error(op, rs, LDAP_UNWILLING_TO_PERFORM,
			"paged results cookie is invalid or old");
		return true;
	}
	if (ps->ps_size != 0)
		return false;
	rs->sr_err = LDAP_SUCCESS;
	send_ldap_result(op, rs);
	return true;
}

/*
 * slapd's own note.  It has no lock for it; the accesses are atomic so that at
 * least ours are whole beside each other.
 */
struct cr_page_state
cr_page_state_of(const Operation *op)
{
	const PagedResultsState *ps = &op->o_conn->c_pagedresults_state;

	return (struct cr_page_state){
		.cookie = __atomic_load_n(&ps->ps_cookie, __ATOMIC_RELAXED),
		.count = __atomic_load_n(&ps->ps_count, __ATOMIC_RELAXED)
	};
}

void
cr_page_put_back(Operation *op, const struct cr_page_state *state)
{
	PagedResultsState *ps = &op->o_conn->c_pagedresults_state;

	__atomic_store_n(&ps->ps_cookie, state->cookie, __ATOMIC_RELAXED);
	__atomic_store_n(&ps->ps_count, state->count, __ATOMIC_RELAXED);
}

/* Nor does the connection remember that there was none (is_no_entry). */
void
cr_page_forget(Operation *op)
{
	PagedResultsCookie none = (PagedResultsCookie)NOID;

	if (op == cr_op_find(op)->self &&
	    get_pagedresults(op) > SLAP_CONTROL_IGNORED)
		(void)__atomic_compare_exchange_n(
		    &op->o_conn->c_pagedresults_state.ps_cookie, &none, 0,
		    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* What a list was made for: one mark for each context sssvlv gave out. */
struct list_mark {
	struct list_mark *next;
	unsigned long connid;
	uint64_t context;
	struct berval reader;
	const struct cr_db *db;
	uint64_t purpose;
	unsigned epoch;
	uint64_t recent;
};

/*
 * sssvlv, which stands above, ends slapd's round of the overlays when a
 * connection goes: cr_connection_destroy() may never hear of it. So the oldest
 * marks are dropped; a list that is still in use then has to be made again.
 */
enum { MARKS_MAX = 1024 };

static struct list_mark *marks;
static ldap_pvt_thread_mutex_t marks_mutex = PTHREAD_MUTEX_INITIALIZER;

/*
 * The contextID stands last in request and response, and sssvlv's has the
 * size of a long.
 */
static bool
context_of(const LDAPControl *ctrl, uint64_t *ret_context)
{
	const struct berval *value = &ctrl->ldctl_value;

	if (value->bv_len <= sizeof(*ret_context))
		return false;
	memcpy(ret_context, value->bv_val + value->bv_len -
		sizeof(*ret_context), sizeof(*ret_context));
	return true;
}

static void
forget_mark(struct list_mark **m)
{
	struct list_mark *mark = *m;

	*m = mark->next;
	ch_free(mark->reader.bv_val);
	ch_free(mark);
}

static void
forget_oldest(void)
{
	struct list_mark **m = &marks;

	for (int i = 0; i < MARKS_MAX && *m != NULL; i++)
		m = &(*m)->next;
	while (*m != NULL)
		forget_mark(m);
}

static bool
mark_fits(const struct list_mark *mark, const struct cr_view *view,
	const Operation *op)
{
	return cr_same_ndn(&mark->reader, &op->o_ndn) && mark->db == view->db &&
	    mark->purpose == view->bit &&
	    mark->epoch == atomic_load(&view->db->policy_epoch) &&
	    mark->recent == view->recent_seq;
}

static int
check_mark(const struct cr_view *view, const Operation *op, uint64_t context)
{
	int rc = CR_ESTALE;

	ldap_pvt_thread_mutex_lock(&marks_mutex);
	for (struct list_mark *m = marks; m != NULL; m = m->next) {
		if (m->connid == op->o_connid && m->context == context &&
		    mark_fits(m, view, op))
			rc = CR_OK;
	}
	ldap_pvt_thread_mutex_unlock(&marks_mutex);
	return rc;
}

static void
set_mark(const struct cr_view *view, const Operation *op, uint64_t context)
{
	struct list_mark *m;

	ldap_pvt_thread_mutex_lock(&marks_mutex);
	for (m = marks; m != NULL; m = m->next) {
		if (m->connid == op->o_connid && m->context == context)
			break;
	}
	if (m == NULL) {
		m = ch_calloc(1, sizeof(*m));
		m->connid = op->o_connid;
		m->context = context;
		m->next = marks;
		marks = m;
		forget_oldest();
	}
	ber_bvreplace(&m->reader, &op->o_ndn);
	m->db = view->db;
	m->purpose = view->bit;
	m->epoch = atomic_load(&view->db->policy_epoch);
	m->recent = view->recent_seq;
	ldap_pvt_thread_mutex_unlock(&marks_mutex);
}

/* The view the list is made by; NULL: it reaches no customers. */
static struct cr_view *
list_view(struct cr_op *cop)
{
	struct cr_view *view = cop->views;

	while (view != NULL && !view->touches)
		view = view->next;
	return view;
}

/* A request that goes on with a list: is it still this reader's? */
int
cr_list_check(struct cr_op *cop, Operation *op)
{
	const struct cr_view *view = list_view(cop);

	for (int i = 0; view != NULL && op->o_ctrls != NULL &&
	    op->o_ctrls[i] != NULL; i++) {
		const LDAPControl *ctrl = op->o_ctrls[i];
		uint64_t context = 0;
		bool again = false;

		if (strcmp(ctrl->ldctl_oid, LDAP_CONTROL_VLVREQUEST) != 0 ||
		    BER_BVISNULL(&ctrl->ldctl_value))
			continue;
		if (cr_control_vlv_has_context(
		    cr_slice_bv(&ctrl->ldctl_value), &again) != CR_OK)
			return CR_EPROTO;
		if (again && (!context_of(ctrl, &context) ||
		    check_mark(view, op, context) != CR_OK))
			return CR_ESTALE;
	}
	return CR_OK;
}

/* The result of a list: remembers whose it is. */
void
cr_list_mark(struct cr_op *cop, Operation *op, SlapReply *rs)
{
	const struct cr_view *view = list_view(cop);
	uint64_t context;

	for (int i = 0; view != NULL && rs->sr_ctrls != NULL &&
	    rs->sr_ctrls[i] != NULL; i++) {
		if (strcmp(rs->sr_ctrls[i]->ldctl_oid,
		    LDAP_CONTROL_VLVRESPONSE) == 0 &&
		    context_of(rs->sr_ctrls[i], &context))
			set_mark(view, op, context);
	}
}

/* The database goes. */
void
cr_list_forget(const struct cr_db *db)
{
	ldap_pvt_thread_mutex_lock(&marks_mutex);
	for (struct list_mark **m = &marks; *m != NULL;) {
		if ((*m)->db == db)
			forget_mark(m);
		else
			m = &(*m)->next;
	}
	ldap_pvt_thread_mutex_unlock(&marks_mutex);
}

int
cr_connection_destroy(BackendDB *bd, Connection *conn)
{
	(void)bd;
	cr_barrier_drain(conn, CR_DRAIN_CLOSING);
	ldap_pvt_thread_mutex_lock(&marks_mutex);
	for (struct list_mark **m = &marks; *m != NULL;) {
		if ((*m)->connid == conn->c_connid)
			forget_mark(m);
		else
			m = &(*m)->next;
	}
	ldap_pvt_thread_mutex_unlock(&marks_mutex);
	return SLAP_CB_CONTINUE;
}
