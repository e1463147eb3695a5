/*
 * Questions to a read log: leaves that name a customer, a reader, a
 * recipient, from a time on, in the order of the log.
 *
 * Candidates come from the index by subject, else by recipient, else by
 * reader, else by time; each is read from the log, decoded and compared.
 * Leaves that the index does not have yet are read one by one.
 */
#ifndef CR_QUERY_H
#define CR_QUERY_H

#include "log/index.h"
#include "log/leaf.h"

struct cr_query {
	bool has_subject;
	unsigned char subject[CR_LEAF_UUID];
	/* "" is any.  DNs and "uuid:..." as in the leaf, ASCII case ignored */
	struct cr_slice reader;		/* or on whose behalf */
	struct cr_slice recipient;
	struct cr_slice purpose;
	enum cr_leaf_type type;		/* CR_LEAF_NOTHING: any */
	int64_t from_ms;		/* first instant of interest */
	int64_t until_ms;		/* last one */
	uint64_t first;			/* leaf to start from: 0, or *ret_next */
	size_t limit;			/* hits; 0: all */
	size_t budget;			/* leaves to look at; 0: all */
};

/* All leaves of all times. */
void cr_query_init(struct cr_query *query);

struct cr_hit {
	uint64_t number;		/* of the leaf in the log */
	const struct cr_leaf *leaf;
	/* The entries asked for: of the subject if there is one, else all. */
	const uint32_t *entries;
	size_t entry_count;		/* 0: the operation or event itself */
};

/* Not 0: ends the query, which returns that. */
typedef int cr_query_fn(void *arg, const struct cr_hit *hit);

/*
 * *ret_next: where a query that ended by limit or budget goes on;
 * CR_QUERY_END when nothing is left.  Also set when `hit` ended it: the leaf
 * after that hit.  CR_ESTALE: the index is being made, or was found damaged
 * and will be; CR_ELOG, CR_EVERIFY: the log cannot be read; CR_ENOMEM.
 * Any thread.  A hit lives until the function returns from it.
 */
#define CR_QUERY_END UINT64_MAX

int cr_query_run(const struct cr_index *index, const struct cr_query *query,
	cr_query_fn *hit, void *arg, uint64_t *ret_next,
	struct cr_log_fault *ret_fault) CR_WARN_UNUSED;

#endif
