/*
 * custreg log witness: a memory outside the reach of whoever runs the server.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "log/proof.h"

static const char help[] =
	"Usage: custreg log witness DIR --key KEY --state FILE [--origin NAME] "
	"[-q]\n"
	"\n"
	"Checks that the checkpoint of the log is signed and that the log "
	"extends the one\n"
	"kept in FILE, and then keeps the new one there. For cron, best on "
	"another host\n"
	"with the directory mounted or copied. The first run keeps what it "
	"finds.\n"
	"\n"
	"When the log does not extend it, FILE stays as it is, the other "
	"checkpoint is kept\n"
	"beside it (FILE.conflict), and the exit status is 5.\n";

static void
shout(const char *directory, const struct cr_checkpoint *kept,
    const struct cr_checkpoint *seen)
{
	cr_complain("WARNING: the read log %s IS NOT WHAT IT WAS.", directory);
	cr_complain("It was signed before with other records, or more of "
	    "them: the log was");
	cr_complain("rolled back, cut, or made again by somebody who has its "
	    "key.");
	if (kept != NULL)
		cr_log_print_checkpoint(stderr, "custreg:   kept: ", kept);
	if (seen != NULL)
		cr_log_print_checkpoint(stderr, "custreg:   seen: ", seen);
}

/* Beside the state: evidence, since a checkpoint is signed. */
static void
keep_evidence(int dirfd, const char *state, struct cr_slice note)
{
	char path[300];

	if (snprintf(path, sizeof(path), "%s.conflict", state) >=
	    (int)sizeof(path))
		return;
	if (faccessat(dirfd, path, F_OK, 0) == 0)
		return;		/* the first is the one to keep */
	if (cr_file_replace(dirfd, path, note, NULL) != CR_OK)
		cr_complain("%s: cannot be written", path);
}

/* The directory of the state and its name in there. */
static int
open_state(const char *path, int *ret_dirfd, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") :
	    strndup(path, slash > path ? (size_t)(slash - path) : 1);

	*ret_name = slash == NULL ? path : slash + 1;
	*ret_dirfd = directory == NULL ? -1 : cr_log_directory(directory);
	free(directory);
	if (**ret_name != '\0' && strlen(*ret_name) < 100)
		return *ret_dirfd < 0 ? CR_ESYNTAX : CR_OK;
	cr_complain("--state %s: not the name of a file", path);
	return CR_ESYNTAX;
}

static int
compare(const char *directory, int dirfd, const struct cr_log_options *options,
    const struct cr_checkpoint *seen, const struct cr_file *kept_file,
    struct cr_checkpoint *ret_kept)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_proof proof;
	enum cr_fault_kind kind;
	int rc = cr_checkpoint_open(cr_file_slice(kept_file), options->key,
	    cr_slice_of(options->origin), ret_kept, &kind);

	if (rc != CR_OK) {
		cr_fault_set(&fault, kind, 0, CR_FAULT_NO_INDEX, "");
		return cr_log_complain(options->state, rc, &fault);
	}
	rc = cr_proof_extends(dirfd, seen, ret_kept, &proof, &fault);
	if (rc == CR_OK)
		return CR_EXIT_DONE;
	if (rc == CR_EVERIFY)
		shout(directory, ret_kept, seen);
	return cr_log_complain(directory, rc, &fault);
}

static int
witness(const char *directory, const struct cr_log_options *options)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_checkpoint seen = { .size = 0 }, kept = { .size = 0 };
	struct cr_file file = { 0 }, kept_file = { 0 };
	const char *name;
	int state_dir = -1, dirfd = -1, code = CR_EXIT_USAGE, rc;

	if (open_state(options->state, &state_dir, &name) != CR_OK)
		goto out;
	dirfd = cr_log_directory(directory);
	if (dirfd < 0)
		goto out;
	rc = cr_file_read(state_dir, name, CR_NOTE_MAX, &kept_file, &fault);
	if (rc != CR_OK && fault.kind != CR_FAULT_MISSING) {
		code = cr_log_complain(options->state, rc, &fault);
		goto out;
	}
	code = cr_log_read_checkpoint(directory, dirfd, options->key,
	    options->origin, &file, &seen);
	if (code != CR_EXIT_DONE) {
		/* a log that was there and is gone is no small thing */
		if (code == CR_EXIT_FAILED && kept_file.bytes != NULL)
			shout(directory, NULL, NULL);
		goto out;
	}
	if (kept_file.bytes != NULL)
		code = compare(directory, dirfd, options, &seen, &kept_file,
		    &kept);
	if (code == CR_EXIT_FAILED)
		keep_evidence(state_dir, name, cr_file_slice(&file));
	if (code != CR_EXIT_DONE)
		goto out;
	rc = cr_file_replace(state_dir, name, cr_file_slice(&file), &fault);
	if (rc != CR_OK)
		code = cr_log_complain(options->state, rc, &fault);
	else if (!options->quiet)
		cr_log_print_checkpoint(stdout, kept_file.bytes != NULL ?
		    "extends what was kept: " : "kept from now on: ", &seen);
out:
	cr_file_clear(&file);
	cr_file_clear(&kept_file);
	if (dirfd >= 0)
		close(dirfd);
	if (state_dir >= 0)
		close(state_dir);
	return code;
}

int
cr_log_witness_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "kofq!", help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && (optind + 1 != argc || options.state == NULL))
		cr_complain("log witness takes one directory and --state");
	else if (rc == CR_OK)
		code = witness(argv[optind], &options);
	cr_log_options_clear(&options);
	return code;
}
