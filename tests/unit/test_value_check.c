#include "unit/fixture.h"
#include "unit/suite.h"

#include "core/values.h"

static struct fixture fixture;

static void
setup(void)
{
	fixture_shipped(&fixture, NULL);
}

static void
teardown(void)
{
	fixture_clear(&fixture);
}

static const struct {
	const char *attribute;
	const char *class;
	const char *value;
	bool allowed;
} values[] = {
	{ "crMarketingBan", "", "directMarketing", true },
	{ "crmarketingban", "", "DIRECTMARKETING", true },
	{ "crMarketingBan", "", "all", true },
	{ "crMarketingBan", "", "printed", false },
	{ "crMarketingBan", "", "everything", false },
	{ "crMarketingBan", "", "", false },
	{ "crMarketingBan", "", "directMarketing ", false },
	{ "crListingBan", "", "printed", true },
	{ "crListingBan", "", "electronic", true },
	{ "crListingBan", "", "all", true },
	{ "crListingBan", "", "directMarketing", false },
	{ "crBanUntil", "", "crMarketingBan all 20251231215959Z", true },
	{ "crBanUntil", "", "crListingBan printed 20251231215959Z", true },
	{ "crBanUntil", "", "crListingBan all 20251231215959Z", true },
	{ "crBanUntil", "", "crListingBan directMarketing 20251231215959Z",
	    false },
	{ "crBanUntil", "", "crDisclosureBan TRUE 20251231215959Z", false },
	{ "crBanUntil", "", "crMarketingBan fantasy 20251231215959Z",
	    false },
	{ "crBanUntil", "", "crMarketingBan all tomorrow", false },
	{ "crHold", "", "claim open case 17", true },
	{ "crHold", "crInvoice", "claim open", false },
	{ "crSource", "", "mail authority 20250101000000Z x", true },
	{ "crSource", "", "mail", false },
	{ "crState", "crInvoice", "open", true },
	{ "crState", "crInvoice", "Paid", true },
	{ "crState", "crInvoice", "credited", true },
	{ "crState", "crInvoice", "closed", false },
	{ "crState", "CRINVOICE", "closed", false },
	{ "crState", "crCollection", "closed", true },
	{ "crState", "crCollection", "paid", false },
	{ "crState", "crAssignment", "half done", true },
	{ "crState", "", "closed", true },
	{ "crRole", "", "registrar", true },
	{ "crRole", "", "dpo", true },
	{ "crRole", "", "king", false },
	{ "crKind", "", "internal", true },
	{ "crKind", "", "subject", true },
	{ "crKind", "", "secret", false },
	{ "crDefaultPurpose", "", "billing", true },
	{ "crDefaultPurpose", "", "biling", false },
	{ "crAllowedPurpose", "", "BILLING", true },
	{ "crAllowedPurpose", "", "*", false },
	{ "crAutomated", "", "listingPrinted", true },
	{ "crAutomated", "", "", false },
	{ "crPurposeName", "", "creditDecision", true },
	{ "crPurposeName", "", "credit", false },
	{ "crCountry", "", "FI", true },
	{ "crCountry", "", "us", true },
	{ "crCountry", "", "FIN", false },
	{ "crCountry", "", "1A", false },
	{ "crTransferDecision", "", "20250101000000Z because", true },
	{ "crTransferDecision", "", "because", false },
	{ "crHiddenByMarketing", "", "anyKeyword", true },
	{ "crHiddenByMarketing", "", "two words", false },
	{ "crHiddenByListing", "", "", false },
	{ "crReleases", "", "*", true },
	{ "crReleases", "", "mail", true },
	{ "crReleases", "", "userPassword", false },
	{ "crReleases", "", "2.5.4.35", false },
	{ "crReleases", "", "cn;lang-fi", false },
	{ "crWrites", "", "userPassword", true },
	{ "crWrites", "", "+", false },
	{ "crReleasesClass", "", "crInvoice", true },
	{ "crReleasesClass", "", "cr Invoice", false },
	{ "crWritesClass", "", "*", true },
	/* nothing to say about these */
	{ "cn", "", "anything", true },
	{ "crStates", "", "anything", true },
	{ "", "", "", true }
};

START_TEST(values_are_checked)
{
	const char *text = NULL;
	int rc = cr_value_check(fixture.policy,
	    cr_slice_of(values[_i].attribute), cr_slice_of(values[_i].class),
	    cr_slice_of(values[_i].value), &text);

	ck_assert_int_eq(rc, values[_i].allowed ? CR_OK : CR_EVALUE);
	if (values[_i].allowed) {
		ck_assert_ptr_null(text);
		return;
	}
	/* the text begins with the attribute it is about */
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(strncasecmp(text, values[_i].attribute,
	    strlen(values[_i].attribute)), 0);
}
END_TEST

START_TEST(without_a_policy_no_ban_and_no_purpose_is_known)
{
	static const char *const attributes[] = { "crMarketingBan",
		"crListingBan", "crDefaultPurpose", "crAllowedPurpose",
		"crAutomated", "crPurposeName" };
	const char *text;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]);
	    i++)
		ck_assert_int_eq(cr_value_check(NULL,
		    cr_slice_of(attributes[i]), CR_SLICE_LITERAL(""),
		    CR_SLICE_LITERAL("all"), &text), CR_EVALUE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("value_check");
	TCase *tcase = tcase_create("value_check");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, values_are_checked, 0,
	    (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(tcase,
	    without_a_policy_no_ban_and_no_purpose_is_known);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
