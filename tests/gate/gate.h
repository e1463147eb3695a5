/*
 * What a test and the slapd it has started share, as a page of a file: how the
 * disk of the read log behaves, and what slapd did (gate.c).
 */
#ifndef CR_GATE_H
#define CR_GATE_H

#include <stdatomic.h>

enum cr_gate_state {
	CR_GATE_OPEN = 0,
	CR_GATE_SHUT, /* a sync of the write-ahead log waits */
	CR_GATE_FAILS /* and with this it fails, EIO */
};

struct cr_gate {
	atomic_int state;
	atomic_uint waiting; /* syncs that wait */
	atomic_uint syncs; /* of the write-ahead log, begun */
	atomic_uint layers; /* log barriers put into connections */
	atomic_uint capture; /* 1: what goes to sockets is kept, see below */
};

#endif
