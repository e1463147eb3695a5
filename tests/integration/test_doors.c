/*
 * The doors beside erasure: plain writes that would take away what is held.
 */
#include "harness.h"

static const struct cr_setup whole = { .customers = 10 };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&whole);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static const struct {
	struct cr_request request;
	int code;
} doors[] = {
	{ { .name = "delete a customer who owes", .kind = CR_DELETE,
	      .dn = C(10007) }, 53 },
	{ { .name = "blank a name", .kind = CR_MODIFY, .dn = C(10007),
	      .lines = { "=cn: -", "=sn: -" } }, 53 },
	{ { .name = "take the address away", .kind = CR_MODIFY,
	      .dn = C(10007), .lines = { "-postalAddress" } }, 53 },
	{ { .name = "a better name", .kind = CR_MODIFY, .dn = C(10007),
	      .lines = { "=displayName: Oikea Nimi" } }, 0 },
	{ { .name = "no mail any more", .kind = CR_MODIFY, .dn = C(10008),
	      .lines = { "-mail" } }, 0 },
	{ { .name = "move out", .kind = CR_MODRDN, .dn = C(10007),
	      .rdn = "uid=c10007", .keep_rdn = true, .superior = SUFFIX },
	    53 },
};

START_TEST(doors_are_guarded)
	{
		expect_code(cr_ask_as(server, "root", &doors[_i].request),
		    doors[_i].code);
	}
END_TEST

/* What lies below a container comes along when it is moved. */
START_TEST(nothing_held_moves_with_its_container)
	{
		struct cr_conn *root = cr_conn_open(server, "root");
		const struct cr_request steps[] = {
			{ .kind = CR_ADD,
			    .dn = "ou=x," C(10001),
			    .lines = { "objectClass: organizationalUnit",
				"ou: x" } },
			{ .kind = CR_ADD,
			    .dn = "crInvoiceNumber=S1,ou=x," C(10001),
			    .lines = { "objectClass: crInvoice",
				"crInvoiceNumber: S1", "crState: open" } },
		};
		const struct cr_request move = { .kind = CR_MODRDN,
			.dn = "ou=x," C(10001),
			.rdn = "ou=x",
			.superior = CUSTOMERS };

		for (size_t i = 0; i < COUNT(steps); i++)
			expect_code(cr_ask(root, &steps[i]), 0);
		expect_code(cr_ask(root, &move), 53);
	}
END_TEST

START_TEST(no_customer_below_a_customer)
	{
		struct cr_conn *root = cr_conn_open(server, "root");
		const struct cr_request add = { .kind = CR_ADD,
			.dn = "uid=c40001," C(10001),
			.lines = { "objectClass: inetOrgPerson",
			    "objectClass: crCustomer", "uid: c40001", "cn: A",
			    "sn: A" } };
		const struct cr_request move = { .kind = CR_MODRDN,
			.dn = C(10004),
			.rdn = "uid=c10004",
			.superior = C(10001) };

		expect_code(cr_ask(root, &add), 53);
		expect_code(cr_ask(root, &move), 53);
	}
END_TEST

/* Nor one that becomes a customer where it stands, or comes in a container. */
START_TEST(nobody_becomes_a_customer_below_one)
	{
		static const char text[] =
		    "custreg: no customer below a customer";
		struct cr_conn *root = cr_conn_open(server, "root");
		const struct cr_request steps[] = {
			{ .kind = CR_ADD,
			    .dn = "uid=y," C(10005),
			    .lines = { "objectClass: inetOrgPerson", "uid: y",
				"cn: Y", "sn: Y" } },
			{ .kind = CR_ADD,
			    .dn = "ou=talo," CUSTOMERS,
			    .lines = { "objectClass: organizationalUnit",
				"ou: talo" } },
			{ .kind = CR_ADD,
			    .dn = "uid=c40002,ou=talo," CUSTOMERS,
			    .lines = { "objectClass: inetOrgPerson",
				"objectClass: crCustomer", "uid: c40002",
				"cn: B", "sn: B" } },
			{ .kind = CR_ADD,
			    .dn = "uid=c40003," CUSTOMERS,
			    .lines = { "objectClass: inetOrgPerson",
				"uid: c40003", "cn: C", "sn: C" } },
		};
		const struct cr_request become[] = {
			{ .kind = CR_MODIFY,
			    .dn = "uid=y," C(10005),
			    .lines = { "+objectClass: crCustomer" } },
			{ .kind = CR_MODIFY,
			    .dn = "ou=talo," CUSTOMERS,
			    .lines = { "+objectClass: crCustomer" } },
			{ .kind = CR_MODRDN,
			    .dn = "ou=talo," CUSTOMERS,
			    .rdn = "ou=talo",
			    .superior = C(10005) },
		};

		for (size_t i = 0; i < COUNT(steps); i++)
			expect_code(cr_ask(root, &steps[i]), 0);
		for (size_t i = 0; i < COUNT(become); i++) {
			struct cr_answer *answer = cr_ask(root, &become[i]);

			expect_code(answer, 53);
			expect_text(answer, text);
		}
		/* where nothing is above or below, it may */
		ck_assert_int_eq(cr_change(root, steps[3].dn,
				     "+objectClass: crCustomer", NULL),
		    0);
	}
END_TEST

START_TEST(open_invoice_stays)
	{
		struct cr_conn *root = cr_conn_open(server, "root");
		struct cr_answer *invoices = cr_look(root, C(10007), SUB,
		    "(&(objectClass=crInvoice)(crState=open))", "1.1");
		const char *dn;
		struct cr_request gone = { .kind = CR_DELETE };

		ck_assert_uint_ge(invoices->entry_count, 1);
		dn = invoices->entries->dn;
		gone.dn = dn;
		expect_code(cr_ask(root, &gone), 53);
		ck_assert_int_eq(cr_change(root, dn, "=crState: credited",
				     NULL),
		    53);
		ck_assert_int_eq(cr_change(root, dn, "-crState", NULL), 53);
		ck_assert_int_eq(cr_change(root, dn,
				     "=crDate: 19990101000000Z", NULL),
		    53);
		ck_assert_int_eq(cr_change(root, dn, "=crState: paid",
				     "=crPaidDate: 20250101000000Z", NULL),
		    0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *doors_tc = cr_suite_case(suite, "doors", start, stop);
	TCase *moves = cr_suite_case(suite, "moves", start, stop);

	tcase_add_loop_test(doors_tc, doors_are_guarded, 0, COUNT(doors));
	tcase_add_test(moves, nothing_held_moves_with_its_container);
	tcase_add_test(moves, no_customer_below_a_customer);
	tcase_add_test(moves, nobody_becomes_a_customer_below_one);
	tcase_add_test(moves, open_invoice_stays);
}

int
main(void)
{
	return cr_suite_run("doors", fill);
}
