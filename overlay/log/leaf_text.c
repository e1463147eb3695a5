#include "leaf_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/uuid.h"

static const char *const types[CR_LEAF_TYPES] = {
	[CR_LEAF_NOTHING] = "",
	[CR_LEAF_SEARCH] = "search",
	[CR_LEAF_COMPARE] = "compare",
	[CR_LEAF_ADD] = "add",
	[CR_LEAF_MODIFY] = "modify",
	[CR_LEAF_MODRDN] = "modrdn",
	[CR_LEAF_DELETE] = "delete",
	[CR_LEAF_EXTENDED] = "extended",
	[CR_LEAF_PERSIST] = "persist",
	[CR_LEAF_READLOG] = "readlog",
	[CR_LEAF_REFUSED] = "refused",
	[CR_LEAF_OCCURRENCE] = "event"
};

static const char *const scopes[CR_LEAF_SCOPES] = {
	[CR_LEAF_NO_SCOPE] = "",
	[CR_LEAF_BASE] = "base",
	[CR_LEAF_ONE] = "one",
	[CR_LEAF_SUBTREE] = "sub",
	[CR_LEAF_CHILDREN] = "children"
};

const char *
cr_leaf_type_name(enum cr_leaf_type type)
{
	return type < CR_LEAF_TYPES ? types[type] : "";
}

enum cr_leaf_type
cr_leaf_type_find(struct cr_slice name)
{
	for (unsigned i = 1; i < CR_LEAF_TYPES; i++) {
		if (cr_slice_same_name(cr_slice_of(types[i]), name))
			return (enum cr_leaf_type)i;
	}
	return CR_LEAF_NOTHING;
}

const char *
cr_leaf_scope_name(enum cr_leaf_scope scope)
{
	return scope < CR_LEAF_SCOPES ? scopes[scope] : "";
}

int
cr_leaf_time_format(int64_t time_ms, char ret_text[CR_LEAF_TIME_SIZE])
{
	/* the milliseconds count forward also before 1970 */
	int64_t ms = (time_ms % 1000 + 1000) % 1000;
	int64_t seconds = time_ms / 1000 - (time_ms % 1000 < 0);
	char text[CR_TIME_TEXT_SIZE];
	int rc = cr_time_format(seconds, text);

	if (rc != CR_OK)
		return rc;
	memcpy(ret_text, text, 14);
	ret_text[14] = '.';
	ret_text[15] = (char)('0' + ms / 100);
	ret_text[16] = (char)('0' + ms / 10 % 10);
	ret_text[17] = (char)('0' + ms % 10);
	ret_text[18] = 'Z';
	ret_text[19] = '\0';
	return CR_OK;
}

int
cr_leaf_time_parse(struct cr_slice text, int64_t *ret_ms)
{
	int64_t seconds;
	int64_t ms = 0;
	int rc = cr_time_parse(text, &seconds);

	if (rc != CR_OK)
		return rc;
	/* a fraction of a second stands behind fourteen digits */
	if (text.len > 14 && (text.ptr[14] == '.' || text.ptr[14] == ',')) {
		int64_t unit = 100;

		for (size_t i = 15; i < text.len && text.ptr[i] >= '0' &&
		    text.ptr[i] <= '9'; i++) {
			ms += (text.ptr[i] - '0') * unit;
			unit /= 10;
		}
	}
	*ret_ms = seconds * 1000 + ms;
	return CR_OK;
}

struct telling {
	int (*tell)(void *arg, const char *name, struct cr_slice value);
	void *arg;
	int rc;			/* not 0: ended */
};

static void
tell_text(struct telling *to, const char *name, struct cr_slice value)
{
	if (to->rc == 0 && value.len > 0)
		to->rc = to->tell(to->arg, name, value);
}

static void
tell_number(struct telling *to, const char *name, uint64_t number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIu64, number);

	tell_text(to, name, (struct cr_slice){ text, (size_t)len });
}

static void
tell_uuid(struct telling *to, const unsigned char uuid[CR_LEAF_UUID])
{
	char text[CR_UUID_TEXT_SIZE];

	cr_uuid_format(uuid, text);
	tell_text(to, "crReadSubject", cr_slice_of(text));
}

static void
tell_time(struct telling *to, int64_t time_ms)
{
	char text[CR_LEAF_TIME_SIZE];

	/* only a broken clock has a time without a text */
	if (cr_leaf_time_format(time_ms, text) == CR_OK)
		tell_text(to, "crReadTime", cr_slice_of(text));
}

static void
tell_subject(struct telling *to, const struct cr_leaf *leaf, size_t entry)
{
	if (entry < leaf->entry_count) {
		tell_uuid(to, leaf->entries[entry].uuid);
		tell_text(to, "crReadClass",
		    cr_slice_of(cr_name_class(
		    leaf->entries[entry].class_code)));
	} else if (leaf->has_subject) {
		tell_uuid(to, leaf->subject);
	}
}

static void
tell_channel(struct telling *to, const struct cr_leaf *leaf)
{
	tell_text(to, "crReadPeer", leaf->peer);
	tell_text(to, "crReadListener", leaf->listener);
	tell_text(to, "crReadMechanism", leaf->mechanism);
	tell_number(to, "crReadSSF", leaf->ssf);
	tell_number(to, "crReadConnection", leaf->connection);
	tell_number(to, "crReadOperation", leaf->operation);
}

int
cr_leaf_tell(const struct cr_leaf *leaf, size_t entry,
    int (*tell)(void *arg, const char *name, struct cr_slice value),
    void *arg)
{
	struct telling to = { tell, arg, 0 };

	tell_time(&to, leaf->time_ms);
	tell_text(&to, "crReadReader", leaf->reader);
	tell_text(&to, "crReadOnBehalfOf", leaf->on_behalf_of);
	tell_subject(&to, leaf, entry);
	tell_text(&to, "crReadPurpose", leaf->purpose);
	tell_text(&to, "crReadRecipient", leaf->recipient);
	tell_text(&to, "crReadReference", leaf->reference);
	tell_text(&to, "crReadType", cr_slice_of(cr_leaf_type_name(leaf->type)));
	tell_text(&to, "crReadEvent", leaf->event);
	tell_text(&to, "crReadDetail", leaf->detail);
	tell_text(&to, "crReadScope",
	    cr_slice_of(cr_leaf_scope_name(leaf->scope)));
	tell_text(&to, "crReadFilter", leaf->shape);
	for (size_t i = 0; i < leaf->attribute_count; i++)
		tell_text(&to, "crReadAttribute", leaf->attributes[i]);
	tell_channel(&to, leaf);
	if (leaf->flags & CR_LEAF_LAST) {
		tell_number(&to, "crReadCount", leaf->count);
		tell_number(&to, "crReadResult", (uint64_t)leaf->result);
	}
	return to.rc;
}
