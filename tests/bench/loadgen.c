/*
 * Asks one or several LDAP servers the same questions in turn, and prints
 * what each answer took:
 *
 *	loadgen [option...] workload name=port[:pid[:part]]...
 *
 * A line for each round and server, comma separated:
 * workload, clients, round, name, requests, entries, bytes, nanoseconds,
 * nanoseconds of CPU of the server (0 without its pid), success, false, absent,
 * median and 99th percentile of the requests' times in nanoseconds, nanoseconds
 * of CPU after the last answer
 *
 * A third number after a server is the part of the requests it is asked: 8 for
 * an eighth.  With -s a server called guard-* has that many milliseconds in
 * which it does nothing before the next one is asked: what it puts off is its
 * own time, and not that of the others.
 *
 * The purpose goes to servers called guard*: another would write to its log
 * that it does not know the control.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loadgen.h"

#define SERVERS_MAX 16
#define REQUESTS_MAX 400000
/* What a sleeping server uses in a moment. */
#define IDLE_NS 200000

static const char usage[] =
    "usage: loadgen [-b suffix] [-D bind DN] [-w password] [-p purpose]\n"
    "               [-N customers] [-W clients] [-r rounds]\n"
    "               [-n requests | -t milliseconds] [-s milliseconds]\n"
    "               [-T] [-S name] workload name=port[:pid[:part]]...\n";

struct server {
	char name[32];
	uint16_t port;
	pid_t pid;
	size_t part;
	bool guarded, settles;
	struct load_conn conns[CLIENTS_MAX];
};

/* The same questions, without and with the control. */
struct pair {
	struct load_batch plain;
	struct load_batch with_purpose;
};

struct load {
	const struct load_kind *kind;
	struct load_options options;
	size_t clients;
	unsigned rounds;
	size_t requests; /* of a batch; 0: as many as take the time */
	unsigned milliseconds;
	unsigned settle;
	struct server servers[SERVERS_MAX];
	unsigned server_count;
};

static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > max)
		errx(2, "not a number here: %s", text);
	return value;
}

static void
parse_server(struct load *load, char *text)
{
	struct server *server = &load->servers[load->server_count++];
	char *port = strchr(text, '=');
	char *pid, *part;

	if (port == NULL || load->server_count == SERVERS_MAX)
		errx(2, "%s", usage);
	*port++ = '\0';
	pid = strchr(port, ':');
	if (pid != NULL)
		*pid++ = '\0';
	part = pid == NULL ? NULL : strchr(pid, ':');
	if (part != NULL)
		*part++ = '\0';
	server->part = part == NULL ? 1 : number(part, 1000);
	if (server->part == 0)
		server->part = 1;
	snprintf(server->name, sizeof(server->name), "%s", text);
	server->guarded = strncmp(text, "guard", 5) == 0;
	server->settles = strncmp(text, "guard-", 6) == 0;
	server->port = (uint16_t)number(port, UINT16_MAX);
	server->pid = pid == NULL ? 0 : (pid_t)number(pid, INT32_MAX);
}

static void
parse_options(struct load *load, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "b:D:w:p:N:W:r:n:t:s:S:T")) != -1) {
		switch (option) {
		case 'b': load->options.suffix = optarg; break;
		case 'D': load->options.bind_dn = optarg; break;
		case 'w': load->options.password = optarg; break;
		case 'p': load->options.purpose = optarg; break;
		case 'N':
			load->options.customers =
			    (uint32_t)number(optarg, 100000000);
			break;
		case 'W': load->clients = number(optarg, CLIENTS_MAX); break;
		case 'r': load->rounds = (unsigned)number(optarg, 1000); break;
		case 'n': load->requests = number(optarg, REQUESTS_MAX); break;
		case 't':
			load->milliseconds = (unsigned)number(optarg, 600000);
			break;
		case 's':
			load->settle = (unsigned)number(optarg, 60000);
			break;
		case 'T': load->options.tls = true; break;
		case 'S': load->options.sasl_name = optarg; break;
		default: errx(2, "%s", usage);
		}
	}
	if (argc - optind < 2 || load->options.customers < 100 ||
	    load->clients == 0)
		errx(2, "%s", usage);
	load->kind = load_kind_find(argv[optind]);
	if (load->kind == NULL)
		errx(2, "no such workload: %s", argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		parse_server(load, argv[i]);
}

/* What a server has used of its processor, all threads together. */
static int64_t
cpu_time(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &time) != 0)
		return 0;
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void
make_pair(const struct load *load, uint64_t seed, size_t count,
    struct pair *ret_pair)
{
	struct load_options options = load->options;

	load_batch_make(load->kind, &options, seed, count,
	    &ret_pair->with_purpose);
	options.purpose = NULL;
	load_batch_make(load->kind, &options, seed, count, &ret_pair->plain);
}

static void
clear_pair(struct pair *pair)
{
	load_batch_clear(&pair->plain);
	load_batch_clear(&pair->with_purpose);
}

static int64_t
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Until it has used no processor for so long. */
static void
settle(const struct load *load, const struct server *server)
{
	const struct timespec moment = { 0, 20000000 };
	int64_t since = now_ms();
	int64_t used = cpu_time(server->pid);

	while (server->settles && now_ms() - since < load->settle) {
		int64_t more;

		nanosleep(&moment, NULL);
		more = cpu_time(server->pid);
		if (more - used > IDLE_NS)
			since = now_ms();
		used = more;
	}
}

static bool
run_once(struct load *load, struct server *server, const struct pair *pair,
    unsigned round, bool print)
{
	struct load_batch batch =
	    server->guarded ? pair->with_purpose : pair->plain;
	struct load_answer answer;
	int64_t cpu = cpu_time(server->pid), after;

	batch.count = (batch.count + server->part - 1) / server->part;
	if (!load_run(server->conns, load->clients, &batch, &answer)) {
		warnx("%s at %s", load->kind->name, server->name);
		return false;
	}
	after = cpu_time(server->pid);
	cpu = after - cpu;
	settle(load, server);
	after = cpu_time(server->pid) - after;
	if (print)
		printf("%s,%zu,%u,%s,%zu,%" PRIu64 ",%" PRIu64 ",%" PRId64
		       ",%" PRId64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRId64 ",%" PRId64 ",%" PRId64 "\n",
		    load->kind->name, load->clients, round, server->name,
		    batch.count, answer.entries, answer.bytes,
		    answer.nanoseconds, cpu, answer.success,
		    answer.compare_false, answer.absent, answer.p50,
		    answer.p99, after);
	return true;
}

/*
 * How many requests take the wanted time on the first server: of its processor
 * if that can be seen, as the clock on the wall also counts other programs.
 */
static bool
calibrate(struct load *load)
{
	const int64_t wanted = (int64_t)load->milliseconds * 1000000;
	const struct server *first = &load->servers[0];
	int64_t taken = 0;
	size_t count = 1;

	for (;;) {
		int64_t cpu = cpu_time(first->pid);
		struct load_answer answer;
		struct pair pair;
		bool ok;

		make_pair(load, 0, count, &pair);
		ok = load_run(load->servers[0].conns, load->clients,
		    first->guarded ? &pair.with_purpose : &pair.plain, &answer);
		clear_pair(&pair);
		if (!ok)
			return false;
		taken = first->pid != 0 ? cpu_time(first->pid) - cpu
					: answer.nanoseconds;
		if (taken >= wanted / 8 || count >= REQUESTS_MAX)
			break;
		count *= 4;
	}
	load->requests = (size_t)(wanted / (taken / (int64_t)count + 1)) + 1;
	if (load->requests > REQUESTS_MAX)
		load->requests = REQUESTS_MAX;
	return true;
}

/*
 * Each server once before the clock counts, unless one request is long enough
 * to make up for that; then in turn, never the same one first.
 */
static bool
run_rounds(struct load *load)
{
	unsigned count = load->server_count;

	for (unsigned round = load->requests > 1 ? 0 : 1; round <= load->rounds;
	     round++) {
		struct pair pair;
		size_t requests = load->requests;

		if (round == 0 && requests > 200)
			requests /= 4;
		make_pair(load, round + 1, requests, &pair);
		for (unsigned i = 0; i < count; i++) {
			struct server *server =
			    &load->servers[(round + i) % count];

			if (!run_once(load, server, &pair, round, round > 0))
				return false;
		}
		clear_pair(&pair);
	}
	return true;
}

/* A fixed number of requests, and nothing else, on a connection. */
static bool
run_counted(struct load *load)
{
	struct pair pair;
	bool ok = true;

	make_pair(load, 1, load->requests, &pair);
	for (unsigned i = 0; ok && i < load->server_count; i++)
		ok = run_once(load, &load->servers[i], &pair, 1, true);
	clear_pair(&pair);
	return ok;
}

static bool
connect_all(struct load *load)
{
	for (unsigned i = 0; i < load->server_count; i++) {
		struct server *server = &load->servers[i];

		for (size_t k = 0; k < load->clients; k++) {
			if (!load_connect(server->port, &load->options,
				&server->conns[k]))
				return false;
		}
	}
	return true;
}

static void
disconnect_all(struct load *load)
{
	for (unsigned i = 0; i < load->server_count; i++) {
		for (size_t k = 0; k < load->clients; k++)
			load_disconnect(&load->servers[i].conns[k]);
	}
}

int
main(int argc, char **argv)
{
	static struct load load = { .options = { .suffix = "dc=example,dc=fi",
					.bind_dn = "",
					.password = "",
					.customers = 500 },
		.clients = 1,
		.milliseconds = 250 };
	bool ok;

	parse_options(&load, argc, argv);
	ok = connect_all(&load);
	if (ok && load.requests == 0)
		ok = calibrate(&load);
	if (ok)
		ok = load.rounds == 0 ? run_counted(&load) : run_rounds(&load);
	disconnect_all(&load);
	return ok ? 0 : 1;
}
