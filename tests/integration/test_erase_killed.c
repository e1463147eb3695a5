/*
 * Erasures whose slapd is killed at some moment: afterwards the customer is
 * there as before or erased as far as holds let, and nobody else is touched.
 * ERASE_KILLS=20, ERASE_SEED= for more and for other moments.
 */
#include "harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "custreg/erase.h"

#define ERASURES "ou=erasures," SUFFIX
#define REPLICA "cn=replica," SUFFIX

enum { CUSTOMERS_MADE = 60, LATEST_US = 5000 };

static const struct cr_setup setup = { .customers = CUSTOMERS_MADE,
	.custreg = "custreg-customers " CUSTOMERS
		   "\ncustreg-replica " REPLICA "\n",
	.ldif = "dn: " REPLICA "\n"
		"objectClass: organizationalRole\n"
		"objectClass: simpleSecurityObject\n"
		"cn: replica\n"
		"userPassword: kokeilu\n\n" };
static struct cr_server *server;

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)atoi(text) : otherwise;
}

static const char *
dn_of(unsigned number)
{
	return cr_keep_text("uid=c%u," CUSTOMERS, number);
}

static struct cr_answer *
dump(const char *base)
{
	return cr_look(cr_conn_open(server, REPLICA), base, SUB, NULL, NULL);
}

/* Every value of every customer but one, as text. */
static char *
others(unsigned but)
{
	const char *subject = cr_keep_text("uid=c%u,", but);
	struct cr_answer *all = dump(CUSTOMERS);
	struct cr_text text = { 0 };

	for (const struct cr_entry *e = all->entries; e; e = e->next) {
		if (strstr(e->dn, subject) != NULL)
			continue;
		cr_text_add(&text, "%s\n", e->dn);
		for (const struct cr_attr *a = e->attrs; a; a = a->next) {
			for (size_t i = 0; i < a->count; i++)
				cr_text_add(&text, "%s: %s\n", a->name,
				    a->values[i].bytes);
		}
	}
	return text.bytes;
}

static void
send_erase(unsigned number)
{
	const char *dn = dn_of(number);
	struct cr_erase_request wanted = { .by = CR_ERASE_BY_DN,
		.dn = { dn, strlen(dn) },
		.flags = CR_ERASE_PARTIAL };
	struct cr_request request = { .kind = CR_EXTENDED,
		.oid = CR_OID_ERASE };
	struct cr_conn *conn = cr_conn_open(server, "registrar");
	unsigned char *value;

	ck_assert_int_eq(cr_erase_request_encode(&wanted, &value,
			     &request.len),
	    CR_OK);
	request.bytes = (const char *)value;
	(void)cr_conn_send(conn, &request);
	free(value);
}

static void
launch(void)
{
	int status;

	ck_assert(cr_server_launch(server, &status));
}

static void
kill_it(void)
{
	int status;

	kill(server->pid, SIGKILL);
	ck_assert(cr_server_ended(server, 10000, &status));
}

static bool
is_settled(const struct cr_answer *orders)
{
	for (const struct cr_entry *e = orders->entries; e; e = e->next) {
		const char *state = cr_entry_value(e, "crState");

		if (strcmp(state, "compacting") != 0 &&
		    strncmp(state, "waiting:", 8) != 0)
			return false;
	}
	return true;
}

/* How many orders there are. */
static size_t
until_settled(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct cr_conn *conn = cr_conn_open(server, "root");
	struct cr_answer *orders;

	do {
		orders = cr_look(conn, ERASURES, ONE, NULL, "crState");
		if (is_settled(orders))
			return orders->entry_count;
	} while (cr_suite_again(deadline));
	ck_abort_msg("not settled:\n%s", orders->all.bytes);
}

static void
expect_erased(unsigned number)
{
	struct cr_answer *left = dump(dn_of(number));

	if (left->code == 32)
		return;
	expect_code(left, 0);
	for (const struct cr_entry *e = left->entries; e; e = e->next) {
		ck_assert_ptr_null(cr_entry_attr(e, "mail"));
		ck_assert_ptr_null(cr_entry_attr(e, "telephoneNumber"));
		ck_assert_ptr_null(cr_entry_attr(e, "crSource"));
	}
	expect_code(cr_look(cr_conn_open(server, "aino"), dn_of(number), BASE,
			NULL, "1.1"),
	    32);
}

START_TEST(killed_at_any_moment)
	{
		unsigned kills = number_of("ERASE_KILLS", 20);
		unsigned seed = number_of("ERASE_SEED", 4);
		size_t orders = 0;
		unsigned done = 0;

		server = cr_server_make(&setup);
		launch();
		srandom(seed);
		for (unsigned i = 0; i < kills; i++) {
			unsigned number = 10001 + i % CUSTOMERS_MADE;
			const struct timespec moment = { 0,
				1000 * (random() % LATEST_US) };
			struct cr_answer *before = dump(dn_of(number));
			char *rest = others(number);
			size_t now;

			send_erase(number);
			nanosleep(&moment, NULL);
			kill_it();
			launch();
			now = until_settled();
			ck_assert_str_eq(others(number), rest);
			if (now > orders) {
				expect_erased(number);
				done++;
			} else {
				ck_assert_str_eq(dump(dn_of(number))->all.bytes,
				    before->all.bytes);
			}
			orders = now;
		}
		printf("seed %u: %u kills, %u customers erased\n", seed, kills,
		    done);
		cr_server_stop(server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "killed", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(600));
	tcase_add_test(tc, killed_at_any_moment);
}

int
main(void)
{
	return cr_suite_run("erase_killed", fill);
}
