/*
 * The secret of suppressions, in a file outside the directory: mode 0600, of
 * the user slapd runs as, whole or not there at all:
 *
 *	custreg suppression key 1
 *	AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
 *
 * Two lines, each with its newline; the second is the base64 of 32 bytes.
 */
#ifndef CR_KEYFILE_H
#define CR_KEYFILE_H

#include "suppress.h"

enum cr_keyfile_fault_kind {
	CR_KEYFILE_UNKNOWN = 0,
	CR_KEYFILE_MISSING,	/* no such file */
	CR_KEYFILE_IO,		/* error is the errno */
	CR_KEYFILE_SHAPE,	/* a link, no plain file, or too long */
	CR_KEYFILE_OWNER,	/* of another user */
	CR_KEYFILE_MODE,		/* others may read or write it */
	CR_KEYFILE_TEXT,		/* other bytes than above */
	CR_KEYFILE_RANDOM	/* no random bytes */
};

struct cr_keyfile_fault {
	enum cr_keyfile_fault_kind kind;
	int error;		/* errno, 0: none */
};

/* A constant text; never NULL */
const char *cr_keyfile_fault_text(enum cr_keyfile_fault_kind kind);

/*
 * The key of a register from the file at path.  With `make` a file that is
 * missing is made, of random bytes, and synced with its directory: only for
 * a register that has neither orders nor suppressions, since a new secret
 * forgets all who were erased under the old one.  *ret_made: it has been.
 *
 * CR_EKEY with *ret_fault filled, or CR_ENOMEM.
 */
int cr_keyfile_open(const char *path, struct cr_slice register_name,
	bool make, struct cr_suppress_key **ret_key, bool *ret_made,
	struct cr_keyfile_fault *ret_fault) CR_WARN_UNUSED;

#endif
