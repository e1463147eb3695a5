/*
 * Messages that wait for their records: what is kept is a run of messages
 * too, and nothing of a lost operation but its results is in it.
 */
#include "fuzz/fuzz.h"

#include <ldap.h>

#include "proto/pdu.h"

static bool
is_odd(void *arg, int32_t message_id)
{
	(void)arg;
	return message_id % 2 != 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *kept = NULL;
	struct cr_slice rest;
	size_t len = 0;

	if (cr_pdu_withhold(fuzz_slice(data, size), is_odd, NULL,
	    LDAP_UNAVAILABLE, "no", &kept, &len) != CR_OK)
		return 0;
	rest = fuzz_slice(kept, len);
	while (rest.len > 0) {
		struct cr_pdu pdu;

		expect(cr_pdu_peek(rest, &pdu) == CR_OK);
		expect(!is_odd(NULL, pdu.message_id) ||
		    !cr_pdu_goes_on(&pdu));
		rest.ptr += pdu.len;
		rest.len -= pdu.len;
	}
	free(kept);
	return 0;
}
