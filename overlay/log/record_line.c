#include "record_line.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"

/* 3 times 20 digits, the time, all names and what parts them */
#define FIXED_SIZE 256

#define FIELDS 12

static const struct {
	struct cr_slice key;
	size_t offset;
} fields[FIELDS] = {
	{ CR_SLICE_LITERAL(" who="), offsetof(struct cr_floor_record, who) },
	{ CR_SLICE_LITERAL(" for="),
	    offsetof(struct cr_floor_record, on_behalf_of) },
	{ CR_SLICE_LITERAL(" purpose="),
	    offsetof(struct cr_floor_record, purpose) },
	{ CR_SLICE_LITERAL(" recipient="),
	    offsetof(struct cr_floor_record, recipient) },
	{ CR_SLICE_LITERAL(" ref="),
	    offsetof(struct cr_floor_record, reference) },
	{ CR_SLICE_LITERAL(" mech="),
	    offsetof(struct cr_floor_record, mechanism) },
	{ CR_SLICE_LITERAL(" peer="), offsetof(struct cr_floor_record, peer) },
	{ CR_SLICE_LITERAL(" listener="),
	    offsetof(struct cr_floor_record, listener) },
	{ CR_SLICE_LITERAL(" type="), offsetof(struct cr_floor_record, type) },
	{ CR_SLICE_LITERAL(" uuid="),
	    offsetof(struct cr_floor_record, subject) },
	{ CR_SLICE_LITERAL(" class="),
	    offsetof(struct cr_floor_record, entry_class) },
	{ CR_SLICE_LITERAL(" event="),
	    offsetof(struct cr_floor_record, event) }
};

enum { AFTER_MECHANISM = 6, AFTER_LISTENER = 8 };

static const struct cr_slice *
value_of(const struct cr_floor_record *record, size_t field)
{
	return (const struct cr_slice *)(const void *)
	    ((const char *)record + fields[field].offset);
}

size_t
cr_floor_line_size(const struct cr_floor_record *record)
{
	size_t size = FIXED_SIZE;

	for (size_t i = 0; i < FIELDS; i++)
		size += 3 * value_of(record, i)->len;
	return size;
}

/* A bit per character that needs no encoding: one word per 64 of them. */
static const uint64_t plain[4] = {
	/* + , - . / 0-9 : = */
	UINT64_C(0x27fff80000000000),
	/* @ A-Z _ a-z ~ */
	UINT64_C(0x47fffffe87ffffff),
	0, 0
};

static bool
is_plain(unsigned char c)
{
	return (plain[c / 64] >> c % 64 & 1) != 0;
}

static char *
put(char *out, struct cr_slice text)
{
	if (text.len > 0)
		memcpy(out, text.ptr, text.len);
	return out + text.len;
}

static char *
put_encoded(char *out, struct cr_slice text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_plain(c)) {
			*out++ = (char)c;
		} else {
			*out++ = '%';
			*out++ = hex[c >> 4];
			*out++ = hex[c & 15];
		}
	}
	return out;
}

static char *
put_number(char *out, struct cr_slice key, unsigned long number)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	out = put(out, key);
	return put(out, (struct cr_slice){ digits + at, sizeof(digits) - at });
}

static char *
put_fields(char *out, const struct cr_floor_record *record, size_t from,
    size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct cr_slice *value = value_of(record, i);

		if (value->len == 0)
			continue;
		out = put(out, fields[i].key);
		out = put_encoded(out, *value);
	}
	return out;
}

int
cr_floor_line_format(const struct cr_floor_record *record, char *ret_line,
    size_t *ret_len)
{
	char time[CR_TIME_TEXT_SIZE];
	char *out = ret_line;
	int rc = cr_time_format(record->time, time);

	if (rc != CR_OK)
		return rc;
	out = put(out, CR_SLICE_LITERAL("\nt="));
	out = put(out, cr_slice_of(time));
	out = put_fields(out, record, 0, AFTER_MECHANISM);
	out = put_number(out, CR_SLICE_LITERAL(" ssf="), record->ssf);
	out = put_fields(out, record, AFTER_MECHANISM, AFTER_LISTENER);
	out = put_number(out, CR_SLICE_LITERAL(" conn="), record->connection);
	out = put_number(out, CR_SLICE_LITERAL(" op="), record->operation);
	out = put_fields(out, record, AFTER_LISTENER, FIELDS);
	*out++ = '\n';
	*ret_len = (size_t)(out - ret_line);
	return CR_OK;
}
