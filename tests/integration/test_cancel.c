/*
 * Cancel (RFC 3909) of a search whose base is not there or hidden, at the
 * worst moment: every operation has its answer, and slapd goes on.
 */
#include "crash/load.h"

static const struct cr_setup plain = { .customers = 10 };

START_TEST(cancelled_at_what_is_absent)
	{
		static const struct cr_load_kind kinds[] = {
			{ "crm", { .dn = C(10002), .attrs = "cn" }, 1 },
			{ "mikko", { .dn = C(10006) }, 1 },
			{ "mikko", { .dn = C(99999) }, 1 },
			{ "aino",
			    { .kind = CR_COMPARE,
				.dn = C(10006),
				.attr = "uid",
				.value = "c10006" },
			    1 },
		};
		struct cr_server *server = cr_server_start(&plain);
		struct cr_load_settings settings = { .kinds = kinds,
			.kind_count = COUNT(kinds),
			.connections = 16,
			.depth = 8,
			.each = 2000,
			.seed = 1,
			.again = true,
			.chances = { .cancel = 2 } };
		struct cr_load *load = cr_load_begin(server, &settings, 0);

		ck_assert(cr_load_go(load, 6000));
		cr_load_finish(load, cr_suite_seconds(20) * 1000);
		ck_assert_uint_gt(cr_load_counts(load)->interruptions, 100);
		ck_assert_uint_eq(cr_load_unanswered(load), 0);
		cr_load_end(&load);
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "cancel", NULL, NULL);

	tcase_add_test(tc, cancelled_at_what_is_absent);
}

int
main(void)
{
	return cr_suite_run("cancel", fill);
}
