#include "unit/suite.h"

#include "unit/leaf_samples.h"

START_TEST(the_bytes_are_those_of_the_format)
{
	struct bytes bytes = leaf_bytes(leaf_samples[_i].leaf);
	char *hex = leaf_hex(bytes);

	ck_assert_str_eq(hex, leaf_samples[_i].hex);
	free(hex);
	free(bytes.ptr);
}
END_TEST

START_TEST(what_is_read_is_what_was_written)
{
	struct bytes bytes = leaf_bytes(leaf_samples[_i].leaf);
	struct cr_leaf_space space = { 0 };
	struct cr_leaf leaf;

	ck_assert_int_eq(cr_leaf_decode(leaf_slice(bytes), &space, &leaf),
	    CR_OK);
	leaf_assert_same(&leaf, leaf_samples[_i].leaf);
	cr_leaf_space_clear(&space);
	free(bytes.ptr);
}
END_TEST

START_TEST(a_point_read_is_small)
{
	struct bytes bytes = leaf_bytes(&leaf_point);

	ck_assert_uint_le(bytes.len, 165);
	free(bytes.ptr);
}
END_TEST

START_TEST(an_entry_more_is_at_most_17_bytes)
{
	struct cr_leaf leaf = leaf_point;
	struct bytes one = leaf_bytes(&leaf);
	struct bytes three;

	leaf.entry_count = 3;
	three = leaf_bytes(&leaf);
	/* the second is of the same customer */
	ck_assert_uint_eq(three.len - one.len, 1 + 17);
	free(one.ptr);
	free(three.ptr);
}
END_TEST

START_TEST(the_smallest_leaf_is_nine_bytes)
{
	const struct cr_leaf leaf = { .type = CR_LEAF_SEARCH };
	struct bytes bytes = leaf_bytes(&leaf);
	char *hex = leaf_hex(bytes);

	ck_assert_str_eq(hex, "010008000000000000");
	ck_assert_int_eq(leaf_decode_copy(bytes, bytes.len), CR_OK);
	free(hex);
	free(bytes.ptr);
}
END_TEST

static int
try_encode(const struct cr_leaf *leaf)
{
	size_t size = cr_leaf_size(leaf);
	unsigned char *out = malloc(size);
	size_t len = 12345;
	int rc;

	ck_assert_ptr_nonnull(out);
	rc = cr_leaf_encode(leaf, out, size, &len);
	if (rc != CR_OK)
		ck_assert_uint_eq(len, 12345);
	free(out);
	return rc;
}

START_TEST(what_cannot_be_read_is_not_written)
{
	const struct cr_leaf_entry large_class = { { 0 }, 128 };
	const struct cr_slice none = { "", 0 };
	struct cr_leaf leaf = { .type = CR_LEAF_SEARCH };

#define REFUSED(field, value) do { \
	struct cr_leaf bad = leaf; \
	bad.field = value; \
	ck_assert_int_eq(try_encode(&bad), CR_ESYNTAX); \
} while (0)
	ck_assert_int_eq(try_encode(&leaf), CR_OK);
	REFUSED(flags, 8);
	REFUSED(type, CR_LEAF_NOTHING);
	REFUSED(type, CR_LEAF_TYPES);
	REFUSED(scope, CR_LEAF_SCOPES);
	REFUSED(reader, CR_SLICE_LITERAL("\xff"));
	REFUSED(shape, CR_SLICE_LITERAL("a\0b"));
	REFUSED(listener, CR_SLICE_LITERAL("long enough for words \xc3"));
	REFUSED(has_subject, true);
	REFUSED(detail, CR_SLICE_LITERAL("all"));
	REFUSED(flags, CR_LEAF_EVENT);
	leaf.event = CR_SLICE_LITERAL("\x80");
	REFUSED(flags, CR_LEAF_EVENT);
	leaf.result = -1;
	REFUSED(flags, CR_LEAF_LAST);
	leaf.attributes = &none;
	REFUSED(attribute_count, 1);
	leaf.entries = &large_class;
	REFUSED(entry_count, 1);
#undef REFUSED
}
END_TEST

START_TEST(a_leaf_that_is_full_has_65535_bytes_at_most)
{
	struct cr_leaf leaf = leaf_point;
	size_t room = cr_leaf_entry_room(&leaf);
	struct cr_leaf_entry *many = calloc(room + 40, sizeof(*many));

	ck_assert_ptr_nonnull(many);
	for (size_t i = 0; i < room + 40; i++)
		memcpy(many[i].uuid, &i, sizeof(i));
	ck_assert_uint_gt(room, 3800);
	leaf.entries = many;
	leaf.entry_count = room;
	ck_assert_int_eq(try_encode(&leaf), CR_OK);
	leaf.entry_count = room + 40;
	ck_assert_int_eq(try_encode(&leaf), CR_ELIMIT);
	free(many);
}
END_TEST

START_TEST(a_long_head_leaves_no_room)
{
	static char text[70000];
	struct cr_leaf leaf = leaf_point;

	memset(text, 'a', sizeof(text));
	leaf.shape = (struct cr_slice){ text, sizeof(text) };
	ck_assert_uint_eq(cr_leaf_entry_room(&leaf), 0);
	ck_assert_int_eq(try_encode(&leaf), CR_ELIMIT);
}
END_TEST

START_TEST(a_buffer_that_may_be_too_small_is_not_used)
{
	unsigned char out[16] = { 0 };
	size_t len = 0;

	ck_assert_int_eq(cr_leaf_encode(&leaf_point, out, sizeof(out), &len),
	    CR_EINTERNAL);
	ck_assert_uint_eq(out[0], 0);
}
END_TEST

/* However a peer is written, it is read the same. */
static const char *const peers[] = {
	"IP=127.0.0.1:4711", "IP=0.0.0.0:0", "IP=255.255.255.255:65535",
	"IP=[::]:0", "IP=[::1]:389", "IP=[2001:db8:0:1::2]:40000",
	"IP=[::ffff:1.2.3.4]:1", "IP=[2001:DB8::1]:1", "IP=[::1]:00389",
	"IP=[::1]", "IP=[::1", "IP=[0:0:0:0:0:0:0:1]:1", "IP=1.2.3.4",
	"IP=1.2.3.4:", "IP=1.2.3.4:65536", "IP=1.2.3.4:1 ", "IP=1.2.3:1",
	"IP=01.2.3.4:1", "IP=256.2.3.4:1", "IP=", "PATH=/run/ldapi",
	"unknown", "IP=[1111111111111111111111111111111111111111111111111]:1"
};

START_TEST(every_peer_is_kept_as_it_is)
{
	struct cr_leaf leaf = { .type = CR_LEAF_SEARCH,
		.peer = cr_slice_of(peers[_i]) };
	struct cr_leaf_space space = { 0 };
	struct bytes bytes = leaf_bytes(&leaf);
	struct cr_leaf read;

	ck_assert_int_eq(cr_leaf_decode(leaf_slice(bytes), &space, &read),
	    CR_OK);
	leaf_assert_same_slice(read.peer, leaf.peer);
	ck_assert_uint_eq(bytes.len - 9, _i < 3 ? 7 : _i < 7 ? 19 :
	    2 + leaf.peer.len);
	cr_leaf_space_clear(&space);
	free(bytes.ptr);
}
END_TEST

/* Only a UUID in small letters is packed; all come back as they were. */
static const char *const parties[] = {
	"uuid:2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f",
	"uuid:2C1C6A2E-1b1c-4d3e-9a5b-0a1b2c3d4e5f",
	"uuid:2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5", "uuid:unknown",
	"uuid:", "uid=a", "cn=\xc3\xa4"
};

START_TEST(every_party_is_kept_as_it_is)
{
	struct cr_leaf leaf = { .type = CR_LEAF_SEARCH,
		.reader = cr_slice_of(parties[_i]),
		.on_behalf_of = cr_slice_of(parties[0]) };
	struct cr_leaf_space space = { 0 };
	struct bytes bytes = leaf_bytes(&leaf);
	struct cr_leaf read;

	ck_assert_int_eq(cr_leaf_decode(leaf_slice(bytes), &space, &read),
	    CR_OK);
	leaf_assert_same_slice(read.reader, leaf.reader);
	leaf_assert_same_slice(read.on_behalf_of, leaf.on_behalf_of);
	ck_assert_uint_eq(bytes.len - 9 - 17,
	    _i == 0 ? 17 : 2 + leaf.reader.len);
	cr_leaf_space_clear(&space);
	free(bytes.ptr);
}
END_TEST

/* Room is used again; what a larger leaf left behind does no harm. */
START_TEST(the_space_serves_leaf_after_leaf)
{
	struct cr_leaf_space space = { 0 };

	for (unsigned i = 0; i < 30; i++) {
		const struct cr_leaf *leaf = leaf_samples[i % 4].leaf;
		struct bytes bytes = leaf_bytes(leaf);
		struct cr_leaf read;

		ck_assert_int_eq(cr_leaf_decode(leaf_slice(bytes), &space,
		    &read), CR_OK);
		leaf_assert_same(&read, leaf);
		free(bytes.ptr);
	}
	cr_leaf_space_clear(&space);
	cr_leaf_space_clear(&space);
}
END_TEST

#define LOOP(tcase, test, list) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(list) / sizeof((list)[0])))

int
main(void)
{
	Suite *suite = suite_create("leaf");
	TCase *tcase = tcase_create("leaf");

	tcase_add_loop_test(tcase, the_bytes_are_those_of_the_format, 0,
	    LEAF_SAMPLES);
	tcase_add_loop_test(tcase, what_is_read_is_what_was_written, 0,
	    LEAF_SAMPLES);
	tcase_add_test(tcase, a_point_read_is_small);
	tcase_add_test(tcase, an_entry_more_is_at_most_17_bytes);
	tcase_add_test(tcase, the_smallest_leaf_is_nine_bytes);
	tcase_add_test(tcase, what_cannot_be_read_is_not_written);
	tcase_add_test(tcase, a_leaf_that_is_full_has_65535_bytes_at_most);
	tcase_add_test(tcase, a_long_head_leaves_no_room);
	tcase_add_test(tcase, a_buffer_that_may_be_too_small_is_not_used);
	LOOP(tcase, every_peer_is_kept_as_it_is, peers);
	LOOP(tcase, every_party_is_kept_as_it_is, parties);
	tcase_add_test(tcase, the_space_serves_leaf_after_leaf);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
