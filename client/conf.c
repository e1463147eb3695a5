#include "conf.h"

#include <stdlib.h>

#include "dn.h"

struct cr_conf_db *
cr_conf_add_db(struct cr_conf *conf, const char *name)
{
	struct cr_conf_db *db;

	for (size_t i = 0; i < conf->count; i++) {
		if (strcasecmp(conf->dbs[i].name, name) == 0)
			return &conf->dbs[i];
	}
	if (conf->count == conf->room) {
		size_t room = conf->room == 0 ? 8 : conf->room * 2;
		struct cr_conf_db *dbs = realloc(conf->dbs,
			room * sizeof(*dbs));

		if (dbs == NULL)
			return NULL;
		conf->dbs = dbs;
		conf->room = room;
	}
	db = &conf->dbs[conf->count];
	*db = (struct cr_conf_db){ 0 };
	db->name = cr_text_copy(cr_slice_of(name));
	if (db->name == NULL)
		return NULL;
	db->frontend = strstr(name, "frontend") != NULL;
	conf->count++;
	return db;
}

static int
set_dn(struct cr_slice value, char **place)
{
	char *ndn = NULL;
	int rc = cr_dn_normalise(value, &ndn);

	if (rc == CR_ENOMEM)
		return rc;
	free(*place);
	*place = ndn;
	return CR_OK;
}

static int
add_suffix(struct cr_conf_db *db, struct cr_slice value)
{
	char *ndn = NULL;
	int rc = cr_dn_normalise(value, &ndn);

	if (rc == CR_OK)
		rc = cr_strings_add(&db->suffixes, cr_slice_of(ndn));
	free(ndn);
	return rc == CR_ENOMEM ? rc : CR_OK;
}

static int
add_rule(struct cr_conf *conf, struct cr_conf_db *db, struct cr_slice value)
{
	int rc = cr_acl_add(&db->acl, value);

	return rc == CR_ESYNTAX ? cr_strings_add(&conf->unclear, value) : rc;
}

static int
set_text(struct cr_slice value, char **place)
{
	free(*place);
	*place = cr_text_copy(value);
	return *place == NULL ? CR_ENOMEM : CR_OK;
}

static int
add_words(struct cr_strings *list, struct cr_slice value)
{
	int rc = cr_words_split(value, list);

	return rc == CR_ESYNTAX ? CR_OK : rc;
}

/* What belongs to a database, or to the frontend. */
static int
set_of_db(struct cr_conf *conf, struct cr_conf_db *db, struct cr_slice name,
	struct cr_slice value)
{
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcSuffix")))
		return add_suffix(db, value);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcRootDN")))
		return set_dn(value, &db->rootdn);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcAccess")))
		return add_rule(conf, db, value);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcLimits")) ||
	    cr_slice_same_name(name, CR_SLICE_LITERAL("olcSizeLimit")))
		return cr_strings_add(&db->limits, cr_without_index(value));
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcOverlay")))
		return cr_strings_add(&db->overlays,
			cr_without_index(value));
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcRequires")))
		return add_words(&db->requires, value);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcLastMod")))
		db->lastmod_off = cr_slice_same_name(value,
			CR_SLICE_LITERAL("FALSE")) ||
		    cr_slice_same_name(value, CR_SLICE_LITERAL("off"));
	return CR_OK;
}

int
cr_conf_set(struct cr_conf *conf, struct cr_conf_db *db, const char *setting,
	struct cr_slice value)
{
	struct cr_slice name = cr_slice_of(setting);

	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcLogLevel")))
		return add_words(&conf->log_levels, value);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcAuthzPolicy")))
		return set_text(value, &conf->authz_policy);
	if (db != NULL)
		return set_of_db(conf, db, name, value);
	if (cr_slice_same_name(name, CR_SLICE_LITERAL("olcRequires")))
		return add_words(&conf->requires, value);
	/* in slapd.conf what comes before the first database is global */
	db = cr_conf_add_db(conf, "{-1}frontend");
	return db == NULL ? CR_ENOMEM : set_of_db(conf, db, name, value);
}

/* "olcOverlay={0}syncprov,olcDatabase={1}mdb,cn=config": the database. */
static char *
name_in_dn(struct cr_slice ndn)
{
	static const char part[] = "olcdatabase=";
	const char *at = memmem(ndn.ptr, ndn.len, part, sizeof(part) - 1);
	const char *end = ndn.ptr + ndn.len;
	const char *comma;

	if (at == NULL)
		return NULL;
	at += sizeof(part) - 1;
	comma = memchr(at, ',', (size_t)(end - at));
	if (comma == NULL)
		comma = end;
	return cr_text_copy((struct cr_slice){ at, (size_t)(comma - at) });
}

int
cr_conf_take_entry(void *arg, const struct cr_entry *entry)
{
	struct cr_conf *conf = arg;
	struct cr_conf_db *db = NULL;
	char *name = name_in_dn(entry->view.ndn);
	int rc = CR_OK;

	if (name != NULL) {
		db = cr_conf_add_db(conf, name);
		free(name);
		if (db == NULL)
			return LDAP_NO_MEMORY;
	} else if (!cr_slice_equal(entry->view.ndn,
	    CR_SLICE_LITERAL("cn=config"))) {
		return LDAP_SUCCESS;
	}
	for (size_t i = 0; i < entry->view.count; i++) {
		const struct cr_attr *attr = &entry->view.attrs[i];
		char *setting = cr_text_copy(attr->name);

		if (setting == NULL)
			return LDAP_NO_MEMORY;
		for (size_t j = 0; rc == CR_OK && j < attr->count; j++)
			rc = cr_conf_set(conf, db, setting, attr->values[j]);
		free(setting);
	}
	return rc == CR_OK ? LDAP_SUCCESS : LDAP_NO_MEMORY;
}

const struct cr_conf_db *
cr_conf_db_of(const struct cr_conf *conf, struct cr_slice ndn)
{
	const struct cr_conf_db *found = NULL;
	size_t most = 0;

	for (size_t i = 0; i < conf->count; i++) {
		const struct cr_strings *suffixes = &conf->dbs[i].suffixes;

		for (size_t j = 0; j < suffixes->count; j++) {
			struct cr_slice suffix =
			    cr_slice_of(suffixes->items[j]);

			if (cr_dn_is_in(ndn, suffix) &&
			    (found == NULL || suffix.len > most)) {
				found = &conf->dbs[i];
				most = suffix.len;
			}
		}
	}
	return found;
}

const struct cr_conf_db *
cr_conf_frontend(const struct cr_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		if (conf->dbs[i].frontend)
			return &conf->dbs[i];
	}
	return NULL;
}

void
cr_conf_clear(struct cr_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		struct cr_conf_db *db = &conf->dbs[i];

		free(db->name);
		free(db->rootdn);
		cr_strings_clear(&db->suffixes);
		cr_acl_clear(&db->acl);
		cr_strings_clear(&db->limits);
		cr_strings_clear(&db->overlays);
		cr_strings_clear(&db->requires);
	}
	free(conf->dbs);
	free(conf->authz_policy);
	cr_strings_clear(&conf->log_levels);
	cr_strings_clear(&conf->requires);
	cr_strings_clear(&conf->unclear);
	*conf = (struct cr_conf){ 0 };
}
