/*
 * A leaf of the read log: one record, whole by itself.
 *
 * Every flush of an operation makes one leaf, and each repeats the head, so
 * that no reader has to look back.  A point read is one leaf that is first and
 * last.  No attribute values, no DN below a customers base, no filter values.
 *
 * Format 1.  Numbers are LEB128: seven bits a byte, the lowest first, bit 7
 * set on all but the last byte, no byte more than needed, at most 64 bits.
 *
 *	leaf	= %x01 flags kind present(2, low byte first) time number number
 *		  number fields		; connection, operation, ssf
 *	flags	= cr_leaf_flag bits
 *	kind	= type * 8 + scope
 *	time	= number		; ms since 1970 UTC, zigzag: n < 0 is -2n-1
 *	fields	= those of enum order below whose bit of `present` is set:
 *	  0 reader, 1 on behalf of = party
 *	  2 purpose = name, 3 recipient = text, 4 reference = text,
 *	  5 mechanism = name, 6 peer = peer, 7 listener = text, 8 shape = text
 *	  9 attributes = number 1*name		; how many, at least one
 *	  10 entries = number 1*entry		; how many, at least one
 *	  11 subject = 16 bytes, 12 detail = name	; only of an event
 *	  then, LAST: number number	; LDAP result, entries released in all
 *	  then, EVENT: name
 *	party	= %x01 16 bytes		; a customer as themself, by entryUUID
 *		/ %x00 text
 *	peer	= %x04 4 bytes port / %x06 16 bytes port / %x00 text
 *	port	= 2 bytes, high one first
 *	name	= code of names.h, 1-255 / %x00 text
 *	text	= number 1*byte		; length, UTF-8 without NUL
 *	entry	= class 16 bytes	; class < 128: code of names.h, 0 other
 *		/ %x80-ff		; class + 128: UUID of the entry before
 *
 * Example: search at scope base on connection 1000, operation 3, by uid=a for
 * customerCare, "simple", of cn and mail of one crCustomer; first and last:
 *
 *	01 03 09 25 06  f6 89 e7 d8 e3 67  e8 07  03  00	; head
 *	00 05 75 69 64 3d 61  01  01				; 0 2 5
 *	02 02 0a						; 9
 *	01  01 2c 1c 6a 2e 1b 1c 4d 3e 9a 5b 0a 1b 2c 3d 4e 5f	; 10
 *	00 01							; LAST
 */
#ifndef CR_LEAF_H
#define CR_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"
#include "log/names.h"

#define CR_LEAF_VERSION 1
/* What an entry of a bundle can hold (C2SP tlog-tiles: 16-bit length). */
#define CR_LEAF_MAX 65535u
#define CR_LEAF_UUID 16

enum cr_leaf_flag {
	CR_LEAF_FIRST = 1,	/* of its operation */
	CR_LEAF_LAST = 2,	/* has result and count */
	CR_LEAF_EVENT = 4	/* has event, and maybe subject and detail */
};

enum cr_leaf_type {		/* part of the format */
	CR_LEAF_NOTHING = 0,	/* never in a leaf */
	CR_LEAF_SEARCH,
	CR_LEAF_COMPARE,
	CR_LEAF_ADD,
	CR_LEAF_MODIFY,
	CR_LEAF_MODRDN,
	CR_LEAF_DELETE,
	CR_LEAF_EXTENDED,
	CR_LEAF_PERSIST,
	CR_LEAF_READLOG,	/* a read of this log */
	CR_LEAF_REFUSED,
	CR_LEAF_OCCURRENCE,	/* an event without an operation */
	CR_LEAF_TYPES
};

enum cr_leaf_scope {		/* LDAP's number and one */
	CR_LEAF_NO_SCOPE = 0,
	CR_LEAF_BASE,
	CR_LEAF_ONE,
	CR_LEAF_SUBTREE,
	CR_LEAF_CHILDREN,
	CR_LEAF_SCOPES
};

struct cr_leaf_entry {
	unsigned char uuid[CR_LEAF_UUID];	/* of the customer */
	unsigned char class_code;		/* cr_name_class_code(); < 128 */
};

/* All slices are borrowed.  An empty one stands for "none". */
struct cr_leaf {
	unsigned flags;
	int64_t time_ms;		/* since 1970-01-01T00:00:00Z */
	uint64_t connection;
	uint64_t operation;
	enum cr_leaf_type type;
	enum cr_leaf_scope scope;
	struct cr_slice reader;		/* DN, or "uuid:" and an entryUUID */
	struct cr_slice on_behalf_of;	/* likewise */
	struct cr_slice purpose;
	struct cr_slice recipient;	/* DN */
	struct cr_slice reference;
	struct cr_slice mechanism;
	unsigned ssf;
	struct cr_slice peer;		/* as slapd has it: "IP=..." */
	struct cr_slice listener;
	struct cr_slice shape;		/* of the filter */
	const struct cr_slice *attributes;	/* none of them empty */
	size_t attribute_count;
	const struct cr_leaf_entry *entries;
	size_t entry_count;
	int result;			/* LAST: LDAP result, not negative */
	uint64_t count;			/* LAST: entries released in all */
	struct cr_slice event;		/* EVENT: not empty */
	struct cr_slice detail;		/* EVENT */
	unsigned char subject[CR_LEAF_UUID];	/* EVENT, if has_subject */
	bool has_subject;
};

/* Bytes that cr_leaf_encode() may need: an upper bound. */
size_t cr_leaf_size(const struct cr_leaf *leaf);

/* How many entries a leaf with this head can hold, those it has included. */
size_t cr_leaf_entry_room(const struct cr_leaf *leaf);

/*
 * Writes one leaf.  `size` is at least cr_leaf_size(), else CR_EINTERNAL.
 * CR_ELIMIT: more than CR_LEAF_MAX bytes.  CR_ESYNTAX: text that is not UTF-8
 * or holds a NUL, or a field that the flags or the enumerations do not allow.
 * Allocates nothing.
 */
int cr_leaf_encode(const struct cr_leaf *leaf, unsigned char *out, size_t size,
	size_t *ret_len) CR_WARN_UNUSED;

/*
 * What a decoded leaf needs besides the bytes: zeroed is empty.  Used again
 * from leaf to leaf; what was decoded into it before is then gone.
 */
struct cr_leaf_space {
	struct cr_slice *attributes;
	size_t attribute_room;
	struct cr_leaf_entry *entries;
	size_t entry_room;
	char reader[48];
	char on_behalf_of[48];
	char peer[64];
};

void cr_leaf_space_clear(struct cr_leaf_space *space);

/*
 * Reads one leaf, strictly: CR_ESYNTAX for another version, an unknown code,
 * bytes left over and whatever the grammar does not allow.  CR_ENOMEM.
 * The slices of *ret borrow from `bytes`, from `space` and from constants.
 * *ret is unchanged on error.
 */
int cr_leaf_decode(struct cr_slice bytes, struct cr_leaf_space *space,
	struct cr_leaf *ret) CR_WARN_UNUSED;

#endif
