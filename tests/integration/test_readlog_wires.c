/*
 * Questions to the read log by every way in - TLS, a SASL security layer, the
 * socket - and by services, alone and for a person: what is answered is the
 * same by each, and who asked for whom is on record.
 */
#include "harness_ldap.h"
#include "harness_readlog.h"

#include <string.h>

#define SERVICE(name, more)                                           \
	"dn: uid=" name "," SERVICES "\nobjectClass: account\n"       \
	"objectClass: simpleSecurityObject\nobjectClass: crService\n" \
	"uid: " name "\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n" more

/* What only a role may do is no purpose of a service alone. */
static const char reporter[] = SERVICE("reporter",
    "crAutomated: maintenance\ncrAutomated: rightsFulfilment\n");
/* A service that calls itself the registrar is a service. */
static const char both[] =
    "dn: uid=both," SERVICES "\nobjectClass: account\n"
    "objectClass: simpleSecurityObject\nobjectClass: crService\n"
    "objectClass: crHandler\nuid: both\nuserPassword: kokeilu\n"
    "authzTo: dn.regex:.*\ncrRole: registrar\n"
    "crDefaultPurpose: maintenance\ncrAutomated: maintenance\n"
    "crAgreementSigned: 20250101000000Z\ncrAgreementVersion: 2024-1\n";
/* Was the officer, until the agreement ended. */
static const char former[] =
    "dn: uid=former," HANDLERS "\n"
    "objectClass: inetOrgPerson\nobjectClass: crHandler\n"
    "uid: former\ncn: Former\nsn: Former\nuserPassword: kokeilu\n"
    "crRole: dpo\ncrDefaultPurpose: rightsFulfilment\n"
    "crAgreementSigned: 20240101000000Z\ncrAgreementVersion: 2024-1\n"
    "crAgreementUntil: 20250101000000Z\n";

#define PERSON(name) "dn:uid=" name "," HANDLERS

static struct cr_server *server;

static void
start(void)
{
	static struct cr_setup setup = { .customers = 10,
		.tls = true,
		.custreg = "custreg-customers " CUSTOMERS
			   "\ncustreg-replica " REPLICA,
		.later = READLOG };

	/* names of DIGEST-MD5 are people here */
	setup.global = cr_keep_text(
	    "%s\nauthz-regexp "
	    "\"^uid=([^,]+),(cn=[^,]+,)?cn=digest-md5,cn=auth$\" "
	    "\"uid=$1," HANDLERS "\"",
	    cr_tls_global());
	/* which needs the entries of people for that */
	setup.acl = cr_keep_text(
	    "access to dn.subtree=\"" HANDLERS "\"\n"
	    "\tby anonymous auth\n\tby * break\n"
	    "include %s/schema/sample/acl.conf",
	    cr_conf_env("CR_TOP", ""));
	setup.ldif = cr_keep_text("%s\n%s\n%s\n%s\n%s", cr_acting_ldif(),
	    readlog_auditor, reporter, both, former);
	server = cr_server_start(&setup);
}

static void
stop(void)
{
	cr_server_stop(server);
}

/* ---- questions through libldap --------------------------------------------- */

static void
add_entry(struct cr_text *text, LDAP *ld, LDAPMessage *entry)
{
	BerElement *ber = NULL;
	char *dn = ldap_get_dn(ld, entry);

	ck_assert_ptr_nonnull(dn);
	cr_text_add(text, "%s\n", dn);
	ldap_memfree(dn);
	for (char *name = ldap_first_attribute(ld, entry, &ber); name != NULL;
	     name = ldap_next_attribute(ld, entry, ber)) {
		struct berval **values = ldap_get_values_len(ld, entry, name);

		for (size_t i = 0; values != NULL && values[i] != NULL; i++)
			cr_text_add(text, "%s: %.*s\n", name,
			    (int)values[i]->bv_len, values[i]->bv_val);
		ldap_value_free_len(values);
		ldap_memfree(name);
	}
	ber_free(ber, 0);
}

struct told {
	int code;
	int count;
	const char *text; /* all of it, in the order of the answer */
};

static struct told
ask(LDAP *ld, const char *filter, LDAPControl **controls)
{
	static char *attrs[] = { "*", "crReadSubjectDN", NULL };
	struct told told;
	struct cr_text text = { 0 };
	LDAPMessage *result = NULL;

	told.code = ldap_search_ext_s(ld, LOG, LDAP_SCOPE_ONELEVEL, filter,
	    attrs, 0, controls, NULL, NULL, LDAP_NO_LIMIT, &result);
	told.count = result != NULL ? ldap_count_entries(ld, result) : 0;
	cr_text_add(&text, "%s", "");
	if (told.count > 0) {
		for (LDAPMessage *e = ldap_first_entry(ld, result); e != NULL;
		     e = ldap_next_entry(ld, e))
			add_entry(&text, ld, e);
	}
	ldap_msgfree(result);
	told.text = text.bytes;
	return told;
}

static struct told
ask_as(const struct cr_login *login, const char *filter, LDAPControl **controls)
{
	LDAP *ld = cr_login(server, login);
	struct told told = ask(ld, filter, controls);

	cr_logout(ld);
	return told;
}

/* ---- ways in --------------------------------------------------------------- */

static LDAP *
by_ldaps(const char *who)
{
	const char *ca = cr_keep_text("%s/ca.pem", cr_tls_dir());
	const struct cr_login login = { .way = CR_PLAIN, .name = who };
	struct cr_server there = *server;
	LDAP *ld = NULL;
	int fresh = 0;

	there.uri = server->tls_uri;
	ck_assert_int_eq(cr_login_connect(&there, &login, &ld), LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca),
	    LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &fresh),
	    LDAP_SUCCESS);
	ck_assert_int_eq(cr_login_bind(ld, &login), LDAP_SUCCESS);
	return ld;
}

static LDAP *
by_layer(const char *who)
{
	const struct cr_login login = { .way = CR_PLAIN,
		.mech = "DIGEST-MD5",
		.name = who };
	LDAP *ld = cr_login(server, &login);
	ber_len_t ssf = 0;

	ck_assert_int_eq(ldap_get_option(ld, LDAP_OPT_X_SASL_SSF, &ssf),
	    LDAP_SUCCESS);
	ck_assert_uint_gt(ssf, 1);
	return ld;
}

static LDAP *
by(enum cr_way way, const char *who)
{
	const struct cr_login login = { .way = way, .name = who };

	return cr_login(server, &login);
}

enum wire { PLAIN = 0, LDAPS, STARTTLS, LAYER, SOCKET, WIRES };

static LDAP *
login_by(enum wire wire)
{
	/* the one whose password SASL can use */
	const char *who = cr_conn_dn("auditor");

	switch (wire) {
	case LDAPS: return by_ldaps(who);
	case STARTTLS: return by(CR_STARTTLS, who);
	case LAYER: return by_layer("auditor");
	case SOCKET: return by(CR_SOCKET, who);
	default: return by(CR_PLAIN, who);
	}
}

/* More than slapd sends in one part, and than fits one buffer. */
static int
read_lists(const char *mark)
{
	const struct cr_request list = { .dn = CUSTOMERS, .scope = ONE,
		.controls = { { .kind = CTL_REFERENCE, .arg = mark } } };
	struct cr_conn *conn = cr_conn_open(server, "aino");
	int count = 0;

	while (count < 600)
		count += (int)cr_ask(conn, &list)->entry_count;
	cr_conn_close(conn);
	return count;
}

START_TEST(same_by_every_way)
	{
		int count = read_lists("T-wire");
		LDAP *ld = login_by(PLAIN);
		struct told plain = ask(ld, MARKED("T-wire"), NULL);

		cr_logout(ld);
		ck_assert_int_eq(plain.code, LDAP_SUCCESS);
		ck_assert_int_eq(plain.count, count);
		for (int wire = LDAPS; wire < WIRES; wire++) {
			ld = login_by(wire);
			/* the second is of a connection that has read */
			for (int i = 0; i < 2; i++) {
				struct told told =
				    ask(ld, MARKED("T-wire"), NULL);

				ck_assert_int_eq(told.code, LDAP_SUCCESS);
				ck_assert_int_eq(told.count, count);
				ck_assert(strcmp(told.text, plain.text) == 0);
			}
			cr_logout(ld);
		}
	}
END_TEST

/* A layer that comes when the connection has read the log, and TLS too. */
START_TEST(layers_that_come_later)
	{
		const struct cr_login digest = { .mech = "DIGEST-MD5",
			.name = "auditor" };
		const struct cr_login tls = { .way = CR_STARTTLS,
			.name = cr_conn_dn("auditor") };
		const char *mark = _i == 0 ? "T-layer" : "T-tls";
		const char *filter = cr_keep_text(
		    "(&(crReadReference=%s)(crReadSubject=*))", mark);
		int count = read_lists(mark);
		LDAP *ld = login_by(PLAIN);
		struct told plain = ask(ld, filter, NULL), later;

		ck_assert_int_eq(plain.count, count);
		if (_i == 0) {
			ck_assert_int_eq(cr_login_bind(ld, &digest),
			    LDAP_SUCCESS);
		} else {
			ck_assert_int_eq(cr_login_secure(ld, &tls),
			    LDAP_SUCCESS);
			ck_assert_int_eq(cr_login_bind(ld, &tls), LDAP_SUCCESS);
		}
		later = ask(ld, filter, NULL);
		ck_assert_int_eq(later.code, LDAP_SUCCESS);
		ck_assert(strcmp(later.text, plain.text) == 0);
		cr_logout(ld);
	}
END_TEST

/* How the question came in is in its own record. */
START_TEST(way_is_on_record)
	{
		static const char *const said[WIRES][2] = {
			[PLAIN] = { "mech=simple ssf=0 ", "listener=ldap://" },
			[LDAPS] = { "mech=simple ssf=256 ",
			    "listener=ldaps://" },
			[STARTTLS] = { "mech=simple ssf=256 ",
			    "listener=ldap://" },
			[LAYER] = { "mech=DIGEST-MD5 ssf=128 ",
			    "listener=ldap://" },
			[SOCKET] = { "mech=simple ssf=71 ",
			    "listener=ldapi://" }
		};
		struct cr_text log;
		struct told told;
		size_t from;
		LDAP *ld;

		(void)readlog_read(server, "mikko", C(10001), BASE, "T-way",
		    NULL);
		ld = login_by(_i);
		from = cr_server_readlog(server).len;
		told = ask(ld, MARKED("T-way"), NULL);
		cr_logout(ld);
		ck_assert_int_eq(told.count, 1 + _i);
		log = cr_server_readlog(server);
		ck_assert_msg(readlog_lines(&log, from, said[_i][0],
				  "event=readlog") == 1 &&
			readlog_lines(&log, from, said[_i][1],
			    "event=readlog") == 1,
		    "%s", log.bytes + from);
		ck_assert_uint_eq(readlog_lines(&log, from,
				      "who=uid=auditor," HANDLERS,
				      "event=readlog"),
		    1);
	}
END_TEST

/* ---- controls -------------------------------------------------------------- */

START_TEST(reference_of_a_question)
	{
		LDAP *ld = by(CR_STARTTLS, "dpo");
		struct cr_text log;
		size_t from;

		(void)readlog_read(server, "mikko", C(10001), BASE, "T-ref",
		    NULL);
		from = cr_server_readlog(server).len;
		ck_assert_int_eq(ask(ld, MARKED("T-ref"),
				     cr_controls(CR_OID_REFERENCE_CONTROL,
					 "TSV-17", NULL)).count,
		    1);
		log = cr_server_readlog(server);
		ck_assert_uint_eq(readlog_lines(&log, from, "ref=TSV-17",
				      "event=readlog"),
		    1);
		ck_assert_int_eq(ask(ld, "(crReadReference=TSV-17)", NULL)
				     .count,
		    1);
		cr_logout(ld);
	}
END_TEST

/* Those of reads: refused when they must count, and else nothing. */
START_TEST(purpose_of_a_question)
	{
		static const char *const who[] = { "dpo", "aino", "c10001" };
		static const int codes[] = { 0, 32, 0 };
		LDAPControl **purpose = cr_purpose("directMarketing");
		LDAPControl **recipient = cr_controls(CR_OID_RECIPIENT_CONTROL,
		    "cn=laskutus," RECIPIENTS, NULL);
		LDAP *ld = by(CR_STARTTLS, who[_i]);

		ck_assert_int_eq(ask(ld, "(crReadId=*)", purpose).code,
		    LDAP_UNAVAILABLE_CRITICAL_EXTENSION);
		ck_assert_int_eq(ask(ld, "(crReadId=*)", recipient).code,
		    LDAP_UNAVAILABLE_CRITICAL_EXTENSION);
		purpose[0]->ldctl_iscritical = 0;
		recipient[0]->ldctl_iscritical = 0;
		ck_assert_int_eq(ask(ld, "(crReadId=*)", purpose).code,
		    codes[_i]);
		ck_assert_int_eq(ask(ld, "(crReadId=*)", recipient).code,
		    codes[_i]);
		cr_logout(ld);
	}
END_TEST

/* ---- services -------------------------------------------------------------- */

/* Whatever they may read of customers by themselves. */
START_TEST(services_alone)
	{
		static const char *const names[] = { "mailer", "labels",
			"phonebook", "crm", "till", "portal", "desk", "robot",
			"keeper", "reporter", "both" };
		const struct cr_login login = cr_scram(names[_i], NULL);
		struct told told = ask_as(&login, "(crReadId=*)", NULL);

		ck_assert_int_eq(told.code, LDAP_NO_SUCH_OBJECT);
		ck_assert_int_eq(told.count, 0);
	}
END_TEST

START_TEST(replica)
	{
		const struct cr_login login = { .way = CR_STARTTLS,
			.mech = "EXTERNAL",
			.certificate = "replica" };
		LDAP *ld = cr_login(server, &login);

		ck_assert_str_eq(cr_sees(ld, NULL), ALL10);
		ck_assert_int_eq(ask(ld, "(crReadId=*)", NULL).code,
		    LDAP_NO_SUCH_OBJECT);
		cr_logout(ld);
	}
END_TEST

enum right { NOTHING = 0, OWN, ALL };

static const struct row {
	const char *service;
	const char *person;
	enum right right;
} rows[] = {
	/* the registrar's role goes with the purpose it is for */
	{ "keeper", PERSON("registrar"), ALL },
	{ "crm", PERSON("registrar"), NOTHING },
	{ "robot", PERSON("registrar"), NOTHING },
	{ "reporter", PERSON("registrar"), NOTHING },
	/* the officer's changes nothing, and is theirs everywhere */
	{ "keeper", PERSON("dpo"), ALL },
	{ "crm", PERSON("dpo"), ALL },
	{ "portal", PERSON("dpo"), ALL },
	{ "keeper", PERSON("former"), NOTHING },
	{ "keeper", PERSON("aino"), NOTHING },
	{ "crm", PERSON("aino"), NOTHING },
	{ "crm", PERSON("leena"), NOTHING },
	/* a customer, only when the service is for that */
	{ "portal", "dn:" C(10001), OWN },
	{ "desk", "dn:" C(10001), OWN },
	{ "robot", "dn:" C(10001), NOTHING },
	{ "keeper", "dn:" C(10001), NOTHING },
	{ "portal", "dn:" C(99999), NOTHING },
	/* for rootdn, for a service, for a replica */
	{ "robot", "dn:" ROOT, NOTHING },
	{ "keeper", "dn:uid=mailer," SERVICES, NOTHING },
	{ "keeper", "dn:" REPLICA, NOTHING },
	/* what it says of itself is not the person's */
	{ "both", PERSON("aino"), NOTHING },
};

#define AINO_READ "(&" MARKED("T-for") "(crReadSubject=" UUID1 "))"

static void
check_told(const struct told *told, const struct row *row)
{
	ck_assert_msg(told->code ==
		    (row->right == NOTHING ? LDAP_NO_SUCH_OBJECT
					   : LDAP_SUCCESS),
	    "%s for %s: %d", row->service, row->person, told->code);
	if (row->right == NOTHING)
		ck_assert_int_eq(told->count, 0);
}

/* What was read, and nothing that the person would not get alone. */
static void
check_rows(LDAP *ld, LDAPControl **controls, const struct row *row)
{
	struct told told = ask(ld, "(crReadPurpose=customerCare)", controls);

	check_told(&told, row);
	if (row->right == NOTHING)
		return;
	ck_assert_int_gt(told.count, 0);
	ck_assert(strstr(told.text, UUID1) != NULL);
	ck_assert((strstr(told.text, UUID2) != NULL) == (row->right == ALL));
	ck_assert((strstr(told.text, "crReadReader") != NULL) ==
	    (row->right == ALL));
}

/* The record of the question: who authenticated, and for whom. */
static void
check_record(size_t from, const struct row *row)
{
	const struct cr_text log = cr_server_readlog(server);
	const char *person = row->right == OWN
	    ? "for=uuid:" UUID1 " "
	    : cr_keep_text("for=%s ", row->person + 3);
	const char *service =
	    cr_keep_text("who=uid=%s," SERVICES " ", row->service);

	if (row->right == NOTHING) {
		ck_assert_uint_eq(readlog_lines(&log, from, "event=readlog",
				      ""),
		    0);
		return;
	}
	ck_assert_msg(readlog_lines(&log, from, "event=readlog", service) ==
		    1 &&
		readlog_lines(&log, from, "event=readlog", person) == 1,
	    "%s", log.bytes + from);
}

static void
read_for_all(void)
{
	ck_assert_uint_eq(readlog_read(server, "aino", C(10001), BASE, "T-for",
			      NULL),
	    1);
	ck_assert_uint_eq(readlog_read(server, "aino", C(10002), BASE, "T-for",
			      NULL),
	    1);
}

START_TEST(service_with_proxied_authorization)
	{
		const struct row *row = &rows[_i];
		const struct cr_login login = cr_scram(row->service, NULL);
		LDAP *ld = cr_login(server, &login);
		size_t from;

		read_for_all();
		from = cr_server_readlog(server).len;
		check_rows(ld, cr_proxy(row->person), row);
		check_record(from, row);
		/* the next question is the service's own again */
		ck_assert_int_eq(ask(ld, "(crReadId=*)", NULL).code,
		    LDAP_NO_SUCH_OBJECT);
		cr_logout(ld);
	}
END_TEST

START_TEST(service_with_sasl_authzid)
	{
		const struct row *row = &rows[_i];
		const struct cr_login login =
		    cr_scram(row->service, row->person);
		LDAP *ld = cr_login(server, &login);
		size_t from;

		read_for_all();
		from = cr_server_readlog(server).len;
		check_rows(ld, NULL, row);
		check_record(from, row);
		cr_logout(ld);
	}
END_TEST

/* Slapd lets her; for the register she is a stranger then. */
START_TEST(person_for_person)
	{
		LDAP *ld = by(CR_STARTTLS, "uid=liisa," HANDLERS);

		ck_assert_int_eq(ask(ld, "(crReadId=*)",
				     cr_proxy(PERSON("dpo"))).code,
		    LDAP_NO_SUCH_OBJECT);
		ck_assert_int_eq(ask(ld, "(crReadId=*)",
				     cr_proxy("dn:" C(10001))).code,
		    LDAP_NO_SUCH_OBJECT);
		cr_logout(ld);
	}
END_TEST

/* The officer's question is answered to the service; both find it later. */
START_TEST(question_for_a_person_is_found)
	{
		const struct cr_login crm = cr_scram("crm", NULL);
		LDAP *ld;
		struct told told;

		read_for_all();
		ck_assert_int_eq(ask_as(&crm, AINO_READ,
				     cr_proxy(PERSON("dpo"))).code,
		    LDAP_SUCCESS);
		ld = by(CR_STARTTLS, "registrar");
		told = ask(ld,
		    "(&(crReadType=readlog)(crReadReader=uid=crm," SERVICES ")"
		    "(crReadOnBehalfOf=uid=dpo," HANDLERS "))",
		    NULL);
		ck_assert_int_eq(told.code, LDAP_SUCCESS);
		ck_assert_int_ge(told.count, 1);
		ck_assert_ptr_nonnull(strstr(told.text,
		    "crReadMechanism: SCRAM-SHA-256"));
		cr_logout(ld);
		/* it was about a customer, who finds that it was asked */
		ld = by(CR_STARTTLS, "c10001");
		told = ask(ld, "(crReadType=readlog)", NULL);
		ck_assert_int_ge(told.count, 1);
		ck_assert_ptr_null(strstr(told.text, "uid=crm"));
		ck_assert_ptr_null(strstr(told.text, "uid=dpo"));
		cr_logout(ld);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "wires", start, stop);

	tcase_add_test(tc, same_by_every_way);
	tcase_add_loop_test(tc, layers_that_come_later, 0, 2);
	tcase_add_loop_test(tc, way_is_on_record, 0, WIRES);

	tc = cr_suite_case(suite, "controls", start, stop);
	tcase_add_test(tc, reference_of_a_question);
	tcase_add_loop_test(tc, purpose_of_a_question, 0, 3);

	tc = cr_suite_case(suite, "services", start, stop);
	tcase_add_loop_test(tc, services_alone, 0, 11);
	tcase_add_test(tc, replica);
	tcase_add_loop_test(tc, service_with_proxied_authorization, 0,
	    (int)COUNT(rows));
	tcase_add_loop_test(tc, service_with_sasl_authzid, 0,
	    (int)COUNT(rows));
	tcase_add_test(tc, person_for_person);
	tcase_add_test(tc, question_for_a_person_is_found);
}

int
main(void)
{
	return cr_suite_run("readlog_wires", fill);
}
