#include "json.h"

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

/* What jansson lets pass as ASCII, and a terminal should not get. */
static int
put_chunk(const char *chunk, size_t len, void *out)
{
	for (size_t i = 0; i < len; i++) {
		if (chunk[i] == 0x7f)
			fputs("\\u007f", out);
		else
			fputc(chunk[i], out);
	}
	return ferror((FILE *)out) ? -1 : 0;
}

int
cr_json_put(FILE *out, const json_t *root)
{
	if (root == NULL || json_dump_callback(root, put_chunk, out,
	    JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0)
		return CR_ENOMEM;
	return fputc('\n', out) == EOF ? CR_ENOMEM : CR_OK;
}
