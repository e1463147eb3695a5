/* custreg log reindex: the index of a log that no server has open. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "log/index.h"
#include "log/lock.h"
#include "log/tree.h"

static const char help[] =
	"Usage: custreg log reindex DIR --key KEY\n"
	"\n"
	"Makes DIR/index anew from the records, for a log that no server has "
	"open. slapd does\n"
	"so by itself, while it runs, when it finds the index missing, "
	"damaged or of another\n"
	"log; questions wait for it then.\n";

/* What root makes has to be the server's. */
static int
give_away(int dirfd, struct cr_log_fault *ret_fault)
{
	static const char *const names[] = { "index", "index/data.mdb",
		"index/lock.mdb" };
	struct stat st;

	if (fstat(dirfd, &st) != 0)
		return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
		    CR_FAULT_NO_INDEX, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fchownat(dirfd, names[i], st.st_uid, st.st_gid,
		    AT_SYMLINK_NOFOLLOW) != 0)
			return cr_fault_set(ret_fault, CR_FAULT_IO, errno,
			    CR_FAULT_NO_INDEX, names[i]);
	}
	return CR_OK;
}

static int
reindex_locked(const char *directory, int dirfd,
    const struct cr_log_options *options, struct cr_log_fault *ret_fault)
{
	struct cr_index_log log = { .size = 0 };
	struct cr_index_counters counters = { .indexed = 0 };
	struct cr_index *index = NULL;
	int rc = cr_log_measure(directory, options, &log.size, &log.root,
	    ret_fault);

	if (rc == CR_OK)
		rc = cr_minimum_read(dirfd, &log.minimum, ret_fault);
	if (rc == CR_OK)
		rc = cr_index_open(directory, &log, &index, ret_fault);
	if (rc == CR_OK)
		rc = cr_index_rebuild(index, &log, ret_fault);
	if (rc == CR_OK)
		rc = cr_index_counters(index, &counters);
	cr_index_close(&index);
	if (rc == CR_OK && geteuid() == 0)
		rc = give_away(dirfd, ret_fault);
	if (rc == CR_OK && !options->quiet)
		printf("indexed: %llu records, %llu bytes\n",
		    (unsigned long long)(log.size - log.minimum),
		    (unsigned long long)counters.bytes);
	return rc;
}

static int
reindex(const char *directory, const struct cr_log_options *options)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN,
		.index = CR_FAULT_NO_INDEX };
	int dirfd = cr_log_directory(directory);
	int lock = -1;
	int rc;

	if (dirfd < 0)
		return CR_EXIT_USAGE;
	rc = cr_lock_take(dirfd, &lock, &fault);
	if (rc == CR_OK)
		rc = reindex_locked(directory, dirfd, options, &fault);
	if (lock >= 0)
		close(lock);
	close(dirfd);
	return rc == CR_OK ? CR_EXIT_DONE :
	    cr_log_complain(directory, rc, &fault);
}

int
cr_log_reindex_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "koq!", help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && optind + 1 != argc)
		cr_complain("log reindex takes one directory");
	else if (rc == CR_OK)
		code = reindex(argv[optind], &options);
	cr_log_options_clear(&options);
	return code;
}
