/*
 * Parties and peers: text outside, bytes in the leaf.
 */
#include "leaf_impl.h"

#include <arpa/inet.h>

#include "core/uuid.h"

#define PARTY CR_SLICE_LITERAL("uuid:")

static bool
starts_with(struct cr_slice text, struct cr_slice prefix)
{
	return text.len >= prefix.len &&
	    memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

bool
cr_leaf_party_pack(struct cr_slice text, unsigned char out[CR_LEAF_UUID])
{
	const struct cr_slice rest = { text.ptr + PARTY.len,
		text.len - PARTY.len };

	if (text.len != PARTY.len + CR_UUID_TEXT_SIZE - 1 ||
	    !starts_with(text, PARTY) || cr_uuid_parse(rest, out) != CR_OK)
		return false;
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.ptr[i] >= 'A' && rest.ptr[i] <= 'F')
			return false;
	}
	return true;
}

void
cr_leaf_party_unpack(const unsigned char in[CR_LEAF_UUID], char out[48],
    struct cr_slice *ret)
{
	memcpy(out, PARTY.ptr, PARTY.len);
	cr_uuid_format(in, out + PARTY.len);
	*ret = (struct cr_slice){ out, PARTY.len + CR_UUID_TEXT_SIZE - 1 };
}

/* Decimal digits without a zero in front, up to `most`. */
static bool
take_number(struct cr_slice *text, unsigned most, unsigned *ret_number)
{
	unsigned number = 0;
	size_t i = 0;

	for (; i < text->len && i < 5; i++) {
		char c = text->ptr[i];

		if (c < '0' || c > '9')
			break;
		number = number * 10 + (unsigned)(c - '0');
	}
	if (i == 0 || number > most || (i > 1 && text->ptr[0] == '0'))
		return false;
	text->ptr += i;
	text->len -= i;
	*ret_number = number;
	return true;
}

static bool
take(struct cr_slice *text, struct cr_slice word)
{
	if (!starts_with(*text, word))
		return false;
	text->ptr += word.len;
	text->len -= word.len;
	return true;
}

static bool
take_port(struct cr_slice text, unsigned char out[2])
{
	unsigned port;

	if (!take(&text, CR_SLICE_LITERAL(":")) ||
	    !take_number(&text, 65535, &port) || text.len != 0)
		return false;
	out[0] = (unsigned char)(port >> 8);
	out[1] = (unsigned char)(port & 0xff);
	return true;
}

static bool
take_ipv4(struct cr_slice *text, unsigned char out[4])
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned number;

		if ((i > 0 && !take(text, CR_SLICE_LITERAL("."))) ||
		    !take_number(text, 255, &number))
			return false;
		out[i] = (unsigned char)number;
	}
	return true;
}

/* libc reads many forms of an address and writes one: only that one. */
static bool
take_ipv6(struct cr_slice *text, unsigned char out[16])
{
	char address[INET6_ADDRSTRLEN];
	char again[INET6_ADDRSTRLEN];
	const char *end;
	size_t len;

	if (!take(text, CR_SLICE_LITERAL("[")))
		return false;
	end = memchr(text->ptr, ']', text->len);
	if (end == NULL)
		return false;
	len = (size_t)(end - text->ptr);
	if (len >= sizeof(address))
		return false;
	memcpy(address, text->ptr, len);
	address[len] = '\0';
	if (strlen(address) != len || inet_pton(AF_INET6, address, out) != 1 ||
	    inet_ntop(AF_INET6, out, again, sizeof(again)) == NULL ||
	    strcmp(address, again) != 0)
		return false;
	text->ptr += len + 1;
	text->len -= len + 1;
	return true;
}

int
cr_leaf_peer_pack(struct cr_slice text, unsigned char out[CR_LEAF_PACKED_MAX],
    size_t *ret_len)
{
	struct cr_slice rest = text;

	if (!take(&rest, CR_SLICE_LITERAL("IP=")))
		return CR_LEAF_AS_TEXT;
	if (starts_with(rest, CR_SLICE_LITERAL("["))) {
		*ret_len = 18;
		return take_ipv6(&rest, out) && take_port(rest, out + 16) ?
		    CR_LEAF_AS_IPV6 : CR_LEAF_AS_TEXT;
	}
	*ret_len = 6;
	return take_ipv4(&rest, out) && take_port(rest, out + 4) ?
	    CR_LEAF_AS_IPV4 : CR_LEAF_AS_TEXT;
}

static char *
put_decimal(char *out, unsigned number)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	memcpy(out, digits + at, sizeof(digits) - at);
	return out + sizeof(digits) - at;
}

/* Of 64 bytes at most 54 are used. */
void
cr_leaf_peer_unpack(int as, const unsigned char *in, char out[64],
    struct cr_slice *ret)
{
	char *at = out + 3;

	memcpy(out, "IP=", 3);
	if (as == CR_LEAF_AS_IPV6) {
		*at++ = '[';
		*at = '\0';
		(void)inet_ntop(AF_INET6, in, at, INET6_ADDRSTRLEN);
		at += strlen(at);
		*at++ = ']';
		in += 16;
	} else {
		for (unsigned i = 0; i < 4; i++) {
			if (i > 0)
				*at++ = '.';
			at = put_decimal(at, *in++);
		}
	}
	*at++ = ':';
	at = put_decimal(at, (unsigned)in[0] << 8 | in[1]);
	*ret = (struct cr_slice){ out, (size_t)(at - out) };
}
