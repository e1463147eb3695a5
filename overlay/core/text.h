/*
 * Small pieces of text: what a keyword, a boolean and a number are.
 */
#ifndef CR_TEXT_H
#define CR_TEXT_H

#include <stdbool.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/* As CR_PURPOSE_NAME_MAX of the control: what can be asked for. */
#define CR_KEYWORD_MAX 64

/* keystring (RFC 4512, 1.4): a letter, then letters, digits and hyphens */
bool cr_text_is_keyword(struct cr_slice text);

/* keystring or numericoid (RFC 4512, 1.4); no options */
bool cr_text_is_oid(struct cr_slice text);

/* attributedescription (RFC 4512, 2.5): an oid and its options */
bool cr_text_is_description(struct cr_slice text);

/* UTF-8 (RFC 3629: no overlong forms, no surrogates) without NUL */
bool cr_text_is_utf8(struct cr_slice text);

/* TRUE or FALSE, without ASCII case; CR_ESYNTAX */
int cr_text_parse_boolean(struct cr_slice text, bool *ret) CR_WARN_UNUSED;

/* Decimal digits up to INT_MAX; CR_ESYNTAX */
int cr_text_parse_unsigned(struct cr_slice text, unsigned *ret)
	CR_WARN_UNUSED;

/*
 * Takes the word before the first space off the front of *text.  False, and
 * nothing taken, when there is no space or no word before it.
 */
bool cr_text_take_word(struct cr_slice *text, struct cr_slice *ret_word);

#endif
