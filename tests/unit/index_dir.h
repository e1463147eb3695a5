/*
 * A log of made-up leaves with its index, and a model of it in memory that
 * answers questions by looking at every leaf.
 */
#ifndef CR_TEST_INDEX_DIR_H
#define CR_TEST_INDEX_DIR_H

#include "log/query.h"
#include "log/tree.h"

struct index_dir {
	char path[64];
	struct cr_key *key;
	struct cr_tree *tree;
	struct cr_index *index;		/* NULL: closed */
	struct cr_index_log log;	/* as of the last commit */
	struct index_dir_leaf *leaves;
	size_t count;
	size_t room;
	uint64_t state;			/* of the generator of numbers */
	size_t listing;			/* entries of a leaf, at most */
};

/* A temporary directory with an empty tree; no index. */
void index_dir_make(struct index_dir *dir);
void index_dir_remove(struct index_dir *dir);

/* Opens or opens again; ends the test when it cannot be. */
void index_dir_open(struct index_dir *dir);

/* Appends to the tree and, when it is open, to the index. */
void index_dir_append(struct index_dir *dir, size_t count);

/* Commits the tree, and the index when it is open. */
void index_dir_commit(struct index_dir *dir);
/* The tree alone. */
void index_dir_commit_tree(struct index_dir *dir);
/* The index alone, until it is not behind. */
void index_dir_catch_up(struct index_dir *dir);

/* A number below, the same ones for the same calls before. */
uint64_t index_dir_draw(struct index_dir *dir, uint64_t below);

void index_dir_subject(uint64_t number, unsigned char ret_uuid[CR_LEAF_UUID]);

/* Some question of those that have answers here. */
void index_dir_question(struct index_dir *dir, struct cr_query *query);

/*
 * Asks the index and the model, all at once or `page` hits at a time.
 * Returns what the query returned; ends the test when the answers differ.
 */
int index_dir_ask(struct index_dir *dir, const struct cr_query *query,
	size_t page);

/* Asks many questions; each has to be answered. */
void index_dir_check(struct index_dir *dir);

#endif
