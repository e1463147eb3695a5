/* custreg erase --all-expired: who has left, page by page. */
#include "erase_bulk.h"

#include <time.h>

#include "connect.h"

enum { PAGE_SIZE = 200 };

#define FILTER "(&(objectClass=crCustomer)(crRelationshipEnded=*))"

static volatile sig_atomic_t was_interrupted;

static void
note_signal(int number)
{
	(void)number;
	was_interrupted = 1;
}

/* Once: a second one ends the command as it does any other. */
static void
watch_signals(void)
{
	struct sigaction action = { .sa_handler = note_signal,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND };

	was_interrupted = 0;
	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

static int
take_customer(void *arg, const struct cr_entry *entry)
{
	struct cr_bulk *bulk = arg;

	if (was_interrupted) {
		bulk->tally.interrupted = true;
		return LDAP_USER_CANCELLED;
	}
	if (!cr_bulk_may_be_over(&bulk->retention, entry, bulk->now)) {
		cr_bulk_tell(bulk, CR_BULK_KEPT, NULL, NULL, 0, NULL);
		return LDAP_SUCCESS;
	}
	return cr_bulk_work_offer(bulk, entry);
}

static void
complain(LDAP *ld, int code)
{
	char *text = NULL;

	ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	cr_complain("reading the customers: %s%s%s", ldap_err2string(code),
	    text != NULL && *text != '\0' ? ": " : "",
	    text != NULL ? text : "");
	ldap_memfree(text);
}

static void
read_customers(struct cr_bulk *bulk, LDAP *ld, const char *base)
{
	static char *attrs[] = { "*", "entryUUID", NULL };
	const struct cr_search search = {
		.base = base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = FILTER,
		.attrs = attrs,
		.controls = bulk->options->connect.controls.list,
		.page_size = PAGE_SIZE
	};
	int rc = cr_search_run(ld, &search, take_customer, bulk);

	if (rc == LDAP_SUCCESS || bulk->tally.interrupted ||
	    bulk->tally.stopped != LDAP_SUCCESS)
		return;
	complain(ld, rc);
	bulk->tally.stopped = rc;
}

/* Where to look; NULL after a line about it. */
static const char *
base_of(const struct cr_erase_options *options, char **ret_owned)
{
	const char *base = options->base;

	*ret_owned = NULL;
	if (base == NULL && ldap_get_option(NULL, LDAP_OPT_DEFBASE,
	    ret_owned) == LDAP_OPT_SUCCESS && *ret_owned != NULL &&
	    **ret_owned != '\0')
		base = *ret_owned;
	if (base == NULL)
		cr_complain("-b BASE is missing, and ldap.conf has no BASE");
	return base;
}

/*
 * Who may not erase does not see who has left either, and would be told that
 * there is nobody: the server is asked for a number that nobody has.
 */
static int
may_erase(const struct cr_bulk *bulk, LDAP *ld)
{
	struct cr_erase_request request = bulk->options->request;
	struct cr_erase_answer answer;
	int rc = cr_erase_ask(ld, &request,
	    bulk->options->connect.controls.list, &answer);

	if (rc == LDAP_SUCCESS)
		rc = answer.code;
	if (rc != LDAP_NO_SUCH_OBJECT)
		cr_complain("%s%s", ldap_err2string(rc),
		    rc == LDAP_INSUFFICIENT_ACCESS ? ": the registrar may, "
		    "and the data protection officer with --dry-run" :
		    rc == LDAP_PROTOCOL_ERROR ?
		    ": does this server have the module custreg?" : "");
	cr_erase_answer_clear(&answer);
	return rc == LDAP_NO_SUCH_OBJECT ? LDAP_SUCCESS : rc;
}

/* A system call that a signal cut short is made again, not an error. */
static int
connect_both(struct cr_erase_options *options, LDAP **ret_pages,
    LDAP **ret_work)
{
	int code = cr_connect(&options->connect, ret_pages);

	if (code == CR_EXIT_DONE)
		code = cr_connect(&options->connect, ret_work);
	if (code == CR_EXIT_DONE &&
	    (ldap_set_option(*ret_pages, LDAP_OPT_RESTART, LDAP_OPT_ON) !=
	    LDAP_OPT_SUCCESS || ldap_set_option(*ret_work, LDAP_OPT_RESTART,
	    LDAP_OPT_ON) != LDAP_OPT_SUCCESS))
		code = CR_EXIT_UNAVAILABLE;
	return code;
}

static int
erase_all(struct cr_bulk *bulk, LDAP *pages, LDAP *work, const char *base)
{
	int rc = may_erase(bulk, work);

	if (rc != LDAP_SUCCESS)
		return (int)cr_exit_of_ldap(rc);
	rc = cr_bulk_find_year(bulk, pages, base);
	if (rc != LDAP_SUCCESS) {
		complain(pages, rc);
		return (int)cr_exit_of_ldap(rc);
	}
	if (cr_bulk_work_new(bulk, work) != CR_OK) {
		cr_complain("out of memory");
		return CR_EXIT_UNAVAILABLE;
	}
	watch_signals();
	read_customers(bulk, pages, base);
	cr_bulk_work_end(bulk);
	/* it may have come while the last were waited for: all were asked */
	if (!cr_bulk_tell_end(bulk, stdout)) {
		cr_complain("the answer cannot be written");
		return CR_EXIT_UNAVAILABLE;
	}
	return (int)cr_bulk_exit(&bulk->tally);
}

int
cr_bulk_run(struct cr_erase_options *options)
{
	struct cr_bulk bulk = { .options = options, .now = time(NULL) };
	LDAP *pages = NULL, *work = NULL;
	char *owned;
	const char *base = base_of(options, &owned);
	int code = base != NULL ? connect_both(options, &pages, &work) :
	    CR_EXIT_USAGE;

	if (code == CR_EXIT_DONE)
		code = erase_all(&bulk, pages, work, base);
	if (pages != NULL)
		ldap_unbind_ext_s(pages, NULL, NULL);
	if (work != NULL)
		ldap_unbind_ext_s(work, NULL, NULL);
	ldap_memfree(owned);
	return code;
}
