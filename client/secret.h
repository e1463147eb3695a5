/*
 * Passwords and answers from a person or a file.
 */
#ifndef CR_CLIENT_SECRET_H
#define CR_CLIENT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "custreg/error.h"

#define CR_SECRET_MAX 65536

/*
 * A line from the terminal (standard input when there is none), without its
 * end, malloced with a NUL that is not counted.  CR_ESYNTAX when there is
 * nobody to ask.  The caller wipes and frees it.
 */
int cr_secret_ask(const char *prompt, bool echo, char **ret_text,
	size_t *ret_len) CR_WARN_UNUSED;

/* A whole file, its last line end included, as ldapsearch -y takes it. */
int cr_secret_read_file(const char *path, char **ret_text, size_t *ret_len)
	CR_WARN_UNUSED;

#endif
