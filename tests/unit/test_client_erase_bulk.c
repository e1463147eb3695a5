/* custreg erase --all-expired and --verify: arguments and decisions. */
#include "unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../client/erase_bulk.h"
#include "../../client/erase_verify.h"
#include "core/clock.h"
#include "unit/complaint.h"

#define UUID "5b1f833a-0c4d-4e6f-9a27-61d07eb248c1"

enum { WORDS = 10 };

/* getopt moves the words. */
static int
parse(const char *const given[], struct cr_erase_options *options)
{
	static char text[WORDS][160];
	static char *argv[WORDS + 1];
	int argc = 1;

	strcpy(text[0], "erase");
	for (; given[argc - 1] != NULL; argc++)
		strcpy(text[argc], given[argc - 1]);
	for (int i = 0; i < argc; i++)
		argv[i] = text[i];
	argv[argc] = NULL;
	return cr_erase_parse(options, argc, argv);
}

static const struct {
	const char *words[WORDS];
	const char *complaint;
} bad[] = {
	{ { "--all" }, "--all: no such option" },
	{ { "--all-expire" }, "--all-expire: no such option" },
	{ { "--ver", "--server", "ldap://a", UUID }, "--ver: no such option" },
	{ { "--all-expired", "--verify" }, "--all-expired does not go" },
	{ { "--all-expired", UUID }, UUID ": not expected" },
	{ { "--all-expired", "--partial" }, "--partial: not with --all" },
	{ { "--all-expired", "--ground", "a" }, "--ground: not with --all" },
	{ { "--all-expired", "--server", "ldap://a" },
	    "--server: not with --all" },
	{ { "--all-expired", "--year-end", "02-30" },
	    "--year-end 02-30: not a day" },
	{ { "--all-expired", "--at-once", "0" }, "--at-once 0: not a number" },
	{ { "--all-expired", "--at-once", "65" },
	    "--at-once 65: not a number" },
	{ { "--verify", UUID }, "--verify: which servers?" },
	{ { "--verify", "--server", "ldap://a" }, "who is to be erased?" },
	{ { "--verify", "--server", "ldap://a", "-n", UUID },
	    "--dry-run: not with --verify" },
	{ { "--verify", "--server", "ldap://a", "-H", "ldap://b", UUID },
	    "-H: not with --verify" },
	{ { "--verify", "--server", "ldap://a", "--at-once", "2", UUID },
	    "--at-once: not with --verify" },
	{ { "-b", "dc=fi", UUID }, "-b: not with one customer" },
	{ { "--server", "ldap://a", UUID }, "--server: not with one" }
};

START_TEST(bad_arguments_are_told)
{
	struct cr_erase_options options;
	char *said;
	int rc;

	complaint_begin();
	rc = parse(bad[_i].words, &options);
	said = complaint_end();
	ck_assert_int_eq(rc, CR_ESYNTAX);
	ck_assert_msg(strstr(said, bad[_i].complaint) != NULL, "%s", said);
	cr_connect_options_clear(&options.connect);
	free(said);
}
END_TEST

/* Nobody asked: no reference in the request; what ordered it is recorded. */
START_TEST(bulk_asks_for_ground_a_without_a_reference)
{
	static const char *const given[] = { "--all-expired", "-n", "-b",
		"dc=fi", "--request", "R-7", "--year-end", "06-30", NULL };
	struct cr_erase_options options;
	const LDAPControl *control;

	ck_assert_int_eq(parse(given, &options), CR_OK);
	ck_assert_int_eq(options.verb, CR_ERASE_ALL_EXPIRED);
	ck_assert_int_eq(options.request.by, CR_ERASE_BY_UUID);
	ck_assert_int_eq(options.request.ground, CR_ERASE_GROUND_A);
	ck_assert_uint_eq(options.request.reference.len, 0);
	ck_assert_uint_eq(options.request.flags, CR_ERASE_DRY_RUN);
	ck_assert_str_eq(options.base, "dc=fi");
	ck_assert_int_eq(options.year_end.month, 6);
	ck_assert_uint_eq(options.at_once, CR_BULK_AT_ONCE);
	ck_assert_uint_eq(options.connect.controls.count, 1);
	control = options.connect.controls.list[0];
	ck_assert_int_ne(control->ldctl_iscritical, 0);
	ck_assert_uint_eq(control->ldctl_value.bv_len, 3);
	ck_assert_mem_eq(control->ldctl_value.bv_val, "R-7", 3);
	cr_connect_options_clear(&options.connect);
}
END_TEST

START_TEST(verify_takes_servers)
{
	static const char *const given[] = { "--verify", "--server",
		"ldap://a", "--server", "ldap://b", "--json", UUID, NULL };
	struct cr_erase_options options;

	ck_assert_int_eq(parse(given, &options), CR_OK);
	ck_assert_int_eq(options.verb, CR_ERASE_VERIFY);
	ck_assert_uint_eq(options.server_count, 2);
	ck_assert_str_eq(options.servers[1], "ldap://b");
	ck_assert(options.json);
	cr_connect_options_clear(&options.connect);
}
END_TEST

/* ---- whose time is over -------------------------------------------------- */

struct line {
	const char *name;
	const char *value;
};

static struct cr_plan *plan;
static const char *now_text = "20261123120000Z";

static int64_t
now(void)
{
	int64_t time;

	ck_assert_int_eq(cr_time_parse(cr_slice_of(now_text), &time), CR_OK);
	return time;
}

static int
add_to_plan(void *arg, const struct cr_entry *entry)
{
	*(int *)arg = cr_bulk_add(plan, entry);
	return LDAP_SUCCESS;
}

static int
ask_whether(void *arg, const struct cr_entry *entry)
{
	const struct cr_retention retention =
	    cr_retention_shipped(CR_YEAR_END_DEFAULT);

	*(bool *)arg = cr_bulk_may_be_over(&retention, entry, now());
	return LDAP_SUCCESS;
}

static void
give(const char *dn, const struct line *lines, cr_entry_fn *fn, void *arg)
{
	struct cr_entry_buffer buffer = { 0 };

	for (; lines->name != NULL; lines++) {
		ck_assert_int_eq(cr_entry_buffer_attr(&buffer,
		    cr_slice_of(lines->name)), CR_OK);
		ck_assert_int_eq(cr_entry_buffer_value(&buffer,
		    cr_slice_of(lines->value)), CR_OK);
	}
	ck_assert_int_eq(cr_entry_buffer_give(&buffer, cr_slice_of(dn), fn,
	    arg), LDAP_SUCCESS);
	cr_entry_buffer_clear(&buffer);
}

static const struct {
	struct line customer[6];
	struct line below[6];	/* none: nothing is below */
	bool may;		/* as the customer's entry has it */
	bool over;
} lives[] = {
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20231122120000Z" } },
	    { { NULL, NULL } }, true, true },
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20231124120000Z" } },
	    { { NULL, NULL } }, false, false },
	/* a customer still */
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID } },
	    { { NULL, NULL } }, false, false },
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20150101000000Z" },
	    { "crHold", "claim open riita" } },
	    { { NULL, NULL } }, false, false },
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20150101000000Z" } },
	    { { "objectClass", "crInvoice" }, { "entryUUID", UUID },
	    { "crState", "paid" }, { "crDate", "20191231000000Z" } },
	    true, true },
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20150101000000Z" } },
	    { { "objectClass", "crInvoice" }, { "entryUUID", UUID },
	    { "crState", "paid" }, { "crDate", "20200101000000Z" } },
	    true, false },
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20150101000000Z" } },
	    { { "objectClass", "crInvoice" }, { "entryUUID", UUID },
	    { "crState", "open" }, { "crDate", "20100101000000Z" } },
	    true, false },
	/* a class that is made from one of ours is that one */
	{ { { "objectClass", "crCustomer" }, { "entryUUID", UUID },
	    { "crRelationshipEnded", "20150101000000Z" } },
	    { { "objectClass", "special" }, { "objectClass", "crRequest" },
	    { "entryUUID", UUID }, { "crReceived", "20260101000000Z" } },
	    true, false }
};

START_TEST(only_whose_time_is_over)
{
	const struct cr_retention retention =
	    cr_retention_shipped(CR_YEAR_END_DEFAULT);
	bool may = false, over = true;
	int rc = CR_EINTERNAL;

	give("uid=c1,dc=fi", lives[_i].customer, ask_whether, &may);
	ck_assert_int_eq(may, lives[_i].may);
	ck_assert_int_eq(cr_plan_new(&retention, cr_slice_of("uid=c1,dc=fi"),
	    CR_PLAN_EXPIRED, now(), &plan), CR_OK);
	give("uid=c1,dc=fi", lives[_i].customer, add_to_plan, &rc);
	ck_assert_int_eq(rc, CR_OK);
	if (lives[_i].below[0].name != NULL)
		give("cn=x,uid=c1,dc=fi", lives[_i].below, add_to_plan, &rc);
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_int_eq(cr_bulk_is_expired(plan, &over), CR_OK);
	ck_assert_int_eq(over, lives[_i].over);
	cr_plan_free(&plan);
}
END_TEST

START_TEST(without_a_number_nobody_is_erased)
{
	static const struct line lines[] = { { "objectClass", "crCustomer" },
		{ "crRelationshipEnded", "20150101000000Z" },
		{ NULL, NULL } };
	bool may = true;

	give("uid=c1,dc=fi", lines, ask_whether, &may);
	ck_assert(!may);
}
END_TEST

/* ---- what came of it ----------------------------------------------------- */

static const struct {
	struct cr_bulk_tally tally;
	enum cr_exit exit;
} ends[] = {
	{ { .stopped = 0 }, CR_EXIT_DONE },
	{ { .fates = { [CR_BULK_ERASED] = 9, [CR_BULK_KEPT] = 9,
	    [CR_BULK_GONE] = 1 } }, CR_EXIT_DONE },
	{ { .fates = { [CR_BULK_ERASED] = 9, [CR_BULK_REFUSED] = 1 } },
	    CR_EXIT_PARTLY },
	{ { .fates = { [CR_BULK_REFUSED] = 1 } }, CR_EXIT_REFUSED },
	{ { .fates = { [CR_BULK_FAILED] = 1 } }, CR_EXIT_PARTLY },
	{ { .fates = { [CR_BULK_UNKNOWN] = 1 } }, CR_EXIT_PARTLY },
	{ { .fates = { [CR_BULK_LEFT] = 1 } }, CR_EXIT_PARTLY },
	{ { .interrupted = true }, CR_EXIT_PARTLY },
	{ { .fates = { [CR_BULK_ERASED] = 1 },
	    .stopped = LDAP_SERVER_DOWN }, CR_EXIT_PARTLY },
	{ { .fates = { [CR_BULK_UNKNOWN] = 1 },
	    .stopped = LDAP_SERVER_DOWN }, CR_EXIT_PARTLY },
	{ { .fates = { [CR_BULK_KEPT] = 5 }, .stopped = LDAP_SERVER_DOWN },
	    CR_EXIT_UNAVAILABLE },
	{ { .fates = { [CR_BULK_FAILED] = 1 },
	    .stopped = LDAP_UNAVAILABLE }, CR_EXIT_UNAVAILABLE },
	{ { .stopped = LDAP_SIZELIMIT_EXCEEDED }, CR_EXIT_NOT_ALLOWED }
};

START_TEST(exit_codes)
{
	ck_assert_int_eq(cr_bulk_exit(&ends[_i].tally), ends[_i].exit);
}
END_TEST

START_TEST(what_ends_all)
{
	static const int goes_on[] = { LDAP_SUCCESS, LDAP_NO_SUCH_OBJECT,
		LDAP_BUSY, LDAP_UNWILLING_TO_PERFORM, LDAP_OTHER };
	static const int is_over[] = { LDAP_SERVER_DOWN, LDAP_UNAVAILABLE,
		LDAP_INSUFFICIENT_ACCESS, LDAP_REFERRAL, LDAP_NO_MEMORY,
		LDAP_PROTOCOL_ERROR, LDAP_UNAVAILABLE_CRITICAL_EXTENSION };

	for (size_t i = 0; i < sizeof(goes_on) / sizeof(goes_on[0]); i++)
		ck_assert(!cr_bulk_ends_all(goes_on[i]));
	for (size_t i = 0; i < sizeof(is_over) / sizeof(is_over[0]); i++)
		ck_assert(cr_bulk_ends_all(is_over[i]));
}
END_TEST

static const struct {
	bool is_dry;
	int code;
	enum cr_erase_state state;	/* 0: no value */
	enum cr_bulk_fate fate;
} answers[] = {
	{ false, LDAP_SUCCESS, CR_ERASE_ERASED, CR_BULK_ERASED },
	{ false, LDAP_UNWILLING_TO_PERFORM, CR_ERASE_REFUSED,
	    CR_BULK_REFUSED },
	{ true, LDAP_SUCCESS, CR_ERASE_WOULD_ERASE, CR_BULK_ERASED },
	{ true, LDAP_SUCCESS, CR_ERASE_WOULD_REFUSE, CR_BULK_REFUSED },
	{ false, LDAP_NO_SUCH_OBJECT, CR_ERASE_NO_STATE, CR_BULK_GONE },
	{ false, LDAP_UNWILLING_TO_PERFORM, CR_ERASE_NO_STATE,
	    CR_BULK_FAILED },
	/* what cannot be relied on was not done */
	{ false, LDAP_SUCCESS, CR_ERASE_NO_STATE, CR_BULK_FAILED },
	{ false, LDAP_SUCCESS, CR_ERASE_WOULD_ERASE, CR_BULK_FAILED },
	{ true, LDAP_SUCCESS, CR_ERASE_ERASED, CR_BULK_FAILED },
	{ false, LDAP_SUCCESS, CR_ERASE_PARTLY, CR_BULK_FAILED },
	{ false, LDAP_OTHER, CR_ERASE_ERASED, CR_BULK_FAILED }
};

START_TEST(answers_have_fates)
{
	struct cr_erase_withheld kept = {
		.what = CR_SLICE_LITERAL("crInvoice"),
		.reason = CR_ERASE_STATUTE };
	struct cr_erase_response response = { .state = answers[_i].state };
	struct cr_erase_answer answer = { .code = answers[_i].code };
	struct cr_erase_response decoded;
	unsigned char *value = NULL;
	struct berval bv;
	size_t len = 0;

	if (answers[_i].state != CR_ERASE_NO_STATE) {
		if (answers[_i].state != CR_ERASE_ERASED &&
		    answers[_i].state != CR_ERASE_WOULD_ERASE) {
			response.withheld = &kept;
			response.withheld_count = 1;
		}
		ck_assert_int_eq(cr_erase_response_encode(&response, &value,
		    &len), CR_OK);
		bv = (struct berval){ len, (char *)value };
		answer.value = &bv;
	}
	ck_assert_int_eq(cr_bulk_fate_of(answers[_i].is_dry, &answer,
	    &decoded), answers[_i].fate);
	cr_erase_response_clear(&decoded);
	free(value);
}
END_TEST

/* ---- what is left, on which server --------------------------------------- */

#define GONE .connected = true, .code = LDAP_NO_SUCH_OBJECT
#define ORDER(is) .order = CR_LOOK_FOUND, .ordered = { .state = (is) }

static const struct {
	struct cr_verify_facts facts;
	enum cr_verify_state state;
} found[] = {
	{ { .connected = false }, CR_VERIFY_UNREACHABLE },
	{ { GONE }, CR_VERIFY_CLEAN },
	{ { GONE, ORDER(CR_ERASURE_DONE) }, CR_VERIFY_CLEAN },
	{ { GONE, ORDER(CR_ERASURE_COMPACTING) }, CR_VERIFY_CLEAN },
	{ { GONE, ORDER(CR_ERASURE_ORDERED) }, CR_VERIFY_UNDER_WAY },
	{ { GONE, ORDER(CR_ERASURE_SUPPRESSED) }, CR_VERIFY_UNDER_WAY },
	{ { GONE, ORDER(CR_ERASURE_WAITING) }, CR_VERIFY_UNDER_WAY },
	/* who may not see the order still sees that nobody is there */
	{ { GONE, .order = CR_LOOK_FAILED }, CR_VERIFY_CLEAN },
	{ { GONE, .references = CR_LOOK_NOTHING }, CR_VERIFY_CLEAN },
	{ { GONE, .references = CR_LOOK_FOUND, .reference_count = 1 },
	    CR_VERIFY_LEFT },
	{ { GONE, .references = CR_LOOK_FAILED }, CR_VERIFY_UNKNOWN },
	{ { .connected = true, .has_entries = true }, CR_VERIFY_LEFT },
	{ { .connected = true, .has_entries = true,
	    ORDER(CR_ERASURE_DONE) }, CR_VERIFY_LEFT },
	{ { .connected = true, .code = LDAP_SUCCESS }, CR_VERIFY_UNKNOWN },
	{ { .connected = true, .code = LDAP_INSUFFICIENT_ACCESS },
	    CR_VERIFY_UNKNOWN },
	{ { .connected = true, .code = LDAP_PROTOCOL_ERROR },
	    CR_VERIFY_UNKNOWN },
	{ { .connected = true, .code = LDAP_SERVER_DOWN },
	    CR_VERIFY_UNREACHABLE },
	{ { .connected = true, .code = LDAP_TIMEOUT },
	    CR_VERIFY_UNREACHABLE }
};

START_TEST(facts_make_a_state)
{
	ck_assert_int_eq(cr_verify_state_of(&found[_i].facts),
	    found[_i].state);
}
END_TEST

static const struct cr_verify_facts clean = { GONE };
static const struct cr_verify_facts down = { .connected = false };
static const struct cr_verify_facts left = { .connected = true,
	.has_entries = true };
static const struct cr_verify_facts forbidden = { .connected = true,
	.code = LDAP_INSUFFICIENT_ACCESS };

static const struct {
	const struct cr_verify_facts *facts[2];
	enum cr_exit exit;
} exits[] = {
	{ { &clean, &clean }, CR_EXIT_DONE },
	{ { &clean, &down }, CR_EXIT_PARTLY },
	{ { &down, &left }, CR_EXIT_FAILED },
	{ { &left, &clean }, CR_EXIT_FAILED },
	{ { &down, &down }, CR_EXIT_CONNECT },
	{ { &forbidden, &forbidden }, CR_EXIT_NOT_ALLOWED },
	{ { &forbidden, &clean }, CR_EXIT_PARTLY },
	{ { &forbidden, &down }, CR_EXIT_PARTLY }
};

START_TEST(servers_make_an_exit_code)
{
	struct cr_verify_server servers[2] = { 0 };

	for (size_t i = 0; i < 2; i++)
		servers[i].facts = *exits[_i].facts[i];
	ck_assert_int_eq(cr_verify_exit(servers, 2), exits[_i].exit);
}
END_TEST

#define LOOP(table, test) \
	tcase_add_loop_test(tc, test, 0, \
	    (int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("client erase bulk");
	TCase *tc = tcase_create("client erase bulk");

	LOOP(bad, bad_arguments_are_told);
	tcase_add_test(tc, bulk_asks_for_ground_a_without_a_reference);
	tcase_add_test(tc, verify_takes_servers);
	LOOP(lives, only_whose_time_is_over);
	tcase_add_test(tc, without_a_number_nobody_is_erased);
	LOOP(ends, exit_codes);
	tcase_add_test(tc, what_ends_all);
	LOOP(answers, answers_have_fates);
	LOOP(found, facts_make_a_state);
	LOOP(exits, servers_make_an_exit_code);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
