/*
 * What readers of the index do.  What is not found is certain not to be there
 * only when every block in between was seen: their numbers tell.
 */
#include "index_impl.h"

#include <errno.h>

struct find {
	const struct cr_index *index;
	MDB_txn *txn;
	MDB_cursor *runs;
	MDB_cursor *entries;		/* of blocks or of times */
	uint64_t first;
	int64_t from_ms;
	int64_t until_ms;
	struct cr_place *places;
	size_t room;
	size_t count;
	uint64_t indexed;
};

/* No place is left: the caller comes again. */
#define FULL (-100000)

static int
push(struct find *find, uint64_t number, uint32_t offset)
{
	if (find->count == find->room)
		return FULL;
	find->places[find->count++] = (struct cr_place){ number, offset };
	return 0;
}

static int
get_block(struct find *find, MDB_cursor_op op, struct cr_block *ret_block)
{
	MDB_val k;
	MDB_val v;
	int rc = mdb_cursor_get(find->entries, &k, &v, op);

	return rc != 0 ? rc : cr_block_parse(cr_slice_of_val(&k),
	    cr_slice_of_val(&v), ret_block);
}

/* The last block of a table that does not begin behind a record. */
static int
seek_block(struct find *find, const struct cr_run *run,
    enum cr_index_table table, uint64_t hash, uint32_t leaf,
    struct cr_block *block)
{
	unsigned char key[CR_BLOCK_KEY_SIZE];
	MDB_val k = { sizeof(key), key };
	MDB_val v;
	int rc;

	cr_block_key(run->id, table, hash, leaf, key);
	rc = mdb_cursor_get(find->entries, &k, &v, MDB_SET_RANGE);
	if (rc == 0 && k.mv_size == sizeof(key) &&
	    memcmp(k.mv_data, key, sizeof(key)) == 0)
		return get_block(find, MDB_GET_CURRENT, block);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	rc = get_block(find, rc == 0 ? MDB_PREV : MDB_LAST, block);
	if (rc == 0 && block->run == run->id && block->table == table)
		return 0;
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	/* it begins behind the record: it must be the first one */
	rc = get_block(find, rc == 0 ? MDB_NEXT : MDB_FIRST, block);
	if (rc == 0 && block->number != 0)
		rc = CR_EVERIFY;
	return rc;
}

/* 0: more of the hash may be in the next block; MDB_NOTFOUND: no more */
static int
take_records(struct find *find, const struct cr_run *run,
    const struct cr_block *block, uint64_t hash, uint32_t leaf)
{
	for (unsigned i = 0; i < block->count; i++) {
		const struct cr_index_record *record = &block->records[i];

		if (record->hash > hash)
			return MDB_NOTFOUND;
		if (record->hash < hash || record->leaf < leaf)
			continue;
		if (push(find, run->base + record->leaf, record->offset) ==
		    FULL)
			return FULL;
	}
	return 0;
}

static int
find_in_run(struct find *find, const struct cr_run *run,
    enum cr_index_table table, uint64_t hash)
{
	uint32_t leaf = find->first > run->base ?
	    (uint32_t)(find->first - run->base) : 0;
	struct cr_block block;
	uint32_t number;
	int rc;

	if (run->blocks[table] == 0)
		return 0;
	rc = seek_block(find, run, table, hash, leaf, &block);
	while (rc == 0) {
		if (block.run != run->id || block.table != table ||
		    block.number >= run->blocks[table])
			return CR_EVERIFY;
		rc = take_records(find, run, &block, hash, leaf);
		if (rc == MDB_NOTFOUND)
			return 0;
		if (rc != 0)
			return rc;
		if (block.number + 1 == run->blocks[table])
			return 0;
		number = block.number + 1;
		rc = get_block(find, MDB_NEXT, &block);
		if (rc == 0 && block.number != number)
			rc = CR_EVERIFY;
	}
	/* a block that must be there is not */
	return rc == MDB_NOTFOUND ? CR_EVERIFY : rc;
}

static int
get_span(struct find *find, MDB_val *k, MDB_cursor_op op,
    struct cr_span *ret_span)
{
	MDB_val v;
	int rc = mdb_cursor_get(find->entries, k, &v, op);

	return rc != 0 ? rc : cr_span_parse(cr_slice_of_val(k),
	    cr_slice_of_val(&v), ret_span);
}

static int
find_times_in_run(struct find *find, const struct cr_run *run)
{
	uint64_t from = find->first > run->base ? find->first : run->base;
	uint64_t bundle = from / CR_TILE_WIDTH;
	unsigned char key[CR_SPAN_KEY_SIZE];
	MDB_val k = { sizeof(key), key };
	struct cr_span span;
	int rc;

	cr_span_key(bundle, key);
	rc = get_span(find, &k, MDB_SET, &span);
	while (rc == 0) {
		if (span.bundle != bundle)
			return CR_EVERIFY;
		if (span.latest_ms >= find->from_ms &&
		    span.earliest_ms <= find->until_ms &&
		    push(find, from, 0) == FULL)
			return FULL;
		bundle++;
		from = bundle * CR_TILE_WIDTH;
		if (from >= run->end)
			return 0;
		rc = get_span(find, &k, MDB_NEXT, &span);
	}
	return rc == MDB_NOTFOUND ? CR_EVERIFY : rc;
}

static int
find_in_runs(struct find *find, MDB_dbi entries,
    int (*in_run)(struct find *find, const struct cr_run *run, void *arg),
    void *arg)
{
	uint64_t end = 0;
	struct cr_index_meta meta;
	struct cr_run run;
	bool any = false;
	int rc = cr_index_get_meta(find->index, find->txn, &meta);

	if (rc != 0)
		return rc;
	find->indexed = meta.indexed;
	rc = mdb_cursor_open(find->txn, find->index->runs, &find->runs);
	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(find->txn, entries, &find->entries);
	if (rc == 0)
		rc = cr_index_get_run(find->runs, MDB_FIRST, &run);
	while (rc == 0) {
		if (any && run.base != end) {
			rc = CR_EVERIFY;
			break;
		}
		any = true;
		end = run.end;
		if (run.end > find->first &&
		    run.latest_ms >= find->from_ms &&
		    run.earliest_ms <= find->until_ms)
			rc = in_run(find, &run, arg);
		if (rc == 0)
			rc = cr_index_get_run(find->runs, MDB_NEXT, &run);
	}
	if (rc == MDB_NOTFOUND)
		rc = !any || end == meta.indexed ? 0 : CR_EVERIFY;
	mdb_cursor_close(find->entries);
	mdb_cursor_close(find->runs);
	return rc;
}

struct wanted {
	enum cr_index_table table;
	uint64_t hash;
};

static int
by_hash(struct find *find, const struct cr_run *run, void *arg)
{
	const struct wanted *wanted = arg;

	return find_in_run(find, run, wanted->table, wanted->hash);
}

static int
by_time(struct find *find, const struct cr_run *run, void *arg)
{
	(void)arg;
	return find_times_in_run(find, run);
}

/* LMDB's code or FULL to an error of error.h */
static int
result_of(const struct cr_index *index, int rc)
{
	if (rc == 0 || rc == FULL)
		return CR_OK;
	if (rc == ENOMEM)
		return CR_ENOMEM;
	if (cr_index_is_damage(rc)) {
		/* the writer makes it anew */
		atomic_store(&index->shared->damaged, true);
		return CR_ESTALE;
	}
	return rc == EAGAIN ? CR_ESTALE : CR_ELOG;
}

static int
run_find(struct find *find, MDB_dbi entries,
    int (*in_run)(struct find *find, const struct cr_run *run, void *arg),
    void *arg, size_t *ret_count, uint64_t *ret_next, uint64_t *ret_indexed)
{
	int rc = find_in_runs(find, entries, in_run, arg);
	int result = result_of(find->index, rc);

	if (result != CR_OK)
		return result;
	*ret_count = find->count;
	*ret_indexed = find->indexed;
	*ret_next = rc == FULL ? find->places[find->count - 1].number + 1 :
	    find->indexed;
	return CR_OK;
}

int
cr_index_find(const struct cr_index *index, enum cr_index_table table,
    uint64_t hash, uint64_t first, int64_t from_ms, int64_t until_ms,
    struct cr_place *places, size_t room, size_t *ret_count,
    uint64_t *ret_next, uint64_t *ret_indexed)
{
	struct find find = { .index = index, .first = first,
		.from_ms = from_ms, .until_ms = until_ms, .places = places,
		.room = room };
	struct wanted wanted = { table, hash };
	int rc = cr_index_read_begin(index, &find.txn);

	if (rc != 0)
		return result_of(index, rc);
	rc = run_find(&find, index->blocks, by_hash, &wanted, ret_count,
	    ret_next, ret_indexed);
	cr_index_read_end(index, find.txn);
	return rc;
}

int
cr_index_find_time(const struct cr_index *index, uint64_t first,
    int64_t from_ms, int64_t until_ms, struct cr_place *places, size_t room,
    size_t *ret_count, uint64_t *ret_next, uint64_t *ret_indexed)
{
	struct find find = { .index = index, .first = first,
		.from_ms = from_ms, .until_ms = until_ms, .places = places,
		.room = room };
	int rc = cr_index_read_begin(index, &find.txn);

	if (rc != 0)
		return result_of(index, rc);
	rc = run_find(&find, index->times, by_time, NULL, ret_count, ret_next,
	    ret_indexed);
	cr_index_read_end(index, find.txn);
	return rc;
}

int
cr_index_counters(const struct cr_index *index,
    struct cr_index_counters *ret_counters)
{
	struct cr_index_counters counters = { 0 };
	const MDB_dbi dbis[] = { index->meta, index->runs, index->blocks,
		index->times };
	MDB_stat stat = { 0 };
	MDB_envinfo info;
	struct cr_run run;
	MDB_cursor *cursor;
	MDB_txn *txn;
	int rc = cr_index_read_begin(index, &txn);

	if (rc != 0)
		return result_of(index, rc);
	for (size_t i = 0; i < 4 && rc == 0; i++) {
		rc = mdb_stat(txn, dbis[i], &stat);
		counters.used_bytes += (stat.ms_branch_pages +
		    stat.ms_leaf_pages + stat.ms_overflow_pages) *
		    (uint64_t)stat.ms_psize;
	}
	if (rc == 0)
		rc = mdb_env_info(index->env, &info);
	if (rc == 0)
		rc = mdb_cursor_open(txn, index->runs, &cursor);
	if (rc == 0) {
		counters.bytes = (info.me_last_pgno + 1) *
		    (uint64_t)stat.ms_psize;
		rc = cr_index_get_run(cursor, MDB_FIRST, &run);
		for (; rc == 0; rc = cr_index_get_run(cursor, MDB_NEXT, &run)) {
			counters.runs++;
			counters.indexed = run.end;
			for (unsigned i = 0; i < CR_INDEX_TABLES; i++)
				counters.records += run.records[i];
		}
		mdb_cursor_close(cursor);
	}
	cr_index_read_end(index, txn);
	if (rc == 0 || rc == MDB_NOTFOUND) {
		*ret_counters = counters;
		return CR_OK;
	}
	return result_of(index, rc);
}
