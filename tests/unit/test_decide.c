#include "unit/fixture.h"
#include "unit/suite.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/decide.h"

static struct fixture fixture;

static void
setup(void)
{
	fixture_shipped(&fixture, NULL);
	ck_assert_uint_eq(fixture.problems, 0);
}

static void
teardown(void)
{
	fixture_clear(&fixture);
}

/*
 * The table of contract section 1, row by row: which bans hide a customer
 * from which purpose.  NULL: no ban of the kind does.
 */
static const struct row {
	const char *purpose;
	const char *marketing;	/* and "all" */
	const char *listing;	/* and "all" */
	bool disclosure_ban;
	bool restricted;
} rows[] = {
	{ "customerCare", NULL, NULL, false, true },
	{ "assignment", NULL, NULL, false, true },
	{ "billing", NULL, NULL, false, true },
	{ "collection", NULL, NULL, false, false },
	{ "creditDecision", NULL, NULL, true, true },
	{ "legalObligation", NULL, NULL, false, false },
	{ "archiving", NULL, NULL, false, false },
	{ "serviceDevelopment", NULL, NULL, false, true },
	{ "statistics", NULL, NULL, false, true },
	{ "personalisation", "personalisation", NULL, false, true },
	{ "directAdvertising", "directAdvertising", NULL, false, true },
	{ "distanceSelling", "distanceSelling", NULL, false, true },
	{ "directMarketing", "directMarketing", NULL, false, true },
	{ "marketResearch", "marketResearch", NULL, false, true },
	{ "opinionResearch", "opinionResearch", NULL, false, true },
	{ "listingPrinted", "directAdvertising", "printed", true, true },
	{ "listingElectronic", NULL, "electronic", true, true },
	{ "subjectAccess", NULL, NULL, false, false },
	{ "rightsFulfilment", NULL, NULL, false, false },
	{ "maintenance", NULL, NULL, false, false },
	{ "replication", NULL, NULL, false, false }
};

static const int row_count = sizeof(rows) / sizeof(rows[0]);

/* "fantasy" is a value that no purpose knows: it hides like "all". */
static const char *const marketing_bans[] = { NULL, "personalisation",
	"directAdvertising", "distanceSelling", "directMarketing",
	"marketResearch", "opinionResearch", "all", "ALL", "fantasy" };
static const char *const listing_bans[] = { NULL, "printed", "electronic",
	"all", "Electronic", "fantasy" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
hides(const char *hidden_by, const char *ban)
{
	if (hidden_by == NULL || ban == NULL)
		return false;
	return strcasecmp(ban, hidden_by) == 0 ||
	    strcasecmp(ban, "all") == 0 || strcmp(ban, "fantasy") == 0;
}

static struct cr_customer_facts
facts_of(const char *marketing, const char *listing)
{
	const struct cr_slice marketing_value = cr_slice_of(marketing);
	const struct cr_slice listing_value = cr_slice_of(listing);
	const struct cr_ban_values values = {
		.marketing = &marketing_value,
		.marketing_count = marketing != NULL,
		.listing = &listing_value,
		.listing_count = listing != NULL
	};
	struct cr_customer_facts facts = { .own = true };

	cr_bans_in_force(fixture.policy, &values, 0, &facts);
	return facts;
}

START_TEST(the_truth_table_holds)
{
	const struct row *row = &rows[_i];
	const struct cr_purpose *purpose = fixture_purpose(&fixture,
	    row->purpose);
	size_t cases = COUNT(marketing_bans) * COUNT(listing_bans) * 4;

	for (size_t i = 0; i < cases; i++) {
		const char *marketing = marketing_bans[i / 4 /
			COUNT(listing_bans)];
		const char *listing = listing_bans[i / 4 %
			COUNT(listing_bans)];
		struct cr_customer_facts facts = facts_of(marketing, listing);
		bool visible;

		facts.disclosure_ban = (i & 1) != 0;
		facts.restricted = (i & 2) != 0;
		visible = !hides(row->marketing, marketing) &&
		    !hides(row->listing, listing) &&
		    !(row->disclosure_ban && facts.disclosure_ban) &&
		    !(row->restricted && facts.restricted);
		ck_assert_msg(cr_decide_customer(purpose, &facts) == visible,
		    "%s: marketing %s, listing %s, disclosure %d, "
		    "restricted %d", row->purpose,
		    marketing != NULL ? marketing : "-",
		    listing != NULL ? listing : "-", facts.disclosure_ban,
		    facts.restricted);
	}
}
END_TEST

START_TEST(the_table_has_every_purpose)
{
	ck_assert_ptr_nonnull(cr_policy_purpose_at(fixture.policy,
	    (unsigned)row_count - 1));
	ck_assert_ptr_null(cr_policy_purpose_at(fixture.policy,
	    (unsigned)row_count));
}
END_TEST

START_TEST(who_is_being_erased_is_seen_by_replicas_only)
{
	struct cr_customer_facts facts = facts_of(NULL, NULL);
	const struct cr_purpose *purpose = fixture_purpose(&fixture,
	    rows[_i].purpose);

	facts.erasing = true;
	ck_assert_int_eq(cr_decide_customer(purpose, &facts),
	    purpose->is_replication);
	ck_assert_int_eq(cr_purpose_hides_nobody(purpose),
	    purpose->is_replication);
}
END_TEST

/* Billing, collection, legalObligation, archiving (issue of erasure). */
START_TEST(what_is_left_of_the_erased_is_for_holds)
{
	static const char *const few[] = { "billing", "collection",
		"legalObligation", "archiving", "replication" };
	struct cr_customer_facts facts = facts_of(NULL, NULL);
	const struct cr_purpose *purpose = fixture_purpose(&fixture,
	    rows[_i].purpose);
	bool seen = false;

	cr_erasure_pending(CR_SLICE_LITERAL("partly 6f9619ff"), &facts);
	ck_assert(facts.partly_erased && !facts.erasing);
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		seen = seen || strcmp(rows[_i].purpose, few[i]) == 0;
	ck_assert_int_eq(cr_decide_customer(purpose, &facts), seen);
}
END_TEST

START_TEST(what_is_no_part_is_the_whole)
{
	static const char *const values[] = { "erasing", "", "partly",
		"partly ", "Partly x", "partlyx" };
	struct cr_customer_facts facts = facts_of(NULL, NULL);

	cr_erasure_pending(cr_slice_of(values[_i]), &facts);
	ck_assert(facts.erasing && !facts.partly_erased);
}
END_TEST

START_TEST(subject_access_is_to_ones_own)
{
	struct cr_customer_facts facts = facts_of(NULL, NULL);
	const struct cr_purpose *purpose = fixture_purpose(&fixture,
	    rows[_i].purpose);

	facts.own = false;
	ck_assert_int_eq(cr_decide_customer(purpose, &facts),
	    !purpose->is_subject_access);
}
END_TEST

START_TEST(no_purpose_sees_nothing)
{
	struct cr_customer_facts facts = facts_of(NULL, NULL);

	ck_assert(!cr_decide_customer(NULL, &facts));
	ck_assert(!cr_purpose_hides_nobody(NULL));
}
END_TEST

/* Whether directMarketing sees the customer at 2026-01-01T00:00:00Z. */
static const struct {
	const char *until[3];
	bool visible;
} ends[] = {
	{ { NULL }, false },
	{ { "crMarketingBan directMarketing 20251231215959Z" }, true },
	{ { "crMarketingBan directMarketing 20260101000000Z" }, false },
	{ { "crMarketingBan directMarketing 20251231235959Z" }, true },
	{ { "crmarketingban DIRECTMARKETING 20251231215959Z" }, true },
	{ { "crMarketingBan directMarketing 20251231215959Z",
	    "crMarketingBan directMarketing 20270101000000Z" }, false },
	{ { "crMarketingBan directMarketing 20270101000000Z",
	    "crMarketingBan directMarketing 20251231215959Z" }, false },
	{ { "crMarketingBan directMarketing 20240101000000Z",
	    "crMarketingBan directMarketing 20251231215959Z" }, true },
	{ { "crListingBan directMarketing 20251231215959Z" }, false },
	{ { "crMarketingBan all 20251231215959Z" }, false },
	{ { "crMarketingBan directMarketing never" }, false },
	{ { "crMarketingBan directMarketing" }, false },
	{ { "crMarketingBan directMarketing  20251231215959Z" }, false },
	{ { "crMarketingBan  directMarketing 20251231215959Z" }, false },
	{ { " crMarketingBan directMarketing 20251231215959Z" }, false },
	{ { "crMarketingBan directMarketing 20251231215959Z " }, false },
	{ { "" }, false }
};

START_TEST(a_ban_ends_after_its_last_second)
{
	const struct cr_slice ban = CR_SLICE_LITERAL("directMarketing");
	struct cr_slice until[3];
	struct cr_ban_values values = { .marketing = &ban,
		.marketing_count = 1, .until = until };
	struct cr_customer_facts facts = { 0 };
	int64_t now;

	while (values.until_count < 3 &&
	    ends[_i].until[values.until_count] != NULL) {
		until[values.until_count] =
		    cr_slice_of(ends[_i].until[values.until_count]);
		values.until_count++;
	}
	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL("20260101000000Z"),
	    &now), CR_OK);
	cr_bans_in_force(fixture.policy, &values, now, &facts);
	ck_assert_int_eq(cr_decide_customer(fixture_purpose(&fixture,
	    "directMarketing"), &facts), ends[_i].visible);
}
END_TEST

START_TEST(the_end_of_one_ban_is_not_that_of_another)
{
	const struct cr_slice bans[] = { CR_SLICE_LITERAL("directMarketing"),
		CR_SLICE_LITERAL("all") };
	const struct cr_slice until[] = {
		CR_SLICE_LITERAL("crMarketingBan all 20000101000000Z") };
	const struct cr_slice printed = CR_SLICE_LITERAL("printed");
	const struct cr_ban_values values = { .marketing = bans,
		.marketing_count = 2, .listing = &printed, .listing_count = 1,
		.until = until, .until_count = 1 };
	struct cr_customer_facts facts = { .disclosure_ban = true };

	cr_bans_in_force(fixture.policy, &values, 0, &facts);
	ck_assert_uint_eq(facts.marketing, cr_policy_marketing_bit(
	    fixture.policy, bans[0]) | cr_policy_marketing_bit(
	    fixture.policy, bans[1]));
	cr_bans_in_force(fixture.policy, &values, INT64_C(1) << 40, &facts);
	ck_assert_uint_eq(facts.marketing, cr_policy_marketing_bit(
	    fixture.policy, bans[0]));
	ck_assert_uint_eq(facts.listing, cr_policy_listing_bit(
	    fixture.policy, printed));
	ck_assert(facts.disclosure_ban);
}
END_TEST

/* More bans never show a customer that fewer hide. */
START_TEST(bans_only_take_away)
{
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		const struct cr_purpose *purpose;
		struct cr_customer_facts less = { .own = true };
		struct cr_customer_facts more;

		seed = seed * 1103515245u + 12345u;
		purpose = cr_policy_purpose_at(fixture.policy,
		    seed >> 16 & 31);
		seed = seed * 1103515245u + 12345u;
		less.marketing = seed >> 8;
		less.listing = seed >> 12;
		less.restricted = (seed >> 20 & 1) != 0;
		more = less;
		seed = seed * 1103515245u + 12345u;
		more.marketing |= UINT32_C(1) << (seed >> 16 & 31);
		more.listing |= UINT32_C(1) << (seed >> 21 & 31);
		more.disclosure_ban = true;
		ck_assert(cr_decide_customer(purpose, &less) ||
		    !cr_decide_customer(purpose, &more));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decide");
	TCase *tcase = tcase_create("decide");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, the_truth_table_holds, 0, row_count);
	tcase_add_test(tcase, the_table_has_every_purpose);
	tcase_add_loop_test(tcase, who_is_being_erased_is_seen_by_replicas_only,
	    0, row_count);
	tcase_add_loop_test(tcase, what_is_left_of_the_erased_is_for_holds,
	    0, row_count);
	tcase_add_loop_test(tcase, what_is_no_part_is_the_whole, 0, 6);
	tcase_add_loop_test(tcase, subject_access_is_to_ones_own, 0,
	    row_count);
	tcase_add_test(tcase, no_purpose_sees_nothing);
	tcase_add_loop_test(tcase, a_ban_ends_after_its_last_second, 0,
	    (int)COUNT(ends));
	tcase_add_test(tcase, the_end_of_one_ban_is_not_that_of_another);
	tcase_add_test(tcase, bans_only_take_away);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
