#include "unit/fixture.h"
#include "unit/suite.h"

#include "core/clock.h"
#include "core/reader.h"

#define NOW "20260701120000Z"

/* The people of the sample register, and those that only tests need. */
static const char parties[] =
	"dn: cn=register\n"
	"objectClass: crRegister\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=aino\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: customerCare\n"
	"crAllowedPurpose: assignment\n"
	"crAllowedPurpose: billing\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=mikko\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: directMarketing\n"
	"crAllowedPurpose: marketResearch\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementUntil: 20260701120000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=registrar\n"
	"objectClass: crHandler\n"
	"crRole: registrar\n"
	"crDefaultPurpose: maintenance\n"
	"crAllowedPurpose: rightsFulfilment\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=dpo\n"
	"objectClass: crHandler\n"
	"crRole: dpo\n"
	"crDefaultPurpose: rightsFulfilment\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=leena\n"
	"objectClass: crHandler\n"
	"crRole: registrar\n"
	"crDefaultPurpose: customerCare\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementUntil: 20250630205959Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=olli\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: customerCare\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=tomorrow\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: customerCare\n"
	"crAgreementSigned: 20260701120001Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=oldversion\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: customerCare\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 1\n"
	"\n"
	"dn: uid=suspended\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: customerCare\n"
	"crSuspended: TRUE\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=nodefault\n"
	"objectClass: crHandler\n"
	"crAllowedPurpose: billing\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=credit\n"
	"objectClass: crHandler\n"
	"crDefaultPurpose: creditDecision\n"
	"crAllowedPurpose: billing\n"
	"crAllowedPurpose: collection\n"
	"crAllowedPurpose: listingPrinted\n"
	"crAgreementSigned: 20240101000000Z\n"
	"crAgreementVersion: 2\n"
	"\n"
	"dn: uid=crm\n"
	"objectClass: crService\n"
	"crDefaultPurpose: billing\n"
	"crAllowedPurpose: customerCare\n"
	"\n"
	"dn: uid=portal\n"
	"objectClass: crService\n"
	"crAllowedPurpose: subjectAccess\n"
	"crMinSSF: 128\n"
	"\n"
	"dn: uid=mailer\n"
	"objectClass: crService\n"
	"crAutomated: directMarketing\n"
	"\n"
	"dn: uid=robot\n"
	"objectClass: crService\n"
	"crDefaultPurpose: billing\n"
	"crAutomated: billing\n"
	"crAutomated: collection\n"
	"crMinSSF: 71\n"
	"\n"
	"dn: uid=twoways\n"
	"objectClass: crService\n"
	"crDefaultPurpose: customerCare\n"
	"crAutomated: billing\n"
	"crAutomated: collection\n"
	"\n"
	"dn: uid=all\n"
	"objectClass: crService\n"
	"crAllowedPurpose: maintenance\n"
	"crAllowedPurpose: rightsFulfilment\n"
	"crAllowedPurpose: marketResearch\n"
	"\n"
	"dn: cn=agency\n"
	"objectClass: crRecipient\n"
	"crCountry: FI\n"
	"crAllowedPurpose: creditDecision\n"
	"crAllowedPurpose: billing\n"
	"\n"
	"dn: cn=abroad\n"
	"objectClass: crRecipient\n"
	"crCountry: US\n"
	"crAllowedPurpose: billing\n"
	"\n"
	"dn: cn=decided\n"
	"objectClass: crRecipient\n"
	"crCountry: US\n"
	"crAllowedPurpose: billing\n"
	"crTransferDecision: 20260701120000Z the printer is there\n"
	"\n"
	"dn: cn=notyet\n"
	"objectClass: crRecipient\n"
	"crCountry: US\n"
	"crAllowedPurpose: billing\n"
	"crTransferDecision: 20260701120001Z the printer will be there\n"
	"\n"
	"dn: cn=nowhere\n"
	"objectClass: crRecipient\n"
	"crAllowedPurpose: billing\n"
	"\n"
	"dn: cn=printer\n"
	"objectClass: crRecipient\n"
	"crCountry: FI\n"
	"crAllowedPurpose: listingPrinted\n";

static struct fixture fixture;

static void
setup(void)
{
	fixture_shipped(&fixture, parties);
	ck_assert_uint_eq(fixture.problems, 0);
}

static void
teardown(void)
{
	fixture_clear(&fixture);
}

/* DNs whose flags the glue would set. */
#define ROOT "cn=admin"
#define REPLICA "cn=replica"
#define BOTH "cn=both"			/* rootdn named as a replica */
#define C1 "uid=c10001,ou=customers"
#define C2 "uid=c10002,ou=customers"

static bool
is_one_of(const char *dn, const char *a, const char *b)
{
	return strcmp(dn, a) == 0 || strcmp(dn, b) == 0;
}

static struct cr_reader_facts
facts_of(const char *authc, const char *authz)
{
	struct cr_reader_facts facts = {
		.authc = cr_slice_of(authc),
		.authz = cr_slice_of(authz),
		.authc_is_root = is_one_of(authc, ROOT, BOTH),
		.authz_is_root = is_one_of(authz, ROOT, BOTH),
		.authz_is_customer = is_one_of(authz, C1, C2),
		.authc_is_replica = is_one_of(authc, REPLICA, BOTH),
		.authz_is_replica = is_one_of(authz, REPLICA, BOTH),
		.ssf = 71
	};

	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL(NOW), &facts.now),
	    CR_OK);
	return facts;
}

#define NO_ONE CR_READER_NOBODY, NULL, 0, NULL
#define GETS(kind, purpose, roles, service) 0, kind, purpose, roles, service
#define REFUSED(error) error, NO_ONE
#define NOTHING 0, NO_ONE

static const struct row {
	const char *authc;
	const char *authz;	/* NULL: the same */
	const char *asked;	/* the control; NULL: none */
	int error;
	enum cr_reader_kind kind;
	const char *purpose;	/* NULL: nothing */
	unsigned roles;
	const char *service;
} rows[] = {
	/* handlers as themselves */
	{ "uid=aino", NULL, NULL,
	    GETS(CR_READER_HANDLER, "customerCare", 0, NULL) },
	{ "uid=aino", NULL, "billing",
	    GETS(CR_READER_HANDLER, "billing", 0, NULL) },
	{ "uid=aino", NULL, "BILLING",
	    GETS(CR_READER_HANDLER, "billing", 0, NULL) },
	{ "uid=aino", NULL, "directMarketing", REFUSED(CR_EACCESS) },
	{ "uid=aino", NULL, "subjectAccess", REFUSED(CR_EACCESS) },
	{ "uid=aino", NULL, "maintenance", REFUSED(CR_EACCESS) },
	{ "uid=aino", NULL, "replication", REFUSED(CR_EACCESS) },
	{ "uid=aino", NULL, "fantasy", REFUSED(CR_EPURPOSE) },
	{ "uid=aino", NULL, "", REFUSED(CR_EPURPOSE) },
	{ "uid=mikko", NULL, NULL,
	    GETS(CR_READER_HANDLER, "directMarketing", 0, NULL) },
	{ "uid=registrar", NULL, NULL,
	    GETS(CR_READER_HANDLER, "maintenance", CR_ROLE_REGISTRAR, NULL) },
	{ "uid=registrar", NULL, "rightsFulfilment",
	    GETS(CR_READER_HANDLER, "rightsFulfilment", CR_ROLE_REGISTRAR, NULL) },
	{ "uid=dpo", NULL, NULL,
	    GETS(CR_READER_HANDLER, "rightsFulfilment", CR_ROLE_DPO, NULL) },
	{ "uid=dpo", NULL, "maintenance", REFUSED(CR_EACCESS) },
	{ "uid=nodefault", NULL, NULL, GETS(CR_READER_HANDLER, NULL, 0, NULL) },
	{ "uid=nodefault", NULL, "billing",
	    GETS(CR_READER_HANDLER, "billing", 0, NULL) },
	/* no agreement in force, no role, nothing */
	{ "uid=leena", NULL, NULL, NOTHING },
	{ "uid=leena", NULL, "customerCare", REFUSED(CR_EACCESS) },
	{ "uid=leena", NULL, "fantasy", REFUSED(CR_EPURPOSE) },
	{ "uid=olli", NULL, NULL, NOTHING },
	{ "uid=tomorrow", NULL, NULL, NOTHING },
	{ "uid=oldversion", NULL, NULL, NOTHING },
	{ "uid=suspended", NULL, NULL, NOTHING },
	/* services alone */
	{ "uid=crm", NULL, NULL, GETS(CR_READER_SERVICE, NULL, 0, "uid=crm") },
	{ "uid=crm", NULL, "customerCare", REFUSED(CR_EACCESS) },
	{ "uid=mailer", NULL, NULL,
	    GETS(CR_READER_SERVICE, "directMarketing", 0, "uid=mailer") },
	{ "uid=mailer", NULL, "billing", REFUSED(CR_EACCESS) },
	{ "uid=robot", NULL, NULL,
	    GETS(CR_READER_SERVICE, "billing", 0, "uid=robot") },
	{ "uid=robot", NULL, "collection",
	    GETS(CR_READER_SERVICE, "collection", 0, "uid=robot") },
	{ "uid=twoways", NULL, NULL,
	    GETS(CR_READER_SERVICE, NULL, 0, "uid=twoways") },
	{ "uid=twoways", NULL, "billing",
	    GETS(CR_READER_SERVICE, "billing", 0, "uid=twoways") },
	{ "uid=twoways", NULL, "customerCare", REFUSED(CR_EACCESS) },
	{ "uid=portal", NULL, NULL, NOTHING },
	/* a service for a person: what both may */
	{ "uid=crm", "uid=aino", NULL,
	    GETS(CR_READER_DELEGATE, "customerCare", 0, "uid=crm") },
	{ "uid=crm", "uid=aino", "billing",
	    GETS(CR_READER_DELEGATE, "billing", 0, "uid=crm") },
	{ "uid=crm", "uid=aino", "assignment", REFUSED(CR_EACCESS) },
	{ "uid=crm", "uid=mikko", NULL,
	    GETS(CR_READER_DELEGATE, NULL, 0, "uid=crm") },
	{ "uid=crm", "uid=nodefault", NULL,
	    GETS(CR_READER_DELEGATE, "billing", 0, "uid=crm") },
	{ "uid=crm", "uid=leena", NULL, NOTHING },
	{ "uid=crm", "uid=leena", "customerCare", REFUSED(CR_EACCESS) },
	{ "uid=crm", "uid=mailer", NULL, NOTHING },
	{ "uid=crm", "uid=unknown", NULL, NOTHING },
	{ "uid=crm", "", NULL, NOTHING },
	{ "uid=crm", C1, NULL, GETS(CR_READER_DELEGATE, NULL, 0, "uid=crm") },
	{ "uid=crm", C1, "subjectAccess", REFUSED(CR_EACCESS) },
	{ "uid=crm", ROOT, NULL, NOTHING },
	{ "uid=crm", REPLICA, NULL, NOTHING },
	{ "uid=mailer", "uid=mikko", NULL,
	    GETS(CR_READER_DELEGATE, NULL, 0, "uid=mailer") },
	{ "uid=crm", "uid=registrar", NULL, GETS(CR_READER_DELEGATE, NULL, 0, "uid=crm") },
	{ "uid=all", "uid=registrar", NULL,
	    GETS(CR_READER_DELEGATE, "maintenance", CR_ROLE_REGISTRAR, "uid=all") },
	{ "uid=all", "uid=dpo", NULL,
	    GETS(CR_READER_DELEGATE, "rightsFulfilment", CR_ROLE_DPO, "uid=all") },
	{ "uid=all", "uid=mikko", NULL,
	    GETS(CR_READER_DELEGATE, NULL, 0, "uid=all") },
	{ "uid=all", "uid=mikko", "marketResearch",
	    GETS(CR_READER_DELEGATE, "marketResearch", 0, "uid=all") },
	{ "uid=all", "uid=aino", "maintenance", REFUSED(CR_EACCESS) },
	{ "uid=all", NULL, NULL, GETS(CR_READER_SERVICE, NULL, 0, "uid=all") },
	{ "uid=all", NULL, "maintenance", REFUSED(CR_EACCESS) },
	/* below its minimum, a service is nobody */
	{ "uid=portal", C1, NULL, NOTHING },
	/* a person for a person */
	{ "uid=registrar", "uid=aino", NULL, NOTHING },
	{ "uid=aino", C1, NULL, NOTHING },
	{ "uid=aino", "uid=crm", NULL, NOTHING },
	{ "uid=aino", "", NULL, NOTHING },
	{ C1, C2, NULL, NOTHING },
	{ C1, "uid=aino", NULL, NOTHING },
	{ "uid=unknown", "uid=aino", NULL, NOTHING },
	{ "", "uid=aino", NULL, NOTHING },
	/* customers */
	{ C1, NULL, NULL, GETS(CR_READER_CUSTOMER, "subjectAccess", 0, NULL) },
	{ C1, NULL, "subjectAccess",
	    GETS(CR_READER_CUSTOMER, "subjectAccess", 0, NULL) },
	{ C1, NULL, "customerCare", REFUSED(CR_EACCESS) },
	/* rootdn */
	{ ROOT, NULL, NULL, GETS(CR_READER_ROOT, "maintenance", 0, NULL) },
	{ ROOT, NULL, "maintenance",
	    GETS(CR_READER_ROOT, "maintenance", 0, NULL) },
	{ ROOT, NULL, "customerCare", REFUSED(CR_EACCESS) },
	{ ROOT, "uid=aino", NULL,
	    GETS(CR_READER_HANDLER, "customerCare", 0, NULL) },
	{ ROOT, "uid=registrar", NULL,
	    GETS(CR_READER_HANDLER, "maintenance", CR_ROLE_REGISTRAR, NULL) },
	{ ROOT, "uid=leena", NULL, NOTHING },
	{ ROOT, C1, NULL, GETS(CR_READER_CUSTOMER, "subjectAccess", 0, NULL) },
	{ ROOT, "uid=mailer", NULL,
	    GETS(CR_READER_SERVICE, "directMarketing", 0, "uid=mailer") },
	{ ROOT, "", NULL, NOTHING },
	{ ROOT, REPLICA, NULL, NOTHING },
	{ "uid=aino", ROOT, NULL, NOTHING },
	{ "uid=registrar", ROOT, NULL, NOTHING },
	{ REPLICA, ROOT, NULL, NOTHING },
	/* replicas */
	{ REPLICA, NULL, NULL,
	    GETS(CR_READER_REPLICA, "replication", 0, NULL) },
	{ REPLICA, NULL, "maintenance", REFUSED(CR_EACCESS) },
	{ REPLICA, "uid=aino", NULL, NOTHING },
	{ "uid=aino", REPLICA, NULL, NOTHING },
	{ BOTH, NULL, NULL, GETS(CR_READER_REPLICA, "replication", 0, NULL) },
	{ BOTH, NULL, "maintenance",
	    GETS(CR_READER_REPLICA, "maintenance", 0, NULL) },
	/* nobody */
	{ "uid=unknown", NULL, NULL, NOTHING },
	{ "uid=unknown", NULL, "customerCare", REFUSED(CR_EACCESS) },
	{ "uid=unknown", NULL, "fantasy", REFUSED(CR_EPURPOSE) },
	{ "UID=AINO", NULL, NULL, NOTHING },
	{ "", NULL, NULL, NOTHING },
	{ "", NULL, "listingElectronic", REFUSED(CR_EACCESS) },
};

static void
check_grant(const struct row *row, const struct cr_grant *grant)
{
	ck_assert_int_eq((int)grant->kind, (int)row->kind);
	ck_assert_uint_eq(grant->roles, row->roles);
	if (row->purpose == NULL)
		ck_assert_ptr_null(grant->purpose);
	else
		ck_assert_ptr_eq(grant->purpose, fixture_purpose(&fixture,
		    row->purpose));
	if (row->service == NULL)
		ck_assert_ptr_null(grant->service);
	else
		ck_assert_ptr_eq(grant->service, cr_policy_party(
		    fixture.policy, cr_slice_of(row->service)));
	ck_assert_ptr_null(grant->recipient);
}

START_TEST(the_reader_is_judged)
{
	const struct row *row = &rows[_i];
	struct cr_reader_facts facts = facts_of(row->authc,
	    row->authz != NULL ? row->authz : row->authc);
	struct cr_grant grant = { .roles = 99 };

	facts.purpose = cr_slice_of(row->asked);
	ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts, &grant),
	    row->error);
	check_grant(row, &grant);
}
END_TEST

/* The same without a policy: rootdn is known, and nobody sees a customer. */
START_TEST(without_a_policy_there_is_nothing)
{
	const struct row *row = &rows[_i];
	struct cr_reader_facts facts = facts_of(row->authc,
	    row->authz != NULL ? row->authz : row->authc);
	struct cr_grant grant;

	facts.purpose = cr_slice_of(row->asked);
	ck_assert_int_eq(cr_reader_judge(NULL, &facts, &grant),
	    row->asked != NULL ? CR_EPURPOSE : CR_OK);
	ck_assert_ptr_null(grant.purpose);
	ck_assert_uint_eq(grant.roles, 0);
}
END_TEST

START_TEST(ssf_is_asked_of_services)
{
	struct cr_reader_facts facts = facts_of("uid=portal", C1);
	struct cr_grant grant;

	for (unsigned ssf = 126; ssf < 130; ssf++) {
		facts.ssf = ssf;
		ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts,
		    &grant), CR_OK);
		ck_assert_int_eq(grant.purpose != NULL, ssf >= 128);
	}
	ck_assert_int_eq((int)grant.kind, CR_READER_DELEGATE);
	ck_assert(grant.purpose->is_subject_access);

	facts = facts_of("uid=robot", "uid=robot");
	facts.ssf = 70;
	ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts, &grant),
	    CR_OK);
	ck_assert_ptr_null(grant.purpose);
}
END_TEST

static const struct {
	const char *purpose;	/* configured */
	const char *asked;
	int error;
	const char *granted;
} anonymous[] = {
	{ "listingElectronic", NULL, 0, "listingElectronic" },
	{ "LISTINGPRINTED", NULL, 0, "listingPrinted" },
	{ "listingElectronic", "listingElectronic", 0, "listingElectronic" },
	{ "listingElectronic", "listingPrinted", CR_EACCESS, NULL },
	{ "customerCare", NULL, 0, NULL },
	{ "subjectAccess", NULL, 0, NULL },
	{ "replication", NULL, 0, NULL },
	{ "creditDecision", NULL, 0, NULL },
	{ "fantasy", NULL, 0, NULL },
	{ "", NULL, 0, NULL }
};

START_TEST(anonymous_gets_a_publication)
{
	struct cr_reader_facts facts = facts_of("", "");
	struct cr_grant grant;

	facts.anonymous_purpose = cr_slice_of(anonymous[_i].purpose);
	facts.purpose = cr_slice_of(anonymous[_i].asked);
	ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts, &grant),
	    anonymous[_i].error);
	if (anonymous[_i].granted == NULL) {
		ck_assert_ptr_null(grant.purpose);
		return;
	}
	ck_assert_int_eq((int)grant.kind, CR_READER_ANONYMOUS);
	ck_assert_ptr_eq(grant.purpose, fixture_purpose(&fixture,
	    anonymous[_i].granted));
	/* who has bound is not anonymous */
	facts = facts_of("uid=unknown", "uid=unknown");
	facts.anonymous_purpose = cr_slice_of(anonymous[_i].purpose);
	ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts, &grant),
	    CR_OK);
	ck_assert_ptr_null(grant.purpose);
}
END_TEST

static const struct {
	const char *who;
	const char *asked;
	const char *recipient;
	int error;
} disclosures[] = {
	{ "uid=credit", NULL, NULL, CR_ERECIPIENT },
	{ "uid=credit", NULL, "cn=agency", 0 },
	{ "uid=credit", "creditDecision", "cn=agency", 0 },
	{ "uid=credit", "creditDecision", "cn=decided", CR_ERECIPIENT },
	{ "uid=credit", "creditDecision", "cn=fantasy", CR_ERECIPIENT },
	{ "uid=credit", "creditDecision", "", CR_ERECIPIENT },
	{ "uid=credit", "billing", NULL, 0 },
	{ "uid=credit", "billing", "cn=agency", 0 },
	{ "uid=credit", "billing", "cn=decided", 0 },
	{ "uid=credit", "billing", "cn=notyet", CR_ERECIPIENT },
	{ "uid=credit", "billing", "cn=abroad", CR_ERECIPIENT },
	{ "uid=credit", "billing", "cn=nowhere", CR_ERECIPIENT },
	{ "uid=credit", "collection", "cn=agency", CR_ERECIPIENT },
	{ "uid=credit", "collection", NULL, 0 },
	{ "uid=credit", "listingPrinted", "cn=printer", CR_ERECIPIENT },
	{ "uid=credit", "listingPrinted", NULL, 0 },
	{ "uid=aino", NULL, "cn=agency", CR_ERECIPIENT },
	{ "uid=aino", "billing", "cn=agency", 0 },
	{ "uid=aino", "creditDecision", "cn=agency", CR_EACCESS },
	{ "uid=aino", "fantasy", "cn=agency", CR_EPURPOSE },
	{ "uid=nodefault", NULL, "cn=agency", CR_ERECIPIENT },
	{ "uid=leena", NULL, "cn=agency", CR_EACCESS },
	{ "", NULL, "cn=agency", CR_EACCESS },
	{ ROOT, NULL, "cn=agency", CR_ERECIPIENT },
	{ C1, NULL, "cn=agency", CR_ERECIPIENT },
	{ REPLICA, NULL, "cn=agency", CR_ERECIPIENT }
};

START_TEST(a_recipient_makes_a_disclosure)
{
	const char *recipient = disclosures[_i].recipient;
	struct cr_reader_facts facts = facts_of(disclosures[_i].who,
	    disclosures[_i].who);
	struct cr_grant grant;

	facts.purpose = cr_slice_of(disclosures[_i].asked);
	facts.recipient = cr_slice_of(recipient);
	ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts, &grant),
	    disclosures[_i].error);
	if (disclosures[_i].error != 0) {
		ck_assert_ptr_null(grant.purpose);
		ck_assert_ptr_null(grant.recipient);
	} else if (recipient == NULL) {
		ck_assert_ptr_null(grant.recipient);
	} else {
		ck_assert_ptr_eq(grant.recipient, cr_policy_recipient(
		    fixture.policy, cr_slice_of(recipient)));
	}
}
END_TEST

/* The agreement is judged at every operation, to the second. */
START_TEST(an_agreement_ends_after_its_last_second)
{
	const struct cr_party *mikko = cr_policy_party(fixture.policy,
	    CR_SLICE_LITERAL("uid=mikko"));
	struct cr_reader_facts facts = facts_of("uid=mikko", "uid=mikko");
	struct cr_grant grant;

	ck_assert(cr_party_in_force(mikko, facts.now));
	facts.now++;
	ck_assert(!cr_party_in_force(mikko, facts.now));
	ck_assert(!cr_party_in_force(NULL, facts.now));
	ck_assert_int_eq(cr_reader_judge(fixture.policy, &facts, &grant),
	    CR_OK);
	ck_assert_ptr_null(grant.purpose);
	ck_assert(cr_party_in_force(mikko, mikko->agreement_signed));
	ck_assert(!cr_party_in_force(mikko, mikko->agreement_signed - 1));
}
END_TEST

/* Whoever acts for somebody never gets more than that one alone. */
START_TEST(acting_for_somebody_adds_nothing)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
			for (unsigned p = 0; p < 21; p++) {
				const struct cr_purpose *purpose =
				    cr_policy_purpose_at(fixture.policy, p);
				struct cr_reader_facts facts = facts_of(
				    rows[i].authc, rows[j].authc);
				struct cr_grant both;
				struct cr_grant alone;

				facts.purpose = purpose->name;
				facts.recipient = purpose->kinds ==
				    CR_KIND_DISCLOSURE ?
				    CR_SLICE_LITERAL("cn=agency") :
				    (struct cr_slice){ NULL, 0 };
				if (cr_reader_judge(fixture.policy, &facts,
				    &both) != CR_OK)
					continue;
				facts.authc = facts.authz;
				facts.authc_is_root = facts.authz_is_root;
				facts.authc_is_replica =
				    facts.authz_is_replica;
				ck_assert_int_eq(cr_reader_judge(
				    fixture.policy, &facts, &alone), CR_OK);
				ck_assert_ptr_eq(both.purpose,
				    alone.purpose);
				ck_assert_uint_eq(both.roles & ~alone.roles, 0);
			}
		}
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reader");
	TCase *tcase = tcase_create("reader");
	const int row_count = (int)(sizeof(rows) / sizeof(rows[0]));

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, the_reader_is_judged, 0, row_count);
	tcase_add_loop_test(tcase, without_a_policy_there_is_nothing, 0,
	    row_count);
	tcase_add_test(tcase, ssf_is_asked_of_services);
	tcase_add_loop_test(tcase, anonymous_gets_a_publication, 0,
	    (int)(sizeof(anonymous) / sizeof(anonymous[0])));
	tcase_add_loop_test(tcase, a_recipient_makes_a_disclosure, 0,
	    (int)(sizeof(disclosures) / sizeof(disclosures[0])));
	tcase_add_test(tcase, an_agreement_ends_after_its_last_second);
	tcase_add_test(tcase, acting_for_somebody_adds_nothing);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
