/*
 * An erasure whose slapd dies at its first durable write, then at the second
 * of another one, and so on until one is done before slapd would die: at
 * every step clients see all of the person or nothing, after a restart
 * nothing of them is left, and nobody else is touched.
 */
#include "crash/people.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_EACH = 4, STEPS_MOST = 200 };

#define SETUP                                               \
	.customers = 10, .bare = true, .shim = true,        \
	.limits = "index crCustomerNumber,crKeyedHash eq\n" \
		  "limits * size=unlimited",                \
	.custreg = CR_PEOPLE_CUSTREG

static struct cr_setup plain = { SETUP, .shim_all = true };
static struct cr_setup logged = { SETUP, .shim_all = true,
	.modules = "accesslog", .databases = CR_PEOPLE_ACCESSLOG_DATABASE,
	.below = CR_PEOPLE_ACCESSLOG_OVERLAY };
static struct cr_setup read_log = { SETUP };

static const struct {
	const char *name;
	struct cr_setup *setup;
	unsigned people; /* a third of them is of the kind */
	enum cr_person_kind kind;
	bool accesslog;
	bool commits; /* of the databases; else all writes of the read log */
} walks[] = {
	{ "whole", &plain, 90, CR_PERSON_FREE, false, true },
	{ "named", &plain, 90, CR_PERSON_NAMED, false, true },
	{ "named, accesslog", &logged, 180, CR_PERSON_NAMED, true, true },
	{ "held", &plain, 90, CR_PERSON_HELD, false, true },
	{ "held, accesslog", &logged, 180, CR_PERSON_HELD, true, true },
	{ "read log", &read_log, 60, CR_PERSON_FREE, false, false },
};

static void
launch(struct cr_server *server)
{
	int status;

	ck_assert_msg(cr_server_launch(server, &status),
	    "slapd does not start again\n%s",
	    cr_text_of_file(server->log).bytes);
}

/* From now on, the so manieth. */
static void
die_at(const struct cr_server *server, unsigned call)
{
	const char *path = cr_keep_text("%s/die", server->dir);
	const char *fresh = cr_keep_text("%s/die.new", server->dir);
	const char *text = cr_keep_text("%u\n", call);

	cr_text_to_file(fresh, text, strlen(text));
	ck_assert_int_eq(rename(fresh, path), 0);
}

static void
died(struct cr_server *server)
{
	int status;

	ck_assert(cr_server_ended(server, 10000, &status));
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "slapd ended by itself, status %x\n%s", (unsigned)status,
	    cr_text_of_file(server->log).bytes);
}

/* It has done what it had to: now it is killed for the next. */
static bool
lives(struct cr_server *server)
{
	int status;

	if (cr_server_ended(server, 200, &status))
		return false;
	(void)kill(server->pid, SIGKILL);
	died(server);
	return true;
}

/*
 * True when slapd died at the call; it is up again.  Of the read log nobody
 * reads meanwhile: that would be a record of its own.
 */
static bool
step(struct cr_server *server, struct cr_people *people, unsigned person,
    unsigned call, bool commits)
{
	bool done;

	die_at(server, call);
	cr_people_erase(people, person, false);
	done = commits ? cr_people_watch(people, person)
		       : cr_people_answered(people);
	if (done)
		done = lives(server);
	else
		died(server);
	(void)unlink(cr_keep_text("%s/die", server->dir));
	launch(server);
	cr_people_connect(people);
	cr_people_settle(people, person);
	return !done;
}

START_TEST(killed_at_each_step)
	{
		struct cr_server *server;
		struct cr_people *people;
		unsigned person = walks[_i].kind, call = 0;
		struct cr_people_counts counts;
		bool dead = true;

		walks[_i].setup->ldif =
		    cr_people_ldif(walks[_i].people, CHILDREN_EACH);
		server = cr_server_make(walks[_i].setup);
		people = cr_people_new(server, walks[_i].accesslog);
		setenv("CR_CRASH_KEEP", "1", 1);
		if (walks[_i].commits)
			setenv("CR_CRASH_COMMITS", "1", 1);
		launch(server);
		cr_people_connect(people);
		while (dead) {
			ck_assert_uint_lt(++call, STEPS_MOST);
			cr_people_before(people, person);
			dead = step(server, people, person, call,
			    walks[_i].commits);
			if (cr_people_check(people, person))
				person += 3;
			ck_assert_uint_lt(person, walks[_i].people);
		}
		cr_people_check_log(people);
		counts = cr_people_counts(people);
		printf("%s: died at each of %u writes; %u erased, %u "
		       "untouched; clients saw all %u times, %u cut short, "
		       "nothing %u, what is kept %u\n",
		    walks[_i].name, call - 1, counts.erased, counts.untouched,
		    counts.whole, counts.cut, counts.none, counts.late);
		/* it would not have been seen otherwise */
		ck_assert_uint_gt(call, walks[_i].commits ? 8 : 2);
		ck_assert_uint_gt(counts.none, 0);
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "steps", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(120));
	tcase_add_loop_test(tc, killed_at_each_step, 0, (int)COUNT(walks));
}

int
main(void)
{
	return cr_suite_run("erase_steps", fill);
}
