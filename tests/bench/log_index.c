/*
 * The index of the read log: its size, the time to make it and what a
 * question takes, on a log that loggen makes.
 *
 *	log_index DIRECTORY [ENTRY-READS] [keep]
 *
 * DIRECTORY is new, or with "keep" one that was made before.  Half of the
 * entry reads are point reads, half are in listings of 100; a customer has a
 * thousand of them.  One line "<what> <number> <unit>" for each result.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/loggen.h"
#include "log/query.h"
#include "log/tree.h"

#define HITS 1000
#define ROUNDS 50

static struct loggen_settings settings;
static struct cr_index *idx;
static uint64_t hits;

static void
fail(const char *what, const struct cr_log_fault *fault)
{
	fprintf(stderr, "%s: %s %s %s\n", what, cr_fault_text(fault->kind),
	    fault->path, strerror(fault->error));
	exit(EXIT_FAILURE);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t
bytes_below(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	uint64_t sum = 0;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		char child[4096];
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", path,
		    entry->d_name) >= (int)sizeof(child) ||
		    lstat(child, &st) != 0)
			continue;
		sum += S_ISDIR(st.st_mode) ? bytes_below(child) :
		    (uint64_t)st.st_size;
	}
	if (directory != NULL)
		(void)closedir(directory);
	return sum;
}

static int
count_hit(void *arg, const struct cr_hit *hit)
{
	(void)arg;
	hits += hit->entry_count > 0 ? 1 : 0;
	return 0;
}

/* Of this thread: what it takes on a machine that does nothing else. */
static double
processor(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
ask(const struct cr_query *query)
{
	struct cr_log_fault fault = { 0 };
	uint64_t next;
	double start = now();

	hits = 0;
	if (cr_query_run(idx, query, count_hit, NULL, &next, &fault) != CR_OK)
		fail("query", &fault);
	return now() - start;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure_subjects(void)
{
	double times[ROUNDS];
	double cold = 0;
	double cpu = 0;
	uint64_t sum = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct cr_query query;

		cr_query_init(&query);
		query.has_subject = true;
		query.limit = HITS;
		loggen_customer(i * 7, query.subject);
		cold += ask(&query);
		cpu -= processor();
		times[i] = ask(&query);
		cpu += processor();
		sum += hits;
	}
	qsort(times, ROUNDS, sizeof(times[0]), by_value);
	printf("subject-hits %.0f\n", (double)sum / ROUNDS);
	printf("subject-first %.2f ms\n", cold / ROUNDS * 1e3);
	printf("subject-p50 %.2f ms\n", times[ROUNDS / 2] * 1e3);
	printf("subject-processor %.2f ms\n", cpu / ROUNDS * 1e3);
	printf("subject-worst %.2f ms\n", times[ROUNDS - 1] * 1e3);
}

static void
measure_others(void)
{
	struct cr_query query;
	char reader[64];
	double time;

	loggen_reader(3, reader);
	cr_query_init(&query);
	query.reader = cr_slice_of(reader);
	query.from_ms = settings.start_ms + 600000;
	query.until_ms = query.from_ms + 3600000;
	time = ask(&query);
	printf("reader-of-an-hour %.1f ms, %.0f leaves\n", time * 1e3,
	    (double)hits);
	cr_query_init(&query);
	query.recipient =
	    CR_SLICE_LITERAL("CN=agency,ou=recipients,dc=example,dc=fi");
	query.limit = HITS;
	time = ask(&query);
	printf("recipient-first-1000 %.1f ms, %.0f leaves\n", time * 1e3,
	    (double)hits);
}

static void
print_sizes(const char *directory, const struct loggen_made *made)
{
	struct cr_index_counters counters;
	double entries = (double)made->entry_reads;
	char path[4096];

	if (cr_index_counters(idx, &counters) != CR_OK)
		exit(EXIT_FAILURE);
	(void)snprintf(path, sizeof(path), "%s/tile", directory);
	printf("tiles %.2f bytes an entry read\n",
	    (double)bytes_below(path) / entries);
	printf("index-file %.2f bytes an entry read\n",
	    (double)counters.bytes / entries);
	printf("index-used %.2f bytes an entry read\n",
	    (double)counters.used_bytes / entries);
	printf("index-runs %.0f\n", (double)counters.runs);
}

static void
print_made(const struct loggen_made *made)
{
	uint64_t listed = made->entry_reads - made->point_leaves;

	printf("leaves %.0f, entry-reads %.0f\n", (double)made->leaves,
	    (double)made->entry_reads);
	if (made->point_leaves > 0)
		printf("point %.1f bytes of leaf\n",
		    (double)made->point_bytes / (double)made->point_leaves);
	if (listed > 0)
		printf("listing %.2f bytes of leaf an entry\n",
		    (double)(made->leaf_bytes - made->point_bytes) /
		    (double)listed);
	printf("tree %.1f s, index %.1f s, %.2f M entries/s\n",
	    made->tree_seconds, made->index_seconds,
	    (double)made->entry_reads / made->index_seconds / 1e6);
}

/* Reads what an earlier run made. */
static void
open_log(const char *directory, struct cr_index_log *log,
	struct cr_log_fault *fault)
{
	struct cr_key *key;
	struct cr_tree *tree;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/key", directory);
	if (cr_key_load(path, &key, fault) != CR_OK)
		fail("key", fault);
	if (cr_tree_open(directory, key, "", &tree, fault) != CR_OK)
		fail("tree", fault);
	log->size = cr_tree_committed(tree);
	cr_tree_root(tree, &log->root);
	cr_tree_close(&tree);
	cr_key_free(&key);
}

int
main(int argc, char *argv[])
{
	struct cr_log_fault fault = { 0 };
	struct cr_index_log log = { 0 };
	struct loggen_made made = { 0 };
	double start;

	if (argc < 2) {
		fprintf(stderr, "usage: log_index DIRECTORY [READS] [keep]\n");
		return EXIT_FAILURE;
	}
	loggen_defaults(&settings);
	settings.entry_reads = argc > 2 ? strtoull(argv[2], NULL, 10) :
	    10000000;
	settings.customers = settings.entry_reads / HITS + 1;
	made.entry_reads = settings.entry_reads;
	if (argc < 4) {
		if (mkdir(argv[1], 0700) != 0 && errno != EEXIST)
			return EXIT_FAILURE;
		if (loggen_make(argv[1], &settings, &made, &fault) != CR_OK)
			fail("log", &fault);
		print_made(&made);
	}
	open_log(argv[1], &log, &fault);
	if (cr_index_open(argv[1], &log, &idx, &fault) != CR_OK)
		fail("index", &fault);
	if (argc < 4) {
		print_sizes(argv[1], &made);
		measure_subjects();
	}
	start = now();
	if (cr_index_rebuild(idx, &log, &fault) != CR_OK)
		fail("rebuild", &fault);
	printf("rebuild %.1f s\n", now() - start);
	print_sizes(argv[1], &made);
	measure_subjects();
	measure_others();
	cr_index_close(&idx);
	return EXIT_SUCCESS;
}
