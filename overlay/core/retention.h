/*
 * How long an entry of the register is kept: a table of rules, and the one
 * place where the end of a period is computed.
 *
 * A rule is about a structural class and counts from a date that the entry
 * has.  What it means for an erasure is its weight:
 *
 *	hold	Keeps the entry, and the customer's name and address, against
 *		the customer's request.  Only where the law says so itself.
 *	beside	Keeps the entry as long as some hold keeps the customer, and
 *		never by itself.
 *	term	Keeps nothing against a request.  It is how long the controller
 *		keeps the entry unasked: erasure in bulk waits for it.
 *
 * The rules shipped, and how the law is read:
 *
 *	class		from			kept	weight	reason
 *	crInvoice	crDate			A	hold	statute
 *	crCollection	crDate (when closed)	A	beside	statute
 *	crAssignment	crDate			A	beside	statute
 *	crDisclosure	crDate			B	term	claim
 *	crRequest	crReceived		B	term	claim
 *	crCustomer	crRelationshipEnded	B	term	claim
 *
 * A: six years from the end of the calendar year in which the financial year
 * that holds the date ended (Accounting Act 1336/1997, 2:10: vouchers and
 * correspondence about transactions).  An invoice is a voucher.  An assignment
 * or a closed collection case is correspondence about one, but only together
 * with the voucher, and the register does not link the two: as long as
 * anything is held, those that are in their own period stay with it, and those
 * out of retention go at once.  Without a voucher, an open claim or a crHold
 * there is no law against erasing them, and they go.
 *
 * B: three years from the day, the general limitation of debts (Act 728/2003,
 * section 4).  No law makes anyone keep these; a request goes before them.
 * A customer without crRelationshipEnded is a customer still: the term has not
 * begun, and bulk erasure leaves them alone.
 *
 * To make retention of assignments refuse an erasure by itself, change the
 * weight in its row.
 *
 * Dates in law are Europe/Helsinki days, the end inclusive; instants are
 * seconds since 1970, UTC.  A date that is missing, malformed, there twice or
 * so far off that the end cannot be said gives no end: what is kept is then
 * kept until somebody puts the date right.
 *
 * Pure; everything in here is constant or the caller's, for any thread.
 */
#ifndef CR_RETENTION_H
#define CR_RETENTION_H

#include <stddef.h>
#include <stdint.h>

#include "custreg/erase.h"
#include "custreg/error.h"
#include "custreg/slice.h"

enum cr_weight {			/* zero keeps most */
	CR_WEIGHT_HOLD = 0,
	CR_WEIGHT_BESIDE,
	CR_WEIGHT_TERM
};

enum cr_count {				/* zero: no end can be said */
	CR_COUNT_NONE = 0,
	CR_COUNT_FINANCIAL_YEAR,	/* from the end of the calendar year */
	CR_COUNT_DAY			/* from the day itself */
};

struct cr_retention_rule {
	const char *class;		/* structural; crCustomer as it is */
	const char *attribute;		/* GeneralizedTime, single */
	enum cr_count count;
	unsigned years;
	enum cr_weight weight;
	enum cr_erase_reason reason;
	const char *law;		/* told to the customer */
};

/*
 * The last day of the financial year.  The last days of February are one: a
 * financial year has twelve months (Accounting Act 1:4), so 02-28 is the 29th
 * in a leap year.  Zeroed it is the day before 1 January, so that every date
 * counts to the following year: too long rather than too short.
 */
struct cr_year_end {
	int month;
	int day;
};

/* 31 December, when nothing else is set */
#define CR_YEAR_END_DEFAULT ((struct cr_year_end){ 12, 31 })

/* "MM-DD", 02-29 included (olcCrFinancialYearEnd); CR_ESYNTAX */
int cr_year_end_parse(struct cr_slice text, struct cr_year_end *ret_year_end)
	CR_WARN_UNUSED;

/* The rules in force.  When the financial year changes, so do the ends. */
struct cr_retention {
	const struct cr_retention_rule *rules;
	size_t count;
	struct cr_year_end year_end;
};

/* The rules shipped; they live as long as the program. */
struct cr_retention cr_retention_shipped(struct cr_year_end year_end);

/* The rule about a class, without ASCII case; NULL when there is none. */
const struct cr_retention_rule *cr_retention_rule_of(
	const struct cr_retention *retention, struct cr_slice class);

/*
 * The last second for which a rule keeps what has this date.  CR_ESYNTAX when
 * it cannot be said; then there is no end (CR_TIME_NO_END).
 */
int cr_retention_end(const struct cr_retention_rule *rule,
	struct cr_year_end year_end, struct cr_slice date,
	int64_t *ret_until) CR_WARN_UNUSED;

#endif
