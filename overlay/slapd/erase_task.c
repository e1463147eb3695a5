/*
 * Erasures that are not done: a task of slapd's own goes through the orders
 * when slapd starts, when it is woken, and when the next hold ends.  It takes
 * each from where it stands; whatever it cannot do it tries again.
 */
#include "erase.h"

#include <ldap_rq.h>

enum { LOOK_S = 24 * 3600, AGAIN_S = 10 };

struct job {
	struct job *next;
	struct cr_erasure order;
	enum cr_erasure_step what;	/* is next */
};

struct run {
	struct cr_erasing erasing;
	struct job *jobs, **tail;
	int error;			/* the first */
	bool has_run;			/* since slapd started */
};

static int
take_order(void *arg, const struct cr_erasure *order)
{
	struct run *run = arg;
	struct job *job;

	/* two servers at the same customer would undo each other's work */
	if (strcmp(order->leader, cr_erase_leader()) != 0)
		return CR_OK;
	/* nothing is left to do but to copy the database; looked at once */
	if (run->has_run && (order->state == CR_ERASURE_COMPACTING ||
	    order->state == CR_ERASURE_DONE))
		return CR_OK;
	job = ch_calloc(1, sizeof(*job));
	job->order = *order;
	*run->tail = job;
	run->tail = &job->next;
	return CR_OK;
}

static void
note(struct run *run, int error)
{
	if (run->error == CR_OK)
		run->error = error;
}

static void
advance(struct run *run, struct job *job)
{
	run->erasing.order = job->order;
	note(run, cr_erase_run(&run->erasing, &job->what));
	job->order = run->erasing.order;
}

static void
add_name(struct run *run, const struct job *job, BerVarray *names)
{
	struct berval copy;

	run->erasing.order = job->order;
	if (job->what != CR_STEP_UNLINK || !cr_erase_find(&run->erasing))
		return;
	ber_dupbv(&copy, &run->erasing.ndn);
	ber_bvarray_add(names, &copy);
}

static int
unlink_those(struct run *run, BerVarray names)
{
	int rc = cr_erase_references(&run->erasing, names);

	ber_bvarray_free(names);
	return rc;
}

static void
unlinked(struct run *run, struct job *job)
{
	const struct cr_erasure_facts none = { .until = CR_TIME_NO_END };

	cr_erasure_did(&job->order, CR_STEP_UNLINK, &none);
	run->erasing.order = job->order;
	note(run, cr_erase_order_state(&run->erasing));
	advance(run, job);
}

/*
 * One pass over the database for all of them; when something cannot be taken
 * out, one for each, so that only those wait whom it names.
 */
static void
unlink_all(struct run *run)
{
	BerVarray names = NULL;
	bool together;

	for (struct job *job = run->jobs; job != NULL; job = job->next)
		add_name(run, job, &names);
	together = unlink_those(run, names) == CR_OK;
	for (struct job *job = run->jobs; job != NULL; job = job->next) {
		int rc = CR_OK;

		if (job->what != CR_STEP_UNLINK)
			continue;
		if (!together) {
			names = NULL;
			add_name(run, job, &names);
			rc = unlink_those(run, names);
		}
		note(run, rc);
		if (rc == CR_OK)
			unlinked(run, job);
	}
}

static void
work(struct run *run)
{
	note(run, cr_erase_orders(&run->erasing, take_order, run));
	for (struct job *job = run->jobs; job != NULL && !slapd_shutdown;
	    job = job->next)
		advance(run, job);
	if (!slapd_shutdown)
		unlink_all(run);
}

/* Seconds until the next order is to be looked at by the clock. */
static time_t
next_look(const struct run *run)
{
	int64_t next = run->erasing.now + LOOK_S;

	for (const struct job *job = run->jobs; job; job = job->next) {
		int64_t when = cr_erasure_wake(&job->order);

		if (when == INT64_MIN)
			when = run->erasing.now + AGAIN_S;
		if (when < next)
			next = when;
	}
	return next > run->erasing.now ? (time_t)(next - run->erasing.now) :
	    1;
}

/* A write may end a hold that no clock does. */
static bool
someone_waits(const struct run *run)
{
	const struct job *job = run->jobs;

	while (job != NULL && job->order.state != CR_ERASURE_WAITING)
		job = job->next;
	return job != NULL;
}

static void
clear(struct run *run)
{
	struct job *next;

	for (struct job *job = run->jobs; job != NULL; job = next) {
		next = job->next;
		ch_free(job);
	}
	cr_plan_free(&run->erasing.plan);
	cr_erase_forget(&run->erasing);
	ch_free(run->erasing.inner);
}

/* With the queue's mutex. */
static void
schedule(struct re_s *task, time_t seconds)
{
	task->interval.tv_sec = seconds;
	ldap_pvt_runqueue_resched(&slapd_rq, task, 0);
	task->interval.tv_sec = LOOK_S;
}

static void *
perform(void *ctx, void *arg)
{
	struct re_s *task = arg;
	struct cr_db *db = task->arg;
	struct run run = { .error = CR_OK,
	    .has_run = atomic_exchange(&db->erase_has_run, true) };
	time_t next;

	run.tail = &run.jobs;
	run.erasing.db = db;
	run.erasing.ctx = ctx;
	run.erasing.now = (int64_t)slap_get_time();
	run.erasing.inner = ch_calloc(1, sizeof(*run.erasing.inner));
	/* from now on, so that no write is missed */
	atomic_store(&db->erase_waits, true);
	/* a copy that follows another server is erased by that one */
	if (db->open && !SLAP_SHADOW(db->be))
		work(&run);
	next = next_look(&run);
	atomic_store(&db->erase_waits, someone_waits(&run));
	if (run.error != CR_OK) {
		Debug(LDAP_DEBUG_ANY, "custreg: an erasure is not done yet and "
			"will be tried again: %s\n", cr_error_text(run.error));
		next = AGAIN_S;
	}
	clear(&run);
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
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (db->erase_task != NULL) {
		if (ldap_pvt_runqueue_isrunning(&slapd_rq, db->erase_task))
			ldap_pvt_runqueue_stoptask(&slapd_rq, db->erase_task);
		ldap_pvt_runqueue_remove(&slapd_rq, db->erase_task);
		db->erase_task = NULL;
	}
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
}

void
cr_erase_wake(struct cr_db *db, unsigned seconds)
{
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (db->erase_task != NULL && ldap_pvt_runqueue_isrunning(&slapd_rq,
	    db->erase_task))
		atomic_store(&db->erase_again, true);
	else if (db->erase_task != NULL)
		schedule(db->erase_task, seconds);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
	slap_wake_listener();
}
