/* What the guard would refuse if it were written today. */
#include "check.h"

#include "core/change.h"
#include "core/values.h"

static struct cr_slice
structural_class(const struct cr_entry *entry)
{
	return cr_entry_value(entry, "structuralObjectClass");
}

/* Ends of bans that the entry does not have. */
static int
check_ends(struct cr_check *check, const struct cr_entry *entry)
{
	const struct cr_attr *until = cr_entry_attr(entry, "crBanUntil");
	const struct cr_attr *marketing = cr_entry_attr(entry,
		"crMarketingBan");
	const struct cr_attr *listing = cr_entry_attr(entry, "crListingBan");
	struct cr_ban_state state = { 0 };
	int rc = CR_OK;

	if (until == NULL)
		return CR_OK;
	if (marketing != NULL) {
		state.marketing = marketing->values;
		state.marketing_count = marketing->count;
	}
	if (listing != NULL) {
		state.listing = listing->values;
		state.listing_count = listing->count;
	}
	for (size_t i = 0; rc == CR_OK && i < until->count; i++) {
		struct cr_ban_until parsed;

		if (cr_ban_until_parse(until->values[i], &parsed) == CR_OK &&
		    cr_ban_until_is_idle(&state, until->values[i]))
			rc = cr_report_find(&check->report,
				CR_FIND_IDLE_UNTIL, "", entry->dn);
	}
	return rc;
}

int
cr_check_values(struct cr_check *check, const struct cr_entry *entry)
{
	struct cr_slice class = structural_class(entry);
	int rc = CR_OK;

	/* without purposes no ban is known, which has been told */
	if (check->report.purpose_count == 0)
		return LDAP_SUCCESS;
	for (size_t i = 0; rc == CR_OK && i < entry->view.count; i++) {
		const struct cr_attr *attr = &entry->view.attrs[i];

		for (size_t j = 0; rc == CR_OK && j < attr->count; j++) {
			const char *text = NULL;

			if (cr_value_check(check->policy, attr->name, class,
			    attr->values[j], &text) != CR_OK)
				rc = cr_report_find(&check->report,
					CR_FIND_VALUE, text, entry->dn);
		}
	}
	if (rc == CR_OK)
		rc = check_ends(check, entry);
	return cr_check_code(rc);
}
