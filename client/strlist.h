/*
 * A growing list of texts.
 */
#ifndef CR_CLIENT_STRLIST_H
#define CR_CLIENT_STRLIST_H

#include "custreg/error.h"
#include "custreg/slice.h"

struct cr_strings {		/* zeroed is empty */
	char **items;		/* owned, each with its NUL */
	size_t count;
	size_t room;
};

int cr_strings_add(struct cr_strings *strings, struct cr_slice text)
	CR_WARN_UNUSED;
bool cr_strings_has(const struct cr_strings *strings, struct cr_slice text);
void cr_strings_clear(struct cr_strings *strings);

/* A malloced copy with a NUL; NULL when there is no memory. */
char *cr_text_copy(struct cr_slice text) CR_WARN_UNUSED;

/* A malloced text as printf makes it; NULL when there is no memory. */
__attribute__((format(printf, 1, 2))) char *cr_text_format(
	const char *format, ...) CR_WARN_UNUSED;

#endif
