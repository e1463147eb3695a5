/*
 * Suppression: what keeps the erased erased.  Of a person who is gone only
 * keyed hashes of the normal forms (normal.h) stay, in crKeyedHash:
 *
 *	<kind>:<key id>:<hash>
 *	kind	mail, phone or number
 *	key id	8 small hexadecimal digits
 *	hash	base64 of 32 bytes
 *	mail:d5a8f2c1:U29tZXRoaW5nIHdpdGggdGhpcnR5LXR3byBieXRlcyE=
 *
 *	register key = HMAC(secret, "custreg suppression 1" NUL S)
 *	hash         = HMAC(register key, <kind> NUL <normal form>)
 *	key id       = the first 4 bytes of HMAC(register key, "id" NUL)
 *
 * HMAC is HMAC-SHA-256, S is SHA-256(<register>).  So a hash says nothing
 * without the secret, and the same mail in two registers, or a number that is
 * a phone here and a customer number there, gives two hashes.  The id tells
 * hashes that another secret made: they match nothing, and that should not go
 * unnoticed.  Should a normal form change, its kind gets another name.
 *
 * All servers of a register must have the same secret.
 *
 * A crSuppressed in force has the crState active; after a lawful new
 * registration it is lifted, and no longer counts.
 */
#ifndef CR_SUPPRESS_H
#define CR_SUPPRESS_H

#include "crypto.h"
#include "normal.h"

#define CR_SUPPRESS_SECRET_SIZE 32
/* "number", the id, the hash, two colons and a NUL */
#define CR_KEYED_HASH_SIZE (6 + 1 + 8 + 1 + 44 + 1)

#define CR_SUPPRESSED_ACTIVE "active"
#define CR_SUPPRESSED_LIFTED "lifted"

struct cr_suppress_key;			/* immutable: thread safe */

/*
 * The key of one register, whose name is the normalised suffix of its
 * database.  The secret is the caller's to cleanse.  CR_ENOMEM
 */
int cr_suppress_key_new(const unsigned char secret[CR_SUPPRESS_SECRET_SIZE],
	struct cr_slice register_name, struct cr_suppress_key **ret_key)
	CR_WARN_UNUSED;
void cr_suppress_key_free(struct cr_suppress_key **key);	/* cleanses */
uint32_t cr_suppress_key_id(const struct cr_suppress_key *key);

struct cr_keyed_hash {
	enum cr_factor_kind kind;
	uint32_t key_id;
	struct cr_hash hash;
};

static inline bool
cr_keyed_hash_equal(const struct cr_keyed_hash *a,
    const struct cr_keyed_hash *b)
{
	return a->kind == b->kind && a->key_id == b->key_id &&
	    cr_hash_equal(&a->hash, &b->hash);
}

/* CR_ESYNTAX: the value is no factor of this kind. */
int cr_suppress_hash(const struct cr_suppress_key *key,
	enum cr_factor_kind kind, struct cr_slice value,
	struct cr_keyed_hash *ret_hash) CR_WARN_UNUSED;

/* "mail", "phone", "number"; "" for none */
const char *cr_factor_text(enum cr_factor_kind kind);

/* The kind must not be none. */
void cr_keyed_hash_format(const struct cr_keyed_hash *hash,
	char ret_text[CR_KEYED_HASH_SIZE]);
/* One text for one hash; CR_ESYNTAX for any other. */
int cr_keyed_hash_parse(struct cr_slice text,
	struct cr_keyed_hash *ret_hash) CR_WARN_UNUSED;

/* The factors of an entry as it would be after the write. */
#define CR_FACTORS_MAX 64

struct cr_factor {
	struct cr_keyed_hash hash;
	bool brought;		/* by the write; else it was there before */
};

struct cr_factors {			/* zeroed: none */
	struct cr_factor items[CR_FACTORS_MAX];
	size_t count;
};

/*
 * Adds the hash of one value.  A value that is no factor is passed over; one
 * factor in two spellings is one, brought when both are.  CR_ELIMIT when
 * there are too many: the write is to be refused, or the erased could hide
 * behind a crowd.
 */
int cr_factors_add(struct cr_factors *factors,
	const struct cr_suppress_key *key, enum cr_factor_kind kind,
	struct cr_slice value, bool brought) CR_WARN_UNUSED;

/* From bad to good: of several suppressions the smallest counts. */
enum cr_match {
	CR_MATCH_PERSON = 0,	/* two factors or more: refused */
	CR_MATCH_ONE,		/* one: to the registrar's queue */
	CR_MATCH_NONE
};

/*
 * Is the entry the person of this suppression?  Kinds are counted, so two
 * mails that match are one factor; addresses and numbers are given to others
 * after a while, hence one alone refuses nobody.  A write that brings none of
 * the factors that match brings nobody back: none.  The caller passes
 * suppressions in force only, and never adds up those of two.
 * *ret_kinds (may be NULL): bit 1 << kind of each that matched.
 */
enum cr_match cr_suppress_match(const struct cr_factors *factors,
	const struct cr_keyed_hash *hashes, size_t count,
	unsigned *ret_kinds);

#endif
