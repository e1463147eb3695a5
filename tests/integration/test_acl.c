/*
 * slapd's own access rules that look into other entries: sets, groups and DN
 * attributes must not answer by a customer the reader cannot see.
 */
#include "harness.h"

static const struct cr_setup rules = {
	.customers = 10,
	.acl =
	    "access to attrs=userPassword by anonymous auth\n"
	    /* an attribute of a customer decides */
	    "access to dn.exact=\"uid=timo," STAFF "\"\n"
	    "  by set=\"[" C(
		10006) "]/crProcessingRestricted & [TRUE]\" read\n"
		       "  by * none\n"
		       "access to dn.exact=\"uid=ulla," STAFF "\"\n"
		       "  by set=\"[" C(
			   10002) "]/entryDN\" read\n"
				  "  by * none\n"
				  /* what is found by a search decides */
				  "access to dn.exact=\"uid=sari," STAFF "\"\n"
				  "  by set=\"[ldap:///" CUSTOMERS
				  "?entryDN?sub?(uid=c10005)]/entryDN\" read\n"
				  "  by * none\n"
				  /* a group among the customers */
				  "access to dn.exact=\"uid=pekka," STAFF "\"\n"
				  "  by group/inetOrgPerson/seeAlso.exact=\"" C(
				      10002) "\" read\n"
					     "  by users search\n"
					     "access to * by users read by * none"
};

static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	cr_pairs_start(&rules, pairs, CR_READERS);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

static const struct cr_request requests[] = {
	{ .name = "by value", .dn = "uid=timo," STAFF },
	{ .name = "by existence", .dn = "uid=ulla," STAFF },
	{ .name = "by search", .dn = "uid=sari," STAFF },
	{ .name = "by group", .dn = "uid=pekka," STAFF },
	{ .name = "all staff", .dn = STAFF, .scope = SUB, .attrs = "uid" },
	{ .name = "compare by value",
	    .kind = CR_COMPARE,
	    .dn = "uid=timo," STAFF,
	    .attr = "uid",
	    .value = "timo" },
	{ .name = "customers", .dn = CUSTOMERS, .scope = SUB, .attrs = "uid" },
};

START_TEST(rules_do_not_see_the_hidden)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

/* Who sees the customer gets the answer; so the rules do work. */
START_TEST(rules_see_who_is_visible)
	{
		struct cr_conn *conn =
		    cr_conn_open(pairs[MIKKO].a, "registrar");

		expect_uids(cr_look(conn, "uid=timo," STAFF, BASE, NULL, "uid"),
		    "timo");
		conn = cr_conn_open(pairs[MIKKO].a, "aino");
		expect_uids(cr_look(conn, "uid=ulla," STAFF, BASE, NULL, "uid"),
		    "ulla");
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "access rules", start, stop);

	tcase_add_test(tc, rules_see_who_is_visible);
	tcase_add_loop_test(tc, rules_do_not_see_the_hidden, 0,
	    COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("acl", fill);
}
