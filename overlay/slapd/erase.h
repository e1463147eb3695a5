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
 *	referrers.c	which entries name customers at all
 *	erase_accesslog.c	what slapd's accesslog has of them
 *	accesslog_names.c	what they were called there
 *	suppress.c	what keeps the erased erased
 *	coming.c	who comes back
 *	case.c		the registrar's queue
 *	decision.c	what the registrar says of it
 *	compaction.c	that freed pages are to go, and whether they have
 *	erase_jobs.c	the orders there are, and what is to be done for each
 *	erase_settled.c	of which of them nothing is left to do
 *	erase_csn.c	how far replication has come
 *	erase_copies.c	their copies in the read log
 *	erase_missing.c	a restored database is cleansed by these
 *	erase_replay.c	who came back under another number
 *	erase_task.c	when: at start, when woken, when a hold ends
 *
 * A customer is hidden by one modification of their entry and only then taken
 * apart: whoever searches meanwhile sees all of them or nothing.  Between the
 * plan and that modification no client writes to customers (gate.c).  The
 * entry itself, emptied, goes last: its name is what references and the
 * accesslog are searched for.
 *
 * One server leads: it writes through its whole stack, and its writes
 * replicate.  Others mend their own copy, below all overlays, and only what
 * replication has lost (core/erasure.h).
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
	bool local;			/* of this copy alone: see below */
	struct berval dn, ndn;		/* owned; NULL: nobody */
	bool marked;			/* hidden already, */
	bool pending;			/* or but for those who need them */
	struct cr_erasure order;	/* with the subject's number */
	enum cr_erasure_state durable;	/* of the order's entry, */
	int64_t durable_until;		/* likewise */
	struct cr_plan *plan;		/* owned; NULL: not made */
	int64_t now;
	int64_t asked;			/* just now, for this; 0: no */
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
	const struct cr_own *above;	/* in whose unit; NULL: the suffix */
	const char *id;			/* attribute of the RDN */
	const char *class;
};
extern const struct cr_own cr_own_suppressed, cr_own_cases;
/* Without values, and the unit itself; for entry_free(), NULL: no DN. */
Entry *cr_own_new(const struct cr_db *db, const struct cr_own *own,
	const char *id);
Entry *cr_own_unit(const struct cr_db *db, const struct cr_own *own);
int cr_own_set(void *entry, struct cr_slice name, struct cr_slice value);
/* slapd's result codes; the unit is made when it is missing. */
int cr_own_add(struct cr_erasing *erasing, const struct cr_own *own,
	const Entry *e);
int cr_own_replace(struct cr_erasing *erasing, const Entry *e,
	const char *const *only);
int cr_own_search(struct cr_db *db, void *ctx, const struct cr_own *own,
	const char *filter, slap_response *found, void *arg);
int cr_own_delete(struct cr_erasing *erasing, struct berval *ndn);

/*
 * erase_order.c.  Written as a whole, with what an earlier order for the same
 * customer has; or only its state.
 */
int cr_erase_order_write(struct cr_erasing *erasing);
int cr_erase_order_state(struct cr_erasing *erasing);
/* Nothing was done, and nobody was told that it would be. */
void cr_erase_order_withdraw(struct cr_erasing *erasing);
/*
 * Calls fn with each order there is, those that are settled too or not, and
 * the entryCSN of its entry ("" when it has none); fn's error ends it.
 */
typedef int cr_order_fn(void *arg, const struct cr_erasure *order,
	struct cr_slice csn);
int cr_erase_orders(struct cr_erasing *erasing, bool settled,
	cr_order_fn *fn, void *arg);
/* As which of several servers this one leads; lasts as long as the thread. */
const char *cr_erase_leader(void);

/* An order that stands so in its entry. */
void cr_erase_take_up(struct cr_erasing *erasing,
	const struct cr_erasure *order);
/*
 * As far as it goes without what is done for many at once
 * (cr_erasure_joins()); what comes next is in *ret_next.
 * The order's entry is written when nothing comes next: what was done before
 * that can be seen in the register, and may be done again.
 */
int cr_erase_run(struct cr_erasing *erasing, enum cr_erasure_step *ret_next);
/* The copy that a server has which does not lead. */
int cr_erase_look(struct cr_erasing *erasing, struct cr_erasure_copy *copy);
/* No client writes: nothing may be written to this database now. */
bool cr_erase_may_write(const struct cr_db *db);
/* CR_STEP_HIDE, by one who has shut the gate and made the plan */
int cr_erase_hide(struct cr_erasing *erasing);
bool cr_erase_is_whole(const struct cr_erasing *erasing);

/* referrers.c: calls fn with each entry that has a DN value naming customers */
typedef void cr_referrer_fn(void *arg, const Entry *e);
int cr_referrers_each(struct cr_erasing *erasing, cr_referrer_fn *fn,
	void *arg);
struct cr_referrers *cr_referrers_new(void);
void cr_referrers_free(struct cr_referrers **referrers);
/* Other customers bases, perhaps. */
void cr_referrers_forget(struct cr_db *db);
/* After a write. */
void cr_referrers_note(struct cr_db *db, const Operation *op);

/*
 * One of those who are erased together: with erasing->local as for each of
 * them.  What cannot be done for one is an error for all; who wants to know
 * for whom asks for one.
 */
struct cr_erased {
	const struct cr_erased *next;
	unsigned char subject[CR_UUID_BYTES];
	struct berval ndn;
};
typedef int cr_erase_joint_fn(struct cr_erasing *erasing,
	const struct cr_erased *those);
cr_erase_joint_fn cr_erase_references;	/* erase_references.c: CR_STEP_UNLINK */
cr_erase_joint_fn cr_erase_accesslog;	/* erase_accesslog.c: CR_STEP_UNLOG */

/* Is there one for the subject, for the customer of that name? */
bool cr_erase_order_stands(struct cr_erasing *erasing);
bool cr_erase_has_order(struct cr_db *db, Operation *op,
	const struct berval *ndn);

/* coming.c: the hashes of an entry; false: nothing is suppressed */
bool cr_suppress_factors(const struct cr_db *db, const Entry *e,
	struct cr_factors *ret_factors);
/* the hashes and bans of who goes, for the order */
int cr_suppress_note(struct cr_erasing *erasing);
bool cr_suppress_was_lifted(struct cr_erasing *erasing);
int cr_suppress_write(struct cr_erasing *erasing);	/* CR_STEP_SUPPRESS */

/*
 * erase_copies.c.  An order's copy in the read log; and that its subject was
 * registered anew.  Durable at return.  Nothing without a read log.
 */
int cr_erase_copy_write(struct cr_erasing *erasing);
int cr_erase_copy_lift(struct cr_erasing *erasing);
/*
 * Calls fn with each copy in the log, oldest first; NULL: the subject of those
 * before was registered anew.  fn's error ends it.
 */
typedef int cr_copy_fn(void *arg, const unsigned char subject[CR_UUID_BYTES],
	const struct cr_erasure *order);
int cr_erase_copies(struct cr_db *db, cr_copy_fn *fn, void *arg);

/*
 * erase_replay.c: customers whom two factors of one of the orders fit, whatever
 * number they have now: who was loaded again is found by these.  The numbers,
 * with the order that fits, are handed to fn; its error ends it.
 */
typedef int cr_fitting_fn(void *arg, size_t order,
	const unsigned char subject[CR_UUID_BYTES]);
struct cr_wanted;
struct cr_wanted *cr_wanted_new(void);
void cr_wanted_free(struct cr_wanted **wanted);
/* `number`: what fn is told.  Copies what it needs. */
void cr_wanted_add(struct cr_wanted *wanted, const struct cr_erasure *order,
	size_t number);
int cr_wanted_find(struct cr_erasing *erasing, struct cr_wanted *wanted,
	cr_fitting_fn *fn, void *arg);

/*
 * compaction.c.  Data of the order goes from this copy: noted durably, and by
 * when it is due in the order.  CR_EINTERNAL: not noted.
 */
int cr_compaction_note(struct cr_erasing *erasing);
/* Have the pages of an order that only waits for it been compacted? */
bool cr_compaction_is_done(struct cr_erasing *erasing);
/* Warns once a day of what is overdue. */
void cr_compaction_watch(struct cr_erasing *erasing);
/* An order that another server carries out: what it takes goes here too. */
int cr_compaction_see(struct cr_erasing *erasing);

/* erase_task.c, with slapd paused or single threaded */
void cr_erase_start(struct cr_db *db);
void cr_erase_stop(struct cr_db *db);
/* There is something to do; at the latest in so many seconds. */
void cr_erase_wake(struct cr_db *db, unsigned seconds);

/*
 * Something was written by replication: an order, or a customer there is an
 * order for.
 */
void cr_erase_notice(struct cr_db *db, Operation *op,
	const struct berval *ndn);

/* erase_csn.c: for ber_bvarray_free(); has this change come? */
BerVarray cr_csns_read(struct cr_erasing *erasing);
bool cr_csn_passed(BerVarray csns, const char *csn);
/* seconds since the change, INT64_MAX when that cannot be said */
int64_t cr_csn_age(const char *csn, int64_t now);

/* erase_jobs.c */
struct cr_erase_report {
	int error;		/* the first; CR_OK: all done, or waits */
	char subject[CR_UUID_TEXT_SIZE];	/* of its order; "": none */
	bool unsafe;		/* somebody who was erased may be seen */
	bool waits;		/* for a write that ends a hold */
	int64_t next;		/* when to look by the clock */
};
void cr_erase_jobs(struct cr_erasing *erasing, struct cr_erase_report *report);

/* erase_settled.c */
struct cr_settled *cr_settled_new(void);
void cr_settled_free(struct cr_settled **settled);

/* erase_exop.c */
int cr_erase_register(void);

#endif
