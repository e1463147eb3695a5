/*
 * custreg log query: questions to the read log of a running server.
 */
#ifndef CR_CLIENT_LOG_QUERY_H
#define CR_CLIENT_LOG_QUERY_H

#include <stdio.h>

#include "entry.h"
#include "options.h"

enum cr_log_form {
	CR_LOG_TABLE = 0,
	CR_LOG_JSON,
	CR_LOG_CSV
};

struct cr_log_question {	/* owned texts; NULL: any */
	char *subject;		/* UUID or DN */
	char *reader;		/* DN */
	char *recipient;	/* DN */
	const char *purpose;
	const char *type;
	char *from;		/* GeneralizedTime */
	char *until;		/* likewise, the last instant */
	bool all;		/* ends of operations too */
};

/*
 * YYYY-MM-DD, YYYY-MM-DDTHH:MM[:SS][Z] or GeneralizedTime; UTC.  What is less
 * than an instant is its first one, or for `last` its last.  CR_ESYNTAX.
 */
int cr_log_query_time(const char *text, bool last, char **ret_time)
	CR_WARN_UNUSED;

/* 8-4-4-4-12 hexadecimal digits? */
bool cr_log_query_is_uuid(const char *text);

/* The filter of a question, RFC 4515; malloced. */
int cr_log_query_filter(const struct cr_log_question *question,
	char **ret_filter) CR_WARN_UNUSED;
/* "(<attribute>=<value>)", the value escaped; malloced, NULL: no memory. */
char *cr_log_query_term(const char *attribute, const char *operator,
	const char *value);

/* One record, ready to be written; borrowed. */
struct cr_log_row {
	const struct cr_entry *entry;
	const char *reader_name;	/* "": none known */
	const char *behalf_name;
};

void cr_log_print_begin(FILE *out, enum cr_log_form form);
int cr_log_print_row(FILE *out, enum cr_log_form form,
	const struct cr_log_row *row, bool is_first) CR_WARN_UNUSED;
void cr_log_print_end(FILE *out, enum cr_log_form form, size_t rows);

#endif
