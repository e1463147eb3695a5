/*
 * custreg erase --all-expired: the customers whose relationship has ended and
 * whom no period, law or open matter keeps any more.
 *
 *	erase_bulk.c		finds who has left, page by page
 *	erase_bulk_work.c	reads each, decides, asks; several at once
 *	erase_bulk_expired.c	the decision: that of the core, from what was read
 *	erase_bulk_year.c	when the financial year ends
 *	erase_bulk_tell.c	what came of it
 *
 * What the command decides saves the server from being asked in vain, no more:
 * an erasure for ground a that answers no request is planned anew by the
 * server, with writes shut out, and refused to a customer who has come back
 * meanwhile (custreg/erase.h).
 *
 * Memory is that of one page of customers and of those under way.
 */
#ifndef CR_CLIENT_ERASE_BULK_H
#define CR_CLIENT_ERASE_BULK_H

#include <signal.h>

#include "command.h"
#include "core/erase_plan.h"
#include "entry.h"
#include "erase.h"

/* What became of one customer. */
enum cr_bulk_fate {
	CR_BULK_UNKNOWN = 0,	/* asked, and no answer came */
	CR_BULK_ERASED,		/* or would be */
	CR_BULK_KEPT,		/* a period runs, or something is open */
	CR_BULK_REFUSED,	/* by the server: it saw what we did not */
	CR_BULK_GONE,		/* by somebody else, meanwhile */
	CR_BULK_FAILED,
	CR_BULK_LEFT,		/* not begun: the next time will find them */
	CR_BULK_FATES
};

struct cr_bulk_tally {
	uint64_t fates[CR_BULK_FATES];
	bool interrupted;
	int stopped;		/* LDAP code that ended it; 0: none */
};

enum cr_year_source {
	CR_YEAR_DEFAULT = 0,
	CR_YEAR_CONFIG,
	CR_YEAR_OPTION
};

struct cr_bulk_work;

struct cr_bulk {
	struct cr_erase_options *options;
	struct cr_retention retention;
	enum cr_year_source year_source;
	int64_t now;
	struct cr_bulk_tally tally;
	struct cr_bulk_work *work;	/* owned */
};

/* The verb; an exit code. */
int cr_bulk_run(struct cr_erase_options *options);

/* ---- the decision (pure) ------------------------------------------------- */

/*
 * Is the time of the customer's own entry over, as far as it alone tells?
 * False also for one that has no entryUUID.
 */
bool cr_bulk_may_be_over(const struct cr_retention *retention,
	const struct cr_entry *entry, int64_t now);

/* The entry, or one below it, into the plan.  A CR code. */
int cr_bulk_add(struct cr_plan *plan, const struct cr_entry *entry)
	CR_WARN_UNUSED;

/* With all entries in: does nothing keep any of it?  A CR code. */
int cr_bulk_is_expired(struct cr_plan *plan, bool *ret_expired)
	CR_WARN_UNUSED;

/* What an answer to such a request means; *ret_response is for clear(). */
enum cr_bulk_fate cr_bulk_fate_of(bool is_dry,
	const struct cr_erase_answer *answer,
	struct cr_erase_response *ret_response);

/* After this result code, is there no use in asking for others? */
bool cr_bulk_ends_all(int code);

enum cr_exit cr_bulk_exit(const struct cr_bulk_tally *tally);

/* ---- who is under way ---------------------------------------------------- */

/* On a connection of its own; CR_ENOMEM. */
int cr_bulk_work_new(struct cr_bulk *bulk, LDAP *ld) CR_WARN_UNUSED;

/* Takes one more, as soon as there is room.  An LDAP code that ends all. */
int cr_bulk_work_offer(struct cr_bulk *bulk, const struct cr_entry *entry)
	CR_WARN_UNUSED;

/* Waits for all that are under way. */
void cr_bulk_work_end(struct cr_bulk *bulk);

/* ---- when the financial year ends ---------------------------------------- */

/* An LDAP code only when the connection is of no more use. */
int cr_bulk_find_year(struct cr_bulk *bulk, LDAP *ld, const char *base)
	CR_WARN_UNUSED;

/* ---- telling ------------------------------------------------------------- */

/*
 * Counts it, and writes of it where it is to be written: a line of JSON; or
 * whom a dry run would erase; or what went wrong.  `dn` may be NULL.  Without
 * an answer, `code` is a result code or 0.
 */
void cr_bulk_tell(struct cr_bulk *bulk, enum cr_bulk_fate fate,
	const unsigned char uuid[CR_UUID_BYTES], const char *dn, int code,
	const struct cr_erase_response *response);

/* The sums; false when they cannot be written. */
bool cr_bulk_tell_end(const struct cr_bulk *bulk, FILE *out);

#endif
