/*
 * The parts of "custreg check": each looks at one side of a directory and
 * adds what it finds to the report.  They return LDAP codes.
 */
#ifndef CR_CLIENT_CHECK_H
#define CR_CLIENT_CHECK_H

#include "conf.h"
#include "entry.h"
#include "options.h"
#include "report.h"
#include "seen.h"

struct cr_check_options {
	struct cr_connect_options connect;
	struct cr_strings customers;
	struct cr_strings handlers;
	struct cr_strings as;		/* purposes to tell of; none: all */
	char *suffix;			/* owned, as all below */
	char *purposes;
	char *recipients;
	char *config;
	const char *policy_file;
	const char *acl_file;
	bool json;
	bool verbose;
	bool limit_given;
	unsigned limit;
};

struct cr_check {
	const struct cr_check_options *options;
	LDAP *ld;
	int64_t now;
	char *reader;			/* owned; its DN, "" for anonymous */
	struct cr_strings bases;	/* customers, normal form */
	struct cr_policy *policy;
	uint64_t unrestricted;		/* purposes that see everything */
	uint64_t all_children;		/* purposes: every class */
	/* one of each for the access rules, normal form; may be NULL */
	char *some_customer;
	char *some_handler;
	char *some_purpose;
	char *some_recipient;
	struct cr_conf conf;
	struct cr_report report;
};

/* check_policy.c: builds the policy, judges handlers and services. */
int cr_check_policy(struct cr_check *check) CR_WARN_UNUSED;

/* check_tree.c: every entry below the customers bases. */
int cr_check_tree(struct cr_check *check) CR_WARN_UNUSED;

/* check_values.c: values of one entry that would not pass. */
int cr_check_values(struct cr_check *check, const struct cr_entry *entry)
	CR_WARN_UNUSED;

/* check_names.c: does the last part of the DN name a person? */
bool cr_entry_names_person(const struct cr_entry *entry);

/* check_references.c: DN values elsewhere that name customers. */
int cr_check_references(struct cr_check *check) CR_WARN_UNUSED;

/* check_config.c, check_rules.c: what slapd is told. */
int cr_check_config(struct cr_check *check) CR_WARN_UNUSED;
int cr_check_rules(struct cr_check *check, const struct cr_conf_db *db,
	const struct cr_acl *global) CR_WARN_UNUSED;

/* Is the name at or below a customers base? */
bool cr_check_is_inside(const struct cr_check *check, struct cr_slice ndn);

/* For codes of the core: CR_OK or CR_ENOMEM to an LDAP code. */
int cr_check_code(int error);

/* Notes what was not looked at, and why. */
int cr_check_omit(struct cr_check *check, const char *what, int code)
	CR_WARN_UNUSED;

/* A search with the options' controls and pages. */
int cr_check_search(struct cr_check *check, const char *base, int scope,
	const char *filter, char **attrs, cr_entry_fn *fn, void *arg)
	CR_WARN_UNUSED;

/* output_text.c, output_json.c: the report on stdout; CR_ENOMEM */
int cr_check_print_text(struct cr_check *check) CR_WARN_UNUSED;
int cr_check_print_json(struct cr_check *check) CR_WARN_UNUSED;

#endif
