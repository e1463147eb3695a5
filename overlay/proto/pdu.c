#include "pdu.h"

#include <ldap.h>
#include <stdlib.h>

#include "ber.h"

int
cr_pdu_peek(struct cr_slice run, struct cr_pdu *ret_pdu)
{
	struct cr_slice rest = run;
	struct cr_slice message;
	struct cr_pdu pdu;
	int id;
	int rc = cr_ber_take(&rest, LBER_SEQUENCE, &message);

	if (rc != CR_OK)
		return rc;
	pdu.len = run.len - rest.len;
	rc = cr_ber_take_count(&message, &id);
	if (rc != CR_OK)
		return rc;
	pdu.message_id = id;
	pdu.operation = cr_ber_peek(message);
	if (pdu.operation == LBER_DEFAULT)
		return CR_EPROTO;
	*ret_pdu = pdu;
	return CR_OK;
}

bool
cr_pdu_goes_on(const struct cr_pdu *pdu)
{
	return pdu->operation == LDAP_RES_SEARCH_ENTRY ||
	    pdu->operation == LDAP_RES_SEARCH_REFERENCE ||
	    pdu->operation == LDAP_RES_INTERMEDIATE;
}

/* Appends to *run, which grows. */
static int
append(unsigned char **run, size_t *len, const void *bytes, size_t count)
{
	unsigned char *grown = realloc(*run, *len + count);

	if (grown == NULL)
		return CR_ENOMEM;
	memcpy(grown + *len, bytes, count);
	*run = grown;
	*len += count;
	return CR_OK;
}

/* The same kind of response with another result. */
static int
append_result(unsigned char **run, size_t *len, const struct cr_pdu *pdu,
    int code, const char *text)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval bytes;
	int rc = CR_ENOMEM;

	if (ber == NULL)
		return CR_ENOMEM;
	if (ber_printf(ber, "{it{ess}}", pdu->message_id, pdu->operation,
	    code, "", text) >= 0 && ber_flatten2(ber, &bytes, 0) == 0)
		rc = append(run, len, bytes.bv_val, bytes.bv_len);
	ber_free(ber, 1);
	return rc;
}

int
cr_pdu_withhold(struct cr_slice run, cr_pdu_lost *lost, void *arg, int code,
    const char *text, unsigned char **ret_run, size_t *ret_len)
{
	unsigned char *kept = NULL;
	size_t len = 0;
	int rc = CR_OK;

	while (run.len > 0 && rc == CR_OK) {
		struct cr_pdu pdu;

		rc = cr_pdu_peek(run, &pdu);
		if (rc != CR_OK)
			break;
		if (!lost(arg, pdu.message_id))
			rc = append(&kept, &len, run.ptr, pdu.len);
		else if (!cr_pdu_goes_on(&pdu))
			rc = append_result(&kept, &len, &pdu, code, text);
		run.ptr += pdu.len;
		run.len -= pdu.len;
	}
	if (rc != CR_OK) {
		free(kept);
		return rc;
	}
	*ret_run = kept;
	*ret_len = len;
	return CR_OK;
}
