/* custreg erase against a server: what a clerk sees, and exit codes. */
#include "harness_command.h"

#include <string.h>

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

static struct cr_said
erase(const char *who, const char *subject, const char *one, const char *two)
{
	return CR_COMMAND("erase", "-x", "-H", server->uri, "-D",
	    cr_conn_dn(who), "-w", "kokeilu", subject, one, two);
}

START_TEST(refused_with_reasons)
	{
		struct cr_said tried = erase("dpo", C(10007), "--dry-run",
		    NULL);
		struct cr_said said = erase("registrar", C(10007), "--json",
		    NULL);

		expect_said(tried, 3);
		expect_said(said, 3);
		ck_assert_ptr_nonnull(strstr(said.out, "\"refused\""));
		ck_assert_ptr_nonnull(strstr(said.out, "\"openInvoice\""));
		ck_assert_ptr_nonnull(strstr(said.out,
		    "JustificationA17LegalClaims"));
	}
END_TEST

START_TEST(not_for_others)
	{
		expect_said(erase("aino", C(10001), NULL, NULL), 6);
		expect_said(erase("dpo", C(10001), NULL, NULL), 6);
	}
END_TEST

START_TEST(in_part)
	{
		struct cr_said said = erase("registrar", C(10008), "--partial",
		    "--json");

		expect_said(said, 4);
		ck_assert_ptr_nonnull(strstr(said.out, "\"partly\""));
		ck_assert_ptr_nonnull(strstr(said.out, "\"receipt\""));
	}
END_TEST

START_TEST(by_number_and_in_words)
	{
		struct cr_answer *seen = cr_look(
		    cr_conn_open(server, "registrar"), C(10004), BASE, NULL,
		    "entryUUID");
		const char *uuid = cr_entry_value(seen->entries, "entryUUID");
		struct cr_said said = erase("registrar", uuid, "--dry-run",
		    "--json");

		ck_assert_msg(said.code == 0 || said.code == 3, "exit %d: %s",
		    said.code, said.complaint);
		ck_assert_ptr_nonnull(strstr(said.out, "\"would"));
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "erase", start, stop);

	tcase_add_test(tc, refused_with_reasons);
	tcase_add_test(tc, not_for_others);
	tcase_add_test(tc, in_part);
	tcase_add_test(tc, by_number_and_in_words);
}

int
main(void)
{
	return cr_suite_run("erase_command", fill);
}
