/*
 * The registrar's queue: entries of our own, which replicate (core/case.h says
 * what stands in them).
 *
 * A case is made before the write that it is about, and taken away again when
 * that is not done: somebody without a case would never be looked at, while a
 * case of nobody harms nobody.  Those that a kill left go by a task of
 * slapd's, when slapd starts and once a day; not in their first day, since a
 * case may come to another server before its customer does.
 */
#include "suppression.h"

#include <ldap_rq.h>

enum { DAY_S = 24 * 3600 };

static Entry *
entry_of(const struct cr_db *db, const struct cr_case *c)
{
	char id[CR_CASE_ID_SIZE];
	Entry *e;

	cr_case_id(c, id);
	e = cr_own_new(db, &cr_own_cases, id);
	if (e != NULL && cr_case_each_value(c, cr_own_set, e) != CR_OK) {
		entry_free(e);
		e = NULL;
	}
	return e;
}

/* One that is there is the same, open or decided. */
int
cr_cases_make(struct cr_erasing *erasing, struct cr_case_list *cases)
{
	int rc = CR_OK;

	for (; cases != NULL && rc == CR_OK; cases = cases->next) {
		Entry *e = entry_of(erasing->db, &cases->c);
		int code = cr_own_add(erasing, &cr_own_cases, e);

		cases->made = code == LDAP_SUCCESS;
		if (code != LDAP_SUCCESS && code != LDAP_ALREADY_EXISTS)
			rc = CR_EINTERNAL;
		if (e != NULL)
			entry_free(e);
	}
	return rc;
}

void
cr_cases_unmake(struct cr_erasing *erasing, struct cr_case_list *cases)
{
	for (; cases != NULL; cases = cases->next) {
		Entry *e = cases->made ? entry_of(erasing->db, &cases->c) :
		    NULL;

		if (e == NULL)
			continue;
		if (cr_own_delete(erasing, &e->e_nname) != CR_OK)
			Debug(LDAP_DEBUG_ANY, "custreg: a case of nobody is "
				"left for a day\n");
		entry_free(e);
	}
}

/* ---- whose customer is gone ---------------------------------------------- */

struct old_case {
	struct old_case *next;
	struct cr_case c;
};

static int
read_case(Operation *op, SlapReply *rs)
{
	struct old_case **list = op->o_callback->sc_private, *item;
	struct cr_entry_view view;
	struct cr_entry_copy copy;

	if (rs->sr_type != REP_SEARCH)
		return 0;
	item = ch_calloc(1, sizeof(*item));
	cr_entry_view_of(rs->sr_entry, &view, &copy);
	if (cr_case_from_entry(&view, &item->c) == CR_OK) {
		item->next = *list;
		*list = item;
	} else {
		ch_free(item);
	}
	cr_entry_view_free(&copy);
	return 0;
}

static int
take_away(struct cr_erasing *erasing, const struct cr_case *c)
{
	Entry *e = entry_of(erasing->db, c);
	int rc = CR_EINTERNAL;

	if (e != NULL) {
		rc = cr_own_delete(erasing, &e->e_nname);
		entry_free(e);
	}
	return rc;
}

/* A copy that follows another server gets it from there. */
static bool
leads(const struct cr_db *db)
{
	return !SLAP_SINGLE_SHADOW(db->be);
}

void
cr_cases_forget(struct cr_db *db, Operation *op,
	const unsigned char customer[CR_UUID_BYTES])
{
	struct cr_erasing erasing = { .db = db, .ctx = op->o_threadctx };
	char filter[CR_UUID_TEXT_SIZE + 32], uuid[CR_UUID_TEXT_SIZE];
	struct old_case *list = NULL, *next;

	if (!leads(db) || SLAPD_SYNC_IS_SYNCCONN(op->o_connid))
		return;
	cr_uuid_format(customer, uuid);
	snprintf(filter, sizeof(filter), "(crSuppressionCustomer=%s)", uuid);
	if (cr_own_search(db, op->o_threadctx, &cr_own_cases, filter,
	    read_case, &list) != CR_OK)
		return;
	erasing.inner = ch_calloc(1, sizeof(*erasing.inner));
	for (; list != NULL; list = next) {
		next = list->next;
		(void)take_away(&erasing, &list->c);
		ch_free(list);
	}
	ch_free(erasing.inner);
}

/* ---- once a day ---------------------------------------------------------- */

static void
look_at(struct cr_erasing *erasing, const struct cr_case *c)
{
	if (c->time > erasing->now - DAY_S)
		return;
	memcpy(erasing->order.subject, c->customer, CR_UUID_BYTES);
	if (!cr_erase_find(erasing))
		(void)take_away(erasing, c);
}

static void
sweep(struct cr_db *db, void *ctx)
{
	struct cr_erasing *erasing = ch_calloc(1, sizeof(*erasing));
	struct old_case *list = NULL, *next;

	erasing->db = db;
	erasing->ctx = ctx;
	erasing->now = (int64_t)slap_get_time();
	erasing->inner = ch_calloc(1, sizeof(*erasing->inner));
	(void)!cr_own_search(db, ctx, &cr_own_cases,
		"(objectClass=crSuppressionCase)", read_case, &list);
	for (; list != NULL; list = next) {
		next = list->next;
		if (!slapd_shutdown)
			look_at(erasing, &list->c);
		ch_free(list);
	}
	cr_erase_forget(erasing);
	ch_free(erasing->inner);
	ch_free(erasing);
}

static void *
perform(void *ctx, void *arg)
{
	struct re_s *task = arg;
	struct cr_db *db = task->arg;

	if (db->open && leads(db))
		sweep(db, ctx);
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	ldap_pvt_runqueue_stoptask(&slapd_rq, task);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
	return NULL;
}

void
cr_cases_start(struct cr_db *db)
{
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (db->case_task == NULL)
		db->case_task = ldap_pvt_runqueue_insert(&slapd_rq, DAY_S,
			perform, db, "custreg_cases",
			db->be->be_suffix[0].bv_val);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
}

void
cr_cases_stop(struct cr_db *db)
{
	cr_task_stop(&db->case_task);
}
