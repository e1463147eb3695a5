/* The filters and times of custreg log query. */
#include "unit/suite.h"

#include <stdlib.h>

#include "../../client/log_query.h"

static const struct {
	const char *text;
	const char *first;	/* NULL: refused */
	const char *last;
} times[] = {
	{ "2026-11-22", "20261122000000Z", "20261122235959.999Z" },
	{ "2026-11-22T19:42", "20261122194200Z", "20261122194259.999Z" },
	{ "2026-11-22T19:42Z", "20261122194200Z", "20261122194259.999Z" },
	{ "2026-11-22T19:42:10", "20261122194210Z",
	    "20261122194210.999Z" },
	{ "2026-11-22T19:42:10Z", "20261122194210Z",
	    "20261122194210.999Z" },
	{ "20261122194210Z", "20261122194210Z", "20261122194210Z" },
	{ "20261122194210.5Z", "20261122194210.5Z", "20261122194210.5Z" },
	{ "2026-13-22", NULL, NULL },
	{ "2026-02-30", NULL, NULL },
	{ "2026-11-22T25:00", NULL, NULL },
	{ "2026-11-22 19:42", NULL, NULL },
	{ "2026-11-2", NULL, NULL },
	{ "2026-11-22T", NULL, NULL },
	{ "yesterday", NULL, NULL },
	{ "", NULL, NULL }
};

START_TEST(time_as_people_write_it)
{
	char *first = NULL, *last = NULL;
	int rc = cr_log_query_time(times[_i].text, false, &first);

	if (times[_i].first == NULL) {
		ck_assert_int_eq(rc, CR_ESYNTAX);
		ck_assert_int_eq(cr_log_query_time(times[_i].text, true,
		    &last), CR_ESYNTAX);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_int_eq(cr_log_query_time(times[_i].text, true, &last),
	    CR_OK);
	ck_assert_str_eq(first, times[_i].first);
	ck_assert_str_eq(last, times[_i].last);
	free(first);
	free(last);
}
END_TEST

#define UUID "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844"

static const struct {
	struct cr_log_question question;
	const char *filter;
} questions[] = {
	{ { .all = true }, "(&(objectClass=crRead))" },
	{ { .subject = NULL }, "(&(objectClass=crRead)"
	    "(|(crReadSubject=*)(crReadEvent=*)))" },
	{ { .subject = UUID }, "(&(objectClass=crRead)"
	    "(crReadSubject=" UUID "))" },
	{ { .subject = "uid=c1,dc=fi" }, "(&(objectClass=crRead)"
	    "(crReadSubjectDN=uid=c1,dc=fi))" },
	{ { .all = true, .reader = "cn=a(b)*\\2c,dc=fi",
	    .recipient = "cn=r,dc=fi" }, "(&(objectClass=crRead)"
	    "(crReadReader=cn=a\\28b\\29\\2a\\5c2c,dc=fi)"
	    "(crReadRecipient=cn=r,dc=fi))" },
	{ { .all = true, .purpose = "x)(y=*", .type = "search",
	    .from = "20260101000000Z", .until = "20261231000000Z" },
	    "(&(objectClass=crRead)(crReadPurpose=x\\29\\28y=\\2a)"
	    "(crReadType=search)(crReadTime>=20260101000000Z)"
	    "(crReadTime<=20261231000000Z))" }
};

START_TEST(question_as_a_filter)
{
	char *filter = NULL;

	ck_assert_int_eq(cr_log_query_filter(&questions[_i].question,
	    &filter), CR_OK);
	ck_assert_str_eq(filter, questions[_i].filter);
	free(filter);
}
END_TEST

START_TEST(uuid_or_not)
{
	ck_assert(cr_log_query_is_uuid(UUID));
	ck_assert(!cr_log_query_is_uuid("c10001"));
	ck_assert(!cr_log_query_is_uuid("uid=c10001,dc=example"));
	ck_assert(!cr_log_query_is_uuid(""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_log_query");
	TCase *tcase = tcase_create("client_log_query");

	tcase_add_loop_test(tcase, time_as_people_write_it, 0,
		sizeof(times) / sizeof(times[0]));
	tcase_add_loop_test(tcase, question_as_a_filter, 0,
		sizeof(questions) / sizeof(questions[0]));
	tcase_add_test(tcase, uuid_or_not);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
