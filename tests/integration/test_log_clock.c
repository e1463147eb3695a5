/*
 * A wall clock that is put back, far and again: records go on being written,
 * with the times it shows, waits do not depend on it, and the log verifies.
 */
#include "crash/records.h"
#include "crash/rounds.h"

#define DAY 86400

static const struct cr_setup plain = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logReserve 0\ncustreg-logWait 5\n"
		   "custreg-logInterval 100\ncustreg-logRetention 30" };
static const struct cr_setup waits = { .customers = 10,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logReserve 0\ncustreg-logBarrier off" };

struct times {
	int64_t least, most, last;
	unsigned entries, backwards;
};

static void
take(void *arg, uint64_t index, const struct cr_leaf *leaf)
{
	struct times *times = arg;

	(void)index;
	times->entries += (unsigned)leaf->entry_count;
	if (times->least == 0 || leaf->time_ms < times->least)
		times->least = leaf->time_ms;
	if (leaf->time_ms > times->most)
		times->most = leaf->time_ms;
	times->backwards += leaf->time_ms < times->last;
	times->last = leaf->time_ms;
}

START_TEST(clock_that_is_put_back)
	{
		static const int64_t offsets[] = { 0, -3600, 2 * DAY,
			-400 * DAY, 0, -1 };
		int64_t *offset = cr_clock_make();
		struct cr_server *server =
		    cr_server_start(_i ? &waits : &plain);
		struct cr_conn *conn = cr_conn_open(server, "aino");
		struct times times = { 0 };

		for (size_t i = 0; i < COUNT(offsets); i++) {
			int64_t begun = cr_suite_now();

			*offset = offsets[i];
			for (int n = 0; n < 20; n++)
				expect_code(cr_look(conn, C(10001), BASE, NULL,
						"cn"),
				    0);
			ck_assert_int_lt(cr_suite_now() - begun,
			    cr_suite_seconds(4) * 1000);
		}
		*offset = -10 * DAY;
		cr_server_restart(server);
		expect_code(cr_look(cr_conn_open(server, "aino"), C(10001),
				BASE, NULL, "cn"),
		    0);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
		cr_server_stop(server);
		ck_assert_int_eq(cr_rounds_verify(server, NULL), 0);
		(void)cr_records_read(cr_keep_text("%s/log", server->dir), 0,
		    take, &times);
		ck_assert_uint_eq(times.entries, 20 * COUNT(offsets) + 1);
		ck_assert_uint_ge(times.backwards, 3);
		ck_assert_int_gt(times.most - times.least,
		    INT64_C(400) * DAY * 1000);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "clock", NULL, NULL);

	tcase_add_loop_test(tc, clock_that_is_put_back, 0, 2);
}

int
main(void)
{
	return cr_suite_run("log_clock", fill);
}
