/*
 * Proofs in text: what a stranger needs to check one record, or that a log
 * extends what it was.
 *
 * Inclusion, C2SP tlog-proof:	Consistency, as in C2SP tlog-witness:
 *	c2sp.org/tlog-proof@v1		old 20852163
 *	index 73894			<base64 hash>
 *	<base64 hash>			...
 *	...
 *					<checkpoint>
 *	<checkpoint>
 */
#ifndef CR_LOG_PROOF_H
#define CR_LOG_PROOF_H

#include "log/fault.h"
#include "log/merkle.h"
#include "log/note.h"

/* The longest text there is. */
#define CR_PROOF_TEXT_MAX (CR_NOTE_MAX + 128 + CR_PROOF_MAX * 46)

/*
 * From a directory, as of the checkpoint `note` that was opened as
 * *checkpoint.  *ret_text is allocated.  The proof was checked before it is
 * handed out: CR_EVERIFY when the directory does not give a valid one.
 */
int cr_proof_inclusion(int dirfd, struct cr_slice note,
	const struct cr_checkpoint *checkpoint, uint64_t index,
	char **ret_text, struct cr_log_fault *ret_fault) CR_WARN_UNUSED;
int cr_proof_consistency(int dirfd, struct cr_slice note,
	const struct cr_checkpoint *checkpoint,
	const struct cr_checkpoint *since, char **ret_text,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* Does the log in the directory, of that checkpoint, extend the older one? */
int cr_proof_extends(int dirfd, const struct cr_checkpoint *checkpoint,
	const struct cr_checkpoint *since, struct cr_proof *ret_proof,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

struct cr_proof_text {
	uint64_t index;			/* or the old size */
	struct cr_proof proof;
	struct cr_slice note;		/* borrowed; not opened yet */
	struct cr_slice extra;		/* base64; borrowed */
	bool is_inclusion;
};

/* Either kind.  CR_ESYNTAX */
int cr_proof_parse(struct cr_slice text, struct cr_proof_text *ret)
	CR_WARN_UNUSED;

#endif
