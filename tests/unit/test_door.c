#include "unit/facts.h"
#include "unit/suite.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/door.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define NOW "20260101120000Z"

/* Who asks; each letter adds. */
#define CLERK ""
#define REF "r"			/* with a reference */
#define REGISTRAR "R"
#define BOTH "Rr"

static struct cr_door
door_of(const struct cr_retention *retention, const char *who,
    bool customer_held)
{
	return (struct cr_door){
		.retention = retention,
		.now = facts_time(NOW),
		.registrar = strchr(who, 'R') != NULL,
		.has_reference = strchr(who, 'r') != NULL,
		.customer_held = customer_held,
		.customer_reason = CR_ERASE_DEBT_COLLECTION
	};
}

static void
check(struct cr_door_answer answer, enum cr_door_verdict verdict,
    const char *text, const char *what, int row)
{
	ck_assert_msg(answer.verdict == verdict, "%s %d: verdict %d", what,
	    row, answer.verdict);
	ck_assert_msg((answer.text != NULL) == (verdict == CR_DOOR_REFUSED),
	    "%s %d: text %s", what, row,
	    answer.text != NULL ? answer.text : "-");
	if (text != NULL)
		ck_assert_str_eq(answer.text, text);
}

#define NO CR_DOOR_REFUSED
#define ON CR_DOOR_RECORDED
#define OK CR_DOOR_ALLOWED

static const struct {
	const char *class;
	const char *lines;
	bool customer_held;
	enum cr_door_verdict delete[2];		/* a clerk; registrar, ref. */
	enum cr_door_verdict inside[2];
	enum cr_door_verdict outside[2];
	const char *text;
} leaves[] = {
	{ "crInvoice", "crState: open", true, { NO, NO }, { NO, ON },
	    { NO, NO }, "held: an open invoice" },
	{ "crInvoice", "crState: odd", false, { NO, NO }, { NO, ON },
	    { NO, NO }, "held: an open invoice" },
	{ "crInvoice", "crState: paid\ncrDate: 20200101120000Z", false,
	    { NO, NO }, { NO, ON }, { NO, NO }, "held: retention by law" },
	{ "crInvoice", "crState: paid", false, { NO, NO }, { NO, ON },
	    { NO, NO }, "held: retention by law" },
	{ "crInvoice", "crState: paid\ncrDate: 20190101120000Z", true,
	    { OK, OK }, { OK, OK }, { OK, OK }, NULL },
	{ "crCollection", "crState: open", false, { NO, NO }, { NO, ON },
	    { NO, NO }, "held: an open debt-collection case" },
	{ "crCollection", "crState: closed\ncrDate: 20250101120000Z", false,
	    { OK, OK }, { OK, OK }, { OK, OK }, NULL },
	{ "crCollection", "crState: closed\ncrDate: 20250101120000Z", true,
	    { NO, ON }, { NO, ON }, { NO, NO }, "held: retention by law" },
	{ "crAssignment", "crDate: 20250101120000Z", false,
	    { OK, OK }, { OK, OK }, { OK, OK }, NULL },
	{ "crAssignment", "crDate: 20250101120000Z", true,
	    { NO, ON }, { NO, ON }, { NO, NO }, "held: retention by law" },
	{ "crAssignment", "crDate: 20150101120000Z", true,
	    { OK, OK }, { OK, OK }, { OK, OK }, NULL },
	{ "crAssignment", "crHold: claim open x", false,
	    { NO, NO }, { NO, ON }, { NO, NO }, "held: a legal claim" },
	{ "crDisclosure", "crDate: 20250101120000Z", true,
	    { OK, OK }, { OK, OK }, { OK, OK }, NULL },
	{ "crRequest", "", true, { OK, OK }, { OK, OK }, { OK, OK }, NULL },
	{ "device", "crHold: odd", false, { NO, NO }, { NO, ON },
	    { NO, NO }, "held" },
	{ "device", "crHold: other 20200101120000Z x", true, { OK, OK },
	    { OK, OK }, { OK, OK }, NULL },
	{ "crCustomer", "cn: A", false, { OK, OK }, { OK, OK }, { OK, OK },
	    NULL },
	{ "crCustomer", "cn: A", true, { NO, NO }, { NO, ON }, { NO, NO },
	    "held: an open debt-collection case" },
	{ "crCustomer", "crHold: statute open x", false, { NO, NO },
	    { NO, ON }, { NO, NO }, "held: retention by law" }
};

START_TEST(an_entry_leaves)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	struct facts facts;

	facts_init(&facts, leaves[_i].class, leaves[_i].lines);
	for (int who = 0; who < 2; who++) {
		static const char *const names[] = { CLERK, BOTH };
		const struct cr_door door = door_of(&retention, names[who],
		    leaves[_i].customer_held);
		struct cr_door_answer answer = cr_door_delete(&door,
		    &facts.entry);

		check(answer, leaves[_i].delete[who], answer.text != NULL ?
		    leaves[_i].text : NULL, "delete", _i);
		check(cr_door_move(&door, &facts.entry, false),
		    leaves[_i].inside[who], NULL, "inside", _i);
		check(cr_door_move(&door, &facts.entry, true),
		    leaves[_i].outside[who], NULL, "outside", _i);
	}
}
END_TEST

/* Neither the role nor a reference alone is enough. */
START_TEST(half_a_registrar_is_a_clerk)
{
	static const char *const names[] = { REF, REGISTRAR };
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);

	for (int i = 0; i < COUNT(leaves); i++) {
		for (int who = 0; who < 2; who++) {
			const struct cr_door door = door_of(&retention,
			    names[who], leaves[i].customer_held);
			struct facts facts;

			facts_init(&facts, leaves[i].class, leaves[i].lines);
			check(cr_door_delete(&door, &facts.entry),
			    leaves[i].delete[0], NULL, "delete", i);
			check(cr_door_move(&door, &facts.entry, false),
			    leaves[i].inside[0], NULL, "inside", i);
			check(cr_door_move(&door, &facts.entry, true),
			    leaves[i].outside[0], NULL, "outside", i);
		}
	}
}
END_TEST

#define INVOICE "*crInvoiceNumber: 1\n"
#define OPEN INVOICE "crState: open\n"
#define PAID INVOICE "crState: paid\n"
#define DATED "crDate: 20251015080000Z\n"
#define OLD "crDate: 20150101120000Z\n"
#define SUM "crAmount: 5.00 EUR\n"
#define PAY "crPaidDate: 20251231120000Z\n"
#define EARLIER "held: the retention would end earlier; a correction is " \
	"the registrar's, with a reference"
#define LIFT "held: the registrar lifts a hold"

static const struct {
	const char *class;
	const char *before;
	const char *after;
	const char *who;
	bool customer_held;
	enum cr_door_verdict verdict;
	const char *text;
} modifies[] = {
	/* ordinary business */
	{ "crInvoice", OPEN DATED SUM, PAID DATED SUM PAY, CLERK, true, OK,
	    NULL },
	{ "crInvoice", OPEN DATED, PAID DATED "crPaidDate: " NOW, CLERK, true,
	    OK, NULL },
	{ "crInvoice", OPEN DATED, PAID DATED, CLERK, true, ON, NULL },
	{ "crInvoice", OPEN DATED, PAID DATED "crPaidDate: 20260101120001Z",
	    CLERK, true, ON, NULL },
	{ "crInvoice", OPEN DATED, PAID DATED "crPaidDate: odd", CLERK, true,
	    ON, NULL },
	{ "crInvoice", OPEN DATED, OPEN DATED "crDueDate: 20260201000000Z\n"
	    "description: x\ncrSource: x", CLERK, true, OK, NULL },
	{ "crInvoice", OPEN DATED, OPEN DATED, CLERK, true, OK, NULL },
	{ "crCollection", "crCaseNumber: 1\ncrState: open",
	    "crCaseNumber: 1\ncrState: closed", CLERK, true, OK, NULL },
	{ "crCollection", "crCaseNumber: 1\ncrState: odd",
	    "crCaseNumber: 1\ncrState: Closed", CLERK, true, OK, NULL },
	/* states */
	{ "crInvoice", OPEN DATED, INVOICE "crState: credited\n" DATED, CLERK,
	    true, NO, "held: an open invoice is credited with a reference" },
	{ "crInvoice", OPEN DATED, INVOICE "crState: credited\n" DATED,
	    REGISTRAR, true, NO, NULL },
	{ "crInvoice", OPEN DATED, INVOICE "crState: credited\n" DATED, REF,
	    true, ON, NULL },
	{ "crInvoice", INVOICE DATED, INVOICE "crState: credited\n" DATED,
	    CLERK, true, NO, NULL },
	{ "crInvoice", INVOICE "crState: odd\n" DATED,
	    INVOICE "crState: CREDITED\n" DATED, CLERK, true, NO, NULL },
	{ "crInvoice", OPEN DATED, INVOICE "crState: odd\n" DATED, CLERK,
	    true, ON, NULL },
	{ "crInvoice", OPEN DATED, INVOICE "crState: paid\ncrState: open\n"
	    DATED, CLERK, true, ON, NULL },
	{ "crInvoice", PAID DATED PAY, OPEN DATED PAY, CLERK, true, ON,
	    NULL },
	{ "crInvoice", PAID DATED PAY, OPEN DATED, CLERK, true, ON, NULL },
	{ "crInvoice", PAID DATED, INVOICE "crState: credited\n" DATED, CLERK,
	    true, ON, NULL },
	{ "crInvoice", OPEN DATED, INVOICE DATED, BOTH, true, NO,
	    "held: an open invoice" },
	{ "crCollection", "crCaseNumber: 1\ncrState: closed\n" DATED,
	    "crCaseNumber: 1\ncrState: open\n" DATED, CLERK, true, ON, NULL },
	{ "crAssignment", "crState: a\n" DATED, "crState: b\n" DATED, CLERK,
	    true, ON, NULL },
	{ "crAssignment", DATED, "crState: b\n" DATED, CLERK, true, OK,
	    NULL },
	/* dates */
	{ "crInvoice", PAID DATED, PAID "crDate: 20241231215959Z", CLERK,
	    false, NO, EARLIER },
	{ "crInvoice", PAID DATED, PAID "crDate: 20241231215959Z", REF, false,
	    NO, EARLIER },
	{ "crInvoice", PAID DATED, PAID "crDate: 20241231215959Z", REGISTRAR,
	    false, NO, EARLIER },
	{ "crInvoice", PAID DATED, PAID "crDate: 20241231215959Z", BOTH,
	    false, ON, NULL },
	{ "crInvoice", PAID DATED, PAID "crDate: 20241231220000Z", CLERK,
	    false, ON, NULL },
	{ "crInvoice", PAID DATED, PAID "crDate: 20260115120000Z", CLERK,
	    false, ON, NULL },
	{ "crInvoice", PAID DATED, PAID "crDate: soon", CLERK, false, ON,
	    NULL },
	{ "crInvoice", OPEN DATED, OPEN OLD, CLERK, false, NO, EARLIER },
	{ "crInvoice", OPEN DATED, PAID OLD PAY, CLERK, false, NO, EARLIER },
	{ "crInvoice", OPEN DATED, PAID OLD PAY, BOTH, false, ON, NULL },
	{ "crInvoice", OPEN, OPEN DATED, CLERK, false, NO, EARLIER },
	{ "crInvoice", OPEN, OPEN DATED, BOTH, false, ON, NULL },
	{ "crInvoice", PAID "crDate: odd", PAID DATED, CLERK, false, NO,
	    EARLIER },
	{ "crInvoice", OPEN OLD, OPEN "crDate: 20100101120000Z", CLERK, false,
	    ON, NULL },
	{ "crInvoice", PAID OLD, PAID "crDate: 20100101120000Z", CLERK, false,
	    OK, NULL },
	{ "crInvoice", PAID DATED, PAID, BOTH, false, NO,
	    "held: retention by law" },
	{ "crInvoice", PAID DATED, PAID DATED "crDate: 20100101120000Z",
	    CLERK, false, ON, NULL },
	{ "crAssignment", DATED, OLD, CLERK, true, NO, EARLIER },
	{ "crAssignment", DATED, OLD, CLERK, false, OK, NULL },
	{ "crRequest", "crReceived: 20251001120000Z\ncrHold: claim open x",
	    "crReceived: 20101001120000Z\ncrHold: claim open x", CLERK, true,
	    ON, NULL },
	/* corrections of an invoice, and what is taken out of it */
	{ "crInvoice", OPEN DATED SUM, OPEN DATED "crAmount: 6.00 EUR", CLERK,
	    false, ON, NULL },
	{ "crInvoice", OPEN DATED SUM, OPEN DATED, CLERK, false, NO,
	    "held: an open invoice" },
	{ "crInvoice", OPEN DATED SUM, OPEN DATED, BOTH, false, NO,
	    "held: an open invoice" },
	{ "crInvoice", OPEN DATED SUM, OPEN DATED "crAmount: ", BOTH, false,
	    NO, NULL },
	{ "crInvoice", OPEN DATED SUM, OPEN DATED "crAmount: - ", BOTH, false,
	    NO, NULL },
	{ "crInvoice", OPEN DATED, "*crInvoiceNumber: 2\ncrState: open\n"
	    DATED, CLERK, false, ON, NULL },
	{ "crInvoice", OPEN DATED, "crState: open\n" DATED, BOTH, false, NO,
	    NULL },
	{ "crInvoice", PAID DATED PAY, PAID DATED, CLERK, false, NO, NULL },
	{ "crInvoice", PAID DATED PAY, PAID DATED, BOTH, false, ON, NULL },
	{ "crInvoice", OPEN DATED "description: x", OPEN DATED, CLERK, false,
	    NO, NULL },
	{ "crInvoice", OPEN DATED "description: x", OPEN DATED, BOTH, false,
	    ON, NULL },
	{ "crInvoice", OPEN DATED SUM "description: x",
	    OPEN DATED "crAmount: 6.00 EUR", CLERK, false, NO, NULL },
	{ "crInvoice", OPEN DATED "description: x\ndescription: y",
	    OPEN DATED "description: y", CLERK, false, ON, NULL },
	{ "crInvoice", OPEN DATED "crSource: x", OPEN DATED, CLERK, false, OK,
	    NULL },
	{ "crInvoice", PAID OLD SUM, PAID OLD, CLERK, true, OK, NULL },
	/* an entry of any class with a crHold is held whole */
	{ "device", "cn: x\nserialNumber: 1\ncrHold: claim open x",
	    "cn: x\ncrHold: claim open x", BOTH, true, NO,
	    "held: a legal claim" },
	{ "device", "cn: x\nserialNumber: 1\ncrHold: claim open x",
	    "cn: x\nserialNumber: 2\ncrHold: claim open x", CLERK, true, ON,
	    NULL },
	{ "device", "cn: x\nserialNumber: 1", "cn: x", CLERK, true, OK,
	    NULL },
	/* crHold itself */
	{ "device", "crHold: claim open x", "", CLERK, false, NO, LIFT },
	{ "device", "crHold: claim open x", "", REF, false, NO, LIFT },
	{ "device", "crHold: claim open x", "", REGISTRAR, false, ON, NULL },
	{ "device", "crHold: claim 20200101120000Z x", "", CLERK, false, ON,
	    NULL },
	{ "device", "crHold: odd", "", CLERK, false, NO, LIFT },
	{ "device", "crHold: odd", "crHold: other open x", CLERK, false, NO,
	    LIFT },
	{ "device", "crHold: other open x", "crHold: odd", CLERK, false, NO,
	    LIFT },
	{ "device", "crHold: claim open x", "crHold: claim open y", CLERK,
	    false, ON, NULL },
	{ "device", "crHold: claim open x", "crHold: statute open x", CLERK,
	    false, NO, LIFT },
	{ "device", "crHold: claim 20270101120000Z x",
	    "crHold: claim 20280101120000Z x", CLERK, false, ON, NULL },
	{ "device", "crHold: claim 20270101120000Z x",
	    "crHold: claim open x", CLERK, false, ON, NULL },
	{ "device", "crHold: claim 20270101120000Z x",
	    "crHold: claim 20261231120000Z x", CLERK, false, NO, LIFT },
	{ "device", "crHold: claim open x",
	    "crHold: claim 20990101120000Z x", CLERK, false, NO, LIFT },
	{ "device", "", "crHold: claim open x", CLERK, false, ON, NULL },
	{ "device", "crHold: claim open x",
	    "crHold: claim open x\ncrHold: other open y", CLERK, false, ON,
	    NULL },
	{ "device", "crHold: claim open x\ncrHold: other open y",
	    "crHold: claim open x", CLERK, false, NO, LIFT },
	{ "crCustomer", "cn: A\ncrHold: claim open x", "cn: A", CLERK, true,
	    NO, LIFT },
	/* a customer of whom something is held */
	{ "crCustomer", "cn: A\nsn: B", "cn: A\nsn: C", CLERK, true, ON,
	    NULL },
	{ "crCustomer", "cn: A\nsn: B", "cn: A\nsn: C", CLERK, false, OK,
	    NULL },
	{ "crCustomer", "cn: A\nsn: B\ntitle: Dr", "cn: A\nsn: B", CLERK,
	    true, NO, "held: an open debt-collection case" },
	{ "crCustomer", "cn: A\nsn: B\ntitle: Dr", "cn: A\nsn: B", REGISTRAR,
	    true, NO, NULL },
	{ "crCustomer", "cn: A\nsn: B\ntitle: Dr", "cn: A\nsn: B", BOTH, true,
	    ON, NULL },
	{ "crCustomer", "cn: A\nsn: B\ntitle: Dr", "cn: A\nsn: B", CLERK,
	    false, OK, NULL },
	{ "crCustomer", "cn: A\nsn: B\ntitle: Dr", "cn: A\nsn: C", CLERK,
	    true, ON, NULL },
	{ "crCustomer", "cn: A\nsn: B", "cn: A\nsn: \xc2\xa0", BOTH, true, NO,
	    NULL },
	{ "crCustomer", "cn: A\ncn: B", "cn: A", CLERK, true, ON, NULL },
	{ "crCustomer", "cn: A\nsn: B\ncn: A", "cn: A\nsn: B", CLERK, true,
	    ON, NULL },
	{ "crCustomer", "cn: A\ncrCustomerNumber: 1", "cn: A", BOTH, true, NO,
	    NULL },
	{ "crCustomer", "cn: A\nstreet: S\nl: T", "cn: A\nl: T", CLERK, true,
	    NO, NULL },
	{ "crCustomer", "cn: A\nstreet: S\nl: T", "cn: A\nl: T", BOTH, true,
	    ON, NULL },
	{ "crCustomer", "cn: A\nstreet: S\nl: T", "cn: A\nl: U", CLERK, true,
	    ON, NULL },
	{ "crCustomer", "cn: A\nstreet: S\nl: T",
	    "cn: A\npostalAddress: box 1$x\nl: T", CLERK, true, ON, NULL },
	{ "crCustomer", "cn: A\nstreet: S\nl: T",
	    "cn: A\npostalAddress: $ $\nl: T", CLERK, true, NO, NULL },
	{ "crCustomer", "cn: A\nstreet: S", "cn: A", BOTH, true, NO, NULL },
	{ "crCustomer", "cn: A\nstreet: S\nl: T", "cn: A", BOTH, true, NO,
	    NULL },
	{ "crCustomer", "cn: A\nstreet: S", "cn: B", CLERK, true, NO, NULL },
	{ "crCustomer", "cn: A\nmail: a@b\nmobile: 1\ncrSource: x\n"
	    "userPassword: x\ncrPaperFile: p\ncrMarketingBan: all", "cn: A",
	    CLERK, true, OK, NULL },
	{ "crCustomer", "cn: A", "cn: A\no: X\nmail: a@b", CLERK, true, OK,
	    NULL },
	{ "crCustomer", "cn: A\nl: -", "cn: A", CLERK, true, OK, NULL }
};

START_TEST(an_entry_is_modified)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	const struct cr_door door = door_of(&retention, modifies[_i].who,
	    modifies[_i].customer_held);
	struct facts before;
	struct facts after;

	facts_init(&before, modifies[_i].class, modifies[_i].before);
	facts_init(&after, modifies[_i].class, modifies[_i].after);
	check(cr_door_modify(&door, &before.entry, &after.entry),
	    modifies[_i].verdict, modifies[_i].text, "modify", _i);
}
END_TEST

START_TEST(a_held_entry_keeps_its_class)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	struct facts before;
	struct facts after;

	facts_init(&before, "crCustomer", "cn: A");
	facts_init(&after, "inetOrgPerson", "cn: A");
	for (int held = 0; held < 2; held++) {
		const struct cr_door door = door_of(&retention, BOTH,
		    held != 0);

		check(cr_door_modify(&door, &before.entry, &after.entry),
		    held != 0 ? NO : OK, NULL, "class", held);
	}
}
END_TEST

/* More rights and fewer holds never make an answer worse. */
START_TEST(asking_as_if_held_is_enough)
{
	static const char *const names[] = { CLERK, REF, REGISTRAR, BOTH };
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);

	for (int i = 0; i < COUNT(modifies); i++) {
		struct facts before;
		struct facts after;
		enum cr_door_verdict verdicts[4][2];

		facts_init(&before, modifies[i].class, modifies[i].before);
		facts_init(&after, modifies[i].class, modifies[i].after);
		for (int j = 0; j < 8; j++) {
			const struct cr_door door = door_of(&retention,
			    names[j / 2], j % 2 != 0);

			verdicts[j / 2][j % 2] = cr_door_modify(&door,
			    &before.entry, &after.entry).verdict;
		}
		for (int who = 0; who < 4; who++) {
			ck_assert_int_ge(verdicts[who][0], verdicts[who][1]);
			ck_assert_int_ge(verdicts[who][1], verdicts[0][1]);
			ck_assert_int_le(verdicts[who][1], verdicts[3][1]);
		}
	}
}
END_TEST

/*
 * No clerk gets out in two steps either: after any modify that is not the
 * registrar's, what the law kept is kept at least as long.
 */
START_TEST(nothing_a_clerk_may_do_ends_retention_earlier)
{
	static const char *const dates[] = { "", "crDate: odd\n",
		"crDate: 20100101120000Z\n", "crDate: 20200101120000Z\n",
		"crDate: 20251015080000Z\n", "crDate: 20260101000000Z\n" };
	static const char *const states[] = { "crState: open\n",
		"crState: paid\n", "crState: credited\n", "crState: odd\n" };
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	const int cases = COUNT(dates) * COUNT(states);

	for (int i = 0; i < cases * cases; i++) {
		const struct cr_door door = door_of(&retention, REF, true);
		int from = i / cases;
		int to = i % cases;
		char lines[2][256];
		struct facts before;
		struct facts after;
		struct cr_held old;
		struct cr_held new;

		snprintf(lines[0], sizeof(lines[0]), "%s%s",
		    states[from % COUNT(states)], dates[from / COUNT(states)]);
		snprintf(lines[1], sizeof(lines[1]), "%s%s",
		    states[to % COUNT(states)], dates[to / COUNT(states)]);
		facts_init(&before, "crInvoice", lines[0]);
		facts_init(&after, "crInvoice", lines[1]);
		if (cr_door_modify(&door, &before.entry,
		    &after.entry).verdict == CR_DOOR_REFUSED)
			continue;
		ck_assert(cr_holds_retention(&retention, &before.entry, &old));
		ck_assert(cr_holds_retention(&retention, &after.entry, &new));
		ck_assert_msg(old.until < door.now || new.until >= old.until,
		    "%s-> %s", lines[0], lines[1]);
	}
}
END_TEST

static const struct {
	const char *value;
	bool blank;
} blanks[] = {
	{ "", true }, { " ", true }, { "\t\r\n", true }, { "-", true },
	{ "...", true }, { "$ $", true }, { "\xc2\xa0", true },
	{ "\xe2\x80\x8b", true }, { "\xe2\x80\x94", true },
	{ "\xe3\x80\x80", true }, { "\xef\xbb\xbf", true },
	{ "\xc2\xad-\xe2\x81\xa0", true }, { "\xf3\xa0\x80\xa0", true },
	{ "a", false }, { " Z", false }, { "0", false }, { "\xc3\xa4", false },
	{ "- \xe6\xbc\xa2", false }, { "\xf0\x9f\x90\x84", false },
	/* half a character says nothing */
	{ "\xc3", true }, { "\xe2\x80", true }
};

START_TEST(a_value_is_blank)
{
	ck_assert_int_eq(cr_door_is_blank(cr_slice_of(blanks[_i].value)),
	    blanks[_i].blank);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("door");
	TCase *tcase = tcase_create("door");

	tcase_add_loop_test(tcase, an_entry_leaves, 0, COUNT(leaves));
	tcase_add_test(tcase, half_a_registrar_is_a_clerk);
	tcase_add_loop_test(tcase, an_entry_is_modified, 0, COUNT(modifies));
	tcase_add_test(tcase, a_held_entry_keeps_its_class);
	tcase_add_test(tcase, asking_as_if_held_is_enough);
	tcase_add_test(tcase, nothing_a_clerk_may_do_ends_retention_earlier);
	tcase_add_loop_test(tcase, a_value_is_blank, 0, COUNT(blanks));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
