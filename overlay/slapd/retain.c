/*
 * Retention of the read log: once a day, and when slapd starts, a task of
 * slapd's own removes records that are old enough.
 */
#include "guard.h"

#include <ac/errno.h>

#include "ldap_rq.h"
#include "log/fault.h"

#define DAY_S 86400

static void *
prune(void *ctx, void *arg)
{
	struct re_s *task = arg;
	struct cr_db *db = task->arg;
	int64_t before = (int64_t)slap_get_time() -
	    (int64_t)db->retention_days * DAY_S;
	struct cr_log_fault fault = { 0 };
	struct cr_log *log;
	uint64_t files = 0;

	(void)ctx;
	if (db->retention_days > 0 && (log = cr_log_borrow(db)) != NULL) {
		if (cr_log_prune(log, before * 1000, &files, &fault) !=
		    CR_OK)
			Debug(LDAP_DEBUG_ANY, "custreg: the read log was not "
				"pruned: %s%s%s\n", cr_fault_text(fault.kind),
				fault.error != 0 ? ": " : "",
				fault.error != 0 ? strerror(fault.error) : "");
		else if (files > 0)
			Debug(LDAP_DEBUG_ANY, "custreg: the read log was "
				"pruned: %llu files\n",
				(unsigned long long)files);
		cr_log_return(db);
	}
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	ldap_pvt_runqueue_stoptask(&slapd_rq, task);
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
	return NULL;
}

void
cr_retain(struct cr_db *db, unsigned long days)
{
	bool wanted = days > 0 && db->log != NULL;

	db->retention_days = days;
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (wanted && db->retention_task == NULL) {
		db->retention_task = ldap_pvt_runqueue_insert(&slapd_rq, DAY_S,
			prune, db, "custreg_prune",
			db->be->be_suffix[0].bv_val);
		slap_wake_listener();
	}
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
	if (!wanted)
		cr_task_stop(&db->retention_task);
}
