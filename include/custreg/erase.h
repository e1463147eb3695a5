/*
 * The extended operation "erase" (RFC 4511, 4.12): a customer is taken out of
 * the register, or told what keeps them there (GDPR, article 17).
 *
 * requestName is CR_OID_ERASE.  requestValue is an EraseRequest; responseValue
 * is an EraseResponse, both with success and with the unwillingToPerform of a
 * refusal.  responseName is not needed: the messageID says what is answered.
 *
 *	DEFINITIONS IMPLICIT TAGS ::=		-- as the module of RFC 4511
 *
 *	EraseRequest ::= SEQUENCE {
 *	     subject   CHOICE { dn   [0] LDAPDN,
 *	                        uuid [1] OCTET STRING (SIZE(16)) },
 *	     flags     BIT STRING { dryRun(0), partial(1) } DEFAULT {},
 *	     ground    [2] ENUMERATED { a(0), b(1), c(2), d(3), e(4),
 *	                                f(5) } OPTIONAL,
 *	     reference [3] OCTET STRING OPTIONAL }
 *
 *	EraseResponse ::= SEQUENCE {
 *	     state     ENUMERATED { erased(0), partly(1), refused(2),
 *	                   wouldErase(3), wouldRefuse(4), wouldPartly(5) },
 *	     erased    SEQUENCE OF Item,
 *	     withheld  SEQUENCE OF Withheld,
 *	     receipt   SEQUENCE { id       OCTET STRING,
 *	                          time     GeneralizedTime,
 *	                          logIndex INTEGER } OPTIONAL }
 *
 *	Item ::= SEQUENCE { uuid OCTET STRING, what UTF8String }
 *
 *	Withheld ::= SEQUENCE {
 *	     uuid      OCTET STRING,
 *	     what      UTF8String,
 *	     reason    ENUMERATED { openInvoice(0), debtCollection(1),
 *	                            statute(2), claim(3), other(4) },
 *	     law       UTF8String,
 *	     until     GeneralizedTime OPTIONAL }
 *
 * What is accepted.  RFC 4511, 5.1 holds inside these values too: definite
 * lengths only, strings in one piece, and a value that is the default is
 * absent.  Lengths, INTEGER and ENUMERATED take as few octets as they can (an
 * element of liblber needs LBER_USE_DER for that).  Times are YYYYmmddHHMMSSZ,
 * and no other form of the instant.  So a value has one encoding, but for
 * zeros at the end of flags.  Anything else is refused as a whole: another
 * order or tag, an element twice, bytes left over in or after any SEQUENCE.
 *
 *   flags      Bits dryRun and partial.  Zeros after them change nothing
 *              (X.680, 22.7), up to 32 bits in all; padding is zeros, and as
 *              many bits as the first octet says.  Another bit set: refused.
 *              No bit set is the default, which is absent: refused.
 *   dn         1 to CR_ERASE_DN_MAX bytes, a DN by RFC 4514, not the empty one
 *   reference  [A-Za-z0-9._:-]{1,64}, as the control CR_OID_REFERENCE_CONTROL
 *   uuid       16 bytes, everywhere
 *   what       at least one character
 *   id         1 to CR_ERASE_RECEIPT_MAX bytes
 *   logIndex   0 to 2^63 - 1
 *   texts      UTF-8 without NUL
 *
 * Nothing of it is extended in place.  RFC 4511, 4 has trailing components that
 * are not known ignored "unless otherwise specified", and here it is
 * otherwise, as it is for numbers and bits: an erasure cannot be undone, so a
 * server does not guess at what more it was told, nor a client at what it was
 * answered.  What is new gets another OID.
 *
 * The parts of a response agree:
 *
 *	erased  wouldErase	nothing is withheld (nor erased, on repetition)
 *	partly  wouldPartly	something is withheld
 *	refused wouldRefuse	something is withheld, nothing is erased
 *
 * Ground a, whole and without a reference, from anybody but the customer, is
 * an erasure that nobody asked for: the register may no longer need them, so
 * the terms of retention hold as well (core/erase_plan.h, CR_PLAN_EXPIRED).
 *
 * By uuid, for a subject who is gone and whose order stands: the order is given
 * again, so that every server looks at its copy; erased, with both lists empty
 * and a new receipt.  By dn there is nobody then: noSuchObject.
 *
 * Example of a request: uid=c10007,ou=customers,dc=example,dc=fi, partial,
 * ground b, reference R-2025-17:
 *
 *	30 3c						; SEQUENCE
 *	80 28  75 69 64 3d 63 31 30 30 30 37 2c		; dn: "uid=c10007,
 *	6f 75 3d 63 75 73 74 6f 6d 65 72 73 2c		; ou=customers,
 *	64 63 3d 65 78 61 6d 70 6c 65 2c		; dc=example,
 *	64 63 3d 66 69					; dc=fi"
 *	03 02  06 40					; flags: partial
 *	82 01  01					; ground: b
 *	83 09  52 2d 32 30 32 35 2d 31 37		; reference
 *
 * Example of a response: partly; an assignment is erased, and an invoice
 * withheld by statute, "Accounting Act 2:10", until 20321231215959Z; receipt
 * "E-42" of 20260115101500Z, record 100000 of the read log:
 *
 *	30 81 8f					; SEQUENCE
 *	0a 01  01					; state: partly
 *	30 22						; erased
 *	30 20						; an Item
 *	04 10  5b 1f 83 3a 0c 4d 4e 6f			; uuid
 *	9a 27 61 d0 7e b2 48 c1
 *	0c 0c  63 72 41 73 73 69 67 6e 6d 65 6e 74	; what: crAssignment
 *	30 48						; withheld
 *	30 46						; a Withheld
 *	04 10  c8 40 2d 9e 7a 55 4b 13			; uuid
 *	8e f6 0a 94 3c d7 25 b0
 *	0c 09  63 72 49 6e 76 6f 69 63 65		; what: crInvoice
 *	0a 01  02					; reason: statute
 *	0c 13  41 63 63 6f 75 6e 74 69 6e 67 20		; law: "Accounting
 *	41 63 74 20 32 3a 31 30				; Act 2:10"
 *	18 0f  32 30 33 32 31 32 33 31			; until
 *	32 31 35 39 35 39 5a
 *	30 1c						; receipt
 *	04 04  45 2d 34 32				; id
 *	18 0f  32 30 32 36 30 31 31 35			; time
 *	31 30 31 35 30 30 5a
 *	02 03  01 86 a0					; logIndex
 *
 * Security.  The server judges who asks before it looks for the subject: who
 * may not erase gets insufficientAccessRights without a value, whether there is
 * such a subject or not.  A refusal is an LDAP error that carries a response: a
 * client that looks at the result code alone never takes it for an erasure, and
 * only one that has asked for `partial` or a dry run has to look inside a
 * success.  A response tells whom it reaches that somebody owes money, or is in
 * a dispute, and the law text is as it was stored: it is for those who may
 * erase, and has no place in the log of a server or of a client.  It names
 * entries by entryUUID and says what they are, never their values.  A client
 * may not trust its server: the decoder takes any bytes, takes time in
 * proportion to them and no more than four bytes of memory for each; texts are
 * to be escaped before a terminal shows them, and a receipt says nothing until
 * its record is found in the read log.
 *
 * The functions are safe in any thread.
 */
#ifndef CUSTREG_ERASE_H
#define CUSTREG_ERASE_H

#include <stddef.h>
#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_ERASE_UUID 16
#define CR_ERASE_DN_MAX 8192
#define CR_ERASE_RECEIPT_MAX 64
/* Bytes of a response; over 200,000 items. */
#define CR_ERASE_RESPONSE_MAX ((size_t)16 << 20)

/* The enumerations are those of the module plus one: 0 is "not there". */

enum cr_erase_by {
	CR_ERASE_BY_NOTHING = 0,
	CR_ERASE_BY_DN,
	CR_ERASE_BY_UUID
};

enum cr_erase_flag {
	CR_ERASE_DRY_RUN = 1,	/* change nothing, say what would be done */
	CR_ERASE_PARTIAL = 2	/* leave what is held, and erase the rest */
};

/* GDPR 17(1) */
enum cr_erase_ground {
	CR_ERASE_NO_GROUND = 0,
	CR_ERASE_GROUND_A,	/* no longer necessary */
	CR_ERASE_GROUND_B,	/* consent withdrawn */
	CR_ERASE_GROUND_C,	/* objection, article 21 */
	CR_ERASE_GROUND_D,	/* processed unlawfully */
	CR_ERASE_GROUND_E,	/* the law orders it */
	CR_ERASE_GROUND_F	/* collected of a child, article 8(1) */
};

enum cr_erase_state {
	CR_ERASE_NO_STATE = 0,
	CR_ERASE_ERASED,
	CR_ERASE_PARTLY,
	CR_ERASE_REFUSED,
	CR_ERASE_WOULD_ERASE,
	CR_ERASE_WOULD_REFUSE,
	CR_ERASE_WOULD_PARTLY
};

enum cr_erase_reason {
	CR_ERASE_NO_REASON = 0,
	CR_ERASE_OPEN_INVOICE,
	CR_ERASE_DEBT_COLLECTION,
	CR_ERASE_STATUTE,
	CR_ERASE_CLAIM,
	CR_ERASE_OTHER
};

struct cr_erase_request {
	enum cr_erase_by by;
	struct cr_slice dn;			/* BY_DN */
	unsigned char uuid[CR_ERASE_UUID];	/* BY_UUID: entryUUID */
	unsigned flags;				/* cr_erase_flag bits */
	enum cr_erase_ground ground;
	struct cr_slice reference;		/* empty: none */
};

struct cr_erase_item {
	unsigned char uuid[CR_ERASE_UUID];	/* entryUUID */
	struct cr_slice what;	/* class of the entry, or attribute of it */
};

struct cr_erase_withheld {
	unsigned char uuid[CR_ERASE_UUID];
	struct cr_slice what;
	enum cr_erase_reason reason;
	bool has_until;
	int64_t until;		/* s since 1970 UTC: the last second held */
	struct cr_slice law;	/* may be empty */
};

struct cr_erase_receipt {
	struct cr_slice id;	/* any bytes; empty: no receipt */
	int64_t time;		/* s since 1970 UTC */
	uint64_t log_index;	/* the read log's record of the erasure */
};

struct cr_erase_response {
	enum cr_erase_state state;
	struct cr_erase_item *erased;
	size_t erased_count;
	struct cr_erase_withheld *withheld;
	size_t withheld_count;
	struct cr_erase_receipt receipt;
};

/*
 * *ret_value is for free().  CR_EPROTO for a request that the decoder would
 * not take; CR_ENOMEM.
 */
int cr_erase_request_encode(const struct cr_erase_request *request,
	unsigned char **ret_value, size_t *ret_len) CR_WARN_UNUSED;

/*
 * The slices borrow from `value`; what was not given is zero.  An absent
 * requestValue is an empty one, and no request.  CR_EPROTO, and for a dn
 * CR_ENOMEM; *ret_request is unchanged on error.
 */
int cr_erase_request_decode(struct cr_slice value,
	struct cr_erase_request *ret_request) CR_WARN_UNUSED;

/*
 * *ret_value is for free(); the arrays and texts stay the caller's.
 * CR_EINTERNAL for a response that the decoder would not take, CR_ELIMIT for
 * one of more than CR_ERASE_RESPONSE_MAX bytes; CR_ENOMEM.
 */
int cr_erase_response_encode(const struct cr_erase_response *response,
	unsigned char **ret_value, size_t *ret_len) CR_WARN_UNUSED;

/*
 * The slices borrow from `value`, the arrays are for
 * cr_erase_response_clear().  CR_EPROTO, CR_ENOMEM; *ret_response is unchanged
 * on error.
 */
int cr_erase_response_decode(struct cr_slice value,
	struct cr_erase_response *ret_response) CR_WARN_UNUSED;

/* Frees the arrays of a decoded response and zeroes it; NULL is allowed. */
void cr_erase_response_clear(struct cr_erase_response *response);

#endif
