/*
 * What the server said: decoded for the tests, and written out whole, so that
 * a difference between two answers can be read.
 */
#include "harness.h"

#include <ctype.h>
#include <lber.h>
#include <ldap.h>
#include <stdio.h>
#include <string.h>

#define VLV_RESPONSE LDAP_CONTROL_VLVRESPONSE

static struct cr_value
keep_value(const struct berval *bv)
{
	struct cr_value value = { cr_keep(bv->bv_len + 1), bv->bv_len };

	if (bv->bv_len > 0)
		memcpy(value.bytes, bv->bv_val, bv->bv_len);
	return value;
}

static void
write_value(struct cr_text *out, const struct cr_value *value)
{
	for (size_t i = 0; i < value->len; i++) {
		unsigned char c = (unsigned char)value->bytes[i];

		if (c == '\\' || c < ' ' || c == 0x7f)
			cr_text_add(out, "\\%02x", c);
		else
			cr_text_put(out, &value->bytes[i], 1);
	}
}

/* The name and the attributes of a SearchResultEntry's content. */
static struct cr_entry *
take_entry(BerElement *ber, struct cr_text *out)
{
	struct cr_entry *entry = cr_keep(sizeof(*entry));
	struct cr_attr **tail = &entry->attrs;
	struct berval name, v;
	ber_len_t len;
	char *last, *last_value;
	ber_tag_t tag;

	cr_must(ber_scanf(ber, "{m", &name) != LBER_ERROR);
	entry->dn = keep_value(&name).bytes;
	cr_text_add(out, "entry %s\n", entry->dn);
	for (tag = ber_first_element(ber, &len, &last); tag != LBER_DEFAULT;
	     tag = ber_next_element(ber, &len, last)) {
		struct cr_attr *attr = cr_keep(sizeof(*attr));

		cr_must(ber_scanf(ber, "{m", &name) != LBER_ERROR);
		attr->name = keep_value(&name).bytes;
		for (tag = ber_first_element(ber, &len, &last_value);
		     tag != LBER_DEFAULT;
		     tag = ber_next_element(ber, &len, last_value)) {
			struct cr_value *more =
			    cr_keep((attr->count + 1) * sizeof(*more));

			cr_must(ber_scanf(ber, "m", &v) != LBER_ERROR);
			if (attr->count > 0)
				memcpy(more, attr->values,
				    attr->count * sizeof(*more));
			more[attr->count] = keep_value(&v);
			attr->values = more;
			cr_text_add(out, "  %s: ", attr->name);
			write_value(out, &more[attr->count++]);
			cr_text_add(out, "\n");
		}
		if (attr->count == 0)
			cr_text_add(out, "  %s\n", attr->name);
		*tail = attr;
		tail = &attr->next;
	}
	return entry;
}

static void
write_hex(struct cr_text *out, const struct cr_value *value)
{
	for (size_t i = 0; i < value->len; i++)
		cr_text_add(out, "%02x", (unsigned char)value->bytes[i]);
}

static void
write_paged(struct cr_text *out, BerElement *ber)
{
	struct berval cookie = { 0, NULL };
	ber_int_t size = 0;

	cr_must(ber_scanf(ber, "{im}", &size, &cookie) != LBER_ERROR);
	cr_text_add(out, "paged size %d cookie of %lu bytes", (int)size,
	    (unsigned long)cookie.bv_len);
}

/* The context is an address inside slapd. */
static void
write_vlv(struct cr_text *out, BerElement *ber)
{
	ber_int_t at = 0, count = 0, code = 0;

	cr_must(ber_scanf(ber, "{iie", &at, &count, &code) != LBER_ERROR);
	cr_text_add(out, "vlv at %d of %d, code %d", (int)at, (int)count,
	    (int)code);
}

static void
write_control(struct cr_text *out, const struct cr_reply_control *control)
{
	struct berval bv = { control->value.len, control->value.bytes };
	BerElement *ber = ber_init(&bv);

	cr_text_add(out, "  control %s ", control->oid);
	if (ber == NULL)
		return;
	if (strcmp(control->oid, LDAP_CONTROL_PAGEDRESULTS) == 0)
		write_paged(out, ber);
	else if (strcmp(control->oid, VLV_RESPONSE) == 0)
		write_vlv(out, ber);
	else if (strcmp(control->oid, LDAP_CONTROL_PRE_READ) == 0 ||
	    strcmp(control->oid, LDAP_CONTROL_POST_READ) == 0)
		(void)take_entry(ber, out);
	else
		write_hex(out, &control->value);
	cr_text_add(out, "\n");
	ber_free(ber, 1);
}

/* [0] Controls, if there are any. */
static struct cr_reply_control *
take_controls(BerElement *ber, struct cr_text *out)
{
	struct cr_reply_control *first = NULL, **tail = &first;
	struct berval oid, value;
	ber_len_t len;
	ber_tag_t tag;
	char *last;

	if (ber_peek_tag(ber, &len) != LDAP_TAG_CONTROLS)
		return NULL;
	for (tag = ber_first_element(ber, &len, &last); tag != LBER_DEFAULT;
	     tag = ber_next_element(ber, &len, last)) {
		struct cr_reply_control *control = cr_keep(sizeof(*control));
		ber_int_t critical = 0;

		cr_must(ber_scanf(ber, "{m", &oid) != LBER_ERROR);
		control->oid = keep_value(&oid).bytes;
		if (ber_peek_tag(ber, &len) == LBER_BOOLEAN)
			ber_scanf(ber, "b", &critical);
		if (ber_peek_tag(ber, &len) == LBER_OCTETSTRING) {
			ber_scanf(ber, "m", &value);
			control->value = keep_value(&value);
		}
		ber_scanf(ber, "}");
		write_control(out, control);
		*tail = control;
		tail = &control->next;
	}
	return first;
}

static void
take_result(struct cr_answer *answer, BerElement *ber)
{
	struct berval matched, text, value;
	ber_int_t code = -1;
	ber_tag_t tag;
	ber_len_t len;

	cr_must(ber_scanf(ber, "{emm", &code, &matched, &text) != LBER_ERROR);
	answer->code = (int)code;
	answer->matched = keep_value(&matched).bytes;
	answer->text = keep_value(&text).bytes;
	cr_text_add(&answer->all, "result %d matched \"%s\" text \"%s\"\n",
	    answer->code, answer->matched, answer->text);
	while ((tag = ber_peek_tag(ber, &len)) != LBER_DEFAULT) {
		if (tag == LDAP_TAG_EXOP_RES_VALUE) {
			ber_scanf(ber, "m", &value);
			answer->response = keep_value(&value);
			cr_text_add(&answer->all, "  response ");
			write_hex(&answer->all, &answer->response);
			cr_text_add(&answer->all, "\n");
		} else if (tag == LDAP_TAG_REFERRAL) {
			char *last;

			cr_text_add(&answer->all, "  referral");
			for (tag = ber_first_element(ber, &len, &last);
			     tag != LBER_DEFAULT;
			     tag = ber_next_element(ber, &len, last)) {
				ber_scanf(ber, "m", &value);
				cr_text_add(&answer->all, " %.*s",
				    (int)value.bv_len, value.bv_val);
			}
			cr_text_add(&answer->all, "\n");
		} else if (ber_scanf(ber, "x") == LBER_ERROR) {
			break;
		}
	}
}

static void
take_reference(struct cr_answer *answer, BerElement *ber)
{
	struct berval url;
	ber_len_t len;
	ber_tag_t tag;
	char *last;

	answer->reference_count++;
	cr_text_add(&answer->all, "reference");
	for (tag = ber_first_element(ber, &len, &last); tag != LBER_DEFAULT;
	     tag = ber_next_element(ber, &len, last)) {
		ber_scanf(ber, "m", &url);
		cr_text_add(&answer->all, " %.*s", (int)url.bv_len, url.bv_val);
	}
	cr_text_add(&answer->all, "\n");
}

static void
append_entry(struct cr_answer *answer, struct cr_entry *entry)
{
	if (answer->last_entry != NULL)
		answer->last_entry->next = entry;
	else
		answer->entries = entry;
	answer->last_entry = entry;
	answer->entry_count++;
}

/* The operation alone, and what stands behind it. */
static BerElement *
part(const struct cr_pdu *pdu, bool controls)
{
	const unsigned char *p = pdu->bytes + pdu->body;
	size_t have = pdu->len - pdu->body, len = p[1], head = 2;
	struct berval bv;

	if (len >= 0x80) {
		head += len & 0x7fU;
		len = 0;
		for (size_t i = 2; i < head; i++)
			len = len << 8 | p[i];
	}
	cr_must(head + len <= have);
	bv.bv_val = (char *)(controls ? p + head + len : p);
	bv.bv_len = controls ? have - head - len : head + len;
	return ber_init(&bv);
}

bool
cr_answer_take(struct cr_answer *answer, const struct cr_pdu *pdu)
{
	BerElement *ber = part(pdu, false);
	BerElement *rest = part(pdu, true);
	struct cr_reply_control *controls;
	bool last = false;

	cr_must(ber != NULL && rest != NULL);
	cr_text_put(&answer->bytes, (char *)pdu->bytes + pdu->body,
	    pdu->len - pdu->body);
	switch (pdu->op) {
	case LDAP_RES_SEARCH_ENTRY:
		append_entry(answer, take_entry(ber, &answer->all));
		break;
	case LDAP_RES_SEARCH_REFERENCE: take_reference(answer, ber); break;
	case LDAP_RES_INTERMEDIATE:
		cr_text_add(&answer->all, "intermediate\n");
		break;
	default: take_result(answer, ber); last = true;
	}
	controls = take_controls(rest, &answer->all);
	if (last)
		answer->controls = controls;
	ber_free(ber, 1);
	ber_free(rest, 1);
	return last;
}

const struct cr_entry *
cr_answer_entry(const struct cr_answer *answer, const char *dn)
{
	for (const struct cr_entry *e = answer->entries; e != NULL;
	     e = e->next) {
		if (strcasecmp(e->dn, dn) == 0)
			return e;
	}
	return NULL;
}

const struct cr_attr *
cr_entry_attr(const struct cr_entry *entry, const char *name)
{
	for (const struct cr_attr *a = entry != NULL ? entry->attrs : NULL;
	     a != NULL; a = a->next) {
		if (strcasecmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

const char *
cr_entry_value(const struct cr_entry *entry, const char *name)
{
	const struct cr_attr *attr = cr_entry_attr(entry, name);

	return attr != NULL && attr->count > 0 ? attr->values[0].bytes : NULL;
}

bool
cr_entry_has(const struct cr_entry *entry, const char *name, const char *value)
{
	const struct cr_attr *attr = cr_entry_attr(entry, name);

	for (size_t i = 0; attr != NULL && i < attr->count; i++) {
		if (strcasecmp(attr->values[i].bytes, value) == 0)
			return true;
	}
	return false;
}

const struct cr_reply_control *
cr_answer_control(const struct cr_answer *answer, const char *oid)
{
	for (const struct cr_reply_control *c = answer->controls; c != NULL;
	     c = c->next) {
		if (strcmp(c->oid, oid) == 0)
			return c;
	}
	return NULL;
}

struct cr_value
cr_answer_cookie(const struct cr_answer *answer, int *ret_size)
{
	const struct cr_reply_control *control =
	    cr_answer_control(answer, LDAP_CONTROL_PAGEDRESULTS);
	struct cr_value value = { NULL, 0 };
	struct berval cookie = { 0, NULL };
	ber_int_t size = -1;

	if (control != NULL) {
		struct berval bv = { control->value.len, control->value.bytes };
		BerElement *ber = ber_init(&bv);

		cr_must(ber_scanf(ber, "{im}", &size, &cookie) != LBER_ERROR);
		value = keep_value(&cookie);
		ber_free(ber, 1);
	}
	if (ret_size != NULL)
		*ret_size = (int)size;
	return value;
}

struct cr_value
cr_answer_vlv(const struct cr_answer *answer, int *ret_at, int *ret_count,
    int *ret_code)
{
	const struct cr_reply_control *control =
	    cr_answer_control(answer, VLV_RESPONSE);
	struct cr_value value = { NULL, 0 };
	struct berval context = { 0, NULL }, bv;
	ber_int_t at = -1, count = -1, code = -1;
	BerElement *ber;
	ber_len_t len;

	ck_assert_msg(control != NULL, "no list view in\n%s",
	    answer->all.bytes);
	bv = (struct berval){ control->value.len, control->value.bytes };
	ber = ber_init(&bv);
	cr_must(ber_scanf(ber, "{iie", &at, &count, &code) != LBER_ERROR);
	if (ber_peek_tag(ber, &len) == LBER_OCTETSTRING &&
	    ber_scanf(ber, "m", &context) != LBER_ERROR)
		value = keep_value(&context);
	ber_free(ber, 1);
	*ret_at = (int)at;
	*ret_count = (int)count;
	*ret_code = (int)code;
	return value;
}

const char *
cr_answer_uids(const struct cr_answer *answer)
{
	struct cr_text uids = { 0 };

	cr_text_add(&uids, "%s", "");
	for (const struct cr_entry *e = answer->entries; e != NULL;
	     e = e->next) {
		const char *start = strchr(e->dn, '=');
		size_t len = start != NULL ? strcspn(start + 1, ",") : 0;

		cr_text_add(&uids, "%s%.*s", uids.len > 0 ? " " : "", (int)len,
		    start != NULL ? start + 1 : "");
	}
	return uids.bytes;
}
