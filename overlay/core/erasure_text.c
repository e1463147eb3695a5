/*
 * An order as a line, and the words of it.
 */
#include "erasure.h"

#include <stdio.h>

static const char head[] = "custreg-order 1 ";

enum { CHECK_SIZE = 16 };

static const struct cr_slice states[] = {
	[CR_ERASURE_ORDERED] = CR_SLICE_LITERAL("ordered"),
	[CR_ERASURE_HIDDEN] = CR_SLICE_LITERAL("hidden"),
	[CR_ERASURE_PURGED] = CR_SLICE_LITERAL("purged"),
	[CR_ERASURE_UNLINKED] = CR_SLICE_LITERAL("unlinked"),
	[CR_ERASURE_UNLOGGED] = CR_SLICE_LITERAL("unlogged"),
	[CR_ERASURE_SUPPRESSED] = CR_SLICE_LITERAL("suppressed"),
	[CR_ERASURE_COMPACTING] = CR_SLICE_LITERAL("compacting"),
	[CR_ERASURE_WAITING] = CR_SLICE_LITERAL("waiting:"),
	[CR_ERASURE_DONE] = CR_SLICE_LITERAL("done")
};

static const size_t state_count = sizeof(states) / sizeof(states[0]);

int
cr_erasure_state_format(const struct cr_erasure *order,
    char ret_text[CR_ERASURE_STATE_SIZE])
{
	char time[CR_TIME_TEXT_SIZE] = "";

	if ((size_t)order->state >= state_count)
		return CR_EVALUE;
	if (order->state == CR_ERASURE_WAITING) {
		if (order->until == INT64_MAX)
			strcpy(time, "open");
		else if (cr_time_format(order->until, time) != CR_OK)
			return CR_EVALUE;
	}
	snprintf(ret_text, CR_ERASURE_STATE_SIZE, "%s%s",
	    states[order->state].ptr, time);
	return CR_OK;
}

static int
parse_waiting(struct cr_slice text, struct cr_erasure *order)
{
	char again[CR_TIME_TEXT_SIZE];
	int64_t until = INT64_MAX;

	if (!cr_slice_equal(text, CR_SLICE_LITERAL("open")) &&
	    (cr_time_parse(text, &until) != CR_OK ||
	    cr_time_format(until, again) != CR_OK))
		return CR_ESYNTAX;
	order->state = CR_ERASURE_WAITING;
	order->until = until;
	return CR_OK;
}

int
cr_erasure_state_parse(struct cr_slice text, struct cr_erasure *order)
{
	const struct cr_slice waiting = states[CR_ERASURE_WAITING];

	if (text.len > waiting.len &&
	    memcmp(text.ptr, waiting.ptr, waiting.len) == 0)
		return parse_waiting((struct cr_slice){ text.ptr + waiting.len,
		    text.len - waiting.len }, order);
	for (size_t i = 0; i < state_count; i++) {
		if (i == CR_ERASURE_WAITING || !cr_slice_equal(states[i], text))
			continue;
		order->state = (enum cr_erasure_state)i;
		order->until = 0;
		return CR_OK;
	}
	return CR_ESYNTAX;
}

int
cr_erasure_set_leader(struct cr_erasure *order, struct cr_slice leader)
{
	if (leader.len == 0 || leader.len > CR_ERASURE_LEADER_MAX ||
	    cr_slice_equal(leader, CR_SLICE_LITERAL("-")) ||
	    !cr_text_is_utf8(leader))
		return CR_EVALUE;
	for (size_t i = 0; i < leader.len; i++) {
		if ((unsigned char)leader.ptr[i] <= ' ' ||
		    leader.ptr[i] == 0x7f)
			return CR_EVALUE;
	}
	memset(order->leader, 0, sizeof(order->leader));
	memcpy(order->leader, leader.ptr, leader.len);
	return CR_OK;
}

static char *
put(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return out + len;
}

static char *
put_hashes(char *out, const struct cr_erasure *order)
{
	char text[CR_KEYED_HASH_SIZE];

	for (size_t i = 0; i < order->hash_count; i++) {
		cr_keyed_hash_format(&order->hashes[i], text);
		if (i > 0)
			*out++ = ',';
		out = put(out, text);
	}
	return order->hash_count > 0 ? out : put(out, "-");
}

static void
put_check(struct cr_slice text, char ret_check[CHECK_SIZE + 1])
{
	struct cr_hash hash;

	cr_sha256(text, &hash);
	for (size_t i = 0; i < CHECK_SIZE / 2; i++)
		snprintf(ret_check + 2 * i, 3, "%02x", hash.bytes[i]);
}

int
cr_erasure_format(const struct cr_erasure *order,
    char ret_text[CR_ERASURE_TEXT_SIZE])
{
	char uuid[CR_UUID_TEXT_SIZE], time[CR_TIME_TEXT_SIZE];
	char state[CR_ERASURE_STATE_SIZE], bans[CR_LASTING_TEXT_SIZE];
	char *out = ret_text;

	if (cr_time_format(order->time, time) != CR_OK ||
	    cr_erasure_state_format(order, state) != CR_OK ||
	    cr_lasting_bans_format(&order->bans, bans) != CR_OK ||
	    order->hash_count > CR_FACTORS_MAX)
		return CR_EVALUE;
	cr_uuid_format(order->subject, uuid);
	out = put(put(put(out, head), uuid), " ");
	out = put(put(put(out, time), " "), state);
	out = put(out, " ");
	out = put(out, order->leader[0] != '\0' ? order->leader : "-");
	out = put_hashes(put(out, " "), order);
	out = put(put(out, " "), bans);
	out = put(out, " ");
	put_check((struct cr_slice){ ret_text, (size_t)(out - ret_text) - 1 },
	    out);
	return CR_OK;
}

static bool
parse_hashes(struct cr_slice text, struct cr_erasure *order)
{
	if (cr_slice_equal(text, CR_SLICE_LITERAL("-")))
		return true;
	for (;;) {
		const char *comma = memchr(text.ptr, ',', text.len);
		size_t len = comma != NULL ? (size_t)(comma - text.ptr) :
		    text.len;
		struct cr_keyed_hash hash;

		if (cr_keyed_hash_parse((struct cr_slice){ text.ptr, len },
		    &hash) != CR_OK || !cr_erasure_add_hash(order, &hash))
			return false;
		if (comma == NULL)
			return true;
		text.ptr += len + 1;
		text.len -= len + 1;
	}
}

static bool
parse_words(struct cr_slice text, struct cr_erasure *order)
{
	struct cr_slice word[6];

	for (size_t i = 0; i < 6; i++) {
		if (!cr_text_take_word(&text, &word[i]))
			return false;
	}
	return cr_uuid_parse(word[0], order->subject) == CR_OK &&
	    cr_time_parse(word[1], &order->time) == CR_OK &&
	    cr_erasure_state_parse(word[2], order) == CR_OK &&
	    (cr_slice_equal(word[3], CR_SLICE_LITERAL("-")) ||
	    cr_erasure_set_leader(order, word[3]) == CR_OK) &&
	    parse_hashes(word[4], order) &&
	    cr_lasting_bans_parse(word[5], &order->bans) == CR_OK;
}

int
cr_erasure_parse(struct cr_slice text, struct cr_erasure *ret_order)
{
	const size_t head_len = sizeof(head) - 1;
	char again[CR_ERASURE_TEXT_SIZE];

	memset(ret_order, 0, sizeof(*ret_order));
	if (text.len < head_len || memcmp(text.ptr, head, head_len) != 0 ||
	    !parse_words((struct cr_slice){ text.ptr + head_len,
	    text.len - head_len }, ret_order) ||
	    cr_erasure_format(ret_order, again) != CR_OK)
		return CR_ESYNTAX;
	/* spelling, what was said twice, and the check */
	return cr_slice_equal(text, cr_slice_of(again)) ? CR_OK : CR_ESYNTAX;
}
