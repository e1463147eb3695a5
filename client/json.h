/* What comes from elsewhere, in JSON. */
#ifndef CR_CLIENT_JSON_H
#define CR_CLIENT_JSON_H

#include <stdio.h>

#include <jansson.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/*
 * A string; bytes that are no UTF-8 become \XX, as RFC 4514 writes them.
 * NULL: no memory.
 */
json_t *cr_json_text(struct cr_slice value);

/*
 * The whole and a line break, in printable ASCII: it may go to a terminal.
 * CR_ENOMEM, also when it cannot be written.
 */
int cr_json_put(FILE *out, const json_t *root) CR_WARN_UNUSED;

#endif
