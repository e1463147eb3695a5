/*
 * Orders as lines and as entries.
 */
#include "unit/suite.h"

#include <stdint.h>
#include <stdio.h>

#include "core/erasure.h"

#define UUID "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
#define HASH "mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic="

/* That of the header; the check was made by another program. */
static const char golden[] = "custreg-order 1 " UUID " 20260102030405Z "
	"waiting:20311231215959Z a.example.fi " HASH " m=all "
	"c6d0e788650e6bf0";

static struct cr_erasure order, parsed;

static void
check_parses(const char *text)
{
	ck_assert_int_eq(cr_erasure_parse(cr_slice_of(text), &order), CR_OK);
}

START_TEST(the_line_of_the_header)
{
	char text[CR_ERASURE_TEXT_SIZE], uuid[CR_UUID_TEXT_SIZE];
	struct cr_keyed_hash hash;
	int64_t time;

	check_parses(golden);
	cr_uuid_format(order.subject, uuid);
	ck_assert_str_eq(uuid, UUID);
	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL("20260102030405Z"),
	    &time), CR_OK);
	ck_assert_int_eq(order.time, time);
	ck_assert_int_eq(order.state, CR_ERASURE_WAITING);
	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL("20311231215959Z"),
	    &time), CR_OK);
	ck_assert_int_eq(order.until, time);
	ck_assert_str_eq(order.leader, "a.example.fi");
	ck_assert_uint_eq(order.hash_count, 1);
	ck_assert_int_eq(cr_keyed_hash_parse(CR_SLICE_LITERAL(HASH), &hash),
	    CR_OK);
	ck_assert(cr_keyed_hash_equal(&order.hashes[0], &hash));
	ck_assert_uint_eq(order.bans.marketing.count, 1);
	ck_assert_int_eq(cr_erasure_format(&order, text), CR_OK);
	ck_assert_str_eq(text, golden);
}
END_TEST

START_TEST(the_least_line)
{
	static const struct cr_erasure none;
	char text[CR_ERASURE_TEXT_SIZE];

	ck_assert_int_eq(cr_erasure_format(&none, text), CR_OK);
	ck_assert_str_eq(text, "custreg-order 1 "
	    "00000000-0000-0000-0000-000000000000 19700101000000Z ordered "
	    "- - - 24b09456a473bb5c");
	check_parses(text);
	ck_assert_mem_eq(&order, &none, sizeof(none));
}
END_TEST

START_TEST(no_cut_and_no_other_byte)
{
	char text[sizeof(golden) + 1];
	const size_t len = sizeof(golden) - 1;

	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(cr_erasure_parse(
		    (struct cr_slice){ golden, i }, &parsed), CR_ESYNTAX);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(text, golden, sizeof(golden));
			text[i] = (char)(text[i] ^ 1 << bit);
			ck_assert_int_eq(cr_erasure_parse(
			    (struct cr_slice){ text, len }, &parsed),
			    CR_ESYNTAX);
		}
	}
	snprintf(text, sizeof(text), "%s ", golden);
	ck_assert_int_eq(cr_erasure_parse(cr_slice_of(text), &parsed),
	    CR_ESYNTAX);
	ck_assert_int_eq(cr_erasure_parse((struct cr_slice){ NULL, 0 },
	    &parsed), CR_ESYNTAX);
}
END_TEST

/* With a check that is right: wrong all the same. */
static const char *const bad_lines[] = {
	"6F9619FF-8b86-4d01-b42d-00cf4fc964ff 20260102030405Z done - - -",
	UUID " 20260102030405+0000 done - - -",
	UUID " 202601020304Z done - - -",
	UUID " 20260102030405Z Done - - -",
	UUID " 20260102030405Z gone - - -",
	UUID " 20260102030405Z waiting - - -",
	UUID " 20260102030405Z waiting: - - -",
	UUID " 20260102030405Z waiting:Open - - -",
	UUID " 20260102030405Z waiting:20260102030405+0200 - - -",
	UUID " 20260102030405Z open - - -",
	UUID " 20260102030405Z done a\x01 - -",
	UUID " 20260102030405Z done a\xff - -",
	UUID " 20260102030405Z done  - -",
	UUID " 20260102030405Z done - - ",
	UUID " 20260102030405Z done - -",
	UUID " 20260102030405Z done - - - -",
	UUID " 20260102030405Z done - " HASH "," HASH " -",
	UUID " 20260102030405Z done - " HASH ", -",
	UUID " 20260102030405Z done - ," HASH " -",
	UUID " 20260102030405Z done - mail -",
	UUID " 20260102030405Z done - - d,m=all",
	UUID "  20260102030405Z done - - -",
	"20260102030405Z done - - -"
};

START_TEST(one_line_for_one_order)
{
	char text[CR_ERASURE_TEXT_SIZE], line[CR_ERASURE_TEXT_SIZE + 20];
	struct cr_hash hash;
	size_t len;

	snprintf(text, sizeof(text), "custreg-order 1 %s", bad_lines[_i]);
	cr_sha256(cr_slice_of(text), &hash);
	len = (size_t)snprintf(line, sizeof(line), "%s ", text);
	for (size_t i = 0; i < 8; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%02x", hash.bytes[i]);
	ck_assert_int_eq(cr_erasure_parse(cr_slice_of(line), &parsed),
	    CR_ESYNTAX);
}
END_TEST

START_TEST(each_state_there_and_back)
{
	char text[CR_ERASURE_STATE_SIZE];

	for (int state = CR_ERASURE_ORDERED; state <= CR_ERASURE_DONE;
	    state++) {
		order = (struct cr_erasure){ .until = 42,
			.state = (enum cr_erasure_state)state };
		if (state != CR_ERASURE_WAITING)
			order.until = 0;
		ck_assert_int_eq(cr_erasure_state_format(&order, text),
		    CR_OK);
		parsed = (struct cr_erasure){ .until = 43 };
		ck_assert_int_eq(cr_erasure_state_parse(cr_slice_of(text),
		    &parsed), CR_OK);
		ck_assert_int_eq(parsed.state, state);
		ck_assert_int_eq(parsed.until, order.until);
	}
	order = (struct cr_erasure){ .state = CR_ERASURE_WAITING,
		.until = INT64_MAX };
	ck_assert_int_eq(cr_erasure_state_format(&order, text), CR_OK);
	ck_assert_str_eq(text, "waiting:open");
	order.until = INT64_MAX - 1;
	ck_assert_int_eq(cr_erasure_state_format(&order, text), CR_EVALUE);
	order.state = (enum cr_erasure_state)77;
	ck_assert_int_eq(cr_erasure_state_format(&order, text), CR_EVALUE);
}
END_TEST

START_TEST(what_no_line_can_say)
{
	char text[CR_ERASURE_TEXT_SIZE], name[CR_ERASURE_LEADER_MAX + 2];

	order = (struct cr_erasure){ .time = INT64_MAX };
	ck_assert_int_eq(cr_erasure_format(&order, text), CR_EVALUE);
	order = (struct cr_erasure){ .hash_count = CR_FACTORS_MAX + 1 };
	ck_assert_int_eq(cr_erasure_format(&order, text), CR_EVALUE);
	order = (struct cr_erasure){ .hash_count = 0 };
	memset(name, 'x', sizeof(name));
	ck_assert_int_eq(cr_erasure_set_leader(&order,
	    (struct cr_slice){ name, sizeof(name) - 1 }), CR_EVALUE);
	ck_assert_int_eq(cr_erasure_set_leader(&order,
	    (struct cr_slice){ name, sizeof(name) - 2 }), CR_OK);
	ck_assert_int_eq(cr_erasure_set_leader(&order,
	    CR_SLICE_LITERAL("")), CR_EVALUE);
	ck_assert_int_eq(cr_erasure_set_leader(&order,
	    CR_SLICE_LITERAL("-")), CR_EVALUE);
	ck_assert_int_eq(cr_erasure_set_leader(&order,
	    CR_SLICE_LITERAL("a b")), CR_EVALUE);
	ck_assert_uint_eq(strlen(order.leader), CR_ERASURE_LEADER_MAX);
}
END_TEST

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
fill(void *bytes, size_t len, uint32_t *random)
{
	for (size_t i = 0; i < len; i++)
		((unsigned char *)bytes)[i] = (unsigned char)
		    next_random(random);
}

static void
make_random(uint32_t *random, struct cr_erasure *ret_order)
{
	static const char *const bans[] = { "-", "d", "m=all,l=printed",
		"m=directMarketing@20311231215959Z,d" };

	memset(ret_order, 0, sizeof(*ret_order));
	fill(ret_order->subject, CR_UUID_BYTES, random);
	ret_order->time = next_random(random);
	ret_order->state = (enum cr_erasure_state)(next_random(random) % 9);
	if (ret_order->state == CR_ERASURE_WAITING)
		ret_order->until = next_random(random) % 2 == 0 ? INT64_MAX :
		    next_random(random);
	snprintf(ret_order->leader, sizeof(ret_order->leader), "server%u.fi",
	    next_random(random));
	ret_order->hash_count = next_random(random) % (CR_FACTORS_MAX + 1);
	for (size_t i = 0; i < ret_order->hash_count; i++) {
		struct cr_keyed_hash *hash = &ret_order->hashes[i];

		hash->kind = (enum cr_factor_kind)(next_random(random) % 3 +
		    1);
		hash->key_id = next_random(random);
		fill(hash->hash.bytes, CR_HASH_SIZE, random);
	}
	ck_assert_int_eq(cr_lasting_bans_parse(cr_slice_of(
	    bans[next_random(random) % 4]), &ret_order->bans), CR_OK);
}

START_TEST(any_order_there_and_back)
{
	char text[CR_ERASURE_TEXT_SIZE];
	uint32_t random = 17;

	for (int round = 0; round < 500; round++) {
		make_random(&random, &order);
		ck_assert_int_eq(cr_erasure_format(&order, text), CR_OK);
		ck_assert_uint_lt(strlen(text), CR_ERASURE_TEXT_SIZE);
		ck_assert_int_eq(cr_erasure_parse(cr_slice_of(text), &parsed),
		    CR_OK);
		ck_assert_mem_eq(&order, &parsed, sizeof(order));
	}
}
END_TEST

/* Everything as long as it can be. */
START_TEST(the_longest_line)
{
	char text[CR_ERASURE_TEXT_SIZE + 1];

	memset(&order, 0, sizeof(order));
	order.state = CR_ERASURE_WAITING;
	memset(order.leader, 'x', CR_ERASURE_LEADER_MAX);
	order.hash_count = CR_FACTORS_MAX;
	for (size_t i = 0; i < CR_FACTORS_MAX; i++) {
		order.hashes[i].kind = CR_FACTOR_NUMBER;
		order.hashes[i].hash.bytes[0] = (unsigned char)i;
	}
	for (size_t i = 0; i < CR_BAN_KEYWORDS_MAX; i++) {
		struct cr_lasting_ban *ban = &order.bans.marketing.items[i];

		memset(ban->keyword, 'a', CR_KEYWORD_MAX);
		ban->keyword[0] = (char)('A' + i % 26);
		ban->keyword[1] = (char)('b' + i / 26);
		order.bans.listing.items[i] = *ban;
	}
	order.bans.marketing.count = CR_BAN_KEYWORDS_MAX;
	order.bans.listing.count = CR_BAN_KEYWORDS_MAX;
	order.bans.disclosure = true;
	text[CR_ERASURE_TEXT_SIZE] = 'x';
	ck_assert_int_eq(cr_erasure_format(&order, text), CR_OK);
	ck_assert_int_eq(text[CR_ERASURE_TEXT_SIZE], 'x');
	ck_assert_uint_lt(strlen(text), CR_ERASURE_TEXT_SIZE);
	ck_assert_uint_ge(strlen(text), CR_ERASURE_TEXT_SIZE - 4);
	ck_assert_int_eq(cr_erasure_parse(cr_slice_of(text), &parsed),
	    CR_OK);
	ck_assert_mem_eq(&order, &parsed, sizeof(order));
}
END_TEST

/* An entry as lines, for both directions. */
enum { VALUES = 300 };

struct lines {
	char text[VALUES][400];		/* "name: value" */
	size_t count;
	size_t left;			/* until tell() fails */
};

static int
tell(void *arg, struct cr_slice attribute, struct cr_slice value)
{
	struct lines *lines = arg;

	if (lines->left == 0)
		return CR_ENOMEM;
	lines->left--;
	ck_assert_uint_lt(lines->count, VALUES);
	snprintf(lines->text[lines->count++], sizeof(lines->text[0]),
	    "%.*s: %.*s", (int)attribute.len, attribute.ptr, (int)value.len,
	    value.ptr);
	return CR_OK;
}

static int
from_lines(const struct lines *lines, bool *ret_damaged)
{
	static struct cr_attr attrs[VALUES];
	static struct cr_slice values[VALUES][VALUES];
	struct cr_entry_view view = { .attrs = attrs };

	for (size_t i = 0; i < lines->count; i++) {
		const char *colon = strchr(lines->text[i], ':');
		struct cr_slice name = { lines->text[i],
			(size_t)(colon - lines->text[i]) };
		size_t j = 0;

		while (j < view.count && !cr_slice_equal(attrs[j].name, name))
			j++;
		if (j == view.count)
			attrs[view.count++] = (struct cr_attr){ name,
				values[j], 0 };
		values[j][attrs[j].count++] = cr_slice_of(colon + 2);
	}
	return cr_erasure_from_entry(&view, &parsed, ret_damaged);
}

START_TEST(any_entry_there_and_back)
{
	static struct lines lines;
	uint32_t random = 23;

	for (int round = 0; round < 200; round++) {
		bool damaged = true;

		make_random(&random, &order);
		order.due = round % 2 == 0 ? 0 : 1771064100 + round;
		lines.count = 0;
		lines.left = VALUES;
		ck_assert_int_eq(cr_erasure_each_value(&order, tell, &lines),
		    CR_OK);
		ck_assert_int_eq(from_lines(&lines, &damaged), CR_OK);
		ck_assert(!damaged);
		ck_assert_mem_eq(&order, &parsed, sizeof(order));
	}
}
END_TEST

static void
check_values(int (*each)(struct lines *lines), const char *const *wanted,
    size_t count)
{
	static struct lines lines;

	for (size_t left = 0; left <= count; left++) {
		lines.count = 0;
		lines.left = left;
		ck_assert_int_eq(each(&lines), left == count ? CR_OK :
		    CR_ENOMEM);
		ck_assert_uint_eq(lines.count, left);
		for (size_t i = 0; i < left; i++)
			ck_assert_str_eq(lines.text[i], wanted[i]);
	}
}

static int
each_value(struct lines *lines)
{
	return cr_erasure_each_value(&order, tell, lines);
}

static int
each_suppressed(struct lines *lines)
{
	return cr_erasure_each_suppressed(&order, 86400, tell, lines);
}

START_TEST(values_of_the_entries)
{
	static const char *const ordered[] = { "crErasureId: " UUID,
		"crErasureSubject: " UUID, "crErasureTime: 20260102030405Z",
		"crState: waiting:20311231215959Z",
		"crErasureLeader: a.example.fi", "crDue: 20260201030405Z",
		"crKeyedHash: " HASH, "crMarketingBan: all" };
	static const char *const suppressed[] = { "crSuppressionId: " UUID,
		"crDate: 19700102000000Z", "crState: active",
		"crKeyedHash: " HASH, "crMarketingBan: all" };

	check_parses(golden);
	ck_assert_int_eq(cr_time_parse(cr_slice_of("20260201030405Z"),
	    &order.due), CR_OK);
	check_values(each_value, ordered, 8);
	check_values(each_suppressed, suppressed, 5);
	order.time = INT64_MAX;
	ck_assert_int_eq(each_value(NULL), CR_EVALUE);
	order.hash_count = 0;
	ck_assert_int_eq(each_suppressed(NULL), CR_EVALUE);
}
END_TEST

#define SUBJECT "crErasureSubject: " UUID
#define TIME "crErasureTime: 20260102030405Z"
#define ID "crErasureId: " UUID

/* Entries somebody else wrote; NULL: no order at all, else its line. */
static const struct {
	const char *lines[8];
	const char *order;		/* without head and check */
	bool damaged;
} entries[] = {
	{ { NULL }, NULL, false },
	{ { SUBJECT }, NULL, false },
	{ { TIME }, NULL, false },
	{ { ID, "crErasureSubject: x", TIME }, NULL, false },
	{ { SUBJECT, "crErasureTime: yesterday" }, NULL, false },
	{ { SUBJECT, "crErasureTime: 99991231235959-2300" }, NULL, false },
	{ { SUBJECT, SUBJECT, TIME }, NULL, false },
	{ { SUBJECT, TIME, TIME }, NULL, false },
	{ { ID, SUBJECT, TIME, "crState: done", "objectClass: top" },
	    UUID " 20260102030405Z done - - -", false },
	{ { "CRERASUREID: " UUID, "crerasuresubject: " UUID, TIME,
	    "crState: waiting:open" },
	    UUID " 20260102030405Z waiting:open - - -", false },
	{ { SUBJECT, TIME, "crState: done" },
	    UUID " 20260102030405Z done - - -", true },
	{ { "crErasureId: 00000000-0000-0000-0000-000000000000", SUBJECT,
	    TIME, "crState: done" },
	    UUID " 20260102030405Z done - - -", true },
	{ { ID, SUBJECT, TIME }, UUID " 20260102030405Z ordered - - -",
	    true },
	{ { ID, SUBJECT, TIME, "crState: gone" },
	    UUID " 20260102030405Z ordered - - -", true },
	{ { ID, SUBJECT, TIME, "crState: waiting:99991231235959-2300" },
	    UUID " 20260102030405Z ordered - - -", true },
	{ { ID, SUBJECT, TIME, "crState: done", "crDue: 20260201030405Z" },
	    UUID " 20260102030405Z done - - -", false },
	{ { ID, SUBJECT, TIME, "crState: done", "crDue: soon" },
	    UUID " 20260102030405Z done - - -", true },
	{ { ID, SUBJECT, TIME, "crState: done", "crErasureLeader: a b" },
	    UUID " 20260102030405Z done - - -", true },
	{ { ID, SUBJECT, TIME, "crState: done", "crKeyedHash: mail:x",
	    "crKeyedHash: " HASH },
	    UUID " 20260102030405Z done - " HASH " -", true },
	{ { ID, SUBJECT, TIME, "crState: done", "crDisclosureBan: maybe" },
	    UUID " 20260102030405Z done - - d", true },
	{ { ID, SUBJECT, TIME, "crState: done", "crDisclosureBan: FALSE",
	    "crMarketingBan: a",
	    "crBanUntil: crMarketingBan a 20260102030405Z" },
	    UUID " 20260102030405Z done - - m=a@20260102030405Z", false }
};

START_TEST(entries_of_others)
{
	static struct lines lines;
	char text[CR_ERASURE_TEXT_SIZE];
	bool damaged = false;

	lines.count = 0;
	for (size_t i = 0; i < 8 && entries[_i].lines[i] != NULL; i++)
		snprintf(lines.text[lines.count++], sizeof(lines.text[0]),
		    "%s", entries[_i].lines[i]);
	if (entries[_i].order == NULL) {
		ck_assert_int_eq(from_lines(&lines, &damaged), CR_ESYNTAX);
		return;
	}
	ck_assert_int_eq(from_lines(&lines, &damaged), CR_OK);
	ck_assert(damaged == entries[_i].damaged);
	ck_assert_int_eq(cr_erasure_format(&parsed, text), CR_OK);
	ck_assert_uint_eq(strlen(text), 16 + strlen(entries[_i].order) + 17);
	ck_assert_mem_eq(text + 16, entries[_i].order,
	    strlen(entries[_i].order));
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *suite = suite_create("erasure_text");
	TCase *tcase = tcase_create("line");

	tcase_add_test(tcase, the_line_of_the_header);
	tcase_add_test(tcase, the_least_line);
	tcase_add_test(tcase, no_cut_and_no_other_byte);
	tcase_add_loop_test(tcase, one_line_for_one_order, 0,
	    COUNT_OF(bad_lines));
	tcase_add_test(tcase, each_state_there_and_back);
	tcase_add_test(tcase, what_no_line_can_say);
	tcase_add_test(tcase, any_order_there_and_back);
	tcase_add_test(tcase, the_longest_line);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("entry");
	tcase_add_test(tcase, any_entry_there_and_back);
	tcase_add_test(tcase, values_of_the_entries);
	tcase_add_loop_test(tcase, entries_of_others, 0, COUNT_OF(entries));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
