/*
 * The three controls and the codes of contract section 4.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

static const struct cr_setup plain = { .customers = 10 };
static const struct cr_setup tree = { .customers = 10, .config_tree = true };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
start_tree(void)
{
	server = cr_server_start(&tree);
}

static void
stop(void)
{
	cr_server_stop(server);
}

#define CREDIT "cn=luottotieto," RECIPIENTS
#define COLLECTOR "cn=perinta," RECIPIENTS
#define BILLER "cn=laskutus," RECIPIENTS
#define PRINTER_US "cn=tulostus-us," RECIPIENTS
#define PRINTER_IN "cn=tulostus-in," RECIPIENTS

static const struct row {
	const char *name;
	const char *who;
	struct cr_control controls[3];
	int code;
} rows[] = {
	{ "no control", "aino", { { .kind = CTL_NONE } }, 0 },
	{ "own default", "aino", { { CTL_PURPOSE, .arg = "customerCare" } },
	    0 },
	{ "other case", "aino", { { CTL_PURPOSE, .arg = "CUSTOMERCARE" } }, 0 },
	{ "unknown", "aino", { { CTL_PURPOSE, .arg = "noSuch" } }, 53 },
	{ "not allowed", "aino", { { CTL_PURPOSE, .arg = "directMarketing" } },
	    50 },
	{ "of a role", "aino", { { CTL_PURPOSE, .arg = "rightsFulfilment" } },
	    50 },
	{ "not critical", "aino",
	    { { CTL_PURPOSE, .arg = "directMarketing", .noncritical = true } },
	    50 },
	{ "not critical, unknown", "aino",
	    { { CTL_PURPOSE, .arg = "noSuch", .noncritical = true } }, 53 },
	{ "twice", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_PURPOSE, .arg = "billing" } },
	    2 },
	{ "billing to its partner", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = BILLER } },
	    0 },
	{ "billing to another spelling", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT,
		    .arg = "CN=Laskutus, OU=recipients," SUFFIX } },
	    0 },
	{ "billing abroad, decided", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = PRINTER_US } },
	    0 },
	{ "billing abroad, not decided", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = PRINTER_IN } },
	    53 },
	{ "billing to who is not for it", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = COLLECTOR } },
	    53 },
	{ "billing to nobody known", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = "cn=x," RECIPIENTS } },
	    53 },
	{ "billing to a customer", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = C(10001) } },
	    53 },
	{ "care has no recipient", "aino",
	    { { CTL_PURPOSE, .arg = "customerCare" },
		{ CTL_RECIPIENT, .arg = BILLER } },
	    53 },
	{ "default has no recipient", "aino",
	    { { CTL_RECIPIENT, .arg = BILLER } }, 53 },
	{ "marketing has no recipient", "mikko",
	    { { CTL_RECIPIENT, .arg = BILLER } }, 53 },
	{ "a list has no recipient", "labels",
	    { { CTL_RECIPIENT, .arg = BILLER } }, 53 },
	{ "reference", "aino", { { CTL_REFERENCE, .arg = "R-2025.1:7_a" } },
	    0 },
	{ "reference of 64", "aino",
	    { { CTL_REFERENCE,
		.arg = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       "aaaaaaaaaaaaaaaaaaaa" } },
	    0 },
	{ "reference of 65", "aino",
	    { { CTL_REFERENCE,
		.arg = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       "aaaaaaaaaaaaaaaaaaaaa" } },
	    2 },
	{ "reference with a blank", "aino", { { CTL_REFERENCE, .arg = "a b" } },
	    2 },
	{ "reference with a slash", "aino", { { CTL_REFERENCE, .arg = "a/b" } },
	    2 },
	{ "reference with a letter of ours", "aino",
	    { { CTL_REFERENCE, .arg = "päätös" } }, 2 },
	{ "reference twice", "aino",
	    { { CTL_REFERENCE, .arg = "a" }, { CTL_REFERENCE, .arg = "b" } },
	    2 },
	{ "all three", "aino",
	    { { CTL_PURPOSE, .arg = "billing" },
		{ CTL_RECIPIENT, .arg = BILLER },
		{ CTL_REFERENCE, .arg = "L1" } },
	    0 },
	{ "nobody chooses", "leena", { { CTL_PURPOSE, .arg = "customerCare" } },
	    50 },
	{ "nobody chooses what is not", "leena",
	    { { CTL_PURPOSE, .arg = "noSuch" } }, 53 },
	{ "anonymous chooses", NULL, { { CTL_PURPOSE, .arg = "customerCare" } },
	    50 },
};

/* On each operation, aimed at what aino may read and write. */
static const struct cr_request operations[] = {
	{ .name = "search", .dn = C(10001) },
	{ .name = "compare",
	    .kind = CR_COMPARE,
	    .dn = C(10001),
	    .attr = "uid",
	    .value = "c10001" },
	{ .name = "modify",
	    .kind = CR_MODIFY,
	    .dn = C(10001),
	    .lines = { "=title: x" } },
	{ .name = "add",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=Q1," C(10001),
	    .lines = { "objectClass: crAssignment" } },
	{ .name = "rename",
	    .kind = CR_MODRDN,
	    .dn = "crAssignmentNumber=Q1," C(10001),
	    .rdn = "crAssignmentNumber=Q2" },
	{ .name = "delete",
	    .kind = CR_DELETE,
	    .dn = "crAssignmentNumber=Q1," C(10001) },
};

static bool
is_answered(const struct cr_answer *answer, int wanted)
{
	switch (wanted) {
	case 0:
		/* the operation was carried out or judged on its own */
		return answer->code != 2 && answer->code != 53;
	default: return answer->code == wanted;
	}
}

START_TEST(codes_of_the_controls)
	{
		const struct row *row = &rows[_i];

		for (size_t i = 0; i < COUNT(operations); i++) {
			struct cr_request request = operations[i];
			struct cr_answer *answer;

			/* slapd turns an anonymous write away before */
			if (row->who == NULL && i > 1)
				break;
			memcpy(request.controls, row->controls,
			    sizeof(row->controls));
			answer = cr_ask_as(server, row->who, &request);
			ck_assert_msg(is_answered(answer, row->code),
			    "%s, %s: wanted %d\n%s", row->name, request.name,
			    row->code, answer->all.bytes);
		}
	}
END_TEST

/* The same by search alone, with what is found. */
START_TEST(codes_on_search)
	{
		const struct row *row = &rows[_i];
		struct cr_request request = { .dn = C(10001) };
		struct cr_answer *answer;

		memcpy(request.controls, row->controls, sizeof(row->controls));
		answer = cr_ask_as(server, row->who, &request);
		expect_code(answer, row->code);
		ck_assert_uint_eq(answer->entry_count, row->code == 0 ? 1 : 0);
	}
END_TEST

#define RAW(b) .bytes = b, .len = sizeof(b) - 1

static const struct {
	const char *name;
	struct cr_control control;
} malformed[] = {
	{ "no purpose", { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL } },
	{ "empty purpose",
	    { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW("") } },
	{ "NUL", { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW("\0") } },
	{ "NUL inside",
	    { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW("customer\0Care") } },
	{ "NUL at the end",
	    { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW("customerCare\0") } },
	{ "no UTF-8",
	    { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW("\xff\xfe") } },
	{ "overlong UTF-8",
	    { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW("\xc0\x80") } },
	{ "blank", { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL, RAW(" ") } },
	{ "BER inside",
	    { CTL_RAW, .oid = CR_OID_PURPOSE_CONTROL,
		RAW("\x04\x0c"
		    "customerCare") } },
	{ "no recipient", { CTL_RAW, .oid = CR_OID_RECIPIENT_CONTROL } },
	{ "empty recipient",
	    { CTL_RAW, .oid = CR_OID_RECIPIENT_CONTROL, RAW("") } },
	{ "no DN",
	    { CTL_RAW, .oid = CR_OID_RECIPIENT_CONTROL, RAW("laskutus") } },
	{ "DN with NUL",
	    { CTL_RAW, .oid = CR_OID_RECIPIENT_CONTROL, RAW("cn=a\0b") } },
	{ "DN without UTF-8",
	    { CTL_RAW, .oid = CR_OID_RECIPIENT_CONTROL, RAW("cn=\xff") } },
	{ "DN of an unknown type",
	    { CTL_RAW, .oid = CR_OID_RECIPIENT_CONTROL, RAW("=x,=") } },
	{ "no reference", { CTL_RAW, .oid = CR_OID_REFERENCE_CONTROL } },
	{ "empty reference",
	    { CTL_RAW, .oid = CR_OID_REFERENCE_CONTROL, RAW("") } },
	{ "reference with NUL",
	    { CTL_RAW, .oid = CR_OID_REFERENCE_CONTROL, RAW("a\0b") } },
	{ "reference with a newline",
	    { CTL_RAW, .oid = CR_OID_REFERENCE_CONTROL, RAW("a\nt=2") } },
};

START_TEST(malformed_values_are_refused)
	{
		struct cr_request request = { .dn = C(10001) };

		request.controls[0] = malformed[_i].control;
		expect_code(cr_ask_as(server, "aino", &request), 2);
		request.controls[0].noncritical = true;
		expect_code(cr_ask_as(server, "aino", &request), 2);
		cr_server_alive(server);
	}
END_TEST

/* A megabyte of it: an answer or a closed connection, and slapd goes on. */
START_TEST(huge_values_are_refused)
	{
		static const char *const oids[] = { CR_OID_PURPOSE_CONTROL,
			CR_OID_RECIPIENT_CONTROL, CR_OID_REFERENCE_CONTROL };
		static const size_t sizes[] = { 1 << 10, 1 << 16, 200000,
			1 << 20 };
		struct cr_request request = { .dn = C(10001) };
		char *big = malloc(1 << 20);

		memset(big, 'a', 1 << 20);
		for (size_t i = 0; i < COUNT(sizes); i++) {
			struct cr_answer *answer;

			if (_i == 1)
				memcpy(big, "cn=", 3);
			request.controls[0] = (struct cr_control){ CTL_RAW,
				NULL, big, sizes[i], oids[_i], false };
			answer = cr_ask_as(server, "aino", &request);
			/* a recipient of that name could be */
			ck_assert_msg(answer->closed || answer->code == 2 ||
				(_i == 1 && answer->code == 53),
			    "%zu bytes\n%s", sizes[i], answer->all.bytes);
			cr_server_alive(server);
		}
		free(big);
	}
END_TEST

/* Texts are constants: nothing of the request comes back. */
START_TEST(texts_are_constant)
	{
		static const char *const purposes[] = { "noSuchPurposeAtAll",
			"directMarketing", "bad purpose" };
		struct cr_request request = { .dn = C(10001) };
		struct cr_answer *answer;

		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = purposes[_i] };
		answer = cr_ask_as(server, "aino", &request);
		ck_assert_int_ne(answer->code, 0);
		ck_assert_str_ne(answer->text, "");
		ck_assert_ptr_null(strstr(answer->text, purposes[_i]));
		ck_assert_str_eq(answer->matched, "");
	}
END_TEST

/* Disclosure purposes want one. */
START_TEST(credit_decision_wants_a_recipient)
	{
		struct cr_conn *keeper = cr_conn_open(server, "registrar");
		struct cr_request request = { .dn = C(10001) };

		ck_assert_int_eq(cr_change(keeper, "uid=aino," HANDLERS,
				     "+crAllowedPurpose: creditDecision", NULL),
		    0);
		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "creditDecision" };
		expect_code(cr_ask_as(server, "aino", &request), 53);
		request.controls[1] =
		    (struct cr_control){ CTL_RECIPIENT, .arg = CREDIT };
		expect_code(cr_ask_as(server, "aino", &request), 0);
		/* c10005 has a disclosure ban */
		request.dn = C(10005);
		expect_code(cr_ask_as(server, "aino", &request), 32);
		ck_assert_int_eq(cr_change(keeper, "uid=aino," HANDLERS,
				     "-crAllowedPurpose: creditDecision", NULL),
		    0);
		request.dn = C(10001);
		expect_code(cr_ask_as(server, "aino", &request), 50);
	}
END_TEST

/* Outside the customers the controls mean nothing, and slapd is as ever. */
START_TEST(elsewhere_they_do_nothing)
	{
		struct cr_request request = { .dn = "uid=ulla," STAFF };

		request.controls[0] =
		    (struct cr_control){ CTL_PURPOSE, .arg = "billing" };
		expect_code(cr_ask_as(server, "mikko", &request), 0);
	}
END_TEST

START_TEST(controls_are_announced)
	{
		struct cr_conn *conn = cr_conn_open(server, NULL);
		struct cr_answer *answer =
		    cr_look(conn, "", BASE, NULL, "supportedControl");

		ck_assert(cr_entry_has(answer->entries, "supportedControl",
		    CR_OID_PURPOSE_CONTROL));
		ck_assert(cr_entry_has(answer->entries, "supportedControl",
		    CR_OID_RECIPIENT_CONTROL));
		ck_assert(cr_entry_has(answer->entries, "supportedControl",
		    CR_OID_REFERENCE_CONTROL));
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "slapd.conf", start, stop);

	tcase_add_loop_test(tc, codes_of_the_controls, 0, COUNT(rows));
	tcase_add_loop_test(tc, codes_on_search, 0, COUNT(rows));
	tcase_add_loop_test(tc, malformed_values_are_refused, 0,
	    COUNT(malformed));
	tcase_add_loop_test(tc, huge_values_are_refused, 0, 3);
	tcase_add_loop_test(tc, texts_are_constant, 0, 3);
	tcase_add_test(tc, credit_decision_wants_a_recipient);
	tcase_add_test(tc, elsewhere_they_do_nothing);
	tcase_add_test(tc, controls_are_announced);

	tc = cr_suite_case(suite, "cn=config", start_tree, stop);
	tcase_add_loop_test(tc, codes_on_search, 0, COUNT(rows));
	tcase_add_loop_test(tc, malformed_values_are_refused, 0,
	    COUNT(malformed));
}

int
main(void)
{
	return cr_suite_run("purpose_control", fill);
}
