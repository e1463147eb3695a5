#include "json.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"

json_t *
cr_json_text(struct cr_slice value)
{
	json_t *json = NULL;
	char *safe;
	size_t at = 0;

	if (value.len == 0)
		return json_string("");
	if (cr_text_is_utf8(value))
		return json_stringn_nocheck(value.ptr, value.len);
	safe = malloc(value.len * 3 + 1);
	if (safe == NULL)
		return NULL;
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c < 0x80 && c != 0)
			safe[at++] = (char)c;
		else
			at += (size_t)snprintf(safe + at, 4, "\\%02X", c);
	}
	json = json_stringn(safe, at);
	free(safe);
	return json;
}
