/*
 * The write-ahead files: golden bytes, every bit and every cut, segments after
 * one another, and what replay says of files that do not follow.
 */
#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/wal_read.h"
#include "unit/log_place.h"

#define SEGMENT (256u << 10)

static struct log_place dir;
static int dirfd_of_log = -1;
static struct cr_wal *wal;
static struct cr_log_fault fault;
static unsigned char bytes[65535];

/* What replay handed out. */
static uint64_t leaves[4096];
static uint64_t first_leaf;
static size_t leaf_count;

static void
setup(void)
{
	log_place_init(&dir);
	ck_assert_int_eq(mkdir(dir.log, 0700), 0);
	dirfd_of_log = open(dir.log, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dirfd_of_log, 0);
}

static void
teardown(void)
{
	cr_wal_close(&wal);
	close(dirfd_of_log);
	log_place_clear(&dir);
}

static void
open_wal(const struct cr_wal_found *found, bool flush)
{
	const struct cr_wal_settings settings = {
		.directory = dir.log,
		.dirfd = dirfd_of_log,
		.segment_size = SEGMENT,
		.flush = flush,
		.old = found != NULL ? found->segments : NULL,
		.old_count = found != NULL ? found->count : 0,
		.sequence = found != NULL ? found->sequence : 0
	};

	ck_assert_int_eq(cr_wal_open(&settings, &wal), CR_OK);
}

/* A batch of `count` leaves of which the first has a number. */
static int
write_batch(uint64_t first, uint32_t count, size_t len)
{
	static unsigned char frames[65536 * 3];
	struct iovec piece = { frames, 0 };

	for (uint32_t i = 0; i < count; i++) {
		struct cr_slice leaf = number_leaf(first + i, len, bytes);
		unsigned char *at = frames + piece.iov_len;

		ck_assert_uint_lt(piece.iov_len + len + 2, sizeof(frames));
		at[0] = (unsigned char)(len >> 8);
		at[1] = (unsigned char)len;
		memcpy(at + 2, leaf.ptr, leaf.len);
		piece.iov_len += leaf.len + 2;
	}
	if (!cr_wal_fits(wal, piece.iov_len))
		ck_assert_int_eq(cr_wal_begin(wal, first), CR_OK);
	return cr_wal_write(wal, first, count, &piece, 1);
}

static int
take(void *arg, uint64_t index, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	uint64_t number;

	(void)arg;
	(void)ret_fault;
	ck_assert(number_leaf_is(leaf, &number));
	ck_assert_uint_lt(leaf_count, sizeof(leaves) / sizeof(leaves[0]));
	if (leaf_count == 0)
		first_leaf = index;
	ck_assert_uint_eq(index, first_leaf + leaf_count);
	leaves[leaf_count++] = number;
	return CR_OK;
}

static int
replay(uint64_t tree_size, struct cr_wal_found *found)
{
	leaf_count = 0;
	memset(&fault, 0, sizeof(fault));
	return cr_wal_replay(dirfd_of_log, tree_size, take, NULL, found,
	    &fault);
}

/* Replay from here hands out what follows without a gap up to `next`. */
static void
check_replay(uint64_t tree_size, uint64_t next)
{
	struct cr_wal_found found;

	ck_assert_msg(replay(tree_size, &found) == CR_OK, "%s: %s at %llu",
	    fault.path, cr_fault_text(fault.kind),
	    (unsigned long long)fault.index);
	ck_assert_uint_eq(found.next, next);
	for (size_t i = 0; i < leaf_count; i++)
		ck_assert_uint_eq(leaves[i], first_leaf + i);
	if (next > tree_size)
		ck_assert_uint_eq(first_leaf + leaf_count, next);
	cr_wal_found_clear(&found);
}

static void
check_fault(uint64_t tree_size, enum cr_fault_kind kind, uint64_t index)
{
	struct cr_wal_found found;

	ck_assert_int_eq(replay(tree_size, &found), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, kind);
	ck_assert_uint_eq(fault.index, index);
}

static const char *
segment_path(uint64_t first, uint64_t sequence)
{
	char name[CR_WAL_NAME_SIZE];
	char path[CR_WAL_NAME_SIZE + 8];

	cr_wal_name(first, sequence, name);
	(void)snprintf(path, sizeof(path), "wal/%s", name);
	return log_place_path(&dir, path);
}

START_TEST(crc_is_castagnolis)
{
	unsigned char zeros[32] = { 0 };

	ck_assert_uint_eq(cr_crc32c(0, "123456789", 9), 0xe3069283u);
	ck_assert_uint_eq(cr_crc32c(0, zeros, 32), 0x8a9136aau);
	/* in parts as in one, at every place */
	for (size_t i = 0; i <= 32; i++) {
		for (size_t j = 0; j < 32; j++)
			zeros[j] = (unsigned char)j;
		ck_assert_uint_eq(cr_crc32c(cr_crc32c(0, zeros, i), zeros + i,
		    32 - i), 0x46dd794eu);
	}
}
END_TEST

START_TEST(bytes_of_a_header_and_a_batch)
{
	static const unsigned char want_header[64] = {
		'C', 'R', 'W', 'A', 'L', 'S', 'G', '1', 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
		0, 0, 0, 0, 0, 0, 1, 2,
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		0, 0, 0, 0, 0, 4, 0, 0
	};
	static const unsigned char want_head[40] = {
		'C', 'R', 'W', 'B', 0x6b, 0xbd, 0x82, 0x75,
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 2, 0, 0, 0, 8
	};
	struct cr_wal_header header = {
		.flags = CR_WAL_FLUSH, .sequence = 7, .first = 258,
		.size = 256 << 10
	};
	struct cr_wal_header again;
	unsigned char out[CR_WAL_SECTOR];
	char frames[8] = { 0, 1, 'a', 0, 3, 'b', 'c', 'd' };
	struct iovec pieces[2] = { { frames, 3 }, { frames + 3, 5 } };

	for (unsigned i = 0; i < CR_WAL_GENERATION; i++)
		header.generation[i] = (unsigned char)i;
	cr_wal_header_encode(&header, out);
	ck_assert_mem_eq(out, want_header, sizeof(want_header));
	for (size_t i = sizeof(want_header); i < 508; i++)
		ck_assert_uint_eq(out[i], 0);
	ck_assert_int_eq(cr_wal_header_decode(out, sizeof(out), &again),
	    CR_OK);
	ck_assert_uint_eq(again.flags, header.flags);
	ck_assert_uint_eq(again.sequence, header.sequence);
	ck_assert_uint_eq(again.first, header.first);
	ck_assert_uint_eq(again.size, header.size);
	ck_assert_mem_eq(again.generation, header.generation,
	    CR_WAL_GENERATION);
	cr_wal_batch_encode(header.generation, 258, 2, pieces, 2, out);
	for (size_t i = 0; i < sizeof(want_head); i++)
		ck_assert_msg(out[i] == want_head[i], "byte %zu is %02x", i,
		    out[i]);
}
END_TEST

START_TEST(names_of_segments)
{
	static const char *const bad[] = {
		"", "new", "spare-0", "0000000000000001-00000002.wa",
		"0000000000000001-00000002.walx",
		"0000000000000001-0000000A.wal",
		"000000000000000g-00000002.wal",
		"0000000000000001_00000002.wal"
	};
	char name[CR_WAL_NAME_SIZE];
	uint64_t first;
	uint64_t sequence;

	cr_wal_name(0x123456789abcdef0, 0xfedcba98, name);
	ck_assert_str_eq(name, "123456789abcdef0-fedcba98.wal");
	ck_assert(cr_wal_name_parse(name, &first, &sequence));
	ck_assert_uint_eq(first, 0x123456789abcdef0);
	ck_assert_uint_eq(sequence, 0xfedcba98);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!cr_wal_name_parse(bad[i], &first, &sequence));
}
END_TEST

START_TEST(no_directory_is_no_wal)
{
	check_replay(0, 0);
	check_replay(17, 17);
}
END_TEST

START_TEST(segments_follow_one_another)
{
	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_begin(wal, 100), CR_OK);
	/* about five segments */
	for (uint64_t i = 100; i < 1000; i += 3)
		ck_assert_int_eq(write_batch(i, 3, 1300), CR_OK);
	check_replay(100, 1000);
	check_replay(500, 1000);
	check_replay(999, 1000);
	check_replay(1000, 1000);
	check_replay(1500, 1500);
	check_fault(99, CR_FAULT_GAP, 99);
	cr_wal_forget(wal, 600);
	check_replay(600, 1000);
	cr_wal_forget(wal, 1000);
	check_replay(1000, 1000);
	cr_wal_forget_all(wal);
	check_replay(0, 0);
}
END_TEST

START_TEST(a_later_segment_wins)
{
	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	ck_assert_int_eq(write_batch(0, 5, 100), CR_OK);
	ck_assert_int_eq(write_batch(5, 5, 100), CR_OK);
	/* the second was not durable: its indexes are used again */
	ck_assert_int_eq(cr_wal_begin(wal, 5), CR_OK);
	check_replay(0, 5);
	ck_assert_int_eq(write_batch(5, 2, 100), CR_OK);
	check_replay(0, 7);
	/* an empty one in between goes away, or stays: it does not matter */
	ck_assert_int_eq(cr_wal_begin(wal, 7), CR_OK);
	ck_assert_int_eq(cr_wal_begin(wal, 7), CR_OK);
	ck_assert_int_eq(write_batch(7, 1, 100), CR_OK);
	check_replay(0, 8);
	check_replay(6, 8);
}
END_TEST

START_TEST(what_a_file_held_before_does_not_count)
{
	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	for (uint64_t i = 0; i < 300; i += 3)
		ck_assert_int_eq(write_batch(i, 3, 900), CR_OK);
	cr_wal_forget_all(wal);
	ck_assert_int_eq(cr_wal_begin(wal, 300), CR_OK);
	check_replay(300, 300);
	ck_assert_int_eq(write_batch(300, 1, 900), CR_OK);
	check_replay(300, 301);
}
END_TEST

START_TEST(a_segment_that_is_missing_is_a_gap)
{
	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	ck_assert_int_eq(write_batch(0, 5, 100), CR_OK);
	ck_assert_int_eq(cr_wal_begin(wal, 5), CR_OK);
	ck_assert_int_eq(write_batch(5, 5, 100), CR_OK);
	ck_assert_int_eq(cr_wal_begin(wal, 10), CR_OK);
	ck_assert_int_eq(write_batch(10, 5, 100), CR_OK);
	check_replay(0, 15);
	ck_assert_int_eq(unlink(segment_path(5, 2)), 0);
	check_fault(0, CR_FAULT_GAP, 5);
	check_replay(10, 15);
}
END_TEST

/* Four batches: what may be said when one bit of them is wrong. */
START_TEST(every_bit)
{
	const bool flush = _i == 1;
	size_t len;
	unsigned char *file;
	const char *path;
	unsigned whole = 0;
	unsigned torn = 0;
	unsigned refused = 0;

	open_wal(NULL, flush);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_int_eq(write_batch(i, 1, 16), CR_OK);
	path = segment_path(0, 1);
	/* nothing is behind them, and each turn reads it all */
	ck_assert_int_eq(truncate(path, 6 * CR_WAL_SECTOR), 0);
	file = log_place_read(path, &len);
	for (size_t bit = 0; bit < (size_t)5 * CR_WAL_SECTOR * 8; bit++) {
		struct cr_wal_found found;
		size_t batch = bit / 8 / CR_WAL_SECTOR;
		int fd = open(path, O_WRONLY);
		unsigned char byte = file[bit / 8] ^
		    (unsigned char)(1u << bit % 8);

		ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
		if (replay(0, &found) != CR_OK) {
			refused++;
			ck_assert_int_eq(fault.kind, CR_FAULT_WAL);
			/* the header, or a batch with one behind it */
			ck_assert_uint_eq(fault.index,
			    batch == 0 ? 0 : batch - 1);
			ck_assert(batch == 0 || (batch < 4 && !flush));
		} else if (found.next == 4) {
			whole++;	/* padding */
			ck_assert_uint_ge(bit / 8 % CR_WAL_SECTOR,
			    CR_WAL_BATCH_HEAD + 18);
			cr_wal_found_clear(&found);
		} else {
			torn++;
			ck_assert_uint_eq(found.next, batch - 1);
			ck_assert(flush || batch == 4);
			cr_wal_found_clear(&found);
		}
		ck_assert_int_eq(pwrite(fd, file + bit / 8, 1,
		    (off_t)(bit / 8)), 1);
		close(fd);
	}
	ck_assert_uint_eq(whole, 4u * 8 * (CR_WAL_SECTOR -
	    CR_WAL_BATCH_HEAD - 18));
	ck_assert_uint_eq(torn, (flush ? 4u : 1u) * 8 *
	    (CR_WAL_BATCH_HEAD + 18));
	free(file);
}
END_TEST

START_TEST(every_cut)
{
	size_t len;
	unsigned char *file;
	const char *path;

	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	for (uint64_t i = 0; i < 4; i++)
		ck_assert_int_eq(write_batch(i, 1, 700), CR_OK);
	path = segment_path(0, 1);
	file = log_place_read(path, &len);
	ck_assert_uint_gt(len, (size_t)9 * CR_WAL_SECTOR);
	for (size_t cut = 9 * CR_WAL_SECTOR; cut-- > 0;) {
		struct cr_wal_found found;

		ck_assert_int_eq(truncate(path, (off_t)cut), 0);
		if (cut < CR_WAL_SECTOR) {
			check_fault(0, CR_FAULT_WAL, 0);
			continue;
		}
		/* nothing behind it: as if it had never been written */
		ck_assert_int_eq(replay(0, &found), CR_OK);
		ck_assert_uint_eq(found.next, cut < 512 ? 0 :
		    (cut - 512 + 1024 - 742) / 1024);
		cr_wal_found_clear(&found);
	}
	free(file);
}
END_TEST

START_TEST(what_is_no_file_is_a_fault)
{
	struct cr_wal_found found;

	open_wal(NULL, false);
	ck_assert_int_eq(mkdir(segment_path(0, 1), 0700), 0);
	ck_assert_int_ne(replay(0, &found), CR_OK);
	ck_assert_int_eq(rmdir(segment_path(0, 1)), 0);
	ck_assert_int_eq(symlink("spare-0", segment_path(0, 1)), 0);
	ck_assert_int_ne(replay(0, &found), CR_OK);
	ck_assert_int_eq(unlink(segment_path(0, 1)), 0);
	ck_assert_int_eq(mkfifo(segment_path(0, 1), 0600), 0);
	ck_assert_int_ne(replay(0, &found), CR_OK);
	ck_assert_int_eq(unlink(segment_path(0, 1)), 0);
	log_place_write(segment_path(7, 1), "", 0);
	log_place_write(segment_path(3, 2), "", 0);
	check_fault(0, CR_FAULT_WAL, 3);
}
END_TEST

START_TEST(a_segment_under_another_name_is_damage)
{
	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	ck_assert_int_eq(write_batch(0, 5, 100), CR_OK);
	ck_assert_int_eq(rename(segment_path(0, 1), segment_path(0, 2)), 0);
	check_fault(0, CR_FAULT_WAL, 0);
	ck_assert_int_eq(rename(segment_path(0, 2), segment_path(1, 1)), 0);
	check_fault(1, CR_FAULT_WAL, 1);
}
END_TEST

START_TEST(a_spare_is_overwritten_not_grown)
{
	struct stat before;
	struct stat after;

	open_wal(NULL, false);
	ck_assert_int_eq(cr_wal_prepare(wal), CR_OK);
	ck_assert_int_eq(stat(log_place_path(&dir, "wal/spare-0"), &before),
	    0);
	ck_assert_int_eq(before.st_size, SEGMENT);
	ck_assert_int_eq(cr_wal_begin(wal, 0), CR_OK);
	ck_assert_int_eq(stat(segment_path(0, 1), &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_int_eq(write_batch(0, 1, 100), CR_OK);
	ck_assert_int_eq(cr_wal_sync(wal), CR_OK);
	ck_assert_int_eq(cr_wal_check(wal), CR_OK);
	ck_assert_int_eq(stat(segment_path(0, 1), &after), 0);
	ck_assert_int_eq(after.st_size, SEGMENT);
	/* one of another size is not taken */
	ck_assert_int_eq(cr_wal_prepare(wal), CR_OK);
	ck_assert_int_eq(truncate(log_place_path(&dir, "wal/spare-0"), 100),
	    0);
	ck_assert_int_eq(cr_wal_begin(wal, 1), CR_OK);
	ck_assert_int_eq(stat(segment_path(1, 2), &after), 0);
	ck_assert_int_eq(after.st_size, SEGMENT);
	check_replay(0, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wal");
	TCase *tcase = tcase_create("wal");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, crc_is_castagnolis);
	tcase_add_test(tcase, bytes_of_a_header_and_a_batch);
	tcase_add_test(tcase, names_of_segments);
	tcase_add_test(tcase, no_directory_is_no_wal);
	tcase_add_test(tcase, segments_follow_one_another);
	tcase_add_test(tcase, a_later_segment_wins);
	tcase_add_test(tcase, what_a_file_held_before_does_not_count);
	tcase_add_test(tcase, a_segment_that_is_missing_is_a_gap);
	tcase_add_loop_test(tcase, every_bit, 0, 2);
	tcase_add_test(tcase, every_cut);
	tcase_add_test(tcase, what_is_no_file_is_a_fault);
	tcase_add_test(tcase, a_segment_under_another_name_is_damage);
	tcase_add_test(tcase, a_spare_is_overwritten_not_grown);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
