/*
 * What holds an entry: the facts of one entry in, the holds out.
 *
 *	class		fact			hold
 *	crInvoice	crState not paid,	openInvoice, no end
 *			credited
 *	crCollection	crState not closed	debtCollection, no end
 *	any		a value of crHold	its code, law and end
 *	as retention.h	paid, credited, closed,	the rule's reason, law and
 *			no state		end, with the rule's weight
 *
 * What cannot be read holds: a state that is missing, unknown or there twice
 * is open; a crHold that does not parse is other, without an end; a date that
 * cannot be read gives no end.  A hold is in force up to and including its
 * last second.  What is open is not also listed by its retention, which
 * begins to matter when it no longer is.
 *
 * Pure; the facts are borrowed for the call.
 */
#ifndef CR_HOLD_H
#define CR_HOLD_H

#include <stdbool.h>

#include "retention.h"

/*
 * An attribute of an entry, named as the schema first names it and without
 * options; one item for each set of options.
 */
struct cr_fact {
	struct cr_slice name;
	const struct cr_slice *values;
	size_t count;
	bool required;		/* the schema or the RDN cannot do without */
};

/*
 * The user attributes of one entry, with crBanRecord and crErasurePending;
 * the server's own (entryUUID, createTimestamp ...) are left out.  `class` is
 * crCustomer for a customer; else the structural class, or the one of the
 * register's classes that it is derived from.
 */
struct cr_entry_facts {
	struct cr_slice class;
	const struct cr_fact *facts;
	size_t count;
};

/* Number `index` among the values of an attribute, all options; or false. */
bool cr_fact_value(const struct cr_entry_facts *entry, struct cr_slice name,
	size_t index, struct cr_slice *ret_value);

/* The value of a single-valued attribute; false when there is not just one. */
bool cr_fact_single(const struct cr_entry_facts *entry, struct cr_slice name,
	struct cr_slice *ret_value);

struct cr_held {
	enum cr_weight weight;
	enum cr_erase_reason reason;
	struct cr_slice law;	/* constant, or borrowed from crHold */
	int64_t until;		/* last second, or CR_TIME_NO_END */
};

/* An error of the function ends the list and is returned. */
typedef int cr_held_fn(void *arg, const struct cr_held *held);

/* Calls fn for each hold in force on the entry, of whatever weight. */
int cr_holds_list(const struct cr_retention *retention,
	const struct cr_entry_facts *entry, int64_t now, cr_held_fn *fn,
	void *arg) CR_WARN_UNUSED;

/*
 * The hold in force that lasts longest, of this weight or a heavier one; the
 * first of several.  False when nothing holds.
 */
bool cr_holds_longest(const struct cr_retention *retention,
	const struct cr_entry_facts *entry, int64_t now,
	enum cr_weight lightest, struct cr_held *ret_held);

/*
 * Until when the retention of the entry's class keeps it, whether or not it is
 * open; CR_TIME_NO_END when that cannot be said.  False without a rule.
 */
bool cr_holds_retention(const struct cr_retention *retention,
	const struct cr_entry_facts *entry, struct cr_held *ret_held);

/* One value of crHold, in force or not; see above for what does not parse. */
void cr_holds_read(struct cr_slice value, struct cr_held *ret_held);

/* Is this an invoice or a case that is not settled? */
bool cr_holds_is_open(const struct cr_entry_facts *entry);

/* A constant text for the client, the same at every door. */
const char *cr_hold_text(enum cr_erase_reason reason);

#endif
