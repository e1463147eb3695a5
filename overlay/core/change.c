#include "change.h"

#include <stdlib.h>

#include "clock.h"
#include "text.h"
#include "values.h"

/* One of the two ban attributes with keywords, before and after. */
struct keyword_bans {
	struct cr_slice attribute;
	const struct cr_slice *before;
	size_t before_count;
	const struct cr_slice *after;
	size_t after_count;
};

static bool
has_keyword(const struct cr_slice *values, size_t count,
    struct cr_slice keyword)
{
	for (size_t i = 0; i < count; i++) {
		if (cr_slice_same_name(values[i], keyword))
			return true;
	}
	return false;
}

/* The last second of a ban; INT64_MAX when it has no end. */
static int64_t
end_of(const struct cr_ban_state *state, struct cr_slice attribute,
    struct cr_slice keyword)
{
	int64_t end = INT64_MIN;
	bool found = false;

	for (size_t i = 0; i < state->until_count; i++) {
		struct cr_ban_until until;

		if (cr_ban_until_parse(state->until[i], &until) != CR_OK ||
		    !cr_slice_same_name(until.attribute, attribute) ||
		    !cr_slice_same_name(until.keyword, keyword))
			continue;
		found = true;
		if (until.until > end)
			end = until.until;
	}
	return found ? end : INT64_MAX;
}

static bool
has_value(const struct cr_slice *values, size_t count, struct cr_slice value)
{
	for (size_t i = 0; i < count; i++) {
		if (cr_slice_equal(values[i], value))
			return true;
	}
	return false;
}

/* Was the end that a ban now gets there before the ban was? */
static bool
has_old_end(const struct cr_ban_state *before,
    const struct cr_ban_state *after, struct cr_slice attribute,
    struct cr_slice keyword)
{
	for (size_t i = 0; i < after->until_count; i++) {
		struct cr_ban_until until;

		if (cr_ban_until_parse(after->until[i], &until) == CR_OK &&
		    cr_slice_same_name(until.attribute, attribute) &&
		    cr_slice_same_name(until.keyword, keyword) &&
		    has_value(before->until, before->until_count,
		    after->until[i]))
			return true;
	}
	return false;
}

static int
tell(cr_ban_change_fn *fn, void *arg, bool lifted, struct cr_slice attribute,
    struct cr_slice value)
{
	const struct cr_ban_change change = { lifted, attribute, value };

	return fn(arg, &change);
}

static int
compare_after(const struct cr_ban_state *before,
    const struct cr_ban_state *after, const struct keyword_bans *bans,
    cr_ban_change_fn *fn, void *arg)
{
	for (size_t i = 0; i < bans->after_count; i++) {
		struct cr_slice value = bans->after[i];
		int64_t old = end_of(before, bans->attribute, value);
		int64_t new = end_of(after, bans->attribute, value);
		bool is_new = !has_keyword(bans->before, bans->before_count,
		    value);
		int rc;

		/* the second of two spellings of one keyword */
		if (has_keyword(bans->after, i, value) ||
		    (!is_new && old == new))
			continue;
		if (is_new && has_old_end(before, after, bans->attribute,
		    value))
			return CR_EVALUE;
		rc = tell(fn, arg, !is_new && new < old, bans->attribute,
		    value);
		if (rc != CR_OK)
			return rc;
	}
	return CR_OK;
}

static int
compare_keywords(const struct cr_ban_state *before,
    const struct cr_ban_state *after, const struct keyword_bans *bans,
    cr_ban_change_fn *fn, void *arg)
{
	for (size_t i = 0; i < bans->before_count; i++) {
		struct cr_slice value = bans->before[i];
		int rc;

		if (has_keyword(bans->before, i, value) ||
		    has_keyword(bans->after, bans->after_count, value))
			continue;
		rc = tell(fn, arg, true, bans->attribute, value);
		if (rc != CR_OK)
			return rc;
	}
	return compare_after(before, after, bans, fn, arg);
}

static int
compare_flag(struct cr_slice attribute, bool before, bool after,
    cr_ban_change_fn *fn, void *arg)
{
	if (before == after)
		return CR_OK;
	return tell(fn, arg, before, attribute, CR_SLICE_LITERAL("TRUE"));
}

bool
cr_ban_until_is_idle(const struct cr_ban_state *state, struct cr_slice until)
{
	struct cr_ban_until parsed;

	if (cr_ban_until_parse(until, &parsed) != CR_OK)
		return false;
	if (cr_slice_same_name(parsed.attribute,
	    CR_SLICE_LITERAL("crMarketingBan")))
		return !has_keyword(state->marketing, state->marketing_count,
		    parsed.keyword);
	if (cr_slice_same_name(parsed.attribute,
	    CR_SLICE_LITERAL("crListingBan")))
		return !has_keyword(state->listing, state->listing_count,
		    parsed.keyword);
	return true;
}

/* An end that comes alone would be waiting for a ban. */
static bool
adds_idle_end(const struct cr_ban_state *before,
    const struct cr_ban_state *after)
{
	for (size_t i = 0; i < after->until_count; i++) {
		if (cr_ban_until_is_idle(after, after->until[i]) &&
		    !has_value(before->until, before->until_count,
		    after->until[i]))
			return true;
	}
	return false;
}

int
cr_bans_compare(const struct cr_ban_state *before,
    const struct cr_ban_state *after, cr_ban_change_fn *fn, void *arg)
{
	const struct keyword_bans marketing = {
		CR_SLICE_LITERAL("crMarketingBan"),
		before->marketing, before->marketing_count,
		after->marketing, after->marketing_count
	};
	const struct keyword_bans listing = {
		CR_SLICE_LITERAL("crListingBan"),
		before->listing, before->listing_count,
		after->listing, after->listing_count
	};
	int rc;

	if (adds_idle_end(before, after))
		return CR_EVALUE;
	rc = compare_keywords(before, after, &marketing, fn, arg);
	if (rc == CR_OK)
		rc = compare_keywords(before, after, &listing, fn, arg);
	if (rc == CR_OK)
		rc = compare_flag(CR_SLICE_LITERAL("crDisclosureBan"),
		    before->disclosure_ban, after->disclosure_ban, fn, arg);
	if (rc == CR_OK)
		rc = compare_flag(CR_SLICE_LITERAL("crProcessingRestricted"),
		    before->restricted, after->restricted, fn, arg);
	return rc;
}

/* One word of a record: no space, no control character, not empty. */
static bool
is_word(struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= ' ' || c == 0x7f)
			return false;
	}
	return text.len > 0;
}

/* A DN may have spaces inside; the word after it is the last. */
static bool
is_name(struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < ' ' || c == 0x7f)
			return false;
	}
	return text.len > 0 && text.ptr[0] != ' ' &&
	    text.ptr[text.len - 1] != ' ';
}

static char *
put(char *out, struct cr_slice text)
{
	memcpy(out, text.ptr, text.len);
	return out + text.len;
}

int
cr_ban_record_format(int64_t time, const struct cr_ban_change *change,
    struct cr_slice by, struct cr_slice how, char **ret_text)
{
	const struct cr_slice verb = change->lifted ?
	    CR_SLICE_LITERAL("lifted") : CR_SLICE_LITERAL("set");
	char when[CR_TIME_TEXT_SIZE];
	char *text;
	char *out;

	if (!is_word(change->attribute) || !is_word(change->value) ||
	    !is_name(by) || !is_word(how) ||
	    cr_time_format(time, when) != CR_OK)
		return CR_EVALUE;
	text = malloc(sizeof(when) + verb.len + change->attribute.len +
	    change->value.len + by.len + how.len + 6);
	if (text == NULL)
		return CR_ENOMEM;
	out = put(text, cr_slice_of(when));
	*out++ = ' ';
	out = put(out, verb);
	*out++ = ' ';
	out = put(out, change->attribute);
	*out++ = ' ';
	out = put(out, change->value);
	*out++ = ' ';
	out = put(out, by);
	*out++ = ' ';
	out = put(out, how);
	*out = '\0';
	*ret_text = text;
	return CR_OK;
}
