/* custreg suppress: what its arguments ask for, and how it says bans. */
#include "unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../client/suppress.h"
#include "unit/complaint.h"

#define UUID "5b1f833a-0c4d-4e6f-9a27-61d07eb248c1"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

enum { WORDS = 8 };

/* getopt moves the words, and -w writes into them. */
struct words {
	char text[WORDS][160];
	char *argv[WORDS + 1];
	int argc;
};

static void
set_words(struct words *words, const char *const given[])
{
	*words = (struct words){ .argc = 1 };
	strcpy(words->text[0], "suppress");
	for (; given[words->argc - 1] != NULL; words->argc++) {
		ck_assert_int_lt(words->argc, WORDS);
		ck_assert_uint_lt(strlen(given[words->argc - 1]), 160);
		strcpy(words->text[words->argc], given[words->argc - 1]);
	}
	for (int i = 0; i < words->argc; i++)
		words->argv[i] = words->text[i];
}

static const struct {
	const char *words[WORDS];
	enum cr_suppress_action action;
	const char *id;
	enum cr_case_state decision;
	bool all, json;
} good[] = {
	{ { NULL }, CR_SUPPRESS_LIST, NULL, CR_CASE_OPEN, false, false },
	{ { "list" }, CR_SUPPRESS_LIST, NULL, CR_CASE_OPEN, false, false },
	{ { "--all", "list", "--json" }, CR_SUPPRESS_LIST, NULL,
	    CR_CASE_OPEN, true, true },
	{ { "lift", UUID, "--request", "R-1" }, CR_SUPPRESS_LIFT, UUID,
	    CR_CASE_OPEN, false, false },
	{ { "--request=R-1", "--json", "lift", UUID }, CR_SUPPRESS_LIFT,
	    UUID, CR_CASE_OPEN, false, true },
	{ { "close", "0123456789abcdef", "--other", "--request", "R-1" },
	    CR_SUPPRESS_CLOSE, "0123456789abcdef", CR_CASE_OTHER, false,
	    false },
	{ { "close", "--same", "0123456789abcdef", "--same", "--request",
	    "R-1" }, CR_SUPPRESS_CLOSE, "0123456789abcdef", CR_CASE_SAME,
	    false, false },
	{ { "lift", X64, "--request", "R-1" }, CR_SUPPRESS_LIFT, X64,
	    CR_CASE_OPEN, false, false },
};

START_TEST(what_is_asked_for)
{
	struct cr_suppress_options options;
	struct words words;

	set_words(&words, good[_i].words);
	ck_assert_int_eq(cr_suppress_parse(&options, words.argc, words.argv),
	    CR_OK);
	ck_assert_int_eq(options.action, good[_i].action);
	ck_assert_int_eq(options.decision, good[_i].decision);
	ck_assert(options.all == good[_i].all);
	ck_assert(options.json == good[_i].json);
	if (good[_i].id == NULL) {
		ck_assert_ptr_null(options.id);
		ck_assert_ptr_null(options.reference);
	} else {
		ck_assert_str_eq(options.id, good[_i].id);
		ck_assert_str_eq(options.reference, "R-1");
	}
	cr_connect_options_clear(&options.connect);
}
END_TEST

static const struct {
	const char *words[WORDS];
	const char *complaint;
} bad[] = {
	{ { "remove" }, "remove: not list, lift or close" },
	{ { "list", UUID }, UUID ": not expected" },
	{ { "lift", "--request", "R-1" }, "lift: which suppression?" },
	{ { "close", "--same", "--request", "R-1" }, "close: which case?" },
	{ { "lift", UUID, UUID, "--request", "R-1" },
	    UUID ": not expected, one at a time" },
	{ { "lift", UUID }, "--request is missing" },
	{ { "close", UUID, "--same" }, "--request is missing" },
	{ { "close", UUID, "--request", "R-1" },
	    "close: --other or --same?" },
	{ { "close", UUID, "--request", "R-1", "--same", "--other" },
	    "--other and --same: one of them" },
	{ { "lift", UUID, "--request", "R-1", "--same" },
	    "--other, --same: of a case" },
	{ { "--request", "R-1" }, "--request: with lift or close" },
	{ { "lift", UUID, "--request", "R-1", "--all" }, "--all: of the list" },
	{ { "lift", UUID, "--request", "R-1", "--request", "R-2" },
	    "--request is given twice" },
	{ { "lift", UUID, "--request", "R 1" }, "--request R 1: not 1 to 64" },
	{ { "lift", "a,dc=x", "--request", "R-1" },
	    "a,dc=x: not an identifier" },
	{ { "lift", "*", "--request", "R-1" }, "*: not an identifier" },
	{ { "lift", "", "--request", "R-1" }, ": not an identifier" },
	{ { "lift", X64 "x", "--request", "R-1" }, X64 "x: not an" },
	{ { "--what" }, "--what: no such option" },
	{ { "--request" }, "--request: needs a value" },
	{ { "-x", "-Y", "EXTERNAL" }, "-x does not go with" },
};

START_TEST(what_cannot_be_meant)
{
	struct cr_suppress_options options;
	struct words words;
	char *said;

	set_words(&words, bad[_i].words);
	complaint_begin();
	ck_assert_int_eq(cr_suppress_parse(&options, words.argc, words.argv),
	    CR_ESYNTAX);
	said = complaint_end();
	ck_assert_msg(strstr(said, bad[_i].complaint) != NULL,
	    "wanted \"%s\", got \"%s\"", bad[_i].complaint, said);
	free(said);
	cr_connect_options_clear(&options.connect);
}
END_TEST

static const struct {
	const char *word, *text;
} bans[] = {
	{ "-", "none" },
	{ "d", "disclosure" },
	{ "m=all", "marketing all" },
	{ "m=directMarketing@20311231215959Z,l=printed,l=electronic,d",
	    "marketing directMarketing until 2031-12-31, listing printed, "
	    "listing electronic, disclosure" },
};

START_TEST(bans_in_words)
{
	struct cr_lasting_bans parsed;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(bans[_i].word),
	    &parsed), CR_OK);
	cr_suppress_put_bans(out, &parsed);
	fclose(out);
	ck_assert_str_eq(text, bans[_i].text);
	free(text);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *suite = suite_create("client_suppress");
	TCase *tcase = tcase_create("client_suppress");

	tcase_add_loop_test(tcase, what_is_asked_for, 0, COUNT_OF(good));
	tcase_add_loop_test(tcase, what_cannot_be_meant, 0, COUNT_OF(bad));
	tcase_add_loop_test(tcase, bans_in_words, 0, COUNT_OF(bans));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
