/*
 * Rounds of erasures whose slapd is killed at a random moment while others
 * write, the same person is erased twice, or cn=config is changed; and whose
 * disk then loses what was not synced.
 *
 * ERASE_ROUNDS=300 ERASE_SEED=7 make it longer, or repeat it (make crash).
 */
#include "crash/people.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN_EACH = 4, LATEST_US = 12000, LAST_CALL = 90, WRITES = 12 };

#define WRITTEN C(10003)
#define COMMON                                              \
	.customers = 10, .bare = true, .modules = "accesslog", \
	.databases = CR_PEOPLE_ACCESSLOG_DATABASE,          \
	.below = CR_PEOPLE_ACCESSLOG_OVERLAY,               \
	.custreg = CR_PEOPLE_CUSTREG
#define LIMITS "index crCustomerNumber,crKeyedHash eq\nlimits * size=unlimited"

static struct cr_setup plain = { COMMON, .limits = LIMITS };
static struct cr_setup tree = { COMMON, .limits = LIMITS,
	.config_tree = true };
/* the database of the accesslog stays unsynced: it is not the promise */
static struct cr_setup synced = { .customers = 10, .bare = true,
	.shim = true, .shim_all = true, .custreg = CR_PEOPLE_CUSTREG,
	.limits = "dbnosync off\n" LIMITS };

static const struct {
	const char *name;
	struct cr_setup *setup;
	unsigned percent;
	bool accesslog, power, twice, config;
} table[] = {
	{ "killed", &plain, 40, true, false, false, false },
	{ "power failure", &synced, 30, false, true, false, false },
	{ "erased twice", &plain, 15, true, false, true, false },
	{ "cn=config changed", &tree, 15, true, false, false, true },
};

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? (unsigned)strtoul(text, NULL, 10)
					     : otherwise;
}

static void
launch(struct cr_server *server)
{
	int status;

	ck_assert_msg(cr_server_launch(server, &status),
	    "slapd does not start again\n%.1500s",
	    cr_text_of_file(server->log).bytes);
}

/* They are not waited for: slapd dies meanwhile. */
static void
disturb(struct cr_server *server, bool config)
{
	struct cr_conn *writer = cr_conn_open(server, "registrar");
	struct cr_conn *settings =
	    config ? cr_conn_open(server, "config") : NULL;

	for (unsigned i = 0; i < WRITES; i++) {
		const struct cr_request change = { .kind = CR_MODIFY,
			.dn = WRITTEN,
			.lines = { cr_keep_text("=description: %u", i) } };
		const struct cr_request setting = { .kind = CR_MODIFY,
			.dn = "cn=config",
			.lines = { cr_keep_text("=olcSizeLimit: %u",
			    1000 + i) } };

		(void)cr_conn_send(writer, &change);
		if (settings != NULL)
			(void)cr_conn_send(settings, &setting);
	}
}

static void
kill_at_some_time(struct cr_server *server, struct cr_people *people,
    unsigned person)
{
	const struct timespec moment = { 0, 1000 * (random() % LATEST_US) };

	if (random() % 2 == 0)
		(void)cr_people_watch(people, person);
	else
		nanosleep(&moment, NULL);
	(void)kill(server->pid, SIGKILL);
}

/* At a write or a sync of it, of whatever file. */
static void
fail_power(struct cr_server *server, struct cr_people *people,
    unsigned person)
{
	const char *die = cr_keep_text("%s/die", server->dir);

	if (cr_people_watch(people, person))
		(void)kill(server->pid, SIGKILL);
	(void)unlink(die);
}

static void
power_will_fail(const struct cr_server *server)
{
	const char *fresh = cr_keep_text("%s/die.new", server->dir);
	const char *text = cr_keep_text("%ld\n", 1 + random() % LAST_CALL);

	setenv("CR_CRASH_SEED", cr_keep_text("%ld", 1 + random()), 1);
	cr_text_to_file(fresh, text, strlen(text));
	ck_assert_int_eq(rename(fresh, cr_keep_text("%s/die", server->dir)),
	    0);
}

static void
round_of(int row, struct cr_server *server, struct cr_people *people,
    unsigned person)
{
	int status;

	cr_people_before(people, person);
	if (table[row].power)
		power_will_fail(server);
	else
		disturb(server, table[row].config);
	cr_people_erase(people, person, table[row].twice);
	if (table[row].power)
		fail_power(server, people, person);
	else
		kill_at_some_time(server, people, person);
	ck_assert(cr_server_ended(server, 10000, &status));
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "slapd ended by itself, status %x", (unsigned)status);
	launch(server);
	cr_people_connect(people);
	cr_people_settle(people, person);
}

START_TEST(nobody_is_left_by_halves)
	{
		unsigned rounds =
		    (number_of("ERASE_ROUNDS", 20) * table[_i].percent + 99) /
		    100;
		unsigned seed = number_of("ERASE_SEED", 4), person = 0;
		struct cr_people_counts counts;
		struct cr_server *server;
		struct cr_people *people;

		srandom(seed * 16 + (unsigned)_i);
		table[_i].setup->ldif =
		    cr_people_ldif(3 * (rounds + 2) / 2 + 3, CHILDREN_EACH);
		server = cr_server_make(table[_i].setup);
		people = cr_people_new(server, table[_i].accesslog);
		cr_people_except(people, WRITTEN);
		launch(server);
		cr_people_connect(people);
		for (unsigned i = 0; i < rounds; i++) {
			round_of(_i, server, people, person);
			if (cr_people_check(people, person))
				person++;
		}
		cr_people_check_log(people);
		cr_server_stop(server);
		counts = cr_people_counts(people);
		printf("%-18s seed %u: %3u kills, %3u erased, %2u untouched; "
		       "seen: all %u, cut short %u, nothing %u\n",
		    table[_i].name, seed, rounds, counts.erased,
		    counts.untouched, counts.whole, counts.cut, counts.none);
		ck_assert_uint_gt(counts.erased, 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "crash", NULL, NULL);

	tcase_set_timeout(tc,
	    cr_suite_seconds(getenv("ERASE_ROUNDS") != NULL ? 1800 : 120));
	tcase_add_loop_test(tc, nobody_is_left_by_halves, 0,
	    (int)COUNT(table));
}

int
main(void)
{
	return cr_suite_run("erase_crash", fill);
}
