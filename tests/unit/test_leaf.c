#include "unit/suite.h"

#include <stdio.h>

#include "log/leaf.h"

static const struct cr_slice attributes[] = {
	CR_SLICE_LITERAL("cn"), CR_SLICE_LITERAL("sn"),
	CR_SLICE_LITERAL("givenName"), CR_SLICE_LITERAL("displayName"),
	CR_SLICE_LITERAL("o"), CR_SLICE_LITERAL("title"),
	CR_SLICE_LITERAL("uid"), CR_SLICE_LITERAL("crCustomerNumber"),
	CR_SLICE_LITERAL("mail"), CR_SLICE_LITERAL("street"),
	CR_SLICE_LITERAL("postalCode"), CR_SLICE_LITERAL("l"),
	CR_SLICE_LITERAL("objectClass")
};

static const struct cr_slice example_attributes[] = {
	CR_SLICE_LITERAL("cn"), CR_SLICE_LITERAL("mail")
};

static const struct cr_slice other_attributes[] = {
	CR_SLICE_LITERAL("cn;lang-fi"), CR_SLICE_LITERAL("cn")
};

static const struct cr_leaf_entry entries[] = {
	{ { 0x2c, 0x1c, 0x6a, 0x2e, 0x1b, 0x1c, 0x4d, 0x3e, 0x9a, 0x5b, 0x0a,
	    0x1b, 0x2c, 0x3d, 0x4e, 0x5f }, 1 },
	{ { 0x2c, 0x1c, 0x6a, 0x2e, 0x1b, 0x1c, 0x4d, 0x3e, 0x9a, 0x5b, 0x0a,
	    0x1b, 0x2c, 0x3d, 0x4e, 0x5f }, 3 },
	{ { 0xff, 0x1c, 0x6a, 0x2e, 0x1b, 0x1c, 0x4d, 0x3e, 0x9a, 0x5b, 0x0a,
	    0x1b, 0x2c, 0x3d, 0x4e, 0x5f }, 0 }
};

/* A point read as the overlay logs them: 40 bytes of reader. */
static const struct cr_leaf point = {
	.flags = CR_LEAF_FIRST | CR_LEAF_LAST,
	.time_ms = INT64_C(1782907200123),
	.connection = 1000,
	.operation = 3,
	.type = CR_LEAF_SEARCH,
	.scope = CR_LEAF_BASE,
	.reader = CR_SLICE_LITERAL("uid=mikko-petteri,ou=handlers,dc=example"),
	.purpose = CR_SLICE_LITERAL("customerCare"),
	.mechanism = CR_SLICE_LITERAL("simple"),
	.ssf = 256,
	.peer = CR_SLICE_LITERAL("IP=127.0.0.1:4711"),
	.listener = CR_SLICE_LITERAL("ldap://127.0.0.1:389/"),
	.shape = CR_SLICE_LITERAL("(objectClass=*)"),
	.attributes = attributes,
	.attribute_count = 13,
	.entries = entries,
	.entry_count = 1,
	.result = 0,
	.count = 1
};

/* Everything there is. */
static const struct cr_leaf whole = {
	.flags = CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT,
	.time_ms = -1,
	.connection = UINT64_MAX,
	.operation = 128,
	.type = CR_LEAF_OCCURRENCE,
	.scope = CR_LEAF_CHILDREN,
	.reader = CR_SLICE_LITERAL("uid=crm"),
	.on_behalf_of = CR_SLICE_LITERAL(
	    "uuid:2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f"),
	.purpose = CR_SLICE_LITERAL("own"),
	.recipient = CR_SLICE_LITERAL("cn=r"),
	.reference = CR_SLICE_LITERAL("R-17"),
	.mechanism = CR_SLICE_LITERAL("X"),
	.ssf = 0,
	.peer = CR_SLICE_LITERAL("IP=[2001:db8::1]:65535"),
	.listener = CR_SLICE_LITERAL("ldapi:///"),
	.shape = CR_SLICE_LITERAL("(\xc3\xa4=)"),
	.attributes = other_attributes,
	.attribute_count = 2,
	.entries = entries,
	.entry_count = 3,
	.result = 4096,
	.count = 300,
	.event = CR_SLICE_LITERAL("ban-set"),
	.detail = CR_SLICE_LITERAL("directMarketing"),
	.subject = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	.has_subject = true
};

/* The example of leaf.h. */
static const struct cr_leaf example = {
	.flags = CR_LEAF_FIRST | CR_LEAF_LAST,
	.time_ms = INT64_C(1782907200123),
	.connection = 1000,
	.operation = 3,
	.type = CR_LEAF_SEARCH,
	.scope = CR_LEAF_BASE,
	.reader = CR_SLICE_LITERAL("uid=a"),
	.purpose = CR_SLICE_LITERAL("customerCare"),
	.mechanism = CR_SLICE_LITERAL("simple"),
	.attributes = example_attributes,
	.attribute_count = 2,
	.entries = entries,
	.entry_count = 1,
	.count = 1
};

static const struct cr_leaf middle = {
	.type = CR_LEAF_PERSIST,
	.entries = entries,
	.entry_count = 2
};

/* Format 1 for good. */
static const struct {
	const struct cr_leaf *leaf;
	const char *hex;
} golden[] = {
	{ &example, "0103092506" "f689e7d8e367" "e807" "03" "00"
	    "00057569643d61" "01" "01" "02020a"
	    "01" "012c1c6a2e1b1c4d3e9a5b0a1b2c3d4e5f" "0001" },
	{ &point,
	    "010309e507f689e7d8e367e80703800200287569643d6d696b6b6f2d70657474"
	    "6572692c6f753d68616e646c6572732c64633d6578616d706c650101047f0000"
	    "011267156c6461703a2f2f3132372e302e302e313a3338392f0f286f626a6563"
	    "74436c6173733d2a290d02030405060708090a0e0f100101012c1c6a2e1b1c4d"
	    "3e9a5b0a1b2c3d4e5f0001" },
	{ &whole,
	    "01075cff1f01ffffffffffffffffff0180010000077569643d63726d012c1c6a"
	    "2e1b1c4d3e9a5b0a1b2c3d4e5f00036f776e04636e3d7204522d313700015806"
	    "20010db8000000000000000000000001ffff096c646170693a2f2f2f0528c3a4"
	    "3d2902000a636e3b6c616e672d66690203012c1c6a2e1b1c4d3e9a5b0a1b2c3d"
	    "4e5f8300ff1c6a2e1b1c4d3e9a5b0a1b2c3d4e5f0102030405060708090a0b0c"
	    "0d0e0f100d8020ac0206" },
	{ &middle,
	    "01004000040000000002012c1c6a2e1b1c4d3e9a5b0a1b2c3d4e5f83" }
};

struct bytes {
	unsigned char *ptr;
	size_t len;
};

static struct bytes
encode(const struct cr_leaf *leaf)
{
	size_t size = cr_leaf_size(leaf);
	struct bytes bytes = { malloc(size), 0 };

	ck_assert_ptr_nonnull(bytes.ptr);
	ck_assert_int_eq(cr_leaf_encode(leaf, bytes.ptr, size, &bytes.len),
	    CR_OK);
	ck_assert_uint_le(bytes.len, size);
	return bytes;
}

static struct cr_slice
slice_of(struct bytes bytes)
{
	return (struct cr_slice){ (const char *)bytes.ptr, bytes.len };
}

static char *
hex_of(struct bytes bytes)
{
	char *hex = malloc(2 * bytes.len + 1);

	ck_assert_ptr_nonnull(hex);
	hex[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		sprintf(hex + 2 * i, "%02x", bytes.ptr[i]);
	return hex;
}

static void
assert_same_slice(struct cr_slice a, struct cr_slice b)
{
	ck_assert_uint_eq(a.len, b.len);
	if (a.len > 0)
		ck_assert_mem_eq(a.ptr, b.ptr, a.len);
}

static void
assert_same(const struct cr_leaf *a, const struct cr_leaf *b)
{
	ck_assert_uint_eq(a->flags, b->flags);
	ck_assert_int_eq(a->time_ms, b->time_ms);
	ck_assert_uint_eq(a->connection, b->connection);
	ck_assert_uint_eq(a->operation, b->operation);
	ck_assert_uint_eq(a->type, b->type);
	ck_assert_uint_eq(a->scope, b->scope);
	assert_same_slice(a->reader, b->reader);
	assert_same_slice(a->on_behalf_of, b->on_behalf_of);
	assert_same_slice(a->purpose, b->purpose);
	assert_same_slice(a->recipient, b->recipient);
	assert_same_slice(a->reference, b->reference);
	assert_same_slice(a->mechanism, b->mechanism);
	ck_assert_uint_eq(a->ssf, b->ssf);
	assert_same_slice(a->peer, b->peer);
	assert_same_slice(a->listener, b->listener);
	assert_same_slice(a->shape, b->shape);
	ck_assert_uint_eq(a->attribute_count, b->attribute_count);
	for (size_t i = 0; i < a->attribute_count; i++)
		assert_same_slice(a->attributes[i], b->attributes[i]);
	ck_assert_uint_eq(a->entry_count, b->entry_count);
	for (size_t i = 0; i < a->entry_count; i++) {
		ck_assert_mem_eq(a->entries[i].uuid, b->entries[i].uuid, 16);
		ck_assert_uint_eq(a->entries[i].class_code,
		    b->entries[i].class_code);
	}
	ck_assert_int_eq(a->result, b->result);
	ck_assert_uint_eq(a->count, b->count);
	assert_same_slice(a->event, b->event);
	assert_same_slice(a->detail, b->detail);
	ck_assert_int_eq(a->has_subject, b->has_subject);
	ck_assert_mem_eq(a->subject, b->subject, 16);
}

START_TEST(the_bytes_are_those_of_the_format)
{
	struct bytes bytes = encode(golden[_i].leaf);
	char *hex = hex_of(bytes);

	ck_assert_str_eq(hex, golden[_i].hex);
	free(hex);
	free(bytes.ptr);
}
END_TEST

START_TEST(what_is_read_is_what_was_written)
{
	struct bytes bytes = encode(golden[_i].leaf);
	struct cr_leaf_space space = { 0 };
	struct cr_leaf leaf;

	ck_assert_int_eq(cr_leaf_decode(slice_of(bytes), &space, &leaf),
	    CR_OK);
	assert_same(&leaf, golden[_i].leaf);
	cr_leaf_space_clear(&space);
	free(bytes.ptr);
}
END_TEST

START_TEST(a_point_read_is_small)
{
	struct bytes bytes = encode(&point);

	ck_assert_uint_le(bytes.len, 165);
	free(bytes.ptr);
}
END_TEST

START_TEST(an_entry_more_is_at_most_17_bytes)
{
	struct cr_leaf leaf = point;
	struct bytes one = encode(&leaf);
	struct bytes three;

	leaf.entry_count = 3;
	three = encode(&leaf);
	/* the second is of the same customer */
	ck_assert_uint_eq(three.len - one.len, 1 + 17);
	free(one.ptr);
	free(three.ptr);
}
END_TEST

/* A copy of exactly that length, so that a sanitizer sees a read past it. */
static int
decode_copy(struct bytes bytes, size_t len)
{
	struct cr_leaf_space space = { 0 };
	struct cr_leaf leaf;
	char *copy = malloc(len > 0 ? len : 1);
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes.ptr, len);
	rc = cr_leaf_decode((struct cr_slice){ copy, len }, &space, &leaf);
	cr_leaf_space_clear(&space);
	free(copy);
	return rc;
}

START_TEST(a_cut_leaf_is_refused)
{
	struct bytes bytes = encode(golden[_i].leaf);

	for (size_t len = 0; len < bytes.len; len++)
		ck_assert_int_eq(decode_copy(bytes, len), CR_ESYNTAX);
	free(bytes.ptr);
}
END_TEST

START_TEST(bytes_left_over_are_refused)
{
	struct bytes bytes = encode(golden[_i].leaf);

	bytes.ptr = realloc(bytes.ptr, bytes.len + 1);
	ck_assert_ptr_nonnull(bytes.ptr);
	for (unsigned byte = 0; byte < 256; byte++) {
		bytes.ptr[bytes.len] = (unsigned char)byte;
		ck_assert_int_eq(decode_copy(bytes, bytes.len + 1),
		    CR_ESYNTAX);
	}
	free(bytes.ptr);
}
END_TEST

/* Refused, or read as exactly what it then is: one leaf has one form. */
START_TEST(a_flipped_bit_is_refused_or_is_another_leaf)
{
	struct bytes bytes = encode(golden[_i].leaf);

	for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
		struct cr_leaf_space space = { 0 };
		struct cr_leaf leaf;

		bytes.ptr[bit / 8] ^= (unsigned char)(1U << bit % 8);
		if (cr_leaf_decode(slice_of(bytes), &space, &leaf) == CR_OK) {
			struct bytes again = encode(&leaf);

			ck_assert_uint_eq(again.len, bytes.len);
			ck_assert_mem_eq(again.ptr, bytes.ptr, bytes.len);
			free(again.ptr);
		}
		cr_leaf_space_clear(&space);
		bytes.ptr[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
	free(bytes.ptr);
}
END_TEST

static unsigned char
nibble(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* version flags kind present time connection operation ssf ... */
static const struct {
	const char *why;
	const char *hex;
} refused[] = {
	{ "nothing at all", "" },
	{ "version 0", "0000080000" "00000000" },
	{ "version 2", "0200080000" "00000000" },
	{ "an unknown flag", "0108080000" "00000000" },
	{ "no type", "0100000000" "00000000" },
	{ "an unknown type", "0100600000" "00000000" },
	{ "an unknown scope", "01000d0000" "00000000" },
	{ "an unknown field", "0100080020" "00000000" },
	{ "a number longer than it needs", "0100080000" "8000000000" },
	{ "a number of 65 bits", "0100080000"
	    "00" "ffffffffffffffffff02" "0000" },
	{ "a number without an end", "0100080000"
	    "00" "ffffffffffffffffffff01" "0000" },
	{ "an SSF of 33 bits", "0100080000" "000000" "8080808010" },
	{ "a party of an unknown form", "0100080100" "00000000" "020161" },
	{ "an empty party", "0100080100" "00000000" "0000" },
	{ "a UUID as text", "0100080100" "00000000" "0029757569643a"
	    "32633163366132652d316231632d346433652d396135622d"
	    "306131623263336434653566" },
	{ "an unknown keyword", "0100080400" "00000000" "fe" },
	{ "a NUL in a text", "0100080800" "00000000" "0100" },
	{ "no UTF-8", "0100080800" "00000000" "01ff" },
	{ "a peer of an unknown form", "0100084000" "00000000" "05" },
	{ "a list of no attributes", "0100080002" "00000000" "00" },
	{ "more attributes than bytes", "0100080002" "00000000" "0201" },
	{ "a list of no entries", "0100080004" "00000000" "00" },
	{ "an entry that is as the one before the first", "0100080004"
	    "00000000" "0181" },
	{ "a UUID written out twice", "0100080004" "00000000" "02"
	    "0100000000000000000000000000000000"
	    "0200000000000000000000000000000000" },
	{ "a subject without an event", "0100080008" "00000000"
	    "00000000000000000000000000000000" },
	{ "a detail without an event", "0100080010" "00000000" "01" },
	{ "a result of 32 bits", "0102080000" "00000000" "8080808008" "00" },
	{ "an event without a name", "0104080000" "00000000" "0000" }
};

START_TEST(what_the_grammar_does_not_allow_is_refused)
{
	unsigned char bytes[128];
	const char *hex = refused[_i].hex;
	size_t len = strlen(hex) / 2;

	ck_assert_uint_le(len, sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(nibble(hex[2 * i]) << 4 |
		    nibble(hex[2 * i + 1]));
	ck_assert_msg(decode_copy((struct bytes){ bytes, len }, len) ==
	    CR_ESYNTAX, "%s", refused[_i].why);
}
END_TEST

/* What the rows above differ from is allowed. */
START_TEST(the_smallest_leaf_is_nine_bytes)
{
	const struct cr_leaf leaf = { .type = CR_LEAF_SEARCH };
	struct bytes bytes = encode(&leaf);
	char *hex = hex_of(bytes);

	ck_assert_str_eq(hex, "010008000000000000");
	ck_assert_int_eq(decode_copy(bytes, bytes.len), CR_OK);
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
	struct cr_leaf leaf = point;
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
	struct cr_leaf leaf = point;

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

	ck_assert_int_eq(cr_leaf_encode(&point, out, sizeof(out), &len),
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
	struct bytes bytes = encode(&leaf);
	struct cr_leaf read;

	ck_assert_int_eq(cr_leaf_decode(slice_of(bytes), &space, &read),
	    CR_OK);
	assert_same_slice(read.peer, leaf.peer);
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
	struct bytes bytes = encode(&leaf);
	struct cr_leaf read;

	ck_assert_int_eq(cr_leaf_decode(slice_of(bytes), &space, &read),
	    CR_OK);
	assert_same_slice(read.reader, leaf.reader);
	assert_same_slice(read.on_behalf_of, leaf.on_behalf_of);
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
		const struct cr_leaf *leaf = golden[i % 4].leaf;
		struct bytes bytes = encode(leaf);
		struct cr_leaf read;

		ck_assert_int_eq(cr_leaf_decode(slice_of(bytes), &space,
		    &read), CR_OK);
		assert_same(&read, leaf);
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

	LOOP(tcase, the_bytes_are_those_of_the_format, golden);
	LOOP(tcase, what_is_read_is_what_was_written, golden);
	tcase_add_test(tcase, a_point_read_is_small);
	tcase_add_test(tcase, an_entry_more_is_at_most_17_bytes);
	LOOP(tcase, a_cut_leaf_is_refused, golden);
	LOOP(tcase, bytes_left_over_are_refused, golden);
	LOOP(tcase, a_flipped_bit_is_refused_or_is_another_leaf, golden);
	LOOP(tcase, what_the_grammar_does_not_allow_is_refused, refused);
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
