#include "unit/suite.h"

#include <stdio.h>

#include "unit/index_dir.h"

static struct index_dir dir;

static void
make(void)
{
	index_dir_make(&dir);
	index_dir_open(&dir);
}

static void
clear(void)
{
	index_dir_remove(&dir);
}

START_TEST(an_empty_log_answers_nothing)
{
	index_dir_check(&dir);
	ck_assert_uint_eq(cr_index_behind(dir.index), 0);
}
END_TEST

/* Commits of every size, so that there are runs of every size. */
START_TEST(answers_are_those_of_a_look_at_every_leaf)
{
	for (unsigned i = 0; i < 60; i++) {
		index_dir_append(&dir, 1 + index_dir_draw(&dir,
		    i % 4 == 0 ? 200 : 5));
		index_dir_commit(&dir);
		if (i % 10 == 3)
			index_dir_check(&dir);
	}
	index_dir_check(&dir);
}
END_TEST

START_TEST(what_is_not_in_the_index_yet_is_found_too)
{
	index_dir_append(&dir, 300);
	index_dir_commit(&dir);
	cr_index_close(&dir.index);
	index_dir_append(&dir, 700);
	index_dir_commit(&dir);
	index_dir_open(&dir);
	ck_assert_uint_eq(cr_index_behind(dir.index), 700);
	index_dir_check(&dir);
	ck_assert_uint_eq(cr_index_behind(dir.index), 700);
}
END_TEST

START_TEST(an_index_that_is_far_behind_does_not_answer)
{
	struct cr_query query;

	cr_index_close(&dir.index);
	dir.listing = 1;
	index_dir_append(&dir, 66000);
	index_dir_commit(&dir);
	index_dir_open(&dir);
	cr_query_init(&query);
	ck_assert_int_eq(index_dir_ask(&dir, &query, 0), CR_ESTALE);
	index_dir_catch_up(&dir);
	ck_assert_int_eq(index_dir_ask(&dir, &query, 0), CR_OK);
}
END_TEST

static int
stop_at_third(void *arg, const struct cr_hit *hit)
{
	unsigned *seen = arg;

	(void)hit;
	return ++*seen == 3 ? 42 : 0;
}

START_TEST(whoever_asks_can_end_it)
{
	struct cr_log_fault fault;
	struct cr_query query;
	unsigned seen = 0;
	uint64_t next = 0;

	index_dir_append(&dir, 100);
	index_dir_commit(&dir);
	cr_query_init(&query);
	ck_assert_int_eq(cr_query_run(dir.index, &query, stop_at_third, &seen,
	    &next, &fault), 42);
	ck_assert_uint_eq(seen, 3);
	ck_assert_uint_ge(next, 3);
	ck_assert_uint_le(next, 6);
}
END_TEST

START_TEST(a_budget_is_what_is_looked_at)
{
	struct cr_log_fault fault;
	struct cr_query query;
	unsigned seen = 0;
	uint64_t next = 0;

	index_dir_append(&dir, 600);
	index_dir_commit(&dir);
	cr_query_init(&query);
	query.type = CR_LEAF_READLOG;
	query.budget = 123;
	ck_assert_int_eq(cr_query_run(dir.index, &query, stop_at_third, &seen,
	    &next, &fault), CR_OK);
	ck_assert_uint_eq(next, 123);
	ck_assert_uint_eq(seen, 0);
}
END_TEST

START_TEST(a_log_that_cannot_be_read_is_an_error)
{
	struct cr_log_fault fault;
	struct cr_query query;
	unsigned seen = 0;
	uint64_t next = 0;
	char path[128];

	index_dir_append(&dir, 600);
	index_dir_commit(&dir);
	snprintf(path, sizeof(path), "%s/tile/entries/001", dir.path);
	ck_assert_int_eq(remove(path), 0);
	cr_query_init(&query);
	ck_assert_int_ne(cr_query_run(dir.index, &query, stop_at_third, &seen,
	    &next, &fault), CR_OK);
	query.type = CR_LEAF_READLOG;
	ck_assert_int_eq(cr_query_run(dir.index, &query, stop_at_third, &seen,
	    &next, &fault), CR_EVERIFY);
	ck_assert_uint_eq(fault.kind, CR_FAULT_MISSING);
}
END_TEST

static void
forget_below(uint64_t minimum)
{
	dir.log.minimum = minimum;
	index_dir_catch_up(&dir);
	index_dir_check(&dir);
}

START_TEST(what_was_pruned_is_not_answered)
{
	struct cr_index_counters before;
	struct cr_index_counters after;

	for (unsigned i = 0; i < 20; i++) {
		index_dir_append(&dir, 100);
		index_dir_commit(&dir);
	}
	ck_assert_int_eq(cr_index_counters(dir.index, &before), CR_OK);
	forget_below(250);
	forget_below(1900);
	ck_assert_int_eq(cr_index_counters(dir.index, &after), CR_OK);
	ck_assert_uint_lt(after.records, before.records / 2);
	forget_below(2000);
	index_dir_append(&dir, 100);
	index_dir_commit(&dir);
	index_dir_check(&dir);
	index_dir_open(&dir);
	ck_assert_uint_eq(cr_index_resets(dir.index), 0);
	index_dir_check(&dir);
}
END_TEST

START_TEST(what_was_pruned_before_it_was_indexed_is_passed_over)
{
	cr_index_close(&dir.index);
	index_dir_append(&dir, 1000);
	index_dir_commit(&dir);
	dir.log.minimum = 700;
	index_dir_open(&dir);
	index_dir_catch_up(&dir);
	index_dir_check(&dir);
	index_dir_open(&dir);
	ck_assert_uint_eq(cr_index_resets(dir.index), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query");
	TCase *tcase = tcase_create("query");

	tcase_add_checked_fixture(tcase, make, clear);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, an_empty_log_answers_nothing);
	tcase_add_test(tcase, answers_are_those_of_a_look_at_every_leaf);
	tcase_add_test(tcase, what_is_not_in_the_index_yet_is_found_too);
	tcase_add_test(tcase, an_index_that_is_far_behind_does_not_answer);
	tcase_add_test(tcase, whoever_asks_can_end_it);
	tcase_add_test(tcase, a_budget_is_what_is_looked_at);
	tcase_add_test(tcase, a_log_that_cannot_be_read_is_an_error);
	tcase_add_test(tcase, what_was_pruned_is_not_answered);
	tcase_add_test(tcase,
	    what_was_pruned_before_it_was_indexed_is_passed_over);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
