/* custreg log check: what others gave as a proof, without their log. */
#include "log.h"

#include <stdlib.h>
#include <string.h>

#include <fcntl.h>

#include "command.h"
#include "log/leaf_text.h"
#include "log/proof.h"
#include "safe.h"

static const char help[] =
	"Usage: custreg log check PROOF --record FILE --key KEY "
	"[--origin NAME]\n"
	"       custreg log check PROOF --since FILE --key KEY "
	"[--origin NAME]\n"
	"\n"
	"Checks a proof that custreg log prove printed: that the record in "
	"FILE is in the log,\n"
	"and prints what the record says; or that the log extends the "
	"checkpoint in FILE.\n"
	"Needs neither the log nor the server.\n";

static int
not_proved(enum cr_fault_kind kind, uint64_t index, const char *path)
{
	struct cr_log_fault fault;
	int rc = cr_fault_set(&fault, kind, 0, index, "");

	return cr_log_complain(path, rc, &fault);
}

static int
print_value(void *arg, const char *name, struct cr_slice value)
{
	bool (*wanted)(const char *) = *(bool (**)(const char *))arg;

	if (!wanted(name))
		return 0;
	fputs(name, stdout);
	fputs(": ", stdout);
	(void)cr_put_safe(stdout, value);
	putchar('\n');
	return 0;
}

static bool
is_of_entry(const char *name)
{
	return strcmp(name, "crReadSubject") == 0 ||
	    strcmp(name, "crReadClass") == 0;
}

static bool
is_any(const char *name)
{
	return name != NULL;
}

/* The record alone, then each entry that was released. */
static int
print_record(struct cr_slice bytes)
{
	bool (*wanted)(const char *) = is_any;
	struct cr_leaf_space space = { 0 };
	struct cr_leaf leaf;
	int rc = cr_leaf_decode(bytes, &space, &leaf);

	if (rc == CR_OK)
		rc = cr_leaf_tell(&leaf, leaf.entry_count, print_value,
		    &wanted);
	wanted = is_of_entry;
	for (size_t i = 0; rc == CR_OK && i < leaf.entry_count; i++)
		rc = cr_leaf_tell(&leaf, i, print_value, &wanted);
	cr_leaf_space_clear(&space);
	if (rc == CR_OK)
		return CR_EXIT_DONE;
	cr_complain("it is in the log, but is no record this program can "
	    "read");
	return CR_EXIT_UNAVAILABLE;
}

static int
check_record(const char *path, const struct cr_proof_text *proof,
    const struct cr_checkpoint *checkpoint,
    const struct cr_log_options *options)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_file record = { 0 };
	struct cr_hash hash;
	int rc = cr_file_read(AT_FDCWD, options->record, CR_LEAF_MAX, &record,
	    &fault);
	int code;

	if (rc != CR_OK) {
		(void)cr_log_complain(options->record, rc, &fault);
		return CR_EXIT_USAGE;
	}
	cr_leaf_hash(cr_file_slice(&record), &hash);
	rc = cr_merkle_check_inclusion(&proof->proof, proof->index,
	    checkpoint->size, &hash, &checkpoint->root);
	if (rc != CR_OK) {
		code = not_proved(CR_FAULT_RECORD, proof->index, path);
	} else {
		printf("proved: record %llu of a log of ",
		    (unsigned long long)proof->index);
		cr_log_print_checkpoint(stdout, "", checkpoint);
		code = print_record(cr_file_slice(&record));
	}
	cr_file_clear(&record);
	return code;
}

static int
check_growth(const char *path, const struct cr_proof_text *proof,
    const struct cr_checkpoint *checkpoint,
    const struct cr_log_options *options)
{
	struct cr_checkpoint since;
	int code = cr_log_read_since(options, &since);

	if (code != CR_EXIT_DONE)
		return code;
	if (proof->index != since.size || since.size > checkpoint->size ||
	    cr_merkle_check_consistency(&proof->proof, since.size,
	    checkpoint->size, &since.root, &checkpoint->root) != CR_OK)
		return not_proved(CR_FAULT_FORK, CR_FAULT_NO_INDEX, path);
	printf("proved: the kept checkpoint of %llu records is extended by ",
	    (unsigned long long)since.size);
	cr_log_print_checkpoint(stdout, "", checkpoint);
	return CR_EXIT_DONE;
}

static int
check(const char *path, const struct cr_log_options *options)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_checkpoint checkpoint;
	struct cr_proof_text proof;
	struct cr_file file = { 0 };
	enum cr_fault_kind kind;
	int code;
	int rc = cr_file_read(AT_FDCWD, path, CR_PROOF_TEXT_MAX, &file,
	    &fault);

	if (rc != CR_OK) {
		(void)cr_log_complain(path, rc, &fault);
		return CR_EXIT_USAGE;
	}
	if (cr_proof_parse(cr_file_slice(&file), &proof) != CR_OK) {
		cr_complain("%s: not a proof", path);
		code = CR_EXIT_FAILED;
	} else if (cr_checkpoint_open(proof.note, options->key,
	    cr_slice_of(options->origin), &checkpoint, &kind) != CR_OK) {
		code = not_proved(kind, CR_FAULT_NO_INDEX, path);
	} else if (proof.is_inclusion != (options->record != NULL)) {
		cr_complain("%s is a proof of %s", path, proof.is_inclusion ?
		    "a record: --record" : "growth: --since");
		code = CR_EXIT_USAGE;
	} else if (proof.is_inclusion) {
		code = check_record(path, &proof, &checkpoint, options);
	} else {
		code = check_growth(path, &proof, &checkpoint, options);
	}
	cr_file_clear(&file);
	return code;
}

int
cr_log_check_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "kosR!", help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && (optind + 1 != argc ||
	    (options.since == NULL) == (options.record == NULL)))
		cr_complain("log check takes a proof, and --record or "
		    "--since");
	else if (rc == CR_OK)
		code = check(argv[optind], &options);
	cr_log_options_clear(&options);
	return code;
}
