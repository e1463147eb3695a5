#include "unit/suite.h"

#include "../../client/acl.h"

#define HANDLER "uid=aino,ou=handlers,dc=example,dc=fi"
#define CUSTOMER "uid=c10001,ou=customers,dc=example,dc=fi"

struct question {
	const char *rules[4];		/* of the database */
	const char *global;		/* of the frontend; may be NULL */
	const char *target;
	const char *attribute;
	enum cr_acl_subject_kind kind;
	const char *subject;		/* a DN, or what they are member of */
	unsigned wanted;
	int rule;			/* which grants; -1: none, 9: global */
};

static const struct question questions[] = {
	/* the levels, each with those below it */
	{ { "to * by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, 0 },
	{ { "{0}to * by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_COMPARE, 0 },
	{ { "to * by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_ADD, -1 },
	{ { "to * by * write" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE, 0 },
	{ { "to * by * add" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_DELETE, -1 },
	{ { "to * by * manage" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_MANAGE, 0 },
	{ { "to * by * auth" }, NULL, HANDLER, "userPassword",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_COMPARE, -1 },
	{ { "to * by * =xw" }, NULL, HANDLER, "userPassword",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, -1 },
	{ { "to * by * =xw" }, NULL, HANDLER, "userPassword",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE, 0 },
	{ { "to * by *" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_DISCLOSE, -1 },
	{ { "to * by * selfwrite" }, NULL, HANDLER, "member",
	    CR_ACL_SUBJECT_USER, HANDLER, CR_ACL_ADD, -1 },
	/* who */
	{ { "to * by self write by users read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_SELF, HANDLER, CR_ACL_ADD, 0 },
	{ { "to * by self write by users read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_ADD, -1 },
	{ { "to * by self write by users read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_READ, 0 },
	{ { "to * by self write by users read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, -1 },
	{ { "to * by realusers read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_READ, 0 },
	{ { "to * by dn.exact=\"UID=Aino, ou=Handlers,dc=example,dc=fi\""
	    " write" }, NULL, HANDLER, "cn", CR_ACL_SUBJECT_USER, HANDLER,
	    CR_ACL_WRITE, 0 },
	{ { "to * by dn.children=ou=handlers,dc=example,dc=fi write" }, NULL,
	    CUSTOMER, "cn", CR_ACL_SUBJECT_USER, HANDLER, CR_ACL_WRITE, 0 },
	{ { "to * by dn.one=dc=example,dc=fi write" }, NULL,
	    CUSTOMER, "cn", CR_ACL_SUBJECT_USER, HANDLER, CR_ACL_WRITE, -1 },
	{ { "to * by dn.subtree=ou=handlers,dc=example,dc=fi write" }, NULL,
	    CUSTOMER, "cn", CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_WRITE,
	    -1 },
	{ { "to * by dn.regex=\"^uid=[^,]+,ou=handlers,\" write" }, NULL,
	    CUSTOMER, "cn", CR_ACL_SUBJECT_USER, HANDLER, CR_ACL_WRITE, 0 },
	{ { "to * by dn.regex=\"^uid=[^,]+,ou=handlers,\" write" }, NULL,
	    CUSTOMER, "cn", CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_WRITE,
	    -1 },
	{ { "to dn.regex=\"(.+),dc=fi$\" by dn.exact,expand=\"$1,dc=fi\""
	    " write" }, NULL, HANDLER, "cn", CR_ACL_SUBJECT_SELF, HANDLER,
	    CR_ACL_WRITE, 0 },
	{ { "to dn.regex=\"(.+),dc=fi$\" by dn.exact,expand=\"$1,dc=fi\""
	    " write" }, NULL, HANDLER, "cn", CR_ACL_SUBJECT_USER, CUSTOMER,
	    CR_ACL_WRITE, -1 },
	{ { "to * by group.exact=cn=a,dc=fi write by users read" }, NULL,
	    HANDLER, "cn", CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_WRITE, -1 },
	{ { "to * by group.exact=cn=a,dc=fi write by users read" }, NULL,
	    HANDLER, "cn", CR_ACL_SUBJECT_MEMBER, "group.exact=cn=a,dc=fi",
	    CR_ACL_WRITE, 0 },
	{ { "to * by group/groupOfUniqueNames/uniqueMember=cn=a,dc=fi read" },
	    NULL, HANDLER, "cn", CR_ACL_SUBJECT_MEMBER,
	    "group/groupOfUniqueNames/uniqueMember=cn=a,dc=fi", CR_ACL_READ,
	    0 },
	{ { "to * by peername.ip=127.0.0.1 write by * read" }, NULL, HANDLER,
	    "cn", CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE, 0 },
	{ { "to * by ssf=128 users write by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_WRITE, 0 },
	{ { "to * by ssf=128 users write by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE, -1 },
	/* what: the first that fits decides */
	{ { "to attrs=userPassword by self =xw by anonymous auth by * none",
	    "to * by * read" }, NULL, HANDLER, "userPassword",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_READ, -1 },
	{ { "to attrs=userPassword by self =xw by anonymous auth by * none",
	    "to * by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_READ, 1 },
	{ { "to attrs=authzTo,authzFrom by * auth", "to * by self write" },
	    NULL, HANDLER, "authzFrom", CR_ACL_SUBJECT_SELF, HANDLER,
	    CR_ACL_ADD, -1 },
	{ { "to dn.subtree=ou=handlers,dc=example,dc=fi by * none",
	    "to * by * write" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, -1 },
	{ { "to dn.subtree=ou=handlers,dc=example,dc=fi by * none",
	    "to * by * write" }, NULL, CUSTOMER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, 1 },
	{ { "to dn.base=\"\" by * read", "to * by users read" }, NULL,
	    HANDLER, "cn", CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, -1 },
	{ { "to filter=(objectClass=crHandler) by * none",
	    "to * by * write" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE, 1 },
	{ { "to attrs=@person by * write", "to * by * none" }, NULL, HANDLER,
	    "cn", CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE, 0 },
	{ { "to attrs=cn val.regex=\"A.*\" by * write", "to * by * read" },
	    NULL, HANDLER, "cn", CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_WRITE,
	    0 },
	/* break and continue */
	{ { "to * by dn.exact=cn=u,dc=fi write by * break",
	    "to * by * read" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, 1 },
	{ { "to * by * =cs break", "to * by * +r" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_SEARCH | CR_ACL_READ, 1 },
	{ { "to * by * =cs continue by users +r" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_SEARCH | CR_ACL_READ, 0 },
	{ { "to * by * write continue by users -w" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_WRITE, -1 },
	{ { "to * by users write", "to * by * write" }, NULL, HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, -1 },
	/* the frontend's come after those of the database */
	{ { "to dn.base=cn=x by * write" }, "to * by * read", HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, 9 },
	{ { "to * by * none" }, "to * by * read", HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, -1 },
	{ { NULL }, "to * by * read", HANDLER, "cn",
	    CR_ACL_SUBJECT_ANONYMOUS, "", CR_ACL_READ, 9 },
	{ { "to * by * none break" }, "to * by users read", HANDLER, "cn",
	    CR_ACL_SUBJECT_USER, CUSTOMER, CR_ACL_READ, 9 }
};

static const int question_count = sizeof(questions) / sizeof(questions[0]);

START_TEST(who_may_what)
{
	const struct question *q = &questions[_i];
	struct cr_acl acl = { 0 };
	struct cr_acl global = { 0 };
	const struct cr_acl_target target = { cr_slice_of(q->target),
		q->attribute };
	struct cr_acl_subject subject = { .kind = q->kind };
	const struct cr_acl_rule *rule;
	int found = -1;

	for (int i = 0; i < 4 && q->rules[i] != NULL; i++)
		ck_assert_int_eq(cr_acl_add(&acl, cr_slice_of(q->rules[i])),
			CR_OK);
	if (q->global != NULL)
		ck_assert_int_eq(cr_acl_add(&global, cr_slice_of(q->global)),
			CR_OK);
	if (q->kind == CR_ACL_SUBJECT_MEMBER)
		subject.member_of = q->subject;
	else
		subject.ndn = cr_slice_of(q->subject);
	rule = cr_acl_grants(&acl, &global, &target, &subject, q->wanted);
	if (rule != NULL && global.count > 0 && rule == &global.rules[0])
		found = 9;
	else if (rule != NULL)
		found = (int)(rule - acl.rules);
	ck_assert_msg(found == q->rule, "%s: by rule %d, not %d",
		q->rules[0] != NULL ? q->rules[0] : q->global, found,
		q->rule);
	cr_acl_clear(&acl);
	cr_acl_clear(&global);
}
END_TEST

static const char *const broken[] = {
	"", "to", "to *", "* by * read", "to * by", "to * by read",
	"to * by nobody read", "to * by * reed", "to * by * =q",
	"to cn=foo by * read", "to * by * read then", "to * by \"* read",
	"to dn.near=dc=fi by * read", "to * by dn.exact=x read",
	"to * by dn=dc=a dn=dc=b read", "to dn=dc=a dn=dc=b by * read"
};

START_TEST(a_broken_rule_is_refused)
{
	struct cr_acl acl = { 0 };

	ck_assert_msg(cr_acl_add(&acl, cr_slice_of(broken[_i])) == CR_ESYNTAX,
		"%s", broken[_i]);
	ck_assert_uint_eq(acl.count, 0);
	cr_acl_clear(&acl);
}
END_TEST

static const struct {
	const char *line;
	int rc;
	size_t count;
	const char *last;
} lines[] = {
	{ "", CR_OK, 0, NULL },
	{ " \t ", CR_OK, 0, NULL },
	{ "a  b\tc", CR_OK, 3, "c" },
	{ "dn=\"cn=a b,dc=c\"", CR_OK, 1, "dn=cn=a b,dc=c" },
	{ "a\\ b", CR_OK, 1, "a b" },
	{ "\"a\\\"b\" \"\"", CR_OK, 2, "" },
	{ "\"a", CR_ESYNTAX, 0, NULL },
	{ "a\\", CR_OK, 1, "a\\" }
};

START_TEST(lines_are_split)
{
	struct cr_strings words = { 0 };

	ck_assert_int_eq(cr_words_split(cr_slice_of(lines[_i].line), &words),
		lines[_i].rc);
	if (lines[_i].rc == CR_OK)
		ck_assert_uint_eq(words.count, lines[_i].count);
	if (lines[_i].last != NULL)
		ck_assert_str_eq(words.items[words.count - 1],
			lines[_i].last);
	cr_strings_clear(&words);
}
END_TEST

START_TEST(an_index_is_left_out)
{
	struct cr_slice rest = cr_without_index(
		CR_SLICE_LITERAL("{12}to *"));

	ck_assert(cr_slice_equal(rest, CR_SLICE_LITERAL("to *")));
	rest = cr_without_index(CR_SLICE_LITERAL("{12"));
	ck_assert(cr_slice_equal(rest, CR_SLICE_LITERAL("{12")));
	rest = cr_without_index((struct cr_slice){ "", 0 });
	ck_assert_uint_eq(rest.len, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client acl");
	TCase *tcase = tcase_create("client acl");

	tcase_add_loop_test(tcase, who_may_what, 0, question_count);
	tcase_add_loop_test(tcase, a_broken_rule_is_refused, 0,
		sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(tcase, lines_are_split, 0,
		sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(tcase, an_index_is_left_out);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
