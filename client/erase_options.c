/* custreg erase: what its arguments ask for. */
#include "erase.h"

#include <getopt.h>
#include <string.h>

#include "command.h"
#include "core/text.h"
#include "core/uuid.h"
#include "proto/control.h"
#include "proto/dn.h"

enum long_option {
	OPT_PARTIAL = 256,
	OPT_GROUND,
	OPT_REQUEST,
	OPT_ALL_EXPIRED,
	OPT_YEAR_END,
	OPT_AT_ONCE,
	OPT_VERIFY,
	OPT_SERVER,
	OPT_JSON,
	OPT_HELP
};

static const struct option long_options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	{ "partial", no_argument, NULL, OPT_PARTIAL },
	{ "ground", required_argument, NULL, OPT_GROUND },
	{ "request", required_argument, NULL, OPT_REQUEST },
	{ "all-expired", no_argument, NULL, OPT_ALL_EXPIRED },
	{ "year-end", required_argument, NULL, OPT_YEAR_END },
	{ "at-once", required_argument, NULL, OPT_AT_ONCE },
	{ "verify", no_argument, NULL, OPT_VERIFY },
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

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

/*
 * Written out only: nobody begins to erase many by a short form.  Twice is
 * once.
 */
static int
set_verb(struct cr_erase_options *options, enum cr_erase_verb verb,
    const char *word, const char *name)
{
	if (strcmp(word, name) != 0) {
		cr_complain("%s: no such option (see custreg erase --help)",
		    word);
		return CR_ESYNTAX;
	}
	if (options->verb != CR_ERASE_SUBJECT && options->verb != verb) {
		cr_complain("--all-expired does not go with --verify");
		return CR_ESYNTAX;
	}
	options->verb = verb;
	return CR_OK;
}

static int
set_year_end(struct cr_erase_options *options, const char *text)
{
	if (cr_year_end_parse(cr_slice_of(text), &options->year_end) !=
	    CR_OK) {
		cr_complain("--year-end %s: not a day, MM-DD", text);
		return CR_ESYNTAX;
	}
	options->has_year_end = true;
	return CR_OK;
}

static int
set_at_once(struct cr_erase_options *options, const char *text)
{
	if (cr_text_parse_unsigned(cr_slice_of(text), &options->at_once) !=
	    CR_OK || options->at_once == 0 ||
	    options->at_once > CR_BULK_AT_ONCE_MAX) {
		cr_complain("--at-once %s: not a number from 1 to %u", text,
		    CR_BULK_AT_ONCE_MAX);
		return CR_ESYNTAX;
	}
	return CR_OK;
}

static int
add_server(struct cr_erase_options *options, const char *uri)
{
	if (options->server_count == CR_VERIFY_SERVERS_MAX) {
		cr_complain("--server %s: more than %u servers", uri,
		    CR_VERIFY_SERVERS_MAX);
		return CR_ESYNTAX;
	}
	options->servers[options->server_count++] = uri;
	return CR_OK;
}

static int
take_option(struct cr_erase_options *options, int letter, char *value,
    const char *word)
{
	struct cr_erase_request *request = &options->request;

	switch (letter) {
	case 'b': options->base = value; break;
	case 'n': request->flags |= CR_ERASE_DRY_RUN; break;
	case OPT_PARTIAL: request->flags |= CR_ERASE_PARTIAL; break;
	case OPT_GROUND: return set_ground(request, value);
	case OPT_REQUEST: return set_reference(request, value);
	case OPT_ALL_EXPIRED:
		return set_verb(options, CR_ERASE_ALL_EXPIRED, word,
		    "--all-expired");
	case OPT_VERIFY:
		return set_verb(options, CR_ERASE_VERIFY, word, "--verify");
	case OPT_YEAR_END: return set_year_end(options, value);
	case OPT_AT_ONCE: return set_at_once(options, value);
	case OPT_SERVER: return add_server(options, value);
	case OPT_JSON: options->json = true; break;
	default:
		return cr_connect_option(&options->connect, letter, value);
	}
	return CR_OK;
}

/* What was given and is of another of the three, or NULL. */
static const char *
foreign_option(const struct cr_erase_options *options)
{
	bool one = options->verb == CR_ERASE_SUBJECT;
	bool all = options->verb == CR_ERASE_ALL_EXPIRED;
	bool verify = options->verb == CR_ERASE_VERIFY;
	const struct cr_erase_request *request = &options->request;

	if (!one && (request->flags & CR_ERASE_PARTIAL) != 0)
		return "--partial";
	if (!one && request->ground != CR_ERASE_NO_GROUND)
		return "--ground";
	if (verify && (request->flags & CR_ERASE_DRY_RUN) != 0)
		return "--dry-run";
	if (verify && request->reference.len > 0)
		return "--request";
	if (verify && options->connect.uri != NULL)
		return "-H";
	if (!all && options->has_year_end)
		return "--year-end";
	if (!all && options->at_once != 0)
		return "--at-once";
	if (!verify && options->server_count > 0)
		return "--server";
	return one && options->base != NULL ? "-b" : NULL;
}

static int
check_verb(const struct cr_erase_options *options)
{
	const char *foreign = foreign_option(options);

	if (foreign != NULL) {
		cr_complain("%s: not %s (see custreg erase --help)", foreign,
		    options->verb == CR_ERASE_ALL_EXPIRED ?
		    "with --all-expired" : options->verb == CR_ERASE_VERIFY ?
		    "with --verify" : "with one customer");
		return CR_ESYNTAX;
	}
	if (options->verb == CR_ERASE_VERIFY && options->server_count == 0) {
		cr_complain("--verify: which servers? (--server URI)");
		return CR_ESYNTAX;
	}
	return CR_OK;
}

/*
 * Nobody asked for an erasure in bulk, so the request itself has none; but
 * what orders it is recorded with each (proto/control.h).
 */
static int
prepare_bulk(struct cr_erase_options *options)
{
	struct cr_erase_request *request = &options->request;
	char control[80];	/* a reference has 64 at most */
	int rc = CR_OK;

	request->ground = CR_ERASE_GROUND_A;
	request->by = CR_ERASE_BY_UUID;
	if (request->reference.len > 0) {
		snprintf(control, sizeof(control), "!reference=%.*s",
		    (int)request->reference.len, request->reference.ptr);
		rc = cr_controls_add(&options->connect.controls, control);
		request->reference = (struct cr_slice){ NULL, 0 };
	}
	if (options->at_once == 0)
		options->at_once = CR_BULK_AT_ONCE;
	if (rc == CR_ELIMIT) {
		cr_complain("-e: too many controls");
		rc = CR_ESYNTAX;
	}
	return rc;
}

static int
take_subject(struct cr_erase_options *options, int count, char **subjects)
{
	if (options->verb == CR_ERASE_ALL_EXPIRED && count > 0) {
		cr_complain("%s: not expected with --all-expired",
		    subjects[0]);
		return CR_ESYNTAX;
	}
	if (options->verb == CR_ERASE_ALL_EXPIRED)
		return prepare_bulk(options);
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
	    ":b:n" CR_CONNECT_LETTERS, long_options, NULL)) != -1) {
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
		rc = take_option(options, letter, optarg,
		    argv[optind - 1]);
	}
	if (rc == CR_OK)
		rc = check_verb(options);
	if (rc == CR_OK)
		rc = take_subject(options, argc - optind, argv + optind);
	return rc == CR_OK ? cr_connect_options_check(&options->connect) : rc;
}
