/*
 * The steps of an erasure (core/erasure.h).  Each may be done again: what is
 * gone is gone, and an entry that is wiped has nothing more to lose.
 */
#include "erase_facts.h"

enum { STEPS_MAX = 32 };

/* ---- entries ------------------------------------------------------------- */

/* What does not replicate is seen by no overlay, so ours are told. */
static void
begin_write(struct cr_erasing *erasing)
{
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		erasing->local ? CR_INNER_RAW : CR_INNER_STACK);
}

static int
end_write(struct cr_erasing *erasing, int code, const struct berval *ndn,
	const Entry *gone)
{
	if (code == LDAP_NO_SUCH_OBJECT)
		return CR_OK;
	if (code != LDAP_SUCCESS)
		return CR_EINTERNAL;
	if (erasing->local)
		cr_write_noticed(erasing->db, erasing->inner->op, ndn, gone);
	return CR_OK;
}

static Entry *
read_copy(struct cr_erasing *erasing, const struct berval *ndn)
{
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	return cr_raw_copy(erasing->db, erasing->inner->op, ndn);
}

static int
wipe(struct cr_erasing *erasing, const struct berval *ndn,
	enum cr_plan_action action, const char *mark)
{
	Entry *e = read_copy(erasing, ndn);
	Modifications *mods;
	int rc = CR_OK;

	if (e == NULL)
		return CR_OK;
	mods = cr_erase_wiping(e, action, mark);
	if (mods != NULL) {
		begin_write(erasing);
		rc = end_write(erasing, cr_inner_modify(erasing->inner,
			&e->e_name, &e->e_nname, mods), &e->e_nname, NULL);
		slap_mods_free(mods, 1);
	}
	entry_free(e);
	return rc;
}

static int
delete(struct cr_erasing *erasing, struct berval *ndn)
{
	Entry *gone = erasing->local ? read_copy(erasing, ndn) : NULL;
	int rc;

	begin_write(erasing);
	rc = end_write(erasing, cr_inner_delete(erasing->inner, ndn, ndn), ndn,
		gone);
	if (gone != NULL)
		entry_free(gone);
	return rc;
}

/* ---- the plan ------------------------------------------------------------ */

static enum cr_plan_action
action_of_root(const struct cr_erasing *erasing)
{
	size_t count;
	const struct cr_plan_step *steps = cr_plan_steps(erasing->plan,
		&count);

	/* deepest first */
	return steps[count - 1].action;
}

bool
cr_erase_is_whole(const struct cr_erasing *erasing)
{
	return action_of_root(erasing) == CR_PLAN_ERASE;
}

/* What no hold needs is still there, but for the emptied entry. */
static bool
leaves_over(const struct cr_erasing *erasing)
{
	size_t count;
	const struct cr_plan_step *steps = cr_plan_steps(erasing->plan,
		&count);
	bool root_waits = erasing->marked &&
	    erasing->order.state >= CR_ERASURE_PURGED &&
	    erasing->order.state <= CR_ERASURE_SUPPRESSED;

	for (size_t i = 0; i < count; i++) {
		bool is_root = i + 1 == count;

		if (steps[i].action == CR_PLAN_ERASE &&
		    !(is_root && root_waits))
			return true;
		if (steps[i].action != CR_PLAN_ERASE && steps[i].wipes)
			return true;
	}
	return false;
}

/* With the plan made, or without one when nobody is there. */
static int
learn(struct cr_erasing *erasing, struct cr_erasure_facts *ret_facts)
{
	int rc;

	memset(ret_facts, 0, sizeof(*ret_facts));
	ret_facts->leads = !erasing->local;
	ret_facts->until = CR_TIME_NO_END;
	ret_facts->compacted = cr_compaction_is_done(erasing);
	cr_plan_free(&erasing->plan);
	if (!cr_erase_find(erasing))
		return CR_OK;
	rc = cr_erase_plan(erasing, CR_PLAN_REQUEST, true);
	if (rc != CR_OK)
		return rc == CR_EHIDDEN ? CR_ECHANGED : rc;
	ret_facts->leftover = leaves_over(erasing);
	ret_facts->held = !cr_erase_is_whole(erasing);
	if (ret_facts->held)
		ret_facts->until = cr_plan_when(erasing->plan);
	return CR_OK;
}

/* ---- the steps ----------------------------------------------------------- */

/* One modification: wiped, and hidden from everybody with all below. */
int
cr_erase_hide(struct cr_erasing *erasing)
{
	enum cr_plan_action action = action_of_root(erasing);

	return wipe(erasing, &erasing->ndn,
		action == CR_PLAN_ERASE ? CR_PLAN_STRUCTURE : action,
		CR_ERASING);
}

/*
 * Ordered, and slapd ended before anything was done or answered; now something
 * holds, and whether a part was asked for is not known.
 */
static bool
was_not_begun(const struct cr_erasing *erasing)
{
	return erasing->durable == CR_ERASURE_ORDERED && !erasing->local &&
	    !erasing->pending && !cr_erase_is_whole(erasing);
}

static int
hide(struct cr_erasing *erasing)
{
	bool stands;
	int rc = CR_OK;

	/* who is hidden is written to by nobody but us */
	if (erasing->marked && erasing->plan != NULL)
		return cr_erase_hide(erasing);
	cr_gate_shut(erasing->db);
	/* it may have been withdrawn since it was read */
	stands = erasing->local || cr_erase_order_stands(erasing);
	if (!stands)
		rc = CR_EHELD;
	else if (cr_erase_find(erasing)) {
		rc = cr_erase_plan(erasing, CR_PLAN_REQUEST, true);
		if (rc == CR_OK && was_not_begun(erasing))
			rc = CR_EHELD;
		if (rc == CR_OK)
			rc = cr_erase_hide(erasing);
	}
	cr_gate_open(erasing->db);
	if (rc == CR_EHELD && stands)
		cr_erase_order_withdraw(erasing);
	return rc;
}

static int
take(struct cr_erasing *erasing, const struct cr_plan_step *step)
{
	struct berval ndn = { step->ndn.len, (char *)(uintptr_t)step->ndn.ptr };

	switch (step->action) {
	case CR_PLAN_ERASE:
		return delete(erasing, &ndn);
	case CR_PLAN_WIPE:
	case CR_PLAN_STRUCTURE:
		return step->wipes ? wipe(erasing, &ndn, step->action, NULL) :
		    CR_OK;
	default:
		return CR_OK;
	}
}

/*
 * All but the customer's own entry.  What is kept of that becomes visible
 * again, for the purposes that need it, when the rest is gone.
 */
static int
purge(struct cr_erasing *erasing)
{
	size_t count;
	const struct cr_plan_step *steps;
	char mark[sizeof(CR_ERASURE_PARTLY) + CR_UUID_TEXT_SIZE];
	char id[CR_UUID_TEXT_SIZE];
	int rc = CR_OK;

	if (erasing->plan == NULL)
		return CR_OK;
	steps = cr_plan_steps(erasing->plan, &count);
	for (size_t i = 0; i + 1 < count && rc == CR_OK; i++)
		rc = take(erasing, &steps[i]);
	if (rc != CR_OK || cr_erase_is_whole(erasing))
		return rc;
	cr_uuid_format(erasing->order.subject, id);
	snprintf(mark, sizeof(mark), CR_ERASURE_PARTLY " %s", id);
	return wipe(erasing, &erasing->ndn, steps[count - 1].action, mark);
}

/*
 * Then nothing is left that has the name.  Not before: whoever finds it free
 * must find the suppression too.
 */
static int
take_root(struct cr_erasing *erasing)
{
	if (erasing->plan == NULL || !cr_erase_is_whole(erasing))
		return CR_OK;
	return delete(erasing, &erasing->ndn);
}

/* What waits only for another date has nothing more to lose. */
static int
settle(struct cr_erasing *erasing)
{
	int rc = erasing->order.state == CR_ERASURE_WAITING ? CR_OK :
	    cr_compaction_note(erasing);

	return rc == CR_OK ? take_root(erasing) : rc;
}

static int
step(struct cr_erasing *erasing, enum cr_erasure_step which)
{
	switch (which) {
	case CR_STEP_HIDE:
		return hide(erasing);
	case CR_STEP_PURGE:
		return purge(erasing);
	case CR_STEP_SUPPRESS:
		return cr_suppress_write(erasing);
	case CR_STEP_SETTLE:
		return settle(erasing);
	default:
		return CR_OK;
	}
}

void
cr_erase_take_up(struct cr_erasing *erasing, const struct cr_erasure *order)
{
	erasing->order = *order;
	erasing->durable = order->state;
	erasing->durable_until = order->until;
}

/*
 * A part that is kept is there for some to see when what nothing holds has
 * gone: that is not to be hidden from them again.
 */
static int
note_progress(struct cr_erasing *erasing, enum cr_erasure_step next)
{
	bool changed = erasing->order.state != erasing->durable ||
	    erasing->order.until != erasing->durable_until;
	bool is_part = erasing->plan != NULL && !cr_erase_is_whole(erasing);

	if (erasing->local || !changed || (next != CR_STEP_NONE && !is_part))
		return CR_OK;
	return cr_erase_order_state(erasing);
}

int
cr_erase_run(struct cr_erasing *erasing, enum cr_erasure_step *ret_next)
{
	struct cr_erasure_facts facts;
	int rc = learn(erasing, &facts);

	for (unsigned n = 0; rc == CR_OK && n < STEPS_MAX; n++) {
		*ret_next = cr_erasure_next(&erasing->order, &facts);
		if (*ret_next == CR_STEP_NONE || cr_erasure_joins(*ret_next))
			return note_progress(erasing, *ret_next);
		rc = step(erasing, *ret_next);
		if (rc == CR_EHELD) {		/* withdrawn */
			*ret_next = CR_STEP_NONE;
			erasing->order.state = CR_ERASURE_DONE;
			return CR_OK;
		}
		/* what it did may have changed what is held */
		if (rc == CR_OK)
			rc = learn(erasing, &facts);
		if (rc != CR_OK)
			break;
		cr_erasure_did(&erasing->order, *ret_next, &facts);
		facts.leftover = erasing->plan != NULL && leaves_over(erasing);
	}
	return rc == CR_OK ? CR_ECHANGED : rc;
}

int
cr_erase_look(struct cr_erasing *erasing, struct cr_erasure_copy *copy)
{
	struct cr_erasure_facts facts;
	int rc = learn(erasing, &facts);

	copy->there = erasing->plan != NULL;
	copy->hidden = erasing->marked;
	copy->leftover = facts.leftover;
	copy->held = facts.held;
	return rc == CR_OK ? cr_compaction_see(erasing) : rc;
}
