/*
 * The files of a database of back-mdb while no slapd has them: data.mdb is
 * replaced by a copy without freed pages, and without what lay between and
 * behind the records of the pages that are in use.
 *
 *	store_open.c	the directory, and that nobody else has it
 *	store_copy.c	how large it is, and the copy
 *	store_clean.c	what LMDB leaves in pages that are in use
 *	store_compare.c	that the copy has each record of the original
 *	store_swap.c	the copy in its place, the old file overwritten
 *	store_state.c	the note that slapd reads (core/compaction.h)
 *
 * Killed or out of room at any moment, data.mdb is whole, the old or the new,
 * and the next cr_store_open() clears away what is left:
 *
 *	data.mdb.custreg-new	a copy that was not finished
 *	data.mdb.custreg-old	another name of data.mdb; or what data.mdb was
 *
 * Whoever opens the database meanwhile in the ordinary way waits: liblmdb
 * takes a lock on lock.mdb before it opens data.mdb to write, and we hold it.
 *
 * Functions that return int return CR_OK, or CR_EINTERNAL with the fault
 * filled.  One thread.
 */
#ifndef CR_STORE_H
#define CR_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/compaction.h"
#include "custreg/error.h"

enum cr_store_fault_kind {
	CR_STORE_UNKNOWN = 0,
	CR_STORE_MISSING,	/* no data.mdb there */
	CR_STORE_BUSY,		/* another process has it open */
	CR_STORE_SHAPE,		/* not a plain file */
	CR_STORE_LINKED,	/* it has another name */
	CR_STORE_OWNER,		/* the new file cannot be the owner's */
	CR_STORE_ROOM,		/* not enough room for a copy */
	CR_STORE_IO,		/* error is an errno */
	CR_STORE_LMDB,		/* error is liblmdb's */
	CR_STORE_PAGES,		/* pages that are not as LMDB makes them */
	CR_STORE_DIFFERS	/* the copy is not the original */
};

struct cr_store_fault {			/* zeroed: unknown */
	enum cr_store_fault_kind kind;
	int error;			/* 0: none */
	pid_t pid;			/* busy: whose; 0: not known */
};

/* A constant; never NULL */
const char *cr_store_fault_text(enum cr_store_fault_kind kind);
/* What the error says: liblmdb's text or that of the errno; "" for 0. */
const char *cr_store_error_text(const struct cr_store_fault *fault);

struct cr_store;

/*
 * Takes the lock and clears away what an earlier run left.  The directory
 * stays locked until the store is closed; the process may not open the
 * database by other means meanwhile, since that would end the lock.
 */
int cr_store_open(const char *path, struct cr_store **ret_store,
	struct cr_store_fault *ret_fault) CR_WARN_UNUSED;
/* NULL-safe; sets NULL */
void cr_store_close(struct cr_store **store);

/* The note; unknown when there is none.  *ret_damaged: there is a bad one. */
void cr_store_state(const struct cr_store *store, struct cr_compaction *ret,
	bool *ret_damaged);

struct cr_store_size {
	uint64_t before;		/* bytes of data.mdb */
	uint64_t after;			/* of the copy, about */
	uint64_t room;			/* free on the disk */
};
int cr_store_measure(struct cr_store *store, struct cr_store_size *ret_size,
	struct cr_store_fault *ret_fault) CR_WARN_UNUSED;

struct cr_store_result {
	uint64_t before, after;		/* bytes of data.mdb */
	uint64_t databases, records;	/* compared, one by one */
	bool overwritten;		/* the old file was */
};

/* Called now and then from some thread; phase is a constant. */
struct cr_store_progress {
	void (*tell)(void *arg, const char *phase, uint64_t bytes,
		uint64_t of);
	void *arg;
};

/*
 * Everything: copy, clean, compare, swap, overwrite, note.  On a fault data.mdb
 * is what it was, unless *ret_result has `after` set: then only what follows
 * the swap failed.  progress may be NULL.
 */
int cr_store_compact(struct cr_store *store, int64_t now,
	const struct cr_store_progress *progress,
	struct cr_store_result *ret_result, struct cr_store_fault *ret_fault)
	CR_WARN_UNUSED;

#endif
