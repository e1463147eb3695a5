/*
 * custreg suppress: what keeps the erased erased, and the registrar's queue of
 * customers who have one thing in common with somebody erased.
 *
 * Reading (suppress_read.c) is apart from writing it down (suppress_tell.c,
 * suppress_json.c) and from decisions (suppress_decide.c).
 */
#ifndef CR_CLIENT_SUPPRESS_H
#define CR_CLIENT_SUPPRESS_H

#include <stdio.h>

#include <jansson.h>

#include "core/case.h"
#include "entry.h"
#include "options.h"

enum cr_suppress_action {
	CR_SUPPRESS_LIST = 0,
	CR_SUPPRESS_LIFT,
	CR_SUPPRESS_CLOSE
};

struct cr_suppress_options {	/* zeroed is empty; borrows from argv */
	struct cr_connect_options connect;
	enum cr_suppress_action action;
	const char *id;		/* of a suppression, or of a case */
	enum cr_case_state decision;
	const char *base;
	const char *reference;
	bool all;		/* decided cases, too */
	bool json;
	bool help;		/* nothing else counts */
};

/*
 * CR_ESYNTAX when a line has been written about it; CR_ENOMEM.  In both cases
 * too the connection's options are for cr_connect_options_clear().
 */
int cr_suppress_parse(struct cr_suppress_options *options, int argc,
	char **argv) CR_WARN_UNUSED;

/* ---- what there is ------------------------------------------------------- */

struct cr_suppressed {		/* owns all it has */
	char id[CR_SUPPRESSION_ID_MAX + 1];
	int64_t time;		/* INT64_MIN: not known */
	bool lifted;
	unsigned kinds;		/* bits as of cr_suppress_match() */
	struct cr_lasting_bans bans;	/* those in force */
};

struct cr_suppress_place {
	LDAP *ld;
	const char *base;	/* the suffix of the register */
	LDAPControl **controls;	/* may be NULL */
};

/* LDAP_NO_SUCH_OBJECT: nothing is there that this reader may see. */
int cr_suppress_look(const struct cr_suppress_place *place) CR_WARN_UNUSED;

/*
 * Each calls fn for what it finds, in the server's order, and stops at its
 * first error; an LDAP code.  Entries that do not parse are passed over.
 */
typedef int cr_suppressed_fn(void *arg, const struct cr_suppressed *s);
typedef int cr_case_fn(void *arg, const struct cr_case *c);
int cr_suppress_each(const struct cr_suppress_place *place, const char *id,
	cr_suppressed_fn *fn, void *arg) CR_WARN_UNUSED;	/* NULL: all */
int cr_suppress_cases(const struct cr_suppress_place *place, const char *id,
	cr_case_fn *fn, void *arg) CR_WARN_UNUSED;

/* Of a suppression or a customer; borrows from the entry. */
struct cr_ban_state cr_suppress_state_of(const struct cr_entry *entry);

/* The DN of the entry; NULL: no memory.  The id has been looked at. */
char *cr_suppress_dn(const struct cr_suppress_place *place, const char *id,
	bool is_case);

/* ---- what is said -------------------------------------------------------- */

/* The exit code. */
int cr_suppress_list(const struct cr_suppress_options *options,
	const struct cr_suppress_place *place);
int cr_suppress_decide(const struct cr_suppress_options *options,
	const struct cr_suppress_place *place);

/* "mail, phone" */
void cr_suppress_put_kinds(FILE *out, unsigned kinds);
/* "marketing all, listing printed until 2031-12-31, disclosure", or "none" */
void cr_suppress_put_bans(FILE *out, const struct cr_lasting_bans *bans);

json_t *cr_suppress_json(const struct cr_suppressed *s);
json_t *cr_suppress_case_json(const struct cr_case *c);

/* "2026-01-02" */
void cr_suppress_put_day(FILE *out, int64_t time);

#endif
