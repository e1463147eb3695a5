/*
 * Who may read the read log: the registrar, the data protection officer and
 * the register's rootdn all of it, a customer what names them.  For everybody
 * else it is not there.
 */
#include "readlog.h"

/*
 * A customer is told when, what for, by what kind of operation and which of
 * their data (C-579/21), and the recipient of a disclosure (C-154/21); who
 * read on the register's behalf only if the register says so.
 */
static const char *const for_customers[] = {
	"crReadTime", "crReadSubject", "crReadClass", "crReadPurpose",
	"crReadRecipient", "crReadType", "crReadEvent", "crReadDetail",
	"crReadAttribute"
};

static const char *const of_readers[] = {
	"crReadReader", "crReadOnBehalfOf"
};

static struct cr_db *
db_of(const struct cr_readlog *readlog)
{
	struct cr_db *found = NULL;

	for (struct cr_db *db = cr_dbs; db != NULL; db = db->next) {
		if (!db->open || !cr_db_records(db))
			continue;
		if (!BER_BVISEMPTY(&readlog->register_ndn)) {
			if (be_issuffix(db->be, (struct berval *)(uintptr_t)
			    &readlog->register_ndn))
				return db;
			continue;
		}
		if (found != NULL)
			return NULL;
		found = db;
	}
	return found;
}

static bool
own_uuid(struct cr_readlog_asker *asker, Operation *op)
{
	const struct cr_view *view = asker->view;

	return !BER_BVISEMPTY(&view->subject) &&
	    cr_readlog_uuid_of(asker, op, &view->subject, asker->own);
}

int
cr_readlog_judge(Operation *op, struct cr_readlog_asker *ret_asker)
{
	const struct cr_readlog *readlog = op->o_bd->be_private;
	struct cr_op *cop = cr_op_find(op);
	struct cr_readlog_asker asker = { .right = CR_READLOG_NOTHING };

	*ret_asker = asker;
	if (cop == NULL || cop->exempt ||
	    (asker.db = db_of(readlog)) == NULL ||
	    (asker.view = cr_op_view(cop, asker.db)) == NULL)
		return CR_OK;
	asker.shows_readers = readlog->show_readers;
	if (asker.view->grant.kind == CR_READER_ROOT ||
	    (asker.view->grant.roles &
	    (CR_ROLE_REGISTRAR | CR_ROLE_DPO)) != 0)
		asker.right = CR_READLOG_ALL;
	else if (own_uuid(&asker, op))
		asker.right = CR_READLOG_OWN;
	*ret_asker = asker;
	return asker.right != CR_READLOG_NOTHING && asker.db->log == NULL ?
	    CR_ELOG : CR_OK;
}

static bool
is_listed(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static bool
is_own(const struct cr_readlog_asker *asker, struct cr_slice who)
{
	unsigned char uuid[CR_UUID_BYTES];

	return who.len > 5 && memcmp(who.ptr, "uuid:", 5) == 0 &&
	    cr_uuid_parse((struct cr_slice){ who.ptr + 5, who.len - 5 },
	    uuid) == CR_OK && memcmp(uuid, asker->own, sizeof(uuid)) == 0;
}

bool
cr_readlog_shows(const struct cr_readlog_asker *asker,
	const struct cr_leaf *leaf, const char *name)
{
	if (asker->right == CR_READLOG_ALL)
		return true;
	if (asker->right != CR_READLOG_OWN)
		return false;
	/* what they did themselves */
	if (is_own(asker, leaf->reader) && (leaf->on_behalf_of.len == 0 ||
	    is_own(asker, leaf->on_behalf_of)))
		return true;
	return is_listed(for_customers, sizeof(for_customers) /
		sizeof(for_customers[0]), name) ||
	    (asker->shows_readers && is_listed(of_readers,
		sizeof(of_readers) / sizeof(of_readers[0]), name));
}
