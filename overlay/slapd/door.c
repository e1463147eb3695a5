/*
 * The guarded door: every write that could take away what is held is asked
 * about (core/door.h), with the answer and the text that an erasure has.
 */
#include "erase_facts.h"

#include "core/door.h"

static struct cr_door
door_of(const struct cr_view *view, Operation *op,
	const struct cr_retention *retention)
{
	struct berval reference = cr_control_value(op, cr_cid_reference);

	return (struct cr_door){
		.retention = retention,
		.now = view->now,
		.registrar = view->grant.kind == CR_READER_ROOT ||
		    (view->grant.roles & CR_ROLE_REGISTRAR) != 0,
		.has_reference = !BER_BVISEMPTY(&reference),
		.customer_held = true,
		.customer_reason = CR_ERASE_OTHER
	};
}

/* The customer an entry belongs to; false: none is above it. */
static bool
find_customer(struct cr_db *db, Operation *op, const struct berval *ndn,
	struct cr_erasing *erasing)
{
	struct berval name = *ndn, parent;
	bool found = false;

	while (!found && cr_db_contains(db, &name)) {
		Entry *e = NULL;

		if (cr_raw_get(db, op, &name, &e) == LDAP_SUCCESS &&
		    e != NULL) {
			found = is_entry_objectclass(e, cr_schema.customer,
				0);
			if (found) {
				ber_dupbv(&erasing->dn, &e->e_name);
				ber_dupbv(&erasing->ndn, &e->e_nname);
			}
			cr_raw_release(db, op, e);
		}
		dnParent(&name, &parent);
		name = parent;
	}
	return found;
}

/* Costs a search below the customer. */
static int
ask_of_customer(struct cr_view *view, Operation *op, struct cr_door *door)
{
	struct cr_erasing erasing = { .db = view->db,
		.ctx = op->o_threadctx, .now = view->now };
	struct cr_held held;
	int rc = CR_OK;

	if (!find_customer(view->db, op, &op->o_req_ndn, &erasing))
		return CR_OK;
	erasing.inner = ch_calloc(1, sizeof(*erasing.inner));
	rc = cr_erase_plan(&erasing, CR_PLAN_REQUEST, false);
	if (rc == CR_OK) {
		door->customer_held = cr_plan_longest(erasing.plan, &held);
		if (door->customer_held)
			door->customer_reason = held.reason;
	}
	cr_plan_free(&erasing.plan);
	ch_free(erasing.inner);
	cr_erase_forget(&erasing);
	return rc;
}

/* One of the questions of core/door.h. */
struct question {
	const struct cr_entry_facts *before;
	const struct cr_entry_facts *after;	/* NULL: a delete */
};

static struct cr_door_answer
ask(const struct cr_door *door, const struct question *question)
{
	if (question->after != NULL)
		return cr_door_modify(door, question->before,
			question->after);
	return cr_door_delete(door, question->before);
}

static int
record_correction(struct cr_view *view, Operation *op, const Entry *e)
{
	const Attribute *uuid = attr_find(e->e_attrs,
		slap_schema.si_ad_entryUUID);

	return cr_record_event(view, op, cr_op_find(op)->type, "correction",
		uuid != NULL ? uuid->a_vals[0].bv_val : NULL);
}

static int
answer(struct cr_view *view, Operation *op, const Entry *e,
	const struct question *question, const char **text)
{
	const struct cr_retention retention =
	    cr_retention_shipped(cr_db_parts(view->db)->year_end);
	struct cr_door door = door_of(view, op, &retention);
	struct cr_door_answer said = ask(&door, question);
	int rc = CR_OK;

	if (said.verdict != CR_DOOR_ALLOWED) {
		rc = ask_of_customer(view, op, &door);
		if (rc != CR_OK)
			return rc;
		said = ask(&door, question);
	}
	if (said.verdict == CR_DOOR_REFUSED) {
		*text = said.text;
		return CR_EHELD;
	}
	return said.verdict == CR_DOOR_ALLOWED ? CR_OK :
	    record_correction(view, op, e);
}

int
cr_held_delete(struct cr_view *view, Operation *op, const Entry *e,
	const char **text)
{
	struct cr_erase_facts facts;
	struct question question = { .before = &facts.entry };
	int rc;

	cr_erase_facts_of(e, &facts);
	rc = answer(view, op, e, &question, text);
	cr_erase_facts_clear(&facts);
	return rc;
}

/* slapd's own functions take the plain kinds alone. */
static int
plain_kind(const Entry *e, const Modification *mod)
{
	switch (mod->sm_op) {
	case SLAP_MOD_SOFTADD:
		return LDAP_MOD_ADD;
	case SLAP_MOD_ADD_IF_NOT_PRESENT:
		return attr_find(e->e_attrs, mod->sm_desc) == NULL ?
		    LDAP_MOD_ADD : -1;
	case SLAP_MOD_SOFTDEL:
		return LDAP_MOD_DELETE;
	default:
		return mod->sm_op;
	}
}

static void
apply(Entry *e, const Modifications *m)
{
	Modification mod = m->sml_mod;
	char buffer[SLAP_TEXT_BUFLEN];
	const char *ignored;

	mod.sm_op = (short)plain_kind(e, &mod);
	switch (mod.sm_op) {
	case LDAP_MOD_ADD:
		(void)modify_add_values(e, &mod, 1, &ignored, buffer,
			sizeof(buffer));
		break;
	case LDAP_MOD_DELETE:
		(void)modify_delete_values(e, &mod, 1, &ignored, buffer,
			sizeof(buffer));
		break;
	case LDAP_MOD_REPLACE:
		(void)modify_replace_values(e, &mod, 1, &ignored, buffer,
			sizeof(buffer));
		break;
	case LDAP_MOD_INCREMENT:
		(void)modify_increment_values(e, &mod, 1, &ignored, buffer,
			sizeof(buffer));
		break;
	default:
		break;
	}
}

/* In advance: what slapd will refuse is left out. */
void
cr_modifications_apply(Entry *e, const Modifications *mods)
{
	for (const Modifications *m = mods; m != NULL; m = m->sml_next)
		apply(e, m);
}

/*
 * The entry as it would be.  What slapd would refuse for another reason it
 * refuses all the same afterwards.
 */
static int
compare(struct cr_view *view, Operation *op, const Entry *e,
	const Modifications *mods, const char **text)
{
	struct cr_erase_facts before, after;
	struct question question = { .before = &before.entry,
		.after = &after.entry };
	Entry *changed = entry_dup((Entry *)(uintptr_t)e);
	int rc;

	cr_modifications_apply(changed, mods);
	cr_erase_facts_of(e, &before);
	cr_erase_facts_of(changed, &after);
	rc = answer(view, op, e, &question, text);
	cr_erase_facts_clear(&before);
	cr_erase_facts_clear(&after);
	entry_free(changed);
	return rc;
}

int
cr_held_modify(struct cr_view *view, Operation *op, const Entry *e,
	const char **text)
{
	return compare(view, op, e, op->orm_modlist, text);
}

struct below {
	const struct cr_door *door;
	bool leaves;			/* to below no customer */
	bool recorded;
	const char *text;		/* of a refusal */
};

static int
ask_of_one(Operation *op, SlapReply *rs)
{
	struct below *below = op->o_callback->sc_private;
	struct cr_erase_facts facts;
	struct cr_door_answer said;

	if (rs->sr_type != REP_SEARCH || below->text != NULL)
		return 0;
	cr_erase_facts_of(rs->sr_entry, &facts);
	said = cr_door_move(below->door, &facts.entry, below->leaves);
	cr_erase_facts_clear(&facts);
	if (said.verdict == CR_DOOR_REFUSED)
		below->text = said.text;
	else if (said.verdict == CR_DOOR_RECORDED)
		below->recorded = true;
	return 0;
}

/* What lies below comes along. */
static int
ask_of_subtree(struct cr_view *view, Operation *op, const Entry *e,
	bool leaves, const char **text)
{
	const struct cr_retention retention =
	    cr_retention_shipped(cr_db_parts(view->db)->year_end);
	struct cr_door door = door_of(view, op, &retention);
	struct below below = { .door = &door, .leaves = leaves };
	struct cr_inner *inner;
	int rc = ask_of_customer(view, op, &door), code;

	if (rc != CR_OK)
		return rc;
	inner = ch_calloc(1, sizeof(*inner));
	cr_inner_begin(inner, view->db, op->o_threadctx, CR_INNER_RAW);
	code = cr_inner_search(inner, &(struct cr_inner_search){
		.base = e->e_name, .nbase = e->e_nname,
		.scope = LDAP_SCOPE_SUBTREE, .filter = "(objectClass=*)",
		.with_attributes = true, .found = ask_of_one,
		.arg = &below });
	ch_free(inner);
	if (code != LDAP_SUCCESS)
		return CR_EINTERNAL;
	*text = below.text;
	if (below.text != NULL)
		return CR_EHELD;
	return below.recorded ? record_correction(view, op, e) : CR_OK;
}

static bool
has_customer(struct cr_db *db, Operation *op, const struct berval *ndn)
{
	struct cr_erasing above = { .db = db };
	bool found = find_customer(db, op, ndn, &above);

	cr_erase_forget(&above);
	return found;
}

/* A move within the register; out of it nothing goes that way. */
int
cr_held_rename(struct cr_view *view, Operation *op, const Entry *e,
	const char **text)
{
	struct berval parent;
	int rc = compare(view, op, e, op->orr_modlist, text);

	dnParent(&op->o_req_ndn, &parent);
	if (rc != CR_OK || op->orr_nnewSup == NULL ||
	    dn_match(&parent, op->orr_nnewSup))
		return rc;
	if (is_entry_objectclass((Entry *)(uintptr_t)e, cr_schema.customer,
	    0))
		return cr_held_nests(view, op, op->orr_nnewSup, text);
	return ask_of_subtree(view, op, e,
		!has_customer(view->db, op, op->orr_nnewSup), text);
}

/* A customer below a customer could not be erased without the other. */
int
cr_held_nests(struct cr_view *view, Operation *op,
	const struct berval *parent, const char **text)
{
	if (!has_customer(view->db, op, parent))
		return CR_OK;
	*text = "custreg: no customer below a customer";
	return CR_EHELD;
}
