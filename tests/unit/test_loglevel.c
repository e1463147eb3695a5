/* What slapd's log levels tell. */
#include "unit/suite.h"

#include "core/loglevel.h"

static const struct {
	const char *word;
	unsigned telling;
} words[] = {
	{ "any", 0x47b7 },
	{ "ANY", 0x47b7 },
	{ "-1", 0x47b7 },
	{ "stats", 0x100 },
	{ "Stats", 0x100 },
	{ "256", 0x100 },
	{ "0x100", 0x100 },
	{ "0x140", 0x100 },
	{ "stats2", 0x200 },
	{ "trace", 0x1 },
	{ "packets", 0x2 },
	{ "args", 0x4 },
	{ "ber", 0x10 },
	{ "filter", 0x20 },
	{ "acl", 0x80 },
	{ "shell", 0x400 },
	{ "sync", 0x4000 },
	{ "conns", 0 },
	{ "config", 0 },
	{ "parse", 0 },
	{ "none", 0 },
	{ "32768", 0 },
	{ "0", 0 }
};

START_TEST(what_each_tells)
{
	unsigned mask = 0;

	ck_assert_int_eq(cr_log_level_parse(cr_slice_of(words[_i].word),
	    &mask), CR_OK);
	ck_assert_uint_eq(cr_log_level_telling(mask), words[_i].telling);
}
END_TEST

static const char *const bad[] = { "", "stat", "stats3", "0x", "1x", "x1",
	"99999999999", "-99999999999", "1 2", "000000000000000000000000001" };

START_TEST(what_is_no_level)
{
	unsigned mask = 77;

	ck_assert_int_eq(cr_log_level_parse(cr_slice_of(bad[_i]), &mask),
	    CR_ESYNTAX);
	ck_assert_uint_eq(mask, 77);
}
END_TEST

static const struct {
	unsigned mask;
	const char *text;
} texts[] = {
	{ 0, "" },
	{ 0x100, "stats" },
	{ 0x4301, "trace stats stats2 sync" },
	{ ~0u, "any" },
	{ 0xcfff, "trace packets args conns BER filter config ACL stats "
	    "stats2 shell parse sync none" }
};

START_TEST(names)
{
	char text[CR_LOG_LEVEL_TEXT_SIZE];

	cr_log_level_format(texts[_i].mask, text);
	ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("loglevel");
	TCase *tc = tcase_create("loglevel");

	tcase_add_loop_test(tc, what_each_tells, 0,
	    sizeof(words) / sizeof(words[0]));
	tcase_add_loop_test(tc, what_is_no_level, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tc, names, 0, sizeof(texts) / sizeof(texts[0]));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
