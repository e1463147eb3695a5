#include "compact.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "progress.h"

static const char help[] =
	"Usage: custreg compact [OPTION]... DIRECTORY...\n"
	"\n"
	"What was erased stays in freed pages of the database until it is "
	"copied without\n"
	"them. DIRECTORY is the olcDbDirectory of the register, and that of "
	"its accesslog.\n"
	"slapd must be stopped: systemctl stop slapd, custreg compact, "
	"systemctl start slapd.\n"
	"\n"
	"data.mdb is copied beside itself, compared record by record, "
	"replaced, and the old\n"
	"file is overwritten with zeros. Killed at any moment it is whole, "
	"and a repeat goes\n"
	"on. It needs room for the copy. What a journal, a file system that "
	"copies on write,\n"
	"an SSD or a backup keeps is out of its reach.\n"
	"\n"
	"      --if-due    do nothing when slapd has not asked for it\n"
	"  -n, --dry-run   change nothing, tell what would be done\n"
	"      --json      for programs\n"
	"\n"
	"Exit status: 0 done, or nothing to do; 1 usage, or no database "
	"there; 3 refused: in\n"
	"use; 4 some done, others not; 5 the copy is not the same, or the "
	"database is\n"
	"damaged; 6 not allowed; 7 no room, or an error of the disk.\n";

enum long_option { OPT_IF_DUE = 256, OPT_JSON };

static const struct option long_options[] = {
	{ "if-due", no_argument, NULL, OPT_IF_DUE },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static int
parse(int argc, char **argv, struct cr_compact_options *options)
{
	int letter;

	optind = 0;
	while ((letter = getopt_long(argc, argv, "nh", long_options, NULL)) !=
	    -1) {
		switch (letter) {
		case 'n': options->dry_run = true; break;
		case 'h': options->help = true; return CR_OK;
		case OPT_IF_DUE: options->if_due = true; break;
		case OPT_JSON: options->json = true; break;
		default: return CR_ESYNTAX;
		}
	}
	if (optind < argc)
		return CR_OK;
	cr_complain("which directory? (see custreg compact --help)");
	return CR_ESYNTAX;
}

/* The lock is the process's: it would not notice that it has it already. */
static bool
is_twice(char *const *paths, size_t count)
{
	struct stat a, b;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (stat(paths[i], &a) != 0 ||
			    stat(paths[j], &b) != 0 ||
			    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
				continue;
			cr_complain("%s: the same directory twice", paths[i]);
			return true;
		}
	}
	return false;
}

/* All or none: one slapd has the register and its accesslog. */
static bool
open_all(struct cr_compact_job *jobs, char *const *paths, size_t count)
{
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		struct cr_compact_job *job = &jobs[i];

		job->path = paths[i];
		job->outcome = CR_COMPACT_UNTOUCHED;
		if (cr_store_open(paths[i], &job->store, &job->fault) !=
		    CR_OK) {
			job->outcome = CR_COMPACT_FAILED;
			all = false;
		} else {
			cr_store_state(job->store, &job->state,
			    &job->damaged);
		}
	}
	return all;
}

/* A note that cannot be read may have said that it waits. */
static bool
waits(const struct cr_compact_job *job)
{
	return job->state.state == CR_COMPACTION_NEEDED || job->damaged;
}

static void
work(struct cr_compact_job *job, const struct cr_compact_options *options)
{
	const struct cr_store_progress *progress =
	    isatty(STDERR_FILENO) ? &cr_compact_progress : NULL;
	int rc;

	if (options->if_due && !waits(job)) {
		job->outcome = CR_COMPACT_IDLE;
		return;
	}
	rc = cr_store_measure(job->store, &job->size, &job->fault);
	if (rc == CR_OK && !options->dry_run)
		rc = cr_store_compact(job->store, (int64_t)time(NULL),
		    progress, &job->result, &job->fault);
	cr_progress_end();
	if (rc != CR_OK)
		job->outcome = CR_COMPACT_FAILED;
	else
		job->outcome = options->dry_run ? CR_COMPACT_WOULD :
		    CR_COMPACT_DONE;
}

/* The first failure, or 4 when there is also something that is done. */
static int
exit_of(const struct cr_compact_job *jobs, size_t count)
{
	int code = CR_EXIT_DONE;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (jobs[i].outcome == CR_COMPACT_DONE)
			any = true;
		else if (code == CR_EXIT_DONE)
			code = cr_compact_exit(&jobs[i]);
	}
	return any && code != CR_EXIT_DONE ? CR_EXIT_PARTLY : code;
}

static int
run(const struct cr_compact_options *options, char *const *paths,
    size_t count)
{
	struct cr_compact_job *jobs = calloc(count, sizeof(*jobs));
	int code;

	if (jobs == NULL) {
		cr_complain("out of memory");
		return CR_EXIT_UNAVAILABLE;
	}
	if (open_all(jobs, paths, count)) {
		for (size_t i = 0; i < count; i++)
			work(&jobs[i], options);
	}
	for (size_t i = 0; i < count; i++)
		cr_store_close(&jobs[i].store);
	code = exit_of(jobs, count);
	cr_compact_complain(jobs, count);
	if (cr_compact_tell(stdout, options->json, jobs, count) != CR_OK ||
	    fflush(stdout) != 0) {
		cr_complain("what was done cannot be written");
		code = CR_EXIT_UNAVAILABLE;
	}
	free(jobs);
	return code;
}

int
cr_compact_run(int argc, char **argv)
{
	struct cr_compact_options options = { 0 };

	if (parse(argc, argv, &options) != CR_OK)
		return CR_EXIT_USAGE;
	if (options.help) {
		fputs(help, stdout);
		return CR_EXIT_DONE;
	}
	if (is_twice(argv + optind, (size_t)(argc - optind)))
		return CR_EXIT_USAGE;
	return run(&options, argv + optind, (size_t)(argc - optind));
}
