/*
 * Erasure where there are several servers: a consumer by syncrepl, one by the
 * log of changes, two providers.  Slapds are killed with replicated deletes
 * under way, which stock slapd then loses for good; afterwards nobody who was
 * erased is left anywhere.
 *
 * REPLICA_KILLS=, REPLICA_SEED= for more and for other moments.
 */
#include "harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "custreg/erase.h"

#define REPLICA "cn=replica," SUFFIX
#define ERASURES "ou=erasures," SUFFIX

enum { CUSTOMERS_MADE = 60, LATEST_US = 8000 };

static const char replica_entry[] = "dn: " REPLICA "\n"
				    "objectClass: organizationalRole\n"
				    "objectClass: simpleSecurityObject\n"
				    "cn: replica\n"
				    "userPassword: kokeilu\n\n";

#define RULES                                                       \
	"access to attrs=userPassword by anonymous auth by dn.exact=\"" \
	REPLICA "\" read by * none\naccess to * by * write"
#define SETTINGS                                                      \
	"custreg-customers " CUSTOMERS "\ncustreg-replica " REPLICA   \
	"\ncustreg-suppressionkey @DIR@/suppression.key\n"
#define PROVIDES "overlay syncprov\nsyncprov-checkpoint 100 1"

/* What the second server is. */
enum kind { BY_ENTRY = 0, BY_CHANGE, TWO_PROVIDERS };
static const char *const kinds[] = { "syncrepl", "delta-syncrepl",
	"two providers" };
static enum kind kind;
static struct cr_server *first, *second;

/* ---- the servers --------------------------------------------------------- */

static char *
follow(const char *uri)
{
	return cr_keep_text("syncrepl rid=001 provider=%s "
			    "type=refreshAndPersist searchbase=\"" SUFFIX "\" "
			    "schemachecking=off retry=\"1 +\" "
			    "bindmethod=simple binddn=\"" REPLICA "\" "
			    "credentials=kokeilu %s\n",
	    uri, kind == BY_CHANGE ? "logbase=cn=log syncdata=accesslog "
		"logfilter=\"(&(objectClass=auditWriteObject)"
		"(reqResult=0))\"" : "");
}

/* The other's address is known when it has been made. */
static void
set_peer(const struct cr_server *server, const char *uri)
{
	static const char unknown[] = "ldap://unknown";
	char *path = cr_keep_text("%s/slapd.conf", server->dir);
	struct cr_text before = cr_text_of_file(path), after = { 0 };
	const char *at = strstr(before.bytes, unknown);

	ck_assert_ptr_nonnull(at);
	cr_text_put(&after, before.bytes, (size_t)(at - before.bytes));
	cr_text_add(&after, "%s%s", uri, at + sizeof(unknown) - 1);
	cr_text_to_file(path, after.bytes, after.len);
}

static void
launch(struct cr_server *server)
{
	int status;

	if (!cr_server_launch(server, &status)) {
		struct cr_text log = cr_text_of_file(server->log);

		ck_abort_msg("not up\n%s", log.bytes +
		    (log.len > 1000 ? log.len - 1000 : 0));
	}
}

static void
make_first(void)
{
	static struct cr_setup setup;

	setup = (struct cr_setup){ .customers = CUSTOMERS_MADE,
		.modules = "syncprov accesslog", .acl = RULES,
		.custreg = SETTINGS, .below = PROVIDES,
		.ldif = replica_entry };
	if (kind == BY_CHANGE) {
		setup.below = PROVIDES "\noverlay accesslog\nlogdb cn=log\n"
			"logops writes\nlogsuccess TRUE";
		setup.databases = "database mdb\nsuffix cn=log\nrootdn cn=log\n"
			"directory @DIR@/db2\nmaxsize 67108864\ndbnosync\n"
			"index reqStart,entryCSN,objectClass eq\n"
			"access to * by dn.exact=\"" REPLICA "\" read\n"
			"limits dn.exact=\"" REPLICA "\" size=unlimited\n"
			"overlay syncprov\nsyncprov-nopresent TRUE\n"
			"syncprov-reloadhint TRUE";
	}
	if (kind == TWO_PROVIDERS) {
		setup.global = "serverID 1";
		setup.limits = cr_keep_text("%smultiprovider on",
		    follow("ldap://unknown"));
	}
	first = cr_server_make(&setup);
}

static void
make_second(void)
{
	static struct cr_setup setup;

	setup = (struct cr_setup){ .empty = true, .modules = "syncprov",
		.acl = RULES, .custreg = SETTINGS,
		.limits = follow(first->uri) };
	if (kind == TWO_PROVIDERS) {
		setup.global = "serverID 2";
		setup.below = PROVIDES;
		setup.limits = cr_keep_text("%smultiprovider on",
		    follow(first->uri));
	}
	second = cr_server_make(&setup);
}

/* ---- what they have ------------------------------------------------------ */

static struct cr_answer *
ask(const struct cr_server *server, const char *who, const char *base,
    enum cr_scope scope, const char *filter, const char *attrs)
{
	struct cr_request request = { .dn = base, .scope = scope,
		.filter = filter, .attrs = attrs };

	return cr_ask_as(server, who, &request);
}

static size_t
count(const struct cr_server *server, const char *filter)
{
	struct cr_answer *answer = ask(server, "root", SUFFIX, SUB, filter,
	    "1.1");

	return answer->code == 0 ? answer->entry_count : 0;
}

static void
until_same(const char *filter)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(60) * 1000;

	while (count(first, filter) != count(second, filter) ||
	    count(first, filter) == 0)
		ck_assert_msg(cr_suite_again(deadline), "%s: %zu and %zu",
		    filter, count(first, filter), count(second, filter));
}

/* A replica sees all there is, however hidden. */
static bool
is_there(const struct cr_server *server, const char *dn)
{
	return ask(server, REPLICA, dn, BASE, NULL, "1.1")->code == 0;
}

static const char *
dn_of(unsigned number)
{
	return cr_keep_text("uid=c%u," CUSTOMERS, number);
}

static char *
uuid_of(const char *dn)
{
	struct cr_answer *seen = ask(first, "root", dn, BASE, NULL,
	    "entryUUID");

	expect_code(seen, 0);
	return cr_keep_text("%s", cr_entry_value(seen->entries, "entryUUID"));
}

static struct cr_request
request_of(const char *dn, unsigned flags)
{
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { dn, strlen(dn) }, .flags = flags };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	unsigned char *value;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
	    &request.len), CR_OK);
	request.bytes = (const char *)value;	/* kept until the end */
	return request;
}

static const char *
context_csn(const struct cr_server *server)
{
	struct cr_answer *answer = ask(server, "root", SUFFIX, BASE, NULL,
	    "contextCSN");
	const struct cr_attr *attr =
	    cr_entry_attr(answer->entries, "contextCSN");
	struct cr_text text = { 0 };

	ck_assert_ptr_nonnull(attr);
	for (size_t i = 0; i < attr->count; i++)
		cr_text_add(&text, "%s\n", attr->values[i].bytes);
	return text.bytes;
}

static void
until_gone(const struct cr_server *server, const char *dn)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(60) * 1000;

	while (is_there(server, dn))
		ck_assert_msg(cr_suite_again(deadline), "%s is still there",
		    dn);
}

static void
start_kind(enum kind which)
{
	kind = which;
	make_first();
	make_second();
	if (kind == TWO_PROVIDERS)
		set_peer(first, second->uri);
	launch(first);
	launch(second);
	until_same("(objectClass=*)");
}

static void
stop(void)
{
	cr_server_stop(second);
	cr_server_stop(first);
}

/* ---- tests --------------------------------------------------------------- */

START_TEST(gone_everywhere)
	{
		struct cr_request request = request_of(C(10001), 0);

		start_kind((enum kind)_i);
		expect_code(cr_ask_as(first, "registrar", &request), 0);
		until_gone(first, C(10001));
		until_gone(second, C(10001));
		until_same("(objectClass=crErasureOrder)");
		until_same("(objectClass=crSuppressed)");
		until_same("(objectClass=*)");
		stop();
	}
END_TEST

static void
tool(const struct cr_server *server, const char *name, const char *option,
    const char *file, const char *output)
{
	const char *const argv[] = { name, "-f",
		cr_keep_text("%s/slapd.conf", server->dir), "-b", SUFFIX,
		option, file, NULL };
	int rc = cr_load_run(server->log, argv, output);

	ck_assert_msg(rc == 0, "%s: %d, see %s", name, rc, server->log);
}

/*
 * As when deletes were lost: the second server has the customer again, with
 * the order.  It takes them out by itself, before it answers anybody, and
 * tells nobody of it.
 */
START_TEST(what_was_lost_is_mended)
	{
		struct cr_request request = request_of(C(10002), 0);
		const char *csn, *uuid, *ldif;
		size_t rest;

		start_kind((enum kind)_i);
		ldif = cr_keep_text("%s/c10002.ldif", second->dir);
		uuid = uuid_of(C(10002));
		cr_server_stop(second);
		tool(second, "/usr/sbin/slapcat", "-a",
		    "(entryDN:dnSubtreeMatch:=" C(10002) ")", ldif);
		launch(second);
		expect_code(cr_ask_as(first, "registrar", &request), 0);
		until_gone(first, C(10002));
		until_gone(second, C(10002));
		until_same("(crState=compacting)");
		rest = count(second, "(objectClass=*)");
		cr_server_stop(second);
		csn = context_csn(first);
		tool(second, "/usr/sbin/slapadd", "-l", ldif, NULL);
		launch(second);
		ck_assert(!is_there(second, C(10002)));
		ck_assert_uint_eq(ask(second, "root", SUFFIX, SUB,
		    cr_keep_text("(entryUUID=%s)", uuid), "1.1")->entry_count,
		    0);
		until_gone(second, C(10002));
		ck_assert_uint_eq(count(second, "(objectClass=*)"), rest);
		ck_assert_str_eq(context_csn(first), csn);
		/* and it still follows */
		ck_assert_int_eq(cr_change(cr_conn_open(first, "root"),
		    C(10004), "=description: after", NULL), 0);
		until_same("(description=after)");
		stop();
	}
END_TEST

static void
until_copied(const struct cr_server *server)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(60) * 1000;

	for (;;) {
		struct cr_text log = cr_server_readlog(server);

		if (log.bytes != NULL && strstr(log.bytes, "erasure") != NULL)
			return;
		ck_assert_msg(cr_suite_again(deadline), "no copy of an order");
	}
}

/* Alone, and loaded from a backup that is older than the order. */
START_TEST(a_restored_replica_is_cleansed)
	{
		struct cr_request request = request_of(C(10002), 0);
		const char *ldif;
		size_t rest;

		start_kind((enum kind)_i);
		ldif = cr_keep_text("%s/backup.ldif", second->dir);
		cr_server_stop(second);
		tool(second, "/usr/sbin/slapcat", "-a", "(objectClass=*)",
		    ldif);
		launch(second);
		expect_code(cr_ask_as(first, "registrar", &request), 0);
		until_gone(second, C(10002));
		until_same("(crState=compacting)");
		until_copied(second);
		cr_server_stop(second);
		cr_server_stop(first);
		ck_assert_int_eq(unlink(cr_keep_text("%s/db/data.mdb",
		    second->dir)), 0);
		tool(second, "/usr/sbin/slapadd", "-l", ldif, NULL);
		launch(second);
		ck_assert(!is_there(second, C(10002)));
		ck_assert(is_there(second, C(10003)));
		launch(first);
		until_same("(crState=compacting)");
		until_same("(objectClass=*)");
		rest = count(first, "(objectClass=crCustomer)");
		ck_assert_uint_eq(rest, CUSTOMERS_MADE - 1);
		stop();
	}
END_TEST

/* Asked again, for who is gone there, the leader has all look again. */
START_TEST(a_repeated_erasure_is_an_order_again)
	{
		struct cr_erase_request wanted = { .by = CR_ERASE_BY_UUID };
		struct cr_request request = request_of(C(10003), 0);
		const char *uuid, *before;
		unsigned char *value;
		struct cr_answer *order;

		start_kind((enum kind)_i);
		uuid = uuid_of(C(10003));
		expect_code(cr_ask_as(first, "registrar", &request), 0);
		until_gone(second, C(10003));
		until_same("(crState=compacting)");
		order = ask(first, "root", ERASURES, ONE,
		    cr_keep_text("(crErasureSubject=%s)", uuid), "entryCSN");
		before = cr_entry_value(order->entries, "entryCSN");
		for (size_t i = 0, n = 0; i < 16; n++) {
			unsigned byte;

			if (uuid[n] == '-')
				continue;
			ck_assert_int_eq(sscanf(uuid + n, "%2x", &byte), 1);
			wanted.uuid[i++] = (unsigned char)byte;
			n++;
		}
		ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
		    &request.len), CR_OK);
		request.bytes = (const char *)value;
		expect_code(cr_ask_as(first, "dpo", &request), 50);
		expect_code(cr_ask_as(first, "registrar", &request), 0);
		order = ask(first, "root", ERASURES, ONE,
		    cr_keep_text("(crErasureSubject=%s)", uuid), "entryCSN");
		ck_assert_str_ne(cr_entry_value(order->entries, "entryCSN"),
		    before);
		until_same("(crState=compacting)");
		stop();
	}
END_TEST

/*
 * An order that was not begun may be withdrawn.  It is one of a server that is
 * not there, so nobody carries it out.
 */
START_TEST(an_order_that_is_withdrawn_purges_nobody)
	{
		struct cr_request order = { .kind = CR_ADD };
		struct cr_request gone = { .kind = CR_DELETE };
		const char *uuid, *all;

		start_kind(TWO_PROVIDERS);
		uuid = uuid_of(C(10005));
		all = cr_keep_text("%zu", count(second,
		    "(objectClass=crCustomer)"));
		order.dn = gone.dn = cr_keep_text("crErasureId=%s," ERASURES,
		    uuid);
		order.lines[0] = "objectClass: crErasureOrder";
		order.lines[1] = cr_keep_text("crErasureId: %s", uuid);
		order.lines[2] = cr_keep_text("crErasureSubject: %s", uuid);
		order.lines[3] = "crErasureTime: 20260101000000Z";
		order.lines[4] = "crState: ordered";
		order.lines[5] = "crErasureLeader: sid-009";
		expect_code(cr_ask_as(first, "root", &order), 0);
		until_same("(objectClass=crErasureOrder)");
		cr_server_restart(second);
		ck_assert(is_there(second, C(10005)));
		expect_code(cr_ask_as(first, "root", &gone), 0);
		while (count(second, "(objectClass=crErasureOrder)") != 0)
			(void)cr_suite_again(INT64_MAX);
		cr_server_restart(second);
		cr_server_restart(first);
		ck_assert(is_there(first, C(10005)));
		ck_assert_str_eq(cr_keep_text("%zu", count(second,
		    "(objectClass=crCustomer)")), all);
		ck_assert_ptr_nonnull(cr_entry_attr(ask(second, REPLICA,
		    C(10005), BASE, NULL, "mail")->entries, "mail"));
		stop();
	}
END_TEST

/* ---- killed -------------------------------------------------------------- */

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)atoi(text) : otherwise;
}

static void
kill_one(struct cr_server *server)
{
	int status;

	kill(server->pid, SIGKILL);
	ck_assert(cr_server_ended(server, 10000, &status));
	launch(server);
}

/* Ordered there is erased everywhere, and others are nowhere touched. */
static unsigned
until_settled(const char *const *uuids, unsigned used)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(180) * 1000;
	unsigned erased = 0;

	while (count(first, "(objectClass=crErasureOrder)") !=
	    count(first, "(crState=compacting)"))
		ck_assert_msg(cr_suite_again(deadline), "not settled");
	for (unsigned i = 0; i < used; i++) {
		const char *filter = cr_keep_text("(crErasureSubject=%s)",
		    uuids[i]);
		bool ordered = ask(first, "root", ERASURES, ONE, filter,
		    "1.1")->entry_count > 0;

		while (is_there(second, dn_of(10011 + i)) == ordered)
			ck_assert_msg(cr_suite_again(deadline),
			    "%s: ordered %d, on the replica otherwise\n%s\n%s",
			    dn_of(10011 + i), ordered,
			    ask(second, "root", ERASURES, SUB, filter, "* +")
				->all.bytes,
			    ask(second, "root", SUFFIX, BASE, NULL, "contextCSN")
				->all.bytes);
		ck_assert(is_there(first, dn_of(10011 + i)) != ordered);
		erased += ordered;
	}
	return erased;
}

START_TEST(killed_while_deletes_are_on_their_way)
	{
		unsigned kills = number_of("REPLICA_KILLS", 6);
		unsigned seed = number_of("REPLICA_SEED", 4);
		const char *uuids[CUSTOMERS_MADE];
		unsigned done = 0, used = 0;

		start_kind((enum kind)_i);
		srandom(seed);
		while (done < kills && used + 11 < CUSTOMERS_MADE) {
			const struct timespec moment = { 0,
				1000 * (random() % LATEST_US) };
			struct cr_request request =
			    request_of(dn_of(10011 + used), 0);
			struct cr_conn *conn = cr_conn_open(first,
			    "registrar");

			uuids[used] = uuid_of(dn_of(10011 + used));
			(void)cr_conn_send(conn, &request);
			used++;
			nanosleep(&moment, NULL);
			kill_one(random() % 3 == 0 ? second : first);
			done++;
		}
		printf("%s, seed %u: %u kills, %u of %u erased\n",
		    kinds[kind], seed, done, until_settled(uuids, used), used);
		stop();
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "replicas", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(600));
	tcase_add_loop_test(tc, gone_everywhere, 0, COUNT(kinds));
	tcase_add_loop_test(tc, what_was_lost_is_mended, 0, COUNT(kinds));
	tcase_add_loop_test(tc, a_restored_replica_is_cleansed, 0,
	    COUNT(kinds));
	tcase_add_loop_test(tc, a_repeated_erasure_is_an_order_again, 0,
	    COUNT(kinds));
	tcase_add_test(tc, an_order_that_is_withdrawn_purges_nobody);
	tcase_add_loop_test(tc, killed_while_deletes_are_on_their_way, 0,
	    COUNT(kinds));
}

int
main(void)
{
	return cr_suite_run("erase_replicas", fill);
}
