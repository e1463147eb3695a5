#include "unit/suite.h"

#include <stdint.h>

#include "custreg/erase.h"
#include "unit/hex.h"

#define UUID "0410 5b1f833a0c4d4e6f9a2761d07eb248c1"
#define UUID_BYTES { 0x5b, 0x1f, 0x83, 0x3a, 0x0c, 0x4d, 0x4e, 0x6f, 0x9a, \
	0x27, 0x61, 0xd0, 0x7e, 0xb2, 0x48, 0xc1 }
#define UNTIL "180f 32303332313233313231353935395a"
#define UNTIL_TIME INT64_C(1988143199)	/* 20321231215959Z */
#define AT "180f 32303236303131353130313530305a"
#define AT_TIME INT64_C(1768472100)	/* 20260115101500Z */

#define ITEM "3015" UUID "0c01 61"
#define ITEMS "3017" ITEM
/* reason openInvoice, no law */
#define HELD "301a" UUID "0c01 61" "0a01 00" "0c00"
#define HELDS "301c" HELD
#define RECEIPT "301a" "0404 452d3432" AT "0201 07"

#define ERASED "0a01 00"
#define PARTLY "0a01 01"
#define REFUSED "0a01 02"
#define WOULD_ERASE "0a01 03"
#define WOULD_REFUSE "0a01 04"
#define WOULD_PARTLY "0a01 05"
#define NONE "3000"

/* What was allocated for the lists. */
static size_t allocated;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *
__wrap_calloc(size_t count, size_t size)
{
	allocated += count * size;
	return __real_calloc(count, size);
}

static bool
are_same(const struct cr_erase_response *a, const struct cr_erase_response *b)
{
	bool same = a->state == b->state &&
	    a->erased_count == b->erased_count &&
	    a->withheld_count == b->withheld_count &&
	    cr_slice_equal(a->receipt.id, b->receipt.id) &&
	    a->receipt.time == b->receipt.time &&
	    a->receipt.log_index == b->receipt.log_index;

	for (size_t i = 0; same && i < a->erased_count; i++)
		same = memcmp(a->erased[i].uuid, b->erased[i].uuid,
		    CR_ERASE_UUID) == 0 &&
		    cr_slice_equal(a->erased[i].what, b->erased[i].what);
	for (size_t i = 0; same && i < a->withheld_count; i++)
		same = memcmp(a->withheld[i].uuid, b->withheld[i].uuid,
		    CR_ERASE_UUID) == 0 &&
		    cr_slice_equal(a->withheld[i].what, b->withheld[i].what) &&
		    a->withheld[i].reason == b->withheld[i].reason &&
		    cr_slice_equal(a->withheld[i].law, b->withheld[i].law) &&
		    a->withheld[i].has_until == b->withheld[i].has_until &&
		    a->withheld[i].until == b->withheld[i].until;
	return same;
}

/* A response has one encoding. */
static void
check_back(const struct cr_erase_response *response, struct bytes value)
{
	unsigned char *encoded = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_erase_response_encode(response, &encoded, &len),
	    CR_OK);
	ck_assert_uint_eq(len, value.len);
	ck_assert_mem_eq(encoded, value.data, len);
	free(encoded);
}

static struct cr_erase_item item = { UUID_BYTES, { "a", 1 } };

static struct cr_erase_withheld held[] = {
	{ .uuid = UUID_BYTES, .what = { "a", 1 },
	    .reason = CR_ERASE_OPEN_INVOICE },
	{ .uuid = UUID_BYTES, .what = { "a", 1 }, .reason = CR_ERASE_OTHER,
	    .has_until = true, .until = UNTIL_TIME, .law = { "\xc3\xa4", 2 } }
};

static const struct {
	const char *hex;
	struct cr_erase_response response;
} good[] = {
	{ "3007" ERASED NONE NONE, { .state = CR_ERASE_ERASED } },
	{ "301e" ERASED ITEMS NONE, { .state = CR_ERASE_ERASED,
	    .erased = &item, .erased_count = 1 } },
	{ "3023" ERASED NONE NONE RECEIPT, { .state = CR_ERASE_ERASED,
	    .receipt = { { "E-42", 4 }, AT_TIME, 7 } } },
	{ "3023" PARTLY NONE HELDS, { .state = CR_ERASE_PARTLY,
	    .withheld = held, .withheld_count = 1 } },
	{ "3056" PARTLY ITEMS HELDS RECEIPT, { .state = CR_ERASE_PARTLY,
	    .erased = &item, .erased_count = 1,
	    .withheld = held, .withheld_count = 1,
	    .receipt = { { "E-42", 4 }, AT_TIME, 7 } } },
	{ "3023" REFUSED NONE HELDS, { .state = CR_ERASE_REFUSED,
	    .withheld = held, .withheld_count = 1 } },
	{ "3007" WOULD_ERASE NONE NONE, { .state = CR_ERASE_WOULD_ERASE } },
	{ "3023" WOULD_REFUSE NONE HELDS, { .state = CR_ERASE_WOULD_REFUSE,
	    .withheld = held, .withheld_count = 1 } },
	{ "3052" WOULD_PARTLY NONE "304b" HELD "302d" UUID "0c01 61" "0a01 04"
	    "0c02 c3a4" UNTIL, { .state = CR_ERASE_WOULD_PARTLY,
	    .withheld = held, .withheld_count = 2 } }
};

START_TEST(a_response_is_decoded)
{
	struct bytes value = hex_bytes(good[_i].hex);
	struct cr_erase_response response;

	ck_assert_int_eq(cr_erase_response_decode(hex_slice(value), &response),
	    CR_OK);
	ck_assert(are_same(&response, &good[_i].response));
	check_back(&response, value);
	cr_erase_response_clear(&response);
	ck_assert_ptr_null(response.erased);
	ck_assert_ptr_null(response.withheld);
	cr_erase_response_clear(&response);
	free(value.data);
}
END_TEST

static const char *const bad[] = {
	"",
	"30",
	"3000",
	/* not a SEQUENCE, bytes after it, too many or few in it */
	"3107" ERASED NONE NONE,
	"3007" ERASED NONE NONE "00",
	"3007" ERASED NONE NONE "3000",
	"3008" ERASED NONE NONE "00",
	"3008" ERASED NONE NONE,
	"3005" ERASED NONE,
	"3003" ERASED,
	"3004" NONE NONE,
	/* lengths: indefinite, longer than they need to be, cut, huge */
	"3080" ERASED NONE NONE "0000",
	"308107" ERASED NONE NONE,
	"30820007" ERASED NONE NONE,
	"3008" "0a8101 00" NONE NONE,
	"3008" ERASED "308100" NONE,
	"3008" ERASED NONE "308100",
	"3009" ERASED "3080 0000" NONE,
	"301f" ERASED "3018" "308115" UUID "0c01 61" NONE,
	"301f" ERASED "3018" "3016" UUID "0c8101 61" NONE,
	"3084ffffffff" ERASED NONE NONE,
	"30850000000007" ERASED NONE NONE,
	/* state: another number, size, type */
	"3007" "0a01 06" NONE NONE,
	"3007" "0a01 ff" NONE NONE,
	"3006" "0a00" NONE NONE,
	"3008" "0a02 0000" NONE NONE,
	"3007" "0201 00" NONE NONE,
	"300a" ERASED ERASED NONE NONE,
	/* lists that belie the state */
	"3023" ERASED NONE HELDS,
	"3023" WOULD_ERASE NONE HELDS,
	"3007" PARTLY NONE NONE,
	"3007" WOULD_PARTLY NONE NONE,
	"301e" PARTLY ITEMS NONE,
	"3007" REFUSED NONE NONE,
	"3007" WOULD_REFUSE NONE NONE,
	"303a" REFUSED ITEMS HELDS,
	"303a" WOULD_REFUSE ITEMS HELDS,
	/* lists: another type, in another order, what is not in them */
	"3007" ERASED "3100" NONE,
	"3007" ERASED NONE "3100",
	"3023" PARTLY HELDS NONE,
	"3009" ERASED "3002 3000" NONE,
	"3009" ERASED "3002 0500" NONE,
	"3009" PARTLY NONE "3002 3000",
	"3008" ERASED "3001 30" NONE,
	/* an item: uuid, what, order, more */
	"301d" ERASED "3016" "3014" "040f 5b1f833a0c4d4e6f9a2761d07eb248"
	    "0c01 61" NONE,
	"301f" ERASED "3018" "3016" "0411 5b1f833a0c4d4e6f9a2761d07eb248c1c1"
	    "0c01 61" NONE,
	"301e" ERASED "3017" "3015" "8110 5b1f833a0c4d4e6f9a2761d07eb248c1"
	    "0c01 61" NONE,
	"301d" ERASED "3016" "3014" UUID "0c00" NONE,
	"301e" ERASED "3017" "3015" UUID "0c01 00" NONE,
	"301e" ERASED "3017" "3015" UUID "0c01 e4" NONE,
	"301f" ERASED "3018" "3016" UUID "0c02 c080" NONE,
	"301e" ERASED "3017" "3015" UUID "0401 61" NONE,
	"301e" ERASED "3017" "3015" "0c01 61" UUID NONE,
	"301b" ERASED "3014" "3012" UUID NONE,
	"301f" ERASED "3018" "3016" UUID "0c01 61" "00" NONE,
	"3021" ERASED "301a" "3018" UUID "0c01 61" "0c01 61" NONE,
	/* what is withheld: each part, order, more */
	"3022" PARTLY NONE "301b" "3019" "040f 5b1f833a0c4d4e6f9a2761d07eb248"
	    "0c01 61" "0a01 00" "0c00",
	"3022" PARTLY NONE "301b" "3019" UUID "0c00" "0a01 00" "0c00",
	"3023" PARTLY NONE "301c" "301a" UUID "0c00" "0a01 00" "0c01 61",
	"3023" PARTLY NONE "301c" "301a" UUID "0c01 61" "0a01 05" "0c00",
	"3023" PARTLY NONE "301c" "301a" UUID "0c01 61" "0a01 ff" "0c00",
	"3023" PARTLY NONE "301c" "301a" UUID "0c01 61" "0201 00" "0c00",
	"3022" PARTLY NONE "301b" "3019" UUID "0c01 61" "0c02 6161",
	"3021" PARTLY NONE "301a" "3018" UUID "0c01 61" "0a01 00",
	"3024" PARTLY NONE "301d" "301b" UUID "0c01 61" "0a01 00" "0c01 00",
	"3024" PARTLY NONE "301d" "301b" UUID "0c01 61" "0a01 00" "0c01 ff",
	"3023" PARTLY NONE "301c" "301a" UUID "0c01 61" "0c00" "0a01 00",
	"3034" PARTLY NONE "302d" "302b" UUID "0c01 61" "0a01 00" UNTIL "0c00",
	"3024" PARTLY NONE "301d" "301b" UUID "0c01 61" "0a01 00" "0c00" "00",
	"3025" PARTLY NONE "301e" "301c" UUID "0c01 61" "0a01 00" "0c00" "0c00",
	"3045" PARTLY NONE "303e" "303c" UUID "0c01 61" "0a01 00" "0c00" UNTIL
	    UNTIL,
	/* until: a day that is not, a fraction, no zone, of another type */
	"3034" PARTLY NONE "302d" "302b" UUID "0c01 61" "0a01 00" "0c00"
	    "180f 32303332303233303231353935395a",
	"3034" PARTLY NONE "302d" "302b" UUID "0c01 61" "0a01 00" "0c00"
	    "180f 3230333231323331323135392e355a",
	"3033" PARTLY NONE "302c" "302a" UUID "0c01 61" "0a01 00" "0c00"
	    "180e 3230333231323331323135393539",
	"3034" PARTLY NONE "302d" "302b" UUID "0c01 61" "0a01 00" "0c00"
	    "040f 32303332313233313231353935395a",
	"3025" PARTLY NONE "301e" "301c" UUID "0c01 61" "0a01 00" "0c00" "1800",
	/* receipt: each part, twice */
	"3009" ERASED NONE NONE "3000",
	"301f" ERASED NONE NONE "3016" "0400" AT "0201 07",
	"301d" ERASED NONE NONE "3014" AT "0201 07",
	"3012" ERASED NONE NONE "3009" "0404 452d3432" "0201 07",
	"3020" ERASED NONE NONE "3017" "0404 452d3432" AT,
	"3023" ERASED NONE NONE "301a" "0404 452d3432" "0201 07" AT,
	"3023" ERASED NONE NONE "301a" "0404 452d3432" AT "0201 ff",
	"3024" ERASED NONE NONE "301b" "0404 452d3432" AT "0202 0007",
	"3022" ERASED NONE NONE "3019" "0404 452d3432" AT "0200",
	"302b" ERASED NONE NONE "3022" "0404 452d3432" AT
	    "0209 008000000000000000",
	"3024" ERASED NONE NONE "301b" "0404 452d3432" AT "0201 07" "00",
	"3023" ERASED NONE NONE "311a" "0404 452d3432" AT "0201 07",
	"303f" ERASED NONE NONE RECEIPT RECEIPT,
	"3025" ERASED NONE NONE RECEIPT "0500",
	"3023" ERASED NONE RECEIPT NONE
};

START_TEST(what_is_no_response_is_refused)
{
	struct bytes value = hex_bytes(bad[_i]);
	struct cr_erase_response response;
	struct cr_erase_response before;

	memset(&response, 0xa5, sizeof(response));
	before = response;
	ck_assert_int_eq(cr_erase_response_decode(hex_slice(value), &response),
	    CR_EPROTO);
	ck_assert_mem_eq(&response, &before, sizeof(response));
	free(value.data);
}
END_TEST

START_TEST(the_example_of_the_header_is_true)
{
	struct cr_erase_item erased = { UUID_BYTES,
		CR_SLICE_LITERAL("crAssignment") };
	struct cr_erase_withheld withheld = {
		.uuid = { 0xc8, 0x40, 0x2d, 0x9e, 0x7a, 0x55, 0x4b, 0x13, 0x8e,
		    0xf6, 0x0a, 0x94, 0x3c, 0xd7, 0x25, 0xb0 },
		.what = CR_SLICE_LITERAL("crInvoice"),
		.reason = CR_ERASE_STATUTE,
		.has_until = true,
		.until = UNTIL_TIME,
		.law = CR_SLICE_LITERAL("Accounting Act 2:10")
	};
	const struct cr_erase_response wanted = {
		.state = CR_ERASE_PARTLY,
		.erased = &erased,
		.erased_count = 1,
		.withheld = &withheld,
		.withheld_count = 1,
		.receipt = { CR_SLICE_LITERAL("E-42"), AT_TIME, 100000 }
	};
	struct bytes value = hex_example("include/custreg/erase.h",
	    "Example of a response");
	struct cr_erase_response response;

	ck_assert_int_eq(cr_erase_response_decode(hex_slice(value), &response),
	    CR_OK);
	ck_assert(are_same(&response, &wanted));
	check_back(&response, value);
	cr_erase_response_clear(&response);
	free(value.data);
}
END_TEST

START_TEST(a_cut_response_is_refused)
{
	struct bytes value = hex_bytes(good[_i].hex);
	struct cr_erase_response response;

	for (size_t len = 0; len < value.len; len++) {
		struct bytes cut = hex_copy((struct cr_slice){
			(char *)value.data, len });

		ck_assert_int_eq(cr_erase_response_decode(hex_slice(cut),
		    &response), CR_EPROTO);
		free(cut.data);
	}
	free(value.data);
}
END_TEST

/* Any byte may become any other: refused, or a response like any other. */
START_TEST(a_changed_byte_is_survived)
{
	struct bytes value = hex_bytes(good[_i].hex);

	for (size_t at = 0; at < value.len; at++) {
		for (unsigned flip = 1; flip < 256; flip++) {
			struct cr_erase_response response;
			int rc;

			value.data[at] ^= (unsigned char)flip;
			rc = cr_erase_response_decode(hex_slice(value),
			    &response);
			ck_assert(rc == CR_OK || rc == CR_EPROTO);
			if (rc == CR_OK) {
				check_back(&response, value);
				cr_erase_response_clear(&response);
			}
			value.data[at] ^= (unsigned char)flip;
		}
	}
	free(value.data);
}
END_TEST

/* Sizes around those where a length takes another octet. */
static const size_t counts[] = { 0, 1, 2, 5, 6, 63, 64, 65, 128, 1000, 2849,
	2850, 20000 };

static const char *const whats[] = { "crInvoice", "mail",
	"osoite \xc3\xa4\xc3\xb6\xe2\x82\xac" };

START_TEST(long_lists_are_encoded_and_decoded)
{
	const size_t count = counts[_i];
	struct cr_erase_response response = {
		.state = CR_ERASE_PARTLY,
		.erased = calloc(count + 1, sizeof(*response.erased)),
		.erased_count = count,
		.withheld = calloc(count + 1, sizeof(*response.withheld)),
		.withheld_count = count + 1,
		.receipt = { { "\0\xff", 2 }, 0, INT64_MAX }
	};
	struct cr_erase_response again;
	unsigned char *value = NULL;
	size_t len = 0;

	for (size_t i = 0; i <= count; i++) {
		struct cr_erase_item *one = &response.erased[i];
		struct cr_erase_withheld *other = &response.withheld[i];

		memset(one->uuid, (int)(i & 0xff), CR_ERASE_UUID);
		one->what = cr_slice_of(whats[i % 3]);
		memcpy(other->uuid, &i, sizeof(i));
		other->what = cr_slice_of(whats[i / 2 % 3]);
		other->reason = (enum cr_erase_reason)(1 + i % 5);
		other->law = (struct cr_slice){ whats[2], i % 2 * 7 };
		other->has_until = i % 3 != 0;
		other->until = other->has_until ? (int64_t)i * 100003 : 0;
	}
	ck_assert_int_eq(cr_erase_response_encode(&response, &value, &len),
	    CR_OK);
	allocated = 0;
	ck_assert_int_eq(cr_erase_response_decode((struct cr_slice){
		(char *)value, len }, &again), CR_OK);
	ck_assert_uint_gt(allocated, count);
	ck_assert_uint_le(allocated, 4 * len);
	ck_assert(are_same(&response, &again));
	cr_erase_response_clear(&again);
	cr_erase_response_clear(&response);
	free(value);
}
END_TEST

/* Elements too short to be any would cost more memory than they took. */
START_TEST(a_list_of_nothings_is_refused_before_room_is_made)
{
	const size_t pairs = 4 << 20;
	const size_t list = 2 * pairs;
	const size_t size = 5 + 3 + 5 + list + 2;
	struct bytes value = { malloc(size), size };
	struct cr_erase_response response;

	ck_assert_ptr_nonnull(value.data);
	memcpy(value.data, "\x30\x83...\x0a\x01\x00\x30\x83...", 13);
	for (size_t i = 0; i < 3; i++) {
		value.data[2 + i] = (unsigned char)((size - 5) >>
		    8 * (2 - i));
		value.data[10 + i] = (unsigned char)(list >> 8 * (2 - i));
	}
	for (size_t i = 13; i < size; i += 2)
		memcpy(value.data + i, "\x30\x00", 2);
	allocated = 0;
	ck_assert_int_eq(cr_erase_response_decode(hex_slice(value),
	    &response), CR_EPROTO);
	ck_assert_uint_eq(allocated, 0);
	free(value.data);
}
END_TEST

/* One item whose `what` is as long as is asked for. */
static int
encode_long(size_t len, struct bytes *ret_value)
{
	struct cr_erase_item one = { UUID_BYTES, { malloc(len), len } };
	const struct cr_erase_response response = { .state = CR_ERASE_ERASED,
		.erased = &one, .erased_count = 1 };
	int rc;

	ck_assert_ptr_nonnull(one.what.ptr);
	memset((char *)(uintptr_t)one.what.ptr, 'x', len);
	rc = cr_erase_response_encode(&response, &ret_value->data,
	    &ret_value->len);
	free((char *)(uintptr_t)one.what.ptr);
	return rc;
}

START_TEST(a_response_has_a_limit)
{
	/* what goes around it, with lengths of three octets */
	const size_t around = 5 + 3 + 5 + 5 + 18 + 5 + 2;
	struct cr_erase_response response;
	struct bytes value = { NULL, 0 };
	unsigned char *longer;

	ck_assert_int_eq(encode_long(CR_ERASE_RESPONSE_MAX - around, &value),
	    CR_OK);
	ck_assert_uint_eq(value.len, CR_ERASE_RESPONSE_MAX);
	ck_assert_int_eq(cr_erase_response_decode(hex_slice(value),
	    &response), CR_OK);
	cr_erase_response_clear(&response);
	longer = realloc(value.data, CR_ERASE_RESPONSE_MAX + 1);
	ck_assert_ptr_nonnull(longer);
	/* one more letter: in what, its item, the list, the response */
	memcpy(longer + CR_ERASE_RESPONSE_MAX - 2, "x\x30", 3);
	longer[40]++;
	longer[17]++;
	longer[12]++;
	longer[4]++;
	ck_assert_int_eq(cr_erase_response_decode((struct cr_slice){
		(char *)longer, CR_ERASE_RESPONSE_MAX + 1 }, &response),
	    CR_EPROTO);
	free(longer);
	value = (struct bytes){ NULL, 0 };
	ck_assert_int_eq(encode_long(CR_ERASE_RESPONSE_MAX - around + 1,
	    &value), CR_ELIMIT);
	ck_assert_int_eq(encode_long(CR_ERASE_RESPONSE_MAX + 1, &value),
	    CR_ELIMIT);
	ck_assert_ptr_null(value.data);
}
END_TEST

static struct cr_erase_item bad_items[] = {
	{ UUID_BYTES, { NULL, 0 } },
	{ UUID_BYTES, { "\xe4", 1 } },
	{ UUID_BYTES, { "a\0b", 3 } }
};

static struct cr_erase_withheld bad_held[] = {
	{ .what = { NULL, 0 }, .reason = CR_ERASE_CLAIM },
	{ .what = { "a", 1 }, .reason = CR_ERASE_NO_REASON },
	{ .what = { "a", 1 }, .reason = (enum cr_erase_reason)6 },
	{ .what = { "a", 1 }, .reason = CR_ERASE_CLAIM, .law = { "\xff", 1 } },
	{ .what = { "a", 1 }, .reason = CR_ERASE_CLAIM, .has_until = true,
	    .until = INT64_MAX }
};

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

static const struct cr_erase_response wrong[] = {
	{ .state = CR_ERASE_NO_STATE },
	{ .state = (enum cr_erase_state)7 },
	{ .state = CR_ERASE_ERASED, .withheld = held, .withheld_count = 1 },
	{ .state = CR_ERASE_WOULD_ERASE, .withheld = held,
	    .withheld_count = 1 },
	{ .state = CR_ERASE_PARTLY, .erased = &item, .erased_count = 1 },
	{ .state = CR_ERASE_REFUSED },
	{ .state = CR_ERASE_REFUSED, .erased = &item, .erased_count = 1,
	    .withheld = held, .withheld_count = 1 },
	{ .state = CR_ERASE_ERASED, .erased = &bad_items[0],
	    .erased_count = 1 },
	{ .state = CR_ERASE_ERASED, .erased = &bad_items[1],
	    .erased_count = 1 },
	{ .state = CR_ERASE_ERASED, .erased = &bad_items[2],
	    .erased_count = 1 },
	{ .state = CR_ERASE_PARTLY, .withheld = &bad_held[0],
	    .withheld_count = 1 },
	{ .state = CR_ERASE_PARTLY, .withheld = &bad_held[1],
	    .withheld_count = 1 },
	{ .state = CR_ERASE_PARTLY, .withheld = &bad_held[2],
	    .withheld_count = 1 },
	{ .state = CR_ERASE_PARTLY, .withheld = &bad_held[3],
	    .withheld_count = 1 },
	{ .state = CR_ERASE_PARTLY, .withheld = &bad_held[4],
	    .withheld_count = 1 },
	{ .state = CR_ERASE_ERASED, .receipt = { { X64 "x", 65 }, 0, 0 } },
	{ .state = CR_ERASE_ERASED, .receipt = { { "x", 1 }, INT64_MIN, 0 } },
	{ .state = CR_ERASE_ERASED, .receipt = { { "x", 1 }, 0,
	    (uint64_t)INT64_MAX + 1 } }
};

START_TEST(what_would_be_refused_is_not_encoded)
{
	unsigned char *value = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_erase_response_encode(&wrong[_i], &value, &len),
	    CR_EINTERNAL);
	ck_assert_ptr_null(value);
}
END_TEST

START_TEST(a_receipt_id_is_of_some_length)
{
	struct cr_erase_response response = { .state = CR_ERASE_ERASED,
		.receipt = { { X64, CR_ERASE_RECEIPT_MAX }, AT_TIME, 7 } };
	unsigned char *value = NULL;
	struct bytes longer;
	size_t len = 0;

	ck_assert_int_eq(cr_erase_response_encode(&response, &value, &len),
	    CR_OK);
	ck_assert_int_eq(cr_erase_response_decode((struct cr_slice){
		(char *)value, len }, &response), CR_OK);
	ck_assert_uint_eq(response.receipt.id.len, CR_ERASE_RECEIPT_MAX);
	/* 30 5f  ERASED NONE NONE  30 56  04 40 ... */
	longer.len = len + 1;
	longer.data = realloc(value, longer.len);
	ck_assert_ptr_nonnull(longer.data);
	memmove(longer.data + 14, longer.data + 13, len - 13);
	longer.data[1]++;
	longer.data[10]++;
	longer.data[12]++;
	ck_assert_int_eq(cr_erase_response_decode(hex_slice(longer),
	    &response), CR_EPROTO);
	free(longer.data);
}
END_TEST

START_TEST(nothing_is_no_response)
{
	struct cr_erase_response response;

	ck_assert_int_eq(cr_erase_response_decode((struct cr_slice){ NULL, 0 },
	    &response), CR_EPROTO);
	cr_erase_response_clear(NULL);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("erase_response");
	TCase *tcase = tcase_create("erase_response");

	LOOP(tcase, a_response_is_decoded, good);
	LOOP(tcase, what_is_no_response_is_refused, bad);
	tcase_add_test(tcase, the_example_of_the_header_is_true);
	tcase_add_test(tcase, nothing_is_no_response);
	LOOP(tcase, a_cut_response_is_refused, good);
	LOOP(tcase, a_changed_byte_is_survived, good);
	LOOP(tcase, long_lists_are_encoded_and_decoded, counts);
	tcase_add_test(tcase,
	    a_list_of_nothings_is_refused_before_room_is_made);
	tcase_add_test(tcase, a_response_has_a_limit);
	tcase_add_test(tcase, a_receipt_id_is_of_some_length);
	LOOP(tcase, what_would_be_refused_is_not_encoded, wrong);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
