#include "ber.h"

#include <stdbool.h>

/* The length octets at *at; false when they, or what they count, are cut. */
static bool
take_length(const unsigned char **at, const unsigned char *end,
    size_t *ret_len)
{
	size_t len;
	unsigned more;

	if (*at == end)
		return false;
	len = *(*at)++;
	if (len >= 0x80) {
		more = (unsigned)len & 0x7f;
		/* 0 is the indefinite form */
		if (more == 0 || more > 4 || (size_t)(end - *at) < more)
			return false;
		for (len = 0; more > 0; more--)
			len = len << 8 | *(*at)++;
	}
	*ret_len = len;
	return (size_t)(end - *at) >= len;
}

/* LBER_DEFAULT when no whole element stands at the front. */
static ber_tag_t
peek(struct cr_slice rest, struct cr_slice *ret_content)
{
	const unsigned char *at = (const unsigned char *)rest.ptr;
	ber_tag_t tag;
	size_t len;

	if (rest.len == 0 || (*at & LBER_BIG_TAG_MASK) == LBER_BIG_TAG_MASK)
		return LBER_DEFAULT;
	tag = *at++;
	if (!take_length(&at, (const unsigned char *)rest.ptr + rest.len,
	    &len))
		return LBER_DEFAULT;
	*ret_content = (struct cr_slice){ (const char *)at, len };
	return tag;
}

int
cr_ber_take(struct cr_slice *rest, ber_tag_t tag,
    struct cr_slice *ret_content)
{
	struct cr_slice content;
	const char *end;

	if (tag == LBER_DEFAULT || peek(*rest, &content) != tag)
		return CR_EPROTO;
	end = content.ptr + content.len;
	rest->len -= (size_t)(end - rest->ptr);
	rest->ptr = end;
	*ret_content = content;
	return CR_OK;
}

ber_tag_t
cr_ber_peek(struct cr_slice rest)
{
	struct cr_slice content;

	return peek(rest, &content);
}

int
cr_ber_take_count(struct cr_slice *rest, int *ret_count)
{
	struct cr_slice bytes;
	unsigned count = 0;
	int rc = cr_ber_take(rest, LBER_INTEGER, &bytes);

	if (rc != CR_OK)
		return rc;
	if (bytes.len == 0 || bytes.len > 4 || (bytes.ptr[0] & 0x80) != 0)
		return CR_EPROTO;
	for (size_t i = 0; i < bytes.len; i++)
		count = count << 8 | (unsigned char)bytes.ptr[i];
	*ret_count = (int)count;
	return CR_OK;
}
