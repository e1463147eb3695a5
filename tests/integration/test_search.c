/*
 * Search: every scope and every kind of filter gives what it would give had
 * the hidden customers never been added.
 */
#include "harness.h"

#include <string.h>

static const struct cr_setup plain = { .customers = 10,
	.more_ldif = cr_hidden_last };
static const struct cr_setup tree = { .customers = 10,
	.config_tree = true,
	.more_ldif = cr_hidden_last };

static struct cr_pair pairs[CR_READERS];

static void
start_plain(void)
{
	cr_pairs_start(&plain, pairs, CR_READERS);
}

static void
stop_plain(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

static void
start_tree(void)
{
	cr_pairs_start(&tree, pairs, 1);
}

static void
stop_tree(void)
{
	cr_pairs_stop(pairs, 1);
}

#define ALL "* +"

static const struct cr_request requests[] = {
	/* scopes */
	{ .name = "base", .dn = CUSTOMERS, .attrs = ALL },
	{ .name = "one", .dn = CUSTOMERS, .scope = ONE },
	{ .name = "sub", .dn = CUSTOMERS, .scope = SUB },
	{ .name = "children", .dn = CUSTOMERS, .scope = CHILDREN },
	{ .name = "suffix one", .dn = SUFFIX, .scope = ONE },
	{ .name = "suffix sub", .dn = SUFFIX, .scope = SUB },
	{ .name = "suffix children", .dn = SUFFIX, .scope = CHILDREN },
	{ .name = "root of all", .dn = "", .scope = SUB },
	/* filters that evaluate nothing */
	{ .name = "true", .dn = CUSTOMERS, .scope = SUB, .filter = "(&)" },
	{ .name = "false", .dn = CUSTOMERS, .scope = SUB, .filter = "(|)" },
	{ .name = "not false",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(|))" },
	{ .name = "not true",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(&))" },
	{ .name = "or with true",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(|(l=zzz)(&))" },
	{ .name = "or with true first",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(|(&)(l=zzz))" },
	{ .name = "unknown attribute",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(noSuchAttribute=1)" },
	{ .name = "not unknown attribute",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(noSuchAttribute=1))" },
	{ .name = "or of unknown and true",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(|(noSuchAttribute=1)(&))" },
	/* each kind, once on what all have and once on a hidden one's value */
	{ .name = "presence",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(mail=*)" },
	{ .name = "not presence",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(mail=*))" },
	{ .name = "presence of a ban",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(crMarketingBan=*)" },
	{ .name = "absence of a ban",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(crMarketingBan=*))" },
	{ .name = "ban or none",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(|(crMarketingBan=*)(!(crMarketingBan=*)))" },
	{ .name = "restriction",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(crProcessingRestricted=TRUE)" },
	{ .name = "equality of a hidden uid",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(uid=c10002)" },
	{ .name = "equality of a hidden mail",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(mail=asa.ohman@posti.example)" },
	{ .name = "not a hidden uid",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(uid=c10002))" },
	{ .name = "not not a hidden uid",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(!(uid=c10002)))" },
	{ .name = "and with a hidden uid",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(&(objectClass=crCustomer)(uid=c10005))" },
	{ .name = "or of hidden uids",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(|(uid=c10002)(uid=c10005)(uid=c10006)(uid=c10001))" },
	{ .name = "substrings initial",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(mail=a*)" },
	{ .name = "substrings any",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(mobile=*1000*)" },
	{ .name = "substrings final",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(mail=*@posti.example)" },
	{ .name = "approx",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(givenName~=Olavi)" },
	{ .name = "greater",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(crCustomerSince>=20000101000000Z)" },
	{ .name = "less",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(crCustomerSince<=20300101000000Z)" },
	{ .name = "extensible",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(uid:caseIgnoreMatch:=c10002)" },
	{ .name = "extensible without attribute",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(:caseIgnoreMatch:=c10002)" },
	{ .name = "extensible of the DN",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(ou:dn:=customers)" },
	{ .name = "extensible of the DN, uid",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(uid:dn:=c10002)" },
	{ .name = "extensible of all DNs",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(:dn:caseIgnoreMatch:=c10005)" },
	{ .name = "entryDN",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(entryDN=" C(10002) ")" },
	{ .name = "entryDN below",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(entryDN:dnSubtreeMatch:=" C(10002) ")" },
	{ .name = "entryDN below the base",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(entryDN:dnSubtreeMatch:=" CUSTOMERS ")" },
	{ .name = "entryUUID of a hidden one",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(entryUUID=264f025f-a560-4df4-9245-82cf39ed0aae)" },
	{ .name = "object class",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(objectClass=crCustomer)" },
	{ .name = "not the object class",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(!(objectClass=crCustomer))" },
	{ .name = "structural class",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(structuralObjectClass=inetOrgPerson)" },
	{ .name = "children of all",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(objectClass=crAssignment)" },
	{ .name = "with children",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(hasSubordinates=TRUE)" },
	{ .name = "without children",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(hasSubordinates=FALSE)" },
	{ .name = "not with children",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(hasSubordinates=TRUE))" },
	{ .name = "what every entry has",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(subschemaSubentry=*)" },
	{ .name = "what no entry lacks",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(subschemaSubentry=*))" },
	{ .name = "the guard's attribute",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(crGuard=*)" },
	{ .name = "its absence",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(crGuard=*))" },
	{ .name = "passwords",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(userPassword=*)" },
	{ .name = "no passwords",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(!(userPassword=*))" },
	/* what is asked for */
	{ .name = "no attributes",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .attrs = "1.1" },
	{ .name = "types only",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .types_only = true },
	{ .name = "operational attributes",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .attrs = "+" },
	{ .name = "everything", .dn = SUFFIX, .scope = SUB, .attrs = ALL },
	{ .name = "has children",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .attrs = "hasSubordinates" },
	{ .name = "numSubordinates",
	    .dn = CUSTOMERS,
	    .attrs = "hasSubordinates numSubordinates" },
	{ .name = "attributes of a class",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .attrs = "@crCustomer" },
	/* limits */
	{ .name = "size 1", .dn = CUSTOMERS, .scope = ONE, .size = 1 },
	{ .name = "size 3",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(&)",
	    .size = 3 },
	{ .name = "size 6",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(!(|))",
	    .size = 6 },
	{ .name = "size 7",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(|(l=zzz)(&))",
	    .size = 7 },
	{ .name = "size 8",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(objectClass=*)",
	    .size = 8 },
	{ .name = "size 9",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(mail=*)",
	    .size = 9 },
	{ .name = "time 20", .dn = CUSTOMERS, .scope = SUB, .seconds = 20 },
	/* controls that change what is searched */
	{ .name = "ManageDsaIT",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .controls = { { .kind = CTL_MANAGE_DSAIT } } },
	{ .name = "subentries",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .controls = { { .kind = CTL_SUBENTRIES } } },
	{ .name = "domain scope",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .controls = { { .kind = CTL_DOMAIN_SCOPE } } },
	{ .name = "don't use copy",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { .kind = CTL_DONT_USE_COPY } } },
	{ .name = "session tracking",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { .kind = CTL_SESSION } } },
	{ .name = "relax",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { .kind = CTL_RELAX } } },
	{ .name = "matched values",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .controls = { { .kind = CTL_VALUES, .arg = "(uid=c1000*)" } } },
	{ .name = "matched values of nothing",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .controls = { { .kind = CTL_VALUES,
		.arg = "(crMarketingBan=*)(userPassword=*)" } } },
	{ .name = "assertion true",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { .kind = CTL_ASSERT, .arg = "(ou=customers)" } } },
	{ .name = "assertion false",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { .kind = CTL_ASSERT, .arg = "(ou=other)" } } },
	{ .name = "assertion on children",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .controls = { { .kind = CTL_ASSERT,
		.arg = "(hasSubordinates=TRUE)" } } },
	/* aliases are followed nowhere and everywhere */
	{ .name = "deref in searching",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .deref = 1 },
	{ .name = "deref in finding", .dn = SUFFIX, .scope = SUB, .deref = 2 },
	{ .name = "deref always", .dn = SUFFIX, .scope = SUB, .deref = 3 },
};

START_TEST(hidden_is_absent)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(hidden_is_absent_in_cn_config)
	{
		cr_pairs_same(pairs, 1, &requests[_i]);
	}
END_TEST

/* The pair would also be the same if nobody were found at all. */
START_TEST(visible_ones_are_found)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");

		expect_uids(cr_look(conn, CUSTOMERS, ONE, "(&)", "uid"),
		    "c10001 c10003 c10004 c10007 c10008 c10009 c10010");
		expect_uids(cr_look(conn, CUSTOMERS, ONE,
				"(mail=vaino.makinen@posti.example)", "uid"),
		    "c10001");
		expect_uids(cr_look(conn, CUSTOMERS, ONE, "(mobile=*1000*)",
				"uid"),
		    "c10001 c10003 c10004 c10007 c10008 c10009");
		expect_uids(cr_look(conn, CUSTOMERS, ONE, "(uid:dn:=c10001)",
				"uid"),
		    "c10001");
		expect_uids(cr_look(conn, CUSTOMERS, ONE, "(givenName~=Olavi)",
				"uid"),
		    "c10008");
	}
END_TEST

/* The size limit counts those who are seen. */
START_TEST(size_limit_counts_the_visible)
	{
		static const char *const filters[] = { "(&)", "(!(|))",
			"(|(l=zzz)(&))", "(objectClass=*)", "(mail=*)" };
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request request = { .dn = CUSTOMERS,
			.scope = ONE,
			.filter = filters[_i] };

		request.size = 7;
		expect_code(cr_ask(conn, &request), 0);
		request.size = 6;
		expect_code(cr_ask(conn, &request), 4);
	}
END_TEST

/* hasSubordinates of a parent whose only children are hidden. */
START_TEST(has_children_counts_the_visible)
	{
		struct cr_conn *conn =
		    cr_conn_open(pairs[LEENA].a, "registrar");
		struct cr_answer *answer =
		    cr_look(conn, CUSTOMERS, BASE, NULL, "hasSubordinates");

		ck_assert_str_eq(cr_entry_value(answer->entries,
				     "hasSubordinates"),
		    "TRUE");
		conn = cr_conn_open(pairs[LEENA].a, "leena");
		answer =
		    cr_look(conn, CUSTOMERS, BASE, NULL, "hasSubordinates");
		ck_assert_str_eq(cr_entry_value(answer->entries,
				     "hasSubordinates"),
		    "FALSE");
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "slapd.conf", start_plain, stop_plain);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_test(tc, visible_ones_are_found);
	tcase_add_loop_test(tc, size_limit_counts_the_visible, 0, 5);
	tcase_add_test(tc, has_children_counts_the_visible);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop_tree);
	tcase_add_loop_test(tc, hidden_is_absent_in_cn_config, 0,
	    COUNT(requests));
	tcase_add_loop_test(tc, size_limit_counts_the_visible, 0, 5);
}

int
main(void)
{
	return cr_suite_run("search", fill);
}
