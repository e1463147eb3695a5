#include "unit/fixture.h"
#include "unit/suite.h"

#include <stdio.h>

#include "core/clock.h"

static struct fixture fixture;

static void
teardown(void)
{
	fixture_clear(&fixture);
}

/* A party of one entry on top of the shipped purposes. */
static const struct cr_party *
party_of(const char *class, const char *lines)
{
	const struct cr_party *party;
	char ldif[1024];

	snprintf(ldif, sizeof(ldif), "dn: uid=x\nobjectClass: %s\n%s", class,
	    lines);
	fixture_shipped(&fixture, ldif);
	party = cr_policy_party(fixture.policy, CR_SLICE_LITERAL("uid=x"));
	ck_assert_ptr_nonnull(party);
	return party;
}

static uint64_t
set_of(const char *names)
{
	uint64_t set = 0;

	while (*names != '\0') {
		size_t len = strcspn(names, " ");
		const struct cr_purpose *purpose = cr_policy_purpose(
		    fixture.policy, (struct cr_slice){ names, len });

		ck_assert_ptr_nonnull(purpose);
		set |= UINT64_C(1) << purpose->index;
		names += len + (names[len] == ' ');
	}
	return set;
}

static const struct {
	const char *lines;
	const char *allowed;
	const char *fallback;	/* the default; NULL: none */
	unsigned problems;
} handlers[] = {
	{ "", "", NULL, 0 },
	{ "crDefaultPurpose: billing\n", "billing", "billing", 0 },
	{ "crDefaultPurpose: billing\ncrAllowedPurpose: collection\n"
	    "crAllowedPurpose: BILLING\n", "billing collection", "billing",
	    0 },
	{ "crDefaultPurpose: fantasy\ncrAllowedPurpose: collection\n",
	    "collection", NULL, 1 },
	{ "crDefaultPurpose: billing\ncrAllowedPurpose: fantasy\n",
	    "billing", "billing", 1 },
	{ "crDefaultPurpose: billing\ncrDefaultPurpose: collection\n", "",
	    NULL, 1 },
	/* what needs a role */
	{ "crDefaultPurpose: maintenance\n", "", NULL, 1 },
	{ "crDefaultPurpose: rightsFulfilment\n", "", NULL, 1 },
	{ "crRole: dpo\ncrDefaultPurpose: maintenance\n"
	    "crAllowedPurpose: rightsFulfilment\n", "rightsFulfilment", NULL,
	    1 },
	{ "crRole: REGISTRAR\ncrDefaultPurpose: maintenance\n"
	    "crAllowedPurpose: rightsFulfilment\n",
	    "maintenance rightsFulfilment", "maintenance", 0 },
	{ "crRole: registrar\n", "", NULL, 0 },
	{ "crRole: king\ncrDefaultPurpose: maintenance\n", "", NULL, 2 },
	/* what nobody has by an entry */
	{ "crRole: registrar\ncrAllowedPurpose: replication\n", "", NULL,
	    1 },
	{ "crRole: registrar\ncrAllowedPurpose: subjectAccess\n", "", NULL,
	    1 },
	/* a handler has no automated purposes */
	{ "crAutomated: billing\n", "", NULL, 0 }
};

START_TEST(a_handler_may_what_the_entry_and_the_role_allow)
{
	const struct cr_party *party = party_of("crHandler",
	    handlers[_i].lines);

	ck_assert(!party->is_service);
	ck_assert_uint_eq(party->allowed, set_of(handlers[_i].allowed));
	ck_assert_uint_eq(party->automated, 0);
	ck_assert_uint_eq(fixture.problems, handlers[_i].problems);
	if (handlers[_i].fallback == NULL)
		ck_assert_int_eq(party->default_purpose, -1);
	else
		ck_assert_int_eq(party->default_purpose, (int)fixture_purpose(
		    &fixture, handlers[_i].fallback)->index);
}
END_TEST

static const struct {
	const char *lines;
	unsigned roles;
} roles[] = {
	{ "", 0 },
	{ "crRole: registrar\n", CR_ROLE_REGISTRAR },
	{ "crRole: DPO\n", CR_ROLE_DPO },
	{ "crRole: registrar\ncrRole: dpo\n", CR_ROLE_REGISTRAR |
	    CR_ROLE_DPO },
	{ "crRole: registrars\n", 0 }
};

START_TEST(roles_are_two)
{
	ck_assert_uint_eq(party_of("crHandler", roles[_i].lines)->roles,
	    roles[_i].roles);
	fixture_clear(&fixture);
	/* a service has none */
	ck_assert_uint_eq(party_of("crService", roles[_i].lines)->roles, 0);
}
END_TEST

#define SIGNED "crAgreementSigned: 20240101000000Z\n"

static const struct {
	const char *lines;
	bool suspended;
	const char *until;	/* NULL: open */
	bool is_signed;
} agreements[] = {
	{ "", false, NULL, false },
	{ SIGNED, false, NULL, true },
	{ SIGNED "crAgreementUntil: 20250630205959Z\n", false,
	    "20250630205959Z", true },
	{ "crAgreementSigned: last year\n", true, NULL, false },
	{ "crAgreementSigned: \n", true, NULL, false },
	{ SIGNED "crAgreementUntil: 30.6.2025\n", true, NULL, true },
	{ SIGNED "crAgreementUntil: 20250630205959Z\n"
	    "crAgreementUntil: 20260630205959Z\n", true, NULL, true },
	{ SIGNED "crAgreementSigned: 20230101000000Z\n", true, NULL, false },
	{ SIGNED "crSuspended: TRUE\n", true, NULL, true },
	{ SIGNED "crSuspended: false\n", false, NULL, true },
	{ SIGNED "crSuspended: no\n", true, NULL, true },
	{ SIGNED "crSuspended: FALSE\ncrSuspended: TRUE\n", true, NULL,
	    true }
};

START_TEST(an_unclear_agreement_is_none)
{
	const struct cr_party *party = party_of("crHandler",
	    agreements[_i].lines);
	int64_t until = INT64_MAX;

	ck_assert_int_eq(party->suspended, agreements[_i].suspended);
	ck_assert_int_eq(party->agreement_signed != INT64_MAX,
	    agreements[_i].is_signed);
	if (agreements[_i].until != NULL)
		ck_assert_int_eq(cr_time_parse(cr_slice_of(
		    agreements[_i].until), &until), CR_OK);
	ck_assert_int_eq(party->agreement_until, until);
	ck_assert(party->agreement_ok);
}
END_TEST

#define REGISTER(lines) "\ndn: cn=register\nobjectClass: crRegister\n" lines

static const struct {
	const char *lines;
	bool ok;
	unsigned problems;
} versions[] = {
	{ "", true, 0 },
	{ "crAgreementVersion: 1\n", true, 0 },
	{ "crAgreementVersion: 2\n" REGISTER("crAgreementVersion: 2\n"),
	    true, 0 },
	{ "crAgreementVersion: 2b\n" REGISTER("crAgreementVersion: 2B\n"),
	    true, 0 },
	{ "crAgreementVersion: 1\n" REGISTER("crAgreementVersion: 2\n"),
	    false, 0 },
	{ REGISTER("crAgreementVersion: 2\n"), false, 0 },
	{ "crAgreementVersion: 2\ncrAgreementVersion: 1\n"
	    REGISTER("crAgreementVersion: 2\n"), false, 1 },
	{ "crAgreementVersion: 2\n" REGISTER("crAgreementVersion: 2\n"
	    "crAgreementVersion: 3\n"), false, 1 },
	{ "crAgreementVersion: 2\n" REGISTER("cn: register\n"), true, 0 },
	{ "crAgreementVersion: 2\n" REGISTER("crAgreementVersion: \n"),
	    false, 0 }
};

START_TEST(the_agreement_has_the_version_asked_for)
{
	ck_assert_int_eq(party_of("crHandler",
	    versions[_i].lines)->agreement_ok, versions[_i].ok);
	ck_assert_uint_eq(fixture.problems, versions[_i].problems);
	fixture_clear(&fixture);
	/* a machine signs nothing */
	ck_assert(party_of("crService", versions[_i].lines)->agreement_ok);
}
END_TEST

static const struct {
	const char *lines;
	const char *allowed;
	const char *automated;
	unsigned problems;
} services[] = {
	{ "", "", "", 0 },
	{ "crDefaultPurpose: billing\ncrAllowedPurpose: customerCare\n"
	    "crAutomated: collection\n", "billing customerCare",
	    "collection", 0 },
	{ "crAllowedPurpose: subjectAccess\n", "subjectAccess", "", 0 },
	{ "crAllowedPurpose: maintenance\ncrAllowedPurpose: "
	    "rightsFulfilment\n", "maintenance rightsFulfilment", "", 0 },
	{ "crAllowedPurpose: replication\n", "", "", 1 },
	{ "crAutomated: replication\ncrAutomated: subjectAccess\n"
	    "crAutomated: maintenance\ncrAutomated: rightsFulfilment\n"
	    "crAutomated: billing\n", "", "billing", 1 },
	{ "crAutomated: fantasy\n", "", "", 1 }
};

START_TEST(a_service_alone_may_what_is_automated)
{
	const struct cr_party *party = party_of("crService",
	    services[_i].lines);

	ck_assert(party->is_service);
	ck_assert(!party->suspended);
	ck_assert_uint_eq(party->allowed, set_of(services[_i].allowed));
	ck_assert_uint_eq(party->automated, set_of(services[_i].automated));
	ck_assert_uint_eq(fixture.problems, services[_i].problems);
}
END_TEST

static const struct {
	const char *lines;
	unsigned min_ssf;
	bool suspended;
} strengths[] = {
	{ "", 0, false },
	{ "crMinSSF: 0\n", 0, false },
	{ "crMinSSF: 128\n", 128, false },
	{ "crMinSSF: 2147483647\n", 2147483647, false },
	{ "crMinSSF: 2147483648\n", 0, true },
	{ "crMinSSF: -1\n", 0, true },
	{ "crMinSSF: high\n", 0, true },
	{ "crMinSSF: \n", 0, true },
	{ "crMinSSF: 1\ncrMinSSF: 128\n", 0, true },
	{ "crSuspended: TRUE\n", 0, true }
};

START_TEST(an_unclear_strength_suspends)
{
	const struct cr_party *party = party_of("crService",
	    strengths[_i].lines);

	ck_assert_int_eq(party->suspended, strengths[_i].suspended);
	if (!party->suspended)
		ck_assert_uint_eq(party->min_ssf, strengths[_i].min_ssf);
}
END_TEST

START_TEST(handler_and_service_in_one_is_neither)
{
	fixture_shipped(&fixture,
	    "dn: uid=x\nobjectClass: crHandler\nobjectClass: crService\n"
	    "crDefaultPurpose: billing\n\n"
	    "dn: uid=y\nobjectClass: crHandler\n");
	ck_assert_uint_eq(fixture.problems, 2);
	ck_assert_ptr_null(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=x")));
	ck_assert_ptr_nonnull(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=y")));
}
END_TEST

START_TEST(an_entry_found_twice_counts_once)
{
	fixture_shipped(&fixture,
	    "dn: uid=x\nobjectClass: crHandler\n"
	    "crDefaultPurpose: billing\n\n"
	    "dn: uid=x\nobjectClass: crHandler\n"
	    "crDefaultPurpose: billing\n\n"
	    "dn: cn=x\nobjectClass: crRecipient\ncrCountry: FI\n\n"
	    "dn: cn=x\nobjectClass: crRecipient\ncrCountry: FI\n\n"
	    "dn: uid=y\nobjectClass: crHandler\n");
	ck_assert_uint_eq(fixture.problems, 0);
	ck_assert_uint_eq(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=x"))->allowed, set_of("billing"));
	ck_assert_ptr_nonnull(cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=y")));
	ck_assert(cr_policy_recipient(fixture.policy,
	    CR_SLICE_LITERAL("cn=x"))->in_eea);
}
END_TEST

static const struct {
	const char *lines;
	bool in_eea;
	const char *transfer_from;	/* NULL: not decided */
	unsigned problems;
} recipients[] = {
	{ "", false, NULL, 0 },
	{ "crCountry: FI\n", true, NULL, 0 },
	{ "crCountry: no\n", true, NULL, 0 },
	{ "crCountry: GB\n", false, NULL, 0 },
	{ "crCountry: Finland\n", false, NULL, 1 },
	{ "crCountry: \n", false, NULL, 1 },
	{ "crCountry: FI\ncrCountry: SE\n", false, NULL, 1 },
	{ "crTransferDecision: 20250101000000Z the printer is there\n",
	    false, "20250101000000Z", 0 },
	{ "crTransferDecision: 20250101000000Z\n", false, NULL, 1 },
	{ "crTransferDecision: 20250101000000Z \n", false, NULL, 1 },
	{ "crTransferDecision: because\n", false, NULL, 1 },
	{ "crTransferDecision: 20260101000000Z a\n"
	    "crTransferDecision: 20250101000000Z b\n"
	    "crTransferDecision: 20270101000000Z c\n", false,
	    "20250101000000Z", 0 }
};

START_TEST(a_recipient_is_in_the_eea_or_decided)
{
	const struct cr_recipient *recipient;
	char ldif[512];
	int64_t from = 0;

	snprintf(ldif, sizeof(ldif), "dn: cn=x\nobjectClass: crRecipient\n"
	    "crAllowedPurpose: billing\n%s", recipients[_i].lines);
	fixture_shipped(&fixture, ldif);
	recipient = cr_policy_recipient(fixture.policy,
	    CR_SLICE_LITERAL("cn=x"));
	ck_assert_ptr_nonnull(recipient);
	ck_assert_uint_eq(recipient->allowed, set_of("billing"));
	ck_assert_int_eq(recipient->in_eea, recipients[_i].in_eea);
	ck_assert_int_eq(recipient->transfer_decided,
	    recipients[_i].transfer_from != NULL);
	if (recipients[_i].transfer_from != NULL)
		ck_assert_int_eq(cr_time_parse(cr_slice_of(
		    recipients[_i].transfer_from), &from), CR_OK);
	ck_assert_int_eq(recipient->transfer_from, from);
	ck_assert_uint_eq(fixture.problems, recipients[_i].problems);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("policy_party");
	TCase *tcase = tcase_create("policy_party");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	LOOP(tcase, a_handler_may_what_the_entry_and_the_role_allow,
	    handlers);
	LOOP(tcase, roles_are_two, roles);
	LOOP(tcase, an_unclear_agreement_is_none, agreements);
	LOOP(tcase, the_agreement_has_the_version_asked_for, versions);
	LOOP(tcase, a_service_alone_may_what_is_automated, services);
	LOOP(tcase, an_unclear_strength_suspends, strengths);
	tcase_add_test(tcase, handler_and_service_in_one_is_neither);
	tcase_add_test(tcase, an_entry_found_twice_counts_once);
	LOOP(tcase, a_recipient_is_in_the_eea_or_decided, recipients);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
