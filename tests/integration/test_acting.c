/*
 * What a service does for somebody beside searching, and what changes when
 * a connection is used by one after the other.
 */
#include "harness_ldap.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define AINO "dn:uid=aino," HANDLERS
#define MIKKO "dn:uid=mikko," HANDLERS

static struct cr_server *server;

static void
start(void)
{
	static struct cr_setup setup;

	setup.ldif = cr_acting_ldif();
	/* slapd then writes to who has logged in */
	setup.limits = "lastbind on";
	setup.global = cr_tls_global();
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	cr_server_stop(server);
}

START_TEST(writes_through_a_service)
	{
		struct cr_login login = cr_scram("crm", NULL);
		LDAP *ld = cr_login(server, &login);
		const char *line = "=title: rouva";

		ck_assert_int_eq(cr_login_change(ld, C(10001), line,
				     cr_proxy(AINO)),
		    0);
		ck_assert_int_eq(cr_login_change(ld, C(10001), line, NULL),
		    LDAP_NO_SUCH_OBJECT);
		ck_assert_int_eq(cr_login_change(ld, C(10001), line,
				     cr_proxy(MIKKO)),
		    LDAP_NO_SUCH_OBJECT);
		ck_assert_int_eq(cr_login_change(ld, C(10006), line,
				     cr_proxy(AINO)),
		    LDAP_NO_SUCH_OBJECT);
		/* billing writes invoices, not names */
		ck_assert_int_eq(cr_login_change(ld, C(10001), line,
				     cr_controls(LDAP_CONTROL_PROXY_AUTHZ, AINO,
					 CR_OID_PURPOSE_CONTROL, "billing",
					 NULL)),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

START_TEST(customer_through_a_service)
	{
		struct cr_login login = cr_scram("portal", NULL);
		LDAP *ld = cr_login(server, &login);
		LDAPControl **own = cr_proxy("dn:" C(10003));

		ck_assert_int_eq(cr_login_change(ld, C(10003),
				     "+crMarketingBan: marketResearch", own),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10003),
				     "-crMarketingBan: marketResearch", own),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10003), "=title: herra",
				     own),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10001), "=title: herra",
				     own),
		    LDAP_NO_SUCH_OBJECT);
		cr_logout(ld);
	}
END_TEST

/* The role of the registrar goes with the purpose it is for. */
START_TEST(policy_through_a_service)
	{
		struct cr_login crm = cr_scram("crm", NULL);
		struct cr_login keeper = cr_scram("keeper", NULL);
		struct cr_login liisa = cr_simple("liisa");
		LDAPControl **registrar =
		    cr_proxy("dn:uid=registrar," HANDLERS);
		LDAPControl **aino = cr_proxy("dn:uid=aino," HANDLERS);
		static const char line[] = "+crAllowedPurpose: marketResearch";
		static const char undo[] = "-crAllowedPurpose: marketResearch";
		LDAP *ld = cr_login(server, &crm);

		ck_assert_int_eq(cr_login_change(ld, "uid=crm," SERVICES, line,
				     registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);

		ld = cr_login(server, &keeper);
		ck_assert_str_eq(cr_sees(ld, registrar), ALL10);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, registrar),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     undo, registrar),
		    LDAP_SUCCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, aino),
		    LDAP_INSUFFICIENT_ACCESS);
		/* neither on the entry of the person nor on that of the service */
		ck_assert_int_eq(cr_login_change(ld, "uid=registrar," HANDLERS,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, "uid=keeper," SERVICES,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		/* nor does a person become the registrar */
		ld = cr_login(server, &liisa);
		ck_assert_int_eq(cr_login_change(ld, "uid=mailer," SERVICES,
				     line, registrar),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(cr_login_change(ld, C(10001), "=title: x",
				     registrar),
		    LDAP_NO_SUCH_OBJECT);
		cr_logout(ld);
	}
END_TEST

static int
change_password(LDAP *ld, const char *dn, LDAPControl **controls)
{
	struct berval identity = { strlen(dn), (char *)dn };
	struct berval fresh = { 8, (char *)"kokeilu2" };
	LDAPMessage *result = NULL;
	int id = 0, rc, code = LDAP_OTHER;

	rc = ldap_passwd(ld, &identity, NULL, &fresh, controls, NULL, &id);
	ck_assert_int_eq(rc, LDAP_SUCCESS);
	ck_assert_int_gt(ldap_result(ld, id, LDAP_MSG_ALL, NULL, &result), 0);
	ck_assert_int_eq(ldap_parse_result(ld, result, &code, NULL, NULL, NULL,
			     NULL, 1),
	    LDAP_SUCCESS);
	return code;
}

START_TEST(passwords_through_a_service)
	{
		struct cr_login portal = cr_scram("portal", NULL);
		struct cr_login robot = cr_scram("robot", NULL);
		struct cr_login person = cr_simple("liisa");
		LDAPControl **own = cr_proxy("dn:" C(10004));
		LDAP *ld = cr_login(server, &portal);

		ck_assert_int_eq(change_password(ld, C(10004), own),
		    LDAP_SUCCESS);
		ck_assert_int_eq(change_password(ld, C(10001), own),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(change_password(ld, C(10004), NULL),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		ld = cr_login(server, &robot);
		ck_assert_int_eq(change_password(ld, C(10004), own),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
		ld = cr_login(server, &person);
		ck_assert_int_eq(change_password(ld, C(10004), own),
		    LDAP_INSUFFICIENT_ACCESS);
		ck_assert_int_eq(change_password(ld, "uid=aino," HANDLERS,
				     cr_proxy(AINO)),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

/* Three customers a page; the cookie for the next, or NULL. */
static const char *
page(LDAP *ld, LDAPControl *proxy, struct berval *cookie)
{
	struct berval none = { 0, (char *)"" };
	LDAPControl *controls[3] = { 0 };
	LDAPControl **replied = NULL, *found;
	LDAPMessage *result = NULL;
	struct cr_text text = { 0 };
	ber_int_t total;
	int rc, code = LDAP_OTHER;

	ck_assert_int_eq(ldap_create_page_control(ld, 3,
			     cookie->bv_val != NULL ? cookie : &none, 1,
			     &controls[0]),
	    LDAP_SUCCESS);
	controls[1] = proxy;
	rc = ldap_search_ext_s(ld, CUSTOMERS, LDAP_SCOPE_SUBTREE,
	    "(objectClass=crCustomer)", NULL, 0, controls, NULL, NULL, 0,
	    &result);
	ldap_control_free(controls[0]);
	ck_assert_ptr_nonnull(result);
	cr_text_add(&text, "%s", "");
	for (LDAPMessage *e = ldap_first_entry(ld, result); e != NULL;
	     e = ldap_next_entry(ld, e)) {
		char *dn = ldap_get_dn(ld, e);

		cr_text_add(&text, "%.6s ", dn + 4);
		ldap_memfree(dn);
	}
	ber_memfree(cookie->bv_val);
	cookie->bv_val = NULL;
	ck_assert_int_eq(ldap_parse_result(ld, result, &code, NULL, NULL, NULL,
			     &replied, 1),
	    LDAP_SUCCESS);
	found = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, replied, NULL);
	if (rc != LDAP_SUCCESS)
		cr_text_add(&text, "result %d", rc);
	else if (found != NULL)
		ck_assert_int_eq(ldap_parse_pageresponse_control(ld, found,
				     &total, cookie),
		    LDAP_SUCCESS);
	ldap_controls_free(replied);
	return text.bytes;
}

/* Pages begun as one and gone on with as another show what that one sees. */
START_TEST(pages_are_of_one_reader)
	{
		struct cr_login login = cr_simple("root");
		LDAPControl *aino = cr_proxy(AINO)[0],
			    *mikko = cr_proxy(MIKKO)[0];
		struct berval cookie = { 0, NULL };
		LDAP *ld = cr_login(server, &login);
		const char *other;

		ck_assert_str_eq(page(ld, aino, &cookie),
		    "c10001 c10002 c10003 ");
		/* by proxied authorization on the same bind */
		other = page(ld, mikko, &cookie);
		ck_assert_ptr_null(strstr(other, "c10002"));
		ck_assert_ptr_null(strstr(other, "c10005"));
		ck_assert_ptr_null(strstr(other, "c10006"));

		/* by another bind */
		login = cr_simple("aino");
		ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
		ber_memfree(cookie.bv_val);
		cookie.bv_val = NULL;
		ck_assert_str_eq(page(ld, NULL, &cookie),
		    "c10001 c10002 c10003 ");
		login = cr_simple("mikko");
		ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
		other = page(ld, NULL, &cookie);
		ck_assert_ptr_null(strstr(other, "c10005"));
		ck_assert_ptr_null(strstr(other, "c10006"));
		ber_memfree(cookie.bv_val);
		cr_logout(ld);
	}
END_TEST

/* What is seen changes with the bind, on one connection. */
START_TEST(bind_again)
	{
		const struct {
			struct cr_login login;
			const char *sees;
		} steps[] = {
			{ cr_simple("aino"), CARE10 },
			{ cr_simple("mikko"), MARKETING10 },
			{ cr_scram("mailer", NULL), MARKETING10 },
			{ cr_scram("crm", AINO), CARE10 },
			{ cr_scram("crm", NULL), NOBODY10 },
			{ cr_simple("c10002"), "c10002" },
			{ cr_simple("root"), ALL10 },
			{ cr_simple("leena"), NOBODY10 },
			{ cr_simple("registrar"), ALL10 },
			{ cr_simple(NULL), "result 32" },
			{ cr_scram("phonebook", NULL),
			    "c10001 c10002 c10003 c10007 c10008 c10009 c10010" },
		};
		LDAP *ld = cr_login(server, &steps[0].login);

		for (size_t i = 0; i < COUNT(steps); i++) {
			ck_assert_int_eq(cr_login_bind(ld, &steps[i].login),
			    LDAP_SUCCESS);
			ck_assert_str_eq(cr_sees(ld, NULL), steps[i].sees);
		}
		cr_logout(ld);
	}
END_TEST

START_TEST(failed_bind_leaves_nothing)
	{
		struct cr_login aino = cr_simple("aino");
		struct cr_login simple = cr_simple("registrar");
		struct cr_login scram = cr_scram("mailer", NULL);
		struct cr_login not_for_him = cr_scram("mailer", AINO);
		struct cr_login *const wrong[] = { &simple, &scram,
			&not_for_him };

		simple.password = "arvaus";
		scram.password = "arvaus";
		for (size_t i = 0; i < COUNT(wrong); i++) {
			LDAP *ld = cr_login(server, &aino);

			ck_assert_str_eq(cr_sees(ld, NULL), CARE10);
			ck_assert_int_ne(cr_login_bind(ld, wrong[i]),
			    LDAP_SUCCESS);
			ck_assert_str_eq(cr_sees(ld, NULL), "result 32");
			cr_logout(ld);
		}
	}
END_TEST

/* The last line of the read log of this search. */
static const char *
last_read(LDAP *ld, LDAPControl **controls)
{
	const char *line, *next;

	ck_assert_ptr_nonnull(strstr(cr_sees(ld, controls), "c10001"));
	next = cr_server_readlog(server).bytes;
	do {
		line = next;
	} while ((next = strstr(line, "\nt=")) != NULL && next++ != NULL);
	return line;
}

START_TEST(the_log_names_both)
	{
		struct cr_login login = cr_scram("crm", NULL);
		LDAP *ld = cr_login(server, &login);
		const char *line = last_read(ld, cr_proxy(AINO));

		ck_assert_ptr_nonnull(
		    strstr(line, "who=uid=crm," SERVICES " "));
		ck_assert_ptr_nonnull(
		    strstr(line, "for=uid=aino," HANDLERS " "));
		ck_assert_ptr_nonnull(strstr(line, "purpose=customerCare "));
		ck_assert_ptr_nonnull(strstr(line, "mech=SCRAM-SHA-256 "));
		cr_logout(ld);
		login = cr_simple("aino");
		ld = cr_login(server, &login);
		line = last_read(ld, NULL);
		ck_assert_ptr_nonnull(
		    strstr(line, "who=uid=aino," HANDLERS " "));
		ck_assert_ptr_null(strstr(line, "for="));
		ck_assert_ptr_nonnull(strstr(line, "mech=simple "));
		cr_logout(ld);
	}
END_TEST

/* Customers are numbers in there, whoever acted for them. */
START_TEST(the_log_names_no_customer)
	{
		struct cr_login portal = cr_scram("portal", "dn:" C(10002));
		struct cr_login root = cr_simple("root");
		struct cr_login own = cr_simple("c10003");
		const char *log;

		ck_assert_str_eq(cr_login_sees(server, &portal, NULL),
		    "c10002");
		ck_assert_str_eq(cr_login_sees(server, &root,
				     cr_proxy("dn:" C(10001))),
		    "c10001");
		ck_assert_str_eq(cr_login_sees(server, &own, NULL), "c10003");
		ck_assert_str_eq(cr_login_sees(server, &own,
				     cr_purpose("directMarketing")),
		    "result 50");
		log = cr_server_readlog(server).bytes;
		ck_assert_ptr_nonnull(
		    strstr(log, " who=uid=portal," SERVICES " for=uuid:"));
		ck_assert_ptr_nonnull(strstr(log, " who=uuid:"));
		ck_assert_ptr_null(strstr(log, CUSTOMERS));
		ck_assert_ptr_null(strstr(log, "uuid:unknown"));
	}
END_TEST

/* That slapd writes the time of a bind is no write of the customer's. */
START_TEST(the_last_bind_is_noted)
	{
		struct cr_login root = cr_simple("root"),
				aino = cr_simple("aino");
		static const char *const who[] = { "c10001", "c10006", "leena",
			"mailer" };
		LDAP *ld = cr_login(server, &root);

		for (size_t i = 0; i < COUNT(who); i++) {
			struct cr_login login = cr_simple(who[i]);
			LDAP *own = cr_login(server, &login);

			ck_assert_int_eq(ldap_compare_ext_s(ld,
					     cr_conn_dn(who[i]),
					     "pwdLastSuccess",
					     &(struct berval){ 15,
						 (char *)"20200101000000Z" },
					     NULL, NULL),
			    LDAP_COMPARE_FALSE);
			cr_logout(own);
		}
		cr_logout(ld);
		/* nor is it anybody's to see */
		ld = cr_login(server, &aino);
		ck_assert_int_eq(ldap_compare_ext_s(ld, C(10001),
				     "pwdLastSuccess",
				     &(struct berval){ 15,
					 (char *)"20200101000000Z" },
				     NULL, NULL),
		    LDAP_INSUFFICIENT_ACCESS);
		cr_logout(ld);
	}
END_TEST

/* Two readers by turns on one connection; ends the process. */
static void
take_turns(const struct cr_login *one, const char *one_sees,
    const struct cr_login *other, const char *other_sees)
{
	enum { TURNS = 20 };
	LDAP *ld = NULL;

	if (cr_login_connect(server, one, &ld) != LDAP_SUCCESS)
		_exit(2);
	for (int i = 0; i < TURNS; i++) {
		if (cr_login_bind(ld, i % 2 ? other : one) != LDAP_SUCCESS)
			_exit(3);
		if (strcmp(cr_sees(ld, NULL), i % 2 ? other_sees : one_sees))
			_exit(4);
	}
	cr_logout(ld);
	_exit(0);
}

static bool
ended(pid_t *pid)
{
	int status = 0;

	if (waitpid(*pid, &status, WNOHANG) != *pid)
		return false;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "a reader ended with %d", WEXITSTATUS(status));
	*pid = 0;
	return true;
}

/* While the registrar keeps changing the policy. */
START_TEST(many_at_once)
	{
		const struct {
			struct cr_login login;
			const char *sees;
		} pairs[][2] = {
			{ { cr_simple("aino"), CARE10 },
			    { cr_simple("mikko"), MARKETING10 } },
			{ { cr_scram("crm", AINO), CARE10 },
			    { cr_scram("crm", NULL), NOBODY10 } },
			{ { cr_simple("c10002"), "c10002" },
			    { cr_simple("leena"), NOBODY10 } },
			{ { cr_simple("root"), ALL10 },
			    { cr_scram("mailer", NULL), MARKETING10 } },
		};
		struct cr_login registrar = cr_simple("registrar");
		pid_t pids[COUNT(pairs)];
		size_t running = COUNT(pairs);
		LDAP *ld;

		for (size_t i = 0; i < COUNT(pairs); i++) {
			pids[i] = fork();
			ck_assert_int_ge(pids[i], 0);
			if (pids[i] == 0)
				take_turns(&pairs[i][0].login, pairs[i][0].sees,
				    &pairs[i][1].login, pairs[i][1].sees);
		}
		ld = cr_login(server, &registrar);
		for (int i = 0; running > 0; i++) {
			ck_assert_int_eq(cr_login_change(ld,
					     "uid=olli," HANDLERS,
					     i % 2 ? "=crSuspended: TRUE"
						   : "=crSuspended",
					     NULL),
			    LDAP_SUCCESS);
			running = 0;
			for (size_t n = 0; n < COUNT(pairs); n++)
				running += pids[n] != 0 && !ended(&pids[n]);
		}
		cr_logout(ld);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tcase = cr_suite_case(suite, "acting", start, stop);

	tcase_add_test(tcase, writes_through_a_service);
	tcase_add_test(tcase, customer_through_a_service);
	tcase_add_test(tcase, policy_through_a_service);
	tcase_add_test(tcase, passwords_through_a_service);
	tcase_add_test(tcase, pages_are_of_one_reader);
	tcase_add_test(tcase, bind_again);
	tcase_add_test(tcase, failed_bind_leaves_nothing);
	tcase_add_test(tcase, the_log_names_both);
	tcase_add_test(tcase, the_last_bind_is_noted);
	tcase_add_test(tcase, many_at_once);
	tcase_add_test(tcase, the_log_names_no_customer);
}

int
main(void)
{
	return cr_suite_run("acting", fill);
}
