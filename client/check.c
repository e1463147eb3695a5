/*
 * custreg check: what the guard would do to a directory as it is, told
 * before it is switched on.
 */
#include "check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "command.h"
#include "connect.h"
#include "core/text.h"
#include "dn.h"

enum { PAGE_SIZE = 500, EXAMPLES = 5 };

enum long_option {
	OPT_CUSTOMERS = 256,
	OPT_HANDLERS,
	OPT_PURPOSES,
	OPT_RECIPIENTS,
	OPT_POLICY_FILE,
	OPT_AS,
	OPT_CONFIG,
	OPT_ACL_FILE,
	OPT_JSON,
	OPT_LIMIT,
	OPT_HELP
};

static const struct option long_options[] = {
	{ "customers", required_argument, NULL, OPT_CUSTOMERS },
	{ "handlers", required_argument, NULL, OPT_HANDLERS },
	{ "purposes", required_argument, NULL, OPT_PURPOSES },
	{ "recipients", required_argument, NULL, OPT_RECIPIENTS },
	{ "policy-file", required_argument, NULL, OPT_POLICY_FILE },
	{ "as", required_argument, NULL, OPT_AS },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "acl-file", required_argument, NULL, OPT_ACL_FILE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

static void
print_help(FILE *out)
{
	fprintf(out, "Usage: custreg check [OPTION]... [-b SUFFIX]\n"
	    "\n"
	    "Says, before the guard is switched on, what it would do to a "
	    "directory as it\n"
	    "is: who would be hidden from whom, what is no customer, which "
	    "access rules\n"
	    "undo it. Read as the rootdn; nothing is changed.\n"
	    "\n"
	    "  -b SUFFIX           of the database (else BASE of "
	    "ldap.conf)\n"
	    "  --customers DN      the customers base, repeatable "
	    "(ou=customers,SUFFIX)\n"
	    "  --handlers DN       handlers and services, repeatable "
	    "(ou=handlers and\n"
	    "                      ou=services,SUFFIX)\n"
	    "  --purposes DN       (ou=purposes,SUFFIX)\n"
	    "  --recipients DN     (ou=recipients,SUFFIX)\n"
	    "  --policy-file FILE  purposes from an LDIF file instead\n"
	    "  --as PURPOSE        tell of this purpose only, repeatable\n"
	    "  --config DN         slapd's configuration (cn=config)\n"
	    "  --acl-file FILE     the same from slapd.conf or slapcat -n 0\n"
	    "  -v, --verbose       name who would be hidden\n"
	    "  --limit N           examples of each finding (%d; 0: all)\n"
	    "  --json              for programs\n"
	    "\n%s"
	    "\n"
	    "Exit status: 0 nothing that would break, 1 usage, 2 cannot "
	    "connect or bind,\n"
	    "5 something would break or undo the guard, 6 not allowed, "
	    "7 unavailable.\n",
	    EXAMPLES, cr_connect_help);
}

int
cr_check_code(int error)
{
	return error == CR_OK ? LDAP_SUCCESS :
	    error == CR_ENOMEM ? LDAP_NO_MEMORY : LDAP_LOCAL_ERROR;
}

bool
cr_check_is_inside(const struct cr_check *check, struct cr_slice ndn)
{
	for (size_t i = 0; i < check->bases.count; i++) {
		if (cr_dn_is_in(ndn, cr_slice_of(check->bases.items[i])))
			return true;
	}
	return false;
}

int
cr_check_omit(struct cr_check *check, const char *what, int code)
{
	char *text = code == LDAP_SUCCESS ? cr_text_format("%s", what) :
	    cr_text_format("%s (%s)", what, ldap_err2string(code));
	int rc = text == NULL ? CR_ENOMEM :
	    cr_strings_add(&check->report.omitted, cr_slice_of(text));

	free(text);
	return cr_check_code(rc);
}

int
cr_check_search(struct cr_check *check, const char *base, int scope,
	const char *filter, char **attrs, cr_entry_fn *fn, void *arg)
{
	const struct cr_search search = {
		.base = base,
		.scope = scope,
		.filter = filter,
		.attrs = attrs,
		.controls = (LDAPControl **)
		    check->options->connect.controls.list,
		.page_size = scope == LDAP_SCOPE_BASE ? 0 : PAGE_SIZE
	};

	return cr_search_run(check->ld, &search, fn, arg);
}

static int
set_text(char **place, const char *value)
{
	free(*place);
	*place = cr_text_copy(cr_slice_of(value));
	return *place == NULL ? CR_ENOMEM : CR_OK;
}

static int
set_limit(struct cr_check_options *options, const char *text)
{
	if (cr_text_parse_unsigned(cr_slice_of(text), &options->limit) !=
	    CR_OK) {
		cr_complain("--limit %s: not a number", text);
		return CR_ESYNTAX;
	}
	options->limit_given = true;
	return CR_OK;
}

static int
take_option(struct cr_check_options *options, int letter, char *value)
{
	switch (letter) {
	case 'b': return set_text(&options->suffix, value);
	case 'v': options->verbose = true; return CR_OK;
	case OPT_CUSTOMERS:
		return cr_strings_add(&options->customers,
			cr_slice_of(value));
	case OPT_HANDLERS:
		return cr_strings_add(&options->handlers, cr_slice_of(value));
	case OPT_PURPOSES: return set_text(&options->purposes, value);
	case OPT_RECIPIENTS: return set_text(&options->recipients, value);
	case OPT_POLICY_FILE: options->policy_file = value; return CR_OK;
	case OPT_AS:
		return cr_strings_add(&options->as, cr_slice_of(value));
	case OPT_CONFIG: return set_text(&options->config, value);
	case OPT_ACL_FILE: options->acl_file = value; return CR_OK;
	case OPT_JSON: options->json = true; return CR_OK;
	case OPT_LIMIT: return set_limit(options, value);
	default:
		return cr_connect_option(&options->connect, letter, value);
	}
}

static int
add_below(struct cr_strings *list, const char *rdn, const char *suffix)
{
	char *dn = cr_text_format("%s,%s", rdn, suffix);
	int rc = dn == NULL ? CR_ENOMEM :
	    cr_strings_add(list, cr_slice_of(dn));

	free(dn);
	return rc;
}

static int
default_dn(char **place, const char *rdn, const char *suffix)
{
	if (*place == NULL)
		*place = cr_text_format("%s,%s", rdn, suffix);
	return *place == NULL ? CR_ENOMEM : CR_OK;
}

/* The suffix of ldap.conf, if there is one. */
static int
default_suffix(struct cr_check_options *options)
{
	char *base = NULL;
	int rc = CR_OK;

	if (options->suffix != NULL)
		return CR_OK;
	if (ldap_get_option(NULL, LDAP_OPT_DEFBASE, &base) ==
	    LDAP_OPT_SUCCESS && base != NULL && *base != '\0')
		rc = set_text(&options->suffix, base);
	ldap_memfree(base);
	if (rc == CR_OK && options->suffix == NULL) {
		cr_complain("-b SUFFIX is missing, and ldap.conf has no BASE");
		return CR_ESYNTAX;
	}
	return rc;
}

/* As the guard has its defaults. */
static int
fill_defaults(struct cr_check_options *options)
{
	int rc = default_suffix(options);

	if (rc == CR_OK && options->customers.count == 0)
		rc = add_below(&options->customers, "ou=customers",
			options->suffix);
	if (rc == CR_OK && options->handlers.count == 0) {
		rc = add_below(&options->handlers, "ou=handlers",
			options->suffix);
		if (rc == CR_OK)
			rc = add_below(&options->handlers, "ou=services",
				options->suffix);
	}
	if (rc == CR_OK)
		rc = default_dn(&options->purposes, "ou=purposes",
			options->suffix);
	if (rc == CR_OK)
		rc = default_dn(&options->recipients, "ou=recipients",
			options->suffix);
	if (rc == CR_OK && options->config == NULL)
		rc = set_text(&options->config, "cn=config");
	if (!options->limit_given)
		options->limit = EXAMPLES;
	return rc;
}

/* CR_OK, CR_ENOMEM, or CR_ESYNTAX when a line has been written about it. */
static int
parse(struct cr_check_options *options, int argc, char **argv,
	bool *ret_help)
{
	int letter;
	int rc = CR_OK;

	*ret_help = false;
	opterr = 0;
	while (rc == CR_OK && (letter = getopt_long(argc, argv,
	    ":b:v" CR_CONNECT_LETTERS, long_options, NULL)) != -1) {
		if (letter == OPT_HELP) {
			*ret_help = true;
			return CR_OK;
		}
		if (letter == '?' || letter == ':') {
			cr_complain("%s: %s (see custreg check --help)",
				argv[optind - 1], letter == '?' ?
				"no such option" : "needs a value");
			return CR_ESYNTAX;
		}
		rc = take_option(options, letter, optarg);
	}
	if (rc == CR_OK && optind < argc) {
		cr_complain("%s: not expected (see custreg check --help)",
			argv[optind]);
		return CR_ESYNTAX;
	}
	if (rc == CR_OK)
		rc = cr_connect_options_check(&options->connect);
	return rc == CR_OK ? fill_defaults(options) : rc;
}

static void
clear_options(struct cr_check_options *options)
{
	cr_connect_options_clear(&options->connect);
	cr_strings_clear(&options->customers);
	cr_strings_clear(&options->handlers);
	cr_strings_clear(&options->as);
	free(options->suffix);
	free(options->purposes);
	free(options->recipients);
	free(options->config);
}

static int
normalise_bases(struct cr_check *check)
{
	const struct cr_strings *customers = &check->options->customers;
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && i < customers->count; i++) {
		char *ndn = NULL;

		rc = cr_dn_normalise(cr_slice_of(customers->items[i]), &ndn);
		if (rc == CR_OK)
			rc = cr_strings_add(&check->bases, cr_slice_of(ndn));
		free(ndn);
	}
	return rc == CR_ESYNTAX ? LDAP_INVALID_DN_SYNTAX : cr_check_code(rc);
}

/* "dn:..." of RFC 4532; NULL when the server does not tell. */
static void
ask_who(struct cr_check *check)
{
	struct berval *id = NULL;

	if (ldap_whoami_s(check->ld, &id, NULL, NULL) == LDAP_SUCCESS &&
	    id != NULL) {
		if (id->bv_len == 0)
			check->reader = cr_text_copy((struct cr_slice){ "",
				0 });
		else if (id->bv_len > 3 &&
		    strncmp(id->bv_val, "dn:", 3) == 0)
			check->reader = cr_text_copy((struct cr_slice){
				id->bv_val + 3, id->bv_len - 3 });
	}
	ber_bvfree(id);
}

/* The purposes of --as have to be there; false after a line about it. */
static bool
are_known(const struct cr_check *check)
{
	const struct cr_strings *as = &check->options->as;

	for (size_t i = 0; i < as->count; i++) {
		if (cr_policy_purpose(check->policy,
		    cr_slice_of(as->items[i])) == NULL) {
			cr_complain("--as %s: no such purpose",
				as->items[i]);
			return false;
		}
	}
	return true;
}

static void
complain(struct cr_check *check, const char *doing, int code)
{
	char *text = NULL;

	ldap_get_option(check->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	cr_complain("%s: %s%s%s", doing, ldap_err2string(code),
		text != NULL && *text != '\0' ? ": " : "",
		text != NULL ? text : "");
	ldap_memfree(text);
}

static int
look(struct cr_check *check)
{
	static const struct {
		const char *doing;
		int (*look)(struct cr_check *check);
	} parts[] = {
		{ "reading the customers bases", normalise_bases },
		{ "reading the policy", cr_check_policy },
		{ "reading the customers", cr_check_tree },
		{ "reading what names customers", cr_check_references },
		{ "reading slapd's configuration", cr_check_config }
	};

	ask_who(check);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int rc = parts[i].look(check);

		if (rc != LDAP_SUCCESS) {
			complain(check, parts[i].doing, rc);
			return (int)cr_exit_of_ldap(rc);
		}
		if (check->policy != NULL && !are_known(check))
			return CR_EXIT_USAGE;
	}
	return CR_EXIT_DONE;
}

static int
tell(struct cr_check *check)
{
	int rc;

	cr_report_sort(&check->report);
	rc = check->options->json ? cr_check_print_json(check) :
	    cr_check_print_text(check);
	if (rc != CR_OK || fflush(stdout) != 0) {
		cr_complain("the report cannot be written");
		return CR_EXIT_UNAVAILABLE;
	}
	return cr_report_has_problem(&check->report) ? CR_EXIT_FAILED :
	    CR_EXIT_DONE;
}

static int
run(struct cr_check_options *options)
{
	struct cr_check check = { .options = options,
		.now = (int64_t)time(NULL) };
	int code = cr_connect(&options->connect, &check.ld);

	if (code != CR_EXIT_DONE)
		return code;
	check.report.limit = options->limit;
	check.report.lists_hidden = options->verbose;
	code = look(&check);
	if (code == CR_EXIT_DONE)
		code = tell(&check);
	ldap_unbind_ext_s(check.ld, NULL, NULL);
	cr_report_clear(&check.report);
	cr_conf_clear(&check.conf);
	cr_policy_free(&check.policy);
	cr_strings_clear(&check.bases);
	free(check.some_customer);
	free(check.some_handler);
	free(check.some_purpose);
	free(check.some_recipient);
	free(check.reader);
	return code;
}

int
cr_check_run(int argc, char **argv)
{
	struct cr_check_options options = { 0 };
	bool help;
	int code = CR_EXIT_USAGE;
	int rc = parse(&options, argc, argv, &help);

	if (rc == CR_OK && help) {
		print_help(stdout);
		code = CR_EXIT_DONE;
	} else if (rc == CR_OK) {
		code = run(&options);
	} else if (rc != CR_ESYNTAX) {
		cr_complain("out of memory");
		code = CR_EXIT_UNAVAILABLE;
	}
	clear_options(&options);
	return code;
}
