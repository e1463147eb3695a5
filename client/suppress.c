/* custreg suppress: what is asked for. */
#include "suppress.h"

#include <getopt.h>
#include <string.h>

#include "command.h"
#include "connect.h"
#include "proto/control.h"

enum long_option {
	OPT_REQUEST = 256,
	OPT_OTHER,
	OPT_SAME,
	OPT_ALL,
	OPT_JSON,
	OPT_HELP
};

static const struct option long_options[] = {
	{ "request", required_argument, NULL, OPT_REQUEST },
	{ "other", no_argument, NULL, OPT_OTHER },
	{ "same", no_argument, NULL, OPT_SAME },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

static void
print_help(FILE *out)
{
	fprintf(out, "Usage: custreg suppress [OPTION]...\n"
	    "       custreg suppress lift ID --request REF [OPTION]...\n"
	    "       custreg suppress close CASE --other|--same --request REF "
	    "[OPTION]...\n"
	    "\n"
	    "Who was erased stays erased: of them keyed hashes are kept, and "
	    "bans. Lists the\n"
	    "cases that wait for the registrar, customers who have the same "
	    "mail, phone or\n"
	    "number as somebody who was erased, and then the suppressions.\n"
	    "\n"
	    "  lift                this suppression no longer counts\n"
	    "  close               what the registrar says of a case:\n"
	    "    --other           another person; addresses and numbers are "
	    "given to others\n"
	    "    --same            the same person, and lawfully a customer "
	    "again: the bans of\n"
	    "                      the suppression are set on the customer, "
	    "and it is lifted\n"
	    "  --request REF       the request or case that is answered, for "
	    "the record\n"
	    "  --all               list decided cases, too\n"
	    "  -b BASE             the suffix of the register; else that of "
	    "ldap.conf\n"
	    "  --json              for programs\n"
	    "\n%s"
	    "\n"
	    "Exit status: 0 done; 1 usage, or no such suppression or case; "
	    "2 cannot connect\n"
	    "or bind; 3 refused; 6 not allowed: registrar and data protection "
	    "officer list,\n"
	    "the registrar decides; 7 unavailable.\n", cr_connect_help);
}

static int
complain_of(const char *what, const char *why)
{
	cr_complain("%s%s (see custreg suppress --help)", what, why);
	return CR_ESYNTAX;
}

static int
set_reference(struct cr_suppress_options *options, const char *text)
{
	if (options->reference != NULL)
		return complain_of("--request", " is given twice");
	if (cr_control_check_reference(cr_slice_of(text)) != CR_OK) {
		cr_complain("--request %s: not 1 to 64 letters, digits and "
		    ". _ : -", text);
		return CR_ESYNTAX;
	}
	options->reference = text;
	return CR_OK;
}

static int
set_decision(struct cr_suppress_options *options, enum cr_case_state decision)
{
	if (options->decision != CR_CASE_OPEN &&
	    options->decision != decision)
		return complain_of("--other and --same", ": one of them");
	options->decision = decision;
	return CR_OK;
}

static int
take_option(struct cr_suppress_options *options, int letter, char *value)
{
	switch (letter) {
	case 'b': options->base = value; break;
	case OPT_REQUEST: return set_reference(options, value);
	case OPT_OTHER: return set_decision(options, CR_CASE_OTHER);
	case OPT_SAME: return set_decision(options, CR_CASE_SAME);
	case OPT_ALL: options->all = true; break;
	case OPT_JSON: options->json = true; break;
	default:
		return cr_connect_option(&options->connect, letter, value);
	}
	return CR_OK;
}

/* What stands in a DN as it is, and in a filter. */
static bool
is_id(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t len = strlen(text);

	return len > 0 && len <= CR_SUPPRESSION_ID_MAX &&
	    strspn(text, letters) == len;
}

static int
take_words(struct cr_suppress_options *options, int count, char **words)
{
	const bool named = count > 0;

	if (named && strcmp(words[0], "lift") == 0)
		options->action = CR_SUPPRESS_LIFT;
	else if (named && strcmp(words[0], "close") == 0)
		options->action = CR_SUPPRESS_CLOSE;
	else if (named && strcmp(words[0], "list") != 0)
		return complain_of(words[0], ": not list, lift or close");
	if (options->action == CR_SUPPRESS_LIST)
		return count > 1 ? complain_of(words[1], ": not expected") :
		    CR_OK;
	if (count < 2)
		return complain_of(words[0], options->action ==
		    CR_SUPPRESS_LIFT ? ": which suppression?" :
		    ": which case?");
	if (count > 2)
		return complain_of(words[2], ": not expected, one at a time");
	if (!is_id(words[1]))
		return complain_of(words[1], ": not an identifier");
	options->id = words[1];
	return CR_OK;
}

/* Do they go together? */
static int
check(const struct cr_suppress_options *options)
{
	bool closes = options->action == CR_SUPPRESS_CLOSE;
	bool decides = options->action != CR_SUPPRESS_LIST;

	if (closes && options->decision == CR_CASE_OPEN)
		return complain_of("close", ": --other or --same?");
	if (!closes && options->decision != CR_CASE_OPEN)
		return complain_of("--other, --same", ": of a case, with "
		    "close");
	if (decides && options->reference == NULL)
		return complain_of("--request", " is missing: which request "
		    "or case is this about?");
	if (!decides && options->reference != NULL)
		return complain_of("--request", ": with lift or close");
	if (decides && options->all)
		return complain_of("--all", ": of the list");
	return cr_connect_options_check(&options->connect);
}

int
cr_suppress_parse(struct cr_suppress_options *options, int argc, char **argv)
{
	int letter;
	int rc = CR_OK;

	*options = (struct cr_suppress_options){ 0 };
	opterr = 0;
	/* glibc: from the start, whatever was parsed before */
	optind = 0;
	while (rc == CR_OK && (letter = getopt_long(argc, argv,
	    ":b:" CR_CONNECT_LETTERS, long_options, NULL)) != -1) {
		if (letter == OPT_HELP) {
			options->help = true;
			return CR_OK;
		}
		if (letter == '?' || letter == ':')
			return complain_of(argv[optind - 1], letter == '?' ?
			    ": no such option" : ": needs a value");
		rc = take_option(options, letter, optarg);
	}
	if (rc == CR_OK)
		rc = take_words(options, argc - optind, argv + optind);
	return rc == CR_OK ? check(options) : rc;
}

static int
run(struct cr_suppress_options *options)
{
	struct cr_suppress_place place = { .base = options->base,
		.controls = options->connect.controls.list };
	char *base = NULL;
	int code;

	if (place.base == NULL && ldap_get_option(NULL, LDAP_OPT_DEFBASE,
	    &base) == LDAP_OPT_SUCCESS && base != NULL && *base != '\0')
		place.base = base;
	if (place.base == NULL) {
		cr_complain("-b BASE is missing, and ldap.conf has no BASE");
		ldap_memfree(base);
		return CR_EXIT_USAGE;
	}
	code = cr_connect(&options->connect, &place.ld);
	if (code == CR_EXIT_DONE) {
		code = options->action == CR_SUPPRESS_LIST ?
		    cr_suppress_list(options, &place) :
		    cr_suppress_decide(options, &place);
		ldap_unbind_ext_s(place.ld, NULL, NULL);
	}
	ldap_memfree(base);
	return code;
}

int
cr_suppress_run(int argc, char **argv)
{
	struct cr_suppress_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_suppress_parse(&options, argc, argv);

	if (rc == CR_OK && options.help) {
		print_help(stdout);
		code = CR_EXIT_DONE;
	} else if (rc == CR_OK) {
		code = run(&options);
	} else if (rc != CR_ESYNTAX) {
		cr_complain("out of memory");
		code = CR_EXIT_UNAVAILABLE;
	}
	cr_connect_options_clear(&options.connect);
	return code;
}
