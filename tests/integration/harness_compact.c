#include "harness_compact.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "custreg/erase.h"

#define SETUP(more)                                                           \
	.modules = "syncprov accesslog", .customers = 12,                     \
	.databases = "database mdb\nsuffix cn=log\nrootdn cn=log\n"           \
		     "directory @DIR@/db2\nmaxsize 67108864\ndbnosync\n"      \
		     "index reqStart,entryCSN,objectClass,reqDN eq\n"         \
		     "access to * by * none\n"                                \
		     "overlay syncprov\nsyncprov-nopresent TRUE\n"            \
		     "syncprov-reloadhint TRUE",                              \
	.below = "overlay syncprov\nsyncprov-checkpoint 100 1\n"              \
		 "overlay accesslog\nlogdb cn=log\nlogops writes\n"           \
		 "logold (objectClass=crCustomer)\nlogsuccess TRUE",          \
	.custreg = "custreg-customers " CUSTOMERS                             \
		   "\ncustreg-replica " REPLICA                               \
		   "\ncustreg-suppressionkey @DIR@/suppression.key" more

const struct cr_setup compact_thirty = { SETUP("") };
const struct cr_setup compact_seven = { SETUP("\ncustreg-compactwithin 7") };
struct cr_server *compact_server;

static char *
long_text(void)
{
	struct cr_text text = { 0 };

	for (int i = 0; i < 400; i++)
		cr_text_add(&text, "%d pitk\xc3\xa4-qpx2204 ", i);
	return text.bytes;
}

void
compact_plant(void)
{
	struct cr_conn *root = cr_conn_open(compact_server, "root");
	const struct cr_request person = { .kind = CR_ADD,
		.dn = PERSON,
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", "uid: c77001",
		    "cn: Quxzyrth W\xc3\xb6rtl\xc3\xb6\x63k",
		    "o: W\xc3\x96RTL\xc3\x96\x43K OY",
		    "sn: W\xc3\xb6rtl\xc3\xb6\x63k", "givenName: Quxzyrth",
		    "mail: Quxzyrth.Vanha@example.fi",
		    "telephoneNumber: +358 50 7719 4466",
		    "street: Zwibblerkatu 77",
		    "postalAddress: Zwibblerkatu 77 $ 99881 Hukkila",
		    "crSource: mail partnerSite 20250301120000Z "
		    "l\xc3\xa4hde-qpx9917",
		    "crPaperFile: mappi-qpx5531",
		    "crCustomerNumber: KN-QPX-8812",
		    "userPassword: salaisuus-qpx3310" } };
	const struct cr_request child = { .kind = CR_ADD,
		.dn = "crAssignmentNumber=A-QPX-4410," PERSON,
		.lines = { "objectClass: crAssignment",
		    "crAssignmentNumber: A-QPX-4410",
		    "description: tilaus-qpx6645",
		    "crDate: 20100101000000Z" } };

	expect_code(cr_ask(root, &person), 0);
	expect_code(cr_ask(root, &child), 0);
	ck_assert_int_eq(cr_change(root, PERSON,
			     cr_keep_text("+description: %s", long_text()),
			     NULL),
	    0);
	ck_assert_int_eq(cr_change(root, PERSON,
			     "=mail: Quxzyrth.Uusi@example.fi",
			     "+crMarketingBan: directMarketing", NULL),
	    0);
	/* and somebody reads them */
	expect_code(cr_look(cr_conn_open(compact_server, "registrar"), PERSON, SUB,
			NULL, NULL),
	    0);
}

void
compact_erase(void)
{
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { PERSON, strlen(PERSON) } };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	unsigned char *value;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
			     &request.len),
	    CR_OK);
	request.bytes = (const char *)value;
	expect_code(cr_ask_as(compact_server, "registrar", &request), 0);
	free(value);
}

const struct cr_entry *
compact_order(void)
{
	struct cr_answer *orders = cr_look(cr_conn_open(compact_server, "root"),
	    ERASURES, ONE, "(objectClass=crErasureOrder)", "*");

	return orders->code == 0 ? orders->entries : NULL;
}

void
compact_until_state(const char *wanted)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	const char *state;

	for (;;) {
		state = compact_order() != NULL ? cr_entry_value(compact_order(), "crState") :
		    "none";
		if (strcmp(state, wanted) == 0)
			return;
		ck_assert_msg(cr_suite_again(deadline), "%s, not %s", state,
		    wanted);
	}
}

void
compact_plant_and_erase(const struct cr_setup *setup)
{
	compact_server = cr_server_start(setup);
	compact_plant();
	compact_erase();
	compact_until_state("compacting");
}

/* ---- the command ------------------------------------------------------------ */

const char *
compact_db(const char *name)
{
	return cr_keep_text("%s/%s", compact_server->dir, name);
}

struct cr_said
compact_run(const char *option)
{
	return option == NULL ? CR_COMMAND("compact", compact_db("db"), compact_db("db2")) :
				CR_COMMAND("compact", option, compact_db("db"),
				    compact_db("db2"));
}

const char *
compact_slapcat(const char *suffix)
{
	char *conf = cr_keep_text("%s/slapd.conf", compact_server->dir);
	char *output = cr_keep_text("%s/out", cr_suite_dir("slapcat"));
	const char *const argv[] = { "/usr/sbin/slapcat", "-f", conf, "-b",
		suffix, NULL };

	ck_assert_int_eq(cr_load_run(compact_server->log, argv, output), 0);
	return cr_text_of_file(output).bytes;
}

ino_t
compact_inode(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(compact_db(name), &st), 0);
	return st.st_ino;
}

void
compact_launch(void)
{
	int status;

	ck_assert_msg(cr_server_launch(compact_server, &status), "%s",
	    cr_text_of_file(compact_server->log).bytes);
}
