/* Values of our own controls. */
#include "fuzz/fuzz.h"

#include "proto/control.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	bool good = false;

	if (cr_control_check_purpose(value) == CR_OK) {
		good = true;
		expect(size <= CR_PURPOSE_NAME_MAX);
	}
	if (cr_control_check_recipient(value) == CR_OK) {
		good = true;
		expect(size <= CR_RECIPIENT_DN_MAX);
	}
	if (cr_control_check_reference(value) == CR_OK) {
		good = true;
		expect(size <= 64);
	}
	expect(!good || (size > 0 && memchr(data, '\0', size) == NULL));
	return 0;
}
