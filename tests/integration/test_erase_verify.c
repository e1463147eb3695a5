/* custreg erase --verify: several servers, of which not all are well. */
#include "harness_command.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLICA "cn=replica," SUFFIX
#define GROUP "cn=kanta-asiakkaat," GROUPS
#define NOBODY "ldap://127.0.0.1:1"
#define SETTINGS "custreg-customers " CUSTOMERS "\ncustreg-replica " REPLICA "\n"
#define RULES                                                              \
	"access to attrs=userPassword by anonymous auth by dn.exact=" REPLICA \
	" read\naccess to * by * write\n"

static const struct cr_setup provides = { .modules = "syncprov",
	.acl = RULES,
	.below = "overlay syncprov\nsyncprov-checkpoint 100 1",
	.custreg = SETTINGS,
	.ldif = "dn: " REPLICA "\n"
		"objectClass: organizationalRole\n"
		"objectClass: simpleSecurityObject\n"
		"cn: replica\n"
		"userPassword: kokeilu\n\n" };
/* The same people, and nobody tells it anything. */
static const struct cr_setup keeps = { .customers = 10, .acl = RULES };

static struct cr_server *provider, *consumer, *stale;
static char uuid[40];

static struct cr_said
verify(const char *who, const char *subject, const char *const servers[])
{
	const char *words[30] = { "erase", "--verify", "--json", "-x", "-D",
		cr_conn_dn(who), "-w", "kokeilu", subject };
	size_t count = 9;

	for (; *servers != NULL; servers++) {
		words[count++] = "--server";
		words[count++] = *servers;
	}
	return cr_command(words);
}
#define VERIFY(who, subject, ...) \
	verify(who, subject, (const char *const[]){ __VA_ARGS__, NULL })

static void
expect_in(const struct cr_said *said, const char *what, size_t times)
{
	ck_assert_msg(cr_times(said->out, what) == times,
	    "<%s> is not there %zu times\n%s%s", what, times, said->out,
	    said->complaint);
}

static void
until(int code, const char *who, const char *subject, const char *one,
    const char *two)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(60) * 1000;
	struct cr_said said = VERIFY(who, subject, one, two);

	while (said.code != code) {
		ck_assert_msg(cr_suite_again(deadline), "exit %d: %s%s",
		    said.code, said.out, said.complaint);
		said = VERIFY(who, subject, one, two);
	}
}

static void
start(void)
{
	struct cr_setup *follows = cr_keep(sizeof(*follows));
	struct cr_answer *seen;

	provider = cr_server_start(&provides);
	stale = cr_server_start(&keeps);
	*follows = (struct cr_setup){ .empty = true,
		.acl = RULES,
		.custreg = SETTINGS,
		.limits = cr_keep_text("syncrepl rid=001 provider=%s "
				       "type=refreshAndPersist "
				       "searchbase=\"" SUFFIX "\" "
				       "schemachecking=off retry=\"1 +\" "
				       "bindmethod=simple binddn=\"" REPLICA
				       "\" credentials=kokeilu",
		    provider->uri) };
	consumer = cr_server_start(follows);
	seen = cr_look(cr_conn_open(provider, "registrar"), C(10001), BASE,
	    NULL, "entryUUID");
	snprintf(uuid, sizeof(uuid), "%s",
	    cr_entry_value(seen->entries, "entryUUID"));
}

static void
stop(void)
{
	cr_server_stop(consumer);
	cr_server_stop(provider);
	cr_server_stop(stale);
}

START_TEST(who_is_there_is_left)
	{
		struct cr_said said;

		until(5, "registrar", C(10001), consumer->uri, consumer->uri);
		said = VERIFY("registrar", uuid, provider->uri,
		    consumer->uri);
		expect_said(said, 5);
		expect_in(&said, "\"state\": \"left\"", 2);
		expect_in(&said, "\"clean\": false", 1);
		/* nothing was done to them */
		ck_assert_int_eq(cr_look(cr_conn_open(provider, "registrar"),
				     C(10001), BASE, NULL, "1.1")
				     ->code,
		    0);
	}
END_TEST

START_TEST(gone_from_both)
	{
		struct cr_said said = CR_COMMAND("erase", "-x", "-H",
		    provider->uri, "-D", cr_conn_dn("registrar"), "-w",
		    "kokeilu", C(10001));

		expect_said(said, 0);
		until(0, "registrar", uuid, provider->uri, consumer->uri);
		said = VERIFY("registrar", uuid, provider->uri,
		    consumer->uri);
		expect_in(&said, "\"state\": \"clean\"", 2);
		expect_in(&said, "\"clean\": true", 1);
		expect_in(&said, "\"order\": ", 2);
		said = VERIFY("registrar", C(10001), provider->uri,
		    consumer->uri);
		expect_said(said, 0);
		expect_in(&said, "\"references\": 0", 2);
		said = VERIFY("dpo", uuid, provider->uri);
		expect_said(said, 0);
	}
END_TEST

START_TEST(one_has_it_still)
	{
		struct cr_said said = VERIFY("registrar", uuid, provider->uri,
		    stale->uri);

		expect_said(said, 5);
		expect_in(&said, "\"state\": \"clean\"", 1);
		expect_in(&said, "\"state\": \"left\"", 1);
		expect_in(&said, "\"reason\": \"entries\"", 1);
	}
END_TEST

START_TEST(one_is_down)
	{
		struct cr_said said = VERIFY("registrar", uuid, provider->uri,
		    NOBODY);

		expect_said(said, 4);
		expect_in(&said, "\"state\": \"clean\"", 1);
		expect_in(&said, "\"state\": \"unreachable\"", 1);
		ck_assert_ptr_nonnull(strstr(said.complaint, NOBODY ": "));
		/* what is left counts for more */
		expect_said(VERIFY("registrar", uuid, NOBODY, stale->uri), 5);
		expect_said(VERIFY("registrar", uuid, NOBODY, NOBODY), 2);
	}
END_TEST

/* Takes connections, and says nothing. */
static char *
mute_server(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, len), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	return cr_keep_text("ldap://127.0.0.1:%d", ntohs(name.sin_port));
}

START_TEST(one_says_nothing)
	{
		struct cr_said said = CR_COMMAND("erase", "--verify", "-x",
		    "-D", cr_conn_dn("registrar"), "-w", "kokeilu", "-o",
		    "nettimeout=1", "--server", mute_server(), "--server",
		    provider->uri, uuid);

		expect_said(said, 4);
		expect_in(&said, "  not reached\n", 1);
		expect_in(&said, "  nothing is left\n", 1);
		expect_in(&said, "Nothing is left on 1 of 2 servers.", 1);
	}
END_TEST

START_TEST(not_for_others)
	{
		struct cr_said said = VERIFY("aino", uuid, provider->uri,
		    stale->uri);

		expect_said(said, 6);
		expect_in(&said, "\"state\": \"unknown\"", 2);
	}
END_TEST

START_TEST(a_name_elsewhere_is_left)
	{
		struct cr_conn *root = cr_conn_open(provider, "root");
		struct cr_said said;

		ck_assert_int_eq(cr_change(root, GROUP,
				     "+member: " C(10001), NULL),
		    0);
		said = VERIFY("registrar", C(10001), provider->uri);
		expect_said(said, 5);
		expect_in(&said, "\"references\": 1", 1);
		expect_in(&said, "\"reason\": \"values that name them\"", 1);
		ck_assert_int_eq(cr_change(root, GROUP,
				     "-member: " C(10001), NULL),
		    0);
		expect_said(VERIFY("registrar", C(10001), provider->uri), 0);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "verify", start, stop);

	tcase_add_test(tc, who_is_there_is_left);
	tcase_add_test(tc, gone_from_both);
	tcase_add_test(tc, one_has_it_still);
	tcase_add_test(tc, one_is_down);
	tcase_add_test(tc, one_says_nothing);
	tcase_add_test(tc, not_for_others);
	tcase_add_test(tc, a_name_elsewhere_is_left);
}

int
main(void)
{
	return cr_suite_run("erase_verify", fill);
}
