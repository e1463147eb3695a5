/*
 * What is wrong with a log directory, and where.  Functions that return
 * CR_ELOG or CR_EVERIFY fill one of these; texts are constants.
 */
#ifndef CR_LOG_FAULT_H
#define CR_LOG_FAULT_H

#include <stdint.h>

#include "custreg/error.h"

enum cr_fault_kind {
	CR_FAULT_UNKNOWN = 0,
	CR_FAULT_IO,		/* error is the errno */
	CR_FAULT_MEMORY,
	CR_FAULT_EMPTY,		/* no checkpoint in the directory */
	CR_FAULT_NOTE,		/* the checkpoint is no signed note of one */
	CR_FAULT_ORIGIN,	/* the checkpoint is of another log */
	CR_FAULT_UNSIGNED,	/* no signature by this key */
	CR_FAULT_SIGNATURE,	/* the signature by this key is not valid */
	CR_FAULT_KEY,		/* the key file, or key, is not one */
	CR_FAULT_MISSING,	/* a file that must be there */
	CR_FAULT_SHAPE,		/* a file is cut, too long or not of its form */
	CR_FAULT_RECORD,	/* a record is not the one that was hashed */
	CR_FAULT_TILE,		/* hashes are not those hashed above them */
	CR_FAULT_ROOT,		/* the tiles do not give the signed root */
	CR_FAULT_ROLLBACK,	/* shorter than a checkpoint kept elsewhere */
	CR_FAULT_FORK,		/* no extension of a checkpoint kept elsewhere */
	CR_FAULT_LEFTOVER,	/* a file that does not follow from the log */
	CR_FAULT_WAL,		/* the write-ahead file is damaged */
	CR_FAULT_GAP,		/* the write-ahead file does not follow */
	CR_FAULT_MINIMUM,	/* the prune point makes no sense */
	CR_FAULT_BUSY		/* another process has the log open */
};

#define CR_FAULT_PATH_SIZE 128
#define CR_FAULT_NO_INDEX UINT64_MAX

struct cr_log_fault {
	enum cr_fault_kind kind;
	int error;			/* errno, 0: none */
	uint64_t index;			/* first bad record; CR_FAULT_NO_INDEX */
	char path[CR_FAULT_PATH_SIZE];	/* in the directory; "": none */
};

const char *cr_fault_text(enum cr_fault_kind kind);

/*
 * Fills *fault (may be NULL) and returns the code for the kind: CR_ENOMEM for
 * memory, CR_ELOG for io and busy, CR_EVERIFY for everything else.
 */
int cr_fault_set(struct cr_log_fault *fault, enum cr_fault_kind kind,
	int error, uint64_t index, const char *path);

#endif
