/*
 * Entries below a customer: seen by class, and never past a hidden customer.
 */
#include "harness.h"

/* Children aino does not see, below one she does. */
static const char hidden_children[] = "dn: crCaseNumber=C10001-9," C(
    10001) "\n"
	   "objectClass: crCollection\n"
	   "crCaseNumber: C10001-9\n"
	   "crState: open\n"
	   "crDate: 20250101000000Z\n"
	   "\n"
	   "dn: crDisclosureId=D10001-9," C(
	       10001) "\n"
		      "objectClass: crDisclosure\n"
		      "crDisclosureId: D10001-9\n"
		      "crRecipientDN: cn=perinta," RECIPIENTS "\n"
		      "crPurposeName: collection\n"
		      "crDate: 20250101000000Z\n"
		      "\n"
		      "dn: cn=irtain," C(
			  10001) "\n"
				 "objectClass: device\n"
				 "cn: irtain\n"
				 "\n"
				 "dn: cn=alla,cn=irtain," C(
				     10001) "\n"
					    "objectClass: device\n"
					    "cn: alla\n"
					    "\n"
					    "dn: uid=c20002,cn=irtain," C(
						10001) "\n"
						       "objectClass: inetOrgPerson\n"
						       "objectClass: crCustomer\n"
						       "uid: c20002\n"
						       "cn: Alempi\n"
						       "sn: Alempi\n"
						       "\n"
						       "dn: ou=osasto," CUSTOMERS
						       "\n"
						       "objectClass: organizationalUnit\n"
						       "ou: osasto\n"
						       "\n"
						       "dn: uid=c20001,ou=osasto," CUSTOMERS
						       "\n"
						       "objectClass: inetOrgPerson\n"
						       "objectClass: crCustomer\n"
						       "uid: c20001\n"
						       "cn: Osasto\n"
						       "sn: Osasto\n"
						       "crProcessingRestricted: TRUE\n"
						       "\n"
						       "dn: cn=laite," CUSTOMERS
						       "\n"
						       "objectClass: device\n"
						       "cn: laite\n"
						       "\n";
static const char no_children[] = "dn: ou=osasto," CUSTOMERS "\n"
				  "objectClass: organizationalUnit\n"
				  "ou: osasto\n"
				  "\n";

#define WIDE                                               \
	"access to attrs=userPassword by anonymous auth\n" \
	"access to * by * write"

static const struct cr_setup a = { .customers = 10,
	.acl = WIDE,
	.ldif = hidden_children };
static const struct cr_setup b_aino = { .customers = 10,
	.acl = WIDE,
	.ldif = no_children };

static struct cr_pair pair;

static void
start_from(bool config_tree)
{
	struct cr_setup *with = cr_keep(sizeof(*with));
	struct cr_setup *without = cr_keep(sizeof(*without));

	*with = a;
	with->config_tree = config_tree;
	*without = b_aino;
	without->config_tree = config_tree;
	without->omit = cr_readers[AINO].hidden;
	pair = cr_pair_start_two(with, without);
}

static void
start(void)
{
	start_from(false);
}

/* There the module is loaded before the schema it speaks of. */
static void
start_tree(void)
{
	start_from(true);
}

static void
stop(void)
{
	cr_pair_stop(&pair);
}

#define CASE "crCaseNumber=C10001-9," C(10001)
#define LOOSE "cn=irtain," C(10001)
#define UNIT "ou=osasto," CUSTOMERS

static const struct cr_request requests[] = {
	{ .name = "all below", .dn = C(10001), .scope = SUB },
	{ .name = "all below, true",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(&)",
	    .attrs = "crState crDate cn hasSubordinates" },
	{ .name = "children", .dn = C(10001), .scope = CHILDREN },
	{ .name = "case", .dn = CASE },
	{ .name = "disclosure", .dn = "crDisclosureId=D10001-9," C(10001) },
	{ .name = "no class of ours", .dn = LOOSE },
	{ .name = "below it", .dn = "cn=alla," LOOSE },
	{ .name = "a customer below it", .dn = "uid=c20002," LOOSE },
	{ .name = "a customer below it, found",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(uid=c20002)" },
	{ .name = "missing below it", .dn = "cn=x," LOOSE },
	{ .name = "below the case", .dn = "cn=x," CASE },
	{ .name = "missing", .dn = "crCaseNumber=C10001-0," C(10001) },
	{ .name = "by number",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(crCaseNumber=C10001-9)" },
	{ .name = "by class",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(objectClass=crDisclosure)" },
	{ .name = "not by class",
	    .dn = C(10001),
	    .scope = SUB,
	    .filter = "(!(objectClass=crCollection))" },
	{ .name = "no customer of the base", .dn = "cn=laite," CUSTOMERS },
	{ .name = "by its class",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(objectClass=device)" },
	{ .name = "a unit with hidden ones", .dn = UNIT, .scope = SUB },
	{ .name = "its children", .dn = UNIT, .attrs = "hasSubordinates" },
	{ .name = "compare its children",
	    .kind = CR_COMPARE,
	    .dn = UNIT,
	    .attr = "hasSubordinates",
	    .value = "TRUE" },
	{ .name = "one of them", .dn = "uid=c20001," UNIT },
	{ .name = "delete the unit", .kind = CR_DELETE, .dn = UNIT },
	{ .name = "compare a case",
	    .kind = CR_COMPARE,
	    .dn = CASE,
	    .attr = "crState",
	    .value = "open" },
	{ .name = "delete a case", .kind = CR_DELETE, .dn = CASE },
	{ .name = "modify a case",
	    .kind = CR_MODIFY,
	    .dn = CASE,
	    .lines = { "=crState: closed" } },
	{ .name = "rename a case",
	    .kind = CR_MODRDN,
	    .dn = CASE,
	    .rdn = "crCaseNumber=C10001-8" },
	{ .name = "rename onto a case",
	    .kind = CR_MODRDN,
	    .dn = "crAssignmentNumber=A10001-1," C(10001),
	    .rdn = "crCaseNumber=C10001-9" },
	{ .name = "add below a case",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N1," CASE,
	    .lines = { "objectClass: crAssignment" } },
	{ .name = "add the case",
	    .kind = CR_ADD,
	    .dn = CASE,
	    .lines = { "objectClass: crCollection", "crState: open" } },
	{ .name = "an order by that name",
	    .kind = CR_ADD,
	    .dn = LOOSE,
	    .lines = { "objectClass: device" } },
	{ .name = "an order that is no order",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N2," C(10001),
	    .lines = { "objectClass: crAssignment",
		"objectClass: crCustomer" } },
	{ .name = "an order with a stranger's class",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N3," C(10001),
	    .lines = { "objectClass: crAssignment",
		"objectClass: simpleSecurityObject", "userPassword: x" } },
	{ .name = "more entries of the base",
	    .kind = CR_ADD,
	    .dn = "cn=x," CUSTOMERS,
	    .lines = { "objectClass: device" } },
};

START_TEST(hidden_child_is_absent)
	{
		(void)cr_pair_same(&pair, "aino", &requests[_i]);
	}
END_TEST

/* Which purposes see which classes below a customer. */
static const struct {
	const char *who;
	const char *purpose;
	const char *base;
	const char *sees;
} rows[] = {
	{ "aino", "customerCare", C(10008), "c10008 I10008-1 A10008-1" },
	{ "aino", "assignment", C(10008), "c10008 A10008-1" },
	{ "aino", "billing", C(10008), "c10008 I10008-1" },
	{ "mikko", "directMarketing", C(10008), "c10008" },
	{ "labels", "listingPrinted", C(10008), "c10008" },
	{ "dpo", "rightsFulfilment", C(10008),
	    "c10008 C10008-1 D10008-1 I10008-1 A10008-1" },
	{ "registrar", "maintenance", C(10008),
	    "c10008 C10008-1 D10008-1 I10008-1 A10008-1" },
	{ "c10008", "subjectAccess", C(10008),
	    "c10008 C10008-1 D10008-1 I10008-1 A10008-1" },
	{ "registrar", "maintenance", "cn=laite," CUSTOMERS, "laite" },
	{ "aino", "customerCare", "cn=laite," CUSTOMERS, "" },
	{ "aino", "customerCare", UNIT, "osasto" },
};

START_TEST(classes_are_seen_by_purpose)
	{
		struct cr_request request = { .dn = rows[_i].base,
			.scope = SUB };

		request.controls[0] = (struct cr_control){ CTL_PURPOSE,
			rows[_i].purpose, NULL, 0, NULL, false };
		expect_uids(cr_ask_as(pair.a, rows[_i].who, &request),
		    rows[_i].sees);
	}
END_TEST

/* A customer's own child is not seen by another customer. */
START_TEST(children_of_others_are_absent)
	{
		struct cr_conn *conn = cr_conn_open(pair.a, "c10007");
		struct cr_answer *answer = cr_look(conn,
		    "crInvoiceNumber=I10008-1," C(10008), BASE, NULL, NULL);

		expect_code(answer, 32);
		ck_assert_str_eq(answer->matched, CUSTOMERS);
		answer =
		    cr_look(conn, SUFFIX, SUB, "(objectClass=crInvoice)", NULL);
		expect_uids(answer, "I10007-1");
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "slapd.conf", start, stop);

	tcase_add_loop_test(tc, classes_are_seen_by_purpose, 0, COUNT(rows));
	tcase_add_test(tc, children_of_others_are_absent);
	tcase_add_loop_test(tc, hidden_child_is_absent, 0, COUNT(requests));

	tc = cr_suite_case(suite, "cn=config", start_tree, stop);
	tcase_add_loop_test(tc, classes_are_seen_by_purpose, 0, COUNT(rows));
	tcase_add_loop_test(tc, hidden_child_is_absent, 0, COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("children", fill);
}
