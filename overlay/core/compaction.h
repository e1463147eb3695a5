/*
 * Whether the freed pages of a database still hold what was erased: a file
 * beside data.mdb, one line, written by slapd before data goes (needed) and by
 * custreg compact when the pages are gone (done):
 *
 *	custreg-compaction 1 needed <since> <due> <check>
 *	custreg-compaction 1 done <time> <file> <check>
 *
 * Words are parted by one space; times are GeneralizedTime, UTC; file is the
 * inode number of the data.mdb that has no freed pages; check is the first 16
 * hexadecimal digits of the SHA-256 of all before it and its space.  One text
 * for one state: anything else does not parse.
 *
 *	custreg-compaction 1 needed 20260102030405Z 20260201030405Z
 *	d669c640700d765c		(one line)
 *
 * What cannot be read is not compacted.  Compaction happens only while slapd
 * is stopped, so "done" says that nothing has gone since, whatever the clock
 * did; another data.mdb (a backup put back) has another inode.
 */
#ifndef CR_COMPACTION_H
#define CR_COMPACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define CR_COMPACTION_FILE "custreg-compaction"
#define CR_COMPACTION_TEXT_SIZE 128

enum { CR_COMPACT_DAYS = 30, CR_COMPACT_DAYS_MAX = 3650 };

enum cr_compaction_state {
	CR_COMPACTION_UNKNOWN = 0,	/* no file, or a damaged one */
	CR_COMPACTION_NEEDED,
	CR_COMPACTION_DONE
};

struct cr_compaction {			/* zeroed: unknown */
	enum cr_compaction_state state;
	int64_t time;		/* needed: since; done: when */
	int64_t due;		/* needed */
	uint64_t file;		/* done */
};

/* The line with its newline and a NUL.  CR_EVALUE for what no line can say. */
int cr_compaction_format(const struct cr_compaction *compaction,
	char ret_text[CR_COMPACTION_TEXT_SIZE]) CR_WARN_UNUSED;
/* CR_ESYNTAX; *ret is then unknown. */
int cr_compaction_parse(struct cr_slice text, struct cr_compaction *ret)
	CR_WARN_UNUSED;

/*
 * Data goes now, to be compacted within so many days.  True when the file has
 * to be written anew.  What was needed before stays due when it was, but for
 * times that a clock ahead has given, or a longer setting.
 */
bool cr_compaction_need(struct cr_compaction *compaction, int64_t now,
	unsigned days) CR_WARN_UNUSED;

/* The pages are gone; `file` is the inode number of what is there now. */
void cr_compaction_finish(struct cr_compaction *compaction, int64_t now,
	uint64_t file);

/*
 * Is what was last written about at `written` out of this file's pages?  The
 * time matters only for what another server wrote and this one has got since.
 */
bool cr_compaction_covers(const struct cr_compaction *compaction,
	uint64_t file, int64_t written);

bool cr_compaction_is_overdue(const struct cr_compaction *compaction,
	int64_t now);

#endif
