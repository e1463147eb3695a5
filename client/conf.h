/*
 * slapd's own configuration, as far as it can undo a policy: from cn=config,
 * from what slapcat -n 0 wrote, or from slapd.conf.
 */
#ifndef CR_CLIENT_CONF_H
#define CR_CLIENT_CONF_H

#include "acl.h"
#include "entry.h"

struct cr_conf_db {
	char *name;		/* owned; olcDatabase: "{1}mdb" */
	struct cr_strings suffixes;	/* normal form */
	char *rootdn;		/* owned, normal form; NULL: none */
	struct cr_acl acl;
	struct cr_strings limits;	/* olcLimits, olcSizeLimit */
	struct cr_strings overlays;	/* names without their index */
	struct cr_strings requires;
	bool lastmod_off;
	bool frontend;
};

struct cr_conf {		/* zeroed is empty */
	struct cr_conf_db *dbs;
	size_t count;
	size_t room;
	struct cr_strings log_levels;
	struct cr_strings requires;
	char *authz_policy;	/* owned; NULL: none */
	struct cr_strings unclear;	/* access rules that do not parse */
};

/*
 * One entry of cn=config; others are ignored.  An LDAP code; cr_entry_fn with
 * the struct cr_conf for its argument.
 */
int cr_conf_take_entry(void *arg, const struct cr_entry *entry);

/*
 * A slapd.conf with what it includes, or the LDIF of slapcat -n 0.  An LDAP
 * code: LDAP_LOCAL_ERROR when it cannot be read.
 */
int cr_conf_read_file(struct cr_conf *conf, const char *path) CR_WARN_UNUSED;

/* The database that holds a name (normal form); NULL when there is none. */
const struct cr_conf_db *cr_conf_db_of(const struct cr_conf *conf,
	struct cr_slice ndn);
const struct cr_conf_db *cr_conf_frontend(const struct cr_conf *conf);

void cr_conf_clear(struct cr_conf *conf);

/* For the readers: the settings, by their name in cn=config. */
struct cr_conf_db *cr_conf_add_db(struct cr_conf *conf, const char *name);
int cr_conf_set(struct cr_conf *conf, struct cr_conf_db *db,
	const char *setting, struct cr_slice value) CR_WARN_UNUSED;

#endif
