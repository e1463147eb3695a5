#include "clock.h"

#include <stdbool.h>

#define DAY INT64_C(86400)

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* The proleptic Gregorian calendar of ISO 8601, years 0000 to 9999. */
static bool
date_exists(const struct cr_date *date)
{
	return date->year >= 0 && date->year <= 9999 && date->month >= 1 &&
	    date->month <= 12 && date->day >= 1 &&
	    date->day <= days_in_month(date->year, date->month);
}

/* Days from 0000-01-01 to the first day of a year. */
static int64_t
days_to_year(int year)
{
	int64_t y = year;

	if (y == 0)
		return 0;
	return 365 * y + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400 + 1;
}

static int64_t
epoch_day(const struct cr_date *date)
{
	int64_t days = days_to_year(date->year) - days_to_year(1970);

	for (int month = 1; month < date->month; month++)
		days += days_in_month(date->year, month);
	return days + date->day - 1;
}

static bool
take_digits(struct cr_slice *text, size_t count, int *ret_number)
{
	int number = 0;

	if (text->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (text->ptr[i] < '0' || text->ptr[i] > '9')
			return false;
		number = number * 10 + (text->ptr[i] - '0');
	}
	text->ptr += count;
	text->len -= count;
	*ret_number = number;
	return true;
}

static bool
next_is_digit(struct cr_slice text)
{
	return text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9';
}

/*
 * A fraction of the last unit given (an hour, a minute or a second), in whole
 * seconds.  Nine digits say more than a second of an hour can.
 */
static bool
take_fraction(struct cr_slice *text, int64_t unit, int64_t *ret_seconds)
{
	int64_t number = 0;
	int64_t scale = 1;

	*ret_seconds = 0;
	if (text->len == 0 || (text->ptr[0] != '.' && text->ptr[0] != ','))
		return true;
	text->ptr++;
	text->len--;
	if (!next_is_digit(*text))
		return false;
	while (next_is_digit(*text)) {
		if (scale < INT64_C(1000000000)) {
			number = number * 10 + (text->ptr[0] - '0');
			scale *= 10;
		}
		text->ptr++;
		text->len--;
	}
	*ret_seconds = number * unit / scale;
	return true;
}

/* "Z", or the difference of local time from UTC: +-HH[MM] */
static bool
take_zone(struct cr_slice *text, int64_t *ret_offset)
{
	char sign;
	int hours;
	int minutes = 0;

	if (text->len == 0)
		return false;
	sign = text->ptr[0];
	text->ptr++;
	text->len--;
	if (sign == 'Z') {
		*ret_offset = 0;
		return true;
	}
	if (sign != '+' && sign != '-')
		return false;
	if (!take_digits(text, 2, &hours) || hours > 23)
		return false;
	if (text->len > 0 && (!take_digits(text, 2, &minutes) || minutes > 59))
		return false;
	*ret_offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (sign == '-')
		*ret_offset = -*ret_offset;
	return true;
}

/* HH[MM[SS]][fraction]; a leap second (60) is the first of the next minute. */
static bool
take_time(struct cr_slice *text, int64_t *ret_seconds)
{
	int64_t unit = 3600;
	int64_t fraction;
	int hour;
	int minute = 0;
	int second = 0;

	if (!take_digits(text, 2, &hour) || hour > 23)
		return false;
	if (next_is_digit(*text)) {
		unit = 60;
		if (!take_digits(text, 2, &minute) || minute > 59)
			return false;
		if (next_is_digit(*text)) {
			unit = 1;
			if (!take_digits(text, 2, &second) || second > 60)
				return false;
		}
	}
	if (!take_fraction(text, unit, &fraction))
		return false;
	*ret_seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + second +
	    fraction;
	return true;
}

int
cr_time_parse(struct cr_slice text, int64_t *ret_time)
{
	struct cr_date date;
	int64_t seconds;
	int64_t offset;

	if (!take_digits(&text, 4, &date.year) ||
	    !take_digits(&text, 2, &date.month) ||
	    !take_digits(&text, 2, &date.day) || !date_exists(&date) ||
	    !take_time(&text, &seconds) || !take_zone(&text, &offset) ||
	    text.len != 0)
		return CR_ESYNTAX;
	*ret_time = epoch_day(&date) * DAY + seconds - offset;
	return CR_OK;
}

/* The day since 1970-01-01 that holds an instant. */
static int64_t
day_of(int64_t time)
{
	return time / DAY - (time % DAY < 0);
}

static void
civil_of_day(int64_t day, struct cr_date *ret_date)
{
	/* 366 is never too few days for a year: the guess is not too late */
	int year = 1970 + (int)(day >= 0 ? day / 366 : day / 365 - 1);
	int month = 1;

	day += days_to_year(1970);
	while (days_to_year(year + 1) <= day)
		year++;
	day -= days_to_year(year);
	while (day >= days_in_month(year, month)) {
		day -= days_in_month(year, month);
		month++;
	}
	*ret_date = (struct cr_date){ year, month, (int)day + 1 };
}

static char *
put_digits(char *out, size_t count, int number)
{
	for (size_t i = count; i > 0; i--) {
		out[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	return out + count;
}

int
cr_time_format(int64_t time, char ret_text[CR_TIME_TEXT_SIZE])
{
	const struct cr_date first = { 0, 1, 1 };
	const struct cr_date last = { 9999, 12, 31 };
	struct cr_date date;
	int64_t day;
	int rest;
	char *out = ret_text;

	if (time < epoch_day(&first) * DAY ||
	    time >= (epoch_day(&last) + 1) * DAY)
		return CR_ESYNTAX;
	day = day_of(time);
	rest = (int)(time - day * DAY);
	civil_of_day(day, &date);
	out = put_digits(out, 4, date.year);
	out = put_digits(out, 2, date.month);
	out = put_digits(out, 2, date.day);
	out = put_digits(out, 2, rest / 3600);
	out = put_digits(out, 2, rest / 60 % 60);
	out = put_digits(out, 2, rest % 60);
	*out++ = 'Z';
	*out = '\0';
	return CR_OK;
}

/* 1970-01-01 was a Thursday. */
static int64_t
last_sunday(int year, int month)
{
	const struct cr_date date = { year, month, days_in_month(year, month) };
	int64_t day = epoch_day(&date);
	int64_t weekday = ((day + 4) % 7 + 7) % 7;

	return day - weekday;
}

/*
 * EU rule: summer time from the last Sunday of March to the last Sunday of
 * October, 01:00 UTC.  Until 1995 it ended in September.
 */
static int64_t
helsinki_offset(int64_t time, int year)
{
	const int64_t turn = 3600;

	if (year >= 1981 && time >= last_sunday(year, 3) * DAY + turn &&
	    time < last_sunday(year, year < 1996 ? 9 : 10) * DAY + turn)
		return 3 * 3600;
	return 2 * 3600;
}

int
cr_time_helsinki_day_end(int year, int month, int day, int64_t *ret_time)
{
	const struct cr_date date = { year, month, day };
	int64_t end;

	if (!date_exists(&date))
		return CR_ESYNTAX;
	end = (epoch_day(&date) + 1) * DAY - 1;
	/* the day on which the clock turns ends on the new time */
	*ret_time = end - helsinki_offset(end - 2 * 3600, year);
	return CR_OK;
}

int
cr_time_helsinki_date(int64_t time, struct cr_date *ret_date)
{
	const struct cr_date first = { 0, 1, 1 };
	const struct cr_date last = { 9999, 12, 31 };
	struct cr_date date;

	/* no clock turns near the end of a year */
	if (time < epoch_day(&first) * DAY - 2 * 3600 ||
	    time >= (epoch_day(&last) + 1) * DAY - 2 * 3600)
		return CR_ESYNTAX;
	civil_of_day(day_of(time + 2 * 3600), &date);
	civil_of_day(day_of(time + helsinki_offset(time, date.year)), &date);
	*ret_date = date;
	return CR_OK;
}

int
cr_date_after_years(const struct cr_date *date, unsigned years,
    struct cr_date *ret_date)
{
	struct cr_date end = *date;

	if (!date_exists(date) || years > (unsigned)(9999 - date->year))
		return CR_ESYNTAX;
	end.year += (int)years;
	if (end.day > days_in_month(end.year, end.month))
		end.day = days_in_month(end.year, end.month);
	*ret_date = end;
	return CR_OK;
}
