#include "values.h"

#include "clock.h"
#include "text.h"

static bool
take_time(struct cr_slice *text, int64_t *ret_time)
{
	struct cr_slice word;

	return cr_text_take_word(text, &word) &&
	    cr_time_parse(word, ret_time) == CR_OK;
}

static bool
take_keyword(struct cr_slice *text, struct cr_slice *ret_word)
{
	return cr_text_take_word(text, ret_word) &&
	    cr_text_is_keyword(*ret_word);
}

/* Free text at the end: something else than spaces. */
static bool
says_something(struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != ' ')
			return true;
	}
	return false;
}

int
cr_ban_until_parse(struct cr_slice value, struct cr_ban_until *ret)
{
	struct cr_ban_until until;

	if (!take_keyword(&value, &until.attribute) ||
	    !take_keyword(&value, &until.keyword) ||
	    cr_time_parse(value, &until.until) != CR_OK)
		return CR_ESYNTAX;
	*ret = until;
	return CR_OK;
}

static const struct {
	struct cr_slice name;
	enum cr_hold_code code;
} hold_codes[] = {
	{ CR_SLICE_LITERAL("statute"), CR_HOLD_STATUTE },
	{ CR_SLICE_LITERAL("claim"), CR_HOLD_CLAIM },
	{ CR_SLICE_LITERAL("other"), CR_HOLD_OTHER }
};

static bool
take_hold_code(struct cr_slice *text, enum cr_hold_code *ret_code)
{
	struct cr_slice word;

	if (!cr_text_take_word(text, &word))
		return false;
	for (size_t i = 0; i < sizeof(hold_codes) / sizeof(hold_codes[0]);
	    i++) {
		if (cr_slice_same_name(hold_codes[i].name, word)) {
			*ret_code = hold_codes[i].code;
			return true;
		}
	}
	return false;
}

int
cr_hold_parse(struct cr_slice value, struct cr_hold *ret)
{
	struct cr_hold hold = { .until = INT64_MAX };
	struct cr_slice word;

	if (!take_hold_code(&value, &hold.code) ||
	    !cr_text_take_word(&value, &word))
		return CR_ESYNTAX;
	hold.open = cr_slice_same_name(word, CR_SLICE_LITERAL("open"));
	if (!hold.open && cr_time_parse(word, &hold.until) != CR_OK)
		return CR_ESYNTAX;
	if (!says_something(value))
		return CR_ESYNTAX;
	hold.law = value;
	*ret = hold;
	return CR_OK;
}

static bool
is_source_kind(struct cr_slice word)
{
	static const struct cr_slice kinds[] = {
		CR_SLICE_LITERAL("registration"),
		CR_SLICE_LITERAL("customerNotice"),
		CR_SLICE_LITERAL("authority"),
		CR_SLICE_LITERAL("updateService"),
		CR_SLICE_LITERAL("subcontractor"),
		CR_SLICE_LITERAL("partnerSite")
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (cr_slice_same_name(kinds[i], word))
			return true;
	}
	return false;
}

int
cr_source_parse(struct cr_slice value, struct cr_source *ret)
{
	struct cr_source source;

	if (!cr_text_take_word(&value, &source.attribute) ||
	    !cr_text_is_description(source.attribute) ||
	    !cr_text_take_word(&value, &source.kind) ||
	    !is_source_kind(source.kind) ||
	    !take_time(&value, &source.time) || !says_something(value))
		return CR_ESYNTAX;
	source.text = value;
	*ret = source;
	return CR_OK;
}

int
cr_transfer_parse(struct cr_slice value, struct cr_transfer *ret)
{
	struct cr_transfer transfer;

	if (!take_time(&value, &transfer.time) || !says_something(value))
		return CR_ESYNTAX;
	transfer.text = value;
	*ret = transfer;
	return CR_OK;
}
