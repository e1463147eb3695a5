/* What reaches a terminal of texts that others wrote. */
#include "unit/suite.h"

#include "../../client/command.h"
#include "../../client/safe.h"
#include "unit/complaint.h"

#define TEXT(s) { (s), sizeof(s) - 1 }

static const struct {
	struct cr_slice text;
	const char *safe;
	size_t width;
} texts[] = {
	{ TEXT(""), "", 0 },
	{ TEXT("Accounting Act 2:10"), "Accounting Act 2:10", 19 },
	{ TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82"),
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82", 3 },
	/* next to what is left out */
	{ TEXT("\xc2\xa0\xd8\x9b\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf"
	    "\xe2\x81\xa5\xe2\x81\xaa"),
	    "\xc2\xa0\xd8\x9b\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf"
	    "\xe2\x81\xa5\xe2\x81\xaa", 8 },
	{ TEXT("a\tb\nc\rd"), "a?b?c?d", 7 },
	{ TEXT("\x1b[2J\x1b]0;x\x07"), "?[2J?]0;x?", 10 },
	{ TEXT("a\x7f"), "a?", 2 },
	/* CSI and OSC as one character each */
	{ TEXT("\xc2\x9b" "2J\xc2\x9d" "0;x\xc2\x9c\xc2\x80\xc2\x9f"),
	    "?2J?0;x???", 10 },
	/* and as one byte, where no UTF-8 is spoken */
	{ TEXT("\x9b" "2J \xc3\xa4"), "?2J ??", 6 },
	{ TEXT("a\xc3"), "a?", 2 },
	{ TEXT("a\0b"), "a?b", 3 },
	/* "until 31.12.", written from right to left */
	{ TEXT("\xe2\x80\xae.21.13\xe2\x80\xac"), "?.21.13?", 8 },
	{ TEXT("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x81\xa6"
	    "\xe2\x81\xa9"), "??????", 6 },
	{ TEXT("a\xe2\x80\xa8" "b\xe2\x80\xa9"), "a?b?", 4 }
};

START_TEST(nothing_drives_a_terminal)
{
	char *safe = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&safe, &len);

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(cr_put_safe(out, texts[_i].text), texts[_i].width);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(safe, texts[_i].safe);
	free(safe);
}
END_TEST

START_TEST(nor_does_a_complaint)
{
	char *text;

	complaint_begin();
	cr_complain("bind: %s: %s", "Invalid credentials", "\x1b[2Jdone\n");
	text = complaint_end();
	ck_assert_str_eq(text,
	    "custreg: bind: Invalid credentials: ?[2Jdone?\n");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client safe");
	TCase *tcase = tcase_create("client safe");

	tcase_add_loop_test(tcase, nothing_drives_a_terminal, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tcase, nor_does_a_complaint);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
