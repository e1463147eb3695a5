/*
 * What a plan says: its steps, what goes, and what stays and why.
 */
#include "clock.h"
#include "erase_plan_impl.h"

/* Groups that an answer names as staying with the customer. */
#define TOLD_GROUPS (1u << CR_GROUP_NAME | 1u << CR_GROUP_ADDRESS | \
	1u << CR_GROUP_BANS | 1u << CR_GROUP_PAPER)

bool
cr_plan_stays(enum cr_plan_action action, struct cr_slice class,
    const struct cr_fact *fact)
{
	enum cr_group group = cr_kept_group(class, fact->name);

	switch (action) {
	case CR_PLAN_LEAVE: return true;
	case CR_PLAN_STRUCTURE:
		return fact->required || group == CR_GROUP_REGISTER ||
		    cr_kept_is_counted(fact->name);
	case CR_PLAN_WIPE: return fact->required || cr_kept_stays(group);
	case CR_PLAN_ERASE:
	default: return false;
	}
}

/* The groups of which something goes when the node's action is done. */
static unsigned
groups_that_go(const struct cr_plan_node *node)
{
	switch (node->step.action) {
	case CR_PLAN_WIPE: return node->wiped;
	case CR_PLAN_STRUCTURE: return node->stripped;
	case CR_PLAN_LEAVE:
	case CR_PLAN_ERASE:
	default: return 0;
	}
}

static void
put_erased(struct cr_plan *plan, const struct cr_plan_node *node,
    const char *what)
{
	struct cr_erase_item *item = &plan->erased[plan->erased_count++];

	memcpy(item->uuid, node->step.uuid, sizeof(item->uuid));
	item->what = cr_slice_of(what);
}

static void
put_withheld(struct cr_plan *plan, const struct cr_plan_node *node,
    const char *what, const struct cr_held *held)
{
	struct cr_erase_withheld *item =
	    &plan->withheld[plan->withheld_count++];

	memcpy(item->uuid, node->step.uuid, sizeof(item->uuid));
	item->what = cr_slice_of(what);
	item->reason = held->reason;
	item->law = held->law;
	item->has_until = held->until != CR_TIME_NO_END;
	item->until = item->has_until ? held->until : 0;
}

static size_t
count_bits(unsigned bits)
{
	size_t count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

static int
make_room(struct cr_plan *plan)
{
	size_t erased = 0;
	size_t withheld = CR_GROUPS;

	for (const struct cr_plan_node *node = plan->nodes; node != NULL;
	    node = node->next) {
		erased += 1 + count_bits(groups_that_go(node));
		withheld += node->hold_count + 1;
	}
	plan->steps = cr_arena_alloc(&plan->arena, plan->count,
	    sizeof(*plan->steps));
	plan->erased = cr_arena_alloc(&plan->arena, erased,
	    sizeof(*plan->erased));
	plan->withheld = cr_arena_alloc(&plan->arena, withheld,
	    sizeof(*plan->withheld));
	return plan->steps == NULL || plan->erased == NULL ||
	    plan->withheld == NULL ? CR_ENOMEM : CR_OK;
}

static void
list_erased(struct cr_plan *plan, struct cr_plan_node *const *nodes)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct cr_plan_node *node = nodes[i];
		unsigned go = groups_that_go(node);

		node->step.wipes = go != 0;
		if (node->step.action == CR_PLAN_ERASE ||
		    (node->step.action == CR_PLAN_STRUCTURE && go != 0))
			put_erased(plan, node, node->step.class_text);
		if (node->step.action != CR_PLAN_WIPE)
			continue;
		for (unsigned group = 0; group < CR_GROUPS; group++) {
			if ((go & 1u << group) != 0)
				put_erased(plan, node, cr_kept_group_text(
				    (enum cr_group)group));
		}
	}
}

static void
list_withheld(struct cr_plan *plan)
{
	const struct cr_plan_node *node;

	for (node = plan->nodes; node != NULL; node = node->next) {
		for (const struct cr_plan_hold *hold = node->holds;
		    hold != NULL; hold = hold->next)
			put_withheld(plan, node, node->step.class_text,
			    &hold->held);
	}
	for (node = plan->nodes; node != NULL; node = node->next) {
		if (node->is_beside)
			put_withheld(plan, node, node->step.class_text,
			    &node->beside);
	}
	for (node = plan->nodes; node != NULL; node = node->next) {
		if (node->step.action == CR_PLAN_STRUCTURE)
			put_withheld(plan, node, "structure", &node->longest);
	}
	for (unsigned group = 0; group < CR_GROUPS; group++) {
		if ((plan->root->present & TOLD_GROUPS & 1u << group) != 0)
			put_withheld(plan, plan->root, cr_kept_group_text(
			    (enum cr_group)group), &plan->longest);
	}
}

int
cr_plan_list(struct cr_plan *plan, struct cr_plan_node *const *nodes)
{
	bool refused = plan->is_held && !plan->partial;
	int rc = make_room(plan);

	if (rc != CR_OK)
		return rc;
	list_erased(plan, nodes);
	if (plan->is_held)
		list_withheld(plan);
	if (refused)
		plan->erased_count = 0;
	for (size_t i = 0; i < plan->count; i++) {
		plan->steps[i] = nodes[i]->step;
		if (!refused)
			continue;
		plan->steps[i].action = CR_PLAN_LEAVE;
		plan->steps[i].wipes = false;
	}
	return CR_OK;
}

const struct cr_plan_step *
cr_plan_steps(const struct cr_plan *plan, size_t *ret_count)
{
	*ret_count = plan->finished ? plan->count : 0;
	return plan->steps;
}

static enum cr_erase_state
state_of(const struct cr_plan *plan, bool dry_run)
{
	if (!plan->finished)
		return CR_ERASE_NO_STATE;
	if (!plan->is_held)
		return dry_run ? CR_ERASE_WOULD_ERASE : CR_ERASE_ERASED;
	if (!plan->partial)
		return dry_run ? CR_ERASE_WOULD_REFUSE : CR_ERASE_REFUSED;
	return dry_run ? CR_ERASE_WOULD_PARTLY : CR_ERASE_PARTLY;
}

void
cr_plan_answer(const struct cr_plan *plan, bool dry_run,
    struct cr_erase_response *ret_answer)
{
	*ret_answer = (struct cr_erase_response){
		.state = state_of(plan, dry_run)
	};
	if (!plan->finished)
		return;
	ret_answer->erased = plan->erased;
	ret_answer->erased_count = plan->erased_count;
	ret_answer->withheld = plan->withheld;
	ret_answer->withheld_count = plan->withheld_count;
}
