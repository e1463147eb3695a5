#include "loglevel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned bit;
	bool tells;
} levels[] = {
	{ "trace", 0x1, true },
	{ "packets", 0x2, true },
	{ "args", 0x4, true },
	{ "conns", 0x8, false },
	{ "BER", 0x10, true },
	{ "filter", 0x20, true },
	{ "config", 0x40, false },
	{ "ACL", 0x80, true },
	{ "stats", 0x100, true },
	{ "stats2", 0x200, true },
	{ "shell", 0x400, true },
	{ "parse", 0x800, false },
	{ "sync", 0x4000, true },
	{ "none", 0x8000, false }
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

/* slapd reads them as int: -1 is any. */
static int
parse_number(struct cr_slice word, unsigned *ret_mask)
{
	char text[24];
	char *end;
	long number;

	if (word.len == 0 || word.len >= sizeof(text))
		return CR_ESYNTAX;
	memcpy(text, word.ptr, word.len);
	text[word.len] = '\0';
	errno = 0;
	number = strtol(text, &end, 0);
	if (*end != '\0' || end == text || errno != 0 ||
	    number < INT32_MIN || number > INT32_MAX)
		return CR_ESYNTAX;
	*ret_mask = (unsigned)(int)number;
	return CR_OK;
}

int
cr_log_level_parse(struct cr_slice word, unsigned *ret_mask)
{
	if (cr_slice_same_name(word, CR_SLICE_LITERAL("any"))) {
		*ret_mask = ~0u;
		return CR_OK;
	}
	for (size_t i = 0; i < LEVELS; i++) {
		if (cr_slice_same_name(word, cr_slice_of(levels[i].name))) {
			*ret_mask = levels[i].bit;
			return CR_OK;
		}
	}
	return parse_number(word, ret_mask);
}

unsigned
cr_log_level_telling(unsigned mask)
{
	unsigned telling = 0;

	for (size_t i = 0; i < LEVELS; i++)
		telling |= levels[i].tells ? mask & levels[i].bit : 0;
	return telling;
}

void
cr_log_level_format(unsigned mask, char ret_text[CR_LOG_LEVEL_TEXT_SIZE])
{
	size_t at = 0;

	ret_text[0] = '\0';
	if (mask == ~0u)
		at = (size_t)snprintf(ret_text, CR_LOG_LEVEL_TEXT_SIZE, "any");
	for (size_t i = 0; at < CR_LOG_LEVEL_TEXT_SIZE && mask != ~0u &&
	    i < LEVELS; i++) {
		if ((mask & levels[i].bit) != 0)
			at += (size_t)snprintf(ret_text + at,
			    CR_LOG_LEVEL_TEXT_SIZE - at, "%s%s", at > 0 ?
			    " " : "", levels[i].name);
	}
}
