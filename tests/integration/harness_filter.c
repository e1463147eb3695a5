/*
 * String filters (RFC 4515) to the wire.  Our own, so that a test can send
 * what a careful client library would not.
 */
#include "harness.h"

#include <lber.h>
#include <ldap.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 4096 };

static const char *encode(BerElement *ber, const char *p);

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes \xx out; the length. */
static ber_len_t
unescape(const char *from, const char *end, char *ret_value)
{
	ber_len_t len = 0;

	while (from < end) {
		cr_must(len < VALUE_MAX);
		if (*from == '\\' && end - from > 2 && hex(from[1]) >= 0 &&
		    hex(from[2]) >= 0) {
			ret_value[len++] =
			    (char)(hex(from[1]) * 16 + hex(from[2]));
			from += 3;
		} else {
			ret_value[len++] = *from++;
		}
	}
	return len;
}

static void
put_octets(BerElement *ber, ber_tag_t tag, const char *from, const char *end)
{
	char value[VALUE_MAX];
	ber_len_t len = unescape(from, end, value);

	cr_must(ber_put_ostring(ber, value, len, tag) >= 0);
}

/* initial*any*final */
static void
put_substrings(BerElement *ber, const char *attr, size_t attr_len,
    const char *from, const char *end)
{
	const char *star = memchr(from, '*', (size_t)(end - from));
	bool first = true;

	ber_printf(ber, "t{o{", LDAP_FILTER_SUBSTRINGS, attr,
	    (ber_len_t)attr_len);
	for (;;) {
		const char *stop = star != NULL ? star : end;
		ber_tag_t tag = first ? LDAP_SUBSTRING_INITIAL
		    : star != NULL    ? LDAP_SUBSTRING_ANY
				      : LDAP_SUBSTRING_FINAL;

		if (stop > from)
			put_octets(ber, tag, from, stop);
		if (star == NULL)
			break;
		first = false;
		from = star + 1;
		star = memchr(from, '*', (size_t)(end - from));
	}
	ber_printf(ber, "N}N}");
}

/* attr:dn:rule:=value, each part but the value may be missing */
static void
put_extensible(BerElement *ber, const char *left, const char *left_end,
    const char *value, const char *end)
{
	const char *rule = NULL, *rule_end = NULL, *p = left;
	const char *attr_end = left;
	bool dn = false;

	while (attr_end < left_end && *attr_end != ':')
		attr_end++;
	for (p = attr_end; p < left_end;) {
		const char *next = p + 1;

		while (next < left_end && *next != ':')
			next++;
		if (next - p == 3 && strncasecmp(p, ":dn", 3) == 0) {
			dn = true;
		} else if (next - p > 1) {
			rule = p + 1;
			rule_end = next;
		}
		p = next;
	}
	ber_printf(ber, "t{", LDAP_FILTER_EXT);
	if (rule != NULL)
		put_octets(ber, LDAP_FILTER_EXT_OID, rule, rule_end);
	if (attr_end > left)
		put_octets(ber, LDAP_FILTER_EXT_TYPE, left, attr_end);
	put_octets(ber, LDAP_FILTER_EXT_VALUE, value, end);
	if (dn)
		ber_printf(ber, "tb", LDAP_FILTER_EXT_DNATTRS, 1);
	ber_printf(ber, "N}");
}

static void
put_item(BerElement *ber, const char *p, const char *end)
{
	const char *eq = memchr(p, '=', (size_t)(end - p));
	const char *value, *stop;
	ber_tag_t tag = LDAP_FILTER_EQUALITY;

	ck_assert_msg(eq != NULL && eq > p, "no filter: %s", p);
	value = eq + 1;
	stop = eq;
	switch (eq[-1]) {
	case ':': put_extensible(ber, p, eq - 1, value, end); return;
	case '>':
		tag = LDAP_FILTER_GE;
		stop--;
		break;
	case '<':
		tag = LDAP_FILTER_LE;
		stop--;
		break;
	case '~':
		tag = LDAP_FILTER_APPROX;
		stop--;
		break;
	default: break;
	}
	if (tag == LDAP_FILTER_EQUALITY && end - value == 1 && *value == '*') {
		ber_printf(ber, "to", LDAP_FILTER_PRESENT, p,
		    (ber_len_t)(stop - p));
		return;
	}
	if (tag == LDAP_FILTER_EQUALITY &&
	    memchr(value, '*', (size_t)(end - value)) != NULL) {
		put_substrings(ber, p, (size_t)(stop - p), value, end);
		return;
	}
	ber_printf(ber, "t{", tag);
	put_octets(ber, LBER_OCTETSTRING, p, stop);
	put_octets(ber, LBER_OCTETSTRING, value, end);
	ber_printf(ber, "N}");
}

static const char *
encode_list(BerElement *ber, ber_tag_t tag, const char *p)
{
	ber_printf(ber, "t{", tag);
	while (*p == '(')
		p = encode(ber, p);
	ber_printf(ber, "N}");
	return p;
}

/* From a "(" to behind its ")". */
static const char *
encode(BerElement *ber, const char *p)
{
	const char *end;

	ck_assert_msg(*p == '(', "no filter: %s", p);
	p++;
	switch (*p) {
	case '&': p = encode_list(ber, LDAP_FILTER_AND, p + 1); break;
	case '|': p = encode_list(ber, LDAP_FILTER_OR, p + 1); break;
	case '!': p = encode_list(ber, LDAP_FILTER_NOT, p + 1); break;
	default:
		end = strchr(p, ')');
		ck_assert_msg(end != NULL, "no filter: %s", p);
		put_item(ber, p, end);
		p = end;
	}
	ck_assert_msg(*p == ')', "no filter: %s", p);
	return p + 1;
}

void
cr_filter_encode(BerElement *ber, const char *filter)
{
	(void)encode(ber, filter);
}
