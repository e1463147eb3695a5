/*
 * What a differential fuzzer found: small things in an answer that told of a
 * hidden customer, or of an attribute the purpose does not release.
 */
#include "harness.h"

#include <ldap.h>
#include <string.h>

#define MAIL(name) "(mail=" name "@posti.example)"

/* Values of attributes nobody but the register's keepers is shown. */
static const char rich[] = "dn: uid=c10900," CUSTOMERS "\n"
			   "objectClass: inetOrgPerson\n"
			   "objectClass: crCustomer\n"
			   "uid: c10900\n"
			   "cn: Rikas\n"
			   "sn: Rikas\n"
			   "ou: varasto\n"
			   "st: Uusimaa\n"
			   "\n"
			   "dn: uid=c10901," CUSTOMERS "\n"
			   "objectClass: inetOrgPerson\n"
			   "objectClass: crCustomer\n"
			   "uid: c10901\n"
			   "cn: Rikas\n"
			   "sn: Rikas\n"
			   "\n";

static const struct cr_setup plain = { .customers = 10,
	.more_ldif = cr_hidden_last,
	.ldif = rich };

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

#define STAFF_NAMES                                                   \
	"(|(uid=johtaja)(uid=pekka)(uid=sari)(uid=timo)(uid=ulla)"
#define HIDDEN_NAMES                                                  \
	"(uid=c10001)(uid=c10002)(uid=c10003)(uid=c10004)(uid=c10005)" \
	"(uid=c10006)(uid=c10007)(uid=c10008)(uid=c10009)(uid=c10010))"

/*
 * back-mdb turns from one order to another when it has more candidates than
 * there are entries below the base.
 */
static const struct cr_request ordered[] = {
	{ .name = "staff, by names",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = STAFF_NAMES HIDDEN_NAMES,
	    .attrs = "uid" },
	{ .name = "staff, one more",
	    .dn = STAFF,
	    .scope = ONE,
	    .filter = STAFF_NAMES "(uid=c10006))",
	    .attrs = "uid" },
	{ .name = "staff, two more",
	    .dn = STAFF,
	    .scope = CHILDREN,
	    .filter = STAFF_NAMES "(uid=c10006)(uid=c10005))",
	    .attrs = "uid" },
	{ .name = "staff, by mail",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = STAFF_NAMES MAIL("asa.ohman") MAIL("paivi.jarvinen")
		MAIL("tuomas.pollanen") MAIL("jorgen.sjoberg") ")",
	    .attrs = "uid" },
	{ .name = "groups",
	    .dn = GROUPS,
	    .scope = SUB,
	    .filter = "(|(cn=asiakasraati)(cn=kanta-asiakkaat)(cn=henkilosto)"
		HIDDEN_NAMES,
	    .attrs = "cn" },
	{ .name = "below a customer",
	    .dn = C(10008),
	    .scope = SUB,
	    .filter = "(|(objectClass=crInvoice)(objectClass=crAssignment)"
		HIDDEN_NAMES,
	    .attrs = "objectClass" },
	{ .name = "customers",
	    .dn = CUSTOMERS,
	    .scope = ONE,
	    .filter = "(|(objectClass=crAssignment)(objectClass=crRequest)"
		HIDDEN_NAMES,
	    .attrs = "uid" },
	{ .name = "suffix",
	    .dn = SUFFIX,
	    .scope = ONE,
	    .filter = "(|(objectClass=organizationalUnit)(cn=register)"
		HIDDEN_NAMES,
	    .attrs = "ou" },
};

START_TEST(hidden_do_not_turn_the_order)
	{
		cr_pairs_same(pairs, CR_READERS, &ordered[_i]);
	}
END_TEST

/* labels: a purpose without mail */
START_TEST(stripped_do_not_turn_the_order)
	{
		struct cr_conn *conn = cr_conn_open(pairs[LABELS].a, "labels");
		const struct cr_answer *with = cr_look(conn, STAFF, SUB,
		    STAFF_NAMES MAIL("vaino.makinen") MAIL("asa.ohman") MAIL(
			"olavi.nystrom") ")",
		    "uid");
		const struct cr_answer *without = cr_look(conn, STAFF, SUB,
		    STAFF_NAMES MAIL("nobody") ")", "uid");

		ck_assert_uint_eq(with->entry_count, 5);
		ck_assert_str_eq(cr_answer_uids(with), cr_answer_uids(without));
	}
END_TEST

/* A page is one page: no control of ours, and the client's own goes on. */
START_TEST(searches_between_two_pages)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request page = { .dn = CUSTOMERS,
			.scope = ONE,
			.filter = "(sn=*)",
			.attrs = "uid",
			.controls = { { .kind = CTL_PAGED, .arg = "2" } } };
		const struct cr_answer *answer = cr_ask(conn, &page);
		struct cr_value cookie = cr_answer_cookie(answer, NULL);

		ck_assert_uint_gt(cookie.len, 0);
		answer = cr_look(conn, CUSTOMERS, SUB, "(mail=*)", "uid");
		ck_assert_ptr_null(answer->controls);
		answer = cr_look(conn, CUSTOMERS, SUB, "(mobile=nobody)", "uid");
		ck_assert_ptr_null(answer->controls);
		page.controls[0].bytes = cookie.bytes;
		page.controls[0].len = cookie.len;
		answer = cr_ask(conn, &page);
		expect_code(answer, LDAP_SUCCESS);
		ck_assert_uint_eq(answer->entry_count, 2);
	}
END_TEST

static const char *const first_pages[] = { "(uid=*)",
	"(|(uid=c10001)(uid=c10007))" };

/*
 * With the cookie of one search, another: back-mdb's answer depended on the
 * candidates behind the page.
 */
static void
turn(struct cr_conn *conn, size_t first, const char *filter, const char *size,
    bool old, struct cr_answer **ret_answer)
{
	struct cr_request page = { .dn = SUFFIX,
		.scope = SUB,
		.filter = first_pages[first],
		.attrs = "uid",
		.controls = { { .kind = CTL_PAGED, .arg = "1" } } };
	struct cr_value cookie = cr_answer_cookie(cr_ask(conn, &page), NULL);

	ck_assert_uint_gt(cookie.len, 0);
	page.controls[0].bytes = cookie.bytes;
	page.controls[0].len = cookie.len;
	if (old)
		(void)cr_ask(conn, &page);
	page.filter = filter;
	page.controls[0].arg = size;
	*ret_answer = cr_ask(conn, &page);
}

static const char *const next_pages[] = { "(uid=c10002)", "(uid=c10005)",
	"(|(uid=c10006)(objectClass=dcObject))",
	"(|" MAIL("paivi.jarvinen") "(objectClass=dcObject))" };

START_TEST(cookie_with_another_filter)
	{
		static const char *const sizes[] = { "0", "1", "100" };

		for (size_t i = 0; i < 2 * COUNT(sizes) * 2; i++) {
			struct cr_conn *a = cr_conn_open(pairs[MIKKO].a, "mikko");
			struct cr_conn *b = cr_conn_open(pairs[MIKKO].b, "mikko");
			struct cr_answer *from_a, *from_b;
			const char *size = sizes[i / 4];

			turn(a, i % 2, next_pages[_i], size, i / 2 % 2 == 1,
			    &from_a);
			turn(b, i % 2, next_pages[_i], size, i / 2 % 2 == 1,
			    &from_b);
			cr_pair_compare(next_pages[_i], from_a, from_b);
			cr_conn_close(a);
			cr_conn_close(b);
		}
	}
END_TEST

/* c10900 has subtypes of name that are not released, c10901 has not. */
static const char *const names[] = { "(!(name=zzz))", "(!(name=z*))",
	"(!(name~=zzz))", "(|(name=zzz)(&))", "(!(!(name=Rikas)))",
	"(!(|(name=zzz)(sn=zzz)))" };

START_TEST(supertypes_tell_of_no_subtype)
	{
		static const char *const who[] = { "mikko", "aino", "labels" };

		for (size_t i = 0; i < COUNT(who); i++) {
			struct cr_conn *conn =
			    cr_conn_open(pairs[MIKKO].a, who[i]);
			const char *filter = cr_keep_text("(&(|(uid=c10900)"
							  "(uid=c10901))%s)",
			    names[_i]);

			expect_uids(cr_look(conn, CUSTOMERS, SUB, filter, "uid"),
			    "c10900 c10901");
			expect_uids(cr_look(conn, "uid=c10900," CUSTOMERS, BASE,
					names[_i], "uid"),
			    "c10900");
		}
	}
END_TEST

START_TEST(supertypes_compare_by_what_is_released)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request compare = { .kind = CR_COMPARE,
			.dn = "uid=c10900," CUSTOMERS,
			.attr = "name",
			.value = "varasto" };

		expect_code(cr_ask(conn, &compare), LDAP_COMPARE_FALSE);
		compare.value = "Rikas";
		expect_code(cr_ask(conn, &compare), LDAP_COMPARE_TRUE);
		compare.dn = "uid=c10901," CUSTOMERS;
		expect_code(cr_ask(conn, &compare), LDAP_COMPARE_TRUE);
		compare.value = "varasto";
		expect_code(cr_ask(conn, &compare), LDAP_COMPARE_FALSE);
	}
END_TEST

/* slapd leaves a text of its parsing in the answer about what is absent. */
static const struct cr_request texts[] = {
	{ .name = "compare, no such attribute",
	    .kind = CR_COMPARE,
	    .dn = C(10006),
	    .attr = "noSuchAttribute",
	    .value = "x" },
	{ .name = "compare, no such option",
	    .kind = CR_COMPARE,
	    .dn = "crRequestId=R1," C(10006),
	    .attr = "sn;binary",
	    .value = "x" },
	{ .name = "matched values",
	    .dn = C(10006),
	    .scope = SUB,
	    .controls = { { .kind = CTL_VALUES, .arg = "(noSuchRule=x)" } } },
};

START_TEST(texts_are_the_same)
	{
		cr_pairs_same(pairs, CR_READERS, &texts[_i]);
	}
END_TEST

/* Stock 2.5.13 ends here: the handlers are denied to mikko. */
START_TEST(slapd_stays_up_beside_the_customers)
	{
		struct cr_request compare = { .kind = CR_COMPARE,
			.dn = HANDLERS,
			.attr = "hasSubordinates",
			.value = "TRUE" };

		expect_code(cr_ask_as(pairs[MIKKO].a, "mikko", &compare),
		    LDAP_NO_SUCH_OBJECT);
		cr_server_alive(pairs[MIKKO].a);
		compare.dn = STAFF;
		expect_code(cr_ask_as(pairs[MIKKO].a, "mikko", &compare),
		    LDAP_COMPARE_TRUE);
	}
END_TEST

/* Rules that look at the entry; DN values of one naming the hidden. */
#define RULES                                                              \
	"access to attrs=userPassword by anonymous auth by * none\n"       \
	"access to dn.subtree=\"" STAFF "\" filter=\"(secretary=*)\" "     \
	"attrs=mail,entry by * none\n"                                      \
	"access to dn.subtree=\"" STAFF "\" attrs=title by set=\"this/"    \
	"seeAlso & [" C(10002) "]\" none by users read\n"                  \
	"access to dn.subtree=\"" GROUPS "\" by users write\n"             \
	"access to dn.subtree=\"" CUSTOMERS "\" by users write\n"          \
	"access to * by users read by * none"
#define PERSON(name)                                               \
	"dn: uid=" name "," STAFF "\nobjectClass: inetOrgPerson\n" \
	"uid: " name "\ncn: Testi\nsn: Testi\ntitle: mestari\n"    \
	"mail: testi@yritys.example\n"
#define GROUP                                                      \
	"dn: cn=raati," GROUPS "\nobjectClass: groupOfNames\n"     \
	"cn: raati\n"                                              \
	"member: uid=aino," HANDLERS "\n"

static const struct cr_setup named = { .customers = 10,
	.acl = RULES,
	.modules = "unique",
	.below = "overlay unique\n"
		 "unique_uri ldap:///" CUSTOMERS "?mail?sub",
	.ldif = PERSON("yksi") "secretary: " C(10002) "\n\n" PERSON(
	    "kaksi") "seeAlso: " C(10002) "\n\n" GROUP
	    "owner: " C(10002) "\n\n" };
static const struct cr_setup unnamed = { .customers = 10,
	.acl = RULES,
	.modules = "unique",
	.below = "overlay unique\n"
		 "unique_uri ldap:///" CUSTOMERS "?mail?sub",
	.ldif = PERSON("yksi") "\n" PERSON("kaksi") "\n" GROUP
	    "\n",
	.omit = (const char *const[]){ "c10002", "c10005", "c10006", NULL } };

static struct cr_pair naming;

static void
start_naming(void)
{
	naming = cr_pair_start_two(&named, &unnamed);
}

static void
stop_naming(void)
{
	cr_pair_stop(&naming);
}

static const struct cr_request rules[] = {
	{ .name = "filter of a rule",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = "(mail=testi@yritys.example)",
	    .attrs = "uid mail" },
	{ .name = "filter of a rule, not",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = "(!(mail=nobody))",
	    .attrs = "uid mail" },
	{ .name = "filter of a rule, base",
	    .dn = "uid=yksi," STAFF,
	    .attrs = "uid mail" },
	{ .name = "filter of a rule, missing child",
	    .dn = "cn=x,uid=yksi," STAFF },
	{ .name = "filter of a rule, compare",
	    .kind = CR_COMPARE,
	    .dn = "uid=yksi," STAFF,
	    .attr = "mail",
	    .value = "testi@yritys.example" },
	{ .name = "set of a rule",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = "(title=mestari)",
	    .attrs = "uid title" },
	{ .name = "set of a rule, not",
	    .dn = STAFF,
	    .scope = SUB,
	    .filter = "(!(title=x))",
	    .attrs = "uid title" },
	{ .name = "assertion before the right to write",
	    .kind = CR_MODIFY,
	    .dn = "cn=raati," GROUPS,
	    .lines = { "-owner" },
	    .controls = { { .kind = CTL_ASSERT, .arg = "(cn=x)" } } },
	{ .name = "unique, of one who is hidden",
	    .kind = CR_MODIFY,
	    .dn = C(10002),
	    .lines = { "=mail: paivi.jarvinen@posti.example" } },
	{ .name = "unique, of one who never was",
	    .kind = CR_MODIFY,
	    .dn = C(99999),
	    .lines = { "=mail: paivi.jarvinen@posti.example" } },
	{ .name = "unique, below one who is hidden",
	    .kind = CR_ADD,
	    .dn = "uid=x," C(10002),
	    .lines = { "objectClass: inetOrgPerson", "uid: x", "cn: x",
		"sn: x", "mail: paivi.jarvinen@posti.example" } },
};

START_TEST(hidden_names_move_no_rule)
	{
		(void)cr_pair_same(&naming, "mikko", &rules[_i]);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "answers", start_plain, stop_plain);

	tcase_add_loop_test(tc, hidden_do_not_turn_the_order, 0,
	    COUNT(ordered));
	tcase_add_test(tc, stripped_do_not_turn_the_order);
	tcase_add_test(tc, searches_between_two_pages);
	tcase_add_loop_test(tc, cookie_with_another_filter, 0,
	    COUNT(next_pages));
	tcase_add_loop_test(tc, supertypes_tell_of_no_subtype, 0, COUNT(names));
	tcase_add_test(tc, supertypes_compare_by_what_is_released);
	tcase_add_loop_test(tc, texts_are_the_same, 0, COUNT(texts));
	tcase_add_test(tc, slapd_stays_up_beside_the_customers);
	tc = cr_suite_case(suite, "rules", start_naming, stop_naming);
	tcase_add_loop_test(tc, hidden_names_move_no_rule, 0, COUNT(rules));
}

int
main(void)
{
	return cr_suite_run("oracles", fill);
}
