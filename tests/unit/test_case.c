#include "unit/suite.h"

#include <stdio.h>

#include "core/case.h"

#define ERASED "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
#define CUSTOMER "0d3c4a52-1f7e-4c55-9d0a-3e0f6a1b2c3d"
#define TIME "20260102030405Z"

enum { VALUES = 8 };

static void
make(struct cr_case *ret_case)
{
	*ret_case = (struct cr_case){ .kinds = 1u << CR_FACTOR_MAIL };
	ck_assert_int_eq(cr_case_set_suppression(ret_case,
	    CR_SLICE_LITERAL(ERASED)), CR_OK);
	ck_assert_int_eq(cr_uuid_parse(CR_SLICE_LITERAL(CUSTOMER),
	    ret_case->customer), CR_OK);
	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL(TIME),
	    &ret_case->time), CR_OK);
}

/* printf '%s\0%s' ERASED CUSTOMER | sha256sum | cut -c1-16 */
START_TEST(one_id_for_one_customer_and_suppression)
{
	char id[CR_CASE_ID_SIZE], other[CR_CASE_ID_SIZE];
	struct cr_case c;

	make(&c);
	cr_case_id(&c, id);
	ck_assert_str_eq(id, "fef686e20460116a");
	/* neither what matched nor the spelling, the time or the state */
	c.kinds = 1u << CR_FACTOR_PHONE;
	c.time++;
	c.state = CR_CASE_OTHER;
	ck_assert_int_eq(cr_case_set_suppression(&c, CR_SLICE_LITERAL(
	    "6F9619FF-8B86-4D01-B42D-00CF4FC964FF")), CR_OK);
	cr_case_id(&c, other);
	ck_assert_str_eq(other, id);
	c.customer[15] ^= 1;
	cr_case_id(&c, other);
	ck_assert_str_ne(other, id);
	make(&c);
	ck_assert_int_eq(cr_case_set_suppression(&c, CR_SLICE_LITERAL("x")),
	    CR_OK);
	cr_case_id(&c, other);
	ck_assert_str_ne(other, id);
}
END_TEST

START_TEST(what_names_no_suppression)
{
	static const char *const bad[] = { "", "a b", "a\tb", "\xc3\xa4" };
	char longest[CR_SUPPRESSION_ID_MAX + 1];
	struct cr_case c;

	make(&c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cr_case_set_suppression(&c,
		    cr_slice_of(bad[i])), CR_EVALUE);
	memset(longest, 'a', sizeof(longest));
	ck_assert_int_eq(cr_case_set_suppression(&c, (struct cr_slice){
	    longest, sizeof(longest) }), CR_EVALUE);
	ck_assert_str_eq(c.suppression, ERASED);
	ck_assert_int_eq(cr_case_set_suppression(&c, (struct cr_slice){
	    longest, sizeof(longest) - 1 }), CR_OK);
}
END_TEST

/* ---- the entry ----------------------------------------------------------- */

struct kept {
	char names[VALUES][32], values[VALUES][80];
	size_t count, left;
};

static int
keep(void *arg, struct cr_slice attribute, struct cr_slice value)
{
	struct kept *kept = arg;

	if (kept->left-- == 0)
		return CR_ENOMEM;
	ck_assert_uint_lt(kept->count, VALUES);
	snprintf(kept->names[kept->count], 32, "%.*s", (int)attribute.len,
	    attribute.ptr);
	snprintf(kept->values[kept->count++], 80, "%.*s", (int)value.len,
	    value.ptr);
	return CR_OK;
}

/* An entry of one value each, which is enough for one kind. */
static int
read_back(const struct kept *kept, size_t without, struct cr_case *ret_case)
{
	struct cr_slice values[VALUES];
	struct cr_attr attrs[VALUES];
	struct cr_entry_view entry = { .attrs = attrs };

	for (size_t i = 0; i < kept->count; i++) {
		if (i == without)
			continue;
		values[entry.count] = cr_slice_of(kept->values[i]);
		attrs[entry.count] = (struct cr_attr){
			cr_slice_of(kept->names[i]), &values[entry.count], 1 };
		entry.count++;
	}
	return cr_case_from_entry(&entry, ret_case);
}

START_TEST(there_and_back)
{
	struct kept kept = { .left = 100 };
	struct cr_case c, again;

	make(&c);
	c.state = CR_CASE_SAME;
	ck_assert_int_eq(cr_case_each_value(&c, keep, &kept), CR_OK);
	ck_assert_uint_eq(kept.count, 6);
	ck_assert_str_eq(kept.names[0], "crSuppressionCaseId");
	ck_assert_str_eq(kept.values[1], ERASED);
	ck_assert_str_eq(kept.values[2], CUSTOMER);
	ck_assert_str_eq(kept.values[3], "mail");
	ck_assert_str_eq(kept.values[4], TIME);
	ck_assert_str_eq(kept.values[5], "same");
	ck_assert_int_eq(read_back(&kept, VALUES, &again), CR_OK);
	ck_assert_str_eq(again.suppression, c.suppression);
	ck_assert_mem_eq(again.customer, c.customer, CR_UUID_BYTES);
	ck_assert_uint_eq(again.kinds, c.kinds);
	ck_assert_int_eq(again.time, c.time);
	ck_assert_int_eq(again.state, CR_CASE_SAME);
	for (size_t i = 0; i < 6; i++) {
		struct kept less = { .left = i };

		ck_assert_int_eq(cr_case_each_value(&c, keep, &less),
		    CR_ENOMEM);
		/* the suppression, the customer and the time are needed */
		ck_assert_int_eq(read_back(&kept, i, &again),
		    i == 1 || i == 2 || i == 4 ? CR_ESYNTAX : CR_OK);
	}
	c.kinds = 0;
	ck_assert_int_eq(cr_case_each_value(&c, keep, &kept), CR_EVALUE);
}
END_TEST

START_TEST(what_is_not_known_is_open)
{
	struct kept kept = { .left = 100 };
	struct cr_case c, again;

	make(&c);
	c.state = CR_CASE_OTHER;
	ck_assert_int_eq(cr_case_each_value(&c, keep, &kept), CR_OK);
	snprintf(kept.values[5], 80, "whatever");
	snprintf(kept.values[3], 80, "whatever");
	ck_assert_int_eq(read_back(&kept, VALUES, &again), CR_OK);
	ck_assert_int_eq(again.state, CR_CASE_OPEN);
	ck_assert_uint_eq(again.kinds, 0);
	snprintf(kept.values[4], 80, "yesterday");
	ck_assert_int_eq(read_back(&kept, VALUES, &again), CR_ESYNTAX);
}
END_TEST

/* ---- decisions ----------------------------------------------------------- */

static const struct {
	const char *class, *state;
	enum cr_decision decision;
} decided[] = {
	{ "crSuppressed", "lifted", CR_DECISION_LIFTED },
	{ "CRSUPPRESSED", "LIFTED", CR_DECISION_LIFTED },
	{ "crSuppressed", "active", CR_DECISION_NONE },
	{ "crSuppressed", "same", CR_DECISION_NONE },
	{ "crSuppressed", "", CR_DECISION_NONE },
	{ "crSuppressionCase", "other", CR_DECISION_OTHER },
	{ "crSuppressionCase", "same", CR_DECISION_SAME },
	{ "crSuppressionCase", "open", CR_DECISION_NONE },
	{ "crSuppressionCase", "lifted", CR_DECISION_NONE },
	{ "crErasureOrder", "done", CR_DECISION_NONE },
	{ "crErasureOrder", "lifted", CR_DECISION_NONE },
	{ "organizationalUnit", "same", CR_DECISION_NONE },
	{ "", "", CR_DECISION_NONE },
};

START_TEST(what_the_registrar_decides)
{
	enum cr_decision got = cr_decision_of(cr_slice_of(
	    decided[_i].class), cr_slice_of(decided[_i].state));

	ck_assert_int_eq(got, decided[_i].decision);
	if (got != CR_DECISION_NONE)
		ck_assert_int_eq(strcasecmp(cr_decision_text(got),
		    decided[_i].state), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("case");
	TCase *tcase = tcase_create("case");

	tcase_add_test(tcase, one_id_for_one_customer_and_suppression);
	tcase_add_test(tcase, what_names_no_suppression);
	tcase_add_test(tcase, there_and_back);
	tcase_add_test(tcase, what_is_not_known_is_open);
	tcase_add_loop_test(tcase, what_the_registrar_decides, 0,
	    (int)(sizeof(decided) / sizeof(decided[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
