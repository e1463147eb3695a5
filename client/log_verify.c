#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "log/verify.h"

static const char help[] =
	"Usage: custreg log verify DIR --key KEY [--since FILE] [--origin "
	"NAME]\n"
	"                          [--threads N] [--json] [-q]\n"
	"\n"
	"Checks the signature of the checkpoint, every record, every hash up "
	"to the root,\n"
	"and what else lies in the directory. Names the first record that is "
	"not the one\n"
	"that was logged. Reads only; a running server is not disturbed.\n"
	"\n"
	"  -k, --key KEY    the public key (custreg log key), or a file with "
	"it\n"
	"  -s, --since FILE a checkpoint kept elsewhere that the log must "
	"extend\n"
	"  --origin NAME    of the log, when it is not the name of the key\n"
	"  --threads N      one per core without it\n"
	"  --json           for programs\n"
	"  -q, --quiet      only the exit status\n";

static void
show_progress(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	fprintf(stderr, "\r%llu of %llu records ", (unsigned long long)done,
	    (unsigned long long)total);
}

static void
print_report(const struct cr_verify_report *report)
{
	char root[CR_BASE64_SIZE(CR_HASH_SIZE) + 1];

	cr_base64_encode(report->root.bytes, CR_HASH_SIZE, root);
	printf("verified: %llu records, root %s\n",
	    (unsigned long long)report->size, root);
	if (report->minimum > 0)
		printf("pruned: records before %llu\n",
		    (unsigned long long)report->minimum);
	if (report->since_size > 0)
		printf("extends: the kept checkpoint of %llu records\n",
		    (unsigned long long)report->since_size);
	if (report->waiting > 0)
		printf("not signed yet: %llu records\n",
		    (unsigned long long)report->waiting);
	if (report->live)
		puts("a server has it open: what it is writing was not "
		    "looked at");
}

/* Everything in it is a number, base64 or a constant. */
static void
print_json(int rc, const struct cr_verify_report *report,
    const struct cr_log_fault *fault)
{
	char root[CR_BASE64_SIZE(CR_HASH_SIZE) + 1];

	cr_base64_encode(report->root.bytes, CR_HASH_SIZE, root);
	printf("{\"verified\": %s, \"size\": %llu, \"root\": \"%s\", "
	    "\"minimum\": %llu, \"records\": %llu, \"waiting\": %llu, "
	    "\"live\": %s", rc == CR_OK ? "true" : "false",
	    (unsigned long long)report->size, root,
	    (unsigned long long)report->minimum,
	    (unsigned long long)report->records,
	    (unsigned long long)report->waiting,
	    report->live ? "true" : "false");
	if (rc != CR_OK) {
		printf(", \"fault\": \"%s\"", cr_fault_text(fault->kind));
		if (fault->index != CR_FAULT_NO_INDEX)
			printf(", \"record\": %llu",
			    (unsigned long long)fault->index);
	}
	puts("}");
}

static int
verify(const char *directory, const struct cr_log_options *options)
{
	struct cr_verify_options wanted = { .key = options->key,
		.origin = options->origin, .threads = options->threads };
	struct cr_verify_report report;
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_file since = { 0 };
	const bool progress = !options->quiet && isatty(STDERR_FILENO) != 0;
	int rc = CR_OK, code;

	if (options->since != NULL) {
		rc = cr_log_read_note(options->since, &since, &fault);
		if (rc != CR_OK) {
			/* no file to compare with is no bad log */
			(void)cr_log_complain(options->since, rc, &fault);
			return CR_EXIT_USAGE;
		}
		wanted.since = cr_file_slice(&since);
		if (since.len == 0)
			wanted.since = CR_SLICE_LITERAL("\n");
	}
	if (progress)
		wanted.progress = show_progress;
	rc = cr_verify(directory, &wanted, &report, &fault);
	if (progress)
		fputs("\r\033[K", stderr);
	if (options->json && !options->quiet)
		print_json(rc, &report, &fault);
	else if (rc == CR_OK && !options->quiet)
		print_report(&report);
	if (rc == CR_OK)
		code = CR_EXIT_DONE;
	else if (options->quiet)
		code = rc == CR_EVERIFY ? CR_EXIT_FAILED : CR_EXIT_UNAVAILABLE;
	else
		code = cr_log_complain(directory, rc, &fault);
	cr_file_clear(&since);
	return code;
}

int
cr_log_verify_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "kostqj!", help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && optind + 1 != argc)
		cr_complain("log verify takes one directory");
	else if (rc == CR_OK)
		code = verify(argv[optind], &options);
	cr_log_options_clear(&options);
	return code;
}
