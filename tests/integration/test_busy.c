/*
 * Many clients at once while bans and the policy change: what the threads of
 * slapd share. Meant for the builds with sanitizers most of all; the answers
 * are looked at all the same.
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LISTED = 300, SECONDS = 3 };

#define LARGE "cn=large," GROUPS

/* A reader who asks the same over and over. */
struct client {
	const char *who;
	struct cr_request request;
	const char *never; /* is in no answer */
	size_t least; /* so many entries are in each */
};

#define EVERYBODY .dn = CUSTOMERS, .scope = ONE, .attrs = "uid cn mail"

static const struct client clients[] = {
	{ "mikko", { EVERYBODY }, "c10002", 5 },
	{ "mikko", { EVERYBODY, .controls = { { CTL_PAGED, .arg = "100" } } },
	    "c10002", 5 },
	{ "mikko", { .dn = LARGE, .scope = BASE }, "c10002", 1 },
	{ "mikko",
	    { .dn = GROUPS,
		.scope = ONE,
		.filter = "(member=" C(10002) ")",
		.attrs = "cn" },
	    "large", 0 },
	{ "mikko", { .dn = C(10002), .scope = BASE }, "c10002", 0 },
	{ "mikko",
	    { .kind = CR_COMPARE, .dn = C(10002), .attr = "sn", .value = "x" },
	    "c10002", 0 },
	{ "labels", { EVERYBODY }, "c10003", 5 },
	{ "aino", { EVERYBODY }, NULL, 5 },
	{ "registrar", { EVERYBODY }, NULL, LISTED },
	{ "registrar", { .dn = LARGE, .scope = BASE }, NULL, 1 },
};

static struct cr_server *server;

static char *
large_group(void)
{
	struct cr_text ldif = { 0 };

	cr_text_add(&ldif, "dn: %s\nobjectClass: groupOfNames\ncn: large\n",
	    LARGE);
	for (int i = 0; i < LISTED; i++)
		cr_text_add(&ldif, "member: uid=c%d,%s\n", 10001 + i,
		    CUSTOMERS);
	cr_text_add(&ldif, "\n");
	return ldif.bytes;
}

static void
start(void)
{
	static struct cr_setup setup = { .customers = LISTED };

	setup.ldif = large_group();
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	cr_server_stop(server);
}

/* What is wrong with an answer; 0: nothing. */
static int
wrong_with(const struct client *client, const struct cr_answer *answer)
{
	if (answer->closed || answer->code == 51 || answer->code == 52 ||
	    answer->code == 80)
		return 2;
	if (client->never != NULL &&
	    strstr(answer->all.bytes, client->never) != NULL)
		return 3;
	return answer->entry_count < client->least ? 4 : 0;
}

/* Until the time is over, a few questions on each connection. */
static int
keep_asking(const struct client *client, int64_t deadline)
{
	int wrong = 0;

	while (wrong == 0 && cr_suite_now() < deadline) {
		struct cr_conn *conn = cr_conn_open(server, client->who);

		for (int i = 0; i < 10 && wrong == 0; i++)
			wrong =
			    wrong_with(client, cr_ask(conn, &client->request));
		cr_conn_close(conn);
	}
	return wrong;
}

/* A ban holds for the next request of whoever it is against. */
static int
keep_banning(const char *dn, int64_t deadline)
{
	struct cr_conn *keeper = cr_conn_open(server, "registrar");
	struct cr_conn *reader = cr_conn_open(server, "mikko");
	int wrong = 0;

	while (wrong == 0 && cr_suite_now() < deadline) {
		if (cr_change(keeper, dn, "+crMarketingBan: all", NULL) != 0)
			wrong = 5;
		else if (cr_look(reader, dn, BASE, NULL, "uid")->code != 32)
			wrong = 6;
		else if (cr_change(keeper, dn, "-crMarketingBan: all", NULL) !=
		    0)
			wrong = 7;
		else if (cr_look(reader, dn, BASE, NULL, "uid")->code != 0)
			wrong = 8;
	}
	cr_conn_close(keeper);
	cr_conn_close(reader);
	return wrong;
}

static pid_t
in_background(const struct client *client, const char *banned, int64_t deadline)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(client != NULL ? keep_asking(client, deadline)
				     : keep_banning(banned, deadline));
	return pid;
}

START_TEST(all_at_once)
	{
		int64_t deadline =
		    cr_suite_now() + cr_suite_seconds(SECONDS) * 1000;
		struct cr_conn *conn = cr_conn_open(server, "registrar");
		pid_t pids[COUNT(clients) + 2];
		size_t count = 0;

		for (size_t i = 0; i < COUNT(clients); i++)
			pids[count++] =
			    in_background(&clients[i], NULL, deadline);
		pids[count++] = in_background(NULL, C(10001), deadline);
		pids[count++] = in_background(NULL, C(10007), deadline);
		for (int i = 0; cr_suite_now() < deadline; i++)
			ck_assert_int_eq(cr_change(conn, "uid=olli," HANDLERS,
					     i % 2 ? "=crSuspended: TRUE"
						   : "=crSuspended",
					     NULL),
			    0);
		for (size_t i = 0; i < count; i++) {
			int status = 0;

			ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
			ck_assert_msg(WIFEXITED(status) &&
				WEXITSTATUS(status) == 0,
			    "client %zu ended with %d", i, WEXITSTATUS(status));
		}
		cr_server_alive(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "busy", start, stop);

	tcase_add_test(tc, all_at_once);
}

int
main(void)
{
	return cr_suite_run("busy", fill);
}
