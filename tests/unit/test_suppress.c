#include "unit/suite.h"

#include <stdio.h>

#include "core/suppress.h"

static const struct cr_slice register_name =
	CR_SLICE_LITERAL("dc=example,dc=fi");
static unsigned char secret[CR_SUPPRESS_SECRET_SIZE];
static struct cr_suppress_key *key;

static void
setup(void)
{
	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (unsigned char)i;
	ck_assert_int_eq(cr_suppress_key_new(secret, register_name, &key),
	    CR_OK);
}

static void
teardown(void)
{
	cr_suppress_key_free(&key);
	ck_assert_ptr_null(key);
	cr_suppress_key_free(&key);
	cr_suppress_key_free(NULL);
}

static struct cr_keyed_hash
hash_of(enum cr_factor_kind kind, const char *value)
{
	struct cr_keyed_hash hash;

	ck_assert_int_eq(cr_suppress_hash(key, kind, cr_slice_of(value),
	    &hash), CR_OK);
	return hash;
}

/* Made by another program (Python's hmac) by the header alone. */
static const struct {
	enum cr_factor_kind kind;
	const char *value, *text;
} golden[] = {
	{ CR_FACTOR_MAIL, " Aino.Virtanen@Posti.example",
	    "mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=" },
	{ CR_FACTOR_PHONE, "049 001 0001",
	    "phone:2646c938:tkiLm6SMmrxqsVSgNHI9AU6Kx03SzylLJIDoYfp0YqY=" },
	{ CR_FACTOR_NUMBER, "0010001",
	    "number:2646c938:qY0Zokeu4ZlvHnURi5qcuWVl3+1lowkqm/s0cZtQDdc=" }
};

START_TEST(golden_hashes)
{
	struct cr_keyed_hash hash = hash_of(golden[_i].kind, golden[_i].value);
	char text[CR_KEYED_HASH_SIZE];
	struct cr_keyed_hash parsed;

	cr_keyed_hash_format(&hash, text);
	ck_assert_str_eq(text, golden[_i].text);
	ck_assert_uint_eq(hash.key_id, cr_suppress_key_id(key));
	ck_assert_int_eq(cr_keyed_hash_parse(cr_slice_of(text), &parsed),
	    CR_OK);
	ck_assert(cr_keyed_hash_equal(&hash, &parsed));
}
END_TEST

START_TEST(what_is_no_factor_has_no_hash)
{
	struct cr_keyed_hash hash = { .key_id = 42 };

	ck_assert_int_eq(cr_suppress_hash(key, CR_FACTOR_MAIL,
	    CR_SLICE_LITERAL("nobody"), &hash), CR_ESYNTAX);
	ck_assert_int_eq(cr_suppress_hash(key, CR_FACTOR_NONE,
	    CR_SLICE_LITERAL("a@b"), &hash), CR_ESYNTAX);
	ck_assert_uint_eq(hash.key_id, 42);
}
END_TEST

/* One secret is not another, nor one register or kind of factor. */
START_TEST(domains_are_apart)
{
	struct cr_keyed_hash phone = hash_of(CR_FACTOR_PHONE, "+3581234567");
	struct cr_keyed_hash number = hash_of(CR_FACTOR_NUMBER,
	    "+3581234567");
	struct cr_suppress_key *other = NULL;
	struct cr_keyed_hash hash;

	ck_assert(!cr_hash_equal(&phone.hash, &number.hash));
	ck_assert(!cr_keyed_hash_equal(&phone, &number));
	ck_assert_int_eq(cr_suppress_key_new(secret,
	    CR_SLICE_LITERAL("dc=example,dc=se"), &other), CR_OK);
	ck_assert_uint_ne(cr_suppress_key_id(other), cr_suppress_key_id(key));
	ck_assert_int_eq(cr_suppress_hash(other, CR_FACTOR_PHONE,
	    CR_SLICE_LITERAL("+3581234567"), &hash), CR_OK);
	ck_assert(!cr_hash_equal(&phone.hash, &hash.hash));
	cr_suppress_key_free(&other);
	secret[31] ^= 1;
	ck_assert_int_eq(cr_suppress_key_new(secret, register_name, &other),
	    CR_OK);
	ck_assert_uint_ne(cr_suppress_key_id(other), cr_suppress_key_id(key));
	ck_assert_int_eq(cr_suppress_hash(other, CR_FACTOR_PHONE,
	    CR_SLICE_LITERAL("+3581234567"), &hash), CR_OK);
	ck_assert(!cr_hash_equal(&phone.hash, &hash.hash));
	cr_suppress_key_free(&other);
}
END_TEST

static const char *const bad_texts[] = {
	"", ":", "mail", "mail:", "mail:2646c938", "mail:2646c938:",
	/* kind */
	"Mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"mai:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"none:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	":2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	/* id */
	"mail:2646C938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"mail:2646c93:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"mail:2646c9380:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"mail:2646c93g:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"mail:2646c938 llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	/* hash: letters, last bits, length */
	"mail:2646c938:llBalKfsI_TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic=",
	"mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwid=",
	"mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwicA",
	"mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwg==",
	"mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic",
	"mail:2646c938:llBalKfsI/TsWNugnk1JOB6doE1iWsV4dPMtzb8vwic= "
};

START_TEST(one_text_for_one_hash)
{
	struct cr_keyed_hash hash = { .key_id = 42 };

	ck_assert_int_eq(cr_keyed_hash_parse(cr_slice_of(bad_texts[_i]),
	    &hash), CR_ESYNTAX);
	ck_assert_uint_eq(hash.key_id, 42);
}
END_TEST

/* Cut anywhere, or with any other byte: another hash or none. */
START_TEST(a_changed_text_is_not_the_same)
{
	const struct cr_keyed_hash hash = hash_of(CR_FACTOR_PHONE,
	    "0490010001");
	char text[CR_KEYED_HASH_SIZE], other[CR_KEYED_HASH_SIZE];
	struct cr_keyed_hash parsed;
	size_t len;

	cr_keyed_hash_format(&hash, text);
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(cr_keyed_hash_parse(
		    (struct cr_slice){ text, i }, &parsed), CR_ESYNTAX);
		for (int c = 0; c < 256; c++) {
			memcpy(other, text, sizeof(other));
			other[i] = (char)c;
			if (other[i] == text[i] || cr_keyed_hash_parse(
			    (struct cr_slice){ other, len }, &parsed) != CR_OK)
				continue;
			ck_assert(!cr_keyed_hash_equal(&parsed, &hash));
		}
	}
}
END_TEST

/* "m:" mail, "p:" phone, "n:" number; a "+" before it: brought */
static int
add_factor(struct cr_factors *factors, const char *text)
{
	const bool brought = *text == '+';
	enum cr_factor_kind kind;

	text += brought;
	kind = *text == 'm' ? CR_FACTOR_MAIL : *text == 'p' ?
	    CR_FACTOR_PHONE : CR_FACTOR_NUMBER;
	return cr_factors_add(factors, key, kind, cr_slice_of(text + 2),
	    brought);
}

static const struct {
	const char *factors[5];
	enum cr_match match;
	unsigned kinds;
} matches[] = {
	/* the erased: m:a@b m:c@d p:0490010001 n:10001 */
	{ { NULL }, CR_MATCH_NONE, 0 },
	{ { "+m:x@y", "+p:0501234567", "+n:7" }, CR_MATCH_NONE, 0 },
	{ { "+m:A@B" }, CR_MATCH_ONE, 1 << CR_FACTOR_MAIL },
	{ { "+m:a@b", "+m:c@d" }, CR_MATCH_ONE, 1 << CR_FACTOR_MAIL },
	{ { "+p:+358 49 0010001", "+p:0501234567" }, CR_MATCH_ONE,
	    1 << CR_FACTOR_PHONE },
	{ { "+n:0010001", "+m:x@y" }, CR_MATCH_ONE, 1 << CR_FACTOR_NUMBER },
	{ { "+m:a@b", "+p:490010001" }, CR_MATCH_PERSON,
	    1 << CR_FACTOR_MAIL | 1 << CR_FACTOR_PHONE },
	{ { "+m:c@d", "+n:10001", "+p:0501234567" }, CR_MATCH_PERSON,
	    1 << CR_FACTOR_MAIL | 1 << CR_FACTOR_NUMBER },
	{ { "+m:a@b", "+p:0490010001", "+n:10001" }, CR_MATCH_PERSON,
	    1 << CR_FACTOR_MAIL | 1 << CR_FACTOR_PHONE |
	    1 << CR_FACTOR_NUMBER },
	/* what was there before brings nobody back, but counts */
	{ { "m:a@b", "p:0490010001", "+n:7" }, CR_MATCH_NONE,
	    1 << CR_FACTOR_MAIL | 1 << CR_FACTOR_PHONE },
	{ { "m:a@b", "+p:0490010001" }, CR_MATCH_PERSON,
	    1 << CR_FACTOR_MAIL | 1 << CR_FACTOR_PHONE },
	{ { "m:a@b", "+m:A@B", "p:0490010001" }, CR_MATCH_NONE,
	    1 << CR_FACTOR_MAIL | 1 << CR_FACTOR_PHONE },
	{ { "+m:a@b", "m:A@B" }, CR_MATCH_NONE, 1 << CR_FACTOR_MAIL },
	{ { "m:a@b", "+m:c@d" }, CR_MATCH_ONE, 1 << CR_FACTOR_MAIL },
	/* no factors at all */
	{ { "+m:nobody", "+p:-", "+n:" }, CR_MATCH_NONE, 0 },
	/* a phone that is the number of a customer */
	{ { "+n:+358490010001", "+p:10001" }, CR_MATCH_NONE, 0 }
};

START_TEST(two_factors_are_a_person)
{
	struct cr_keyed_hash erased[] = { hash_of(CR_FACTOR_MAIL, "a@b"),
		hash_of(CR_FACTOR_MAIL, "c@d"),
		hash_of(CR_FACTOR_PHONE, "0490010001"),
		hash_of(CR_FACTOR_NUMBER, "10001") };
	struct cr_factors factors = { .count = 0 };
	unsigned kinds = 42;

	for (size_t i = 0; i < 5 && matches[_i].factors[i] != NULL; i++)
		ck_assert_int_eq(add_factor(&factors, matches[_i].factors[i]),
		    CR_OK);
	ck_assert_int_eq(cr_suppress_match(&factors, erased, 4, &kinds),
	    matches[_i].match);
	ck_assert_uint_eq(kinds, matches[_i].kinds);
	ck_assert_int_eq(cr_suppress_match(&factors, erased, 4, NULL),
	    matches[_i].match);
	ck_assert_int_eq(cr_suppress_match(&factors, NULL, 0, &kinds),
	    CR_MATCH_NONE);
	ck_assert_uint_eq(kinds, 0);
	/* under another key nobody is known */
	for (size_t i = 0; i < 4; i++)
		erased[i].key_id++;
	ck_assert_int_eq(cr_suppress_match(&factors, erased, 4, NULL),
	    CR_MATCH_NONE);
}
END_TEST

START_TEST(no_crowd_to_hide_in)
{
	struct cr_factors factors = { .count = 0 };
	char value[32];

	for (unsigned i = 0; i < CR_FACTORS_MAX; i++) {
		snprintf(value, sizeof(value), "+m:a%u@b", i);
		ck_assert_int_eq(add_factor(&factors, value), CR_OK);
		/* again is not more */
		ck_assert_int_eq(add_factor(&factors, value), CR_OK);
		ck_assert_uint_eq(factors.count, i + 1);
	}
	ck_assert_int_eq(add_factor(&factors, "+p:0490010001"), CR_ELIMIT);
	ck_assert_int_eq(add_factor(&factors, "+m:a0@b"), CR_OK);
	ck_assert_int_eq(add_factor(&factors, "+m:nobody"), CR_OK);
	ck_assert_uint_eq(factors.count, CR_FACTORS_MAX);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *suite = suite_create("suppress");
	TCase *tcase = tcase_create("suppress");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, golden_hashes, 0, COUNT_OF(golden));
	tcase_add_test(tcase, what_is_no_factor_has_no_hash);
	tcase_add_test(tcase, domains_are_apart);
	tcase_add_loop_test(tcase, one_text_for_one_hash, 0,
	    COUNT_OF(bad_texts));
	tcase_add_test(tcase, a_changed_text_is_not_the_same);
	tcase_add_loop_test(tcase, two_factors_are_a_person, 0,
	    COUNT_OF(matches));
	tcase_add_test(tcase, no_crowd_to_hide_in);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
