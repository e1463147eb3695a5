/*
 * LDAPMessages that slapd has encoded and that wait for their read records
 * (RFC 4511, 4.1.1): what one is, and what is sent instead when its record
 * could not be written.
 *
 *	LDAPMessage ::= SEQUENCE {
 *	     messageID   INTEGER (0 .. maxInt),
 *	     protocolOp  CHOICE { ... },       -- the tag of this is looked at
 *	     controls    [0] Controls OPTIONAL }
 *
 * Example: 30 0c 02 01 02 65 07 0a 01 00 04 00 04 00 is message 2,
 * searchResDone (0x65), success.
 */
#ifndef CR_PDU_H
#define CR_PDU_H

#include <lber.h>
#include <stdbool.h>
#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

struct cr_pdu {
	int32_t message_id;
	ber_tag_t operation;	/* LDAP_RES_SEARCH_ENTRY ... */
	size_t len;		/* of the whole message */
};

/*
 * The message at the front of a run of messages.  CR_EPROTO when no whole one
 * stands there.
 */
int cr_pdu_peek(struct cr_slice run, struct cr_pdu *ret_pdu) CR_WARN_UNUSED;

/*
 * Does another message of the same operation follow?  So it is after an
 * entry, a reference and an intermediate response.
 */
bool cr_pdu_goes_on(const struct cr_pdu *pdu);

/* Has the operation with this message ID lost something?  `arg` is theirs. */
typedef bool cr_pdu_lost(void *arg, int32_t message_id);

/*
 * A copy of the run without what must not leave: of an operation that has
 * lost a record, entries, references and intermediate responses are left out,
 * and its final response becomes one of the same kind with `code` and `text`
 * and without controls.  Everything else stays as it is.
 * *ret_run is for free(); CR_EPROTO for what is no run of whole messages.
 */
int cr_pdu_withhold(struct cr_slice run, cr_pdu_lost *lost, void *arg,
	int code, const char *text, unsigned char **ret_run, size_t *ret_len)
	CR_WARN_UNUSED;

#endif
