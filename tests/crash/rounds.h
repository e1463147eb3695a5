/*
 * Rounds of a register that is killed while clients read, and started again on
 * what the disk kept: whoever received an entry is in the read log, the log
 * verifies and extends what it was before, and the register answers.
 */
#ifndef CR_CRASH_ROUNDS_H
#define CR_CRASH_ROUNDS_H

#include "crash/mix.h"

enum cr_trouble {
	CR_TROUBLE_NONE = 0,
	CR_TROUBLE_EIO, /* writes and syncs fail now and then */
	CR_TROUBLE_MOVED, /* the directory is renamed away, and back */
	CR_TROUBLE_FULL, /* no room on its disk for a while */
	CR_TROUBLES
};

struct cr_rounds {
	const char *name;
	const struct cr_setup *setup;
	bool keep; /* slapd is killed, the disk loses nothing */
	bool may_lose; /* it ends, and does not fail, at the first loss */
	enum cr_trouble trouble; /* in each round */
	bool small; /* on a disk of its own, mounted by this process */
};

struct cr_rounds_result {
	unsigned rounds;
	unsigned young; /* died before slapd was up */
	uint64_t received;
	uint64_t records;
	uint64_t lost; /* entries received that are not in the log */
};

/* CR_CRASH_SEED, or the time; the same for all tests of a program. */
uint64_t cr_rounds_seed(void);
/* CR_CRASH_ROUNDS times this share of a hundred, or `otherwise`. */
unsigned cr_rounds_count(unsigned percent, unsigned otherwise);

struct cr_rounds_result cr_rounds_run(const struct cr_rounds *rounds,
    unsigned count, uint64_t seed);

/* The exit status of custreg log verify; since may be NULL. */
int cr_rounds_verify(const struct cr_server *server, const char *since);

#endif
