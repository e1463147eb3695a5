/* custreg erase --all-expired against a server. */
#include "harness_command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "custreg/erase.h"

#define REGISTRAR "uid=registrar," HANDLERS


static const struct {
	const char *number;
	const char *ended;
	const char *more; /* lines of the entry */
	const char *below; /* RDN, and lines; NULL: nothing */
	const char *lines;
} people[] = {
	{ "20001", "20150601000000Z", "", NULL, NULL },
	{ "20002", "20150601000000Z", "", "crInvoiceNumber=L1",
	    "objectClass: crInvoice\ncrState: paid\n"
	    "crDate: 20150501000000Z\n" },
	{ "20003", "20150601000000Z", "", "crInvoiceNumber=L1",
	    "objectClass: crInvoice\ncrState: paid\n"
	    "crDate: 20250501000000Z\n" },
	{ "20004", "20260101000000Z", "", NULL, NULL },
	{ "20005", "20150601000000Z", "", "crInvoiceNumber=L1",
	    "objectClass: crInvoice\ncrState: open\n"
	    "crDate: 20150501000000Z\n" },
	{ "20006", "20150601000000Z", "crHold: claim open riita\n", NULL,
	    NULL },
	{ "20007", "20150601000000Z", "", "crRequestId=R1",
	    "objectClass: crRequest\ncrRequestType: access\n"
	    "crReceived: 20260501000000Z\n" },
	/* the financial year this falls in ended in 2019, or in 2020 */
	{ "20008", "20150601000000Z", "", "crInvoiceNumber=L1",
	    "objectClass: crInvoice\ncrState: paid\n"
	    "crDate: 20190801000000Z\n" }
};

static char *
ldif_of_people(void)
{
	struct cr_text text = { 0 };

	for (size_t i = 0; i < COUNT(people); i++) {
		const char *number = people[i].number;

		cr_text_add(&text,
		    "dn: uid=c%s," CUSTOMERS "\n"
		    "objectClass: inetOrgPerson\nobjectClass: crCustomer\n"
		    "uid: c%s\ncn: Lähtenyt %s\nsn: Lähtenyt\n"
		    "crCustomerNumber: %s\ncrRelationshipEnded: %s\n%s\n",
		    number, number, number, number, people[i].ended,
		    people[i].more);
		if (people[i].below != NULL)
			cr_text_add(&text, "dn: %s,uid=c%s," CUSTOMERS
					   "\n%s\n",
			    people[i].below, number, people[i].lines);
	}
	return text.bytes;
}

static char *
ldif_of_many(unsigned count)
{
	struct cr_text text = { 0 };

	for (unsigned i = 0; i < count; i++)
		cr_text_add(&text,
		    "dn: uid=c3%04u," CUSTOMERS "\n"
		    "objectClass: inetOrgPerson\nobjectClass: crCustomer\n"
		    "uid: c3%04u\ncn: Lähtenyt %u\nsn: Lähtenyt\n"
		    "crCustomerNumber: 3%04u\n"
		    "crRelationshipEnded: 20150601000000Z\n\n",
		    i, i, i, i);
	return text.bytes;
}

static struct cr_server *server;

static void
start_with(const struct cr_setup *setup)
{
	/* lives as long as the server */
	struct cr_setup *copy = cr_keep(sizeof(*copy));

	*copy = *setup;
	server = cr_server_start(copy);
}

static void
start_people(void)
{
	start_with(&(struct cr_setup){ .bare = true,
	    .limits = "limits dn.exact=\"" REGISTRAR "\" size=unlimited",
	    .ldif = ldif_of_people() });
}

/* Who may read cn=config; the financial year ends in June. */
static void
start_june(void)
{
	start_with(&(struct cr_setup){ .bare = true,
	    .databases = "access to * by dn.exact=\"" REGISTRAR "\" read",
	    .custreg = "custreg-customers " CUSTOMERS
		       "\ncustreg-financialyearend 06-30",
	    .ldif = ldif_of_people() });
}

enum { MANY = 600 };

static struct cr_setup
many(void)
{
	return (struct cr_setup){ .bare = true,
		.limits = "limits dn.exact=\"" REGISTRAR "\" size=unlimited",
		.ldif = ldif_of_many(MANY) };
}

static void
start_many(void)
{
	const struct cr_setup setup = many();

	start_with(&setup);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static struct cr_said
bulk(const char *who, const char *one, const char *two, const char *three,
    const char *four)
{
	return CR_COMMAND("erase", "--all-expired", "-x", "-H", server->uri,
	    "-D", cr_conn_dn(who), "-w", "kokeilu", "-b", SUFFIX, one, two,
	    three, four);
}

static const char *
who_left(void)
{
	return cr_answer_uids(cr_look(cr_conn_open(server, "registrar"),
	    CUSTOMERS, ONE, "(crRelationshipEnded=*)", "uid"));
}

static void
expect_in(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no <%s> in\n%s", what,
	    text);
}

#define ALL_LEFT \
	"c20001 c20002 c20003 c20004 c20005 c20006 c20007 c20008"

START_TEST(not_for_others)
	{
		expect_said(bulk("aino", NULL, NULL, NULL, NULL), 6);
		expect_said(bulk("aino", "-n", NULL, NULL, NULL), 6);
		expect_said(bulk("dpo", NULL, NULL, NULL, NULL), 6);
		expect_said(bulk("c10001", NULL, NULL, NULL, NULL), 6);
		ck_assert_str_eq(who_left(), ALL_LEFT);
	}
END_TEST

START_TEST(dry_run_names_them)
	{
		struct cr_said said = bulk("dpo", "--dry-run", NULL, NULL,
		    NULL);

		expect_said(said, 0);
		expect_in(said.out, "uid=c20001," CUSTOMERS "\n");
		expect_in(said.out, "uid=c20002," CUSTOMERS "\n");
		expect_in(said.out, "uid=c20008," CUSTOMERS "\n");
		ck_assert_uint_eq(cr_times(said.out, "uid="), 3);
		expect_in(said.out, "ended: 8\n");
		expect_in(said.out, "         3  would be erased\n");
		expect_in(said.out, "         5  would be kept");
		expect_in(said.out, "12-31 (assumed");
		ck_assert_str_eq(who_left(), ALL_LEFT);
	}
END_TEST

/* c20008 is over by an earlier end of the year than that of the server. */
START_TEST(a_wrong_year_is_refused_by_the_server)
	{
		struct cr_said said = bulk("registrar", "--json", "-n", NULL,
		    NULL);

		expect_said(said, 0);
		expect_in(said.out, "\"yearEnd\":\"06-30\","
				    "\"yearEndFrom\":\"server\"");
		expect_in(said.out, "\"erased\":2,\"kept\":6,");
		said = bulk("registrar", "--json", "-n", "--year-end",
		    "12-31");
		expect_said(said, 4);
		expect_in(said.out, "\"erased\":2,\"kept\":5,\"refused\":1,");
		ck_assert_uint_eq(cr_times(said.out, "\"wouldRefuse\""), 1);
	}
END_TEST

START_TEST(all_and_nobody_else)
	{
		struct cr_said said = bulk("registrar", "--json", "--request",
		    "R-2026-9", NULL);
		struct cr_text log;

		expect_said(said, 0);
		ck_assert_uint_eq(cr_times(said.out, "\n"), 4);
		ck_assert_uint_eq(cr_times(said.out, "\"state\":\"erased\""),
		    3);
		ck_assert_uint_eq(cr_times(said.out, "\"logIndex\":"), 3);
		ck_assert_uint_eq(cr_times(said.out, "uid="), 0);
		expect_in(said.out,
		    "{\"summary\":{\"dryRun\":false,\"ended\":8,\"erased\":3,"
		    "\"kept\":5,\"refused\":0,\"gone\":0,\"failed\":0,"
		    "\"unknown\":0,\"left\":0,\"interrupted\":false,"
		    "\"stopped\":0,\"yearEnd\":\"12-31\","
		    "\"yearEndFrom\":\"default\"}}\n");
		ck_assert_str_eq(who_left(),
		    "c20003 c20004 c20005 c20006 c20007");
		ck_assert_str_eq(cr_answer_uids(cr_look(cr_conn_open(server,
							    "registrar"),
				     CUSTOMERS, ONE, "(uid=c10001)", "uid")),
		    "c10001");
		log = cr_server_readlog(server);
		expect_in(log.bytes, "ref=R-2026-9");
	}
END_TEST

START_TEST(again_is_nothing)
	{
		struct cr_said said = bulk("registrar", NULL, NULL, NULL,
		    NULL);

		expect_said(said, 0);
		expect_in(said.out, "         0  erased\n");
		expect_in(said.out, "         5  kept");
	}
END_TEST

/*
 * What closes the gap between reading and erasing: for ground a that answers
 * no request the server wants every period over.
 */
static int
one(const char *who, const char *dn, const char *ground, const char *request)
{
	return CR_COMMAND("erase", "-n", "-x", "-H", server->uri, "-D",
	    cr_conn_dn(who), "-w", "kokeilu", dn, "--ground", ground,
	    request != NULL ? "--request" : NULL, request).code;
}

START_TEST(unasked_only_when_every_period_is_over)
	{
		struct cr_said said;

		/* a customer still, a term that runs, and one for whom not */
		ck_assert_int_eq(one("registrar", C(10001), "a", NULL), 3);
		ck_assert_int_eq(one("registrar", C(20007), "a", NULL), 3);
		ck_assert_int_eq(one("registrar", C(20001), "a", NULL), 0);
		/* who asks is not kept by it */
		ck_assert_int_eq(one("registrar", C(10001), "a", "R-1"), 0);
		ck_assert_int_eq(one("registrar", C(10001), "b", NULL), 0);
		ck_assert_int_eq(one("c10001", C(10001), "a", NULL), 0);
		said = CR_COMMAND("erase", "-x", "-H", server->uri, "-D",
		    REGISTRAR, "-w", "kokeilu", "--ground", "a", C(10001));
		expect_said(said, 3);
		expect_in(said.out, "728/2003");
		/* that of a request is recorded like that of the control */
		expect_in(cr_server_readlog(server).bytes, "ref=R-1");
	}
END_TEST

static size_t
count_left(void)
{
	return cr_look(cr_conn_open(server, "registrar"), CUSTOMERS, ONE,
	    "(crRelationshipEnded=*)", "1.1")->entry_count;
}

/* Runs beside the test; its output comes through the pipe. */
static pid_t
begin(FILE **ret_out)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)dup2(ends[1], STDERR_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		execl(cr_conf_env("CR_CLIENT", "/build/custreg"), "custreg",
		    "erase", "--all-expired", "-x", "-H", server->uri, "-D",
		    REGISTRAR, "-w", "kokeilu", "-b", SUFFIX, "--json",
		    (char *)NULL);
		_exit(99);
	}
	(void)close(ends[1]);
	*ret_out = fdopen(ends[0], "r");
	return pid;
}

/* The lines of customers up to the last line, which is left in `line`. */
static size_t
read_all(FILE *out, char *line, size_t size)
{
	size_t erased = 0;
	char next[1000];

	while (fgets(next, sizeof(next), out) != NULL) {
		if (strstr(next, "\"state\":\"erased\"") != NULL)
			erased++;
		snprintf(line, size, "%s", next);
	}
	(void)fclose(out);
	return erased;
}

static int
exit_of(pid_t pid)
{
	int status = 0;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "ended by a signal");
	return WEXITSTATUS(status);
}

START_TEST(interrupted_and_told)
	{
		char line[1000] = "";
		FILE *out;
		pid_t pid = begin(&out);
		size_t erased;

		ck_assert_ptr_nonnull(fgets(line, sizeof(line), out));
		ck_assert_int_eq(kill(pid, SIGINT), 0);
		erased = 1 + read_all(out, line, sizeof(line));
		ck_assert_int_eq(exit_of(pid), 4);
		expect_in(line, "\"interrupted\":true");
		expect_in(line, cr_keep_text("\"erased\":%zu,", erased));
		ck_assert_uint_gt(MANY, erased);
		ck_assert_uint_eq(count_left(), MANY - erased);
	}
END_TEST

START_TEST(the_server_dies_and_it_is_repeated)
	{
		char line[1000] = "";
		const struct cr_setup setup = many();
		struct cr_said said;
		FILE *out;
		pid_t pid;
		int status;

		/* a child of this process, which ends it */
		server = cr_server_make(&setup);
		ck_assert(cr_server_launch(server, &status));
		pid = begin(&out);
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), out));
		ck_assert_int_eq(kill(server->pid, SIGKILL), 0);
		(void)read_all(out, line, sizeof(line));
		ck_assert_int_eq(exit_of(pid), 4);
		expect_in(line, "\"stopped\":-1");
		ck_assert(cr_server_ended(server, 10000, &status));
		ck_assert(cr_server_launch(server, &status));
		said = bulk("registrar", "--at-once", "3", NULL, NULL);
		expect_said(said, 0);
		ck_assert_uint_eq(count_left(), 0);
		cr_server_stop(server);
	}
END_TEST

START_TEST(usage)
	{
		expect_said(bulk("registrar", C(10001), NULL, NULL, NULL), 1);
		expect_said(bulk("registrar", "--partial", NULL, NULL, NULL),
		    1);
		expect_said(bulk("registrar", "--year-end", "13-01", NULL,
				NULL),
		    1);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "people", start_people, stop);

	tcase_add_test(tc, usage);
	tcase_add_test(tc, not_for_others);
	tcase_add_test(tc, dry_run_names_them);
	tcase_add_test(tc, unasked_only_when_every_period_is_over);
	tcase_add_test(tc, all_and_nobody_else);
	tcase_add_test(tc, again_is_nothing);
	tc = cr_suite_case(suite, "june", start_june, stop);
	tcase_add_test(tc, a_wrong_year_is_refused_by_the_server);
	tc = cr_suite_case(suite, "many", start_many, stop);
	tcase_add_test(tc, interrupted_and_told);
	tc = cr_suite_case(suite, "crash", NULL, NULL);
	tcase_add_test(tc, the_server_dies_and_it_is_repeated);
}

int
main(void)
{
	return cr_suite_run("erase_bulk", fill);
}
