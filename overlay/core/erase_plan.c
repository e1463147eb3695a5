#include "erase_plan.h"

#include <stdlib.h>

#include "clock.h"
#include "erase_plan_impl.h"
#include "text.h"

int
cr_plan_new(const struct cr_retention *retention, struct cr_slice subject,
    enum cr_plan_basis basis, int64_t now, struct cr_plan **ret_plan)
{
	struct cr_plan *plan = calloc(1, sizeof(*plan));
	int rc;

	if (plan == NULL)
		return CR_ENOMEM;
	plan->retention = *retention;
	plan->basis = basis;
	plan->now = now;
	plan->when = CR_TIME_NO_END;
	plan->last_node = &plan->nodes;
	rc = cr_arena_copy(&plan->arena, subject, &plan->subject);
	if (rc != CR_OK) {
		cr_plan_free(&plan);
		return rc;
	}
	*ret_plan = plan;
	return CR_OK;
}

void
cr_plan_free(struct cr_plan **plan)
{
	if (*plan == NULL)
		return;
	cr_arena_clear(&(*plan)->arena);
	free(*plan);
	*plan = NULL;
}

/* Behind the first comma that is not escaped; empty for a single RDN. */
static struct cr_slice
parent_of(struct cr_slice ndn)
{
	size_t i = 0;

	while (i < ndn.len && ndn.ptr[i] != ',')
		i += ndn.ptr[i] == '\\' ? 2 : 1;
	if (i >= ndn.len)
		return (struct cr_slice){ "", 0 };
	return (struct cr_slice){ ndn.ptr + i + 1, ndn.len - i - 1 };
}

static unsigned
depth_of(struct cr_slice ndn)
{
	unsigned depth = 0;

	for (; ndn.len > 0; ndn = parent_of(ndn))
		depth++;
	return depth;
}

/* A law text as it is told: cut where a character begins, and UTF-8. */
static struct cr_slice
tell_law(struct cr_slice law)
{
	if (!cr_text_is_utf8(law))
		return CR_SLICE_LITERAL("a law text that cannot be told");
	if (law.len <= CR_PLAN_LAW_MAX)
		return law;
	law.len = CR_PLAN_LAW_MAX;
	while (law.len > 0 && ((unsigned char)law.ptr[law.len] & 0xc0) == 0x80)
		law.len--;
	return law;
}

struct adding {
	struct cr_plan *plan;
	struct cr_plan_node *node;
};

static int
add_hold(void *arg, const struct cr_held *given)
{
	const struct adding *adding = arg;
	struct cr_plan *plan = adding->plan;
	struct cr_plan_node *node = adding->node;
	struct cr_held held = *given;
	struct cr_plan_hold *hold;
	int rc;

	if (plan->basis == CR_PLAN_EXPIRED)
		held.weight = CR_WEIGHT_HOLD;
	if (held.weight == CR_WEIGHT_TERM)
		return CR_OK;
	rc = cr_arena_copy(&plan->arena, tell_law(held.law), &held.law);
	if (rc != CR_OK)
		return rc;
	if (held.weight == CR_WEIGHT_BESIDE) {
		node->is_beside = true;
		node->beside = held;
		return CR_OK;
	}
	hold = cr_arena_alloc(&plan->arena, 1, sizeof(*hold));
	if (hold == NULL)
		return CR_ENOMEM;
	hold->held = held;
	*node->last_hold = hold;
	node->last_hold = &hold->next;
	node->hold_count++;
	return CR_OK;
}

static void
note_groups(struct cr_plan_node *node, const struct cr_entry_facts *entry)
{
	for (size_t i = 0; i < entry->count; i++) {
		const struct cr_fact *fact = &entry->facts[i];
		unsigned bit = 1u << cr_kept_group(entry->class, fact->name);

		if (fact->count == 0)
			continue;
		node->present |= bit;
		if (!cr_plan_stays(CR_PLAN_WIPE, entry->class, fact))
			node->wiped |= bit;
		if (!cr_plan_stays(CR_PLAN_STRUCTURE, entry->class, fact))
			node->stripped |= bit;
	}
}

int
cr_plan_add(struct cr_plan *plan, struct cr_slice ndn,
    const unsigned char uuid[CR_UUID_BYTES],
    const struct cr_entry_facts *entry)
{
	bool is_root = cr_slice_equal(ndn, plan->subject);
	struct adding adding = { plan, NULL };
	struct cr_plan_node *node;
	int rc;

	if (plan->finished)
		return CR_EINTERNAL;
	if (!is_root && cr_slice_same_name(entry->class,
	    CR_SLICE_LITERAL("crCustomer")))
		return CR_EHELD;
	node = cr_arena_alloc(&plan->arena, 1, sizeof(*node));
	if (node == NULL)
		return CR_ENOMEM;
	rc = cr_arena_copy(&plan->arena, ndn, &node->step.ndn);
	if (rc != CR_OK)
		return rc;
	memcpy(node->step.uuid, uuid, CR_UUID_BYTES);
	node->step.class_text = cr_kept_class_text(entry->class);
	node->number = plan->count++;
	node->depth = depth_of(ndn);
	node->last_hold = &node->holds;
	note_groups(node, entry);
	*plan->last_node = node;
	plan->last_node = &node->next;
	if (is_root)
		plan->root = node;
	adding.node = node;
	return cr_holds_list(&plan->retention, entry, plan->now, add_hold,
	    &adding);
}

static int
compare_ndn(struct cr_slice a, struct cr_slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

	if (order != 0 || a.len == b.len)
		return order;
	return a.len < b.len ? -1 : 1;
}

static int
by_ndn(const void *a, const void *b)
{
	const struct cr_plan_node *const *first = a;
	const struct cr_plan_node *const *second = b;

	return compare_ndn((*first)->step.ndn, (*second)->step.ndn);
}

static int
by_depth(const void *a, const void *b)
{
	const struct cr_plan_node *const *first = a;
	const struct cr_plan_node *const *second = b;

	if ((*first)->depth != (*second)->depth)
		return (*first)->depth > (*second)->depth ? -1 : 1;
	return (*first)->number < (*second)->number ? -1 : 1;
}

static int
by_key(const void *key, const void *item)
{
	const struct cr_slice *ndn = key;
	const struct cr_plan_node *const *node = item;

	return compare_ndn(*ndn, (*node)->step.ndn);
}

static bool
is_below(struct cr_slice ndn, struct cr_slice subject)
{
	return ndn.len > subject.len &&
	    memcmp(ndn.ptr + ndn.len - subject.len, subject.ptr,
	    subject.len) == 0;
}

/* Gives each node its parent; the root is the only one without. */
static int
find_parents(struct cr_plan *plan, struct cr_plan_node **nodes)
{
	if (plan->root == NULL)
		return CR_ECHANGED;
	qsort(nodes, plan->count, sizeof(struct cr_plan_node *), by_ndn);
	for (size_t i = 0; i < plan->count; i++) {
		struct cr_slice up = parent_of(nodes[i]->step.ndn);
		struct cr_plan_node **parent;

		if (i > 0 && by_ndn(&nodes[i - 1], &nodes[i]) == 0)
			return CR_ECHANGED;
		if (nodes[i] == plan->root)
			continue;
		if (!is_below(nodes[i]->step.ndn, plan->subject))
			return CR_ECHANGED;
		parent = bsearch(&up, nodes, plan->count,
		    sizeof(struct cr_plan_node *), by_key);
		if (parent == NULL)
			return CR_ECHANGED;
		nodes[i]->parent = *parent;
	}
	return CR_OK;
}

static void
take_longer(struct cr_held *longest, bool *has, const struct cr_held *held)
{
	if (!*has || held->until > longest->until)
		*longest = *held;
	*has = true;
}

static void
take_when(struct cr_plan *plan, const struct cr_held *held)
{
	if (held->until != CR_TIME_NO_END && held->until + 1 < plan->when)
		plan->when = held->until + 1;
}

/* The holds themselves: what is beside them is not known before. */
static void
find_holds(struct cr_plan *plan)
{
	for (struct cr_plan_node *node = plan->nodes; node != NULL;
	    node = node->next) {
		for (const struct cr_plan_hold *hold = node->holds;
		    hold != NULL; hold = hold->next) {
			take_longer(&node->longest, &node->has_longest,
			    &hold->held);
			take_longer(&plan->longest, &plan->is_held,
			    &hold->held);
			take_when(plan, &hold->held);
		}
	}
}

/* What is kept beside holds ends with the last of them. */
static void
decide_node(struct cr_plan *plan, struct cr_plan_node *node)
{
	node->step.action = CR_PLAN_ERASE;
	if (!plan->is_held)
		return;
	if (node->hold_count > 0 || node == plan->root)
		node->step.action = CR_PLAN_WIPE;
	if (!node->is_beside)
		return;
	node->step.action = CR_PLAN_WIPE;
	if (node->beside.until > plan->longest.until)
		node->beside.until = plan->longest.until;
	take_longer(&node->longest, &node->has_longest, &node->beside);
	take_when(plan, &node->beside);
}

/* Deepest first, so that what a parent is kept for is settled before it. */
static void
keep_parents(struct cr_plan *plan, struct cr_plan_node *const *nodes)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct cr_plan_node *node = nodes[i];
		struct cr_plan_node *parent = node->parent;

		if (parent == NULL || node->step.action == CR_PLAN_ERASE)
			continue;
		if (parent->step.action == CR_PLAN_ERASE)
			parent->step.action = CR_PLAN_STRUCTURE;
		take_longer(&parent->longest, &parent->has_longest,
		    &node->longest);
	}
}

int
cr_plan_finish(struct cr_plan *plan, bool partial)
{
	struct cr_plan_node **nodes;
	size_t count = 0;
	int rc;

	if (plan->finished)
		return CR_EINTERNAL;
	nodes = cr_arena_alloc(&plan->arena, plan->count,
	    sizeof(struct cr_plan_node *));
	if (nodes == NULL)
		return CR_ENOMEM;
	for (struct cr_plan_node *node = plan->nodes; node != NULL;
	    node = node->next)
		nodes[count++] = node;
	rc = find_parents(plan, nodes);
	if (rc != CR_OK)
		return rc;
	find_holds(plan);
	for (size_t i = 0; i < plan->count; i++)
		decide_node(plan, nodes[i]);
	qsort(nodes, plan->count, sizeof(struct cr_plan_node *), by_depth);
	keep_parents(plan, nodes);
	plan->partial = partial;
	rc = cr_plan_list(plan, nodes);
	plan->finished = rc == CR_OK;
	return rc;
}

int64_t
cr_plan_when(const struct cr_plan *plan)
{
	return plan->when;
}

bool
cr_plan_longest(const struct cr_plan *plan, struct cr_held *ret_held)
{
	if (plan->is_held)
		*ret_held = plan->longest;
	return plan->is_held;
}

size_t
cr_plan_size(const struct cr_plan *plan)
{
	return sizeof(*plan) + plan->arena.size;
}
