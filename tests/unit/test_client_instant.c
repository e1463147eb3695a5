/* Times of the client, as they are written down. */
#include "unit/suite.h"

#include "../../client/instant.h"
#include "core/clock.h"

static const struct {
	const char *time;	/* GeneralizedTime */
	const char *iso;
	const char *day;	/* NULL: the end of none */
} instants[] = {
	{ "20321231215959Z", "2032-12-31T21:59:59Z", "2032-12-31" },
	{ "20321231220000Z", "2032-12-31T22:00:00Z", NULL },
	{ "20321231215958Z", "2032-12-31T21:59:58Z", NULL },
	{ "20321231205959Z", "2032-12-31T20:59:59Z", NULL },
	{ "20321231235959Z", "2032-12-31T23:59:59Z", NULL },
	{ "20300630205959Z", "2030-06-30T20:59:59Z", "2030-06-30" },
	{ "20300630215959Z", "2030-06-30T21:59:59Z", NULL },
	{ "20300630120000Z", "2030-06-30T12:00:00Z", NULL },
	/* the nights in which the clock is turned */
	{ "20260328215959Z", "2026-03-28T21:59:59Z", "2026-03-28" },
	{ "20260329205959Z", "2026-03-29T20:59:59Z", "2026-03-29" },
	{ "20261024205959Z", "2026-10-24T20:59:59Z", "2026-10-24" },
	{ "20261025215959Z", "2026-10-25T21:59:59Z", "2026-10-25" },
	{ "20280229215959Z", "2028-02-29T21:59:59Z", "2028-02-29" },
	{ "00000101000000Z", "0000-01-01T00:00:00Z", NULL },
	{ "99991231215959Z", "9999-12-31T21:59:59Z", "9999-12-31" },
	{ "99991231235959Z", "9999-12-31T23:59:59Z", NULL }
};

START_TEST(an_instant_is_written)
{
	char iso[CR_INSTANT_ISO_SIZE];
	char day[CR_INSTANT_DAY_SIZE] = "-";
	int64_t time;

	ck_assert_int_eq(cr_time_parse(cr_slice_of(instants[_i].time), &time),
	    CR_OK);
	cr_instant_iso(time, iso);
	ck_assert_str_eq(iso, instants[_i].iso);
	ck_assert_int_eq(cr_instant_ends_day(time, day),
	    instants[_i].day != NULL);
	ck_assert_str_eq(day, instants[_i].day != NULL ? instants[_i].day :
	    "-");
}
END_TEST

START_TEST(an_instant_in_no_year_is_zeros)
{
	char iso[CR_INSTANT_ISO_SIZE];
	char day[CR_INSTANT_DAY_SIZE];

	cr_instant_iso(INT64_MAX / 2, iso);
	ck_assert_str_eq(iso, "0000-00-00T00:00:00Z");
	ck_assert(!cr_instant_ends_day(INT64_MAX / 2, day));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client instant");
	TCase *tcase = tcase_create("client instant");

	tcase_add_loop_test(tcase, an_instant_is_written, 0,
	    sizeof(instants) / sizeof(instants[0]));
	tcase_add_test(tcase, an_instant_in_no_year_is_zeros);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
