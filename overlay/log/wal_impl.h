/*
 * What wal.c (the open segment) and wal_spare.c (files before and after that)
 * share.
 */
#ifndef CR_LOG_WAL_IMPL_H
#define CR_LOG_WAL_IMPL_H

#include <pthread.h>
#include <sys/types.h>

#include "log/wal.h"

#define CR_WAL_SPARES 2
/* A file on its way to be a segment. */
#define CR_WAL_FRESH "new"

enum cr_spare { SPARE_NONE = 0, SPARE_READY, SPARE_BUSY };

struct cr_identity {
	dev_t device;
	ino_t inode;
};

struct cr_wal {
	char *directory;
	int top;			/* the log directory; borrowed */
	int dir;			/* DIR/wal */
	struct cr_identity top_is;
	struct cr_identity dir_is;
	uint64_t segment_size;
	bool flush;
	uint64_t sequence;
	int64_t checked_ms;

	int fd;				/* -1: no segment */
	struct cr_identity is;
	char name[CR_WAL_NAME_SIZE];
	uint64_t offset;
	struct cr_wal_header header;

	pthread_mutex_t lock;		/* what follows; no file is touched */
	struct cr_wal_segment *segments;	/* the open one is the last */
	size_t count;
	size_t capacity;
	enum cr_spare spares[CR_WAL_SPARES];
};

/* Offsets are of the file; an interrupted or short write goes on. */
int cr_wal_write_all(int fd, const void *bytes, size_t len, uint64_t offset)
	CR_WARN_UNUSED;

/* Spares of another size, and what was never finished, go. */
void cr_wal_find_spares(struct cr_wal *wal);

/*
 * A new file of the whole size.  Not `filled`: its room is set aside, which is
 * quick.  -1, errno
 */
int cr_wal_create(struct cr_wal *wal, const char *name, bool filled);

/* The first spare that is `from` is `to` now; its number, or -1. */
int cr_wal_spare_take(struct cr_wal *wal, enum cr_spare from,
	enum cr_spare to);
void cr_wal_spare_set(struct cr_wal *wal, int i, enum cr_spare what);
const char *cr_wal_spare_name(int i);
/* -1, errno */
int cr_wal_spare_open(struct cr_wal *wal, int i);

/*
 * A file that is not needed any more is kept for use again, or goes.  False:
 * it is still there.
 */
bool cr_wal_retire(struct cr_wal *wal, struct cr_wal_segment segment);

#endif
