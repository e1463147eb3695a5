/*
 * The copy against the original: the same databases with the same flags, and
 * in each the same records in the same order.  LMDB goes through both without
 * comparing anything, so the orders that back-mdb sets do not matter.
 */
#include "store_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY = 1 << 24 };

struct side {
	MDB_env *env;
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_val key, data;
};

struct comparing {
	struct side sides[2];		/* the original, the copy */
	const struct cr_store_progress *progress;
	struct cr_store_result *result;
	struct cr_store_fault *fault;
	uint64_t bytes, told;
};

static int
begin(struct side *side, const char *path, unsigned flags,
    struct cr_store_fault *fault)
{
	int rc = cr_store_env(path, flags, &side->env, fault);

	if (rc != CR_OK)
		return rc;
	rc = mdb_txn_begin(side->env, NULL, MDB_RDONLY, &side->txn);
	return rc == 0 ? CR_OK : cr_store_fail_lmdb(fault, rc);
}

static void
end(struct side *side)
{
	if (side->txn != NULL)
		mdb_txn_abort(side->txn);
	if (side->env != NULL)
		mdb_env_close(side->env);
}

static bool
same(const MDB_val *a, const MDB_val *b)
{
	return a->mv_size == b->mv_size &&
	    (a->mv_size == 0 || memcmp(a->mv_data, b->mv_data, a->mv_size) ==
	    0);
}

static void
count(struct comparing *comparing)
{
	const struct side *side = &comparing->sides[0];

	comparing->result->records++;
	comparing->bytes += side->key.mv_size + side->data.mv_size;
	if (comparing->progress == NULL ||
	    comparing->bytes - comparing->told < TELL_EVERY)
		return;
	comparing->told = comparing->bytes;
	comparing->progress->tell(comparing->progress->arg, "comparing",
	    comparing->bytes, comparing->result->after);
}

/* Both one further: 1 at the end of both; negative: a fault. */
static int
step(struct comparing *comparing)
{
	int rc[2];

	for (size_t i = 0; i < 2; i++) {
		struct side *side = &comparing->sides[i];

		rc[i] = mdb_cursor_get(side->cursor, &side->key, &side->data,
		    MDB_NEXT);
		if (rc[i] != 0 && rc[i] != MDB_NOTFOUND)
			return cr_store_fail_lmdb(comparing->fault, rc[i]);
	}
	if (rc[0] != rc[1] || (rc[0] == 0 && !same(&comparing->sides[0].key,
	    &comparing->sides[1].key)))
		return cr_store_fail(comparing->fault, CR_STORE_DIFFERS, 0);
	return rc[0] == 0 ? 0 : 1;
}

/* `name` NULL: the list of databases.  The handles of both, with flags. */
static int
open_database(struct comparing *comparing, const char *name, MDB_dbi dbi[2],
    bool *ret_is_one)
{
	unsigned flags[2] = { 0, 0 };

	*ret_is_one = true;
	for (size_t i = 0; i < 2; i++) {
		struct side *side = &comparing->sides[i];
		int rc = mdb_dbi_open(side->txn, name, 0, &dbi[i]);

		if (rc == MDB_INCOMPATIBLE && name != NULL && i == 0) {
			*ret_is_one = false;
			return CR_OK;
		}
		if (rc == 0)
			rc = mdb_dbi_flags(side->txn, dbi[i], &flags[i]);
		if (rc == 0)
			rc = mdb_cursor_open(side->txn, dbi[i],
			    &side->cursor);
		if (rc != 0)
			return cr_store_fail_lmdb(comparing->fault, rc);
	}
	return flags[0] == flags[1] ? CR_OK :
	    cr_store_fail(comparing->fault, CR_STORE_DIFFERS, 0);
}

static void
close_cursors(struct comparing *comparing)
{
	for (size_t i = 0; i < 2; i++) {
		if (comparing->sides[i].cursor != NULL)
			mdb_cursor_close(comparing->sides[i].cursor);
		comparing->sides[i].cursor = NULL;
	}
}

static int
compare_records(struct comparing *comparing, const MDB_dbi dbi[2])
{
	MDB_stat stat[2];
	int rc;

	for (size_t i = 0; i < 2; i++) {
		rc = mdb_stat(comparing->sides[i].txn, dbi[i], &stat[i]);
		if (rc != 0)
			return cr_store_fail_lmdb(comparing->fault, rc);
	}
	if (stat[0].ms_entries != stat[1].ms_entries)
		return cr_store_fail(comparing->fault, CR_STORE_DIFFERS, 0);
	while ((rc = step(comparing)) == 0) {
		if (!same(&comparing->sides[0].data,
		    &comparing->sides[1].data))
			return cr_store_fail(comparing->fault,
			    CR_STORE_DIFFERS, 0);
		count(comparing);
	}
	return rc == 1 ? CR_OK : rc;
}

static int
compare_database(struct comparing *comparing, const char *name)
{
	MDB_dbi dbi[2];
	bool is_one;
	int rc = open_database(comparing, name, dbi, &is_one);

	if (rc == CR_OK && is_one) {
		comparing->result->databases++;
		rc = compare_records(comparing, dbi);
	}
	close_cursors(comparing);
	/* a record beside the databases, of which only the name was compared */
	return rc == CR_OK && !is_one ?
	    cr_store_fail(comparing->fault, CR_STORE_PAGES, 0) : rc;
}

/* The names of all databases, each with its NUL; one more ends them. */
static int
list_databases(struct comparing *comparing, char **ret_names)
{
	size_t len = 0;
	MDB_dbi dbi[2];
	bool is_one;
	int rc = open_database(comparing, NULL, dbi, &is_one);

	while (rc == CR_OK && (rc = step(comparing)) == 0) {
		const MDB_val *key = &comparing->sides[0].key;
		char *more = realloc(*ret_names, len + key->mv_size + 2);

		if (more == NULL) {
			rc = cr_store_fail(comparing->fault, CR_STORE_IO,
			    ENOMEM);
			break;
		}
		memcpy(more + len, key->mv_data, key->mv_size);
		memset(more + len + key->mv_size, 0, 2);
		len += key->mv_size + 1;
		*ret_names = more;
	}
	close_cursors(comparing);
	return rc == 1 ? CR_OK : rc;
}

int
cr_store_compare(struct cr_store *store, const char *copy,
    const struct cr_store_progress *progress, struct cr_store_result *result,
    struct cr_store_fault *fault)
{
	struct comparing comparing = { .progress = progress,
		.result = result, .fault = fault };
	char *names = NULL;
	int rc = begin(&comparing.sides[0], store->path, 0, fault);

	if (rc == CR_OK)
		rc = begin(&comparing.sides[1], copy, MDB_NOSUBDIR, fault);
	if (rc == CR_OK)
		rc = list_databases(&comparing, &names);
	/* an empty database has none */
	for (const char *name = names; rc == CR_OK && name != NULL &&
	    *name != '\0'; name += strlen(name) + 1)
		rc = compare_database(&comparing, name);
	free(names);
	end(&comparing.sides[0]);
	end(&comparing.sides[1]);
	return rc;
}
