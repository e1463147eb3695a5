#include "leaf_impl.h"

#include "core/text.h"

/* A number has at most ten bytes. */
#define NUMBER_SIZE 10
/* Version, flags, kind, present, time, three numbers, result and count */
#define HEAD_SIZE (5 + 6 * NUMBER_SIZE)
#define ENTRY_SIZE (1 + CR_LEAF_UUID)

#define FIELD(name, form) { offsetof(struct cr_leaf, name), form }

const struct cr_leaf_field cr_leaf_fields[CR_LEAF_TEXTS] = {
	FIELD(reader, CR_LEAF_PARTY),
	FIELD(on_behalf_of, CR_LEAF_PARTY),
	FIELD(purpose, CR_LEAF_KEYWORD),
	FIELD(recipient, CR_LEAF_TEXT),
	FIELD(reference, CR_LEAF_TEXT),
	FIELD(mechanism, CR_LEAF_MECHANISM),
	FIELD(peer, CR_LEAF_PEER),
	FIELD(listener, CR_LEAF_TEXT),
	FIELD(shape, CR_LEAF_TEXT)
};

static struct cr_slice
text_of(const struct cr_leaf *leaf, unsigned field)
{
	const char *at = (const char *)leaf + cr_leaf_fields[field].offset;

	return *(const struct cr_slice *)(const void *)at;
}

/* What any form of a text can need: how it is written, length, bytes. */
static size_t
text_size(struct cr_slice text)
{
	return 1 + NUMBER_SIZE + text.len;
}

static size_t
size_without_entries(const struct cr_leaf *leaf)
{
	size_t size = HEAD_SIZE + 2 * NUMBER_SIZE;

	for (unsigned i = 0; i < CR_LEAF_TEXTS; i++)
		size += text_size(text_of(leaf, i));
	for (size_t i = 0; i < leaf->attribute_count; i++)
		size += text_size(leaf->attributes[i]);
	if (leaf->flags & CR_LEAF_EVENT)
		size += text_size(leaf->event) + text_size(leaf->detail) +
		    CR_LEAF_UUID;
	return size;
}

size_t
cr_leaf_size(const struct cr_leaf *leaf)
{
	return size_without_entries(leaf) + leaf->entry_count * ENTRY_SIZE;
}

size_t
cr_leaf_entry_room(const struct cr_leaf *leaf)
{
	size_t size = size_without_entries(leaf);

	return size < CR_LEAF_MAX ? (CR_LEAF_MAX - size) / ENTRY_SIZE : 0;
}

static unsigned char *
put_number(unsigned char *out, uint64_t number)
{
	while (number >= 0x80) {
		*out++ = (unsigned char)(number | 0x80);
		number >>= 7;
	}
	*out++ = (unsigned char)number;
	return out;
}

static unsigned char *
put_bytes(unsigned char *out, const void *bytes, size_t len)
{
	memcpy(out, bytes, len);
	return out + len;
}

static unsigned char *
put_text(unsigned char *out, struct cr_slice text)
{
	out = put_number(out, text.len);
	return put_bytes(out, text.ptr, text.len);
}

static unsigned char *
put_name(unsigned char *out, enum cr_names kind, struct cr_slice name)
{
	*out = cr_name_code(kind, name);
	return *out++ != 0 ? out : put_text(out, name);
}

static unsigned char *
put_party(unsigned char *out, struct cr_slice party)
{
	if (cr_leaf_party_pack(party, out + 1)) {
		*out = CR_LEAF_AS_UUID;
		return out + 1 + CR_LEAF_UUID;
	}
	*out++ = CR_LEAF_AS_TEXT;
	return put_text(out, party);
}

static unsigned char *
put_peer(unsigned char *out, struct cr_slice peer)
{
	unsigned char packed[CR_LEAF_PACKED_MAX];
	size_t len;
	int as = cr_leaf_peer_pack(peer, packed, &len);

	*out++ = (unsigned char)as;
	return as != CR_LEAF_AS_TEXT ? put_bytes(out, packed, len) :
	    put_text(out, peer);
}

static unsigned char *
put_field(unsigned char *out, enum cr_leaf_form form, struct cr_slice text)
{
	switch (form) {
	case CR_LEAF_PARTY:
		return put_party(out, text);
	case CR_LEAF_KEYWORD:
		return put_name(out, CR_NAMES_KEYWORD, text);
	case CR_LEAF_MECHANISM:
		return put_name(out, CR_NAMES_MECHANISM, text);
	case CR_LEAF_PEER:
		return put_peer(out, text);
	case CR_LEAF_TEXT:
		break;
	}
	return put_text(out, text);
}

static unsigned char *
put_entries(unsigned char *out, const struct cr_leaf *leaf)
{
	const struct cr_leaf_entry *before = NULL;

	out = put_number(out, leaf->entry_count);
	for (size_t i = 0; i < leaf->entry_count; i++) {
		const struct cr_leaf_entry *entry = &leaf->entries[i];

		if (before != NULL && memcmp(before->uuid, entry->uuid,
		    CR_LEAF_UUID) == 0) {
			*out++ = entry->class_code | CR_LEAF_SAME;
		} else {
			*out++ = entry->class_code;
			out = put_bytes(out, entry->uuid, CR_LEAF_UUID);
		}
		before = entry;
	}
	return out;
}

static unsigned
present_in(const struct cr_leaf *leaf)
{
	unsigned present = 0;

	for (unsigned i = 0; i < CR_LEAF_TEXTS; i++)
		present |= (unsigned)(text_of(leaf, i).len > 0) << i;
	if (leaf->attribute_count > 0)
		present |= 1U << CR_LEAF_BIT_ATTRIBUTES;
	if (leaf->entry_count > 0)
		present |= 1U << CR_LEAF_BIT_ENTRIES;
	if (leaf->has_subject)
		present |= 1U << CR_LEAF_BIT_SUBJECT;
	if (leaf->detail.len > 0)
		present |= 1U << CR_LEAF_BIT_DETAIL;
	return present;
}

static bool
is_known_head(const struct cr_leaf *leaf)
{
	const unsigned all = CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT;

	if ((leaf->flags & ~all) != 0 || leaf->type <= CR_LEAF_NOTHING ||
	    leaf->type >= CR_LEAF_TYPES || leaf->scope >= CR_LEAF_SCOPES)
		return false;
	if ((leaf->flags & CR_LEAF_LAST) && leaf->result < 0)
		return false;
	return leaf->flags & CR_LEAF_EVENT ? leaf->event.len > 0 :
	    !leaf->has_subject && leaf->detail.len == 0;
}

static bool
is_writable(const struct cr_leaf *leaf)
{
	if (!is_known_head(leaf))
		return false;
	for (unsigned i = 0; i < CR_LEAF_TEXTS; i++) {
		if (!cr_text_is_utf8(text_of(leaf, i)))
			return false;
	}
	for (size_t i = 0; i < leaf->attribute_count; i++) {
		if (leaf->attributes[i].len == 0 ||
		    !cr_text_is_utf8(leaf->attributes[i]))
			return false;
	}
	for (size_t i = 0; i < leaf->entry_count; i++) {
		if (leaf->entries[i].class_code >= CR_LEAF_SAME)
			return false;
	}
	return !(leaf->flags & CR_LEAF_EVENT) ||
	    (cr_text_is_utf8(leaf->event) && cr_text_is_utf8(leaf->detail));
}

static uint64_t
zigzag(int64_t number)
{
	return number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1;
}

static unsigned char *
put_head(unsigned char *out, const struct cr_leaf *leaf, unsigned present)
{
	*out++ = CR_LEAF_VERSION;
	*out++ = (unsigned char)leaf->flags;
	*out++ = (unsigned char)(leaf->type << 3 | leaf->scope);
	*out++ = (unsigned char)(present & 0xff);
	*out++ = (unsigned char)(present >> 8);
	out = put_number(out, zigzag(leaf->time_ms));
	out = put_number(out, leaf->connection);
	out = put_number(out, leaf->operation);
	return put_number(out, leaf->ssf);
}

static unsigned char *
put_tail(unsigned char *out, const struct cr_leaf *leaf)
{
	if (leaf->has_subject)
		out = put_bytes(out, leaf->subject, CR_LEAF_UUID);
	if (leaf->detail.len > 0)
		out = put_name(out, CR_NAMES_KEYWORD, leaf->detail);
	if (leaf->flags & CR_LEAF_LAST) {
		out = put_number(out, (uint64_t)leaf->result);
		out = put_number(out, leaf->count);
	}
	if (leaf->flags & CR_LEAF_EVENT)
		out = put_name(out, CR_NAMES_EVENT, leaf->event);
	return out;
}

int
cr_leaf_encode(const struct cr_leaf *leaf, unsigned char *out, size_t size,
    size_t *ret_len)
{
	unsigned char *at = out;
	unsigned present;

	if (size < cr_leaf_size(leaf))
		return CR_EINTERNAL;
	if (!is_writable(leaf))
		return CR_ESYNTAX;
	present = present_in(leaf);
	at = put_head(at, leaf, present);
	for (unsigned i = 0; i < CR_LEAF_TEXTS; i++) {
		if (present & 1U << i)
			at = put_field(at, cr_leaf_fields[i].form,
			    text_of(leaf, i));
	}
	if (leaf->attribute_count > 0)
		at = put_number(at, leaf->attribute_count);
	for (size_t i = 0; i < leaf->attribute_count; i++)
		at = put_name(at, CR_NAMES_ATTRIBUTE, leaf->attributes[i]);
	if (leaf->entry_count > 0)
		at = put_entries(at, leaf);
	at = put_tail(at, leaf);
	if ((size_t)(at - out) > CR_LEAF_MAX)
		return CR_ELIMIT;
	*ret_len = (size_t)(at - out);
	return CR_OK;
}
