#include "query.h"

#include <stdlib.h>

#include "log/index_impl.h"
#include "log/tree.h"

/* Places that are asked of the index at a time. */
#define PLACES 256
/* An index that is further behind is being made: wait for it. */
#define TAIL_MAX 65536

struct run {
	const struct cr_index *index;
	const struct cr_query *query;
	cr_query_fn *hit;
	void *arg;
	struct cr_log_fault *fault;
	uint64_t size;			/* of the log */
	uint64_t next;			/* leaves below are done */
	size_t hits;
	size_t looked_at;
	struct cr_leaf_space space;
	struct cr_bundle bundle;
	uint32_t *entries;
	size_t entry_room;
	unsigned char *buffer;		/* of one leaf */
	struct cr_place places[PLACES];
	int stop;			/* what `hit` returned */
};

/* Limit, budget or `hit`: the query goes on elsewhere. */
#define ENDED 1

void
cr_query_init(struct cr_query *query)
{
	*query = (struct cr_query){
		.from_ms = INT64_MIN,
		.until_ms = INT64_MAX
	};
}

static bool
is_wanted(struct cr_slice wanted, struct cr_slice a, struct cr_slice b)
{
	return wanted.len == 0 || cr_slice_same_name(wanted, a) ||
	    cr_slice_same_name(wanted, b);
}

static bool
matches_head(const struct cr_query *query, const struct cr_leaf *leaf)
{
	return leaf->time_ms >= query->from_ms &&
	    leaf->time_ms <= query->until_ms &&
	    (query->type == CR_LEAF_NOTHING || leaf->type == query->type) &&
	    is_wanted(query->reader, leaf->reader, leaf->on_behalf_of) &&
	    is_wanted(query->recipient, leaf->recipient, leaf->recipient) &&
	    is_wanted(query->purpose, leaf->purpose, leaf->purpose);
}

static int
reserve_entries(struct run *run, size_t count)
{
	uint32_t *entries;

	if (count <= run->entry_room)
		return CR_OK;
	entries = realloc(run->entries, count * sizeof(*entries));
	if (entries == NULL)
		return CR_ENOMEM;
	run->entries = entries;
	run->entry_room = count;
	return CR_OK;
}

/* The entries asked for; *ret_any: the leaf is a hit. */
static int
choose_entries(struct run *run, const struct cr_leaf *leaf,
    size_t *ret_count, bool *ret_any)
{
	const struct cr_query *query = run->query;
	size_t count = 0;
	int rc = reserve_entries(run, leaf->entry_count);

	if (rc != CR_OK)
		return rc;
	for (size_t i = 0; i < leaf->entry_count; i++) {
		if (!query->has_subject || memcmp(leaf->entries[i].uuid,
		    query->subject, CR_LEAF_UUID) == 0)
			run->entries[count++] = (uint32_t)i;
	}
	*ret_count = count;
	*ret_any = !query->has_subject || count > 0 || (leaf->has_subject &&
	    memcmp(leaf->subject, query->subject, CR_LEAF_UUID) == 0);
	return CR_OK;
}

/*
 * A leaf that is at or behind `next`; afterwards `next` is behind it.  One
 * that cannot be decoded says nothing of anybody: `custreg log verify` tells
 * whether it is the one that was written.
 */
static int
look_at(struct run *run, uint64_t number, struct cr_slice bytes)
{
	const struct cr_query *query = run->query;
	struct cr_hit hit = { .number = number };
	struct cr_leaf leaf;
	bool any;
	int rc;

	if (query->budget > 0 && run->looked_at == query->budget)
		return ENDED;
	run->looked_at++;
	rc = cr_leaf_decode(bytes, &run->space, &leaf);
	if (rc == CR_ENOMEM)
		return rc;
	run->next = number + 1;
	if (rc != CR_OK || !matches_head(query, &leaf))
		return CR_OK;
	rc = choose_entries(run, &leaf, &hit.entry_count, &any);
	if (rc != CR_OK || !any)
		return rc;
	hit.leaf = &leaf;
	hit.entries = run->entries;
	run->stop = run->hit(run->arg, &hit);
	if (run->stop != 0)
		return ENDED;
	run->hits++;
	return query->limit > 0 && run->hits == query->limit ? ENDED : CR_OK;
}

/* What was pruned since the query began is no fault. */
static int
forgive_pruned(struct run *run, uint64_t number, int rc)
{
	uint64_t minimum;

	if (rc == CR_OK || rc == CR_ENOMEM ||
	    cr_minimum_read(run->index->dirfd, &minimum, run->fault) != CR_OK ||
	    number >= minimum)
		return rc;
	run->next = minimum;
	return CR_OK;
}

static int
look_at_place(struct run *run, const struct cr_place *place)
{
	struct cr_slice leaf;
	int rc = cr_leaf_read(run->index->dirfd, place->number / CR_TILE_WIDTH,
	    place->offset, run->size, run->buffer, &leaf, run->fault);

	if (rc != CR_OK)
		return forgive_pruned(run, place->number, rc);
	return look_at(run, place->number, leaf);
}

/* From `number` to the end of its bundle or `end`. */
static int
look_at_bundle(struct run *run, uint64_t number, uint64_t end)
{
	struct cr_bundle *bundle = &run->bundle;
	unsigned i = (unsigned)(number % CR_TILE_WIDTH);
	int rc = cr_bundle_read(run->index->dirfd, number / CR_TILE_WIDTH,
	    run->size, bundle, run->fault);

	if (rc != CR_OK)
		return forgive_pruned(run, number, rc);
	for (; i < bundle->count && number < end && rc == CR_OK; i++) {
		rc = look_at(run, number, cr_bundle_leaf(bundle, i));
		number++;
	}
	return rc;
}

/* The index knows the leaves of a subject or recipient, else bundles. */
static bool
looks_at_bundles(const struct cr_query *query)
{
	return !query->has_subject && query->recipient.len == 0;
}

static int
find_places(struct run *run, uint64_t first, size_t *ret_count,
    uint64_t *ret_next, uint64_t *ret_indexed)
{
	const struct cr_query *query = run->query;
	enum cr_index_table table = CR_INDEX_LEAVES;
	uint64_t hash;

	if (query->has_subject) {
		hash = cr_index_subject_hash(query->subject);
	} else if (query->recipient.len > 0) {
		hash = cr_index_party_hash(CR_INDEX_RECIPIENT,
		    query->recipient);
	} else if (query->reader.len > 0) {
		table = CR_INDEX_BUNDLES;
		hash = cr_index_party_hash(CR_INDEX_READER, query->reader);
	} else {
		return cr_index_find_time(run->index, first, query->from_ms,
		    query->until_ms, run->places, PLACES, ret_count, ret_next,
		    ret_indexed);
	}
	return cr_index_find(run->index, table, hash, first, query->from_ms,
	    query->until_ms, run->places, PLACES, ret_count, ret_next,
	    ret_indexed);
}

static int
look_at_places(struct run *run, size_t count, uint64_t indexed)
{
	const bool whole_bundles = looks_at_bundles(run->query);

	for (size_t i = 0; i < count; i++) {
		const struct cr_place *place = &run->places[i];
		uint64_t number = place->number;
		int rc;

		if (whole_bundles && number < run->next)
			number = run->next;
		/* in a bundle that has been looked at, or pruned */
		if (number < run->next ||
		    number / CR_TILE_WIDTH != place->number / CR_TILE_WIDTH)
			continue;
		rc = whole_bundles ? look_at_bundle(run, number, indexed) :
		    look_at_place(run, place);
		if (rc != CR_OK)
			return rc;
	}
	return CR_OK;
}

/*
 * The index tells of a bundle only by the first leaf of interest, so that it
 * is asked from the start of the bundle on.
 */
static int
look_in_index(struct run *run, uint64_t *ret_indexed)
{
	const bool whole_bundles = looks_at_bundles(run->query);
	uint64_t indexed;
	uint64_t next;
	size_t count;

	do {
		uint64_t first = whole_bundles ?
		    run->next - run->next % CR_TILE_WIDTH : run->next;
		int rc = find_places(run, first, &count, &next, &indexed);

		/* the log has grown since */
		if (rc == CR_OK && indexed > run->size)
			run->size = indexed;
		if (rc == CR_OK)
			rc = look_at_places(run, count, indexed);
		if (rc != CR_OK)
			return rc;
		/* the bundle of the last place has been looked at */
		if (whole_bundles && next < indexed)
			next += CR_TILE_WIDTH - next % CR_TILE_WIDTH;
		if (next > indexed)
			next = indexed;
		if (next > run->next)
			run->next = next;
	} while (next < indexed);
	*ret_indexed = indexed;
	return CR_OK;
}

static int
look_at_tail(struct run *run)
{
	int rc = CR_OK;

	while (rc == CR_OK && run->next < run->size)
		rc = look_at_bundle(run, run->next, run->size);
	return rc;
}

static int
look_at_all(struct run *run)
{
	uint64_t minimum = atomic_load(&run->index->minimum);
	uint64_t indexed;
	int rc;

	run->next = run->query->first > minimum ? run->query->first : minimum;
	if (cr_index_behind(run->index) > TAIL_MAX)
		return CR_ESTALE;
	run->size = atomic_load(&run->index->log_size);
	if (run->next >= run->size)
		return CR_OK;
	rc = look_in_index(run, &indexed);
	return rc == CR_OK ? look_at_tail(run) : rc;
}

int
cr_query_run(const struct cr_index *index, const struct cr_query *query,
    cr_query_fn *hit, void *arg, uint64_t *ret_next,
    struct cr_log_fault *ret_fault)
{
	struct run *run = calloc(1, sizeof(*run));
	int rc = CR_ENOMEM;

	if (run == NULL)
		return CR_ENOMEM;
	run->buffer = malloc(CR_LEAF_MAX + 2);
	if (run->buffer == NULL)
		goto out;
	run->index = index;
	run->query = query;
	run->hit = hit;
	run->arg = arg;
	run->fault = ret_fault;
	rc = look_at_all(run);
	if (rc == CR_OK)
		*ret_next = CR_QUERY_END;
	if (rc == ENDED) {
		*ret_next = run->next;
		rc = run->stop;
	}
out:
	cr_leaf_space_clear(&run->space);
	cr_bundle_clear(&run->bundle);
	free(run->entries);
	free(run->buffer);
	free(run);
	return rc;
}
