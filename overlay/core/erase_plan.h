/*
 * What an erasure does to one customer: decided before anything is written,
 * from the facts of the customer's entry and of all entries below it.
 *
 *	cr_plan_new()		whose, by which rules, when
 *	cr_plan_add()		each entry, in any order
 *	cr_plan_finish()	whole or in part: decides
 *
 * Dry run and real run make the same plan; only the name of the state differs
 * (cr_plan_answer()).  The same facts at the same time make the same plan, and
 * a plan made again after it was carried out has nothing more to do.
 *
 *	holds	partial		every entry
 *	none	any		CR_PLAN_ERASE
 *	some	no		CR_PLAN_LEAVE, state refused
 *	some	yes		customer's entry		CR_PLAN_WIPE
 *				held by itself			CR_PLAN_WIPE
 *				kept beside, own period runs	CR_PLAN_WIPE
 *				above one that is kept		CR_PLAN_STRUCTURE
 *				all others, unknown classes too	CR_PLAN_ERASE
 *
 * WIPE takes away what kept.h does not leave; STRUCTURE all but what the
 * schema, the RDN and the count of its own retention require.  Auxiliary classes but crCustomer can be taken
 * off a wiped entry in the same write: then `required` of a fact means the
 * classes that remain.
 *
 * A partly erased customer must be seen for billing, collection,
 * legalObligation and archiving only.  crProcessingRestricted does not do
 * that (it hides from billing too) and is not part of the plan.
 *
 * A customer below a customer is another person, and no part of an erasure:
 * the plan is refused (CR_EHELD) until they have been moved.
 *
 * Memory is linear in the entries and the values of crHold, whatever else the
 * entries hold; law texts are cut to CR_PLAN_LAW_MAX bytes.  A plan is used by
 * one thread at a time.  What it hands out lives as long as the plan; what it
 * is given is copied, but for the retention rules.
 */
#ifndef CR_ERASE_PLAN_H
#define CR_ERASE_PLAN_H

#include "hold.h"
#include "uuid.h"

#define CR_PLAN_LAW_MAX 256

enum cr_plan_basis {
	CR_PLAN_REQUEST = 0,	/* a request: terms hold nothing */
	CR_PLAN_EXPIRED		/* erasure in bulk: every period must be over,
				 * and the relationship have ended */
};

enum cr_plan_action {		/* zero changes nothing */
	CR_PLAN_LEAVE = 0,
	CR_PLAN_STRUCTURE,
	CR_PLAN_WIPE,
	CR_PLAN_ERASE
};

/* One entry of the plan; deepest first, so that deletes can follow it. */
struct cr_plan_step {
	struct cr_slice ndn;
	unsigned char uuid[CR_UUID_BYTES];
	const char *class_text;
	enum cr_plan_action action;
	bool wipes;		/* WIPE, STRUCTURE: something is to go */
};

struct cr_plan;

/* `subject` is the normalised DN of the customer. */
int cr_plan_new(const struct cr_retention *retention, struct cr_slice subject,
	enum cr_plan_basis basis, int64_t now, struct cr_plan **ret_plan)
	CR_WARN_UNUSED;
void cr_plan_free(struct cr_plan **plan);

/*
 * Adds the customer's entry or one below it.  CR_EHELD for another customer;
 * CR_EINTERNAL after finish.  After an error only free is left.
 */
int cr_plan_add(struct cr_plan *plan, struct cr_slice ndn,
	const unsigned char uuid[CR_UUID_BYTES],
	const struct cr_entry_facts *entry) CR_WARN_UNUSED;

/*
 * Decides; once.  CR_ECHANGED when an entry or the parent of one is missing
 * or there twice: the entries changed while they were read.
 */
int cr_plan_finish(struct cr_plan *plan, bool partial) CR_WARN_UNUSED;

/* Of a plan that is finished: */

/*
 * The state and the lists of an answer, without a receipt.  The arrays are the
 * plan's: not for cr_erase_response_clear().
 *
 * What goes is nothing when it is refused.  What stays, and why: the holds of
 * each entry first, one item for each; then what is kept beside them, what is
 * structure ("structure"), and last the customer's own name and address and
 * such, for as long as the last hold.  `what` is a constant: a class, or a
 * group of kept.h; a law text is a constant or the one of crHold.
 */
void cr_plan_answer(const struct cr_plan *plan, bool dry_run,
	struct cr_erase_response *ret_answer);

const struct cr_plan_step *cr_plan_steps(const struct cr_plan *plan,
	size_t *ret_count);

/*
 * The first instant at which a hold in force has ended by itself: time to
 * make the plan again.  CR_TIME_NO_END: only a write can end one.
 */
int64_t cr_plan_when(const struct cr_plan *plan);

/* The hold that lasts longest; false when nothing is held. */
bool cr_plan_longest(const struct cr_plan *plan, struct cr_held *ret_held);

/* Heap bytes held by the plan. */
size_t cr_plan_size(const struct cr_plan *plan);

/* Does this attribute of an entry stay when the action is carried out? */
bool cr_plan_stays(enum cr_plan_action action, struct cr_slice class,
	const struct cr_fact *fact);

#endif
