#include "unit/suite.h"

#include "core/clock.h"
#include "core/retention.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *text;
	int month;		/* 0: no day a year can end on */
	int day;
} year_ends[] = {
	{ "12-31", 12, 31 }, { "06-30", 6, 30 }, { "01-01", 1, 1 },
	{ "02-28", 2, 29 }, { "02-29", 2, 29 }, { "02-27", 2, 27 },
	{ "04-30", 4, 30 },
	{ "", 0, 0 }, { "12-32", 0, 0 }, { "00-01", 0, 0 }, { "01-00", 0, 0 },
	{ "13-01", 0, 0 }, { "02-30", 0, 0 }, { "04-31", 0, 0 },
	{ "6-30", 0, 0 }, { "06/30", 0, 0 }, { "06-30 ", 0, 0 },
	{ "0630", 0, 0 }, { "06-3x", 0, 0 }, { "-6-30", 0, 0 }
};

START_TEST(a_financial_year_ends)
{
	struct cr_year_end end = { 0, 0 };
	int rc = cr_year_end_parse(cr_slice_of(year_ends[_i].text), &end);

	ck_assert_int_eq(rc, year_ends[_i].month == 0 ? CR_ESYNTAX : CR_OK);
	ck_assert_int_eq(end.month, year_ends[_i].month);
	ck_assert_int_eq(end.day, year_ends[_i].day);
}
END_TEST

static const struct {
	const char *class;
	const char *year_end;
	const char *date;
	const char *until;	/* NULL: no end can be said */
} ends[] = {
	{ "crInvoice", "12-31", "20250615090000Z", "20311231215959Z" },
	{ "CRINVOICE", "12-31", "20250101000000Z", "20311231215959Z" },
	/* the year ends at midnight in Helsinki, 22:00 UTC */
	{ "crInvoice", "12-31", "20251231215959Z", "20311231215959Z" },
	{ "crInvoice", "12-31", "20251231220000Z", "20321231215959Z" },
	{ "crInvoice", "12-31", "20260101000000+0200", "20321231215959Z" },
	{ "crInvoice", "12-31", "20251231235959+0200", "20311231215959Z" },
	{ "crInvoice", "12-31", "20251231000000Z", "20311231215959Z" },
	/* in summer at 21:00 UTC */
	{ "crInvoice", "06-30", "20250630205959Z", "20311231215959Z" },
	{ "crInvoice", "06-30", "20250630210000Z", "20321231215959Z" },
	{ "crInvoice", "06-30", "20250101000000Z", "20311231215959Z" },
	{ "crInvoice", "06-30", "20241231215959Z", "20311231215959Z" },
	{ "crInvoice", "06-30", "20240630205959Z", "20301231215959Z" },
	/* the last day of February, whichever it is */
	{ "crInvoice", "02-28", "20250228215959Z", "20311231215959Z" },
	{ "crInvoice", "02-28", "20250228220000Z", "20321231215959Z" },
	{ "crInvoice", "02-28", "20240229215959Z", "20301231215959Z" },
	{ "crInvoice", "02-28", "20240229220000Z", "20311231215959Z" },
	{ "crInvoice", "02-29", "20240229215959Z", "20301231215959Z" },
	{ "crInvoice", "02-29", "20240229220000Z", "20311231215959Z" },
	{ "crInvoice", "02-29", "20250228215959Z", "20311231215959Z" },
	{ "crInvoice", "02-29", "20250228220000Z", "20321231215959Z" },
	{ "crInvoice", "02-27", "20240227220000Z", "20311231215959Z" },
	{ "crInvoice", "01-01", "20250101215959Z", "20311231215959Z" },
	{ "crInvoice", "01-01", "20250101220000Z", "20321231215959Z" },
	/* no financial year is known: the longer */
	{ "crInvoice", NULL, "20250101120000Z", "20321231215959Z" },
	{ "crInvoice", "12-31", "19690720201740Z", "19751231215959Z" },
	{ "crInvoice", "12-31", "18991231120000Z", "19051231215959Z" },
	{ "crInvoice", "12-31", "99931231120000Z", "99991231215959Z" },
	{ "crInvoice", "12-31", "99940101120000Z", NULL },
	{ "crInvoice", "06-30", "99930701120000Z", NULL },
	{ "crInvoice", "12-31", "99991231235959Z", NULL },
	{ "crInvoice", "12-31", "00000101000000Z", "00061231215959Z" },
	{ "crInvoice", "12-31", "", NULL },
	{ "crInvoice", "12-31", "2025-06-15", NULL },
	{ "crInvoice", "12-31", "20250229120000Z", NULL },
	{ "crInvoice", "12-31", "20250615", NULL },
	{ "crCollection", "12-31", "20250615090000Z", "20311231215959Z" },
	{ "crAssignment", "12-31", "20250615090000Z", "20311231215959Z" },
	/* plain years from a day, the last one inclusive */
	{ "crRequest", "06-30", "20250615090000Z", "20280615205959Z" },
	{ "crRequest", "06-30", "20250115090000Z", "20280115215959Z" },
	{ "crRequest", "12-31", "20251231220000Z", "20290101215959Z" },
	{ "crDisclosure", "12-31", "20240229120000Z", "20270228215959Z" },
	{ "crDisclosure", "12-31", "20240228220000Z", "20270228215959Z" },
	{ "crDisclosure", "12-31", "20230228220000Z", "20260301215959Z" },
	{ "crDisclosure", "12-31", "20250330120000Z", "20280330205959Z" },
	{ "crDisclosure", "12-31", "20251026120000Z", "20281026205959Z" },
	{ "crDisclosure", "12-31", "99970101120000Z", NULL },
	{ "crCustomer", "12-31", "20220310080000Z", "20250310215959Z" },
	{ "crCustomer", "12-31", "never", NULL }
};

START_TEST(a_period_ends)
{
	struct cr_retention retention = cr_retention_shipped(
	    (struct cr_year_end){ 0, 0 });
	const struct cr_retention_rule *rule;
	char text[CR_TIME_TEXT_SIZE];
	int64_t until = 42;
	int rc;

	if (ends[_i].year_end != NULL)
		ck_assert_int_eq(cr_year_end_parse(
		    cr_slice_of(ends[_i].year_end), &retention.year_end),
		    CR_OK);
	rule = cr_retention_rule_of(&retention, cr_slice_of(ends[_i].class));
	ck_assert_ptr_nonnull(rule);
	rc = cr_retention_end(rule, retention.year_end,
	    cr_slice_of(ends[_i].date), &until);
	if (ends[_i].until == NULL) {
		ck_assert_int_eq(rc, CR_ESYNTAX);
		ck_assert_int_eq(until, 42);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_int_eq(cr_time_format(until, text), CR_OK);
	ck_assert_str_eq(text, ends[_i].until);
}
END_TEST

START_TEST(a_rule_that_counts_in_no_way_has_no_end)
{
	static const int counts[] = { CR_COUNT_NONE, 99, -1 };

	for (int i = 0; i < COUNT(counts); i++) {
		const struct cr_retention_rule rule = {
			.class = "x", .count = (enum cr_count)counts[i] };
		int64_t until = 42;

		ck_assert_int_eq(cr_retention_end(&rule, CR_YEAR_END_DEFAULT,
		    CR_SLICE_LITERAL("20250101000000Z"), &until),
		    CR_ESYNTAX);
		ck_assert_int_eq(until, 42);
	}
}
END_TEST

START_TEST(the_rules_shipped)
{
	static const struct {
		const char *class;
		enum cr_weight weight;
		enum cr_erase_reason reason;
	} rows[] = {
		{ "crInvoice", CR_WEIGHT_HOLD, CR_ERASE_STATUTE },
		{ "crCollection", CR_WEIGHT_BESIDE, CR_ERASE_STATUTE },
		{ "crAssignment", CR_WEIGHT_BESIDE, CR_ERASE_STATUTE },
		{ "crDisclosure", CR_WEIGHT_TERM, CR_ERASE_CLAIM },
		{ "crRequest", CR_WEIGHT_TERM, CR_ERASE_CLAIM },
		{ "crCustomer", CR_WEIGHT_TERM, CR_ERASE_CLAIM }
	};
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);

	ck_assert_uint_eq(retention.count, (size_t)COUNT(rows));
	for (int i = 0; i < COUNT(rows); i++) {
		const struct cr_retention_rule *rule = cr_retention_rule_of(
		    &retention, cr_slice_of(rows[i].class));

		ck_assert_ptr_nonnull(rule);
		ck_assert_int_eq(rule->weight, rows[i].weight);
		ck_assert_int_eq(rule->reason, rows[i].reason);
		ck_assert_uint_gt(strlen(rule->law), 0);
	}
	ck_assert_ptr_null(cr_retention_rule_of(&retention,
	    CR_SLICE_LITERAL("inetOrgPerson")));
	ck_assert_ptr_null(cr_retention_rule_of(&retention,
	    (struct cr_slice){ NULL, 0 }));
}
END_TEST

/*
 * Whatever the financial year: never less than six full years after the date,
 * never eight, always at the end of a year in Helsinki, and a later date never
 * ends earlier.
 */
START_TEST(six_years_are_never_cut_short)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	const struct cr_retention_rule *rule = cr_retention_rule_of(
	    &retention, CR_SLICE_LITERAL("crInvoice"));
	const int64_t year = INT64_C(31556952);
	struct cr_year_end year_end;
	int64_t last = INT64_MIN;

	ck_assert_int_eq(cr_year_end_parse(cr_slice_of(year_ends[_i].text),
	    &year_end), CR_OK);
	for (int64_t time = -40 * year; time < 80 * year; time += 280063) {
		char text[CR_TIME_TEXT_SIZE];
		struct cr_date day;
		int64_t until;

		ck_assert_int_eq(cr_time_format(time, text), CR_OK);
		ck_assert_int_eq(cr_retention_end(rule, year_end,
		    cr_slice_of(text), &until), CR_OK);
		ck_assert_int_ge(until, time + 6 * year - 86400);
		ck_assert_int_le(until, time + 8 * year + 86400);
		ck_assert_int_ge(until, last);
		ck_assert_int_eq(cr_time_helsinki_date(until, &day), CR_OK);
		ck_assert_int_eq(day.month, 12);
		ck_assert_int_eq(day.day, 31);
		last = until;
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("retention");
	TCase *tcase = tcase_create("retention");

	tcase_add_loop_test(tcase, a_financial_year_ends, 0,
	    COUNT(year_ends));
	tcase_add_loop_test(tcase, a_period_ends, 0, COUNT(ends));
	tcase_add_test(tcase, a_rule_that_counts_in_no_way_has_no_end);
	tcase_add_test(tcase, the_rules_shipped);
	tcase_add_loop_test(tcase, six_years_are_never_cut_short, 0, 7);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
