/*
 * What is on record besides reads: who was refused, what became of the policy
 * and of agreements, which ban was set or lifted by whom.
 */
#include "harness.h"

#include <string.h>

#define OLLI "uid=olli," HANDLERS
#define UUID1 "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844" /* c10001 */

static const struct cr_setup wide = { .customers = 10,
	.acl = "access to attrs=userPassword by * auth\n"
	       "access to * by * write" };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&wide);
}

static void
stop(void)
{
	cr_server_stop(server);
}

/* In this order: some rows need what those before have done. */
static const struct row {
	const char *who; /* NULL: anonymous */
	struct cr_request request;
	int code;
	const char *words[4]; /* all on one line; none: no event */
} rows[] = {
	/* refused for purpose */
	{ "mikko",
	    { .dn = C(10001), .controls = { { CTL_PURPOSE, .arg = "billing" } } },
	    50, { "who=uid=mikko,", "type=refused", "event=purpose" } },
	{ "mikko",
	    { .kind = CR_COMPARE, .dn = C(10001), .attr = "uid",
		.value = "c10001",
		.controls = { { CTL_PURPOSE, .arg = "billing" } } },
	    50, { "who=uid=mikko,", "type=refused", "event=purpose" } },
	{ "c10001",
	    { .dn = C(10001),
		.controls = { { CTL_PURPOSE, .arg = "statistics" } } },
	    50, { "who=uuid:" UUID1, "type=refused", "event=purpose" } },
	/* readers who are not in force */
	{ "leena", { .dn = CUSTOMERS, .scope = ONE }, 0,
	    { "who=uid=leena,", "type=refused", "event=agreement-expired" } },
	{ "olli", { .dn = CUSTOMERS, .scope = ONE }, 0,
	    { "who=uid=olli,", "type=refused", "event=agreement\n" } },
	/* what a purpose may not write */
	{ "mikko",
	    { .kind = CR_MODIFY, .dn = C(10001), .lines = { "=title: x" } }, 50,
	    { "who=uid=mikko,", "type=refused", "event=write" } },
	{ "aino",
	    { .kind = CR_MODIFY, .dn = "cn=billing," PURPOSES,
		.lines = { "+crReleases: o" } },
	    50, { "who=uid=aino,", "type=refused", "event=policy" } },
	/* the policy */
	{ "registrar",
	    { .kind = CR_MODIFY, .dn = "cn=archiving," PURPOSES,
		.lines = { "+crReleases: mail" } },
	    0, { "who=uid=registrar,", "type=modify", "event=policy",
		   "detail=cn=archiving,ou=purposes" } },
	{ "registrar",
	    { .kind = CR_MODIFY, .dn = OLLI,
		.lines = { "+crAllowedPurpose: statistics" } },
	    0, { "who=uid=registrar,", "type=modify", "event=handler",
		   "detail=uid=olli," } },
	{ "registrar",
	    { .kind = CR_MODIFY, .dn = OLLI,
		.lines = { "=crAgreementSigned: 20250101000000Z" } },
	    0, { "who=uid=registrar,", "type=modify",
		   "event=agreement-signed", "detail=uid=olli," } },
	{ "registrar",
	    { .kind = CR_MODIFY, .dn = OLLI,
		.lines = { "=crAgreementVersion: 2024-1" } },
	    0, { "who=uid=registrar,", "type=modify",
		   "event=agreement-version", "detail=uid=olli," } },
	{ "registrar",
	    { .kind = CR_MODIFY, .dn = OLLI,
		.lines = { "=crAgreementUntil: 20991231215959Z" } },
	    0, { "who=uid=registrar,", "type=modify", "event=agreement-until",
		   "detail=uid=olli," } },
	{ "registrar",
	    { .kind = CR_MODIFY, .dn = OLLI, .lines = { "=crSuspended: TRUE" } },
	    0, { "who=uid=registrar,", "type=modify", "event=suspended",
		   "detail=uid=olli," } },
	{ "olli", { .dn = CUSTOMERS, .scope = ONE }, 0,
	    { "who=uid=olli,", "type=refused", "event=suspended" } },
	{ "registrar",
	    { .kind = CR_ADD, .dn = "uid=eve," HANDLERS,
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crHandler", "cn: Eve", "sn: Eve",
		    "crDefaultPurpose: statistics",
		    "crAgreementSigned: 20250101000000Z" } },
	    0, { "who=uid=registrar,", "type=add", "event=agreement-signed",
		   "detail=uid=eve," } },
	{ "registrar",
	    { .kind = CR_MODRDN, .dn = "uid=eve," HANDLERS, .rdn = "uid=eeva" },
	    0, { "who=uid=registrar,", "type=modrdn", "event=handler",
		   "detail=uid=eve," } },
	{ "registrar", { .kind = CR_DELETE, .dn = "uid=eeva," HANDLERS }, 0,
	    { "who=uid=registrar,", "type=delete", "event=handler",
		"detail=uid=eeva," } },
	/* bans */
	{ "c10001",
	    { .kind = CR_MODIFY, .dn = C(10001),
		.lines = { "+crMarketingBan: all" } },
	    0, { "who=uuid:" UUID1, "type=modify", "uuid=" UUID1 " event=ban-set",
		   "detail=crMarketingBan:all" } },
	{ "aino",
	    { .kind = CR_MODIFY, .dn = C(10001),
		.lines = { "+crListingBan: printed" } },
	    0, { "who=uid=aino,", "type=modify", "uuid=" UUID1 " event=ban-set",
		   "detail=crListingBan:printed" } },
	{ "c10001",
	    { .kind = CR_MODIFY, .dn = C(10001),
		.lines = { "-crMarketingBan" } },
	    0, { "who=uuid:" UUID1, "type=modify",
		   "uuid=" UUID1 " event=ban-lifted",
		   "detail=crMarketingBan:all" } },
	/* no event: what was asked for is no ban, and it was allowed */
	{ "aino",
	    { .kind = CR_MODIFY, .dn = C(10001), .lines = { "=title: x" } }, 0,
	    { NULL } },
};

static bool
has_all(const char *line, size_t len, const char *const words[4])
{
	for (int i = 0; i < 4 && words[i] != NULL; i++) {
		if (!cr_bytes_contain(line, len, words[i], strlen(words[i])))
			return false;
	}
	return true;
}

/* Lines with all of the words; those that are events when there are none. */
static unsigned
count(const char *at, const char *const words[4])
{
	static const char *const event[4] = { " event=" };
	unsigned found = 0;

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		len += at[len] == '\n';
		found += has_all(at, len, words[0] != NULL ? words : event);
		at += len;
	}
	return found;
}

START_TEST(what_was_done_is_on_record)
	{
		for (size_t i = 0; i < COUNT(rows); i++) {
			const struct row *row = &rows[i];
			size_t before = cr_server_readlog(server).len;
			struct cr_answer *answer =
			    cr_ask_as(server, row->who, &row->request);
			struct cr_text log = cr_server_readlog(server);
			unsigned wanted = row->words[0] != NULL;

			ck_assert_msg(answer->code == row->code,
			    "row %zu: wanted %d\n%s", i, row->code,
			    answer->all.bytes);
			ck_assert_msg(count(log.bytes + before, row->words) ==
				    wanted,
			    "row %zu:\n%.6000s", i, log.bytes + before);
		}
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "events", start, stop);

	tcase_add_test(tc, what_was_done_is_on_record);
}

int
main(void)
{
	return cr_suite_run("log_events", fill);
}
