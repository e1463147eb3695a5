#include "log/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log/file.h"
#include "log/tile_walk.h"
#include "log/tree.h"

int
cr_prune_find(int dirfd, uint64_t tree_size, int64_t before_ms,
    uint64_t *ret_minimum, struct cr_log_fault *ret_fault)
{
	struct cr_bundle bundle = { 0 };
	struct cr_leaf_space space = { 0 };
	uint64_t index;
	int rc = cr_minimum_read(dirfd, &index, ret_fault);

	for (; rc == CR_OK && index < tree_size; index++) {
		const unsigned i = (unsigned)(index % CR_TILE_WIDTH);
		struct cr_leaf leaf;

		if (bundle.count == 0 || i == 0)
			rc = cr_bundle_read(dirfd, index / CR_TILE_WIDTH,
			    tree_size, &bundle, ret_fault);
		if (rc != CR_OK)
			break;
		if (cr_leaf_decode(cr_bundle_leaf(&bundle, i), &space,
		    &leaf) != CR_OK)
			rc = cr_fault_set(ret_fault, CR_FAULT_SHAPE, 0,
			    index, NULL);
		else if (leaf.time_ms >= before_ms)
			break;
	}
	cr_bundle_clear(&bundle);
	cr_leaf_space_clear(&space);
	if (rc == CR_OK)
		*ret_minimum = index;
	return rc;
}

struct pruning {
	int dirfd;
	uint64_t minimum;
	uint64_t files;
};

static int
remove_old(void *arg, const struct cr_tile_found *found)
{
	struct pruning *pruning = arg;
	const unsigned bits =
	    found->level == CR_LEVEL_ENTRIES ? 8 : 8 * found->level + 8;

	if (!found->is_tile || bits >= 64 ||
	    found->n >= pruning->minimum >> bits)
		return 0;
	if (unlinkat(pruning->dirfd, found->path, 0) != 0)
		return errno == ENOENT ? 0 : errno;
	pruning->files++;
	return 0;
}

static int
write_minimum(int dirfd, uint64_t minimum, struct cr_log_fault *ret_fault)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRIu64 "\n", minimum);

	return cr_file_replace(dirfd, "minimum",
	    (struct cr_slice){ text, (size_t)len }, ret_fault);
}

int
cr_prune_apply(int dirfd, uint64_t tree_size, uint64_t minimum,
    uint64_t *ret_files, struct cr_log_fault *ret_fault)
{
	struct pruning pruning = { .dirfd = dirfd };
	uint64_t now;
	int error, rc = cr_minimum_read(dirfd, &now, ret_fault);

	if (rc != CR_OK)
		return rc;
	if (minimum > tree_size)
		return cr_fault_set(ret_fault, CR_FAULT_MINIMUM, 0,
		    CR_FAULT_NO_INDEX, NULL);
	if (minimum > now)
		rc = write_minimum(dirfd, minimum, ret_fault);
	if (rc != CR_OK)
		return rc;
	/* also what an earlier pruning did not come to */
	pruning.minimum = minimum > now ? minimum : now;
	error = cr_tile_walk(dirfd, NULL, remove_old, &pruning);
	*ret_files = pruning.files;
	return error == 0 ? CR_OK : cr_file_fault(ret_fault, error, "tile");
}

int
cr_prune_leaf(uint64_t minimum, int64_t now_ms, unsigned char out[CR_EVENT_LEAF_SIZE],
    size_t *ret_len)
{
	char detail[40];
	const int len = snprintf(detail, sizeof(detail), "before %" PRIu64,
	    minimum);
	const struct cr_leaf leaf = {
		.flags = CR_LEAF_FIRST | CR_LEAF_LAST | CR_LEAF_EVENT,
		.time_ms = now_ms,
		.type = CR_LEAF_OCCURRENCE,
		.event = CR_SLICE_LITERAL("log-pruned"),
		.detail = { detail, (size_t)len }
	};

	return cr_leaf_encode(&leaf, out, CR_EVENT_LEAF_SIZE, ret_len);
}

int
cr_pending_event(int dirfd, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	if (faccessat(dirfd, CR_PENDING_EVENT, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return cr_fault_set(ret_fault, CR_FAULT_BUSY, EEXIST,
		    CR_FAULT_NO_INDEX, CR_PENDING_EVENT);
	return cr_file_replace(dirfd, CR_PENDING_EVENT, leaf, ret_fault);
}
