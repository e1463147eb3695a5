/* Whose time is over: the plan of the core, made of what was read here. */
#include "erase_bulk.h"

#include <stdlib.h>

#include "core/uuid.h"

/*
 * As the server names it, without its schema: of a class that is derived from
 * one of ours, objectClass has both.
 */
static struct cr_slice
class_of(const struct cr_retention *retention, const struct cr_entry *entry)
{
	const struct cr_attr *classes = cr_entry_attr(entry, "objectClass");

	if (cr_entry_has(entry, "objectClass", "crCustomer"))
		return CR_SLICE_LITERAL("crCustomer");
	for (size_t i = 0; classes != NULL && i < classes->count; i++) {
		if (cr_retention_rule_of(retention, classes->values[i]) !=
		    NULL)
			return classes->values[i];
	}
	return classes != NULL && classes->count > 0 ? classes->values[0] :
	    (struct cr_slice){ "", 0 };
}

/* *ret_facts->facts is for free(); the rest is the entry's. */
static int
facts_of(const struct cr_retention *retention, const struct cr_entry *entry,
    struct cr_entry_facts *ret_facts)
{
	struct cr_fact *facts = calloc(entry->view.count + 1, sizeof(*facts));

	if (facts == NULL)
		return CR_ENOMEM;
	for (size_t i = 0; i < entry->view.count; i++)
		facts[i] = (struct cr_fact){
			.name = entry->view.attrs[i].name,
			.values = entry->view.attrs[i].values,
			.count = entry->view.attrs[i].count };
	*ret_facts = (struct cr_entry_facts){ class_of(retention, entry),
		facts, entry->view.count };
	return CR_OK;
}

static int
uuid_of(const struct cr_entry *entry, unsigned char ret_uuid[CR_UUID_BYTES])
{
	return cr_uuid_parse(cr_entry_value(entry, "entryUUID"), ret_uuid);
}

bool
cr_bulk_may_be_over(const struct cr_retention *retention,
    const struct cr_entry *entry, int64_t now)
{
	unsigned char uuid[CR_UUID_BYTES];
	struct cr_entry_facts facts;
	struct cr_held held;
	bool over;

	if (uuid_of(entry, uuid) != CR_OK ||
	    facts_of(retention, entry, &facts) != CR_OK)
		return false;
	over = !cr_holds_longest(retention, &facts, now, CR_WEIGHT_TERM,
	    &held);
	free((void *)(uintptr_t)facts.facts);
	return over;
}

int
cr_bulk_add(struct cr_plan *plan, const struct cr_entry *entry)
{
	const struct cr_retention retention =
	    cr_retention_shipped(CR_YEAR_END_DEFAULT);
	unsigned char uuid[CR_UUID_BYTES];
	struct cr_entry_facts facts;
	int rc = uuid_of(entry, uuid);

	/* the rules are asked for their classes alone */
	if (rc == CR_OK)
		rc = facts_of(&retention, entry, &facts);
	if (rc != CR_OK)
		return rc;
	rc = cr_plan_add(plan, entry->view.ndn, uuid, &facts);
	free((void *)(uintptr_t)facts.facts);
	return rc;
}

int
cr_bulk_is_expired(struct cr_plan *plan, bool *ret_expired)
{
	struct cr_held held;
	int rc = cr_plan_finish(plan, false);

	if (rc == CR_OK)
		*ret_expired = !cr_plan_longest(plan, &held);
	return rc;
}

static enum cr_bulk_fate
fate_of_state(enum cr_erase_state state)
{
	switch (state) {
	case CR_ERASE_ERASED:
	case CR_ERASE_WOULD_ERASE: return CR_BULK_ERASED;
	case CR_ERASE_REFUSED:
	case CR_ERASE_WOULD_REFUSE: return CR_BULK_REFUSED;
	case CR_ERASE_NO_STATE:
	case CR_ERASE_PARTLY:
	case CR_ERASE_WOULD_PARTLY:
	default: return CR_BULK_FAILED;
	}
}

enum cr_bulk_fate
cr_bulk_fate_of(bool is_dry, const struct cr_erase_answer *answer,
    struct cr_erase_response *ret_response)
{
	unsigned flags = is_dry ? CR_ERASE_DRY_RUN : 0;

	*ret_response = (struct cr_erase_response){ 0 };
	if (answer->value == NULL)
		return answer->code == LDAP_NO_SUCH_OBJECT ? CR_BULK_GONE :
		    CR_BULK_FAILED;
	if (cr_erase_response_decode((struct cr_slice){
	    answer->value->bv_val, answer->value->bv_len }, ret_response) !=
	    CR_OK || cr_erase_contradiction(flags, answer->code,
	    ret_response->state) != NULL)
		return CR_BULK_FAILED;
	return fate_of_state(ret_response->state);
}

bool
cr_bulk_ends_all(int code)
{
	switch (code) {
	case LDAP_SUCCESS:
	case LDAP_OPERATIONS_ERROR:
	case LDAP_NO_SUCH_OBJECT:
	case LDAP_BUSY:
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_SIZELIMIT_EXCEEDED:
	case LDAP_TIMELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
	case LDAP_OTHER:
		return false;
	default:
		return true;
	}
}

enum cr_exit
cr_bulk_exit(const struct cr_bulk_tally *tally)
{
	const uint64_t *fates = tally->fates;
	bool whole = tally->stopped == LDAP_SUCCESS && !tally->interrupted;

	if (!whole && fates[CR_BULK_ERASED] == 0 &&
	    fates[CR_BULK_UNKNOWN] == 0 && !tally->interrupted)
		return cr_exit_of_ldap(tally->stopped);
	if (!whole || fates[CR_BULK_UNKNOWN] > 0 ||
	    fates[CR_BULK_FAILED] > 0 || fates[CR_BULK_LEFT] > 0)
		return CR_EXIT_PARTLY;
	if (fates[CR_BULK_REFUSED] == 0)
		return CR_EXIT_DONE;
	return fates[CR_BULK_ERASED] > 0 ? CR_EXIT_PARTLY : CR_EXIT_REFUSED;
}
