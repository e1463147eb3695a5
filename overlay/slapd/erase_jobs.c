/*
 * The orders there are, and what each wants done here: the leader carries it
 * out, others mend their own copy (core/erasure.h).  When slapd has started,
 * the copies in the read log are looked through as well: an order that the
 * database has not is one of after the backup it was restored from.
 */
#include "erase_settled.h"

enum { LONG_PAST = 10 * CR_ERASURE_REST };

struct job {
	struct job *next;
	char *line;			/* the order */
	enum cr_erasure_state state, durable;
	int64_t until, durable_until;
	char csn[CR_ORDER_CSN_MAX];
	bool local;			/* another server leads */
	bool lost;			/* the database did not have it */
	bool done, failed, withdrawn;
	enum cr_erasure_step what;	/* is next */
	struct cr_erased erased;	/* owns its name; NULL: not found */
};

struct run {
	struct cr_erasing *erasing;
	struct cr_erase_report *report;
	struct cr_settled *settled;
	bool is_first, doubts;
	bool replicates;		/* to somebody */
	struct job *jobs, **tail;
	BerVarray csns;			/* contextCSN of the database */
};

/* ---- jobs ---------------------------------------------------------------- */

static void
note(struct run *run, struct job *job, int error)
{
	if (run->report->error == CR_OK)
		run->report->error = error;
	if (error == CR_OK || job == NULL)
		return;
	job->failed = true;
	if (run->report->subject[0] == '\0')
		cr_uuid_format(run->erasing->order.subject,
			run->report->subject);
}

/*
 * Two servers at the same customer would undo each other's work.  And a copy
 * that was loaded from a backup must not write before the others have told it
 * what it missed: they would take it for newer than it is.
 */
static bool
leads(const struct run *run, const struct cr_erasure *order, bool lost)
{
	const BackendDB *be = run->erasing->db->be;

	if (be->be_syncinfo == NULL)
		return true;
	return !lost && !SLAP_SINGLE_SHADOW(be) &&
	    strcmp(order->leader, cr_erase_leader()) == 0;
}

/* What was decided then is not decided again, whatever is held now. */
static void
make_decided(struct job *job)
{
	job->state = job->local ? CR_ERASURE_COMPACTING :
	    CR_ERASURE_WAITING;
	job->until = job->local ? 0 : CR_TIME_NO_END;
	job->durable = job->state;
	job->durable_until = job->until;
}

static struct job *
new_job(struct run *run, const struct cr_erasure *order, struct cr_slice csn,
	bool lost)
{
	struct job *job = ch_calloc(1, sizeof(*job));

	job->line = ch_malloc(CR_ERASURE_TEXT_SIZE);
	if (cr_erasure_format(order, job->line) != CR_OK) {
		ch_free(job->line);
		ch_free(job);
		return NULL;
	}
	job->line = ch_realloc(job->line, strlen(job->line) + 1);
	job->state = job->durable = order->state;
	job->until = job->durable_until = order->until;
	if (csn.len < sizeof(job->csn))
		memcpy(job->csn, csn.ptr, csn.len);
	job->local = !leads(run, order, lost);
	job->lost = lost;
	if (lost)
		make_decided(job);
	return job;
}

static int
add_job(struct run *run, struct job *job)
{
	if (job == NULL)
		return CR_EINTERNAL;
	*run->tail = job;
	run->tail = &job->next;
	return CR_OK;
}

static int
add_first(struct run *run, struct job *job)
{
	if (job == NULL)
		return CR_EINTERNAL;
	job->next = run->jobs;
	if (run->jobs == NULL)
		run->tail = &job->next;
	run->jobs = job;
	return CR_OK;
}

static int
take_order(void *arg, const struct cr_erasure *order, struct cr_slice csn)
{
	struct run *run = arg;
	struct cr_known *known = cr_known_of(run->settled, order->subject);

	known->stored = true;
	if (csn.len > 0 && !run->doubts &&
	    (known->tell_at == 0 || known->tell_at > run->erasing->now) &&
	    cr_slice_equal(csn, cr_slice_of(known->csn)))
		return CR_OK;
	return add_job(run, new_job(run, order, csn, false));
}

/* The order that a job is about becomes the one that is worked on. */
static void
load(struct run *run, const struct job *job)
{
	struct cr_erasing *erasing = run->erasing;

	/* the line was made by cr_erasure_format() */
	(void)!cr_erasure_parse(cr_slice_of(job->line), &erasing->order);
	erasing->order.state = job->state;
	erasing->order.until = job->until;
	erasing->durable = job->durable;
	erasing->durable_until = job->durable_until;
	erasing->local = job->local;
}

static void
keep(const struct run *run, struct job *job)
{
	const struct cr_erasing *erasing = run->erasing;

	job->state = erasing->order.state;
	job->until = erasing->order.until;
	job->durable = erasing->durable;
	job->durable_until = erasing->durable_until;
}

/* Nothing is left to do until its entry changes. */
static void
settle(struct run *run, struct job *job)
{
	struct cr_known *known = cr_known_of(run->settled,
		run->erasing->order.subject);

	job->done = true;
	if (!job->lost && (known->copied || !job->local))
		memcpy(known->csn, job->csn, sizeof(known->csn));
}

/* ---- copies in the read log ---------------------------------------------- */

/* First those who came back: once their first order is stored, nobody looks. */
static int
take_lost(void *arg, const struct cr_erasure *order, bool came_back)
{
	struct run *run = arg;
	struct job *job = new_job(run, order, CR_SLICE_LITERAL(""), true);

	return came_back ? add_first(run, job) : add_job(run, job);
}

static bool
is_finished(enum cr_erasure_state state)
{
	return state == CR_ERASURE_COMPACTING || state == CR_ERASURE_DONE ||
	    state == CR_ERASURE_WAITING;
}

/* An order that may yet be withdrawn has none. */
static bool
is_decided(const struct job *job)
{
	if (job->local)
		return is_finished(job->durable);
	return job->state != CR_ERASURE_ORDERED && !job->withdrawn;
}

/* Each server has its own; the leader's are written when it is asked. */
static void
copy(struct run *run, struct job *job)
{
	struct cr_known *known;
	int rc = CR_OK;

	load(run, job);
	known = cr_known_of(run->settled, run->erasing->order.subject);
	if (known->copied || !is_decided(job) ||
	    !(run->is_first || run->doubts || job->local))
		return;
	rc = cr_erase_copy_write(run->erasing);
	known->copied = rc == CR_OK;
	note(run, job, rc);
}

/* ---- one order ----------------------------------------------------------- */

/* Before the last that this database was told of, by a good while. */
static bool
is_long_past(const struct run *run, const struct job *job)
{
	int64_t age = cr_csn_age(job->csn, run->erasing->now), least = age;

	for (BerVarray b = run->csns; b != NULL && !BER_BVISNULL(b); b++) {
		int64_t other = cr_csn_age(b->bv_val, run->erasing->now);

		if (other < least)
			least = other;
	}
	return age - least > LONG_PAST;
}

/*
 * Replication loses the last changes before a slapd is killed.  So what was
 * reached is written once more after a while: what is lost of both is lost
 * with another change between them.
 */
static void
tell(struct run *run, struct job *job)
{
	const struct cr_erasing *erasing = run->erasing;
	struct cr_known *known;

	if (!run->replicates || job->withdrawn)
		return;
	known = cr_known_of(run->settled, erasing->order.subject);
	if (known->tell_at == 0)
		known->tell_at = run->is_first && is_long_past(run, job) ?
		    CR_TIME_NO_END : erasing->now + CR_ERASURE_REST;
	if (known->tell_at <= erasing->now) {
		int rc = cr_erase_order_state(run->erasing);

		note(run, job, rc);
		if (rc == CR_OK)
			known->tell_at = CR_TIME_NO_END;
	}
}

static void
lead(struct run *run, struct job *job)
{
	int rc = CR_OK;

	/* an order of after the backup comes back as well */
	if (job->lost && !job->done)
		rc = cr_erase_order_write(run->erasing);
	if (rc == CR_OK)
		rc = cr_erase_run(run->erasing, &job->what);
	note(run, job, rc);
	if (rc != CR_OK || job->what != CR_STEP_NONE)
		return;
	job->withdrawn = run->erasing->order.state == CR_ERASURE_DONE &&
	    run->erasing->durable == CR_ERASURE_ORDERED;
	tell(run, job);
	if (run->erasing->order.state != CR_ERASURE_WAITING)
		settle(run, job);
}

static void
mend(struct run *run, struct job *job)
{
	struct cr_erasing *erasing = run->erasing;
	struct cr_erasure_copy copy = {
		.caught_up = job->lost || cr_csn_passed(run->csns, job->csn)
	};
	enum cr_erasure_here here;
	int rc = cr_erase_look(erasing, &copy);

	note(run, job, rc);
	if (rc != CR_OK)
		return;
	here = cr_erasure_here(&erasing->order, &copy);
	if (here == CR_HERE_SETTLED)
		settle(run, job);
	if (here != CR_HERE_PURGE)
		return;
	erasing->order.state = CR_ERASURE_ORDERED;
	note(run, job, cr_erase_run(erasing, &job->what));
}

static void
advance(struct run *run, struct job *job)
{
	load(run, job);
	if (!cr_erase_may_write(run->erasing->db))
		note(run, job, CR_EHELD);
	else if (job->local)
		mend(run, job);
	else
		lead(run, job);
	keep(run, job);
}

/* ---- what is done for all at once ---------------------------------------- */

/* The copy keeps what the leader has not: that is for somebody to look at. */
static bool
is_settled(const struct run *run, const struct job *job)
{
	bool waits = run->erasing->order.state == CR_ERASURE_WAITING;

	if (job->what != CR_STEP_NONE)
		return false;
	if (!job->local)
		return !waits;
	if (waits && job->durable != CR_ERASURE_WAITING)
		Debug(LDAP_DEBUG_ANY, "custreg: this server holds what the "
			"server that leads has erased: compare them\n");
	return !waits || job->durable == CR_ERASURE_WAITING;
}

static bool
is_at(const struct job *job, enum cr_erasure_step step, bool local)
{
	return job->what == step && job->local == local;
}

static void
name(struct run *run, struct job *job)
{
	struct cr_erased *erased = &job->erased;

	ch_free(erased->ndn.bv_val);
	BER_BVZERO(&erased->ndn);
	load(run, job);
	memcpy(erased->subject, run->erasing->order.subject,
		sizeof(erased->subject));
	if (cr_erase_find(run->erasing))
		ber_dupbv(&erased->ndn, &run->erasing->ndn);
}

static int
one_alone(struct run *run, struct job *job, cr_erase_joint_fn *fn)
{
	job->erased.next = NULL;
	return BER_BVISNULL(&job->erased.ndn) ? CR_OK :
	    fn(run->erasing, &job->erased);
}

static int
join(struct run *run, enum cr_erasure_step step, bool local,
	cr_erase_joint_fn *fn)
{
	const struct cr_erased *those = NULL;

	for (struct job *job = run->jobs; job != NULL; job = job->next) {
		if (!is_at(job, step, local))
			continue;
		name(run, job);
		if (BER_BVISNULL(&job->erased.ndn))
			continue;
		job->erased.next = those;
		those = &job->erased;
	}
	run->erasing->local = local;
	return those != NULL ? fn(run->erasing, those) : CR_OK;
}

static void
go_on(struct run *run, struct job *job)
{
	const struct cr_erasure_facts none = { .until = CR_TIME_NO_END };
	int rc = CR_OK;

	load(run, job);
	cr_erasure_did(&run->erasing->order, job->what, &none);
	job->what = cr_erasure_next(&run->erasing->order, &none);
	if (!cr_erasure_joins(job->what))
		rc = cr_erase_run(run->erasing, &job->what);
	note(run, job, rc);
	if (rc == CR_OK && is_settled(run, job))
		settle(run, job);
	keep(run, job);
}

/* When something cannot be done, only those wait whom it concerns. */
static void
together(struct run *run, enum cr_erasure_step step, bool local,
	cr_erase_joint_fn *fn)
{
	bool all = join(run, step, local, fn) == CR_OK;

	for (struct job *job = run->jobs; job != NULL && !slapd_shutdown;
	    job = job->next) {
		int rc;

		if (!is_at(job, step, local))
			continue;
		run->erasing->local = local;
		rc = all ? CR_OK : one_alone(run, job, fn);
		note(run, job, rc);
		if (rc == CR_OK)
			go_on(run, job);
	}
}

/* ---- all of them --------------------------------------------------------- */

/*
 * Who was hidden before, or is to go by the log, and can be seen now.  What
 * stands in the way of the whole stack (another overlay, a schema) need not be
 * in the way of this copy: they are hidden here at least.
 */
static bool
is_exposed(struct run *run, const struct job *job)
{
	struct cr_erasing *erasing = run->erasing;

	if (!run->is_first || !job->failed ||
	    (!job->lost && job->durable == CR_ERASURE_ORDERED))
		return false;
	load(run, job);
	if (!cr_erase_find(erasing) || erasing->pending)
		return false;
	erasing->local = true;
	return !cr_erase_may_write(erasing->db) ||
	    cr_erase_plan(erasing, CR_PLAN_REQUEST, true) != CR_OK ||
	    cr_erase_hide(erasing) != CR_OK;
}

/* Among equals one must lead, and nobody takes over by itself. */
static void
tell_who_leads(struct run *run)
{
	const struct job *job = run->jobs;

	while (job != NULL && !(job->local && !job->lost &&
	    job->durable == CR_ERASURE_WAITING))
		job = job->next;
	if (!run->is_first || job == NULL ||
	    SLAP_SINGLE_SHADOW(run->erasing->db->be))
		return;
	load(run, job);
	Debug(LDAP_DEBUG_ANY, "custreg: erasures wait for holds to end at the "
		"server that leads them, one of them at %s: if that is gone "
		"for good, repeat them here, by entryUUID\n",
		run->erasing->order.leader);
}

static void
look_ahead(struct run *run)
{
	for (const struct job *job = run->jobs; job; job = job->next) {
		struct cr_erasure order = { .state = job->state,
			.until = job->until };
		int64_t when = cr_erasure_wake(&order);

		if (job->done)
			continue;
		if (is_exposed(run, job))
			run->report->unsafe = true;
		if (job->local || job->failed)
			atomic_store(&run->erasing->db->erase_heard, true);
		if (job->local || when == INT64_MIN)
			when = run->erasing->now;	/* soon */
		if (when < run->report->next)
			run->report->next = when;
		if (!job->local && job->state == CR_ERASURE_WAITING)
			run->report->waits = true;
	}
}

static void
clear(struct run *run)
{
	struct job *next;

	for (struct job *job = run->jobs; job != NULL; job = next) {
		next = job->next;
		ch_free(job->erased.ndn.bv_val);
		ch_free(job->line);
		ch_free(job);
	}
	ber_bvarray_free(run->csns);
}

/*
 * There may be very many that are settled.  Those that this server leads do
 * not change by themselves, and of others it hears (erase_heard); when somebody
 * who was erased may be there again (erase_doubts), all are gone through.
 */
static bool
looks_at_all(const struct run *run)
{
	bool heard = atomic_exchange(&run->erasing->db->erase_heard, false);
	int64_t tell_at = CR_TIME_NO_END;

	cr_known_look_ahead(run->settled, &tell_at);
	return heard || run->is_first || run->doubts ||
	    tell_at <= run->erasing->now;
}

void
cr_erase_jobs(struct cr_erasing *erasing, struct cr_erase_report *report)
{
	struct cr_db *db = erasing->db;
	struct run run = { .erasing = erasing, .report = report,
	    .is_first = !atomic_load(&db->cleansed),
	    .doubts = atomic_exchange(&db->erase_doubts, false) };
	int rc;

	run.tail = &run.jobs;
	if (db->settled == NULL)
		db->settled = cr_settled_new();
	run.settled = db->settled;
	run.replicates = db->be->be_syncinfo != NULL ||
	    cr_db_parts(db)->replicas != NULL;
	rc = cr_erase_orders(erasing, looks_at_all(&run), take_order, &run);
	if (rc == CR_OK && run.is_first)
		rc = cr_missing_find(erasing, run.settled, take_lost, &run);
	note(&run, NULL, rc);
	if (rc != CR_OK && run.is_first)
		report->unsafe = true;
	if (run.replicates)
		run.csns = cr_csns_read(erasing);
	for (struct job *job = run.jobs; job != NULL && !slapd_shutdown;
	    job = job->next) {
		if (job->local)
			copy(&run, job);
		advance(&run, job);
		if (!job->local)
			copy(&run, job);
	}
	for (int local = 0; local < 2 && !slapd_shutdown; local++) {
		together(&run, CR_STEP_UNLINK, local, cr_erase_references);
		together(&run, CR_STEP_UNLOG, local, cr_erase_accesslog);
	}
	tell_who_leads(&run);
	look_ahead(&run);
	cr_known_look_ahead(run.settled, &report->next);
	clear(&run);
}
