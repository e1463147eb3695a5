/*
 * What encoder and decoder of a leaf share: where its fields stand.
 */
#ifndef CR_LEAF_IMPL_H
#define CR_LEAF_IMPL_H

#include "log/leaf.h"

/* Bits of `present`; the order of the fields in the bytes. */
enum {
	CR_LEAF_TEXTS = 9,	/* 0-8 are slices: cr_leaf_fields */
	CR_LEAF_BIT_ATTRIBUTES = 9,
	CR_LEAF_BIT_ENTRIES,
	CR_LEAF_BIT_SUBJECT,
	CR_LEAF_BIT_DETAIL,
	CR_LEAF_BITS
};

enum cr_leaf_form {
	CR_LEAF_TEXT = 0,
	CR_LEAF_PARTY,
	CR_LEAF_KEYWORD,
	CR_LEAF_MECHANISM,
	CR_LEAF_PEER
};

struct cr_leaf_field {
	size_t offset;		/* of a slice in struct cr_leaf */
	enum cr_leaf_form form;
};

extern const struct cr_leaf_field cr_leaf_fields[CR_LEAF_TEXTS];

enum {
	CR_LEAF_AS_TEXT = 0,
	CR_LEAF_AS_UUID = 1,
	CR_LEAF_AS_IPV4 = 4,
	CR_LEAF_AS_IPV6 = 6,
	CR_LEAF_SAME = 0x80	/* bit of a class: UUID of the entry before */
};

#define CR_LEAF_PACKED_MAX 18

/*
 * "uuid:" and a UUID in small letters as 16 bytes.  False: it is text of
 * another form.
 */
bool cr_leaf_party_pack(struct cr_slice text, unsigned char out[CR_LEAF_UUID]);
void cr_leaf_party_unpack(const unsigned char in[CR_LEAF_UUID], char out[48],
	struct cr_slice *ret);

/*
 * "IP=127.0.0.1:389" and "IP=[::1]:389" as address and port.  Returns how the
 * bytes are to be read, CR_LEAF_AS_TEXT when the text is not exactly what
 * unpacking would give.
 */
int cr_leaf_peer_pack(struct cr_slice text,
	unsigned char out[CR_LEAF_PACKED_MAX], size_t *ret_len);
/* `as` is one of the two addresses. */
void cr_leaf_peer_unpack(int as, const unsigned char *in, char out[64],
	struct cr_slice *ret);

#endif
