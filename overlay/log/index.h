/*
 * The index of a read log: who was read, by whom and when, as places in the
 * log.  It can always be made again from the log, is bound to the log's size
 * and root, and is believed in nothing: what it finds is read from the log
 * and compared (query.h), and that it hides nothing is checked where it is
 * read (index_format.h).
 *
 * DIR/index is an LMDB environment; one process at most writes it, and no
 * process opens it twice.
 *
 * Thread rule: one writer thread (everything not said to be for readers); any
 * number of reader threads beside it.  No reader holds anything between two
 * calls, so a slow one delays nobody.
 */
#ifndef CR_INDEX_H
#define CR_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "log/fault.h"
#include "core/crypto.h"
#include "custreg/slice.h"

struct cr_index;

/* The log that an index belongs to, as of now. */
struct cr_index_log {
	uint64_t size;			/* committed */
	struct cr_hash root;
	uint64_t minimum;		/* prune point: leaves below are gone */
};

/*
 * Opens DIR/index for writing, made when missing, emptied when it is damaged
 * or not of this log.  Reads no leaf: what is missing comes with
 * cr_index_commit().  CR_ELOG with *ret_fault: it cannot be used (no room, no
 * right); opening may be tried again.
 */
int cr_index_open(const char *directory, const struct cr_index_log *log,
	struct cr_index **ret_index, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

/* For queries only: CR_ELOG, too, when it is not whole or not of this log. */
int cr_index_open_reader(const char *directory, const struct cr_index_log *log,
	struct cr_index **ret_index, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

void cr_index_close(struct cr_index **index);

/*
 * Notes a leaf that is about to be in the log: its number, the place of its
 * bytes in its bundle (cr_tree_last_offset()) and the bytes.  Memory only, and
 * bounded; what could not be noted is read back from the log by the commit.
 */
void cr_index_add(struct cr_index *index, uint64_t number, uint32_t offset,
	struct cr_slice leaf);

/*
 * Takes in what is new in the log, for half a second at most: an index that
 * was far behind may still be behind then (cr_index_behind(); call again).
 * Error: nothing is lost, call again later; an index that turned out damaged
 * has then been emptied.
 */
int cr_index_commit(struct cr_index *index, const struct cr_index_log *log,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* Readers too: how many leaves of the log are not in the index. */
uint64_t cr_index_behind(const struct cr_index *index);
/* How often the index was emptied since open: it was damaged or foreign. */
unsigned cr_index_resets(const struct cr_index *index);

/* Empties the index and takes in the whole log, however long that is. */
int cr_index_rebuild(struct cr_index *index, const struct cr_index_log *log,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

struct cr_index_counters {
	uint64_t indexed;	/* leaves */
	uint64_t records;	/* of both tables */
	uint64_t runs;
	uint64_t bytes;		/* of the file */
	uint64_t used_bytes;	/* of those, not free for what comes next */
};

/* Readers too. */
int cr_index_counters(const struct cr_index *index,
	struct cr_index_counters *ret_counters) CR_WARN_UNUSED;

#endif
