/* Connections: requests out, answers counted. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <lber.h>
#include <ldap.h>

#include "loadgen.h"

/* An answer must fit: a group of 10,000 members takes half a mebibyte. */
#define BUFFER_SIZE ((size_t)4 << 20)
#define LAYER_CREDS_MAX 8192

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The length of the element at `at`, with its header; 0: not all of it yet. */
static size_t
element(const unsigned char *at, size_t have, size_t *ret_header)
{
	size_t len = 0, bytes;

	if (have < 2)
		return 0;
	if (at[1] < 0x80) {
		*ret_header = 2;
		return 2 + (size_t)at[1];
	}
	bytes = at[1] & 0x7fU;
	if (bytes > 4 || have < 2 + bytes)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		len = len << 8 | at[2 + i];
	*ret_header = 2 + bytes;
	return 2 + bytes + len;
}

/* What one message is: counts it, true when it ends a request. */
static bool
count_message(struct load_conn *conn, const unsigned char *message, size_t len,
    struct load_answer *answer)
{
	size_t header, id, op;
	int code;

	element(message, len, &header);
	message += header;
	len -= header;
	id = element(message, len, &header);
	if (id == 0 || id >= len)
		return false;
	message += id;
	len -= id;
	if (message[0] == LDAP_RES_SEARCH_ENTRY) {
		answer->entries++;
		return false;
	}
	if (message[0] == LDAP_RES_SEARCH_REFERENCE)
		return false;
	op = element(message, len, &header);
	if (op == 0 || op < header + 3)
		return false;
	code = message[header + 2];
	if (code == LDAP_SUCCESS || code == LDAP_COMPARE_TRUE)
		answer->success++;
	else if (code == LDAP_COMPARE_FALSE)
		answer->compare_false++;
	else if (code == LDAP_NO_SUCH_OBJECT)
		answer->absent++;
	else if (conn->failed == 0)
		conn->failed = code;
	return true;
}

/* Takes what has arrived: how many requests are answered, or -1. */
static ssize_t
receive(struct load_conn *conn, struct load_answer *answer)
{
	size_t at = 0, len, header;
	ssize_t done = 0;
	ssize_t n = load_wire_receive(conn, conn->buffer + conn->used,
	    BUFFER_SIZE - conn->used);

	if (n < 0) {
		warnx("the server has closed the connection");
		return -1;
	}
	conn->used += (size_t)n;
	answer->bytes += (uint64_t)n;
	while (
	    (len = element(conn->buffer + at, conn->used - at, &header)) != 0 &&
	    len <= conn->used - at) {
		if (count_message(conn, conn->buffer + at, len, answer))
			done++;
		at += len;
	}
	memmove(conn->buffer, conn->buffer + at, conn->used - at);
	conn->used -= at;
	if (conn->used == BUFFER_SIZE) {
		warnx("an answer is too long");
		return -1;
	}
	return done;
}

/* Reads until there is one message, and takes its result apart. */
bool
load_read_reply(struct load_conn *conn, struct load_reply *ret_reply)
{
	struct berval bytes;
	size_t len, header;
	BerElement *ber;
	ber_int_t id, code;
	ber_tag_t tag;
	ber_len_t rest;
	bool ok;

	while ((len = element(conn->buffer, conn->used, &header)) == 0 ||
	    len > conn->used) {
		ssize_t n = load_wire_receive(conn, conn->buffer + conn->used,
		    BUFFER_SIZE - conn->used);

		if (n < 0)
			return false;
		conn->used += (size_t)n;
	}
	conn->used = 0;
	bytes = (struct berval){ len, (char *)conn->buffer };
	ber = ber_init(&bytes);
	if (ber == NULL)
		err(2, "memory");
	ok = ber_scanf(ber, "{i{exx", &id, &code) != LBER_ERROR;
	ret_reply->code = code;
	ret_reply->creds_len = 0;
	tag = ok ? ber_peek_tag(ber, &rest) : LBER_ERROR;
	if (tag == LDAP_TAG_SASL_RES_CREDS &&
	    rest <= LAYER_CREDS_MAX && ber_scanf(ber, "m", &bytes) !=
	    LBER_ERROR) {
		memcpy(conn->buffer, bytes.bv_val, bytes.bv_len);
		ret_reply->creds = (const char *)conn->buffer;
		ret_reply->creds_len = bytes.bv_len;
	}
	ber_free(ber, 1);
	return ok;
}

/* Which clients have something to read; one alone just waits in recv(). */
static bool
wait_for_any(struct pollfd *fds, size_t clients)
{
	if (clients == 1) {
		fds[0].revents = POLLIN;
		return true;
	}
	while (poll(fds, (nfds_t)clients, -1) < 0) {
		if (errno != EINTR) {
			warn("poll");
			return false;
		}
	}
	return true;
}

/* The next request of the batch; false when it cannot be sent. */
static bool
send_next(struct load_conn *conn, const struct load_batch *batch,
    size_t *sent)
{
	size_t from = *sent == 0 ? 0 : batch->ends[*sent - 1];

	conn->since = now();
	return load_wire_send(conn, batch->bytes + from,
	    batch->ends[(*sent)++] - from);
}

static bool
ask_all(struct load_conn *conns, size_t clients, const struct load_batch *batch,
    struct load_answer *answer, int64_t *times)
{
	struct pollfd fds[CLIENTS_MAX];
	size_t sent = 0, answered = 0;

	for (size_t i = 0; i < clients; i++) {
		fds[i] = (struct pollfd){ .fd = conns[i].fd, .events = POLLIN };
		if (sent < batch->count && !send_next(&conns[i], batch, &sent))
			return false;
	}
	while (answered < batch->count) {
		if (!wait_for_any(fds, clients))
			return false;
		for (size_t i = 0; i < clients; i++) {
			ssize_t done;

			if (fds[i].revents == 0)
				continue;
			done = receive(&conns[i], answer);
			if (done < 0)
				return false;
			if (done > 0)
				times[answered] = now() - conns[i].since;
			answered += (size_t)done;
			if (done > 0 && sent < batch->count &&
			    !send_next(&conns[i], batch, &sent))
				return false;
		}
	}
	return true;
}

static int
by_length(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool
load_run(struct load_conn *conns, size_t clients,
    const struct load_batch *batch, struct load_answer *ret_answer)
{
	int64_t *times = calloc(batch->count, sizeof(*times));
	int64_t start;
	bool ok;

	if (times == NULL)
		err(2, "times");
	*ret_answer = (struct load_answer){ 0 };
	start = now();
	ok = ask_all(conns, clients, batch, ret_answer, times);
	ret_answer->nanoseconds = now() - start;
	qsort(times, batch->count, sizeof(*times), by_length);
	ret_answer->p50 = times[batch->count / 2];
	ret_answer->p99 = times[batch->count * 99 / 100];
	free(times);
	if (!ok)
		return false;
	for (size_t i = 0; i < clients; i++) {
		if (conns[i].failed != 0) {
			warnx("result %d (%s)", conns[i].failed,
			    ldap_err2string(conns[i].failed));
			return false;
		}
	}
	return true;
}

bool
load_connect(uint16_t port, const struct load_options *options,
    struct load_conn *ret_conn)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct load_batch bind_request = { 0 };
	struct load_answer answer;
	int on = 1;
	bool ok;

	*ret_conn = (struct load_conn){ .fd = socket(AF_INET, SOCK_STREAM, 0),
		.buffer = malloc(BUFFER_SIZE) };
	if (ret_conn->fd < 0 || ret_conn->buffer == NULL ||
	    connect(ret_conn->fd, (struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    setsockopt(ret_conn->fd, IPPROTO_TCP, TCP_NODELAY, &on,
		sizeof(on)) != 0) {
		warn("connect to port %u", port);
		return false;
	}
	if (options->tls && !load_wire_tls(ret_conn))
		return false;
	if (options->sasl_name != NULL)
		return load_wire_sasl(ret_conn, options);
	load_bind_make(options, &bind_request);
	ok = load_run(ret_conn, 1, &bind_request, &answer);
	load_batch_clear(&bind_request);
	return ok && answer.success == 1;
}

void
load_disconnect(struct load_conn *conn)
{
	struct load_batch unbind = { 0 };

	if (conn->buffer == NULL)
		return;
	load_unbind_make(&unbind);
	if (load_wire_send(conn, unbind.bytes, unbind.ends[0]))
		while (recv(conn->fd, conn->buffer, BUFFER_SIZE, 0) > 0)
			;
	load_batch_clear(&unbind);
	load_wire_close(conn);
	free(conn->buffer);
	*conn = (struct load_conn){ .fd = -1 };
}
