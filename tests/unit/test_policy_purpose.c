#include "unit/fixture.h"
#include "unit/suite.h"

#include <stdio.h>

static struct fixture fixture;

static void
setup(void)
{
	fixture_init(&fixture);
}

static void
teardown(void)
{
	fixture_clear(&fixture);
}

/* Purposes of one entry: is it usable, and does somebody hear of it? */
static const struct {
	const char *lines;
	bool usable;
} entries[] = {
	{ "cn: x\ncrKind: internal\n", true },
	{ "cn: x\ncrKind: INTERNAL\ncrKind: disclosure\n", true },
	{ "cn: x\ncrKind: disclosure\n", true },
	{ "cn: x\ncrKind: publication\n", true },
	{ "cn: subjectAccess\ncrKind: subject\n", true },
	{ "cn: replication\ncrKind: internal\ncrReleases: *\n", true },
	{ "cn: x\ncrKind: internal\ncrReleases: *\ncrReleases: cn\n", true },
	{ "cn: x\ncrKind: internal\ncrHiddenByRestriction: false\n", true },
	/* no name, several, none that can be asked for */
	{ "crKind: internal\n", false },
	{ "cn: x\ncn: y\ncrKind: internal\n", false },
	{ "cn: two words\ncrKind: internal\n", false },
	{ "cn: 1st\ncrKind: internal\n", false },
	{ "cn: \ncrKind: internal\n", false },
	{ "cn: x23456789012345678901234567890123456789012345678901234567890"
	    "12345\ncrKind: internal\n", false },
	/* kinds */
	{ "cn: x\n", false },
	{ "cn: x\ncrKind: secret\n", false },
	{ "cn: x\ncrKind: internal\ncrKind: secret\n", false },
	{ "cn: subjectAccess\ncrKind: subject\ncrKind: disclosure\n", false },
	{ "cn: x\ncrKind: publication\ncrKind: disclosure\n", false },
	{ "cn: x\ncrKind: publication\ncrKind: internal\n", false },
	/* what the built-in names mean */
	{ "cn: x\ncrKind: subject\n", false },
	{ "cn: subjectAccess\ncrKind: internal\n", false },
	{ "cn: maintenance\ncrKind: disclosure\n", false },
	{ "cn: replication\ncrKind: internal\n"
	    "crHiddenByRestriction: TRUE\n", false },
	{ "cn: replication\ncrKind: internal\n"
	    "crHiddenByDisclosureBan: TRUE\n", false },
	{ "cn: replication\ncrKind: internal\ncrHiddenByListing: printed\n",
	    false },
	{ "cn: Replication\ncrKind: internal\ncrHiddenByMarketing: all\n",
	    false },
	/* booleans */
	{ "cn: x\ncrKind: internal\ncrHiddenByRestriction: maybe\n", false },
	{ "cn: x\ncrKind: internal\ncrHiddenByRestriction: \n", false },
	{ "cn: x\ncrKind: internal\ncrHiddenByRestriction: TRUE\n"
	    "crHiddenByRestriction: FALSE\n", false },
	{ "cn: x\ncrKind: internal\ncrHiddenByDisclosureBan: 0\n", false },
	/* keywords */
	{ "cn: x\ncrKind: internal\ncrHiddenByMarketing: a b\n", false },
	{ "cn: x\ncrKind: internal\ncrHiddenByListing: \n", false }
};

START_TEST(a_purpose_is_clear_or_left_out)
{
	char ldif[512];

	snprintf(ldif, sizeof(ldif), "dn: cn=x\nobjectClass: crPurpose\n%s",
	    entries[_i].lines);
	fixture_add(&fixture, ldif);
	fixture_compile(&fixture);
	ck_assert_int_eq(cr_policy_purpose_at(fixture.policy, 0) != NULL,
	    entries[_i].usable);
	ck_assert_uint_eq(fixture.problems, !entries[_i].usable);
}
END_TEST

START_TEST(two_of_one_name_are_both_left_out)
{
	fixture_add(&fixture,
	    "dn: cn=a\nobjectClass: crPurpose\ncn: same\ncrKind: internal\n\n"
	    "dn: cn=b\nobjectClass: crPurpose\ncn: SAME\ncrKind: internal\n\n"
	    "dn: cn=c\nobjectClass: crPurpose\ncn: other\ncrKind: internal\n");
	fixture_compile(&fixture);
	ck_assert_uint_eq(fixture.problems, 2);
	ck_assert_ptr_null(cr_policy_purpose(fixture.policy,
	    CR_SLICE_LITERAL("same")));
	ck_assert_uint_eq(fixture_purpose(&fixture, "other")->index, 0);
}
END_TEST

/* A name is taken even by an entry that is itself left out. */
START_TEST(a_name_claimed_by_a_broken_entry_is_unclear)
{
	fixture_add(&fixture,
	    "dn: cn=a\nobjectClass: crPurpose\ncn: same\ncrKind: internal\n\n"
	    "dn: cn=b\nobjectClass: crPurpose\ncn: same\ncn: more\n"
	    "crKind: internal\n");
	fixture_compile(&fixture);
	ck_assert_uint_eq(fixture.problems, 2);
	ck_assert_ptr_null(cr_policy_purpose_at(fixture.policy, 0));
}
END_TEST

START_TEST(silence_hides)
{
	const struct cr_purpose *purpose;

	fixture_add(&fixture,
	    "dn: cn=a\nobjectClass: crPurpose\ncn: in\ncrKind: internal\n\n"
	    "dn: cn=b\nobjectClass: crPurpose\ncn: out\n"
	    "crKind: disclosure\n\n"
	    "dn: cn=c\nobjectClass: crPurpose\ncn: book\n"
	    "crKind: publication\n\n"
	    "dn: cn=d\nobjectClass: crPurpose\ncn: both\ncrKind: internal\n"
	    "crKind: disclosure\n\n"
	    "dn: cn=e\nobjectClass: crPurpose\ncn: maintenance\n"
	    "crKind: internal\n\n"
	    "dn: cn=f\nobjectClass: crPurpose\ncn: subjectAccess\n"
	    "crKind: subject\n\n"
	    "dn: cn=g\nobjectClass: crPurpose\ncn: replication\n"
	    "crKind: internal\n");
	fixture_compile(&fixture);
	ck_assert_uint_eq(fixture.problems, 0);
	purpose = fixture_purpose(&fixture, "in");
	ck_assert(purpose->hidden_by_restriction);
	ck_assert(!purpose->hidden_by_disclosure_ban);
	purpose = fixture_purpose(&fixture, "out");
	ck_assert(purpose->hidden_by_restriction);
	ck_assert(purpose->hidden_by_disclosure_ban);
	purpose = fixture_purpose(&fixture, "book");
	ck_assert(purpose->hidden_by_disclosure_ban);
	purpose = fixture_purpose(&fixture, "both");
	ck_assert(purpose->hidden_by_disclosure_ban);
	for (unsigned i = 4; i < 7; i++) {
		purpose = cr_policy_purpose_at(fixture.policy, i);
		ck_assert(!purpose->hidden_by_restriction);
		ck_assert(!purpose->hidden_by_disclosure_ban);
	}
}
END_TEST

START_TEST(all_and_the_unknown_hide_where_any_ban_does)
{
	const struct cr_purpose *purpose;
	const struct cr_slice all = CR_SLICE_LITERAL("all");
	const struct cr_slice post = CR_SLICE_LITERAL("post");

	fixture_add(&fixture,
	    "dn: cn=a\nobjectClass: crPurpose\ncn: mailing\n"
	    "crKind: internal\ncrHiddenByMarketing: post\n\n"
	    "dn: cn=b\nobjectClass: crPurpose\ncn: care\ncrKind: internal\n");
	fixture_compile(&fixture);
	purpose = fixture_purpose(&fixture, "mailing");
	ck_assert_uint_eq(purpose->hidden_by_marketing, CR_BAN_UNKNOWN |
	    cr_policy_marketing_bit(fixture.policy, all) |
	    cr_policy_marketing_bit(fixture.policy, post));
	ck_assert_uint_eq(purpose->hidden_by_listing, 0);
	ck_assert_uint_eq(fixture_purpose(&fixture,
	    "care")->hidden_by_marketing, 0);
}
END_TEST

START_TEST(a_keyword_too_many_is_unknown)
{
	char ldif[128];

	for (int i = 0; i < 40; i++) {
		snprintf(ldif, sizeof(ldif), "dn: cn=p%d\n"
		    "objectClass: crPurpose\ncn: p%d\ncrKind: internal\n"
		    "crHiddenByListing: k%d\n", i, i, i);
		fixture_add(&fixture, ldif);
	}
	fixture_compile(&fixture);
	/* "all" takes one of the 31 */
	ck_assert_uint_eq(fixture.problems, 10);
	ck_assert_uint_ne(cr_policy_listing_bit(fixture.policy,
	    CR_SLICE_LITERAL("k29")), CR_BAN_UNKNOWN);
	ck_assert_uint_eq(cr_policy_listing_bit(fixture.policy,
	    CR_SLICE_LITERAL("k30")), CR_BAN_UNKNOWN);
	ck_assert_uint_eq(fixture_purpose(&fixture, "p30")->hidden_by_listing,
	    CR_BAN_UNKNOWN | 1);
}
END_TEST

START_TEST(a_purpose_too_many_is_left_out)
{
	char ldif[128];

	for (int i = 0; i < CR_PURPOSES_MAX + 3; i++) {
		snprintf(ldif, sizeof(ldif), "dn: cn=p%d\n"
		    "objectClass: crPurpose\ncn: p%d\ncrKind: internal\n"
		    "crReleases: a%d\n", i, i, i);
		fixture_add(&fixture, ldif);
	}
	fixture_compile(&fixture);
	ck_assert_uint_eq(fixture.problems, 3);
	ck_assert_uint_eq(fixture_purpose(&fixture, "p63")->index, 63);
	ck_assert_ptr_null(cr_policy_purpose(fixture.policy,
	    CR_SLICE_LITERAL("p64")));
	ck_assert_ptr_null(cr_policy_purpose_at(fixture.policy, 64));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy_purpose");
	TCase *tcase = tcase_create("policy_purpose");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_purpose_is_clear_or_left_out, 0,
	    (int)(sizeof(entries) / sizeof(entries[0])));
	tcase_add_test(tcase, two_of_one_name_are_both_left_out);
	tcase_add_test(tcase, a_name_claimed_by_a_broken_entry_is_unclear);
	tcase_add_test(tcase, silence_hides);
	tcase_add_test(tcase, all_and_the_unknown_hide_where_any_ban_does);
	tcase_add_test(tcase, a_keyword_too_many_is_unknown);
	tcase_add_test(tcase, a_purpose_too_many_is_left_out);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
