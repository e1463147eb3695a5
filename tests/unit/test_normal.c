#include "unit/suite.h"

#include <stdint.h>
#include <stdio.h>

#include "core/normal.h"

struct form {
	const char *value;
	const char *normal;	/* NULL: no factor */
};

static void
check_form(enum cr_factor_kind kind, struct cr_slice value,
    const char *normal)
{
	struct cr_normal got = { .kind = CR_FACTOR_NONE, .len = 42 };

	if (normal == NULL) {
		ck_assert_int_eq(cr_normalise(kind, value, &got), CR_ESYNTAX);
		ck_assert_int_eq(got.kind, CR_FACTOR_NONE);
		ck_assert_uint_eq(got.len, 42);
		return;
	}
	ck_assert_int_eq(cr_normalise(kind, value, &got), CR_OK);
	ck_assert_int_eq(got.kind, kind);
	ck_assert_str_eq(got.text, normal);
	ck_assert_uint_eq(got.len, strlen(normal));
}

static const struct form mails[] = {
	{ "aino.virtanen@posti.example", "aino.virtanen@posti.example" },
	{ "Aino.Virtanen@Posti.EXAMPLE", "aino.virtanen@posti.example" },
	{ "  aino@posti.example\r\n", "aino@posti.example" },
	{ "\taino@posti.example.", "aino@posti.example" },
	{ "Aino Virtanen <aino@posti.example>", "aino@posti.example" },
	{ "\"Virtanen, A <x>\" < Aino@posti.example >", "aino@posti.example" },
	{ "<aino@posti.example>", "aino@posti.example" },
	{ "MailTo:aino@posti.example", "aino@posti.example" },
	{ "<mailto: mailto:a@b>", "a@b" },
	{ "\"aino\"@posti.example", "aino@posti.example" },
	/* what a provider may make of them is its own matter */
	{ "aino+shop@posti.example", "aino+shop@posti.example" },
	{ "a.i.n.o@posti.example", "a.i.n.o@posti.example" },
	{ "aino.@posti.example", "aino.@posti.example" },
	{ "aino@[192.0.2.1]", "aino@[192.0.2.1]" },
	{ "Ai'no!#$%&*-/=?^_`{|}~@b", "ai'no!#$%&*-/=?^_`{|}~@b" },
	/* bytes beyond ASCII stay */
	{ "\xc3\x84ij\xc3\xa4@P\xc3\x96sti.example",
	    "\xc3\x84ij\xc3\xa4@p\xc3\x96sti.example" },
	{ "a@xn--4ca.example", "a@xn--4ca.example" },
	{ "", NULL }, { " ", NULL }, { "@", NULL }, { "a@", NULL },
	{ "@b", NULL }, { "a", NULL }, { "a@.", NULL }, { "a@b..c", NULL },
	{ "a@.b", NULL }, { "a@b..", NULL }, { "a b@c", NULL },
	{ "a@b c", NULL }, { "a@b@c", NULL }, { "a@b,c@d", NULL },
	{ "a@b;", NULL }, { "a>", NULL }, { "<a@b", NULL }, { "<<a@b>>", NULL },
	{ "\"a b\"@c", NULL }, { "\"\"@c", NULL }, { "\"@c", NULL },
	{ "a\\@c", NULL }, { "a@b\x01", NULL }, { "a\x7f@b", NULL },
	{ "a@b\xff", NULL }, { "a@\xc3", NULL }, { "mailto:", NULL },
	{ "<>", NULL }, { "\"a\"b\"@c", NULL }
};

START_TEST(mail)
{
	check_form(CR_FACTOR_MAIL, cr_slice_of(mails[_i].value),
	    mails[_i].normal);
}
END_TEST

static const struct form phones[] = {
	{ "+358 49 0010001", "+358490010001" },
	{ "0490010001", "+358490010001" },
	{ "049-001 0001", "+358490010001" },
	{ "(049) 001.0001", "+358490010001" },
	{ "00358 49 001 0001", "+358490010001" },
	{ "+358 (0)49 0010001", "+358490010001" },
	{ "00358(0)490010001", "+358490010001" },
	{ "+3580490010001", "+358490010001" },
	{ "+35800490010001", "+358490010001" },
	{ "(+358) 49 0010001", "+358490010001" },
	{ "358490010001", "+358490010001" },
	{ "358(0)490010001", "+358490010001" },
	{ "490010001", "+358490010001" },	/* the zero is gone */
	{ "tel:+358-49-0010001;ext=3", "+358490010001" },
	{ "puh. 049 0010001", "+358490010001" },
	{ "049 0010001 (ty\xc3\xb6)", "+358490010001" },
	{ "049 0010001 x 12", "+358490010001" },
	{ "049 0010001 alanumero 12", "+358490010001" },
	{ "049 0010001#12", "+358490010001" },
	{ "049 0010001, 050 7654321", "+358490010001" },
	{ "049 0010001 / 050 7654321", "+358490010001" },
	{ "09/123 4567", "+35891234567" },
	{ "+46 8 123 456 78", "+46812345678" },
	{ "0046812345678", "+46812345678" },
	{ "+44 (0)20 7946 0000", "+442079460000" },
	{ "+39 06 1234567", "+39061234567" },	/* Italy keeps it */
	{ "+1-800-555-0100", "+18005550100" },
	/* Tampere, 03: no country code */
	{ "03 581 2345", "+35835812345" },
	{ "35812345", "+35835812345" },
	{ "3581234567", "+3583581234567" },
	/* 7 to 15 digits */
	{ "+358 1234", "+3581234" }, { "+358 123", NULL },
	{ "+123456789012345", "+123456789012345" },
	{ "+1234567890123456", NULL }, { "00123456789012345",
	    "+123456789012345" }, { "001234567890123456", NULL },
	{ "0123456789012", "+358123456789012" },
	{ "01234567890123", NULL }, { "1234567", "+3581234567" },
	{ "123456", NULL }, { "112", NULL }, { "0100", NULL },
	{ "0200100", "+358200100" },
	{ "", NULL }, { "+", NULL }, { "0", NULL }, { "00", NULL },
	{ "-", NULL }, { "none", NULL }, { "+358", NULL },
	{ "+0490010001", NULL }, { "000490010001", NULL },
	{ "+358 49 0010001 +358 50 7654321", NULL },
	{ "0490010001+", NULL }, { "1-800-FLOWERS", NULL },
	{ "049 0010001 050 7654321", NULL }, { "++358490010001", NULL }
};

START_TEST(phone)
{
	check_form(CR_FACTOR_PHONE, cr_slice_of(phones[_i].value),
	    phones[_i].normal);
}
END_TEST

static const struct form numbers[] = {
	{ "10001", "10001" }, { " 10 001 ", "10001" }, { "0010001", "10001" },
	{ "0", "0" }, { "000", "0" }, { "AS-00123", "as-00123" },
	{ "as-001 23", "as-00123" }, { "1-23", "1-23" }, { "12-3", "12-3" },
	{ "0-1", "0-1" }, { "2024/15", "2024/15" }, { "A10001", "a10001" },
	{ "\xc3\x84" "1", "\xc3\x84" "1" },
	{ "", NULL }, { "  \t", NULL }, { "1\x01", NULL }, { "1\xff", NULL },
	{ "1\x7f", NULL }
};

START_TEST(number)
{
	check_form(CR_FACTOR_NUMBER, cr_slice_of(numbers[_i].value),
	    numbers[_i].normal);
}
END_TEST

/* local part, then domain, of these lengths */
static const char *
address(size_t local, size_t domain)
{
	static char text[1024];

	memset(text, 'l', local);
	text[local] = '@';
	memset(text + local + 1, 'd', domain);
	text[local + 1 + domain] = '\0';
	return text;
}

START_TEST(lengths)
{
	char digits[CR_NORMAL_NUMBER_MAX + 2];
	const char *text = address(64, 189);

	check_form(CR_FACTOR_MAIL, cr_slice_of(text), text);
	ck_assert_uint_eq(strlen(text), CR_NORMAL_MAX);
	check_form(CR_FACTOR_MAIL, cr_slice_of(address(64, 190)), NULL);
	check_form(CR_FACTOR_MAIL, cr_slice_of(address(65, 10)), NULL);
	check_form(CR_FACTOR_MAIL, cr_slice_of(address(1, 900)), NULL);
	memset(digits, '7', sizeof(digits));
	digits[CR_NORMAL_NUMBER_MAX] = '\0';
	check_form(CR_FACTOR_NUMBER, cr_slice_of(digits), digits);
	digits[CR_NORMAL_NUMBER_MAX] = '7';
	check_form(CR_FACTOR_NUMBER,
	    (struct cr_slice){ digits, sizeof(digits) - 1 }, NULL);
}
END_TEST

START_TEST(a_nul_is_no_text)
{
	check_form(CR_FACTOR_MAIL, (struct cr_slice){ "a\0@b", 4 }, NULL);
	check_form(CR_FACTOR_NUMBER, (struct cr_slice){ "1\0", 2 }, NULL);
	check_form(CR_FACTOR_PHONE,
	    (struct cr_slice){ "0490010001\0" "2", 12 }, "+358490010001");
	check_form(CR_FACTOR_MAIL, (struct cr_slice){ NULL, 0 }, NULL);
	check_form(CR_FACTOR_PHONE, (struct cr_slice){ NULL, 0 }, NULL);
	check_form(CR_FACTOR_NUMBER, (struct cr_slice){ NULL, 0 }, NULL);
	check_form(CR_FACTOR_NONE, CR_SLICE_LITERAL("a@b"), NULL);
}
END_TEST

START_TEST(attributes)
{
	static const struct {
		const char *name;
		enum cr_factor_kind kind;
	} cases[] = {
		{ "mail", CR_FACTOR_MAIL }, { "MAIL", CR_FACTOR_MAIL },
		{ "telephonenumber", CR_FACTOR_PHONE },
		{ "mobile", CR_FACTOR_PHONE }, { "homePhone", CR_FACTOR_PHONE },
		{ "crCustomerNumber", CR_FACTOR_NUMBER },
		{ "", CR_FACTOR_NONE }, { "cn", CR_FACTOR_NONE },
		{ "mails", CR_FACTOR_NONE }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(cr_factor_of_attribute(
		    cr_slice_of(cases[i].name)), cases[i].kind);
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

/*
 * Of random text, made of what the forms look at: a form is the form of
 * itself, and space and case change nothing.
 */
START_TEST(a_form_is_its_own_form)
{
	static const char letters[] = " \t\"<>()+-./@,;x#:aAzZ0005583\xc3\xa4";
	uint32_t state = 4711 + (uint32_t)_i;
	struct cr_normal first, again;
	size_t found = 0;
	char text[20];

	for (int round = 0; round < 200000; round++) {
		size_t len = next_random(&state) % sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = letters[next_random(&state) %
			    (sizeof(letters) - 1)];
		if (cr_normalise((enum cr_factor_kind)_i,
		    (struct cr_slice){ text, len }, &first) != CR_OK)
			continue;
		found++;
		ck_assert_int_eq(cr_normalise(first.kind,
		    (struct cr_slice){ first.text, first.len }, &again),
		    CR_OK);
		ck_assert_uint_eq(first.len, again.len);
		ck_assert_mem_eq(first.text, again.text, first.len + 1);
	}
	ck_assert_uint_gt(found, 100);
}
END_TEST

/* The same number as clerks write it: before, between, after. */
START_TEST(spellings_of_one_number)
{
	static const char *const parts[][3] = {
		{ "+358 ", " ", "" }, { "0", " ", "" }, { "00358", "-", "" },
		{ "+358 (0)", " ", "" }, { "(0", ") ", "" },
		{ "358", "", "" }, { "", "", "" }, { "0", " ", " ext. 1" }
	};
	uint32_t state = 20260101;

	for (int i = 0; i < 2000; i++) {
		unsigned area = next_random(&state) % 9 + 41;
		unsigned rest = next_random(&state) % 9000000 + 1000000;
		char wanted[32], text[64];

		snprintf(wanted, sizeof(wanted), "+358%u%u", area, rest);
		for (size_t j = 0; j < sizeof(parts) / sizeof(parts[0]); j++) {
			snprintf(text, sizeof(text), "%s%u%s%u%s", parts[j][0],
			    area, parts[j][1], rest, parts[j][2]);
			check_form(CR_FACTOR_PHONE, cr_slice_of(text), wanted);
		}
	}
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *suite = suite_create("normal");
	TCase *tcase = tcase_create("normal");

	tcase_add_loop_test(tcase, mail, 0, COUNT_OF(mails));
	tcase_add_loop_test(tcase, phone, 0, COUNT_OF(phones));
	tcase_add_loop_test(tcase, number, 0, COUNT_OF(numbers));
	tcase_add_test(tcase, lengths);
	tcase_add_test(tcase, a_nul_is_no_text);
	tcase_add_test(tcase, attributes);
	tcase_add_loop_test(tcase, a_form_is_its_own_form, CR_FACTOR_MAIL,
	    CR_FACTOR_KINDS);
	tcase_add_test(tcase, spellings_of_one_number);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
