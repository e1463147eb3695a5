/*
 * What is new, collected in memory until it becomes a run.
 */
#include "index_impl.h"

#include <stdlib.h>

static bool
reserve(struct cr_index_records *records, size_t room)
{
	struct cr_index_record *list;

	if (room <= records->room)
		return true;
	if (room < 2 * records->room)
		room = 2 * records->room;
	if (room < 1024)
		room = 1024;
	list = realloc(records->list, room * sizeof(*list));
	if (list == NULL)
		return false;
	records->list = list;
	records->room = room;
	return true;
}

static bool
add_record(struct cr_index_batch *batch, enum cr_index_table table,
    uint64_t hash, uint64_t number, uint32_t offset)
{
	struct cr_index_records *records = &batch->tables[table];

	if (records->count == records->room &&
	    !reserve(records, records->count + 1))
		return false;
	records->list[records->count++] = (struct cr_index_record){
		.hash = hash,
		.leaf = (uint32_t)(number - batch->base),
		.offset = offset
	};
	return true;
}

static bool
add_time(struct cr_index_batch *batch, uint64_t number, int64_t time_ms)
{
	uint64_t bundle = number / CR_TILE_WIDTH;
	struct cr_span *span;

	if (batch->span_count > 0) {
		span = &batch->spans[batch->span_count - 1];
		if (span->bundle == bundle) {
			if (time_ms < span->earliest_ms)
				span->earliest_ms = time_ms;
			if (time_ms > span->latest_ms)
				span->latest_ms = time_ms;
			return true;
		}
	}
	if (batch->span_count == batch->span_room) {
		size_t room = batch->span_room > 0 ? 2 * batch->span_room : 64;

		span = realloc(batch->spans, room * sizeof(*span));
		if (span == NULL)
			return false;
		batch->spans = span;
		batch->span_room = room;
	}
	batch->spans[batch->span_count++] = (struct cr_span){ bundle, time_ms,
		time_ms };
	return true;
}

static bool
add_reader(struct cr_index_batch *batch, struct cr_slice name, uint64_t number,
    uint32_t offset)
{
	return name.len == 0 || add_record(batch, CR_INDEX_BUNDLES,
	    cr_index_party_hash(CR_INDEX_READER, name), number, offset);
}

/* Disclosures are few. */
static bool
add_recipient(struct cr_index_batch *batch, struct cr_slice name,
    uint64_t number, uint32_t offset)
{
	return name.len == 0 || add_record(batch, CR_INDEX_LEAVES,
	    cr_index_party_hash(CR_INDEX_RECIPIENT, name), number, offset);
}

static bool
add_subjects(struct cr_index_batch *batch, const struct cr_leaf *leaf,
    uint64_t number, uint32_t offset)
{
	const unsigned char *before = NULL;

	for (size_t i = 0; i < leaf->entry_count; i++) {
		const unsigned char *uuid = leaf->entries[i].uuid;

		if (before != NULL && memcmp(before, uuid, CR_LEAF_UUID) == 0)
			continue;
		if (!add_record(batch, CR_INDEX_LEAVES,
		    cr_index_subject_hash(uuid), number, offset))
			return false;
		before = uuid;
	}
	return !leaf->has_subject || add_record(batch, CR_INDEX_LEAVES,
	    cr_index_subject_hash(leaf->subject), number, offset);
}

/*
 * A leaf that this version cannot read names nobody, but has its place and
 * may be of any time.
 */
static bool
add_unreadable(struct cr_index_batch *batch, uint64_t number)
{
	return add_time(batch, number, INT64_MIN) &&
	    add_time(batch, number, INT64_MAX);
}

static bool
add_leaf(struct cr_index_batch *batch, const struct cr_leaf *leaf,
    uint64_t number, uint32_t offset)
{
	return add_time(batch, number, leaf->time_ms) &&
	    add_subjects(batch, leaf, number, offset) &&
	    add_recipient(batch, leaf->recipient, number, offset) &&
	    add_reader(batch, leaf->reader, number, offset) &&
	    add_reader(batch, leaf->on_behalf_of, number, offset);
}

bool
cr_batch_add(struct cr_index_batch *batch, uint64_t number, uint32_t offset,
    struct cr_slice bytes)
{
	struct cr_leaf leaf;
	bool added;
	int rc;

	if (batch->broken || number != batch->end ||
	    number - batch->base >= UINT32_MAX)
		return false;
	rc = cr_leaf_decode(bytes, &batch->space, &leaf);
	if (rc == CR_OK)
		added = add_leaf(batch, &leaf, number, offset);
	else
		added = rc != CR_ENOMEM && add_unreadable(batch, number);
	/* half a leaf is worse than none: its range is read again */
	batch->broken = !added;
	if (added)
		batch->end++;
	return added;
}

size_t
cr_batch_records(const struct cr_index_batch *batch)
{
	size_t count = 0;

	for (unsigned i = 0; i < CR_INDEX_TABLES; i++)
		count += batch->tables[i].count;
	return count;
}

int
cr_batch_finish(struct cr_index_batch *batch)
{
	for (unsigned table = 0; table < CR_INDEX_TABLES; table++) {
		struct cr_index_records *records = &batch->tables[table];
		struct cr_index_record *list = records->list;
		size_t kept = 0;

		if (records->count == 0)
			continue;
		if (!reserve(&batch->spare, records->count))
			return CR_ENOMEM;
		cr_index_sort(list, batch->spare.list, records->count);
		for (size_t i = 0; i < records->count; i++) {
			if (kept == 0 || !cr_index_says_same(table, batch->base,
			    &list[kept - 1], &list[i]))
				list[kept++] = list[i];
		}
		records->count = kept;
	}
	return CR_OK;
}

void
cr_batch_restart(struct cr_index_batch *batch, uint64_t base)
{
	batch->base = base;
	batch->end = base;
	for (unsigned i = 0; i < CR_INDEX_TABLES; i++)
		batch->tables[i].count = 0;
	batch->span_count = 0;
	batch->broken = false;
}

void
cr_batch_clear(struct cr_index_batch *batch)
{
	for (unsigned i = 0; i < CR_INDEX_TABLES; i++)
		free(batch->tables[i].list);
	free(batch->spare.list);
	free(batch->spans);
	cr_leaf_space_clear(&batch->space);
	memset(batch, 0, sizeof(*batch));
}
