/*
 * A consumer: what replication takes stays in its own pages, so it is to be
 * compacted too, and says so.
 */
#include "harness_compact.h"

#include <string.h>

static const char replica_entry[] = "dn: " REPLICA "\n"
				    "objectClass: organizationalRole\n"
				    "objectClass: simpleSecurityObject\n"
				    "cn: replica\n"
				    "userPassword: kokeilu\n\n";

#define COMMON                                                         \
	.acl = "access to attrs=userPassword by anonymous auth "       \
	       "by dn.exact=\"" REPLICA "\" read by * none\n"          \
	       "access to * by * write",                               \
	.custreg = "custreg-customers " CUSTOMERS                      \
		   "\ncustreg-replica " REPLICA

static struct cr_server *consumer;

static void
start_both(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	static const struct cr_setup provides = { COMMON, .customers = 10,
		.modules = "syncprov", .ldif = replica_entry,
		.below = "overlay syncprov\nsyncprov-checkpoint 100 1" };
	static struct cr_setup follows = { COMMON, .empty = true };

	compact_server = cr_server_start(&provides);
	follows.limits = cr_keep_text("syncrepl rid=001 provider=%s "
				      "type=refreshAndPersist "
				      "searchbase=\"" SUFFIX "\" "
				      "schemachecking=off retry=\"1 +\" "
				      "bindmethod=simple binddn=\"" REPLICA
				      "\" credentials=kokeilu\n",
	    compact_server->uri);
	consumer = cr_server_start(&follows);
	/* the replica's own entry has to arrive as well */
	while (cr_look(cr_conn_open(consumer, "root"), REPLICA, BASE, NULL,
		   "1.1")->code != 0)
		ck_assert(cr_suite_again(deadline));
}

static void
until_code(const char *dn, int code)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	while (cr_look(cr_conn_open(consumer, REPLICA), dn, BASE, NULL, "1.1")
		   ->code != code)
		ck_assert_msg(cr_suite_again(deadline), "%s", dn);
}

static struct cr_text
note(void)
{
	return cr_text_of_file(
	    cr_keep_text("%s/db/custreg-compaction", consumer->dir));
}

static void
until_noted(const char *what)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;

	while (strstr(note().bytes, what) == NULL)
		ck_assert_msg(cr_suite_again(deadline), "%s", note().bytes);
}

static bool
has_it(void)
{
	struct cr_text data = cr_text_of_file(
	    cr_keep_text("%s/db/data.mdb", consumer->dir));

	ck_assert_uint_gt(data.len, 0);
	return cr_bytes_contain(data.bytes, data.len, "uxzyrth", 7);
}

START_TEST(each_server_compacts_its_own)
	{
		int status;

		start_both();
		compact_plant();
		until_code("crAssignmentNumber=A-QPX-4410," PERSON, 0);
		compact_erase();
		until_code(PERSON, 32);
		until_noted(" needed ");
		cr_server_stop(consumer);
		/* what is left until then is chance: test_compact looks */
		expect_said(CR_COMMAND("compact", "--if-due",
				cr_keep_text("%s/db", consumer->dir)),
		    0);
		ck_assert(!has_it());
		ck_assert_ptr_nonnull(strstr(note().bytes, " done "));
		ck_assert(cr_server_launch(consumer, &status));
		until_code(C(10001), 0);
		/* the provider has not been, so its order waits */
		compact_until_state("compacting");
		cr_server_stop(consumer);
		cr_server_stop(compact_server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "replica", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(120));
	tcase_add_test(tc, each_server_compacts_its_own);
}

int
main(void)
{
	return cr_suite_run("compact_replica", fill);
}
