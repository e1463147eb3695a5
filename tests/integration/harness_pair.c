/*
 * Hidden equals absent: the register that has the hidden customers against
 * one they were never added to.
 */
#include "harness.h"

#include <string.h>

struct cr_pair
cr_pair_start_two(const struct cr_setup *a, const struct cr_setup *b)
{
	struct cr_pair pair = { cr_server_start(a), cr_server_start(b) };

	return pair;
}

static const char *const from_mikko[] = { "c10002", "c10005", "c10006", NULL };
static const char *const from_aino[] = { "c10006", NULL };
static const char *const from_labels[] = { "c10003", "c10005", "c10006", NULL };
static const char *const from_nobody[] = { "c10001", "c10002", "c10003",
	"c10004", "c10005", "c10006", "c10007", "c10008", "c10009", "c10010",
	NULL };
static const char *const from_customer[] = { "c10001", "c10003", "c10004",
	"c10005", "c10006", "c10007", "c10008", "c10009", "c10010", NULL };

/* After all the others: what counts candidates meets it last. */
const char cr_hidden_last[] = "dn: uid=c10999," CUSTOMERS "\n"
			      "objectClass: inetOrgPerson\n"
			      "objectClass: crCustomer\n"
			      "uid: c10999\n"
			      "cn: Viimeinen\n"
			      "sn: Viimeinen\n"
			      "mail: viimeinen@posti.example\n"
			      "mobile: +358 49 0010999\n"
			      "crProcessingRestricted: TRUE\n"
			      "\n";

const struct cr_reader cr_readers[CR_READERS] = {
	[MIKKO] = { "mikko", from_mikko },
	[MAILER] = { "mailer", from_mikko },
	[AINO] = { "aino", from_aino },
	[LABELS] = { "labels", from_labels },
	[LEENA] = { "leena", from_nobody },
	[CRM] = { "crm", from_nobody },
	[ANONYMOUS] = { NULL, from_nobody },
	[CUSTOMER] = { "c10002", from_customer },
};

struct cr_pair
cr_pair_start(const struct cr_setup *setup, const struct cr_reader *reader)
{
	struct cr_setup *b = cr_keep(sizeof(*b));

	*b = *setup;
	b->omit = reader->hidden;
	b->more_ldif = NULL;
	return cr_pair_start_two(setup, b);
}

void
cr_pairs_start(const struct cr_setup *setup, struct cr_pair *pairs,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && cr_readers[i].hidden == cr_readers[i - 1].hidden)
			pairs[i] = pairs[i - 1];
		else
			pairs[i] = cr_pair_start(setup, &cr_readers[i]);
	}
}

void
cr_pairs_stop(struct cr_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || pairs[i].a != pairs[i - 1].a)
			cr_pair_stop(&pairs[i]);
	}
}

void
cr_pairs_same(const struct cr_pair *pairs, size_t count,
    const struct cr_request *request)
{
	for (size_t i = 0; i < count; i++)
		(void)cr_pair_same(&pairs[i], cr_readers[i].who, request);
}

void
cr_pair_stop(struct cr_pair *pair)
{
	cr_server_stop(pair->a);
	cr_server_stop(pair->b);
}

/* Controls with a cookie are compared by what else they say. */
static bool
has_cookie(const struct cr_answer *answer)
{
	return strstr(answer->all.bytes, " cookie of ") != NULL ||
	    strstr(answer->all.bytes, "vlv at ") != NULL;
}

/* Where the two begin to differ, with some lines around. */
static void
fail_with(const char *what, const char *a, const char *b)
{
	enum { BEFORE = 400, AFTER = 1200 };
	size_t at = 0, from;

	while (a[at] != '\0' && a[at] == b[at])
		at++;
	from = at > BEFORE ? at - BEFORE : 0;
	ck_abort_msg("%s\n---- hidden:\n%.*s\n---- never there:\n%.*s", what,
	    BEFORE + AFTER, a + from, BEFORE + AFTER, b + from);
}

void
cr_pair_compare(const char *what, const struct cr_answer *a,
    const struct cr_answer *b)
{
	bool same = strcmp(a->all.bytes, b->all.bytes) == 0;

	if (same && !has_cookie(a))
		same = a->bytes.len == b->bytes.len &&
		    (a->bytes.len == 0 ||
			memcmp(a->bytes.bytes, b->bytes.bytes, a->bytes.len) ==
			    0);
	if (!same)
		fail_with(what, a->all.bytes, b->all.bytes);
	/* counted as a check */
	ck_assert(same);
}

struct cr_answer *
cr_pair_same(const struct cr_pair *pair, const char *who,
    const struct cr_request *request)
{
	struct cr_answer *a = cr_ask_as(pair->a, who, request);
	struct cr_answer *b = cr_ask_as(pair->b, who, request);

	cr_pair_compare(cr_keep_text("%s: %s", who != NULL ? who : "anonymous",
			    request->name != NULL ? request->name : ""),
	    a, b);
	return a;
}
