#include "unit/suite.h"

#include <stdint.h>

#include "log/names.h"

/*
 * Format 1 for good: the first `count` names of each list.  A name may be
 * appended (its code is then above `count`); no other change is possible.
 */
static const struct {
	enum cr_names kind;
	unsigned count;
	uint64_t hash;
} lists[] = {
	{ CR_NAMES_ATTRIBUTE, 184, UINT64_C(0x5e408ddabe3e67ac) },
	{ CR_NAMES_KEYWORD, 24, UINT64_C(0x221aea625a1d9baf) },
	{ CR_NAMES_CLASS, 15, UINT64_C(0x907bb109a982dfb0) },
	{ CR_NAMES_MECHANISM, 20, UINT64_C(0x886f8a93cba3f1f7) },
	{ CR_NAMES_EVENT, 28, UINT64_C(0xe50fbf7a7eab65c6) }
};

/* FNV-1a, 64 bits, of the names with a newline behind each */
static uint64_t
hash_of(enum cr_names kind, unsigned count)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned code = 1; code <= count; code++) {
		struct cr_slice name = cr_name_of(kind, (unsigned char)code);

		for (size_t i = 0; i <= name.len; i++) {
			hash ^= i < name.len ? (unsigned char)name.ptr[i] :
			    '\n';
			hash *= UINT64_C(0x100000001b3);
		}
	}
	return hash;
}

START_TEST(a_name_keeps_its_code)
{
	ck_assert_uint_ge(cr_name_count(lists[_i].kind), lists[_i].count);
	ck_assert_uint_eq(hash_of(lists[_i].kind, lists[_i].count),
	    lists[_i].hash);
}
END_TEST

START_TEST(every_code_is_found_by_its_name)
{
	enum cr_names kind = lists[_i].kind;

	for (unsigned code = 1; code <= cr_name_count(kind); code++) {
		struct cr_slice name = cr_name_of(kind, (unsigned char)code);

		ck_assert_ptr_nonnull(name.ptr);
		ck_assert_uint_gt(name.len, 0);
		ck_assert_uint_eq(cr_name_code(kind, name), code);
	}
}
END_TEST

START_TEST(what_is_no_name_has_no_code)
{
	static const char *const others[] = { "", "CN", "cnn", "nothing",
		"crCustomerNumberXX", "objectclass", "cn;lang-fi" };
	enum cr_names kind = lists[_i].kind;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_uint_eq(cr_name_code(kind, cr_slice_of(others[i])),
		    0);
	ck_assert_ptr_null(cr_name_of(kind, 0).ptr);
	ck_assert_ptr_null(cr_name_of(kind, 255).ptr);
}
END_TEST

START_TEST(a_class_has_a_name)
{
	ck_assert_str_eq(cr_name_class(0), "other");
	ck_assert_str_eq(cr_name_class(200), "other");
	ck_assert_str_eq(cr_name_class(1), "crCustomer");
	ck_assert_uint_eq(cr_name_class_code(CR_SLICE_LITERAL("crInvoice")),
	    3);
	ck_assert_uint_eq(cr_name_class_code(CR_SLICE_LITERAL("person")), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("names");
	const int kinds = sizeof(lists) / sizeof(lists[0]);

	tcase_add_loop_test(tcase, a_name_keeps_its_code, 0, kinds);
	tcase_add_loop_test(tcase, every_code_is_found_by_its_name, 0, kinds);
	tcase_add_loop_test(tcase, what_is_no_name_has_no_code, 0, kinds);
	tcase_add_test(tcase, a_class_has_a_name);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
