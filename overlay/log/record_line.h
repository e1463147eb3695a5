/*
 * The text of one record; its grammar is in record.h.
 */
#ifndef CR_RECORD_LINE_H
#define CR_RECORD_LINE_H

#include "record.h"

/* The most bytes that cr_floor_line_format() can need. */
size_t cr_floor_line_size(const struct cr_floor_record *record);

/*
 * The line, with a newline before and after it and no NUL: whoever writes it
 * skips the first one where a line has just ended.  CR_ESYNTAX for a time that
 * has no text.
 */
int cr_floor_line_format(const struct cr_floor_record *record, char *ret_line,
	size_t *ret_len) CR_WARN_UNUSED;

#endif
