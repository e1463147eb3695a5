/*
 * The read log as a database: who may ask, what each is told, and that asking
 * is on record itself.
 */
#include "harness_readlog.h"

#include <string.h>

static const struct cr_setup plain = { .customers = 10,
	.global = "loglevel none",
	.ldif = readlog_auditor,
	.later = READLOG };
static const struct cr_setup tree = { .customers = 10,
	.config_tree = true,
	.ldif = readlog_auditor,
	.later = READLOG "custreg-logregister " SUFFIX "\n" };
static const struct cr_setup waiting = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\ncustreg-logbarrier off",
	.ldif = readlog_auditor,
	.later = READLOG };
static const struct cr_setup showing = { .customers = 10,
	.ldif = readlog_auditor,
	.later = READLOG "custreg-logshowreaders on\n" };
static const struct cr_setup narrow = { .customers = 10,
	.ldif = readlog_auditor,
	.later = READLOG "access to attrs=crReadPeer by * none\n"
			 "access to filter=(crReadPurpose=billing) by * none\n"
			 "access to * by * read\n" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
start_tree(void)
{
	server = cr_server_start(&tree);
}

static void
start_waiting(void)
{
	server = cr_server_start(&waiting);
}

static void
start_showing(void)
{
	server = cr_server_start(&showing);
}

static void
start_narrow(void)
{
	server = cr_server_start(&narrow);
}

static void
stop(void)
{
	cr_server_stop(server);
}

/* A read that the test finds again by its reference. */
static size_t
read_marked(const char *who, const char *dn, enum cr_scope scope,
    const char *mark, const char *purpose)
{
	return readlog_read(server, who, dn, scope, mark, purpose);
}

static struct cr_answer *
ask(const char *who, const char *filter, const char *attrs)
{
	return readlog_ask(server, who, filter, attrs);
}

START_TEST(a_read_is_an_entry)
	{
		struct cr_answer *answer;
		const struct cr_entry *e;

		ck_assert_uint_eq(read_marked("mikko", C(10001), BASE, "T-1",
				      NULL),
		    1);
		answer = ask("dpo", MARKED("T-1"), NULL);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
		e = answer->entries;
		ck_assert(strncmp(e->dn, "crReadId=", 9) == 0);
		ck_assert(cr_entry_has(e, "objectClass", "crRead"));
		ck_assert(cr_entry_has(e, "crReadReader",
		    "uid=mikko," HANDLERS));
		ck_assert(cr_entry_has(e, "crReadSubject", UUID1));
		ck_assert(cr_entry_has(e, "crReadPurpose", "directMarketing"));
		ck_assert(cr_entry_has(e, "crReadType", "search"));
		ck_assert(cr_entry_has(e, "crReadScope", "base"));
		ck_assert(cr_entry_has(e, "crReadFilter", "(objectClass=*)"));
		ck_assert(cr_entry_has(e, "crReadClass", "crCustomer"));
		ck_assert(cr_entry_has(e, "crReadMechanism", "simple"));
		ck_assert(cr_entry_has(e, "crReadAttribute", "mail"));
		ck_assert_ptr_nonnull(cr_entry_attr(e, "crReadTime"));
		ck_assert_ptr_nonnull(cr_entry_attr(e, "crReadPeer"));
		ck_assert_ptr_nonnull(cr_entry_attr(e, "crReadConnection"));
		ck_assert_ptr_null(cr_entry_attr(e, "crReadSubjectDN"));
		ck_assert_ptr_null(cr_entry_attr(e, "crReadOnBehalfOf"));
		/* the end, in the same record or one of its own */
		answer = ask("dpo",
		    "(&(crReadReference=T-1)(crReadCount=1)(crReadResult=0))",
		    NULL);
		ck_assert_uint_eq(answer->entry_count, 1);
	}
END_TEST

/* Who is nobody here gets what a name that was never there gets. */
START_TEST(for_others_there_is_no_log)
	{
		static const char *const nobodies[] = { "aino", "mikko",
			"mailer", "phonebook", "crm", "leena", "olli", NULL };
		const struct cr_request requests[] = {
			{ .dn = LOG, .scope = BASE },
			{ .dn = LOG, .scope = SUB },
			{ .dn = LOG, .scope = ONE, .filter = "(crReadId=*)" },
			{ .dn = "crReadId=0.1," LOG },
			{ .kind = CR_COMPARE, .dn = "crReadId=0.1," LOG,
			    .attr = "crReadType", .value = "search" }
		};
		struct cr_request absent;

		for (size_t i = 0; i < COUNT(requests); i++) {
			struct cr_answer *log =
			    cr_ask_as(server, nobodies[_i], &requests[i]);

			absent = requests[i];
			absent.dn = i < 3 ? "cn=nosuch" :
			    "crReadId=0.1,cn=nosuch";
			expect_code(log, 32);
			cr_pair_compare(requests[i].dn, log,
			    cr_ask_as(server, nobodies[_i], &absent));
		}
	}
END_TEST

START_TEST(roles_read_all_of_it)
	{
		static const char *const roles[] = { "registrar", "dpo", "root",
			"auditor" };

		ck_assert_uint_eq(read_marked("aino", CUSTOMERS, ONE, "T-roles",
				      NULL),
		    9);
		for (size_t i = 0; i < COUNT(roles); i++) {
			struct cr_answer *answer =
			    ask(cr_conn_dn(roles[i]), MARKED("T-roles"), NULL);

			expect_code(answer, 0);
			ck_assert_uint_eq(answer->entry_count, 9);
		}
	}
END_TEST

/* A service is what the person is for whom it acts. */
START_TEST(through_a_service)
	{
		static const struct {
			const char *whom;
			int code;
		} rows[] = { { "aino", 32 }, { "mikko", 32 } };

		for (size_t i = 0; i < COUNT(rows); i++) {
			const struct cr_request request = { .dn = LOG,
				.scope = ONE,
				.controls = { { .kind = CTL_PROXY,
				    .arg = cr_keep_text("dn:%s",
					cr_conn_dn(rows[i].whom)) } } };

			expect_code(cr_ask_as(server, "crm", &request),
			    rows[i].code);
		}
	}
END_TEST

START_TEST(customer_finds_their_own)
	{
		struct cr_answer *answer;
		const struct cr_entry *e;
		size_t own;

		ck_assert_uint_eq(read_marked("mikko", CUSTOMERS, ONE, "T-own",
				      NULL),
		    7);
		own = ask("dpo", "(&(crReadReference=T-own)(crReadSubject="
			  UUID1 "))", NULL)->entry_count;
		ck_assert_uint_eq(own, 1);
		/* everything, which is theirs alone */
		answer = ask("c10001", "(crReadPurpose=directMarketing)", NULL);
		expect_code(answer, 0);
		ck_assert_uint_ge(answer->entry_count, 1);
		for (e = answer->entries; e != NULL; e = e->next) {
			ck_assert(cr_entry_has(e, "crReadSubject", UUID1));
			ck_assert_ptr_nonnull(cr_entry_attr(e, "crReadTime"));
			ck_assert_ptr_nonnull(
			    cr_entry_attr(e, "crReadAttribute"));
			ck_assert_ptr_null(cr_entry_attr(e, "crReadReader"));
			ck_assert_ptr_null(cr_entry_attr(e, "crReadPeer"));
			ck_assert_ptr_null(cr_entry_attr(e, "crReadFilter"));
			ck_assert_ptr_null(cr_entry_attr(e, "crReadCount"));
			ck_assert_ptr_null(
			    cr_entry_attr(e, "crReadReference"));
			ck_assert_ptr_null(
			    cr_entry_attr(e, "crReadConnection"));
		}
		/* nor do filters tell */
		ck_assert_uint_eq(ask("c10001", MARKED("T-own"), NULL)
				      ->entry_count,
		    0);
		ck_assert_uint_eq(ask("c10001",
				      "(crReadReader=uid=mikko," HANDLERS ")",
				      NULL)->entry_count,
		    0);
		ck_assert_uint_eq(ask("c10001",
				      "(crReadSubject=" UUID3 ")", NULL)
				      ->entry_count,
		    0);
		ck_assert_uint_eq(ask("c10001",
				      "(|(crReadSubject=" UUID3 ")"
				      "(!(crReadSubject=" UUID1 ")))", NULL)
				      ->entry_count,
		    0);
	}
END_TEST

/* The record of one entry of a list does not lead to its neighbour's. */
START_TEST(customer_cannot_name_the_next)
	{
		struct cr_answer *all;

		(void)read_marked("mikko", CUSTOMERS, ONE, "T-next", NULL);
		all = ask("dpo", MARKED("T-next"), NULL);
		ck_assert_uint_eq(all->entry_count, 7);
		for (const struct cr_entry *e = all->entries; e != NULL;
		     e = e->next) {
			const struct cr_request request = { .dn = e->dn };
			bool own = cr_entry_has(e, "crReadSubject", UUID1);
			struct cr_answer *answer =
			    cr_ask_as(server, "c10001", &request);

			expect_code(answer, own ? 0 : 32);
			ck_assert_uint_eq(answer->entry_count, own);
		}
	}
END_TEST

START_TEST(what_customers_did_themselves)
	{
		struct cr_answer *answer;

		ck_assert_uint_eq(read_marked("c10003", C(10003), BASE, "T-self",
				      NULL),
		    1);
		answer = ask("dpo", "(&(crReadReference=T-self)"
			     "(crReadReader=entryUUID=" UUID3 "))", NULL);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert(cr_entry_has(answer->entries, "crReadReader",
		    "entryUUID=" UUID3));
		answer = ask("c10003", MARKED("T-self"), NULL);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert(cr_entry_has(answer->entries, "crReadReader",
		    "entryUUID=" UUID3));
		ck_assert_ptr_nonnull(
		    cr_entry_attr(answer->entries, "crReadPeer"));
	}
END_TEST

START_TEST(readers_shown_to_customers)
	{
		struct cr_answer *answer;

		(void)read_marked("mikko", C(10001), BASE, "T-shown", NULL);
		answer = ask("c10001", "(crReadReader=uid=mikko," HANDLERS ")",
		    NULL);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert_ptr_null(
		    cr_entry_attr(answer->entries, "crReadPeer"));
	}
END_TEST

/* c10002 is hidden from who reads as an advertiser, whatever their role. */
START_TEST(names_of_the_visible)
	{
		const char *auditor = cr_conn_dn("auditor");
		struct cr_answer *answer;

		(void)read_marked("aino", C(10001), BASE, "T-name", NULL);
		(void)read_marked("aino", C(10002), BASE, "T-name", NULL);
		answer = ask("dpo", MARKED("T-name"), "* crReadSubjectDN");
		ck_assert_uint_eq(answer->entry_count, 2);
		ck_assert(cr_entry_has(answer->entries, "crReadSubjectDN",
		    C(10001)));
		ck_assert(cr_entry_has(answer->last_entry, "crReadSubjectDN",
		    C(10002)));
		answer = ask(auditor, MARKED("T-name"), "* crReadSubjectDN");
		ck_assert_uint_eq(answer->entry_count, 2);
		ck_assert(cr_entry_has(answer->entries, "crReadSubjectDN",
		    C(10001)));
		ck_assert(cr_entry_has(answer->last_entry, "crReadSubject",
		    UUID2));
		ck_assert_ptr_null(cr_entry_attr(answer->last_entry,
		    "crReadSubjectDN"));
#define NAMED(who, filter)                                              \
	ask((who), "(&" MARKED("T-name") filter ")", NULL)->entry_count
		ck_assert_uint_eq(NAMED("dpo", "(crReadSubjectDN=" C(10002) ")"),
		    1);
		ck_assert_uint_eq(NAMED(auditor,
				      "(crReadSubjectDN=" C(10002) ")"),
		    0);
		/* a filter is no wish to be told */
		answer = ask("dpo", "(&(crReadReference=T-name)"
			     "(crReadSubjectDN=" C(10002) "))", NULL);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert_ptr_null(cr_entry_attr(answer->entries,
		    "crReadSubjectDN"));
		ck_assert_uint_eq(NAMED(auditor, "(crReadSubjectDN=*)"), 1);
		ck_assert_uint_eq(NAMED(auditor, "(!(crReadSubjectDN=*))"), 1);
		ck_assert_uint_eq(NAMED(auditor,
				      "(crReadSubjectDN:dnSubtreeMatch:="
				      CUSTOMERS ")"),
		    1);
	}
END_TEST

START_TEST(asking_is_on_record)
	{
		struct cr_text log;
		size_t from;

		(void)read_marked("mikko", CUSTOMERS, ONE, "T-rec", NULL);
		from = cr_server_readlog(server).len;
		ck_assert_uint_eq(ask("dpo", MARKED("T-rec"), NULL)
				      ->entry_count,
		    7);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, from, "type=readlog",
				      "event=readlog"),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, from, "who=uid=dpo",
				      "scope=one filter=(&(crReadReference=)"
				      "(crReadSubject=*))"),
		    1);
		/* the list's own end may come late */
		ck_assert_uint_ge(readlog_lines(&log, from, "end ",
				      "result=0 count=7"),
		    1);
		ck_assert_uint_eq(readlog_lines(&log, from, "uuid=", "="), 0);

		/* about one customer: that one can see it */
		from = log.len;
		ck_assert_uint_eq(ask("dpo", "(&(crReadReference=T-rec)"
				      "(crReadSubject=" UUID1 "))", NULL)
				      ->entry_count,
		    1);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, from, "uuid=" UUID1,
				      "event=readlog"),
		    1);
		ck_assert_uint_ge(ask("c10001", "(crReadType=readlog)", NULL)
				      ->entry_count,
		    1);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, from, "who=uuid:" UUID1,
				      "event=readlog"),
		    1);

		/* nothing found, nothing to record */
		from = log.len;
		ck_assert_uint_eq(ask("dpo", MARKED("T-nosuch"), NULL)
				      ->entry_count,
		    0);
		ck_assert_uint_eq(cr_server_readlog(server).len, from);
	}
END_TEST

START_TEST(a_long_answer)
	{
		enum { LISTS = 60 };
		struct cr_conn *conn = cr_conn_open(server, "aino");
		struct cr_conn *dpo = cr_conn_open(server, "dpo");
		const struct cr_request list = { .dn = CUSTOMERS, .scope = ONE,
			.controls = { { .kind = CTL_REFERENCE,
			    .arg = "T-long" } } };
		int64_t deadline;
		struct cr_answer *answer;
		struct cr_text log;
		size_t from;

		for (int i = 0; i < LISTS; i++)
			ck_assert_uint_eq(cr_ask(conn, &list)->entry_count, 9);
		from = cr_server_readlog(server).len;
		answer = cr_look(dpo, LOG, ONE, MARKED("T-long"), NULL);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, LISTS * 9);
		deadline = cr_suite_now() + 1000 * cr_suite_seconds(10);
		/* one before the first entry; nothing waits for that of the end */
		do
			log = cr_server_readlog(server);
		while (readlog_lines(&log, from, "type=readlog",
			   "event=readlog") < 2 &&
		    cr_suite_again(deadline));
		ck_assert_uint_eq(readlog_lines(&log, from, "type=readlog",
				      "event=readlog"),
		    2);
		ck_assert_uint_eq(readlog_lines(&log, from, "end ",
				      "result=0 count=540"),
		    1);
	}
END_TEST

START_TEST(nobody_writes)
	{
		static const char *const who[] = { "root", "registrar", "dpo",
			"c10001", "aino" };
		const struct cr_request requests[] = {
			{ .kind = CR_ADD, .dn = "crReadId=7.7," LOG,
			    .lines = { "objectClass: crRead",
				"crReadId: 7.7",
				"crReadTime: 20260101000000Z" } },
			{ .kind = CR_MODIFY, .dn = "crReadId=0.1," LOG,
			    .lines = { "=crReadType: search" } },
			{ .kind = CR_MODIFY, .dn = LOG,
			    .lines = { "+description: x" } },
			{ .kind = CR_MODRDN, .dn = "crReadId=0.1," LOG,
			    .rdn = "crReadId=1.1" },
			{ .kind = CR_DELETE, .dn = "crReadId=0.1," LOG },
			{ .kind = CR_DELETE, .dn = LOG }
		};

		for (size_t i = 0; i < COUNT(requests); i++)
			expect_code(cr_ask_as(server, who[_i], &requests[i]),
			    53);
	}
END_TEST

/* slapd's own rules take away, and add nothing. */
START_TEST(access_rules_on_top)
	{
		struct cr_answer *answer;

		(void)read_marked("aino", C(10001), BASE, "T-acl", NULL);
		(void)read_marked("aino", C(10001), BASE, "T-acl", "billing");
		answer = ask("dpo", MARKED("T-acl"), NULL);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert(cr_entry_has(answer->entries, "crReadPurpose",
		    "customerCare"));
		ck_assert_ptr_null(
		    cr_entry_attr(answer->entries, "crReadPeer"));
		answer = ask("dpo",
		    "(&(crReadReference=T-acl)(crReadPeer=*))", NULL);
		ck_assert_uint_eq(answer->entry_count, 0);
		expect_code(ask("aino", MARKED("T-acl"), NULL), 32);
	}
END_TEST

/* Settings of a running server. */
START_TEST(settings_live)
	{
		struct cr_conn *config = cr_conn_open(server, "config");
		struct cr_answer *answer =
		    cr_look(config, "cn=config", SUB,
			"(objectClass=olcCustregLogConfig)", NULL);
		const char *dn;

		ck_assert_uint_eq(answer->entry_count, 1);
		dn = answer->entries->dn;
		ck_assert(cr_entry_has(answer->entries, "olcCrLogRegister",
		    SUFFIX));
		(void)read_marked("mikko", C(10001), BASE, "T-live", NULL);
#define TO_CUSTOMER                                                     \
	ask("c10001", "(crReadReader=uid=mikko," HANDLERS ")", NULL)    \
	    ->entry_count
		ck_assert_uint_eq(TO_CUSTOMER, 0);
		ck_assert_int_eq(cr_change(config, dn,
				     "+olcCrLogShowReaders: TRUE", NULL),
		    0);
		ck_assert_uint_ge(TO_CUSTOMER, 1);
		ck_assert_int_eq(cr_change(config, dn,
				     "-olcCrLogShowReaders", NULL),
		    0);
		ck_assert_uint_eq(TO_CUSTOMER, 0);
		/* a register that is none */
		ck_assert_int_eq(cr_change(config, dn,
				     "=olcCrLogRegister: dc=other", NULL),
		    0);
		expect_code(ask("dpo", MARKED("T-live"), NULL), 32);
		ck_assert_int_eq(cr_change(config, dn, "-olcCrLogRegister",
				     NULL),
		    0);
		ck_assert_uint_eq(ask("dpo", MARKED("T-live"), NULL)
				      ->entry_count,
		    1);
	}
END_TEST

START_TEST(added_and_found_again)
	{
		struct cr_server *shared = server;
		struct cr_conn *config;
		const struct cr_request add = { .kind = CR_ADD,
			.dn = "olcDatabase=custreglog,cn=config",
			.lines = { "objectClass: olcDatabaseConfig",
			    "objectClass: olcCustregLogConfig",
			    "olcDatabase: custreglog",
			    "olcSuffix: cn=second",
			    "olcCrLogShowReaders: TRUE" } };

		server = cr_server_start(&tree);
		config = cr_conn_open(server, "config");
		expect_code(cr_ask(config, &add), 0);
		cr_conn_close(config);
		(void)read_marked("mikko", C(10001), BASE, "T-again", NULL);
		cr_server_restart(server);
		ck_assert_uint_eq(cr_look(cr_conn_open(server, "dpo"),
				      "cn=second", ONE, MARKED("T-again"), NULL)
				      ->entry_count,
		    1);
		ck_assert_uint_eq(ask("dpo", MARKED("T-again"), NULL)
				      ->entry_count,
		    1);
		cr_server_stop(server);
		server = shared;
	}
END_TEST

static void
add_core(TCase *tc)
{
	tcase_add_test(tc, a_read_is_an_entry);
	tcase_add_test(tc, asking_is_on_record);
	tcase_add_test(tc, a_long_answer);
}

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "plain", start, stop);

	add_core(tc);
	tcase_add_loop_test(tc, for_others_there_is_no_log, 0, 8);
	tcase_add_test(tc, roles_read_all_of_it);
	tcase_add_test(tc, through_a_service);
	tcase_add_test(tc, customer_finds_their_own);
	tcase_add_test(tc, customer_cannot_name_the_next);
	tcase_add_test(tc, what_customers_did_themselves);
	tcase_add_test(tc, names_of_the_visible);
	tcase_add_loop_test(tc, nobody_writes, 0, 5);

	tc = cr_suite_case(suite, "without the barrier", start_waiting, stop);
	add_core(tc);

	tc = cr_suite_case(suite, "readers shown", start_showing, stop);
	tcase_add_test(tc, readers_shown_to_customers);
	tcase_add_test(tc, customer_cannot_name_the_next);

	tc = cr_suite_case(suite, "access rules", start_narrow, stop);
	tcase_add_test(tc, access_rules_on_top);

	tc = cr_suite_case(suite, "config tree", start_tree, stop);
	add_core(tc);
	tcase_add_test(tc, settings_live);
	tcase_add_test(tc, added_and_found_again);
}

int
main(void)
{
	return cr_suite_run("readlog", fill);
}
