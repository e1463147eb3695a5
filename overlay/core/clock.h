/*
 * Time: instants are seconds since 1970-01-01T00:00:00Z, UTC.
 * A date in law is a Europe/Helsinki day, its end inclusive.
 */
#ifndef CR_CLOCK_H
#define CR_CLOCK_H

#include <stdint.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/* "YYYYmmddHHMMSSZ" and its NUL */
#define CR_TIME_TEXT_SIZE 16

/* The last second of what has no end. */
#define CR_TIME_NO_END INT64_MAX

/* A day of the Gregorian calendar, years 0000-9999. */
struct cr_date {
	int year;
	int month;		/* 1-12 */
	int day;		/* from 1 */
};

/*
 * GeneralizedTime (RFC 4517, 3.3.13) to an instant.  Accepts optional minutes
 * and seconds, a fraction (cut off), "Z" and offsets.  CR_ESYNTAX otherwise,
 * also for dates that do not exist.
 */
int cr_time_parse(struct cr_slice text, int64_t *ret_time) CR_WARN_UNUSED;

/* An instant as "YYYYmmddHHMMSSZ"; years 0000-9999, else CR_ESYNTAX. */
int cr_time_format(int64_t time, char ret_text[CR_TIME_TEXT_SIZE])
	CR_WARN_UNUSED;

/*
 * The last second of a Helsinki day as an instant, by the EU rule of summer
 * time (last Sundays of March and October, 01:00 UTC; in force since 1996).
 * CR_ESYNTAX for a date that does not exist.
 */
int cr_time_helsinki_day_end(int year, int month, int day, int64_t *ret_time)
	CR_WARN_UNUSED;

/*
 * The Helsinki day that holds an instant, by the same rule (before 1981 there
 * is no summer time).  CR_ESYNTAX when its year is not one of 0000-9999.
 */
int cr_time_helsinki_date(int64_t time, struct cr_date *ret_date)
	CR_WARN_UNUSED;

/*
 * The day that ends a period of so many years after a day: the one of the
 * same number, and the last of the month where there is none (Act 150/1930,
 * section 3: from 29 February to 28 February).  CR_ESYNTAX for a day that does
 * not exist and for a year after 9999.
 */
int cr_date_after_years(const struct cr_date *date, unsigned years,
	struct cr_date *ret_date) CR_WARN_UNUSED;

#endif
