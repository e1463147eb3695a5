/*
 * The way on from a log that does not verify: it is moved aside as it is, and
 * the next start of the server begins a new one whose first record names it.
 */
#ifndef CR_LOG_REOPEN_H
#define CR_LOG_REOPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "log/fault.h"

#define CR_REOPEN_NAME_SIZE 32

/*
 * Takes the lock, makes DIR/broken-<UTC time>, moves there everything but the
 * lock, the reserve and what was moved aside before; with keep_key also the
 * key stays.  (A new log should have a new key: no key signs two histories.)
 * Then leaves the first record for the next start: event log-reopened, detail
 * "size=<n> root=<base64>" of the old checkpoint, or "checkpoint=none"
 * when there is none to read.
 */
int cr_log_reopen(const char *directory, int64_t now_ms, bool keep_key,
	char ret_name[CR_REOPEN_NAME_SIZE], struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

#endif
