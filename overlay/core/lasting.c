#include "lasting.h"

#include "values.h"

static const char marketing_name[] = "crMarketingBan";
static const char listing_name[] = "crListingBan";

bool
cr_lasting_bans_are_none(const struct cr_lasting_bans *bans)
{
	return bans->marketing.count == 0 && bans->listing.count == 0 &&
	    !bans->disclosure;
}

static void
set(struct cr_lasting_ban *ban, struct cr_slice keyword, int64_t until)
{
	memset(ban, 0, sizeof(*ban));
	memcpy(ban->keyword, keyword.ptr, keyword.len);
	ban->until = until;
}

static void
put(struct cr_lasting_list *list, struct cr_slice keyword, int64_t until)
{
	char time[CR_TIME_TEXT_SIZE];

	if (!cr_text_is_keyword(keyword)) {
		keyword = CR_SLICE_LITERAL("all");
		until = INT64_MAX;
	}
	if (cr_time_format(until, time) != CR_OK)
		until = INT64_MAX;	/* beyond what can be written */
	for (size_t i = 0; i < list->count; i++) {
		struct cr_lasting_ban *ban = &list->items[i];

		if (!cr_slice_same_name(cr_slice_of(ban->keyword), keyword))
			continue;
		if (until > ban->until)
			ban->until = until;
		return;
	}
	if (list->count == CR_BAN_KEYWORDS_MAX) {
		memset(list, 0, sizeof(*list));
		keyword = CR_SLICE_LITERAL("all");
		until = INT64_MAX;
	}
	set(&list->items[list->count++], keyword, until);
}

/* The last second of a ban; INT64_MAX when no end of it parses. */
static int64_t
end_of(const struct cr_ban_state *state, const char *attribute,
    struct cr_slice keyword)
{
	int64_t end = INT64_MIN;
	bool found = false;

	for (size_t i = 0; i < state->until_count; i++) {
		struct cr_ban_until until;

		if (cr_ban_until_parse(state->until[i], &until) != CR_OK ||
		    !cr_slice_same_name(until.attribute,
		    cr_slice_of(attribute)) ||
		    !cr_slice_same_name(until.keyword, keyword))
			continue;
		found = true;
		if (until.until > end)
			end = until.until;
	}
	return found ? end : INT64_MAX;
}

void
cr_lasting_bans_collect(const struct cr_ban_state *state, int64_t now,
    struct cr_lasting_bans *ret_bans)
{
	memset(ret_bans, 0, sizeof(*ret_bans));
	for (size_t i = 0; i < state->marketing_count; i++) {
		const struct cr_slice keyword = state->marketing[i];
		int64_t end = end_of(state, marketing_name, keyword);

		if (now <= end)
			put(&ret_bans->marketing, keyword, end);
	}
	for (size_t i = 0; i < state->listing_count; i++) {
		const struct cr_slice keyword = state->listing[i];
		int64_t end = end_of(state, listing_name, keyword);

		if (now <= end)
			put(&ret_bans->listing, keyword, end);
	}
	ret_bans->disclosure = state->disclosure_ban;
}

static void
merge(struct cr_lasting_list *list, const struct cr_lasting_list *more)
{
	for (size_t i = 0; i < more->count; i++)
		put(list, cr_slice_of(more->items[i].keyword),
		    more->items[i].until);
}

void
cr_lasting_bans_merge(struct cr_lasting_bans *bans,
    const struct cr_lasting_bans *more)
{
	merge(&bans->marketing, &more->marketing);
	merge(&bans->listing, &more->listing);
	bans->disclosure = bans->disclosure || more->disclosure;
}

static char *
append(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len + 1);
	return out + len;
}

/* The value of crBanUntil for a ban that ends. */
static int
format_until(const struct cr_lasting_ban *ban, const char *attribute,
    char ret_text[CR_LASTING_UNTIL_SIZE])
{
	char time[CR_TIME_TEXT_SIZE], *out = ret_text;

	if (cr_time_format(ban->until, time) != CR_OK)
		return CR_EVALUE;
	out = append(append(out, attribute), " ");
	out = append(append(out, ban->keyword), " ");
	append(out, time);
	return CR_OK;
}

static int
tell_list(const struct cr_lasting_list *list, const char *attribute,
    cr_value_fn *fn, void *arg)
{
	char text[CR_LASTING_UNTIL_SIZE];
	int rc = CR_OK;

	for (size_t i = 0; i < list->count && rc == CR_OK; i++) {
		const struct cr_lasting_ban *ban = &list->items[i];
		bool ends = ban->until != INT64_MAX;

		if (ends && format_until(ban, attribute, text) != CR_OK)
			return CR_EVALUE;
		rc = fn(arg, cr_slice_of(attribute),
		    cr_slice_of(ban->keyword));
		if (rc == CR_OK && ends)
			rc = fn(arg, CR_SLICE_LITERAL("crBanUntil"),
			    cr_slice_of(text));
	}
	return rc;
}

int
cr_lasting_bans_each(const struct cr_lasting_bans *bans, cr_value_fn *fn,
    void *arg)
{
	int rc = tell_list(&bans->marketing, marketing_name, fn, arg);

	if (rc == CR_OK)
		rc = tell_list(&bans->listing, listing_name, fn, arg);
	if (rc == CR_OK && bans->disclosure)
		rc = fn(arg, CR_SLICE_LITERAL("crDisclosureBan"),
		    CR_SLICE_LITERAL("TRUE"));
	return rc;
}

static bool
has_keyword(const struct cr_slice *values, size_t count, const char *keyword)
{
	for (size_t i = 0; i < count; i++) {
		if (cr_slice_same_name(values[i], cr_slice_of(keyword)))
			return true;
	}
	return false;
}

static int
take_ends(const struct cr_lasting_ban *ban, const char *attribute,
    const struct cr_ban_state *state, cr_bring_fn *fn, void *arg)
{
	int rc = CR_OK;

	for (size_t i = 0; i < state->until_count && rc == CR_OK; i++) {
		struct cr_ban_until until;

		if (cr_ban_until_parse(state->until[i], &until) == CR_OK &&
		    cr_slice_same_name(until.attribute,
		    cr_slice_of(attribute)) &&
		    cr_slice_same_name(until.keyword,
		    cr_slice_of(ban->keyword)))
			rc = fn(arg, CR_BRING_TAKE,
			    CR_SLICE_LITERAL("crBanUntil"), state->until[i]);
	}
	return rc;
}

static int
bring_one(const struct cr_lasting_ban *ban, const char *attribute,
    const struct cr_ban_state *state, bool has, cr_bring_fn *fn, void *arg)
{
	char text[CR_LASTING_UNTIL_SIZE];
	bool ends = ban->until != INT64_MAX;
	int rc;

	if (has && end_of(state, attribute, cr_slice_of(ban->keyword)) >=
	    ban->until)
		return CR_OK;
	if (ends && format_until(ban, attribute, text) != CR_OK)
		return CR_EVALUE;
	rc = take_ends(ban, attribute, state, fn, arg);
	if (rc == CR_OK && !has)
		rc = fn(arg, CR_BRING_ADD, cr_slice_of(attribute),
		    cr_slice_of(ban->keyword));
	if (rc == CR_OK && ends)
		rc = fn(arg, CR_BRING_ADD, CR_SLICE_LITERAL("crBanUntil"),
		    cr_slice_of(text));
	return rc;
}

int
cr_lasting_bans_bring(const struct cr_lasting_bans *bans,
    const struct cr_ban_state *state, int64_t now, cr_bring_fn *fn, void *arg)
{
	int rc = CR_OK;

	for (size_t i = 0; i < bans->marketing.count && rc == CR_OK; i++) {
		const struct cr_lasting_ban *ban = &bans->marketing.items[i];

		if (now <= ban->until)
			rc = bring_one(ban, marketing_name, state,
			    has_keyword(state->marketing,
			    state->marketing_count, ban->keyword), fn, arg);
	}
	for (size_t i = 0; i < bans->listing.count && rc == CR_OK; i++) {
		const struct cr_lasting_ban *ban = &bans->listing.items[i];

		if (now <= ban->until)
			rc = bring_one(ban, listing_name, state,
			    has_keyword(state->listing, state->listing_count,
			    ban->keyword), fn, arg);
	}
	if (rc == CR_OK && bans->disclosure && !state->disclosure_ban)
		rc = fn(arg, CR_BRING_ADD, CR_SLICE_LITERAL("crDisclosureBan"),
		    CR_SLICE_LITERAL("TRUE"));
	return rc;
}

static int
format_list(const struct cr_lasting_list *list, const char *prefix, char **out)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct cr_lasting_ban *ban = &list->items[i];

		*out = append(append(*out, prefix), ban->keyword);
		if (ban->until != INT64_MAX) {
			char time[CR_TIME_TEXT_SIZE];

			if (cr_time_format(ban->until, time) != CR_OK)
				return CR_EVALUE;
			*out = append(append(*out, "@"), time);
		}
		*out = append(*out, ",");
	}
	return CR_OK;
}

int
cr_lasting_bans_format(const struct cr_lasting_bans *bans,
    char ret_text[CR_LASTING_TEXT_SIZE])
{
	char *out = ret_text;
	int rc = format_list(&bans->marketing, "m=", &out);

	if (rc == CR_OK)
		rc = format_list(&bans->listing, "l=", &out);
	if (rc != CR_OK)
		return rc;
	if (bans->disclosure)
		out = append(out, "d,");
	if (out == ret_text)
		append(out, "-");
	else
		out[-1] = '\0';
	return CR_OK;
}

/* The item before the next comma, which is taken too. */
static struct cr_slice
take_item(struct cr_slice *text)
{
	const char *comma = memchr(text->ptr, ',', text->len);
	size_t len = comma != NULL ? (size_t)(comma - text->ptr) : text->len;
	const struct cr_slice item = { text->ptr, len };

	if (comma != NULL)
		len++;
	text->ptr += len;
	text->len -= len;
	return item;
}

static bool
parse_ban(struct cr_slice item, struct cr_lasting_list *list)
{
	const char *at = memchr(item.ptr, '@', item.len);
	int64_t until = INT64_MAX;
	size_t count = list->count;

	if (at != NULL) {
		size_t len = (size_t)(at - item.ptr);

		if (cr_time_parse((struct cr_slice){ at + 1,
		    item.len - len - 1 }, &until) != CR_OK)
			return false;
		item.len = len;
	}
	if (!cr_text_is_keyword(item))
		return false;
	put(list, item, until);
	/* neither one said twice nor one too many */
	return list->count == count + 1;
}

static bool
parse_item(struct cr_slice item, struct cr_lasting_bans *bans)
{
	struct cr_slice rest;

	if (cr_slice_equal(item, CR_SLICE_LITERAL("d"))) {
		bans->disclosure = true;
		return true;
	}
	if (item.len < 3 || item.ptr[1] != '=')
		return false;
	rest = (struct cr_slice){ item.ptr + 2, item.len - 2 };
	if (item.ptr[0] == 'm')
		return parse_ban(rest, &bans->marketing);
	return item.ptr[0] == 'l' && parse_ban(rest, &bans->listing);
}

int
cr_lasting_bans_parse(struct cr_slice text, struct cr_lasting_bans *ret_bans)
{
	const struct cr_slice whole = text;
	char again[CR_LASTING_TEXT_SIZE];

	memset(ret_bans, 0, sizeof(*ret_bans));
	if (text.len == 0)
		return CR_ESYNTAX;
	if (cr_slice_equal(text, CR_SLICE_LITERAL("-")))
		return CR_OK;
	while (text.len > 0) {
		if (!parse_item(take_item(&text), ret_bans))
			return CR_ESYNTAX;
	}
	/* order, spelling of times, a comma at the end: one text for one */
	if (cr_lasting_bans_format(ret_bans, again) != CR_OK ||
	    !cr_slice_equal(whole, cr_slice_of(again)))
		return CR_ESYNTAX;
	return CR_OK;
}
