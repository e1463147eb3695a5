/* crSource and crTransferDecision */
#include "fuzz/fuzz.h"

#include "core/values.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	struct cr_transfer transfer;
	struct cr_source source;

	if (cr_source_parse(value, &source) == CR_OK) {
		expect(lies_in(source.attribute, value) &&
		    lies_in(source.kind, value) &&
		    lies_in(source.text, value));
		expect(source.attribute.len > 0 && source.kind.len > 0 &&
		    source.text.len > 0);
	}
	if (cr_transfer_parse(value, &transfer) == CR_OK)
		expect(lies_in(transfer.text, value) &&
		    transfer.text.len > 0);
	return 0;
}
