/*
 * Signed notes (C2SP signed-note), their Ed25519 keys, and the checkpoint of
 * a log (C2SP tlog-checkpoint):
 *
 *	example.fi/readlog
 *	42
 *	CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 *	— example.fi/readlog Az3grlgt...
 *
 * A key in text:
 *	PRIVATE+KEY+<name>+<8 hex>+<base64 of 01 and the seed>
 *	<name>+<8 hex>+<base64 of 01 and the public key>	(vkey)
 */
#ifndef CR_LOG_NOTE_H
#define CR_LOG_NOTE_H

#include "core/base64.h"
#include "core/crypto.h"
#include "log/fault.h"

#define CR_NOTE_MAX 65536		/* bytes of a note */
#define CR_NOTE_SIGNATURES_MAX 64
#define CR_KEY_NAME_MAX 255
#define CR_KEY_TEXT_SIZE (12 + CR_KEY_NAME_MAX + 1 + 8 + 1 + 44 + 1)

struct cr_key;				/* immutable: thread safe */

/* Is this a name of a key and, with it, of a log? */
bool cr_key_name_is_valid(struct cr_slice name);

/* CR_ESYNTAX for a bad name */
int cr_key_make(struct cr_slice name, struct cr_key **ret_key) CR_WARN_UNUSED;
/* Either kind of text; one newline at the end is taken.  CR_ESYNTAX */
int cr_key_parse(struct cr_slice text, struct cr_key **ret_key)
	CR_WARN_UNUSED;
void cr_key_free(struct cr_key **key);

const char *cr_key_name(const struct cr_key *key);
uint32_t cr_key_id(const struct cr_key *key);
bool cr_key_can_sign(const struct cr_key *key);
int cr_key_verifier(const struct cr_key *key, char ret_text[CR_KEY_TEXT_SIZE])
	CR_WARN_UNUSED;
/* The private text.  CR_EACCESS without the private half. */
int cr_key_signer(const struct cr_key *key, char ret_text[CR_KEY_TEXT_SIZE])
	CR_WARN_UNUSED;

int cr_key_sign(const struct cr_key *key, struct cr_slice text,
	unsigned char ret_signature[CR_ED25519_SIGNATURE_SIZE])
	CR_WARN_UNUSED;
int cr_key_check(const struct cr_key *key, struct cr_slice text,
	const unsigned char signature[CR_ED25519_SIGNATURE_SIZE])
	CR_WARN_UNUSED;

/*
 * The key in a file (either kind of text).  CR_FAULT_KEY for a file that is
 * no key, also for a private one others may read; CR_FAULT_MISSING when
 * there is none.
 */
int cr_key_load(const char *path, struct cr_key **ret_key,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;
/* Makes the file, 0600, synced; refuses (EEXIST) when there is one. */
int cr_key_save(const struct cr_key *key, const char *path,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/*
 * Signs text, which ends in a newline.  *ret_note: allocated, NUL behind it,
 * the caller's to free().  CR_ESYNTAX for a text that cannot be signed.
 */
int cr_note_sign(struct cr_slice text, const struct cr_key *key,
	char **ret_note, size_t *ret_len) CR_WARN_UNUSED;

/*
 * Opens a note: *ret_text borrows from note.  Other keys' signatures are
 * passed over.  CR_EVERIFY with CR_FAULT_NOTE, _UNSIGNED or _SIGNATURE.
 */
int cr_note_open(struct cr_slice note, const struct cr_key *key,
	struct cr_slice *ret_text, enum cr_fault_kind *ret_kind)
	CR_WARN_UNUSED;

struct cr_checkpoint {
	struct cr_slice origin;		/* borrowed */
	uint64_t size;
	struct cr_hash root;
	struct cr_slice extensions;	/* whole lines; borrowed */
};

/* The text of a note.  CR_ESYNTAX */
int cr_checkpoint_parse(struct cr_slice text, struct cr_checkpoint *ret)
	CR_WARN_UNUSED;

/* A signed one: allocated, as with cr_note_sign(). */
int cr_checkpoint_sign(const struct cr_checkpoint *checkpoint,
	const struct cr_key *key, char **ret_note, size_t *ret_len)
	CR_WARN_UNUSED;

/*
 * Checks signature and form; origin must be `origin`, or, when that is empty,
 * the name of the key.  Borrows from note.  CR_EVERIFY
 */
int cr_checkpoint_open(struct cr_slice note, const struct cr_key *key,
	struct cr_slice origin, struct cr_checkpoint *ret,
	enum cr_fault_kind *ret_kind) CR_WARN_UNUSED;

#endif
