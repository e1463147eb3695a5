/*
 * What an add, a modification or a rename of a customer is asked besides: does
 * it bring back somebody who was erased, would it stand below another.
 */
#ifndef CR_SUPPRESSION_H
#define CR_SUPPRESSION_H

#include "erase.h"

#include "core/case.h"
#include "core/limit.h"

/* nest.c: would a customer stand below a customer? */
int cr_nests_modify(struct cr_view *view, Operation *op, const Entry *old,
	const Entry *e, const char **text);
int cr_nests_move(struct cr_view *view, Operation *op, const Entry *e,
	const char **text);

/* suppress.c: what a setting brought into force; it stays while db does. */
struct cr_suppression {
	struct cr_suppression *older;
	char *path;
	struct cr_suppress_key *key;
	ldap_pvt_thread_mutex_t mutex;
	struct cr_limit *limit;		/* under mutex */
};
int cr_suppress_activate(struct cr_db *db, char *msg, size_t size);
void cr_suppress_free(struct cr_db *db);
/* NULL: none is in force. */
struct cr_suppression *cr_suppress_in_force(const struct cr_db *db);
bool cr_suppress_is_lifted(const Entry *suppression);

/* What a write that brings somebody does besides; zeroed: nothing. */
struct cr_case_list {
	struct cr_case_list *next;
	struct cr_case c;
	bool made;			/* by this write */
};
struct cr_welcome {
	BerVarray lifted;		/* suppressions, by normalised name */
	struct cr_case_list *cases;
};

/*
 * coming.c.  Adds what is to be done besides to *welcome.  Where bans come
 * back, cr_coming_brings() has said before that they may, and the caller holds
 * ban_mutex.
 */
bool cr_coming_brings(const struct cr_view *view, Operation *op);
int cr_coming_add(struct cr_view *view, Operation *op,
	struct cr_welcome *welcome, const char **text);
int cr_coming_modify(struct cr_view *view, Operation *op, const Entry *old,
	struct cr_welcome *welcome, const char **text);
int cr_coming_rename(struct cr_view *view, Operation *op, const Entry *old,
	struct cr_welcome *welcome, const char **text);
/*
 * Last before the write, and after it, done or not; the second frees.  What
 * is killed between leaves a case of nobody, never somebody without a case.
 */
int cr_welcome_prepare(struct cr_db *db, Operation *op,
	struct cr_welcome *welcome);
void cr_welcome_settle(struct cr_db *db, Operation *op,
	struct cr_welcome *welcome, bool done);

/* case.c: through the whole stack; slapd's task with slapd paused */
int cr_cases_make(struct cr_erasing *erasing, struct cr_case_list *cases);
void cr_cases_unmake(struct cr_erasing *erasing, struct cr_case_list *cases);
/* A customer is there no more. */
void cr_cases_forget(struct cr_db *db, Operation *op,
	const unsigned char customer[CR_UUID_BYTES]);
void cr_cases_start(struct cr_db *db);
void cr_cases_stop(struct cr_db *db);

/* decision.c: may it be written, by one who is not rootdn?  Recorded. */
int cr_decision_check(struct cr_view *view, Operation *op,
	const char **text);

#endif
