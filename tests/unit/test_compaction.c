/* What waits to be compacted: the file's line, and what follows from it. */
#include "unit/suite.h"

#include <string.h>

#include "core/compaction.h"

enum { DAY = 24 * 3600 };

static int64_t
at(const char *text)
{
	int64_t time = 0;

	ck_assert_int_eq(cr_time_parse(cr_slice_of(text), &time), CR_OK);
	return time;
}

static const char needed[] =
    "custreg-compaction 1 needed 20260102030405Z 20260201030405Z "
    "d669c640700d765c\n";
static const char done[] =
    "custreg-compaction 1 done 20260102030405Z 1234567 427c98ad4a55d487\n";

START_TEST(golden)
	{
		char text[CR_COMPACTION_TEXT_SIZE];
		struct cr_compaction read;

		ck_assert_int_eq(cr_compaction_parse(cr_slice_of(needed),
				     &read),
		    CR_OK);
		ck_assert_int_eq(read.state, CR_COMPACTION_NEEDED);
		ck_assert_int_eq(read.time, at("20260102030405Z"));
		ck_assert_int_eq(read.due, at("20260201030405Z"));
		ck_assert_int_eq(cr_compaction_format(&read, text), CR_OK);
		ck_assert_str_eq(text, needed);
		ck_assert_int_eq(cr_compaction_parse(cr_slice_of(done), &read),
		    CR_OK);
		ck_assert_int_eq(read.state, CR_COMPACTION_DONE);
		ck_assert_uint_eq(read.file, 1234567);
		ck_assert_int_eq(cr_compaction_format(&read, text), CR_OK);
		ck_assert_str_eq(text, done);
	}
END_TEST

START_TEST(longest)
	{
		struct cr_compaction read,
		    most = { .state = CR_COMPACTION_DONE,
			    .time = at("99991231235959Z"),
			    .file = UINT64_MAX };
		char text[CR_COMPACTION_TEXT_SIZE];

		ck_assert_int_eq(cr_compaction_format(&most, text), CR_OK);
		ck_assert_int_eq(cr_compaction_parse(cr_slice_of(text), &read),
		    CR_OK);
		ck_assert_uint_eq(read.file, UINT64_MAX);
		most.time = INT64_MAX;
		ck_assert_int_eq(cr_compaction_format(&most, text), CR_EVALUE);
		most = (struct cr_compaction){ 0 };
		ck_assert_int_eq(cr_compaction_format(&most, text), CR_EVALUE);
	}
END_TEST

/* Every cut, and every bit of every byte: no other text is a state. */
START_TEST(nothing_else)
	{
		const char *const texts[] = { needed, done };
		struct cr_compaction read;

		for (size_t t = 0; t < 2; t++) {
			char text[CR_COMPACTION_TEXT_SIZE];
			size_t len = strlen(texts[t]);

			for (size_t cut = 0; cut < len; cut++)
				ck_assert_int_eq(
				    cr_compaction_parse((struct cr_slice){
							    texts[t], cut },
					&read),
				    CR_ESYNTAX);
			for (size_t bit = 0; bit < 8 * len; bit++) {
				memcpy(text, texts[t], len);
				text[bit / 8] ^= (char)(1 << bit % 8);
				ck_assert_int_eq(
				    cr_compaction_parse((struct cr_slice){
							    text, len },
					&read),
				    CR_ESYNTAX);
				ck_assert_int_eq(read.state,
				    CR_COMPACTION_UNKNOWN);
			}
		}
	}
END_TEST

START_TEST(needed_once)
	{
		struct cr_compaction c = { 0 };
		int64_t now = at("20260102030405Z");

		ck_assert(cr_compaction_need(&c, now, 30));
		ck_assert_int_eq(c.due, now + 30 * DAY);
		/* more that goes later does not move it */
		ck_assert(!cr_compaction_need(&c, now + DAY, 30));
		ck_assert_int_eq(c.time, now);
		ck_assert_int_eq(c.due, now + 30 * DAY);
		/* a shorter setting does */
		ck_assert(cr_compaction_need(&c, now + DAY, 7));
		ck_assert_int_eq(c.time, now);
		ck_assert_int_eq(c.due, now + 8 * DAY);
		ck_assert(!cr_compaction_is_overdue(&c, c.due));
		ck_assert(cr_compaction_is_overdue(&c, c.due + 1));
	}
END_TEST

START_TEST(clock_ahead_is_put_right)
	{
		struct cr_compaction c = { 0 };
		int64_t now = at("20260102030405Z");

		ck_assert(cr_compaction_need(&c, now + 3650 * (int64_t)DAY,
		    30));
		ck_assert(cr_compaction_need(&c, now, 30));
		ck_assert_int_eq(c.time, now);
		ck_assert_int_eq(c.due, now + 30 * DAY);
	}
END_TEST

START_TEST(what_done_covers)
	{
		struct cr_compaction c = { 0 };
		int64_t now = at("20260102030405Z");

		ck_assert(!cr_compaction_covers(&c, 7, now));
		ck_assert(cr_compaction_need(&c, now, 30));
		ck_assert(!cr_compaction_covers(&c, 7, now));
		cr_compaction_finish(&c, now + 5, 7);
		ck_assert(cr_compaction_covers(&c, 7, now));
		ck_assert(cr_compaction_covers(&c, 7, now + 5));
		/* written later, by another server */
		ck_assert(!cr_compaction_covers(&c, 7, now + 6));
		/* another file has been put there */
		ck_assert(!cr_compaction_covers(&c, 8, now));
		ck_assert(!cr_compaction_is_overdue(&c, INT64_MAX));
		/* something goes, and the clock was set back */
		ck_assert(cr_compaction_need(&c, now - DAY, 30));
		ck_assert(!cr_compaction_covers(&c, 7, now));
		/* compacted with the clock further back */
		cr_compaction_finish(&c, now - 2 * DAY, 9);
		ck_assert_int_eq(c.time, now - DAY);
		ck_assert(cr_compaction_covers(&c, 9, now - DAY));
	}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compaction");
	TCase *tc = tcase_create("compaction");

	tcase_add_test(tc, golden);
	tcase_add_test(tc, longest);
	tcase_add_test(tc, nothing_else);
	tcase_add_test(tc, needed_once);
	tcase_add_test(tc, clock_ahead_is_put_right);
	tcase_add_test(tc, what_done_covers);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
