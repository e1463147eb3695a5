#include "crash/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crash/load_pdu.h"

#define CONNECTIONS_MAX 256
#define EACH_MAX 4096
#define BUFFER 65536
#define STALL_MS 300

struct client {
	int fd; /* -1: none */
	const char *who;
	bool bound;
	bool half; /* nothing more is sent */
	bool ended; /* and is not to be made again */
	int64_t stalled_until;
	int last_id; /* 1 is the bind */
	unsigned waiting; /* without a result */
	struct {
		uint32_t reference;
		unsigned kind; /* + 1, 0: no answer is expected */
		bool done;
	} asked[EACH_MAX];
	unsigned char *in, *out;
	size_t in_len, in_room, out_len, out_room;
};

struct cr_load {
	const struct cr_server *server;
	struct cr_load_settings settings;
	struct cr_load_counts counts;
	struct cr_load_random random;
	uint32_t reference;
	bool finishing;
	struct load_template *templates;
	struct client *clients;
};

uint64_t
cr_load_random(struct cr_load_random *random, uint64_t below)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state % below;
}

struct cr_load_random
cr_load_random_of(uint64_t seed)
{
	return (
	    struct cr_load_random){ seed * 2654435769u + 88172645463325252u };
}

static bool
one_in(struct cr_load *load, unsigned chance)
{
	return chance != 0 && cr_load_random(&load->random, chance) == 0;
}

unsigned
cr_load_customer(const char *dn, size_t len)
{
	static const char base[] = "," CUSTOMERS;
	const size_t tail = sizeof(base) - 1;
	unsigned number = 0;
	const char *at;

	if (len <= tail || strncasecmp(dn + len - tail, base, tail) != 0)
		return 0;
	at = dn + len - tail;
	while (at > dn && at[-1] != ',')
		at--;
	if (strncasecmp(at, "uid=c", 5) != 0)
		return 0;
	for (at += 5; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (unsigned)(*at - '0');
	return number;
}

/* ---- out ------------------------------------------------------------------ */

static void
put(struct client *client, const void *bytes, size_t len)
{
	if (client->out_len + len > client->out_room) {
		client->out_room = (client->out_len + len) * 2;
		client->out = realloc(client->out, client->out_room);
		cr_must(client->out != NULL);
	}
	memcpy(client->out + client->out_len, bytes, len);
	client->out_len += len;
}

static void
put_abandon(struct client *client, int id)
{
	unsigned char bytes[LOAD_SMALL];

	put(client, bytes, load_abandon(bytes, ++client->last_id, id));
}

static void
put_cancel(struct client *client, int id)
{
	unsigned char bytes[LOAD_SMALL];

	put(client, bytes, load_cancel(bytes, ++client->last_id, id));
	client->waiting++;
	client->asked[client->last_id].kind = 0;
	client->asked[client->last_id].done = false;
}

static void
hang_up(struct cr_load *load, struct client *client, bool reset)
{
	const struct linger now = { 1, 0 };

	if (reset)
		(void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &now,
		    sizeof(now));
	(void)close(client->fd);
	client->fd = -1;
	client->ended = !load->settings.again;
}

/* One of the kinds that are of this client's reader. */
static unsigned
choose(struct cr_load *load, const struct client *client)
{
	const struct cr_load_settings *s = &load->settings;
	uint64_t sum = 0, at;

	for (size_t i = 0; i < s->kind_count; i++) {
		if (strcmp(s->kinds[i].who, client->who) == 0)
			sum += s->kinds[i].weight;
	}
	cr_must(sum > 0);
	at = cr_load_random(&load->random, sum);
	for (size_t i = 0; i < s->kind_count; i++) {
		if (strcmp(s->kinds[i].who, client->who) != 0)
			continue;
		if (at < s->kinds[i].weight)
			return (unsigned)i;
		at -= s->kinds[i].weight;
	}
	return 0;
}

static void
interrupt(struct cr_load *load, struct client *client, int id)
{
	const struct cr_load_chances *chances = &load->settings.chances;

	if (one_in(load, chances->abandon)) {
		put_abandon(client, id);
		client->asked[id].done = true;
		client->waiting--;
	} else if (one_in(load, chances->cancel)) {
		put_cancel(client, id);
	} else if (one_in(load, chances->stall)) {
		client->stalled_until = cr_suite_now() +
		    (int64_t)cr_load_random(&load->random, STALL_MS);
	} else {
		return;
	}
	load->counts.interruptions++;
}

static void
ask(struct cr_load *load, struct client *client)
{
	const struct cr_load_settings *s = &load->settings;

	while (client->bound && !client->half && !load->finishing &&
	    client->waiting < s->depth && client->last_id + 3 < (int)s->each) {
		unsigned kind = choose(load, client);
		struct load_template *template = &load->templates[kind];
		int id = ++client->last_id;

		cr_must(load->reference < CR_LOAD_REFERENCES);
		load_stamp(template, id, load->reference);
		put(client, template->bytes, template->len);
		client->asked[id].reference = load->reference++;
		client->asked[id].kind = kind + 1;
		client->asked[id].done = false;
		client->waiting++;
		load->counts.requests++;
		interrupt(load, client, id);
	}
}

static bool
flush(struct client *client)
{
	while (client->out_len > 0) {
		ssize_t n = send(client->fd, client->out, client->out_len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		memmove(client->out, client->out + n,
		    client->out_len - (size_t)n);
		client->out_len -= (size_t)n;
	}
	return true;
}

/* ---- in ------------------------------------------------------------------- */

static void
got(struct cr_load *load, uint32_t reference, unsigned customer)
{
	if (customer == 0)
		return;
	load->counts.entries++;
	if (load->settings.entry != NULL)
		load->settings.entry(load->settings.arg, reference, customer);
}

static void
take_result(struct cr_load *load, struct client *client,
    const struct load_unit *unit)
{
	unsigned kind = client->asked[unit->id].kind;
	int code = load_result(unit);

	if (!client->asked[unit->id].done) {
		client->asked[unit->id].done = true;
		client->waiting--;
	}
	if (kind == 0)
		return;
	if (unit->op == LDAP_COMPARE ? code == 5 || code == 6
				     : load_has_entry(unit))
		got(load, client->asked[unit->id].reference,
		    load->templates[kind - 1].customer);
	if (code == 0 || code == 5 || code == 6) {
		load->counts.results++;
	} else {
		load->counts.failures++;
		if (code == 52)
			load->counts.unavailable++;
	}
}

static void
take(struct cr_load *load, struct client *client, const struct load_unit *unit)
{
	const char *dn;
	size_t len;

	if (unit->id <= 0 || unit->id > client->last_id)
		return;
	if (unit->op == LDAP_BIND) {
		cr_must(load_result(unit) == 0 || load_result(unit) == 51 ||
		    load_result(unit) == 52);
		client->bound = load_result(unit) == 0;
		client->waiting--;
	} else if (unit->op == LDAP_ENTRY) {
		load_dn(unit, &dn, &len);
		got(load, client->asked[unit->id].reference,
		    cr_load_customer(dn, len));
	} else if (unit->op != LDAP_REFERENCE && unit->op != LDAP_BETWEEN) {
		take_result(load, client, unit);
	}
}

/* What is there; false at the end of the connection. */
static bool
read_all(struct cr_load *load, struct client *client)
{
	for (;;) {
		struct load_unit unit;
		size_t at = 0;
		ssize_t n;

		if (client->in_room - client->in_len < BUFFER) {
			client->in_room = client->in_room * 2 + 2 * BUFFER;
			client->in = realloc(client->in, client->in_room);
			cr_must(client->in != NULL);
		}
		n = recv(client->fd, client->in + client->in_len, BUFFER,
		    MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		client->in_len += (size_t)n;
		while (load_next(client->in + at, client->in_len - at, &unit)) {
			take(load, client, &unit);
			at += unit.whole;
		}
		memmove(client->in, client->in + at, client->in_len - at);
		client->in_len -= at;
	}
}

/* ---- connections ---------------------------------------------------------- */

static void
connect_client(struct cr_load *load, struct client *client)
{
	const struct cr_load_settings *s = &load->settings;
	struct sockaddr_in addr = { .sin_family = AF_INET };
	unsigned char bytes[LOAD_BIND];

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_must(client->fd >= 0);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t)load->server->port);
	if (connect(client->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		hang_up(load, client, false);
		return;
	}
	client->who =
	    s->kinds[cr_load_random(&load->random, s->kind_count)].who;
	client->bound = client->half = false;
	client->in_len = client->out_len = 0;
	client->waiting = 1;
	client->last_id = 1;
	client->stalled_until = 0;
	put(client, bytes,
	    load_bind(bytes, sizeof(bytes), 1, cr_conn_dn(client->who)));
	load->counts.connections++;
}

/* What one client does when its turn comes. */
static void
turn(struct cr_load *load, struct client *client, bool readable)
{
	const struct cr_load_chances *chances = &load->settings.chances;
	bool up = true;

	if (readable)
		up = read_all(load, client);
	if (up) {
		ask(load, client);
		up = flush(client) || readable || read_all(load, client);
	}
	if (!up) {
		hang_up(load, client, false);
		return;
	}
	if (!client->bound || client->half)
		return;
	if (client->waiting == 0 &&
	    (load->finishing ||
		client->last_id + 3 >= (int)load->settings.each)) {
		hang_up(load, client, false);
		return;
	}
	if (load->finishing)
		return;
	if (one_in(load, chances->drop) || one_in(load, chances->reset)) {
		bool reset = one_in(load, 2);

		(void)read_all(load, client);
		hang_up(load, client, reset);
		load->counts.interruptions++;
	} else if (one_in(load, chances->half_close)) {
		(void)shutdown(client->fd, SHUT_WR);
		client->half = true;
		load->counts.interruptions++;
	}
}

/* Waits for what comes, and gives each client its turn; how many are left. */
static unsigned
step(struct cr_load *load, int ms)
{
	const unsigned count = load->settings.connections;
	struct pollfd polls[CONNECTIONS_MAX];
	int64_t now = cr_suite_now();
	unsigned left = 0;

	for (unsigned i = 0; i < count; i++) {
		struct client *client = &load->clients[i];

		if (client->fd < 0 && !client->ended && !load->finishing)
			connect_client(load, client);
		if (client->fd >= 0)
			left++;
		polls[i] = (struct pollfd){ .fd = client->fd };
		if (client->stalled_until <= now || load->finishing)
			polls[i].events = POLLIN;
		if (client->out_len > 0)
			polls[i].events |= POLLOUT;
	}
	if (left == 0)
		return 0;
	if (poll(polls, count, ms) < 0)
		return left;
	for (unsigned i = 0; i < count; i++) {
		if (polls[i].fd >= 0 && polls[i].revents != 0)
			turn(load, &load->clients[i],
			    (polls[i].events & POLLIN) != 0);
	}
	return left;
}

struct cr_load *
cr_load_begin(const struct cr_server *server,
    const struct cr_load_settings *settings, uint32_t reference)
{
	struct cr_load *load = calloc(1, sizeof(*load));

	cr_must(load != NULL && settings->connections <= CONNECTIONS_MAX &&
	    settings->each <= EACH_MAX);
	load->server = server;
	load->settings = *settings;
	load->random = cr_load_random_of(settings->seed);
	load->reference = reference;
	load->templates =
	    calloc(settings->kind_count, sizeof(*load->templates));
	load->clients = calloc(settings->connections, sizeof(*load->clients));
	cr_must(load->templates != NULL && load->clients != NULL);
	for (size_t i = 0; i < settings->kind_count; i++)
		load_template(&settings->kinds[i].request, &load->templates[i]);
	for (unsigned i = 0; i < settings->connections; i++)
		load->clients[i].fd = -1;
	return load;
}

bool
cr_load_go(struct cr_load *load, int ms)
{
	int64_t deadline = cr_suite_now() + ms;

	do {
		if (step(load, 5) == 0)
			return false;
	} while (cr_suite_now() < deadline);
	return true;
}

void
cr_load_finish(struct cr_load *load, int ms)
{
	int64_t deadline = cr_suite_now() + ms;

	load->finishing = true;
	while (step(load, 5) > 0 && cr_suite_now() < deadline) {
		for (unsigned i = 0; i < load->settings.connections; i++) {
			struct client *client = &load->clients[i];

			if (client->fd >= 0 && client->waiting == 0)
				hang_up(load, client, false);
		}
	}
}

const struct cr_load_counts *
cr_load_counts(const struct cr_load *load)
{
	return &load->counts;
}

unsigned
cr_load_unanswered(const struct cr_load *load)
{
	unsigned count = 0;

	for (unsigned i = 0; i < load->settings.connections; i++) {
		if (load->clients[i].fd >= 0)
			count += load->clients[i].waiting;
	}
	return count;
}

uint32_t
cr_load_reference(const struct cr_load *load)
{
	return load->reference;
}

void
cr_load_end(struct cr_load **load)
{
	struct cr_load *gone = *load;

	for (unsigned i = 0; i < gone->settings.connections; i++) {
		struct client *client = &gone->clients[i];

		if (client->fd >= 0)
			(void)close(client->fd);
		free(client->in);
		free(client->out);
	}
	for (size_t i = 0; i < gone->settings.kind_count; i++)
		free(gone->templates[i].bytes);
	free(gone->templates);
	free(gone->clients);
	free(gone);
	*load = NULL;
}
