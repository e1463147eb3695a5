/*
 * Extended operations: transactions are refused, who am I, and those that
 * nobody knows.
 */
#include "harness.h"

#include <string.h>

#define TXN_START "1.3.6.1.1.21.1"
#define TXN_END "1.3.6.1.1.21.3"
#define WHOAMI "1.3.6.1.4.1.4203.1.11.3"
#define REFRESH "1.3.6.1.4.1.1466.101.119.1"
#define CANCEL "1.3.6.1.1.8"

static const struct cr_setup plain = { .customers = 10, .modules = "dds" };
static struct cr_pair pair;

static void
start(void)
{
	pair = cr_pair_start(&plain, &cr_readers[MIKKO]);
}

static void
stop(void)
{
	cr_pair_stop(&pair);
}

static const char *const everybody[] = { "mikko", "aino", "registrar", "root",
	"c10001", "leena", NULL };

START_TEST(transactions_are_refused)
	{
		static const struct cr_request begin = { .kind = CR_EXTENDED,
			.oid = TXN_START };
		static const struct cr_request end = { .kind = CR_EXTENDED,
			.oid = TXN_END,
			.bytes = "\x30\x06\x01\x01\x00\x04\x01x",
			.len = 8 };
		struct cr_answer *answer =
		    cr_ask_as(pair.a, everybody[_i], &begin);

		expect_code(answer, 53);
		ck_assert_uint_eq(answer->response.len, 0);
		expect_code(cr_ask_as(pair.a, everybody[_i], &end), 53);
		cr_server_alive(pair.a);
	}
END_TEST

START_TEST(their_control_is_refused)
	{
		struct cr_request requests[] = {
			{ .kind = CR_MODIFY,
			    .dn = C(10001),
			    .lines = { "=title: x" } },
			{ .kind = CR_DELETE, .dn = C(10001) },
			{ .kind = CR_ADD,
			    .dn = "crAssignmentNumber=T1," C(10001),
			    .lines = { "objectClass: crAssignment" } },
			{ .kind = CR_MODRDN, .dn = C(10001), .rdn = "uid=x" },
		};

		for (size_t i = 0; i < COUNT(requests); i++) {
			struct cr_answer *answer;

			requests[i].controls[0] =
			    (struct cr_control){ CTL_TXN, .arg = "x" };
			answer = cr_ask_as(pair.a, everybody[_i], &requests[i]);
			ck_assert_msg(answer->code != 0, "%s",
			    answer->all.bytes);
		}
		cr_server_alive(pair.a);
		expect_uids(cr_look(cr_conn_open(pair.a, "registrar"), C(10001),
				BASE, "(!(title=x))", "uid"),
		    "c10001");
	}
END_TEST

START_TEST(who_am_i)
	{
		static const struct cr_request request = { .kind = CR_EXTENDED,
			.oid = WHOAMI };
		struct cr_request proxied = request;
		struct cr_answer *answer = cr_ask_as(pair.a, "mikko", &request);

		expect_code(answer, 0);
		ck_assert_str_eq(answer->response.bytes,
		    "dn:uid=mikko," HANDLERS);
		answer = cr_ask_as(pair.a, "c10006", &request);
		ck_assert_str_eq(answer->response.bytes, "dn:" C(10006));
		answer = cr_ask_as(pair.a, NULL, &request);
		ck_assert_str_eq(answer->response.bytes, "");
		proxied.controls[0] = (struct cr_control){ CTL_PROXY,
			.arg = "dn:uid=aino," HANDLERS };
		answer = cr_ask_as(pair.a, "crm", &proxied);
		ck_assert_str_eq(answer->response.bytes,
		    "dn:uid=aino," HANDLERS);
	}
END_TEST

/* The assumed name may be one that is not there; both are refused alike. */
START_TEST(proxied_name_tells_nothing)
	{
		static const char *const names[] = { "dn:" C(10006),
			"dn:" C(10002), "dn:" C(99999), "u:c10006",
			"dn:" C(10001), "dn:" };
		struct cr_request request = { .kind = CR_EXTENDED,
			.oid = WHOAMI };
		struct cr_request search = { .dn = CUSTOMERS, .scope = ONE };

		request.controls[0] =
		    (struct cr_control){ CTL_PROXY, .arg = names[_i] };
		search.controls[0] = request.controls[0];
		(void)cr_pair_same(&pair, "mikko", &request);
		(void)cr_pair_same(&pair, "mikko", &search);
		(void)cr_pair_same(&pair, "crm", &request);
		(void)cr_pair_same(&pair, "crm", &search);
		(void)cr_pair_same(&pair, NULL, &search);
	}
END_TEST

/* Dynamic entries (RFC 2589): a name that is hidden, one that is not there. */
START_TEST(refresh_tells_nothing)
	{
		static const char *const names[] = { C(10006), C(10002),
			C(99999), C(10001) };
		struct cr_text value = { 0 };
		struct cr_request request = { .kind = CR_EXTENDED,
			.oid = REFRESH };
		size_t len = strlen(names[_i]);

		cr_text_add(&value, "%c%c%c%c%s%c%c%c", 0x30, (int)len + 5,
		    0x80, (int)len, names[_i], 0x81, 1, 100);
		request.bytes = value.bytes;
		request.len = value.len;
		(void)cr_pair_same(&pair, "mikko", &request);
		(void)cr_pair_same(&pair, "aino", &request);
	}
END_TEST

START_TEST(unknown_operations_are_unknown)
	{
		static const char *const oids[] = { "1.2.3.4",
			CR_OID_OPERATIONS ".9", "nonsense", "" };
		struct cr_request request = { .kind = CR_EXTENDED,
			.oid = oids[_i] };
		struct cr_answer *answer = cr_ask_as(pair.a, "mikko", &request);

		expect_code(answer, 2);
		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "billing" };
		answer = cr_ask_as(pair.a, "mikko", &request);
		ck_assert_int_ne(answer->code, 0);
		cr_server_alive(pair.a);
	}
END_TEST

START_TEST(cancel_of_nothing)
	{
		static const struct cr_request request = { .kind = CR_EXTENDED,
			.oid = CANCEL,
			.bytes = "\x30\x03\x02\x01\x63",
			.len = 5 };

		/* 119 noSuchOperation, or 118 where slapd counts it so */
		ck_assert_int_ne(cr_ask_as(pair.a, "mikko", &request)->code, 0);
		cr_server_alive(pair.a);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "extended", start, stop);

	tcase_add_loop_test(tc, transactions_are_refused, 0, COUNT(everybody));
	tcase_add_loop_test(tc, their_control_is_refused, 0, COUNT(everybody));
	tcase_add_test(tc, who_am_i);
	tcase_add_loop_test(tc, proxied_name_tells_nothing, 0, 6);
	tcase_add_loop_test(tc, refresh_tells_nothing, 0, 4);
	tcase_add_loop_test(tc, unknown_operations_are_unknown, 0, 4);
	tcase_add_test(tc, cancel_of_nothing);
}

int
main(void)
{
	return cr_suite_run("txn_exop", fill);
}
