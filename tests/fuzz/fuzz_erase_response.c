/*
 * A response to it, from a server that may not be trusted: what is decoded
 * lies in the value, and is encoded to the same bytes.
 */
#include "fuzz/fuzz.h"

#include "custreg/erase.h"

static void
expect_parts(const struct cr_erase_response *response, struct cr_slice value)
{
	expect(response->state > CR_ERASE_NO_STATE &&
	    response->state <= CR_ERASE_WOULD_PARTLY);
	for (size_t i = 0; i < response->erased_count; i++)
		expect(response->erased[i].what.len > 0 &&
		    lies_in(response->erased[i].what, value));
	for (size_t i = 0; i < response->withheld_count; i++) {
		const struct cr_erase_withheld *held = &response->withheld[i];

		expect(held->what.len > 0 && lies_in(held->what, value) &&
		    lies_in(held->law, value));
		expect(held->reason > CR_ERASE_NO_REASON &&
		    held->reason <= CR_ERASE_OTHER);
	}
	expect(response->receipt.id.len == 0 ||
	    (response->receipt.id.len <= CR_ERASE_RECEIPT_MAX &&
	    lies_in(response->receipt.id, value)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	struct cr_slice shorter = value;
	struct cr_erase_response response;
	unsigned char *encoded = NULL;
	size_t len = 0;
	int rc = cr_erase_response_decode(value, &response);

	expect(rc == CR_OK || rc == CR_EPROTO);
	if (rc != CR_OK)
		return 0;
	expect_parts(&response, value);
	expect(cr_erase_response_encode(&response, &encoded, &len) == CR_OK);
	expect(len == size && memcmp(encoded, data, len) == 0);
	free(encoded);
	cr_erase_response_clear(&response);

	/* a whole response, cut, is none */
	shorter.len--;
	expect(cr_erase_response_decode(shorter, &response) == CR_EPROTO);
	return 0;
}
