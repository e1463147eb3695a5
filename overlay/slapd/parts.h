/*
 * The parts of a guarded database that settings name: where its customers are,
 * who handles them, who replicates them.
 *
 * Threads: read only once in force, and read without a lock.  slapd's pause
 * does not keep out a worker that was waiting to write to its client: it runs
 * on when it gets through while others are still being waited for.  So parts
 * are replaced as a whole, and those that were in force before stay until the
 * database goes.
 */
#ifndef CR_PARTS_H
#define CR_PARTS_H

#include "portable.h"

#include "slap.h"

#include "core/retention.h"

struct cr_db;

struct cr_parts {
	struct cr_parts *older;
	BerVarray customers, customers_pretty;
	BerVarray handlers;
	BerVarray replicas;
	BerVarray accesslogs;		/* suffixes this database feeds */
	struct berval purposes;
	struct berval recipients;
	struct berval register_entry;
	struct berval erasures, suppressed;	/* the module's own */
	struct berval anonymous_purpose;
	struct cr_year_end year_end;
	unsigned compact_days;
};

/*
 * As configured, with the defaults filled in; -1 and a text in msg when they
 * do not go together.
 */
int cr_parts_new(const struct cr_db *db, struct cr_parts **ret_parts,
	char *msg, size_t size);
/* Takes them over.  One at a time: by who changes settings. */
void cr_parts_put_in_force(struct cr_db *db, struct cr_parts *parts);
/* With all that were in force before. */
void cr_parts_free(struct cr_parts *parts);

#endif
