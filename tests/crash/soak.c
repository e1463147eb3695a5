/*
 * A register under a load that never lets it rest: many clients read in every
 * way and write, abandon, cancel, hang up and stop reading; replicas persist;
 * the settings of the log change under way.  Each operation has at least as
 * many entries in the log as its client received, slapd does not grow, and the
 * log verifies.
 *
 * SOAK_MINUTES=30 SOAK_SEED=1
 */
#include "crash/records.h"
#include "crash/rounds.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPLICA "cn=replica," STAFF
#define GUARD "olcOverlay={1}custreg,olcDatabase={1}mdb,cn=config"
#define REPLICA_FIRST (CR_LOAD_REFERENCES / 2)
#define REPORT_MS 30000
#define CHANGE_MS 1500
#define CATCH_UP_MS 5000
#define GROWTH_KB (160u << 10) /* and half of what it was */

static const char replica_entry[] = "dn: " REPLICA "\n"
				    "objectClass: organizationalRole\n"
				    "objectClass: simpleSecurityObject\n"
				    "cn: replica\n"
				    "userPassword: kokeilu\n"
				    "\n";

static const struct cr_setup setup = { .customers = 100,
	.config_tree = true,
	.modules = "syncprov sssvlv deref",
	.global = "conn_max_pending 1000\nconn_max_pending_auth 1000\n"
		  "writetimeout 20",
	.limits = "limits * size=unlimited time=unlimited",
	.acl = "access to attrs=userPassword by anonymous auth\n"
	       "access to * by * write",
	.below = "overlay syncprov\nsyncprov-checkpoint 1000 10",
	.above = cr_mix_above,
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-replica \"" REPLICA "\"\n"
		   "custreg-logReserve 1",
	.ldif = replica_entry };

static const struct cr_load_kind persist = { REPLICA,
	{ .dn = SUFFIX,
	    .scope = SUB,
	    .attrs = "* +",
	    .controls = { CR_LOAD_REFERENCE, { CTL_SYNC, .arg = "3" } } },
	1 };

static const char *const changes[] = { "=olcCrLogBarrier: off",
	"=olcCrLogInterval: 50", "=olcCrLogBarrier: on",
	"=olcCrLogDurability: flush", "=olcCrLogWait: 2", "=olcCrLogReserve: 2",
	"=olcCrLogDurability: fsync", "=olcCrLogRetention: 30",
	"=olcCrLogInterval: 1000", "=olcCrLogWarning: 1", "=olcCrLogReserve: 1",
	"=olcCrLogRetention: 0" };

struct soak {
	struct cr_server *server;
	struct cr_mix_uuids uuids;
	uint32_t *received, *recorded; /* entries, by reference */
	size_t room;
	uint64_t replica_received, replica_recorded;
	uint64_t leaves, entries;
};

struct shared {
	atomic_uint changed, refused;
};

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? strtoull(text, NULL, 10)
					     : otherwise;
}

static void
make_room(struct soak *soak, uint32_t reference)
{
	size_t room = soak->room == 0 ? 1 << 16 : soak->room;

	while (room <= reference)
		room *= 2;
	if (room == soak->room)
		return;
	soak->received = realloc(soak->received, room * sizeof(uint32_t));
	soak->recorded = realloc(soak->recorded, room * sizeof(uint32_t));
	cr_must(soak->received != NULL && soak->recorded != NULL);
	memset(soak->received + soak->room, 0,
	    (room - soak->room) * sizeof(uint32_t));
	memset(soak->recorded + soak->room, 0,
	    (room - soak->room) * sizeof(uint32_t));
	soak->room = room;
}

static void
received(void *arg, uint32_t reference, unsigned customer)
{
	struct soak *soak = arg;

	(void)customer;
	if (reference >= REPLICA_FIRST) {
		soak->replica_received++;
		return;
	}
	make_room(soak, reference);
	soak->received[reference]++;
}

static void
recorded(void *arg, uint64_t index, const struct cr_leaf *leaf)
{
	struct soak *soak = arg;
	uint32_t reference, count = 0;

	(void)index;
	soak->leaves++;
	for (size_t i = 0; i < leaf->entry_count; i++)
		count +=
		    cr_mix_customer(&soak->uuids, leaf->entries[i].uuid) != 0;
	soak->entries += count;
	if (cr_slice_equal(leaf->reader, CR_SLICE_LITERAL(REPLICA))) {
		/* that an entry is out of reach is told without its number */
		soak->replica_recorded +=
		    leaf->type == CR_LEAF_PERSIST ? leaf->entry_count : count;
	} else if (cr_records_reference(leaf, &reference)) {
		make_room(soak, reference);
		soak->recorded[reference] += count;
	}
}

/* ---- what goes on meanwhile ------------------------------------------------ */

/* A process of its own: cn=config waits for operations that wait for us. */
static pid_t
change_settings(const struct cr_server *server, struct shared *shared)
{
	pid_t parent = getpid(), pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; getppid() == parent; i++) {
		struct cr_conn *conn = cr_conn_open(server, "config");
		int64_t next = cr_suite_now() + CHANGE_MS;
		int code =
		    cr_change(conn, GUARD, changes[i % COUNT(changes)], NULL);

		if (code == 0)
			atomic_fetch_add(&shared->changed, 1);
		else
			printf("%s: %d\n", changes[i % COUNT(changes)], code);
		atomic_fetch_add(&shared->refused, code != 0);
		cr_conn_close(conn);
		while (cr_suite_again(next))
			;
	}
	_exit(0);
}

/* KiB of slapd that are no files. */
static unsigned
memory_of(pid_t pid)
{
	struct cr_text text =
	    cr_text_of_file(cr_keep_text("/proc/%d/status", (int)pid));
	const char *line = strstr(text.bytes, "RssAnon:");

	return line == NULL ? 0 : (unsigned)strtoul(line + 8, NULL, 10);
}

static void
report(const struct soak *soak, const struct cr_load *load,
    const struct shared *shared, int64_t ms)
{
	const struct cr_load_counts *c = cr_load_counts(load);

	printf("%4d s: %" PRIu64 " requests, %" PRIu64 " entries, %" PRIu64
	       " to replicas, %" PRIu64 " failures (%" PRIu64 " of them 52), "
	       "%" PRIu64 " interruptions, %" PRIu64 " connections, "
	       "%u settings, %u MiB\n",
	    (int)(ms / 1000), c->requests, c->entries, soak->replica_received,
	    c->failures, c->unavailable, c->interruptions, c->connections,
	    atomic_load(&shared->changed), memory_of(soak->server->pid) >> 10);
	fflush(stdout);
}

/* ---- the end --------------------------------------------------------------- */

static void
compare(struct soak *soak)
{
	unsigned missing = 0;

	(void)cr_records_read(cr_keep_text("%s/log", soak->server->dir), 0,
	    recorded, soak);
	for (size_t i = 0; i < soak->room; i++) {
		if (soak->received[i] <= soak->recorded[i])
			continue;
		if (missing++ < 10)
			printf("R%07x: %u received, %u on record\n",
			    (unsigned)i, soak->received[i], soak->recorded[i]);
	}
	printf("the log: %" PRIu64 " records of %" PRIu64 " entries, %" PRIu64
	       " of them to replicas; operations with less than was "
	       "received: %u\n",
	    soak->leaves, soak->entries, soak->replica_recorded, missing);
	ck_assert_uint_eq(missing, 0);
	ck_assert_uint_ge(soak->replica_recorded, soak->replica_received);
	ck_assert_uint_gt(soak->replica_received, 0);
}

/*
 * syncprov sends one change at a time, each behind whatever else waits for a
 * thread, and keeps the others in memory: under this load alone it would fall
 * behind for ever, and slapd grow.
 */
static void
catch_up(const struct soak *soak, struct cr_load *replicas)
{
	int64_t until = cr_suite_now() + CATCH_UP_MS;
	uint64_t before;

	do {
		before = soak->replica_received;
		(void)cr_load_go(replicas, 200);
	} while (soak->replica_received != before && cr_suite_now() < until);
}

static void
finish(struct soak *soak, struct cr_load *load, struct cr_load *replicas)
{
	int64_t begun = cr_suite_now();

	cr_load_finish(load, cr_suite_seconds(60) * 1000);
	(void)cr_load_go(replicas, 2000);
	cr_server_alive(soak->server);
	cr_server_stop(soak->server);
	(void)cr_load_go(replicas, 2000);
	printf("it ended after %d ms\n", (int)(cr_suite_now() - begun));
}

START_TEST(soak_of_minutes)
	{
		int64_t minutes = (int64_t)setting("SOAK_MINUTES", 30);
		uint64_t seed = setting("SOAK_SEED", 1);
		struct soak soak = { .server = cr_server_start(&setup) };
		struct cr_load_settings settings = { .kinds = cr_mix,
			.kind_count = cr_mix_count,
			.connections = 40,
			.depth = 4,
			.each = 300,
			.seed = seed,
			.again = true,
			.chances = { .abandon = 40,
			    .cancel = 60,
			    .drop = 900,
			    .reset = 900,
			    .half_close = 900,
			    .stall = 200 },
			.entry = received,
			.arg = &soak };
		struct cr_load_settings persists = { .kinds = &persist,
			.kind_count = 1,
			.connections = 2,
			.depth = 1,
			.each = 5,
			.seed = seed,
			.again = true,
			.entry = received,
			.arg = &soak };
		struct shared *shared = mmap(NULL, sizeof(*shared),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		struct cr_load *load, *replicas;
		int64_t begun = cr_suite_now(), now = begun, next = begun;
		int64_t caught_up = begun;
		unsigned settled = 0, memory = 0;
		int status;
		pid_t changer;

		cr_must(shared != MAP_FAILED);
		printf("SOAK_MINUTES=%d SOAK_SEED=%" PRIu64 "\n", (int)minutes,
		    seed);
		soak.uuids = cr_mix_uuids_of(soak.server);
		make_room(&soak, 0);
		load = cr_load_begin(soak.server, &settings, 0);
		replicas = cr_load_begin(soak.server, &persists, REPLICA_FIRST);
		changer = change_settings(soak.server, shared);
		while ((now = cr_suite_now()) < begun + minutes * 60000) {
			ck_assert_msg(!cr_server_ended(soak.server, 0, &status),
			    "slapd ended, status %x", (unsigned)status);
			(void)cr_load_go(load, 50);
			(void)cr_load_go(replicas, 5);
			if (now > caught_up + CATCH_UP_MS) {
				catch_up(&soak, replicas);
				caught_up = cr_suite_now();
			}
			if (settled == 0 && now > begun + minutes * 15000)
				settled = memory_of(soak.server->pid);
			if (now < next)
				continue;
			report(&soak, load, shared, now - begun);
			next = now + REPORT_MS;
		}
		report(&soak, load, shared, now - begun);
		(void)kill(changer, SIGKILL);
		(void)waitpid(changer, &status, 0);
		memory = memory_of(soak.server->pid);
		finish(&soak, load, replicas);
		compare(&soak);
		ck_assert_uint_gt(atomic_load(&shared->changed), 0);
		ck_assert_uint_gt(cr_load_counts(load)->interruptions, 1000);
		ck_assert_uint_gt(cr_load_counts(load)->entries, 10000);
		printf("slapd had %u KiB after a quarter, %u in the end\n",
		    settled, memory);
		ck_assert_uint_le(memory, settled + settled / 2 + GROWTH_KB);
		ck_assert_int_eq(cr_rounds_verify(soak.server, NULL), 0);
		cr_load_end(&load);
		cr_load_end(&replicas);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "soak", NULL, NULL);

	tcase_set_timeout(tc, (double)(setting("SOAK_MINUTES", 30) * 90 + 600));
	tcase_add_test(tc, soak_of_minutes);
}

int
main(void)
{
	return cr_suite_run("soak", fill);
}
