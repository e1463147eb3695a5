#include "normal.h"

#include "crypto.h"
#include "text.h"

enum {
	LOCAL_MAX = 64,		/* RFC 5321, 4.5.3.1.1 */
	PHONE_MIN = 7,		/* digits, country code counted */
	PHONE_MAX = 15,		/* E.164 */
	WHOLE_MIN = 11		/* 358 and a number: it is no area code */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void
drop_front(struct cr_slice *text, size_t count)
{
	text->ptr += count;
	text->len -= count;
}

static void
trim(struct cr_slice *text)
{
	while (text->len > 0 && is_space(text->ptr[0]))
		drop_front(text, 1);
	while (text->len > 0 && is_space(text->ptr[text->len - 1]))
		text->len--;
}

/* Bytes that the forms of mail and customer number keep. */
static bool
is_plain(struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		const unsigned char c = (unsigned char)text.ptr[i];

		if (c <= ' ' || c == 0x7f)
			return false;
	}
	return text.len > 0 && cr_text_is_utf8(text);
}

static void
put_small(struct cr_normal *normal, struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		normal->text[normal->len++] = small(text.ptr[i]);
}

/* Takes "Name <address>" and "mailto:" off an address. */
static bool
unwrap(struct cr_slice *text)
{
	const struct cr_slice scheme = CR_SLICE_LITERAL("mailto:");

	trim(text);
	if (text->len > 0 && text->ptr[text->len - 1] == '>') {
		const char *open = memrchr(text->ptr, '<', text->len);

		if (open == NULL)
			return false;
		text->len--;
		drop_front(text, (size_t)(open + 1 - text->ptr));
		trim(text);
	}
	while (text->len >= scheme.len && cr_slice_same_name(scheme,
	    (struct cr_slice){ text->ptr, scheme.len })) {
		drop_front(text, scheme.len);
		trim(text);
	}
	return true;
}

/* What would have to be quoted; quoted it is no factor (RFC 5322, 3.2.3). */
static bool
has_special(struct cr_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("<>(),;:\\\"@", text.ptr[i]) != NULL)
			return true;
	}
	return false;
}

static bool
is_local_part(struct cr_slice *local)
{
	if (local->len > 2 && local->ptr[0] == '"' &&
	    local->ptr[local->len - 1] == '"') {
		drop_front(local, 1);
		local->len--;
	}
	return local->len > 0 && local->len <= LOCAL_MAX &&
	    !has_special(*local);
}

static bool
is_domain(struct cr_slice *domain)
{
	bool dot = true;	/* before the first label */

	if (domain->len > 0 && domain->ptr[domain->len - 1] == '.')
		domain->len--;
	for (size_t i = 0; i < domain->len; i++) {
		if (domain->ptr[i] == '.' && dot)
			return false;
		dot = domain->ptr[i] == '.';
	}
	return !dot && !has_special(*domain);
}

static bool
normalise_mail(struct cr_slice text, struct cr_normal *normal)
{
	struct cr_slice local, domain;
	const char *at;

	if (!unwrap(&text) || !is_plain(text))
		return false;
	at = memrchr(text.ptr, '@', text.len);
	if (at == NULL)
		return false;
	local = (struct cr_slice){ text.ptr, (size_t)(at - text.ptr) };
	domain = (struct cr_slice){ at + 1, text.len - local.len - 1 };
	if (!is_local_part(&local) || !is_domain(&domain) ||
	    local.len + 1 + domain.len > CR_NORMAL_MAX)
		return false;
	put_small(normal, local);
	normal->text[normal->len++] = '@';
	put_small(normal, domain);
	return true;
}

struct digits {
	char text[PHONE_MAX + 2];	/* with an international 00 */
	size_t count;
	bool plus;
};

static bool
is_separator(char c, size_t digits)
{
	/* after a whole number, as in "a / b", it is the end */
	return c == ' ' || c == '\t' || c == '-' || c == '.' || c == '(' ||
	    c == ')' || (c == '/' && digits < PHONE_MIN);
}

/* Does a trunk prefix that is not dialled with a country code come here? */
static bool
is_silent_zero(struct cr_slice text, size_t i, const struct digits *digits)
{
	return digits->count > 0 && text.len - i >= 3 &&
	    memcmp(text.ptr + i, "(0)", 3) == 0;
}

static bool
take_phone_digits(struct cr_slice text, struct digits *digits)
{
	size_t i = 0;

	while (i < text.len && !is_digit(text.ptr[i]) && text.ptr[i] != '+')
		i++;
	if (i < text.len && text.ptr[i] == '+') {
		digits->plus = true;
		i++;
	}
	while (i < text.len) {
		const char c = text.ptr[i];

		if (is_digit(c)) {
			if (digits->count == sizeof(digits->text))
				return false;
			digits->text[digits->count++] = c;
		} else if (is_silent_zero(text, i, digits)) {
			i += 2;
		} else if (c == '+') {
			return false;	/* which of the two? */
		} else if (!is_separator(c, digits->count)) {
			break;
		}
		i++;
	}
	return true;
}

static bool
starts_with(struct cr_slice text, struct cr_slice prefix)
{
	return text.len >= prefix.len &&
	    memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

/* What is dialled after the country code, and whether that is Finland's. */
static bool
split_country(const struct digits *digits, struct cr_slice *ret_rest,
    bool *ret_finnish)
{
	const struct cr_slice finland = CR_SLICE_LITERAL("358");
	struct cr_slice rest = { digits->text, digits->count };
	bool whole = digits->plus;

	*ret_finnish = false;
	if (!whole && starts_with(rest, CR_SLICE_LITERAL("00"))) {
		drop_front(&rest, 2);
		whole = true;
	} else if (!whole && starts_with(rest, CR_SLICE_LITERAL("0"))) {
		*ret_finnish = true;
	} else if (!whole) {
		whole = rest.len >= WHOLE_MIN && starts_with(rest, finland);
		*ret_finnish = !whole;
		if (!whole && rest.len < PHONE_MIN)
			return false;
	}
	if (whole && starts_with(rest, finland)) {
		drop_front(&rest, finland.len);
		*ret_finnish = true;
	}
	while (*ret_finnish && rest.len > 0 && rest.ptr[0] == '0')
		drop_front(&rest, 1);
	*ret_rest = rest;
	return rest.len > 0 && rest.ptr[0] != '0';
}

static bool
normalise_phone(struct cr_slice text, struct cr_normal *normal)
{
	struct digits digits = { .count = 0 };
	struct cr_slice rest;
	bool finnish, done = false;
	size_t count;

	if (take_phone_digits(text, &digits) &&
	    split_country(&digits, &rest, &finnish)) {
		count = rest.len + (finnish ? 3 : 0);
		put_small(normal, finnish ? CR_SLICE_LITERAL("+358") :
		    CR_SLICE_LITERAL("+"));
		put_small(normal, rest);
		done = count >= PHONE_MIN && count <= PHONE_MAX;
	}
	cr_cleanse(&digits, sizeof(digits));
	return done;
}

static bool
normalise_number(struct cr_slice text, struct cr_normal *normal)
{
	bool digits = true;
	size_t zeros = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (is_space(text.ptr[i]))
			continue;
		if (normal->len == CR_NORMAL_NUMBER_MAX)
			return false;
		normal->text[normal->len++] = small(text.ptr[i]);
		digits = digits && is_digit(text.ptr[i]);
	}
	if (!is_plain((struct cr_slice){ normal->text, normal->len }))
		return false;
	if (!digits)
		return true;
	while (zeros + 1 < normal->len && normal->text[zeros] == '0')
		zeros++;
	normal->len -= zeros;
	memmove(normal->text, normal->text + zeros, normal->len);
	return true;
}

enum cr_factor_kind
cr_factor_of_attribute(struct cr_slice name)
{
	static const struct {
		struct cr_slice name;
		enum cr_factor_kind kind;
	} attributes[] = {
		{ CR_SLICE_LITERAL("mail"), CR_FACTOR_MAIL },
		{ CR_SLICE_LITERAL("telephoneNumber"), CR_FACTOR_PHONE },
		{ CR_SLICE_LITERAL("mobile"), CR_FACTOR_PHONE },
		{ CR_SLICE_LITERAL("homePhone"), CR_FACTOR_PHONE },
		{ CR_SLICE_LITERAL("crCustomerNumber"), CR_FACTOR_NUMBER }
	};

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]);
	    i++) {
		if (cr_slice_same_name(attributes[i].name, name))
			return attributes[i].kind;
	}
	return CR_FACTOR_NONE;
}

int
cr_normalise(enum cr_factor_kind kind, struct cr_slice value,
    struct cr_normal *ret_normal)
{
	struct cr_normal normal = { .kind = kind };
	bool done = false;

	switch (kind) {
	case CR_FACTOR_NONE:
		break;
	case CR_FACTOR_MAIL:
		done = normalise_mail(value, &normal);
		break;
	case CR_FACTOR_PHONE:
		done = normalise_phone(value, &normal);
		break;
	case CR_FACTOR_NUMBER:
		done = normalise_number(value, &normal);
		break;
	}
	if (done) {
		memset(normal.text + normal.len, 0,
		    sizeof(normal.text) - normal.len);
		*ret_normal = normal;
	}
	cr_cleanse(&normal, sizeof(normal));
	return done ? CR_OK : CR_ESYNTAX;
}
