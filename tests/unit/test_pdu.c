#include "unit/suite.h"

#include <ldap.h>

#include "proto/pdu.h"

#define SLICE(s) ((struct cr_slice){ (s), sizeof(s) - 1 })

/* message 2: an entry without attributes, then its result */
#define ENTRY "\x30\x0c\x02\x01\x02\x64\x07\x04\x03o=x\x30\x00"
#define DONE "\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
/* message 3: a compare that came out true, with a control */
#define COMPARED "\x30\x13\x02\x01\x03\x6f\x07\x0a\x01\x06\x04\x00\x04\x00" \
	"\xa0\x05\x30\x03\x04\x01x"
/* what takes their place: unavailable, text "no" */
#define DONE_52 "\x30\x0e\x02\x01\x02\x65\x09\x0a\x01\x34\x04\x00\x04\x02no"
#define COMPARED_52 "\x30\x0e\x02\x01\x03\x6f\x09\x0a\x01\x34\x04\x00\x04\x02no"
#define REFERENCE "\x30\x05\x02\x01\x02\x73\x00"
#define INTERMEDIATE "\x30\x05\x02\x01\x02\x79\x00"

START_TEST(tells_what_a_message_is)
{
	struct cr_pdu pdu;

	ck_assert_int_eq(cr_pdu_peek(SLICE(ENTRY DONE), &pdu), CR_OK);
	ck_assert_int_eq(pdu.message_id, 2);
	ck_assert_uint_eq(pdu.operation, LDAP_RES_SEARCH_ENTRY);
	ck_assert_uint_eq(pdu.len, sizeof(ENTRY) - 1);
	ck_assert(cr_pdu_goes_on(&pdu));
	ck_assert_int_eq(cr_pdu_peek(SLICE(COMPARED), &pdu), CR_OK);
	ck_assert_int_eq(pdu.message_id, 3);
	ck_assert(!cr_pdu_goes_on(&pdu));
}
END_TEST

START_TEST(takes_only_whole_messages)
{
	struct cr_pdu pdu;

	for (size_t len = 0; len < sizeof(DONE) - 1; len++) {
		char *cut = malloc(len + 1);

		memcpy(cut, DONE, len);
		ck_assert_int_eq(cr_pdu_peek((struct cr_slice){ cut, len },
		    &pdu), CR_EPROTO);
		free(cut);
	}
	ck_assert_int_eq(cr_pdu_peek(SLICE("\x30\x03\x02\x01\x02"), &pdu),
	    CR_EPROTO);
	ck_assert_int_eq(cr_pdu_peek(SLICE("\x31\x05\x02\x01\x02\x65\x00"),
	    &pdu), CR_EPROTO);
}
END_TEST

static bool
is_lost(void *arg, int32_t message_id)
{
	const int32_t *lost = arg;

	return message_id == lost[0] || message_id == lost[1];
}

static const struct {
	struct cr_slice run;
	int32_t lost[2];
	struct cr_slice left;
} runs[] = {
	{ SLICE(ENTRY DONE COMPARED), { 0, 0 },
	    SLICE(ENTRY DONE COMPARED) },
	{ SLICE(ENTRY DONE COMPARED), { 2, 0 }, SLICE(DONE_52 COMPARED) },
	{ SLICE(ENTRY COMPARED DONE), { 3, 0 },
	    SLICE(ENTRY COMPARED_52 DONE) },
	{ SLICE(ENTRY COMPARED DONE), { 2, 3 },
	    SLICE(COMPARED_52 DONE_52) },
	{ SLICE(REFERENCE INTERMEDIATE ENTRY), { 2, 0 }, { NULL, 0 } },
	{ { NULL, 0 }, { 2, 0 }, { NULL, 0 } }
};

START_TEST(withholds_what_lost_its_record)
{
	unsigned char *left = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_pdu_withhold(runs[_i].run, is_lost,
	    (void *)(uintptr_t)runs[_i].lost, LDAP_UNAVAILABLE, "no", &left,
	    &len), CR_OK);
	ck_assert_uint_eq(len, runs[_i].left.len);
	ck_assert(len == 0 || memcmp(left, runs[_i].left.ptr, len) == 0);
	free(left);
}
END_TEST

START_TEST(withholds_nothing_of_half_a_message)
{
	unsigned char *left = NULL;
	int32_t lost[2] = { 2, 2 };
	size_t len = 0;

	ck_assert_int_eq(cr_pdu_withhold((struct cr_slice){ ENTRY DONE,
	    sizeof(ENTRY DONE) - 2 }, is_lost, lost, 52, "no", &left, &len),
	    CR_EPROTO);
	ck_assert_ptr_null(left);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pdu");
	TCase *tc = tcase_create("pdu");

	tcase_add_test(tc, tells_what_a_message_is);
	tcase_add_test(tc, takes_only_whole_messages);
	tcase_add_loop_test(tc, withholds_what_lost_its_record, 0,
	    (int)(sizeof(runs) / sizeof(runs[0])));
	tcase_add_test(tc, withholds_nothing_of_half_a_message);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
