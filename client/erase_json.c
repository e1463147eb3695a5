/* The answer for programs. */
#include "erase.h"

#include "core/uuid.h"
#include "instant.h"
#include "json.h"

/* W3C DPV 2.3, extension EU-GDPR */
#define EU_GDPR "https://w3id.org/dpv/legal/eu/gdpr#"
#define REQUIRED "JustificationA17LegallyRequired"	/* 17(3)(b) */
#define CLAIMS "JustificationA17LegalClaims"		/* 17(3)(e) */

/* What is owed is a claim; its voucher is held by statute, and says so. */
static const struct {
	const char *name;
	const char *justification;	/* NULL: DPV has none */
	const char *iri;
} reasons[] = {
	[CR_ERASE_NO_REASON] = { "", NULL, NULL },
	[CR_ERASE_OPEN_INVOICE] = { "openInvoice", CLAIMS, EU_GDPR CLAIMS },
	[CR_ERASE_DEBT_COLLECTION] = { "debtCollection", CLAIMS,
	    EU_GDPR CLAIMS },
	[CR_ERASE_STATUTE] = { "statute", REQUIRED, EU_GDPR REQUIRED },
	[CR_ERASE_CLAIM] = { "claim", CLAIMS, EU_GDPR CLAIMS },
	[CR_ERASE_OTHER] = { "other", NULL, NULL }
};

/* Takes the reference to the value; jansson hands -1 on for NULL. */
static int
set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static json_t *
time_of(int64_t time)
{
	char iso[CR_INSTANT_ISO_SIZE];

	cr_instant_iso(time, iso);
	return json_string(iso);
}

static int
set_item(json_t *object, const unsigned char *uuid, struct cr_slice what)
{
	char text[CR_UUID_TEXT_SIZE];
	int rc;

	cr_uuid_format(uuid, text);
	rc = set(object, "uuid", json_string(text));
	rc |= set(object, "what", cr_json_text(what));
	return rc;
}

static int
add_withheld(json_t *list, const struct cr_erase_withheld *of)
{
	const char *justification = reasons[of->reason].justification;
	json_t *withheld = json_object();
	int rc = set_item(withheld, of->uuid, of->what);

	rc |= set(withheld, "reason", json_string(reasons[of->reason].name));
	rc |= set(withheld, "law", cr_json_text(of->law));
	if (of->has_until)
		rc |= set(withheld, "until", time_of(of->until));
	if (justification != NULL) {
		rc |= set(withheld, "justification",
		    json_string(justification));
		rc |= set(withheld, "justificationIri",
		    json_string(reasons[of->reason].iri));
	}
	rc |= json_array_append_new(list, withheld);
	return rc;
}

static json_t *
receipt_of(const struct cr_erase_receipt *of)
{
	json_t *receipt = json_object();
	int rc = 0;

	rc |= set(receipt, "id", cr_json_text(of->id));
	rc |= set(receipt, "time", time_of(of->time));
	rc |= set(receipt, "logIndex",
	    json_integer((json_int_t)of->log_index));
	if (rc == 0)
		return receipt;
	json_decref(receipt);
	return NULL;
}

static int
add_lists(json_t *root, const struct cr_erase_response *response)
{
	json_t *erased = json_array();
	json_t *withheld = json_array();
	int rc = 0;

	for (size_t i = 0; i < response->erased_count && rc == 0; i++) {
		json_t *item = json_object();

		rc |= set_item(item, response->erased[i].uuid,
		    response->erased[i].what);
		rc |= json_array_append_new(erased, item);
	}
	for (size_t i = 0; i < response->withheld_count && rc == 0; i++)
		rc |= add_withheld(withheld, &response->withheld[i]);
	rc |= set(root, "erased", erased);
	rc |= set(root, "withheld", withheld);
	return rc;
}

int
cr_erase_print_json(FILE *out, const struct cr_erase_response *response,
    int64_t due)
{
	json_t *root = json_object();
	int rc = set(root, "state",
	    json_string(cr_erase_state_name(response->state)));

	rc |= add_lists(root, response);
	if (response->receipt.id.len > 0)
		rc |= set(root, "receipt", receipt_of(&response->receipt));
	if (due != 0)
		rc |= set(root, "compactionDue", time_of(due));
	rc = rc == 0 ? cr_json_put(out, root) : CR_ENOMEM;
	json_decref(root);
	return rc;
}
