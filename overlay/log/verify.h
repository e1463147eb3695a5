/*
 * Verifies a log directory as a whole, offline or beside the server that
 * writes it: signature, every record that is not pruned, every tile, the root,
 * what lies beside, and that it extends a checkpoint kept elsewhere.
 */
#ifndef CR_LOG_VERIFY_H
#define CR_LOG_VERIFY_H

#include "log/fault.h"
#include "log/note.h"

struct cr_verify_options {
	const struct cr_key *key;	/* the public half is enough */
	const char *origin;		/* NULL, "": the name of the key */
	struct cr_slice since;		/* a kept checkpoint; len 0: none */
	unsigned threads;		/* 0: one per core */
	/* by one thread at a time; may be NULL */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

struct cr_verify_report {
	uint64_t size;			/* of the checkpoint */
	struct cr_hash root;
	uint64_t minimum;		/* pruned before */
	uint64_t records;		/* verified one by one */
	uint64_t bytes;			/* of them */
	uint64_t waiting;		/* in the write-ahead files, not yet signed */
	uint64_t since_size;		/* of the kept checkpoint */
	bool live;			/* a server has it open */
};

/*
 * CR_EVERIFY: it is not the log that was signed; the fault names the first bad
 * record (index), if one can be named, and the file.  CR_ELOG, CR_ENOMEM: it
 * could not be told.  The report says how far it came in either case.
 */
int cr_verify(const char *directory, const struct cr_verify_options *options,
	struct cr_verify_report *ret_report, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

/*
 * Reads and opens DIR/checkpoint.  *ret_file owns what *ret borrows from.
 */
struct cr_file;
int cr_verify_checkpoint(int dirfd, const struct cr_key *key,
	const char *origin, struct cr_file *ret_file,
	struct cr_checkpoint *ret, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

#endif
