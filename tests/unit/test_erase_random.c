/*
 * Registers made at random, erased in part, again, and as time goes by.
 */
#include "unit/facts.h"
#include "unit/suite.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/erase_plan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SUBJECT "uid=c1"
#define ENTRIES_MAX 32
#define ROUNDS 1500

struct entry {
	char ndn[256];
	const char *class;
	char lines[512];
	int parent;		/* index; -1: the customer */
};

struct model {
	struct entry entries[ENTRIES_MAX];
	int count;
};

static const char *const classes[] = { "crInvoice", "crInvoice",
	"crCollection", "crAssignment", "crAssignment", "crDisclosure",
	"crRequest", "device" };
static const char *const states[] = { "crState: open\n", "crState: paid\n",
	"crState: paid\n", "crState: credited\n", "crState: closed\n",
	"crState: closed\n", "crState: odd\n", "" };
static const char *const holds[] = { "", "", "", "", "", "",
	"crHold: claim open x\n", "crHold: statute 20300101000000Z y\n",
	"crHold: other 20200101000000Z z\n", "crHold: odd\n" };

static unsigned
pick(unsigned *seed, unsigned count)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 12) % count;
}

static void
put_date(unsigned *seed, char *out, size_t size, const char *attribute)
{
	switch (pick(seed, 12)) {
	case 0: snprintf(out, size, "%s: soon\n", attribute); break;
	case 1: *out = '\0'; break;
	default:
		snprintf(out, size, "%s: %04u%02u%02u120000Z\n", attribute,
		    2012 + pick(seed, 16), 1 + pick(seed, 12),
		    1 + pick(seed, 28));
		break;
	}
}

/* States and holds are rare enough that some customers are not held. */
static void
make_entry(struct model *model, unsigned *seed, bool calm)
{
	int number = model->count++;
	struct entry *entry = &model->entries[number];
	char parent[sizeof(entry->ndn)];
	char date[64];

	entry->parent = number == 0 ? -1 : (int)pick(seed, (unsigned)number);
	if (entry->parent > 0 && pick(seed, 3) != 0)
		entry->parent = 0;
	if (number == 0) {
		snprintf(entry->ndn, sizeof(entry->ndn), SUBJECT);
		entry->class = "crCustomer";
		put_date(seed, date, sizeof(date), "crRelationshipEnded");
		snprintf(entry->lines, sizeof(entry->lines),
		    "*objectClass: x\n*cn: A\n*sn: B\nmail: m\nmobile: 1\n"
		    "l: T\n%s%s", date,
		    holds[calm ? 0 : pick(seed, COUNT(holds))]);
		return;
	}
	memcpy(parent, model->entries[entry->parent].ndn, sizeof(parent));
	snprintf(entry->ndn, sizeof(entry->ndn), "n=%d,%.*s", number,
	    (int)sizeof(parent) - 16, parent);
	entry->class = classes[pick(seed, COUNT(classes))];
	put_date(seed, date, sizeof(date),
	    strcmp(entry->class, "crRequest") == 0 ? "crReceived" : "crDate");
	snprintf(entry->lines, sizeof(entry->lines),
	    "*objectClass: x\n*n: %d\n%s%sdescription: d\ncrSource: s\n%s",
	    number, calm ? "crState: closed\n" :
	    states[pick(seed, COUNT(states))], date,
	    holds[calm ? 0 : pick(seed, COUNT(holds))]);
	if (calm && strcmp(entry->class, "crInvoice") == 0)
		entry->class = "device";
}

static void
make_model(struct model *model, unsigned *seed)
{
	unsigned count = 1 + pick(seed, ENTRIES_MAX - 1);
	bool calm = pick(seed, 4) == 0;

	model->count = 0;
	while (model->count < (int)count)
		make_entry(model, seed, calm);
}

static struct cr_erase_response
answer_of(const struct cr_plan *plan)
{
	struct cr_erase_response answer;

	cr_plan_answer(plan, false, &answer);
	return answer;
}

static struct cr_retention
rules(void)
{
	return cr_retention_shipped(CR_YEAR_END_DEFAULT);
}

/* The number of the entry is its UUID, whatever order they are added in. */
static struct cr_plan *
plan_of(const struct model *model, enum cr_plan_basis basis, int64_t now,
    bool partial, bool backwards)
{
	const struct cr_retention retention = rules();
	struct cr_plan *plan = NULL;

	ck_assert_int_eq(cr_plan_new(&retention, CR_SLICE_LITERAL(SUBJECT),
	    basis, now, &plan), CR_OK);
	for (int i = 0; i < model->count; i++) {
		int number = backwards ? model->count - 1 - i : i;
		const struct entry *entry = &model->entries[number];
		unsigned char uuid[CR_UUID_BYTES] = { (unsigned char)number };
		struct facts facts;

		if (entry->class == NULL)
			continue;
		facts_init(&facts, entry->class, entry->lines);
		ck_assert_int_eq(cr_plan_add(plan, cr_slice_of(entry->ndn),
		    uuid, &facts.entry), CR_OK);
	}
	ck_assert_int_eq(cr_plan_finish(plan, partial), CR_OK);
	return plan;
}

static bool
is_held(const struct entry *entry, int64_t now)
{
	const struct cr_retention retention = rules();
	struct cr_held held;
	struct facts facts;

	facts_init(&facts, entry->class, entry->lines);
	return cr_holds_longest(&retention, &facts.entry, now, CR_WEIGHT_HOLD,
	    &held);
}

static void
actions_of(const struct cr_plan *plan, enum cr_plan_action *ret_actions)
{
	size_t count;
	const struct cr_plan_step *steps = cr_plan_steps(plan, &count);

	for (size_t i = 0; i < ENTRIES_MAX; i++)
		ret_actions[i] = CR_PLAN_ERASE;
	for (size_t i = 0; i < count; i++)
		ret_actions[steps[i].uuid[0]] = steps[i].action;
}

/* Carries the plan out on the model; what is erased has no class. */
static void
carry_out(struct model *model, const struct cr_plan *plan)
{
	enum cr_plan_action actions[ENTRIES_MAX];

	actions_of(plan, actions);
	for (int i = 0; i < model->count; i++) {
		struct entry *entry = &model->entries[i];
		char lines[512] = "";
		struct facts facts;

		if (entry->class == NULL)
			continue;
		facts_init(&facts, entry->class, entry->lines);
		for (size_t f = 0; f < facts.entry.count; f++) {
			const struct cr_fact *fact = &facts.facts[f];
			size_t len = strlen(lines);

			if (!cr_plan_stays(actions[i], facts.entry.class,
			    fact))
				continue;
			snprintf(lines + len, sizeof(lines) - len,
			    "%s%.*s: %.*s\n", fact->required ? "*" : "",
			    (int)fact->name.len, fact->name.ptr,
			    (int)fact->values[0].len, fact->values[0].ptr);
		}
		memcpy(entry->lines, lines, sizeof(lines));
		if (actions[i] == CR_PLAN_ERASE)
			entry->class = NULL;
	}
}

static void
check_partial(const struct model *model, int64_t now,
    const struct cr_plan *plan)
{
	enum cr_plan_action actions[ENTRIES_MAX];
	bool any = false;

	actions_of(plan, actions);
	for (int i = 0; i < model->count; i++) {
		const struct entry *entry = &model->entries[i];
		bool held = is_held(entry, now);

		any = any || held;
		ck_assert(!held || actions[i] == CR_PLAN_WIPE);
		ck_assert(entry->parent < 0 || actions[i] == CR_PLAN_ERASE ||
		    actions[entry->parent] != CR_PLAN_ERASE);
		ck_assert_int_ne(actions[i], CR_PLAN_LEAVE);
	}
	ck_assert_int_eq(answer_of(plan).state, any ? CR_ERASE_PARTLY :
	    CR_ERASE_ERASED);
	for (int i = 0; !any && i < model->count; i++)
		ck_assert_int_eq(actions[i], CR_PLAN_ERASE);
}

static void
check_lists(const struct model *model, const struct cr_plan *plan)
{
	const struct cr_erase_response answer = answer_of(plan);
	size_t count;
	const struct cr_plan_step *steps = cr_plan_steps(plan, &count);
	bool seen[ENTRIES_MAX] = { false };

	ck_assert_uint_eq(count, (size_t)model->count);
	for (size_t i = 0; i < count; i++) {
		int parent = model->entries[steps[i].uuid[0]].parent;

		ck_assert(!seen[steps[i].uuid[0]]);
		ck_assert(parent < 0 || !seen[parent]);
		seen[steps[i].uuid[0]] = true;
	}
	switch (answer.state) {
	case CR_ERASE_ERASED:
		ck_assert_uint_eq(answer.erased_count, count);
		ck_assert_uint_eq(answer.withheld_count, 0);
		ck_assert_int_eq(cr_plan_when(plan), CR_TIME_NO_END);
		break;
	case CR_ERASE_REFUSED:
		ck_assert_uint_eq(answer.erased_count, 0);
		ck_assert_uint_gt(answer.withheld_count, 0);
		break;
	default: ck_assert_uint_gt(answer.withheld_count, 0); break;
	}
}

/* The same steps and the same lists, but for what goes. */
static void
check_same(const struct cr_plan *a, const struct cr_plan *b, bool ordered)
{
	enum cr_plan_action first[ENTRIES_MAX];
	enum cr_plan_action second[ENTRIES_MAX];
	const struct cr_erase_response mine = answer_of(a);
	const struct cr_erase_response yours = answer_of(b);

	actions_of(a, first);
	actions_of(b, second);
	ck_assert_mem_eq(first, second, sizeof(first));
	ck_assert_int_eq(answer_of(a).state, answer_of(b).state);
	ck_assert_int_eq(cr_plan_when(a), cr_plan_when(b));
	ck_assert_uint_eq(mine.withheld_count, yours.withheld_count);
	for (size_t i = 0; ordered && i < mine.withheld_count; i++) {
		const struct cr_erase_withheld *my = &mine.withheld[i];
		const struct cr_erase_withheld *your = &yours.withheld[i];

		ck_assert_mem_eq(my->uuid, your->uuid, CR_UUID_BYTES);
		ck_assert(cr_slice_equal(my->what, your->what));
		ck_assert_int_eq(my->reason, your->reason);
		ck_assert_int_eq(my->has_until, your->has_until);
		ck_assert_int_eq(my->until, your->until);
		ck_assert(cr_slice_equal(my->law, your->law));
	}
}

START_TEST(a_plan_keeps_what_is_held_and_no_more)
{
	const int64_t now = facts_time("20260101120000Z");
	unsigned seed = 11;

	for (int round = 0; round < ROUNDS; round++) {
		struct model model;
		struct cr_plan *part;
		struct cr_plan *whole;
		struct cr_plan *turned;

		make_model(&model, &seed);
		part = plan_of(&model, CR_PLAN_REQUEST, now, true, false);
		whole = plan_of(&model, CR_PLAN_REQUEST, now, false, false);
		turned = plan_of(&model, CR_PLAN_REQUEST, now, true, true);
		check_partial(&model, now, part);
		check_lists(&model, part);
		check_lists(&model, whole);
		check_same(part, turned, false);
		ck_assert_int_eq(cr_plan_when(part), cr_plan_when(whole));
		ck_assert_int_eq(answer_of(part).state ==
		    CR_ERASE_ERASED, answer_of(whole).state ==
		    CR_ERASE_ERASED);
		cr_plan_free(&part);
		cr_plan_free(&whole);
		cr_plan_free(&turned);
	}
}
END_TEST

/* In bulk nothing goes that a request would keep. */
START_TEST(bulk_waits_for_all_that_a_request_waits_for)
{
	const int64_t now = facts_time("20260101120000Z");
	unsigned seed = 12;
	unsigned expired = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct model model;
		struct cr_plan *request;
		struct cr_plan *bulk;

		make_model(&model, &seed);
		request = plan_of(&model, CR_PLAN_REQUEST, now, false, false);
		bulk = plan_of(&model, CR_PLAN_EXPIRED, now, false, false);
		if (answer_of(bulk).state == CR_ERASE_ERASED) {
			ck_assert_int_eq(answer_of(request).state,
			    CR_ERASE_ERASED);
			expired++;
		}
		cr_plan_free(&request);
		cr_plan_free(&bulk);
	}
	ck_assert_uint_gt(expired, 0);
}
END_TEST

/* A second erasure at once finds nothing more to do, by either basis. */
START_TEST(erasing_twice_is_erasing_once)
{
	const int64_t now = facts_time("20260101120000Z");
	unsigned seed = 13 + (unsigned)_i;

	for (int round = 0; round < ROUNDS; round++) {
		struct model model;
		struct cr_plan *first;
		struct cr_plan *second;
		const struct cr_plan_step *steps;
		size_t count;

		make_model(&model, &seed);
		first = plan_of(&model, (enum cr_plan_basis)_i, now, true,
		    false);
		carry_out(&model, first);
		if (model.entries[0].class == NULL) {
			cr_plan_free(&first);
			continue;
		}
		second = plan_of(&model, (enum cr_plan_basis)_i, now, true,
		    false);
		check_same(first, second, true);
		ck_assert_uint_eq(answer_of(second).erased_count, 0);
		steps = cr_plan_steps(second, &count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_int_ne(steps[i].action, CR_PLAN_ERASE);
			ck_assert(!steps[i].wipes);
		}
		cr_plan_free(&first);
		cr_plan_free(&second);
	}
}
END_TEST

static bool
has_end_before(const struct cr_plan *plan, int64_t when)
{
	const struct cr_erase_response answer = answer_of(plan);

	for (size_t i = 0; i < answer.withheld_count; i++) {
		if (answer.withheld[i].has_until &&
		    answer.withheld[i].until < when)
			return true;
	}
	return false;
}

/*
 * Nothing changes before the instant a plan names, and something does then.
 * At the last one either nobody is left or only what a write must end.
 */
START_TEST(time_completes_an_erasure)
{
	unsigned seed = 15;
	unsigned done = 0;

	for (int round = 0; round < ROUNDS / 4; round++) {
		int64_t now = facts_time("20160101120000Z");
		struct model model;

		make_model(&model, &seed);
		for (int turn = 0; turn < 3 * ENTRIES_MAX; turn++) {
			struct cr_plan *plan = plan_of(&model,
			    CR_PLAN_REQUEST, now, true, false);
			int64_t when = cr_plan_when(plan);
			struct cr_held held = { .until = now };
			bool is_over = !cr_plan_longest(plan, &held);

			carry_out(&model, plan);
			if (!is_over && when != CR_TIME_NO_END) {
				struct cr_plan *late = plan_of(&model,
				    CR_PLAN_REQUEST, when - 1, true, false);
				struct cr_plan *then = plan_of(&model,
				    CR_PLAN_REQUEST, when, true, false);

				check_same(plan, late, true);
				ck_assert(has_end_before(late, when));
				ck_assert(!has_end_before(then, when));
				cr_plan_free(&late);
				cr_plan_free(&then);
			}
			cr_plan_free(&plan);
			done += is_over;
			if (is_over || when == CR_TIME_NO_END) {
				ck_assert(is_over ||
				    held.until == CR_TIME_NO_END);
				break;
			}
			ck_assert_int_gt(when, now);
			now = when;
		}
	}
	ck_assert_uint_gt(done, ROUNDS / 16);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("erase_random");
	TCase *tcase = tcase_create("erase_random");

	tcase_add_test(tcase, a_plan_keeps_what_is_held_and_no_more);
	tcase_add_test(tcase, bulk_waits_for_all_that_a_request_waits_for);
	tcase_add_loop_test(tcase, erasing_twice_is_erasing_once,
	    CR_PLAN_REQUEST, CR_PLAN_EXPIRED + 1);
	tcase_add_test(tcase, time_completes_an_erasure);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
