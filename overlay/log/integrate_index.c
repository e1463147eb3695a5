/*
 * The index beside the tree.  It may fail, and may be behind: nothing that is
 * released waits for it, and it is made again from the log.
 */
#include "log_impl.h"

/* After an error, and while it is behind, it is asked again after so long. */
#define AGAIN_MS 2000
#define BEHIND_MS 50

void
cr_log_index_note(struct cr_log *log, struct cr_slice leaf)
{
	struct cr_index *index = atomic_load(&log->index);

	if (index != NULL)
		cr_index_add(index, cr_tree_size(log->tree) - 1,
		    cr_tree_last_offset(log->tree), leaf);
}

/* False when the tree has leaves that are not committed. */
static bool
describe(struct cr_log *log, struct cr_index_log *ret)
{
	struct cr_log_fault ignored;

	*ret = (struct cr_index_log){
		.size = cr_tree_committed(log->tree)
	};
	if (cr_tree_size(log->tree) != ret->size ||
	    cr_minimum_read(log->dirfd, &ret->minimum, &ignored) != CR_OK)
		return false;
	cr_tree_root(log->tree, &ret->root);
	return true;
}

static void
tell_outcome(struct cr_log *log, int rc, const struct cr_log_fault *fault)
{
	if (rc != CR_OK && !log->index_failed)
		cr_log_tell(log, CR_LOG_EVENT_INDEX_FAILED, fault->error, 0);
	log->index_failed = rc != CR_OK;
}

/* Which was emptied, and has all again. */
static void
tell_rebuilt(struct cr_log *log, struct cr_index *index, uint64_t size)
{
	unsigned resets = cr_index_resets(index);

	if (resets == log->index_resets || cr_index_behind(index) > 0)
		return;
	log->index_resets = resets;
	cr_log_tell(log, CR_LOG_EVENT_INDEX_REBUILT, 0, size);
}

static int
open_index(struct cr_log *log, const struct cr_index_log *now,
    struct cr_index **ret_index, struct cr_log_fault *fault)
{
	int rc = cr_index_open(log->settings.directory, now, ret_index, fault);

	if (rc == CR_OK)
		atomic_store(&log->index, *ret_index);
	return rc;
}

void
cr_log_index_commit(struct cr_log *log)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_index *index = atomic_load(&log->index);
	struct cr_index_log now;
	int rc = CR_OK;

	log->index_behind = true;
	if (cr_log_now_ms() < log->index_ms && index == NULL)
		return;
	log->index_ms = cr_log_now_ms() + AGAIN_MS;
	if (!describe(log, &now))
		return;
	if (index == NULL)
		rc = open_index(log, &now, &index, &fault);
	if (rc == CR_OK)
		rc = cr_index_commit(index, &now, &fault);
	if (rc == CR_OK) {
		tell_rebuilt(log, index, now.size);
		log->index_behind = cr_index_behind(index) > 0;
		log->index_ms = cr_log_now_ms() + BEHIND_MS;
	}
	tell_outcome(log, rc, &fault);
}
