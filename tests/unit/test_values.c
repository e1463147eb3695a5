#include "unit/suite.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/values.h"

static int64_t
time_of(const char *text)
{
	int64_t time;

	ck_assert_int_eq(cr_time_parse(cr_slice_of(text), &time), CR_OK);
	return time;
}

static void
check_slice(struct cr_slice slice, const char *text)
{
	ck_assert_msg(cr_slice_equal(slice, cr_slice_of(text)),
	    "%.*s is not %s", (int)slice.len, slice.ptr, text);
}

START_TEST(a_ban_has_an_end)
{
	struct cr_ban_until until;

	ck_assert_int_eq(cr_ban_until_parse(CR_SLICE_LITERAL(
	    "crMarketingBan directMarketing 20251231215959Z"), &until),
	    CR_OK);
	check_slice(until.attribute, "crMarketingBan");
	check_slice(until.keyword, "directMarketing");
	ck_assert_int_eq(until.until, time_of("20251231215959Z"));
}
END_TEST

static const char *const bad_untils[] = { "", " ", "crMarketingBan",
	"crMarketingBan directMarketing", "crMarketingBan directMarketing ",
	"crMarketingBan 20251231215959Z",
	"crMarketingBan directMarketing 20251231",
	"crMarketingBan directMarketing open",
	"crMarketingBan direct Marketing 20251231215959Z",
	"crMarketingBan directMarketing 20251231215959Z x",
	"crMarketingBan;x-a directMarketing 20251231215959Z",
	"crMarketingBan direct,Marketing 20251231215959Z",
	"crMarketingBan\tdirectMarketing\t20251231215959Z" };

START_TEST(an_unclear_end_is_none)
{
	struct cr_ban_until until = { .until = 42 };

	ck_assert_int_eq(cr_ban_until_parse(cr_slice_of(bad_untils[_i]),
	    &until), CR_ESYNTAX);
	ck_assert_int_eq(until.until, 42);
}
END_TEST

static const struct {
	const char *value;
	enum cr_hold_code code;
	const char *until;	/* NULL: open */
	const char *law;
} holds[] = {
	{ "statute 20321231215959Z Accounting Act 2:10", CR_HOLD_STATUTE,
	    "20321231215959Z", "Accounting Act 2:10" },
	{ "claim open case 17/2025", CR_HOLD_CLAIM, NULL, "case 17/2025" },
	{ "OTHER Open \xc3\xa4", CR_HOLD_OTHER, NULL, "\xc3\xa4" },
	{ "other 2032123121Z  two spaces", CR_HOLD_OTHER, "20321231210000Z",
	    " two spaces" }
};

START_TEST(a_hold_has_a_reason)
{
	struct cr_hold hold;

	ck_assert_int_eq(cr_hold_parse(cr_slice_of(holds[_i].value), &hold),
	    CR_OK);
	ck_assert_int_eq((int)hold.code, (int)holds[_i].code);
	ck_assert_int_eq(hold.open, holds[_i].until == NULL);
	ck_assert_int_eq(hold.until, holds[_i].until == NULL ? INT64_MAX :
	    time_of(holds[_i].until));
	check_slice(hold.law, holds[_i].law);
}
END_TEST

static const char *const bad_holds[] = { "", "statute", "statute open",
	"statute open ", "statute open  ", "statute  open x",
	"statute closed x", "law open x", "statutes open x",
	"statute 20321331215959Z x", " statute open x" };

START_TEST(an_unclear_hold_is_an_error)
{
	struct cr_hold hold;

	ck_assert_int_eq(cr_hold_parse(cr_slice_of(bad_holds[_i]), &hold),
	    CR_ESYNTAX);
}
END_TEST

START_TEST(a_source_is_read)
{
	struct cr_source source;

	ck_assert_int_eq(cr_source_parse(CR_SLICE_LITERAL(
	    "cn;lang-fi customerNotice 20250101000000Z by phone, ticket 5"),
	    &source), CR_OK);
	check_slice(source.attribute, "cn;lang-fi");
	check_slice(source.kind, "customerNotice");
	ck_assert_int_eq(source.time, time_of("20250101000000Z"));
	check_slice(source.text, "by phone, ticket 5");
}
END_TEST

static const char *const source_kinds[] = { "registration",
	"customerNotice", "authority", "updateService", "subcontractor",
	"partnerSite", "PARTNERSITE" };

START_TEST(sources_are_of_six_kinds)
{
	struct cr_source source;
	char value[128];

	snprintf(value, sizeof(value), "mail %s 20250101000000Z x",
	    source_kinds[_i]);
	ck_assert_int_eq(cr_source_parse(cr_slice_of(value), &source),
	    CR_OK);
	value[5]++;
	ck_assert_int_eq(cr_source_parse(cr_slice_of(value), &source),
	    CR_ESYNTAX);
}
END_TEST

static const char *const bad_sources[] = { "", "mail", "mail authority",
	"mail authority 20250101000000Z", "mail authority 20250101000000Z ",
	"mail authority yesterday x", "mail hearsay 20250101000000Z x",
	"ma,il authority 20250101000000Z x",
	"mail; authority 20250101000000Z x",
	"mail;; authority 20250101000000Z x",
	"mail;a; authority 20250101000000Z x",
	";a authority 20250101000000Z x",
	"mail;a_b authority 20250101000000Z x",
	"1.2. authority 20250101000000Z x" };

START_TEST(an_unclear_source_is_an_error)
{
	struct cr_source source;

	ck_assert_int_eq(cr_source_parse(cr_slice_of(bad_sources[_i]),
	    &source), CR_ESYNTAX);
}
END_TEST

START_TEST(a_transfer_is_dated)
{
	struct cr_transfer transfer;

	ck_assert_int_eq(cr_transfer_parse(CR_SLICE_LITERAL(
	    "20250101000000Z the printer is there"), &transfer), CR_OK);
	ck_assert_int_eq(transfer.time, time_of("20250101000000Z"));
	check_slice(transfer.text, "the printer is there");
	ck_assert_int_eq(cr_transfer_parse(CR_SLICE_LITERAL(
	    "20250101000000Z"), &transfer), CR_ESYNTAX);
	ck_assert_int_eq(cr_transfer_parse(CR_SLICE_LITERAL(
	    "the printer is there"), &transfer), CR_ESYNTAX);
	ck_assert_int_eq(cr_transfer_parse((struct cr_slice){ NULL, 0 },
	    &transfer), CR_ESYNTAX);
}
END_TEST

/* Cut anywhere, a value is no longer one, or says less, never otherwise. */
START_TEST(a_cut_value_is_not_another)
{
	static const char value[] = "statute 20321231215959Z Act";
	const size_t law = sizeof("statute 20321231215959Z ") - 1;

	for (size_t len = 0; len < sizeof(value) - 1; len++) {
		char *copy = malloc(len + 1);
		struct cr_hold hold;
		int rc;

		memcpy(copy, value, len);
		rc = cr_hold_parse((struct cr_slice){ copy, len }, &hold);
		ck_assert_int_eq(rc, len > law ? CR_OK : CR_ESYNTAX);
		if (rc == CR_OK)
			ck_assert_int_eq(hold.until,
			    time_of("20321231215959Z"));
		free(copy);
	}
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("values");
	TCase *tcase = tcase_create("values");

	tcase_add_test(tcase, a_ban_has_an_end);
	LOOP(tcase, an_unclear_end_is_none, bad_untils);
	LOOP(tcase, a_hold_has_a_reason, holds);
	LOOP(tcase, an_unclear_hold_is_an_error, bad_holds);
	tcase_add_test(tcase, a_source_is_read);
	LOOP(tcase, sources_are_of_six_kinds, source_kinds);
	LOOP(tcase, an_unclear_source_is_an_error, bad_sources);
	tcase_add_test(tcase, a_transfer_is_dated);
	tcase_add_test(tcase, a_cut_value_is_not_another);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
