/* custreg log checkpoint, prove: what can be shown to others. */
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "log/proof.h"

static const char checkpoint_help[] =
	"Usage: custreg log checkpoint DIR --key KEY [--origin NAME]\n"
	"\n"
	"Prints the checkpoint, a signed note (C2SP tlog-checkpoint), when "
	"its signature is\n"
	"that of the key. Kept elsewhere, it is what --since of custreg log "
	"verify takes.\n";

static const char prove_help[] =
	"Usage: custreg log prove DIR INDEX --key KEY [--origin NAME]\n"
	"       custreg log prove DIR --since FILE --key KEY [--origin NAME]\n"
	"\n"
	"Prints that the record at INDEX is in the log (C2SP tlog-proof), or "
	"that the log\n"
	"extends the checkpoint in FILE (the form of C2SP tlog-witness). "
	"Others can check\n"
	"that with the public key alone.\n";

int
cr_log_checkpoint_run(int argc, char **argv)
{
	struct cr_log_options options;
	struct cr_checkpoint checkpoint;
	struct cr_file file = { 0 };
	int code = CR_EXIT_USAGE, dirfd = -1;
	int rc = cr_log_parse(argc, argv, "ko!", checkpoint_help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && optind + 1 != argc)
		cr_complain("log checkpoint takes one directory");
	else if (rc == CR_OK)
		dirfd = cr_log_directory(argv[optind]);
	if (dirfd >= 0) {
		code = cr_log_read_checkpoint(argv[optind], dirfd,
		    options.key, options.origin, &file, &checkpoint);
		if (code == CR_EXIT_DONE)
			fwrite(file.bytes, 1, file.len, stdout);
		close(dirfd);
	}
	cr_file_clear(&file);
	cr_log_options_clear(&options);
	return code;
}

static bool
parse_index(const char *text, uint64_t *ret_index)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret_index = strtoull(text, &end, 10);
	return *end == '\0' && errno == 0;
}

static int
prove_growth(int dirfd, const struct cr_log_options *options,
    const struct cr_file *file, const struct cr_checkpoint *checkpoint,
    char **ret_text)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_checkpoint since;
	struct cr_file kept = { 0 };
	enum cr_fault_kind kind;
	int rc = cr_log_read_note(options->since, &kept, &fault);

	if (rc != CR_OK) {
		(void)cr_log_complain(options->since, rc, &fault);
		return CR_EXIT_USAGE;
	}
	rc = cr_checkpoint_open(cr_file_slice(&kept), options->key,
	    cr_slice_of(options->origin), &since, &kind);
	if (rc != CR_OK)
		rc = cr_fault_set(&fault, kind, 0, CR_FAULT_NO_INDEX,
		    options->since);
	else
		rc = cr_proof_consistency(dirfd, cr_file_slice(file),
		    checkpoint, &since, ret_text, &fault);
	cr_file_clear(&kept);
	return rc == CR_OK ? CR_EXIT_DONE :
	    cr_log_complain("cannot be proved", rc, &fault);
}

static int
prove(const char *directory, const char *index_text,
    const struct cr_log_options *options)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_checkpoint checkpoint;
	struct cr_file file = { 0 };
	uint64_t index = 0;
	char *text = NULL;
	int dirfd, code, rc;

	if (index_text != NULL && !parse_index(index_text, &index)) {
		cr_complain("%s: not the number of a record", index_text);
		return CR_EXIT_USAGE;
	}
	dirfd = cr_log_directory(directory);
	if (dirfd < 0)
		return CR_EXIT_USAGE;
	code = cr_log_read_checkpoint(directory, dirfd, options->key,
	    options->origin, &file, &checkpoint);
	if (code != CR_EXIT_DONE)
		goto out;
	if (index_text == NULL) {
		code = prove_growth(dirfd, options, &file, &checkpoint,
		    &text);
	} else if (index >= checkpoint.size) {
		cr_complain("the log has %llu records, none at %s",
		    (unsigned long long)checkpoint.size, index_text);
		code = CR_EXIT_USAGE;
	} else {
		rc = cr_proof_inclusion(dirfd, cr_file_slice(&file),
		    &checkpoint, index, &text, &fault);
		if (rc != CR_OK)
			code = cr_log_complain("cannot be proved", rc,
			    &fault);
	}
	if (code == CR_EXIT_DONE)
		fputs(text, stdout);
out:
	free(text);
	cr_file_clear(&file);
	close(dirfd);
	return code;
}

int
cr_log_prove_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "kos!", prove_help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK &&
	    argc - optind != (options.since == NULL ? 2 : 1))
		cr_complain("log prove takes a directory, and the number of a "
		    "record or --since");
	else if (rc == CR_OK)
		code = prove(argv[optind], options.since == NULL ?
		    argv[optind + 1] : NULL, &options);
	cr_log_options_clear(&options);
	return code;
}
