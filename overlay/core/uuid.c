#include "uuid.h"

#define TEXT_LEN (CR_UUID_TEXT_SIZE - 1)

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A hyphen stands before bytes 4, 6, 8 and 10. */
static bool
follows_hyphen(unsigned byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int
cr_uuid_parse(struct cr_slice text, unsigned char ret_uuid[CR_UUID_BYTES])
{
	unsigned char uuid[CR_UUID_BYTES];
	const char *at = text.ptr;

	if (text.len != TEXT_LEN)
		return CR_ESYNTAX;
	for (unsigned i = 0; i < CR_UUID_BYTES; i++) {
		int high;
		int low;

		if (follows_hyphen(i) && *at++ != '-')
			return CR_ESYNTAX;
		high = digit_of(*at++);
		low = digit_of(*at++);
		if (high < 0 || low < 0)
			return CR_ESYNTAX;
		uuid[i] = (unsigned char)(high << 4 | low);
	}
	memcpy(ret_uuid, uuid, sizeof(uuid));
	return CR_OK;
}

void
cr_uuid_format(const unsigned char uuid[CR_UUID_BYTES],
    char ret_text[CR_UUID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *at = ret_text;

	for (unsigned i = 0; i < CR_UUID_BYTES; i++) {
		if (follows_hyphen(i))
			*at++ = '-';
		*at++ = hex[uuid[i] >> 4];
		*at++ = hex[uuid[i] & 15];
	}
	*at = '\0';
}
