#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "core/text.h"
#include "log/tree.h"
#include "log/verify.h"

/* Another subcommand is a line here and a file. */
static const struct cr_log_command commands[] = {
	{ "verify", cr_log_verify_run,
	    "that nothing in a log was changed, cut or added" },
	{ "checkpoint", cr_log_checkpoint_run,
	    "print the signed checkpoint" },
	{ "prove", cr_log_prove_run,
	    "print a proof of one record, or of growth" },
	{ "check", cr_log_check_run,
	    "check such a proof, without the log" },
	{ "witness", cr_log_witness_run,
	    "keep the checkpoint elsewhere, and see that the log extends it" },
	{ "prune", cr_log_prune_run,
	    "remove what is older than a date" },
	{ "key", cr_log_key_run,
	    "print the public key, or make a key" },
	{ "reopen", cr_log_reopen_run,
	    "move a damaged log aside so that a new one can begin" },
	{ "reindex", cr_log_reindex_run,
	    "make the index of the records anew" },
	{ "query", cr_log_query_run,
	    "who read whom, asked of a running server" }
};

static void
print_help(FILE *out)
{
	fputs("Usage: custreg log COMMAND [OPTION]... DIR\n"
	    "\n"
	    "Works on the directory of a read log (olcCrLogDirectory), "
	    "without the server;\n"
	    "query alone asks the server and has no DIR.\n"
	    "\n"
	    "Commands:\n", out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-11s %s\n", commands[i].name,
		    commands[i].summary);
	fputs("\n"
	    "Exit status: 0 done, 1 usage, 5 verification failed, 6 not "
	    "allowed, 7 cannot be\n"
	    "told: an error of the disk, or another process has the log.\n",
	    out);
}

int
cr_log_run(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return CR_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return CR_EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	cr_complain("log: no such command: %s (see custreg log --help)",
	    argv[1]);
	return CR_EXIT_USAGE;
}

int
cr_log_take_key(const char *argument, struct cr_key **ret_key)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	int rc = cr_key_parse(cr_slice_of(argument), ret_key);

	if (rc != CR_ESYNTAX)
		return rc;
	rc = cr_key_load(argument, ret_key, &fault);
	if (rc != CR_OK)
		cr_complain("--key %s: neither a key nor a file with one%s%s",
		    argument, fault.error != 0 && fault.error != ENOENT ?
		    ": " : "", fault.error != 0 && fault.error != ENOENT ?
		    strerror(fault.error) : "");
	return rc;
}

static int
exit_code(int rc, const struct cr_log_fault *fault)
{
	if (rc == CR_OK)
		return CR_EXIT_DONE;
	if (rc == CR_EVERIFY)
		return CR_EXIT_FAILED;
	if (fault->error == EACCES || fault->error == EPERM)
		return CR_EXIT_NOT_ALLOWED;
	if (fault->error == ENOENT || fault->error == ENOTDIR)
		return CR_EXIT_USAGE;
	return CR_EXIT_UNAVAILABLE;
}

int
cr_log_complain(const char *what, int rc, const struct cr_log_fault *fault)
{
	const bool has_index = fault->index != CR_FAULT_NO_INDEX;
	char record[40] = "", error[80] = "";

	if (has_index)
		snprintf(record, sizeof(record), "record %llu: ",
		    (unsigned long long)fault->index);
	if (fault->error != 0 && fault->kind != CR_FAULT_BUSY)
		snprintf(error, sizeof(error), ": %s",
		    strerror(fault->error));
	cr_complain("%s: %s%s%s%s%s%s", what, record,
	    cr_fault_text(fault->kind), error,
	    fault->path[0] != '\0' ? " (" : "", fault->path,
	    fault->path[0] != '\0' ? ")" : "");
	return exit_code(rc, fault);
}

int
cr_log_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		cr_complain("%s: %s", path, strerror(errno));
	return fd;
}

int
cr_log_read_checkpoint(const char *directory, int dirfd,
    const struct cr_key *key, const char *origin, struct cr_file *ret_file,
    struct cr_checkpoint *ret)
{
	struct cr_log_fault fault;
	int rc = cr_verify_checkpoint(dirfd, key, origin, ret_file, ret,
	    &fault);

	return rc == CR_OK ? CR_EXIT_DONE :
	    cr_log_complain(directory, rc, &fault);
}

int
cr_log_read_note(const char *path, struct cr_file *ret_file,
    struct cr_log_fault *ret_fault)
{
	return cr_file_read(AT_FDCWD, path, CR_NOTE_MAX, ret_file, ret_fault);
}

void
cr_log_print_checkpoint(FILE *out, const char *before,
    const struct cr_checkpoint *checkpoint)
{
	char root[CR_BASE64_SIZE(CR_HASH_SIZE) + 1];

	cr_base64_encode(checkpoint->root.bytes, CR_HASH_SIZE, root);
	fprintf(out, "%s%llu records, root %s\n", before,
	    (unsigned long long)checkpoint->size, root);
}

enum { OPT_MAKE = 256, OPT_PRIVATE, OPT_KEEP_KEY, OPT_RECORD };

static const struct option long_options[] = {
	{ "key", required_argument, NULL, 'k' },
	{ "origin", required_argument, NULL, 'o' },
	{ "since", required_argument, NULL, 's' },
	{ "record", required_argument, NULL, OPT_RECORD },
	{ "before", required_argument, NULL, 'b' },
	{ "state", required_argument, NULL, 'f' },
	{ "threads", required_argument, NULL, 't' },
	{ "make", required_argument, NULL, OPT_MAKE },
	{ "private", no_argument, NULL, OPT_PRIVATE },
	{ "keep-key", no_argument, NULL, OPT_KEEP_KEY },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static int
set_key(struct cr_log_options *options, const char *argument)
{
	if (options->key != NULL) {
		cr_complain("--key is given twice");
		return CR_ESYNTAX;
	}
	return cr_log_take_key(argument, &options->key) == CR_OK ? CR_OK :
	    CR_ESYNTAX;
}

static int
set_threads(struct cr_log_options *options, const char *argument)
{
	if (cr_text_parse_unsigned(cr_slice_of(argument),
	    &options->threads) == CR_OK && options->threads > 0)
		return CR_OK;
	cr_complain("--threads %s: not a number", argument);
	return CR_ESYNTAX;
}

static int
take_option(struct cr_log_options *options, int letter, char *argument)
{
	switch (letter) {
	case 'k': return set_key(options, argument);
	case 'o': options->origin = argument; break;
	case 's': options->since = argument; break;
	case 'b': options->before = argument; break;
	case 'f': options->state = argument; break;
	case 't': return set_threads(options, argument);
	case 'n': options->dry_run = true; break;
	case 'q': options->quiet = true; break;
	case 'j': options->json = true; break;
	case OPT_MAKE: options->make = argument; break;
	case OPT_PRIVATE: options->private_key = true; break;
	case OPT_KEEP_KEY: options->keep_key = true; break;
	case OPT_RECORD: options->record = argument; break;
	default: return CR_ESYNTAX;
	}
	return CR_OK;
}

/* Has this command that option?  Those without a letter are capitals. */
static bool
has_option(const char *letters, int letter)
{
	if (letter == OPT_MAKE)
		letter = 'M';
	else if (letter == OPT_PRIVATE)
		letter = 'P';
	else if (letter == OPT_KEEP_KEY)
		letter = 'K';
	else if (letter == OPT_RECORD)
		letter = 'R';
	return letter < 128 && strchr(letters, letter) != NULL;
}

int
cr_log_parse(int argc, char **argv, const char *letters, const char *help,
    struct cr_log_options *ret)
{
	int letter;

	*ret = (struct cr_log_options){ 0 };
	optind = 0;
	while ((letter = getopt_long(argc, argv, "hk:nqs:", long_options,
	    NULL)) != -1) {
		if (letter == 'h') {
			fputs(help, stdout);
			return CR_EHIDDEN;
		}
		if (letter != '?' && !has_option(letters, letter)) {
			cr_complain("log %s has no such option", argv[0]);
			letter = '?';
		}
		if (letter == '?' ||
		    take_option(ret, letter, optarg) != CR_OK)
			return CR_ESYNTAX;
	}
	if (strchr(letters, '!') != NULL && ret->key == NULL) {
		cr_complain("log %s needs --key", argv[0]);
		return CR_ESYNTAX;
	}
	return CR_OK;
}

void
cr_log_options_clear(struct cr_log_options *options)
{
	cr_key_free(&options->key);
}

int
cr_log_read_since(const struct cr_log_options *options,
    struct cr_checkpoint *ret)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_file kept = { 0 };
	enum cr_fault_kind kind;
	int rc = cr_log_read_note(options->since, &kept, &fault);

	if (rc != CR_OK) {
		/* no file to compare with is no bad log */
		(void)cr_log_complain(options->since, rc, &fault);
		return CR_EXIT_USAGE;
	}
	rc = cr_checkpoint_open(cr_file_slice(&kept), options->key,
	    cr_slice_of(options->origin), ret, &kind);
	cr_file_clear(&kept);
	if (rc == CR_OK) {
		ret->origin = CR_SLICE_LITERAL("");
		return CR_EXIT_DONE;
	}
	(void)!cr_fault_set(&fault, kind, 0, CR_FAULT_NO_INDEX, "");
	return cr_log_complain(options->since, rc, &fault);
}

int
cr_log_measure(const char *directory, const struct cr_log_options *options,
    uint64_t *ret_size, struct cr_hash *ret_root,
    struct cr_log_fault *ret_fault)
{
	char text[CR_KEY_TEXT_SIZE];
	struct cr_key *public = NULL;
	struct cr_tree *tree = NULL;
	int rc = cr_key_verifier(options->key, text);

	if (rc == CR_OK)
		rc = cr_key_parse(cr_slice_of(text), &public);
	if (rc != CR_OK)
		return cr_fault_set(ret_fault, CR_FAULT_KEY, 0,
		    CR_FAULT_NO_INDEX, NULL);
	rc = cr_tree_open(directory, public, options->origin, &tree,
	    ret_fault);
	if (rc == CR_OK) {
		*ret_size = cr_tree_committed(tree);
		cr_tree_root(tree, ret_root);
	}
	cr_tree_close(&tree);
	cr_key_free(&public);
	return rc;
}
