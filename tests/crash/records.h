/* The records of a log directory one by one: the tree, then what waits. */
#ifndef CR_CRASH_RECORDS_H
#define CR_CRASH_RECORDS_H

#include "integration/harness.h"
#include "log/leaf.h"

typedef void cr_record_fn(void *arg, uint64_t index,
    const struct cr_leaf *leaf);

/* From record `from` on; the number of records.  Also beside a server. */
uint64_t cr_records_read(const char *dir, uint64_t from, cr_record_fn *fn,
    void *arg);
/* As the checkpoint says; 0 when there is none. */
uint64_t cr_records_signed(const char *dir);
/* Below the directory: the file of the right edge, whole or partial. */
char *cr_records_edge(const char *dir, unsigned level);
/* One bit of the file at `path`; `at` < 0: so far from the end. */
void cr_records_flip(const char *path, off_t at);
/* The number of a reference of load.h; false when it is another one. */
bool cr_records_reference(const struct cr_leaf *leaf, uint32_t *ret_number);

#endif
