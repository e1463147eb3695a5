/*
 * Who comes back: the registrar's queue for one factor, what the registrar
 * decides, and the bans that come along.
 */
#include "harness_suppress.h"

#include <string.h>

/* ---- the queue ----------------------------------------------------------- */

START_TEST(one_factor_is_a_case_and_nobody_is_told)
	{
		struct cr_person gone = cr_person_erase(C(10001));
		struct cr_request match = cr_newcomer("c20001",
		    "a@example.fi", gone.phone);
		struct cr_request none = cr_newcomer("c20002", "b@example.fi",
		    "+358401234567");
		struct cr_answer *first = cr_ask_as(cr_keyed, "root", &none);
		struct cr_answer *second = cr_ask_as(cr_keyed, "root", &match);
		const struct cr_entry *e;

		expect_code(first, 0);
		expect_code(second, 0);
		ck_assert_uint_eq(first->bytes.len, second->bytes.len);
		ck_assert_mem_eq(first->bytes.bytes, second->bytes.bytes,
		    first->bytes.len);
		ck_assert_ptr_null(cr_case_of(none.dn));
		e = cr_case_of(match.dn);
		ck_assert_ptr_nonnull(e);
		ck_assert_str_eq(cr_entry_value(e, "crState"), "open");
		ck_assert_str_eq(cr_entry_value(e, "crSuppressionId"),
		    gone.uuid);
		ck_assert_str_eq(cr_entry_value(e, "crSuppressionKind"),
		    "phone");
		ck_assert_uint_eq(cr_entry_attr(e, "crSuppressionKind")->count,
		    1);
		/* in words nobody could read a person from */
		ck_assert(!cr_bytes_contain(cr_look(cr_as("root"), e->dn, BASE,
		    NULL, NULL)->all.bytes, cr_look(cr_as("root"), e->dn, BASE,
		    NULL, NULL)->all.len, gone.phone, strlen(gone.phone)));
		/* and nothing hangs below the customer */
		ck_assert_uint_eq(cr_look(cr_as("root"), match.dn, SUB, NULL,
				      "1.1")->entry_count, 1);
	}
END_TEST

static const char *const readers[] = { "aino", "mikko", "crm", "c10004" };

START_TEST(queue_is_for_few)
	{
		struct cr_person gone = cr_person_erase(C(10006));
		struct cr_request match = cr_newcomer("c20003", gone.mail,
		    "+358401111111");

		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		ck_assert_uint_ge(cr_look(cr_as("registrar"), CASES, ONE, NULL,
				      NULL)->entry_count, 1);
		ck_assert_uint_ge(cr_look(cr_as("dpo"), CASES, ONE, NULL,
				      NULL)->entry_count, 1);
		for (size_t i = 0; i < COUNT(readers); i++)
			ck_assert_uint_eq(cr_look(cr_as(readers[i]), SUFFIX, SUB,
					      "(crSuppressionCaseId=*)",
					      NULL)->entry_count, 0);
	}
END_TEST

START_TEST(one_case_for_one_customer)
	{
		struct cr_person gone = cr_person_erase(C(10007));
		struct cr_request someone = cr_newcomer("c20004",
		    "d@example.fi", "+358402222222");
		struct cr_request add = cr_change_of(someone.dn,
		    cr_keep_text("+mail: %s", gone.mail));
		struct cr_request take = cr_change_of(someone.dn,
		    cr_keep_text("-mail: %s", gone.mail));
		struct cr_request rename = { .kind = CR_MODRDN,
			.dn = someone.dn,
			.rdn = cr_keep_text("uid=c20004+mail=%s",
			    gone.mail) };
		size_t before;

		expect_code(cr_ask_as(cr_keyed, "root", &someone), 0);
		before = cr_cases();
		expect_code(cr_ask_as(cr_keyed, "root", &add), 0);
		ck_assert_uint_eq(cr_cases(), before + 1);
		expect_code(cr_ask_as(cr_keyed, "root", &take), 0);
		expect_code(cr_ask_as(cr_keyed, "root", &rename), 0);
		ck_assert_uint_eq(cr_cases(), before + 1);
	}
END_TEST

START_TEST(what_was_not_done_is_no_case)
	{
		struct cr_person gone = cr_person_erase(C(10008));
		struct cr_request bad = cr_newcomer("c20005", gone.mail,
		    "+358403333333");
		struct cr_request twice = cr_newcomer("c10004", gone.mail,
		    "+358403333333");
		size_t before = cr_cases();

		bad.lines[4] = "description: no surname";
		expect_code(cr_ask_as(cr_keyed, "root", &bad), 65);
		expect_code(cr_ask_as(cr_keyed, "root", &twice), 68);
		cr_until_cases(before);
	}
END_TEST

START_TEST(case_goes_with_its_customer)
	{
		struct cr_person gone = cr_person_erase(C(10010));
		struct cr_request first = cr_newcomer("c20006", gone.mail,
		    "+358404444444");
		struct cr_request second = cr_newcomer("c20007", "e@example.fi",
		    gone.phone);
		struct cr_request away = { .kind = CR_DELETE,
			.dn = first.dn };
		size_t before = cr_cases();

		expect_code(cr_ask_as(cr_keyed, "root", &first), 0);
		expect_code(cr_ask_as(cr_keyed, "root", &second), 0);
		ck_assert_uint_eq(cr_cases(), before + 2);
		expect_code(cr_ask_as(cr_keyed, "root", &away), 0);
		cr_until_cases(before + 1);
		(void)cr_person_erase(second.dn);
		cr_until_cases(before);
	}
END_TEST

static struct cr_request
case_of_nobody(const char *id, const char *time)
{
	return (struct cr_request){ .kind = CR_ADD,
		.dn = cr_keep_text("crSuppressionCaseId=%s," CASES, id),
		.lines = { "objectClass: crSuppressionCase",
		    cr_keep_text("crSuppressionCaseId: %s", id),
		    cr_keep_text("crSuppressionId: %s", id),
		    "crSuppressionCustomer: "
		    "0d3c4a52-1f7e-4c55-9d0a-3e0f6a1b2c3d",
		    "crSuppressionKind: mail", "crState: open",
		    cr_keep_text("crDate: %s", time) } };
}

/* What a kill between the case and its customer leaves. */
START_TEST(case_of_nobody_goes_after_a_day)
	{
		int64_t deadline;
		struct cr_person gone;
		struct cr_request match, old, young;

		cr_keyed_start();
		gone = cr_person_erase(C(10001));
		match = cr_newcomer("c20008", gone.mail, "+358405555555");
		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		/* the id that the module would give it */
		old = case_of_nobody("c38e21f8028060f3", "20200101000000Z");
		old.lines[2] = "crSuppressionId: nobody";
		young = case_of_nobody("1111111111111111",
		    "20990101000000Z");
		expect_code(cr_ask_as(cr_keyed, "root", &old), 0);
		expect_code(cr_ask_as(cr_keyed, "root", &young), 0);
		cr_server_restart(cr_keyed);
		deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;
		while (cr_look(cr_as("root"), old.dn, BASE, NULL, "1.1")->code !=
		    32)
			ck_assert(cr_suite_again(deadline));
		ck_assert_ptr_nonnull(cr_case_of(match.dn));
		expect_code(cr_look(cr_as("root"), young.dn, BASE, NULL, "1.1"),
		    0);
		cr_keyed_stop();
	}
END_TEST

/* ---- what the registrar says ---------------------------------------------- */

START_TEST(registrar_alone_decides)
	{
		static const char *const others[] = { "dpo", "aino", "crm",
			"c10004" };
		struct cr_person gone = cr_person_erase(C(10010));
		struct cr_request match = cr_newcomer("c20009", gone.mail,
		    "+358406666666"), lift, say, away, more;
		const char *dn;

		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		dn = cr_case_of(match.dn)->dn;
		lift = cr_with_reference(cr_change_of(cr_suppression_of(&gone),
		    "=crState: lifted"));
		say = cr_with_reference(cr_change_of(dn, "=crState: other"));
		for (size_t i = 0; i < COUNT(others); i++) {
			expect_code(cr_ask_as(cr_keyed, others[i], &lift), 50);
			expect_code(cr_ask_as(cr_keyed, others[i], &say), 50);
		}
		/* not without saying why, and nothing else of it */
		more = cr_change_of(dn, "=crState: other");
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		expect_text(cr_ask_as(cr_keyed, "registrar", &more),
		    "custreg: a decision needs a reference");
		more = cr_with_reference(cr_change_of(dn, "=crState: lifted"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		more = cr_with_reference(cr_change_of(dn, "-crState"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		more = cr_with_reference(cr_change_of(dn, "=crState: other"));
		more.lines[1] = "=crDate: 20200101000000Z";
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		more = cr_with_reference(cr_change_of(cr_suppression_of(&gone),
		    "=crKeyedHash: x"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		more = cr_with_reference(cr_change_of(cr_keep_text(
		    "crErasureId=%s," ERASURES, gone.uuid), "=crState: done"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		away = cr_with_reference((struct cr_request){ .kind = CR_DELETE,
		    .dn = dn });
		expect_code(cr_ask_as(cr_keyed, "registrar", &away), 50);
		ck_assert_str_eq(cr_state_of(dn), "open");
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "active");
		expect_code(cr_ask_as(cr_keyed, "registrar", &say), 0);
		ck_assert_str_eq(cr_state_of(dn), "other");
		more = cr_with_reference(cr_change_of(dn, "=crState: open"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		expect_code(cr_ask_as(cr_keyed, "registrar", &lift), 0);
		more = cr_with_reference(cr_change_of(cr_suppression_of(&gone),
		    "=crState: active"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &more), 50);
		/* and then it no longer counts */
		match = cr_newcomer("c20010", gone.mail, gone.phone);
		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
	}
END_TEST

START_TEST(decided_cases_stay_decided)
	{
		struct cr_person gone = cr_person_erase(C(10003));
		struct cr_request match = cr_newcomer("c20011", gone.mail,
		    "+358407777777"), say, take, again;
		const char *dn;

		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		dn = cr_case_of(match.dn)->dn;
		say = cr_with_reference(cr_change_of(dn, "=crState: other"));
		expect_code(cr_ask_as(cr_keyed, "registrar", &say), 0);
		take = cr_change_of(match.dn, "=mail: x@example.fi");
		again = cr_change_of(match.dn,
		    cr_keep_text("=mail: %s", gone.mail));
		expect_code(cr_ask_as(cr_keyed, "root", &take), 0);
		expect_code(cr_ask_as(cr_keyed, "root", &again), 0);
		ck_assert_str_eq(cr_state_of(dn), "other");
	}
END_TEST

START_TEST(same_person_has_the_bans_first)
	{
		struct cr_person gone = cr_person_erase(C(10005));
		struct cr_request match = cr_newcomer("c20012", gone.mail,
		    "+358408888888"), say;
		struct cr_answer *answer;
		const char *dn;

		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		dn = cr_case_of(match.dn)->dn;
		say = cr_with_reference(cr_change_of(dn, "=crState: same"));
		answer = cr_ask_as(cr_keyed, "registrar", &say);
		expect_code(answer, 53);
		expect_text(answer,
		    "custreg: the customer lacks bans of the suppression");
		ck_assert_int_eq(cr_change(cr_as("registrar"), match.dn,
				     "+crMarketingBan: all", NULL), 0);
		expect_code(cr_ask_as(cr_keyed, "registrar", &say), 53);
		ck_assert_int_eq(cr_change(cr_as("registrar"), match.dn,
				     "=crDisclosureBan: TRUE", NULL), 0);
		expect_code(cr_ask_as(cr_keyed, "registrar", &say), 0);
		ck_assert_str_eq(cr_state_of(dn), "same");
	}
END_TEST

/* ---- registered anew ------------------------------------------------------ */

START_TEST(bans_come_with_a_modification)
	{
		struct cr_person gone = cr_person_erase(C(10002));
		struct cr_request someone = cr_newcomer("c20013",
		    "f@example.fi", gone.phone);
		struct cr_request back = cr_change_of(someone.dn,
		    cr_keep_text("+mail: %s", gone.mail));
		struct cr_answer *seen;

		expect_code(cr_ask_as(cr_keyed, "root", &someone), 0);
		expect_code(cr_ask_as(cr_keyed, "registrar", &back), 53);
		back = cr_with_reference(back);
		expect_code(cr_ask_as(cr_keyed, "aino", &back), 53);
		expect_code(cr_ask_as(cr_keyed, "registrar", &back), 0);
		seen = cr_look(cr_as("root"), someone.dn, BASE, NULL,
		    "* crBanRecord");
		ck_assert(cr_entry_has(seen->entries, "crMarketingBan",
		    "directMarketing"));
		ck_assert_ptr_nonnull(cr_entry_attr(seen->entries,
		    "crBanRecord"));
		cr_until_state(cr_suppression_of(&gone), "lifted");
		/* mikko's mailing does not find them */
		ck_assert_uint_eq(cr_look(cr_as("mikko"), CUSTOMERS, ONE,
				      "(uid=c20013)", "1.1")->entry_count, 0);
	}
END_TEST

START_TEST(bans_come_to_who_becomes_a_customer)
	{
		struct cr_person gone = cr_person_erase(C(10004));
		struct cr_request someone = cr_newcomer("c20014", gone.mail,
		    gone.phone);
		struct cr_request become = cr_change_of(
		    "uid=c20014," CUSTOMERS, "+objectClass: crCustomer");
		struct cr_answer *seen;

		/* no customer, so nobody asks */
		someone.lines[1] = "description: ei viela";
		expect_code(cr_ask_as(cr_keyed, "root", &someone), 0);
		expect_code(cr_ask_as(cr_keyed, "root", &become), 53);
		become = cr_with_reference(become);
		expect_code(cr_ask_as(cr_keyed, "registrar", &become), 0);
		seen = cr_look(cr_as("root"), someone.dn, BASE, NULL, NULL);
		ck_assert(cr_entry_has(seen->entries, "crListingBan",
		    "electronic"));
		cr_until_state(cr_suppression_of(&gone), "lifted");
	}
END_TEST

/* Erased twice, by what they had each time. */
START_TEST(all_suppressions_of_a_person_are_lifted)
	{
		struct cr_person first, second;
		struct cr_request again, back;

		cr_keyed_start();
		first = cr_person_read(C(10003));
		again = cr_newcomer("c20015", first.mail, first.phone);
		(void)cr_person_erase(C(10003));
		expect_code(cr_ask_as(cr_keyed, "root", &again), 53);
		again = cr_with_reference(again);
		expect_code(cr_ask_as(cr_keyed, "registrar", &again), 0);
		cr_until_state(cr_suppression_of(&first), "lifted");
		second = cr_person_erase(again.dn);
		/* in force both: as after a restored backup */
		ck_assert_int_eq(cr_change(cr_as("root"), cr_suppression_of(&first),
				     "=crState: active", NULL), 0);
		back = cr_with_reference(cr_newcomer("c20016", first.mail,
		    first.phone));
		expect_code(cr_ask_as(cr_keyed, "registrar", &back), 0);
		cr_until_state(cr_suppression_of(&first), "lifted");
		cr_until_state(cr_suppression_of(&second), "lifted");
		ck_assert(cr_entry_has(cr_look(cr_as("root"), back.dn, BASE,
		    NULL, NULL)->entries, "crListingBan", "printed"));
		cr_keyed_stop();
	}
END_TEST

/* The erasure goes on years later, when an invoice is paid. */
START_TEST(lifted_stays_lifted)
	{
		static const char invoice[] = "crInvoiceNumber=L1," C(10002);
		const struct cr_request owe = { .kind = CR_ADD,
			.dn = invoice,
			.lines = { "objectClass: crInvoice",
			    "crInvoiceNumber: L1", "crState: open",
			    "crDate: 20100101000000Z" } };
		struct cr_request pay = { .kind = CR_MODIFY, .dn = invoice,
			.lines = { "=crState: paid",
			    "=crPaidDate: 20200101000000Z" } };
		struct cr_person gone;
		struct cr_request lift;

		cr_keyed_start();
		gone = cr_person_read(C(10002));
		expect_code(cr_ask_as(cr_keyed, "root", &owe), 0);
		expect_said(CR_COMMAND("erase", "-x", "-H", cr_keyed->uri, "-D",
				cr_conn_dn("registrar"), "-w", "kokeilu",
				"--partial", C(10002)), 4);
		lift = cr_with_reference(cr_change_of(cr_suppression_of(&gone),
		    "=crState: lifted"));
		cr_until_state(cr_keep_text("crErasureId=%s," ERASURES,
		    gone.uuid), "waiting:open");
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "active");
		expect_code(cr_ask_as(cr_keyed, "registrar", &lift), 0);
		pay.controls[0] = (struct cr_control){ CTL_PURPOSE,
			.arg = "billing" };
		expect_code(cr_ask_as(cr_keyed, "aino", &pay), 0);
		cr_until_erased();
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "lifted");
		cr_keyed_stop();
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *queue = cr_suite_case(suite, "queue", cr_keyed_start,
	    cr_keyed_stop);
	TCase *says = cr_suite_case(suite, "decisions", cr_keyed_start,
	    cr_keyed_stop);
	TCase *anew = cr_suite_case(suite, "anew", cr_keyed_start,
	    cr_keyed_stop);
	TCase *alone = cr_suite_case(suite, "alone", NULL, NULL);

	tcase_add_test(queue, one_factor_is_a_case_and_nobody_is_told);
	tcase_add_test(queue, queue_is_for_few);
	tcase_add_test(queue, one_case_for_one_customer);
	tcase_add_test(queue, what_was_not_done_is_no_case);
	tcase_add_test(queue, case_goes_with_its_customer);
	tcase_add_test(says, registrar_alone_decides);
	tcase_add_test(says, decided_cases_stay_decided);
	tcase_add_test(says, same_person_has_the_bans_first);
	tcase_add_test(anew, bans_come_with_a_modification);
	tcase_add_test(anew, bans_come_to_who_becomes_a_customer);
	tcase_add_test(alone, case_of_nobody_goes_after_a_day);
	tcase_add_test(alone, all_suppressions_of_a_person_are_lifted);
	tcase_add_test(alone, lifted_stays_lifted);
}

int
main(void)
{
	return cr_suite_run("suppress", fill);
}
