#include "unit/complaint.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LONGEST = 8192 };

static FILE *file;
static int saved = -1;

void
complaint_begin(void)
{
	fflush(stderr);
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	saved = dup(STDERR_FILENO);
	ck_assert_int_ge(saved, 0);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
}

char *
complaint_end(void)
{
	char *text = calloc(1, LONGEST);

	ck_assert_ptr_nonnull(text);
	fflush(stderr);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	rewind(file);
	ck_assert_uint_lt(fread(text, 1, LONGEST - 1, file), LONGEST - 1);
	fclose(file);
	return text;
}
