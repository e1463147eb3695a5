#include "unit/suite.h"

#include <pthread.h>
#include <string.h>

#include "core/token.h"

static struct cr_token_key *key;

static void
setup(void)
{
	ck_assert_int_eq(cr_token_key_new(&key), CR_OK);
}

static void
teardown(void)
{
	cr_token_key_free(&key);
	ck_assert_ptr_null(key);
	cr_token_key_free(&key);
	cr_token_key_free(NULL);
}

static const char plain[CR_TOKEN_PLAIN_MAX + 1] =
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

START_TEST(what_is_sealed_can_be_opened)
{
	unsigned char token[CR_TOKEN_MAX];
	unsigned char opened[CR_TOKEN_PLAIN_MAX];
	size_t token_len;
	size_t opened_len;

	for (size_t len = 0; len <= CR_TOKEN_PLAIN_MAX; len++) {
		ck_assert_int_eq(cr_token_seal(key, plain, len, token,
		    &token_len), CR_OK);
		ck_assert_uint_eq(token_len, len + CR_TOKEN_OVERHEAD);
		ck_assert_int_eq(cr_token_open(key, token, token_len, opened,
		    &opened_len), CR_OK);
		ck_assert_uint_eq(opened_len, len);
		ck_assert_mem_eq(opened, plain, len);
	}
	ck_assert_int_eq(cr_token_seal(key, plain, CR_TOKEN_PLAIN_MAX + 1,
	    token, &token_len), CR_EINTERNAL);
}
END_TEST

START_TEST(a_token_says_nothing)
{
	unsigned char first[CR_TOKEN_MAX];
	unsigned char second[CR_TOKEN_MAX];
	size_t len;

	ck_assert_int_eq(cr_token_seal(key, plain, 8, first, &len), CR_OK);
	ck_assert_int_eq(cr_token_seal(key, plain, 8, second, &len), CR_OK);
	ck_assert_mem_ne(first, second, 12);
	ck_assert_mem_ne(first + 12, second + 12, 8);
	ck_assert_mem_ne(first + 12, plain, 8);
}
END_TEST

/* A refused token leaves nothing behind. */
static void
check_refused(const unsigned char *token, size_t len)
{
	unsigned char opened[CR_TOKEN_PLAIN_MAX] = { 0 };
	static const unsigned char untouched[CR_TOKEN_PLAIN_MAX];
	size_t opened_len = 42;

	ck_assert_int_eq(cr_token_open(key, token, len, opened, &opened_len),
	    CR_EPROTO);
	ck_assert_uint_eq(opened_len, 42);
	ck_assert_mem_eq(opened, untouched, sizeof(untouched));
}

START_TEST(every_flipped_bit_is_noticed)
{
	unsigned char token[CR_TOKEN_MAX];
	size_t len;

	ck_assert_int_eq(cr_token_seal(key, plain, 16, token, &len), CR_OK);
	for (size_t bit = 0; bit < len * 8; bit++) {
		token[bit / 8] ^= (unsigned char)(1 << bit % 8);
		check_refused(token, len);
		token[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
}
END_TEST

START_TEST(every_cut_is_noticed)
{
	unsigned char token[CR_TOKEN_MAX + 1] = { 0 };
	size_t len;

	ck_assert_int_eq(cr_token_seal(key, plain, CR_TOKEN_PLAIN_MAX, token,
	    &len), CR_OK);
	for (size_t cut = 0; cut < len; cut++)
		check_refused(token, cut);
	check_refused(token, len + 1);
	check_refused(token + 1, len - 1);
}
END_TEST

START_TEST(another_key_does_not_open)
{
	struct cr_token_key *other = NULL;
	unsigned char token[CR_TOKEN_MAX];
	size_t len;

	ck_assert_int_eq(cr_token_key_new(&other), CR_OK);
	ck_assert_int_eq(cr_token_seal(other, plain, 16, token, &len),
	    CR_OK);
	check_refused(token, len);
	cr_token_key_free(&other);
}
END_TEST

static void *
seal_and_open(void *arg)
{
	int *failed = arg;

	for (int i = 0; i < 2000; i++) {
		unsigned char token[CR_TOKEN_MAX];
		unsigned char opened[CR_TOKEN_PLAIN_MAX];
		size_t len;
		size_t opened_len;

		if (cr_token_seal(key, plain, 32, token, &len) != CR_OK ||
		    cr_token_open(key, token, len, opened, &opened_len) !=
		    CR_OK || memcmp(opened, plain, 32) != 0)
			++*failed;
	}
	return NULL;
}

START_TEST(threads_share_a_key)
{
	pthread_t threads[4];
	int failed[4] = { 0 };

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
		    seal_and_open, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(failed[i], 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("token");
	TCase *tcase = tcase_create("token");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_sealed_can_be_opened);
	tcase_add_test(tcase, a_token_says_nothing);
	tcase_add_test(tcase, every_flipped_bit_is_noticed);
	tcase_add_test(tcase, every_cut_is_noticed);
	tcase_add_test(tcase, another_key_does_not_open);
	tcase_add_test(tcase, threads_share_a_key);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
