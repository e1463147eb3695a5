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

/*
 * The groups of contract section 1.  B has no crBanRecord: operational
 * attributes leave only as section 1 lists them.
 */
static const struct {
	char letter;
	const char *names[10];
} groups[] = {
	{ 'N', { "cn", "sn", "givenName", "displayName", "o", "title", "uid",
	    "crCustomerNumber" } },
	{ 'M', { "mail" } },
	{ 'P', { "telephoneNumber", "mobile" } },
	{ 'A', { "postalAddress", "street", "postalCode", "l", "c" } },
	{ 'B', { "crMarketingBan", "crListingBan", "crDisclosureBan",
	    "crProcessingRestricted", "crBanUntil" } },
	{ 'S', { "crSource" } },
	{ 'o', { "o" } },
	{ 'z', { "postalCode", "l" } },
	{ 'c', { "c" } },
	{ 'u', { "userPassword" } }
};

#define ALL "*"

static const struct row {
	const char *purpose;
	const char *releases;	/* letters, or "*" */
	const char *children;	/* a, i, q (request), k (collection) or "*" */
	const char *writes;
	const char *writes_children;
} rows[] = {
	{ "customerCare", "NMPABS", "aiq", "NMPASB", "a" },
	{ "assignment", "NMPA", "a", "", "a" },
	{ "billing", "NMA", "i", "", "i" },
	{ "collection", "NMPA", "ik", "", "k" },
	{ "creditDecision", "NA", "ik", "", "" },
	{ "legalObligation", ALL, ALL, "", "" },
	{ "archiving", "NA", "ai", "", "" },
	{ "serviceDevelopment", "oz", "a", "", "" },
	{ "statistics", "zc", "", "", "" },
	{ "personalisation", "NM", "a", "", "" },
	{ "directAdvertising", "NA", "", "", "" },
	{ "distanceSelling", "NP", "", "", "" },
	{ "directMarketing", "NMPA", "", "", "" },
	{ "marketResearch", "NMP", "", "", "" },
	{ "opinionResearch", "NMP", "", "", "" },
	{ "listingPrinted", "NA", "", "", "" },
	{ "listingElectronic", "NMPA", "", "", "" },
	{ "subjectAccess", ALL, ALL, "Bu", "q" },
	{ "rightsFulfilment", ALL, ALL, "", "q" },
	{ "maintenance", ALL, ALL, ALL, ALL },
	{ "replication", ALL, ALL, "", "" }
};

static const int row_count = sizeof(rows) / sizeof(rows[0]);

static bool
is_in_groups(const char *letters, struct cr_slice name)
{
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		if (strchr(letters, groups[g].letter) == NULL)
			continue;
		for (size_t i = 0; i < 10 && groups[g].names[i] != NULL; i++) {
			if (cr_slice_same_name(name, cr_slice_of(
			    groups[g].names[i])))
				return true;
		}
	}
	return false;
}

static bool
is_in_classes(const char *letters, struct cr_slice name)
{
	static const struct {
		char letter;
		const char *name;
	} classes[] = { { 'a', "crAssignment" }, { 'i', "crInvoice" },
		{ 'q', "crRequest" }, { 'k', "crCollection" } };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strchr(letters, classes[i].letter) != NULL &&
		    cr_slice_same_name(name, cr_slice_of(classes[i].name)))
			return true;
	}
	return false;
}

static size_t
size_of_groups(const char *letters)
{
	size_t size = 0;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		if (strchr(letters, groups[g].letter) == NULL)
			continue;
		for (size_t i = 0; i < 10 && groups[g].names[i] != NULL; i++)
			size++;
	}
	return size;
}

/* Nothing more, nothing less than the row says. */
static void
check_rules(const struct cr_rule *rules, size_t count, uint64_t bit,
    const char *released, const char *written,
    bool (*is_in)(const char *, struct cr_slice), const char *purpose)
{
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(((rules[i].released_by & bit) != 0) ==
		    is_in(released, rules[i].name), "%s releases %.*s",
		    purpose, (int)rules[i].name.len, rules[i].name.ptr);
		ck_assert_msg(((rules[i].written_by & bit) != 0) ==
		    is_in(written, rules[i].name), "%s writes %.*s", purpose,
		    (int)rules[i].name.len, rules[i].name.ptr);
	}
}

static size_t
count_released(const struct cr_rule *rules, size_t count, uint64_t bit)
{
	size_t released = 0;

	for (size_t i = 0; i < count; i++)
		released += (rules[i].released_by & bit) != 0;
	return released;
}

static bool
is_all(const char *letters)
{
	return strcmp(letters, ALL) == 0;
}

START_TEST(the_shipped_purposes_release_and_write_as_agreed)
{
	const struct row *row = &rows[_i];
	const struct cr_purpose *purpose;
	const struct cr_rule *rules;
	size_t count;
	uint64_t bit;

	fixture_add_file(&fixture, FIXTURE_PURPOSES);
	fixture_compile(&fixture);
	purpose = fixture_purpose(&fixture, row->purpose);
	bit = UINT64_C(1) << purpose->index;

	rules = cr_policy_attribute_rules(fixture.policy, &count);
	check_rules(rules, count, bit, row->releases, row->writes,
	    is_in_groups, row->purpose);
	ck_assert_uint_eq(count_released(rules, count, bit),
	    size_of_groups(row->releases));
	rules = cr_policy_class_rules(fixture.policy, &count);
	check_rules(rules, count, bit, row->children, row->writes_children,
	    is_in_classes, row->purpose);
	ck_assert_uint_eq(count_released(rules, count, bit),
	    is_all(row->children) ? 0 : strlen(row->children));

	ck_assert_int_eq((int)purpose->release, !is_all(row->releases) ?
	    CR_RELEASE_LISTED :
	    purpose->is_maintenance || purpose->is_replication ?
	    CR_RELEASE_OPERATIONAL : CR_RELEASE_USER);
	ck_assert_int_eq(purpose->children_all, is_all(row->children));
	ck_assert_int_eq(purpose->writes_all, is_all(row->writes));
	ck_assert_int_eq(purpose->writes_class_all,
	    is_all(row->writes_children));
}
END_TEST

START_TEST(the_built_in_names_are_marked)
{
	const struct cr_purpose *purpose;

	fixture_add_file(&fixture, FIXTURE_PURPOSES);
	fixture_compile(&fixture);
	purpose = fixture_purpose(&fixture, rows[_i].purpose);
	ck_assert_int_eq(purpose->is_maintenance,
	    strcmp(rows[_i].purpose, "maintenance") == 0);
	ck_assert_int_eq(purpose->is_subject_access,
	    strcmp(rows[_i].purpose, "subjectAccess") == 0);
	ck_assert_int_eq(purpose->is_replication,
	    strcmp(rows[_i].purpose, "replication") == 0);
}
END_TEST

/* A rule that a purpose of one entry gives, or a problem. */
static const struct {
	const char *line;
	const char *name;	/* NULL: reported instead */
	bool writes;
} lines[] = {
	{ "crReleases: mail", "mail", false },
	{ "crReleases: 2.5.4.3", "2.5.4.3", false },
	{ "crWrites: mail", "mail", true },
	{ "crWrites: userPassword", "userPassword", true },
	{ "crReleases: userPassword", NULL, false },
	{ "crReleases: USERPASSWORD", NULL, false },
	{ "crReleases: 2.5.4.35", NULL, false },
	{ "crReleases: cn;lang-fi", NULL, false },
	{ "crReleases: +", NULL, false },
	{ "crReleases: cn sn", NULL, false },
	{ "crReleases: ", NULL, false },
	{ "crReleases: 2.5.", NULL, false },
	{ "crReleases: .5", NULL, false },
	{ "crReleases: 25", NULL, false },
	{ "crWrites: **", NULL, false }
};

START_TEST(names_are_names)
{
	const struct cr_rule *rules;
	char ldif[256];
	size_t count;

	snprintf(ldif, sizeof(ldif), "dn: cn=x\nobjectClass: crPurpose\n"
	    "cn: x\ncrKind: internal\n%s\n", lines[_i].line);
	fixture_add(&fixture, ldif);
	fixture_compile(&fixture);
	rules = cr_policy_attribute_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, lines[_i].name != NULL);
	ck_assert_uint_eq(fixture.problems, lines[_i].name == NULL);
	if (lines[_i].name == NULL)
		return;
	ck_assert(cr_slice_same_name(rules[0].name,
	    cr_slice_of(lines[_i].name)));
	ck_assert_uint_eq(rules[0].written_by, lines[_i].writes);
	ck_assert_uint_eq(rules[0].released_by, !lines[_i].writes);
}
END_TEST

START_TEST(one_rule_per_name)
{
	const struct cr_rule *rules;
	size_t count;

	fixture_add(&fixture,
	    "dn: cn=a\nobjectClass: crPurpose\ncn: a\ncrKind: internal\n"
	    "crReleases: mail\ncrReleases: *\ncrWrites: cn\n"
	    "crReleasesClass: crInvoice\n\n"
	    "dn: cn=b\nobjectClass: crPurpose\ncn: b\ncrKind: internal\n"
	    "crReleases: MAIL\ncrWrites: Mail\ncrWritesClass: CRINVOICE\n");
	fixture_compile(&fixture);
	ck_assert_uint_eq(fixture.problems, 0);
	rules = cr_policy_attribute_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(rules[0].released_by, 3);
	ck_assert_uint_eq(rules[0].written_by, 2);
	ck_assert_uint_eq(rules[1].released_by, 0);
	ck_assert_uint_eq(rules[1].written_by, 1);
	ck_assert_int_eq((int)fixture_purpose(&fixture, "a")->release,
	    CR_RELEASE_USER);
	rules = cr_policy_class_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(rules[0].released_by, 1);
	ck_assert_uint_eq(rules[0].written_by, 2);
}
END_TEST

/* What is left out of the purposes is left out of the rules. */
START_TEST(a_purpose_left_out_releases_nothing)
{
	size_t count;

	fixture_add(&fixture,
	    "dn: cn=a\nobjectClass: crPurpose\ncn: a\ncrKind: secret\n"
	    "crReleases: mail\ncrReleasesClass: crInvoice\n");
	fixture_compile(&fixture);
	(void)cr_policy_attribute_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, 0);
	(void)cr_policy_class_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(names_too_many_are_ignored)
{
	char ldif[8192];
	size_t count;

	for (int p = 0; p < 6; p++) {
		int len = snprintf(ldif, sizeof(ldif), "dn: cn=p%d\n"
		    "objectClass: crPurpose\ncn: p%d\ncrKind: internal\n",
		    p, p);

		for (int i = 0; i < 200; i++)
			len += snprintf(ldif + len,
			    sizeof(ldif) - (size_t)len, "crReleases: a%d\n",
			    p * 200 + i);
		fixture_add(&fixture, ldif);
	}
	fixture_compile(&fixture);
	(void)cr_policy_attribute_rules(fixture.policy, &count);
	ck_assert_uint_eq(count, 1024);
	ck_assert_uint_eq(fixture.problems, 1200 - 1024);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy_rules");
	TCase *tcase = tcase_create("policy_rules");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    the_shipped_purposes_release_and_write_as_agreed, 0, row_count);
	tcase_add_loop_test(tcase, the_built_in_names_are_marked, 0,
	    row_count);
	tcase_add_loop_test(tcase, names_are_names, 0,
	    (int)(sizeof(lines) / sizeof(lines[0])));
	tcase_add_test(tcase, one_rule_per_name);
	tcase_add_test(tcase, a_purpose_left_out_releases_nothing);
	tcase_add_test(tcase, names_too_many_are_ignored);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
