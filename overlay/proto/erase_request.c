#include "custreg/erase.h"

#include "control.h"
#include "core/uuid.h"
#include "der.h"
#include "dn.h"

/* context-specific, primitive */
#define TAG_DN ((ber_tag_t)0x80)
#define TAG_UUID ((ber_tag_t)0x81)
#define TAG_GROUND ((ber_tag_t)0x82)
#define TAG_REFERENCE ((ber_tag_t)0x83)

#define GROUNDS ((unsigned)CR_ERASE_GROUND_F)

_Static_assert(CR_ERASE_UUID == CR_UUID_BYTES, "one size of UUIDs");
_Static_assert(CR_ERASE_DN_MAX <= CR_DN_MAX, "what can be checked");

static bool
are_flags(uint32_t flags)
{
	return (flags & ~(uint32_t)(CR_ERASE_DRY_RUN | CR_ERASE_PARTIAL)) == 0;
}

static int
check_request(const struct cr_erase_request *request)
{
	int rc = CR_OK;

	if (!are_flags(request->flags) || request->ground > GROUNDS)
		return CR_EPROTO;
	if (request->by == CR_ERASE_BY_DN)
		rc = cr_dn_check(request->dn, CR_ERASE_DN_MAX);
	else if (request->by != CR_ERASE_BY_UUID)
		rc = CR_EPROTO;
	if (rc == CR_OK && request->reference.len > 0)
		rc = cr_control_check_reference(request->reference);
	return rc;
}

static int
put_subject(BerElement *ber, const struct cr_erase_request *request)
{
	struct berval dn;

	if (request->by == CR_ERASE_BY_UUID)
		return ber_printf(ber, "to", TAG_UUID, request->uuid,
		    (ber_len_t)CR_ERASE_UUID);
	dn = cr_der_bytes(request->dn);
	return ber_printf(ber, "tO", TAG_DN, &dn);
}

/* Without the zeros at the end (X.690, 11.2.2), and nothing when none is set. */
static int
put_flags(BerElement *ber, unsigned flags)
{
	unsigned char bits = 0;
	ber_len_t count = 0;

	for (unsigned i = 0; flags >> i != 0; i++) {
		if ((flags >> i & 1) == 0)
			continue;
		bits |= (unsigned char)(0x80 >> i);
		count = i + 1;
	}
	return count == 0 ? 0 : ber_printf(ber, "B", &bits, count);
}

static int
put_request(BerElement *ber, const struct cr_erase_request *request)
{
	struct berval reference = cr_der_bytes(request->reference);

	if (ber_printf(ber, "{") < 0 || put_subject(ber, request) < 0 ||
	    put_flags(ber, request->flags) < 0)
		return CR_ENOMEM;
	if (request->ground != CR_ERASE_NO_GROUND && ber_printf(ber, "te",
	    TAG_GROUND, (ber_int_t)request->ground - 1) < 0)
		return CR_ENOMEM;
	if (reference.bv_len > 0 && ber_printf(ber, "tO", TAG_REFERENCE,
	    &reference) < 0)
		return CR_ENOMEM;
	return ber_printf(ber, "}") < 0 ? CR_ENOMEM : CR_OK;
}

int
cr_erase_request_encode(const struct cr_erase_request *request,
    unsigned char **ret_value, size_t *ret_len)
{
	BerElement *ber;
	int rc = check_request(request);

	if (rc != CR_OK)
		return rc;
	ber = ber_alloc_t(LBER_USE_DER);
	if (ber == NULL)
		return CR_ENOMEM;
	rc = put_request(ber, request);
	if (rc == CR_OK)
		rc = cr_der_copy_out(ber, ret_value, ret_len);
	ber_free(ber, 1);
	return rc;
}

static int
take_subject(struct cr_slice *rest, struct cr_erase_request *request)
{
	int rc;

	if (cr_ber_peek(*rest) != TAG_DN) {
		request->by = CR_ERASE_BY_UUID;
		return cr_der_take_octets(rest, TAG_UUID, CR_ERASE_UUID,
		    request->uuid);
	}
	request->by = CR_ERASE_BY_DN;
	rc = cr_der_take(rest, TAG_DN, &request->dn);
	if (rc == CR_OK)
		rc = cr_dn_check(request->dn, CR_ERASE_DN_MAX);
	return rc;
}

static int
take_flags(struct cr_slice *rest, struct cr_erase_request *request)
{
	uint32_t flags;
	int rc = cr_der_take_bits(rest, &flags);

	if (rc != CR_OK)
		return rc;
	/* the default is absent */
	if (flags == 0 || !are_flags(flags))
		return CR_EPROTO;
	request->flags = flags;
	return CR_OK;
}

static int
take_ground(struct cr_slice *rest, struct cr_erase_request *request)
{
	unsigned ground;
	int rc = cr_der_take_enum(rest, TAG_GROUND, GROUNDS, &ground);

	if (rc == CR_OK)
		request->ground = (enum cr_erase_ground)(ground + 1);
	return rc;
}

static int
take_reference(struct cr_slice *rest, struct cr_erase_request *request)
{
	int rc = cr_der_take(rest, TAG_REFERENCE, &request->reference);

	return rc == CR_OK ? cr_control_check_reference(request->reference) :
	    rc;
}

int
cr_erase_request_decode(struct cr_slice value,
    struct cr_erase_request *ret_request)
{
	struct cr_erase_request request = { 0 };
	struct cr_slice rest;
	int rc = cr_der_whole(value, LBER_SEQUENCE, &rest);

	if (rc == CR_OK)
		rc = take_subject(&rest, &request);
	if (rc == CR_OK && cr_ber_peek(rest) == LBER_BITSTRING)
		rc = take_flags(&rest, &request);
	if (rc == CR_OK && cr_ber_peek(rest) == TAG_GROUND)
		rc = take_ground(&rest, &request);
	if (rc == CR_OK && cr_ber_peek(rest) == TAG_REFERENCE)
		rc = take_reference(&rest, &request);
	if (rc == CR_OK && rest.len != 0)
		rc = CR_EPROTO;
	if (rc == CR_OK)
		*ret_request = request;
	return rc;
}
