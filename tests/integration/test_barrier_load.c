/*
 * The log barrier with much to send: clients that do not read, or slowly; big
 * answers and very many; settings changed meanwhile.
 */
#include "harness.h"

#include <dirent.h>
#include <ldap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CUSTOMER_COUNT = 3000, TIMEOUT_S = 3, NARROW = 4096 };
#define GLOBAL "tcp-buffer write=16384\n"
#define LIMITS "limits * size=unlimited time=unlimited"

static const struct cr_setup patient = { .customers = CUSTOMER_COUNT,
	.global = GLOBAL,
	.limits = LIMITS,
	.config_tree = true };
static const struct cr_setup strict = { .customers = CUSTOMER_COUNT,
	.global = GLOBAL "writetimeout 3\n",
	.limits = LIMITS };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&patient);
}

static void
start_strict(void)
{
	server = cr_server_start(&strict);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static const struct cr_request point = { .dn = C(10001) };
/* Some 2 MB, and a part that a connection may hold. */
static const struct cr_request all = { .dn = CUSTOMERS, .scope = ONE };
static const struct cr_request part = { .dn = CUSTOMERS,
	.scope = ONE,
	.size = 1000 };

/* ---- clients that do not read ---------------------------------------------- */

/* Memory that slapd has to itself, KiB. */
static long
memory(void)
{
	struct cr_text status = cr_text_of_file(
	    cr_keep_text("/proc/%d/status", (int)server->pid));
	const char *line = strstr(status.bytes, "RssAnon:");

	ck_assert_ptr_nonnull(line);
	return strtol(line + strlen("RssAnon:"), NULL, 10);
}

static unsigned
sockets(void)
{
	char *path = cr_keep_text("/proc/%d/fd", (int)server->pid);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char link[64] = "";

		(void)!readlinkat(dirfd(dir), entry->d_name, link,
		    sizeof(link) - 1);
		count += strncmp(link, "socket:", 7) == 0;
	}
	closedir(dir);
	return count;
}

static bool
has_more(long than)
{
	return memory() >= than;
}

/* Until nothing changes for a while: everything that can be held is. */
static void
until_still(void)
{
	long before = -1, now = memory();

	while (now != before) {
		for (int i = 0; i < 60; i++)
			(void)cr_suite_again(INT64_MAX);
		before = now;
		now = memory();
	}
}

START_TEST(memory_is_bounded)
	{
		enum { CLIENTS = 40 };
		struct cr_conn *conns[CLIENTS + 1];
		long before, held, after;
		int64_t deadline;

		for (int i = 0; i <= CLIENTS; i++)
			conns[i] = cr_conn_open_narrow(server, "aino", NARROW);
		expect_code(cr_ask(cr_conn_open(server, "aino"), &all), 0);
		before = memory();
		for (int i = 0; i < CLIENTS; i++)
			(void)cr_conn_send(conns[i], &part);
		/* and one that asks for far more than it may hold */
		for (int i = 0; i < 8; i++)
			(void)cr_conn_send(conns[CLIENTS], &all);
		until_still();
		held = memory() - before;
		ck_assert_msg(held > CLIENTS * 100, "%ld KiB: not held", held);
		/* a sanitizer has shadows and keeps what is freed */
		ck_assert_msg(getenv("CR_SAN_PRELOAD") != NULL ||
			held < (CLIENTS + 1) * 2048 + (24 << 10),
		    "%ld KiB are held", held);
		for (int i = 0; i <= CLIENTS; i++)
			cr_conn_close(conns[i]);
		deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
		while (getenv("CR_SAN_PRELOAD") == NULL &&
		    has_more(before + held / 2))
			ck_assert(cr_suite_again(deadline));
		after = memory() - before;
		printf("%d clients: %ld KiB held, %ld KiB afterwards\n",
		    CLIENTS + 1, held, after);
	}
END_TEST

START_TEST(fast_beside_stuck)
	{
		struct cr_conn *stuck[3], *fast = cr_conn_open(server, "mikko");
		int64_t most = 0;

		for (size_t i = 0; i < COUNT(stuck); i++) {
			stuck[i] = cr_conn_open_narrow(server, "aino", NARROW);
			(void)cr_conn_send(stuck[i], i == 0 ? &all : &part);
		}
		until_still();
		for (int i = 0; i < 300; i++) {
			int64_t from = cr_suite_now();

			expect_code(cr_ask(fast, &point), 0);
			if (cr_suite_now() - from > most)
				most = cr_suite_now() - from;
		}
		printf("slowest of 300 beside stuck clients: %d ms\n",
		    (int)most);
		ck_assert_int_lt(most, cr_suite_seconds(1) * 1000);
		expect_code(cr_ask(fast, &all), 0);
		for (size_t i = 0; i < COUNT(stuck); i++)
			cr_conn_close(stuck[i]);
	}
END_TEST

/* They go on where they were when they read again. */
START_TEST(stuck_client_reads_again)
	{
		struct cr_conn *conn =
		    cr_conn_open_narrow(server, "root", NARROW);
		int ids[3];

		for (int i = 0; i < 3; i++)
			ids[i] = cr_conn_send(conn, i == 1 ? &part : &all);
		until_still();
		for (int i = 0, done = 0; done < 3; i++) {
			struct cr_pdu pdu;

			ck_assert(cr_conn_read(conn, &pdu));
			ck_assert_int_ge(pdu.id, ids[0]);
			done += pdu.op == LDAP_RES_SEARCH_RESULT;
			ck_assert(done < 3 ||
			    i + 1 == 2 * CUSTOMER_COUNT + 1000 + 3);
		}
	}
END_TEST

/* 0: slapd's own thread waits for the socket; 1: the search has ended. */
START_TEST(write_timeout)
	{
		unsigned before = sockets();
		int64_t from = cr_suite_now(), deadline;
		struct cr_conn *conn =
		    cr_conn_open_narrow(server, "aino", NARROW);

		ck_assert_uint_eq(sockets(), before + 1);
		(void)cr_conn_send(conn, _i ? &part : &all);
		(void)cr_conn_send(conn, _i ? &part : &all);
		deadline = from + cr_suite_seconds(TIMEOUT_S + 6) * 1000;
		while (sockets() > before)
			ck_assert_msg(cr_suite_again(deadline),
			    "is not closed");
		ck_assert_int_ge(cr_suite_now() - from, TIMEOUT_S * 1000 - 500);
		cr_server_alive(server);
	}
END_TEST

/* It takes far longer than the write timeout, and is never stuck. */
START_TEST(slow_reader_is_no_stuck_one)
	{
		struct cr_conn *conn =
		    cr_conn_open_narrow(server, "root", NARROW);
		int64_t from = cr_suite_now();
		struct cr_pdu pdu;
		unsigned count = 0;

		(void)cr_conn_send(conn, &all);
		do {
			ck_assert_msg(cr_conn_read(conn, &pdu),
			    "closed after %u entries, %d ms", count,
			    (int)(cr_suite_now() - from));
			count++;
			if (count % 2 == 0)
				(void)cr_suite_again(INT64_MAX);
		} while (pdu.op != LDAP_RES_SEARCH_RESULT);
		ck_assert_uint_eq(count, CUSTOMER_COUNT + 1);
		ck_assert_int_gt(cr_suite_now() - from, 2 * TIMEOUT_S * 1000);
	}
END_TEST

/* ---- much at once ----------------------------------------------------------- */

struct sent {
	enum cr_kind kind;
	unsigned entries;
	bool answered;
};

static void
take_one(struct cr_conn *conn, struct sent *sent, int first)
{
	struct cr_pdu pdu;
	struct sent *of;

	ck_assert(cr_conn_read(conn, &pdu));
	of = &sent[pdu.id - first];
	ck_assert_msg(!of->answered, "more after the answer of %d", pdu.id);
	if (pdu.op == LDAP_RES_SEARCH_ENTRY) {
		of->entries++;
		return;
	}
	of->answered = true;
	ck_assert_uint_eq(pdu.op,
	    of->kind == CR_SEARCH	? LDAP_RES_SEARCH_RESULT
		: of->kind == CR_MODIFY ? LDAP_RES_MODIFY
					: LDAP_RES_COMPARE);
	ck_assert(of->kind != CR_SEARCH || of->entries > 0);
}

static struct cr_request
mixed(unsigned n, unsigned client)
{
	static const char *const dns[] = { C(10001), C(10003), C(10004),
		C(10007) };
	struct cr_request request = { .dn = dns[n % 4] };

	switch (n % 7) {
	case 0:
		request = part;
		request.size = 0;
		request.filter = "(l=Tampere)";
		break;
	case 1:
	case 4:
		request.kind = CR_COMPARE;
		request.attr = "uid";
		request.value = "c10001";
		break;
	case 2:
		request.kind = CR_MODIFY;
		request.lines[0] =
		    cr_keep_text("=title: kierros %u %u", client, n);
		request.controls[0] =
		    (struct cr_control){ CTL_POST_READ, .arg = "title cn" };
		break;
	default: break;
	}
	return request;
}

/* Two clients, thousands of requests ahead of their answers. */
START_TEST(all_get_their_answers)
	{
		enum { EACH = 2000, AHEAD = 60 };
		static struct sent sent[2][EACH];
		struct cr_conn *conns[2];
		int first[2] = { 0 };
		unsigned done[2] = { 0 };

		for (int c = 0; c < 2; c++)
			conns[c] = cr_conn_open(server, c ? "root" : "aino");
		for (unsigned n = 0; n < EACH; n++) {
			for (unsigned c = 0; c < 2; c++) {
				struct cr_request request = mixed(n + c, c);
				int id = cr_conn_send(conns[c], &request);

				if (n == 0)
					first[c] = id;
				sent[c][n].kind = request.kind;
				while (n + 1 - done[c] > AHEAD ||
				    (n == EACH - 1 && done[c] < EACH)) {
					take_one(conns[c], sent[c], first[c]);
					for (; done[c] <= n &&
					     sent[c][done[c]].answered;)
						done[c]++;
				}
			}
		}
		ck_assert_uint_eq(done[0] + done[1], 2 * EACH);
	}
END_TEST

/* ---- big ones, and the size that is joined ----------------------------------- */

static char *
long_value(size_t len)
{
	char *line = cr_keep(len + 16);
	size_t at = (size_t)sprintf(line, "=description: ");

	for (size_t i = 0; i < len; i++)
		line[at + i] = (char)('a' + (i * 7 + i / 1000) % 26);
	return line;
}

static void
check_value(struct cr_conn *conn, size_t len)
{
	char *line = long_value(len);
	struct cr_answer *answer;
	const char *value;

	ck_assert_int_eq(cr_change(conn, C(10001), line, NULL), 0);
	answer = cr_look(conn, C(10001), BASE, NULL, "description");
	expect_code(answer, 0);
	value = cr_entry_value(answer->entries, "description");
	ck_assert_ptr_nonnull(value);
	ck_assert_msg(strcmp(value, strchr(line, ' ') + 1) == 0,
	    "a value of %zu bytes is another one", len);
}

START_TEST(big_entries_are_whole)
	{
		struct cr_conn *conn = cr_conn_open_narrow(server, "root",
		    _i ? NARROW : 0);

		check_value(conn, 1 << 20);
		check_value(conn, 3 << 20);
		ck_assert_int_eq(cr_change(conn, C(10001), "-description",
				     NULL),
		    0);
		expect_code(cr_ask(conn, &point), 0);
	}
END_TEST

/* Answers of sizes around what is joined into one write. */
START_TEST(boundaries_of_what_is_joined)
	{
		struct cr_conn *conn = cr_conn_open(server, "root");

		for (size_t len = 65536 - 140; len < 65536 + 4; len += 3)
			check_value(conn, len);
		ck_assert_int_eq(cr_change(conn, C(10001), "-description",
				     NULL),
		    0);
	}
END_TEST

/* ---- settings ----------------------------------------------------------------- */

#define GUARD "olcOverlay={0}custreg,olcDatabase={1}mdb,cn=config"

START_TEST(settings_change_under_load)
	{
		static const char *const changes[] = {
			"=olcCrLogBarrier: off", "=olcCrLogBarrier: on",
			"=olcCrLogDurability: flush",
			"=olcCrLogBarrier: off", "=olcCrLogDurability: fsync",
			"=olcCrLogBarrier: on" };
		enum { EACH = 120 };
		struct cr_conn *config = cr_conn_open(server, "config");
		struct cr_conn *conn = cr_conn_open(server, "aino");

		for (size_t i = 0; i < 3 * COUNT(changes); i++) {
			static struct sent sent[EACH];
			struct cr_request change = { .kind = CR_MODIFY,
				.dn = GUARD,
				.lines = { changes[i % COUNT(changes)] } };
			int first = 0, config_id = 0;

			memset(sent, 0, sizeof(sent));
			for (unsigned n = 0; n < EACH; n++) {
				struct cr_request request = mixed(3 + n % 2, 0);
				int id;

				if (n % 20 == 0)
					request = part;
				id = cr_conn_send(conn, &request);
				if (n == 0)
					first = id;
				sent[n].kind = request.kind;
				if (n == EACH / 2)
					config_id =
					    cr_conn_send(config, &change);
			}
			for (unsigned n = 0; n < EACH; n++) {
				while (!sent[n].answered)
					take_one(conn, sent, first);
			}
			expect_code(cr_conn_wait(config, config_id), 0);
		}
		expect_code(cr_ask(conn, &all), 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *stuck = cr_suite_case(suite, "stuck", start, stop);
	TCase *timeout =
	    cr_suite_case(suite, "timeout", start_strict, stop);
	TCase *much = cr_suite_case(suite, "much", start, stop);

	tcase_set_timeout(much, (double)cr_suite_seconds(180));
	tcase_add_test(stuck, memory_is_bounded);
	tcase_add_test(stuck, fast_beside_stuck);
	tcase_add_test(stuck, stuck_client_reads_again);
	tcase_add_loop_test(timeout, write_timeout, 0, 2);
	tcase_add_test(timeout, slow_reader_is_no_stuck_one);
	tcase_add_test(much, all_get_their_answers);
	tcase_add_loop_test(much, big_entries_are_whole, 0, 2);
	tcase_add_test(much, boundaries_of_what_is_joined);
	tcase_add_test(much, settings_change_under_load);
}

int
main(void)
{
	return cr_suite_run("barrier_load", fill);
}
