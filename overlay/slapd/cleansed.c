/*
 * A register answers nobody until it is known that whoever was erased is not
 * in it: the database may have been restored from a backup while slapd was
 * down.  Clients wait for a moment, then they are told to come again.
 */
#include "guard.h"

#include <time.h>

/* Each that waits has a thread, and the task that opens needs one too. */
enum { PATIENCE_S = 10, WAITING_MAX = 2 };

static int waiting;			/* under mutex */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void
cr_db_cleansed(struct cr_db *db)
{
	if (atomic_load(&db->cleansed))
		return;
	(void)pthread_mutex_lock(&mutex);
	atomic_store(&db->cleansed, true);
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&mutex);
}

/* One register, or all of them. */
static bool
is_cleansed(const struct cr_db *only)
{
	for (struct cr_db *db = cr_dbs; db != NULL; db = db->next) {
		if ((only == NULL || only == db) && db->open && db->running &&
		    !atomic_load(&db->cleansed))
			return false;
	}
	return true;
}

/*
 * Which register is asked; NULL: any, for other databases may show what one
 * has (an accesslog, a relay, a read log).  cn=config and cn=monitor must
 * answer, or nobody could mend anything.
 */
static bool
asks_a_register(const Operation *op, const struct cr_db **ret_db)
{
	struct berval ndn = op->o_req_ndn;
	BackendDB *be;

	*ret_db = NULL;
	if (op->o_tag == LDAP_REQ_EXTENDED)
		return strcmp(op->ore_reqoid.bv_val, CR_OID_ERASE) == 0 ||
		    bvmatch(&op->ore_reqoid, &slap_EXOP_MODIFY_PASSWD);
	if (BER_BVISEMPTY(&ndn))
		return op->o_tag == LDAP_REQ_SEARCH &&
		    op->ors_scope != LDAP_SCOPE_BASE;
	be = select_backend(&ndn, 0);
	if (be == NULL)
		return true;
	for (struct cr_db *db = cr_dbs; db != NULL; db = db->next) {
		if (db->be->bd_self == be->bd_self)
			*ret_db = db;
	}
	return strcmp(be->bd_info->bi_type, "config") != 0 &&
	    strcmp(be->bd_info->bi_type, "monitor") != 0;
}

static int
await(const struct cr_db *db)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_mutex_lock(&mutex);
	if (waiting < WAITING_MAX) {
		waiting++;
		while (!is_cleansed(db) && rc == 0 && !slapd_shutdown)
			rc = pthread_cond_timedwait(&changed, &mutex, &until);
		waiting--;
	}
	(void)pthread_mutex_unlock(&mutex);
	return is_cleansed(db) ? CR_OK : CR_ECLEANSING;
}

int
cr_await_cleansed(const Operation *op)
{
	const struct cr_db *db;

	if (is_cleansed(NULL) || !asks_a_register(op, &db) || is_cleansed(db))
		return CR_OK;
	return await(db);
}
