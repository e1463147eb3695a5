/*
 * Which tickets are durable and which have failed, to be asked without a
 * lock.
 *
 * Indexes of leaves are handed out in order.  A failure ends an epoch: what
 * was not durable then has failed, and the next epoch hands out the same
 * indexes again.  So a ticket of an older epoch is judged by the end of that
 * epoch.  The ends of the last CR_EPOCHS_KEPT epochs are kept; a ticket older
 * than that is taken as failed.
 *
 * Thread rule: init, advance and fail by one thread at a time (a lock of the
 * caller); epochs_state by any.
 */
#ifndef CR_LOG_EPOCH_H
#define CR_LOG_EPOCH_H

#include <stdatomic.h>

#include "log/log.h"

#define CR_EPOCHS_KEPT 256u

struct cr_epochs {
	_Atomic uint32_t epoch;		/* starts at 1 */
	_Atomic uint64_t durable;	/* first index that is not durable */
	_Atomic uint64_t ends[CR_EPOCHS_KEPT];
};

void cr_epochs_init(struct cr_epochs *epochs, uint64_t durable);

/* durable never goes down */
void cr_epochs_advance(struct cr_epochs *epochs, uint64_t durable);

/* Every ticket of the current epoch that is not durable has failed. */
void cr_epochs_fail(struct cr_epochs *epochs);

enum cr_log_state cr_epochs_state(const struct cr_epochs *epochs,
	struct cr_log_ticket ticket);

static inline uint32_t
cr_epochs_current(const struct cr_epochs *epochs)
{
	return atomic_load_explicit(&epochs->epoch, memory_order_acquire);
}

static inline uint64_t
cr_epochs_durable(const struct cr_epochs *epochs)
{
	return atomic_load_explicit(&epochs->durable, memory_order_acquire);
}

#endif
