/* Records of the read log as people and programs read them. */
#include "log_query.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "safe.h"

static const struct field {
	const char *attribute;
	const char *name;	/* of JSON and CSV */
	enum { ONE, MANY, NUMBER } form;
} fields[] = {
	{ "crReadId", "id", ONE },
	{ "crReadTime", "time", ONE },
	{ "crReadReader", "reader", ONE },
	{ "crReadOnBehalfOf", "onBehalfOf", ONE },
	{ "crReadSubject", "subject", ONE },
	{ "crReadSubjectDN", "subjectDn", ONE },
	{ "crReadClass", "classes", MANY },
	{ "crReadPurpose", "purpose", ONE },
	{ "crReadRecipient", "recipient", ONE },
	{ "crReadReference", "reference", ONE },
	{ "crReadType", "type", ONE },
	{ "crReadEvent", "event", ONE },
	{ "crReadDetail", "detail", ONE },
	{ "crReadAttribute", "attributes", MANY },
	{ "crReadScope", "scope", ONE },
	{ "crReadFilter", "filter", ONE },
	{ "crReadPeer", "peer", ONE },
	{ "crReadListener", "listener", ONE },
	{ "crReadMechanism", "mechanism", ONE },
	{ "crReadSSF", "ssf", NUMBER },
	{ "crReadConnection", "connection", NUMBER },
	{ "crReadOperation", "operation", NUMBER },
	{ "crReadCount", "count", NUMBER },
	{ "crReadResult", "result", NUMBER }
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* 20261122194210.123Z as 2026-11-22T19:42:10.123Z */
static void
iso_time(struct cr_slice time, char ret_text[40])
{
	static const char between[] = "0000-00-00T00:00:00";
	size_t at = 0, n = 0;

	if (time.len < 15 || time.len > 24) {
		snprintf(ret_text, 40, "%.*s", (int)time.len, time.ptr);
		return;
	}
	for (; between[n] != '\0'; n++)
		ret_text[n] = between[n] == '0' ? time.ptr[at++] : between[n];
	snprintf(ret_text + n, 40 - n, "%.*s", (int)(time.len - at),
	    time.ptr + at);
}

/* ---- table --------------------------------------------------------------- */

static void
pad(FILE *out, size_t width, size_t to)
{
	do
		fputc(' ', out);
	while (++width < to);
}

static void
put_column(FILE *out, struct cr_slice text, size_t to)
{
	size_t width = text.len == 0 ? cr_put_safe(out, CR_SLICE_LITERAL("-")) :
	    cr_put_safe(out, text);

	if (to > 0)
		pad(out, width, to);
}

static struct cr_slice
value(const struct cr_log_row *row, const char *attribute)
{
	return cr_entry_value(row->entry, attribute);
}

/* The name, else the DN; "crm for Aino". */
static void
put_reader(FILE *out, const struct cr_log_row *row, size_t to)
{
	struct cr_slice who = *row->reader_name != '\0' ?
	    cr_slice_of(row->reader_name) : value(row, "crReadReader");
	struct cr_slice whom = *row->behalf_name != '\0' ?
	    cr_slice_of(row->behalf_name) : value(row, "crReadOnBehalfOf");
	size_t width = cr_put_safe(out,
	    who.len == 0 ? CR_SLICE_LITERAL("-") : who);

	if (whom.len > 0) {
		width += cr_put_safe(out, CR_SLICE_LITERAL(" for "));
		width += cr_put_safe(out, whom);
	}
	pad(out, width, to);
}

static void
put_what(FILE *out, const struct cr_log_row *row)
{
	static const char *const extra[] = { "crReadDetail",
		"crReadRecipient", "crReadReference" };
	struct cr_slice event = value(row, "crReadEvent");

	cr_put_safe(out, value(row, "crReadType"));
	if (event.len > 0 && !cr_slice_equal(event, value(row, "crReadType"))) {
		fputc(' ', out);
		cr_put_safe(out, event);
	}
	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		struct cr_slice text = value(row, extra[i]);

		if (text.len == 0)
			continue;
		fputs(i == 1 ? " to " : i == 2 ? " ref " : " ", out);
		cr_put_safe(out, text);
	}
}

static void
print_table(FILE *out, const struct cr_log_row *row)
{
	struct cr_slice subject = value(row, "crReadSubjectDN");
	char time[40];

	iso_time(value(row, "crReadTime"), time);
	put_column(out, cr_slice_of(time), 26);
	put_reader(out, row, 26);
	put_column(out, value(row, "crReadPurpose"), 20);
	put_column(out, subject.len > 0 ? subject :
	    value(row, "crReadSubject"), 40);
	put_what(out, row);
	fputc('\n', out);
}

/* ---- JSON, CSV ----------------------------------------------------------- */

static json_t *
json_of(const struct field *field, const struct cr_attr *attr)
{
	json_t *list;
	char time[40];

	if (strcmp(field->attribute, "crReadTime") == 0) {
		iso_time(attr->values[0], time);
		return json_string(time);
	}
	if (field->form == NUMBER)
		return json_integer((json_int_t)strtoll(
		    attr->values[0].ptr, NULL, 10));
	if (field->form == ONE)
		return json_stringn(attr->values[0].ptr, attr->values[0].len);
	list = json_array();
	for (size_t i = 0; i < attr->count; i++)
		(void)!json_array_append_new(list, json_stringn(
		    attr->values[i].ptr, attr->values[i].len));
	return list;
}

static int
print_json(FILE *out, const struct cr_log_row *row, bool is_first)
{
	json_t *object = json_object();
	int rc = 0;

	for (size_t i = 0; i < FIELDS && rc == 0; i++) {
		const struct cr_attr *attr =
		    cr_entry_attr(row->entry, fields[i].attribute);

		if (attr != NULL && attr->count > 0)
			rc = json_object_set_new(object, fields[i].name,
			    json_of(&fields[i], attr));
	}
	if (rc == 0 && *row->reader_name != '\0')
		rc = json_object_set_new(object, "readerName",
		    json_string(row->reader_name));
	if (rc == 0 && *row->behalf_name != '\0')
		rc = json_object_set_new(object, "onBehalfOfName",
		    json_string(row->behalf_name));
	if (rc == 0) {
		fputs(is_first ? "\n" : ",\n", out);
		rc = json_dumpf(object, out, JSON_COMPACT);
	}
	json_decref(object);
	return rc == 0 ? CR_OK : CR_ENOMEM;
}

/* RFC 4180 */
static void
put_quoted(FILE *out, struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			fputc('"', out);
		fputc(text.ptr[i], out);
	}
}

static void
print_csv(FILE *out, const struct cr_log_row *row)
{
	char time[40];

	for (size_t i = 0; i < FIELDS; i++) {
		const struct cr_attr *attr =
		    cr_entry_attr(row->entry, fields[i].attribute);

		fputs(i == 0 ? "\"" : ",\"", out);
		for (size_t v = 0; attr != NULL && v < attr->count; v++) {
			if (v > 0)
				fputc(' ', out);
			if (i == 1) {
				iso_time(attr->values[v], time);
				fputs(time, out);
			} else {
				put_quoted(out, attr->values[v]);
			}
		}
		fputc('"', out);
	}
	fputs(",\"", out);
	put_quoted(out, cr_slice_of(row->reader_name));
	fputs("\",\"", out);
	put_quoted(out, cr_slice_of(row->behalf_name));
	fputs("\"\r\n", out);
}

/* ---- all three ----------------------------------------------------------- */

void
cr_log_print_begin(FILE *out, enum cr_log_form form)
{
	if (form == CR_LOG_JSON) {
		fputc('[', out);
	} else if (form == CR_LOG_CSV) {
		for (size_t i = 0; i < FIELDS; i++)
			fprintf(out, "%s,", fields[i].name);
		fputs("readerName,onBehalfOfName\r\n", out);
	} else {
		fprintf(out, "%-25s %-25s %-19s %-39s %s\n", "TIME (UTC)",
		    "READER", "PURPOSE", "CUSTOMER", "WHAT");
	}
}

int
cr_log_print_row(FILE *out, enum cr_log_form form,
    const struct cr_log_row *row, bool is_first)
{
	if (form == CR_LOG_JSON)
		return print_json(out, row, is_first);
	if (form == CR_LOG_CSV)
		print_csv(out, row);
	else
		print_table(out, row);
	return CR_OK;
}

void
cr_log_print_end(FILE *out, enum cr_log_form form, size_t rows)
{
	if (form == CR_LOG_JSON)
		fputs(rows > 0 ? "\n]\n" : "]\n", out);
}
