/* The virtual-list-view control. */
#include "fuzz/fuzz.h"

#include "proto/control.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	struct cr_slice shorter = value;
	bool has;
	int rc = cr_control_vlv_has_context(value, &has);

	expect(rc == CR_OK || rc == CR_EPROTO);
	if (rc != CR_OK)
		return 0;
	/* a whole request, cut, is none */
	shorter.len--;
	expect(cr_control_vlv_has_context(shorter, &has) == CR_EPROTO);
	return 0;
}
