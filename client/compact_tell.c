/* What custreg compact did, in words and for programs. */
#include "compact.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "command.h"
#include "instant.h"
#include "json.h"
#include "safe.h"

static const char *const outcomes[] = {
	[CR_COMPACT_FAILED] = "failed",
	[CR_COMPACT_UNTOUCHED] = "untouched",
	[CR_COMPACT_IDLE] = "notDue",
	[CR_COMPACT_WOULD] = "wouldCompact",
	[CR_COMPACT_DONE] = "compacted"
};

static int
exit_of_fault(const struct cr_store_fault *fault)
{
	switch (fault->kind) {
	case CR_STORE_MISSING:
	case CR_STORE_SHAPE:
		return CR_EXIT_USAGE;
	case CR_STORE_BUSY:
	case CR_STORE_LINKED:
		return CR_EXIT_REFUSED;
	case CR_STORE_OWNER:
		return CR_EXIT_NOT_ALLOWED;
	case CR_STORE_LMDB:
	case CR_STORE_PAGES:
	case CR_STORE_DIFFERS:
		return CR_EXIT_FAILED;
	default:
		break;
	}
	if (fault->error == EACCES || fault->error == EPERM)
		return CR_EXIT_NOT_ALLOWED;
	if (fault->error == ENOENT || fault->error == ENOTDIR)
		return CR_EXIT_USAGE;
	return CR_EXIT_UNAVAILABLE;
}

int
cr_compact_exit(const struct cr_compact_job *job)
{
	return job->outcome == CR_COMPACT_FAILED ? exit_of_fault(&job->fault) :
	    CR_EXIT_DONE;
}

static void
complain(const struct cr_compact_job *job)
{
	const char *error = cr_store_error_text(&job->fault);
	char more[128] = "";

	if (job->fault.kind == CR_STORE_BUSY && job->fault.pid > 0)
		snprintf(more, sizeof(more), " (process %ld)",
		    (long)job->fault.pid);
	else if (job->fault.kind == CR_STORE_ROOM && job->size.after > 0)
		snprintf(more, sizeof(more), ": %" PRIu64 " bytes are needed, "
		    "%" PRIu64 " are free", job->size.after, job->size.room);
	cr_complain("%s: %s%s%s%s%s", job->path,
	    cr_store_fault_text(job->fault.kind), *error != '\0' ? ": " : "",
	    error, more, job->result.after > 0 ? "; data.mdb is the new one "
	    "already, say it again to finish" : "");
}

void
cr_compact_complain(const struct cr_compact_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].outcome == CR_COMPACT_FAILED)
			complain(&jobs[i]);
		if (jobs[i].outcome == CR_COMPACT_DONE &&
		    !jobs[i].result.overwritten)
			cr_complain("%s: the old file was removed, but could "
			    "not be overwritten", jobs[i].path);
	}
}

/* ---- words --------------------------------------------------------------- */

static void
put_due(FILE *out, const struct cr_compact_job *job)
{
	char iso[CR_INSTANT_ISO_SIZE];

	if (job->state.state != CR_COMPACTION_NEEDED)
		return;
	cr_instant_iso(job->state.due, iso);
	fprintf(out, "; due by %.10s", iso);
}

static void
put_job(FILE *out, const struct cr_compact_job *job)
{
	const struct cr_store_result *result = &job->result;

	cr_put_safe(out, cr_slice_of(job->path));
	switch (job->outcome) {
	case CR_COMPACT_FAILED:
		fputs(": failed\n", out);
		break;
	case CR_COMPACT_UNTOUCHED:
		fputs(": nothing was done\n", out);
		break;
	case CR_COMPACT_IDLE:
		fputs(": nothing waits to be compacted\n", out);
		break;
	case CR_COMPACT_WOULD:
		fprintf(out, ": would be compacted, %" PRIu64 " bytes to about "
		    "%" PRIu64, job->size.before, job->size.after);
		put_due(out, job);
		fputc('\n', out);
		break;
	case CR_COMPACT_DONE:
		fprintf(out, ": compacted, %" PRIu64 " bytes to %" PRIu64 "; "
		    "%" PRIu64 " databases with %" PRIu64 " records are the "
		    "same\n", result->before, result->after,
		    result->databases, result->records);
		break;
	}
}

static int
tell_words(FILE *out, const struct cr_compact_job *jobs, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		put_job(out, &jobs[i]);
		any = any || jobs[i].outcome == CR_COMPACT_DONE;
	}
	if (any)
		fputs("Backups, and what the file system or the disk keeps of "
		    "the old file, are not\ntouched by this.\n", out);
	return ferror(out) ? CR_ENOMEM : CR_OK;
}

/* ---- programs ------------------------------------------------------------ */

static int
set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static int
set_number(json_t *object, const char *name, uint64_t number)
{
	return set(object, name, json_integer((json_int_t)number));
}

static int
set_time(json_t *object, const char *name, int64_t time)
{
	char iso[CR_INSTANT_ISO_SIZE];

	cr_instant_iso(time, iso);
	return set(object, name, json_string(iso));
}

static json_t *
json_of(const struct cr_compact_job *job)
{
	json_t *object = json_object();
	int rc = set(object, "directory", cr_json_text(cr_slice_of(
	    job->path)));

	rc |= set(object, "result", json_string(outcomes[job->outcome]));
	if (job->state.state == CR_COMPACTION_NEEDED) {
		rc |= set_time(object, "neededSince", job->state.time);
		rc |= set_time(object, "due", job->state.due);
	} else if (job->state.state == CR_COMPACTION_DONE) {
		rc |= set_time(object, "lastCompacted", job->state.time);
	}
	if (job->outcome == CR_COMPACT_FAILED)
		rc |= set(object, "reason", json_string(cr_store_fault_text(
		    job->fault.kind)));
	if (job->outcome == CR_COMPACT_WOULD) {
		rc |= set_number(object, "bytesBefore", job->size.before);
		rc |= set_number(object, "bytesAfter", job->size.after);
	}
	if (job->outcome == CR_COMPACT_DONE) {
		rc |= set_number(object, "bytesBefore", job->result.before);
		rc |= set_number(object, "bytesAfter", job->result.after);
		rc |= set_number(object, "databases", job->result.databases);
		rc |= set_number(object, "records", job->result.records);
		rc |= set(object, "overwritten", json_boolean(
		    job->result.overwritten));
	}
	if (rc == 0)
		return object;
	json_decref(object);
	return NULL;
}

int
cr_compact_tell(FILE *out, bool json, const struct cr_compact_job *jobs,
    size_t count)
{
	json_t *root, *list;
	int rc = 0;

	if (!json)
		return tell_words(out, jobs, count);
	root = json_object();
	list = json_array();
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = json_array_append_new(list, json_of(&jobs[i]));
	rc |= set(root, "directories", list);
	rc = rc == 0 ? cr_json_put(out, root) : CR_ENOMEM;
	json_decref(root);
	return rc;
}

/* ---- while it lasts ------------------------------------------------------ */

static void
tell_progress(void *arg, const char *phase, uint64_t bytes, uint64_t of)
{
	(void)arg;
	if (of > 0)
		fprintf(stderr, "\r%s %3u %%", phase,
		    (unsigned)(bytes >= of ? 100 : bytes * 100 / of));
}

const struct cr_store_progress cr_compact_progress = { .tell =
	tell_progress };
