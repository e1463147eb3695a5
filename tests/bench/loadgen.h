/*
 * The load generator of the benchmark: what its parts share.
 *
 * A batch is a list of LDAP requests, encoded before the clock starts.  The
 * same bytes go to every server, so that a round compares servers only.
 */
#ifndef CR_LOADGEN_H
#define CR_LOADGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FIRST_CUSTOMER 10001
#define CLIENTS_MAX 64

/* What is asked.  `name` is the first field of the output. */
struct load_kind {
	const char *name;
	int op; /* the tag of the request */
	int scope;
	const char *base; /* before the suffix; %u: a customer's number */
	const char *attribute; /* of the filter or the assertion */
	const char *value; /* NULL: presence; %u: number, %g: listing */
	bool dn_value; /* the value is a DN: add the suffix */
	const char *const *attributes; /* asked for, ends with NULL */
};

struct load_options {
	const char *suffix;
	const char *bind_dn;
	const char *password;
	const char *purpose; /* NULL: no control */
	uint32_t customers;
	bool tls;
	const char *sasl_name; /* NULL: a simple bind */
};

/* Encoded requests, one behind the other. */
struct load_batch {
	unsigned char *bytes;
	size_t *ends; /* of each request in bytes */
	size_t count;
};

/* What came back. */
struct load_answer {
	uint64_t entries;
	uint64_t bytes;
	uint64_t success; /* 0, and 6 compareTrue */
	uint64_t compare_false;
	uint64_t absent; /* 32 */
	int64_t nanoseconds;
	/* of the times from a request's first byte to its answer's last */
	int64_t p50, p99;
};

struct load_conn {
	int fd;
	void *tls;  /* an SSL, or NULL */
	void *sasl; /* a sasl_conn_t, or NULL */
	bool layered; /* what is sent goes through it */
	int64_t since; /* when the request that waits was sent */
	unsigned char *buffer;
	size_t used;
	int failed; /* the first result code that nobody expects */
};

/* NULL: no such kind. */
const struct load_kind *load_kind_find(const char *name);

/* Of `count` requests about customers that `seed` picks; ends on no memory. */
void load_batch_make(const struct load_kind *kind,
    const struct load_options *options, uint64_t seed, size_t count,
    struct load_batch *ret_batch);
void load_batch_clear(struct load_batch *batch);

/* False with a text on stderr. */
bool load_connect(uint16_t port, const struct load_options *options,
    struct load_conn *ret_conn);
/*
 * Sends the batch on as many connections as there are clients, each with one
 * request unanswered. Several on one connection would not do: slapd defers
 * what comes before it has quite done with what it has answered, how much of
 * it is chance, and a line in its log for each.
 */
bool load_run(struct load_conn *conns, size_t clients,
    const struct load_batch *batch, struct load_answer *ret_answer);
/* Says goodbye and waits until the server has closed too. */
void load_disconnect(struct load_conn *conn);

/* The answer to a bind; `creds` borrows from the connection. */
struct load_reply {
	int code;
	const char *creds;
	size_t creds_len;
};
bool load_read_reply(struct load_conn *conn, struct load_reply *ret_reply);

/* Over the socket as it is, or over what was put on it. */
bool load_wire_tls(struct load_conn *conn);
bool load_wire_sasl(struct load_conn *conn, const struct load_options *options);
bool load_wire_send(struct load_conn *conn, const void *bytes, size_t len);
/* -1: the server has closed it, or said what cannot be. */
ssize_t load_wire_receive(struct load_conn *conn, void *buffer, size_t room);
void load_wire_close(struct load_conn *conn);

/* Encodes a bind or an unbind; to be cleared like a batch. */
void load_sasl_bind_make(int id, const char *mechanism, const char *creds,
    unsigned creds_len, struct load_batch *ret_batch);
void load_bind_make(const struct load_options *options,
    struct load_batch *ret_batch);
void load_unbind_make(struct load_batch *ret_batch);

#endif
