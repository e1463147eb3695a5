/*
 * custreg log: what works on the directory of a read log, without a server.
 */
#ifndef CR_CLIENT_LOG_H
#define CR_CLIENT_LOG_H

#include <getopt.h>
#include <stdio.h>

#include "log/file.h"
#include "log/note.h"

struct cr_log_command {
	const char *name;
	int (*run)(int argc, char **argv);	/* argv[0] is the name */
	const char *summary;
};

int cr_log_verify_run(int argc, char **argv);
int cr_log_checkpoint_run(int argc, char **argv);
int cr_log_prove_run(int argc, char **argv);
int cr_log_check_run(int argc, char **argv);
int cr_log_witness_run(int argc, char **argv);
int cr_log_prune_run(int argc, char **argv);
int cr_log_key_run(int argc, char **argv);
int cr_log_reopen_run(int argc, char **argv);
int cr_log_reindex_run(int argc, char **argv);
int cr_log_query_run(int argc, char **argv);	/* log_query.h */

/* The key after --key: a vkey, or a file with one.  Complains. */
int cr_log_take_key(const char *argument, struct cr_key **ret_key)
	CR_WARN_UNUSED;

/* One line on stderr, "<what>: <text> (record N, file)"; the exit code. */
int cr_log_complain(const char *what, int rc,
	const struct cr_log_fault *fault);

/* Opens the directory; -1, with a line, when it cannot be. */
int cr_log_directory(const char *path);

/* DIR/checkpoint, opened with the key.  Complains. */
int cr_log_read_checkpoint(const char *directory, int dirfd,
	const struct cr_key *key, const char *origin, struct cr_file *ret_file,
	struct cr_checkpoint *ret) CR_WARN_UNUSED;

/* A whole note from a file; CR_FAULT_MISSING is told by *ret_fault only. */
int cr_log_read_note(const char *path, struct cr_file *ret_file,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

/* "<size> <root>" as people compare them. */
void cr_log_print_checkpoint(FILE *out, const char *before,
	const struct cr_checkpoint *checkpoint);

/*
 * Options all of them have, by getopt_long: 'k' (--key), 'o' (--origin), 'h'.
 * Calls option() for others.  What is left is in argv[optind...].  Returns
 * CR_OK, CR_ESYNTAX (complained; usage), or CR_EHIDDEN when --help was given.
 */
struct cr_log_options {
	struct cr_key *key;		/* owned */
	const char *origin;
	const char *since;
	const char *record;
	const char *before;
	const char *state;
	const char *make;
	unsigned threads;
	bool quiet, json, private_key, keep_key, dry_run;
};
int cr_log_parse(int argc, char **argv, const char *letters,
	const char *help, struct cr_log_options *ret) CR_WARN_UNUSED;
void cr_log_options_clear(struct cr_log_options *options);

/* The checkpoint in --since, opened with --key; no origin.  Complains. */
int cr_log_read_since(const struct cr_log_options *options,
	struct cr_checkpoint *ret) CR_WARN_UNUSED;

/*
 * Size and root of a log that is signed and opens as the server would open it,
 * but with the public half of the key: nothing is changed.
 */
int cr_log_measure(const char *directory,
	const struct cr_log_options *options, uint64_t *ret_size,
	struct cr_hash *ret_root, struct cr_log_fault *ret_fault)
	CR_WARN_UNUSED;

#endif
