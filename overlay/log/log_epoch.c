#include "log_epoch.h"

void
cr_epochs_init(struct cr_epochs *epochs, uint64_t durable)
{
	for (unsigned i = 0; i < CR_EPOCHS_KEPT; i++)
		atomic_init(&epochs->ends[i], 0);
	atomic_init(&epochs->durable, durable);
	atomic_init(&epochs->epoch, 1);
}

void
cr_epochs_advance(struct cr_epochs *epochs, uint64_t durable)
{
	atomic_store_explicit(&epochs->durable, durable, memory_order_release);
}

void
cr_epochs_fail(struct cr_epochs *epochs)
{
	uint32_t epoch = atomic_load_explicit(&epochs->epoch,
	    memory_order_relaxed);
	uint64_t durable = atomic_load_explicit(&epochs->durable,
	    memory_order_relaxed);

	atomic_store_explicit(&epochs->ends[epoch % CR_EPOCHS_KEPT], durable,
	    memory_order_release);
	atomic_store_explicit(&epochs->epoch, epoch + 1,
	    memory_order_release);
}

/*
 * Both halves read the epoch once more after the value that depends on it.
 * The writer publishes an epoch before it stores anything that belongs to it,
 * so whoever sees such a value sees the epoch too.
 */
enum cr_log_state
cr_epochs_state(const struct cr_epochs *epochs, struct cr_log_ticket ticket)
{
	uint32_t epoch = cr_epochs_current(epochs);

	while (ticket.epoch == epoch) {
		uint64_t durable = cr_epochs_durable(epochs);

		epoch = cr_epochs_current(epochs);
		if (ticket.epoch == epoch)
			return ticket.index < durable ? CR_LOG_DURABLE :
			    CR_LOG_PENDING;
	}
	if (epoch - ticket.epoch < CR_EPOCHS_KEPT) {
		uint64_t end = atomic_load_explicit(
		    &epochs->ends[ticket.epoch % CR_EPOCHS_KEPT],
		    memory_order_acquire);

		epoch = cr_epochs_current(epochs);
		if (epoch - ticket.epoch < CR_EPOCHS_KEPT &&
		    ticket.epoch != 0 && ticket.index < end)
			return CR_LOG_DURABLE;
	}
	return CR_LOG_FAILED;
}
