/* Tasks in slapd's runqueue, and how one is taken out of it. */
#include "guard.h"

#include <ldap_rq.h>

/*
 * With slapd paused or single threaded.  A task that is due may be waiting for
 * a thread already: it must not find itself freed when it gets one.
 */
void
cr_task_stop(struct re_s **task)
{
	ldap_pvt_thread_mutex_lock(&slapd_rq.rq_mutex);
	if (*task != NULL) {
		if (ldap_pvt_runqueue_isrunning(&slapd_rq, *task)) {
			ldap_pvt_runqueue_stoptask(&slapd_rq, *task);
			(void)ldap_pvt_thread_pool_retract(
				(*task)->pool_cookie);
		}
		ldap_pvt_runqueue_remove(&slapd_rq, *task);
		*task = NULL;
	}
	ldap_pvt_thread_mutex_unlock(&slapd_rq.rq_mutex);
}
