/* A request as one LDAPMessage (RFC 4511). */
#include "harness_wire.h"

#include <stdlib.h>
#include <string.h>

static void
put_search(BerElement *ber, const struct cr_request *r)
{
	ber_printf(ber, "t{seeiib", (ber_tag_t)LDAP_REQ_SEARCH, r->dn,
	    (ber_int_t)r->scope, (ber_int_t)r->deref, (ber_int_t)r->size,
	    (ber_int_t)r->seconds, (ber_int_t)r->types_only);
	cr_filter_encode(ber,
	    r->filter != NULL ? r->filter : "(objectClass=*)");
	ber_printf(ber, "{");
	cr_wire_words(ber, r->attrs);
	ber_printf(ber, "N}N}");
}

struct line {
	char op; /* '+' for an add */
	char *attr;
	const char *value; /* NULL: none */
};

static struct line
split(const char *text, bool with_op)
{
	struct line line = { '+', NULL, NULL };
	const char *colon;

	if (with_op)
		line.op = *text++;
	colon = strstr(text, ": ");
	if (colon == NULL) {
		line.attr = cr_keep_text("%s", text);
	} else {
		line.attr = cr_keep_text("%.*s", (int)(colon - text), text);
		line.value = colon + 2;
	}
	return line;
}

/* Lines of one attribute and one kind of change that follow each other. */
static void
put_lines(BerElement *ber, const struct cr_request *r, bool modify)
{
	const size_t most = COUNT(r->lines);

	ber_printf(ber, "{");
	for (size_t i = 0; i < most && r->lines[i] != NULL;) {
		struct line first = split(r->lines[i], modify);

		if (modify)
			ber_printf(ber, "{e{s[",
			    (ber_int_t)(first.op == '+' ? LDAP_MOD_ADD
				    : first.op == '-'   ? LDAP_MOD_DELETE
				    : first.op == '='   ? LDAP_MOD_REPLACE
							: LDAP_MOD_INCREMENT),
			    first.attr);
		else
			ber_printf(ber, "{s[", first.attr);
		do {
			struct line line = split(r->lines[i], modify);

			if (line.op != first.op ||
			    strcmp(line.attr, first.attr) != 0)
				break;
			if (line.value != NULL)
				ber_printf(ber, "s", line.value);
			i++;
		} while (i < most && r->lines[i] != NULL);
		ber_printf(ber, modify ? "N]N}N}" : "N]N}");
	}
	ber_printf(ber, "N}");
}

static void
put_modrdn(BerElement *ber, const struct cr_request *r)
{
	ber_printf(ber, "t{ssb", (ber_tag_t)LDAP_REQ_MODRDN, r->dn, r->rdn,
	    (ber_int_t)!r->keep_rdn);
	if (r->superior != NULL)
		ber_printf(ber, "ts", (ber_tag_t)LDAP_TAG_NEWSUPERIOR,
		    r->superior);
	ber_printf(ber, "N}");
}

static void
put_extended(BerElement *ber, const struct cr_request *r)
{
	ber_printf(ber, "t{ts", (ber_tag_t)LDAP_REQ_EXTENDED,
	    (ber_tag_t)LDAP_TAG_EXOP_REQ_OID, r->oid);
	if (r->bytes != NULL)
		ber_printf(ber, "to", (ber_tag_t)LDAP_TAG_EXOP_REQ_VALUE,
		    r->bytes, (ber_len_t)r->len);
	ber_printf(ber, "N}");
}

static void
put_operation(BerElement *ber, const struct cr_request *r)
{
	switch (r->kind) {
	case CR_SEARCH: put_search(ber, r); break;
	case CR_COMPARE:
		ber_printf(ber, "t{s{ssN}N}", (ber_tag_t)LDAP_REQ_COMPARE,
		    r->dn, r->attr, r->value);
		break;
	case CR_ADD:
		ber_printf(ber, "t{s", (ber_tag_t)LDAP_REQ_ADD, r->dn);
		put_lines(ber, r, false);
		ber_printf(ber, "N}");
		break;
	case CR_MODIFY:
		ber_printf(ber, "t{s", (ber_tag_t)LDAP_REQ_MODIFY, r->dn);
		put_lines(ber, r, true);
		ber_printf(ber, "N}");
		break;
	case CR_DELETE:
		ber_printf(ber, "ts", (ber_tag_t)LDAP_REQ_DELETE, r->dn);
		break;
	case CR_MODRDN: put_modrdn(ber, r); break;
	case CR_EXTENDED: put_extended(ber, r); break;
	case CR_ABANDON:
		ber_printf(ber, "ti", (ber_tag_t)LDAP_REQ_ABANDON,
		    (ber_int_t)r->message);
		break;
	}
}

unsigned char *
cr_request_encode(const struct cr_request *request, int id, size_t *ret_len)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval bytes;
	unsigned char *copy;

	cr_must(ber != NULL);
	ber_printf(ber, "{i", (ber_int_t)id);
	put_operation(ber, request);
	cr_wire_controls(ber, request->controls, COUNT(request->controls));
	ck_assert_int_ge(ber_printf(ber, "N}"), 0);
	ck_assert_int_eq(ber_flatten2(ber, &bytes, 0), 0);
	copy = malloc(bytes.bv_len);
	cr_must(copy != NULL);
	memcpy(copy, bytes.bv_val, bytes.bv_len);
	*ret_len = bytes.bv_len;
	ber_free(ber, 1);
	return copy;
}

struct cr_text
cr_request_passwd(const char *identity, const char *old, const char *fresh)
{
	const char *const parts[] = { identity, old, fresh };
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct cr_text text = { 0 };
	struct berval bytes;

	cr_must(ber != NULL);
	ber_printf(ber, "{");
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (parts[i] != NULL)
			ber_printf(ber, "ts", (ber_tag_t)(0x80 + i), parts[i]);
	}
	ck_assert_int_ge(ber_printf(ber, "N}"), 0);
	ck_assert_int_eq(ber_flatten2(ber, &bytes, 0), 0);
	cr_text_put(&text, bytes.bv_val, bytes.bv_len);
	ber_free(ber, 1);
	return text;
}
