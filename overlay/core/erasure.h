/*
 * Erasure orders: the durable job of an erasure, which names the subject by
 * entryUUID and hashes alone.  An order is an entry (crErasureOrder), so it
 * replicates, and each server carries it out on its own copy; one of them
 * leads.  A line of text is its copy in the read log, which a restored
 * database is cleansed by, and what a server keeps of its own progress:
 *
 *	custreg-order 1 <uuid> <time> <state> <leader> <hashes> <bans> <check>
 *
 * Words are parted by one space.  uuid in small letters; time is that of the
 * order, GeneralizedTime; state as below; leader "-" when unknown; hashes
 * (suppress.h) parted by commas or "-"; bans as in lasting.h; check is the
 * first 16 hexadecimal digits of the SHA-256 of all before it and its space.
 * One text for one order: anything else does not parse.
 *
 *	custreg-order 1 6f9619ff-8b86-4d01-b42d-00cf4fc964ff 20260102030405Z
 *	waiting:20311231215959Z a.example.fi
 *	mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic= m=all
 *	c6d0e788650e6bf0		(one line)
 */
#ifndef CR_ERASURE_H
#define CR_ERASURE_H

#include "lasting.h"
#include "policy.h"
#include "suppress.h"
#include "uuid.h"

/*
 * A state names what is done, so after a crash the step that may have been
 * half done is done again; each can be.  Zero, the whole pass, is never wrong.
 */
enum cr_erasure_state {
	CR_ERASURE_ORDERED = 0,	/* ordered: nothing yet */
	CR_ERASURE_HIDDEN,	/* hidden: wiped and marked, nobody sees it */
	CR_ERASURE_PURGED,	/* purged: entries that no hold needs */
	CR_ERASURE_UNLINKED,	/* unlinked: DN values that name them */
	CR_ERASURE_UNLOGGED,	/* unlogged: their values in the accesslog */
	CR_ERASURE_SUPPRESSED,	/* suppressed: crSuppressed is there */
	CR_ERASURE_COMPACTING,	/* compacting: freed pages are yet to go */
	CR_ERASURE_WAITING,	/* waiting:<time>|open for holds to end */
	CR_ERASURE_DONE		/* done */
};

#define CR_ERASURE_LEADER_MAX 255
#define CR_ERASURE_STATE_SIZE 24	/* "waiting:", a time and a NUL */

struct cr_erasure {			/* owns all it has; copied by = */
	unsigned char subject[CR_UUID_BYTES];
	int64_t time;
	enum cr_erasure_state state;
	int64_t until;			/* waiting: INT64_MAX: open; else 0 */
	char leader[CR_ERASURE_LEADER_MAX + 1];	/* "": unknown */
	struct cr_keyed_hash hashes[CR_FACTORS_MAX];
	size_t hash_count;
	struct cr_lasting_bans bans;
	int64_t due;			/* of the compaction; 0: not known */
};

enum cr_erasure_step {
	CR_STEP_NONE = 0,	/* nothing now */
	CR_STEP_HIDE,		/* one modify: wipe what no hold needs, mark */
	CR_STEP_PURGE,		/* delete, bottom up, what no hold needs */
	CR_STEP_UNLINK,		/* references in the whole database */
	CR_STEP_UNLOG,		/* records of the accesslog */
	CR_STEP_SUPPRESS,	/* the crSuppressed entry */
	CR_STEP_SETTLE,		/* see that a compaction is scheduled */
	CR_STEP_FINISH		/* nothing but to say so */
};

/* What this server's own copy looks like now. */
struct cr_erasure_facts {
	bool leads;		/* this server does */
	bool leftover;		/* of the subject, something no hold needs */
	bool held;		/* of the subject, something a hold needs */
	int64_t until;		/* held: first end of these; INT64_MAX: open */
	bool compacted;		/* after the data of the subject went */
};

/*
 * The next step for an order in this state on a copy that looks so.  What is
 * left over in spite of the state (a restored or lagging copy, a writer in
 * between) starts the pass again.  While holds last, the order waits, having
 * done everything for what no hold needs; when they are gone or others, the
 * pass is made again.  Only the leader writes the suppression, and only when
 * there is a hash.
 *
 * A step that fails ends the run; the caller comes back later.  A run should
 * also end after a few passes, for a writer may be as fast.
 */
enum cr_erasure_step cr_erasure_next(const struct cr_erasure *order,
	const struct cr_erasure_facts *facts);

/* Is all of the database or its accesslog read?  Then once for many orders. */
bool cr_erasure_joins(enum cr_erasure_step step);

/* The step is done and durable: the state after it. */
void cr_erasure_did(struct cr_erasure *order, enum cr_erasure_step step,
	const struct cr_erasure_facts *facts);

/*
 * A server that does not lead gets what the leader does by replication; what
 * was lost on the way (a slapd that was killed) it mends by changes of its own
 * copy that do not replicate.
 */
struct cr_erasure_copy {
	bool caught_up;		/* has all up to the order's last change */
	bool there;		/* the subject is */
	bool hidden;		/* marked so that nobody sees them */
	bool leftover;		/* as above */
	bool held;
};
/* The leader tells the state that it has reached again after so many seconds. */
#define CR_ERASURE_REST 60

enum cr_erasure_here {
	CR_HERE_WAIT = 0,	/* look again in a while */
	CR_HERE_PURGE,		/* take what no hold needs out of the copy */
	CR_HERE_SETTLED		/* nothing to do until the order changes */
};

/*
 * The leader's word goes for whether the subject is erased: an order that it
 * has not carried out may have been withdrawn, and that may have been lost.
 * The copy's own holds go for what is kept: something may have been written
 * here that the leader never got.
 */
enum cr_erasure_here cr_erasure_here(const struct cr_erasure *order,
	const struct cr_erasure_copy *copy);

/*
 * When to look at the order by the clock: INT64_MIN at once, INT64_MAX never
 * (a write or a compaction will bring it on).
 */
int64_t cr_erasure_wake(const struct cr_erasure *order);

/*
 * The same subject is ordered to be erased again, or another copy of the order
 * is found: the pass is made again, and nothing that either knows is lost.
 * The earlier time holds, and the leader of `again` when it has one.  Hashes
 * beyond CR_FACTORS_MAX are dropped, the newer ones.
 */
void cr_erasure_repeat(struct cr_erasure *order,
	const struct cr_erasure *again);

/* False, and nothing added, when there is no room; twice is once. */
bool cr_erasure_add_hash(struct cr_erasure *order,
	const struct cr_keyed_hash *hash);

/* The value of crState.  CR_EVALUE, CR_ESYNTAX */
int cr_erasure_state_format(const struct cr_erasure *order,
	char ret_text[CR_ERASURE_STATE_SIZE]) CR_WARN_UNUSED;
/* Sets state and until; untouched on error. */
int cr_erasure_state_parse(struct cr_slice text, struct cr_erasure *order)
	CR_WARN_UNUSED;

/* A word: UTF-8 without spaces and controls, not "-", at most 255 bytes.
   CR_EVALUE */
int cr_erasure_set_leader(struct cr_erasure *order, struct cr_slice leader)
	CR_WARN_UNUSED;

#define CR_ERASURE_TEXT_SIZE (16 + CR_UUID_TEXT_SIZE + CR_TIME_TEXT_SIZE + \
	CR_ERASURE_STATE_SIZE + CR_ERASURE_LEADER_MAX + 1 + \
	CR_FACTORS_MAX * CR_KEYED_HASH_SIZE + CR_LASTING_TEXT_SIZE + 17)

/* The line, with a NUL behind it.  CR_EVALUE for what no line can say. */
int cr_erasure_format(const struct cr_erasure *order,
	char ret_text[CR_ERASURE_TEXT_SIZE]) CR_WARN_UNUSED;
/* CR_ESYNTAX; *ret_order is then undefined. */
int cr_erasure_parse(struct cr_slice text, struct cr_erasure *ret_order)
	CR_WARN_UNUSED;

/*
 * Calls fn for each value of the crErasureOrder (but objectClass); a value
 * lives until fn returns.  What is due (crDue) is in no line, for it is this
 * copy's.  crErasureId is the subject: two servers that are
 * asked at once write the same entry.  Stops at and returns fn's first error;
 * CR_EVALUE as above.
 */
int cr_erasure_each_value(const struct cr_erasure *order, cr_value_fn *fn,
	void *arg) CR_WARN_UNUSED;

/*
 * An order from its entry.  CR_ESYNTAX without one subject and one time that
 * parse; whatever else is wrong is left out, so that the subject is erased all
 * the same, and *ret_damaged says so.  A state that does not parse is ordered.
 */
int cr_erasure_from_entry(const struct cr_entry_view *entry,
	struct cr_erasure *ret_order, bool *ret_damaged) CR_WARN_UNUSED;

/*
 * The same for the values of the crSuppressed that goes with the order, made
 * at `now`.  CR_EVALUE also without a hash.
 */
int cr_erasure_each_suppressed(const struct cr_erasure *order, int64_t now,
	cr_value_fn *fn, void *arg) CR_WARN_UNUSED;

#endif
