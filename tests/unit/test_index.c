#include "unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/index_dir.h"
#include "unit/log_dir.h"

#define DATA "index/data.mdb"

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

static void
grow(unsigned commits, size_t leaves)
{
	for (unsigned i = 0; i < commits; i++) {
		index_dir_append(&dir, leaves);
		index_dir_commit(&dir);
	}
}

static struct cr_index_counters
counters(void)
{
	struct cr_index_counters now;

	ck_assert_int_eq(cr_index_counters(dir.index, &now), CR_OK);
	return now;
}

START_TEST(files_are_for_the_owner_alone)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/index", dir.path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/%s", dir.path, DATA);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

/* However often and however little: few runs, nothing lost. */
START_TEST(runs_are_merged)
{
	grow(150, 1);
	ck_assert_uint_le(counters().runs, 20);
	ck_assert_uint_eq(counters().indexed, 150);
	index_dir_check(&dir);
}
END_TEST

START_TEST(an_index_is_found_as_it_was_left)
{
	uint64_t records;

	grow(5, 100);
	records = counters().records;
	index_dir_open(&dir);
	ck_assert_uint_eq(cr_index_resets(dir.index), 0);
	ck_assert_uint_eq(cr_index_behind(dir.index), 0);
	ck_assert_uint_eq(counters().records, records);
	index_dir_check(&dir);
}
END_TEST

START_TEST(an_index_that_is_behind_catches_up)
{
	grow(2, 100);
	cr_index_close(&dir.index);
	grow(2, 1000);
	index_dir_open(&dir);
	ck_assert_uint_eq(cr_index_resets(dir.index), 0);
	ck_assert_uint_eq(cr_index_behind(dir.index), 2000);
	index_dir_catch_up(&dir);
	ck_assert_uint_eq(counters().indexed, 2200);
	index_dir_check(&dir);
}
END_TEST

/* Leaves that were not told, told twice, or told too early. */
START_TEST(what_was_not_told_is_read_from_the_log)
{
	struct cr_index *index = dir.index;

	grow(1, 100);
	dir.index = NULL;
	index_dir_append(&dir, 50);
	dir.index = index;
	index_dir_append(&dir, 50);
	index_dir_commit(&dir);
	ck_assert_uint_eq(counters().indexed, 200);
	cr_index_add(index, 100, 2, CR_SLICE_LITERAL("again"));
	index_dir_commit(&dir);
	/* in the tree's memory only */
	index_dir_append(&dir, 10);
	index_dir_catch_up(&dir);
	ck_assert_uint_eq(counters().indexed, 200);
	index_dir_commit(&dir);
	ck_assert_uint_eq(counters().indexed, 210);
	index_dir_check(&dir);
}
END_TEST

static void
expect_made_anew(void)
{
	index_dir_open(&dir);
	ck_assert_uint_eq(cr_index_resets(dir.index), 1);
	index_dir_catch_up(&dir);
	ck_assert_uint_eq(counters().indexed, dir.log.size);
	index_dir_check(&dir);
}

START_TEST(an_index_of_another_log_is_made_anew)
{
	struct index_dir other;
	char *bytes;
	size_t len;

	grow(3, 100);
	cr_index_close(&dir.index);
	index_dir_make(&other);
	other.state = 5;
	index_dir_open(&other);
	index_dir_append(&other, 200 + (_i == 0 ? 0 : 100 * (size_t)_i));
	index_dir_commit(&other);
	cr_index_close(&other.index);
	bytes = log_dir_read(other.path, DATA, &len);
	log_dir_write(dir.path, DATA, bytes, len);
	free(bytes);
	index_dir_remove(&other);
	/* smaller than the log, as large, larger */
	expect_made_anew();
}
END_TEST

START_TEST(an_index_without_its_file_is_made_anew)
{
	char path[128];

	grow(3, 100);
	cr_index_close(&dir.index);
	snprintf(path, sizeof(path), "%s/%s", dir.path, DATA);
	ck_assert_int_eq(unlink(path), 0);
	index_dir_open(&dir);
	index_dir_catch_up(&dir);
	index_dir_check(&dir);
}
END_TEST

START_TEST(an_index_that_was_cut_is_made_anew)
{
	char *bytes;
	size_t len;

	grow(4, 200);
	cr_index_close(&dir.index);
	bytes = log_dir_read(dir.path, DATA, &len);
	for (size_t cut = 1; cut < len; cut += cut < 9000 ? 4095 : 20000) {
		log_dir_write(dir.path, DATA, bytes, cut);
		expect_made_anew();
		cr_index_close(&dir.index);
	}
	free(bytes);
}
END_TEST

START_TEST(an_index_that_is_something_else_is_made_anew)
{
	static char noise[20000];

	grow(3, 100);
	cr_index_close(&dir.index);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 31 % 251);
	log_dir_write(dir.path, DATA, noise, sizeof(noise));
	expect_made_anew();
}
END_TEST

/*
 * A bit of a block is flipped: it is noticed when asked for, nothing wrong is
 * answered, and the writer makes the index anew.
 */
START_TEST(a_flipped_bit_is_never_an_answer)
{
	unsigned noticed = 0;
	char *bytes;
	size_t len;

	grow(3, 300);
	cr_index_close(&dir.index);
	bytes = log_dir_read(dir.path, DATA, &len);
	/* past the headers of pages, which LMDB looks at by itself */
	for (size_t at = 4096 * 3 + 1500; at < len; at += 4096) {
		unsigned resets;

		bytes[at] ^= 4;
		log_dir_write(dir.path, DATA, bytes, len);
		bytes[at] ^= 4;
		index_dir_open(&dir);
		resets = cr_index_resets(dir.index);
		for (unsigned i = 0; i < 60; i++) {
			struct cr_query query;
			int rc;

			index_dir_question(&dir, &query);
			rc = index_dir_ask(&dir, &query, 0);
			ck_assert(rc == CR_OK || rc == CR_ESTALE);
			if (rc == CR_OK)
				continue;
			index_dir_catch_up(&dir);
			ck_assert_uint_eq(cr_index_resets(dir.index),
			    ++resets);
			noticed++;
		}
		index_dir_check(&dir);
		cr_index_close(&dir.index);
	}
	free(bytes);
	ck_assert_uint_gt(noticed, 2);
}
END_TEST

START_TEST(an_index_is_rebuilt_on_demand)
{
	struct cr_log_fault fault;

	grow(10, 50);
	ck_assert_int_eq(cr_index_rebuild(dir.index, &dir.log, &fault), CR_OK);
	ck_assert_uint_eq(cr_index_resets(dir.index), 1);
	ck_assert_uint_eq(counters().indexed, 500);
	ck_assert_uint_eq(counters().runs, 1);
	index_dir_check(&dir);
}
END_TEST

/* More than 16 MiB, which is what LMDB is given at first. */
START_TEST(the_map_grows)
{
	struct cr_query query;

	dir.listing = 3000;
	for (unsigned i = 0; i < 12; i++) {
		index_dir_append(&dir, 100);
		index_dir_commit(&dir);
	}
	ck_assert_uint_gt(counters().indexed, 1000);
	cr_query_init(&query);
	query.reader = CR_SLICE_LITERAL("uid=aino,ou=handlers");
	ck_assert_int_eq(index_dir_ask(&dir, &query, 0), CR_OK);
}
END_TEST

START_TEST(a_reader_needs_an_index_that_is_whole)
{
	struct cr_log_fault fault = { 0 };
	struct cr_index *index = NULL;

	grow(3, 100);
	cr_index_close(&dir.index);
	ck_assert_int_eq(cr_index_open_reader(dir.path, &dir.log, &dir.index,
	    &fault), CR_OK);
	index_dir_check(&dir);
	cr_index_close(&dir.index);
	dir.log.root.bytes[0] ^= 1;
	ck_assert_int_eq(cr_index_open_reader(dir.path, &dir.log, &index,
	    &fault), CR_ELOG);
	ck_assert_ptr_null(index);
	ck_assert_uint_eq(fault.kind, CR_FAULT_SHAPE);
	dir.log.root.bytes[0] ^= 1;
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_an_error)
{
	struct cr_log_fault fault = { 0 };
	struct cr_index *index = NULL;

	ck_assert_int_eq(cr_index_open("/nowhere", &dir.log, &index, &fault),
	    CR_ELOG);
	ck_assert_uint_eq(fault.kind, CR_FAULT_IO);
	ck_assert_ptr_null(index);
	cr_index_close(&index);
	cr_index_close(NULL);
}
END_TEST

static atomic_bool done;
static atomic_uint asked;

static int
take_hit(void *arg, const struct cr_hit *hit)
{
	uint64_t *last = arg;

	ck_assert(*last == UINT64_MAX || hit->number > *last);
	*last = hit->number;
	return 0;
}

static void *
ask_and_ask(void *arg)
{
	uint64_t number = (uint64_t)(uintptr_t)arg;
	int rc;

	while (!atomic_load(&done)) {
		uint64_t last = UINT64_MAX;
		struct cr_log_fault fault;
		struct cr_query query;
		uint64_t next;

		cr_query_init(&query);
		query.has_subject = number % 2 == 0;
		if (!query.has_subject)
			query.reader = CR_SLICE_LITERAL("uid=crm,ou=services");
		index_dir_subject(number++ % 40, query.subject);
		rc = cr_query_run(dir.index, &query, take_hit, &last, &next,
		    &fault);
		/* while it is rebuilt */
		ck_assert(rc == CR_OK || rc == CR_ESTALE);
		atomic_fetch_add(&asked, 1);
	}
	return NULL;
}

START_TEST(questions_are_answered_while_the_index_changes)
{
	enum { THREADS = 3 };
	pthread_t threads[THREADS];
	struct cr_log_fault fault;

	grow(1, 50);
	atomic_store(&done, false);
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_and_ask,
		    (void *)i), 0);
	for (unsigned i = 0; i < 60 || atomic_load(&asked) < 30; i++) {
		grow(1, 20);
		if (i % 40 == 20)
			ck_assert_int_eq(cr_index_rebuild(dir.index, &dir.log,
			    &fault), CR_OK);
	}
	atomic_store(&done, true);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	index_dir_check(&dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("index");
	TCase *tcase = tcase_create("index");

	tcase_add_checked_fixture(tcase, make, clear);
	tcase_set_timeout(tcase, 240);
	tcase_add_test(tcase, files_are_for_the_owner_alone);
	tcase_add_test(tcase, runs_are_merged);
	tcase_add_test(tcase, an_index_is_found_as_it_was_left);
	tcase_add_test(tcase, an_index_that_is_behind_catches_up);
	tcase_add_test(tcase, what_was_not_told_is_read_from_the_log);
	tcase_add_loop_test(tcase, an_index_of_another_log_is_made_anew, 0, 3);
	tcase_add_test(tcase, an_index_without_its_file_is_made_anew);
	tcase_add_test(tcase, an_index_that_was_cut_is_made_anew);
	tcase_add_test(tcase, an_index_that_is_something_else_is_made_anew);
	tcase_add_test(tcase, a_flipped_bit_is_never_an_answer);
	tcase_add_test(tcase, an_index_is_rebuilt_on_demand);
	tcase_add_test(tcase, the_map_grows);
	tcase_add_test(tcase, a_reader_needs_an_index_that_is_whole);
	tcase_add_test(tcase, a_directory_that_is_not_there_is_an_error);
	tcase_add_test(tcase, questions_are_answered_while_the_index_changes);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
