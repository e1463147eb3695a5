/* Binding through libldap, and what one sees then. */
#include "harness_ldap.h"

#include <sasl/sasl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void
set(LDAP *ld, int option, const void *value)
{
	ck_assert_int_eq(ldap_set_option(ld, option, value), LDAP_SUCCESS);
}

/* slapd refuses while it has not quite done with what it has answered. */
static int
start_tls(LDAP *ld, const char *certificate)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(10) * 1000;
	const char *dir = cr_tls_dir();
	const int demand = LDAP_OPT_X_TLS_DEMAND;
	const int client = 0;
	int rc;

	set(ld, LDAP_OPT_X_TLS_CACERTFILE, cr_keep_text("%s/ca.pem", dir));
	set(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	if (certificate != NULL) {
		set(ld, LDAP_OPT_X_TLS_CERTFILE,
		    cr_keep_text("%s/%s.pem", dir, certificate));
		set(ld, LDAP_OPT_X_TLS_KEYFILE,
		    cr_keep_text("%s/%s.key", dir, certificate));
	}
	set(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
	do {
		rc = ldap_start_tls_s(ld, NULL, NULL);
	} while (rc == LDAP_OPERATIONS_ERROR && cr_suite_again(deadline));
	return rc;
}

int
cr_login_secure(LDAP *ld, const struct cr_login *login)
{
	return login->way == CR_STARTTLS ? start_tls(ld, login->certificate)
					 : LDAP_SUCCESS;
}

static char *
socket_uri(const struct cr_server *server)
{
	struct cr_text uri = { 0 };

	cr_text_add(&uri, "ldapi://");
	for (const char *p = server->socket; *p != '\0'; p++) {
		if (*p == '/')
			cr_text_add(&uri, "%%2F");
		else
			cr_text_put(&uri, p, 1);
	}
	return uri.bytes;
}

struct cr_login
cr_simple(const char *who)
{
	return (struct cr_login){ .way = CR_STARTTLS, .name = who };
}

struct cr_login
cr_scram(const char *service, const char *authzid)
{
	return (struct cr_login){ .way = CR_STARTTLS,
		.mech = "SCRAM-SHA-256",
		.name = service,
		.authzid = authzid };
}

int
cr_login_connect(const struct cr_server *server, const struct cr_login *login,
    LDAP **ret_ld)
{
	const int version = LDAP_VERSION3;
	const struct timeval patience = { cr_suite_seconds(30), 0 };
	int rc;

	/* what the user has in ldap.conf is no part of the test */
	setenv("LDAPNOINIT", "1", 1);
	rc = ldap_initialize(ret_ld,
	    login->way == CR_SOCKET ? socket_uri(server) : server->uri);
	ck_assert_int_eq(rc, LDAP_SUCCESS);
	set(*ret_ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	set(*ret_ld, LDAP_OPT_TIMEOUT, &patience);
	set(*ret_ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	return login->way == CR_STARTTLS
	    ? start_tls(*ret_ld, login->certificate)
	    : LDAP_SUCCESS;
}

static const char *
password_of(const struct cr_login *login)
{
	return login->password != NULL ? login->password : "kokeilu";
}

/* Cyrus SASL asks; it borrows the answers. */
static int
interact(LDAP *ld, unsigned flags, void *defaults, void *questions)
{
	const struct cr_login *login = defaults;

	(void)ld;
	(void)flags;
	for (sasl_interact_t *q = questions; q->id != SASL_CB_LIST_END; q++) {
		const char *answer = "";

		if (q->id == SASL_CB_AUTHNAME && login->name != NULL)
			answer = login->name;
		else if (q->id == SASL_CB_PASS)
			answer = password_of(login);
		else if (q->id == SASL_CB_USER && login->authzid != NULL)
			answer = login->authzid;
		q->result = answer;
		q->len = (unsigned)strlen(answer);
	}
	return LDAP_SUCCESS;
}

int
cr_login_bind(LDAP *ld, const struct cr_login *login)
{
	const char *password = password_of(login);
	struct berval secret = { strlen(password), (char *)password };
	struct berval none = { 0, NULL };

	if (login->mech != NULL)
		return ldap_sasl_interactive_bind_s(ld, NULL, login->mech, NULL,
		    NULL, LDAP_SASL_QUIET, interact, (void *)login);
	return ldap_sasl_bind_s(ld, cr_conn_dn(login->name), LDAP_SASL_SIMPLE,
	    login->name == NULL ? &none : &secret, NULL, NULL, NULL);
}

LDAP *
cr_login(const struct cr_server *server, const struct cr_login *login)
{
	LDAP *ld = NULL;
	int rc = cr_login_connect(server, login, &ld);

	ck_assert_msg(rc == LDAP_SUCCESS, "connect: %s", ldap_err2string(rc));
	rc = cr_login_bind(ld, login);
	ck_assert_msg(rc == LDAP_SUCCESS, "bind: %s", ldap_err2string(rc));
	return ld;
}

void
cr_logout(LDAP *ld)
{
	ldap_unbind_ext(ld, NULL, NULL);
}

LDAPControl **
cr_controls(const char *oid, ...)
{
	enum { MOST = 4 };
	LDAPControl **controls = cr_keep((MOST + 1) * sizeof(*controls));
	va_list args;

	va_start(args, oid);
	for (size_t i = 0; oid != NULL; i++) {
		const char *value = va_arg(args, const char *);

		ck_assert(i < MOST);
		controls[i] = cr_keep(sizeof(**controls));
		controls[i]->ldctl_oid = cr_keep_text("%s", oid);
		controls[i]->ldctl_value.bv_val = cr_keep_text("%s", value);
		controls[i]->ldctl_value.bv_len = strlen(value);
		controls[i]->ldctl_iscritical = 1;
		oid = va_arg(args, const char *);
	}
	va_end(args);
	return controls;
}

LDAPControl **
cr_proxy(const char *authzid)
{
	return cr_controls(LDAP_CONTROL_PROXY_AUTHZ, authzid, NULL);
}

LDAPControl **
cr_purpose(const char *name)
{
	return cr_controls(CR_OID_PURPOSE_CONTROL, name, NULL);
}

static const char *
uid_of(LDAP *ld, LDAPMessage *entry)
{
	char *dn = ldap_get_dn(ld, entry);
	const char *uid;

	ck_assert_ptr_nonnull(dn);
	ck_assert_msg(strncmp(dn, "uid=", 4) == 0, "no customer: %s", dn);
	uid = cr_keep_text("%.*s", (int)strcspn(dn + 4, ","), dn + 4);
	ldap_memfree(dn);
	return uid;
}

/* libldap stops the program when there is no answer at all. */
static LDAPMessage *
first(LDAP *ld, LDAPMessage *result)
{
	return result != NULL ? ldap_first_entry(ld, result) : NULL;
}

const char *
cr_sees(LDAP *ld, LDAPControl **controls)
{
	struct cr_text text = { 0 };
	LDAPMessage *result = NULL;
	int rc = ldap_search_ext_s(ld, CUSTOMERS, LDAP_SCOPE_SUBTREE,
	    "(objectClass=crCustomer)", NULL, 0, controls, NULL, NULL, 0,
	    &result);

	cr_text_add(&text, "%s", "");
	for (LDAPMessage *e = ldap_first_entry(ld, result); e != NULL;
	     e = ldap_next_entry(ld, e))
		cr_text_add(&text, "%s%s", text.len > 0 ? " " : "",
		    uid_of(ld, e));
	if (rc != LDAP_SUCCESS)
		cr_text_add(&text, "%sresult %d", text.len > 0 ? " " : "", rc);
	ldap_msgfree(result);
	return text.bytes;
}

const char *
cr_login_sees(const struct cr_server *server, const struct cr_login *login,
    LDAPControl **controls)
{
	LDAP *ld = cr_login(server, login);
	const char *uids = cr_sees(ld, controls);

	cr_logout(ld);
	return uids;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *
cr_releases(LDAP *ld, LDAPControl **controls)
{
	struct cr_text text = { 0 };
	LDAPMessage *result = NULL, *entry;
	BerElement *ber = NULL;
	char *names[64];
	size_t n = 0;
	int rc = ldap_search_ext_s(ld, C(10001), LDAP_SCOPE_BASE,
	    "(objectClass=*)", NULL, 0, controls, NULL, NULL, 0, &result);

	if (rc != LDAP_SUCCESS) {
		ldap_msgfree(result);
		return cr_keep_text("result %d", rc);
	}
	entry = first(ld, result);
	ck_assert_ptr_nonnull(entry);
	for (char *name = ldap_first_attribute(ld, entry, &ber); name != NULL;
	     name = ldap_next_attribute(ld, entry, ber)) {
		ck_assert(n < COUNT(names));
		names[n++] = name;
	}
	ber_free(ber, 0);
	qsort(names, n, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < n; i++) {
		cr_text_add(&text, "%s%s", i > 0 ? " " : "", names[i]);
		ldap_memfree(names[i]);
	}
	ldap_msgfree(result);
	return text.bytes;
}

int
cr_login_change(LDAP *ld, const char *dn, const char *line,
    LDAPControl **controls)
{
	const char *colon = strstr(line, ": ");
	size_t len = colon != NULL ? (size_t)(colon - line) : strlen(line);
	char *values[] = { cr_keep_text("%s", colon != NULL ? colon + 2 : ""),
		NULL };
	LDAPMod mod = { .mod_op = line[0] == '+' ? LDAP_MOD_ADD
		    : line[0] == '-'             ? LDAP_MOD_DELETE
						 : LDAP_MOD_REPLACE,
		.mod_type = cr_keep_text("%.*s", (int)len - 1, line + 1),
		.mod_values = colon != NULL ? values : NULL };
	LDAPMod *mods[] = { &mod, NULL };

	return ldap_modify_ext_s(ld, dn, mods, controls, NULL);
}
