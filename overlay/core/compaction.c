#include "compaction.h"

#include <inttypes.h>
#include <stdio.h>

#include "crypto.h"
#include "text.h"

static const char head[] = "custreg-compaction 1 ";

enum { CHECK_SIZE = 16, DAY_S = 24 * 3600 };

static void
put_check(struct cr_slice text, char ret_check[CHECK_SIZE + 1])
{
	struct cr_hash hash;

	cr_sha256(text, &hash);
	for (size_t i = 0; i < CHECK_SIZE / 2; i++)
		snprintf(ret_check + 2 * i, 3, "%02x", hash.bytes[i]);
}

int
cr_compaction_format(const struct cr_compaction *compaction,
    char ret_text[CR_COMPACTION_TEXT_SIZE])
{
	char time[CR_TIME_TEXT_SIZE], due[CR_TIME_TEXT_SIZE];
	char check[CHECK_SIZE + 1];
	int len;

	if (cr_time_format(compaction->time, time) != CR_OK)
		return CR_EVALUE;
	if (compaction->state == CR_COMPACTION_NEEDED &&
	    cr_time_format(compaction->due, due) == CR_OK)
		len = snprintf(ret_text, CR_COMPACTION_TEXT_SIZE,
		    "%sneeded %s %s", head, time, due);
	else if (compaction->state == CR_COMPACTION_DONE)
		len = snprintf(ret_text, CR_COMPACTION_TEXT_SIZE,
		    "%sdone %s %" PRIu64, head, time, compaction->file);
	else
		return CR_EVALUE;
	put_check((struct cr_slice){ ret_text, (size_t)len }, check);
	snprintf(ret_text + len, CR_COMPACTION_TEXT_SIZE - (size_t)len,
	    " %s\n", check);
	return CR_OK;
}

static bool
parse_number(struct cr_slice text, uint64_t *ret)
{
	uint64_t number = 0;

	if (text.len == 0 || text.len > 20)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' ||
		    __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number,
		    (uint64_t)(text.ptr[i] - '0'), &number))
			return false;
	}
	*ret = number;
	return true;
}

static bool
parse_words(struct cr_slice text, struct cr_compaction *ret)
{
	struct cr_slice word[3];

	for (size_t i = 0; i < 3; i++) {
		if (!cr_text_take_word(&text, &word[i]))
			return false;
	}
	if (cr_time_parse(word[1], &ret->time) != CR_OK)
		return false;
	if (cr_slice_equal(word[0], CR_SLICE_LITERAL("needed"))) {
		ret->state = CR_COMPACTION_NEEDED;
		return cr_time_parse(word[2], &ret->due) == CR_OK;
	}
	ret->state = CR_COMPACTION_DONE;
	return cr_slice_equal(word[0], CR_SLICE_LITERAL("done")) &&
	    parse_number(word[2], &ret->file);
}

int
cr_compaction_parse(struct cr_slice text, struct cr_compaction *ret)
{
	const size_t head_len = sizeof(head) - 1;
	char again[CR_COMPACTION_TEXT_SIZE];
	struct cr_compaction read = { .state = CR_COMPACTION_UNKNOWN };

	*ret = read;
	if (text.len < head_len || memcmp(text.ptr, head, head_len) != 0 ||
	    !parse_words((struct cr_slice){ text.ptr + head_len,
	    text.len - head_len }, &read) ||
	    cr_compaction_format(&read, again) != CR_OK ||
	    !cr_slice_equal(text, cr_slice_of(again)))
		return CR_ESYNTAX;
	*ret = read;
	return CR_OK;
}

bool
cr_compaction_need(struct cr_compaction *compaction, int64_t now,
    unsigned days)
{
	const struct cr_compaction fresh = { .state = CR_COMPACTION_NEEDED,
		.time = now, .due = now + (int64_t)days * DAY_S };

	if (compaction->state != CR_COMPACTION_NEEDED) {
		*compaction = fresh;
		return true;
	}
	if (compaction->due <= fresh.due)
		return false;
	compaction->due = fresh.due;
	if (compaction->time > now)
		compaction->time = now;
	return true;
}

void
cr_compaction_finish(struct cr_compaction *compaction, int64_t now,
    uint64_t file)
{
	/* what went when the clock was ahead has gone all the same */
	if (compaction->state == CR_COMPACTION_NEEDED &&
	    compaction->time > now)
		now = compaction->time;
	*compaction = (struct cr_compaction){ .state = CR_COMPACTION_DONE,
		.time = now, .file = file };
}

bool
cr_compaction_covers(const struct cr_compaction *compaction, uint64_t file,
    int64_t written)
{
	return compaction->state == CR_COMPACTION_DONE &&
	    compaction->file == file && written <= compaction->time;
}

bool
cr_compaction_is_overdue(const struct cr_compaction *compaction, int64_t now)
{
	return compaction->state == CR_COMPACTION_NEEDED &&
	    now > compaction->due;
}
