/*
 * Server-side sort and virtual list view (slapo-sssvlv above the guard):
 * counts, positions and order are those of the visible.
 */
#include "harness.h"

#include <ldap.h>
#include <string.h>

static const struct cr_setup sorted = { .customers = 10,
	.modules = "sssvlv",
	.above = "overlay sssvlv\nsssvlv-max 1000\nsssvlv-maxperconn 4" };

static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	cr_pairs_start(&sorted, pairs, AINO + 1);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, AINO + 1);
}

#define RULE ":caseIgnoreOrderingMatch"
#define LIST .dn = CUSTOMERS, .scope = ONE, .attrs = "uid sn"

static const struct cr_request requests[] = {
	{ .name = "by name",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE } } },
	{ .name = "by name, reversed",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "-sn" RULE } } },
	{ .name = "by two",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "l" RULE " -givenName" RULE } } },
	{ .name = "by a rule",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn:caseExactOrderingMatch" } } },
	{ .name = "of all, true",
	    LIST,
	    .filter = "(|(l=zzz)(&))",
	    .controls = { { CTL_SORT, .arg = "sn" RULE } } },
	{ .name = "with size",
	    LIST,
	    .size = 3,
	    .controls = { { CTL_SORT, .arg = "sn" RULE } } },
	{ .name = "with the size of the visible",
	    LIST,
	    .filter = "(&)",
	    .size = 7,
	    .controls = { { CTL_SORT, .arg = "sn" RULE } } },
	{ .name = "by a ban",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "crMarketingBan" RULE } } },
	{ .name = "by a ban, if it can be",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "crMarketingBan" RULE,
		.noncritical = true } } },
	{ .name = "by the password",
	    LIST,
	    .controls = { { CTL_SORT,
		.arg = "userPassword:octetStringOrderingMatch" } } },
	{ .name = "by an unknown attribute",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "noSuchAttribute" } } },
	{ .name = "by the identifier",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "entryUUID" } } },
	{ .name = "with pages",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_PAGED, .arg = "3" } } },
	{ .name = "view, first",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_VLV, .arg = "0 2 1 0" } } },
	{ .name = "view, middle",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_VLV, .arg = "1 2 4 0" } } },
	{ .name = "view, last",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_VLV, .arg = "2 0 7 7" } } },
	{ .name = "view, behind the end",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_VLV, .arg = "0 5 9 0" } } },
	{ .name = "view, half way",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_VLV, .arg = "1 1 50 100" } } },
	{ .name = "view by value",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "sn" RULE },
		{ CTL_VLV_VALUE, .arg = "1 1 N" } } },
	{ .name = "view of everything",
	    LIST,
	    .filter = "(&)",
	    .controls = { { CTL_SORT, .arg = "uid" RULE },
		{ CTL_VLV, .arg = "0 20 1 0" } } },
	{ .name = "view without sort",
	    LIST,
	    .controls = { { CTL_VLV, .arg = "0 2 1 0" } } },
	{ .name = "view by a stripped attribute",
	    LIST,
	    .controls = { { CTL_SORT, .arg = "crCustomerSince" },
		{ CTL_VLV, .arg = "0 9 1 0" } } },
	{ .name = "groups by member",
	    .dn = GROUPS,
	    .scope = ONE,
	    .attrs = "cn",
	    .controls = { { CTL_SORT, .arg = "member" } } },
	{ .name = "groups by owner",
	    .dn = GROUPS,
	    .scope = ONE,
	    .attrs = "cn",
	    .controls = { { CTL_SORT, .arg = "owner" } } },
	{ .name = "staff by seeAlso",
	    .dn = STAFF,
	    .scope = ONE,
	    .attrs = "cn",
	    .controls = { { CTL_SORT, .arg = "seeAlso" } } },
	{ .name = "staff by secretary, reversed",
	    .dn = STAFF,
	    .scope = ONE,
	    .attrs = "cn",
	    .controls = { { CTL_SORT, .arg = "-secretary" } } },
};

START_TEST(hidden_is_absent)
	{
		cr_pairs_same(pairs, AINO + 1, &requests[_i]);
	}
END_TEST

static struct cr_request
view(const char *range, const struct cr_value *context)
{
	struct cr_request request = { LIST };

	request.controls[0] =
	    (struct cr_control){ CTL_SORT, "uid" RULE, NULL, 0, NULL, false };
	request.controls[1] =
	    (struct cr_control){ CTL_VLV, range, NULL, 0, NULL, false };
	if (context != NULL) {
		request.controls[1].bytes = context->bytes;
		request.controls[1].len = context->len;
	}
	return request;
}

/*
 * sssvlv marks a list as no longer in use only after it has sent the answer:
 * who is quick to go on with it is told that it is busy.
 */
static struct cr_answer *
go_on(struct cr_conn *conn, const char *range, const struct cr_value *context)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(10) * 1000;
	struct cr_request request = view(range, context);
	struct cr_answer *answer = cr_ask(conn, &request);

	while (answer->code == LDAP_BUSY) {
		ck_assert_msg(cr_suite_again(deadline), "it stays busy");
		answer = cr_ask(conn, &request);
	}
	return answer;
}

START_TEST(view_counts_the_visible)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request request = view("0 2 1 0", NULL);
		struct cr_answer *answer = cr_ask(conn, &request);
		int at, count, code;
		struct cr_value context =
		    cr_answer_vlv(answer, &at, &count, &code);

		expect_uids(answer, "c10001 c10003 c10004");
		ck_assert_int_eq(count, 7);
		answer = go_on(conn, "0 2 4 7", &context);
		(void)cr_answer_vlv(answer, &at, &count, &code);
		expect_uids(answer, "c10007 c10008 c10009");
		ck_assert_int_eq(count, 7);
	}
END_TEST

/* The finished list is on the connection; who binds anew does not get it. */
START_TEST(view_ends_with_the_identity)
	{
		struct cr_conn *conn =
		    cr_conn_open(pairs[MIKKO].a, "registrar");
		struct cr_request request = view("0 2 1 0", NULL);
		struct cr_answer *answer = cr_ask(conn, &request);
		int at, count, code;
		struct cr_value context =
		    cr_answer_vlv(answer, &at, &count, &code);

		ck_assert_int_eq(count, 10);
		ck_assert_int_eq(cr_conn_bind(conn, cr_conn_dn("mikko"),
				     "kokeilu"),
		    0);
		answer = go_on(conn, "0 9 1 10", &context);
		ck_assert_msg(answer->code != 0 || answer->entry_count <= 7,
		    "%s", answer->all.bytes);
		ck_assert_ptr_null(cr_answer_entry(answer, C(10002)));
		if (cr_answer_control(answer, LDAP_CONTROL_VLVRESPONSE) !=
		    NULL) {
			(void)cr_answer_vlv(answer, &at, &count, &code);
			ck_assert_int_ne(count, 10);
		}
	}
END_TEST

/* Nor with another purpose. */
START_TEST(view_ends_with_the_purpose)
	{
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, "mikko");
		struct cr_request request = view("0 2 1 0", NULL);
		struct cr_answer *answer;
		int at, count, code;
		struct cr_value context;

		request.controls[2] = (struct cr_control){ CTL_PURPOSE,
			"marketResearch", NULL, 0, NULL, false };
		answer = cr_ask(conn, &request);
		context = cr_answer_vlv(answer, &at, &count, &code);
		ck_assert_int_eq(count, 8);
		answer = go_on(conn, "0 9 1 8", &context);
		ck_assert_ptr_null(cr_answer_entry(answer, C(10002)));
		if (cr_answer_control(answer, LDAP_CONTROL_VLVRESPONSE) !=
		    NULL) {
			(void)cr_answer_vlv(answer, &at, &count, &code);
			ck_assert_int_ne(count, 8);
		}
	}
END_TEST

/* A ban set while the list is on the connection. */
START_TEST(ban_reaches_a_finished_list)
	{
		struct cr_conn *conn = cr_conn_open(pairs[AINO].a, "mikko");
		struct cr_conn *keeper =
		    cr_conn_open(pairs[AINO].a, "registrar");
		struct cr_request request = view("0 2 1 0", NULL);
		struct cr_answer *answer = cr_ask(conn, &request);
		int at, count, code;
		struct cr_value context =
		    cr_answer_vlv(answer, &at, &count, &code);

		ck_assert_int_eq(count, 7);
		ck_assert_int_eq(cr_change(keeper, C(10010),
				     "+crMarketingBan: all", NULL),
		    0);
		answer = go_on(conn, "0 9 4 7", &context);
		ck_assert_ptr_null(cr_answer_entry(answer, C(10010)));
		if (cr_answer_control(answer, LDAP_CONTROL_VLVRESPONSE) !=
		    NULL) {
			(void)cr_answer_vlv(answer, &at, &count, &code);
			ck_assert_int_ne(count, 7);
		}
		ck_assert_int_eq(cr_change(keeper, C(10010),
				     "-crMarketingBan: all", NULL),
		    0);
	}
END_TEST

/* The order would tell the values. */
START_TEST(stripped_attributes_do_not_sort)
	{
		static const char *const keys[] = { "crMarketingBan" RULE,
			"crCustomerSince", "uid" RULE " crSource" RULE,
			"userPassword:octetStringOrderingMatch", "entryUUID",
			"createTimestamp", "-crListingBan" RULE,
			"sn" RULE " crDisclosureBan" RULE };
		struct cr_request request = { LIST };

		request.controls[0] = (struct cr_control){ CTL_SORT, keys[_i],
			NULL, 0, NULL, false };
		expect_code(cr_ask_as(pairs[MIKKO].a, "mikko", &request), 53);
		request.controls[0].noncritical = true;
		expect_code(cr_ask_as(pairs[MIKKO].a, "mikko", &request), 53);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sort", start, stop);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_test(tc, view_counts_the_visible);
	tcase_add_test(tc, view_ends_with_the_identity);
	tcase_add_test(tc, view_ends_with_the_purpose);
	tcase_add_test(tc, ban_reaches_a_finished_list);
	tcase_add_loop_test(tc, stripped_attributes_do_not_sort, 0, 8);
}

int
main(void)
{
	return cr_suite_run("sort", fill);
}
