/* crHold */
#include "fuzz/fuzz.h"

#include "core/values.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	struct cr_hold hold;

	if (cr_hold_parse(value, &hold) != CR_OK)
		return 0;
	expect(lies_in(hold.law, value) && hold.law.len > 0);
	expect(hold.law.ptr + hold.law.len == value.ptr + value.len);
	expect(!hold.open || hold.until == INT64_MAX);
	return 0;
}
