/* LDAP messages for load.c: made from templates, and looked at in place. */
#ifndef CR_CRASH_LOAD_PDU_H
#define CR_CRASH_LOAD_PDU_H

#include "integration/harness.h"

enum {
	LDAP_BIND = 0x61,
	LDAP_ENTRY = 0x64,
	LDAP_COMPARE = 0x6f,
	LDAP_REFERENCE = 0x73,
	LDAP_BETWEEN = 0x79
};

enum { LOAD_SMALL = 64, LOAD_BIND = 256 };

/* A request whose message ID and reference are put in each time. */
struct load_template {
	unsigned char *bytes; /* owned */
	size_t len;
	size_t reference; /* where its digits are; 0: it has none */
	unsigned customer; /* whose entry a compare or a write is aimed at */
};

void load_template(const struct cr_request *request,
    struct load_template *ret_template);
void load_stamp(struct load_template *template, int id, uint32_t reference);

/* The length of the message. */
size_t load_bind(unsigned char *out, size_t room, int id, const char *dn);
size_t load_abandon(unsigned char *out, int id, int other);
size_t load_cancel(unsigned char *out, int id, int other);

struct load_unit {
	const unsigned char *bytes;
	size_t whole; /* the message */
	int id;
	unsigned char op;
	const unsigned char *body; /* what is in the operation */
	size_t body_len;
};

/* False when it is not all there. */
bool load_next(const unsigned char *bytes, size_t len,
    struct load_unit *ret_unit);
int load_result(const struct load_unit *unit);
/* Whether a control of the answer has an entry in it. */
bool load_has_entry(const struct load_unit *unit);
void load_dn(const struct load_unit *unit, const char **ret_dn,
    size_t *ret_len);

#endif
