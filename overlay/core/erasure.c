#include "erasure.h"

/* A pass that is under way, at what no hold needs. */
static enum cr_erasure_step
next_of_pass(const struct cr_erasure *order,
    const struct cr_erasure_facts *facts)
{
	switch (order->state) {
	case CR_ERASURE_PURGED:
		return CR_STEP_UNLINK;
	case CR_ERASURE_UNLINKED:
		return CR_STEP_UNLOG;
	case CR_ERASURE_UNLOGGED:
		return facts->leads && order->hash_count > 0 ?
		    CR_STEP_SUPPRESS : CR_STEP_SETTLE;
	default:
		return CR_STEP_SETTLE;
	}
}

enum cr_erasure_step
cr_erasure_next(const struct cr_erasure *order,
    const struct cr_erasure_facts *facts)
{
	switch (order->state) {
	case CR_ERASURE_ORDERED:
		return CR_STEP_HIDE;
	case CR_ERASURE_HIDDEN:
		return CR_STEP_PURGE;
	case CR_ERASURE_PURGED:
	case CR_ERASURE_UNLINKED:
	case CR_ERASURE_UNLOGGED:
	case CR_ERASURE_SUPPRESSED:
		return facts->leftover ? CR_STEP_HIDE :
		    next_of_pass(order, facts);
	case CR_ERASURE_COMPACTING:
		if (facts->leftover || facts->held)
			return CR_STEP_HIDE;
		return facts->compacted ? CR_STEP_FINISH : CR_STEP_NONE;
	case CR_ERASURE_WAITING:
		/* what was held goes when the hold ends, here or elsewhere */
		if (facts->leftover || !facts->held)
			return CR_STEP_HIDE;
		return facts->until != order->until ? CR_STEP_SETTLE :
		    CR_STEP_NONE;
	case CR_ERASURE_DONE:
		return facts->leftover || facts->held ? CR_STEP_HIDE :
		    CR_STEP_NONE;
	}
	return CR_STEP_HIDE;
}

bool
cr_erasure_joins(enum cr_erasure_step step)
{
	return step == CR_STEP_UNLINK || step == CR_STEP_UNLOG;
}

static void
set_state(struct cr_erasure *order, enum cr_erasure_state state, int64_t until)
{
	order->state = state;
	order->until = until;
}

void
cr_erasure_did(struct cr_erasure *order, enum cr_erasure_step step,
    const struct cr_erasure_facts *facts)
{
	switch (step) {
	case CR_STEP_NONE:
		break;
	case CR_STEP_HIDE:
		set_state(order, CR_ERASURE_HIDDEN, 0);
		break;
	case CR_STEP_PURGE:
		set_state(order, CR_ERASURE_PURGED, 0);
		break;
	case CR_STEP_UNLINK:
		set_state(order, CR_ERASURE_UNLINKED, 0);
		break;
	case CR_STEP_UNLOG:
		set_state(order, CR_ERASURE_UNLOGGED, 0);
		break;
	case CR_STEP_SUPPRESS:
		set_state(order, CR_ERASURE_SUPPRESSED, 0);
		break;
	case CR_STEP_SETTLE:
		if (facts->held)
			set_state(order, CR_ERASURE_WAITING, facts->until);
		else
			set_state(order, CR_ERASURE_COMPACTING, 0);
		break;
	case CR_STEP_FINISH:
		set_state(order, CR_ERASURE_DONE, 0);
		break;
	}
}

/* What is kept there is hidden from all until what is not has gone. */
static enum cr_erasure_here
here_held(const struct cr_erasure_copy *copy)
{
	return copy->leftover || copy->hidden ? CR_HERE_PURGE : CR_HERE_SETTLED;
}

enum cr_erasure_here
cr_erasure_here(const struct cr_erasure *order,
    const struct cr_erasure_copy *copy)
{
	bool finished = order->state == CR_ERASURE_COMPACTING ||
	    order->state == CR_ERASURE_DONE;

	if (!copy->there)
		return copy->caught_up ? CR_HERE_SETTLED : CR_HERE_WAIT;
	if (finished && !copy->held)
		return CR_HERE_PURGE;
	if (!copy->caught_up)
		return CR_HERE_WAIT;
	if (finished)
		return copy->leftover ? CR_HERE_PURGE : CR_HERE_WAIT;
	if (order->state == CR_ERASURE_WAITING)
		return copy->held ? here_held(copy) : CR_HERE_WAIT;
	return CR_HERE_WAIT;
}

int64_t
cr_erasure_wake(const struct cr_erasure *order)
{
	switch (order->state) {
	case CR_ERASURE_COMPACTING:
	case CR_ERASURE_DONE:
		return INT64_MAX;
	case CR_ERASURE_WAITING:
		/* a hold lasts through its last second */
		return order->until == INT64_MAX ? INT64_MAX :
		    order->until + 1;
	default:
		return INT64_MIN;
	}
}

bool
cr_erasure_add_hash(struct cr_erasure *order, const struct cr_keyed_hash *hash)
{
	for (size_t i = 0; i < order->hash_count; i++) {
		if (cr_keyed_hash_equal(&order->hashes[i], hash))
			return true;
	}
	if (order->hash_count == CR_FACTORS_MAX)
		return false;
	order->hashes[order->hash_count++] = *hash;
	return true;
}

void
cr_erasure_repeat(struct cr_erasure *order, const struct cr_erasure *again)
{
	set_state(order, CR_ERASURE_ORDERED, 0);
	if (again->time < order->time)
		order->time = again->time;
	if (again->leader[0] != '\0')
		memmove(order->leader, again->leader, sizeof(order->leader));
	if (again->due != 0)
		order->due = again->due;
	for (size_t i = 0; i < again->hash_count; i++)
		(void)cr_erasure_add_hash(order, &again->hashes[i]);
	cr_lasting_bans_merge(&order->bans, &again->bans);
}
