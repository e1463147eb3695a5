/*
 * The controls of others that say how a list is sorted and cut: what in them
 * could say more than a reader may know.
 */
#include "control.h"

#include "der.h"

/* context-specific tags of RFC 2891 */
#define TAG_ORDERING_RULE ((ber_tag_t)0x80)
#define TAG_REVERSE_ORDER ((ber_tag_t)0x81)
/* and of the virtual list view draft */
#define TAG_BY_OFFSET ((ber_tag_t)0xa0)
#define TAG_BY_VALUE ((ber_tag_t)0x81)

/*
 * slapd's own parser of these controls has been over the value before, and
 * liblber ends each string it hands out with a NUL, in place: over the tag of
 * what follows.  So an element after a string may have lost its tag.
 */
#define TAG_LOST ((ber_tag_t)0x00)

static int
take_after_string(struct cr_slice *rest, ber_tag_t tag,
    struct cr_slice *ret_content)
{
	return cr_ber_take(rest, cr_ber_peek(*rest) == TAG_LOST ?
	    TAG_LOST : tag, ret_content);
}

static int
take_sort_key(struct cr_slice *rest, struct cr_slice *ret_attribute)
{
	struct cr_slice key;
	struct cr_slice ignored;
	int rc;

	rc = take_after_string(rest, LBER_SEQUENCE, &key);
	if (rc == CR_OK)
		rc = cr_ber_take(&key, LBER_OCTETSTRING, ret_attribute);
	if (rc == CR_OK && (cr_ber_peek(key) == TAG_ORDERING_RULE ||
	    cr_ber_peek(key) == TAG_LOST))
		rc = take_after_string(&key, TAG_ORDERING_RULE, &ignored);
	if (rc == CR_OK && key.len > 0) {
		rc = take_after_string(&key, TAG_REVERSE_ORDER, &ignored);
		if (rc == CR_OK && ignored.len != 1)
			rc = CR_EPROTO;
	}
	if (rc == CR_OK && key.len != 0)
		rc = CR_EPROTO;
	return rc;
}

/* The whole value is one SEQUENCE. */
static int
open_sequence(struct cr_slice value, struct cr_slice *ret_content)
{
	int rc = cr_ber_take(&value, LBER_SEQUENCE, ret_content);

	if (rc == CR_OK && value.len != 0)
		rc = CR_EPROTO;
	return rc;
}

int
cr_control_sort_keys(struct cr_slice value, cr_sort_key_fn *fn, void *arg)
{
	struct cr_slice keys;
	int rc = open_sequence(value, &keys);

	while (rc == CR_OK && keys.len > 0) {
		struct cr_slice attribute;

		rc = take_sort_key(&keys, &attribute);
		if (rc == CR_OK)
			rc = fn(arg, attribute);
	}
	return rc;
}

static int
take_vlv_target(struct cr_slice *rest)
{
	struct cr_slice target;
	int offset;
	int rc;

	if (cr_ber_peek(*rest) == TAG_BY_VALUE)
		return cr_ber_take(rest, TAG_BY_VALUE, &target);
	rc = cr_ber_take(rest, TAG_BY_OFFSET, &target);
	if (rc == CR_OK)
		rc = cr_ber_take_count(&target, &offset);
	if (rc == CR_OK)
		rc = cr_ber_take_count(&target, &offset);
	if (rc == CR_OK && target.len != 0)
		rc = CR_EPROTO;
	return rc;
}

int
cr_control_vlv_has_context(struct cr_slice value, bool *ret_has)
{
	struct cr_slice request;
	struct cr_slice context;
	int count;
	int rc;

	rc = open_sequence(value, &request);
	if (rc == CR_OK)
		rc = cr_ber_take_count(&request, &count);
	if (rc == CR_OK)
		rc = cr_ber_take_count(&request, &count);
	if (rc == CR_OK)
		rc = take_vlv_target(&request);
	if (rc == CR_OK && request.len == 0) {
		*ret_has = false;
		return CR_OK;
	}
	if (rc == CR_OK)
		rc = take_after_string(&request, LBER_OCTETSTRING, &context);
	if (rc == CR_OK && request.len != 0)
		rc = CR_EPROTO;
	if (rc == CR_OK)
		*ret_has = true;
	return rc;
}

int
cr_control_paged_decode(struct cr_slice value, int *ret_size,
    struct cr_slice *ret_cookie)
{
	struct cr_slice request;
	struct cr_slice cookie;
	int size;
	int rc;

	rc = open_sequence(value, &request);
	if (rc == CR_OK)
		rc = cr_ber_take_count(&request, &size);
	if (rc == CR_OK)
		rc = cr_ber_take(&request, LBER_OCTETSTRING, &cookie);
	if (rc == CR_OK && request.len != 0)
		rc = CR_EPROTO;
	if (rc == CR_OK) {
		*ret_size = size;
		*ret_cookie = cookie;
	}
	return rc;
}

int
cr_control_paged_encode(int size, struct cr_slice cookie,
    unsigned char **ret_value, size_t *ret_len)
{
	struct berval bytes = cr_der_bytes(cookie);
	BerElement *ber;
	int rc = CR_ENOMEM;

	if (size < 0)
		return CR_EINTERNAL;
	ber = ber_alloc_t(LBER_USE_DER);
	if (ber == NULL)
		return CR_ENOMEM;
	if (ber_printf(ber, "{iO}", (ber_int_t)size, &bytes) >= 0)
		rc = cr_der_copy_out(ber, ret_value, ret_len);
	ber_free(ber, 1);
	return rc;
}
