#include "unit/suite.h"

#include <stdint.h>
#include <stdio.h>

#include "core/erasure.h"

static struct cr_erasure
order_in(enum cr_erasure_state state, int64_t until)
{
	struct cr_erasure order = { .state = state, .until = until,
		.hash_count = 1 };

	order.hashes[0].kind = CR_FACTOR_MAIL;
	return order;
}

/* Each state, for a copy that looks so: l eads, l eftover, h eld, compacted */
static const struct {
	enum cr_erasure_state state;
	struct cr_erasure_facts facts;
	enum cr_erasure_step step;
} nexts[] = {
	{ CR_ERASURE_ORDERED, { .leftover = true }, CR_STEP_HIDE },
	{ CR_ERASURE_ORDERED, { .leftover = false }, CR_STEP_HIDE },
	{ CR_ERASURE_HIDDEN, { .leftover = true }, CR_STEP_PURGE },
	{ CR_ERASURE_PURGED, { .leftover = false }, CR_STEP_UNLINK },
	{ CR_ERASURE_PURGED, { .held = true }, CR_STEP_UNLINK },
	{ CR_ERASURE_PURGED, { .leftover = true }, CR_STEP_HIDE },
	{ CR_ERASURE_UNLINKED, { .held = true }, CR_STEP_UNLOG },
	{ CR_ERASURE_UNLINKED, { .leftover = true }, CR_STEP_HIDE },
	{ CR_ERASURE_UNLOGGED, { .leads = true }, CR_STEP_SUPPRESS },
	{ CR_ERASURE_UNLOGGED, { .leads = true, .held = true },
	    CR_STEP_SUPPRESS },
	{ CR_ERASURE_UNLOGGED, { .leads = false }, CR_STEP_SETTLE },
	{ CR_ERASURE_UNLOGGED, { .leads = true, .leftover = true },
	    CR_STEP_HIDE },
	{ CR_ERASURE_SUPPRESSED, { .leads = true }, CR_STEP_SETTLE },
	{ CR_ERASURE_SUPPRESSED, { .leads = true, .held = true },
	    CR_STEP_SETTLE },
	{ CR_ERASURE_SUPPRESSED, { .leftover = true }, CR_STEP_HIDE },
	{ CR_ERASURE_COMPACTING, { .compacted = false }, CR_STEP_NONE },
	{ CR_ERASURE_COMPACTING, { .compacted = true }, CR_STEP_FINISH },
	{ CR_ERASURE_COMPACTING, { .compacted = true, .leftover = true },
	    CR_STEP_HIDE },
	{ CR_ERASURE_COMPACTING, { .compacted = true, .held = true },
	    CR_STEP_HIDE },
	{ CR_ERASURE_WAITING, { .held = true, .until = 100 }, CR_STEP_NONE },
	{ CR_ERASURE_WAITING, { .held = true, .until = 99 }, CR_STEP_SETTLE },
	{ CR_ERASURE_WAITING, { .held = true, .until = INT64_MAX },
	    CR_STEP_SETTLE },
	{ CR_ERASURE_WAITING, { .held = false }, CR_STEP_HIDE },
	{ CR_ERASURE_WAITING, { .held = true, .until = 100, .leftover = true },
	    CR_STEP_HIDE },
	{ CR_ERASURE_WAITING, { .held = true, .until = 100, .compacted = true },
	    CR_STEP_NONE },
	{ CR_ERASURE_DONE, { .compacted = true }, CR_STEP_NONE },
	{ CR_ERASURE_DONE, { .leftover = true }, CR_STEP_HIDE },
	{ CR_ERASURE_DONE, { .held = true }, CR_STEP_HIDE },
	{ (enum cr_erasure_state)77, { .compacted = true }, CR_STEP_HIDE }
};

START_TEST(the_next_step)
{
	struct cr_erasure order = order_in(nexts[_i].state, 100);

	ck_assert_int_eq(cr_erasure_next(&order, &nexts[_i].facts),
	    nexts[_i].step);
}
END_TEST

START_TEST(without_a_hash_there_is_no_suppression)
{
	struct cr_erasure order = order_in(CR_ERASURE_UNLOGGED, 0);
	const struct cr_erasure_facts facts = { .leads = true };

	order.hash_count = 0;
	ck_assert_int_eq(cr_erasure_next(&order, &facts), CR_STEP_SETTLE);
}
END_TEST

static const struct {
	enum cr_erasure_step step;
	struct cr_erasure_facts facts;
	enum cr_erasure_state state;
	int64_t until;
} dones[] = {
	{ CR_STEP_NONE, { .held = false }, CR_ERASURE_WAITING, 100 },
	{ CR_STEP_HIDE, { .held = false }, CR_ERASURE_HIDDEN, 0 },
	{ CR_STEP_PURGE, { .held = false }, CR_ERASURE_PURGED, 0 },
	{ CR_STEP_UNLINK, { .held = false }, CR_ERASURE_UNLINKED, 0 },
	{ CR_STEP_UNLOG, { .held = true, .until = 7 }, CR_ERASURE_UNLOGGED, 0 },
	{ CR_STEP_SUPPRESS, { .held = false }, CR_ERASURE_SUPPRESSED, 0 },
	{ CR_STEP_SETTLE, { .held = false, .until = 7 }, CR_ERASURE_COMPACTING,
	    0 },
	{ CR_STEP_SETTLE, { .held = true, .until = 7 }, CR_ERASURE_WAITING, 7 },
	{ CR_STEP_SETTLE, { .held = true, .until = INT64_MAX },
	    CR_ERASURE_WAITING, INT64_MAX },
	{ CR_STEP_FINISH, { .held = false }, CR_ERASURE_DONE, 0 }
};

START_TEST(the_state_after_a_step)
{
	struct cr_erasure order = order_in(CR_ERASURE_WAITING, 100);

	cr_erasure_did(&order, dones[_i].step, &dones[_i].facts);
	ck_assert_int_eq(order.state, dones[_i].state);
	ck_assert_int_eq(order.until, dones[_i].until);
}
END_TEST

START_TEST(what_is_done_for_many_at_once)
	{
		for (int step = CR_STEP_NONE; step <= CR_STEP_FINISH; step++)
			ck_assert_int_eq(cr_erasure_joins(
					     (enum cr_erasure_step)step),
			    step == CR_STEP_UNLINK || step == CR_STEP_UNLOG);
	}
END_TEST

START_TEST(when_to_wake)
{
	for (int state = CR_ERASURE_ORDERED; state < CR_ERASURE_COMPACTING;
	    state++) {
		struct cr_erasure order = order_in((enum cr_erasure_state)state,
		    0);

		ck_assert_int_eq(cr_erasure_wake(&order), INT64_MIN);
	}
	ck_assert_int_eq(cr_erasure_wake(&(struct cr_erasure){
	    .state = CR_ERASURE_COMPACTING }), INT64_MAX);
	ck_assert_int_eq(cr_erasure_wake(&(struct cr_erasure){
	    .state = CR_ERASURE_DONE }), INT64_MAX);
	ck_assert_int_eq(cr_erasure_wake(&(struct cr_erasure){
	    .state = CR_ERASURE_WAITING, .until = 100 }), 101);
	ck_assert_int_eq(cr_erasure_wake(&(struct cr_erasure){
	    .state = CR_ERASURE_WAITING, .until = INT64_MAX }), INT64_MAX);
}
END_TEST

/* caught_up, there, hidden, leftover, held */
static const struct {
	enum cr_erasure_state state;
	struct cr_erasure_copy copy;
	enum cr_erasure_here here;
} heres[] = {
	/* nobody is there: nothing to do, once that is sure */
	{ CR_ERASURE_ORDERED, { .caught_up = true }, CR_HERE_SETTLED },
	{ CR_ERASURE_ORDERED, { .caught_up = false }, CR_HERE_WAIT },
	{ CR_ERASURE_DONE, { .caught_up = true }, CR_HERE_SETTLED },
	/* the leader is at work, or has withdrawn it */
	{ CR_ERASURE_ORDERED, { .caught_up = true, .there = true,
	    .leftover = true }, CR_HERE_WAIT },
	{ CR_ERASURE_ORDERED, { .there = true, .leftover = true },
	    CR_HERE_WAIT },
	{ CR_ERASURE_SUPPRESSED, { .caught_up = true, .there = true,
	    .hidden = true }, CR_HERE_WAIT },
	{ CR_ERASURE_ORDERED, { .caught_up = true, .there = true,
	    .leftover = true, .held = true }, CR_HERE_WAIT },
	{ CR_ERASURE_HIDDEN, { .caught_up = true, .there = true,
	    .hidden = true, .held = true }, CR_HERE_WAIT },
	/* a part is kept on both sides */
	{ CR_ERASURE_WAITING, { .there = true, .leftover = true,
	    .held = true }, CR_HERE_WAIT },
	{ CR_ERASURE_WAITING, { .caught_up = true, .there = true,
	    .leftover = true, .held = true }, CR_HERE_PURGE },
	{ CR_ERASURE_WAITING, { .caught_up = true, .there = true,
	    .hidden = true, .held = true }, CR_HERE_PURGE },
	{ CR_ERASURE_WAITING, { .caught_up = true, .there = true,
	    .held = true }, CR_HERE_SETTLED },
	{ CR_ERASURE_WAITING, { .caught_up = true, .there = true,
	    .leftover = true }, CR_HERE_WAIT },
	/* all is gone there: at once, unless something is held here */
	{ CR_ERASURE_COMPACTING, { .there = true, .leftover = true },
	    CR_HERE_PURGE },
	{ CR_ERASURE_DONE, { .there = true, .hidden = true }, CR_HERE_PURGE },
	{ CR_ERASURE_COMPACTING, { .there = true, .leftover = true,
	    .held = true }, CR_HERE_WAIT },
	{ CR_ERASURE_COMPACTING, { .caught_up = true, .there = true,
	    .leftover = true, .held = true }, CR_HERE_PURGE },
	{ CR_ERASURE_COMPACTING, { .caught_up = true, .there = true,
	    .held = true }, CR_HERE_WAIT }
};

START_TEST(on_a_copy_that_does_not_lead)
{
	const struct cr_erasure order = order_in(heres[_i].state, 0);

	ck_assert_int_eq(cr_erasure_here(&order, &heres[_i].copy),
	    heres[_i].here);
}
END_TEST

static struct cr_keyed_hash
hash_number(unsigned number)
{
	struct cr_keyed_hash hash = { .kind = CR_FACTOR_PHONE };

	memcpy(hash.hash.bytes, &number, sizeof(number));
	return hash;
}

START_TEST(a_repeated_order)
{
	static struct cr_erasure order, again;
	struct cr_keyed_hash hash;

	order = order_in(CR_ERASURE_DONE, 0);
	again = order_in(CR_ERASURE_ORDERED, 0);
	order.time = 50;
	again.time = 60;
	ck_assert_int_eq(cr_erasure_set_leader(&order,
	    CR_SLICE_LITERAL("a.example.fi")), CR_OK);
	ck_assert_int_eq(cr_lasting_bans_parse(CR_SLICE_LITERAL("m=a"),
	    &order.bans), CR_OK);
	ck_assert_int_eq(cr_lasting_bans_parse(CR_SLICE_LITERAL("m=b,d"),
	    &again.bans), CR_OK);
	hash = hash_number(1);
	ck_assert(cr_erasure_add_hash(&again, &hash));
	cr_erasure_repeat(&order, &again);
	ck_assert_int_eq(order.state, CR_ERASURE_ORDERED);
	ck_assert_int_eq(order.time, 50);
	ck_assert_str_eq(order.leader, "a.example.fi");
	ck_assert_uint_eq(order.hash_count, 2);
	ck_assert_uint_eq(order.bans.marketing.count, 2);
	ck_assert(order.bans.disclosure);
	again.time = 40;
	ck_assert_int_eq(cr_erasure_set_leader(&again,
	    CR_SLICE_LITERAL("b.example.fi")), CR_OK);
	cr_erasure_repeat(&order, &again);
	ck_assert_int_eq(order.time, 40);
	ck_assert_str_eq(order.leader, "b.example.fi");
	ck_assert_uint_eq(order.hash_count, 2);
}
END_TEST

START_TEST(hashes_have_an_end)
{
	static struct cr_erasure order, again;
	struct cr_keyed_hash hash;

	for (unsigned i = 0; i < CR_FACTORS_MAX; i++) {
		hash = hash_number(i);
		ck_assert(cr_erasure_add_hash(&order, &hash));
		ck_assert(cr_erasure_add_hash(&order, &hash));
	}
	ck_assert_uint_eq(order.hash_count, CR_FACTORS_MAX);
	hash = hash_number(CR_FACTORS_MAX);
	ck_assert(!cr_erasure_add_hash(&order, &hash));
	ck_assert(cr_erasure_add_hash(&again, &hash));
	cr_erasure_repeat(&order, &again);
	ck_assert_uint_eq(order.hash_count, CR_FACTORS_MAX);
	ck_assert_uint_eq(order.hashes[CR_FACTORS_MAX - 1].hash.bytes[0],
	    CR_FACTORS_MAX - 1);
}
END_TEST

/*
 * A copy of the register as far as one subject is concerned, on which steps
 * are done, or half done and cut off by a crash that forgets the state.
 */
enum { CHILDREN = 4 };

struct copy {
	bool root, wiped;
	bool child[CHILDREN];
	int64_t hold[CHILDREN];		/* last second of it */
	unsigned links, records;
	bool suppressed, scheduled, compacted;
	int64_t now;
};

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static bool
is_held(const struct copy *copy, unsigned child)
{
	return copy->child[child] && copy->now <= copy->hold[child];
}

static bool
has_hold(const struct copy *copy)
{
	for (unsigned i = 0; i < CHILDREN; i++) {
		if (is_held(copy, i))
			return true;
	}
	return false;
}

static struct cr_erasure_facts
look(const struct copy *copy, bool leads)
{
	struct cr_erasure_facts facts = { .leads = leads,
		.held = copy->root && has_hold(copy), .until = INT64_MAX,
		.compacted = copy->compacted };

	facts.leftover = copy->root && (!copy->wiped || !facts.held);
	for (unsigned i = 0; i < CHILDREN; i++) {
		if (copy->child[i] && !is_held(copy, i))
			facts.leftover = true;
		if (is_held(copy, i) && copy->hold[i] < facts.until)
			facts.until = copy->hold[i];
	}
	return facts;
}

/* Up to `most` of what a step does; false: it was cut off. */
static bool
purge(struct copy *copy, unsigned most)
{
	for (unsigned i = 0; i < CHILDREN; i++) {
		if (!copy->child[i] || is_held(copy, i))
			continue;
		ck_assert(copy->wiped);	/* nobody sees half of it */
		if (most-- == 0)
			return false;
		copy->child[i] = false;
		copy->compacted = false;
	}
	if (!copy->root || has_hold(copy))
		return true;
	if (most == 0)
		return false;
	copy->root = false;
	copy->compacted = false;
	return true;
}

static bool
do_step(struct copy *copy, enum cr_erasure_step step, unsigned most)
{
	if (step == CR_STEP_PURGE)
		return purge(copy, most);
	if (most == 0)
		return false;
	switch (step) {
	case CR_STEP_HIDE:
		copy->wiped = true;
		copy->compacted = false;
		return true;
	case CR_STEP_UNLINK:
		while (copy->links > 0 && most-- > 0)
			copy->links--;
		return copy->links == 0;
	case CR_STEP_UNLOG:
		while (copy->records > 0 && most-- > 0)
			copy->records--;
		return copy->records == 0;
	case CR_STEP_SUPPRESS:
		copy->suppressed = true;
		return true;
	case CR_STEP_SETTLE:
		copy->scheduled = true;
		return true;
	case CR_STEP_FINISH:
		ck_assert(copy->compacted);
		return true;
	default:
		return true;
	}
}

static void
restore(struct copy *copy, uint32_t *random)
{
	copy->root = true;
	copy->wiped = copy->suppressed = copy->scheduled = false;
	copy->compacted = false;
	copy->links = copy->records = next_random(random) % 4;
	for (unsigned i = 0; i < CHILDREN; i++) {
		copy->child[i] = next_random(random) % 2 == 0;
		copy->hold[i] = next_random(random) % 3 == 0 ?
		    (int64_t)(next_random(random) % 50) : -1;
	}
}

/* Runs until there is nothing to do now; a crash may cut a step off. */
static void
run(struct copy *copy, struct cr_erasure *order, bool leads, uint32_t *random)
{
	for (unsigned steps = 0;; steps++) {
		struct cr_erasure_facts facts = look(copy, leads);
		enum cr_erasure_step step = cr_erasure_next(order, &facts);
		bool crash = next_random(random) % 4 == 0;

		ck_assert_uint_lt(steps, 200);
		if (step == CR_STEP_NONE)
			return;
		if (step == CR_STEP_SUPPRESS)
			ck_assert(leads);
		if (!do_step(copy, step, crash ? next_random(random) % 3 :
		    1000) || (crash && next_random(random) % 2 == 0))
			continue;	/* the state was not written */
		facts = look(copy, leads);
		cr_erasure_did(order, step, &facts);
	}
}

static void
check_gone(const struct copy *copy, bool leads)
{
	ck_assert(!copy->root);
	for (unsigned i = 0; i < CHILDREN; i++)
		ck_assert(!copy->child[i]);
	ck_assert_uint_eq(copy->links, 0);
	ck_assert_uint_eq(copy->records, 0);
	ck_assert(copy->suppressed == leads);
	ck_assert(copy->scheduled);
}

/* What no hold needs is gone already, and what one needs is all there. */
static void
check_waiting(const struct copy *copy, const struct cr_erasure *order,
    const struct copy *before)
{
	ck_assert(copy->root && copy->wiped);
	ck_assert_uint_eq(copy->links, 0);
	ck_assert_uint_eq(copy->records, 0);
	ck_assert_int_eq(cr_erasure_wake(order), order->until + 1);
	for (unsigned i = 0; i < CHILDREN; i++)
		ck_assert(copy->child[i] == is_held(before, i));
}

START_TEST(whatever_happens_it_ends)
{
	uint32_t random = 1 + (uint32_t)_i;

	for (int round = 0; round < 3000; round++) {
		const bool leads = next_random(&random) % 2 == 0;
		struct cr_erasure order = order_in(CR_ERASURE_ORDERED, 0);
		struct copy copy = { .now = 0 }, before;

		restore(&copy, &random);
		before = copy;
		run(&copy, &order, leads, &random);
		while (order.state == CR_ERASURE_WAITING) {
			before.now = copy.now;
			check_waiting(&copy, &order, &before);
			copy.now = cr_erasure_wake(&order);
			run(&copy, &order, leads, &random);
		}
		ck_assert_int_eq(order.state, CR_ERASURE_COMPACTING);
		check_gone(&copy, leads);
		copy.compacted = true;
		run(&copy, &order, leads, &random);
		ck_assert_int_eq(order.state, CR_ERASURE_DONE);
		/* yesterday's backup, and holds that have ended since */
		copy.now = 1000;
		restore(&copy, &random);
		if (next_random(&random) % 2 == 0)
			cr_erasure_repeat(&order, &order);
		run(&copy, &order, leads, &random);
		ck_assert_int_eq(order.state, CR_ERASURE_COMPACTING);
		check_gone(&copy, leads);
	}
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *suite = suite_create("erasure");
	TCase *tcase = tcase_create("erasure");

	tcase_add_loop_test(tcase, the_next_step, 0, COUNT_OF(nexts));
	tcase_add_test(tcase, without_a_hash_there_is_no_suppression);
	tcase_add_loop_test(tcase, the_state_after_a_step, 0,
	    COUNT_OF(dones));
	tcase_add_test(tcase, what_is_done_for_many_at_once);
	tcase_add_test(tcase, when_to_wake);
	tcase_add_loop_test(tcase, on_a_copy_that_does_not_lead, 0,
		COUNT_OF(heres));
	tcase_add_test(tcase, a_repeated_order);
	tcase_add_test(tcase, hashes_have_an_end);
	tcase_add_loop_test(tcase, whatever_happens_it_ends, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
