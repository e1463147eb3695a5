/* custreg log checkpoint, prove: what can be shown to others. */
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "log/proof.h"
#include "log/tile.h"

static const char checkpoint_help[] =
	"Usage: custreg log checkpoint DIR --key KEY [--origin NAME]\n"
	"\n"
	"Prints the checkpoint, a signed note (C2SP tlog-checkpoint), when "
	"its signature is\n"
	"that of the key. Kept elsewhere, it is what --since of custreg log "
	"verify takes.\n";

static const char prove_help[] =
	"Usage: custreg log prove DIR INDEX --key KEY [--record FILE] "
	"[--origin NAME]\n"
	"       custreg log prove DIR --since FILE --key KEY [--origin NAME]\n"
	"\n"
	"Prints that the record at INDEX is in the log (C2SP tlog-proof), or "
	"that the log\n"
	"extends the checkpoint in FILE (the form of C2SP tlog-witness). "
	"Others check that\n"
	"with the public key alone: custreg log check. --record puts the "
	"record, as it is\n"
	"hashed, into FILE.\n";

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
	int code = cr_log_read_since(options, &since);
	int rc;

	if (code != CR_EXIT_DONE)
		return code;
	rc = cr_proof_consistency(dirfd, cr_file_slice(file), checkpoint,
	    &since, ret_text, &fault);
	return rc == CR_OK ? CR_EXIT_DONE :
	    cr_log_complain("cannot be proved", rc, &fault);
}

/* The bytes that are hashed: personal data, and so in a file of its own. */
static int
write_record(int dirfd, uint64_t index, uint64_t size, const char *path)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_bundle bundle = { 0 };
	int rc = cr_bundle_read(dirfd, index / CR_TILE_WIDTH, size, &bundle,
	    &fault);
	int code = CR_EXIT_DONE;

	if (rc != CR_OK) {
		code = cr_log_complain("cannot be read", rc, &fault);
	} else {
		rc = cr_file_make(path, cr_bundle_leaf(&bundle,
		    (unsigned)(index % CR_TILE_WIDTH)), &fault);
		if (rc != CR_OK)
			code = cr_log_complain("--record", rc, &fault);
	}
	cr_bundle_clear(&bundle);
	return code;
}

static int
prove_record(int dirfd, uint64_t index, const struct cr_log_options *options,
    const struct cr_file *file, const struct cr_checkpoint *checkpoint,
    char **ret_text)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	int rc;

	if (index >= checkpoint->size) {
		cr_complain("the log has %llu records, none at %llu",
		    (unsigned long long)checkpoint->size,
		    (unsigned long long)index);
		return CR_EXIT_USAGE;
	}
	rc = cr_proof_inclusion(dirfd, cr_file_slice(file), checkpoint, index,
	    ret_text, &fault);
	if (rc != CR_OK)
		return cr_log_complain("cannot be proved", rc, &fault);
	return options->record == NULL ? CR_EXIT_DONE :
	    write_record(dirfd, index, checkpoint->size, options->record);
}

static int
prove(const char *directory, const char *index_text,
    const struct cr_log_options *options)
{
	struct cr_checkpoint checkpoint;
	struct cr_file file = { 0 };
	uint64_t index = 0;
	char *text = NULL;
	int dirfd, code;

	if (index_text != NULL && !parse_index(index_text, &index)) {
		cr_complain("%s: not the number of a record", index_text);
		return CR_EXIT_USAGE;
	}
	dirfd = cr_log_directory(directory);
	if (dirfd < 0)
		return CR_EXIT_USAGE;
	code = cr_log_read_checkpoint(directory, dirfd, options->key,
	    options->origin, &file, &checkpoint);
	if (code == CR_EXIT_DONE && index_text == NULL)
		code = prove_growth(dirfd, options, &file, &checkpoint,
		    &text);
	else if (code == CR_EXIT_DONE)
		code = prove_record(dirfd, index, options, &file, &checkpoint,
		    &text);
	if (code == CR_EXIT_DONE)
		fputs(text, stdout);
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
	int rc = cr_log_parse(argc, argv, "kosR!", prove_help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK &&
	    (argc - optind != (options.since == NULL ? 2 : 1) ||
	    (options.since != NULL && options.record != NULL)))
		cr_complain("log prove takes a directory, and the number of a "
		    "record or --since");
	else if (rc == CR_OK)
		code = prove(argv[optind], options.since == NULL ?
		    argv[optind + 1] : NULL, &options);
	cr_log_options_clear(&options);
	return code;
}
