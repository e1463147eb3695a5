#include "unit/suite.h"

#include "custreg/erase.h"
#include "unit/hex.h"

#define UUID "8110 5b1f833a0c4d4e6f9a2761d07eb248c1"
#define UUID_BYTES { 0x5b, 0x1f, 0x83, 0x3a, 0x0c, 0x4d, 0x4e, 0x6f, 0x9a, \
	0x27, 0x61, 0xd0, 0x7e, 0xb2, 0x48, 0xc1 }
#define DN "8006 636e3d616263"	/* cn=abc */
#define REFERENCE "8303 522d37"

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define HEX16 "78787878787878787878787878787878"

static bool
are_same(const struct cr_erase_request *a, const struct cr_erase_request *b)
{
	return a->by == b->by && cr_slice_equal(a->dn, b->dn) &&
	    memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0 &&
	    a->flags == b->flags && a->ground == b->ground &&
	    cr_slice_equal(a->reference, b->reference);
}

/* Encodes what was decoded of `value`: the same bytes, or fewer. */
static void
check_back(const struct cr_erase_request *request, struct bytes value,
    bool is_shortest)
{
	struct cr_erase_request again;
	unsigned char *encoded = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_erase_request_encode(request, &encoded, &len),
	    CR_OK);
	if (is_shortest) {
		ck_assert_uint_eq(len, value.len);
		ck_assert_mem_eq(encoded, value.data, len);
	} else {
		ck_assert_uint_le(len, value.len);
	}
	ck_assert_int_eq(cr_erase_request_decode((struct cr_slice){
		(char *)encoded, len }, &again), CR_OK);
	ck_assert(are_same(request, &again));
	free(encoded);
}

static const struct {
	const char *hex;
	struct cr_erase_request request;
	bool is_longer;		/* than it had to be */
} good[] = {
	{ "3012" UUID, { .by = CR_ERASE_BY_UUID, .uuid = UUID_BYTES }, false },
	{ "3008" DN, { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 } }, false },
	{ "3016" UUID "0302 0780", { .by = CR_ERASE_BY_UUID,
	    .uuid = UUID_BYTES, .flags = CR_ERASE_DRY_RUN }, false },
	{ "300c" DN "0302 0640", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .flags = CR_ERASE_PARTIAL }, false },
	{ "300c" DN "0302 06c0", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 },
	    .flags = CR_ERASE_DRY_RUN | CR_ERASE_PARTIAL }, false },
	{ "300b" DN "8201 00", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .ground = CR_ERASE_GROUND_A }, false },
	{ "300b" DN "8201 05", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .ground = CR_ERASE_GROUND_F }, false },
	{ "300d" DN REFERENCE, { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .reference = { "R-7", 3 } }, false },
	{ "3014" DN "0302 0780" "8201 02" REFERENCE, { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .flags = CR_ERASE_DRY_RUN,
	    .ground = CR_ERASE_GROUND_C, .reference = { "R-7", 3 } }, false },
	{ "304a" DN "8340" HEX16 HEX16 HEX16 HEX16, { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .reference = { X64, 64 } }, false },
	/* zeros after the flags */
	{ "300c" DN "0302 0080", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .flags = CR_ERASE_DRY_RUN }, true },
	{ "300c" DN "0302 0680", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .flags = CR_ERASE_DRY_RUN }, true },
	{ "300d" DN "0303 074000", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 }, .flags = CR_ERASE_PARTIAL }, true },
	{ "300f" DN "0305 00c0000000", { .by = CR_ERASE_BY_DN,
	    .dn = { "cn=abc", 6 },
	    .flags = CR_ERASE_DRY_RUN | CR_ERASE_PARTIAL }, true }
};

START_TEST(a_request_is_decoded)
{
	struct bytes value = hex_bytes(good[_i].hex);
	struct cr_erase_request request;

	ck_assert_int_eq(cr_erase_request_decode(hex_slice(value), &request),
	    CR_OK);
	ck_assert(are_same(&request, &good[_i].request));
	check_back(&request, value, !good[_i].is_longer);
	free(value.data);
}
END_TEST

static const char *const bad[] = {
	"",
	"30",
	"3000",
	/* not a SEQUENCE, bytes after it, too few in it */
	"3112" UUID,
	"1012" UUID,
	"3012" UUID "00",
	"3012" UUID "0000",
	"3013" UUID,
	"3011" UUID,
	/* lengths: indefinite, longer than they need to be, cut, huge */
	"3080" UUID "0000",
	"308112" UUID,
	"30820012" UUID,
	"3013 811100 5b1f833a0c4d4e6f9a2761d07eb248c1",
	"3013 818110 5b1f833a0c4d4e6f9a2761d07eb248c1",
	"3014 8180 5b1f833a0c4d4e6f9a2761d07eb248c1 0000",
	"3084ffffffff" UUID,
	"30850000000012" UUID,
	"30ff" UUID,
	/* no subject: none, empty, of another size, two, another choice */
	"3004 0302 0780",
	"3005" REFERENCE,
	"3002 8000",
	"3003 8001 20",
	"3002 8100",
	"3011 810f 5b1f833a0c4d4e6f9a2761d07eb248",
	"3013 8111 5b1f833a0c4d4e6f9a2761d07eb248c1c1",
	"301a" DN UUID,
	"301a" UUID DN,
	"3024" UUID UUID,
	"3012 8410 5b1f833a0c4d4e6f9a2761d07eb248c1",
	"3012 0410 5b1f833a0c4d4e6f9a2761d07eb248c1",
	/* explicit tags, and strings in pieces */
	"3014 a112 0410 5b1f833a0c4d4e6f9a2761d07eb248c1",
	"300a a008 0406 636e3d616263",
	"300a a008" DN,
	/* no DN: no "=", not UTF-8, a NUL */
	"3003 8001 61",
	"3008 8006 6f3d612c2c6f",
	"3005 8003 6f3de4",
	"3006 8004 6f3d6100",
	"3007 8005 6f3d610062",
	/* flags: the default, another bit, padding, no octet, in pieces */
	"3015" UUID "0301 00",
	"3016" UUID "0302 0700",
	"3016" UUID "0302 0600",
	"3016" UUID "0302 0520",
	"3016" UUID "0302 05a0",
	"3016" UUID "0302 0081",
	"3017" UUID "0303 008001",
	"3016" UUID "0302 07c0",
	"3016" UUID "0302 0660",
	"3016" UUID "0302 0880",
	"3015" UUID "0301 07",
	"3014" UUID "0300",
	"301a" UUID "0306 008000000000",
	"3018" UUID "2304 03020780",
	"3016" UUID "8202 0780",
	"301a" UUID "0302 0780 0302 0640",
	/* ground: out of range, negative, not one octet, of another type */
	"3015" UUID "8201 06",
	"3015" UUID "8201 7f",
	"3015" UUID "8201 ff",
	"3014" UUID "8200",
	"3016" UUID "8202 0001",
	"3017" UUID "a203 0a0101",
	"3015" UUID "0a01 01",
	"3018" UUID "8201 01 8201 01",
	/* reference: empty, too long, other characters */
	"3014" UUID "8300",
	"3055" UUID "8341" HEX16 HEX16 HEX16 HEX16 "78",
	"3015" UUID "8301 20",
	"3016" UUID "8302 c3a4",
	"3016" UUID "8302 7800",
	"3017" UUID "0403 522d37",
	"3019" UUID "a305 0403 522d37",
	"301c" UUID REFERENCE REFERENCE,
	/* order, and what is not known */
	"3019" UUID "8201 01 0302 0780",
	"301b" UUID REFERENCE "0302 0780",
	"301a" UUID REFERENCE "8201 01",
	"3016 0302 0780" UUID,
	"3014" UUID "8400",
	"3014" UUID "0500",
	"3013" UUID "00",
	"3019" UUID REFERENCE "8400",
	"3016" UUID "9f8401 00",
	"3028" "3012" UUID "3012" UUID
};

START_TEST(what_is_no_request_is_refused)
{
	struct bytes value = hex_bytes(bad[_i]);
	struct cr_erase_request request;
	struct cr_erase_request before;

	memset(&request, 0xa5, sizeof(request));
	before = request;
	ck_assert_int_eq(cr_erase_request_decode(hex_slice(value), &request),
	    CR_EPROTO);
	ck_assert_mem_eq(&request, &before, sizeof(request));
	free(value.data);
}
END_TEST

START_TEST(the_example_of_the_header_is_true)
{
	const struct cr_erase_request wanted = {
		.by = CR_ERASE_BY_DN,
		.dn = CR_SLICE_LITERAL(
		    "uid=c10007,ou=customers,dc=example,dc=fi"),
		.flags = CR_ERASE_PARTIAL,
		.ground = CR_ERASE_GROUND_B,
		.reference = CR_SLICE_LITERAL("R-2025-17")
	};
	struct bytes value = hex_example("include/custreg/erase.h",
	    "Example of a request");
	struct cr_erase_request request;

	ck_assert_int_eq(cr_erase_request_decode(hex_slice(value), &request),
	    CR_OK);
	ck_assert(are_same(&request, &wanted));
	check_back(&request, value, true);
	free(value.data);
}
END_TEST

START_TEST(nothing_is_no_request)
{
	struct cr_erase_request request;

	ck_assert_int_eq(cr_erase_request_decode((struct cr_slice){ NULL, 0 },
	    &request), CR_EPROTO);
}
END_TEST

START_TEST(a_cut_request_is_refused)
{
	struct bytes value = hex_bytes(good[_i].hex);
	struct cr_erase_request request;

	for (size_t len = 0; len < value.len; len++) {
		struct bytes cut = hex_copy((struct cr_slice){
			(char *)value.data, len });

		ck_assert_int_eq(cr_erase_request_decode(hex_slice(cut),
		    &request), CR_EPROTO);
		free(cut.data);
	}
	free(value.data);
}
END_TEST

/* Any byte may become any other: refused, or a request like any other. */
START_TEST(a_changed_byte_is_survived)
{
	struct bytes value = hex_bytes(good[_i].hex);
	unsigned taken = 0;

	for (size_t at = 0; at < value.len; at++) {
		for (unsigned flip = 1; flip < 256; flip++) {
			struct cr_erase_request request;
			int rc;

			value.data[at] ^= (unsigned char)flip;
			rc = cr_erase_request_decode(hex_slice(value),
			    &request);
			ck_assert(rc == CR_OK || rc == CR_EPROTO);
			if (rc == CR_OK) {
				taken++;
				check_back(&request, value, false);
			}
			value.data[at] ^= (unsigned char)flip;
		}
	}
	/* another uuid, another letter, is another request */
	ck_assert_uint_gt(taken, 0);
	free(value.data);
}
END_TEST

static const char *const references[] = { "", "R-2025.17:a_b", X64 };

START_TEST(what_is_encoded_is_decoded)
{
	char dn[CR_ERASE_DN_MAX];
	struct cr_erase_request request = { .uuid = UUID_BYTES };

	memset(dn, 'x', sizeof(dn));
	memcpy(dn, "cn=", 3);
	request.reference = cr_slice_of(references[_i]);
	for (size_t len = 0; len <= sizeof(dn); len += len < 300 ? 1 : 1973) {
		request.by = len < 3 ? CR_ERASE_BY_UUID : CR_ERASE_BY_DN;
		request.dn = (struct cr_slice){ dn, len < 3 ? 0 : len };
		memset(request.uuid, len < 3 ? 0xff - (int)len : 0,
		    sizeof(request.uuid));
		for (unsigned i = 0; i < 4 * 7; i++) {
			struct cr_erase_request again;
			unsigned char *value = NULL;
			size_t value_len = 0;

			request.flags = i % 4;
			request.ground = (enum cr_erase_ground)(i / 4);
			ck_assert_int_eq(cr_erase_request_encode(&request,
			    &value, &value_len), CR_OK);
			ck_assert_int_eq(cr_erase_request_decode(
			    (struct cr_slice){ (char *)value, value_len },
			    &again), CR_OK);
			ck_assert(are_same(&request, &again));
			free(value);
		}
	}
}
END_TEST

START_TEST(a_dn_is_of_some_length)
{
	const size_t len = CR_ERASE_DN_MAX;
	char *dn = malloc(len + 1);
	struct cr_erase_request request = { .by = CR_ERASE_BY_DN };
	unsigned char *value = NULL;
	size_t value_len = 0;
	struct bytes longer;

	memset(dn, 'x', len + 1);
	memcpy(dn, "cn=", 3);
	request.dn = (struct cr_slice){ dn, len };
	ck_assert_int_eq(cr_erase_request_encode(&request, &value,
	    &value_len), CR_OK);
	ck_assert_int_eq(cr_erase_request_decode((struct cr_slice){
		(char *)value, value_len }, &request), CR_OK);
	/* 30 82 20 04  80 82 20 00 ... */
	longer.len = value_len + 1;
	longer.data = realloc(value, longer.len);
	ck_assert_ptr_nonnull(longer.data);
	longer.data[value_len] = 'x';
	longer.data[3]++;
	longer.data[7]++;
	ck_assert_int_eq(cr_erase_request_decode(hex_slice(longer), &request),
	    CR_EPROTO);
	free(longer.data);
	value = NULL;
	request = (struct cr_erase_request){ .by = CR_ERASE_BY_DN,
		.dn = { dn, len + 1 } };
	ck_assert_int_eq(cr_erase_request_encode(&request, &value,
	    &value_len), CR_EPROTO);
	ck_assert_ptr_null(value);
	free(dn);
}
END_TEST

static const struct cr_erase_request wrong[] = {
	{ .by = CR_ERASE_BY_NOTHING },
	{ .by = CR_ERASE_BY_NOTHING, .dn = { "o=a", 3 } },
	{ .by = (enum cr_erase_by)3 },
	{ .by = CR_ERASE_BY_DN },
	{ .by = CR_ERASE_BY_DN, .dn = { "  ", 2 } },
	{ .by = CR_ERASE_BY_DN, .dn = { "aino", 4 } },
	{ .by = CR_ERASE_BY_DN, .dn = { "o=\xe4", 3 } },
	{ .by = CR_ERASE_BY_DN, .dn = { "o=a\0b", 5 } },
	{ .by = CR_ERASE_BY_UUID, .flags = 4 },
	{ .by = CR_ERASE_BY_UUID, .flags = 0x80000000u | CR_ERASE_PARTIAL },
	{ .by = CR_ERASE_BY_UUID, .ground = (enum cr_erase_ground)7 },
	{ .by = CR_ERASE_BY_UUID, .reference = { "a b", 3 } },
	{ .by = CR_ERASE_BY_UUID, .reference = { X64 "x", 65 } }
};

START_TEST(what_would_be_refused_is_not_encoded)
{
	unsigned char *value = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_erase_request_encode(&wrong[_i], &value, &len),
	    CR_EPROTO);
	ck_assert_ptr_null(value);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("erase_request");
	TCase *tcase = tcase_create("erase_request");

	LOOP(tcase, a_request_is_decoded, good);
	LOOP(tcase, what_is_no_request_is_refused, bad);
	tcase_add_test(tcase, the_example_of_the_header_is_true);
	tcase_add_test(tcase, nothing_is_no_request);
	LOOP(tcase, a_cut_request_is_refused, good);
	LOOP(tcase, a_changed_byte_is_survived, good);
	LOOP(tcase, what_is_encoded_is_decoded, references);
	tcase_add_test(tcase, a_dn_is_of_some_length);
	LOOP(tcase, what_would_be_refused_is_not_encoded, wrong);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
