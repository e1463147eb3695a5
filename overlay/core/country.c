#include "country.h"

static const char eea[][3] = {
	"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI",
	"FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
	"NL", "PL", "PT", "RO", "SE", "SI", "SK",
	"IS", "LI", "NO"
};

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool
cr_country_is_code(struct cr_slice code)
{
	return code.len == 2 && is_letter(code.ptr[0]) &&
	    is_letter(code.ptr[1]);
}

bool
cr_country_in_eea(struct cr_slice code)
{
	for (size_t i = 0; i < sizeof(eea) / sizeof(eea[0]); i++) {
		if (cr_slice_same_name(code, cr_slice_of(eea[i])))
			return true;
	}
	return false;
}
