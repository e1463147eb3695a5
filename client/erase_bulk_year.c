/*
 * When the financial year ends: as the option says, else as the server is set
 * where it lets its configuration be read, else as it is when nothing is set.
 */
#include "erase_bulk.h"

#include <stdlib.h>

#include "dn.h"
#include "strlist.h"

struct looking {
	const char *nbase;
	char *db;		/* owned; the entry of the database, or NULL */
	size_t len;		/* of its suffix */
	char *text;		/* owned; the setting, or NULL */
};

/* The database that has the base: the longest suffix. */
static int
take_db(void *arg, const struct cr_entry *entry)
{
	struct looking *looking = arg;
	const struct cr_attr *suffixes = cr_entry_attr(entry, "olcSuffix");

	for (size_t i = 0; suffixes != NULL && i < suffixes->count; i++) {
		char *suffix = NULL;

		if (cr_dn_normalise(suffixes->values[i], &suffix) == CR_OK &&
		    cr_dn_is_in(cr_slice_of(looking->nbase),
		    cr_slice_of(suffix)) && strlen(suffix) >= looking->len) {
			looking->len = strlen(suffix);
			free(looking->db);
			looking->db = cr_text_copy(entry->dn);
		}
		free(suffix);
	}
	return LDAP_SUCCESS;
}

static int
take_setting(void *arg, const struct cr_entry *entry)
{
	struct looking *looking = arg;

	free(looking->text);
	looking->text = cr_text_copy(cr_entry_value(entry,
	    "olcCrFinancialYearEnd"));
	return LDAP_SUCCESS;
}

static int
look(LDAP *ld, struct looking *looking)
{
	static char *suffix[] = { "olcSuffix", NULL };
	static char *setting[] = { "olcCrFinancialYearEnd", NULL };
	int rc = cr_search_run(ld, &(struct cr_search){ .base = "cn=config",
	    .scope = LDAP_SCOPE_ONELEVEL, .filter = "(olcSuffix=*)",
	    .attrs = suffix }, take_db, looking);

	if (rc != LDAP_SUCCESS || looking->db == NULL)
		return rc;
	return cr_search_run(ld, &(struct cr_search){ .base = looking->db,
	    .scope = LDAP_SCOPE_SUBTREE,
	    .filter = "(olcCrFinancialYearEnd=*)", .attrs = setting },
	    take_setting, looking);
}

int
cr_bulk_find_year(struct cr_bulk *bulk, LDAP *ld, const char *base)
{
	struct cr_year_end year_end = CR_YEAR_END_DEFAULT;
	struct looking looking = { 0 };
	char *nbase = NULL;
	int rc = LDAP_SUCCESS;

	if (bulk->options->has_year_end) {
		year_end = bulk->options->year_end;
		bulk->year_source = CR_YEAR_OPTION;
	} else if (cr_dn_normalise(cr_slice_of(base), &nbase) == CR_OK) {
		looking.nbase = nbase;
		rc = look(ld, &looking);
		if (looking.text != NULL && cr_year_end_parse(cr_slice_of(
		    looking.text), &year_end) == CR_OK)
			bulk->year_source = CR_YEAR_CONFIG;
	}
	bulk->retention = cr_retention_shipped(year_end);
	free(nbase);
	free(looking.db);
	free(looking.text);
	/* who may not read it is no error */
	return rc == LDAP_SERVER_DOWN || rc == LDAP_NO_MEMORY ? rc :
	    LDAP_SUCCESS;
}
