/*
 * The gate of a register: clients that write pass it, and an erasure shuts it
 * from its plan until the customer is hidden, so that nothing is written that
 * the plan did not know.  Passed before the target is looked at, left before
 * the answer is sent: a client that does not read stops nobody.
 */
#include "guard.h"

int
cr_gate_new(pthread_rwlock_t *gate)
{
	pthread_rwlockattr_t attr;
	int rc = pthread_rwlockattr_init(&attr);

	if (rc != 0)
		return -1;
	/* writers that come one after the other must not keep it open */
	rc = pthread_rwlockattr_setkind_np(&attr,
		PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	if (rc == 0)
		rc = pthread_rwlock_init(gate, &attr);
	(void)pthread_rwlockattr_destroy(&attr);
	return rc == 0 ? 0 : -1;
}

/* Once for an operation, whatever it writes. */
void
cr_gate_pass(struct cr_op *cop, struct cr_db *db)
{
	if (cop->passed != NULL)
		return;
	(void)pthread_rwlock_rdlock(&db->gate);
	cop->passed = db;
}

void
cr_gate_leave(struct cr_op *cop)
{
	if (cop->passed != NULL)
		(void)pthread_rwlock_unlock(&cop->passed->gate);
	cop->passed = NULL;
}

void
cr_gate_shut(struct cr_db *db)
{
	(void)pthread_rwlock_wrlock(&db->gate);
}

void
cr_gate_open(struct cr_db *db)
{
	(void)pthread_rwlock_unlock(&db->gate);
}
