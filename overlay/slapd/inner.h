/*
 * Operations of the module's own: as rootdn, on a connection that is nobody's.
 * Those marked raw go to back-mdb below every overlay: they are not judged,
 * not recorded, not replicated and take no part in the accesslog.  The others
 * pass the whole stack, as a client's would, and replicate.
 *
 * One struct serves several operations one after the other.  Threads: the one
 * that began it; it must be a thread of slapd's pool.  No lock of ours that a
 * hook takes may be held.
 */
#ifndef CR_INNER_H
#define CR_INNER_H

#include "guard.h"

enum cr_way_in { CR_INNER_STACK = 0, CR_INNER_RAW };

struct cr_inner {
	Connection conn;
	OperationBuffer opbuf;
	BackendDB copy;			/* of the database; raw: below all */
	BackendInfo raw;
	bool keeps_csn;			/* a modification leaves entryCSN */
	Operation *op;			/* of opbuf */
	SlapReply rs;
	slap_callback cb;
};

/* ctx: op->o_threadctx, or what slapd gave the task. */
void cr_inner_begin(struct cr_inner *inner, struct cr_db *db, void *ctx,
	enum cr_way_in way);

/*
 * Another database, raw.  Who follows an accesslog goes by the entryCSN of its
 * records: they stay.
 */
void cr_inner_begin_at(struct cr_inner *inner, BackendDB *be, void *ctx);

/*
 * All below answer with slapd's result code.  `found` is called for each
 * entry as a slap_callback's response is; `arg` is in sc_private.
 */
struct cr_inner_search {
	struct berval base, nbase;	/* nbase: normalised */
	int scope;
	const char *filter;		/* constant, or escaped */
	bool with_attributes;		/* what the entry has stored */
	bool operational;		/* what slapd adds, contextCSN */
	slap_response *found;
	void *arg;
};
int cr_inner_search(struct cr_inner *inner,
	const struct cr_inner_search *search);

/* Takes the entry over in any case. */
int cr_inner_add(struct cr_inner *inner, Entry *e);
/* The modifications stay the caller's; what slapd adds to them is freed. */
int cr_inner_modify(struct cr_inner *inner, struct berval *dn,
	struct berval *ndn, Modifications *mods);
int cr_inner_delete(struct cr_inner *inner, struct berval *dn,
	struct berval *ndn);

/*
 * After a raw write below a register: running searches, and what is kept of
 * who is visible, learn of it.  `gone` is what was deleted, else NULL.
 */
void cr_write_noticed(struct cr_db *db, Operation *op,
	const struct berval *ndn, const Entry *gone);

#endif
