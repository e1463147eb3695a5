/* What comes from elsewhere, in JSON. */
#ifndef CR_CLIENT_JSON_H
#define CR_CLIENT_JSON_H

#include <jansson.h>

#include "custreg/slice.h"

/*
 * A string; bytes that are no UTF-8 become \XX, as RFC 4514 writes them.
 * NULL: no memory.
 */
json_t *cr_json_text(struct cr_slice value);

#endif
