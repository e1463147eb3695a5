#include "crash/load_pdu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/load.h"

/* Tag and length; 0 when more bytes are needed, else those of the header. */
static size_t
header(const unsigned char *p, size_t have, size_t *ret_len)
{
	size_t bytes;

	if (have < 2)
		return 0;
	if (p[1] < 0x80) {
		*ret_len = p[1];
		return 2;
	}
	bytes = p[1] & 0x7fU;
	cr_must(bytes >= 1 && bytes <= 4);
	if (have < 2 + bytes)
		return 0;
	*ret_len = 0;
	for (size_t i = 0; i < bytes; i++)
		*ret_len = *ret_len << 8 | p[2 + i];
	return 2 + bytes;
}

static void
put_four(unsigned char *out, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* 30 84 <length> 02 04 <message ID>: always of this size. */
enum { HEAD = 12 };

static void
put_head(unsigned char *out, int id, size_t rest)
{
	out[0] = 0x30;
	out[1] = 0x84;
	put_four(out + 2, (uint32_t)(6 + rest));
	out[6] = 0x02;
	out[7] = 4;
	put_four(out + 8, (uint32_t)id);
}

void
load_template(const struct cr_request *request,
    struct load_template *ret_template)
{
	struct load_template *t = ret_template;
	size_t len = 0, head, inner = 0;
	unsigned char *bytes = cr_request_encode(request, 1, &len);
	unsigned char *at;

	/* behind a message ID of one byte */
	head = header(bytes, len, &inner) + 3;
	t->len = HEAD + len - head;
	t->bytes = malloc(t->len);
	cr_must(t->bytes != NULL);
	put_head(t->bytes, 0, len - head);
	memcpy(t->bytes + HEAD, bytes + head, len - head);
	free(bytes);
	at = memmem(t->bytes, t->len, "R0000000", 8);
	t->reference = at == NULL ? 0 : (size_t)(at - t->bytes) + 1;
	t->customer = request->kind == CR_SEARCH
	    ? 0
	    : cr_load_customer(request->dn, strlen(request->dn));
}

void
load_stamp(struct load_template *template, int id, uint32_t reference)
{
	char digits[16];

	put_four(template->bytes + 8, (uint32_t)id);
	if (template->reference == 0)
		return;
	(void)snprintf(digits, sizeof(digits), "%07x", (unsigned)reference);
	memcpy(template->bytes + template->reference, digits, 7);
}

size_t
load_bind(unsigned char *out, size_t room, int id, const char *dn)
{
	static const char password[] = "kokeilu";
	const size_t secret = sizeof(password) - 1;
	size_t len = strlen(dn);
	size_t inner = 3 + 2 + len + 2 + secret;
	unsigned char *p = out + HEAD;

	cr_must(inner < 0x80 && HEAD + 2 + inner <= room);
	put_head(out, id, 2 + inner);
	*p++ = 0x60;
	*p++ = (unsigned char)inner;
	memcpy(p, "\x02\x01\x03\x04", 4);
	p += 4;
	*p++ = (unsigned char)len;
	memcpy(p, dn, len);
	p += len;
	*p++ = 0x80;
	*p++ = (unsigned char)secret;
	memcpy(p, password, secret);
	return HEAD + 2 + inner;
}

size_t
load_abandon(unsigned char *out, int id, int other)
{
	put_head(out, id, 6);
	out[HEAD] = 0x50;
	out[HEAD + 1] = 4;
	put_four(out + HEAD + 2, (uint32_t)other);
	return HEAD + 6;
}

/* RFC 3909; the value is a sequence of the message ID. */
size_t
load_cancel(unsigned char *out, int id, int other)
{
	static const char oid[] = "1.3.6.1.1.8";
	const size_t len = sizeof(oid) - 1;
	unsigned char *p = out + HEAD;

	put_head(out, id, 2 + 2 + len + 2 + 8);
	*p++ = 0x77;
	*p++ = (unsigned char)(2 + len + 2 + 8);
	*p++ = 0x80;
	*p++ = (unsigned char)len;
	memcpy(p, oid, len);
	p += len;
	memcpy(p, "\x81\x08\x30\x06\x02\x04", 6);
	put_four(p + 6, (uint32_t)other);
	return HEAD + 2 + 2 + len + 2 + 8;
}

bool
load_next(const unsigned char *bytes, size_t len, struct load_unit *ret_unit)
{
	size_t inner = 0, id_len = 0, id_head;
	size_t head = header(bytes, len, &inner);
	const unsigned char *p = bytes + head;

	if (head == 0 || len < head + inner)
		return false;
	cr_must(bytes[0] == 0x30 && p[0] == 0x02);
	*ret_unit = (struct load_unit){ .bytes = bytes, .whole = head + inner };
	id_head = header(p, inner, &id_len);
	for (size_t i = 0; i < id_len; i++)
		ret_unit->id = ret_unit->id << 8 | p[id_head + i];
	p += id_head + id_len;
	ret_unit->op = p[0];
	p += header(p, inner, &ret_unit->body_len);
	ret_unit->body = p;
	return true;
}

/* The first of an LDAPResult is ENUMERATED of one byte. */
int
load_result(const struct load_unit *unit)
{
	cr_must(
	    unit->body_len >= 3 && unit->body[0] == 0x0a && unit->body[1] == 1);
	return unit->body[2];
}

bool
load_has_entry(const struct load_unit *unit)
{
	static const char pre[] = "1.3.6.1.1.13.1", post[] = "1.3.6.1.1.13.2";
	const char *at = (const char *)unit->body + unit->body_len;
	size_t len = (size_t)((const char *)unit->bytes + unit->whole - at);

	return cr_bytes_contain(at, len, pre, sizeof(pre) - 1) ||
	    cr_bytes_contain(at, len, post, sizeof(post) - 1);
}

void
load_dn(const struct load_unit *unit, const char **ret_dn, size_t *ret_len)
{
	size_t head = header(unit->body, unit->body_len, ret_len);

	*ret_dn = (const char *)unit->body + head;
}
