/* Instants (seconds since 1970, UTC) as people and programs read them. */
#ifndef CR_CLIENT_INSTANT_H
#define CR_CLIENT_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* "YYYY-mm-ddTHH:MM:SSZ" and its NUL */
#define CR_INSTANT_ISO_SIZE 21
/* "YYYY-mm-dd" and its NUL */
#define CR_INSTANT_DAY_SIZE 11

/* Zeros for years that are not 0000 to 9999. */
void cr_instant_iso(int64_t time, char ret_text[CR_INSTANT_ISO_SIZE]);

/*
 * The day in Helsinki of which this is the last second, as law counts days.
 * False, and nothing written, when it is the end of none.
 */
bool cr_instant_ends_day(int64_t time, char ret_day[CR_INSTANT_DAY_SIZE]);

#endif
