#include "unit/suite.h"

#include <stdio.h>

#include "core/change.h"
#include "core/clock.h"

/* A state in one line: m:ban l:ban u:attribute,ban,time d r */
struct state {
	struct cr_ban_state bans;
	struct cr_slice marketing[4];
	struct cr_slice listing[4];
	struct cr_slice until[4];
	char text[8][64];
};

static void
read_state(const char *line, struct state *state)
{
	char *text;

	*state = (struct state){ 0 };
	text = state->text[0];
	while (*line != '\0') {
		size_t len = strcspn(line, " ");
		struct cr_slice value;

		memcpy(text, line, len);
		text[len] = '\0';
		for (char *c = text; *c != '\0'; c++) {
			if (*c == ',')
				*c = ' ';
		}
		value = cr_slice_of(text + 2);
		if (text[0] == 'm')
			state->marketing[state->bans.marketing_count++] =
			    value;
		else if (text[0] == 'l')
			state->listing[state->bans.listing_count++] = value;
		else if (text[0] == 'u')
			state->until[state->bans.until_count++] = value;
		else if (text[0] == 'd')
			state->bans.disclosure_ban = true;
		else
			state->bans.restricted = true;
		text += 64;
		line += len + (line[len] == ' ');
	}
	state->bans.marketing = state->marketing;
	state->bans.listing = state->listing;
	state->bans.until = state->until;
}

static int
write_change(void *arg, const struct cr_ban_change *change)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(out + len, 512 - len, "%s%c%.*s:%.*s", len > 0 ? " " : "",
	    change->lifted ? '-' : '+', (int)change->attribute.len,
	    change->attribute.ptr, (int)change->value.len,
	    change->value.ptr);
	return CR_OK;
}

#define M "crMarketingBan"
#define EARLY "u:crMarketingBan,all,20250101000000Z"
#define LATE "u:crMarketingBan,all,20260101000000Z"

static const struct {
	const char *before;
	const char *after;
	const char *changes;	/* NULL: refused */
} writes[] = {
	{ "", "", "" },
	{ "m:all", "m:all", "" },
	{ "m:all", "m:ALL", "" },
	{ "", "m:all", "+crMarketingBan:all" },
	{ "m:all", "", "-crMarketingBan:all" },
	{ "m:all", "m:directMarketing",
	    "-crMarketingBan:all +crMarketingBan:directMarketing" },
	{ "m:directMarketing", "m:directMarketing m:all",
	    "+crMarketingBan:all" },
	{ "", "m:a m:A", "+crMarketingBan:a" },
	{ "m:a m:A", "", "-crMarketingBan:a" },
	{ "m:all", "l:all", "-crMarketingBan:all +crListingBan:all" },
	{ "l:printed", "l:electronic",
	    "-crListingBan:printed +crListingBan:electronic" },
	{ "", "d", "+crDisclosureBan:TRUE" },
	{ "d", "", "-crDisclosureBan:TRUE" },
	{ "", "r", "+crProcessingRestricted:TRUE" },
	{ "d r", "d", "-crProcessingRestricted:TRUE" },
	/* ends */
	{ "", "m:all " EARLY, "+crMarketingBan:all" },
	{ "m:all", "m:all " EARLY, "-crMarketingBan:all" },
	{ "m:all " EARLY, "m:all", "+crMarketingBan:all" },
	{ "m:all " EARLY, "m:all " LATE, "+crMarketingBan:all" },
	{ "m:all " LATE, "m:all " EARLY, "-crMarketingBan:all" },
	{ "m:all " LATE, "m:all " LATE, "" },
	{ "m:all " LATE, "m:all " LATE " " EARLY, "" },
	{ "m:all " LATE " " EARLY, "m:all " EARLY, "-crMarketingBan:all" },
	{ "m:all " LATE, "", "-crMarketingBan:all" },
	{ "m:all", "m:all u:" M ",all,never", "" },
	{ "l:all", "l:all u:crListingBan,all,20250101000000Z",
	    "-crListingBan:all" },
	{ "m:all", "m:ALL u:CRMARKETINGBAN,aLL,20250101000000Z",
	    "-crMarketingBan:ALL" },
	/* an end that waits for its ban */
	{ "", EARLY, NULL },
	{ "m:directMarketing", "m:directMarketing " EARLY, NULL },
	{ "l:all", "l:all " EARLY, NULL },
	{ EARLY, EARLY, "" },
	{ "m:all " EARLY, EARLY, "-crMarketingBan:all" },
	{ EARLY, "m:all " EARLY, NULL },
	{ EARLY, "m:all " LATE, "+crMarketingBan:all" },
	{ EARLY, "m:all", "+crMarketingBan:all" },
	{ EARLY " r", EARLY, "-crProcessingRestricted:TRUE" }
};

START_TEST(a_write_sets_and_lifts)
{
	struct state before;
	struct state after;
	char changes[512] = "";
	int rc;

	read_state(writes[_i].before, &before);
	read_state(writes[_i].after, &after);
	rc = cr_bans_compare(&before.bans, &after.bans, write_change,
	    changes);
	if (writes[_i].changes == NULL) {
		ck_assert_int_eq(rc, CR_EVALUE);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_str_eq(changes, writes[_i].changes);
}
END_TEST

static int
stop_at_second(void *arg, const struct cr_ban_change *change)
{
	int *count = arg;

	(void)change;
	return ++*count == 2 ? CR_EACCESS : CR_OK;
}

START_TEST(the_first_error_ends_it)
{
	struct state before;
	struct state after;
	int count = 0;

	read_state("m:a l:b d r", &before);
	read_state("", &after);
	ck_assert_int_eq(cr_bans_compare(&before.bans, &after.bans,
	    stop_at_second, &count), CR_EACCESS);
	ck_assert_int_eq(count, 2);
}
END_TEST

static const struct {
	const char *state;
	const char *until;
	bool idle;
} ends[] = {
	{ "m:all", "crMarketingBan all 20250101000000Z", false },
	{ "m:ALL", "crmarketingban all 20250101000000Z", false },
	{ "l:all", "crMarketingBan all 20250101000000Z", true },
	{ "l:all", "crListingBan all 20250101000000Z", false },
	{ "", "crMarketingBan all 20250101000000Z", true },
	{ "d", "crDisclosureBan TRUE 20250101000000Z", true },
	{ "", "nonsense", false }
};

START_TEST(an_end_without_a_ban_is_idle)
{
	struct state state;

	read_state(ends[_i].state, &state);
	ck_assert_int_eq(cr_ban_until_is_idle(&state.bans,
	    cr_slice_of(ends[_i].until)), ends[_i].idle);
}
END_TEST

static const struct {
	bool lifted;
	const char *value;
	const char *by;
	const char *how;
	const char *record;	/* NULL: refused */
} records[] = {
	{ false, "all", "self", "modify",
	    "20251231215959Z set crMarketingBan all self modify" },
	{ true, "directMarketing", "uid=registrar,ou=handlers,dc=fi", "add",
	    "20251231215959Z lifted crMarketingBan directMarketing "
	    "uid=registrar,ou=handlers,dc=fi add" },
	{ false, "all", "cn=Maija Meik\xc3\xa4l\xc3\xa4inen,dc=fi",
	    "proxied",
	    "20251231215959Z set crMarketingBan all "
	    "cn=Maija Meik\xc3\xa4l\xc3\xa4inen,dc=fi proxied" },
	{ false, "two words", "self", "modify", NULL },
	{ false, "", "self", "modify", NULL },
	{ false, "all", "", "modify", NULL },
	{ false, "all", "self", "", NULL },
	{ false, "all", "self", "by hand", NULL },
	{ false, "all", "cn=a\nb", "modify", NULL },
	{ false, "all", " cn=a", "modify", NULL },
	{ false, "all", "cn=a ", "modify", NULL },
	{ false, "a\177", "self", "modify", NULL }
};

START_TEST(a_change_is_recorded)
{
	const struct cr_ban_change change = { records[_i].lifted,
		CR_SLICE_LITERAL("crMarketingBan"),
		cr_slice_of(records[_i].value) };
	char *text = NULL;
	int64_t time;
	int rc;

	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL("20251231215959Z"),
	    &time), CR_OK);
	rc = cr_ban_record_format(time, &change, cr_slice_of(records[_i].by),
	    cr_slice_of(records[_i].how), &text);
	if (records[_i].record == NULL) {
		ck_assert_int_eq(rc, CR_EVALUE);
		ck_assert_ptr_null(text);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_str_eq(text, records[_i].record);
	free(text);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("change");
	TCase *tcase = tcase_create("change");

	LOOP(tcase, a_write_sets_and_lifts, writes);
	tcase_add_test(tcase, the_first_error_ends_it);
	LOOP(tcase, an_end_without_a_ban_is_idle, ends);
	LOOP(tcase, a_change_is_recorded, records);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
