/*
 * slapd's accesslog after an erasure: no value of the erased, whatever they
 * and what belonged to them were called; and nothing of anybody else goes.
 */
#include "harness_command.h"

#include <stdio.h>
#include <string.h>

#define LOG "cn=log"
#define ERASURES "ou=erasures," SUFFIX
#define SECRET "salainen-arvo-4711"

static const struct cr_setup logged = { .bare = true,
	.modules = "accesslog",
	.databases = "database mdb\nsuffix " LOG "\nrootdn \"" ROOT "\"\n"
		     "directory @DIR@/db2\nmaxsize 268435456\n"
		     "index reqStart,reqEntryUUID eq\n"
		     "access to * by dn.exact=\"" ROOT "\" read by * none",
	.below = "overlay accesslog\nlogdb " LOG
		 "\nlogops writes\nlogold (objectClass=*)",
	.custreg = "custreg-customers " CUSTOMERS };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&logged);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static void
ask(const struct cr_request *request)
{
	expect_code(cr_ask_as(server, "root", request), 0);
}

static void
change(const char *dn, const char *line)
{
	const struct cr_request request = { .kind = CR_MODIFY, .dn = dn,
		.lines = { line } };

	ask(&request);
}

static void
rename_to(const char *dn, const char *rdn, const char *superior)
{
	const struct cr_request request = { .kind = CR_MODRDN, .dn = dn,
		.rdn = rdn, .superior = superior };

	ask(&request);
}

static void
add_customer(const char *uid, const char *text)
{
	const struct cr_request request = { .kind = CR_ADD,
		.dn = cr_keep_text("uid=%s," CUSTOMERS, uid),
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", cr_keep_text("uid: %s", uid),
		    "cn: A", "sn: A", cr_keep_text("description: %s",
		    text) } };

	ask(&request);
}

static void
add_assignment(const char *dn, const char *number, const char *text)
{
	const struct cr_request request = { .kind = CR_ADD,
		.dn = cr_keep_text("crAssignmentNumber=%s,%s", number, dn),
		.lines = { "objectClass: crAssignment",
		    cr_keep_text("crAssignmentNumber: %s", number),
		    "crDate: 20100101000000Z",
		    cr_keep_text("description: %s", text) } };

	ask(&request);
}

static void
until_erased(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (cr_look(cr_conn_open(server, "root"), ERASURES, ONE,
		   "(&(objectClass=crErasureOrder)(!(crState=compacting)))",
		   "1.1")->entry_count > 0)
		ck_assert(cr_suite_again(deadline));
}

static void
erase(const char *dn)
{
	expect_said(CR_COMMAND("erase", "-x", "-H", server->uri, "-D",
			cr_conn_dn("registrar"), "-w", "kokeilu", dn), 0);
	until_erased();
}

/* Everything the log has. */
static struct cr_text
log_text(void)
{
	return cr_look(cr_conn_open(server, "root"), LOG, SUB, NULL, "*")->all;
}

static bool
has(const char *what)
{
	struct cr_text text = log_text();

	return cr_bytes_contain(text.bytes, text.len, what, strlen(what));
}

START_TEST(nothing_under_any_name)
	{
		const struct cr_request away = { .kind = CR_DELETE,
			.dn = "crAssignmentNumber=T4,uid=c50002," CUSTOMERS };

		add_customer("c50001", SECRET "-a");
		add_assignment("uid=c50001," CUSTOMERS, "T1", SECRET "-b");
		add_assignment("uid=c50001," CUSTOMERS, "T2", SECRET "-c");
		change("crAssignmentNumber=T1,uid=c50001," CUSTOMERS,
		    "=description: " SECRET "-d");
		/* the child had another name, and then the customer */
		rename_to("crAssignmentNumber=T2,uid=c50001," CUSTOMERS,
		    "crAssignmentNumber=T3", NULL);
		rename_to("uid=c50001," CUSTOMERS, "uid=c50002", NULL);
		change("crAssignmentNumber=T3,uid=c50002," CUSTOMERS,
		    "=description: " SECRET "-e");
		/* and one that was deleted long before */
		add_assignment("uid=c50002," CUSTOMERS, "T4", SECRET "-f");
		ask(&away);
		ck_assert(has(SECRET "-b"));
		ck_assert(has(SECRET "-f"));
		erase("uid=c50002," CUSTOMERS);
		ck_assert(!has(SECRET));
		/* a consumer is still told that they are gone */
		ck_assert_uint_eq(cr_look(cr_conn_open(server, "root"), LOG,
				      SUB, "(&(reqType=delete)(reqDN=uid=c50002,"
				      CUSTOMERS "))", "1.1")->entry_count, 1);
	}
END_TEST

/* The name was somebody else's before, who lives on under another. */
START_TEST(others_of_the_same_name_keep_theirs)
	{
		add_customer("c50003", "toinen-arvo-1");
		add_assignment("uid=c50003," CUSTOMERS, "T5",
		    "toinen-arvo-2");
		rename_to("uid=c50003," CUSTOMERS, "uid=c50004", NULL);
		add_customer("c50003", SECRET "-g");
		add_assignment("uid=c50003," CUSTOMERS, "T6", SECRET "-h");
		erase("uid=c50003," CUSTOMERS);
		ck_assert(!has(SECRET));
		ck_assert(has("toinen-arvo-1"));
		ck_assert(has("toinen-arvo-2"));
	}
END_TEST

/* What was given to another customer is theirs, and so are its records. */
START_TEST(what_was_moved_away_keeps_its_records)
	{
		add_customer("c50005", SECRET "-i");
		add_customer("c50006", "toinen-arvo-3");
		add_assignment("uid=c50005," CUSTOMERS, "T7",
		    "toinen-arvo-4");
		rename_to("crAssignmentNumber=T7,uid=c50005," CUSTOMERS,
		    "crAssignmentNumber=T7", "uid=c50006," CUSTOMERS);
		erase("uid=c50005," CUSTOMERS);
		ck_assert(!has(SECRET));
		ck_assert(has("toinen-arvo-3"));
		ck_assert(has("toinen-arvo-4"));
	}
END_TEST

/* A group lives on, and so do its records, without the names of the erased. */
START_TEST(groups_no_longer_name_them)
	{
		static const char member[] = "UID=c50007," CUSTOMERS;
		static const char named[] = "c50007,";
		const struct cr_request group = { .kind = CR_ADD,
			.dn = "cn=ryhma," SUFFIX,
			.lines = { "objectClass: groupOfNames", "cn: ryhma",
			    cr_keep_text("member: %s", member),
			    "member: " C(10004),
			    "description: toinen-arvo-5" } };
		struct cr_answer *seen;

		add_customer("c50007", SECRET "-j");
		ask(&group);
		change(group.dn, cr_keep_text("+seeAlso: %s", member));
		change(group.dn, "=description: toinen-arvo-6");
		ck_assert(has(cr_keep_text("member:+ uid=%s", named)));
		erase("uid=c50007," CUSTOMERS);
		ck_assert(!has(SECRET));
		/* added by nobody, and nobody was there before */
		ck_assert(!has(cr_keep_text("member:+ UID=%s", named)));
		ck_assert(!has(cr_keep_text("member:+ uid=%s", named)));
		ck_assert(!has(cr_keep_text("seeAlso:+ UID=%s", named)));
		ck_assert(!has(cr_keep_text("seeAlso:+ uid=%s", named)));
		ck_assert(!has(cr_keep_text("member: UID=%s", named)));
		ck_assert(!has(cr_keep_text("member: uid=%s", named)));
		/* a consumer is told to take them out */
		ck_assert(has("member:- "));
		/* all else that the group's records say is there */
		ck_assert(has("toinen-arvo-5"));
		ck_assert(has("toinen-arvo-6"));
		ck_assert(has("member:+ " C(10004)));
		seen = cr_look(cr_conn_open(server, "root"), LOG, SUB,
		    "(&(reqType=add)(reqDN=cn=ryhma," SUFFIX "))", "1.1");
		ck_assert_uint_eq(seen->entry_count, 1);
	}
END_TEST

/* ---- many at once --------------------------------------------------------- */

enum { MANY = 40 };

static const char *
one_of_many(unsigned i)
{
	return cr_keep_text("uid=c6%04u," CUSTOMERS, i);
}

static struct cr_text
people(void)
{
	struct cr_text text = { 0 };

	for (unsigned i = 0; i < MANY; i++)
		cr_text_add(&text,
		    "dn: %s\nobjectClass: inetOrgPerson\n"
		    "objectClass: crCustomer\nuid: c6%04u\ncn: A\nsn: A\n"
		    "\n", one_of_many(i), i);
	return text;
}

static struct cr_text
orders(void)
{
	struct cr_text text = { 0 };

	for (unsigned i = 0; i < MANY; i++) {
		struct cr_answer *seen = cr_look(cr_conn_open(server, "root"),
		    one_of_many(i), BASE, NULL, "entryUUID");
		const char *uuid = cr_entry_value(seen->entries, "entryUUID");

		cr_text_add(&text,
		    "dn: crErasureId=%s," ERASURES "\n"
		    "objectClass: crErasureOrder\ncrErasureId: %s\n"
		    "crErasureSubject: %s\n"
		    "crErasureTime: 20260102030405Z\ncrState: ordered\n\n",
		    uuid, uuid, uuid);
	}
	return text;
}

/* So they are all carried out together, when it starts. */
static void
order_all(void)
{
	char *file = cr_server_path(server, "orders.ldif");
	char *conf = cr_server_path(server, "slapd.conf");
	const char *const argv[] = { "/usr/sbin/slapadd", "-q", "-f", conf,
		"-b", SUFFIX, "-l", file, NULL };
	FILE *out = fopen(file, "w");
	int status;

	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(orders().bytes, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	cr_server_stop(server);
	ck_assert_int_eq(cr_load_run(server->log, argv, NULL), 0);
	ck_assert(cr_server_launch(server, &status));
}

static size_t
records_of(const char *filter)
{
	return cr_look(cr_conn_open(server, "root"), LOG, SUB, filter,
	    "1.1")->entry_count;
}

static struct cr_text
records_of_living(void)
{
	return cr_look(cr_conn_open(server, "root"), LOG, SUB,
	    "(|(reqDN=" C(10001) ")(reqDN=" C(10002) ")"
	    "(reqDN=crAssignmentNumber=T9," C(10001) "))", "*")->all;
}

START_TEST(many_together)
	{
		struct cr_setup setup = logged;
		struct cr_request group = { .kind = CR_ADD,
			.dn = "cn=ryhma," SUFFIX,
			.lines = { "objectClass: groupOfNames", "cn: ryhma",
			    "member: " C(10001), "member: uid=c60000,"
			    CUSTOMERS, "description: toinen-arvo-8" } };
		struct cr_text before, after;

		setup.ldif = people().bytes;
		server = cr_server_start(&setup);
		ask(&group);
		for (unsigned i = 0; i < MANY; i++) {
			change(one_of_many(i), "=description: " SECRET "-k");
			if (i > 0)
				change(group.dn, cr_keep_text("+member: %s",
				    one_of_many(i)));
			change(C(10001), cr_keep_text(
			    "=description: toinen-arvo-9-%u", i));
		}
		/* from one of them to another, and away from all */
		add_assignment(one_of_many(3), "T8", SECRET "-l");
		rename_to(cr_keep_text("crAssignmentNumber=T8,%s",
		    one_of_many(3)), "crAssignmentNumber=T8", one_of_many(30));
		add_assignment(one_of_many(4), "T9", "toinen-arvo-10");
		rename_to(cr_keep_text("crAssignmentNumber=T9,%s",
		    one_of_many(4)), "crAssignmentNumber=T9", C(10001));
		change("crAssignmentNumber=T9," C(10001),
		    "=description: toinen-arvo-11");
		/* a name that was another's for a while */
		rename_to(one_of_many(7), "uid=c60099", NULL);
		rename_to(C(10002), "uid=c60007", NULL);
		change(one_of_many(7), "=description: toinen-arvo-12");
		add_assignment(one_of_many(7), "T10", "toinen-arvo-13");
		add_assignment("uid=c60099," CUSTOMERS, "T11", SECRET "-m");
		rename_to(one_of_many(7), "uid=c10002", NULL);
		rename_to("uid=c60099," CUSTOMERS, "uid=c60007", NULL);
		before = records_of_living();
		order_all();
		until_erased();
		ck_assert_uint_eq(cr_look(cr_conn_open(server, "root"),
				      CUSTOMERS, ONE, "(uid=c6*)",
				      "1.1")->entry_count, 0);
		ck_assert(!has(SECRET));
		ck_assert_uint_eq(cr_look(cr_conn_open(server, "root"),
				      "cn=ryhma," SUFFIX, BASE, NULL,
				      NULL)->entry_count, 1);
		for (unsigned i = 0; i < MANY; i++) {
			ck_assert(!has(cr_keep_text("member:+ uid=c6%04u,",
			    i)));
			ck_assert(!has(cr_keep_text("member: uid=c6%04u,",
			    i)));
			/* consumers are told */
			ck_assert_uint_eq(records_of(cr_keep_text(
					      "(&(reqType=delete)(reqDN=%s))",
					      one_of_many(i))), 1);
		}
		after = records_of_living();
		ck_assert_uint_eq(after.len, before.len);
		ck_assert_mem_eq(after.bytes, before.bytes, after.len);
		ck_assert(has("toinen-arvo-8"));
		ck_assert(has("toinen-arvo-10"));
		ck_assert(has("toinen-arvo-12"));
		ck_assert(has("toinen-arvo-13"));
		cr_server_stop(server);
	}
END_TEST

/* ---- a consumer that lags behind ------------------------------------------ */

#define REPLICA "cn=replica," SUFFIX
#define RULES                                                       \
	"access to attrs=userPassword by anonymous auth by dn.exact=\"" \
	REPLICA "\" read by * none\naccess to * by * write"
#define SETTINGS                                                            \
	"custreg-customers " CUSTOMERS "\ncustreg-replica " REPLICA         \
	"\ncustreg-suppressionkey @DIR@/suppression.key\n"

static const struct cr_setup provider = { .bare = true,
	.modules = "syncprov accesslog", .acl = RULES, .custreg = SETTINGS,
	.below = "overlay syncprov\nsyncprov-checkpoint 100 1\n"
		 "overlay accesslog\nlogdb " LOG
		 "\nlogops writes\nlogsuccess TRUE\nlogold (objectClass=*)",
	.databases = "database mdb\nsuffix " LOG "\nrootdn " LOG "\n"
		     "directory @DIR@/db2\nmaxsize 67108864\ndbnosync\n"
		     "index reqStart,entryCSN,objectClass eq\n"
		     "access to * by dn.exact=\"" REPLICA "\" read\n"
		     "limits dn.exact=\"" REPLICA "\" size=unlimited\n"
		     "overlay syncprov\nsyncprov-nopresent TRUE\n"
		     "syncprov-reloadhint TRUE",
	.ldif = "dn: " REPLICA "\nobjectClass: organizationalRole\n"
		"objectClass: simpleSecurityObject\ncn: replica\n"
		"userPassword: kokeilu\n\n" };

static struct cr_server *
make_consumer(void)
{
	static struct cr_setup setup = { .empty = true,
		.modules = "syncprov", .acl = RULES, .custreg = SETTINGS };

	setup.limits = cr_keep_text("syncrepl rid=001 provider=%s "
	    "type=refreshAndPersist searchbase=\"" SUFFIX "\" "
	    "schemachecking=off retry=\"1 +\" bindmethod=simple "
	    "binddn=\"" REPLICA "\" credentials=kokeilu logbase=" LOG
	    " syncdata=accesslog logfilter=\"(&(objectClass=auditWriteObject)"
	    "(reqResult=0))\"\n", server->uri);
	return cr_server_make(&setup);
}

/* All of the register, with what tells one copy from another. */
static struct cr_text
register_of(const struct cr_server *from)
{
	return cr_look(cr_conn_open(from, "root"), SUFFIX, SUB,
	    "(!(objectClass=crErasureOrder))",
	    "1.1 entryUUID entryCSN member seeAlso description")->all;
}

static size_t
count(const struct cr_server *from)
{
	return cr_look(cr_conn_open(from, "root"), SUFFIX, SUB, NULL,
	    "1.1")->entry_count;
}

/* Each entry's UUID and CSN is there; the order they come in is not kept. */
static bool
has_all(const struct cr_server *from, const struct cr_server *of)
{
	struct cr_answer *wanted = cr_look(cr_conn_open(of, "root"), SUFFIX,
	    SUB, "(!(objectClass=crErasureOrder))", "entryUUID entryCSN");
	struct cr_text text = register_of(from);

	for (const struct cr_entry *e = wanted->entries; e; e = e->next) {
		const char *uuid = cr_entry_value(e, "entryUUID");
		const char *csn = cr_entry_value(e, "entryCSN");

		if (!cr_bytes_contain(text.bytes, text.len, uuid,
			strlen(uuid)) ||
		    !cr_bytes_contain(text.bytes, text.len, csn, strlen(csn)))
			return false;
	}
	return count(from) == count(of);
}

static void
until_same(struct cr_server *consumer)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (!has_all(consumer, server))
		ck_assert_msg(cr_suite_again(deadline), "%zu and %zu entries",
		    count(server), count(consumer));
}

/*
 * It has missed, when it comes back, the group that named them, whose record
 * no longer does; or, `before`, it had the group and missed all that follows.
 */
START_TEST(consumers_converge)
	{
		const bool before = _i == 0;
		const struct cr_request group = { .kind = CR_ADD,
			.dn = "cn=ryhma," SUFFIX,
			.lines = { "objectClass: groupOfNames", "cn: ryhma",
			    "member: " C(10003), "member: " C(10004) } };
		struct cr_server *consumer;
		struct cr_answer *seen;
		int status;

		server = cr_server_start(&provider);
		consumer = make_consumer();
		ck_assert(cr_server_launch(consumer, &status));
		until_same(consumer);
		if (before) {
			ask(&group);
			until_same(consumer);
		}
		cr_server_stop(consumer);
		if (!before)
			ask(&group);
		change(C(10003), "=description: " SECRET);
		change(group.dn, "+seeAlso: " C(10003));
		change(group.dn, "=description: toinen-arvo-7");
		erase(C(10003));
		change(group.dn, "+member: " C(10005));
		ck_assert(cr_server_launch(consumer, &status));
		until_same(consumer);
		seen = cr_look(cr_conn_open(consumer, "root"), group.dn, BASE,
		    NULL, NULL);
		expect_code(seen, 0);
		ck_assert_uint_eq(cr_entry_attr(seen->entries,
				      "member")->count, 2);
		ck_assert(cr_entry_has(seen->entries, "member", C(10004)));
		ck_assert(cr_entry_has(seen->entries, "member", C(10005)));
		ck_assert(cr_entry_has(seen->entries, "description",
		    "toinen-arvo-7"));
		ck_assert_ptr_null(cr_entry_attr(seen->entries, "seeAlso"));
		seen = cr_look(cr_conn_open(consumer, "root"), CUSTOMERS, SUB,
		    "(uid=c10003)", "1.1");
		ck_assert_uint_eq(seen->entry_count, 0);
		cr_server_stop(consumer);
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *lags = cr_suite_case(suite, "lags", NULL, NULL);
	TCase *tc = cr_suite_case(suite, "accesslog", start, stop);
	TCase *many = cr_suite_case(suite, "many", NULL, NULL);

	tcase_add_test(tc, nothing_under_any_name);
	tcase_add_test(tc, others_of_the_same_name_keep_theirs);
	tcase_add_test(tc, what_was_moved_away_keeps_its_records);
	tcase_add_test(tc, groups_no_longer_name_them);
	tcase_add_test(many, many_together);
	tcase_add_loop_test(lags, consumers_converge, 0, 2);
}

int
main(void)
{
	return cr_suite_run("erase_accesslog", fill);
}
