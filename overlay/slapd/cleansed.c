/*
 * A register answers nobody until it is known that whoever was erased is not
 * in it: the database may have been restored from a backup while slapd was
 * down.  Clients wait for a moment, then they are told to come again.
 */
#include "guard.h"

#include <time.h>

enum { PATIENCE_S = 10 };

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

static bool
all_are(void)
{
	for (struct cr_db *db = cr_dbs; db != NULL; db = db->next) {
		if (db->open && db->running && !atomic_load(&db->cleansed))
			return false;
	}
	return true;
}

/* cn=config and cn=monitor must answer, or nobody could mend anything. */
static bool
asks_a_register(const Operation *op)
{
	struct berval ndn = op->o_req_ndn;
	BackendDB *be;

	if (op->o_tag == LDAP_REQ_EXTENDED)
		return strcmp(op->ore_reqoid.bv_val, CR_OID_ERASE) == 0 ||
		    bvmatch(&op->ore_reqoid, &slap_EXOP_MODIFY_PASSWD);
	if (BER_BVISEMPTY(&ndn))
		return op->o_tag == LDAP_REQ_SEARCH &&
		    op->ors_scope != LDAP_SCOPE_BASE;
	be = select_backend(&ndn, 0);
	return be == NULL || (strcmp(be->bd_info->bi_type, "config") != 0 &&
		strcmp(be->bd_info->bi_type, "monitor") != 0);
}

int
cr_await_cleansed(const Operation *op)
{
	struct timespec until;
	int rc = 0;

	if (all_are() || !asks_a_register(op))
		return CR_OK;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_mutex_lock(&mutex);
	while (!all_are() && rc == 0 && !slapd_shutdown)
		rc = pthread_cond_timedwait(&changed, &mutex, &until);
	(void)pthread_mutex_unlock(&mutex);
	return all_are() ? CR_OK : CR_ECLEANSING;
}
