/*
 * custreg erase: a customer is erased, or what keeps them is told.
 *
 * The operation and its security are explained in custreg/erase.h.  Asking
 * (erase_ask.c) is apart from judging what came back (erase_answer.c) and from
 * writing it down (erase_text.c, erase_json.c): only the first needs a server.
 * All whose time is over are in erase_bulk.h, what is left of somebody on
 * which server in erase_verify.h.
 */
#ifndef CR_CLIENT_ERASE_H
#define CR_CLIENT_ERASE_H

#include <stdio.h>

#include "core/retention.h"
#include "custreg/erase.h"
#include "options.h"

#define CR_BULK_AT_ONCE 4u
#define CR_BULK_AT_ONCE_MAX 64u
#define CR_VERIFY_SERVERS_MAX 64u
#define CR_VERIFY_SECONDS 10u

enum cr_erase_verb {
	CR_ERASE_SUBJECT = 0,
	CR_ERASE_ALL_EXPIRED,
	CR_ERASE_VERIFY
};

struct cr_erase_options {	/* zeroed is empty */
	struct cr_connect_options connect;
	enum cr_erase_verb verb;
	struct cr_erase_request request;	/* borrows from argv */
	const char *subject;			/* as given; of argv */
	const char *base;			/* of argv; NULL: not given */
	struct cr_year_end year_end;
	bool has_year_end;
	unsigned at_once;			/* of bulk: 1 and more */
	const char *servers[CR_VERIFY_SERVERS_MAX];	/* of argv */
	size_t server_count;
	bool json;
	bool help;				/* nothing else counts */
};

/*
 * CR_ESYNTAX when a line has been written about it; CR_ENOMEM.  In both cases
 * too the connection's options are for cr_connect_options_clear().
 */
int cr_erase_parse(struct cr_erase_options *options, int argc, char **argv)
	CR_WARN_UNUSED;

struct cr_erase_answer {	/* zeroed is empty */
	bool was_sent;		/* the request left, whatever came back */
	int code;		/* the LDAP result code the server gave */
	char *text;		/* its diagnostic message; may be NULL */
	char **referrals;	/* may be NULL */
	struct berval *value;	/* the responseValue; NULL: none */
	int64_t due;		/* of the compaction; 0: not known */
};

/* Sends the request.  An LDAP code of this side. */
int cr_erase_send(LDAP *ld, const struct cr_erase_request *request,
	LDAPControl **controls, int *ret_id) CR_WARN_UNUSED;

/* Reads and frees the result of one.  An LDAP code of this side. */
int cr_erase_take(LDAP *ld, LDAPMessage *message,
	struct cr_erase_answer *ret_answer) CR_WARN_UNUSED;

/*
 * Sends the request and waits for what comes back, whatever its result code.
 * An LDAP code of this side: LDAP_SUCCESS when there is an answer,
 * LDAP_DECODING_ERROR when what came is none.
 */
int cr_erase_ask(LDAP *ld, const struct cr_erase_request *request,
	LDAPControl **controls, struct cr_erase_answer *ret_answer)
	CR_WARN_UNUSED;

void cr_erase_answer_clear(struct cr_erase_answer *answer);

/* Asks for the order of an erasure that was done: fills answer->due. */
void cr_erase_find_due(LDAP *ld, LDAPControl **controls,
	struct cr_erase_answer *answer);

/*
 * Why a response of this state cannot be the answer with this result code to a
 * request with these flags: a constant; NULL: it can.
 */
const char *cr_erase_contradiction(unsigned flags, int code,
	enum cr_erase_state state);

/*
 * Writes the answer to `out`, or a line about what is wrong with it to stderr.
 * The exit code.
 */
int cr_erase_tell(const struct cr_erase_options *options,
	const struct cr_erase_answer *answer, FILE *out) CR_WARN_UNUSED;

/* As the ASN.1 has it; "" for one that is none. */
const char *cr_erase_state_name(enum cr_erase_state state);

/* `due`: of the compaction; 0: not known. */
void cr_erase_print_text(FILE *out, const struct cr_erase_options *options,
	const struct cr_erase_response *response, int64_t due);

/* CR_ENOMEM, also when it cannot be written. */
int cr_erase_print_json(FILE *out, const struct cr_erase_response *response,
	int64_t due) CR_WARN_UNUSED;

#endif
