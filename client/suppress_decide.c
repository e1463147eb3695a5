/*
 * What the registrar says.  Of a customer who is the same person the bans of
 * the suppression are set first, then it is lifted, and last the case is
 * closed: cut short, it is said again, and nothing is ever without its ban.
 */
#include "suppress.h"

#include <stdlib.h>
#include <time.h>

#include "command.h"
#include "custreg/oids.h"
#include "json.h"
#include "safe.h"
#include "strlist.h"

enum { MODS_MAX = 4 * CR_BAN_KEYWORDS_MAX + 4, CONTROLS_MAX = 32 };

struct deciding {
	const struct cr_suppress_options *options;
	const struct cr_suppress_place *place;
	LDAPControl *controls[CONTROLS_MAX + 2];
	LDAPControl *reference;		/* the last of them; owned */
	struct cr_case c;
	struct cr_suppressed suppressed;
	bool has_case, has_suppressed;
	char *customer;			/* DN; owned */
	json_t *bans;			/* that were set */
};

static void
complain(const struct deciding *deciding, const char *what, int code)
{
	char *text = NULL;

	ldap_get_option(deciding->place->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE,
	    &text);
	cr_complain("%s: %s%s%s", what, ldap_err2string(code),
	    text != NULL && *text != '\0' ? ": " :
	    code == LDAP_INSUFFICIENT_ACCESS ? ": the registrar decides" : "",
	    text != NULL ? text : "");
	ldap_memfree(text);
}

static int
code_of(int rc)
{
	return rc == LDAP_UNWILLING_TO_PERFORM ||
	    rc == LDAP_CONSTRAINT_VIOLATION ? CR_EXIT_REFUSED :
	    (int)cr_exit_of_ldap(rc);
}

/* Those of the connection, and the reference. */
static int
set_controls(struct deciding *deciding)
{
	LDAPControl **given = deciding->place->controls;
	struct berval reference = { strlen(deciding->options->reference),
		(char *)(uintptr_t)deciding->options->reference };
	size_t count = 0;

	for (; given != NULL && given[count] != NULL && count < CONTROLS_MAX;
	    count++)
		deciding->controls[count] = given[count];
	if (ldap_control_create(CR_OID_REFERENCE_CONTROL, 1, &reference, 1,
	    &deciding->reference) != LDAP_SUCCESS)
		return CR_ENOMEM;
	deciding->controls[count] = deciding->reference;
	return CR_OK;
}

/* ---- reading ------------------------------------------------------------- */

static int
take_case(void *arg, const struct cr_case *c)
{
	struct deciding *deciding = arg;

	deciding->c = *c;
	deciding->has_case = true;
	return LDAP_SUCCESS;
}

static int
take_suppressed(void *arg, const struct cr_suppressed *s)
{
	struct deciding *deciding = arg;

	deciding->suppressed = *s;
	deciding->has_suppressed = true;
	return LDAP_SUCCESS;
}

static int
missing(const char *what, const char *id)
{
	cr_complain("%s: no such %s, or not for you to see", id, what);
	return LDAP_NO_SUCH_OBJECT;
}

static int
read_case(struct deciding *deciding)
{
	const char *id = deciding->options->id;
	int rc = cr_suppress_cases(deciding->place, id, take_case, deciding);

	if (rc == LDAP_NO_SUCH_OBJECT || (rc == LDAP_SUCCESS &&
	    !deciding->has_case))
		return missing("case", id);
	if (rc != LDAP_SUCCESS)
		complain(deciding, id, rc);
	return rc;
}

static int
read_suppressed(struct deciding *deciding, const char *id)
{
	int rc = cr_suppress_each(deciding->place, id, take_suppressed,
	    deciding);

	if (rc != LDAP_SUCCESS && rc != LDAP_NO_SUCH_OBJECT)
		complain(deciding, id, rc);
	return rc == LDAP_NO_SUCH_OBJECT ? LDAP_SUCCESS : rc;
}

/* ---- writing ------------------------------------------------------------- */

static int
set_state(struct deciding *deciding, const char *id, bool is_case,
    const char *state)
{
	char *values[] = { (char *)(uintptr_t)state, NULL };
	LDAPMod mod = { .mod_op = LDAP_MOD_REPLACE, .mod_type = "crState",
		.mod_values = values };
	LDAPMod *mods[] = { &mod, NULL };
	char *dn = cr_suppress_dn(deciding->place, id, is_case);
	int rc = LDAP_NO_MEMORY;

	if (dn != NULL)
		rc = ldap_modify_ext_s(deciding->place->ld, dn, mods,
		    deciding->controls, NULL);
	if (rc != LDAP_SUCCESS)
		complain(deciding, id, rc);
	free(dn);
	return rc;
}

struct change {
	LDAPMod mods[MODS_MAX];
	LDAPMod *list[MODS_MAX + 1];
	char *values[MODS_MAX][2];	/* owned */
	size_t count;
	json_t *bans;
};

static int
add_change(void *arg, enum cr_bring what, struct cr_slice attribute,
    struct cr_slice value)
{
	struct change *change = arg;
	LDAPMod *mod;
	char **values;
	/* TRUE takes the place of FALSE */
	bool single = cr_slice_equal(attribute,
	    CR_SLICE_LITERAL("crDisclosureBan"));

	if (change->count == MODS_MAX)
		return CR_ELIMIT;
	mod = &change->mods[change->count];
	values = change->values[change->count];
	values[0] = cr_text_copy(value);
	if (values[0] == NULL)
		return CR_ENOMEM;
	*mod = (LDAPMod){ .mod_op = what == CR_BRING_TAKE ? LDAP_MOD_DELETE :
		single ? LDAP_MOD_REPLACE : LDAP_MOD_ADD,
		.mod_type = (char *)(uintptr_t)attribute.ptr,
		.mod_values = values };
	change->list[change->count++] = mod;
	if (what == CR_BRING_ADD)
		(void)json_array_append_new(change->bans, json_pack("{ss ss}",
		    "attribute", attribute.ptr, "value", values[0]));
	return CR_OK;
}

/* The customer's own bans, and what they lack. */
static int
take_customer(void *arg, const struct cr_entry *entry)
{
	struct deciding *deciding = arg;
	const struct cr_ban_state state = cr_suppress_state_of(entry);
	struct change *change;
	int rc;

	if (deciding->customer != NULL)
		return LDAP_SUCCESS;
	deciding->customer = cr_text_copy(entry->dn);
	change = calloc(1, sizeof(*change));
	if (deciding->customer == NULL || change == NULL) {
		free(change);
		return LDAP_NO_MEMORY;
	}
	change->bans = deciding->bans;
	rc = cr_lasting_bans_bring(&deciding->suppressed.bans, &state,
	    (int64_t)time(NULL), add_change, change) == CR_OK ? LDAP_SUCCESS :
	    LDAP_NO_MEMORY;
	if (rc == LDAP_SUCCESS && change->count > 0)
		rc = ldap_modify_ext_s(deciding->place->ld,
		    deciding->customer, change->list, deciding->controls,
		    NULL);
	if (rc != LDAP_SUCCESS)
		complain(deciding, "the customer", rc);
	for (size_t i = 0; i < change->count; i++)
		free(change->values[i][0]);
	free(change);
	return rc;
}

static int
bring_bans(struct deciding *deciding)
{
	static char *attrs[] = { "crMarketingBan", "crListingBan",
		"crDisclosureBan", "crBanUntil", NULL };
	char uuid[CR_UUID_TEXT_SIZE], filter[CR_UUID_TEXT_SIZE + 16];
	struct cr_search search = {
		.base = deciding->place->base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = filter,
		.attrs = attrs,
		.controls = deciding->place->controls
	};
	int rc;

	cr_uuid_format(deciding->c.customer, uuid);
	snprintf(filter, sizeof(filter), "(entryUUID=%s)", uuid);
	rc = cr_search_run(deciding->place->ld, &search, take_customer,
	    deciding);
	if (rc == LDAP_SUCCESS && deciding->customer == NULL)
		return missing("customer", uuid);
	return rc;
}

/* ---- what came of it ----------------------------------------------------- */

static int
put_json(json_t *root)
{
	int rc = cr_json_put(stdout, root);

	json_decref(root);
	if (rc == CR_OK)
		return CR_EXIT_DONE;
	cr_complain("out of memory, or the output cannot be written");
	return CR_EXIT_UNAVAILABLE;
}

static void
put_same(const struct deciding *deciding)
{
	char uuid[CR_UUID_TEXT_SIZE];

	cr_uuid_format(deciding->c.customer, uuid);
	fputs("Closed: the same person.\nBans of the suppression: ", stdout);
	cr_suppress_put_bans(stdout, &deciding->suppressed.bans);
	printf("; %s\n  ", json_array_size(deciding->bans) > 0 ?
	    "now set on" : "already those of");
	(void)cr_put_safe(stdout, cr_slice_of(deciding->customer));
	printf("\nThe suppression is lifted, since this person is a customer "
	    "again.\nWithout a ground for that, erase them again:\n"
	    "  custreg erase %s --request %s\n", uuid,
	    deciding->options->reference);
}

static int
tell_closed(const struct deciding *deciding)
{
	json_t *root;

	if (deciding->options->json) {
		root = cr_suppress_case_json(&deciding->c);
		(void)json_object_set(root, "bansSet", deciding->bans);
		return put_json(root);
	}
	if (deciding->c.state == CR_CASE_SAME)
		put_same(deciding);
	else
		puts("Closed: another person. The suppression stays in "
		    "force, and this customer\nis not asked about again.");
	return CR_EXIT_DONE;
}

static int
close_case(struct deciding *deciding)
{
	enum cr_case_state decision = deciding->options->decision;
	int rc = read_case(deciding);

	if (rc == LDAP_SUCCESS && decision == CR_CASE_SAME) {
		rc = read_suppressed(deciding, deciding->c.suppression);
		if (rc == LDAP_SUCCESS)
			rc = bring_bans(deciding);
		if (rc == LDAP_SUCCESS && deciding->has_suppressed &&
		    !deciding->suppressed.lifted)
			rc = set_state(deciding, deciding->c.suppression,
			    false, CR_SUPPRESSED_LIFTED);
	}
	if (rc == LDAP_SUCCESS)
		rc = set_state(deciding, deciding->options->id, true,
		    cr_case_state_text(decision));
	if (rc != LDAP_SUCCESS)
		return code_of(rc);
	deciding->c.state = decision;
	return tell_closed(deciding);
}

static int
lift(struct deciding *deciding)
{
	const char *id = deciding->options->id;
	int rc = read_suppressed(deciding, id);

	if (rc == LDAP_SUCCESS && !deciding->has_suppressed)
		rc = missing("suppression", id);
	else if (rc == LDAP_SUCCESS)
		rc = set_state(deciding, id, false, CR_SUPPRESSED_LIFTED);
	if (rc != LDAP_SUCCESS)
		return code_of(rc);
	deciding->suppressed.lifted = true;
	if (deciding->options->json)
		return put_json(cr_suppress_json(&deciding->suppressed));
	puts("Lifted: this suppression no longer counts. Bans that it had "
	    "are not brought to\nanybody by it; they stay in the entry.");
	return CR_EXIT_DONE;
}

int
cr_suppress_decide(const struct cr_suppress_options *options,
    const struct cr_suppress_place *place)
{
	struct deciding deciding = { .options = options, .place = place,
		.bans = json_array() };
	int code = CR_EXIT_UNAVAILABLE;

	if (set_controls(&deciding) != CR_OK)
		cr_complain("out of memory");
	else
		code = options->action == CR_SUPPRESS_LIFT ?
		    lift(&deciding) : close_case(&deciding);
	ldap_control_free(deciding.reference);
	json_decref(deciding.bans);
	free(deciding.customer);
	return code;
}
