/*
 * A request to erase: what is decoded lies in the value, can be encoded, and
 * is then the same.  Only zeros after the flags get lost: at most four bytes,
 * one of them of a length that gets shorter.
 */
#include "fuzz/fuzz.h"

#include "custreg/erase.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	struct cr_slice shorter = value;
	struct cr_erase_request request;
	struct cr_erase_request again;
	unsigned char *encoded = NULL;
	size_t len = 0;
	int rc = cr_erase_request_decode(value, &request);

	expect(rc == CR_OK || rc == CR_EPROTO);
	if (rc != CR_OK)
		return 0;
	expect(request.by == CR_ERASE_BY_UUID || (request.dn.len > 0 &&
	    request.dn.len <= CR_ERASE_DN_MAX && lies_in(request.dn, value)));
	expect(request.flags <= (CR_ERASE_DRY_RUN | CR_ERASE_PARTIAL));
	expect(request.ground <= CR_ERASE_GROUND_F);
	expect(request.reference.len <= 64 && (request.reference.len == 0 ||
	    lies_in(request.reference, value)));

	expect(cr_erase_request_encode(&request, &encoded, &len) == CR_OK);
	expect(request.flags != 0 ? len <= size && len + 4 >= size :
	    len == size && memcmp(encoded, data, len) == 0);
	expect(cr_erase_request_decode(fuzz_slice(encoded, len), &again) ==
	    CR_OK);
	expect(request.by == again.by && request.flags == again.flags &&
	    request.ground == again.ground &&
	    cr_slice_equal(request.dn, again.dn) &&
	    memcmp(request.uuid, again.uuid, CR_ERASE_UUID) == 0 &&
	    cr_slice_equal(request.reference, again.reference));
	free(encoded);

	/* a whole request, cut, is none */
	shorter.len--;
	expect(cr_erase_request_decode(shorter, &again) == CR_EPROTO);
	return 0;
}
