/*
 * Overlays above the guard that fetch entries for the client: the deref
 * control, dynamic lists and groups.
 */
#include "harness.h"

#include <string.h>

static const char groups[] =
    "dn: cn=kaikki," GROUPS "\n"
    "objectClass: groupOfURLs\n"
    "cn: kaikki\n"
    "memberURL: ldap:///" CUSTOMERS "??one?(objectClass=crCustomer)\n"
    "\n"
    "dn: cn=postit," GROUPS "\n"
    "objectClass: groupOfURLs\n"
    "objectClass: extensibleObject\n"
    "cn: postit\n"
    "labeledURI: ldap:///" CUSTOMERS "?mail?one?(objectClass=crCustomer)\n"
    "\n"
    "dn: cn=luvalla," GROUPS "\n"
    "objectClass: groupOfURLs\n"
    "objectClass: dgIdentityAux\n"
    "cn: luvalla\n"
    "dgIdentity: " ROOT "\n"
    "memberURL: ldap:///" CUSTOMERS "??one?(crMarketingBan=*)\n"
    "\n"
    "dn: cn=kielletyt," GROUPS "\n"
    "objectClass: groupOfURLs\n"
    "objectClass: dgIdentityAux\n"
    "cn: kielletyt\n"
    "dgIdentity: uid=registrar," HANDLERS "\n"
    "memberURL: ldap:///" SUFFIX "??sub?(|(&)(uid=x))\n"
    "\n";

static const struct cr_setup stacked = { .customers = 10,
	.modules = "deref dynlist valsort",
	.above = "overlay valsort\n"
		 "valsort-attr member " GROUPS " alpha-ascend\n"
		 "overlay deref\n"
		 "overlay dynlist\n"
		 "dynlist-attrset groupOfURLs memberURL member\n"
		 "dynlist-attrset extensibleObject labeledURI",
	.ldif = groups };
/* with the reverse: memberOf of dynamic groups */
static const struct cr_setup reversed = { .customers = 10,
	.modules = "dynlist",
	.above = "overlay dynlist\n"
		 "dynlist-attrset groupOfURLs memberURL "
		 "member+dgMemberOf@groupOfNames",
	.ldif = groups };

static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	cr_pairs_start(&stacked, pairs, CR_READERS);
}

static void
start_reversed(void)
{
	cr_pairs_start(&reversed, pairs, CR_READERS);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

#define DEREF(w) .controls = { { CTL_DEREF, .arg = w } }

static const struct cr_request requests[] = {
	{ .name = "deref members",
	    .dn = GROUPS,
	    .scope = SUB,
	    DEREF("member:uid,mail,cn") },
	{ .name = "deref everything of members",
	    .dn = GROUPS,
	    .scope = SUB,
	    DEREF("member:uid,crMarketingBan,userPassword,entryUUID") },
	{ .name = "deref owners",
	    .dn = GROUPS,
	    .scope = SUB,
	    DEREF("owner:uid,mail") },
	{ .name = "deref two",
	    .dn = GROUPS,
	    .scope = SUB,
	    DEREF("member:uid owner:uid") },
	{ .name = "deref staff",
	    .dn = STAFF,
	    .scope = SUB,
	    DEREF("seeAlso:uid,sn secretary:uid manager:cn") },
	{ .name = "deref and show nothing",
	    .dn = GROUPS,
	    .scope = SUB,
	    .attrs = "1.1",
	    DEREF("member:uid") },
	{ .name = "deref objectClass",
	    .dn = GROUPS,
	    .scope = SUB,
	    DEREF("member:objectClass") },
	{ .name = "deref among customers",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    DEREF("manager:uid") },
	{ .name = "deref by who is no DN",
	    .dn = GROUPS,
	    .scope = SUB,
	    DEREF("cn:uid") },
	{ .name = "dynamic group", .dn = "cn=kaikki," GROUPS },
	{ .name = "dynamic group, members",
	    .dn = "cn=kaikki," GROUPS,
	    .attrs = "member" },
	{ .name = "dynamic list", .dn = "cn=postit," GROUPS },
	{ .name = "with an identity", .dn = "cn=luvalla," GROUPS },
	{ .name = "with the registrar's", .dn = "cn=kielletyt," GROUPS },
	{ .name = "all groups", .dn = GROUPS, .scope = SUB },
	{ .name = "all groups, all attributes",
	    .dn = GROUPS,
	    .scope = SUB,
	    .attrs = "* member" },
	{ .name = "filter on a dynamic member",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(member=" C(10002) ")" },
	{ .name = "filter on a restricted one",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(member=" C(10006) ")" },
	{ .name = "presence of members",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(member=*)" },
	{ .name = "mail of a hidden one",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(mail=asa.ohman@posti.example)" },
	{ .name = "compare a dynamic member",
	    .kind = CR_COMPARE,
	    .dn = "cn=kaikki," GROUPS,
	    .attr = "member",
	    .value = C(10002) },
	{ .name = "compare with an identity",
	    .kind = CR_COMPARE,
	    .dn = "cn=luvalla," GROUPS,
	    .attr = "member",
	    .value = C(10005) },
	{ .name = "compare a dynamic mail",
	    .kind = CR_COMPARE,
	    .dn = "cn=postit," GROUPS,
	    .attr = "mail",
	    .value = "asa.ohman@posti.example" },
	{ .name = "size 1",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(member=*)",
	    .size = 1 },
	{ .name = "customers by their groups",
	    .dn = CUSTOMERS,
	    .scope = SUB,
	    .filter = "(dgMemberOf=cn=kaikki," GROUPS ")" },
	{ .name = "customers with their groups",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .attrs = "uid dgMemberOf" },
	{ .name = "staff with their groups",
	    .dn = STAFF,
	    .scope = ONE,
	    .attrs = "uid dgMemberOf" },
};

START_TEST(hidden_is_not_fetched)
	{
		cr_pairs_same(pairs, CR_READERS, &requests[_i]);
	}
END_TEST

START_TEST(visible_is_fetched)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_answer *answer =
		    cr_look(conn, "cn=kaikki," GROUPS, BASE, NULL, NULL);

		ck_assert(cr_entry_has(answer->entries, "member", C(10001)));
		ck_assert(!cr_entry_has(answer->entries, "member", C(10002)));
		answer = cr_look(conn, "cn=postit," GROUPS, BASE, NULL, "mail");
		ck_assert(cr_entry_has(answer->entries, "mail",
		    "vaino.makinen@posti.example"));
		ck_assert(!cr_entry_has(answer->entries, "mail",
		    "asa.ohman@posti.example"));
	}
END_TEST

/* The control's answer is searched for what must not be in it. */
START_TEST(deref_shows_what_is_released)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request request = { .dn = "cn=asiakasraati," GROUPS,
			DEREF("member:uid,mail,userPassword,crCustomerSince") };
		struct cr_answer *answer = cr_ask(conn, &request);
		const struct cr_text *all = &answer->bytes;

		ck_assert(cr_bytes_contain(all->bytes, all->len,
		    "vaino.makinen@posti.example", 27));
		ck_assert(!cr_bytes_contain(all->bytes, all->len, "c10002", 6));
		ck_assert(!cr_bytes_contain(all->bytes, all->len,
		    "asa.ohman@posti.example", 23));
		ck_assert(!cr_bytes_contain(all->bytes, all->len, "{SSHA}", 6));
		ck_assert(
		    !cr_bytes_contain(all->bytes, all->len, "20190401", 8));
	}
END_TEST

/* What deref and dynlist give out is a read like any other. */
START_TEST(fetched_is_recorded)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request request = { .dn = "cn=asiakasraati," GROUPS,
			DEREF("member:mail") };
		size_t before = cr_server_readlog(pairs[MIKKO].a).len;
		struct cr_text log;

		expect_code(cr_ask(conn, &request), 0);
		log = cr_server_readlog(pairs[MIKKO].a);
		ck_assert_msg(strstr(log.bytes + before,
				  "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844") !=
			NULL,
		    "%s", log.bytes + before);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "deref and dynlist", start, stop);

	tcase_add_test(tc, visible_is_fetched);
	tcase_add_test(tc, deref_shows_what_is_released);
	tcase_add_test(tc, fetched_is_recorded);
	tcase_add_loop_test(tc, hidden_is_not_fetched, 0, COUNT(requests));

	tc = cr_suite_case(suite, "dynamic memberOf", start_reversed, stop);
	tcase_add_loop_test(tc, hidden_is_not_fetched, 0, COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("deref_dynlist", fill);
}
