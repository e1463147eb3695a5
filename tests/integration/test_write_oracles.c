/*
 * Writes as questions: add, delete, modify and rename of what is hidden, below
 * it, or named like it, answer as where it never was.
 */
#include "harness.h"

static const struct cr_setup plain = { .customers = 10 };
static const struct cr_setup wide = { .customers = 10,
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * write" };
static const struct cr_setup narrow = { .customers = 10,
	.acl =
	    "access to attrs=userPassword by anonymous auth\n"
	    "access to dn.subtree=\"" CUSTOMERS "\" by users read by * none\n"
	    "access to * by users read by * none" };
static const struct cr_setup tree = { .customers = 10, .config_tree = true };

static struct cr_pair pairs[CR_READERS];

static void
start_plain(void)
{
	cr_pairs_start(&plain, pairs, CR_READERS);
}

static void
start_wide(void)
{
	cr_pairs_start(&wide, pairs, CR_READERS);
}

static void
start_narrow(void)
{
	cr_pairs_start(&narrow, pairs, CR_READERS);
}

static void
start_tree(void)
{
	cr_pairs_start(&tree, pairs, AINO + 1);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

static void
stop_some(void)
{
	cr_pairs_stop(pairs, AINO + 1);
}

#define CHILD2 "crAssignmentNumber=A10002-1," C(10002)
#define CHILD6 "crAssignmentNumber=A10006-1," C(10006)
#define PERSON                                                            \
	"objectClass: inetOrgPerson", "objectClass: crCustomer", "cn: A", \
	    "sn: A"
#define ORDER "objectClass: crAssignment", "crState: open"

static const struct cr_request requests[] = {
	/* add */
	{ .name = "add restricted",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { PERSON } },
	{ .name = "add banned",
	    .kind = CR_ADD,
	    .dn = C(10002),
	    .lines = { PERSON } },
	{ .name = "add other spelling",
	    .kind = CR_ADD,
	    .dn = "UID=C10006," CUSTOMERS,
	    .lines = { PERSON } },
	{ .name = "add no customer",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { "objectClass: inetOrgPerson", "cn: A", "sn: A" } },
	{ .name = "add a unit of that name",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { "objectClass: organizationalUnit", "ou: x" } },
	{ .name = "add wrong schema",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { "objectClass: inetOrgPerson" } },
	{ .name = "add bad ban",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { PERSON, "crMarketingBan: nonsense" } },
	{ .name = "add child",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N1," C(10006),
	    .lines = { ORDER } },
	{ .name = "add child again",
	    .kind = CR_ADD,
	    .dn = CHILD6,
	    .lines = { ORDER } },
	{ .name = "add child of banned",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N1," C(10002),
	    .lines = { ORDER } },
	{ .name = "add grandchild",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N1," CHILD6,
	    .lines = { ORDER } },
	{ .name = "add below missing",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N1," C(99999),
	    .lines = { ORDER } },
	{ .name = "add an alias to it",
	    .kind = CR_ADD,
	    .dn = "uid=alias1," CUSTOMERS,
	    .lines = { "objectClass: alias", "objectClass: extensibleObject",
		"aliasedObjectName: " C(10006) } },
	{ .name = "add a referral below it",
	    .kind = CR_ADD,
	    .dn = "cn=ref," C(10006),
	    .lines = { "objectClass: referral", "objectClass: extensibleObject",
		"ref: ldap://x.example/" } },
	{ .name = "add with no-op",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { PERSON },
	    .controls = { { .kind = CTL_NO_OP } } },
	{ .name = "add with relax",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { PERSON },
	    .controls = { { .kind = CTL_RELAX } } },
	{ .name = "add with assertion",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { PERSON },
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=c10006)" } } },
	{ .name = "add with post-read",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { PERSON },
	    .controls = { { .kind = CTL_POST_READ, .arg = "uid cn" } } },
	/* delete */
	{ .name = "delete restricted", .kind = CR_DELETE, .dn = C(10006) },
	{ .name = "delete banned", .kind = CR_DELETE, .dn = C(10002) },
	{ .name = "delete child", .kind = CR_DELETE, .dn = CHILD6 },
	{ .name = "delete child of banned", .kind = CR_DELETE, .dn = CHILD2 },
	{ .name = "delete missing child",
	    .kind = CR_DELETE,
	    .dn = "cn=x," C(10006) },
	{ .name = "delete missing grandchild",
	    .kind = CR_DELETE,
	    .dn = "cn=x,cn=y," C(10002) },
	{ .name = "delete missing", .kind = CR_DELETE, .dn = C(99999) },
	{ .name = "delete the base", .kind = CR_DELETE, .dn = CUSTOMERS },
	{ .name = "delete the suffix", .kind = CR_DELETE, .dn = SUFFIX },
	{ .name = "delete with pre-read",
	    .kind = CR_DELETE,
	    .dn = C(10006),
	    .controls = { { .kind = CTL_PRE_READ, .arg = "mail" } } },
	{ .name = "delete with assertion",
	    .kind = CR_DELETE,
	    .dn = C(10006),
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=c10006)" } } },
	{ .name = "delete with no-op",
	    .kind = CR_DELETE,
	    .dn = C(10006),
	    .controls = { { .kind = CTL_NO_OP } } },
	{ .name = "delete the tree",
	    .kind = CR_DELETE,
	    .dn = C(10006),
	    .controls = { { .kind = CTL_TREE_DELETE } } },
	{ .name = "delete with ManageDsaIT",
	    .kind = CR_DELETE,
	    .dn = C(10006),
	    .controls = { { .kind = CTL_MANAGE_DSAIT } } },
	/* modify */
	{ .name = "modify restricted",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" } },
	{ .name = "modify banned",
	    .kind = CR_MODIFY,
	    .dn = C(10002),
	    .lines = { "=cn: A" } },
	{ .name = "lift a ban",
	    .kind = CR_MODIFY,
	    .dn = C(10005),
	    .lines = { "-crMarketingBan" } },
	{ .name = "modify child",
	    .kind = CR_MODIFY,
	    .dn = CHILD6,
	    .lines = { "=crState: closed" } },
	{ .name = "modify missing child",
	    .kind = CR_MODIFY,
	    .dn = "cn=x," C(10006),
	    .lines = { "=cn: x" } },
	{ .name = "modify missing",
	    .kind = CR_MODIFY,
	    .dn = C(99999),
	    .lines = { "=cn: x" } },
	{ .name = "delete a value it has",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "-uid: c10006" } },
	{ .name = "delete a value it has not",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "-mail: nobody@x" } },
	{ .name = "bad value",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "+crMarketingBan: nonsense" } },
	{ .name = "unknown attribute",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "+noSuchAttribute: x" } },
	{ .name = "increment",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "#uidNumber: 1" } },
	{ .name = "modify operational",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=creatorsName: cn=x" } },
	{ .name = "modify with assertion true",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=c10006)" } } },
	{ .name = "modify with assertion false",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=x)" } } },
	{ .name = "modify with pre-read",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { .kind = CTL_PRE_READ, .arg = "mail uid" } } },
	{ .name = "modify with permissive",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "+mail: a@b.fi" },
	    .controls = { { .kind = CTL_PERMISSIVE } } },
	{ .name = "modify with relax",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { .kind = CTL_RELAX } } },
	{ .name = "modify with no-op",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { .kind = CTL_NO_OP } } },
	{ .name = "modify with lazy commit",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { .kind = CTL_LAZY_COMMIT } } },
	/* rename */
	{ .name = "rename restricted",
	    .kind = CR_MODRDN,
	    .dn = C(10006),
	    .rdn = "uid=c10106" },
	{ .name = "rename child",
	    .kind = CR_MODRDN,
	    .dn = CHILD6,
	    .rdn = "crAssignmentNumber=N9" },
	{ .name = "rename missing child",
	    .kind = CR_MODRDN,
	    .dn = "cn=x," C(10006),
	    .rdn = "cn=y" },
	{ .name = "rename missing",
	    .kind = CR_MODRDN,
	    .dn = C(99999),
	    .rdn = "uid=c99998" },
	{ .name = "rename onto it",
	    .kind = CR_MODRDN,
	    .dn = C(10001),
	    .rdn = "uid=c10006" },
	{ .name = "rename onto what is missing",
	    .kind = CR_MODRDN,
	    .dn = C(10001),
	    .rdn = "uid=c99999" },
	{ .name = "move below it",
	    .kind = CR_MODRDN,
	    .dn = C(10001),
	    .rdn = "uid=c10001",
	    .superior = C(10006) },
	{ .name = "move below its child",
	    .kind = CR_MODRDN,
	    .dn = C(10001),
	    .rdn = "uid=c10001",
	    .superior = CHILD6 },
	{ .name = "move below what is missing",
	    .kind = CR_MODRDN,
	    .dn = C(10001),
	    .rdn = "uid=c10001",
	    .superior = C(99999) },
	{ .name = "move it away",
	    .kind = CR_MODRDN,
	    .dn = C(10006),
	    .rdn = "uid=c10006",
	    .superior = STAFF },
	{ .name = "move staff below it",
	    .kind = CR_MODRDN,
	    .dn = "uid=ulla," STAFF,
	    .rdn = "uid=ulla",
	    .superior = C(10006) },
	{ .name = "move staff onto it",
	    .kind = CR_MODRDN,
	    .dn = "uid=ulla," STAFF,
	    .rdn = "uid=c10006",
	    .superior = CUSTOMERS },
	{ .name = "move staff in",
	    .kind = CR_MODRDN,
	    .dn = "uid=ulla," STAFF,
	    .rdn = "uid=ulla",
	    .superior = CUSTOMERS },
	{ .name = "move a child to it",
	    .kind = CR_MODRDN,
	    .dn = "crAssignmentNumber=A10001-1," C(10001),
	    .rdn = "crAssignmentNumber=A10001-1",
	    .superior = C(10006) },
	{ .name = "rename with assertion",
	    .kind = CR_MODRDN,
	    .dn = C(10006),
	    .rdn = "uid=x",
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=c10006)" } } },
	{ .name = "rename the base",
	    .kind = CR_MODRDN,
	    .dn = CUSTOMERS,
	    .rdn = "ou=c" },
	/* password of it, by modify */
	{ .name = "its password",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=userPassword: x" } },
};

START_TEST(hidden_is_absent)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(hidden_is_absent_in_cn_config)
	{
		cr_pairs_same(pairs, AINO + 1, &requests[_i]);
	}
END_TEST

/* After all of it, those who may see everything find it as it was. */
START_TEST(nothing_was_changed)
	{
		struct cr_conn *conn = cr_conn_open(pairs[_i].a, "root");
		struct cr_answer *answer = cr_look(conn, CUSTOMERS, SUB,
		    "(|(uid=c10002)(uid=c10005)(uid=c10006)"
		    "(crAssignmentNumber=A10006-1))",
		    "uid");

		expect_uids(answer, "c10002 c10005 c10006 A10006-1");
	}
END_TEST

/* Who may add meets a name that is taken; the one exception. */
START_TEST(who_may_add_meets_the_name)
	{
		static const struct cr_request add = { .kind = CR_ADD,
			.dn = C(10006),
			.lines = { PERSON } };

		expect_code(cr_ask_as(pairs[MIKKO].a, "registrar", &add), 68);
		expect_code(cr_ask_as(pairs[MIKKO].a, "mikko", &add), 50);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sample rules", start_plain, stop);
	const int all = COUNT(requests);

	tcase_add_loop_test(tc, hidden_is_absent, 0, all);
	tcase_add_loop_test(tc, nothing_was_changed, 0, CR_READERS);
	tcase_add_test(tc, who_may_add_meets_the_name);

	tc = cr_suite_case(suite, "wide rules", start_wide, stop);
	tcase_add_loop_test(tc, hidden_is_absent, 0, all);
	tcase_add_loop_test(tc, nothing_was_changed, 0, CR_READERS);

	tc = cr_suite_case(suite, "narrow rules", start_narrow, stop);
	tcase_add_loop_test(tc, hidden_is_absent, 0, all);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop_some);
	tcase_add_loop_test(tc, hidden_is_absent_in_cn_config, 0,
	    COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("write_oracles", fill);
}
