/*
 * Retention in the running log: see prune.h for the order.
 */
#include "log_impl.h"

#include <time.h>

#include "log/prune.h"

/* The pruning is on record, durably, before anything goes. */
static int
record(struct cr_log *log, uint64_t minimum)
{
	unsigned char leaf[CR_EVENT_LEAF_SIZE];
	struct cr_log_ticket ticket;
	struct timespec now;
	size_t len;
	int rc;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return CR_EINTERNAL;
	rc = cr_prune_leaf(minimum,
	    (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, leaf, &len);
	if (rc == CR_OK)
		rc = cr_log_append(log, CR_LOG_PRIVILEGED,
		    (struct cr_slice){ (const char *)leaf, len }, &ticket);
	return rc == CR_OK ? cr_log_wait(log, ticket) : rc;
}

int
cr_log_prune(struct cr_log *log, int64_t before_ms, uint64_t *ret_files,
    struct cr_log_fault *ret_fault)
{
	const uint64_t size = atomic_load(&log->integrated_seen);
	uint64_t minimum;
	uint64_t found = 0;
	int rc = cr_minimum_read(log->dirfd, &minimum, ret_fault);

	*ret_files = 0;
	if (rc == CR_OK)
		rc = cr_prune_find(log->dirfd, size, before_ms, &found,
		    ret_fault);
	/* only whole bundles go: less is not worth a record */
	if (rc != CR_OK || found / CR_TILE_WIDTH <= minimum / CR_TILE_WIDTH)
		return rc;
	rc = record(log, found);
	if (rc != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, NULL);
	return cr_prune_apply(log->dirfd, size, found, ret_files, ret_fault);
}
