/* custreg erase: what its arguments ask for. */
#include "unit/suite.h"

#include <stdio.h>

#include "../../client/erase.h"
#include "custreg/oids.h"
#include "unit/complaint.h"
#include "unit/hex.h"

#define DN "uid=c10007,ou=customers,dc=example,dc=fi"
#define DN_HEX "8028 7569643d6331303030372c6f753d637573746f6d6572732c" \
	"64633d6578616d706c652c64633d6669"
#define UUID "5b1f833a-0c4d-4e6f-9a27-61d07eb248c1"
#define UUID_HEX "8110 5b1f833a0c4d4e6f9a2761d07eb248c1"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define HEX16 "78787878787878787878787878787878"

enum { WORDS = 10 };

/* getopt moves the words, and -w writes into them. */
struct words {
	char text[WORDS][160];
	char *argv[WORDS + 1];
	int argc;
};

static void
set_words(struct words *words, const char *const given[])
{
	*words = (struct words){ .argc = 1 };
	strcpy(words->text[0], "erase");
	for (; given[words->argc - 1] != NULL; words->argc++) {
		ck_assert_int_lt(words->argc, WORDS);
		ck_assert_uint_lt(strlen(given[words->argc - 1]), 160);
		strcpy(words->text[words->argc], given[words->argc - 1]);
	}
	for (int i = 0; i < words->argc; i++)
		words->argv[i] = words->text[i];
}

static const struct {
	const char *words[WORDS];
	const char *request;
	bool json;
} good[] = {
	{ { DN }, "302a" DN_HEX, false },
	{ { UUID }, "3012" UUID_HEX, false },
	{ { "uuid:" UUID }, "3012" UUID_HEX, false },
	{ { "UUID:5B1F833A-0C4D-4E6F-9A27-61D07EB248C1" }, "3012" UUID_HEX,
	    false },
	{ { "--dry-run", UUID }, "3016" UUID_HEX "0302 0780", false },
	{ { UUID, "-n" }, "3016" UUID_HEX "0302 0780", false },
	{ { UUID, "-n", "-n" }, "3016" UUID_HEX "0302 0780", false },
	{ { UUID, "--partial" }, "3016" UUID_HEX "0302 0640", false },
	{ { "--partial", UUID, "--dry-run" }, "3016" UUID_HEX "0302 06c0",
	    false },
	{ { "--ground", "a", UUID }, "3015" UUID_HEX "8201 00", false },
	{ { "--ground=f", UUID }, "3015" UUID_HEX "8201 05", false },
	{ { "--request", "R-7", UUID }, "3017" UUID_HEX "8303 522d37", false },
	{ { "--request", X64, UUID }, "3054" UUID_HEX "8340" HEX16 HEX16 HEX16
	    HEX16, false },
	{ { "--json", UUID }, "3012" UUID_HEX, true },
	{ { "--", UUID }, "3012" UUID_HEX, false },
	{ { "-x", "-D", "cn=a", "-w", "secret", UUID }, "3012" UUID_HEX,
	    false },
	{ { "-QY", "EXTERNAL", "-H", "ldapi:///", UUID, "--partial",
	    "--request", "R-7" }, "301b" UUID_HEX "0302 0640" "8303 522d37",
	    false },
	{ { "-e", "!purpose=rightsFulfilment", UUID }, "3012" UUID_HEX, false }
};

START_TEST(arguments_make_a_request)
{
	struct bytes wanted = hex_bytes(good[_i].request);
	struct cr_erase_options options;
	struct words words;
	unsigned char *value = NULL;
	size_t len = 0;

	set_words(&words, good[_i].words);
	ck_assert_int_eq(cr_erase_parse(&options, words.argc, words.argv),
	    CR_OK);
	ck_assert(!options.help);
	ck_assert_int_eq(options.json, good[_i].json);
	ck_assert_int_eq(cr_erase_request_encode(&options.request, &value,
	    &len), CR_OK);
	ck_assert_uint_eq(len, wanted.len);
	ck_assert_mem_eq(value, wanted.data, len);
	cr_connect_options_clear(&options.connect);
	free(value);
	free(wanted.data);
}
END_TEST

static const struct {
	const char *words[WORDS];
	const char *complaint;
} bad[] = {
	{ { NULL }, "who is to be erased? (see custreg erase --help)" },
	{ { "--partial" }, "who is to be erased? (see custreg erase --help)" },
	{ { UUID, DN }, DN ": not expected, one customer at a time" },
	{ { "" }, ": neither a DN nor an entryUUID" },
	{ { " " }, " : neither a DN nor an entryUUID" },
	{ { "c10007" }, "c10007: neither a DN nor an entryUUID" },
	{ { "uid=c10007," }, "uid=c10007,: neither a DN nor an entryUUID" },
	{ { "uuid:" }, "uuid:: neither a DN nor an entryUUID" },
	{ { "uuid:" DN }, "uuid:" DN ": neither a DN nor an entryUUID" },
	{ { "uuid:uuid:" UUID }, "uuid:uuid:" UUID
	    ": neither a DN nor an entryUUID" },
	{ { UUID "0" }, UUID "0: neither a DN nor an entryUUID" },
	{ { "cn=\xe4" }, "cn=?: neither a DN nor an entryUUID" },
	{ { "\x1b[2J" }, "?[2J: neither a DN nor an entryUUID" },
	{ { "--ground", "g", UUID }, "--ground g: not a letter from a to f" },
	{ { "--ground", "A", UUID }, "--ground A: not a letter from a to f" },
	{ { "--ground", "ab", UUID },
	    "--ground ab: not a letter from a to f" },
	{ { "--ground", "", UUID }, "--ground : not a letter from a to f" },
	{ { "--ground", "a", "--ground", "a", UUID },
	    "--ground is given twice" },
	{ { "--request", "", UUID }, "--request : not 1 to 64 letters, digits "
	    "and . _ : -" },
	{ { "--request", "R 7", UUID }, "--request R 7: not 1 to 64 letters, "
	    "digits and . _ : -" },
	{ { "--request", X64 "x", UUID }, "--request " X64 "x: not 1 to 64 "
	    "letters, digits and . _ : -" },
	{ { "--request", "R-1", "--request", "R-2", UUID },
	    "--request is given twice" },
	{ { UUID, "--ground" }, "--ground: needs a value (see custreg erase "
	    "--help)" },
	{ { UUID, "--all" }, "--all: no such option (see custreg erase "
	    "--help)" },
	{ { "--dry-run=no", UUID }, "--dry-run=no: no such option (see "
	    "custreg erase --help)" },
	{ { "-x", "-Y", "EXTERNAL", UUID }, "-x does not go with the options "
	    "of SASL" },
	{ { "-e", "colour", UUID }, "-e colour: no such control, or not its "
	    "value" }
};

START_TEST(bad_arguments_are_told)
{
	struct cr_erase_options options;
	struct words words;
	char wanted[400];
	char *said;
	int rc;

	set_words(&words, bad[_i].words);
	complaint_begin();
	rc = cr_erase_parse(&options, words.argc, words.argv);
	said = complaint_end();
	ck_assert_int_eq(rc, CR_ESYNTAX);
	snprintf(wanted, sizeof(wanted), "custreg: %s\n", bad[_i].complaint);
	ck_assert_str_eq(said, wanted);
	cr_connect_options_clear(&options.connect);
	free(said);
}
END_TEST

START_TEST(help_needs_no_subject)
{
	static const char *const given[] = { "--help", NULL };
	struct cr_erase_options options;
	struct words words;

	set_words(&words, given);
	ck_assert_int_eq(cr_erase_parse(&options, words.argc, words.argv),
	    CR_OK);
	ck_assert(options.help);
	cr_connect_options_clear(&options.connect);
}
END_TEST

/* Fills `line`, NUL-ended, with what follows `start` in the man page. */
static void
find_in_page(const char *start, char *line, size_t size)
{
	FILE *page = fopen("client/custreg.1", "r");
	bool found = false;

	ck_assert_ptr_nonnull(page);
	while (!found && fgets(line, (int)size, page) != NULL)
		found = strncmp(line, start, strlen(start)) == 0;
	fclose(page);
	ck_assert_msg(found, "no line that begins with %s", start);
	memmove(line, line + strlen(start), strlen(line + strlen(start)) + 1);
	line[strcspn(line, "\n")] = '\0';
}

/* What the man page gives ldapexop is what the command sends. */
START_TEST(the_example_of_the_page_is_true)
{
	static const char *const given[] = { "--partial", "--ground", "b",
		"--request", "R-2025-17", DN, NULL };
	struct bytes header = hex_example("include/custreg/erase.h",
	    "Example of a request");
	struct cr_controls controls = { 0 };
	struct cr_erase_options options;
	struct words words;
	struct berval *sent;
	char oid[200], base64[200], argument[512];
	unsigned char *value = NULL;
	size_t len = 0;

	find_in_page("erase=", oid, sizeof(oid));
	ck_assert_str_eq(oid, CR_OID_ERASE);
	find_in_page("value=", base64, sizeof(base64));
	snprintf(argument, sizeof(argument), "%s=::%s", oid, base64);
	ck_assert_int_eq(cr_controls_add(&controls, argument), CR_OK);
	sent = &controls.list[0]->ldctl_value;
	set_words(&words, given);
	ck_assert_int_eq(cr_erase_parse(&options, words.argc, words.argv),
	    CR_OK);
	ck_assert_int_eq(cr_erase_request_encode(&options.request, &value,
	    &len), CR_OK);
	ck_assert_uint_eq(len, header.len);
	ck_assert_mem_eq(value, header.data, len);
	ck_assert_uint_eq(sent->bv_len, len);
	ck_assert_mem_eq(sent->bv_val, value, len);
	cr_connect_options_clear(&options.connect);
	cr_controls_clear(&controls);
	free(header.data);
	free(value);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client erase");
	TCase *tcase = tcase_create("client erase");

	tcase_add_loop_test(tcase, arguments_make_a_request, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tcase, bad_arguments_are_told, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, help_needs_no_subject);
	tcase_add_test(tcase, the_example_of_the_page_is_true);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
