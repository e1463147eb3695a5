/*
 * The floor of the read log: one plain text line per released entry, written
 * to the kernel before the entry leaves.  Its durable, provable form is the
 * work of the read log's own issue; the seam is cr_floor_record().
 *
 * The file is <directory>/read.log, mode 0600, only ever appended to.  Opened
 * lazily and again after an error, so that it recovers by itself when the
 * cause is gone; the file's identity is checked against the path, so that a
 * file that was deleted or replaced underneath is noticed.
 *
 * A line is fields "key=value" separated by one space, values
 * percent-encoded (RFC 3986 unreserved and ",=:/+@" kept):
 *   t= time (GeneralizedTime)  who=  for=  purpose=  recipient=  ref=
 *   mech=  ssf=  peer=  listener=  conn=  op=  type=  uuid=  class=  event=
 * Fields without a value are left out: class= stands for a released entry,
 * event= for what is no read.
 * No attribute values of customers, no DN below a customers base, no filter.
 */
#ifndef CR_RECORD_H
#define CR_RECORD_H

#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/* Until the glue uses log.h, which has a function of this name. */
#define cr_floor_open cr_log_open_file

struct cr_floor;

struct cr_floor_record {
	int64_t time;
	struct cr_slice who;		/* DN, or "uuid:<entryUUID>" */
	struct cr_slice on_behalf_of;	/* len 0: nobody else */
	struct cr_slice purpose;
	struct cr_slice recipient;
	struct cr_slice reference;
	struct cr_slice mechanism;
	unsigned ssf;
	struct cr_slice peer;
	struct cr_slice listener;
	unsigned long connection;
	unsigned long operation;
	struct cr_slice type;		/* search, compare, refused ... */
	struct cr_slice subject;	/* entryUUID of the customer */
	struct cr_slice entry_class;	/* crCustomer, crInvoice ... */
	struct cr_slice event;		/* for what is no read: ban-set ... */
};

/* Nothing is opened yet.  `directory` is copied. */
int cr_floor_new(const char *directory, struct cr_floor **ret_log)
	CR_WARN_UNUSED;
void cr_floor_free(struct cr_floor **log);

/*
 * Opens (or opens again) and checks that the file can be appended to: a plain
 * file, no symbolic link, made 0600.  CR_ELOG with errno kept when not.
 */
int cr_floor_open(struct cr_floor *log) CR_WARN_UNUSED;

/*
 * Appends one record, whole or not at all (a torn write is cut off again or,
 * failing that, ended by a newline before the next record).  CR_ELOG, with
 * errno, means: do not release the entry.  ESTALE: the file was deleted
 * (noticed at once) or replaced (within 100 ms) underneath; the next record
 * opens what stands there then, or makes it.
 * Thread safe; holds a lock for one write().
 */
int cr_floor_record(struct cr_floor *log, const struct cr_floor_record *record)
	CR_WARN_UNUSED;

#endif
