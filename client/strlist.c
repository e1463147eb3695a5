#include "strlist.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int
cr_strings_add(struct cr_strings *strings, struct cr_slice text)
{
	if (strings->count == strings->room) {
		size_t room = strings->room == 0 ? 8 : strings->room * 2;
		char **items = realloc(strings->items,
			room * sizeof(*items));

		if (items == NULL)
			return CR_ENOMEM;
		strings->items = items;
		strings->room = room;
	}
	strings->items[strings->count] = cr_text_copy(text);
	if (strings->items[strings->count] == NULL)
		return CR_ENOMEM;
	strings->count++;
	return CR_OK;
}

bool
cr_strings_has(const struct cr_strings *strings, struct cr_slice text)
{
	for (size_t i = 0; i < strings->count; i++) {
		if (cr_slice_equal(cr_slice_of(strings->items[i]), text))
			return true;
	}
	return false;
}

void
cr_strings_clear(struct cr_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	*strings = (struct cr_strings){ 0 };
}

char *
cr_text_copy(struct cr_slice text)
{
	char *copy = malloc(text.len + 1);

	if (copy == NULL)
		return NULL;
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return copy;
}

char *
cr_text_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int rc;

	va_start(args, format);
	rc = vasprintf(&text, format, args);
	va_end(args);
	return rc < 0 ? NULL : text;
}
