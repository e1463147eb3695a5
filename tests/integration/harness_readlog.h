/* For the tests of the read log as a database. */
#ifndef CR_HARNESS_READLOG_H
#define CR_HARNESS_READLOG_H

#include "harness.h"

#define LOG "cn=readlog"
#define READLOG                                 \
	"database custreglog\nsuffix " LOG "\n" \
	"sizelimit unlimited\n"

/* As dealt by the generator of the sample. */
#define UUID1 "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844" /* c10001 */
#define UUID2 "264f025f-a560-4df4-9245-82cf39ed0aae" /* c10002 */
#define UUID3 "6a05b747-a46f-4ff8-b364-5f7cf7df49a2" /* c10003 */

/* Of customers: the end of an operation is a record too. */
#define MARKED(mark) "(&(crReadReference=" mark ")(crReadSubject=*))"

/*
 * LDIF of a handler who sees nobody but as an advertiser, and may read the
 * log all the same.
 */
extern const char readlog_auditor[];

/* A read that the test finds again by its reference: entries found. */
size_t readlog_read(const struct cr_server *server, const char *who,
    const char *dn, enum cr_scope scope, const char *mark,
    const char *purpose);
/* One level below the suffix. */
struct cr_answer *readlog_ask(const struct cr_server *server, const char *who,
    const char *filter, const char *attrs);
/* How many lines of cr_server_readlog() from `from` on have both words. */
size_t readlog_lines(const struct cr_text *log, size_t from, const char *a,
    const char *b);

#endif
