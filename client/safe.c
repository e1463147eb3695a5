#include "safe.h"

size_t
cr_put_safe(FILE *out, struct cr_slice text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
		width += (c & 0xc0) != 0x80;
	}
	return width;
}
