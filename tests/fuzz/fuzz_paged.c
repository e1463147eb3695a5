/* The paged-results control: what is decoded can be encoded and back. */
#include "fuzz/fuzz.h"

#include "proto/control.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	unsigned char *encoded = NULL;
	struct cr_slice cookie;
	struct cr_slice again;
	size_t len = 0;
	int count;
	int count_again;

	if (cr_control_paged_decode(value, &count, &cookie) != CR_OK)
		return 0;
	expect(count >= 0 && lies_in(cookie, value));
	expect(cr_control_paged_encode(count, cookie, &encoded, &len) ==
	    CR_OK);
	/* DER is the shortest BER */
	expect(len <= size);
	expect(cr_control_paged_decode(fuzz_slice(encoded, len),
	    &count_again, &again) == CR_OK);
	expect(count == count_again && cr_slice_equal(cookie, again));
	free(encoded);
	return 0;
}
