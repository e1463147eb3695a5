#include "unit/facts.h"
#include "unit/suite.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/erase_plan.h"
#include "core/text.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define NOW "20260101120000Z"
#define SUBJECT "uid=c1,ou=customers"
#define ENTRIES_MAX 8

/* A register of one customer; rdns stand before the subject's name. */
struct entry {
	const char *rdns;	/* NULL: no more */
	const char *class;
	const char *lines;
};

#define PERSON "*objectClass: inetOrgPerson\n*objectClass: crCustomer\n" \
	"*cn: A B\n*sn: B\ngivenName: A\n*uid: c1\n"
#define REACH "mail: a@b\ntelephoneNumber: 1\nmobile: 2\nuserPassword: x\n" \
	"crSource: mail registration 20200101000000Z x\n" \
	"crMarketingBan: all\ndescription: likes tea\n"
#define HOME "postalAddress: Street 1\nl: Town\n"

static const struct case_row {
	const char *what;
	struct entry entries[ENTRIES_MAX];
	const char *whole;	/* what is said without partial */
	const char *part;	/* and with; NULL: the same */
} cases[] = {
	{ "nothing held",
	    { { "", "crCustomer", PERSON REACH HOME },
	    { "i=1,", "crInvoice", "crState: paid\ncrDate: 20180101120000Z" },
	    { "a=1,", "crAssignment", "crDate: 20251001120000Z" },
	    { "a=2,", "crAssignment", "description: no date" },
	    { "d=1,", "crDisclosure", "crDate: 20251001120000Z" },
	    { "r=1,", "crRequest", "crReceived: 20251001120000Z" },
	    { "x=1,", "device", "cn: x" } },
	    "erased when never\n"
	    "1 erase\n2 erase\n3 erase\n4 erase\n5 erase\n6 erase\n0 erase\n"
	    "- 1 crInvoice\n- 2 crAssignment\n- 3 crAssignment\n"
	    "- 4 crDisclosure\n- 5 crRequest\n- 6 other\n- 0 crCustomer\n",
	    NULL },
	{ "an open invoice",
	    { { "", "crCustomer", PERSON REACH HOME },
	    { "i=1,", "crInvoice", "crState: open\ncrSource: x" },
	    { "a=1,", "crAssignment", "crDate: 20251001120000Z" },
	    { "a=2,", "crAssignment", "crDate: 20191001120000Z" },
	    { "d=1,", "crDisclosure", "crDate: 20251001120000Z" },
	    { "x=1,", "device", "cn: x" } },
	    "refused when 20311231220000Z\n"
	    "1 leave\n2 leave\n3 leave\n4 leave\n5 leave\n0 leave\n"
	    "+ 1 crInvoice 1 never\n+ 2 crAssignment 3 20311231215959Z\n"
	    "+ 0 name 1 never\n+ 0 address 1 never\n+ 0 bans 1 never\n",
	    "partly when 20311231220000Z\n"
	    "1 wipe!\n2 wipe\n3 erase\n4 erase\n5 erase\n0 wipe!\n"
	    "- 1 sources\n- 3 crAssignment\n- 4 crDisclosure\n- 5 other\n"
	    "- 0 mail\n- 0 phone\n- 0 password\n- 0 sources\n- 0 other\n"
	    "+ 1 crInvoice 1 never\n+ 2 crAssignment 3 20311231215959Z\n"
	    "+ 0 name 1 never\n+ 0 address 1 never\n+ 0 bans 1 never\n" },
	{ "beside ends with the last hold",
	    { { "", "crCustomer", PERSON },
	    { "i=1,", "crInvoice", "crState: paid\ncrDate: 20190601120000Z\n"
	    "crHold: claim 20260301120000Z x" },
	    { "a=1,", "crAssignment", "crDate: 20251001120000Z" },
	    { "c=1,", "crCollection", "crState: closed" } },
	    "refused when 20260301120001Z\n"
	    "1 leave\n2 leave\n3 leave\n0 leave\n"
	    "+ 1 crInvoice 4 20260301120000Z\n"
	    "+ 2 crAssignment 3 20260301120000Z\n"
	    "+ 3 crCollection 3 20260301120000Z\n"
	    "+ 0 name 4 20260301120000Z\n",
	    "partly when 20260301120001Z\n"
	    "1 wipe\n2 wipe\n3 wipe\n0 wipe\n"
	    "+ 1 crInvoice 4 20260301120000Z\n"
	    "+ 2 crAssignment 3 20260301120000Z\n"
	    "+ 3 crCollection 3 20260301120000Z\n"
	    "+ 0 name 4 20260301120000Z\n" },
	{ "the longest of several, the earliest end",
	    { { "", "crCustomer", PERSON
	    "crHold: other 20270101120000Z x\n"
	    "crHold: claim 20200101120000Z over" },
	    { "i=1,", "crInvoice", "crState: paid\ncrDate: 20201001120000Z" },
	    { "i=2,", "crInvoice", "crState: paid\ncrDate: 20211001120000Z" },
	    { "c=1,", "crCollection", "crState: open" } },
	    "refused when 20261231220000Z\n"
	    "1 leave\n2 leave\n3 leave\n0 leave\n"
	    "+ 0 crCustomer 5 20270101120000Z\n"
	    "+ 1 crInvoice 3 20261231215959Z\n"
	    "+ 2 crInvoice 3 20271231215959Z\n"
	    "+ 3 crCollection 2 never\n+ 0 name 2 never\n",
	    "partly when 20261231220000Z\n"
	    "1 wipe\n2 wipe\n3 wipe\n0 wipe\n"
	    "+ 0 crCustomer 5 20270101120000Z\n"
	    "+ 1 crInvoice 3 20261231215959Z\n"
	    "+ 2 crInvoice 3 20271231215959Z\n"
	    "+ 3 crCollection 2 never\n+ 0 name 2 never\n" },
	{ "parents of what is held",
	    { { "", "crCustomer", PERSON "crPaperFile: shelf 1" },
	    { "i=1,a=1,x=1,", "crInvoice", "crState: paid" },
	    { "x=1,", "device", "*cn: 1\nserialNumber: 7" },
	    { "a=1,x=1,", "crAssignment", "*crAssignmentNumber: 1\n"
	    "crDate: 20150101120000Z\ncrState: done\ndescription: secret" },
	    { "a=2,x=1,", "crAssignment", "crDate: 20150101120000Z" },
	    { "y=1,", "device", "*cn: 1" } },
	    "refused when never\n"
	    "1 leave\n3 leave\n4 leave\n2 leave\n5 leave\n0 leave\n"
	    "+ 1 crInvoice 3 never\n+ 2 structure 3 never\n"
	    "+ 3 structure 3 never\n"
	    "+ 0 name 3 never\n+ 0 paperFile 3 never\n",
	    "partly when never\n"
	    "1 wipe\n3 structure!\n4 erase\n2 structure!\n5 erase\n0 wipe\n"
	    "- 3 crAssignment\n- 4 crAssignment\n- 2 other\n- 5 other\n"
	    "+ 1 crInvoice 3 never\n+ 2 structure 3 never\n"
	    "+ 3 structure 3 never\n"
	    "+ 0 name 3 never\n+ 0 paperFile 3 never\n" },
	{ "a hold on an unknown class",
	    { { "", "crCustomer", PERSON },
	    { "x=1,", "device", "cn: x\ncrHold: nonsense\ncrSource: y" } },
	    "refused when never\n1 leave\n0 leave\n"
	    "+ 1 other 5 never\n+ 0 name 5 never\n",
	    "partly when never\n1 wipe!\n0 wipe\n- 1 sources\n"
	    "+ 1 other 5 never\n+ 0 name 5 never\n" },
	{ "the customer alone",
	    { { "", "crCustomer", PERSON } },
	    "erased when never\n0 erase\n- 0 crCustomer\n", NULL }
};

/* What a plan says, as text; entries by their number. */
struct said {
	char text[8192];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
say(struct said *said, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	said->len += (size_t)vsnprintf(said->text + said->len,
	    sizeof(said->text) - said->len, format, args);
	va_end(args);
	ck_assert_uint_lt(said->len, sizeof(said->text));
}

static void
say_time(struct said *said, int64_t time)
{
	char text[CR_TIME_TEXT_SIZE] = "never";

	if (time != CR_TIME_NO_END)
		ck_assert_int_eq(cr_time_format(time, text), CR_OK);
	say(said, " %s\n", text);
}

/* An answer is one that the codec takes. */
static void
check_encoding(const struct cr_erase_response *answer)
{
	unsigned char *value = NULL;
	size_t len;

	ck_assert_int_eq(cr_erase_response_encode(answer, &value, &len),
	    CR_OK);
	free(value);
}

static enum cr_erase_state
state_of(const struct cr_plan *plan)
{
	struct cr_erase_response answer;

	cr_plan_answer(plan, false, &answer);
	return answer.state;
}

static void
say_plan(struct said *said, const struct cr_plan *plan, bool dry_run)
{
	static const char *const states[] = { "none", "erased", "partly",
		"refused", "wouldErase", "wouldRefuse", "wouldPartly" };
	static const char *const actions[] = { "leave", "structure", "wipe",
		"erase" };
	const struct cr_plan_step *steps;
	struct cr_erase_response answer;
	size_t count;

	cr_plan_answer(plan, dry_run, &answer);
	say(said, "%s when", states[answer.state]);
	say_time(said, cr_plan_when(plan));
	steps = cr_plan_steps(plan, &count);
	for (size_t i = 0; i < count; i++)
		say(said, "%d %s%s\n", steps[i].uuid[0],
		    actions[steps[i].action], steps[i].wipes ? "!" : "");
	for (size_t i = 0; i < answer.erased_count; i++)
		say(said, "- %d %s\n", answer.erased[i].uuid[0],
		    answer.erased[i].what.ptr);
	for (size_t i = 0; i < answer.withheld_count; i++) {
		const struct cr_erase_withheld *item = &answer.withheld[i];

		ck_assert_uint_gt(item->law.len, 0);
		say(said, "+ %d %s %d", item->uuid[0], item->what.ptr,
		    item->reason);
		say_time(said, item->has_until ? item->until : CR_TIME_NO_END);
	}
	check_encoding(&answer);
}

static struct cr_plan *
new_plan(const char *now, enum cr_plan_basis basis)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	struct cr_plan *plan = NULL;

	ck_assert_int_eq(cr_plan_new(&retention, CR_SLICE_LITERAL(SUBJECT),
	    basis, facts_time(now), &plan), CR_OK);
	return plan;
}

static int
add(struct cr_plan *plan, const struct entry *entry, int number)
{
	unsigned char uuid[CR_UUID_BYTES] = { (unsigned char)number };
	struct facts facts;
	char ndn[256];

	snprintf(ndn, sizeof(ndn), "%s%s", entry->rdns, SUBJECT);
	facts_init(&facts, entry->class, entry->lines);
	return cr_plan_add(plan, cr_slice_of(ndn), uuid, &facts.entry);
}

static struct cr_plan *
plan_of(const struct entry *entries, const char *now,
    enum cr_plan_basis basis, bool partial)
{
	struct cr_plan *plan = new_plan(now, basis);

	for (int i = 0; i < ENTRIES_MAX && entries[i].rdns != NULL; i++)
		ck_assert_int_eq(add(plan, &entries[i], i), CR_OK);
	ck_assert_int_eq(cr_plan_finish(plan, partial), CR_OK);
	return plan;
}

START_TEST(a_plan_is_made)
{
	const struct case_row *row = &cases[_i];

	for (int partial = 0; partial < 2; partial++) {
		struct cr_plan *plan = plan_of(row->entries, NOW,
		    CR_PLAN_REQUEST, partial != 0);
		struct said said = { "", 0 };

		say_plan(&said, plan, false);
		ck_assert_msg(strcmp(said.text, partial != 0 &&
		    row->part != NULL ? row->part : row->whole) == 0,
		    "%s:\n%s", row->what, said.text);
		cr_plan_free(&plan);
		ck_assert_ptr_null(plan);
	}
}
END_TEST

/* Only the name of the state is another. */
START_TEST(a_dry_run_says_what_the_real_one_does)
{
	static const char *const real[] = { "", "erased", "partly",
		"refused" };
	static const char *const dry[] = { "", "wouldErase", "wouldPartly",
		"wouldRefuse" };

	for (int partial = 0; partial < 2; partial++) {
		struct cr_plan *plan = plan_of(cases[_i].entries, NOW,
		    CR_PLAN_REQUEST, partial != 0);
		struct said said = { "", 0 };
		struct said would = { "", 0 };
		int state = (int)state_of(plan);

		say_plan(&said, plan, false);
		say_plan(&would, plan, true);
		ck_assert_int_eq(strncmp(said.text, real[state],
		    strlen(real[state])), 0);
		ck_assert_int_eq(strncmp(would.text, dry[state],
		    strlen(dry[state])), 0);
		ck_assert_str_eq(said.text + strlen(real[state]),
		    would.text + strlen(dry[state]));
		cr_plan_free(&plan);
	}
}
END_TEST

/* In bulk every period counts, and the relationship must have ended. */
static const struct {
	const char *ended;
	struct entry child;
	bool expired;
} terms[] = {
	{ "", { NULL, NULL, NULL }, false },
	{ "crRelationshipEnded: 20250101120000Z\n", { NULL, NULL, NULL },
	    false },
	{ "crRelationshipEnded: 20230101120000Z\n", { NULL, NULL, NULL },
	    false },
	{ "crRelationshipEnded: 20221231120000Z\n", { NULL, NULL, NULL },
	    true },
	{ "crRelationshipEnded: 20100101120000Z\n"
	    "crRelationshipEnded: 20100101120000Z\n", { NULL, NULL, NULL },
	    false },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "a=1,", "crAssignment", "crDate: 20200101120000Z" }, false },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "a=1,", "crAssignment", "crDate: 20190101120000Z" }, true },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "a=1,", "crAssignment", "description: x" }, false },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "d=1,", "crDisclosure", "crDate: 20240101120000Z" }, false },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "d=1,", "crDisclosure", "crDate: 20220101120000Z" }, true },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "i=1,", "crInvoice", "crState: open\ncrDate: 20000101120000Z" },
	    false },
	{ "crRelationshipEnded: 20100101120000Z\n",
	    { "x=1,", "device", "cn: x" }, true }
};

START_TEST(a_customer_expires)
{
	char lines[512];
	struct entry entries[ENTRIES_MAX] = { { "", "crCustomer", lines },
		terms[_i].child };
	struct cr_plan *plan;

	snprintf(lines, sizeof(lines), "%s%s", PERSON, terms[_i].ended);
	plan = plan_of(entries, NOW, CR_PLAN_EXPIRED, false);
	ck_assert_int_eq(state_of(plan), terms[_i].expired ?
	    CR_ERASE_ERASED : CR_ERASE_REFUSED);
	cr_plan_free(&plan);
}
END_TEST

START_TEST(entries_that_do_not_fit)
{
	static const struct {
		struct entry entries[3];
		int rc;
	} rows[] = {
		{ { { NULL, NULL, NULL } }, CR_ECHANGED },
		{ { { "i=1,", "crInvoice", "" } }, CR_ECHANGED },
		{ { { "", "crCustomer", "" }, { "i=1,a=1,", "crInvoice", "" } },
		    CR_ECHANGED },
		{ { { "", "crCustomer", "" }, { "", "crCustomer", "" } },
		    CR_ECHANGED },
		{ { { "", "crCustomer", "" }, { "i=1,", "crInvoice", "" },
		    { "i=1,", "crInvoice", "" } }, CR_ECHANGED },
		{ { { "", "crCustomer", "" }, { "i=1\\,,", "crInvoice", "" } },
		    CR_OK },
		{ { { "", "crCustomer", "" }, { "i=1\\2C,", "crInvoice", "" } },
		    CR_OK },
		{ { { "", "inetOrgPerson", "" }, { "i=1,", "crInvoice", "" } },
		    CR_OK }
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct cr_plan *plan = new_plan(NOW, CR_PLAN_REQUEST);
		size_t count;

		for (int j = 0; j < 3 && rows[i].entries[j].rdns != NULL; j++)
			ck_assert_int_eq(add(plan, &rows[i].entries[j], j),
			    CR_OK);
		ck_assert_int_eq(cr_plan_finish(plan, true), rows[i].rc);
		(void)cr_plan_steps(plan, &count);
		ck_assert((count > 0) == (rows[i].rc == CR_OK));
		ck_assert((state_of(plan) != CR_ERASE_NO_STATE) ==
		    (rows[i].rc == CR_OK));
		cr_plan_free(&plan);
	}
}
END_TEST

/* Also when its parents have been added. */
START_TEST(an_entry_of_somewhere_else)
{
	static const char *const names[] = { "uid=c2,ou=customers",
		"i=1,uid=c2,ou=customers", "ou=customers", "",
		"i=1\\,uid=c1,ou=customers", "xuid=c1,ou=customers" };
	const unsigned char uuid[CR_UUID_BYTES] = { 1 };
	const struct entry root = { "", "crCustomer", "" };
	struct facts facts;

	facts_init(&facts, "crInvoice", "");
	for (int i = 0; i < COUNT(names); i++) {
		struct cr_plan *plan = new_plan(NOW, CR_PLAN_REQUEST);

		ck_assert_int_eq(add(plan, &root, 0), CR_OK);
		for (int j = 0; j <= i; j++)
			ck_assert_int_eq(cr_plan_add(plan,
			    cr_slice_of(names[j]), uuid, &facts.entry),
			    CR_OK);
		ck_assert_int_eq(cr_plan_finish(plan, false), CR_ECHANGED);
		cr_plan_free(&plan);
	}
}
END_TEST

START_TEST(another_customer_below_is_another_person)
{
	const struct entry below = { "uid=c2,", "CRCUSTOMER", "" };
	struct cr_plan *plan = new_plan(NOW, CR_PLAN_REQUEST);

	ck_assert_int_eq(add(plan, &below, 0), CR_EHELD);
	cr_plan_free(&plan);
}
END_TEST

START_TEST(a_plan_is_finished_once)
{
	const struct entry root = { "", "crCustomer", "crHold: x" };
	struct cr_plan *plan = new_plan(NOW, CR_PLAN_REQUEST);
	struct cr_erase_response answer;
	struct cr_held held;

	ck_assert_int_eq(add(plan, &root, 0), CR_OK);
	cr_plan_answer(plan, false, &answer);
	ck_assert_int_eq(answer.state, CR_ERASE_NO_STATE);
	ck_assert_uint_eq(answer.erased_count, 0);
	ck_assert_uint_eq(answer.withheld_count, 0);
	ck_assert_int_eq(cr_plan_finish(plan, true), CR_OK);
	ck_assert(cr_plan_longest(plan, &held));
	ck_assert_int_eq(held.reason, CR_ERASE_OTHER);
	ck_assert_int_eq(cr_plan_finish(plan, true), CR_EINTERNAL);
	ck_assert_int_eq(add(plan, &root, 0), CR_EINTERNAL);
	cr_plan_free(&plan);
	cr_plan_free(&plan);
}
END_TEST

/* A law text is told up to a limit, and never half a character of it. */
START_TEST(a_law_text_is_cut)
{
	for (size_t len = CR_PLAN_LAW_MAX - 4; len < CR_PLAN_LAW_MAX + 8;
	    len++) {
		struct entry entries[ENTRIES_MAX] = { { "", "crCustomer",
			NULL } };
		struct cr_erase_response answer;
		struct cr_plan *plan;
		char lines[1024] = "crHold: claim open ";
		size_t start = strlen(lines);
		struct cr_slice law;

		for (size_t i = 0; i + 2 < len; i += 3)
			strcat(lines, "€");
		while (strlen(lines) < start + len)
			strcat(lines, "a");
		entries[0].lines = lines;
		plan = plan_of(entries, NOW, CR_PLAN_REQUEST, false);
		cr_plan_answer(plan, false, &answer);
		ck_assert_uint_eq(answer.withheld_count, 1);
		law = answer.withheld[0].law;
		if (len <= CR_PLAN_LAW_MAX)
			ck_assert_uint_eq(law.len, len);
		ck_assert_uint_le(law.len, CR_PLAN_LAW_MAX);
		ck_assert_uint_ge(law.len, CR_PLAN_LAW_MAX - 4);
		ck_assert(cr_text_is_utf8(law));
		ck_assert_mem_eq(law.ptr, lines + start, law.len);
		cr_plan_free(&plan);
	}
}
END_TEST

/* A NUL or a broken character would make an answer that cannot be sent. */
START_TEST(a_law_text_that_cannot_be_told)
{
	static const char text[] = "claim open \0x";
	const struct cr_slice values[] = {
		{ text, sizeof(text) - 1 },
		CR_SLICE_LITERAL("claim open \xff")
	};

	for (int i = 0; i < COUNT(values); i++) {
		const struct cr_fact fact = { CR_SLICE_LITERAL("crHold"),
			&values[i], 1, false };
		const struct cr_entry_facts entry = {
			CR_SLICE_LITERAL("crCustomer"), &fact, 1 };
		const unsigned char uuid[CR_UUID_BYTES] = { 0 };
		struct cr_plan *plan = new_plan(NOW, CR_PLAN_REQUEST);
		struct cr_erase_response answer;

		ck_assert_int_eq(cr_plan_add(plan, CR_SLICE_LITERAL(SUBJECT),
		    uuid, &entry), CR_OK);
		ck_assert_int_eq(cr_plan_finish(plan, false), CR_OK);
		cr_plan_answer(plan, false, &answer);
		ck_assert_uint_eq(answer.withheld_count, 1);
		ck_assert_int_eq(answer.withheld[0].reason, CR_ERASE_CLAIM);
		check_encoding(&answer);
		cr_plan_free(&plan);
	}
}
END_TEST

/* What the values weigh does not matter, nor how they come. */
START_TEST(memory_is_linear_in_the_entries)
{
	static char big[1 << 16];
	const struct cr_slice value = { big, sizeof(big) };
	const struct cr_fact fact = { CR_SLICE_LITERAL("description"), &value,
		1, false };
	const struct cr_entry_facts entry = { CR_SLICE_LITERAL("crInvoice"),
		&fact, 1 };
	const struct entry root = { "", "crCustomer", PERSON };
	const size_t entries = 10000;
	struct cr_plan *plan = new_plan(NOW, CR_PLAN_REQUEST);

	ck_assert_int_eq(add(plan, &root, 0), CR_OK);
	for (size_t i = 0; i < entries; i++) {
		unsigned char uuid[CR_UUID_BYTES] = { 1 };
		char ndn[64];

		snprintf(ndn, sizeof(ndn), "i=%zu," SUBJECT, i * 7919 % entries);
		ck_assert_int_eq(cr_plan_add(plan, cr_slice_of(ndn), uuid,
		    &entry), CR_OK);
	}
	ck_assert_int_eq(cr_plan_finish(plan, true), CR_OK);
	ck_assert_uint_lt(cr_plan_size(plan), entries * 800);
	cr_plan_free(&plan);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("erase_plan");
	TCase *tcase = tcase_create("erase_plan");

	tcase_add_loop_test(tcase, a_plan_is_made, 0, COUNT(cases));
	tcase_add_loop_test(tcase, a_dry_run_says_what_the_real_one_does, 0,
	    COUNT(cases));
	tcase_add_loop_test(tcase, a_customer_expires, 0, COUNT(terms));
	tcase_add_test(tcase, entries_that_do_not_fit);
	tcase_add_test(tcase, an_entry_of_somewhere_else);
	tcase_add_test(tcase, another_customer_below_is_another_person);
	tcase_add_test(tcase, a_plan_is_finished_once);
	tcase_add_test(tcase, a_law_text_is_cut);
	tcase_add_test(tcase, a_law_text_that_cannot_be_told);
	tcase_add_test(tcase, memory_is_linear_in_the_entries);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
