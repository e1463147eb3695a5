/* Suppressions and cases, as a server has them. */
#include "suppress.h"

#include <stdlib.h>
#include <time.h>

#include "strlist.h"

enum { PAGE_SIZE = 500 };

struct reading {
	cr_suppressed_fn *suppressed;
	cr_case_fn *fn;
	void *arg;
	int64_t now;
};

struct cr_ban_state
cr_suppress_state_of(const struct cr_entry *entry)
{
	static const struct cr_attr none;
	const struct cr_attr *marketing = cr_entry_attr(entry,
	    "crMarketingBan");
	const struct cr_attr *listing = cr_entry_attr(entry, "crListingBan");
	const struct cr_attr *until = cr_entry_attr(entry, "crBanUntil");

	if (marketing == NULL)
		marketing = &none;
	if (listing == NULL)
		listing = &none;
	if (until == NULL)
		until = &none;
	return (struct cr_ban_state){
		.marketing = marketing->values,
		.marketing_count = marketing->count,
		.listing = listing->values, .listing_count = listing->count,
		.until = until->values, .until_count = until->count,
		.disclosure_ban = cr_entry_has(entry, "crDisclosureBan",
		    "TRUE") };
}

static unsigned
kinds_of(const struct cr_attr *hashes)
{
	unsigned kinds = 0;

	for (size_t i = 0; hashes != NULL && i < hashes->count; i++) {
		struct cr_keyed_hash hash;

		if (cr_keyed_hash_parse(hashes->values[i], &hash) == CR_OK)
			kinds |= 1u << hash.kind;
	}
	return kinds;
}

static int
take_suppressed(void *arg, const struct cr_entry *entry)
{
	const struct reading *reading = arg;
	const struct cr_ban_state state = cr_suppress_state_of(entry);
	struct cr_suppressed s = { .time = INT64_MIN };
	struct cr_case name;

	if (cr_case_set_suppression(&name, cr_entry_value(entry,
	    "crSuppressionId")) != CR_OK)
		return LDAP_SUCCESS;
	memcpy(s.id, name.suppression, sizeof(s.id));
	(void)!cr_time_parse(cr_entry_value(entry, "crDate"), &s.time);
	s.lifted = cr_entry_has(entry, "crState", CR_SUPPRESSED_LIFTED);
	s.kinds = kinds_of(cr_entry_attr(entry, "crKeyedHash"));
	cr_lasting_bans_collect(&state, reading->now, &s.bans);
	return reading->suppressed(reading->arg, &s);
}

static int
take_case(void *arg, const struct cr_entry *entry)
{
	const struct reading *reading = arg;
	struct cr_case c;

	return cr_case_from_entry(&entry->view, &c) == CR_OK ?
	    reading->fn(reading->arg, &c) : LDAP_SUCCESS;
}

static int
search(const struct cr_suppress_place *place, const char *unit,
    const char *class, const char *name, const char *id, cr_entry_fn *fn,
    struct reading *reading)
{
	char *base = cr_text_format("%s,%s", unit, place->base);
	char *filter = id == NULL ? cr_text_format("(objectClass=%s)", class) :
	    cr_text_format("(&(objectClass=%s)(%s=%s))", class, name, id);
	int rc = LDAP_NO_MEMORY;

	reading->now = (int64_t)time(NULL);
	if (base != NULL && filter != NULL) {
		const struct cr_search search = {
			.base = base,
			.scope = LDAP_SCOPE_ONELEVEL,
			.filter = filter,
			.controls = place->controls,
			.page_size = PAGE_SIZE
		};

		rc = cr_search_run(place->ld, &search, fn, reading);
	}
	free(base);
	free(filter);
	return rc;
}

static int
count(void *arg, const struct cr_entry *entry)
{
	(void)entry;
	++*(size_t *)arg;
	return LDAP_SUCCESS;
}

int
cr_suppress_look(const struct cr_suppress_place *place)
{
	static char *attrs[] = { LDAP_NO_ATTRS, NULL };
	char *base = cr_text_format("ou=suppressed,%s", place->base);
	size_t found = 0;
	int rc = LDAP_NO_MEMORY;

	if (base != NULL) {
		const struct cr_search search = {
			.base = base,
			.scope = LDAP_SCOPE_BASE,
			.filter = "(objectClass=*)",
			.attrs = attrs,
			.controls = place->controls
		};

		rc = cr_search_run(place->ld, &search, count, &found);
	}
	free(base);
	return rc == LDAP_SUCCESS && found == 0 ? LDAP_NO_SUCH_OBJECT : rc;
}

int
cr_suppress_each(const struct cr_suppress_place *place, const char *id,
    cr_suppressed_fn *fn, void *arg)
{
	struct reading reading = { .suppressed = fn, .arg = arg };

	return search(place, "ou=suppressed", "crSuppressed",
	    "crSuppressionId", id, take_suppressed, &reading);
}

int
cr_suppress_cases(const struct cr_suppress_place *place, const char *id,
    cr_case_fn *fn, void *arg)
{
	struct reading reading = { .fn = fn, .arg = arg };

	return search(place, "ou=cases,ou=suppressed", "crSuppressionCase",
	    "crSuppressionCaseId", id, take_case, &reading);
}

char *
cr_suppress_dn(const struct cr_suppress_place *place, const char *id,
    bool is_case)
{
	return is_case ? cr_text_format(
	    "crSuppressionCaseId=%s,ou=cases,ou=suppressed,%s", id,
	    place->base) :
	    cr_text_format("crSuppressionId=%s,ou=suppressed,%s", id,
	    place->base);
}
