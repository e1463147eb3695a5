#include "base64.h"

#include <stdint.h>

static const char letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
cr_base64_encode(const void *bytes, size_t len, char *ret_text)
{
	const unsigned char *in = bytes;

	for (; len >= 3; in += 3, len -= 3) {
		*ret_text++ = letters[in[0] >> 2];
		*ret_text++ = letters[(in[0] & 3) << 4 | in[1] >> 4];
		*ret_text++ = letters[(in[1] & 15) << 2 | in[2] >> 6];
		*ret_text++ = letters[in[2] & 63];
	}
	if (len > 0) {
		const unsigned second = len == 2 ? in[1] : 0;

		*ret_text++ = letters[in[0] >> 2];
		*ret_text++ = letters[(in[0] & 3u) << 4 | second >> 4];
		*ret_text++ = '=';
		if (len == 2)
			ret_text[-1] = letters[(second & 15) << 2];
		*ret_text++ = '=';
	}
	*ret_text = '\0';
}

static int
value_of(char letter)
{
	const char *at = letter != '\0' ? strchr(letters, letter) : NULL;

	return at != NULL ? (int)(at - letters) : -1;
}

int
cr_base64_decode(struct cr_slice text, void *ret_bytes, size_t size,
    size_t *ret_len)
{
	unsigned char *out = ret_bytes;
	size_t len = text.len, count = 0;

	if (len % 4 != 0)
		return CR_ESYNTAX;
	if (len > 0 && text.ptr[len - 1] == '=')
		len -= text.ptr[len - 2] == '=' ? 2 : 1;
	if (len / 4 * 3 + (len % 4 > 0 ? len % 4 - 1 : 0) > size)
		return CR_ESYNTAX;
	for (size_t i = 0; i < len; i += 4) {
		const size_t take = len - i < 4 ? len - i : 4;
		uint32_t bits = 0;

		for (size_t j = 0; j < 4; j++) {
			const int v = j < take ? value_of(text.ptr[i + j]) : 0;

			if (v < 0)
				return CR_ESYNTAX;
			bits = bits << 6 | (uint32_t)v;
		}
		for (size_t j = 0; j + 1 < take; j++)
			out[count++] = (unsigned char)(bits >> (16 - 8 * j));
		/* one text for one value: what is left over is zero */
		if (take < 4 && (bits & (0xffffffu >> (8 * (take - 1)))) != 0)
			return CR_ESYNTAX;
	}
	*ret_len = count;
	return CR_OK;
}
