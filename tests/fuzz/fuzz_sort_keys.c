/* The server-side-sort control; what we take, liblber takes too. */
#include "fuzz/fuzz.h"

#include <lber.h>

#include "proto/control.h"

struct keys {
	struct cr_slice value;
	size_t count;
	size_t bytes;
};

static int
take_key(void *arg, struct cr_slice attribute)
{
	struct keys *keys = arg;

	expect(lies_in(attribute, keys->value));
	keys->count++;
	keys->bytes += attribute.len;
	return CR_OK;
}

/* liblber reads the byte behind its input: it gets a copy with a NUL. */
static void
check_with_liblber(const struct keys *keys)
{
	struct berval copy = { keys->value.len, malloc(keys->value.len + 1) };
	size_t count = 0;
	size_t bytes = 0;
	BerElement *ber;
	ber_len_t len;
	char *last;

	if (copy.bv_val == NULL)
		return;
	memcpy(copy.bv_val, keys->value.ptr, copy.bv_len);
	copy.bv_val[copy.bv_len] = '\0';
	ber = ber_init(&copy);
	if (ber == NULL)
		goto out;
	for (ber_tag_t tag = ber_first_element(ber, &len, &last);
	    tag != LBER_DEFAULT; tag = ber_next_element(ber, &len, last)) {
		struct berval name;

		expect(ber_scanf(ber, "{m", &name) != LBER_ERROR);
		count++;
		bytes += name.bv_len;
		if (ber_peek_tag(ber, &len) == 0x80)
			expect(ber_scanf(ber, "x") != LBER_ERROR);
		if (ber_peek_tag(ber, &len) == 0x81)
			expect(ber_scanf(ber, "x") != LBER_ERROR);
		expect(ber_scanf(ber, "}") != LBER_ERROR);
	}
	expect(count == keys->count && bytes == keys->bytes);
	ber_free(ber, 1);
out:
	free(copy.bv_val);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keys keys = { .value = fuzz_slice(data, size) };

	if (cr_control_sort_keys(keys.value, take_key, &keys) == CR_OK)
		check_with_liblber(&keys);
	return 0;
}
