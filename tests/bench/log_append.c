/*
 * The log library alone: durable operations a second at 1, 4 and 16 waiters,
 * the latency of one, entries a second in batches, and what a write that is
 * synced costs in a file that grows and in one that is overwritten.
 *
 *	log_append DIRECTORY [SECONDS] [flush]
 *
 * DIRECTORY is made and left behind; it is on the disk to be measured.  One
 * line "<what> <number> <unit>" for each result.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/fault.h"
#include "log/log.h"

#define WAITERS_MAX 64
#define POINT_SIZE 165		/* bytes of a point read's leaf */
#define CHUNK_ENTRIES 3000	/* of a listing's leaf, 18 bytes each */
#define LATENCIES 200000

static struct cr_log *logs;
static double seconds = 2;
static atomic_bool stop;
static atomic_ulong operations;
static char leaf_bytes[CHUNK_ENTRIES * 18 + 200];

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
rest(double s)
{
	const struct timespec t = {
		(time_t)s, (long)((s - (double)(time_t)s) * 1e9)
	};

	(void)nanosleep(&t, NULL);
}

static struct cr_log_ticket
append(size_t len)
{
	const struct timespec moment = { 0, 200000 };
	struct cr_log_ticket ticket;

	while (cr_log_append(logs, CR_LOG_ORDINARY, (struct cr_slice){
	    leaf_bytes, len }, &ticket) != CR_OK) {
		if (errno != ENOBUFS)
			fail("append");
		(void)nanosleep(&moment, NULL);
	}
	return ticket;
}

static void *
wait_for_each(void *arg)
{
	(void)arg;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		if (cr_log_wait(logs, append(POINT_SIZE)) != CR_OK)
			fail("wait");
		atomic_fetch_add_explicit(&operations, 1,
		    memory_order_relaxed);
	}
	return NULL;
}

static void
measure_waiters(unsigned count)
{
	pthread_t threads[WAITERS_MAX];
	struct cr_log_counters before;
	struct cr_log_counters after;
	unsigned long done;
	double start;

	atomic_store(&stop, false);
	for (unsigned i = 0; i < count; i++) {
		if (pthread_create(&threads[i], NULL, wait_for_each,
		    NULL) != 0)
			fail("thread");
	}
	rest(0.2);
	done = atomic_load(&operations);
	cr_log_counters(logs, &before);
	start = now();
	rest(seconds);
	done = atomic_load(&operations) - done;
	cr_log_counters(logs, &after);
	start = now() - start;
	atomic_store(&stop, true);
	for (unsigned i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	printf("durable-%u-waiters %.0f ops/s (%.1f a commit)\n", count,
	    (double)done / start, (double)done /
	    (double)(after.batches - before.batches + 1));
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
print_latencies(const char *what, double *times, size_t count)
{
	if (count == 0)
		return;
	qsort(times, count, sizeof(*times), compare);
	printf("%s-p50 %.0f us\n", what, times[count / 2] * 1e6);
	printf("%s-p99 %.0f us\n", what, times[count * 99 / 100] * 1e6);
}

static void
measure_latency(void)
{
	double *times = calloc(LATENCIES, sizeof(*times));
	double end = now() + seconds;
	size_t count = 0;

	if (times == NULL)
		fail("memory");
	while (count < LATENCIES && now() < end) {
		double start = now();

		if (cr_log_wait(logs, append(POINT_SIZE)) != CR_OK)
			fail("wait");
		times[count++] = now() - start;
	}
	print_latencies("one-waiter", times, count);
	free(times);
}

/* Nothing is left in memory from what was measured before. */
static void
settle(void)
{
	if (cr_log_integrate(logs, 600000) != CR_OK)
		fail("integrate");
}

/* No wait for each: what is in flight is bounded by the log itself. */
static void
measure_batched(const char *what, size_t len, unsigned entries)
{
	struct cr_log_ticket last = { 0, 0 };
	unsigned long count = 0;
	double start;
	double took;

	settle();
	start = now();
	while (now() - start < seconds) {
		for (int i = 0; i < 100; i++, count++)
			last = append(len);
	}
	if (cr_log_wait(logs, last) != CR_OK)
		fail("wait");
	took = now() - start;
	printf("%s %.0f entries/s (%.0f MB/s durable)\n", what,
	    (double)count * entries / took,
	    (double)count * (double)len / took / 1e6);
	settle();
	printf("%s-integrated %.0f leaves/s\n", what,
	    (double)count / (now() - start));
}

/* The append alone, without the disk: what a worker thread pays. */
static void
measure_append(void)
{
	enum { COUNT = 100000 };
	double start;
	double took;

	settle();
	start = now();
	for (int i = 0; i < COUNT; i++)
		(void)append(POINT_SIZE);
	took = now() - start;
	printf("append-call %.0f ns\n", took / COUNT * 1e9);
}

static void
measure_file(const char *directory, const char *what, bool filled)
{
	enum { SIZE = 16 << 20, COUNT = 4000 };
	static char zeros[1 << 20];
	double *times = calloc(COUNT, sizeof(*times));
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/bench-file", directory);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || times == NULL)
		fail(path);
	for (off_t at = 0; filled && at < SIZE; at += (off_t)sizeof(zeros)) {
		if (pwrite(fd, zeros, sizeof(zeros), at) < 0)
			fail(path);
	}
	if (fsync(fd) != 0)
		fail(path);
	for (int i = 0; i < COUNT; i++) {
		double start = now();

		if (pwrite(fd, zeros, 512, (off_t)i * 512) != 512 ||
		    fdatasync(fd) != 0)
			fail(path);
		times[i] = now() - start;
	}
	print_latencies(what, times, COUNT);
	free(times);
	(void)close(fd);
	(void)unlink(path);
}

int
main(int argc, char *argv[])
{
	struct cr_log_settings settings = { .origin = "bench" };
	struct cr_log_fault fault;

	if (argc < 2) {
		fprintf(stderr, "log_append DIRECTORY [SECONDS] [flush]\n");
		return 2;
	}
	if (argc > 2)
		seconds = atof(argv[2]);
	if (argc > 3)
		settings.durability = CR_LOG_FLUSH;
	settings.directory = argv[1];
	for (size_t i = 0; i < sizeof(leaf_bytes); i++)
		leaf_bytes[i] = (char)('a' + i % 26);
	if (cr_log_open(&settings, NULL, &logs, &fault) != CR_OK) {
		fprintf(stderr, "%s: %s: %s\n", fault.path,
		    cr_fault_text(fault.kind), strerror(fault.error));
		return EXIT_FAILURE;
	}
	measure_file(argv[1], "file-that-grows", false);
	measure_file(argv[1], "file-overwritten", true);
	measure_latency();
	measure_waiters(1);
	measure_waiters(4);
	measure_waiters(16);
	measure_append();
	measure_batched("batched-points", POINT_SIZE, 1);
	measure_batched("batched-listings", sizeof(leaf_bytes),
	    CHUNK_ENTRIES);
	cr_log_close(&logs);
	return EXIT_SUCCESS;
}
