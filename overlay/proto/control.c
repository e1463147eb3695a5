/*
 * The values of our own request controls: plain strings.
 */
#include "control.h"

#include "core/text.h"
#include "dn.h"

int
cr_control_check_purpose(struct cr_slice value)
{
	_Static_assert(CR_PURPOSE_NAME_MAX == CR_KEYWORD_MAX,
	    "what is a purpose can be asked for");

	return cr_text_is_keyword(value) ? CR_OK : CR_EPROTO;
}

int
cr_control_check_recipient(struct cr_slice value)
{
	return cr_dn_check(value, CR_RECIPIENT_DN_MAX);
}

static bool
is_reference_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
	    c == '-';
}

int
cr_control_check_reference(struct cr_slice value)
{
	if (value.len == 0 || value.len > 64)
		return CR_EPROTO;
	for (size_t i = 0; i < value.len; i++) {
		if (!is_reference_char(value.ptr[i]))
			return CR_EPROTO;
	}
	return CR_OK;
}
