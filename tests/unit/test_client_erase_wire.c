/*
 * custreg erase: the request as it leaves, and answers as they come in, by a
 * pair of sockets without a server.
 */
#include "unit/suite.h"

#include <sys/socket.h>
#include <unistd.h>

#include <ldap.h>
#include <openldap.h>

#include "../../client/command.h"
#include "../../client/control.h"
#include "../../client/erase.h"
#include "custreg/oids.h"
#include "unit/hex.h"

#define UUID_BYTES { 0x5b, 0x1f, 0x83, 0x3a, 0x0c, 0x4d, 0x4e, 0x6f, 0x9a, \
	0x27, 0x61, 0xd0, 0x7e, 0xb2, 0x48, 0xc1 }

static const struct cr_erase_request request = { .by = CR_ERASE_BY_UUID,
	.uuid = UUID_BYTES, .flags = CR_ERASE_PARTIAL };
#define REQUEST_VALUE "3016 8110 5b1f833a0c4d4e6f9a2761d07eb248c1 0302 0640"

/* refused: an invoice, openInvoice, no law */
#define REFUSED_VALUE "302b 0a0102 3000 3024 3022" \
	"0410 5b1f833a0c4d4e6f9a2761d07eb248c1 0c09 6372496e766f696365" \
	"0a0100 0c00"

struct pair {
	LDAP *ld;
	int server;
};

static struct pair
open_pair(void)
{
	const int version = LDAP_VERSION3;
	struct pair pair = { NULL, -1 };
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(ldap_init_fd(fds[0], LDAP_PROTO_TCP,
	    "ldap://localhost", &pair.ld), LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(pair.ld, LDAP_OPT_PROTOCOL_VERSION,
	    &version), LDAP_OPT_SUCCESS);
	ck_assert_int_eq(ldap_set_option(pair.ld, LDAP_OPT_REFERRALS,
	    LDAP_OPT_OFF), LDAP_OPT_SUCCESS);
	pair.server = fds[1];
	return pair;
}

static void
close_pair(struct pair *pair)
{
	ldap_unbind_ext_s(pair->ld, NULL, NULL);
	close(pair->server);
}

/* libldap gives the first operation of a connection the number 1. */
static void
answer_with(const struct pair *pair, const char *hex)
{
	struct bytes bytes = hex_bytes(hex);

	ck_assert_int_eq(write(pair->server, bytes.data, bytes.len),
	    (ssize_t)bytes.len);
	free(bytes.data);
}

START_TEST(the_value_of_an_error_arrives)
{
	struct bytes wanted = hex_bytes(REFUSED_VALUE);
	const struct cr_erase_options options = { .subject = "cn=a",
		.request = { .flags = 0 } };
	struct cr_erase_answer answer;
	struct pair pair = open_pair();
	char *out = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&out, &len);

	/* an intermediate response first: it is passed over */
	answer_with(&pair, "300c 020101 7907 8005 312e322e33"
	    "3040 020101 783b 0a0135 0400 0405 68656c6c6f" "8b2d"
	    REFUSED_VALUE);
	ck_assert_int_eq(cr_erase_ask(pair.ld, &request, NULL, &answer),
	    LDAP_SUCCESS);
	ck_assert(answer.was_sent);
	ck_assert_int_eq(answer.code, LDAP_UNWILLING_TO_PERFORM);
	ck_assert_str_eq(answer.text, "hello");
	ck_assert_ptr_nonnull(answer.value);
	ck_assert_uint_eq(answer.value->bv_len, wanted.len);
	ck_assert_mem_eq(answer.value->bv_val, wanted.data, wanted.len);
	ck_assert_int_eq(cr_erase_tell(&options, &answer, to),
	    CR_EXIT_REFUSED);
	ck_assert_int_eq(fclose(to), 0);
	ck_assert_ptr_nonnull(strstr(out, "an invoice is open"));
	cr_erase_answer_clear(&answer);
	ck_assert_ptr_null(answer.value);
	close_pair(&pair);
	free(wanted.data);
	free(out);
}
END_TEST

static const struct {
	const char *hex;
	int code;
	const char *value;	/* NULL: none */
	const char *referral;
} answers[] = {
	{ "300c 020101 7807 0a0100 0400 0400", LDAP_SUCCESS, NULL, NULL },
	{ "300e 020101 7809 0a0132 0400 0400 8b00", 50, "", NULL },
	/* with a name, as old servers do; with controls */
	{ "3015 020101 7810 0a0100 0400 0400 8a03 312e32 8b02 3000",
	    LDAP_SUCCESS, "3000", NULL },
	{ "3017 020101 7807 0a0135 0400 0400 a009 3007 0405 312e322e33",
	    53, NULL, NULL },
	{ "3018 020101 7813 0a010a 0400 0400 a30a 0408 6c6461703a2f2f61",
	    LDAP_REFERRAL, NULL, "ldap://a" }
};

START_TEST(an_answer_is_read)
{
	struct cr_erase_answer answer;
	struct pair pair = open_pair();
	struct bytes value = hex_bytes(answers[_i].value != NULL ?
	    answers[_i].value : "");

	answer_with(&pair, answers[_i].hex);
	ck_assert_int_eq(cr_erase_ask(pair.ld, &request, NULL, &answer),
	    LDAP_SUCCESS);
	ck_assert_int_eq(answer.code, answers[_i].code);
	ck_assert_int_eq(answer.value != NULL, answers[_i].value != NULL);
	if (answer.value != NULL) {
		ck_assert_uint_eq(answer.value->bv_len, value.len);
		ck_assert_mem_eq(answer.value->bv_val, value.data, value.len);
	}
	ck_assert_int_eq(answer.referrals != NULL,
	    answers[_i].referral != NULL);
	if (answer.referrals != NULL)
		ck_assert_str_eq(answer.referrals[0], answers[_i].referral);
	cr_erase_answer_clear(&answer);
	close_pair(&pair);
	free(value.data);
}
END_TEST

/* What comes instead of an answer. */
static const struct {
	const char *hex;
	int rc;
} others[] = {
	{ "", LDAP_SERVER_DOWN },
	/* cut; a search's result; an answer to something else; no LDAP */
	{ "300c 020101 7807 0a01", LDAP_SERVER_DOWN },
	{ "300c 020101 6507 0a0100 0400 0400", LDAP_DECODING_ERROR },
	{ "300c 020107 7807 0a0100 0400 0400", LDAP_SERVER_DOWN },
	{ "3005 020101 7800", LDAP_DECODING_ERROR },
	{ "300a 020101 7805 0a0100 0400", LDAP_DECODING_ERROR }
};

START_TEST(what_is_no_answer_is_none)
{
	struct cr_erase_answer answer;
	struct pair pair = open_pair();
	int rc;

	answer_with(&pair, others[_i].hex);
	ck_assert_int_eq(shutdown(pair.server, SHUT_WR), 0);
	rc = cr_erase_ask(pair.ld, &request, NULL, &answer);
	ck_assert_int_eq(rc, others[_i].rc);
	ck_assert(answer.was_sent);
	ck_assert_ptr_null(answer.value);
	cr_erase_answer_clear(&answer);
	close_pair(&pair);
}
END_TEST

START_TEST(a_request_that_is_none_is_not_sent)
{
	const struct cr_erase_request none = { .by = CR_ERASE_BY_NOTHING };
	struct cr_erase_answer answer;
	struct pair pair = open_pair();

	ck_assert_int_eq(cr_erase_ask(pair.ld, &none, NULL, &answer),
	    LDAP_PARAM_ERROR);
	ck_assert(!answer.was_sent);
	cr_erase_answer_clear(&answer);
	close_pair(&pair);
}
END_TEST

/* Takes the request apart: 1, ExtendedRequest, name, value; then controls. */
START_TEST(the_request_is_what_was_asked_for)
{
	struct bytes wanted = hex_bytes(REQUEST_VALUE);
	struct cr_controls controls = { 0 };
	struct cr_erase_answer answer;
	struct pair pair = open_pair();
	struct berval raw, name, value, oid, purpose;
	char bytes[1024];
	BerElement *ber;
	ber_int_t id, critical;
	ber_tag_t tag;
	ssize_t len;

	ck_assert_int_eq(cr_controls_add(&controls,
	    "!purpose=rightsFulfilment"), CR_OK);
	answer_with(&pair, "300c 020101 7807 0a0100 0400 0400");
	ck_assert_int_eq(cr_erase_ask(pair.ld, &request, controls.list,
	    &answer), LDAP_SUCCESS);
	len = read(pair.server, bytes, sizeof(bytes));
	ck_assert_int_gt(len, 0);
	raw = (struct berval){ (ber_len_t)len, bytes };
	ber = ber_init(&raw);
	ck_assert_ptr_nonnull(ber);
	ck_assert(ber_scanf(ber, "{it{mm}", &id, &tag, &name, &value) !=
	    LBER_ERROR);
	ck_assert_int_eq(id, 1);
	ck_assert_uint_eq(tag, LDAP_REQ_EXTENDED);
	ck_assert_uint_eq(name.bv_len, sizeof(CR_OID_ERASE) - 1);
	ck_assert_mem_eq(name.bv_val, CR_OID_ERASE, name.bv_len);
	ck_assert_uint_eq(value.bv_len, wanted.len);
	ck_assert_mem_eq(value.bv_val, wanted.data, wanted.len);
	ck_assert(ber_scanf(ber, "t{{mbm}}}", &tag, &oid, &critical,
	    &purpose) != LBER_ERROR);
	ck_assert_uint_eq(tag, LDAP_TAG_CONTROLS);
	ck_assert_uint_eq(oid.bv_len, sizeof(CR_OID_PURPOSE_CONTROL) - 1);
	ck_assert_mem_eq(oid.bv_val, CR_OID_PURPOSE_CONTROL, oid.bv_len);
	ck_assert(critical);
	ck_assert_uint_eq(purpose.bv_len, 16);
	ck_assert_mem_eq(purpose.bv_val, "rightsFulfilment", 16);
	ber_free(ber, 1);
	cr_erase_answer_clear(&answer);
	cr_controls_clear(&controls);
	close_pair(&pair);
	free(wanted.data);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client erase wire");
	TCase *tcase = tcase_create("client erase wire");

	tcase_add_test(tcase, the_value_of_an_error_arrives);
	tcase_add_loop_test(tcase, an_answer_is_read, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_loop_test(tcase, what_is_no_answer_is_none, 0,
	    sizeof(others) / sizeof(others[0]));
	tcase_add_test(tcase, a_request_that_is_none_is_not_sent);
	tcase_add_test(tcase, the_request_is_what_was_asked_for);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
