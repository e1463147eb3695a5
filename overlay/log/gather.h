/*
 * The records of one operation: who reads is said once, entries are added as
 * they are about to be released, and what was added becomes leaves of the log
 * when the bytes of those entries are about to leave (leaf.h: each leaf says
 * all of the head again).
 *
 * Not thread safe: a gather behind the log barrier is used under its lock.
 */
#ifndef CR_LOG_GATHER_H
#define CR_LOG_GATHER_H

#include "log/leaf.h"
#include "log/log.h"

struct cr_gather;

/*
 * What of *head is set counts for every leaf; strings and attributes are
 * copied, flags, entries and result are not looked at.
 */
int cr_gather_new(const struct cr_leaf *head, struct cr_gather **ret_gather)
	CR_WARN_UNUSED;
void cr_gather_free(struct cr_gather **gather);

int cr_gather_add(struct cr_gather *gather, const unsigned char uuid[16],
	unsigned char class_code) CR_WARN_UNUSED;

/* Entries added that are not appended yet. */
size_t cr_gather_entries(const struct cr_gather *gather);

/* The operation's LDAP result: the next append is its last. */
void cr_gather_end(struct cr_gather *gather, int result);

/*
 * Is there anything to append: entries, or the end of an operation of which
 * something was appended.
 */
bool cr_gather_waits(const struct cr_gather *gather);

/*
 * Appends what waits, with this time (UTC, milliseconds), as one leaf or, of
 * very many entries, some.  The ticket is that of the last: when it is
 * durable, they all are.  CR_ELOG: some entries have no record and must not
 * leave; they wait no longer either way.
 */
int cr_gather_append(struct cr_gather *gather, struct cr_log *log,
	enum cr_log_rank rank, int64_t time_ms,
	struct cr_log_ticket *ret_ticket) CR_WARN_UNUSED;

#endif
