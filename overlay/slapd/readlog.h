/*
 * The read log as a database: "database custreglog".
 *
 *	readlog.c		the backend: settings, life, what it refuses
 *	readlog_reader.c	who may ask, and for what
 *	readlog_plan.c		a filter as a question to the index
 *	readlog_entry.c		a leaf as LDAP entries
 *	readlog_names.c		entryUUID to DN and back
 *	readlog_search.c	search, batch by batch; readlog_page.c pages
 *	readlog_compare.c	compare
 *
 * A leaf that names customers is an entry for each run of one customer in it,
 * crReadId=<leaf>.<place of the first, from 1>; one that names none is a
 * single entry, place 0.
 *
 * No lock is held while an entry is tested or sent: leaves are copied out of
 * the log a batch at a time.
 */
#ifndef CR_READLOG_H
#define CR_READLOG_H

#include "guard.h"

#include "core/uuid.h"
#include "log/leaf.h"
#include "log/query.h"

/* be_private of the database */
struct cr_readlog {
	struct berval register_ndn;	/* empty: the only one with a log */
	struct berval register_dn;
	bool show_readers;		/* to a customer */
};

enum cr_readlog_right {
	CR_READLOG_NOTHING = 0,
	CR_READLOG_OWN,			/* what names this customer */
	CR_READLOG_ALL
};

struct cr_readlog_asker {
	enum cr_readlog_right right;
	struct cr_view *view;		/* on the register */
	struct cr_db *db;
	unsigned char own[CR_LEAF_UUID];
	bool shows_readers;
};

/* What an entry stands for: in the order of the log. */
struct cr_readlog_place {
	uint64_t leaf;
	uint32_t entry;			/* 0: the leaf itself */
};

/* readlog.c */
int cr_readlog_register(void);

/* readlog_reader.c: CR_OK with right NOTHING is "not there". */
int cr_readlog_judge(Operation *op, struct cr_readlog_asker *ret_asker);
/* May this one see this value of this leaf? */
bool cr_readlog_shows(const struct cr_readlog_asker *asker,
	const struct cr_leaf *leaf, const char *name);

/* readlog_plan.c */
struct cr_readlog_plan {
	struct cr_query query;
	bool resolves;		/* the filter asks about crReadSubjectDN */
	char reader[CR_UUID_TEXT_SIZE + 5];
};
void cr_readlog_plan(const struct cr_readlog_asker *asker, Operation *op,
	const Filter *f, struct cr_readlog_plan *ret_plan);

/* readlog_names.c */
struct cr_readlog_names;
struct cr_readlog_names *cr_readlog_names_new(Operation *op);
void cr_readlog_names_free(Operation *op, struct cr_readlog_names **names);
/* NULL: nobody, or nobody this reader may see.  Until the next call. */
const struct berval *cr_readlog_name_of(struct cr_readlog_names *names,
	const struct cr_readlog_asker *asker, Operation *op,
	const unsigned char uuid[CR_LEAF_UUID]);
bool cr_readlog_uuid_of(const struct cr_readlog_asker *asker, Operation *op,
	const struct berval *ndn, unsigned char ret_uuid[CR_LEAF_UUID]);

/* readlog_entry.c */
int cr_readlog_schema_resolve(void);
AttributeDescription *cr_readlog_desc(const char *name);
/* The entry after this place in the leaf: false when there is none. */
bool cr_readlog_next_place(const struct cr_leaf *leaf, uint32_t after,
	const unsigned char *subject, uint32_t *ret_entry);
/* Owned: entry_free().  NULL names: nobody asks for crReadSubjectDN. */
Entry *cr_readlog_entry(const struct cr_readlog_asker *asker, Operation *op,
	const struct cr_leaf *leaf, struct cr_readlog_place place,
	struct cr_readlog_names *names);
Entry *cr_readlog_suffix_entry(const BackendDB *be);
/* "crreadid=12.3,<suffix>" */
bool cr_readlog_place_of(const BackendDB *be, const struct berval *ndn,
	struct cr_readlog_place *ret_place);

/* readlog_search.c */
int cr_readlog_search(Operation *op, SlapReply *rs);
/* Copies the leaf with this number; CR_EHIDDEN: there is none for them. */
struct cr_readlog_copy {
	unsigned char *bytes;		/* ch_malloc()ed */
	size_t len;
	uint64_t number;
};
int cr_readlog_fetch(const struct cr_readlog_asker *asker, uint64_t number,
	struct cr_readlog_copy *ret_copy);
int cr_readlog_settle(struct cr_db *db, uint64_t *ret_end);
int cr_readlog_take(struct cr_readlog_copy *copy, const struct cr_hit *hit);
bool cr_readlog_mentions(const AttributeName *names,
	const AttributeDescription *desc);

/* readlog_page.c: where a paged search goes on */
struct cr_readlog_cursor {
	struct cr_readlog_place place;	/* last one that was sent */
	uint64_t end;			/* leaves that were there at first */
};
int cr_readlog_page_open(Operation *op, bool *ret_goes_on,
	struct cr_readlog_cursor *ret_cursor);
void cr_readlog_page_send(Operation *op, SlapReply *rs,
	const struct cr_readlog_cursor *cursor);

/* readlog_compare.c */
int cr_readlog_compare(Operation *op, SlapReply *rs);

/* record.c: before the entries leave; waits until it is durable */
struct cr_readlog_read {
	bool is_last;			/* count and result are known */
	uint64_t count;
	int result;
	const unsigned char *subject;	/* NULL: not about one */
};
int cr_record_readlog(struct cr_view *view, Operation *op,
	const struct cr_readlog_read *read, bool is_first);

#endif
