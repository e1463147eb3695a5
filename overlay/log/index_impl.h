/*
 * Inside the index: what its files share.
 *
 * Functions that say "LMDB's code" return 0, an errno, a code of LMDB or
 * CR_EVERIFY for what LMDB gives but the index cannot have written.
 *
 * Lock: a reader holds `lock` for reading while it has a transaction; the
 * writer takes it for writing to grow the map or to change the environment,
 * and never while it has a transaction itself.
 */
#ifndef CR_INDEX_IMPL_H
#define CR_INDEX_IMPL_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "log/index.h"
#include "log/index_format.h"
#include "log/leaf.h"
#include "log/tile.h"

/* Records of a batch, in memory at 16 bytes each, twice when sorted. */
#define CR_BATCH_RECORDS (512u * 1024)

struct cr_index_records {
	struct cr_index_record *list;
	size_t count;
	size_t room;
};

/* Leaves [base, end), not yet in the index. */
struct cr_index_batch {
	uint64_t base;
	uint64_t end;
	struct cr_index_records tables[CR_INDEX_TABLES];
	struct cr_index_records spare;
	struct cr_span *spans;
	size_t span_count;
	size_t span_room;
	struct cr_leaf_space space;
	bool broken;			/* something was not noted */
};

struct cr_index_shared {		/* what readers change */
	pthread_rwlock_t lock;
	atomic_bool damaged;		/* found by a reader */
};

struct cr_index {
	struct cr_index_shared *shared;
	int dirfd;			/* the log directory */
	char *path;			/* DIR/index */
	bool writable;
	bool stale;			/* to be opened again */
	MDB_env *env;			/* NULL: closed */
	MDB_dbi meta;
	MDB_dbi runs;
	MDB_dbi blocks;
	MDB_dbi times;
	atomic_uint resets;
	_Atomic uint64_t indexed;
	_Atomic uint64_t log_size;
	_Atomic uint64_t minimum;
	struct cr_index_batch batch;
	struct cr_bundle bundle;
};

/* index_env.c; LMDB's code */
int cr_index_env_open(struct cr_index *index, const struct cr_index_log *log)
	CR_WARN_UNUSED;
void cr_index_env_close(struct cr_index *index);
/* Removes the files and opens anew. */
int cr_index_env_reset(struct cr_index *index, const struct cr_index_log *log)
	CR_WARN_UNUSED;
bool cr_index_is_damage(int code);
/* Sets *fault and returns the error of error.h. */
int cr_index_fail(int code, struct cr_log_fault *fault);
/* Runs `work` in a write transaction, with a larger map when it is full. */
int cr_index_write(struct cr_index *index,
	int (*work)(struct cr_index *index, MDB_txn *txn, void *arg),
	void *arg) CR_WARN_UNUSED;
/* A transaction for reading; ended by cr_index_read_end(). */
int cr_index_read_begin(const struct cr_index *index, MDB_txn **ret_txn)
	CR_WARN_UNUSED;
void cr_index_read_end(const struct cr_index *index, MDB_txn *txn);
int cr_index_get_meta(const struct cr_index *index, MDB_txn *txn,
	struct cr_index_meta *ret_meta) CR_WARN_UNUSED;
int cr_index_put_meta(struct cr_index *index, MDB_txn *txn,
	const struct cr_index_meta *meta) CR_WARN_UNUSED;
/*
 * The run after (MDB_NEXT) or before (MDB_PREV) or MDB_FIRST, MDB_LAST.
 * MDB_NOTFOUND at the end.
 */
int cr_index_get_run(MDB_cursor *cursor, MDB_cursor_op op,
	struct cr_run *ret_run) CR_WARN_UNUSED;

static inline struct cr_slice
cr_slice_of_val(const MDB_val *val)
{
	return (struct cr_slice){ val->mv_data, val->mv_size };
}

/* index_batch.c */
/* False: no room; the batch is then broken. */
bool cr_batch_add(struct cr_index_batch *batch, uint64_t number,
	uint32_t offset, struct cr_slice leaf);
size_t cr_batch_records(const struct cr_index_batch *batch);
/* Sorts, and drops what says the same twice; CR_ENOMEM. */
int cr_batch_finish(struct cr_index_batch *batch) CR_WARN_UNUSED;
void cr_batch_restart(struct cr_index_batch *batch, uint64_t base);
void cr_batch_clear(struct cr_index_batch *batch);

/* index_run.c; LMDB's code.  Blocks of one run, in the order of their keys. */
struct cr_run_writer {
	MDB_cursor *cursor;
	struct cr_run *run;		/* counts what is written */
	struct cr_block block;
};

void cr_run_start(struct cr_run_writer *writer, enum cr_index_table table);
int cr_run_write(struct cr_run_writer *writer,
	const struct cr_index_record *record) CR_WARN_UNUSED;
int cr_run_flush(struct cr_run_writer *writer) CR_WARN_UNUSED;
int cr_run_put(struct cr_index *index, MDB_txn *txn,
	const struct cr_run *run) CR_WARN_UNUSED;
int cr_index_put_batch(struct cr_index *index, MDB_txn *txn,
	const struct cr_index_batch *batch) CR_WARN_UNUSED;

/* index_merge.c; LMDB's code */
/* Merges the last runs while there are many small ones. */
int cr_index_merge(struct cr_index *index) CR_WARN_UNUSED;
/* Drops the runs wholly below. */
int cr_index_drop(struct cr_index *index, uint64_t minimum) CR_WARN_UNUSED;

/* index_find.c; readers; CR_OK, CR_ESTALE (damaged, closed), CR_ELOG */
struct cr_place {
	uint64_t number;		/* of the leaf */
	uint32_t offset;		/* in its bundle */
};

/*
 * Places of a hash from leaf `first` on, ascending, as many as there is room.
 * *ret_next: leaves below have been told; at or above *ret_indexed: all that
 * the index has.
 */
int cr_index_find(const struct cr_index *index, enum cr_index_table table,
	uint64_t hash, uint64_t first, int64_t from_ms, int64_t until_ms,
	struct cr_place *places, size_t room, size_t *ret_count,
	uint64_t *ret_next, uint64_t *ret_indexed) CR_WARN_UNUSED;

/* Likewise the bundles of a time, each by its first leaf, offset 0. */
int cr_index_find_time(const struct cr_index *index, uint64_t first,
	int64_t from_ms, int64_t until_ms, struct cr_place *places,
	size_t room, size_t *ret_count, uint64_t *ret_next,
	uint64_t *ret_indexed) CR_WARN_UNUSED;

#endif
