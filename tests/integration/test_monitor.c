/*
 * The read log in cn=monitor.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#define MONITOR "database monitor\naccess to * by * read\n"
#define WANTED "crLogRecords crLogCheckpointSize crLogCheckpointTime "    \
	       "crLogRefused crLogFailed crLogFreeBytes crLogReserveBytes " \
	       "crLogState objectClass"

static const struct cr_setup before = { .customers = 10,
	.databases = MONITOR };
static const struct cr_setup after = { .customers = 10, .later = MONITOR };
static const struct cr_setup tree = { .customers = 10,
	.config_tree = true,
	.later = MONITOR };
static const struct cr_setup without = { .customers = 10,
	.no_log = true,
	.later = MONITOR };
static const struct cr_setup quiet = { .customers = 10,
	.limits = "monitoring off",
	.later = MONITOR };
static struct cr_server *server;

static void
start_before(void)
{
	server = cr_server_start(&before);
}

static void
start_after(void)
{
	server = cr_server_start(&after);
}

static void
start_tree(void)
{
	server = cr_server_start(&tree);
}

static void
start_without(void)
{
	server = cr_server_start(&without);
}

static void
start_quiet(void)
{
	server = cr_server_start(&quiet);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static struct cr_answer *
look(void)
{
	struct cr_conn *conn = cr_conn_open(server, "dpo");
	struct cr_answer *answer = cr_look(conn, "cn=Databases,cn=Monitor",
	    SUB, "(objectClass=crLogMonitor)", WANTED);

	cr_conn_close(conn);
	expect_code(answer, 0);
	return answer;
}

static long
number(const struct cr_answer *answer, const char *name)
{
	const char *text = cr_entry_value(answer->entries, name);

	ck_assert_msg(text != NULL, "no %s in\n%s", name, answer->all.bytes);
	return strtol(text, NULL, 10);
}

START_TEST(counts_what_is_read)
	{
		struct cr_answer *answer = look();
		int64_t deadline = cr_suite_now() +
		    1000 * cr_suite_seconds(10);
		long records, size;

		ck_assert_uint_eq(answer->entry_count, 1);
		records = number(answer, "crLogRecords");
		size = number(answer, "crLogCheckpointSize");
		ck_assert_int_eq(number(answer, "crLogRefused"), 0);
		ck_assert_int_eq(number(answer, "crLogFailed"), 0);
		ck_assert_int_gt(number(answer, "crLogFreeBytes"), 0);
		ck_assert(cr_entry_has(answer->entries, "crLogState", "ok"));
		cr_look(cr_conn_open(server, "mikko"), C(10001), BASE, NULL,
		    NULL);
		answer = look();
		ck_assert_int_eq(number(answer, "crLogRecords"), records + 1);
		/* the checkpoint follows */
		while (number(answer, "crLogCheckpointSize") <= size &&
		    cr_suite_again(deadline))
			answer = look();
		ck_assert_int_ge(number(answer, "crLogCheckpointSize"),
		    records + 1);
		ck_assert_ptr_nonnull(
		    cr_entry_attr(answer->entries, "crLogCheckpointTime"));
		/* the reserve is made in the background */
		while (number(answer, "crLogReserveBytes") == 0 &&
		    cr_suite_again(deadline))
			answer = look();
		ck_assert_int_eq(number(answer, "crLogReserveBytes"),
		    16 << 20);
	}
END_TEST

START_TEST(no_log_no_records)
	{
		struct cr_answer *answer = look();

		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert(cr_entry_has(answer->entries, "crLogState",
		    "closed"));
		ck_assert_int_eq(number(answer, "crLogRecords"), 0);
	}
END_TEST

START_TEST(not_where_it_is_switched_off)
	{
		ck_assert_uint_eq(look()->entry_count, 0);
	}
END_TEST

/* A directory taken away and given back, while others look. */
START_TEST(changes_live)
	{
		struct cr_conn *config = cr_conn_open(server, "config");
		struct cr_answer *answer = cr_look(config, "cn=config", SUB,
		    "(objectClass=olcCustregConfig)", "olcCrLogDirectory");
		const char *dn = answer->entries->dn;
		const char *dir = cr_entry_value(answer->entries,
		    "olcCrLogDirectory");

		ck_assert_int_eq(cr_change(config, dn, "-olcCrLogDirectory",
				     NULL),
		    0);
		ck_assert(cr_entry_has(look()->entries, "crLogState",
		    "closed"));
		ck_assert_int_eq(cr_change(config, dn,
				     cr_keep_text("+olcCrLogDirectory: %s",
					 dir), NULL),
		    0);
		ck_assert(cr_entry_has(look()->entries, "crLogState", "ok"));
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc;

	tc = cr_suite_case(suite, "monitor first", start_before, stop);
	tcase_add_test(tc, counts_what_is_read);
	tc = cr_suite_case(suite, "monitor last", start_after, stop);
	tcase_add_test(tc, counts_what_is_read);
	tc = cr_suite_case(suite, "config tree", start_tree, stop);
	tcase_add_test(tc, counts_what_is_read);
	tcase_add_test(tc, changes_live);
	tc = cr_suite_case(suite, "no log", start_without, stop);
	tcase_add_test(tc, no_log_no_records);
	tc = cr_suite_case(suite, "monitoring off", start_quiet, stop);
	tcase_add_test(tc, not_where_it_is_switched_off);
}

int
main(void)
{
	return cr_suite_run("monitor", fill);
}
