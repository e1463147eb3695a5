/*
 * Walking over BER (X.690) that a client sent, element by element.  The
 * decoder of liblber wants memory of its own and reads one byte more than it
 * was given; this one borrows.  What it takes, liblber takes too and
 * understands in the same way: definite lengths (RFC 4511, 5.1) and tags of
 * one byte.
 */
#ifndef CR_BER_H
#define CR_BER_H

#include <lber.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/*
 * Takes the first element off *rest.  CR_EPROTO when there is none, when it
 * does not parse or when it has another tag.
 */
int cr_ber_take(struct cr_slice *rest, ber_tag_t tag,
	struct cr_slice *ret_content) CR_WARN_UNUSED;

/* The tag of the first element; LBER_DEFAULT when there is none. */
ber_tag_t cr_ber_peek(struct cr_slice rest);

/* INTEGER (0 .. maxInt) */
int cr_ber_take_count(struct cr_slice *rest, int *ret_count) CR_WARN_UNUSED;

#endif
