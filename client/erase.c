/* custreg erase: which of its three it is to do, and one of them. */
#include "erase.h"

#include "command.h"
#include "connect.h"
#include "erase_bulk.h"
#include "erase_verify.h"

static void
print_help(FILE *out)
{
	fprintf(out, "Usage: custreg erase [OPTION]... SUBJECT\n"
	    "       custreg erase --all-expired [OPTION]...\n"
	    "       custreg erase --verify --server URI [--server URI]... "
	    "SUBJECT\n"
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
	    "\n"
	    "--all-expired erases every customer whose relationship has ended "
	    "and whom no\n"
	    "period, law or open matter keeps any more (with -n, --request, "
	    "--json):\n"
	    "  -b BASE             below this (else BASE of ldap.conf)\n"
	    "  --year-end MM-DD    of the financial year (else that of "
	    "cn=config where it\n"
	    "                      can be read, else 12-31)\n"
	    "  --at-once N         customers under way together (%u)\n"
	    "\n"
	    "--verify changes nothing, and asks each server what is left of "
	    "them (with --json):\n"
	    "  --server URI        to be asked, repeatable\n"
	    "  -b SUFFIX           where the orders are (else what the server "
	    "holds)\n"
	    "  -o nettimeout=N     seconds a server has for each answer (%u)\n"
	    "\n%s"
	    "\n"
	    "Exit status: 0 erased, or would be, or nothing left; 1 usage, or "
	    "no such\n"
	    "customer; 2 cannot connect or bind; 3 refused; 4 in part; 5 the "
	    "answer cannot\n"
	    "be relied on, or something is left; 6 not allowed; 7 "
	    "unavailable.\n", CR_BULK_AT_ONCE, CR_VERIFY_SECONDS,
	    cr_connect_help);
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
run_one(struct cr_erase_options *options)
{
	struct cr_erase_answer answer = { 0 };
	LDAP *ld;
	int code = cr_connect(&options->connect, &ld);
	int rc;

	if (code != CR_EXIT_DONE)
		return code;
	rc = cr_erase_ask(ld, &options->request,
	    options->connect.controls.list, &answer);
	if (rc == LDAP_SUCCESS) {
		cr_erase_find_due(ld, options->connect.controls.list, &answer);
		code = cr_erase_tell(options, &answer, stdout);
	} else {
		code = complain_of_silence(options, answer.was_sent, rc);
	}
	cr_erase_answer_clear(&answer);
	ldap_unbind_ext_s(ld, NULL, NULL);
	return code;
}

static int
run(struct cr_erase_options *options)
{
	switch (options->verb) {
	case CR_ERASE_ALL_EXPIRED: return cr_bulk_run(options);
	case CR_ERASE_VERIFY: return cr_verify_run(options);
	case CR_ERASE_SUBJECT:
	default: return run_one(options);
	}
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
