/*
 * The extended operation erase, against a slapd: who may, what becomes of the
 * customer, what is answered.
 */
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "custreg/erase.h"

#define ERASURES "ou=erasures," SUFFIX

#define REPLICA "cn=replica," SUFFIX

/* Who sees what is hidden from all others. */
#define WITH_REPLICA                                                        \
	.acl = "access to attrs=userPassword by anonymous auth by * none\n"  \
	       "access to * by * write\n",                                    \
	.custreg = "custreg-customers " CUSTOMERS                           \
	"\ncustreg-replica " REPLICA "\n",                                  \
	.ldif = "dn: " REPLICA "\n"                                         \
		"objectClass: organizationalRole\n"                         \
		"objectClass: simpleSecurityObject\n"                       \
		"cn: replica\n"                                             \
		"userPassword: kokeilu\n\n"

static const struct cr_setup bare = { .bare = true, WITH_REPLICA };
static const struct cr_setup keyed = { .bare = true,
	.custreg = "custreg-customers " CUSTOMERS
		   "\ncustreg-replica " REPLICA
		   "\ncustreg-suppressionkey @DIR@/suppression.key\n",
	.ldif = "dn: " REPLICA "\n"
		"objectClass: organizationalRole\n"
		"objectClass: simpleSecurityObject\n"
		"cn: replica\n"
		"userPassword: kokeilu\n\n" };
static const struct cr_setup whole = { .customers = 10, WITH_REPLICA };
static struct cr_server *server;

static void
start_bare(void)
{
	server = cr_server_start(&bare);
}

static void
start_keyed(void)
{
	server = cr_server_start(&keyed);
}

static void
start_whole(void)
{
	server = cr_server_start(&whole);
}

static void
stop(void)
{
	cr_server_stop(server);
}

static struct cr_answer *
erase(const char *who, const char *dn, unsigned flags,
    struct cr_erase_response *ret_response)
{
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { dn, strlen(dn) },
		.flags = flags };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	struct cr_answer *answer;
	unsigned char *value;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
			     &request.len),
	    CR_OK);
	request.bytes = (const char *)value;
	answer = cr_ask_as(server, who, &request);
	free(value);
	memset(ret_response, 0, sizeof(*ret_response));
	if (answer->response.len > 0)
		ck_assert_int_eq(cr_erase_response_decode(
				     (struct cr_slice){ answer->response.bytes,
					 answer->response.len },
				     ret_response),
		    CR_OK);
	return answer;
}

static const char *
uids(const char *who, const char *filter)
{
	return cr_answer_uids(cr_look(cr_conn_open(server, who), CUSTOMERS,
	    ONE, filter, "uid"));
}

static void
until_nobody(const char *dn)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
	struct cr_conn *conn = cr_conn_open(server, REPLICA);

	while (cr_look(conn, dn, BASE, NULL, "1.1")->code != 32)
		ck_assert_msg(cr_suite_again(deadline), "%s is still there",
		    dn);
}

static bool
has(const struct cr_erase_response *response, const char *what)
{
	for (size_t i = 0; i < response->erased_count; i++) {
		if (response->erased[i].what.len == strlen(what) &&
		    memcmp(response->erased[i].what.ptr, what,
			strlen(what)) == 0)
			return true;
	}
	return false;
}

START_TEST(who_is_held_by_nothing_is_gone)
	{
		struct cr_erase_response response;
		struct cr_answer *orders;

		expect_code(erase("registrar", C(10001), 0, &response), 0);
		ck_assert_int_eq(response.state, CR_ERASE_ERASED);
		ck_assert_uint_eq(response.withheld_count, 0);
		ck_assert(has(&response, "crCustomer"));
		ck_assert_uint_eq(response.receipt.id.len, 36);
		ck_assert_str_eq(uids("root", "(uid=c10001)"), "");
		ck_assert_str_eq(uids("registrar", "(uid=c10002)"), "c10002");
		orders = cr_look(cr_conn_open(server, "root"), ERASURES, ONE,
		    "(objectClass=crErasureOrder)", NULL);
		ck_assert_uint_eq(orders->entry_count, 1);
		until_nobody(C(10001));
		expect_code(erase("registrar", C(10001), 0, &response), 32);
	}
END_TEST

START_TEST(customers_erase_themselves)
	{
		struct cr_erase_response response;

		expect_code(erase("c10002", C(10003), 0, &response), 50);
		expect_code(erase("c10002", C(10002), 0, &response), 0);
		ck_assert_int_eq(response.state, CR_ERASE_ERASED);
		ck_assert_str_eq(uids("root", "(uid=c10002)"), "");
		ck_assert_str_eq(uids("root", "(uid=c10003)"), "c10003");
	}
END_TEST

static const char *const others[] = { "aino", "mikko", "crm", "leena",
	"mailer", "root", "c10004", NULL };
static const char *const subjects[] = { C(10003), C(19999), CUSTOMERS, SUFFIX,
	"uid=aino," HANDLERS, "dc=elsewhere" };

START_TEST(others_may_not_and_learn_nothing)
	{
		struct cr_erase_response response;

		for (unsigned flags = 0; flags < 4; flags++) {
			struct cr_answer *answer = erase(others[_i],
			    subjects[0], flags, &response);
			struct cr_text first = answer->bytes;

			expect_code(answer, 50);
			ck_assert_uint_eq(answer->response.len, 0);
			for (size_t i = 1; i < COUNT(subjects); i++) {
				answer = erase(others[_i], subjects[i], flags,
				    &response);
				ck_assert_uint_eq(answer->bytes.len,
				    first.len);
				ck_assert_mem_eq(answer->bytes.bytes,
				    first.bytes, first.len);
			}
		}
		ck_assert_str_eq(uids("root", "(uid=c10003)"), "c10003");
	}
END_TEST

/* An order is what the module goes by, whatever the access rules allow. */
START_TEST(nobody_writes_orders_by_hand)
	{
		static const char *const who[] = { "registrar", "aino",
			"c10004" };
		struct cr_answer *seen = cr_look(cr_conn_open(server, "root"),
		    C(10003), BASE, NULL, "entryUUID");
		const char *uuid = cr_entry_value(seen->entries, "entryUUID");
		const struct cr_request order = { .kind = CR_ADD,
			.dn = cr_keep_text("crErasureId=%s," ERASURES, uuid),
			.lines = { "objectClass: crErasureOrder",
			    cr_keep_text("crErasureId: %s", uuid),
			    cr_keep_text("crErasureSubject: %s", uuid),
			    "crErasureTime: 20260101000000Z",
			    "crState: ordered", "crErasureLeader: sid-000" } };
		const struct cr_request rename = { .kind = CR_MODRDN,
			.dn = GROUPS, .rdn = "ou=erasures" };

		for (size_t i = 0; i < COUNT(who); i++) {
			struct cr_answer *answer =
			    cr_ask_as(server, who[i], &order);

			expect_code(answer, 50);
			expect_code(cr_ask_as(server, who[i], &rename), 50);
		}
		ck_assert_str_eq(uids("root", "(uid=c10003)"), "c10003");
	}
END_TEST

START_TEST(officer_only_tries)
	{
		struct cr_erase_response response;

		expect_code(erase("dpo", C(10003), 0, &response), 50);
		expect_code(erase("dpo", C(10003), CR_ERASE_DRY_RUN,
				&response),
		    0);
		ck_assert_int_eq(response.state, CR_ERASE_WOULD_ERASE);
		ck_assert_uint_eq(response.receipt.id.len, 0);
		ck_assert_str_eq(uids("root", "(uid=c10003)"), "c10003");
	}
END_TEST

START_TEST(who_is_no_customer)
	{
		struct cr_erase_response response;

		expect_code(erase("registrar", C(19999), 0, &response), 32);
		for (size_t i = 2; i < COUNT(subjects); i++)
			expect_code(erase("registrar", subjects[i], 0,
					&response),
			    53);
	}
END_TEST

START_TEST(open_invoice_is_a_reason)
	{
		struct cr_erase_response response, tried;
		bool open = false;

		expect_code(erase("registrar", C(10007), CR_ERASE_DRY_RUN,
				&tried),
		    0);
		ck_assert_int_eq(tried.state, CR_ERASE_WOULD_REFUSE);
		expect_code(erase("registrar", C(10007), 0, &response), 53);
		ck_assert_int_eq(response.state, CR_ERASE_REFUSED);
		ck_assert_uint_eq(response.erased_count, 0);
		ck_assert_uint_eq(response.withheld_count,
		    tried.withheld_count);
		for (size_t i = 0; i < response.withheld_count; i++)
			open = open || response.withheld[i].reason ==
				CR_ERASE_OPEN_INVOICE;
		ck_assert(open);
		ck_assert_str_eq(uids("aino", "(uid=c10007)"), "c10007");
	}
END_TEST

static struct cr_answer *
look_for_purpose(const char *who, const char *purpose, const char *dn)
{
	struct cr_request request = { .dn = dn, .scope = SUB };

	request.controls[0] =
	    (struct cr_control){ CTL_PURPOSE, .arg = purpose };
	return cr_ask_as(server, who, &request);
}

START_TEST(in_part_what_is_held_stays)
	{
		struct cr_erase_response response;
		struct cr_answer *seen;
		const struct cr_entry *e;

		expect_code(erase("registrar", C(10007), CR_ERASE_PARTIAL,
				&response),
		    0);
		ck_assert_int_eq(response.state, CR_ERASE_PARTLY);
		ck_assert(has(&response, "mail"));
		ck_assert_str_eq(uids("aino", "(uid=c10007)"), "");
		ck_assert_str_eq(uids("mikko", "(uid=c10007)"), "");
		ck_assert_str_eq(uids("registrar", "(uid=c10007)"), "");
		seen = look_for_purpose("aino", "billing", C(10007));
		expect_code(seen, 0);
		e = cr_answer_entry(seen, C(10007));
		ck_assert_ptr_nonnull(e);
		ck_assert_ptr_nonnull(cr_entry_attr(e, "cn"));
		ck_assert_ptr_nonnull(cr_entry_attr(e, "postalAddress"));
		ck_assert_ptr_null(cr_entry_attr(e, "mail"));
		ck_assert_ptr_null(cr_entry_attr(e, "telephoneNumber"));
		ck_assert_uint_gt(seen->entry_count, 1);
	}
END_TEST

START_TEST(bad_requests)
	{
		static const struct {
			const char *bytes;
			size_t len;
		} bad[] = { { NULL, 0 }, { "", 0 }, { "\x30\x00", 2 },
			{ "\x30\x80\x00\x00", 4 },
			{ "\x30\x03\x81\x01x", 5 } };

		for (size_t i = 0; i < COUNT(bad); i++) {
			const struct cr_request request = {
				.kind = CR_EXTENDED,
				.oid = CR_OID_ERASE,
				.bytes = bad[i].bytes,
				.len = bad[i].len
			};

			expect_code(cr_ask_as(server, "registrar", &request),
			    2);
		}
		cr_server_alive(server);
	}
END_TEST

/* ---- what follows --------------------------------------------------------- */

static const char *
state_of_orders(void)
{
	struct cr_answer *answer = cr_look(cr_conn_open(server, "root"),
	    ERASURES, ONE, "(objectClass=crErasureOrder)", "crState");

	ck_assert_uint_eq(answer->entry_count, 1);
	return cr_entry_value(answer->entries, "crState");
}

START_TEST(nothing_names_the_erased)
	{
		struct cr_erase_response response;
		struct cr_conn *root = cr_conn_open(server, "root");
		const struct cr_request group = { .kind = CR_ADD,
			.dn = "cn=ryhma," SUFFIX,
			.lines = { "objectClass: groupOfNames", "cn: ryhma",
			    "member: " C(10003), "member: " C(10004) } };
		const struct cr_request lonely = { .kind = CR_ADD,
			.dn = "cn=yksin," SUFFIX,
			.lines = { "objectClass: groupOfNames", "cn: yksin",
			    "member: " C(10003), "seeAlso: " C(10003) } };
		struct cr_answer *seen;

		expect_code(cr_ask(root, &group), 0);
		expect_code(cr_ask(root, &lonely), 0);
		ck_assert_int_eq(cr_change(root, C(10004),
				     "+seeAlso: " C(10003), NULL),
		    0);
		expect_code(erase("registrar", C(10003), 0, &response), 0);
		until_nobody(C(10003));
		seen = cr_look(cr_conn_open(server, REPLICA), SUFFIX, SUB,
		    "(|(member=" C(10003) ")(seeAlso=" C(10003) "))", NULL);
		expect_code(seen, 0);
		ck_assert_uint_eq(seen->entry_count, 0);
		seen = cr_look(root, "cn=ryhma," SUFFIX, BASE, NULL, "member");
		ck_assert_uint_eq(cr_entry_attr(seen->entries, "member")->count,
		    1);
		seen = cr_look(root, "cn=yksin," SUFFIX, BASE, NULL, NULL);
		ck_assert(cr_entry_has(seen->entries, "member", ""));
		ck_assert_ptr_null(cr_entry_attr(seen->entries, "seeAlso"));
	}
END_TEST

START_TEST(done_by_itself_when_the_hold_ends)
	{
		int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
		struct cr_erase_response response;
		struct cr_answer *seen;
		struct cr_conn *root = cr_conn_open(server, "root");
		const struct cr_request invoice = { .kind = CR_ADD,
			.dn = "crInvoiceNumber=L1," C(10002),
			.lines = { "objectClass: crInvoice",
			    "crInvoiceNumber: L1", "crState: open",
			    "crDate: 20100101000000Z" } };

		expect_code(cr_ask(root, &invoice), 0);
		expect_code(erase("registrar", C(10002), 0, &response), 53);
		expect_code(erase("registrar", C(10002), CR_ERASE_PARTIAL,
				&response),
		    0);
		ck_assert_int_eq(response.state, CR_ERASE_PARTLY);
		seen = look_for_purpose("aino", "billing", C(10002));
		ck_assert_uint_eq(seen->entry_count, 2);
		/* old enough that only its being open held it */
		{
			struct cr_request pay = { .kind = CR_MODIFY,
				.dn = "crInvoiceNumber=L1," C(10002),
				.lines = { "=crState: paid",
				    "=crPaidDate: 20200101000000Z" } };

			pay.controls[0] = (struct cr_control){ CTL_PURPOSE,
				.arg = "billing" };
			expect_code(cr_ask_as(server, "aino", &pay), 0);
		}
		until_nobody(C(10002));
		while (strcmp(state_of_orders(), "compacting") != 0)
			ck_assert_msg(cr_suite_again(deadline), "%s",
			    state_of_orders());
	}
END_TEST

START_TEST(goes_on_after_a_crash)
	{
		struct cr_erase_response response;
		struct cr_answer *seen;
		int status;

		server = cr_server_make(&bare);
		ck_assert(cr_server_launch(server, &status));
		expect_code(erase("registrar", C(10005), 0, &response), 0);
		kill(server->pid, SIGKILL);
		ck_assert(cr_server_ended(server, 5000, &status));
		ck_assert(cr_server_launch(server, &status));
		until_nobody(C(10005));
		seen = cr_look(cr_conn_open(server, "root"), CUSTOMERS, ONE,
		    NULL, "uid");
		ck_assert_uint_eq(seen->entry_count, 9);
		cr_server_stop(server);
	}
END_TEST

/* ---- who comes back --------------------------------------------------------- */

static const char *
phone_of(const struct cr_entry *e)
{
	const char *phone = cr_entry_value(e, "telephoneNumber");

	return phone != NULL ? phone : cr_entry_value(e, "mobile");
}

static struct cr_request
newcomer(const char *uid, const char *mail, const char *phone)
{
	return (struct cr_request){ .kind = CR_ADD,
		.dn = cr_keep_text("uid=%s," CUSTOMERS, uid),
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", cr_keep_text("uid: %s", uid),
		    "cn: Uusi Asiakas", "sn: Asiakas",
		    cr_keep_text("crCustomerNumber: %s", uid),
		    cr_keep_text("mail: %s", mail),
		    cr_keep_text("telephoneNumber: %s", phone) } };
}

START_TEST(erased_stays_erased)
	{
		struct cr_erase_response response;
		struct cr_conn *root = cr_conn_open(server, "root");
		struct cr_answer *seen = cr_look(root, C(10002), BASE, NULL,
		    NULL);
		const char *mail = cr_entry_value(seen->entries, "mail");
		const char *phone = phone_of(seen->entries);
		struct cr_request same = newcomer("c20001", mail, phone);
		struct cr_request other = newcomer("c20002",
		    "muu@example.fi", phone);

		ck_assert_ptr_nonnull(mail);
		ck_assert_ptr_nonnull(phone);
		expect_code(erase("registrar", C(10002), 0, &response), 0);
		until_nobody(C(10002));
		expect_code(cr_ask(root, &same), 53);
		expect_code(cr_ask(root, &other), 0);
		/* the second factor comes later */
		ck_assert_int_eq(cr_change(root, other.dn,
				     cr_keep_text("+mail: %s", mail), NULL),
		    53);
		/* nor by a name */
		{
			struct cr_request rename = { .kind = CR_MODRDN,
				.dn = other.dn,
				.rdn = cr_keep_text("uid=c20002+mail=%s",
				    mail) };

			expect_code(cr_ask(root, &rename), 53);
		}
		same.controls[0] = (struct cr_control){ CTL_REFERENCE,
			.arg = "uusi-sopimus-1" };
		expect_code(cr_ask_as(server, "registrar", &same), 0);
		seen = cr_look(root, same.dn, BASE, NULL, NULL);
		ck_assert(cr_entry_has(seen->entries, "crMarketingBan",
		    "directMarketing"));
		/* and is a customer like others then */
		ck_assert_int_eq(cr_change(root, same.dn,
				     cr_keep_text("=mail: %s", "x@example.fi"),
				     NULL),
		    0);
		ck_assert_int_eq(cr_change(root, same.dn,
				     cr_keep_text("=mail: %s", mail), NULL),
		    0);
	}
END_TEST

START_TEST(nobody_asks_who_was_erased)
	{
		struct cr_erase_response response;
		struct cr_conn *root = cr_conn_open(server, "root");
		struct cr_answer *seen = cr_look(root, C(10003), BASE, NULL,
		    NULL), *answer;
		const char *mail = cr_entry_value(seen->entries, "mail");
		const char *phone = phone_of(seen->entries);
		struct cr_request same = newcomer("c20003", mail, phone);
		struct cr_request stranger = newcomer("c20004",
		    "vieras@example.fi", "+358409998877");

		expect_code(erase("registrar", C(10003), 0, &response), 0);
		until_nobody(C(10003));
		for (int i = 0; i < 20; i++)
			expect_code(cr_ask(root, &same), 53);
		answer = cr_ask(root, &same);
		expect_code(answer, 53);
		expect_text(answer, "custreg: too many tries, wait");
		answer = cr_ask(root, &stranger);
		expect_code(answer, 53);
		expect_text(answer, "custreg: too many tries, wait");
		expect_code(cr_ask_as(server, "registrar", &stranger), 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *easy = cr_suite_case(suite, "nothing held", start_bare, stop);
	TCase *later = cr_suite_case(suite, "later", start_bare, stop);
	TCase *waits = cr_suite_case(suite, "waits", start_bare, stop);
	TCase *killed = cr_suite_case(suite, "killed", NULL, NULL);
	TCase *back = cr_suite_case(suite, "back", start_keyed, stop);
	TCase *tries = cr_suite_case(suite, "tries", start_keyed, stop);
	TCase *held = cr_suite_case(suite, "held", start_whole, stop);

	tcase_add_test(easy, who_is_held_by_nothing_is_gone);
	tcase_add_test(easy, customers_erase_themselves);
	tcase_add_loop_test(easy, others_may_not_and_learn_nothing, 0,
	    COUNT(others));
	tcase_add_test(easy, nobody_writes_orders_by_hand);
	tcase_add_test(easy, officer_only_tries);
	tcase_add_test(easy, who_is_no_customer);
	tcase_add_test(easy, bad_requests);
	tcase_add_test(held, open_invoice_is_a_reason);
	tcase_add_test(held, in_part_what_is_held_stays);
	tcase_add_test(later, nothing_names_the_erased);
	tcase_add_test(back, erased_stays_erased);
	tcase_add_test(tries, nobody_asks_who_was_erased);
	tcase_add_test(killed, goes_on_after_a_crash);
	tcase_add_test(waits, done_by_itself_when_the_hold_ends);
}

int
main(void)
{
	return cr_suite_run("erase", fill);
}
