/*
 * Small runs become larger ones, pruned ones go.
 */
#include "index_impl.h"

#include <errno.h>
#include <stdlib.h>

/* Runs of one size that become one, and how much that makes it larger. */
#define FAN 8
/* Larger runs stay as they are: eight of them are merged at once at most. */
#define FINAL_LEVEL 6
#define MERGE_MAX (FAN * FINAL_LEVEL + FAN)

/* Eight times as many records are one level up. */
static unsigned
level_of(const struct cr_run *run)
{
	uint64_t count = 0;
	unsigned level = 0;

	for (unsigned i = 0; i < CR_INDEX_TABLES; i++)
		count += run->records[i];
	for (; count >= FAN && level < FINAL_LEVEL; count /= FAN)
		level++;
	return level;
}

/* One of the runs that are merged, with the block it is at. */
struct source {
	struct cr_run run;
	struct cr_block block;
	unsigned at;
	bool done;
};

struct merge {
	struct source *sources;		/* the oldest first */
	unsigned count;
	struct cr_run into;
	MDB_cursor *cursor;		/* of blocks */
};

/* The least key above that of this record. */
static void
key_behind(uint32_t run, enum cr_index_table table,
    const struct cr_index_record *record,
    unsigned char ret_key[CR_BLOCK_KEY_SIZE])
{
	unsigned i = CR_BLOCK_KEY_SIZE;

	cr_block_key(run, table, record->hash, record->leaf, ret_key);
	while (i > 0 && ++ret_key[i - 1] == 0)
		i--;
}

/* Block `number` of a table: the one after what was read. */
static int
load_block(struct merge *merge, struct source *source,
    enum cr_index_table table, uint32_t number)
{
	const struct cr_block *block = &source->block;
	unsigned char key[CR_BLOCK_KEY_SIZE];
	MDB_val k = { sizeof(key), key };
	MDB_val v;
	int rc;

	source->at = 0;
	source->done = number == source->run.blocks[table];
	if (source->done)
		return 0;
	if (number > 0)
		key_behind(source->run.id, table,
		    &block->records[block->count - 1], key);
	else
		cr_block_key(source->run.id, table, 0, 0, key);
	rc = mdb_cursor_get(merge->cursor, &k, &v, MDB_SET_RANGE);
	if (rc == 0)
		rc = cr_block_parse(cr_slice_of_val(&k), cr_slice_of_val(&v),
		    &source->block);
	if (rc == MDB_NOTFOUND)
		return CR_EVERIFY;
	if (rc != 0)
		return rc;
	return block->run == source->run.id && block->table == table &&
	    block->number == number ? 0 : CR_EVERIFY;
}

static struct cr_index_record
front_of(const struct merge *merge, const struct source *source)
{
	struct cr_index_record record = source->block.records[source->at];

	record.leaf += (uint32_t)(source->run.base - merge->into.base);
	return record;
}

/* NULL: all are at their end */
static struct source *
least_source(struct merge *merge, struct cr_index_record *ret_record)
{
	struct source *least = NULL;

	for (unsigned i = 0; i < merge->count; i++) {
		struct source *source = &merge->sources[i];
		struct cr_index_record record;

		if (source->done)
			continue;
		record = front_of(merge, source);
		if (least == NULL ||
		    cr_index_record_compare(&record, ret_record) < 0) {
			least = source;
			*ret_record = record;
		}
	}
	return least;
}

static int
merge_table(struct merge *merge, struct cr_run_writer *writer,
    enum cr_index_table table)
{
	struct cr_index_record record;
	struct cr_index_record before = { .hash = UINT64_MAX };
	struct source *source;
	int rc = 0;

	cr_run_start(writer, table);
	for (unsigned i = 0; i < merge->count && rc == 0; i++)
		rc = load_block(merge, &merge->sources[i], table, 0);
	while (rc == 0 && (source = least_source(merge, &record)) != NULL) {
		if (!cr_index_says_same(table, merge->into.base, &before,
		    &record))
			rc = cr_run_write(writer, &record);
		before = record;
		if (rc == 0 && ++source->at == source->block.count)
			rc = load_block(merge, source, table,
			    source->block.number + 1);
	}
	return rc == 0 ? cr_run_flush(writer) : rc;
}

/* Blocks of the runs from `from` on, `to` not included. */
static int
delete_blocks(MDB_cursor *cursor, uint32_t from, uint32_t to)
{
	unsigned char key[CR_BLOCK_KEY_SIZE];
	unsigned char end[CR_BLOCK_KEY_SIZE];
	MDB_val k = { sizeof(key), key };
	MDB_val v;
	int rc;

	cr_block_key(from, 0, 0, 0, key);
	cr_block_key(to, 0, 0, 0, end);
	rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
	while (rc == 0 && k.mv_size == sizeof(end) &&
	    memcmp(k.mv_data, end, sizeof(end)) < 0) {
		rc = mdb_cursor_del(cursor, 0);
		/* LMDB: the next of one that is deleted is what took its place */
		if (rc == 0)
			rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
delete_run(struct cr_index *index, MDB_txn *txn, uint32_t id)
{
	unsigned char key[CR_RUN_KEY_SIZE];
	MDB_val k = { sizeof(key), key };

	cr_run_key(id, key);
	return mdb_del(txn, index->runs, &k, NULL);
}

static int
merge_runs(struct cr_index *index, MDB_txn *txn, void *arg)
{
	struct merge *merge = arg;
	struct cr_run_writer writer = { .run = &merge->into };
	struct cr_run *into = &merge->into;
	int rc = mdb_cursor_open(txn, index->blocks, &merge->cursor);

	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(txn, index->blocks, &writer.cursor);
	if (rc != 0)
		goto out;
	*into = merge->sources[merge->count - 1].run;
	into->id++;
	into->base = merge->sources[0].run.base;
	memset(into->records, 0, sizeof(into->records));
	memset(into->blocks, 0, sizeof(into->blocks));
	for (unsigned i = 0; i < merge->count; i++) {
		const struct cr_run *run = &merge->sources[i].run;

		if (run->earliest_ms < into->earliest_ms)
			into->earliest_ms = run->earliest_ms;
		if (run->latest_ms > into->latest_ms)
			into->latest_ms = run->latest_ms;
	}
	for (unsigned table = 0; table < CR_INDEX_TABLES && rc == 0; table++)
		rc = merge_table(merge, &writer, table);
	if (rc == 0)
		rc = cr_run_put(index, txn, into);
	if (rc == 0)
		rc = delete_blocks(writer.cursor,
		    merge->sources[0].run.id, into->id);
	for (unsigned i = 0; i < merge->count && rc == 0; i++)
		rc = delete_run(index, txn, merge->sources[i].run.id);
	mdb_cursor_close(writer.cursor);
out:
	mdb_cursor_close(merge->cursor);
	return rc;
}

/*
 * Puts the runs to merge at the end of `sources` and says how many: the last
 * ones, none of them above a level of which there are FAN.
 */
static int
choose_runs(struct cr_index *index, struct source *sources,
    unsigned *ret_count)
{
	unsigned of_level[FINAL_LEVEL + 1] = { 0 };
	unsigned seen = 0;
	unsigned highest = 0;
	struct cr_run run;
	MDB_cursor *cursor;
	MDB_txn *txn;
	int rc = mdb_txn_begin(index->env, NULL, MDB_RDONLY, &txn);

	*ret_count = 0;
	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(txn, index->runs, &cursor);
	if (rc != 0)
		goto out;
	rc = cr_index_get_run(cursor, MDB_LAST, &run);
	while (rc == 0 && seen < MERGE_MAX) {
		unsigned level = level_of(&run);

		if (level == FINAL_LEVEL)
			break;
		if (level > highest)
			highest = level;
		sources[MERGE_MAX - ++seen].run = run;
		if (++of_level[highest] >= FAN)
			*ret_count = seen;
		rc = cr_index_get_run(cursor, MDB_PREV, &run);
	}
	mdb_cursor_close(cursor);
out:
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
drop_spans(struct cr_index *index, MDB_txn *txn, uint64_t minimum)
{
	struct cr_span span;
	MDB_cursor *cursor;
	MDB_val k;
	MDB_val v;
	int rc = mdb_cursor_open(txn, index->times, &cursor);

	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &k, &v, MDB_FIRST)) == 0) {
		rc = cr_span_parse(cr_slice_of_val(&k), cr_slice_of_val(&v),
		    &span);
		if (rc != 0 || span.bundle >= minimum / CR_TILE_WIDTH)
			break;
		rc = mdb_cursor_del(cursor, 0);
		if (rc != 0)
			break;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
drop_below(struct cr_index *index, MDB_txn *txn, void *arg)
{
	const uint64_t *minimum = arg;
	struct cr_run first;
	MDB_cursor *runs;
	MDB_cursor *blocks;
	int rc = mdb_cursor_open(txn, index->runs, &runs);

	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(txn, index->blocks, &blocks);
	if (rc != 0)
		goto out;
	while ((rc = cr_index_get_run(runs, MDB_FIRST, &first)) == 0 &&
	    first.end <= *minimum) {
		rc = delete_blocks(blocks, first.id, first.id + 1);
		if (rc == 0)
			rc = mdb_cursor_del(runs, 0);
		if (rc != 0)
			break;
	}
	mdb_cursor_close(blocks);
out:
	mdb_cursor_close(runs);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	return drop_spans(index, txn, *minimum);
}

static int
first_run(struct cr_index *index, struct cr_run *ret_run)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	int rc = mdb_txn_begin(index->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(txn, index->runs, &cursor);
	if (rc == 0) {
		rc = cr_index_get_run(cursor, MDB_FIRST, ret_run);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return rc;
}

int
cr_index_drop(struct cr_index *index, uint64_t minimum)
{
	struct cr_run first;
	int rc = first_run(index, &first);

	if (rc == MDB_NOTFOUND || (rc == 0 && first.end > minimum))
		return 0;
	return rc == 0 ? cr_index_write(index, drop_below, &minimum) : rc;
}

int
cr_index_merge(struct cr_index *index)
{
	struct source *sources = malloc(MERGE_MAX * sizeof(*sources));
	struct merge merge;
	unsigned count;
	int rc;

	if (sources == NULL)
		return ENOMEM;
	for (;;) {
		rc = choose_runs(index, sources, &count);
		if (rc != 0 || count == 0)
			break;
		merge.sources = sources + MERGE_MAX - count;
		merge.count = count;
		/* leaves are counted in 32 bits from the base */
		if (merge.sources[count - 1].run.end -
		    merge.sources[0].run.base > UINT32_MAX)
			break;
		rc = cr_index_write(index, merge_runs, &merge);
		if (rc != 0)
			break;
	}
	free(sources);
	return rc;
}
