/*
 * Pre-read and post-read (RFC 4527): a second way for an entry to leave, with
 * a write.  What it shows is what a search would show, and it is recorded.
 */
#include "harness.h"

#include <ldap.h>
#include <string.h>

static const struct cr_setup plain = { .customers = 10 };

static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	cr_pairs_start(&plain, pairs, AINO + 1);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, AINO + 1);
}

#define ORDER "objectClass: crAssignment", "crState: open"

static const struct cr_request requests[] = {
	{ .name = "modify visible or hidden",
	    .kind = CR_MODIFY,
	    .dn = C(10002),
	    .lines = { "=title: x" },
	    .controls = { { CTL_PRE_READ,
		.arg = "mail uid crMarketingBan" } } },
	{ .name = "after it",
	    .kind = CR_MODIFY,
	    .dn = C(10002),
	    .lines = { "=title: y" },
	    .controls = { { CTL_POST_READ, .arg = "*" } } },
	{ .name = "modify restricted",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=title: x" },
	    .controls = { { CTL_PRE_READ, .arg = "*" } } },
	{ .name = "delete restricted",
	    .kind = CR_DELETE,
	    .dn = C(10006),
	    .controls = { { CTL_PRE_READ, .arg = "*" } } },
	{ .name = "delete child",
	    .kind = CR_DELETE,
	    .dn = "crAssignmentNumber=A10006-1," C(10006),
	    .controls = { { CTL_PRE_READ, .arg = "*" } } },
	{ .name = "rename restricted",
	    .kind = CR_MODRDN,
	    .dn = C(10006),
	    .rdn = "uid=x",
	    .controls = { { CTL_PRE_READ, .arg = "*" },
		{ CTL_POST_READ, .arg = "*" } } },
	{ .name = "add below restricted",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=N1," C(10006),
	    .lines = { ORDER },
	    .controls = { { CTL_POST_READ, .arg = "*" } } },
	{ .name = "missing",
	    .kind = CR_MODIFY,
	    .dn = C(99999),
	    .lines = { "=title: x" },
	    .controls = { { CTL_PRE_READ, .arg = "*" } } },
	{ .name = "a write that is refused",
	    .kind = CR_MODIFY,
	    .dn = C(10001),
	    .lines = { "=crCustomerNumber: 1" },
	    .controls = { { CTL_PRE_READ, .arg = "*" } } },
	{ .name = "only if it can be",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=title: x" },
	    .controls = { { CTL_PRE_READ, .arg = "*", .noncritical = true } } },
	{ .name = "the password",
	    .kind = CR_MODIFY,
	    .dn = C(10001),
	    .lines = { "=title: x" },
	    .controls = { { CTL_POST_READ, .arg = "userPassword" } } },
	{ .name = "with an assertion",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=title: x" },
	    .controls = { { CTL_ASSERT, .arg = "(uid=c10006)" },
		{ CTL_PRE_READ, .arg = "*" } } },
	{ .name = "with no-op",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=title: x" },
	    .controls = { { CTL_NO_OP }, { CTL_PRE_READ, .arg = "*" } } },
};

START_TEST(hidden_is_absent)
	{
		cr_pairs_same(pairs, AINO + 1, &requests[_i]);
	}
END_TEST

static struct cr_request
modify(const char *attrs)
{
	struct cr_request request = { .kind = CR_MODIFY,
		.dn = C(10001),
		.lines = { "=title: johtaja" } };

	request.controls[0] =
	    (struct cr_control){ CTL_POST_READ, attrs, NULL, 0, NULL, false };
	return request;
}

START_TEST(shows_what_is_released)
	{
		struct cr_request request = modify("title uid");
		struct cr_answer *answer =
		    cr_ask_as(pairs[AINO].a, "aino", &request);

		expect_code(answer, 0);
		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "title: johtaja"));
		ck_assert_ptr_nonnull(strstr(answer->all.bytes, "uid: c10001"));
	}
END_TEST

START_TEST(shows_nothing_else)
	{
		struct cr_request request = modify("* +");
		struct cr_answer *answer =
		    cr_ask_as(pairs[AINO].a, "aino", &request);
		static const char *const stripped[] = { "userPassword",
			"crCustomerSince", "crHold", "crPaperFile",
			"creatorsName", "entryCSN", "entryUUID",
			"modifiersName", "structuralObjectClass" };

		expect_code(answer, 0);
		for (size_t i = 0; i < COUNT(stripped); i++)
			ck_assert_msg(strstr(answer->all.bytes, stripped[i]) ==
				NULL,
			    "%s\n%s", stripped[i], answer->all.bytes);
	}
END_TEST

/* assignment writes assignments, and releases no bans */
START_TEST(follows_the_purpose)
	{
		struct cr_request request = { .kind = CR_ADD,
			.dn = "crAssignmentNumber=P1," C(10002),
			.lines = { ORDER } };
		struct cr_answer *answer;

		request.controls[0] = (struct cr_control){ CTL_POST_READ, "*",
			NULL, 0, NULL, false };
		request.controls[1] = (struct cr_control){ CTL_PURPOSE,
			"assignment", NULL, 0, NULL, false };
		answer = cr_ask_as(pairs[AINO].a, "aino", &request);
		expect_code(answer, 0);
		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "crState: open"));
		request = (struct cr_request){ .kind = CR_DELETE,
			.dn = "crAssignmentNumber=P1," C(10002) };
		request.controls[0] = (struct cr_control){ CTL_PRE_READ,
			"crState entryUUID creatorsName", NULL, 0, NULL,
			false };
		request.controls[1] = (struct cr_control){ CTL_PURPOSE,
			"assignment", NULL, 0, NULL, false };
		answer = cr_ask_as(pairs[AINO].a, "aino", &request);
		expect_code(answer, 0);
		ck_assert_ptr_nonnull(
		    strstr(answer->all.bytes, "crState: open"));
		ck_assert_ptr_null(strstr(answer->all.bytes, "creatorsName"));
		ck_assert_ptr_null(strstr(answer->all.bytes, "entryUUID"));
	}
END_TEST

START_TEST(is_recorded)
	{
		struct cr_request request = modify("mail");
		size_t before = cr_server_readlog(pairs[AINO].a).len;
		struct cr_text log;

		expect_code(cr_ask_as(pairs[AINO].a, "aino", &request), 0);
		log = cr_server_readlog(pairs[AINO].a);
		ck_assert_msg(strstr(log.bytes + before,
				  "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844") !=
			    NULL &&
			strstr(log.bytes + before, "class=crCustomer") != NULL,
		    "%s", log.bytes + before);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "read entry", start, stop);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(requests));
	tcase_add_test(tc, shows_what_is_released);
	tcase_add_test(tc, shows_nothing_else);
	tcase_add_test(tc, follows_the_purpose);
	tcase_add_test(tc, is_recorded);
}

int
main(void)
{
	return cr_suite_run("readentry", fill);
}
