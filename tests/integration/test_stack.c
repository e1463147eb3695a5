/*
 * The guard with everything else stacked: what held without holds, the
 * accesslog is guarded, and no text of another overlay tells.
 */
#include "harness.h"

#include <string.h>

#define STACK                                                               \
	.modules = "syncprov accesslog unique memberof refint ppolicy "     \
		   "sssvlv deref dynlist valsort back_monitor",             \
	.databases = "database mdb\nsuffix cn=accesslog\n"                  \
		     "rootdn cn=admin,cn=accesslog\nrootpw kokeilu\n"       \
		     "directory @DIR@/db2\nindex reqStart eq\n"             \
		     "access to * by * read",                               \
	.below = "overlay syncprov\n"                                       \
		 "overlay accesslog\nlogdb cn=accesslog\nlogops all\n"      \
		 "logold (objectClass=*)\nlogoldattr mail\n"                \
		 "overlay unique\n"                                         \
		 "unique_uri ldap:///" SUFFIX "?mail?sub\n"                 \
		 "overlay memberof\nmemberof-refint true\n"                 \
		 "overlay refint\nrefint_attributes member seeAlso owner\n" \
		 "overlay ppolicy\nppolicy_use_lockout",                    \
	.above = "overlay sssvlv\noverlay deref\noverlay dynlist\n"         \
		 "dynlist-attrset groupOfURLs memberURL member\n"           \
		 "overlay valsort\n"                                        \
		 "valsort-attr member " GROUPS " alpha-ascend",             \
	.later = "database monitor\naccess to * by * read"

#define WIDE                                                             \
	"access to attrs=userPassword by anonymous auth by self write\n" \
	"access to * by * write"

static const struct cr_setup all = { .customers = 10, STACK };
static const struct cr_setup all_wide = { .customers = 10, .acl = WIDE, STACK };
static const struct cr_setup all_tree = { .customers = 10,
	.config_tree = true,
	STACK };

static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	cr_pairs_start(&all, pairs, CR_READERS);
}

static void
start_wide(void)
{
	cr_pairs_start(&all_wide, pairs, AINO + 1);
}

static void
start_tree(void)
{
	cr_pairs_start(&all_tree, pairs, AINO + 1);
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

#define CHILD6 "crAssignmentNumber=A10006-1," C(10006)
#define ORDER "objectClass: crAssignment", "crState: open"

/* A core of what the other tests ask. */
static const struct cr_request requests[] = {
	{ .name = "sub", .dn = CUSTOMERS, .scope = SUB },
	{ .name = "true", .dn = CUSTOMERS, .scope = SUB, .filter = "(&)" },
	{ .name = "or true",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(|(l=zzz)(&))",
	    .attrs = "1.1" },
	{ .name = "not",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(!(uid=c10002))" },
	{ .name = "hidden mail",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(mail=asa.ohman@posti.example)" },
	{ .name = "size",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(&)",
	    .size = 7 },
	{ .name = "base", .dn = C(10006) },
	{ .name = "child", .dn = CHILD6 },
	{ .name = "missing child", .dn = "cn=x," C(10002) },
	{ .name = "groups", .dn = GROUPS, .scope = SUB, .attrs = "* memberOf" },
	{ .name = "staff", .dn = STAFF, .scope = SUB, .attrs = "* memberOf" },
	{ .name = "by member",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(member=" C(10002) ")" },
	{ .name = "by memberOf",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(memberOf=*)" },
	{ .name = "memberOf",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .attrs = "uid memberOf" },
	{ .name = "pages",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { CTL_PAGED, .arg = "3" } } },
	{ .name = "sorted pages",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { CTL_SORT, .arg = "uid:caseIgnoreOrderingMatch" },
		{ CTL_PAGED, .arg = "3" } } },
	{ .name = "view",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { CTL_SORT, .arg = "uid:caseIgnoreOrderingMatch" },
		{ CTL_VLV, .arg = "0 2 1 0" } } },
	{ .name = "deref",
	    .dn = GROUPS,
	    .scope = SUB,
	    .controls = { { CTL_DEREF, .arg = "member:uid,mail" } } },
	{ .name = "compare",
	    .kind = CR_COMPARE,
	    .dn = C(10006),
	    .attr = "uid",
	    .value = "c10006" },
	{ .name = "compare children",
	    .kind = CR_COMPARE,
	    .dn = C(10006),
	    .attr = "hasSubordinates",
	    .value = "TRUE" },
	{ .name = "password policy",
	    .dn = C(10006),
	    .controls = { { CTL_PPOLICY } } },
	{ .name = "add",
	    .kind = CR_ADD,
	    .dn = C(10006),
	    .lines = { "objectClass: inetOrgPerson", "cn: A", "sn: A" } },
	{ .name = "add child",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=S1," C(10006),
	    .lines = { ORDER } },
	{ .name = "add child of visible",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=S1," C(10001),
	    .lines = { ORDER } },
	{ .name = "delete", .kind = CR_DELETE, .dn = C(10006) },
	{ .name = "delete child", .kind = CR_DELETE, .dn = CHILD6 },
	{ .name = "modify",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" } },
	{ .name = "modify with assertion",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=mail: a@b.fi" },
	    .controls = { { CTL_ASSERT, .arg = "(uid=c10006)" } } },
	{ .name = "rename", .kind = CR_MODRDN, .dn = C(10006), .rdn = "uid=x" },
	{ .name = "move below",
	    .kind = CR_MODRDN,
	    .dn = C(10001),
	    .rdn = "uid=c10001",
	    .superior = C(10006) },
	{ .name = "add a member",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "+member: " C(10006) } },
	{ .name = "a new group of the hidden",
	    .kind = CR_ADD,
	    .dn = "cn=uusi," GROUPS,
	    .lines = { "objectClass: groupOfNames", "cn: uusi",
		"member: " C(10006) } },
	{ .name = "a new group of the missing",
	    .kind = CR_ADD,
	    .dn = "cn=uusi," GROUPS,
	    .lines = { "objectClass: groupOfNames", "cn: uusi",
		"member: " C(99999) } },
	{ .name = "sync",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .controls = { { CTL_SYNC, .arg = "1" } } },
	{ .name = "monitor",
	    .dn = "cn=Databases,cn=Monitor",
	    .scope = SUB,
	    .attrs = "olmMDBEntries olmMDBPagesUsed namingContexts" },
	{ .name = "monitor by count",
	    .dn = "cn=Monitor",
	    .scope = SUB,
	    .filter = "(olmMDBEntries>=1)",
	    .attrs = "cn" },
};

START_TEST(hidden_is_absent)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(hidden_is_absent_to_some)
	{
		cr_pairs_same(pairs, AINO + 1, &requests[_i]);
	}
END_TEST

START_TEST(visible_is_found)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");

		expect_uids(cr_look(conn, CUSTOMERS, ONE, "(&)", "uid"),
		    "c10001 c10003 c10004 c10007 c10008 c10009 c10010");
	}
END_TEST

START_TEST(counters_are_for_the_administrator)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "root");
		struct cr_answer *answer = cr_look(conn,
		    "cn=Databases,cn=Monitor", SUB, NULL, "olmMDBEntries");

		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "olmMDBEntries"));
		conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		answer = cr_look(conn, "cn=Databases,cn=Monitor", SUB, NULL,
		    "olmMDBEntries");
		ck_assert_ptr_null(strstr(answer->all.bytes, "olmMDBEntries"));
	}
END_TEST

/* slapo-unique's 19 is the exception; its text quotes the filter. */
START_TEST(unique_text_is_scrubbed)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "aino");
		struct cr_request request = { .kind = CR_MODIFY,
			.dn = C(10001),
			.lines = { "=mail: asa.ohman@posti.example" } };
		struct cr_answer *answer = cr_ask(conn, &request);

		expect_code(answer, 19);
		ck_assert_ptr_null(strstr(answer->text, "asa.ohman"));
		ck_assert_ptr_null(strstr(answer->text, "mail="));
		ck_assert_ptr_null(strstr(answer->text, "|"));
	}
END_TEST

/* ---- accesslog -------------------------------------------------------------- */

static void
write_something(void)
{
	struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "aino");

	ck_assert_int_eq(cr_change(conn, C(10002), "=title: lokiin", NULL), 0);
	(void)cr_look(conn, CUSTOMERS, SUB, "(mail=lokiin)", NULL);
	cr_conn_close(conn);
}

START_TEST(accesslog_is_not_for_everybody)
	{
		static const char *const who[] = { "mikko", "aino", "dpo",
			"mailer", "c10002", "leena", "crm", NULL };
		struct cr_conn *conn;
		struct cr_answer *answer;

		write_something();
		conn = cr_conn_open(pairs[MIKKO].a, who[_i]);
		for (int scope = BASE; scope <= CHILDREN; scope++) {
			answer = cr_look(conn, "cn=accesslog",
			    (enum cr_scope)scope, NULL, "* +");
			ck_assert_uint_eq(answer->entry_count, 0);
		}
		answer = cr_look(conn, "cn=accesslog", SUB,
		    "(reqDN=" C(10002) ")", "1.1");
		ck_assert_uint_eq(answer->entry_count, 0);
		answer = cr_look(conn, "", SUB, "(reqMod=*)", "1.1");
		ck_assert_uint_eq(answer->entry_count, 0);
	}
END_TEST

START_TEST(accesslog_tells_nothing_by_name)
	{
		struct cr_conn *conn, *root;
		struct cr_answer *answer;
		struct cr_request request = { .kind = CR_COMPARE,
			.attr = "reqDN",
			.value = C(10002) };

		write_something();
		root = cr_conn_open(pairs[MIKKO].a, "registrar");
		answer = cr_look(root, "cn=accesslog", ONE, "(reqType=modify)",
		    "reqDN");
		ck_assert_uint_ge(answer->entry_count, 1);
		conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		request.dn = answer->entries->dn;
		ck_assert_int_ne(cr_ask(conn, &request)->code, 6);
		ck_assert_int_ne(cr_ask(conn, &request)->code, 5);
		answer = cr_look(conn, request.dn, BASE, NULL, NULL);
		ck_assert_uint_eq(answer->entry_count, 0);
	}
END_TEST

START_TEST(accesslog_is_for_some)
	{
		static const char *const who[] = { "root", "registrar" };
		struct cr_conn *conn;

		write_something();
		conn = cr_conn_open(pairs[MIKKO].a, who[_i]);
		ck_assert_uint_ge(cr_look(conn, "cn=accesslog", SUB,
				      "(reqType=modify)", "*")
				      ->entry_count,
		    1);
	}
END_TEST

/* Its synchronisation is as its reading. */
START_TEST(accesslog_is_not_synchronised)
	{
		struct cr_request request = { .dn = "cn=accesslog",
			.scope = SUB };
		struct cr_answer *answer;

		write_something();
		request.controls[0] =
		    (struct cr_control){ CTL_SYNC, .arg = "1" };
		answer = cr_ask_as(pairs[MIKKO].a, "mikko", &request);
		ck_assert_uint_eq(answer->entry_count, 0);
	}
END_TEST

/* A refused write is not in it, since the guard stands above. */
START_TEST(refused_writes_are_not_logged)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_conn *keeper =
		    cr_conn_open(pairs[MIKKO].a, "registrar");
		struct cr_answer *answer;

		ck_assert_int_eq(cr_change(conn, C(10001), "=title: kielletty",
				     NULL),
		    50);
		answer = cr_look(keeper, "cn=accesslog", SUB,
		    "(reqType=modify)", "reqMod");
		ck_assert_ptr_null(strstr(answer->all.bytes, "kielletty"));
	}
END_TEST

/* ppolicy locks out the customer, and the guard does not let it be seen. */
START_TEST(binding_works_with_ppolicy)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "c10005");

		expect_uids(cr_look(conn, C(10005), BASE, NULL, "uid"),
		    "c10005");
		ck_assert_int_eq(cr_conn_bind(conn, C(10006), "wrong"), 49);
		ck_assert_int_eq(cr_conn_bind(conn, C(10006), "kokeilu"), 0);
	}
END_TEST

/* The work of memberof and refint goes on behind the guard. */
START_TEST(housekeeping_goes_on)
	{
		struct cr_conn *keeper = cr_conn_open(pairs[MIKKO].a, "root");
		int64_t deadline = cr_suite_now() + cr_suite_seconds(15) * 1000;
		static const struct cr_request add = { .kind = CR_ADD,
			.dn = "cn=vipit," GROUPS,
			.lines = { "objectClass: groupOfNames", "cn: vipit",
			    "member: " C(10006), "member: " C(10001) } };
		static const struct cr_request away = { .kind = CR_DELETE,
			.dn = "uid=c10700," CUSTOMERS };
		static const struct cr_request customer = { .kind = CR_ADD,
			.dn = "uid=c10700," CUSTOMERS,
			.lines = { "objectClass: inetOrgPerson",
			    "objectClass: crCustomer", "cn: A", "sn: A" } };
		struct cr_answer *answer;

		expect_code(cr_ask(keeper, &customer), 0);
		expect_code(cr_ask(keeper, &add), 0);
		answer = cr_look(keeper, C(10006), BASE, NULL, "memberOf");
		ck_assert(cr_entry_has(answer->entries, "memberOf", add.dn));
		ck_assert_int_eq(cr_change(keeper, add.dn,
				     "+member: uid=c10700," CUSTOMERS, NULL),
		    0);
		expect_code(cr_ask(keeper, &away), 0);
		do
			answer = cr_look(keeper, add.dn, BASE,
			    "(member=uid=c10700," CUSTOMERS ")", "cn");
		while (answer->entry_count > 0 && cr_suite_again(deadline));
		ck_assert_uint_eq(answer->entry_count, 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "slapd.conf", start, stop);

	tcase_add_test(tc, visible_is_found);
	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_test(tc, counters_are_for_the_administrator);
	tcase_add_test(tc, unique_text_is_scrubbed);
	tcase_add_loop_test(tc, accesslog_is_not_for_everybody, 0, 8);
	tcase_add_test(tc, accesslog_tells_nothing_by_name);
	tcase_add_loop_test(tc, accesslog_is_for_some, 0, 2);
	tcase_add_test(tc, accesslog_is_not_synchronised);
	tcase_add_test(tc, refused_writes_are_not_logged);
	tcase_add_test(tc, binding_works_with_ppolicy);
	tcase_add_test(tc, housekeeping_goes_on);

	tc = cr_suite_case(suite, "wide rules", start_wide, stop_some);
	tcase_add_loop_test(tc, hidden_is_absent_to_some, 0, COUNT(requests));
	tcase_add_loop_test(tc, accesslog_is_not_for_everybody, 0, 8);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop_some);
	tcase_add_loop_test(tc, hidden_is_absent_to_some, 0, COUNT(requests));
	tcase_add_loop_test(tc, accesslog_is_not_for_everybody, 0, 8);
	tcase_add_test(tc, unique_text_is_scrubbed);
}

int
main(void)
{
	return cr_suite_run("stack", fill);
}
