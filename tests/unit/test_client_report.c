#include "unit/suite.h"

#include <stdio.h>

#include "../../client/report.h"

START_TEST(the_first_of_the_alphabet_are_kept)
{
	struct cr_sample sample = { .limit = 3 };
	const struct cr_strings *list;
	char text[8];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "u%02d", (i * 37 + 5) % 100);
		ck_assert_int_eq(cr_sample_add(&sample, cr_slice_of(text)),
			CR_OK);
	}
	list = cr_sample_list(&sample);
	ck_assert_uint_eq(sample.total, 100);
	ck_assert_uint_eq(sample.distinct, 100);
	ck_assert_uint_eq(list->count, 3);
	ck_assert_str_eq(list->items[0], "u00");
	ck_assert_str_eq(list->items[1], "u01");
	ck_assert_str_eq(list->items[2], "u02");
	cr_sample_clear(&sample);
}
END_TEST

START_TEST(without_a_limit_all_are_kept)
{
	struct cr_sample sample = { 0 };
	static const char *const texts[] = { "b", "a", "C", "c" };
	const struct cr_strings *list;

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(cr_sample_add(&sample,
			cr_slice_of(texts[i])), CR_OK);
	list = cr_sample_list(&sample);
	ck_assert_uint_eq(list->count, 4);
	ck_assert_str_eq(list->items[0], "a");
	ck_assert_str_eq(list->items[2], "C");
	ck_assert_str_eq(list->items[3], "c");
	cr_sample_clear(&sample);
}
END_TEST

START_TEST(one_entry_is_one_example)
{
	struct cr_sample sample = { .limit = 5 };

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(cr_sample_add(&sample,
			CR_SLICE_LITERAL("same")), CR_OK);
	ck_assert_uint_eq(sample.total, 3);
	ck_assert_uint_eq(sample.distinct, 1);
	ck_assert_uint_eq(cr_sample_list(&sample)->count, 1);
	cr_sample_clear(&sample);
}
END_TEST

START_TEST(findings_are_joined_and_sorted)
{
	struct cr_report report = { .limit = 5 };
	const struct cr_slice x = CR_SLICE_LITERAL("x");

	ck_assert(!cr_report_has_problem(&report));
	ck_assert_int_eq(cr_report_find(&report, CR_FIND_LOG, "", x), CR_OK);
	ck_assert(!cr_report_has_problem(&report));
	ck_assert_int_eq(cr_report_find(&report, CR_FIND_VALUE, "b", x),
		CR_OK);
	ck_assert_int_eq(cr_report_find(&report, CR_FIND_VALUE, "a", x),
		CR_OK);
	ck_assert_int_eq(cr_report_find(&report, CR_FIND_VALUE, "b",
		CR_SLICE_LITERAL("y")), CR_OK);
	ck_assert(cr_report_has_problem(&report));
	cr_report_sort(&report);
	ck_assert_uint_eq(report.finding_count, 3);
	ck_assert_str_eq(report.findings[0].detail, "a");
	ck_assert_str_eq(report.findings[1].detail, "b");
	ck_assert_uint_eq(report.findings[1].examples.total, 2);
	ck_assert_int_eq(report.findings[2].kind, CR_FIND_LOG);
	cr_report_clear(&report);
}
END_TEST

START_TEST(reasons_are_counted)
{
	struct cr_report report = { .purpose_count = 1 };

	ck_assert_int_eq(cr_report_hidden(&report, 0, "b"), CR_OK);
	ck_assert_int_eq(cr_report_hidden(&report, 0, "a"), CR_OK);
	ck_assert_int_eq(cr_report_hidden(&report, 0, "B"), CR_OK);
	cr_report_sort(&report);
	ck_assert_uint_eq(report.purposes[0].reason_count, 2);
	ck_assert_str_eq(report.purposes[0].reasons[0].ban, "a");
	ck_assert_uint_eq(report.purposes[0].reasons[1].count, 2);
	cr_report_clear(&report);
}
END_TEST

/* Every finding has its texts, and the names are unlike each other. */
START_TEST(findings_have_texts)
{
	const struct cr_finding_text *text = &cr_finding_texts[_i];

	ck_assert_ptr_nonnull(text->id);
	ck_assert_ptr_nonnull(text->title);
	ck_assert_ptr_nonnull(text->advice);
	ck_assert_ptr_nonnull(strchr(".?",
		text->advice[strlen(text->advice) - 1]));
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(cr_finding_texts[i].id, text->id);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client report");
	TCase *tcase = tcase_create("client report");

	tcase_add_test(tcase, the_first_of_the_alphabet_are_kept);
	tcase_add_test(tcase, without_a_limit_all_are_kept);
	tcase_add_test(tcase, one_entry_is_one_example);
	tcase_add_test(tcase, findings_are_joined_and_sorted);
	tcase_add_test(tcase, reasons_are_counted);
	tcase_add_loop_test(tcase, findings_have_texts, 0, CR_FIND_KINDS);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
