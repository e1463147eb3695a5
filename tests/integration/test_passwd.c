/*
 * The password modify operation (RFC 3062), and binding.
 */
#include "harness.h"

#include <string.h>

#define PASSWD "1.3.6.1.4.1.4203.1.11.1"

static const struct cr_setup plain = { .customers = 10 };
static const struct cr_setup wide = { .customers = 10,
	.acl = "access to * by * write" };
static struct cr_pair pairs[CR_READERS];

static void
start(void)
{
	cr_pairs_start(&plain, pairs, CR_READERS);
}

static void
start_wide(void)
{
	cr_pairs_start(&wide, pairs, CR_READERS);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, CR_READERS);
}

static struct cr_request
passwd(const char *identity, const char *old, const char *fresh)
{
	struct cr_text value = cr_request_passwd(identity, old, fresh);

	return (struct cr_request){ .name = identity,
		.kind = CR_EXTENDED,
		.oid = PASSWD,
		.bytes = value.bytes,
		.len = value.len };
}

static const char *const targets[] = { C(10001), C(10002), C(10005), C(10006),
	C(99999), "crAssignmentNumber=A10006-1," C(10006), "cn=x," C(10006),
	CUSTOMERS, "u:c10006", "uid=aino," HANDLERS, "uid=crm," SERVICES,
	"uid=nobody," HANDLERS, "dn:" C(10006), "nonsense",
	"UID=C10006,OU=customers," SUFFIX };

/* The customers' own test case is below: what one may is not compared. */
START_TEST(hidden_is_absent)
	{
		struct cr_request plainly = passwd(targets[_i], NULL, "uusi");
		struct cr_request knowing =
		    passwd(targets[_i], "kokeilu", "uusi");
		struct cr_request guessing =
		    passwd(targets[_i], "wrong", "uusi");

		for (size_t i = 0; i < CR_READERS; i++) {
			const char *who = cr_readers[i].who;

			if (i == CUSTOMER && strcmp(targets[_i], C(10002)) == 0)
				continue;
			if (who != NULL && strstr(targets[_i], who) != NULL)
				continue;
			(void)cr_pair_same(&pairs[i], who, &plainly);
			(void)cr_pair_same(&pairs[i], who, &guessing);
			(void)cr_pair_same(&pairs[i], who, &knowing);
		}
	}
END_TEST

/* Afterwards all can still bind as before. */
START_TEST(nobodys_password_has_changed)
	{
		static const char *const who[] = { "c10001", "c10002", "c10005",
			"c10006", "aino", "crm", "mikko", "registrar" };

		for (size_t i = 0; i < COUNT(who); i++)
			cr_conn_close(cr_conn_open(pairs[_i].a, who[i]));
		cr_server_alive(pairs[_i].a);
	}
END_TEST

static const struct {
	const char *who;
	const char *identity;
	const char *old;
	int code;
} rows[] = {
	{ "aino", NULL, NULL, 0 },
	{ "aino", "uid=aino," HANDLERS, "kokeilu", 0 },
	{ "c10001", NULL, NULL, 0 },
	{ "c10001", C(10001), "kokeilu", 0 },
	{ "c10005", NULL, NULL, 0 },
	{ "c10006", C(10006), NULL, 0 },
	{ "registrar", "uid=olli," HANDLERS, NULL, 0 },
	{ "registrar", C(10007), NULL, 0 },
	{ "root", C(10007), NULL, 0 },
	{ "aino", C(10001), NULL, 50 },
	{ "aino", C(99999), NULL, 50 },
	{ "mikko", C(10002), NULL, 50 },
	{ "c10001", C(10007), NULL, 50 },
	{ "dpo", C(10001), NULL, 50 },
	{ "aino", "uid=mikko," HANDLERS, NULL, 50 },
	{ "mikko", "uid=crm," SERVICES, NULL, 50 },
};

START_TEST(who_may_set_whose)
	{
		struct cr_request request =
		    passwd(rows[_i].identity, rows[_i].old, "kokeilu");

		expect_code(cr_ask_as(pairs[MIKKO].a, rows[_i].who, &request),
		    rows[_i].code);
	}
END_TEST

START_TEST(malformed_requests_are_refused)
	{
		static const struct {
			const char *bytes;
			size_t len;
		} values[] = { { "", 0 }, { "\x30", 1 },
			{ "\x30\x05\x80\x01", 4 },
			{ "\x30\x03\x80\x7f\x41", 5 }, { "\x04\x01x", 3 },
			{ "\x30\x02\x80\x00", 4 }, { "\x30\x80\x00\x00", 4 },
			{ "\x30\x84\xff\xff\xff\xff", 6 } };
		const struct cr_request request = { .kind = CR_EXTENDED,
			.oid = PASSWD,
			.bytes = values[_i].bytes,
			.len = values[_i].len };
		/* an empty identity is one's own */
		struct cr_answer *answer = cr_ask_as(pairs[MIKKO].a,
		    _i == 5 ? "phonebook" : "mikko", &request);

		ck_assert_msg(answer->code != 80 && !answer->closed, "%s",
		    answer->all.bytes);
		cr_server_alive(pairs[MIKKO].a);
	}
END_TEST

/* A wrong password and a name that is not there are answered alike. */
START_TEST(bind_tells_nothing)
	{
		static const char *const names[] = { C(10006), C(10002),
			C(99999), "crAssignmentNumber=A10006-1," C(10006),
			"cn=x," C(10006), CUSTOMERS };
		struct cr_conn *conn = cr_conn_open(pairs[MIKKO].a, NULL);

		for (size_t i = 0; i < COUNT(names); i++)
			ck_assert_int_eq(cr_conn_bind(conn, names[i], "wrong"),
			    49);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "sample rules", start, stop);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(targets));
	tcase_add_loop_test(tc, nobodys_password_has_changed, 0, CR_READERS);
	tcase_add_loop_test(tc, who_may_set_whose, 0, COUNT(rows));
	tcase_add_loop_test(tc, malformed_requests_are_refused, 0, 8);
	tcase_add_test(tc, bind_tells_nothing);

	tc = cr_suite_case(suite, "wide rules", start_wide, stop);
	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(targets));
	tcase_add_loop_test(tc, nobodys_password_has_changed, 0, CR_READERS);
}

int
main(void)
{
	return cr_suite_run("passwd", fill);
}
