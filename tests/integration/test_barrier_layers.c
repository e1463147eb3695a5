/*
 * The log barrier above other layers of a connection: TLS from the beginning
 * and later, and a SASL security layer, which slapd puts below it when the
 * connection has read already.  The server's send buffer is small, so that a
 * layer below is stopped in the middle of a write again and again.
 */
#include "harness_ldap.h"

#include <poll.h>
#include <string.h>

enum { CUSTOMER_COUNT = 1500 };

static struct cr_server *server;

static void
start(void)
{
	static struct cr_setup setup = { .customers = CUSTOMER_COUNT,
		.gate = true,
		.tls = true,
		.limits = "limits * size=unlimited time=unlimited",
		.custreg = "custreg-customers " CUSTOMERS "\n"
			   "custreg-logWait 2" };

	setup.global = cr_keep_text(
	    "tcp-buffer write=16384\n%s\n"
	    "authz-regexp \"^uid=([^,]+),(cn=[^,]+,)?cn=digest-md5,cn=auth$\" "
	    "\"uid=$1," SERVICES "\"",
	    cr_tls_global());
	setup.ldif = cr_acting_ldif();
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	atomic_store(&server->gate->state, CR_GATE_OPEN);
	cr_server_stop(server);
}

static LDAP *
secure(const char *who)
{
	const struct cr_login login = cr_simple(who);
	struct cr_server there = *server;
	struct cr_login plain = login;
	const char *ca = cr_keep_text("%s/ca.pem", cr_tls_dir());
	LDAP *ld = NULL;
	int fresh = 0;

	plain.way = CR_PLAIN;
	there.uri = server->tls_uri;
	ck_assert_int_eq(cr_login_connect(&there, &plain, &ld), LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca),
	    LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &fresh),
	    LDAP_SUCCESS);
	ck_assert_int_eq(cr_login_bind(ld, &plain), LDAP_SUCCESS);
	return ld;
}

static int
ask(LDAP *ld, const char *dn, int scope)
{
	int id = 0;

	ck_assert_int_eq(ldap_search_ext(ld, dn, scope, "(objectClass=*)", NULL,
			     0, NULL, NULL, NULL, LDAP_NO_LIMIT, &id),
	    LDAP_SUCCESS);
	return id;
}

/* The entries up to the result, whose code it gives. */
static int
take(LDAP *ld, int id, int *ret_count)
{
	struct timeval patience = { cr_suite_seconds(30), 0 };

	*ret_count = 0;
	for (;;) {
		LDAPMessage *message = NULL;
		int code = -1;
		int type = ldap_result(ld, id, LDAP_MSG_ONE, &patience,
		    &message);

		ck_assert_msg(type > 0, "no answer (%d)", type);
		if (type == LDAP_RES_SEARCH_ENTRY) {
			char *dn = ldap_get_dn(ld, message);

			ck_assert_ptr_nonnull(dn);
			ldap_memfree(dn);
			++*ret_count;
			ldap_msgfree(message);
			continue;
		}
		ck_assert_int_eq(type, LDAP_RES_SEARCH_RESULT);
		ck_assert_int_eq(ldap_parse_result(ld, message, &code, NULL,
				     NULL, NULL, NULL, 1),
		    LDAP_SUCCESS);
		return code;
	}
}

/*
 * All customers, twice on their way at once, by a client that does not read
 * at first.
 */
static void
check_lists(LDAP *ld, int wanted)
{
	int ids[2], count;

	for (int i = 0; i < 2; i++)
		ids[i] = ask(ld, CUSTOMERS, LDAP_SCOPE_ONELEVEL);
	(void)poll(NULL, 0, 300);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(take(ld, ids[i], &count), LDAP_SUCCESS);
		if (wanted == 0)
			wanted = count;
		ck_assert_int_eq(count, wanted);
	}
	ck_assert_int_gt(wanted, CUSTOMER_COUNT / 2);
}

static void
check_points(LDAP *ld)
{
	int count;

	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(take(ld, ask(ld, C(10001), LDAP_SCOPE_BASE),
				     &count),
		    LDAP_SUCCESS);
		ck_assert_int_eq(count, 1);
	}
}

static struct cr_login
digest(void)
{
	struct cr_login login = cr_scram("robot", NULL);

	login.way = CR_PLAIN;
	login.mech = "DIGEST-MD5";
	return login;
}

static void
check_layer(LDAP *ld)
{
	ber_len_t ssf = 0;

	ck_assert_int_eq(ldap_get_option(ld, LDAP_OPT_X_SASL_SSF, &ssf),
	    LDAP_SUCCESS);
	ck_assert_uint_gt(ssf, 1);
}

START_TEST(tls_from_the_beginning)
	{
		LDAP *ld = secure("aino");

		check_points(ld);
		check_lists(ld, 0);
		check_points(ld);
		cr_logout(ld);
	}
END_TEST

START_TEST(lost_record_over_tls)
	{
		LDAP *ld = secure("aino");
		int count, id;

		check_points(ld);
		atomic_store(&server->gate->state, CR_GATE_SHUT);
		id = ask(ld, CUSTOMERS, LDAP_SCOPE_ONELEVEL);
		while (atomic_load(&server->gate->waiting) == 0)
			(void)poll(NULL, 0, 5);
		atomic_store(&server->gate->state, CR_GATE_FAILS);
		ck_assert_int_eq(take(ld, id, &count), LDAP_UNAVAILABLE);
		ck_assert_int_eq(count, 0);
		atomic_store(&server->gate->state, CR_GATE_OPEN);
		for (int64_t deadline = cr_suite_now() +
			     cr_suite_seconds(20) * 1000;
		     take(ld, ask(ld, C(10001), LDAP_SCOPE_BASE), &count) != 0;)
			ck_assert(cr_suite_again(deadline));
		check_points(ld);
		cr_logout(ld);
	}
END_TEST

START_TEST(starttls_after_searches)
	{
		struct cr_login login = cr_simple("aino");
		LDAP *ld = NULL;

		login.way = CR_PLAIN;
		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
		check_points(ld);
		check_lists(ld, 0);
		login.way = CR_STARTTLS;
		ck_assert_int_eq(cr_login_secure(ld, &login), LDAP_SUCCESS);
		ck_assert(ldap_tls_inplace(ld));
		/* slapd forgets who that was */
		ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
		check_points(ld);
		check_lists(ld, 0);
		cr_logout(ld);
	}
END_TEST

/* In one write: refused while others are under way, but never in between. */
START_TEST(starttls_behind_pipelined_searches)
	{
		struct cr_conn *conn = cr_conn_open(server, "aino");
		const struct cr_request list = { .dn = CUSTOMERS,
			.scope = ONE };
		const struct cr_request point = { .dn = C(10001) };
		const struct cr_request start_tls = { .kind = CR_EXTENDED,
			.oid = LDAP_EXOP_START_TLS };
		struct cr_text all = { 0 };
		struct cr_pdu pdu;
		int left = 0;

		expect_code(cr_ask(conn, &point), 0);
		for (int i = 0; i < 5; i++) {
			const struct cr_request *r = i == 4 ? &start_tls
			    : i % 2		     ? &list
						     : &point;
			size_t len;
			unsigned char *bytes =
			    cr_request_encode(r, 100 + i, &len);

			cr_text_put(&all, (char *)bytes, len);
			left++;
		}
		cr_conn_write(conn, all.bytes, all.len);
		while (left > 0) {
			ck_assert(cr_conn_read(conn, &pdu));
			ck_assert_int_ge(pdu.id, 100);
			if (pdu.op == LDAP_RES_SEARCH_ENTRY)
				continue;
			left--;
			/* what TLS has begun on is no message any more */
			if (pdu.id == 104 && pdu.bytes[pdu.body + 4] == 0) {
				ck_assert_int_eq(left, 0);
				return;
			}
		}
		expect_code(cr_ask(conn, &point), 0);
	}
END_TEST

START_TEST(security_layer)
	{
		struct cr_login login = digest();
		LDAP *ld = cr_login(server, &login);

		check_layer(ld);
		check_points(ld);
		check_lists(ld, 0);
		check_points(ld);
		cr_logout(ld);
	}
END_TEST

/* A layer that comes when the connection has read, and one more of them. */
START_TEST(security_layer_after_searches)
	{
		struct cr_login login = cr_simple("aino"), sasl = digest();
		LDAP *ld = NULL;

		login.way = CR_PLAIN;
		ck_assert_int_eq(cr_login_connect(server, &login, &ld),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
		check_lists(ld, 0);
		ck_assert_int_eq(cr_login_bind(ld, &sasl), LDAP_SUCCESS);
		check_layer(ld);
		check_points(ld);
		check_lists(ld, 0);
		ck_assert_int_eq(cr_login_bind(ld, &sasl), LDAP_SUCCESS);
		check_lists(ld, 0);
		check_points(ld);
		cr_logout(ld);
	}
END_TEST

START_TEST(security_layer_over_tls)
	{
		struct cr_login sasl = digest();
		LDAP *ld = secure("aino");

		check_points(ld);
		ck_assert_int_eq(cr_login_bind(ld, &sasl), LDAP_SUCCESS);
		check_points(ld);
		check_lists(ld, 0);
		cr_logout(ld);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tls = cr_suite_case(suite, "tls", start, stop);
	TCase *sasl = cr_suite_case(suite, "sasl", start, stop);

	tcase_add_test(tls, tls_from_the_beginning);
	tcase_add_test(tls, lost_record_over_tls);
	tcase_add_test(tls, starttls_after_searches);
	tcase_add_test(tls, starttls_behind_pipelined_searches);
	tcase_add_test(sasl, security_layer);
	tcase_add_test(sasl, security_layer_after_searches);
	tcase_add_test(sasl, security_layer_over_tls);
}

int
main(void)
{
	return cr_suite_run("barrier_layers", fill);
}
