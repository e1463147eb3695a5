/* custreg erase: what is asked for. */
#include "erase.h"

#include <getopt.h>
#include <string.h>

#include "command.h"
#include "connect.h"
#include "core/uuid.h"
#include "proto/control.h"
#include "proto/dn.h"

enum long_option {
	OPT_PARTIAL = 256,
	OPT_GROUND,
	OPT_REQUEST,
	OPT_JSON,
	OPT_HELP
};

static const struct option long_options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	{ "partial", no_argument, NULL, OPT_PARTIAL },
	{ "ground", required_argument, NULL, OPT_GROUND },
	{ "request", required_argument, NULL, OPT_REQUEST },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

static void
print_help(FILE *out)
{
	fprintf(out, "Usage: custreg erase [OPTION]... SUBJECT\n"
	    "\n"
	    "Erases a customer and all that belongs to them, or, when an open "
	    "invoice, debt\n"
	    "collection or the law keeps some of it, changes nothing and tells "
	    "what, why, by\n"
	    "which law and until when. It cannot be undone.\n"
	    "\n"
	    "SUBJECT is the DN of the customer, or their entryUUID.\n"
	    "\n"
	    "  -n, --dry-run       change nothing, tell what would be done\n"
	    "  --partial           erase what nothing keeps; the rest is "
	    "restricted, and\n"
	    "                      goes by itself when nothing keeps it any "
	    "more\n"
	    "  --ground LETTER     of GDPR 17(1): a no longer needed, b consent "
	    "withdrawn,\n"
	    "                      c objection, d unlawful, e the law orders "
	    "it, f a child's\n"
	    "  --request REF       the request or case this answers\n"
	    "  --json              for programs\n"
	    "\n%s"
	    "\n"
	    "Exit status: 0 erased, or would be; 1 usage, or no such "
	    "customer; 2 cannot\n"
	    "connect or bind; 3 refused; 4 in part; 5 the answer cannot be "
	    "relied on; 6 not\n"
	    "allowed; 7 unavailable.\n", cr_connect_help);
}

/* Once: of two, nobody knows which was meant. */
static int
set_ground(struct cr_erase_request *request, const char *text)
{
	if (request->ground != CR_ERASE_NO_GROUND) {
		cr_complain("--ground is given twice");
		return CR_ESYNTAX;
	}
	if (text[0] < 'a' || text[0] > 'f' || text[1] != '\0') {
		cr_complain("--ground %s: not a letter from a to f", text);
		return CR_ESYNTAX;
	}
	request->ground = (enum cr_erase_ground)(CR_ERASE_GROUND_A +
	    (text[0] - 'a'));
	return CR_OK;
}

static int
set_reference(struct cr_erase_request *request, const char *text)
{
	if (request->reference.len > 0) {
		cr_complain("--request is given twice");
		return CR_ESYNTAX;
	}
	if (cr_control_check_reference(cr_slice_of(text)) != CR_OK) {
		cr_complain("--request %s: not 1 to 64 letters, digits and "
		    ". _ : -", text);
		return CR_ESYNTAX;
	}
	request->reference = cr_slice_of(text);
	return CR_OK;
}

static int
set_subject(struct cr_erase_options *options, const char *text)
{
	static const char prefix[] = "uuid:";
	struct cr_erase_request *request = &options->request;
	bool has_prefix = strncasecmp(text, prefix, sizeof(prefix) - 1) == 0;
	int rc;

	options->subject = text;
	if (cr_uuid_parse(cr_slice_of(text + (has_prefix ?
	    sizeof(prefix) - 1 : 0)), request->uuid) == CR_OK) {
		request->by = CR_ERASE_BY_UUID;
		return CR_OK;
	}
	rc = has_prefix ? CR_EPROTO :
	    cr_dn_check(cr_slice_of(text), CR_ERASE_DN_MAX);
	if (rc == CR_OK) {
		request->by = CR_ERASE_BY_DN;
		request->dn = cr_slice_of(text);
	} else if (rc != CR_ENOMEM) {
		cr_complain("%s: neither a DN nor an entryUUID", text);
		rc = CR_ESYNTAX;
	}
	return rc;
}

static int
take_option(struct cr_erase_options *options, int letter, char *value)
{
	struct cr_erase_request *request = &options->request;

	switch (letter) {
	case 'n': request->flags |= CR_ERASE_DRY_RUN; break;
	case OPT_PARTIAL: request->flags |= CR_ERASE_PARTIAL; break;
	case OPT_GROUND: return set_ground(request, value);
	case OPT_REQUEST: return set_reference(request, value);
	case OPT_JSON: options->json = true; break;
	default:
		return cr_connect_option(&options->connect, letter, value);
	}
	return CR_OK;
}

static int
take_subject(struct cr_erase_options *options, int count, char **subjects)
{
	if (count == 0) {
		cr_complain("who is to be erased? (see custreg erase --help)");
		return CR_ESYNTAX;
	}
	if (count > 1) {
		cr_complain("%s: not expected, one customer at a time",
		    subjects[1]);
		return CR_ESYNTAX;
	}
	return set_subject(options, subjects[0]);
}

int
cr_erase_parse(struct cr_erase_options *options, int argc, char **argv)
{
	int letter;
	int rc = CR_OK;

	*options = (struct cr_erase_options){ 0 };
	opterr = 0;
	/* glibc: from the start, whatever was parsed before */
	optind = 0;
	while (rc == CR_OK && (letter = getopt_long(argc, argv,
	    ":n" CR_CONNECT_LETTERS, long_options, NULL)) != -1) {
		if (letter == OPT_HELP) {
			options->help = true;
			return CR_OK;
		}
		if (letter == '?' || letter == ':') {
			cr_complain("%s: %s (see custreg erase --help)",
			    argv[optind - 1], letter == '?' ?
			    "no such option" : "needs a value");
			return CR_ESYNTAX;
		}
		rc = take_option(options, letter, optarg);
	}
	if (rc == CR_OK)
		rc = take_subject(options, argc - optind, argv + optind);
	return rc == CR_OK ? cr_connect_options_check(&options->connect) : rc;
}

/* Nothing came back that could be an answer. */
static int
complain_of_silence(const struct cr_erase_options *options, bool was_sent,
    int code)
{
	bool is_open = was_sent &&
	    (options->request.flags & CR_ERASE_DRY_RUN) == 0;

	cr_complain("%s: %s%s", options->subject, ldap_err2string(code),
	    is_open ? ": it is not known whether it was done; ask again" : "");
	return code == LDAP_DECODING_ERROR ? CR_EXIT_FAILED :
	    (int)cr_exit_of_ldap(code);
}

static int
run(struct cr_erase_options *options)
{
	struct cr_erase_answer answer = { 0 };
	LDAP *ld;
	int code = cr_connect(&options->connect, &ld);
	int rc;

	if (code != CR_EXIT_DONE)
		return code;
	rc = cr_erase_ask(ld, &options->request,
	    options->connect.controls.list, &answer);
	if (rc == LDAP_SUCCESS)
		code = cr_erase_tell(options, &answer, stdout);
	else
		code = complain_of_silence(options, answer.was_sent, rc);
	cr_erase_answer_clear(&answer);
	ldap_unbind_ext_s(ld, NULL, NULL);
	return code;
}

int
cr_erase_run(int argc, char **argv)
{
	struct cr_erase_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_erase_parse(&options, argc, argv);

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
