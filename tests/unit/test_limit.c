#include "unit/suite.h"

#include "core/limit.h"

enum { TRIES = 3, INTERVAL = 1000 };

static struct cr_limit *limit;

static void
setup(void)
{
	ck_assert_int_eq(cr_limit_new(TRIES, INTERVAL, 64, &limit), CR_OK);
}

static void
teardown(void)
{
	cr_limit_free(&limit);
	ck_assert_ptr_null(limit);
	cr_limit_free(&limit);
	cr_limit_free(NULL);
}

static struct cr_hash
reader(unsigned number)
{
	struct cr_hash hash;

	cr_sha256((struct cr_slice){ (const char *)&number, sizeof(number) },
	    &hash);
	return hash;
}

static bool
is_open(unsigned number, int64_t now)
{
	struct cr_hash hash = reader(number);

	return cr_limit_is_open(limit, &hash, now);
}

static void
draw(unsigned number, int64_t now)
{
	struct cr_hash hash = reader(number);

	cr_limit_draw(limit, &hash, now);
}

START_TEST(numbers_that_make_no_limit)
{
	struct cr_limit *other = NULL;

	ck_assert_int_eq(cr_limit_new(0, 1, 1, &other), CR_ELIMIT);
	ck_assert_int_eq(cr_limit_new(1, 0, 1, &other), CR_ELIMIT);
	ck_assert_int_eq(cr_limit_new(1, 1, 0, &other), CR_ELIMIT);
	ck_assert_int_eq(cr_limit_new(1, -1, 1, &other), CR_ELIMIT);
	ck_assert_int_eq(cr_limit_new(1000001, 1, 1, &other), CR_ELIMIT);
	ck_assert_int_eq(cr_limit_new(1, 1, 1000001, &other), CR_ELIMIT);
	ck_assert_int_eq(cr_limit_new(1, INT64_C(86400001), 1, &other),
	    CR_ELIMIT);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(cr_limit_new(1000000, INT64_C(86400000), 1, &other),
	    CR_OK);
	cr_limit_free(&other);
	ck_assert_int_eq(cr_limit_new(CR_LIMIT_TRIES, CR_LIMIT_INTERVAL,
	    CR_LIMIT_READERS, &other), CR_OK);
	cr_limit_free(&other);
}
END_TEST

START_TEST(some_at_once_then_one_by_one)
{
	for (int i = 0; i < TRIES; i++) {
		ck_assert(is_open(1, 5000));
		ck_assert(is_open(1, 5000));	/* asking draws nothing */
		draw(1, 5000);
	}
	ck_assert(!is_open(1, 5000));
	ck_assert(!is_open(1, 5999));
	ck_assert(is_open(1, 6000));
	draw(1, 6000);
	ck_assert(!is_open(1, 6999));
	ck_assert(is_open(1, 7000));
	/* after the whole time all of them are back, and no more */
	for (int i = 0; i < TRIES; i++) {
		ck_assert(is_open(1, 100000));
		draw(1, 100000);
	}
	ck_assert(!is_open(1, 100000));
}
END_TEST

START_TEST(readers_are_apart)
{
	for (int i = 0; i < TRIES; i++)
		draw(1, 0);
	ck_assert(!is_open(1, 0));
	ck_assert(is_open(2, 0));
	draw(2, 0);
	ck_assert(is_open(2, 0));
	ck_assert(!is_open(1, 0));
}
END_TEST

START_TEST(what_was_drawn_too_much_is_paid_back)
{
	for (int i = 0; i < 100; i++)
		draw(1, 0);
	/* twice the whole and no more: 6000 until all are back */
	ck_assert(!is_open(1, 3999));
	ck_assert(is_open(1, 4000));
	draw(1, 4000);
	ck_assert(!is_open(1, 4000));
}
END_TEST

START_TEST(a_clock_that_goes_back)
{
	for (int i = 0; i < TRIES; i++)
		draw(1, INT64_C(1) << 40);
	ck_assert(!is_open(1, -5000));
	ck_assert(!is_open(1, -1001));
	ck_assert(is_open(1, -1000));
	draw(1, -1000);
	ck_assert(!is_open(1, -1000));
}
END_TEST

/* However many they are: nobody gets more than their tries. */
START_TEST(a_full_table_is_shared)
{
	unsigned closed = 0;

	for (unsigned number = 0; number < 1000; number++) {
		unsigned done = 0;

		while (done <= TRIES && is_open(number, 0)) {
			draw(number, 0);
			done++;
		}
		ck_assert_uint_le(done, TRIES);
		closed += !is_open(number, 0);
	}
	ck_assert_uint_eq(closed, 1000);
	/* and all of them are back in time */
	for (unsigned number = 0; number < 1000; number++)
		ck_assert(is_open(number, INT64_C(2) * TRIES * INTERVAL));
}
END_TEST

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* In no span of time more than the tries and one for each interval in it. */
START_TEST(the_rate_holds)
{
	uint32_t state = 99;
	int64_t now = 0, drawn[4] = { 0 };

	for (int i = 0; i < 200000; i++) {
		unsigned number = next_random(&state) % 4;

		now += next_random(&state) % 200;
		if (is_open(number, now)) {
			draw(number, now);
			drawn[number]++;
		}
		ck_assert_int_le(drawn[number], TRIES + now / INTERVAL);
	}
	/* and not much less */
	for (int i = 0; i < 4; i++)
		ck_assert_int_ge(drawn[i], now / INTERVAL * 9 / 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limit");
	TCase *tcase = tcase_create("limit");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, numbers_that_make_no_limit);
	tcase_add_test(tcase, some_at_once_then_one_by_one);
	tcase_add_test(tcase, readers_are_apart);
	tcase_add_test(tcase, what_was_drawn_too_much_is_paid_back);
	tcase_add_test(tcase, a_clock_that_goes_back);
	tcase_add_test(tcase, a_full_table_is_shared);
	tcase_add_test(tcase, the_rate_holds);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
