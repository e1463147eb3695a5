/*
 * Who comes back: a server with a suppression key, whoever was erased from it,
 * and newcomers that have something in common with them.
 */
#ifndef CR_HARNESS_SUPPRESS_H
#define CR_HARNESS_SUPPRESS_H

#include "harness_command.h"

#define SUPPRESSED "ou=suppressed," SUFFIX
#define CASES "ou=cases," SUPPRESSED
#define ERASURES "ou=erasures," SUFFIX

/* The server that all of these ask. */
extern struct cr_server *cr_keyed;
/* Setup and teardown of a test case. */
void cr_keyed_start(void);
void cr_keyed_stop(void);

struct cr_conn *cr_as(const char *who);

struct cr_person {
	const char *uuid, *mail, *phone;
};
struct cr_person cr_person_read(const char *dn);
/* Until nothing is left to be done. */
struct cr_person cr_person_erase(const char *dn);
void cr_until_erased(void);

struct cr_request cr_newcomer(const char *uid, const char *mail,
    const char *phone);
struct cr_request cr_with_reference(struct cr_request request);
struct cr_request cr_change_of(const char *dn, const char *line);

/* The case of a customer; NULL: there is none. */
const struct cr_entry *cr_case_of(const char *dn);
size_t cr_cases(void);
/* They go a moment after the answer. */
void cr_until_cases(size_t count);

/* The DN of the suppression. */
const char *cr_suppression_of(const struct cr_person *person);
const char *cr_state_of(const char *dn);
void cr_until_state(const char *dn, const char *state);

#endif
