/*
 * Orders that the read log has and the database has not: those of after the
 * backup that it was loaded from.
 */
#include "erase_settled.h"

#include <ldap_avl.h>

struct missing {
	struct missing *next;
	unsigned char subject[CR_UUID_BYTES];
	bool lifted;			/* somebody is them, lawfully, anew */
	char *line;			/* the order; NULL: none */
};

struct finding {
	struct cr_erasing *erasing;
	struct cr_settled *settled;
	cr_lost_fn *fn;
	void *arg;
	Avlnode *names;			/* of struct missing */
	struct missing *first;
	struct cr_wanted *wanted;
};

static int
by_subject(const void *a, const void *b)
{
	const struct missing *left = a, *right = b;

	return memcmp(left->subject, right->subject, sizeof(left->subject));
}

static struct missing *
missing_of(struct finding *finding, const unsigned char subject[CR_UUID_BYTES])
{
	struct missing key, *missing;

	memcpy(key.subject, subject, sizeof(key.subject));
	missing = ldap_avl_find(finding->names, &key, by_subject);
	if (missing != NULL)
		return missing;
	missing = ch_calloc(1, sizeof(*missing));
	memcpy(missing->subject, subject, sizeof(missing->subject));
	missing->next = finding->first;
	finding->first = missing;
	(void)ldap_avl_insert(&finding->names, missing, by_subject,
		ldap_avl_dup_error);
	return missing;
}

static int
take_copy(void *arg, const unsigned char subject[CR_UUID_BYTES],
	const struct cr_erasure *order)
{
	struct finding *finding = arg;
	struct cr_known *known = cr_known_of(finding->settled, subject);
	struct missing *missing;

	if (order != NULL)
		known->copied = true;
	if (known->stored)
		return CR_OK;
	missing = missing_of(finding, subject);
	missing->lifted = order == NULL;
	if (order == NULL)
		return CR_OK;
	ch_free(missing->line);
	missing->line = ch_malloc(CR_ERASURE_TEXT_SIZE);
	return cr_erasure_format(order, missing->line);
}

/* Who has the number they had is found by that: nobody else is looked for. */
static int
take_missing(struct finding *finding, struct missing *missing, size_t number)
{
	struct cr_erasing *erasing = finding->erasing;
	int rc = cr_erasure_parse(cr_slice_of(missing->line), &erasing->order);

	if (rc != CR_OK)
		return rc;
	if (!missing->lifted && !cr_erase_find(erasing) &&
	    !cr_suppress_was_lifted(erasing))
		cr_wanted_add(finding->wanted, &erasing->order, number);
	return finding->fn(finding->arg, &erasing->order, false);
}

static const struct missing *
nth(const struct missing *first, size_t number)
{
	while (number-- > 0)
		first = first->next;
	return first;
}

/* They came back under another number: an order of its own for that. */
static int
take_fitting(void *arg, size_t number,
	const unsigned char subject[CR_UUID_BYTES])
{
	struct finding *finding = arg;
	const struct missing *missing = nth(finding->first, number);
	struct cr_erasure *order = ch_calloc(1, sizeof(*order));
	int rc = cr_erasure_parse(cr_slice_of(missing->line), order);

	if (rc == CR_OK) {
		memcpy(order->subject, subject, CR_UUID_BYTES);
		rc = cr_erasure_set_leader(order,
			cr_slice_of(cr_erase_leader()));
	}
	if (rc == CR_OK)
		rc = finding->fn(finding->arg, order, true);
	ch_free(order);
	return rc;
}

static void
clear(struct finding *finding)
{
	struct missing *next;

	cr_wanted_free(&finding->wanted);
	(void)ldap_avl_free(finding->names, NULL);
	for (struct missing *missing = finding->first; missing != NULL;
	    missing = next) {
		next = missing->next;
		ch_free(missing->line);
		ch_free(missing);
	}
}

int
cr_missing_find(struct cr_erasing *erasing, struct cr_settled *settled,
	cr_lost_fn *fn, void *arg)
{
	struct finding finding = { .erasing = erasing, .settled = settled,
		.fn = fn, .arg = arg, .wanted = cr_wanted_new() };
	size_t number = 0;
	int rc = cr_erase_copies(erasing->db, take_copy, &finding);

	for (struct missing *missing = finding.first; missing != NULL &&
	    rc == CR_OK; missing = missing->next, number++) {
		if (missing->line != NULL)
			rc = take_missing(&finding, missing, number);
	}
	if (rc == CR_OK)
		rc = cr_wanted_find(erasing, finding.wanted, take_fitting,
			&finding);
	clear(&finding);
	return rc;
}
