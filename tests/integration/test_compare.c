/*
 * Compare, with and without assertion, on hidden, visible and missing entries,
 * of what a purpose releases and what it does not.
 */
#include "harness.h"

#include <string.h>

static const struct cr_setup plain = { .customers = 10 };
static const struct cr_setup wide = { .customers = 10,
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * write" };
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
start_tree(void)
{
	cr_pairs_start(&tree, pairs, 1);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

static void
stop_one(void)
{
	cr_pairs_stop(pairs, 1);
}

#define CHILD2 "crAssignmentNumber=A10002-1," C(10002)

#define TRY(which, a, v)                                              \
	{                                                             \
		.name = which " " a, .kind = CR_COMPARE, .dn = which, \
		.attr = a, .value = v                                 \
	}
/* One attribute on an entry of each sort. */
#define EACH(a, v)                                                     \
	TRY(C(10001), a, v), TRY(C(10002), a, v), TRY(C(10006), a, v), \
	    TRY(CHILD2, a, v), TRY("cn=x," C(10002), a, v),            \
	    TRY(C(99999), a, v), TRY(CUSTOMERS, a, v)

static const struct cr_request requests[] = {
	EACH("uid", "c10002"),
	EACH("mail", "asa.ohman@posti.example"),
	EACH("objectClass", "crCustomer"),
	EACH("objectClass", "noSuchClass"),
	EACH("crMarketingBan", "directMarketing"),
	EACH("crBanRecord", "x"),
	EACH("userPassword", "kokeilu"),
	EACH("hasSubordinates", "TRUE"),
	EACH("hasSubordinates", "FALSE"),
	EACH("hasSubordinates", "maybe"),
	EACH("entryDN", C(10002)),
	EACH("entryUUID", "264f025f-a560-4df4-9245-82cf39ed0aae"),
	EACH("structuralObjectClass", "inetOrgPerson"),
	EACH("subschemaSubentry", "cn=Subschema"),
	EACH("creatorsName", ROOT),
	EACH("entryCSN", "20260101000000.000000Z#000000#000#000000"),
	EACH("noSuchAttribute", "x"),
	EACH("crGuard", "x"),
	EACH("cn;lang-fi", "x"),
	EACH("name", "x"),
	EACH("telephoneNumber", ""),
	/* a group and an employee that name hidden customers */
	TRY("cn=asiakasraati," GROUPS, "member", C(10001)),
	TRY("cn=asiakasraati," GROUPS, "member", C(10002)),
	TRY("cn=asiakasraati," GROUPS, "member", C(10005)),
	TRY("cn=asiakasraati," GROUPS, "owner", C(10005)),
	TRY("cn=kanta-asiakkaat," GROUPS, "member", C(10006)),
	TRY("uid=pekka," STAFF, "seeAlso", C(10002)),
	TRY("uid=pekka," STAFF, "secretary", C(10005)),
	TRY("uid=sari," STAFF, "seeAlso", C(10005)),
	{ .name = "assertion true",
	    .kind = CR_COMPARE,
	    .dn = C(10002),
	    .attr = "uid",
	    .value = "c10002",
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=c10002)" } } },
	{ .name = "assertion false",
	    .kind = CR_COMPARE,
	    .dn = C(10002),
	    .attr = "uid",
	    .value = "c10002",
	    .controls = { { .kind = CTL_ASSERT, .arg = "(uid=x)" } } },
	{ .name = "assertion on the banned",
	    .kind = CR_COMPARE,
	    .dn = C(10001),
	    .attr = "uid",
	    .value = "c10001",
	    .controls = { { .kind = CTL_ASSERT,
		.arg = "(crMarketingBan=*)" } } },
	{ .name = "assertion on children",
	    .kind = CR_COMPARE,
	    .dn = CUSTOMERS,
	    .attr = "ou",
	    .value = "customers",
	    .controls = { { .kind = CTL_ASSERT,
		.arg = "(hasSubordinates=TRUE)" } } },
	{ .name = "assertion on a group",
	    .kind = CR_COMPARE,
	    .dn = "cn=asiakasraati," GROUPS,
	    .attr = "cn",
	    .value = "asiakasraati",
	    .controls = { { .kind = CTL_ASSERT, .arg = "(owner=*)" } } },
	{ .name = "ManageDsaIT",
	    .kind = CR_COMPARE,
	    .dn = C(10002),
	    .attr = "uid",
	    .value = "c10002",
	    .controls = { { .kind = CTL_MANAGE_DSAIT } } },
	{ .name = "ManageDsaIT, children",
	    .kind = CR_COMPARE,
	    .dn = C(10002),
	    .attr = "hasSubordinates",
	    .value = "TRUE",
	    .controls = { { .kind = CTL_MANAGE_DSAIT } } },
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

/* Stock slapd dies of some of these. */
START_TEST(slapd_stays_up)
	{
		for (size_t i = 0; i < COUNT(requests); i++)
			(void)cr_ask_as(pairs[MIKKO].a, "mikko", &requests[i]);
		cr_server_alive(pairs[MIKKO].a);
	}
END_TEST

static const struct {
	const char *who;
	struct cr_request request;
	int code;
} answers[] = {
	{ "mikko", TRY(C(10001), "uid", "c10001"), 6 },
	{ "mikko", TRY(C(10001), "uid", "x"), 5 },
	{ "mikko", TRY(C(10001), "objectClass", "crCustomer"), 6 },
	{ "mikko", TRY(C(10002), "uid", "c10002"), 32 },
	{ "mikko", TRY(C(99999), "uid", "x"), 32 },
	{ "aino", TRY(C(10002), "uid", "c10002"), 6 },
	{ "aino", TRY(C(10002), "crMarketingBan", "directMarketing"), 6 },
	{ "dpo", TRY(C(10006), "hasSubordinates", "TRUE"), 6 },
	{ "aino", TRY("cn=asiakasraati," GROUPS, "member", C(10005)), 6 },
};

START_TEST(answers_as_the_purpose_has_it)
	{
		struct cr_answer *answer = cr_ask_as(pairs[0].a,
		    answers[_i].who, &answers[_i].request);

		expect_code(answer, answers[_i].code);
	}
END_TEST

/* What is not released is neither true nor false. */
START_TEST(stripped_attributes_are_not_comparable)
	{
		static const char *const stripped[][2] = {
			{ "crMarketingBan", "directMarketing" },
			{ "crCustomerSince", "20190401060000Z" },
			{ "crSource", "x" },
			{ "userPassword", "kokeilu" },
			{ "creatorsName", ROOT },
			{ "entryUUID", "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844" },
			{ "structuralObjectClass", "inetOrgPerson" },
		};

		for (size_t i = 0; i < COUNT(stripped); i++) {
			struct cr_request request = TRY(C(10001), "uid", "");
			struct cr_answer *answer;

			request.attr = stripped[i][0];
			request.value = stripped[i][1];
			answer = cr_ask_as(pairs[MIKKO].a, "mikko", &request);
			ck_assert_msg(answer->code != 5 && answer->code != 6,
			    "%s\n%s", stripped[i][0], answer->all.bytes);
		}
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sample rules", start_plain, stop);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_loop_test(tc, answers_as_the_purpose_has_it, 0,
	    COUNT(answers));
	tcase_add_test(tc, stripped_attributes_are_not_comparable);
	tcase_add_test(tc, slapd_stays_up);

	tc = cr_suite_case(suite, "wide rules", start_wide, stop);
	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_test(tc, stripped_attributes_are_not_comparable);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop_one);
	tcase_add_loop_test(tc, hidden_is_absent_in_cn_config, 0,
	    COUNT(requests));
}

int
main(void)
{
	return cr_suite_run("compare", fill);
}
