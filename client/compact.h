/*
 * custreg compact: what was erased leaves the files of the database.
 *
 * The work is the store's (store/store.h).  Here is what is asked for
 * (compact.c) and how it is told (compact_tell.c).
 */
#ifndef CR_CLIENT_COMPACT_H
#define CR_CLIENT_COMPACT_H

#include <stdio.h>

#include "store/store.h"

struct cr_compact_options {	/* zeroed is empty */
	bool if_due;
	bool dry_run;
	bool json;
	bool help;		/* nothing else counts */
};

enum cr_compact_outcome {
	CR_COMPACT_FAILED = 0,	/* fault says why */
	CR_COMPACT_UNTOUCHED,	/* another one could not be opened */
	CR_COMPACT_IDLE,	/* --if-due, and nothing waits */
	CR_COMPACT_WOULD,	/* dry run */
	CR_COMPACT_DONE
};

/* One directory. */
struct cr_compact_job {
	const char *path;		/* of argv */
	struct cr_store *store;		/* owned; NULL: not open */
	enum cr_compact_outcome outcome;
	struct cr_store_fault fault;	/* done: of what followed the swap */
	struct cr_store_size size;
	struct cr_store_result result;
	struct cr_compaction state;	/* before */
	bool damaged;			/* its note cannot be read */
};

/* CR_ENOMEM, also when it cannot be written. */
int cr_compact_tell(FILE *out, bool json, const struct cr_compact_job *jobs,
	size_t count) CR_WARN_UNUSED;

/* A line on stderr about each fault. */
void cr_compact_complain(const struct cr_compact_job *jobs, size_t count);

/* The exit code of one. */
int cr_compact_exit(const struct cr_compact_job *job);

extern const struct cr_store_progress cr_compact_progress;

#endif
