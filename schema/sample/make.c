/*
 * Customers at random, with bans in exact shares: of every hundred
 *
 *	15 have a marketing ban, two of them one that has ended
 *	10 have a listing ban, one of them one that has ended
 *	 2 have a disclosure ban, 1 is restricted, 2 had a ban that was lifted
 *
 * so that ten of every hundred are hidden from direct marketing.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "names.h"
#include "places.h"
#include "sample.h"
#include "trades.h"

#define HUNDRED 100

/*
 * Each hundred has its own order, an affine permutation; in the first one
 * the fixed customers change places with who has the slot they need.
 */
static unsigned
slot_of(const struct sample *sample, uint64_t axis, uint64_t index,
    const unsigned fixed[10])
{
	static const unsigned units[16] = { 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 7, 9,
		1, 3, 7, 9 };
	uint64_t hash = mix(sample->seed ^ mix(axis ^ index / HUNDRED << 8));
	unsigned factor = (unsigned)(hash % 10) * 10 + units[hash >> 60];
	unsigned shift = (unsigned)(hash >> 32 & 0xffff);
	unsigned slot =
	    (factor * (unsigned)(index % HUNDRED) + shift) % HUNDRED;

	for (unsigned i = 0; index < HUNDRED && i < 10; i++) {
		if (fixed[i] == slot) {
			slot = (factor * i + shift) % HUNDRED;
			i = UINT_MAX; /* that one may be taken too */
		}
	}
	return slot;
}

static struct ban *
add_ban(struct customer *customer, enum ban_kind kind, const char *value,
    int64_t set)
{
	struct ban *ban = &customer->bans[customer->ban_count++];

	*ban = (struct ban){ .kind = kind, .value = value, .set = set };
	return ban;
}

static int64_t
year_end(int year)
{
	int64_t end;

	if (cr_time_helsinki_day_end(year, 12, 31, &end) != CR_OK)
		abort();
	return end;
}

/* Between the start of the relationship and now. */
static int64_t
random_past(const struct sample *sample, const struct customer *customer,
    struct random *random)
{
	uint64_t span = (uint64_t)(sample->now - customer->since);

	return customer->since + (int64_t)random_below(random, span);
}

static void
end_ban(const struct sample *sample, struct ban *ban, struct random *random)
{
	ban->until = year_end(sample->year - 1 - (int)random_below(random, 3));
	ban->set =
	    ban->until - (int64_t)(1 + random_below(random, 700)) * DAY_SECONDS;
}

static void
make_marketing_bans(const struct sample *sample, unsigned slot,
    struct customer *customer, struct random *random)
{
	static const char *const single[] = { "directAdvertising",
		"distanceSelling", "marketResearch", "opinionResearch" };
	int64_t set = random_past(sample, customer, random);
	struct ban *ban;

	if (slot < 2) {
		add_ban(customer, BAN_MARKETING, "all", set);
	} else if (slot < 9) {
		ban = add_ban(customer, BAN_MARKETING, "directMarketing", set);
		if (slot == 3)
			add_ban(customer, BAN_MARKETING, "marketResearch", set);
		else if (slot == 4)
			add_ban(customer, BAN_MARKETING, "distanceSelling",
			    set);
		else if (slot == 5)
			ban->until = year_end(
			    sample->year + 5 + (int)random_below(random, 5));
		else if (slot == 6)
			add_ban(customer, BAN_MARKETING, "personalisation",
			    set);
	} else if (slot < 13) {
		add_ban(customer, BAN_MARKETING, single[slot - 9], set);
	} else if (slot < 15) {
		ban = add_ban(customer, BAN_MARKETING,
		    slot == 13 ? "directMarketing" : "all", set);
		end_ban(sample, ban, random);
	} else if (slot == 15) {
		add_ban(customer, BAN_RESTRICTED, "TRUE", set);
	} else if (slot < 18) {
		add_ban(customer, BAN_DISCLOSURE, "TRUE", set);
	} else if (slot < 20) {
		ban = add_ban(customer, BAN_MARKETING, "directMarketing", set);
		ban->lifted = set + (sample->now - set) / 2;
	}
}

static void
make_listing_bans(const struct sample *sample, unsigned slot,
    struct customer *customer, struct random *random)
{
	int64_t set = random_past(sample, customer, random);
	struct ban *ban;

	if (slot < 4 || slot == 9) {
		ban = add_ban(customer, BAN_LISTING, "printed", set);
		if (slot == 3)
			end_ban(sample, ban, random);
	}
	if ((slot >= 4 && slot < 7) || slot == 9)
		add_ban(customer, BAN_LISTING, "electronic", set);
	if (slot == 7 || slot == 8)
		add_ban(customer, BAN_LISTING, "all", set);
}

static void
make_invoices(const struct sample *sample, struct customer *customer,
    struct random *random)
{
	static const unsigned counts[] = { 0, 0, 0, 1, 1, 1, 2, 2, 3, 0 };

	customer->invoice_count = counts[random_below(random, 10)];
	for (unsigned i = 0; i < customer->invoice_count; i++) {
		struct invoice *invoice = &customer->invoices[i];
		unsigned fate = (unsigned)random_below(random, 20);

		invoice->date = random_past(sample, customer, random);
		invoice->cents = 1000 + random_below(random, 490000);
		if (fate == 0)
			invoice->state = INVOICE_CREDITED;
		else if (fate < 4)
			invoice->state = INVOICE_OPEN;
	}
	/* an open invoice more than a quarter old, one time in three */
	customer->collection = customer->invoice_count > 0 &&
	    customer->invoices[0].state == INVOICE_OPEN &&
	    customer->invoices[0].date < sample->now - 90 * DAY_SECONDS &&
	    random_percent(random, 33);
	customer->disclosed = customer->collection;
}

static void
make_work(struct customer *customer, struct random *random)
{
	const char *const *affixes;

	if (!random_percent(random, 35))
		return;
	affixes = organisations[random_below(random, COUNT_OF(organisations))];
	snprintf(customer->organisation, sizeof(customer->organisation),
	    "%s%s%s", affixes[0], customer->surname, affixes[1]);
	customer->title = titles[random_below(random, COUNT_OF(titles))];
}

static void
make_address(struct customer *customer, struct random *random)
{
	const char *street = streets[random_below(random, COUNT_OF(streets))];
	unsigned house = 1 + (unsigned)random_below(random, 120);

	customer->place = (unsigned)random_below(random, COUNT_OF(places));
	if (random_percent(random, 40))
		snprintf(customer->street, sizeof(customer->street),
		    "%s %u %c %u", street, house,
		    "ABCDE"[random_below(random, 5)],
		    1 + (unsigned)random_below(random, 60));
	else
		snprintf(customer->street, sizeof(customer->street), "%s %u",
		    street, house);
}

void
make_customer(const struct sample *sample, uint64_t index,
    struct customer *ret_customer)
{
	struct customer *customer = ret_customer;
	struct random random = { mix(sample->seed ^ mix(index)) };

	if (fix_customer(index, customer))
		return;
	memset(customer, 0, sizeof(*customer));
	customer->number = FIRST_CUSTOMER + index;
	customer->given =
	    given_names[random_below(&random, COUNT_OF(given_names))];
	customer->surname = surnames[random_below(&random, COUNT_OF(surnames))];
	make_work(customer, &random);
	make_address(customer, &random);
	customer->landline = random_percent(&random, 40);
	customer->since = sample->now -
	    DAY_SECONDS * (int64_t)(30 + random_below(&random, 7000));
	if (random_percent(&random, 3))
		customer->ended = random_past(sample, customer, &random);
	make_marketing_bans(sample,
	    slot_of(sample, 1, index, fixed_marketing_slots), customer,
	    &random);
	make_listing_bans(sample,
	    slot_of(sample, 2, index, fixed_listing_slots), customer, &random);
	for (unsigned i = 0; i < customer->ban_count; i++)
		customer->bans[i].by_handler = random_percent(&random, 40);
	customer->paper_file = random_percent(&random, 5);
	if (random_percent(&random, 1))
		customer->hold = "statute 20351231215959Z "
				 "rahanpesulaki (444/2017)";
	customer->assignments = (unsigned)random_below(&random, 4);
	make_invoices(sample, customer, &random);
	customer->request = random_percent(&random, 1);
}
