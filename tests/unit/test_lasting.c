#include "unit/suite.h"

#include <stdio.h>

#include "core/lasting.h"

enum { VALUES = 4 };

#define NOW "20250615120000Z"

struct state {
	const char *marketing[VALUES], *listing[VALUES], *until[VALUES];
	bool disclosure;
};

static size_t
slices(const char *const texts[VALUES], struct cr_slice ret[VALUES])
{
	size_t count = 0;

	while (count < VALUES && texts[count] != NULL) {
		ret[count] = cr_slice_of(texts[count]);
		count++;
	}
	return count;
}

static void
collect(const struct state *from, struct cr_lasting_bans *ret_bans)
{
	struct cr_slice marketing[VALUES], listing[VALUES], until[VALUES];
	struct cr_ban_state state = { .marketing = marketing,
		.listing = listing, .until = until,
		.disclosure_ban = from->disclosure, .restricted = true };
	int64_t now;

	state.marketing_count = slices(from->marketing, marketing);
	state.listing_count = slices(from->listing, listing);
	state.until_count = slices(from->until, until);
	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL(NOW), &now), CR_OK);
	cr_lasting_bans_collect(&state, now, ret_bans);
}

static void
check_text(const struct cr_lasting_bans *bans, const char *text)
{
	char got[CR_LASTING_TEXT_SIZE];

	ck_assert_int_eq(cr_lasting_bans_format(bans, got), CR_OK);
	ck_assert_str_eq(got, text);
	ck_assert(cr_lasting_bans_are_none(bans) == (strcmp(text, "-") == 0));
}

static const struct {
	struct state state;
	const char *text;
} collected[] = {
	{ { { NULL }, { NULL }, { NULL }, false }, "-" },
	{ { { "directMarketing" }, { NULL }, { NULL }, false },
	    "m=directMarketing" },
	{ { { "all", "marketResearch" }, { "printed" }, { NULL }, true },
	    "m=all,m=marketResearch,l=printed,d" },
	{ { { NULL }, { NULL }, { NULL }, true }, "d" },
	/* ends: kept while they last, the last second too */
	{ { { "all" }, { "all" }, { "crMarketingBan ALL 20250615120000Z",
	    "crlistingban all 20250615115959Z" }, false },
	    "m=all@20250615120000Z" },
	{ { { "all" }, { NULL }, { "crMarketingBan all 20310101000000+0200" },
	    false }, "m=all@20301231220000Z" },
	{ { { "all" }, { NULL }, { "crMarketingBan all 20300101000000Z",
	    "crMarketingBan all 20310101000000Z" }, false },
	    "m=all@20310101000000Z" },
	{ { { "all" }, { NULL }, { "crMarketingBan all whenever",
	    "crListingBan all 20200101000000Z",
	    "crMarketingBan other 20200101000000Z" }, false }, "m=all" },
	{ { { "all" }, { NULL }, { "crMarketingBan all 99991231235959-1200" },
	    false }, "m=all" },
	/* one ban in two spellings */
	{ { { "directMarketing", "DIRECTMARKETING" }, { NULL }, { NULL },
	    false }, "m=directMarketing" },
	/* a keyword nobody knows, and what is no keyword */
	{ { { "fantasy" }, { NULL }, { NULL }, false }, "m=fantasy" },
	{ { { "Aino Virtanen", "0490010001" }, { "" }, { NULL }, false },
	    "m=all,l=all" }
};

START_TEST(bans_in_force_are_kept)
{
	struct cr_lasting_bans bans;

	collect(&collected[_i].state, &bans);
	check_text(&bans, collected[_i].text);
}
END_TEST

static const struct {
	const char *one, *two, *both;
} merges[] = {
	{ "-", "-", "-" }, { "m=all", "-", "m=all" }, { "-", "d", "d" },
	{ "m=a,l=b", "m=c,d", "m=a,m=c,l=b,d" },
	{ "m=a@20310101000000Z", "m=A@20320101000000Z",
	    "m=a@20320101000000Z" },
	{ "m=a@20320101000000Z", "m=a@20310101000000Z",
	    "m=a@20320101000000Z" },
	{ "m=a@20310101000000Z", "m=a", "m=a" },
	{ "l=a", "l=a@20310101000000Z", "l=a" },
	{ "m=a", "l=a", "m=a,l=a" }
};

START_TEST(bans_are_merged)
{
	struct cr_lasting_bans one, two;

	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(merges[_i].one),
	    &one), CR_OK);
	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(merges[_i].two),
	    &two), CR_OK);
	cr_lasting_bans_merge(&one, &two);
	check_text(&one, merges[_i].both);
}
END_TEST

static const char *const bad[] = {
	"", ",", "--", "-,d", "x", "m", "m=", "m=,", "m=a,", ",m=a", "m=a,,l=b",
	"m=a b", "m=9", "m=a@", "m=a@x", "m=a@20310101000000+0200",
	"m=a@203101010000Z", "m=a@99991231235959-1200", "m=a,m=a", "m=a,m=A",
	"l=b,m=a", "d,m=a", "d,d", "d=", "n=a", "m:a", "M=a", "m=a,d,",
	"m=a@20310101000000Z@20310101000000Z"
};

START_TEST(one_word_for_one_set)
{
	struct cr_lasting_bans bans;

	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(bad[_i]), &bans),
	    CR_ESYNTAX);
}
END_TEST

/* More than there is room for: all of the kind, and the other as it was. */
START_TEST(too_many_are_all)
{
	struct cr_lasting_bans bans = { .disclosure = true }, more;
	char text[CR_LASTING_TEXT_SIZE];

	for (unsigned i = 0; i <= CR_BAN_KEYWORDS_MAX; i++) {
		snprintf(text, sizeof(text), "m=a%u,l=b", i);
		ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(text),
		    &more), CR_OK);
		cr_lasting_bans_merge(&bans, &more);
		ck_assert_uint_eq(bans.marketing.count,
		    i < CR_BAN_KEYWORDS_MAX ? i + 1 : 1);
	}
	check_text(&bans, "m=all,l=b,d");
}
END_TEST

/* The longest there is fits, and comes back. */
START_TEST(the_longest_word)
{
	static struct cr_lasting_bans bans, parsed;
	char text[CR_LASTING_TEXT_SIZE + 1];

	for (size_t i = 0; i < CR_BAN_KEYWORDS_MAX; i++) {
		struct cr_lasting_ban *ban = &bans.marketing.items[i];

		memset(ban->keyword, 'a', CR_KEYWORD_MAX);
		ban->keyword[CR_KEYWORD_MAX - 1] = (char)('b' + i % 20);
		ban->keyword[CR_KEYWORD_MAX - 2] = (char)('b' + i / 20);
		ban->until = INT64_C(1900000000);
		bans.listing.items[i] = *ban;
	}
	bans.marketing.count = bans.listing.count = CR_BAN_KEYWORDS_MAX;
	bans.disclosure = true;
	text[CR_LASTING_TEXT_SIZE] = 'x';
	ck_assert_int_eq(cr_lasting_bans_format(&bans, text), CR_OK);
	ck_assert_uint_eq(strlen(text), CR_LASTING_TEXT_SIZE - 2);
	ck_assert_int_eq(text[CR_LASTING_TEXT_SIZE], 'x');
	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(text), &parsed),
	    CR_OK);
	ck_assert_mem_eq(&parsed, &bans, sizeof(bans));
	text[strlen(text) - 1] = ',';
	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(text), &parsed),
	    CR_ESYNTAX);
}
END_TEST

struct told {
	char text[512];
	unsigned left;		/* until fn fails */
};

static int
tell(void *arg, struct cr_slice attribute, struct cr_slice value)
{
	struct told *told = arg;
	size_t len = strlen(told->text);

	if (told->left == 0)
		return CR_ENOMEM;
	told->left--;
	snprintf(told->text + len, sizeof(told->text) - len, "%.*s: %.*s\n",
	    (int)attribute.len, attribute.ptr, (int)value.len, value.ptr);
	return CR_OK;
}

START_TEST(values_of_an_entry)
{
	static const char values[] = "crMarketingBan: all\n"
		"crMarketingBan: directMarketing\n"
		"crBanUntil: crMarketingBan directMarketing 20311231215959Z\n"
		"crListingBan: printed\n"
		"crBanUntil: crListingBan printed 20300101000000Z\n"
		"crDisclosureBan: TRUE\n";
	struct cr_lasting_bans bans;
	struct told told = { .left = 100 };

	ck_assert_int_eq(cr_lasting_bans_parse(CR_SLICE_LITERAL(
	    "m=all,m=directMarketing@20311231215959Z,"
	    "l=printed@20300101000000Z,d"), &bans), CR_OK);
	ck_assert_int_eq(cr_lasting_bans_each(&bans, tell, &told), CR_OK);
	ck_assert_str_eq(told.text, values);
	for (unsigned i = 0; i < 6; i++) {
		told = (struct told){ .left = i };
		ck_assert_int_eq(cr_lasting_bans_each(&bans, tell, &told),
		    CR_ENOMEM);
		ck_assert_mem_eq(told.text, values, strlen(told.text));
	}
	bans.marketing.items[1].until = INT64_MAX - 1;
	ck_assert_int_eq(cr_lasting_bans_each(&bans, tell, &told), CR_ENOMEM);
	told.left = 100;
	ck_assert_int_eq(cr_lasting_bans_each(&bans, tell, &told), CR_EVALUE);
}
END_TEST

/* ---- who comes back ------------------------------------------------------ */

static int
note_brought(void *arg, enum cr_bring what, struct cr_slice attribute,
    struct cr_slice value)
{
	struct told *told = arg;
	size_t len = strlen(told->text);

	if (told->left-- == 0)
		return CR_ENOMEM;
	snprintf(told->text + len, sizeof(told->text) - len, "%c%.*s: %.*s\n",
	    what == CR_BRING_TAKE ? '-' : '+', (int)attribute.len,
	    attribute.ptr, (int)value.len, value.ptr);
	return CR_OK;
}

static const struct {
	const char *bans;
	struct state state;
	const char *lacks;
} comings[] = {
	{ "-", { { NULL }, { NULL }, { NULL }, false }, "" },
	{ "m=all,l=printed,d", { { NULL }, { NULL }, { NULL }, false },
	    "+crMarketingBan: all\n+crListingBan: printed\n"
	    "+crDisclosureBan: TRUE\n" },
	{ "m=all,l=printed,d", { { "ALL" }, { "Printed" }, { NULL }, true },
	    "" },
	/* what ends, and what has ended by now */
	{ "m=all@20311231215959Z,m=directMarketing@20250615115959Z",
	    { { NULL }, { NULL }, { NULL }, false },
	    "+crMarketingBan: all\n"
	    "+crBanUntil: crMarketingBan all 20311231215959Z\n" },
	/* nothing ends sooner than it did */
	{ "m=all@20311231215959Z", { { "all" }, { NULL }, { NULL }, false },
	    "" },
	{ "m=all@20311231215959Z", { { "all" }, { NULL },
	    { "crMarketingBan all 20320101000000Z" }, false }, "" },
	/* the later end holds */
	{ "m=all@20311231215959Z", { { "all" }, { NULL },
	    { "crMarketingBan ALL 20260101000000Z",
	      "crListingBan all 20260101000000Z" }, false },
	    "-crBanUntil: crMarketingBan ALL 20260101000000Z\n"
	    "+crBanUntil: crMarketingBan all 20311231215959Z\n" },
	{ "l=all", { { NULL }, { "all" },
	    { "crListingBan all 20260101000000Z",
	      "crListingBan all 20270101000000Z" }, false },
	    "-crBanUntil: crListingBan all 20260101000000Z\n"
	    "-crBanUntil: crListingBan all 20270101000000Z\n" },
	/* an end that was left behind would end it at once */
	{ "m=all", { { NULL }, { NULL },
	    { "crMarketingBan all 20200101000000Z" }, false },
	    "-crBanUntil: crMarketingBan all 20200101000000Z\n"
	    "+crMarketingBan: all\n" },
};

START_TEST(bans_come_back)
{
	struct cr_slice marketing[VALUES], listing[VALUES], until[VALUES];
	const struct state *from = &comings[_i].state;
	struct cr_ban_state state = { .marketing = marketing,
		.listing = listing, .until = until,
		.disclosure_ban = from->disclosure };
	struct told told = { .left = 100 };
	struct cr_lasting_bans bans;
	int64_t now;

	state.marketing_count = slices(from->marketing, marketing);
	state.listing_count = slices(from->listing, listing);
	state.until_count = slices(from->until, until);
	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL(NOW), &now), CR_OK);
	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(comings[_i].bans),
	    &bans), CR_OK);
	ck_assert_int_eq(cr_lasting_bans_bring(&bans, &state, now,
	    note_brought, &told), CR_OK);
	ck_assert_str_eq(told.text, comings[_i].lacks);
	for (unsigned i = 0; i + told.left < 100; i++) {
		struct told less = { .left = i };

		ck_assert_int_eq(cr_lasting_bans_bring(&bans, &state, now,
		    note_brought, &less), CR_ENOMEM);
	}
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *suite = suite_create("lasting");
	TCase *tcase = tcase_create("lasting");

	tcase_add_loop_test(tcase, bans_in_force_are_kept, 0,
	    COUNT_OF(collected));
	tcase_add_loop_test(tcase, bans_are_merged, 0, COUNT_OF(merges));
	tcase_add_loop_test(tcase, one_word_for_one_set, 0, COUNT_OF(bad));
	tcase_add_test(tcase, too_many_are_all);
	tcase_add_test(tcase, the_longest_word);
	tcase_add_test(tcase, values_of_an_entry);
	tcase_add_loop_test(tcase, bans_come_back, 0, COUNT_OF(comings));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
