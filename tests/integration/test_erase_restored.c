/*
 * Yesterday's backup is loaded after people were erased: they are gone again
 * before the first answer, whether they come with their entryUUIDs or without,
 * and nobody else is.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "custreg/erase.h"

#define REPLICA "cn=replica," SUFFIX
#define ERASURES "ou=erasures," SUFFIX
#define SUPPRESSED "ou=suppressed," SUFFIX
#define CONFIG "cn=admin,cn=config"

static const struct cr_setup setup = { .customers = 30,
	.acl = "access to attrs=userPassword by anonymous auth by * none\n"
	       "access to * by * write\n",
	.custreg = "custreg-customers " CUSTOMERS
		   "\ncustreg-replica " REPLICA
		   "\ncustreg-suppressionkey @DIR@/suppression.key\n",
	.ldif = "dn: " REPLICA "\n"
		"objectClass: organizationalRole\n"
		"objectClass: simpleSecurityObject\n"
		"cn: replica\n"
		"userPassword: kokeilu\n\n" };
static struct cr_server *server;

static struct cr_answer *
ask(const char *who, const char *base, enum cr_scope scope, const char *filter,
    const char *attrs)
{
	struct cr_request request = { .dn = base, .scope = scope,
		.filter = filter, .attrs = attrs };

	return cr_ask_as(server, who, &request);
}

/* A replica sees all there is, however hidden. */
static bool
is_there(const char *dn)
{
	return ask(REPLICA, dn, BASE, NULL, "1.1")->code == 0;
}

static const char *
value_of(const char *dn, const char *name)
{
	struct cr_answer *seen = ask("root", dn, BASE, NULL, name);

	expect_code(seen, 0);
	return cr_keep_text("%s", cr_entry_value(seen->entries, name));
}

static int
erase(const char *dn, unsigned flags)
{
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { dn, strlen(dn) }, .flags = flags };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	unsigned char *value;
	int code;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
	    &request.len), CR_OK);
	request.bytes = (const char *)value;
	code = cr_ask_as(server, "registrar", &request)->code;
	free(value);
	return code;
}

static void
until_settled(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	for (;;) {
		struct cr_answer *orders = ask("root", ERASURES, ONE, NULL,
		    "crState");
		size_t open = 0;

		for (const struct cr_entry *e = orders->entries; e;
		     e = e->next) {
			const char *state = cr_entry_value(e, "crState");

			open += strcmp(state, "compacting") != 0 &&
			    strncmp(state, "waiting:", 8) != 0;
		}
		if (orders->code == 0 && open == 0)
			return;
		ck_assert(cr_suite_again(deadline));
	}
}

/* Without lines that begin so. */
static void
strip(const char *from, const char *to, const char *const names[])
{
	struct cr_text before = cr_text_of_file(from), after = { 0 };
	bool skips = false;

	for (char *line = before.bytes; line != NULL && *line != '\0';) {
		char *end = strchr(line, '\n');
		size_t len = end == NULL ? strlen(line)
					 : (size_t)(end - line) + 1;

		if (*line != ' ')
			skips = false;
		for (size_t i = 0; names[i] != NULL; i++)
			skips = skips || strncmp(line, names[i],
			    strlen(names[i])) == 0;
		if (!skips)
			cr_text_put(&after, line, len);
		line = end == NULL ? NULL : end + 1;
	}
	cr_text_to_file(to, after.bytes, after.len);
}

static char *
backup(void)
{
	char *conf = cr_keep_text("%s/slapd.conf", server->dir);
	char *file = cr_keep_text("%s/backup.ldif", server->dir);
	const char *const argv[] = { "/usr/sbin/slapcat", "-f", conf, "-b",
		SUFFIX, NULL };

	ck_assert_int_eq(cr_load_run(server->log, argv, file), 0);
	return file;
}

static void
restore(const char *file)
{
	char *conf = cr_keep_text("%s/slapd.conf", server->dir);
	const char *const argv[] = { "/usr/sbin/slapadd", "-q", "-f", conf,
		"-b", SUFFIX, "-l", file, NULL };

	ck_assert_int_eq(unlink(cr_keep_text("%s/db/data.mdb", server->dir)),
	    0);
	ck_assert_int_eq(unlink(cr_keep_text("%s/db/lock.mdb", server->dir)),
	    0);
	ck_assert_int_eq(cr_load_run(server->log, argv, NULL), 0);
}

static void
launch(void)
{
	int status;

	ck_assert(cr_server_launch(server, &status));
}

static const char *const with_numbers[] = { NULL };
static const char *const without_numbers[] = { "entryUUID", "entryCSN",
	"contextCSN", NULL };
static const char *const *const kinds[] = { with_numbers, without_numbers };

/* c10007 has an open invoice, c10003 shares mail and phone with c10002. */
static char *
prepare(void)
{
	struct cr_conn *root;
	char *file;

	server = cr_server_make(&setup);
	launch();
	root = cr_conn_open(server, "root");
	ck_assert_int_eq(cr_change(root, C(10003),
	    cr_keep_text("=mail: %s", value_of(C(10002), "mail")),
	    cr_keep_text("=mobile: %s",
		value_of(C(10002), "mobile")), NULL), 0);
	cr_server_stop(server);
	file = backup();
	launch();
	ck_assert_int_eq(erase(C(10002), 0), 0);
	ck_assert_int_eq(erase(C(10007), CR_ERASE_PARTIAL), 0);
	until_settled();
	cr_server_stop(server);
	return file;
}

static void
expect_cleansed(void)
{
	size_t there = 0;

	ck_assert(!is_there(C(10002)));
	ck_assert(is_there(C(10003)));
	/* what is held stays, for those who need it */
	expect_code(ask("aino", C(10007), BASE, NULL, "1.1"), 32);
	ck_assert(is_there(C(10007)));
	ck_assert_ptr_null(cr_entry_attr(ask(REPLICA, C(10007), BASE, NULL,
	    "mail")->entries, "mail"));
	for (unsigned n = 10001; n <= 10030; n++)
		there += is_there(cr_keep_text("uid=c%u," CUSTOMERS, n));
	ck_assert_uint_eq(there, 29);
}

START_TEST(gone_before_the_first_answer)
	{
		char *file = prepare();
		char *loaded = cr_keep_text("%s/loaded.ldif", server->dir);
		size_t orders;

		strip(file, loaded, kinds[_i]);
		restore(loaded);
		launch();
		expect_cleansed();
		until_settled();
		/* one more each for who came under another number */
		orders = ask("root", ERASURES, ONE, NULL, "1.1")->entry_count;
		ck_assert_uint_eq(orders, kinds[_i] == with_numbers ? 2 : 4);
		ck_assert_uint_ge(ask("root", SUPPRESSED, ONE,
		    "(objectClass=crSuppressed)", "1.1")->entry_count, 2);
		cr_server_stop(server);
		launch();
		expect_cleansed();
		ck_assert_uint_eq(ask("root", ERASURES, ONE, NULL,
		    "1.1")->entry_count, orders);
		cr_server_stop(server);
	}
END_TEST

/* Two kinds of a household fit: without a number, nobody does. */
START_TEST(a_household_is_not_one_person)
	{
		char *file, *loaded;
		struct cr_conn *root;

		server = cr_server_make(&setup);
		launch();
		root = cr_conn_open(server, "root");
		ck_assert_int_eq(cr_change(root, C(10003),
		    cr_keep_text("=mail: %s", value_of(C(10002), "mail")),
		    cr_keep_text("=mobile: %s", value_of(C(10002), "mobile")),
		    NULL), 0);
		ck_assert_int_eq(cr_change(root, C(10002), "-crCustomerNumber",
		    NULL), 0);
		cr_server_stop(server);
		file = backup();
		loaded = cr_keep_text("%s/loaded.ldif", server->dir);
		launch();
		ck_assert_int_eq(erase(C(10002), 0), 0);
		until_settled();
		cr_server_stop(server);
		strip(file, loaded, without_numbers);
		restore(loaded);
		launch();
		ck_assert(is_there(C(10003)));
		expect_code(ask("aino", C(10003), BASE, NULL, "1.1"), 0);
		cr_server_stop(server);
	}
END_TEST

/* Registered anew, with a reference: they are nobody's past. */
START_TEST(who_was_registered_anew_stays)
	{
		struct cr_request add = { .kind = CR_ADD, .dn = C(10004),
			.controls = { { CTL_REFERENCE, .arg = "NEW-1" } } };
		const char *number, *mail;
		struct cr_answer *orders;

		server = cr_server_make(&setup);
		launch();
		number = value_of(C(10004), "crCustomerNumber");
		mail = value_of(C(10004), "mail");
		ck_assert_int_eq(erase(C(10004), 0), 0);
		until_settled();
		add.lines[0] = "objectClass: inetOrgPerson";
		add.lines[1] = "objectClass: crCustomer";
		add.lines[2] = "uid: c10004";
		add.lines[3] = "cn: Uusi";
		add.lines[4] = "sn: Uusi";
		add.lines[5] = cr_keep_text("crCustomerNumber: %s", number);
		add.lines[6] = cr_keep_text("mail: %s", mail);
		expect_code(cr_ask_as(server, "registrar", &add), 0);
		orders = ask("root", ERASURES, ONE, NULL, "1.1");
		for (struct cr_entry *e = orders->entries; e; e = e->next) {
			struct cr_request gone = { .kind = CR_DELETE,
				.dn = e->dn };

			expect_code(cr_ask_as(server, "root", &gone), 0);
		}
		cr_server_stop(server);
		launch();
		ck_assert(is_there(C(10004)));
		expect_code(ask("aino", C(10004), BASE, NULL, "1.1"), 0);
		cr_server_stop(server);
	}
END_TEST

/* What stands in the way of hiding one does not shut the register. */
START_TEST(one_who_cannot_be_hidden_is_hidden_here)
	{
		static struct cr_setup strict;
		char *file;

		strict = setup;
		strict.modules = "constraint";
		strict.below = "overlay constraint\n"
			       "constraint_attribute cn regex ^[[:alnum:]].*$";
		server = cr_server_make(&setup);
		launch();
		cr_server_stop(server);
		file = backup();
		launch();
		ck_assert_int_eq(erase(C(10004), 0), 0);
		until_settled();
		cr_server_stop(server);
		(void)cr_conf_write(&strict, server->dir);
		launch();
		ck_assert_int_ne(erase(C(10002), 0), 0);
		ck_assert(is_there(C(10002)));
		cr_server_stop(server);
		restore(file);
		launch();
		expect_code(ask("aino", C(10004), BASE, NULL, "1.1"), 32);
		expect_code(ask("aino", C(10002), BASE, NULL, "1.1"), 0);
		cr_server_stop(server);
	}
END_TEST

/* What must not be written to cannot be cleansed: then nobody is answered. */
START_TEST(a_register_that_cannot_be_cleansed_is_shut)
	{
		char *file = prepare(), *path;
		struct cr_text conf, shut = { 0 };
		struct cr_answer *answer;
		const char *at;

		restore(file);
		path = cr_keep_text("%s/slapd.conf", server->dir);
		conf = cr_text_of_file(path);
		at = strstr(conf.bytes, "maxsize ");
		ck_assert_ptr_nonnull(at);
		cr_text_put(&shut, conf.bytes, (size_t)(at - conf.bytes));
		cr_text_add(&shut, "readonly on\n%s", at);
		cr_text_to_file(path, shut.bytes, shut.len);
		launch();
		answer = cr_look(cr_conn_open(server, NULL), "dc=example,dc=fi",
		    SUB, "(uid=c10002)", NULL);
		expect_code(answer, 51);
		ck_assert_uint_eq(answer->entry_count, 0);
		expect_code(cr_look(cr_conn_open(server, NULL), "", BASE, NULL,
		    "namingContexts"), 0);
		ck_assert_int_eq(cr_change(cr_conn_open(server, CONFIG),
		    "olcDatabase={1}mdb,cn=config", "=olcReadOnly: FALSE",
		    NULL), 0);
		for (int64_t deadline = cr_suite_now() + cr_suite_seconds(60) *
		    1000; cr_look(cr_conn_open(server, NULL), SUFFIX, BASE,
		    NULL, "1.1")->code == 51;)
			ck_assert(cr_suite_again(deadline));
		expect_cleansed();
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "restored", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(120));
	tcase_add_loop_test(tc, gone_before_the_first_answer, 0, COUNT(kinds));
	tcase_add_test(tc, a_household_is_not_one_person);
	tcase_add_test(tc, who_was_registered_anew_stays);
	tcase_add_test(tc, one_who_cannot_be_hidden_is_hidden_here);
	tcase_add_test(tc, a_register_that_cannot_be_cleansed_is_shut);
}

int
main(void)
{
	return cr_suite_run("erase_restored", fill);
}
