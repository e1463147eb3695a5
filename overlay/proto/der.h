/*
 * The BER of our own operations.  RFC 4511, 5.1 (definite lengths, primitive
 * strings, no default values), and lengths and numbers in as few octets as
 * they need (X.690, 10.1 and 8.3.2), so that a value has one encoding.
 *
 * The functions that take move *rest past the element.  CR_EPROTO when no such
 * element stands at the front: nothing is handed out then, and *rest is of no
 * more use.  What is handed out borrows from *rest.
 */
#ifndef CR_DER_H
#define CR_DER_H

#include <stdint.h>

#include "ber.h"

#define CR_TAG_UTF8_STRING ((ber_tag_t)0x0c)
#define CR_TAG_GENERALIZED_TIME ((ber_tag_t)0x18)

int cr_der_take(struct cr_slice *rest, ber_tag_t tag,
	struct cr_slice *ret_content) CR_WARN_UNUSED;

/* All of the value is one element. */
int cr_der_whole(struct cr_slice value, ber_tag_t tag,
	struct cr_slice *ret_content) CR_WARN_UNUSED;

/* ENUMERATED (0 .. count - 1); count <= 128 */
int cr_der_take_enum(struct cr_slice *rest, ber_tag_t tag, unsigned count,
	unsigned *ret_number) CR_WARN_UNUSED;

/* INTEGER (0 .. 2^63 - 1) */
int cr_der_take_number(struct cr_slice *rest, uint64_t *ret_number)
	CR_WARN_UNUSED;

/*
 * BIT STRING of at most 32 bits; bit n becomes 1 << n.  Zeros may trail:
 * with them it is the same value (X.680, 22.7).  Bits that do not count are 0.
 */
int cr_der_take_bits(struct cr_slice *rest, uint32_t *ret_bits)
	CR_WARN_UNUSED;

/* OCTET STRING (SIZE (size)), copied */
int cr_der_take_octets(struct cr_slice *rest, ber_tag_t tag, size_t size,
	unsigned char *ret_octets) CR_WARN_UNUSED;

/* UTF8String without NUL; may be empty */
int cr_der_take_text(struct cr_slice *rest, struct cr_slice *ret_text)
	CR_WARN_UNUSED;

/* GeneralizedTime, "YYYYmmddHHMMSSZ" and nothing else */
int cr_der_take_time(struct cr_slice *rest, int64_t *ret_time) CR_WARN_UNUSED;

/* For ber_printf(); borrows. */
struct berval cr_der_bytes(struct cr_slice slice);

/*
 * These put the same elements.  `number` <= 2^63 - 1 and a time of the years
 * 0000-9999, else CR_EINTERNAL.  CR_ENOMEM.
 */
int cr_der_put_number(BerElement *ber, uint64_t number) CR_WARN_UNUSED;
int cr_der_put_time(BerElement *ber, int64_t time) CR_WARN_UNUSED;

/*
 * A copy for free() of all that was put: liblber may have an allocator of its
 * own.  CR_ENOMEM.
 */
int cr_der_copy_out(BerElement *ber, unsigned char **ret_value,
	size_t *ret_len) CR_WARN_UNUSED;

#endif
