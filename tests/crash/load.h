/*
 * Clients that ask a register for as much as they can, on many connections from
 * one thread, and say what they were given.  Each request has a reference of
 * its own, R and seven hexadecimal digits, by which its records are found in
 * the read log.
 */
#ifndef CR_CRASH_LOAD_H
#define CR_CRASH_LOAD_H

#include "integration/harness.h"

#define CR_LOAD_REFERENCES (1u << 28)

/* For one of the controls of a request. */
#define CR_LOAD_REFERENCE                        \
	{                                        \
		CTL_REFERENCE, .arg = "R0000000" \
	}

struct cr_load_kind {
	const char *who;
	struct cr_request request; /* with CR_LOAD_REFERENCE */
	unsigned weight;
};

/* What may become of a request, or of its connection: one in so many. */
struct cr_load_chances {
	unsigned abandon;
	unsigned cancel;
	unsigned drop; /* closed without a word */
	unsigned reset;
	unsigned half_close;
	unsigned stall; /* does not read for a while */
};

struct cr_load_settings {
	const struct cr_load_kind *kinds;
	size_t kind_count;
	unsigned connections;
	unsigned depth; /* requests on their way on each */
	unsigned each; /* requests on a connection, then another one */
	uint64_t seed;
	bool again; /* connects again when a connection has ended */
	struct cr_load_chances chances;
	/* A customer's entry, or an answer about it, was received. */
	void (*entry)(void *arg, uint32_t reference, unsigned customer);
	void *arg;
};

struct cr_load_counts {
	uint64_t requests;
	uint64_t results; /* of them successful or true or false */
	uint64_t failures; /* other results */
	uint64_t unavailable; /* of those */
	uint64_t entries;
	uint64_t interruptions;
	uint64_t connections;
};

struct cr_load;

/* `reference`: that of the first request. */
struct cr_load *cr_load_begin(const struct cr_server *server,
    const struct cr_load_settings *settings, uint32_t reference);
/* Goes on for so long; false when no connection is left. */
bool cr_load_go(struct cr_load *load, int ms);
/* Asks no more and reads until all is answered or closed. */
void cr_load_finish(struct cr_load *load, int ms);
const struct cr_load_counts *cr_load_counts(const struct cr_load *load);
/* After the end: requests that nothing came of, on connections still there. */
unsigned cr_load_unanswered(const struct cr_load *load);
/* Of the next request. */
uint32_t cr_load_reference(const struct cr_load *load);
void cr_load_end(struct cr_load **load);

/* 10001 of "uid=c10001,ou=customers,...", 0 when it is no customer's. */
unsigned cr_load_customer(const char *dn, size_t len);

struct cr_load_random {
	uint64_t state;
};
/* 0 to below - 1 */
uint64_t cr_load_random(struct cr_load_random *random, uint64_t below);
struct cr_load_random cr_load_random_of(uint64_t seed);

#endif
