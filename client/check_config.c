/* slapd's configuration: what stands in the way of the guard, or undoes it. */
#include "check.h"

#include <stdlib.h>

#include "core/loglevel.h"
#include "dn.h"

#define CONFIG_FILTER "(|(objectClass=olcGlobal)" \
	"(objectClass=olcDatabaseConfig)(objectClass=olcOverlayConfig))"

/* As overlay/slapd/stack.c has them. */
static const char *const refused_overlays[] = {
	"pcache", "translucent", "auditlog", "retcode", "rwm"
};

static int
find(struct cr_check *check, enum cr_finding_kind kind, const char *detail,
	const char *example)
{
	return cr_check_code(cr_report_find(&check->report, kind, detail,
		cr_slice_of(example)));
}

static int
check_overlays(struct cr_check *check, const struct cr_conf_db *db)
{
	const size_t count = sizeof(refused_overlays) /
	    sizeof(refused_overlays[0]);
	int rc = LDAP_SUCCESS;

	for (size_t i = 0; i < db->overlays.count; i++) {
		for (size_t j = 0; rc == LDAP_SUCCESS && j < count; j++) {
			if (strcasecmp(db->overlays.items[i],
			    refused_overlays[j]) == 0)
				rc = find(check, CR_FIND_OVERLAY, db->name,
					refused_overlays[j]);
		}
	}
	return rc;
}

static bool
says_unlimited(const char *value)
{
	return strcasecmp(value, "unlimited") == 0 ||
	    strcasecmp(value, "none") == 0 || strcmp(value, "-1") == 0;
}

/* Of these it is no secret who is there. */
static bool
is_unrestricted(const struct cr_check *check, const struct cr_conf_db *db,
	const char *word)
{
	struct cr_acl_dn dn = { .style = CR_ACL_STYLE_NONE };
	const struct cr_party *party;
	bool unrestricted = false;

	if (!cr_acl_is_dn_term(word) || cr_acl_parse_dn(word, &dn) != CR_OK)
		return false;
	if (dn.style == CR_ACL_STYLE_EXACT) {
		party = cr_policy_party(check->policy,
			cr_slice_of(dn.pattern));
		unrestricted = (db->rootdn != NULL &&
			strcmp(dn.pattern, db->rootdn) == 0) ||
		    (party != NULL &&
			(party->roles & CR_ROLE_REGISTRAR) != 0);
	}
	free(dn.pattern);
	return unrestricted;
}

static int
check_limit(struct cr_check *check, const struct cr_conf_db *db,
	const char *limit)
{
	static const char name[] = "size.unchecked=";
	struct cr_strings words = { 0 };
	int rc = cr_words_split(cr_slice_of(limit), &words);

	for (size_t i = 0; rc == CR_OK && i < words.count; i++) {
		if (strncasecmp(words.items[i], name, sizeof(name) - 1) == 0 &&
		    !says_unlimited(words.items[i] + sizeof(name) - 1) &&
		    !is_unrestricted(check, db, words.items[0]))
			rc = cr_report_find(&check->report, CR_FIND_UNCHECKED,
				db->name, cr_slice_of(limit));
	}
	cr_strings_clear(&words);
	return cr_check_code(rc == CR_ESYNTAX ? CR_OK : rc);
}

static bool
tells_names(const char *level)
{
	unsigned mask;

	return cr_log_level_parse(cr_slice_of(level), &mask) == CR_OK &&
	    cr_log_level_telling(mask) != 0;
}

static int
check_log_level(struct cr_check *check)
{
	const struct cr_strings *levels = &check->conf.log_levels;
	int rc = LDAP_SUCCESS;

	if (levels->count == 0)
		return find(check, CR_FIND_LOG, "",
			"no olcLogLevel: stats, the default");
	for (size_t i = 0; rc == LDAP_SUCCESS && i < levels->count; i++) {
		char *text;

		if (!tells_names(levels->items[i]))
			continue;
		text = cr_text_format("olcLogLevel: %s", levels->items[i]);
		rc = text == NULL ? LDAP_NO_MEMORY :
		    find(check, CR_FIND_LOG, "", text);
		free(text);
	}
	return rc;
}

static int
check_reader(struct cr_check *check, const struct cr_conf_db *db)
{
	char *ndn = NULL;
	int rc;

	if (check->reader == NULL)
		return LDAP_SUCCESS;
	rc = cr_dn_normalise(cr_slice_of(check->reader), &ndn);
	if (rc == CR_OK && (db->rootdn == NULL ||
	    strcmp(ndn, db->rootdn) != 0))
		rc = cr_report_find(&check->report, CR_FIND_READER, db->name,
			cr_slice_of(*check->reader == '\0' ? "anonymous" :
			check->reader));
	free(ndn);
	return rc == CR_ENOMEM ? LDAP_NO_MEMORY : LDAP_SUCCESS;
}

static int
check_db(struct cr_check *check, const struct cr_conf_db *db)
{
	static const struct cr_conf_db nothing;
	const struct cr_conf_db *global = cr_conf_frontend(&check->conf);
	int rc = LDAP_SUCCESS;

	if (global == NULL)
		global = &nothing;
	if (db->lastmod_off)
		rc = find(check, CR_FIND_LASTMOD, "", db->name);
	if (rc == LDAP_SUCCESS)
		rc = check_overlays(check, db);
	for (size_t i = 0; rc == LDAP_SUCCESS && i < db->limits.count; i++)
		rc = check_limit(check, db, db->limits.items[i]);
	for (size_t i = 0; rc == LDAP_SUCCESS && i < global->limits.count;
	    i++)
		rc = check_limit(check, global, global->limits.items[i]);
	if (rc == LDAP_SUCCESS)
		rc = check_reader(check, db);
	if (rc == LDAP_SUCCESS)
		rc = cr_check_rules(check, db, &global->acl);
	return rc;
}

/* Each database that holds a base or the policy, once. */
static int
check_dbs(struct cr_check *check)
{
	const struct cr_conf_db *done[2] = { NULL, NULL };
	char *suffix = NULL;
	int rc;

	if (cr_dn_normalise(cr_slice_of(check->options->suffix), &suffix) !=
	    CR_OK)
		return LDAP_NO_MEMORY;
	done[0] = cr_conf_db_of(&check->conf, cr_slice_of(suffix));
	rc = done[0] == NULL ? cr_check_omit(check,
		"access rules and limits: no database has this suffix",
		LDAP_SUCCESS) : check_db(check, done[0]);
	free(suffix);
	for (size_t i = 0; rc == LDAP_SUCCESS && i < check->bases.count;
	    i++) {
		const struct cr_conf_db *db = cr_conf_db_of(&check->conf,
			cr_slice_of(check->bases.items[i]));

		if (db != NULL && db != done[0] && db != done[1])
			rc = check_db(check, db);
		done[1] = db;
	}
	return rc;
}

static int
read_config(struct cr_check *check)
{
	const struct cr_check_options *options = check->options;
	int rc;

	if (options->acl_file != NULL) {
		rc = cr_conf_read_file(&check->conf, options->acl_file);
		return rc == LDAP_SUCCESS || rc == LDAP_NO_MEMORY ? rc :
		    LDAP_PARAM_ERROR;
	}
	return cr_check_search(check, options->config, LDAP_SCOPE_SUBTREE,
		CONFIG_FILTER, NULL, cr_conf_take_entry, &check->conf);
}

int
cr_check_config(struct cr_check *check)
{
	int rc = read_config(check);

	if (rc == LDAP_SERVER_DOWN || rc == LDAP_NO_MEMORY ||
	    rc == LDAP_PARAM_ERROR)
		return rc;
	if (rc != LDAP_SUCCESS || check->conf.count == 0)
		return cr_check_omit(check, "access rules, limits, overlays "
			"and log level: cn=config cannot be read by this "
			"reader (bind as its rootdn, or give --acl-file)",
			rc);
	for (size_t i = 0; rc == LDAP_SUCCESS &&
	    i < check->conf.unclear.count; i++)
		rc = find(check, CR_FIND_UNCLEAR_RULE, "",
			check->conf.unclear.items[i]);
	if (rc == LDAP_SUCCESS)
		rc = check_log_level(check);
	return rc == LDAP_SUCCESS ? check_dbs(check) : rc;
}
