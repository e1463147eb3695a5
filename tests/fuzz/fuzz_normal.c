/* Normal forms of mail, phone and customer number */
#include "fuzz/fuzz.h"

#include "core/normal.h"
#include "core/text.h"

static void
check_mail(struct cr_slice text)
{
	const char *at = memchr(text.ptr, '@', text.len);

	expect(at != NULL && at == memrchr(text.ptr, '@', text.len));
	expect(at != text.ptr && at != text.ptr + text.len - 1);
	expect(memchr(text.ptr, ' ', text.len) == NULL);
}

static void
check_phone(struct cr_slice text)
{
	expect(text.len >= 8 && text.len <= 16 && text.ptr[0] == '+' &&
	    text.ptr[1] != '0');
	for (size_t i = 1; i < text.len; i++)
		expect(text.ptr[i] >= '0' && text.ptr[i] <= '9');
}

static void
check_form(enum cr_factor_kind kind, struct cr_slice value)
{
	struct cr_normal form, again;
	struct cr_slice text;

	if (cr_normalise(kind, value, &form) != CR_OK)
		return;
	expect(form.kind == kind && form.len > 0 &&
	    form.len <= CR_NORMAL_MAX && form.text[form.len] == '\0');
	text = (struct cr_slice){ form.text, form.len };
	expect(cr_text_is_utf8(text));
	for (size_t i = 0; i < text.len; i++)
		expect(text.ptr[i] < 'A' || text.ptr[i] > 'Z');
	if (kind == CR_FACTOR_MAIL)
		check_mail(text);
	if (kind == CR_FACTOR_PHONE)
		check_phone(text);
	expect(cr_normalise(kind, text, &again) == CR_OK &&
	    again.kind == kind && cr_slice_equal(text,
	    (struct cr_slice){ again.text, again.len }));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int kind = CR_FACTOR_NONE; kind < CR_FACTOR_KINDS; kind++)
		check_form((enum cr_factor_kind)kind, fuzz_slice(data, size));
	return 0;
}
