/*
 * The guarded door: may this write be done, or would a hold be slipped?
 *
 * Every way out of the register asks here, with the same answer and the same
 * text as an erasure gives: delete (each entry of a subtree delete too),
 * modify, rename.  What is held is what hold.h says of the entry as it stands
 * before the write; a customer is held while anything of theirs is
 * (`customer_held`).  A register's whole subtree that would leave it (rename
 * of a customer) is a plan that is not partial: refused when it is held.
 *
 *	what is asked				answer
 *	delete of an entry
 *	  held (hold.h, weight hold)		refused, for everybody
 *	  in its period, customer held (beside)	registrar with reference:
 *						recorded; else refused
 *	  customer, anything of theirs held	refused
 *	  not held				allowed
 *	move of an entry to another parent (not of
 *	a customer inside the register)
 *	  held or beside, within the register	registrar with reference:
 *						recorded; else refused
 *	  held or beside, out of the register	refused
 *	  not held				allowed
 *	modify
 *	  crHold in force removed, ended		registrar: recorded;
 *	  earlier or its code changed		else refused
 *	  crHold set, prolonged, law corrected	recorded
 *	  (the rest when the entry is held, or beside and the customer held)
 *	  class changed				refused
 *	  crInvoice open -> paid, a crPaidDate	allowed: ordinary business
 *	    that is not in the future
 *	  crInvoice open -> paid without one	recorded
 *	  crInvoice open -> credited		with a reference: recorded;
 *						else refused
 *	  crCollection open -> closed		allowed: ordinary business
 *	  any other change of crState		recorded
 *	  the date of retention (crDate):
 *	    the end becomes earlier		registrar with reference:
 *						recorded; else refused
 *	    the same end or a later one		recorded
 *	  needed (kept.h), removed or blanked:
 *	    crPaidDate of what is open again	recorded
 *	    not essential, and in the same	recorded
 *	      write another of its group (name,
 *	      address) is corrected or set
 *	    not essential, its group keeps	registrar with reference:
 *	      a value				recorded; else refused
 *	    all other				refused, for everybody
 *	  needed, corrected to another value	recorded (GDPR 16)
 *	  all else (an attribute set that was	allowed
 *	    not there, mail, sources, bans ...)
 *
 * "Recorded" is allowed and goes on record as a correction of what is held.
 * Several findings in one write: refused before recorded before allowed.  A
 * missing or unreadable date is no end at all, so putting it right ends the
 * hold earlier.  Whether a purpose may write the entry is asked elsewhere.
 *
 * Asking whether a customer is held costs a search.  Ask with `customer_held`
 * true first: when the answer is allowed, nobody has to look.
 *
 * Blank is what has no letter, digit or other character that says something:
 * spaces of all kinds, "-", "$".  Values that differ in order differ.
 *
 * Pure; for any thread; the texts are constants without data.
 */
#ifndef CR_DOOR_H
#define CR_DOOR_H

#include "hold.h"

struct cr_door {
	const struct cr_retention *retention;
	int64_t now;
	bool registrar;
	bool has_reference;
	bool customer_held;
	enum cr_erase_reason customer_reason;	/* of the longest hold */
};

enum cr_door_verdict {
	CR_DOOR_REFUSED = 0,
	CR_DOOR_RECORDED,
	CR_DOOR_ALLOWED
};

struct cr_door_answer {
	enum cr_door_verdict verdict;
	const char *text;	/* of a refusal; else NULL */
};

struct cr_door_answer cr_door_delete(const struct cr_door *door,
	const struct cr_entry_facts *entry);

/* `leaves_register`: the new place is below no customer. */
struct cr_door_answer cr_door_move(const struct cr_door *door,
	const struct cr_entry_facts *entry, bool leaves_register);

/* Also a rename in place, whose new facts have the new RDN. */
struct cr_door_answer cr_door_modify(const struct cr_door *door,
	const struct cr_entry_facts *before,
	const struct cr_entry_facts *after);

/* See above. */
bool cr_door_is_blank(struct cr_slice value);

#endif
