#include "custreg/erase.h"

#include <stdlib.h>

#include "core/text.h"
#include "der.h"

#define STATES ((unsigned)CR_ERASE_WOULD_PARTLY)
#define REASONS ((unsigned)CR_ERASE_OTHER)

/* Octets of the shortest content: uuid, what; and reason, law */
#define ITEM_LEAST (2 + CR_ERASE_UUID + 3)
#define WITHHELD_LEAST (ITEM_LEAST + 3 + 2)

_Static_assert(sizeof(struct cr_erase_item) <= 4 * (2 + ITEM_LEAST) &&
    sizeof(struct cr_erase_withheld) <= 4 * (2 + WITHHELD_LEAST),
    "four bytes for each received");

/* Items that are put into one element of liblber. */
#define PUT_AT_ONCE 64

static bool
lists_fit_state(const struct cr_erase_response *response)
{
	switch (response->state) {
	case CR_ERASE_ERASED:
	case CR_ERASE_WOULD_ERASE:
		return response->withheld_count == 0;
	case CR_ERASE_PARTLY:
	case CR_ERASE_WOULD_PARTLY:
		return response->withheld_count > 0;
	case CR_ERASE_REFUSED:
	case CR_ERASE_WOULD_REFUSE:
		return response->withheld_count > 0 &&
		    response->erased_count == 0;
	case CR_ERASE_NO_STATE:
		break;
	}
	return false;
}

static bool
is_what(struct cr_slice what)
{
	return what.len > 0 && cr_text_is_utf8(what);
}

/* A list on its way into the response, as bytes. */
struct run {
	char *bytes;
	size_t len;
	size_t room;
};

static int
append(struct run *run, const struct berval *bytes)
{
	if (bytes->bv_len > run->room - run->len) {
		size_t room = 2 * (run->len + bytes->bv_len);
		char *grown = realloc(run->bytes, room);

		if (grown == NULL)
			return CR_ENOMEM;
		run->bytes = grown;
		run->room = room;
	}
	memcpy(run->bytes + run->len, bytes->bv_val, bytes->bv_len);
	run->len += bytes->bv_len;
	return CR_OK;
}

/* Puts element `at` of a list. */
typedef int put_fn(BerElement *ber, const void *list, size_t at);

static int
append_some(struct run *run, put_fn *put, const void *list, size_t from,
    size_t end)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval bytes;
	int rc = CR_OK;

	if (ber == NULL)
		return CR_ENOMEM;
	for (size_t at = from; at < end && rc == CR_OK; at++)
		rc = put(ber, list, at);
	if (rc == CR_OK && ber_flatten2(ber, &bytes, 0) < 0)
		rc = CR_ENOMEM;
	if (rc == CR_OK)
		rc = append(run, &bytes);
	ber_free(ber, 1);
	return rc;
}

/*
 * An element of liblber grows by 4 KiB, copied each time: a long list is put
 * together outside of it.
 */
static int
put_list(BerElement *ber, put_fn *put, const void *list, size_t count)
{
	struct run run = { NULL, 0, 0 };
	struct berval bytes;
	int rc = CR_OK;

	for (size_t at = 0; at < count && rc == CR_OK; at += PUT_AT_ONCE) {
		size_t left = count - at;

		rc = append_some(&run, put, list, at,
		    at + (left < PUT_AT_ONCE ? left : PUT_AT_ONCE));
	}
	bytes = cr_der_bytes((struct cr_slice){ run.bytes, run.len });
	if (rc == CR_OK && ber_printf(ber, "tO", LBER_SEQUENCE, &bytes) < 0)
		rc = CR_ENOMEM;
	free(run.bytes);
	return rc;
}

static int
put_item(BerElement *ber, const void *list, size_t at)
{
	const struct cr_erase_item *item = list;
	struct berval what;

	item += at;
	if (!is_what(item->what))
		return CR_EINTERNAL;
	what = cr_der_bytes(item->what);
	return ber_printf(ber, "{otO}", item->uuid, (ber_len_t)CR_ERASE_UUID,
	    CR_TAG_UTF8_STRING, &what) < 0 ? CR_ENOMEM : CR_OK;
}

static int
put_withheld(BerElement *ber, const void *list, size_t at)
{
	const struct cr_erase_withheld *withheld = list;
	struct berval what;
	struct berval law;
	int rc = CR_OK;

	withheld += at;
	if (!is_what(withheld->what) || !cr_text_is_utf8(withheld->law) ||
	    withheld->reason == CR_ERASE_NO_REASON ||
	    withheld->reason > REASONS)
		return CR_EINTERNAL;
	what = cr_der_bytes(withheld->what);
	law = cr_der_bytes(withheld->law);
	if (ber_printf(ber, "{otOetO", withheld->uuid,
	    (ber_len_t)CR_ERASE_UUID, CR_TAG_UTF8_STRING, &what,
	    (ber_int_t)withheld->reason - 1, CR_TAG_UTF8_STRING, &law) < 0)
		return CR_ENOMEM;
	if (withheld->has_until)
		rc = cr_der_put_time(ber, withheld->until);
	if (rc == CR_OK && ber_printf(ber, "}") < 0)
		rc = CR_ENOMEM;
	return rc;
}

static int
put_receipt(BerElement *ber, const struct cr_erase_receipt *receipt)
{
	struct berval id = cr_der_bytes(receipt->id);
	int rc;

	if (id.bv_len == 0)
		return CR_OK;
	if (id.bv_len > CR_ERASE_RECEIPT_MAX)
		return CR_EINTERNAL;
	if (ber_printf(ber, "{O", &id) < 0)
		return CR_ENOMEM;
	rc = cr_der_put_time(ber, receipt->time);
	if (rc == CR_OK)
		rc = cr_der_put_number(ber, receipt->log_index);
	if (rc == CR_OK && ber_printf(ber, "}") < 0)
		rc = CR_ENOMEM;
	return rc;
}

static int
put_response(BerElement *ber, const struct cr_erase_response *response)
{
	int rc;

	if (ber_printf(ber, "{e", (ber_int_t)response->state - 1) < 0)
		return CR_ENOMEM;
	rc = put_list(ber, put_item, response->erased,
	    response->erased_count);
	if (rc == CR_OK)
		rc = put_list(ber, put_withheld, response->withheld,
		    response->withheld_count);
	if (rc == CR_OK)
		rc = put_receipt(ber, &response->receipt);
	if (rc == CR_OK && ber_printf(ber, "}") < 0)
		rc = CR_ENOMEM;
	return rc;
}

int
cr_erase_response_encode(const struct cr_erase_response *response,
    unsigned char **ret_value, size_t *ret_len)
{
	unsigned char *value = NULL;
	BerElement *ber;
	size_t len;
	int rc;

	if (!lists_fit_state(response))
		return CR_EINTERNAL;
	ber = ber_alloc_t(LBER_USE_DER);
	if (ber == NULL)
		return CR_ENOMEM;
	rc = put_response(ber, response);
	if (rc == CR_OK)
		rc = cr_der_copy_out(ber, &value, &len);
	ber_free(ber, 1);
	if (rc != CR_OK)
		return rc;
	if (len > CR_ERASE_RESPONSE_MAX) {
		free(value);
		return CR_ELIMIT;
	}
	*ret_value = value;
	*ret_len = len;
	return CR_OK;
}

/*
 * The content of a SEQUENCE OF SEQUENCE, and how many there are.  `least` is
 * what the content of each must have at least: so what is allocated for them
 * is in proportion to what was sent.
 */
static int
take_list(struct cr_slice *rest, size_t least, struct cr_slice *ret_list,
    size_t *ret_count)
{
	struct cr_slice list;
	struct cr_slice each;
	size_t count = 0;
	int rc = cr_der_take(rest, LBER_SEQUENCE, &list);

	if (rc != CR_OK)
		return rc;
	for (each = list; each.len > 0 && rc == CR_OK; count++) {
		struct cr_slice element;

		rc = cr_der_take(&each, LBER_SEQUENCE, &element);
		if (rc == CR_OK && element.len < least)
			rc = CR_EPROTO;
	}
	if (rc == CR_OK) {
		*ret_list = list;
		*ret_count = count;
	}
	return rc;
}

static int
take_what(struct cr_slice *rest, struct cr_slice *ret_what)
{
	int rc = cr_der_take_text(rest, ret_what);

	return rc == CR_OK && ret_what->len == 0 ? CR_EPROTO : rc;
}

static int
take_item(struct cr_slice *list, struct cr_erase_item *item)
{
	struct cr_slice rest;
	int rc = cr_der_take(list, LBER_SEQUENCE, &rest);

	if (rc == CR_OK)
		rc = cr_der_take_octets(&rest, LBER_OCTETSTRING,
		    CR_ERASE_UUID, item->uuid);
	if (rc == CR_OK)
		rc = take_what(&rest, &item->what);
	if (rc == CR_OK && rest.len != 0)
		rc = CR_EPROTO;
	return rc;
}

static int
take_withheld(struct cr_slice *list, struct cr_erase_withheld *withheld)
{
	struct cr_slice rest;
	unsigned reason = 0;
	int rc = cr_der_take(list, LBER_SEQUENCE, &rest);

	if (rc == CR_OK)
		rc = cr_der_take_octets(&rest, LBER_OCTETSTRING,
		    CR_ERASE_UUID, withheld->uuid);
	if (rc == CR_OK)
		rc = take_what(&rest, &withheld->what);
	if (rc == CR_OK)
		rc = cr_der_take_enum(&rest, LBER_ENUMERATED, REASONS,
		    &reason);
	if (rc == CR_OK)
		rc = cr_der_take_text(&rest, &withheld->law);
	withheld->reason = (enum cr_erase_reason)(reason + 1);
	if (rc == CR_OK && rest.len > 0) {
		withheld->has_until = true;
		rc = cr_der_take_time(&rest, &withheld->until);
	}
	if (rc == CR_OK && rest.len != 0)
		rc = CR_EPROTO;
	return rc;
}

static int
take_erased(struct cr_slice *rest, struct cr_erase_response *response)
{
	struct cr_slice list;
	int rc = take_list(rest, ITEM_LEAST, &list, &response->erased_count);

	if (rc == CR_OK && response->erased_count > 0) {
		response->erased = calloc(response->erased_count,
		    sizeof(*response->erased));
		if (response->erased == NULL)
			rc = CR_ENOMEM;
	}
	for (size_t i = 0; rc == CR_OK && i < response->erased_count; i++)
		rc = take_item(&list, &response->erased[i]);
	return rc;
}

static int
take_all_withheld(struct cr_slice *rest, struct cr_erase_response *response)
{
	struct cr_slice list;
	int rc = take_list(rest, WITHHELD_LEAST, &list,
	    &response->withheld_count);

	if (rc == CR_OK && response->withheld_count > 0) {
		response->withheld = calloc(response->withheld_count,
		    sizeof(*response->withheld));
		if (response->withheld == NULL)
			rc = CR_ENOMEM;
	}
	for (size_t i = 0; rc == CR_OK && i < response->withheld_count; i++)
		rc = take_withheld(&list, &response->withheld[i]);
	return rc;
}

static int
take_receipt(struct cr_slice *rest, struct cr_erase_receipt *receipt)
{
	struct cr_slice content;
	int rc = cr_der_take(rest, LBER_SEQUENCE, &content);

	if (rc == CR_OK)
		rc = cr_der_take(&content, LBER_OCTETSTRING, &receipt->id);
	if (rc == CR_OK && (receipt->id.len == 0 ||
	    receipt->id.len > CR_ERASE_RECEIPT_MAX))
		rc = CR_EPROTO;
	if (rc == CR_OK)
		rc = cr_der_take_time(&content, &receipt->time);
	if (rc == CR_OK)
		rc = cr_der_take_number(&content, &receipt->log_index);
	if (rc == CR_OK && content.len != 0)
		rc = CR_EPROTO;
	return rc;
}

int
cr_erase_response_decode(struct cr_slice value,
    struct cr_erase_response *ret_response)
{
	struct cr_erase_response response = { 0 };
	struct cr_slice rest;
	unsigned state = 0;
	int rc;

	if (value.len > CR_ERASE_RESPONSE_MAX)
		return CR_EPROTO;
	rc = cr_der_whole(value, LBER_SEQUENCE, &rest);
	if (rc == CR_OK)
		rc = cr_der_take_enum(&rest, LBER_ENUMERATED, STATES, &state);
	if (rc == CR_OK)
		rc = take_erased(&rest, &response);
	if (rc == CR_OK)
		rc = take_all_withheld(&rest, &response);
	if (rc == CR_OK && rest.len > 0)
		rc = take_receipt(&rest, &response.receipt);
	response.state = (enum cr_erase_state)(state + 1);
	if (rc == CR_OK && (rest.len != 0 || !lists_fit_state(&response)))
		rc = CR_EPROTO;
	if (rc == CR_OK)
		*ret_response = response;
	else
		cr_erase_response_clear(&response);
	return rc;
}

void
cr_erase_response_clear(struct cr_erase_response *response)
{
	if (response == NULL)
		return;
	free(response->erased);
	free(response->withheld);
	*response = (struct cr_erase_response){ 0 };
}
