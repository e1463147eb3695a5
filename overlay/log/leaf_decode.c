#include "leaf_impl.h"

#include <limits.h>
#include <stdlib.h>

#include "core/text.h"

/* What is left of the bytes.  Once `bad`, nothing more is taken. */
struct input {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static const unsigned char *
take_bytes(struct input *in, size_t len)
{
	const unsigned char *at = in->at;

	if (in->bad || in->left < len) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	in->left -= len;
	return at;
}

static unsigned
take_byte(struct input *in)
{
	const unsigned char *at = take_bytes(in, 1);

	return at != NULL ? *at : 0;
}

static uint64_t
take_number(struct input *in, uint64_t most)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned byte = take_byte(in);
		uint64_t part = byte & 0x7f;

		if (in->bad || part << shift >> shift != part)
			break;
		number |= part << shift;
		if (byte >= 0x80)
			continue;
		/* a last byte of zero says nothing */
		if ((byte == 0 && shift > 0) || number > most)
			break;
		return number;
	}
	in->bad = true;
	return 0;
}

static struct cr_slice
take_text(struct input *in)
{
	size_t len = (size_t)take_number(in, CR_LEAF_MAX);
	const unsigned char *at = take_bytes(in, len);
	struct cr_slice text = { (const char *)at, len };

	if (at == NULL || len == 0 || !cr_text_is_utf8(text)) {
		in->bad = true;
		return (struct cr_slice){ NULL, 0 };
	}
	return text;
}

static struct cr_slice
take_name(struct input *in, enum cr_names kind)
{
	unsigned code = take_byte(in);
	struct cr_slice name;

	if (code == 0)
		return take_text(in);
	name = cr_name_of(kind, (unsigned char)code);
	in->bad = in->bad || name.ptr == NULL;
	return name;
}

static struct cr_slice
take_party(struct input *in, char space[48])
{
	unsigned char packed[CR_LEAF_UUID];
	unsigned as = take_byte(in);
	struct cr_slice party = { NULL, 0 };

	if (as == CR_LEAF_AS_UUID) {
		const unsigned char *at = take_bytes(in, CR_LEAF_UUID);

		if (at != NULL)
			cr_leaf_party_unpack(at, space, &party);
		return party;
	}
	party = take_text(in);
	/* one party has one form: the index goes by it */
	if (as != CR_LEAF_AS_TEXT || in->bad ||
	    cr_leaf_party_pack(party, packed))
		in->bad = true;
	return party;
}

static struct cr_slice
take_peer(struct input *in, char space[64])
{
	unsigned as = take_byte(in);
	struct cr_slice peer = { NULL, 0 };
	const unsigned char *at;

	switch (as) {
	case CR_LEAF_AS_TEXT:
		return take_text(in);
	case CR_LEAF_AS_IPV4:
		at = take_bytes(in, 6);
		break;
	case CR_LEAF_AS_IPV6:
		at = take_bytes(in, 18);
		break;
	default:
		at = NULL;
		in->bad = true;
		break;
	}
	if (at != NULL)
		cr_leaf_peer_unpack((int)as, at, space, &peer);
	return peer;
}

static struct cr_slice
take_field(struct input *in, unsigned field, struct cr_leaf_space *space)
{
	switch (cr_leaf_fields[field].form) {
	case CR_LEAF_PARTY:
		return take_party(in, field == 0 ? space->reader :
		    space->on_behalf_of);
	case CR_LEAF_KEYWORD:
		return take_name(in, CR_NAMES_KEYWORD);
	case CR_LEAF_MECHANISM:
		return take_name(in, CR_NAMES_MECHANISM);
	case CR_LEAF_PEER:
		return take_peer(in, space->peer);
	case CR_LEAF_TEXT:
		break;
	}
	return take_text(in);
}

/* Room for `count` elements; the old ones need not be kept. */
static int
reserve(void **array, size_t *room, size_t count, size_t size)
{
	size_t wanted = count > 16 ? count + count / 2 : 16;

	if (count <= *room)
		return CR_OK;
	free(*array);
	*room = 0;
	*array = malloc(wanted * size);
	if (*array == NULL)
		return CR_ENOMEM;
	*room = wanted;
	return CR_OK;
}

/* Each element has a byte at least, so that no small leaf asks for much. */
static size_t
take_count(struct input *in)
{
	size_t count = (size_t)take_number(in, CR_LEAF_MAX);

	in->bad = in->bad || count == 0 || count > in->left;
	return in->bad ? 0 : count;
}

static int
take_attributes(struct input *in, struct cr_leaf_space *space,
    struct cr_leaf *leaf)
{
	size_t count = take_count(in);
	void *array = space->attributes;
	int rc = reserve(&array, &space->attribute_room, count,
	    sizeof(*space->attributes));

	space->attributes = array;
	if (rc != CR_OK)
		return rc;
	for (size_t i = 0; i < count && !in->bad; i++)
		space->attributes[i] = take_name(in, CR_NAMES_ATTRIBUTE);
	leaf->attributes = space->attributes;
	leaf->attribute_count = count;
	return CR_OK;
}

static void
take_entry(struct input *in, struct cr_leaf_entry *entry,
    const struct cr_leaf_entry *before)
{
	unsigned class_code = take_byte(in);
	const unsigned char *uuid;

	if (class_code & CR_LEAF_SAME) {
		uuid = before != NULL ? before->uuid : NULL;
	} else {
		uuid = take_bytes(in, CR_LEAF_UUID);
		if (uuid != NULL && before != NULL &&
		    memcmp(uuid, before->uuid, CR_LEAF_UUID) == 0)
			uuid = NULL;
	}
	if (uuid == NULL || in->bad) {
		in->bad = true;
		return;
	}
	entry->class_code = (unsigned char)(class_code & 0x7f);
	memcpy(entry->uuid, uuid, CR_LEAF_UUID);
}

static int
take_entries(struct input *in, struct cr_leaf_space *space,
    struct cr_leaf *leaf)
{
	size_t count = take_count(in);
	void *array = space->entries;
	int rc = reserve(&array, &space->entry_room, count,
	    sizeof(*space->entries));

	space->entries = array;
	if (rc != CR_OK)
		return rc;
	for (size_t i = 0; i < count && !in->bad; i++)
		take_entry(in, &space->entries[i],
		    i > 0 ? &space->entries[i - 1] : NULL);
	leaf->entries = space->entries;
	leaf->entry_count = count;
	return CR_OK;
}

static unsigned
take_head(struct input *in, struct cr_leaf *leaf)
{
	unsigned kind;
	unsigned present;
	uint64_t time;

	in->bad = take_byte(in) != CR_LEAF_VERSION;
	leaf->flags = take_byte(in);
	kind = take_byte(in);
	leaf->type = kind >> 3;
	leaf->scope = kind & 7;
	present = take_byte(in);
	present |= take_byte(in) << 8;
	time = take_number(in, UINT64_MAX);
	leaf->time_ms = (int64_t)(time & 1 ? ~(time >> 1) : time >> 1);
	leaf->connection = take_number(in, UINT64_MAX);
	leaf->operation = take_number(in, UINT64_MAX);
	leaf->ssf = (unsigned)take_number(in, UINT_MAX);
	if (leaf->type == CR_LEAF_NOTHING || leaf->type >= CR_LEAF_TYPES ||
	    leaf->scope >= CR_LEAF_SCOPES || present >> CR_LEAF_BITS != 0 ||
	    leaf->flags > (CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT))
		in->bad = true;
	if (!(leaf->flags & CR_LEAF_EVENT) &&
	    present >> CR_LEAF_BIT_SUBJECT != 0)
		in->bad = true;
	return present;
}

static void
take_tail(struct input *in, unsigned present, struct cr_leaf *leaf)
{
	if (present & 1U << CR_LEAF_BIT_SUBJECT) {
		const unsigned char *at = take_bytes(in, CR_LEAF_UUID);

		if (at != NULL)
			memcpy(leaf->subject, at, CR_LEAF_UUID);
		leaf->has_subject = true;
	}
	if (present & 1U << CR_LEAF_BIT_DETAIL)
		leaf->detail = take_name(in, CR_NAMES_KEYWORD);
	if (leaf->flags & CR_LEAF_LAST) {
		leaf->result = (int)take_number(in, INT_MAX);
		leaf->count = take_number(in, UINT64_MAX);
	}
	if (leaf->flags & CR_LEAF_EVENT)
		leaf->event = take_name(in, CR_NAMES_EVENT);
}

int
cr_leaf_decode(struct cr_slice bytes, struct cr_leaf_space *space,
    struct cr_leaf *ret)
{
	struct input in = { (const unsigned char *)bytes.ptr, bytes.len,
		false };
	struct cr_leaf leaf = { 0 };
	unsigned present;
	int rc = CR_OK;

	if (bytes.len > CR_LEAF_MAX)
		return CR_ESYNTAX;
	present = take_head(&in, &leaf);
	for (unsigned i = 0; i < CR_LEAF_TEXTS && !in.bad; i++) {
		if (present & 1U << i) {
			char *at = (char *)&leaf + cr_leaf_fields[i].offset;

			*(struct cr_slice *)(void *)at =
			    take_field(&in, i, space);
		}
	}
	if (!in.bad && present & 1U << CR_LEAF_BIT_ATTRIBUTES)
		rc = take_attributes(&in, space, &leaf);
	if (rc == CR_OK && !in.bad && present & 1U << CR_LEAF_BIT_ENTRIES)
		rc = take_entries(&in, space, &leaf);
	if (rc != CR_OK)
		return rc;
	take_tail(&in, present, &leaf);
	if (in.bad || in.left > 0)
		return CR_ESYNTAX;
	*ret = leaf;
	return CR_OK;
}

void
cr_leaf_space_clear(struct cr_leaf_space *space)
{
	free(space->attributes);
	free(space->entries);
	memset(space, 0, sizeof(*space));
}
