/*
 * Runs are written once, each block behind the one before.
 */
#include "index_impl.h"

int
cr_run_flush(struct cr_run_writer *writer)
{
	unsigned char key[CR_BLOCK_KEY_SIZE];
	unsigned char value[CR_BLOCK_SIZE];
	struct cr_block *block = &writer->block;
	MDB_val k = { sizeof(key), key };
	MDB_val v = { 0, value };

	if (block->count == 0)
		return 0;
	v.mv_size = cr_block_pack(block, key, value);
	block->count = 0;
	block->number++;
	writer->run->blocks[block->table]++;
	return mdb_cursor_put(writer->cursor, &k, &v, MDB_APPEND);
}

int
cr_run_write(struct cr_run_writer *writer, const struct cr_index_record *record)
{
	struct cr_block *block = &writer->block;

	block->records[block->count++] = *record;
	writer->run->records[block->table]++;
	return block->count == CR_BLOCK_RECORDS ? cr_run_flush(writer) : 0;
}

void
cr_run_start(struct cr_run_writer *writer, enum cr_index_table table)
{
	writer->block.run = writer->run->id;
	writer->block.table = table;
	writer->block.number = 0;
	writer->block.count = 0;
}

int
cr_run_put(struct cr_index *index, MDB_txn *txn, const struct cr_run *run)
{
	unsigned char key[CR_RUN_KEY_SIZE];
	unsigned char value[CR_RUN_SIZE];
	MDB_val k = { sizeof(key), key };
	MDB_val v = { sizeof(value), value };

	cr_run_pack(run, key, value);
	return mdb_put(txn, index->runs, &k, &v, MDB_NOOVERWRITE);
}

/* Numbers go up only, so that new blocks stand at the end. */
static int
next_run(struct cr_index *index, MDB_txn *txn, uint32_t *ret_id)
{
	struct cr_run last;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn, index->runs, &cursor);

	if (rc != 0)
		return rc;
	rc = cr_index_get_run(cursor, MDB_LAST, &last);
	mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND)
		last.id = 0;
	else if (rc != 0)
		return rc;
	if (last.id == UINT32_MAX)
		return CR_EVERIFY;
	*ret_id = last.id + 1;
	return 0;
}

/* The bundle where the last batch ended may go on in this one. */
static int
put_span(struct cr_index *index, MDB_txn *txn, struct cr_span span)
{
	unsigned char key[CR_SPAN_KEY_SIZE];
	unsigned char value[CR_SPAN_SIZE];
	MDB_val k = { sizeof(key), key };
	MDB_val v;
	struct cr_span old;
	int rc;

	cr_span_key(span.bundle, key);
	rc = mdb_get(txn, index->times, &k, &v);
	if (rc == 0) {
		rc = cr_span_parse(cr_slice_of_val(&k), cr_slice_of_val(&v),
		    &old);
		if (rc != CR_OK)
			return rc;
		if (old.earliest_ms < span.earliest_ms)
			span.earliest_ms = old.earliest_ms;
		if (old.latest_ms > span.latest_ms)
			span.latest_ms = old.latest_ms;
	} else if (rc != MDB_NOTFOUND) {
		return rc;
	}
	cr_span_pack(&span, key, value);
	v = (MDB_val){ sizeof(value), value };
	return mdb_put(txn, index->times, &k, &v, 0);
}

static int
put_spans(struct cr_index *index, MDB_txn *txn,
    const struct cr_index_batch *batch, struct cr_run *run)
{
	int rc = 0;

	run->earliest_ms = INT64_MAX;
	run->latest_ms = INT64_MIN;
	for (size_t i = 0; i < batch->span_count && rc == 0; i++) {
		const struct cr_span *span = &batch->spans[i];

		if (span->earliest_ms < run->earliest_ms)
			run->earliest_ms = span->earliest_ms;
		if (span->latest_ms > run->latest_ms)
			run->latest_ms = span->latest_ms;
		rc = put_span(index, txn, *span);
	}
	return rc;
}

int
cr_index_put_batch(struct cr_index *index, MDB_txn *txn,
    const struct cr_index_batch *batch)
{
	struct cr_run run = { .base = batch->base, .end = batch->end };
	struct cr_run_writer writer = { .run = &run };
	int rc = next_run(index, txn, &run.id);

	if (rc == 0)
		rc = put_spans(index, txn, batch, &run);
	if (rc == 0)
		rc = mdb_cursor_open(txn, index->blocks, &writer.cursor);
	if (rc != 0)
		return rc;
	for (unsigned table = 0; table < CR_INDEX_TABLES && rc == 0; table++) {
		const struct cr_index_records *records = &batch->tables[table];

		cr_run_start(&writer, table);
		for (size_t i = 0; i < records->count && rc == 0; i++)
			rc = cr_run_write(&writer, &records->list[i]);
		if (rc == 0)
			rc = cr_run_flush(&writer);
	}
	mdb_cursor_close(writer.cursor);
	return rc == 0 ? cr_run_put(index, txn, &run) : rc;
}

