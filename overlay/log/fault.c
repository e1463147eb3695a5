#include "fault.h"

#include <stddef.h>
#include <stdio.h>

static const char *const texts[] = {
	[CR_FAULT_UNKNOWN] = "an error nobody thought of",
	[CR_FAULT_IO] = "cannot be read or written",
	[CR_FAULT_MEMORY] = "out of memory",
	[CR_FAULT_EMPTY] = "there is no checkpoint",
	[CR_FAULT_NOTE] = "not a signed checkpoint",
	[CR_FAULT_ORIGIN] = "the checkpoint is of another log",
	[CR_FAULT_UNSIGNED] = "not signed by this key",
	[CR_FAULT_SIGNATURE] = "the signature is not valid",
	[CR_FAULT_KEY] = "not a key, or one that others may read",
	[CR_FAULT_MISSING] = "a file is missing",
	[CR_FAULT_SHAPE] = "a file is cut or has another form",
	[CR_FAULT_RECORD] = "the record is not the one that was logged",
	[CR_FAULT_TILE] = "the hashes are not those of the log",
	[CR_FAULT_ROOT] = "the records are not those that were signed",
	[CR_FAULT_ROLLBACK] = "the log is shorter than the kept checkpoint",
	[CR_FAULT_FORK] = "the log does not extend the kept checkpoint",
	[CR_FAULT_LEFTOVER] = "a file does not follow from the log",
	[CR_FAULT_WAL] = "the write-ahead file is damaged",
	[CR_FAULT_GAP] = "the write-ahead file does not follow the log",
	[CR_FAULT_MINIMUM] = "the prune point makes no sense",
	[CR_FAULT_BUSY] = "another process has the log open"
};

const char *
cr_fault_text(enum cr_fault_kind kind)
{
	const size_t count = sizeof(texts) / sizeof(texts[0]);

	return texts[(size_t)kind < count ? kind : CR_FAULT_UNKNOWN];
}

int
cr_fault_set(struct cr_log_fault *fault, enum cr_fault_kind kind, int error,
    uint64_t index, const char *path)
{
	if (fault != NULL) {
		fault->kind = kind;
		fault->error = error;
		fault->index = index;
		snprintf(fault->path, sizeof(fault->path), "%s",
		    path != NULL ? path : "");
	}
	switch (kind) {
	case CR_FAULT_UNKNOWN:
		return CR_EINTERNAL;
	case CR_FAULT_MEMORY:
		return CR_ENOMEM;
	case CR_FAULT_IO:
	case CR_FAULT_BUSY:
		return CR_ELOG;
	default:
		return CR_EVERIFY;
	}
}
