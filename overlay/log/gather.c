#include "gather.h"

#include <errno.h>
#include <stdlib.h>

/* Entries of one leaf: far below the 65,535 bytes it may have. */
#define LEAF_ENTRIES 2048
#define FIRST_ENTRIES 8

struct cr_gather {
	struct cr_leaf leaf;
	struct cr_leaf_entry *entries;
	size_t size;
	uint64_t count;		/* entries, appended or waiting */
	bool started;		/* a leaf was appended */
	bool ended;
	bool done;		/* and the last one too */
	/* what the slices of the leaf point to */
	_Alignas(struct cr_slice) char text[];
};

/* The slices of a leaf that are plain texts. */
static const size_t texts[] = {
	offsetof(struct cr_leaf, reader),
	offsetof(struct cr_leaf, on_behalf_of),
	offsetof(struct cr_leaf, purpose),
	offsetof(struct cr_leaf, recipient),
	offsetof(struct cr_leaf, reference),
	offsetof(struct cr_leaf, mechanism),
	offsetof(struct cr_leaf, peer),
	offsetof(struct cr_leaf, listener),
	offsetof(struct cr_leaf, shape),
	offsetof(struct cr_leaf, event),
	offsetof(struct cr_leaf, detail)
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static struct cr_slice *
text_of(struct cr_leaf *leaf, size_t i)
{
	return (struct cr_slice *)(void *)((char *)leaf + texts[i]);
}

static size_t
copied_size(struct cr_leaf *leaf)
{
	size_t size = leaf->attribute_count * sizeof(struct cr_slice);

	for (size_t i = 0; i < TEXTS; i++)
		size += text_of(leaf, i)->len;
	for (size_t i = 0; i < leaf->attribute_count; i++)
		size += leaf->attributes[i].len;
	return size;
}

static char *
copy_slice(struct cr_slice *slice, char *at)
{
	if (slice->len > 0)
		memcpy(at, slice->ptr, slice->len);
	slice->ptr = at;
	return at + slice->len;
}

/* The attributes' slices stand first, for their alignment. */
static void
copy_texts(struct cr_gather *gather)
{
	struct cr_leaf *leaf = &gather->leaf;
	struct cr_slice *attributes = (struct cr_slice *)(void *)gather->text;
	char *at = gather->text +
	    leaf->attribute_count * sizeof(struct cr_slice);

	for (size_t i = 0; i < TEXTS; i++)
		at = copy_slice(text_of(leaf, i), at);
	for (size_t i = 0; i < leaf->attribute_count; i++) {
		attributes[i] = leaf->attributes[i];
		at = copy_slice(&attributes[i], at);
	}
	leaf->attributes = attributes;
}

int
cr_gather_new(const struct cr_leaf *head, struct cr_gather **ret_gather)
{
	struct cr_leaf leaf = *head;
	struct cr_gather *gather;

	gather = malloc(sizeof(*gather) + copied_size(&leaf));
	if (gather == NULL)
		return CR_ENOMEM;
	memset(gather, 0, sizeof(*gather));
	leaf.flags = 0;
	leaf.entries = NULL;
	leaf.entry_count = 0;
	gather->leaf = leaf;
	copy_texts(gather);
	*ret_gather = gather;
	return CR_OK;
}

void
cr_gather_free(struct cr_gather **gather)
{
	if (gather == NULL || *gather == NULL)
		return;
	free((*gather)->entries);
	free(*gather);
	*gather = NULL;
}

int
cr_gather_add(struct cr_gather *gather, const unsigned char uuid[16],
    unsigned char class_code)
{
	struct cr_leaf_entry *entry;
	size_t used = gather->leaf.entry_count;

	if (used == gather->size) {
		size_t size = used == 0 ? FIRST_ENTRIES : 4 * used;
		struct cr_leaf_entry *grown = realloc(gather->entries,
		    size * sizeof(*grown));

		if (grown == NULL)
			return CR_ENOMEM;
		gather->entries = grown;
		gather->size = size;
	}
	entry = &gather->entries[used];
	memcpy(entry->uuid, uuid, sizeof(entry->uuid));
	entry->class_code = class_code;
	gather->leaf.entry_count = used + 1;
	gather->count++;
	return CR_OK;
}

size_t
cr_gather_entries(const struct cr_gather *gather)
{
	return gather->leaf.entry_count;
}

void
cr_gather_end(struct cr_gather *gather, int result)
{
	gather->leaf.result = result;
	gather->ended = true;
}

bool
cr_gather_waits(const struct cr_gather *gather)
{
	return gather->leaf.entry_count > 0 ||
	    (gather->started && gather->ended && !gather->done);
}

static int
append_leaf(const struct cr_leaf *leaf, struct cr_log *log,
    enum cr_log_rank rank, struct cr_log_ticket *ret_ticket)
{
	unsigned char small[1024];
	unsigned char *bytes = small;
	size_t size = cr_leaf_size(leaf);
	size_t len;
	int kept;
	int rc;

	if (size > sizeof(small)) {
		bytes = malloc(size);
		if (bytes == NULL)
			return CR_ENOMEM;
	}
	rc = cr_leaf_encode(leaf, bytes, size, &len);
	if (rc == CR_OK)
		rc = cr_log_append(log, rank, (struct cr_slice){
		    (const char *)bytes, len }, ret_ticket);
	kept = errno;
	if (bytes != small)
		free(bytes);
	errno = kept;
	return rc == CR_OK ? CR_OK : CR_ELOG;
}

int
cr_gather_append(struct cr_gather *gather, struct cr_log *log,
    enum cr_log_rank rank, int64_t time_ms, struct cr_log_ticket *ret_ticket)
{
	struct cr_leaf leaf = gather->leaf;
	size_t left = leaf.entry_count;
	struct cr_log_ticket ticket = { 0 };
	uint32_t epoch = 0;
	int rc;

	leaf.entries = gather->entries;
	leaf.time_ms = time_ms;
	gather->leaf.entry_count = 0;
	do {
		leaf.entry_count = left < LEAF_ENTRIES ? left : LEAF_ENTRIES;
		left -= leaf.entry_count;
		leaf.flags = gather->started ? 0 : CR_LEAF_FIRST;
		if (gather->ended && left == 0) {
			leaf.flags |= CR_LEAF_LAST;
			leaf.count = gather->count;
		}
		rc = append_leaf(&leaf, log, rank, &ticket);
		if (rc != CR_OK)
			return rc;
		/* the log has failed meanwhile, the leaf before is lost */
		if (epoch != 0 && ticket.epoch != epoch) {
			errno = EIO;
			return CR_ELOG;
		}
		epoch = ticket.epoch;
		gather->started = true;
		leaf.entries += leaf.entry_count;
	} while (left > 0);
	gather->done = gather->ended;
	*ret_ticket = ticket;
	return CR_OK;
}
