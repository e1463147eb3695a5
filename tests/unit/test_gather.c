#include "unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/fault.h"
#include "log/gather.h"
#include "log/tile.h"

static char directory[] = "/tmp/custreg-gather-XXXXXX";
static struct cr_log *written;

static const struct cr_slice attributes[] = { CR_SLICE_LITERAL("cn"),
    CR_SLICE_LITERAL("mail") };
static const struct cr_leaf head = {
	.type = CR_LEAF_SEARCH,
	.scope = CR_LEAF_SUBTREE,
	.reader = CR_SLICE_LITERAL("uid=mikko"),
	.purpose = CR_SLICE_LITERAL("directMarketing"),
	.attributes = attributes,
	.attribute_count = 2
};

static void
open_log(void)
{
	const struct cr_log_settings settings = { .directory = directory,
	    .origin = "gather", .durability = CR_LOG_FLUSH };
	struct cr_log_fault fault;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(cr_log_open(&settings, NULL, &written, &fault),
	    CR_OK);
}

static void
close_log(void)
{
	char command[128];

	cr_log_close(&written);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
	memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
}

static struct cr_gather *
make(void)
{
	struct cr_gather *gather = NULL;

	ck_assert_int_eq(cr_gather_new(&head, &gather), CR_OK);
	ck_assert(!cr_gather_waits(gather));
	return gather;
}

static void
add(struct cr_gather *gather, unsigned n)
{
	unsigned char uuid[CR_LEAF_UUID] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		uuid[0] = (unsigned char)i;
		uuid[1] = (unsigned char)(i >> 8);
		ck_assert_int_eq(cr_gather_add(gather, uuid, 1), CR_OK);
	}
	ck_assert_uint_eq(cr_gather_entries(gather), n);
}

static uint64_t
append(struct cr_gather *gather, int64_t time_ms)
{
	struct cr_log_ticket ticket = { 0 };

	ck_assert(cr_gather_waits(gather));
	ck_assert_int_eq(cr_gather_append(gather, written, CR_LOG_ORDINARY,
	    time_ms, &ticket), CR_OK);
	ck_assert_int_eq(cr_log_state(written, ticket), CR_LOG_DURABLE);
	ck_assert_uint_eq(cr_gather_entries(gather), 0);
	return ticket.index;
}

/* The leaf as it stands in the tree. */
static struct cr_leaf
leaf_at(uint64_t index)
{
	static struct cr_leaf_space space;
	static struct cr_bundle bundle;
	struct cr_log_counters counters;
	struct cr_log_fault fault;
	struct cr_leaf leaf;
	int fd = open(directory, O_RDONLY | O_DIRECTORY);

	ck_assert_int_eq(cr_log_integrate(written, 0), CR_OK);
	cr_log_counters(written, &counters);
	ck_assert_int_eq(cr_bundle_read(fd, index / CR_TILE_WIDTH,
	    counters.integrated, &bundle, &fault), CR_OK);
	ck_assert_int_eq(cr_leaf_decode(cr_bundle_leaf(&bundle,
	    (unsigned)(index % CR_TILE_WIDTH)), &space, &leaf), CR_OK);
	(void)close(fd);
	return leaf;
}

/* A point read behind the barrier: one record has everything. */
START_TEST(one_leaf_is_first_and_last)
{
	struct cr_gather *gather = make();
	struct cr_leaf leaf;

	add(gather, 1);
	cr_gather_end(gather, 0);
	leaf = leaf_at(append(gather, 1000));
	ck_assert_uint_eq(leaf.flags, CR_LEAF_FIRST | CR_LEAF_LAST);
	ck_assert_int_eq(leaf.time_ms, 1000);
	ck_assert_uint_eq(leaf.entry_count, 1);
	ck_assert_uint_eq(leaf.count, 1);
	ck_assert(cr_slice_equal(leaf.reader, head.reader));
	ck_assert_uint_eq(leaf.attribute_count, 2);
	ck_assert(!cr_gather_waits(gather));
	cr_gather_free(&gather);
}
END_TEST

/* The worker waits for each entry: the end comes by itself. */
START_TEST(every_leaf_has_the_head)
{
	struct cr_gather *gather = make();
	struct cr_leaf leaf;

	add(gather, 1);
	leaf = leaf_at(append(gather, 1));
	ck_assert_uint_eq(leaf.flags, CR_LEAF_FIRST);
	ck_assert(!cr_gather_waits(gather));
	add(gather, 2);
	leaf = leaf_at(append(gather, 2));
	ck_assert_uint_eq(leaf.flags, 0);
	ck_assert(cr_slice_equal(leaf.purpose, head.purpose));
	cr_gather_end(gather, 4);
	leaf = leaf_at(append(gather, 3));
	ck_assert_uint_eq(leaf.flags, CR_LEAF_LAST);
	ck_assert_int_eq(leaf.result, 4);
	ck_assert_uint_eq(leaf.count, 3);
	ck_assert_uint_eq(leaf.entry_count, 0);
	cr_gather_free(&gather);
}
END_TEST

START_TEST(nothing_read_is_no_record)
{
	struct cr_gather *gather = make();

	cr_gather_end(gather, 32);
	ck_assert(!cr_gather_waits(gather));
	cr_gather_free(&gather);
}
END_TEST

/* More than a leaf can hold: as many as it takes, all of them in order. */
START_TEST(very_many_entries_are_some_leaves)
{
	struct cr_gather *gather = make();
	uint64_t last, seen = 0;

	add(gather, 10000);
	cr_gather_end(gather, 0);
	last = append(gather, 1);
	for (uint64_t i = last - 4; i <= last; i++) {
		struct cr_leaf leaf = leaf_at(i);

		ck_assert_uint_eq(leaf.flags, (i == last - 4 ? CR_LEAF_FIRST :
		    0u) | (i == last ? CR_LEAF_LAST : 0u));
		for (size_t e = 0; e < leaf.entry_count; e++, seen++)
			ck_assert_uint_eq(leaf.entries[e].uuid[0] |
			    leaf.entries[e].uuid[1] << 8, seen);
	}
	ck_assert_uint_eq(seen, 10000);
	cr_gather_free(&gather);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gather");
	TCase *tc = tcase_create("gather");

	tcase_add_checked_fixture(tc, open_log, close_log);
	tcase_add_test(tc, one_leaf_is_first_and_last);
	tcase_add_test(tc, every_leaf_has_the_head);
	tcase_add_test(tc, nothing_read_is_no_record);
	tcase_add_test(tc, very_many_entries_are_some_leaves);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
