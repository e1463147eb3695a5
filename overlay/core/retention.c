#include "retention.h"

#include "clock.h"

#define ACCOUNTING_LAW "Kirjanpitolaki (1336/1997) 2:10"
#define LIMITATION_LAW "Laki velan vanhentumisesta (728/2003) 4 §"

static const struct cr_retention_rule shipped[] = {
	{ "crInvoice", "crDate", CR_COUNT_FINANCIAL_YEAR, 6, CR_WEIGHT_HOLD,
	    CR_ERASE_STATUTE, ACCOUNTING_LAW },
	{ "crCollection", "crDate", CR_COUNT_FINANCIAL_YEAR, 6,
	    CR_WEIGHT_BESIDE, CR_ERASE_STATUTE, ACCOUNTING_LAW },
	{ "crAssignment", "crDate", CR_COUNT_FINANCIAL_YEAR, 6,
	    CR_WEIGHT_BESIDE, CR_ERASE_STATUTE, ACCOUNTING_LAW },
	{ "crDisclosure", "crDate", CR_COUNT_DAY, 3, CR_WEIGHT_TERM,
	    CR_ERASE_CLAIM, LIMITATION_LAW },
	{ "crRequest", "crReceived", CR_COUNT_DAY, 3, CR_WEIGHT_TERM,
	    CR_ERASE_CLAIM, LIMITATION_LAW },
	{ "crCustomer", "crRelationshipEnded", CR_COUNT_DAY, 3,
	    CR_WEIGHT_TERM, CR_ERASE_CLAIM, LIMITATION_LAW }
};

static bool
two_digits(const char *text, int *ret_number)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*ret_number = (text[0] - '0') * 10 + (text[1] - '0');
	return true;
}

int
cr_year_end_parse(struct cr_slice text, struct cr_year_end *ret_year_end)
{
	/* a leap year has every day a year can end on */
	struct cr_date date = { .year = 2000 };
	struct cr_date same;

	if (text.len != 5 || text.ptr[2] != '-' ||
	    !two_digits(text.ptr, &date.month) ||
	    !two_digits(text.ptr + 3, &date.day) ||
	    cr_date_after_years(&date, 0, &same) != CR_OK)
		return CR_ESYNTAX;
	if (date.month == 2 && date.day == 28)
		date.day = 29;
	*ret_year_end = (struct cr_year_end){ date.month, date.day };
	return CR_OK;
}

struct cr_retention
cr_retention_shipped(struct cr_year_end year_end)
{
	return (struct cr_retention){ shipped,
		sizeof(shipped) / sizeof(shipped[0]), year_end };
}

const struct cr_retention_rule *
cr_retention_rule_of(const struct cr_retention *retention,
    struct cr_slice class)
{
	for (size_t i = 0; i < retention->count; i++) {
		if (cr_slice_same_name(class,
		    cr_slice_of(retention->rules[i].class)))
			return &retention->rules[i];
	}
	return NULL;
}

/* The calendar year in which the financial year that holds a day ends. */
static int
year_of_end(struct cr_year_end year_end, const struct cr_date *date)
{
	bool later = date->month != year_end.month ?
	    date->month > year_end.month : date->day > year_end.day;

	return date->year + (later ? 1 : 0);
}

int
cr_retention_end(const struct cr_retention_rule *rule,
    struct cr_year_end year_end, struct cr_slice date, int64_t *ret_until)
{
	struct cr_date day;
	int64_t time;
	int rc = cr_time_parse(date, &time);

	if (rc == CR_OK)
		rc = cr_time_helsinki_date(time, &day);
	if (rc != CR_OK)
		return rc;
	switch (rule->count) {
	case CR_COUNT_FINANCIAL_YEAR:
		day = (struct cr_date){ year_of_end(year_end, &day), 12, 31 };
		break;
	case CR_COUNT_DAY: break;
	case CR_COUNT_NONE:
	default: return CR_ESYNTAX;
	}
	rc = cr_date_after_years(&day, rule->years, &day);
	if (rc != CR_OK)
		return rc;
	return cr_time_helsinki_day_end(day.year, day.month, day.day,
	    ret_until);
}
