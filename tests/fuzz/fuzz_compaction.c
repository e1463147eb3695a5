/* The file that says what waits to be compacted */
#include "fuzz/fuzz.h"

#include <stdio.h>

#include "core/compaction.h"
#include "core/crypto.h"

static void
check(struct cr_slice text)
{
	char again[CR_COMPACTION_TEXT_SIZE];
	struct cr_compaction read;

	if (cr_compaction_parse(text, &read) != CR_OK) {
		expect(read.state == CR_COMPACTION_UNKNOWN);
		return;
	}
	expect(read.state != CR_COMPACTION_UNKNOWN);
	expect(cr_compaction_format(&read, again) == CR_OK);
	expect(cr_slice_equal(text, cr_slice_of(again)));
}

/* The check would keep the rest of the decoder from being tried. */
static void
check_with_check(struct cr_slice text)
{
	char line[2 * CR_COMPACTION_TEXT_SIZE];
	struct cr_hash hash;
	size_t len = text.len;

	if (len == 0 || len > CR_COMPACTION_TEXT_SIZE)
		return;
	memcpy(line, text.ptr, len);
	line[len++] = ' ';
	cr_sha256(text, &hash);
	for (size_t i = 0; i < 8; i++)
		len += (size_t)snprintf(line + len, 3, "%02x",
		    hash.bytes[i]);
	line[len++] = '\n';
	check((struct cr_slice){ line, len });
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(fuzz_slice(data, size));
	check_with_check(fuzz_slice(data, size));
	return 0;
}
