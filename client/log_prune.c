/* custreg log prune, reopen: what changes a log that no server has open. */
#include "log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "log/leaf_text.h"
#include "log/lock.h"
#include "log/prune.h"
#include "log/reopen.h"
#include "log/tree.h"

static const char prune_help[] =
	"Usage: custreg log prune DIR --key KEY --before DATE [-n]\n"
	"\n"
	"Removes records older than DATE (YYYY-MM-DD, UTC, or "
	"GeneralizedTime) by the rule of\n"
	"C2SP tlog-tiles: whole bundles only, and nothing that proofs of "
	"what is left need.\n"
	"The server must not run (it prunes by itself, olcCrLogRetention); "
	"its next start\n"
	"records the pruning. What is left still verifies.\n"
	"\n"
	"  -n, --dry-run    only say what would go\n";

static const char reopen_help[] =
	"Usage: custreg log reopen DIR [--keep-key]\n"
	"\n"
	"For a log that does not verify and that slapd therefore does not "
	"open. Moves it,\n"
	"with its key, to DIR/broken-<time>, untouched, so that the next "
	"start begins a new\n"
	"one, whose first record names the size and root of the old one. "
	"Keep what was moved:\n"
	"it is the evidence. Witnesses need the new key.\n"
	"\n"
	"  --keep-key       the new log is signed with the same key; a "
	"witness will say that\n"
	"                   the log was rolled back\n";

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* YYYY-MM-DD is its first instant, UTC. */
static bool
parse_date(const char *text, int64_t *ret_ms)
{
	char time[32];

	if (strlen(text) == 10 && text[4] == '-' && text[7] == '-') {
		snprintf(time, sizeof(time), "%.4s%.2s%.2s000000Z", text,
		    text + 5, text + 8);
		text = time;
	}
	return cr_leaf_time_parse(cr_slice_of(text), ret_ms) == CR_OK;
}

static int
prune_locked(const char *directory, int dirfd,
    const struct cr_log_options *options, int64_t before,
    struct cr_log_fault *ret_fault)
{
	uint64_t size = 0, from = 0, minimum = 0, files = 0;
	unsigned char leaf[CR_EVENT_LEAF_SIZE];
	size_t len;
	struct cr_hash root;
	int rc = cr_log_measure(directory, options, &size, &root, ret_fault);

	if (rc == CR_OK)
		rc = cr_minimum_read(dirfd, &from, ret_fault);
	if (rc == CR_OK)
		rc = cr_prune_find(dirfd, size, before, &minimum, ret_fault);
	if (rc != CR_OK)
		return rc;
	/* only whole bundles go: less is not worth a record */
	if (minimum / CR_TILE_WIDTH <= from / CR_TILE_WIDTH)
		minimum = from;
	if (options->dry_run) {
		printf("would prune records %llu to %llu\n",
		    (unsigned long long)from, (unsigned long long)minimum);
		return CR_OK;
	}
	if (minimum > from) {
		rc = cr_prune_leaf(minimum, now_ms(), leaf, &len);
		if (rc != CR_OK)
			return cr_fault_set(ret_fault, CR_FAULT_UNKNOWN, 0,
			    CR_FAULT_NO_INDEX, NULL);
		rc = cr_pending_event(dirfd, (struct cr_slice){
		    (const char *)leaf, len }, ret_fault);
	}
	if (rc == CR_OK)
		rc = cr_prune_apply(dirfd, size, minimum, &files, ret_fault);
	if (rc == CR_OK)
		printf("pruned: records before %llu, %llu files\n",
		    (unsigned long long)minimum, (unsigned long long)files);
	return rc;
}

static int
prune(const char *directory, const struct cr_log_options *options)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	int64_t before;
	int dirfd, lock = -1, rc;

	if (!parse_date(options->before, &before) || before > now_ms()) {
		cr_complain("--before %s: not a day or an instant of the "
		    "past", options->before);
		return CR_EXIT_USAGE;
	}
	dirfd = cr_log_directory(directory);
	if (dirfd < 0)
		return CR_EXIT_USAGE;
	rc = cr_lock_take(dirfd, &lock, &fault);
	if (rc == CR_OK)
		rc = prune_locked(directory, dirfd, options, before, &fault);
	if (lock >= 0)
		close(lock);
	close(dirfd);
	if (rc == CR_OK)
		return CR_EXIT_DONE;
	if (fault.kind == CR_FAULT_BUSY && strcmp(fault.path, "lock") != 0)
		cr_complain("an earlier change waits to be recorded: start "
		    "the server first");
	return cr_log_complain(directory, rc, &fault);
}

int
cr_log_prune_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "kobn!", prune_help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && (optind + 1 != argc ||
	    options.before == NULL))
		cr_complain("log prune takes one directory and --before");
	else if (rc == CR_OK)
		code = prune(argv[optind], &options);
	cr_log_options_clear(&options);
	return code;
}

int
cr_log_reopen_run(int argc, char **argv)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_log_options options;
	char name[CR_REOPEN_NAME_SIZE];
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "K", reopen_help, &options);

	if (rc == CR_EHIDDEN) {
		code = CR_EXIT_DONE;
	} else if (rc == CR_OK && optind + 1 != argc) {
		cr_complain("log reopen takes one directory");
	} else if (rc == CR_OK) {
		rc = cr_log_reopen(argv[optind], now_ms(), options.keep_key,
		    name, &fault);
		code = rc == CR_OK ? CR_EXIT_DONE :
		    cr_log_complain(argv[optind], rc, &fault);
		if (rc == CR_OK)
			printf("moved to %s/%s; the next start begins a new "
			    "log\n", argv[optind], name);
	}
	cr_log_options_clear(&options);
	return code;
}
