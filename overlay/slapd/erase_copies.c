/*
 * Copies of orders in the read log, which lies outside the database: a backup
 * that is older than an order has the customer and not the order.  A copy is
 * an event "erasure" that names the subject and has the order's line
 * (core/erasure.h); they are found by their reader, the place of the orders.
 * It is written when the customer is hidden: before that an order may be
 * withdrawn.  Whoever is registered anew is not to be taken for who they were,
 * so that is an event as well.
 */
#include "barrier.h"
#include "erase.h"

#include "log/leaf.h"
#include "log/query.h"

#include <time.h>

enum { PAUSE_MS = 50, PATIENCE_MS = 5000 };

#define EVENT "erasure"
#define LIFTED "lifted"

/* ---- writing ------------------------------------------------------------- */

static int
append(struct cr_erasing *erasing, const char *detail)
{
	struct cr_leaf leaf = {
		.type = CR_LEAF_OCCURRENCE,
		.flags = CR_LEAF_EVENT,
		.time_ms = cr_record_now(),
		.reader = cr_slice_bv(&cr_db_parts(erasing->db)->erasures),
		.event = CR_SLICE_LITERAL(EVENT),
		.detail = cr_slice_of(detail),
		.has_subject = true
	};

	if (!cr_db_records(erasing->db))
		return CR_OK;
	memcpy(leaf.subject, erasing->order.subject, sizeof(leaf.subject));
	return cr_record_leaf(erasing->db, &leaf);
}

int
cr_erase_copy_write(struct cr_erasing *erasing)
{
	char *line = ch_malloc(CR_ERASURE_TEXT_SIZE);
	int rc = cr_erasure_format(&erasing->order, line);

	if (rc == CR_OK)
		rc = append(erasing, line);
	ch_free(line);
	return rc;
}

int
cr_erase_copy_lift(struct cr_erasing *erasing)
{
	return append(erasing, LIFTED);
}

/* ---- reading ------------------------------------------------------------- */

struct reading {
	cr_copy_fn *fn;
	void *arg;
};

/* What is no line of ours, by whatever hand, says nothing. */
static int
take(void *arg, const struct cr_hit *hit)
{
	const struct reading *reading = arg;
	const struct cr_leaf *leaf = hit->leaf;
	struct cr_erasure *order;
	int rc = CR_OK;

	if ((leaf->flags & CR_LEAF_EVENT) == 0 || !leaf->has_subject ||
	    !cr_slice_equal(leaf->event, CR_SLICE_LITERAL(EVENT)))
		return CR_OK;
	if (cr_slice_equal(leaf->detail, CR_SLICE_LITERAL(LIFTED)))
		return reading->fn(reading->arg, leaf->subject, NULL);
	order = ch_malloc(sizeof(*order));
	if (cr_erasure_parse(leaf->detail, order) == CR_OK)
		rc = reading->fn(reading->arg, order->subject, order);
	ch_free(order);
	return rc;
}

/* Leaves that are durable and not integrated yet are not found. */
static int
ask(struct cr_db *db, const struct cr_query *question,
	struct reading *reading)
{
	struct cr_log *log = cr_log_borrow(db);
	const struct cr_index *index;
	struct cr_log_fault fault = { 0 };
	uint64_t next;
	int rc;

	if (log == NULL)
		return CR_ELOG;
	rc = cr_log_integrate(log, 0);
	if (rc == CR_OK)
		rc = cr_log_query_begin(log, &index);
	if (rc == CR_OK) {
		rc = cr_query_run(index, question, take, reading, &next,
			&fault);
		cr_log_query_end(log);
	}
	cr_log_return(db);
	return rc;
}

/* An index that is being made anew, after a crash perhaps, is worth a wait. */
static int
query(struct cr_db *db, const struct cr_query *question,
	struct reading *reading)
{
	const struct timespec pause = { 0, PAUSE_MS * 1000000L };
	int rc = ask(db, question, reading);

	for (int ms = 0; rc == CR_ESTALE && ms < PATIENCE_MS &&
	    !slapd_shutdown; ms += PAUSE_MS) {
		(void)nanosleep(&pause, NULL);
		rc = ask(db, question, reading);
	}
	return rc;
}

int
cr_erase_copies(struct cr_db *db, cr_copy_fn *fn, void *arg)
{
	struct reading reading = { fn, arg };
	struct cr_query question;

	if (!cr_db_records(db))
		return CR_OK;
	cr_query_init(&question);
	question.reader = cr_slice_bv(&cr_db_parts(db)->erasures);
	question.type = CR_LEAF_OCCURRENCE;
	return query(db, &question, &reading);
}
