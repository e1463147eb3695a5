/*
 * No customer below a customer: one could not be erased without the other.
 * An entry comes to stand so by an add or a move of its own (door.c), when it
 * becomes a customer where it is, and when a container is moved.
 */
#include "inner.h"
#include "suppression.h"

static int
say_there_is(Operation *op, SlapReply *rs)
{
	if (rs->sr_type == REP_SEARCH)
		*(bool *)op->o_callback->sc_private = true;
	return 0;
}

static int
find_below(struct cr_db *db, Operation *op, const Entry *e, bool *ret_found)
{
	struct cr_inner *inner = ch_calloc(1, sizeof(*inner));
	int code;

	*ret_found = false;
	cr_inner_begin(inner, db, op->o_threadctx, CR_INNER_RAW);
	code = cr_inner_search(inner, &(struct cr_inner_search){
		.base = e->e_name, .nbase = e->e_nname,
		.scope = LDAP_SCOPE_SUBORDINATE,
		.filter = "(objectClass=crCustomer)", .found = say_there_is,
		.arg = ret_found });
	ch_free(inner);
	return code == LDAP_SUCCESS ? CR_OK : CR_EINTERNAL;
}

static bool
is_customer(const Entry *e)
{
	return is_entry_objectclass((Entry *)(uintptr_t)e, cr_schema.customer,
		0);
}

/* A modification; `e` is the entry as it will be. */
int
cr_nests_modify(struct cr_view *view, Operation *op, const Entry *old,
	const Entry *e, const char **text)
{
	struct berval parent;
	bool below = false;
	int rc;

	if (!is_customer(e) || is_customer(old))
		return CR_OK;
	dnParent(&op->o_req_ndn, &parent);
	rc = cr_held_nests(view, op, &parent, text);
	if (rc == CR_OK)
		rc = find_below(view->db, op, e, &below);
	if (rc == CR_OK && below) {
		*text = "custreg: no customer below a customer";
		rc = CR_EHELD;
	}
	return rc;
}

/* What is no customer itself may bring some along. */
int
cr_nests_move(struct cr_view *view, Operation *op, const Entry *e,
	const char **text)
{
	const char *refusal = NULL;
	bool below = false;
	int rc;

	if (op->orr_nnewSup == NULL || is_customer(e))
		return CR_OK;
	rc = cr_held_nests(view, op, op->orr_nnewSup, &refusal);
	if (rc != CR_EHELD)
		return rc;
	rc = find_below(view->db, op, e, &below);
	if (rc != CR_OK || !below)
		return rc;
	*text = refusal;
	return CR_EHELD;
}
