#include "instant.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

void
cr_instant_iso(int64_t time, char ret_text[CR_INSTANT_ISO_SIZE])
{
	char plain[CR_TIME_TEXT_SIZE];

	if (cr_time_format(time, plain) != CR_OK)
		memset(plain, '0', sizeof(plain) - 1);
	snprintf(ret_text, CR_INSTANT_ISO_SIZE,
	    "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", plain, plain + 4, plain + 6,
	    plain + 8, plain + 10, plain + 12);
}

bool
cr_instant_ends_day(int64_t time, char ret_day[CR_INSTANT_DAY_SIZE])
{
	struct cr_date date;
	int64_t end;

	if (cr_time_helsinki_date(time, &date) != CR_OK ||
	    cr_time_helsinki_day_end(date.year, date.month, date.day,
	    &end) != CR_OK || end != time)
		return false;
	snprintf(ret_day, CR_INSTANT_DAY_SIZE, "%04u-%02u-%02u",
	    (unsigned)date.year % 10000, (unsigned)date.month % 100,
	    (unsigned)date.day % 100);
	return true;
}
