#include "crash/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "custreg/erase.h"

enum { LOOKS = 4, WATCHES = 3, MOST = 2048 };

/* Of one question by one client. */
struct seen {
	char *whole; /* NULL: not allowed to, or not asked yet */
	char *late; /* what was neither all nor nothing */
};

struct watch {
	const char *who;
	bool raw; /* sees what is hidden, with the mark */
	struct cr_conn *conn;
	struct seen seen[2];
};

struct cr_people {
	struct cr_server *server;
	bool accesslog;
	struct watch watches[WATCHES];
	struct cr_conn *registrar, *root;
	int message; /* of the request that waits */
	bool answered, twice;
	const char *except; /* a DN, or NULL */
	bool hidden; /* somebody saw nothing of the person */
	struct cr_answer *dump; /* the whole database, before */
	const char *uuids[MOST];
	const char *erased[MOST]; /* of uuids */
	struct cr_people_counts counts;
};

struct cr_people *
cr_people_new(struct cr_server *server, bool accesslog)
{
	struct cr_people *people = cr_keep(sizeof(*people));

	people->server = server;
	people->accesslog = accesslog;
	people->watches[0].who = "registrar";
	people->watches[1].who = "aino";
	people->watches[2] =
	    (struct watch){ .who = CR_PEOPLE_REPLICA, .raw = true };
	return people;
}

void
cr_people_connect(struct cr_people *people)
{
	for (size_t i = 0; i < WATCHES; i++)
		people->watches[i].conn =
		    cr_conn_open(people->server, people->watches[i].who);
	people->registrar = cr_conn_open(people->server, "registrar");
	people->root = cr_conn_open(people->server, "root");
	people->message = 0;
	people->hidden = false;
}

/* ---- what clients see ---------------------------------------------------- */

/* From the person's own entry, or from above by what is in their entries. */
static struct cr_request
question(const struct watch *watch, unsigned person, bool from_above)
{
	const char *attrs = watch->raw ? "* +" : NULL;
	unsigned n = CR_PEOPLE_FIRST + person;

	if (!from_above)
		return (struct cr_request){ .dn = cr_person_dn(person),
			.scope = SUB,
			.attrs = attrs };
	return (struct cr_request){ .dn = CUSTOMERS,
		.scope = SUB,
		.attrs = attrs,
		.filter = cr_keep_text("(|(crCustomerNumber=%u)"
				       "(crAssignmentNumber=A%u-0)"
				       "(crAssignmentNumber=A%u-3)"
				       "(crInvoiceNumber=I%u))",
		    n, n, n, n) };
}

static bool
is_marked(const struct cr_answer *answer)
{
	return answer->entries != NULL &&
	    cr_entry_attr(answer->entries, "crErasurePending") != NULL;
}

/*
 * The first of their entries, as they were: what is not sent yet when a person
 * is hidden stays behind, also of a search that runs.
 */
static bool
is_cut_short(const char *text, const char *whole)
{
	const char *end = strstr(text, "\nresult ");

	return end != NULL &&
	    strncmp(text, whole, (size_t)(end + 1 - text)) == 0;
}

/* `hidden`: before this was asked, somebody saw nothing */
static void
judge(struct cr_people *people, struct watch *watch, bool from_above,
    bool hidden, const struct cr_answer *answer)
{
	struct seen *seen = &watch->seen[from_above];
	const char *text = answer->all.bytes;

	if (answer->entry_count == 0 &&
	    (answer->code == 32 || answer->code == 0)) {
		people->counts.none++;
		people->hidden = true;
	} else if (!hidden && strcmp(text, seen->whole) == 0) {
		people->counts.whole++;
	} else if (!hidden && is_cut_short(text, seen->whole)) {
		people->counts.cut++;
	} else if (watch->raw) {
		/* from above the root may be gone from the answer, not marked */
		ck_assert_msg(from_above || is_marked(answer),
		    "changed before it was hidden:\n%s", text);
	} else {
		if (seen->late == NULL)
			seen->late = cr_keep_text("%s", text);
		ck_assert_msg(strcmp(seen->late, text) == 0,
		    "%s sees\n%s\nafter\n%s", watch->who, text, seen->late);
		people->counts.late++;
	}
}

static struct cr_answer *
no_answer_yet(void)
{
	struct cr_answer *answer = cr_keep(sizeof(*answer));

	answer->code = -1;
	answer->matched = cr_keep_text("%s", "");
	answer->text = cr_keep_text("%s", "");
	return answer;
}

/* They come in any order; false when slapd is dead. */
static bool
take_all(struct cr_conn *conn, int first, unsigned count,
    struct cr_answer *answers[])
{
	unsigned waiting = count;
	struct cr_pdu pdu;

	for (unsigned n = 0; n < count; n++)
		answers[n] = no_answer_yet();
	while (waiting > 0) {
		if (!cr_conn_read(conn, &pdu))
			return false;
		if (pdu.id < first || pdu.id >= first + (int)count)
			return false;
		if (cr_answer_take(answers[pdu.id - first], &pdu))
			waiting--;
	}
	return true;
}

/* All at once; false when slapd is dead. */
static bool
look(struct cr_people *people, unsigned person, unsigned looks)
{
	bool alive = true, hidden = people->hidden;
	int first[WATCHES];

	for (size_t i = 0; i < WATCHES; i++) {
		struct watch *watch = &people->watches[i];

		for (unsigned n = 0; n < looks; n++) {
			const struct cr_request request =
			    question(watch, person, n % 2 == 1);
			int id = cr_conn_send(watch->conn, &request);

			if (n == 0)
				first[i] = id;
		}
	}
	for (size_t i = 0; i < WATCHES && alive; i++) {
		struct cr_answer *answers[LOOKS];

		alive =
		    take_all(people->watches[i].conn, first[i], looks, answers);
		for (unsigned n = 0; n < looks; n++) {
			if (answers[n]->code >= 0)
				judge(people, &people->watches[i], n % 2 == 1,
				    hidden, answers[n]);
		}
	}
	return alive;
}

/* ---- one erasure --------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	const struct cr_entry *const *x = a, *const *y = b;

	return strcmp((*x)->dn, (*y)->dn);
}

/* back-mdb goes through them as it likes. */
static void
sort(struct cr_answer *all)
{
	struct cr_entry **sorted =
	    calloc(all->entry_count, sizeof(struct cr_entry *));
	size_t n = 0;

	cr_must(sorted != NULL);
	for (struct cr_entry *e = all->entries; e != NULL; e = e->next)
		sorted[n++] = e;
	qsort(sorted, n, sizeof(struct cr_entry *), by_name);
	for (size_t i = 0; i < n; i++)
		sorted[i]->next = i + 1 < n ? sorted[i + 1] : NULL;
	all->entries = sorted[0];
	free(sorted);
}

static struct cr_answer *
dump(struct cr_people *people)
{
	struct cr_answer *all =
	    cr_look(people->watches[2].conn, SUFFIX, SUB, NULL, "* +");

	/* too long a text for Check, when it fails */
	ck_assert_msg(!all->closed && all->code == 0, "closed %d, code %d",
	    all->closed, all->code);
	sort(all);
	return all;
}

void
cr_people_before(struct cr_people *people, unsigned person)
{
	ck_assert_uint_lt(person, MOST);
	if (people->dump == NULL)
		people->dump = dump(people);
	people->uuids[person] =
	    cr_entry_value(cr_answer_entry(people->dump, cr_person_dn(person)),
		"entryUUID");
	for (size_t i = 0; i < WATCHES; i++) {
		for (unsigned n = 0; n < 2; n++) {
			const struct cr_request request =
			    question(&people->watches[i], person, n == 1);
			struct cr_answer *answer =
			    cr_ask(people->watches[i].conn, &request);

			expect_code(answer, 0);
			ck_assert_uint_gt(answer->entry_count, 1);
			people->watches[i].seen[n] =
			    (struct seen){ .whole = answer->all.bytes };
		}
	}
}

struct cr_request
cr_people_request(unsigned person)
{
	const char *dn = cr_person_dn(person);
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { dn, strlen(dn) },
		.flags = CR_ERASE_PARTIAL };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	unsigned char *value;
	char *kept;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
			     &request.len),
	    CR_OK);
	kept = cr_keep(request.len);
	memcpy(kept, value, request.len);
	free(value);
	request.bytes = kept;
	return request;
}

void
cr_people_erase(struct cr_people *people, unsigned person, bool twice)
{
	const struct cr_request request = cr_people_request(person);

	people->twice = twice;
	if (twice)
		(void)cr_conn_send(cr_conn_open(people->server, "registrar"),
		    &request);
	people->message = cr_conn_send(people->registrar, &request);
	people->answered = false;
	people->hidden = false;
}

void
cr_people_except(struct cr_people *people, const char *dn)
{
	people->except = dn;
}

/* The state of the order; NULL: there is none, "": slapd is dead. */
static const char *
state_of(struct cr_people *people, unsigned person)
{
	struct cr_answer *order = cr_look(people->root,
	    cr_keep_text("crErasureId=%s," CR_PEOPLE_ERASURES,
		people->uuids[person]),
	    BASE, NULL, "crState");

	if (order->closed)
		return "";
	if (order->code == 32)
		return NULL;
	expect_code(order, 0);
	ck_assert_uint_eq(order->entry_count, 1);
	return cr_entry_value(order->entries, "crState");
}

static bool
is_settled(const char *state)
{
	return strcmp(state, "compacting") == 0 ||
	    strncmp(state, "waiting:", 8) == 0;
}

static void
take_answer(struct cr_people *people)
{
	struct cr_answer *answer;

	if (people->message == 0 || !cr_conn_ready(people->registrar, 0))
		return;
	answer = cr_conn_wait(people->registrar, people->message);
	people->message = 0;
	if (answer->closed)
		return;
	/* the other request was first */
	if (!people->twice || answer->code != 32)
		expect_code(answer, 0);
	people->answered = true;
}

bool
cr_people_watch(struct cr_people *people, unsigned person)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	const char *state;

	do {
		if (!look(people, person, LOOKS))
			break;
		state = state_of(people, person);
		if (state != NULL && *state == '\0')
			break;
		take_answer(people);
		if (people->answered && state != NULL && is_settled(state))
			return true;
		ck_assert_msg(cr_suite_now() < deadline, "not settled: %s",
		    state != NULL ? state : "no order");
	} while (true);
	take_answer(people);
	return false;
}

bool
cr_people_answered(struct cr_people *people)
{
	ck_assert(
	    cr_conn_ready(people->registrar, cr_suite_seconds(20) * 1000));
	take_answer(people);
	return people->answered;
}

void
cr_people_settle(struct cr_people *people, unsigned person)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	const char *state;

	for (;;) {
		ck_assert(look(people, person, 2));
		state = state_of(people, person);
		if (state == NULL || is_settled(state))
			return;
		ck_assert_msg(cr_suite_again(deadline), "%s: not settled: %s",
		    cr_person_dn(person), state);
	}
}

/* ---- what is left -------------------------------------------------------- */

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* What changes with the entry; the clock has it, not the person. */
static bool
is_stamp(const char *name)
{
	static const char *const stamps[] = { "entryCSN", "modifyTimestamp",
		"modifiersName" };

	for (size_t i = 0; i < COUNT(stamps); i++) {
		if (strcmp(stamps[i], name) == 0)
			return true;
	}
	return false;
}

static void
add_entry(struct cr_text *text, const struct cr_entry *e, const char *but)
{
	bool changes = but != NULL;

	cr_text_add(text, "%s\n", e->dn);
	for (const struct cr_attr *a = e->attrs; a != NULL; a = a->next) {
		if (changes && is_stamp(a->name))
			continue;
		for (size_t i = 0; i < a->count; i++) {
			if (changes && strcmp(a->values[i].bytes, but) == 0)
				continue;
			cr_text_add(text, "%s: %s\n", a->name,
			    a->values[i].bytes);
		}
	}
}

/* All of the database but the person and what erasures write. */
static char *
others(const struct cr_people *people, const struct cr_answer *all,
    unsigned person)
{
	const char *dn = cr_person_dn(person);
	bool named = cr_person_kind(person) == CR_PERSON_NAMED;
	struct cr_text text = { 0 };

	for (const struct cr_entry *e = all->entries; e != NULL; e = e->next) {
		if (!ends_with(e->dn, dn) &&
		    (people->except == NULL ||
			strcmp(e->dn, people->except) != 0) &&
		    !ends_with(e->dn, CR_PEOPLE_ERASURES) &&
		    !ends_with(e->dn, CR_PEOPLE_SUPPRESSED))
			add_entry(&text, e,
			    named && strcmp(e->dn, CR_PEOPLE_GROUP) == 0 ? dn : NULL);
	}
	return text.bytes;
}

static char *
theirs(const struct cr_answer *all, unsigned person)
{
	const char *dn = cr_person_dn(person);
	struct cr_text text = { 0 };

	cr_text_add(&text, "%s", "");
	for (const struct cr_entry *e = all->entries; e != NULL; e = e->next) {
		if (ends_with(e->dn, dn) || strcmp(e->dn, CR_PEOPLE_GROUP) == 0)
			add_entry(&text, e, NULL);
	}
	return text.bytes;
}

static void
expect_nothing(const struct cr_answer *all, const char *what, unsigned person)
{
	const char *text = cr_keep_text("%s%u", what, CR_PEOPLE_FIRST + person);
	const char *at = strstr(all->all.bytes, text);

	ck_assert_msg(at == NULL, "%s is left: ...%.300s", text,
	    at == NULL                      ? ""
		: at - all->all.bytes < 100 ? all->all.bytes
					    : at - 100);
}

static void
expect_erased(struct cr_people *people, const struct cr_answer *all,
    unsigned person)
{
	bool held = cr_person_kind(person) == CR_PERSON_HELD;
	const char *own = theirs(all, person);

	expect_nothing(all, "gone", person);
	expect_nothing(all, "+358 50 77", person);
	if (held) {
		ck_assert_ptr_nonnull(strstr(own, "crAmount: 125.50 EUR\n"));
		ck_assert_ptr_null(strstr(own, "crAssignmentNumber="));
	} else {
		expect_nothing(all, "kept", person);
		expect_nothing(all, "uid=c", person);
	}
	expect_code(cr_look(people->root,
			cr_keep_text("crSuppressionId=%s," CR_PEOPLE_SUPPRESSED,
			    people->uuids[person]),
			BASE, NULL, "1.1"),
	    0);
	if (people->accesslog) {
		struct cr_answer *log = cr_look(people->root,
		    CR_PEOPLE_ACCESSLOG, SUB, NULL, "* +");

		expect_code(log, 0);
		ck_assert_uint_gt(log->entry_count, 1);
		expect_nothing(log, "gone", person);
		expect_nothing(log, "+358 50 77", person);
		if (!held)
			expect_nothing(log, "kept", person);
	}
}

/* What somebody saw in between is what they see now. */
static void
expect_late(struct cr_people *people, unsigned person)
{
	for (size_t i = 0; i < WATCHES; i++) {
		struct watch *watch = &people->watches[i];

		for (unsigned n = 0; n < 2; n++) {
			const struct cr_request request =
			    question(&people->watches[i], person, n == 1);

			if (watch->seen[n].late != NULL)
				ck_assert_str_eq(watch->seen[n].late,
				    cr_ask(watch->conn, &request)->all.bytes);
		}
	}
}

/* Whole databases; where they part is what matters. */
static void
expect_same(const char *now, const char *before)
{
	size_t at = 0, from;

	while (now[at] == before[at] && now[at] != '\0')
		at++;
	from = at > 200 ? at - 200 : 0;
	ck_assert_msg(now[at] == before[at],
	    "now\n...%.400s\nbefore\n...%.400s", now + from, before + from);
}

bool
cr_people_check(struct cr_people *people, unsigned person)
{
	struct cr_answer *all = dump(people);
	bool erased = state_of(people, person) != NULL;

	expect_same(others(people, all, person),
	    others(people, people->dump, person));
	expect_late(people, person);
	if (erased) {
		expect_erased(people, all, person);
		ck_assert_uint_lt(people->counts.erased, COUNT(people->erased));
		people->erased[people->counts.erased++] = people->uuids[person];
	} else {
		ck_assert_msg(!people->answered, "erased, it was said");
		expect_same(theirs(all, person), theirs(people->dump, person));
		people->counts.untouched++;
	}
	people->dump = all;
	return erased;
}

void
cr_people_check_log(struct cr_people *people)
{
	struct cr_text log = cr_server_readlog(people->server);

	for (unsigned i = 0; i < people->counts.erased; i++) {
		const char *uuid =
		    cr_keep_text(" uuid=%s event=erase detail=ordered",
			people->erased[i]);

		ck_assert_msg(strstr(log.bytes, uuid) != NULL,
		    "not on record: %s", uuid);
	}
}

struct cr_people_counts
cr_people_counts(const struct cr_people *people)
{
	return people->counts;
}
