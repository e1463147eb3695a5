/*
 * That something is going on, for a person: only when stderr is a terminal.
 */
#ifndef CR_CLIENT_PROGRESS_H
#define CR_CLIENT_PROGRESS_H

#include <stdint.h>

/* Called for each entry; says so now and then. */
void cr_progress(uint64_t entries);
void cr_progress_end(void);

#endif
