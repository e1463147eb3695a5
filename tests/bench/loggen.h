/*
 * Makes the log directory of a register that never was: point reads and
 * listings by handlers and services, the same for the same seed, with the
 * real tree and the real index.
 */
#ifndef CR_LOGGEN_H
#define CR_LOGGEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"
#include "log/fault.h"
#include "log/leaf.h"

struct loggen_settings {
	uint64_t seed;
	uint64_t entry_reads;	/* how many in all, at least */
	uint64_t customers;	/* each is read as often as the others */
	unsigned readers;
	unsigned point_percent;	/* of the entry reads; the rest in listings */
	unsigned listing;	/* entries of a listing */
	unsigned chunk;		/* entries of a leaf of a listing, at most */
	int64_t start_ms;
	unsigned step_ms;	/* from leaf to leaf */
	uint64_t commit_every;	/* leaves */
	bool without_index;
};

/* Some of each, one checkpoint every 20,000 leaves. */
void loggen_defaults(struct loggen_settings *settings);

struct loggen_made {
	uint64_t leaves;
	uint64_t entry_reads;
	uint64_t leaf_bytes;	/* of all leaves */
	uint64_t point_leaves;
	uint64_t point_bytes;
	struct cr_hash root;
	double index_seconds;	/* of the time it took */
	double tree_seconds;
};

void loggen_customer(uint64_t number, unsigned char ret_uuid[CR_LEAF_UUID]);
/* A DN of 40 bytes; `ret` has room for 64. */
void loggen_reader(unsigned number, char ret[64]);

/*
 * `directory` exists and is empty; a key is made in it.  CR_OK or an error of
 * error.h with *ret_fault.
 */
int loggen_make(const char *directory, const struct loggen_settings *settings,
	struct loggen_made *ret_made, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

#endif
