#include "unit/fixture.h"
#include "unit/suite.h"

#include <stdio.h>

static struct fixture fixture;

static void
teardown(void)
{
	fixture_clear(&fixture);
}

START_TEST(names_ignore_case_and_dns_do_not)
{
	fixture_shipped(&fixture,
	    "dn: uid=aino\nobjectClass: crHandler\n"
	    "crDefaultPurpose: CUSTOMERCARE\n\n"
	    "dn: cn=agency\nobjectClass: crRecipient\n");
	ck_assert_uint_eq(fixture.problems, 0);
	ck_assert_ptr_eq(fixture_purpose(&fixture, "customercare"),
	    fixture_purpose(&fixture, "customerCare"));
	ck_assert_uint_eq(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=aino"))->allowed, UINT64_C(1) <<
	    fixture_purpose(&fixture, "customerCare")->index);
	ck_assert_ptr_null(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=Aino")));
	ck_assert_ptr_nonnull(cr_policy_recipient(fixture.policy,
	    CR_SLICE_LITERAL("cn=agency")));
	ck_assert_ptr_null(cr_policy_recipient(fixture.policy,
	    CR_SLICE_LITERAL("uid=aino")));
}
END_TEST

START_TEST(purposes_stand_at_their_index)
{
	unsigned index = 0;
	const struct cr_purpose *purpose;

	fixture_shipped(&fixture, NULL);
	while ((purpose = cr_policy_purpose_at(fixture.policy, index)) !=
	    NULL) {
		ck_assert_uint_eq(purpose->index, index);
		ck_assert_ptr_eq(cr_policy_purpose(fixture.policy,
		    purpose->name), purpose);
		index++;
	}
	ck_assert_uint_eq(index, 21);
}
END_TEST

START_TEST(no_policy_knows_nothing)
{
	const struct cr_slice name = CR_SLICE_LITERAL("customerCare");
	size_t count = 42;

	ck_assert_ptr_null(cr_policy_purpose(NULL, name));
	ck_assert_ptr_null(cr_policy_purpose_at(NULL, 0));
	ck_assert_ptr_null(cr_policy_party(NULL, name));
	ck_assert_ptr_null(cr_policy_recipient(NULL, name));
	ck_assert_ptr_null(cr_policy_attribute_rules(NULL, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(cr_policy_class_rules(NULL, &count));
	ck_assert_uint_eq(cr_policy_marketing_bit(NULL, name),
	    CR_BAN_UNKNOWN);
	ck_assert_uint_eq(cr_policy_listing_bit(NULL, name), CR_BAN_UNKNOWN);
	ck_assert_uint_eq(cr_policy_size(NULL), 0);
	cr_policy_free(NULL);
	cr_policy_free(&fixture.policy);
	cr_policy_builder_free(NULL);
}
END_TEST

START_TEST(an_empty_policy_knows_nothing)
{
	size_t count;

	fixture_init(&fixture);
	fixture_compile(&fixture);
	ck_assert_ptr_null(cr_policy_purpose(fixture.policy,
	    CR_SLICE_LITERAL("maintenance")));
	ck_assert_ptr_null(cr_policy_purpose(fixture.policy,
	    CR_SLICE_LITERAL("")));
	ck_assert_ptr_null(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("")));
	(void)cr_policy_attribute_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_ne(cr_policy_marketing_bit(fixture.policy,
	    CR_SLICE_LITERAL("all")), CR_BAN_UNKNOWN);
	ck_assert_uint_eq(cr_policy_marketing_bit(fixture.policy,
	    CR_SLICE_LITERAL("directMarketing")), CR_BAN_UNKNOWN);
}
END_TEST

START_TEST(ban_keywords_are_those_that_purposes_name)
{
	static const char *const marketing[] = { "all", "personalisation",
		"directAdvertising", "distanceSelling", "directMarketing",
		"marketResearch", "opinionResearch" };
	static const char *const listing[] = { "all", "printed",
		"electronic" };
	uint32_t seen = 0;

	fixture_shipped(&fixture, NULL);
	for (size_t i = 0; i < sizeof(marketing) / sizeof(marketing[0]);
	    i++)
		seen |= cr_policy_marketing_bit(fixture.policy,
		    cr_slice_of(marketing[i]));
	ck_assert_uint_eq(seen, 0x7f);
	seen = 0;
	for (size_t i = 0; i < sizeof(listing) / sizeof(listing[0]); i++)
		seen |= cr_policy_listing_bit(fixture.policy,
		    cr_slice_of(listing[i]));
	ck_assert_uint_eq(seen, 7);
	ck_assert_uint_eq(cr_policy_marketing_bit(fixture.policy,
	    CR_SLICE_LITERAL("printed")), CR_BAN_UNKNOWN);
	ck_assert_uint_eq(cr_policy_listing_bit(fixture.policy,
	    CR_SLICE_LITERAL("directMarketing")), CR_BAN_UNKNOWN);
	ck_assert_uint_eq(cr_policy_marketing_bit(fixture.policy,
	    CR_SLICE_LITERAL("DirectMarketing")),
	    cr_policy_marketing_bit(fixture.policy,
	    CR_SLICE_LITERAL("directMarketing")));
}
END_TEST

/* A thousand handlers and fifty services: well below the promised 1 MiB. */
START_TEST(a_large_policy_is_small)
{
	char ldif[512];

	fixture_init(&fixture);
	fixture_add_file(&fixture, FIXTURE_PURPOSES);
	for (int i = 0; i < 1050; i++) {
		snprintf(ldif, sizeof(ldif),
		    "dn: uid=person%d,ou=handlers,dc=example,dc=fi\n"
		    "objectClass: %s\n"
		    "crDefaultPurpose: customerCare\n"
		    "crAllowedPurpose: billing\n"
		    "crAgreementSigned: 20240101000000Z\n",
		    i, i < 1000 ? "crHandler" : "crService");
		fixture_add(&fixture, ldif);
	}
	fixture_compile(&fixture);
	ck_assert_uint_eq(fixture.problems, 0);
	ck_assert_uint_lt(cr_policy_size(fixture.policy), 256 * 1024);
	ck_assert_uint_gt(cr_policy_size(fixture.policy), 1050 * 80);
	for (int i = 0; i < 1050; i++) {
		const struct cr_party *party;
		int len = snprintf(ldif, sizeof(ldif),
		    "uid=person%d,ou=handlers,dc=example,dc=fi", i);

		party = cr_policy_party(fixture.policy, (struct cr_slice){
			ldif, (size_t)len });
		ck_assert_ptr_nonnull(party);
		ck_assert_int_eq(party->is_service, i >= 1000);
	}
	ck_assert_ptr_null(cr_policy_party(fixture.policy, CR_SLICE_LITERAL(
	    "uid=person1050,ou=handlers,dc=example,dc=fi")));
}
END_TEST

/* The builder is not used up, and what it compiles does not lean on it. */
START_TEST(a_policy_outlives_its_builder)
{
	struct cr_policy *second = NULL;

	fixture_shipped(&fixture, NULL);
	ck_assert_int_eq(cr_policy_compile(fixture.builder, NULL, NULL,
	    &second), CR_OK);
	ck_assert_uint_eq(cr_policy_size(second),
	    cr_policy_size(fixture.policy));
	cr_policy_builder_free(&fixture.builder);
	cr_policy_free(&fixture.policy);
	ck_assert_ptr_null(fixture.policy);
	ck_assert_ptr_nonnull(cr_policy_purpose(second,
	    CR_SLICE_LITERAL("maintenance")));
	cr_policy_free(&second);
}
END_TEST

START_TEST(there_is_no_sixth_part)
{
	const struct cr_entry_view view = { 0 };

	fixture_init(&fixture);
	ck_assert_int_eq(cr_policy_builder_add(fixture.builder,
	    (enum cr_policy_part)5, &view), CR_EINTERNAL);
	ck_assert_int_eq(cr_policy_builder_add(fixture.builder,
	    (enum cr_policy_part)-1, &view), CR_EINTERNAL);
	ck_assert_int_eq(cr_policy_builder_add(fixture.builder,
	    CR_PART_REGISTER, &view), CR_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, names_ignore_case_and_dns_do_not);
	tcase_add_test(tcase, purposes_stand_at_their_index);
	tcase_add_test(tcase, no_policy_knows_nothing);
	tcase_add_test(tcase, an_empty_policy_knows_nothing);
	tcase_add_test(tcase, ban_keywords_are_those_that_purposes_name);
	tcase_add_test(tcase, a_large_policy_is_small);
	tcase_add_test(tcase, a_policy_outlives_its_builder);
	tcase_add_test(tcase, there_is_no_sixth_part);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
