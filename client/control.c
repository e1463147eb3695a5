#include "control.h"

#include <stdlib.h>

#include "core/text.h"
#include "custreg/oids.h"
#include "strlist.h"

enum value_need {
	VALUE_NONE,
	VALUE_NEEDED
};

static const struct {
	const char *name;
	const char *oid;
	enum value_need value;
} names[] = {
	{ "purpose", CR_OID_PURPOSE_CONTROL, VALUE_NEEDED },
	{ "recipient", CR_OID_RECIPIENT_CONTROL, VALUE_NEEDED },
	{ "reference", CR_OID_REFERENCE_CONTROL, VALUE_NEEDED },
	{ "authzid", LDAP_CONTROL_PROXY_AUTHZ, VALUE_NEEDED },
	{ "manageDSAit", LDAP_CONTROL_MANAGEDSAIT, VALUE_NONE }
};

static int
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* RFC 4648, 4, without line breaks; in place. */
static int
decode_base64(char *text, size_t *ret_len)
{
	size_t len = strlen(text);
	size_t digits = len;
	unsigned bits = 0;
	size_t out = 0;

	while (digits > 0 && len - digits < 2 && text[digits - 1] == '=')
		digits--;
	if (len % 4 != 0)
		return CR_ESYNTAX;
	for (size_t i = 0; i < digits; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0)
			return CR_ESYNTAX;
		bits = (bits << 6 | (unsigned)digit) & 0xffffff;
		if (i % 4 != 0)
			text[out++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	*ret_len = out;
	return CR_OK;
}

/* The value after "=" of a control given by its number. */
static int
read_value(char *text, struct berval *ret_value)
{
	if (text[0] != ':')
		return CR_ESYNTAX;
	if (text[1] != ':') {
		*ret_value = (struct berval){ strlen(text + 1), text + 1 };
		return CR_OK;
	}
	ret_value->bv_val = text + 2;
	return decode_base64(text + 2, &ret_value->bv_len);
}

static int
resolve(const char *name, char *text, const char **ret_oid,
	struct berval *ret_value)
{
	*ret_value = (struct berval){ 0, NULL };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(name, names[i].name) != 0)
			continue;
		if ((text != NULL) != (names[i].value == VALUE_NEEDED))
			return CR_ESYNTAX;
		if (text != NULL)
			*ret_value = (struct berval){ strlen(text), text };
		*ret_oid = names[i].oid;
		return CR_OK;
	}
	if (name[0] < '0' || name[0] > '2' ||
	    !cr_text_is_oid(cr_slice_of(name)))
		return CR_ESYNTAX;
	*ret_oid = name;
	return text == NULL ? CR_OK : read_value(text, ret_value);
}

int
cr_controls_add(struct cr_controls *controls, const char *text)
{
	bool critical = text[0] == '!';
	struct berval value;
	const char *oid;
	char *copy;
	char *equals;
	int rc;

	if (controls->count == CR_CONTROLS_MAX)
		return CR_ELIMIT;
	copy = cr_text_copy(cr_slice_of(text + (critical ? 1 : 0)));
	if (copy == NULL)
		return CR_ENOMEM;
	equals = strchr(copy, '=');
	if (equals != NULL)
		*equals++ = '\0';
	rc = resolve(copy, equals, &oid, &value);
	if (rc == CR_OK && ldap_control_create(oid, critical,
	    value.bv_val == NULL ? NULL : &value, 1,
	    &controls->list[controls->count]) != LDAP_SUCCESS)
		rc = CR_ENOMEM;
	if (rc == CR_OK)
		controls->count++;
	free(copy);
	return rc;
}

void
cr_controls_clear(struct cr_controls *controls)
{
	for (size_t i = 0; i < controls->count; i++)
		ldap_control_free(controls->list[i]);
	*controls = (struct cr_controls){ 0 };
}
