/*
 * The registrar's queue.  A write that brings one factor of a suppression is
 * let in, since addresses and numbers are given to others; and a case is made,
 * for the registrar to say whether it is the same person.  It is an entry
 * (crSuppressionCase) below ou=cases,ou=suppressed:
 *
 *	crSuppressionCaseId	16 hexadecimal digits, see below
 *	crSuppressionId		of the suppression
 *	crSuppressionCustomer	entryUUID of the customer
 *	crSuppressionKind	mail, phone or number: what matched
 *	crDate			when
 *	crState			open, other (person) or same (person)
 *
 *	id = the first 8 bytes of SHA-256(<suppression> NUL <entryUUID>)
 *
 * in small letters both, so that one customer and one suppression are one
 * case, however often and on however many servers it is met.
 */
#ifndef CR_CASE_H
#define CR_CASE_H

#include "lasting.h"
#include "policy.h"
#include "suppress.h"
#include "uuid.h"

#define CR_CASE_ID_SIZE 17
/* entryUUID of who was erased; by hand it may be another word */
#define CR_SUPPRESSION_ID_MAX 64

enum cr_case_state {
	CR_CASE_OPEN = 0,
	CR_CASE_OTHER,
	CR_CASE_SAME
};

struct cr_case {			/* owns all it has */
	char suppression[CR_SUPPRESSION_ID_MAX + 1];	/* small letters */
	unsigned char customer[CR_UUID_BYTES];
	unsigned kinds;			/* bits as of cr_suppress_match() */
	int64_t time;
	enum cr_case_state state;
};

/* Printable ASCII, in small letters; CR_EVALUE for any other. */
int cr_case_set_suppression(struct cr_case *c, struct cr_slice id)
	CR_WARN_UNUSED;

void cr_case_id(const struct cr_case *c, char ret_id[CR_CASE_ID_SIZE]);

/* "open", "other", "same" */
const char *cr_case_state_text(enum cr_case_state state);

/*
 * Calls fn for each value of the entry but objectClass, as
 * cr_erasure_each_value() does.
 */
int cr_case_each_value(const struct cr_case *c, cr_value_fn *fn, void *arg)
	CR_WARN_UNUSED;

/*
 * CR_ESYNTAX without a suppression, a customer and a time.  A kind that is not
 * known is left out, and a state that is not known is open.
 */
int cr_case_from_entry(const struct cr_entry_view *entry,
	struct cr_case *ret_case) CR_WARN_UNUSED;

/*
 * What the registrar says by a new crState, the one thing of these entries
 * that is theirs to write: that a suppression no longer counts, and of a case
 * whether it is the same person.  A decision may be said again, and that of a
 * case corrected; nothing is opened or put in force again.
 */
enum cr_decision {
	CR_DECISION_NONE = 0,		/* not theirs to write */
	CR_DECISION_LIFTED,
	CR_DECISION_OTHER,
	CR_DECISION_SAME
};
enum cr_decision cr_decision_of(struct cr_slice class, struct cr_slice state);
/* "lifted", "other", "same": of an event in the read log */
const char *cr_decision_text(enum cr_decision decision);

#endif
