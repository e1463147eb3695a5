/* custreg erase: what a server's answer means, and how it is written down. */
#include "unit/suite.h"

#include <stdio.h>

#include "../../client/command.h"
#include "../../client/erase.h"
#include "unit/complaint.h"

#define SUBJECT "uid=c10007,ou=customers,dc=example,dc=fi"
#define UUID { 0x5b, 0x1f, 0x83, 0x3a, 0x0c, 0x4d, 0x4e, 0x6f, 0x9a, \
	0x27, 0x61, 0xd0, 0x7e, 0xb2, 0x48, 0xc1 }
#define UUID_TEXT "5b1f833a-0c4d-4e6f-9a27-61d07eb248c1"
#define OTHER_UUID { 0xc8, 0x40, 0x2d, 0x9e, 0x7a, 0x55, 0x4b, 0x13, 0x8e, \
	0xf6, 0x0a, 0x94, 0x3c, 0xd7, 0x25, 0xb0 }
#define OTHER_TEXT "c8402d9e-7a55-4b13-8ef6-0a943cd725b0"
#define REFUSED LDAP_UNWILLING_TO_PERFORM
#define DPV "https://w3id.org/dpv/legal/eu/gdpr#JustificationA17"

static struct cr_erase_item items[] = {
	{ UUID, CR_SLICE_LITERAL("crAssignment") },
	{ OTHER_UUID, CR_SLICE_LITERAL("MAIL") },
	{ OTHER_UUID, CR_SLICE_LITERAL("anAttributeOfTheirOwnThatIsLong") }
};

static struct cr_erase_withheld held[] = {
	{ .uuid = UUID, .what = CR_SLICE_LITERAL("crInvoice"),
	    .reason = CR_ERASE_STATUTE, .has_until = true,
	    .until = INT64_C(1988143199),	/* 20321231215959Z */
	    .law = CR_SLICE_LITERAL("Accounting Act 2:10") },
	{ .uuid = OTHER_UUID, .what = CR_SLICE_LITERAL("name"),
	    .reason = CR_ERASE_OPEN_INVOICE },
	{ .uuid = OTHER_UUID, .what = CR_SLICE_LITERAL("crCollection"),
	    .reason = CR_ERASE_DEBT_COLLECTION },
	{ .uuid = OTHER_UUID, .what = CR_SLICE_LITERAL("crRequest"),
	    .reason = CR_ERASE_CLAIM, .has_until = true,
	    .until = INT64_C(1988143200),
	    .law = CR_SLICE_LITERAL("k\xc3\xa4r\xc3\xa4j\xc3\xa4oikeus") },
	{ .uuid = OTHER_UUID, .what = CR_SLICE_LITERAL("x"),
	    .reason = CR_ERASE_OTHER }
};

#define RECEIPT { CR_SLICE_LITERAL("E-42"), INT64_C(1768472100), 100000 }
#define RECEIPT_TEXT "\nReceipt\n" \
	"  id      E-42\n" \
	"  time    2026-01-15 10:15:00 UTC\n" \
	"  record  100000 of the read log\n"
#define RECEIPT_JSON_OPEN "  \"receipt\": {\n" \
	"    \"id\": \"E-42\",\n" \
	"    \"time\": \"2026-01-15T10:15:00Z\",\n" \
	"    \"logIndex\": 100000\n" \
	"  }"
#define RECEIPT_JSON RECEIPT_JSON_OPEN "\n"

#define ERASED_TEXT \
	"  assignment                  " UUID_TEXT "\n" \
	"  e-mail address              " OTHER_TEXT "\n" \
	"  anAttributeOfTheirOwnThatIsLong " OTHER_TEXT "\n"
#define ERASED_JSON "  \"erased\": [\n" \
	"    {\n" \
	"      \"uuid\": \"" UUID_TEXT "\",\n" \
	"      \"what\": \"crAssignment\"\n" \
	"    },\n" \
	"    {\n" \
	"      \"uuid\": \"" OTHER_TEXT "\",\n" \
	"      \"what\": \"MAIL\"\n" \
	"    },\n" \
	"    {\n" \
	"      \"uuid\": \"" OTHER_TEXT "\",\n" \
	"      \"what\": \"anAttributeOfTheirOwnThatIsLong\"\n" \
	"    }\n" \
	"  ],\n"

#define INVOICE_TEXT \
	"  invoice                     " UUID_TEXT "\n" \
	"      why    the law demands that it is kept\n" \
	"      law    Accounting Act 2:10\n" \
	"      until  the end of 2032-12-31\n"
#define INVOICE_JSON \
	"    {\n" \
	"      \"uuid\": \"" UUID_TEXT "\",\n" \
	"      \"what\": \"crInvoice\",\n" \
	"      \"reason\": \"statute\",\n" \
	"      \"law\": \"Accounting Act 2:10\",\n" \
	"      \"until\": \"2032-12-31T21:59:59Z\",\n" \
	"      \"justification\": \"JustificationA17LegallyRequired\",\n" \
	"      \"justificationIri\": \"" DPV "LegallyRequired\"\n" \
	"    }"
#define REST_TEXT \
	"  name and number             " OTHER_TEXT "\n" \
	"      why    an invoice is open\n" \
	"      until  it is paid or credited\n" \
	"  collection case             " OTHER_TEXT "\n" \
	"      why    a debt is being collected\n" \
	"      until  the case is closed\n" \
	"  request of the customer     " OTHER_TEXT "\n" \
	"      why    it is needed for a legal claim\n" \
	"      law    k\xc3\xa4r\xc3\xa4j\xc3\xa4oikeus\n" \
	"      until  2032-12-31 22:00:00 UTC\n" \
	"  x                           " OTHER_TEXT "\n" \
	"      why    the register holds it for another reason\n" \
	"      until  no date is set\n"
#define REST_JSON \
	"    {\n" \
	"      \"uuid\": \"" OTHER_TEXT "\",\n" \
	"      \"what\": \"name\",\n" \
	"      \"reason\": \"openInvoice\",\n" \
	"      \"law\": \"\",\n" \
	"      \"justification\": \"JustificationA17LegalClaims\",\n" \
	"      \"justificationIri\": \"" DPV "LegalClaims\"\n" \
	"    },\n" \
	"    {\n" \
	"      \"uuid\": \"" OTHER_TEXT "\",\n" \
	"      \"what\": \"crCollection\",\n" \
	"      \"reason\": \"debtCollection\",\n" \
	"      \"law\": \"\",\n" \
	"      \"justification\": \"JustificationA17LegalClaims\",\n" \
	"      \"justificationIri\": \"" DPV "LegalClaims\"\n" \
	"    },\n" \
	"    {\n" \
	"      \"uuid\": \"" OTHER_TEXT "\",\n" \
	"      \"what\": \"crRequest\",\n" \
	"      \"reason\": \"claim\",\n" \
	"      \"law\": \"k\\u00E4r\\u00E4j\\u00E4oikeus\",\n" \
	"      \"until\": \"2032-12-31T22:00:00Z\",\n" \
	"      \"justification\": \"JustificationA17LegalClaims\",\n" \
	"      \"justificationIri\": \"" DPV "LegalClaims\"\n" \
	"    },\n" \
	"    {\n" \
	"      \"uuid\": \"" OTHER_TEXT "\",\n" \
	"      \"what\": \"x\",\n" \
	"      \"reason\": \"other\",\n" \
	"      \"law\": \"\"\n" \
	"    }"

static const struct {
	unsigned flags;
	int code;
	struct cr_erase_response response;
	enum cr_exit exit;
	const char *text;
	const char *json;
} answers[] = {
	{ 0, LDAP_SUCCESS, { .state = CR_ERASE_ERASED, .erased = items,
	    .erased_count = 3, .receipt = RECEIPT }, CR_EXIT_DONE,
	    "Customer " SUBJECT "\n"
	    "Erased: this customer is no longer in the register.\n"
	    "\n"
	    "Erased (3)\n"
	    ERASED_TEXT
	    RECEIPT_TEXT
	    "\nFreed pages of its files may keep the data until the database "
	    "is compacted.\n",
	    "{\n"
	    "  \"state\": \"erased\",\n"
	    ERASED_JSON
	    "  \"withheld\": [],\n"
	    RECEIPT_JSON
	    "}\n" },
	/* asked again: nothing was left */
	{ CR_ERASE_PARTIAL, LDAP_SUCCESS, { .state = CR_ERASE_ERASED },
	    CR_EXIT_DONE,
	    "Customer " SUBJECT "\n"
	    "Erased: this customer is no longer in the register.\n",
	    "{\n"
	    "  \"state\": \"erased\",\n"
	    "  \"erased\": [],\n"
	    "  \"withheld\": []\n"
	    "}\n" },
	{ CR_ERASE_PARTIAL, LDAP_SUCCESS, { .state = CR_ERASE_PARTLY,
	    .erased = items, .erased_count = 3, .withheld = held,
	    .withheld_count = 1, .receipt = RECEIPT }, CR_EXIT_PARTLY,
	    "Customer " SUBJECT "\n"
	    "Erased in part. What is kept is restricted to the purposes that "
	    "need it, and\n"
	    "goes by itself when nothing keeps it any more.\n"
	    "\n"
	    "Erased (3)\n"
	    ERASED_TEXT
	    "\n"
	    "Kept (1)\n"
	    INVOICE_TEXT
	    RECEIPT_TEXT
	    "\nCompaction due by 2026-02-14: until then freed pages of the "
	    "database may keep\nthe data.\n",
	    "{\n"
	    "  \"state\": \"partly\",\n"
	    ERASED_JSON
	    "  \"withheld\": [\n"
	    INVOICE_JSON "\n"
	    "  ],\n"
	    RECEIPT_JSON_OPEN ",\n  \"compactionDue\": \"2026-02-14T10:15:00Z\"\n"
	    "}\n" },
	{ 0, REFUSED, { .state = CR_ERASE_REFUSED, .withheld = held,
	    .withheld_count = 5 }, CR_EXIT_REFUSED,
	    "Customer " SUBJECT "\n"
	    "Refused, and nothing was changed: there is something that has to "
	    "be kept.\n"
	    "With --partial the rest can be erased now.\n"
	    "\n"
	    "Has to be kept (5)\n"
	    INVOICE_TEXT
	    REST_TEXT,
	    "{\n"
	    "  \"state\": \"refused\",\n"
	    "  \"erased\": [],\n"
	    "  \"withheld\": [\n"
	    INVOICE_JSON ",\n"
	    REST_JSON "\n"
	    "  ]\n"
	    "}\n" },
	{ CR_ERASE_PARTIAL, REFUSED, { .state = CR_ERASE_REFUSED,
	    .withheld = held, .withheld_count = 1 }, CR_EXIT_REFUSED,
	    "Customer " SUBJECT "\n"
	    "Refused, and nothing was changed: there is something that has to "
	    "be kept.\n"
	    "\n"
	    "Has to be kept (1)\n"
	    INVOICE_TEXT,
	    "{\n"
	    "  \"state\": \"refused\",\n"
	    "  \"erased\": [],\n"
	    "  \"withheld\": [\n"
	    INVOICE_JSON "\n"
	    "  ]\n"
	    "}\n" },
	{ CR_ERASE_DRY_RUN, LDAP_SUCCESS, { .state = CR_ERASE_WOULD_ERASE,
	    .erased = items, .erased_count = 3 }, CR_EXIT_DONE,
	    "Customer " SUBJECT "\n"
	    "Dry run, nothing was changed. This customer would be erased.\n"
	    "\n"
	    "Would be erased (3)\n"
	    ERASED_TEXT,
	    "{\n"
	    "  \"state\": \"wouldErase\",\n"
	    ERASED_JSON
	    "  \"withheld\": []\n"
	    "}\n" },
	{ CR_ERASE_DRY_RUN, LDAP_SUCCESS, { .state = CR_ERASE_WOULD_REFUSE,
	    .withheld = held, .withheld_count = 1 }, CR_EXIT_REFUSED,
	    "Customer " SUBJECT "\n"
	    "Dry run, nothing was changed. It would be refused: there is "
	    "something that has\n"
	    "to be kept.\n"
	    "With --partial the rest can be erased now.\n"
	    "\n"
	    "Has to be kept (1)\n"
	    INVOICE_TEXT,
	    "{\n"
	    "  \"state\": \"wouldRefuse\",\n"
	    "  \"erased\": [],\n"
	    "  \"withheld\": [\n"
	    INVOICE_JSON "\n"
	    "  ]\n"
	    "}\n" },
	{ CR_ERASE_DRY_RUN | CR_ERASE_PARTIAL, LDAP_SUCCESS,
	    { .state = CR_ERASE_WOULD_PARTLY, .erased = items,
	    .erased_count = 3, .withheld = held, .withheld_count = 1 },
	    CR_EXIT_PARTLY,
	    "Customer " SUBJECT "\n"
	    "Dry run, nothing was changed. This customer would be erased in "
	    "part. What is\n"
	    "kept would be restricted to the purposes that need it, and go "
	    "by itself when\n"
	    "nothing keeps it any more.\n"
	    "\n"
	    "Would be erased (3)\n"
	    ERASED_TEXT
	    "\n"
	    "Would be kept (1)\n"
	    INVOICE_TEXT,
	    "{\n"
	    "  \"state\": \"wouldPartly\",\n"
	    ERASED_JSON
	    "  \"withheld\": [\n"
	    INVOICE_JSON "\n"
	    "  ]\n"
	    "}\n" }
};

static int64_t due;		/* of the compaction */
/* Tells it; *ret_out and *ret_said are for free(). */
static int
tell(const struct cr_erase_options *options, int code,
    const struct cr_erase_response *response, char **ret_out,
    char **ret_said)
{
	struct cr_erase_answer answer = { .was_sent = true, .code = code,
		.due = due };
	struct berval value;
	unsigned char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(ret_out, &len);
	int exit_code;

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(cr_erase_response_encode(response, &bytes, &len),
	    CR_OK);
	value = (struct berval){ len, (char *)bytes };
	answer.value = &value;
	complaint_begin();
	exit_code = cr_erase_tell(options, &answer, out);
	*ret_said = complaint_end();
	ck_assert_int_eq(fclose(out), 0);
	free(bytes);
	return exit_code;
}

START_TEST(an_answer_is_told)
{
	for (int json = 0; json < 2; json++) {
		const struct cr_erase_options options = {
			.request.flags = answers[_i].flags,
			.subject = SUBJECT, .json = json != 0 };
		char *out = NULL;
		char *said = NULL;

		/* of one of them it is known */
		due = answers[_i].response.state == CR_ERASE_PARTLY ?
		    INT64_C(1771064100) : 0;
		ck_assert_int_eq(tell(&options, answers[_i].code,
		    &answers[_i].response, &out, &said), answers[_i].exit);
		ck_assert_str_eq(out, json != 0 ? answers[_i].json :
		    answers[_i].text);
		ck_assert_str_eq(said, "");
		free(out);
		free(said);
	}
}
END_TEST

/* Which of all that could be said agree: state by flags, success and not. */
static bool
can_be(unsigned flags, int code, enum cr_erase_state state)
{
	bool dry = (flags & CR_ERASE_DRY_RUN) != 0;
	bool partial = (flags & CR_ERASE_PARTIAL) != 0;

	switch (state) {
	case CR_ERASE_ERASED: return code == 0 && !dry;
	case CR_ERASE_PARTLY: return code == 0 && !dry && partial;
	case CR_ERASE_REFUSED: return code == 53 && !dry;
	case CR_ERASE_WOULD_ERASE:
	case CR_ERASE_WOULD_REFUSE: return code == 0 && dry;
	case CR_ERASE_WOULD_PARTLY: return code == 0 && dry && partial;
	case CR_ERASE_NO_STATE: break;
	}
	return false;
}

START_TEST(a_contradiction_is_no_answer)
{
	static const int codes[] = { LDAP_SUCCESS, REFUSED,
		LDAP_INSUFFICIENT_ACCESS, LDAP_OTHER, -1 };
	const unsigned flags = (unsigned)_i;

	for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
		for (int s = 0; s <= CR_ERASE_WOULD_PARTLY + 1; s++) {
			const char *why = cr_erase_contradiction(flags,
			    codes[c], (enum cr_erase_state)s);

			ck_assert_msg((why == NULL) == can_be(flags, codes[c],
			    (enum cr_erase_state)s),
			    "flags %u, code %d, state %d: %s", flags, codes[c],
			    s, why != NULL ? why : "agree");
		}
	}
}
END_TEST

#define UNRELIABLE "custreg: " SUBJECT ": the answer cannot be relied on: "
#define LOOK "): look at the customer, and in the read log\n"

static const struct {
	unsigned flags;
	int code;
	enum cr_erase_state state;
	const char *said;
} mismatches[] = {
	{ 0, LDAP_SUCCESS, CR_ERASE_REFUSED,
	    UNRELIABLE "result code and state do not agree (result code 0, "
	    "Success; state refused" LOOK },
	{ 0, REFUSED, CR_ERASE_ERASED,
	    UNRELIABLE "result code and state do not agree (result code 53, "
	    "Server is unwilling to perform; state erased" LOOK },
	{ CR_ERASE_DRY_RUN, LDAP_SUCCESS, CR_ERASE_ERASED,
	    UNRELIABLE "a dry run was asked for, and this is none (result "
	    "code 0, Success; state erased" LOOK },
	{ 0, LDAP_SUCCESS, CR_ERASE_WOULD_ERASE,
	    UNRELIABLE "it is that of a dry run, which was not asked for "
	    "(result code 0, Success; state wouldErase" LOOK },
	{ 0, LDAP_SUCCESS, CR_ERASE_PARTLY,
	    UNRELIABLE "an erasure in part was not asked for (result code 0, "
	    "Success; state partly" LOOK },
	{ CR_ERASE_PARTIAL, LDAP_INSUFFICIENT_ACCESS, CR_ERASE_PARTLY,
	    UNRELIABLE "result code and state do not agree (result code 50, "
	    "Insufficient access; state partly" LOOK }
};

START_TEST(a_mismatch_fails_and_prints_nothing)
{
	const bool is_whole = mismatches[_i].state == CR_ERASE_ERASED ||
	    mismatches[_i].state == CR_ERASE_WOULD_ERASE;
	const struct cr_erase_response response = {
		.state = mismatches[_i].state,
		.withheld = held, .withheld_count = is_whole ? 0 : 1 };

	for (int json = 0; json < 2; json++) {
		const struct cr_erase_options options = {
			.request.flags = mismatches[_i].flags,
			.subject = SUBJECT, .json = json != 0 };
		char *out = NULL;
		char *said = NULL;

		ck_assert_int_eq(tell(&options, mismatches[_i].code,
		    &response, &out, &said), CR_EXIT_FAILED);
		ck_assert_str_eq(out, "");
		ck_assert_str_eq(said, mismatches[_i].said);
		free(out);
		free(said);
	}
}
END_TEST

static char refuses[] = "the read log\x1b[2J cannot be written";
static char provider[] = "ldap://provider.example.fi";
static char *providers[] = { provider, NULL };
static struct berval no_value = { 0, refuses };
static struct berval bad_value = { 2, refuses };

/* What has no response, or none that can be read. */
static const struct {
	struct cr_erase_answer answer;
	enum cr_exit exit;
	const char *said;
} silent[] = {
	{ { .code = LDAP_SUCCESS }, CR_EXIT_FAILED,
	    "the server says Success and not what it did: look at the "
	    "customer, and in the read log" },
	{ { .code = LDAP_SUCCESS, .value = &no_value }, CR_EXIT_FAILED,
	    "the answer cannot be relied on: its value is no EraseResponse "
	    "(result code 0, Success): look at the customer, and in the read "
	    "log" },
	{ { .code = REFUSED, .value = &bad_value }, CR_EXIT_FAILED,
	    "the answer cannot be relied on: its value is no EraseResponse "
	    "(result code 53, Server is unwilling to perform): look at the "
	    "customer, and in the read log" },
	{ { .code = REFUSED }, CR_EXIT_NOT_ALLOWED,
	    "Server is unwilling to perform" },
	{ { .code = LDAP_INSUFFICIENT_ACCESS }, CR_EXIT_NOT_ALLOWED,
	    "Insufficient access (the registrar may, the data protection "
	    "officer for a dry run, and customers for themselves)" },
	{ { .code = LDAP_NO_SUCH_OBJECT }, CR_EXIT_USAGE,
	    "No such object (not there, or not for you to see)" },
	{ { .code = LDAP_PROTOCOL_ERROR, .text = refuses },
	    CR_EXIT_UNAVAILABLE,
	    "Protocol error: the read log?[2J cannot be written (does this "
	    "server have the module custreg?)" },
	{ { .code = LDAP_UNAVAILABLE, .text = refuses }, CR_EXIT_UNAVAILABLE,
	    "Server is unavailable: the read log?[2J cannot be written" },
	{ { .code = LDAP_REFERRAL, .referrals = providers },
	    CR_EXIT_UNAVAILABLE,
	    "Referral: ldap://provider.example.fi (ask that server: -H)" },
	{ { .code = 12345 }, CR_EXIT_UNAVAILABLE,
	    "Unknown (extension) error" }
};

START_TEST(an_error_is_told)
{
	const struct cr_erase_options options = { .subject = SUBJECT };
	char wanted[400];
	char *out = NULL;
	char *said;
	size_t len = 0;
	FILE *to = open_memstream(&out, &len);

	ck_assert_ptr_nonnull(to);
	complaint_begin();
	ck_assert_int_eq(cr_erase_tell(&options, &silent[_i].answer, to),
	    silent[_i].exit);
	said = complaint_end();
	ck_assert_int_eq(fclose(to), 0);
	ck_assert_str_eq(out, "");
	snprintf(wanted, sizeof(wanted), "custreg: " SUBJECT ": %s\n",
	    silent[_i].said);
	ck_assert_str_eq(said, wanted);
	free(out);
	free(said);
}
END_TEST

#define HOSTILE "\x1b]0;x\x07\x7f\r\xc2\x9b" "2J\xe2\x80\xae" "end"
#define HOSTILE_TEXT "?]0;x???\?" "2J?end"
#define HOSTILE_JSON "\\u001B]0;x\\u0007\\u007f\\r\\u009B2J\\u202Eend"

START_TEST(hostile_texts_stay_texts)
{
	struct cr_erase_item item = { UUID, CR_SLICE_LITERAL(HOSTILE) };
	struct cr_erase_withheld withheld = { .uuid = UUID,
		.what = CR_SLICE_LITERAL(HOSTILE), .reason = CR_ERASE_OTHER,
		.law = CR_SLICE_LITERAL(HOSTILE) };
	const struct cr_erase_response response = { .state = CR_ERASE_PARTLY,
		.erased = &item, .erased_count = 1, .withheld = &withheld,
		.withheld_count = 1,
		.receipt = { CR_SLICE_LITERAL(HOSTILE), 0, INT64_MAX } };

	for (int json = 0; json < 2; json++) {
		const struct cr_erase_options options = {
			.request.flags = CR_ERASE_PARTIAL,
			.subject = "cn=" HOSTILE, .json = json != 0 };
		const char *wanted = json != 0 ? HOSTILE_JSON : HOSTILE_TEXT;
		char *out = NULL;
		char *said = NULL;
		size_t found = 0;

		ck_assert_int_eq(tell(&options, LDAP_SUCCESS, &response, &out,
		    &said), CR_EXIT_PARTLY);
		for (const char *c = out; *c != '\0'; c++)
			ck_assert((*c >= 0x20 && *c < 0x7f) || *c == '\n');
		for (const char *at = out; (at = strstr(at, wanted)) != NULL;
		    at += strlen(wanted))
			found++;
		ck_assert_uint_eq(found, json != 0 ? 4 : 5);
		ck_assert_ptr_nonnull(strstr(out, "9223372036854775807"));
		free(out);
		free(said);
	}
}
END_TEST

/* An id is bytes: in JSON it can be told from any other. */
START_TEST(an_id_may_be_bytes)
{
	const struct cr_erase_options options = { .subject = SUBJECT,
		.json = true };
	const struct cr_erase_response response = { .state = CR_ERASE_ERASED,
		.receipt = { CR_SLICE_LITERAL("\0a\xff"), 0, 0 } };
	char *out = NULL;
	char *said = NULL;

	ck_assert_int_eq(tell(&options, LDAP_SUCCESS, &response, &out, &said),
	    CR_EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(out, "\"id\": \"\\\\00a\\\\FF\""));
	free(out);
	free(said);
}
END_TEST

START_TEST(a_full_disk_is_told_with_the_state)
{
	const struct cr_erase_response response = { .state = CR_ERASE_ERASED };
	struct cr_erase_answer answer = { .code = LDAP_SUCCESS };
	struct berval value;
	unsigned char *bytes = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_erase_response_encode(&response, &bytes, &len),
	    CR_OK);
	value = (struct berval){ len, (char *)bytes };
	answer.value = &value;
	for (int json = 0; json < 2; json++) {
		const struct cr_erase_options options = { .subject = SUBJECT,
			.json = json != 0 };
		FILE *full = fopen("/dev/full", "w");
		char *said;

		ck_assert_ptr_nonnull(full);
		complaint_begin();
		ck_assert_int_eq(cr_erase_tell(&options, &answer, full),
		    CR_EXIT_UNAVAILABLE);
		said = complaint_end();
		fclose(full);
		ck_assert_str_eq(said, "custreg: " SUBJECT ": the answer "
		    "cannot be written; its state is erased\n");
		free(said);
	}
	free(bytes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client erase answer");
	TCase *tcase = tcase_create("client erase answer");

	tcase_add_loop_test(tcase, an_answer_is_told, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_loop_test(tcase, a_contradiction_is_no_answer, 0,
	    (CR_ERASE_DRY_RUN | CR_ERASE_PARTIAL) + 1);
	tcase_add_loop_test(tcase, a_mismatch_fails_and_prints_nothing, 0,
	    sizeof(mismatches) / sizeof(mismatches[0]));
	tcase_add_loop_test(tcase, an_error_is_told, 0,
	    sizeof(silent) / sizeof(silent[0]));
	tcase_add_test(tcase, hostile_texts_stay_texts);
	tcase_add_test(tcase, an_id_may_be_bytes);
	tcase_add_test(tcase, a_full_disk_is_told_with_the_state);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
