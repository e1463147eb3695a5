/* Between the files that encode a request. */
#ifndef CR_HARNESS_WIRE_H
#define CR_HARNESS_WIRE_H

#include "harness.h"

#include <lber.h>
#include <ldap.h>

/* Words parted by blanks, each an octet string. */
void cr_wire_words(BerElement *ber, const char *words);
void cr_wire_controls(BerElement *ber, const struct cr_control *controls,
    size_t count);

#endif
