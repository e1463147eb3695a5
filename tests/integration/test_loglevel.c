/* A log that would name customers is warned of. */
#include "harness_command.h"

#include <string.h>

#define WARNING "custreg: warning: slapd logs DNs"

static size_t
warnings(const struct cr_server *server)
{
	struct cr_text log = cr_text_of_file(server->log);

	return log.bytes != NULL ? cr_times(log.bytes, WARNING) : 0;
}

START_TEST(warned_at_start_and_when_it_changes)
	{
		static const struct cr_setup setup = { .bare = true,
			.config_tree = true,
			.global = "loglevel none" };
		struct cr_server *server = cr_server_start(&setup);
		struct cr_conn *config = cr_conn_open(server, "config");
		char *log;

		ck_assert_uint_eq(warnings(server), 0);
		ck_assert_int_eq(cr_change(config, "cn=config",
				     "=olcLogLevel: stats2 sync", NULL),
		    0);
		ck_assert_uint_eq(warnings(server), 1);
		log = cr_text_of_file(server->log).bytes;
		ck_assert_ptr_nonnull(strstr(log, "(loglevel stats2 sync)"));
		/* nothing new is told */
		ck_assert_int_eq(cr_change(config, "cn=config",
				     "=olcSizeLimit: 77", NULL),
		    0);
		ck_assert_int_eq(cr_change(config, "cn=config",
				     "=olcLogLevel: stats2 config", NULL),
		    0);
		ck_assert_uint_eq(warnings(server), 1);
		ck_assert_int_eq(cr_change(config, "cn=config",
				     "=olcLogLevel: none", NULL),
		    0);
		ck_assert_int_eq(cr_change(config, "cn=config",
				     "=olcLogLevel: 256", NULL),
		    0);
		ck_assert_uint_eq(warnings(server), 2);
		cr_server_restart(server);
		ck_assert_uint_eq(warnings(server), 3);
		cr_server_stop(server);
	}
END_TEST

/* What slapd does when nothing is set. */
START_TEST(the_default_is_warned_of)
	{
		static const struct cr_setup setup = { .bare = true };
		struct cr_server *server = cr_server_start(&setup);
		char *log = cr_text_of_file(server->log).bytes;

		ck_assert_uint_eq(warnings(server), 1);
		ck_assert_ptr_nonnull(strstr(log, "(loglevel stats)"));
		ck_assert_ptr_nonnull(strstr(log, "set \"loglevel none\""));
		cr_server_stop(server);
	}
END_TEST

static const char *const quiet[] = { "loglevel none", "loglevel config",
	"loglevel 0x8000", "loglevel conns parse" };

START_TEST(others_are_not)
	{
		const struct cr_setup setup = { .bare = true,
			.global = quiet[_i] };
		struct cr_server *server = cr_server_start(&setup);

		ck_assert_uint_eq(warnings(server), 0);
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "loglevel", NULL, NULL);

	tcase_add_test(tc, warned_at_start_and_when_it_changes);
	tcase_add_test(tc, the_default_is_warned_of);
	tcase_add_loop_test(tc, others_are_not, 0, COUNT(quiet));
}

int
main(void)
{
	return cr_suite_run("loglevel", fill);
}
