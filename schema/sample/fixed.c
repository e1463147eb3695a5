/*
 * The customers that documents and tests name, c10001 to c10010.
 * Their dates do not move with "now".
 */
#include <stdio.h>
#include <string.h>

#include "sample.h"

struct fixed {
	const char *given;
	const char *surname;
	const char *organisation;
	const char *street;
	unsigned place;
	unsigned assignments;
};

/* 2019-04-01T06:00:00Z, 2024-03-01T09:00:00Z, 2025-12-31T21:59:59Z */
#define SINCE INT64_C(1554098400)
#define BAN_SET INT64_C(1709283600)
#define END_OF_2025 INT64_C(1767218399)
/* 2025-10-15T08:00:00Z, 2025-05-15T08:00:00Z */
#define OPEN_INVOICE INT64_C(1760515200)
#define COLLECTED_INVOICE INT64_C(1747296000)

static const struct fixed fixed_customers[10] = {
	{ "Väinö", "Mäkinen", "Mäkisen Puu Oy", "Öljymäki 3", 58, 1 },
	{ "Åsa", "Öhman", "", "Åbergintie 12 A 4", 94, 1 },
	{ "Eila", "Hämäläinen", "", "Kirkkokatu 8", 30, 1 },
	{ "Jörgen", "Sjöberg", "Ab Sjöberg Oy", "Rantatie 21", 23, 1 },
	{ "Päivi", "Järvinen", "", "Lähdekuja 1 B 17", 72, 1 },
	{ "Tuomas", "Pöllänen", "", "Mäntytie 44", 99, 1 },
	{ "Sirkka", "Lähdesmäki", "", "Työmiehenkatu 6", 86, 1 },
	{ "Olavi", "Nyström", "Kuljetusliike Nyström", "Satamakatu 2", 78, 1 },
	{ "Hilkka", "Törmänen", "", "Väinölänkatu 9 C 30", 121, 1 },
	{ "Björn", "Åkerblom", "", "Puistokatu 15", 47, 1 }
};

const unsigned fixed_marketing_slots[10] = { 80, 2, 81, 82, 0, 15, 83, 84, 85,
	13 };
const unsigned fixed_listing_slots[10] = { 80, 81, 0, 4, 82, 83, 84, 85, 86,
	87 };

static void
ban(struct customer *customer, enum ban_kind kind, const char *value,
    int64_t until)
{
	customer->bans[customer->ban_count++] = (struct ban){ .kind = kind,
		.value = value,
		.set = BAN_SET,
		.until = until };
}

static void
invoice(struct customer *customer, enum invoice_state state, int64_t date,
    uint64_t cents)
{
	customer->invoices[customer->invoice_count++] =
	    (struct invoice){ .state = state, .date = date, .cents = cents };
}

static void
fix_circumstances(struct customer *customer)
{
	switch (customer->number) {
	case 10002: ban(customer, BAN_MARKETING, "directMarketing", 0); break;
	case 10003: ban(customer, BAN_LISTING, "printed", 0); break;
	case 10004: ban(customer, BAN_LISTING, "electronic", 0); break;
	case 10005:
		ban(customer, BAN_MARKETING, "all", 0);
		ban(customer, BAN_DISCLOSURE, "TRUE", 0);
		break;
	case 10006:
		ban(customer, BAN_RESTRICTED, "TRUE", 0);
		customer->bans[0].by_handler = true;
		customer->request = true;
		break;
	case 10007: invoice(customer, INVOICE_OPEN, OPEN_INVOICE, 12550); break;
	case 10008:
		invoice(customer, INVOICE_OPEN, COLLECTED_INVOICE, 48900);
		customer->collection = true;
		customer->disclosed = true;
		break;
	case 10009:
		customer->hold = "claim open vahingonkorvauslaki (412/1974)";
		customer->paper_file = true;
		break;
	case 10010:
		ban(customer, BAN_MARKETING, "directMarketing", END_OF_2025);
		break;
	default: break;
	}
}

bool
fix_customer(uint64_t index, struct customer *customer)
{
	const struct fixed *fixed;

	if (index >= COUNT_OF(fixed_customers))
		return false;
	fixed = &fixed_customers[index];
	memset(customer, 0, sizeof(*customer));
	customer->number = FIRST_CUSTOMER + index;
	customer->given = fixed->given;
	customer->surname = fixed->surname;
	snprintf(customer->organisation, sizeof(customer->organisation), "%s",
	    fixed->organisation);
	snprintf(customer->street, sizeof(customer->street), "%s",
	    fixed->street);
	customer->place = fixed->place;
	customer->assignments = fixed->assignments;
	customer->short_mail = true;
	customer->has_password = true;
	customer->since = SINCE;
	fix_circumstances(customer);
	return true;
}
