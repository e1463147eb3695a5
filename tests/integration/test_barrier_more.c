/*
 * The log barrier where answers have no end of their own, and where databases
 * come and go: slow searches, the persist phase of a replica, a database that
 * is added while a client is there, several of them on one connection.
 */
#include "harness.h"

#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REPLICA "cn=replica," STAFF
#define OTHER "dc=toinen"
#define OTHER_CUSTOMERS "ou=asiakkaat," OTHER
#define OTHER_ONE "uid=a1," OTHER_CUSTOMERS

static const struct cr_setup setup = { .customers = 2000,
	.gate = true,
	.config_tree = true,
	.global = "tcp-buffer write=16384",
	.modules = "syncprov",
	.acl = "access to * by * write",
	.limits = "limits * size=unlimited time=unlimited",
	.below = "overlay syncprov",
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-replica \"" REPLICA "\"\n"
		   "custreg-logWait 2",
	.ldif = "dn: " REPLICA "\n"
		"objectClass: organizationalRole\n"
		"objectClass: simpleSecurityObject\n"
		"cn: replica\n"
		"userPassword: kokeilu\n\n" };
static struct cr_server *server;

static void
gate(enum cr_gate_state state)
{
	atomic_store(&server->gate->state, (int)state);
}

static void
start(void)
{
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	gate(CR_GATE_OPEN);
	cr_server_stop(server);
}

static const struct cr_request point = { .dn = C(10001) };

static void
settle(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct cr_conn *conn = cr_conn_open(server, "root");

	gate(CR_GATE_OPEN);
	while (cr_ask(conn, &point)->code != 0)
		ck_assert_msg(cr_suite_again(deadline), "does not recover");
	cr_conn_close(conn);
}

static void
until_sync_waits(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (atomic_load(&server->gate->waiting) == 0)
		ck_assert_msg(cr_suite_again(deadline), "nothing is synced");
}

/* ---- answers that go on ------------------------------------------------------ */

/* Matches that one, and has much to look at in every other one. */
static char *
slow_filter(const char *uid, unsigned terms)
{
	struct cr_text filter = { 0 };

	cr_text_add(&filter, "(|(uid=%s)", uid);
	for (unsigned i = 0; i < terms; i++)
		cr_text_add(&filter, "(!(objectClass:dn:=*))"
				     "(entryDN:dnSubtreeMatch:=ou=x%u,dc=y)",
		    i);
	cr_text_add(&filter, ")");
	return filter.bytes;
}

/* Its first entry is not held until the end of the search. */
START_TEST(slow_search_begins_at_once)
	{
		struct cr_conn *conn = cr_conn_open(server, "root");
		struct cr_request request = { .dn = CUSTOMERS, .scope = ONE };
		int64_t first = 0, last = 0;

		/* again, and longer, when others had the machine meanwhile */
		for (unsigned terms = 200; last < 300 || first >= last / 2;
		     terms *= 2) {
			int64_t from = cr_suite_now();
			struct cr_pdu pdu;

			ck_assert_uint_lt(terms, 100000);
			request.filter = slow_filter("c10001", terms);
			(void)cr_conn_send(conn, &request);
			ck_assert(cr_conn_read(conn, &pdu));
			ck_assert_uint_eq(pdu.op, LDAP_RES_SEARCH_ENTRY);
			first = cr_suite_now() - from;
			do
				ck_assert(cr_conn_read(conn, &pdu));
			while (pdu.op != LDAP_RES_SEARCH_RESULT);
			last = cr_suite_now() - from;
		}
		printf("first entry after %d ms, result after %d ms\n",
		    (int)first, (int)last);
	}
END_TEST

#define BIG "ou=isot," SUFFIX

/* Entries outside the register that are more than a connection may hold. */
static void
add_big_ones(struct cr_conn *root)
{
	struct cr_request add = { .kind = CR_ADD,
		.dn = BIG,
		.lines = { "objectClass: organizationalUnit", "ou: isot" } };
	char *text = cr_keep(60001);

	memset(text, 'x', 60000);
	expect_code(cr_ask(root, &add), 0);
	add.lines[2] = cr_keep_text("description: %s", text);
	for (int i = 0; i < 20; i++) {
		add.dn = cr_keep_text("ou=iso%d," BIG, i);
		add.lines[1] = cr_keep_text("ou: iso%d", i);
		expect_code(cr_ask(root, &add), 0);
	}
}

/* Until slapd has nothing to do, for a while. */
static void
until_idle(void)
{
	char *path = cr_keep_text("/proc/%d/stat", (int)server->pid);
	unsigned long before = 0, now = 1;

	while (now != before) {
		struct cr_text stat;
		const char *at;

		for (int i = 0; i < 60; i++)
			(void)cr_suite_again(INT64_MAX);
		stat = cr_text_of_file(path);
		at = strrchr(stat.bytes, ')');
		before = now;
		ck_assert_int_eq(sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u "
			"%*u %*u %*u %*u %lu", &now), 1);
	}
}

/*
 * The record of an entry was flushed while its own thread waited for its turn
 * to write, so the entry stands behind the mark that is lost.
 */
START_TEST(entry_behind_its_mark_is_lost_with_it)
	{
		struct cr_conn *root = cr_conn_open(server, "root");
		struct cr_conn *conn =
		    cr_conn_open_narrow(server, "root", 4096);
		const struct cr_request held = { .dn = CUSTOMERS,
			.scope = ONE,
			.size = 600 };
		const struct cr_request one = { .dn = C(10001) };
		const struct cr_request big = { .dn = BIG, .scope = ONE };
		struct cr_pdu pdu;
		int one_id, big_id, bigs = 0;
		bool refused = false, big_done = false;

		add_big_ones(root);
		(void)cr_conn_send(conn, &held);
		until_idle();
		big_id = cr_conn_send(conn, &big);
		until_idle();
		one_id = cr_conn_send(conn, &one);
		until_idle();
		gate(CR_GATE_SHUT);
		do {
			while (cr_conn_ready(conn, 500)) {
				ck_assert(cr_conn_read(conn, &pdu));
				ck_assert_int_ne(pdu.id, one_id);
				bigs += pdu.id == big_id;
			}
		} while (atomic_load(&server->gate->waiting) == 0);
		gate(CR_GATE_FAILS);
		while (!refused || !big_done) {
			ck_assert(cr_conn_read(conn, &pdu));
			if (pdu.id == one_id) {
				ck_assert_uint_eq(pdu.op,
				    LDAP_RES_SEARCH_RESULT);
				ck_assert_uint_eq(pdu.bytes[pdu.body + 4],
				    LDAP_UNAVAILABLE);
				refused = true;
			}
			bigs += pdu.id == big_id;
			big_done = big_done || (pdu.id == big_id &&
			    pdu.op == LDAP_RES_SEARCH_RESULT);
		}
		ck_assert_int_eq(bigs, 21);
		settle();
	}
END_TEST

static struct cr_conn *
persist(const char *base)
{
	struct cr_conn *conn = cr_conn_open(server, REPLICA);
	struct cr_request request = { .dn = base, .scope = SUB };

	request.controls[0] = (struct cr_control){ CTL_SYNC, .arg = "3" };
	(void)cr_conn_send(conn, &request);
	return conn;
}

static void
until_refreshed(struct cr_conn *conn)
{
	struct cr_pdu pdu;

	do
		ck_assert(cr_conn_read(conn, &pdu));
	while (pdu.op != LDAP_RES_INTERMEDIATE);
}

static void
expect_entry(struct cr_conn *conn, const char *what)
{
	struct cr_pdu pdu;

	ck_assert(cr_conn_ready(conn, cr_suite_seconds(10) * 1000));
	ck_assert(cr_conn_read(conn, &pdu));
	ck_assert_uint_eq(pdu.op, LDAP_RES_SEARCH_ENTRY);
	ck_assert(cr_bytes_contain((char *)pdu.bytes, pdu.len, what,
	    strlen(what)));
}

START_TEST(persist_phase_needs_no_other_traffic)
	{
		struct cr_conn *conn = persist(C(10001));
		struct cr_conn *root = cr_conn_open(server, "root");
		int64_t most = 0;

		until_refreshed(conn);
		for (int i = 0; i < 20; i++) {
			char *title = cr_keep_text("muutos %d", i);
			int64_t from = cr_suite_now();

			ck_assert_int_eq(cr_change(root, C(10001),
					     cr_keep_text("=title: %s", title),
					     NULL),
			    0);
			expect_entry(conn, title);
			if (cr_suite_now() - from > most)
				most = cr_suite_now() - from;
		}
		printf("slowest of 20 changes to the replica: %d ms\n",
		    (int)most);
		ck_assert_int_lt(most, cr_suite_seconds(1) * 1000);
	}
END_TEST

START_TEST(persist_phase_waits_for_the_sync)
	{
		struct cr_conn *conn = persist(C(10001));
		struct cr_conn *root = cr_conn_open(server, "root");

		until_refreshed(conn);
		gate(CR_GATE_SHUT);
		ck_assert_int_eq(cr_change(root, C(10001), "=title: odottaa",
				     NULL),
		    0);
		until_sync_waits();
		ck_assert(!cr_conn_ready(conn, 300));
		gate(CR_GATE_OPEN);
		expect_entry(conn, "odottaa");
	}
END_TEST

/* It would not know otherwise what it has missed, and never ask again. */
START_TEST(replica_that_loses_a_record_is_cut_off)
	{
		struct cr_conn *root = cr_conn_open(server, "root");
		struct cr_conn *conn;
		struct cr_pdu pdu;

		if (_i == 0)
			gate(CR_GATE_SHUT);
		conn = persist(C(10001));
		if (_i == 1) {
			until_refreshed(conn);
			gate(CR_GATE_SHUT);
			ck_assert_int_eq(cr_change(root, C(10001),
					     "=title: katoaa", NULL),
			    0);
		}
		until_sync_waits();
		ck_assert(!cr_conn_ready(conn, 100));
		gate(CR_GATE_FAILS);
		ck_assert(!cr_conn_read(conn, &pdu));
		settle();
		conn = persist(C(10001));
		until_refreshed(conn);
	}
END_TEST

/* ---- several databases --------------------------------------------------------- */

static void
add_database(void)
{
	struct cr_conn *config = cr_conn_open(server, "config");
	struct cr_conn *root;
	const struct cr_request database = { .kind = CR_ADD,
		.dn = "olcDatabase=mdb,cn=config",
		.lines = { "objectClass: olcDatabaseConfig",
		    "objectClass: olcMdbConfig", "olcDatabase: mdb",
		    "olcSuffix: " OTHER, "olcRootDN: " ROOT,
		    cr_keep_text("olcDbDirectory: %s/db2", server->dir),
		    "olcAccess: to * by * write" } };
	const struct cr_request overlay = { .kind = CR_ADD,
		.dn = "olcOverlay=custreg,olcDatabase={2}mdb,cn=config",
		.lines = { "objectClass: olcOverlayConfig",
		    "objectClass: olcCustregConfig", "olcOverlay: custreg",
		    "olcCrCustomers: " OTHER_CUSTOMERS, "olcCrLogWait: 2",
		    cr_keep_text("olcCrLogDirectory: %s/log2",
			server->dir) } };
	static const struct cr_request entries[] = {
		{ .kind = CR_ADD,
		    .dn = OTHER,
		    .lines = { "objectClass: dcObject",
			"objectClass: organization", "dc: toinen", "o: T" } },
		{ .kind = CR_ADD,
		    .dn = OTHER_CUSTOMERS,
		    .lines = { "objectClass: organizationalUnit",
			"ou: asiakkaat" } },
		{ .kind = CR_ADD,
		    .dn = OTHER_ONE,
		    .lines = { "objectClass: inetOrgPerson",
			"objectClass: crCustomer", "cn: A", "sn: A" } },
	};

	ck_assert_int_eq(mkdir(cr_keep_text("%s/log2", server->dir), 0700), 0);
	expect_code(cr_ask(config, &database), 0);
	expect_code(cr_ask(config, &overlay), 0);
	root = cr_conn_open(server, "root");
	for (size_t i = 0; i < COUNT(entries); i++)
		expect_code(cr_ask(root, &entries[i]), 0);
}

/* How many entries are on record there. */
static size_t
recorded(const char *log)
{
	struct cr_text text =
	    cr_readlog_of(cr_keep_text("%s/%s", server->dir, log));

	return cr_readlog_entries(&text);
}

static const struct cr_request other = { .dn = OTHER_ONE };

static struct cr_conn *early, *used;

static void
start_two(void)
{
	start();
	early = cr_conn_open(server, "root");
	used = cr_conn_open(server, "root");
	expect_code(cr_ask(used, &point), 0);
	add_database();
}

/* Connected before there was such a database, with and without a barrier. */
START_TEST(database_added_later)
	{
		struct cr_conn *conn = _i ? used : early;
		size_t before = recorded("log2");
		struct cr_answer *answer;
		int id;

		gate(CR_GATE_SHUT);
		id = cr_conn_send(conn, &other);
		until_sync_waits();
		ck_assert(!cr_conn_ready(conn, 200));
		gate(CR_GATE_OPEN);
		answer = cr_conn_wait(conn, id);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert_uint_eq(recorded("log2"), before + 1);
	}
END_TEST

START_TEST(databases_on_one_connection)
	{
		struct cr_conn *conn = cr_conn_open(server, "root");
		size_t before[2] = { recorded("log"), recorded("log2") };
		int ids[40];

		for (size_t i = 0; i < COUNT(ids); i++)
			ids[i] = cr_conn_send(conn, i % 2 ? &other : &point);
		for (size_t got = 0; got < COUNT(ids);) {
			struct cr_pdu pdu;

			ck_assert(cr_conn_read(conn, &pdu));
			got += pdu.op == LDAP_RES_SEARCH_RESULT;
		}
		ck_assert_int_gt(ids[1], ids[0]);
		ck_assert_uint_eq(recorded("log"), before[0] + 20);
		ck_assert_uint_eq(recorded("log2"), before[1] + 20);
	}
END_TEST

START_TEST(databases_lose_together)
	{
		struct cr_conn *conn = cr_conn_open(server, "root");
		unsigned entries = 0, refused = 0;
		struct cr_pdu pdu;

		expect_code(cr_ask(conn, &point), 0);
		gate(CR_GATE_SHUT);
		for (int i = 0; i < 6; i++)
			(void)cr_conn_send(conn, i % 2 ? &other : &point);
		until_sync_waits();
		ck_assert(!cr_conn_ready(conn, 200));
		gate(CR_GATE_FAILS);
		while (refused < 6) {
			ck_assert(cr_conn_read(conn, &pdu));
			entries += pdu.op == LDAP_RES_SEARCH_ENTRY;
			refused += pdu.op == LDAP_RES_SEARCH_RESULT;
		}
		ck_assert_uint_eq(entries, 0);
		settle();
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *on = cr_suite_case(suite, "on", start, stop);
	TCase *two = cr_suite_case(suite, "two", start_two, stop);

	tcase_add_test(on, slow_search_begins_at_once);
	tcase_add_test(on, entry_behind_its_mark_is_lost_with_it);
	tcase_add_test(on, persist_phase_needs_no_other_traffic);
	tcase_add_test(on, persist_phase_waits_for_the_sync);
	tcase_add_loop_test(on, replica_that_loses_a_record_is_cut_off, 0, 2);
	tcase_add_loop_test(two, database_added_later, 0, 2);
	tcase_add_test(two, databases_on_one_connection);
	tcase_add_test(two, databases_lose_together);
}

int
main(void)
{
	return cr_suite_run("barrier_more", fill);
}
