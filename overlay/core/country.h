/*
 * Countries by their ISO 3166-1 alpha-2 code.
 */
#ifndef CR_COUNTRY_H
#define CR_COUNTRY_H

#include <stdbool.h>

#include "custreg/slice.h"

/* Two letters; case is ignored. */
bool cr_country_is_code(struct cr_slice code);

/*
 * A state of the European Economic Area: the European Union, Iceland,
 * Liechtenstein and Norway.  Data may be given there without the decision
 * that chapter V of Regulation (EU) 2016/679 asks for elsewhere.
 */
bool cr_country_in_eea(struct cr_slice code);

#endif
