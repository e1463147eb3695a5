/* GeneralizedTime: what is parsed can be written and parsed again. */
#include "fuzz/fuzz.h"

#include "core/clock.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[CR_TIME_TEXT_SIZE];
	int64_t time;
	int64_t again;

	if (cr_time_parse(fuzz_slice(data, size), &time) != CR_OK)
		return 0;
	/* an offset may carry it out of the four-digit years */
	if (cr_time_format(time, text) != CR_OK)
		return 0;
	expect(strlen(text) == CR_TIME_TEXT_SIZE - 1);
	expect(cr_time_parse(cr_slice_of(text), &again) == CR_OK);
	expect(time == again);
	return 0;
}
