/*
 * custreg erase --verify: is anything left of somebody, on which server?
 *
 *	erase_verify.c		all servers at once, each in its time
 *	erase_verify_ask.c	what one server is asked
 *	erase_verify_tell.c	what its answers mean, and how they are told
 *
 * Each server is asked for a dry run, which finds entries whatever hides them;
 * for the order, when the subject is given by number; and for values that name
 * the subject, when a DN is given.  Nothing is changed but the read log.
 */
#ifndef CR_CLIENT_ERASE_VERIFY_H
#define CR_CLIENT_ERASE_VERIFY_H

#include "command.h"
#include "core/erasure.h"
#include "erase.h"

enum cr_verify_state {
	CR_VERIFY_UNKNOWN = 0,	/* it would or could not say */
	CR_VERIFY_UNREACHABLE,
	CR_VERIFY_UNDER_WAY,	/* no entries, and the order goes on */
	CR_VERIFY_LEFT,
	CR_VERIFY_CLEAN
};

enum cr_verify_look {		/* at an order or at values */
	CR_LOOK_NOT = 0,	/* not looked */
	CR_LOOK_FAILED,
	CR_LOOK_NOTHING,
	CR_LOOK_FOUND
};

/* What one server said. */
struct cr_verify_facts {	/* zeroed: nothing */
	bool connected;
	int code;		/* of the dry run: result code, or of libldap */
	bool has_entries;	/* it answered with a plan */
	bool is_kept;		/* and a real one would be refused */
	enum cr_verify_look order;
	struct cr_erasure ordered;	/* its state; when found */
	enum cr_verify_look references;
	uint64_t reference_count;
};

struct cr_verify_server {
	const char *uri;	/* of argv */
	struct cr_verify_facts facts;
};

/* The verb; an exit code. */
int cr_verify_run(struct cr_erase_options *options);

/* Asks one server; in any thread. */
void cr_verify_ask(LDAP *ld, const struct cr_erase_options *options,
	struct cr_verify_facts *ret_facts);

/* ---- pure ---------------------------------------------------------------- */

enum cr_verify_state cr_verify_state_of(const struct cr_verify_facts *facts);

enum cr_exit cr_verify_exit(const struct cr_verify_server *servers,
	size_t count);

/* False when it cannot be written. */
bool cr_verify_tell(const struct cr_erase_options *options,
	const struct cr_verify_server *servers, size_t count, FILE *out);

#endif
