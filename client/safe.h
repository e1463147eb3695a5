/* Text from elsewhere, for a terminal. */
#ifndef CR_CLIENT_SAFE_H
#define CR_CLIENT_SAFE_H

#include <stdio.h>

#include "custreg/slice.h"

/* What could move the cursor becomes a question mark.  Columns, of UTF-8. */
size_t cr_put_safe(FILE *out, struct cr_slice text);

#endif
