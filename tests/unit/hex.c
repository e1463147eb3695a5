#include "unit/hex.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned
digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Up to the first thing that is neither digits nor space, and where that is. */
static const char *
add_digits(struct bytes *bytes, const char *hex)
{
	for (;; hex += 2) {
		while (*hex == ' ')
			hex++;
		if (!isxdigit((unsigned char)hex[0]))
			return hex;
		ck_assert(isxdigit((unsigned char)hex[1]));
		bytes->data[bytes->len++] = (unsigned char)(digit(hex[0]) << 4 |
		    digit(hex[1]));
	}
}

static struct bytes
make_room(size_t size)
{
	struct bytes bytes = { malloc(size + (size == 0)), 0 };

	ck_assert_ptr_nonnull(bytes.data);
	return bytes;
}

struct bytes
hex_copy(struct cr_slice of)
{
	struct bytes bytes = make_room(of.len);

	if (of.len > 0)
		memcpy(bytes.data, of.ptr, of.len);
	bytes.len = of.len;
	return bytes;
}

static struct bytes
make_exact(struct bytes bytes)
{
	struct bytes exact = hex_copy(hex_slice(bytes));

	free(bytes.data);
	return exact;
}

struct bytes
hex_bytes(const char *hex)
{
	struct bytes bytes = make_room(strlen(hex));

	ck_assert_int_eq(*add_digits(&bytes, hex), '\0');
	return make_exact(bytes);
}

struct bytes
hex_example(const char *header, const char *after)
{
	FILE *file = fopen(header, "r");
	struct bytes bytes = make_room(4096);
	char line[256];
	bool found = false;

	ck_assert_msg(file != NULL, "%s: not there", header);
	while (fgets(line, sizeof(line), file) != NULL) {
		found = found || strstr(line, after) != NULL;
		if (!found)
			continue;
		if (strncmp(line, " *\t", 3) == 0)
			add_digits(&bytes, line + 3);
		else if (bytes.len > 0)
			break;
		ck_assert_uint_lt(bytes.len, 4096 - sizeof(line));
	}
	fclose(file);
	ck_assert_uint_gt(bytes.len, 0);
	return make_exact(bytes);
}
