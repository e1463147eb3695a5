/* What the files of the store share. */
#ifndef CR_STORE_IMPL_H
#define CR_STORE_IMPL_H

#include <lmdb.h>
#include <sys/stat.h>

#include "store.h"

#define CR_STORE_DATA "data.mdb"
#define CR_STORE_LOCK "lock.mdb"
#define CR_STORE_NEW "data.mdb.custreg-new"
#define CR_STORE_OLD "data.mdb.custreg-old"
#define CR_STORE_NOTE "custreg-compaction.tmp"

struct cr_store {
	char *path;		/* owned */
	int dirfd;
	int lock;		/* held for as long as it is open */
	struct stat data;	/* of data.mdb when opened */
};

int cr_store_fail(struct cr_store_fault *fault, enum cr_store_fault_kind kind,
	int error) CR_WARN_UNUSED;
/* An error of liblmdb, which may be an errno. */
int cr_store_fail_lmdb(struct cr_store_fault *fault, int error)
	CR_WARN_UNUSED;

/* Read only, and without a lock of its own: ours keeps others away. */
int cr_store_env(const char *path, unsigned flags, MDB_env **ret_env,
	struct cr_store_fault *fault) CR_WARN_UNUSED;

/* store_copy.c: into fd, whose file is empty */
int cr_store_copy(struct cr_store *store, int fd,
	const struct cr_store_progress *progress,
	struct cr_store_fault *fault) CR_WARN_UNUSED;

/*
 * store_clean.c: puts zeros wherever no record lies in a copy that LMDB has
 * compacted.  Overflow pages keep the tail of a longer value that was there
 * before, and lists of duplicates what was between them.  CR_STORE_PAGES when
 * there is anything that LMDB 0.9 does not make.
 */
int cr_store_clean(int fd, struct cr_store_fault *fault) CR_WARN_UNUSED;

/* store_compare.c: each database, its flags, each record */
int cr_store_compare(struct cr_store *store, const char *copy,
	const struct cr_store_progress *progress,
	struct cr_store_result *result, struct cr_store_fault *fault)
	CR_WARN_UNUSED;

/* store_swap.c */
int cr_store_swap(struct cr_store *store, struct cr_store_fault *fault)
	CR_WARN_UNUSED;
/* Overwritten as far as it can be, and gone; false: not overwritten. */
int cr_store_wipe(struct cr_store *store, const char *name,
	bool *ret_overwritten, struct cr_store_fault *fault) CR_WARN_UNUSED;
/* What an earlier run left. */
int cr_store_tidy(struct cr_store *store, struct cr_store_fault *fault)
	CR_WARN_UNUSED;

/* store_state.c */
int cr_store_note_done(struct cr_store *store, int64_t now,
	struct cr_store_fault *fault) CR_WARN_UNUSED;

#endif
