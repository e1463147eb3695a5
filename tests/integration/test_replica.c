/*
 * A replica for real: another slapd with the module, which fetches the whole
 * register over TLS with its certificate and guards it in the same way.
 */
#include "harness_ldap.h"

#include <string.h>

static struct cr_server *provider;
static struct cr_server *consumer;

static const char settings[] =
    "custreg-customers " CUSTOMERS "\ncustreg-replica " REPLICA;

/* by the log of changes (delta-syncrepl), or entry by entry */
static bool delta;

/* slapd's own rules have to let it read, passwords too */
#define LET_IT_READ                                             \
	"access to * by dn.exact=" REPLICA " read by * break\n" \
	"limits dn.exact=" REPLICA " size=unlimited time=unlimited\n"

static void
start_provider(void)
{
	static struct cr_setup setup = { .modules = "syncprov accesslog",
		.limits = LET_IT_READ,
		.custreg = settings };

	setup.below = "overlay syncprov\nsyncprov-checkpoint 100 1";
	setup.databases = NULL;
	if (delta) {
		setup.below = "overlay syncprov\nsyncprov-checkpoint 100 1\n"
			      "overlay accesslog\nlogdb cn=log\n"
			      "logops writes\nlogsuccess TRUE";
		setup.databases =
		    "database mdb\nsuffix cn=log\nrootdn cn=log\n"
		    "directory @DIR@/db2\nmaxsize 67108864\ndbnosync\n"
		    "index reqStart,entryCSN,objectClass eq\n" LET_IT_READ
		    "access to * by * none\n"
		    "overlay syncprov\nsyncprov-nopresent TRUE\n"
		    "syncprov-reloadhint TRUE";
	}
	setup.global = cr_tls_global();
	provider = cr_server_start(&setup);
}

/* Empty, and with the certificate of that name. */
static struct cr_server *
start_consumer(struct cr_setup *setup, const char *certificate)
{
	const char *dir = cr_tls_dir();

	*setup = (struct cr_setup){ .empty = true, .custreg = settings };
	setup->global = cr_tls_global();
	setup->limits = cr_keep_text("syncrepl rid=001 provider=%s "
				     "type=refreshAndPersist "
				     "searchbase=\"" SUFFIX "\" "
				     "schemachecking=off retry=\"1 +\" "
				     "bindmethod=sasl saslmech=EXTERNAL "
				     "starttls=critical tls_reqcert=demand "
				     "tls_cacert=%s/ca.pem tls_cert=%s/%s.pem "
				     "tls_key=%s/%s.key %s",
	    provider->uri, dir, dir, certificate, dir, certificate,
	    delta ? "logbase=cn=log syncdata=accesslog "
		    "logfilter=\"(&(objectClass=auditWriteObject)"
		    "(reqResult=0))\""
		  : "");
	return cr_server_start(setup);
}

/* How many entries rootdn finds, with their attributes as text. */
static const char *
whole(const struct cr_server *server, size_t *ret_count)
{
	struct cr_request request = { .kind = CR_SEARCH,
		.dn = SUFFIX,
		.scope = SUB,
		.attrs = "* entryUUID crBanRecord" };
	struct cr_answer *answer = cr_ask_as(server, "root", &request);

	*ret_count = answer->code == LDAP_SUCCESS ? answer->entry_count : 0;
	return answer->all.bytes;
}

/* Whoever it is sees that on the consumer, sooner or later. */
static void
becomes(const char *who, const char *wanted)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct cr_login login = cr_simple(who);
	LDAP *ld = cr_login(consumer, &login);
	const char *sees = cr_sees(ld, NULL);

	while (strcmp(sees, wanted) != 0) {
		ck_assert_msg(cr_suite_again(deadline), "%s sees \"%s\"", who,
		    sees);
		sees = cr_sees(ld, NULL);
	}
	cr_logout(ld);
}

static void
start(void)
{
	static struct cr_setup setup;
	int64_t deadline;
	size_t all, there;

	start_provider();
	consumer = start_consumer(&setup, "replica");
	deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	(void)whole(provider, &all);
	for (;;) {
		(void)whole(consumer, &there);
		if (there == all)
			break;
		ck_assert_msg(cr_suite_again(deadline),
		    "%zu of %zu entries arrived", there, all);
	}
}

static void
start_delta(void)
{
	delta = true;
	start();
}

static void
stop(void)
{
	cr_server_stop(consumer);
	cr_server_stop(provider);
}

/* Entries come in another order when children come before their parents. */
START_TEST(everything_arrives)
	{
		size_t here, there;
		const char *a = whole(provider, &here);
		const char *b = whole(consumer, &there);

		ck_assert_uint_eq(here, there);
		ck_assert_str_eq(a, b);
	}
END_TEST

START_TEST(readers_see_the_same)
	{
		static const struct {
			const char *who;
			const char *sees;
		} rows[] = { { "aino", CARE10 }, { "mikko", MARKETING10 },
			{ "dpo", ALL10 }, { "leena", NOBODY10 },
			{ "c10006", "c10006" } };
		struct cr_login crm = cr_scram("crm", "dn:uid=aino," HANDLERS);
		struct cr_login mailer = cr_scram("mailer", NULL);

		for (size_t i = 0; i < COUNT(rows); i++) {
			struct cr_login login = cr_simple(rows[i].who);

			ck_assert_str_eq(cr_login_sees(consumer, &login, NULL),
			    rows[i].sees);
		}
		ck_assert_str_eq(cr_login_sees(consumer, &crm, NULL), CARE10);
		ck_assert_str_eq(cr_login_sees(consumer, &mailer, NULL),
		    MARKETING10);
	}
END_TEST

static int
change(const char *who, const char *dn, const char *line)
{
	struct cr_login login = cr_simple(who);
	LDAP *ld = cr_login(provider, &login);
	int rc = cr_login_change(ld, dn, line, NULL);

	cr_logout(ld);
	return rc;
}

START_TEST(bans_arrive)
	{
		size_t count;

		ck_assert_int_eq(change("aino", C(10007),
				     "+crMarketingBan: directMarketing"),
		    LDAP_SUCCESS);
		becomes("mikko", "c10001 c10003 c10004 c10008 c10009 c10010");
		becomes("aino", CARE10);
		/* with the record of who set it */
		ck_assert_str_eq(whole(provider, &count),
		    whole(consumer, &count));
		ck_assert_int_eq(change("c10007", C(10007),
				     "-crMarketingBan: directMarketing"),
		    LDAP_SUCCESS);
		becomes("mikko", MARKETING10);
	}
END_TEST

START_TEST(policy_arrives)
	{
		ck_assert_int_eq(change("registrar", "uid=aino," HANDLERS,
				     "=crSuspended: TRUE"),
		    LDAP_SUCCESS);
		becomes("aino", NOBODY10);
		ck_assert_int_eq(change("registrar", "uid=aino," HANDLERS,
				     "=crSuspended"),
		    LDAP_SUCCESS);
		becomes("aino", CARE10);
		ck_assert_int_eq(change("registrar",
				     "cn=directMarketing," PURPOSES,
				     "=crHiddenByRestriction: FALSE"),
		    LDAP_SUCCESS);
		becomes("mikko",
		    "c10001 c10003 c10004 c10006 c10007 c10008 c10009 "
		    "c10010");
		ck_assert_int_eq(change("registrar",
				     "cn=directMarketing," PURPOSES,
				     "=crHiddenByRestriction: TRUE"),
		    LDAP_SUCCESS);
		becomes("mikko", MARKETING10);
	}
END_TEST

START_TEST(deletions_arrive)
	{
		struct cr_login root = cr_simple("root");
		LDAP *ld = cr_login(provider, &root);

		ck_assert_int_eq(cr_login_change(ld, "uid=c10002," CUSTOMERS,
				     "=title: rouva", NULL),
		    LDAP_SUCCESS);
		ck_assert_int_eq(
		    ldap_add_ext_s(ld, "uid=c10011," CUSTOMERS,
			(LDAPMod *[]){
			    &(LDAPMod){ .mod_op = LDAP_MOD_ADD,
				.mod_type = "objectClass",
				.mod_values = (char *[]){ "inetOrgPerson",
				    "crCustomer", NULL } },
			    &(LDAPMod){ .mod_op = LDAP_MOD_ADD,
				.mod_type = "cn",
				.mod_values = (char *[]){ "Uusi", NULL } },
			    &(LDAPMod){ .mod_op = LDAP_MOD_ADD,
				.mod_type = "sn",
				.mod_values = (char *[]){ "Uusi", NULL } },
			    NULL },
			NULL, NULL),
		    LDAP_SUCCESS);
		becomes("mikko", MARKETING10 " c10011");
		ck_assert_int_eq(ldap_delete_ext_s(ld, "uid=c10011," CUSTOMERS,
				     NULL, NULL),
		    LDAP_SUCCESS);
		becomes("mikko", MARKETING10);
		cr_logout(ld);
	}
END_TEST

/* What the replica got is on record, also what it got while it persists. */
START_TEST(the_log_names_the_replica)
	{
		const char *log = cr_server_readlog(provider).bytes;

		ck_assert_ptr_nonnull(strstr(log, " who=" REPLICA " "));
		ck_assert_ptr_nonnull(strstr(log, " mech=EXTERNAL "));
	}
END_TEST

/* A service with a good certificate is still no replica. */
START_TEST(nobody_else_gets_it)
	{
		static struct cr_setup setup;
		int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
		struct cr_server *other = start_consumer(&setup, "mailer");
		size_t count;

		while (strstr(cr_server_readlog(provider).bytes,
			   " who=uid=mailer," SERVICES " ") == NULL &&
		    strstr(cr_text_of_file(other->log).bytes, "rid=001") == NULL)
			ck_assert(cr_suite_again(deadline));
		(void)whole(other, &count);
		ck_assert_uint_eq(count, 0);
		cr_server_stop(other);
	}
END_TEST

static void
fill_case(TCase *tcase)
{
	tcase_add_test(tcase, everything_arrives);
	tcase_add_test(tcase, readers_see_the_same);
	tcase_add_test(tcase, bans_arrive);
	tcase_add_test(tcase, policy_arrives);
	tcase_add_test(tcase, deletions_arrive);
	tcase_add_test(tcase, the_log_names_the_replica);
	tcase_add_test(tcase, nobody_else_gets_it);
}

static void
fill(Suite *suite)
{
	fill_case(cr_suite_case(suite, "entries", start, stop));
	fill_case(cr_suite_case(suite, "delta", start_delta, stop));
}

int
main(void)
{
	return cr_suite_run("replica", fill);
}
