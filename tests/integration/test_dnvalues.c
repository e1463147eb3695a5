/*
 * Values that name customers, wherever they stand: groups, manager, seeAlso,
 * secretary, memberOf, uniqueMember.  Who is hidden is not named.
 */
#include "harness.h"

#include <string.h>

#define MANY_GROUP "cn=monta," GROUPS
/* Those in the first line are hidden from mikko, labels and nobody. */
static const char named[] =
    "dn: cn=yksilolliset," GROUPS "\n"
    "objectClass: groupOfUniqueNames\n"
    "cn: yksilolliset\n"
    "uniqueMember: uid=ulla," STAFF "\n"
    "uniqueMember: " C(
	10006) "\n"
	       "uniqueMember: " C(
		   10006) "#'0101'B\n"
			  "uniqueMember: uid=timo," STAFF "#'1'B\n"
			  "seeAlso: " C(
			      10006) "\n"
				     "\n"
				     "dn: uid=nimet," STAFF "\n"
				     "objectClass: inetOrgPerson\n"
				     "uid: nimet\n"
				     "cn: Nimet\n"
				     "sn: Nimet\n"
				     "manager: " C(
					 10006) "\n"
						"secretary: " C(
						    10006) "\n"
							   "seeAlso: crAssignmentNumber=A10006-1," C(
							       10006) "\n"
								      "seeAlso: " C(
									  99999) "\n"
										 "seeAlso: " CUSTOMERS
										 "\n"
										 "memberOf: " C(
										     10006) "\n"
											    "memberOf: cn=henkilosto," GROUPS
											    "\n"
											    "labeledURI: ldap:///" C(
												10001) "\n"
												       "\n";
static const char unnamed[] =
    "dn: cn=yksilolliset," GROUPS "\n"
    "objectClass: groupOfUniqueNames\n"
    "cn: yksilolliset\n"
    "uniqueMember: uid=ulla," STAFF "\n"
    "uniqueMember: uid=timo," STAFF "#'1'B\n"
    "\n"
    "dn: uid=nimet," STAFF "\n"
    "objectClass: inetOrgPerson\n"
    "uid: nimet\n"
    "cn: Nimet\n"
    "sn: Nimet\n"
    "seeAlso: " C(99999) "\n"
			 "seeAlso: " CUSTOMERS "\n"
			 "memberOf: cn=henkilosto," GROUPS "\n"
			 "labeledURI: ldap:///" C(10001) "\n"
							 "\n";

#define WIDE                                               \
	"access to attrs=userPassword by anonymous auth\n" \
	"access to * by * write"

static const struct cr_setup plain_a = { .customers = 10,
	.modules = "memberof",
	.ldif = named };
static const struct cr_setup plain_b = { .customers = 10,
	.modules = "memberof",
	.ldif = unnamed };
static const struct cr_setup wide_a = {
	.customers = 10, .modules = "memberof", .acl = WIDE, .ldif = named
};
static const struct cr_setup wide_b = {
	.customers = 10, .modules = "memberof", .acl = WIDE, .ldif = unnamed
};

static struct cr_pair pairs[CR_READERS];

static void
start(const struct cr_setup *a, const struct cr_setup *b)
{
	for (size_t i = 0; i < CR_READERS; i++) {
		struct cr_setup *own = cr_keep(sizeof(*own));

		if (i > 0 && cr_readers[i].hidden == cr_readers[i - 1].hidden) {
			pairs[i] = pairs[i - 1];
			continue;
		}
		*own = *b;
		own->omit = cr_readers[i].hidden;
		pairs[i] = cr_pair_start_two(a, own);
	}
}

static void
start_plain(void)
{
	start(&plain_a, &plain_b);
}

static void
start_wide(void)
{
	start(&wide_a, &wide_b);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

#define SEARCH(f)                                                  \
	{                                                          \
		.name = f, .dn = SUFFIX, .scope = SUB, .filter = f \
	}
/* The attribute, asked in each way about one DN. */
#define EACH(a, d)                                                      \
	SEARCH("(" a "=" d ")"), SEARCH("(!(" a "=" d "))"),            \
	    SEARCH("(" a "=*)"), SEARCH("(!(" a "=*))"),                \
	    SEARCH("(" a ":distinguishedNameMatch:=" d ")"),            \
	    SEARCH("(" a ":dnSubtreeMatch:=" d ")"),                    \
	    SEARCH("(" a ":dnSubtreeMatch:=" CUSTOMERS ")"),            \
	    SEARCH("(" a ":dnOneLevelMatch:=" CUSTOMERS ")"),           \
	    SEARCH("(" a ":dnSubordinateMatch:=" CUSTOMERS ")"),        \
	    SEARCH("(!(" a ":dnSubtreeMatch:=" CUSTOMERS "))"),         \
	    SEARCH("(" a ":dnSuperiorMatch:=cn=x," d ")"),              \
	    SEARCH("(" a "~=" d ")"), SEARCH("(|(" a "=" d ")(cn=x))"), \
	    SEARCH("(&(" a "=*)(!(" a "=" d ")))")

static const struct cr_request requests[] = {
	{ .name = "all groups", .dn = GROUPS, .scope = SUB },
	{ .name = "all staff",
	    .dn = STAFF,
	    .scope = SUB,
	    .attrs = "* memberOf" },
	{ .name = "one group", .dn = "cn=asiakasraati," GROUPS },
	{ .name = "members alone",
	    .dn = GROUPS,
	    .scope = SUB,
	    .attrs = "member" },
	{ .name = "owner alone", .dn = GROUPS, .scope = SUB, .attrs = "owner" },
	{ .name = "types", .dn = GROUPS, .scope = SUB, .types_only = true },
	{ .name = "nothing", .dn = GROUPS, .scope = SUB, .attrs = "1.1" },
	EACH("member", C(10002)),
	EACH("member", C(10006)),
	EACH("owner", C(10005)),
	EACH("seeAlso", C(10005)),
	EACH("seeAlso", "crAssignmentNumber=A10006-1," C(10006)),
	EACH("seeAlso", C(99999)),
	EACH("secretary", C(10002)),
	EACH("manager", C(10006)),
	EACH("memberOf", C(10006)),
	EACH("uniqueMember", C(10006)),
	SEARCH("(uniqueMember=" C(10006) "#'0101'B)"),
	SEARCH("(distinguishedName=" C(10006) ")"),
	SEARCH("(:distinguishedNameMatch:=" C(10006) ")"),
	SEARCH("(:dn:distinguishedNameMatch:=" C(10006) ")"),
	{ .name = "matched values",
	    .dn = GROUPS,
	    .scope = SUB,
	    .controls = { { .kind = CTL_VALUES,
		.arg = "(member=" C(10002) ")(member=" C(10001) ")" } } },
	{ .name = "matched values, all",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .attrs = "seeAlso",
	    .controls = { { .kind = CTL_VALUES, .arg = "(seeAlso=*)" } } },
	{ .name = "size 1",
	    .dn = SUFFIX,
	    .scope = SUB,
	    .filter = "(member:dnSubtreeMatch:=" CUSTOMERS ")",
	    .size = 1 },
	{ .name = "assertion on a member",
	    .dn = "cn=asiakasraati," GROUPS,
	    .controls = { { .kind = CTL_ASSERT,
		.arg = "(member=" C(10005) ")" } } },
	{ .name = "compare a member",
	    .kind = CR_COMPARE,
	    .dn = "cn=asiakasraati," GROUPS,
	    .attr = "member",
	    .value = C(10005) },
	{ .name = "compare memberOf",
	    .kind = CR_COMPARE,
	    .dn = "uid=nimet," STAFF,
	    .attr = "memberOf",
	    .value = C(10006) },
	{ .name = "compare a unique member",
	    .kind = CR_COMPARE,
	    .dn = "cn=yksilolliset," GROUPS,
	    .attr = "uniqueMember",
	    .value = C(10006) },
	/* writes; the last ones change the entry on both sides */
	{ .name = "add who is hidden",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "+member: " C(10006) } },
	{ .name = "add who never was",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "+member: " C(99999) } },
	{ .name = "take who is hidden",
	    .kind = CR_MODIFY,
	    .dn = "cn=kanta-asiakkaat," GROUPS,
	    .lines = { "-member: " C(10006) } },
	{ .name = "take with an assertion",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "=description: x" },
	    .controls = { { .kind = CTL_ASSERT,
		.arg = "(owner=" C(10005) ")" } } },
	{ .name = "write with an assertion of presence",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "=description: x" },
	    .controls = { { .kind = CTL_ASSERT, .arg = "(owner=*)" } } },
	{ .name = "write with an assertion of any attribute",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "=description: x" },
	    .controls = { { .kind = CTL_ASSERT,
		.arg = "(:distinguishedNameMatch:=" C(10005) ")" } } },
	{ .name = "a new group of the hidden",
	    .kind = CR_ADD,
	    .dn = "cn=uusi," GROUPS,
	    .lines = { "objectClass: groupOfNames", "cn: uusi",
		"member: " C(10006) } },
	{ .name = "a manager who is hidden",
	    .kind = CR_MODIFY,
	    .dn = "uid=ulla," STAFF,
	    .lines = { "+manager: " C(10006) } },
	{ .name = "pre-read of the members",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "=description: x" },
	    .controls = { { .kind = CTL_PRE_READ,
		.arg = "member owner description" } } },
	{ .name = "post-read of the members",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "=description: y" },
	    .controls = { { .kind = CTL_POST_READ,
		.arg = "member owner description" } } },
	{ .name = "take all owners",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "-owner" } },
	{ .name = "take all owners again",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "-owner" } },
	{ .name = "all owners anew",
	    .kind = CR_MODIFY,
	    .dn = "cn=asiakasraati," GROUPS,
	    .lines = { "=owner: uid=ulla," STAFF } },
};

START_TEST(hidden_is_not_named)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(visible_is_named)
	{
		struct cr_conn *conn = cr_conn_open(pairs[AINO].a, "aino");
		struct cr_answer *answer =
		    cr_look(conn, "cn=asiakasraati," GROUPS, BASE, NULL, NULL);

		ck_assert(cr_entry_has(answer->entries, "member", C(10001)));
		ck_assert(cr_entry_has(answer->entries, "member", C(10002)));
		ck_assert(cr_entry_has(answer->entries, "member", C(10005)));
		expect_uids(cr_look(conn, SUFFIX, SUB, "(owner=" C(10005) ")",
				"cn"),
		    "asiakasraati");
		conn = cr_conn_open(pairs[AINO].a, "mikko");
		answer =
		    cr_look(conn, "cn=asiakasraati," GROUPS, BASE, NULL, NULL);
		ck_assert(cr_entry_has(answer->entries, "member", C(10001)));
		ck_assert(!cr_entry_has(answer->entries, "member", C(10002)));
		ck_assert(
		    cr_entry_has(answer->entries, "member", "uid=ulla," STAFF));
		ck_assert_ptr_null(cr_entry_attr(answer->entries, "owner"));
	}
END_TEST

START_TEST(registrar_sees_all_names)
	{
		struct cr_conn *conn =
		    cr_conn_open(pairs[MIKKO].a, "registrar");
		struct cr_answer *answer =
		    cr_look(conn, "uid=nimet," STAFF, BASE, NULL, "* memberOf");

		ck_assert(cr_entry_has(answer->entries, "manager", C(10006)));
		ck_assert(cr_entry_has(answer->entries, "memberOf", C(10006)));
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sample rules", start_plain, stop);
	const int all = COUNT(requests);

	tcase_add_test(tc, visible_is_named);
	tcase_add_test(tc, registrar_sees_all_names);
	tcase_add_loop_test(tc, hidden_is_not_named, 0, all);

	tc = cr_suite_case(suite, "wide rules", start_wide, stop);
	tcase_add_loop_test(tc, hidden_is_not_named, 0, all);
}

int
main(void)
{
	return cr_suite_run("dnvalues", fill);
}
