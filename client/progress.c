#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { STEP = 10000 };

void
cr_progress(uint64_t entries)
{
	if (entries % STEP == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%" PRIu64 " entries", entries);
}

/* Leaves an empty line. */
void
cr_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%30s\r", "");
}
