/* What compaction.c tells the settings and cn=monitor; the rest: erase.h. */
#ifndef CR_SLAPD_COMPACTION_H
#define CR_SLAPD_COMPACTION_H

#include "guard.h"

#include "core/compaction.h"

/* Of a setting; 0: none that can be. */
unsigned cr_compaction_days(const char *text);

/* What is due first, of the register and its accesslogs. */
void cr_compaction_show(struct cr_db *db, struct cr_compaction *ret);

#endif
