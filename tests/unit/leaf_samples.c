#include "unit/leaf_samples.h"

#include <stdio.h>

#include "unit/suite.h"

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

/* A leaf_point read as the overlay logs them: 40 bytes of reader. */
const struct cr_leaf leaf_point = {
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
const struct cr_leaf leaf_whole = {
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
const struct leaf_sample leaf_samples[LEAF_SAMPLES] = {
	{ &example, "0103092506" "f689e7d8e367" "e807" "03" "00"
	    "00057569643d61" "01" "01" "02020a"
	    "01" "012c1c6a2e1b1c4d3e9a5b0a1b2c3d4e5f" "0001" },
	{ &leaf_point,
	    "010309e507f689e7d8e367e80703800200287569643d6d696b6b6f2d70657474"
	    "6572692c6f753d68616e646c6572732c64633d6578616d706c650101047f0000"
	    "011267156c6461703a2f2f3132372e302e302e313a3338392f0f286f626a6563"
	    "74436c6173733d2a290d02030405060708090a0e0f100101012c1c6a2e1b1c4d"
	    "3e9a5b0a1b2c3d4e5f0001" },
	{ &leaf_whole,
	    "01075cff1f01ffffffffffffffffff0180010000077569643d63726d012c1c6a"
	    "2e1b1c4d3e9a5b0a1b2c3d4e5f00036f776e04636e3d7204522d313700015806"
	    "20010db8000000000000000000000001ffff096c646170693a2f2f2f0528c3a4"
	    "3d2902000a636e3b6c616e672d66690203012c1c6a2e1b1c4d3e9a5b0a1b2c3d"
	    "4e5f8300ff1c6a2e1b1c4d3e9a5b0a1b2c3d4e5f0102030405060708090a0b0c"
	    "0d0e0f100d8020ac0206" },
	{ &middle,
	    "01004000040000000002012c1c6a2e1b1c4d3e9a5b0a1b2c3d4e5f83" }
};

struct bytes
leaf_bytes(const struct cr_leaf *leaf)
{
	size_t size = cr_leaf_size(leaf);
	struct bytes bytes = { malloc(size), 0 };

	ck_assert_ptr_nonnull(bytes.ptr);
	ck_assert_int_eq(cr_leaf_encode(leaf, bytes.ptr, size, &bytes.len),
	    CR_OK);
	ck_assert_uint_le(bytes.len, size);
	return bytes;
}

struct cr_slice
leaf_slice(struct bytes bytes)
{
	return (struct cr_slice){ (const char *)bytes.ptr, bytes.len };
}

char *
leaf_hex(struct bytes bytes)
{
	char *hex = malloc(2 * bytes.len + 1);

	ck_assert_ptr_nonnull(hex);
	hex[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		sprintf(hex + 2 * i, "%02x", bytes.ptr[i]);
	return hex;
}

void
leaf_assert_same_slice(struct cr_slice a, struct cr_slice b)
{
	ck_assert_uint_eq(a.len, b.len);
	if (a.len > 0)
		ck_assert_mem_eq(a.ptr, b.ptr, a.len);
}

void
leaf_assert_same(const struct cr_leaf *a, const struct cr_leaf *b)
{
	ck_assert_uint_eq(a->flags, b->flags);
	ck_assert_int_eq(a->time_ms, b->time_ms);
	ck_assert_uint_eq(a->connection, b->connection);
	ck_assert_uint_eq(a->operation, b->operation);
	ck_assert_uint_eq(a->type, b->type);
	ck_assert_uint_eq(a->scope, b->scope);
	leaf_assert_same_slice(a->reader, b->reader);
	leaf_assert_same_slice(a->on_behalf_of, b->on_behalf_of);
	leaf_assert_same_slice(a->purpose, b->purpose);
	leaf_assert_same_slice(a->recipient, b->recipient);
	leaf_assert_same_slice(a->reference, b->reference);
	leaf_assert_same_slice(a->mechanism, b->mechanism);
	ck_assert_uint_eq(a->ssf, b->ssf);
	leaf_assert_same_slice(a->peer, b->peer);
	leaf_assert_same_slice(a->listener, b->listener);
	leaf_assert_same_slice(a->shape, b->shape);
	ck_assert_uint_eq(a->attribute_count, b->attribute_count);
	for (size_t i = 0; i < a->attribute_count; i++)
		leaf_assert_same_slice(a->attributes[i], b->attributes[i]);
	ck_assert_uint_eq(a->entry_count, b->entry_count);
	for (size_t i = 0; i < a->entry_count; i++) {
		ck_assert_mem_eq(a->entries[i].uuid, b->entries[i].uuid, 16);
		ck_assert_uint_eq(a->entries[i].class_code,
		    b->entries[i].class_code);
	}
	ck_assert_int_eq(a->result, b->result);
	ck_assert_uint_eq(a->count, b->count);
	leaf_assert_same_slice(a->event, b->event);
	leaf_assert_same_slice(a->detail, b->detail);
	ck_assert_int_eq(a->has_subject, b->has_subject);
	ck_assert_mem_eq(a->subject, b->subject, 16);
}

int
leaf_decode_copy(struct bytes bytes, size_t len)
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

