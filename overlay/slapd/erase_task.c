/*
 * Erasures that are not done: a task of slapd's own goes through the orders
 * when slapd starts, when it is woken, and when the next hold ends.  It takes
 * each from where it stands; whatever it cannot do it tries again.
 */
#include "erase.h"

#include <ldap_rq.h>

enum { LOOK_S = 24 * 3600, AGAIN_S = 10, NOTICE_S = 2 };

bool
cr_erase_may_write(const struct cr_db *db)
{
	return ((db->be->be_restrictops | frontendDB->be_restrictops) &
		(SLAP_RESTRICT_READONLY | SLAP_RESTRICT_OP_WRITES)) == 0;
}

/* With the queue's mutex. */
static void
schedule(struct re_s *task, time_t seconds)
{
	task->interval.tv_sec = seconds;
	ldap_pvt_runqueue_resched(&slapd_rq, task, 0);
	task->interval.tv_sec = LOOK_S;
}

static time_t
seconds_until(const struct cr_erase_report *report, int64_t now)
{
	if (report->error != CR_OK || report->next <= now)
		return AGAIN_S;
	return (time_t)(report->next - now);
}

static void
work(struct cr_db *db, void *ctx, struct cr_erase_report *report)
{
	struct cr_erasing erasing = { .db = db, .ctx = ctx,
		.now = (int64_t)slap_get_time() };

	erasing.inner = ch_calloc(1, sizeof(*erasing.inner));
	report->next = erasing.now + LOOK_S;
	/* from now on, so that no write is missed */
	atomic_store(&db->erase_waits, true);
	if (db->open) {
		cr_erase_jobs(&erasing, report);
		if (!report->unsafe)
			cr_db_cleansed(db);
		cr_compaction_watch(&erasing);
	}
	atomic_store(&db->erase_waits, report->waits);
	cr_plan_free(&erasing.plan);
	cr_erase_forget(&erasing);
	ch_free(erasing.inner);
}

static void *
perform(void *ctx, void *arg)
{
	struct re_s *task = arg;
	struct cr_db *db = task->arg;
	struct cr_erase_report report = { .error = CR_OK };
	time_t next;

	work(db, ctx, &report);
	next = seconds_until(&report, (int64_t)slap_get_time());
	if (report.error != CR_OK)
		Debug(LDAP_DEBUG_ANY, "custreg: an erasure is not done yet and "
			"will be tried again: %s%s%s%s\n",
			cr_error_text(report.error), report.subject[0] != '\0' ?
			", order " : "", report.subject, report.unsafe ?
			"; until then the register answers nobody" : "");
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	ldap_pvt_runqueue_stoptask(&slapd_rq, task);
	schedule(task, atomic_exchange(&db->erase_again, false) ? 0 : next);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
	slap_wake_listener();
	return NULL;
}

void
cr_erase_start(struct cr_db *db)
{
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (db->erase_task == NULL)
		db->erase_task = ldap_pvt_runqueue_insert(&slapd_rq, LOOK_S,
			perform, db, "custreg_erase",
			db->be->be_suffix[0].bv_val);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
}

void
cr_erase_stop(struct cr_db *db)
{
	cr_task_stop(&db->erase_task);
}

/* Those who come later do not put it off. */
static bool
is_due_before(const struct re_s *task, unsigned seconds)
{
	return task->next_sched.tv_sec != 0 && task->next_sched.tv_sec <=
	    slap_get_time() + (time_t)seconds;
}

void
cr_erase_wake(struct cr_db *db, unsigned seconds)
{
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (db->erase_task != NULL && ldap_pvt_runqueue_isrunning(&slapd_rq,
	    db->erase_task))
		atomic_store(&db->erase_again, true);
	else if (db->erase_task != NULL &&
	    !is_due_before(db->erase_task, seconds))
		schedule(db->erase_task, seconds);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
	slap_wake_listener();
}

void
cr_erase_notice(struct cr_db *db, Operation *op, const struct berval *ndn)
{
	bool returned = op->o_tag != LDAP_REQ_DELETE &&
	    cr_db_contains(db, ndn) && cr_erase_has_order(db, op, ndn);

	if (returned)
		atomic_store(&db->erase_doubts, true);
	if (!returned && !cr_db_is_own(db, ndn))
		return;
	atomic_store(&db->erase_heard, true);
	cr_erase_wake(db, NOTICE_S);
}
