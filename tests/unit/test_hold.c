#include "unit/facts.h"
#include "unit/suite.h"

#include <stdio.h>

#include "core/clock.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define NOW "20260101120000Z"
#define ACCOUNTING "Kirjanpitolaki (1336/1997) 2:10"
#define LIMITATION "Laki velan vanhentumisesta (728/2003) 4 §"
#define UNREADABLE "hold other [a crHold that cannot be read] open\n"

static const struct {
	const char *class;
	const char *lines;
	const char *holds;
} cases[] = {
	{ "crInvoice", "crState: open\ncrDate: 20251015080000Z",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	{ "CRINVOICE", "crstate: OPEN",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	/* what is unknown, missing or doubled is open */
	{ "crInvoice", "crState: disputed\ncrDate: 20251015080000Z",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	{ "crInvoice", "crDate: 20251015080000Z",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	{ "crInvoice", "crState: paid\ncrState: credited",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	{ "crInvoice", "crState: paid\ncrDate: 20000101000000Z\n"
	    "crState: paid", "hold openInvoice [GDPR 17(3)(e)] open\n" },
	{ "crInvoice", "crState: paid ",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	{ "crInvoice", "crState: closed",
	    "hold openInvoice [GDPR 17(3)(e)] open\n" },
	/* statute */
	{ "crInvoice", "crState: paid\ncrDate: 20251015080000Z",
	    "hold statute [" ACCOUNTING "] 20311231215959Z\n" },
	{ "crInvoice", "crState: Credited\ncrDate: 20251015080000Z",
	    "hold statute [" ACCOUNTING "] 20311231215959Z\n" },
	{ "crInvoice", "crState: paid\ncrDate: 20200101120000Z",
	    "hold statute [" ACCOUNTING "] 20261231215959Z\n" },
	{ "crInvoice", "crState: paid\ncrDate: 20191231215959Z", "" },
	{ "crInvoice", "crState: paid\ncrDate: 20191231220000Z",
	    "hold statute [" ACCOUNTING "] 20261231215959Z\n" },
	/* a date that cannot be read has no end */
	{ "crInvoice", "crState: paid",
	    "hold statute [" ACCOUNTING "] open\n" },
	{ "crInvoice", "crState: paid\ncrDate: 2019",
	    "hold statute [" ACCOUNTING "] open\n" },
	{ "crInvoice", "crState: paid\ncrDate: 20100101120000Z\n"
	    "crDate: 20110101120000Z",
	    "hold statute [" ACCOUNTING "] open\n" },
	{ "crInvoice", "crState: paid\ncrDate: 99991231120000Z",
	    "hold statute [" ACCOUNTING "] open\n" },
	{ "crCollection", "crState: open\ncrDate: 20251015080000Z",
	    "hold debtCollection [GDPR 17(3)(e)] open\n" },
	{ "crCollection", "crState: paid",
	    "hold debtCollection [GDPR 17(3)(e)] open\n" },
	{ "crCollection", "", "hold debtCollection [GDPR 17(3)(e)] open\n" },
	{ "crCollection", "crState: closed\ncrDate: 20251015080000Z",
	    "beside statute [" ACCOUNTING "] 20311231215959Z\n" },
	{ "crCollection", "crState: closed\ncrDate: 20151015080000Z", "" },
	{ "crAssignment", "crDate: 20251015080000Z\ncrState: whatever",
	    "beside statute [" ACCOUNTING "] 20311231215959Z\n" },
	{ "crAssignment", "crState: done",
	    "beside statute [" ACCOUNTING "] open\n" },
	{ "crAssignment", "crDate: 20151015080000Z", "" },
	{ "crDisclosure", "crDate: 20251015080000Z",
	    "term claim [" LIMITATION "] 20281015205959Z\n" },
	{ "crDisclosure", "crDate: 20211015080000Z", "" },
	{ "crRequest", "crReceived: 20251015080000Z\n"
	    "crDate: 19991015080000Z",
	    "term claim [" LIMITATION "] 20281015205959Z\n" },
	{ "crCustomer", "crRelationshipEnded: 20251015080000Z",
	    "term claim [" LIMITATION "] 20281015205959Z\n" },
	{ "crCustomer", "cn: A", "term claim [" LIMITATION "] open\n" },
	{ "person", "cn: A\ncrState: open", "" },
	{ "", "", "" },
	/* crHold, on any entry */
	{ "person", "crHold: claim open law 1",
	    "hold claim [law 1] open\n" },
	{ "person", "crHold: CLAIM OPEN law 1",
	    "hold claim [law 1] open\n" },
	{ "person", "crHold: statute 20260101120000Z a  b",
	    "hold statute [a  b] 20260101120000Z\n" },
	{ "person", "crHold: statute 20260101115959Z a", "" },
	{ "person", "crHold: other 20270101000000+0200 a",
	    "hold other [a] 20261231220000Z\n" },
	{ "person", "crHold: tax open law 1", UNREADABLE },
	{ "person", "crHold: claim", UNREADABLE },
	{ "person", "crHold: claim open", UNREADABLE },
	{ "person", "crHold: claim soon law", UNREADABLE },
	{ "person", "crHold: claim 20200230000000Z law", UNREADABLE },
	{ "person", "crHold:  claim 20200101000000Z law", UNREADABLE },
	{ "crInvoice", "crState: open\ncrHold: claim open x\n"
	    "crHold: other 20300101000000Z y\n"
	    "crHold: other 20200101000000Z z",
	    "hold openInvoice [GDPR 17(3)(e)] open\n"
	    "hold claim [x] open\nhold other [y] 20300101000000Z\n" },
	{ "crCustomer", "crRelationshipEnded: 20100101000000Z\n"
	    "crHold: claim open x", "hold claim [x] open\n" },
	{ "crAssignment", "crHold: claim open x\ncrDate: 20151015080000Z\n"
	    "crHold: statute open y",
	    "hold claim [x] open\nhold statute [y] open\n" }
};

static const char *const weights[] = { "hold", "beside", "term" };
static const char *const reasons[] = { "none", "openInvoice",
	"debtCollection", "statute", "claim", "other" };

struct said {
	char text[1024];
	size_t len;
};

static int
say(void *arg, const struct cr_held *held)
{
	struct said *said = arg;
	char until[CR_TIME_TEXT_SIZE] = "open";

	if (held->until != CR_TIME_NO_END)
		ck_assert_int_eq(cr_time_format(held->until, until), CR_OK);
	said->len += (size_t)snprintf(said->text + said->len,
	    sizeof(said->text) - said->len, "%s %s [%.*s] %s\n",
	    weights[held->weight], reasons[held->reason],
	    (int)held->law.len, held->law.ptr, until);
	ck_assert_uint_lt(said->len, sizeof(said->text));
	return CR_OK;
}

START_TEST(an_entry_is_held)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	struct said said = { "", 0 };
	struct facts facts;

	facts_init(&facts, cases[_i].class, cases[_i].lines);
	ck_assert_int_eq(cr_holds_list(&retention, &facts.entry,
	    facts_time(NOW), say, &said), CR_OK);
	ck_assert_str_eq(said.text, cases[_i].holds);
}
END_TEST

/* In force up to and including the last second. */
START_TEST(a_hold_ends)
{
	static const struct {
		const char *class;
		const char *lines;
		const char *until;
	} ends[] = {
		{ "crInvoice", "crState: paid\ncrDate: 20251231215959Z",
		    "20311231215959Z" },
		{ "crAssignment", "crDate: 20250630210000Z",
		    "20311231215959Z" },
		{ "crRequest", "crReceived: 20240229120000Z",
		    "20270228215959Z" },
		{ "person", "crHold: claim 20260630205959Z x",
		    "20260630205959Z" }
	};
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);

	for (int i = 0; i < COUNT(ends); i++) {
		int64_t until = facts_time(ends[i].until);
		struct cr_held held;
		struct facts facts;

		facts_init(&facts, ends[i].class, ends[i].lines);
		ck_assert(cr_holds_longest(&retention, &facts.entry, until,
		    CR_WEIGHT_TERM, &held));
		ck_assert_int_eq(held.until, until);
		ck_assert(!cr_holds_longest(&retention, &facts.entry,
		    until + 1, CR_WEIGHT_TERM, &held));
	}
}
END_TEST

START_TEST(the_longest_of_a_weight)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	int64_t now = facts_time(NOW);
	struct cr_held held = { .until = 42 };
	struct facts facts;

	facts_init(&facts, "crAssignment", "crDate: 20251015080000Z");
	ck_assert(!cr_holds_longest(&retention, &facts.entry, now,
	    CR_WEIGHT_HOLD, &held));
	ck_assert_int_eq(held.until, 42);
	ck_assert(cr_holds_longest(&retention, &facts.entry, now,
	    CR_WEIGHT_BESIDE, &held));
	ck_assert_int_eq(held.reason, CR_ERASE_STATUTE);
	facts_init(&facts, "crAssignment", "crDate: 20251015080000Z\n"
	    "crHold: claim 20270101000000Z a\n"
	    "crHold: other 20280101000000Z b\n"
	    "crHold: claim 20280101000000Z c");
	ck_assert(cr_holds_longest(&retention, &facts.entry, now,
	    CR_WEIGHT_HOLD, &held));
	ck_assert_int_eq(held.reason, CR_ERASE_OTHER);
	ck_assert(cr_holds_longest(&retention, &facts.entry, now,
	    CR_WEIGHT_TERM, &held));
	ck_assert_int_eq(held.reason, CR_ERASE_STATUTE);
}
END_TEST

static int
give_up(void *arg, const struct cr_held *held)
{
	(void)held;
	++*(int *)arg;
	return CR_ENOMEM;
}

START_TEST(an_error_ends_the_list)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	struct facts facts;
	int calls = 0;

	facts_init(&facts, "crInvoice", "crState: open\ncrHold: a\ncrHold: b");
	ck_assert_int_eq(cr_holds_list(&retention, &facts.entry, 0, give_up,
	    &calls), CR_ENOMEM);
	ck_assert_int_eq(calls, 1);
	facts_init(&facts, "person", "crHold: a\ncrHold: b");
	ck_assert_int_eq(cr_holds_list(&retention, &facts.entry, 0, give_up,
	    &calls), CR_ENOMEM);
	ck_assert_int_eq(calls, 2);
}
END_TEST

START_TEST(values_are_found_over_options)
{
	struct facts facts;
	struct cr_slice value = { NULL, 0 };

	facts_init(&facts, "person", "cn: a\ncn: b\nsn: x\nCN: c");
	ck_assert(cr_fact_value(&facts.entry, CR_SLICE_LITERAL("cn"), 2,
	    &value));
	ck_assert(cr_slice_equal(value, CR_SLICE_LITERAL("c")));
	ck_assert(!cr_fact_value(&facts.entry, CR_SLICE_LITERAL("cn"), 3,
	    &value));
	ck_assert(!cr_fact_single(&facts.entry, CR_SLICE_LITERAL("cn"),
	    &value));
	ck_assert(cr_fact_single(&facts.entry, CR_SLICE_LITERAL("sn"),
	    &value));
	ck_assert(cr_slice_equal(value, CR_SLICE_LITERAL("x")));
	ck_assert(!cr_fact_single(&facts.entry, CR_SLICE_LITERAL("mail"),
	    &value));
}
END_TEST

/* Any bytes in crHold and crState: held, or read as what they say. */
START_TEST(nonsense_holds)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	const int64_t late = facts_time("99991231235959Z");
	unsigned seed = 7;

	for (int round = 0; round < 20000; round++) {
		char bytes[12];
		struct cr_slice value = { bytes, 0 };
		struct cr_fact fact = { CR_SLICE_LITERAL("crHold"), &value,
			1, false };
		const struct cr_entry_facts entry = {
			CR_SLICE_LITERAL("person"), &fact, 1 };
		const struct cr_entry_facts invoice = {
			CR_SLICE_LITERAL("crInvoice"), &fact, 1 };
		struct cr_held held;

		seed = seed * 1103515245u + 12345u;
		value.len = seed >> 20 & 7;
		for (size_t i = 0; i < value.len; i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = (char)(seed >> 16);
		}
		ck_assert(cr_holds_longest(&retention, &entry, late,
		    CR_WEIGHT_HOLD, &held));
		fact.name = CR_SLICE_LITERAL("crState");
		ck_assert(cr_holds_is_open(&invoice));
	}
}
END_TEST

START_TEST(a_reason_has_a_text)
{
	for (int i = -1; i < 7; i++)
		ck_assert_int_eq(strncmp(cr_hold_text(
		    (enum cr_erase_reason)i), "held", 4), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hold");
	TCase *tcase = tcase_create("hold");

	tcase_add_loop_test(tcase, an_entry_is_held, 0, COUNT(cases));
	tcase_add_test(tcase, a_hold_ends);
	tcase_add_test(tcase, the_longest_of_a_weight);
	tcase_add_test(tcase, an_error_ends_the_list);
	tcase_add_test(tcase, values_are_found_over_options);
	tcase_add_test(tcase, nonsense_holds);
	tcase_add_test(tcase, a_reason_has_a_text);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
