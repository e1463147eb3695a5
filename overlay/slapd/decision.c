/*
 * What the registrar says of a suppression or of a case: one modification that
 * replaces crState, with a reference, and the one write to entries of the
 * module's own that anybody but rootdn may make.
 *
 * Who is said to be the same person must have the bans of the suppression
 * before: a person who said no to marketing, was erased and is a customer
 * again has still said no.
 */
#include "suppression.h"

static const struct berval *
new_state(const Operation *op)
{
	const struct berval *state = NULL;

	for (const Modifications *m = op->orm_modlist; m; m = m->sml_next) {
		if ((m->sml_flags & SLAP_MOD_INTERNAL) != 0)
			continue;
		if (state != NULL || m->sml_op != LDAP_MOD_REPLACE ||
		    m->sml_numvals != 1 ||
		    strcmp(m->sml_desc->ad_cname.bv_val, "crState") != 0)
			return NULL;
		state = &m->sml_values[0];
	}
	return state;
}

static enum cr_decision
decision_of(Operation *op, const Entry *e)
{
	const struct berval *state = new_state(op);
	const Attribute *class = attr_find(e->e_attrs,
		slap_schema.si_ad_structuralObjectClass);

	return state != NULL && class != NULL ? cr_decision_of(
		cr_slice_bv(&class->a_vals[0]), cr_slice_bv(state)) :
	    CR_DECISION_NONE;
}

static int
lacks(void *arg, enum cr_bring what, struct cr_slice attribute,
	struct cr_slice value)
{
	(void)arg;
	(void)what;
	(void)attribute;
	(void)value;
	return CR_EHELD;
}

/* A suppression that is gone, or says nothing, brings nothing. */
static int
check_bans(struct cr_view *view, Operation *op, const struct cr_case *c,
	const Entry *customer)
{
	struct cr_lasting_bans bans;
	Entry *name = cr_own_new(view->db, &cr_own_suppressed,
		c->suppression), *e = NULL;
	int rc = CR_OK;

	if (name != NULL) {
		e = cr_raw_copy(view->db, op, &name->e_nname);
		entry_free(name);
	}
	if (e == NULL)
		return CR_OK;
	rc = cr_bans_lasting(e, view->now, &bans);
	if (rc == CR_OK)
		rc = cr_bans_bring(customer, &bans, view->now, lacks, NULL);
	entry_free(e);
	return rc;
}

static int
check_customer(struct cr_view *view, Operation *op, const struct cr_case *c,
	const char **text)
{
	struct cr_erasing *erasing = ch_calloc(1, sizeof(*erasing));
	Entry *e = NULL;
	int rc = CR_EHELD;

	*text = "custreg: the customer of this case is gone";
	erasing->db = view->db;
	erasing->ctx = op->o_threadctx;
	erasing->inner = ch_calloc(1, sizeof(*erasing->inner));
	memcpy(erasing->order.subject, c->customer, CR_UUID_BYTES);
	if (cr_erase_find(erasing))
		e = cr_raw_copy(view->db, op, &erasing->ndn);
	if (e != NULL) {
		*text = "custreg: the customer lacks bans of the suppression";
		rc = check_bans(view, op, c, e);
		entry_free(e);
	}
	cr_erase_forget(erasing);
	ch_free(erasing->inner);
	ch_free(erasing);
	return rc;
}

static int
read_case(const Entry *e, struct cr_case *ret_case)
{
	struct cr_entry_view view;
	struct cr_entry_copy copy;
	int rc;

	cr_entry_view_of(e, &view, &copy);
	rc = cr_case_from_entry(&view, ret_case);
	cr_entry_view_free(&copy);
	return rc == CR_OK ? CR_OK : CR_EACCESS;
}

/* On record: what was said, of which customer or of whose suppression. */
static int
decide(struct cr_view *view, Operation *op, const Entry *e,
	enum cr_decision decision, const char **text)
{
	char event[64], uuid[CR_UUID_TEXT_SIZE] = "";
	struct cr_case c;
	int rc = CR_OK;

	if (decision != CR_DECISION_LIFTED) {
		rc = read_case(e, &c);
		if (rc == CR_OK && decision == CR_DECISION_SAME)
			rc = check_customer(view, op, &c, text);
		if (rc != CR_OK)
			return rc;
		cr_uuid_format(c.customer, uuid);
	}
	*text = NULL;
	snprintf(event, sizeof(event), "suppression:%s",
		cr_decision_text(decision));
	return cr_record_event(view, op, "modify", event, uuid);
}

int
cr_decision_check(struct cr_view *view, Operation *op, const char **text)
{
	struct berval reference = cr_control_value(op, cr_cid_reference);
	enum cr_decision decision;
	Entry *e;
	int rc = CR_EACCESS;

	if ((view->grant.roles & CR_ROLE_REGISTRAR) == 0 ||
	    view->grant.purpose == NULL || op->o_tag != LDAP_REQ_MODIFY)
		return CR_EACCESS;
	e = cr_raw_copy(view->db, op, &op->o_req_ndn);
	if (e == NULL)
		return CR_EACCESS;
	decision = decision_of(op, e);
	if (decision != CR_DECISION_NONE && BER_BVISEMPTY(&reference))
		*text = "custreg: a decision needs a reference";
	else if (decision != CR_DECISION_NONE)
		rc = decide(view, op, e, decision, text);
	entry_free(e);
	return rc;
}
