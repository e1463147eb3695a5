/*
 * Running the rest of the stack inside a hook, with something put on and
 * taken off again around it.
 *
 * (&<the client's filter>(!(entryDN=<carrier>))), as structs: see access.c.
 * Never by way of the string: slapd prints computed terms in a form it does
 * not read (facts 0.4).  ors_filterstr stays the client's, for the logs.  A
 * negation costs back-mdb no look at an index; being last, the term costs
 * nothing for candidates that do not match.
 */
#include "guard.h"

/* No DN: a client cannot assert it. */
const struct berval cr_carrier_value = BER_BVC("\001custreg");

void
cr_carrier_init(struct cr_carrier *carrier)
{
	memset(carrier, 0, sizeof(*carrier));
	carrier->assertion.aa_desc = slap_schema.si_ad_entryDN;
	carrier->assertion.aa_value = cr_carrier_value;
	carrier->equals.f_choice = LDAP_FILTER_EQUALITY;
	carrier->equals.f_ava = &carrier->assertion;
	carrier->not.f_choice = LDAP_FILTER_NOT;
	carrier->not.f_not = &carrier->equals;
}

void
cr_filter_wrap(struct cr_wrapped *w, Operation *op)
{
	w->original = op->ors_filter;
	w->original_next = op->ors_filter->f_next;
	cr_carrier_init(&w->carrier);
	op->ors_filter->f_next = &w->carrier.not;
	memset(&w->and, 0, sizeof(w->and));
	w->and.f_choice = LDAP_FILTER_AND;
	w->and.f_and = op->ors_filter;
	op->ors_filter = &w->and;
}

void
cr_filter_unwrap(struct cr_wrapped *w, Operation *op)
{
	w->original->f_next = w->original_next;
	if (op->ors_filter == &w->and)
		op->ors_filter = w->original;
}

bool
cr_filter_is_extensible(const Filter *f)
{
	switch (f->f_choice & SLAPD_FILTER_MASK) {
	case LDAP_FILTER_AND:
	case LDAP_FILTER_OR:
	case LDAP_FILTER_NOT:
		for (const Filter *sub = f->f_list; sub; sub = sub->f_next) {
			if (cr_filter_is_extensible(sub))
				return true;
		}
		return false;
	case LDAP_FILTER_EXT:
		return true;
	default:
		return false;
	}
}

/*
 * A hook that has run the rest of the stack itself returns a final code, and
 * then slapd plays the cleanup of every callback still on the list (backover.c,
 * overlay_op_walk).  Those that lower layers left behind have had theirs with
 * the result: they are taken off here, down to our own.
 */
static int
walk_from(Operation *op, SlapReply *rs, slap_operation_t which,
	slap_overinfo *info, slap_overinst *first, slap_callback *cb)
{
	slap_callback marker = { 0 };
	int rc;

	if (cb == NULL)
		cb = &marker;
	cb->sc_next = op->o_callback;
	op->o_callback = cb;
	rc = overlay_op_walk(op, rs, which, info, first);
	/* another thread goes on with it (back-asyncmeta) */
	if (rc != SLAPD_ASYNCOP)
		op->o_callback = cb->sc_next;
	return rc;
}

int
cr_walk(Operation *op, SlapReply *rs, slap_operation_t which,
	slap_overinst *on, slap_callback *cb)
{
	return walk_from(op, rs, which, on->on_info, on->on_next, cb);
}

/*
 * A write to what is not there: straight to back-mdb.  Overlays below would
 * look at its values first, and slapo-unique finds them with the hidden.
 */
int
cr_walk_absent(Operation *op, SlapReply *rs, slap_operation_t which,
	slap_overinst *on, slap_callback *cb)
{
	return walk_from(op, rs, which, on->on_info, NULL, cb);
}
