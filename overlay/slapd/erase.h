/*
 * Erasure, as the glue carries it out (include/custreg/erase.h is what a
 * client sees, core/erase_plan.h what is decided, core/erasure.h the states
 * of an order and the step that follows each).
 *
 *	erase_exop.c	the extended operation: who asks, for whom, the answer
 *	erase_subject.c	the customer an order is about
 *	erase_facts.c	the customer's entries, as facts for the plan
 *	erase_wipe.c	the modifications that take data out of an entry
 *	own.c		entries of the module's own
 *	erase_order.c	the order, an entry that replicates
 *	erase_work.c	the steps, each of which may be done again
 *	erase_references.c	what names the customer elsewhere
 *	erase_accesslog.c	what slapd's accesslog has of them
 *	suppress.c	what keeps the erased erased
 *	erase_task.c	what is left to be done, or waits for holds to end
 *
 * A customer is hidden by one modification of their entry and only then taken
 * apart: whoever searches meanwhile sees all of them or nothing.  Between the
 * plan and that modification no client writes to customers (gate.c).  The
 * entry itself, emptied, goes last: its name is what references and the
 * accesslog are searched for.
 */
#ifndef CR_SLAPD_ERASE_H
#define CR_SLAPD_ERASE_H

#include "inner.h"

#include "core/erase_plan.h"
#include "core/erasure.h"
#include "custreg/erase.h"

/* crErasurePending while all of the customer is hidden */
#define CR_ERASING "erasing"

struct cr_erasing {
	struct cr_db *db;
	void *ctx;			/* of the thread, for cr_inner_begin() */
	struct cr_inner *inner;
	struct berval dn, ndn;		/* owned; NULL: nobody */
	bool marked;			/* hidden already */
	struct cr_erasure order;	/* with the subject's number */
	struct cr_plan *plan;		/* owned; NULL: not made */
	int64_t now;
	uint64_t log_index;
};

/*
 * erase_facts.c: makes the plan anew; CR_EHIDDEN when the customer is not
 * there (any more).
 */
int cr_erase_plan(struct cr_erasing *erasing, enum cr_plan_basis basis,
	bool partial);

/*
 * erase_wipe.c: what the action takes from the entry; with `mark` in
 * crErasurePending.  NULL when nothing is to go; for slap_mods_free(mods, 1).
 */
Modifications *cr_erase_wiping(const Entry *e, enum cr_plan_action action,
	const char *mark);

/* erase_subject.c: by the number in the order; false: nobody */
bool cr_erase_find(struct cr_erasing *erasing);
void cr_erase_forget(struct cr_erasing *erasing);

/* own.c: what entries of our own are called */
struct cr_own {
	const char *unit;		/* below "ou=" this */
	const char *id;			/* attribute of the RDN */
	const char *class;
};
/* Without values, and the unit itself; for entry_free(), NULL: no DN. */
Entry *cr_own_new(const struct cr_db *db, const struct cr_own *own,
	const char *id);
Entry *cr_own_unit(const struct cr_db *db, const struct cr_own *own);
int cr_own_set(void *entry, struct cr_slice name, struct cr_slice value);
/* slapd's result codes; the unit is made when it is missing. */
int cr_own_add(struct cr_erasing *erasing, const struct cr_own *own,
	const Entry *e);
int cr_own_replace(struct cr_erasing *erasing, const Entry *e,
	const char *only);

/*
 * erase_order.c.  Written as a whole, with what an earlier order for the same
 * customer has; or only its state.
 */
int cr_erase_order_write(struct cr_erasing *erasing);
int cr_erase_order_state(struct cr_erasing *erasing);
/* Nothing was done, and nobody was told that it would be. */
void cr_erase_order_withdraw(struct cr_erasing *erasing);
/* Calls fn with each order there is, whatever its state; its error ends it. */
typedef int cr_order_fn(void *arg, const struct cr_erasure *order);
int cr_erase_orders(struct cr_erasing *erasing, cr_order_fn *fn, void *arg);
/* As which of several servers this one leads; lasts as long as the thread. */
const char *cr_erase_leader(void);

/* As far as it goes without CR_STEP_UNLINK; what comes next is in *ret_next. */
int cr_erase_run(struct cr_erasing *erasing, enum cr_erasure_step *ret_next);
/* CR_STEP_HIDE, by one who has shut the gate and made the plan */
int cr_erase_hide(struct cr_erasing *erasing);
bool cr_erase_is_whole(const struct cr_erasing *erasing);

/* erase_references.c: `names`: normalised, of customers */
int cr_erase_references(struct cr_erasing *erasing, BerVarray names);

/* suppress.c: the hashes and bans of who goes, for the order */
int cr_suppress_note(struct cr_erasing *erasing);
int cr_suppress_write(struct cr_erasing *erasing);	/* CR_STEP_SUPPRESS */

/* erase_accesslog.c */
int cr_erase_accesslog(struct cr_erasing *erasing);

/* erase_task.c, with slapd paused or single threaded */
void cr_erase_start(struct cr_db *db);
void cr_erase_stop(struct cr_db *db);
/* There is something to do. */
void cr_erase_wake(struct cr_db *db, unsigned seconds);

/* erase_exop.c */
int cr_erase_register(void);

#endif
