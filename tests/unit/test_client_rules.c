#include "unit/suite.h"

#include "../../client/check.h"
#include "unit/fixture.h"

#define SUFFIX "dc=example,dc=fi"
#define REGISTRAR "uid=registrar,ou=handlers," SUFFIX
#define AINO "uid=aino,ou=handlers," SUFFIX

static const char handlers[] =
	"dn: " REGISTRAR "\nobjectClass: crHandler\ncrRole: registrar\n"
	"crDefaultPurpose: maintenance\ncrAgreementSigned: 20250101000000Z\n"
	"\n"
	"dn: " AINO "\nobjectClass: crHandler\n"
	"crDefaultPurpose: customerCare\ncrAgreementSigned: 20250101000000Z\n";

/* What has no finding of its own here: the rest of a careful rule set. */
#define CAREFUL \
	"to attrs=userPassword by self =xw by anonymous auth by * none", \
	"to attrs=authzTo,authzFrom by * auth"

#define POLICY_OF_HANDLERS "purposes of handlers, new handlers"
#define POLICY POLICY_OF_HANDLERS ", purposes, new purposes, recipients, " \
	"the register description"
#define PROXY "authzTo of handlers, authzTo of customers, " \
	"authzFrom of handlers, authzFrom of customers " \
	"(in use as soon as authz-policy is set)"

struct expected {
	enum cr_finding_kind kind;
	const char *detail;
};

static const struct {
	const char *rules[5];
	struct expected findings[6];	/* sorted; ended by no detail */
} sets[] = {
	/* the rules of the sample, in short */
	{ { CAREFUL, "to dn.subtree=\"ou=customers," SUFFIX "\" by users write",
	    "to * by dn.exact=\"" REGISTRAR "\" write by users read" },
	    { { CR_FIND_KINDS, NULL } } },
	/* Debian's default */
	{ { "to attrs=userPassword by self write by anonymous auth by * none",
	    "to * by * read" },
	    { { CR_FIND_ANONYMOUS_READ,
	    "anonymous may read handlers, customers, purposes" } } },
	{ { "to * by self write by * none" },
	    { { CR_FIND_POLICY_WRITE, "everyone may, on their own entry, "
	    "write purposes of handlers" },
	    { CR_FIND_PROXY_WRITE,
	    "everyone may, on their own entry, write " PROXY },
	    { CR_FIND_NO_READ, "" } } },
	{ { CAREFUL, "to * by users write" },
	    { { CR_FIND_POLICY_WRITE,
	    "everyone who can bind may write " POLICY } } },
	{ { CAREFUL, "to * by * write" },
	    { { CR_FIND_POLICY_WRITE, "anonymous may write " POLICY },
	    { CR_FIND_ANONYMOUS_READ,
	    "anonymous may read handlers, customers, purposes" } } },
	{ { CAREFUL, "to * by dn.subtree=\"ou=customers," SUFFIX "\" write "
	    "by users read" },
	    { { CR_FIND_POLICY_WRITE, "every customer may write " POLICY } } },
	{ { CAREFUL, "to * by dn.children=\"ou=handlers," SUFFIX "\" manage "
	    "by users read" },
	    { { CR_FIND_POLICY_WRITE, "every handler may write " POLICY } } },
	{ { CAREFUL, "to dn.children=\"ou=handlers," SUFFIX "\" by dn.exact=\""
	    AINO "\" write by users read", "to * by users read" },
	    { { CR_FIND_POLICY_WRITE, AINO
	    " may write purposes of handlers" } } },
	{ { CAREFUL, "to * by dn.exact=\"gidNumber=0+uidNumber=0,cn=peercred,"
	    "cn=external,cn=auth\" manage by dn.exact=cn=admin," SUFFIX
	    " manage by users read" }, { { CR_FIND_KINDS, NULL } } },
	{ { CAREFUL, "to * by group.exact=cn=admins," SUFFIX " write "
	    "by users read" },
	    { { CR_FIND_MEMBER_WRITE, "group.exact=cn=admins," SUFFIX
	    " may write " POLICY } } },
	{ { "to * by users read" },
	    { { CR_FIND_PASSWORD_READ, "everyone who can bind may read or "
	    "compare userPassword of handlers, userPassword of customers" } } },
	{ { "to attrs=userPassword by users compare by * auth",
	    "to * by users read" },
	    { { CR_FIND_PASSWORD_READ, "everyone who can bind may read or "
	    "compare userPassword of handlers, userPassword of customers" } } },
	{ { CAREFUL, "to dn.subtree=\"ou=customers," SUFFIX "\" by dn.exact="
	    "cn=admin," SUFFIX " write", "to * by users read" },
	    { { CR_FIND_NO_READ, "" } } },
	{ { CAREFUL, "to dn.subtree=\"ou=customers," SUFFIX "\" by group.exact="
	    "cn=staff," SUFFIX " read", "to * by users read" },
	    { { CR_FIND_KINDS, NULL } } },
	{ { NULL }, { { CR_FIND_NO_RULES, "" } } }
};

static int
add(struct cr_strings *list, const char *text)
{
	return cr_strings_add(list, cr_slice_of(text));
}

START_TEST(rules_and_what_is_told_of_them)
{
	struct fixture fixture;
	struct cr_check_options options = {
		.suffix = (char []){ SUFFIX },
		.purposes = (char []){ "ou=purposes," SUFFIX },
		.recipients = (char []){ "ou=recipients," SUFFIX }
	};
	struct cr_check check = { .options = &options,
		.report = { .limit = 5 } };
	struct cr_acl global = { 0 };
	struct cr_conf_db *db;
	size_t count = 0;

	fixture_shipped(&fixture, handlers);
	check.policy = fixture.policy;
	ck_assert_int_eq(add(&options.handlers, "ou=handlers," SUFFIX),
		CR_OK);
	ck_assert_int_eq(add(&check.bases, "ou=customers," SUFFIX), CR_OK);
	db = cr_conf_add_db(&check.conf, "{1}mdb");
	ck_assert_ptr_nonnull(db);
	ck_assert_int_eq(cr_conf_set(&check.conf, db, "olcRootDN",
		CR_SLICE_LITERAL("cn=admin," SUFFIX)), CR_OK);
	for (size_t i = 0; i < 5 && sets[_i].rules[i] != NULL; i++)
		ck_assert_int_eq(cr_conf_set(&check.conf, db, "olcAccess",
			cr_slice_of(sets[_i].rules[i])), CR_OK);
	ck_assert_uint_eq(check.conf.unclear.count, 0);

	ck_assert_int_eq(cr_check_rules(&check, db, &global), LDAP_SUCCESS);
	cr_report_sort(&check.report);
	while (sets[_i].findings[count].detail != NULL)
		count++;
	for (size_t i = 0; i < count && i < check.report.finding_count; i++) {
		ck_assert_str_eq(check.report.findings[i].detail,
			sets[_i].findings[i].detail);
		ck_assert_int_eq(check.report.findings[i].kind,
			sets[_i].findings[i].kind);
	}
	ck_assert_msg(check.report.finding_count == count, "%zu, not %zu; %s",
		check.report.finding_count, count,
		check.report.finding_count > count ?
		check.report.findings[count].detail : "");
	cr_report_clear(&check.report);
	cr_conf_clear(&check.conf);
	cr_strings_clear(&check.bases);
	cr_strings_clear(&options.handlers);
	fixture_clear(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client rules");
	TCase *tcase = tcase_create("client rules");

	tcase_add_loop_test(tcase, rules_and_what_is_told_of_them, 0,
		sizeof(sets) / sizeof(sets[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
