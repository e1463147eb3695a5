/*
 * Content synchronisation (RFC 4533): for named replicas, who see all; for
 * nobody else, in no form.
 */
#include "harness.h"

#include <ldap.h>
#include <string.h>

#define REPLICA "cn=replica," STAFF

static const char replica_entry[] = "dn: " REPLICA "\n"
				    "objectClass: organizationalRole\n"
				    "objectClass: simpleSecurityObject\n"
				    "cn: replica\n"
				    "userPassword: kokeilu\n"
				    "\n";

static const struct cr_setup plain = { .customers = 10,
	.modules = "syncprov",
	.acl = "access to attrs=userPassword by anonymous auth "
	       "by dn.exact=\"" REPLICA "\" read\n"
	       "access to * by * write",
	.below = "overlay syncprov\nsyncprov-checkpoint 100 10\n"
		 "syncprov-sessionlog 100",
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-replica \"" REPLICA "\"",
	.ldif = replica_entry };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static struct cr_request
sync_search(const char *base, const char *mode)
{
	struct cr_request request = { .dn = base, .scope = SUB };

	request.controls[0] = (struct cr_control){ CTL_SYNC, .arg = mode };
	return request;
}

static const char *const others[] = { "mikko", "aino", "registrar", "dpo",
	"root", "c10001", "leena", "crm", NULL };

START_TEST(others_are_refused)
	{
		static const char *const bases[] = { SUFFIX, CUSTOMERS,
			C(10001), C(10006), C(99999) };
		static const char *const modes[] = { "1", "3" };

		for (size_t i = 0; i < COUNT(bases); i++) {
			for (size_t m = 0; m < COUNT(modes); m++) {
				struct cr_request request =
				    sync_search(bases[i], modes[m]);
				struct cr_answer *answer =
				    cr_ask_as(server, others[_i], &request);

				expect_code(answer, 53);
				ck_assert_uint_eq(answer->entry_count, 0);
				request.controls[0].noncritical = true;
				answer =
				    cr_ask_as(server, others[_i], &request);
				expect_code(answer, 53);
				ck_assert_uint_eq(answer->entry_count, 0);
			}
		}
	}
END_TEST

/* Nor outside, where groups name customers: a change is sent as it is. */
START_TEST(others_do_not_persist_elsewhere)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_conn *keeper = cr_conn_open(server, "root");
		struct cr_request request = sync_search(GROUPS, "3");
		struct cr_pdu pdu;
		int id = cr_conn_send(conn, &request);
		bool refused = false;

		while (cr_conn_ready(conn, 300)) {
			ck_assert(cr_conn_read(conn, &pdu));
			ck_assert_int_eq(pdu.id, id);
			ck_assert(!cr_bytes_contain((char *)pdu.bytes, pdu.len,
			    "c10006", 6));
			refused = refused || pdu.op == LDAP_RES_SEARCH_RESULT;
		}
		ck_assert_int_eq(cr_change(keeper, "cn=kanta-asiakkaat," GROUPS,
				     "=description: muuttui", NULL),
		    0);
		while (!refused && cr_conn_ready(conn, 500)) {
			ck_assert(cr_conn_read(conn, &pdu));
			ck_assert_msg(!cr_bytes_contain((char *)pdu.bytes,
					  pdu.len, "c10006", 6),
			    "a hidden member was sent");
		}
		cr_server_alive(server);
	}
END_TEST

START_TEST(replica_refreshes_all)
	{
		struct cr_request request = sync_search(SUFFIX, "1");
		struct cr_answer *answer = cr_ask_as(server, REPLICA, &request);

		expect_code(answer, 0);
		for (int n = 10001; n <= 10010; n++) {
			const struct cr_entry *e = cr_answer_entry(answer,
			    cr_keep_text("uid=c%d," CUSTOMERS, n));

			ck_assert_msg(e != NULL, "c%d is missing", n);
		}
		ck_assert_ptr_nonnull(cr_answer_entry(answer,
		    "crAssignmentNumber=A10006-1," C(10006)));
		ck_assert_ptr_nonnull(
		    cr_answer_entry(answer, "cn=directMarketing," PURPOSES));
	}
END_TEST

START_TEST(replica_gets_operational_attributes)
	{
		struct cr_request request = sync_search(C(10002), "1");
		struct cr_answer *answer;

		request.attrs = "* +";
		answer = cr_ask_as(server, REPLICA, &request);
		ck_assert_ptr_nonnull(
		    cr_entry_attr(answer->entries, "crBanRecord"));
		ck_assert_ptr_nonnull(
		    cr_entry_attr(answer->entries, "entryCSN"));
		ck_assert_ptr_nonnull(
		    cr_entry_attr(answer->entries, "creatorsName"));
	}
END_TEST

/* Members are sent whole: the copy must be one. */
START_TEST(replica_gets_all_members)
	{
		struct cr_request request =
		    sync_search("cn=asiakasraati," GROUPS, "1");
		struct cr_answer *answer = cr_ask_as(server, REPLICA, &request);

		ck_assert(cr_entry_has(answer->entries, "member", C(10005)));
		ck_assert(cr_entry_has(answer->entries, "owner", C(10005)));
	}
END_TEST

/* Reads units until one has the text, fails when none comes. */
static void
expect_sent(struct cr_conn *conn, const char *what)
{
	struct cr_pdu pdu;

	for (;;) {
		ck_assert_msg(cr_conn_ready(conn, cr_suite_seconds(10) * 1000),
		    "\"%s\" was not sent", what);
		ck_assert(cr_conn_read(conn, &pdu));
		if (cr_bytes_contain((char *)pdu.bytes, pdu.len, what,
			strlen(what)))
			return;
		ck_assert_msg(pdu.op != LDAP_RES_SEARCH_RESULT,
		    "the search ended");
	}
}

START_TEST(replica_persists)
	{
		struct cr_conn *conn = cr_conn_open(server, REPLICA);
		struct cr_conn *keeper = cr_conn_open(server, "registrar");
		struct cr_request request = sync_search(CUSTOMERS, "3");
		static const struct cr_request gone = { .kind = CR_DELETE,
			.dn = "crAssignmentNumber=A10009-1," C(10009) };

		request.attrs = "* +";
		(void)cr_conn_send(conn, &request);
		expect_sent(conn, "uid=c10010");
		ck_assert_int_eq(cr_change(keeper, C(10006),
				     "=title: muuttunut", NULL),
		    0);
		expect_sent(conn, "muuttunut");
		ck_assert_int_eq(cr_change(keeper, C(10007),
				     "+crMarketingBan: all", NULL),
		    0);
		expect_sent(conn, "uid=c10007");
		expect_code(cr_ask(keeper, &gone), 0);
		expect_sent(conn, "A10009-1");
		cr_conn_close(conn);
		cr_server_alive(server);
	}
END_TEST

/* The state of RFC 4533 for what comes next. */
static int
state_of_next(struct cr_conn *conn)
{
	static const char oid[] = LDAP_CONTROL_SYNC_STATE;
	struct cr_pdu pdu = { 0 };
	const unsigned char *at;

	ck_assert(cr_conn_ready(conn, 10000) && cr_conn_read(conn, &pdu));
	at = memmem(pdu.bytes, pdu.len, oid, sizeof(oid) - 1);
	ck_assert_ptr_nonnull(at);
	at = memmem(at, (size_t)(pdu.bytes + pdu.len - at), "\x0a\x01", 2);
	ck_assert_ptr_nonnull(at);
	return at[2];
}

/* By a restriction the writer hides the customer from their own purpose. */
START_TEST(hidden_by_its_writer_is_not_deleted)
	{
		struct cr_request search = sync_search(SUFFIX, "3");
		struct cr_conn *conn = cr_conn_open(server, REPLICA);
		struct cr_pdu pdu = { 0 };

		(void)cr_conn_send(conn, &search);
		while (pdu.op != LDAP_RES_INTERMEDIATE)
			ck_assert(cr_conn_read(conn, &pdu));
		while (cr_conn_ready(conn, 300))
			ck_assert(cr_conn_read(conn, &pdu));
		ck_assert_int_eq(cr_change(cr_conn_open(server, "aino"),
				     C(10009), "+crProcessingRestricted: TRUE",
				     NULL),
		    0);
		ck_assert_int_eq(state_of_next(conn), LDAP_SYNC_MODIFY);
	}
END_TEST

START_TEST(replica_is_recorded)
	{
		size_t before = cr_server_readlog(server).len;
		struct cr_request request = sync_search(C(10004), "1");
		struct cr_text log;

		expect_code(cr_ask_as(server, REPLICA, &request), 0);
		log = cr_server_readlog(server);
		ck_assert_msg(strstr(log.bytes + before, "who=cn=replica") !=
			    NULL &&
			strstr(log.bytes + before, "purpose=replication") !=
			    NULL,
		    "%s", log.bytes + before);
	}
END_TEST

#define UUID6 "ffa3fbd5-4f45-44cf-a386-d1a68ee172e4"
#define UUID10 "069e4866-d695-4faf-8c42-6582ce44201c"

/* What is sent while persisting, and the customer its record has. */
static const struct {
	struct cr_request write;
	const char *sent;
	const char *recorded;
} persisted[] = {
	{ { .kind = CR_MODIFY, .dn = C(10006), .lines = { "=title: toinen" } },
	    "toinen", " uuid=" UUID6 " class=crCustomer\n" },
	{ { .kind = CR_MODIFY, .dn = "crAssignmentNumber=A10006-1," C(10006),
	      .lines = { "=description: kolmas" } },
	    "kolmas", " uuid=" UUID6 " class=crAssignment\n" },
	{ { .kind = CR_DELETE, .dn = "crRequestId=R10006-1," C(10006) },
	    "R10006-1", " uuid=" UUID6 " class=crRequest\n" },
	{ { .kind = CR_MODRDN, .dn = "crAssignmentNumber=A10006-1," C(10006),
	      .rdn = "crAssignmentNumber=A10006-2" },
	    "A10006-2", " uuid=" UUID6 " class=crAssignment\n" },
	{ { .kind = CR_DELETE, .dn = "crAssignmentNumber=A10010-1," C(10010) },
	    "A10010-1", " uuid=" UUID10 " class=crAssignment\n" },
	{ { .kind = CR_DELETE, .dn = C(10010) },
	    "uid=c10010", " uuid=" UUID10 " class=crCustomer\n" },
};

static struct cr_conn *
persisting(const char *base)
{
	struct cr_conn *conn = cr_conn_open(server, REPLICA);
	struct cr_request request = sync_search(base, "3");

	request.attrs = "* +";
	(void)cr_conn_send(conn, &request);
	expect_sent(conn, "uid=c10009");
	/* the end of the refresh: nothing more comes by itself */
	while (cr_conn_ready(conn, 300)) {
		struct cr_pdu pdu;

		ck_assert(cr_conn_read(conn, &pdu));
	}
	return conn;
}

START_TEST(persisted_is_recorded)
	{
		struct cr_conn *conn = persisting(CUSTOMERS);
		struct cr_conn *root = cr_conn_open(server, "root");

		for (size_t i = 0; i < COUNT(persisted); i++) {
			size_t before = cr_server_readlog(server).len;
			struct cr_text log;

			expect_code(cr_ask(root, &persisted[i].write), 0);
			expect_sent(conn, persisted[i].sent);
			log = cr_server_readlog(server);
			ck_assert_msg(strstr(log.bytes + before,
				    "who=cn=replica") != NULL &&
				strstr(log.bytes + before, "type=persist") !=
				    NULL &&
				strstr(log.bytes + before,
				    persisted[i].recorded) != NULL,
			    "%s:\n%.4000s", persisted[i].sent,
			    log.bytes + before);
		}
	}
END_TEST

/* To be the replica one has to be it: no proxy. */
START_TEST(proxied_replica_is_nobody)
	{
		struct cr_request request = sync_search(CUSTOMERS, "1");
		struct cr_answer *answer;

		request.controls[1] =
		    (struct cr_control){ CTL_PROXY, .arg = "dn:" REPLICA };
		answer = cr_ask_as(server, "root", &request);
		ck_assert_int_ne(answer->code, 0);
		ck_assert_uint_eq(answer->entry_count, 0);
		request = (struct cr_request){ .dn = CUSTOMERS, .scope = ONE };
		request.controls[0] =
		    (struct cr_control){ CTL_PROXY, .arg = "dn:" REPLICA };
		ck_assert_uint_eq(
		    cr_ask_as(server, "root", &request)->entry_count, 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sync", start, stop);

	tcase_add_loop_test(tc, others_are_refused, 0, COUNT(others));
	tcase_add_test(tc, others_do_not_persist_elsewhere);
	tcase_add_test(tc, replica_refreshes_all);
	tcase_add_test(tc, replica_gets_operational_attributes);
	tcase_add_test(tc, replica_gets_all_members);
	tcase_add_test(tc, replica_persists);
	tcase_add_test(tc, hidden_by_its_writer_is_not_deleted);
	tcase_add_test(tc, replica_is_recorded);
	tcase_add_test(tc, persisted_is_recorded);
	tcase_add_test(tc, proxied_replica_is_nobody);
}

int
main(void)
{
	return cr_suite_run("sync", fill);
}
