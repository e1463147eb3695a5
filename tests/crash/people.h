/*
 * People to be erased from a register whose slapd is killed: who they are,
 * what clients see of them meanwhile, and what is left of them afterwards.
 *
 * A client sees all of a person or nothing, but for a search that runs when
 * they are hidden, which ends there; of whom a hold keeps something, at
 * last what is kept.  Afterwards the order is settled, their values are
 * nowhere, and all others are as before, byte for byte.
 */
#ifndef CR_CRASH_PEOPLE_H
#define CR_CRASH_PEOPLE_H

#include "integration/harness.h"

/* The number of the first, and the group that names some. */
#define CR_PEOPLE_FIRST 20001
#define CR_PEOPLE_GROUP "cn=nimetyt," GROUPS
#define CR_PEOPLE_ERASURES "ou=erasures," SUFFIX
#define CR_PEOPLE_SUPPRESSED "ou=suppressed," SUFFIX
#define CR_PEOPLE_REPLICA "cn=replica," SUFFIX
/* The name of an accesslog, of a setup that has one. */
#define CR_PEOPLE_ACCESSLOG "cn=accesslog"
/* Settings of custreg; slapd sees no log of its own accord meanwhile. */
#define CR_PEOPLE_CUSTREG                                \
	"custreg-customers " CUSTOMERS "\n"              \
	"custreg-replica " CR_PEOPLE_REPLICA "\n"        \
	"custreg-suppressionkey @DIR@/suppression.key\n" \
	"custreg-logReserve 1\ncustreg-logInterval 60000"
#define CR_PEOPLE_ACCESSLOG_DATABASE                                    \
	"database mdb\nsuffix " CR_PEOPLE_ACCESSLOG "\n"                \
	"rootdn \"" ROOT "\"\ndirectory @DIR@/db2\nmaxsize 268435456\n" \
	"dbnosync\nindex reqStart,reqDN,reqEntryUUID,objectClass eq\n"  \
	"access to * by dn.exact=\"" ROOT "\" read by * none"
#define CR_PEOPLE_ACCESSLOG_OVERLAY                     \
	"overlay accesslog\nlogdb " CR_PEOPLE_ACCESSLOG \
	"\nlogops writes\nlogold (objectClass=*)"

enum cr_person_kind {
	CR_PERSON_FREE = 0, /* nothing holds them */
	CR_PERSON_HELD, /* an invoice is open */
	CR_PERSON_NAMED /* a group names them; else free */
};

/* The kind is that of the number modulo three. */
enum cr_person_kind cr_person_kind(unsigned person);
const char *cr_person_dn(unsigned person);
/* LDIF of people 0..count-1, their group, and the replica's identity. */
char *cr_people_ldif(unsigned count, unsigned children);

struct cr_people;

/* `accesslog`: the setup has one */
struct cr_people *cr_people_new(struct cr_server *server, bool accesslog);
/* On connections of their own; slapd has just been started. */
void cr_people_connect(struct cr_people *people);
/* Before anything happens to them: what all see, and all there is. */
void cr_people_before(struct cr_people *people, unsigned person);
/* What others write meanwhile: left out of what is compared. */
void cr_people_except(struct cr_people *people, const char *dn);
/* The order, with `partial`. */
struct cr_request cr_people_request(unsigned person);
/* Sends it, on a connection of the registrar; `twice`: on another one too. */
void cr_people_erase(struct cr_people *people, unsigned person, bool twice);
/*
 * Looks again and again until slapd is dead (false), or the order is settled
 * and the erasure answered.
 */
bool cr_people_watch(struct cr_people *people, unsigned person);
/* Only waits for the answer; false when slapd is dead first. */
bool cr_people_answered(struct cr_people *people);
/* After a restart: until the order, if there is one, is settled. */
void cr_people_settle(struct cr_people *people, unsigned person);
/* Whether they were erased; fails for anything between. */
bool cr_people_check(struct cr_people *people, unsigned person);
/* Each who was erased has an event in the read log that says so. */
void cr_people_check_log(struct cr_people *people);

struct cr_people_counts {
	/* what clients saw; cut: a search that ran, late: what is kept */
	unsigned whole, cut, none, late;
	unsigned erased, untouched;
};
struct cr_people_counts cr_people_counts(const struct cr_people *people);

#endif
