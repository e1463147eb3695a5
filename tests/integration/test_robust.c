/*
 * Bad policy, bad clients: a clear answer or none, nothing disclosed, and
 * slapd stays up.
 */
#include "harness.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>

/* Loaded past the checks, as from another server or an older version. */
static const char broken[] = "dn: uid=risto," HANDLERS "\n"
			     "objectClass: inetOrgPerson\n"
			     "objectClass: crHandler\n"
			     "uid: risto\n"
			     "cn: Risto\n"
			     "sn: Risto\n"
			     "userPassword: kokeilu\n"
			     "crDefaultPurpose: customerCare\n"
			     "crAllowedPurpose: customerCare\n"
			     "crAgreementSigned: 99991231235959Z\n"
    "crAgreementUntil: 00000101000000Z\n"
			     "crAgreementVersion: 2024-1\n"
			     "\n"
			     "dn: uid=tuntematon," HANDLERS "\n"
			     "objectClass: inetOrgPerson\n"
			     "objectClass: crHandler\n"
			     "uid: tuntematon\n"
			     "cn: Tuntematon\n"
			     "sn: Tuntematon\n"
			     "userPassword: kokeilu\n"
			     "crDefaultPurpose: eiOlemassa\n"
			     "crAllowedPurpose: eiOlemassa\n"
			     "crAgreementSigned: 20240101000000Z\n"
			     "crAgreementVersion: 2024-1\n"
			     "\n"
			     "dn: uid=toinen," HANDLERS "\n"
			     "objectClass: inetOrgPerson\n"
			     "objectClass: crHandler\n"
			     "uid: toinen\n"
			     "cn: Toinen\n"
			     "sn: Toinen\n"
			     "userPassword: kokeilu\n"
			     "crDefaultPurpose: mainonta\n"
			     "crAllowedPurpose: mainonta\n"
			     "crAgreementSigned: 20240101000000Z\n"
			     "crAgreementVersion: 2024-1\n"
			     "\n"
			     "dn: cn=mainonta," PURPOSES "\n"
			     "objectClass: crPurpose\n"
			     "cn: mainonta\n"
			     "crKind: subject\n"
			     "crKind: publication\n"
			     "crHiddenByMarketing: all\n"
			     "crReleases: *\n"
			     "crReleases: noSuchAttribute\n"
			     "\n"
			     "dn: uid=c10950," CUSTOMERS "\n"
			     "objectClass: inetOrgPerson\n"
			     "objectClass: crCustomer\n"
			     "uid: c10950\n"
			     "cn: Vanha\n"
			     "sn: Vanha\n"
			     "crMarketingBan: vanhaKielto\n"
			     "crBanUntil: roskaa\n"
			     "\n";

static const struct cr_setup plain = { .customers = 10, .ldif = broken };
static const struct cr_setup large = { .customers = 3000,
	.bare = true,
	.limits = "limits * size=unlimited time=unlimited" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
start_large(void)
{
	server = cr_server_start(&large);
}

static void
stop(void)
{
	cr_server_stop(server);
}

START_TEST(broken_handlers_see_nothing)
	{
		static const char *const who[] = { "risto", "tuntematon" };
		struct cr_conn *conn = cr_conn_open(server, who[_i]);
		struct cr_answer *answer =
		    cr_look(conn, CUSTOMERS, ONE, NULL, NULL);

		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 0);
		expect_code(cr_look(conn, C(10001), BASE, NULL, NULL), 32);
		cr_server_alive(server);
	}
END_TEST

START_TEST(contradictory_purpose_shows_nothing)
	{
		struct cr_conn *conn = cr_conn_open(server, "toinen");
		struct cr_request request = { .dn = CUSTOMERS, .scope = ONE };
		struct cr_answer *answer = cr_ask(conn, &request);

		ck_assert_uint_eq(answer->entry_count, 0);
		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "mainonta" };
		answer = cr_ask(conn, &request);
		ck_assert_uint_eq(answer->entry_count, 0);
		/* the others go on */
		conn = cr_conn_open(server, "aino");
		ck_assert_uint_ge(
		    cr_look(conn, CUSTOMERS, ONE, NULL, NULL)->entry_count, 9);
	}
END_TEST

START_TEST(unknown_ban_hides)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");

		expect_code(cr_look(conn, "uid=c10950," CUSTOMERS, BASE, NULL,
				NULL),
		    32);
		conn = cr_conn_open(server, "registrar");
		expect_code(cr_look(conn, "uid=c10950," CUSTOMERS, BASE, NULL,
				NULL),
		    0);
	}
END_TEST

START_TEST(troubles_are_told_once_in_the_log)
	{
		struct cr_text log = cr_text_of_file(server->log);

		ck_assert_ptr_nonnull(strstr(log.bytes, "custreg"));
		ck_assert_ptr_null(strstr(log.bytes, "kokeilu"));
		ck_assert_ptr_null(strstr(log.bytes, "posti.example"));
	}
END_TEST

/* All the policy gone: nobody sees anything, and rootdn brings it back. */
START_TEST(without_policy_nobody_sees)
	{
		struct cr_conn *keeper = cr_conn_open(server, "root");
		struct cr_conn *conn = cr_conn_open(server, "aino");
		static const struct cr_request away = { .kind = CR_DELETE,
			.dn = "cn=customerCare," PURPOSES };
		static const struct cr_request back = { .kind = CR_ADD,
			.dn = "cn=customerCare," PURPOSES,
			.lines = { "objectClass: crPurpose", "cn: customerCare",
			    "crKind: internal", "crHiddenByRestriction: TRUE",
			    "crReleases: uid" } };

		expect_code(cr_ask(keeper, &away), 0);
		ck_assert_uint_eq(
		    cr_look(conn, CUSTOMERS, ONE, NULL, NULL)->entry_count, 0);
		expect_code(cr_ask(keeper, &back), 0);
		ck_assert_uint_ge(
		    cr_look(conn, CUSTOMERS, ONE, NULL, NULL)->entry_count, 9);
	}
END_TEST

static const struct cr_request everything = { .dn = CUSTOMERS,
	.scope = SUB,
	.filter = "(&)" };

START_TEST(abandon_ends_a_search)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request abandon = { .kind = CR_ABANDON };
		struct cr_answer *answer;

		for (int i = 0; i < 5; i++) {
			abandon.message = cr_conn_send(conn, &everything);
			(void)cr_conn_send(conn, &abandon);
		}
		answer = cr_look(conn, C(10001), BASE, NULL, "uid");
		expect_code(answer, 0);
		cr_server_alive(server);
	}
END_TEST

START_TEST(cancel_ends_a_search)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request cancel = { .kind = CR_EXTENDED,
			.oid = "1.3.6.1.1.8" };
		unsigned char value[5] = { 0x30, 3, 2, 1, 0 };
		struct cr_answer *answer;
		int id = cr_conn_send(conn, &everything);

		ck_assert_int_lt(id, 128);
		value[4] = (unsigned char)id;
		cancel.bytes = (char *)value;
		cancel.len = sizeof(value);
		(void)cr_conn_send(conn, &cancel);
		/* it may have been done already */
		answer = cr_conn_wait(conn, id);
		ck_assert_msg(answer->code == 118 || answer->code == 0, "%d",
		    answer->code);
		answer = cr_conn_wait(conn, id + 1);
		ck_assert(!answer->closed);
		expect_code(cr_look(conn, C(10001), BASE, NULL, "uid"), 0);
	}
END_TEST

START_TEST(clients_that_hang_up)
	{
		for (int i = 0; i < 20; i++) {
			struct cr_conn *conn = cr_conn_open(server, "mikko");
			struct cr_pdu pdu;

			(void)cr_conn_send(conn, &everything);
			if (i % 2 == 0)
				ck_assert(cr_conn_read(conn, &pdu));
			cr_conn_close(conn);
		}
		cr_server_alive(server);
	}
END_TEST

START_TEST(clients_that_unbind_and_rebind_meanwhile)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");

		for (int i = 0; i < 10; i++) {
			(void)cr_conn_send(conn, &everything);
			ck_assert_int_eq(cr_conn_bind(conn,
					     cr_conn_dn(
						 i % 2 ? "mikko" : "aino"),
					     "kokeilu"),
			    0);
		}
		cr_conn_write(conn, "\x30\x05\x02\x01\x7f\x42\x00", 7);
		cr_conn_close(conn);
		cr_server_alive(server);
	}
END_TEST

/* Bytes that are no message, after the controls of one were right. */
START_TEST(noise_closes_the_connection)
	{
		unsigned char noise[64];
		uint32_t state = (uint32_t)_i * 2654435761U + 1;
		struct cr_conn *conn = cr_conn_open(server, "aino");

		for (size_t i = 0; i < sizeof(noise); i++) {
			state = state * 1664525U + 1013904223U;
			noise[i] = (unsigned char)(state >> 24);
		}
		cr_conn_write(conn, noise, sizeof(noise));
		cr_conn_close(conn);
		cr_server_alive(server);
	}
END_TEST

/* A search with a control, each of its octets changed in turn. */
START_TEST(mutated_requests_do_no_harm)
	{
		struct cr_request request = { .dn = C(10001),
			.filter = "(uid=c*)" };
		unsigned char *bytes;
		size_t len = 0;

		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "billing" };
		request.controls[1] =
		    (struct cr_control){ CTL_REFERENCE, .arg = "x" };
		request.controls[2] = (struct cr_control){ CTL_RECIPIENT,
			.arg = "cn=laskutus," RECIPIENTS };
		bytes = cr_request_encode(&request, 2, &len);
		for (size_t i = 2; i < len; i++) {
			struct cr_conn *conn = cr_conn_open(server, "aino");
			unsigned char kept = bytes[i];

			bytes[i] = (unsigned char)(kept ^ (1U << (i % 8)));
			cr_conn_write(conn, bytes, len);
			bytes[i] = kept;
			cr_conn_close(conn);
		}
		free(bytes);
		cr_server_alive(server);
	}
END_TEST

/* Many readers and a policy that changes under them. */
START_TEST(policy_changes_under_load)
	{
		struct cr_conn *readers[6];
		struct cr_conn *keeper = cr_conn_open(server, "registrar");
		int ids[6];

		for (size_t i = 0; i < COUNT(readers); i++)
			readers[i] =
			    cr_conn_open(server, i % 2 ? "aino" : "mikko");
		for (int round = 0; round < 5; round++) {
			for (size_t i = 0; i < COUNT(readers); i++)
				ids[i] = cr_conn_send(readers[i], &everything);
			ck_assert_int_eq(cr_change(keeper,
					     "cn=directMarketing," PURPOSES,
					     round % 2 ? "=crReleases: uid"
						       : "=crReleases: cn",
					     NULL),
			    0);
			ck_assert_int_eq(cr_change(keeper, C(10002),
					     cr_keep_text("=title: %d", round),
					     NULL),
			    0);
			for (size_t i = 0; i < COUNT(readers); i++) {
				struct cr_answer *answer =
				    cr_conn_wait(readers[i], ids[i]);

				ck_assert(
				    answer->code == 0 || answer->code == 51);
			}
		}
		cr_server_alive(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "broken policy", start, stop);

	tcase_add_loop_test(tc, broken_handlers_see_nothing, 0, 2);
	tcase_add_test(tc, contradictory_purpose_shows_nothing);
	tcase_add_test(tc, unknown_ban_hides);
	tcase_add_test(tc, without_policy_nobody_sees);
	tcase_add_test(tc, troubles_are_told_once_in_the_log);
	tcase_add_test(tc, mutated_requests_do_no_harm);
	tcase_add_loop_test(tc, noise_closes_the_connection, 0, 16);

	tc = cr_suite_case(suite, "bad clients", start_large, stop);
	tcase_add_test(tc, abandon_ends_a_search);
	tcase_add_test(tc, cancel_ends_a_search);
	tcase_add_test(tc, clients_that_hang_up);
	tcase_add_test(tc, clients_that_unbind_and_rebind_meanwhile);
	tcase_add_test(tc, policy_changes_under_load);
}

int
main(void)
{
	return cr_suite_run("robust", fill);
}
