/*
 * The log barrier: no byte of an entry before its record is on disk.  The disk
 * is behind a gate (tests/gate), so that bytes are held for as long as a test
 * wants, or their record is lost.
 */
#include "harness.h"

#include <errno.h>
#include <ldap.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMITS "limits * size=unlimited time=unlimited"
#define WAIT_S 2

static const struct cr_setup gated = { .customers = 10,
	.gate = true,
	.config_tree = true,
	.limits = LIMITS,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logWait 2" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&gated);
}

static void
stop(void)
{
	atomic_store(&server->gate->state, CR_GATE_OPEN);
	cr_server_stop(server);
}

static void
gate(enum cr_gate_state state)
{
	atomic_store(&server->gate->state, (int)state);
}

static void
until(bool condition(void))
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (!condition())
		ck_assert_msg(cr_suite_again(deadline), "does not come");
}

static bool
sync_waits(void)
{
	return atomic_load(&server->gate->waiting) > 0;
}

static const struct cr_request point = { .dn = C(10001) };
static const struct cr_request list = { .dn = CUSTOMERS, .scope = ONE };
static const struct cr_request root_dse = { .dn = "", .attrs = "namingContexts" };
static const struct cr_request compare = { .kind = CR_COMPARE,
	.dn = C(10001),
	.attr = "uid",
	.value = "c10001" };

/* A read whose answer is held: its record waits for the disk. */
static int
send_held(struct cr_conn *conn, const struct cr_request *request)
{
	int id;

	gate(CR_GATE_SHUT);
	id = cr_conn_send(conn, request);
	until(sync_waits);
	ck_assert(!cr_conn_ready(conn, 100));
	return id;
}

static void
until_recovered(struct cr_conn *conn)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	while (cr_ask(conn, &point)->code != 0)
		ck_assert_msg(cr_suite_again(deadline), "does not recover");
}

static void
settle(void)
{
	struct cr_conn *conn = cr_conn_open(server, "mikko");

	gate(CR_GATE_OPEN);
	until_recovered(conn);
	cr_conn_close(conn);
}

/* ---- held, and let go ---------------------------------------------------- */

START_TEST(nothing_leaves_before_the_sync)
	{
		static const struct cr_request *const what[] = { &point, &list,
			&compare };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		int id = send_held(conn, what[_i]);

		ck_assert(!cr_conn_ready(conn, 500));
		gate(CR_GATE_OPEN);
		expect_code(cr_conn_wait(conn, id),
		    what[_i] == &compare ? LDAP_COMPARE_TRUE : 0);
	}
END_TEST

START_TEST(no_layer_before_the_first_read)
	{
		unsigned before = atomic_load(&server->gate->layers);
		struct cr_conn *conn = cr_conn_open(server, "aino");

		expect_code(cr_ask(conn, &root_dse), 0);
		expect_code(cr_look(conn, GROUPS, SUB, NULL, "cn"), 0);
		expect_code(cr_look(conn, C(99999), BASE, NULL, NULL), 32);
		ck_assert_uint_eq(atomic_load(&server->gate->layers), before);
		expect_code(cr_ask(conn, &point), 0);
		expect_code(cr_ask(conn, &point), 0);
		ck_assert_uint_eq(atomic_load(&server->gate->layers),
		    before + 1);
	}
END_TEST

/* Nor is another connection held up, whatever it does outside the register. */
START_TEST(others_do_not_wait)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_conn *other = cr_conn_open(server, "aino");
		int id, other_id;

		expect_code(cr_ask(other, &point), 0);
		id = send_held(conn, &point);
		other_id = cr_conn_send(other, &root_dse);
		ck_assert(cr_conn_ready(other, 1000));
		expect_code(cr_conn_wait(other, other_id), 0);
		(void)cr_conn_open(server, "mikko");
		gate(CR_GATE_OPEN);
		expect_code(cr_conn_wait(conn, id), 0);
	}
END_TEST

/* ---- the end of an operation, and of a connection ------------------------- */

START_TEST(abandoned_while_held)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request abandon = { .kind = CR_ABANDON };
		int id;

		abandon.message = send_held(conn, _i ? &list : &point);
		(void)cr_conn_send(conn, &abandon);
		id = cr_conn_send(conn, &root_dse);
		gate(CR_GATE_OPEN);
		expect_code(cr_conn_wait(conn, id), 0);
		expect_code(cr_ask(conn, &point), 0);
	}
END_TEST

/* Its answer was on its way already: too late to cancel. */
START_TEST(cancelled_while_held)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		int id = send_held(conn, &point);
		char value[] = { 0x30, 3, 2, 1, (char)id };
		const struct cr_request cancel = { .kind = CR_EXTENDED,
			.oid = LDAP_EXOP_CANCEL,
			.bytes = value,
			.len = sizeof(value) };
		int cancel_id = cr_conn_send(conn, &cancel);

		gate(CR_GATE_OPEN);
		expect_code(cr_conn_wait(conn, id), 0);
		expect_code(cr_conn_wait(conn, cancel_id),
		    LDAP_NO_SUCH_OPERATION);
	}
END_TEST

enum ending { UNBIND = 0, CLOSE, RESET };

START_TEST(connection_ends_while_held)
	{
		static const char unbind[] = { 0x30, 5, 2, 1, 99, 0x42, 0 };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct linger linger = { 1, 0 };

		(void)send_held(conn, &list);
		if (_i == UNBIND)
			cr_conn_write(conn, unbind, sizeof(unbind));
		if (_i == RESET)
			(void)setsockopt(cr_conn_fd(conn), SOL_SOCKET,
			    SO_LINGER, &linger, sizeof(linger));
		if (_i != UNBIND)
			cr_conn_close(conn);
		cr_server_alive(server);
		settle();
		cr_server_alive(server);
	}
END_TEST

/* Who has said all it wanted to say still gets what was answered. */
START_TEST(half_closed_while_held)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		int id = send_held(conn, &point);
		struct cr_answer *answer;

		ck_assert_int_eq(shutdown(cr_conn_fd(conn), SHUT_WR), 0);
		ck_assert(!cr_conn_ready(conn, 200));
		gate(CR_GATE_OPEN);
		answer = cr_conn_wait(conn, id);
		expect_code(answer, 0);
		ck_assert_uint_eq(answer->entry_count, 1);
	}
END_TEST

/* ---- the record is lost --------------------------------------------------- */

static void
check_refused(const struct cr_answer *answer)
{
	expect_code(answer, LDAP_UNAVAILABLE);
	ck_assert_uint_eq(answer->entry_count, 0);
	ck_assert(!cr_bytes_contain(answer->bytes.bytes, answer->bytes.len,
	    "c10001", 6));
}

START_TEST(lost_record_is_no_entry)
	{
		static const struct cr_request *const what[] = { &point, &list,
			&compare };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		int id = send_held(conn, what[_i]);

		gate(CR_GATE_FAILS);
		check_refused(cr_conn_wait(conn, id));
		settle();
		expect_code(cr_ask(conn, &point), 0);
	}
END_TEST

/* A disk that does not answer at all counts as failed after the wait. */
START_TEST(stalled_disk_is_no_entry)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		int64_t before = cr_suite_now();
		int id = send_held(conn, &point);

		check_refused(cr_conn_wait(conn, id));
		ck_assert_int_le(cr_suite_now() - before,
		    cr_suite_seconds(WAIT_S + 3) * 1000);
		check_refused(cr_ask(conn, &point));
		expect_code(cr_ask(conn, &root_dse), 0);
		settle();
		expect_code(cr_ask(conn, &point), 0);
	}
END_TEST

START_TEST(others_on_the_connection_are_unharmed)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		int ids[4];

		ids[0] = send_held(conn, &point);
		ids[1] = cr_conn_send(conn, &root_dse);
		ids[2] = cr_conn_send(conn, &list);
		ids[3] = cr_conn_send(conn, &root_dse);
		ck_assert(!cr_conn_ready(conn, 200));
		gate(CR_GATE_FAILS);
		check_refused(cr_conn_wait(conn, ids[0]));
		for (size_t got = 0; got < 3;) {
			struct cr_pdu pdu;

			ck_assert(cr_conn_read(conn, &pdu));
			ck_assert(pdu.id != ids[2] ||
			    pdu.op != LDAP_RES_SEARCH_ENTRY);
			got += pdu.op == LDAP_RES_SEARCH_RESULT;
		}
		settle();
	}
END_TEST

/* More at once than a segment has places for. */
START_TEST(many_lose_their_record_at_once)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		bool refused[40] = { false };
		int first = send_held(conn, &point), left = 32;
		struct cr_pdu pdu;

		for (int i = 1; i < left; i++)
			(void)cr_conn_send(conn, i % 3 ? &point : &list);
		ck_assert(!cr_conn_ready(conn, 200));
		gate(CR_GATE_FAILS);
		while (left > 0) {
			ck_assert_msg(cr_conn_read(conn, &pdu),
			    "the connection ended");
			ck_assert_uint_eq(pdu.op, LDAP_RES_SEARCH_RESULT);
			ck_assert(!refused[pdu.id - first]);
			refused[pdu.id - first] = true;
			left--;
		}
		settle();
		expect_code(cr_ask(conn, &point), 0);
	}
END_TEST

/* The number of a lost operation that was abandoned may be used again. */
START_TEST(message_id_of_a_lost_one_is_good_again)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request abandon = { .kind = CR_ABANDON };
		unsigned char *bytes;
		size_t len;
		int id;

		id = abandon.message = send_held(conn, &point);
		(void)cr_conn_send(conn, &abandon);
		gate(CR_GATE_FAILS);
		settle();
		bytes = cr_request_encode(&point, id, &len);
		for (int i = 0; i < 2; i++) {
			struct cr_pdu pdu;

			cr_conn_write(conn, bytes, len);
			do
				ck_assert(cr_conn_read(conn, &pdu));
			while (i == 0 && pdu.op != LDAP_RES_SEARCH_ENTRY);
			while (pdu.op != LDAP_RES_SEARCH_RESULT)
				ck_assert(cr_conn_read(conn, &pdu));
		}
	}
END_TEST

/* A change that was made stays made; what it would have shown does not. */
START_TEST(post_read_that_is_lost_shows_nothing)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		struct cr_request change = { .kind = CR_MODIFY,
			.dn = C(10001),
			.lines = { "=title: salaisuus" } };
		struct cr_answer *answer;
		int id;

		change.controls[0] =
		    (struct cr_control){ CTL_POST_READ, .arg = "title" };
		id = send_held(conn, &change);
		gate(CR_GATE_FAILS);
		answer = cr_conn_wait(conn, id);
		expect_code(answer, LDAP_UNAVAILABLE);
		ck_assert_ptr_null(answer->controls);
		ck_assert(!cr_bytes_contain(answer->bytes.bytes,
		    answer->bytes.len, "salaisuus", 9));
		settle();
		ck_assert_int_eq(cr_change(conn, C(10001), "-title", NULL), 0);
	}
END_TEST

/* ---- cn=config, and the end ----------------------------------------------- */

/* slapd pauses for it; what is held is not in the way, nor is it let go. */
START_TEST(config_write_while_held)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_conn *config = cr_conn_open(server, "config");
		int id = send_held(conn, &point);
		int64_t before = cr_suite_now();

		ck_assert_int_eq(cr_change(config, "cn=config",
				     "=olcIdleTimeout: 0", NULL),
		    0);
		ck_assert_int_lt(cr_suite_now() - before,
		    cr_suite_seconds(1) * 1000);
		ck_assert(!cr_conn_ready(conn, 100));
		gate(CR_GATE_OPEN);
		expect_code(cr_conn_wait(conn, id), 0);
	}
END_TEST

#define GUARD "olcOverlay={0}custreg,olcDatabase={1}mdb,cn=config"

/* The log is closed and opened; who waits for the old one is not forgotten. */
START_TEST(log_is_reopened_while_held)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_conn *config = cr_conn_open(server, "config");
		const struct cr_request change = { .kind = CR_MODIFY,
			.dn = GUARD,
			.lines = { _i ? "=olcCrLogInterval: 900"
				      : "=olcCrLogInterval: 1000" } };
		int id = send_held(conn, &list);
		int config_id = cr_conn_send(config, &change);
		struct cr_answer *answer;

		(void)cr_conn_ready(config, 300);
		if (_i == 0)
			gate(CR_GATE_OPEN);
		answer = cr_conn_wait(conn, id);
		if (_i == 0)
			expect_code(answer, 0);
		else
			check_refused(answer);
		gate(CR_GATE_OPEN);
		answer = cr_conn_wait(config, config_id);
		if (_i == 0)
			expect_code(answer, 0);
		settle();
	}
END_TEST

START_TEST(slapd_ends_while_held)
	{
		struct cr_server *own;
		struct cr_conn *conn;
		struct cr_answer *answer;
		int id;

		own = server = cr_server_start(&gated);
		conn = cr_conn_open(own, "mikko");
		id = send_held(conn, &list);
		kill(own->pid, SIGTERM);
		if (_i == 0) {
			ck_assert(!cr_conn_ready(conn, 300));
			gate(CR_GATE_OPEN);
		}
		answer = cr_conn_wait(conn, id);
		if (_i == 0) {
			expect_code(answer, 0);
			ck_assert_uint_eq(answer->entry_count, 7);
		} else {
			ck_assert_uint_eq(answer->entry_count, 0);
		}
		gate(CR_GATE_OPEN);
		cr_server_stop(own);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *held = cr_suite_case(suite, "held", start, stop);
	TCase *end = cr_suite_case(suite, "end", start, stop);
	TCase *lost = cr_suite_case(suite, "lost", start, stop);
	TCase *config = cr_suite_case(suite, "config", start, stop);
	TCase *last = cr_suite_case(suite, "last", NULL, NULL);

	tcase_add_loop_test(held, nothing_leaves_before_the_sync, 0, 3);
	tcase_add_test(held, no_layer_before_the_first_read);
	tcase_add_test(held, others_do_not_wait);
	tcase_add_loop_test(end, abandoned_while_held, 0, 2);
	tcase_add_test(end, cancelled_while_held);
	tcase_add_loop_test(end, connection_ends_while_held, 0, 3);
	tcase_add_test(end, half_closed_while_held);
	tcase_add_loop_test(lost, lost_record_is_no_entry, 0, 3);
	tcase_add_test(lost, stalled_disk_is_no_entry);
	tcase_add_test(lost, others_on_the_connection_are_unharmed);
	tcase_add_test(lost, many_lose_their_record_at_once);
	tcase_add_test(lost, message_id_of_a_lost_one_is_good_again);
	tcase_add_test(lost, post_read_that_is_lost_shows_nothing);
	tcase_add_test(config, config_write_while_held);
	tcase_add_loop_test(config, log_is_reopened_while_held, 0, 2);
	tcase_add_loop_test(last, slapd_ends_while_held, 0, 2);
}

int
main(void)
{
	return cr_suite_run("barrier", fill);
}
