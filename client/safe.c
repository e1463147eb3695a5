#include "safe.h"

#include "core/text.h"

/*
 * The bytes of the character in front when it is none to show: a control
 * (C0, DEL, C1), a separator of lines, or one that turns the direction of
 * writing; else 0.  Of UTF-8.
 */
static size_t
unsafe_len(const unsigned char *c)
{
	if (c[0] < 0x20 || c[0] == 0x7f)
		return 1;
	if (c[0] == 0xc2 && c[1] < 0xa0)
		return 2;
	/* U+061C */
	if (c[0] == 0xd8 && c[1] == 0x9c)
		return 2;
	/* U+200E, U+200F; U+2028 to U+202E */
	if (c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f ||
	    (c[2] >= 0xa8 && c[2] <= 0xae)))
		return 3;
	/* U+2066 to U+2069 */
	if (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)
		return 3;
	return 0;
}

size_t
cr_put_safe(FILE *out, struct cr_slice text)
{
	bool is_utf8 = cr_text_is_utf8(text);
	size_t width = 0;

	/* a NUL makes it none, so none is read past its end */
	for (size_t i = 0; i < text.len;) {
		const unsigned char *c = (const unsigned char *)text.ptr + i;
		size_t len = is_utf8 ? unsafe_len(c) :
		    *c < 0x20 || *c >= 0x7f ? 1 : 0;

		fputc(len > 0 ? '?' : *c, out);
		width += len > 0 || (*c & 0xc0) != 0x80;
		i += len > 0 ? len : 1;
	}
	return width;
}
