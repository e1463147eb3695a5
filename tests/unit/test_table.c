#include "unit/suite.h"

#include <stdio.h>

#include "core/table.h"

#define ITEMS 3000

struct item {
	struct cr_slice key;
	int number;
	char text[16];
};

static struct item items[ITEMS];
static struct cr_arena arena;

static void
setup(void)
{
	for (int i = 0; i < ITEMS; i++) {
		int len = snprintf(items[i].text, sizeof(items[i].text),
		    "Key%d", i);

		items[i].key = (struct cr_slice){ items[i].text,
			(size_t)len };
		items[i].number = i;
	}
}

static void
teardown(void)
{
	cr_arena_clear(&arena);
	ck_assert_uint_eq(arena.size, 0);
	cr_arena_clear(&arena);
}

static const struct item *
find(const struct cr_table *table, const char *key)
{
	return cr_table_find(table, cr_slice_of(key));
}

START_TEST(what_is_added_is_found)
{
	struct cr_table table = { 0 };

	ck_assert_int_eq(cr_table_init(&table, &arena, items,
	    sizeof(items[0]), ITEMS, _i == 1), CR_OK);
	for (size_t i = 0; i < ITEMS; i++) {
		ck_assert_ptr_null(find(&table, items[i].text));
		ck_assert(cr_table_add(&table, i));
		ck_assert(!cr_table_add(&table, i));
	}
	for (size_t i = 0; i < ITEMS; i++)
		ck_assert_ptr_eq(find(&table, items[i].text), &items[i]);
	ck_assert_ptr_null(find(&table, "Key3000"));
	ck_assert_ptr_null(find(&table, ""));
	if (_i == 1)
		ck_assert_ptr_eq(find(&table, "kEY17"), &items[17]);
	else
		ck_assert_ptr_null(find(&table, "kEY17"));
}
END_TEST

START_TEST(an_empty_table_has_nothing)
{
	struct cr_table table = { 0 };

	ck_assert_ptr_null(find(&table, "Key0"));
	ck_assert_int_eq(cr_table_init(&table, &arena, NULL,
	    sizeof(items[0]), 0, false), CR_OK);
	ck_assert_ptr_null(find(&table, "Key0"));
	ck_assert_int_eq(cr_table_init(&table, &arena, NULL, 1,
	    (size_t)1 << 40, false), CR_ELIMIT);
}
END_TEST

START_TEST(an_arena_knows_its_size)
{
	struct cr_slice copy;
	char *bytes;
	size_t size;

	bytes = cr_arena_alloc(&arena, 3, 5);
	ck_assert_ptr_nonnull(bytes);
	for (int i = 0; i < 15; i++)
		ck_assert_int_eq(bytes[i], 0);
	size = arena.size;
	ck_assert_uint_ge(size, 15);
	bytes = cr_arena_alloc(&arena, 1, 100000);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_ge(arena.size, size + 100000);
	ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
	ck_assert_ptr_nonnull(cr_arena_alloc(&arena, 0, 8));
	ck_assert_ptr_null(cr_arena_alloc(&arena, (size_t)-1, 16));
	ck_assert_ptr_null(cr_arena_alloc(&arena, (size_t)-1, 1));
	ck_assert_int_eq(cr_arena_copy(&arena, (struct cr_slice){ NULL, 0 },
	    &copy), CR_OK);
	ck_assert_str_eq(copy.ptr, "");
	ck_assert_int_eq(cr_arena_copy(&arena, CR_SLICE_LITERAL("abc"),
	    &copy), CR_OK);
	ck_assert_str_eq(copy.ptr, "abc");
	ck_assert_uint_eq(copy.len, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, what_is_added_is_found, 0, 2);
	tcase_add_test(tcase, an_empty_table_has_nothing);
	tcase_add_test(tcase, an_arena_knows_its_size);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
