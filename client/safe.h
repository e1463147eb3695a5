/* Text from elsewhere, for a terminal. */
#ifndef CR_CLIENT_SAFE_H
#define CR_CLIENT_SAFE_H

#include <stdio.h>

#include "custreg/slice.h"

/*
 * What could move the cursor, or show what follows in another order than it
 * stands, becomes a question mark, and so does what is no UTF-8.  Columns.
 */
size_t cr_put_safe(FILE *out, struct cr_slice text);

#endif
