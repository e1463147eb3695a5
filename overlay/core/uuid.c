#include "uuid.h"

#define TEXT_LEN (CR_UUID_TEXT_SIZE - 1)

/*
 * Value of a digit and one more; 0: none.  Looked up, since each branch on a
 * random digit would be a guess.
 */
static const unsigned char digits[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
	['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
	['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16
};

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
		unsigned high;
		unsigned low;

		if (follows_hyphen(i) && *at++ != '-')
			return CR_ESYNTAX;
		high = digits[(unsigned char)*at++];
		low = digits[(unsigned char)*at++];
		if (high == 0 || low == 0)
			return CR_ESYNTAX;
		uuid[i] = (unsigned char)((high - 1) << 4 | (low - 1));
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
