/*
 * The fixed dictionaries of leaf format 1: names that stand in a leaf as one
 * byte.  Code 0 is no name: what is in no dictionary is written out.
 *
 * The lists are part of the format.  A name is only ever appended, keeps its
 * code for good and is compared byte by byte, case included.
 * Thread safe; everything handed out is constant.
 */
#ifndef CR_NAMES_H
#define CR_NAMES_H

#include "custreg/slice.h"

enum cr_names {
	CR_NAMES_ATTRIBUTE = 0,
	CR_NAMES_KEYWORD,	/* purposes and ban keywords */
	CR_NAMES_CLASS,		/* of entries: codes 1 to 127 */
	CR_NAMES_MECHANISM,
	CR_NAMES_EVENT,
	CR_NAMES_KINDS
};

/* The code of a name, 0 when it has none. */
unsigned char cr_name_code(enum cr_names kind, struct cr_slice name);

/* The name of a code, ptr NULL when it has none. */
struct cr_slice cr_name_of(enum cr_names kind, unsigned char code);

/* Codes 1 to this are given. */
unsigned cr_name_count(enum cr_names kind);

/* Class of an entry; 0 for a class that is none of ours. */
unsigned char cr_name_class_code(struct cr_slice name);

/* "other" for 0 and for a code that is not given; never NULL. */
const char *cr_name_class(unsigned char code);

#endif
