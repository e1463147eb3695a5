/*
 * When memory, randomness or a cipher is not there: call k fails, for each k
 * until the work is done without a failure.  Errors come back, nothing leaks
 * (the sanitized run sees that) and nothing half-made is handed out.
 */
#include "unit/fixture.h"
#include "unit/suite.h"

#include <stdio.h>

#include <lber.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/change.h"
#include "core/erase_plan.h"
#include "core/token.h"
#include "custreg/erase.h"
#include "log/gather.h"
#include "proto/control.h"

/* Calls until the one that fails; 0: none does. */
static unsigned countdown;

/* What a work found wrong: Check itself needs malloc(). */
static const char *wrong;

static bool
is_failing(void)
{
	return countdown > 0 && --countdown == 0;
}

#define WRAP(type, name, params, args, failure) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		return is_failing() ? (failure) : __real_##name args; \
	}

WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(void *, realloc, (void *old, size_t size), (old, size), NULL)
WRAP(int, RAND_bytes, (unsigned char *out, int len), (out, len), 0)
WRAP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), (), NULL)
WRAP(int, EVP_EncryptInit_ex, (EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
    ENGINE *engine, const unsigned char *key, const unsigned char *iv),
    (ctx, cipher, engine, key, iv), 0)
WRAP(int, EVP_EncryptUpdate, (EVP_CIPHER_CTX *ctx, unsigned char *out,
    int *out_len, const unsigned char *in, int len),
    (ctx, out, out_len, in, len), 0)
WRAP(int, EVP_EncryptFinal_ex, (EVP_CIPHER_CTX *ctx, unsigned char *out,
    int *out_len), (ctx, out, out_len), 0)
WRAP(int, EVP_DecryptInit_ex, (EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
    ENGINE *engine, const unsigned char *key, const unsigned char *iv),
    (ctx, cipher, engine, key, iv), 0)
WRAP(int, EVP_DecryptUpdate, (EVP_CIPHER_CTX *ctx, unsigned char *out,
    int *out_len, const unsigned char *in, int len),
    (ctx, out, out_len, in, len), 0)
WRAP(int, EVP_DecryptFinal_ex, (EVP_CIPHER_CTX *ctx, unsigned char *out,
    int *out_len), (ctx, out, out_len), 0)
WRAP(int, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *ctx, int type, int arg,
    void *ptr), (ctx, type, arg, ptr), 0)
WRAP(BerElement *, ber_alloc_t, (int options), (options), NULL)
WRAP(int, ber_flatten2, (BerElement *ber, struct berval *bytes, int copied),
    (ber, bytes, copied), -1)

static void
expect(bool holds, const char *otherwise)
{
	if (!holds)
		wrong = otherwise;
}

/* Enough of each kind of entry that chunks of the arenas run out. */
static const char ldif[] =
	"dn: cn=a\nobjectClass: crPurpose\ncn: a\ncrKind: internal\n"
	"crHiddenByMarketing: m\ncrHiddenByListing: l\ncrReleases: mail\n"
	"crWrites: mail\ncrReleasesClass: crInvoice\ncrReleases: *\n\n"
	"dn: cn=b\nobjectClass: crPurpose\ncn: b\ncrKind: secret\n\n"
	"dn: uid=x\nobjectClass: crHandler\ncrDefaultPurpose: a\n"
	"crAllowedPurpose: fantasy\ncrAgreementSigned: 20250101000000Z\n\n"
	"dn: uid=y\nobjectClass: crService\ncrAutomated: a\n\n"
	"dn: uid=z\nobjectClass: crService\nobjectClass: crHandler\n\n"
	"dn: cn=r\nobjectClass: crRecipient\ncrCountry: FI\n\n"
	"dn: cn=register\nobjectClass: crRegister\ncrAgreementVersion: 1\n";

static int
make_policy(void)
{
	struct cr_policy *policy = NULL;
	int rc = fixture_try(ldif, &policy);

	expect(rc == CR_OK ? cr_policy_purpose(policy,
	    CR_SLICE_LITERAL("a")) != NULL : policy == NULL,
	    "half a policy");
	cr_policy_free(&policy);
	return rc;
}

static int
make_token(void)
{
	struct cr_token_key *key = NULL;
	unsigned char token[CR_TOKEN_MAX];
	unsigned char plain[CR_TOKEN_PLAIN_MAX] = { 0 };
	size_t token_len;
	size_t len = 0;
	int rc = cr_token_key_new(&key);

	if (rc == CR_OK)
		rc = cr_token_seal(key, "12345678", 8, token, &token_len);
	if (rc == CR_OK) {
		rc = cr_token_open(key, token, token_len, plain, &len);
		expect(len == (rc == CR_OK ? 8 : 0), "a length on error");
		expect(plain[0] == (rc == CR_OK ? '1' : 0),
		    "a plain text on error");
	}
	cr_token_key_free(&key);
	return rc;
}

static int
make_ban_record(void)
{
	const struct cr_ban_change change = { false,
		CR_SLICE_LITERAL("crMarketingBan"), CR_SLICE_LITERAL("all") };
	char *text = NULL;
	int rc = cr_ban_record_format(0, &change, CR_SLICE_LITERAL("self"),
	    CR_SLICE_LITERAL("modify"), &text);

	expect((text != NULL) == (rc == CR_OK), "half a ban record");
	free(text);
	return rc;
}

static int
make_page(void)
{
	unsigned char *value = NULL;
	size_t len;
	int rc = cr_control_paged_encode(100, CR_SLICE_LITERAL("cookie"),
	    &value, &len);

	expect((value != NULL) == (rc == CR_OK), "half a page");
	free(value);
	return rc;
}

static int
make_erase_request(void)
{
	const struct cr_erase_request request = { .by = CR_ERASE_BY_DN,
		.dn = CR_SLICE_LITERAL("uid=c10007+cn=x,ou=customers,dc=fi"),
		.flags = CR_ERASE_PARTIAL, .ground = CR_ERASE_GROUND_B,
		.reference = CR_SLICE_LITERAL("R-7") };
	struct cr_erase_request again = { 0 };
	unsigned char *value = NULL;
	size_t len;
	int rc = cr_erase_request_encode(&request, &value, &len);

	expect((value != NULL) == (rc == CR_OK), "half a request");
	if (rc == CR_OK)
		rc = cr_erase_request_decode((struct cr_slice){ (char *)value,
			len }, &again);
	expect((again.dn.len > 0) == (rc == CR_OK), "half of it decoded");
	expect(rc == CR_OK || rc == CR_ENOMEM, "another error");
	free(value);
	return rc;
}

/* Lists that are put together in three parts, and grow. */
static int
make_erase_response(void)
{
	static struct cr_erase_item items[130];
	static struct cr_erase_withheld held[130];
	const struct cr_erase_response response = { .state = CR_ERASE_PARTLY,
		.erased = items, .erased_count = 130,
		.withheld = held, .withheld_count = 130,
		.receipt = { CR_SLICE_LITERAL("E-42"), 0, 7 } };
	struct cr_erase_response again = { 0 };
	unsigned char *value = NULL;
	size_t len;
	int rc;

	for (size_t i = 0; i < 130; i++) {
		items[i].what = CR_SLICE_LITERAL("crAssignment");
		held[i].what = CR_SLICE_LITERAL("crInvoice");
		held[i].reason = CR_ERASE_STATUTE;
		held[i].has_until = true;
	}
	rc = cr_erase_response_encode(&response, &value, &len);
	expect((value != NULL) == (rc == CR_OK), "half a response");
	if (rc == CR_OK)
		rc = cr_erase_response_decode((struct cr_slice){
			(char *)value, len }, &again);
	expect((again.erased != NULL) == (rc == CR_OK), "half of it decoded");
	expect(rc == CR_OK || rc == CR_ENOMEM, "another error");
	cr_erase_response_clear(&again);
	free(value);
	return rc;
}

static int
make_gather(void)
{
	const struct cr_leaf head = { .type = CR_LEAF_SEARCH };
	static const unsigned char uuid[CR_LEAF_UUID];
	struct cr_gather *gather = NULL;
	int rc = cr_gather_new(&head, &gather);

	expect((gather != NULL) == (rc == CR_OK), "half a gather");
	if (rc == CR_OK)
		rc = cr_gather_add(gather, uuid, 1);
	expect(gather == NULL || cr_gather_entries(gather) == (rc == CR_OK),
	    "half an entry");
	cr_gather_free(&gather);
	return rc;
}

static int
add_to_plan(struct cr_plan *plan, int number)
{
	static const struct cr_slice hold = CR_SLICE_LITERAL("claim open x");
	static const struct cr_fact fact = { CR_SLICE_LITERAL("crHold"), &hold,
		1, false };
	const struct cr_entry_facts entry = {
		CR_SLICE_LITERAL("crInvoice"), &fact, 1 };
	const unsigned char uuid[CR_UUID_BYTES] = { 0 };
	char ndn[32] = "uid=1";

	if (number > 0)
		snprintf(ndn, sizeof(ndn), "n=%d,uid=1", number);
	return cr_plan_add(plan, cr_slice_of(ndn), uuid, &entry);
}

static int
make_plan(void)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);
	struct cr_erase_response answer;
	struct cr_plan *plan = NULL;
	size_t count = 0;
	int rc = cr_plan_new(&retention, CR_SLICE_LITERAL("uid=1"),
	    CR_PLAN_REQUEST, 0, &plan);

	expect((plan != NULL) == (rc == CR_OK), "half a plan");
	for (int i = 0; rc == CR_OK && i < 60; i++)
		rc = add_to_plan(plan, i);
	if (rc == CR_OK)
		rc = cr_plan_finish(plan, true);
	if (plan != NULL) {
		(void)cr_plan_steps(plan, &count);
		expect((count > 0) == (rc == CR_OK), "half the steps");
		cr_plan_answer(plan, false, &answer);
		expect((answer.state == CR_ERASE_PARTLY) == (rc == CR_OK),
		    "a state without a plan");
	}
	cr_plan_free(&plan);
	return rc;
}

static const struct {
	int (*work)(void);
	unsigned least;		/* this many calls can fail */
} works[] = {
	{ make_policy, 5 },
	{ make_token, 12 },
	{ make_ban_record, 1 },
	{ make_page, 2 },
	{ make_erase_request, 3 },
	{ make_erase_response, 20 },
	{ make_gather, 1 },
	{ make_plan, 8 }
};

START_TEST(each_failing_call_is_an_error)
{
	unsigned k = 0;
	unsigned failures = 0;
	bool used_up;

	do {
		int rc;

		countdown = ++k;
		rc = works[_i].work();
		used_up = countdown == 0;
		countdown = 0;
		expect(used_up == (rc != CR_OK), used_up ?
		    "a failure without an error" :
		    "an error without a failure");
		failures += rc != CR_OK;
	} while (used_up && k < 1000);
	ck_assert_msg(wrong == NULL, "call %u: %s", k, wrong);
	ck_assert(!used_up);
	ck_assert_uint_ge(failures, works[_i].least);
	ck_assert_int_eq(works[_i].work(), CR_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("faults");
	TCase *tcase = tcase_create("faults");

	tcase_add_loop_test(tcase, each_failing_call_is_an_error, 0,
	    (int)(sizeof(works) / sizeof(works[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
