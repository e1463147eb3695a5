/* custreg log query: who read whom, asked of a running server. */
#include "log_query.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <ldap.h>

#include "command.h"
#include "connect.h"
#include "core/text.h"
#include "log.h"
#include "strlist.h"

enum { PAGE_SIZE = 500, NAMES_MAX = 1000 };

enum long_option {
	OPT_SUBJECT = 256,
	OPT_READER,
	OPT_RECIPIENT,
	OPT_PURPOSE,
	OPT_TYPE,
	OPT_FROM,
	OPT_TO,
	OPT_LIMIT,
	OPT_LOG,
	OPT_ALL,
	OPT_JSON,
	OPT_CSV,
	OPT_NO_NAMES,
	OPT_HELP
};

static const struct option long_options[] = {
	{ "subject", required_argument, NULL, OPT_SUBJECT },
	{ "reader", required_argument, NULL, OPT_READER },
	{ "recipient", required_argument, NULL, OPT_RECIPIENT },
	{ "purpose", required_argument, NULL, OPT_PURPOSE },
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "no-names", no_argument, NULL, OPT_NO_NAMES },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

struct name {
	char *dn;
	char *text;		/* "": none to be had */
};

struct asking {
	struct cr_connect_options connect;
	struct cr_log_question question;
	const char *subject, *reader, *recipient;	/* as given */
	char *base;		/* of the register */
	const char *log;
	enum cr_log_form form;
	bool no_names;
	unsigned limit;		/* 0: none */
	LDAP *ld;
	size_t rows;
	bool enough;
	struct name names[NAMES_MAX];
	size_t name_count;
};

static void
print_help(FILE *out)
{
	fprintf(out, "Usage: custreg log query [OPTION]...\n"
	    "\n"
	    "Asks the read log of a running server (slapd-custreglog(5)) who "
	    "read whom. The\n"
	    "question is recorded there too.\n"
	    "\n"
	    "  --subject WHO       the customer: entryUUID, DN or uid\n"
	    "  --reader WHO        handler or service: DN or uid\n"
	    "  --recipient WHO     of a disclosure: DN or cn\n"
	    "  --purpose NAME, --type NAME\n"
	    "  --from WHEN, --to WHEN\n"
	    "                      2026-11-22, 2026-11-22T19:42[:10], UTC; "
	    "both included\n"
	    "  --limit N           the first N records\n"
	    "  --all               the ends of operations too\n"
	    "  --json, --csv       for programs\n"
	    "  --no-names          as the log has it: entryUUIDs, and readers "
	    "by DN\n"
	    "  --log SUFFIX        of the read log (cn=readlog)\n"
	    "  -b SUFFIX           of the register, for a uid or cn (else BASE "
	    "of ldap.conf)\n"
	    "\n%s"
	    "\n"
	    "Exit status: 0 done, 1 usage, 2 cannot connect or bind, 4 a "
	    "limit of the server\n"
	    "cut the answer, 6 not allowed, 7 unavailable.\n",
	    cr_connect_help);
}

/* ---- options ------------------------------------------------------------- */

static int
set_time(char **place, const char *text, bool last)
{
	int rc;

	free(*place);
	*place = NULL;
	rc = cr_log_query_time(text, last, place);
	if (rc == CR_ESYNTAX)
		cr_complain("%s: not a time (2026-11-22, "
		    "2026-11-22T19:42:10, GeneralizedTime)", text);
	return rc;
}

static int
set_form(struct asking *asking, enum cr_log_form form)
{
	if (asking->form != CR_LOG_TABLE && asking->form != form) {
		cr_complain("--json and --csv are two forms");
		return CR_ESYNTAX;
	}
	asking->form = form;
	return CR_OK;
}

static int
set_base(struct asking *asking, const char *text)
{
	free(asking->base);
	asking->base = cr_text_copy(cr_slice_of(text));
	return asking->base == NULL ? CR_ENOMEM : CR_OK;
}

static int
set_limit(struct asking *asking, const char *text)
{
	if (cr_text_parse_unsigned(cr_slice_of(text), &asking->limit) ==
	    CR_OK)
		return CR_OK;
	cr_complain("--limit %s: not a number", text);
	return CR_ESYNTAX;
}

static int
take_option(struct asking *asking, int letter, char *value)
{
	struct cr_log_question *question = &asking->question;

	switch (letter) {
	case 'b': return set_base(asking, value);
	case OPT_SUBJECT: asking->subject = value; break;
	case OPT_READER: asking->reader = value; break;
	case OPT_RECIPIENT: asking->recipient = value; break;
	case OPT_PURPOSE: question->purpose = value; break;
	case OPT_TYPE: question->type = value; break;
	case OPT_FROM: return set_time(&question->from, value, false);
	case OPT_TO: return set_time(&question->until, value, true);
	case OPT_LIMIT: return set_limit(asking, value);
	case OPT_LOG: asking->log = value; break;
	case OPT_ALL: question->all = true; break;
	case OPT_JSON: return set_form(asking, CR_LOG_JSON);
	case OPT_CSV: return set_form(asking, CR_LOG_CSV);
	case OPT_NO_NAMES: asking->no_names = true; break;
	default:
		return cr_connect_option(&asking->connect, letter, value);
	}
	return CR_OK;
}

/* CR_OK, CR_ENOMEM, or CR_ESYNTAX when a line has been written about it. */
static int
parse(struct asking *asking, int argc, char **argv, bool *ret_help)
{
	int letter;
	int rc = CR_OK;

	*ret_help = false;
	opterr = 0;
	while (rc == CR_OK && (letter = getopt_long(argc, argv,
	    ":b:" CR_CONNECT_LETTERS, long_options, NULL)) != -1) {
		if (letter == OPT_HELP) {
			*ret_help = true;
			return CR_OK;
		}
		if (letter == '?' || letter == ':') {
			cr_complain("%s: %s (see custreg log query --help)",
			    argv[optind - 1], letter == '?' ?
			    "no such option" : "needs a value");
			return CR_ESYNTAX;
		}
		rc = take_option(asking, letter, optarg);
	}
	if (rc == CR_OK && optind < argc) {
		cr_complain("%s: not expected (see custreg log query --help)",
		    argv[optind]);
		return CR_ESYNTAX;
	}
	return rc == CR_OK ? cr_connect_options_check(&asking->connect) : rc;
}

/* ---- names --------------------------------------------------------------- */

static int
search(struct asking *asking, const char *base, int scope, const char *filter,
    const char *attr, cr_entry_fn *fn, void *arg)
{
	char name[32];
	char *attrs[] = { name, NULL };
	const struct cr_search how = {
		.base = base,
		.scope = scope,
		.filter = filter,
		.attrs = attrs,
		.controls = (LDAPControl **)asking->connect.controls.list
	};

	snprintf(name, sizeof(name), "%s", attr);
	return cr_search_run(asking->ld, &how, fn, arg);
}

static int
keep_name(void *arg, const struct cr_entry *entry)
{
	struct name *name = arg;

	if (name->text == NULL)
		name->text = cr_text_copy(cr_entry_value(entry, "cn"));
	return name->text == NULL ? LDAP_NO_MEMORY : LDAP_SUCCESS;
}

/* cn of a handler or service, if the asker may read it; "" else. */
static const char *
name_of(struct asking *asking, struct cr_slice dn)
{
	struct name *name = &asking->names[asking->name_count];

	if (asking->no_names || dn.len == 0 ||
	    (dn.len > 10 && strncasecmp(dn.ptr, "entryUUID=", 10) == 0))
		return "";
	for (size_t i = 0; i < asking->name_count; i++) {
		if (cr_slice_equal(cr_slice_of(asking->names[i].dn), dn))
			return asking->names[i].text;
	}
	if (asking->name_count == NAMES_MAX)
		return "";
	*name = (struct name){ cr_text_copy(dn), NULL };
	if (name->dn == NULL)
		return "";
	(void)!search(asking, name->dn, LDAP_SCOPE_BASE, "(objectClass=*)",
	    "cn", keep_name, name);
	if (name->text == NULL)
		name->text = cr_text_copy(CR_SLICE_LITERAL(""));
	if (name->text == NULL) {
		free(name->dn);
		return "";
	}
	asking->name_count++;
	return name->text;
}

struct finding {
	char *dn;
	bool several;
};

static int
keep_dn(void *arg, const struct cr_entry *entry)
{
	struct finding *finding = arg;

	if (finding->dn != NULL)
		finding->several = true;
	else
		finding->dn = cr_text_copy(entry->dn);
	return finding->dn == NULL ? LDAP_NO_MEMORY : LDAP_SUCCESS;
}

static int
default_base(struct asking *asking)
{
	char *base = NULL;
	int rc = CR_OK;

	if (asking->base != NULL)
		return CR_OK;
	if (ldap_get_option(NULL, LDAP_OPT_DEFBASE, &base) ==
	    LDAP_OPT_SUCCESS && base != NULL && *base != '\0')
		rc = set_base(asking, base);
	ldap_memfree(base);
	if (rc == CR_OK && asking->base == NULL) {
		cr_complain("-b SUFFIX is missing, and ldap.conf has no BASE");
		return CR_ESYNTAX;
	}
	return rc;
}

/* A DN as it is; else the one entry of these classes; the exit code. */
static int
find(struct asking *asking, const char *given, const char *attr,
    const char *classes, char **ret_dn)
{
	struct finding finding = { NULL, false };
	char *term, *filter;
	int code;

	if (strchr(given, '=') != NULL) {
		*ret_dn = cr_text_copy(cr_slice_of(given));
		return *ret_dn == NULL ? CR_EXIT_UNAVAILABLE : CR_EXIT_DONE;
	}
	code = default_base(asking);
	if (code != CR_OK)
		return code == CR_ESYNTAX ? CR_EXIT_USAGE :
		    CR_EXIT_UNAVAILABLE;
	term = cr_log_query_term(attr, "=", given);
	filter = term == NULL ? NULL :
	    cr_text_format("(&%s(|%s))", term, classes);
	code = filter == NULL ? LDAP_NO_MEMORY :
	    search(asking, asking->base, LDAP_SCOPE_SUBTREE, filter, "1.1",
	    keep_dn, &finding);
	free(filter);
	free(term);
	if (code == LDAP_SUCCESS && finding.dn != NULL && !finding.several) {
		*ret_dn = finding.dn;
		return CR_EXIT_DONE;
	}
	free(finding.dn);
	if (code != LDAP_SUCCESS)
		cr_complain("%s: %s", asking->base, ldap_err2string(code));
	else
		cr_complain("%s: %s", given, finding.several ?
		    "there are several; give the DN" :
		    "not there, or not for you to see");
	return code == LDAP_SUCCESS ? CR_EXIT_USAGE :
	    (int)cr_exit_of_ldap(code);
}

static int
find_all(struct asking *asking)
{
	struct cr_log_question *question = &asking->question;
	int code = CR_EXIT_DONE;

	if (asking->subject != NULL && cr_log_query_is_uuid(asking->subject)) {
		question->subject = cr_text_copy(cr_slice_of(asking->subject));
		if (question->subject == NULL)
			return CR_EXIT_UNAVAILABLE;
	} else if (asking->subject != NULL) {
		code = find(asking, asking->subject, "uid",
		    "(objectClass=crCustomer)", &question->subject);
	}
	if (code == CR_EXIT_DONE && asking->reader != NULL)
		code = find(asking, asking->reader, "uid",
		    "(objectClass=crHandler)(objectClass=crService)",
		    &question->reader);
	if (code == CR_EXIT_DONE && asking->recipient != NULL)
		code = find(asking, asking->recipient, "cn",
		    "(objectClass=crRecipient)", &question->recipient);
	return code;
}

/* ---- the answer ---------------------------------------------------------- */

static int
give(void *arg, const struct cr_entry *entry)
{
	struct asking *asking = arg;
	struct cr_log_row row = { .entry = entry };

	row.reader_name = name_of(asking,
	    cr_entry_value(entry, "crReadReader"));
	row.behalf_name = name_of(asking,
	    cr_entry_value(entry, "crReadOnBehalfOf"));
	if (cr_log_print_row(stdout, asking->form, &row, asking->rows == 0) !=
	    CR_OK)
		return LDAP_NO_MEMORY;
	asking->rows++;
	asking->enough = asking->rows == asking->limit;
	if (asking->enough)
		return LDAP_USER_CANCELLED;
	return ferror(stdout) ? LDAP_LOCAL_ERROR : LDAP_SUCCESS;
}

static int
complain_of(const struct asking *asking, int code)
{
	char *text = NULL;

	if (code == LDAP_NO_SUCH_OBJECT) {
		cr_complain("%s: not there, or not for this reader",
		    asking->log);
		return CR_EXIT_NOT_ALLOWED;
	}
	ldap_get_option(asking->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	cr_complain("%s: %s%s%s", asking->log, ldap_err2string(code),
	    text != NULL && *text != '\0' ? ": " : "",
	    text != NULL ? text : "");
	ldap_memfree(text);
	if (code == LDAP_SIZELIMIT_EXCEEDED ||
	    code == LDAP_TIMELIMIT_EXCEEDED ||
	    code == LDAP_ADMINLIMIT_EXCEEDED)
		return CR_EXIT_PARTLY;
	return (int)cr_exit_of_ldap(code);
}

static int
answer(struct asking *asking)
{
	static char all[] = "*", dn[] = "crReadSubjectDN";
	char *attrs[] = { all, asking->no_names ? NULL : dn, NULL };
	struct cr_search how = {
		.base = asking->log,
		.scope = LDAP_SCOPE_ONELEVEL,
		.attrs = attrs,
		.controls = (LDAPControl **)asking->connect.controls.list,
		.page_size = PAGE_SIZE
	};
	char *filter = NULL;
	int code;

	if (cr_log_query_filter(&asking->question, &filter) != CR_OK) {
		cr_complain("out of memory");
		return CR_EXIT_UNAVAILABLE;
	}
	if (asking->limit > 0 && asking->limit < PAGE_SIZE)
		how.page_size = asking->limit;
	how.filter = filter;
	cr_log_print_begin(stdout, asking->form);
	code = cr_search_run(asking->ld, &how, give, asking);
	cr_log_print_end(stdout, asking->form, asking->rows);
	free(filter);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cr_complain("the answer cannot be written");
		return CR_EXIT_UNAVAILABLE;
	}
	return code == LDAP_SUCCESS || asking->enough ? CR_EXIT_DONE :
	    complain_of(asking, code);
}

static int
run(struct asking *asking)
{
	int code = cr_connect(&asking->connect, &asking->ld);

	if (code != CR_EXIT_DONE)
		return code;
	code = find_all(asking);
	if (code == CR_EXIT_DONE)
		code = answer(asking);
	ldap_unbind_ext_s(asking->ld, NULL, NULL);
	return code;
}

static void
clear(struct asking *asking)
{
	struct cr_log_question *question = &asking->question;

	cr_connect_options_clear(&asking->connect);
	free(question->subject);
	free(question->reader);
	free(question->recipient);
	free(question->from);
	free(question->until);
	free(asking->base);
	for (size_t i = 0; i < asking->name_count; i++) {
		free(asking->names[i].dn);
		free(asking->names[i].text);
	}
}

int
cr_log_query_run(int argc, char **argv)
{
	struct asking *asking = calloc(1, sizeof(*asking));
	bool help;
	int code = CR_EXIT_USAGE;
	int rc = CR_ENOMEM;

	if (asking != NULL) {
		asking->log = "cn=readlog";
		rc = parse(asking, argc, argv, &help);
	}
	if (rc == CR_OK && help) {
		print_help(stdout);
		code = CR_EXIT_DONE;
	} else if (rc == CR_OK) {
		code = run(asking);
	} else if (rc != CR_ESYNTAX) {
		cr_complain("out of memory");
		code = CR_EXIT_UNAVAILABLE;
	}
	if (asking != NULL)
		clear(asking);
	free(asking);
	return code;
}
