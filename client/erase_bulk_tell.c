/* What came of an erasure in bulk, while it goes on and at its end. */
#include "erase_bulk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "core/uuid.h"
#include "instant.h"
#include "safe.h"

enum { PROGRESS_STEP = 50 };

/* Names of the sums, and what they are for a person. */
static const struct {
	const char *name;
	const char *text;
	const char *dry;
} fates[CR_BULK_FATES] = {
	[CR_BULK_UNKNOWN] = { "unknown", "asked for, and no answer came",
	    "asked for, and no answer came" },
	[CR_BULK_ERASED] = { "erased", "erased", "would be erased" },
	[CR_BULK_KEPT] = { "kept", "kept: a period runs, or something is open",
	    "would be kept: a period runs, or something is open" },
	[CR_BULK_REFUSED] = { "refused", "refused by the server",
	    "would be refused by the server" },
	[CR_BULK_GONE] = { "gone", "gone before it was their turn",
	    "gone before it was their turn" },
	[CR_BULK_FAILED] = { "failed", "failed", "failed" },
	[CR_BULK_LEFT] = { "left", "left for the next time",
	    "left for the next time" }
};

static const enum cr_bulk_fate order[CR_BULK_FATES] = { CR_BULK_ERASED,
	CR_BULK_KEPT, CR_BULK_REFUSED, CR_BULK_GONE, CR_BULK_FAILED,
	CR_BULK_UNKNOWN, CR_BULK_LEFT };

static bool
is_dry(const struct cr_bulk *bulk)
{
	return (bulk->options->request.flags & CR_ERASE_DRY_RUN) != 0;
}

static uint64_t
sum_of(const struct cr_bulk_tally *tally)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < CR_BULK_FATES; i++)
		sum += tally->fates[i];
	return sum;
}

/* For a person who waits; other output begins on a line of its own. */
static void
put_progress(const struct cr_bulk *bulk)
{
	uint64_t sum = sum_of(&bulk->tally);

	if (sum % PROGRESS_STEP == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%" PRIu64 " looked at, %" PRIu64 " %s", sum,
		    bulk->tally.fates[CR_BULK_ERASED],
		    fates[CR_BULK_ERASED].name);
}

static void
clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%60s\r", "");
}

/* One object on one line; printable ASCII. */
static bool
put_line(FILE *out, json_t *root)
{
	char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT |
	    JSON_ENSURE_ASCII);
	bool done = text != NULL && fprintf(out, "%s\n", text) > 0;

	free(text);
	json_decref(root);
	return done;
}

static const char *
state_of(const struct cr_bulk *bulk, enum cr_bulk_fate fate)
{
	if (fate == CR_BULK_ERASED)
		return is_dry(bulk) ? "wouldErase" : "erased";
	if (fate == CR_BULK_REFUSED)
		return is_dry(bulk) ? "wouldRefuse" : "refused";
	return fates[fate].name;
}

static bool
put_json(const struct cr_bulk *bulk, enum cr_bulk_fate fate,
    const unsigned char uuid[CR_UUID_BYTES], int code,
    const struct cr_erase_response *response)
{
	char text[CR_UUID_TEXT_SIZE], iso[CR_INSTANT_ISO_SIZE];
	json_t *line;

	cr_uuid_format(uuid, text);
	line = json_pack("{s:s, s:s}", "uuid", text, "state",
	    state_of(bulk, fate));
	if (fate == CR_BULK_FAILED || fate == CR_BULK_UNKNOWN) {
		(void)json_object_set_new(line, "code", json_integer(code));
		(void)json_object_set_new(line, "error",
		    json_string(ldap_err2string(code)));
	}
	if (response != NULL && response->receipt.id.len > 0) {
		cr_instant_iso(response->receipt.time, iso);
		(void)json_object_set_new(line, "time", json_string(iso));
		(void)json_object_set_new(line, "logIndex",
		    json_integer((json_int_t)response->receipt.log_index));
	}
	return put_line(stdout, line);
}

/* Who is still there is called by name, who is not by number. */
static void
put_text(const struct cr_bulk *bulk, enum cr_bulk_fate fate, const char *dn,
    int code)
{
	if (fate == CR_BULK_ERASED && is_dry(bulk)) {
		cr_put_safe(stdout, cr_slice_of(dn));
		fputc('\n', stdout);
	} else if (fate == CR_BULK_REFUSED) {
		cr_complain("%s: refused: something keeps them by now, or the "
		    "server's financial year ends on another day", dn);
	} else if (fate == CR_BULK_FAILED || fate == CR_BULK_UNKNOWN) {
		cr_complain("%s: %s%s", dn, ldap_err2string(code),
		    fate == CR_BULK_UNKNOWN && !is_dry(bulk) ?
		    ": it is not known whether it was done" : "");
	}
}

void
cr_bulk_tell(struct cr_bulk *bulk, enum cr_bulk_fate fate,
    const unsigned char uuid[CR_UUID_BYTES], const char *dn, int code,
    const struct cr_erase_response *response)
{
	bulk->tally.fates[fate]++;
	put_progress(bulk);
	if (fate == CR_BULK_KEPT || fate == CR_BULK_LEFT)
		return;
	if (fate != CR_BULK_ERASED || is_dry(bulk))
		clear_progress();
	if (!bulk->options->json) {
		put_text(bulk, fate, dn != NULL ? dn : "", code);
	} else if (!put_json(bulk, fate, uuid, code, response) &&
	    bulk->tally.stopped == LDAP_SUCCESS) {
		/* what nobody can be told of is not gone on with */
		bulk->tally.stopped = LDAP_LOCAL_ERROR;
	}
}

static const char *
year_source_text(enum cr_year_source source)
{
	return source == CR_YEAR_OPTION ? "as given" :
	    source == CR_YEAR_CONFIG ? "as the server is set" :
	    "assumed: cn=config cannot be read, or does not say";
}

static bool
put_json_end(const struct cr_bulk *bulk, FILE *out)
{
	static const char *const sources[] = {
		[CR_YEAR_DEFAULT] = "default", [CR_YEAR_CONFIG] = "server",
		[CR_YEAR_OPTION] = "option" };
	const struct cr_year_end *end = &bulk->retention.year_end;
	json_t *summary = json_object();
	char day[32];
	int rc = 0;

	snprintf(day, sizeof(day), "%02d-%02d", end->month, end->day);
	rc |= json_object_set_new(summary, "dryRun",
	    json_boolean(is_dry(bulk)));
	rc |= json_object_set_new(summary, "ended",
	    json_integer((json_int_t)sum_of(&bulk->tally)));
	for (size_t i = 0; i < CR_BULK_FATES; i++)
		rc |= json_object_set_new(summary, fates[order[i]].name,
		    json_integer((json_int_t)
		    bulk->tally.fates[order[i]]));
	rc |= json_object_set_new(summary, "interrupted",
	    json_boolean(bulk->tally.interrupted));
	rc |= json_object_set_new(summary, "stopped",
	    json_integer(bulk->tally.stopped));
	rc |= json_object_set_new(summary, "yearEnd", json_string(day));
	rc |= json_object_set_new(summary, "yearEndFrom",
	    json_string(sources[bulk->year_source]));
	if (rc != 0) {
		json_decref(summary);
		return false;
	}
	return put_line(out, json_pack("{s:o}", "summary", summary));
}

static void
put_text_end(const struct cr_bulk *bulk, FILE *out)
{
	const struct cr_bulk_tally *tally = &bulk->tally;
	const struct cr_year_end *end = &bulk->retention.year_end;

	fprintf(out, "%sCustomers whose relationship has ended: %" PRIu64 "\n",
	    is_dry(bulk) ? "Dry run, nothing was changed.\n" : "",
	    sum_of(tally));
	for (size_t i = 0; i < CR_BULK_FATES; i++) {
		enum cr_bulk_fate fate = order[i];

		if (tally->fates[fate] > 0 || i < 2)
			fprintf(out, "%10" PRIu64 "  %s\n",
			    tally->fates[fate], is_dry(bulk) ?
			    fates[fate].dry : fates[fate].text);
	}
	fprintf(out, "The financial year ends on %02d-%02d (%s).\n",
	    end->month, end->day, year_source_text(bulk->year_source));
	if (tally->interrupted || tally->stopped != LDAP_SUCCESS)
		fprintf(out, "Ended before all were looked at%s%s. What is "
		    "done is done; the same again goes on.\n",
		    tally->interrupted ? "" : ": ", tally->interrupted ? "" :
		    ldap_err2string(tally->stopped));
}

bool
cr_bulk_tell_end(const struct cr_bulk *bulk, FILE *out)
{
	clear_progress();
	if (bulk->options->json) {
		if (!put_json_end(bulk, out))
			return false;
	} else {
		put_text_end(bulk, out);
	}
	return fflush(out) == 0 && !ferror(out);
}
