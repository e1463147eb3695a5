/*
 * Connections through libldap, for what needs TLS or SASL; everything else
 * is harness.h.  The certificates are made once, by a setup of a test case.
 */
#ifndef CR_HARNESS_LDAP_H
#define CR_HARNESS_LDAP_H

#include "harness.h"

#include <ldap.h>

/* ---- tls (harness_tls.c) ------------------------------------------------- */

/*
 * The directory with ca.pem, server.pem and .key, and a client certificate
 * for each of mailer, crm, strict, replica and stranger; other.pem is by
 * another authority; entry.pem names the mailer's entry.  `stranger` and
 * `customer` (c10006) are of "o=Muu Oy".
 */
const char *cr_tls_dir(void);
/*
 * Global directives: TLS, SASL, and who is who.  SCRAM names and certificates
 * of our organisation are ou=services, but cn=replica; the user who runs the
 * tests is the crm when they come through the socket.
 */
char *cr_tls_global(void);
#define REPLICA "cn=replica," SUFFIX

/*
 * Services till, portal, desk, robot, keeper and a handler, liisa, who may act
 * for others as far as slapd is asked (harness_acting.c).
 */
char *cr_acting_ldif(void);

/* ---- login --------------------------------------------------------------- */

enum cr_way { CR_PLAIN = 0, CR_STARTTLS, CR_SOCKET };

struct cr_login {
	enum cr_way way;
	const char *mech; /* NULL: simple */
	const char *name; /* as cr_conn_open; for SASL the user, or NULL */
	const char *password; /* NULL: that of the sample */
	const char *authzid; /* "dn:..." or NULL */
	const char *certificate; /* "mailer", or NULL */
};

/* A person over TLS with a password, a service over TLS with SCRAM. */
struct cr_login cr_simple(const char *who);
struct cr_login cr_scram(const char *service, const char *authzid);
/* Connects, with TLS if asked to; the result of libldap. */
int cr_login_connect(const struct cr_server *server,
    const struct cr_login *login, LDAP **ret_ld);
/* StartTLS alone, if the login has it. */
int cr_login_secure(LDAP *ld, const struct cr_login *login);
/* Binds, also again on a connection; the result code. */
int cr_login_bind(LDAP *ld, const struct cr_login *login);
/* Both; fails unless they succeed. */
LDAP *cr_login(const struct cr_server *server, const struct cr_login *login);
void cr_logout(LDAP *ld);

/* ---- what one sees ------------------------------------------------------- */

/* OID, value, OID, value, ..., NULL; all critical. */
LDAPControl **cr_controls(const char *oid, ...) __attribute__((sentinel));
LDAPControl **cr_proxy(const char *authzid);
LDAPControl **cr_purpose(const char *name);
/*
 * "c10001 c10002": the customers in their order; "result 50" when that was
 * the end of it.  `controls` may be NULL.
 */
const char *cr_sees(LDAP *ld, LDAPControl **controls);
/* On a connection for it alone. */
const char *cr_login_sees(const struct cr_server *server,
    const struct cr_login *login, LDAPControl **controls);
/* "cn mail": sorted names of what is released of c10001. */
const char *cr_releases(LDAP *ld, LDAPControl **controls);
/* One change as in harness.h, "+mail: x"; the result code. */
int cr_login_change(LDAP *ld, const char *dn, const char *line,
    LDAPControl **controls);

/* The sample's ten as they are seen (contract section 1). */
#define ALL10 \
	"c10001 c10002 c10003 c10004 c10005 c10006 c10007 c10008 c10009 c10010"
#define CARE10 "c10001 c10002 c10003 c10004 c10005 c10007 c10008 c10009 c10010"
#define MARKETING10 "c10001 c10003 c10004 c10007 c10008 c10009 c10010"
#define NOBODY10 ""

#endif
