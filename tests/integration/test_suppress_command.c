/* custreg suppress against a server: what a clerk sees, and exit codes. */
#include "harness_suppress.h"

#include <stdlib.h>
#include <string.h>

static const char *const readers[] = { "aino", "mikko", "crm", "c10004" };

#define SUPPRESS(who, ...)                                                  \
	CR_COMMAND("suppress", "-x", "-H", cr_keyed->uri, "-D",               \
	    cr_conn_dn(who), "-w", "kokeilu", "-b", SUFFIX, __VA_ARGS__)

static const char *
id_of(const char *dn)
{
	return cr_entry_value(cr_case_of(dn), "crSuppressionCaseId");
}

START_TEST(command_lists)
	{
		struct cr_said said;
		struct cr_person gone;
		struct cr_request match;

		/* nobody was erased yet */
		cr_keyed_start();
		said = SUPPRESS("registrar", NULL);
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "No case waits"));
		ck_assert_ptr_nonnull(strstr(said.out, "Nobody is"));
		gone = cr_person_erase(C(10003));
		match = cr_newcomer("c20017", gone.mail, "+358409999999");
		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		said = SUPPRESS("dpo", NULL);
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, id_of(match.dn)));
		ck_assert_ptr_nonnull(strstr(said.out, "the same mail\n"));
		ck_assert_ptr_nonnull(strstr(said.out, gone.uuid));
		ck_assert_ptr_nonnull(strstr(said.out, "listing printed"));
		/* first what is to be done */
		ck_assert(strstr(said.out, "Cases") <
		    strstr(said.out, "Suppressions"));
		said = SUPPRESS("registrar", "--json");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "\"open\""));
		ck_assert_ptr_nonnull(strstr(said.out, "\"active\""));
		ck_assert_ptr_nonnull(strstr(said.out, "\"printed\""));
		for (size_t i = 0; i < COUNT(readers); i++) {
			said = SUPPRESS(readers[i], NULL);
			expect_said(said, 6);
			ck_assert_str_eq(said.out, "");
		}
		cr_keyed_stop();
	}
END_TEST

START_TEST(command_lifts)
	{
		struct cr_person gone = cr_person_erase(C(10004));
		struct cr_said said;

		expect_said(SUPPRESS("registrar", "lift", gone.uuid), 1);
		expect_said(SUPPRESS("registrar", "lift", "nobody",
				"--request", "R-1"), 1);
		expect_said(SUPPRESS("dpo", "lift", gone.uuid, "--request",
				"R-1"), 6);
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "active");
		said = SUPPRESS("registrar", "lift", gone.uuid, "--request",
		    "R-1", "--json");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "\"lifted\""));
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "lifted");
	}
END_TEST

START_TEST(command_closes)
	{
		struct cr_person gone = cr_person_erase(C(10005));
		struct cr_request first = cr_newcomer("c20018", gone.mail,
		    "+358401212121");
		struct cr_request second = cr_newcomer("c20019",
		    "g@example.fi", gone.phone);
		struct cr_answer *seen;
		struct cr_said said;

		expect_code(cr_ask_as(cr_keyed, "root", &first), 0);
		expect_code(cr_ask_as(cr_keyed, "root", &second), 0);
		expect_said(SUPPRESS("registrar", "close", id_of(first.dn),
				"--request", "R-2"), 1);
		expect_said(SUPPRESS("dpo", "close", id_of(first.dn),
				"--other", "--request", "R-2"), 6);
		said = SUPPRESS("registrar", "close", id_of(first.dn),
		    "--other", "--request", "R-2");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "another person"));
		ck_assert_str_eq(cr_state_of(cr_case_of(first.dn)->dn), "other");
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "active");
		said = SUPPRESS("registrar", "close", id_of(second.dn),
		    "--same", "--request", "R-3");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "marketing all"));
		ck_assert_ptr_nonnull(strstr(said.out, "custreg erase"));
		ck_assert_str_eq(cr_state_of(cr_case_of(second.dn)->dn), "same");
		ck_assert_str_eq(cr_state_of(cr_suppression_of(&gone)), "lifted");
		seen = cr_look(cr_as("root"), second.dn, BASE, NULL, NULL);
		ck_assert(cr_entry_has(seen->entries, "crMarketingBan",
		    "all"));
		ck_assert(cr_entry_has(seen->entries, "crDisclosureBan",
		    "TRUE"));
		/* the other customer is left alone */
		seen = cr_look(cr_as("root"), first.dn, BASE, NULL, NULL);
		ck_assert_ptr_null(cr_entry_attr(seen->entries,
		    "crMarketingBan"));
		/* said again, it is as it was */
		said = SUPPRESS("registrar", "close", id_of(second.dn),
		    "--same", "--request", "R-3", "--json");
		expect_said(said, 0);
		ck_assert_ptr_nonnull(strstr(said.out, "\"bansSet\": []"));
		/* and what is decided no longer waits */
		said = SUPPRESS("registrar", NULL);
		ck_assert_ptr_null(strstr(said.out, id_of(first.dn)));
		said = SUPPRESS("registrar", "--all");
		ck_assert_ptr_nonnull(strstr(said.out, id_of(first.dn)));
		ck_assert_ptr_nonnull(strstr(said.out,
		    "decided: other person"));
	}
END_TEST

/* Who said what, and why, is on record; of whom by number alone. */
START_TEST(decisions_are_recorded)
	{
		struct cr_person gone = cr_person_erase(C(10001));
		struct cr_request match = cr_newcomer("c20020", gone.mail,
		    "+358401313131");
		const char *line;
		char *log;

		expect_code(cr_ask_as(cr_keyed, "root", &match), 0);
		expect_said(SUPPRESS("registrar", "close", id_of(match.dn),
				"--other", "--request", "R-2026-77"), 0);
		log = cr_server_readlog(cr_keyed).bytes;
		ck_assert_ptr_null(strstr(log, gone.mail));
		ck_assert_ptr_nonnull(strstr(log, "event=suppression detail=one"));
		line = strstr(log, "ref=R-2026-77");
		ck_assert_msg(line != NULL, "%s", log);
		while (line > log && line[-1] != '\n')
			line--;
		log = strndup(line, strcspn(line, "\n"));
		ck_assert_msg(strstr(log, "who=uid=registrar,") != NULL &&
		    strstr(log, "event=suppression detail=other") != NULL &&
		    strstr(log, cr_person_read(match.dn).uuid) != NULL, "%s",
		    log);
		free(log);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *alone = cr_suite_case(suite, "alone", NULL, NULL);
	TCase *command = cr_suite_case(suite, "command", cr_keyed_start,
	    cr_keyed_stop);

	tcase_add_test(alone, command_lists);
	tcase_add_test(command, command_lifts);
	tcase_add_test(command, command_closes);
	tcase_add_test(command, decisions_are_recorded);
}

int
main(void)
{
	return cr_suite_run("suppress_command", fill);
}
