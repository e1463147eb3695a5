#include "text.h"

#include <limits.h>
#include <stdint.h>

/* <ctype.h> follows the locale; LDAP does not. */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
cr_text_is_keyword(struct cr_slice text)
{
	if (text.len == 0 || text.len > CR_KEYWORD_MAX ||
	    !is_letter(text.ptr[0]))
		return false;
	for (size_t i = 1; i < text.len; i++) {
		char c = text.ptr[i];

		if (!is_letter(c) && !is_digit(c) && c != '-')
			return false;
	}
	return true;
}

static bool
is_numeric_oid(struct cr_slice text)
{
	bool arc = false;	/* inside an arc: a digit came before */
	bool dotted = false;

	if (text.len > 256)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (is_digit(text.ptr[i])) {
			arc = true;
		} else if (text.ptr[i] == '.' && arc) {
			arc = false;
			dotted = true;
		} else {
			return false;
		}
	}
	return arc && dotted;
}

bool
cr_text_is_oid(struct cr_slice text)
{
	return cr_text_is_keyword(text) || is_numeric_oid(text);
}

static bool
are_options(struct cr_slice text)
{
	bool empty = true;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == ';' ? empty : !is_letter(c) && !is_digit(c) &&
		    c != '-')
			return false;
		empty = c == ';';
	}
	return !empty;
}

bool
cr_text_is_description(struct cr_slice text)
{
	const char *end;
	size_t len;

	if (text.len == 0)
		return false;
	end = memchr(text.ptr, ';', text.len);
	if (end == NULL)
		return cr_text_is_oid(text);
	len = (size_t)(end - text.ptr);
	return cr_text_is_oid((struct cr_slice){ text.ptr, len }) &&
	    are_options((struct cr_slice){ end + 1, text.len - len - 1 });
}

/* Length of the UTF-8 sequence at the front, 0 when it is none. */
static size_t
utf8_length(const unsigned char *at, size_t room)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t len;

	if (at[0] < 0x80)
		return at[0] != 0;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	/* the second byte keeps out overlong forms, surrogates, U+110000 */
	switch (at[0]) {
	case 0xe0:
		low = 0xa0;
		break;
	case 0xed:
		high = 0x9f;
		break;
	case 0xf0:
		low = 0x90;
		break;
	case 0xf4:
		high = 0x8f;
		break;
	}
	if (room < len || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	}
	return len;
}

/* Eight bytes, each from 1 to 127: nearly all text is that. */
static bool
are_ascii(const unsigned char at[8])
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return ((word | (word - ones)) & ones << 7) == 0;
}

bool
cr_text_is_utf8(struct cr_slice text)
{
	const unsigned char *at = (const unsigned char *)text.ptr;
	size_t left = text.len;

	while (left > 0) {
		size_t len = left >= 8 && are_ascii(at) ? 8 :
		    utf8_length(at, left);

		if (len == 0)
			return false;
		at += len;
		left -= len;
	}
	return true;
}

int
cr_text_parse_boolean(struct cr_slice text, bool *ret)
{
	if (cr_slice_same_name(text, CR_SLICE_LITERAL("TRUE")))
		*ret = true;
	else if (cr_slice_same_name(text, CR_SLICE_LITERAL("FALSE")))
		*ret = false;
	else
		return CR_ESYNTAX;
	return CR_OK;
}

int
cr_text_parse_unsigned(struct cr_slice text, unsigned *ret)
{
	unsigned number = 0;

	if (text.len == 0)
		return CR_ESYNTAX;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(text.ptr[i] - '0');

		if (!is_digit(text.ptr[i]) ||
		    number > ((unsigned)INT_MAX - digit) / 10)
			return CR_ESYNTAX;
		number = number * 10 + digit;
	}
	*ret = number;
	return CR_OK;
}

bool
cr_text_take_word(struct cr_slice *text, struct cr_slice *ret_word)
{
	const char *space;
	size_t len;

	if (text->len == 0)
		return false;
	space = memchr(text->ptr, ' ', text->len);
	if (space == NULL || space == text->ptr)
		return false;
	len = (size_t)(space - text->ptr);
	*ret_word = (struct cr_slice){ text->ptr, len };
	text->ptr += len + 1;
	text->len -= len + 1;
	return true;
}
