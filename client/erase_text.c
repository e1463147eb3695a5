/* The answer for a clerk. */
#include "erase.h"

#include <inttypes.h>

#include "core/uuid.h"
#include "instant.h"
#include "safe.h"

enum { WHAT_COLUMN = 28 };

/* What happened, and the headings of the two lists. */
static const struct {
	const char *result;
	const char *erased;
	const char *withheld;
} states[] = {
	[CR_ERASE_NO_STATE] = { "", "", "" },
	[CR_ERASE_ERASED] = {
	    "Erased: this customer is no longer in the register.",
	    "Erased", "Kept" },
	[CR_ERASE_PARTLY] = {
	    "Erased in part. What is kept is restricted to the purposes that "
	    "need it, and\ngoes by itself when nothing keeps it any more.",
	    "Erased", "Kept" },
	[CR_ERASE_REFUSED] = {
	    "Refused, and nothing was changed: there is something that has to "
	    "be kept.", "Erased", "Has to be kept" },
	[CR_ERASE_WOULD_ERASE] = {
	    "Dry run, nothing was changed. This customer would be erased.",
	    "Would be erased", "Would be kept" },
	[CR_ERASE_WOULD_REFUSE] = {
	    "Dry run, nothing was changed. It would be refused: there is "
	    "something that has\nto be kept.", "Would be erased",
	    "Has to be kept" },
	[CR_ERASE_WOULD_PARTLY] = {
	    "Dry run, nothing was changed. This customer would be erased in "
	    "part. What is\nkept would be restricted to the purposes that "
	    "need it, and go by itself when\nnothing keeps it any more.",
	    "Would be erased", "Would be kept" }
};

static const struct {
	const char *why;
	const char *until;	/* when no date is given */
} reasons[] = {
	[CR_ERASE_NO_REASON] = { "", "" },
	[CR_ERASE_OPEN_INVOICE] = { "an invoice is open",
	    "it is paid or credited" },
	[CR_ERASE_DEBT_COLLECTION] = { "a debt is being collected",
	    "the case is closed" },
	[CR_ERASE_STATUTE] = { "the law demands that it is kept",
	    "no date is set" },
	[CR_ERASE_CLAIM] = { "it is needed for a legal claim",
	    "no date is set" },
	[CR_ERASE_OTHER] = { "the register holds it for another reason",
	    "no date is set" }
};

/* Classes and groups of attributes (core/kept.h); others as they came. */
static const struct {
	const char *name;
	const char *text;
} names[] = {
	{ "crCustomer", "customer" },
	{ "crAssignment", "assignment" },
	{ "crInvoice", "invoice" },
	{ "crCollection", "collection case" },
	{ "crDisclosure", "record of a disclosure" },
	{ "crRequest", "request of the customer" },
	{ "name", "name and number" },
	{ "address", "postal address" },
	{ "mail", "e-mail address" },
	{ "phone", "telephone number" },
	{ "password", "password" },
	{ "bans", "bans" },
	{ "sources", "sources of the data" },
	{ "paperFile", "file on paper" },
	{ "holds", "notes of what is held" },
	{ "register", "marks of the register" },
	{ "structure", "place of what is kept" },
	{ "other", "other data" }
};

static struct cr_slice
text_of(struct cr_slice what)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (cr_slice_same_name(what, cr_slice_of(names[i].name)))
			return cr_slice_of(names[i].text);
	}
	return what;
}

static void
put_item(FILE *out, const unsigned char *uuid, struct cr_slice what)
{
	char text[CR_UUID_TEXT_SIZE];
	size_t width;

	cr_uuid_format(uuid, text);
	fputs("  ", out);
	width = cr_put_safe(out, text_of(what));
	fprintf(out, "%*s%s\n", width < WHAT_COLUMN ?
	    (int)(WHAT_COLUMN - width) : 1, "", text);
}

/* A date in law is a day in Helsinki, and that day is included. */
static void
put_until(FILE *out, const struct cr_erase_withheld *withheld)
{
	char day[CR_INSTANT_DAY_SIZE];
	char iso[CR_INSTANT_ISO_SIZE];

	if (!withheld->has_until) {
		fprintf(out, "      until  %s\n",
		    reasons[withheld->reason].until);
	} else if (cr_instant_ends_day(withheld->until, day)) {
		fprintf(out, "      until  the end of %s\n", day);
	} else {
		cr_instant_iso(withheld->until, iso);
		fprintf(out, "      until  %.10s %.8s UTC\n", iso, iso + 11);
	}
}

static void
put_withheld(FILE *out, const struct cr_erase_withheld *withheld)
{
	put_item(out, withheld->uuid, withheld->what);
	fprintf(out, "      why    %s\n", reasons[withheld->reason].why);
	if (withheld->law.len > 0) {
		fputs("      law    ", out);
		cr_put_safe(out, withheld->law);
		fputc('\n', out);
	}
	put_until(out, withheld);
}

static void
put_receipt(FILE *out, const struct cr_erase_receipt *receipt)
{
	char iso[CR_INSTANT_ISO_SIZE];

	cr_instant_iso(receipt->time, iso);
	fputs("\nReceipt\n  id      ", out);
	cr_put_safe(out, receipt->id);
	fprintf(out, "\n  time    %.10s %.8s UTC\n", iso, iso + 11);
	fprintf(out, "  record  %" PRIu64 " of the read log\n",
	    receipt->log_index);
}

/* What is erased is not out of the files before that. */
static void
put_due(FILE *out, int64_t due)
{
	char iso[CR_INSTANT_ISO_SIZE];

	if (due == 0) {
		fputs("\nFreed pages of its files may keep the data until the "
		    "database is compacted.\n", out);
		return;
	}
	cr_instant_iso(due, iso);
	fprintf(out, "\nCompaction due by %.10s: until then freed pages of "
	    "the database may keep\nthe data.\n", iso);
}

static bool
is_refusal(enum cr_erase_state state)
{
	return state == CR_ERASE_REFUSED || state == CR_ERASE_WOULD_REFUSE;
}

void
cr_erase_print_text(FILE *out, const struct cr_erase_options *options,
    const struct cr_erase_response *response, int64_t due)
{
	fputs("Customer ", out);
	cr_put_safe(out, cr_slice_of(options->subject));
	fprintf(out, "\n%s\n", states[response->state].result);
	if (is_refusal(response->state) &&
	    (options->request.flags & CR_ERASE_PARTIAL) == 0)
		fputs("With --partial the rest can be erased now.\n", out);
	if (response->erased_count > 0)
		fprintf(out, "\n%s (%zu)\n", states[response->state].erased,
		    response->erased_count);
	for (size_t i = 0; i < response->erased_count; i++)
		put_item(out, response->erased[i].uuid,
		    response->erased[i].what);
	if (response->withheld_count > 0)
		fprintf(out, "\n%s (%zu)\n", states[response->state].withheld,
		    response->withheld_count);
	for (size_t i = 0; i < response->withheld_count; i++)
		put_withheld(out, &response->withheld[i]);
	if (response->receipt.id.len > 0) {
		put_receipt(out, &response->receipt);
		put_due(out, due);
	}
}
