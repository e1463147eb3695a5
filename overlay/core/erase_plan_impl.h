/*
 * Inside of a plan: erase_plan.c gathers and decides, erase_list.c says it.
 */
#ifndef CR_ERASE_PLAN_IMPL_H
#define CR_ERASE_PLAN_IMPL_H

#include "arena.h"
#include "erase_plan.h"
#include "kept.h"

struct cr_plan_hold {
	struct cr_plan_hold *next;
	struct cr_held held;
};

/* One entry as it was added; all of it in the arena. */
struct cr_plan_node {
	struct cr_plan_node *next;	/* in the order they were added */
	struct cr_plan_node *parent;	/* NULL: the customer's entry */
	struct cr_plan_step step;
	size_t number;
	unsigned depth;
	unsigned present;		/* groups with values, bits */
	unsigned wiped;			/* groups of which WIPE takes some */
	unsigned stripped;		/* and STRUCTURE */
	struct cr_plan_hold *holds;	/* of weight hold, in force */
	struct cr_plan_hold **last_hold;
	size_t hold_count;
	bool is_beside;
	struct cr_held beside;
	struct cr_held longest;		/* here and below, if any is kept */
	bool has_longest;
};

struct cr_plan {
	struct cr_arena arena;
	struct cr_retention retention;
	enum cr_plan_basis basis;
	int64_t now;
	struct cr_slice subject;
	struct cr_plan_node *nodes;
	struct cr_plan_node **last_node;
	struct cr_plan_node *root;
	size_t count;
	bool finished;
	bool partial;
	bool is_held;
	struct cr_held longest;		/* of weight hold */
	int64_t when;
	struct cr_plan_step *steps;
	struct cr_erase_item *erased;
	size_t erased_count;
	struct cr_erase_withheld *withheld;
	size_t withheld_count;
};

/*
 * Fills steps, erased and withheld from nodes that have been decided, in the
 * order of `nodes` (deepest first).
 */
int cr_plan_list(struct cr_plan *plan,
	struct cr_plan_node *const *nodes) CR_WARN_UNUSED;

#endif
