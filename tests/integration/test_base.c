/*
 * A search aimed at one entry: hidden, below a hidden one, missing below a
 * hidden one.  Code, matchedDN and text are those of an entry that never was.
 */
#include "harness.h"

#include <string.h>

static const struct cr_setup plain = { .customers = 10 };
/* slapd's own rules let everybody see that something is there */
static const struct cr_setup wide = { .customers = 10,
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * write" };
/* and here they do not let anybody know more than they may read */
static const struct cr_setup narrow = { .customers = 10,
	.acl =
	    "access to attrs=userPassword by anonymous auth\n"
	    "access to dn.subtree=\"" CUSTOMERS "\" by users read by * none\n"
	    "access to * by * none" };

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
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

#define CHILD2 "crAssignmentNumber=A10002-1," C(10002)
#define CHILD6 "crAssignmentNumber=A10006-1," C(10006)

static const struct cr_request requests[] = {
	{ .name = "visible or hidden", .dn = C(10001) },
	{ .name = "a marketing ban", .dn = C(10002) },
	{ .name = "all bans", .dn = C(10005) },
	{ .name = "restricted", .dn = C(10006) },
	{ .name = "never there", .dn = C(99999) },
	{ .name = "other spelling",
	    .dn = "UID=C10002, OU=Customers , DC=example,dc=FI" },
	{ .name = "by OID",
	    .dn = "0.9.2342.19200300.100.1.1=c10002," CUSTOMERS },
	{ .name = "escaped", .dn = "uid=c1000\\32," CUSTOMERS },
	{ .name = "all attributes", .dn = C(10002), .attrs = "* +" },
	{ .name = "no attributes", .dn = C(10002), .attrs = "1.1" },
	{ .name = "password", .dn = C(10002), .attrs = "userPassword" },
	{ .name = "types only", .dn = C(10002), .types_only = true },
	{ .name = "a filter that is true", .dn = C(10002), .filter = "(&)" },
	{ .name = "a filter that is false", .dn = C(10002), .filter = "(|)" },
	{ .name = "a filter that does not fit",
	    .dn = C(10002),
	    .filter = "(uid=x)" },
	{ .name = "one level", .dn = C(10002), .scope = ONE },
	{ .name = "subtree", .dn = C(10002), .scope = SUB },
	{ .name = "children", .dn = C(10002), .scope = CHILDREN },
	{ .name = "subtree, size 1", .dn = C(10002), .scope = SUB, .size = 1 },
	{ .name = "child", .dn = CHILD2 },
	{ .name = "child of the restricted", .dn = CHILD6 },
	{ .name = "child by subtree", .dn = CHILD2, .scope = SUB },
	{ .name = "an invoice", .dn = "crInvoiceNumber=I10007-1," C(10007) },
	{ .name = "a case", .dn = "crCaseNumber=C10008-1," C(10008) },
	{ .name = "a disclosure", .dn = "crDisclosureId=D10008-1," C(10008) },
	{ .name = "missing child", .dn = "cn=x," C(10002) },
	{ .name = "missing child of the restricted", .dn = "cn=x," C(10006) },
	{ .name = "missing child of a visible one", .dn = "cn=x," C(10001) },
	{ .name = "missing grandchild", .dn = "cn=x,cn=y," C(10002) },
	{ .name = "missing below a child", .dn = "cn=x," CHILD2 },
	{ .name = "missing below a child, subtree",
	    .dn = "cn=x," CHILD6,
	    .scope = SUB },
	{ .name = "missing below what is missing", .dn = "cn=x," C(99999) },
	{ .name = "missing unit", .dn = C(10002) "x" },
	{ .name = "the name the guard uses",
	    .dn = "crGuard=absent," CUSTOMERS },
	{ .name = "the name the guard uses, below",
	    .dn = "crGuard=absent," C(10002) },
	{ .name = "no name", .dn = "uid=c10002,ou=customers,dc=example,dc=" },
	{ .name = "no attribute type", .dn = "noSuchType=x," C(10002) },
	{ .name = "ManageDsaIT",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_MANAGE_DSAIT } } },
	{ .name = "ManageDsaIT below",
	    .dn = "cn=x," C(10002),
	    .controls = { { .kind = CTL_MANAGE_DSAIT } } },
	{ .name = "subentries",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_SUBENTRIES } } },
	{ .name = "assertion",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=c10002)" } } },
	{ .name = "assertion that fails",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=x)" } } },
	{ .name = "assertion on the password",
	    .dn = C(10001),
	    .controls = { { .kind = CTL_ASSERT, .arg = "(userPassword=*)" } } },
	{ .name = "matched values",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_VALUES, .arg = "(uid=*)" } } },
	{ .name = "paged",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_PAGED, .arg = "5" } } },
	{ .name = "relax",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_RELAX } } },
	{ .name = "an unknown critical control",
	    .dn = C(10002),
	    .controls = { { .kind = CTL_RAW, .oid = "1.2.3.4" } } },
	{ .name = "deref always", .dn = C(10002), .deref = 3 },
	{ .name = "deref always, child", .dn = CHILD2, .deref = 3 },
	{ .name = "deref always, missing child",
	    .dn = "cn=x," C(10002),
	    .deref = 3 },
};

START_TEST(hidden_is_absent)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(absent_has_the_nearest_visible_ancestor)
	{
		static const struct {
			const char *dn;
			const char *matched;
		} rows[] = { { C(10002), CUSTOMERS }, { CHILD2, CUSTOMERS },
			{ "cn=x," C(10002), CUSTOMERS },
			{ "cn=x,cn=y," C(10002), CUSTOMERS },
			{ C(99999), CUSTOMERS },
			{ "cn=x," C(10001), C(10001) } };
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");

		for (size_t i = 0; i < COUNT(rows); i++) {
			struct cr_answer *answer =
			    cr_look(conn, rows[i].dn, BASE, NULL, NULL);

			expect_code(answer, 32);
			expect_text(answer, "");
			ck_assert_str_eq(answer->matched, rows[i].matched);
			ck_assert_uint_eq(answer->entry_count, 0);
		}
	}
END_TEST

START_TEST(visible_is_found)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");

		expect_uids(cr_look(conn, C(10001), BASE, NULL, NULL),
		    "c10001");
		conn = cr_conn_open(pairs[AINO].a, "aino");
		expect_uids(cr_look(conn, C(10002), BASE, NULL, NULL),
		    "c10002");
		expect_uids(cr_look(conn, CHILD2, BASE, NULL, NULL),
		    "A10002-1");
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sample rules", start_plain, stop);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_test(tc, absent_has_the_nearest_visible_ancestor);
	tcase_add_test(tc, visible_is_found);

	tc = cr_suite_case(suite, "wide rules", start_wide, stop);
	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));

	tc = cr_suite_case(suite, "narrow rules", start_narrow, stop);
	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("base", fill);
}
