/* Lines of erasure orders, keyed hashes and kept bans */
#include "fuzz/fuzz.h"

#include <stdio.h>

#include "core/erasure.h"

static void
check_line(struct cr_slice line)
{
	static struct cr_erasure order;
	char again[CR_ERASURE_TEXT_SIZE];

	if (cr_erasure_parse(line, &order) != CR_OK)
		return;
	expect(order.hash_count <= CR_FACTORS_MAX);
	expect(cr_erasure_format(&order, again) == CR_OK);
	expect(cr_slice_equal(line, cr_slice_of(again)));
	cr_erasure_repeat(&order, &order);
	expect(order.state == CR_ERASURE_ORDERED);
}

/* The check would keep the rest of the decoder from being tried. */
static void
check_with_check(struct cr_slice text)
{
	char line[CR_ERASURE_TEXT_SIZE + 32];
	struct cr_hash hash;
	size_t len = text.len;

	if (len == 0 || len > CR_ERASURE_TEXT_SIZE)
		return;
	memcpy(line, text.ptr, len);
	line[len++] = ' ';
	cr_sha256(text, &hash);
	for (size_t i = 0; i < 8; i++)
		len += (size_t)snprintf(line + len, 3, "%02x",
		    hash.bytes[i]);
	check_line((struct cr_slice){ line, len });
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice text = fuzz_slice(data, size);
	static struct cr_lasting_bans bans;
	char again[CR_LASTING_TEXT_SIZE];
	struct cr_keyed_hash hash;

	check_line(text);
	check_with_check(text);
	if (cr_keyed_hash_parse(text, &hash) == CR_OK) {
		cr_keyed_hash_format(&hash, again);
		expect(cr_slice_equal(text, cr_slice_of(again)));
	}
	if (cr_lasting_bans_parse(text, &bans) == CR_OK) {
		expect(cr_lasting_bans_format(&bans, again) == CR_OK);
		expect(cr_slice_equal(text, cr_slice_of(again)));
	}
	return 0;
}
