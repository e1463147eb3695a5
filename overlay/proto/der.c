#include "der.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/text.h"

/* Octets of tag and length, when the length takes as few as it can. */
static size_t
header_size(size_t len)
{
	size_t size = 2;

	if (len >= 0x80) {
		for (; len > 0; len >>= 8)
			size++;
	}
	return size;
}

int
cr_der_take(struct cr_slice *rest, ber_tag_t tag, struct cr_slice *ret_content)
{
	struct cr_slice after = *rest;
	struct cr_slice content;
	int rc = cr_ber_take(&after, tag, &content);

	if (rc != CR_OK)
		return rc;
	if ((size_t)(content.ptr - rest->ptr) != header_size(content.len))
		return CR_EPROTO;
	*rest = after;
	*ret_content = content;
	return CR_OK;
}

int
cr_der_whole(struct cr_slice value, ber_tag_t tag, struct cr_slice *ret_content)
{
	struct cr_slice content;
	int rc = cr_der_take(&value, tag, &content);

	if (rc != CR_OK)
		return rc;
	if (value.len != 0)
		return CR_EPROTO;
	*ret_content = content;
	return CR_OK;
}

int
cr_der_take_enum(struct cr_slice *rest, ber_tag_t tag, unsigned count,
    unsigned *ret_number)
{
	struct cr_slice bytes;
	int rc = cr_der_take(rest, tag, &bytes);

	if (rc != CR_OK)
		return rc;
	/* the sign bit is above any count: what is negative is too large */
	if (bytes.len != 1 || (unsigned char)bytes.ptr[0] >= count)
		return CR_EPROTO;
	*ret_number = (unsigned char)bytes.ptr[0];
	return CR_OK;
}

int
cr_der_take_number(struct cr_slice *rest, uint64_t *ret_number)
{
	struct cr_slice bytes;
	uint64_t number = 0;
	int rc = cr_der_take(rest, LBER_INTEGER, &bytes);

	if (rc != CR_OK)
		return rc;
	if (bytes.len == 0 || bytes.len > sizeof(number) ||
	    (bytes.ptr[0] & 0x80) != 0)
		return CR_EPROTO;
	/* a zero octet stands only before what would look negative */
	if (bytes.len > 1 && bytes.ptr[0] == 0 && (bytes.ptr[1] & 0x80) == 0)
		return CR_EPROTO;
	for (size_t i = 0; i < bytes.len; i++)
		number = number << 8 | (unsigned char)bytes.ptr[i];
	*ret_number = number;
	return CR_OK;
}

int
cr_der_take_bits(struct cr_slice *rest, uint32_t *ret_bits)
{
	struct cr_slice bytes;
	uint32_t bits = 0;
	unsigned unused;
	size_t count;
	int rc = cr_der_take(rest, LBER_BITSTRING, &bytes);

	if (rc != CR_OK)
		return rc;
	if (bytes.len == 0 || bytes.len > 1 + sizeof(bits))
		return CR_EPROTO;
	unused = (unsigned char)bytes.ptr[0];
	count = 8 * (bytes.len - 1);
	if (unused > 7 || unused > count)
		return CR_EPROTO;
	for (size_t i = 0; i < count; i++) {
		if (((unsigned char)bytes.ptr[1 + i / 8] & 0x80 >> i % 8) == 0)
			continue;
		if (i >= count - unused)
			return CR_EPROTO;
		bits |= UINT32_C(1) << i;
	}
	*ret_bits = bits;
	return CR_OK;
}

int
cr_der_take_octets(struct cr_slice *rest, ber_tag_t tag, size_t size,
    unsigned char *ret_octets)
{
	struct cr_slice octets;
	int rc = cr_der_take(rest, tag, &octets);

	if (rc != CR_OK)
		return rc;
	if (octets.len != size)
		return CR_EPROTO;
	memcpy(ret_octets, octets.ptr, size);
	return CR_OK;
}

int
cr_der_take_text(struct cr_slice *rest, struct cr_slice *ret_text)
{
	struct cr_slice text;
	int rc = cr_der_take(rest, CR_TAG_UTF8_STRING, &text);

	if (rc != CR_OK)
		return rc;
	if (!cr_text_is_utf8(text))
		return CR_EPROTO;
	*ret_text = text;
	return CR_OK;
}

int
cr_der_take_time(struct cr_slice *rest, int64_t *ret_time)
{
	char text[CR_TIME_TEXT_SIZE];
	struct cr_slice given;
	int64_t time;
	int rc = cr_der_take(rest, CR_TAG_GENERALIZED_TIME, &given);

	if (rc != CR_OK)
		return rc;
	/* fractions and offsets are other ways to write the same instant */
	if (cr_time_parse(given, &time) != CR_OK ||
	    cr_time_format(time, text) != CR_OK ||
	    !cr_slice_equal(given, cr_slice_of(text)))
		return CR_EPROTO;
	*ret_time = time;
	return CR_OK;
}

struct berval
cr_der_bytes(struct cr_slice slice)
{
	/* liblber copies also nothing from where it is told to */
	return (struct berval){ slice.len,
		(char *)(size_t)(slice.len > 0 ? slice.ptr : "") };
}

int
cr_der_put_number(BerElement *ber, uint64_t number)
{
	unsigned char bytes[sizeof(number)];
	size_t at = sizeof(bytes);

	if (number > INT64_MAX)
		return CR_EINTERNAL;
	do {
		bytes[--at] = (unsigned char)(number & 0xff);
		number >>= 8;
	} while (number > 0 || (bytes[at] & 0x80) != 0);
	/* ber_put_int() has 32 bits */
	return ber_printf(ber, "to", LBER_INTEGER, &bytes[at],
	    (ber_len_t)(sizeof(bytes) - at)) < 0 ? CR_ENOMEM : CR_OK;
}

int
cr_der_put_time(BerElement *ber, int64_t time)
{
	char text[CR_TIME_TEXT_SIZE];

	if (cr_time_format(time, text) != CR_OK)
		return CR_EINTERNAL;
	return ber_printf(ber, "ts", CR_TAG_GENERALIZED_TIME, text) < 0 ?
	    CR_ENOMEM : CR_OK;
}

int
cr_der_copy_out(BerElement *ber, unsigned char **ret_value, size_t *ret_len)
{
	struct berval bytes;
	unsigned char *value;

	if (ber_flatten2(ber, &bytes, 0) < 0)
		return CR_ENOMEM;
	value = malloc(bytes.bv_len);
	if (value == NULL)
		return CR_ENOMEM;
	memcpy(value, bytes.bv_val, bytes.bv_len);
	*ret_value = value;
	*ret_len = bytes.bv_len;
	return CR_OK;
}
