#include "unit/suite.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/crypto.h"

static void
hmac(const void *key, size_t key_len, const void *data, size_t len,
    struct cr_hash *ret_hash)
{
	struct cr_hmac_key ready;

	cr_hmac_key_init((struct cr_slice){ key, key_len }, &ready);
	cr_hmac_sha256(&ready, (struct cr_slice){ data, len }, ret_hash);
}

static void
check_hex(const struct cr_hash *hash, const char *hex)
{
	char text[2 * CR_HASH_SIZE + 1];

	for (size_t i = 0; i < CR_HASH_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
	ck_assert_str_eq(text, hex);
}

/* RFC 4231, 4.2 to 4.8 without the one that cuts its result */
START_TEST(the_hmacs_of_the_standard)
{
	unsigned char bytes[152], key[131];
	struct cr_hash hash;

	memset(key, 0x0b, 20);
	hmac(key, 20, "Hi There", 8, &hash);
	check_hex(&hash, "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	hmac("Jefe", 4, "what do ya want for nothing?", 28, &hash);
	check_hex(&hash, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(bytes, 0xdd, 50);
	hmac(key, 20, bytes, 50, &hash);
	check_hex(&hash, "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe");
	hmac(key, 131, "Test Using Larger Than Block-Size Key - "
	    "Hash Key First", 54, &hash);
	check_hex(&hash, "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
	for (size_t i = 0; i < 25; i++)
		key[i] = (unsigned char)(i + 1);
	memset(bytes, 0xcd, 50);
	hmac(key, 25, bytes, 50, &hash);
	check_hex(&hash, "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b");
}
END_TEST

START_TEST(hmacs_of_every_length)
{
	unsigned char bytes[200], key[100], other[EVP_MAX_MD_SIZE];
	struct cr_hash hash;
	unsigned len;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + 1);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)(i * 13 + 5);
	for (size_t key_len = 0; key_len <= sizeof(key); key_len += 4) {
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			hmac(key, key_len, bytes, n, &hash);
			ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key,
			    (int)key_len, bytes, n, other, &len));
			ck_assert_mem_eq(hash.bytes, other, CR_HASH_SIZE);
		}
	}
}
END_TEST

START_TEST(a_key_is_random)
{
	unsigned char one[32] = { 0 }, two[32] = { 0 };

	ck_assert_int_eq(cr_random_key(one, sizeof(one)), CR_OK);
	ck_assert_int_eq(cr_random_key(two, sizeof(two)), CR_OK);
	ck_assert_mem_ne(one, two, sizeof(one));
	ck_assert_int_eq(cr_random_key(one, (size_t)1 << 31), CR_EINTERNAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("crypto");
	TCase *tcase = tcase_create("crypto");

	tcase_add_test(tcase, the_hmacs_of_the_standard);
	tcase_add_test(tcase, hmacs_of_every_length);
	tcase_add_test(tcase, a_key_is_random);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
