/*
 * The order of what is found.  back-mdb goes through the candidates by their
 * ID, or walks the names below the base, whichever are fewer.  Candidates come
 * out of the indexes, with the hidden and with what the purpose does not
 * release: one entry more can turn the order, so it would tell of anything
 * that is indexed.  Hence which way a search goes is settled before: paging
 * (of one page without an end) makes back-mdb go by ID, a term without index
 * makes it walk.
 *
 * What back-mdb does by itself stays when it cannot depend on the hidden.  By
 * ID is for searches over customers and for something in particular; another
 * search elsewhere walks, so it takes as long as there are entries below its
 * base.
 */
#include "guard.h"

#include <limits.h>

static const PagedResultsCookie after_none = 0;

/* Every entry is a candidate, whatever the indexes hold. */
static bool
takes_all(const Filter *f)
{
	bool all = false;

	switch (f->f_choice) {
	case SLAPD_FILTER_COMPUTED:
		return f->f_result == LDAP_COMPARE_TRUE;
	case LDAP_FILTER_NOT:
		return true;
	case LDAP_FILTER_PRESENT:
		return f->f_desc == slap_schema.si_ad_objectClass;
	case LDAP_FILTER_AND:
		for (f = f->f_and; f != NULL; f = f->f_next) {
			if (!takes_all(f))
				return false;
		}
		return true;
	case LDAP_FILTER_OR:
		for (f = f->f_or; f != NULL && !all; f = f->f_next)
			all = takes_all(f);
		return all;
	default:
		return false;
	}
}

/*
 * Are there customers in scope, and not those of one alone?  Going by the
 * name: what is there must not count.
 */
static bool
has_many(const struct cr_db *db, const Operation *op)
{
	const struct berval *ndn = &op->o_req_ndn;

	if (cr_db_contains(db, ndn))
		return cr_db_is_base(db, ndn) || (ndn->bv_len > 3 &&
			memcmp(ndn->bv_val, "ou=", 3) == 0);
	if (op->ors_scope == LDAP_SCOPE_ONELEVEL)
		return false;
	for (BerVarray b = cr_db_parts(db)->customers; b && !BER_BVISNULL(b);
	    b++) {
		if (cr_op_covers(op, b))
			return true;
	}
	return false;
}

/*
 * A search for something in particular, which the indexes bring down to few:
 * going by ID is then quick, however many entries stand below the base.  By
 * the look of the filter: what the indexes really find must not count.
 */
static bool
is_pointed(const Filter *f)
{
	bool pointed;

	switch (f->f_choice) {
	case LDAP_FILTER_EQUALITY:
	case LDAP_FILTER_APPROX:
		return f->f_av_desc != slap_schema.si_ad_objectClass;
	case LDAP_FILTER_SUBSTRINGS:
		return true;
	case LDAP_FILTER_AND:
		for (f = f->f_and; f != NULL; f = f->f_next) {
			if (is_pointed(f))
				return true;
		}
		return false;
	case LDAP_FILTER_OR:
		pointed = f->f_or != NULL;
		for (f = f->f_or; f != NULL && pointed; f = f->f_next)
			pointed = is_pointed(f);
		return pointed;
	default:
		return false;
	}
}

static enum cr_way
way_of(const struct cr_view *view, const Operation *op)
{
	struct berval *ndn = (struct berval *)&op->o_req_ndn;
	const struct cr_db *db = view->db;

	/* slapd's own has no controls (acl.c, sets), and its order is unseen */
	if (view->sees_all || op->ors_scope == LDAP_SCOPE_BASE ||
	    op->o_controls == NULL || op->o_sync != SLAP_CONTROL_NONE ||
	    get_pagedresults(op) > SLAP_CONTROL_IGNORED ||
	    (op->ors_limit != NULL && op->ors_limit->lms_s_unchecked != -1))
		return CR_WAY_AS_IT_IS;
	if (takes_all(op->ors_filter))
		return be_issuffix(db->be, ndn) &&
		    op->ors_scope != LDAP_SCOPE_ONELEVEL ?
		    CR_WAY_BY_ID : CR_WAY_AS_IT_IS;
	return has_many(db, op) || is_pointed(op->ors_filter) ? CR_WAY_BY_ID :
	    CR_WAY_WALK;
}

/*
 * As the client asked for it.  back-mdb has looked when it tests the first
 * candidate; others must not see it.
 */
void
cr_order_settle(struct cr_order *order, Operation *op)
{
	if (order->way == CR_WAY_BY_ID) {
		op->o_pagedresults = order->pagedresults;
		op->o_pagedresults_state = order->pagedresults_state;
	}
	order->way = CR_WAY_AS_IT_IS;
}

static void
put_back(struct cr_order *order, Operation *op)
{
	if (order->way == CR_WAY_WALK) {
		order->original->f_next = order->original_next;
		if (op->ors_filter == &order->or)
			op->ors_filter = order->original;
	}
	cr_order_settle(order, op);
}

static void
take_out_page(Operation *op, SlapReply *rs)
{
	LDAPControl **from = rs->sr_ctrls, **to = from;

	if (from == NULL)
		return;
	for (; *from != NULL; from++) {
		if (strcmp((*from)->ldctl_oid, LDAP_CONTROL_PAGEDRESULTS) != 0)
			*to++ = *from;
		else
			op->o_tmpfree(*from, op->o_tmpmemctx);
	}
	*to = NULL;
	if (to != rs->sr_ctrls)
		return;
	op->o_tmpfree(rs->sr_ctrls, op->o_tmpmemctx);
	rs->sr_ctrls = NULL;
	rs->sr_flags &= ~(slap_mask_t)REP_CTRLS_MUSTBEFREED;
}

static int
respond(Operation *op, SlapReply *rs)
{
	struct cr_order *order = op->o_callback->sc_private;

	if (rs->sr_type == REP_RESULT) {
		if (order->way == CR_WAY_BY_ID) {
			take_out_page(op, rs);
			/* it noted that there are no more pages (page.c) */
			cr_page_put_back(op, &order->kept);
		}
		put_back(order, op);
	} else if (order->way == CR_WAY_BY_ID) {
		cr_order_settle(order, op);
	}
	return SLAP_CB_CONTINUE;
}

/* dynlist's cleanup, which follows, frees what it takes for its filter. */
static int
clean_up(Operation *op, SlapReply *rs)
{
	if (rs->sr_type == REP_RESULT || op->o_abandon ||
	    rs->sr_err == SLAPD_ABANDON)
		put_back(op->o_callback->sc_private, op);
	return 0;
}

bool
cr_order_begin(struct cr_order *order, const struct cr_view *view,
	Operation *op)
{
	order->way = way_of(view, op);
	if (order->way == CR_WAY_AS_IT_IS)
		return false;
	memset(&order->cb, 0, sizeof(order->cb));
	order->cb.sc_response = respond;
	order->cb.sc_cleanup = clean_up;
	order->cb.sc_private = order;
	order->cb.sc_next = op->o_callback;
	op->o_callback = &order->cb;
	if (order->way == CR_WAY_BY_ID) {
		memset(&order->pages, 0, sizeof(order->pages));
		order->pages.ps_size = INT_MAX;
		/* the page after none: a first page would have back-mdb
		   forget the client's own, which may be under way */
		order->pages.ps_cookieval.bv_val = (char *)(uintptr_t)&after_none;
		order->pages.ps_cookieval.bv_len = sizeof(after_none);
		order->kept = cr_page_state_of(op);
		order->pagedresults = op->o_pagedresults;
		order->pagedresults_state = op->o_pagedresults_state;
		op->o_pagedresults = SLAP_CONTROL_NONCRITICAL;
		op->o_pagedresults_state = &order->pages;
	} else {
		memset(&order->or, 0, sizeof(order->or));
		memset(&order->not, 0, sizeof(order->not));
		memset(&order->truth, 0, sizeof(order->truth));
		order->truth.f_choice = SLAPD_FILTER_COMPUTED;
		order->truth.f_result = LDAP_COMPARE_TRUE;
		order->not.f_choice = LDAP_FILTER_NOT;
		order->not.f_not = &order->truth;
		order->original = op->ors_filter;
		order->original_next = op->ors_filter->f_next;
		op->ors_filter->f_next = &order->not;
		order->or.f_choice = LDAP_FILTER_OR;
		order->or.f_or = op->ors_filter;
		op->ors_filter = &order->or;
	}
	return true;
}

void
cr_order_end(struct cr_order *order, Operation *op)
{
	put_back(order, op);
	for (slap_callback **sc = &op->o_callback; *sc; sc = &(*sc)->sc_next) {
		if (*sc == &order->cb) {
			*sc = order->cb.sc_next;
			break;
		}
	}
}
