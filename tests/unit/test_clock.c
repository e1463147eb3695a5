#include "unit/suite.h"

#include "core/clock.h"

#include <stdio.h>
#include <time.h>

static const struct {
	const char *text;
	const char *utc;	/* NULL: no time */
} times[] = {
	{ "20251231215959Z", "20251231215959Z" },
	{ "202512312159Z", "20251231215900Z" },
	{ "2025123121Z", "20251231210000Z" },
	{ "20251231215959.999Z", "20251231215959Z" },
	{ "20251231215959,5Z", "20251231215959Z" },
	{ "2025123121.5Z", "20251231213000Z" },
	{ "202512312159.25Z", "20251231215915Z" },
	{ "2025123121.99999999999999999999Z", "20251231215959Z" },
	{ "20251231235959+0200", "20251231215959Z" },
	{ "20251231235959+02", "20251231215959Z" },
	{ "20251231165959-0500", "20251231215959Z" },
	{ "20260101012959+0330", "20251231215959Z" },
	{ "20161231235960Z", "20170101000000Z" },
	{ "20240229000000Z", "20240229000000Z" },
	{ "20000229000000Z", "20000229000000Z" },
	{ "00000101000000Z", "00000101000000Z" },
	{ "99991231235959Z", "99991231235959Z" },
	{ "", NULL }, { "Z", NULL }, { "2025", NULL }, { "20251231Z", NULL },
	{ "20251231215959", NULL }, { "20251231215959z", NULL },
	{ "20251231215959Z ", NULL }, { " 20251231215959Z", NULL },
	{ "20251231215959ZZ", NULL }, { "2025123121595Z", NULL },
	{ "20251331215959Z", NULL }, { "20250031215959Z", NULL },
	{ "20251200215959Z", NULL }, { "20251232215959Z", NULL },
	{ "20250431215959Z", NULL }, { "20250229000000Z", NULL },
	{ "19000229000000Z", NULL }, { "20251231245959Z", NULL },
	{ "20251231216059Z", NULL }, { "20251231215961Z", NULL },
	{ "20251231215959.Z", NULL }, { "20251231215959.5", NULL },
	{ "20251231215959+Z", NULL }, { "20251231215959+2", NULL },
	{ "20251231215959+020", NULL }, { "20251231215959+2400", NULL },
	{ "20251231215959+0260", NULL }, { "20251231215959+02000", NULL },
	{ "+0251231215959Z", NULL }, { "2025-12-31", NULL },
	{ "2025123121595\xb2Z", NULL }
};

START_TEST(parses)
{
	char text[CR_TIME_TEXT_SIZE];
	int64_t time = 42;
	int rc = cr_time_parse(cr_slice_of(times[_i].text), &time);

	if (times[_i].utc == NULL) {
		ck_assert_int_eq(rc, CR_ESYNTAX);
		ck_assert_int_eq(time, 42);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_int_eq(cr_time_format(time, text), CR_OK);
	ck_assert_str_eq(text, times[_i].utc);
}
END_TEST

START_TEST(a_nul_inside_is_no_time)
{
	static const char text[] = "20251231\0" "15959Z";
	int64_t time;

	ck_assert_int_eq(cr_time_parse((struct cr_slice){ text,
	    sizeof(text) - 1 }, &time), CR_ESYNTAX);
	ck_assert_int_eq(cr_time_parse((struct cr_slice){ NULL, 0 }, &time),
	    CR_ESYNTAX);
}
END_TEST

/* Against the C library, over the whole range it shares with ours. */
START_TEST(agrees_with_gmtime)
{
	const int64_t first = INT64_C(-62167219200);
	const int64_t last = INT64_C(253402300799);

	for (int64_t at = first; at <= last; at += INT64_C(86399) * 171) {
		char ours[CR_TIME_TEXT_SIZE];
		char theirs[64];
		time_t seconds = (time_t)at;
		struct tm tm;
		int64_t back;

		ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
		snprintf(theirs, sizeof(theirs), "%04d%02d%02d%02d%02d%02dZ",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec);
		ck_assert_int_eq(cr_time_format(at, ours), CR_OK);
		ck_assert_str_eq(ours, theirs);
		ck_assert_int_eq(cr_time_parse(cr_slice_of(ours), &back),
		    CR_OK);
		ck_assert_int_eq(back, at);
	}
}
END_TEST

START_TEST(formats_four_digit_years_only)
{
	char text[CR_TIME_TEXT_SIZE];

	ck_assert_int_eq(cr_time_format(INT64_C(-62167219200), text), CR_OK);
	ck_assert_str_eq(text, "00000101000000Z");
	ck_assert_int_eq(cr_time_format(INT64_C(-62167219201), text),
	    CR_ESYNTAX);
	ck_assert_int_eq(cr_time_format(INT64_C(253402300799), text), CR_OK);
	ck_assert_str_eq(text, "99991231235959Z");
	ck_assert_int_eq(cr_time_format(INT64_C(253402300800), text),
	    CR_ESYNTAX);
	ck_assert_int_eq(cr_time_format(INT64_MIN, text), CR_ESYNTAX);
	ck_assert_int_eq(cr_time_format(INT64_MAX, text), CR_ESYNTAX);
}
END_TEST

static const struct {
	int year;
	int month;
	int day;
	const char *end;	/* NULL: no such day */
} days[] = {
	{ 2025, 12, 31, "20251231215959Z" },
	{ 2025, 6, 30, "20250630205959Z" },
	{ 2025, 3, 29, "20250329215959Z" },
	{ 2025, 3, 30, "20250330205959Z" },	/* clocks forward */
	{ 2025, 10, 25, "20251025205959Z" },
	{ 2025, 10, 26, "20251026215959Z" },	/* clocks back */
	{ 2024, 2, 29, "20240229215959Z" },
	{ 2024, 3, 31, "20240331205959Z" },
	{ 1995, 9, 23, "19950923205959Z" },
	{ 1995, 9, 24, "19950924215959Z" },
	{ 1970, 7, 1, "19700701215959Z" },
	{ 2025, 2, 29, NULL }, { 2025, 0, 1, NULL }, { 2025, 13, 1, NULL },
	{ 2025, 4, 31, NULL }, { 2025, 1, 0, NULL }, { -1, 1, 1, NULL },
	{ 10000, 1, 1, NULL }
};

START_TEST(a_helsinki_day_ends)
{
	char text[CR_TIME_TEXT_SIZE];
	int64_t end = 42;
	int rc = cr_time_helsinki_day_end(days[_i].year, days[_i].month,
	    days[_i].day, &end);

	if (days[_i].end == NULL) {
		ck_assert_int_eq(rc, CR_ESYNTAX);
		ck_assert_int_eq(end, 42);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_int_eq(cr_time_format(end, text), CR_OK);
	ck_assert_str_eq(text, days[_i].end);
}
END_TEST

/* Every day of sixty years against the zone database, where there is one. */
START_TEST(agrees_with_the_zone_database)
{
	struct tm probe = { .tm_year = 125, .tm_mon = 6, .tm_mday = 1,
		.tm_isdst = -1 };

	ck_assert_int_eq(setenv("TZ", "Europe/Helsinki", 1), 0);
	tzset();
	(void)mktime(&probe);
	if (probe.tm_gmtoff != 3 * 3600)
		return;		/* a_helsinki_day_ends has said it already */
	for (int year = 1981; year <= 2037; year++) {
		for (int day = 1; day <= 365; day++) {
			struct tm tm = { .tm_year = year - 1900,
				.tm_mon = 0, .tm_mday = day, .tm_hour = 23,
				.tm_min = 59, .tm_sec = 59, .tm_isdst = -1 };
			time_t theirs = mktime(&tm);
			int64_t ours;

			ck_assert_int_eq(cr_time_helsinki_day_end(
			    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			    &ours), CR_OK);
			ck_assert_int_eq(ours, (int64_t)theirs);
		}
	}
}
END_TEST

static const struct {
	const char *time;
	int year;		/* -1: none */
	int month;
	int day;
} helsinki_days[] = {
	{ "20251231215959Z", 2025, 12, 31 },
	{ "20251231220000Z", 2026, 1, 1 },
	{ "20250630205959Z", 2025, 6, 30 },
	{ "20250630210000Z", 2025, 7, 1 },
	{ "20240228220000Z", 2024, 2, 29 },
	{ "20230228215959Z", 2023, 2, 28 },
	{ "20230228220000Z", 2023, 3, 1 },
	{ "20250330005959Z", 2025, 3, 30 },	/* clocks forward */
	{ "20250330205959Z", 2025, 3, 30 },
	{ "20250330210000Z", 2025, 3, 31 },
	{ "20251026210000Z", 2025, 10, 26 },	/* clocks back */
	{ "20251026215959Z", 2025, 10, 26 },
	{ "20251026220000Z", 2025, 10, 27 },
	{ "19700630215959Z", 1970, 6, 30 },
	{ "19691231215959Z", 1969, 12, 31 },
	{ "19180131220000Z", 1918, 2, 1 },
	{ "00000101000000Z", 0, 1, 1 },
	{ "99991231215959Z", 9999, 12, 31 },
	{ "99991231220000Z", -1, 0, 0 }
};

START_TEST(an_instant_has_its_helsinki_day)
{
	struct cr_date date = { -1, 0, 0 };
	int64_t time;
	int rc;

	ck_assert_int_eq(cr_time_parse(cr_slice_of(helsinki_days[_i].time),
	    &time), CR_OK);
	rc = cr_time_helsinki_date(time, &date);
	ck_assert_int_eq(rc, helsinki_days[_i].year < 0 ? CR_ESYNTAX : CR_OK);
	ck_assert_int_eq(date.year, helsinki_days[_i].year);
	ck_assert_int_eq(date.month, helsinki_days[_i].month);
	ck_assert_int_eq(date.day, helsinki_days[_i].day);
}
END_TEST

START_TEST(no_day_outside_the_calendar)
{
	static const int64_t outside[] = { INT64_MIN, INT64_MAX,
		INT64_C(-62167219200) - 7201 };

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		struct cr_date date = { 42, 0, 0 };

		ck_assert_int_eq(cr_time_helsinki_date(outside[i], &date),
		    CR_ESYNTAX);
		ck_assert_int_eq(date.year, 42);
	}
}
END_TEST

/* The last second of a day is of that day, the next one of the next. */
START_TEST(days_and_their_ends_agree)
{
	struct cr_date day = { 1900, 1, 1 };

	while (day.year < 2110) {
		struct cr_date back;
		struct cr_date next;
		int64_t end;

		ck_assert_int_eq(cr_time_helsinki_day_end(day.year, day.month,
		    day.day, &end), CR_OK);
		ck_assert_int_eq(cr_time_helsinki_date(end, &back), CR_OK);
		ck_assert_int_eq(cr_time_helsinki_date(end + 1, &next),
		    CR_OK);
		ck_assert_mem_eq(&back, &day, sizeof(day));
		ck_assert(next.day == day.day + 1 || (next.day == 1 &&
		    (next.month == day.month + 1 || (next.month == 1 &&
		    day.month == 12 && next.year == day.year + 1))));
		day = next;
	}
}
END_TEST

static const struct {
	struct cr_date from;
	unsigned years;
	struct cr_date end;	/* year -1: none */
} periods[] = {
	{ { 2025, 6, 30 }, 3, { 2028, 6, 30 } },
	{ { 2025, 6, 30 }, 0, { 2025, 6, 30 } },
	{ { 2024, 2, 29 }, 3, { 2027, 2, 28 } },
	{ { 2024, 2, 29 }, 4, { 2028, 2, 29 } },
	{ { 2096, 2, 29 }, 4, { 2100, 2, 28 } },
	{ { 2023, 2, 28 }, 1, { 2024, 2, 28 } },
	{ { 9996, 1, 1 }, 3, { 9999, 1, 1 } },
	{ { 9997, 1, 1 }, 3, { -1, 0, 0 } },
	{ { 2025, 1, 1 }, UINT32_MAX, { -1, 0, 0 } },
	{ { 2025, 2, 29 }, 1, { -1, 0, 0 } },
	{ { 2025, 13, 1 }, 1, { -1, 0, 0 } },
	{ { 0, 0, 0 }, 1, { -1, 0, 0 } }
};

START_TEST(years_after_a_day)
{
	struct cr_date end = { -1, 0, 0 };
	int rc = cr_date_after_years(&periods[_i].from, periods[_i].years,
	    &end);

	ck_assert_int_eq(rc, periods[_i].end.year < 0 ? CR_ESYNTAX : CR_OK);
	ck_assert_mem_eq(&end, &periods[_i].end, sizeof(end));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_loop_test(tcase, parses, 0,
	    (int)(sizeof(times) / sizeof(times[0])));
	tcase_add_test(tcase, a_nul_inside_is_no_time);
	tcase_add_test(tcase, agrees_with_gmtime);
	tcase_add_test(tcase, formats_four_digit_years_only);
	tcase_add_loop_test(tcase, a_helsinki_day_ends, 0,
	    (int)(sizeof(days) / sizeof(days[0])));
	tcase_add_test(tcase, agrees_with_the_zone_database);
	tcase_add_loop_test(tcase, an_instant_has_its_helsinki_day, 0,
	    (int)(sizeof(helsinki_days) / sizeof(helsinki_days[0])));
	tcase_add_test(tcase, no_day_outside_the_calendar);
	tcase_add_test(tcase, days_and_their_ends_agree);
	tcase_add_loop_test(tcase, years_after_a_day, 0,
	    (int)(sizeof(periods) / sizeof(periods[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
